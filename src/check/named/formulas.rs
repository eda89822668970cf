//! Formulas: those that give an error, stored results that are out of date, and figures typed
//! over the formulas of a template.

use rust_decimal::Decimal;

use super::{Check, Spot, template};
use crate::catalog::Severity;
use crate::check::Run;
use crate::filing::{CellRef, State, Table};
use crate::finding::Finding;
use crate::formula::compute;
use crate::naming::Known;
use crate::workbook::Value;

/// GJ018: error values.
pub(super) fn formula_errors(check: &Check<'_, '_>, run: &mut Run) {
    let known = Known::of(check.evidence.workbook).filter(|known| known.is_of(check.evidence.form));
    for table in &check.evidence.filing.tables {
        if let Some(known) = &known {
            let findings = template::typed_over(check, known, table);
            findings.into_iter().for_each(|finding| run.found(finding));
        }
        let mut seen: Vec<CellRef> = Vec::new();
        for spot in check.spots(table) {
            let fact = spot.fact;
            if let Some(finding) = out_of_date(check, table, &spot) {
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

/// A stored result that is not what the formula gives: programs show another figure as soon as
/// they calculate.
fn out_of_date(check: &Check<'_, '_>, table: &Table, spot: &Spot<'_>) -> Option<Finding> {
    let fact = spot.fact;
    let place = fact.cell.filter(|_| fact.formula && !fact.inline)?;
    let workbook = check.evidence.workbook;
    let cell = workbook.sheets.get(place.sheet)?.cell(place.at)?;
    let Value::Number(stored) = cell.value else {
        return None;
    };
    let gives = compute::number(workbook, place.sheet, cell.formula.as_ref()?)?;
    if (gives - stored).abs() <= SAME {
        return None;
    }
    let says = check.say(
        format!("这一格存的是 {stored}，公式算出来是 {gives}。"),
        format!("holds {stored}, but its formula gives {gives}."),
    );
    let words = check.words_of(table, spot);
    let mut finding = check.at(table, place, &words, &fact.shown, says);
    finding.severity = Severity::Hint;
    finding.todo = Some(check.say(
        "请在表格软件里打开，重新计算后保存。".into(),
        "Please open it in a spreadsheet program, recalculate and save.".into(),
    ));
    Some(finding)
}

/// Results in binary fractions and in decimals differ by less.
const SAME: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
