//! What calamine reads for us: the values of .xls. The only file that names it.
//!
//! It never sees a file as it came, but the workbook stream alone, scanned ([`super::biff`]) and
//! wrapped anew, so that no loop, no declared size, no formula and no far-flung cell is left to
//! trip it. What panics all the same is caught and reported as damage.
#![allow(clippy::disallowed_types, reason = "the one file that knows calamine")]

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Reader, SheetVisible, Xls, XlsError};

use super::biff::{self, Holds, keep};
use super::cfb::{Compound, wrap};
use super::error::{Damage, Found, ReadError};
use super::limits::Budget;
use super::number;
use crate::contain::caught;
use crate::workbook::{Cell, FileKind, Sheet, Traits, Value, Workbook};

/// Reads an .xls or .et workbook.
pub(super) fn read_xls(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Workbook, ReadError> {
    let file = Compound::open(bytes)?;
    if file.has("EncryptedPackage") {
        return Err(ReadError::Encrypted);
    }
    let stream = match (file.stream("Workbook")?, file.stream("Book")?) {
        // Beside a workbook there may be one for programs before Excel 97, and for no others.
        (Some(new), Some(old)) if biff::is_of_excel_97(&old) || !biff::is_of_excel_97(&new) => {
            return Err(ReadError::corrupt("Book", Damage::Duplicate));
        }
        (Some(stream), _) => Some(stream),
        (None, old) => old,
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
                Holds::Text(Some(text)) => Value::Text(text),
                Holds::Text(None) => Value::Unreadable(keep("公式的文字结果不完整", budget)?),
            };
            sheet.cells.push(Cell {
                at: found.at,
                value,
                format: found.format,
                formula: found.formula,
            });
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
            macros: book.macros || file.has("_VBA_PROJECT_CUR"),
            signed: file.has("_signatures") || file.has("_xmlsignatures"),
            external_links: book.external_links,
            as_shown: book.as_shown,
        },
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
            if text.is_empty() {
                Value::Blank
            } else {
                Value::Text(keep(text, budget)?)
            }
        }
        Some(Data::Empty) | None => Value::Blank,
    })
}

/// Runs what calamine does; a panic of it becomes damage.
fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, ReadError> {
    caught(work).map_err(|_| contradictory())
}

/// What is said of a file whose records make calamine panic.
pub(super) fn contradictory() -> ReadError {
    ReadError::corrupt("Workbook", Damage::Record("contradictory".to_owned()))
}
