//! Whether what a formula shows will be shown still when it is calculated anew.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::compute::OneByOne;
use super::{Needs, needs};
use crate::amount::{Reading, read_text};
use crate::workbook::{Addr, Area, Value, Workbook};

/// A cell by its sheet and its address.
type Key = (usize, Addr);

/// So many bytes of formulas and cells of areas are gone through for a workbook; more are no form's.
const STEPS: usize = 1_000_000;

/// Results differ by less where programs calculate in binary fractions: so much, or so much of
/// what they are.
const SAME: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
const SAME_SHARE: Decimal = Decimal::from_parts(1, 0, 0, false, 11);

/// Functions that give something else each time, and those that ask others.
const VOLATILE: &[&str] = &[
    "DDE",
    "NOW",
    "RAND",
    "RAND.NV",
    "RANDARRAY",
    "RANDBETWEEN",
    "RANDBETWEEN.NV",
    "RTD",
    "TODAY",
    "WEBSERVICE",
];

/// Functions that give the same in all programs, whatever they are given. Only of these it is said
/// that a result is out of date: to say it where it is not true is worse than to say nothing.
const PLAIN: &[&str] = &[
    "ABS",
    "AND",
    "AVERAGE",
    "IF",
    "INT",
    "MAX",
    "MIN",
    "NOT",
    "OR",
    "PRODUCT",
    "ROUND",
    "ROUNDDOWN",
    "ROUNDUP",
    "SUM",
    "SUMIF",
    "TEXT",
    "TRUNC",
];

/// What makes a result doubtful.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Why {
    /// The stored result is not what the formula gives.
    OutOfDate { stored: Value, gives: Value },
    /// This function may give something else each time.
    Volatile(String),
}

/// A cell whose result is doubtful.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doubt {
    pub(crate) sheet: usize,
    pub(crate) at: Addr,
    pub(crate) why: Why,
}

/// Looks for doubtful results among the cells that formulas of a workbook read.
pub(crate) struct Trace<'a> {
    workbook: &'a Workbook,
    calculator: OneByOne<'a>,
    /// What was found for each formula so far; of one that is being looked at nothing yet.
    known: HashMap<Key, Option<Doubt>>,
    steps: usize,
}

/// A formula, and the formulas that it reads and that are still to be looked at.
struct Open {
    key: Key,
    reads: Vec<Key>,
}

impl<'a> Trace<'a> {
    pub(crate) fn of(workbook: &'a Workbook) -> Self {
        Self {
            workbook,
            calculator: OneByOne::of(workbook),
            known: HashMap::new(),
            steps: STEPS,
        }
    }

    /// The cell itself, or the first found of those that its formula reads, whose result is
    /// doubtful. A list of what is open, so that chains of any length take no depth of calls.
    pub(crate) fn doubt(&mut self, sheet: usize, at: Addr) -> Option<Doubt> {
        let mut open = Vec::new();
        self.look(&mut open, (sheet, at));
        while let Some(top) = open.last_mut() {
            let Some(key) = top.reads.pop() else {
                open.pop();
                continue;
            };
            match self.known.get(&key) {
                None => self.look(&mut open, key),
                Some(None) => {}
                Some(Some(doubt)) => {
                    let doubt = doubt.clone();
                    for open in open.drain(..) {
                        self.known.insert(open.key, Some(doubt.clone()));
                    }
                }
            }
        }
        self.known.get(&(sheet, at)).cloned().flatten()
    }

    /// Puts a formula onto the list, with what it reads.
    fn look(&mut self, open: &mut Vec<Open>, key: Key) {
        if self.known.contains_key(&key) {
            return;
        }
        let (own, reads) = self.formula(key).unwrap_or_default();
        if let Some(why) = own {
            let (sheet, at) = key;
            let doubt = Doubt { sheet, at, why };
            self.known.insert(key, Some(doubt));
            // Whoever reads it comes upon it next.
            if let Some(reader) = open.last_mut() {
                reader.reads.push(key);
            }
            return;
        }
        self.known.insert(key, None);
        open.push(Open { key, reads });
    }

    /// What is doubtful about a formula by itself, and the formulas that it reads.
    fn formula(&mut self, key: Key) -> Option<(Option<Why>, Vec<Key>)> {
        let (sheet, at) = key;
        let cell = self.workbook.sheets.get(sheet)?.cell(at)?;
        let text = cell.formula.as_ref()?;
        self.steps = self.steps.checked_sub(1 + text.len())?;
        let needs = needs(text, 0, 0);
        let function = needs
            .functions
            .iter()
            .find(|name| VOLATILE.contains(&name.as_str()));
        // A title with today's date changes no figure.
        if let Some(function) = function.filter(|_| matches!(cell.value, Value::Number(_))) {
            return Some((Some(Why::Volatile(function.clone())), Vec::new()));
        }
        if let Some(gives) = self.gives_else(sheet, text, &cell.value, &needs)
            && !self.is_circular(key)
        {
            let stored = cell.value.clone();
            return Some((Some(Why::OutOfDate { stored, gives }), Vec::new()));
        }
        let mut reads = self.reads(sheet, needs);
        // The last of the list is looked at first.
        reads.reverse();
        Some((None, reads))
    }

    /// What the formula gives in every program, where that is not what is stored.
    fn gives_else(
        &mut self,
        sheet: usize,
        text: &str,
        stored: &Value,
        needs: &Needs,
    ) -> Option<Value> {
        let is_plain = |name: &String| PLAIN.contains(&name.as_str());
        if self.workbook.traits.as_shown
            || !needs.functions.iter().all(is_plain)
            || !needs.names.is_empty()
            || text.contains('^')
        {
            return None;
        }
        let gives = self.calculator.value(sheet, text)?;
        if !differ(stored, &gives) {
            return None;
        }
        let elsewhere = self.calculator.elsewhere(sheet, text)?;
        let agree = elsewhere.iter().all(|other| !differ(other, &gives));
        agree.then_some(gives)
    }

    /// Whether a formula reads itself, through whichever others.
    fn is_circular(&mut self, key: Key) -> bool {
        let (mut seen, mut open) = (HashSet::from([key]), vec![key]);
        while let Some((sheet, at)) = open.pop() {
            let workbook = self.workbook;
            let cell = workbook.sheets.get(sheet).and_then(|sheet| sheet.cell(at));
            let Some(text) = cell.and_then(|cell| cell.formula.as_ref()) else {
                continue;
            };
            self.steps = self.steps.saturating_sub(1 + text.len());
            // What is not known is not said.
            if self.steps == 0 {
                return true;
            }
            for read in self.reads(sheet, needs(text, 0, 0)) {
                if read == key {
                    return true;
                }
                if seen.insert(read) {
                    open.push(read);
                }
            }
        }
        false
    }

    /// The formulas that one on this sheet reads.
    fn reads(&mut self, sheet: usize, needs: Needs) -> Vec<Key> {
        let mut reads = Vec::new();
        for (name, area) in needs.areas {
            let read = match name {
                None => Some(sheet),
                Some(name) => self.calculator.sheet(&name),
            };
            if let Some(read) = read {
                self.formulas_in(read, area, &mut reads);
            }
        }
        reads
    }

    /// The formulas of an area.
    fn formulas_in(&mut self, sheet: usize, area: Area, reads: &mut Vec<Key>) {
        let cells = &self.workbook.sheets[sheet].cells;
        let from = cells.partition_point(|cell| cell.at < area.first);
        for cell in &cells[from..] {
            if cell.at.row > area.last.row || self.steps == 0 {
                return;
            }
            self.steps -= 1;
            if cell.formula.is_some() && area.contains(cell.at) {
                reads.push((sheet, cell.at));
            }
        }
    }
}

/// Whether a stored result is another than what the formula gives, where either is a figure.
fn differ(stored: &Value, gives: &Value) -> bool {
    match (stored, gives) {
        (Value::Number(stored), Value::Number(gives)) => apart(*stored, *gives),
        (Value::Text(stored), Value::Number(gives)) => match read_text(stored) {
            Reading::Amount(stored) if stored.percent => {
                let points = gives.checked_mul(Decimal::ONE_HUNDRED);
                points.is_none_or(|points| apart(stored.value, points))
            }
            Reading::Amount(stored) => apart(stored.value, *gives),
            _ => true,
        },
        (Value::Text(stored), Value::Text(gives)) => match (read_text(stored), read_text(gives)) {
            (Reading::Amount(stored), Reading::Amount(gives)) => {
                stored.percent == gives.percent && apart(stored.value, gives.value)
            }
            _ => false,
        },
        (Value::Number(_), Value::Text(_)) => true,
        // What is an error differs among programs.
        _ => false,
    }
}

fn apart(one: Decimal, other: Decimal) -> bool {
    let same = one.abs().max(other.abs()) * SAME_SHARE;
    let difference = one.checked_sub(other);
    difference.is_none_or(|difference| difference.abs() > same.max(SAME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::address;
    use crate::workbook::{Cell, Sheet};

    fn workbook(formulas: &[(&str, &str, Value)]) -> Workbook {
        let mut cells: Vec<Cell> = formulas
            .iter()
            .map(|(at, formula, value)| Cell {
                at: address::cell(at).unwrap(),
                value: value.clone(),
                format: 0,
                formula: Some((*formula).into()),
            })
            .collect();
        cells.sort_by_key(|cell| cell.at);
        Workbook {
            sheets: vec![Sheet {
                name: "表".to_owned(),
                cells,
                ..Sheet::default()
            }],
            ..Workbook::default()
        }
    }

    fn doubtful(formulas: &[(&str, &str, Value)], at: &str) -> Option<(String, Why)> {
        let workbook = workbook(formulas);
        let found = Trace::of(&workbook).doubt(0, address::cell(at).unwrap());
        found.map(|doubt| (doubt.at.to_string(), doubt.why))
    }

    fn number(value: i64) -> Value {
        Value::Number(value.into())
    }

    #[test]
    fn the_cell_that_is_doubtful_is_found_behind_others() {
        let cells = [
            ("A1", "SUM(B1:B3)", number(6)),
            ("B1", "1", number(1)),
            ("B2", "C1*2", number(2)),
            ("B3", "3", number(3)),
            ("C1", "1+1", number(1)),
            ("D1", "B1+B3", number(4)),
        ];
        let why = Why::OutOfDate {
            stored: number(1),
            gives: number(2),
        };
        assert_eq!(doubtful(&cells, "A1"), Some(("C1".to_owned(), why)));
        assert_eq!(doubtful(&cells, "D1"), None);
    }

    #[test]
    fn a_truth_value_silences_the_formula_that_reads_it_and_no_other() {
        let cells = [
            ("A1", "C1+D1", number(2)),
            ("B1", "1=1", Value::Bool(true)),
            ("C1", "IF(B1,1,2)", number(1)),
            ("D1", "1+1", number(1)),
        ];
        let found = doubtful(&cells, "A1").map(|(at, _)| at);
        assert_eq!(found.as_deref(), Some("D1"));
    }

    #[test]
    fn circles_and_long_chains_end() {
        let circle = [("A1", "B1", number(1)), ("B1", "A1", number(1))];
        assert_eq!(doubtful(&circle, "A1"), None);
        let names: Vec<(String, String)> = (1..50_000)
            .map(|row| (format!("A{row}"), format!("A{}", row + 1)))
            .chain([("A50000".to_owned(), "RAND()".to_owned())])
            .collect();
        let chain: Vec<(&str, &str, Value)> = names
            .iter()
            .map(|(at, text)| (at.as_str(), text.as_str(), number(1)))
            .collect();
        let why = Why::Volatile("RAND".to_owned());
        assert_eq!(doubtful(&chain, "A1"), Some(("A50000".to_owned(), why)));
    }

    #[test]
    fn figures_are_compared_as_they_are_shown() {
        let text = |text: &str| Value::Text(text.into());
        let largest = Value::Number(Decimal::MAX);
        for (formula, stored, doubted) in [
            ("0.5", text("50%"), false),
            ("0.5", text("0.50"), false),
            ("0.5", text("50"), true),
            ("0.5", text("——"), true),
            ("0.5", text(""), true),
            ("\"50\"", number(50), true),
            ("\"50.00%\"", text("88.85%"), true),
            ("\"甲\"", text("乙"), false),
            ("1/0", number(1), false),
            ("1/3", Value::Number(Decimal::new(3_333_333, 7)), false),
            ("-79228162514264337593543950335", largest, true),
        ] {
            let found = doubtful(&[("A1", formula, stored)], "A1");
            assert_eq!(found.is_some(), doubted, "{formula}");
        }
    }

    #[test]
    fn what_programs_calculate_otherwise_is_not_said_to_be_out_of_date() {
        let decimal = |text: &str| Value::Number(text.parse().unwrap());
        // In binary fractions a difference of 0.1 is more than 0.1, and 4.435 * 100 less than 443.5.
        for (formula, stored) in [
            ("IF(B1-C1<=0.1,10,8)", number(8)),
            ("IF(B1-C1=D1,10,8)", number(8)),
            ("IF(1000.1-1000<=0.1,10,8)", number(8)),
            ("IF(ABS(95.71-95.7)<0.01,10,0)", number(10)),
            ("IF(TRUE>\"a\",1,2)", number(2)),
            ("ROUND(E1*100,0)/100", decimal("4.43")),
            ("9876543210.55*0.8885", decimal("8775308642.57367")),
            // A blank cell may hold the empty text.
            ("IF(F1=0,1,2)", number(2)),
            ("SUM(B1,G1)", number(3)),
            ("0^0", number(1)),
            ("COUNT(B1:C1)", number(3)),
        ] {
            let cells = [
                ("A1", formula, stored),
                ("B1", "1000.1", decimal("1000.1")),
                ("C1", "1000", number(1000)),
                ("D1", "0.1", decimal("0.1")),
                ("E1", "4.435", decimal("4.435")),
                ("G1", "1=1", Value::Bool(true)),
            ];
            assert_eq!(doubtful(&cells, "A1"), None, "{formula}");
        }
        let mut workbook = workbook(&[("A1", "0.8885", decimal("0.89"))]);
        assert!(Trace::of(&workbook).doubt(0, Addr::new(0, 0)).is_some());
        workbook.traits.as_shown = true;
        assert_eq!(Trace::of(&workbook).doubt(0, Addr::new(0, 0)), None);
    }

    #[test]
    fn a_title_with_the_date_makes_no_figure_doubtful() {
        let title = Value::Text("截至 2024-01-01".into());
        let cells = [
            ("A1", "SUM(B1:B2)", number(2)),
            ("B1", "TODAY()&\"\"", title),
            ("B2", "2", number(2)),
        ];
        assert_eq!(doubtful(&cells, "A1"), None);
    }
}
