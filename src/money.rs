//! Units of money, and the words, heads and lines that name them.

use rust_decimal::Decimal;

use crate::label;

/// Units of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 元.
    Yuan,
    /// 千元.
    QianYuan,
    /// 万元, the unit of all forms.
    WanYuan,
    /// 亿元.
    YiYuan,
}

/// Their names; 元 ends the others.
const NAMES: [(&str, Scale); 4] = [
    ("千元", Scale::QianYuan),
    ("万元", Scale::WanYuan),
    ("亿元", Scale::YiYuan),
    ("元", Scale::Yuan),
];
/// What people write behind a figure for short.
const SHORT: [(&str, Scale); 2] = [("万", Scale::WanYuan), ("亿", Scale::YiYuan)];
/// What a line begins with that names the unit of what stands below.
const LINES: [&str; 4] = ["金额单位", "货币单位", "计量单位", "单位"];

impl Scale {
    /// What an amount is divided by to be in 万元.
    pub(crate) fn divisor(self) -> Decimal {
        match self {
            Self::Yuan => Decimal::from(10_000),
            Self::QianYuan => Decimal::TEN,
            Self::WanYuan => Decimal::ONE,
            Self::YiYuan => Decimal::new(1, 4),
        }
    }

    /// The unit that a normalised text begins with, and what follows it.
    fn at_start(normal: &str) -> Option<(Self, &str)> {
        let mut names = NAMES.iter();
        names.find_map(|(name, scale)| Some((*scale, normal.strip_prefix(name)?)))
    }

    /// The unit right behind a figure, and what follows it.
    pub(crate) fn behind_figure(normal: &str) -> Option<(Self, &str)> {
        let mut short = SHORT.iter();
        Self::at_start(normal)
            .or_else(|| short.find_map(|(name, scale)| Some((*scale, normal.strip_prefix(name)?))))
    }

    /// The unit that a head names, anywhere in it.
    pub(crate) fn in_head(text: &str) -> Option<Self> {
        let normal = label::normalise(text);
        let mut names = NAMES.iter();
        names
            .find(|(name, _)| normal.contains(name))
            .map(|(_, scale)| *scale)
    }

    /// The unit that a normalised text is: 「万元」, 「人民币元」.
    pub(crate) fn named(normal: &str) -> Option<Self> {
        let bare = normal.strip_prefix("人民币").unwrap_or(normal);
        let (scale, rest) = Self::at_start(bare)?;
        rest.is_empty().then_some(scale)
    }

    /// The unit of a normalised text that is a line which names one, and says nothing else:
    /// 「单位：元」.
    pub(crate) fn of_line(normal: &str) -> Option<Self> {
        let bare = normal.trim_start_matches(['(', '[', '【']);
        let bare = bare.trim_end_matches([')', ']', '】', '。']);
        let rest = LINES.iter().find_map(|word| bare.strip_prefix(word))?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let rest = rest.strip_prefix("人民币").unwrap_or(rest);
        let (scale, rest) = Self::at_start(rest)?;
        // Other units may follow: 「单位：元、人」.
        (rest.is_empty() || rest.starts_with(['、', ',', ';', '('])).then_some(scale)
    }

    /// The unit of a normalised title that ends in such a line, in brackets or not, or in a unit
    /// in brackets.
    pub(crate) fn of_title(normal: &str) -> Option<Self> {
        let tail = |at: usize| &normal[at..];
        let bracket = normal.rfind(['(', '[', '【']).map(tail).unwrap_or_default();
        let inside = || bracket.strip_prefix('(')?.strip_suffix(')');
        let said = Self::of_line(bracket).or_else(|| Self::named(inside()?));
        said.or_else(|| {
            LINES
                .iter()
                .find_map(|word| Self::of_line(tail(normal.rfind(word)?)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_unit_and_nothing_else() {
        let of_line = |text: &str| Scale::of_line(&label::normalise(text));
        for (text, scale) in [
            ("单位：元", Scale::Yuan),
            ("单 位： 万 元", Scale::WanYuan),
            ("（单位：万元）", Scale::WanYuan),
            ("【金额单位：人民币元】", Scale::Yuan),
            ("金额单位万元", Scale::WanYuan),
            ("单位：元、人、%", Scale::Yuan),
            ("单位：千元", Scale::QianYuan),
            ("单位：亿元。", Scale::YiYuan),
        ] {
            assert_eq!(of_line(text), Some(scale), "{text}");
        }
        for text in [
            "单位成本（元/人次）",
            "单位：元/人",
            "单位面积造价控制在3000元以内",
            "单位：元江县财政局",
            "填报单位：元",
            "元",
        ] {
            assert_eq!(of_line(text), None, "{text}");
        }
    }

    #[test]
    fn a_title_may_end_in_a_unit() {
        let of_title = |text: &str| Scale::of_title(&label::normalise(text));
        for (text, scale) in [
            ("2023年度部门整体支出绩效自评表（单位：元）", Scale::Yuan),
            ("2023年度部门整体支出绩效自评表（元）", Scale::Yuan),
            ("2023年度部门整体支出绩效自评表（千元）", Scale::QianYuan),
            (
                "2023年度部门整体支出绩效自评表  金额单位：万元",
                Scale::WanYuan,
            ),
            ("2023年度单位整体支出绩效自评表 单位：元", Scale::Yuan),
        ] {
            assert_eq!(of_title(text), Some(scale), "{text}");
        }
        for text in ["元江县2023年度单位整体支出绩效自评表", "附件2（样表）"]
        {
            assert_eq!(of_title(text), None, "{text}");
        }
    }

    #[test]
    fn a_head_names_its_unit_anywhere() {
        for (text, scale) in [
            ("2023年决算数（元）", Some(Scale::Yuan)),
            ("经费控制情况(千元)", Some(Scale::QianYuan)),
            ("预算数 万元", Some(Scale::WanYuan)),
            ("预算数", None),
        ] {
            assert_eq!(Scale::in_head(text), scale, "{text}");
        }
    }
}
