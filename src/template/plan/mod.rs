//! Where everything of a blank template is printed: tables of a form set as cells with words,
//! inputs and computed fields. Knows the form, not the file format.

mod blocks;
mod entries;
mod lists;

use rust_decimal::Decimal;

use entries::Room;
pub(crate) use entries::{Entry, Place};

use crate::catalog::{Annex, Block, Form, Unit};
use crate::workbook::{Addr, Area};

/// The tables of a template, a sheet each.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) form: &'a Form,
    pub(crate) year: i32,
    pub(crate) sheets: Vec<Sheet>,
}

/// One table.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// The name on the tab.
    pub(crate) name: String,
    pub(crate) annex: usize,
    /// Which of the tables of its annex, counted from 0.
    pub(crate) number: usize,
    /// Width of each column, in characters.
    pub(crate) widths: Vec<f64>,
    pub(crate) cells: Vec<Printed>,
    /// Lines of text that rows need at least, beyond what their words need.
    pub(crate) lines: Vec<(u32, u16)>,
    /// Rows that head the table and are repeated on every page.
    pub(crate) head: Option<(u32, u32)>,
    pub(crate) last_row: u32,
    /// The cell of each slot of the annex; slots of rows that only mark a place have none.
    pub(crate) slots: Vec<Option<Addr>>,
    pub(crate) repeats: Vec<Repeat>,
    pub(crate) lists: Vec<List>,
}

/// The rows of a grid that the filer may add to.
#[derive(Debug)]
pub(crate) struct Repeat {
    pub(crate) block: usize,
    pub(crate) row: usize,
    /// First and last row of the sheet.
    pub(crate) rows: (u32, u32),
    /// The columns of its figures.
    pub(crate) columns: Vec<u32>,
    /// The column of its labels.
    pub(crate) label: u32,
}

/// The rows of a list.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) block: usize,
    pub(crate) rows: (u32, u32),
    pub(crate) columns: Vec<u32>,
    /// Rows of each first level.
    pub(crate) groups: Vec<(u32, u32)>,
    /// The first row of each second level, in the order of the form.
    pub(crate) sections: Vec<u32>,
}

/// A cell or merged area as printed.
#[derive(Debug, Clone)]
pub(crate) struct Printed {
    pub(crate) area: Area,
    pub(crate) content: Content,
    pub(crate) look: Look,
}

/// What is printed in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Nothing,
    Words(String),
    Number(Decimal),
    /// A computed field, by slot.
    Computed(usize),
}

/// What a cell is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// 附件N.
    Mark,
    Title,
    Subtitle,
    /// The line that names the unit of the amounts.
    UnitLine,
    /// Words beside a block, and heads of columns.
    Head,
    /// A row label, indented so far.
    Label(u8),
    /// A label before a value in the same line.
    ItemLabel,
    /// A label that the filer may write over.
    OpenLabel(u8),
    /// A field to fill in.
    Input(Unit),
    /// The same, above others of its kind in a frame without lines between.
    ItemInput(Unit),
    /// A computed field.
    Computed(Unit),
    /// A figure that the form prints, and cells that stay empty.
    Fixed(Unit),
    /// A note below the table.
    Note,
    /// Labels and values of the signature line.
    LineLabel,
    LineInput(Unit),
}

impl Look {
    /// Whether the filer may write into it.
    pub(crate) fn is_open(self) -> bool {
        matches!(
            self,
            Self::OpenLabel(_) | Self::Input(_) | Self::ItemInput(_) | Self::LineInput(_)
        )
    }
}

/// A column of a printed list or grid that holds no field of its own is this wide.
const USUAL_WIDTH: f64 = 12.0;

impl<'a> Plan<'a> {
    /// Places the tables: every annex once, a repeated one `projects` times.
    pub(crate) fn new(form: &'a Form, year: i32, projects: usize, entries: &[Entry]) -> Self {
        let room = Room::of(form, entries);
        let mut sheets = Vec::new();
        for (index, annex) in form.annexes.iter().enumerate() {
            let tables = if annex.repeat { projects.max(1) } else { 1 };
            for number in 0..tables {
                let name = if tables == 1 {
                    annex.name.clone()
                } else {
                    format!("{}（{}）", annex.name, number + 1)
                };
                sheets.push(table(form, year, (index, annex), number, name, &room));
            }
        }
        let mut plan = Self { form, year, sheets };
        for entry in entries {
            plan.enter(entry);
        }
        plan
    }

    /// Puts a value into its cell; what is computed is left to compute itself.
    fn enter(&mut self, entry: &Entry) {
        let mut sheets = self.sheets.iter_mut();
        let sheet = sheets.find(|sheet| sheet.annex == entry.annex && sheet.number == entry.number);
        let Some(sheet) = sheet else { return };
        let at = match &entry.place {
            Place::Slot(slot) => sheet.slots[*slot],
            Place::Repeat {
                block,
                row,
                index,
                column,
            } => sheet.repeat(*block, *row).map(|repeat| {
                let col = column.map_or(repeat.label, |column| repeat.columns[column]);
                Addr::new(repeat.rows.0 + index, col)
            }),
            Place::Row {
                block,
                section,
                index,
                column,
            } => sheet.list(*block).map(|list| {
                let first = list.sections.get(*section).copied().unwrap_or(list.rows.0);
                Addr::new(first + index, list.columns[*column])
            }),
        };
        let mut cells = sheet.cells.iter_mut();
        let cell = cells.find(|cell| Some(cell.area.first) == at && cell.look.is_open());
        if let Some(cell) = cell {
            cell.content = entry.content.clone();
        }
    }

    /// The sheets of an annex.
    pub(crate) fn of_annex(&self, annex: usize) -> impl Iterator<Item = (usize, &Sheet)> {
        let sheets = self.sheets.iter().enumerate();
        sheets.filter(move |(_, sheet)| sheet.annex == annex)
    }
}

impl Sheet {
    pub(crate) fn list(&self, block: usize) -> Option<&List> {
        self.lists.iter().find(|list| list.block == block)
    }

    pub(crate) fn repeat(&self, block: usize, row: usize) -> Option<&Repeat> {
        let mut repeats = self.repeats.iter();
        repeats.find(|repeat| repeat.block == block && repeat.row == row)
    }
}

/// Whether the form computes this slot.
pub(crate) fn is_computed(form: &Form, annex: usize, slot: usize) -> bool {
    let (block, row, _) = crate::catalog::place_of_slot(&form.annexes[annex], slot);
    let column = (slot - block.first_slot) % block.columns.len();
    let total = block.rows.get(row).and_then(|row| row.total.as_ref());
    form.computed.contains_key(&(annex, slot))
        || total.is_some_and(|total| total.exhaustive && total.columns.contains(&column))
}

/// A table being placed.
struct Work<'a> {
    form: &'a Form,
    year: i32,
    index: usize,
    annex: &'a Annex,
    sheet: Sheet,
    /// The next free row.
    next: u32,
    room: &'a Room,
    /// Where each block was put.
    placed: Vec<Placed>,
}

/// Where a block was put.
#[derive(Debug, Clone, Copy)]
struct Placed {
    area: Area,
    /// The cell of its corner among the sheet's, and the first column right of it.
    corner: Option<(usize, u32)>,
}

fn table(
    form: &Form,
    year: i32,
    (index, annex): (usize, &Annex),
    number: usize,
    name: String,
    room: &Room,
) -> Sheet {
    let widths = if annex.widths.is_empty() {
        let parts = annex.blocks.iter().map(|block| block.columns.len() + 2);
        vec![USUAL_WIDTH; parts.max().unwrap_or(2)]
    } else {
        annex.widths.clone()
    };
    let mut work = Work {
        form,
        year,
        index,
        annex,
        sheet: Sheet {
            name,
            annex: index,
            number,
            widths,
            cells: Vec::new(),
            lines: Vec::new(),
            head: None,
            last_row: 0,
            slots: vec![None; annex.slots],
            repeats: Vec::new(),
            lists: Vec::new(),
        },
        next: 0,
        room,
        placed: Vec::new(),
    };
    work.headings();
    for (block, definition) in annex.blocks.iter().enumerate() {
        work.block(block, definition);
    }
    if !annex.blocks.iter().any(is_line) {
        work.notes();
    }
    work.sheet.last_row = work.next.saturating_sub(1);
    work.sheet
}

fn is_line(block: &Block) -> bool {
    block.kind == crate::catalog::Kind::Line
}

impl Work<'_> {
    fn width(&self) -> u32 {
        u32::try_from(self.sheet.widths.len()).unwrap_or(1)
    }

    /// How many rows a part of a block needs for what is entered.
    fn rows_needed(&self, block: usize, part: usize) -> u32 {
        self.room
            .needed((self.index, self.sheet.number, block, part))
    }

    /// A line over the whole width.
    fn across(&mut self, words: String, look: Look) {
        let area = rectangle(self.next, 0, 1, self.width());
        self.put(area, Content::Words(words), look);
        self.next += 1;
    }

    fn put(&mut self, area: Area, content: Content, look: Look) {
        self.sheet.cells.push(Printed {
            area,
            content,
            look,
        });
    }

    /// Words of the form, with the years in them.
    fn words(&self, printed: &str) -> String {
        crate::check::with_years(printed, self.year)
    }

    fn headings(&mut self) {
        let (name, title) = (self.annex.name.clone(), self.words(&self.annex.title));
        // A table without a number is named by its title alone.
        if !title.contains(&name) {
            self.across(name, Look::Mark);
        }
        self.across(title, Look::Title);
        if let Some(subtitle) = &self.annex.subtitle {
            self.across(self.words(subtitle), Look::Subtitle);
        }
        if amounts_without_unit(self.annex) {
            self.across("单位：万元".to_owned(), Look::UnitLine);
        }
        if !self.annex.confirmed {
            self.sheet.lines.push((1, 2));
        }
    }

    fn notes(&mut self) {
        if let Some(note) = &self.annex.note {
            self.across(self.words(note), Look::Note);
        }
        if !self.annex.confirmed {
            let warning = "注：本表栏目未经核实，以财政部门下发的表样为准。";
            self.across(warning.to_owned(), Look::Note);
        }
    }
}

/// Whether no head says what the amounts are counted in.
fn amounts_without_unit(annex: &Annex) -> bool {
    let mut blocks = annex.blocks.iter();
    let says_so = blocks.any(|block| {
        let columns = block.columns.iter().map(|column| &column.label.printed);
        let mut words = columns.chain(&block.corner);
        words.any(|words| words.contains("万元"))
    });
    let mut columns = annex.blocks.iter().flat_map(|block| &block.columns);
    !says_so && columns.any(|column| column.unit == Unit::Money)
}

fn rectangle(row: u32, col: u32, rows: u32, cols: u32) -> Area {
    Area {
        first: Addr::new(row, col),
        last: Addr::new(row + rows.max(1) - 1, col + cols.max(1) - 1),
    }
}
