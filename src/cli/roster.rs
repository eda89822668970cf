//! The roster that `template` and `batch` are given: a workbook, or separated text.

use std::path::Path;

use anyhow::bail;
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::read::{self, Found, Limits, ReadError};
use gouji::recognise;
use gouji::report::printable;
use gouji::roster::{Roster, RosterError};
use gouji::workbook::Workbook;

/// Reads a roster; `year` is the only one that its rows may name. A filing is none, though some
/// of its words head columns of rosters.
pub(super) fn read(
    catalog: &Catalog,
    path: &Path,
    year: Option<i32>,
    lang: Lang,
) -> anyhow::Result<Roster> {
    let workbook = table(path).map_err(|error| unread(&error, path, lang))?;
    if is_filing(catalog, &workbook) {
        let path = path.display();
        match lang {
            Lang::Zh => bail!("「{path}」是自评表，不是名册"),
            Lang::En => bail!("{path} is a filing, no roster"),
        }
    }
    Roster::read(&workbook, year).map_err(|error| {
        let said = said(&error, lang);
        anyhow::anyhow!("{}{}{said}", path.display(), lang.pick("：", ": "))
    })
}

/// A roster may have the title of a form and heads that are labels of it, but not its fields.
const FEWEST_FIELDS: usize = 12;

fn is_filing(catalog: &Catalog, workbook: &Workbook) -> bool {
    let found = recognise::form(catalog, workbook, None);
    found.is_some_and(|(_, located)| {
        let mut tables = located.tables.iter();
        tables.any(|table| table.slots.iter().flatten().count() >= FEWEST_FIELDS)
    })
}

/// A file that was given by name and cannot be read.
pub(super) fn unread(error: &ReadError, path: &Path, lang: Lang) -> anyhow::Error {
    let path = printable(&path.display().to_string());
    let message = printable(&error.message(lang));
    anyhow::anyhow!("{path}{}{message}", lang.pick("：", ": "))
}

/// A workbook, or separated text.
fn table(path: &Path) -> Result<Workbook, ReadError> {
    let limits = Limits::default();
    match read::read_file(path, &limits) {
        Ok((_, workbook)) => Ok(workbook),
        Err(ReadError::NotAWorkbook(Found::Csv | Found::Text)) => {
            read::read_csv(&read::read_bytes(path, &limits)?, &limits)
        }
        Err(error) => Err(error),
    }
}

fn said(error: &RosterError, lang: Lang) -> String {
    if lang == Lang::En {
        return error.to_string();
    }
    match error {
        RosterError::NoHead => {
            "没有找到「单位名称」这一栏；名册的栏目可以是：单位名称、主管部门、项目名称、年初预算数、年度。"
                .to_owned()
        }
        RosterError::NoUnits => "名册里没有单位。".to_owned(),
        RosterError::NoName { row } => format!("第 {row} 行没有单位名称。"),
        RosterError::Amount { row, found } => {
            format!("第 {row} 行的预算「{}」读不出来，请填数字（万元）。", printable(found))
        }
        RosterError::Year {
            row,
            found,
            expected,
        } => format!(
            "第 {row} 行的年度是「{}」，这套表样是 {expected} 年度的。",
            printable(found)
        ),
    }
}
