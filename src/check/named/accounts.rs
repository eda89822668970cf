//! Tables of accounts: each level of codes is the sum of the next, and the total of the first.

use rust_decimal::Decimal;

use super::Check;
use crate::catalog::{Field, ListRef, Unit};
use crate::check::Run;
use crate::check::computed::rounding;
use crate::check::value::{Sum, Truth, Unknown, Val, equal, sum};
use crate::check::words::{figure, row_name};
use crate::filing::{Fact, ListRow, State, Table};

fn code(row: &ListRow, column: Option<usize>) -> Option<String> {
    let text = row.facts.get(column?)?.text()?;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 3).then_some(digits)
}

/// The figure of a cell, called `words`. What cannot be read is not nothing.
fn value(check: &Check<'_, '_>, table: &Table, fact: &Fact, words: &str) -> Val {
    match &fact.state {
        State::Number(figure) => Val::Number(Sum {
            value: figure.value,
            digit: figure.digit,
            parts: 1,
        }),
        State::Absent | State::Blank | State::NotApplicable => Val::Blank(None),
        State::Text(_) | State::Error(_) | State::Unreadable(_) => {
            let place = check.place(table, fact);
            Val::Unknown(Unknown::UnreadableAt(format!("{place}「{words}」")))
        }
    }
}

/// GJ403, GJ502, GJ604.
pub(super) fn account_tree(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let Some(table) = check.table(list) else {
        return run.not_known(Unknown::NoTable(list.annex));
    };
    let block = &check.evidence.form.annexes[list.annex].blocks[list.block];
    let rows: Vec<&ListRow> = table.list(list.block).collect();
    let codes: Vec<Option<String>> = rows
        .iter()
        .map(|row| code(row, block.column("编码")))
        .collect();
    // The nearest row whose code is a shorter beginning of this one's.
    let parent = |index: usize| {
        let own = codes[index].as_ref()?;
        (0..rows.len())
            .filter(|other| {
                codes[*other]
                    .as_ref()
                    .is_some_and(|code| own.starts_with(code.as_str()) && code.len() < own.len())
            })
            .max_by_key(|other| codes[*other].as_ref().map_or(0, String::len))
    };
    let parents: Vec<Option<usize>> = (0..rows.len()).map(parent).collect();
    for (column, definition) in block.columns.iter().enumerate() {
        if definition.unit != Unit::Money {
            continue;
        }
        let value_of = |row: &&ListRow| {
            let name = row_name(block, row).unwrap_or_default();
            let words = format!("{name} · {}", definition.label.words);
            value(check, table, &row.facts[column], &words)
        };
        let mut compare = |total: &Fact, words: String, parts: Vec<&ListRow>| {
            let parts = sum(parts.iter().map(value_of));
            let (printed, expected) = match (value(check, table, total, &words), parts) {
                (Val::Number(printed), Val::Number(expected)) => (printed, expected),
                (Val::Unknown(reason), _) | (_, Val::Unknown(reason)) => {
                    return run.not_known(reason);
                }
                _ => return,
            };
            let Some(cell) = total.cell else { return };
            let truth = equal(printed, expected);
            if truth == Truth::Holds {
                return run.passed();
            }
            let unit = Some(Unit::Money);
            let off = figure((printed.value - expected.value).abs(), unit);
            let shown = figure(expected.value, unit);
            let says = check.say(
                format!("填 {}，下级合计 {shown}，差 {off}。", total.shown),
                format!(
                    "is {}, its parts add up to {shown}, off by {off}.",
                    total.shown
                ),
            );
            let mut finding = check.at(table, cell, &words, &total.shown, says);
            finding.expected = Some(shown);
            finding.difference = Some(off);
            if truth == Truth::Rounding {
                rounding(&mut finding, check.evidence.lang);
            }
            run.found(finding);
        };
        for (index, row) in rows.iter().enumerate() {
            let parts: Vec<&ListRow> = (0..rows.len())
                .filter(|child| parents[*child] == Some(index))
                .map(|child| rows[child])
                .collect();
            if !parts.is_empty() {
                let code = codes[index].clone().unwrap_or_default();
                compare(
                    &row.facts[column],
                    format!("{code} · {}", definition.label.words),
                    parts,
                );
            }
        }
        let field = Field::Slot {
            annex: list.annex,
            slot: block.slot(0, column),
        };
        let top: Vec<&ListRow> = (0..rows.len())
            .filter(|row| parents[*row].is_none())
            .map(|row| rows[row])
            .collect();
        if let (Some(total), false) = (check.context.fact(field), top.is_empty()) {
            let foot = block
                .foot
                .as_ref()
                .map_or("", |foot| foot.label.words.as_str());
            compare(total, format!("{foot} · {}", definition.label.words), top);
        }
    }
    let blank = Decimal::ZERO;
    let any = rows.iter().any(|row| {
        row.facts
            .iter()
            .any(|fact| fact.number().is_some_and(|f| f.value != blank))
    });
    if !any {
        run.not_known(Unknown::Blank(None));
    }
}
