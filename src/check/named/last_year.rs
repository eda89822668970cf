//! This year's columns of last year's figures against what was filed last year.

use super::Check;
use crate::catalog::slot_path;
use crate::check::Run;
use crate::check::computed::rounding;
use crate::check::value::{Sum, Truth, Unknown, equal};
use crate::check::words::{figure, shortened};
use crate::filing::{Figure, Table};

/// GJ711. The form says which column takes over which one of last year (`carry`).
pub(super) fn last_year(check: &Check<'_, '_>, run: &mut Run) {
    let evidence = check.evidence;
    let Some(last_year) = evidence.last_year else {
        return;
    };
    let Some(unit) = evidence.unit else {
        return run.not_known(Unknown::NotApplicable(check.say(
            "没有填单位名称，找不到上年的报送".to_owned(),
            "there is no unit name to find last year's filing by".to_owned(),
        )));
    };
    for table in &evidence.filing.tables {
        let annex = &evidence.form.annexes[table.annex];
        let year = table.year.unwrap_or(evidence.form.year);
        let carries = |block: &crate::catalog::Block| {
            block.columns.iter().any(|column| column.carry.is_some())
        };
        if annex.repeat || !annex.blocks.iter().any(carries) {
            continue;
        }
        let filed = last_year.figures(unit, year - 1, &annex.id);
        if filed.is_empty() {
            continue;
        }
        for block in &annex.blocks {
            for (column, definition) in block.columns.iter().enumerate() {
                let Some(carried) = definition.carry else {
                    continue;
                };
                for row in 0..block.rows.len().max(1) {
                    let was = slot_path(annex, block.slot(row, carried));
                    let was = filed.iter().find(|(field, _)| *field == was);
                    let slot = block.slot(row, column);
                    let now = table.facts.get(slot).and_then(|fact| fact.number());
                    if let (Some((_, was)), Some(now)) = (was, now) {
                        compare(check, table, slot, now, *was, run);
                    }
                }
            }
        }
    }
    // One that is called otherwise this year is no reason to say that all agrees.
    run.not_known(Unknown::NotApplicable(check.say(
        format!(
            "上年的数据库里没有读到「{}」的决算，名称要与上年一致",
            shortened(unit)
        ),
        format!(
            "last year's database has no outturn of “{}”; the name has to be that of last year",
            shortened(unit)
        ),
    )));
}

fn compare<'a>(
    check: &Check<'a, '_>,
    table: &'a Table,
    slot: usize,
    now: &Figure,
    was: rust_decimal::Decimal,
    run: &mut Run,
) {
    let one = |value| Sum {
        value,
        digit: now.digit,
        parts: 1,
    };
    let truth = equal(one(now.value), one(was));
    let fact = &table.facts[slot];
    let Some(cell) = fact.cell.filter(|_| truth != Truth::Holds) else {
        return run.passed();
    };
    let annex = &check.evidence.form.annexes[table.annex];
    let unit = Some(crate::catalog::place_of_slot(annex, slot).2.unit);
    let (was_shown, off) = (figure(was, unit), figure((now.value - was).abs(), unit));
    let says = check.say(
        format!(
            "填 {}，上年报送的决算是 {was_shown}，差 {off}。",
            fact.shown
        ),
        format!(
            "is {}, last year's filing says {was_shown}; off by {off}.",
            fact.shown
        ),
    );
    let (words, path) = check.slot_words(table, slot);
    let mut finding = check.at(table, cell, &words, &fact.shown, says);
    finding.field = Some(path);
    finding.expected = Some(was_shown);
    finding.difference = Some(off);
    if truth == Truth::Rounding {
        rounding(&mut finding, check.evidence.lang);
    }
    run.found(finding);
}
