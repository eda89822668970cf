//! Inserted rows that are no rows of their own beside the others: sums of them, and what is said to
//! be a part of one.

use foldhash::{HashMap, HashSet};
use rust_decimal::Decimal;

use super::blocks::Work;
use super::grid::FormRow;
use super::{LocatedExtra, Place, StandIn};
use crate::amount::{self, Reading};
use crate::catalog::Block;
use crate::label;
use crate::tolerance;
use crate::workbook::NumberFormat;

/// Amounts added up.
#[derive(Clone, Copy)]
struct Added {
    /// None where they are too large.
    sum: Option<Decimal>,
    count: u32,
}

impl Added {
    fn of(amounts: impl Iterator<Item = Decimal>) -> Self {
        let mut added = Self {
            sum: Some(Decimal::ZERO),
            count: 0,
        };
        for amount in amounts {
            added.add(amount);
        }
        added
    }

    fn add(&mut self, amount: Decimal) {
        self.sum = self.sum.and_then(|sum| sum.checked_add(amount));
        self.count = self.count.saturating_add(1);
    }

    fn without(self, other: Self) -> Self {
        let sums = self.sum.zip(other.sum);
        Self {
            sum: sums.and_then(|(sum, other)| sum.checked_sub(other)),
            count: self.count.saturating_sub(other.count),
        }
    }

    /// Whether this is their sum, but for what rounding to two decimals explains.
    fn is(self, own: Decimal) -> bool {
        let off = self.sum.and_then(|sum| own.checked_sub(sum));
        off.is_some_and(|off| {
            tolerance::of_sum(off, self.count, Decimal::new(1, 2)) != tolerance::Outcome::Mismatch
        })
    }
}

/// A row below a whole, the form's own or an inserted one.
struct Item<'a> {
    /// Which of the form's rows it is, or repeats.
    row: usize,
    /// What was put in, as index into the extras.
    extra: Option<usize>,
    /// By column.
    places: &'a [Option<Place>],
    /// The row of the sheet.
    at: u32,
}

/// Which of the rows below a whole may be parts of those above them.
struct Parts {
    /// Those that say so.
    said: Vec<bool>,
    /// Those, and what follows them as far as the row above has room.
    followed: Vec<bool>,
    /// Some say so below a row without a name.
    of_unnamed: bool,
}

impl Work<'_> {
    /// Looks through the rows that were put in below each whole; `rows` are the form's.
    pub(super) fn settle_inserted(&mut self, index: usize, block: &Block, rows: &[FormRow]) {
        for whole in 0..block.rows.len() {
            let repeated: Vec<usize> = block
                .children(whole)
                .filter(|child| block.rows[*child].repeat)
                .collect();
            if repeated.is_empty() {
                continue;
            }
            let sums = self.take_sums(index, &repeated);
            let unnamed = repeated.into_iter().filter_map(|row| {
                let own = rows.iter().find(|(_, known, _)| *known == row);
                let (.., mark) = own.filter(|(.., mark)| !self.is_named(*mark))?;
                Some((row, *mark))
            });
            let unnamed: Vec<(usize, usize)> = unnamed.collect();
            for (row, mark) in &unnamed {
                self.sum_of_repeated(index, block, *row, *mark);
            }
            self.leave_out_parts(index, block, whole, &unnamed);
            for (row, mark) in &unnamed {
                self.no_sum_of_repeated(index, block, *row, *mark);
            }
            let wrong = self.wrong_sums(index, block, whole, sums);
            self.settle_wrong_sums(index, block, whole, wrong);
        }
    }

    /// Takes the rows out that are called 小计 or 合计: they were not put in beside the others, but
    /// add them up.
    fn take_sums(&mut self, index: usize, repeated: &[usize]) -> Vec<LocatedExtra> {
        let is_sum = |extra: &mut LocatedExtra| {
            let key = label::key(&extra.label.text);
            extra.block == index
                && repeated.contains(&extra.row)
                && ["小计", "合计", "总计"]
                    .iter()
                    .any(|word| key.ends_with(word))
        };
        let mut sums: Vec<LocatedExtra> = self.table.extras.extract_if(.., is_sum).collect();
        sums.sort_by_key(|sum| sum.label.cell.at.row);
        sums
    }

    /// The rows below a whole, from the top.
    fn rows_below(&self, index: usize, block: &Block, whole: usize) -> Vec<Item<'_>> {
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

    fn amount_of(&self, item: &Item<'_>, column: usize) -> Decimal {
        let amount = self.amount(item.places[column].as_ref());
        amount.unwrap_or_default()
    }

    /// What begins with 其中 below a row that is filled in is a part of that row, and so may be what
    /// follows it: they are not added, where the sum does not need them.
    fn leave_out_parts(
        &mut self,
        index: usize,
        block: &Block,
        whole: usize,
        unnamed: &[(usize, usize)],
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

    /// In how many columns the rows add up to their whole, some of them left out.
    fn fitting(&self, block: &Block, whole: usize, items: &[Item<'_>], left_out: &[bool]) -> usize {
        let fits = (0..block.columns.len()).filter(|column| {
            let own = self.amount(self.table.slots[block.slot(whole, *column)].as_ref());
            let added = items.iter().zip(left_out).filter(|(_, is_out)| !**is_out);
            let added = Added::of(added.map(|(item, _)| self.amount_of(item, *column)));
            own.is_some_and(|own| !own.is_zero() && added.is(own))
        });
        fits.count()
    }

    /// `unnamed` are the form's own rows without a name, which may be sums.
    fn parts_among(&self, items: &[Item<'_>], columns: usize, unnamed: &[(usize, usize)]) -> Parts {
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
                && unnamed.iter().any(|(row, _)| *row == above.row);
        }
        parts
    }

    /// The sums that are neither that of the rows of their kind above them or below them, nor of all
    /// rows above them.
    fn wrong_sums(
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
    fn settle_wrong_sums(
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

    fn says_part(&self, extra: usize) -> bool {
        label::normalise(&self.table.extras[extra].label.text).starts_with("其中")
    }

    /// A row that may be repeated may hold the sum of the rows below it: 「市级专项资金」 above
    /// 「其中：…」. Then those are the rows, the first of them in the place of the form's own.
    fn sum_of_repeated(&mut self, index: usize, block: &Block, row: usize, mark: usize) {
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
    fn no_sum_of_repeated(&mut self, index: usize, block: &Block, row: usize, mark: usize) {
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
}
