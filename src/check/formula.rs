//! Computed cells as spreadsheet formulas over the cells that they are computed from.
//!
//! Percents are ratios here, as in [`super::evaluate`]; rounding is left to whoever writes the
//! formula. There is none where a figure stands behind a label, is typed as text or is not
//! there: a formula over such cells would not give what the check computed.

use rust_decimal::Decimal;

use super::evaluate::Context;
use crate::catalog::{Expr, Field, Function, Operator, Unit};
use crate::filing::{CellRef, Fact, State};

/// Longer formulas are refused by spreadsheet programs.
const LONGEST: usize = 8_000;

/// The formula of `expr`, for a cell on sheet `home`, without `=`.
pub(super) fn of(context: &Context<'_>, home: usize, expr: &Expr) -> Option<String> {
    let writer = Writer { context, home };
    writer.at(expr, 0).filter(|text| text.len() <= LONGEST)
}

/// The sum of the cells of these facts; `None` too where one is not in 万元.
pub(super) fn sum<'f>(
    context: &Context<'_>,
    home: usize,
    facts: impl Iterator<Item = Option<&'f Fact>>,
) -> Option<String> {
    let cells = facts
        .map(|fact| addend(fact?))
        .collect::<Option<Vec<_>>>()?
        .concat();
    if cells.is_empty() {
        return None;
    }
    let writer = Writer { context, home };
    let text = format!("SUM({})", writer.ranges(&cells));
    (text.len() <= LONGEST).then_some(text)
}

/// The cell of a part of a sum. Blank cells are part of it, so that it stays right when they
/// are filled; SUM passes over 「——」.
fn addend(fact: &Fact) -> Option<Vec<CellRef>> {
    match &fact.state {
        State::Blank | State::NotApplicable if fact.inline => Some(Vec::new()),
        State::Blank | State::NotApplicable if fact.divisor != Decimal::ONE => None,
        State::Blank | State::NotApplicable => Some(fact.cell.into_iter().collect()),
        State::Number(figure) if is_plain(fact) && figure.divisor == Decimal::ONE => {
            Some(vec![fact.cell?])
        }
        _ => None,
    }
}

fn is_plain(fact: &Fact) -> bool {
    !fact.inline && fact.number().is_some_and(|figure| !figure.amount.as_text)
}

struct Writer<'a, 'b> {
    context: &'b Context<'a>,
    home: usize,
}

impl Writer<'_, '_> {
    /// `tightness` is 0 for any operator, 1 within sums, 2 within products.
    fn at(&self, expr: &Expr, tightness: u8) -> Option<String> {
        let grouped = |text: String, own: u8| {
            if own < tightness {
                format!("({text})")
            } else {
                text
            }
        };
        match expr {
            Expr::Number(value, unit) => Some(literal(*value, *unit)),
            Expr::Parameter(index) => {
                let parameter = &self.context.form.parameters[*index];
                Some(literal(parameter.value, Some(parameter.unit)))
            }
            Expr::Field(field) => self.field(*field),
            Expr::Negative(inner) => Some(grouped(format!("-{}", self.at(inner, 2)?), 1)),
            Expr::Binary(Operator::Add, ..) => self.sum(expr),
            Expr::Binary(operator, left, right) => {
                let (sign, own) = match operator {
                    Operator::Subtract => ("-", 1),
                    Operator::Multiply => ("*", 2),
                    Operator::Divide => ("/", 2),
                    _ => return None,
                };
                // What stands right of - and / is grouped even at its own level.
                let text = format!("{}{sign}{}", self.at(left, own)?, self.at(right, own + 1)?);
                Some(grouped(text, own))
            }
            Expr::Call(Function::Sum, _) | Expr::SumList(..) | Expr::SumTables(_) => self.sum(expr),
            Expr::Call(function, arguments) => {
                let name = match function {
                    Function::Min => "MIN",
                    Function::Max => "MAX",
                    Function::Abs => "ABS",
                    Function::Round => "ROUND",
                    _ => return None,
                };
                let inner = arguments
                    .iter()
                    .map(|argument| self.at(argument, 0))
                    .collect::<Option<Vec<_>>>()?;
                Some(format!("{name}({})", inner.join(",")))
            }
            _ => None,
        }
    }

    fn field(&self, field: Field) -> Option<String> {
        let fact = self.context.fact(field)?;
        let figure = fact.number().filter(|_| is_plain(fact))?;
        let cell = self.reference(fact.cell?);
        match self.context.unit(field) {
            // 84.78 in a cell without a percent format.
            Unit::Percent if !figure.amount.percent && figure.amount.value == figure.value => {
                Some(format!("({cell}/100)"))
            }
            Unit::Money if figure.divisor != Decimal::ONE => {
                Some(format!("({cell}/{})", figure.divisor.normalize()))
            }
            _ => Some(cell),
        }
    }

    fn sum(&self, expr: &Expr) -> Option<String> {
        let mut cells = Vec::new();
        self.addends(expr, &mut cells)?;
        Some(format!("SUM({})", self.ranges(&cells)))
    }

    fn addends(&self, expr: &Expr, cells: &mut Vec<CellRef>) -> Option<()> {
        match expr {
            Expr::Binary(Operator::Add, left, right) => {
                self.addends(left, cells)?;
                self.addends(right, cells)
            }
            Expr::Call(Function::Sum, arguments) => arguments
                .iter()
                .try_for_each(|argument| self.addends(argument, cells)),
            Expr::Field(field) => {
                cells.extend(addend(self.context.fact(*field)?)?);
                Some(())
            }
            Expr::SumList(list, column) => {
                let table = self.context.table_of(list.annex)?;
                for row in table.list(list.block) {
                    if !row.covered.contains(column) {
                        cells.extend(addend(row.facts.get(*column)?)?);
                    }
                }
                Some(())
            }
            Expr::SumTables(field) => {
                let Field::Slot { annex, slot } = field else {
                    return None;
                };
                for table in self.context.filing.tables_of(*annex) {
                    cells.extend(addend(table.facts.get(*slot)?)?);
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Cells as ranges where they stand below one another.
    fn ranges(&self, cells: &[CellRef]) -> String {
        let mut runs: Vec<(CellRef, CellRef)> = Vec::new();
        for cell in cells {
            match runs.last_mut() {
                Some((_, last))
                    if last.sheet == cell.sheet
                        && last.at.col == cell.at.col
                        && last.at.row + 1 == cell.at.row =>
                {
                    *last = *cell;
                }
                _ => runs.push((*cell, *cell)),
            }
        }
        let texts: Vec<String> = runs
            .iter()
            .map(|(first, last)| match first == last {
                true => self.reference(*first),
                false => format!("{}:{}", self.reference(*first), last.at),
            })
            .collect();
        texts.join(",")
    }

    fn reference(&self, cell: CellRef) -> String {
        if cell.sheet == self.home {
            return cell.at.to_string();
        }
        let name = self.context.filing.sheets[cell.sheet].replace('\'', "''");
        format!("'{name}'!{}", cell.at)
    }
}

fn literal(value: Decimal, unit: Option<Unit>) -> String {
    let value = match unit {
        Some(Unit::Percent) => value / Decimal::ONE_HUNDRED,
        _ => value,
    };
    value.normalize().to_string()
}
