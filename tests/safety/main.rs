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
use std::io::{Cursor, Read};
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

/// The parts of each workbook, save for the time of its check: a run may begin in one minute and end
/// in the next one.
fn timeless(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&str, Vec<(String, Vec<u8>)>> {
    let books = files.iter().map(|(name, bytes)| {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let parts = (0..archive.len()).map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let name = entry.name().unwrap().into_owned();
            let mut body = Vec::new();
            entry.read_to_end(&mut body).unwrap();
            (name, without_time(body))
        });
        (name.as_str(), parts.collect())
    });
    books.collect()
}

fn without_time(body: Vec<u8>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&body) else {
        return body;
    };
    let mut pieces = text.split("核对时间：");
    let mut kept = pieces.next().unwrap().to_owned();
    for piece in pieces {
        kept += &piece["2026-01-01 00:00".len()..];
    }
    kept.into_bytes()
}
