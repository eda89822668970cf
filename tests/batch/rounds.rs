//! One run after another: what is kept, what is read anew, what is refused.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use super::{clean, dump, gouji, put, rows, run, runs, stderr, stdout, submissions};

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let folder = submissions(60);
    for (threads, name) in [("1", "一"), ("2", "二"), ("7", "七")] {
        let output = format!("{name}.db");
        runs(
            folder.path(),
            &["batch", "报送", "-o", &output, "--threads", threads],
            1,
        );
    }
    let one = dump(&folder.path().join("一.db"));
    assert!(one.len() > 1000);
    assert_eq!(one, dump(&folder.path().join("二.db")));
    assert_eq!(one, dump(&folder.path().join("七.db")));
}

#[test]
fn ndjson_is_that_of_check_and_the_same_for_files_that_were_not_read_again() {
    let folder = submissions(40);
    put(folder.path(), "报送/坏.xlsx", "nothing");
    let first = runs(
        folder.path(),
        &["batch", "报送", "-o", "汇总.xlsx", "--format", "ndjson"],
        2,
    );
    let again = runs(
        folder.path(),
        &[
            "batch",
            "报送",
            "-o",
            "汇总.xlsx",
            "--format",
            "ndjson",
            "--resume",
        ],
        2,
    );
    assert!(stderr(&again).contains("41 份没有变"), "{}", stderr(&again));
    assert_eq!(stdout(&first), stdout(&again));
    let check = run(folder.path(), &["check", "报送", "--format", "ndjson"]);
    let by_path = |text: String| -> BTreeMap<String, Value> {
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|file| (file["path"].as_str().unwrap().to_owned(), file))
            .collect()
    };
    assert_eq!(by_path(stdout(&first)), by_path(stdout(&check)));
}

#[test]
fn only_what_changed_is_read_again_and_what_is_gone_is_forgotten() {
    let folder = submissions(30);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 1);
    let names = rows(&path.join("汇总.db"), "SELECT path FROM file ORDER BY path");
    std::fs::remove_file(path.join(&names[3])).unwrap();
    put(path, &names[5], clean("改好的单位", 77));
    put(path, "报送/新.xlsx", clean("新的单位", 78));
    let output = runs(path, &["batch", "报送", "-o", "汇总.xlsx", "--resume"], 1);
    assert!(
        stdout(&output).contains("28 份没有变"),
        "{}",
        stdout(&output)
    );
    runs(path, &["batch", "报送", "-o", "重做.xlsx"], 1);
    let kept = |database: &str| {
        let columns = "path, status, unit_name, unit, wrong, missing, passed";
        let query = format!("SELECT {columns} FROM file ORDER BY path");
        rows(&path.join(database), &query)
    };
    assert_eq!(kept("汇总.db"), kept("重做.db"));
    let findings = "SELECT path, code, cell, message FROM finding \
                    JOIN file ON file.id = file ORDER BY path, number";
    assert_eq!(
        rows(&path.join("汇总.db"), findings),
        rows(&path.join("重做.db"), findings)
    );
    assert_eq!(
        rows(&path.join("汇总.db"), "SELECT * FROM unit"),
        rows(&path.join("重做.db"), "SELECT * FROM unit")
    );
}

#[test]
fn other_options_make_all_files_be_read_anew() {
    let folder = submissions(5);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 1);
    let output = run(
        path,
        &[
            "batch",
            "报送",
            "-o",
            "汇总.xlsx",
            "--resume",
            "--ignore",
            "GJ2",
        ],
    );
    assert!(
        stderr(&output).contains("全部重新核对"),
        "{}",
        stderr(&output)
    );
    assert!(!stdout(&output).contains("没有变"));
    let codes = rows(
        &path.join("汇总.db"),
        "SELECT code FROM finding WHERE code LIKE 'GJ2%'",
    );
    assert!(codes.is_empty());
}

#[test]
fn earlier_results_are_not_overwritten_without_being_told_to() {
    let folder = submissions(3);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 1);
    let before = std::fs::read(path.join("汇总.db")).unwrap();
    let output = runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 2);
    assert!(stderr(&output).contains("--resume"), "{}", stderr(&output));
    assert_eq!(before, std::fs::read(path.join("汇总.db")).unwrap());
    runs(path, &["batch", "报送", "-o", "汇总.xlsx", "--force"], 1);
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let folder = submissions(1);
    let path = folder.path();
    put(path, "汇总.db", "no database at all, but somebody's notes");
    for flag in ["--resume", "--force"] {
        let output = runs(path, &["batch", "报送", "-o", "汇总.xlsx", flag], 2);
        assert!(
            stderr(&output).contains("打不开数据库"),
            "{}",
            stderr(&output)
        );
    }
    let left = std::fs::read_to_string(path.join("汇总.db")).unwrap();
    assert_eq!(left, "no database at all, but somebody's notes");
}

#[test]
fn marked_copies_lie_as_their_originals_do_and_are_made_good_when_gone() {
    let folder = submissions(6);
    let path = folder.path();
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "标注"];
    runs(path, &args, 1);
    let marked = rows(
        &path.join("汇总.db"),
        "SELECT marked FROM file ORDER BY path",
    );
    assert_eq!(marked.len(), 6);
    assert!(
        marked
            .iter()
            .all(|copy| copy.starts_with("标注/报送/岳阳市第"))
    );
    std::fs::remove_file(path.join(&marked[2])).unwrap();
    let again = [&args[..], &["--resume"]].concat();
    let output = runs(path, &again, 1);
    assert!(
        stdout(&output).contains("5 份没有变"),
        "{}",
        stdout(&output)
    );
    assert!(path.join(&marked[2]).is_file());
}

#[test]
fn originals_of_like_names_have_copies_of_their_own() {
    let folder = submissions(1);
    let path = folder.path();
    for name in ["甲.xlsx", "甲.XLSX", "甲.xls", "甲.ods"] {
        let fixture = match name.rsplit_once('.') {
            Some((_, ending @ ("xls" | "ods"))) => format!("fixtures/formats/filing.{ending}"),
            _ => "fixtures/broken/filing.xlsx".to_owned(),
        };
        let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture);
        put(
            path,
            &format!("报送/{name}"),
            std::fs::read(fixture).unwrap(),
        );
    }
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "标注"];
    let output = runs(path, &args, 1);
    assert_eq!(stderr(&output), "");
    let mut marked = rows(
        &path.join("汇总.db"),
        "SELECT marked FROM file WHERE path LIKE '%甲%'",
    );
    assert!(marked.iter().all(|copy| path.join(copy).is_file()));
    marked.sort();
    marked.dedup();
    assert_eq!(marked.len(), 4);
}

#[test]
fn a_submission_or_another_database_is_never_overwritten() {
    let folder = submissions(2);
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("某单位", 1));
    let before = std::fs::read(path.join("报送/甲.xlsx")).unwrap();
    let output = runs(path, &["batch", "报送", "-o", "报送/甲.xlsx", "--force"], 2);
    assert!(stderr(&output).contains("不能覆盖"), "{}", stderr(&output));
    assert_eq!(std::fs::read(path.join("报送/甲.xlsx")).unwrap(), before);

    // A summary of ours may lie among the submissions.
    let args = ["batch", "报送", "-o", "报送/汇总.xlsx"];
    runs(path, &args, 1);
    runs(path, &[&args[..], &["--resume"]].concat(), 1);

    let before = std::fs::read(path.join("报送/汇总.db")).unwrap();
    let output = runs(
        path,
        &["merge", "报送/汇总.db", "-o", "报送/汇总.xlsx", "--force"],
        2,
    );
    assert!(stderr(&output).contains("不能覆盖"), "{}", stderr(&output));
    assert_eq!(std::fs::read(path.join("报送/汇总.db")).unwrap(), before);
}

#[test]
fn whatever_a_run_reads_is_not_overwritten_by_what_it_writes() {
    let folder = submissions(2);
    let path = folder.path();
    put(path, "名册.csv", "单位名称\n甲中心\n");
    runs(path, &["batch", "报送", "-o", "上年.db"], 1);
    put(path, "清单.xlsx", "报送\n");
    std::fs::copy(path.join("名册.csv"), path.join("名册.xlsx")).unwrap();
    for (file, args) in [
        ("名册.xlsx", &["batch", "报送", "--roster", "名册.xlsx"][..]),
        ("上年.db", &["batch", "报送", "--last-year", "上年.db"]),
        ("清单.xlsx", &["batch", "--files-from", "清单.xlsx"]),
        ("名册.xlsx", &["merge", "上年.db", "--roster", "名册.xlsx"]),
    ] {
        let before = std::fs::read(path.join(file)).unwrap();
        let output = format!("./{file}");
        let said = runs(path, &[args, &["-o", &output, "--force"]].concat(), 2);
        assert!(stderr(&said).contains("不能覆盖"), "{}", stderr(&said));
        assert_eq!(std::fs::read(path.join(file)).unwrap(), before, "{args:?}");
    }
}

#[test]
fn only_a_summary_that_a_run_wrote_may_lie_among_the_submissions() {
    let folder = submissions(1);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "报送/甲.db"], 1);
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    let submission = std::fs::read(path.join("报送/甲.xlsx")).unwrap();
    let database = dump(&path.join("报送/甲.db"));
    for more in ["--resume", "--force"] {
        let said = runs(path, &["batch", "报送", "-o", "报送/甲.xlsx", more], 2);
        assert!(stderr(&said).contains("不能覆盖"), "{}", stderr(&said));
        assert_eq!(
            std::fs::read(path.join("报送/甲.xlsx")).unwrap(),
            submission
        );
        assert_eq!(dump(&path.join("报送/甲.db")), database);
    }

    // What a run wrote, it goes on with, even where one in between wrote the database alone.
    for (output, more) in [
        ("报送/汇总.xlsx", "--force"),
        ("报送/汇总.db", "--force"),
        ("报送/汇总.xlsx", "--resume"),
    ] {
        runs(path, &["batch", "报送", "-o", output, more], 1);
    }
}

#[test]
fn a_submission_that_takes_the_name_of_a_summary_is_not_overwritten() {
    let folder = submissions(1);
    let path = folder.path();
    for (summary, given) in [
        ("汇总.xlsx", &["报送", "汇总.xlsx"][..]),
        ("报送/汇总.xlsx", &["报送"]),
    ] {
        runs(path, &["batch", "报送", "-o", summary], 1);
        let database = path.join(summary).with_extension("db");
        let submission = clean("甲中心", 1);
        put(path, summary, &submission);
        let before = dump(&database);
        for more in ["--resume", "--force"] {
            let said = runs(
                path,
                &[&["batch"], given, &["-o", summary, more]].concat(),
                2,
            );
            assert!(stderr(&said).contains("不能覆盖"), "{}", stderr(&said));
            assert_eq!(std::fs::read(path.join(summary)).unwrap(), submission);
            assert_eq!(dump(&database), before);
        }
        std::fs::remove_file(path.join(summary)).unwrap();
        std::fs::remove_file(database).unwrap();
    }
}

#[test]
fn a_summary_that_is_to_be_read_is_not_written() {
    let folder = submissions(1);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 1);
    for more in ["--resume", "--force"] {
        let args = ["batch", "报送", "汇总.xlsx", "-o", "汇总.xlsx", more];
        let said = runs(path, &args, 2);
        assert!(stderr(&said).contains("不能覆盖"), "{}", stderr(&said));
    }
}

#[test]
fn csv_has_a_line_a_finding_that_no_spreadsheet_takes_for_a_formula() {
    let folder = submissions(4);
    put(folder.path(), "报送/坏.xlsx", "x");
    let output = runs(folder.path(), &["batch", "报送", "--format", "csv"], 2);
    let text = stdout(&output);
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(records.len() > 20);
    let begins = |field: &str| field.starts_with(['=', '+', '@', '\t', '\r']);
    assert!(!records.iter().any(|record| record.iter().any(begins)));
}

#[test]
fn a_summary_must_be_named_unless_something_is_printed() {
    let folder = submissions(1);
    let output = runs(folder.path(), &["batch", "报送"], 2);
    assert!(stderr(&output).contains("-o"), "{}", stderr(&output));
    let output = runs(folder.path(), &["batch", "报送", "-o", "汇总.txt"], 2);
    assert!(stderr(&output).contains(".xlsx"), "{}", stderr(&output));
}

#[test]
fn whoever_reads_the_first_lines_only_has_the_whole_summary() {
    let folder = submissions(50);
    for format in ["csv", "ndjson"] {
        let output = format!("{format}.xlsx");
        let args = ["batch", "报送", "-o", &output, "--format", format];
        let mut child = gouji(folder.path(), &args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(stderr(&done).contains("核对 50 份"), "{}", stderr(&done));
        assert_eq!(done.status.code(), Some(1));
        assert!(folder.path().join(&output).exists());
        let database = folder.path().join(format!("{format}.db"));
        assert_eq!(rows(&database, "SELECT count(*) FROM file"), ["50"]);
    }
}

#[test]
fn a_run_that_cannot_check_is_no_success() {
    let folder = submissions(2);
    runs(folder.path(), &["batch", "报送", "-o", "上年.db"], 1);
    let args = ["batch", "报送", "-o", "上年.db", "--force"];
    let done = runs(
        folder.path(),
        &[&args[..], &["--last-year", "上年.db"]].concat(),
        2,
    );
    assert_ne!(stderr(&done), "");
}

#[test]
fn a_part_of_the_checks_makes_nothing_ready() {
    let folder = tempfile::TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    let run = |args: &[&str]| runs(folder.path(), args, 0);
    let verdict = |summary: &str| {
        let bytes = std::fs::read(folder.path().join(summary)).unwrap();
        let book = gouji::read::read(&bytes, &gouji::read::Limits::default()).unwrap();
        let sheets = book.sheets.iter().flat_map(|sheet| &sheet.cells);
        let texts = sheets.filter_map(|cell| match &cell.value {
            gouji::workbook::Value::Text(text) => Some(text.to_string()),
            _ => None,
        });
        let texts: Vec<String> = texts.collect();
        ["可以报送", "只核了一部分"].map(|words| texts.iter().any(|text| text == words))
    };
    run(&["batch", "报送", "-o", "全.xlsx"]);
    assert_eq!(verdict("全.xlsx"), [true, false]);
    run(&["batch", "报送", "-o", "部分.xlsx", "--select", "GJ2"]);
    assert_eq!(verdict("部分.xlsx"), [false, true]);
    run(&["merge", "部分.db", "-o", "合.xlsx"]);
    assert_eq!(verdict("合.xlsx"), [false, true]);
}
