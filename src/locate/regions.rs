//! Which rows of a sheet hold which annex: by titles first, by labels where a title is missing.

use std::cell::OnceCell;
use std::ops::Range;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::marks::{Mark, at_colon, is_shown, of_row};
use super::{BareTitle, FEWEST_NUMBERS};
use crate::catalog::{Annex, Form, LabelUse};
use crate::filing::{CellRef, Seen};
use crate::label;
use crate::workbook::{Addr, Area, Cell, Sheet, Value};

/// The rows of one table.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) annex: usize,
    /// First and last row.
    pub(super) rows: (u32, u32),
    pub(super) area: Area,
    pub(super) title: Option<Seen>,
    pub(super) year: Option<i32>,
    /// The marks in it, as a range of the sheet's marks.
    pub(super) marks: Range<usize>,
}

/// So many different labels of an annex make a table.
const FEWEST_LABELS: usize = 4;
/// A title may be this much longer than the form's: unit name, year, 附件 number.
const LONGEST_PREFIX: usize = 40;

struct Start {
    mark: usize,
    row: u32,
    annex: usize,
    titled: bool,
}

/// The tables of a sheet, from the top.
pub(super) fn of_sheet(
    form: &Form,
    sheet: &Sheet,
    index: usize,
    marks: &[Mark],
    bare: &mut Vec<BareTitle>,
) -> Vec<Region> {
    let starts = settled(form, starts(form, sheet, marks), marks);
    let mut headings = Headings {
        form,
        sheet,
        known: HashMap::new(),
    };
    let last_row = sheet.cells.last().map_or(0, |cell| cell.at.row);
    let mut regions = Vec::new();
    for (position, start) in starts.iter().enumerate() {
        let next = starts.get(position + 1);
        let end_row = next.map_or(last_row, |next| headings.row(next).saturating_sub(1));
        let end_mark = next.map_or(marks.len(), |next| next.mark);
        let range = start.mark..end_mark;
        let annex = &form.annexes[start.annex];
        let labels = distinct_labels(annex, &marks[range.clone()]);
        let cells = cells_of_rows(sheet, start.row, end_row);
        let title = start.titled.then(|| {
            let mark = &marks[start.mark];
            Seen {
                cell: CellRef {
                    sheet: index,
                    at: mark.at,
                },
                text: mark.text.clone(),
            }
        });
        if labels < FEWEST_LABELS {
            let numbers = cells
                .iter()
                .filter(|cell| matches!(cell.value, Value::Number(_)))
                .count();
            if let Some(title) = title {
                bare.push(BareTitle {
                    annex: start.annex,
                    title,
                    labels,
                    numbers,
                });
            }
            continue;
        }
        let last = cells.last().map_or(start.row, |cell| cell.at.row);
        let columns = cells.iter().map(|cell| cell.at.col);
        let first_column = columns.clone().min().unwrap_or(0);
        let last_column = cells
            .iter()
            .map(|cell| {
                sheet
                    .merge_at(cell.at)
                    .map_or(cell.at.col, |area| area.last.col)
            })
            .max()
            .unwrap_or(0);
        regions.push(Region {
            annex: start.annex,
            rows: (start.row, last),
            area: Area {
                first: Addr::new(headings.row(start), first_column),
                last: Addr::new(last, last_column),
            },
            year: year_of(annex, marks, start, end_mark),
            title,
            marks: range,
        });
    }
    regions
}

/// Rows of 「附件N」, each looked at once for each annex: many titles may stand in one row.
struct Headings<'a> {
    form: &'a Form,
    sheet: &'a Sheet,
    known: HashMap<(u32, usize), bool>,
}

impl Headings<'_> {
    /// The row of 「附件N」 where it stands in the row above the title, else the row of the title.
    fn row(&mut self, start: &Start) -> u32 {
        let Some(above) = start.row.checked_sub(1) else {
            return start.row;
        };
        let name = &self.form.annexes[start.annex].name;
        let names_it = |text: &str| {
            text.trim()
                .strip_prefix(name.as_str())
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let known = self.known.entry((above, start.annex));
        let there = *known.or_insert_with(|| {
            let mut cells = self.sheet.row(above).iter();
            cells.any(|cell| matches!(&cell.value, Value::Text(text) if names_it(text)))
        });
        if there { above } else { start.row }
    }
}

fn cells_of_rows(sheet: &Sheet, first: u32, last: u32) -> &[Cell] {
    let from = sheet.cells.partition_point(|cell| cell.at.row < first);
    let to = sheet.cells.partition_point(|cell| cell.at.row <= last);
    &sheet.cells[from..to.max(from)]
}

/// The year in the title, else in the few lines before the first label: a year behind a label
/// is part of what was filled in, such as the name of a project.
fn year_of(annex: &Annex, marks: &[Mark], start: &Start, end: usize) -> Option<i32> {
    let is_label = |mark: &Mark| {
        let mut keys = std::iter::once(&mark.key).chain(mark.part.as_ref().map(|part| &part.key));
        keys.any(|key| annex.labels.contains_key(&**key))
    };
    let near = marks[start.mark..end]
        .iter()
        .take_while(|mark| mark.at.row <= start.row + 2 && !is_label(mark));
    let before = marks[..start.mark]
        .iter()
        .rev()
        .take_while(|mark| mark.at.row + 1 >= start.row);
    near.chain(before)
        .filter(|mark| mark.key.contains('#'))
        .find_map(|mark| label::year(&mark.text))
}

/// A stray label is no table: starts without a title and with too few labels go to the table
/// above, and so does what then continues it.
fn settled(form: &Form, starts: Vec<Start>, marks: &[Mark]) -> Vec<Start> {
    let ends: Vec<usize> = starts
        .iter()
        .skip(1)
        .map(|start| start.mark)
        .chain([marks.len()])
        .collect();
    let mut kept: Vec<(Start, HashSet<&str>)> = Vec::new();
    for (start, end) in starts.into_iter().zip(ends) {
        let here = &marks[start.mark..end];
        let mut own = HashSet::new();
        add_labels(&form.annexes[start.annex], here, &mut own);
        let stray = !start.titled && own.len() < FEWEST_LABELS;
        let goes_on = !start.titled
            && kept.last().is_some_and(|(last, labels)| {
                last.annex == start.annex && labels.len() < FEWEST_LABELS
            });
        match kept.last_mut() {
            Some((last, labels)) if stray || goes_on => {
                add_labels(&form.annexes[last.annex], here, labels);
            }
            _ => kept.push((start, own)),
        }
    }
    kept.into_iter().map(|(start, _)| start).collect()
}

/// Where tables begin.
fn starts(form: &Form, sheet: &Sheet, marks: &[Mark]) -> Vec<Start> {
    let titles: Vec<(usize, usize)> = marks
        .iter()
        .enumerate()
        .filter(|(_, mark)| !mark.key.is_empty())
        .filter_map(|(index, mark)| Some((index, title_of(form, &mark.key)?)))
        .collect();
    let titles = Titles::of(form, sheet, marks, titles);
    let mut starts: Vec<Start> = Vec::new();
    // What the table at hand has shown so far, to tell a second table without a title.
    let mut seen: HashSet<LabelUse> = HashSet::new();
    // The same in words, to tell a title from a mention.
    let mut words: HashSet<&str> = HashSet::new();
    let mut next_title = 0;
    for (index, mark) in marks.iter().enumerate() {
        if mark.key.is_empty() {
            continue;
        }
        let row = mark.at.row;
        let open = starts.last().map(|start| start.annex);
        if let Some((_, annex)) = titles.found.get(next_title).filter(|(at, _)| *at == index) {
            let (annex, title) = (*annex, next_title);
            next_title += 1;
            if open.is_some_and(|open| !titles.heads_a_table(title, open, &words)) {
                continue;
            }
            let again = starts
                .last()
                .is_some_and(|last| last.annex == annex && seen.is_empty());
            if !again || !starts.last().is_some_and(|last| last.titled) {
                starts.push(Start {
                    mark: index,
                    row,
                    annex,
                    titled: true,
                });
                seen.clear();
                words.clear();
            }
            continue;
        }
        if let Some(open) = open {
            words.extend(label_in(&form.annexes[open], mark));
        }
        let Some((annex, here)) = opening_label(form, mark) else {
            continue;
        };
        let current = starts.last().map(|start| start.annex);
        if current != Some(annex) || seen.contains(&here) {
            // A label that only this annex has, where another table seemed to be: a table whose
            // title is missing. Labels on the same row belong together, save those that opened a
            // table before.
            let from = starts.last().map_or(0, |last| last.mark + 1);
            starts.push(Start {
                mark: of_row(marks, row).start.max(from),
                row,
                annex,
                titled: false,
            });
            seen.clear();
            words.clear();
            words.extend(label_in(&form.annexes[annex], mark));
        }
        seen.insert(here);
    }
    starts
}

/// Texts that may be titles, and what tells titles from mentions such as 「详见项目支出绩效自评表」.
struct Titles<'a> {
    form: &'a Form,
    sheet: &'a Sheet,
    marks: &'a [Mark],
    /// Mark and annex.
    found: Vec<(usize, usize)>,
    /// For each the next one of another annex, or the end.
    ends: Vec<usize>,
    /// Whether more is filled in on its row than stands beside a title.
    crowded: Vec<bool>,
    /// Marks that are labels of some annex.
    labels: OnceCell<Vec<usize>>,
}

/// Between a title and its table stand lines with the unit's name or 「单位：万元」, no more than
/// so many rows with the first of the table's own.
const LINES_BELOW_TITLE: u32 = 3;
/// So many labels below a title tell whose they are.
const LABELS_LOOKED_AT: usize = 32;

impl<'a> Titles<'a> {
    fn of(form: &'a Form, sheet: &'a Sheet, marks: &'a [Mark], found: Vec<(usize, usize)>) -> Self {
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
        Self {
            form,
            sheet,
            marks,
            crowded: crowded.collect(),
            found,
            ends,
            labels: OnceCell::new(),
        }
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
        let mut labels = self.labels()[from..].iter().map(|label| *label);
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
    fn heads_a_table(&self, title: usize, open: usize, seen: &HashSet<&str>) -> bool {
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
                let cells = cells_of_rows(self.sheet, row(mark), end).iter();
                let numbers = cells.filter(|cell| matches!(cell.value, Value::Number(_)));
                seen.is_empty() || numbers.take(FEWEST_NUMBERS).count() == FEWEST_NUMBERS
            }
        }
    }
}

/// The label of the annex that a mark is, or begins with.
fn label_in<'f>(annex: &'f Annex, mark: &Mark) -> Option<&'f str> {
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
fn title_of(form: &Form, key: &str) -> Option<usize> {
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

/// A corner that one annex alone has: it opens a block, and so shows which table this is.
fn opening_label(form: &Form, mark: &Mark) -> Option<(usize, LabelUse)> {
    form.openings.get(&*mark.key).copied()
}

fn distinct_labels(annex: &Annex, marks: &[Mark]) -> usize {
    let mut seen = HashSet::new();
    add_labels(annex, marks, &mut seen);
    seen.len()
}

/// Adds the labels of an annex that are among the marks.
fn add_labels<'a>(annex: &'a Annex, marks: &'a [Mark], seen: &mut HashSet<&'a str>) {
    for mark in marks {
        if annex.labels.contains_key(&*mark.key) {
            seen.insert(&mark.key);
        } else if let Some(part) = mark.part.as_ref().filter(|part| part.before_amount)
            && let Some((known, _)) = annex.labels.get_key_value(&*part.key)
        {
            seen.insert(known);
        }
    }
}
