//! `gouji fix`: each workbook checked, and a marked copy written beside it.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::mark::{self, Filling};
use gouji::report::{printable, text};
use gouji::review::{Options, Review};
use serde::{Deserialize, Serialize};

use super::desk::{self, Desk, Paper};
use super::inputs::Inputs;
use super::screen::screen;
use super::trouble::said;
use super::walk::{ENDINGS, walk};
use super::{TROUBLE, check, output, workers};

/// What is made of a file; the copy goes beside.
#[derive(Debug, Serialize, Deserialize)]
enum Made {
    /// Nothing to mark: this is said instead.
    Told { code: u8, text: String },
    /// The copy cannot be made.
    NotMarked(String),
    Copy {
        code: u8,
        unit: String,
        /// What was found and done, a line each.
        notes: Vec<String>,
        /// Into another format than the original's.
        converted: bool,
        macros: bool,
    },
}

impl Made {
    fn told(shown: &str, review: &Review<'_>, lang: Lang) -> Self {
        Self::Told {
            code: check::code(review),
            text: text::file(shown, review, lang),
        }
    }
}

/// Runs `fix`; the copies that it wrote are told.
pub(super) fn run(
    matches: &ArgMatches,
    args: &[OsString],
    copies: &mut Vec<PathBuf>,
    lang: Lang,
) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let options = check::options(matches, catalog, lang)?;
    if workers::is_worker(matches) {
        let filling = match matches.get_one::<String>("fill").map(String::as_str) {
            Some("blanks") => Filling::Blanks,
            Some("all") => Filling::All,
            Some("none") => Filling::None,
            _ => Filling::Derived,
        };
        let time = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string();
        return desk::answer(matches, catalog, &options, |paper, review, bytes| {
            made(catalog, paper, review, bytes, &options, filling, &time)
        });
    }
    let given = matches.get_many::<PathBuf>("path").into_iter().flatten();
    let given: Vec<_> = given.flat_map(|path| walk(path)).collect();
    let output = matches.get_one::<PathBuf>("output").cloned();
    if given.len() > 1
        && let Some(path) = output.as_ref().filter(|path| !is_folder(path))
    {
        let path = path.display();
        match lang {
            Lang::Zh => bail!("有几份工作簿，--output 要写一个文件夹，「{path}」不是"),
            Lang::En => bail!("several workbooks: --output must be a folder, {path} is none"),
        }
    }
    let work = Work {
        desk: Desk::open(matches, args, options.limits, lang)?,
        output,
        force: matches.get_flag("force"),
        lang,
    };
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

/// What was found in a file, and its marked copy where there can be one.
fn made(
    catalog: &Catalog,
    paper: &Paper,
    review: &Review<'_>,
    bytes: &[u8],
    options: &Options,
    filling: Filling,
    time: &str,
) -> (Made, Vec<u8>) {
    let lang = options.lang;
    let Review::Checked(checked) = review else {
        return (Made::told(&paper.shown, review, lang), Vec::new());
    };
    let name = paper.name.as_deref();
    match mark::mark(catalog, checked, bytes, name, options, filling, time) {
        Ok(marked) => {
            let verdict = text::verdict(&checked.report.counts(), lang);
            let notes = marked.notes(lang);
            let made = Made::Copy {
                code: check::code(review),
                unit: checked.unit_name().map(printable).unwrap_or_default(),
                notes: std::iter::once(verdict)
                    .chain(notes.iter().map(|note| printable(note)))
                    .collect(),
                converted: marked.converted.is_some(),
                macros: checked.workbook.traits.macros,
            };
            (made, marked.bytes)
        }
        Err(error) => (Made::NotMarked(error.message(lang)), Vec::new()),
    }
}

struct Work {
    desk: Desk,
    output: Option<PathBuf>,
    force: bool,
    lang: Lang,
}

impl Work {
    fn file(
        &self,
        path: &Path,
        inputs: &Inputs,
        copies: &mut Vec<PathBuf>,
        out: &mut impl Write,
    ) -> anyhow::Result<u8> {
        let lang = self.lang;
        let paper = Paper::at(path);
        let (made, bytes) = self.desk.ask(path, &paper).unwrap_or_else(|error| {
            let review = Review::Unreadable(error);
            (Made::told(&paper.shown, &review, lang), Vec::new())
        });
        let shown = printable(&paper.shown);
        let (code, unit, notes, converted, macros) = match made {
            Made::Told { code, text } => {
                write!(out, "{text}")?;
                return Ok(code);
            }
            Made::NotMarked(said) => {
                writeln!(out, "{shown}\n  {}", printable(&said))?;
                return Ok(TROUBLE);
            }
            Made::Copy {
                code,
                unit,
                notes,
                converted,
                macros,
            } => (code, unit, notes, converted, macros),
        };
        let is_taken = |path: &PathBuf| !inputs.may_write(path, |_| false) || copies.contains(path);
        let target = self.target(path, converted, is_taken);
        let named = match self.output.as_ref() == Some(&target) {
            true => has_right_ending(&target, macros && !converted, lang),
            // By the original's name.
            false => Ok(()),
        };
        let written = named
            .and_then(|()| inputs.spare(&target, lang))
            .and_then(|()| self.make_folder())
            .and_then(|()| output::write(&target, &bytes, self.force, lang));
        if let Err(error) = written {
            let said = printable(&said(&error, lang));
            writeln!(out, "{shown}\n  {said}")?;
            return Ok(TROUBLE);
        }
        writeln!(out, "{shown}  {unit}")?;
        for line in notes {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "  → {}", printable(&target.display().to_string()))?;
        copies.push(target);
        Ok(code)
    }

    /// Makes the folder for the copies, where there is none yet.
    fn make_folder(&self) -> anyhow::Result<()> {
        let Some(folder) = self.output.as_ref().filter(|path| is_folder(path)) else {
            return Ok(());
        };
        output::make_folder(folder, self.lang)
    }

    /// Where the copy goes: a name that is free, unless it may be overwritten; never the name of
    /// what this run reads or has written.
    fn target(&self, path: &Path, converted: bool, is_taken: impl Fn(&PathBuf) -> bool) -> PathBuf {
        if let Some(path) = self.output.as_ref().filter(|path| !is_folder(path)) {
            return path.clone();
        }
        let folder = match &self.output {
            Some(folder) => folder.clone(),
            None => path.parent().map_or_else(PathBuf::new, Path::to_owned),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        (1..)
            .map(|number| folder.join(mark::copy_name(&name, converted, number)))
            .find(|path| !is_taken(path) && (self.force || !output::is_there(path)))
            .unwrap_or_default()
    }
}

fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_ascii_lowercase()
}

/// Whether copies go into `path`: a folder, or one that is to be made, as a name says that no
/// workbook has.
fn is_folder(path: &Path) -> bool {
    let written = path.to_string_lossy();
    path.is_dir()
        || written.ends_with(std::path::is_separator)
        || !path.exists() && !ENDINGS.contains(&ending(path).as_str())
}

/// Refuses a name that spreadsheet programs would take for another format.
fn has_right_ending(target: &Path, macros: bool, lang: Lang) -> anyhow::Result<()> {
    let right = if macros { "xlsm" } else { "xlsx" };
    if ending(target) == right {
        return Ok(());
    }
    match lang {
        Lang::Zh => bail!("结果是 .{right} 格式，--output 的文件名请以 .{right} 结尾"),
        Lang::En => bail!("the copy is an .{right} workbook; let --output end in .{right}"),
    }
}
