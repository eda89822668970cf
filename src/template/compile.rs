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
const MEASURED: u32 = 6;
const EXACT: u32 = 10;

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
    fn whole(&self) -> bool {
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

    /// An expression as a code of truth; `negated` for its opposite.
    pub(super) fn truth(&self, expr: &Expr, negated: bool) -> Option<String> {
        match expr {
            Expr::Not(inner) => self.truth(inner, !negated),
            Expr::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                let (left, right) = (self.truth(left, negated)?, self.truth(right, negated)?);
                let smaller = (*operator == Operator::And) != negated;
                Some(match (self.whole(), smaller) {
                    (false, true) => format!("MIN({left},{right})"),
                    (false, false) => format!("MAX({left},{right})"),
                    (true, true) => format!("IF({left}<{right},{left},{right})"),
                    (true, false) => format!("IF({left}>{right},{left},{right})"),
                })
            }
            Expr::Binary(operator, left, right) => {
                if let (Some(left), Some(right)) = (self.words(left), self.words(right)) {
                    let same = format!("EXACT({},{})", left.0, right.0);
                    let negated = negated != (*operator == Operator::NotEqual);
                    return Some(leaf(&format!("{}*{}", left.1, right.1), &same, negated));
                }
                compared(
                    *operator,
                    &self.number(left)?,
                    &self.number(right)?,
                    negated,
                )
            }
            Expr::Call(function, arguments) => self.predicate(*function, arguments, negated),
            Expr::Present(annex) => {
                let present = self.presence(*annex);
                Some(match present {
                    Some(cell) => leaf("1", &format!("{cell}>0"), negated),
                    None => code(!negated).to_string(),
                })
            }
            Expr::BlankList(list) => {
                let (sheet, printed) = self.sheet_of(list.annex)?;
                let rows = printed.list(list.block)?;
                let block = &self.plan.form.annexes[list.annex].blocks[list.block];
                let areas: Vec<String> = block
                    .columns
                    .iter()
                    .zip(&rows.columns)
                    .filter(|(column, _)| column.unit.is_number())
                    .map(|(_, col)| self.area(sheet, *col, rows.rows))
                    .collect();
                let blank = format!("COUNT({})=0", areas.join(","));
                Some(leaf("1", &blank, negated))
            }
            _ => None,
        }
    }

    /// The cell that tells whether a table of an annex that may be left out is filled in.
    pub(super) fn presence(&self, annex: usize) -> Option<String> {
        self.present.get(annex).cloned().flatten()
    }

    /// Words of a field, and whether there are any.
    fn words(&self, expr: &Expr) -> Option<(String, String)> {
        let Expr::Field(field) = expr else {
            return None;
        };
        if self.unit(*field).is_number() {
            return None;
        }
        let reference = self.reference(*field)?;
        Some((reference.clone(), format!("(LEN({reference})>0)")))
    }

    fn predicate(&self, function: Function, arguments: &[Expr], negated: bool) -> Option<String> {
        let first = arguments.first()?;
        let code = match function {
            Function::Filled | Function::Number => {
                let Expr::Field(field) = first else {
                    return None;
                };
                let reference = self.reference(*field)?;
                let there = if function == Function::Filled {
                    format!("LEN({reference})>0")
                } else {
                    format!("ISNUMBER({reference})")
                };
                leaf("1", &there, negated)
            }
            Function::Zero | Function::Nil => {
                let number = self.number(first)?;
                let zero = format!("ROUND({},{EXACT})=0", number.value);
                let there = number.given;
                let test = if function == Function::Zero {
                    format!("{there}*({zero})>0")
                } else {
                    format!("(1-{there})+({zero})>0")
                };
                leaf("1", &test, negated)
            }
            Function::Whole => {
                let number = self.number(first)?;
                let value = &number.value;
                let test = format!("(INT({value})={value})*({value}>=0)>0");
                leaf(&number.given, &test, negated)
            }
            Function::Starts | Function::Contains => {
                let (reference, there) = self.words(first)?;
                let tests: Option<Vec<String>> = arguments[1..]
                    .iter()
                    .map(|argument| {
                        let Expr::Text(word) = argument else {
                            return None;
                        };
                        let length = word.chars().count();
                        Some(if function == Function::Starts {
                            format!("(LEFT({reference},{length})={})", quoted(word))
                        } else {
                            format!("ISNUMBER(FIND({},{reference}))", quoted(word))
                        })
                    })
                    .collect();
                // Excel puts every truth above every number: they are added up first.
                let test = format!("({}+0)>0", tests?.join("+"));
                leaf(&there, &test, negated)
            }
            _ => return None,
        };
        // Nothing can be said of a table that is not there; a row that is there is in one.
        let optional = match first {
            Expr::Field(field) if self.rows.is_none() => self.presence(field.annex()),
            _ => None,
        };
        Some(match optional {
            Some(cell) => format!("IF({cell}>0,{code},{UNKNOWN})"),
            None => code,
        })
    }
}

fn code(holds: bool) -> u8 {
    if holds { HOLDS } else { FAILS }
}

/// A condition without a rounding of its own, where it is known.
fn leaf(known: &str, test: &str, negated: bool) -> String {
    let (yes, no) = (code(!negated), code(negated));
    if known == "1" {
        return format!("IF({test},{yes},{no})");
    }
    format!("IF({known},IF({test},{yes},{no}),{UNKNOWN})")
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

/// T1 for equality, T4 for bounds; more and less are exact.
fn compared(operator: Operator, left: &Num, right: &Num, negated: bool) -> Option<String> {
    let digit = left.digit.max(right.digit);
    let decimals = if digit < Decimal::new(1, 2) {
        EXACT
    } else {
        MEASURED
    };
    let known = match (left.given.as_str(), right.given.as_str()) {
        ("1", given) | (given, "1") => given.to_owned(),
        (a, b) => format!("{a}*{b}"),
    };
    let off = format!(
        "ROUND({}-{},{decimals})",
        left.value,
        bracketed(&right.value)
    );
    let widened = |num: &Num| {
        if num.digit.is_zero() {
            "0".to_owned()
        } else {
            format!("{}*{}", num.parts, (num.digit / Decimal::TWO).normalize())
        }
    };
    let room = format!("ROUND({}+{},{decimals})", widened(left), widened(right));
    Some(match operator {
        Operator::Equal | Operator::NotEqual => {
            let negated = negated != (operator == Operator::NotEqual);
            if digit.is_zero() {
                return Some(leaf(&known, &format!("{off}=0"), negated));
            }
            let half = (digit / Decimal::TWO).normalize();
            let bound = format!("ROUND(({}+{})*{half},{decimals})", left.parts, right.parts);
            if negated {
                // Equal but for rounding is equal.
                return Some(leaf(&known, &format!("ABS({off})<={bound}"), true));
            }
            format!("IF({known},IF({off}=0,{HOLDS},IF(ABS({off})<={bound},2,{FAILS})),{UNKNOWN})")
        }
        Operator::Less => leaf(&known, &format!("{off}<0"), negated),
        Operator::More => leaf(&known, &format!("{off}>0"), negated),
        Operator::AtMost if digit.is_zero() => leaf(&known, &format!("{off}<=0"), negated),
        Operator::AtLeast if digit.is_zero() => leaf(&known, &format!("{off}>=0"), negated),
        Operator::AtMost => leaf(&known, &format!("{off}<={room}"), negated),
        Operator::AtLeast => leaf(&known, &format!("{off}>=-{room}"), negated),
        _ => return None,
    })
}

fn bracketed(value: &str) -> String {
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
