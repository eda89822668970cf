//! Which table belongs to which row, by name and by amount.

use std::cmp::Reverse;

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use super::super::Check;
use super::super::structure::project_key;
use super::rows::ProjectRow;
use super::tables::{ProjectTable, total_of};
use crate::check::value::Val;
use crate::label;

/// More names than these are not compared each with each; no filing comes near.
const MOST_COMPARED: usize = 100_000;

/// How alike two names are, in percent, where they may mean the same project.
fn likeness(a: &str, b: &str) -> Option<u32> {
    let likeness = label::similarity(a, b);
    let same = likeness >= 70 || a.contains(b) || b.contains(a);
    (same && !a.is_empty() && !b.is_empty()).then_some(likeness)
}

/// A name without code, white space and the words that any project may end in.
fn bare(name: &str) -> String {
    const LONGEST: usize = 100;
    let key = label::key(name);
    let name = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let name = name
        .trim_end_matches("经费")
        .trim_end_matches("资金")
        .trim_end_matches("专项");
    name.chars().take(LONGEST).collect()
}

/// Rows and their tables, each used once.
struct Pairs {
    of_row: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Pairs {
    fn add(&mut self, row: usize, table: usize) {
        if self.of_row[row].is_none() && !self.taken[table] {
            self.of_row[row] = Some(table);
            self.taken[table] = true;
        }
    }

    fn open_rows(&self) -> Vec<usize> {
        let rows = self.of_row.iter().enumerate();
        let open = rows.filter(|(_, table)| table.is_none());
        open.map(|(row, _)| row).collect()
    }

    fn free_tables(&self) -> Vec<usize> {
        let tables = self.taken.iter().enumerate();
        let free = tables.filter(|(_, taken)| !**taken);
        free.map(|(table, _)| table).collect()
    }
}

/// Which table belongs to which row: by its very name, by the name most like it, by amount, then
/// what is left alone.
pub(super) fn pair(
    check: &Check<'_, '_>,
    rows: &[ProjectRow<'_>],
    tables: &[ProjectTable<'_>],
    spent: usize,
    special: usize,
) -> Vec<Option<usize>> {
    let mut pairs = Pairs {
        of_row: vec![None; rows.len()],
        taken: vec![false; tables.len()],
    };
    by_name(rows, tables, &mut pairs);
    let amounts: Vec<Option<Decimal>> = tables
        .iter()
        .map(|found| match total_of(check, found.table, "执行") {
            Val::Number(sum) => Some(sum.value),
            _ => None,
        })
        .collect();
    let same_amount = |row: usize, table: usize| {
        let amount = rows[row].amount(spent);
        amount.is_some() && amount == amounts[table]
    };
    by_likeness(rows, tables, &same_amount, &mut pairs);
    let specials = |pairs: &Pairs| {
        let mut open = pairs.open_rows();
        open.retain(|row| rows[*row].at.row == special);
        open
    };
    for row in specials(&pairs) {
        let mut fits = pairs.free_tables();
        fits.retain(|table| same_amount(row, *table));
        if let [only] = fits.as_slice() {
            pairs.add(row, *only);
        }
    }
    let (open, left) = (specials(&pairs), pairs.free_tables());
    if let ([row], [table]) = (open.as_slice(), left.as_slice()) {
        pairs.add(*row, *table);
    }
    pairs.of_row
}

/// Rows and tables of one name, in their order.
fn by_name(rows: &[ProjectRow<'_>], tables: &[ProjectTable<'_>], pairs: &mut Pairs) {
    let mut named: HashMap<String, Vec<usize>> = HashMap::new();
    for (table, found) in tables.iter().enumerate().rev() {
        let key = found.name.as_deref().map(project_key);
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            named.entry(key).or_default().push(table);
        }
    }
    for (row, project) in rows.iter().enumerate() {
        let Some(name) = &project.name else { continue };
        if let Some(table) = named.get_mut(&project_key(name)).and_then(Vec::pop) {
            pairs.add(row, table);
        }
    }
}

/// Of what is left the pairs most alike, among equals those of one amount.
fn by_likeness(
    rows: &[ProjectRow<'_>],
    tables: &[ProjectTable<'_>],
    same_amount: &dyn Fn(usize, usize) -> bool,
    pairs: &mut Pairs,
) {
    let bare_of = |name: &Option<String>| name.as_deref().map(bare);
    let open = pairs.open_rows().into_iter();
    let open: Vec<(usize, String)> = open
        .filter_map(|row| Some((row, bare_of(&rows[row].name)?)))
        .collect();
    let free = pairs.free_tables().into_iter();
    let free: Vec<(usize, String)> = free
        .filter_map(|table| Some((table, bare_of(&tables[table].name)?)))
        .collect();
    for (row, table) in most_alike(&open, &free, same_amount) {
        pairs.add(row, table);
    }
}

/// Rows and tables whose names may mean the same, those most alike first; none where there are too
/// many to compare.
fn most_alike(
    rows: &[(usize, String)],
    tables: &[(usize, String)],
    same_amount: &dyn Fn(usize, usize) -> bool,
) -> Vec<(usize, usize)> {
    if rows.len() * tables.len() > MOST_COMPARED {
        return Vec::new();
    }
    let mut alike = Vec::new();
    for (row, name) in rows {
        for (table, known) in tables {
            if let Some(likeness) = likeness(name, known) {
                let differs = !same_amount(*row, *table);
                alike.push((Reverse(likeness), differs, *row, *table));
            }
        }
    }
    alike.sort_unstable();
    let pairs = alike.into_iter();
    pairs.map(|(_, _, row, table)| (row, table)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, suffix: &str) -> Vec<(usize, String)> {
        let name = |at: usize| (at, format!("第{at}号道路维修{suffix}"));
        (0..count).map(name).collect()
    }

    #[test]
    fn those_most_alike_come_first_and_among_equals_those_of_one_amount() {
        let rows = [(0, "法律援助".to_owned()), (1, "办案补贴".to_owned())];
        let tables = [
            (0, "办案补贴".to_owned()),
            (1, "法律援助办案".to_owned()),
            (2, "办案补贴".to_owned()),
        ];
        let same_amount = |_, table| table == 2;
        let pairs = most_alike(&rows, &tables, &same_amount);
        assert_eq!(pairs, [(1, 2), (1, 0), (0, 1)]);
    }

    #[test]
    fn more_names_than_any_filing_has_are_not_compared() {
        let no_amount = |_, _| false;
        let pairs = most_alike(&names(250, ""), &names(400, "工程"), &no_amount);
        assert!(pairs.len() >= 250);
        let none = most_alike(&names(251, ""), &names(400, "工程"), &no_amount);
        assert_eq!(none, []);
    }
}
