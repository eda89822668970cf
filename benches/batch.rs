//! A bulk run over generated submissions, beside others merely reading the same files.
//!
//! `cargo bench --bench batch -- 2000 20000`; without numbers over 300 files. Every measurement
//! runs in a process of its own, three times by turns, and the best of each counts. openpyxl is
//! measured where `python3` (or `$PYTHON`) has it, over the first files only.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout
)]

#[path = "../tests/support/filings/mod.rs"]
mod filings;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use calamine::{Reader, Xlsx};
use filings::Submission;
use gouji::batch::store::{Store, StoreError};
use gouji::batch::{Examiner, Run, Sources, settle};
use gouji::catalog::Catalog;
use gouji::contain::{Bounds, Workers};
use gouji::lang::Lang;
use gouji::review::{Options, review};
use gouji::summary;
use rayon::prelude::*;

const ROUNDS: usize = 3;
const FEW: u64 = 300;
/// openpyxl takes its time.
const FIRST: usize = 100;

/// What is measured, by the name that the process of its own is given.
const MEASURED: [(&str, &str); 7] = [
    ("check", "the whole check, one thread"),
    ("calamine", "(a) calamine, values only"),
    ("floor", "(c) inflate and scan"),
    ("batch1", "batch: check, database, summary; one thread"),
    ("batch2", "the same on two threads"),
    ("contained1", "batch, files in a process of their own"),
    ("contained2", "the same on two threads and two processes"),
];

const OPENPYXL: &str = "
import sys, time, openpyxl
paths = sys.stdin.read().splitlines()
begun = time.perf_counter()
for path in paths:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            pass
    book.close()
print(time.perf_counter() - begun, 0)
";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, what, folder] = arguments.as_slice()
        && flag == "--measure"
    {
        return measure(what, Path::new(folder));
    }
    let numbers = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok());
    let mut numbers: Vec<u64> = numbers.collect();
    if numbers.is_empty() {
        numbers.push(FEW);
    }
    for number in numbers {
        compare(number);
    }
}

/// Seconds and KiB at the peak.
type Measured = (f64, u64);

fn compare(number: u64) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("submissions-{number}"));
    make(number, &folder);
    let mut best: Vec<Measured> = vec![(f64::INFINITY, u64::MAX); MEASURED.len()];
    let mut openpyxl = f64::INFINITY;
    for _ in 0..ROUNDS {
        for ((what, _), best) in MEASURED.iter().zip(&mut best) {
            let program = std::env::current_exe().unwrap();
            let mut command = Command::new(program);
            let (seconds, peak) = run(command.args(["--measure", what]).arg(&folder), "");
            *best = (best.0.min(seconds), best.1.min(peak));
        }
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let list: Vec<String> = paths(&folder).into_iter().take(FIRST).collect();
        let known = Command::new(&python)
            .args(["-c", "import openpyxl"])
            .output();
        if known.is_ok_and(|known| known.status.success()) {
            let (seconds, _) = run(
                Command::new(&python).args(["-c", OPENPYXL]),
                &list.join("\n"),
            );
            openpyxl = openpyxl.min(seconds / list.len() as f64 * number as f64);
        }
    }
    println!("{number} files");
    let check = best[0].0;
    for ((_, name), (seconds, peak)) in MEASURED.iter().zip(&best) {
        println!(
            "  {name:44} {seconds:8.2} s {:8.0} files/s {:6.1} MiB   check is {:6.2} x",
            number as f64 / seconds,
            *peak as f64 / 1024.0,
            check / seconds,
        );
    }
    if openpyxl.is_finite() {
        let name = "(b) openpyxl, read-only";
        println!(
            "  {name:44} {openpyxl:8.2} s   check is 1/{:.1}",
            openpyxl / check
        );
    }
    println!("  two threads are {:.2} x one", best[3].0 / best[4].0);
    println!(
        "  processes of their own take {:.2} x the time, on two threads {:.2} x",
        best[5].0 / best[3].0,
        best[6].0 / best[4].0
    );
    fs::remove_dir_all(&folder).unwrap();
}

fn make(number: u64, folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    (0..number).into_par_iter().for_each(|number| {
        let submission = Submission::numbered(number);
        let path = folder.join(&submission.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, submission.write().bytes).unwrap();
    });
}

fn paths(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name();
    let files = files
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| entry.path().to_str().unwrap().to_owned())
        .collect()
}

fn run(command: &mut Command, input: &str) -> Measured {
    let list = tempfile::NamedTempFile::new().unwrap();
    fs::write(list.path(), input).unwrap();
    let output = command
        .stdin(File::open(list.path()).unwrap())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let (seconds, peak) = text.trim().split_once(' ').unwrap();
    (seconds.parse().unwrap(), peak.parse().unwrap())
}

fn measure(what: &str, folder: &Path) {
    let paths = paths(folder);
    let begun = Instant::now();
    match what {
        "check" => check(&paths),
        "calamine" => calamine(&paths),
        "floor" => floor(&paths),
        "batch1" => batch(folder, 1, None),
        "batch2" => batch(folder, 2, None),
        "contained1" => batch(folder, 1, Some(&workers())),
        "contained2" => batch(folder, 2, Some(&workers())),
        other => unreachable!("{other}"),
    }
    println!("{} {}", begun.elapsed().as_secs_f64(), peak());
}

/// KiB of memory at the peak, where the system tells.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}

fn check(paths: &[String]) {
    let catalog = Catalog::embedded().unwrap();
    let options = Options::default();
    for path in paths {
        black_box(review(&catalog, &fs::read(path).unwrap(), None, &options));
    }
}

fn calamine(paths: &[String]) {
    for path in paths {
        let mut workbook = Xlsx::new(Cursor::new(fs::read(path).unwrap())).unwrap();
        for name in workbook.sheet_names() {
            black_box(workbook.worksheet_range(&name).unwrap());
        }
    }
}

fn floor(paths: &[String]) {
    let mut part = Vec::new();
    for path in paths {
        let mut package = zip::ZipArchive::new(Cursor::new(fs::read(path).unwrap())).unwrap();
        for index in 0..package.len() {
            part.clear();
            package
                .by_index(index)
                .unwrap()
                .read_to_end(&mut part)
                .unwrap();
            black_box(memchr::memchr_iter(b'<', &part).count());
        }
    }
}

/// As the program starts them.
fn workers() -> Workers {
    Workers::start(Bounds::default(), || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
        command.args(["--worker", "batch", "-", "-o", "x.db"]);
        Ok(command)
    })
    .unwrap()
}

fn batch(folder: &Path, threads: usize, workers: Option<&Workers>) {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .unwrap();
    let catalog = Catalog::embedded().unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut store = Store::open(&out.path().join("run.db")).unwrap();
    let stop = AtomicBool::new(false);
    let run = Run {
        examiner: Examiner {
            workers,
            ..Examiner::here(&catalog, Options::default())
        },
        sources: Sources::new(
            vec![folder.to_owned()],
            Vec::new(),
            Options::default().limits,
        ),
        threads,
        stop: &stop,
    };
    run.files::<StoreError>(&mut store, &mut |_, _, _| Ok(()))
        .unwrap();
    settle(&mut store, &catalog, None, Lang::Zh).unwrap();
    let options = summary::Options {
        lang: Lang::Zh,
        time: String::new(),
        folder: out.path().to_owned(),
        roster: false,
    };
    let summary = File::create(out.path().join("run.xlsx")).unwrap();
    summary::write(&store, &catalog, &options, summary).unwrap();
    store.close().unwrap();
}
