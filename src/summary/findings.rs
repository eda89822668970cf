//! 问题明细: every finding, one a row.

use std::collections::HashMap;

use rust_xlsxwriter::Workbook;

use super::style::Tone;
use super::table::{Cell, Column, FIRST, MOST_ROWS, Plan};
use super::{Sources, SummaryError};
use crate::batch::store::FindingRow;
use crate::report::json::{Finding, Level, OutcomeWord};
use crate::report::printable;

/// Where findings stand, as they are counted off unit by unit.
#[derive(Debug, Default)]
pub(super) struct Rows {
    before: u32,
}

impl Rows {
    /// Number of the sheet, from 0, and row of the first of so many findings; none where there are
    /// none.
    pub(super) fn next(&mut self, found: u32) -> Option<(u32, u32)> {
        let first = self.before;
        self.before = self.before.saturating_add(found);
        (found > 0).then_some((first / MOST_ROWS, FIRST + first % MOST_ROWS))
    }
}

/// The name of the first sheet of findings.
pub(super) fn name(sources: &Sources<'_>) -> &'static str {
    sources.options.lang.pick("问题明细", "Findings")
}

/// Writes the sheet; how many findings there are.
pub(super) fn write(sources: &Sources<'_>, book: &mut Workbook) -> Result<u32, SummaryError> {
    let names = rule_names(sources);
    let name = name(sources);
    let mut plan =
        Plan::new(sources.options.lang, name, name, columns(sources)).with_lines(Some(2));
    // No column has a total: how many rows there are is all that counts.
    sources.store.each_finding(|_| {
        plan.count(&[]);
        Ok::<_, SummaryError>(())
    })?;
    let rows = plan.rows();
    let mut pages = plan.open(book)?;
    sources.store.each_finding(|row| {
        pages.put(&line(sources, &names, &row))?;
        Ok::<_, SummaryError>(())
    })?;
    pages.finish(book);
    Ok(rows)
}

/// The names of all rules, by code.
pub(super) fn rule_names<'a>(sources: &Sources<'a>) -> HashMap<&'a str, &'a str> {
    let lang = sources.options.lang;
    let mut names = HashMap::new();
    for form in &sources.catalog.forms {
        for rule in &form.rules {
            names
                .entry(rule.code.as_str())
                .or_insert_with(|| rule.name.in_lang(lang));
        }
    }
    for rule in &sources.catalog.across.rules {
        names.insert(&rule.code, rule.name.in_lang(lang));
    }
    names
}

fn columns(sources: &Sources<'_>) -> Vec<Column> {
    let text = |zh: &str, en: &str, width: f64| Column::text(sources.say(zh, en), width);
    vec![
        text("单位", "Unit", 22.0),
        text("主管部门", "Department", 14.0),
        text("级别", "Level", 11.0),
        text("编号", "Code", 8.0),
        text("检查", "Check", 20.0),
        text("工作表", "Sheet", 12.0),
        text("单元格", "Cell", 7.0),
        text("填报数", "Found", 12.0),
        text("应为", "Expected", 12.0),
        text("差额", "Difference", 10.0),
        text("问题", "Finding", 70.0),
        text("怎么办", "What to do", 26.0),
        text("单位的说明", "Reason given", 14.0),
        text("文件", "File", 30.0),
    ]
}

fn line(sources: &Sources<'_>, names: &HashMap<&str, &str>, row: &FindingRow) -> Vec<Cell> {
    let finding = &row.finding;
    let (words, tone) = level(sources, finding);
    let (words, tone, plain) = match row.counted {
        true => (words.to_owned(), tone, Tone::Plain),
        // A later file of the unit has taken its place.
        false => {
            let words = format!("{words}{}", sources.say("（未计入）", " (not counted)"));
            (words, Tone::Faint, Tone::Faint)
        }
    };
    // On one line: what is quoted shows no findings of its own.
    let text = |text: &str| Cell::Text(printable(text), plain);
    let maybe = |maybe: &Option<String>| match maybe {
        Some(words) => text(words),
        None => Cell::Blank,
    };
    let name = names
        .get(finding.code.as_str())
        .copied()
        .unwrap_or_default();
    vec![
        match (row.unit.as_str(), row.path.as_str()) {
            ("", "") => text(sources.say("（全体单位）", "(all units)")),
            (unit, _) => text(&sources.unit(unit)),
        },
        maybe(&row.department),
        Cell::Text(words, tone),
        text(&finding.code),
        text(name),
        maybe(&finding.sheet),
        maybe(&finding.cell),
        maybe(&finding.found),
        maybe(&finding.expected),
        maybe(&finding.difference),
        text(&finding.message),
        maybe(&finding.todo),
        match &finding.reason {
            Some(reason) => text(&reason.text),
            None => Cell::Blank,
        },
        text(&row.path),
    ]
}

fn level(sources: &Sources<'_>, finding: &Finding) -> (&'static str, Tone) {
    let explained = finding
        .reason
        .as_ref()
        .is_some_and(|reason| !reason.expired);
    let lang = sources.options.lang;
    match (finding.outcome, finding.severity) {
        (OutcomeWord::Rounding, _) => (lang.pick("尾差", "rounding"), Tone::Plain),
        (_, Level::Error) => (lang.pick("须改·不符", "wrong"), Tone::Wrong),
        (_, Level::Incomplete) => (lang.pick("须改·缺填", "missing"), Tone::Wrong),
        (_, Level::Explain) if explained => (lang.pick("已说明", "explained"), Tone::Fine),
        (_, Level::Explain) => (lang.pick("须说明", "to explain"), Tone::Explain),
        (_, Level::Hint) => (lang.pick("提示", "hint"), Tone::Plain),
    }
}
