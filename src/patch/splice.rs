//! Edits of a text by byte range, and what is written into XML.

use std::fmt::Write as _;
use std::ops::Range;

use super::error::PatchError;

/// Replacements in one text, made in any order and applied at once.
#[derive(Debug, Default)]
pub(super) struct Splices {
    list: Vec<(Range<usize>, String)>,
}

impl Splices {
    pub(super) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.list.push((range, with.into()));
    }

    /// Inserts at `at`; of several at one place the earlier call comes first.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, String::new());
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Without the edits inside `range`.
    pub(super) fn outside(mut self, range: &Range<usize>) -> Self {
        self.list
            .retain(|splice| splice.0.end <= range.start || splice.0.start >= range.end);
        self
    }

    /// `text` with all of it done; `part` names it where two edits overlap, which only markup of
    /// an unknown shape can cause.
    pub(super) fn apply(mut self, text: &str, part: &str) -> Result<String, PatchError> {
        self.list
            .sort_by_key(|splice| (splice.0.start, splice.0.end));
        let grown: usize = self.list.iter().map(|splice| splice.1.len()).sum();
        let mut out = String::with_capacity(text.len() + grown);
        let mut at = 0;
        for (range, with) in &self.list {
            let kept = text
                .get(at..range.start)
                .ok_or_else(|| PatchError::layout(part, "overlap"))?;
            out.push_str(kept);
            out.push_str(with);
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Ok(out)
    }
}

/// Characters that XML 1.0 cannot hold (section 2.2).
fn is_forbidden(char: char) -> bool {
    matches!(char, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// A cell's or a note's text (ST_Xstring, ECMA-376 Part 1, 22.9.2.19): what XML cannot hold, and
/// what only looks like an escape, is written `_xHHHH_`.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        match char {
            '_' if looks_escaped(&text[at..]) => out.push_str("_x005F_"),
            char if is_escaped(char) => {
                let _ = write!(out, "_x{:04X}_", u32::from(char));
            }
            char => push(&mut out, char),
        }
    }
    out
}

/// Where a text spells a letter out, as `_x0041_` does.
pub(crate) fn escape_at(text: &str) -> Option<usize> {
    let mut found = text.match_indices("_x").map(|(at, _)| at);
    found.find(|at| looks_escaped(&text[*at..]))
}

fn looks_escaped(text: &str) -> bool {
    match text.as_bytes() {
        [b'_', b'x', a, b, c, d, ..] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => {
            text[6..].starts_with(|char| char == '_' || is_escaped(char))
        }
        _ => false,
    }
}

/// Written as an escape, which begins with the sign that ends one.
fn is_escaped(char: char) -> bool {
    char == '\r' || is_forbidden(char)
}

/// Whether what only looks like an escape is completed by one that follows, as in `_x0041` before a
/// control character. rust_xlsxwriter writes such a text so that it is read as another.
pub(crate) fn is_ambiguous(text: &str) -> bool {
    text.match_indices("_x")
        .any(|(at, _)| looks_escaped(&text[at..]) && text[at + 6..].starts_with(is_escaped))
}

/// A formula: `_xHHHH_` means nothing there, so a carriage return is a character reference and
/// what XML cannot hold is left out.
pub(super) fn formula(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars().filter(|&char| !is_forbidden(char)) {
        match char {
            '\r' => out.push_str("&#13;"),
            char => push(&mut out, char),
        }
    }
    out
}

/// An attribute value between double quotes.
pub(super) fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars().filter(|&char| !is_forbidden(char)) {
        match char {
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            char => push(&mut out, char),
        }
    }
    out
}

fn push(out: &mut String, char: char) {
    match char {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        char => out.push(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_what_xml_cannot_hold() {
        assert_eq!(
            string("a<b>&\u{1}\r\n_x000A_ _x1"),
            "a&lt;b&gt;&amp;_x0001__x000D_\n_x005F_x000A_ _x1"
        );
        assert_eq!(formula("A1&\r\"<\u{1}"), "A1&amp;&#13;\"&lt;");
        assert_eq!(attribute("\"\n"), "&quot;&#10;");
    }

    #[test]
    fn overlapping_splices_are_an_error() {
        let mut splices = Splices::default();
        splices.replace(0..3, "x");
        splices.replace(2..4, "y");
        assert!(splices.apply("abcdef", "p").is_err());
    }

    #[test]
    fn inserts_at_one_place_keep_their_order() {
        let mut splices = Splices::default();
        splices.insert(1, "1");
        splices.insert(1, "2");
        splices.remove(1..2);
        assert_eq!(splices.apply("abc", "p").unwrap(), "a12c");
    }
}
