//! Numbers of a workbook as exact decimals.
//!
//! A workbook stores binary doubles as up to 17 digits of text, so an amount typed as 233.74 may
//! stand there as 233.74000000000001. The rule, as Excel shows numbers:
//!
//! - up to 15 significant digits: the digits as they stand;
//! - an integer of more: its own digits, as far as 28 of them hold it (an id is no amount);
//! - anything else of more: rounded to 15 significant digits, which takes the noise of binary
//!   sums off (0.30000000000000004 is 0.3).
//!
//! Trailing zeros are dropped. What lies below 1e-28 is rounded to 28 decimals. What no
//! [`Decimal`] holds (1e308, NaN, 40 digits) is `None`, never a near miss.

use rust_decimal::Decimal;

/// Powers of ten that an `i64` of 15 digits can be multiplied with in an `i128`.
const MAX_SHIFT: i32 = 28;

/// The decimal for the text of a number cell, `None` if there is none.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let parts = Parts::of(text.trim_ascii().as_bytes())?;
    if parts.digits <= 15 {
        return parts.exact();
    }
    if parts.integer && !parts.exponent_written {
        return text
            .trim_ascii()
            .trim_start_matches('+')
            .parse::<Decimal>()
            .ok();
    }
    if let Some(rounded) = parts.rounded() {
        return rounded.exact();
    }
    from_f64(text.trim_ascii().parse().ok()?)
}

/// The decimal for a double that a binary format stores: the shortest text that reads back as
/// the double if that has up to 15 digits, else the double rounded to 15.
pub(crate) fn from_f64(number: f64) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    // Both steps in one: rounding to 15 digits gives the shortest text wherever that has at
    // most 15 digits, as doubles carry 15 digits faithfully.
    Parts::of(format!("{number:.14e}").as_bytes())?.exact()
}

/// A number's text taken apart.
struct Parts {
    negative: bool,
    /// The first 18 significant digits; all of them where `digits` is at most 18.
    mantissa: i64,
    /// How many significant digits there are, leading zeros not counted.
    digits: u32,
    /// Digits behind the point, less the exponent.
    scale: i32,
    integer: bool,
    exponent_written: bool,
}

impl Parts {
    fn of(text: &[u8]) -> Option<Self> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut parts = Self {
            negative,
            mantissa: 0,
            digits: 0,
            scale: 0,
            integer: true,
            exponent_written: false,
        };
        let mut any = false;
        for (at, &byte) in text.iter().enumerate() {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    if parts.digits > 0 || byte != b'0' {
                        parts.digits += 1;
                        if parts.digits <= 18 {
                            parts.mantissa = parts.mantissa * 10 + i64::from(byte - b'0');
                        }
                    }
                    if !parts.integer {
                        parts.scale = parts.scale.checked_add(1)?;
                    }
                }
                b'.' if parts.integer => parts.integer = false,
                b'e' | b'E' if any => {
                    let exponent: i32 = std::str::from_utf8(&text[at + 1..]).ok()?.parse().ok()?;
                    parts.scale = parts.scale.checked_sub(exponent)?;
                    parts.exponent_written = true;
                    return Some(parts);
                }
                _ => return None,
            }
        }
        any.then_some(parts)
    }

    /// Rounds 16 or 17 digits to 15 without the detour over a double. Both ways agree except at
    /// an exact tie, where the double lies to one side: there, and for more digits, `None`.
    fn rounded(&self) -> Option<Self> {
        let unit = match self.digits {
            16 => 10,
            17 => 100,
            _ => return None,
        };
        let (kept, rest) = (self.mantissa / unit, self.mantissa % unit);
        if rest * 2 == unit {
            return None;
        }
        Some(Self {
            mantissa: kept + i64::from(rest * 2 > unit),
            digits: 15,
            scale: self.scale - if unit == 10 { 1 } else { 2 },
            ..*self
        })
    }

    /// The decimal of these digits; only for up to 18 of them.
    fn exact(mut self) -> Option<Decimal> {
        if self.mantissa == 0 {
            return Some(Decimal::ZERO);
        }
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        let mantissa = if self.negative {
            -self.mantissa
        } else {
            self.mantissa
        };
        if (0..=MAX_SHIFT).contains(&self.scale) {
            return Some(Decimal::new(mantissa, self.scale.unsigned_abs()));
        }
        if self.scale > 0 {
            let excess = self.scale - MAX_SHIFT;
            // Half a unit of the 28th decimal is the last that rounds to one.
            if excess > 18 {
                return Some(Decimal::ZERO);
            }
            let unit = 10_i64.checked_pow(excess.unsigned_abs())?;
            let rounded = (mantissa.abs() + unit / 2) / unit * mantissa.signum();
            return Some(Decimal::new(rounded, MAX_SHIFT.unsigned_abs()).normalize());
        }
        let shift = self.scale.unsigned_abs();
        if shift > MAX_SHIFT.unsigned_abs() {
            return None;
        }
        let number = 10_i128
            .checked_pow(shift)?
            .checked_mul(i128::from(mantissa))?;
        Decimal::try_from_i128_with_scale(number, 0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Option<String> {
        parse(text).map(|number| number.to_string())
    }

    #[test]
    fn up_to_15_digits_stand_as_they_are() {
        for (text, want) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.0000", "0"),
            ("42", "42"),
            (" 318.10 ", "318.1"),
            ("-7.26", "-7.26"),
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("0.8478151524677", "0.8478151524677"),
            ("123456789012345", "123456789012345"),
            ("1.5E-2", "0.015"),
            ("1e3", "1000"),
            ("9E+27", "9000000000000000000000000000"),
            ("000000000000000000012", "12"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn the_noise_of_binary_sums_comes_off() {
        for (text, want) in [
            ("233.74000000000001", "233.74"),
            ("0.30000000000000004", "0.3"),
            ("0.84781515246777740", "0.847815152467777"),
            ("1.1368683772161603E-13", "0.000000000000113686837721616"),
            ("0.0900000762939453", "0.0900000762939453"),
            ("3.5527136788005009e-15", "0.0000000000000035527136788005"),
            ("1e-30", "0"),
            ("6e-29", "0.0000000000000000000000000001"),
            ("4.9406564584124654e-324", "0"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn long_integers_keep_their_own_digits() {
        for text in [
            "9007199254740993",
            "-430602199001011234",
            "1234567890123456789012345678",
        ] {
            assert_eq!(shown(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_no_decimal_holds_is_none() {
        for text in [
            "",
            "-",
            ".",
            "NaN",
            "INF",
            "-INF",
            "inf",
            "1e308",
            "1e29",
            "1e999999999999",
            "0x10",
            "1,000",
            "12 3",
            "1.2.3",
            "1e",
            "１２",
            "1111111111111111111111111111111111111111",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(from_f64(f64::NAN), None);
        assert_eq!(from_f64(f64::INFINITY), None);
        assert_eq!(from_f64(1e308), None);
    }

    proptest! {
        #[test]
        fn amounts_survive_a_double(cents in -99_999_999_999_999_i64..99_999_999_999_999) {
            let amount = Decimal::new(cents, 2);
            let double: f64 = amount.to_string().parse().unwrap();
            prop_assert_eq!(from_f64(double), Some(amount));
            prop_assert_eq!(parse(&format!("{double}")), Some(amount));
            prop_assert_eq!(parse(&format!("{double:.16e}")), Some(amount));
        }

        #[test]
        fn a_double_gives_the_same_number_however_it_is_written(bits in any::<u64>()) {
            let double = f64::from_bits(bits);
            prop_assert_eq!(parse(&format!("{double:.16e}")), from_f64(double));
            // A long integer without exponent keeps its digits.
            if double.abs() < 1e15 {
                prop_assert_eq!(parse(&format!("{double:e}")), from_f64(double));
            }
        }

        #[test]
        fn a_quotient_gives_the_same_number_however_it_is_written(a in 1_u32..9_999_999, b in 1_u32..9999) {
            let double = f64::from(a) / f64::from(b);
            prop_assert_eq!(parse(&format!("{double}")), from_f64(double));
            prop_assert_eq!(parse(&format!("{double:.16e}")), from_f64(double));
        }

        #[test]
        fn any_text_is_a_number_or_none(text in "[-+0-9.eE ]{0,40}") {
            let _ = parse(&text);
        }
    }
}
