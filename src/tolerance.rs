//! When a printed figure counts as right: the tolerance model T0–T4, in decimals.
//!
//! Every figure carries the unit of its last shown digit, 0 where it is exact. Rounding is
//! 四舍五入, half away from zero.

use rust_decimal::{Decimal, RoundingStrategy};

/// A figure and the unit of its last shown digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// In 万元, percent points, persons or 分.
    pub value: Decimal,
    /// Same unit; 0 where the figure is exact.
    pub unit: Decimal,
}

/// How a printed figure compares with the computed one; the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// 通过.
    Pass,
    /// 尾差: explained by rounding alone.
    Rounding,
    /// A score rounded to whole points, where the form asks for decimals.
    WholePoints,
    /// 不符.
    Mismatch,
}

const TWO: Decimal = Decimal::TWO;

/// More digits than any honest figure has, fewer than a quotient is computed to.
const SETTLED: u32 = 20;

/// Decimals to which forms round scores.
const SCORE_DECIMALS: u32 = 2;

/// 四舍五入. What multiplying a quotient that does not end leaves (3 × (8.35 ÷ 30) is
/// 0.8349…9) counts as the figure that it stands for.
pub fn round_half_away(value: Decimal, decimals: u32) -> Decimal {
    value
        .round_dp(SETTLED)
        .round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// T1: a total against the sum of `parts` figures whose coarsest digit is `unit`; the bound is
/// (n+1)·u/2, inclusive. T0 is the case of exact figures.
pub fn of_sum(difference: Decimal, parts: u32, unit: Decimal) -> Outcome {
    if difference.is_zero() {
        return Outcome::Pass;
    }
    let bound = (Decimal::from(parts) + Decimal::ONE) * unit / TWO;
    if difference.abs() <= bound {
        Outcome::Rounding
    } else {
        Outcome::Mismatch
    }
}

/// A score as forms round it: that is how one is compared which a formula left unrounded.
pub fn rounded_score(score: Decimal) -> Decimal {
    round_half_away(score, SCORE_DECIMALS)
}

/// T0 for a total of scores: exact to two decimals; rounded to one or to a whole number is a
/// rounding difference.
pub fn of_total(printed: Decimal, expected: Decimal) -> Outcome {
    if rounded_score(printed) == rounded_score(expected) {
        Outcome::Pass
    } else if printed == round_half_away(expected, 1) || printed == round_half_away(expected, 0) {
        Outcome::Rounding
    } else {
        Outcome::Mismatch
    }
}

/// T2: a printed rate in percent points against a ÷ b. `None` where it cannot be computed.
///
/// Right to its last digit passes; inside what a and b may have been before rounding is 尾差.
pub fn of_rate(printed: Measure, a: Measure, b: Measure) -> Option<Outcome> {
    let half = printed.unit / TWO;
    let percent = |a: Decimal, b: Decimal| a.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(b);
    let rate = percent(a.value, b.value)?;
    if printed.value.checked_sub(rate)?.abs() <= half {
        return Some(Outcome::Pass);
    }
    if b.value <= Decimal::ZERO {
        return Some(Outcome::Mismatch);
    }
    let low = percent(a.value - a.unit / TWO, b.value + b.unit / TWO)? - half;
    let divisor = b.value - b.unit / TWO;
    if divisor <= Decimal::ZERO {
        return Some(if printed.value >= low {
            Outcome::Rounding
        } else {
            Outcome::Mismatch
        });
    }
    let high = percent(a.value + a.unit / TWO, divisor)? + half;
    let inside = (low..=high).contains(&printed.value);
    Some(if inside {
        Outcome::Rounding
    } else {
        Outcome::Mismatch
    })
}

/// T3: a printed score against weight × min(1, ratio), all honest orders of rounding: from the
/// amounts, from the rate to two decimals of a percent as the form has it, or from the printed
/// rate (`printed_ratio`, 0.8478 for 84.78%) where that is right.
pub fn of_score(
    printed: Decimal,
    weight: Decimal,
    ratio: Decimal,
    printed_ratio: Option<Decimal>,
) -> Option<Outcome> {
    let mut outcome = Outcome::Mismatch;
    let rate = Some(round_half_away(ratio, 4));
    for ratio in [Some(ratio), rate, printed_ratio].into_iter().flatten() {
        let exact = weight.checked_mul(ratio.min(Decimal::ONE))?;
        if rounded_score(printed) == rounded_score(exact) {
            return Some(Outcome::Pass);
        }
        if printed == round_half_away(exact, 1) {
            outcome = Outcome::Rounding;
        } else if printed == round_half_away(exact, 0) && outcome == Outcome::Mismatch {
            outcome = Outcome::WholePoints;
        }
    }
    Some(outcome)
}

/// T4: a ≤ b, allowing half a digit of each.
pub fn at_most(a: Measure, b: Measure) -> bool {
    a.value <= b.value + (a.unit + b.unit) / TWO
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn m(text: &str) -> Measure {
        let value: Decimal = text.parse().unwrap();
        Measure {
            value,
            unit: Decimal::new(1, value.scale()),
        }
    }

    #[test]
    fn five_parts_may_miss_their_total_by_three_hundredths() {
        let sum = ["3144.00", "570.17", "433.00", "1426.90", "1591.22"]
            .map(d)
            .iter()
            .sum::<Decimal>();
        assert_eq!(of_sum(d("7165.32") - sum, 5, d("0.01")), Outcome::Rounding);
        assert_eq!(of_sum(d("7165.33") - sum, 5, d("0.01")), Outcome::Mismatch);
        assert_eq!(
            of_sum(d("21489") - d("19117") - d("2371"), 2, d("1")),
            Outcome::Rounding
        );
    }

    #[test]
    fn rates_are_right_to_their_last_shown_digit() {
        for (printed, a, b, outcome) in [
            ("31.00", "46", "148", Outcome::Mismatch),
            ("31", "46", "148", Outcome::Pass),
            ("86", "692.98", "808.1", Outcome::Pass),
            ("100", "3824.26", "4753.66", Outcome::Mismatch),
            ("80.45", "3824.26", "4753.66", Outcome::Pass),
            ("81.76", "7.26", "8.88", Outcome::Pass),
            ("81.65", "7.26", "8.88", Outcome::Rounding),
            ("81.86", "7.26", "8.88", Outcome::Rounding),
            ("81.90", "7.26", "8.88", Outcome::Mismatch),
        ] {
            let exact = |m: Measure| {
                if m.value.scale() == 0 {
                    Measure { unit: d("0"), ..m }
                } else {
                    m
                }
            };
            let found = of_rate(m(printed), exact(m(a)), exact(m(b)));
            assert_eq!(found, Some(outcome), "{printed} from {a} / {b}");
        }
        assert_eq!(of_rate(m("0.00"), m("0"), m("0")), None);
    }

    #[test]
    fn scores_may_come_from_the_amounts_or_from_the_printed_rate() {
        let printed = Some(d("0.8475"));
        assert_eq!(
            of_score(d("8.48"), d("10"), d("0.84749"), printed),
            Some(Outcome::Pass)
        );
        assert_eq!(
            of_score(d("8.47"), d("10"), d("0.8475"), printed),
            Some(Outcome::Mismatch)
        );
        assert_eq!(
            of_score(d("8.5"), d("10"), d("0.8475"), None),
            Some(Outcome::Rounding)
        );
        assert_eq!(
            of_score(d("8"), d("10"), d("0.8475"), None),
            Some(Outcome::WholePoints)
        );
        assert_eq!(
            of_score(d("8.04"), d("10"), d("3824.26") / d("4753.66"), None),
            Some(Outcome::Pass)
        );
        assert_eq!(
            of_score(d("10"), d("10"), d("1.3"), None),
            Some(Outcome::Pass)
        );
        assert_eq!(
            of_score(d("8.044881"), d("10"), d("3824.26") / d("4753.66"), None),
            Some(Outcome::Pass)
        );
    }

    #[test]
    fn a_total_is_exact_to_two_decimals() {
        for (printed, expected, outcome) in [
            ("95.25", "95.25", Outcome::Pass),
            ("95.25", "95.245556", Outcome::Pass),
            ("95.245556", "95.245556", Outcome::Pass),
            ("95.24", "95.245556", Outcome::Mismatch),
            ("95.2", "95.23", Outcome::Rounding),
            ("95", "95.23", Outcome::Rounding),
        ] {
            let found = of_total(d(printed), d(expected));
            assert_eq!(found, outcome, "{printed} for {expected}");
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (value, rounded) in [
            ("8.475", "8.48"),
            ("-8.475", "-8.48"),
            ("0.005", "0.01"),
            ("2.344", "2.34"),
        ] {
            assert_eq!(round_half_away(d(value), 2), d(rounded));
        }
    }
}
