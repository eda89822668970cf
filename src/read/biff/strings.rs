//! The table of shared strings (SST, [MS-XLS] 2.4.265) and single texts, which run on over
//! Continue records.

use std::sync::Arc;

use super::corrupt;
use crate::read::cfb::{u16_at, u32_at};
use crate::read::error::ReadError;
use crate::read::limits::Budget;

/// Reads the strings of the table whose record and continuations have these bodies. The counts at
/// its beginning are not believed.
pub(super) fn read(bodies: &[&[u8]], budget: &mut Budget<'_>) -> Result<Vec<Arc<str>>, ReadError> {
    let mut rest = Rest { bodies, at: 8 };
    let mut strings = Vec::new();
    while let Some(head) = rest.head() {
        budget.string()?;
        let text = rest.text(head).ok_or_else(|| corrupt("shared strings"))?;
        budget.text(&text)?;
        strings.push(Arc::from(text));
    }
    Ok(strings)
}

/// The text (2.5.294) with which the first of these bodies begins, if it is whole.
pub(super) fn one(bodies: &[&[u8]]) -> Option<String> {
    let first = bodies.first()?;
    let units = usize::from(u16_at(first, 0)?);
    if units == 0 {
        return Some(String::new());
    }
    let head = Head {
        units,
        wide: first.get(2)? & 1 != 0,
        behind: 0,
    };
    Rest { bodies, at: 3 }.text(head)
}

/// What is not read yet: behind `at` of the first body.
struct Rest<'a> {
    bodies: &'a [&'a [u8]],
    at: usize,
}

/// What stands before the letters of a string ([MS-XLS] 2.5.293).
struct Head {
    units: usize,
    wide: bool,
    /// Bytes of formatting runs and readings behind the letters.
    behind: u64,
}

impl Rest<'_> {
    fn next_body(&mut self) -> Option<()> {
        self.bodies = self.bodies.get(1..)?;
        self.at = 0;
        self.bodies.first().map(|_| ())
    }

    /// The head of the next string; it never runs on into the next body.
    fn head(&mut self) -> Option<Head> {
        while self.at >= self.bodies.first()?.len() {
            self.next_body()?;
        }
        let body = self.bodies.first()?.get(self.at..)?;
        let flags = *body.get(2)?;
        let mut length = 3;
        let mut behind = 0;
        if flags & 8 != 0 {
            behind += u64::from(u16_at(body, length)?) * 4;
            length += 2;
        }
        if flags & 4 != 0 {
            behind += u64::from(u32_at(body, length)?);
            length += 4;
        }
        self.at += length;
        Some(Head {
            units: usize::from(u16_at(body, 0)?),
            wide: flags & 1 != 0,
            behind,
        })
    }

    /// The letters, and what is behind them passed over. Where letters run on into the next body,
    /// it begins with a byte that says anew how wide they are.
    fn text(&mut self, head: Head) -> Option<String> {
        let Head {
            units: mut left,
            mut wide,
            mut behind,
        } = head;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let body = self.bodies.first()?.get(self.at..)?;
            let width = 1 + usize::from(wide);
            let here = left.min(body.len() / width);
            let letters = &body[..here * width];
            if wide {
                units.extend((0..here).filter_map(|nth| u16_at(letters, nth * 2)));
            } else {
                units.extend(letters.iter().map(|&letter| u16::from(letter)));
            }
            self.at += letters.len();
            left -= here;
            if left == 0 {
                break;
            }
            self.next_body()?;
            wide = self.bodies.first()?.first()? & 1 != 0;
            self.at = 1;
        }
        while behind > 0 {
            let there = self.bodies.first()?.len().saturating_sub(self.at);
            let here = usize::try_from(behind).map_or(there, |behind| behind.min(there));
            self.at += here;
            behind -= here as u64;
            if behind > 0 {
                self.next_body()?;
            }
        }
        let letters = char::decode_utf16(units);
        Some(letters.map(|unit| unit.unwrap_or('\u{fffd}')).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::limits::Limits;

    fn strings(bodies: &[&[u8]]) -> Result<Vec<String>, ReadError> {
        let limits = Limits::default();
        let read = read(bodies, &mut Budget::new(&limits))?;
        Ok(read.iter().map(ToString::to_string).collect())
    }

    fn table(strings: &[u8]) -> Vec<u8> {
        [&[0xFF; 8], strings].concat()
    }

    #[test]
    fn narrow_wide_and_rich_strings_are_read() {
        let plain = b"\x02\x00\x00ab";
        let wide = b"\x01\x00\x01\x2A\x4E";
        let rich = b"\x01\x00\x0C\x01\x00\x02\x00\x00\x00crrrrxx";
        let all = table(&[&plain[..], wide, rich, plain].concat());
        assert_eq!(strings(&[&all]).unwrap(), ["ab", "个", "c", "ab"]);
    }

    #[test]
    fn a_string_runs_on_in_another_width() {
        let first = table(b"\x04\x00\x00ab");
        let next = b"\x01\x2A\x4E\x2B\x4E\x01\x00\x00z";
        assert_eq!(strings(&[&first, next]).unwrap(), ["ab个丫", "z"]);
    }

    #[test]
    fn a_table_that_promises_more_than_it_holds_is_refused() {
        for body in [
            &b"\xFF\xFF\x00ab"[..],
            b"\x01\x00\x08\xFF\xFFa",
            b"\x01\x00\x04\xFF\xFF\xFF\xFFa",
        ] {
            assert!(strings(&[&table(body)]).is_err());
        }
        // Nothing, or no more than the beginning of a head.
        assert!(strings(&[]).unwrap().is_empty());
        assert!(strings(&[&[1, 2]]).unwrap().is_empty());
        assert!(strings(&[&table(b"\x01\x00")]).unwrap().is_empty());
    }
}
