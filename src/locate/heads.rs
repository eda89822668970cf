//! The column heads of a block, and the words at its corner.

use super::UnitOf;
use super::blocks::{Work, missing};
use super::columns::{Candidate, assign};
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
        let candidates = self.candidates(index, block);
        let row_of = |candidate: &Candidate| self.marks[candidate.mark].at.row;
        let mut rows: Vec<u32> = candidates.iter().map(row_of).collect();
        rows.dedup();
        let mut best: Option<(u32, Vec<(usize, &Candidate)>)> = None;
        for row in rows {
            let up_to = |row: u32| candidates.partition_point(|candidate| row_of(candidate) < row);
            let window = &candidates[up_to(row)..up_to(row + 3)];
            let assigned = assign(self.marks, window, block, self.region.year);
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
        for (column, candidate) in assigned {
            let mark = candidate.mark;
            self.taken.insert(mark);
            let found = &self.marks[mark];
            heads.spans[column] = Some(narrowed(found.span));
            // A head merged with the row of its values (a storey too many) must not hide them.
            heads.rows.1 = heads.rows.1.max(found.span.last.row.min(row + 2));
            let offset = block.columns[column].label.year_offset;
            if let Some((offset, said)) = offset.zip(candidate.year.as_ref()) {
                heads.rows.1 = heads.rows.1.max(said.at.row.min(row + 2));
                self.table.years.push(HeadYear {
                    cell: CellRef {
                        sheet: self.sheet_index,
                        at: said.at,
                    },
                    text: said.text.clone(),
                    year: said.year,
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
