//! The records of an .xls workbook stream ([MS-XLS], BIFF 5 and 8) that calamine does not tell
//! of: the number format of each cell (without it 84.78% arrives as 0.8478), hidden rows and
//! columns. Also what must be known before calamine sees the stream: whether it is encrypted,
//! how far apart its cells lie, whether every record is complete.

mod strings;
pub(super) mod tokens;

use std::sync::Arc;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::cfb::{u16_at, u32_at};
use super::error::{Damage, ReadError};
use super::format::{Formats, builtin};
use super::limits::Budget;
use crate::workbook::{Addr, Area};
use tokens::Wording;

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
}

/// What a cell holds.
pub(crate) enum Holds {
    /// What calamine reads.
    Seen,
    /// This shared string.
    Shared(u32),
    /// The text that its formula gives, where that is whole.
    Text(Option<String>),
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

/// Scans a workbook stream, and takes out of it what a small file can make large: the declared
/// dimensions, which are advice on how much memory to take; the shared strings, which would be
/// copied for every cell that shows them; formulas whose text would be endless.
pub(crate) fn scan(stream: &mut [u8], budget: &mut Budget<'_>) -> Result<Book, ReadError> {
    let mut codes = std::collections::HashMap::new();
    let mut styles = Vec::new();
    let mut places = Vec::new();
    let mut strings = Vec::new();
    let mut longest_name = 0;
    let mut external_links = false;
    let mut texts = Texts::Unicode;
    let mut at = 0;
    loop {
        let (kind, body, next) = record(stream, at)?;
        match kind {
            0x0809 if is_unicode(body) => texts = Texts::Unicode,
            0x0809 => texts = Texts::Page(WINDOWS_1252),
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
            // FilePass (2.4.117), of whatever method.
            0x002F => return Err(ReadError::Encrypted),
            // Format (2.4.126).
            0x041E => {
                let id = u16_at(body, 0).ok_or_else(|| corrupt("format"))?;
                codes.insert(id, format_code(body, texts));
            }
            // XF (2.4.353).
            0x00E0 => styles.push(u16_at(body, 2).ok_or_else(|| corrupt("style"))?),
            // BoundSheet8 (2.4.28).
            0x0085 => {
                let place = u32_at(body, 0).ok_or_else(|| corrupt("sheet"))? as usize;
                places.push((place, body.get(5) == Some(&0)));
                longest_name = longest_name.max(body.get(6).map_or(0, |&units| units));
            }
            // SST (2.4.265).
            0x00FC => strings = take_strings(stream, at, budget)?,
            // Lbl (2.4.150), with the length of its name.
            0x0018 => longest_name = longest_name.max(body.get(3).map_or(0, |&units| units)),
            // SupBook (2.4.271): 0x0401 is this workbook, 0x3A01 an add-in.
            0x01AE => {
                external_links |= !matches!(u16_at(body, 2), Some(0x0401 | 0x3A01) | None);
            }
            _ => {}
        }
        at = next;
    }
    budget.sheets(places.len())?;
    let mut formats = Formats::new();
    let styles: Vec<u16> = styles
        .into_iter()
        .map(|id| match codes.get(&id) {
            Some(code) => formats.index(code),
            None => formats.index(builtin(u32::from(id))),
        })
        .collect();
    // Sheets lie behind each other; where they overlap, a small file can make endless work.
    let mut left = Left {
        bytes: stream.len(),
        wording: Wording::new(usize::from(longest_name) * 3, budget.limits.text_bytes),
    };
    let sheets = places
        .into_iter()
        .map(|(place, cells)| {
            let sheet = scan_sheet(stream, place, texts, &mut left, &styles, budget)?;
            // A chart or macro sheet has numbers too, which no one filled in.
            Ok(if cells { sheet } else { SheetScan::default() })
        })
        .collect::<Result<_, ReadError>>()?;
    Ok(Book {
        sheets,
        formats,
        strings,
        external_links,
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

/// Makes the record at `at` one that no one reads.
fn hide(stream: &mut [u8], at: usize) {
    stream[at..at + 2].copy_from_slice(&IGNORED.to_le_bytes());
}

/// Whether texts are Unicode (BIFF 8), by the record that begins the stream (2.4.21).
fn is_unicode(begin: &[u8]) -> bool {
    let version = (u16_at(begin, 0), u16_at(begin, 2));
    let older = matches!(
        version,
        (Some(0x0002 | 0x0007 | 0x0200 | 0x0300 | 0x0400 | 0x0500), _) | (Some(0), Some(0x1000))
    );
    !older
}

/// How texts outside of the table of shared strings are stored.
#[derive(Clone, Copy)]
enum Texts {
    Unicode,
    /// In this code page.
    Page(&'static Encoding),
}

impl Texts {
    /// The text of a String record (2.4.268) and its continuations, if it is whole.
    fn result(self, bodies: &[&[u8]]) -> Option<String> {
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

/// What is left for the sheets.
struct Left {
    /// Bytes of the stream.
    bytes: usize,
    /// Texts of formulas.
    wording: Wording,
}

/// The code of a Format record.
fn format_code(body: &[u8], texts: Texts) -> String {
    if let Texts::Page(page) = texts {
        let text = body.get(3..).unwrap_or_default();
        return page.decode_without_bom_handling(text).0.into_owned();
    }
    let text = body.get(5..).unwrap_or_default();
    if body.get(4).is_some_and(|flags| flags & 1 == 0) {
        return text.iter().map(|&byte| char::from(byte)).collect();
    }
    let units = (0..text.len() / 2).filter_map(|at| u16_at(text, at * 2));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or('\u{fffd}'))
        .collect()
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
    // The last cell, where its text follows.
    let mut awaited = None;
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
            0x0200 => hide(stream, at),
            _ => {
                sheet.take(kind, body, styles, budget)?;
                if kind == 0x0006 {
                    let last = sheet.cells.len().checked_sub(1);
                    awaited = last.filter(|_| is_text_formula(body));
                }
                match kind {
                    0x00FD => hide(stream, at),
                    // String: the result of the formula before it, else of no cell. calamine
                    // would put it into A1, however far from the others that is, and reads
                    // no continuations.
                    0x0207 => {
                        if let Some(cell) = awaited.take() {
                            let text = texts.result(&continued(stream, at)?.0);
                            sheet.cells[cell].holds = Holds::Text(text);
                        }
                        hide(stream, at);
                    }
                    // Formula (2.4.127): the length of its tokens, and these.
                    0x0006 if body.len() > 22 && !left.wording.takes(&body[22..]) => {
                        stream[at + 24..at + 26].fill(0);
                    }
                    _ => {}
                }
            }
        }
        at = next;
    }
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

/// Whether the result of a Formula record is a text, which follows it (2.5.133).
fn is_text_formula(body: &[u8]) -> bool {
    body.get(6) == Some(&0) && body.get(12..14) == Some(&[0xFF, 0xFF])
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
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
