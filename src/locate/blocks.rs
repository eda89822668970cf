//! The fields of one table: heads, rows, records, items and signature lines.

use std::collections::HashSet;

use super::inline::{self, pairs};
use super::marks::{Mark, anchor, is_filled, span_of};
use super::regions::Region;
use super::{LocatedExtra, LocatedTable, Place, lists};
use crate::amount;
use crate::catalog::{Annex, Block, Form, Kind, LabelUse};
use crate::filing::{CellRef, HeadYear, MissingLabel, Seen};
use crate::label;
use crate::workbook::{Addr, Area, Sheet, Value};

/// The column heads of a block.
#[derive(Debug)]
pub(super) struct Heads {
    /// Span of each column's head.
    pub(super) spans: Vec<Option<Area>>,
    /// First and last row of the heads.
    pub(super) rows: (u32, u32),
}

impl Heads {
    /// The first column of the first head.
    pub(super) fn first_column(&self) -> u32 {
        self.spans
            .iter()
            .flatten()
            .map(|span| span.first.col)
            .min()
            .unwrap_or(0)
    }
}

/// A table at work: what its parts need to look at.
pub(super) struct Work<'a> {
    pub(super) annex: &'a Annex,
    pub(super) sheet: &'a Sheet,
    pub(super) sheet_index: usize,
    pub(super) marks: &'a [Mark],
    pub(super) region: &'a Region,
    /// What each mark of the region stands for.
    pub(super) uses: Vec<Vec<LabelUse>>,
    pub(super) table: LocatedTable,
    /// Marks that were taken as labels.
    pub(super) taken: HashSet<usize>,
}

/// Locates the fields of the annex in its region.
pub(super) fn table(
    form: &Form,
    sheet: &Sheet,
    sheet_index: usize,
    marks: &[Mark],
    region: &Region,
) -> LocatedTable {
    let annex = &form.annexes[region.annex];
    let marks = &marks[region.marks.clone()];
    let table = LocatedTable {
        annex: region.annex,
        sheet: sheet_index,
        area: region.area,
        title: region.title.clone(),
        year: region.year,
        slots: vec![None; annex.slots],
        extras: Vec::new(),
        rows: Vec::new(),
        years: Vec::new(),
        missing: Vec::new(),
        strangers: Vec::new(),
        unit_texts: Vec::new(),
    };
    let uses = marks.iter().map(|mark| uses_of(annex, mark)).collect();
    let mut work = Work {
        annex,
        sheet,
        sheet_index,
        marks,
        region,
        uses,
        table,
        taken: HashSet::new(),
    };
    work.unit_lines();
    for (index, block) in annex.blocks.iter().enumerate() {
        match block.kind {
            Kind::Grid => work.grid(index, block),
            Kind::Record => work.record(index, block),
            Kind::List => lists::list(&mut work, index, block),
            Kind::Items => work.items(index, block),
            Kind::Line => work.line(index, block),
        }
    }
    work.nearest_texts();
    work.table
}

/// What a mark may stand for: by its whole text, or by the label before a value.
fn uses_of(annex: &Annex, mark: &Mark) -> Vec<LabelUse> {
    if mark.key.is_empty() {
        return Vec::new();
    }
    if let Some(uses) = annex.labels.get(&mark.key) {
        return uses.clone();
    }
    let prefix = annex
        .prefixes
        .iter()
        .filter(|(prefix, _)| mark.key.starts_with(prefix.as_str()));
    if let Some((_, here)) = prefix.max_by_key(|(prefix, _)| prefix.len()) {
        return vec![*here];
    }
    let is_item = |here: &&LabelUse| match here {
        LabelUse::Column { block, .. } => annex.blocks[*block].kind == Kind::Items,
        _ => false,
    };
    label_part(&mark.text)
        .and_then(|(label, _)| annex.labels.get(&label::key(label)))
        .map(|uses| uses.iter().filter(is_item).copied().collect())
        .unwrap_or_default()
}

/// Label and value of a text that holds both: `项目支出：90.60`, `项目名称：法律援助`.
fn label_part(text: &str) -> Option<(&str, &str)> {
    amount::split_label(text).or_else(|| {
        let colon = text.find([':', '：'])?;
        let end = colon + text[colon..].chars().next()?.len_utf8();
        Some((&text[..colon], &text[end..]))
    })
}

impl Work<'_> {
    pub(super) fn seen(&self, mark: usize) -> Seen {
        let mark = &self.marks[mark];
        Seen {
            cell: CellRef {
                sheet: self.sheet_index,
                at: mark.at,
            },
            text: mark.text.clone(),
        }
    }

    /// Lines such as 「单位：元」 that hold for the whole table.
    fn unit_lines(&mut self) {
        for mark in 0..self.marks.len() {
            let key = &self.marks[mark].key;
            if key.starts_with("单位") && key.contains('元') || key.starts_with("金额单位") {
                let seen = self.seen(mark);
                self.table.unit_texts.push((None, seen));
            }
        }
    }

    /// The row of heads: the one that names most columns, with the rows just below for heads of
    /// two storeys.
    pub(super) fn heads(&mut self, index: usize, block: &Block) -> Option<Heads> {
        let column_of = |here: &LabelUse| match here {
            LabelUse::Column { block, column } if *block == index => Some(*column),
            _ => None,
        };
        // A head that an earlier block has taken is not this one's too: 「实际完成情况」 of the
        // aims stands close above the heads of the indicators.
        let candidates: Vec<(usize, Vec<usize>)> = (0..self.marks.len())
            .filter(|mark| !self.taken.contains(mark))
            .map(|mark| (mark, self.uses[mark].iter().filter_map(column_of).collect()))
            .filter(|(_, columns): &(usize, Vec<usize>)| !columns.is_empty())
            .collect();
        let rows: Vec<u32> = {
            let mut rows: Vec<u32> = candidates
                .iter()
                .map(|(mark, _)| self.marks[*mark].at.row)
                .collect();
            rows.dedup();
            rows
        };
        let mut best: Option<(u32, Vec<(usize, usize)>)> = None;
        for row in rows {
            let window = candidates
                .iter()
                .filter(|(mark, _)| (row..=row + 2).contains(&self.marks[*mark].at.row));
            let assigned = assign(self.marks, window, block.columns.len(), row);
            if best
                .as_ref()
                .is_none_or(|(_, most)| assigned.len() > most.len())
            {
                best = Some((row, assigned));
            }
        }
        let (row, assigned) = best?;
        if assigned.len() * 2 < block.columns.len() {
            return None;
        }
        let mut heads = Heads {
            spans: vec![None; block.columns.len()],
            rows: (row, row),
        };
        for (column, mark) in assigned {
            self.taken.insert(mark);
            let found = &self.marks[mark];
            heads.spans[column] = Some(found.span);
            // A head merged with the row of its values (a storey too many) must not hide them.
            heads.rows.1 = heads.rows.1.max(found.span.last.row.min(row + 2));
            if let (Some(offset), Some(year)) = (
                block.columns[column].label.year_offset,
                label::year(&found.text),
            ) {
                let cell = CellRef {
                    sheet: self.sheet_index,
                    at: found.at,
                };
                let text = found.text.clone();
                self.table.years.push(HeadYear {
                    cell,
                    text,
                    year,
                    offset,
                });
            }
            if found.text.contains('元') {
                let seen = self.seen(mark);
                self.table.unit_texts.push((Some(index), seen));
            }
        }
        for (column, span) in heads.spans.iter().enumerate() {
            if span.is_none() {
                self.table
                    .missing
                    .push(missing(index, block, None, Some(column)));
            }
        }
        self.corner(index, block, row);
        Some(heads)
    }

    /// The words beside or above the heads, which may name the unit or the year.
    fn corner(&mut self, index: usize, block: &Block, head_row: u32) {
        let here = LabelUse::Corner { block: index };
        for mark in 0..self.marks.len() {
            let span = self.marks[mark].span;
            if !self.uses[mark].contains(&here) || span.last.row + 1 < head_row {
                continue;
            }
            self.taken.insert(mark);
            let seen = self.seen(mark);
            let printed = block.corner.first().map_or("", String::as_str);
            if let (true, Some(year)) = (printed.contains("{年}"), label::year(&seen.text)) {
                let (cell, text) = (seen.cell, seen.text.clone());
                self.table.years.push(HeadYear {
                    cell,
                    text,
                    year,
                    offset: 0,
                });
            }
            if seen.text.contains('元') {
                self.table.unit_texts.push((Some(index), seen));
            }
            return;
        }
    }

    /// The cell that holds the value in the columns of a head, on the rows of a label.
    pub(super) fn value_at(&self, rows: (u32, u32), columns: (u32, u32)) -> Place {
        let in_range = |row: u32| {
            self.sheet
                .row(row)
                .iter()
                .filter(|cell| (columns.0..=columns.1).contains(&cell.at.col))
                .map(|cell| cell.at)
                .find(|at| is_filled(self.sheet, *at))
        };
        let found = (rows.0..=rows.1.min(rows.0 + 20)).find_map(in_range);
        let at = found.unwrap_or_else(|| anchor(self.sheet, Addr::new(rows.0, columns.0)));
        Place { at, part: None }
    }

    fn grid(&mut self, index: usize, block: &Block) {
        let Some(heads) = self.heads(index, block) else {
            self.table.missing.push(missing(index, block, None, None));
            return;
        };
        let first_column = heads.first_column();
        let mut rows: Vec<(u32, usize, usize)> = Vec::new();
        for mark in 0..self.marks.len() {
            let found = &self.marks[mark];
            let row = self.uses[mark].iter().find_map(|here| match here {
                LabelUse::Row { block, row } if *block == index => Some(*row),
                _ => None,
            });
            let Some(row) = row else { continue };
            let below = found.at.row > heads.rows.0 && found.at.col < first_column;
            let repeated = rows.iter().any(|(_, known, _)| *known == row);
            if below && (!repeated || block.rows[row].repeat) {
                rows.push((found.at.row, row, mark));
            }
        }
        for (row, definition) in block.rows.iter().enumerate() {
            if !definition.placeholder && !rows.iter().any(|(_, known, _)| *known == row) {
                self.table
                    .missing
                    .push(missing(index, block, Some(row), None));
            }
        }
        let mut seen_rows: HashSet<usize> = HashSet::new();
        for (_, row, mark) in &rows {
            self.taken.insert(*mark);
            let places = self.row_places(&heads, self.marks[*mark].span);
            if seen_rows.insert(*row) {
                for (column, place) in places.into_iter().enumerate() {
                    self.table.slots[block.slot(*row, column)] = place;
                }
            } else {
                let label = self.seen(*mark);
                self.table.extras.push(LocatedExtra {
                    block: index,
                    row: *row,
                    label,
                    places,
                });
            }
        }
        self.inserted_rows(index, block, &heads, &rows);
    }

    fn row_places(&self, heads: &Heads, label: Area) -> Vec<Option<Place>> {
        let rows = (label.first.row, label.last.row);
        heads
            .spans
            .iter()
            .map(|span| span.map(|span| self.value_at(rows, (span.first.col, span.last.col))))
            .collect()
    }

    /// Rows with labels that are not the form's, between or below the form's rows.
    fn inserted_rows(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        rows: &[(u32, usize, usize)],
    ) {
        let Some(last_known) = rows.iter().map(|(at, ..)| *at).max() else {
            return;
        };
        let known_rows: HashSet<u32> = (0..self.marks.len())
            .filter(|mark| !self.uses[*mark].is_empty())
            .map(|mark| self.marks[mark].at.row)
            .collect();
        let mut current: Option<usize> = None;
        let mut row = heads.rows.1 + 1;
        while row <= self.region.rows.1 {
            if let Some((_, known, _)) = rows.iter().find(|(at, ..)| *at == row) {
                current = Some(*known);
                row += 1;
                continue;
            }
            if row > last_known {
                // Only a repeat row may go on, and only up to the next part of the table.
                let goes_on = current.is_some_and(|known| block.rows[known].repeat);
                if !goes_on || known_rows.contains(&row) {
                    return;
                }
            }
            if !known_rows.contains(&row) {
                self.inserted_row(index, block, heads, current, row);
            }
            row += 1;
        }
    }

    fn inserted_row(
        &mut self,
        index: usize,
        block: &Block,
        heads: &Heads,
        current: Option<usize>,
        row: u32,
    ) {
        let first_column = heads.first_column();
        let label = (0..self.marks.len()).rfind(|mark| {
            self.marks[*mark].at.row == row && self.marks[*mark].at.col < first_column
        });
        let span = Area {
            first: Addr::new(row, 0),
            last: Addr::new(row, 0),
        };
        let places = self.row_places(heads, label.map_or(span, |mark| self.marks[mark].span));
        let has_numbers = places.iter().flatten().any(|place| {
            place.at.row == row
                && self
                    .sheet
                    .cell(place.at)
                    .is_some_and(|cell| match &cell.value {
                        Value::Number(_) => true,
                        Value::Text(text) => {
                            matches!(amount::read_text(text), amount::Reading::Amount(_))
                        }
                        _ => false,
                    })
        });
        if !has_numbers {
            return;
        }
        let seen = match label {
            Some(mark) => self.seen(mark),
            None => Seen {
                cell: CellRef {
                    sheet: self.sheet_index,
                    at: Addr::new(row, heads.first_column().saturating_sub(1)),
                },
                text: "".into(),
            },
        };
        let group = current.and_then(|known| {
            if block.rows[known].repeat {
                return Some(known);
            }
            let next = block.rows.get(known + 1)?;
            (next.repeat && next.placeholder).then_some(known + 1)
        });
        match group {
            Some(group) => {
                self.table.extras.push(LocatedExtra {
                    block: index,
                    row: group,
                    label: seen,
                    places,
                });
            }
            None => self.table.strangers.push(seen),
        }
    }

    fn record(&mut self, index: usize, block: &Block) {
        let Some(heads) = self.heads(index, block) else {
            self.table.missing.push(missing(index, block, None, None));
            return;
        };
        let start = heads.rows.1 + 1;
        let is_label_row = |row: u32| {
            (0..self.marks.len())
                .any(|mark| self.marks[mark].at.row == row && !self.uses[mark].is_empty())
        };
        let spans: Vec<Area> = heads.spans.iter().flatten().copied().collect();
        let filled = |row: u32| {
            spans.iter().any(|span| {
                (span.first.col..=span.last.col)
                    .any(|col| is_filled(self.sheet, Addr::new(row, col)))
            })
        };
        let candidates: Vec<u32> = (start..=self.region.rows.1.min(start + 5))
            .take_while(|row| !is_label_row(*row))
            .collect();
        let Some(row) = candidates
            .iter()
            .copied()
            .find(|row| filled(*row))
            .or(candidates.first().copied())
        else {
            return;
        };
        for (column, span) in heads.spans.iter().enumerate() {
            if let Some(span) = span {
                let place = self.value_at((row, row), (span.first.col, span.last.col));
                self.table.slots[block.slot(0, column)] = Some(place);
            }
        }
    }

    fn items(&mut self, index: usize, block: &Block) {
        let corner = (0..self.marks.len())
            .find(|mark| self.uses[*mark].contains(&LabelUse::Corner { block: index }));
        let corner_row = corner.map_or(0, |mark| self.marks[mark].at.row);
        let mut found: Vec<(usize, usize)> = Vec::new();
        for column in 0..block.columns.len() {
            let here = LabelUse::Column {
                block: index,
                column,
            };
            let mark = (0..self.marks.len()).find(|mark| {
                self.uses[*mark].contains(&here)
                    && self.marks[*mark].at.row >= corner_row
                    && !self.taken.contains(mark)
            });
            match mark {
                Some(mark) => {
                    self.taken.insert(mark);
                    found.push((column, mark));
                }
                None => self
                    .table
                    .missing
                    .push(missing(index, block, None, Some(column))),
            }
        }
        let values: Vec<ItemValue> = found
            .iter()
            .map(|(_, mark)| self.item_value(*mark))
            .collect();
        // Where labels begin in one column, their values do too.
        let columns: Vec<(u32, u32)> = found
            .iter()
            .zip(&values)
            .filter_map(|((_, mark), value)| match value {
                ItemValue::Beside(at) => Some((self.marks[*mark].at.col, at.col)),
                _ => None,
            })
            .collect();
        let any_inline = values
            .iter()
            .any(|value| matches!(value, ItemValue::Inline(_)));
        let any_beside = values
            .iter()
            .any(|value| matches!(value, ItemValue::Beside(_)));
        for ((column, mark), value) in found.into_iter().zip(values) {
            let label = &self.marks[mark];
            let ends_with_colon = label
                .text
                .trim_end_matches(label::is_blank)
                .ends_with([':', '：']);
            let end = label.text.len();
            let place = match value {
                ItemValue::Inline(part) => Place {
                    at: label.at,
                    part: Some(part),
                },
                ItemValue::Beside(at) => Place { at, part: None },
                ItemValue::Nothing(beside) => match beside {
                    Some(at) if any_beside || !(any_inline || ends_with_colon) => {
                        let usual = columns.iter().find(|(from, _)| *from == label.at.col);
                        let col = usual.map_or(at.col, |(_, col)| (*col).max(at.col));
                        let at = anchor(self.sheet, Addr::new(at.row, col));
                        Place { at, part: None }
                    }
                    _ => Place {
                        at: label.at,
                        part: Some(end..end),
                    },
                },
            };
            self.table.slots[block.slot(0, column)] = Some(place);
        }
    }

    fn item_value(&self, mark: usize) -> ItemValue {
        let found = &self.marks[mark];
        let whole_is_label = self.annex.labels.contains_key(&found.key);
        if !whole_is_label && let Some((label, rest)) = label_part(&found.text) {
            let start = found.text.len() - rest.len();
            let value = inline::trimmed(&found.text, start..found.text.len());
            if !value.is_empty() && !label.is_empty() {
                return ItemValue::Inline(value);
            }
        }
        let row = found.span.first.row;
        let mut beside = None;
        for col in found.span.last.col + 1..=self.region.area.last.col {
            let at = Addr::new(row, col);
            let is_label = self
                .marks
                .iter()
                .enumerate()
                .any(|(other, mark)| mark.span.contains(at) && !self.uses[other].is_empty());
            if is_label {
                break;
            }
            beside = beside.or(Some(anchor(self.sheet, at)));
            if is_filled(self.sheet, at) {
                return ItemValue::Beside(at);
            }
        }
        ItemValue::Nothing(beside)
    }

    fn line(&mut self, index: usize, block: &Block) {
        let labels: Vec<Vec<String>> = (0..block.columns.len())
            .map(|column| {
                let here = LabelUse::Column {
                    block: index,
                    column,
                };
                let keys = self
                    .annex
                    .labels
                    .iter()
                    .filter(|(_, uses)| uses.contains(&here));
                keys.map(|(key, _)| key.clone()).collect()
            })
            .collect();
        for mark in (0..self.marks.len()).rev() {
            let found = &self.marks[mark];
            // A label of a line is followed by a colon, or is all that the cell holds.
            let may_be = found.text.contains([':', '：'])
                || labels.iter().flatten().any(|key| *key == found.key);
            if !may_be {
                continue;
            }
            for pair in pairs(&found.text, &labels) {
                let slot = block.slot(0, pair.label);
                if self.table.slots[slot].is_some() {
                    continue;
                }
                let beside = Addr::new(found.at.row, found.span.last.col + 1);
                let value_beside = pair.value.is_empty()
                    && pair.value.end == found.text.trim_end_matches(label::is_blank).len()
                    && is_filled(self.sheet, beside)
                    && !self
                        .marks
                        .iter()
                        .any(|other| other.at == beside && !pairs(&other.text, &labels).is_empty());
                let place = if value_beside {
                    Place {
                        at: beside,
                        part: None,
                    }
                } else {
                    Place {
                        at: found.at,
                        part: Some(pair.value),
                    }
                };
                self.table.slots[slot] = Some(place);
                self.taken.insert(mark);
            }
        }
    }

    /// For each label that was not found, the text most like it.
    fn nearest_texts(&mut self) {
        for missing in &mut self.table.missing {
            // Any year stands for `{年}` and `{上年}`, as in the keys of labels.
            let printed = missing.label.replace("{上年}", "2000");
            let wanted = label::key(&printed.replace("{年}", "2000"));
            let best = self
                .marks
                .iter()
                .enumerate()
                .filter(|(index, mark)| !mark.key.is_empty() && !self.taken.contains(index))
                .map(|(_, mark)| (label::similarity(&wanted, &mark.key), mark))
                .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
                .max_by_key(|(likeness, mark)| (*likeness, std::cmp::Reverse(mark.at)));
            missing.nearest = best.map(|(_, mark)| Seen {
                cell: CellRef {
                    sheet: self.sheet_index,
                    at: mark.at,
                },
                text: mark.text.clone(),
            });
        }
    }
}

/// A text less like the label than this is not suggested, in percent.
const LEAST_LIKENESS: u32 = 50;

enum ItemValue {
    /// Behind the label in its cell.
    Inline(std::ops::Range<usize>),
    /// In a cell to the right.
    Beside(Addr),
    /// Nowhere; the cell to the right, if there is one before the next label.
    Nothing(Option<Addr>),
}

pub(super) fn missing(
    block: usize,
    definition: &Block,
    row: Option<usize>,
    column: Option<usize>,
) -> MissingLabel {
    let label = match (row, column) {
        (Some(row), _) => definition.rows[row].label.words.clone(),
        (_, Some(column)) => definition.columns[column].label.words.clone(),
        _ => definition
            .corner
            .first()
            .cloned()
            .unwrap_or_else(|| definition.id.clone()),
    };
    MissingLabel {
        block,
        row,
        column,
        label,
        nearest: None,
    }
}

/// Which mark heads which column. A head that may stand for several columns («年决算数» of two
/// years) takes the first that is free, from left to right.
fn assign<'a>(
    marks: &[Mark],
    window: impl Iterator<Item = &'a (usize, Vec<usize>)>,
    columns: usize,
    first_row: u32,
) -> Vec<(usize, usize)> {
    let mut window: Vec<&(usize, Vec<usize>)> = window.collect();
    // Heads of the first row before those below, each from left to right.
    window.sort_by_key(|(mark, _)| {
        let at = marks[*mark].at;
        (at.row != first_row, at.col)
    });
    let mut assigned: Vec<(usize, usize)> = Vec::new();
    for (mark, candidates) in window {
        let free = candidates.iter().copied().filter(|column| {
            *column < columns && !assigned.iter().any(|(taken, _)| taken == column)
        });
        if let Some(column) = free.min() {
            assigned.push((column, *mark));
        }
    }
    assigned
}

/// The span of a cell, for parts of this room that have only its address.
pub(super) fn span_at(sheet: &Sheet, at: Addr) -> Area {
    span_of(sheet, anchor(sheet, at))
}
