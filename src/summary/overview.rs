//! 总览: the whole picture on one page, counted by formulas over the other sheets.

use rust_decimal::Decimal;
use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartFont, ChartFormat, ChartSolidFill, ChartType, FormatAlign, Formula,
    Worksheet, XlsxError,
};

use super::lists::{KIND, KINDS, Lists};
use super::rules::{CODE, Rules, UNITS};
use super::style::{self, Tone};
use super::table::{FIRST, shown};
use super::units::{self, COUNTS, Units, status};
use super::{Sources, SummaryError, data, findings, links};
use crate::batch::store::UnitStatus;

/// The sheets that are counted.
pub(super) struct Others {
    pub(super) units: Units,
    /// How many findings there are.
    pub(super) findings: u32,
    pub(super) rules: Rules,
    pub(super) lists: Lists,
    pub(super) data: Vec<data::Written>,
}

/// A step of a distribution: what holds of its numbers, and its words.
type Step = (&'static [(Compare, Decimal)], (&'static str, &'static str));

#[derive(Debug, Clone, Copy)]
enum Compare {
    Below,
    AtMost,
    AtLeast,
    Above,
}

impl Compare {
    const fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Above => ">",
        }
    }

    fn holds(self, number: Decimal, limit: Decimal) -> bool {
        match self {
            Self::Below => number < limit,
            Self::AtMost => number <= limit,
            Self::AtLeast => number >= limit,
            Self::Above => number > limit,
        }
    }
}

const fn points(points: u32) -> Decimal {
    Decimal::from_parts(points, 0, 0, false, 0)
}

const fn percent(percent: u32) -> Decimal {
    Decimal::from_parts(percent, 0, 0, false, 2)
}

use Compare::{Above, AtLeast, AtMost, Below};

/// By the grades of the forms: 优 90–100 分, 良 80–90, 中 60–80, 差 below.
const SCORES: [Step; 6] = [
    (&[(Below, points(60))], ("60 分以下（差）", "below 60")),
    (
        &[(AtLeast, points(60)), (Below, points(80))],
        ("60–80 分（中）", "60–80"),
    ),
    (
        &[(AtLeast, points(80)), (Below, points(90))],
        ("80–90 分（良）", "80–90"),
    ),
    (
        &[(AtLeast, points(90)), (Below, points(95))],
        ("90–95 分（优）", "90–95"),
    ),
    (
        &[(AtLeast, points(95)), (Below, points(100))],
        ("95–100 分（优）", "95–100"),
    ),
    (&[(AtLeast, points(100))], ("满分", "100 and more")),
];

/// Of the budget of the whole year.
const RATES: [Step; 6] = [
    (&[(Below, percent(50))], ("50% 以下", "below 50%")),
    (
        &[(AtLeast, percent(50)), (Below, percent(80))],
        ("50%–80%", "50%–80%"),
    ),
    (
        &[(AtLeast, percent(80)), (Below, percent(90))],
        ("80%–90%", "80%–90%"),
    ),
    (
        &[(AtLeast, percent(90)), (Below, percent(95))],
        ("90%–95%", "90%–95%"),
    ),
    (
        &[(AtLeast, percent(95)), (AtMost, percent(100))],
        ("95%–100%", "95%–100%"),
    ),
    (&[(Above, percent(100))], ("超过 100%", "over 100%")),
];

/// Columns of the page: words and number, twice, and three of a kind.
const LEFT: u16 = 0;
const MIDDLE: u16 = 3;
const RIGHT: u16 = 6;
const WIDTHS: [f64; 9] = [18.0, 9.0, 2.0, 18.0, 9.0, 2.0, 13.0, 9.0, 40.0];

/// Pixels: height of a row; left edge and width of each chart, of the height of so many rows.
const ROW_PIXELS: u32 = 24;
const CHARTS: [(u32, u32); 3] = [(0, 290), (298, 290), (596, 289)];
const CHART_ROWS: u32 = 11;

pub(super) fn write(
    sources: &Sources<'_>,
    sheet: &mut Worksheet,
    others: &Others,
) -> Result<(), SummaryError> {
    let mut page = Page { sources, sheet };
    page.begin()?;
    let Others { units, lists, .. } = others;
    let top = 3;
    let reporting = reporting(units, lists, sources.options.roster);
    let left = page.block(
        top,
        LEFT,
        ("报送情况（单位）", "Reporting (units)"),
        &reporting,
    )?;
    let verdicts = verdicts(sources, units);
    let left = page.block(
        left + 1,
        LEFT,
        ("核对结论（单位）", "Verdicts (units)"),
        &verdicts,
    )?;
    let middle = page.block(top, MIDDLE, ("问题（条）", "Findings"), &counted(units))?;
    let files = files(units, lists);
    let middle = page.block(middle + 1, MIDDLE, ("文件（份）", "Files"), &files)?;
    let right = page.sheets(top, others)?;
    let below = left.max(middle).max(right) + 1;
    let charts = page.distributions(below, units)?;
    let rules = page.rules(below, &others.rules)?;
    page.charts(below, charts.max(rules) + 1, others)?;
    Ok(())
}

/// A line: words, a formula and its result.
struct Line {
    words: (String, String),
    formula: String,
    result: Decimal,
    tone: Tone,
}

impl Line {
    fn new(words: (&str, &str), formula: String, result: impl Into<Decimal>) -> Self {
        Self {
            words: (words.0.to_owned(), words.1.to_owned()),
            formula,
            result: result.into(),
            tone: Tone::Plain,
        }
    }

    fn toned(self, tone: Tone) -> Self {
        match self.result.is_zero() {
            true => self,
            false => Self { tone, ..self },
        }
    }
}

fn reporting(units: &Units, lists: &Lists, roster: bool) -> Vec<Line> {
    let area = units.column(units.status);
    let mut lines = Vec::new();
    for (status_of, number) in &units.statuses {
        let words = status(*status_of);
        let counted = word_count(&area, words);
        match status_of {
            UnitStatus::Missing if roster => {
                let area = sheet_column(&lists.missing, 0, lists.missing_rows);
                let counted = format!("COUNTA({area})");
                lines.push(Line::new(words, counted, *number).toned(Tone::Wrong));
            }
            // Only a roster tells.
            UnitStatus::Missing => {}
            UnitStatus::NotInRoster if !roster => {}
            UnitStatus::Reported => lines.push(Line::new(words, counted, *number)),
            _ => lines.push(Line::new(words, counted, *number).toned(Tone::Explain)),
        }
    }
    lines
}

/// Counts a word, in whichever language the sheet has it.
fn word_count(area: &str, (zh, en): (&str, &str)) -> String {
    format!("COUNTIF({area},\"{zh}\")+COUNTIF({area},\"{en}\")")
}

fn verdicts(sources: &Sources<'_>, units: &Units) -> Vec<Line> {
    let area = units.column(units.verdict);
    let lines = units::verdicts(sources).into_iter().zip(units.verdicts);
    let lines = lines.map(|((words, tone), number)| {
        Line::new(words, word_count(&area, words), number).toned(tone)
    });
    lines.collect()
}

fn counted(units: &Units) -> Vec<Line> {
    let tones = [Tone::Wrong, Tone::Wrong, Tone::Explain];
    let tones = tones.into_iter().chain(std::iter::repeat(Tone::Plain));
    let lines = (units.counts..).zip(COUNTS).zip(&units.counted).zip(tones);
    let lines = lines.map(|(((column, words), number), tone)| {
        Line::new(words, format!("SUM({})", units.column(column)), *number).toned(tone)
    });
    lines.collect()
}

fn files(units: &Units, lists: &Lists) -> Vec<Line> {
    let checked = format!("SUM({})", units.column(units.files));
    let mut lines = vec![Line::new(("已核对", "Checked"), checked, units.checked)];
    let area = sheet_column(&lists.unread, KIND, lists.unread_rows);
    for ((kind, zh, en), number) in KINDS.iter().zip(lists.kinds) {
        let tone = match *kind {
            "other" => Tone::Plain,
            _ => Tone::Wrong,
        };
        lines.push(Line::new((zh, en), word_count(&area, (zh, en)), number).toned(tone));
    }
    lines
}

/// The cells of a column of a sheet of rows.
fn sheet_column(sheet: &str, column: u16, rows: u32) -> String {
    let letter = column_number_to_name(column);
    format!(
        "'{sheet}'!${letter}${}:${letter}${}",
        FIRST + 1,
        FIRST + rows.max(1)
    )
}

struct Page<'a> {
    sources: &'a Sources<'a>,
    sheet: &'a mut Worksheet,
}

impl Page<'_> {
    fn say<'t>(&self, words: (&'t str, &'t str)) -> &'t str {
        self.sources.say(words.0, words.1)
    }

    fn begin(&mut self) -> Result<(), SummaryError> {
        for (column, width) in (0u16..).zip(WIDTHS) {
            self.sheet.set_column_width(column, width)?;
        }
        self.sheet.set_default_row_height_pixels(ROW_PIXELS);
        self.sheet.set_screen_gridlines(false);
        self.sheet.set_row_height(0, 34)?;
        style::print(self.sheet);
        self.sheet.set_print_fit_to_pages(1, 1);
        let title = self.say((
            "预算绩效自评核对汇总",
            "Summary of the budget-performance self-evaluations",
        ));
        self.sheet
            .write_string_with_format(0, 0, title, &style::title())?;
        let mut forms = Vec::new();
        for form in self.sources.store.forms()? {
            let form = self.sources.catalog.form(&form);
            forms.extend(form.map(|form| form.name.as_str()));
        }
        let note = self.say(("表样：", "Forms: ")).to_owned() + &forms.join(self.say(("、", ", ")));
        self.sheet
            .write_string_with_format(1, 0, &note, &style::note())?;
        let time = self.say(("核对时间：", "Checked at ")).to_owned() + &self.sources.options.time;
        self.sheet
            .write_string_with_format(1, 6, &time, &style::note())?;
        Ok(())
    }

    /// Heads of a block of some columns.
    fn heads(&mut self, row: u32, column: u16, heads: &[&str]) -> Result<(), XlsxError> {
        let format = style::head();
        for (column, head) in (column..).zip(heads) {
            self.sheet
                .write_string_with_format(row, column, *head, &format)?;
        }
        Ok(())
    }

    fn line(&mut self, row: u32, column: u16, line: &Line) -> Result<(), XlsxError> {
        let words = self.sources.say(&line.words.0, &line.words.1);
        let text = style::text(Tone::Plain);
        self.sheet
            .write_string_with_format(row, column, words, &text)?;
        let formula = Formula::new(&line.formula).set_result(shown(line.result));
        let format = style::number(style::COUNT, line.tone);
        self.sheet
            .write_formula_with_format(row, column + 1, formula, &format)?;
        Ok(())
    }

    /// A block of lines; the row after it.
    fn block(
        &mut self,
        row: u32,
        column: u16,
        head: (&str, &str),
        lines: &[Line],
    ) -> Result<u32, XlsxError> {
        let head = [self.say(head), self.say(("个数", "Number"))];
        self.heads(row, column, &head)?;
        let mut next = row + 1;
        for line in lines {
            self.line(next, column, line)?;
            next += 1;
        }
        Ok(next)
    }

    /// What each sheet holds, with links; the row after.
    fn sheets(&mut self, row: u32, others: &Others) -> Result<u32, SummaryError> {
        let heads = [("各页", "Sheets"), ("行数", "Rows"), ("内容", "Contents")];
        let heads = heads.map(|head| self.say(head));
        self.heads(row, RIGHT, &heads)?;
        let Others {
            units,
            findings,
            rules,
            lists,
            data,
        } = others;
        let found = findings::name(self.sources);
        let mut sheets = vec![
            (
                &*units.name,
                units.rows,
                self.say(("一行一个单位", "One row a unit")),
            ),
            (found, *findings, self.say(("每一处问题", "Every finding"))),
            (
                &rules.name,
                rules.rows,
                self.say(("每条规则的情况", "How each rule fared")),
            ),
            (
                &lists.missing,
                lists.missing_rows,
                self.say((
                    "名册里没有报送的单位",
                    "Units of the roster that have not reported",
                )),
            ),
            (
                &lists.unread,
                lists.unread_rows,
                self.say(("没有核对的文件和原因", "Files not checked, and why")),
            ),
        ];
        sheets.extend(
            data.iter()
                .map(|(name, title, rows)| (&**name, *rows, &**title)),
        );
        let [link, text] = [
            style::link().set_align(FormatAlign::Left),
            style::apart(style::text(Tone::Plain)),
        ];
        let number = style::number(style::COUNT, Tone::Plain);
        for (row, (name, rows, contents)) in (row + 1..).zip(&sheets) {
            if let Some(formula) = links::to_cell(name, 0, name) {
                self.sheet
                    .write_formula_with_format(row, RIGHT, formula, &link)?;
            }
            self.sheet
                .write_number_with_format(row, RIGHT + 1, *rows, &number)?;
            self.sheet
                .write_string_with_format(row, RIGHT + 2, *contents, &text)?;
        }
        Ok(row + 1 + rows_of(&sheets))
    }

    /// How scores and rates are spread; the row after.
    fn distributions(&mut self, row: u32, units: &Units) -> Result<u32, XlsxError> {
        let mut next = row;
        for (column, spread) in [LEFT, MIDDLE].into_iter().zip(spreads(units)) {
            next = self.block(row, column, spread.head, &spread.lines)?;
        }
        Ok(next)
    }

    /// The rules that most units broke; the row after.
    fn rules(&mut self, row: u32, rules: &Rules) -> Result<u32, XlsxError> {
        let heads = [
            ("编号", "Code"),
            ("单位", "Units"),
            ("单位最多的问题", "Broken by most units"),
        ];
        let heads = heads.map(|head| self.say(head));
        self.heads(row, RIGHT, &heads)?;
        let text = style::text(Tone::Plain);
        let number = style::number(style::COUNT, Tone::Plain);
        for (row, (code, name, units)) in (row + 1..).zip(&rules.top) {
            self.sheet
                .write_string_with_format(row, RIGHT, code, &text)?;
            // Looked up by the code beside it.
            let own = format!("{}{}", column_number_to_name(RIGHT), row + 1);
            let [units_of, codes] =
                [UNITS, CODE].map(|at| sheet_column(&rules.name, at, rules.rows));
            let formula = format!("INDEX({units_of},MATCH({own},{codes},0))");
            let formula = Formula::new(formula).set_result(units.to_string());
            self.sheet
                .write_formula_with_format(row, RIGHT + 1, formula, &number)?;
            let apart = style::apart(text.clone());
            self.sheet
                .write_string_with_format(row, RIGHT + 2, name, &apart)?;
        }
        Ok(row + 1 + rows_of(&rules.top))
    }

    /// Charts of the tables that begin at row `table`, side by side.
    fn charts(&mut self, table: u32, row: u32, others: &Others) -> Result<(), XlsxError> {
        let [scores, rates] = spreads(&others.units);
        let steps = [
            rows_of(&scores.lines),
            rows_of(&rates.lines),
            rows_of(&others.rules.top),
        ];
        let heads = [
            scores.head,
            rates.head,
            ("单位最多的问题", "Broken by most units"),
        ];
        let kinds = [ChartType::Column, ChartType::Column, ChartType::Bar];
        let name = self.sheet.name();
        for (index, column) in [LEFT, MIDDLE, RIGHT].into_iter().enumerate() {
            let (left, width) = CHARTS[index];
            // There may be no rule that was broken.
            let last = table + steps[index];
            if last == table {
                continue;
            }
            let mut chart = Chart::new(kinds[index]);
            chart
                .add_series()
                .set_categories((name.as_str(), table + 1, column, last, column))
                .set_values((name.as_str(), table + 1, column + 1, last, column + 1))
                .set_gap(60)
                .set_format(
                    ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(style::HEAD)),
                )
                .set_data_label(ChartDataLabel::new().show_value().set_font(&font(8.0)));
            chart.legend().set_hidden();
            chart
                .title()
                .set_name(self.say(heads[index]))
                .set_font(font(10.0).set_bold());
            chart.x_axis().set_font(&font(8.0));
            chart.y_axis().set_font(&font(8.0));
            // Lengths are told by their labels. The first rule stands on top.
            let lengths = match kinds[index] {
                ChartType::Bar => {
                    chart.y_axis().set_reverse();
                    chart.x_axis()
                }
                _ => chart.y_axis(),
            };
            lengths.set_hidden(true).set_major_gridlines(false);
            chart.set_width(width).set_height(ROW_PIXELS * CHART_ROWS);
            self.sheet
                .insert_chart_with_offset(row, 0, &chart, left, 0)?;
        }
        Ok(())
    }
}

fn font(size: f64) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(size);
    font
}

fn rows_of<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(0)
}

/// A distribution.
struct Spread {
    head: (&'static str, &'static str),
    lines: Vec<Line>,
}

fn spreads(units: &Units) -> [Spread; 2] {
    let of = |head, steps: &[Step], column, numbers: &[Decimal]| {
        let area = units.column(column);
        let lines = steps.iter().map(|(limits, words)| {
            let criteria = limits.iter().map(|(compare, limit)| {
                format!("{area},\"{}{}\"", compare.sign(), limit.normalize())
            });
            let criteria: Vec<String> = criteria.collect();
            let inside = numbers.iter().filter(|number| {
                limits
                    .iter()
                    .all(|(compare, limit)| compare.holds(**number, *limit))
            });
            Line::new(
                *words,
                format!("COUNTIFS({})", criteria.join(",")),
                inside.count(),
            )
        });
        Spread {
            head,
            lines: lines.collect(),
        }
    };
    [
        of(
            ("总分分布（单位）", "Scores (units)"),
            &SCORES,
            units.score,
            &units.scores,
        ),
        of(
            ("执行率分布（单位）", "Share spent (units)"),
            &RATES,
            units.rate,
            &units.rates,
        ),
    ]
}
