//! Functions that choose what is calculated, that take cells as places, or many values at once.

use std::rc::Rc;

use rust_decimal::Decimal;

use super::criteria::Criterion;
use super::engine::Engine;
use super::parse::Expr;
use super::scalar;
use super::term::{Given, Grid, Operator, Stop, Term, error, number_in, operate};
use crate::workbook::{Addr, Area};

impl Engine<'_> {
    pub(super) fn call(&mut self, name: &str, arguments: &[Expr]) -> Given<Term> {
        match (name, arguments) {
            ("TRUE", []) => Ok(Term::Bool(true)),
            ("FALSE", []) => Ok(Term::Bool(false)),
            ("IF", [condition, then, otherwise @ ..]) if otherwise.len() < 2 => {
                self.choice(condition, then, otherwise.first())
            }
            ("IFERROR", [value, instead]) => {
                let value = self.eval(value)?;
                match value.single() {
                    Ok(Term::Error(_)) => self.eval(instead),
                    Ok(_) => Ok(value),
                    Err(_) => {
                        let instead = self.eval(instead)?;
                        self.lift(&[value, instead], &|terms| scalar::call("IFERROR", terms))
                    }
                }
            }
            ("CHOOSE", [index, choices @ ..]) => {
                let index = self.eval(index)?.integer()?;
                let index = usize::try_from(index).ok().and_then(|at| at.checked_sub(1));
                match index.and_then(|index| choices.get(index)) {
                    Some(choice) => self.eval(choice),
                    None => error("#VALUE!"),
                }
            }
            ("ROW", []) => {
                let at = self.here.ok_or(Stop::Unknown)?;
                Ok(Term::Number(Decimal::from(at.row + 1)))
            }
            ("ROW", [Expr::Cells { area, .. }]) => self.row_numbers(*area),
            ("ROWS", [Expr::Cells { area, .. }]) => {
                let rows = area.last.row - area.first.row + 1;
                Ok(Term::Number(Decimal::from(rows)))
            }
            ("COLUMNS", [Expr::Cells { area, .. }]) => {
                let columns = area.last.col - area.first.col + 1;
                Ok(Term::Number(Decimal::from(columns)))
            }
            ("INDEX", [Expr::Cells { sheet, area }, places @ ..])
                if (1..=2).contains(&places.len()) =>
            {
                let places = self.terms(places)?;
                match indexed(*area, &places)? {
                    Some(area) => self.cells(*sheet, area).map(Term::Grid),
                    None => error("#REF!"),
                }
            }
            ("COUNTIF", [Expr::Cells { sheet, area }, criterion]) => {
                let criterion = self.eval(criterion)?;
                let cells = self.cells(*sheet, *area)?;
                self.spend(cells.cells.len() * size(&criterion))?;
                self.lift(&[criterion], &|terms| count_if(&cells, &terms[0]))
            }
            ("SUMIF", [Expr::Cells { sheet, area }, criterion, sums @ ..]) if sums.len() < 2 => {
                let criterion = self.eval(criterion)?;
                let cells = self.cells(*sheet, *area)?;
                let sums = match sums.first() {
                    None => Rc::clone(&cells),
                    Some(Expr::Cells { sheet, area }) => self.cells(*sheet, *area)?,
                    Some(_) => return Err(Stop::Unknown),
                };
                self.spend(cells.cells.len() * size(&criterion))?;
                self.lift(&[criterion], &|terms| sum_if(&cells, &terms[0], &sums))
            }
            ("SUMPRODUCT", [_, ..]) => {
                let outer = std::mem::replace(&mut self.arrays, true);
                let terms = self.terms(arguments);
                self.arrays = outer;
                sum_product(&terms?)
            }
            _ => {
                let terms = self.terms(arguments)?;
                let omitted = arguments.iter().any(|one| matches!(one, Expr::Omitted));
                match many(name, &terms) {
                    // Programs take what is left out for 0, but not always.
                    Some(_) if omitted => Err(Stop::Unknown),
                    Some(found) => found,
                    None => self.lift(&terms, &|terms| scalar::call(name, terms)),
                }
            }
        }
    }

    /// Only the branch taken is calculated, unless the condition is an array.
    fn choice(&mut self, condition: &Expr, then: &Expr, otherwise: Option<&Expr>) -> Given<Term> {
        let condition = self.eval(condition)?;
        let branch = |engine: &mut Self, taken: Option<&Expr>| match taken {
            None => Ok(Term::Bool(false)),
            Some(Expr::Omitted) => Ok(Term::Number(Decimal::ZERO)),
            Some(taken) => engine.eval(taken),
        };
        if let Ok(one) = condition.single() {
            let taken = if one.truth()? { Some(then) } else { otherwise };
            return branch(self, taken);
        }
        let terms = [
            condition,
            branch(self, Some(then))?,
            branch(self, otherwise)?,
        ];
        self.lift(&terms, &|terms| scalar::call("IF", terms))
    }

    fn row_numbers(&mut self, area: Area) -> Given<Term> {
        let rows = area.first.row..=area.last.row;
        if area.first.row == area.last.row {
            return Ok(Term::Number(Decimal::from(area.first.row + 1)));
        }
        let count = rows.clone().count();
        self.room(count, 1)?;
        Ok(Term::Grid(Rc::new(Grid {
            rows: count,
            cols: 1,
            cells: rows
                .map(|row| Term::Number(Decimal::from(row + 1)))
                .collect(),
        })))
    }
}

fn size(term: &Term) -> usize {
    match term {
        Term::Grid(grid) => grid.cells.len(),
        _ => 1,
    }
}

/// Functions of many values; `None` where the function is none of these.
fn many(name: &str, terms: &[Term]) -> Option<Given<Term>> {
    let number = |found: Given<Decimal>| Some(found.map(Term::Number));
    match (name, terms) {
        ("SUM", [_, ..]) => number(numbers(terms).and_then(sum)),
        ("MIN", [_, ..]) => {
            number(numbers(terms).map(|found| found.into_iter().min().unwrap_or_default()))
        }
        ("MAX", [_, ..]) => {
            number(numbers(terms).map(|found| found.into_iter().max().unwrap_or_default()))
        }
        ("AVERAGE", [_, ..]) => number(numbers(terms).and_then(|found| {
            let count = Decimal::from(found.len());
            match count.is_zero() {
                true => error("#DIV/0!"),
                false => sum(found)?.checked_div(count).ok_or(Stop::Unknown),
            }
        })),
        ("COUNT", [_, ..]) => Some(count(terms)),
        ("COUNTA", [_, ..]) => {
            let filled = |term: &Term| match term {
                Term::Grid(grid) => {
                    let cells = grid.cells.iter();
                    cells.filter(|cell| **cell != Term::Blank).count()
                }
                _ => 1,
            };
            Some(Ok(Term::whole(terms.iter().map(filled).sum())))
        }
        ("AND", [_, ..]) => Some(truths(terms).map(|found| Term::Bool(found.iter().all(|t| *t)))),
        ("OR", [_, ..]) => Some(truths(terms).map(|found| Term::Bool(found.iter().any(|t| *t)))),
        ("MATCH", [value, Term::Grid(grid), kind]) => Some(position(value, grid, kind)),
        ("HYPERLINK", [link]) => Some(link.single().cloned()),
        // What programs show where the link itself is an error is not known.
        ("HYPERLINK", [link, name]) => Some(match link.text() {
            Ok(_) => name.single().cloned(),
            Err(_) => Err(Stop::Unknown),
        }),
        // These two do not go value by value, even in arrays.
        ("N", [only]) => Some(only.single().and_then(|only| match only {
            Term::Text(_) => Ok(Term::Number(Decimal::ZERO)),
            only => only.number().map(Term::Number),
        })),
        ("T", [only]) => Some(only.single().map(|only| match only {
            Term::Text(_) | Term::Error(_) => only.clone(),
            _ => Term::Text("".into()),
        })),
        _ => None,
    }
}

/// The numbers that a function over areas takes: in cells and arrays texts, truth values and
/// blanks are passed over, a value written out must be a number.
fn numbers(terms: &[Term]) -> Given<Vec<Decimal>> {
    let mut found = Vec::new();
    for term in terms {
        let Term::Grid(grid) = term else {
            found.push(term.number()?);
            continue;
        };
        for cell in &grid.cells {
            match cell {
                Term::Number(number) => found.push(*number),
                Term::Error(_) => {
                    cell.number()?;
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

fn sum(numbers: Vec<Decimal>) -> Given<Decimal> {
    let mut numbers = numbers.into_iter();
    numbers
        .try_fold(Decimal::ZERO, Decimal::checked_add)
        .ok_or(Stop::Unknown)
}

fn count(terms: &[Term]) -> Given<Term> {
    let mut count = 0;
    for term in terms {
        match term {
            Term::Grid(grid) => {
                let cells = grid.cells.iter();
                count += cells.filter(|cell| matches!(cell, Term::Number(_))).count();
            }
            Term::Text(text) => match number_in(text) {
                Ok(_) => count += 1,
                Err(Stop::Unknown) => return Err(Stop::Unknown),
                Err(Stop::Error(_)) => {}
            },
            Term::Error(_) => {}
            _ => count += 1,
        }
    }
    Ok(Term::whole(count))
}

fn truths(terms: &[Term]) -> Given<Vec<bool>> {
    let mut found = Vec::new();
    for term in terms {
        let Term::Grid(grid) = term else {
            found.push(term.truth()?);
            continue;
        };
        for cell in &grid.cells {
            if !matches!(cell, Term::Text(_) | Term::Blank) {
                found.push(cell.truth()?);
            }
        }
    }
    if found.is_empty() {
        return error("#VALUE!");
    }
    Ok(found)
}

/// MATCH for equality, the only kind that needs no sorted cells.
fn position(value: &Term, grid: &Grid, kind: &Term) -> Given<Term> {
    if kind.single()? != &Term::Number(Decimal::ZERO) {
        return Err(Stop::Unknown);
    }
    let value = value.single()?;
    match value {
        Term::Error(_) => {
            value.number()?;
        }
        Term::Text(text) if text.is_empty() || text.contains(scalar::WILD) => {
            return Err(Stop::Unknown);
        }
        Term::Blank => return Err(Stop::Unknown),
        _ => {}
    }
    if grid.rows > 1 && grid.cols > 1 {
        return error("#N/A");
    }
    for (at, cell) in grid.cells.iter().enumerate() {
        let alike = std::mem::discriminant(cell) == std::mem::discriminant(value);
        if alike && operate(Operator::Equal, cell, value)?.truth()? {
            return Ok(Term::whole(at + 1));
        }
    }
    error("#N/A")
}

/// The part of the area that INDEX names: a cell, or a whole row or column where 0 is given.
/// `None` outside of the area.
fn indexed(area: Area, places: &[Term]) -> Given<Option<Area>> {
    let flat = area.first.row == area.last.row;
    let (row, col) = match places {
        [place] if flat => (1, place.integer()?),
        // One place in several rows and columns is a mistake to some programs only.
        [_] if area.first.col != area.last.col => return Err(Stop::Unknown),
        [place] => (place.integer()?, 1),
        [row, col] => (row.integer()?, col.integer()?),
        _ => return Err(Stop::Unknown),
    };
    if row < 0 || col < 0 {
        return error("#VALUE!");
    }
    let part = |place: i64, first: u32, last: u32| match u32::try_from(place) {
        Ok(0) => Some((first, last)),
        Ok(place) if place - 1 <= last - first => Some((first + place - 1, first + place - 1)),
        _ => None,
    };
    let rows = part(row, area.first.row, area.last.row);
    let cols = part(col, area.first.col, area.last.col);
    Ok(rows.zip(cols).map(|(rows, cols)| Area {
        first: Addr::new(rows.0, cols.0),
        last: Addr::new(rows.1, cols.1),
    }))
}

fn count_if(cells: &Grid, criterion: &Term) -> Given<Term> {
    let criterion = Criterion::of(criterion)?;
    let mut count = 0;
    for cell in &cells.cells {
        count += usize::from(criterion.holds(cell)?);
    }
    Ok(Term::whole(count))
}

fn sum_if(cells: &Grid, criterion: &Term, sums: &Grid) -> Given<Term> {
    if (cells.rows, cells.cols) != (sums.rows, sums.cols) {
        return Err(Stop::Unknown);
    }
    let criterion = Criterion::of(criterion)?;
    let mut found = Vec::new();
    for (cell, summed) in cells.cells.iter().zip(&sums.cells) {
        if criterion.holds(cell)? {
            match summed {
                Term::Number(number) => found.push(*number),
                Term::Error(_) => {
                    summed.number()?;
                }
                _ => {}
            }
        }
    }
    sum(found).map(Term::Number)
}

/// What is no number counts as 0.
fn sum_product(terms: &[Term]) -> Given<Term> {
    let mut product: Option<Grid> = None;
    for term in terms {
        let grid = match term {
            Term::Grid(grid) => Rc::clone(grid),
            // Truth values and texts written out are taken differently by programs.
            Term::Number(_) | Term::Error(_) => Rc::new(Grid {
                rows: 1,
                cols: 1,
                cells: vec![term.clone()],
            }),
            _ => return Err(Stop::Unknown),
        };
        let factors = grid.cells.iter().map(|cell| match cell {
            Term::Number(_) | Term::Error(_) => cell.clone(),
            _ => Term::Number(Decimal::ZERO),
        });
        product = Some(match product {
            None => Grid {
                cells: factors.collect(),
                ..*grid
            },
            Some(known) if (known.rows, known.cols) == (grid.rows, grid.cols) => {
                let pairs = known.cells.iter().zip(factors);
                let cells = pairs.map(|(a, b)| operate(Operator::Multiply, a, &b));
                Grid {
                    cells: cells.collect::<Given<_>>()?,
                    ..known
                }
            }
            // An area of the wrong size is #VALUE!, a lone value is stretched by some.
            Some(known) if known.cells.len() > 1 && grid.cells.len() > 1 => {
                return error("#VALUE!");
            }
            Some(_) => return Err(Stop::Unknown),
        });
    }
    let product = product.map(|grid| Term::Grid(Rc::new(grid)));
    numbers(product.as_slice()).and_then(sum).map(Term::Number)
}
