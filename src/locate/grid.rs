//! Rows of figures under column heads: grids with their inserted rows, and records.

use foldhash::{HashMap, HashSet, HashSetExt};
use rust_decimal::Decimal;

use super::blocks::{Work, missing};
use super::heads::Heads;
use super::marks::{anchor, is_filled, is_number, of_row};
use super::{LocatedExtra, Place};
use crate::amount::{self, Reading};
use crate::catalog::{Block, LabelUse, Row};
use crate::filing::{CellRef, Seen};
use crate::label;
use crate::tolerance;
use crate::workbook::{Addr, Area, NumberFormat};

/// Whether these add up, but for what rounding to two decimals explains.
fn is_sum(own: Decimal, parts: &[Decimal]) -> bool {
    let mut sum = Decimal::ZERO;
    for part in parts {
        let Some(more) = sum.checked_add(*part) else {
            return false;
        };
        sum = more;
    }
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let off = own.checked_sub(sum);
    off.is_some_and(|off| {
        tolerance::of_sum(off, count, Decimal::new(1, 2)) != tolerance::Outcome::Mismatch
    })
}

/// A row of the form's: where it is, which one it is, and the mark of its label.
type FormRow = (u32, usize, usize);

/// Which labels are those of the form's rows, and which only read like them, both in reading order:
/// 「办公费」 is the row below 「公用经费」, and not what a filer put in below another row.
fn own_rows(block: &Block, found: Vec<FormRow>) -> (Vec<FormRow>, Vec<FormRow>) {
    let mut own: Vec<Option<FormRow>> = Vec::with_capacity(block.rows.len());
    for (row, definition) in block.rows.iter().enumerate() {
        let labels = || found.iter().filter(|(_, known, _)| *known == row);
        let whole = definition.parent.and_then(|parent| *own.get(parent)?);
        let below = whole.and_then(|(whole, ..)| labels().find(|(at, ..)| *at > whole));
        own.push(below.or_else(|| labels().next()).copied());
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
        let (rows, others) = own_rows(block, found);
        let known: HashSet<usize> = rows.iter().map(|(_, row, _)| *row).collect();
        for (row, definition) in block.rows.iter().enumerate() {
            if !definition.placeholder && !known.contains(&row) {
                self.table
                    .missing
                    .push(missing(index, block, Some(row), None));
            }
        }
        let mut seen_rows: HashSet<usize> = HashSet::new();
        for (at, row, mark) in &rows {
            self.taken.insert(*mark);
            let mut places = self.row_places(&heads, self.marks[*mark].span);
            let whole = block.rows[*row].parent.and_then(|parent| {
                let whole = rows.iter().find(|(_, known, _)| *known == parent);
                whole.map(|(at, ..)| *at)
            });
            if let Some(whole) = whole {
                self.take_from_whole(&block.rows[*row], whole, *at, &mut places);
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
        self.inserted_rows(index, block, &heads, &rows, &others);
        for row in seen_rows {
            let own = rows.iter().find(|(_, known, _)| *known == row);
            if let (Some((_, _, mark)), true) = (own, block.rows[row].repeat) {
                self.sum_of_repeated(index, block, row, *mark);
            }
        }
    }

    /// A row that may be repeated may hold the sum of the rows below it: 「市级专项资金」 above
    /// 「其中：…」. Then those are the rows, the first of them in the place of the form's own; and
    /// none is the form's own where 其中 says so and the figures do not.
    fn sum_of_repeated(&mut self, index: usize, block: &Block, row: usize, mark: usize) {
        let is_below = |extra: &LocatedExtra| {
            let own = (extra.block, extra.row) == (index, row);
            own && extra.label.cell.at.row > self.marks[mark].at.row
        };
        let extras = &self.table.extras;
        let below: Vec<usize> = (0..extras.len())
            .filter(|at| is_below(&extras[*at]))
            .collect();
        let Some(first) = below.first().copied().filter(|_| !self.is_named(mark)) else {
            return;
        };
        let says_so = label::normalise(&extras[first].label.text).starts_with("其中");
        let (mut has_own, mut agree, mut differ) = (false, 0, 0);
        for column in 0..block.columns.len() {
            let own = self.amount(self.table.slots[block.slot(row, column)].as_ref());
            let parts = below
                .iter()
                .filter_map(|at| self.amount(extras[*at].places[column].as_ref()));
            let parts: Vec<Decimal> = parts.collect();
            let own = own.unwrap_or_default();
            has_own |= !own.is_zero();
            match is_sum(own, &parts) {
                true => agree += usize::from(!own.is_zero()),
                false => differ += 1,
            }
        }
        let slots = block.slot(row, 0)..block.slot(row, block.columns.len());
        if agree > 0 && (says_so || differ == 0 && below.len() > 1) {
            let first = self.table.extras.remove(first);
            self.table.slots.splice(slots, first.places);
        } else if says_so && has_own {
            self.table.slots[slots].fill(None);
        }
    }

    /// Whether something stands behind the form's words: a name.
    fn is_named(&self, mark: usize) -> bool {
        let key = &*self.marks[mark].key;
        let prefixes = &self.annex.prefixes;
        !self.annex.labels.contains_key(key) && !prefixes.iter().any(|(prefix, _)| prefix == key)
    }

    fn amount(&self, place: Option<&Place>) -> Option<Decimal> {
        let cell = self.sheet.cell(place?.at)?;
        match amount::read_value(&cell.value, &NumberFormat::default()) {
            Reading::Amount(amount) => Some(amount.cleaned()),
            _ => None,
        }
    }

    fn row_places(&self, heads: &Heads, label: Area) -> Vec<Option<Place>> {
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

    /// Rows with labels that are not the form's, between or below the form's rows.
    fn inserted_rows(
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
