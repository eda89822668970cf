//! What a part of a formula gives, and how it reads as a number, a text or a truth value.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};

/// Significant digits of a result.
const DIGITS: u32 = 15;

/// A value inside a formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    /// An empty cell, which is 0 to numbers and "" to texts.
    Blank,
    Number(Decimal),
    Text(Arc<str>),
    Bool(bool),
    /// An error value such as `#DIV/0!`.
    Error(Arc<str>),
    /// The cells of a reference (one cell too), or the values of an array.
    Grid(Rc<Grid>),
}

/// Values in rows; no grid inside a grid.
#[derive(Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) cells: Vec<Term>,
}

/// Why a part of a formula has no plain value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    /// It is not known what spreadsheet programs give here.
    Unknown,
    /// An error value, on its way to whoever catches it.
    Error(Arc<str>),
}

pub(super) type Given<T> = Result<T, Stop>;

/// The error value `name`.
pub(super) fn error<T>(name: &str) -> Given<T> {
    Err(Stop::Error(name.into()))
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Join,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    Unequal,
}

impl Term {
    pub(super) fn whole(number: usize) -> Self {
        Self::Number(Decimal::from(number))
    }

    /// The value of a single cell; of several there is no one value.
    pub(super) fn single(&self) -> Given<&Self> {
        match self {
            Self::Grid(grid) => match grid.cells.as_slice() {
                [only] => Ok(only),
                _ => Err(Stop::Unknown),
            },
            term => Ok(term),
        }
    }

    pub(super) fn number(&self) -> Given<Decimal> {
        match self.single()? {
            Self::Blank => Ok(Decimal::ZERO),
            Self::Number(number) => Ok(*number),
            Self::Bool(value) => Ok(Decimal::from(u8::from(*value))),
            Self::Text(text) => number_in(text),
            Self::Error(name) => Err(Stop::Error(Arc::clone(name))),
            Self::Grid(_) => Err(Stop::Unknown),
        }
    }

    pub(super) fn text(&self) -> Given<Arc<str>> {
        match self.single()? {
            Self::Blank => Ok("".into()),
            Self::Number(number) => Ok(general(*number)?.into()),
            Self::Bool(true) => Ok("TRUE".into()),
            Self::Bool(false) => Ok("FALSE".into()),
            Self::Text(text) => Ok(Arc::clone(text)),
            Self::Error(name) => Err(Stop::Error(Arc::clone(name))),
            Self::Grid(_) => Err(Stop::Unknown),
        }
    }

    pub(super) fn truth(&self) -> Given<bool> {
        match self.single()? {
            Self::Text(text) if is_truth(text) => Err(Stop::Unknown),
            Self::Text(_) => error("#VALUE!"),
            Self::Bool(value) => Ok(*value),
            term => Ok(!term.number()?.is_zero()),
        }
    }

    /// As a number without its decimals, where that fits.
    pub(super) fn integer(&self) -> Given<i64> {
        let number = rounded(self.number()?).trunc();
        i64::try_from(number).map_err(|_| Stop::Unknown)
    }
}

/// Programs read the word as a truth value in some places only.
pub(super) fn is_truth(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// The number that a text stands for in arithmetic. What programs may take for a date, a
/// percentage or an amount, each in its own way, is not known.
pub(super) fn number_in(text: &str) -> Given<Decimal> {
    let plain = text.trim_matches(' ');
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let any_digit = digits.contains(|c: char| c.is_ascii_digit());
    if any_digit && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return plain.parse().map_err(|_| Stop::Unknown);
    }
    let dated = |c: char| {
        c.is_ascii()
            || ('\u{ff01}'..='\u{ffe6}').contains(&c)
            || "年月日时時分秒上下午点¥€£ \u{a0}\u{3000}".contains(c)
    };
    if text.contains(char::is_numeric) && text.chars().all(dated) {
        return Err(Stop::Unknown);
    }
    error("#VALUE!")
}

/// To fifteen digits, as programs show results.
pub(super) fn rounded(number: Decimal) -> Decimal {
    number
        .round_sf_with_strategy(DIGITS, RoundingStrategy::MidpointAwayFromZero)
        .unwrap_or(number)
        .normalize()
}

/// A number as `&` writes it. Where programs turn to exponents, each at its own size, the text
/// is not known.
fn general(number: Decimal) -> Given<String> {
    let number = rounded(number);
    let size = number.abs();
    let plain = size < Decimal::from(1_000_000_000_000_000_i64) && size >= Decimal::new(1, 4);
    if number.is_zero() {
        Ok("0".to_owned())
    } else if plain {
        Ok(number.to_string())
    } else {
        Err(Stop::Unknown)
    }
}

/// Whether texts are the same but for case.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    let lower = |char: char| char.to_lowercase();
    a == b || a.chars().flat_map(lower).eq(b.chars().flat_map(lower))
}

/// `left operator right` of single values.
pub(super) fn operate(operator: Operator, left: &Term, right: &Term) -> Given<Term> {
    let number = |with: fn(Decimal, Decimal) -> Option<Decimal>| {
        let (a, b) = (left.number()?, right.number()?);
        let result = with(a, b).ok_or(Stop::Unknown)?;
        Ok(Term::Number(result))
    };
    match operator {
        Operator::Add => number(Decimal::checked_add),
        Operator::Subtract => number(Decimal::checked_sub),
        Operator::Multiply => number(times),
        Operator::Divide => {
            let (a, b) = (left.number()?, right.number()?);
            if b.is_zero() {
                return error("#DIV/0!");
            }
            over(a, b).map(Term::Number).ok_or(Stop::Unknown)
        }
        Operator::Power => power(left.number()?, right.number()?).map(Term::Number),
        Operator::Join => {
            let (a, b) = (left.text()?, right.text()?);
            Ok(Term::Text([&*a, &*b].concat().into()))
        }
        Operator::Equal => Ok(Term::Bool(equal(left, right)?)),
        Operator::Unequal => Ok(Term::Bool(!equal(left, right)?)),
        Operator::Less => Ok(Term::Bool(order(left, right)?.is_lt())),
        Operator::LessEqual => Ok(Term::Bool(order(left, right)?.is_le())),
        Operator::Greater => Ok(Term::Bool(order(left, right)?.is_gt())),
        Operator::GreaterEqual => Ok(Term::Bool(order(left, right)?.is_ge())),
    }
}

/// What is too small for its digits to be held is not known.
fn held(number: Decimal) -> Option<Decimal> {
    let small = number.scale() == Decimal::MAX_SCALE && number.abs() < Decimal::new(1, 13);
    (!small).then_some(number)
}

fn times(a: Decimal, b: Decimal) -> Option<Decimal> {
    if a.is_zero() || b.is_zero() {
        return Some(Decimal::ZERO);
    }
    held(a.checked_mul(b)?).filter(|product| !product.is_zero())
}

fn over(a: Decimal, b: Decimal) -> Option<Decimal> {
    if a.is_zero() {
        return Some(Decimal::ZERO);
    }
    held(a.checked_div(b)?).filter(|quotient| !quotient.is_zero())
}

/// Whole exponents only.
fn power(base: Decimal, exponent: Decimal) -> Given<Decimal> {
    if base.is_zero() && exponent.is_zero() {
        return error("#NUM!");
    }
    if base.is_zero() && exponent < Decimal::ZERO {
        return error("#DIV/0!");
    }
    if !exponent.fract().is_zero() {
        return Err(Stop::Unknown);
    }
    let mut rest = u16::try_from(exponent.abs()).map_err(|_| Stop::Unknown)?;
    let (mut result, mut square) = (Decimal::ONE, base);
    while rest > 0 {
        if rest % 2 == 1 {
            result = times(result, square).ok_or(Stop::Unknown)?;
        }
        rest /= 2;
        if rest > 0 {
            square = times(square, square).ok_or(Stop::Unknown)?;
        }
    }
    if exponent < Decimal::ZERO {
        return over(Decimal::ONE, result).ok_or(Stop::Unknown);
    }
    Ok(result)
}

/// Both sides as values of a kind: what is blank is what the other side makes of it.
fn sides<'a>(left: &'a Term, right: &'a Term) -> Given<(&'a Term, &'a Term)> {
    const ZERO: &Term = &Term::Number(Decimal::ZERO);
    const FALSE: &Term = &Term::Bool(false);
    let filled = |term: &'a Term, other: &Term| match (term, other) {
        (Term::Blank, Term::Bool(_)) => FALSE,
        (Term::Blank, Term::Number(_) | Term::Blank) => ZERO,
        _ => term,
    };
    for term in [left, right] {
        match term {
            Term::Error(name) => return Err(Stop::Error(Arc::clone(name))),
            Term::Grid(_) => return Err(Stop::Unknown),
            _ => {}
        }
    }
    Ok((filled(left, right), filled(right, left)))
}

fn equal(left: &Term, right: &Term) -> Given<bool> {
    Ok(match sides(left, right)? {
        (Term::Text(a), Term::Text(b)) => same_text(a, b),
        (Term::Text(text), Term::Blank) | (Term::Blank, Term::Text(text)) => text.is_empty(),
        (Term::Number(a), Term::Number(b)) => rounded(*a) == rounded(*b),
        (a, b) => a == b,
    })
}

/// Numbers come before texts, texts before truth values.
fn order(left: &Term, right: &Term) -> Given<Ordering> {
    let rank = |term: &Term| match term {
        Term::Number(_) => 0,
        Term::Bool(_) => 2,
        _ => 1,
    };
    match sides(left, right)? {
        (Term::Number(a), Term::Number(b)) => Ok(rounded(*a).cmp(&rounded(*b))),
        (Term::Bool(a), Term::Bool(b)) => Ok(a.cmp(b)),
        (a, b) if rank(a) != rank(b) => Ok(rank(a).cmp(&rank(b))),
        (a, b) => text_order(&a.text()?, &b.text()?),
    }
}

/// How other scripts and signs are sorted depends on the program and its language.
fn text_order(a: &str, b: &str) -> Given<Ordering> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if same_text(a, b) {
        Ok(Ordering::Equal)
    } else if a.is_empty() || b.is_empty() || (plain(a) && plain(b)) {
        Ok(a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()))
    } else {
        Err(Stop::Unknown)
    }
}
