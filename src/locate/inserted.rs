//! Rows that filers put into grids.

use foldhash::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::blocks::Work;
use super::grid::FormRow;
use super::heads::Heads;
use super::marks::{is_number, of_row};
use super::{LocatedExtra, Place};
use crate::catalog::Block;
use crate::filing::{CellRef, Seen};
use crate::workbook::{Addr, Area};

/// A row that was put in under the label of one of the form's, which stands elsewhere.
pub(super) struct Namesake {
    /// The form's.
    pub(super) own: usize,
    pub(super) extra: LocatedExtra,
}

impl Work<'_> {
    /// Rows with labels that are not the form's, between or below the form's rows; `others` are
    /// labels that only read like the form's, and those of them that may be inserted rows come back.
    pub(super) fn inserted_rows(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        rows: &[FormRow],
        others: &[FormRow],
    ) -> Vec<Namesake> {
        let mut namesakes = Vec::new();
        let Some(last_known) = rows.iter().map(|(at, ..)| *at).max() else {
            return namesakes;
        };
        let others_at: HashMap<u32, usize> =
            others.iter().map(|(at, own, _)| (*at, *own)).collect();
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
                    return namesakes;
                }
            }
            if !known_rows.contains(&row) {
                let own = others_at.get(&row).copied();
                if let Some(extra) = self.inserted_row(index, block, heads, current, row, own) {
                    match own {
                        Some(own) => namesakes.push(Namesake { own, extra }),
                        None => self.table.extras.push(extra),
                    }
                }
            }
            row += 1;
        }
        namesakes
    }

    /// Whether nothing is lost where a row is left out that is called as one of the form's: it says
    /// nothing, or what that one says.
    pub(super) fn says_no_more(&self, block: &Block, own: usize, places: &[Option<Place>]) -> bool {
        let amount = |place: &Option<Place>| self.amount(place.as_ref()).unwrap_or_default();
        let amounts: Vec<Decimal> = places.iter().map(amount).collect();
        let own = &self.table.slots[block.slot(own, 0)..block.slot(own + 1, 0)];
        amounts.iter().all(Decimal::is_zero) || own.iter().map(amount).eq(amounts)
    }

    /// A row that was put in where rows may be; elsewhere it is told.
    fn inserted_row(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        current: Option<usize>,
        row: u32,
        own: Option<usize>,
    ) -> Option<LocatedExtra> {
        let first_column = heads.first_column();
        let label = of_row(self.marks, row).rfind(|mark| self.marks[*mark].at.col < first_column);
        let span = Area {
            first: Addr::new(row, 0),
            last: Addr::new(row, 0),
        };
        let places = self.row_places(heads, label.map_or(span, |mark| self.marks[mark].span));
        let mut places_here = places.iter().flatten().map(|place| place.at);
        if !places_here.any(|at| at.row == row && self.is_number(at)) {
            return None;
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
        let Some(group) = group else {
            if !own.is_some_and(|own| self.says_no_more(block, own, &places)) {
                self.table.strangers.push(seen);
            }
            return None;
        };
        Some(LocatedExtra {
            block: index,
            row: group,
            label: seen,
            places,
        })
    }

    pub(super) fn is_number(&self, at: Addr) -> bool {
        is_number(self.sheet, at) && !self.sheet.is_covered(at)
    }
}
