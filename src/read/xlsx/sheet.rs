//! One worksheet part, in one pass (ECMA-376 Part 1, 18.3.1).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::strings::{rich_text, unescape_units};
use super::styles::Styles;
use super::{Trouble, bare, is_unseen, keep, skip, truth};
use crate::read::error::Damage;
use crate::read::limits::Budget;
use crate::read::{address, date, number};
use crate::workbook::{Addr, Area, Cell, Sheet, Value};
use crate::xml::{Event, Reader, SPREADSHEET};

/// What the cells of a sheet refer to.
pub(super) struct Context<'c, 'l> {
    pub(super) strings: &'c [Arc<str>],
    pub(super) styles: &'c mut Styles,
    pub(super) date_1904: bool,
    pub(super) budget: &'c mut Budget<'l>,
}

/// Where the next row or cell stands that does not say so.
#[derive(Default)]
struct Position {
    row: u32,
    next_row: u32,
    next_col: u32,
    /// The cells so far are in order, no address twice.
    sorted: bool,
    /// Shared formulas so far, by group: where the text stands, and the text.
    shared: HashMap<u32, (Addr, Arc<str>)>,
    followers: usize,
    /// Where one formula gives the results of several cells.
    arrays: Vec<Area>,
}

/// Longer shared formulas are not written out for their followers, nor more than so many.
const LONGEST_SHARED: usize = 512;
const MOST_FOLLOWERS: usize = 50_000;

/// So many cells are looked at, at most, for being part of an array formula.
const MOST_LOOKS: usize = 4_000_000;

/// The cells whose result comes from an array formula of another have one too, whose text is not
/// theirs to have.
fn fill_arrays(cells: &mut [Cell], arrays: &[Area]) {
    let none: Arc<str> = "".into();
    let mut looks = 0;
    for area in arrays {
        let from = cells.partition_point(|cell| cell.at.row < area.first.row);
        for cell in &mut cells[from..] {
            looks += 1;
            if cell.at.row > area.last.row {
                break;
            }
            if looks > MOST_LOOKS {
                return;
            }
            if area.contains(cell.at) && cell.formula.is_none() {
                cell.formula = Some(Arc::clone(&none));
            }
        }
    }
}

impl Context<'_, '_> {
    /// Reads the part's cells, merges and hidden rows and columns into `sheet`.
    pub(super) fn read(&mut self, text: &str, sheet: &mut Sheet) -> Result<(), Trouble> {
        let mut xml = Reader::new(text, self.budget.limits.xml_depth, SPREADSHEET);
        let mut has_rows = false;
        loop {
            match xml.next()? {
                Event::Start(name) => match xml.local(name) {
                    Some("worksheet") if xml.depth() == 1 => {}
                    _ if xml.depth() == 1 => return Err(Damage::Kind.into()),
                    Some("sheetData") if has_rows => return Err(Damage::Kind.into()),
                    Some("sheetData") => {
                        has_rows = true;
                        self.rows(&mut xml, sheet)?;
                    }
                    Some("cols" | "mergeCells") => {}
                    Some("col")
                        if xml.token("hidden")?.is_some_and(truth)
                            || xml.token("width")?.is_some_and(is_unseen) =>
                    {
                        let first = xml.token("min")?.and_then(address::number);
                        let last = xml.token("max")?.and_then(address::number);
                        if let (Some(first), Some(last)) = (first, last) {
                            let last = last.min(address::COLUMNS);
                            self.hide(&mut sheet.hidden_columns, first, last)?;
                        }
                    }
                    Some("mergeCell") => {
                        let raw = xml.token("ref")?.unwrap_or_default();
                        let area = address::area(raw)
                            .ok_or_else(|| Damage::Address(raw.chars().take(30).collect()))?;
                        if area.first != area.last {
                            self.budget.merge()?;
                            sheet.merges.push(area);
                        }
                    }
                    _ if xml.depth() > 2 => skip(&mut xml, name)?,
                    _ if bare(name) == "AlternateContent" => Self::alternates(&mut xml)?,
                    _ => xml.skip()?,
                },
                Event::Eof => break,
                _ => {}
            }
        }
        sheet.hidden_rows = address::runs(std::mem::take(&mut sheet.hidden_rows));
        sheet.hidden_columns = address::runs(std::mem::take(&mut sheet.hidden_columns));
        Ok(())
    }

    /// What is left to each program to take: controls and drawings, never cells.
    fn alternates(xml: &mut Reader<'_>) -> Result<(), Trouble> {
        let depth = xml.depth();
        while xml.depth() >= depth {
            match xml.next()? {
                Event::Start(name)
                    if matches!(xml.local(name), Some("sheetData" | "cols" | "mergeCells")) =>
                {
                    return Err(Damage::Ambiguous.into());
                }
                Event::Eof => return Err(Damage::Truncated.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes the inclusive run of rows or columns `first..=last`, counted from 1.
    fn hide(&mut self, runs: &mut Vec<(u32, u32)>, first: u32, last: u32) -> Result<(), Trouble> {
        if first < 1 || last < first {
            return Ok(());
        }
        match runs.last_mut() {
            Some(run) if run.1 + 1 == first - 1 => run.1 = last - 1,
            _ => {
                self.budget.merge()?;
                runs.push((first - 1, last - 1));
            }
        }
        Ok(())
    }

    fn rows(&mut self, xml: &mut Reader<'_>, sheet: &mut Sheet) -> Result<(), Trouble> {
        let depth = xml.depth();
        let mut at = Position {
            sorted: true,
            ..Position::default()
        };
        loop {
            match xml.next()? {
                Event::Start(name) => match xml.local(name) {
                    Some("row") if xml.depth() == depth + 1 => self.row(xml, sheet, &mut at)?,
                    Some("c") if xml.depth() == depth + 2 => self.cell(xml, sheet, &mut at)?,
                    Some("extLst") | None => skip(xml, name)?,
                    // Programs do not agree on where a cell out of its place stands, nor on what is
                    // in an element that is not known here.
                    Some(_) => return Err(Damage::Kind.into()),
                },
                Event::End if xml.depth() < depth => break,
                Event::Eof => return Err(Damage::Truncated.into()),
                _ => {}
            }
        }
        if !at.sorted {
            sheet.cells.sort_by_key(|cell| cell.at);
            let twice = sheet.cells.windows(2).find(|pair| pair[0].at == pair[1].at);
            if let Some(pair) = twice {
                // Which of two values is meant cannot be known.
                return Err(Damage::Address(pair[0].at.to_string()).into());
            }
        }
        fill_arrays(&mut sheet.cells, &at.arrays);
        Ok(())
    }

    fn row(
        &mut self,
        xml: &Reader<'_>,
        sheet: &mut Sheet,
        at: &mut Position,
    ) -> Result<(), Trouble> {
        at.row = at.next_row;
        let mut hidden = false;
        for attribute in xml.attributes() {
            let raw = attribute.raw.trim_ascii();
            match attribute.name {
                "r" => {
                    at.row = address::number(raw)
                        .filter(|row| (1..=address::ROWS).contains(row))
                        .ok_or_else(|| Damage::Address(raw.chars().take(30).collect()))?
                        - 1;
                }
                "hidden" => hidden |= truth(raw),
                "ht" => hidden |= is_unseen(raw),
                _ => {}
            }
        }
        if hidden {
            self.hide(&mut sheet.hidden_rows, at.row + 1, at.row + 1)?;
        }
        at.next_row = at.row + 1;
        at.next_col = 0;
        Ok(())
    }

    fn cell(
        &mut self,
        xml: &mut Reader<'_>,
        sheet: &mut Sheet,
        at: &mut Position,
    ) -> Result<(), Trouble> {
        let mut addr = Addr::new(at.row, at.next_col);
        let mut style = 0;
        let mut kind = "n";
        for attribute in xml.attributes() {
            let raw = attribute.raw.trim_ascii();
            match attribute.name {
                "r" => {
                    addr = address::cell(raw)
                        .ok_or_else(|| Damage::Address(raw.chars().take(30).collect()))?;
                }
                // In other words than digits its format would be missed.
                "s" if raw.contains('&') => return Err(Damage::Ambiguous.into()),
                "s" => style = address::number(raw).unwrap_or(0),
                "t" => kind = raw,
                _ => {}
            }
        }
        if addr.col >= address::COLUMNS || addr.row >= address::ROWS {
            return Err(Damage::Address(addr.to_string()).into());
        }
        at.next_col = addr.col + 1;
        // Most cells of a form are empty boxes with a border.
        if xml.is_empty_element() {
            xml.next()?;
            return Ok(());
        }

        let depth = xml.depth();
        let (mut value, mut text) = (None, None);
        let mut formula = None;
        loop {
            match xml.next()? {
                Event::Start(name) => match xml.local(name) {
                    // Which of two a program shows is anyone's guess.
                    Some("v") if value.is_some() => return Err(Damage::Ambiguous.into()),
                    Some("is") if text.is_some() => return Err(Damage::Ambiguous.into()),
                    Some("v") => value = Some(xml.text()?),
                    Some("is") => text = Some(rich_text(xml)?),
                    Some("f") => formula = self.formula(xml, addr, at)?,
                    Some("extLst") | None => skip(xml, name)?,
                    Some(_) => return Err(Damage::Kind.into()),
                },
                Event::End if xml.depth() < depth => break,
                Event::Eof => return Err(Damage::Truncated.into()),
                _ => {}
            }
        }
        let mut format = self.styles.format(style as usize);
        // Of both, programs take the one that the type is for.
        let found = match kind {
            "inlineStr" => text.or(value),
            _ => value.or(text),
        };
        let value = match found {
            // An empty text that a formula gives is a result.
            Some(text) if kind == "str" && text.is_empty() && formula.is_some() => {
                Value::Text("".into())
            }
            Some(text) => self.value(kind, text, &mut format)?,
            None => Value::Blank,
        };
        if value == Value::Blank && formula.is_none() {
            return Ok(());
        }
        self.budget.cell()?;
        at.sorted &= sheet.cells.last().is_none_or(|last| last.at < addr);
        sheet.cells.push(Cell {
            at: addr,
            value,
            format,
            formula,
        });
        Ok(())
    }

    /// The formula of the `f` element that has just been started. That of a follower of a shared
    /// formula is derived from its master. A cell of a data table has one without text, as have
    /// followers of a long formula and those after many others; a bare `<f/>` is none.
    fn formula(
        &mut self,
        xml: &mut Reader<'_>,
        at: Addr,
        position: &mut Position,
    ) -> Result<Option<Arc<str>>, Trouble> {
        let kind = xml.token("t")?;
        let plain = matches!(kind, None | Some("normal"));
        let shared = match kind {
            Some("shared") => xml.token("si")?.and_then(address::number),
            Some("array" | "dataTable") => {
                let area = xml.token("ref")?.and_then(address::area);
                let several = area.filter(|area| area.first != area.last);
                position.arrays.extend(several);
                None
            }
            _ => None,
        };
        let text = xml.text()?;
        if plain && text.is_empty() {
            return Ok(None);
        }
        let text = keep(&text, self.budget)?;
        let Some(group) = shared else {
            return Ok(Some(text));
        };
        if !text.is_empty() {
            if text.len() <= LONGEST_SHARED {
                position.shared.insert(group, (at, Arc::clone(&text)));
            }
            return Ok(Some(text));
        }
        match position.shared.get(&group) {
            Some((master, formula)) if position.followers < MOST_FOLLOWERS => {
                position.followers += 1;
                let rows = i64::from(at.row) - i64::from(master.row);
                let cols = i64::from(at.col) - i64::from(master.col);
                let moved = crate::formula::moved(formula, rows, cols);
                Ok(Some(keep(&moved, self.budget)?))
            }
            _ => Ok(Some(text)),
        }
    }

    /// The value of a cell of type `kind` (ST_CellType, 18.18.11).
    fn value(
        &mut self,
        kind: &str,
        text: Cow<'_, str>,
        format: &mut u16,
    ) -> Result<Value, Trouble> {
        Ok(match kind {
            "n" => match number::parse(&text) {
                Some(number) => Value::Number(number),
                None if text.trim_ascii().is_empty() => Value::Blank,
                None => Value::Unreadable(keep(&text, self.budget)?),
            },
            "s" => {
                let index = address::number(text.trim_ascii());
                match index.and_then(|index| self.strings.get(index as usize)) {
                    Some(string) if string.is_empty() => Value::Blank,
                    Some(string) => {
                        self.budget.shared(string)?;
                        Value::Text(Arc::clone(string))
                    }
                    None => {
                        let missing = format!("共享文字表里没有第 {} 项", text.trim_ascii());
                        Value::Unreadable(keep(&missing, self.budget)?)
                    }
                }
            }
            "inlineStr" if text.is_empty() => Value::Blank,
            "inlineStr" => Value::Text(keep(&text, self.budget)?),
            "str" if text.is_empty() => Value::Blank,
            "str" => Value::Text(keep(&unescape_units(text), self.budget)?),
            "b" => match text.trim_ascii() {
                "1" | "true" => Value::Bool(true),
                "0" | "false" => Value::Bool(false),
                _ => Value::Unreadable(keep(&text, self.budget)?),
            },
            "e" => Value::Error(keep(text.trim_ascii(), self.budget)?),
            "d" => match date::serial(text.trim_ascii(), self.date_1904) {
                Some(serial) => {
                    // The type says date; a format that does not would show a bare number.
                    if !self
                        .styles
                        .formats
                        .get(*format)
                        .is_some_and(|format| format.date)
                    {
                        *format = self.styles.formats.index("yyyy-mm-dd");
                    }
                    Value::Number(serial)
                }
                None => Value::Unreadable(keep(&text, self.budget)?),
            },
            _ => Value::Unreadable(keep(&text, self.budget)?),
        })
    }
}
