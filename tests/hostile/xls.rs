//! Compound files and the records in them, byte by byte.

use gouji::read::{Limits, ReadError, read};
use gouji::workbook::Value;

use crate::kit::{Case, Outcome, book, error, no_form, refused};
use crate::support::listed;

const SECTOR: usize = 512;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

/// Those that go through all doors.
pub(crate) fn cases() -> Vec<Case> {
    let refused = |name, bytes, words| Case {
        name,
        bytes,
        outcome: Outcome::Refused("corrupt", words),
    };
    vec![
        refused(
            "记录长.xls",
            Compound::of(past_the_end()).bytes(),
            "Workbook：内容不完整",
        ),
        refused(
            "表外.xls",
            Compound::of(sheet_past_the_end()).bytes(),
            "Workbook：内容不完整",
        ),
        refused("环.xls", looped(), "文件结构读不出来"),
        Case {
            name: "好的旧版.xls",
            bytes: Compound::of(stream(&[], &[number(0, 0, 7.0)])).bytes(),
            outcome: Outcome::NoForm,
        },
    ]
}

/// A compound file of one stream, with its tables open to change.
struct Compound {
    name: &'static str,
    stream: Vec<u8>,
    /// What the directory says of its length.
    length: u32,
    /// The table of chains: the directory, the stream, then the table itself.
    fat: Vec<u32>,
    /// Words of the header by their place.
    header: Vec<(usize, u32)>,
}

impl Compound {
    fn of(mut stream: Vec<u8>) -> Self {
        // Shorter streams would lie in the mini stream.
        stream.resize(stream.len().max(4_096).next_multiple_of(SECTOR), 0);
        let body = u32::try_from(stream.len() / SECTOR).unwrap();
        let mut fat = vec![END];
        fat.extend((1..body).map(|sector| sector + 1));
        fat.push(END);
        Self {
            name: "Workbook",
            length: u32::try_from(stream.len()).unwrap(),
            stream,
            fat,
            header: Vec::new(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let per_table = SECTOR / 4;
        let tables = (1..)
            .find(|tables| (self.fat.len() + tables) <= tables * per_table)
            .unwrap();
        let first = 1 + self.stream.len() / SECTOR;
        let mut header = vec![0; SECTOR];
        header[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
        for (at, half) in [(24, 0x3E_u16), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
            header[at..at + 2].copy_from_slice(&half.to_le_bytes());
        }
        header[76..].fill(0xFF);
        let mut words = vec![
            (44, u32::try_from(tables).unwrap()),
            (48, 0),
            (56, 4_096),
            (60, END),
            (68, END),
        ];
        words.extend(
            (0..tables.min(109))
                .map(|table| (76 + table * 4, u32::try_from(first + table).unwrap())),
        );
        words.extend(&self.header);
        for (at, word) in words {
            header[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        let mut directory = vec![0; SECTOR];
        for (at, name, kind, start, length) in [
            (0, "Root Entry", 5, END, 0),
            (128, self.name, 2, 1, self.length),
        ] {
            let entry = &mut directory[at..at + 128];
            for (unit, place) in name.encode_utf16().zip(entry.chunks_exact_mut(2)) {
                place.copy_from_slice(&unit.to_le_bytes());
            }
            entry[64] = u8::try_from(name.len() * 2 + 2).unwrap();
            entry[66] = kind;
            entry[68..80].fill(0xFF);
            entry[116..120].copy_from_slice(&u32::to_le_bytes(start));
            entry[120..124].copy_from_slice(&u32::to_le_bytes(length));
        }
        directory[76..80].copy_from_slice(&1_u32.to_le_bytes());
        let mut fat = self.fat.clone();
        fat.resize(fat.len() + tables, 0xFFFF_FFFD);
        fat.resize(tables * per_table, FREE);
        let fat: Vec<u8> = fat.into_iter().flat_map(u32::to_le_bytes).collect();
        [header, directory, self.stream.clone(), fat].concat()
    }
}

fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
}

fn halves(halves: &[u16]) -> Vec<u8> {
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

/// The beginning of the workbook, or of a sheet of cells.
fn begin() -> Vec<u8> {
    begin_of(5)
}

fn begin_of(kind: u16) -> Vec<u8> {
    record(0x0809, &halves(&[0x0600, kind, 0, 0, 0, 0, 0, 0]))
}

fn number(row: u16, column: u16, value: f64) -> Vec<u8> {
    record(
        0x0203,
        &[&halves(&[row, column, 0])[..], &value.to_le_bytes()].concat(),
    )
}

fn shared(row: u16, column: u16, index: u32) -> Vec<u8> {
    record(
        0x00FD,
        &[&halves(&[row, column, 0])[..], &index.to_le_bytes()].concat(),
    )
}

/// A formula with the result 1 and these tokens.
fn formula(row: u16, tokens: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tokens.len()).unwrap();
    let body = [
        &halves(&[row, 0, 0])[..],
        &1_f64.to_le_bytes(),
        &[0; 6],
        &length.to_le_bytes(),
        tokens,
    ];
    record(0x0006, &body.concat())
}

fn tab(place: u32, name: &str) -> Vec<u8> {
    let units: Vec<u16> = name.encode_utf16().collect();
    let head = [
        &place.to_le_bytes()[..],
        &[0, 0, u8::try_from(units.len()).unwrap(), 1],
    ]
    .concat();
    record(0x0085, &[head, halves(&units)].concat())
}

/// A workbook of one sheet of these records; `globals` stand before the list of sheets.
fn stream(globals: &[Vec<u8>], sheet: &[Vec<u8>]) -> Vec<u8> {
    stream_at(globals, sheet, "表", 0)
}

fn stream_at(globals: &[Vec<u8>], sheet: &[Vec<u8>], name: &str, off: u32) -> Vec<u8> {
    let head = [begin(), record(0x00E0, &halves(&[0, 0])), globals.concat()].concat();
    let place = u32::try_from(head.len() + tab(0, name).len() + 4).unwrap();
    let end = record(0x000A, &[]);
    [
        head,
        tab(place.wrapping_add(off), name),
        end.clone(),
        begin_of(0x10),
        sheet.concat(),
        end,
    ]
    .concat()
}

fn past_the_end() -> Vec<u8> {
    let mut bytes = stream(&[], &[number(0, 0, 1.0)]);
    // The stream is padded with zeros to 4,096 bytes.
    let at = bytes.len() - 4 - 18;
    bytes[at + 2..at + 4].copy_from_slice(&0xFFFF_u16.to_le_bytes());
    bytes
}

fn sheet_past_the_end() -> Vec<u8> {
    stream_at(&[], &[number(0, 0, 1.0)], "表", 1 << 24)
}

/// The third sector of the stream follows itself.
fn looped() -> Vec<u8> {
    let mut file = Compound::of(stream(&[], &[number(0, 0, 1.0)]));
    file.fat[0] = 0;
    file.bytes()
}

fn whole() -> Compound {
    Compound::of(stream(&[], &[number(0, 0, 7.0)]))
}

#[test]
fn a_whole_file_of_this_kind_is_read() {
    assert_eq!(listed(&no_form(&whole().bytes()).sheets[0]), ["A1=7"]);
}

#[test]
fn records_longer_than_their_stream_are_refused() {
    refused(
        &Compound::of(past_the_end()).bytes(),
        "corrupt",
        "Workbook：内容不完整",
    );
}

#[test]
fn sheets_that_begin_outside_or_at_no_beginning_are_refused() {
    refused(
        &Compound::of(sheet_past_the_end()).bytes(),
        "corrupt",
        "Workbook：内容不完整",
    );
    for off in [1, 4, u32::MAX - 3, u32::MAX / 2] {
        let bytes = Compound::of(stream_at(&[], &[number(0, 0, 1.0)], "表", off)).bytes();
        assert_eq!(error(&bytes).kind(), "corrupt", "{off}");
    }
}

#[test]
fn chains_in_circles_end_where_the_stream_does() {
    refused(&looped(), "corrupt", "文件结构读不出来");
    for (sector, next) in [(2, 2), (3, 1), (1, 1)] {
        let mut file = whole();
        file.fat[sector] = next;
        // As long as the stream is said to be: all that matters is in its first sector.
        assert_eq!(listed(&no_form(&file.bytes()).sheets[0]), ["A1=7"]);
    }
    for next in [0x7FFF_FFFF, 999] {
        let mut file = whole();
        file.fat[1] = next;
        refused(&file.bytes(), "corrupt", "compound file");
    }
}

#[test]
fn a_list_of_tables_in_a_circle_ends_and_one_that_leads_nowhere_is_refused() {
    // The sector of the stream as a list of further tables, which names itself at its end.
    let mut file = whole();
    let last = 1 + SECTOR - 4;
    file.stream[last - 1..last + 3].copy_from_slice(&1_u32.to_le_bytes());
    file.header = vec![(68, 1), (72, 0xFFFF_FFFF)];
    // The table of the chain is the first of the list, which is not followed any further.
    assert_eq!(listed(&no_form(&file.bytes()).sheets[0]), ["A1=7"]);
    for (at, word) in [
        (68, 0x00FF_FFFF),
        (76, 0x00FF_FFFF),
        (48, 0x00FF_FFFF),
        (60, 0x00FF_FFFF),
    ] {
        let mut file = whole();
        file.header = vec![(at, word), (64, 1)];
        assert_eq!(error(&file.bytes()).kind(), "corrupt", "{at}");
    }
}

#[test]
fn small_streams_whose_chain_is_a_circle_end() {
    // A stream of 4,000 bytes lies in the mini stream, which this file does not have.
    let mut file = whole();
    file.length = 4_000;
    refused(&file.bytes(), "corrupt", "compound file");
    // Sector 1 is the table of the mini stream's chains: the first leads to itself.
    file.header = vec![(60, 1), (64, 1)];
    assert_eq!(error(&file.bytes()).kind(), "corrupt");
}

#[test]
fn lengths_that_are_lies_are_refused() {
    for length in [0x7FFF_FFFF, u32::MAX, 5_000] {
        let mut file = whole();
        file.length = length;
        refused(&file.bytes(), "corrupt", "Workbook：内容不完整");
    }
    let mut file = whole();
    file.name = "Arbeitsbuch";
    refused(&file.bytes(), "not-a-workbook", "认不出类型");
    for shift in [0_u32, 1, 8, 31, 0xFFFF] {
        let mut file = whole();
        file.header = vec![(30, shift)];
        refused(&file.bytes(), "corrupt", "compound file");
    }
}

#[test]
fn tables_of_texts_that_promise_more_than_they_hold_are_refused() {
    let head = [&[0xFF; 8][..]].concat();
    for body in [
        &b"\xFF\xFF\x00ab"[..],
        b"\x02\x00\x01a",
        b"\x01\x00\x08\xFF\xFFa",
        b"\x01\x00\x04\xFF\xFF\xFF\x7Fa",
        b"\x01\x00\x0C\xFF\xFF\xFF\xFF\xFF\xFFa",
    ] {
        let table = record(0x00FC, &[&head, body].concat());
        let bytes = Compound::of(stream(&[table], &[shared(0, 0, 0)])).bytes();
        refused(&bytes, "corrupt", "Workbook：记录读不出来");
    }
    // A count of texts that is not theirs.
    let table = record(0x00FC, &[&head, &b"\x01\x00\x00a"[..]].concat());
    let cells = [shared(0, 0, 0), shared(0, 1, 1), shared(0, 2, u32::MAX)];
    let book = book(&Compound::of(stream(&[table], &cells)).bytes());
    assert_eq!(
        listed(&book.sheets[0]),
        [
            "A1='a",
            "B1=?共享文字表里没有第 1 项",
            "C1=?共享文字表里没有第 4294967295 项"
        ]
    );
}

#[test]
fn a_long_text_that_every_cell_shows_counts_as_often() {
    let text = [&[0; 8][..], &8_000_u16.to_le_bytes(), &[0], &[b'x'; 8_000]].concat();
    let shown = |times: u16| {
        let cells: Vec<_> = (0..times).map(|row| shared(row, 0, 0)).collect();
        Compound::of(stream(&[record(0x00FC, &text)], &cells)).bytes()
    };
    assert_eq!(no_form(&shown(8_000)).sheets[0].cells.len(), 8_000);
    refused(&shown(9_000), "too-large", "max-text-bytes");
}

#[test]
fn a_text_that_is_no_formulas_result_is_in_no_cell() {
    let result = |text: u8| record(0x0207, &[1, 0, 0, text]);
    let mut words = formula(2, &[0x1E, 1, 0]);
    // Of this formula the result is a text.
    words[10..18].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0xFF, 0xFF]);
    let sheet = [
        result(b'a'),
        formula(1, &[0x1E, 1, 0]),
        result(b'b'),
        words,
        result(b'c'),
        result(b'd'),
    ];
    let book = no_form(&Compound::of(stream(&[], &sheet)).bytes());
    assert_eq!(listed(&book.sheets[0]), ["A2=1", "A3='c"]);

    // Else a number far away would make the sheet as large as it can be.
    let far = [result(b'a'), number(65_535, 255, 1.0)];
    let book = no_form(&Compound::of(stream(&[], &far)).bytes());
    assert_eq!(listed(&book.sheets[0]), ["IV65536=1"]);
}

#[test]
fn records_shorter_than_their_kind_are_refused() {
    for kind in [
        0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x0006, 0x00BD, 0x00E5,
    ] {
        for length in 0..6 {
            let bytes = Compound::of(stream(&[], &[record(kind, &vec![0xFF; length])])).bytes();
            let found = read(&bytes, &Limits::default());
            let kind_found = found.map_or_else(|error| error.kind(), |_| "read");
            assert!(
                matches!(kind_found, "corrupt"),
                "{kind:x} {length}: {kind_found}"
            );
        }
    }
    // More merged areas than there are bytes.
    let bytes = Compound::of(stream(
        &[],
        &[record(0x00E5, &halves(&[0xFFFF, 0, 1, 0, 2]))],
    ))
    .bytes();
    refused(&bytes, "corrupt", "记录读不出来");
}

#[test]
fn formulas_that_would_be_endless_when_put_into_words_have_no_words() {
    let signs = [vec![0x1E, 1, 0], vec![0x13; 60_000]].concat();
    let sums = [vec![0x1E, 1, 0], [0x1E, 1, 0, 0x03].repeat(15_000)].concat();
    // Spaces are not among the words.
    let spaced = [vec![0x1E, 1, 0], [0x19, 0x40, 0, 255].repeat(4_000)].concat();
    // Each sign moves all on its right.
    let joined = [[0x1E, 1, 0].repeat(3_000), vec![0x08; 2_999]].concat();
    let cells: Vec<_> = (0..40)
        .flat_map(|row| {
            [&spaced, &signs, &sums, &joined]
                .into_iter()
                .zip(0_u16..)
                .map(move |(tokens, nth)| formula(row * 4 + nth, tokens))
        })
        .collect();
    let plain = formula(60_000, &[0x1E, 1, 0, 0x1E, 2, 0, 0x03]);
    let book = no_form(&Compound::of(stream(&[], &[cells.concat(), plain])).bytes());
    let formulas: Vec<_> = book.sheets[0]
        .cells
        .iter()
        .map(|cell| cell.formula.as_deref().unwrap())
        .collect();
    assert_eq!(formulas.len(), 161);
    for four in formulas.chunks_exact(4) {
        assert_eq!(four[1..3], ["", ""]);
    }
    assert_eq!(formulas[0], "1");
    assert_eq!(formulas[3].len(), 3_000 + 2_999 * 3 - 2);
    // By then there have been enough.
    assert_eq!(formulas[159], "");
    assert!(
        book.sheets[0]
            .cells
            .iter()
            .all(|cell| matches!(cell.value, Value::Number(_)))
    );
}

#[test]
fn sheets_that_lie_in_one_another_are_refused() {
    let tabs: Vec<u8> = (0..50).flat_map(|at| tab(0, &format!("{at:02}"))).collect();
    let head = [begin(), tabs.clone(), record(0x000A, &[])].concat();
    let place = u32::try_from(head.len()).unwrap();
    let tabs: Vec<u8> = (0..50)
        .flat_map(|at| tab(place, &format!("{at:02}")))
        .collect();
    let cells: Vec<u8> = (0..5_000).flat_map(|row| number(row, 0, 1.0)).collect();
    let bytes = [
        begin(),
        tabs,
        record(0x000A, &[]),
        begin(),
        cells,
        record(0x000A, &[]),
    ]
    .concat();
    refused(&Compound::of(bytes).bytes(), "corrupt", "记录读不出来");
}

#[test]
fn a_stream_larger_than_a_part_may_be_is_refused() {
    let cells = vec![record(0x00EC, &[0; 8_000]); 200];
    let bytes = Compound::of(stream(&[], &cells)).bytes();
    let limits = Limits {
        part_bytes: 1 << 20,
        ..Limits::default()
    };
    let Err(ReadError::TooLarge { limit, .. }) = read(&bytes, &limits) else {
        panic!("read");
    };
    assert_eq!(limit, "max-part-bytes");
}

#[test]
fn a_format_as_long_as_a_record_is_general_for_all_its_styles() {
    let format = [&halves(&[200, 0xFFF0])[..], &[0], &[b'0'; 0xFFF0]].concat();
    let globals = [
        record(0x041E, &format),
        record(0x00E0, &halves(&[0, 200])).repeat(700_000),
    ];
    let bytes = Compound::of(stream(&globals, &[number(0, 0, 7.0)])).bytes();
    assert_eq!(listed(&no_form(&bytes).sheets[0]), ["A1=7"]);
}

#[test]
fn numbers_that_are_none_are_no_figures() {
    for (column, value) in [f64::NAN, f64::INFINITY, 1e308, -1e308]
        .into_iter()
        .enumerate()
    {
        let column = u16::try_from(column).unwrap();
        let bytes = Compound::of(stream(&[], &[number(0, column, value)])).bytes();
        let book = no_form(&bytes);
        let cell = &book.sheets[0].cells[0].value;
        assert!(matches!(cell, Value::Unreadable(_)), "{value}: {cell:?}");
    }
    let least = Compound::of(stream(&[], &[number(0, 0, 1e-308)])).bytes();
    assert_eq!(listed(&no_form(&least).sheets[0]), ["A1=0"]);
}

#[test]
fn cells_that_only_some_programs_read_are_refused() {
    // Row, column, three bytes of format, the number: as before Excel 5.
    let old = record(0x0003, &[&[0; 7][..], &9_f64.to_le_bytes()].concat());
    let both = Compound::of(stream(&[], &[number(0, 0, 1.0), old])).bytes();
    refused(&both, "corrupt", "记录读不出来");
    // The list of sheets says chart, the sheet that it is one of cells.
    let name = tab(0, "表");
    let mut bytes = stream(&[], &[number(0, 0, 1.0)]);
    let at = bytes
        .windows(name.len() - 8)
        .position(|window| window[..2] == name[..2]);
    bytes[at.unwrap() + 9] = 2;
    refused(&Compound::of(bytes).bytes(), "corrupt", "记录读不出来");
}
