//! What is the matter with one file, or with the process that reads it, is the matter with that
//! file alone.

use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::halted::{abort_workers_until_a_file_is_blamed, stop_a_worker};
use super::large::large;
use super::processes::{children, signal};
use super::{clean, dump, gouji, put, rows, runs, stderr, stdout, submissions};

#[test]
fn a_file_that_takes_too_much_memory_is_named_and_the_others_are_read() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    put(folder.path(), "报送/大.xlsx", large(100_000));
    put(folder.path(), "报送/丙.xlsx", clean("丙中心", 3));
    let run = |limit: &str| {
        let args = ["batch", "报送", "-o", "汇总.xlsx", "--force"];
        let said = runs(
            folder.path(),
            &[&args[..], &["--max-memory", limit, "--max-seconds", "120"]].concat(),
            2,
        );
        assert_eq!(stderr(&said), "");
        rows(
            &folder.path().join("汇总.db"),
            "SELECT path, status, error_kind, error FROM file ORDER BY path",
        )
    };
    let small = run("100");
    assert!(
        small[1].contains("超过了 100 MiB（max-memory）"),
        "{}",
        small[1]
    );
    assert!(
        small[1].starts_with("报送/大.xlsx unreadable memory"),
        "{}",
        small[1]
    );
    assert_eq!(
        [&small[0], &small[2]],
        ["报送/丙.xlsx checked  ", "报送/甲.xlsx checked  "]
    );
    let usual = run("512");
    assert!(
        usual[1].starts_with("报送/大.xlsx unrecognised"),
        "{}",
        usual[1]
    );
}

#[test]
fn a_file_that_was_given_up_is_tried_again_in_the_next_run() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    put(path, "报送/大.xlsx", large(100_000));
    let status = |limits: [&str; 4], code: i32| {
        let args = ["batch", "报送", "-o", "汇总.xlsx", "--resume"];
        let output = runs(path, &[&args[..], &limits[..]].concat(), code);
        let query = "SELECT status, ifnull(error_kind, '') FROM file WHERE path = '报送/大.xlsx'";
        (rows(&path.join("汇总.db"), query), stdout(&output))
    };
    let (given_up, _) = status(["--max-memory", "100", "--max-seconds", "120"], 2);
    assert_eq!(given_up, ["unreadable memory"]);
    let (read, said) = status(["--max-memory", "512", "--max-seconds", "120"], 2);
    assert_eq!(read, ["unrecognised "]);
    assert!(said.contains("1 份没有变"), "{said}");
    // What was read to its end is not read again.
    let (_, said) = status(["--max-memory", "512", "--max-seconds", "120"], 2);
    assert!(said.contains("2 份没有变"), "{said}");
}

/// What a run says of its files while something is done to its workers: kinds of errors and how
/// many there are of each.
fn kinds_of_a_run(limits: &[&str], misdeed: impl Fn(&mut Child)) -> Vec<String> {
    let folder = submissions(40);
    let path = folder.path();
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--threads", "2"];
    let mut run = gouji(path, &[&args[..], limits].concat()).spawn().unwrap();
    misdeed(&mut run);
    assert_eq!(run.wait().unwrap().code(), Some(2));
    rows(
        &path.join("汇总.db"),
        "SELECT status, ifnull(error_kind, ''), count(*) FROM file GROUP BY 1, 2 ORDER BY 1",
    )
}

#[test]
fn a_file_that_does_not_end_is_named_and_the_others_are_read() {
    let kinds = kinds_of_a_run(&["--max-seconds", "6"], stop_a_worker);
    assert_eq!(kinds, ["checked  39", "unreadable too-slow 1"]);
}

#[test]
fn a_file_at_which_the_program_fails_is_named_and_the_others_are_read() {
    let limits = ["--max-seconds", "120"];
    let kinds = kinds_of_a_run(&limits, abort_workers_until_a_file_is_blamed);
    assert_eq!(kinds, ["checked  39", "unreadable fault 1"]);
}

#[test]
fn workers_that_are_killed_change_nothing() {
    let folder = submissions(60);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一气.xlsx"], 1);
    let size = |entry: walkdir::DirEntry| entry.metadata().unwrap().len();
    let files = walkdir::WalkDir::new(path.join("报送")).into_iter();
    let some_files = files.map(|entry| size(entry.unwrap())).sum::<u64>() / 20;
    let mut run = gouji(
        path,
        &["batch", "报送", "-o", "断续.xlsx", "--threads", "2"],
    )
    .spawn()
    .unwrap();
    let mut killed = BTreeSet::new();
    while run.try_wait().unwrap().is_none() {
        for id in children(run.id()) {
            // In one that has not yet read a file the blame would be that of its first.
            if has_read(id) > some_files {
                signal(id, "KILL");
                killed.insert(id);
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(run.wait().unwrap().code(), Some(1));
    assert!(killed.len() > 2, "{killed:?}");
    assert_eq!(dump(&path.join("断续.db")), dump(&path.join("一气.db")));
}

/// How many bytes a process has read, files and pipes taken together; none where it has ended.
fn has_read(process: u32) -> u64 {
    let counts = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let count = counts.lines().find_map(|line| line.strip_prefix("rchar: "));
    count.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn workers_end_with_the_run_that_was_killed() {
    let folder = submissions(60);
    let mut run = gouji(folder.path(), &["batch", "报送", "-o", "汇总.xlsx"])
        .spawn()
        .unwrap();
    let workers = loop {
        let workers = children(run.id());
        if !workers.is_empty() {
            break workers;
        }
        assert!(
            run.try_wait().unwrap().is_none(),
            "it ended without workers"
        );
    };
    run.kill().unwrap();
    run.wait().unwrap();
    let begun = Instant::now();
    let is_there = |id: &u32| {
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.windows(8).any(|word| word == b"--worker")
    };
    while workers.iter().any(is_there) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{workers:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
