//! Formulas of cells: the cells that their text refers to, and what the plain ones give.

pub mod compute;
mod criteria;
mod engine;
mod functions;
mod parse;
mod scalar;
mod term;
pub(crate) mod trace;

use std::fmt::Write as _;
use std::ops::Range;

use crate::read::address::{COLUMNS, ROWS};
use crate::workbook::{Addr, Area};

/// One end of a reference: zero-based, absent where whole rows or columns are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Corner {
    row: Option<(u32, bool)>,
    col: Option<(u32, bool)>,
}

/// A reference in a formula's text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference {
    span: Range<usize>,
    first: Corner,
    last: Option<Corner>,
    /// The sheet's name, quotes resolved, as in `'a b'!A1`.
    sheet: Option<String>,
}

/// What a formula's text holds.
#[derive(Debug, Default)]
struct Scan {
    references: Vec<Reference>,
    /// Words that are no function: names, tables.
    words: Vec<String>,
    functions: Vec<String>,
    structured: bool,
}

/// What a formula depends on.
#[derive(Debug, Default, Clone)]
pub(crate) struct Needs {
    /// Areas, with the sheet's name where one is given.
    pub(crate) areas: Vec<(Option<String>, Area)>,
    /// Names used.
    pub(crate) names: Vec<String>,
    /// What it depends on cannot be told from its text (INDIRECT, OFFSET, tables).
    pub(crate) opaque: bool,
    /// Functions used, in capitals, without the prefixes of newer ones.
    pub(crate) functions: Vec<String>,
}

/// A function without the prefixes that files put before newer ones.
fn plain_name(function: &str) -> &str {
    let name = function.strip_prefix("_XLFN.").unwrap_or(function);
    let name = name.strip_prefix("_XLWS.").unwrap_or(name);
    name.strip_prefix("ORG.LIBREOFFICE.").unwrap_or(name)
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '.' | '\\' | '?' | '$')
}

fn corner(word: &str) -> Option<Corner> {
    let mut rest = word;
    let fixed = |rest: &mut &str| match rest.strip_prefix('$') {
        Some(behind) => {
            *rest = behind;
            true
        }
        None => false,
    };
    let dollar = fixed(&mut rest);
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (col, row_fixed) = if letters == 0 {
        (None, dollar)
    } else {
        let number = rest[..letters]
            .bytes()
            .take(4)
            .fold(0u32, |number, letter| {
                number * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1
            });
        rest = &rest[letters..];
        if letters > 3 || number > COLUMNS {
            return None;
        }
        (Some((number - 1, dollar)), fixed(&mut rest))
    };
    if rest.is_empty() {
        return (col.is_some() && !row_fixed).then_some(Corner { row: None, col });
    }
    let row = crate::read::address::number(rest).filter(|row| (1..=ROWS).contains(row))?;
    Some(Corner {
        row: Some((row - 1, row_fixed)),
        col,
    })
}

/// Goes through a formula once.
fn scan(text: &str) -> Scan {
    let mut found = Scan::default();
    let mut sheet: Option<(usize, String)> = None;
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let start = at;
        match char {
            '"' => at = after_quote(text, at, '"'),
            '\'' => {
                at = after_quote(text, at, '\'');
                if text[at..].starts_with('!') {
                    let name = text[start + 1..at - 1].replace("''", "'");
                    at += 1;
                    sheet = Some((start, name));
                    continue;
                }
            }
            '[' => {
                let depth_end = after_bracket(text, at);
                // `[1]Sheet!A1` is another workbook, `Table[Column]` a table.
                let inside = &text[at..depth_end];
                let number = inside
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'))
                    .filter(|number| !number.is_empty());
                let other =
                    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
                found.structured |= !other;
                at = depth_end;
                if other {
                    // The name of its sheet follows, and belongs to it.
                    let end = word_end(text, at);
                    if text[end..].starts_with('!') {
                        at = end + 1;
                        sheet = Some((start, format!("{inside}{}", &text[depth_end..end])));
                        continue;
                    }
                }
            }
            '#' => {
                at = text[at..]
                    .find(['!', '?', '/', 'A'])
                    .map_or(at + 1, |len| at + len + 1)
            }
            char if is_word(char) => {
                at = word_end(text, at);
                let word = &text[start..at];
                let rest = &text[at..];
                if rest.starts_with('!') {
                    at += 1;
                    sheet = Some((start, word.to_owned()));
                    continue;
                }
                if rest.starts_with('(') {
                    found.functions.push(word.to_uppercase());
                } else if let Some(end) = sheet_range(rest).filter(|_| sheet.is_none()) {
                    // A 3-D reference, `Jan:Dec!A1`.
                    let name = text[start..at + end - 1].to_owned();
                    at += end;
                    sheet = Some((start, name));
                    continue;
                } else if let Some((reference, end)) = reference(text, start, at, &mut sheet) {
                    at = end;
                    found.references.push(reference);
                } else if !word.starts_with(|char: char| char.is_ascii_digit()) {
                    found.words.push(word.to_owned());
                }
            }
            char => at += char.len_utf8(),
        }
        sheet = None;
    }
    found
}

fn word_end(text: &str, from: usize) -> usize {
    text[from..]
        .find(|char| !is_word(char))
        .map_or(text.len(), |len| from + len)
}

/// The length of `:Name!` at the start, if that stands there.
fn sheet_range(rest: &str) -> Option<usize> {
    let end = word_end(rest.strip_prefix(':')?, 0) + 1;
    rest[end..].starts_with('!').then_some(end + 1)
}

fn after_quote(text: &str, from: usize, quote: char) -> usize {
    let mut at = from + 1;
    while let Some(len) = text[at..].find(quote) {
        at += len + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

fn after_bracket(text: &str, from: usize) -> usize {
    let mut depth = 0usize;
    for (len, char) in text[from..].char_indices() {
        match char {
            '[' => depth += 1,
            ']' if depth <= 1 => return from + len + 1,
            ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn reference(
    text: &str,
    start: usize,
    end: usize,
    sheet: &mut Option<(usize, String)>,
) -> Option<(Reference, usize)> {
    let first = corner(&text[start..end])?;
    let mut last = None;
    let mut to = end;
    if let Some(rest) = text[end..].strip_prefix(':') {
        let stop = word_end(rest, 0);
        let other = corner(&rest[..stop]).filter(|_| !rest[stop..].starts_with('('));
        let alike = |other: &Corner| {
            other.row.is_some() == first.row.is_some() && other.col.is_some() == first.col.is_some()
        };
        if let Some(other) = other.filter(alike) {
            last = Some(other);
            to = end + 1 + stop;
        }
    }
    // `A` alone is a name, `12` a number.
    if last.is_none() && (first.row.is_none() || first.col.is_none()) {
        return None;
    }
    let sheet = sheet.take().map(|sheet| sheet.1);
    Some((
        Reference {
            span: start..to,
            first,
            last,
            sheet,
        },
        to,
    ))
}

/// The formula as it reads `rows` further down and `cols` further right.
pub(crate) fn moved(text: &str, rows: i64, cols: i64) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    for reference in scan(text).references {
        out.push_str(&text[at..reference.span.start]);
        at = reference.span.end;
        let first = shown(reference.first, rows, cols);
        let last = reference.last.map(|last| shown(last, rows, cols));
        match (first, last) {
            (Some(first), None) => out.push_str(&first),
            (Some(first), Some(Some(last))) => {
                let _ = write!(out, "{first}:{last}");
            }
            _ => out.push_str("#REF!"),
        }
    }
    out.push_str(&text[at..]);
    out
}

fn shown(corner: Corner, rows: i64, cols: i64) -> Option<String> {
    let shift = |(place, fixed): (u32, bool), by: i64, most: u32| {
        let place = if fixed {
            i64::from(place)
        } else {
            i64::from(place) + by
        };
        u32::try_from(place)
            .ok()
            .filter(|place| *place < most)
            .map(|place| (place, fixed))
    };
    let mut out = String::new();
    if let Some(col) = corner.col {
        let (col, fixed) = shift(col, cols, COLUMNS)?;
        let name = Addr::new(0, col).to_string();
        out.push_str(if fixed { "$" } else { "" });
        out.push_str(name.trim_end_matches('1'));
    }
    if let Some(row) = corner.row {
        let (row, fixed) = shift(row, rows, ROWS)?;
        let _ = write!(out, "{}{}", if fixed { "$" } else { "" }, row + 1);
    }
    Some(out)
}

/// What the formula depends on, when it stands `rows` further down and `cols` further right
/// than where it is written for.
pub(crate) fn needs(text: &str, rows: i64, cols: i64) -> Needs {
    let scan = scan(text);
    let place = |place: Option<(u32, bool)>, by: i64, most: u32, missing: u32| match place {
        Some((place, true)) => place,
        Some((place, false)) => {
            u32::try_from((i64::from(place) + by).clamp(0, i64::from(most) - 1)).unwrap_or(0)
        }
        None => missing,
    };
    let areas = scan
        .references
        .into_iter()
        .map(|reference| {
            let last = reference.last.unwrap_or(reference.first);
            let a = Addr::new(
                place(reference.first.row, rows, ROWS, 0),
                place(reference.first.col, cols, COLUMNS, 0),
            );
            let b = Addr::new(
                place(last.row, rows, ROWS, ROWS - 1),
                place(last.col, cols, COLUMNS, COLUMNS - 1),
            );
            let area = Area {
                first: Addr::new(a.row.min(b.row), a.col.min(b.col)),
                last: Addr::new(a.row.max(b.row), a.col.max(b.col)),
            };
            (reference.sheet, area)
        })
        .collect();
    let opaque = scan.structured
        || scan.functions.iter().any(|name| {
            matches!(
                name.as_str(),
                "INDIRECT" | "OFFSET" | "_XLFN.SINGLE" | "_XLFN.ANCHORARRAY"
            )
        });
    let functions = scan
        .functions
        .iter()
        .map(|name| plain_name(name).to_owned());
    Needs {
        areas,
        names: scan.words,
        opaque,
        functions: functions.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_formulas_move_their_relative_references_only() {
        for (text, want) in [
            ("A1+B$2+$C3+$D$4", "B3+C$2+$C5+$D$4"),
            (
                "SUM(A1:B2,'A1 年'!A1,Sheet1!$A1)",
                "SUM(B3:C4,'A1 年'!B3,Sheet1!$A3)",
            ),
            ("\"A1\"&A1&LOG10(A1)", "\"A1\"&B3&LOG10(B3)"),
            ("SUM(A:A)+SUM(1:1)+SUM($A:B)", "SUM(B:B)+SUM(3:3)+SUM($A:C)"),
            ("XFD1+A1048576", "#REF!+#REF!"),
            ("[1]Sheet2!A1+Table1[A1]", "[1]Sheet2!B3+Table1[A1]"),
            ("Jan:Dec!A1+总额*1.5E3", "Jan:Dec!B3+总额*1.5E3"),
            ("'it''s'!A1&#REF!&A1", "'it''s'!B3&#REF!&B3"),
            ("IF(A1=TRUE,A_1,A1B)", "IF(B3=TRUE,A_1,A1B)"),
        ] {
            assert_eq!(moved(text, 2, 1), want, "{text}");
        }
    }

    #[test]
    fn needs_are_areas_and_names() {
        let found = needs("SUM(B2:A1)+'甲 乙'!C3*税率", 1, 0);
        assert_eq!(found.areas[0].1.to_string(), "A2:B3");
        assert_eq!(found.areas[1].0.as_deref(), Some("甲 乙"));
        assert_eq!(found.names, ["税率"]);
        assert!(!found.opaque);
        assert!(needs("indirect(\"A\"&1)", 0, 0).opaque);
        for (text, functions) in [
            ("rand()*5", &["RAND"][..]),
            ("1+_xlfn.RANDARRAY(SUM(A1))", &["RANDARRAY", "SUM"]),
            ("\"NOW()\"&NOW", &[]),
            ("'NOW()'!A1", &[]),
        ] {
            assert_eq!(needs(text, 0, 0).functions, functions, "{text}");
        }
        assert_eq!(
            needs("SUM(C:C)", 5, 0).areas[0].1.to_string(),
            "C1:C1048576"
        );
    }

    #[test]
    fn broken_formulas_are_gone_through_without_harm() {
        for text in [
            "'", "\"", "[", "]", "A1:", "!", "$", "$$1", "#", "A1:B(", "'x'!", "表!", "\"\"\"",
            "[万",
        ] {
            let _ = (moved(text, 1, 1), needs(text, 1, 1));
        }
    }
}
