//! What must hold of any workbook, over a folder of them that is no part of the project:
//!
//! ```text
//! GOUJI_CORPUS=FOLDER cargo test --release --test corpus -- --ignored
//! ```
//!
//! Public and damaged workbooks belong in the folder, thousands of them. Nothing is said of what
//! they hold: only that each is read or refused with a reason, quickly and in little memory, and
//! that writing into it changes what it is told to and nothing else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(target_os = "linux")]
mod door;
mod patched;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use walkdir::WalkDir;

/// What one step of the work on one file may take.
const LONGEST: Duration = Duration::from_secs(10);

/// The files of the corpus.
fn files() -> Vec<PathBuf> {
    let folder = std::env::var_os("GOUJI_CORPUS").expect("GOUJI_CORPUS names a folder");
    let files: Vec<PathBuf> = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    assert!(!files.is_empty(), "GOUJI_CORPUS is empty");
    files
}

/// Asks of each file; fails with all that was found wrong.
fn each(ask: impl Fn(&PathBuf) -> Result<(), String> + Sync) {
    let wrong = Mutex::new(Vec::new());
    let files = files();
    files.par_iter().for_each(|path| {
        if let Err(what) = ask(path) {
            let what = format!("{}: {what}", path.display());
            wrong.lock().unwrap().push(what);
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    let found = format!("{} of {} files", wrong.len(), files.len());
    assert!(wrong.is_empty(), "{found}:\n{}", wrong.join("\n"));
}

/// The result, if it came in time.
fn timed<T>(step: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    let start = Instant::now();
    let result = work();
    let taken = start.elapsed();
    if taken > LONGEST {
        return Err(format!("{step} took {} s", taken.as_secs()));
    }
    Ok(result)
}
