//! Rows that were put in and are said to be a part of the row above: 「其中：…」.

use std::cmp::Ordering;

use foldhash::HashSet;
use rust_decimal::Decimal;

use super::below::Item;
use super::blocks::Work;
use super::subtotals::OwnRow;
use crate::catalog::Block;
use crate::filing::Seen;
use crate::label;

/// Which of the rows below a whole may be parts of those above them.
pub(super) struct Parts {
    /// Those that say so.
    pub(super) said: Vec<bool>,
    /// Those, and what follows them as far as the row above has room.
    pub(super) followed: Vec<bool>,
    /// Those that make up the row above, in the columns where it is filled in.
    made_up: Vec<bool>,
    /// Some say so below a row without a name.
    of_unnamed: bool,
}

impl Work<'_> {
    /// What begins with 其中 below a row that is filled in is a part of that row, and so may be what
    /// follows it: they are not added, where the sum does not need them. What has no say in that
    /// is told: a row that does not call itself a part, unless it and the others make up the row
    /// above; and any, where the figures fit neither way.
    pub(super) fn leave_out_parts(
        &mut self,
        index: usize,
        block: &Block,
        whole: usize,
        unnamed: &[OwnRow],
    ) {
        let items = self.rows_below(index, block, whole);
        let parts = self.parts_among(&items, block.columns.len(), unnamed);
        let fits_without = |left_out: &[bool]| self.fitting(block, whole, &items, left_out);
        let none = vec![false; items.len()];
        let (all, without_said) = (fits_without(&none), fits_without(&parts.said));
        let (left_out, told) = match () {
            () if fits_without(&parts.followed) > without_said.max(all) => {
                let is_told = |at: &usize| parts.followed[*at] && !parts.said[*at];
                let told = (0..items.len()).filter(|at| is_told(at) && !parts.made_up[*at]);
                (&parts.followed, told.collect())
            }
            () if without_said > all => (&parts.said, Vec::new()),
            // The row above may be the sum of these rows, and they the ones that are added.
            () if without_said < all || parts.of_unnamed => return,
            () if without_said > 0 => (&parts.said, Vec::new()),
            // Neither: they are what the whole comes nearer to.
            () => match self.nearer(block, whole, &items, &parts.said) {
                Ordering::Less => (&parts.said, positions(&parts.said)),
                Ordering::Equal => (&parts.said, Vec::new()),
                Ordering::Greater => return,
            },
        };
        let out = items.iter().zip(left_out).filter(|(_, is_out)| **is_out);
        let out: HashSet<usize> = out.filter_map(|(item, _)| item.extra).collect();
        let told = told.into_iter().filter_map(|at| items[at].extra);
        let told = told.map(|extra| self.table.extras[extra].label.clone());
        let told: Vec<Seen> = told.collect();
        self.table.strangers.extend(told);
        let mut at = 0..;
        self.table
            .extras
            .retain(|_| at.next().is_none_or(|at| !out.contains(&at)));
    }

    /// Whether the whole is nearer to the sum of all rows (greater) or to that of those which are not
    /// left out (less), in most columns.
    fn nearer(
        &self,
        block: &Block,
        whole: usize,
        items: &[Item<'_>],
        left_out: &[bool],
    ) -> Ordering {
        let mut more = (0_usize, 0_usize);
        for column in 0..block.columns.len() {
            let own = self.amount(self.table.slots[block.slot(whole, column)].as_ref());
            let Some(own) = own.filter(|own| !own.is_zero()) else {
                continue;
            };
            let off = |with_all: bool| {
                let added = items.iter().zip(left_out);
                let added = added.filter(|(_, is_out)| with_all || !**is_out);
                let mut amounts = added.map(|(item, _)| self.amount_of(item, column));
                let sum = amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount))?;
                Some(own.checked_sub(sum)?.abs())
            };
            match off(false).zip(off(true)).map(|(some, all)| some.cmp(&all)) {
                Some(Ordering::Less) => more.1 += 1,
                Some(Ordering::Greater) => more.0 += 1,
                _ => {}
            }
        }
        more.0.cmp(&more.1)
    }

    /// `unnamed` are the form's own rows without a name, which may be sums.
    pub(super) fn parts_among(
        &self,
        items: &[Item<'_>],
        columns: usize,
        unnamed: &[OwnRow],
    ) -> Parts {
        let mut parts = Parts {
            said: vec![false; items.len()],
            followed: vec![false; items.len()],
            made_up: vec![false; items.len()],
            of_unnamed: false,
        };
        let mut row_above = 0;
        let mut room: Vec<Decimal> = Vec::new();
        for at in 1..items.len() {
            if !parts.followed[at - 1] {
                row_above = at - 1;
                let above = &items[row_above];
                room = (0..columns)
                    .map(|column| self.amount_of(above, column))
                    .collect();
            }
            let Some(extra) = items[at].extra else {
                continue;
            };
            let (item, above) = (&items[at], &items[row_above]);
            let is_within = |most: &dyn Fn(usize) -> Decimal| {
                (0..columns).all(|column| self.amount_of(item, column) <= most(column))
            };
            parts.said[at] =
                self.says_part(extra) && is_within(&|column| self.amount_of(above, column));
            parts.followed[at] =
                parts.said[at] || parts.followed[at - 1] && is_within(&|column| room[column]);
            if parts.followed[at] {
                for (column, room) in room.iter_mut().enumerate() {
                    *room = room.saturating_sub(self.amount_of(item, column));
                }
                if room.iter().all(Decimal::is_zero) {
                    parts.made_up[row_above..=at].fill(true);
                }
            }
            parts.of_unnamed |= parts.said[at]
                && above.extra.is_none()
                && unnamed.iter().any(|own| own.row == above.row);
        }
        parts
    }

    pub(super) fn says_part(&self, extra: usize) -> bool {
        label::says_part(&self.table.extras[extra].label.text)
    }
}

fn positions(of: &[bool]) -> Vec<usize> {
    let of = of.iter().enumerate().filter(|(_, is_one)| **is_one);
    of.map(|(at, _)| at).collect()
}
