//! Workbooks out of parts: the input names and holds parts, and what a package needs besides is
//! put in. Mutations so reach the readers of the parts rather than a checksum.
//!
//! The first byte is the format: `x` .xlsx, `b` .xlsb, `o` .ods, `c` .xls. Then parts follow,
//! each a line `%%name` and its bytes up to the next such line.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::compound;

const MARK: &[u8] = b"%%";
const MOST_PARTS: usize = 32;
const LONGEST_NAME: usize = 80;

/// The parts that the input holds.
pub fn parts(mut data: &[u8]) -> Vec<(&str, &[u8])> {
    let mut found = Vec::new();
    while let Some(rest) = data.strip_prefix(MARK) {
        let line = rest.iter().position(|byte| *byte == b'\n');
        let (name, body) = rest.split_at(line.unwrap_or(rest.len()));
        let body = body.get(1..).unwrap_or_default();
        let end = body.windows(3).position(|three| three == b"\n%%");
        data = end.map_or(&[], |end| &body[end + 1..]);
        let body = &body[..end.unwrap_or(body.len())];
        if let Ok(name) = std::str::from_utf8(name)
            && name.len() <= LONGEST_NAME
            && found.len() < MOST_PARTS
        {
            found.push((name, body));
        }
    }
    found
}

/// Where the workbook of an input is written to, to be looked at or kept as a fixture.
const COPY: &str = "GOUJI_FUZZ_COPY";

/// The workbook that the input stands for.
pub fn workbook(data: &[u8]) -> Vec<u8> {
    let bytes = made(data);
    if let Some(copy) = std::env::var_os(COPY) {
        std::fs::write(copy, &bytes).expect("a place that can be written to");
    }
    bytes
}

fn made(data: &[u8]) -> Vec<u8> {
    let (kind, data) = data.split_first().unwrap_or((&b'x', &[]));
    let parts = parts(data);
    match kind {
        b'c' => {
            let stream = parts.first().map_or(&[][..], |part| part.1);
            compound::wrap("Workbook", stream)
        }
        b'b' => zipped(&parts, &XLSB),
        b'o' => zipped(&parts, &ODS),
        _ => xlsx(&parts),
    }
}

/// An .xlsx with these parts.
pub fn xlsx(parts: &[(&str, &[u8])]) -> Vec<u8> {
    zipped(parts, &XLSX)
}

fn zipped(parts: &[(&str, &[u8])], needed: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let missing = needed
        .iter()
        .filter(|need| parts.iter().all(|part| part.0 != need.0))
        .map(|(name, text)| (*name, text.as_bytes()));
    for (name, body) in missing.chain(parts.iter().copied()) {
        // A second part of the same name is left out.
        if writer.start_file(name, options).is_ok() {
            writer.write_all(body).expect("memory takes all");
        }
    }
    writer.finish().expect("memory takes all").into_inner()
}

macro_rules! office {
    ($rest:literal) => {
        concat!("http://schemas.openxmlformats.org/", $rest)
    };
}

macro_rules! relation {
    ($id:literal, $kind:literal, $target:literal) => {
        concat!(
            "<Relationship Id='",
            $id,
            "' Type='",
            office!("officeDocument/2006/relationships/"),
            $kind,
            "' Target='",
            $target,
            "'/>"
        )
    };
}

macro_rules! relations {
    ($($relation:expr),*) => {
        concat!("<Relationships xmlns='", office!("package/2006/relationships"), "'>", $($relation,)* "</Relationships>")
    };
}

macro_rules! types {
    ($part:literal, $kind:literal) => {
        concat!(
            "<Types xmlns='",
            office!("package/2006/content-types"),
            "'><Override PartName='/",
            $part,
            "' ContentType='",
            $kind,
            "'/></Types>"
        )
    };
}

const XLSX: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        types!(
            "xl/workbook.xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        ),
    ),
    (
        "_rels/.rels",
        relations!(relation!("r1", "officeDocument", "xl/workbook.xml")),
    ),
    (
        "xl/workbook.xml",
        concat!(
            "<workbook xmlns='",
            office!("spreadsheetml/2006/main"),
            "' xmlns:r='",
            office!("officeDocument/2006/relationships"),
            "'><sheets><sheet name='1' sheetId='1' r:id='rId1'/><sheet name='2' sheetId='2' r:id='rId2'/></sheets></workbook>"
        ),
    ),
    (
        "xl/_rels/workbook.xml.rels",
        relations!(
            relation!("rId1", "worksheet", "worksheets/sheet1.xml"),
            relation!("rId2", "worksheet", "worksheets/sheet2.xml"),
            relation!("rId3", "styles", "styles.xml"),
            relation!("rId4", "sharedStrings", "sharedStrings.xml")
        ),
    ),
    (
        "xl/styles.xml",
        concat!(
            "<styleSheet xmlns='",
            office!("spreadsheetml/2006/main"),
            "'/>"
        ),
    ),
];

const XLSB: [(&str, &str); 3] = [
    (
        "[Content_Types].xml",
        types!(
            "xl/workbook.bin",
            "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
        ),
    ),
    (
        "_rels/.rels",
        relations!(relation!("r1", "officeDocument", "xl/workbook.bin")),
    ),
    (
        "xl/_rels/workbook.bin.rels",
        relations!(
            relation!("rId1", "worksheet", "worksheets/sheet1.bin"),
            relation!("rId2", "worksheet", "worksheets/sheet2.bin"),
            relation!("rId3", "styles", "styles.bin"),
            relation!("rId4", "sharedStrings", "sharedStrings.bin")
        ),
    ),
];

const ODS: [(&str, &str); 1] = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet")];
