//! Rules that are written as expressions: fill, must, need, ask, hint.

use super::computed::{filled, rounding};
use super::evaluate::Context;
use super::value::{Sum, Truth, Unknown, Val};
use super::words::{self, figure};
use super::working::Working;
use super::{Evidence, Run, at_field, cause};
use crate::catalog::{
    Expr, Field, Form, Function, Operator, Piece, Rule, Severity, Test, Unit, Verb, unit_of,
};
use crate::filing::Fact;
use crate::finding::{Finding, Related};
use crate::lang::Lang;

/// Evaluates the tests of a rule.
pub(super) fn run(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    tests: &[Test],
    run: &mut Run,
) {
    for test in tests {
        let annex = annex_alone(context.form, context.table.is_some(), &test.expr);
        let tables = annex
            .into_iter()
            .flat_map(|at| context.filing.tables_of(at));
        for table in tables {
            let context = Context {
                table: Some(table),
                ..*context
            };
            rows(evidence, &context, rule, test, run);
        }
        if annex.is_none_or(|annex| context.table_of(annex).is_none()) {
            rows(evidence, context, rule, test, run);
        }
    }
}

/// The repeated annex that an expression of a rule over the filing looks at alone: it is
/// evaluated for each of its tables. None within a table (`in_table`).
pub(crate) fn annex_alone(form: &Form, in_table: bool, expr: &Expr) -> Option<usize> {
    if in_table {
        return None;
    }
    let mut all: Vec<usize> = Vec::new();
    let mut over_tables = false;
    expr.walk(&mut |expr| match expr {
        Expr::Field(field) => all.push(field.annex()),
        Expr::SumList(list, _) | Expr::BlankList(list) => all.push(list.annex),
        Expr::SumTables(_) | Expr::Present(_) => over_tables = true,
        _ => {}
    });
    let annex = *all.first()?;
    let alone = !over_tables && all.iter().all(|other| *other == annex);
    (alone && form.annexes[annex].repeat).then_some(annex)
}

/// Evaluates a test once for each list row or grid row where it asks for that.
fn rows(evidence: Evidence<'_>, context: &Context<'_>, rule: &Rule, test: &Test, run: &mut Run) {
    if let Some(list) = test.each {
        let Some(table) = context.table_of(list.annex) else {
            return run.not_known(Unknown::NoTable(list.annex));
        };
        let rows = table.list(list.block);
        let mut rows = rows
            .filter(|row| !row.is_covered() && !row.not_applicable)
            .peekable();
        if rows.peek().is_none() {
            return run.not_known(Unknown::Blank(None));
        }
        for row in rows {
            let context = Context {
                row: Some(row),
                ..*context
            };
            one(evidence, &context, rule, test, run);
        }
        return;
    }
    let Some(at) = test.row else {
        return one(evidence, context, rule, test, run);
    };
    if !evidence.form.annexes[at.annex].blocks[at.block].rows[at.row].placeholder {
        one(evidence, context, rule, test, run);
    }
    if let Some(table) = context.table_of(at.annex) {
        for extra in table.extras_of(at.block, at.row) {
            let context = Context {
                extra: Some((at, extra)),
                ..*context
            };
            one(evidence, &context, rule, test, run);
        }
    }
}

fn one(evidence: Evidence<'_>, context: &Context<'_>, rule: &Rule, test: &Test, run: &mut Run) {
    if let Some(fill) = &test.fill {
        filled(evidence, context, rule, test, fill, run);
        return;
    }
    match context.truth(&test.expr) {
        Truth::Holds => run.passed(),
        Truth::Unknown(reason) => run.not_known(reason),
        Truth::Rounding => {
            if test.verb == Verb::Must {
                let mut finding = failed(evidence, context, rule, test);
                rounding(&mut finding, evidence.lang);
                run.found(finding);
            } else {
                run.passed();
            }
        }
        Truth::Fails => run.found(failed(evidence, context, rule, test)),
    }
}

/// The cells that an expression reads, but for the place of the finding itself.
pub(super) fn related(context: &Context<'_>, expr: &Expr, place: Field) -> Vec<Related> {
    let fields = expr.fields().into_iter().filter(|field| *field != place);
    fields
        .filter_map(|field| {
            let fact = context.fact(field).filter(|fact| !fact.is_blank())?;
            Some(Related {
                cell: fact.cell?,
                field: Some(words::field_path(context, field)),
                value: fact.shown.clone(),
            })
        })
        .take(MOST_RELATED)
        .collect()
}

/// More cells than these do not help anybody.
const MOST_RELATED: usize = 12;

/// A condition that does not hold.
fn failed(evidence: Evidence<'_>, context: &Context<'_>, rule: &Rule, test: &Test) -> Finding {
    let lang = evidence.lang;
    let mut finding = at_field(evidence, context, rule, test.severity, test.place);
    let fact = test.place.and_then(|place| context.fact(place));
    if let Some(fact) = fact.filter(|fact| !fact.is_blank()) {
        finding.found = Some(fact.shown.to_string());
    }
    let sides = comparison(context, &test.expr, true);
    if let Some((operator, left, right)) = sides {
        compared(context, test, (operator, left, right), lang, &mut finding);
    }
    let place = finding.place.clone();
    finding.message = match &test.say {
        Some(say) => {
            let pieces = match (lang, &say.en) {
                (Lang::En, Some(pieces)) => pieces,
                _ => &say.zh,
            };
            let said = said(context, pieces, lang);
            if place.is_empty() {
                said
            } else {
                format!("{place}{}{said}", lang.pick("：", ": "))
            }
        }
        None => sides.map_or_else(
            || {
                format!(
                    "{place}{}{}",
                    lang.pick("：", ": "),
                    rule.name.in_lang(lang)
                )
            },
            |(operator, left, right)| {
                default_message(context, &finding, operator, left, right, lang)
            },
        ),
    };
    finding.todo = Some(match &test.todo {
        Some(todo) => todo.in_lang(lang).to_owned(),
        None => default_todo(test, sides, lang).to_owned(),
    });
    if let Some(place) = test.place {
        finding.related = related(context, &test.expr, place);
    }
    finding
}

fn default_todo(test: &Test, sides: Option<(Operator, &Expr, &Expr)>, lang: Lang) -> &'static str {
    let both_fields = matches!(
        sides,
        Some((Operator::Equal, Expr::Field(_), Expr::Field(_)))
    );
    match test.severity {
        Severity::Error if both_fields => lang.pick(
            "请核对后改正其中一处。",
            "Please check both and correct one.",
        ),
        Severity::Error => lang.pick("请核对后改正。", "Please check and correct it."),
        Severity::Incomplete => lang.pick("请补填。", "Please fill it in."),
        Severity::Explain => {
            lang.pick("请核对；无误的请写明原因。", "Please check it, or explain.")
        }
        Severity::Hint => lang.pick("请再核对一次。", "Please have another look."),
    }
}

/// The comparison because of which a condition that was `wanted` to hold does not, or one that was
/// not wanted holds. Of several it is the first; of an `and` that holds and should not, the last:
/// what comes before is when the rule applies.
fn comparison<'e>(
    context: &Context<'_>,
    expr: &'e Expr,
    wanted: bool,
) -> Option<(Operator, &'e Expr, &'e Expr)> {
    match expr {
        Expr::Not(inner) => comparison(context, inner, !wanted),
        Expr::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
            let mut turning = [left, right]
                .into_iter()
                .filter(|side| match context.truth(side) {
                    Truth::Holds => !wanted,
                    Truth::Fails | Truth::Rounding => wanted,
                    Truth::Unknown(_) => false,
                })
                .filter_map(|side| comparison(context, side, wanted));
            match (operator, wanted) {
                (Operator::And, false) => turning.next_back(),
                _ => turning.next(),
            }
        }
        Expr::Binary(
            operator @ (Operator::Equal | Operator::AtMost | Operator::AtLeast),
            left,
            right,
        ) => Some((*operator, &**left, &**right)),
        Expr::Call(Function::If, arguments) => match context.truth(&arguments[0]) {
            Truth::Fails => comparison(context, &arguments[2], wanted),
            _ => comparison(context, &arguments[1], wanted),
        },
        _ => None,
    }
}

/// Found, expected and difference of a comparison of figures.
fn compared(
    context: &Context<'_>,
    test: &Test,
    (operator, left, right): (Operator, &Expr, &Expr),
    lang: Lang,
    finding: &mut Finding,
) {
    let (Val::Number(a), Val::Number(b)) = (context.value(left), context.value(right)) else {
        return;
    };
    let unit = unit_of(context.form, left).or_else(|| unit_of(context.form, right));
    finding.difference = Some(figure((a.value - b.value).abs(), unit));
    let sign = match operator {
        _ if a.value == b.value => "=",
        Operator::Equal => "≠",
        _ if a.value > b.value => ">",
        _ => "<",
    };
    let working = Working::labelled(context, lang, &[left, right]);
    let total = |expr: &Expr, sum: Sum| match expr {
        Expr::Binary(..) => format!("{} = {}", working.of(expr), figure(sum.value, unit)),
        _ => working.of(expr),
    };
    finding.working = Some(format!("{} {sign} {}", total(right, b), total(left, a)));
    if operator != Operator::Equal {
        finding.working = Some(format!("{} {sign} {}", total(left, a), total(right, b)));
    }
    let at_left = matches!(left, Expr::Field(field) if Some(*field) == test.place);
    if operator == Operator::Equal && at_left {
        let fact: Option<&Fact> = test.place.and_then(|place| context.fact(place));
        let unit = unit.unwrap_or(Unit::Score);
        finding.expected = Some(words::expected(fact, b.value, unit, lang));
        finding.suggestion = None;
    }
}

fn default_message(
    context: &Context<'_>,
    finding: &Finding,
    operator: Operator,
    left: &Expr,
    right: &Expr,
    lang: Lang,
) -> String {
    let unit = unit_of(context.form, left).or_else(|| unit_of(context.form, right));
    let of = |expr: &Expr| match context.value(expr) {
        Val::Number(sum) => figure(sum.value, unit),
        _ => String::new(),
    };
    let (a, b) = (of(left), of(right));
    let difference = finding.difference.clone().unwrap_or_default();
    let place_of = |expr: &Expr| match expr {
        Expr::Field(field) => words::place_words(context, *field),
        _ => Working::labelled(context, lang, &[expr]).of(expr),
    };
    let zh = lang == Lang::Zh;
    match (operator, left, right) {
        (Operator::Equal, Expr::Field(_), Expr::Field(_)) if zh => format!(
            "{} {a}，{} {b}，两处应相同，差 {difference}。",
            place_of(left),
            place_of(right)
        ),
        (Operator::Equal, Expr::Field(_), Expr::Field(_)) => format!(
            "{} is {a} and {} is {b}; they should be equal, off by {difference}.",
            place_of(left),
            place_of(right)
        ),
        (Operator::Equal, ..) => {
            let more = match (context.value(left), context.value(right)) {
                (Val::Number(a), Val::Number(b)) if a.value > b.value => {
                    lang.pick("多", "too much by")
                }
                _ => lang.pick("少", "too little by"),
            };
            let working = Working::labelled(context, lang, &[right]).of(right);
            let (place, cause) = (
                &finding.place,
                cause::of_equation(context, left, right, lang),
            );
            let cause = cause.unwrap_or_default();
            if zh {
                format!("{place}填 {a}，应为 {b}，{more} {difference}（{working}）。{cause}")
            } else {
                format!("{place} is {a}; it should be {b}, {more} {difference} ({working}).{cause}")
            }
        }
        _ => {
            let (small, large, a, b) = match operator {
                Operator::AtLeast => (right, left, b, a),
                _ => (left, right, a, b),
            };
            if zh {
                format!(
                    "{} {a}，大于{} {b}，多 {difference}。",
                    place_of(small),
                    place_of(large)
                )
            } else {
                format!(
                    "{} is {a}, more than {} {b}, by {difference}.",
                    place_of(small),
                    place_of(large)
                )
            }
        }
    }
}

/// A message of the form's own, with its figures.
fn said(context: &Context<'_>, pieces: &[Piece], lang: Lang) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Figure(expr) => text.push_str(&figure_of(context, expr, lang)),
        }
    }
    text
}

fn figure_of(context: &Context<'_>, expr: &Expr, lang: Lang) -> String {
    if let Expr::Field(field) = expr
        && let Some(fact) = context.fact(*field)
    {
        return words::shown_evenly(fact, context.unit(*field), lang);
    }
    match context.value(expr) {
        Val::Number(sum) => match expr {
            Expr::Parameter(index) => {
                let parameter = &context.form.parameters[*index];
                let sign = if parameter.unit == Unit::Percent {
                    "%"
                } else {
                    ""
                };
                format!("{}{sign}", parameter.value.normalize())
            }
            _ => figure(sum.value, unit_of(context.form, expr)),
        },
        Val::Words(words) => words::shortened(&words),
        _ => lang.pick("空", "blank").to_owned(),
    }
}
