//! How a notice looks: A4, upright, in black, on one page.
#![allow(
    clippy::disallowed_types,
    reason = "one of the rooms that write workbooks anew"
)]

use std::io::{Seek, Write};

use jiff::civil::Date;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::{Item, Kind, LONGEST_NAME, Notice, Terms};
use crate::lang::Lang;
use crate::quote::{self, inner, shortened};
use crate::reasons::Added;
use crate::report::printable;

/// Columns: number, finding, what to do; in characters. They are as wide as the paper.
const WIDTHS: [f64; 3] = [5.0, 56.0, 30.0];
const LAST: u16 = 2;

/// Points: of a line of text, and of what is left above and below it.
const LINE: f64 = 15.0;
const MARGIN: f64 = 5.0;

/// Lines of findings that one page holds and that are still read with ease.
const MOST_LINES: u32 = 40;

/// The most characters of one cell, of which a page shows a part.
const LONGEST: usize = 32_000;
/// Spreadsheet programs take no higher row, in points.
const HIGHEST: f64 = 409.0;

const SONG: &str = "宋体";
const HEI: &str = "黑体";

/// Writes a notice.
///
/// # Errors
/// Where it cannot be written.
pub fn write(
    notice: &Notice,
    terms: &Terms,
    out: impl Write + Seek + Send,
) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    // The same notice gives the same bytes.
    let date = ExcelDateTime::from_ymd(2024, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    let sheet = book.add_worksheet();
    sheet.set_name(notice.kind.name(terms.lang))?;
    let mut page = Page {
        sheet,
        lang: terms.lang,
        marked: notice.marked,
        row: 0,
        left: MOST_LINES,
    };
    page.begin()?;
    page.title(notice, terms)?;
    page.body(notice, terms)?;
    let shared = usize::from(!notice.correct.is_empty()) + usize::from(!notice.explain.is_empty());
    page.items(("须修改", "To be corrected"), &notice.correct, shared)?;
    page.items(("须说明", "To be explained"), &notice.explain, 1)?;
    page.end(notice, terms)?;
    book.save_to_writer(out)
}

struct Page<'a> {
    sheet: &'a mut Worksheet,
    lang: Lang,
    marked: bool,
    row: u32,
    /// Lines of findings for which there is room.
    left: u32,
}

impl Page<'_> {
    fn begin(&mut self) -> Result<(), XlsxError> {
        for (column, width) in (0u16..).zip(WIDTHS) {
            self.sheet.set_column_width(column, width)?;
        }
        self.sheet
            .set_paper_size(9)
            .set_portrait()
            .set_print_fit_to_pages(1, 1)
            .set_print_center_horizontally(true)
            .set_screen_gridlines(false)
            .set_margins(0.7, 0.7, 0.8, 0.7, 0.3, 0.3);
        Ok(())
    }

    /// A line as wide as the page.
    fn line(&mut self, text: &str, format: &Format, height: f64) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.row, height.min(HIGHEST))?;
        let text = fitting(text);
        self.sheet
            .merge_range(self.row, 0, self.row, LAST, &text, format)?;
        self.row += 1;
        Ok(())
    }

    /// Text that goes on over as many lines as it needs.
    fn paragraph(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        let width: f64 = WIDTHS.iter().sum();
        // Twelve points are wider than the eleven that widths are counted in.
        let lines = lines(text, width * 10.0 / 12.0);
        let format = format.clone().set_text_wrap();
        self.line(text, &format, f64::from(lines) * LINE * 1.3 + MARGIN)
    }

    fn title(&mut self, notice: &Notice, terms: &Terms) -> Result<(), XlsxError> {
        let name = notice.kind.name(self.lang);
        let title = match (self.lang, terms.year) {
            (Lang::Zh, Some(year)) => format!("{year}年度预算绩效自评{name}"),
            (Lang::Zh, None) => format!("预算绩效自评{name}"),
            (Lang::En, Some(year)) => format!("{name}: self-evaluation of {year}"),
            (Lang::En, None) => format!("{name}: self-evaluation"),
        };
        let format = font(HEI, 18.0).set_align(FormatAlign::Center);
        self.line(&title, &format, 44.0)?;
        let unit = quote::name(&notice.unit);
        let unit = shortened(&unit, LONGEST_NAME);
        let unit = match (&*unit, self.lang) {
            ("", Lang::Zh) => "（报送表里没有填单位名称）：".to_owned(),
            ("", Lang::En) => "(the filing names no unit):".to_owned(),
            (unit, Lang::Zh) => format!("{unit}："),
            (unit, Lang::En) => format!("{unit}:"),
        };
        self.paragraph(&unit, &song(12.0).set_bold())
    }

    fn body(&mut self, notice: &Notice, terms: &Terms) -> Result<(), XlsxError> {
        let text = match self.lang {
            Lang::Zh => body_zh(notice, terms),
            Lang::En => body_en(notice, terms),
        };
        self.paragraph(&text, &song(12.0))?;
        if let Some(nearest) = &notice.nearest {
            let nearest = shortened(nearest, LONGEST_NAME);
            let text = match self.lang {
                Lang::Zh => format!(
                    "　　另外，报送表里的单位名称不在报送名册中，名册里最接近的是「{}」，请一并核对。",
                    inner(&nearest)
                ),
                Lang::En => format!(
                    "The unit's name is not in the roster; the nearest there is {nearest}. Please check it too."
                ),
            };
            self.paragraph(&text, &song(12.0))?;
        }
        self.row += 1;
        Ok(())
    }

    /// A table of findings; `shared` says among how many tables the room is shared from here on.
    fn items(
        &mut self,
        head: (&str, &str),
        items: &[Item],
        shared: usize,
    ) -> Result<(), XlsxError> {
        if items.is_empty() {
            return Ok(());
        }
        let room = match shared {
            0 | 1 => self.left,
            // The first table is what the notice is about.
            _ => self.left - self.left / 3,
        };
        let head = match self.lang {
            Lang::Zh => format!("{}（{} 处）", head.0, items.len()),
            Lang::En => format!("{} ({})", head.1, items.len()),
        };
        self.line(&head, &font(HEI, 12.0), 24.0)?;
        let heads = [
            ("序号", "No."),
            ("哪里、什么问题", "What and where"),
            ("怎么办", "What to do"),
        ];
        let heads = heads.map(|(zh, en)| self.lang.pick(zh, en));
        let format = framed().set_bold().set_align(FormatAlign::Center);
        self.cells(heads, &[&format, &format, &format], 20.0)?;
        let number = framed().set_align(FormatAlign::Center);
        let mut used = 0;
        let mut shown = 0;
        for item in items {
            let [_, message, todo] = WIDTHS;
            let lines = lines(&item.message, message).max(lines(&item.todo, todo));
            // A shorter one may still find room.
            if used + lines > room {
                continue;
            }
            used += lines;
            shown += 1;
            let cells = [&shown.to_string(), &item.message, &item.todo];
            let height = f64::from(lines) * LINE + MARGIN;
            self.cells(
                cells.map(String::as_str),
                &[&number, &framed(), &framed()],
                height,
            )?;
        }
        self.left = self.left.saturating_sub(used);
        if shown < items.len() {
            let more = items.len() - shown;
            let sheet = Added::Discrepancies.tab(self.lang);
            let text = match (self.lang, self.marked) {
                (Lang::Zh, true) => {
                    format!("另有 {more} 处，见标好的工作簿的倒数第二张表（{sheet}）。")
                }
                (Lang::Zh, false) => {
                    format!("另有 {more} 处没有列出，用 gouji 核对原表可以逐处看到。")
                }
                (Lang::En, true) => {
                    format!("{more} more: see the last sheet but one ({sheet}) of the marked copy.")
                }
                (Lang::En, false) => format!("{more} more: gouji shows them all."),
            };
            self.line(&text, &framed(), LINE + MARGIN)?;
        }
        self.row += 1;
        Ok(())
    }

    fn cells(
        &mut self,
        texts: [&str; 3],
        formats: &[&Format; 3],
        height: f64,
    ) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.row, height.min(HIGHEST))?;
        for ((column, text), format) in (0u16..).zip(texts).zip(formats) {
            let text = fitting(text);
            self.sheet
                .write_string_with_format(self.row, column, text, format)?;
        }
        self.row += 1;
        Ok(())
    }

    fn end(&mut self, notice: &Notice, terms: &Terms) -> Result<(), XlsxError> {
        if !notice.explain.is_empty() {
            let sheet = Added::Reasons.tab(self.lang);
            let text = match (self.lang, notice.marked) {
                (Lang::Zh, true) => format!(
                    "　　须说明的，请在标好的工作簿的最后一张表（{sheet}）里逐条写明原因，或随重报材料附书面说明。"
                ),
                (Lang::Zh, false) => "　　须说明的，请逐条写明原因，随重报材料附上。".to_owned(),
                (Lang::En, true) => format!(
                    "Please write the reasons into the last sheet ({sheet}) of the marked copy, or on paper."
                ),
                (Lang::En, false) => {
                    "Please add the reasons, point by point, to what you hand in.".to_owned()
                }
            };
            self.paragraph(&text, &song(12.0))?;
        }
        self.row += 1;
        let format = song(12.0).set_align(FormatAlign::Right);
        let seal = self
            .lang
            .pick("（审核单位盖章）　　　　", "(seal)          ");
        self.line(seal, &format, 24.0)?;
        let date = format!("{}　　　　", day(terms.date, self.lang));
        self.line(&date, &format, 24.0)
    }
}

fn body_zh(notice: &Notice, terms: &Terms) -> String {
    let year = terms
        .year
        .map_or_else(String::new, |year| format!("{year}年度"));
    let by = terms
        .deadline
        .map(|date| format!("于{}前", day(date, Lang::Zh)));
    let by = by.unwrap_or_else(|| "尽快".to_owned());
    if notice.kind == Kind::Report {
        let date = day(terms.date, Lang::Zh);
        return format!(
            "　　截至{date}，没有收到你单位{year}预算绩效自评材料，请{by}报送。已经报送的，请与我们核对单位名称和文件。"
        );
    }
    let (correct, explain) = (notice.correct.len(), notice.explain.len());
    let files = match notice.files.as_slice() {
        [file] => format!("（{file}）"),
        files => format!("（{} 个文件）", files.len()),
    };
    let found = match (correct, explain) {
        (0, explain) => format!("有 {explain} 处需要说明，请{by}补充说明"),
        (correct, 0) => format!("有 {correct} 处需要修改，现予退回，请{by}改好重报"),
        (correct, explain) => format!(
            "有 {correct} 处需要修改、{explain} 处需要说明，现予退回，请{by}改好并说明后重报"
        ),
    };
    format!("　　你单位报送的{year}预算绩效自评表{files}已经核对：{found}。")
}

fn body_en(notice: &Notice, terms: &Terms) -> String {
    let year = terms
        .year
        .map_or_else(String::new, |year| format!(" of {year}"));
    let by = terms
        .deadline
        .map(|date| format!("by {}", day(date, Lang::En)));
    let by = by.unwrap_or_else(|| "soon".to_owned());
    if notice.kind == Kind::Report {
        let date = day(terms.date, Lang::En);
        return format!(
            "As of {date} no self-evaluation{year} of your unit has arrived. Please hand it in {by}; if you have, please check name and file with us."
        );
    }
    let (correct, explain) = (notice.correct.len(), notice.explain.len());
    let files = notice.files.join(", ");
    format!(
        "Your self-evaluation{year} ({files}) has been checked: {correct} to correct, {explain} to explain. Please hand it in again {by}."
    )
}

fn day(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Lang::En => date.to_string(),
    }
}

/// Text from a file, fit for a cell.
fn fitting(text: &str) -> String {
    printable(&shortened(text, LONGEST))
}

/// How many lines a text takes in so many narrow characters; wide ones take two.
fn lines(text: &str, width: f64) -> u32 {
    let narrow: u32 = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    (1..MOST_LINES)
        .find(|lines| f64::from(narrow) <= (width - 2.0) * f64::from(*lines))
        .unwrap_or(MOST_LINES)
}

fn font(name: &str, size: f64) -> Format {
    Format::new()
        .set_font_name(name)
        .set_font_charset(134)
        .set_font_size(size)
        .set_align(FormatAlign::VerticalCenter)
}

fn song(size: f64) -> Format {
    font(SONG, size)
}

fn framed() -> Format {
    song(11.0).set_border(FormatBorder::Thin).set_text_wrap()
}
