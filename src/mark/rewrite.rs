//! A new .xlsx for workbooks of formats that are not patched: values, merges and number formats.

use std::collections::{BTreeMap, HashMap};

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
/// More hidden rows in one run are shown.
const MOST_HIDDEN: u32 = 10_000;
/// Bounds of column widths, in letters.
const NARROWEST: f64 = 9.0;
const WIDEST: f64 = 24.0;

/// Texts that come out as others here: they are patched in, save for those that are not shown.
pub(super) fn ambiguous_texts(checked: &Checked<'_>) -> Vec<Edit> {
    let sheets = checked.workbook.sheets.iter().enumerate();
    let own = sheets.filter(|(_, sheet)| Added::of(sheet).is_none());
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

/// The workbook as bytes, sheets that an earlier run added left out.
pub(super) fn workbook(
    checked: &Checked<'_>,
    results: &HashMap<(usize, Addr), Decimal>,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_zip_compression_level(1);
    // The same workbook gives the same bytes.
    let date = ExcelDateTime::from_ymd(2024, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    for (index, sheet) in checked.workbook.sheets.iter().enumerate() {
        if Added::of(sheet).is_some() {
            continue;
        }
        let target = book.add_worksheet();
        target.set_name(&sheet.name)?;
        if !sheet.visible {
            target.set_hidden(true);
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
        for run in &self.sheet.hidden_rows {
            for row in run.0..=run.1.min(run.0 + MOST_HIDDEN).min(ROWS - 1) {
                target.set_row_hidden(row)?;
            }
        }
        for run in &self.sheet.hidden_columns {
            for column in run.0..=run.1.min(COLUMNS - 1) {
                target.set_column_hidden(u16::try_from(column).unwrap_or(0))?;
            }
        }
        for area in &self.sheet.merges {
            let (first, last) = (area.first, area.last);
            if last.row < ROWS && last.col < COLUMNS {
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
                let number = result.unwrap_or(number).to_f64().unwrap_or_default();
                target.write_number_with_format(row, column, number, &format)?
            }
            Value::Bool(value) => target.write_boolean_with_format(row, column, *value, &format)?,
        };
        Ok(())
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
        if known.code.is_empty() || &*known.code == "General" {
            return format;
        }
        format.set_num_format(&*known.code)
    }
}

fn col(at: Addr) -> u16 {
    u16::try_from(at.col).unwrap_or(u16::MAX)
}
