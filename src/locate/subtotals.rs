//! Rows of a grid that add up the rows beside them: those that are called 小计, and a row of the
//! form's with the rows that it adds up below it.

use foldhash::HashMap;

use super::below::{Added, Item};
use super::blocks::Work;
use super::{LocatedExtra, StandIn};
use crate::catalog::Block;
use crate::label;

/// A row of the form's that may be repeated and has no name of its own: it may be the sum of the
/// rows below it.
pub(super) struct OwnRow {
    /// Which of the form's.
    pub(super) row: usize,
    mark: usize,
    /// It says so.
    called_sum: bool,
}

/// How a row compares with the sum of others.
struct AsSum {
    /// So many columns are their sums, and not 0.
    agree: usize,
    differ: usize,
    /// Those that differ are rounded sums.
    rounded: bool,
}

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
                    (row, (Added::default(), total))
                })
                .collect();
            let mut above = Added::default();
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

    /// The extras below a repeated row of the form's own, from the top.
    fn below_own(&self, index: usize, own: &OwnRow) -> Vec<usize> {
        let extras = self.table.extras.iter().enumerate();
        let below = extras.filter(|(_, extra)| {
            (extra.block, extra.row) == (index, own.row)
                && extra.label.cell.at.row > self.marks[own.mark].at.row
        });
        let mut below: Vec<usize> = below.map(|(at, _)| at).collect();
        below.sort_by_key(|at| self.table.extras[*at].label.cell.at.row);
        below
    }

    /// A row that may be repeated may hold the sum of the rows below it: 「市级专项资金」 above
    /// 「其中：…」 or 「（1）…」. Then those are the rows, the first of them in the place of the form's
    /// own.
    pub(super) fn sum_of_repeated(
        &mut self,
        index: usize,
        block: &Block,
        whole: usize,
        own: &OwnRow,
    ) -> bool {
        let below = self.below_own(index, own);
        let Some(first) = below.first().copied() else {
            return false;
        };
        // What is a part of a row below is not added a second time.
        let no_part = |at: &usize| *at == first || !self.says_part(*at);
        let rows: Vec<usize> = below.iter().copied().filter(no_part).collect();
        let (of_all, of_rows) = (
            self.as_sum(block, own, &below),
            self.as_sum(block, own, &rows),
        );
        let (sum, rows) = match of_rows.agree > of_all.agree {
            true => (of_rows, rows),
            false => (of_all, below),
        };
        let (fits_as_sum, fits_as_row) = self.fits_as(index, block, whole, own, &rows);
        let is_sum = match () {
            () if fits_as_row > fits_as_sum => {
                // All rows were added, the sum among them.
                sum.differ == 0 && sum.agree > 0 && rows.len() > 1
            }
            () if own.called_sum => sum.agree + sum.differ > 0,
            () if sum.agree > sum.differ || sum.agree > 0 && self.says_part(first) => true,
            () => {
                let is_near = sum.agree > 0 && sum.agree == sum.differ || sum.rounded;
                fits_as_sum > fits_as_row && is_near
            }
        };
        if is_sum {
            let first = self.table.extras.remove(first);
            let slots = block.slot(own.row, 0)..block.slot(own.row + 1, 0);
            self.table.slots.splice(slots, first.places);
            self.table.stand_ins.push(StandIn {
                slot: block.slot(own.row, 0),
                label: first.label,
            });
            if sum.differ > 0 {
                let own = self.seen(own.mark);
                self.table.sums.push(own);
            }
        }
        is_sum
    }

    /// How the amounts of a row compare with the sums of these rows.
    fn as_sum(&self, block: &Block, own: &OwnRow, rows: &[usize]) -> AsSum {
        let mut found = AsSum {
            agree: 0,
            differ: 0,
            rounded: true,
        };
        for column in 0..block.columns.len() {
            let place = self.table.slots[block.slot(own.row, column)].as_ref();
            let amount = self.amount(place).unwrap_or_default();
            let parts = rows
                .iter()
                .filter_map(|at| self.amount(self.table.extras[*at].places[column].as_ref()));
            let added = Added::of(parts);
            match added.is(amount) {
                true => found.agree += usize::from(!amount.is_zero()),
                false => found.differ += 1,
            }
            found.rounded &= added.is(amount) || added.rounds_to(amount);
        }
        found
    }

    /// In how many columns the whole fits where such a row is the sum of these rows, and where it is
    /// a row beside them, with or without what is said to be parts.
    fn fits_as(
        &self,
        index: usize,
        block: &Block,
        whole: usize,
        own: &OwnRow,
        rows: &[usize],
    ) -> (usize, usize) {
        let items = self.rows_below(index, block, whole);
        let is_own = |item: &Item<'_>| item.extra.is_none() && item.row == own.row;
        let is_added = |item: &Item<'_>| match item.extra {
            Some(at) => {
                rows.contains(&at) || !self.says_part(at) || self.table.extras[at].row != own.row
            }
            None => !is_own(item),
        };
        let as_sum: Vec<bool> = items.iter().map(|item| !is_added(item)).collect();
        let parts = self.parts_among(&items, block.columns.len(), &[]);
        let as_rows = [vec![false; items.len()], parts.said, parts.followed];
        let as_rows = as_rows.map(|left_out| self.fitting(block, whole, &items, &left_out));
        let fits_as_sum = self.fitting(block, whole, &items, &as_sum);
        (fits_as_sum, as_rows.into_iter().max().unwrap_or_default())
    }

    /// Where the rows below such a row say that they are its parts and are not, neither it nor they
    /// can be said to be what is added: none is the form's own.
    pub(super) fn no_sum_of_repeated(&mut self, index: usize, block: &Block, own: &OwnRow) {
        let below = self.below_own(index, own);
        let slots = block.slot(own.row, 0)..block.slot(own.row + 1, 0);
        let places = self.table.slots[slots.clone()].iter();
        let places = places.filter(|place| {
            place
                .as_ref()
                .is_some_and(|place| place.at.row <= self.marks[own.mark].span.last.row)
        });
        let mut amounts = places.filter_map(|place| self.amount(place.as_ref()));
        let has_own = amounts.any(|amount| !amount.is_zero());
        if has_own && below.first().is_some_and(|first| self.says_part(*first)) {
            self.table.slots[slots].fill(None);
        }
    }

    /// A row of the form's that may be repeated, where nothing behind the form's words names it but a
    /// word for a sum.
    pub(super) fn own_row(&self, row: usize, mark: usize) -> Option<OwnRow> {
        let key = &*self.marks[mark].key;
        let prefixes = self.annex.prefixes.iter();
        let behind = prefixes.filter_map(|(prefix, _)| key.strip_prefix(prefix.as_str()));
        let name = match self.annex.labels.contains_key(key) {
            true => "",
            false => behind.min_by_key(|name| name.len()).unwrap_or(key),
        };
        let called_sum = is_sum(name);
        (name.is_empty() || called_sum).then_some(OwnRow {
            row,
            mark,
            called_sum,
        })
    }
}

/// Whether the name of a row only says that it is a sum: 「小计」, 「2个」, 「共2个专项合计」.
fn is_sum(name: &str) -> bool {
    let bare = label::before_sum(name);
    let counted = bare.unwrap_or(name).trim_start_matches(['共', '计', '有']);
    let is_numeral = |c: char| c.is_ascii_digit() || "一二两三四五六七八九十".contains(c);
    let what = counted.trim_start_matches(is_numeral);
    let is_count =
        what.len() < counted.len() && ["个", "项", "个专项", "个项目", "项专项"].contains(&what);
    is_count || bare == Some("")
}
