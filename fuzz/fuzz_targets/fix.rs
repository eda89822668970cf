//! Whole filings of any parts: reviewed, marked, read again, marked again.
#![no_main]

use std::collections::BTreeSet;

use gouji::mark::{self, Filling, Marked};
use gouji::patch;
use gouji::read::{Limits, read};
use gouji::review::{Options, Review, review_workbook};
use gouji::workbook::{FileKind, Workbook};
use gouji_fuzz::{compare, grid, package};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let limits = Limits::default();
    let bytes = package::workbook(data);
    let Ok(before) = read(&bytes, &limits) else {
        return;
    };
    let kind = before.traits.kind;
    let Some(marked) = marked(&bytes, before.clone()) else {
        return;
    };
    let after = read(&marked.bytes, &limits).expect("readable when marked");
    if kind == FileKind::Xlsx && patch::our_sheets(&bytes, &limits).is_ok_and(|ours| ours.is_empty()) {
        let edited = marked.changes.iter().map(|change| (change.cell.sheet, change.cell.at));
        let edited: BTreeSet<_> = edited.map(|(sheet, at)| {
            let area = before.sheets[sheet].merge_at(at);
            (sheet, area.map_or(at, |area| area.first))
        }).collect();
        compare::rest_is_kept(&before, &after, &edited);
    }
    // What was filled in stays: a second run finds nothing to fill.
    let again = self::marked(&marked.bytes, after.clone()).expect("what was marked can be marked");
    let again = read(&again.bytes, &limits).expect("readable when marked twice");
    assert_eq!(again.sheets.len(), after.sheets.len());
});

fn marked(bytes: &[u8], workbook: Workbook) -> Option<Marked> {
    let options = Options::default();
    let catalog = grid::catalog();
    let review = review_workbook(catalog, workbook, Some("甲.xlsx"), &options);
    let Review::Checked(checked) = &review else {
        return None;
    };
    mark::mark(
        catalog,
        checked,
        bytes,
        Some("甲.xlsx"),
        &options,
        Filling::default(),
        "2024-01-01 00:00",
    )
    .ok()
}
