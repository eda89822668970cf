//! Filings with far more rows than any has: time grows as they do.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use gouji::catalog::Catalog;
use gouji::read::{Limits, read};
use gouji::review::{Options, Review, review_workbook};
use gouji::workbook::{Cell, Value, Workbook};

/// A second or two where time grows as the filing; hours where it grows as its square.
const PATIENCE: Duration = Duration::from_secs(600);
const TIMES: u32 = 12_000;

/// The six tables of a filing on one sheet.
fn filing() -> Workbook {
    let bytes = fs::read("fixtures/reference/reference-stacked.xlsx").unwrap();
    read(&bytes, &Limits::default()).unwrap()
}

/// The filing with the row in which `text` stands so many times, from its column `from` on.
fn repeated(text: &str, from: u32) -> Workbook {
    let mut workbook = filing();
    let sheet = &mut workbook.sheets[0];
    let stands = |cell: &&Cell| matches!(&cell.value, Value::Text(found) if found.trim() == text);
    let row = sheet.cells.iter().find(stands).unwrap().at.row;
    let own: Vec<Cell> = sheet.row(row).to_vec();
    let below = |at: u32| at + TIMES * u32::from(at > row);
    for cell in &mut sheet.cells {
        cell.at.row = below(cell.at.row);
    }
    let more = (1..=TIMES).flat_map(|nth| {
        let own = own.iter().filter(|cell| cell.at.col >= from).cloned();
        own.map(move |mut cell| {
            cell.at.row += nth;
            cell
        })
    });
    sheet.cells.extend(more);
    sheet.cells.sort_by_key(|cell| cell.at);
    for area in &mut sheet.merges {
        area.first.row = below(area.first.row);
        area.last.row = below(area.last.row);
    }
    workbook
}

/// How many findings there are, found in time.
fn findings(workbook: Workbook) -> usize {
    let (done, result) = mpsc::channel();
    thread::spawn(move || {
        let catalog = Catalog::embedded().unwrap();
        let review = review_workbook(&catalog, workbook, None, &Options::default());
        let Review::Checked(checked) = review else {
            panic!("not a filing any more");
        };
        let _ = done.send(checked.report.findings.len());
    });
    result.recv_timeout(PATIENCE).unwrap()
}

#[test]
fn heads_may_stand_in_every_row() {
    assert!(findings(repeated("经费控制情况（万元）", 1)) > 0);
}

#[test]
fn figures_without_a_label_may_go_on_and_on() {
    assert!(findings(repeated("……", 0)) > 0);
}

#[test]
fn labels_of_repeated_rows_may_stand_in_every_row() {
    assert!(findings(repeated("3、市级专项资金（一个专项一行）", 0)) > 0);
}

#[test]
fn a_list_of_indicators_may_be_long() {
    assert!(findings(repeated("咨询人次", 0)) > 0);
}
