//! Rows of a grid that add up the rows beside them: those that are called 小计, and a row of the
//! form's with the rows that it adds up below it.

use foldhash::HashMap;

use super::below::{Added, Item};
use super::blocks::Work;
use super::{LocatedExtra, StandIn};
use crate::catalog::Block;
use crate::label;

impl Work<'_> {
    /// Takes the rows out that are called 小计 or 合计: they were not put in beside the others, but
    /// add them up.
    pub(super) fn take_sums(&mut self, index: usize, repeated: &[usize]) -> Vec<LocatedExtra> {
        let is_sum = |extra: &mut LocatedExtra| {
            extra.block == index
                && repeated.contains(&extra.row)
                && label::before_sum(&label::key(&extra.label.text)).is_some()
        };
        let mut sums: Vec<LocatedExtra> = self.table.extras.extract_if(.., is_sum).collect();
        sums.sort_by_key(|sum| sum.label.cell.at.row);
        sums
    }

    /// The sums that are neither that of the rows of their kind above them or below them, nor of all
    /// rows above them.
    pub(super) fn wrong_sums(
        &self,
        index: usize,
        block: &Block,
        whole: usize,
        sums: Vec<LocatedExtra>,
    ) -> Vec<LocatedExtra> {
        let items = self.rows_below(index, block, whole);
        // What each may be the sum of, going by the columns so far.
        let mut may_be = vec![[true; 3]; sums.len()];
        for column in 0..block.columns.len() {
            let amount = |item: &Item<'_>| self.amount(item.places[column].as_ref());
            let of_kind = |row: usize| items.iter().filter(move |item| item.row == row);
            let mut kinds: HashMap<usize, (Added, Added)> = block
                .children(whole)
                .map(|row| {
                    let total = Added::of(of_kind(row).filter_map(amount));
                    (row, (Added::of(std::iter::empty()), total))
                })
                .collect();
            let mut above = Added::of(std::iter::empty());
            let mut rest = items.iter().peekable();
            for (sum, may_be) in sums.iter().zip(&mut may_be) {
                while let Some(item) = rest.next_if(|item| item.at < sum.label.cell.at.row) {
                    if let (Some(amount), Some((kind, _))) =
                        (amount(item), kinds.get_mut(&item.row))
                    {
                        above.add(amount);
                        kind.add(amount);
                    }
                }
                let own = self.amount(sum.places[column].as_ref());
                if let (Some(own), Some((kind, total))) = (own, kinds.get(&sum.row)) {
                    let added = [*kind, total.without(*kind), above];
                    for (may_be, added) in may_be.iter_mut().zip(added) {
                        *may_be &= added.is(own);
                    }
                }
            }
        }
        let sums = sums.into_iter().zip(may_be);
        let wrong = sums.filter(|(_, may_be)| !may_be.contains(&true));
        wrong.map(|(sum, _)| sum).collect()
    }

    /// What is called a sum and is none may be a row all the same, where the whole needs it; else it
    /// is told.
    pub(super) fn settle_wrong_sums(
        &mut self,
        index: usize,
        block: &Block,
        whole: usize,
        mut wrong: Vec<LocatedExtra>,
    ) {
        let fitting = |work: &Self| {
            let items = work.rows_below(index, block, whole);
            work.fitting(block, whole, &items, &vec![false; items.len()])
        };
        let without = fitting(self);
        let before = self.table.extras.len();
        self.table.extras.append(&mut wrong);
        if fitting(self) <= without {
            let wrong = self.table.extras.drain(before..).map(|sum| sum.label);
            self.table.sums.extend(wrong);
        }
    }

    /// The extras below a repeated row of the form's own.
    fn below_own(&self, index: usize, row: usize, mark: usize) -> Vec<usize> {
        let extras = self.table.extras.iter().enumerate();
        let below = extras.filter(|(_, extra)| {
            let own = (extra.block, extra.row) == (index, row);
            own && extra.label.cell.at.row > self.marks[mark].at.row
        });
        below.map(|(at, _)| at).collect()
    }

    /// A row that may be repeated may hold the sum of the rows below it: 「市级专项资金」 above
    /// 「其中：…」. Then those are the rows, the first of them in the place of the form's own.
    pub(super) fn sum_of_repeated(&mut self, index: usize, block: &Block, row: usize, mark: usize) {
        let below = self.below_own(index, row, mark);
        let Some(first) = below.first().copied() else {
            return;
        };
        let (mut agree, mut differ) = (0, 0);
        for column in 0..block.columns.len() {
            let own = self.amount(self.table.slots[block.slot(row, column)].as_ref());
            let parts = below
                .iter()
                .filter_map(|at| self.amount(self.table.extras[*at].places[column].as_ref()));
            let own = own.unwrap_or_default();
            match Added::of(parts).is(own) {
                true => agree += usize::from(!own.is_zero()),
                false => differ += 1,
            }
        }
        if agree > 0 && (self.says_part(first) || differ == 0 && below.len() > 1) {
            let first = self.table.extras.remove(first);
            let slots = block.slot(row, 0)..block.slot(row + 1, 0);
            self.table.slots.splice(slots, first.places);
            self.table.stand_ins.push(StandIn {
                slot: block.slot(row, 0),
                label: first.label,
            });
            if differ > 0 {
                let own = self.seen(mark);
                self.table.sums.push(own);
            }
        }
    }

    /// Where the rows below such a row say that they are its parts and are not, neither it nor they
    /// can be said to be what is added: none is the form's own.
    pub(super) fn no_sum_of_repeated(
        &mut self,
        index: usize,
        block: &Block,
        row: usize,
        mark: usize,
    ) {
        let below = self.below_own(index, row, mark);
        let slots = block.slot(row, 0)..block.slot(row + 1, 0);
        let own = self.table.slots[slots.clone()].iter();
        let own = own.filter(|place| {
            place
                .as_ref()
                .is_some_and(|place| place.at.row <= self.marks[mark].span.last.row)
        });
        let mut amounts = own.filter_map(|place| self.amount(place.as_ref()));
        let has_own = amounts.any(|amount| !amount.is_zero());
        if has_own && below.first().is_some_and(|first| self.says_part(*first)) {
            self.table.slots[slots].fill(None);
        }
    }

    /// Whether something stands behind the form's words: a name.
    pub(super) fn is_named(&self, mark: usize) -> bool {
        let key = &*self.marks[mark].key;
        let prefixes = &self.annex.prefixes;
        !self.annex.labels.contains_key(key) && !prefixes.iter().any(|(prefix, _)| prefix == key)
    }
}
