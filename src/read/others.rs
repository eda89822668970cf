//! What calamine reads for us: the values and formulas of .xls, and the formulas of .xlsb. The
//! only file that names it.
//!
//! It never sees a file as it came. Of an .xls it gets the workbook stream alone, scanned
//! ([`super::biff`]) and wrapped anew, so that no loop, no declared size and no far-flung cell
//! is left to trip it; of an .xlsb a package that was made for it ([`super::xlsb`]). What panics
//! all the same is caught and reported as damage.
#![allow(clippy::disallowed_types, reason = "the one file that knows calamine")]

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Reader, SheetVisible, Xls, XlsError, Xlsb};

use super::biff::{self, Holds};
use super::cfb::{Compound, wrap};
use super::error::{Damage, Found, ReadError};
use super::limits::Budget;
use super::number;
use crate::contain::caught;
use crate::workbook::{Addr, Cell, FileKind, Sheet, Traits, Value, Workbook};

/// Reads an .xls or .et workbook.
pub(super) fn read_xls(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Workbook, ReadError> {
    let file = Compound::open(bytes)?;
    if file.has("EncryptedPackage") {
        return Err(ReadError::Encrypted);
    }
    let stream = match file.stream("Workbook")? {
        Some(stream) => Some(stream),
        None => file.stream("Book")?,
    };
    let Some(mut stream) = stream else {
        let found = if file.has("WordDocument") {
            Found::Word
        } else if file.has("PowerPoint Document") {
            Found::Slides
        } else {
            Found::Unknown
        };
        return Err(ReadError::NotAWorkbook(found));
    };
    budget.inflate(stream.len() as u64)?;
    let book = biff::scan(&mut stream, budget)?;
    let wrapped = wrap(stream);
    let mut xls =
        quietly(|| Xls::new(Cursor::new(wrapped.as_slice())))?.map_err(|error| match error {
            XlsError::Password => ReadError::Encrypted,
            error => ReadError::corrupt("Workbook", Damage::Record(error.to_string())),
        })?;

    let metadata = xls.sheets_metadata().to_vec();
    let mut sheets: Vec<Sheet> = Vec::new();
    for (entry, scan) in metadata.into_iter().zip(book.sheets) {
        if sheets.iter().any(|sheet| sheet.name == entry.name) {
            return Err(ReadError::corrupt(entry.name, Damage::Duplicate));
        }
        let mut sheet = Sheet {
            visible: entry.visible == SheetVisible::Visible,
            merges: scan.merges,
            hidden_rows: scan.hidden_rows,
            hidden_columns: scan.hidden_columns,
            ..Sheet::default()
        };
        let damage = |error: XlsError| {
            ReadError::corrupt(entry.name.clone(), Damage::Record(error.to_string()))
        };
        // What is asked for is a copy of a grid: one at a time.
        let values = quietly(|| xls.worksheet_range(&entry.name))?.map_err(damage)?;
        for found in scan.cells {
            let value = match found.holds {
                Holds::Seen => value(values.get_value((found.at.row, found.at.col)), budget)?,
                Holds::Shared(index) => shared(&book.strings, index, budget)?,
                Holds::Text(Some(text)) => words(&text, budget)?,
                Holds::Text(None) => Value::Unreadable(keep("公式的文字结果不完整", budget)?),
            };
            sheet.cells.push(Cell {
                at: found.at,
                value,
                format: found.format,
                formula: None,
            });
        }
        drop(values);
        let formulas = quietly(|| xls.worksheet_formula(&entry.name))?.map_err(damage)?;
        for cell in &mut sheet.cells {
            let text = formulas.get_value((cell.at.row, cell.at.col));
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                cell.formula = Some(keep(known(text), budget)?);
            }
        }
        sheet
            .cells
            .retain(|cell| cell.value != Value::Blank || cell.formula.is_some());
        sheet.name = entry.name;
        sheets.push(sheet);
    }
    Ok(Workbook {
        names: Vec::new(),
        sheets,
        date_1904: xls.has_1904_epoch(),
        formats: book.formats.into_list(),
        traits: Traits {
            kind: FileKind::Xls,
            macros: file.has("_VBA_PROJECT_CUR"),
            signed: file.has("_signatures") || file.has("_xmlsignatures"),
            external_links: book.external_links,
        },
    })
}

/// A formula that calamine cannot put into words is one without text.
fn known(formula: &str) -> &str {
    if formula.starts_with("Unrecognised formula") {
        ""
    } else {
        formula
    }
}

fn keep(text: &str, budget: &mut Budget<'_>) -> Result<Arc<str>, ReadError> {
    budget.text(text)?;
    Ok(Arc::from(text))
}

fn words(text: &str, budget: &mut Budget<'_>) -> Result<Value, ReadError> {
    Ok(match text {
        "" => Value::Blank,
        text => Value::Text(keep(text, budget)?),
    })
}

/// The shared string of a cell.
fn shared(strings: &[Arc<str>], index: u32, budget: &mut Budget<'_>) -> Result<Value, ReadError> {
    Ok(match strings.get(index as usize) {
        Some(text) if text.is_empty() => Value::Blank,
        Some(text) => {
            budget.shared(text)?;
            Value::Text(Arc::clone(text))
        }
        None => Value::Unreadable(keep(&format!("共享文字表里没有第 {index} 项"), budget)?),
    })
}

fn value(data: Option<&Data>, budget: &mut Budget<'_>) -> Result<Value, ReadError> {
    let double = |double: f64| {
        number::from_f64(double).map_or_else(
            || Value::Unreadable(Arc::from(format!("{double:e}"))),
            Value::Number,
        )
    };
    Ok(match data {
        Some(Data::Float(number)) => double(*number),
        Some(Data::DateTime(date)) => double(date.as_f64()),
        Some(Data::Int(number)) => Value::Number((*number).into()),
        Some(Data::Bool(truth)) => Value::Bool(*truth),
        Some(Data::Error(error)) => Value::Error(Arc::from(error.to_string())),
        Some(Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text)) => {
            words(text, budget)?
        }
        Some(Data::Empty) | None => Value::Blank,
    })
}

/// The formulas of the sheets of an .xlsb, by sheet name; of those that calamine can put into
/// words. `bytes` is a package made for it.
pub(super) fn xlsb_formulas(
    bytes: &[u8],
    names: &[String],
    budget: &mut Budget<'_>,
) -> Result<HashMap<String, HashMap<Addr, Arc<str>>>, ReadError> {
    let mut found = HashMap::new();
    let Ok(Ok(mut xlsb)) = quietly(|| Xlsb::new(Cursor::new(bytes))) else {
        return Ok(found);
    };
    for name in names {
        let texts = quietly(|| {
            let mut texts = Vec::new();
            if let Ok(mut cells) = xlsb.worksheet_cells_reader(name) {
                while let Ok(Some(cell)) = cells.next_formula() {
                    texts.push((cell.get_position(), cell.get_value().clone()));
                }
            }
            texts
        });
        let mut sheet = HashMap::new();
        for ((row, col), text) in texts.unwrap_or_default() {
            sheet.insert(Addr::new(row, col), keep(&text, budget)?);
        }
        found.insert(name.clone(), sheet);
    }
    Ok(found)
}

/// Runs what calamine does; a panic of it becomes damage.
fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, ReadError> {
    caught(work).map_err(|_| contradictory())
}

/// What is said of a file whose records make calamine panic.
pub(super) fn contradictory() -> ReadError {
    ReadError::corrupt("Workbook", Damage::Record("contradictory".to_owned()))
}
