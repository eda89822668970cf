//! Sheets with more rows and formulas than any filing: refused or patched, in time and in little
//! memory.

use std::fmt::Write;

use gouji::patch::{Edit, Patch, PatchError, Patched, patch};
use gouji::read::{Limits, read};

use crate::kit::{RED, done, fill, in_time, note, number, part, run, worksheet};
use crate::support::Package;

/// The rows patched, in time.
fn patched(rows: String, edits: Vec<Edit>) -> Result<Patched, PatchError> {
    in_time(move || run(&Package::of(&rows).zip(), &edits))
}

/// A formula, and so many cells below that share it.
fn shared(formula: &str, followers: usize) -> String {
    let mut rows = format!(
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><f t=\"shared\" ref=\"B1:B{}\" \
         si=\"0\">{formula}</f><v>1</v></c></row>",
        followers + 1
    );
    for row in 2..followers + 2 {
        let _ = write!(
            rows,
            "<row r=\"{row}\"><c r=\"B{row}\"><f t=\"shared\" si=\"0\"/><v>1</v></c></row>"
        );
    }
    rows
}

#[test]
fn a_long_formula_that_many_share_is_not_written_out_for_all() {
    let long = vec!["A1"; 4_000].join("+");
    let error = patched(shared(&long, 20_000), vec![number("B1", "1")]).unwrap_err();
    assert_eq!(error.kind(), "too-large");
}

#[test]
fn a_long_formula_that_many_share_is_not_read_for_each() {
    let long = vec!["A1"; 100_000].join("+");
    assert!(patched(shared(&long, 5_000), vec![number("A1", "2")]).is_ok());
}

/// Whether a formula that depends on nothing keeps its result.
fn is_kept(patched: &Patched) -> bool {
    part(&patched.bytes, "xl/worksheets/sheet1.xml").contains("<f>7</f><v>1</v>")
}

#[test]
fn formulas_behind_four_million_references_are_calculated_anew() {
    // Areas of 31 rows, noted for each of them.
    let areas = vec!["D1:D31"; 200].join(",");
    let formulas = |followers: usize| {
        let apart = format!(
            "<row r=\"{0}\"><c r=\"C{0}\"><f>7</f><v>1</v></c></row>",
            followers + 2
        );
        shared(&format!("SUM({areas})"), followers) + &apart
    };
    let changed = || vec![number("A1", "2")];
    assert!(is_kept(&patched(formulas(600), changed()).unwrap()));
    assert!(!is_kept(&patched(formulas(700), changed()).unwrap()));
}

#[test]
fn after_twenty_million_comparisons_all_formulas_are_calculated_anew() {
    // Each change is compared with 4,000 formulas over areas of many rows.
    let apart = "<row r=\"4002\"><c r=\"C4002\"><f>7</f><v>1</v></c></row>";
    let formulas = || shared("SUM(D$1:D$40)", 4_000) + apart;
    let changed = |count: usize| {
        let cells = (1..=count).map(|row| number(&format!("A{row}"), "2"));
        cells.collect::<Vec<_>>()
    };
    assert!(is_kept(&patched(formulas(), changed(4_900)).unwrap()));
    assert!(!is_kept(&patched(formulas(), changed(5_100)).unwrap()));
}

#[test]
fn notes_look_for_their_rows_in_no_time() {
    let mut rows = String::new();
    for row in 1..=300_000 {
        let _ = write!(rows, "<row r=\"{row}\" ht=\"0\"/>");
    }
    let edits = (1..=400)
        .map(|row| note(&format!("A{row}"), "错"))
        .collect();
    assert!(patched(rows, edits).is_ok());
}

#[test]
fn notes_look_for_their_merged_areas_in_no_time() {
    let (count, merged) = (10_000, 150_000);
    let mut rows = String::new();
    for row in 1..=count {
        let _ = write!(rows, "<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>");
    }
    let mut sheet = format!("<sheetData>{rows}</sheetData><mergeCells>");
    for row in 1..=merged {
        let row = count + row;
        let _ = write!(sheet, "<mergeCell ref=\"C{row}:D{row}\"/>");
    }
    sheet.push_str("</mergeCells>");
    let edits = (1..=count).map(|row| note(&format!("A{row}"), "错"));
    let edits: Vec<Edit> = edits.collect();
    in_time(move || run(&worksheet(&sheet).zip(), &edits)).unwrap();
}

#[test]
fn a_name_may_call_itself_many_times() {
    let calls = vec!["X_"; 500_000].join("+");
    let names = format!(
        "</sheets><definedNames><definedName name=\"X_\">{calls}</definedName></definedNames>"
    );
    let book = crate::support::workbook("<sheet name='表' sheetId='1' r:id='r1'/>");
    let bytes =
        worksheet("<sheetData><row r=\"1\"><c r=\"A1\"><f>X_</f><v>1</v></c></row></sheetData>")
            .with("xl/workbook.xml", book.replace("</sheets>", &names))
            .zip();
    let patched = in_time(move || run(&bytes, &[number("B1", "2")])).unwrap();
    assert!(part(&patched.bytes, "xl/worksheets/sheet1.xml").contains("<f>X_</f></c>"));
}

#[test]
fn rows_without_end_are_refused() {
    let rows = "<row/>".repeat(2_100_000);
    let refused = patched(rows, vec![number("B1", "2")]).unwrap_err();
    assert_eq!(refused.kind(), "layout");
}

#[test]
fn a_note_may_hold_our_text_many_times() {
    let package = worksheet("<sheetData/>");
    let marked = done(&package.zip(), &[note("A1", "甲")]);
    let comments = part(&marked, "xl/comments1.xml");
    let ours = "【勾稽核对：甲】";
    assert!(comments.contains(ours));
    let many = comments.replace(
        ours,
        &format!("{ours}{}", "乙丙丁戊己庚".repeat(10)).repeat(20_000),
    );
    let mut package = Package { parts: Vec::new() };
    for (name, ..) in crate::kit::raw(&marked) {
        package = package.with(&name, part(&marked, &name));
    }
    let bytes = package.with("xl/comments1.xml", many).zip();
    let clean = in_time(move || crate::kit::clean(&bytes));
    assert!(!part(&clean, "xl/comments1.xml").contains(ours));
}

#[test]
fn names_of_ours_may_be_many() {
    let mut rows = String::new();
    for row in 1..=20_000 {
        let _ = write!(rows, "<row r=\"{row}\"><c r=\"A{row}\"/></row>");
    }
    let edits: Vec<Edit> = (1..=20_000)
        .map(|row| fill(&format!("A{row}"), RED))
        .collect();
    let marked = patched(rows, edits).unwrap().bytes;
    let book = part(&marked, "xl/workbook.xml");
    let areas = vec!["'表'!$C$1"; 20_000].join(",");
    let mut names = String::new();
    for number in 100..140 {
        let _ = write!(
            names,
            "<definedName name=\"_gouji.cells{number}\">{areas}</definedName>\
             <definedName name=\"_gouji.fill{number}\">\"FFC7CE;{number};-;\"</definedName>"
        );
    }
    let book = book.replace("<definedNames>", &format!("<definedNames>{names}"));
    let mut package = Package { parts: Vec::new() };
    for (name, ..) in crate::kit::raw(&marked) {
        package = package.with(&name, part(&marked, &name));
    }
    let bytes = package.with("xl/workbook.xml", book).zip();
    let clean = in_time(move || crate::kit::clean(&bytes));
    let sheet = part(&clean, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains(" s="));
}

#[test]
fn what_is_written_is_read_again_under_the_same_limits() {
    let bytes =
        worksheet("<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>").zip();
    let edits = vec![fill("A1", RED), note("A1", "错")];
    let marked = Patch {
        edits,
        ..Patch::default()
    };
    let limits = Limits::default();
    let copy = patch(&bytes, &marked, &limits).unwrap().bytes;
    let entries = |bytes: &[u8]| memchr::memmem::find_iter(bytes, b"PK\x01\x02").count();
    assert!(entries(&copy) > entries(&bytes) && copy.len() > bytes.len());
    let all = Limits {
        entries: entries(&copy),
        file_bytes: copy.len() as u64,
        ..limits
    };
    for (limit, short) in [
        ("", all),
        (
            "max-entries",
            Limits {
                entries: all.entries - 1,
                ..all
            },
        ),
        (
            "max-file-bytes",
            Limits {
                file_bytes: all.file_bytes - 1,
                ..all
            },
        ),
    ] {
        assert!(read(&bytes, &short).is_ok(), "{limit}");
        match patch(&bytes, &marked, &short) {
            Ok(patched) => {
                assert_eq!(limit, "");
                assert!(read(&patched.bytes, &short).is_ok());
            }
            Err(error) => assert!(
                !limit.is_empty() && error.to_string().contains(limit),
                "{error}"
            ),
        }
    }
}
