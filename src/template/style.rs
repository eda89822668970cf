//! How the cells of a template look: fonts of official documents, thin frames, and what may be
//! written to.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use super::plan::Look;
use crate::catalog::Unit;

/// The font of official texts; programs without it take another of its family and script.
const TEXT_FONT: &str = "仿宋";
const TITLE_FONT: &str = "方正小标宋简体";
/// Font family 1 is Roman: a serif stands in where the font is not installed.
const ROMAN: u8 = 1;
/// GB 2312.
const SIMPLIFIED_CHINESE: u8 = 134;
pub(super) const TEXT_SIZE: f64 = 11.0;
const TITLE_SIZE: f64 = 18.0;
/// Light grey behind what is computed.
const COMPUTED: Color = Color::RGB(0x00F2_F2F2);

/// How a number of this unit is shown.
pub(super) fn number_format(unit: Unit) -> &'static str {
    match unit {
        Unit::Money | Unit::Area => "0.00",
        Unit::Percent => "0.00%",
        Unit::People => "0",
        Unit::Date => "yyyy\"年\"m\"月\"d\"日\"",
        Unit::Score => "General",
        Unit::Text | Unit::Quantity => "@",
    }
}

pub(super) fn text() -> Format {
    Format::new()
        .set_font_name(TEXT_FONT)
        .set_font_family(ROMAN)
        .set_font_charset(SIMPLIFIED_CHINESE)
        .set_font_size(TEXT_SIZE)
        .set_align(FormatAlign::VerticalCenter)
}

pub(super) fn of(look: Look) -> Format {
    let framed = || text().set_border(FormatBorder::Thin).set_text_wrap();
    let centred = |format: Format| format.set_align(FormatAlign::Center);
    match look {
        Look::Mark => text(),
        Look::Title => centred(
            text()
                .set_font_name(TITLE_FONT)
                .set_font_size(TITLE_SIZE)
                .set_text_wrap(),
        ),
        Look::Subtitle => centred(text()),
        Look::UnitLine => text().set_align(FormatAlign::Right),
        Look::Head => centred(framed()),
        Look::Label(indent) => framed().set_align(FormatAlign::Left).set_indent(indent),
        Look::OpenLabel(indent) => framed()
            .set_align(FormatAlign::Left)
            .set_indent(indent)
            .set_unlocked(),
        Look::ItemLabel => text()
            .set_border_left(FormatBorder::Thin)
            .set_border_top(FormatBorder::Thin)
            .set_border_bottom(FormatBorder::Thin)
            .set_align(FormatAlign::Left)
            .set_indent(1),
        Look::Input(unit) => valued(framed(), unit).set_unlocked(),
        Look::ItemInput(unit) => valued(
            text()
                .set_border_right(FormatBorder::Thin)
                .set_border_top(FormatBorder::Thin)
                .set_border_bottom(FormatBorder::Thin),
            unit,
        )
        .set_align(FormatAlign::Left)
        .set_unlocked(),
        Look::Computed(unit) => valued(framed(), unit).set_background_color(COMPUTED),
        Look::Fixed(unit) => valued(framed(), unit),
        Look::Note => text().set_text_wrap().set_align(FormatAlign::Left),
        Look::LineLabel => text().set_align(FormatAlign::Right),
        Look::LineInput(unit) => text()
            .set_align(FormatAlign::Left)
            .set_num_format(number_format(unit))
            .set_unlocked(),
    }
}

fn valued(format: Format, unit: Unit) -> Format {
    let format = format.set_num_format(number_format(unit));
    match unit {
        Unit::Text => format.set_align(FormatAlign::Left),
        _ => format.set_align(FormatAlign::Center),
    }
}
