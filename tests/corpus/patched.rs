//! The patcher: a few edits of every workbook that can be patched, read back and compared.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};

use gouji::contain::caught;
use gouji::patch::{Edit, NewValue, Patch, PatchError, patch, unmarked};
use gouji::read::{Limits, read};
use gouji::workbook::{Addr, Cell, FileKind, Sheet, Value, Workbook};
use gouji::xml::{Event, Reader};
use zip::ZipArchive;

use crate::{each, timed};

/// Roots of the parts that may be written anew; all others stay as they are stored.
const TOUCHED: [&str; 8] = [
    "Types",
    "Relationships",
    "workbook",
    "styleSheet",
    "worksheet",
    "calcChain",
    "comments",
    "xml",
];

#[test]
#[ignore = "needs a folder of workbooks: GOUJI_CORPUS"]
fn what_is_read_is_in_order() {
    each(|path| {
        let bytes = fs::read(path).unwrap();
        let found = timed("reading", || caught(|| read(&bytes, &Limits::default())))?;
        let Ok(workbook) = found.map_err(|_| "reading panicked")? else {
            return Ok(());
        };
        for sheet in &workbook.sheets {
            in_order(&workbook, sheet).map_err(|what| format!("{}: {what}", sheet.name))?;
        }
        Ok(())
    });
}

/// What the model promises of a sheet.
fn in_order(workbook: &Workbook, sheet: &Sheet) -> Result<(), String> {
    if !sheet.cells.is_sorted_by(|a, b| a.at < b.at) {
        return Err("cells are not ascending".to_owned());
    }
    for cell in &sheet.cells {
        if !on_sheet(cell.at) {
            return Err(format!("{} is outside", cell.at));
        }
        if workbook.formats.get(usize::from(cell.format)).is_none() {
            return Err(format!("{} has no format", cell.at));
        }
    }
    for area in &sheet.merges {
        let turned = area.first.row > area.last.row || area.first.col > area.last.col;
        if turned || area.first == area.last || !on_sheet(area.last) {
            return Err(format!("{area} is merged"));
        }
    }
    Ok(())
}

const fn on_sheet(at: Addr) -> bool {
    at.row < 1 << 20 && at.col < 1 << 14
}

#[test]
#[ignore = "needs a folder of workbooks: GOUJI_CORPUS"]
fn edits_arrive_and_nothing_else_changes() {
    let sheets = new_sheets();
    each(|path| {
        let bytes = fs::read(path).unwrap();
        let limits = Limits::default();
        let Ok(Ok(before)) = caught(|| read(&bytes, &limits)) else {
            return Ok(());
        };
        // Where there is no sheet, there is nothing to mark, and the last sheet is never taken out.
        if before.traits.kind != FileKind::Xlsx || before.sheets.is_empty() {
            return Ok(());
        }
        let edits = edits(&before);
        let plan = Patch {
            edits: edits.clone(),
            sheets: Some(sheets.clone()),
            ..Patch::default()
        };
        let made = timed("patching", || caught(|| patch(&bytes, &plan, &limits)))?;
        let made = match made.map_err(|_| "patching panicked")? {
            Ok(made) => made.bytes,
            Err(error @ (PatchError::Write(_) | PatchError::NewSheets(_))) => {
                return Err(format!("not patched: {error}"));
            }
            Err(_) => return Ok(()),
        };
        let ours = before.sheets.len();
        let after = read(&made, &limits).map_err(|error| format!("copy: {error}"))?;
        untouched(&bytes, &made)?;
        if after.sheets.len() != ours + 1 || after.sheets[ours].cells.len() != 2 {
            return Err("the new sheet is not there".to_owned());
        }
        same(&before, &after, &edits)?;

        let back = caught(|| unmarked(&made, &limits)).map_err(|_| "unmarking panicked")?;
        let back = back.map_err(|error| format!("marks stay: {error}"))?;
        untouched(&bytes, &back)?;
        let clean = read(&back, &limits).map_err(|error| format!("without marks: {error}"))?;
        if clean.sheets.len() != ours {
            return Err("the new sheet stays".to_owned());
        }
        same(&before, &clean, &edits)?;
        let again = caught(|| patch(&made, &plan, &limits)).map_err(|_| "patching panicked")?;
        let again = again.map_err(|error| format!("not patched again: {error}"))?;
        let again = read(&again.bytes, &limits).map_err(|error| format!("second: {error}"))?;
        if again.sheets.len() != ours + 1 {
            return Err("sheets are added twice".to_owned());
        }
        same(&before, &again, &edits)
    });
}

/// One sheet with a number and a text.
#[allow(clippy::disallowed_types, reason = "sheets to be added are made anew")]
fn new_sheets() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("清单").unwrap();
    let bold = rust_xlsxwriter::Format::new().set_bold();
    sheet.write_with_format(0, 0, "=清单", &bold).unwrap();
    sheet.write(1, 0, 0.5).unwrap();
    book.save_to_buffer().unwrap()
}

/// A number over a number, a text into a blank cell, a colour and a note, on three sheets.
fn edits(workbook: &Workbook) -> Vec<Edit> {
    let filled = |index: &usize| !workbook.sheets[*index].cells.is_empty();
    let sheets: Vec<usize> = (0..workbook.sheets.len()).filter(filled).collect();
    let Some(last) = sheets.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut chosen = vec![sheets[0], sheets[last / 2], sheets[last]];
    chosen.dedup();
    let mut edits = Vec::new();
    for sheet in chosen {
        let cells = &workbook.sheets[sheet].cells;
        let typed = cells.iter().find(|cell| cell.formula.is_none());
        let number =
            |cell: &&Cell| matches!(cell.value, Value::Number(_)) && cell.formula.is_none();
        if let Some(at) = cells.iter().find(number).or(typed).map(|cell| cell.at) {
            let value = Some(NewValue::Number {
                value: "1234.5".parse().unwrap(),
                formula: None,
            });
            let fill = Some([0xFF, 0xC7, 0xCE]);
            edits.push(Edit {
                sheet,
                at,
                value,
                fill,
                ..Edit::default()
            });
        }
        let end = cells[cells.len() - 1].at;
        let below = Addr::new((end.row + 1).min((1 << 20) - 1), end.col);
        if workbook.sheets[sheet].cell(below).is_none() {
            let value = Some(NewValue::Text("=1<2&\"\"".to_owned()));
            edits.push(Edit {
                sheet,
                at: below,
                value,
                ..Edit::default()
            });
        }
        let note = Some("应为 1,234.50".to_owned());
        let at = cells[cells.len() / 2].at;
        edits.push(Edit {
            sheet,
            at,
            note,
            ..Edit::default()
        });
    }
    edits
}

/// What every cell holds, by sheet.
fn cells(workbook: &Workbook, sheets: usize) -> BTreeMap<(usize, Addr), (Value, bool)> {
    let all = workbook.sheets.iter().take(sheets).enumerate();
    let cells = all.flat_map(|(index, sheet)| sheet.cells.iter().map(move |cell| (index, cell)));
    cells
        .map(|(index, cell)| {
            (
                (index, cell.at),
                (cell.value.clone(), cell.formula.is_some()),
            )
        })
        .collect()
}

/// The edits are there, and nothing else has changed.
fn same(before: &Workbook, after: &Workbook, edits: &[Edit]) -> Result<(), String> {
    let sheets = before.sheets.len();
    let mut wanted = cells(before, sheets);
    for edit in edits {
        let sheet = &before.sheets[edit.sheet];
        let at = sheet.merge_at(edit.at).map_or(edit.at, |area| area.first);
        let value = match &edit.value {
            Some(NewValue::Number { value, .. }) => Value::Number(value.normalize()),
            Some(NewValue::Text(text)) => Value::Text(text.as_str().into()),
            _ => continue,
        };
        wanted.insert((edit.sheet, at), (value, false));
    }
    let found = cells(after, sheets);
    for (place, (value, formula)) in &found {
        let was = wanted.remove(place);
        // A formula that depends on an edit waits to be calculated.
        let waits = *formula && *value == Value::Blank && was.as_ref().is_some_and(|was| was.1);
        if was != Some((value.clone(), *formula)) && !waits {
            let name = &before.sheets[place.0].name;
            return Err(format!("{name}!{} is {value:?}, not {was:?}", place.1));
        }
    }
    if let Some(((sheet, at), was)) = wanted.first_key_value() {
        let name = &before.sheets[*sheet].name;
        return Err(format!("{name}!{at} is gone: {was:?}"));
    }
    for (old, new) in before.sheets.iter().zip(&after.sheets) {
        let facts = |sheet: &Sheet| {
            let hidden = (sheet.hidden_rows.clone(), sheet.hidden_columns.clone());
            (
                sheet.name.clone(),
                sheet.visible,
                sheet.merges.clone(),
                hidden,
            )
        };
        if facts(old) != facts(new) {
            return Err(format!("{} is another sheet", old.name));
        }
    }
    Ok(())
}

/// An entry: what the directory says of it, and its bytes as stored.
type Stored = (String, Vec<u8>);

fn stored(bytes: &[u8]) -> BTreeMap<String, Stored> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index_raw(index).unwrap();
            let mut packed = Vec::new();
            entry.read_to_end(&mut packed).unwrap();
            let (method, sum, size) = (entry.compression(), entry.crc32(), entry.size());
            let facts = format!("{method:?} {sum} {size}");
            (entry.name().unwrap().into_owned(), (facts, packed))
        })
        .collect()
}

/// All entries but those that hold what is written are as they were, and those are sound where
/// they were before.
fn untouched(before: &[u8], after: &[u8]) -> Result<(), String> {
    let (old, new) = (stored(before), stored(after));
    for name in old.keys().chain(new.keys()) {
        if old.get(name) == new.get(name) {
            continue;
        }
        let (was, is) = (root(before, name), root(after, name));
        match was.as_ref().or(is.as_ref()) {
            Some(root) if !TOUCHED.contains(&root.as_str()) => {
                return Err(format!("{name} ({root}) is changed"));
            }
            _ if is.is_none()
                && new.contains_key(name)
                && was.is_some() == old.contains_key(name) =>
            {
                return Err(format!("{name} is not sound"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The name of the root of an entry, if all of it is XML.
fn root(bytes: &[u8], name: &str) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut text = String::new();
    archive.by_name(name).ok()?.read_to_string(&mut text).ok()?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let mut xml = Reader::new(text, Limits::default().xml_depth, &[]);
    let mut root = None;
    loop {
        match xml.next().ok()? {
            Event::Eof => return root,
            Event::Start(name) if root.is_none() => {
                root = name.rsplit(':').next().map(str::to_owned);
            }
            _ => {}
        }
    }
}
