//! Formulas: those that give an error, results that will not stay as they are stored, and figures
//! typed over the formulas of a template.

use std::collections::HashSet;

use super::{Check, Spot, template};
use crate::catalog::Severity;
use crate::check::Run;
use crate::filing::{CellRef, State, Table};
use crate::finding::Finding;
use crate::formula::trace::{Trace, Why};
use crate::lang::Lang;
use crate::naming::Known;
use crate::quote::{inner, shortened};
use crate::reasons::address;
use crate::report::printable;
use crate::workbook::Value;

/// GJ018: error values.
pub(super) fn formula_errors(check: &Check<'_, '_>, run: &mut Run) {
    let known = Known::of(check.evidence.workbook).filter(|known| known.is_of(check.evidence.form));
    let mut trace = Trace::of(check.evidence.workbook);
    let mut told = HashSet::new();
    for table in &check.evidence.filing.tables {
        if let Some(known) = &known {
            let findings = template::typed_over(check, known, table);
            findings.into_iter().for_each(|finding| run.found(finding));
        }
        let mut seen: Vec<CellRef> = Vec::new();
        for spot in check.spots(table) {
            let fact = spot.fact;
            if let Some(finding) = doubtful(check, &mut trace, &mut told, table, &spot) {
                run.found(finding);
            }
            let State::Error(error) = &fact.state else {
                continue;
            };
            let Some(cell) = fact.cell.filter(|cell| !seen.contains(cell)) else {
                continue;
            };
            seen.push(cell);
            let says = check.say(
                format!("显示 {error}，公式没有算出数来，相关的检查未做。"),
                format!("shows {error}; checks that need it were not made."),
            );
            let mut finding = check.at(table, cell, &check.words_of(table, &spot), error, says);
            finding.todo = Some(check.say(
                "请检查公式，或直接填数。".into(),
                "Please mend the formula or enter the number.".into(),
            ));
            run.found(finding);
        }
    }
}

/// A result that will not be shown still when a program calculates the formula anew: its own, or
/// one that it reads.
fn doubtful(
    check: &Check<'_, '_>,
    trace: &mut Trace<'_>,
    told: &mut HashSet<CellRef>,
    table: &Table,
    spot: &Spot<'_>,
) -> Option<Finding> {
    let fact = spot.fact;
    let place = fact.cell.filter(|_| fact.formula && !fact.inline)?;
    fact.number()?;
    let doubt = trace.doubt(place.sheet, place.at)?;
    let cell = CellRef {
        sheet: doubt.sheet,
        at: doubt.at,
    };
    // Of many figures that read one cell, the first.
    if !told.insert(cell) && cell != place {
        return None;
    }
    let lang = check.evidence.lang;
    let there = address(&check.evidence.filing.sheets, cell);
    let (zh, en) = if cell == place {
        ("这一格".to_owned(), String::new())
    } else {
        (
            format!("这一格的公式用到 {there}，那一格"),
            format!("uses {there}, which "),
        )
    };
    let (says, todo) = match &doubt.why {
        Why::OutOfDate { stored, gives } => (
            check.say(
                format!(
                    "{zh}存的是{}，公式算出来是{}。",
                    shown(stored, lang),
                    shown(gives, lang)
                ),
                format!(
                    "{en}holds {}, but its formula gives {}.",
                    shown(stored, lang),
                    shown(gives, lang)
                ),
            ),
            check.say(
                "请在表格软件里打开，重新计算后保存。".into(),
                "Please open it in a spreadsheet program, recalculate and save.".into(),
            ),
        ),
        Why::Volatile(function) => (
            check.say(
                format!(
                    "{zh}的公式用了 {function}，每次计算结果都可能不同；检查用的是现在存的结果。"
                ),
                format!(
                    "{en}uses {function}, which may give something else each time; \
                     what is stored now was checked."
                ),
            ),
            check.say(
                "请改为固定的数，或用其他公式计算。".into(),
                "Please enter the number, or use another formula.".into(),
            ),
        ),
    };
    let words = check.words_of(table, spot);
    let mut finding = check.at(table, place, &words, &fact.shown, says);
    finding.severity = Severity::Hint;
    finding.todo = Some(todo);
    Some(finding)
}

/// A result on one line, with a blank before it where Chinese has one.
fn shown(value: &Value, lang: Lang) -> String {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => {
            let text = shortened(&printable(text), LONGEST_SHOWN).into_owned();
            return match lang {
                Lang::Zh => format!("「{}」", inner(&text)),
                Lang::En => format!("“{text}”"),
            };
        }
        Value::Error(text) | Value::Unreadable(text) => {
            shortened(&printable(text), LONGEST_SHOWN).into_owned()
        }
        Value::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Blank => String::new(),
    };
    match lang {
        Lang::Zh => format!(" {text}"),
        Lang::En => text,
    }
}

/// So many characters of a text are shown.
const LONGEST_SHOWN: usize = 40;
