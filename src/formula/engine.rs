//! Goes through the tree of a formula: the values of its parts, cells and arrays.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::parse::Expr;
use super::scalar::LONGEST;
use super::term::{Given, Grid, Operator, Stop, Term, operate};
use crate::workbook::{Addr, Area, Cell, Value, Workbook};

/// A cell by its sheet and its address.
pub(super) type Key = (usize, Addr);

/// By so much of themselves numbers are shaken: a thousand times what binary fractions leave open.
const NUDGE: Decimal = Decimal::from_parts(1, 0, 0, false, 13);

/// Larger areas and arrays are no form's.
const LARGEST_AREA: usize = 10_000;

/// What stands for the result of a formula that others read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// The stored result, where there is one.
    Stored,
    /// What the formula gives, where that can be told.
    Formulas,
}

/// What is calculated otherwise than it stands there, to see whether a result rests on what
/// programs do in their own ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shaken {
    /// Nothing.
    No,
    /// Numbers are a little more or less, each in its own way: programs calculate in binary
    /// fractions.
    Numbers,
    /// The same, the other way round.
    Opposite,
    /// Cells without content hold the empty text: a copied cell may, and looks the same.
    Blanks,
}

/// How far a formula's calculation has come.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It waits for others.
    Waiting,
    Known(Term),
    /// The formula is not one that can be told.
    Unknown,
    /// It stands in a circle, reads one, or would take too long: its stored result means
    /// nothing either.
    Lost,
}

/// Calculates formulas of a workbook.
pub(super) struct Engine<'a> {
    pub(super) workbook: &'a Workbook,
    trust: Trust,
    pub(super) sheets: HashMap<String, usize>,
    pub(super) outcomes: HashMap<Key, Outcome>,
    pub(super) steps: usize,
    /// Cells that the present formula reads and that must be calculated first.
    pub(super) missing: Vec<Key>,
    /// The present formula reads a cell that is lost.
    pub(super) lost: bool,
    /// Where the present formula stands.
    pub(super) here: Option<Addr>,
    /// Operators and functions of single values go through arrays value by value.
    pub(super) arrays: bool,
    pub(super) shaken: Shaken,
    /// The last number of a formula's own was an odd one.
    odd: bool,
    /// A truth value was read from a cell.
    pub(super) truths: bool,
}

impl<'a> Engine<'a> {
    pub(super) fn new(workbook: &'a Workbook, trust: Trust, steps: usize) -> Self {
        let mut sheets = HashMap::new();
        for (index, sheet) in workbook.sheets.iter().enumerate() {
            sheets.entry(sheet.name.to_lowercase()).or_insert(index);
        }
        Self {
            workbook,
            trust,
            sheets,
            outcomes: HashMap::new(),
            steps,
            missing: Vec::new(),
            lost: false,
            here: None,
            arrays: false,
            shaken: Shaken::No,
            odd: false,
            truths: false,
        }
    }

    /// A number as it is calculated with; `odd` ones go one way, the others the other.
    fn shake(&self, number: Decimal, odd: bool) -> Decimal {
        let up = match self.shaken {
            Shaken::No | Shaken::Blanks => return number,
            Shaken::Numbers => odd,
            Shaken::Opposite => !odd,
        };
        let by = match up {
            true => NUDGE,
            false => -NUDGE,
        };
        number.checked_mul(Decimal::ONE + by).unwrap_or(number)
    }

    /// Whether the cell's result comes from its formula.
    pub(super) fn computes(&self, cell: &Cell) -> bool {
        let readable = cell.formula.as_ref().is_some_and(|text| !text.is_empty());
        readable && (self.trust == Trust::Formulas || cell.value == Value::Blank)
    }

    /// Gets ready for the formula that stands at `here`.
    pub(super) fn begin(&mut self, here: Option<Addr>) {
        self.missing.clear();
        self.lost = false;
        self.arrays = false;
        self.odd = false;
        self.here = here;
    }

    /// Takes steps off those that are left.
    pub(super) fn spend(&mut self, steps: usize) -> Given<()> {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Stop::Unknown)
    }

    /// Whether an array may be so large.
    pub(super) fn room(&mut self, rows: usize, cols: usize) -> Given<()> {
        match rows.checked_mul(cols) {
            Some(cells) if cells <= LARGEST_AREA => self.spend(cells),
            _ => Err(Stop::Unknown),
        }
    }

    /// The value of a part; an error on its way becomes a value.
    pub(super) fn eval(&mut self, expr: &Expr) -> Given<Term> {
        self.spend(1)?;
        let found = match expr {
            // Whole numbers say how many digits and which column: they are exact in any program.
            Expr::Value(Term::Number(number)) if !number.fract().is_zero() => {
                self.odd = !self.odd;
                Ok(Term::Number(self.shake(*number, self.odd)))
            }
            Expr::Value(term) => Ok(term.clone()),
            Expr::Omitted => Ok(Term::Blank),
            Expr::Cells { sheet, area } => self.cells(*sheet, *area).map(Term::Grid),
            Expr::Negated(inner) => self.eval(inner).and_then(|inner| {
                let zero = Term::Number(Decimal::ZERO);
                let negated = |terms: &[Term]| operate(Operator::Subtract, &zero, &terms[0]);
                self.lift(&[inner], &negated)
            }),
            Expr::Chain(first, rest) => self.chain(first, rest),
            Expr::Call(name, arguments) => self.call(name, arguments),
        };
        match found {
            Err(Stop::Error(name)) => Ok(Term::Error(name)),
            found => found,
        }
    }

    /// Goes on while cells are missing, so that all of them are known at once.
    fn chain(&mut self, first: &Expr, rest: &[(Operator, Expr)]) -> Given<Term> {
        let mut left = self.eval(first);
        for (operator, right) in rest {
            if left.is_err() && self.missing.is_empty() {
                break;
            }
            let right = self.eval(right);
            left = left.and_then(|left| {
                let apply = |terms: &[Term]| operate(*operator, &terms[0], &terms[1]);
                match self.lift(&[left, right?], &apply) {
                    Err(Stop::Error(name)) => Ok(Term::Error(name)),
                    found => found,
                }
            });
        }
        left
    }

    /// The values of all arguments.
    pub(super) fn terms(&mut self, arguments: &[Expr]) -> Given<Vec<Term>> {
        let mut found = Ok(Vec::with_capacity(arguments.len()));
        for argument in arguments {
            let term = self.eval(argument);
            found = found.and_then(|mut terms| {
                terms.push(term?);
                Ok(terms)
            });
            if found.is_err() && self.missing.is_empty() {
                break;
            }
        }
        found
    }

    /// A function of single values; over arrays value by value, where arrays are at home.
    pub(super) fn lift(
        &mut self,
        terms: &[Term],
        apply: &dyn Fn(&[Term]) -> Given<Term>,
    ) -> Given<Term> {
        let singles: Given<Vec<Term>> = terms.iter().map(|term| term.single().cloned()).collect();
        if let Ok(singles) = singles {
            let term = apply(&singles)?;
            self.weigh(&term)?;
            return Ok(term);
        }
        if !self.arrays {
            return Err(Stop::Unknown);
        }
        let (mut rows, mut cols) = (1, 1);
        for grid in terms.iter().filter_map(several) {
            let fits = |size: usize, all: usize| size == 1 || all == 1 || size == all;
            if !fits(grid.rows, rows) || !fits(grid.cols, cols) {
                return Err(Stop::Unknown);
            }
            (rows, cols) = (rows.max(grid.rows), cols.max(grid.cols));
        }
        self.room(rows, cols)?;
        let mut cells = Vec::with_capacity(rows * cols);
        for at in 0..rows * cols {
            let (row, col) = (at / cols, at % cols);
            let singles = terms.iter().map(|term| match several(term) {
                Some(grid) => {
                    let row = if grid.rows == 1 { 0 } else { row };
                    let col = if grid.cols == 1 { 0 } else { col };
                    Ok(grid.cells[row * grid.cols + col].clone())
                }
                None => term.single().cloned(),
            });
            let term = match apply(&singles.collect::<Given<Vec<Term>>>()?) {
                Err(Stop::Error(name)) => Term::Error(name),
                found => found?,
            };
            self.weigh(&term)?;
            cells.push(term);
        }
        Ok(Term::Grid(Rc::new(Grid { rows, cols, cells })))
    }

    /// Texts cost by their length.
    fn weigh(&mut self, term: &Term) -> Given<()> {
        match term {
            Term::Text(text) => {
                self.spend(text.len() / 64)?;
                let long = text.len() > LONGEST && text.encode_utf16().count() > LONGEST;
                if long { Err(Stop::Unknown) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// The values of an area, blanks in their places.
    pub(super) fn cells(&mut self, sheet: usize, area: Area) -> Given<Rc<Grid>> {
        let workbook = self.workbook;
        let found = workbook.sheets.get(sheet).ok_or(Stop::Unknown)?;
        let size = |first: u32, last: u32| (last - first) as usize + 1;
        let rows = size(area.first.row, area.last.row);
        let cols = size(area.first.col, area.last.col);
        self.room(rows, cols)?;
        let blank = match self.shaken {
            Shaken::Blanks => Term::Text("".into()),
            _ => Term::Blank,
        };
        let mut cells = vec![blank; rows * cols];
        let mut known = Ok(());
        let mut rest = found.rows(area.first.row, area.last.row);
        for row in area.first.row..=area.last.row {
            rest = from(rest, Addr::new(row, area.first.col));
            let last = Addr::new(row, area.last.col);
            for cell in rest.iter().take_while(|cell| cell.at <= last) {
                let place = (row - area.first.row) as usize * cols
                    + (cell.at.col - area.first.col) as usize;
                match self.cell(sheet, cell) {
                    Ok(term) => cells[place] = term,
                    Err(stop) => known = Err(stop),
                }
            }
        }
        known.map(|()| Rc::new(Grid { rows, cols, cells }))
    }

    fn cell(&mut self, sheet: usize, cell: &Cell) -> Given<Term> {
        let key = (sheet, cell.at);
        if self.computes(cell) {
            match self.outcomes.get(&key) {
                None | Some(Outcome::Waiting) => {
                    self.missing.push(key);
                    return Err(Stop::Unknown);
                }
                Some(Outcome::Known(term)) => return Ok(term.clone()),
                Some(Outcome::Lost) => {
                    self.lost = true;
                    return Err(Stop::Unknown);
                }
                Some(Outcome::Unknown) => {}
            }
        }
        let term = match &cell.value {
            // A formula without a result is not nothing.
            Value::Blank if cell.formula.is_some() => return Err(Stop::Unknown),
            Value::Blank => Term::Blank,
            Value::Number(number) => {
                Term::Number(self.shake(*number, (cell.at.row + cell.at.col) % 2 == 1))
            }
            Value::Text(text) => Term::Text(Arc::clone(text)),
            Value::Bool(value) => {
                self.truths = true;
                Term::Bool(*value)
            }
            Value::Error(name) => Term::Error(Arc::clone(name)),
            Value::Unreadable(_) => return Err(Stop::Unknown),
        };
        self.weigh(&term)?;
        Ok(term)
    }
}

/// The cells from `at` on. Most often they begin near: to look among all of a wide sheet for each
/// row takes longer.
fn from(cells: &[Cell], at: Addr) -> &[Cell] {
    let mut near = 1;
    while cells.get(near).is_some_and(|cell| cell.at < at) {
        near *= 2;
    }
    let (passed, end) = (near / 2, cells.len().min(near + 1));
    let skipped = passed + cells[passed.min(end)..end].partition_point(|cell| cell.at < at);
    &cells[skipped.min(cells.len())..]
}

/// A grid of more than one value.
fn several(term: &Term) -> Option<&Grid> {
    match term {
        Term::Grid(grid) if grid.cells.len() > 1 => Some(grid),
        _ => None,
    }
}
