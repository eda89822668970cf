//! Edits of any package: refused, or there when it is read again, and all else as it was.
//!
//! The part `edits` of the input is the edits; see `package` for the others.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use gouji::amount::LARGEST;
use gouji::patch::{self, Edit, NewValue, Patch};
use gouji::read::{Limits, read};
use gouji::workbook::{Value, Workbook};
use gouji_fuzz::compare::{self, Place};
use gouji_fuzz::{edits, package};
use libfuzzer_sys::fuzz_target;
use rust_decimal::{Decimal, RoundingStrategy};
use rust_xlsxwriter::Workbook as Writer;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let limits = Limits::default();
    let parts = package::parts(data.get(1..).unwrap_or_default());
    let edits = parts.iter().find(|part| part.0 == "edits").map_or(&[][..], |part| part.1);
    let plan = Patch {
        edits: edits::from(edits),
        sheets: edits.first().is_some_and(|first| first % 2 == 1).then(|| added().clone()),
        ..Patch::default()
    };
    let bytes = package::workbook(data);
    let before = read(&bytes, &limits);
    let clean = patch::unmarked(&bytes, &limits);
    let Ok(patched) = patch::patch(&bytes, &plan, &limits) else {
        return;
    };
    let (Ok(_), Ok(clean)) = (before, clean) else {
        return;
    };
    // Sheets of an earlier run are gone, and positions are others then.
    if patch::our_sheets(&bytes, &limits).is_ok_and(|ours| !ours.is_empty()) {
        return;
    }
    let before = read(&clean, &limits).expect("readable without marks");
    let after = read(&patched.bytes, &limits).expect("readable when patched");
    let wanted = wanted(&before, &plan.edits);
    let edited: BTreeSet<Place> = plan.edits.iter().filter(|edit| edit.value.is_some() || edit.number_format.is_some()).map(|edit| anchor(&before, edit)).collect();
    compare::rest_is_kept(&before, &after, &edited);
    for ((sheet, at), value) in wanted {
        let found = compare::shown(after.sheets[sheet].cell(at));
        assert_eq!(found, value, "{}!{at}", after.sheets[sheet].name);
    }

    let again = patch::patch(&patched.bytes, &plan, &limits).expect("what was patched can be patched");
    let again = read(&again.bytes, &limits).expect("readable when patched twice");
    assert_eq!(again.sheets.len(), after.sheets.len());
    compare::rest_is_kept(&after, &again, &BTreeSet::new());

    // The marks go, the values stay.
    let unmarked = patch::unmarked(&patched.bytes, &limits).expect("marks can be taken out");
    let unmarked = read(&unmarked, &limits).expect("readable without marks");
    assert_eq!(unmarked.sheets.len(), before.sheets.len());
    compare::rest_is_kept(&after, &unmarked, &BTreeSet::new());
    others_are_untouched(&bytes, &patched.bytes);
});

/// In a merged area, its first cell.
fn anchor(workbook: &Workbook, edit: &Edit) -> Place {
    let sheet = &workbook.sheets[edit.sheet];
    let area = sheet.merge_at(edit.at);
    (edit.sheet, area.map_or(edit.at, |area| area.first))
}

/// What the edited cells are to show; of several values for one the last.
fn wanted(workbook: &Workbook, edits: &[Edit]) -> BTreeMap<Place, String> {
    let mut wanted = BTreeMap::new();
    for edit in edits {
        let value = match &edit.value {
            None => continue,
            Some(NewValue::Text(text)) => Value::Text(text.as_str().into()),
            // Which of two neighbours a fraction of such a size is read as, no figure depends on.
            Some(NewValue::Number { value, .. } | NewValue::Cached(value))
                if value.abs() > LARGEST && !value.normalize().is_integer() =>
            {
                wanted.remove(&anchor(workbook, edit));
                continue;
            }
            Some(NewValue::Number { value, .. } | NewValue::Cached(value)) => {
                Value::Number(as_read(*value))
            }
        };
        let shown = match &value {
            // An empty text reads as a blank cell.
            Value::Text(text) if text.is_empty() => String::new(),
            Value::Text(text) => format!("'{text}"),
            value => format!("{value:?}"),
        };
        wanted.insert(anchor(workbook, edit), shown);
    }
    wanted
}

/// A number as the reader has it: 15 significant digits, but of a whole number all.
fn as_read(value: Decimal) -> Decimal {
    let value = value.normalize();
    if value.scale() == 0 {
        return value;
    }
    let rounded = value.round_sf_with_strategy(15, RoundingStrategy::MidpointAwayFromZero);
    rounded.unwrap_or(value).normalize()
}

/// Parts that no edit has to do with are the same bytes.
fn others_are_untouched(before: &[u8], after: &[u8]) {
    let (before, after) = (compare::entries(before), compare::entries(after));
    for (name, entry) in &before {
        let name_text = String::from_utf8_lossy(name).to_lowercase();
        if ["docprops", "theme", "media", "custom"]
            .iter()
            .any(|known| name_text.contains(known))
        {
            assert_eq!(after.get(name), Some(entry), "{name_text}");
        }
    }
}

/// A workbook with a sheet to be added.
fn added() -> &'static Vec<u8> {
    static ADDED: OnceLock<Vec<u8>> = OnceLock::new();
    ADDED.get_or_init(|| {
        let mut book = Writer::new();
        let sheet = book.add_worksheet();
        let written = sheet
            .set_name("差异清单")
            .and_then(|sheet| sheet.write(0, 0, "甲"))
            .and_then(|sheet| sheet.write(1, 0, 1.5))
            .map(|_| ());
        written
            .and_then(|()| book.save_to_buffer())
            .expect("a small workbook")
    })
}
