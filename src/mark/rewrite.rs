//! A new .xlsx for workbooks of formats that are not patched: values, merges and number formats.

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::sheets;
use crate::patch::{Edit, NewValue, is_ambiguous};
use crate::reasons::Added;
use crate::review::Checked;
use crate::workbook::{Addr, Cell, Sheet, Value};

/// Sheets of spreadsheet programs end here.
const ROWS: u32 = 1_048_576;
const COLUMNS: u32 = 16_384;
/// Of more hidden rows in one run, those are shown that hold nothing.
const MOST_HIDDEN: u32 = 10_000;
/// What Excel takes for the code of a number format, in characters.
const LONGEST_CODE: usize = 255;
/// Days from the first day of the one calendar to that of the other.
const TO_1904: u32 = 1_462;
/// Bounds of column widths, in letters.
const NARROWEST: f64 = 9.0;
const WIDEST: f64 = 24.0;

/// Texts that come out as others here: they are patched in, save for those that are not shown.
pub(super) fn ambiguous_texts(checked: &Checked<'_>) -> Vec<Edit> {
    let sheets = checked.workbook.sheets.iter().enumerate();
    let own = sheets.filter(|(_, sheet)| !Added::is_ours(sheet));
    let shown = own.flat_map(|(index, sheet)| {
        let cells = sheet.cells.iter().map(move |cell| (index, cell));
        cells.filter(|(_, cell)| !sheet.is_covered(cell.at))
    });
    shown
        .filter_map(|(sheet, cell)| match &cell.value {
            Value::Text(text) if is_ambiguous(text) => Some(Edit {
                sheet,
                at: cell.at,
                value: Some(NewValue::Text(text.to_string())),
                ..Edit::default()
            }),
            _ => None,
        })
        .collect()
}

/// How many cells it takes to write a sheet: those of merged areas are written too.
pub(super) fn size(sheet: &Sheet) -> u64 {
    let merged = sheet.merges.iter().map(|area| {
        let rows = u64::from(area.last.row - area.first.row) + 1;
        rows * (u64::from(area.last.col - area.first.col) + 1)
    });
    merged.sum::<u64>() + sheet.cells.len() as u64
}

/// The workbook as bytes, its sheets by these names; those that an earlier run added left out.
pub(super) fn workbook(
    checked: &Checked<'_>,
    names: &[String],
    results: &HashMap<(usize, Addr), Decimal>,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_zip_compression_level(1);
    // The same workbook gives the same bytes.
    let date = ExcelDateTime::from_ymd(2024, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    let mut shown = false;
    for (index, (sheet, name)) in checked.workbook.sheets.iter().zip(names).enumerate() {
        if Added::is_ours(sheet) {
            continue;
        }
        let target = book.add_worksheet();
        target.set_name(name)?;
        if !sheet.visible {
            target.set_hidden(true);
        } else if !shown {
            // Else it would be the first one, which cannot be hidden then.
            target.set_active(true).set_first_tab(true);
            shown = true;
        }
        let work = Copy {
            checked,
            index,
            sheet,
            results,
        };
        work.write(target)?;
    }
    book.save_to_buffer()
}

struct Copy<'a> {
    checked: &'a Checked<'a>,
    index: usize,
    sheet: &'a Sheet,
    /// What formulas give now: they are written as numbers.
    results: &'a HashMap<(usize, Addr), Decimal>,
}

impl Copy<'_> {
    fn write(&self, target: &mut Worksheet) -> Result<(), XlsxError> {
        self.shape(target)?;
        for &(first, last) in &self.sheet.hidden_rows {
            let near = last.min(first.saturating_add(MOST_HIDDEN)).min(ROWS - 1);
            for row in first..=near {
                target.set_row_hidden(row)?;
            }
            let from = self.sheet.cells.partition_point(|cell| cell.at.row <= near);
            let far = self.sheet.cells[from..].iter().map(|cell| cell.at.row);
            for row in far.take_while(|&row| row <= last && row < ROWS) {
                target.set_row_hidden(row)?;
            }
        }
        for run in &self.sheet.hidden_columns {
            for column in run.0..=run.1.min(COLUMNS - 1) {
                target.set_column_hidden(u16::try_from(column).unwrap_or(0))?;
            }
        }
        let mut merged = HashSet::new();
        for area in &self.sheet.merges {
            let (first, last) = (area.first, area.last);
            let rows = first.row..=last.row;
            let mut cells = rows.flat_map(|row| (first.col..=last.col).map(move |col| (row, col)));
            // Of areas that overlap the first one counts.
            let is_free = !cells.clone().any(|cell| merged.contains(&cell));
            if last.row < ROWS && last.col < COLUMNS && is_free {
                merged.extend(&mut cells);
                let plain = self.format(0);
                target.merge_range(first.row, col(first), last.row, col(last), "", &plain)?;
            }
        }
        for cell in &self.sheet.cells {
            if cell.at.row < ROWS && cell.at.col < COLUMNS {
                self.cell(target, cell)?;
            }
        }
        Ok(())
    }

    /// Widths and heights that fit what stands there, and one page wide: those of the file are
    /// not read.
    fn shape(&self, target: &mut Worksheet) -> Result<(), XlsxError> {
        let shown = |cell: &Cell| match &cell.value {
            Value::Text(text) => text.to_string(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let mut widths: BTreeMap<u32, f64> = BTreeMap::new();
        for cell in &self.sheet.cells {
            let merged = self.sheet.merge_at(cell.at);
            let last = merged.map_or(cell.at.col, |area| area.last.col);
            for col in cell.at.col..=last.min(cell.at.col + 50) {
                widths.entry(col).or_insert(NARROWEST);
            }
            if merged.is_none_or(|area| area.first.col == area.last.col) {
                let longest = shown(cell).lines().map(sheets::wide).fold(0.0, f64::max);
                let width = widths.entry(cell.at.col).or_insert(NARROWEST);
                *width = width.max((longest + 2.0).min(WIDEST));
            }
        }
        let mut heights: BTreeMap<u32, f64> = BTreeMap::new();
        for cell in &self.sheet.cells {
            let area = self.sheet.merge_at(cell.at);
            let (last, rows) = area.map_or((cell.at.col, 1), |area| {
                (area.last.col, area.last.row - area.first.row + 1)
            });
            let width: f64 = widths
                .range(cell.at.col..=last)
                .map(|(_, width)| width)
                .sum();
            let lines = sheets::lines(&shown(cell), width) / f64::from(rows);
            for row in cell.at.row..cell.at.row + rows.min(100) {
                let height = heights.entry(row).or_insert(1.0);
                *height = height.max(lines);
            }
        }
        for (col, width) in widths.into_iter().filter(|(col, _)| *col < COLUMNS) {
            target.set_column_width(u16::try_from(col).unwrap_or(0), width)?;
        }
        for (row, lines) in heights.into_iter().filter(|(row, _)| *row < ROWS) {
            target.set_row_height(row, sheets::height(lines))?;
        }
        target
            .set_landscape()
            .set_paper_size(9)
            .set_print_fit_to_pages(1, 0);
        Ok(())
    }

    fn cell(&self, target: &mut Worksheet, cell: &Cell) -> Result<(), XlsxError> {
        let (row, column) = (cell.at.row, col(cell.at));
        let format = self.format(cell.format);
        match &cell.value {
            Value::Blank => target.write_blank(row, column, &format)?,
            Value::Text(text) | Value::Error(text) | Value::Unreadable(text) => {
                target.write_string_with_format(row, column, &**text, &format)?
            }
            Value::Number(number) => {
                let result = self.results.get(&(self.index, cell.at));
                let number = *result.unwrap_or(number);
                let number = number.checked_add(self.shift(cell)).unwrap_or(number);
                let number = number.to_f64().unwrap_or_default();
                target.write_number_with_format(row, column, number, &format)?
            }
            Value::Bool(value) => target.write_boolean_with_format(row, column, *value, &format)?,
        };
        Ok(())
    }

    /// What makes a date of the calendar from 1904 the same one in that from 1900.
    fn shift(&self, cell: &Cell) -> Decimal {
        let format = &self.checked.workbook.formats[usize::from(cell.format)];
        let is_date = format.date && names_day(&format.code);
        if self.checked.workbook.date_1904 && is_date {
            return Decimal::from(TO_1904);
        }
        Decimal::ZERO
    }

    fn format(&self, own: u16) -> Format {
        let format = Format::new()
            .set_font_name("宋体")
            .set_font_size(10)
            .set_border(FormatBorder::Thin)
            .set_text_wrap()
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter);
        let known = &self.checked.workbook.formats[usize::from(own)];
        let is_plain = known.code.is_empty() || &*known.code == "General";
        if is_plain || known.code.chars().count() > LONGEST_CODE {
            return format;
        }
        format.set_num_format(&*known.code)
    }
}

fn col(at: Addr) -> u16 {
    u16::try_from(at.col).unwrap_or(u16::MAX)
}

/// Whether a format code shows a day of the calendar, not a time alone.
fn names_day(code: &str) -> bool {
    let mut hidden_to = None;
    code.chars().any(|symbol| match (hidden_to, symbol) {
        (None, '"') => {
            hidden_to = Some('"');
            false
        }
        // A colour, a condition, a language.
        (None, '[') => {
            hidden_to = Some(']');
            false
        }
        (Some(end), symbol) => {
            hidden_to = (symbol != end).then_some(end);
            false
        }
        (None, symbol) => matches!(symbol, 'y' | 'Y' | 'd' | 'D' | 'e' | 'E'),
    })
}

#[cfg(test)]
mod tests {
    use super::names_day;

    #[test]
    fn times_are_no_days() {
        for (code, is_day) in [
            ("yyyy/m/d", true),
            ("[$-804]e\"年\"m\"月\"", true),
            ("h:mm AM/PM", false),
            ("[Red][h]:mm", false),
            ("mm\"day\":ss", false),
            ("[h", false),
        ] {
            assert_eq!(names_day(code), is_day, "{code}");
        }
    }
}
