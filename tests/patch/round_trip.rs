//! Whole workbooks patched, read back by two readers, and put back as they were.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use calamine::{Data, Reader, Xlsx};
use gouji::patch::{Edit, NewValue, Patch, patch};
use gouji::read::Limits;
use gouji::workbook::{Addr, Value};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::kit::{RED, book, changed, clean, part};
use crate::support::shown;

/// What a reader finds: sheet and cell, value, formula, number format.
type Cells = BTreeMap<(usize, Addr), (String, Option<String>, String)>;

fn cells(bytes: &[u8]) -> Cells {
    let book = book(bytes);
    let mut cells = Cells::new();
    for (index, sheet) in book.sheets.iter().enumerate() {
        for cell in &sheet.cells {
            let format = book.formats[usize::from(cell.format)].code.to_string();
            let formula = cell.formula.as_deref().map(str::to_owned);
            cells.insert((index, cell.at), (shown(cell), formula, format));
        }
    }
    cells
}

/// The values by calamine.
fn others(bytes: &[u8]) -> BTreeMap<(usize, Addr), String> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let mut found = BTreeMap::new();
    for (index, (_, range)) in book.worksheets().into_iter().enumerate() {
        let (row, col) = range.start().unwrap_or((0, 0));
        for (r, c, data) in range.used_cells() {
            let at = Addr::new(
                row + u32::try_from(r).unwrap(),
                col + u32::try_from(c).unwrap(),
            );
            if !matches!(data, Data::Empty) {
                found.insert((index, at), data.to_string());
            }
        }
    }
    found
}

fn fixtures() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["fixtures/reference", "fixtures/layouts", "fixtures/formats"] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|kind| kind == "xlsx" || kind == "xlsm")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn one(sheet: usize, at: Addr, value: Option<NewValue>) -> Edit {
    Edit {
        sheet,
        at,
        value,
        fill: Some(RED),
        note: Some("应为 1,234.50".to_owned()),
        ..Edit::default()
    }
}

#[test]
fn the_reference_filing_comes_back_with_the_edits_and_nothing_else() {
    let bytes = fs::read("fixtures/reference/reference-sheets.xlsx").unwrap();
    let before = cells(&bytes);
    let amount = before
        .iter()
        .find(|cell| cell.1.0.parse::<f64>().is_ok())
        .unwrap();
    let (sheet, at) = *amount.0;
    let blank = Addr::new(60, 3);
    let number = |text: &str| {
        Some(NewValue::Number {
            value: text.parse().unwrap(),
            formula: None,
        })
    };
    let edits = vec![
        one(sheet, at, number("1234.5")),
        one(2, blank, Some(NewValue::Text("=新".to_owned()))),
    ];
    let patched = patch(
        &bytes,
        &Patch {
            edits,
            ..Patch::default()
        },
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(patched.warnings, []);

    let mut wanted = before.clone();
    wanted.get_mut(&(sheet, at)).unwrap().0 = "1234.5".to_owned();
    wanted.insert((2, blank), ("'=新".to_owned(), None, "General".to_owned()));
    assert_eq!(cells(&patched.bytes), wanted);
    let (mut ours, theirs) = (others(&bytes), others(&patched.bytes));
    ours.insert((sheet, at), "1234.5".to_owned());
    ours.insert((2, blank), "=新".to_owned());
    assert_eq!(ours, theirs);

    let names = changed(&bytes, &patched.bytes);
    for name in [
        "docProps/app.xml",
        "docProps/core.xml",
        "xl/theme/theme1.xml",
        "xl/worksheets/sheet2.xml",
        "_rels/.rels",
    ] {
        assert!(!names.contains(&name.to_owned()), "{name}");
    }

    // Without the marks the values stay, and so does all else.
    let back = clean(&patched.bytes);
    assert_eq!(cells(&back), wanted);
    let sheet = part(&back, "xl/worksheets/sheet1.xml").replace("<v>1234.5</v>", "");
    let original = part(&bytes, "xl/worksheets/sheet1.xml");
    assert_eq!(
        sheet.matches(" s=").count(),
        original.matches(" s=").count()
    );
    assert_eq!(clean(&back), back);
}

#[test]
fn marks_alone_leave_no_trace_in_any_fixture() {
    for file in fixtures() {
        let bytes = fs::read(&file).unwrap();
        let places: Vec<_> = cells(&bytes).keys().copied().collect();
        let edits: Vec<Edit> = places
            .iter()
            .step_by(7)
            .map(|&(sheet, at)| one(sheet, at, None))
            .collect();
        let plan = Patch {
            edits,
            ..Patch::default()
        };
        let marked = patch(&bytes, &plan, &Limits::default()).unwrap().bytes;
        assert_eq!(cells(&marked), cells(&bytes), "{}", file.display());
        let again = patch(&marked, &plan, &Limits::default()).unwrap().bytes;
        assert_eq!(cells(&again), cells(&bytes));
        let back = clean(&marked);
        for name in changed(&bytes, &back) {
            // Formats no longer in use, and the kind of drawing that notes need, may stay.
            let may_differ = name == "xl/styles.xml" || name == "[Content_Types].xml";
            // An empty list of names goes with our own, as a list must not be empty.
            let text = |bytes| part(bytes, &name).replace("<definedNames />", "");
            let same = || text(&back) == text(&bytes);
            assert!(may_differ || same(), "{}: {name}", file.display());
        }
    }
}

fn value() -> impl Strategy<Value = Option<NewValue>> {
    let number =
        (-1_000_000i64..1_000_000, 0u32..5).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    prop_oneof![
        Just(None),
        "\\PC{0,12}".prop_map(|text| Some(NewValue::Text(text))),
        number.clone().prop_map(|value| Some(NewValue::Number {
            value,
            formula: None
        })),
        number.clone().prop_map(|value| Some(NewValue::Number {
            value,
            formula: Some("SUM(A1:A3)".to_owned())
        })),
        number.prop_map(|value| Some(NewValue::Cached(value))),
    ]
}

fn written(value: &NewValue) -> String {
    match value {
        NewValue::Text(text) => format!("'{text}"),
        NewValue::Number { value, .. } | NewValue::Cached(value) => value.normalize().to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any edits of any workbook: they are there, nothing else has changed, and the marks go.
    #[test]
    fn edits_arrive_and_nothing_else_changes(
        file in 0usize..200,
        edits in prop::collection::vec((0usize..8, 0u32..70, 0u32..12, value(), any::<bool>(), any::<bool>()), 1..12),
    ) {
        let files = fixtures();
        let bytes = fs::read(&files[file % files.len()]).unwrap();
        let read = book(&bytes);
        let mut wanted: BTreeMap<(usize, Addr), String> = BTreeMap::new();
        let mut list = Vec::new();
        for (sheet, row, col, value, fill, note) in edits {
            let sheet = sheet % read.sheets.len();
            let at = Addr::new(row, col);
            let anchor = read.sheets[sheet].merge_at(at).map_or(at, |area| area.first);
            if let Some(value) = &value {
                wanted.insert((sheet, anchor), written(value));
            }
            let fill = fill.then_some(RED);
            let note = note.then(|| "核".to_owned());
            list.push(Edit { sheet, at, value, fill, note, ..Edit::default() });
        }
        let patched = patch(&bytes, &Patch { edits: list, ..Patch::default() }, &Limits::default()).unwrap().bytes;
        prop_assert_eq!(cells(&clean(&patched)), cells(&patched));
        let before = book(&bytes);
        let after = book(&patched);
        for (index, (old, new)) in before.sheets.iter().zip(&after.sheets).enumerate() {
            prop_assert_eq!(&old.merges, &new.merges);
            prop_assert_eq!(&old.hidden_rows, &new.hidden_rows);
            for cell in &new.cells {
                match wanted.remove(&(index, cell.at)) {
                    Some(value) => prop_assert_eq!(shown(cell), value),
                    None => {
                        let was = old.cell(cell.at).map(shown);
                        // A formula that depends on an edit waits to be calculated.
                        prop_assert!(was == Some(shown(cell)) || cell.value == Value::Blank && cell.formula.is_some());
                    }
                }
            }
            for cell in &old.cells {
                // Only a text without characters makes a cell blank.
                let blank = wanted.get(&(index, cell.at)).is_some_and(|value| value == "'");
                prop_assert!(new.cell(cell.at).is_some() || blank);
            }
        }
        prop_assert!(wanted.values().all(|left| left == "'"), "{:?}", wanted);
    }
}
