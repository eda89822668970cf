//! The sheet 自检: every live check with its figures and its verdict, and what only the program
//! checks.

use rust_xlsxwriter::{
    Color, ConditionalFormatFormula, Format, FormatAlign, FormatBorder, FormatUnderline, Formula,
    Url, Workbook, Worksheet, XlsxError,
};

use super::checks::{Live, Verdict};
use super::compare::{EXPLAIN, HINT, MISSING};
use super::compile::{Scope, UNKNOWN, quoted};
use super::plan::{Look, Plan};
use super::{Results, style, unread, write};
use crate::catalog::{Rule, Severity, Unit};
use crate::mark::Colour;
use crate::naming;
use crate::workbook::{Addr, Value};

/// The name on the tab.
pub(super) const TAB: &str = "自检";
/// The first row of checks, counted from 0.
const FIRST: u32 = 4;
/// Columns: code, name, place, figures, verdict; behind them hidden ones.
const HEADS: [(&str, f64); 5] = [
    ("编码", 8.0),
    ("检查内容", 30.0),
    ("位置", 36.0),
    ("核对情况", 66.0),
    ("结果", 9.0),
];
/// Two lines of text, in points: what formulas give may be longer than what is stored.
const ROW_HEIGHT: f64 = 27.0;
/// Hidden columns: the code of truth, rows that fail, that hold but for rounding, that hold, the
/// first that fails; then how much of each table is filled in and how much cannot be read, and
/// how much of what a check needs.
const CODE: u16 = 6;
const FAILS: u16 = 7;
const ROUNDING: u16 = 8;
const HOLDS: u16 = 9;
const FIRST_ROW: u16 = 10;
const PRESENT: u16 = 11;
const UNREAD: u16 = 12;
const NEEDED: u16 = 13;
/// Above them: the texts that are no figures and need none, how much cannot be read at all, and
/// how much is filled in.
const KNOWN_ROW: u32 = 0;
const ALL_ROW: u32 = 1;

/// Behind 未审.
const GREY: Color = Color::RGB(0x00D9_D9D9);

/// The code of a check that cannot be made: a cell that it needs cannot be read.
const NOT_CHECKED: u8 = 7;

/// What a verdict is called.
pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "不符",
        Severity::Incomplete => "缺填",
        Severity::Explain => "须说明",
        Severity::Hint => "提示",
    }
}

/// The colour of cells with a finding of this severity.
pub(super) fn colour(severity: Severity) -> Format {
    let [r, g, b] = Colour::of(severity).rgb().map(u32::from);
    Format::new().set_background_color(Color::RGB(r << 16 | g << 8 | b))
}

/// The codes of a check that colour its cells.
pub(super) fn codes(check: &Live) -> Vec<(u8, Severity)> {
    let mut codes = vec![(0, check.failing)];
    if check.tells_rounding {
        codes.extend([
            (HINT, Severity::Hint),
            (MISSING, Severity::Incomplete),
            (EXPLAIN, Severity::Explain),
        ]);
    }
    codes
}

/// The name of the cell that holds the code of check `number`: conditional formats of other
/// sheets may not name cells.
pub(super) fn name(number: usize) -> String {
    format!("{}check.{}", naming::PREFIX, number + 1)
}

fn cell(row: u32, col: u16) -> String {
    format!(
        "'{TAB}'!{}",
        super::compile::absolute(Addr::new(row, u32::from(col)))
    )
}

/// The cell that tells whether the table on sheet `index` is filled in.
pub(super) fn presence_cell(index: usize) -> String {
    let row = FIRST + u32::try_from(index).unwrap_or(0);
    cell(row, PRESENT)
}

/// The cell with the list of known texts, for formulas on 自检.
pub(super) fn known_cell() -> String {
    super::compile::absolute(Addr::new(KNOWN_ROW, u32::from(UNREAD)))
}

/// The cell that tells how many cells of the workbook cannot be read.
pub(super) fn unread_cell() -> String {
    super::compile::absolute(Addr::new(ALL_ROW, u32::from(UNREAD)))
}

/// The cell that tells how many cells of the workbook are filled in.
fn filled_cell() -> String {
    super::compile::absolute(Addr::new(ALL_ROW, u32::from(PRESENT)))
}

/// By annex: what tells whether one of its tables is filled in, where it may be left out.
pub(super) fn presence(plan: &Plan<'_>) -> Vec<Option<String>> {
    let annexes = plan.form.annexes.iter().enumerate();
    annexes
        .map(|(index, annex)| {
            let cells = plan.of_annex(index).map(|(sheet, _)| presence_cell(sheet));
            let cells: Vec<String> = cells.collect();
            (!annex.always && !cells.is_empty()).then(|| format!("({})", cells.join("+")))
        })
        .collect()
}

/// How many of its inputs a table holds; what the form prints and the signature do not count.
fn filled_in(plan: &Plan<'_>, index: usize) -> String {
    let sheet = &plan.sheets[index];
    let scope = Scope::of(plan, None);
    let counted = |cell: &&super::plan::Printed| {
        let in_list = sheet
            .lists
            .iter()
            .any(|list| (list.rows.0..=list.rows.1).contains(&cell.area.first.row));
        match cell.look {
            Look::Input(unit) | Look::ItemInput(unit) => in_list || unit != Unit::Score,
            _ => false,
        }
    };
    let counts: Vec<String> = unread::joined(sheet.cells.iter().filter(counted))
        .into_iter()
        .map(|area| {
            let cells = scope.rectangle(index, area);
            format!("SUMPRODUCT(1*{})", unread::unknown(&cells, &known_cell()))
        })
        .collect();
    if counts.is_empty() {
        "0".to_owned()
    } else {
        counts.join("+")
    }
}

struct Looks {
    title: Format,
    plain: Format,
    head: Format,
    text: Format,
    centred: Format,
    link: Format,
}

impl Looks {
    fn new() -> Self {
        let font = || style::text().set_font_name("宋体").set_font_size(10);
        let framed = || {
            font()
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(0x00BF_BFBF))
                .set_text_wrap()
        };
        Self {
            title: font().set_font_size(16).set_bold(),
            plain: font(),
            head: framed()
                .set_bold()
                .set_background_color(Color::RGB(0x00E7_E6E6))
                .set_align(FormatAlign::Center),
            text: framed(),
            centred: framed().set_align(FormatAlign::Center),
            link: framed()
                .set_font_color(Color::RGB(0x0005_63C1))
                .set_underline(FormatUnderline::Single),
        }
    }
}

/// Adds the sheet.
pub(super) fn add(
    book: &mut Workbook,
    plan: &Plan<'_>,
    checks: &[Live],
    others: &[&Rule],
    results: &Results,
) -> Result<(), XlsxError> {
    let looks = Looks::new();
    let index = plan.sheets.len();
    let result = |row: u32, col: u16| results.get(&(index, Addr::new(row, u32::from(col))));
    let sheet = book.add_worksheet();
    sheet.set_name(TAB)?;
    sheet.set_formula_result_default("");
    for (column, (_, width)) in (0u16..).zip(HEADS) {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_column_range_hidden(CODE, NEEDED)?;
    sheet.write_string_with_format(
        0,
        0,
        crate::reasons::Added::SelfCheck.title(crate::lang::Lang::Zh),
        &looks.title,
    )?;
    let last = FIRST + u32::try_from(checks.len()).unwrap_or(0);
    let summary = summary(last);
    sheet.write_formula_with_format(
        1,
        0,
        write::with_result(&summary, result(1, 0)),
        &looks.plain,
    )?;
    sheet.write_string_with_format(
        2,
        0,
        "边填边核：不符、缺填的请改正，须说明的请写明原因，尾差和提示可以不改，未审的（灰色）要等用到的格子改好。报送前再用勾稽程序核对一次。",
        &looks.plain,
    )?;
    for (column, (head, _)) in (0u16..).zip(HEADS) {
        sheet.write_string_with_format(FIRST - 1, column, head, &looks.head)?;
    }
    for (row, check) in (FIRST..).zip(checks) {
        sheet.set_row_height(row, ROW_HEIGHT)?;
        line(sheet, row, check, &looks, &result)?;
    }
    sheet.write_string(KNOWN_ROW, UNREAD, unread::known())?;
    let mut formula = |row: u32, col: u16, text: &str| {
        let formula = write::with_result(text, result(row, col));
        sheet.write_formula(row, col, formula).map(|_| ())
    };
    for col in [PRESENT, UNREAD] {
        let all = format!("SUM({})", of_sheets(plan.sheets.len(), col));
        formula(ALL_ROW, col, &all)?;
    }
    for (index, row) in (0..plan.sheets.len()).zip(FIRST..) {
        formula(row, PRESENT, &filled_in(plan, index))?;
        formula(row, UNREAD, &unread::count(plan, index))?;
    }
    colours(sheet, last)?;
    only_by_program(sheet, last + 1, others, &looks)?;
    sheet.set_freeze_panes(FIRST, 0)?;
    sheet.autofilter(FIRST - 1, 0, last.saturating_sub(1).max(FIRST), 4)?;
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_repeat_rows(FIRST - 1, FIRST - 1)?
        .set_footer("&C第 &P 页，共 &N 页");
    write::protect(sheet);
    for (number, row) in (0..checks.len()).zip(FIRST..) {
        book.define_name(name(number), &format!("={}", cell(row, CODE)))?;
    }
    Ok(())
}

/// How many there are of each, and whether it can be sent.
fn summary(last: u32) -> String {
    let area = format!("$E${}:$E${last}", FIRST + 1);
    let count = |word: &str| format!("COUNTIF({area},{})", quoted(word));
    let words = [
        "不符",
        "缺填",
        "须说明",
        "尾差",
        "提示",
        "未审",
        "通过",
        "未填",
    ];
    let parts: Vec<String> = words
        .iter()
        .map(|word| format!("{}&{}", quoted(&format!("{word} ")), count(word)))
        .collect();
    let to_correct = format!("{}+{}", count("不符"), count("缺填"));
    let explain = count("须说明");
    let not_checked = format!("{}+{}", count("未审"), unread_cell());
    let filled = filled_cell();
    format!(
        "IF({filled}=0,\"未填。\",IF({to_correct}>0,\"须改正 \"&({to_correct})&\" 处。\",\
         IF({not_checked}>0,\"有格子读不出数，还不能报送。\",IF({explain}>0,\
         \"可以报送，\"&{explain}&\" 处请写明原因。\",\"可以报送。\"))))&\"  \"&{}",
        parts.join("&\"，\"&")
    )
}

/// The cells of a column that tell something of each table.
fn of_sheets(tables: usize, col: u16) -> String {
    let last = FIRST + u32::try_from(tables.saturating_sub(1)).unwrap_or(0);
    let cell = |row: u32| super::compile::absolute(Addr::new(row, u32::from(col)));
    format!("{}:{}", cell(FIRST), cell(last))
}

fn line<'r>(
    sheet: &mut Worksheet,
    row: u32,
    check: &Live,
    looks: &Looks,
    result: &impl Fn(u32, u16) -> Option<&'r Value>,
) -> Result<(), XlsxError> {
    sheet.write_string_with_format(row, 0, &check.code, &looks.centred)?;
    sheet.write_string_with_format(row, 1, &check.name, &looks.text)?;
    match &check.link {
        Some(link) => {
            let url = Url::new(format!("internal:{link}")).set_text(&check.place);
            sheet.write_url_with_format(row, 2, url, &looks.link)?;
        }
        None => {
            sheet.write_string_with_format(row, 2, &check.place, &looks.text)?;
        }
    }
    let here = |col: u16| {
        let at = Addr::new(row, u32::from(col));
        super::compile::absolute(at)
    };
    let mut formula = |col: u16, text: &str, format: &Format| {
        let formula = write::with_result(text, result(row, col));
        sheet
            .write_formula_with_format(row, col, formula, format)
            .map(|_| ())
    };
    let rounding = if check.tells_rounding {
        "尾差"
    } else {
        "通过"
    };
    let words = format!(
        "IFERROR(CHOOSE({}+1,{},\"未填\",{},\"通过\",\"提示\",\"缺填\",\"须说明\",\"未审\"),\"未审\")",
        here(CODE),
        quoted(word(check.failing)),
        quoted(rounding)
    );
    formula(4, &words, &looks.centred)?;
    let figures = match (
        &check.verdict,
        &check.figures.always,
        &check.figures.failing,
    ) {
        (Verdict::Many { things, .. }, ..) => format!(
            "IF({0}>0,\"共 \"&{0}&\" {things}，第一处在第 \"&{1}&\" 行\",IF({2}+{3}>0,\"已核 \"&({2}+{3})&\" {things}\",\"\"))",
            here(FAILS),
            here(FIRST_ROW),
            here(ROUNDING),
            here(HOLDS)
        ),
        (_, always, Some(failing)) => {
            let always = always.clone().unwrap_or_else(|| "\"\"".to_owned());
            format!("IF({}=0,{failing},{always})", here(CODE))
        }
        (_, Some(always), None) => always.clone(),
        (_, None, None) => "\"\"".to_owned(),
    };
    // What is not filled in has no figures to show.
    let figures = format!(
        "IFERROR(IF({0}=1,\"\",IF({0}={NOT_CHECKED},{1},{figures})),{1})",
        here(CODE),
        quoted("用到的格子填的不是数，或是出错值，改好后再核")
    );
    formula(3, &figures, &looks.text)?;
    let code = match &check.verdict {
        Verdict::One(code) if check.unread.is_empty() => code.clone(),
        Verdict::One(code) => {
            // Most workbooks have nothing of the kind, and programs go on at once.
            let needed = format!("IF({}=0,0,{})", unread_cell(), check.unread);
            formula(NEEDED, &needed, &looks.plain)?;
            format!("IF({}>0,{NOT_CHECKED},{code})", here(NEEDED))
        }
        Verdict::Many { .. } => format!(
            "IF({}>0,0,IF({}>0,2,IF({}>0,3,{UNKNOWN})))",
            here(FAILS),
            here(ROUNDING),
            here(HOLDS)
        ),
    };
    // Before anything is filled in, nothing is missing: the program says no more either (GJ021).
    let code = format!("IF({}=0,{UNKNOWN},{code})", filled_cell());
    formula(CODE, &code, &looks.plain)?;
    if let Verdict::Many {
        fails,
        rounding,
        holds,
        first,
        ..
    } = &check.verdict
    {
        for (col, text) in [
            (FAILS, fails),
            (ROUNDING, rounding),
            (HOLDS, holds),
            (FIRST_ROW, first),
        ] {
            let value = match result(row, col) {
                Some(Value::Number(number)) => number.to_string(),
                _ => "0".to_owned(),
            };
            let formula = Formula::new(format!("={text}")).set_result(value);
            sheet.write_array_formula_with_format(row, col, row, col, formula, &looks.plain)?;
        }
    }
    Ok(())
}

/// Verdicts take the colours of their severities, 未审 a quiet one.
fn colours(sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
    if last <= FIRST {
        return Ok(());
    }
    let severities = [
        Severity::Error,
        Severity::Incomplete,
        Severity::Explain,
        Severity::Hint,
    ];
    let not_checked = Format::new().set_background_color(GREY);
    let looks = severities
        .map(|severity| (word(severity), colour(severity)))
        .into_iter()
        .chain([("未审", not_checked)]);
    for (word, look) in looks {
        let rule = format!("=$E{}={}", FIRST + 1, quoted(word));
        let format = ConditionalFormatFormula::new()
            .set_rule(rule.as_str())
            .set_format(look);
        sheet.add_conditional_format(FIRST, 4, last - 1, 4, &format)?;
    }
    Ok(())
}

fn only_by_program(
    sheet: &mut Worksheet,
    row: u32,
    others: &[&Rule],
    looks: &Looks,
) -> Result<(), XlsxError> {
    if others.is_empty() {
        return Ok(());
    }
    sheet.write_string_with_format(
        row,
        0,
        "以下检查表格自己做不了，由勾稽程序核对：",
        &looks.plain,
    )?;
    for (row, rule) in (row + 1..).zip(others) {
        sheet.write_string_with_format(row, 0, &rule.code, &looks.centred)?;
        sheet.write_string_with_format(row, 1, &rule.name.zh, &looks.text)?;
        sheet.merge_range(row, 2, row, 4, &rule.why.zh, &looks.text)?;
    }
    Ok(())
}
