//! The command line as its users meet it: exit codes, outputs, words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "inputs of tests are written as they are"
)]

mod contained;
#[path = "../support/filings/mod.rs"]
mod filings;
mod form_diff;
mod forms;
#[cfg(target_os = "linux")]
#[path = "../support/halted.rs"]
mod halted;
mod json;
#[path = "../support/large.rs"]
mod large;
mod next_year;
#[cfg(target_os = "linux")]
#[path = "../support/processes.rs"]
mod processes;
#[cfg(unix)]
mod readme;
mod results;
mod template;
mod words;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use filings::{Filing, Layout, write};

const SHEETS: &str = "fixtures/reference/reference-sheets.xlsx";
const STACKED: &str = "fixtures/reference/reference-stacked.xlsx";

/// The program, in the root of the package, so that paths in its output are the same anywhere.
fn gouji() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    gouji().args(args).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The reference filing with its two blank cells filled: nothing to correct.
fn complete() -> Filing {
    let mut filing = Filing::reference();
    for project in &mut filing.projects {
        project.department = "某某市司法局".to_owned();
        project.performer = "某某市法律援助中心".to_owned();
    }
    filing
}

fn save(filing: &Filing, path: &Path) {
    std::fs::write(path, write(filing, Layout::Stacked).bytes).unwrap();
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{3400}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')
}
