//! Computed fields: what stands in them against what the form computes.

use rust_decimal::Decimal;

use super::evaluate::{Context, rounded};
use super::tests_of::related;
use super::value::{Sum, Truth, Unknown, Val};
use super::words::{self, figure};
use super::working::Working;
use super::{Evidence, Run, at_field, cause, formula};
use crate::catalog::{
    Expr, Field, Fill, ListRef, Operator, Rule, Severity, Test, Tolerance, Unit, WEIGHT,
    place_of_slot,
};
use crate::filing::{CellRef, State};
use crate::finding::{Finding, Outcome, Suggestion, SuggestionKind};
use crate::lang::Lang;
use crate::tolerance::{self, Measure};

/// A difference that rounding explains: shown, not counted.
pub(super) fn rounding(finding: &mut Finding, lang: Lang) {
    finding.outcome = Outcome::Rounding;
    finding.severity = Severity::Hint;
    finding.suggestion = None;
    finding.todo = Some(
        lang.pick(
            "属于四舍五入的尾差，可以不改。",
            "Explained by rounding; it may stay.",
        )
        .to_owned(),
    );
}

/// A computed field against what stands in it.
pub(super) fn filled(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    test: &Test,
    fill: &Fill,
    run: &mut Run,
) {
    let Some(fact) = context.fact(fill.target) else {
        return run.not_known(Unknown::NoTable(fill.target.annex()));
    };
    let value = match context.value(&test.expr) {
        Val::Number(sum) => sum,
        Val::Unknown(reason) => return run.not_known(reason),
        Val::Blank(field) => return run.not_known(Unknown::Blank(field)),
        Val::Words(_) | Val::Truth(_) => return run.not_known(Unknown::Blank(None)),
    };
    let printed = match &fact.state {
        State::Number(_) => match context.field(fill.target) {
            Val::Number(printed) => printed,
            _ => return run.not_known(Unknown::Unreadable(fill.target)),
        },
        State::Absent => return run.not_known(Unknown::Absent(fill.target)),
        State::Blank | State::NotApplicable => {
            let finding = not_filled(evidence, context, rule, test, fill, value);
            return run.found(finding);
        }
        _ => return run.not_known(Unknown::Unreadable(fill.target)),
    };
    let Some(outcome) = compare(context, test, fill, printed, value) else {
        return run.not_known(Unknown::TooLarge);
    };
    if outcome == tolerance::Outcome::Pass {
        return run.passed();
    }
    let open = Open::of(context, &test.expr);
    if let Some(open) = open.as_ref().filter(|open| open.explains(printed, value)) {
        return run.not_known(Unknown::Blank(Some(open.field)));
    }
    let mut finding = mismatch(evidence, context, rule, test, fill, printed, value);
    if open.is_some() {
        // Wrong for certain, but what is right is not known.
        finding.suggestion = None;
    }
    match outcome {
        tolerance::Outcome::Rounding => rounding(&mut finding, evidence.lang),
        tolerance::Outcome::WholePoints => {
            finding.severity = Severity::Explain;
            let todo = evidence.lang.pick(
                "得分只写到整数；表样保留两位小数，请改正或说明。",
                "The score is rounded to whole points; please give two decimals or explain.",
            );
            finding.todo = Some(todo.to_owned());
        }
        _ => {}
    }
    run.found(finding);
}

/// What blank cells in a column of scores may add to its sum, where the row is one that counts.
struct Open {
    field: Field,
    /// At most their weights; `None` where these are not known.
    most: Option<Decimal>,
}

impl Open {
    /// `None` where no cell is blank.
    fn of(context: &Context<'_>, expr: &Expr) -> Option<Self> {
        let mut open = Vec::new();
        expr.walk(&mut |part| match part {
            Expr::SumList(list, column) => open.extend(Self::in_list(context, *list, *column)),
            Expr::Field(field) => open.extend(Self::alone(context, *field)),
            _ => {}
        });
        open.into_iter().reduce(Self::and)
    }

    /// A score that stands alone, such as that of the budget's execution.
    fn alone(context: &Context<'_>, field: Field) -> Option<Self> {
        let Field::Slot { annex, slot } = field else {
            return None;
        };
        let (block, row, column) = place_of_slot(&context.form.annexes[annex], slot);
        let is_blank = context.fact(field)?.state == State::Blank
            && matches!(context.field(field), Val::Blank(_));
        if column.unit != Unit::Score || !is_blank {
            return None;
        }
        let weight = block.column(WEIGHT).and_then(|column| {
            let slot = block.slot(row, column);
            context.fact(Field::Slot { annex, slot })?.number()
        });
        Some(Self {
            field,
            most: weight.map(|weight| weight.value),
        })
    }

    /// The blank scores of a list.
    fn in_list(context: &Context<'_>, list: ListRef, column: usize) -> Option<Self> {
        let block = &context.form.annexes[list.annex].blocks[list.block];
        if block.columns[column].unit != Unit::Score {
            return None;
        }
        let weight = block.column(WEIGHT);
        let others: Vec<usize> = (0..block.columns.len())
            .filter(|other| *other != column && block.columns[*other].unit == Unit::Score)
            .collect();
        let rows = context.table_of(list.annex).into_iter();
        let rows = rows.flat_map(|table| table.list(list.block));
        let open = rows.filter(|row| {
            let counts = row.is_covered()
                || others
                    .iter()
                    .any(|other| row.facts[*other].number().is_some());
            row.facts[column].state == State::Blank
                && counts
                && !row.covered.contains(&column)
                && !row.not_applicable
        });
        let open = open.map(|row| Self {
            field: Field::Cell {
                annex: list.annex,
                block: list.block,
                column,
            },
            most: weight
                .and_then(|weight| row.judged()[weight].number())
                .map(|weight| weight.value),
        });
        open.reduce(Self::and)
    }

    /// This and another.
    fn and(self, other: Self) -> Self {
        let most = self.most.zip(other.most);
        Self {
            field: self.field,
            most: most.and_then(|(most, own)| most.checked_add(own)),
        }
    }

    /// Whether a total may be right with what is not there yet.
    fn explains(&self, printed: Sum, value: Sum) -> bool {
        let gap = printed.value - value.value;
        !gap.is_sign_negative() && self.most.is_none_or(|most| gap <= most)
    }
}

fn compare(
    context: &Context<'_>,
    test: &Test,
    fill: &Fill,
    printed: Sum,
    value: Sum,
) -> Option<tolerance::Outcome> {
    match fill.tolerance {
        Tolerance::Total => {
            let sums = readings(context, &test.expr, value);
            readings(context, &Expr::Field(fill.target), printed)
                .into_iter()
                .flat_map(|printed| sums.map(|sum| tolerance::of_total(printed, sum)))
                .min()
        }
        Tolerance::Sum => Some(tolerance::of_sum(
            printed.value - value.value,
            value.parts,
            printed.digit.max(value.digit),
        )),
        Tolerance::Rate => {
            let Expr::Binary(Operator::Divide, a, b) = &test.expr else {
                return Some(tolerance::of_sum(
                    printed.value - value.value,
                    1,
                    printed.digit,
                ));
            };
            let (Val::Number(a), Val::Number(b)) = (context.value(a), context.value(b)) else {
                return None;
            };
            tolerance::of_rate(points(printed), a.measure(), b.measure())
        }
        Tolerance::Score => {
            let Expr::Binary(Operator::Multiply, weight, ratio) = &test.expr else {
                return Some(tolerance::of_total(printed.value, value.value));
            };
            let (Val::Number(weight), Val::Number(ratio)) =
                (context.value(weight), context.value(ratio))
            else {
                return None;
            };
            let via = fill.via.and_then(|via| right_rate(context, via));
            readings(context, &Expr::Field(fill.target), printed)
                .into_iter()
                .filter_map(|printed| tolerance::of_score(printed, weight.value, ratio.value, via))
                .min()
        }
    }
}

/// A value with its scores as they are stored and as they are seen: what is right either way is
/// not held against the filer.
fn readings(context: &Context<'_>, expr: &Expr, stored: Sum) -> [Decimal; 2] {
    let seen = Context {
        scores_as_seen: true,
        ..*context
    };
    match seen.value(expr) {
        Val::Number(seen) => [stored.value, seen.value],
        _ => [stored.value; 2],
    }
}

/// The printed rate, where it is itself right: a score is not judged by a wrong rate.
fn right_rate(context: &Context<'_>, field: Field) -> Option<Decimal> {
    let Field::Slot { annex, slot } = field else {
        return None;
    };
    let test = context.form.computing(annex, slot)?;
    context.fact(field)?.number()?;
    let (Val::Number(printed), Val::Number(value)) =
        (context.field(field), context.value(&test.expr))
    else {
        return None;
    };
    match compare(context, test, test.fill.as_ref()?, printed, value)? {
        tolerance::Outcome::Mismatch => None,
        _ => Some(printed.value),
    }
}

/// A ratio in percent points.
fn points(ratio: Sum) -> Measure {
    Measure {
        value: ratio.value * Decimal::ONE_HUNDRED,
        unit: ratio.digit * Decimal::ONE_HUNDRED,
    }
}

/// A computed field without a figure: left empty, or with words such as 不适用 in its place.
fn not_filled(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    test: &Test,
    fill: &Fill,
    value: Sum,
) -> Finding {
    // A score must be there; a rate or a sum can be told from the rest.
    let unit = context.unit(fill.target);
    let severity = if unit == Unit::Score {
        Severity::Incomplete
    } else {
        Severity::Hint
    };
    let mut finding = at_field(evidence, context, rule, severity, Some(fill.target));
    let fact = context.fact(fill.target);
    let number = rounded(fill.tolerance, value.value);
    let expected = words::expected(fact, number, unit, evidence.lang);
    let working = working_of(context, test, fill, evidence.lang);
    let words = fact.filter(|fact| !fact.is_blank());
    finding.found = words.map(|fact| words::shown(fact, evidence.lang));
    // What blank cells will add to it is not known.
    let known = Open::of(context, &test.expr).is_none();
    let should = match evidence.lang {
        _ if !known => String::new(),
        Lang::Zh => format!("，应为 {expected}（{working}）"),
        Lang::En => format!("; it should be {expected} ({working})"),
    };
    let place = &finding.place;
    finding.message = match (evidence.lang, &finding.found) {
        (Lang::Zh, None) => format!("{place}没有填{should}。"),
        (Lang::Zh, Some(found)) => format!("{place}写的是「{found}」{should}。"),
        (Lang::En, None) => format!("{place} is blank{should}."),
        (Lang::En, Some(found)) => format!("{place} says “{found}”{should}."),
    };
    let todo = match finding.found {
        None => evidence.lang.pick("请补填。", "Please fill it in."),
        Some(_) => evidence.lang.pick("请改正。", "Please correct it."),
    };
    finding.todo = Some(todo.to_owned());
    if known {
        finding.working = Some(format!("{working} = {expected}"));
        finding.suggestion = suggestion(context, test, fill, finding.cell, number);
        finding.expected = Some(expected);
    }
    finding
}

fn suggestion(
    context: &Context<'_>,
    test: &Test,
    fill: &Fill,
    cell: Option<CellRef>,
    number: Decimal,
) -> Option<Suggestion> {
    let kind = match fill.tolerance {
        Tolerance::Sum => SuggestionKind::Sum,
        _ => SuggestionKind::Computed,
    };
    let cell = cell?;
    let unit = context.unit(fill.target);
    Some(Suggestion {
        cell,
        value: words::typed(context.fact(fill.target), number, unit),
        number: match unit {
            Unit::Percent => number * Decimal::ONE_HUNDRED,
            _ => number,
        },
        formula: formula::of(context, cell.sheet, &test.expr),
        kind,
    })
}

fn working_of(context: &Context<'_>, test: &Test, fill: &Fill, lang: Lang) -> String {
    let working = match fill.tolerance {
        Tolerance::Sum | Tolerance::Total => Working::labelled(context, lang, &[&test.expr]),
        Tolerance::Rate | Tolerance::Score => Working::of_figures(context, lang),
    };
    working.of(&test.expr)
}

fn mismatch(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    test: &Test,
    fill: &Fill,
    printed: Sum,
    value: Sum,
) -> Finding {
    let unit = context.unit(fill.target);
    let mut finding = at_field(evidence, context, rule, test.severity, Some(fill.target));
    let fact = context.fact(fill.target);
    let expected_value = rounded(fill.tolerance, value.value);
    let expected = words::expected(fact, expected_value, unit, evidence.lang);
    let found = fact.map_or(String::new(), |fact| words::shown(fact, evidence.lang));
    let working = working_of(context, test, fill, evidence.lang);
    let difference = figure((printed.value - expected_value).abs(), Some(unit));
    let place = &finding.place;
    let cause = cause::of_fill(context, test, fill, printed, evidence.lang).unwrap_or_default();
    finding.message = match evidence.lang {
        Lang::Zh => format!("{place}填 {found}，应为 {expected}（{working}）。{cause}"),
        Lang::En => format!("{place} is {found}; it should be {expected} ({working}).{cause}"),
    };
    finding.todo = Some(
        match fill.tolerance {
            Tolerance::Sum => evidence.lang.pick(
                "请核对合计和各项。",
                "Please check the total and its parts.",
            ),
            _ => evidence.lang.pick("请改正。", "Please correct it."),
        }
        .to_owned(),
    );
    finding.working = Some(format!("{working} = {expected}"));
    finding.found = Some(found);
    finding.difference = Some(difference);
    finding.suggestion = suggestion(context, test, fill, finding.cell, expected_value);
    finding.expected = Some(expected);
    finding.related = related(context, &test.expr, fill.target);
    finding
}

/// Whether a computed field is right, for the search for causes.
pub(super) fn holds(context: &Context<'_>, expr: &Expr, fill: &Fill) -> Truth {
    let test = context
        .form
        .rules
        .iter()
        .find_map(|rule| match &rule.action {
            crate::catalog::Action::Tests(tests) => {
                tests.iter().find(|test| std::ptr::eq(&test.expr, expr))
            }
            _ => None,
        });
    match (test, context.field(fill.target), context.value(expr)) {
        (Some(test), Val::Number(printed), Val::Number(value)) => {
            match compare(context, test, fill, printed, value) {
                Some(tolerance::Outcome::Mismatch)
                    if !Open::of(context, expr)
                        .is_some_and(|open| open.explains(printed, value)) =>
                {
                    Truth::Fails
                }
                _ => Truth::Holds,
            }
        }
        _ => Truth::Holds,
    }
}
