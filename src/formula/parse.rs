//! A formula's text as a tree. What is not read here (names, tables, array constants, unions)
//! has no tree.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::needs;
use super::term::{Operator, Term};
use crate::workbook::Area;

/// Spreadsheet programs nest as deep as this.
const DEEPEST: usize = 64;
/// Longer texts (in bytes) are no form's formula.
const LONGEST: usize = 32_767;

/// A formula or a part of one.
#[derive(Debug)]
pub(super) enum Expr {
    Value(Term),
    /// An argument that is left out, as in `IF(A1,,1)`.
    Omitted,
    Cells {
        sheet: usize,
        area: Area,
    },
    Negated(Box<Expr>),
    /// Operators of one precedence, from left to right. A list, so that a long sum is not deep.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    Call(String, Vec<Expr>),
}

/// Binary operators, the weakest first.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[
        ("<=", Operator::LessEqual),
        (">=", Operator::GreaterEqual),
        ("<>", Operator::Unequal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ],
    &[("&", Operator::Join)],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
    &[("^", Operator::Power)],
];

const ERRORS: [&str; 7] = [
    "#DIV/0!", "#VALUE!", "#N/A", "#REF!", "#NAME?", "#NUM!", "#NULL!",
];

/// The tree of `text` (without `=`), where the formula stands on sheet `sheet`; `sheets` are the
/// places of the sheets by their names in lower case.
pub(super) fn parse(text: &str, sheet: usize, sheets: &HashMap<String, usize>) -> Option<Expr> {
    if text.len() > LONGEST {
        return None;
    }
    let mut parser = Parser {
        sheet,
        sheets,
        text,
        at: 0,
        depth: 0,
    };
    let tree = parser.expression()?;
    parser.blanks();
    (parser.at == text.len()).then_some(tree)
}

struct Parser<'a> {
    sheet: usize,
    sheets: &'a HashMap<String, usize>,
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        self.blanks();
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    /// Goes one step deeper for `inner`. A failure ends the whole parse, so that only success
    /// comes back up.
    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Option<Expr>) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = inner(self)?;
        self.depth -= 1;
        Some(found)
    }

    fn expression(&mut self) -> Option<Expr> {
        self.deeper(|parser| parser.level(0))
    }

    fn level(&mut self, level: usize) -> Option<Expr> {
        let Some(operators) = LEVELS.get(level) else {
            return self.signed();
        };
        let first = self.level(level + 1)?;
        let mut rest = Vec::new();
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take(sign)) {
            rest.push((*operator, self.level(level + 1)?));
        }
        Some(if rest.is_empty() {
            first
        } else {
            Expr::Chain(Box::new(first), rest)
        })
    }

    /// A sign binds closer than `^`: `-2^2` is 4.
    fn signed(&mut self) -> Option<Expr> {
        if self.take("-") {
            let inner = self.deeper(Self::signed)?;
            return Some(Expr::Negated(Box::new(inner)));
        }
        if self.take("+") {
            return self.deeper(Self::signed);
        }
        let inner = self.primary()?;
        let mut percents = Vec::new();
        while self.take("%") {
            let hundred = Expr::Value(Term::Number(Decimal::ONE_HUNDRED));
            percents.push((Operator::Divide, hundred));
        }
        Some(if percents.is_empty() {
            inner
        } else {
            Expr::Chain(Box::new(inner), percents)
        })
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.take("(") {
            let inner = self.expression()?;
            return self.take(")").then_some(inner);
        }
        let rest = self.rest();
        match rest.chars().next()? {
            '"' => self.string(),
            '#' => {
                let error = ERRORS.into_iter().find(|error| rest.starts_with(error))?;
                self.at += error.len();
                Some(Expr::Value(Term::Error(error.into())))
            }
            '0'..='9' | '.' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_digit() && c != '.')
                    .unwrap_or(rest.len());
                self.at += end;
                // 1E3 is rare in forms; it is left alone, as are whole rows.
                if self.rest().starts_with(['e', 'E', ':']) {
                    return None;
                }
                Some(Expr::Value(Term::Number(rest[..end].parse().ok()?)))
            }
            _ => self.word(),
        }
    }

    fn string(&mut self) -> Option<Expr> {
        let mut out = String::new();
        let mut rest = &self.rest()[1..];
        loop {
            let quote = rest.find('"')?;
            out.push_str(&rest[..quote]);
            rest = &rest[quote + 1..];
            if !rest.starts_with('"') {
                break;
            }
            out.push('"');
            rest = &rest[1..];
        }
        self.at = self.text.len() - rest.len();
        Some(Expr::Value(Term::Text(out.into())))
    }

    /// A function, TRUE or FALSE, or cells.
    fn word(&mut self) -> Option<Expr> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_')
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_uppercase();
        let behind = &rest[end..];
        if end > 0 && behind.starts_with('(') {
            self.at += end + 1;
            let arguments = self.arguments()?;
            return Some(Expr::Call(name, arguments));
        }
        let truth = match name.as_str() {
            "TRUE" => true,
            "FALSE" => false,
            _ => return self.cells(),
        };
        // A sheet may have that name.
        if behind.starts_with(['!', ':']) {
            return self.cells();
        }
        self.at += end;
        Some(Expr::Value(Term::Bool(truth)))
    }

    fn arguments(&mut self) -> Option<Vec<Expr>> {
        let mut found = Vec::new();
        if self.take(")") {
            return Some(found);
        }
        loop {
            self.blanks();
            let omitted = self.rest().starts_with([',', ')']);
            found.push(if omitted {
                Expr::Omitted
            } else {
                self.expression()?
            });
            if self.take(")") {
                return Some(found);
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn cells(&mut self) -> Option<Expr> {
        let rest = self.rest();
        let end = reference_end(rest)?;
        let needed = needs(&rest[..end], 0, 0);
        let [(sheet, area)] = needed.areas.as_slice() else {
            return None;
        };
        if needed.opaque || !needed.names.is_empty() {
            return None;
        }
        self.at += end;
        let sheet = match sheet {
            None => self.sheet,
            Some(name) => *self.sheets.get(&name.to_lowercase())?,
        };
        Some(Expr::Cells { sheet, area: *area })
    }
}

/// Where a reference ends: `'a b'!$A$1:B2`.
fn reference_end(rest: &str) -> Option<usize> {
    let mut end = 0;
    if rest.starts_with('\'') {
        let mut from = 1;
        loop {
            from += rest[from..].find('\'')? + 1;
            if !rest[from..].starts_with('\'') {
                break;
            }
            from += 1;
        }
        end = from;
    }
    let tail = rest[end..]
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '$' | ':' | '!' | '_' | '.')))
        .map_or(rest.len(), |len| end + len);
    (tail > 0).then_some(tail)
}
