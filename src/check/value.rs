//! What expressions give: numbers with their last digit, truth in three values and a half,
//! and why something is not known.

use rust_decimal::Decimal;

use crate::catalog::{Field, Operator};
use crate::tolerance::{self, Measure, Outcome};

/// Why something cannot be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// No table of this annex.
    NoTable(usize),
    /// The label was not found.
    Absent(Field),
    /// Nothing was entered.
    Blank(Option<Field>),
    /// The cell could not be read.
    Unreadable(Field),
    /// A cell could not be read that is not in the form's own row or in the first table; its
    /// place in words.
    UnreadableAt(String),
    /// The divisor is 0.
    ZeroDivisor,
    /// The numbers are too large to compute with.
    TooLarge,
    /// The rule does not apply.
    NotApplicable(String),
}

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    /// A number, the unit of its last digit, and of how many numbers it is the sum.
    Number(Sum),
    /// Nothing but blanks.
    Blank(Option<Field>),
    Words(String),
    Truth(Truth),
    Unknown(Unknown),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sum {
    pub(crate) value: Decimal,
    pub(crate) digit: Decimal,
    pub(crate) parts: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Truth {
    Holds,
    /// Holds but for a rounding difference.
    Rounding,
    Fails,
    Unknown(Unknown),
}

impl Sum {
    pub(crate) fn exact(value: Decimal) -> Self {
        Self {
            value,
            digit: Decimal::ZERO,
            parts: 1,
        }
    }

    pub(crate) fn measure(self) -> Measure {
        Measure {
            value: self.value,
            unit: self.digit,
        }
    }
}

impl Val {
    pub(crate) fn truth(self) -> Truth {
        match self {
            Self::Truth(truth) => truth,
            Self::Unknown(reason) => Truth::Unknown(reason),
            Self::Blank(field) => Truth::Unknown(Unknown::Blank(field)),
            // A number or words where a truth was expected: the catalog refuses such rules.
            Self::Number(_) | Self::Words(_) => Truth::Unknown(Unknown::Blank(None)),
        }
    }

    pub(super) fn unknown(self) -> Self {
        match self {
            Self::Blank(field) => Self::Unknown(Unknown::Blank(field)),
            Self::Unknown(reason) => Self::Unknown(reason),
            _ => Self::Unknown(Unknown::Blank(None)),
        }
    }
}

/// Sum of values: blanks count as nothing when something is filled; what cannot be read makes
/// the whole unknown.
pub(crate) fn sum(values: impl Iterator<Item = Val>) -> Val {
    let mut total: Option<Sum> = None;
    let mut blank = None;
    for value in values {
        match value {
            Val::Number(part) => {
                let Some(so_far) = total else {
                    total = Some(part);
                    continue;
                };
                let Some(value) = so_far.value.checked_add(part.value) else {
                    return Val::Unknown(Unknown::TooLarge);
                };
                total = Some(Sum {
                    value,
                    digit: so_far.digit.max(part.digit),
                    parts: so_far.parts + part.parts,
                });
            }
            Val::Blank(field) => blank = blank.or(field),
            Val::Unknown(reason) => return Val::Unknown(reason),
            Val::Words(_) | Val::Truth(_) => {}
        }
    }
    total.map_or(Val::Blank(blank), Val::Number)
}

pub(super) fn both(left: Truth, right: Truth) -> Truth {
    match (left, right) {
        (Truth::Fails, _) | (_, Truth::Fails) => Truth::Fails,
        (unknown @ Truth::Unknown(_), _) | (_, unknown @ Truth::Unknown(_)) => unknown,
        (Truth::Holds, Truth::Holds) => Truth::Holds,
        _ => Truth::Rounding,
    }
}

pub(super) fn either(left: Truth, right: Truth) -> Truth {
    match (left, right) {
        (Truth::Holds, _) | (_, Truth::Holds) => Truth::Holds,
        (Truth::Rounding, _) | (_, Truth::Rounding) => Truth::Rounding,
        (unknown @ Truth::Unknown(_), _) | (_, unknown @ Truth::Unknown(_)) => unknown,
        _ => Truth::Fails,
    }
}

pub(super) fn binary(operator: Operator, left: Val, right: Val) -> Val {
    match operator {
        Operator::Add => sum([left, right].into_iter()),
        Operator::Subtract => match right {
            Val::Number(part) => sum([
                left,
                Val::Number(Sum {
                    value: -part.value,
                    ..part
                }),
            ]
            .into_iter()),
            other => sum([left, other].into_iter()),
        },
        _ => match (left, right) {
            (Val::Number(left), Val::Number(right)) => numbers(operator, left, right),
            (Val::Words(left), Val::Words(right)) => {
                let same = (left == right) == (operator == Operator::Equal);
                Val::Truth(if same { Truth::Holds } else { Truth::Fails })
            }
            (unknown @ (Val::Unknown(_) | Val::Blank(_)), _) | (_, unknown) => unknown.unknown(),
        },
    }
}

fn numbers(operator: Operator, left: Sum, right: Sum) -> Val {
    let truth = |holds: bool| Val::Truth(if holds { Truth::Holds } else { Truth::Fails });
    match operator {
        Operator::Multiply => match left.value.checked_mul(right.value) {
            Some(value) => Val::Number(Sum { value, ..left }),
            None => Val::Unknown(Unknown::TooLarge),
        },
        Operator::Divide if right.value.is_zero() => Val::Unknown(Unknown::ZeroDivisor),
        Operator::Divide => match left.value.checked_div(right.value) {
            Some(value) => Val::Number(Sum::exact(value)),
            None => Val::Unknown(Unknown::TooLarge),
        },
        Operator::Less => truth(left.value < right.value),
        Operator::More => truth(left.value > right.value),
        Operator::AtMost => truth(tolerance::at_most(widened(left), widened(right))),
        Operator::AtLeast => truth(tolerance::at_most(widened(right), widened(left))),
        Operator::Equal => Val::Truth(equal(left, right)),
        Operator::NotEqual => Val::Truth(match equal(left, right) {
            Truth::Fails => Truth::Holds,
            _ => Truth::Fails,
        }),
        _ => Val::Unknown(Unknown::Blank(None)),
    }
}

/// A sum of n figures is uncertain by n half digits.
fn widened(sum: Sum) -> Measure {
    Measure {
        value: sum.value,
        unit: sum.digit * Decimal::from(sum.parts),
    }
}

/// T1 between two sides, each a figure or a sum of figures.
pub(crate) fn equal(left: Sum, right: Sum) -> Truth {
    let parts = left.parts + right.parts - 1;
    let digit = left.digit.max(right.digit);
    match tolerance::of_sum(left.value - right.value, parts, digit) {
        Outcome::Pass => Truth::Holds,
        Outcome::Rounding => Truth::Rounding,
        _ => Truth::Fails,
    }
}
