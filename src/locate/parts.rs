//! Rows that were put in and are said to be a part of the row above: 「其中：…」.

use foldhash::HashSet;
use rust_decimal::Decimal;

use super::below::Item;
use super::blocks::Work;
use super::subtotals::OwnRow;
use crate::catalog::Block;
use crate::label;

/// Which of the rows below a whole may be parts of those above them.
pub(super) struct Parts {
    /// Those that say so.
    pub(super) said: Vec<bool>,
    /// Those, and what follows them as far as the row above has room.
    pub(super) followed: Vec<bool>,
    /// Some say so below a row without a name.
    of_unnamed: bool,
}

impl Work<'_> {
    /// What begins with 其中 below a row that is filled in is a part of that row, and so may be what
    /// follows it: they are not added, where the sum does not need them.
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
        let all = fits_without(&vec![false; items.len()]);
        let without_said = fits_without(&parts.said);
        let left_out = match () {
            () if fits_without(&parts.followed) > without_said.max(all) => parts.followed,
            // The row above may be the sum of these rows, and they the ones that are added.
            () if without_said > all || without_said == all && !parts.of_unnamed => parts.said,
            () => return,
        };
        let out = items.iter().zip(left_out).filter(|(_, is_out)| *is_out);
        let out: HashSet<usize> = out.filter_map(|(item, _)| item.extra).collect();
        let mut at = 0..;
        self.table
            .extras
            .retain(|_| at.next().is_none_or(|at| !out.contains(&at)));
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
