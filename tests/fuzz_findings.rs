//! Workbooks that fuzzing found a fault with, once: checked and written back.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
#![allow(clippy::disallowed_types, reason = "a sheet to be added")]

use std::fs;
use std::sync::Arc;

use gouji::catalog::Catalog;
use gouji::mark::{Filling, MarkError, mark};
use gouji::patch::{Edit, NewValue, Patch, patch, unmarked};
use gouji::read::{Limits, ReadError, read};
use gouji::review::{Options, Review, review};
use gouji::workbook::{Addr, Value};
use rust_xlsxwriter::Workbook;

/// What is written into each, whatever it is: a cell of one sheet, and a sheet of ours.
fn edits(sheet: usize) -> Patch {
    let mut ours = Workbook::new();
    let added = ours.add_worksheet().set_name("差异清单").unwrap();
    added.write(0, 0, "甲").unwrap();
    let text = Edit {
        sheet,
        value: Some(NewValue::Text("甲".to_owned())),
        fill: Some([0xFF, 0xC7, 0xCE]),
        note: Some("乙".to_owned()),
        number_format: Some("0.0%".to_owned()),
        ..Edit::default()
    };
    Patch {
        edits: vec![text],
        sheets: Some(ours.save_to_buffer().unwrap()),
        ..Patch::default()
    }
}

/// The number formats of all cells but the edited ones, where they stand.
fn codes(workbook: &gouji::workbook::Workbook) -> Vec<(String, Addr, Arc<str>)> {
    let sheets = workbook.sheets.iter();
    let cells = sheets.flat_map(|sheet| sheet.cells.iter().map(|cell| (&sheet.name, cell)));
    cells
        .filter(|(name, cell)| cell.at != Addr::new(0, 0) && &***name != "差异清单")
        .map(|(name, cell)| {
            let format = &workbook.formats[usize::from(cell.format)];
            (name.clone(), cell.at, Arc::clone(&format.code))
        })
        .collect()
}

/// How many sheets the copy of a copy has.
fn marked_again(catalog: &Catalog, copy: &[u8]) -> usize {
    let options = Options::default();
    let Review::Checked(checked) = review(catalog, copy, None, &options) else {
        panic!("a copy is not known again");
    };
    let again = mark(catalog, &checked, copy, None, &options, Filling::All, "").unwrap();
    read(&again.bytes, &Limits::default()).unwrap().sheets.len()
}

#[test]
fn what_fuzzing_found_is_checked_and_written_back_or_refused() {
    let catalog = Catalog::embedded().unwrap();
    let (options, limits) = (Options::default(), Limits::default());
    let edits = [edits(0), edits(1)];
    let mut files = 0;
    for entry in fs::read_dir("fixtures/hostile/fuzz").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "md") {
            continue;
        }
        files += 1;
        let shown = path.display();
        let bytes = fs::read(&path).unwrap();
        let before = read(&bytes, &limits);
        for edits in &edits {
            let Ok(patched) = patch(&bytes, edits, &limits) else {
                continue;
            };
            assert!(unmarked(&patched.bytes, &limits).is_ok(), "{shown}");
            if let Ok(before) = &before {
                let after = read(&patched.bytes, &limits);
                assert_eq!(codes(before), codes(&after.unwrap()), "{shown}");
                let again = patch(&patched.bytes, edits, &limits).unwrap();
                assert!(read(&again.bytes, &limits).is_ok(), "{shown}, again");
            }
        }
        match review(&catalog, &bytes, None, &options) {
            Review::Unreadable(ReadError::Fault) => panic!("{shown}"),
            Review::Checked(checked) => {
                let marked = mark(&catalog, &checked, &bytes, None, &options, Filling::All, "");
                match marked {
                    Ok(marked) => {
                        let changed = |sheet, at| {
                            let mut cells = marked.changes.iter().map(|change| change.cell);
                            cells.any(|cell| (cell.sheet, cell.at) == (sheet, at))
                        };
                        let after = read(&marked.bytes, &limits).unwrap();
                        let tabs = after.sheets.len();
                        assert_eq!(marked_again(&catalog, &marked.bytes), tabs, "{shown}");
                        for (index, sheet) in before.unwrap().sheets.iter().enumerate() {
                            let kept = sheet.cells.iter().filter(|cell| !changed(index, cell.at));
                            for cell in kept.filter(|cell| cell.formula.is_none()) {
                                let now = after.sheets[index].cell(cell.at);
                                let now = now.map_or(&Value::Blank, |cell| &cell.value);
                                assert_eq!(&cell.value, now, "{shown}: {}", cell.at);
                            }
                        }
                    }
                    Err(error) => assert!(!matches!(error, MarkError::Fault), "{shown}"),
                }
            }
            _ => {}
        }
    }
    assert!(files > 0);
}
