//! The sheets 差异清单 and 审核说明, as a workbook of their own that is then put behind the
//! filer's sheets.

use rust_xlsxwriter::{
    Color, Format, FormatAlign, FormatBorder, Url, Workbook, Worksheet, XlsxError,
};

use super::fill::{Change, Written};
use super::notes::{Colour, says};
use crate::catalog::{Rule, Severity};
use crate::filing::CellRef;
use crate::finding::{Finding, Outcome};
use crate::lang::Lang;
use crate::quote;
use crate::reasons::{self, Added};
use crate::report::text::verdict;
use crate::report::{printable, printable_lines};
use crate::review::Checked;

/// The longest text that is written to a cell: findings quote what filers wrote.
const LONGEST_TEXT: usize = 2_000;
/// A hyperlink is not followed beyond this many; spreadsheet programs refuse more than 65,530.
const MOST_LINKS: usize = 5_000;

/// What the sheets are made from.
pub(super) struct Sources<'a> {
    pub(super) checked: &'a Checked<'a>,
    pub(super) changes: &'a [Change],
    pub(super) lang: Lang,
    /// When the workbook was checked, as shown.
    pub(super) time: &'a str,
    /// Names of the tabs: 差异清单 and 审核说明, or others where these are taken.
    pub(super) tabs: [String; 2],
    /// What the workbook's own sheets are called in the copy.
    pub(super) names: &'a [String],
}

struct Look {
    title: Format,
    plain: Format,
    head: Format,
    text: Format,
    centred: Format,
    link: Format,
    input: Format,
    severities: [(Colour, Format); 5],
}

impl Look {
    fn new() -> Self {
        let font = || Format::new().set_font_name("宋体").set_font_size(10);
        let cell = || {
            font()
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(0x00BF_BFBF))
                .set_text_wrap()
                .set_align(FormatAlign::Top)
        };
        let filled = |colour: Colour| {
            let [r, g, b] = colour.rgb().map(u32::from);
            let format = cell()
                .set_background_color(Color::RGB(r << 16 | g << 8 | b))
                .set_align(FormatAlign::Center);
            (colour, format)
        };
        Self {
            title: font().set_font_size(16).set_bold(),
            plain: font(),
            head: cell()
                .set_bold()
                .set_background_color(Color::RGB(0x00E7_E6E6))
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            text: cell(),
            centred: cell().set_align(FormatAlign::Center),
            link: cell()
                .set_font_color(Color::RGB(0x0005_63C1))
                .set_underline(rust_xlsxwriter::FormatUnderline::Single),
            input: cell().set_background_color(Color::RGB(0x00FF_F8DC)),
            severities: [
                Colour::Error,
                Colour::Incomplete,
                Colour::Explain,
                Colour::Hint,
                Colour::Changed,
            ]
            .map(filled),
        }
    }

    fn of(&self, colour: Colour) -> &Format {
        let known = self.severities.iter().find(|(known, _)| *known == colour);
        known.map_or(&self.centred, |(_, format)| format)
    }
}

/// Adds both sheets to `workbook`.
pub(super) fn add(workbook: &mut Workbook, sources: &Sources<'_>) -> Result<(), XlsxError> {
    let look = Look::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(&sources.tabs[0])?;
    discrepancies(sheet, &look, sources)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name(&sources.tabs[1])?;
    explanations(sheet, &look, sources)
}

/// A cut-down, harmless copy of a text on one line: never longer than a cell takes.
fn short(text: &str) -> String {
    cut(printable(text))
}

fn cut(text: String) -> String {
    if text.chars().count() <= LONGEST_TEXT {
        return text;
    }
    text.chars().take(LONGEST_TEXT).chain(['…']).collect()
}

fn page(sheet: &mut Worksheet, head_row: u32, widths: &[f64]) -> Result<(), XlsxError> {
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.5, 0.3, 0.3)
        .set_footer("&C&P / &N");
    sheet.set_repeat_rows(head_row, head_row)?;
    sheet.set_freeze_panes(head_row + 1, 0)?;
    Ok(())
}

/// Rows are as high as their longest text needs: programs do not adjust rows of a file that they
/// open.
fn fit(sheet: &mut Worksheet, row: u32, texts: &[String], widths: &[f64]) -> Result<(), XlsxError> {
    let lines = texts
        .iter()
        .zip(widths)
        .map(|(text, width)| lines(text, *width));
    sheet.set_row_height(row, height(lines.fold(1.0, f64::max)))?;
    Ok(())
}

/// How many lines a text takes in a column of this width.
pub(super) fn lines(text: &str, width: f64) -> f64 {
    // A line breaks before a wide letter, so not all of its width is used.
    let room = (width - 1.5).max(1.0);
    text.lines()
        .map(|line| (wide(line) / room).ceil().max(1.0))
        .sum()
}

/// The width of a line of text in columns of a spreadsheet.
pub(super) fn wide(line: &str) -> f64 {
    line.chars()
        .map(|c| if c.is_ascii() { 1.0 } else { 2.0 })
        .sum()
}

/// The height of a row of so many lines, in points.
pub(super) fn height(lines: f64) -> f64 {
    (lines * LINE + 2.0).min(HIGHEST)
}

/// Points a line of ten-point text takes, and the highest row there is.
const LINE: f64 = 13.2;
const HIGHEST: f64 = 409.0;

/// The words of a finding's group, in the order of the sheet.
fn group(finding: &Finding, lang: Lang) -> (u8, &'static str, Colour) {
    match (finding.outcome, finding.severity) {
        (Outcome::Rounding, _) => (4, lang.pick("尾差", "rounding"), Colour::Hint),
        (_, Severity::Error) => (0, lang.pick("须改·不符", "wrong"), Colour::Error),
        (_, Severity::Incomplete) => (1, lang.pick("须改·缺填", "missing"), Colour::Incomplete),
        (_, Severity::Explain) if finding.is_explained() => {
            (3, lang.pick("已说明", "explained"), Colour::Changed)
        }
        (_, Severity::Explain) => (2, lang.pick("须说明", "explain"), Colour::Explain),
        (_, Severity::Hint) => (5, lang.pick("提示", "hint"), Colour::Hint),
    }
}

fn sorted<'a>(sources: &Sources<'a>) -> Vec<&'a Finding> {
    let mut findings: Vec<&Finding> = sources.checked.report.findings.iter().collect();
    findings.sort_by_key(|finding| group(finding, sources.lang).0);
    findings
}

fn head(sheet: &mut Worksheet, look: &Look, sources: &Sources<'_>) -> Result<(), XlsxError> {
    let (checked, lang) = (sources.checked, sources.lang);
    let unit = checked.unit_name().map(quote::name);
    let unit = unit.unwrap_or_else(|| lang.pick("（没有填单位名称）", "(no unit name)").into());
    let lines = [
        match lang {
            Lang::Zh => format!(
                "单位：{}    年度：{}    核对时间：{}",
                short(&unit),
                checked.year(),
                sources.time
            ),
            Lang::En => format!(
                "Unit: {}    Year: {}    Checked: {}",
                short(&unit),
                checked.year(),
                sources.time
            ),
        },
        match lang {
            Lang::Zh => format!(
                "表样：{}（{}，第 {} 版）    程序：gouji {}",
                checked.form.name,
                checked.form.id,
                checked.form.version,
                env!("CARGO_PKG_VERSION")
            ),
            Lang::En => format!(
                "Form: {} ({}, version {})    Program: gouji {}",
                checked.form.name,
                checked.form.id,
                checked.form.version,
                env!("CARGO_PKG_VERSION")
            ),
        },
        verdict(&checked.report.counts(), lang),
    ];
    for (row, line) in (1u32..).zip(lines) {
        sheet.write_string_with_format(row, 0, line, &look.plain)?;
    }
    Ok(())
}

/// The row of the column heads on both sheets.
const HEAD_ROW: u32 = 5;

/// Of the columns of 差异清单.
const WIDTHS: [f64; 13] = [
    5.0, 10.0, 9.0, 13.0, 22.0, 12.0, 12.0, 10.0, 26.0, 38.0, 22.0, 8.0, 16.0,
];
/// Of the columns of 审核说明.
const REASON_WIDTHS: [f64; 8] = [5.0, 8.0, 14.0, 26.0, 44.0, 28.0, 40.0, 20.0];

fn discrepancies(
    sheet: &mut Worksheet,
    look: &Look,
    sources: &Sources<'_>,
) -> Result<(), XlsxError> {
    let (checked, lang) = (sources.checked, sources.lang);
    sheet.write_string_with_format(0, 0, Added::Discrepancies.title(lang), &look.title)?;
    head(sheet, look, sources)?;
    let heads = match lang {
        Lang::Zh => [
            "序号",
            "级别",
            "附件",
            "位置",
            "项目",
            "填报数",
            "应为",
            "差额",
            "计算过程",
            "问题",
            "怎么办",
            "编号",
            "依据",
        ],
        Lang::En => [
            "No.",
            "Severity",
            "Annex",
            "Cell",
            "Row and column",
            "Found",
            "Expected",
            "Difference",
            "Working",
            "What is wrong",
            "What to do",
            "Code",
            "Basis",
        ],
    };
    for (column, text) in (0u16..).zip(heads) {
        sheet.write_string_with_format(HEAD_ROW, column, text, &look.head)?;
    }
    let mut row = HEAD_ROW + 1;
    for (index, finding) in sorted(sources).into_iter().enumerate() {
        let (_, severity, colour) = group(finding, lang);
        sheet.write_number_with_format(row, 0, count(index + 1), &look.centred)?;
        sheet.write_string_with_format(row, 1, severity, look.of(colour))?;
        let annex = annex_of(sources, finding);
        sheet.write_string_with_format(row, 2, annex, &look.centred)?;
        place(sheet, look, sources, (row, 3), finding.cell)?;
        let columns = [
            words_of(finding),
            finding.found.as_deref().unwrap_or_default(),
            finding.expected.as_deref().unwrap_or_default(),
            finding.difference.as_deref().unwrap_or_default(),
            finding.working.as_deref().unwrap_or_default(),
            says(finding),
            todo(sources, finding),
            &finding.code,
            rule_of(checked, &finding.code).map_or("", |rule| rule.basis.in_lang(lang)),
        ]
        .map(short);
        for (column, text) in (4u16..).zip(&columns) {
            sheet.write_string_with_format(row, column, text, &look.text)?;
        }
        fit(sheet, row, &columns, &WIDTHS[4..])?;
        row += 1;
    }
    for unchecked in &checked.report.unchecked {
        let number = count((row - HEAD_ROW) as usize);
        sheet.write_number_with_format(row, 0, number, &look.centred)?;
        sheet.write_string_with_format(row, 1, lang.pick("未审", "not checked"), &look.centred)?;
        let name = rule_of(checked, &unchecked.code).map_or("", |rule| rule.name.in_lang(lang));
        let columns = [
            "",
            "",
            name,
            "",
            "",
            "",
            "",
            &unchecked.reason,
            "",
            &unchecked.code,
            "",
        ]
        .map(short);
        for (column, text) in (2u16..).zip(&columns) {
            sheet.write_string_with_format(row, column, text, &look.text)?;
        }
        fit(sheet, row, &columns, &WIDTHS[2..])?;
        row += 1;
    }
    if row > HEAD_ROW + 1 {
        sheet.autofilter(HEAD_ROW, 0, row - 1, 12)?;
    }
    changed(sheet, look, sources, row + 1)?;
    page(sheet, HEAD_ROW, &WIDTHS)
}

/// What is left to do about a finding.
fn todo<'a>(sources: &Sources<'a>, finding: &'a Finding) -> &'a str {
    let settled = sources
        .changes
        .iter()
        .find(|change| Some(change.cell) == finding.cell && change.code == finding.code);
    match settled {
        Some(change) if change.before.is_none() => sources
            .lang
            .pick("已填好，请核对。", "Filled in; please check."),
        Some(_) => sources
            .lang
            .pick("已改正，请核对。", "Set right; please check."),
        None => finding.todo.as_deref().unwrap_or_default(),
    }
}

/// The cells that were filled or set right, before and after.
fn changed(
    sheet: &mut Worksheet,
    look: &Look,
    sources: &Sources<'_>,
    first: u32,
) -> Result<(), XlsxError> {
    let lang = sources.lang;
    if sources.changes.is_empty() {
        return Ok(());
    }
    let title = lang.pick(
        "已填写、已改动的单元格",
        "Cells that were filled or changed",
    );
    sheet.write_string_with_format(first, 0, title, &look.title)?;
    let heads = match lang {
        Lang::Zh => [
            "序号", "", "", "位置", "项目", "改前", "改后", "", "公式", "", "", "编号",
        ],
        Lang::En => [
            "No.",
            "",
            "",
            "Cell",
            "Row and column",
            "Before",
            "After",
            "",
            "Formula",
            "",
            "",
            "Code",
        ],
    };
    for (column, text) in (0u16..).zip(heads) {
        sheet.write_string_with_format(first + 1, column, text, &look.head)?;
    }
    for (index, change) in sources.changes.iter().enumerate() {
        let row = first + 2 + u32::try_from(index).unwrap_or(0);
        sheet.write_number_with_format(row, 0, count(index + 1), &look.centred)?;
        let what = match change.before {
            Some(_) => lang.pick("改动", "changed"),
            None => lang.pick("填写", "filled"),
        };
        sheet.write_string_with_format(row, 1, what, look.of(Colour::Changed))?;
        sheet.write_string_with_format(row, 2, "", &look.text)?;
        place(sheet, look, sources, (row, 3), Some(change.cell))?;
        let formula = match &change.written {
            // As text: it is shown, not computed.
            Written::Number {
                formula: Some(formula),
                ..
            } => format!("={formula}"),
            _ => String::new(),
        };
        let columns = [
            inner(&change.place),
            change.before.as_deref().unwrap_or_default(),
            &change.after,
            "",
            &formula,
            "",
            "",
            &change.code,
        ]
        .map(short);
        for (column, text) in (4u16..).zip(&columns) {
            sheet.write_string_with_format(row, column, text, &look.text)?;
        }
        fit(sheet, row, &columns, &WIDTHS[4..])?;
    }
    Ok(())
}

fn explanations(
    sheet: &mut Worksheet,
    look: &Look,
    sources: &Sources<'_>,
) -> Result<(), XlsxError> {
    let lang = sources.lang;
    sheet.write_string_with_format(0, 0, Added::Reasons.title(lang), &look.title)?;
    head(sheet, look, sources)?;
    let ask = lang.pick(
        "请在「说明」一栏写明原因，保存后再核对一次；数字不变时说明一直有效。",
        "Please give the reason in the column “Reason”, save, and check again; it holds while the figures stay the same.",
    );
    sheet.write_string_with_format(4, 0, ask, &look.plain)?;
    let heads = match lang {
        Lang::Zh => [
            "序号",
            "编号",
            "位置",
            "项目",
            "问题",
            "所涉数据",
            "说明（请填写）",
            "状态",
        ],
        Lang::En => [
            "No.",
            "Code",
            "Cell",
            "Row and column",
            "What is asked",
            "Figures",
            "Reason (please fill in)",
            "State",
        ],
    };
    for (column, text) in (0u16..).zip(heads) {
        sheet.write_string_with_format(HEAD_ROW, column, text, &look.head)?;
    }
    let asked = sources.checked.report.findings.iter().filter(|finding| {
        finding.outcome == Outcome::Mismatch && finding.severity == Severity::Explain
    });
    let mut row = HEAD_ROW + 1;
    for (index, finding) in asked.enumerate() {
        sheet.write_number_with_format(row, 0, count(index + 1), &look.centred)?;
        sheet.write_string_with_format(row, 1, &finding.code, &look.centred)?;
        place(sheet, look, sources, (row, 2), finding.cell)?;
        let figures = reasons::figures(finding, sources.names);
        let columns = [words_of(finding), says(finding), figures.as_str()].map(short);
        for (column, text) in (3u16..).zip(&columns) {
            sheet.write_string_with_format(row, column, text, &look.text)?;
        }
        // An old reason is shown, but has to be given anew.
        let (reason, state) = match &finding.reason {
            None => ("", lang.pick("请说明", "please explain").to_owned()),
            Some(reason) if reason.expired => {
                let lead = lang.pick("说明已过期，原说明：", "out of date; it was: ");
                ("", format!("{lead}{}", reason.text))
            }
            Some(reason) => (
                reason.text.as_str(),
                lang.pick("已说明", "explained").to_owned(),
            ),
        };
        // The unit's own text, which may have lines.
        let reason = cut(printable_lines(reason));
        sheet.write_string_with_format(row, 6, &reason, &look.input)?;
        let [item, problem, data] = columns;
        fit(
            sheet,
            row,
            &[item, problem, data, reason],
            &REASON_WIDTHS[3..],
        )?;
        sheet.write_string_with_format(row, 7, short(&state), &look.text)?;
        row += 1;
    }
    if row == HEAD_ROW + 1 {
        let none = lang.pick("没有须说明的事项。", "There is nothing to explain.");
        sheet.write_string_with_format(row, 0, none, &look.plain)?;
    }
    page(sheet, HEAD_ROW, &REASON_WIDTHS)
}

/// The address, as a link to the cell.
fn place(
    sheet: &mut Worksheet,
    look: &Look,
    sources: &Sources<'_>,
    (row, column): (u32, u16),
    cell: Option<CellRef>,
) -> Result<(), XlsxError> {
    let Some(cell) = cell else {
        sheet.write_string_with_format(row, column, "", &look.text)?;
        return Ok(());
    };
    let text = reasons::address(sources.names, cell);
    let name = sources.names.get(cell.sheet).map_or("", String::as_str);
    let target = format!("internal:'{}'!{}", name.replace('\'', "''"), cell.at);
    let fits = (row as usize) < MOST_LINKS && target.chars().count() < 2_000;
    if !fits {
        sheet.write_string_with_format(row, column, text, &look.text)?;
        return Ok(());
    }
    let url = Url::new(target).set_text(text);
    sheet.write_url_with_format(row, column, url, &look.link)?;
    Ok(())
}

fn annex_of<'a>(sources: &Sources<'a>, finding: &Finding) -> &'a str {
    let checked = sources.checked;
    let table = finding
        .table
        .and_then(|table| checked.filing.tables.get(table));
    table.map_or("", |table| checked.form.annexes[table.annex].name.as_str())
}

/// `附件2 H5「执行率」` → `执行率`.
fn inner(place: &str) -> &str {
    let from = place.find('「').map_or(0, |at| at + '「'.len_utf8());
    place[from..].trim_end_matches('」')
}

fn words_of(finding: &Finding) -> &str {
    inner(&finding.place)
}

fn rule_of<'a>(checked: &Checked<'a>, code: &str) -> Option<&'a Rule> {
    checked.form.rules.iter().find(|rule| rule.code == code)
}

#[allow(clippy::cast_precision_loss, reason = "a row number")]
fn count(number: usize) -> f64 {
    number as f64
}
