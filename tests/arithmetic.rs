//! The tolerance model against an independent computation in whole numbers.
#![allow(clippy::unwrap_used)]

use gouji::tolerance::{Measure, Outcome, at_most, of_rate, of_score, of_sum, round_half_away};
use num_bigint::BigInt;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// A fraction of whole numbers, the denominator above 0.
#[derive(Debug, Clone)]
struct Ratio {
    over: BigInt,
    under: BigInt,
}

impl Ratio {
    fn new(over: impl Into<BigInt>, under: impl Into<BigInt>) -> Self {
        let (over, under) = (over.into(), under.into());
        if under < BigInt::ZERO {
            return Self {
                over: -over,
                under: -under,
            };
        }
        Self { over, under }
    }

    fn of(value: Decimal) -> Self {
        Self::new(value.mantissa(), BigInt::from(10).pow(value.scale()))
    }

    fn plus(&self, other: &Self) -> Self {
        Self::new(
            &self.over * &other.under + &other.over * &self.under,
            &self.under * &other.under,
        )
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&Self::new(-&other.over, other.under.clone()))
    }

    fn times(&self, other: &Self) -> Self {
        Self::new(&self.over * &other.over, &self.under * &other.under)
    }

    fn by(&self, other: &Self) -> Self {
        Self::new(&self.over * &other.under, &self.under * &other.over)
    }

    fn size(&self) -> Self {
        Self::new(self.over.magnitude().clone(), self.under.clone())
    }

    fn at_most(&self, other: &Self) -> bool {
        &self.over * &other.under <= &other.over * &self.under
    }

    fn half(&self) -> Self {
        Self::new(self.over.clone(), &self.under * 2)
    }

    /// 四舍五入 to `decimals`, as a whole number of the last digit.
    fn rounded(&self, decimals: u32) -> BigInt {
        let over: BigInt = &self.over * BigInt::from(10).pow(decimals) * 2;
        let size: BigInt =
            (BigInt::from(over.magnitude().clone()) + &self.under) / (&self.under * 2);
        if over < BigInt::ZERO { -size } else { size }
    }
}

fn whole_of(value: Decimal, decimals: u32) -> BigInt {
    let mut value = value;
    value.rescale(decimals);
    BigInt::from(value.mantissa())
}

fn measure(whole: i64, decimals: u32) -> Measure {
    Measure {
        value: Decimal::new(whole, decimals),
        unit: Decimal::new(1, decimals),
    }
}

/// T2 in fractions: its bounds are those of the domain's arithmetic model, word for word.
fn expected_rate(printed: Measure, a: Measure, b: Measure) -> Outcome {
    let [p, u_p] = [printed.value, printed.unit].map(Ratio::of);
    let [a, u_a] = [a.value, a.unit].map(Ratio::of);
    let [b, u_b] = [b.value, b.unit].map(Ratio::of);
    let percent = |a: &Ratio, b: &Ratio| a.times(&Ratio::new(100, 1)).by(b);
    if p.minus(&percent(&a, &b)).size().at_most(&u_p.half()) {
        return Outcome::Pass;
    }
    let low = percent(&a.minus(&u_a.half()), &b.plus(&u_b.half())).minus(&u_p.half());
    let least = b.minus(&u_b.half());
    let below = least.at_most(&Ratio::new(0, 1)) || {
        let high = percent(&a.plus(&u_a.half()), &least).plus(&u_p.half());
        p.at_most(&high)
    };
    if low.at_most(&p) && below {
        Outcome::Rounding
    } else {
        Outcome::Mismatch
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn rounding_is_half_away_from_zero(whole in any::<i64>(), scale in 0u32..18, decimals in 0u32..7) {
        let value = Decimal::new(whole, scale);
        let expected = Ratio::of(value).rounded(decimals);
        prop_assert_eq!(whole_of(round_half_away(value, decimals), decimals), expected);
    }

    #[test]
    fn a_total_differs_by_half_a_digit_a_part_at_most(
        parts in prop::collection::vec(0i64..10_000_000, 1..20),
        off in -15i64..15,
    ) {
        let total: i64 = parts.iter().sum::<i64>() + off;
        let sum: Decimal = parts.iter().map(|part| Decimal::new(*part, 2)).sum();
        let count = u32::try_from(parts.len()).unwrap();
        let outcome = of_sum(Decimal::new(total, 2) - sum, count, Decimal::new(1, 2));
        // In halves of a 0.01: |off| · 2 against n + 1.
        let expected = match off.unsigned_abs() * 2 {
            0 => Outcome::Pass,
            halves if halves <= u64::from(count) + 1 => Outcome::Rounding,
            _ => Outcome::Mismatch,
        };
        prop_assert_eq!(outcome, expected);
    }

    #[test]
    fn a_rate_is_judged_as_in_fractions(
        a in 0i64..2_000_000, b in 1i64..2_000_000,
        money in 0u32..5, decimals in 0u32..4, off in -60i64..60,
    ) {
        let (a, b) = (measure(a, money), measure(b, money));
        let near = Ratio::of(a.value).times(&Ratio::new(100, 1)).by(&Ratio::of(b.value));
        let near = i64::try_from(near.rounded(decimals)).unwrap();
        let printed = measure(near + off / 20, decimals);
        prop_assert_eq!(of_rate(printed, a, b), Some(expected_rate(printed, a, b)));
    }

    #[test]
    fn a_rate_of_a_negative_whole_is_never_a_rounding_difference(
        a in 1i64..2_000_000, b in 1i64..2_000_000, printed in 0i64..30_000,
    ) {
        let outcome = of_rate(measure(printed, 2), measure(a, 2), measure(-b, 2));
        prop_assert!(matches!(outcome, Some(Outcome::Mismatch | Outcome::Pass)));
    }

    #[test]
    fn a_score_is_judged_as_in_fractions(
        a in 0i64..200_000, b in 1i64..200_000, weight in 1i64..120, off in -2i64..3,
    ) {
        let (a, b) = (Decimal::new(a, 2), Decimal::new(b, 2));
        let ratio = Ratio::of(a).by(&Ratio::of(b));
        let one = Ratio::new(1, 1);
        let ratio = if ratio.at_most(&one) { ratio } else { one };
        let rate = Ratio::new(ratio.rounded(4), 10_000);
        let honest = [&ratio, &rate].map(|ratio| ratio.times(&Ratio::new(weight, 1)));
        let printed = Decimal::new(i64::try_from(honest[0].rounded(2)).unwrap() + off, 2);
        let is = |decimals: u32| {
            honest.iter().any(|exact| {
                let whole = Ratio::new(exact.rounded(decimals), BigInt::from(10).pow(decimals));
                Ratio::of(printed).minus(&whole).over == BigInt::ZERO
            })
        };
        let expected = match () {
            () if is(2) => Outcome::Pass,
            () if is(1) => Outcome::Rounding,
            () if is(0) => Outcome::WholePoints,
            () => Outcome::Mismatch,
        };
        let outcome = of_score(printed, Decimal::from(weight), a / b, None);
        prop_assert_eq!(outcome, Some(expected));
    }

    #[test]
    fn a_bound_allows_half_a_digit_of_each(
        a in 0i64..100_000, off in -300i64..300, of_a in 0u32..3, of_b in 0u32..3,
    ) {
        let b = measure(a * 10i64.pow(of_b) / 10i64.pow(of_a) + off / 100, of_b);
        let a = measure(a, of_a);
        let allowed = Ratio::of(a.unit).plus(&Ratio::of(b.unit)).half();
        let expected = Ratio::of(a.value).at_most(&Ratio::of(b.value).plus(&allowed));
        prop_assert_eq!(at_most(a, b), expected);
    }
}

#[test]
fn a_quotient_that_does_not_end_is_rounded_as_if_it_did() {
    // 3 × 8.35 ÷ 30 is 0.835, though 8.35 ÷ 30 has no last digit.
    let ratio = Decimal::new(835, 2) / Decimal::from(30);
    let score = Decimal::from(3) * ratio;
    assert_eq!(round_half_away(score, 2), Decimal::new(84, 2));
}
