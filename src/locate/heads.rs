//! The column heads of a block, and the words at its corner.

use super::UnitOf;
use super::blocks::{Work, missing};
use super::marks::Mark;
use crate::catalog::{Block, LabelUse};
use crate::filing::{CellRef, HeadYear};
use crate::label;
use crate::workbook::{Addr, Area};

/// The column heads of a block.
#[derive(Debug)]
pub(super) struct Heads {
    /// Span of each column's head.
    pub(super) spans: Vec<Option<Area>>,
    /// First and last row of the heads.
    pub(super) rows: (u32, u32),
}

impl Heads {
    /// The first column of the first head.
    pub(super) fn first_column(&self) -> u32 {
        self.spans
            .iter()
            .flatten()
            .map(|span| span.first.col)
            .min()
            .unwrap_or(0)
    }
}

impl Work<'_> {
    /// The row of heads: the one that names most columns, with the rows just below for heads of
    /// two storeys.
    pub(super) fn heads(&mut self, index: usize, block: &Block) -> Option<Heads> {
        let column_of = |here: &LabelUse| match here {
            LabelUse::Column { block, column } if *block == index => Some(*column),
            _ => None,
        };
        // A head that an earlier block has taken is not this one's too: 「实际完成情况」 of the
        // aims stands close above the heads of the indicators.
        let candidates: Vec<(usize, Vec<usize>)> = (0..self.marks.len())
            .filter(|mark| !self.taken.contains(mark))
            .map(|mark| (mark, self.uses[mark].iter().filter_map(column_of).collect()))
            .filter(|(_, columns): &(usize, Vec<usize>)| !columns.is_empty())
            .collect();
        let rows: Vec<u32> = {
            let mut rows: Vec<u32> = candidates
                .iter()
                .map(|(mark, _)| self.marks[*mark].at.row)
                .collect();
            rows.dedup();
            rows
        };
        let mut best: Option<(u32, Vec<(usize, usize)>)> = None;
        for row in rows {
            let up_to =
                |row: u32| candidates.partition_point(|(mark, _)| self.marks[*mark].at.row < row);
            let window = candidates[up_to(row)..up_to(row + 3)].iter();
            let assigned = assign(self.marks, window, block.columns.len(), row);
            if best
                .as_ref()
                .is_none_or(|(_, most)| assigned.len() > most.len())
            {
                best = Some((row, assigned));
            }
        }
        let (row, assigned) = best?;
        if assigned.len() * 2 < block.columns.len() {
            return None;
        }
        let mut heads = Heads {
            spans: vec![None; block.columns.len()],
            rows: (row, row),
        };
        for (column, mark) in assigned {
            self.taken.insert(mark);
            let found = &self.marks[mark];
            heads.spans[column] = Some(narrowed(found.span));
            // A head merged with the row of its values (a storey too many) must not hide them.
            heads.rows.1 = heads.rows.1.max(found.span.last.row.min(row + 2));
            if let (Some(offset), Some(year)) = (
                block.columns[column].label.year_offset,
                label::year(&found.text),
            ) {
                let cell = CellRef {
                    sheet: self.sheet_index,
                    at: found.at,
                };
                let text = found.text.clone();
                self.table.years.push(HeadYear {
                    cell,
                    text,
                    year,
                    offset,
                });
            }
            if found.text.contains('元') {
                let seen = self.seen(mark);
                let of = UnitOf::Column(index, column);
                self.table.unit_texts.push((of, seen));
            }
        }
        for (column, span) in heads.spans.iter().enumerate() {
            if span.is_none() {
                self.table
                    .missing
                    .push(missing(index, block, None, Some(column)));
            }
        }
        self.corner(index, block, row);
        Some(heads)
    }

    /// The words beside or above the heads, which may name the unit or the year.
    pub(super) fn corner(&mut self, index: usize, block: &Block, head_row: u32) {
        let here = LabelUse::Corner { block: index };
        for mark in 0..self.marks.len() {
            let span = self.marks[mark].span;
            if !self.uses[mark].contains(&here) || span.last.row + 1 < head_row {
                continue;
            }
            self.taken.insert(mark);
            let seen = self.seen(mark);
            let printed = block.corner.first().map_or("", String::as_str);
            if let (true, Some(year)) = (printed.contains("{年}"), label::year(&seen.text)) {
                let (cell, text) = (seen.cell, seen.text.clone());
                self.table.years.push(HeadYear {
                    cell,
                    text,
                    year,
                    offset: 0,
                });
            }
            if seen.text.contains('元') {
                self.table.unit_texts.push((UnitOf::Block(index), seen));
            }
            return;
        }
    }
}

/// A head of more columns than any form has would have each of them looked at in every row.
const WIDEST: u32 = 64;

fn narrowed(span: Area) -> Area {
    let most = span.first.col + (WIDEST - 1);
    Area {
        last: Addr::new(span.last.row, span.last.col.min(most)),
        ..span
    }
}

/// Which mark heads which column. A head that may stand for several columns («年决算数» of two
/// years) takes the first that is free, from left to right.
fn assign<'a>(
    marks: &[Mark],
    window: impl Iterator<Item = &'a (usize, Vec<usize>)>,
    columns: usize,
    first_row: u32,
) -> Vec<(usize, usize)> {
    let mut window: Vec<&(usize, Vec<usize>)> = window.collect();
    // Heads of the first row before those below, each from left to right.
    window.sort_by_key(|(mark, _)| {
        let at = marks[*mark].at;
        (at.row != first_row, at.col)
    });
    let mut assigned: Vec<(usize, usize)> = Vec::new();
    for (mark, candidates) in window {
        let free = candidates.iter().copied().filter(|column| {
            *column < columns && !assigned.iter().any(|(taken, _)| taken == column)
        });
        if let Some(column) = free.min() {
            assigned.push((column, *mark));
        }
    }
    assigned
}
