//! Binary workbooks, built record by record.

use super::support::{Package, links, listed};
use gouji::workbook::{FileKind, Sheet};

fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if kind < 0x80 {
        out.push(u8::try_from(kind).unwrap());
    } else {
        out.extend([
            u8::try_from(kind & 0x7F).unwrap() | 0x80,
            u8::try_from(kind >> 7).unwrap(),
        ]);
    }
    let mut length = body.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend(body);
    out
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn text(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [words(&[u32::try_from(units.len() / 2).unwrap()]), units].concat()
}

fn cell(kind: u16, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
    record(kind, &[&words(&[column, style]), value].concat())
}

fn package(cells: &[Vec<u8>]) -> Package {
    let bundle = [words(&[0, 1]), text("r1"), text("附件1")].concat();
    let hidden = [words(&[1, 2, 0, 0]), vec![1, 0]].concat();
    let sheet = [
        record(0x81, &[]),
        record(0x94, &words(&[0, 0, 0, 0])),
        record(0x3C, &hidden),
        record(0x91, &[]),
        record(0x00, &[&words(&[4, 0])[..], &[0, 0, 0, 0x10, 0]].concat()),
        cells.concat(),
        record(0x92, &[]),
        record(0xB0, &words(&[4, 5, 0, 1])),
        record(0x82, &[]),
    ];
    let styles = [
        record(0x2C, &[vec![176, 0], text("0.00%")].concat()),
        record(0x2F, &[0, 0, 9, 0]),
        record(0x0269, &words(&[2])),
        record(0x2F, &[0, 0, 0, 0]),
        record(0x2F, &[0, 0, 176, 0]),
        record(0x026A, &[]),
    ];
    Package::of("")
        .with(
            "[Content_Types].xml",
            "<Types><Override PartName='/xl/workbook.bin' \
             ContentType='application/vnd.ms-excel.sheet.binary.macroEnabled.main'/></Types>",
        )
        .with(
            "_rels/.rels",
            links(&[("r1", "officeDocument", "xl/workbook.bin")]),
        )
        .with(
            "xl/_rels/workbook.bin.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.bin"),
                ("r2", "styles", "styles.bin"),
                ("r3", "sharedStrings", "sharedStrings.bin"),
            ]),
        )
        .with(
            "xl/workbook.bin",
            [
                record(0x8F, &[]),
                record(0x9C, &bundle),
                record(0x90, &[]),
                record(0x9D, &[]),
            ]
            .concat(),
        )
        .with("xl/styles.bin", styles.concat())
        .with(
            "xl/sharedStrings.bin",
            [
                record(0x9F, &words(&[1, 1])),
                record(0x13, &[vec![0], text("项目支出")].concat()),
            ]
            .concat(),
        )
        .with("xl/worksheets/sheet1.bin", sheet.concat())
}

#[test]
fn cells_formats_merges_and_hidden_runs_are_read() {
    let formula = [
        &0.1_f64.to_le_bytes()[..],
        &[0, 0],
        &words(&[3]),
        &[0x1E, 5, 0],
        &words(&[0]),
    ]
    .concat();
    let book = package(&[
        cell(0x07, 0, 0, &words(&[0])),
        cell(0x05, 1, 1, &0.8478_f64.to_le_bytes()),
        cell(0x02, 2, 0, &words(&[3 | 31_810 << 2])),
        cell(0x01, 3, 1, &[]),
        cell(0x06, 4, 0, &text("文字")),
        cell(0x04, 5, 0, &[1]),
        cell(0x03, 6, 0, &[7]),
        cell(0x07, 7, 0, &words(&[9])),
        cell(0x09, 8, 0, &formula),
    ])
    .read()
    .unwrap();
    assert_eq!(book.traits.kind, FileKind::Xlsb);
    let sheet = &book.sheets[0];
    assert_eq!(sheet.name, "附件1");
    assert!(sheet.visible);
    assert_eq!(
        listed(sheet),
        [
            "A5='项目支出",
            "B5=0.8478",
            "C5=318.1",
            "E5='文字",
            "F5=true",
            "G5=#DIV/0!",
            "H5=?共享文字表里没有第 9 项",
            "I5=0.1"
        ]
    );
    let format = &book.formats[usize::from(sheet.cells[1].format)];
    assert!(format.percent && format.decimals == Some(2));
    assert_eq!(sheet.hidden_rows, [(4, 4)]);
    assert_eq!(sheet.hidden_columns, [(1, 2)]);
    assert_eq!(sheet.merges[0].to_string(), "A5:B6");
    assert!(sheet.cells[7].formula.is_some() && sheet.cells[2].formula.is_none());
}

#[test]
fn cells_without_a_column_stand_behind_the_one_before() {
    let short = |kind, style, value: &[u8]| record(kind, &[&words(&[style]), value].concat());
    let row = |row| record(0x00, &[&words(&[row, 0])[..], &[0; 9]].concat());
    let book = package(&[
        cell(0x07, 1, 0, &words(&[0])),
        short(0x0D, 1, &words(&[3 | 31_810 << 2])),
        short(0x0C, 0, &[]),
        short(0x0E, 0, &[7, 0, 0, 0]),
        short(0x0F, 0, &[1]),
        short(0x10, 0xFF00_0001, &0.8478_f64.to_le_bytes()),
        short(0x11, 0, &text("文字")),
        cell(0x01, 9, 0, &[]),
        short(0x12, 0, &words(&[0])),
        row(5),
        cell(0x02, 0, 0, &words(&[2 | 7 << 2])),
        short(0x0D, 0, &words(&[2 | 8 << 2])),
    ])
    .read()
    .unwrap();
    let sheet = &book.sheets[0];
    assert_eq!(
        listed(sheet),
        [
            "B5='项目支出",
            "C5=318.1",
            "E5=#DIV/0!",
            "F5=true",
            "G5=0.8478",
            "H5='文字",
            "K5='项目支出",
            "A6=7",
            "B6=8"
        ]
    );
    let percent = |cell: usize| book.formats[usize::from(sheet.cells[cell].format)].percent;
    assert!(percent(1) && percent(4) && !percent(5));
    // Behind none, and beyond the sheet.
    for cells in [
        vec![short(0x0C, 0, &[])],
        vec![cell(0x01, 0, 0, &[]), row(5), short(0x0F, 0, &[1])],
        vec![cell(0x01, 16_383, 0, &[]), short(0x0F, 0, &[1])],
        vec![cell(0x01, 0, 0, &[]), short(0x10, 0, &[0; 7])],
    ] {
        assert_eq!(package(&cells).kind(), "corrupt");
    }
}

#[test]
fn the_text_of_a_formula_is_read() {
    let formula = [
        &5_f64.to_le_bytes()[..],
        &[0, 0],
        &words(&[3]),
        &[0x1E, 5, 0],
        &words(&[0]),
    ]
    .concat();
    let sheet = package(&[cell(0x09, 0, 0, &formula)]).only();
    assert_eq!(sheet.cells[0].formula.as_deref(), Some("5"));
}

/// The formulas of a sheet's cells, in their order.
fn formulas(sheet: &Sheet) -> Vec<&str> {
    let cells = sheet.cells.iter();
    cells.map(|cell| cell.formula.as_deref().unwrap()).collect()
}

/// A formula whose result is the number 5, with these tokens and what stands behind them.
fn formula(column: u32, tokens: &[u8], behind: &[u8]) -> Vec<u8> {
    let count = |bytes: &[u8]| words(&[u32::try_from(bytes.len()).unwrap()]);
    let value = [&5_f64.to_le_bytes()[..], &[0, 0]].concat();
    let body = [
        value,
        count(tokens),
        tokens.to_vec(),
        count(behind),
        behind.to_vec(),
    ];
    cell(0x09, column, 0, &body.concat())
}

#[test]
fn a_formula_names_relative_areas_and_other_sheets() {
    let relative = [
        vec![0x25],
        words(&[5, 7]),
        vec![5, 0xC0, 5, 0xC0],
        vec![0x22, 1, 4, 0],
    ];
    let linked = |link| [vec![0x5A, link, 0], words(&[15]), vec![5, 0xC0]].concat();
    let bundle = |name| record(0x9C, &[words(&[0, 1]), text("r1"), text(name)].concat());
    let links = [
        record(0x8F, &[]),
        bundle("附件1"),
        record(0x90, &[]),
        // Another workbook, then this one.
        record(0x0163, &text("r9")),
        record(0x0165, &[]),
        record(0x016A, &words(&[2, 0, 0, 0, 1, 0, 0])),
        record(0x9D, &[]),
    ];
    let sheet = package(&[
        formula(0, &relative.concat(), &[]),
        formula(1, &linked(1), &[]),
        formula(2, &linked(0), &[]),
    ])
    .with("xl/workbook.bin", links.concat())
    .only();
    assert_eq!(formulas(&sheet), ["SUM(F6:F8)", "'附件1'!F16", ""]);
}

#[test]
fn an_empty_text_that_a_formula_gives_is_a_result_and_one_that_was_typed_is_a_blank() {
    // ="" behind its result, the flags and the count of its tokens.
    let tokens = [words(&[3]), vec![0x17, 0, 0], words(&[0])].concat();
    let given = [text(""), vec![0, 0], tokens].concat();
    let typed = cell(0x06, 1, 0, &text(""));
    let sheet = package(&[cell(0x08, 0, 0, &given), typed]).only();
    assert_eq!(listed(&sheet), ["A5='"]);
    assert_eq!(sheet.cells[0].formula.as_deref(), Some("\"\""));
}

#[test]
fn a_workbook_says_whether_it_calculates_as_shown() {
    let bundle = record(0x9C, &[words(&[0, 1]), text("r1"), text("附件1")].concat());
    for (flags, as_shown) in [(Some(8), false), (Some(0xF7), true), (None, false)] {
        let before = [words(&[0, 1, 100]), vec![0; 8], words(&[1])].concat();
        let properties: Vec<u8> = before.into_iter().chain(flags).collect();
        let book = [
            record(0x8F, &[]),
            bundle.clone(),
            record(0x90, &[]),
            record(0x9D, &properties),
        ]
        .concat();
        let read = package(&[]).with("xl/workbook.bin", book).read().unwrap();
        assert_eq!(read.traits.as_shown, as_shown, "{flags:?}");
    }
}

#[test]
fn a_formula_that_cells_share_is_that_of_each() {
    let exp = [vec![0x01], words(&[4])].concat();
    let one_left = [vec![0x2C], words(&[0]), vec![0xFF, 0xFF]].concat();
    let area = words(&[4, 4, 1, 2, u32::try_from(one_left.len()).unwrap()]);
    let sheet = package(&[
        formula(1, &exp, &words(&[1])),
        record(0x01AB, &[area, one_left].concat()),
        formula(2, &exp, &words(&[1])),
        // Outside of the area.
        formula(3, &exp, &words(&[1])),
    ])
    .only();
    assert_eq!(formulas(&sheet), ["A5", "B5", ""]);
}

#[test]
fn a_count_of_strings_is_not_believed() {
    let strings = [
        record(0x9F, &words(&[1, 0x7FFF_FFFF])),
        record(0x13, &[vec![0], text("a")].concat()),
    ];
    let package = package(&[cell(0x07, 0, 0, &words(&[0]))]);
    assert_eq!(
        listed(
            &package
                .with("xl/sharedStrings.bin", strings.concat())
                .only()
        ),
        ["A5='a"]
    );
}

#[test]
fn records_that_end_too_early_are_refused() {
    for cells in [
        vec![cell(0x05, 1, 1, &[0; 4])],
        vec![cell(0x06, 1, 1, &words(&[0x7FFF_FFFF]))],
        vec![cell(0x07, 99_999, 0, &words(&[0]))],
        vec![vec![0x05, 0xFF, 0xFF, 0xFF, 0x7F]],
        vec![cell(0x04, 1, 0, &[1]), cell(0x04, 1, 0, &[0])],
        vec![cell(0x04, u32::MAX, 0, &[1])],
    ] {
        assert_eq!(package(&cells).kind(), "corrupt");
    }
}

#[test]
fn areas_and_rows_beyond_the_sheet_are_refused() {
    for beyond in [
        record(0xB0, &words(&[4, 5, 0, 16_384])),
        record(0xB0, &words(&[4, 1_048_576, 0, 1])),
        record(0xB0, &words(&[4, 5, 0, u32::MAX])),
        record(
            0x00,
            &[&words(&[1_048_576, 0])[..], &[0, 0, 0, 0x10, 0]].concat(),
        ),
    ] {
        assert_eq!(package(&[beyond]).kind(), "corrupt");
    }
}

#[test]
fn hidden_columns_end_where_the_sheet_does() {
    let hidden = |first: u32| {
        let body = [words(&[first, u32::MAX, 0, 0]), vec![1, 0]].concat();
        package(&[record(0x3C, &body)]).only().hidden_columns
    };
    assert_eq!(hidden(16_000), [(1, 2), (16_000, 16_383)]);
    assert_eq!(hidden(16_384), [(1, 2)]);
}
