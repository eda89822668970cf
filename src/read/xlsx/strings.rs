//! Texts: the shared string table, rich text, the `_xHHHH_` escape.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memmem;

use super::{Trouble, keep, skip};
use crate::read::error::Damage;
use crate::read::limits::Budget;
use crate::xml::{Event, Reader, SPREADSHEET};

/// Reads the shared string table (ECMA-376 Part 1, 18.4.9). Its `count` and `uniqueCount` are
/// hints that nothing here believes.
pub(super) fn parse(text: &str, budget: &mut Budget<'_>) -> Result<Vec<Arc<str>>, Trouble> {
    let mut xml = Reader::new(text, budget.limits.xml_depth, SPREADSHEET);
    let mut strings = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(name) => match xml.local(name) {
                Some("sst") if xml.depth() == 1 => {}
                _ if xml.depth() == 1 => return Err(Damage::Kind.into()),
                Some("si") => {
                    budget.string()?;
                    let string = rich_text(&mut xml)?;
                    strings.push(keep(&string, budget)?);
                }
                _ => skip(&mut xml, name)?,
            },
            Event::Eof => return Ok(strings),
            _ => {}
        }
    }
}

/// The text of the `si` or `is` element that has just been started: its `t`, or those of its
/// runs in order. Phonetic readings (`rPh`) are no part of the text.
pub(super) fn rich_text<'a>(xml: &mut Reader<'a>) -> Result<Cow<'a, str>, Trouble> {
    let depth = xml.depth();
    let mut joined = Cow::Borrowed("");
    loop {
        match xml.next()? {
            Event::Start(name) => match xml.local(name) {
                Some("t") => {
                    let kept = xml.attribute("xml:space") == Some("preserve");
                    let piece = match (xml.text()?, kept) {
                        (piece, true) => piece,
                        // Excel takes blanks around a text for layout unless told otherwise.
                        (Cow::Borrowed(piece), false) => Cow::Borrowed(piece.trim_ascii()),
                        (Cow::Owned(piece), false) => Cow::Owned(piece.trim_ascii().to_owned()),
                    };
                    let piece = unescape_units(piece);
                    if joined.is_empty() {
                        joined = piece;
                    } else {
                        joined.to_mut().push_str(&piece);
                    }
                }
                Some("r") => {}
                _ => skip(xml, name)?,
            },
            Event::End if xml.depth() < depth => return Ok(joined),
            Event::Eof => return Err(Damage::Truncated.into()),
            _ => {}
        }
    }
}

/// Replaces `_xHHHH_`, a UTF-16 unit (ECMA-376 Part 1, 22.9.2.19). Two in a row may be a
/// surrogate pair; a lone surrogate is no character and stays as it stands.
pub(in crate::read) fn unescape_units(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(first) = memmem::find(text.as_bytes(), b"_x") else {
        return text;
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = memmem::find(rest.as_bytes(), b"_x") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (decoded, length) = match unit(rest) {
            Some(high @ 0xD800..=0xDBFF) => match rest.get(7..).and_then(unit) {
                Some(low @ 0xDC00..=0xDFFF) => (
                    char::decode_utf16([high, low]).next().and_then(Result::ok),
                    14,
                ),
                _ => (None, 0),
            },
            Some(one) => (char::from_u32(u32::from(one)), 7),
            None => (None, 0),
        };
        if let Some(decoded) = decoded {
            out.push(decoded);
            rest = &rest[length..];
        } else {
            out.push_str("_x");
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The unit of an escape at the very start of `text`.
fn unit(text: &str) -> Option<u16> {
    let escape = text.as_bytes().get(..7)?;
    let hex = escape.strip_prefix(b"_x")?.strip_suffix(b"_")?;
    if !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::limits::Limits;

    fn strings(inner: &str) -> Vec<String> {
        let text = format!(
            "<sst xmlns='{}' uniqueCount='99999999999'>{inner}</sst>",
            SPREADSHEET[0]
        );
        let limits = Limits::default();
        let parsed = parse(&text, &mut Budget::new(&limits)).unwrap();
        parsed.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn runs_are_joined_and_readings_left_out() {
        assert_eq!(
            strings(
                "<si><r><rPr><b/></rPr><t>三公</t></r><r><t xml:space='preserve'> 经费 </t></r>\
                 <rPh sb='0' eb='1'><t>さん</t></rPh><phoneticPr fontId='1'/></si><si/><si><t/></si>"
            ),
            ["三公 经费 ", "", ""]
        );
    }

    #[test]
    fn blanks_stay_only_where_they_are_preserved() {
        assert_eq!(
            strings(
                "<si><t>\n a b </t></si><si><t xml:space='preserve'>\n a </t></si><si><t>\u{3000}a</t></si>"
            ),
            ["a b", "\n a ", "\u{3000}a"]
        );
    }

    #[test]
    fn escaped_units_are_decoded_and_lone_surrogates_are_left() {
        for (text, want) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_xD83D__xDE00_", "😀"),
            ("_xD800_", "_xD800_"),
            ("_xD800_x", "_xD800_x"),
            ("_xDC00__xD800_", "_xDC00__xD800_"),
            ("_xD83D__x0041_", "_xD83D_A"),
            ("_x00g0_ _x41_ _x", "_x00g0_ _x41_ _x"),
            ("_x+041_", "_x+041_"),
            ("_x4E07_元", "万元"),
            ("_x万元_x_", "_x万元_x_"),
        ] {
            assert_eq!(unescape_units(Cow::Borrowed(text)), want, "{text}");
        }
    }
}
