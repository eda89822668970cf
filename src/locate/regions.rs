//! Which rows of a sheet hold which annex: by titles first, by labels where a title is missing.

use std::ops::Range;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::BareTitle;
use super::marks::{Mark, of_row};
use super::titles::{Titles, label_in, title_of};
use crate::catalog::{Annex, Form, LabelUse};
use crate::filing::{CellRef, Seen};
use crate::label;
use crate::workbook::{Addr, Area, Sheet, Value};

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

struct Start {
    mark: usize,
    row: u32,
    annex: usize,
    titled: bool,
    /// The title stands in a list of them.
    listed: bool,
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
        let cells = sheet.rows(start.row, end_row);
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
            if let Some(title) = title.filter(|_| !start.listed) {
                let mut beside = sheet.row(start.row).iter();
                bare.push(BareTitle {
                    annex: start.annex,
                    title,
                    labels,
                    numbers,
                    beside_numbers: beside.any(|cell| matches!(cell.value, Value::Number(_))),
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
                    listed: titles.is_listed(title),
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
        let again = current == Some(annex) && seen.contains(&here);
        if again && rows_go_on(&form.annexes[annex], &marks[index..], here, &words) {
            continue;
        }
        if current != Some(annex) || again {
            // A label that only this annex has, where another table seemed to be: a table whose
            // title is missing. Labels on the same row belong together, save those that opened a
            // table before.
            let from = starts.last().map_or(0, |last| last.mark + 1);
            starts.push(Start {
                mark: of_row(marks, row).start.max(from),
                row,
                annex,
                titled: false,
                listed: false,
            });
            seen.clear();
            words.clear();
            words.extend(label_in(&form.annexes[annex], mark));
        }
        seen.insert(here);
    }
    starts
}

/// So many texts are looked at for the first row of a block below its heads.
const TEXTS_BELOW_HEADS: usize = 256;

/// Whether a corner stands above the next rows of its block, as where heads are printed on each
/// page: a second table begins again with rows that the first has shown.
fn rows_go_on(annex: &Annex, marks: &[Mark], corner: LabelUse, words: &HashSet<&str>) -> bool {
    let LabelUse::Corner { block: own } = corner else {
        return false;
    };
    let is_row = |label: &&str| {
        let uses = annex.labels.get(*label).into_iter().flatten();
        uses.into_iter()
            .any(|here| matches!(here, LabelUse::Row { block, .. } if *block == own))
    };
    let heads = marks.first().map(|mark| mark.at.row);
    let below = marks.iter().take(TEXTS_BELOW_HEADS);
    let mut labels = below
        .filter(|mark| Some(mark.at.row) > heads)
        .filter_map(|mark| label_in(annex, mark))
        .filter(is_row);
    labels.next().is_some_and(|first| !words.contains(first))
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
