//! Rows of a list that add up other rows: its total, and the sums of its parts.

use rust_decimal::Decimal;

use super::LocatedRow;
use super::below::Added;
use super::blocks::Work;
use super::heads::Heads;
use super::lists::LEVELS;
use super::marks::{Mark, anchor, is_number, is_shown, of_row};
use crate::amount::{self, Reading};
use crate::catalog::{Annex, Block, LabelUse, Unit};
use crate::label;
use crate::workbook::{Addr, Area, Value};

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
    /// The heads of targets and results.
    quantities: Vec<Area>,
    /// The head of the weights.
    weight: Option<Area>,
}

/// The weights of the indicators read so far, by which a sum is known whatever it is called.
#[derive(Default)]
pub(super) struct Weights {
    whole: Added,
    /// Since the last sum.
    part: Added,
    /// Rows may share one cell.
    last: Option<Addr>,
}

impl Weights {
    /// Takes in the weight of an indicator.
    pub(super) fn add(&mut self, work: &Work<'_>, block: &Block, row: &LocatedRow) {
        let mut places = row.places.iter().zip(&block.columns);
        let place = places.find(|(_, column)| column.unit == Unit::Score);
        let Some(at) = place.and_then(|(place, _)| Some(place.as_ref()?.at)) else {
            return;
        };
        if self.last.replace(at) == Some(at) {
            return;
        }
        let weight = number_at(work, at).unwrap_or_default();
        for added in [&mut self.whole, &mut self.part] {
            added.add(weight);
        }
    }

    /// A sum has been passed.
    pub(super) fn end_part(&mut self) {
        self.part = Added::default();
    }

    /// Whether so much is the sum of several that stand above it.
    fn add_up_to(&self, weight: Decimal) -> bool {
        let sums = [self.whole, self.part];
        sums.iter().any(|added| added.are_several_of(weight))
    }
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
        let spans_of = |unit: Unit| {
            let spans = spans.clone();
            let of_unit = spans.filter(move |(_, column)| column.unit == unit);
            of_unit.filter_map(|(span, _)| *span)
        };
        let figures = spans
            .clone()
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
            quantities: spans_of(Unit::Quantity).collect(),
            weight: spans_of(Unit::Score).next(),
        })
    }

    /// The sum in a row: the first text left of the figures that is a word for one. A grade or a
    /// remark may stand behind it; but behind what stands where indicators are named nothing may
    /// follow, or it is an indicator of that name.
    pub(super) fn at(&self, work: &Work<'_>, row: u32, weights: &Weights) -> Option<Sum> {
        let mut marks = of_row(work.marks, row).filter(|mark| {
            // Its merged area may reach below the figures, where its weight was not filled in.
            let at = work.marks[*mark].at;
            at.col < self.figures && is_shown(work.sheet, at)
        });
        let named = marks.find_map(|mark| {
            let is = self.called(&work.marks[mark])?;
            Some((mark, is))
        });
        let Some((mark, is)) = named else {
            return self.by_weight(work, row, weights);
        };
        let span = work.marks[mark].span;
        let mut behind = work.sheet.row(row).iter().map(|cell| cell.at);
        let is_named_so = span.first.col >= self.indicators
            && behind.any(|at| {
                (span.last.col + 1..self.figures).contains(&at.col)
                    && is_shown(work.sheet, at)
                    && says_more(work, at)
            });
        (!is_named_so).then_some(Sum { mark, is })
    }

    /// The sum in a row that has no other name than its own: a label alone, with no target and no
    /// result, that ends like a word for a sum or whose weight is what those above add up to.
    fn by_weight(&self, work: &Work<'_>, row: u32, weights: &Weights) -> Option<Sum> {
        let mark = self.label_alone(work, row)?;
        let key = without_weight(&work.marks[mark].key);
        // The name of a part heads it.
        if self.names.contains(&key) {
            return None;
        }
        let mut words = self.totals.iter().chain(&self.parts);
        let weight = || {
            let weight = anchor(work.sheet, Addr::new(row, self.weight?.first.col));
            number_at(work, weight).filter(|_| weight.row == row)
        };
        let is_sum = words.any(|word| key.ends_with(word))
            || weight().is_some_and(|weight| weights.add_up_to(weight));
        let is = Is::Part;
        is_sum.then_some(Sum { mark, is })
    }

    /// The one text before the figures, where it begins left of the names of indicators and
    /// nothing stands for a target or a result.
    fn label_alone(&self, work: &Work<'_>, row: u32) -> Option<usize> {
        let is_before_figures = |at: Addr| {
            let columns = |span: &Area| (span.first.col..=span.last.col).contains(&at.col);
            at.col < self.figures || self.quantities.iter().any(columns)
        };
        let cells = work.sheet.row(row).iter().map(|cell| cell.at);
        let mut shown = cells.filter(|at| is_before_figures(*at) && is_shown(work.sheet, *at));
        let label = shown.next()?;
        let mark = of_row(work.marks, row).find(|mark| work.marks[*mark].at == label)?;
        (self.indicators < u32::MAX
            && label.col < self.indicators
            && !shown.any(|at| says_more(work, at)))
        .then_some(mark)
    }

    /// What a text is a name of; with what it says in brackets, 「总分（含预算执行10分）」, or
    /// without.
    fn called(&self, mark: &Mark) -> Option<Is> {
        self.is_named(without_weight(&mark.key)).or_else(|| {
            let (before, _) = mark.text.split_once(['(', '（'])?;
            self.is_named(&label::shared_key(before))
        })
    }

    fn is_named(&self, key: &str) -> Option<Is> {
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

/// Whether a cell says something, other than that there is nothing to say.
fn says_more(work: &Work<'_>, at: Addr) -> bool {
    match work.sheet.cell(at).map(|cell| &cell.value) {
        Some(Value::Text(text)) => amount::read_text(text) != Reading::NotApplicable,
        _ => is_number(work.sheet, at),
    }
}

/// The number in a cell.
fn number_at(work: &Work<'_>, at: Addr) -> Option<Decimal> {
    match &work.sheet.cell(at)?.value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => match amount::read_text(text) {
            Reading::Amount(amount) => Some(amount.value),
            _ => None,
        },
        _ => None,
    }
}

/// `总分100分`, `小计50` without the figure, which stood in brackets.
pub(super) fn without_weight(key: &str) -> &str {
    let rest = key.strip_suffix('分').unwrap_or(key);
    let bare = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    if bare.len() < rest.len() { bare } else { key }
}
