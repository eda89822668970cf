//! Runs that are killed, and places that cannot be written: inputs stay as they are, what is there
//! is whole, and the next run is fine.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "inputs of tests are written as they are"
)]

mod killed;
mod places;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path)
}

/// The program in this folder; what it says is not listened to.
fn gouji(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
    command
        .current_dir(folder)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A folder 报送 with a dozen workbooks.
fn filings() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let inputs = folder.path().join("报送");
    fs::create_dir(&inputs).unwrap();
    fs::create_dir(folder.path().join("结果")).unwrap();
    for entry in fs::read_dir(fixture("layouts")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|end| end == "xlsx") {
            fs::copy(entry.path(), inputs.join(entry.file_name())).unwrap();
        }
    }
    folder
}

/// All files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}
