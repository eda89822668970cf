//! An .xlsb of nothing but formulas, for the library that puts them into words.
//!
//! It never sees the file as it came: it would unpack parts that no one asked for, by their names
//! and without limit, and put formulas into words whatever their length. What it gets has the
//! names of the sheets, what formulas refer to, and those formulas that have an end.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::read::biff::tokens::Wording;
use crate::read::limits::Limits;

/// Records of the workbook that formulas refer to ([MS-XLSB] 2.4).
pub(super) const EXTERN_SHEET: u16 = 0x016A;
pub(super) const NAME: u16 = 0x0027;

/// The parts being made.
pub(super) struct Slim {
    wording: Wording,
    /// Records behind the list of sheets.
    references: Vec<u8>,
    sheets: Vec<(String, Vec<u8>)>,
    /// The row of the last record.
    row: Option<u32>,
}

impl Slim {
    /// For a workbook with these sheets, and these records of its main part, type and body.
    pub(super) fn new<'a>(
        names: impl Iterator<Item = &'a str>,
        records: &[(u16, &[u8])],
        limits: &Limits,
    ) -> Self {
        let longest = names.map(str::len).max().unwrap_or(0);
        // A defined name has at most 255 letters, each of up to three bytes.
        let mut wording = Wording::new(longest.max(765), limits.text_bytes);
        let mut references = Vec::new();
        for (kind, body) in records {
            if wording.takes(body) {
                put(&mut references, *kind, body);
            }
        }
        Self {
            wording,
            references,
            sheets: Vec::new(),
            row: None,
        }
    }

    /// The records that follow are those of another sheet.
    pub(super) fn begin(&mut self, name: &str) {
        let mut records = Vec::new();
        put(&mut records, 0x0081, &[]);
        put(&mut records, 0x0094, &[0; 16]);
        put(&mut records, 0x0091, &[]);
        self.sheets.push((name.to_owned(), records));
        self.row = None;
    }

    /// The record of a formula in this row.
    pub(super) fn formula(&mut self, row: u32, kind: u16, body: &[u8]) {
        let Some((_, records)) = self.sheets.last_mut() else {
            return;
        };
        if !self.wording.takes(body.get(8..).unwrap_or_default()) {
            return;
        }
        if self.row.replace(row) != Some(row) {
            put(records, 0x0000, &row.to_le_bytes());
        }
        put(records, kind, body);
    }

    /// The package; none where it cannot be made.
    pub(super) fn package(self) -> Option<Vec<u8>> {
        let mut book = Vec::new();
        let mut links = "<Relationships>".to_owned();
        for (index, (name, _)) in self.sheets.iter().enumerate() {
            let id = format!("r{index}");
            links += &format!("<Relationship Id=\"{id}\" Target=\"worksheets/{index}.bin\"/>");
            let body = [vec![0; 8], wide(&id), wide(name)].concat();
            put(&mut book, 0x009C, &body);
        }
        links += "</Relationships>";
        put(&mut book, 0x0090, &[]);
        book.extend(&self.references);
        put(&mut book, 0x009D, &[]);

        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let mut part = |name: &str, body: &[u8]| {
            zip.start_file(name, stored).ok()?;
            zip.write_all(body).ok()
        };
        part("xl/workbook.bin", &book)?;
        part("xl/_rels/workbook.bin.rels", links.as_bytes())?;
        for (index, (_, mut records)) in self.sheets.into_iter().enumerate() {
            put(&mut records, 0x0092, &[]);
            part(&format!("xl/worksheets/{index}.bin"), &records)?;
        }
        Some(zip.finish().ok()?.into_inner())
    }
}

/// Adds a record: type and length in seven bits a byte.
fn put(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    let low = |number: usize| u8::try_from(number & 0x7F).unwrap_or(0);
    let kind = usize::from(kind);
    match kind {
        0..0x80 => out.push(low(kind)),
        _ => out.extend([low(kind) | 0x80, low(kind >> 7)]),
    }
    let mut length = body.len();
    while length >= 0x80 {
        out.push(low(length) | 0x80);
        length >>= 7;
    }
    out.push(low(length));
    out.extend(body);
}

/// A counted text.
fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = u32::try_from(units.len()).unwrap_or(0);
    let mut out = count.to_le_bytes().to_vec();
    out.extend(units.into_iter().flat_map(u16::to_le_bytes));
    out
}
