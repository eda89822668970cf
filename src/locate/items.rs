//! Labels with their values beside them, behind them in the cell, or in one line of text.

use super::Place;
use super::blocks::{Work, missing};
use super::inline::{self, pairs};
use super::marks::{anchor, is_filled, label_part};
use crate::amount;
use crate::catalog::{Block, LabelUse};
use crate::label;
use crate::workbook::{Addr, Value};

impl Work<'_> {
    pub(super) fn items(&mut self, index: usize, block: &Block) {
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
        let beside = self.marks_beside(index, corner, &found);
        let last_column = self.last_column();
        let values: Vec<ItemValue> = found
            .iter()
            .map(|(column, mark)| {
                let is_number = block.columns[*column].unit.is_number();
                self.item_value(*mark, &beside, last_column, is_number)
            })
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

    /// The first columns of the labels of blocks that the form prints beside this one, on the rows
    /// of this one's corner and labels.
    fn marks_beside(
        &self,
        index: usize,
        corner: Option<usize>,
        found: &[(usize, usize)],
    ) -> Vec<u32> {
        let blocks = &self.annex.blocks;
        let is_beside = |other: usize| {
            other != index
                && (blocks[index].print.beside == Some(other)
                    || blocks[other].print.beside == Some(index))
        };
        let labels = || found.iter().map(|(_, mark)| *mark).chain(corner);
        let rows = || labels().map(|mark| self.marks[mark].at.row);
        let (Some(first), Some(last)) = (rows().min(), rows().max()) else {
            return Vec::new();
        };
        let of_other = |here: &LabelUse| match here {
            LabelUse::Corner { block } | LabelUse::Column { block, .. } => is_beside(*block),
            _ => false,
        };
        let marks = self.marks.iter().zip(&self.uses);
        marks
            .filter(|(mark, uses)| {
                (first..=last).contains(&mark.at.row) && uses.iter().any(of_other)
            })
            .map(|(mark, _)| mark.at.col)
            .collect()
    }

    /// The last column that the title or a label of the form stands in: what is beyond it is
    /// beside the table.
    fn last_column(&self) -> u32 {
        let title = self.region.title.as_ref().map(|title| title.cell.at);
        let labels = self.marks.iter().zip(&self.uses);
        let labels = labels.filter(|(mark, uses)| !uses.is_empty() || Some(mark.at) == title);
        labels.map(|(mark, _)| mark.span.last.col).fold(0, u32::max)
    }

    /// `beside` are the columns where other blocks begin.
    fn item_value(
        &self,
        mark: usize,
        beside: &[u32],
        last_column: u32,
        is_number: bool,
    ) -> ItemValue {
        let found = &self.marks[mark];
        let whole_is_label = self.annex.labels.contains_key(&*found.key);
        if !whole_is_label && let Some((label, rest)) = label_part(&found.text) {
            let start = found.text.len() - rest.len();
            let value = inline::trimmed(&found.text, start..found.text.len());
            if !value.is_empty() && !label.is_empty() {
                return ItemValue::Inline(value);
            }
        }
        let row = found.span.first.row;
        let first = found.span.last.col + 1;
        let end = beside.iter().copied().filter(|column| *column >= first);
        let end = end.fold(self.next_label(row, first), u32::min);
        // The value stands in the merged cell next to the label where there is one, else before
        // the end of the table.
        let next = Addr::new(row, first);
        let next = self.sheet.merge_at(next).filter(|area| area.first == next);
        let end = end.min(match next {
            Some(area) if area.last.col > first => area.last.col + 1,
            _ => last_column.max(first) + 1,
        });
        let cells = self.sheet.row(row).iter().map(|cell| cell.at);
        let filled = cells
            .skip_while(|at| at.col < first)
            .take_while(|at| at.col < end)
            .find(|at| is_filled(self.sheet, *at));
        match filled {
            // 「其中：公用经费：4.97」 is the filer's own item, not what stands behind this label.
            Some(at) if !(is_number && self.is_own_item(at)) => ItemValue::Beside(at),
            _ => {
                ItemValue::Nothing((first < end).then(|| anchor(self.sheet, Addr::new(row, first))))
            }
        }
    }

    /// Whether a cell holds a label with its amount.
    fn is_own_item(&self, at: Addr) -> bool {
        let text = match self.sheet.cell(at).map(|cell| &cell.value) {
            Some(Value::Text(text)) => text,
            _ => return false,
        };
        let words = |label: &str| label.contains(char::is_alphabetic);
        text.contains([':', '：'])
            && amount::split_label(text)
                .is_some_and(|(label, rest)| words(label) && !rest.trim().is_empty())
    }

    /// The column of the next label at `first` or to the right of it, merged into this row or
    /// not; that behind the table where there is none.
    fn next_label(&self, row: u32, first: u32) -> u32 {
        let labels = self.marks.iter().zip(&self.uses);
        labels
            .filter(|(_, uses)| !uses.is_empty())
            .map(|(mark, _)| mark.span)
            .filter(|span| (span.first.row..=span.last.row).contains(&row))
            .filter(|span| span.last.col >= first)
            .map(|span| span.first.col.max(first))
            .fold(self.region.area.last.col + 1, u32::min)
    }

    pub(super) fn line(&mut self, index: usize, block: &Block) {
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
                || labels.iter().flatten().any(|key| **key == *found.key);
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
}

enum ItemValue {
    /// Behind the label in its cell.
    Inline(std::ops::Range<usize>),
    /// In a cell to the right.
    Beside(Addr),
    /// Nowhere; the cell to the right, if there is one before the next label.
    Nothing(Option<Addr>),
}
