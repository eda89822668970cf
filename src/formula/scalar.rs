//! Functions of single values; over arrays they go value by value.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::term::{Given, Stop, Term, error, number_in, rounded};
use crate::tolerance::round_half_away;

/// Longer texts are no cell's.
pub(super) const LONGEST: usize = 32_767;

/// What the function gives for these values. Not known where there is no such function.
pub(super) fn call(name: &str, arguments: &[Term]) -> Given<Term> {
    match (name, arguments) {
        ("ISNUMBER", [only]) => Ok(Term::Bool(matches!(only, Term::Number(_)))),
        ("ISTEXT", [only]) => Ok(Term::Bool(matches!(only, Term::Text(_)))),
        ("ISBLANK", [only]) => Ok(Term::Bool(*only == Term::Blank)),
        ("ISERROR", [only]) => Ok(Term::Bool(matches!(only, Term::Error(_)))),
        ("IFERROR", [value, instead]) => Ok(match value {
            Term::Error(_) => instead.clone(),
            value => value.clone(),
        }),
        ("IF", [condition, then, otherwise]) => Ok(if condition.truth()? {
            then.clone()
        } else {
            otherwise.clone()
        }),
        ("NOT", [only]) => Ok(Term::Bool(!only.truth()?)),
        ("ABS", [only]) => Ok(Term::Number(only.number()?.abs())),
        ("INT", [only]) => Ok(Term::Number(rounded(only.number()?).floor())),
        ("ROUND", [number, places]) => {
            let (number, places) = (number.number()?, places.integer()?);
            round(rounded(number), places).map(Term::Number)
        }
        ("MOD", [number, divisor]) => modulo(number.number()?, divisor.number()?).map(Term::Number),
        _ => of_text(name, arguments),
    }
}

/// `places` may be negative: -2 rounds to hundreds.
fn round(number: Decimal, places: i64) -> Given<Decimal> {
    if let Ok(places) = u32::try_from(places) {
        return match places {
            0..=20 => Ok(round_half_away(number, places)),
            _ => Err(Stop::Unknown),
        };
    }
    let unit = (places..0)
        .take(28)
        .try_fold(Decimal::ONE, |unit, _| unit.checked_mul(Decimal::TEN));
    // No number is as large as the unit that it is rounded to then.
    let Some(unit) = unit.filter(|_| places >= -27) else {
        return Ok(Decimal::ZERO);
    };
    let units = number.checked_div(unit).ok_or(Stop::Unknown)?;
    round_half_away(units, 0)
        .checked_mul(unit)
        .ok_or(Stop::Unknown)
}

/// The remainder has the sign of the divisor.
fn modulo(number: Decimal, divisor: Decimal) -> Given<Decimal> {
    if divisor.is_zero() {
        return error("#DIV/0!");
    }
    let rest = number.checked_rem(divisor).ok_or(Stop::Unknown)?;
    if rest.is_zero() || rest.is_sign_negative() == divisor.is_sign_negative() {
        return Ok(rest);
    }
    rest.checked_add(divisor).ok_or(Stop::Unknown)
}

fn of_text(name: &str, arguments: &[Term]) -> Given<Term> {
    let made = |text: String| Ok(Term::Text(text.into()));
    match (name, arguments) {
        ("LEN", [text]) => Ok(Term::whole(chars(&text.text()?)?.len())),
        ("LEFT", [text, rest @ ..]) if rest.len() < 2 => {
            let text = chars(&text.text()?)?;
            let count = count(rest)?.min(text.len());
            made(text[..count].iter().collect())
        }
        ("RIGHT", [text, rest @ ..]) if rest.len() < 2 => {
            let text = chars(&text.text()?)?;
            let count = count(rest)?.min(text.len());
            made(text[text.len() - count..].iter().collect())
        }
        ("MID", [text, first, length]) => {
            let text = chars(&text.text()?)?;
            let first = place(std::slice::from_ref(first))?;
            let length = count(std::slice::from_ref(length))?;
            made(text.into_iter().skip(first).take(length).collect())
        }
        ("FIND", [needle, text, rest @ ..]) if rest.len() < 2 => {
            find(&needle.text()?, &text.text()?, place(rest)?)
        }
        ("SEARCH", [needle, text, rest @ ..]) if rest.len() < 2 => {
            let needle = needle.text()?;
            if needle.contains(WILD) {
                return Err(Stop::Unknown);
            }
            let (needle, text) = (lower(&needle)?, lower(&text.text()?)?);
            find(&needle, &text, place(rest)?)
        }
        ("SUBSTITUTE", [text, old, new, rest @ ..]) if rest.len() < 2 => {
            let (text, old, new) = (text.text()?, old.text()?, new.text()?);
            substitute(&text, &old, &new, rest)
        }
        ("TRIM", [text]) => {
            let text = text.text()?;
            let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
            made(words.join(" "))
        }
        ("CONCATENATE", [_, ..]) => {
            let texts = arguments.iter().map(Term::text);
            let texts = texts.collect::<Given<Vec<Arc<str>>>>()?;
            in_bounds(texts.iter().map(|text| text.len()).sum())?;
            made(texts.concat())
        }
        ("EXACT", [a, b]) => Ok(Term::Bool(a.text()? == b.text()?)),
        ("TEXT", [value, format]) => {
            let format = format.text()?;
            let number = match value {
                Term::Text(text) => match number_in(text) {
                    Err(Stop::Error(_)) => return Ok(value.clone()),
                    number => number?,
                },
                Term::Bool(_) => return value.text().map(Term::Text),
                value => value.number()?,
            };
            made(shown(number, &format).ok_or(Stop::Unknown)?)
        }
        _ => Err(Stop::Unknown),
    }
}

/// Signs that stand for others in what is searched.
pub(super) const WILD: [char; 3] = ['?', '*', '~'];

/// The characters, where all programs count them alike: some count those of two UTF-16 units
/// twice.
fn chars(text: &str) -> Given<Vec<char>> {
    let chars: Vec<char> = text.chars().collect();
    if chars.iter().any(|char| char.len_utf16() > 1) {
        return Err(Stop::Unknown);
    }
    Ok(chars)
}

/// Looked at before memory is taken. In bytes: a character has up to three.
fn in_bounds(bytes: usize) -> Given<()> {
    if bytes > 4 * LONGEST {
        return Err(Stop::Unknown);
    }
    Ok(())
}

/// In lower case, with as many characters as before.
fn lower(text: &str) -> Given<String> {
    let lower = text.to_lowercase();
    if lower.chars().count() == text.chars().count() {
        Ok(lower)
    } else {
        Err(Stop::Unknown)
    }
}

/// A number of characters, 1 where it is not given.
fn count(given: &[Term]) -> Given<usize> {
    let Some(given) = given.first() else {
        return Ok(1);
    };
    match usize::try_from(given.integer()?) {
        Ok(count) => Ok(count.min(LONGEST + 1)),
        Err(_) => error("#VALUE!"),
    }
}

/// A place among characters, counted from 0; the first where it is not given.
fn place(given: &[Term]) -> Given<usize> {
    match count(given)?.checked_sub(1) {
        Some(place) => Ok(place),
        None => error("#VALUE!"),
    }
}

fn find(needle: &str, text: &str, from: usize) -> Given<Term> {
    let (length, _) = (chars(text)?.len(), chars(needle)?);
    if from > length {
        return error("#VALUE!");
    }
    let skipped: usize = text.chars().take(from).map(char::len_utf8).sum();
    match text[skipped..].find(needle) {
        Some(at) => Ok(Term::whole(
            from + text[skipped..skipped + at].chars().count() + 1,
        )),
        None => error("#VALUE!"),
    }
}

fn substitute(text: &str, old: &str, new: &str, which: &[Term]) -> Given<Term> {
    let made = |text: String| Ok(Term::Text(text.into()));
    if old.is_empty() {
        return made(text.to_owned());
    }
    if let [which] = which {
        let which = place(std::slice::from_ref(which))?;
        let Some((at, _)) = text.match_indices(old).nth(which) else {
            return made(text.to_owned());
        };
        return made([&text[..at], new, &text[at + old.len()..]].concat());
    }
    let times = text.matches(old).count();
    in_bounds(text.len() + times * new.len())?;
    made(text.replace(old, new))
}

/// A number in a format of digits, `#,##0.00` or `0.0#%`; other formats are not known.
fn shown(number: Decimal, format: &str) -> Option<String> {
    let (body, percent) = match format.strip_suffix('%') {
        Some(body) => (body, true),
        None => (format, false),
    };
    let (whole, fraction) = match body.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, fraction)) => (whole, fraction),
        None => (body, ""),
    };
    let grouped = match whole {
        "0" => false,
        "#,##0" => true,
        _ => return None,
    };
    let digits = fraction.len();
    let (fixed, optional) = fraction.split_at(digits - fraction.trim_start_matches('0').len());
    if digits > 15 || !optional.bytes().all(|byte| byte == b'#') {
        return None;
    }
    let number = rounded(number);
    let number = if percent {
        number.checked_mul(Decimal::ONE_HUNDRED)?
    } else {
        number
    };
    let result = round_half_away(number, u32::try_from(digits).ok()?);
    // Whether -0.001 is "-0.00" or "0.00" depends on the program.
    if result.is_zero() && number < Decimal::ZERO {
        return None;
    }
    let text = format!("{:.digits$}", result.abs());
    let (whole, mut fraction) = text.split_once('.').unwrap_or((&text, ""));
    while fraction.len() > fixed.len() && fraction.ends_with('0') {
        fraction = &fraction[..fraction.len() - 1];
    }
    let mut out = String::new();
    if result < Decimal::ZERO {
        out.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if grouped && at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    // The point stays where no digit follows, as programs show it.
    if digits > 0 {
        out.push('.');
    }
    out.push_str(fraction);
    out.push_str(if percent { "%" } else { "" });
    Some(out)
}
