//! The texts of a sheet, normalised once.

use std::cell::RefCell;
use std::sync::Arc;

use crate::amount;
use crate::filing::{CellRef, Seen};
use crate::label;
use crate::memo::Memo;
use crate::workbook::{Addr, Area, Sheet, Value};

/// A text cell that may be a label.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) at: Addr,
    /// The merged area, or the cell alone.
    pub(super) span: Area,
    pub(super) text: Arc<str>,
    /// Normalised; see [`label::key`].
    pub(super) key: Arc<str>,
    /// The key of the label that a value stands behind, where the text may hold both.
    pub(super) part: Option<Arc<Part>>,
}

impl Mark {
    /// What it says, and where.
    pub(super) fn seen(&self, sheet: usize) -> Seen {
        Seen {
            cell: CellRef { sheet, at: self.at },
            text: self.text.clone(),
        }
    }
}

/// The label in front of a value in the same text.
#[derive(Debug)]
pub(super) struct Part {
    /// Its key.
    pub(super) key: Arc<str>,
    /// What stands behind it is an amount or nothing; else it is words.
    pub(super) before_amount: bool,
}

/// Label and value of a text that holds both: `项目支出：90.60`, `项目名称：法律援助`.
pub(super) fn label_part(text: &str) -> Option<(&str, &str)> {
    amount::split_label(text).or_else(|| at_colon(text))
}

/// Cut at the first colon, not counting that of 「其中：」, which belongs to the label.
pub(super) fn at_colon(text: &str) -> Option<(&str, &str)> {
    let behind = text
        .trim_start_matches(label::is_blank)
        .strip_prefix("其中")
        .and_then(|rest| rest.strip_prefix([':', '：']));
    let from = behind.map_or(0, |rest| text.len() - rest.len());
    let colon = from + text[from..].find([':', '：'])?;
    let end = colon + text[colon..].chars().next()?.len_utf8();
    Some((&text[..colon], &text[end..]))
}

impl Part {
    fn of(text: &str) -> Option<Self> {
        let before_amount = amount::split_label(text);
        let (label, _) = before_amount.or_else(|| at_colon(text))?;
        Some(Self {
            key: label::shared_key(label),
            before_amount: before_amount.is_some(),
        })
    }
}

/// Texts longer than this are prose, not labels or titles.
const LONGEST_LABEL: usize = 240;

/// The texts of a sheet in reading order; prose has an empty key.
pub(super) fn of_sheet(sheet: &Sheet) -> Vec<Mark> {
    let mut marks = Vec::new();
    for cell in &sheet.cells {
        let Value::Text(text) = &cell.value else {
            continue;
        };
        let (key, part) = key_and_part(text);
        if key.is_empty() && text.trim().is_empty() {
            continue;
        }
        marks.push(Mark {
            at: cell.at,
            span: span_of(sheet, cell.at),
            text: text.clone(),
            part,
            key,
        });
    }
    marks
}

/// The key of a text, and of the label in front of a value in it.
type Known = (Arc<str>, Option<Arc<Part>>);

fn key_and_part(text: &str) -> Known {
    thread_local! {
        static KNOWN: RefCell<Memo<Known>> = RefCell::default();
    }
    if text.len() > LONGEST_LABEL {
        return Known::default();
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(text)) {
        return known;
    }
    let key = label::shared_key(text);
    let part = match key.is_empty() {
        true => None,
        false => Part::of(text).map(Arc::new),
    };
    KNOWN.with_borrow_mut(|known| known.put(text, (key.clone(), part.clone())));
    (key, part)
}

/// The marks of one row.
pub(super) fn of_row(marks: &[Mark], row: u32) -> std::ops::Range<usize> {
    let start = marks.partition_point(|mark| mark.at.row < row);
    start..start + marks[start..].partition_point(|mark| mark.at.row == row)
}

/// The merged area that begins at `at`, or the cell alone.
pub(super) fn span_of(sheet: &Sheet, at: Addr) -> Area {
    sheet.merge_at(at).unwrap_or(Area {
        first: at,
        last: at,
    })
}

/// The cell that holds the value shown at `at`: itself, or the top left of its merged area.
pub(super) fn anchor(sheet: &Sheet, at: Addr) -> Addr {
    sheet.merge_at(at).map_or(at, |area| area.first)
}

/// Whether a cell shows something.
pub(super) fn is_filled(sheet: &Sheet, at: Addr) -> bool {
    sheet.cell(at).is_some_and(|cell| match &cell.value {
        Value::Blank => false,
        Value::Text(text) => text.chars().any(|c| !label::is_blank(c)),
        _ => true,
    })
}

/// Whether a cell shows something, and no merged area hides it.
pub(super) fn is_shown(sheet: &Sheet, at: Addr) -> bool {
    is_filled(sheet, at) && !sheet.is_covered(at)
}

/// Whether a cell holds a number, or a text that is read as one.
pub(super) fn is_number(sheet: &Sheet, at: Addr) -> bool {
    sheet.cell(at).is_some_and(|cell| match &cell.value {
        Value::Number(_) => true,
        Value::Text(text) => {
            matches!(amount::read_text(text), amount::Reading::Amount(_))
                || amount::is_mistyped(text)
        }
        _ => false,
    })
}
