//! Small workbooks, edits, and what came out of them.

use std::io::{Cursor, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use gouji::patch::{Edit, NewValue, Patch, PatchError, Patched, Rgb, patch, unmarked};
use gouji::read::{Limits, read};
use gouji::workbook::{Addr, Workbook};
use zip::ZipArchive;

use crate::support::{MAIN, Package, links, shown};

pub(crate) const RED: Rgb = [0xFF, 0xC7, 0xCE];
pub(crate) const RELATIONS: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A cell by its name on screen.
pub(crate) fn at(name: &str) -> Addr {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let col = name[..letters]
        .bytes()
        .fold(0, |col, letter| col * 26 + u32::from(letter - b'A') + 1);
    Addr::new(name[letters..].parse::<u32>().unwrap() - 1, col - 1)
}

/// An edit of the first sheet.
pub(crate) fn edit(cell: &str) -> Edit {
    Edit {
        at: at(cell),
        ..Edit::default()
    }
}

pub(crate) fn number(cell: &str, number: &str) -> Edit {
    let value = number.parse().unwrap();
    let value = Some(NewValue::Number {
        value,
        formula: None,
    });
    Edit {
        value,
        ..edit(cell)
    }
}

pub(crate) fn formula(cell: &str, number: &str, formula: &str) -> Edit {
    let value = Some(NewValue::Number {
        value: number.parse().unwrap(),
        formula: Some(formula.to_owned()),
    });
    Edit {
        value,
        ..edit(cell)
    }
}

pub(crate) fn cached(cell: &str, number: &str) -> Edit {
    let value = Some(NewValue::Cached(number.parse().unwrap()));
    Edit {
        value,
        ..edit(cell)
    }
}

pub(crate) fn text(cell: &str, text: &str) -> Edit {
    let value = Some(NewValue::Text(text.to_owned()));
    Edit {
        value,
        ..edit(cell)
    }
}

pub(crate) fn fill(cell: &str, rgb: Rgb) -> Edit {
    let fill = Some(rgb);
    Edit { fill, ..edit(cell) }
}

pub(crate) fn note(cell: &str, note: &str) -> Edit {
    let note = Some(note.to_owned());
    Edit { note, ..edit(cell) }
}

pub(crate) fn on(sheet: usize, edit: Edit) -> Edit {
    Edit { sheet, ..edit }
}

pub(crate) fn run(bytes: &[u8], edits: &[Edit]) -> Result<Patched, PatchError> {
    let edits = edits.to_vec();
    let sheets = None;
    patch(
        bytes,
        &Patch {
            edits,
            sheets,
            ..Patch::default()
        },
        &Limits::default(),
    )
}

/// What comes of work that ends; what grows with the square of the input would not.
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    const PATIENCE: Duration = Duration::from_secs(600);
    let (done, result) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = done.send(work());
    });
    match result.recv_timeout(PATIENCE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end"),
        // The reason is that of the work.
        Err(mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Err(reason) => std::panic::resume_unwind(reason),
            Ok(()) => unreachable!("it has sent"),
        },
        Ok(result) => result,
    }
}

/// The patched file.
pub(crate) fn done(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    run(bytes, edits).unwrap().bytes
}

pub(crate) fn clean(bytes: &[u8]) -> Vec<u8> {
    unmarked(bytes, &Limits::default()).unwrap()
}

/// Sheet data edited; the sheet's text before and after.
pub(crate) fn rows(rows: &str, edits: &[Edit]) -> String {
    sheet_of(&done(&Package::of(rows).zip(), edits))
}

pub(crate) fn sheet_of(bytes: &[u8]) -> String {
    part(bytes, "xl/worksheets/sheet1.xml")
}

/// One sheet with these elements.
pub(crate) fn worksheet(inside: &str) -> Package {
    Package::sheet(&format!(
        "<worksheet xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">{inside}</worksheet>"
    ))
}

/// With further parts that the workbook refers to: kind, name, text.
pub(crate) fn linked(package: Package, parts: &[(&str, &str, &str)]) -> Package {
    let mut all = vec![("r1".to_owned(), "worksheet", "worksheets/sheet1.xml")];
    for (index, (kind, name, _)) in parts.iter().enumerate() {
        all.push((format!("r{}", index + 2), kind, name));
    }
    let all: Vec<_> = all
        .iter()
        .map(|(id, kind, name)| (id.as_str(), *kind, *name))
        .collect();
    let package = package.with("xl/_rels/workbook.xml.rels", links(&all));
    parts.iter().fold(package, |package, (_, name, text)| {
        package.with(&format!("xl/{name}"), text)
    })
}

/// A style sheet with these lists.
pub(crate) fn styles(inside: &str) -> String {
    format!("<styleSheet xmlns=\"{MAIN}\">{inside}</styleSheet>")
}

pub(crate) fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap_or_else(|_| panic!("no {name}"))
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// The entries as they are stored: name and everything that the directory says, packed bytes.
pub(crate) fn raw(bytes: &[u8]) -> Vec<(String, String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index_raw(index).unwrap();
            let mut packed = Vec::new();
            entry.read_to_end(&mut packed).unwrap();
            let facts = format!(
                "{:?} {} {} {:?} {:?}",
                entry.compression(),
                entry.crc32(),
                entry.size(),
                entry.last_modified(),
                entry.unix_mode(),
            );
            (entry.name().unwrap().into_owned(), facts, packed)
        })
        .collect()
}

/// The names of entries that are not stored as before: changed, gone or new.
pub(crate) fn changed(before: &[u8], after: &[u8]) -> Vec<String> {
    let (before, after) = (raw(before), raw(after));
    let mut names: Vec<String> = before
        .iter()
        .filter(|entry| !after.contains(entry))
        .map(|entry| entry.0.clone())
        .collect();
    let is_new = |name: &String| before.iter().all(|entry| entry.0 != *name);
    names.extend(after.iter().map(|entry| entry.0.clone()).filter(is_new));
    let order = |entries: &[(String, String, Vec<u8>)], others: &[(String, String, Vec<u8>)]| {
        let names = entries.iter().map(|entry| entry.0.clone());
        names
            .filter(|name| others.iter().any(|other| other.0 == *name))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        order(&before, &after),
        order(&after, &before),
        "the order of entries"
    );
    names
}

pub(crate) fn book(bytes: &[u8]) -> Workbook {
    read(bytes, &Limits::default()).unwrap()
}

/// What our reader finds in a cell of the first sheet; nothing for a blank one.
pub(crate) fn get(bytes: &[u8], cell: &str) -> String {
    book(bytes).sheets[0]
        .cell(at(cell))
        .map_or_else(String::new, shown)
}

/// The attribute of the cell's element.
pub(crate) fn attribute(sheet: &str, cell: &str, name: &str) -> Option<String> {
    let behind = sheet
        .split_once(&format!("r=\"{cell}\""))
        .or_else(|| sheet.split_once(&format!("r='{cell}'")))?;
    let from = behind.0.rfind('<')?;
    let tag = sheet[from..].split('>').next()?;
    let value = tag.split_once(&format!(" {name}=\""))?.1;
    Some(value.split('"').next()?.to_owned())
}

/// The names of entries that hold something else than before, are gone or new; how they are
/// packed does not matter.
pub(crate) fn differing(before: &[u8], after: &[u8]) -> Vec<String> {
    let sums = |bytes: &[u8]| {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        (0..archive.len())
            .map(|index| {
                let entry = archive.by_index_raw(index).unwrap();
                let name = entry.name().unwrap().into_owned();
                (name, (entry.crc32(), entry.size()))
            })
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let (old, new) = (sums(before), sums(after));
    let mut names = changed(before, after);
    names.retain(|name| old.get(name) != new.get(name));
    names
}
