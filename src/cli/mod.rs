//! Arguments → options → work. No logic of its own: it opens files, calls the library, prints.

mod arguments;
mod batch;
mod bounds;
mod check;
mod desk;
mod drop;
mod explain;
mod fix;
mod form;
mod inputs;
mod inspect;
mod memory;
mod misuse;
mod names;
mod output;
mod roster;
mod screen;
mod serve;
mod template;
mod trouble;
mod walk;
mod workers;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Command;
use clap::error::ErrorKind;
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::report::printable_lines;

/// Nothing to correct.
const FINE: u8 = 0;
/// Something must be corrected or completed.
const TO_CORRECT: u8 = 1;
/// A file could not be read, or the command was not understood.
const TROUBLE: u8 = 2;

/// Runs the program.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let lang = arguments::language(&args);
    let command = arguments::command(lang);
    let Some(dropped) = drop::dropped(&args, &command, lang) else {
        return ExitCode::from(line(command, args, &mut Vec::new(), lang));
    };
    let mut copies = Vec::new();
    let mut worst = FINE;
    for args in &dropped.lines {
        worst = worst.max(line(command.clone(), args.clone(), &mut copies, lang));
    }
    dropped.show(&copies, lang);
    ExitCode::from(worst)
}

/// One command line; `copies` are told that `fix` wrote.
fn line(command: Command, args: Vec<OsString>, copies: &mut Vec<PathBuf>, lang: Lang) -> u8 {
    let matches = match command.try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return not_run(&error, lang),
    };
    let done = match matches.subcommand() {
        Some(("check", matches)) => check::run(matches, &args, lang),
        Some(("fix", matches)) => fix::run(matches, &args, copies, lang),
        Some(("batch", matches)) => batch::run(matches, &args, lang),
        Some(("merge", matches)) => batch::merge(matches, lang),
        Some(("explain", matches)) => explain::run(matches, lang),
        Some(("inspect", matches)) => inspect::run(matches, &args, lang),
        Some(("serve", matches)) => serve::run(matches, &args, lang),
        Some(("template", matches)) => template::run(matches, &args, lang),
        Some(("form", matches)) => form::run(matches, lang),
        _ => Ok(TROUBLE),
    };
    match done {
        Ok(code) => code,
        // Somebody read what they wanted: that is a success.
        Err(error) if screen::is_closed(&error) => FINE,
        Err(error) => {
            let said = printable_lines(&trouble::said(&error, lang));
            let _ = writeln!(anstream::stderr(), "gouji: {said}");
            TROUBLE
        }
    }
}

/// Help, the version, or a command line that was not understood.
fn not_run(error: &clap::Error, lang: Lang) -> u8 {
    // Help and version are no errors; clap tells them apart. It prints the help too where no
    // command was given at all.
    let code = if error.use_stderr() { TROUBLE } else { FINE };
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if code == FINE || is_help {
        let _ = error.print();
    } else {
        let said = match lang {
            Lang::Zh => misuse::in_chinese(error),
            Lang::En => error.to_string(),
        };
        let _ = write!(anstream::stderr(), "{}", printable_lines(&said));
    }
    code
}

/// The form sets, those of `--forms DIR` included; they are there until the program ends, for the
/// threads that use them.
fn catalog(matches: &clap::ArgMatches, lang: Lang) -> anyhow::Result<&'static Catalog> {
    let loaded = match matches.get_one::<PathBuf>("forms") {
        Some(folder) => {
            form::must_hold_forms(folder, lang)?;
            Catalog::with_folder(folder)
        }
        None => Catalog::embedded(),
    };
    let catalog = loaded.with_context(|| not_loaded(lang))?;
    Ok(Box::leak(Box::new(catalog)))
}

fn not_loaded(lang: Lang) -> &'static str {
    lang.pick("表样说明读不进来", "cannot load the form descriptions")
}
