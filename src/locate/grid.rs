//! Rows of figures under column heads: grids with their inserted rows, and records.

use foldhash::{HashMap, HashSet, HashSetExt};

use super::blocks::{Work, missing};
use super::heads::Heads;
use super::marks::{anchor, is_filled, is_number, of_row};
use super::{LocatedExtra, Place};
use crate::catalog::{Block, LabelUse};
use crate::filing::{CellRef, Seen};
use crate::workbook::{Addr, Area};

impl Work<'_> {
    /// The cell that holds the value in the columns of a head, on the rows of a label.
    pub(super) fn value_at(&self, rows: (u32, u32), columns: (u32, u32)) -> Place {
        let in_range = |row: u32| {
            let cells = self.sheet.row(row);
            let from = cells.partition_point(|cell| cell.at.col < columns.0);
            cells[from..]
                .iter()
                .map(|cell| cell.at)
                .take_while(|at| at.col <= columns.1)
                .find(|at| is_filled(self.sheet, *at))
        };
        let found = (rows.0..=rows.1.min(rows.0 + 20)).find_map(in_range);
        let at = found.unwrap_or_else(|| anchor(self.sheet, Addr::new(rows.0, columns.0)));
        Place { at, part: None }
    }

    pub(super) fn grid(&mut self, index: usize, block: &Block) {
        let Some(heads) = self.heads(index, block) else {
            self.table.missing.push(missing(index, block, None, None));
            return;
        };
        let first_column = heads.first_column();
        // In reading order, as the marks are.
        let mut rows: Vec<(u32, usize, usize)> = Vec::new();
        let mut known: HashSet<usize> = HashSet::new();
        for mark in 0..self.marks.len() {
            let found = &self.marks[mark];
            let row = self.uses[mark].iter().find_map(|here| match here {
                LabelUse::Row { block, row } if *block == index => Some(*row),
                _ => None,
            });
            let Some(row) = row else { continue };
            let below = found.at.row > heads.rows.0 && found.at.col < first_column;
            if below && (!known.contains(&row) || block.rows[row].repeat) {
                known.insert(row);
                rows.push((found.at.row, row, mark));
            }
        }
        for (row, definition) in block.rows.iter().enumerate() {
            if !definition.placeholder && !known.contains(&row) {
                self.table
                    .missing
                    .push(missing(index, block, Some(row), None));
            }
        }
        let mut seen_rows: HashSet<usize> = HashSet::new();
        for (_, row, mark) in &rows {
            self.taken.insert(*mark);
            let places = self.row_places(&heads, self.marks[*mark].span);
            if seen_rows.insert(*row) {
                for (column, place) in places.into_iter().enumerate() {
                    self.table.slots[block.slot(*row, column)] = place;
                }
            } else {
                let label = self.seen(*mark);
                self.table.extras.push(LocatedExtra {
                    block: index,
                    row: *row,
                    label,
                    places,
                });
            }
        }
        self.inserted_rows(index, block, &heads, &rows);
    }

    fn row_places(&self, heads: &Heads, label: Area) -> Vec<Option<Place>> {
        let rows = (label.first.row, label.last.row);
        heads
            .spans
            .iter()
            .map(|span| span.map(|span| self.value_at(rows, (span.first.col, span.last.col))))
            .collect()
    }

    /// Rows with labels that are not the form's, between or below the form's rows.
    fn inserted_rows(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        rows: &[(u32, usize, usize)],
    ) {
        let Some(last_known) = rows.iter().map(|(at, ..)| *at).max() else {
            return;
        };
        let known_rows: HashSet<u32> = (0..self.marks.len())
            .filter(|mark| !self.uses[*mark].is_empty())
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

    fn is_number(&self, at: Addr) -> bool {
        is_number(self.sheet, at) && !self.sheet.is_covered(at)
    }

    pub(super) fn record(&mut self, index: usize, block: &Block) {
        let Some(heads) = self.heads(index, block) else {
            self.table.missing.push(missing(index, block, None, None));
            return;
        };
        let start = heads.rows.1 + 1;
        let is_label_row =
            |row: u32| of_row(self.marks, row).any(|mark| !self.uses[mark].is_empty());
        let spans: Vec<Area> = heads.spans.iter().flatten().copied().collect();
        let filled = |row: u32| {
            spans.iter().any(|span| {
                (span.first.col..=span.last.col)
                    .any(|col| is_filled(self.sheet, Addr::new(row, col)))
            })
        };
        let candidates: Vec<u32> = (start..=self.region.rows.1.min(start + 5))
            .take_while(|row| !is_label_row(*row))
            .collect();
        let Some(row) = candidates
            .iter()
            .copied()
            .find(|row| filled(*row))
            .or(candidates.first().copied())
        else {
            return;
        };
        for (column, span) in heads.spans.iter().enumerate() {
            if let Some(span) = span {
                let place = self.value_at((row, row), (span.first.col, span.last.col));
                self.table.slots[block.slot(0, column)] = Some(place);
            }
        }
        // A second building, say: the form has one row only.
        for row in candidates.into_iter().filter(|further| *further > row) {
            let mut cells = spans.iter().map(|span| Addr::new(row, span.first.col));
            if let Some(at) = cells.find(|at| self.is_number(*at)) {
                self.table.strangers.push(Seen {
                    cell: CellRef {
                        sheet: self.sheet_index,
                        at,
                    },
                    text: "".into(),
                });
            }
        }
    }
}
