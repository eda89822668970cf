//! The work spread over several runs, and put together again.

use std::io::Write;
use std::process::Stdio;

use rusqlite::Connection;

use super::{clean, dump, gouji, put, rows, runs, stderr, stdout, submissions};

#[test]
fn shards_that_are_merged_are_as_one_run() {
    let folder = submissions(60);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一次.xlsx"], 1);
    let files = rows(&path.join("一次.db"), "SELECT path FROM file ORDER BY path");
    let mut merge = vec!["merge".to_owned()];
    for (number, files) in files.chunks(25).enumerate() {
        put(path, &format!("{number}.txt"), files.join("\n"));
        let database = format!("{number}.db");
        let list = format!("{number}.txt");
        runs(path, &["batch", "--files-from", &list, "-o", &database], 1);
        merge.push(database);
    }
    merge.extend(["-o".to_owned(), "全部.xlsx".to_owned()]);
    let merge: Vec<&str> = merge.iter().map(String::as_str).collect();
    let output = runs(path, &merge, 1);
    assert!(
        stdout(&output).contains("核对 60 份"),
        "{}",
        stdout(&output)
    );
    assert_eq!(dump(&path.join("一次.db")), dump(&path.join("全部.db")));
}

/// Two counties, each in a folder of its own, with a file of the same path.
#[test]
fn files_of_two_units_under_one_path_are_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (county, unit, seed) in [
        ("甲县", "甲局", 1),
        ("乙县", "乙局", 2),
        ("丙县", "甲局", 3),
    ] {
        put(
            path,
            &format!("{county}/报送/自评表.xlsx"),
            clean(unit, seed),
        );
        let database = format!("../{county}.db");
        runs(&path.join(county), &["batch", "报送", "-o", &database], 0);
    }
    let merge = ["merge", "甲县.db", "乙县.db", "-o", "全部.xlsx"];
    let said = stderr(&runs(path, &merge, 2));
    assert!(
        said.contains("乙县.db")
            && said.contains("报送/自评表.xlsx")
            && said.contains("另一个单位"),
        "{said}"
    );
    assert!(!path.join("全部.db").exists());
    // Of one unit it is the same file, corrected.
    let merge = ["merge", "甲县.db", "丙县.db", "-o", "全部.xlsx"];
    let said = stderr(&runs(path, &merge, 0));
    assert!(
        said.contains("有 1 个文件") && said.contains("写在最后的为准"),
        "{said}"
    );
}

#[test]
fn a_list_may_be_in_the_encoding_of_a_chinese_windows() {
    let folder = submissions(3);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一次.xlsx"], 1);
    let files = rows(&path.join("一次.db"), "SELECT path FROM file ORDER BY path");
    let list = files.join("\r\n");
    put(path, "清单.txt", encoding_rs::GBK.encode(&list).0);
    runs(
        path,
        &["batch", "--files-from", "清单.txt", "-o", "二次.xlsx"],
        1,
    );
    assert_eq!(dump(&path.join("一次.db")), dump(&path.join("二次.db")));
}

#[test]
fn paths_come_from_standard_input_too() {
    let folder = submissions(3);
    let path = folder.path();
    let mut child = gouji(path, &["batch", "--files-from", "-", "-o", "汇总.db"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all("\u{feff}报送\r\n\n".as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("核对 3 份"), "{}", stdout(&output));
    assert!(!path.join("汇总.xlsx").exists());
}

#[cfg(unix)]
#[test]
fn a_list_without_end_is_refused() {
    let folder = submissions(1);
    let args = ["batch", "--files-from", "/dev/zero", "-o", "汇总.xlsx"];
    let said = stderr(&runs(folder.path(), &args, 2));
    assert!(said.contains("「/dev/zero」太大"), "{said}");
    assert!(said.contains("64 MiB"), "{said}");
}

#[test]
fn databases_that_do_not_fit_together_are_refused() {
    let folder = submissions(4);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一.db"], 1);
    runs(
        path,
        &["batch", "报送", "-o", "二.db", "--ignore", "GJ3"],
        1,
    );
    let output = runs(path, &["merge", "一.db", "二.db", "-o", "全部.xlsx"], 2);
    assert!(stderr(&output).contains("二.db"), "{}", stderr(&output));
    assert!(!path.join("全部.xlsx").exists());
    put(path, "三.db", "no database");
    let output = runs(path, &["merge", "一.db", "三.db", "-o", "全部.xlsx"], 2);
    assert!(stderr(&output).contains("三.db"), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_database_of_a_name_that_is_no_text_is_merged() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = submissions(3);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一.db"], 1);
    let name = OsStr::from_bytes(b"\xFF.db");
    std::fs::rename(path.join("一.db"), path.join(name)).unwrap();
    let mut merge = gouji(path, &["merge", "-o", "全部.xlsx"]);
    let output = merge.arg(name).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("核对 3 份"), "{}", stdout(&output));
}

#[test]
fn a_run_that_did_not_end_takes_no_earlier_result_away() {
    let folder = submissions(4);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一.db"], 1);
    runs(path, &["batch", "报送", "-o", "二.db"], 1);
    let merge = ["merge", "一.db", "二.db", "-o"];
    runs(path, &[&merge[..], &["全部.db"]].concat(), 1);
    let whole = dump(&path.join("全部.db"));
    let cut = Connection::open(path.join("二.db")).unwrap();
    cut.execute("DELETE FROM run WHERE name = 'ended'", [])
        .unwrap();
    drop(cut);
    let again = [&merge[..], &["全部.db", "--force"]].concat();
    let said = stderr(&runs(path, &again, 2));
    assert!(
        said.contains("二.db") && said.contains("没有做完"),
        "{said}"
    );
    assert_eq!(dump(&path.join("全部.db")), whole);
    runs(path, &[&merge[..], &["新.db"]].concat(), 2);
    assert!(!path.join("新.db").exists());
    // What is advised where a result is there already is a flag that this command has.
    let said = stderr(&runs(path, &["merge", "一.db", "-o", "全部.db"], 2));
    assert!(
        said.contains("已经存在") && said.contains("--force") && !said.contains("--resume"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_database_that_is_read_is_not_written_by_another_name() {
    let folder = submissions(3);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "上年.db"], 1);
    let whole = dump(&path.join("上年.db"));
    std::fs::hard_link(path.join("上年.db"), path.join("今年.db")).unwrap();
    for args in [
        &[
            "batch",
            "报送",
            "-o",
            "今年.db",
            "--last-year",
            "上年.db",
            "--resume",
        ][..],
        &["merge", "上年.db", "-o", "今年.db", "--force"],
    ] {
        let said = stderr(&runs(path, args, 2));
        assert!(
            said.contains("今年.db") && said.contains("不能覆盖"),
            "{said}"
        );
        assert_eq!(dump(&path.join("上年.db")), whole);
    }
}
