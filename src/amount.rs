//! What a cell says where an amount, a rate, a date or a result is expected.
//!
//! People write `4753.66万元`, `1,234.50`, `84.78％`, `3600余人次`, `——`: all are read here, and
//! what was unusual about them is kept. No binary float takes part.

mod none;

use rust_decimal::Decimal;

pub(crate) use none::NOT_APPLICABLE;
use none::says_none;

use crate::label;
use crate::money::Scale;
use crate::workbook::{NumberFormat, Value};

/// What a cell holds, where an amount or a rate is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// White space only.
    Blank,
    /// `——`, `/`, `无`.
    NotApplicable,
    /// A number.
    Amount(Amount),
    /// Words.
    Text,
}

/// A number as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// In the unit in which it is written; percents in percent points.
    pub value: Decimal,
    /// Digits shown behind the decimal point.
    pub decimals: u32,
    /// Written with a percent sign, or shown with one.
    pub percent: bool,
    /// The unit of money that the cell names.
    pub unit: Option<Scale>,
    /// Typed as text.
    pub as_text: bool,
    /// Typed with thousands separators.
    pub separators: bool,
    /// What follows the number and its unit.
    pub rest: Option<Box<str>>,
}

/// Units behind numbers, beside those of money, in normalised texts.
const COUNTED: [&str; 4] = ["人", "分", "m2", "平方米"];

/// How a target or a result is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// At least.
    AtLeast,
    /// More than.
    More,
    /// At most.
    AtMost,
    /// Less than.
    Less,
}

/// A target or a result: a number, how it is bounded, and what it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Percents in percent points.
    pub value: Decimal,
    /// The bound written before or behind the number.
    pub comparator: Option<Comparator>,
    /// 余, 近, 约.
    pub approximate: bool,
    /// The unit of measure, `%` for percents, as written.
    pub unit: Box<str>,
}

impl Amount {
    /// For computing: what binary conversion left behind the last digit that was meant is cut
    /// off (0.0900000762939453 is 0.09, 157.419998168945 is 157.42).
    pub fn cleaned(&self) -> Decimal {
        crate::tolerance::round_half_away(self.value, self.meant())
    }

    /// Unit of the last digit that is shown and that [`Amount::cleaned`] keeps.
    pub fn digit(&self) -> Decimal {
        Decimal::new(1, self.decimals.min(self.meant()))
    }

    /// The decimals that were meant.
    fn meant(&self) -> u32 {
        // Single precision keeps seven digits; the smallest real step is a 分, 0.000001 万元.
        let noise = (self.value.abs() * Decimal::new(1, 7)).max(Decimal::new(999, 9));
        let is_noise = |decimals: &u32| {
            let rounded = crate::tolerance::round_half_away(self.value, *decimals);
            self.value.scale() > 6 && (self.value - rounded).abs() <= noise
        };
        [2, 4].into_iter().find(is_noise).unwrap_or(6)
    }

    /// Whether more than a unit follows the number: words of the filer's own.
    pub fn has_remark(&self) -> bool {
        let rest = self.rest.as_deref();
        rest.is_some_and(|rest| !COUNTED.contains(&rest))
    }
}

/// More digits than these are no amount.
const MOST_DIGITS: usize = 24;

/// 1,000,000,000,000,000: what is larger is no figure in any unit that forms use. Sums and
/// percents of figures up to here stay within a decimal.
pub const LARGEST: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// Reads a cell that is not text.
pub fn read_value(value: &Value, format: &NumberFormat) -> Reading {
    match value {
        Value::Blank => Reading::Blank,
        Value::Text(text) => read_text(text),
        Value::Number(number) => Reading::Amount(shown_amount(*number, format)),
        Value::Bool(_) | Value::Error(_) | Value::Unreadable(_) => Reading::Text,
    }
}

fn shown_amount(number: Decimal, format: &NumberFormat) -> Amount {
    let number = number.normalize();
    let (value, own) = if format.percent {
        // What is too large for this is refused by its size anyway.
        let points = number.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(number);
        let points = points.round_dp(12).normalize();
        (points, points.scale())
    } else {
        (number, number.scale())
    };
    let decimals = format.decimals.map_or(own, u32::from);
    Amount {
        value,
        decimals,
        percent: format.percent,
        unit: None,
        as_text: false,
        separators: false,
        rest: None,
    }
}

/// Reads an amount or a rate that was typed as text.
pub fn read_text(text: &str) -> Reading {
    let normal = without_lines(label::normalise(text));
    if normal.is_empty() || is_only_unit(&normal) {
        return Reading::Blank;
    }
    let bare = normal.trim_matches(['(', ')', '[', ']', '。']);
    if says_none(bare) {
        return Reading::NotApplicable;
    }
    match amount(&normal) {
        Some(amount) => Reading::Amount(amount),
        None => Reading::Text,
    }
}

/// Without the line that the form prints for a figure: 「____26.20____万元」. Between two numbers it
/// stays.
fn without_lines(normal: String) -> String {
    let has_digit = |part: &&str| part.contains(|c: char| c.is_ascii_digit());
    match normal.contains('_') && normal.split('_').filter(has_digit).count() <= 1 {
        true => normal.replace('_', ""),
        false => normal,
    }
}

/// Whether a text is the unit that the form prints behind a figure, and no figure stands there.
fn is_only_unit(normal: &str) -> bool {
    let bare = normal.trim_matches(['(', ')', '[', ']']);
    bare == "%" || COUNTED.contains(&bare) || Scale::named(bare).is_some()
}

/// Whether a text is a number but for its signs, 163，57: it cannot be read, but is one all the same.
pub fn is_mistyped(text: &str) -> bool {
    let normal = label::normalise(text);
    let number = normal.trim_end_matches(['%', '万', '元']);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.contains(REMARK_SIGNS)
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || REMARK_SIGNS.contains(&c))
        && matches!(read_text(text), Reading::Text)
}

/// Signs that a remark may stand behind.
const REMARK_SIGNS: [char; 4] = [',', ';', '。', '、'];

fn amount(normal: &str) -> Option<Amount> {
    let mut rest = normal;
    let mut negative = false;
    let accounting = rest.starts_with('(') && rest.ends_with(')');
    if accounting {
        rest = &rest[1..rest.len() - 1];
        negative = true;
    }
    for sign in ["¥", "￥", "人民币"] {
        rest = rest.strip_prefix(sign).unwrap_or(rest);
    }
    if let Some(after) = rest.strip_prefix(['-', '—']) {
        negative = !negative;
        rest = after;
    } else if let Some(after) = rest.strip_prefix('+').filter(|_| !accounting) {
        rest = after;
    }
    let (mut value, decimals, separators, mut rest) = leading_number(rest)?;
    if negative {
        value = -value;
    }
    let behind = rest.trim_start_matches(REMARK_SIGNS);
    if behind.len() < rest.len() && goes_on(behind, decimals) {
        return None;
    }
    let percent = rest.starts_with('%');
    if percent {
        rest = &rest[1..];
    }
    let unit = match percent {
        true => None,
        false => Scale::behind_figure(rest),
    };
    let rest = unit.map_or(rest, |(_, rest)| rest);
    // Behind an amount stands nothing, a remark in brackets, or a remark behind a comma.
    if !(rest.is_empty()
        || rest.starts_with(REMARK_SIGNS)
        || rest.starts_with(['(', '[', '人', '分', 'm', '平']))
    {
        return None;
    }
    if accounting && !rest.is_empty() {
        return None;
    }
    let rest = (!rest.is_empty()).then(|| rest.into());
    Some(Amount {
        value,
        decimals,
        percent,
        unit: unit.map(|(scale, _)| scale),
        as_text: true,
        separators,
        rest,
    })
}

/// Whether what follows a sign behind a number is more of it: 163，57 and 194。05 are one number
/// mistyped, 「163.57，2022年结转12」 is a number with a remark. `decimals` are those before the sign.
fn goes_on(behind: &str, decimals: u32) -> bool {
    let of_number = |c: char| c.is_ascii_digit() || c == '.' || REMARK_SIGNS.contains(&c);
    let words = behind.trim_start_matches(of_number);
    let rest = words.trim_start_matches(['%', '万', '元']);
    let is_whole = rest.is_empty() || rest.starts_with(['(', '[']);
    let is_date = words.starts_with(['年', '月', '日', '号']);
    // In 「163，57左右」 the sign may be the point.
    behind.starts_with(|c: char| c.is_ascii_digit()) && (is_whole || decimals == 0 && !is_date)
}

/// A number at the start of a normalised text: value, decimals, with separators, what follows.
fn leading_number(text: &str) -> Option<(Decimal, u32, bool, &str)> {
    let mut digits = String::new();
    let mut point = None;
    let mut separators = false;
    let mut end = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => digits.push(char::from(*byte)),
            b'.' if point.is_none() && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) => {
                point = Some(digits.len());
                digits.push('.');
            }
            // 1,234: up to three digits stand before the first comma, three must follow each, and
            // no fourth.
            b',' if point.is_none()
                && (separators || (1..=3).contains(&digits.len()) && !digits.starts_with('0'))
                && bytes
                    .get(end + 1..end + 4)
                    .is_some_and(|three| three.iter().all(u8::is_ascii_digit))
                && !bytes.get(end + 4).is_some_and(u8::is_ascii_digit) =>
            {
                separators = true;
            }
            _ => break,
        }
        end += 1;
    }
    if digits.is_empty() || digits.starts_with('.') || digits.len() > MOST_DIGITS {
        return None;
    }
    let decimals = point.map_or(0, |point| digits.len() - point - 1);
    let value: Decimal = digits.parse().ok()?;
    Some((
        Some(value).filter(|value| *value <= LARGEST)?,
        u32::try_from(decimals).ok()?,
        separators,
        &text[end..],
    ))
}

/// Label and value of a text that holds both, `项目支出：90.60`; slices of the text, so that the
/// value can be replaced behind the label. `None` where what follows is neither blank nor an
/// amount, mistyped or not.
pub fn split_label(text: &str) -> Option<(&str, &str)> {
    if let Some(colon) = last_colon(text) {
        let end = colon + text[colon..].chars().next()?.len_utf8();
        let (label, rest) = (&text[..colon], &text[end..]);
        let name = label::normalise(label);
        // 「单位：万元」 names a unit.
        let names_unit = || {
            let of_unit = ["单位", "金额", "币种"];
            of_unit.iter().any(|word| name.ends_with(word)) && is_only_unit(&label::normalise(rest))
        };
        let is_value = !matches!(read_text(rest), Reading::Text) || is_mistyped(rest);
        let fits = is_value && !name.is_empty() && !names_unit();
        return fits.then_some((label, rest));
    }
    // 「项目支出 90.60」
    let trimmed = text.trim_end_matches(label::is_blank);
    let start = trimmed.rfind(label::is_blank)?;
    let start = start + trimmed[start..].chars().next()?.len_utf8();
    let (label, rest) = (&text[..start], &text[start..]);
    let fits =
        matches!(read_text(rest), Reading::Amount(_)) && label.chars().any(|c| c.is_alphabetic());
    fits.then_some((label, rest))
}

/// The last colon outside of brackets: 「一般公共预算：152.19（其中：上年结转20.00）」 is cut before
/// its amount, not in the remark behind it.
fn last_colon(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut last = None;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            ':' | '：' if depth == 0 => last = Some(at),
            _ => {}
        }
    }
    last
}

/// Words before a number that bound it, or only lead up to it.
const BEFORE: [(&str, Option<Comparator>); 30] = [
    (">=", Some(Comparator::AtLeast)),
    ("<=", Some(Comparator::AtMost)),
    ("≥", Some(Comparator::AtLeast)),
    ("≧", Some(Comparator::AtLeast)),
    ("≤", Some(Comparator::AtMost)),
    ("≦", Some(Comparator::AtMost)),
    (">", Some(Comparator::More)),
    ("<", Some(Comparator::Less)),
    ("=", None),
    ("大于等于", Some(Comparator::AtLeast)),
    ("大于或等于", Some(Comparator::AtLeast)),
    ("小于等于", Some(Comparator::AtMost)),
    ("小于或等于", Some(Comparator::AtMost)),
    ("不少于", Some(Comparator::AtLeast)),
    ("不低于", Some(Comparator::AtLeast)),
    ("不小于", Some(Comparator::AtLeast)),
    ("至少", Some(Comparator::AtLeast)),
    ("不超过", Some(Comparator::AtMost)),
    ("不高于", Some(Comparator::AtMost)),
    ("不大于", Some(Comparator::AtMost)),
    ("不多于", Some(Comparator::AtMost)),
    ("控制在", Some(Comparator::AtMost)),
    ("超过", Some(Comparator::More)),
    ("高于", Some(Comparator::More)),
    ("大于", Some(Comparator::More)),
    ("低于", Some(Comparator::Less)),
    ("小于", Some(Comparator::Less)),
    ("超", Some(Comparator::More)),
    ("达到", None),
    ("完成", None),
];

/// What a plain 内 bounds: time, money, distance, a share. 「3篇国内」 is no bound.
const WITHIN: [&str; 10] = ["天", "日", "时", "钟", "秒", "周", "星期", "月", "元", "里"];

/// Words that make a number approximate.
const ABOUT: [&str; 8] = ["近", "约", "大约", "将近", "接近", "余", "多", "左右"];

/// Reads a target or a result. `None` for words, for several numbers, for dates and ordinals:
/// in doubt, it is words.
pub fn read_quantity(text: &str) -> Option<Quantity> {
    let mut normal = label::normalise(text);
    // ㎡ is m2 by now: its digit is no second number.
    for (sign, words) in [("km2", "平方公里"), ("m2", "平方米"), ("m3", "立方米")] {
        normal = normal.replace(sign, words);
    }
    let mut rest = normal.as_str();
    let mut comparator = None;
    let mut approximate = false;
    loop {
        if let Some((word, bound)) = BEFORE.iter().find(|(word, _)| rest.starts_with(word)) {
            comparator = comparator.or(*bound);
            rest = &rest[word.len()..];
        } else if let Some(word) = ABOUT.iter().find(|word| rest.starts_with(**word)) {
            approximate = true;
            rest = &rest[word.len()..];
        } else if let Some(after) = rest.strip_prefix('共').or_else(|| rest.strip_prefix('达')) {
            rest = after;
        } else {
            break;
        }
    }
    let (mut value, _, _, mut rest) = leading_number(rest)?;
    let mut unit = String::new();
    if let Some(after) = rest.strip_prefix('%') {
        unit.push('%');
        rest = after;
    } else {
        // 1.2万余人次: the scale belongs to the number, unless it is money.
        for (word, scale) in [("万", 10_000), ("亿", 100_000_000)] {
            if let Some(after) = rest.strip_prefix(word)
                && !after.starts_with('元')
            {
                value = value.checked_mul(Decimal::from(scale))?;
                rest = after;
            }
        }
        for word in ["余", "多"] {
            if let Some(after) = rest.strip_prefix(word) {
                approximate = true;
                rest = after;
            }
        }
    }
    // Ordinals and dates: 2021年底, 6月30日前, 3个工作日 are not counts of something.
    if rest.starts_with(['年', '月', '日', '、', '.', '~', '～', '-', '—', ':', '/'])
        && !unit.contains('%')
    {
        return None;
    }
    if rest.chars().any(|c| c.is_ascii_digit()) || rest.chars().count() > 12 {
        return None;
    }
    for (word, bound) in [
        ("以上", Some(Comparator::AtLeast)),
        ("及以上", Some(Comparator::AtLeast)),
        ("以内", Some(Comparator::AtMost)),
        ("以下", Some(Comparator::AtMost)),
        ("之内", Some(Comparator::AtMost)),
        ("左右", None),
    ] {
        if let Some(before) = rest.strip_suffix(word) {
            approximate |= bound.is_none();
            comparator = comparator.or(bound);
            rest = before.strip_suffix('及').unwrap_or(before);
        }
    }
    if let Some(before) = rest.strip_suffix('内')
        && (WITHIN.iter().any(|word| before.ends_with(word)) || before.is_empty() && unit == "%")
    {
        comparator = comparator.or(Some(Comparator::AtMost));
        rest = before;
    }
    if rest.contains([',', '。', ';']) || (!unit.is_empty() && !rest.is_empty()) {
        return None;
    }
    for word in ["余", "多"] {
        if let Some(after) = rest.strip_prefix(word) {
            approximate = true;
            rest = after;
        }
    }
    unit.push_str(rest);
    Some(Quantity {
        value,
        comparator,
        approximate,
        unit: unit.into(),
    })
}

/// Reads a date that was typed: `2024年6月28日`, `2023.6.28`, `2022 年  7 月  8 日`, `20240628`.
pub fn read_date_text(text: &str) -> Option<(i32, u32, u32)> {
    let normal = label::normalise(text);
    let is_plain = normal.len() == 8 && normal.bytes().all(|byte| byte.is_ascii_digit());
    if let (true, Ok(date)) = (is_plain, normal.parse::<u32>()) {
        let date = (date / 10_000, date / 100 % 100, date % 100);
        return real_date(date);
    }
    let mut numbers = normal
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(str::parse::<u32>);
    let year = numbers.next()?.ok()?;
    let month = numbers.next()?.ok()?;
    let day = numbers.next()?.ok()?;
    let separated = normal.contains(['年', '.', '-', '/', '—']);
    if numbers.next().is_some() || !separated {
        return None;
    }
    real_date((year, month, day))
}

fn real_date((year, month, day): (u32, u32, u32)) -> Option<(i32, u32, u32)> {
    let real = (1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    Some((i32::try_from(year).ok().filter(|_| real)?, month, day))
}

/// Reads a date cell: days since 1899-12-30, or since 1904-01-01; a number that is not shown as a
/// date may be one as it is typed.
pub fn read_date(value: &Value, format: &NumberFormat, date_1904: bool) -> Option<(i32, u32, u32)> {
    match value {
        Value::Text(text) => read_date_text(text),
        Value::Number(number) if !format.date => read_date_text(&number.to_string()),
        Value::Number(number) => {
            let days = i64::try_from(number.trunc()).ok()?;
            if !(1..=2_958_465).contains(&days) {
                return None;
            }
            // Days since 1970-01-01, then the civil calendar (Howard Hinnant's algorithm).
            let days = days - if date_1904 { 24_107 } else { 25_569 };
            let z = days + 719_468;
            let era = z.div_euclid(146_097);
            let doe = z.rem_euclid(146_097);
            let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
            let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
            let mp = (5 * doy + 2) / 153;
            let day = doy - (153 * mp + 2) / 5 + 1;
            let month = if mp < 10 { mp + 3 } else { mp - 9 };
            let year = yoe + era * 400 + i64::from(month <= 2);
            Some((
                i32::try_from(year).ok()?,
                u32::try_from(month).ok()?,
                u32::try_from(day).ok()?,
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
