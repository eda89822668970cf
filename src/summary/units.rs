//! 单位一览: one row a unit that has handed something in.

use rust_decimal::Decimal;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::utility::column_number_to_name;

use super::style::{self, Tone};
use super::table::{Cell, Column, FIRST, Plan, Total, page_name};
use super::{Sources, SummaryError, findings, links};
use crate::batch::store::{SummaryTable, UnitRow, UnitStatus};
use crate::catalog::{Annex, Form, slot_path};
use crate::lang::Lang;
use crate::quote::inner;
use crate::report::json::Counts;
use crate::report::printable;

/// How many files that do not count a remark names.
const MOST_REPLACED: usize = 3;

/// What other sheets need to know of this one.
pub(super) struct Units {
    pub(super) name: String,
    pub(super) rows: u32,
    /// How many units have each status, and each verdict.
    pub(super) statuses: Vec<(UnitStatus, u32)>,
    pub(super) verdicts: [u32; 3],
    /// Findings, by [`COUNTS`], and files.
    pub(super) counted: [usize; 7],
    pub(super) checked: usize,
    /// Columns, for formulas.
    pub(super) status: u16,
    pub(super) verdict: u16,
    pub(super) counts: u16,
    pub(super) files: u16,
    pub(super) score: u16,
    pub(super) rate: u16,
    pub(super) scores: Vec<Decimal>,
    pub(super) rates: Vec<Decimal>,
}

impl Units {
    /// The cells of a column, as formulas on other sheets name them.
    pub(super) fn column(&self, column: u16) -> String {
        let letter = column_number_to_name(column);
        let last = FIRST + self.rows.max(1);
        format!("'{}'!${letter}${}:${letter}${last}", self.name, FIRST + 1)
    }
}

/// 须改·不符, 须改·缺填, 须说明, 已说明, 尾差, 提示, 未审.
pub(super) const COUNTS: [(&str, &str); 7] = [
    ("须改·不符", "Wrong"),
    ("须改·缺填", "Missing"),
    ("须说明", "To explain"),
    ("已说明", "Explained"),
    ("尾差", "Rounding"),
    ("提示", "Hints"),
    ("未审", "Unchecked"),
];

pub(super) fn status(status: UnitStatus) -> (&'static str, &'static str) {
    match status {
        UnitStatus::Reported => ("已报", "Reported"),
        UnitStatus::Twice => ("重报", "Twice"),
        UnitStatus::NotInRoster => ("名称不符", "Not in roster"),
        UnitStatus::Nameless => ("无法识别", "No name"),
        UnitStatus::Missing => ("未报", "Missing"),
    }
}

/// What is said of a unit; where checks were left out, none is ready.
pub(super) fn verdicts(sources: &Sources<'_>) -> [((&'static str, &'static str), Tone); 3] {
    [
        match sources.partial {
            false => (("可以报送", "Ready"), Tone::Fine),
            true => (("只核了一部分", "Checked in part"), Tone::Plain),
        },
        (("须说明", "To explain"), Tone::Explain),
        (("须修改", "To correct"), Tone::Wrong),
    ]
}

/// Where the key figures of units stand: by label, in the order of the forms.
struct Figures {
    labels: Vec<(String, &'static str)>,
    /// Form and annex of the tables that stand for units.
    tables: Vec<(String, String)>,
}

impl Figures {
    fn of(sources: &Sources<'_>) -> Result<Self, SummaryError> {
        let mut labels = Vec::new();
        let mut tables = Vec::new();
        for form in sources.store.forms()? {
            let Some(form) = sources.catalog.form(&form) else {
                continue;
            };
            let Some(annex) = summed(form) else { continue };
            tables.push((form.id.clone(), annex.id.clone()));
            for slot in &annex.summary.figures {
                let label = label(annex, *slot);
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        Ok(Self { labels, tables })
    }
}

/// The table that stands for a unit: that of the whole unit, else that of its projects.
fn summed(form: &Form) -> Option<&Annex> {
    let told = || {
        form.annexes
            .iter()
            .filter(|annex| annex.summary.score.is_some())
    };
    told().find(|annex| !annex.repeat).or_else(|| told().next())
}

fn label(annex: &Annex, slot: usize) -> (String, &'static str) {
    let column = crate::catalog::place_of_slot(annex, slot).2;
    (column.label.words.clone(), column.unit.sign())
}

pub(super) fn write(sources: &Sources<'_>, book: &mut Workbook) -> Result<Units, SummaryError> {
    let figures = Figures::of(sources)?;
    let columns = columns(sources, &figures);
    let at = |count: usize| u16::try_from(count).unwrap_or(0);
    let name = sources.say("单位一览", "Units").to_owned();
    let mut units = Units {
        name: name.clone(),
        rows: 0,
        statuses: UnitStatus::ALL.map(|status| (status, 0)).to_vec(),
        verdicts: [0; 3],
        counted: [0; 7],
        checked: 0,
        status: 2,
        verdict: 3,
        counts: 4,
        files: 4 + at(COUNTS.len()),
        score: 5 + at(COUNTS.len() + figures.labels.len()),
        rate: 6 + at(COUNTS.len() + figures.labels.len()),
        scores: Vec::new(),
        rates: Vec::new(),
    };
    let mut plan = Plan::new(sources.options.lang, &name, &name, columns);
    let mut row = findings::Rows::default();
    sources.store.each_unit(|unit| {
        for (status, count) in &mut units.statuses {
            *count += u32::from(*status == unit.status);
        }
        if unit.status != UnitStatus::Missing {
            let own = counts(&unit);
            units.verdicts[verdict(&own)] += 1;
            for (all, own) in units.counted.iter_mut().zip(in_order(&own)) {
                *all += own;
            }
            units.checked += unit.files.len();
            let cells = line(sources, &figures, &unit, &mut row)?;
            plan.count(&cells);
            if let Cell::Number(score, _) = cells[usize::from(units.score)] {
                units.scores.push(score);
            }
            if let Cell::Number(rate, _) = cells[usize::from(units.rate)] {
                units.rates.push(rate);
            }
        }
        Ok::<_, SummaryError>(())
    })?;
    units.rows = plan.rows();
    let mut pages = plan.open(book)?;
    let mut row = findings::Rows::default();
    sources.store.each_unit(|unit| {
        if unit.status != UnitStatus::Missing {
            pages.put(&line(sources, &figures, &unit, &mut row)?)?;
        }
        Ok::<_, SummaryError>(())
    })?;
    pages.finish(book);
    Ok(units)
}

fn columns(sources: &Sources<'_>, figures: &Figures) -> Vec<Column> {
    let mut columns = vec![
        Column::text(sources.say("单位", "Unit"), 26.0),
        Column::text(sources.say("主管部门", "Department"), 16.0),
        Column::text(sources.say("状态", "Status"), 9.0),
        Column::text(sources.say("结论", "Verdict"), 9.0),
    ];
    for (zh, en) in COUNTS {
        columns.push(Column::count(sources.say(zh, en), 7.0));
    }
    columns.push(Column::count(sources.say("份数", "Files"), 6.0));
    for (label, unit) in &figures.labels {
        columns.push(Column {
            format: style::of_unit(unit),
            total: Total::Sum,
            ..Column::text(&format!("{label}（{unit}）"), 13.0)
        });
    }
    columns.push(Column {
        format: "0.00",
        total: Total::Average,
        ..Column::text(sources.say("总分\n（平均）", "Score\n(average)"), 9.0)
    });
    columns.push(Column {
        format: style::PERCENT,
        total: Total::Average,
        ..Column::text(sources.say("执行率\n（平均）", "Spent\n(average)"), 10.0)
    });
    for (zh, en) in [
        ("报送文件", "File"),
        ("标好的", "Marked copy"),
        ("问题", "Findings"),
    ] {
        columns.push(Column::text(sources.say(zh, en), 8.0));
    }
    columns.push(Column::text(sources.say("备注", "Remark"), 36.0));
    columns
}

/// Findings of the files that count and those between submissions.
fn counts(unit: &UnitRow) -> Counts {
    let mut all = unit.across;
    for file in unit.files.iter().filter(|file| file.counted) {
        let counts = &file.counts;
        all.error += counts.error;
        all.incomplete += counts.incomplete;
        all.explain += counts.explain;
        all.explained += counts.explained;
        all.hint += counts.hint;
        all.rounding += counts.rounding;
        all.unchecked += counts.unchecked;
    }
    all
}

/// In the order of [`COUNTS`].
const fn in_order(counts: &Counts) -> [usize; 7] {
    [
        counts.error,
        counts.incomplete,
        counts.explain,
        counts.explained,
        counts.rounding,
        counts.hint,
        counts.unchecked,
    ]
}

/// Index into [`verdicts`].
fn verdict(counts: &Counts) -> usize {
    match (counts.error + counts.incomplete, counts.explain) {
        (0, 0) => 0,
        (0, _) => 1,
        _ => 2,
    }
}

fn line(
    sources: &Sources<'_>,
    figures: &Figures,
    unit: &UnitRow,
    row: &mut findings::Rows,
) -> Result<Vec<Cell>, SummaryError> {
    let counts = counts(unit);
    let ((zh, en), tone) = verdicts(sources)[verdict(&counts)];
    let (status_zh, status_en) = status(unit.status);
    let status_tone = match unit.status {
        UnitStatus::Reported => Tone::Plain,
        _ => Tone::Explain,
    };
    let mut cells = vec![
        // On one line, as in all other sheets: a name shows no rows of its own.
        Cell::text(printable(&sources.unit(&unit.name))),
        Cell::text(printable(unit.department.as_deref().unwrap_or_default())),
        Cell::Text(sources.say(status_zh, status_en).to_owned(), status_tone),
        Cell::Text(sources.say(zh, en).to_owned(), tone),
    ];
    let tones = [Tone::Wrong, Tone::Wrong, Tone::Explain];
    let tones = tones.into_iter().chain(std::iter::repeat(Tone::Plain));
    let numbers = in_order(&counts).into_iter().zip(tones);
    cells.extend(numbers.map(|(number, tone)| Cell::count(number, tone)));
    cells.push(Cell::count(unit.files.len(), Tone::Plain));
    let wanted = figures
        .tables
        .iter()
        .map(|(form, annex)| (&**form, &**annex));
    let wanted: Vec<(&str, &str)> = wanted.collect();
    let tables = sources.store.summary_tables(unit.id, &wanted)?;
    key_figures(sources, figures, &tables, &mut cells);
    cells.extend(file_links(sources, unit));
    let found = sources.store.findings_count(unit.id)?;
    let at = row.next(found);
    let words = sources.say("查看", "See");
    cells.push(match at {
        Some((sheet, row)) => {
            let name = page_name(findings::name(sources), sheet);
            Cell::Link(links::to_cell(&name, row, words), String::new())
        }
        None => Cell::Blank,
    });
    cells.push(Cell::text(remark(sources, unit)));
    Ok(cells)
}

/// The key figures, then score and rate; the mean where a unit has several tables of projects.
fn key_figures(
    sources: &Sources<'_>,
    figures: &Figures,
    tables: &[SummaryTable],
    cells: &mut Vec<Cell>,
) {
    let mut own: Vec<(&Annex, &SummaryTable)> = Vec::new();
    for table in tables {
        let form = sources.catalog.form(&table.form);
        if let Some(annex) = form
            .and_then(summed)
            .filter(|annex| annex.id == table.annex)
        {
            own.push((annex, table));
        }
    }
    for wanted in &figures.labels {
        let values = own.iter().filter_map(|(annex, table)| {
            let mut slots = annex.summary.figures.iter();
            let slot = slots.find(|slot| label(annex, **slot) == *wanted)?;
            let field = slot_path(annex, *slot);
            let fact = table
                .facts
                .iter()
                .find(|fact| fact.1 == 0 && fact.0 == field)?;
            fact.2.parse::<Decimal>().ok()
        });
        let values: Vec<Decimal> = values.collect();
        cells.push(match values.is_empty() {
            true => Cell::Blank,
            false => {
                let sum = values
                    .iter()
                    .fold(Decimal::ZERO, |a, b| a.saturating_add(*b));
                Cell::Number(sum, Tone::Plain)
            }
        });
    }
    let mean = |value: fn(&SummaryTable) -> Option<Decimal>, by: Decimal| {
        let values: Vec<Decimal> = own.iter().filter_map(|(_, table)| value(table)).collect();
        let count = Decimal::from(values.len());
        match values.is_empty() {
            true => Cell::Blank,
            false => {
                let sum = values
                    .iter()
                    .fold(Decimal::ZERO, |a, b| a.saturating_add(*b));
                Cell::Number(sum / count / by, Tone::Plain)
            }
        }
    };
    cells.push(mean(|table| table.score, Decimal::ONE));
    cells.push(mean(|table| table.rate, Decimal::ONE_HUNDRED));
}

fn file_links(sources: &Sources<'_>, unit: &UnitRow) -> [Cell; 2] {
    let open = sources.say("打开", "Open");
    let link = |path: Option<&str>| match path {
        Some(path) => {
            let link = links::to_file(&sources.options.folder, path, open);
            Cell::Link(link, printable(path))
        }
        None => Cell::Blank,
    };
    let first = unit.files.first();
    let marked = unit.files.iter().find_map(|file| file.marked.as_deref());
    [link(first.map(|file| file.opened.as_str())), link(marked)]
}

fn remark(sources: &Sources<'_>, unit: &UnitRow) -> String {
    let mut remarks = Vec::new();
    if let Some(nearest) = &unit.nearest {
        let lead = sources.say("名册里最像的是：", "Nearest in the roster: ");
        remarks.push(printable(&format!("{lead}{nearest}")));
    }
    let replaced = unit.files.iter().filter(|file| !file.counted);
    let quoted = |path| match sources.options.lang {
        Lang::Zh => format!("「{}」", inner(path)),
        Lang::En => format!("“{path}”"),
    };
    let replaced: Vec<String> = replaced.map(|file| quoted(&file.path)).collect();
    if !replaced.is_empty() {
        let (count, few) = (replaced.len(), replaced.len().min(MOST_REPLACED));
        let named = replaced[..few].join(sources.say("、", ", "));
        let remark = match (sources.options.lang, count > few) {
            (Lang::Zh, false) => format!("没有计入：{named}"),
            (Lang::Zh, true) => format!("没有计入 {count} 份：{named} 等"),
            (Lang::En, false) => format!("Not counted: {named}"),
            (Lang::En, true) => format!("{count} not counted: {named} and others"),
        };
        remarks.push(printable(&remark));
    }
    remarks.join("\n")
}
