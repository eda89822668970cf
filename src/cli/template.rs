//! `gouji template`: blank templates, one, one a unit of a roster, or one rolled over from last
//! year's filing.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::ArgMatches;
use gouji::catalog::{Catalog, Form};
use gouji::filing::CellRef;
use gouji::lang::Lang;
use gouji::read::Limits;
use gouji::report::printable;
use gouji::review::{Options, Review};
use gouji::template::{self, Order};
use serde::{Deserialize, Serialize};

use super::desk::{self, Desk, Paper};
use super::inputs::Inputs;
use super::roster::{self, unread};
use super::screen::screen;
use super::trouble::said;
use super::{FINE, TROUBLE, form, names, output, workers};

/// Runs `template`.
pub(super) fn run(matches: &ArgMatches, args: &[OsString], lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let mut out = screen();
    if matches.get_flag("list") {
        form::list(catalog, &mut out, lang)?;
        return Ok(FINE);
    }
    let form = chosen(catalog, matches.get_one::<String>("form"), lang)?;
    let path = |name: &str| matches.get_one::<PathBuf>(name);
    let force = matches.get_flag("force");
    let target = path("output").cloned();
    if let Some(roster) = path("roster") {
        let work = Bulk {
            catalog,
            form,
            lang,
            folder: target.unwrap_or_else(|| PathBuf::from(".")),
            force,
        };
        return work.roster(roster, &mut out);
    }
    if workers::is_worker(matches) {
        return rolled_over(matches, catalog, form, lang);
    }
    let name = format!("{}.xlsx", form.id);
    let target = match target {
        None => PathBuf::from(name),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file,
    };
    Inputs::of(path("from")).spare(&target, lang)?;
    match path("from") {
        Some(last_year) => {
            let desk = Desk::open(matches, args, Limits::default(), lang)?;
            let paper = Paper::at(last_year);
            let (rolled, bytes) = desk
                .ask(last_year, &paper)
                .map_err(|error| unread(&error, last_year, lang))?;
            match rolled {
                Rolled::Over(unread) => {
                    output::write(&target, &bytes, force, lang)?;
                    left_blank(&unread, &mut out, lang)?;
                }
                Rolled::Refused(why) => bail!(why),
            }
        }
        None => {
            let projects = matches.get_one::<u16>("projects").copied().unwrap_or(1);
            let order = Order::blank(usize::from(projects));
            write(form, &order, &target, force, lang)?;
        }
    }
    writeln!(
        out,
        "{}{}",
        lang.pick("已生成：", "Written: "),
        printable(&target.display().to_string())
    )?;
    Ok(FINE)
}

/// Cells that are named; the rest are counted.
const MOST_NAMED: usize = 6;

/// Says which figures of last year are not in the template.
fn left_blank(unread: &[String], out: &mut impl Write, lang: Lang) -> anyhow::Result<()> {
    if unread.is_empty() {
        return Ok(());
    }
    let named = &unread[..unread.len().min(MOST_NAMED)];
    let named = printable(&named.join(lang.pick("、", ", ")));
    let count = unread.len();
    match lang {
        Lang::Zh => writeln!(out, "上年的表里有 {count} 处读不出数，没有带过来：{named}")?,
        Lang::En => writeln!(
            out,
            "{count} cells of last year's filing could not be read and were not taken over: {named}"
        )?,
    }
    Ok(())
}

fn made(form: &Form, order: &Order, lang: Lang) -> anyhow::Result<Vec<u8>> {
    template::workbook(form, order).with_context(|| match lang {
        Lang::Zh => format!("生成不了「{}」的模板", form.name),
        Lang::En => format!("cannot make the template of {}", form.id),
    })
}

fn write(form: &Form, order: &Order, target: &Path, force: bool, lang: Lang) -> anyhow::Result<()> {
    output::write(target, &made(form, order, lang)?, force, lang)
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

/// What came of last year's filing; the template goes beside.
#[derive(Debug, Serialize, Deserialize)]
enum Rolled {
    /// With the cells that could not be read.
    Over(Vec<String>),
    Refused(String),
}

/// The worker's part of `--from`.
fn rolled_over(
    matches: &ArgMatches,
    catalog: &Catalog,
    form: &Form,
    lang: Lang,
) -> anyhow::Result<u8> {
    let options = Options {
        lang,
        ..Options::default()
    };
    desk::answer(matches, catalog, &options, |paper, review, _| {
        let path = Path::new(&paper.shown);
        let made = match review {
            Review::Unreadable(error) => Err(unread(error, path, lang)),
            Review::Checked(checked) => {
                let rolled = template::roll_over(form, checked);
                let sheets = &checked.filing.sheets;
                let named = |cell: &CellRef| format!("{} {}", sheets[cell.sheet], cell.at);
                let unread = rolled.unread.iter().map(named).collect();
                made(form, &rolled.order, lang).map(|bytes| (unread, bytes))
            }
            Review::Unrecognised(_) => Err(match lang {
                Lang::Zh => anyhow!("「{}」里没有找到已知的表，不能结转", path.display()),
                Lang::En => anyhow!("{} holds no known table to roll over", path.display()),
            }),
        };
        match made {
            Ok((unread, bytes)) => (Rolled::Over(unread), bytes),
            Err(error) => (Rolled::Refused(said(&error, lang)), Vec::new()),
        }
    })
}

/// One template a unit.
struct Bulk<'a> {
    catalog: &'a Catalog,
    form: &'a Form,
    lang: Lang,
    folder: PathBuf,
    force: bool,
}

impl Bulk<'_> {
    fn roster(&self, path: &PathBuf, out: &mut impl Write) -> anyhow::Result<u8> {
        let lang = self.lang;
        let roster = roster::read(self.catalog, path, Some(self.form.year), lang)?;
        if !self.folder.is_dir() {
            output::make_folder(&self.folder, lang)?;
        }
        let inputs = Inputs::of([path]);
        let mut taken = HashSet::new();
        let mut failed = 0;
        for unit in &roster.units {
            let target = self
                .folder
                .join(names::of_unit(&unit.name, "xlsx", &mut taken));
            let order = unit.order(self.form);
            let written = inputs
                .spare(&target, lang)
                .and_then(|()| write(self.form, &order, &target, self.force, lang));
            if let Err(error) = written {
                failed += 1;
                let said = printable(&said(&error, lang));
                writeln!(out, "{}  {said}", printable(&unit.name))?;
            }
        }
        let written = roster.units.len() - failed;
        let folder = printable(&self.folder.display().to_string());
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
