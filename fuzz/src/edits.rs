//! Edits out of input bytes.

use gouji::patch::{Edit, NewValue};

use crate::bytes::Bytes;

const MOST: usize = 24;

/// Formulas that edits put into cells.
const FORMULAS: [&str; 4] = ["A1", "=SUM(A1:B9)", "'a b'!C3*2", "\"<&\"&A1"];

/// The edits that the bytes stand for; at least one.
pub fn from(data: &[u8]) -> Vec<Edit> {
    let mut bytes = Bytes(data);
    let mut edits = Vec::new();
    while edits.len() < MOST && (edits.is_empty() || !bytes.is_empty()) {
        let choice = bytes.byte();
        let mut edit = Edit {
            sheet: usize::from(choice % 4),
            at: bytes.address(),
            ..Edit::default()
        };
        edit.value = match choice / 4 % 8 {
            0 | 1 => Some(NewValue::Number {
                value: bytes.decimal(),
                formula: None,
            }),
            2 => Some(NewValue::Number {
                value: bytes.decimal(),
                formula: Some(FORMULAS[bytes.below(FORMULAS.len())].to_owned()),
            }),
            3 | 4 => Some(NewValue::Text(bytes.text())),
            5 => Some(NewValue::Cached(bytes.decimal())),
            _ => None,
        };
        let marks = choice / 32;
        edit.fill = (marks & 1 != 0).then_some([0xFF, 0xC7, 0xCE]);
        edit.note = (marks & 2 != 0).then(|| bytes.text());
        edit.number_format = (marks & 4 != 0).then(|| "0.00%".to_owned());
        edits.push(edit);
    }
    edits
}
