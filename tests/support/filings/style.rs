//! What a layout is made of, and how it writes one value.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::canvas::Content;
use super::filing::Figure;

/// One choice for everything that differs between layouts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) sheets: Sheets,
    /// Sheets before the tables, and names that say nothing.
    pub(super) cover: bool,
    /// Rows and columns left free above and before the tables.
    pub(super) offset: (u32, u16),
    pub(super) rows: Rows,
    pub(super) hidden_columns: bool,
    pub(super) merges: bool,
    pub(super) labels: Labels,
    pub(super) first: First,
    pub(super) repeated_levels: bool,
    pub(super) title: Title,
    pub(super) money: Money,
    pub(super) rates: Rates,
    pub(super) items: Items,
    pub(super) inserted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sheets {
    PerAnnex,
    One,
    ProjectsTogether,
    Reversed,
}

/// What stands after every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Tight,
    Blank,
    Hidden,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Printed,
    Broken,
    Bare,
    Aliases,
    Worn,
}

/// First-level labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Printed,
    Vertical,
    HalfLost,
    OneLine,
    WeightOnly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Title {
    Printed,
    YearBelow,
    UnitFirst,
    MarkerFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Money {
    TwoDecimals,
    General,
    /// Whole amounts General, others with two decimals.
    Mixed,
    FourDecimals,
    Text,
    Yuan,
    Residue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rates {
    Text,
    Whole,
    PercentFormat,
    Points,
    Fractions,
}

/// 按收入性质分, 按支出性质分.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    Joined,
    Apart,
    ApartAsText,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            sheets: Sheets::PerAnnex,
            cover: false,
            offset: (0, 0),
            rows: Rows::Tight,
            hidden_columns: false,
            merges: true,
            labels: Labels::Printed,
            first: First::Printed,
            repeated_levels: false,
            title: Title::Printed,
            money: Money::TwoDecimals,
            rates: Rates::Text,
            items: Items::Joined,
            inserted: false,
        }
    }
}

const YUAN: i64 = 10_000;

impl Style {
    /// An amount in a cell of its own.
    pub(super) fn money(&self, value: Figure) -> Content {
        let Some(value) = value else {
            return Content::Blank;
        };
        let number = float(value);
        match self.money {
            Money::TwoDecimals => Content::Number(number, "0.00"),
            Money::General => Content::Number(number, "General"),
            Money::Mixed if value.is_integer() => Content::Number(number, "General"),
            Money::Mixed => Content::Number(number, "0.00"),
            Money::FourDecimals => Content::Number(number, "0.0000"),
            Money::Text => Content::Text(self.amount(value)),
            Money::Yuan => Content::Number(float(value * Decimal::from(YUAN)), "0.00"),
            // What programs leave that keep amounts in single precision.
            Money::Residue => Content::Number(f64::from(number as f32), "0.00"),
        }
    }

    /// An amount in words: behind a label, or where amounts are text.
    pub(super) fn amount(&self, value: Decimal) -> String {
        match self.money {
            Money::Yuan => decimals(value * Decimal::from(YUAN), 2),
            Money::FourDecimals => decimals(value, 4),
            Money::Text => format!("{}万元", with_commas(&decimals(value, 2))),
            _ => decimals(value, 2),
        }
    }

    pub(super) fn rate(&self, value: Figure) -> Content {
        let Some(value) = value else {
            return Content::Blank;
        };
        let fraction = float(value / Decimal::ONE_HUNDRED);
        match self.rates {
            Rates::Text => Content::Text(format!("{}%", decimals(value, 2))),
            Rates::Whole => Content::Text(format!("{}%", whole(value))),
            Rates::PercentFormat => Content::Number(fraction, "0.00%"),
            Rates::Points => Content::Number(float(value), "0.00"),
            Rates::Fractions => Content::Number(fraction, "General"),
        }
    }

    /// People, areas, weights, scores.
    pub(super) fn plain(&self, value: Figure) -> Content {
        let Some(value) = value else {
            return Content::Blank;
        };
        let format = if value.normalize().scale() == 2 {
            "0.00"
        } else {
            "General"
        };
        Content::Number(float(value), format)
    }

    /// The unit in heads.
    pub(super) fn unit(&self) -> &'static str {
        if self.money == Money::Yuan {
            "元"
        } else {
            "万元"
        }
    }
}

/// A rate in whole percents.
fn whole(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
}

fn float(value: Decimal) -> f64 {
    // Through text: the nearest double of what is printed.
    value
        .to_string()
        .parse()
        .unwrap_or_else(|_| value.to_f64().unwrap_or(f64::NAN))
}

/// At least so many decimals, and all that the value has.
fn decimals(value: Decimal, least: u32) -> String {
    let mut value = value.normalize();
    value.rescale(value.scale().max(least));
    value.to_string()
}

fn with_commas(number: &str) -> String {
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let (sign, whole) = whole
        .strip_prefix('-')
        .map_or(("", whole), |whole| ("-", whole));
    let mut text = String::new();
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}.{rest}")
}
