//! What changed from one form set to another. Tables and parameters are matched by id, indicator
//! groups by their label, rules by code.
//!
//! Other spellings by which a label is found, English words, reserved codes and the order of
//! rules are no differences: the form that is filled in stays the same.

mod key;
mod rules;
mod tables;

use foldhash::HashMap;

use super::form::{Annex, Block, Column, Form, Group, Parameter};

pub use rules::{Coded, RulePart};

/// The differences between two form sets.
#[derive(Debug)]
pub struct Diff<'a> {
    /// The set that was.
    pub old: &'a Form,
    /// The set that is now.
    pub new: &'a Form,
    /// What is said of the set itself.
    pub set: Vec<SetPart>,
    /// Annexes.
    pub annexes: Vec<Change<&'a Annex, AnnexPart>>,
    /// Blocks, columns and rows of the annexes that both sets have.
    pub tables: Vec<TableChange<'a>>,
    /// First-level indicators of the blocks that both sets have.
    pub groups: Vec<GroupChange<'a>>,
    /// Thresholds.
    pub parameters: Vec<Change<&'a Parameter, ParameterPart>>,
    /// Rules, by code.
    pub rules: Vec<Change<Coded<'a>, RulePart<'a>>>,
}

/// Something that one set has and the other has not, or has in another way.
#[derive(Debug)]
pub enum Change<T, P> {
    /// Only the new set has it.
    Added(T),
    /// Only the old set has it.
    Removed(T),
    /// Both have it.
    Changed {
        /// As it was.
        old: T,
        /// As it is now.
        new: T,
        /// What differs, at least one.
        parts: Vec<P>,
    },
}

/// What differs between two sets themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetPart {
    /// The name.
    Name,
    /// The year that is evaluated.
    Year,
    /// The version of the description.
    Version,
    /// Whose form it is.
    Region,
    /// The order of the annexes.
    Order,
}

/// What differs in an annex itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnexPart {
    /// The name (`附件1`).
    Name,
    /// The printed title.
    Title,
    /// Whether every filing must have it.
    Always,
    /// Whether it may stand more than once.
    Repeat,
    /// Whether the columns were checked against a published form.
    Confirmed,
    /// The note below the table.
    Note,
    /// The order of its blocks.
    Order,
}

/// A difference inside an annex that both sets have.
#[derive(Debug)]
pub struct TableChange<'a> {
    /// The annex, as it is now.
    pub annex: &'a Annex,
    /// What differs.
    pub what: TablePart<'a>,
}

/// A block, a column or a row.
#[derive(Debug)]
pub enum TablePart<'a> {
    /// A block.
    Block(Change<&'a Block, BlockPart>),
    /// A column or item of this block, as it is now.
    Column(&'a Block, Change<&'a Column, ColumnPart>),
    /// A row of this block, as it is now.
    Row(&'a Block, Change<RowAt<'a>, RowPart>),
}

/// A row with the block that it is in.
#[derive(Debug, Clone, Copy)]
pub struct RowAt<'a> {
    /// The block.
    pub block: &'a Block,
    /// Index into its rows.
    pub row: usize,
}

/// What differs in a block itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockPart {
    /// The words beside or above it.
    Corner,
    /// Its shape.
    Kind,
    /// The label of its total row, or whether it has one.
    Foot,
    /// The order of its columns.
    ColumnOrder,
    /// The order of its rows.
    RowOrder,
}

/// What differs in a column or an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnPart {
    /// The printed label.
    Label,
    /// What its figures are counted in.
    Unit,
    /// The head above it.
    Heading,
    /// Whether it may be negative.
    Signed,
}

/// What differs in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowPart {
    /// The printed label.
    Label,
    /// The row that it is part of.
    Parent,
    /// Whether its parts make up the whole.
    Total,
    /// The columns for which its parts are added up.
    TotalColumns,
    /// The columns that stay blank.
    BlankColumns,
    /// Whether more rows like it may follow.
    Repeat,
    /// The spare rows that are printed for it.
    Spare,
    /// Whether it may be negative.
    Signed,
}

/// A difference in the indicators of a block that both sets have.
#[derive(Debug)]
pub struct GroupChange<'a> {
    /// The annex, as it is now.
    pub annex: &'a Annex,
    /// The first-level indicator.
    pub change: Change<&'a Group, GroupPart>,
}

/// What differs in a first-level indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupPart {
    /// The label, with the same key.
    Label,
    /// Its points.
    Weight,
    /// Its second-level indicators.
    Children,
}

/// What differs in a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPart {
    /// What it is called.
    Name,
    /// Its value or unit.
    Value,
}

impl<'a> Diff<'a> {
    /// What changed from `old` to `new`.
    pub fn between(old: &'a Form, new: &'a Form) -> Self {
        let (tables, groups) = tables::inside(old, new);
        Self {
            old,
            new,
            set: set(old, new),
            annexes: tables::annexes(old, new),
            tables,
            groups,
            parameters: changes(
                &all(&old.parameters),
                &all(&new.parameters),
                |parameter| &parameter.id,
                parameter,
            ),
            rules: rules::changes_of(old, new),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
            && self.annexes.is_empty()
            && self.tables.is_empty()
            && self.groups.is_empty()
            && self.parameters.is_empty()
            && self.rules.is_empty()
    }
}

fn set(old: &Form, new: &Form) -> Vec<SetPart> {
    differing(&[
        (SetPart::Name, old.name != new.name),
        (SetPart::Year, old.year != new.year),
        (SetPart::Version, old.version != new.version),
        (SetPart::Region, old.region != new.region),
        (
            SetPart::Order,
            is_reordered(&old.annexes, &new.annexes, |annex| &annex.id),
        ),
    ])
}

fn parameter(old: &&Parameter, new: &&Parameter) -> Vec<ParameterPart> {
    differing(&[
        (ParameterPart::Name, old.name.zh != new.name.zh),
        (
            ParameterPart::Value,
            (old.value, old.unit) != (new.value, new.unit),
        ),
    ])
}

/// What was added, then what was removed, then what changed; each in the order of its set.
fn changes<'a, T: Clone, P>(
    old: &[T],
    new: &[T],
    key: impl Fn(&T) -> &'a str,
    parts: impl Fn(&T, &T) -> Vec<P>,
) -> Vec<Change<T, P>> {
    let mut before: HashMap<&str, &T> = HashMap::default();
    for found in old {
        before.entry(key(found)).or_insert(found);
    }
    let mut after: HashMap<&str, &T> = HashMap::default();
    for found in new {
        after.entry(key(found)).or_insert(found);
    }
    let added = new.iter().filter(|found| !before.contains_key(key(found)));
    let removed = old.iter().filter(|found| !after.contains_key(key(found)));
    let changed = new.iter().filter_map(|found| {
        let old = *before.get(key(found))?;
        let parts = parts(old, found);
        let (old, new) = (old.clone(), found.clone());
        (!parts.is_empty()).then_some(Change::Changed { old, new, parts })
    });
    added
        .cloned()
        .map(Change::Added)
        .chain(removed.cloned().map(Change::Removed))
        .chain(changed)
        .collect()
}

fn all<T>(items: &[T]) -> Vec<&T> {
    items.iter().collect()
}

/// The parts of which it is true that they differ.
fn differing<P: Copy>(parts: &[(P, bool)]) -> Vec<P> {
    let differing = parts.iter().filter(|(_, differs)| *differs);
    differing.map(|(part, _)| *part).collect()
}

/// Whether what both have stands in another order.
fn is_reordered<'a, T>(old: &'a [T], new: &'a [T], id: impl Fn(&'a T) -> &'a str) -> bool {
    let common = |these: &'a [T], those: &'a [T]| -> Vec<&'a str> {
        let known: std::collections::BTreeSet<&str> = those.iter().map(&id).collect();
        let ids = these.iter().map(&id);
        ids.filter(|id| known.contains(id)).collect()
    };
    common(old, new) != common(new, old)
}
