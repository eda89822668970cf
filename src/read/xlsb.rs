//! Binary Office Open XML workbooks (.xlsb, [MS-XLSB]).
//!
//! The records of cells are simple, and reading them here gives number formats, merges and
//! hidden rows in the same pass.

use std::collections::HashMap;
use std::sync::Arc;

use super::cfb::{u16_at, u32_at};
use super::container::{Package, normal};
use super::error::{Damage, ReadError};
use super::format::Formats;
use super::limits::Budget;
use super::tokens::{Layout, Shares, Wording, error_name};
use super::xlsx::{Relation, by_id, find, folder, relationships, rels_of};
use super::{address, number};
use crate::workbook::{Addr, Area, Cell, FileKind, Sheet, Traits, Value, Workbook};

/// Reads the workbook in `package`; `main` is its main part.
pub(super) fn read(
    package: &mut Package<'_>,
    main: &str,
    budget: &mut Budget<'_>,
) -> Result<Workbook, ReadError> {
    let mut buffer = Vec::new();
    let root = relationships(package, "_rels/.rels", "", budget, &mut buffer)?;
    let main = find(&root, "officeDocument").map_or_else(|| normal(main), |it| it.target.clone());
    let links = relationships(package, &rels_of(&main), folder(&main), budget, &mut buffer)?;
    need(package, &main, budget, &mut buffer)?;
    let Book {
        entries,
        date_1904,
        as_shown,
        links: tabs,
    } = book(
        &Part {
            name: &main,
            bytes: &buffer,
        },
        budget,
    )?;
    let names = entries.iter().map(|entry| entry.0.as_str());
    let mut wording = Wording::new(Layout::Biff12, names, tabs, budget.limits.text_bytes);

    let mut styles = (Vec::new(), Formats::new());
    if let Some(link) = find(&links, "styles") {
        need(package, &link.target, budget, &mut buffer)?;
        styles = self::styles(&Part {
            name: &link.target,
            bytes: &buffer,
        })?;
    }
    let mut strings = Vec::new();
    if let Some(link) = find(&links, "sharedStrings")
        && package.read(&link.target, budget, &mut buffer)?
    {
        strings = self::strings(
            &Part {
                name: &link.target,
                bytes: &buffer,
            },
            budget,
        )?;
    }
    let by_id = by_id(&links);
    let mut sheets = Vec::new();
    for (name, visible, relation) in entries {
        let mut sheet = Sheet {
            name,
            visible,
            ..Sheet::default()
        };
        let Some(link) = by_id.get(relation.as_str()) else {
            return Err(ReadError::corrupt(
                format!("{main}: {}", sheet.name),
                Damage::Missing,
            ));
        };
        if link.is_worksheet(&sheet.name)? {
            need(package, &link.target, budget, &mut buffer)?;
            let part = Part {
                name: &link.target,
                bytes: &buffer,
            };
            cells(&part, &strings, &styles.0, budget, &mut wording, &mut sheet)?;
        }
        sheets.push(sheet);
    }
    Ok(Workbook {
        names: Vec::new(),
        sheets,
        formats: styles.1.into_list(),
        date_1904,
        traits: Traits {
            kind: FileKind::Xlsb,
            macros: links.iter().any(Relation::is_of_macros),
            signed: package.has_prefix("_xmlsignatures/"),
            external_links: links.iter().any(|link| link.is("externalLink")),
            as_shown,
        },
    })
}

fn need(
    package: &mut Package<'_>,
    part: &str,
    budget: &mut Budget<'_>,
    buffer: &mut Vec<u8>,
) -> Result<(), ReadError> {
    if package.read(part, budget, buffer)? {
        Ok(())
    } else {
        Err(ReadError::corrupt(part, Damage::Missing))
    }
}

/// A part as a run of records.
struct Part<'a> {
    name: &'a str,
    bytes: &'a [u8],
}

impl<'a> Part<'a> {
    fn damage(&self, what: &str) -> ReadError {
        ReadError::corrupt(self.name, Damage::Record(what.to_owned()))
    }

    /// Calls `each` with the type and body of every record, in order.
    fn each(
        &self,
        mut each: impl FnMut(u16, &'a [u8]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let truncated = || ReadError::corrupt(self.name, Damage::Truncated);
        let mut rest = self.bytes;
        while !rest.is_empty() {
            let kind = number_of(&mut rest, 2).ok_or_else(truncated)?;
            let length = number_of(&mut rest, 4).ok_or_else(truncated)? as usize;
            if length > rest.len() {
                return Err(truncated());
            }
            let (body, behind) = rest.split_at(length);
            rest = behind;
            each(u16::try_from(kind).unwrap_or(u16::MAX), body)?;
        }
        Ok(())
    }

    fn word(&self, body: &[u8], at: usize) -> Result<u32, ReadError> {
        u32_at(body, at).ok_or_else(|| self.damage("too short"))
    }

    /// The area with which a record begins: rows, then columns.
    fn area(&self, body: &[u8]) -> Result<Area, ReadError> {
        let corner = |row, col| -> Result<_, ReadError> {
            Ok(Addr::new(self.word(body, row)?, self.word(body, col)?))
        };
        Ok(Area {
            first: corner(0, 8)?,
            last: corner(4, 12)?,
        })
    }

    /// Fails where no sheet has such a cell.
    fn on_sheet(&self, at: Addr) -> Result<(), ReadError> {
        if at.row < address::ROWS && at.col < address::COLUMNS {
            return Ok(());
        }
        let damage = Damage::Address(at.to_string());
        Err(ReadError::corrupt(self.name, damage))
    }

    /// The counted UTF-16 text at `at`, and where it ends.
    fn text(&self, body: &[u8], at: usize) -> Result<(String, usize), ReadError> {
        let units = self.word(body, at)? as usize;
        let end = units
            .checked_mul(2)
            .and_then(|bytes| bytes.checked_add(at + 4));
        let raw = end.and_then(|end| body.get(at + 4..end));
        let raw = raw.ok_or_else(|| self.damage("text"))?;
        let units = raw
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let text = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or('\u{fffd}'))
            .collect();
        Ok((text, at + 4 + raw.len()))
    }
}

/// A number of up to `most` bytes with seven bits each.
fn number_of(rest: &mut &[u8], most: u32) -> Option<u32> {
    let mut number = 0;
    for nth in 0..most {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u32::from(byte & 0x7F) << (7 * nth);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

/// Name, visibility and relationship of a sheet.
type Entry = (String, bool, String);

/// What the main part says.
struct Book {
    entries: Vec<Entry>,
    date_1904: bool,
    as_shown: bool,
    /// The sheets that formulas refer to by the place in this list, as places among `entries`.
    links: Vec<Option<usize>>,
}

fn book(part: &Part<'_>, budget: &mut Budget<'_>) -> Result<Book, ReadError> {
    let mut entries = Vec::new();
    let (mut date_1904, mut as_shown, mut in_list) = (false, false, false);
    let mut own_books = Vec::new();
    let mut references: &[u8] = &[];
    part.each(|kind, body| {
        match kind {
            // BrtWbProp.
            0x99 => date_1904 = body.first().is_some_and(|flags| flags & 1 != 0),
            // BrtCalcProp, with the bit for full precision.
            0x9D => as_shown = body.get(24).is_some_and(|flags| flags & 8 == 0),
            // BrtBeginBundleShs, BrtEndBundleShs.
            0x8F | 0x90 => in_list = kind == 0x8F,
            0x9C if !in_list => return Err(part.damage("sheet")),
            // BrtBundleSh.
            0x9C => {
                let (relation, end) = part.text(body, 8)?;
                let (name, _) = part.text(body, end)?;
                budget.sheet(&name)?;
                entries.push((name, part.word(body, 0)? == 0, relation));
            }
            // BrtSupSelf is this workbook; BrtSupBookSrc, BrtSupSame, BrtSupAddin are others.
            0x0165 => own_books.push(true),
            0x0163 | 0x0166 | 0x029B => own_books.push(false),
            // BrtExternSheet.
            0x016A => references = body.get(4..).unwrap_or_default(),
            _ => {}
        }
        Ok(())
    })?;
    // Workbook, first and last sheet; formulas count them with two bytes.
    let links = references.chunks_exact(12).take(1 << 16).map(|xti| {
        let number = |at| u32_at(xti, at).map(|number| number as usize);
        let own = own_books.get(number(0)?) == Some(&true);
        number(4).filter(|first| own && number(8) == Some(*first))
    });
    Ok(Book {
        links: links.collect(),
        entries,
        date_1904,
        as_shown,
    })
}

fn styles(part: &Part<'_>) -> Result<(Vec<u16>, Formats), ReadError> {
    let mut codes = HashMap::new();
    let mut ids = Vec::new();
    let mut in_cells = false;
    part.each(|kind, body| {
        let half = |at| u16_at(body, at).ok_or_else(|| part.damage("style"));
        match kind {
            // BrtFmt.
            0x2C => {
                codes.insert(u32::from(half(0)?), part.text(body, 2)?.0);
            }
            // BrtBeginCellXFs, BrtEndCellXFs, BrtXF.
            0x0269 => in_cells = true,
            0x026A => in_cells = false,
            0x2F if in_cells => ids.push(u32::from(half(2)?)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Formats::of_styles(&ids, &codes))
}

fn strings(part: &Part<'_>, budget: &mut Budget<'_>) -> Result<Vec<Arc<str>>, ReadError> {
    let mut strings = Vec::new();
    let mut is_inside = false;
    part.each(|kind, body| {
        // BrtBeginSst, BrtEndSst.
        if kind == 0x9F || kind == 0xA0 {
            is_inside = kind == 0x9F;
        }
        // BrtSSTItem; formatting runs and readings follow the text.
        if kind == 0x13 {
            if !is_inside {
                return Err(part.damage("text"));
            }
            budget.string()?;
            strings.push(keep(&part.text(body, 1)?.0, budget)?);
        }
        Ok(())
    })?;
    Ok(strings)
}

fn keep(text: &str, budget: &mut Budget<'_>) -> Result<Arc<str>, ReadError> {
    budget.text(text)?;
    Ok(Arc::from(text))
}

fn cells(
    part: &Part<'_>,
    strings: &[Arc<str>],
    styles: &[u16],
    budget: &mut Budget<'_>,
    wording: &mut Wording,
    sheet: &mut Sheet,
) -> Result<(), ReadError> {
    let mut row = 0;
    // The column of the last cell of the row, blank ones too.
    let mut last = None;
    let (mut is_inside, mut has_row) = (false, false);
    let mut shares = Shares::default();
    part.each(|kind, body| {
        match kind {
            // BrtBeginSheetData, BrtEndSheetData: elsewhere no program takes rows and cells.
            0x91 if is_inside => return Err(part.damage("rows in rows")),
            0x91 | 0x92 => (is_inside, has_row) = (kind == 0x91, false),
            0x00..=0x12 | 0x3E if !is_inside => {}
            0x01..=0x12 | 0x3E if !has_row => return Err(part.damage("cell")),
            // BrtRowHdr (2.4.741), with its hidden bit.
            0x00 => {
                row = part.word(body, 0)?;
                (last, has_row) = (None, true);
                part.on_sheet(Addr::new(row, 0))?;
                if body.get(11).is_some_and(|flags| flags & 0x10 != 0) {
                    budget.merge()?;
                    sheet.hidden_rows.push((row, row));
                }
            }
            // BrtColInfo (2.4.323).
            0x3C if u16_at(body, 16).is_some_and(|flags| flags & 1 != 0) => {
                let (first, last) = (part.word(body, 0)?, part.word(body, 4)?);
                let last = last.min(address::COLUMNS - 1);
                if first <= last {
                    budget.merge()?;
                    sheet.hidden_columns.push((first, last));
                }
            }
            // BrtShrFmla (2.4.750): the formula that the last cell has first.
            0x01AB => {
                let first = sheet.cells.last().filter(|cell| cell.formula.is_some());
                if let (Some(first), Some(tokens)) = (first, counted(body, 16)) {
                    shares.add(first.at, part.area(body)?, tokens);
                }
            }
            // BrtMergeCell.
            0xB0 => {
                let area = part.area(body)?;
                part.on_sheet(area.last)?;
                if area.first != area.last && area.contains(area.first) {
                    budget.merge()?;
                    sheet.merges.push(area);
                }
            }
            0x01..=0x12 | 0x3E => {
                let (kind, column, cell) = long(part, kind, body, last)?;
                let at = Addr::new(row, column);
                part.on_sheet(at)?;
                last = Some(column);
                let style = (part.word(cell, 0)? & 0x00FF_FFFF) as usize;
                let value = value(part, kind, cell, strings, budget)?;
                let formula = (0x08..=0x0B).contains(&kind).then(|| {
                    let (tokens, behind) = tokens(kind, cell).unwrap_or_default();
                    shares.text(wording, (sheet.cells.len(), at), tokens, behind)
                });
                let formula = formula.map(|text| keep(&text, budget)).transpose()?;
                if value != Value::Blank || formula.is_some() {
                    budget.cell()?;
                    let format = styles.get(style).copied().unwrap_or(0);
                    sheet.cells.push(Cell {
                        at,
                        value,
                        format,
                        formula,
                    });
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    for (place, text) in shares.texts(wording) {
        sheet.cells[place].formula = Some(keep(&text, budget)?);
    }
    sheet.cells.sort_by_key(|cell| cell.at);
    if let Some(pair) = sheet.cells.windows(2).find(|pair| pair[0].at == pair[1].at) {
        return Err(ReadError::corrupt(
            part.name,
            Damage::Address(pair[0].at.to_string()),
        ));
    }
    sheet.hidden_rows = address::runs(std::mem::take(&mut sheet.hidden_rows));
    sheet.hidden_columns = address::runs(std::mem::take(&mut sheet.hidden_columns));
    Ok(())
}

/// The kind and column of a cell, and what stands behind them; `last` is the column of the cell
/// before.
fn long<'a>(
    part: &Part<'_>,
    kind: u16,
    body: &'a [u8],
    last: Option<u32>,
) -> Result<(u16, u32, &'a [u8]), ReadError> {
    match (kind, last) {
        // BrtShortBlank to BrtShortIsst: as those that name their column, and in the next one.
        (0x0C..=0x12, Some(last)) => Ok((kind - 0x0B, last + 1, body)),
        (0x0C..=0x12, None) => Err(part.damage("cell")),
        _ => Ok((kind, part.word(body, 0)?, &body[4..])),
    }
}

/// The tokens of the formula of a cell, and what stands behind them; `body` begins with the
/// cell's style.
fn tokens(kind: u16, body: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = match kind {
        // BrtFmlaString, BrtFmlaNum; else BrtFmlaBool, BrtFmlaError.
        0x08 => 4 + u32_at(body, 4)? as usize * 2,
        0x09 => 8,
        _ => 1,
    };
    // Two bytes of flags are between.
    let tokens = counted(body, 4 + value + 2)?;
    let behind = counted(body, 4 + value + 2 + 4 + tokens.len());
    Some((tokens, behind.unwrap_or_default()))
}

/// The bytes at `at`, behind how many they are.
fn counted(body: &[u8], at: usize) -> Option<&[u8]> {
    let length = u32_at(body, at)? as usize;
    body.get(at + 4..)?.get(..length)
}

/// The value of a cell; `body` begins with its style.
fn value(
    part: &Part<'_>,
    kind: u16,
    body: &[u8],
    strings: &[Arc<str>],
    budget: &mut Budget<'_>,
) -> Result<Value, ReadError> {
    // BrtCellBlank.
    if kind == 0x01 {
        return Ok(Value::Blank);
    }
    let byte = body.get(4).copied().ok_or_else(|| part.damage("cell"))?;
    Ok(match kind {
        // BrtCellRk.
        0x02 => double(rk(part.word(body, 4)?)),
        // BrtCellError, BrtFmlaError.
        0x03 | 0x0B => Value::Error(Arc::from(error_name(byte).unwrap_or("#ERROR!"))),
        // BrtCellBool, BrtFmlaBool.
        0x04 | 0x0A => Value::Bool(byte != 0),
        // BrtCellReal, BrtFmlaNum.
        0x05 | 0x09 => {
            let raw = body
                .get(4..12)
                .and_then(|raw| <[u8; 8]>::try_from(raw).ok());
            double(f64::from_le_bytes(
                raw.ok_or_else(|| part.damage("number"))?,
            ))
        }
        // BrtCellIsst.
        0x07 => {
            let index = part.word(body, 4)?;
            match strings.get(index as usize) {
                Some(text) if text.is_empty() => Value::Blank,
                Some(text) => {
                    budget.shared(text)?;
                    Value::Text(Arc::clone(text))
                }
                None => Value::Unreadable(keep(&format!("共享文字表里没有第 {index} 项"), budget)?),
            }
        }
        // BrtCellRString has a byte of flags before the text; BrtCellSt, BrtFmlaString have not.
        _ => {
            let (text, _) = part.text(body, if kind == 0x3E { 5 } else { 4 })?;
            // An empty text that a formula gives is a result.
            if text.is_empty() && kind != 0x08 {
                Value::Blank
            } else {
                Value::Text(keep(&text, budget)?)
            }
        }
    })
}

fn double(number: f64) -> Value {
    number::from_f64(number).map_or_else(
        || Value::Unreadable(Arc::from(format!("{number:e}"))),
        Value::Number,
    )
}

/// A number in 30 bits (2.5.123): an integer or the upper half of a double, perhaps a hundredfold.
fn rk(raw: u32) -> f64 {
    let number = if raw & 2 != 0 {
        f64::from(raw.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(raw & !3) << 32)
    };
    if raw & 1 != 0 { number / 100.0 } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_read() {
        for (raw, want) in [
            (2 | 5 << 2, "5"),
            (3 | 31_810 << 2, "318.1"),
            (u32::from_le_bytes([0, 0, 0xF0, 0x3F]), "1"),
            (2 | (0xFFFF_FFFF << 2), "-1"),
        ] {
            assert_eq!(double(rk(raw)), Value::Number(want.parse().unwrap()));
        }
    }
}
