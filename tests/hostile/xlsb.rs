//! Binary packages (.xlsb): records without end, and parts that no one asks for.

use gouji::workbook::Value;

use crate::kit::{no_form, refused};
use crate::support::{Package, links, listed};
use crate::zips::{Entry, entries, zip};

/// A record: type and length in seven bits a byte.
fn record(kind: usize, body: &[u8]) -> Vec<u8> {
    let low = |number: usize| u8::try_from(number & 0x7F).unwrap();
    let mut out = match kind {
        0..0x80 => vec![low(kind)],
        _ => vec![low(kind) | 0x80, low(kind >> 7)],
    };
    let mut length = body.len();
    while length >= 0x80 {
        out.push(low(length) | 0x80);
        length >>= 7;
    }
    out.push(low(length));
    out.extend(body);
    out
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [words(&[u32::try_from(units.len() / 2).unwrap()]), units].concat()
}

/// A formula in column `column` with the result 1 and these tokens.
fn formula(column: u32, tokens: &[u8]) -> Vec<u8> {
    let body = [
        words(&[column, 0]),
        1_f64.to_le_bytes().to_vec(),
        vec![0, 0],
        words(&[u32::try_from(tokens.len()).unwrap()]),
        tokens.to_vec(),
        words(&[0]),
    ];
    record(0x09, &body.concat())
}

/// BrtBeginBundleShs.
const BEGIN_SHEETS: [u8; 3] = [0x8F, 0x01, 0];

/// The record of a sheet of this name.
fn tab(name: &str) -> Vec<u8> {
    record(0x9C, &[words(&[0, 1]), wide("r1"), wide(name)].concat())
}

/// One sheet 表 whose first row holds these records.
fn package(cells: &[Vec<u8>]) -> Package {
    let book = [
        record(0x8F, &[]),
        tab("表"),
        record(0x90, &[]),
        record(0x9D, &[]),
    ];
    let row = record(0x00, &[0; 17]);
    let sheet = [
        record(0x81, &[]),
        record(0x94, &[0; 16]),
        record(0x91, &[]),
        row,
        cells.concat(),
        record(0x92, &[]),
    ];
    let mut package = Package::sheet("")
        .without("xl/workbook.xml")
        .without("xl/worksheets/sheet1.xml")
        .with("xl/workbook.bin", book.concat())
        .with("xl/worksheets/sheet1.bin", sheet.concat());
    for (name, body) in &mut package.parts {
        let text = String::from_utf8_lossy(body)
            .replace("workbook.xml", "workbook.bin")
            .replace("sheet1.xml", "sheet1.bin")
            .replace(
                "openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                "ms-excel.sheet.binary.macroEnabled.main",
            );
        if name.ends_with("xml") || name.ends_with("rels") {
            *body = text.into_bytes();
        }
        *name = name.replace("workbook.xml.rels", "workbook.bin.rels");
    }
    package
}

const ONE_AND_TWO: [u8; 7] = [0x1E, 1, 0, 0x1E, 2, 0, 0x03];

#[test]
fn a_formula_is_put_into_words() {
    let book = no_form(&package(&[formula(0, &ONE_AND_TWO)]).zip());
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    assert_eq!(book.sheets[0].cells[0].formula.as_deref(), Some("1+2"));
}

#[test]
fn formulas_that_would_be_endless_when_put_into_words_have_no_words() {
    let signs = [vec![0x1E, 1, 0], vec![0x13; 2_000_000]].concat();
    let mut spaces = vec![0x1E, 1, 0];
    spaces.extend([0x19, 0x40, 0, 255].repeat(4_000));
    let cells = [
        formula(0, &signs),
        formula(1, &spaces),
        formula(2, &ONE_AND_TWO),
    ];
    let book = no_form(&package(&cells).zip());
    let formulas: Vec<_> = book.sheets[0]
        .cells
        .iter()
        .map(|cell| cell.formula.as_deref().unwrap())
        .collect();
    // Spaces are not among the words.
    assert_eq!(formulas, ["", "1", "1+2"]);
}

#[test]
fn a_format_of_megabytes_is_general_for_all_its_styles() {
    let format = [vec![200, 0], wide(&"0".repeat(2 << 20))].concat();
    let styles = [
        record(0x2C, &format),
        record(0x0269, &[]),
        record(0x2F, &[0, 0, 200, 0]).repeat(100_000),
    ];
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.bin"),
        ("r2", "styles", "styles.bin"),
    ]);
    let bytes = package(&[record(0x02, &words(&[0, 99_999, 2]))])
        .with("xl/styles.bin", styles.concat())
        .with("xl/_rels/workbook.bin.rels", all)
        .zip();
    let book = no_form(&bytes);
    let cell = &book.sheets[0].cells[0];
    assert_eq!(&*book.formats[usize::from(cell.format)].code, "General");
}

#[test]
fn more_sheets_than_allowed_are_refused_before_the_rest_is_read() {
    // What comes behind them ends too early.
    let cut = [0x9C, 0x01, 0xFF];
    let many = [BEGIN_SHEETS.to_vec(), tab("表").repeat(1_101), cut.to_vec()].concat();
    let bytes = package(&[]).with("xl/workbook.bin", many).zip();
    refused(&bytes, "too-large", "max-sheets");
}

#[test]
fn a_sheet_with_a_name_of_megabytes_is_refused_before_formulas_are_put_into_words() {
    let book = [
        BEGIN_SHEETS.to_vec(),
        tab(&"长".repeat(2 << 20)),
        record(0x0165, &[]),
        record(0x016A, &words(&[1, 0, 0, 0])),
    ];
    // PtgRef3d, in words the name of the sheet and the cell.
    let tokens = [0x3A, 0, 0, 0, 0, 0, 0, 0, 0];
    let cells: Vec<Vec<u8>> = (0..16_384).map(|at| formula(at, &tokens)).collect();
    let bytes = package(&cells).with("xl/workbook.bin", book.concat()).zip();
    refused(&bytes, "too-large", "max-name-chars");
}

#[test]
fn references_to_sheets_without_end_are_those_that_formulas_can_name() {
    // All of them lead to the one sheet there is.
    let references = [words(&[1_000_000]), words(&[0, 0, 0]).repeat(1_000_000)];
    let book = [
        BEGIN_SHEETS.to_vec(),
        tab("表"),
        record(0x0165, &[]),
        record(0x016A, &references.concat()),
    ];
    // PtgRef3d through the last one.
    let tokens = [0x3A, 255, 255, 0, 0, 0, 0, 0, 0];
    let bytes = package(&[formula(1, &tokens)])
        .with("xl/workbook.bin", book.concat())
        .zip();
    let book = no_form(&bytes);
    assert_eq!(
        book.sheets[0].cells[0].formula.as_deref(),
        Some("'表'!$A$1")
    );
}

#[test]
fn parts_that_no_relationship_names_are_not_unpacked() {
    // A table of texts that says it has thousands of millions, under the name that it usually has.
    let strings = [
        record(0x9F, &words(&[0, u32::MAX])),
        record(0x13, &[vec![0], wide("x")].concat()),
    ];
    let bomb = Entry::new("xl/sharedStrings.bin", &strings.concat()).both(|header| header.size = 7);
    let mut all = entries(&package(&[formula(0, &ONE_AND_TWO)]));
    all.push(bomb);
    let book = no_form(&zip(&all));
    assert_eq!(book.sheets[0].cells[0].formula.as_deref(), Some("1+2"));
}

#[test]
fn records_out_of_their_block_are_refused() {
    let number = record(0x02, &words(&[0, 0, 2]));
    let (begin, end, row) = (record(0x91, &[]), record(0x92, &[]), record(0x00, &[0; 17]));
    let sheet = |records: &[&[u8]]| {
        let records = [record(0x81, &[]), record(0x94, &[0; 16]), records.concat()].concat();
        package(&[]).with("xl/worksheets/sheet1.bin", records)
    };
    let sound = sheet(&[&begin, &row, &number, &end]);
    assert_eq!(listed(&no_form(&sound.zip()).sheets[0]), ["A1=0"]);
    for records in [
        &[&begin[..], &number, &end][..],
        &[&begin, &row, &begin, &row, &number, &end],
        &[&begin, &row, &end, &begin, &number, &end],
    ] {
        refused(&sheet(records).zip(), "corrupt", "记录读不出来");
    }
    let outside = [
        &BEGIN_SHEETS[..],
        &tab("表"),
        &record(0x90, &[]),
        &tab("外"),
    ]
    .concat();
    let bytes = package(&[]).with("xl/workbook.bin", outside).zip();
    refused(&bytes, "corrupt", "workbook.bin：记录读不出来");
    let texts = [
        record(0x9F, &[0; 8]),
        record(0xA0, &[]),
        record(0x13, &[vec![0], wide("x")].concat()),
    ];
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.bin"),
        ("r2", "sharedStrings", "texts.bin"),
    ]);
    let bytes = package(&[])
        .with("xl/texts.bin", texts.concat())
        .with("xl/_rels/workbook.bin.rels", all)
        .zip();
    refused(&bytes, "corrupt", "texts.bin：记录读不出来");
}

#[test]
fn records_that_end_too_early_are_refused() {
    let cut = |cells: &[Vec<u8>]| package(cells).zip();
    refused(
        &cut(&[vec![0x02, 0xFF, 0xFF, 0xFF, 0x7F]]),
        "corrupt",
        "sheet1.bin：内容不完整",
    );
    refused(
        &cut(&[record(0x02, &[0; 7])]),
        "corrupt",
        "sheet1.bin：记录读不出来",
    );
    refused(
        &cut(&[record(0x06, &[words(&[0, 0]), words(&[u32::MAX])].concat())]),
        "corrupt",
        "记录读不出来",
    );
    refused(
        &cut(&[record(0x02, &words(&[16_384, 0, 2]))]),
        "corrupt",
        "XFE1",
    );
    let twice = [
        record(0x02, &words(&[0, 0, 2])),
        record(0x02, &words(&[0, 0, 2])),
    ];
    refused(&cut(&twice), "corrupt", "单元格地址 A1 有误或重复");
}

#[test]
fn numbers_that_are_none_are_no_figures() {
    let number = |value: f64| {
        let cell = record(
            0x05,
            &[words(&[0, 0]), value.to_le_bytes().to_vec()].concat(),
        );
        no_form(&package(&[cell]).zip()).sheets[0].cells[0]
            .value
            .clone()
    };
    for value in [f64::NAN, f64::INFINITY, 1e308, -1e308] {
        let cell = number(value);
        assert!(matches!(cell, Value::Unreadable(_)), "{value}: {cell:?}");
    }
    assert_eq!(number(1e-308), Value::Number(0.into()));
}

#[test]
fn a_signed_book_with_macros_and_links_is_read_and_nothing_of_them() {
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.bin"),
        ("r2", "vbaProject", "vbaProject.bin"),
        ("r3", "externalLink", "externalLinks/externalLink1.bin"),
    ]);
    let bytes = package(&[formula(0, &ONE_AND_TWO)])
        .with("xl/_rels/workbook.bin.rels", all)
        .with("xl/vbaProject.bin", "<<<")
        .with("xl/externalLinks/externalLink1.bin", "<<<")
        .with("_xmlsignatures/sig1.xml", "<<<")
        .zip();
    let book = no_form(&bytes);
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    let traits = &book.traits;
    assert!(traits.macros && traits.signed && traits.external_links);
}

#[test]
fn cells_outside_of_the_rows_are_none() {
    let cell = record(0x02, &words(&[1, 0, 2]));
    let behind = [record(0x92, &[]), record(0x00, &[0; 17]), cell].concat();
    let book = no_form(&package(&[formula(0, &ONE_AND_TWO), behind]).zip());
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
}
