//! The column heads of a block, and the words at its corner.

use super::UnitOf;
use super::blocks::{Work, missing};
use super::marks::{Mark, of_row};
use crate::catalog::{Block, LabelUse};
use crate::filing::{HeadYear, Seen};
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
            let assigned = assign(self.marks, window, block);
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
            if let (Some(offset), Some(year)) =
                (block.columns[column].label.year_offset, candidate.year)
            {
                let Seen { cell, text } = self.seen(year.said_by);
                self.table.years.push(HeadYear {
                    cell,
                    text,
                    year: year.year,
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

    /// The marks that may head columns of a block, and the years that they name.
    fn candidates(&self, index: usize, block: &Block) -> Vec<Candidate> {
        let column_of = |here: &LabelUse| match here {
            LabelUse::Column { block, column } if *block == index => Some(*column),
            _ => None,
        };
        let names_years = block
            .columns
            .iter()
            .any(|column| column.label.year_offset.is_some());
        // A head that an earlier block has taken is not this one's too: 「实际完成情况」 of the
        // aims stands close above the heads of the indicators.
        (0..self.marks.len())
            .filter(|mark| !self.taken.contains(mark))
            .filter_map(|mark| {
                let year = names_years.then(|| self.year_of_head(mark)).flatten();
                // 「2022年」 over 「决算数」 reads 「2022年决算数」.
                let joined = year.filter(|year| year.said_by != mark).and_then(|_| {
                    let key = format!("#年{}", self.marks[mark].key);
                    self.annex.labels.get(&key)
                });
                let uses = joined.unwrap_or(&self.uses[mark]).iter();
                let columns: Vec<usize> = uses.filter_map(column_of).collect();
                (!columns.is_empty()).then_some(Candidate {
                    mark,
                    columns,
                    year,
                })
            })
            .collect()
    }

    /// The year that a head names, or that stands above it: 「2022年」 over 「决算数」.
    fn year_of_head(&self, mark: usize) -> Option<SaidYear> {
        let found = &self.marks[mark];
        let said = |said_by: usize| {
            let mark = &self.marks[said_by];
            let year = mark.key.contains('#').then(|| label::year(&mark.text))?;
            Some(SaidYear {
                year: year?,
                said_by,
            })
        };
        let is_above = |above: &usize| {
            let (above, span) = (&self.marks[*above], found.span);
            let columns = above.span.first.col..=above.span.last.col;
            ["#年", "#年度"].contains(&&*above.key)
                && above.span.last.row + 1 == span.first.row
                && columns.contains(&span.first.col)
        };
        said(mark).or_else(|| {
            (1..STOREYS).find_map(|up| {
                let row = of_row(self.marks, found.at.row.checked_sub(up)?);
                let marks = &self.marks[row.clone()];
                let up_to = marks.partition_point(|above| above.at.col <= found.at.col);
                let above = (row.start + up_to).checked_sub(1)?;
                (up_to > 0 && is_above(&above))
                    .then(|| said(above))
                    .flatten()
            })
        })
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

/// Heads have no more storeys than this.
const STOREYS: u32 = 3;

/// A mark that may head a column.
#[derive(Debug)]
struct Candidate {
    mark: usize,
    /// The columns that it may head.
    columns: Vec<usize>,
    /// Where heads of the block name years, the one that it names.
    year: Option<SaidYear>,
}

/// A year, and the mark that names it.
#[derive(Debug, Clone, Copy)]
struct SaidYear {
    year: i32,
    said_by: usize,
}

/// Which mark heads which column. Where the heads name different years, those first whose year is
/// the column's; of the rest, each that may stand for several columns («年决算数» of two years)
/// takes the first that is free, from left to right.
fn assign<'a>(
    marks: &[Mark],
    window: &'a [Candidate],
    block: &Block,
) -> Vec<(usize, &'a Candidate)> {
    let years = || window.iter().filter_map(|candidate| candidate.year);
    let latest = years().map(|year| year.year).max();
    let differ = years().any(|year| Some(year.year) != latest);
    // The heads are in reading order, as the marks are.
    let mut assigned: Vec<(usize, &Candidate)> = Vec::new();
    let rounds = if differ { &[true, false][..] } else { &[false] };
    for by_year in rounds {
        for candidate in window {
            let is_free = |column: &usize| {
                !assigned
                    .iter()
                    .any(|(taken, other)| taken == column || other.mark == candidate.mark)
            };
            let offset = candidate.year.zip(latest);
            let offset = offset.map(|(said, latest)| said.year - latest);
            let fits = |column: &usize| {
                let of_column = block.columns[*column].label.year_offset;
                !by_year || offset.is_some() && offset == of_column
            };
            let columns = candidate.columns.iter().copied();
            let column = columns
                .filter(|column| is_free(column) && fits(column))
                .min();
            if let Some(column) = column
                && !is_below_head(marks, &assigned, candidate)
            {
                assigned.push((column, candidate));
            }
        }
    }
    assigned
}

/// Whether a mark stands in a column of figures that has its head already: 「合计」 right below
/// 「科目编码」 is the label of a row.
fn is_below_head(marks: &[Mark], assigned: &[(usize, &Candidate)], candidate: &Candidate) -> bool {
    let at = marks[candidate.mark].at;
    assigned.iter().any(|(_, head)| {
        let head = marks[head.mark].span;
        head.last.row < at.row && (head.first.col..=head.last.col).contains(&at.col)
    })
}
