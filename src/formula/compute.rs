//! What a plain formula gives: arithmetic, references, and the few functions that people use in
//! filled-in forms. In decimals, where spreadsheet programs use binary fractions: a result is
//! rounded to fifteen digits, as they show it.
//!
//! What is not known gives nothing, never a guess.

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::needs;
use crate::workbook::{Addr, Area, Value, Workbook};

/// Deeper nesting and larger areas are no form's.
const DEEPEST: usize = 32;
const LARGEST_AREA: u64 = 10_000;
/// Significant digits of a result.
const DIGITS: u32 = 15;

/// A value inside a formula.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Blank,
    Number(Decimal),
    Text(Arc<str>),
    Bool(bool),
    /// An error value, which [`IFERROR`](Parser::call) catches.
    Error,
    /// The values of an area.
    Many(Vec<Term>),
}

/// The number that `text` (without `=`) gives on sheet `sheet` of the workbook.
pub fn number(workbook: &Workbook, sheet: usize, text: &str) -> Option<Decimal> {
    // Names, tables and functions whose cells cannot be told are left alone.
    let needed = needs(text, 0, 0);
    if needed.opaque {
        return None;
    }
    let mut parser = Parser {
        workbook,
        sheet,
        text,
        at: 0,
        depth: 0,
    };
    let term = parser.comparison()?;
    parser.blanks();
    if parser.at != text.len() {
        return None;
    }
    match term {
        Term::Number(number) => Some(rounded(number)),
        Term::Blank => Some(Decimal::ZERO),
        _ => None,
    }
}

/// Gives formulas without a stored result (as libraries write them) the result that they have.
pub fn fill_in(workbook: &mut Workbook) {
    let blank: Vec<(usize, usize, Arc<str>)> = formulas(workbook)
        .filter(|(sheet, index, _)| workbook.sheets[*sheet].cells[*index].value == Value::Blank)
        .take(MOST_FORMULAS)
        .collect();
    if !blank.is_empty() {
        settle(workbook, &blank);
    }
}

/// What all formulas of the workbook give, as far as that can be told, by sheet and cell. The
/// workbook holds these results then.
pub fn all(workbook: &mut Workbook) -> HashMap<(usize, Addr), Decimal> {
    let every: Vec<_> = formulas(workbook).take(MOST_FORMULAS).collect();
    settle(workbook, &every)
}

/// More formulas than these are no form's.
const MOST_FORMULAS: usize = 5_000;
/// Chains of formulas are shorter than this.
const LONGEST_CHAIN: usize = 32;

fn formulas(workbook: &Workbook) -> impl Iterator<Item = (usize, usize, Arc<str>)> {
    let sheets = workbook.sheets.iter().enumerate();
    sheets.flat_map(|(sheet, found)| {
        let cells = found.cells.iter().enumerate();
        cells.filter_map(move |(index, cell)| {
            let formula = cell.formula.as_ref().filter(|text| !text.is_empty())?;
            Some((sheet, index, Arc::clone(formula)))
        })
    })
}

/// Each round settles one more step of the chains. Where they do not settle, in a circle,
/// nothing is known.
fn settle(
    workbook: &mut Workbook,
    formulas: &[(usize, usize, Arc<str>)],
) -> HashMap<(usize, Addr), Decimal> {
    let mut results = HashMap::new();
    for _ in 0..LONGEST_CHAIN {
        let mut settled = true;
        for (sheet, index, formula) in formulas {
            let Some(number) = number(workbook, *sheet, formula) else {
                continue;
            };
            let cell = &mut workbook.sheets[*sheet].cells[*index];
            if cell.value != Value::Number(number) {
                cell.value = Value::Number(number);
                settled = false;
            }
            results.insert((*sheet, cell.at), number);
        }
        if settled {
            return results;
        }
    }
    HashMap::new()
}

fn rounded(number: Decimal) -> Decimal {
    number
        .round_sf_with_strategy(DIGITS, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
        .unwrap_or(number)
        .normalize()
}

struct Parser<'a> {
    workbook: &'a Workbook,
    sheet: usize,
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

    fn comparison(&mut self) -> Option<Term> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut left = self.sum()?;
        let signs = ["<=", ">=", "<>", "<", ">", "="];
        while let Some(sign) = signs.into_iter().find(|sign| self.take(sign)) {
            let right = self.sum()?;
            if left == Term::Error || right == Term::Error {
                left = Term::Error;
                continue;
            }
            let order = match (&left, &right) {
                (Term::Text(a), Term::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
                _ => left.number()?.cmp(&right.number()?),
            };
            left = Term::Bool(match sign {
                "<=" => order.is_le(),
                ">=" => order.is_ge(),
                "<>" => order.is_ne(),
                "<" => order.is_lt(),
                ">" => order.is_gt(),
                _ => order.is_eq(),
            });
        }
        self.depth -= 1;
        Some(left)
    }

    fn sum(&mut self) -> Option<Term> {
        let mut left = self.product()?;
        loop {
            if self.take("+") {
                left = arithmetic(&left, &self.product()?, Decimal::checked_add)?;
            } else if self.take("-") {
                left = arithmetic(&left, &self.product()?, Decimal::checked_sub)?;
            } else {
                return Some(left);
            }
        }
    }

    fn product(&mut self) -> Option<Term> {
        let mut left = self.signed()?;
        loop {
            if self.take("*") {
                left = arithmetic(&left, &self.signed()?, Decimal::checked_mul)?;
            } else if self.take("/") {
                let right = self.signed()?;
                left = match right.number() {
                    Some(number) if number.is_zero() => Term::Error,
                    _ => arithmetic(&left, &right, Decimal::checked_div)?,
                };
            } else {
                return Some(left);
            }
        }
    }

    fn signed(&mut self) -> Option<Term> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let term = if self.take("-") {
            match self.signed()? {
                Term::Error => Term::Error,
                term => Term::Number(-term.number()?),
            }
        } else if self.take("+") {
            self.signed()?
        } else {
            self.percent()?
        };
        self.depth -= 1;
        Some(term)
    }

    fn percent(&mut self) -> Option<Term> {
        let mut term = self.primary()?;
        while self.take("%") {
            term = arithmetic(
                &term,
                &Term::Number(Decimal::ONE_HUNDRED),
                Decimal::checked_div,
            )?;
        }
        Some(term)
    }

    fn primary(&mut self) -> Option<Term> {
        self.blanks();
        if self.take("(") {
            let inner = self.comparison()?;
            return self.take(")").then_some(inner);
        }
        let rest = self.rest();
        match rest.chars().next()? {
            '"' => self.string(),
            '0'..='9' | '.' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_digit() && c != '.')
                    .unwrap_or(rest.len());
                self.at += end;
                // 1E3 is rare in forms; it is left alone.
                if self.rest().starts_with(['e', 'E', ':']) {
                    return None;
                }
                rest[..end].parse().ok().map(Term::Number)
            }
            _ => self.word(),
        }
    }

    fn string(&mut self) -> Option<Term> {
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
        Some(Term::Text(out.into()))
    }

    /// A function, a reference, TRUE or FALSE.
    fn word(&mut self) -> Option<Term> {
        let rest = self.rest();
        let name_end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_')
            .unwrap_or(rest.len());
        if rest[name_end..].starts_with('(') && name_end > 0 {
            let name = rest[..name_end].to_uppercase();
            self.at += name_end + 1;
            return self.call(&name);
        }
        match rest[..name_end].to_uppercase().as_str() {
            "TRUE" => {
                self.at += name_end;
                return Some(Term::Bool(true));
            }
            "FALSE" => {
                self.at += name_end;
                return Some(Term::Bool(false));
            }
            _ => {}
        }
        self.reference()
    }

    fn reference(&mut self) -> Option<Term> {
        let rest = self.rest();
        let end = reference_end(rest)?;
        let needed = needs(&rest[..end], 0, 0);
        let [(sheet, area)] = needed.areas.as_slice() else {
            return None;
        };
        if !needed.names.is_empty() {
            return None;
        }
        self.at += end;
        let sheet = match sheet {
            None => self.sheet,
            Some(name) => {
                let mut sheets = self.workbook.sheets.iter();
                sheets.position(|sheet| sheet.name.eq_ignore_ascii_case(name))?
            }
        };
        if area.first == area.last {
            return self.cell(sheet, area.first);
        }
        self.area(sheet, *area)
    }

    fn cell(&self, sheet: usize, at: Addr) -> Option<Term> {
        let cell = self.workbook.sheets.get(sheet)?.cell(at);
        // A formula without a result is not nothing.
        if cell.is_some_and(|cell| cell.formula.is_some() && cell.value == Value::Blank) {
            return None;
        }
        Some(match cell.map(|cell| &cell.value) {
            None | Some(Value::Blank) => Term::Blank,
            Some(Value::Number(number)) => Term::Number(*number),
            Some(Value::Text(text)) => Term::Text(Arc::clone(text)),
            Some(Value::Bool(value)) => Term::Bool(*value),
            Some(Value::Error(_)) => Term::Error,
            Some(Value::Unreadable(_)) => return None,
        })
    }

    fn area(&self, sheet: usize, area: Area) -> Option<Term> {
        let rows = u64::from(area.last.row - area.first.row) + 1;
        let columns = u64::from(area.last.col - area.first.col) + 1;
        if rows * columns > LARGEST_AREA {
            return None;
        }
        let mut terms = Vec::new();
        for row in area.first.row..=area.last.row {
            for cell in self.workbook.sheets.get(sheet)?.row(row) {
                if area.contains(cell.at) {
                    terms.push(self.cell(sheet, cell.at)?);
                }
            }
        }
        Some(Term::Many(terms))
    }

    fn call(&mut self, name: &str) -> Option<Term> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                self.blanks();
                let blank = self.rest().starts_with([',', ')']);
                arguments.push(if blank {
                    Term::Blank
                } else {
                    self.comparison()?
                });
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        call(name, &arguments)
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

impl Term {
    /// As a number; what is no number gives nothing.
    fn number(&self) -> Option<Decimal> {
        match self {
            Self::Blank => Some(Decimal::ZERO),
            Self::Number(number) => Some(*number),
            Self::Bool(value) => Some(Decimal::from(u8::from(*value))),
            Self::Text(_) | Self::Error | Self::Many(_) => None,
        }
    }
}

fn arithmetic(
    left: &Term,
    right: &Term,
    with: impl Fn(Decimal, Decimal) -> Option<Decimal>,
) -> Option<Term> {
    if *left == Term::Error || *right == Term::Error {
        return Some(Term::Error);
    }
    // A text in arithmetic is #VALUE!, unless it looks like a number: that is left alone.
    with(left.number()?, right.number()?).map(Term::Number)
}

/// The numbers that functions over areas take: text and blanks are passed over.
fn numbers(arguments: &[Term]) -> Option<Result<Vec<Decimal>, Term>> {
    let mut found = Vec::new();
    for argument in arguments {
        match argument {
            Term::Many(terms) => {
                for term in terms {
                    match term {
                        Term::Number(number) => found.push(*number),
                        Term::Error => return Some(Err(Term::Error)),
                        _ => {}
                    }
                }
            }
            Term::Error => return Some(Err(Term::Error)),
            // A single cell with text is passed over too.
            Term::Text(_) | Term::Blank => {}
            term => found.push(term.number()?),
        }
    }
    Some(Ok(found))
}

fn call(name: &str, arguments: &[Term]) -> Option<Term> {
    let over = |with: &dyn Fn(Vec<Decimal>) -> Option<Decimal>| match numbers(arguments)? {
        Ok(found) => with(found).map(Term::Number),
        Err(error) => Some(error),
    };
    match (name, arguments) {
        ("SUM", _) => over(&|found| {
            let mut sum = Decimal::ZERO;
            for number in found {
                sum = sum.checked_add(number)?;
            }
            Some(sum)
        }),
        ("MIN", _) => over(&|found| Some(found.into_iter().min().unwrap_or_default())),
        ("MAX", _) => over(&|found| Some(found.into_iter().max().unwrap_or_default())),
        ("COUNT", _) => over(&|found| Some(Decimal::from(found.len()))),
        ("AVERAGE", _) => over(&|found| {
            let count = Decimal::from(found.len());
            let mut sum = Decimal::ZERO;
            for number in found {
                sum = sum.checked_add(number)?;
            }
            sum.checked_div(count)
        }),
        (_, [Term::Error, ..]) if name != "IFERROR" => Some(Term::Error),
        ("ABS", [only]) => Some(Term::Number(only.number()?.abs())),
        ("ROUND", [number, decimals]) => {
            let decimals = u32::try_from(decimals.number()?)
                .ok()
                .filter(|n| *n <= 20)?;
            let number = rounded(number.number()?);
            Some(Term::Number(crate::tolerance::round_half_away(
                number, decimals,
            )))
        }
        ("IF", [condition, then, other @ ..]) => {
            let holds = match condition {
                Term::Bool(value) => *value,
                term => !term.number()?.is_zero(),
            };
            match (holds, other) {
                (true, _) => Some(then.clone()),
                (false, [other]) => Some(other.clone()),
                (false, _) => Some(Term::Bool(false)),
            }
        }
        ("IFERROR", [value, instead]) => Some(match value {
            Term::Error => instead.clone(),
            value => value.clone(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbook::{Cell, Sheet};

    fn workbook() -> Workbook {
        let cell = |row, col, value| Cell {
            at: Addr::new(row, col),
            value,
            format: 0,
            formula: None,
        };
        let number = |text: &str| Value::Number(text.parse().unwrap());
        let sheet = |name: &str, cells| Sheet {
            name: name.to_owned(),
            cells,
            ..Sheet::default()
        };
        Workbook {
            sheets: vec![
                sheet(
                    "一",
                    vec![
                        cell(0, 0, number("269.69")),
                        cell(0, 1, number("318.1")),
                        cell(1, 0, Value::Text("——".into())),
                        cell(2, 0, number("0.1")),
                        cell(3, 0, number("0.2")),
                        cell(4, 0, Value::Error("#DIV/0!".into())),
                    ],
                ),
                sheet("二 表", vec![cell(0, 0, number("10"))]),
            ],
            ..Workbook::default()
        }
    }

    #[test]
    fn formulas_that_forms_hold() {
        for (text, expected) in [
            ("ROUND(A1/B1,4)", "0.8478"),
            ("ROUND('二 表'!A1*MIN(1,A1/$B$1),2)", "8.48"),
            ("SUM(A1:A4)", "269.99"),
            ("SUM(A3,A4)", "0.3"),
            ("A3+A4", "0.3"),
            ("-A3*-2+(1-50%)", "0.7"),
            ("IF(B1=0,0,A1/B1)", "0.847815152467777"),
            ("IFERROR(A1/C1,0)", "0"),
            ("IFERROR(A5,7)", "7"),
            ("MAX(A1:B1)-C9", "318.1"),
            ("AVERAGE(A3:A4)", "0.15"),
        ] {
            let found = number(&workbook(), 0, text).map(|number| number.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_gives_nothing() {
        let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
        for text in [
            "",
            "A1+",
            "VLOOKUP(A1,A:B,2,0)",
            "A2+1",
            "A1/C1",
            "INDIRECT(\"A1\")",
            "表名+1",
            "A1 B1",
            "1E3",
            "SUM(A:A)",
            "\"a",
            "'一",
            "三!A1",
            "#REF!+1",
            "A1&B1",
            &deep,
            "SUM(A1:XFD1048576)",
        ] {
            assert_eq!(number(&workbook(), 0, text), None, "{text}");
        }
    }
}
