//! Number formats: what a code or a built-in id says about how a number is shown.
//!
//! Only the first section counts, the one for positive numbers. Literals (quoted, escaped,
//! padding) are no part of the meaning: `0.00"%"` shows a percent sign but multiplies nothing.
//! Where they make another number of it, `"9"0.00`, the format misleads.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::workbook::{Misleads, NumberFormat};

/// The distinct formats of one workbook; index 0 is "General".
#[derive(Debug)]
pub(crate) struct Formats {
    list: Vec<NumberFormat>,
    by_code: HashMap<Arc<str>, u16>,
}

/// Longer codes, in bytes, are "General", as Excel drops what has more than 255 characters: every
/// cell may be asked for its code.
const LONGEST: usize = 1_024;

impl Formats {
    /// Only "General".
    pub(crate) fn new() -> Self {
        Self {
            list: vec![parse("General")],
            by_code: HashMap::new(),
        }
    }

    /// The formats of the cell styles with these format ids, of which `codes` are the workbook's
    /// own, with the index of each.
    pub(crate) fn of_styles(
        ids: &[u32],
        codes: &HashMap<u32, impl AsRef<str>>,
    ) -> (Vec<u16>, Self) {
        let mut formats = Self::new();
        // Many styles may have one id, whose code may be of any length: it is looked at once.
        let mut known = HashMap::new();
        let mut index = |id| {
            let code = codes.get(&id).map_or_else(|| builtin(id), AsRef::as_ref);
            formats.index(code)
        };
        let styles = ids
            .iter()
            .map(|&id| *known.entry(id).or_insert_with(|| index(id)));
        (styles.collect(), formats)
    }

    /// The index of a code, entered if new. Past 65,535 codes (Excel allows some 250) the rest
    /// is "General".
    pub(crate) fn index(&mut self, code: &str) -> u16 {
        if code.is_empty() || code.len() > LONGEST || code.eq_ignore_ascii_case("general") {
            return 0;
        }
        if let Some(&index) = self.by_code.get(code) {
            return index;
        }
        let Ok(index) = u16::try_from(self.list.len()) else {
            return 0;
        };
        let format = parse(code);
        self.by_code.insert(Arc::clone(&format.code), index);
        self.list.push(format);
        index
    }

    /// The format at `index`.
    pub(crate) fn get(&self, index: u16) -> Option<&NumberFormat> {
        self.list.get(usize::from(index))
    }

    /// The list, for the workbook.
    pub(crate) fn into_list(self) -> Vec<NumberFormat> {
        self.list
    }
}

/// The code of a built-in format id (ECMA-376 Part 1, 18.8.30; 27–36 and 50–58 as in zh-CN).
/// Ids without a fixed meaning are "General".
pub(crate) fn builtin(id: u32) -> &'static str {
    match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 6 => "\"¥\"#,##0",
        7 | 8 => "\"¥\"#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 => "yyyy/m/d",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "yyyy/m/d h:mm",
        27 | 36 | 50 | 52 | 57 => "yyyy\"年\"m\"月\"",
        28 | 29 | 51 | 53 | 54 | 58 => "m\"月\"d\"日\"",
        30 => "m-d-yy",
        31 => "yyyy\"年\"m\"月\"d\"日\"",
        32 => "h\"时\"mm\"分\"",
        33 => "h\"时\"mm\"分\"ss\"秒\"",
        34 | 55 => "上午/下午h\"时\"mm\"分\"",
        35 | 56 => "上午/下午h\"时\"mm\"分\"ss\"秒\"",
        37 | 38 => "#,##0_);(#,##0)",
        39 | 40 => "#,##0.00_);(#,##0.00)",
        41 | 42 => "_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)",
        43 | 44 => "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mmss.0",
        48 => "##0.0E+0",
        49 => "@",
        _ => "General",
    }
}

/// What a format code says. Not modelled: the trick of Chinese sheets that shows 万 by a literal
/// point (`0!.0,`); it reads as scaled by a thousand, without decimals, and misleads.
pub(crate) fn parse(code: &str) -> NumberFormat {
    let mut chars = code.chars().peekable();
    let first = section(&mut chars);
    // The second is for negative numbers, the third for 0, a fourth for words.
    let mut next = || chars.peek().is_some().then(|| section(&mut chars));
    let (second, third) = (next(), next());
    let text = next().is_some_and(|fourth| !fourth.text || fourth.own_digits);
    let below = second.as_ref().unwrap_or(&first);
    let misleads = if first.condition {
        // What is left for the last one is 0, where the others are for what is above and below it.
        let for_zero = first.of_zero && second.as_ref().is_none_or(|second| second.of_zero);
        let last = third.as_ref().is_some_and(|third| match for_zero {
            true => third.misleads_of_zero(),
            false => third.misleads(),
        });
        Misleads {
            text,
            ..Misleads::all(first.misleads() || below.misleads() || last)
        }
    } else {
        Misleads {
            positive: first.misleads() || first.negative,
            negative: below.misleads(),
            zero: third.as_ref().unwrap_or(&first).misleads_of_zero(),
            text,
        }
    };
    NumberFormat {
        code: Arc::from(code),
        percent: first.percent && !first.date,
        decimals: first.decimals(),
        date: first.date,
        thousands_scale: if first.date || first.general {
            0
        } else {
            first.scale()
        },
        misleads,
    }
}

/// Reads up to the end of a section.
fn section(chars: &mut Peekable<Chars<'_>>) -> Section {
    let mut seen = Section::default();
    while let Some(symbol) = chars.next() {
        match symbol {
            ';' => break,
            '"' => {
                let literal = chars.by_ref().take_while(|&inner| inner != '"');
                literal.for_each(|inner| seen.literal(inner));
            }
            // A padding as wide as the next character.
            '_' => {
                chars.next();
            }
            // An escape, a fill with the next character.
            '\\' | '!' | '*' => chars.next().into_iter().for_each(|next| seen.literal(next)),
            '[' => {
                let inner: String = chars.by_ref().take_while(|&inner| inner != ']').collect();
                let unit = inner.to_ascii_lowercase();
                // [h], [mm], [ss] count elapsed time; colours and locales do not.
                seen.date |= ['h', 'm', 's']
                    .iter()
                    .any(|&letter| !unit.is_empty() && unit.chars().all(|inner| inner == letter));
                seen.condition |= unit.starts_with(['<', '>', '=']);
                let is_zero = |bound: &str| {
                    let bound = bound.trim().parse::<Decimal>();
                    bound.is_ok_and(|bound| bound.is_zero())
                };
                seen.nothing |= unit.strip_prefix('=').is_some_and(is_zero);
                seen.of_zero |= is_zero(unit.trim_start_matches(['<', '>', '=']));
                let currency = inner.strip_prefix('$').unwrap_or_default();
                let symbol = currency.chars().take_while(|&inner| inner != '-');
                symbol.for_each(|inner| seen.literal(inner));
            }
            '%' => seen.percent = true,
            '@' => seen.text = true,
            '0' | '#' | '?' => seen.placeholder(),
            '.' => {
                seen.digits();
                seen.point = true;
            }
            ',' => seen.commas = seen.commas.saturating_add(1),
            '/' => {
                seen.fraction = true;
                seen.literal(symbol);
            }
            'E' | 'e' if matches!(chars.peek(), Some('+' | '-')) => seen.exponent = true,
            'g' | 'G' if general(chars) => {
                seen.general = true;
                seen.digits();
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' | 'e' | 'E' | 'b' | 'B'
            | 'g' | 'G' => seen.date = true,
            other => seen.literal(other),
        }
    }
    seen
}

/// Passes over the rest of "General", or of `G/通用格式` as Chinese programs write it.
fn general(chars: &mut Peekable<Chars<'_>>) -> bool {
    for rest in ["eneral", "/通用格式"] {
        let ahead: String = chars.clone().take(rest.chars().count()).collect();
        if ahead.eq_ignore_ascii_case(rest) {
            chars.nth(rest.chars().count() - 1);
            return true;
        }
    }
    false
}

/// What a section of a code holds.
#[derive(Default)]
struct Section {
    percent: bool,
    text: bool,
    date: bool,
    general: bool,
    fraction: bool,
    exponent: bool,
    point: bool,
    any: bool,
    decimals: u8,
    /// Commas since the last digit placeholder; those with no digit behind them scale.
    commas: u8,
    /// Commas right before the point.
    before_point: u8,
    /// It is for numbers that its condition chooses...
    condition: bool,
    /// ... which is 0 alone...
    nothing: bool,
    /// ... or what its condition compares with is.
    of_zero: bool,
    /// A minus or a bracket stands before the number.
    negative: bool,
    /// What was seen last, save for spaces and commas.
    last: Last,
    /// A literal digit or point touches those of the number.
    pasted: bool,
    /// Literal digits other than 0.
    own_digits: bool,
}

/// The signs of a format that a reader takes for one number where they touch.
#[derive(Default, Clone, Copy, PartialEq)]
enum Last {
    /// Of the number.
    Number,
    /// A literal digit.
    Digit,
    /// A literal point behind those of the number.
    Point,
    /// Another sign behind those of the number.
    Behind,
    /// A minus or a bracket.
    Minus,
    #[default]
    Other,
}

impl Section {
    /// Digits of the number are shown here, or its point.
    fn digits(&mut self) {
        // Between the digits of a number every sign makes another of it.
        self.pasted |= matches!(self.last, Last::Digit | Last::Point | Last::Behind);
        self.negative |= self.last == Last::Minus;
        self.last = Last::Number;
    }

    /// A sign that is shown whatever the number is.
    fn literal(&mut self, symbol: char) {
        if symbol.is_whitespace() || symbol == ',' {
            return;
        }
        self.own_digits |= symbol.is_numeric() && symbol != '0';
        self.last = match symbol {
            '.' if self.last == Last::Number => Last::Point,
            _ if symbol.is_numeric() => {
                self.pasted |= self.last == Last::Number;
                Last::Digit
            }
            // A fraction has one of its own.
            '/' if self.fraction => Last::Other,
            _ if matches!(self.last, Last::Number | Last::Behind) => Last::Behind,
            '-' | '−' | '－' | '(' | '（' => Last::Minus,
            _ => Last::Other,
        };
    }

    /// Shows anything of a number.
    fn shows(&self) -> bool {
        self.any || self.general || self.text
    }

    /// Shows something else than the number: nothing, a date, thousands of it, or more digits than
    /// it has.
    fn misleads(&self) -> bool {
        if self.nothing {
            return self.misleads_of_zero();
        }
        !self.shows() || self.date || self.pasted || self.scale() > 0
    }

    /// The same of 0, in whose place nothing may stand.
    fn misleads_of_zero(&self) -> bool {
        self.date || self.pasted || (!self.shows() && self.own_digits)
    }

    fn placeholder(&mut self) {
        if self.exponent {
            return;
        }
        self.digits();
        if self.point {
            if self.decimals == 0 {
                self.before_point = self.commas;
            }
            self.decimals = self.decimals.saturating_add(1);
        }
        self.any = true;
        self.commas = 0;
    }

    fn decimals(&self) -> Option<u8> {
        let plain = self.any && !(self.date || self.fraction || self.exponent || self.general);
        plain.then_some(self.decimals)
    }

    fn scale(&self) -> u8 {
        if self.any {
            self.commas.saturating_add(self.before_point)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_decimals_come_from_the_first_section() {
        for (code, percent, decimals) in [
            ("General", false, None),
            ("@", false, None),
            ("0", false, Some(0)),
            ("0.00", false, Some(2)),
            ("0%", true, Some(0)),
            ("0.00%", true, Some(2)),
            ("0.00%;[Red]-0.0%", true, Some(2)),
            ("0.00;0.00%", false, Some(2)),
            ("0.00\"%\"", false, Some(2)),
            ("0.00\\%", false, Some(2)),
            ("0.00_%", false, Some(2)),
            ("[Red][>=1]0.0%", true, Some(1)),
            ("#,##0.00_ ", false, Some(2)),
            (
                "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * \"-\"??_ ;_ @_ ",
                false,
                Some(2),
            ),
            ("0.00E+00", false, None),
            ("# ?/?", false, None),
            ("0.00\"万元\"", false, Some(2)),
            ("G/通用格式\"万元\"", false, None),
            ("[DBNum1][$-804]General", false, None),
        ] {
            let format = parse(code);
            assert_eq!(
                (format.percent, format.decimals),
                (percent, decimals),
                "{code}"
            );
            assert!(!format.date, "{code}");
        }
    }

    #[test]
    fn dates_and_times_are_told_from_numbers() {
        for code in [
            "yyyy\"年\"m\"月\"d\"日\"",
            "[$-804]yyyy/m/d;@",
            "[h]:mm:ss",
            "[mm]",
            "mm:ss.0",
            "h:mm AM/PM",
            "e\"年\"",
            "上午/下午h\"时\"mm\"分\"",
        ] {
            assert!(parse(code).date, "{code}");
            assert_eq!(parse(code).decimals, None, "{code}");
        }
        for code in [
            "[Magenta]0.0",
            "\"d\"0",
            "0\\d",
            "#,##0*y",
            "[$￥-804]#,##0.00",
            "0!d",
        ] {
            assert!(!parse(code).date, "{code}");
        }
    }

    #[test]
    fn trailing_commas_scale_and_grouping_commas_do_not() {
        for (code, scale) in [
            ("#,##0", 0),
            ("#,##0,", 1),
            ("0.00,,", 2),
            ("0,.00", 1),
            ("#,##0.00", 0),
            ("0,\"k\"", 1),
        ] {
            assert_eq!(parse(code).thousands_scale, scale, "{code}");
        }
    }

    /// For what numbers a format misleads: 1, -1, 0.
    fn misleads(code: &str) -> String {
        let misleads = parse(code).misleads;
        let numbers = [Decimal::ONE, Decimal::NEGATIVE_ONE, Decimal::ZERO];
        let found = numbers.iter().filter(|number| misleads.of(**number));
        let found: Vec<String> = found.map(Decimal::to_string).collect();
        found.join(" ")
    }

    #[test]
    fn what_shows_another_number_misleads() {
        for (code, numbers) in [
            (";;;", "1 -1"),
            ("0.00;;", "-1"),
            ("0.00;;;@", "-1"),
            ("\"999.99\"", "1 -1 0"),
            ("\"192.19\";\"-192.19\"", "1 -1 0"),
            ("0.00;-0.00;\"9.90\"", "0"),
            ("0.00;\"0.00\"", "-1"),
            ("0.00,", "1 -1"),
            ("0!.0,", "1 -1 0"),
            ("0\\.00", "1 -1 0"),
            ("\"9\"0.00", "1 -1 0"),
            ("\\9#,##0.00", "1 -1 0"),
            ("[$9-804]0.00", "1 -1 0"),
            ("9General", "1 -1 0"),
            ("0.00\"99\"", "1 -1 0"),
            ("0 \"1\"", "1 -1 0"),
            ("*90.00", "1 -1 0"),
            ("yyyy/m/d", "1 -1 0"),
            ("[>=1000]0.00,;0.00", "1 -1 0"),
            ("[>1000]0.00;[<-1000]-0.00;\"999.99\"", "1 -1 0"),
            ("[=0]\"9.90\";0.00", "1 -1 0"),
            ("[>0]0.00;[<0]-0.00;\"9.90\"", "1 -1 0"),
            ("#0\"．\"00", "1 -1 0"),
            ("0·00", "1 -1 0"),
            ("\"-\"0.00", "1"),
            ("(0.00)", "1"),
        ] {
            assert_eq!(misleads(code), numbers, "{code}");
        }
        for code in [
            "General",
            "@",
            "0.00",
            "0.00%",
            "0.00\"万元\"",
            "0.00\"m2\"",
            "0\".\"",
            "\"第1项：\"0",
            "0.00;-0.00;;@",
            "0.00;-0.00;\"-\"",
            "0.00;-0.00;\"0.00\"",
            "[=0]\"\";0.00",
            "[>0]0.00;[<0]-0.00;",
            "[>=10000]0.00;[<=-10000]-0.00;0.00",
            "0.00_9",
            "[Red]0.00",
            "#,##0.00_);[Red]\\(#,##0.00\\)",
            "[DBNum2]G/通用格式\"元\"",
            "0.00E+00",
            "# ?/?",
        ] {
            assert_eq!(misleads(code), "", "{code}");
        }
        for id in (0..=13).chain(37..=44).chain([48, 49]) {
            assert_eq!(misleads(builtin(id)), "", "{id}");
        }
    }

    #[test]
    fn east_asian_built_in_dates_are_dates() {
        for id in (14..=22).chain(27..=36).chain(45..=47).chain(50..=58) {
            assert!(parse(builtin(id)).date, "{id}");
        }
        for id in (0..=13).chain(37..=44).chain([48, 49, 59, 163]) {
            assert!(!parse(builtin(id)).date, "{id}");
        }
        assert!(parse(builtin(9)).percent && parse(builtin(10)).percent);
    }

    #[test]
    fn a_code_is_entered_once() {
        let mut formats = Formats::new();
        assert_eq!(formats.index("0.00%"), 1);
        assert_eq!(formats.index("General"), 0);
        assert_eq!(formats.index("0.00%"), 1);
        assert_eq!(formats.into_list().len(), 2);
    }
}
