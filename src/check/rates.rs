//! Rates written without a percent sign, settled before anything is compared: 84.78 and 0.8478
//! are both 84.78% where the amounts say so.

use rust_decimal::Decimal;

use super::evaluate::Context;
use super::value::Val;
use crate::catalog::{Action, Field, Fill, Form, Tolerance};
use crate::filing::{Filing, State};

/// Rewrites every computed rate without a percent sign in percent points, by the reading that
/// is nearer to what the amounts give.
pub fn settle_rates(form: &Form, filing: &mut Filing) {
    let rates = form.rules.iter().flat_map(|rule| match &rule.action {
        Action::Tests(tests) => tests.as_slice(),
        _ => &[],
    });
    for test in rates {
        let Some(Fill {
            target: Field::Slot { annex, slot },
            tolerance: Tolerance::Rate,
            ..
        }) = test.fill
        else {
            continue;
        };
        for table in 0..filing.tables.len() {
            if filing.tables[table].annex != annex {
                continue;
            }
            let State::Number(figure) = &filing.tables[table].facts[slot].state else {
                continue;
            };
            if figure.amount.percent {
                continue;
            }
            let written = figure.value;
            let context = Context {
                table: Some(&filing.tables[table]),
                ..Context::of_filing(form, filing)
            };
            let expected = match context.value(&test.expr) {
                Val::Number(ratio) => Some(ratio.value * Decimal::ONE_HUNDRED),
                _ => None,
            };
            if is_ratio(written, expected) {
                let State::Number(figure) = &mut filing.tables[table].facts[slot].state else {
                    continue;
                };
                figure.value = written * Decimal::ONE_HUNDRED;
                // 1 for 100% is not known to the nearest hundred, but to the percent.
                figure.digit = (figure.digit * Decimal::ONE_HUNDRED).min(Decimal::ONE);
            }
        }
    }
}

/// Whether a number is the rate itself (0.8478) rather than its percent points (84.78).
fn is_ratio(written: Decimal, expected: Option<Decimal>) -> bool {
    let points = written * Decimal::ONE_HUNDRED;
    match expected {
        Some(expected) => (points - expected).abs() < (written - expected).abs(),
        None => written.abs() <= Decimal::new(15, 1),
    }
}
