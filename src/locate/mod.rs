//! Where each field of the form stands in a workbook, however the filer laid it out.
//!
//! Nothing here depends on addresses: tables are found by their titles and labels, figures by
//! the row and column labels that cross at them. Nothing fails: what is not there is listed,
//! with the text that comes nearest.

mod below;
mod blocks;
mod columns;
mod grid;
mod heads;
mod inline;
mod inserted;
mod items;
mod lists;
mod marks;
mod named;
mod parts;
mod regions;
mod subtotals;
mod sums;
mod titles;
mod units;

use foldhash::HashSet;
use std::ops::Range;

use crate::catalog::Form;
use crate::filing::{HeadYear, MissingLabel, Seen, StandIn};
use crate::naming::Known;
use crate::reasons::Added;
use crate::workbook::{Addr, Area, Workbook};

pub use inline::{Pair, pairs};
pub(crate) use lists::LEVELS;

use marks::Mark;
use regions::Region;

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
    /// A number stands in its row: a page, a count of copies, or a year.
    pub beside_numbers: bool,
}

/// So many numbers below a title are a table, not a list of contents.
const FEWEST_NUMBERS: usize = 3;

impl BareTitle {
    /// Whether it is worth a finding.
    pub fn is_told(&self) -> bool {
        self.numbers >= FEWEST_NUMBERS
    }
}

/// One table, and where its fields stand.
#[derive(Debug, Clone)]
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
    /// Sums of inserted rows that they do not add up to.
    pub sums: Vec<Seen>,
    /// Inserted rows in the place of the form's own.
    pub stand_ins: Vec<StandIn>,
    /// Texts that may name the unit of amounts, and of which.
    pub unit_texts: Vec<(UnitOf, Seen)>,
}

/// Which amounts a text names the unit of; blocks and columns as indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitOf {
    /// Those of a block below the text: a line such as 「单位：元」, or the title.
    Below(usize),
    /// Those of the block at whose corner it stands.
    Block(usize),
    /// Those of the column that it heads.
    Column(usize, usize),
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub struct LocatedRow {
    /// Index into the annex's blocks.
    pub block: usize,
    /// By column; a merged cell has its top left in each row that it covers.
    pub places: Vec<Option<Place>>,
    /// First-level group.
    pub group: Option<usize>,
}

/// The texts of a workbook, normalised once for all forms.
#[derive(Debug)]
pub struct Texts {
    /// By sheet; none of sheets that are ours.
    marks: Vec<Vec<Mark>>,
    /// What the template said that the workbook was made from.
    known: Option<Known>,
}

impl Texts {
    /// Those of `workbook`.
    pub fn of(workbook: &Workbook) -> Self {
        // Sheets that an earlier run added say much about the form, but are none of it.
        let marks = workbook.sheets.iter().map(|sheet| {
            if Added::is_ours(sheet) {
                Vec::new()
            } else {
                marks::of_sheet(sheet)
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

    /// The keys of the texts of a table.
    pub fn of_table(&self, table: &LocatedTable) -> HashSet<&str> {
        let rows = table.area.first.row..=table.area.last.row;
        let marks = self.marks[table.sheet].iter();
        marks
            .filter(|mark| rows.contains(&mark.at.row))
            .map(|mark| &*mark.key)
            .collect()
    }
}

/// Which tables of a form a workbook holds and where they begin and end: little work beside
/// locating their fields, and often enough to tell that the workbook is of another form.
#[derive(Debug)]
pub struct Outline<'w, 'f> {
    /// The form.
    pub form: &'f Form,
    workbook: &'w Workbook,
    texts: &'w Texts,
    /// Sheet and region.
    regions: Vec<(usize, Region)>,
    bare_titles: Vec<BareTitle>,
}

impl<'w, 'f> Outline<'w, 'f> {
    /// Looks for the tables of `form`.
    pub fn of(workbook: &'w Workbook, texts: &'w Texts, form: &'f Form) -> Self {
        let (mut regions, mut bare_titles) = (Vec::new(), Vec::new());
        for (index, sheet) in workbook.sheets.iter().enumerate() {
            let found =
                regions::of_sheet(form, sheet, index, &texts.marks[index], &mut bare_titles);
            regions.extend(found.into_iter().map(|region| (index, region)));
        }
        // Where the table stands elsewhere, a title beside a number tells of it.
        let is_elsewhere = |annex| regions.iter().any(|(_, region)| region.annex == annex);
        bare_titles.retain(|bare| !bare.beside_numbers || !is_elsewhere(bare.annex));
        Self {
            form,
            workbook,
            texts,
            regions,
            bare_titles,
        }
    }

    /// Whether there is anything to tell: a table, or a known title with figures below it, which
    /// is worth a finding even if no table was recognised.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty() && !self.bare_titles.iter().any(BareTitle::is_told)
    }

    /// How many annexes of the form there are, and how many tables with their title.
    pub fn extent(&self) -> (usize, usize) {
        let regions = self.regions.iter().map(|(_, region)| region);
        let annexes: HashSet<usize> = regions.clone().map(|region| region.annex).collect();
        let titled = regions.filter(|region| region.title.is_some());
        (annexes.len(), titled.count())
    }

    /// Finds the fields of the tables.
    pub fn locate(self) -> Located {
        let known = self.texts.known.as_ref();
        let known = known.filter(|known| known.is_of(self.form));
        let mut comparisons = blocks::MOST_COMPARISONS;
        let tables = self.regions.iter().map(|(index, region)| {
            let (sheet, marks) = (&self.workbook.sheets[*index], &self.texts.marks[*index]);
            let mut table =
                blocks::table(self.form, sheet, *index, marks, region, &mut comparisons);
            if let Some(known) = known {
                named::complete(&mut table, &self.form.annexes[region.annex], sheet, known);
            }
            table
        });
        Located {
            tables: tables.collect(),
            bare_titles: self.bare_titles,
        }
    }
}
