//! `gouji form`: the form sets, whether their descriptions are sound, and what changed between
//! two of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::catalog::diff::Diff;
use gouji::catalog::{Catalog, FORM, Form, lint};
use gouji::lang::Lang;
use gouji::report::{form_diff, printable, printable_lines};

use super::screen::screen;
use super::{FINE, TO_CORRECT, TROUBLE};

/// Runs `form list`, `form lint` and `form diff`.
pub(super) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let mut out = screen();
    match matches.subcommand() {
        Some(("list", matches)) => {
            list(super::catalog(matches, lang)?, &mut out, lang)?;
            Ok(FINE)
        }
        Some(("lint", matches)) => {
            let Some(folder) = matches.get_one::<PathBuf>("dir") else {
                return Ok(TROUBLE);
            };
            must_hold_forms(folder, lang)?;
            let faults = lint::folder(folder);
            for fault in &faults {
                writeln!(out, "{}", printable_lines(&fault.to_string()))?;
            }
            match (faults.len(), lang) {
                (0, Lang::Zh) => writeln!(out, "没有发现问题。")?,
                (0, Lang::En) => writeln!(out, "no faults found.")?,
                (count, Lang::Zh) => writeln!(out, "共 {count} 处。")?,
                (count, Lang::En) => writeln!(out, "{count} faults.")?,
            }
            Ok(if faults.is_empty() { FINE } else { TO_CORRECT })
        }
        Some(("diff", matches)) => {
            let catalog = super::catalog(matches, lang)?;
            let loaded = (
                folder(catalog, matches, "from", lang)?,
                folder(catalog, matches, "to", lang)?,
            );
            let old = form(catalog, loaded.0.as_ref(), matches, "from", lang)?;
            let new = form(catalog, loaded.1.as_ref(), matches, "to", lang)?;
            let diff = Diff::between(old, new);
            write!(out, "{}", form_diff::text(&diff, lang))?;
            Ok(if diff.is_empty() { FINE } else { TO_CORRECT })
        }
        _ => Ok(TROUBLE),
    }
}

/// A folder of descriptions that is not there, or holds none, is no fault of theirs.
pub(super) fn must_hold_forms(path: &Path, lang: Lang) -> anyhow::Result<()> {
    let shown = path.display();
    if !path.is_dir() {
        match lang {
            Lang::Zh => bail!("没有「{shown}」这个文件夹，请核对路径"),
            Lang::En => bail!("there is no folder {shown}; check the path"),
        }
    }
    if path.join(FORM).exists() {
        match lang {
            Lang::Zh => bail!("「{shown}」是一套表样；请写它的上一级文件夹"),
            Lang::En => bail!("{shown} is a form set; name the folder that holds it"),
        }
    }
    let mut held = path.read_dir().into_iter().flatten().flatten();
    if held.any(|entry| entry.path().join(FORM).exists()) {
        return Ok(());
    }
    match lang {
        Lang::Zh => bail!("「{shown}」里没有表样：没有一个文件夹里有 {FORM}"),
        Lang::En => bail!("{shown} holds no form set: no folder in it has a {FORM}"),
    }
}

/// What is written for a form set: an id, or the path of its folder.
fn written<'a>(matches: &'a ArgMatches, which: &str) -> &'a PathBuf {
    static NOTHING: PathBuf = PathBuf::new();
    matches.get_one::<PathBuf>(which).unwrap_or(&NOTHING)
}

/// The form set of a folder, where no known one has what is written as its id.
fn folder(
    catalog: &Catalog,
    matches: &ArgMatches,
    which: &str,
    lang: Lang,
) -> anyhow::Result<Option<Form>> {
    let path = written(matches, which);
    let is_known = path.to_str().is_some_and(|id| catalog.form(id).is_some());
    if is_known || !path.is_dir() {
        return Ok(None);
    }
    let forms = matches.get_one::<PathBuf>("forms");
    let form = Catalog::form_of_folder(path, forms.map(PathBuf::as_path));
    let form = form.with_context(|| super::not_loaded(lang))?;
    Ok(Some(form))
}

fn form<'a>(
    catalog: &'a Catalog,
    loaded: Option<&'a Form>,
    matches: &ArgMatches,
    which: &str,
    lang: Lang,
) -> anyhow::Result<&'a Form> {
    let written = written(matches, which).to_string_lossy();
    if let Some(form) = loaded.or_else(|| catalog.form(&written)) {
        return Ok(form);
    }
    let known: Vec<&str> = catalog.forms.iter().map(|form| form.id.as_str()).collect();
    match lang {
        Lang::Zh => bail!(
            "没有「{written}」这套表样，也没有这个文件夹；已有的表样：{}",
            known.join("、")
        ),
        Lang::En => bail!(
            "there is no form set `{written}`, nor a folder of that name; known form sets: {}",
            known.join(", ")
        ),
    }
}

/// The form sets, a line each, and what is unconfirmed in them.
pub(super) fn list(catalog: &Catalog, out: &mut impl Write, lang: Lang) -> anyhow::Result<()> {
    for form in &catalog.forms {
        let (id, name) = (printable(&form.id), printable(&form.name));
        writeln!(out, "{id}  {}  {name}", form.year)?;
        let unconfirmed: Vec<&str> = form
            .annexes
            .iter()
            .filter(|annex| !annex.confirmed)
            .map(|annex| annex.name.as_str())
            .collect();
        if !unconfirmed.is_empty() {
            let list = unconfirmed.join("、");
            let list = printable(&list);
            writeln!(
                out,
                "  {}{list}",
                lang.pick("栏目未经核实：", "columns unconfirmed: ")
            )?;
        }
    }
    Ok(())
}
