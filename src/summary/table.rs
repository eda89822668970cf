//! Sheets of rows that are written once and in order: title, totals, heads, rows.
//!
//! Totals stand above their rows and show their results, so that all rows are counted before the
//! first is written: a [`Plan`] counts them, the [`Pages`] that it opens take them.

use rust_decimal::Decimal;
use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet, XlsxError};

use super::style::{self, Tone};
use crate::lang::Lang;
use crate::quote::shortened;
use crate::report::printable_lines;

/// The first row of data: below title, totals and heads.
pub(super) const FIRST: u32 = 4;
/// The row of the totals.
const TOTALS: u32 = 1;
/// The row of the heads that tell columns apart; above it is that of the groups.
pub(super) const HEADS: u32 = 3;

/// A sheet holds 1,048,576 rows; what is more goes on in the next one.
pub(super) const MOST_ROWS: u32 = 1_000_000;

/// How many characters of a row are printed on one page, in letters of some 8 points; on how many
/// pages side by side at most.
const PAGE_WIDTH: f64 = 180.0;
const MOST_ACROSS: u16 = 20;

/// Points of a line and of what is left above and below it; lines that a row shows at most.
const LINE_HEIGHT: f64 = 14.0;
const ROW_MARGIN: f64 = 4.0;
const MOST_LINES: u32 = 12;

/// Rows of a sheet that are as high as their text: each is kept in memory to the end.
const MOST_TALL: u32 = 10_000;

/// The most characters of one cell.
const LONGEST: usize = 32_000;

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// The head above several columns; the same for those that belong together.
    pub(super) group: String,
    pub(super) head: String,
    pub(super) width: f64,
    /// How its numbers are shown.
    pub(super) format: &'static str,
    pub(super) total: Total,
}

/// What stands in the row of totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Total {
    None,
    Sum,
    Average,
}

impl Column {
    pub(super) fn text(head: &str, width: f64) -> Self {
        Self {
            group: String::new(),
            head: head.to_owned(),
            width,
            format: style::PLAIN,
            total: Total::None,
        }
    }

    pub(super) fn count(head: &str, width: f64) -> Self {
        Self {
            format: style::COUNT,
            total: Total::Sum,
            ..Self::text(head, width)
        }
    }
}

/// What stands in a cell.
#[derive(Clone)]
pub(super) enum Cell {
    Blank,
    Text(String, Tone),
    Number(Decimal, Tone),
    /// A formula and its result.
    Formula(String, Decimal),
    /// A link; the words where there can be none.
    Link(Option<Formula>, String),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Tone::Plain)
    }

    pub(super) fn count(number: usize, tone: Tone) -> Self {
        match number {
            0 => Self::Blank,
            number => Self::Number(Decimal::from(number), tone),
        }
    }
}

/// Sums and counts of the columns, before anything is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) rows: u32,
    columns: Vec<(Decimal, u32)>,
}

impl Sums {
    fn add(&mut self, cells: &[Cell]) {
        self.rows += 1;
        self.columns
            .resize(self.columns.len().max(cells.len()), Default::default());
        for (sum, cell) in self.columns.iter_mut().zip(cells) {
            if let Cell::Number(number, _) = cell {
                sum.0 = sum.0.saturating_add(*number);
                sum.1 += 1;
            }
        }
    }

    /// None where there is no number to take the mean of.
    fn total(&self, column: usize, total: Total) -> Option<Decimal> {
        let (sum, count) = self.columns.get(column).copied().unwrap_or_default();
        match total {
            Total::Average if count == 0 => None,
            Total::Average => Some(sum / Decimal::from(count)),
            Total::Sum | Total::None => Some(sum),
        }
    }
}

/// Sheets of one kind, before their rows are written.
pub(super) struct Plan {
    name: String,
    title: String,
    /// The words around the number of rows.
    counted: [&'static str; 2],
    columns: Vec<Column>,
    /// How many lines a row shows; none where text is cut off at the edge of its cell.
    lines: Option<u32>,
    pages: Vec<Sums>,
}

impl Plan {
    /// Every row has something in the first column.
    pub(super) fn new(lang: Lang, name: &str, title: &str, columns: Vec<Column>) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            counted: match lang {
                Lang::Zh => ["合计 ", " 行"],
                Lang::En => ["Total of ", " rows"],
            },
            columns,
            lines: Some(1),
            pages: vec![Sums::default()],
        }
    }

    /// Rows that show so many lines; none for data, where text is cut off at the edge of its cell.
    pub(super) fn with_lines(self, lines: Option<u32>) -> Self {
        Self { lines, ..self }
    }

    /// Counts a row that will be written.
    pub(super) fn count(&mut self, cells: &[Cell]) {
        match self.pages.last_mut() {
            Some(page) if page.rows < MOST_ROWS => page.add(cells),
            _ => {
                let mut page = Sums::default();
                page.add(cells);
                self.pages.push(page);
            }
        }
    }

    /// Rows counted so far.
    pub(super) fn rows(&self) -> u32 {
        self.pages.iter().map(|page| page.rows).sum()
    }

    /// The sheets, ready for the rows that were counted, in the same order.
    pub(super) fn open(self, book: &mut Workbook) -> Result<Pages, XlsxError> {
        let tables = self.pages.iter().zip(0..).map(|(sums, number)| {
            let name = page_name(&self.name, number);
            Table::new(book, &name, &self, sums)
        });
        Ok(Pages {
            tables: tables.collect::<Result<_, _>>()?,
            rows: 0,
        })
    }
}

/// The name of one of the sheets of a kind, counted from 0.
pub(super) fn page_name(name: &str, number: u32) -> String {
    match number {
        0 => name.to_owned(),
        number => format!("{name}（{}）", number + 1),
    }
}

/// Sheets of one kind, that are being written.
pub(super) struct Pages {
    tables: Vec<Table>,
    rows: u32,
}

impl Pages {
    /// One more row.
    pub(super) fn put(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        let page = usize::try_from(self.rows / MOST_ROWS).unwrap_or(usize::MAX);
        self.rows += 1;
        match self.tables.get_mut(page) {
            Some(table) => table.put(cells),
            None => Err(XlsxError::RowColumnLimitError),
        }
    }

    /// All rows have been written.
    pub(super) fn finish(self, book: &mut Workbook) {
        for table in self.tables {
            book.push_worksheet(table.sheet);
        }
    }
}

/// A sheet at one of its rows.
struct Table {
    sheet: Worksheet,
    widths: Vec<f64>,
    lines: Option<u32>,
    /// Rows that are higher than the others.
    tall: u32,
    formats: Formats,
    row: u32,
}

/// Each made once: a sheet of many rows shares them.
struct Formats {
    texts: [Format; 5],
    numbers: Vec<[Format; 5]>,
    link: Format,
}

const TONES: [Tone; 5] = [
    Tone::Plain,
    Tone::Wrong,
    Tone::Explain,
    Tone::Fine,
    Tone::Faint,
];

impl Table {
    fn new(book: &mut Workbook, name: &str, plan: &Plan, sums: &Sums) -> Result<Self, XlsxError> {
        let columns = &plan.columns;
        // Without a file system the rows stay in memory: there are few in a browser.
        let mut sheet = if cfg!(target_family = "wasm") {
            Worksheet::new()
        } else {
            book.new_worksheet_with_constant_memory()?
        };
        sheet.set_name(name)?;
        let mut before = style::PLAIN;
        for (at, column) in (0u16..).zip(columns) {
            sheet.set_column_width(at, column.width)?;
            let mut format = style::column(column.format);
            // Text does not run into the number before it.
            if before != style::PLAIN && column.format == style::PLAIN {
                format = style::apart(format);
            }
            before = column.format;
            sheet.set_column_format(
                at,
                &match plan.lines {
                    Some(_) => format.set_text_wrap(),
                    None => format,
                },
            )?;
        }
        sheet.set_print_gridlines(true);
        sheet.set_default_row_height(height(plan.lines.unwrap_or(1)));
        sheet.set_row_height(TOTALS, height(1))?;
        sheet.set_freeze_panes(FIRST, 1)?;
        style::print(&mut sheet);
        sheet.set_repeat_rows(HEADS - 1, HEADS)?;
        sheet.set_repeat_columns(0, 0)?;
        sheet.set_print_fit_to_pages(across(columns), 0);
        // What belongs to one row lies side by side.
        sheet.set_page_order(false);
        sheet.set_row_height(0, 28)?;
        sheet.write_string_with_format(0, 0, &plan.title, &style::title())?;
        let last = FIRST + sums.rows.max(1) - 1;
        totals(&mut sheet, plan, sums, last)?;
        heads(&mut sheet, columns)?;
        let width = u16::try_from(columns.len()).unwrap_or(1).max(1) - 1;
        sheet.autofilter(HEADS, 0, last, width)?;
        let numbers = columns
            .iter()
            .map(|column| TONES.map(|tone| style::number(column.format, tone)));
        Ok(Self {
            formats: Formats {
                texts: TONES.map(|tone| match plan.lines {
                    Some(_) => style::text(tone).set_text_wrap(),
                    None => style::text(tone),
                }),
                numbers: numbers.collect(),
                link: style::link(),
            },
            sheet,
            widths: columns.iter().map(|column| column.width).collect(),
            lines: plan.lines,
            tall: 0,
            row: FIRST,
        })
    }

    fn put(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        let formats = &self.formats;
        if let Some(usual) = self.lines.filter(|_| self.tall < MOST_TALL) {
            let taken = cells
                .iter()
                .zip(&self.widths)
                .map(|(cell, width)| match cell {
                    Cell::Text(text, _) => lines(text, *width),
                    _ => 1,
                });
            let lines = taken.max().unwrap_or(1).min(MOST_LINES);
            if lines > usual {
                self.sheet.set_row_height(self.row, height(lines))?;
                self.tall += 1;
            }
        }
        let row = self.row;
        for (at, cell) in (0u16..).zip(cells) {
            // A cell without a format of its own has that of its column.
            match cell {
                Cell::Blank => {}
                Cell::Text(text, Tone::Plain) | Cell::Link(None, text) => {
                    self.sheet.write_string(row, at, fitting(text))?;
                }
                Cell::Text(text, tone) => {
                    let format = &formats.texts[*tone as usize];
                    self.sheet
                        .write_string_with_format(row, at, fitting(text), format)?;
                }
                Cell::Number(number, Tone::Plain) => {
                    self.sheet.write_number(row, at, nearest(*number))?;
                }
                Cell::Number(number, tone) => {
                    let format = &formats.numbers[usize::from(at)][*tone as usize];
                    self.sheet
                        .write_number_with_format(row, at, nearest(*number), format)?;
                }
                Cell::Formula(formula, result) => {
                    let formula = Formula::new(formula).set_result(shown(*result));
                    self.sheet.write_formula(row, at, formula)?;
                }
                Cell::Link(Some(formula), _) => {
                    let formula = formula.clone();
                    self.sheet
                        .write_formula_with_format(row, at, formula, &formats.link)?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }
}

/// On how many pages side by side a row is printed, the first column on each.
fn across(columns: &[Column]) -> u16 {
    let width: f64 = columns.iter().map(|column| column.width).sum();
    let first = columns.first().map_or(0.0, |column| column.width);
    let fits = |pages: &u16| width - first <= (PAGE_WIDTH - first) * f64::from(*pages);
    (1..=MOST_ACROSS).find(fits).unwrap_or(MOST_ACROSS)
}

/// Totals of the rows that a filter leaves.
fn totals(sheet: &mut Worksheet, plan: &Plan, sums: &Sums, last: u32) -> Result<(), XlsxError> {
    for (at, column) in (0u16..).zip(&plan.columns) {
        let format = style::total(column.format);
        let letter = column_number_to_name(at);
        let area = format!("{letter}{}:{letter}{}", FIRST + 1, last + 1);
        let formula = match column.total {
            Total::Sum => format!("SUBTOTAL(109,{area})"),
            // Without a number an average is an error.
            Total::Average => format!("IFERROR(SUBTOTAL(101,{area}),\"\")"),
            Total::None if at == 0 => {
                let [before, after] = &plan.counted;
                let formula = format!("\"{before}\"&SUBTOTAL(103,{area})&\"{after}\"");
                let result = format!("{before}{}{after}", sums.rows);
                let formula = Formula::new(formula).set_result(result);
                sheet.write_formula_with_format(TOTALS, at, formula, &format)?;
                continue;
            }
            Total::None => {
                sheet.write_blank(TOTALS, at, &format)?;
                continue;
            }
        };
        let result = sums.total(usize::from(at), column.total).map(shown);
        let formula = Formula::new(formula).set_result(result.unwrap_or_default());
        sheet.write_formula_with_format(TOTALS, at, formula, &format)?;
    }
    Ok(())
}

/// Heads, those that belong together below one of their own.
fn heads(sheet: &mut Worksheet, columns: &[Column]) -> Result<(), XlsxError> {
    let format = style::head();
    let grouped = columns.iter().any(|column| !column.group.is_empty());
    if !grouped {
        sheet.set_row_hidden(HEADS - 1)?;
    }
    let mut first = 0;
    for group in columns.chunk_by(|a, b| a.group == b.group) {
        let next = first + u16::try_from(group.len()).unwrap_or(0);
        match (group, next - first) {
            ([column, ..], 2..) if !column.group.is_empty() => {
                sheet.merge_range(
                    HEADS - 1,
                    first,
                    HEADS - 1,
                    next - 1,
                    &column.group,
                    &format,
                )?;
            }
            _ => {
                for (at, column) in (first..).zip(group) {
                    sheet.write_string_with_format(HEADS - 1, at, &column.group, &format)?;
                }
            }
        }
        first = next;
    }
    let lines = columns
        .iter()
        .map(|column| lines(&column.head, column.width - 1.0));
    let lines = lines.max().unwrap_or(1).max(2);
    sheet.set_row_height(HEADS, height(lines))?;
    for (at, column) in (0u16..).zip(columns) {
        sheet.write_string_with_format(HEADS, at, &column.head, &format)?;
    }
    Ok(())
}

fn height(lines: u32) -> f64 {
    LINE_HEIGHT * f64::from(lines) + ROW_MARGIN
}

/// How many lines a text takes in a column of this width, in narrow characters: wide ones take
/// two. Not every program makes rows as high as their text.
fn lines(text: &str, width: f64) -> u32 {
    let of_line = |line: &str| {
        let narrow: u32 = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
        (1..=MOST_LINES).find(|lines| f64::from(narrow) <= width * f64::from(*lines))
    };
    text.split('\n')
        .map(|line| of_line(line).unwrap_or(MOST_LINES))
        .sum()
}

/// Text from a file, fit for a cell: no control characters but line feeds, no change of direction,
/// not too long.
fn fitting(text: &str) -> String {
    let text = printable_lines(text);
    shortened(&text, LONGEST).into_owned()
}

/// The number of a cell: workbooks keep binary ones.
fn nearest(number: Decimal) -> f64 {
    number.to_string().parse().unwrap_or_default()
}

/// The result of a formula as the file keeps it.
pub(super) fn shown(number: Decimal) -> String {
    number.round_dp(10).normalize().to_string()
}
