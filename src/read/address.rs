//! Addresses as files write them: `A1`, `$A$1:$C$3`.

use crate::workbook::{Addr, Area};

/// Rows of a sheet.
pub(crate) const ROWS: u32 = 1_048_576;
/// Columns of a sheet.
pub(crate) const COLUMNS: u32 = 16_384;

/// A plain number without sign or spaces.
pub(crate) fn number(raw: &str) -> Option<u32> {
    if raw.is_empty() || raw.len() > 9 {
        return None;
    }
    raw.bytes().try_fold(0, |number: u32, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// A cell address inside the sheet's bounds; `$` may stand where Excel puts it.
pub(crate) fn cell(raw: &str) -> Option<Addr> {
    let rest = raw.strip_prefix('$').unwrap_or(raw);
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let (letters, digits) = rest.split_at(letters);
    let column = letters.bytes().fold(0, |column, letter| {
        column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    let row = number(digits.strip_prefix('$').unwrap_or(digits))?;
    if column > COLUMNS || !(1..=ROWS).contains(&row) {
        return None;
    }
    Some(Addr::new(row - 1, column - 1))
}

/// An area, or a single cell as an area of one; corners in any order.
pub(crate) fn area(raw: &str) -> Option<Area> {
    let (first, last) = raw.split_once(':').unwrap_or((raw, raw));
    let (a, b) = (cell(first)?, cell(last)?);
    Some(Area {
        first: Addr::new(a.row.min(b.row), a.col.min(b.col)),
        last: Addr::new(a.row.max(b.row), a.col.max(b.col)),
    })
}

/// Inclusive runs, sorted, those that touch or overlap joined.
pub(crate) fn runs(mut runs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    runs.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if run.0 <= last.1.saturating_add(1) => last.1 = last.1.max(run.1),
            _ => joined.push(run),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_back_as_they_are_shown() {
        for raw in ["A1", "Z9", "AA10", "XFD1048576"] {
            assert_eq!(cell(raw).unwrap().to_string(), raw);
        }
        assert_eq!(cell("$b$2"), Some(Addr::new(1, 1)));
        for raw in [
            "", "A", "1", "A0", "XFE1", "A1048577", "AAAA1", "A1B", "A-1", "A 1", "万1",
        ] {
            assert_eq!(cell(raw), None, "{raw}");
        }
    }

    #[test]
    fn areas_have_their_corners_in_order() {
        assert_eq!(area("$C$3:A1").unwrap().to_string(), "A1:C3");
        assert_eq!(area("A1:"), None);
        assert_eq!(area("A1:B2:C3"), None);
    }

    #[test]
    fn runs_that_touch_are_one() {
        assert_eq!(runs(vec![(5, 6), (0, 1), (2, 2), (6, 9)]), [(0, 2), (5, 9)]);
    }
}
