//! Texts outside of the table of shared strings: names of sheets, codes of formats, results of
//! formulas.

use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1252};

use super::strings;
use crate::read::cfb::u16_at;
use crate::read::tokens::Layout;

/// How texts outside of the table of shared strings are stored.
#[derive(Clone, Copy)]
pub(super) enum Texts {
    Unicode,
    /// In this code page.
    Page(&'static Encoding),
}

impl Texts {
    /// By the record that begins the stream (2.4.21): BIFF 8 is Unicode.
    pub(super) fn of(begin: &[u8]) -> Self {
        match (u16_at(begin, 0), u16_at(begin, 2)) {
            (Some(0x0002 | 0x0007 | 0x0200 | 0x0300 | 0x0400 | 0x0500), _)
            | (Some(0), Some(0x1000)) => Self::Page(WINDOWS_1252),
            _ => Self::Unicode,
        }
    }

    pub(super) const fn layout(self) -> Layout {
        match self {
            Self::Unicode => Layout::Biff8,
            Self::Page(page) => Layout::Biff5(page),
        }
    }

    /// A text of so many letters, with what stands behind that number.
    fn counted(self, count: usize, behind: &[u8]) -> String {
        let decoded = |page: &'static Encoding, bytes: usize, letters: &[u8]| {
            let letters = &letters[..bytes.min(letters.len())];
            page.decode_without_bom_handling(letters).0.into_owned()
        };
        match (self, behind.split_first()) {
            (Self::Page(page), _) => decoded(page, count, behind),
            (Self::Unicode, None) => String::new(),
            (Self::Unicode, Some((flags, letters))) if flags & 1 == 0 => letters
                .iter()
                .take(count)
                .copied()
                .map(char::from)
                .collect(),
            (Self::Unicode, Some((_, letters))) => decoded(UTF_16LE, count * 2, letters),
        }
    }

    /// The name in a BoundSheet record; calamine takes zeros out too.
    pub(super) fn tab(self, body: &[u8]) -> String {
        let count = body.get(6).copied().map_or(0, usize::from);
        let name = self.counted(count, body.get(7..).unwrap_or_default());
        name.replace('\0', "")
    }

    /// The code of a Format record.
    pub(super) fn format(self, body: &[u8]) -> String {
        let (count, behind) = match self {
            Self::Unicode => (u16_at(body, 2), body.get(4..)),
            Self::Page(_) => (body.get(2).copied().map(u16::from), body.get(3..)),
        };
        self.counted(count.unwrap_or(0).into(), behind.unwrap_or_default())
    }

    /// The text of a String record (2.4.268) and its continuations, if it is whole.
    pub(super) fn result(self, bodies: &[&[u8]]) -> Option<String> {
        match self {
            Self::Unicode => strings::one(bodies),
            Self::Page(page) => {
                let bytes = bodies.concat();
                let length = usize::from(u16_at(&bytes, 0)?);
                let text = bytes.get(2..2 + length)?;
                Some(page.decode_without_bom_handling(text).0.into_owned())
            }
        }
    }
}
