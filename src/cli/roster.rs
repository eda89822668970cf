//! The roster that `template` and `batch` are given: a workbook, or separated text.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::bail;
use gouji::catalog::Catalog;
use gouji::formula::compute;
use gouji::lang::Lang;
use gouji::quote::shortened;
use gouji::read::{self, Found, Limits, ReadError};
use gouji::recognise;
use gouji::report::printable;
use gouji::roster::{Roster, RosterError};
use gouji::workbook::{Value, Workbook};

/// So many characters of a unit's name are quoted.
const LONGEST_NAME: usize = 40;

/// Reads a roster; `year` is the only one that its rows may name. A filing is none, though some
/// of its words head columns of rosters.
pub(super) fn read(
    catalog: &Catalog,
    path: &Path,
    year: Option<i32>,
    lang: Lang,
) -> anyhow::Result<Roster> {
    let (workbook, is_text) = table(path).map_err(|error| unread(&error, path, lang))?;
    if is_filing(catalog, &workbook) {
        let path = path.display();
        match lang {
            Lang::Zh => bail!("「{path}」是自评表，不是名册"),
            Lang::En => bail!("{path} is a filing, no roster"),
        }
    }
    let roster = Roster::read(&workbook, year).map_err(|error| {
        let said = said(&error, lang);
        anyhow::anyhow!("{}{}{said}", path.display(), lang.pick("：", ": "))
    })?;
    if is_text && let Some((row, name)) = swallowed(&workbook, &roster) {
        let (path, name) = (path.display(), printable(&shortened(name, LONGEST_NAME)));
        match lang {
            Lang::Zh => bail!(
                "{path}：第 {row} 行的单位名称「{name}」里有换行，多半是双引号没有成对；请改正引号再试"
            ),
            Lang::En => bail!(
                "{path}: row {row}: the unit's name {name} holds a line break; the quotation marks may not match: correct them"
            ),
        }
    }
    Ok(roster)
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

/// A workbook, or separated text, and whether it is that.
fn table(path: &Path) -> Result<(Workbook, bool), ReadError> {
    let limits = Limits::default();
    match read::read_file(path, &limits) {
        Ok((_, mut workbook)) => {
            compute::fill_in(&mut workbook, |_| true);
            Ok((workbook, false))
        }
        Err(ReadError::NotAWorkbook(found)) if is_separated(found, path) => {
            let workbook = read::read_csv(&read::read_bytes(path, &limits)?, &limits)?;
            Ok((workbook, true))
        }
        Err(error) => Err(error),
    }
}

/// Text in an encoding that is not known shows by its name alone.
fn is_separated(found: Found, path: &Path) -> bool {
    let endings = ["csv", "tsv", "txt"];
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    match found {
        Found::Csv | Found::Text => true,
        Found::Unknown => endings.iter().any(|own| ending.eq_ignore_ascii_case(own)),
        _ => false,
    }
}

/// The first unit whose name holds a line break, with its row: in separated text a stray quotation
/// mark makes one name of the rows down to the next. Workbooks break names to fit their cells.
fn swallowed<'a>(workbook: &Workbook, roster: &'a Roster) -> Option<(u32, &'a str)> {
    let unit = roster.units.iter().find(|unit| unit.name.contains('\n'))?;
    let mut cells = workbook.sheets.iter().flat_map(|sheet| &sheet.cells);
    let cell = cells.find(|cell| match &cell.value {
        Value::Text(text) => text.contains(&unit.name),
        _ => false,
    })?;
    Some((cell.at.row + 1, &unit.name))
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
        RosterError::NoValue { row, found } => {
            format!("第 {row} 行有一格是「{}」，看不出是什么；请改好再试。", printable(found))
        }
        RosterError::Amount { row, found } => {
            format!("第 {row} 行的预算「{}」读不出来，请填数字（万元）。", printable(found))
        }
        RosterError::TwoBudgets {
            row,
            unit,
            found,
            before,
        } => format!(
            "第 {row} 行「{}」的预算是 {found} 万元，前面写的是 {before} 万元；一个单位只能有一个，请改好再试。",
            printable(unit)
        ),
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
