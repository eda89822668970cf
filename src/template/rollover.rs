//! A filing rolled over to the next year: last year's outturn becomes the column of the year
//! before, names and indicators stay, the figures of the year are cleared.
//!
//! What stays and what moves is said by the columns of the form (`keep`, `carry`); fields are
//! matched by their ids, so that last year's form may look different.

use super::Order;
use super::plan::{Content, Entry, Place};
use crate::catalog::{Annex, Block, Form, Kind};
use crate::check;
use crate::filing::{CellRef, Fact, ListRow, State, Table};
use crate::label;
use crate::review::Checked;
use crate::workbook::Workbook;

/// What becomes of last year's filing.
#[derive(Debug)]
pub struct RolledOver {
    /// What goes into the template.
    pub order: Order,
    /// The cells of last year's filing that cannot be read, where a figure belongs.
    pub unread: Vec<CellRef>,
}

/// What of a filing that was read goes into a template of `form`.
pub fn roll_over(form: &Form, read: &Checked<'_>) -> RolledOver {
    let (from, filing) = (read.form, &read.filing);
    let (mut entries, mut unread) = (Vec::new(), Vec::new());
    let mut projects = 1;
    for (index, annex) in form.annexes.iter().enumerate() {
        let Some(old) = from.annexes.iter().position(|old| old.id == annex.id) else {
            continue;
        };
        for (number, table) in filing.tables_of(old).enumerate() {
            if number > 0 && !annex.repeat {
                break;
            }
            if annex.repeat {
                projects = projects.max(number + 1);
            }
            let mut work = Work {
                index,
                number,
                annex,
                old: &from.annexes[old],
                workbook: &read.workbook,
                table,
                entries: &mut entries,
                unread: &mut unread,
            };
            work.table();
        }
    }
    unread.sort_unstable();
    unread.dedup();
    RolledOver {
        order: Order { projects, entries },
        unread,
    }
}

struct Work<'a> {
    index: usize,
    number: usize,
    annex: &'a Annex,
    old: &'a Annex,
    workbook: &'a Workbook,
    table: &'a Table,
    entries: &'a mut Vec<Entry>,
    unread: &'a mut Vec<CellRef>,
}

impl Work<'_> {
    fn table(&mut self) {
        for (position, block) in self.annex.blocks.iter().enumerate() {
            let mut blocks = self.old.blocks.iter();
            let Some(old) = blocks.position(|old| old.id == block.id) else {
                continue;
            };
            match block.kind {
                // Whoever fills it in signs it anew.
                Kind::Line => {}
                Kind::List => self.list(position, block, old),
                _ => self.slots(position, block, old),
            }
        }
    }

    fn put(&mut self, place: Place, content: Option<Content>) {
        if let Some(content) = content {
            self.entries.push(Entry {
                annex: self.index,
                number: self.number,
                place,
                content,
            });
        }
    }

    /// What goes into a column: what stood in it, or in the column that is carried over to it.
    fn carried(
        &mut self,
        block: &Block,
        column: usize,
        old: &Block,
        facts: &[Fact],
    ) -> Option<Content> {
        let definition = &block.columns[column];
        let source = match definition.carry {
            Some(from) => &block.columns[from].id,
            None if definition.keep => &definition.id,
            None => return None,
        };
        let fact = facts.get(old.column(source)?)?;
        match &fact.state {
            State::Number(figure) => Some(Content::Number(figure.value)),
            State::Text(text) => Some(Content::Words(text.to_string())),
            State::Unreadable(_) | State::Error(_) => {
                self.unread.extend(fact.cell);
                None
            }
            State::Absent | State::Blank | State::NotApplicable => None,
        }
    }

    fn slots(&mut self, position: usize, block: &Block, old_position: usize) {
        let (old, table) = (&self.old.blocks[old_position], self.table);
        let width = old.columns.len();
        for row in 0..block.rows.len().max(1) {
            let old_row = match block.rows.get(row) {
                Some(row) => old.row(&row.id),
                None => Some(0),
            };
            let Some(old_row) = old_row else { continue };
            let start = old.slot(old_row, 0);
            let facts = &table.facts[start..start + width];
            if block.rows.get(row).is_some_and(|row| row.repeat) {
                let place = Place::Repeat {
                    block: position,
                    row,
                    index: 0,
                    column: None,
                };
                self.put(place, self.own_name(old, old_row));
            }
            let placeholder = block.rows.get(row).is_some_and(|row| row.placeholder);
            for column in 0..block.columns.len() {
                let content = self.carried(block, column, old, facts);
                if !placeholder {
                    self.put(Place::Slot(block.slot(row, column)), content);
                }
            }
            let first = u32::from(!placeholder);
            for (index, extra) in (first..).zip(table.extras_of(old_position, old_row)) {
                let place = |column| Place::Repeat {
                    block: position,
                    row,
                    index,
                    column,
                };
                let name = extra.label.text.trim();
                let named = !name.is_empty() && !label::is_placeholder(&label::normalise(name));
                let name = named.then(|| Content::Words(name.to_owned()));
                self.put(place(None), name);
                for column in 0..block.columns.len() {
                    let content = self.carried(block, column, old, &extra.facts);
                    self.put(place(Some(column)), content);
                }
            }
        }
    }

    /// The label of one of the form's own rows, where the filer named something in it.
    fn own_name(&self, old: &Block, row: usize) -> Option<Content> {
        let definition = old.rows.get(row).filter(|row| !row.placeholder)?;
        let (_, text) = check::own_label(self.workbook, self.table, old, row)?;
        check::name_behind(text, &definition.label.printed)?;
        Some(Content::Words(text.trim().to_owned()))
    }

    fn list(&mut self, position: usize, block: &Block, old_position: usize) {
        let old = &self.old.blocks[old_position];
        let mut used: Vec<u32> = Vec::new();
        let rows: Vec<&ListRow> = self.table.list(old_position).collect();
        for row in rows {
            let section = section_of(block, old, row);
            if used.len() <= section {
                used.resize(section + 1, 0);
            }
            let index = used[section];
            // The two levels of indicators are printed by the form.
            let first = if block.groups.is_empty() { 0 } else { 2 };
            let contents: Vec<(usize, Option<Content>)> = (first..block.columns.len())
                .map(|column| (column, self.carried(block, column, old, &row.facts)))
                .collect();
            if contents.iter().all(|(_, content)| content.is_none()) {
                continue;
            }
            used[section] += 1;
            for (column, content) in contents {
                let place = Place::Row {
                    block: position,
                    section,
                    index,
                    column,
                };
                self.put(place, content);
            }
        }
    }
}

/// The second level of the form that a row belongs to, counted over all of them; one that the
/// form does not know goes to the last of its group.
fn section_of(block: &Block, old: &Block, row: &ListRow) -> usize {
    let words = |column: usize| row.facts.get(column).and_then(Fact::text).map(label::key);
    let second = words(1).unwrap_or_default();
    let group = row.group.and_then(|group| old.groups.get(group));
    let mut section = 0;
    let mut last_of_group = 0;
    for known in &block.groups {
        for (_, key) in &known.children {
            if *key == second {
                return section;
            }
            section += 1;
        }
        if group.is_some_and(|group| group.key == known.key) {
            last_of_group = section - 1;
        }
    }
    last_of_group
}
