//! Conditions of rules as codes of truth: 0 fails, 1 is not known, 2 holds but for rounding,
//! 3 holds.

use rust_decimal::Decimal;

use super::compile::{EXACT, FAILS, HOLDS, MEASURED, Num, Scope, UNKNOWN, bracketed, quoted};
use super::unread::{is_filled, trimmed};
use crate::catalog::{Expr, Function, Operator};

impl Scope<'_> {
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

    /// Words of a field without the white space around them, and whether there are any.
    fn words(&self, expr: &Expr) -> Option<(String, String)> {
        let Expr::Field(field) = expr else {
            return None;
        };
        if self.unit(*field).is_number() {
            return None;
        }
        let reference = self.reference(*field)?;
        Some((trimmed(&reference), format!("({})", is_filled(&reference))))
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
                    is_filled(&reference)
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
