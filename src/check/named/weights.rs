//! First-level and second-level indicators: their weights, and whether they are there.

use rust_decimal::Decimal;

use super::Check;
use super::indicators::{Indicator, of_table};
use crate::catalog::{ListRef, WEIGHT};
use crate::check::Run;
use crate::check::value::Unknown;
use crate::check::words::figure;
use crate::filing::{CellRef, Fact, State, Table};
use crate::label;

/// Consecutive rows under one first-level name.
struct Section<'a> {
    cell: Option<CellRef>,
    text: &'a str,
    group: Option<usize>,
    weight: Decimal,
    rows: usize,
    /// A weight that could not be read, and the name of its row.
    unreadable: Option<(&'a Fact, String)>,
}

fn sections<'a>(indicators: &[Indicator<'a>]) -> Vec<Section<'a>> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    for indicator in indicators {
        let first = indicator.fact("一级");
        let (cell, text) = (first.and_then(|fact| fact.cell), indicator.text("一级"));
        let goes_on = sections
            .last()
            .is_some_and(|last| last.cell == cell || last.text == text);
        if !goes_on {
            let group = indicator.row.group;
            let weight = Decimal::ZERO;
            sections.push(Section {
                cell,
                text,
                group,
                weight,
                rows: 0,
                unreadable: None,
            });
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        section.rows += 1;
        let weight = indicator.fact(WEIGHT);
        let figure = weight.and_then(Fact::number);
        section.weight += figure.map_or(Decimal::ZERO, |figure| figure.value);
        let is_unreadable =
            |fact: &&Fact| matches!(fact.state, State::Unreadable(_) | State::Error(_));
        if let Some(fact) = weight.filter(is_unreadable) {
            section.unreadable.get_or_insert((fact, indicator.name()));
        }
    }
    sections
}

/// That a weight of a section cannot be read.
fn not_known(
    check: &Check<'_, '_>,
    list: ListRef,
    table: &Table,
    section: &Section<'_>,
) -> Option<Unknown> {
    let (fact, name) = section.unreadable.as_ref()?;
    let block = &check.evidence.form.annexes[list.annex].blocks[list.block];
    let head = &block.columns[block.column(WEIGHT)?].label.words;
    let place = check.place(table, fact);
    Some(Unknown::UnreadableAt(format!("{place}「{name} · {head}」")))
}

/// GJ301.
pub(super) fn group_weights(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let (Some(table), indicators) = of_table(check, list) else {
        return;
    };
    let mut any = false;
    for section in sections(&indicators) {
        let (Some(weight), Some(cell)) = (label::weight(section.text), section.cell) else {
            continue;
        };
        any = true;
        if let Some(reason) = not_known(check, list, table, &section) {
            run.not_known(reason);
            continue;
        }
        if section.weight == weight {
            run.passed();
            continue;
        }
        let (sum, words) = (figure(section.weight, None), label::words(section.text));
        let says = check.say(
            format!(
                "写明 {weight} 分，下面 {} 行分值合计 {sum} 分，差 {}。",
                section.rows,
                figure((section.weight - weight).abs(), None)
            ),
            format!(
                "says {weight}, but the {} rows below it add up to {sum}.",
                section.rows
            ),
        );
        let mut finding = check.at(table, cell, &words, &weight.to_string(), says);
        finding.expected = Some(sum.clone());
        finding.difference = Some(figure((section.weight - weight).abs(), None));
        finding.working = Some(check.say(
            format!("各行分值合计 {sum} ≠ {weight}"),
            format!("{sum} ≠ {weight}"),
        ));
        finding.todo = Some(check.say(
            "请核对各行分值。".into(),
            "Please check the weights of the rows.".into(),
        ));
        run.found(finding);
    }
    if !any {
        run.not_known(Unknown::NotApplicable(check.say(
            "一级指标没有写明分值".to_owned(),
            "the first-level indicators name no weights".to_owned(),
        )));
    }
}

/// GJ303.
pub(super) fn group_split(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let (Some(table), indicators) = of_table(check, list) else {
        return;
    };
    let block = &check.evidence.form.annexes[list.annex].blocks[list.block];
    let sections = sections(&indicators);
    for (index, group) in block.groups.iter().enumerate() {
        let own: Vec<&Section<'_>> = sections
            .iter()
            .filter(|section| section.group == Some(index))
            .collect();
        let unreadable = |section: &&Section<'_>| not_known(check, list, table, section);
        if let Some(reason) = own.iter().find_map(unreadable) {
            run.not_known(reason);
            continue;
        }
        let sum: Decimal = own.iter().map(|section| section.weight).sum();
        let Some(cell) = own.first().and_then(|section| section.cell) else {
            continue;
        };
        if sum == group.weight || sum.is_zero() {
            run.passed();
            continue;
        }
        let says = check.say(
            format!(
                "分值合计 {} 分，表样规定 {} 分。",
                figure(sum, None),
                group.weight
            ),
            format!(
                "weighs {}, the form gives it {}.",
                figure(sum, None),
                group.weight
            ),
        );
        let mut finding = check.at(table, cell, &group.label, &figure(sum, None), says);
        finding.expected = Some(group.weight.to_string());
        run.found(finding);
    }
}

/// GJ318.
pub(super) fn missing_groups(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let (Some(table), indicators) = of_table(check, list) else {
        return;
    };
    if indicators.is_empty() {
        return run.not_known(Unknown::NotApplicable(check.say(
            "没有指标行".to_owned(),
            "there are no indicator rows".to_owned(),
        )));
    }
    let block = &check.evidence.form.annexes[list.annex].blocks[list.block];
    let mut missing: Vec<&str> = Vec::new();
    for (index, group) in block.groups.iter().enumerate() {
        if !indicators
            .iter()
            .any(|indicator| indicator.row.group == Some(index))
        {
            missing.push(&group.label);
            continue;
        }
        for (name, key) in &group.children {
            let stem = key.trim_end_matches("指标");
            let there = indicators.iter().any(|indicator| {
                indicator.row.group == Some(index)
                    && label::key(indicator.text("二级")).contains(stem)
            });
            if !there {
                missing.push(name);
            }
        }
    }
    if missing.is_empty() {
        return;
    }
    let list = missing.join(check.evidence.lang.pick("、", ", "));
    let mut finding = check.of_table(
        Some(table),
        check.say(
            format!("没有填这些指标：{list}。"),
            format!("these indicators are missing: {list}."),
        ),
    );
    finding.todo = Some(check.say(
        "请补填；确不适用的请说明。".into(),
        "Please add them, or explain.".into(),
    ));
    run.found(finding);
}
