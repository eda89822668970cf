//! The records of an .xls workbook stream ([MS-XLS], BIFF 5 and 8) that calamine does not tell
//! of: the number format of each cell (without it 84.78% arrives as 0.8478), hidden rows and
//! columns. Also what must be known before calamine sees the stream: whether it is encrypted,
//! how far apart its cells lie, whether every record is complete.

mod formulas;
mod strings;
mod texts;

use std::sync::Arc;

use super::cfb::{u16_at, u32_at};
use super::error::{Damage, ReadError};
use super::format::Formats;
use super::limits::Budget;
use super::tokens::Wording;
use crate::workbook::{Addr, Area};
use formulas::Formulas;
use texts::Texts;

/// A record type that no one reads; takes the place of records whose numbers are not to be
/// believed.
const IGNORED: u16 = 0x0FFF;

/// Sheets of this format have columns up to IV.
const LAST_COLUMN: u32 = 255;

/// What the scan of a stream gives.
pub(crate) struct Book {
    /// The sheets, in the order of their tabs.
    pub(crate) sheets: Vec<SheetScan>,
    /// The number formats of the cells.
    pub(crate) formats: Formats,
    /// The shared strings.
    pub(crate) strings: Vec<Arc<str>>,
    /// The stream refers to other workbooks.
    pub(crate) external_links: bool,
    /// Formulas calculate with figures as they are shown.
    pub(crate) as_shown: bool,
    /// Has sheets of macros, or modules among its sheets.
    pub(crate) macros: bool,
}

/// What the scan of one sheet gives.
#[derive(Default)]
pub(crate) struct SheetScan {
    /// The filled cells, ascending, no address twice.
    pub(crate) cells: Vec<CellScan>,
    /// Merged areas of more than one cell.
    pub(crate) merges: Vec<Area>,
    /// Hidden rows, as runs.
    pub(crate) hidden_rows: Vec<(u32, u32)>,
    /// Hidden columns, as runs.
    pub(crate) hidden_columns: Vec<(u32, u32)>,
}

/// One filled cell.
pub(crate) struct CellScan {
    pub(crate) at: Addr,
    /// Index into the formats.
    pub(crate) format: u16,
    pub(crate) holds: Holds,
    /// The text of its formula, empty where that is not known.
    pub(crate) formula: Option<Arc<str>>,
}

/// What a cell holds.
pub(crate) enum Holds {
    /// What calamine reads.
    Seen,
    /// This shared string.
    Shared(u32),
    /// The text that its formula gives, where that is whole.
    Text(Option<Arc<str>>),
}

fn corrupt(what: &str) -> ReadError {
    ReadError::corrupt("Workbook", Damage::Record(what.to_owned()))
}

/// The record at `at`: type, body, where the next begins.
fn record(stream: &[u8], at: usize) -> Result<(u16, &[u8], usize), ReadError> {
    let truncated = || ReadError::corrupt("Workbook", Damage::Truncated);
    let kind = u16_at(stream, at).ok_or_else(truncated)?;
    let length = usize::from(u16_at(stream, at + 2).ok_or_else(truncated)?);
    let body = stream.get(at + 4..at + 4 + length).ok_or_else(truncated)?;
    Ok((kind, body, at + 4 + length))
}

/// Whether a stream is that of Excel 97 and later.
pub(crate) fn is_of_excel_97(stream: &[u8]) -> bool {
    u16_at(stream, 0) == Some(0x0809) && u16_at(stream, 4) == Some(0x0600)
}

/// Scans a workbook stream, and takes out of it what a small file can make large: the declared
/// dimensions, which are advice on how much memory to take; the shared strings, which would be
/// copied for every cell that shows them; formulas, whose text it would not always get right.
pub(crate) fn scan(stream: &mut [u8], budget: &mut Budget<'_>) -> Result<Book, ReadError> {
    let mut codes = std::collections::HashMap::new();
    let mut styles = Vec::new();
    let mut places = Vec::new();
    let mut strings = Vec::new();
    let mut tabs = Vec::new();
    let mut own_books = Vec::new();
    let mut references = Vec::new();
    let (mut external_links, mut macros, mut as_shown) = (false, false, false);
    let mut texts = Texts::Unicode;
    let mut at = 0;
    loop {
        let (kind, body, next) = record(stream, at)?;
        match kind {
            0x0809 => texts = Texts::of(body),
            _ if at == 0 => return Err(corrupt("no beginning")),
            0x000A => break,
            // CodePage (2.4.52): that of texts which are not Unicode. calamine reads all by it.
            0x0042 => match &mut texts {
                Texts::Unicode => hide(stream, at),
                Texts::Page(page) => {
                    let known = u16_at(body, 0).and_then(codepage::to_encoding);
                    *page = known.unwrap_or(*page);
                }
            },
            // CalcPrecision (2.4.35).
            0x000E => as_shown = u16_at(body, 0) == Some(0),
            // FilePass (2.4.117), of whatever method.
            0x002F => return Err(ReadError::Encrypted),
            // Format (2.4.126).
            0x041E => {
                let id = u16_at(body, 0).ok_or_else(|| corrupt("format"))?;
                codes.insert(u32::from(id), texts.format(body));
            }
            // XF (2.4.353).
            0x00E0 => styles.push(u16_at(body, 2).ok_or_else(|| corrupt("style"))?.into()),
            // BoundSheet8 (2.4.28).
            0x0085 => {
                let place = u32_at(body, 0).ok_or_else(|| corrupt("sheet"))? as usize;
                let kind = body.get(5);
                macros |= matches!(kind, Some(1 | 6));
                places.push((place, kind.copied()));
                let name = texts.tab(body);
                budget.sheet(&name)?;
                tabs.push(name);
            }
            // SST (2.4.265).
            0x00FC => strings = take_strings(stream, at, budget)?,
            // Lbl (2.4.150): names are for formulas, which calamine does not see.
            0x0018 => hide(stream, at),
            // SupBook (2.4.271): 0x0401 is this workbook, 0x3A01 an add-in.
            0x01AE => {
                let book = u16_at(body, 2);
                own_books.push(book == Some(0x0401));
                external_links |= !matches!(book, Some(0x0401 | 0x3A01) | None);
            }
            // ExternSheet (2.4.105).
            0x0017 => {
                references.extend(body.get(2..).unwrap_or_default().chunks_exact(6).map(xti));
                hide(stream, at);
            }
            _ => {}
        }
        at = next;
    }
    let (styles, formats) = Formats::of_styles(&styles, &codes);
    let links = references.into_iter().map(|(book, first, last)| {
        let own = own_books.get(usize::from(book)) == Some(&true);
        (own && first == last).then_some(usize::from(first))
    });
    // Sheets lie behind each other; where they overlap, a small file can make endless work.
    let mut left = Left {
        bytes: stream.len(),
        wording: Wording::new(
            texts.layout(),
            tabs.iter().map(String::as_str),
            links.collect(),
            budget.limits.text_bytes,
        ),
    };
    let sheets = places
        .into_iter()
        .map(|(place, kind)| {
            let sheet = scan_sheet(stream, place, texts, &mut left, &styles, budget)?;
            // BOF (2.4.21): of sheets, charts, macro sheets and modules. Programs go by the one or
            // by the other.
            let begins_as = match kind {
                Some(0) => 0x0010,
                Some(1) => 0x0040,
                Some(2) => 0x0020,
                _ => 0x0006,
            };
            if u16_at(stream, place.saturating_add(6)) != Some(begins_as) {
                return Err(corrupt("sheet of two kinds"));
            }
            // A chart or macro sheet has numbers too, which no one filled in.
            Ok(match kind {
                Some(0) => sheet,
                _ => SheetScan::default(),
            })
        })
        .collect::<Result<_, ReadError>>()?;
    Ok(Book {
        sheets,
        formats,
        strings,
        external_links,
        macros,
        as_shown,
    })
}

/// Reads the shared strings of the record at `at` and its continuations, and hides them.
fn take_strings(
    stream: &mut [u8],
    at: usize,
    budget: &mut Budget<'_>,
) -> Result<Vec<Arc<str>>, ReadError> {
    let (bodies, records) = continued(stream, at)?;
    let strings = strings::read(&bodies, budget)?;
    for at in records {
        hide(stream, at);
    }
    Ok(strings)
}

/// The bodies of the record at `at` and of those that continue it, and where they are.
fn continued(stream: &[u8], at: usize) -> Result<(Vec<&[u8]>, Vec<usize>), ReadError> {
    let mut records = vec![at];
    let (_, body, mut next) = record(stream, at)?;
    let mut bodies = vec![body];
    while let Ok((0x003C, body, behind)) = record(stream, next) {
        bodies.push(body);
        records.push(next);
        next = behind;
    }
    Ok((bodies, records))
}

/// A reference to sheets (XTI, 2.5.198.94): which workbook, first and last sheet.
fn xti(bytes: &[u8]) -> (u16, u16, u16) {
    let half = |at| u16_at(bytes, at).unwrap_or(u16::MAX);
    (half(0), half(2), half(4))
}

/// Makes the record at `at` one that no one reads.
fn hide(stream: &mut [u8], at: usize) {
    become_kind(stream, at, IGNORED);
}

fn become_kind(stream: &mut [u8], at: usize, kind: u16) {
    stream[at..at + 2].copy_from_slice(&kind.to_le_bytes());
}

pub(super) fn keep(text: &str, budget: &mut Budget<'_>) -> Result<Arc<str>, ReadError> {
    budget.text(text)?;
    Ok(Arc::from(text))
}

/// What is left for the sheets.
struct Left {
    /// Bytes of the stream.
    bytes: usize,
    /// Texts of formulas.
    wording: Wording,
}

fn scan_sheet(
    stream: &mut [u8],
    place: usize,
    texts: Texts,
    left: &mut Left,
    styles: &[u16],
    budget: &mut Budget<'_>,
) -> Result<SheetScan, ReadError> {
    let mut sheet = SheetScan::default();
    let mut depth = 0_usize;
    let mut formulas = Formulas::default();
    let mut at = place;
    loop {
        let (kind, body, next) = record(stream, at)?;
        left.bytes = left
            .bytes
            .checked_sub(next - at)
            .ok_or_else(|| corrupt("sheets overlap"))?;
        match kind {
            // A chart inside the sheet has a beginning and an end of its own, and cells too.
            0x0809 => depth += 1,
            _ if depth == 0 => return Err(corrupt("no beginning")),
            0x000A => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ if depth > 1 => {}
            // Cells as they were before Excel 5, which some programs read here too.
            0x0001..=0x0005 | 0x0007 | 0x0206 | 0x0406 => {
                return Err(corrupt("cell of another version"));
            }
            0x0200 => hide(stream, at),
            _ => {
                sheet.take(kind, body, styles, budget)?;
                let cells = &mut sheet.cells;
                match kind {
                    0x00FD => hide(stream, at),
                    0x0006 => formulas.take(stream, at, cells, &mut left.wording, budget)?,
                    0x0207 => formulas.take_text(stream, at, cells, texts, budget)?,
                    0x04BC => formulas.take_shared(body, cells),
                    _ => {}
                }
            }
        }
        at = next;
    }
    formulas.finish(&mut sheet.cells, &mut left.wording, budget)?;
    sheet.cells.sort_by_key(|cell| cell.at);
    // Of two records for a cell the later one counts, as in calamine.
    sheet.cells.reverse();
    sheet.cells.dedup_by_key(|cell| cell.at);
    sheet.cells.reverse();
    sheet.hidden_rows = super::address::runs(sheet.hidden_rows);
    sheet.hidden_columns = super::address::runs(sheet.hidden_columns);
    budget.grid(grid(&sheet.cells))?;
    Ok(sheet)
}

/// Slots of the rectangle around the cells; those that no one else sees left out.
fn grid(cells: &[CellScan]) -> u64 {
    let mut seen = cells
        .iter()
        .filter(|cell| matches!(cell.holds, Holds::Seen))
        .map(|cell| cell.at);
    let Some(first) = seen.next() else {
        return 0;
    };
    let start = (first.row, first.col, first.col);
    // Rows ascend.
    let (last, low, high) = seen.fold(start, |(_, low, high), at| {
        (at.row, low.min(at.col), high.max(at.col))
    });
    u64::from(last - first.row + 1) * u64::from(high - low + 1)
}

impl SheetScan {
    fn take(
        &mut self,
        kind: u16,
        body: &[u8],
        styles: &[u16],
        budget: &mut Budget<'_>,
    ) -> Result<(), ReadError> {
        let half = |at| u16_at(body, at).ok_or_else(|| corrupt("cell or row"));
        match kind {
            // Number, Label, RString, BoolErr, Rk, LabelSst, Formula.
            0x0203 | 0x0204 | 0x00D6 | 0x0205 | 0x027E | 0x00FD | 0x0006 => {
                let holds = match kind {
                    0x00FD => Holds::Shared(u32_at(body, 6).ok_or_else(|| corrupt("cell"))?),
                    _ => Holds::Seen,
                };
                self.cell(half(0)?, half(2)?, half(4)?, holds, styles, budget)?;
            }
            // MulRk (2.4.175): row, first column, (style, number) for each, last column.
            0x00BD => {
                let (row, first) = (half(0)?, half(2)?);
                for (nth, rk) in body[4..].chunks_exact(6).enumerate() {
                    let column = u16::try_from(nth)
                        .ok()
                        .and_then(|nth| first.checked_add(nth));
                    let column = column.ok_or_else(|| corrupt("cell"))?;
                    self.cell(
                        row,
                        column,
                        u16_at(rk, 0).unwrap_or(0),
                        Holds::Seen,
                        styles,
                        budget,
                    )?;
                }
            }
            // Row (2.4.220), with its hidden bit.
            0x0208 if half(12)? & 0x20 != 0 => {
                let row = u32::from(half(0)?);
                budget.merge()?;
                self.hidden_rows.push((row, row));
            }
            // ColInfo (2.4.53).
            0x007D if half(8)? & 1 != 0 => {
                let (first, last) = (u32::from(half(0)?), u32::from(half(2)?).min(LAST_COLUMN));
                if first <= last {
                    budget.merge()?;
                    self.hidden_columns.push((first, last));
                }
            }
            // MergeCells (2.4.168).
            0x00E5 => {
                for nth in 0..usize::from(half(0)?) {
                    let corner = |at| half(2 + nth * 8 + at).map(u32::from);
                    let area = Area {
                        first: Addr::new(corner(0)?, corner(4)?),
                        last: Addr::new(corner(2)?, corner(6)?.min(LAST_COLUMN)),
                    };
                    let ordered =
                        area.first.row <= area.last.row && area.first.col <= area.last.col;
                    if ordered && area.first != area.last {
                        budget.merge()?;
                        self.merges.push(area);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn cell(
        &mut self,
        row: u16,
        column: u16,
        style: u16,
        holds: Holds,
        styles: &[u16],
        budget: &mut Budget<'_>,
    ) -> Result<(), ReadError> {
        let at = Addr::new(u32::from(row), u32::from(column));
        if at.col > LAST_COLUMN {
            let damage = Damage::Address(at.to_string());
            return Err(ReadError::corrupt("Workbook", damage));
        }
        budget.cell()?;
        self.cells.push(CellScan {
            at,
            format: styles.get(usize::from(style)).copied().unwrap_or(0),
            holds,
            formula: None,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
