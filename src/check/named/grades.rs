//! The total score: grade in words, and full marks throughout.

use rust_decimal::Decimal;

use super::Check;
use super::indicators::{of_table, parameter};
use crate::catalog::{Field, ListRef};
use crate::check::Run;
use crate::check::value::{Unknown, Val};
use crate::label;

impl Check<'_, '_> {
    /// The fact in the total row of a list, by column id.
    fn foot(&self, list: ListRef, id: &str) -> Option<Field> {
        let block = &self.evidence.form.annexes[list.annex].blocks[list.block];
        block.foot.as_ref()?;
        Some(Field::Slot {
            annex: list.annex,
            slot: block.slot(0, block.column(id)?),
        })
    }
}

/// GJ321: the grade beside the total.
pub(super) fn grade_of_total(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let grade = check
        .foot(list, "原因")
        .and_then(|field| check.context.fact(field));
    let total = check
        .foot(list, "得分")
        .map(|field| check.context.field(field));
    let (Some(table), Some(grade), Some(Val::Number(total))) = (check.table(list), grade, total)
    else {
        return run.not_known(Unknown::Blank(check.foot(list, "得分")));
    };
    // Just below a line, the total may be seen on it.
    let total = crate::tolerance::rounded_score(total.value);
    let text = grade.text().map(label::key).unwrap_or_default();
    let grades = [("优", "优秀线"), ("良", "良好线"), ("中", "中等线")];
    let stated = ["优", "良", "中", "差"].into_iter().find(|known| {
        [
            known.to_string(),
            format!("{known}秀"),
            format!("{known}好"),
            format!("等级{known}"),
            format!("{known}等"),
        ]
        .contains(&text)
    });
    let Some(stated) = stated else {
        return run.not_known(Unknown::NotApplicable(
            check.say("没有写等级".to_owned(), "no grade is given".to_owned()),
        ));
    };
    let earned = grades
        .iter()
        .find(|(_, line)| parameter(check, line).is_some_and(|line| total >= line))
        .map_or("差", |(grade, _)| *grade);
    if earned == stated {
        return run.passed();
    }
    let Some(cell) = grade.cell else { return };
    let total = total.normalize();
    let says = check.say(
        format!("等级写「{stated}」，总分 {total} 应为「{earned}」。"),
        format!("the grade is “{stated}”; a total of {total} is “{earned}”."),
    );
    let mut finding = check.at(table, cell, "", stated, says);
    finding.expected = Some(earned.to_owned());
    run.found(finding);
}

/// GJ320: full marks although money was left or a target was missed.
pub(super) fn all_full_marks(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let (Some(table), indicators) = of_table(check, list) else {
        return;
    };
    let Some(field) = check.foot(list, "得分") else {
        return;
    };
    let total = match check.context.field(field) {
        Val::Number(total) => total.value,
        _ => return run.not_known(Unknown::Blank(Some(field))),
    };
    let full = parameter(check, "满分").unwrap_or(Decimal::ONE_HUNDRED);
    let all_full = indicators
        .iter()
        .all(|indicator| indicator.row.is_covered() || indicator.score == indicator.weight);
    if total != full || !all_full || indicators.is_empty() {
        return run.passed();
    }
    let missed = indicators.iter().find(|indicator| {
        indicator
            .attainment()
            .is_some_and(|attainment| !attainment.met())
    });
    let rate = execution(check, list);
    let why = match (missed, rate) {
        (Some(missed), _) => check.say(
            format!("「{}」没有达到目标", missed.name()),
            format!("“{}” missed its target", missed.name()),
        ),
        (None, Some(rate)) if rate < Decimal::ONE => {
            let rate = crate::check::words::figure(rate, Some(crate::catalog::Unit::Percent));
            check.say(
                format!("预算执行率只有 {rate}"),
                format!("only {rate} of the budget was spent"),
            )
        }
        _ => return run.passed(),
    };
    let Some(cell) = check.context.fact(field).and_then(|fact| fact.cell) else {
        return;
    };
    let says = check.say(
        format!("各项都得满分，总分 {full}，而{why}。"),
        format!("full marks throughout, although {why}."),
    );
    run.found(check.at(table, cell, "总分", &total.to_string(), says));
}

/// What the amounts give for the rate that the score of the budget rests on.
fn execution(check: &Check<'_, '_>, list: ListRef) -> Option<Decimal> {
    let form = check.evidence.form;
    form.rules.iter().find_map(|rule| {
        let crate::catalog::Action::Tests(tests) = &rule.action else {
            return None;
        };
        let test = tests.iter().find(|test| {
            test.fill.as_ref().is_some_and(|fill| {
                fill.tolerance == crate::catalog::Tolerance::Rate
                    && fill.target.annex() == list.annex
            })
        })?;
        match check.context.value(&test.expr) {
            Val::Number(rate) => Some(rate.value),
            _ => None,
        }
    })
}
