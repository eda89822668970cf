//! Rows of figures under column heads: grids and records.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::blocks::{Work, missing};
use super::heads::Heads;
use super::marks::{anchor, is_filled, of_row};
use super::{LocatedExtra, Place};
use crate::catalog::{Block, LabelUse, Row};
use crate::filing::{CellRef, Seen};
use crate::label;
use crate::workbook::{Addr, Area};

/// A row of the form's: where it is, which one it is, and the mark of its label.
pub(super) type FormRow = (u32, usize, usize);

/// Which labels are those of the form's rows, and which only read like them, both in reading order:
/// 「办公费」 is the row below 「公用经费」, and not what a filer put in below another row; and of two
/// 「公用经费」 that one which is not said to be part of a project, in the order of the form's rows.
fn own_rows(
    block: &Block,
    found: Vec<FormRow>,
    says_part: impl Fn(&FormRow) -> bool,
) -> (Vec<FormRow>, Vec<FormRow>) {
    let mut counts = vec![0_usize; block.rows.len()];
    for (_, row, _) in &found {
        counts[*row] += 1;
    }
    let single: Vec<FormRow> = found
        .iter()
        .filter(|(_, row, _)| counts[*row] == 1)
        .copied()
        .collect();
    let out_of_order = |(at, row, _): &FormRow| {
        let crossed = single
            .iter()
            .filter(|(other, known, _)| (other < at) != (known < row) && known != row);
        crossed.count()
    };
    let mut own: Vec<Option<FormRow>> = Vec::with_capacity(block.rows.len());
    for (row, definition) in block.rows.iter().enumerate() {
        let labels = || found.iter().filter(|(_, known, _)| *known == row);
        let whole = definition.parent.and_then(|parent| *own.get(parent)?);
        let below = whole.and_then(|(whole, ..)| labels().find(|(at, ..)| *at > whole));
        let alone = || match definition.parent {
            Some(_) => labels().next(),
            None => labels().min_by_key(|label| (says_part(label), out_of_order(label))),
        };
        own.push(below.or_else(alone).copied());
    }
    let is_own =
        |label: &FormRow| block.rows[label.1].repeat || own[label.1].as_ref() == Some(label);
    found.into_iter().partition(is_own)
}

impl Work<'_> {
    /// The cell that holds the value in the columns of a head, on the rows of a label.
    pub(super) fn value_at(&self, rows: (u32, u32), columns: (u32, u32)) -> Place {
        let is_own = |at: Addr| {
            let area = self.sheet.merge_at(at);
            area.is_none_or(|area| area.first.row >= rows.0)
        };
        let in_range = |row: u32| {
            let cells = self.sheet.row(row);
            let from = cells.partition_point(|cell| cell.at.col < columns.0);
            cells[from..]
                .iter()
                .map(|cell| cell.at)
                .take_while(|at| at.col <= columns.1)
                .find(|at| is_filled(self.sheet, *at) && is_own(*at))
        };
        let found = (rows.0..=rows.1.min(rows.0 + 20)).find_map(in_range);
        let at = found.unwrap_or_else(|| {
            let first = Addr::new(rows.0, columns.0);
            // What is merged from a row above is that row's, and counts once.
            if is_own(first) {
                anchor(self.sheet, first)
            } else {
                first
            }
        });
        Place { at, part: None }
    }

    pub(super) fn grid(&mut self, index: usize, block: &Block) {
        let Some(heads) = self.heads(index, block) else {
            self.table.missing.push(missing(index, block, None, None));
            return;
        };
        self.scale = self.scale_of(index, heads.rows.1 + 1);
        let first_column = heads.first_column();
        let found: Vec<FormRow> = (0..self.marks.len())
            .filter_map(|mark| {
                let row = self.uses[mark].iter().find_map(|here| match here {
                    LabelUse::Row { block, row } if *block == index => Some(*row),
                    _ => None,
                });
                let at = self.marks[mark].at;
                let is_label = at.row > heads.rows.0 && at.col < first_column;
                row.filter(|_| is_label).map(|row| (at.row, row, mark))
            })
            .collect();
        let (rows, others) = own_rows(block, found, |(.., mark)| {
            label::says_part(&self.marks[*mark].text)
        });
        let known: HashSet<usize> = rows.iter().map(|(_, row, _)| *row).collect();
        for (row, definition) in block.rows.iter().enumerate() {
            if !definition.placeholder && !known.contains(&row) {
                self.table
                    .missing
                    .push(missing(index, block, Some(row), None));
            }
        }
        let mut wholes: HashMap<usize, u32> = HashMap::new();
        for (at, row, _) in &rows {
            wholes.entry(*row).or_insert(*at);
        }
        let mut seen_rows: HashSet<usize> = HashSet::new();
        for (at, row, mark) in &rows {
            self.taken.insert(*mark);
            let mut places = self.row_places(&heads, self.marks[*mark].span);
            let whole = block.rows[*row]
                .parent
                .and_then(|parent| wholes.get(&parent));
            if let Some(whole) = whole {
                self.take_from_whole(&block.rows[*row], *whole, *at, &mut places);
            }
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
        let others = self.inserted_rows(index, block, &heads, &rows, &others);
        self.settle_inserted(index, block, &rows, &others);
    }

    pub(super) fn row_places(&self, heads: &Heads, label: Area) -> Vec<Option<Place>> {
        let rows = (label.first.row, label.last.row);
        heads
            .spans
            .iter()
            .map(|span| span.map(|span| self.value_at(rows, (span.first.col, span.last.col))))
            .collect()
    }

    /// An amount merged over a whole and over a part that stands alone with it is both of theirs.
    fn take_from_whole(&self, part: &Row, whole: u32, row: u32, places: &mut [Option<Place>]) {
        for (column, place) in places.iter_mut().enumerate() {
            let Some(place) = place.as_mut().filter(|place| place.at.row == row) else {
                continue;
            };
            let area = self.sheet.merge_at(place.at);
            let is_shared = |area: &Area| (area.first.row, area.last.row) == (whole, row);
            if let Some(area) = area.filter(is_shared)
                && !part.blank_columns.contains(&column)
            {
                place.at = area.first;
            }
        }
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
