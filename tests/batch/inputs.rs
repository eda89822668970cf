//! What is found in a folder, and what is not touched.

use std::io::{Cursor, Write};
use std::path::Path;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{clean, dump, put, rows, runs, stderr, stdout, submissions};

const STATUS: &str = "SELECT path, status, ifnull(error_kind, '') FROM file ORDER BY path";

pub(super) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The same archive with names of this length in another encoding.
fn renamed(mut archive: Vec<u8>, from: &str, to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = memchr::memmem::find_iter(&archive, from).collect();
    assert_eq!(places.len(), 2, "local header and directory");
    for at in places {
        archive[at..at + to.len()].copy_from_slice(to);
    }
    archive
}

fn batch(folder: &Path, code: i32) -> Vec<String> {
    runs(folder, &["batch", "报送", "-o", "汇总.xlsx"], code);
    rows(&folder.join("汇总.db"), STATUS)
}

#[test]
fn folders_archives_and_archives_in_archives_are_read_in_the_order_of_paths() {
    let folder = TempDir::new().unwrap();
    let (one, two, three) = (clean("甲中心", 1), clean("乙中心", 2), clean("丙中心", 3));
    let inner = archive(&[("丙.xlsx", &three)]);
    let outer = archive(&[("内.zip", &inner), ("乙.xlsx", &two)]);
    put(folder.path(), "报送/a/甲.xlsx", &one);
    put(folder.path(), "报送/b.zip", outer);
    assert_eq!(
        batch(folder.path(), 0),
        [
            "报送/a/甲.xlsx checked ",
            "报送/b.zip/乙.xlsx checked ",
            "报送/b.zip/内.zip/丙.xlsx checked ",
        ]
    );
}

#[test]
fn names_that_windows_wrote_in_gbk_are_read() {
    let folder = TempDir::new().unwrap();
    let packed = archive(&[("0123.xlsx", &clean("甲中心", 1))]);
    let (gbk, _, _) = encoding_rs::GBK.encode("甲乙");
    put(folder.path(), "报送/a.zip", renamed(packed, "0123", &gbk));
    assert_eq!(batch(folder.path(), 0), ["报送/a.zip/甲乙.xlsx checked "]);
}

#[test]
fn names_in_gbk_that_could_be_utf8_are_read_as_gbk_unless_they_are_said_to_be_utf8() {
    let folder = TempDir::new().unwrap();
    let (gbk, _, _) = encoding_rs::GBK.encode("通知");
    assert!(std::str::from_utf8(&gbk).is_ok());
    let packed = |seed| archive(&[("0123.xlsx", &clean("甲中心", seed))]);
    put(
        folder.path(),
        "报送/a.zip",
        renamed(packed(1), "0123", &gbk),
    );
    // Other programs write UTF-8 and do not say so either.
    let utf8 = "通a".as_bytes();
    put(
        folder.path(),
        "报送/b.zip",
        renamed(packed(2), "0123", utf8),
    );
    put(
        folder.path(),
        "报送/c.zip",
        archive(&[("é.xlsx", &clean("丙中心", 3))]),
    );
    assert_eq!(
        batch(folder.path(), 0),
        [
            "报送/a.zip/通知.xlsx checked ",
            "报送/b.zip/通a.xlsx checked ",
            "报送/c.zip/é.xlsx checked ",
        ]
    );
}

#[test]
fn files_that_seem_to_have_one_path_have_paths_of_their_own() {
    let folder = TempDir::new().unwrap();
    let (one, two, three) = (clean("甲中心", 1), clean("乙中心", 2), clean("丙中心", 3));
    let inner = archive(&[("甲.xlsx", &one)]);
    // What lies in an archive, and in a folder that is named as it.
    put(
        folder.path(),
        "报送/a.zip",
        archive(&[("in.zip", &inner), ("in.zip/甲.xlsx", &two)]),
    );
    // Names that are one when they are shown, and one that looks as if it were numbered.
    let packed = archive(&[
        ("a|x.xlsx", &one),
        ("a/x.xlsx", &two),
        ("a/x（2）.xlsx", &three),
    ]);
    put(
        folder.path(),
        "报送/b.zip",
        renamed(packed, "a|x.xlsx", b"a\\x.xlsx"),
    );
    assert_eq!(
        batch(folder.path(), 0),
        [
            "报送/a.zip/in.zip/甲.xlsx checked ",
            "报送/a.zip/in（2）.zip/甲.xlsx checked ",
            "报送/b.zip/a/x.xlsx checked ",
            "报送/b.zip/a/x（2）.xlsx checked ",
            "报送/b.zip/a/x（3）.xlsx checked ",
        ]
    );
}

#[test]
fn an_archive_with_two_entries_of_one_name_is_said() {
    let folder = TempDir::new().unwrap();
    let packed = archive(&[
        ("x.xlsx", &clean("甲中心", 1)),
        ("y.xlsx", &clean("乙中心", 2)),
    ]);
    put(
        folder.path(),
        "报送/a.zip",
        renamed(packed, "y.xlsx", b"x.xlsx"),
    );
    assert_eq!(batch(folder.path(), 2), ["报送/a.zip unreadable corrupt"]);
    let said = rows(&folder.path().join("汇总.db"), "SELECT error FROM file");
    assert!(said[0].contains("同名"), "{said:?}");
    assert!(said[0].contains("重新打包"), "{said:?}");
}

#[test]
fn a_folder_that_an_archive_lists_twice_keeps_no_file_from_being_read() {
    let folder = TempDir::new().unwrap();
    let one = clean("甲中心", 1);
    let packed = || archive(&[("甲/", b""), ("乙/", b""), ("甲/a.xlsx", &one)]);
    let twice = renamed(packed(), "乙/", "甲/".as_bytes());
    put(folder.path(), "报送/a.zip", &twice);
    // Beside it a file that is there twice is one all the same.
    let files = archive(&[
        ("甲/", b""),
        ("乙/", b""),
        ("x.xlsx", &one),
        ("y.xlsx", &clean("乙中心", 2)),
    ]);
    let files = renamed(files, "乙/", "甲/".as_bytes());
    let files = renamed(files, "y.xlsx", b"x.xlsx");
    put(folder.path(), "报送/b.zip", files);
    assert_eq!(
        batch(folder.path(), 2),
        [
            "报送/a.zip/甲/a.xlsx checked ",
            "报送/b.zip unreadable corrupt"
        ]
    );
}

#[test]
fn what_is_given_more_than_once_is_read_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲中心", 1));
    put(path, "报送(1)/乙.xlsx", clean("乙中心", 2));
    let args = ["-o", "汇总.xlsx", "--marked", "标注", "--force"];
    for given in [
        &["报送", "报送(1)", "报送/甲.xlsx"][..],
        &["报送", "./报送", "报送(1)"],
        &["报送(1)/../报送", "报送(1)", "报送/./甲.xlsx"],
    ] {
        let output = runs(path, &[&["batch"], given, &args].concat(), 0);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("核对 2 份"), "{given:?}: {said}");
        let found = rows(&path.join("汇总.db"), "SELECT count(*) FROM file");
        assert_eq!(found, ["2"], "{given:?}");
    }
}

#[test]
fn every_format_is_read() {
    let folder = TempDir::new().unwrap();
    for name in ["filing.xls", "filing.ods"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
        put(
            folder.path(),
            &format!("报送/{name}"),
            std::fs::read(path.join(name)).unwrap(),
        );
    }
    let found = batch(folder.path(), 1);
    assert_eq!(
        found,
        ["报送/filing.ods checked ", "报送/filing.xls checked "]
    );
}

#[test]
fn other_files_are_listed_and_are_no_fault() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    put(folder.path(), "报送/说明.txt", "请查收");
    put(folder.path(), "报送/扫描件.pdf", "%PDF-1.4");
    put(folder.path(), "报送/~$甲.xlsx", "lock");
    put(folder.path(), "报送/.DS_Store", "x");
    put(folder.path(), "报送/Thumbs.db", "x");
    assert_eq!(
        batch(folder.path(), 0),
        [
            "报送/扫描件.pdf other not-a-workbook",
            "报送/甲.xlsx checked ",
            "报送/说明.txt other not-a-workbook",
        ]
    );
}

#[test]
fn what_should_be_a_workbook_and_is_none_is_2_and_stops_nothing() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    put(folder.path(), "报送/坏.xlsx", "%PDF-1.4");
    put(folder.path(), "报送/断.zip", "PK\x03\x04 and no more");
    put(folder.path(), "报送/打包.rar", "Rar!\x1a\x07\x00");
    let two_deep = archive(&[("c.zip", &archive(&[("d.zip", &archive(&[]))]))]);
    put(folder.path(), "报送/深.zip", two_deep);
    assert_eq!(
        batch(folder.path(), 2),
        [
            "报送/坏.xlsx unreadable not-a-workbook",
            "报送/打包.rar unreadable not-a-workbook",
            "报送/断.zip unreadable corrupt",
            "报送/深.zip/c.zip/d.zip unreadable too-large",
            "报送/甲.xlsx checked ",
        ]
    );
}

#[test]
fn workbooks_without_a_table_are_told_apart_from_those_that_cannot_be_read() {
    let folder = TempDir::new().unwrap();
    let fixture = |name: &str| {
        std::fs::read(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("fixtures")
                .join(name),
        )
        .unwrap()
    };
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    put(folder.path(), "报送/坏.xlsx", "%PDF-1.4");
    put(folder.path(), "报送/扫描件.pdf", "%PDF-1.4");
    put(
        folder.path(),
        "报送/名单.xlsx",
        fixture("formats/table.xlsx"),
    );
    put(
        folder.path(),
        "报送/台账.xlsx",
        fixture("formats/table.xlsx"),
    );
    for (lang, said) in [
        (
            "zh",
            "核对 5 份，1 个单位；须改 0 份，读不了 1 份，没有找到附表 2 份。",
        ),
        (
            "en",
            "5 files, 1 units; 0 to correct, 1 not read, 2 without a known table.",
        ),
    ] {
        let output = runs(
            folder.path(),
            &[
                "batch",
                "报送",
                "-o",
                "汇总.xlsx",
                "--force",
                "--lang",
                lang,
            ],
            2,
        );
        assert_eq!(stdout(&output).lines().next(), Some(said));
    }
}

#[test]
fn what_to_do_about_a_damaged_archive_is_not_what_to_do_about_a_workbook() {
    let folder = TempDir::new().unwrap();
    let mut packed = archive(&[("甲.xlsx", &clean("甲中心", 1))]);
    packed.truncate(packed.len() / 2);
    put(folder.path(), "报送/断.zip", packed);
    // One that opens, but not the workbook in it.
    let text: Vec<u8> = (0..2000u32)
        .flat_map(|n| n.to_string().into_bytes())
        .collect();
    let mut packed = archive(&[("乙.xlsx", &text)]);
    packed[100..120].fill(0xFF);
    put(folder.path(), "报送/坏.zip", packed);
    for (lang, again) in [("zh", "重新打包"), ("en", "Pack it again")] {
        let args = [
            "batch",
            "报送",
            "-o",
            "汇总.xlsx",
            "--force",
            "--lang",
            lang,
        ];
        runs(folder.path(), &args, 2);
        let said = rows(
            &folder.path().join("汇总.db"),
            "SELECT path, error FROM file ORDER BY path",
        );
        assert_eq!(said.len(), 2);
        assert!(said[0].starts_with("报送/坏.zip/乙.xlsx "), "{said:?}");
        for said in said {
            assert!(said.contains(again) && !said.contains("Excel"), "{said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn links_are_listed_and_not_followed_and_loops_end() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    put(folder.path(), "外面/密.xlsx", clean("外面的单位", 2));
    symlink(
        folder.path().join("外面/密.xlsx"),
        folder.path().join("报送/链.xlsx"),
    )
    .unwrap();
    symlink(folder.path().join("外面"), folder.path().join("报送/夹")).unwrap();
    symlink(folder.path().join("报送"), folder.path().join("报送/环")).unwrap();
    assert_eq!(
        batch(folder.path(), 2),
        [
            "报送/夹 unreadable link",
            "报送/环 unreadable link",
            "报送/甲.xlsx checked ",
            "报送/链.xlsx unreadable link",
        ]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_shown_with_its_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let name = OsStr::from_bytes(b"a\xFF.xlsx");
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    std::fs::write(folder.path().join("报送").join(name), clean("乙中心", 2)).unwrap();
    // And one that looks like it.
    put(folder.path(), "报送/a\\xFF.xlsx", clean("丙中心", 3));
    assert_eq!(
        batch(folder.path(), 0),
        [
            "报送/a\\x5CxFF.xlsx checked ",
            "报送/a\\xFF.xlsx checked ",
            "报送/甲.xlsx checked ",
        ]
    );
}

#[test]
fn what_the_run_writes_is_not_read_as_a_submission() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    let args = [
        "batch",
        "报送",
        "-o",
        "报送/汇总.xlsx",
        "--marked",
        "报送/标注",
    ];
    runs(folder.path(), &args, 0);
    let again = [
        "batch",
        "报送",
        "-o",
        "报送/汇总.xlsx",
        "--marked",
        "报送/标注",
        "--resume",
    ];
    runs(folder.path(), &again, 0);
    let found = rows(&folder.path().join("报送/汇总.db"), STATUS);
    assert_eq!(found, ["报送/甲.xlsx checked "]);
}

#[test]
fn names_in_an_archive_lead_nowhere() {
    let folder = TempDir::new().unwrap();
    let packed = archive(&[("../../../../窜.xlsx", &clean("甲中心", 1))]);
    put(folder.path(), "报送/a.zip", packed);
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "标注"];
    runs(folder.path(), &args, 0);
    let marked = rows(&folder.path().join("汇总.db"), "SELECT marked FROM file");
    assert_eq!(marked, ["标注/报送/a.zip/_/_/_/_/窜（核对结果）.xlsx"]);
    assert!(folder.path().join(&marked[0]).is_file());
}

#[test]
fn a_folder_that_is_not_there_is_said_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    for (lang, words) in [("zh", "「没有」读不了"), ("en", "cannot read 没有")] {
        let args = ["batch", "没有", "-o", "汇总.xlsx", "--lang", lang];
        let output = runs(path, &args, 2);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert_eq!(std::fs::read_dir(path).unwrap().count(), 0);
}

#[test]
fn a_mistyped_folder_takes_no_results_and_no_notices_away() {
    let folder = submissions(4);
    let path = folder.path();
    let run = |given: &[&str], more: &[&str], code| {
        let output = ["-o", "汇总.xlsx", "--notices", "通知"];
        runs(path, &[&["batch"], given, &output, more].concat(), code)
    };
    run(&["报送"], &[], 1);
    let results = dump(&path.join("汇总.db"));
    let notices = || std::fs::read_dir(path.join("通知")).unwrap().count();
    let written = notices();
    assert!(written > 0);
    for given in [&["报送报送"][..], &["报送", "报送/没有.xlsx"]] {
        for more in ["--resume", "--force"] {
            let output = run(given, &[more], 2);
            assert!(
                stderr(&output).contains("没有这个文件"),
                "{}",
                stderr(&output)
            );
            assert_eq!(dump(&path.join("汇总.db")), results);
            assert_eq!(notices(), written);
        }
    }
    // One that a list names is a file that was not read.
    put(path, "清单.txt", "报送\n没有.xlsx\n");
    run(&["--files-from", "清单.txt"], &["--resume"], 2);
    let found = rows(
        &path.join("汇总.db"),
        "SELECT path, error_kind FROM file WHERE status = 'unreadable'",
    );
    assert_eq!(found, ["没有.xlsx io"]);
    assert_eq!(notices(), written);
}

#[test]
fn every_submission_of_a_large_archive_is_read() {
    let folder = TempDir::new().unwrap();
    let bytes = clean("甲中心", 1);
    let names: Vec<String> = (0..200).map(|number| format!("{number:03}.xlsx")).collect();
    let entries: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &bytes[..]))
        .collect();
    put(folder.path(), "报送/全部.zip", archive(&entries));
    let found = batch(folder.path(), 0);
    assert_eq!(found.len(), 200);
    assert!(found.iter().all(|line| line.ends_with("checked ")));
}

#[test]
fn an_archive_that_says_it_has_endless_entries_is_not_opened() {
    let folder = TempDir::new().unwrap();
    let mut bytes = archive(&[("甲.xlsx", &clean("甲中心", 1))]);
    let end = bytes.split_off(bytes.len() - 22);
    // A directory of 64 bits with ten thousand million entries, and where it is.
    let at = bytes.len() as u64;
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [10_000_000_000u64, 10_000_000_000, 46, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(at.to_le_bytes());
    bytes.extend([1, 0, 0, 0]);
    bytes.extend(end);
    put(folder.path(), "报送/a.zip", bytes);
    put(folder.path(), "报送/b.xlsx", clean("乙中心", 2));
    assert_eq!(
        batch(folder.path(), 2),
        ["报送/a.zip unreadable too-large", "报送/b.xlsx checked "]
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_database_is_said_and_not_waited_for() {
    let folder = submissions(1);
    let pipe = folder.path().join("管.db");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for args in [
        &["batch", "报送", "-o", "汇总.xlsx", "--last-year", "管.db"][..],
        &["batch", "报送", "-o", "管.db"],
        &["merge", "管.db", "-o", "汇总.xlsx"],
    ] {
        let said = stderr(&runs(folder.path(), args, 2));
        assert!(said.contains("管.db"), "{args:?}: {said}");
    }
}
