//! Where each field of the form stands in a workbook, however the filer laid it out.
//!
//! Nothing here depends on addresses: tables are found by their titles and labels, figures by
//! the row and column labels that cross at them. Nothing fails: what is not there is listed,
//! with the text that comes nearest.

mod blocks;
mod grid;
mod heads;
mod inline;
mod items;
mod lists;
mod marks;
mod named;
mod regions;

use std::ops::Range;

use crate::catalog::Form;
use crate::filing::{HeadYear, MissingLabel, Seen};
use crate::naming::Known;
use crate::reasons::Added;
use crate::workbook::{Addr, Area, Workbook};

pub use inline::{Pair, pairs};

/// What was found in a workbook.
#[derive(Debug, Default)]
pub struct Located {
    /// Tables in reading order.
    pub tables: Vec<LocatedTable>,
    /// Titles of a known annex below which too few labels were recognised.
    pub bare_titles: Vec<BareTitle>,
}

/// A title of a known annex without a table that can be recognised.
#[derive(Debug)]
pub struct BareTitle {
    /// Index into the form's annexes.
    pub annex: usize,
    /// The title.
    pub title: Seen,
    /// Labels of the form seen below it.
    pub labels: usize,
    /// Cells with numbers below it.
    pub numbers: usize,
}

/// One table, and where its fields stand.
#[derive(Debug)]
pub struct LocatedTable {
    /// Index into the form's annexes.
    pub annex: usize,
    /// Index into the workbook's sheets.
    pub sheet: usize,
    /// From the title to the last filled cell.
    pub area: Area,
    /// The title.
    pub title: Option<Seen>,
    /// The year in the title, or in the lines around it.
    pub year: Option<i32>,
    /// Places by slot; `None` where the label was not found.
    pub slots: Vec<Option<Place>>,
    /// Rows inserted into grids.
    pub extras: Vec<LocatedExtra>,
    /// Rows of lists.
    pub rows: Vec<LocatedRow>,
    /// Heads that name years.
    pub years: Vec<HeadYear>,
    /// Labels that were not found.
    pub missing: Vec<MissingLabel>,
    /// Rows that do not belong.
    pub strangers: Vec<Seen>,
    /// Texts that may name the unit of the amounts: block (`None` for the table), cell, text.
    pub unit_texts: Vec<(Option<usize>, Seen)>,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The cell; of a merged cell its top left.
    pub at: Addr,
    /// The bytes of the cell's text that hold the value, where a label stands before it.
    pub part: Option<Range<usize>>,
}

/// An inserted row of a grid.
#[derive(Debug)]
pub struct LocatedExtra {
    /// Index into the annex's blocks.
    pub block: usize,
    /// The repeat row that it follows.
    pub row: usize,
    /// Its label.
    pub label: Seen,
    /// By column.
    pub places: Vec<Option<Place>>,
}

/// A row of a list.
#[derive(Debug)]
pub struct LocatedRow {
    /// Index into the annex's blocks.
    pub block: usize,
    /// By column; a merged cell has its top left in each row that it covers.
    pub places: Vec<Option<Place>>,
    /// First-level group.
    pub group: Option<usize>,
    /// Weight and score stand in cells merged with a row above.
    pub covered: bool,
}

/// The texts of a workbook, normalised once for all forms that are looked for, and what its
/// template said.
#[derive(Debug)]
pub struct Texts {
    /// By sheet; none of sheets that are ours.
    marks: Vec<Vec<marks::Mark>>,
    known: Option<Known>,
}

impl Texts {
    /// The texts of `workbook`.
    pub fn of(workbook: &Workbook) -> Self {
        let sheets = workbook.sheets.iter();
        let marks = sheets.map(|sheet| {
            // Sheets that are ours say much about the form, but are none of it.
            match Added::of(sheet) {
                Some(_) => Vec::new(),
                None => marks::of_sheet(sheet),
            }
        });
        Self {
            marks: marks.collect(),
            known: Known::of(workbook),
        }
    }

    /// Whether the workbook was made from a template of `form`.
    pub fn names(&self, form: &Form) -> bool {
        self.known.as_ref().is_some_and(|known| known.is_of(form))
    }
}

/// Finds the tables of `form` in `workbook`, whose texts are `texts`.
pub fn locate(workbook: &Workbook, texts: &Texts, form: &Form) -> Located {
    let mut located = Located::default();
    let known = texts.known.as_ref().filter(|known| known.is_of(form));
    for (index, (sheet, marks)) in workbook.sheets.iter().zip(&texts.marks).enumerate() {
        for region in regions::of_sheet(form, sheet, index, marks, &mut located.bare_titles) {
            let mut table = blocks::table(form, sheet, index, marks, &region);
            if let Some(known) = known {
                named::complete(&mut table, &form.annexes[region.annex], sheet, known);
            }
            located.tables.push(table);
        }
    }
    located
}
