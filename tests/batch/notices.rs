//! Notices to units, as a reviewer prints them.

use std::io::{Cursor, Read};
use std::path::Path;

use gouji::notice::{Item, Kind, Notice, Terms};
use gouji::read::{Limits, read};
use gouji::workbook::{Sheet, Value};
use rust_decimal::Decimal;
use tempfile::TempDir;

use super::filings::{Filing, Layout, Submission, write};
use super::inputs::archive;
use super::{clean, put, run, runs, stderr};

const ROSTER: &str = "单位名称,主管部门\n甲局,某某部\n乙局,某某部\n丁局,某某部\n";

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What a notice says, line by line, save for the day on which it was written.
fn text(path: &Path) -> String {
    let workbook = read(&std::fs::read(path).unwrap(), &Limits::default()).unwrap();
    let [sheet] = workbook.sheets.as_slice() else {
        panic!("one page")
    };
    // Or the day before, where midnight passed since.
    let today = jiff::Zoned::now().date();
    let days = [today, today.yesterday().unwrap()];
    days.iter().fold(lines(sheet).join("\n"), |text, day| {
        let day = format!("{}年{}月{}日", day.year(), day.month(), day.day());
        text.replace(&day, "[今天]")
    })
}

fn lines(sheet: &Sheet) -> Vec<String> {
    let last = sheet.cells.last().unwrap().at.row;
    let line = |row| {
        let texts = sheet.row(row).iter().filter_map(|cell| match &cell.value {
            Value::Text(text) => Some(text.to_string()),
            _ => None,
        });
        texts.collect::<Vec<String>>().join(" | ")
    };
    (0..=last)
        .map(line)
        .filter(|line| !line.is_empty())
        .collect()
}

/// A unit with mistakes, one whose reasons are missing, and one that has not reported.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲局.xlsx", clean("甲局", 1));
    put(path, "报送/乙局.xlsx", clean("乙局", 2));
    let mistaken = Submission::with_defects(3, 7);
    put(path, "报送/丙局.xlsx", mistaken.write().bytes);
    put(path, "名册.csv", ROSTER);
    folder
}

const RUN: [&str; 8] = [
    "batch",
    "报送",
    "-o",
    "汇总.xlsx",
    "--roster",
    "名册.csv",
    "--notices",
    "通知",
];

#[test]
fn every_unit_that_has_something_to_do_gets_one_page() {
    let folder = folder();
    runs(
        folder.path(),
        &[&RUN[..], &["--deadline", "2024-04-30"]].concat(),
        1,
    );
    let folder = folder.path().join("通知");
    let names = names(&folder);
    let all: Vec<String> = names
        .iter()
        .map(|name| format!("【{name}】\n{}", text(&folder.join(name))))
        .collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_notice_that_nobody_needs_any_more_goes_and_others_are_left_alone() {
    let folder = folder();
    let path = folder.path();
    runs(path, &RUN, 1);
    assert!(names(&path.join("通知")).contains(&"丁局 催报通知.xlsx".to_owned()));
    put(path, "通知/我的笔记.txt", "x");
    put(path, "报送/丁局.xlsx", clean("丁局", 1));
    runs(path, &[&RUN[..], &["--resume"]].concat(), 1);
    let left = names(&path.join("通知"));
    assert!(!left.contains(&"丁局 催报通知.xlsx".to_owned()), "{left:?}");
    assert!(
        left.contains(&"乙局 补充说明通知.xlsx".to_owned()),
        "{left:?}"
    );
    assert!(left.contains(&"我的笔记.txt".to_owned()), "{left:?}");
}

#[test]
fn what_somebody_has_written_into_a_notice_is_kept_under_another_name() {
    let folder = folder();
    let path = folder.path();
    let notice = |name: &str| path.join("通知").join(name);
    runs(path, &RUN, 1);
    let remarked = clean("写了备注的", 9);
    put(path, "通知/乙局 补充说明通知.xlsx", &remarked);
    put(path, "通知/丁局 催报通知.xlsx", "x");
    let kept = [
        "乙局 补充说明通知（改过）.xlsx",
        "丁局 催报通知（改过）.xlsx",
    ];
    for round in 0..2 {
        let again = runs(path, &[&RUN[..], &["--resume"]].concat(), 1);
        assert_eq!(stderr(&again).contains("没有覆盖"), round == 0);
        assert_eq!(std::fs::read(notice(kept[0])).unwrap(), remarked);
        assert_eq!(std::fs::read(notice(kept[1])).unwrap(), b"x");
        assert!(text(&notice("乙局 补充说明通知.xlsx")).contains("乙局"));
        assert!(text(&notice("丁局 催报通知.xlsx")).contains("丁局"));
        assert_eq!(
            names(&path.join("通知")).len(),
            5,
            "{:?}",
            names(&path.join("通知"))
        );
    }
    // Nobody needs it any more, and somebody has written into it.
    put(path, "通知/丁局 催报通知.xlsx", &remarked);
    put(path, "报送/丁局.xlsx", clean("丁局", 1));
    runs(path, &[&RUN[..], &["--resume"]].concat(), 1);
    assert_eq!(
        std::fs::read(notice("丁局 催报通知.xlsx")).unwrap(),
        remarked
    );
    // It is needed again: what was written into it stays.
    std::fs::remove_file(path.join("报送/丁局.xlsx")).unwrap();
    runs(path, &[&RUN[..], &["--resume"]].concat(), 1);
    assert!(text(&notice("丁局 催报通知.xlsx")).contains("丁局"));
    assert_eq!(
        std::fs::read(notice("丁局 催报通知（改过） 2.xlsx")).unwrap(),
        remarked
    );
    // Told to, it is overwritten.
    put(path, "通知/乙局 补充说明通知.xlsx", &remarked);
    runs(path, &[&RUN[..], &["--force"]].concat(), 1);
    assert!(text(&notice("乙局 补充说明通知.xlsx")).contains("乙局"));
}

#[test]
fn a_folder_with_other_files_is_not_written_to_unasked() {
    let folder = folder();
    put(folder.path(), "通知/别人的.xlsx", "x");
    let output = runs(folder.path(), &RUN, 2);
    assert!(
        stderr(&output).contains("「通知」里已经有文件"),
        "{}",
        stderr(&output)
    );
    assert_eq!(names(folder.path()), ["名册.csv", "报送", "通知"]);
}

#[test]
fn a_name_without_end_is_cut_short_and_keeps_no_notice_from_being_written() {
    let folder = folder();
    let path = folder.path();
    let mistaken = Submission::with_defects(4, 7).write().bytes;
    let endless = format!("{}.xlsx", "n".repeat(40_000));
    put(path, "报送/a.zip", archive(&[(&endless, &mistaken)]));
    for lang in ["zh", "en"] {
        let args = [&RUN[..], &["--lang", lang, "--force"]].concat();
        runs(path, &args, 1);
    }
    assert!(names(&path.join("通知")).contains(&"丁局 Reminder.xlsx".to_owned()));
}

#[test]
fn a_deadline_is_a_date() {
    let folder = folder();
    let output = run(
        folder.path(),
        &[&RUN[..], &["--deadline", "4月底"]].concat(),
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--deadline 不能是「4月底」，应为日期，如 2024-04-30。"));
}

fn item(number: usize) -> Item {
    Item {
        message: format!("附件1 F{number}「三公经费」填 {number}，应为 1。").repeat(1 + number % 4),
        todo: "请改正。".to_owned(),
    }
}

fn to_correct() -> Notice {
    Notice {
        kind: Kind::Correct,
        unit: "甲局".to_owned(),
        nearest: None,
        files: vec!["甲.xlsx".to_owned()],
        marked: true,
        correct: Vec::new(),
        explain: Vec::new(),
    }
}

/// The lines of a notice, none of whose rows is higher than spreadsheet programs take.
fn written(notice: &Notice) -> Vec<String> {
    let terms = Terms {
        lang: gouji::lang::Lang::Zh,
        year: Some(2023),
        deadline: None,
        date: jiff::civil::date(2024, 3, 1),
    };
    let mut bytes = Cursor::new(Vec::new());
    gouji::notice::write(notice, &terms, &mut bytes).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.get_ref())).unwrap();
    let mut sheet = archive.by_name("xl/worksheets/sheet1.xml").unwrap();
    let mut text = String::new();
    sheet.read_to_string(&mut text).unwrap();
    let heights = text.split(" ht=\"").skip(1);
    for height in heights.map(|rest| rest.split('"').next().unwrap()) {
        assert!(height.parse::<f64>().unwrap() <= 409.0, "{height}");
    }
    let workbook = read(bytes.get_ref(), &Limits::default()).unwrap();
    lines(&workbook.sheets[0])
}

#[test]
fn a_finding_without_room_hides_no_other() {
    let mut notice = Notice {
        unit: "位".repeat(5_000),
        nearest: Some("位".repeat(5_000)),
        correct: (1..=8).map(item).collect(),
        ..to_correct()
    };
    notice.correct[3].message = "长".repeat(5_000);
    let lines = written(&notice);
    let shown: Vec<&String> = lines.iter().filter(|line| line.contains("三公")).collect();
    assert_eq!(shown.len(), 7, "{lines:#?}");
    // Those that are shown are numbered without a gap.
    assert!(shown[6].starts_with("7 | 附件1 F8"), "{}", shown[6]);
    assert!(lines.iter().any(|line| line.starts_with("另有 1 处")));
}

/// What a filer wrote at length is quoted in short, so that the finding finds room.
#[test]
fn a_long_name_is_quoted_in_short() {
    let folder = TempDir::new().unwrap();
    let mut filing = Filing::random(3);
    let indicator = &mut filing.annex2.table.rows[0];
    indicator.third = "长".repeat(5_000);
    indicator.score = indicator.weight.map(|weight| weight + Decimal::ONE);
    let bytes = write(&filing, Layout::Sheets).bytes;
    put(folder.path(), "报送/甲局.xlsx", bytes);
    runs(folder.path(), &[&RUN[..4], &RUN[6..]].concat(), 1);
    let notices = folder.path().join("通知");
    let text = text(&notices.join(&names(&notices)[0]));
    let quoted = text.lines().filter(|line| line.contains("长长"));
    let lengths: Vec<usize> = quoted.map(|line| line.chars().count()).collect();
    assert!(!lengths.is_empty(), "{text}");
    assert!(lengths.iter().all(|length| *length < 300), "{text}");
    assert!(!text.contains("另有"), "{text}");
}

/// The sheets of the marked copy are called as they are in it.
#[test]
fn an_english_notice_names_the_sheets_of_the_english_copy() {
    let folder = folder();
    let path = folder.path();
    let mut args = vec!["--lang", "en"];
    args.extend(RUN);
    args.extend(["--marked", "标注"]);
    runs(path, &args, 1);
    let notices = path.join("通知");
    let texts = names(&notices)
        .into_iter()
        .map(|name| text(&notices.join(name)));
    let texts = texts.collect::<Vec<String>>().join("\n");
    assert!(texts.contains("the last sheet (Reasons) of"), "{texts}");
    assert!(!texts.contains("审核说明"), "{texts}");
}

#[test]
fn many_findings_stay_on_one_page_and_what_is_left_out_is_counted() {
    let notice = Notice {
        correct: (1..=200).map(item).collect(),
        explain: (1..=100).map(item).collect(),
        ..to_correct()
    };
    let lines = written(&notice);
    let left_out = lines
        .iter()
        .filter_map(|line| line.strip_prefix("另有 ")?.split(' ').next());
    let left_out: Vec<usize> = left_out.map(|number| number.parse().unwrap()).collect();
    let shown = lines
        .iter()
        .filter(|line| line.contains(" | 附件1"))
        .count();
    assert_eq!(left_out.len(), 2);
    assert_eq!(shown + left_out.iter().sum::<usize>(), 300);
    assert!((15..=40).contains(&shown), "{shown}");
}
