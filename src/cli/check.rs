//! `gouji check`: files and folders, one after the other, none stopping the rest.

use std::ffi::OsString;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::PathBuf;

use anyhow::bail;
use clap::ArgMatches;
use gouji::catalog::Catalog;
use gouji::check::Selection;
use gouji::label;
use gouji::lang::Lang;
use gouji::read::{LIMIT_FLAGS, Limits};
use gouji::report::{json, text};
use gouji::review::{Options, Review};
use serde::{Deserialize, Serialize};

use super::desk::{self, Desk, Paper};
use super::inputs::Inputs;
use super::output::Draft;
use super::screen::screen;
use super::walk::walk;
use super::{FINE, TO_CORRECT, TROUBLE, workers};

/// The limits as the flags say.
pub(super) fn limits(matches: &ArgMatches) -> Limits {
    let mut limits = Limits::default();
    for flag in &LIMIT_FLAGS {
        if let Some(number) = matches.get_one::<u64>(flag.name) {
            (flag.set)(&mut limits, *number);
        }
    }
    limits
}

/// What is said of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    code: u8,
    told: Told,
}

#[derive(Debug, Serialize, Deserialize)]
enum Told {
    Text(String),
    File(Box<json::File>),
}

fn told(shown: &str, review: &Review<'_>, format: &str, lang: Lang) -> Answer {
    Answer {
        code: code(review),
        told: match format {
            "text" => Told::Text(text::file(shown, review, lang)),
            _ => Told::File(Box::new(json::file(shown, review, lang))),
        },
    }
}

/// Runs `check`.
pub(super) fn run(matches: &ArgMatches, args: &[OsString], lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let options = options(matches, catalog, lang)?;
    let format = matches
        .get_one::<String>("format")
        .map_or("text", String::as_str);
    if workers::is_worker(matches) {
        return desk::answer(matches, catalog, &options, |paper, review, _| {
            (told(&paper.shown, review, format, lang), Vec::new())
        });
    }
    let desk = Desk::open(matches, args, options.limits, lang)?;
    let mut sink = Sink::open(matches, lang)?;
    let mut files = Vec::new();
    let mut worst = FINE;
    let given = matches.get_many::<PathBuf>("path").into_iter().flatten();
    for (index, found) in given.flat_map(|path| walk(path)).enumerate() {
        let path = match &found {
            Ok(path) | Err((path, _)) => path,
        };
        let paper = Paper::at(path);
        let answer = match found {
            Ok(ref path) => desk.ask(path, &paper).map(|(answer, _)| answer),
            Err((_, error)) => Err(error),
        };
        let answer = answer
            .unwrap_or_else(|error| told(&paper.shown, &Review::Unreadable(error), format, lang));
        worst = worst.max(answer.code);
        match answer.told {
            Told::File(file) if format == "json" => files.push(*file),
            Told::File(file) => {
                writeln!(sink.out(), "{}", json::line(&file)?)?;
            }
            Told::Text(text) => {
                if index > 0 {
                    writeln!(sink.out())?;
                }
                sink.text(&text)?;
            }
        }
    }
    if format == "json" {
        writeln!(sink.out(), "{}", json::output(&files)?)?;
    }
    sink.close()?;
    Ok(worst)
}

/// How workbooks are reviewed, as the flags say.
pub(super) fn options(
    matches: &ArgMatches,
    catalog: &Catalog,
    lang: Lang,
) -> anyhow::Result<Options> {
    let many = |id: &str| {
        matches
            .get_many::<String>(id)
            .into_iter()
            .flatten()
            .map(|code| label::normalise(code).to_uppercase())
            .collect()
    };
    let options = Options {
        form: matches.get_one::<String>("form").cloned(),
        limits: limits(matches),
        lang,
        selection: Selection {
            select: many("select"),
            ignore: many("ignore"),
        },
        last_year: None,
    };
    known_form(catalog, &options, lang)?;
    for (flag, codes) in [
        ("--select", &options.selection.select),
        ("--ignore", &options.selection.ignore),
    ] {
        for code in codes {
            known_code(catalog, &options, flag, code, lang)?;
        }
    }
    Ok(options)
}

/// A code, or the beginning of codes, must fit a check: with one that does not, nothing would be
/// checked, or all, and neither was asked for.
fn known_code(
    catalog: &Catalog,
    options: &Options,
    flag: &str,
    code: &str,
    lang: Lang,
) -> anyhow::Result<()> {
    let forms = catalog.forms.iter();
    let forms = forms.filter(|form| options.form.as_ref().is_none_or(|id| form.id == *id));
    let forms: Vec<_> = forms.collect();
    let is_begun = |known: &str, code: &str| !code.is_empty() && known.starts_with(code);
    let fits = |code: &str| {
        let mut rules = forms.iter().flat_map(|form| &form.rules);
        rules.any(|rule| is_begun(&rule.code, code))
    };
    if fits(code) {
        return Ok(());
    }
    let mut across = catalog.across.rules.iter();
    if across.any(|rule| is_begun(&rule.code, code)) {
        match lang {
            Lang::Zh => bail!("{flag} 管不到「{code}」：这条检查不在一份工作簿里，在各份之间"),
            Lang::En => bail!("{flag} does not reach `{code}`, a check between workbooks"),
        }
    }
    let mut reserved = forms.iter().flat_map(|form| &form.reserved);
    if reserved.any(|(known, _)| is_begun(known, code)) {
        match lang {
            Lang::Zh => bail!("「{code}」是保留的编号，目前没有这条检查（{flag}）"),
            Lang::En => bail!("`{code}` is reserved: there is no such check at present ({flag})"),
        }
    }
    // Letters that look like digits.
    let near = code.replace('O', "0").replace(['I', 'L'], "1");
    match (lang, fits(&near)) {
        (Lang::Zh, true) => bail!("没有编号「{code}」（{flag}），是不是 {near}？"),
        (Lang::Zh, false) => bail!("没有编号「{code}」（{flag}）；gouji explain --all 列出全部"),
        (Lang::En, true) => bail!("there is no rule `{code}` ({flag}); is it {near}?"),
        (Lang::En, false) => {
            bail!("there is no rule `{code}` ({flag}); gouji explain --all lists them")
        }
    }
}

/// A form asked for by name must exist.
pub(super) fn known_form(catalog: &Catalog, options: &Options, lang: Lang) -> anyhow::Result<()> {
    let Some(id) = &options.form else {
        return Ok(());
    };
    if catalog.form(id).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = catalog.forms.iter().map(|form| form.id.as_str()).collect();
    let known = known.join(lang.pick("、", ", "));
    match lang {
        Lang::Zh => bail!("没有名为「{id}」的表样；已有的是：{known}"),
        Lang::En => bail!("there is no form set `{id}`; known are: {known}"),
    }
}

/// The worst that is said of a file.
pub(super) fn code(review: &Review<'_>) -> u8 {
    match review {
        Review::Unreadable(_) | Review::Unrecognised(_) => TROUBLE,
        Review::Checked(checked) => {
            let counts = checked.report.counts();
            if counts.error + counts.incomplete > 0 {
                TO_CORRECT
            } else {
                FINE
            }
        }
    }
}

/// Where the result goes: the screen, or a file that appears only when it is whole.
enum Sink {
    Screen(BufWriter<Box<dyn Write>>),
    File(BufWriter<Draft>),
}

impl Sink {
    fn open(matches: &ArgMatches, lang: Lang) -> anyhow::Result<Self> {
        let Some(path) = matches.get_one::<PathBuf>("output") else {
            return Ok(Self::Screen(BufWriter::new(Box::new(screen()))));
        };
        let given = matches.get_many::<PathBuf>("path").into_iter().flatten();
        Inputs::of(given).spare(path, lang)?;
        let draft = Draft::create(path, matches.get_flag("force"), lang)?;
        Ok(Self::File(BufWriter::new(draft)))
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Screen(out) => out,
            Self::File(out) => out,
        }
    }

    /// Writes text for people: with its colours on a terminal only.
    fn text(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Screen(out) => out.write_all(text.as_bytes()),
            Self::File(out) => write!(out, "{}", anstream::adapter::strip_str(text)),
        }
    }

    fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Screen(mut out) => Ok(out.flush()?),
            Self::File(out) => {
                let draft = out.into_inner().map_err(IntoInnerError::into_error)?;
                Ok(draft.finish()?)
            }
        }
    }
}
