//! How the time of a patch grows with the sheet: for eight times the rows.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_types
)]

use divan::{Bencher, black_box};
use gouji::patch::{Edit, NewValue, Patch, patch};
use gouji::read::Limits;
use gouji::workbook::Addr;
use rust_xlsxwriter::{Formula, Workbook};

fn main() {
    divan::main();
}

const ROWS: &[u32] = &[5_000, 40_000];

/// A number in A1, and formulas below it that all depend on it.
fn sheet(rows: u32) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, 1).unwrap();
    for row in 1..rows {
        let formula = Formula::new("=$A$1+1").set_result("2");
        sheet.write(row, 1, formula).unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// One cell changed, and coloured.
#[divan::bench(args = ROWS)]
fn one_cell(bencher: Bencher<'_, '_>, rows: u32) {
    let bytes = sheet(rows);
    let edit = Edit {
        at: Addr::new(0, 0),
        value: Some(NewValue::Number {
            value: 5.into(),
            formula: None,
        }),
        fill: Some([0xFF, 0xC7, 0xCE]),
        ..Edit::default()
    };
    let change = Patch {
        edits: vec![edit],
        ..Patch::default()
    };
    bencher.bench(|| black_box(patch(&bytes, &change, &Limits::default()).unwrap()));
}

/// Every row coloured.
#[divan::bench(args = ROWS)]
fn every_row(bencher: Bencher<'_, '_>, rows: u32) {
    let bytes = sheet(rows);
    let edits = (0..rows).map(|row| Edit {
        at: Addr::new(row, 1),
        fill: Some([0xFF, 0xC7, 0xCE]),
        ..Edit::default()
    });
    let change = Patch {
        edits: edits.collect(),
        ..Patch::default()
    };
    bencher.bench(|| black_box(patch(&bytes, &change, &Limits::default()).unwrap()));
}
