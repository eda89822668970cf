//! What is opened, what is skipped, and with which code the program ends.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use rust_decimal::Decimal;

use super::*;

#[test]
fn nothing_to_correct_is_0() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("完整.xlsx");
    save(&complete(), &path);
    let done = run(&["check", text(&path)]);
    assert_eq!(code(&done), 0, "{}", stdout(&done));
    assert_eq!(code(&run(&["check", "--select", "GJ1", SHEETS])), 0);
}

#[test]
fn a_missing_cell_is_1() {
    assert_eq!(code(&run(&["check", SHEETS])), 1);
    assert_eq!(code(&run(&["check", STACKED])), 1);
}

#[test]
fn a_wrong_figure_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("错.xlsx");
    let mut filing = complete();
    filing.annex2.money[4] = Some(Decimal::new(10000, 2));
    save(&filing, &path);
    let done = run(&["check", text(&path)]);
    assert_eq!(code(&done), 1);
    assert!(stdout(&done).contains("〔GJ203〕"), "{}", stdout(&done));
}

#[test]
fn wrong_usage_is_2() {
    for args in [
        &["check"] as &[&str],
        &["chek"],
        &["check", "--formt", "json", SHEETS],
        &["check", "--format", "xml", SHEETS],
        &["check", "--max-cells", "0", SHEETS],
        &["check", "--form", "nowhere-1999", SHEETS],
        &["check", "--forms", "no/such/folder", SHEETS],
        &["explain", "GJ999"],
        &["explain"],
    ] {
        let done = run(args);
        assert_eq!(code(&done), 2, "{args:?}");
        assert_eq!(stdout(&done), "", "{args:?}");
        assert!(stderr(&done).starts_with("gouji: "), "{args:?}");
    }
}

#[test]
fn nothing_at_all_prints_the_help() {
    let done = run(&[]);
    assert_eq!(code(&done), 2);
    assert!(stderr(&done).contains("用法: gouji"), "{}", stderr(&done));
}

#[test]
fn one_bad_file_never_stops_the_rest() {
    let bad = "fixtures/unreadable/truncated.xlsx";
    let done = run(&["check", bad, "no-such-file.xlsx", SHEETS, bad, STACKED]);
    assert_eq!(code(&done), 2);
    let out = stdout(&done);
    assert_eq!(out.matches("未审 ").count(), 2, "{out}");
    assert_eq!(out.matches("读不完整").count(), 2, "{out}");
    assert_eq!(out.matches("没有找到这个文件").count(), 1, "{out}");
}

#[test]
fn a_workbook_without_known_tables_is_2() {
    let done = run(&["check", "fixtures/formats/table.xls"]);
    assert_eq!(code(&done), 2);
    assert!(
        stdout(&done).contains("没有找到已知的表"),
        "{}",
        stdout(&done)
    );
}

#[test]
fn folders_are_walked_without_lock_files_and_hidden_ones() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("二科");
    fs::create_dir(&inner).unwrap();
    fs::create_dir(folder.path().join(".trash")).unwrap();
    for name in [
        "b.xlsx",
        "二科/a.XLSX",
        "~$b.xlsx",
        ".hidden.xlsx",
        ".trash/c.xlsx",
        "readme.txt",
    ] {
        fs::copy(fixture(SHEETS), folder.path().join(name)).unwrap();
    }
    let done = run(&["check", "--format", "ndjson", text(folder.path())]);
    assert_eq!(code(&done), 1);
    let paths: Vec<String> = stdout(&done)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["path"].to_string())
        .collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert!(paths[0].contains("b.xlsx"), "{paths:?}");
    assert!(paths[1].contains("a.XLSX"), "{paths:?}");
}

#[test]
fn a_folder_named_like_a_workbook_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.xlsx");
    fs::create_dir(&path).unwrap();
    fs::copy(fixture(SHEETS), folder.path().join("y.xlsx")).unwrap();
    for at in [&path, folder.path()] {
        let done = run(&["check", text(at)]);
        assert_eq!(code(&done), 2);
        let said = "这不是电子表格，是文件夹。请选择里面的文件。";
        assert!(stdout(&done).contains(said), "{}", stdout(&done));
    }
}

#[test]
fn a_folder_without_workbooks_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(&["check", text(folder.path())]);
    assert_eq!(code(&done), 2);
    let said = "没有工作簿的文件夹";
    assert!(stdout(&done).contains(said), "{}", stdout(&done));
}

#[test]
fn inspect_says_that_a_folder_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.xlsx");
    fs::create_dir(&path).unwrap();
    let done = run(&["inspect", text(&path)]);
    assert_eq!(code(&done), 2);
    assert!(stdout(&done).contains("是文件夹"), "{}", stdout(&done));
}

#[test]
fn output_is_not_overwritten_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("结果.txt");
    let args = ["check", SHEETS, "--output", text(&path)];
    let first = run(&args);
    assert_eq!((code(&first), stdout(&first)), (1, ""));
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("〔GJ006〕"), "{written}");
    assert!(!written.contains('\u{1b}'));

    fs::write(&path, "mine").unwrap();
    let second = run(&args);
    assert_eq!(code(&second), 2);
    assert!(stderr(&second).contains("--force"), "{}", stderr(&second));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");

    let forced = run(&[&args[..], &["--force"]].concat());
    assert_eq!(code(&forced), 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn output_into_no_folder_is_2() {
    let done = run(&["check", SHEETS, "-o", "no/such/folder/x.txt"]);
    assert_eq!(code(&done), 2);
    assert!(stderr(&done).contains("写不了"), "{}", stderr(&done));
}

fn codes(args: &[&str]) -> Vec<String> {
    let done = run(&[&["check", "--format", "json", SHEETS], args].concat());
    let result: serde_json::Value = serde_json::from_str(stdout(&done)).unwrap();
    let file = &result["files"][0];
    let all = file["findings"].as_array().unwrap().iter();
    let all = all.chain(file["unchecked"].as_array().unwrap());
    all.map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn select_and_ignore_take_codes_and_prefixes() {
    let all = codes(&[]);
    assert!(all.iter().any(|code| code == "GJ006"));
    let two = codes(&["--select", "GJ2"]);
    assert!(!two.is_empty() && two.iter().all(|code| code.starts_with("GJ2")));
    let three = codes(&["--select", "GJ2,GJ006"]);
    assert!(three.iter().any(|code| code == "GJ006"));
    assert!(three.len() > two.len());
    let rest = codes(&["--ignore", "GJ006", "--ignore", "GJ2"]);
    assert!(
        rest.iter()
            .all(|code| code != "GJ006" && !code.starts_with("GJ2"))
    );
    assert!(rest.len() < all.len());
    let narrowed = codes(&["--select", "GJ2", "--ignore", "GJ208"]);
    assert!(narrowed.iter().all(|code| code != "GJ208"));
    assert!(narrowed.len() < two.len());
}

#[test]
fn a_code_that_fits_no_check_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = text(&folder.path().join("结果.xlsx")).to_owned();
    let summary = text(&folder.path().join("汇总.xlsx")).to_owned();
    for args in [
        &["check", SHEETS] as &[&str],
        &["fix", SHEETS, "-o", &copy],
        &["batch", SHEETS, "-o", &summary],
    ] {
        for (flag, given, near) in [
            ("--select", "GJ2O3", "是不是 GJ203？"),
            ("--ignore", "GJ2,ＧＪ2Ｏ3", "是不是 GJ203？"),
            ("--select", "GJ777", "gouji explain --all"),
            ("--ignore", "", "gouji explain --all"),
        ] {
            let done = run(&[args, &[flag, given]].concat());
            assert_eq!(code(&done), 2, "{given}");
            assert_eq!(stdout(&done), "");
            let said = stderr(&done);
            assert!(said.contains(flag) && said.contains(near), "{said}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // A check between submissions is known, but none of a workbook's own.
    let done = run(&["check", SHEETS, "--select", "GJ904"]);
    assert_eq!(code(&done), 2);
    assert!(stderr(&done).contains("GJ904"), "{}", stderr(&done));
    // Small letters, as `explain` takes them.
    assert_eq!(codes(&["--select", "gj2"]), codes(&["--select", "GJ2"]));
}

#[test]
fn a_part_of_the_checks_makes_nothing_ready() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("完整.xlsx");
    save(&complete(), &path);
    let path = text(&path);
    for (args, ready) in [
        (&[] as &[&str], true),
        (&["--select", "GJ2"], false),
        (&["--ignore", "GJ2"], false),
    ] {
        let copy = text(&folder.path().join("结果.xlsx")).to_owned();
        let check = run(&[&["check", path], args].concat());
        let fix = run(&[&["fix", path, "-o", &copy, "--force"], args].concat());
        let bytes = std::fs::read(&copy).unwrap();
        let book = gouji::read::read(&bytes, &gouji::read::Limits::default()).unwrap();
        let list = book.sheets.iter().find(|sheet| sheet.name == "差异清单");
        let head = list.unwrap().cell(gouji::workbook::Addr::new(3, 0));
        let head = format!("{:?}", head.unwrap().value);
        for said in [stdout(&check), stdout(&fix), &head] {
            assert_eq!(said.contains("可以报送"), ready, "{said}");
            assert_eq!(said.contains("不能据此报送"), !ready, "{said}");
        }
    }
}

#[test]
fn a_limit_is_named_with_its_flag_and_can_be_raised() {
    let done = run(&["check", "--max-cells", "10", SHEETS]);
    assert_eq!(code(&done), 2);
    assert!(stdout(&done).contains("max-cells"), "{}", stdout(&done));
    assert_eq!(code(&run(&["check", "--max-cells", "100000", SHEETS])), 1);
}

#[test]
fn each_limit_can_be_set_and_is_named_where_it_stops_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("a.xlsx");
    for limit in &gouji::read::LIMIT_FLAGS {
        let flag = format!("--{}", limit.name);
        let args = match limit.name {
            "max-grid" => vec!["check", "fixtures/formats/filing.xls"],
            "max-rewritten-cells" => vec!["fix", "fixtures/formats/filing.xls", "-o", text(&copy)],
            _ => vec!["check", "fixtures/clean/clean.xlsx"],
        };
        let done = run(&[&args[..], &[&flag, "1"]].concat());
        assert_eq!(code(&done), 2, "{flag}: {}", stdout(&done));
        let said = format!("{}{}", stdout(&done), stderr(&done));
        assert!(said.contains(limit.name), "{flag}: {said}");
        assert!(!copy.exists());
    }
}

#[test]
fn there_is_no_colour_in_a_pipe() {
    for args in [
        &["check", SHEETS] as &[&str],
        &["explain", "GJ203"],
        &["inspect", SHEETS],
        &["--help"],
        &["chek"],
    ] {
        let done = run(args);
        assert!(!stdout(&done).contains('\u{1b}'), "{args:?}");
        assert!(!stderr(&done).contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn no_color_wins_over_a_terminal() {
    let forced = gouji()
        .args(["check", SHEETS])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(stdout(&forced).contains('\u{1b}'));
    let plain = gouji()
        .args(["check", SHEETS])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!stdout(&plain).contains('\u{1b}'));
}

#[test]
fn a_closed_pipe_is_success() {
    let copies: Vec<&str> = std::iter::repeat_n(SHEETS, 60).collect();
    for args in [
        [&["check"], &copies[..]].concat(),
        [&["check", "--format", "ndjson"], &copies[..]].concat(),
        [&["inspect"], &copies[..]].concat(),
    ] {
        let mut child = gouji()
            .args(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let done = child.wait_with_output().unwrap();
        assert_eq!(code(&done), 0, "{}", stderr(&done));
        assert_eq!(stderr(&done), "");
    }
}
