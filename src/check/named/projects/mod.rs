//! Projects in 附件1 and their tables, 附件3.

mod pairing;
mod rows;
mod tables;

pub(crate) use rows::{name_behind, own_label};

use rust_decimal::Decimal;

use super::Check;
use crate::catalog::{Field, RowRef, Severity};
use crate::check::Run;
use crate::check::computed::rounding;
use crate::check::value::{Sum, Truth, Unknown, Val, equal};
use crate::check::words::{self, figure};
use crate::filing::Table;
use crate::finding::{Outcome, Related};
use pairing::pair;
use rows::{ProjectRow, all_projects, form_words, project_words, rows_of};
use tables::{ProjectTable, of_table, project_annex, project_tables, total_field, total_of};

/// The columns and rows that the checks need, by their ids in the form.
struct Shape {
    budget: usize,
    spent: usize,
}

fn shape(check: &Check<'_, '_>, at: RowRef) -> Option<Shape> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    Some(Shape {
        budget: block.column("预算")?,
        spent: block.column("决算")?,
    })
}

/// GJ124.
pub(super) fn special_rows_named(check: &Check<'_, '_>, at: RowRef, run: &mut Run) {
    let Some(table) = check.row_table(at) else {
        return run.not_known(Unknown::NoTable(at.annex));
    };
    let rows = rows_of(check, table, at);
    if rows.len() < 2 {
        return;
    }
    for row in rows.iter().filter(|row| row.name.is_none()) {
        let Some(cell) = row.label.or(row.facts[0].cell) else {
            continue;
        };
        let says = check.say(
            format!("有 {} 个专项，这一行没有写明是哪一个。", rows.len()),
            format!(
                "there are {} specials; this row does not name its own.",
                rows.len()
            ),
        );
        let words = form_words(check, row.at);
        run.found(check.at(table, cell, words, "", says));
    }
}

/// What is compared: the table of the row, and those of the projects; else the annex that is not
/// there.
fn compared<'a>(
    check: &Check<'a, '_>,
    at: RowRef,
) -> Result<(&'a Table, Shape, Vec<ProjectTable<'a>>), usize> {
    let own = check.row_table(at).zip(shape(check, at));
    let (table, shape) = own.ok_or(at.annex)?;
    let tables = project_tables(check);
    if tables.is_empty() {
        return Err(project_annex(check).unwrap_or(at.annex));
    }
    Ok((table, shape, tables))
}

/// GJ704: each special has one table, with its amounts.
pub(super) fn specials_have_tables(check: &Check<'_, '_>, at: RowRef, run: &mut Run) {
    let (table, shape, tables) = match compared(check, at) {
        Ok(compared) => compared,
        Err(annex) => return run.not_known(Unknown::NoTable(annex)),
    };
    let rows = all_projects(check, table, at);
    let pairs = pair(check, &rows, &tables, shape.spent, at.row);
    if !rows.iter().any(|row| row.at.row == at.row) {
        return run.not_known(Unknown::NotApplicable(check.say(
            "没有市级专项".to_owned(),
            "there are no specials".to_owned(),
        )));
    }
    let specials = rows.iter().zip(pairs);
    for (project, found) in specials.filter(|(row, _)| row.at.row == at.row) {
        let words = project_words(check, project);
        let Some(found) = found else {
            let Some(cell) = project.facts[shape.spent].cell else {
                continue;
            };
            // Whether there is anything that a table could tell is not known.
            if let Val::Unknown(reason) = project.value(check, table, shape.spent) {
                run.not_known(reason);
                continue;
            }
            let says = check.say(
                "没有找到对应的附件3。".to_owned(),
                "no table of annex 3 belongs to it.".to_owned(),
            );
            let mut finding =
                check.at(table, cell, &words, &project.facts[shape.spent].shown, says);
            finding.severity = Severity::Incomplete;
            finding.todo = Some(check.say(
                "请补报这个专项的附件3。".into(),
                "Please add its table.".into(),
            ));
            run.found(finding);
            continue;
        };
        for (column, own) in [("执行", shape.spent), ("年初", shape.budget)] {
            compare(
                check,
                table,
                &tables[found],
                project,
                column,
                own,
                &words,
                run,
            );
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn compare(
    check: &Check<'_, '_>,
    table: &Table,
    other: &ProjectTable<'_>,
    project: &ProjectRow<'_>,
    column: &str,
    own: usize,
    words: &str,
    run: &mut Run,
) {
    let Some(field) = total_field(check, column) else {
        return;
    };
    let context = of_table(check, other.table);
    let values = (
        total_of(check, other.table, column),
        project.value(check, table, own),
    );
    let is_blank = matches!(values.1, Val::Blank(_));
    let (a, b) = match values {
        (Val::Number(a), Val::Number(b)) => (a, b),
        (Val::Unknown(reason), _) | (_, Val::Unknown(reason)) => return run.not_known(reason),
        // Blank on one side only: nothing is not a figure, but a missing one is told elsewhere.
        (Val::Number(a), Val::Blank(_)) if a.value.is_zero() => return run.passed(),
        (Val::Number(a), Val::Blank(_)) => (a, Sum::exact(Decimal::ZERO)),
        (Val::Blank(_), Val::Number(b)) if b.value.is_zero() => return run.passed(),
        _ => return run.not_known(Unknown::Blank(Some(field))),
    };
    let outcome = match equal(a, b) {
        Truth::Holds => return run.passed(),
        Truth::Rounding => Outcome::Rounding,
        _ => Outcome::Mismatch,
    };
    let unit = Some(crate::catalog::Unit::Money);
    let place = words::place_words(&context, field);
    let fact = context.fact(field);
    let own_fact = project.facts[own];
    let row_place = check.place(table, own_fact);
    let (x, y, off) = (
        figure(a.value, unit),
        figure(b.value, unit),
        figure((a.value - b.value).abs(), unit),
    );
    let mut finding = crate::check::at_field(
        check.evidence,
        &context,
        check.rule,
        check.severity,
        Some(field),
    );
    finding.outcome = outcome;
    let own_words = match is_blank {
        false => y.clone(),
        true => check.say("没有填".to_owned(), "blank".to_owned()),
    };
    finding.message = check.say(
        format!("{place} {x}，{row_place}「{words}」{own_words}，两处应相同，差 {off}。"),
        format!(
            "{place} is {x} and {row_place} “{words}” {own_words}; they should be equal, off by {off}."
        ),
    );
    finding.todo = Some(check.say(
        "请核对后改正其中一处。".into(),
        "Please check both and correct one.".into(),
    ));
    finding.found = fact.map(|fact| fact.shown.to_string());
    if !is_blank {
        finding.expected = Some(y.clone());
        finding.working = Some(format!("{x} ≠ {y}"));
    }
    finding.difference = Some(off);
    if outcome == Outcome::Rounding {
        rounding(&mut finding, check.evidence.lang);
    }
    finding.related = own_fact
        .cell
        .map(|cell| Related {
            cell,
            field: None,
            value: own_fact.shown.clone(),
        })
        .into_iter()
        .collect();
    run.found(finding);
}

/// GJ705: the tables together are all of the projects.
pub(super) fn projects_have_tables(check: &Check<'_, '_>, at: RowRef, run: &mut Run) {
    let (table, shape, tables) = match compared(check, at) {
        Ok(compared) => compared,
        Err(annex) => return run.not_known(Unknown::NoTable(annex)),
    };
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    let field = Field::Slot {
        annex: at.annex,
        slot: block.slot(at.row, shape.spent),
    };
    let total = match check.context.field(field) {
        Val::Number(total) => total,
        Val::Unknown(reason) => return run.not_known(reason),
        _ => return run.not_known(Unknown::Blank(Some(field))),
    };
    let totals = tables.iter();
    let totals = totals.map(|found| total_of(check, found.table, "执行"));
    let spent = match crate::check::value::sum(totals) {
        Val::Number(spent) => spent,
        Val::Unknown(reason) => return run.not_known(reason),
        _ => return run.not_known(Unknown::Blank(total_field(check, "执行"))),
    };
    // One digit, whatever the number of tables: what is missing is a table, not a rounding.
    if !matches!(
        equal(Sum { parts: 1, ..total }, Sum { parts: 1, ..spent }),
        Truth::Fails
    ) {
        return run.passed();
    }
    let special = block.row("专项").unwrap_or(at.row);
    let rows: Vec<ProjectRow<'_>> = block
        .children(at.row)
        .flat_map(|row| rows_of(check, table, RowRef { row, ..at }))
        .collect();
    let pairs = pair(check, &rows, &tables, shape.spent, special);
    let without: Vec<String> = rows
        .iter()
        .zip(pairs)
        .filter(|(_, found)| found.is_none())
        .filter_map(|(row, _)| {
            let amount = row.amount(shape.spent)?;
            let name = project_words(check, row);
            let amount = figure(amount, Some(crate::catalog::Unit::Money));
            Some(format!("{name} {amount}"))
        })
        .collect();
    let unit = Some(crate::catalog::Unit::Money);
    let (x, y) = (figure(spent.value, unit), figure(total.value, unit));
    let which = if without.is_empty() {
        String::new()
    } else {
        let list = without.join("、");
        check.say(
            format!("没有附件3的：{list}。"),
            format!(" Without a table: {list}."),
        )
    };
    let Some(cell) = check.context.fact(field).and_then(|fact| fact.cell) else {
        return;
    };
    let words = words::field_words(check.context, field);
    let says = check.say(
        format!(
            "{} 张附件3全年执行数合计 {x}，项目支出决算 {y}，差 {}。{which}",
            tables.len(),
            figure((spent.value - total.value).abs(), unit)
        ),
        format!(
            "annex 3 ({} found) adds up to {x}, the projects to {y}.{which}",
            tables.len()
        ),
    );
    let mut finding = check.at(table, cell, &words, &y, says);
    finding.expected = Some(x.clone());
    finding.difference = Some(figure((spent.value - total.value).abs(), unit));
    finding.working = Some(format!("{x} ≠ {y}"));
    finding.todo = Some(check.say(
        "请补报缺少的附件3，或说明为什么不报。".into(),
        "Please add the missing tables, or explain.".into(),
    ));
    run.found(finding);
}
