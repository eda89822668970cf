//! What stands in a template from the beginning, and the room that it needs.

use std::collections::HashMap;

use super::Content;
use crate::catalog::Form;

/// A value that a template holds from the beginning.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) annex: usize,
    /// Which table of the annex, counted from 0.
    pub(crate) number: usize,
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// Where an entry goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Slot(usize),
    /// A row of a repeat group; its label where no column is named.
    Repeat {
        block: usize,
        row: usize,
        index: u32,
        column: Option<usize>,
    },
    /// A row of a list, in one of its second levels.
    Row {
        block: usize,
        section: usize,
        index: u32,
        column: usize,
    },
}

/// A part of a block that has rows of its own: annex, table, block, and which part.
type Part = (usize, usize, usize, usize);

/// How many rows lists and repeat groups need at least, for what is entered into them.
#[derive(Debug, Default)]
pub(super) struct Room(HashMap<Part, u32>);

impl Room {
    pub(super) fn of(form: &Form, entries: &[Entry]) -> Self {
        let mut room = HashMap::new();
        for entry in entries {
            let (block, part, index) = match &entry.place {
                Place::Slot(_) => continue,
                Place::Repeat {
                    block, row, index, ..
                } => (*block, *row, *index),
                Place::Row {
                    block,
                    section,
                    index,
                    ..
                } => (*block, *section, *index),
            };
            if form.annexes[entry.annex].blocks.get(block).is_some() {
                let key = (entry.annex, entry.number, block, part);
                let most = room.entry(key).or_insert(0);
                *most = index.saturating_add(1).min(MOST_ROWS).max(*most);
            }
        }
        Self(room)
    }

    /// How many rows a part needs.
    pub(super) fn needed(&self, part: Part) -> u32 {
        self.0.get(&part).copied().unwrap_or(0)
    }
}

/// No group of rows is longer.
const MOST_ROWS: u32 = 2_000;
