//! The ways in which a filing is laid out.

use super::style::*;

/// A way to lay a filing out. What differs from [`Layout::Sheets`] is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Layout {
    /// One annex a sheet, labels and amounts joined as on the form, rates as text.
    Sheets,
    /// All on one sheet, rates as numbers with a percent format, label and amount apart.
    Stacked,
    /// Tables begin at C4.
    Shifted,
    /// Sheet1 a cover, Sheet2 a report that names the annexes, then the annexes.
    Covered,
    /// A blank row after every row.
    BlankRows,
    /// A hidden blank row after every row.
    HiddenRows,
    /// Hidden blank columns between labels and amounts.
    HiddenColumns,
    /// No cell is merged; what a merge would cover is blank.
    NoMerges,
    /// Labels broken by line feeds and full-width spaces.
    Broken,
    /// Labels without ordinals and 其中, brackets lost or half lost.
    Bare,
    /// Labels as other offices word them.
    Aliases,
    /// First letters of the labels at the left edge lost; of first-level labels only `(50分)`.
    Worn,
    /// Amounts as text: `1,234.50万元`.
    TextAmounts,
    /// Heads say 元, amounts are in 元.
    Yuan,
    /// Rates as numbers in percent points: 84.78.
    RatePoints,
    /// Rates as numbers without a percent format: 0.8478.
    RateFractions,
    /// Rates as text in whole percents: `85%`.
    WholeRates,
    /// Rows are inserted below 「……」, which stays; more 「……」 follow.
    InsertedRows,
    /// All 附件3 on one sheet, label and amount apart.
    ProjectsTogether,
    /// One annex a sheet, the last 附件3 first, 附件1 last.
    OddOrder,
    /// The title names no year; the line below does.
    YearBelow,
    /// The title begins with the name of the unit.
    UnitInTitle,
    /// 附件N and the title in one cell.
    MarkerInTitle,
    /// Amounts with four decimals.
    FourDecimals,
    /// Amounts with the residue of single precision behind a format of two decimals.
    FloatResidue,
    /// First and second level written on every row, in one line.
    RepeatedLevels,
}

impl Layout {
    pub(crate) const ALL: [Self; 26] = [
        Self::Sheets,
        Self::Stacked,
        Self::Shifted,
        Self::Covered,
        Self::BlankRows,
        Self::HiddenRows,
        Self::HiddenColumns,
        Self::NoMerges,
        Self::Broken,
        Self::Bare,
        Self::Aliases,
        Self::Worn,
        Self::TextAmounts,
        Self::Yuan,
        Self::RatePoints,
        Self::RateFractions,
        Self::WholeRates,
        Self::InsertedRows,
        Self::ProjectsTogether,
        Self::OddOrder,
        Self::YearBelow,
        Self::UnitInTitle,
        Self::MarkerInTitle,
        Self::FourDecimals,
        Self::FloatResidue,
        Self::RepeatedLevels,
    ];

    /// Name for files and messages: `blank-rows`.
    pub(crate) fn name(self) -> String {
        let mut name = String::new();
        for (index, letter) in format!("{self:?}").char_indices() {
            if letter.is_uppercase() && index > 0 {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    pub(super) fn style(self) -> Style {
        let plain = Style::default();
        match self {
            Self::Sheets => Style {
                money: Money::General,
                ..plain
            },
            Self::Stacked => Style {
                sheets: Sheets::One,
                money: Money::Mixed,
                rates: Rates::PercentFormat,
                items: Items::ApartAsText,
                ..plain
            },
            Self::Shifted => Style {
                offset: (3, 2),
                rates: Rates::PercentFormat,
                ..plain
            },
            Self::Covered => Style {
                cover: true,
                rates: Rates::PercentFormat,
                ..plain
            },
            Self::BlankRows => Style {
                rows: Rows::Blank,
                items: Items::Apart,
                ..plain
            },
            Self::HiddenRows => Style {
                rows: Rows::Hidden,
                rates: Rates::PercentFormat,
                ..plain
            },
            Self::HiddenColumns => Style {
                hidden_columns: true,
                items: Items::Apart,
                ..plain
            },
            Self::NoMerges => Style {
                merges: false,
                items: Items::Apart,
                ..plain
            },
            Self::Broken => Style {
                labels: Labels::Broken,
                first: First::Vertical,
                ..plain
            },
            Self::Bare => Style {
                labels: Labels::Bare,
                first: First::HalfLost,
                ..plain
            },
            Self::Aliases => Style {
                labels: Labels::Aliases,
                first: First::OneLine,
                ..plain
            },
            Self::Worn => Style {
                labels: Labels::Worn,
                first: First::WeightOnly,
                ..plain
            },
            Self::TextAmounts => Style {
                money: Money::Text,
                ..plain
            },
            Self::Yuan => Style {
                money: Money::Yuan,
                rates: Rates::PercentFormat,
                ..plain
            },
            Self::RatePoints => Style {
                rates: Rates::Points,
                ..plain
            },
            Self::RateFractions => Style {
                rates: Rates::Fractions,
                ..plain
            },
            Self::WholeRates => Style {
                rates: Rates::Whole,
                ..plain
            },
            Self::InsertedRows => Style {
                inserted: true,
                rates: Rates::PercentFormat,
                ..plain
            },
            Self::ProjectsTogether => Style {
                sheets: Sheets::ProjectsTogether,
                items: Items::Apart,
                ..plain
            },
            Self::OddOrder => Style {
                sheets: Sheets::Reversed,
                ..plain
            },
            Self::YearBelow => Style {
                title: Title::YearBelow,
                ..plain
            },
            Self::UnitInTitle => Style {
                title: Title::UnitFirst,
                ..plain
            },
            Self::MarkerInTitle => Style {
                title: Title::MarkerFirst,
                ..plain
            },
            Self::FourDecimals => Style {
                money: Money::FourDecimals,
                ..plain
            },
            Self::FloatResidue => Style {
                money: Money::Residue,
                rates: Rates::PercentFormat,
                ..plain
            },
            Self::RepeatedLevels => Style {
                repeated_levels: true,
                first: First::OneLine,
                ..plain
            },
        }
    }
}
