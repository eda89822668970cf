//! How the summary looks.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet};

use crate::catalog::Unit;

/// A font that every office has; others stand in for it where it is not installed.
const FONT: &str = "微软雅黑";
/// Family 2 is Swiss: a sans serif stands in.
const SWISS: u8 = 2;
/// GB 2312.
const SIMPLIFIED_CHINESE: u8 = 134;
const SIZE: f64 = 10.0;

/// Heads of tables.
pub(super) const HEAD: Color = Color::RGB(0x001F_4E79);
const TOTAL: Color = Color::RGB(0x00DD_EBF7);
const LINE: Color = Color::RGB(0x00D9_D9D9);
const RED: Color = Color::RGB(0x00FF_C7CE);
const YELLOW: Color = Color::RGB(0x00FF_EB9C);
const GREEN: Color = Color::RGB(0x00C6_EFCE);
const BLUE: Color = Color::RGB(0x0005_63C1);
const GREY: Color = Color::RGB(0x0080_8080);

pub(super) const MONEY: &str = "#,##0.00";
pub(super) const PERCENT: &str = "0.00%";
pub(super) const COUNT: &str = "#,##0";
pub(super) const PLAIN: &str = "General";

/// How numbers in this unit are shown.
pub(super) fn of_unit(unit: &str) -> &'static str {
    match unit {
        "%" => PERCENT,
        people if people == Unit::People.sign() => COUNT,
        _ => MONEY,
    }
}

/// What a cell says by its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// 须改.
    Wrong,
    /// 须说明.
    Explain,
    /// Nothing to do.
    Fine,
    /// Replaced, or only worth a look.
    Faint,
}

pub(super) fn base() -> Format {
    Format::new()
        .set_font_name(FONT)
        .set_font_family(SWISS)
        .set_font_charset(SIMPLIFIED_CHINESE)
        .set_font_size(SIZE)
        .set_align(FormatAlign::VerticalCenter)
}

pub(super) fn title() -> Format {
    base().set_bold().set_font_size(16.0).set_font_color(HEAD)
}

pub(super) fn note() -> Format {
    base().set_font_color(GREY)
}

pub(super) fn head() -> Format {
    framed()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(HEAD)
        .set_align(FormatAlign::Center)
        .set_text_wrap()
}

pub(super) fn framed() -> Format {
    base().set_border(FormatBorder::Thin).set_border_color(LINE)
}

pub(super) fn text(tone: Tone) -> Format {
    toned(framed().set_align(FormatAlign::Left), tone)
}

/// Cells of a column that have no format of their own: the program's own lines around them do.
pub(super) fn column(format: &str) -> Format {
    base().set_num_format(format)
}

/// Text behind a number, which stands at the right edge of its cell.
pub(super) fn apart(format: Format) -> Format {
    format.set_align(FormatAlign::Left).set_indent(1)
}

pub(super) fn number(format: &str, tone: Tone) -> Format {
    toned(framed().set_num_format(format), tone)
}

pub(super) fn link() -> Format {
    framed()
        .set_font_color(BLUE)
        .set_underline(rust_xlsxwriter::FormatUnderline::Single)
        .set_align(FormatAlign::Center)
}

pub(super) fn total(format: &str) -> Format {
    framed()
        .set_bold()
        .set_background_color(TOTAL)
        .set_num_format(format)
}

fn toned(format: Format, tone: Tone) -> Format {
    match tone {
        Tone::Plain => format,
        Tone::Wrong => format.set_background_color(RED),
        Tone::Explain => format.set_background_color(YELLOW),
        Tone::Fine => format.set_background_color(GREEN),
        Tone::Faint => format.set_font_color(GREY),
    }
}

/// On A4, on its side, as wide as the paper, with its page numbers.
pub(super) fn print(sheet: &mut Worksheet) {
    sheet
        .set_paper_size(9)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_footer("&C&9&A  &P / &N");
}
