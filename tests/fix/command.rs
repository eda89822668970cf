//! `gouji fix`: names, folders, what is said, what is never overwritten.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::fixture;

fn gouji(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn with_reference() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        fixture("reference/reference-sheets.xlsx"),
        folder.path().join("甲.xlsx"),
    )
    .unwrap();
    folder
}

#[test]
fn a_file_without_a_command_is_fixed() {
    let folder = with_reference();
    let before = fs::read(folder.path().join("甲.xlsx")).unwrap();
    let output = gouji(folder.path(), &["甲.xlsx"]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(
        text.contains("填写 0 格，改正 0 格，标出 19 格") && text.contains("甲（核对结果）.xlsx"),
        "{text}"
    );
    assert_eq!(names(folder.path()), ["甲.xlsx", "甲（核对结果）.xlsx"]);
    assert_eq!(fs::read(folder.path().join("甲.xlsx")).unwrap(), before);
}

#[test]
fn an_existing_copy_gets_a_number_and_a_copy_of_a_copy_the_first_name() {
    let folder = with_reference();
    for _ in 0..2 {
        gouji(folder.path(), &["fix", "甲.xlsx"]);
    }
    gouji(folder.path(), &["fix", "甲（核对结果 2）.xlsx"]);
    assert_eq!(
        names(folder.path()),
        [
            "甲.xlsx",
            "甲（核对结果 2）.xlsx",
            "甲（核对结果 3）.xlsx",
            "甲（核对结果）.xlsx"
        ]
    );
    gouji(folder.path(), &["fix", "甲.xlsx", "--force"]);
    assert_eq!(names(folder.path()).len(), 4);
}

#[test]
fn the_copy_goes_where_it_is_told() {
    let folder = with_reference();
    fs::create_dir(folder.path().join("结果")).unwrap();
    gouji(folder.path(), &["fix", "甲.xlsx", "-o", "结果"]);
    assert_eq!(names(&folder.path().join("结果")), ["甲（核对结果）.xlsx"]);
    gouji(folder.path(), &["fix", "甲.xlsx", "-o", "乙.xlsx"]);
    let written = fs::read(folder.path().join("乙.xlsx")).unwrap();
    let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", "乙.xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("「乙.xlsx」已经存在；要覆盖请加 --force"));
    assert_eq!(fs::read(folder.path().join("乙.xlsx")).unwrap(), written);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_there() {
    let folder = with_reference();
    let link = folder.path().join("乙.xlsx");
    std::os::unix::fs::symlink("没有.xlsx", &link).unwrap();
    let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", "乙.xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("「乙.xlsx」已经存在；要覆盖请加 --force"));
    assert!(link.is_symlink());
    let own = folder.path().join("甲（核对结果）.xlsx");
    std::os::unix::fs::symlink("没有.xlsx", &own).unwrap();
    gouji(folder.path(), &["fix", "甲.xlsx"]);
    assert!(own.is_symlink());
    assert!(folder.path().join("甲（核对结果 2）.xlsx").is_file());
    let forced = ["fix", "甲.xlsx", "-o", "乙.xlsx", "--force"];
    assert_eq!(gouji(folder.path(), &forced).status.code(), Some(1));
    assert!(!link.is_symlink());
}

#[cfg(unix)]
#[test]
fn a_pipe_under_the_name_of_a_draft_is_not_waited_for() {
    let folder = with_reference();
    let pipe = folder.path().join("乙.xlsx.gouji-draft");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", "乙.xlsx"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(folder.path().join("乙.xlsx").is_file());
    assert!(pipe.exists());
}

#[test]
fn a_name_without_an_ending_is_a_folder_to_be_made() {
    let folder = with_reference();
    let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", "新/结果"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(
        names(&folder.path().join("新/结果")),
        ["甲（核对结果）.xlsx"]
    );
    // So it is for several.
    fs::copy(folder.path().join("甲.xlsx"), folder.path().join("乙.xlsx")).unwrap();
    let output = gouji(folder.path(), &["fix", "甲.xlsx", "乙.xlsx", "-o", "都在"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(names(&folder.path().join("都在")).len(), 2);
    // A year is no ending, and a separator says it all.
    for target in ["2023.12", "结果.xlsx/"] {
        let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", target]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(names(&folder.path().join(target)), ["甲（核对结果）.xlsx"]);
    }
    // Nothing is made for what is not written.
    let output = gouji(folder.path(), &["fix", "没有.xlsx", "-o", "空"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.path().join("空").exists());
}

#[test]
fn a_copy_is_not_named_like_another_format() {
    let folder = with_reference();
    for target in ["结果.xls", "结果.xlsm", "结果.ods"] {
        let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", target]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = said(&output);
        assert!(said.contains("文件名请以 .xlsx 结尾"), "{said}");
        assert!(!folder.path().join(target).exists());
    }
}

#[test]
fn a_run_overwrites_neither_its_own_copies_nor_what_it_reads() {
    let folder = with_reference();
    for name in ["一/甲.xlsx", "二/甲.xlsx", "三/甲（核对结果）.xlsx"] {
        let path = folder.path().join(name);
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::copy(folder.path().join("甲.xlsx"), path).unwrap();
    }
    gouji(folder.path(), &["fix", "一", "二", "-o", "三", "--force"]);
    let copies = ["甲（核对结果 2）.xlsx", "甲（核对结果）.xlsx"];
    assert_eq!(names(&folder.path().join("三")), copies);

    let before = fs::read(folder.path().join("甲.xlsx")).unwrap();
    gouji(
        folder.path(),
        &["fix", "三", "甲.xlsx", "-o", "三", "--force"],
    );
    assert_eq!(names(&folder.path().join("三")).len(), 5);
    for target in ["甲.xlsx", "./甲.xlsx", "三/../甲.xlsx"] {
        let output = gouji(folder.path(), &["fix", "甲.xlsx", "-o", target, "--force"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert_eq!(fs::read(folder.path().join("甲.xlsx")).unwrap(), before);
    }
}

#[test]
fn nothing_half_written_is_left_behind() {
    let folder = with_reference();
    let ask = ["fix", "甲.xlsx", "-o", "没有/乙.xlsx"];
    for (lang, told) in [
        ("zh", "：没有这个文件夹，请核对路径（系统错误 "),
        ("en", ": there is no such folder; check the path (os error "),
    ] {
        let output = gouji(folder.path(), &[&ask[..], &["--lang", lang]].concat());
        assert_eq!(output.status.code(), Some(2));
        let said = said(&output);
        assert!(said.contains(told), "{said}");
        // Once, in one pair of brackets.
        assert_eq!(said.matches(['（', '(']).count(), 1, "{said}");
    }
    assert_eq!(names(folder.path()), ["甲.xlsx"]);
}

#[test]
fn one_bad_file_never_stops_the_rest() {
    let folder = with_reference();
    fs::write(folder.path().join("坏.xlsx"), b"PK\x03\x04 cut").unwrap();
    let output = gouji(folder.path(), &["fix", "坏.xlsx", "没有.xlsx", "甲.xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(names(folder.path()).contains(&"甲（核对结果）.xlsx".to_owned()));
    assert!(said(&output).contains("没有找到这个文件"));
}

#[test]
fn english_is_english() {
    let folder = with_reference();
    let output = gouji(folder.path(), &["--lang", "en", "甲.xlsx"]);
    let text = said(&output);
    assert!(
        text.contains("0 cells filled, 0 set right, 19 marked"),
        "{text}"
    );
}

#[test]
fn a_workbook_too_large_to_be_written_anew_is_refused_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let input = fixture("formats/filing.ods");
    let input = input.to_str().unwrap();
    let asked = ["fix", input, "-o", "copy.xlsx", "--max-rewritten-cells"];
    let few = gouji(folder.path(), &[&asked[..], &["100"]].concat());
    assert_eq!(few.status.code(), Some(2));
    let text = said(&few) + &String::from_utf8(few.stderr).unwrap();
    assert!(
        text.contains("另存时的单元格数上限 100，已达 ")
            && text.contains("（max-rewritten-cells）"),
        "{text}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
    let enough = gouji(folder.path(), &[&asked[..], &["10000"]].concat());
    assert_eq!(enough.status.code(), Some(1));
    assert_eq!(names(folder.path()), ["copy.xlsx"]);
}
