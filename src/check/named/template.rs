//! What a template tells about the workbook that was made from it.

use super::Check;
use crate::catalog::{Field, RowRef, place_of_slot};
use crate::check::evaluate::Context;
use crate::check::{Run, formula, tree};
use crate::filing::{State, Table};
use crate::finding::Finding;
use crate::naming::{Known, of_slot};

/// GJ020: the template of another form set, or of an earlier version.
pub(super) fn template_version(check: &Check<'_, '_>, run: &mut Run) {
    let Some(known) = Known::of(check.evidence.workbook) else {
        return;
    };
    let form = check.evidence.form;
    let (Some(id), version) = (&known.form, known.version.as_deref().unwrap_or("?")) else {
        return;
    };
    let says = match (id == &form.id, version == form.version) {
        (true, true) => return,
        (true, false) => check.say(
            format!(
                "这份工作簿用的是「{}」第 {version} 版的模板，现在用第 {} 版。",
                form.name, form.version
            ),
            format!(
                "This workbook was made from version {version} of the template of “{}”; the current one is {}.",
                form.name, form.version
            ),
        ),
        (false, _) => check.say(
            format!(
                "这份工作簿用的是另一套模板（{id}），这里要用的是「{}」（{}）。",
                form.name, form.id
            ),
            format!(
                "This workbook was made from the template of {id}; the one to use is “{}” ({}).",
                form.name, form.id
            ),
        ),
    };
    let mut finding = check.of_table(None, says);
    finding.todo = Some(check.say(
        "请换用正确的模板；仍用这份的请说明。".to_owned(),
        "Please use the right template, or explain.".to_owned(),
    ));
    finding.found = Some(format!("{id} {version}"));
    finding.expected = Some(format!("{} {}", form.id, form.version));
    run.found(finding);
}

/// GJ021: nothing has been filled in.
pub(super) fn blank_filing(check: &Check<'_, '_>, run: &mut Run) {
    if !check.evidence.filing.blank {
        return;
    }
    let mut finding = check.of_table(
        None,
        check.say(
            "未填：各张表都还是空的。".to_owned(),
            "Not filled in: all tables are still blank.".to_owned(),
        ),
    );
    finding.todo = Some(check.say(
        "请填好后再核对。".to_owned(),
        "Please fill it in and check again.".to_owned(),
    ));
    run.found(finding);
}

/// A figure typed over a formula of the template.
pub(super) fn typed_over(check: &Check<'_, '_>, known: &Known, table: &Table) -> Vec<Finding> {
    let form = check.evidence.form;
    let annex = &form.annexes[table.annex];
    let context = Context {
        table: Some(table),
        ..*check.context
    };
    let mut findings = Vec::new();
    for (slot, fact) in table.facts.iter().enumerate() {
        let Some(cell) = fact.cell.filter(|_| !fact.formula) else {
            continue;
        };
        if !matches!(fact.state, State::Number(_)) {
            continue;
        }
        let number = known.number_of(annex, cell.sheet, |at| at == cell.at);
        let named = number.and_then(|number| known.area(&of_slot(annex, number, slot)));
        let is_named = named.is_some_and(|(_, area)| area.first == cell.at);
        let Some(original) = is_named
            .then(|| formula_of(check, &context, table, slot, cell.sheet))
            .flatten()
        else {
            continue;
        };
        let field = Field::Slot {
            annex: table.annex,
            slot,
        };
        let words = crate::check::words::field_words(&context, field);
        let says = check.say(
            format!("原为公式 {original}，现为手填 {}。", fact.shown),
            format!(
                "was the formula {original}, now holds the typed figure {}.",
                fact.shown
            ),
        );
        let mut finding = check.at(table, cell, &words, &fact.shown, says);
        finding.severity = crate::catalog::Severity::Hint;
        finding.todo = Some(check.say(
            "请恢复公式，或核对手填的数。".to_owned(),
            "Please restore the formula, or check the figure.".to_owned(),
        ));
        findings.push(finding);
    }
    findings
}

/// What the form computes in a slot, as a formula over the cells of this workbook; `None` where
/// it computes nothing.
fn formula_of(
    check: &Check<'_, '_>,
    context: &Context<'_>,
    table: &Table,
    slot: usize,
    sheet: usize,
) -> Option<String> {
    let form = check.evidence.form;
    if let Some(test) = form.computing(table.annex, slot) {
        let expr = &test.expr;
        let words = || crate::check::formula_words(form, expr, check.evidence.lang);
        return Some(formula::of(context, sheet, expr).unwrap_or_else(words));
    }
    let annex = &form.annexes[table.annex];
    let (block, row, _) = place_of_slot(annex, slot);
    let column = (slot - block.first_slot) % block.columns.len();
    let total = block.rows.get(row)?.total.as_ref()?;
    if !total.exhaustive || !total.columns.contains(&column) {
        return None;
    }
    let position = annex
        .blocks
        .iter()
        .position(|known| std::ptr::eq(known, block))?;
    let at = RowRef {
        annex: table.annex,
        block: position,
        row,
    };
    tree::formula(context, at, column, sheet)
}
