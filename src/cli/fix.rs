//! `gouji fix`: each workbook checked, and a marked copy written beside it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::catalog::Catalog;
use gouji::contain::{Bounds, within};
use gouji::lang::Lang;
use gouji::mark::{self, Filling, MarkError, Marked};
use gouji::read;
use gouji::report::{printable, text};
use gouji::review::{Options, Review, review};

use super::bounds::bounds;
use super::inputs::Inputs;
use super::screen::screen;
use super::trouble::said;
use super::walk::walk;
use super::{TROUBLE, check, output};

/// Runs `fix`; the copies that it wrote are told.
pub(super) fn run(
    matches: &ArgMatches,
    copies: &mut Vec<PathBuf>,
    lang: Lang,
) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let work = Work {
        catalog,
        options: check::options(matches, catalog, lang)?,
        bounds: bounds(matches),
        filling: match matches.get_one::<String>("fill").map(String::as_str) {
            Some("blanks") => Filling::Blanks,
            Some("all") => Filling::All,
            Some("none") => Filling::None,
            _ => Filling::Derived,
        },
        output: matches.get_one::<PathBuf>("output").cloned(),
        force: matches.get_flag("force"),
        time: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
    };
    let given = matches.get_many::<PathBuf>("path").into_iter().flatten();
    let given: Vec<_> = given.flat_map(|path| walk(path)).collect();
    if given.len() > 1
        && let Some(path) = work.output.as_ref().filter(|path| !is_folder(path))
    {
        let path = path.display();
        match lang {
            Lang::Zh => bail!("有几份工作簿，--output 要写一个文件夹，「{path}」不是"),
            Lang::En => bail!("several workbooks: --output must be a folder, {path} is none"),
        }
    }
    let inputs = Inputs::of(given.iter().flatten());
    let mut worst = super::FINE;
    let mut out = screen();
    for (index, found) in given.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let code = match found {
            Ok(path) => work.file(&path, &inputs, copies, &mut out)?,
            Err((path, error)) => {
                let review = Review::Unreadable(error);
                let shown = path.display().to_string();
                write!(out, "{}", text::file(&shown, &review, lang))?;
                TROUBLE
            }
        };
        worst = worst.max(code);
    }
    Ok(worst)
}

struct Work {
    catalog: &'static Catalog,
    options: Options,
    bounds: Bounds,
    filling: Filling,
    output: Option<PathBuf>,
    force: bool,
    time: String,
}

impl Work {
    fn file(
        &self,
        path: &Path,
        inputs: &Inputs,
        copies: &mut Vec<PathBuf>,
        out: &mut impl Write,
    ) -> anyhow::Result<u8> {
        let lang = self.options.lang;
        let shown = path.display().to_string();
        let (review, marked) = self.made(path);
        let code = check::code(&review);
        let (Review::Checked(checked), Some(marked)) = (&review, marked) else {
            write!(out, "{}", text::file(&shown, &review, lang))?;
            return Ok(code);
        };
        let marked = match marked {
            Ok(marked) => marked,
            Err(error) => {
                let said = error.message(lang);
                writeln!(out, "{}\n  {}", printable(&shown), printable(&said))?;
                return Ok(TROUBLE);
            }
        };
        let is_taken = |path: &PathBuf| inputs.hold(path) || copies.contains(path);
        let target = self.target(path, &marked, is_taken);
        let written = inputs
            .spare(&target, lang)
            .and_then(|()| self.make_folder())
            .and_then(|()| output::write(&target, &marked.bytes, self.force, lang));
        if let Err(error) = written {
            let said = printable(&said(&error, lang));
            writeln!(out, "{}\n  {said}", printable(&shown))?;
            return Ok(TROUBLE);
        }
        let unit = checked.unit_name().map(printable).unwrap_or_default();
        writeln!(out, "{}  {unit}", printable(&shown))?;
        let verdict = text::verdict(&checked.report.counts(), lang);
        writeln!(out, "  {verdict}")?;
        for line in marked.notes(lang) {
            writeln!(out, "  {}", printable(&line))?;
        }
        writeln!(out, "  → {}", printable(&target.display().to_string()))?;
        copies.push(target);
        Ok(code)
    }

    /// What was found in a file, and its marked copy where there can be one.
    fn made(&self, path: &Path) -> (Review<'static>, Option<Result<Marked, MarkError>>) {
        let bytes = match read::read_bytes(path, &self.options.limits) {
            Ok(bytes) => bytes,
            Err(error) => return (Review::Unreadable(error), None),
        };
        let name = check::file_name(path);
        let (catalog, options, filling) = (self.catalog, self.options.clone(), self.filling);
        let time = self.time.clone();
        within(self.bounds.time, move || {
            let name = name.as_deref();
            let review = review(catalog, &bytes, name, &options);
            let marked = match &review {
                Review::Checked(checked) => Some(mark::mark(
                    catalog, checked, &bytes, name, &options, filling, &time,
                )),
                _ => None,
            };
            (review, marked)
        })
        .unwrap_or_else(|ended| (Review::Unreadable(ended.into()), None))
    }

    /// Makes the folder for the copies, where there is none yet.
    fn make_folder(&self) -> anyhow::Result<()> {
        let Some(folder) = self.output.as_ref().filter(|path| is_folder(path)) else {
            return Ok(());
        };
        let lang = self.options.lang;
        std::fs::create_dir_all(folder).with_context(|| match lang {
            Lang::Zh => format!("建不了文件夹「{}」", folder.display()),
            Lang::En => format!("cannot make the folder {}", folder.display()),
        })
    }

    /// Where the copy goes: a name that is free, unless it may be overwritten; never the name of
    /// what this run reads or has written.
    fn target(&self, path: &Path, marked: &Marked, is_taken: impl Fn(&PathBuf) -> bool) -> PathBuf {
        if let Some(path) = self.output.as_ref().filter(|path| !is_folder(path)) {
            return path.clone();
        }
        let folder = match &self.output {
            Some(folder) => folder.clone(),
            None => path.parent().map_or_else(PathBuf::new, Path::to_owned),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let converted = marked.converted.is_some();
        (1..)
            .map(|number| folder.join(mark::copy_name(&name, converted, number)))
            .find(|path| !is_taken(path) && (self.force || !path.exists()))
            .unwrap_or_default()
    }
}

/// Whether copies go into `path`: a folder, or one that is to be made, as a name without an ending
/// says.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || (path.extension().is_none() && !path.exists())
}
