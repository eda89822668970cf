//! Cells at impossible places, of impossible values, and merges of all kinds.

use gouji::read::{Limits, ReadError, read};

use crate::kit::{Case, Outcome, error, no_form, plain, refused, worksheet};
use crate::support::{MAIN, Package, links, listed};

/// Those that go through all doors.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "界外.xlsx",
            bytes: one("<c r='XFE1'><v>1</v></c>"),
            outcome: Outcome::Refused("corrupt", "单元格地址 XFE1 有误或重复"),
        },
        Case {
            name: "重复.xlsx",
            bytes: one("<c r='A1'><v>1</v></c><c r='A1'><v>2</v></c>"),
            outcome: Outcome::Refused("corrupt", "单元格地址 A1 有误或重复"),
        },
        Case {
            name: "远角.xlsx",
            bytes: far_corner(),
            outcome: Outcome::NoForm,
        },
    ]
}

fn one(cells: &str) -> Vec<u8> {
    Package::of(&format!("<row r='1'>{cells}</row>")).zip()
}

fn far_corner() -> Vec<u8> {
    worksheet(
        "<dimension ref='A1:XFD1048576'/><cols><col min='1' max='16384' hidden='1'/></cols><sheetData>\
         <row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>2</v></c></row>\
         </sheetData><mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells>",
    )
    .zip()
}

fn merges(count: u32) -> Vec<u8> {
    let areas: String = (0..count)
        .map(|at| format!("<mergeCell ref='A{}:B{}'/>", at * 2 + 1, at * 2 + 2))
        .collect();
    worksheet(&format!("<sheetData/><mergeCells>{areas}</mergeCells>")).zip()
}

/// The cells of one row, as read.
fn row(cells: &str) -> Vec<String> {
    listed(&no_form(&one(cells)).sheets[0])
}

#[test]
fn a_sheet_that_claims_all_its_cells_takes_those_that_it_has() {
    let book = no_form(&far_corner());
    let sheet = &book.sheets[0];
    assert_eq!(listed(sheet), ["A1=1", "XFD1048576=2"]);
    assert_eq!(sheet.hidden_columns, [(0, 16_383)]);
    let all = sheet.merge_at(sheet.cells[1].at).unwrap();
    assert_eq!(all.to_string(), "A1:XFD1048576");
}

#[test]
fn addresses_that_are_none_are_refused_by_name() {
    for (cell, shown) in [
        ("<c r='XFE1'><v>1</v></c>", "XFE1"),
        ("<c r='A1048577'><v>1</v></c>", "A1048577"),
        ("<c r='A-1'><v>1</v></c>", "A-1"),
        ("<c r='A4294967297'><v>1</v></c>", "A4294967297"),
        (
            "<c r='A99999999999999999999'><v>1</v></c>",
            "A99999999999999999999",
        ),
        ("<c r='ZZZZZZZ1'><v>1</v></c>", "ZZZZZZZ1"),
        ("<c r='１'><v>1</v></c>", "１"),
        ("<c r='XFD1'><v>1</v></c><c><v>2</v></c>", "XFE1"),
    ] {
        refused(
            &one(cell),
            "corrupt",
            &format!("单元格地址 {shown} 有误或重复"),
        );
    }
    for rows in [
        "<row r='-1'/>",
        "<row r='0'/>",
        "<row r='1048577'/>",
        "<row r='4294967296'/>",
        "<row r='1e3'/>",
        "<row r='1048576'/><row><c><v>1</v></c></row>",
    ] {
        assert_eq!(error(&Package::of(rows).zip()).kind(), "corrupt", "{rows}");
    }
}

#[test]
fn rows_and_cells_in_any_order_are_sorted_and_none_counts_twice() {
    let rows: String = (1..=500)
        .rev()
        .map(|row| {
            format!("<row r='{row}'><c r='B{row}'><v>2</v></c><c r='A{row}'><v>1</v></c></row>")
        })
        .collect();
    let cells = listed(&no_form(&Package::of(&rows).zip()).sheets[0]);
    assert_eq!(cells.len(), 1_000);
    assert_eq!(cells[..3], ["A1=1", "B1=2", "A2=1"]);
    let twice = format!("{rows}<row r='250'><c r='A250'><v>9</v></c></row>");
    refused(
        &Package::of(&twice).zip(),
        "corrupt",
        "单元格地址 A250 有误或重复",
    );
    // A row twice, without a cell twice.
    let parts = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1'><c r='B1'><v>2</v></c></row>";
    let cells = listed(&no_form(&Package::of(parts).zip()).sheets[0]);
    assert_eq!(cells, ["A1=1", "B1=2"]);
}

#[test]
fn indices_that_lead_nowhere_are_a_matter_of_their_cells() {
    let cells = |inside: &str| {
        let package =
            Package::of(&format!("<row r='1'>{inside}</row>")).strings("<si><t>甲</t></si>");
        listed(&no_form(&package.zip()).sheets[0])
    };
    for index in [
        "1",
        "-1",
        "4294967296",
        "99999999999999999999",
        "0x0",
        "1.5",
        "x",
    ] {
        let found = cells(&format!(
            "<c r='A1' t='s'><v>{index}</v></c><c r='B1' t='s'><v>0</v></c>"
        ));
        assert_eq!(
            found,
            [
                format!("A1=?共享文字表里没有第 {index} 项"),
                "B1='甲".to_owned()
            ]
        );
    }
    for style in ["1", "-1", "65536", "4294967296", "x", ""] {
        assert_eq!(
            cells(&format!("<c r='A1' s='{style}'><v>0.5</v></c>")),
            ["A1=0.5"]
        );
    }
}

#[test]
fn a_style_that_is_not_there_leaves_its_cell_without_a_format() {
    let styles = format!(
        "<styleSheet xmlns='{MAIN}'><cellXfs><xf/><xf numFmtId='9'/></cellXfs></styleSheet>"
    );
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "styles", "styles.xml"),
    ]);
    let shown = |style: &str| {
        let rows = format!("<row><c s='{style}'><v>0.5</v></c></row>");
        let package = Package::of(&rows)
            .with("xl/styles.xml", &styles)
            .with("xl/_rels/workbook.xml.rels", &all);
        let book = no_form(&package.zip());
        let cell = &book.sheets[0].cells[0];
        let code = book.formats[usize::from(cell.format)].code.to_string();
        (listed(&book.sheets[0]).concat(), code)
    };
    assert_eq!(shown("1"), ("A1=0.5".to_owned(), "0%".to_owned()));
    for style in ["2", "-1", "65536", "65537", "4294967297", "x", ""] {
        let general = ("A1=0.5".to_owned(), "General".to_owned());
        assert_eq!(shown(style), general, "{style}");
    }
}

#[test]
fn formats_of_styles_that_no_relation_names_are_those_of_no_cell() {
    let styles = format!(
        "<styleSheet xmlns='{MAIN}'><cellXfs><xf/><xf numFmtId='9'/></cellXfs></styleSheet>"
    );
    let package = Package::of("<row><c s='1'><v>1</v></c></row>").with("xl/styles.xml", styles);
    let book = no_form(&package.zip());
    let cell = &book.sheets[0].cells[0];
    assert_eq!(&*book.formats[usize::from(cell.format)].code, "General");
}

#[test]
fn formats_of_styles_that_lead_nowhere_are_general() {
    let styles = format!(
        "<styleSheet xmlns='{MAIN}'><numFmts><numFmt numFmtId='4294967296' formatCode='0%'/>\
         <numFmt numFmtId='-1' formatCode='0%'/><numFmt formatCode='0%'/></numFmts>\
         <cellXfs><xf numFmtId='99999'/><xf numFmtId='-1'/><xf xfId='9'/></cellXfs></styleSheet>"
    );
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "styles", "styles.xml"),
    ]);
    let cells: String = (0..3)
        .map(|style| format!("<c s='{style}'><v>1</v></c>"))
        .collect();
    let package = Package::of(&format!("<row>{cells}</row>"))
        .with("xl/styles.xml", styles)
        .with("xl/_rels/workbook.xml.rels", all);
    let book = no_form(&package.zip());
    let mut codes = book.sheets[0]
        .cells
        .iter()
        .map(|cell| &*book.formats[usize::from(cell.format)].code);
    assert!(codes.all(|code| code == "General"));
}

#[test]
fn more_formats_than_there_are_numbers_for_are_general() {
    let count = 70_000;
    let formats: String = (0..count)
        .map(|at| format!("<numFmt numFmtId='{}' formatCode='0.{at}'/>", at + 200))
        .collect();
    let uses: String = (0..count)
        .map(|at| format!("<xf numFmtId='{}'/>", at + 200))
        .collect();
    let styles = format!(
        "<styleSheet xmlns='{MAIN}'><numFmts>{formats}</numFmts><cellXfs>{uses}</cellXfs></styleSheet>"
    );
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "styles", "styles.xml"),
    ]);
    let package = Package::of("<row><c s='69999'><v>1</v></c><c s='5'><v>1</v></c></row>")
        .with("xl/styles.xml", styles)
        .with("xl/_rels/workbook.xml.rels", all);
    let book = no_form(&package.zip());
    let code = |at: usize| {
        book.formats[usize::from(book.sheets[0].cells[at].format)]
            .code
            .to_string()
    };
    assert_eq!(code(1), "0.5");
    assert_eq!(code(0), "General");
}

#[test]
fn numbers_that_no_decimal_holds_stand_as_they_are_written() {
    let forty = "1234567890.123456789012345678901234567890";
    for (raw, want) in [
        ("NaN", "?NaN"),
        ("-INF", "?-INF"),
        ("1e308", "?1e308"),
        ("-1e308", "?-1e308"),
        ("1e-308", "0"),
        ("1e999999999", "?1e999999999"),
        ("1e99999999999999999999", "?1e99999999999999999999"),
        ("1e-999999999", "0"),
        ("0e999999999", "0"),
        ("-0", "0"),
        (forty, "1234567890.12346"),
        (
            "79228162514264337593543950335",
            "79228162514264337593543950335",
        ),
        (
            "79228162514264337593543950336",
            "?79228162514264337593543950336",
        ),
        ("1_000", "?1_000"),
        ("0x10", "?0x10"),
        ("１", "?１"),
    ] {
        assert_eq!(
            row(&format!("<c r='A1'><v>{raw}</v></c>")),
            [format!("A1={want}")]
        );
    }
    let digits = "9".repeat(100_000);
    refused(
        &one(&format!("<c><v>{digits}</v></c>")),
        "too-large",
        "max-cell-chars",
    );
}

#[test]
fn merges_may_overlap_stand_upside_down_or_cover_everything() {
    let sheet = worksheet(
        "<sheetData/><mergeCells><mergeCell ref='B2:D4'/><mergeCell ref='C3:E5'/><mergeCell ref='G9:F8'/>\
         <mergeCell ref='A1:XFD1048576'/><mergeCell ref='A1'/></mergeCells>",
    )
    .zip();
    let book = no_form(&sheet);
    let areas: Vec<_> = book.sheets[0]
        .merges
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(areas, ["B2:D4", "C3:E5", "F8:G9", "A1:XFD1048576"]);
    let at = |row, col| {
        let at = gouji::workbook::Addr::new(row, col);
        book.sheets[0].merge_at(at).unwrap().to_string()
    };
    // Of several the first counts, as it is stored.
    assert_eq!(
        [at(2, 2), at(4, 4), at(7, 5), at(0, 0)],
        ["B2:D4", "C3:E5", "F8:G9", "A1:XFD1048576"]
    );
    for bad in ["A1:", ":B2", "A0:B2", "A1:XFE9", "A1:B2:C3", "甲1:B2", ""] {
        let bytes = worksheet(&format!(
            "<mergeCells><mergeCell ref='{bad}'/></mergeCells>"
        ))
        .zip();
        assert_eq!(error(&bytes).kind(), "corrupt", "{bad}");
    }
}

#[test]
fn the_merge_after_the_last_allowed_is_refused() {
    refused(&merges(200_001), "too-large", "max-merges");
    let limits = Limits {
        merges: 1_000,
        ..Limits::default()
    };
    let book = read(&merges(1_000), &limits).unwrap();
    assert_eq!(book.sheets[0].merges.len(), 1_000);
    assert_eq!(
        read(&merges(1_001), &limits).unwrap_err().kind(),
        "too-large"
    );
}

#[test]
fn areas_that_all_cover_one_another_are_looked_up_as_fast_as_others() {
    let areas: String = (0..20_000)
        .map(|at| format!("<mergeCell ref='A{}:XFD1048576'/>", at + 1))
        .collect();
    let rows = "<row><c><v>1</v></c><c><v>1</v></c></row>".repeat(10_000);
    let sheet = worksheet(&format!(
        "<sheetData>{rows}</sheetData><mergeCells>{areas}</mergeCells>"
    ));
    let book = no_form(&sheet.zip());
    let sheet = &book.sheets[0];
    // Row by row the first area covers everything.
    let firsts = sheet
        .cells
        .iter()
        .map(|cell| sheet.merge_at(cell.at).unwrap().first.row);
    assert_eq!(firsts.max(), Some(0));
}

#[test]
fn hidden_runs_beyond_the_sheet_are_cut() {
    let sheet = worksheet(
        "<cols><col min='1' max='4294967295' hidden='1'/><col min='0' max='5' hidden='1'/><col min='9' max='2' \
         hidden='1'/><col min='2' max='99999' hidden='1'/></cols><sheetData/>",
    );
    assert_eq!(
        no_form(&sheet.zip()).sheets[0].hidden_columns,
        [(1, 16_383)]
    );
}

#[test]
fn a_shared_text_that_every_cell_shows_counts_as_often() {
    let strings = format!("<si><t>{}</t></si>", "长".repeat(10_000));
    let shown = |times: usize| {
        let cells = "<c t='s'><v>0</v></c>".repeat(times);
        Package::of(&format!("<row>{cells}</row>"))
            .strings(&strings)
            .zip()
    };
    assert_eq!(no_form(&shown(2_000)).sheets[0].cells.len(), 2_000);
    refused(&shown(2_500), "too-large", "max-text-bytes");
    // Short ones are as many as there are cells.
    let cells = "<c t='s'><v>0</v></c>".repeat(16_000);
    let rows = format!("<row>{cells}</row>").repeat(5);
    let short = Package::of(&rows).strings(&format!("<si><t>{}</t></si>", "短".repeat(80)));
    assert_eq!(no_form(&short.zip()).sheets[0].cells.len(), 80_000);
}

#[test]
fn far_more_rows_than_cells_are_no_cells() {
    let bytes = Package::of(&"<row/>".repeat(300_000)).zip();
    assert!(no_form(&bytes).sheets[0].cells.is_empty());
    let limits = Limits {
        merges: 100,
        ..Limits::default()
    };
    let hidden = Package::of(&"<row hidden='1'/><row/>".repeat(101)).zip();
    assert_eq!(read(&hidden, &limits).unwrap_err().kind(), "too-large");
}

#[test]
fn the_smallest_limits_stop_the_smallest_files() {
    let none = Limits {
        cells: 0,
        ..Limits::default()
    };
    let found = read(&plain().zip(), &none);
    assert!(matches!(
        found,
        Err(ReadError::TooLarge {
            limit: "max-cells",
            found: 1,
            ..
        })
    ));
}
