//! Any cells: recognised, located, extracted, checked, reported; at times written anew, too.
#![no_main]

use std::collections::BTreeSet;

use gouji::lang::Lang;
use gouji::mark::{self, Filling};
use gouji::read::{Limits, read};
use gouji::report::{drawing, inspection, json, printable, text};
use gouji::review::{Checked, Options, Review, review_workbook};
use gouji::workbook::{FileKind, Workbook};
use gouji_fuzz::moved::{self, Move};
use gouji_fuzz::{compare, grid};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let built = grid::build(data);
    let catalog = grid::catalog();
    let choice = usize::from(built.choice);
    let options = Options {
        form: catalog.forms.get(choice % 4).map(|form| form.id.clone()),
        lang: [Lang::Zh, Lang::En][choice / 4 % 2],
        ..Options::default()
    };
    let mut workbook = built.workbook;
    // What takes long is done for some inputs only.
    let (again, rewritten) = (choice / 64 == 3, choice / 8 % 8 == 7);
    if choice / 32 == 5 {
        found_elsewhere_too(&workbook, choice % 32, &options);
    }
    if rewritten {
        workbook.traits.kind = FileKind::Ods;
    }
    let review = review_workbook(catalog, workbook.clone(), Some("甲.xlsx"), &options);
    let told = text::file("甲.xlsx", &review, options.lang);
    for line in told.lines() {
        let plain = without_styles(line);
        assert_eq!(printable(&plain), plain, "control characters get out");
    }
    let file = json::file("甲.xlsx", &review, options.lang);
    serde_json::to_string(&file).expect("findings are JSON");
    let Review::Checked(checked) = &review else {
        return;
    };
    for finding in &checked.report.findings {
        let cell = finding.cell.into_iter();
        for cell in cell.chain(finding.related.iter().map(|related| related.cell)) {
            assert!(cell.sheet < checked.workbook.sheets.len());
        }
    }
    inspection::file("甲.xlsx", checked, options.lang);
    drawing::drawings(checked);
    if again {
        let again = review_workbook(catalog, workbook, Some("甲.xlsx"), &options);
        assert_eq!(told, text::file("甲.xlsx", &again, options.lang));
    }
    if rewritten {
        write_anew(checked, &options);
    }
});

fn without_styles(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = behind.split_once('m').map_or("", |split| split.1);
    }
    plain + rest
}

/// Where everything stands further down or to the right, or behind a blank sheet, the same is found.
fn found_elsewhere_too(workbook: &Workbook, choice: usize, options: &Options) {
    let Some(here) = moved::movable(workbook) else {
        return;
    };
    let by = Move::of(choice);
    let there = by.workbook(&here);
    let found = |workbook, by| {
        let review = review_workbook(grid::catalog(), workbook, Some("甲.xlsx"), options);
        moved::told(&review, by)
    };
    let stay = Move {
        rows: 0,
        columns: 0,
        sheets: 0,
    };
    assert_eq!(found(here, by), found(there, stay), "{by:?}");
}

/// What is written anew reads back with the values that it had. What no such workbook can hold
/// may be refused.
fn write_anew(checked: &Checked<'_>, options: &Options) {
    let catalog = grid::catalog();
    let filling = Filling::default();
    let Ok(marked) = mark::mark(
        catalog,
        checked,
        &[],
        None,
        options,
        filling,
        "2024-01-01 00:00",
    ) else {
        return;
    };
    let Ok(after) = read(&marked.bytes, &Limits::default()) else {
        panic!("what was written cannot be read");
    };
    let edited: BTreeSet<_> = marked
        .changes
        .iter()
        .map(|change| (change.cell.sheet, change.cell.at))
        .collect();
    if checked
        .workbook
        .sheets
        .iter()
        .any(|sheet| gouji::reasons::Added::of(sheet).is_some())
    {
        return;
    }
    for (index, (old, new)) in checked
        .workbook
        .sheets
        .iter()
        .zip(&after.sheets)
        .enumerate()
    {
        assert_eq!(old.name, new.name);
        for cell in &old.cells {
            if edited.contains(&(index, cell.at)) || cell.formula.is_some() {
                continue;
            }
            if let gouji::workbook::Value::Text(_) = cell.value {
                let covered = old
                    .merge_at(cell.at)
                    .is_some_and(|area| area.first != cell.at);
                if !covered {
                    let (was, is) = (
                        compare::shown(Some(cell)),
                        compare::shown(new.cell(cell.at)),
                    );
                    assert_eq!(was, is, "{}!{}", old.name, cell.at);
                }
            }
        }
    }
}
