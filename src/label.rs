//! Labels as people vary them, brought to one form: line feeds, full-width spaces, ordinals,
//! lost brackets and years do not matter.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use rust_decimal::Decimal;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use crate::memo::Memo;
use crate::money::Scale;

/// White space in the widest sense: what leaves a cell looking blank.
pub fn is_blank(c: char) -> bool {
    if is_ideograph(c) {
        return false;
    }
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// NFKC without white space; dashes and dots of one kind; no colon at the end.
pub fn normalise(text: &str) -> String {
    let text: Cow<'_, str> = if text.chars().all(is_plain) {
        Cow::Borrowed(text)
    } else {
        match is_nfkc_quick(text.chars()) {
            IsNormalized::Yes => Cow::Borrowed(text),
            _ => Cow::Owned(text.nfkc().collect()),
        }
    };
    let mut normal = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_wide(c) => normal.push(narrow(c)),
            '–' | '―' | '─' | '−' => normal.push('—'),
            '“' | '”' | '„' | '‟' => normal.push('"'),
            '⋯' => normal.push('…'),
            c if is_blank(c) => {}
            c => normal.push(c),
        }
    }
    while normal.ends_with(':') {
        normal.pop();
    }
    normal
}

/// The letters that nearly all labels are made of; asked first, since the tables of Unicode are
/// slow to look up.
fn is_ideograph(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Characters that make up nearly all labels: NFKC leaves them alone, or makes full-width ones
/// those of ASCII, which [`narrow`] does without its tables.
fn is_plain(c: char) -> bool {
    c.is_ascii()
        || is_ideograph(c)
        || is_wide(c)
        || matches!(
            c,
            '、' | '。' | '《' | '》' | '—' | '“' | '”' | '≥' | '≤' | '×'
        )
}

/// A full-width letter, digit or sign.
fn is_wide(c: char) -> bool {
    ('\u{FF01}'..='\u{FF5E}').contains(&c)
}

/// The letter of ASCII that a full-width one stands for.
fn narrow(c: char) -> char {
    u32::from(c)
        .checked_sub(0xFEE0)
        .and_then(char::from_u32)
        .unwrap_or(c)
}

/// What a label is looked up by: normalised, without ordinals, units in brackets and all signs;
/// a year becomes `#`.
///
/// `其中：办公经费` → `办公经费`, `{2023}年度预\n算申请（万元）` → `#年度预算申请`.
pub fn key(text: &str) -> String {
    shared_key(text).as_ref().to_owned()
}

/// A [`key`] that is kept in many places.
pub(crate) fn shared_key(text: &str) -> Arc<str> {
    thread_local! {
        static KNOWN: RefCell<Memo<Arc<str>>> = RefCell::default();
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(text)) {
        return known;
    }
    let key: Arc<str> = made_key(text).into();
    KNOWN.with_borrow_mut(|known| known.put(text, key.clone()));
    key
}

/// What rows are called that add up others.
const SUMS: [&str; 3] = ["小计", "合计", "总计"];

/// The key of a row's label in front of a word for a sum, where it ends in one.
pub(crate) fn before_sum(key: &str) -> Option<&str> {
    SUMS.iter().find_map(|word| key.strip_suffix(word))
}

/// Whether a label says that its row is a part of one above: `其中：办公经费`.
pub(crate) fn says_part(text: &str) -> bool {
    normalise(text).starts_with("其中")
}

fn made_key(text: &str) -> String {
    let normal = normalise(text);
    let text = strip_ordinal(&normal);
    let mut key = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '(' || c == '[' {
            if let Some(after) = unit_in_brackets(rest) {
                rest = after;
                continue;
            }
        } else if c.is_ascii_digit() {
            if let Some((_, after)) = leading_year(rest) {
                key.push('#');
                rest = after;
                continue;
            }
            // A longer number is taken whole, so that a year is not seen inside it.
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            key.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        if is_ideograph(c) || c.is_alphanumeric() {
            key.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    key
}

/// Units that may stand in brackets behind a label, beside those of money.
const UNITS: [&str; 6] = ["人", "%", "m2", "㎡", "平方米", "百分比"];

fn unit_in_brackets(text: &str) -> Option<&str> {
    let inner = text.get(1..)?;
    let end = inner.find([')', ']'])?;
    let unit = &inner[..end];
    let unit = unit.strip_prefix("金额").unwrap_or(unit);
    let unit = unit.strip_prefix("单位:").unwrap_or(unit);
    let is_unit = UNITS.contains(&unit) || Scale::named(unit).is_some();
    is_unit.then(|| &inner[end + 1..])
}

/// The year at the start of a text, where 年 follows it.
fn leading_year(text: &str) -> Option<(i32, &str)> {
    let digits = text.get(..4)?;
    let after = text.get(4..)?;
    let is_year = (digits.starts_with("19") || digits.starts_with("20"))
        && digits.bytes().all(|b| b.is_ascii_digit())
        && after.starts_with('年');
    is_year
        .then(|| Some((digits.parse().ok()?, after)))
        .flatten()
}

/// The first year in a text, `2023年` or `2 0 2 3 年`.
pub fn year(text: &str) -> Option<i32> {
    let normal = normalise(text);
    normal
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .find_map(|(at, _)| {
            let starts_number = !normal[..at].ends_with(|c: char| c.is_ascii_digit());
            let (year, _) = leading_year(&normal[at..])?;
            starts_number.then_some(year)
        })
}

/// A normalised text without what numbers it: `1、` `（一）` `其中：` `指标1：` `★`.
pub fn strip_ordinal(normal: &str) -> &str {
    let mut rest = normal;
    loop {
        let before = rest;
        for word in ["其中:", "其中", "★", "☆", "*", "#", "●", "·", "注:"] {
            rest = rest.strip_prefix(word).unwrap_or(rest);
        }
        if let Some(after) = rest.strip_prefix("指标") {
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits > 0 {
                rest = after[digits..].trim_start_matches([':', '.', '、']);
            }
        }
        rest = strip_number(rest).unwrap_or(rest);
        if rest == before || rest.is_empty() {
            return if rest.is_empty() { before } else { rest };
        }
    }
}

/// Behind `1、` `1.` `(一)` `一、` `①`.
fn strip_number(text: &str) -> Option<&str> {
    let is_numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let open = text.strip_prefix('(');
    let inner = open.unwrap_or(text);
    let end = inner.find(|c: char| !is_numeral(c))?;
    if end == 0 || inner[..end].chars().count() > 2 {
        return None;
    }
    let after = &inner[end..];
    if open.is_some() {
        return after.strip_prefix(')');
    }
    let behind = after.strip_prefix(['、', '.', ')', ',', ';'])?;
    // 3.5 is a number, not an ordinal.
    (!behind.starts_with(|c: char| c.is_ascii_digit())).then_some(behind)
}

/// A label as it is named in messages: on one line, without ordinal, colon and instruction.
pub fn words(text: &str) -> String {
    let line: String = text.chars().filter(|c| !is_blank(*c)).collect();
    let mut rest = line.as_str();
    for word in ["其中：", "其中:", "★"] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    rest = strip_number(rest).unwrap_or(rest);
    let rest = rest.trim_end_matches([':', '：']);
    for instruction in ["（一个专项一行）", "（万元）", "（㎡）", "（人）"] {
        if let Some(short) = rest.strip_suffix(instruction) {
            return short.to_owned();
        }
    }
    rest.to_owned()
}

/// The weight that a first-level name tells: `产出指标(50分)`, `(50)`, `30分)`.
pub fn weight(text: &str) -> Option<Decimal> {
    let normal = normalise(text);
    let start = normal.find(|c: char| c.is_ascii_digit())?;
    let rest = &normal[start..];
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let marked = normal[..start].ends_with(['(', '[']) || rest[end..].starts_with(['分', ')', ']']);
    // 「一级指标1」 names a number, not a weight.
    if !marked || rest[end..].starts_with('%') {
        return None;
    }
    rest[..end].trim_end_matches('.').parse().ok()
}

/// Whether a text, once normalised, is a placeholder.
pub(crate) fn is_placeholder_text(text: &str) -> bool {
    thread_local! {
        static KNOWN: RefCell<Memo<bool>> = RefCell::default();
    }
    if let Some(known) = KNOWN.with_borrow(|known| known.get(text)) {
        return known;
    }
    let is = is_placeholder(&normalise(text));
    KNOWN.with_borrow_mut(|known| known.put(text, is));
    is
}

/// Text that the form prints to be replaced, or to mark where rows may be inserted.
pub fn is_placeholder(normal: &str) -> bool {
    let bare = normal.trim_matches(['(', ')', '[', ']', '"']);
    let only = |set: &str| !bare.is_empty() && bare.chars().all(|c| set.contains(c));
    let numbered = |word: &str| {
        bare.strip_prefix(word).is_some_and(|rest| {
            rest.trim_end_matches(':')
                .chars()
                .all(|c| c.is_ascii_digit())
        })
    };
    only("….")
        || only("*")
        || (only("Xx×") && bare.chars().count() >= 2)
        || numbered("指标")
        || ["待填写", "待填", "请填写", "此处填写"].contains(&bare)
        || (bare.ends_with("字以内") && bare.chars().count() <= 10)
}

/// Longer keys are compared by their beginnings.
const COMPARED: usize = 48;

/// Which letters a key has, as far as it is compared: enough to tell most that are not alike.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    /// One bit each; several letters share one.
    set: u64,
    count: u32,
    bits: Vec<u64>,
}

impl Letters {
    /// Those of a key.
    pub fn of(key: &str) -> Self {
        let bit = |c: char| 1 << (u32::from(c) % 64);
        let bits: Vec<u64> = key.chars().take(COMPARED).map(bit).collect();
        Self {
            set: bits.iter().fold(0, |set, bit| set | bit),
            count: u32::try_from(bits.len()).unwrap_or(u32::MAX),
            bits,
        }
    }

    /// How alike the keys can be at most, in percent; see [`similarity`].
    pub fn likeness(&self, other: &Self) -> u32 {
        let shared = self.bits.iter().filter(|bit| *bit & other.set != 0);
        let longest = self.count.max(other.count);
        let shared = u32::try_from(shared.count()).unwrap_or(u32::MAX);
        (shared * 100).checked_div(longest).unwrap_or(100)
    }
}

/// How alike two keys are, in percent; long ones are compared by their first 48 characters.
pub fn similarity(a: &str, b: &str) -> u32 {
    let a: Vec<char> = a.chars().take(COMPARED).collect();
    let b: Vec<char> = b.chars().take(COMPARED).collect();
    let longest = a.len().max(b.len());
    if longest == 0 {
        return 100;
    }
    // Levenshtein, one row at a time.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    u32::try_from((longest - row[b.len()]) * 100 / longest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_blank() {
        for c in " \u{3000}\u{AD}\u{200B}\u{202A}\u{202E}\u{2062}\u{2069}\u{2800}\u{3164}\u{FE0F}\u{FFA0}\u{FFF9}\u{1D173}\u{E0020}\u{E0100}".chars() {
            assert!(is_blank(c), "{c:?}");
        }
        for c in "甲a0—/\u{301}\u{2605}".chars() {
            assert!(!is_blank(c), "{c:?}");
        }
    }

    #[test]
    fn labels_are_found_however_they_are_broken() {
        for (text, expected) in [
            ("年度预\n算申请\n（万元）", "年度预算申请"),
            ("绩\n效\n指\n标", "绩效指标"),
            ("    其中：办公经费", "办公经费"),
            (
                "3、市级专项资金（一个专项一行）",
                "市级专项资金一个专项一行",
            ),
            ("　　1、业务工作经费", "业务工作经费"),
            ("2023年决算数", "#年决算数"),
            (
                "２０２３年度部门整体支出绩效自评表",
                "#年度部门整体支出绩效自评表",
            ),
            ("“三公”经费：", "三公经费"),
            ("批复规模\n（㎡）", "批复规模"),
            ("指标1：法律援助案件数量", "法律援助案件数量"),
            ("(50)", "50"),
            ("30分)", "30分"),
            ("执行率（B/A）", "执行率BA"),
            ("水费、电费、差旅费", "水费电费差旅费"),
            ("（一）产出指标", "产出指标"),
        ] {
            assert_eq!(key(text), expected, "{text:?}");
        }
    }

    #[test]
    fn placeholders_are_told_from_words() {
        for text in [
            "……",
            "...",
            "**",
            "XX",
            "待填写",
            "（100字以内）",
            "指标2:",
            "指标1",
        ] {
            assert!(is_placeholder(&normalise(text)), "{text}");
        }
        for text in ["指标数量", "X射线机", "咨询人次", "×", "0"] {
            assert!(!is_placeholder(&normalise(text)), "{text}");
        }
    }

    #[test]
    fn years_are_read_behind_no_other_digit() {
        assert_eq!(year("岳阳市 2023 年度"), Some(2023));
        assert_eq!(year("１２３４５２０２３年"), None);
        assert_eq!(year("219号 2022年决算数"), Some(2022));
    }

    #[test]
    fn full_width_signs_are_those_of_nfkc() {
        for code in (0x20..0x3100).chain(0x4E00..0x4F00).chain(0xFF00..0xFFF0) {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let by_tables: String = format!("甲{c}乙").nfkc().collect();
            let by_tables = normalise(&by_tables);
            assert_eq!(normalise(&format!("甲{c}乙")), by_tables, "{code:04X}");
        }
    }

    #[test]
    fn words_are_short() {
        assert_eq!(words("3、市级专项资金（一个专项一行）"), "市级专项资金");
        assert_eq!(words("       其中：公车购置"), "公车购置");
        assert_eq!(words("项目支出："), "项目支出");
    }

    #[test]
    fn letters_never_say_less_than_the_comparison() {
        let texts = [
            "公务招待费",
            "公务接待",
            "政府采购金额",
            "",
            "公",
            "接待公务",
            "公公公公",
        ];
        let long = "甲乙丙丁".repeat(20);
        for a in texts.into_iter().chain([long.as_str()]) {
            for b in texts.into_iter().chain([long.as_str()]) {
                let most = Letters::of(a).likeness(&Letters::of(b));
                assert!(most >= similarity(a, b), "{a} {b}");
            }
        }
        assert_eq!(
            Letters::of("公务接待").likeness(&Letters::of("甲乙丙丁")),
            0
        );
    }

    #[test]
    fn near_misses_are_alike() {
        assert!(similarity("公务招待费", "公务接待") >= 50);
        assert!(similarity("政府采购金额", "公务接待") < 50);
    }

    #[test]
    fn weights_are_read_from_names() {
        for (text, wanted) in [
            ("产出指标\n\n(50分)", Some("50")),
            ("效益指标\n\n（30分）\n　", Some("30")),
            ("(50)", Some("50")),
            ("30分)", Some("30")),
            ("成本指标（12.5分）", Some("12.5")),
            ("产出指标", None),
            ("一级指标1", None),
            ("满意度指标（10%）", None),
        ] {
            assert_eq!(weight(text), wanted.map(|w| w.parse().unwrap()), "{text:?}");
        }
    }
}
