//! Units of money, and the words, heads and lines that name them.

use rust_decimal::Decimal;

use crate::label;

/// Units of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 元.
    Yuan,
    /// 百元.
    BaiYuan,
    /// 千元.
    QianYuan,
    /// 万元, the unit of all forms.
    WanYuan,
    /// 十万元.
    ShiWanYuan,
    /// 百万元.
    BaiWanYuan,
    /// 千万元.
    QianWanYuan,
    /// 亿元.
    YiYuan,
}

/// Their names; 元 and 万元 end others.
const NAMES: [(&str, Scale); 8] = [
    ("十万元", Scale::ShiWanYuan),
    ("百万元", Scale::BaiWanYuan),
    ("千万元", Scale::QianWanYuan),
    ("百元", Scale::BaiYuan),
    ("千元", Scale::QianYuan),
    ("万元", Scale::WanYuan),
    ("亿元", Scale::YiYuan),
    ("元", Scale::Yuan),
];
/// What people write behind a figure for short.
const SHORT: [(&str, Scale); 2] = [("万", Scale::WanYuan), ("亿", Scale::YiYuan)];
/// What names the unit of what stands below, and what may follow it.
const NAMED_BY: [(&str, &[&str]); 3] = [
    ("金额单位", &[":", "为", ""]),
    ("单位", &[":", "为", ""]),
    ("金额", &[":"]),
];
/// 「填报单位：元江县」 names an office.
const OFFICES: [&str; 10] = [
    "填报", "编制", "预算", "申报", "实施", "主管", "报送", "填表", "使用", "所属",
];
/// Units that may stand beside those of money: 「单位：人、元」.
const OTHERS: [&str; 11] = [
    "人次",
    "人",
    "个",
    "次",
    "户",
    "辆",
    "项",
    "天",
    "%",
    "m2",
    "平方米",
];

impl Scale {
    /// What an amount is divided by to be in 万元.
    pub(crate) fn divisor(self) -> Decimal {
        match self {
            Self::Yuan => Decimal::from(10_000),
            Self::BaiYuan => Decimal::ONE_HUNDRED,
            Self::QianYuan => Decimal::TEN,
            Self::WanYuan => Decimal::ONE,
            Self::ShiWanYuan => Decimal::new(1, 1),
            Self::BaiWanYuan => Decimal::new(1, 2),
            Self::QianWanYuan => Decimal::new(1, 3),
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

    /// The unit of a normalised text that is a line which names one, or ends in one: 「单位：元」,
    /// 「填报单位：…… 金额单位：元」.
    pub(crate) fn of_line(normal: &str) -> Option<Self> {
        NAMED_BY.iter().find_map(|(word, links)| {
            let (before, rest) = normal.rsplit_once(word)?;
            if OFFICES.iter().any(|office| before.ends_with(office)) {
                return None;
            }
            let mut links = links.iter();
            Self::alone(links.find_map(|link| rest.strip_prefix(link))?)
        })
    }

    /// The unit of a normalised title that ends in such a line, or in a unit in brackets.
    pub(crate) fn of_title(normal: &str) -> Option<Self> {
        let inside = || {
            let (_, bracket) = normal.strip_suffix(')')?.rsplit_once('(')?;
            Self::named(bracket)
        };
        Self::of_line(normal).or_else(inside)
    }

    /// The unit in a list of units that nothing else stands in.
    fn alone(list: &str) -> Option<Self> {
        const SIGNS: [char; 16] = [
            '(', ')', '[', ']', '【', '】', '“', '”', '"', '\'', '、', ',', ';', '。', ':', '.',
        ];
        let mut found = None;
        let mut rest = list;
        loop {
            rest = rest.trim_start_matches(SIGNS);
            if rest.is_empty() {
                return found;
            }
            let mut words = ["人民币", "至角分"].iter().chain(&OTHERS);
            if let Some((scale, behind)) = Self::at_start(rest) {
                found = found.or(Some(scale));
                rest = behind;
            } else {
                rest = words.find_map(|word| rest.strip_prefix(word))?;
            }
        }
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
            ("单位：百万元", Scale::BaiWanYuan),
            ("单位：百元", Scale::BaiYuan),
            ("金额单位：元至角分", Scale::Yuan),
            ("金额单位（元）", Scale::Yuan),
            ("单位：元 人 %", Scale::Yuan),
            ("单位：人、元", Scale::Yuan),
            ("单位为元", Scale::Yuan),
            ("单位：“元”", Scale::Yuan),
            ("单位：人民币（元）", Scale::Yuan),
            ("单位：人民币：元", Scale::Yuan),
            ("单位(元)", Scale::Yuan),
            ("金额：元", Scale::Yuan),
            ("币种：人民币 单位：元", Scale::Yuan),
            ("2024年8月　　单位：元", Scale::Yuan),
            (
                "填报单位：岳阳市公共资源管理处　　金额单位：元",
                Scale::Yuan,
            ),
            ("编制单位：公共资源管理处　　单位：千元", Scale::QianYuan),
        ] {
            assert_eq!(of_line(text), Some(scale), "{text}");
        }
        for text in [
            "单位成本（元/人次）",
            "单位：元/人",
            "单位面积造价控制在3000元以内",
            "单位：元江县财政局",
            "填报单位：元",
            "填报单位：元江县",
            "单位：元人民政府",
            "金额（元）",
            "单位：人",
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
            ("经费控制情况(千万元)", Some(Scale::QianWanYuan)),
            ("经费控制情况(十万元)", Some(Scale::ShiWanYuan)),
            ("预算数 万元", Some(Scale::WanYuan)),
            ("预算数", None),
        ] {
            assert_eq!(Scale::in_head(text), scale, "{text}");
        }
    }
}
