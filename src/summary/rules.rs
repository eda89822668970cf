//! 规则统计: how each rule fared, one a row.

use rust_decimal::Decimal;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::utility::column_number_to_name;

use super::style::{self, Tone};
use super::table::{Cell, Column, FIRST, Plan, Total};
use super::units::Units;
use super::{Sources, SummaryError, findings};
use crate::batch::store::RuleRow;
use crate::catalog::AcrossCheck;

/// How many rules the first sheet shows.
const TOP: usize = 10;

/// Columns of the sheet that others refer to.
pub(super) const CODE: u16 = 0;
pub(super) const UNITS: u16 = 8;

/// What other sheets need to know of this one.
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) rows: u32,
    /// The rules that most units broke: code, name, units.
    pub(super) top: Vec<(String, String, usize)>,
}

pub(super) fn write(
    sources: &Sources<'_>,
    book: &mut Workbook,
    units: &Units,
) -> Result<Rules, SummaryError> {
    let name = sources.say("规则统计", "Rules");
    let names = findings::rule_names(sources);
    let mut rules = sources.store.rules()?;
    // Units that have not reported are none of those that are counted here.
    let absent = sources.catalog.across.rules.iter();
    let absent = absent.filter(|rule| rule.check == AcrossCheck::NotReported);
    let absent: Vec<&str> = absent.map(|rule| rule.code.as_str()).collect();
    let mut plan = Plan::new(sources.options.lang, name, name, columns(sources));
    let lines: Vec<Vec<Cell>> = rules
        .iter()
        .zip(FIRST..)
        .map(|(rule, row)| {
            let name = names.get(rule.code.as_str()).copied().unwrap_or_default();
            let counted = !absent.contains(&&*rule.code);
            line(rule, name, row, counted.then_some(units))
        })
        .collect();
    for line in &lines {
        plan.count(line);
    }
    let rows = plan.rows();
    let mut pages = plan.open(book)?;
    for line in &lines {
        pages.put(line)?;
    }
    pages.finish(book);
    rules.retain(|rule| rule.units > 0 && !absent.contains(&&*rule.code));
    rules.sort_by(|a, b| {
        let weight = |rule: &RuleRow| (rule.units, rule.wrong + rule.explain);
        weight(b).cmp(&weight(a)).then_with(|| a.code.cmp(&b.code))
    });
    let top = rules.into_iter().take(TOP).map(|rule| {
        let name = names.get(rule.code.as_str()).copied().unwrap_or_default();
        (rule.code, name.to_owned(), rule.units)
    });
    Ok(Rules {
        name: name.to_owned(),
        rows,
        top: top.collect(),
    })
}

fn columns(sources: &Sources<'_>) -> Vec<Column> {
    let count = |zh: &str, en: &str| Column::count(sources.say(zh, en), 10.0);
    vec![
        Column::text(sources.say("编号", "Code"), 10.0),
        Column::text(sources.say("检查", "Check"), 44.0),
        count("通过", "Passed"),
        count("尾差", "Rounding"),
        count("须改", "To correct"),
        count("须说明", "To explain"),
        count("提示", "Hints"),
        count("未审", "Unchecked"),
        Column {
            total: Total::None,
            ..count("涉及单位", "Units")
        },
        Column {
            format: style::PERCENT,
            ..Column::text(sources.say("占单位", "Of all units"), 10.0)
        },
    ]
}

fn line(rule: &RuleRow, name: &str, row: u32, units: Option<&Units>) -> Vec<Cell> {
    vec![
        Cell::text(&rule.code),
        Cell::text(name),
        Cell::count(rule.passed, Tone::Plain),
        Cell::count(rule.rounding, Tone::Plain),
        Cell::count(rule.wrong, Tone::Wrong),
        Cell::count(rule.explain, Tone::Explain),
        Cell::count(rule.hint, Tone::Plain),
        Cell::count(rule.unchecked, Tone::Plain),
        Cell::count(rule.units, Tone::Plain),
        match units.filter(|_| rule.units > 0) {
            None => Cell::Blank,
            Some(units) => {
                let share = Decimal::from(rule.units) / Decimal::from(units.rows.max(1));
                let own = column_number_to_name(UNITS);
                let all = units.column(0);
                Cell::Formula(format!("{own}{}/ROWS({all})", row + 1), share)
            }
        },
    ]
}
