//! The likely cause of a mismatch, said only where arithmetic proves it.

use rust_decimal::Decimal;

use super::evaluate::Context;
use super::tree::Part;
use super::value::{Sum, Val};
use super::words::{self, figure};
use crate::catalog::{Expr, Field, Fill, Operator, Test, Tolerance, Unit, place_of_slot};
use crate::lang::Lang;
use crate::tolerance::{self, Measure, Outcome};

/// A total that misses one of its parts, or has it twice.
pub(super) fn of_total(
    parts: &[Part<'_>],
    printed: Decimal,
    expected: Decimal,
    unit: Option<Unit>,
    lang: Lang,
) -> Option<String> {
    let missing = expected - printed;
    let named = |part: &Part<'_>| match part.cell {
        Some(cell) => match lang {
            Lang::Zh => format!("第 {} 行「{}」", cell.at.row + 1, part.label),
            Lang::En => format!("row {} “{}”", cell.at.row + 1, part.label),
        },
        None => format!("「{}」", part.label),
    };
    let mut fitting = parts.iter().filter_map(|part| match &part.value {
        Val::Number(sum) if !sum.value.is_zero() && sum.value.abs() == missing.abs() => {
            Some((part, sum.value))
        }
        _ => None,
    });
    // Two parts of the same amount prove nothing.
    if let (Some((part, value)), None) = (fitting.next(), fitting.next()) {
        let amount = figure(value, unit);
        let name = named(part);
        return Some(match (lang, value == missing) {
            (Lang::Zh, true) => format!("差额恰等于{name}{amount}，可能漏加了这一行。"),
            (Lang::Zh, false) => format!("差额恰等于{name}{amount}，可能多加了一次。"),
            (Lang::En, true) => {
                format!(" The difference is exactly {name}, {amount}: it may have been left out.")
            }
            (Lang::En, false) => format!(
                " The difference is exactly {name}, {amount}: it may have been added twice."
            ),
        });
    }
    of_figure(printed, expected, lang)
}

/// A figure in the wrong unit, or with two digits swapped.
fn of_figure(printed: Decimal, expected: Decimal, lang: Lang) -> Option<String> {
    let scale = Decimal::from(10_000);
    if !expected.is_zero() && (printed == expected * scale || printed * scale == expected) {
        return Some(
            lang.pick(
                "正好相差一万倍，可能把元和万元弄混了。",
                " Off by exactly 10,000: 元 and 万元 may be mixed up.",
            )
            .to_owned(),
        );
    }
    swapped(printed, expected).then(|| {
        lang.pick(
            "两个数只差相邻两位数字的顺序，可能是录入时颠倒了。",
            " Two neighbouring digits are swapped.",
        )
        .to_owned()
    })
}

/// Whether two figures differ by the order of two neighbouring digits only.
fn swapped(a: Decimal, b: Decimal) -> bool {
    let scale = a.scale().max(b.scale()).max(2);
    let digits = |value: Decimal| {
        let mut value = value;
        value.rescale(scale);
        value.mantissa().to_string().into_bytes()
    };
    let (a, b) = (digits(a), digits(b));
    let differing: Vec<usize> = (0..a.len().min(b.len()))
        .filter(|at| a[*at] != b[*at])
        .collect();
    a.len() == b.len()
        && matches!(differing.as_slice(), [i, j] if *j == i + 1 && a[*i] == b[*j] && a[*j] == b[*i])
}

/// An equation between a field and a sum of fields.
pub(super) fn of_equation(
    context: &Context<'_>,
    left: &Expr,
    right: &Expr,
    lang: Lang,
) -> Option<String> {
    let (Val::Number(printed), Val::Number(expected)) = (context.value(left), context.value(right))
    else {
        return None;
    };
    let parts: Vec<Part<'_>> = right
        .fields()
        .into_iter()
        .map(|field| {
            let words = words::field_words(context, field);
            Part {
                label: words,
                cell: None,
                shown: "".into(),
                field: String::new(),
                value: context.field(field),
                fact: None,
            }
        })
        .collect();
    let unit = crate::catalog::unit_of(context.form, left);
    of_total(&parts, printed.value, expected.value, unit, lang)
}

/// A rate with the wrong divisor; a score from a wrong rate.
pub(super) fn of_fill(
    context: &Context<'_>,
    test: &Test,
    fill: &Fill,
    printed: Sum,
    lang: Lang,
) -> Option<String> {
    match fill.tolerance {
        Tolerance::Rate => of_rate(context, test, printed, lang),
        Tolerance::Score => of_score(context, test, fill, printed, lang),
        Tolerance::Total | Tolerance::Sum => {
            let Val::Number(expected) = context.value(&test.expr) else {
                return None;
            };
            of_figure(printed.value, expected.value, lang)
        }
    }
}

fn of_rate(context: &Context<'_>, test: &Test, printed: Sum, lang: Lang) -> Option<String> {
    let Expr::Binary(Operator::Divide, a, b) = &test.expr else {
        return None;
    };
    let Expr::Field(divisor @ Field::Slot { annex, slot }) = **b else {
        return None;
    };
    let Val::Number(amount) = context.value(a) else {
        return None;
    };
    let points = Measure {
        value: printed.value * Decimal::ONE_HUNDRED,
        unit: printed.digit * Decimal::ONE_HUNDRED,
    };
    let (block, row, _) = place_of_slot(&context.form.annexes[annex], slot);
    for (column, definition) in block.columns.iter().enumerate() {
        let other = Field::Slot {
            annex,
            slot: block.slot(row, column),
        };
        if definition.unit != context.unit(divisor)
            || other == divisor
            || Expr::Field(other).fields() == a.fields()
        {
            continue;
        }
        let Val::Number(wrong) = context.field(other) else {
            continue;
        };
        if tolerance::of_rate(points, amount.measure(), wrong.measure()) == Some(Outcome::Pass) {
            let rate = figure(printed.value, Some(Unit::Percent));
            let value = figure(wrong.value, Some(definition.unit));
            let wrong_words = words::field_words(context, other);
            let right_words = words::field_words(context, divisor);
            return Some(match lang {
                Lang::Zh => {
                    format!("{rate} 是除以{wrong_words} {value} 得到的；这里要除以{right_words}。")
                }
                Lang::En => format!(
                    " {rate} comes from dividing by {wrong_words} {value}; divide by {right_words}."
                ),
            });
        }
    }
    None
}

fn of_score(
    context: &Context<'_>,
    test: &Test,
    fill: &Fill,
    printed: Sum,
    lang: Lang,
) -> Option<String> {
    let Expr::Binary(Operator::Multiply, weight, _) = &test.expr else {
        return None;
    };
    let (Val::Number(weight), Val::Number(rate)) =
        (context.value(weight), context.field(fill.via?))
    else {
        return None;
    };
    let from_rate = tolerance::rounded_score(weight.value * rate.value.min(Decimal::ONE));
    (from_rate == tolerance::rounded_score(printed.value)).then(|| {
        let rate = figure(rate.value, Some(Unit::Percent));
        match lang {
            Lang::Zh => format!("这是按所填的执行率 {rate} 算出的。"),
            Lang::En => format!(" It was computed from the printed rate {rate}."),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_digits_are_seen() {
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        assert!(swapped(d("269.69"), d("296.69")));
        assert!(swapped(d("90.6"), d("90.06")));
        assert!(!swapped(d("90.60"), d("86.00")));
        assert!(!swapped(d("1.2"), d("12")));
    }
}
