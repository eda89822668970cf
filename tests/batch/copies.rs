//! Marked copies: which name each has, what they are never written over, where they may lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tempfile::TempDir;

use super::{clean, dump, put, rows, run, runs, stderr, stdout};

/// Each file with the place of its copy.
const COPIES: &str = "SELECT path, ifnull(marked, '') FROM file ORDER BY path";

const RUN: [&str; 6] = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "标注"];

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
    std::fs::read(folder.join(name)).unwrap()
}

fn copies(folder: &Path) -> Vec<String> {
    rows(&folder.join("汇总.db"), COPIES)
}

/// One stem in three formats, and two names that only differ where they are cut off.
fn likes() -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.ods", fixture("filing.ods"));
    put(path, "报送/甲.xls", fixture("filing.xls"));
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    let long = "长".repeat(80);
    put(path, &format!("报送/{long}一.xlsx"), clean("一中心", 2));
    put(path, &format!("报送/{long}二.xlsx"), clean("二中心", 3));
    folder
}

#[test]
fn files_of_like_names_have_copies_numbered_in_the_order_of_paths() {
    let cut = "长".repeat(70);
    let long = "长".repeat(80);
    for threads in ["1", "4"] {
        let folder = likes();
        runs(
            folder.path(),
            &[&RUN[..], &["--threads", threads]].concat(),
            1,
        );
        assert_eq!(
            copies(folder.path()),
            [
                "报送/甲.ods 标注/报送/甲（核对结果）.xlsx".to_owned(),
                "报送/甲.xls 标注/报送/甲（核对结果 2）.xlsx".to_owned(),
                "报送/甲.xlsx 标注/报送/甲（核对结果 3）.xlsx".to_owned(),
                format!("报送/{long}一.xlsx 标注/报送/{cut}（核对结果）.xlsx"),
                format!("报送/{long}二.xlsx 标注/报送/{cut}（核对结果 2）.xlsx"),
            ]
        );
    }
}

#[test]
fn a_copy_that_is_kept_is_not_overwritten_by_that_of_another_file() {
    let folder = likes();
    let path = folder.path();
    runs(path, &RUN, 1);
    let before = copies(path);
    let of_xls = path.join("标注/报送/甲（核对结果 2）.xlsx");
    let kept = std::fs::read(&of_xls).unwrap();
    put(path, "报送/甲.xlsx", clean("改过的甲中心", 9));
    let long = "长".repeat(80);
    put(
        path,
        &format!("报送/{long}二.xlsx"),
        clean("改过的二中心", 8),
    );
    let again = runs(path, &[&RUN[..], &["--resume"]].concat(), 1);
    assert!(stdout(&again).contains("3 份没有变"), "{}", stdout(&again));
    assert_eq!(copies(path), before);
    assert_eq!(std::fs::read(&of_xls).unwrap(), kept);
}

#[test]
fn names_after_a_further_run_are_those_of_a_run_from_the_start() {
    let folder = likes();
    let path = folder.path();
    std::fs::remove_file(path.join("报送/甲.ods")).unwrap();
    runs(path, &RUN, 1);
    put(path, "报送/甲.ods", fixture("filing.ods"));
    runs(path, &[&RUN[..], &["--resume"]].concat(), 1);
    let resumed = copies(path);
    let units: Vec<String> = ["", " 2", " 3"].map(|number| unit_of(path, number)).into();
    runs(path, &[&RUN[..], &["--force"]].concat(), 1);
    assert_eq!(copies(path), resumed);
    let anew: Vec<String> = ["", " 2", " 3"].map(|number| unit_of(path, number)).into();
    assert_eq!(units, anew);
    assert_eq!(units[2], "甲中心");
}

/// All files of the folder of copies, below it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.join("标注")];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder.join("标注")).unwrap();
                    found.insert(name.to_str().unwrap().to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn a_copy_of_what_is_gone_goes_and_others_are_left_alone() {
    for more in ["--resume", "--force"] {
        let folder = TempDir::new().unwrap();
        let path = folder.path();
        put(path, "报送/甲.ods", fixture("filing.ods"));
        put(path, "报送/甲.xlsx", clean("甲中心", 1));
        for (number, name) in (2..).zip(["乙", "丙", "丁"]) {
            put(path, &format!("报送/{name}.xlsx"), clean(name, number));
        }
        runs(path, &RUN, 1);
        let edited = clean("写了说明的", 9);
        put(path, "标注/报送/丙（核对结果）.xlsx", &edited);
        put(path, "标注/报送/别人的（核对结果）.xlsx", &edited);
        put(path, "标注/笔记.txt", "x");
        // Of 甲.xlsx there is the first copy now, not the second.
        for gone in ["甲.ods", "乙.xlsx", "丙.xlsx"] {
            std::fs::remove_file(path.join("报送").join(gone)).unwrap();
        }
        // Another that can no longer be read.
        put(path, "报送/丁.xlsx", "x");
        let rest = [
            "报送/丙（核对结果）.xlsx",
            "报送/别人的（核对结果）.xlsx",
            "报送/甲（核对结果）.xlsx",
            "笔记.txt",
        ];
        for _ in 0..2 {
            runs(path, &[&RUN[..], &[more]].concat(), 2);
            assert_eq!(
                files(path),
                BTreeSet::from(rest.map(str::to_owned)),
                "{more}"
            );
            let left = path.join("标注/报送/丙（核对结果）.xlsx");
            assert_eq!(std::fs::read(left).unwrap(), edited);
        }
    }
}

#[test]
fn what_somebody_has_written_into_a_copy_is_kept_under_another_name() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    put(path, "报送/乙.xlsx", clean("乙中心", 2));
    runs(path, &RUN, 0);
    let reasoned = clean("写了说明的", 9);
    put(path, "标注/报送/甲（核对结果）.xlsx", &reasoned);
    put(path, "标注/报送/丙（核对结果）.xlsx", "x");
    for (name, number) in [("甲", 3), ("乙", 4), ("丙", 5)] {
        put(path, &format!("报送/{name}.xlsx"), clean(name, number));
    }
    for round in 0..2 {
        let again = runs(path, &[&RUN[..], &["--resume"]].concat(), 0);
        let said = stderr(&again);
        assert_eq!(
            said.matches("没有覆盖").count(),
            2 * usize::from(round == 0),
            "{said}"
        );
        let all = [
            "甲（核对结果）.xlsx",
            "乙（核对结果）.xlsx",
            "丙（核对结果）.xlsx",
            "甲（核对结果）（改过）.xlsx",
            "丙（核对结果）（原有）.xlsx",
        ];
        let all = all.map(|name| format!("报送/{name}"));
        assert_eq!(files(path), BTreeSet::from(all));
        let kept = |name: &str| std::fs::read(path.join("标注/报送").join(name)).unwrap();
        assert_eq!(kept("甲（核对结果）（改过）.xlsx"), reasoned);
        assert_eq!(kept("丙（核对结果）（原有）.xlsx"), b"x");
        assert_ne!(kept("甲（核对结果）.xlsx"), reasoned);
    }
}

#[test]
fn a_copy_that_became_a_submission_stays() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    runs(path, &RUN, 0);
    let copy = "标注/报送/甲（核对结果）.xlsx";
    let before = std::fs::read(path.join(copy)).unwrap();
    let args = ["batch", copy, "-o", "汇总.xlsx", "--marked", "标注"];
    runs(path, &[&args[..], &["--resume"]].concat(), 0);
    assert_eq!(std::fs::read(path.join(copy)).unwrap(), before);
}

/// The unit that a copy of 甲 is about.
fn unit_of(folder: &Path, number: &str) -> String {
    let copy = format!("标注/报送/甲（核对结果{number}）.xlsx");
    let output = run(folder, &["check", &copy, "--format", "ndjson"]);
    let file: serde_json::Value = serde_json::from_str(stdout(&output).trim()).unwrap();
    file["unit_name"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_no_workbook_takes_no_name_from_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.pdf", "%PDF-1.4");
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    put(path, "报送/甲", clean("乙中心", 2));
    runs(path, &RUN, 0);
    assert_eq!(
        copies(path),
        [
            "报送/甲 标注/报送/甲（核对结果）.xlsx",
            "报送/甲.pdf ",
            "报送/甲.xlsx 标注/报送/甲（核对结果 2）.xlsx",
        ]
    );
}

#[test]
fn a_file_that_was_given_is_never_overwritten_by_a_copy() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let own = clean("乙中心", 2);
    put(path, "甲.xlsx", clean("甲中心", 1));
    put(path, "甲（核对结果）.xlsx", &own);
    let args = [
        "batch",
        "甲.xlsx",
        "甲（核对结果）.xlsx",
        "-o",
        "汇总.xlsx",
        "--marked",
        ".",
        "--force",
    ];
    runs(path, &args, 0);
    assert_eq!(
        std::fs::read(path.join("甲（核对结果）.xlsx")).unwrap(),
        own
    );
    let written: BTreeSet<String> = copies(path).into_iter().collect();
    assert_eq!(written.len(), 2);
    assert!(
        written
            .iter()
            .all(|copy| copy.ends_with(" 2）.xlsx") || copy.ends_with(" 3）.xlsx"))
    );
}

#[test]
fn copies_and_notices_are_not_written_among_what_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 0);
    let before = copies(path);
    for (input, flag, output) in [
        ("报送", "--marked", "报送"),
        ("报送", "--marked", "报送/"),
        ("报送", "--marked", "."),
        ("报送", "--marked", "报送/新/.."),
        (".", "--marked", "./"),
        ("报送", "--notices", "./报送"),
        ("报送/", "--notices", "报送"),
    ] {
        for more in ["--resume", "--force"] {
            let said = runs(
                path,
                &["batch", input, "-o", "汇总.xlsx", flag, output, more],
                2,
            );
            assert!(stderr(&said).contains("换一个文件夹"), "{}", stderr(&said));
        }
    }
    // What stood there stands there still.
    assert_eq!(copies(path), before);
    let names = std::fs::read_dir(path.join("报送")).unwrap().count();
    assert_eq!(names, 1);
}

#[test]
fn a_folder_for_results_that_holds_submissions_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let args = |flag: &'static str, more: &[&'static str]| {
        let to = ["batch", "报送", "-o", "汇总.xlsx", flag, "报送/甲"];
        [&to[..], more].concat()
    };
    put(path, "报送/乙.xlsx", clean("乙中心", 2));
    // Copies, notices and whatever is no workbook may lie there.
    put(path, "报送/甲/笔记.txt", "x");
    runs(path, &args("--marked", &[]), 0);
    runs(path, &args("--marked", &["--resume"]), 0);
    let before = dump(&path.join("汇总.db"));
    for name in ["a.xlsx", "里/a.ods", "a", "a.zip", "a（核对结果）.xlsx"] {
        let name = format!("报送/甲/{name}");
        put(path, &name, clean("甲中心", 1));
        for flag in ["--marked", "--notices"] {
            for more in ["--resume", "--force"] {
                let said = runs(path, &args(flag, &[more]), 2);
                let said = stderr(&said);
                assert!(said.contains("「报送/甲」"), "{said}");
                assert!(said.contains(&format!("「{name}」")), "{said}");
                assert!(said.contains("换一个文件夹"), "{said}");
            }
        }
        let said = stderr(&runs(
            path,
            &args("--marked", &["--force", "--lang", "en"]),
            2,
        ));
        assert!(said.contains("name another folder"), "{said}");
        std::fs::remove_file(path.join(&name)).unwrap();
    }
    // Named by itself, it is one all the same.
    put(path, "报送/甲/a.xlsx", clean("甲中心", 1));
    runs(path, &args("--marked", &["报送/甲/a.xlsx", "--resume"]), 2);
    assert_eq!(dump(&path.join("汇总.db")), before);
    // For a first run it is no folder either.
    let first = ["batch", "报送", "-o", "另.xlsx", "--marked", "报送/甲"];
    runs(path, &first, 2);
    assert!(!path.join("另.db").exists());
}

#[test]
fn what_earlier_runs_wrote_among_the_submissions_is_known() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    put(path, "报送/乙.ods", fixture("filing.ods"));
    put(path, "报送/结果/名册.csv", "单位名称\n丙中心\n");
    let args = [
        "batch",
        "报送",
        "-o",
        "报送/结果/汇总.xlsx",
        "--roster",
        "报送/结果/名册.csv",
        "--marked",
        "报送/结果",
        "--notices",
        "报送/结果/通知",
    ];
    runs(path, &args, 1);
    let written = || {
        std::fs::read_dir(path.join("报送/结果/通知"))
            .unwrap()
            .count()
    };
    assert!(written() > 0);
    // One whose original is gone and that was written into stays, and is no submission.
    std::fs::remove_file(path.join("报送/甲.xlsx")).unwrap();
    put(path, "报送/结果/报送/甲（核对结果）.xlsx", "x");
    for more in [
        &["--resume"][..],
        &["--force"],
        &["--resume", "--ignore", "GJ2"],
    ] {
        for _ in 0..2 {
            runs(path, &[&args[..], more].concat(), 1);
            let found = rows(&path.join("报送/结果/汇总.db"), "SELECT path FROM file");
            assert_eq!(found, ["报送/乙.ods"]);
        }
    }
    // A run that was killed has its copies in the list beside the database alone.
    let database = path.join("报送/结果/汇总.db");
    let noted = &rows(&database, "SELECT value FROM run WHERE name = 'copies'")[0];
    let noted: BTreeMap<String, serde_json::Value> = serde_json::from_str(noted).unwrap();
    let lines = noted
        .iter()
        .map(|(path, written)| serde_json::json!([["Copy", path], written]).to_string());
    let list = lines.collect::<Vec<_>>().join("\n");
    put(path, "报送/结果/汇总.db-written", list);
    let database = rusqlite::Connection::open(database).unwrap();
    database
        .execute_batch(
            "DELETE FROM run WHERE name IN ('copies', 'ended'); UPDATE file SET marked = NULL",
        )
        .unwrap();
    drop(database);
    runs(path, &[&args[..], &["--resume"]].concat(), 1);
}

#[cfg(unix)]
#[test]
fn a_folder_of_copies_among_the_submissions_is_known_under_every_name() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    std::fs::create_dir(path.join("报送/标注")).unwrap();
    std::os::unix::fs::symlink("报送/标注", path.join("近路")).unwrap();
    for marked in ["报送/一/二/三", "报送/一/../另外", "近路"] {
        let args = ["batch", "报送", "-o", "汇总.xlsx", "--marked", marked];
        for more in ["--force", "--resume"] {
            runs(path, &[&args[..], &[more]].concat(), 0);
            let found = rows(&path.join("汇总.db"), "SELECT path FROM file");
            assert_eq!(found, ["报送/甲.xlsx"], "{marked} {more}");
        }
        for made in ["报送/一", "报送/另外"] {
            let _ = std::fs::remove_dir_all(path.join(made));
        }
    }
}

#[test]
fn another_folder_of_copies_gets_them_all() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    runs(path, &RUN, 0);
    let args = [
        "batch",
        "报送",
        "-o",
        "汇总.xlsx",
        "--marked",
        "另外",
        "--resume",
    ];
    runs(path, &args, 0);
    assert_eq!(copies(path), ["报送/甲.xlsx 另外/报送/甲（核对结果）.xlsx"]);
    assert!(path.join("另外/报送/甲（核对结果）.xlsx").is_file());
}
