//! Expressions of rules as spreadsheet formulas over a printed plan, with the meaning that the
//! checks give them: three-valued, and tolerant of rounding (T0–T4).
//!
//! Truth is a number, so that `and` is the smaller and `or` the larger of two: 0 fails, 1 is not
//! known, 2 holds but for rounding, 3 holds. Spreadsheet programs compute in binary fractions:
//! differences are rounded before they are compared, so that 0.1 + 0.2 is 0.3.

use rust_decimal::Decimal;

use super::plan::{Plan, Sheet};
use crate::catalog::{Expr, Field, Function, Operator, Unit, place_of_slot};
use crate::workbook::Addr;

/// Decimals to which differences of measured figures and of exact ones are rounded.
pub(super) const MEASURED: u32 = 6;
pub(super) const EXACT: u32 = 10;

/// Codes of truth.
pub(super) const FAILS: u8 = 0;
pub(super) const UNKNOWN: u8 = 1;
pub(super) const HOLDS: u8 = 3;

/// What an expression is compiled for.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) plan: &'a Plan<'a>,
    /// The sheet that holds the formula, whose cells need no sheet name.
    pub(super) home: Option<usize>,
    /// The table at hand, as a sheet.
    pub(super) table: Option<usize>,
    /// The rows at hand, and how they are named.
    pub(super) rows: Option<Rows>,
    /// Cells of the sheet 自检 that say whether a table of an optional annex is filled in.
    pub(super) present: &'a [Option<String>],
}

/// Rows of a list or of a repeat group.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) block: usize,
    /// The row of the form, in a grid.
    pub(super) row: Option<usize>,
    pub(super) first: u32,
    pub(super) last: u32,
    /// All rows at once, as an array; else the first row, relative.
    pub(super) whole: bool,
}

/// A number: what it is, whether it is there, of how many figures it is the sum, and the unit of
/// its last digit.
#[derive(Clone)]
pub(super) struct Num {
    pub(super) value: String,
    /// 0 or 1.
    pub(super) given: String,
    pub(super) parts: String,
    pub(super) digit: Decimal,
}

impl Num {
    fn exact(value: impl ToString) -> Self {
        Self {
            value: value.to_string(),
            given: "1".to_owned(),
            parts: "1".to_owned(),
            digit: Decimal::ZERO,
        }
    }
}

/// The unit of the last digit that a field shows in the template; percents are ratios.
pub(super) fn digit_of(unit: Unit) -> Decimal {
    match unit {
        Unit::Money | Unit::Area => Decimal::new(1, 2),
        Unit::Percent => Decimal::new(1, 4),
        _ => Decimal::ZERO,
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

impl<'a> Scope<'a> {
    /// For a formula on 自检 about one table, or about the filing.
    pub(super) fn of(plan: &'a Plan<'a>, table: Option<usize>) -> Self {
        Self {
            plan,
            home: None,
            table,
            rows: None,
            present: &[],
        }
    }

    pub(super) fn whole(&self) -> bool {
        self.rows.is_some_and(|rows| rows.whole)
    }

    fn prefix(&self, sheet: usize) -> String {
        if self.home == Some(sheet) {
            return String::new();
        }
        format!("'{}'!", self.plan.sheets[sheet].name.replace('\'', "''"))
    }

    pub(super) fn cell(&self, sheet: usize, at: Addr) -> String {
        format!("{}{}", self.prefix(sheet), absolute(at))
    }

    pub(super) fn area(&self, sheet: usize, column: u32, rows: (u32, u32)) -> String {
        let (first, last) = (Addr::new(rows.0, column), Addr::new(rows.1, column));
        format!(
            "{}{}:{}",
            self.prefix(sheet),
            absolute(first),
            absolute(last)
        )
    }

    /// The sheet that fields of an annex are read from.
    pub(super) fn sheet_of(&self, annex: usize) -> Option<(usize, &'a Sheet)> {
        match self.table {
            Some(table) if self.plan.sheets[table].annex == annex => {
                Some((table, &self.plan.sheets[table]))
            }
            _ => self.plan.of_annex(annex).next(),
        }
    }

    fn in_rows(&self, sheet: usize, column: u32, rows: Rows) -> String {
        if rows.whole {
            return self.area(sheet, column, (rows.first, rows.last));
        }
        let at = Addr::new(rows.first, column).to_string();
        let letters = at.trim_end_matches(|c: char| c.is_ascii_digit());
        format!("{}${letters}{}", self.prefix(sheet), rows.first + 1)
    }

    /// The cell or cells of a field.
    pub(super) fn reference(&self, field: Field) -> Option<String> {
        let (sheet, printed) = self.sheet_of(field.annex())?;
        match field {
            Field::Cell { block, column, .. } => {
                let rows = self.rows.filter(|rows| rows.block == block)?;
                let column = *printed.list(block)?.columns.get(column)?;
                Some(self.in_rows(sheet, column, rows))
            }
            Field::Slot { annex, slot } => {
                let definition = &self.plan.form.annexes[annex];
                let (block, row, _) = place_of_slot(definition, slot);
                if let Some(rows) = self.rows
                    && let Some(at) = rows.row.filter(|at| *at == row)
                    && std::ptr::eq(block, &definition.blocks[rows.block])
                {
                    let column = (slot - block.first_slot) % block.columns.len();
                    let column = *printed.repeat(rows.block, at)?.columns.get(column)?;
                    return Some(self.in_rows(sheet, column, rows));
                }
                Some(self.cell(sheet, printed.slots[slot]?))
            }
        }
    }

    pub(super) fn unit(&self, field: Field) -> Unit {
        match field {
            Field::Cell {
                annex,
                block,
                column,
            } => self.plan.form.annexes[annex].blocks[block].columns[column].unit,
            Field::Slot { annex, slot } => {
                place_of_slot(&self.plan.form.annexes[annex], slot).2.unit
            }
        }
    }

    /// A field as a number; blanks and words count as nothing.
    pub(super) fn field(&self, field: Field) -> Option<Num> {
        let reference = self.reference(field)?;
        let value = if self.whole() {
            format!("IF(ISNUMBER({reference}),{reference},0)")
        } else {
            format!("N({reference})")
        };
        Some(Num {
            value,
            given: format!("ISNUMBER({reference})"),
            parts: "1".to_owned(),
            digit: digit_of(self.unit(field)),
        })
    }

    /// An expression as a number.
    pub(super) fn number(&self, expr: &Expr) -> Option<Num> {
        match expr {
            Expr::Number(value, unit) => Some(Num::exact(literal(*value, *unit))),
            Expr::Parameter(index) => {
                let parameter = &self.plan.form.parameters[*index];
                Some(Num::exact(literal(parameter.value, Some(parameter.unit))))
            }
            Expr::Field(field) => self.field(*field),
            Expr::Negative(inner) => {
                let inner = self.number(inner)?;
                Some(Num {
                    value: format!("-({})", inner.value),
                    ..inner
                })
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                binary(*operator, left, right)
            }
            Expr::Call(function, arguments) => self.call(*function, arguments),
            Expr::SumList(list, column) => {
                let (sheet, printed) = self.sheet_of(list.annex)?;
                let rows = printed.list(list.block)?;
                let area = self.area(sheet, rows.columns[*column], rows.rows);
                let field = Field::Cell {
                    annex: list.annex,
                    block: list.block,
                    column: *column,
                };
                Some(total(&area, digit_of(self.unit(field))))
            }
            Expr::SumTables(field) => {
                let Field::Slot { annex, slot } = field else {
                    return None;
                };
                let cells: Option<Vec<String>> = self
                    .plan
                    .of_annex(*annex)
                    .map(|(sheet, printed)| Some(self.cell(sheet, printed.slots[*slot]?)))
                    .collect();
                Some(total(&cells?.join(","), digit_of(self.unit(*field))))
            }
            _ => None,
        }
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Option<Num> {
        let numbers = || {
            arguments
                .iter()
                .map(|argument| self.number(argument))
                .collect::<Option<Vec<Num>>>()
        };
        match function {
            Function::Sum => numbers()?
                .into_iter()
                .reduce(|left, right| plus(left, right, '+')),
            Function::Count => {
                let given: Vec<String> = numbers()?.into_iter().map(|num| num.given).collect();
                Some(Num::exact(format!("({}+0)", given.join("+"))))
            }
            Function::Abs | Function::Round => {
                let mut numbers = numbers()?;
                let first = numbers.remove(0);
                let value = match numbers.first() {
                    None => format!("ABS({})", first.value),
                    Some(places) => format!("ROUND({},{})", first.value, places.value),
                };
                Some(Num { value, ..first })
            }
            Function::Min | Function::Max => {
                let sign = if function == Function::Min { '<' } else { '>' };
                let best = numbers()?.into_iter().reduce(|left, right| Num {
                    value: if self.whole() {
                        format!("IF({0}{sign}{1},{0},{1})", left.value, right.value)
                    } else if function == Function::Min {
                        format!("MIN({},{})", left.value, right.value)
                    } else {
                        format!("MAX({},{})", left.value, right.value)
                    },
                    given: format!("{}*{}", left.given, right.given),
                    ..Num::exact("")
                })?;
                Some(Num {
                    digit: Decimal::ZERO,
                    parts: "1".to_owned(),
                    ..best
                })
            }
            Function::If => {
                let [condition, then, other] = arguments else {
                    return None;
                };
                let code = self.truth(condition, false)?;
                let (then, other) = (self.number(then)?, self.number(other)?);
                Some(Num {
                    value: format!("IF({code}>=2,{},{})", then.value, other.value),
                    given: format!(
                        "IF({code}={UNKNOWN},0,IF({code}>=2,{}*1,{}*1))",
                        then.given, other.given
                    ),
                    parts: "1".to_owned(),
                    digit: then.digit.max(other.digit),
                })
            }
            _ => None,
        }
    }
}

/// The sum of cells.
pub(super) fn total(cells: &str, digit: Decimal) -> Num {
    Num {
        value: format!("SUM({cells})"),
        given: format!("(COUNT({cells})>0)"),
        parts: format!("COUNT({cells})"),
        digit,
    }
}

fn plus(left: Num, right: Num, sign: char) -> Num {
    let counted = |num: &Num| match (num.parts.as_str(), num.given.as_str()) {
        (parts, "1") => parts.to_owned(),
        ("1", given) => given.to_owned(),
        (parts, _) => parts.to_owned(),
    };
    Num {
        value: format!("({}{sign}{})", left.value, right.value),
        given: format!("({}+{}>0)", left.given, right.given),
        parts: format!("({}+{})", counted(&left), counted(&right)),
        digit: left.digit.max(right.digit),
    }
}

fn binary(operator: Operator, left: Num, right: Num) -> Option<Num> {
    let both = || match (left.given.as_str(), right.given.as_str()) {
        ("1", given) | (given, "1") => given.to_owned(),
        (a, b) => format!("{a}*{b}"),
    };
    match operator {
        Operator::Add => Some(plus(left, right, '+')),
        Operator::Subtract => Some(plus(left, right, '-')),
        Operator::Multiply => Some(Num {
            value: format!("{}*{}", left.value, right.value),
            given: both(),
            ..left
        }),
        Operator::Divide => Some(Num {
            value: format!("{}/{}", left.value, bracketed(&right.value)),
            given: format!("{}*({}<>0)", both(), right.value),
            ..Num::exact("")
        }),
        _ => None,
    }
}

pub(super) fn bracketed(value: &str) -> String {
    format!("({value})")
}

pub(super) fn absolute(at: Addr) -> String {
    let shown = at.to_string();
    let letters = shown.trim_end_matches(|c: char| c.is_ascii_digit());
    format!("${letters}${}", at.row + 1)
}

fn literal(value: Decimal, unit: Option<Unit>) -> String {
    let value = match unit {
        Some(Unit::Percent) => value / Decimal::ONE_HUNDRED,
        _ => value,
    };
    value.normalize().to_string()
}
