//! Bulk runs as a bureau meets them: folders in, a database, a summary and streams out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "inputs of tests are written as they are"
)]

mod between;
#[cfg(target_os = "linux")]
mod contained;
mod copies;
mod defects;
#[path = "../support/filings/mod.rs"]
mod filings;
mod foreign;
#[cfg(target_os = "linux")]
#[path = "../support/halted.rs"]
mod halted;
mod inert;
mod inputs;
mod killed;
#[cfg(target_os = "linux")]
#[path = "../support/large.rs"]
mod large;
mod last_year;
mod notices;
#[path = "../template/office.rs"]
mod office;
#[cfg(target_os = "linux")]
#[path = "../support/processes.rs"]
mod processes;
mod rounds;
mod shards;
mod summary;
mod units;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use filings::{Layout, Submission, write};
use rusqlite::Connection;
use tempfile::TempDir;

/// The program in this folder.
fn gouji(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
    command
        .current_dir(folder)
        .args(args)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    gouji(folder, args).output().unwrap()
}

/// Runs, and sees the exit code.
fn runs(folder: &Path, args: &[&str], code: i32) -> Output {
    let output = run(folder, args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes a file below a folder, which is made.
fn put(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A folder 报送 with the first submissions.
fn submissions(count: u64) -> TempDir {
    let folder = TempDir::new().unwrap();
    for number in 0..count {
        let submission = Submission::numbered(number);
        let path = format!("报送/{}", submission.path);
        put(folder.path(), &path, submission.write().bytes);
    }
    folder
}

/// A filing without mistakes of a unit of this name.
fn clean(unit: &str, seed: u64) -> Vec<u8> {
    let mut filing = filings::Filing::random(seed);
    unit.clone_into(&mut filing.annex2.unit);
    for project in &mut filing.projects {
        unit.clone_into(&mut project.performer);
    }
    write(&filing, Layout::Sheets).bytes
}

/// All that is in a database, as text: what its users can see of it, by paths and names; what was
/// written, and when, aside.
fn dump(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut lines = Vec::new();
    for query in [
        "SELECT path, opened, size, modified, hash, status, error_kind, error, form, year, \
         unit_name, unit_key, unit, counted, wrong, missing, explain, explained, hint, rounding, \
         passed, unchecked, marked FROM file ORDER BY path",
        "SELECT path, finding.* FROM finding JOIN file ON file.id = file ORDER BY path, number",
        "SELECT path, annex.* FROM annex JOIN file ON file.id = file ORDER BY path, number",
        "SELECT path, applied.* FROM applied JOIN file ON file.id = file ORDER BY path",
        "SELECT * FROM unit ORDER BY id",
        "SELECT * FROM across ORDER BY number",
        "SELECT * FROM field ORDER BY form, number",
        "SELECT * FROM run WHERE name NOT IN ('copies', 'notices', 'summaries') ORDER BY name",
    ] {
        let mut select = connection.prepare(query).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..columns)
                .map(|at| format!("{:?}", row.get_ref(at).unwrap()))
                .collect();
            lines.push(cells.join("|"));
        }
    }
    lines
}

/// The rows of a query, as text.
fn rows(database: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open(database).unwrap();
    let mut select = connection.prepare(query).unwrap();
    let columns = select.column_count();
    let rows = select.query_map([], |row| {
        let cells: Result<Vec<String>, rusqlite::Error> = (0..columns)
            .map(|at| {
                Ok(match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    rusqlite::types::ValueRef::Null => String::new(),
                    other => format!("{other:?}"),
                })
            })
            .collect();
        Ok(cells?.join(" "))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}
