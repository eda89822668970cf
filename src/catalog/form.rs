//! A form set, resolved: annexes, blocks, rows, columns, and where each figure is kept.

use foldhash::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::rule::{Action, Rule, Test, Words};

/// A form set, for example Yueyang's annexes of one year.
#[derive(Debug)]
pub struct Form {
    /// `yueyang-2023`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Version of the description, not of the program.
    pub version: String,
    /// The year that is evaluated (Y), not the one in which the forms are filled.
    pub year: i32,
    /// Whose form it is.
    pub region: String,
    /// English for the words of rules and parameters, by the Chinese.
    pub english: HashMap<String, String>,
    /// Thresholds, by the name that rules use.
    pub parameters: Vec<Parameter>,
    /// The annexes, in their order.
    pub annexes: Vec<Annex>,
    /// The rules, in the order of the files and in them.
    pub rules: Vec<Rule>,
    /// Codes kept for later, with the reason.
    pub reserved: Vec<(String, Words)>,
    /// The rule and test that compute a field, by annex and slot.
    pub computed: HashMap<(usize, usize), (usize, usize)>,
    /// Labels that only one annex has and that open one of its blocks: they tell which table it
    /// is where the title is missing.
    pub openings: HashMap<String, (usize, LabelUse)>,
    /// Bytes of the shortest title key.
    pub shortest_title: usize,
    /// The letters that title keys end in.
    pub title_ends: HashSet<char>,
}

/// A threshold.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name that rules use.
    pub id: String,
    /// In `unit`; a percent in percent points.
    pub value: Decimal,
    /// Its unit.
    pub unit: Unit,
    /// What it means, in words.
    pub name: Words,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 万元.
    Money,
    /// Percent points: 84.78 for 84.78%.
    Percent,
    /// Persons.
    People,
    /// Square metres.
    Area,
    /// 分.
    Score,
    /// Words.
    Text,
    /// A target or a result: a number with a unit of measure, or words.
    Quantity,
    /// A day.
    Date,
}

impl Form {
    /// What computes a field: its test, with the formula; not the sum that a total is.
    pub fn computing(&self, annex: usize, slot: usize) -> Option<&Test> {
        let (rule, test) = self.computed.get(&(annex, slot))?;
        match &self.rules.get(*rule)?.action {
            Action::Tests(tests) => tests.get(*test),
            _ => None,
        }
    }

    /// These words of the description, with their English where there is one.
    pub(super) fn words(&self, zh: &str) -> Words {
        Words {
            zh: zh.to_owned(),
            en: self.english.get(zh).cloned(),
        }
    }
}

impl Unit {
    /// Whether a cell of this unit should hold a number.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::Quantity | Self::Date)
    }

    /// The unit as it is printed behind a figure.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Money => "万元",
            Self::Percent => "%",
            Self::People => "人",
            Self::Area => "㎡",
            Self::Score => "分",
            Self::Text | Self::Quantity | Self::Date => "",
        }
    }
}

/// One annex table.
#[derive(Debug)]
pub struct Annex {
    /// `附1`, as rules name it.
    pub id: String,
    /// `附件1`, as people name it.
    pub name: String,
    /// The printed title, `{年}` for the year.
    pub title: String,
    /// A line printed below it.
    pub subtitle: Option<String>,
    /// Keys of the title and its variants, the longest first.
    pub title_keys: Vec<String>,
    /// May stand more than once in a filing, one a project.
    pub repeat: bool,
    /// Every filing must have it.
    pub always: bool,
    /// The columns were checked against a published form.
    pub confirmed: bool,
    /// A note printed below the table.
    pub note: Option<String>,
    /// Widths of the printed columns, in characters; none where the description does not say.
    pub widths: Vec<f64>,
    /// Printed on its side.
    pub landscape: bool,
    /// The slot that holds the unit's name.
    pub unit_name: Option<usize>,
    /// The slot that holds the project's name.
    pub project_name: Option<usize>,
    /// The slot that holds the name of the department in charge.
    pub department_name: Option<usize>,
    /// The slot that holds the approved budget.
    pub budget: Option<usize>,
    /// What stands for the whole table where many filings are summed up.
    pub summary: Summary,
    /// Its blocks, from the top.
    pub blocks: Vec<Block>,
    /// How many figures it keeps outside its lists.
    pub slots: usize,
    /// What a label stands for.
    pub labels: HashMap<String, Vec<LabelUse>>,
    /// Labels that may go on with a name of the filer's own (`市级专项资金*`).
    pub prefixes: Vec<(String, LabelUse)>,
}

/// The slots of the figures that stand for a table in a summary of many filings.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The total of the scores, in 分.
    pub score: Option<usize>,
    /// How much of the budget was spent, in percent points.
    pub rate: Option<usize>,
    /// Others worth a column of their own.
    pub figures: Vec<usize>,
}

/// What a label was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelUse {
    /// The words beside or above a block.
    Corner {
        /// Index into [`Annex::blocks`].
        block: usize,
    },
    /// A column head; for items and lines the label before the value.
    Column {
        /// Index into [`Annex::blocks`].
        block: usize,
        /// Index into [`Block::columns`].
        column: usize,
    },
    /// A row label.
    Row {
        /// Index into [`Annex::blocks`].
        block: usize,
        /// Index into [`Block::rows`].
        row: usize,
    },
    /// The total row of a list.
    Foot {
        /// Index into [`Annex::blocks`].
        block: usize,
    },
    /// A head above several column heads, or a first-level or second-level name of a list.
    Heading {
        /// Index into [`Annex::blocks`].
        block: usize,
    },
}

/// The shape of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Labelled rows under column heads.
    Grid,
    /// One row of values under column heads.
    Record,
    /// Labels, each with its value behind it or in the next cell.
    Items,
    /// Labels and values in one line of text.
    Line,
    /// As many rows as the filer needs, with a total row.
    List,
}

/// A part of an annex that is found as a whole.
#[derive(Debug)]
pub struct Block {
    /// The name that rules use.
    pub id: String,
    /// Its shape.
    pub kind: Kind,
    /// Words beside or above it, as printed.
    pub corner: Vec<String>,
    /// Columns; for items and lines their labels.
    pub columns: Vec<Column>,
    /// Rows of a grid; empty otherwise.
    pub rows: Vec<Row>,
    /// First-level names of a list of indicators.
    pub groups: Vec<Group>,
    /// Total row of a list.
    pub foot: Option<Foot>,
    /// The first figure of this block in [`Annex::slots`].
    pub first_slot: usize,
    /// How it is printed.
    pub print: Print,
}

/// How a block is printed.
#[derive(Debug, Default)]
pub struct Print {
    /// Printed columns that each part takes: corner, row label, columns; for items labels and
    /// values, line by line. None where the description does not say.
    pub spans: Vec<Vec<u16>>,
    /// Stands beside this block, in the same rows.
    pub beside: Option<usize>,
    /// Stands right of this block's corner, which goes on down.
    pub under: Option<usize>,
    /// Blank rows of a list; for indicators those of each second level.
    pub rows: u16,
    /// Lines of text that a row of long texts has room for.
    pub lines: u16,
}

impl Block {
    /// The place of a figure among the annex's slots.
    pub fn slot(&self, row: usize, column: usize) -> usize {
        self.first_slot + row * self.columns.len() + column
    }

    /// Index of the column with this id.
    pub fn column(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }

    /// Index of the row with this id.
    pub fn row(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.id == id)
    }

    /// The rows whose parent is `row`.
    pub fn children(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows.len()).filter(move |child| self.rows[*child].parent == Some(row))
    }
}

/// A printed label.
#[derive(Debug, Clone)]
pub struct Label {
    /// As printed, `{年}` and `{上年}` for years.
    pub printed: String,
    /// As named in messages: without ordinals, brackets of instruction and colons.
    pub words: String,
    /// 0 for `{年}`, −1 for `{上年}`.
    pub year_offset: Option<i32>,
}

impl Label {
    /// What it is looked up by.
    pub fn key(&self) -> String {
        super::tables::key_of(&self.printed)
    }
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// The name that rules use.
    pub id: String,
    /// Its head.
    pub label: Label,
    /// What its figures are counted in.
    pub unit: Unit,
    /// Kept when a filing is rolled over to the next year.
    pub keep: bool,
    /// Takes last year's figure of this column of its block.
    pub carry: Option<usize>,
    /// The usual words, to choose from.
    pub choices: Vec<String>,
    /// The head above, where heads have two storeys.
    pub heading: Option<String>,
    /// May be negative.
    pub signed: bool,
}

/// A row of a grid.
#[derive(Debug)]
pub struct Row {
    /// The name that rules use.
    pub id: String,
    /// Its label.
    pub label: Label,
    /// The row that it is part of.
    pub parent: Option<usize>,
    /// More rows like it may follow.
    pub repeat: bool,
    /// Only marks where rows may be inserted (`……`); has no figures of its own.
    pub placeholder: bool,
    /// Spare rows printed for it.
    pub spare: u32,
    /// How its parts relate to it.
    pub total: Option<Total>,
    /// Columns that hold `——` or nothing by design.
    pub blank_columns: Vec<usize>,
    /// Figures that the form prints, by column.
    pub preset: Vec<(usize, Decimal)>,
    /// May be negative.
    pub signed: bool,
}

/// How the parts of a row relate to it.
#[derive(Debug, Clone)]
pub struct Total {
    /// The parts make up the whole, else they are some of it.
    pub exhaustive: bool,
    /// The rule's code.
    pub code: String,
    /// The columns it holds for.
    pub columns: Vec<usize>,
}

/// The total row of a list.
#[derive(Debug)]
pub struct Foot {
    /// The name that rules use.
    pub id: String,
    /// Its label.
    pub label: Label,
    /// Keys of the words for sums of a part, which are no total.
    pub subtotals: Vec<String>,
}

/// A first-level indicator.
#[derive(Debug)]
pub struct Group {
    /// As printed, without its weight.
    pub label: String,
    /// Key of the label.
    pub key: String,
    /// 分 that the form gives it.
    pub weight: Decimal,
    /// Its second-level indicators: as printed, and their keys.
    pub children: Vec<(String, String)>,
}
