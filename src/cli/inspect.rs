//! `gouji inspect`: what was found where, for whoever asks why.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::ArgMatches;
use gouji::check::Selection;
use gouji::lang::Lang;
use gouji::report::{inspection, text};
use gouji::review::{Options, Review};

use super::desk::{self, Desk, Paper};
use super::screen::screen;
use super::{FINE, TROUBLE, workers};

/// What is said of a file, and the code that goes with it.
fn told(shown: &str, review: &Review<'_>, lang: Lang) -> (u8, String) {
    let plain = || text::file(shown, review, lang);
    match review {
        Review::Checked(checked) => (FINE, inspection::file(shown, checked, lang)),
        Review::Unrecognised(workbook) => (TROUBLE, plain() + &inspection::sheets(workbook, lang)),
        Review::Unreadable(_) => (TROUBLE, plain()),
    }
}

/// Runs `inspect`.
pub(super) fn run(matches: &ArgMatches, args: &[OsString], lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let options = Options {
        form: matches.get_one::<String>("form").cloned(),
        limits: super::check::limits(matches),
        lang,
        selection: Selection::default(),
        ..Options::default()
    };
    super::check::known_form(catalog, &options, lang)?;
    if workers::is_worker(matches) {
        return desk::answer(matches, catalog, &options, |paper, review, _| {
            (told(&paper.shown, review, lang), Vec::new())
        });
    }
    let desk = Desk::open(matches, args, options.limits, lang)?;
    let mut out = screen();
    let mut worst = FINE;
    for path in matches.get_many::<PathBuf>("path").into_iter().flatten() {
        let paper = Paper::at(path);
        let (code, text) = match desk.ask(path, &paper) {
            Ok((answer, _)) => answer,
            Err(error) => told(&paper.shown, &Review::Unreadable(error), lang),
        };
        worst = worst.max(code);
        write!(out, "{text}")?;
    }
    Ok(worst)
}
