//! `gouji inspect`: what was found where, for whoever asks why.

use std::io::Write;
use std::path::PathBuf;

use clap::ArgMatches;
use gouji::check::Selection;
use gouji::lang::Lang;
use gouji::report::{inspection, text};
use gouji::review::{Options, Review};

use super::bounds::bounds;
use super::screen::screen;
use super::{FINE, TROUBLE};

/// Runs `inspect`.
pub(super) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let options = Options {
        form: matches.get_one::<String>("form").cloned(),
        limits: super::check::limits(matches),
        lang,
        selection: Selection::default(),
        ..Options::default()
    };
    super::check::known_form(catalog, &options, lang)?;
    let time = bounds(matches).time;
    let mut out = screen();
    let mut worst = FINE;
    for path in matches.get_many::<PathBuf>("path").into_iter().flatten() {
        let review = super::check::review_file(catalog, path, &options, time);
        let shown = path.display().to_string();
        match &review {
            Review::Checked(checked) => {
                write!(out, "{}", inspection::file(&shown, checked, lang))?;
            }
            Review::Unrecognised(workbook) => {
                worst = TROUBLE;
                write!(out, "{}", text::file(&shown, &review, lang))?;
                write!(out, "{}", inspection::sheets(workbook, lang))?;
            }
            Review::Unreadable(_) => {
                worst = TROUBLE;
                write!(out, "{}", text::file(&shown, &review, lang))?;
            }
        }
    }
    Ok(worst)
}
