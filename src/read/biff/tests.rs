//! Workbook streams built record by record, through the whole reader.

use crate::read::cfb::wrap;
use crate::read::{Limits, ReadError, read};
use crate::workbook::{FileKind, Value, Workbook};

fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

fn halves(halves: &[u16]) -> Vec<u8> {
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// The beginning of a stream of this kind: 5 of the workbook, 0x10 of a sheet.
fn begin(kind: u16) -> Vec<u8> {
    record(0x0809, &halves(&[0x0600, kind, 0, 0, 0, 0, 0, 0]))
}

fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    record(
        0x0203,
        &[&halves(&[row, column, style])[..], &value.to_le_bytes()].concat(),
    )
}

/// A workbook with one sheet of these records; `globals` stand before the list of sheets.
fn stream(globals: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
    let format = [&halves(&[176, 5])[..], b"\x000.00%"].concat();
    let styles = [
        halves(&[0, 0]),
        halves(&[0, 176]),
        halves(&[0, 10]),
        halves(&[0, 14]),
    ];
    let head: Vec<u8> = [
        begin(5),
        globals.concat(),
        record(0x041E, &format),
        styles
            .iter()
            .flat_map(|style| record(0x00E0, style))
            .collect(),
        record(
            0x00FC,
            &[
                &[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1][..],
                &halves(&[0x7532, 0x4E59]),
            ]
            .concat(),
        ),
    ]
    .concat();
    let bundle = |place: u32| {
        record(
            0x0085,
            &[&place.to_le_bytes()[..], &[0, 0, 1, 1], &halves(&[0x8868])].concat(),
        )
    };
    let place = u32::try_from(head.len() + bundle(0).len() + 4).unwrap();
    [
        head,
        bundle(place),
        record(0x000A, &[]),
        begin(0x10),
        sheet.concat(),
        record(0x000A, &[]),
    ]
    .concat()
}

/// A workbook of the time before Unicode, with texts in GBK and one sheet 表 of these records.
fn old_stream(globals: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
    let begin = |kind| record(0x0809, &halves(&[0x0500, kind, 0, 0]));
    let head = [begin(5), record(0x0042, &halves(&[936])), globals.concat()].concat();
    let tab = |place: u32| [&place.to_le_bytes()[..], &[0, 0, 2], b"\xB1\xED"].concat();
    let place = u32::try_from(head.len() + 4 + tab(0).len() + 4).unwrap();
    let end = record(0x000A, &[]);
    [
        head,
        record(0x0085, &tab(place)),
        end.clone(),
        begin(0x10),
        sheet.concat(),
        end,
    ]
    .concat()
}

#[test]
fn a_book_says_whether_it_calculates_as_shown() {
    for (full, as_shown) in [(1, false), (0, true)] {
        let book = stream(&[record(0x000E, &[full, 0])], &[]);
        let read = read(&wrap(book), &Limits::default()).unwrap();
        assert_eq!(read.traits.as_shown, as_shown);
    }
}

#[test]
fn sheets_of_macros_are_seen_and_not_read() {
    let mut stream = stream(&[], &[]);
    assert!(
        !read(&wrap(stream.clone()), &Limits::default())
            .unwrap()
            .traits
            .macros
    );
    let tab = stream
        .windows(2)
        .position(|pair| pair == [0x85, 0])
        .unwrap();
    stream[tab + 4 + 5] = 1;
    let begin = memchr::memmem::rfind(&stream, &begin(0x10)).unwrap();
    stream[begin + 6] = 0x40;
    assert!(
        read(&wrap(stream), &Limits::default())
            .unwrap()
            .traits
            .macros
    );
}

fn open(sheet: &[Vec<u8>]) -> Result<Workbook, ReadError> {
    read(&wrap(stream(&[], sheet)), &Limits::default())
}

fn only(sheet: &[Vec<u8>]) -> Vec<(String, Value, String)> {
    let book = open(sheet).unwrap();
    assert_eq!(book.traits.kind, FileKind::Xls);
    assert_eq!(book.sheets[0].name, "表");
    let cells = book.sheets[0].cells.iter();
    cells
        .map(|cell| {
            let code = book.formats[usize::from(cell.format)].code.to_string();
            (cell.at.to_string(), cell.value.clone(), code)
        })
        .collect()
}

fn decimal(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

#[test]
fn every_kind_of_number_has_its_format() {
    let rk = |number: u32| [&halves(&[2])[..], &number.to_le_bytes()].concat();
    let formula = [
        &halves(&[1, 2, 1])[..],
        &0.0900000762939453_f64.to_le_bytes(),
        &[0; 6],
        &halves(&[3]),
        &[0x1E, 5, 0],
    ]
    .concat();
    let cells = only(&[
        number(0, 0, 1, 0.8478),
        record(0x027E, &[halves(&[0, 1]), rk(3 | 31_810 << 2)].concat()),
        record(
            0x00BD,
            &[
                halves(&[1, 0]),
                rk(2 | 7 << 2),
                rk(2 | 8 << 2),
                halves(&[1]),
            ]
            .concat(),
        ),
        record(0x0006, &formula),
        number(2, 0, 3, 45_105.0),
    ]);
    let want = [
        ("A1", decimal("0.8478"), "0.00%"),
        ("B1", decimal("318.1"), "0.00%"),
        ("A2", decimal("7"), "0.00%"),
        ("B2", decimal("8"), "0.00%"),
        ("C2", decimal("0.0900000762939453"), "0.00%"),
        ("A3", decimal("45105"), "yyyy/m/d"),
    ];
    for (cell, (at, value, code)) in cells.iter().zip(want) {
        assert_eq!(*cell, (at.to_owned(), value, code.to_owned()));
    }
    assert_eq!(cells.len(), 6);
}

#[test]
fn unicode_texts_are_read_without_a_code_page() {
    let label = [&halves(&[0, 0, 0, 2])[..], &[1], &halves(&[0x7532, 0x4E59])].concat();
    let sheet = [record(0x0204, &label)];
    for page in [1200, 1252, 936, 0xFFFF] {
        let bytes = wrap(stream(&[record(0x0042, &halves(&[page]))], &sheet));
        let book = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(book.sheets[0].name, "表", "{page}");
        assert_eq!(
            book.sheets[0].cells[0].value,
            Value::Text("甲乙".into()),
            "{page}"
        );
    }
}

#[test]
fn formats_of_old_files_are_read_by_their_code_page() {
    let code = b"0.00\"\xCD\xF2\xD4\xAA\"";
    let format = [
        &halves(&[164])[..],
        &[u8::try_from(code.len()).unwrap()],
        code,
    ]
    .concat();
    let globals = [record(0x041E, &format), record(0x00E0, &halves(&[0, 164]))];
    let bytes = wrap(old_stream(&globals, &[number(0, 0, 0, 7.0)]));
    let book = read(&bytes, &Limits::default()).unwrap();
    assert_eq!(book.sheets[0].name, "表");
    let cell = &book.sheets[0].cells[0];
    assert_eq!(
        &*book.formats[usize::from(cell.format)].code,
        "0.00\"万元\""
    );
}

/// A formula whose result is a text, which follows.
fn text_formula(row: u16) -> Vec<u8> {
    let result = halves(&[0, 0, 0, 0xFFFF]);
    let tokens = [&halves(&[3])[..], &[0x1E, 5, 0]].concat();
    record(
        0x0006,
        &[halves(&[row, 0, 0]), result, vec![0; 6], tokens].concat(),
    )
}

/// The formula whose result is the number 9 and whose tokens are these.
fn formula(row: u16, tokens: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tokens.len()).unwrap();
    let head = [
        halves(&[row, 0, 0]),
        9_f64.to_le_bytes().to_vec(),
        vec![0; 6],
    ]
    .concat();
    record(0x0006, &[head, halves(&[length]), tokens.to_vec()].concat())
}

fn formulas(stream: Vec<u8>) -> Vec<(String, Value, Option<String>)> {
    let book = read(&wrap(stream), &Limits::default()).unwrap();
    let cells = book.sheets[0].cells.iter();
    cells
        .map(|cell| {
            let text = cell.formula.as_deref().map(str::to_owned);
            (cell.at.to_string(), cell.value.clone(), text)
        })
        .collect()
}

#[test]
fn a_formula_reads_the_sheet_that_the_tables_of_links_say() {
    // Another workbook, then this one; its sheet is the second link.
    let links = [
        record(0x01AE, &halves(&[1, 5])),
        record(0x01AE, &halves(&[1, 0x0401])),
        record(0x0017, &halves(&[2, 0, 0, 0, 1, 0, 0])),
    ];
    let cell = |link| [vec![0x5A], halves(&[link, 15, 0xC005])].concat();
    let area = [&[0x3B][..], &halves(&[1, 6, 8, 5, 5]), &[0x22, 1, 4, 0]].concat();
    let sheet = [
        formula(0, &cell(1)),
        formula(1, &area),
        formula(2, &cell(0)),
    ];
    let texts: Vec<_> = formulas(stream(&links, &sheet))
        .into_iter()
        .map(|cell| cell.2.unwrap())
        .collect();
    // What another workbook gives is not known.
    assert_eq!(texts, ["'表'!F16", "SUM('表'!$F$7:$F$9)", ""]);
}

#[test]
fn a_cell_whose_formula_is_not_known_has_one_all_the_same() {
    let shared = [halves(&[4, 5]), vec![0, 0, 0, 2], halves(&[5]), vec![0x2C]].concat();
    let shared = record(0x04BC, &[shared, halves(&[0xFFFF, 0xC000])].concat());
    let exp = |row| [vec![0x01], halves(&[row, 0])].concat();
    let mut blank = formula(3, &[0x1E, 5, 0]);
    blank[10..18].copy_from_slice(&[3, 0, 0, 0, 0, 0, 0xFF, 0xFF]);
    let mut truth = formula(7, &[0x1D, 1]);
    truth[10..18].copy_from_slice(&[1, 0, 1, 0, 0, 0, 0xFF, 0xFF]);
    let mut fault = formula(8, &[0x1C, 7]);
    fault[10..18].copy_from_slice(&[2, 0, 7, 0, 0, 0, 0xFF, 0xFF]);
    let found = formulas(stream(
        &[],
        &[
            number(0, 0, 0, 1.0),
            // A name, and a formula that no record has.
            formula(1, &[0x23, 1, 0, 0, 0]),
            formula(2, &exp(2)),
            blank,
            formula(4, &exp(4)),
            shared,
            formula(5, &exp(4)),
            formula(6, &[0x24, 0xFF, 0xFF, 0xFF, 0xC0]),
            truth,
            fault,
        ],
    ));
    let known = |cell: &str, value, text: &str| (cell.to_owned(), value, Some(text.to_owned()));
    assert_eq!(
        found,
        [
            ("A1".to_owned(), decimal("1"), None),
            known("A2", decimal("9"), ""),
            known("A3", decimal("9"), ""),
            known("A4", Value::Text("".into()), "5"),
            known("A5", decimal("9"), "A4"),
            known("A6", decimal("9"), "A5"),
            known("A7", decimal("9"), "IV65536"),
            known("A8", Value::Bool(true), "TRUE"),
            known("A9", Value::Error("#DIV/0!".into()), "#DIV/0!"),
        ]
    );
}

#[test]
fn a_formula_that_is_cut_short_or_gives_what_does_not_exist_is_damage() {
    let mut strange = formula(0, &[0x1E, 5, 0]);
    strange[10..18].copy_from_slice(&[9, 0, 0, 0, 0, 0, 0xFF, 0xFF]);
    for cell in [strange, record(0x0006, &[0; 20])] {
        assert_eq!(open(&[cell]).unwrap_err().kind(), "corrupt");
    }
}

#[test]
fn a_long_text_that_a_formula_gives_runs_on_in_further_records() {
    let wide = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>()
    };
    let begun = [halves(&[6_000]), vec![1], wide(&"长".repeat(4_000))].concat();
    let cells = only(&[
        text_formula(0),
        record(0x0207, &begun),
        record(0x003C, &[vec![1], wide(&"长".repeat(1_000))].concat()),
        record(0x003C, &[vec![0], vec![b'x'; 1_000]].concat()),
        text_formula(1),
        record(0x0207, &[0, 0]),
        text_formula(2),
        // Promises more than it holds.
        record(0x0207, &[3, 0, 0, b'a', b'b']),
        text_formula(3),
        record(0x0207, &[1, 0, 0, b'c']),
    ]);
    let long = "长".repeat(5_000) + &"x".repeat(1_000);
    let values: Vec<_> = cells.into_iter().map(|cell| cell.1).collect();
    assert!(values[0] == Value::Text(long.into()), "not as long");
    assert_eq!(values[1], Value::Text("".into()));
    assert!(matches!(values[2], Value::Unreadable(_)), "{:?}", values[2]);
    assert_eq!(values[3], Value::Text("c".into()));
    let old = old_stream(
        &[record(0x00E0, &[0; 4])],
        &[
            text_formula(0),
            record(0x0207, b"\x04\x00\xBD\xE1\xB9"),
            record(0x003C, b"\xFB"),
        ],
    );
    let book = read(&wrap(old), &Limits::default()).unwrap();
    assert_eq!(book.sheets[0].cells[0].value, Value::Text("结果".into()));
}

#[test]
fn a_string_that_does_not_exist_is_a_matter_of_its_cell() {
    let shared = |column, index: u32| {
        record(
            0x00FD,
            &[&halves(&[0, column, 0])[..], &index.to_le_bytes()].concat(),
        )
    };
    let cells = only(&[shared(0, 0), shared(1, 9)]);
    assert_eq!(cells[0].1, Value::Text("甲乙".into()));
    assert!(matches!(cells[1].1, Value::Unreadable(_)));
}

#[test]
fn merges_and_hidden_runs_are_told_and_charts_passed_over() {
    let mut row = halves(&[6, 0, 1, 255, 0, 0, 0x20, 0]);
    row.truncate(16);
    let book = open(&[
        record(0x007D, &halves(&[5, 6, 0, 0, 1, 0])),
        record(0x0208, &row),
        number(0, 0, 0, 1.0),
        begin(0x20),
        number(0, 0, 0, 2.0),
        record(0x000A, &[]),
        record(0x00E5, &halves(&[2, 0, 1, 0, 2, 4, 4, 4, 4])),
    ])
    .unwrap();
    let sheet = &book.sheets[0];
    assert_eq!(sheet.hidden_columns, [(5, 6)]);
    assert_eq!(sheet.hidden_rows, [(6, 6)]);
    assert_eq!(sheet.merges.len(), 1);
    assert_eq!(sheet.merges[0].to_string(), "A1:C2");
    assert_eq!(sheet.cells.len(), 1);
    assert_eq!(sheet.cells[0].value, decimal("1"));
}

#[test]
fn declared_dimensions_are_not_believed() {
    let dimensions = [&[0; 4][..], &[0xFF; 4], &halves(&[0, 255, 0])].concat();
    let cells = only(&[record(0x0200, &dimensions), number(0, 0, 0, 1.0)]);
    assert_eq!(cells.len(), 1);
    let cells = only(&[record(0x0200, &[1, 2, 3]), number(0, 0, 0, 1.0)]);
    assert_eq!(cells.len(), 1);
}

#[test]
fn far_corners_are_refused_before_a_grid_is_made() {
    let error = open(&[number(0, 0, 0, 1.0), number(65_535, 255, 0, 1.0)]).unwrap_err();
    assert!(matches!(
        error,
        ReadError::TooLarge {
            limit: "max-grid",
            ..
        }
    ));
}

#[test]
fn encrypted_streams_are_told_whatever_their_method() {
    for method in [0, 1] {
        let bytes = wrap(stream(&[record(0x002F, &halves(&[method, 1, 2]))], &[]));
        assert!(matches!(
            read(&bytes, &Limits::default()),
            Err(ReadError::Encrypted)
        ));
    }
}

#[test]
fn what_makes_the_library_panic_is_damage() {
    // A sheet entry without visibility and name.
    let bytes = wrap(stream(&[record(0x0085, &[0; 4])], &[]));
    assert_eq!(
        read(&bytes, &Limits::default()).unwrap_err().kind(),
        "corrupt"
    );
    // Panics elsewhere are still heard.
    assert!(std::panic::catch_unwind(|| panic!("heard")).is_err());
}

#[test]
fn streams_cut_anywhere_are_refused() {
    let whole = stream(&[], &[number(0, 0, 1, 0.5), number(0, 1, 1, 0.25)]);
    // Padding makes records of the zeros behind a cut; none of them ends the sheet.
    for at in 0..whole.len() - 4 {
        let cut = read(&wrap(whole[..at].to_vec()), &Limits::default());
        assert_eq!(cut.unwrap_err().kind(), "corrupt", "cut at {at}");
    }
}

#[test]
fn a_grid_counts_as_large_as_it_is() {
    let wide = [number(0, 0, 0, 1.0), number(999, 99, 0, 1.0)];
    let bytes = wrap(stream(&[], &wide));
    let limits = |grid| Limits {
        grid,
        ..Limits::default()
    };
    assert!(read(&bytes, &limits(100_000)).is_ok());
    assert_eq!(
        read(&bytes, &limits(99_999)).unwrap_err().kind(),
        "too-large"
    );
}

#[test]
fn sheets_that_overlap_are_refused() {
    let mut bytes = stream(&[], &[]);
    // A second entry for the same sheet, in the place of the first style.
    let entry = memchr::memmem::find(&bytes, &[0x85, 0, 10, 0]).unwrap();
    let place = u32::from_le_bytes(bytes[entry + 4..entry + 8].try_into().unwrap());
    let padding: Vec<u8> = std::iter::repeat_n(record(0x0FFF, &[0; 60]), 50)
        .flatten()
        .collect();
    let at = usize::try_from(place).unwrap() + begin(0x10).len();
    bytes.splice(at..at, padding);
    let again: Vec<u8> = bytes[entry..entry + 14].to_vec();
    bytes.splice(entry..entry, again);
    for entry in [entry, entry + 14] {
        bytes[entry + 4..entry + 8].copy_from_slice(&(place + 14).to_le_bytes());
    }
    let error = read(&wrap(bytes), &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("overlap"), "{error}");
}

#[test]
fn columns_beyond_the_sheet_are_no_cells() {
    let bytes = wrap(stream(&[], &[number(0, 256, 0, 1.0)]));
    let error = read(&bytes, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("IW1"), "{error}");
}

#[test]
fn merged_areas_end_where_the_sheet_does() {
    let areas = halves(&[2, 0, 1, 3, 0xFFFF, 0, 0, 300, 301]);
    let bytes = wrap(stream(&[], &[number(0, 3, 0, 1.0), record(0x00E5, &areas)]));
    let sheet = read(&bytes, &Limits::default()).unwrap().sheets.remove(0);
    let merges: Vec<String> = sheet.merges.iter().map(ToString::to_string).collect();
    assert_eq!(merges, ["D1:IV2"]);
}
