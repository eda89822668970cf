//! A file that takes too much memory or time, or at which the program fails, is one that could not be
//! read, whatever is done with it, and the next one is read.

use std::fs;
#[cfg(target_os = "linux")]
use std::process::{Child, Stdio};

use tempfile::TempDir;

use super::filings::{Filing, Layout, write};
#[cfg(target_os = "linux")]
use super::halted::{abort_workers_until_a_file_is_blamed, stop_a_worker};
use super::large::large;
use super::{code, gouji, stderr, stdout};

const SMALL: [&str; 4] = ["--max-memory", "100", "--max-seconds", "120"];

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("大.xlsx"), large(100_000)).unwrap();
    let filing = write(&Filing::reference(), Layout::Sheets).bytes;
    fs::write(folder.path().join("甲.xlsx"), filing).unwrap();
    folder
}

#[test]
fn a_file_that_takes_too_much_memory_is_named_and_the_next_one_is_read() {
    for command in ["check", "fix", "inspect"] {
        let folder = folder();
        let output = gouji()
            .current_dir(folder.path())
            .args([command, "大.xlsx", "甲.xlsx"])
            .args(SMALL)
            .output()
            .unwrap();
        assert_eq!((code(&output), stderr(&output)), (2, ""), "{command}");
        let said = stdout(&output);
        let why = "核对这个文件要用的内存超过了 100 MiB（max-memory）";
        assert!(said.starts_with("大.xlsx"), "{said}");
        assert_eq!(said.matches(why).count(), 1, "{said}");
        assert!(said.contains("甲.xlsx"), "{said}");
        assert!(said.contains("岳阳市法律援助中心"), "{said}");
        assert!(!folder.path().join("大（核对结果）.xlsx").exists());
        let copy = folder.path().join("甲（核对结果）.xlsx");
        assert_eq!(copy.exists(), command == "fix");
    }
}

/// Runs every command that reads submissions over a dozen of them while something is done to its
/// worker: one of them is said to be unreadable for this reason, the others come out as ever.
#[cfg(target_os = "linux")]
fn one_of_a_dozen_is_unreadable(limit: &str, misdeed: fn(&mut Child), why: &str) {
    const OTHERS: usize = 11;
    for command in ["check", "fix", "inspect"] {
        let folder = TempDir::new().unwrap();
        let names: Vec<String> = (0..=OTHERS).map(|at| format!("{at}.xlsx")).collect();
        let filing = write(&Filing::reference(), Layout::Sheets).bytes;
        for name in &names {
            fs::write(folder.path().join(name), &filing).unwrap();
        }
        let mut run = gouji()
            .current_dir(folder.path())
            .arg(command)
            .args(&names)
            .args(["--max-seconds", limit])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        misdeed(&mut run);
        let output = run.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (2, ""), "{command}");
        let said = stdout(&output);
        assert_eq!(said.matches(why).count(), 1, "{command}: {said}");
        let read = said.matches("岳阳市法律援助中心").count();
        assert_eq!(read, OTHERS, "{command}: {said}");
        let copies = names.iter().filter(|name| {
            let copy = name.replace(".xlsx", "（核对结果）.xlsx");
            folder.path().join(copy).exists()
        });
        assert_eq!(copies.count(), OTHERS * usize::from(command == "fix"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_filing_of_last_year_at_which_the_program_fails_is_named_and_nothing_is_written() {
    let folder = folder();
    let template = ["template", "--form", "yueyang-2023", "--from", "甲.xlsx"];
    let mut run = gouji()
        .current_dir(folder.path())
        .args(template)
        .args(["-o", "今年.xlsx"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    abort_workers_until_a_file_is_blamed(&mut run);
    let output = run.wait_with_output().unwrap();
    assert_eq!(code(&output), 2, "{output:?}");
    let said = stderr(&output);
    assert!(said.contains("程序处理这个文件时出错"), "{said}");
    assert!(!folder.path().join("今年.xlsx").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_does_not_end_is_named_and_the_others_are_read() {
    one_of_a_dozen_is_unreadable("6", stop_a_worker, "超过了 6 秒（max-seconds）");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_at_which_the_program_fails_is_named_and_the_others_are_read() {
    let why = "程序处理这个文件时出错";
    one_of_a_dozen_is_unreadable("120", abort_workers_until_a_file_is_blamed, why);
}
