//! Labels with their values beside them, behind them in the cell, or in one line of text.

use super::Place;
use super::blocks::{Work, missing};
use super::inline::{self, pairs};
use super::marks::{anchor, is_filled, label_part, span_of};
use crate::catalog::{Block, LabelUse};
use crate::label;
use crate::workbook::Addr;

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
        let whole_is_label = self.annex.labels.contains_key(&*found.key);
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
            if self.labelled.contains(&span_of(self.sheet, at).first) {
                break;
            }
            beside = beside.or(Some(anchor(self.sheet, at)));
            if is_filled(self.sheet, at) {
                return ItemValue::Beside(at);
            }
        }
        ItemValue::Nothing(beside)
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
