//! The criterion of COUNTIF and SUMIF: a value, or a text such as `">0"`.

use rust_decimal::Decimal;

use super::scalar::WILD;
use super::term::{Given, Operator, Stop, Term, is_truth, number_in, operate, same_text};

/// What a cell is compared with.
#[derive(Debug)]
enum Wanted {
    Number(Decimal),
    Text(String),
    Bool(bool),
    /// `=` and `<>` alone ask whether there is anything.
    Anything,
}

#[derive(Debug)]
pub(super) struct Criterion {
    sign: Operator,
    wanted: Wanted,
}

const SIGNS: [(&str, Operator); 6] = [
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("<>", Operator::Unequal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

impl Criterion {
    pub(super) fn of(term: &Term) -> Given<Self> {
        let (sign, wanted) = match term {
            Term::Blank => (Operator::Equal, Wanted::Number(Decimal::ZERO)),
            Term::Number(number) => (Operator::Equal, Wanted::Number(*number)),
            Term::Bool(value) => (Operator::Equal, Wanted::Bool(*value)),
            Term::Text(text) => Self::written(text)?,
            Term::Error(_) | Term::Grid(_) => return Err(Stop::Unknown),
        };
        Ok(Self { sign, wanted })
    }

    fn written(text: &str) -> Given<(Operator, Wanted)> {
        let signed = SIGNS
            .into_iter()
            .find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)));
        let (sign, rest) = signed.unwrap_or((Operator::Equal, text));
        let equality = matches!(sign, Operator::Equal | Operator::Unequal);
        let wanted = match number_in(rest) {
            Ok(number) => Wanted::Number(number),
            Err(Stop::Unknown) => return Err(Stop::Unknown),
            _ if rest.is_empty() && signed.is_some() => Wanted::Anything,
            _ if is_truth(rest) || rest.starts_with('#') || rest.contains(WILD) => {
                return Err(Stop::Unknown);
            }
            _ => Wanted::Text(rest.to_owned()),
        };
        if !equality && !matches!(wanted, Wanted::Number(_)) {
            return Err(Stop::Unknown);
        }
        Ok((sign, wanted))
    }

    /// Whether the cell is one of those asked for. Not known where programs disagree: on texts
    /// that look like the number asked for, and on the empty text.
    pub(super) fn holds(&self, cell: &Term) -> Given<bool> {
        let unequal = self.sign == Operator::Unequal;
        let same = match (&self.wanted, cell) {
            (Wanted::Number(wanted), Term::Number(_)) => {
                let result = operate(self.sign, cell, &Term::Number(*wanted))?;
                return result.truth();
            }
            (Wanted::Number(wanted), Term::Text(text))
                if unequal || self.sign == Operator::Equal =>
            {
                match number_in(text) {
                    Ok(number) if number == *wanted => return Err(Stop::Unknown),
                    Err(Stop::Unknown) => return Err(Stop::Unknown),
                    _ => false,
                }
            }
            (Wanted::Text(wanted), Term::Text(text)) => same_text(wanted, text),
            (Wanted::Text(wanted), Term::Blank) => wanted.is_empty(),
            (Wanted::Bool(wanted), Term::Bool(value)) => wanted == value,
            (Wanted::Anything, Term::Text(text)) if text.is_empty() => return Err(Stop::Unknown),
            (Wanted::Anything, cell) => *cell == Term::Blank,
            _ => false,
        };
        Ok(same != unequal)
    }
}
