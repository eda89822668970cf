//! What formulas give: arithmetic, texts, references, and the functions that people and
//! templates use in forms. In decimals, where spreadsheet programs use binary fractions: a
//! result is rounded to fifteen digits, as they show it.
//!
//! What is not known gives nothing, never a guess.

use std::collections::HashMap;
use std::rc::Rc;

use rust_decimal::Decimal;

use super::engine::{Engine, Key, Outcome, Shaken, Trust};
use super::parse::{Expr, parse};
use super::term::{Given, Stop, Term, rounded};
use crate::workbook::{Addr, Sheet, Value, Workbook};

/// Parts of formulas and cells of areas that are gone through for a workbook; more are no
/// form's.
const STEPS: usize = 4_000_000;
/// The same for a workbook that this program has written itself, with hundreds of tables.
const STEPS_OF_OURS: usize = 10 * STEPS;
/// The same for a single formula.
const STEPS_OF_ONE: usize = 200_000;
/// Steps that each formula of a cell costs before it is read.
const FOR_EACH: usize = 16;

/// The number that `text` (without `=`) gives on sheet `sheet` of the workbook, from the results
/// that other formulas have stored; those without one are calculated.
pub fn number(workbook: &Workbook, sheet: usize, text: &str) -> Option<Decimal> {
    match OneByOne::of(workbook).value(sheet, text)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// Calculates formulas of a workbook one by one, each from the results that others have stored.
pub(crate) struct OneByOne<'a> {
    engine: Engine<'a>,
    /// Steps for all that are still to come.
    left: usize,
}

impl<'a> OneByOne<'a> {
    pub(crate) fn of(workbook: &'a Workbook) -> Self {
        Self {
            engine: Engine::new(workbook, Trust::Stored, 0),
            left: STEPS,
        }
    }

    /// Any value that `text` gives, as in [`number`].
    pub(crate) fn value(&mut self, sheet: usize, text: &str) -> Option<Value> {
        self.shaken(sheet, text, Shaken::No)
    }

    /// What else `text` may give where a program calculates in binary fractions, or takes blank
    /// cells for empty texts. Nothing where programs are known to go ways of their own.
    pub(crate) fn elsewhere(&mut self, sheet: usize, text: &str) -> Option<[Value; 3]> {
        self.engine.truths = false;
        let shaken = [Shaken::Numbers, Shaken::Opposite, Shaken::Blanks];
        let [one, other, blanks] = shaken.map(|shaken| self.shaken(sheet, text, shaken));
        (!self.engine.truths).then_some([one?, other?, blanks?])
    }

    fn shaken(&mut self, sheet: usize, text: &str, shaken: Shaken) -> Option<Value> {
        let engine = &mut self.engine;
        engine.steps = self.left.min(STEPS_OF_ONE);
        let before = engine.steps;
        engine.spend(FOR_EACH + text.len()).ok()?;
        let tree = parse(text, sheet, &engine.sheets);
        engine.shaken = shaken;
        let found = tree.and_then(|tree| {
            engine.settle(vec![Job {
                key: None,
                tree: Some(Rc::new(tree)),
            }])
        });
        if shaken != Shaken::No {
            // What others gave meanwhile was shaken too.
            engine.outcomes.clear();
            engine.shaken = Shaken::No;
        }
        self.left -= before - engine.steps;
        found
    }

    /// The sheet of this name.
    pub(crate) fn sheet(&self, name: &str) -> Option<usize> {
        self.engine.sheets.get(&name.to_lowercase()).copied()
    }
}

/// What every formula of the workbook gives, as far as that can be told, by sheet and cell: a
/// number, a text (the empty one too), a truth value or an error value. A stored result counts
/// only where a formula cannot be told, for those that read it.
pub fn values(workbook: &Workbook) -> HashMap<(usize, Addr), Value> {
    results(workbook, Trust::Formulas, STEPS, |_| true)
}

/// The same for a workbook of ours, however many tables it has.
pub(crate) fn values_of_ours(workbook: &Workbook) -> HashMap<(usize, Addr), Value> {
    results(workbook, Trust::Formulas, STEPS_OF_OURS, |_| true)
}

/// The numbers that the formulas of the workbook give, as far as that can be told, by sheet and
/// cell.
pub fn all(workbook: &Workbook) -> HashMap<(usize, Addr), Decimal> {
    numbers(values(workbook))
}

/// The numbers among the results.
pub(crate) fn numbers(values: HashMap<(usize, Addr), Value>) -> HashMap<(usize, Addr), Decimal> {
    let values = values.into_iter();
    values
        .filter_map(|(key, value)| match value {
            Value::Number(number) => Some((key, number)),
            _ => None,
        })
        .collect()
}

/// Gives formulas without a stored result (as libraries write them) the result that they have.
/// Where that is the empty text, the cell stays [`Value::Blank`].
/// Only sheets that are `wanted` are filled in, and what they refer to is calculated for them.
pub fn fill_in(workbook: &mut Workbook, wanted: impl Fn(&Sheet) -> bool) {
    for ((sheet, at), value) in results(workbook, Trust::Stored, STEPS, wanted) {
        let known = match &value {
            Value::Text(text) => !text.is_empty(),
            Value::Number(_) | Value::Bool(_) => true,
            _ => false,
        };
        let cells = workbook.sheets.get_mut(sheet).map(|sheet| &mut sheet.cells);
        if let Some(cells) = cells.filter(|_| known)
            && let Ok(index) = cells.binary_search_by(|cell| cell.at.cmp(&at))
        {
            cells[index].value = value;
        }
    }
}

fn results(
    workbook: &Workbook,
    trust: Trust,
    steps: usize,
    wanted: impl Fn(&Sheet) -> bool,
) -> HashMap<Key, Value> {
    let mut engine = Engine::new(workbook, trust, steps);
    let sheets = workbook.sheets.iter().enumerate();
    for (index, sheet) in sheets.filter(|(_, sheet)| wanted(sheet)) {
        for cell in &sheet.cells {
            // What is left over is not known.
            if engine.steps > 0 && engine.computes(cell) {
                let key = Some((index, cell.at));
                engine.settle(vec![Job { key, tree: None }]);
            }
        }
    }
    let known = engine.outcomes.into_iter();
    known
        .filter_map(|(key, outcome)| match outcome {
            Outcome::Known(term) => Some((key, stored(term)?)),
            _ => None,
        })
        .collect()
}

/// A formula that is to be calculated: that of a cell, or one of no cell.
struct Job {
    key: Option<Key>,
    /// Read when its turn comes.
    tree: Option<Rc<Expr>>,
}

/// Formulas that a formula reads and that are not calculated yet go onto a stack above it, so
/// that chains of any length take no depth of calls.
impl Engine<'_> {
    /// Calculates the jobs of the stack and those that they wait for; gives the value of the
    /// first.
    fn settle(&mut self, mut stack: Vec<Job>) -> Option<Value> {
        let mut last = None;
        while let Some(job) = stack.last_mut() {
            let key = job.key;
            let outcome = key.and_then(|key| self.outcomes.get(&key));
            if !matches!(outcome, None | Some(Outcome::Waiting)) {
                stack.pop();
                continue;
            }
            if job.tree.is_none() {
                job.tree = key.and_then(|key| self.tree(key)).map(Rc::new);
            }
            let tree = job.tree.clone();
            if let Some(key) = key {
                self.outcomes.insert(key, Outcome::Waiting);
            }
            self.begin(key.map(|key| key.1));
            let found = tree.map_or(Err(Stop::Unknown), |tree| self.result(&tree));
            if self.steps > 0 && !self.missing.is_empty() {
                self.wait(&mut stack);
                continue;
            }
            stack.pop();
            last = found.clone().ok().and_then(stored);
            let outcome = match found {
                Ok(term) => Outcome::Known(term),
                Err(_) if self.lost || self.steps == 0 => Outcome::Lost,
                Err(_) => Outcome::Unknown,
            };
            if let Some(key) = key {
                self.outcomes.insert(key, outcome);
            }
        }
        last
    }

    /// Puts what the topmost job misses onto the stack. What waits itself closes a circle: all
    /// from there on are lost.
    fn wait(&mut self, stack: &mut Vec<Job>) {
        let mut missing = std::mem::take(&mut self.missing);
        missing.sort_unstable();
        missing.dedup();
        let waiting = |key: &Key| matches!(self.outcomes.get(key), Some(Outcome::Waiting));
        if !missing.iter().any(waiting) {
            let jobs = missing.into_iter().map(|key| Job {
                key: Some(key),
                tree: None,
            });
            stack.extend(jobs);
            return;
        }
        // Many circles on a high stack are nobody's work.
        if self.spend(stack.len() / 16).is_err() {
            return;
        }
        let begun = stack.iter().filter(|job| job.tree.is_some());
        let closed = |key: &Key| missing.binary_search(key).is_ok();
        for key in begun
            .filter_map(|job| job.key)
            .skip_while(|key| !closed(key))
        {
            self.outcomes.insert(key, Outcome::Lost);
        }
    }

    fn tree(&mut self, (sheet, at): Key) -> Option<Expr> {
        let cell = self.workbook.sheets.get(sheet)?.cell(at)?;
        let text = cell.formula.as_ref()?;
        self.spend(FOR_EACH + text.len() / 16).ok()?;
        parse(text, sheet, &self.sheets)
    }

    /// The result of a whole formula, as its cell shows it.
    fn result(&mut self, tree: &Expr) -> Given<Term> {
        let term = self.eval(tree)?;
        Ok(match term.single()? {
            Term::Blank => Term::Number(Decimal::ZERO),
            Term::Number(number) => Term::Number(rounded(*number)),
            term => term.clone(),
        })
    }
}

fn stored(term: Term) -> Option<Value> {
    Some(match term {
        Term::Blank => Value::Blank,
        Term::Number(number) => Value::Number(number),
        Term::Text(text) => Value::Text(text),
        Term::Bool(value) => Value::Bool(value),
        Term::Error(name) => Value::Error(name),
        Term::Grid(_) => return None,
    })
}

#[cfg(test)]
mod tests;
