//! A table before it is put on a sheet: cells with what they hold and the fields they show.

use super::paths::Path;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Blank,
    Text(String),
    /// A number and its number format.
    Number(f64, &'static str),
}

/// A cell, or cells merged into one.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) row: u32,
    pub(super) column: u16,
    pub(super) last_row: u32,
    pub(super) last_column: u16,
    pub(super) content: Content,
    /// Fields that stand here.
    pub(super) paths: Vec<Path>,
}

/// One table, from its own top left.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    pub(super) cells: Vec<Cell>,
    /// Rows used so far; the next row to write on.
    pub(super) next: u32,
}

/// First and last column of a cell, from 0.
pub(super) type Span = (u16, u16);

impl Canvas {
    /// Words that are no field.
    pub(super) fn label(&mut self, span: Span, text: impl Into<String>) {
        self.cell(span, 1, Content::Text(text.into()), []);
    }

    /// Words over several rows from the next row on.
    pub(super) fn tall(&mut self, span: Span, rows: u32, text: impl Into<String>) {
        self.cell(span, rows, Content::Text(text.into()), []);
    }

    /// A field in the next row.
    pub(super) fn field(&mut self, span: Span, content: Content, path: impl Into<Path>) {
        self.cell(span, 1, content, [path.into()]);
    }

    pub(super) fn cell<const N: usize>(
        &mut self,
        (column, last_column): Span,
        rows: u32,
        content: Content,
        paths: [Path; N],
    ) {
        let (row, last_row) = (self.next, self.next + rows - 1);
        let paths = paths.into();
        self.cells.push(Cell {
            row,
            column,
            last_row,
            last_column,
            content,
            paths,
        });
    }

    /// Goes on to the next row.
    pub(super) fn end_row(&mut self) {
        self.next += 1;
    }
}

/// `A1`.
pub(super) fn a1(row: u32, column: u16) -> String {
    let mut letters = String::new();
    let mut rest = u32::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.insert(0, char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    format!("{letters}{}", row + 1)
}
