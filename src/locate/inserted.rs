//! Rows that filers put into grids.

use foldhash::{HashMap, HashSet};

use super::LocatedExtra;
use super::blocks::Work;
use super::grid::FormRow;
use super::heads::Heads;
use super::marks::{is_number, of_row};
use crate::catalog::Block;
use crate::filing::{CellRef, Seen};
use crate::workbook::{Addr, Area};

impl Work<'_> {
    /// Rows with labels that are not the form's, between or below the form's rows.
    pub(super) fn inserted_rows(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        rows: &[FormRow],
        others: &[FormRow],
    ) {
        let Some(last_known) = rows.iter().map(|(at, ..)| *at).max() else {
            return;
        };
        let others: HashSet<usize> = others.iter().map(|(.., mark)| *mark).collect();
        let known_rows: HashSet<u32> = (0..self.marks.len())
            .filter(|mark| !self.uses[*mark].is_empty() && !others.contains(mark))
            .map(|mark| self.marks[mark].at.row)
            .collect();
        let form_rows: HashMap<u32, usize> = rows
            .iter()
            .rev()
            .map(|(at, known, _)| (*at, *known))
            .collect();
        let mut current: Option<usize> = None;
        let mut row = heads.rows.1 + 1;
        while row <= self.region.rows.1 {
            if let Some(known) = form_rows.get(&row) {
                current = Some(*known);
                row += 1;
                continue;
            }
            if row > last_known {
                // Only a repeat row may go on, and only up to the next part of the table.
                let goes_on = current.is_some_and(|known| block.rows[known].repeat);
                if !goes_on || known_rows.contains(&row) {
                    return;
                }
            }
            if !known_rows.contains(&row) {
                self.inserted_row(index, block, heads, current, row);
            }
            row += 1;
        }
    }

    fn inserted_row(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        current: Option<usize>,
        row: u32,
    ) {
        let first_column = heads.first_column();
        let label = of_row(self.marks, row).rfind(|mark| self.marks[*mark].at.col < first_column);
        let span = Area {
            first: Addr::new(row, 0),
            last: Addr::new(row, 0),
        };
        let places = self.row_places(heads, label.map_or(span, |mark| self.marks[mark].span));
        let mut places_here = places.iter().flatten().map(|place| place.at);
        if !places_here.any(|at| at.row == row && self.is_number(at)) {
            return;
        }
        let seen = match label {
            Some(mark) => self.seen(mark),
            None => Seen {
                cell: CellRef {
                    sheet: self.sheet_index,
                    at: Addr::new(row, heads.first_column().saturating_sub(1)),
                },
                text: "".into(),
            },
        };
        let group = current.and_then(|known| {
            if block.rows[known].repeat {
                return Some(known);
            }
            let next = block.rows.get(known + 1)?;
            (next.repeat && next.placeholder).then_some(known + 1)
        });
        match group {
            Some(group) => {
                self.table.extras.push(LocatedExtra {
                    block: index,
                    row: group,
                    label: seen,
                    places,
                });
            }
            None => self.table.strangers.push(seen),
        }
    }

    pub(super) fn is_number(&self, at: Addr) -> bool {
        is_number(self.sheet, at) && !self.sheet.is_covered(at)
    }
}
