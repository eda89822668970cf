//! The same workbook reads the same from every format, and files that are none are told.

use std::path::{Path, PathBuf};

use gouji::formula::compute;
use gouji::lang::Lang;
use gouji::read::{Found, Limits, ReadError, read, read_file};
use gouji::workbook::{Addr, Cell, FileKind, NumberFormat, Sheet, Value, Workbook};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn open(name: &str) -> Workbook {
    read_file(&fixture(name), &Limits::default()).unwrap().1
}

fn at<'a>(sheet: &'a Sheet, address: &str) -> &'a Cell {
    let found = sheet
        .cells
        .iter()
        .find(|cell| cell.at.to_string() == address);
    found.unwrap_or_else(|| panic!("{address} is empty"))
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn format<'a>(book: &'a Workbook, cell: &Cell) -> &'a NumberFormat {
    &book.formats[usize::from(cell.format)]
}

#[test]
fn every_format_gives_the_same_table() {
    for (name, kind) in [
        ("table.xlsx", FileKind::Xlsx),
        ("table.xlsm", FileKind::Xlsx),
        ("table.xls", FileKind::Xls),
        ("table.ods", FileKind::Ods),
    ] {
        let book = open(&format!("formats/{name}"));
        assert_eq!(book.traits.kind, kind, "{name}");
        assert_eq!(book.traits.macros, name == "table.xlsm", "{name}");
        let tabs: Vec<_> = book
            .sheets
            .iter()
            .map(|tab| (tab.name.as_str(), tab.visible))
            .collect();
        assert_eq!(tabs, [("附件1", true), ("隐藏", false)], "{name}");
        let sheet = &book.sheets[0];
        assert_eq!(at(sheet, "A1").value, text("绩效自评表"), "{name}");
        assert_eq!(
            sheet.merge_at(Addr::new(0, 2)).unwrap().to_string(),
            "A1:D1",
            "{name}"
        );

        let rate = at(sheet, "B3");
        assert_eq!(rate.value, number("0.8478"), "{name}");
        let shown = format(&book, rate);
        assert!(
            shown.percent && shown.decimals == Some(2),
            "{name}: {shown:?}"
        );
        let date = at(sheet, "B4");
        assert_eq!(date.value, number("45105"), "{name}");
        assert!(format(&book, date).date, "{name}");
        let amount = at(sheet, "B7");
        assert_eq!(amount.value, number("1234567.891"), "{name}");
        assert_eq!(format(&book, amount).decimals, Some(2), "{name}");

        let sum = at(sheet, "D5");
        assert_eq!(sum.value, number("0.3"), "{name}");
        assert!(
            sum.formula
                .as_ref()
                .is_some_and(|formula| formula.contains("B5")),
            "{name}"
        );
        assert_eq!(
            at(sheet, "D6").value,
            Value::Error("#DIV/0!".into()),
            "{name}"
        );
        assert_eq!(at(sheet, "A6").value, text("备注\n两行"), "{name}");
        assert!(
            matches!(&at(sheet, "B6").value, Value::Text(kept) if kept.trim() == "无"),
            "{name}"
        );
        assert_eq!(sheet.hidden_rows, [(6, 6)], "{name}");
        assert_eq!(sheet.hidden_columns, [(5, 5)], "{name}");
        assert_eq!(at(&book.sheets[1], "C3").value, text("在"), "{name}");
        assert_eq!(sheet.cells.len(), 15, "{name}");
    }
}

#[test]
fn formulas_of_xls_give_what_the_program_that_wrote_them_gave() {
    let book = open("formats/linked.xls");
    let formulas: Vec<_> = book.sheets[0].cells.iter().collect();
    assert_eq!(formulas.len(), 20);
    for cell in formulas {
        let text = cell.formula.as_deref().unwrap();
        let gives = compute::number(&book, 0, text).map(Value::Number);
        assert_eq!(gives.as_ref(), Some(&cell.value), "{}: {text}", cell.at);
    }
}

#[test]
fn the_reference_filing_is_read_as_openpyxl_reads_it() {
    for name in ["reference-sheets", "reference-stacked"] {
        let book = open(&format!("reference/{name}.xlsx"));
        let listed = fixture("reference").join(format!("{name}.cells.tsv"));
        let listed = std::fs::read_to_string(listed).unwrap();
        let mut ours = Vec::new();
        for sheet in &book.sheets {
            let mut merges: Vec<_> = sheet.merges.iter().map(ToString::to_string).collect();
            merges.sort();
            ours.extend(
                merges
                    .iter()
                    .map(|area| format!("{}\tmerge\t{area}", sheet.name)),
            );
            for cell in &sheet.cells {
                let value = match &cell.value {
                    Value::Text(text) => text.replace('\n', "\\n"),
                    Value::Number(number) => number.to_string(),
                    other => panic!("{other:?} at {}", cell.at),
                };
                let code = &format(&book, cell).code;
                ours.push(format!("{}\t{}\t{code}\t{value}", sheet.name, cell.at));
            }
        }
        for (ours, theirs) in ours.iter().zip(listed.lines()) {
            assert_eq!(ours, theirs, "{name}");
        }
        assert_eq!(ours.len(), listed.lines().count(), "{name}");
    }
}

#[test]
fn what_is_no_workbook_is_told_as_what_it_is() {
    for (name, kind, word) in [
        ("encrypted.xlsx", "encrypted", "去掉打开密码"),
        ("encrypted.xls", "encrypted", "去掉打开密码"),
        ("word-document.xlsx", "not-a-workbook", "文字文档"),
        ("word-document.xls", "not-a-workbook", "文字文档"),
        ("text.ods", "not-a-workbook", "文字文档"),
        ("truncated.xlsx", "corrupt", "重新取得"),
        ("archive.xlsx", "not-a-workbook", "解压"),
        ("web-page.xls", "not-a-workbook", "HTML"),
        ("web-archive.xls", "not-a-workbook", "MHT"),
        ("xml-2003.xls", "not-a-workbook", "XML"),
        ("gbk.csv.xls", "not-a-workbook", "CSV"),
        ("utf-16.csv.xls", "not-a-workbook", "CSV"),
        ("portable.xlsx", "not-a-workbook", "PDF"),
        ("rich-text.xls", "not-a-workbook", "RTF"),
        ("picture.xlsx", "not-a-workbook", "图片"),
        ("empty.xlsx", "not-a-workbook", "空文件"),
    ] {
        let path = fixture("unreadable").join(name);
        let error = read_file(&path, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
        let message = error.message(Lang::Zh);
        assert!(message.contains(word), "{name}: {message}");
        assert!(
            !message.contains("非法") && !message.contains("异常"),
            "{message}"
        );
        assert!(!error.message(Lang::En).is_empty());
    }
}

#[test]
fn every_unreadable_fixture_is_tried() {
    let files = std::fs::read_dir(fixture("unreadable")).unwrap();
    for file in files {
        let path = file.unwrap().path();
        assert!(
            read_file(&path, &Limits::default()).is_err(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn only_regular_files_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.xlsx");
    let missing = read_file(&path, &Limits::default()).unwrap_err();
    assert_eq!(missing.kind(), "io");
    assert!(missing.message(Lang::Zh).contains("没有找到"));
    std::fs::create_dir(&path).unwrap();
    let error = read_file(&path, &Limits::default()).unwrap_err();
    assert!(matches!(error, ReadError::NotAWorkbook(Found::Folder)));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.xlsx");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let error = read_file(&path, &Limits::default()).unwrap_err();
    assert!(matches!(error, ReadError::NotAWorkbook(Found::Special)));
}

#[test]
fn damaged_files_of_every_format_are_read_or_refused() {
    for name in [
        "formats/table.xlsx",
        "formats/table.xls",
        "formats/table.ods",
    ] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let limits = Limits::default();
        for at in (0..bytes.len()).step_by(bytes.len() / 150) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            let _ = read(&damaged, &limits);
            // What is behind the workbook stream of an .xls may be missing.
            let cut = read(&bytes[..at], &limits);
            assert!(cut.is_err() || name.ends_with("xls"), "{name} cut at {at}");
        }
    }
}
