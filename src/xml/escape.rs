//! Entities and line ends.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::Fault;

/// Line ends as XML has them (section 2.11): `\r\n` and a lone `\r` are `\n`.
pub(super) fn newlines(raw: &str) -> Cow<'_, str> {
    if memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Character data or an attribute value with entities replaced and line ends unified.
pub fn unescape(raw: &str) -> Result<Cow<'_, str>, Fault> {
    // Nearly every text has neither.
    let Some(first) = memchr2(b'&', b'\r', raw.as_bytes()) else {
        return Ok(Cow::Borrowed(raw));
    };
    let text = newlines(raw);
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = memchr(b';', rest.as_bytes()).ok_or(Fault::Entity)?;
        out.push(entity(&rest[..end]).ok_or(Fault::Entity)?);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Whether letters, digits or signs that need no reference are written as references: no program
/// does so, and values that are compared as they stand would be taken for others.
pub(super) fn spells_out(raw: &[u8]) -> bool {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'&') {
        rest = &rest[at + 1..];
        let end = rest.iter().position(|byte| *byte == b';');
        let name = std::str::from_utf8(&rest[..end.unwrap_or(rest.len())]);
        let number = name.ok().filter(|name| name.starts_with('#'));
        if let Some(char) = number.and_then(entity)
            && (' '..='~').contains(&char)
            && !['"', '&', '\'', '<', '>'].contains(&char)
        {
            return true;
        }
    }
    false
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}
