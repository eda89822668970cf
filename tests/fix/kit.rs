//! Workbooks as they are looked at and changed on the way.

use std::collections::BTreeMap;

use gouji::patch::{Edit, NewValue, Patch, patch};
use gouji::read::{Limits, read};
use gouji::reasons::Added;
use gouji::workbook::{Addr, Value, Workbook};

pub(super) fn load(bytes: &[u8]) -> Workbook {
    read(bytes, &Limits::default()).unwrap()
}

pub(super) fn address(cell: &str) -> Addr {
    let letters = cell.bytes().take_while(u8::is_ascii_uppercase).count();
    let column = cell[..letters].bytes().fold(0, |column, letter| {
        column * 26 + u32::from(letter - b'A') + 1
    });
    Addr::new(cell[letters..].parse::<u32>().unwrap() - 1, column - 1)
}

/// The filer's own cells, by sheet name and address.
pub(super) fn cells(bytes: &[u8]) -> BTreeMap<(String, Addr), Value> {
    let sheets = load(bytes).sheets.into_iter();
    sheets
        .filter(|sheet| Added::of(sheet).is_none())
        .flat_map(|sheet| {
            let name = sheet.name;
            let cells = sheet.cells.into_iter();
            cells.map(move |cell| ((name.clone(), cell.at), cell.value))
        })
        .filter(|(_, value)| *value != Value::Blank)
        .collect()
}

pub(super) fn edited(bytes: &[u8], sheet: usize, at: Addr, value: NewValue) -> Vec<u8> {
    let edits = vec![Edit {
        sheet,
        at,
        value: Some(value),
        ..Edit::default()
    }];
    let asked = Patch {
        edits,
        ..Patch::default()
    };
    // As a person would: the marks of the copy stay where they are.
    let marks = load(bytes)
        .sheets
        .iter()
        .any(|sheet| Added::of(sheet).is_some());
    assert!(!marks, "patching takes marks out");
    patch(bytes, &asked, &Limits::default()).unwrap().bytes
}

/// The package with the text of this worksheet part edited.
pub(super) fn with_sheet(bytes: &[u8], number: u32, edit: impl Fn(String) -> String) -> Vec<u8> {
    with_part(bytes, &format!("xl/worksheets/sheet{number}.xml"), edit)
}

/// The package with the text of this part edited.
pub(super) fn with_part(bytes: &[u8], part: &str, edit: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for entry in 0..archive.len() {
        let file = archive.by_index_raw(entry).unwrap();
        let name = file.name().unwrap().into_owned();
        if name != part {
            writer.raw_copy_file(file).unwrap();
            continue;
        }
        drop(file);
        let mut text = String::new();
        let mut file = archive.by_name(&name).unwrap();
        std::io::Read::read_to_string(&mut file, &mut text).unwrap();
        writer
            .start_file(name.as_str(), zip::write::SimpleFileOptions::default())
            .unwrap();
        std::io::Write::write_all(&mut writer, edit(text).as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
