//! The tables of a filing as they stand on their sheets, to be drawn where there is no
//! spreadsheet program.

use serde::Serialize;

use crate::amount::{self, Reading};
use crate::extract;
use crate::filing::Table;
use crate::review::Checked;
use crate::workbook::{Addr, Area, Sheet, Value, Workbook};

/// What is drawn at most of one table: a form is far smaller.
const MOST_ROWS: u32 = 400;
const MOST_COLUMNS: u32 = 40;

/// One table of the filing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drawing {
    /// `附件1`.
    pub annex: String,
    /// The sheet.
    pub sheet: String,
    /// `A1:G30`.
    pub range: String,
    /// Letters of the columns.
    pub columns: Vec<String>,
    /// From the title to the last cell.
    pub rows: Vec<Row>,
    /// There is more of it than is drawn.
    pub cut: bool,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Counted from 1.
    pub number: u32,
    /// What covers no cell of a merged area is left out.
    pub cells: Vec<Drawn>,
}

/// A cell, or a merged area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// `H5`.
    pub at: String,
    /// What it shows.
    pub text: String,
    /// Rows and columns that it covers.
    pub rows: u32,
    /// See `rows`.
    pub columns: u32,
    /// It holds a number, or a text that is one.
    pub number: bool,
}

/// All tables of a filing, in their order.
pub fn drawings(checked: &Checked<'_>) -> Vec<Drawing> {
    let tables = checked.filing.tables.iter();
    tables.map(|table| drawing(checked, table)).collect()
}

fn drawing(checked: &Checked<'_>, table: &Table) -> Drawing {
    let sheet = &checked.workbook.sheets[table.sheet];
    let Area { first, last } = table.area;
    let end = Addr::new(
        last.row.min(first.row.saturating_add(MOST_ROWS - 1)),
        last.col.min(first.col.saturating_add(MOST_COLUMNS - 1)),
    );
    let shown = Area { first, last: end };
    let columns = (first.col..=end.col).map(|col| {
        let letters = Addr::new(0, col).to_string();
        letters.trim_end_matches('1').to_owned()
    });
    Drawing {
        annex: checked.form.annexes[table.annex].name.clone(),
        sheet: sheet.name.clone(),
        range: table.area.to_string(),
        columns: columns.collect(),
        rows: (first.row..=end.row)
            .map(|row| Row {
                number: row + 1,
                cells: (first.col..=end.col)
                    .filter_map(|col| drawn(&checked.workbook, sheet, Addr::new(row, col), shown))
                    .collect(),
            })
            .collect(),
        cut: end != last,
    }
}

/// The cell at `at`; none where it lies in a merged area that is drawn from another cell.
fn drawn(workbook: &Workbook, sheet: &Sheet, at: Addr, shown: Area) -> Option<Drawn> {
    let merged = sheet.merge_at(at).unwrap_or(Area {
        first: at,
        last: at,
    });
    let first = Addr::new(
        merged.first.row.max(shown.first.row),
        merged.first.col.max(shown.first.col),
    );
    if first != at {
        return None;
    }
    let last = Addr::new(
        merged.last.row.min(shown.last.row),
        merged.last.col.min(shown.last.col),
    );
    let (text, number) = text(workbook, sheet, merged.first);
    Some(Drawn {
        at: merged.first.to_string(),
        text,
        rows: last.row - at.row + 1,
        columns: last.col - at.col + 1,
        number,
    })
}

/// What a cell shows, and whether that is a number.
fn text(workbook: &Workbook, sheet: &Sheet, at: Addr) -> (String, bool) {
    let Some(cell) = sheet.cell(at) else {
        return (String::new(), false);
    };
    let format = &workbook.formats[usize::from(cell.format)];
    let date = match cell.value {
        Value::Number(_) => amount::read_date(&cell.value, format, workbook.date_1904),
        _ => None,
    };
    if let Some((year, month, day)) = date {
        return (format!("{year}-{month:02}-{day:02}"), false);
    }
    let reading = amount::read_value(&cell.value, format);
    let number = matches!(&reading, Reading::Amount(amount) if amount.rest.is_none());
    let text = match (&cell.value, &reading) {
        (Value::Number(_), Reading::Amount(amount)) => extract::shown(amount).to_string(),
        (Value::Number(number), _) => number.to_string(),
        (Value::Text(text) | Value::Error(text) | Value::Unreadable(text), _) => text.to_string(),
        (Value::Bool(true), _) => "TRUE".to_owned(),
        (Value::Bool(false), _) => "FALSE".to_owned(),
        (Value::Blank, _) => String::new(),
    };
    (text, number)
}
