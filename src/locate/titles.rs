//! Which texts are titles of tables, and which only mention one.

use std::cell::OnceCell;

use foldhash::HashSet;

use super::FEWEST_NUMBERS;
use super::marks::{Mark, at_colon, is_shown};
use crate::catalog::{Annex, Form, LabelUse};
use crate::label;
use crate::workbook::{Cell, Sheet, Value};

/// A title may be this much longer than the form's: unit name, year, 附件 number.
const LONGEST_PREFIX: usize = 40;

/// Texts that may be titles, and what tells titles from mentions such as 「详见项目支出绩效自评表」.
pub(super) struct Titles<'a> {
    form: &'a Form,
    sheet: &'a Sheet,
    marks: &'a [Mark],
    /// Mark and annex.
    pub(super) found: Vec<(usize, usize)>,
    /// For each the next one of another annex, or the end.
    ends: Vec<usize>,
    /// Whether more is filled in on its row than stands beside a title.
    crowded: Vec<bool>,
    /// Whether titles of other annexes stand in the rows right above or below: a list of contents.
    listed: Vec<bool>,
    /// Marks that are labels of some annex.
    labels: OnceCell<Vec<usize>>,
}

/// Between a title and its table stand lines with the unit's name or 「单位：万元」, no more than
/// so many rows with the first of the table's own.
const LINES_BELOW_TITLE: u32 = 3;
/// So many labels below a title tell whose they are.
const LABELS_LOOKED_AT: usize = 32;

impl<'a> Titles<'a> {
    pub(super) fn of(
        form: &'a Form,
        sheet: &'a Sheet,
        marks: &'a [Mark],
        found: Vec<(usize, usize)>,
    ) -> Self {
        let mut ends = vec![marks.len(); found.len()];
        for at in (1..found.len()).rev() {
            let (mark, annex) = found[at];
            let same = found[at - 1].1 == annex;
            ends[at - 1] = if same { ends[at] } else { mark };
        }
        let row = |(mark, _): &(usize, usize)| marks[*mark].at.row;
        let rows = found.chunk_by(|a, b| row(a) == row(b));
        let crowded = rows.flat_map(|titles| {
            let crowded = is_crowded(sheet, row(&titles[0]));
            std::iter::repeat_n(crowded, titles.len())
        });
        // A table takes more than a row.
        let lists = found.chunk_by(|a, b| row(b) <= row(a) + 1);
        let listed = lists.flat_map(|titles| {
            let others = titles
                .windows(2)
                .any(|pair| row(&pair[0]) < row(&pair[1]) && pair[0].1 != pair[1].1);
            std::iter::repeat_n(others, titles.len())
        });
        Self {
            form,
            sheet,
            marks,
            crowded: crowded.collect(),
            listed: listed.collect(),
            found,
            ends,
            labels: OnceCell::new(),
        }
    }

    /// Whether a title is one of several in a list of documents.
    pub(super) fn is_listed(&self, title: usize) -> bool {
        self.listed[title]
    }

    fn labels(&self) -> &[usize] {
        self.labels.get_or_init(|| {
            let is_label = |mark: &usize| {
                let mut annexes = self.form.annexes.iter();
                annexes.any(|annex| label_in(annex, &self.marks[*mark]).is_some())
            };
            (0..self.marks.len()).filter(is_label).collect()
        })
    }

    /// Whether what stands right below a title is what its annex begins with, and the table of annex
    /// `open` does not go on with it.
    fn begins_its_annex(&self, title: usize, open: usize, seen: &HashSet<&str>) -> bool {
        let (mark, annex) = self.found[title];
        let (own, open) = (&self.form.annexes[annex], &self.form.annexes[open]);
        let row = self.marks[mark].at.row;
        let next = self.found.get(title + 1).map_or(usize::MAX, |next| next.0);
        let from = self.labels().partition_point(|label| *label <= mark);
        let mut labels = self.labels()[from..].iter().copied();
        let first = labels.find(|label| self.marks[*label].at.row > row);
        let Some(first) = first.filter(|first| *first < next) else {
            return false;
        };
        let first = &self.marks[first];
        first.at.row <= row + LINES_BELOW_TITLE
            && begins(own, first)
            && label_in(open, first).is_none_or(|word| seen.contains(word) && begins(open, first))
    }

    /// Whether the title begins a table, where one of annex `open` has shown the labels `seen`:
    /// below a title stand its own labels, below a mention the rest of the open table's.
    pub(super) fn heads_a_table(&self, title: usize, open: usize, seen: &HashSet<&str>) -> bool {
        if self.crowded[title] && !seen.is_empty() && !self.begins_its_annex(title, open, seen) {
            return false;
        }
        let (mark, annex) = self.found[title];
        let (own, open) = (&self.form.annexes[annex], &self.form.annexes[open]);
        let from = self.labels().partition_point(|label| *label <= mark);
        let labels = &self.labels()[from..];
        // A title may stand twice above its table; else what is below the next one is that one's.
        let next = self.found.get(title + 1).map_or(usize::MAX, |next| next.0);
        let end = match labels.first() {
            Some(first) if *first < next => next,
            _ => self.ends[title],
        };
        let below = labels.iter().take_while(|label| **label < end);
        let mut below = below.take(LABELS_LOOKED_AT).filter_map(|label| {
            let mark = &self.marks[*label];
            let in_open = label_in(open, mark).filter(|word| !seen.contains(word));
            let in_own = label_in(own, mark);
            (in_open.is_some() || in_own.is_some()).then_some(in_open.is_none())
        });
        match below.next() {
            Some(true) => true,
            Some(false) => {
                let more: Vec<bool> = below.collect();
                let fresh = more.iter().filter(|fresh| **fresh).count();
                fresh * 2 > more.len() + 1
            }
            // No table that can be recognised: worth a finding where there are figures, and a line
            // of a list of contents where no table has begun yet.
            None => {
                let row = |mark: usize| self.marks[mark].at.row;
                let next = self.found.get(title + 1);
                let end = next.map_or(u32::MAX, |(next, _)| row(*next).saturating_sub(1));
                let cells = self.sheet.rows(row(mark), end).iter();
                let numbers = cells.filter(|cell| matches!(cell.value, Value::Number(_)));
                seen.is_empty() || numbers.take(FEWEST_NUMBERS).count() == FEWEST_NUMBERS
            }
        }
    }
}

/// The label of the annex that a mark is, or begins with.
pub(super) fn label_in<'f>(annex: &'f Annex, mark: &Mark) -> Option<&'f str> {
    let known = |key: &str| {
        let found = annex.labels.get_key_value(key);
        found.map(|(label, _)| label.as_str())
    };
    let part = mark.part.as_ref();
    let before_value = || part.and_then(|part| known(&part.key));
    // A line of several labels begins with the first.
    let first = || {
        let (label, _) = part.and(at_colon(&mark.text))?;
        known(&label::shared_key(label))
    };
    known(&mark.key).or_else(before_value).or_else(first)
}

/// Whether a mark is a label of the first part of the annex.
fn begins(annex: &Annex, mark: &Mark) -> bool {
    let uses = label_in(annex, mark).and_then(|word| annex.labels.get(word));
    uses.is_some_and(|uses| {
        uses.iter().any(|here| match here {
            LabelUse::Corner { block } | LabelUse::Column { block, .. } => *block == 0,
            _ => false,
        })
    })
}

/// Whether a row is one of a table: beside a title may stand 附件N, a unit or a year, but not the
/// cells of a list.
fn is_crowded(sheet: &Sheet, row: u32) -> bool {
    let filled = sheet.row(row).iter();
    let filled = filled.filter(|cell| is_shown(sheet, cell.at));
    let some: Vec<&Cell> = filled.take(MOST_IN_TITLE_ROW + 1).collect();
    let numbers = some
        .iter()
        .any(|cell| matches!(cell.value, Value::Number(_)));
    some.len() > MOST_IN_TITLE_ROW || some.len() > 2 && numbers
}

/// So many texts may stand in the row of a title, itself included.
const MOST_IN_TITLE_ROW: usize = 4;

/// The annex whose title this is: the longest title that the text ends in.
pub(super) fn title_of(form: &Form, key: &str) -> Option<usize> {
    if key.len() < form.shortest_title {
        return None;
    }
    // Behind the title only a unit or a mark such as 「样表」 may stand.
    let key = without_unit(key);
    let ends = std::iter::successors(Some(key), |rest| {
        let (last, _) = rest.char_indices().next_back()?;
        Some(&rest[..last])
    });
    let mut best: Option<(usize, usize)> = None;
    let may_end = |end: &&str| end.ends_with(|last| form.title_ends.contains(&last));
    for end in ends.take(5).filter(may_end) {
        for (annex, definition) in form.annexes.iter().enumerate() {
            let title = definition
                .title_keys
                .iter()
                .find(|title| end.ends_with(title.as_str()));
            let Some(title) = title.filter(|title| fits(key, title)) else {
                continue;
            };
            if best.is_none_or(|(length, _)| title.len() > length) {
                best = Some((title.len(), annex));
            }
        }
    }
    best.map(|(_, annex)| annex)
}

/// A key without 「金额单位：万元」 at its end.
fn without_unit(key: &str) -> &str {
    let Some(rest) = key.strip_suffix('元') else {
        return key;
    };
    let rest = rest.strip_suffix(['万', '亿']).unwrap_or(rest);
    let rest = rest.strip_suffix("人民币").unwrap_or(rest);
    match rest.strip_suffix("单位") {
        Some(rest) => rest.strip_suffix("金额").unwrap_or(rest),
        None => key,
    }
}

fn fits(key: &str, title: &str) -> bool {
    key.chars().count() <= title.chars().count() + LONGEST_PREFIX
}
