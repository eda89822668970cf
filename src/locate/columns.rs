//! Which mark heads which column of a block, where heads are told apart by the years they name.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashSet;

use super::blocks::Work;
use super::marks::{Mark, anchor, of_row};
use crate::catalog::{Block, LabelUse};
use crate::label;
use crate::workbook::{Addr, Value};

/// Heads have no more storeys than this.
const STOREYS: u32 = 3;

/// A mark that may head a column.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) mark: usize,
    /// The columns that it may head.
    columns: Vec<usize>,
    /// The columns that it may head where a year is missing: 「决算数」 for 「2022年决算数」.
    of_years: Vec<usize>,
    /// Where heads of the block name years, the one that it names.
    pub(super) year: Option<SaidYear>,
}

/// A year, and the cell that names it.
#[derive(Debug, Clone)]
pub(super) struct SaidYear {
    pub(super) year: i32,
    pub(super) at: Addr,
    pub(super) text: Arc<str>,
}

impl Work<'_> {
    /// The marks that may head columns of a block, and the years that they name.
    pub(super) fn candidates(&self, index: usize, block: &Block) -> Vec<Candidate> {
        let names_years = block
            .columns
            .iter()
            .any(|column| column.label.year_offset.is_some());
        // A head that an earlier block has taken is not this one's too: 「实际完成情况」 of the
        // aims stands close above the heads of the indicators.
        let marks = (0..self.marks.len()).filter(|mark| !self.taken.contains(mark));
        if names_years {
            let candidates = marks.map(|mark| self.candidate_of_years(index, mark));
            let is_one = |candidate: &Candidate| {
                !candidate.columns.is_empty() || !candidate.of_years.is_empty()
            };
            let mut candidates: Vec<Candidate> = candidates.filter(is_one).collect();
            self.read_bare_years(&mut candidates);
            self.settle_claims(&mut candidates);
            candidates.retain(|candidate| !candidate.columns.is_empty());
            return candidates;
        }
        let candidates = marks.map(|mark| Candidate {
            mark,
            columns: columns_in(&self.uses[mark], index),
            of_years: Vec::new(),
            year: None,
        });
        candidates
            .filter(|candidate| !candidate.columns.is_empty())
            .collect()
    }

    /// The columns that a text may head.
    fn columns_called(&self, index: usize, key: &str) -> Vec<usize> {
        let uses = self.annex.labels.get(key);
        uses.map(|uses| columns_in(uses, index)).unwrap_or_default()
    }

    /// What a mark may head with the year that it names, or that stands above or below it:
    /// 「2022年」 over 「决算数」 reads 「2022年决算数」, and so does 「上年」 for the year before.
    fn candidate_of_years(&self, index: usize, mark: usize) -> Candidate {
        let found = &self.marks[mark];
        let mut candidate = Candidate {
            mark,
            columns: columns_in(&self.uses[mark], index),
            of_years: Vec::new(),
            year: None,
        };
        if found.key.contains('#') {
            candidate.year = said_year(found);
            return candidate;
        }
        if found.key.is_empty() {
            return candidate;
        }
        // 「年度决算数」 has its 年 already.
        candidate.of_years = match found.key.strip_prefix('年') {
            Some(rest) => self.columns_called(index, &format!("#年{rest}")),
            None => self.columns_called(index, &format!("#年{}", found.key)),
        };
        if candidate.columns.is_empty() && candidate.of_years.is_empty() {
            return candidate;
        }
        for storey in [self.above(mark), self.below(mark)].into_iter().flatten() {
            let storey = &self.marks[storey];
            if is_a_year(&storey.key) {
                candidate.year = said_year(storey);
                if !candidate.of_years.is_empty() {
                    candidate.columns.clone_from(&candidate.of_years);
                }
                break;
            }
            let joined = self.columns_called(index, &format!("{}{}", storey.key, found.key));
            if !joined.is_empty() {
                candidate.columns = joined;
                candidate.of_years.clear();
                break;
            }
        }
        candidate
    }

    /// The mark right above one, merged over its column or not.
    fn above(&self, mark: usize) -> Option<usize> {
        let span = self.marks[mark].span;
        (1..STOREYS).find_map(|up| {
            let row = of_row(self.marks, span.first.row.checked_sub(up)?);
            let marks = &self.marks[row.clone()];
            let up_to = marks.partition_point(|above| above.at.col <= span.first.col);
            let above = (row.start + up_to).checked_sub(1).filter(|_| up_to > 0)?;
            let area = self.marks[above].span;
            let columns = area.first.col..=area.last.col;
            let is_above = area.last.row + 1 == span.first.row && columns.contains(&span.first.col);
            is_above.then_some(above)
        })
    }

    /// The mark right below one, and no wider.
    fn below(&self, mark: usize) -> Option<usize> {
        let span = self.marks[mark].span;
        let row = of_row(self.marks, span.last.row.checked_add(1)?);
        let marks = &self.marks[row.clone()];
        let up_to = marks.partition_point(|below| below.at.col < span.first.col);
        let below = marks.get(up_to)?;
        (below.span.last.col <= span.last.col).then_some(row.start + up_to)
    }

    /// Years that are typed as numbers over heads. A figure of the block above may look like one:
    /// all heads of the row that want a year have one, or none has.
    fn read_bare_years(&self, candidates: &mut [Candidate]) {
        let row_of = |candidate: &Candidate| self.marks[candidate.mark].at.row;
        for of_row in candidates.chunk_by_mut(|a, b| row_of(a) == row_of(b)) {
            let wants = |candidate: &&mut Candidate| !candidate.of_years.is_empty();
            let years: Option<Vec<SaidYear>> = of_row
                .iter_mut()
                .filter(wants)
                .map(|candidate| self.bare_year_above(candidate))
                .collect();
            let wanting = of_row.iter_mut().filter(wants);
            for (candidate, year) in wanting.zip(years.unwrap_or_default()) {
                candidate.columns.clone_from(&candidate.of_years);
                candidate.year = Some(year);
            }
        }
    }

    fn bare_year_above(&self, candidate: &Candidate) -> Option<SaidYear> {
        if candidate.year.is_some() {
            return None;
        }
        let head = self.marks[candidate.mark].at;
        let above = Addr::new(head.row.checked_sub(1)?, head.col);
        let at = anchor(self.sheet, above);
        let text: Arc<str> = match &self.sheet.cell(at)?.value {
            Value::Number(number) => number.to_string().into(),
            Value::Text(text) => text.clone(),
            _ => return None,
        };
        let year: i32 = label::normalise(&text).parse().ok()?;
        let is_year = (EARLIEST..=LATEST).contains(&year);
        is_year.then_some(SaidYear { year, at, text })
    }

    /// Heads that want the same columns, and some of one row say no year: as many as there are
    /// columns stand as they do in the form, or as the others' years have it; else which is which
    /// cannot be told.
    fn settle_claims(&self, candidates: &mut [Candidate]) {
        let row_of = |candidate: &Candidate| self.marks[candidate.mark].at.row;
        let mut from = 0;
        while let Some(first) = candidates.get(from) {
            let row = row_of(first);
            let until = from + candidates[from..].partition_point(|here| row_of(here) == row);
            let near = candidates.partition_point(|here| row_of(here) + STOREYS <= row)
                ..candidates.partition_point(|here| row_of(here) < row + STOREYS);
            let of_row = candidates[from..until].iter();
            let wanted: BTreeSet<Vec<usize>> = of_row
                .filter(|here| here.year.is_none() && here.of_years.len() > 1)
                .map(|here| here.of_years.clone())
                .collect();
            for wanted in wanted {
                let claims = |here: &Candidate| match here.year {
                    Some(_) => here.columns == wanted,
                    None => here.of_years == wanted,
                };
                let (claimants, others): (Vec<usize>, Vec<usize>) =
                    near.clone().partition(|at| claims(&candidates[*at]));
                let [_, _, ..] = claimants[..] else { continue };
                let taken: HashSet<usize> = others
                    .iter()
                    .flat_map(|at| candidates[*at].columns.iter().copied())
                    .collect();
                let mut free = wanted.clone();
                free.retain(|column| !taken.contains(column));
                if free.len() != claimants.len() {
                    free.clear();
                }
                for candidate in &mut candidates[from..until] {
                    if candidate.year.is_none() && candidate.of_years == wanted {
                        candidate.columns.clone_from(&free);
                    }
                }
            }
            from = until;
        }
    }
}

/// The columns of a block among the uses of a text.
fn columns_in(uses: &[LabelUse], index: usize) -> Vec<usize> {
    let column_of = |here: &LabelUse| match here {
        LabelUse::Column { block, column } if *block == index => Some(*column),
        _ => None,
    };
    let mut columns: Vec<usize> = uses.iter().filter_map(column_of).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The year that a text names.
fn said_year(mark: &Mark) -> Option<SaidYear> {
    Some(SaidYear {
        year: label::year(&mark.text)?,
        at: mark.at,
        text: mark.text.clone(),
    })
}

/// Whether a key is a year and no more: `#年度`, and what is in brackets in 「上年度（2022年）」.
fn is_a_year(key: &str) -> bool {
    key.contains('#') && key.chars().all(|c| "#年度上本当".contains(c))
}

/// Numbers before and after are no years of a filing.
const EARLIEST: i32 = 1990;
const LATEST: i32 = 2099;

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
    let mut best = in_turn(marks, window, block, None);
    let years: Vec<i32> = years_of(&best, block).chain(title).collect();
    let faults_of = |assigned: &Assigned<'_>| {
        let faults = years.iter().map(|year| {
            let says_other = title.is_some_and(|title| title != *year);
            let heads = years_of(assigned, block).filter(|of_head| of_head != year);
            heads.count() + usize::from(says_other)
        });
        faults.min().unwrap_or(0)
    };
    let mut fewest = faults_of(&best);
    for year in &years {
        if fewest == 0 {
            break;
        }
        let by_year = in_turn(marks, window, block, Some(*year));
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
        Some(candidate.year.as_ref()?.year - offset)
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
        let years = left.year.as_ref().zip(right.year.as_ref());
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
            let offset = candidate.year.as_ref().zip(year);
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
