//! How figures are written: as text, in other units, with too many decimals, or not at all.

use rust_decimal::Decimal;

use crate::catalog::{Action, Expr, Operator, Unit, Verb};
use crate::check::evaluate::Context;
use crate::check::value::Val;
use crate::check::{Run, words};
use crate::filing::{CellRef, Fact, State, Table};
use crate::finding::Related;
use crate::money::Scale;
use crate::workbook::Addr;

use super::{Check, Spot};

/// Cells named in one finding; the rest are counted.
const MOST_NAMED: usize = 6;

/// One finding a table for all of its cells with the same peculiarity. `{}` in the words is what the
/// first of them shows.
pub(super) fn together(
    check: &Check<'_, '_>,
    is_one: impl Fn(&Spot<'_>) -> bool,
    zh: &str,
    en: &str,
    run: &mut Run,
) {
    for table in &check.evidence.filing.tables {
        let cells: Vec<(&Fact, String)> = check
            .spots(table)
            .filter(&is_one)
            .map(|spot| (spot.fact, check.words_of(table, &spot)))
            .collect();
        of_table(check, table, &cells, zh, en, run);
    }
}

fn of_table(
    check: &Check<'_, '_>,
    table: &Table,
    cells: &[(&Fact, String)],
    zh: &str,
    en: &str,
    run: &mut Run,
) {
    let Some((first, place)) = cells.first() else {
        return;
    };
    let Some(cell) = first.cell else { return };
    let mut addresses: Vec<Addr> = cells
        .iter()
        .filter_map(|(fact, _)| Some(fact.cell?.at))
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let named: Vec<String> = addresses
        .iter()
        .take(MOST_NAMED)
        .map(Addr::to_string)
        .collect();
    let more = addresses.len().saturating_sub(MOST_NAMED);
    let list = named.join(check.evidence.lang.pick("、", ", "));
    let says = if addresses.len() == 1 {
        check.say(
            zh.replace("{}", &first.shown),
            en.replace("{}", &first.shown),
        )
    } else {
        let rest = if more > 0 {
            check.say(
                format!(" 等 {} 处", addresses.len()),
                format!(" and {more} more"),
            )
        } else {
            String::new()
        };
        check.say(
            format!("{}（{list}{rest}）", zh.replace("{}", &first.shown)),
            format!("{} ({list}{rest})", en.replace("{}", &first.shown)),
        )
    };
    let mut finding = check.at(table, cell, place, &first.shown, says);
    finding.related = cells
        .iter()
        .skip(1)
        .filter_map(|(fact, _)| {
            Some(Related {
                cell: fact.cell?,
                field: None,
                value: fact.shown.clone(),
            })
        })
        .take(12)
        .collect();
    run.found(finding);
}

/// GJ009: amounts as text. Behind a label an amount is always text; there only a unit or a
/// remark is worth a word.
pub(super) fn money_notation(check: &Check<'_, '_>, run: &mut Run) {
    let is_text = |spot: &Spot<'_>| {
        let Some(figure) = spot.fact.number() else {
            return false;
        };
        let amount = &figure.amount;
        let dressed = amount.unit.is_some() || amount.rest.is_some() || amount.separators;
        let items = spot.block.kind == crate::catalog::Kind::Items;
        spot.column.unit != Unit::Percent && amount.as_text && (dressed || !items)
    };
    together(
        check,
        is_text,
        "填「{}」，是文字，已照读为数。",
        "“{}” is text; it was read as a number.",
        run,
    );
}

/// GJ010: rates without a percent sign, or with too few digits.
pub(super) fn rate_notation(check: &Check<'_, '_>, run: &mut Run) {
    for table in &check.evidence.filing.tables {
        for spot in check.spots(table) {
            let Spot { fact, column, .. } = spot;
            let (Some(figure), Unit::Percent) = (fact.number(), column.unit) else {
                continue;
            };
            let Some(cell) = fact.cell else { continue };
            let read = words::figure(figure.value / Decimal::ONE_HUNDRED, Some(Unit::Percent));
            let shown = &fact.shown;
            let says = if !figure.amount.percent {
                check.say(
                    format!("填「{shown}」，没有百分号，按 {read} 核对。"),
                    format!("“{shown}” has no percent sign; it was read as {read}."),
                )
            } else if figure.amount.decimals == 0
                && figure.value != Decimal::ONE_HUNDRED
                && !figure.value.is_zero()
            {
                check.say(
                    format!("填「{shown}」，只写到整数，表样保留两位小数。"),
                    format!("“{shown}” has no decimals; the form gives two."),
                )
            } else {
                continue;
            };
            run.found(check.at(table, cell, &check.words_of(table, &spot), shown, says));
        }
    }
}

/// GJ011.
pub(super) fn table_unit(check: &Check<'_, '_>, run: &mut Run) {
    for table in &check.evidence.filing.tables {
        let Some(seen) = &table.unit_cell else {
            continue;
        };
        let text = crate::label::words(&seen.text);
        let says = check.say(
            "表中的单位不是万元，已折算成万元核对。".to_owned(),
            "amounts are not in 万元; they were converted.".to_owned(),
        );
        run.found(check.at(table, seen.cell, &text, &text, says));
    }
    let has_other_unit = |spot: &Spot<'_>| {
        let figure = spot.fact.number();
        figure.is_some_and(|figure| !matches!(figure.amount.unit, None | Some(Scale::WanYuan)))
    };
    together(
        check,
        has_other_unit,
        "填「{}」，单位不是万元，已折算核对。",
        "“{}” is not in 万元; it was converted.",
        run,
    );
}

/// Whether one amount is ten thousand times the other, within one percent.
fn is_slip(small: Decimal, large: Decimal) -> bool {
    if small <= Decimal::ZERO || large <= Decimal::ZERO {
        return false;
    }
    let Some(scaled) = small.checked_mul(Decimal::from(10_000)) else {
        return false;
    };
    (large - scaled).abs() * Decimal::ONE_HUNDRED <= scaled
}

/// GJ012: one side of an equation is ten thousand times the other, or a part of a total is.
pub(super) fn unit_slips(check: &Check<'_, '_>, run: &mut Run) {
    let mut reported: Vec<CellRef> = Vec::new();
    let mut slip = |check: &Check<'_, '_>,
                    context: &Context<'_>,
                    fact: &Fact,
                    words: &str,
                    other: String,
                    run: &mut Run| {
        let (Some(cell), Some(table)) = (fact.cell, context.table) else {
            return;
        };
        if reported.contains(&cell) {
            return;
        }
        reported.push(cell);
        let says = check.say(
            format!(
                "填 {}，与{other}相差一万倍，多半是元和万元混用。",
                fact.shown
            ),
            format!(
                "{} is 10,000 times off {other}: 元 and 万元 may be mixed up.",
                fact.shown
            ),
        );
        run.found(check.at(table, cell, words, &fact.shown, says));
    };
    let form = check.evidence.form;
    for rule in form.rules.iter().filter(|rule| !rule.off) {
        match &rule.action {
            Action::Tree { row } => {
                let block = &form.annexes[row.annex].blocks[row.block];
                for table in check.evidence.filing.tables_of(row.annex) {
                    let context = Context {
                        table: Some(table),
                        ..*check.context
                    };
                    for column in 0..block.columns.len() {
                        let field = |row: usize| crate::catalog::Field::Slot {
                            annex: table.annex,
                            slot: block.slot(row, column),
                        };
                        let total = context.fact(field(row.row)).and_then(Fact::number);
                        let Some(total) = total else { continue };
                        for child in block.children(row.row) {
                            let Some(fact) = context.fact(field(child)) else {
                                continue;
                            };
                            let Some(part) = fact.number() else { continue };
                            if is_slip(total.value, part.value) {
                                let other = words::field_words(&context, field(row.row));
                                let words = words::field_words(&context, field(child));
                                let value = words::figure(total.value, Some(Unit::Money));
                                slip(
                                    check,
                                    &context,
                                    fact,
                                    &words,
                                    check.say(
                                        format!("「{other}」{value} "),
                                        format!("“{other}” {value}"),
                                    ),
                                    run,
                                );
                            }
                        }
                    }
                }
            }
            Action::Tests(tests) => {
                for test in tests.iter().filter(|test| {
                    test.verb == Verb::Must && test.each.is_none() && test.row.is_none()
                }) {
                    let tables: Vec<&Table> = match rule.scope {
                        crate::catalog::Scope::Annex(annex) => {
                            check.evidence.filing.tables_of(annex).collect()
                        }
                        crate::catalog::Scope::Filing => {
                            check.evidence.filing.tables.iter().take(1).collect()
                        }
                    };
                    for table in tables {
                        let context = Context {
                            table: Some(table),
                            ..*check.context
                        };
                        let Some((left, right)) = equation(&test.expr) else {
                            continue;
                        };
                        let Expr::Field(field) = left else { continue };
                        let (Val::Number(a), Val::Number(b)) =
                            (context.value(left), context.value(right))
                        else {
                            continue;
                        };
                        let Some(fact) = context.fact(*field) else {
                            continue;
                        };
                        if is_slip(a.value, b.value) || is_slip(b.value, a.value) {
                            let words = words::field_words(&context, *field);
                            let value = words::figure(b.value, Some(Unit::Money));
                            let context = Context {
                                table: context.table_of(field.annex()),
                                ..context
                            };
                            slip(
                                check,
                                &context,
                                fact,
                                &words,
                                check.say(
                                    format!("另一处的 {value} "),
                                    format!("the other figure, {value}"),
                                ),
                                run,
                            );
                        }
                    }
                }
            }
            Action::Check { .. } => {}
        }
    }
}

/// The first equation of a condition.
fn equation(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match expr {
        Expr::Binary(Operator::Equal, left, right) => Some((left, right)),
        Expr::Binary(Operator::Or | Operator::And, left, _) => equation(left),
        _ => None,
    }
}

/// GJ013: what cannot be below nothing. Scores of indicators and persons have rules of their own.
pub(super) fn negative_numbers(check: &Check<'_, '_>, run: &mut Run) {
    for table in &check.evidence.filing.tables {
        for spot in check.spots(table) {
            let Spot {
                fact,
                column,
                block,
                signed,
                ..
            } = spot;
            let Some(figure) = fact.number() else {
                continue;
            };
            let in_list = block.kind == crate::catalog::Kind::List
                && (block.groups.is_empty() || column.id == "得分");
            let counts = matches!(column.unit, Unit::Money | Unit::Area | Unit::Score);
            if !counts
                || signed
                || in_list
                || !figure.value.is_sign_negative()
                || figure.value.is_zero()
            {
                continue;
            }
            let Some(cell) = fact.cell else { continue };
            let says = check.say(
                format!("填 {}，不应为负数。", fact.shown),
                format!("{} must not be negative.", fact.shown),
            );
            run.found(check.at(
                table,
                cell,
                &check.words_of(table, &spot),
                &fact.shown,
                says,
            ));
        }
    }
}

/// GJ014.
pub(super) fn extra_decimals(check: &Check<'_, '_>, run: &mut Run) {
    let has_more = |spot: &Spot<'_>| {
        spot.column.unit == Unit::Money
            && spot.fact.number().is_some_and(|figure| {
                figure.amount.value.normalize().scale() > 2
                    && figure.amount.unit != Some(Scale::Yuan)
            })
    };
    together(
        check,
        has_more,
        "小数超过两位，已按原数核对。",
        "more than two decimals; checked as it stands.",
        run,
    );
}

/// GJ016.
pub(super) fn unreadable_numbers(check: &Check<'_, '_>, run: &mut Run) {
    for table in &check.evidence.filing.tables {
        let mut seen: Vec<CellRef> = Vec::new();
        for spot in check.spots(table) {
            let Spot { fact, column, .. } = spot;
            let (State::Unreadable(text), true) = (&fact.state, column.unit.is_number()) else {
                continue;
            };
            let Some(cell) = fact.cell.filter(|cell| !seen.contains(cell)) else {
                continue;
            };
            seen.push(cell);
            let says = check.say(
                format!(
                    "填「{}」，应填数，读不出来，相关的检查未做。",
                    words::shortened(text)
                ),
                format!(
                    "“{}” is no number; checks that need it were not made.",
                    words::shortened(text)
                ),
            );
            let mut finding = check.at(table, cell, &check.words_of(table, &spot), text, says);
            finding.todo = Some(check.say("请改填数字。".into(), "Please enter a number.".into()));
            run.found(finding);
        }
    }
}
