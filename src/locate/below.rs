//! The rows below a whole of a grid, the form's own and those that were put in: which of them are
//! added, and whether they add up to it.

use rust_decimal::Decimal;

use super::Place;
use super::blocks::Work;
use super::grid::FormRow;
use super::inserted::Namesake;
use super::subtotals::OwnRow;
use crate::amount::{self, Reading};
use crate::catalog::Block;
use crate::filing::Seen;
use crate::label;
use crate::tolerance;
use crate::workbook::NumberFormat;

/// Amounts added up.
#[derive(Clone, Copy)]
pub(super) struct Added {
    /// None where they are too large.
    sum: Option<Decimal>,
    count: u32,
}

impl Default for Added {
    fn default() -> Self {
        Self {
            sum: Some(Decimal::ZERO),
            count: 0,
        }
    }
}

impl Added {
    pub(super) fn of(amounts: impl Iterator<Item = Decimal>) -> Self {
        let mut added = Self::default();
        for amount in amounts {
            added.add(amount);
        }
        added
    }

    pub(super) fn add(&mut self, amount: Decimal) {
        self.sum = self.sum.and_then(|sum| sum.checked_add(amount));
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn without(self, other: Self) -> Self {
        let sums = self.sum.zip(other.sum);
        Self {
            sum: sums.and_then(|(sum, other)| sum.checked_sub(other)),
            count: self.count.saturating_sub(other.count),
        }
    }

    /// Whether this is their sum, but for what rounding to two decimals explains.
    pub(super) fn is(self, own: Decimal) -> bool {
        let off = self.sum.and_then(|sum| own.checked_sub(sum));
        off.is_some_and(|off| {
            tolerance::of_sum(off, self.count, Decimal::new(1, 2)) != tolerance::Outcome::Mismatch
        })
    }

    /// Whether this is their sum to the last digit, and they are several.
    pub(super) fn are_several_of(self, own: Decimal) -> bool {
        self.count > 1 && self.sum == Some(own)
    }

    /// Whether it is their sum on fewer decimals.
    pub(super) fn rounds_to(self, own: Decimal) -> bool {
        let to = |decimals| {
            self.sum
                .map(|sum| tolerance::round_half_away(sum, decimals))
        };
        !own.is_zero() && [to(0), to(1)].contains(&Some(own))
    }
}

/// A row below a whole, the form's own or an inserted one.
pub(super) struct Item<'a> {
    /// Which of the form's rows it is, or repeats.
    pub(super) row: usize,
    /// What was put in, as index into the extras.
    pub(super) extra: Option<usize>,
    /// By column.
    pub(super) places: &'a [Option<Place>],
    /// The row of the sheet.
    pub(super) at: u32,
}

impl Work<'_> {
    /// Looks through the rows that were put in below each whole; `rows` are the form's.
    pub(super) fn settle_inserted(
        &mut self,
        index: usize,
        block: &Block,
        rows: &[FormRow],
        namesakes: &[Namesake],
    ) {
        for whole in 0..block.rows.len() {
            let repeated: Vec<usize> = block
                .children(whole)
                .filter(|child| block.rows[*child].repeat)
                .collect();
            if repeated.is_empty() {
                continue;
            }
            let namesakes: Vec<&Namesake> = namesakes
                .iter()
                .filter(|namesake| repeated.contains(&namesake.extra.row))
                .collect();
            let before = (!namesakes.is_empty()).then(|| self.table.clone());
            let fits = self.settle_below(index, block, whole, &repeated, rows);
            let Some(before) = before else {
                continue;
            };
            // They are added only where the whole fits with them and not without.
            let without = std::mem::replace(&mut self.table, before);
            let extras = namesakes.iter().map(|namesake| namesake.extra.clone());
            self.table.extras.extend(extras);
            if self.settle_below(index, block, whole, &repeated, rows) <= fits {
                self.table = without;
                self.leave_out_namesakes(index, block, whole, &namesakes);
            }
        }
    }

    /// In how many columns the whole fits then.
    fn settle_below(
        &mut self,
        index: usize,
        block: &Block,
        whole: usize,
        repeated: &[usize],
        rows: &[FormRow],
    ) -> usize {
        let sums = self.take_sums(index, repeated);
        let unnamed = repeated.iter().filter_map(|row| {
            let (.., mark) = rows.iter().find(|(_, known, _)| known == row)?;
            self.own_row(*row, *mark)
        });
        let mut unnamed: Vec<OwnRow> = unnamed.collect();
        unnamed.retain(|own| !self.sum_of_repeated(index, block, whole, own));
        self.leave_out_parts(index, block, whole, &unnamed);
        for own in &unnamed {
            self.no_sum_of_repeated(index, block, own);
        }
        let wrong = self.wrong_sums(index, block, whole, sums);
        self.settle_wrong_sums(index, block, whole, wrong);
        let items = self.rows_below(index, block, whole);
        self.fitting(block, whole, &items, &vec![false; items.len()])
    }

    /// Tells those that say anything of their own.
    fn leave_out_namesakes(
        &mut self,
        index: usize,
        block: &Block,
        whole: usize,
        namesakes: &[&Namesake],
    ) {
        let items = self.rows_below(index, block, whole);
        let is_told = |namesake: &&&Namesake| {
            let Namesake { own, extra } = namesake;
            let count = items.partition_point(|item| item.at < extra.label.cell.at.row);
            let above = items[..count]
                .last()
                .filter(|_| label::says_part(&extra.label.text));
            let amount = |column: usize| self.amount(extra.places[column].as_ref());
            let is_part = above.is_some_and(|above| {
                (0..block.columns.len()).all(|column| {
                    amount(column).unwrap_or_default() <= self.amount_of(above, column)
                })
            });
            !is_part && !self.says_no_more(block, *own, &extra.places)
        };
        let told = namesakes.iter().filter(is_told);
        let told: Vec<Seen> = told.map(|namesake| namesake.extra.label.clone()).collect();
        self.table.strangers.extend(told);
    }

    /// The rows below a whole, from the top.
    pub(super) fn rows_below(&self, index: usize, block: &Block, whole: usize) -> Vec<Item<'_>> {
        let mut items = Vec::new();
        for row in block.children(whole) {
            let places = &self.table.slots[block.slot(row, 0)..block.slot(row + 1, 0)];
            let at = places.iter().flatten().map(|place| place.at.row).min();
            items.extend(at.map(|at| Item {
                row,
                extra: None,
                places,
                at,
            }));
        }
        let extras = self.table.extras.iter().enumerate();
        let extras = extras.filter(|(_, extra)| {
            extra.block == index && block.rows[extra.row].parent == Some(whole)
        });
        items.extend(extras.map(|(at, extra)| Item {
            row: extra.row,
            extra: Some(at),
            places: &extra.places,
            at: extra.label.cell.at.row,
        }));
        items.sort_by_key(|item| item.at);
        items
    }

    pub(super) fn amount_of(&self, item: &Item<'_>, column: usize) -> Decimal {
        let amount = self.amount(item.places[column].as_ref());
        amount.unwrap_or_default()
    }

    /// In how many columns the rows add up to their whole, some of them left out.
    pub(super) fn fitting(
        &self,
        block: &Block,
        whole: usize,
        items: &[Item<'_>],
        left_out: &[bool],
    ) -> usize {
        let fits = (0..block.columns.len()).filter(|column| {
            let own = self.amount(self.table.slots[block.slot(whole, *column)].as_ref());
            let added = items.iter().zip(left_out).filter(|(_, is_out)| !**is_out);
            let added = Added::of(added.map(|(item, _)| self.amount_of(item, *column)));
            own.is_some_and(|own| !own.is_zero() && added.is(own))
        });
        fits.count()
    }

    /// The amount in a cell of the grid at work; where it names a unit of its own, in the unit of the
    /// others.
    pub(super) fn amount(&self, place: Option<&Place>) -> Option<Decimal> {
        let cell = self.sheet.cell(place?.at)?;
        let Reading::Amount(amount) = amount::read_value(&cell.value, &NumberFormat::default())
        else {
            return None;
        };
        let value = amount.cleaned();
        match amount.unit {
            Some(unit) => value
                .checked_mul(self.scale.divisor())?
                .checked_div(unit.divisor()),
            None => Some(value),
        }
    }
}
