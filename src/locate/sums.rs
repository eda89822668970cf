//! Rows of a list that add up other rows: its total, and the sums of its parts.

use super::blocks::Work;
use super::heads::Heads;
use super::lists::LEVELS;
use super::marks::{is_number, is_shown, of_row};
use crate::amount::{self, Reading};
use crate::catalog::{Annex, Block, LabelUse};
use crate::label;
use crate::workbook::{Addr, Value};

/// What such rows are called, and where their names stand.
pub(super) struct Sums<'a> {
    /// The form's own label of the total.
    own: String,
    /// Words for the total.
    totals: Vec<&'a str>,
    /// Words for sums of parts alone.
    parts: Vec<&'a str>,
    /// What a part may be called.
    names: Vec<&'a str>,
    /// The column where indicators are named, if there are any.
    indicators: u32,
    /// The first column of figures.
    figures: u32,
}

/// A row that adds up others.
pub(super) struct Sum {
    /// Its name, as index into the marks.
    pub(super) mark: usize,
    pub(super) is: Is,
}

/// What a sum is the sum of.
#[derive(PartialEq, Eq)]
pub(super) enum Is {
    /// The list, in the form's own word.
    Total,
    /// The list, or a part of it: where indicators follow, it was a part.
    TotalOrPart,
    Part,
}

impl<'a> Sums<'a> {
    pub(super) fn of(
        annex: &'a Annex,
        index: usize,
        block: &'a Block,
        heads: &Heads,
    ) -> Option<Self> {
        let foot = block.foot.as_ref()?;
        let here = LabelUse::Foot { block: index };
        let labels = annex.labels.iter();
        let groups = block.groups.iter().flat_map(|group| {
            let children = group.children.iter().map(|(_, key)| key);
            children.chain([&group.key])
        });
        let spans = heads.spans.iter().zip(&block.columns);
        let figures = spans
            .filter(|(_, column)| column.unit.is_number())
            .filter_map(|(span, _)| *span);
        let indicators = match block.groups.is_empty() {
            true => None,
            false => heads.spans.get(LEVELS).copied().flatten(),
        };
        Some(Self {
            own: label::key(&foot.label.printed),
            totals: labels
                .filter(|(_, uses)| uses.contains(&here))
                .map(|(key, _)| key.as_str())
                .collect(),
            parts: foot.subtotals.iter().map(String::as_str).collect(),
            names: groups
                .flat_map(|key| [key, key.strip_suffix("指标").unwrap_or(key)])
                .collect(),
            indicators: indicators.map_or(u32::MAX, |span| span.first.col),
            figures: figures.map(|span| span.first.col).min()?,
        })
    }

    /// The sum in a row: the first text left of the figures that is a word for one. A grade or a
    /// remark may stand behind it; but behind what stands where indicators are named nothing may
    /// follow, or it is an indicator of that name.
    pub(super) fn at(&self, work: &Work<'_>, row: u32) -> Option<Sum> {
        let mut marks = of_row(work.marks, row).filter(|mark| {
            // Its merged area may reach below the figures, where its weight was not filled in.
            let at = work.marks[*mark].at;
            at.col < self.figures && is_shown(work.sheet, at)
        });
        let (mark, is) = marks.find_map(|mark| {
            let is = self.called(without_weight(&work.marks[mark].key))?;
            Some((mark, is))
        })?;
        let says_more = |at: Addr| match work.sheet.cell(at).map(|cell| &cell.value) {
            Some(Value::Text(text)) => amount::read_text(text) != Reading::NotApplicable,
            _ => is_number(work.sheet, at),
        };
        let span = work.marks[mark].span;
        let mut behind = work.sheet.row(row).iter().map(|cell| cell.at);
        let is_named_so = span.first.col >= self.indicators
            && behind.any(|at| {
                (span.last.col + 1..self.figures).contains(&at.col)
                    && is_shown(work.sheet, at)
                    && says_more(at)
            });
        (!is_named_so).then_some(Sum { mark, is })
    }

    fn called(&self, key: &str) -> Option<Is> {
        if key == self.own {
            return Some(Is::Total);
        }
        if self.totals.contains(&key) {
            return Some(Is::TotalOrPart);
        }
        let words = self.totals.iter().chain(&self.parts);
        let names: Vec<&str> = words.filter_map(|word| key.strip_suffix(word)).collect();
        let is_part = |name: &&str| name.is_empty() || self.names.contains(name);
        names.iter().any(is_part).then_some(Is::Part)
    }
}

/// `总分100分`, `小计50` without the figure, which stood in brackets.
fn without_weight(key: &str) -> &str {
    let rest = key.strip_suffix('分').unwrap_or(key);
    let bare = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.len() < rest.len() { bare } else { key }
}
