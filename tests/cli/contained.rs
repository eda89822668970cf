//! A file that takes too much memory is one that could not be read, whatever is done with it, and
//! the next one is read.

use std::fs;

use tempfile::TempDir;

use super::filings::{Filing, Layout, write};
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
