//! `gouji template`: blank templates, one, one a unit of a roster, or one rolled over from last
//! year's filing.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::catalog::{Catalog, Form};
use gouji::lang::Lang;
use gouji::read::{self, Found, Limits, ReadError};
use gouji::report::printable;
use gouji::review::{Options, Review, review_workbook};
use gouji::roster::{Roster, RosterError};
use gouji::template::{self, Order};
use gouji::workbook::Workbook;

use super::{FINE, TROUBLE, form, output};

/// A file name holds no more letters than this.
const LONGEST_NAME: usize = 60;

/// Runs `template`.
pub(super) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let mut out = anstream::stdout().lock();
    if matches.get_flag("list") {
        form::list(&catalog, &mut out, lang)?;
        return Ok(FINE);
    }
    let form = chosen(&catalog, matches.get_one::<String>("form"), lang)?;
    let path = |name: &str| matches.get_one::<PathBuf>(name);
    let force = matches.get_flag("force");
    let target = path("output").cloned();
    if let Some(roster) = path("roster") {
        let work = Bulk {
            form,
            lang,
            folder: target.unwrap_or_else(|| PathBuf::from(".")),
            force,
        };
        return work.roster(roster, &mut out);
    }
    let order = match path("from") {
        Some(last_year) => rolled_over(&catalog, form, last_year, lang)?,
        None => Order::blank(
            matches
                .get_one::<u16>("projects")
                .map_or(1, |projects| usize::from(*projects)),
        ),
    };
    let name = format!("{}.xlsx", form.id);
    let target = match target {
        None => PathBuf::from(name),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file,
    };
    write(form, &order, &target, force, lang)?;
    writeln!(
        out,
        "{}{}",
        lang.pick("已生成：", "Written: "),
        printable(&target.display().to_string())
    )?;
    Ok(FINE)
}

fn write(form: &Form, order: &Order, target: &Path, force: bool, lang: Lang) -> anyhow::Result<()> {
    let bytes = template::workbook(form, order).with_context(|| match lang {
        Lang::Zh => format!("生成不了「{}」的模板", form.name),
        Lang::En => format!("cannot make the template of {}", form.id),
    })?;
    output::write(target, &bytes, force, lang)
}

/// The form asked for; the only one where none is.
fn chosen<'a>(catalog: &'a Catalog, id: Option<&String>, lang: Lang) -> anyhow::Result<&'a Form> {
    let known = || {
        let ids: Vec<&str> = catalog.forms.iter().map(|form| form.id.as_str()).collect();
        ids.join(lang.pick("、", ", "))
    };
    match (id, catalog.forms.as_slice()) {
        (Some(id), _) => match (catalog.form(id), lang) {
            (Some(form), _) => Ok(form),
            (None, Lang::Zh) => bail!("没有表样「{id}」；已有：{}", known()),
            (None, Lang::En) => bail!("there is no form set {id}; known are {}", known()),
        },
        (None, [only]) => Ok(only),
        (None, _) => match lang {
            Lang::Zh => bail!("请用 --form 写明哪一套表样：{}", known()),
            Lang::En => bail!("please name the form set with --form: {}", known()),
        },
    }
}

fn unread(error: &ReadError, path: &Path, lang: Lang) -> anyhow::Error {
    let path = printable(&path.display().to_string());
    let message = printable(&error.message(lang));
    anyhow::anyhow!("{path}{}{message}", lang.pick("：", ": "))
}

fn rolled_over(catalog: &Catalog, form: &Form, path: &Path, lang: Lang) -> anyhow::Result<Order> {
    let options = Options {
        lang,
        ..Options::default()
    };
    let (_, workbook) =
        read::read_file(path, &options.limits).map_err(|error| unread(&error, path, lang))?;
    match review_workbook(catalog, workbook, None, &options) {
        Review::Checked(checked) => Ok(template::roll_over(form, checked.form, &checked.filing)),
        _ => match lang {
            Lang::Zh => bail!("「{}」里没有找到已知的表，不能结转", path.display()),
            Lang::En => bail!("{} holds no known table to roll over", path.display()),
        },
    }
}

/// One template a unit.
struct Bulk<'a> {
    form: &'a Form,
    lang: Lang,
    folder: PathBuf,
    force: bool,
}

impl Bulk<'_> {
    fn roster(&self, path: &Path, out: &mut impl Write) -> anyhow::Result<u8> {
        let lang = self.lang;
        let workbook = table(path).map_err(|error| unread(&error, path, lang))?;
        let roster = Roster::read(&workbook, self.form).map_err(|error| {
            let said = said(&error, lang);
            anyhow::anyhow!("{}{}{said}", path.display(), lang.pick("：", ": "))
        })?;
        if !self.folder.is_dir() {
            std::fs::create_dir_all(&self.folder).with_context(|| match lang {
                Lang::Zh => format!("建不了文件夹「{}」", self.folder.display()),
                Lang::En => format!("cannot make the folder {}", self.folder.display()),
            })?;
        }
        let mut names = HashSet::new();
        let mut failed = 0;
        for unit in &roster.units {
            let target = self.folder.join(file_name(&unit.name, &mut names));
            let order = unit.order(self.form);
            if let Err(error) = write(self.form, &order, &target, self.force, lang) {
                failed += 1;
                writeln!(out, "{}  {error:#}", printable(&unit.name))?;
            }
        }
        let (written, folder) = (roster.units.len() - failed, self.folder.display());
        match lang {
            Lang::Zh => writeln!(
                out,
                "名册有 {} 个单位，已生成 {written} 份，在「{folder}」。",
                roster.units.len()
            )?,
            Lang::En => writeln!(
                out,
                "{} units, {written} templates written into {folder}.",
                roster.units.len()
            )?,
        }
        Ok(if failed == 0 { FINE } else { TROUBLE })
    }
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

/// A file name of a unit's name: nothing that a file system refuses, no name twice.
fn file_name(unit: &str, taken: &mut HashSet<String>) -> String {
    let allowed = |c: char| {
        if c.is_control() || "\\/:*?\"<>|".contains(c) {
            '_'
        } else {
            c
        }
    };
    let stem: String = unit.chars().map(allowed).take(LONGEST_NAME).collect();
    // Windows takes neither points nor spaces at the end.
    let stem = stem.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = if stem.is_empty() { "_" } else { stem };
    let mut name = format!("{stem}.xlsx");
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{stem}（{number}）.xlsx");
        number += 1;
    }
    name
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
