//! What people do between two runs: nothing that they wrote is lost, and nothing of ours is taken for
//! theirs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::killed::files;
use super::{clean, put, rows, runs, stderr, stdout};

const RUN: [&str; 8] = [
    "batch",
    "报送",
    "-o",
    "汇总.xlsx",
    "--marked",
    "标注",
    "--notices",
    "通知",
];

fn resumed(path: &Path) -> String {
    stderr(&runs(path, &[&RUN[..], &["--resume"]].concat(), 1))
}

/// Two filings, one of them with mistakes.
fn filings() -> TempDir {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    let broken = fs::read("fixtures/broken/filing.xlsx").unwrap();
    put(folder.path(), "报送/乙.xlsx", broken);
    folder
}

/// All files below a folder but the submissions.
fn results(path: &Path) -> BTreeSet<String> {
    let names = files(path).into_keys();
    names.filter(|name| !name.starts_with("报送/")).collect()
}

/// Copies, notices and the summary that one run writes.
fn written(path: &Path) -> Vec<String> {
    runs(path, &RUN, 1);
    let mut all = results(path);
    assert!(all.remove("汇总.db"));
    assert_eq!(all.len(), 4, "{all:?}");
    all.into_iter().collect()
}

/// Somebody writes into all of these.
fn written_into(path: &Path, names: &[String]) {
    for name in names {
        put(path, name, clean("改过的", 7));
    }
}

/// What somebody has written stands under another name with this word, and as many results beside.
fn are_kept(path: &Path, names: &[String], word: &str, said: &str) {
    let theirs = clean("改过的", 7);
    let mut all = BTreeSet::from(["汇总.db".to_owned()]);
    for name in names {
        let aside = name.replace(".xlsx", &format!("{word}.xlsx"));
        assert!(fs::read(path.join(&aside)).unwrap() == theirs, "{aside}");
        assert!(fs::read(path.join(name)).unwrap() != theirs, "{name}");
        all.extend([name.clone(), aside]);
    }
    assert_eq!(results(path), all);
    assert_eq!(said.matches("没有覆盖").count(), names.len(), "{said}");
}

#[test]
fn what_somebody_has_written_into_any_result_is_kept() {
    let folder = filings();
    let path = folder.path();
    let names = written(path);
    written_into(path, &names);
    // Copies are written again where the original is another one.
    for name in ["甲", "乙"] {
        let path = path.join(format!("报送/{name}.xlsx"));
        let saved = [fs::read(&path).unwrap(), b" ".to_vec()].concat();
        fs::write(path, saved).unwrap();
    }
    let said = resumed(path);
    are_kept(path, &names, "（改过）", &said);
    assert_eq!(resumed(path), "");
}

#[test]
fn what_no_database_knows_is_kept() {
    let folder = filings();
    let path = folder.path();
    let names = written(path);
    written_into(path, &names);
    fs::remove_file(path.join("汇总.db")).unwrap();
    let said = resumed(path);
    are_kept(path, &names, "（原有）", &said);
    assert_eq!(resumed(path), "");
}

#[test]
fn results_are_known_where_the_folder_was_moved_and_where_the_run_is_made_elsewhere() {
    let around = TempDir::new().unwrap();
    let old = filings();
    let moved = around.path().join("搬家");
    let names = written(old.path());
    fs::rename(old.path(), &moved).unwrap();
    fs::remove_file(moved.join("报送/甲.xlsx")).unwrap();
    assert_eq!(resumed(&moved), "");
    let mut left: BTreeSet<String> = names.into_iter().collect();
    left.retain(|name| !name.contains('甲'));
    left.insert("汇总.db".to_owned());
    assert_eq!(results(&moved), left);
    // From within another folder.
    fs::create_dir(moved.join("内")).unwrap();
    let args = [
        "batch",
        "../报送",
        "-o",
        "../汇总.xlsx",
        "--notices",
        "../通知",
        "--resume",
    ];
    let said = stderr(&runs(&moved.join("内"), &args, 1));
    assert_eq!(said, "");
    assert_eq!(results(&moved), left);
}

#[test]
fn results_among_the_submissions_are_none_in_whatever_way_the_next_run_is_made() {
    let folder = filings();
    let path = folder.path();
    let inside = [
        "batch",
        "报送",
        "-o",
        "报送/汇总.xlsx",
        "--marked",
        "报送/标注",
        "--notices",
        "报送/通知",
    ];
    runs(path, &inside, 1);
    let read = |args: &[&str]| {
        runs(path, &[args, &["--resume"]].concat(), 1);
        rows(
            &path.join("报送/汇总.db"),
            "SELECT path FROM file ORDER BY path",
        )
    };
    let given = ["报送/乙.xlsx", "报送/甲.xlsx"];
    assert_eq!(read(&inside), given);
    assert_eq!(read(&inside[..4]), given);
    let elsewhere = [&inside[..4], &["--marked", "别处", "--notices", "别处"]].concat();
    assert_eq!(read(&elsewhere), given);
    // What has got another name is no submission either.
    let copy = "报送/标注/报送/甲（核对结果）.xlsx";
    put(path, copy, clean("改过的", 7));
    put(path, "报送/甲.xlsx", clean("甲中心", 3));
    assert_eq!(read(&inside), given);
    assert_eq!(read(&inside[..4]), given);
    // One that was handed in as it was returned is.
    put(path, copy, clean("交上来的", 7));
    assert_eq!(read(&inside[..4]), ["报送/乙.xlsx", copy, "报送/甲.xlsx"]);
}

#[test]
fn what_a_killed_run_had_begun_is_no_submission_and_in_nobodys_way() {
    let folder = filings();
    let path = folder.path();
    let draft = "报送/甲（核对结果）.xlsx.gouji-draft";
    put(path, draft, clean("甲中心", 1));
    let inside = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "报送/标注"];
    runs(path, &inside, 1);
    let draft = "报送/标注/报送/甲（核对结果）.xlsx.gouji-draft";
    put(path, draft, clean("甲中心", 1));
    runs(path, &[&inside[..], &["--resume"]].concat(), 1);
    let files = rows(&path.join("汇总.db"), "SELECT path FROM file ORDER BY path");
    assert_eq!(files, ["报送/乙.xlsx", "报送/甲.xlsx"]);
}

#[test]
fn going_on_needs_something_to_go_on_from() {
    let folder = filings();
    let args = [
        "batch", "报送", "--format", "csv", "--marked", "标注", "--resume",
    ];
    let output = runs(folder.path(), &args, 2);
    assert!(stderr(&output).contains("-o"), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert!(!folder.path().join("标注").exists());
}
