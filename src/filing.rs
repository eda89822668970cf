//! A filing: the facts of its annex tables, each with the cell it was read from.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::amount::{Amount, Quantity};
use crate::workbook::{Addr, Area};

/// Everything that was read from one workbook for one form.
#[derive(Debug, Default)]
pub struct Filing {
    /// Sheet names, by the index that places use.
    pub sheets: Vec<String>,
    /// The tables that were found, in reading order.
    pub tables: Vec<Table>,
    /// Nothing has been filled in yet, in any table.
    pub blank: bool,
}

/// A cell of the workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellRef {
    /// Index into [`Filing::sheets`].
    pub sheet: usize,
    /// Address; of a merged cell its top left.
    pub at: Addr,
}

/// One annex table.
#[derive(Debug)]
pub struct Table {
    /// Index into the form's annexes.
    pub annex: usize,
    /// Which of the tables of this annex, counted from 0.
    pub number: usize,
    /// Sheet.
    pub sheet: usize,
    /// From the title to the last cell.
    pub area: Area,
    /// The title, where one was found.
    pub title: Option<Seen>,
    /// The year that the title names.
    pub year: Option<i32>,
    /// Where a table's unit is named and is not 万元.
    pub unit_cell: Option<Seen>,
    /// The filer has put nothing into it.
    pub blank: bool,
    /// Figures with places of their own, by slot.
    pub facts: Vec<Fact>,
    /// Rows inserted into grids.
    pub extras: Vec<Extra>,
    /// Rows of lists.
    pub rows: Vec<ListRow>,
    /// Heads that name a year: cell, the year, the year that it should be.
    pub years: Vec<HeadYear>,
    /// Labels of the form that were not found, with the nearest text seen.
    pub missing: Vec<MissingLabel>,
    /// Rows that are neither the form's nor in a repeat group.
    pub strangers: Vec<Seen>,
    /// Sums of inserted rows that they do not add up to.
    pub sums: Vec<Seen>,
    /// Inserted rows in the place of the form's own.
    pub stand_ins: Vec<StandIn>,
}

/// A row that the filer put in where the form's own was but the sum of such rows.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// The first slot of the form's row.
    pub slot: usize,
    /// What the filer calls it.
    pub label: Seen,
}

/// A text and where it stands.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The cell.
    pub cell: CellRef,
    /// What it says.
    pub text: Arc<str>,
}

/// A column head with a year in it.
#[derive(Debug, Clone)]
pub struct HeadYear {
    /// The head.
    pub cell: CellRef,
    /// Its text.
    pub text: Arc<str>,
    /// The year that it names.
    pub year: i32,
    /// 0 for the form's year, −1 for the year before.
    pub offset: i32,
}

/// A label of the form that is not in the table.
#[derive(Debug, Clone)]
pub struct MissingLabel {
    /// Index into the annex's blocks.
    pub block: usize,
    /// The row, where a row is missing; else a column or the whole block.
    pub row: Option<usize>,
    /// The column.
    pub column: Option<usize>,
    /// The label as the form prints it.
    pub label: String,
    /// The text that is most like it.
    pub nearest: Option<Seen>,
    /// Its fields were found all the same, by the names of the template.
    pub by_name: bool,
}

/// A row that the filer inserted into a grid.
#[derive(Debug)]
pub struct Extra {
    /// Index into the annex's blocks.
    pub block: usize,
    /// The row of the form that it follows, a repeat row.
    pub row: usize,
    /// Its label.
    pub label: Seen,
    /// By column.
    pub facts: Vec<Fact>,
}

/// A row of a list.
#[derive(Debug)]
pub struct ListRow {
    /// Index into the annex's blocks.
    pub block: usize,
    /// By column. Texts of merged cells are repeated; figures are kept in the first row only.
    pub facts: Vec<Fact>,
    /// First-level group of an indicator, index into the block's groups.
    pub group: Option<usize>,
    /// Columns of weights and scores whose cell is merged with the row above.
    pub covered: Vec<usize>,
    /// The facts of this row and the covered ones below it as those of one row; `None` where
    /// there are none.
    pub together: Option<Vec<Fact>>,
    /// The filer has put 不涉及 or a dash into all of it.
    pub not_applicable: bool,
}

/// What was read in one place.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Where; `None` where the form's place was not found.
    pub cell: Option<CellRef>,
    /// What.
    pub state: State,
    /// The cell's text as shown, for messages.
    pub shown: Arc<str>,
    /// The value stands behind a label in the same cell.
    pub inline: bool,
    /// The cell holds a formula.
    pub formula: bool,
    /// What an amount without a unit of its own is divided by here: 10,000 where the block is in
    /// 元, else 1.
    pub divisor: Decimal,
    /// In columns of targets and results: the number that the words begin with.
    pub quantity: Option<Box<Quantity>>,
}

/// What a place holds.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// The label, and so the place, was not found.
    Absent,
    /// Nothing, or white space.
    Blank,
    /// `——`, `/`, `无`.
    NotApplicable,
    /// A number; money in 万元, percents in percent points.
    Number(Figure),
    /// Words.
    Text(Arc<str>),
    /// An error value such as `#DIV/0!`.
    Error(Arc<str>),
    /// A number was expected and words were found.
    Unreadable(Arc<str>),
}

/// A number with the unit of its last shown digit.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// In the column's unit: 万元, percent points, persons.
    pub value: Decimal,
    /// Unit of the last shown digit; 0 where exact.
    pub digit: Decimal,
    /// What the written number was divided by: 10,000 for an amount in 元, else 1.
    pub divisor: Decimal,
    /// As it was read.
    pub amount: Amount,
}

impl Fact {
    /// A place that was not found.
    pub fn absent() -> Self {
        Self {
            cell: None,
            state: State::Absent,
            shown: Arc::default(),
            inline: false,
            formula: false,
            divisor: Decimal::ONE,
            quantity: None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<&Figure> {
        match &self.state {
            State::Number(figure) => Some(figure),
            _ => None,
        }
    }

    /// The words, if they are.
    pub fn text(&self) -> Option<&str> {
        match &self.state {
            State::Text(text) | State::Unreadable(text) => Some(text),
            _ => None,
        }
    }

    /// Nothing was entered.
    pub fn is_blank(&self) -> bool {
        matches!(self.state, State::Absent | State::Blank)
    }
}

impl Filing {
    /// The tables of an annex.
    pub fn tables_of(&self, annex: usize) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(move |table| table.annex == annex)
    }

    /// Whether there is more than one table of an annex.
    pub fn has_several(&self, annex: usize) -> bool {
        self.tables_of(annex).nth(1).is_some()
    }
}

impl ListRow {
    /// Shares its weight or its score with the row above, and is judged with that one.
    pub fn is_covered(&self) -> bool {
        !self.covered.is_empty()
    }

    /// What its weight and its score are judged by.
    pub fn judged(&self) -> &[Fact] {
        self.together.as_ref().unwrap_or(&self.facts)
    }
}

impl Table {
    /// The rows of the list `block`.
    pub fn list(&self, block: usize) -> impl Iterator<Item = &ListRow> {
        self.rows.iter().filter(move |row| row.block == block)
    }

    /// The rows inserted under row `row` of the grid `block`.
    pub fn extras_of(&self, block: usize, row: usize) -> impl Iterator<Item = &Extra> {
        self.extras
            .iter()
            .filter(move |extra| extra.block == block && extra.row == row)
    }
}
