//! Builds workbooks in memory, whole or hostile.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::io::{Cursor, Write};

use gouji::read::{Limits, ReadError, read};
use gouji::workbook::{Cell, Sheet, Value, Workbook};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
pub(crate) const LINKS: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A package as a list of parts; a later part of a name replaces the earlier.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) parts: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// One sheet 表 with this `sheetData` inside.
    pub(crate) fn of(rows: &str) -> Self {
        Self::sheet(&format!(
            "<worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData></worksheet>"
        ))
    }

    /// One sheet with this text.
    pub(crate) fn sheet(text: &str) -> Self {
        let package = "http://schemas.openxmlformats.org/package/2006";
        let book = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
        Self { parts: Vec::new() }
            .with(
                "[Content_Types].xml",
                format!(
                    "<Types xmlns='{package}/content-types'>\
                     <Override PartName='/xl/workbook.xml' ContentType='{book}'/></Types>"
                ),
            )
            .with(
                "_rels/.rels",
                format!(
                    "<Relationships xmlns='{package}/relationships'><Relationship Id='r1' \
                     Type='{LINKS}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
                ),
            )
            .with(
                "xl/workbook.xml",
                workbook("<sheet name='表' sheetId='1' r:id='r1'/>"),
            )
            .with(
                "xl/_rels/workbook.xml.rels",
                links(&[("r1", "worksheet", "worksheets/sheet1.xml")]),
            )
            .with("xl/worksheets/sheet1.xml", text)
    }

    /// One sheet with these rows as they are typed, digits alone as numbers; and merged areas.
    pub(crate) fn typed(rows: &[Vec<String>], merged: &[&str]) -> Self {
        let mut sheet = String::new();
        for (number, cells) in (1..).zip(rows) {
            write!(sheet, "<row r='{number}'>").unwrap();
            for (letter, text) in ('A'..).zip(cells).filter(|(_, text)| !text.is_empty()) {
                match text.parse::<f64>() {
                    Ok(_) => write!(sheet, "<c r='{letter}{number}'><v>{text}</v></c>"),
                    Err(_) => write!(
                        sheet,
                        "<c r='{letter}{number}' t='inlineStr'><is><t>{text}</t></is></c>"
                    ),
                }
                .unwrap();
            }
            sheet += "</row>";
        }
        let mut areas = String::new();
        for area in merged {
            write!(areas, "<mergeCell ref='{area}'/>").unwrap();
        }
        if !areas.is_empty() {
            areas = format!("<mergeCells>{areas}</mergeCells>");
        }
        Self::sheet(&format!(
            "<worksheet xmlns='{MAIN}'><sheetData>{sheet}</sheetData>{areas}</worksheet>"
        ))
    }

    /// With another part, or another text for one.
    pub(crate) fn with(mut self, name: &str, body: impl AsRef<[u8]>) -> Self {
        self.parts.retain(|part| part.0 != name);
        self.parts.push((name.to_owned(), body.as_ref().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parts.retain(|part| part.0 != name);
        self
    }

    /// With a shared string table of this inside.
    pub(crate) fn strings(self, inner: &str) -> Self {
        self.with(
            "xl/sharedStrings.xml",
            format!("<sst xmlns='{MAIN}'>{inner}</sst>"),
        )
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
            ]),
        )
    }

    pub(crate) fn zip(&self) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, body) in &self.parts {
            writer
                .start_file(name.as_str(), SimpleFileOptions::default())
                .unwrap();
            writer.write_all(body).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    pub(crate) fn read(&self) -> Result<Workbook, ReadError> {
        self.read_within(&Limits::default())
    }

    pub(crate) fn read_within(&self, limits: &Limits) -> Result<Workbook, ReadError> {
        read(&self.zip(), limits)
    }

    /// The only sheet.
    pub(crate) fn only(&self) -> Sheet {
        self.read().unwrap().sheets.remove(0)
    }

    /// The kind of the error.
    pub(crate) fn kind(&self) -> &'static str {
        self.read().map_or_else(|error| error.kind(), |_| "fine")
    }
}

pub(crate) fn workbook(sheets: &str) -> String {
    format!("<workbook xmlns='{MAIN}' xmlns:r='{LINKS}'><sheets>{sheets}</sheets></workbook>")
}

pub(crate) fn links(links: &[(&str, &str, &str)]) -> String {
    let mut text =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
            .to_owned();
    for (id, kind, target) in links {
        text += &format!("<Relationship Id='{id}' Type='{LINKS}/{kind}' Target='{target}'/>");
    }
    text + "</Relationships>"
}

/// The cells as `A1=value`, in their order.
pub(crate) fn listed(sheet: &Sheet) -> Vec<String> {
    sheet
        .cells
        .iter()
        .map(|cell| format!("{}={}", cell.at, shown(cell)))
        .collect()
}

pub(crate) fn shown(cell: &Cell) -> String {
    match &cell.value {
        Value::Blank => String::new(),
        Value::Text(text) => format!("'{text}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Error(error) => error.to_string(),
        Value::Unreadable(text) => format!("?{text}"),
    }
}

/// Rows of a sheet, a line each, with `|` between their cells.
pub(crate) fn rows(lines: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &&str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.iter().map(cells).collect()
}
