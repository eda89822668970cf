//! Which mark heads which column of a block, where heads are told apart by the years they name.

use super::blocks::Work;
use super::marks::{Mark, of_row};
use crate::catalog::{Block, LabelUse};
use crate::label;

/// Heads have no more storeys than this.
const STOREYS: u32 = 3;

/// A mark that may head a column.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) mark: usize,
    /// The columns that it may head.
    columns: Vec<usize>,
    /// Where heads of the block name years, the one that it names.
    pub(super) year: Option<SaidYear>,
}

/// A year, and the mark that names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct SaidYear {
    pub(super) year: i32,
    pub(super) said_by: usize,
}

impl Work<'_> {
    /// The marks that may head columns of a block, and the years that they name.
    pub(super) fn candidates(&self, index: usize, block: &Block) -> Vec<Candidate> {
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
}

/// Which of a block's columns have which heads.
type Assigned<'a> = Vec<(usize, &'a Candidate)>;

/// Which mark heads which column; `title` is the year of the table. Heads that may stand for
/// several columns (`#年决算数` of two years) stand as in the form, from left to right, unless
/// they are right more often by their years: one year that is mistyped, the title's too, must not
/// change what the figures are.
pub(super) fn assign<'a>(
    marks: &[Mark],
    window: &'a [Candidate],
    block: &Block,
    title: Option<i32>,
) -> Assigned<'a> {
    let in_turn = in_turn(marks, window, block, None);
    let years: Vec<i32> = years_of(&in_turn, block).chain(title).collect();
    let faults_of = |assigned: &Assigned<'_>| {
        let faults = years.iter().map(|year| {
            let says_other = title.is_some_and(|title| title != *year);
            let heads = years_of(assigned, block).filter(|of_head| of_head != year);
            heads.count() + usize::from(says_other)
        });
        faults.min().unwrap_or(0)
    };
    let mut fewest = faults_of(&in_turn);
    let mut best = in_turn;
    for year in &years {
        if fewest == 0 {
            break;
        }
        let by_year = self::in_turn(marks, window, block, Some(*year));
        let faults = faults_of(&by_year);
        if faults < fewest && by_year.len() >= best.len() && !is_backwards(marks, &by_year, block) {
            (best, fewest) = (by_year, faults);
        }
    }
    best
}

/// The years of the table that the heads name, each for itself.
fn years_of(assigned: &Assigned<'_>, block: &Block) -> impl Iterator<Item = i32> {
    assigned.iter().filter_map(|(column, candidate)| {
        let offset = block.columns[*column].label.year_offset?;
        Some(candidate.year?.year - offset)
    })
}

/// Whether of two heads that may stand for each other's columns the right one has the later year,
/// as in the form, and the earlier column all the same.
fn is_backwards(marks: &[Mark], assigned: &Assigned<'_>, block: &Block) -> bool {
    let offset = |column: usize| block.columns[column].label.year_offset;
    let column_on_sheet = |candidate: &Candidate| marks[candidate.mark].at.col;
    let mut pairs = assigned
        .iter()
        .flat_map(|a| assigned.iter().map(move |b| (a, b)));
    pairs.any(|((column, left), (other, right))| {
        let years = left.year.zip(right.year);
        left.columns.contains(other)
            && right.columns.contains(column)
            && column_on_sheet(left) < column_on_sheet(right)
            && offset(*column) > offset(*other)
            && years.is_some_and(|(left, right)| left.year < right.year)
    })
}

/// The heads in reading order, each with the first of its columns that is free; where the table
/// is of `year`, those first whose year is the column's.
fn in_turn<'a>(
    marks: &[Mark],
    window: &'a [Candidate],
    block: &Block,
    year: Option<i32>,
) -> Assigned<'a> {
    let mut assigned: Assigned<'a> = Vec::new();
    let rounds = match year {
        Some(_) => &[true, false][..],
        None => &[false],
    };
    for by_year in rounds {
        for candidate in window {
            let is_free = |column: &usize| {
                !assigned
                    .iter()
                    .any(|(taken, other)| taken == column || other.mark == candidate.mark)
            };
            let offset = candidate.year.zip(year);
            let offset = offset.map(|(said, year)| said.year - year);
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
