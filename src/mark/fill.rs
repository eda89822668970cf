//! Computed cells: the blank ones filled, wrong rates and scores set right.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use crate::catalog::{Catalog, Severity};
use crate::filing::{CellRef, Fact, Filing};
use crate::finding::{Finding, Outcome, Report, Suggestion, SuggestionKind};
use crate::formula::compute;
use crate::locate::{LocatedTable, Place};
use crate::review::{Checked, Options, Review, review_workbook};
use crate::workbook::{Addr, Cell, NumberFormat, Value, Workbook};

/// Which computed cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filling {
    /// The blank ones.
    Blanks,
    /// The blank ones, and wrong rates and scores. A wrong sum is left, since its parts may be
    /// what is wrong.
    #[default]
    Derived,
    /// Wrong sums too.
    All,
    /// None.
    None,
}

/// A cell that is filled or set right.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where.
    pub cell: CellRef,
    /// The rule that computes it.
    pub code: String,
    /// The cell in words, as findings name it.
    pub place: String,
    /// What stood there; `None` where it was blank.
    pub before: Option<String>,
    /// What stands there now, as shown.
    pub after: String,
    /// How.
    pub written: Written,
}

/// What is written to a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// A number, shown as a percentage where so asked, with the formula that gives it.
    Number {
        /// As stored: 0.8478 for 84.78%.
        value: Decimal,
        /// The cell is to show a percentage with two decimals.
        percent: bool,
        /// Without `=`.
        formula: Option<String>,
    },
    /// The whole text of a cell that holds a label and its value.
    Text(String),
}

impl Written {
    /// A rate that an earlier round has given a percent format keeps it: to the later ones it is
    /// a number that has one.
    fn keep_percent(&mut self, earlier: &Self) {
        if let (
            Self::Number { percent, .. },
            Self::Number {
                percent: before, ..
            },
        ) = (self, earlier)
        {
            *percent |= before;
        }
    }
}

/// Scores depend on rates, totals on scores: longer chains do not exist.
const ROUNDS: usize = 4;

/// The cells to be written, by address, and what the formulas give then.
pub(super) fn changes(
    catalog: &Catalog,
    checked: &Checked<'_>,
    name: Option<&str>,
    options: &Options,
    filling: Filling,
) -> (Vec<Change>, HashMap<(usize, Addr), Decimal>) {
    let mut changes: BTreeMap<CellRef, Change> = BTreeMap::new();
    let mut found = wanted(checked, &checked.report, filling);
    if found.is_empty() {
        return (Vec::new(), HashMap::new());
    }
    let mut workbook = checked.workbook.clone();
    let mut results = compute::values(&workbook);
    let options = Options {
        form: Some(checked.form.id.clone()),
        ..options.clone()
    };
    for _ in 0..ROUNDS {
        found.retain(|change| {
            changes
                .get(&change.cell)
                .is_none_or(|known| known.written != change.written)
        });
        if found.is_empty() {
            break;
        }
        for mut change in found {
            apply(&mut workbook, &change);
            if let Some(known) = changes.get(&change.cell) {
                change.before.clone_from(&known.before);
                change.written.keep_percent(&known.written);
            }
            changes.insert(change.cell, change);
        }
        // What depends on the cells just written is judged by what they hold now, and so is what
        // depends on them through the filer's own formulas.
        results = recomputed(&mut workbook, &results);
        let review = review_workbook(catalog, workbook.clone(), name, &options);
        let Review::Checked(again) = review else {
            break;
        };
        found = wanted(&again, &again.report, filling);
    }
    let results = compute::numbers(results);
    // What a later round took back is no change.
    let stood = |change: &Change| {
        let sheet = checked.workbook.sheets.get(change.cell.sheet)?;
        Some(&sheet.cell(change.cell.at)?.value)
    };
    let changes = changes
        .into_values()
        .filter(|change| match &change.written {
            Written::Number { value, .. } => {
                stood(change) != Some(&Value::Number(value.normalize()))
            }
            Written::Text(text) => stood(change) != Some(&Value::Text(text.as_str().into())),
        });
    (changes.collect(), results)
}

/// What the formulas give now; those that `before` gave something else get it as their stored
/// result. Others keep what is stored: it is the filer's, and is told where it is wrong.
fn recomputed(
    workbook: &mut Workbook,
    before: &HashMap<(usize, Addr), Value>,
) -> HashMap<(usize, Addr), Value> {
    let now = compute::values(workbook);
    for (key, value) in &now {
        if before.get(key) == Some(value) {
            continue;
        }
        let Some(sheet) = workbook.sheets.get_mut(key.0) else {
            continue;
        };
        if let Ok(index) = sheet.cells.binary_search_by(|cell| cell.at.cmp(&key.1)) {
            sheet.cells[index].value = value.clone();
        }
    }
    now
}

fn wanted(checked: &Checked<'_>, report: &Report, filling: Filling) -> Vec<Change> {
    report
        .findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Mismatch)
        .filter_map(|finding| {
            let suggestion = finding.suggestion.as_ref()?;
            let blank = finding.found.is_none();
            let takes = match filling {
                Filling::None => false,
                Filling::Blanks => blank,
                Filling::Derived => {
                    blank
                        || suggestion.kind == SuggestionKind::Computed
                            && finding.severity == Severity::Error
                }
                Filling::All => blank || finding.severity == Severity::Error,
            };
            takes.then(|| change(checked, finding, suggestion))?
        })
        .collect()
}

/// `None` where the cell has a formula of its own or a remark behind its figure, which it keeps,
/// and where another cell is shown in its place: what is written goes there.
fn change(checked: &Checked<'_>, finding: &Finding, suggestion: &Suggestion) -> Option<Change> {
    let at = suggestion.cell;
    let sheet = checked.workbook.sheets.get(at.sheet)?;
    let cell = sheet.cell(at.at);
    if sheet.is_covered(at.at) || cell.is_some_and(|cell| cell.formula.is_some()) {
        return None;
    }
    let fact = fact_at(&checked.filing, at);
    let figure = fact.and_then(Fact::number);
    if figure.is_some_and(|figure| figure.amount.has_remark()) {
        return None;
    }
    let part = checked
        .located
        .tables
        .iter()
        .filter(|table| table.sheet == at.sheet)
        .flat_map(places)
        .find(|place| place.at == at.at && place.part.is_some());
    let written = match (part.and_then(|place| place.part.clone()), cell) {
        (Some(part), Some(cell)) => {
            let Value::Text(text) = &cell.value else {
                return None;
            };
            let mut text = text.to_string();
            text.replace_range(part, &suggestion.value);
            Written::Text(text)
        }
        (Some(_), None) => return None,
        (None, cell) => number(suggestion, cell, fact, &checked.workbook),
    };
    Some(Change {
        cell: at,
        code: finding.code.clone(),
        place: finding.place.clone(),
        before: finding.found.clone(),
        after: suggestion.value.clone(),
        written,
    })
}

fn places(table: &LocatedTable) -> impl Iterator<Item = &Place> {
    table.slots.iter().flatten()
}

/// The number in the way in which the cell holds numbers.
fn number(
    suggestion: &Suggestion,
    cell: Option<&Cell>,
    fact: Option<&Fact>,
    workbook: &Workbook,
) -> Written {
    let formula = suggestion.formula.as_deref();
    if !suggestion.value.ends_with('%') {
        // A unit that the filer typed behind the old number goes with it.
        let divisor = fact.map_or(Decimal::ONE, |fact| fact.divisor);
        let value = suggestion.number * divisor;
        let decimals = value.normalize().scale().max(2);
        return Written::Number {
            value,
            percent: false,
            formula: formula
                .filter(|_| divisor == Decimal::ONE)
                .map(|formula| format!("ROUND({formula},{decimals})")),
        };
    }
    let is_number = cell.is_some_and(|cell| matches!(cell.value, Value::Number(_)));
    let shown_as_percent =
        cell.is_some_and(|cell| workbook.formats[usize::from(cell.format)].percent);
    // 84.78 in a cell without a percent format stays in points, 0.8478 stays a ratio.
    let figure = fact.and_then(Fact::number);
    let points = is_number
        && !shown_as_percent
        && figure.is_some_and(|figure| figure.amount.value == figure.value);
    if points {
        return Written::Number {
            value: suggestion.number,
            percent: false,
            formula: formula.map(|formula| format!("ROUND(({formula})*100,2)")),
        };
    }
    Written::Number {
        value: suggestion.number / Decimal::ONE_HUNDRED,
        percent: !is_number,
        formula: formula.map(|formula| format!("ROUND({formula},4)")),
    }
}

fn fact_at(filing: &Filing, cell: CellRef) -> Option<&Fact> {
    let tables = filing
        .tables
        .iter()
        .filter(|table| table.sheet == cell.sheet);
    tables
        .flat_map(|table| {
            let extras = table.extras.iter().flat_map(|extra| &extra.facts);
            table.facts.iter().chain(extras)
        })
        .find(|fact| fact.cell == Some(cell))
}

/// Puts the change into the model, for what is checked next.
fn apply(workbook: &mut Workbook, change: &Change) {
    let Some(sheet) = workbook.sheets.get_mut(change.cell.sheet) else {
        return;
    };
    let at = change.cell.at;
    let index = match sheet.cells.binary_search_by(|cell| cell.at.cmp(&at)) {
        Ok(index) => index,
        Err(index) => {
            let blank = Cell {
                at,
                value: Value::Blank,
                format: 0,
                formula: None,
            };
            sheet.cells.insert(index, blank);
            index
        }
    };
    let cell = &mut sheet.cells[index];
    match &change.written {
        Written::Text(text) => cell.value = Value::Text(text.as_str().into()),
        Written::Number { value, percent, .. } => {
            cell.value = Value::Number(value.normalize());
            if *percent {
                cell.format = percent_format(&mut workbook.formats);
            }
        }
    }
}

fn percent_format(formats: &mut Vec<NumberFormat>) -> u16 {
    let code = super::PERCENT;
    let known = formats.iter().position(|format| &*format.code == code);
    let index = known.unwrap_or_else(|| {
        formats.push(NumberFormat {
            code: code.into(),
            percent: true,
            decimals: Some(2),
            ..NumberFormat::default()
        });
        formats.len() - 1
    });
    u16::try_from(index).unwrap_or(0)
}
