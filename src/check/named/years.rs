//! Years of titles, heads and dates.

use std::collections::BTreeMap;

use crate::amount;
use crate::catalog::{Kind, Severity, Unit};
use crate::check::Run;
use crate::check::words::shortened;

use super::Check;
use super::structure::title_cell;

impl Check<'_, '_> {
    /// The year that most titles name; without titles, that of most heads.
    fn year(&self) -> Option<i32> {
        let filing = self.evidence.filing;
        let titles: Vec<i32> = filing
            .tables
            .iter()
            .filter_map(|table| table.year)
            .collect();
        let heads = || {
            let heads = filing.tables.iter().flat_map(|table| &table.years);
            heads
                .map(|head| head.year - head.offset)
                .collect::<Vec<_>>()
        };
        let years = if titles.is_empty() { heads() } else { titles };
        let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
        for year in years {
            *counts.entry(year).or_default() += 1;
        }
        // Among equals the form's own year, then the earlier.
        counts
            .into_iter()
            .max_by_key(|(year, count)| (*count, *year == self.evidence.form.year, -*year))
            .map(|(year, _)| year)
    }
}

/// GJ005: every year named against the year of the filing.
pub(super) fn years(check: &Check<'_, '_>, run: &mut Run) {
    let Some(year) = check.year() else { return };
    let form = check.evidence.form;
    for table in &check.evidence.filing.tables {
        if let Some(own) = table.year.filter(|own| *own != year) {
            let says = check.say(
                format!("标题年度是 {own} 年，其他表是 {year} 年。"),
                format!("the title says {own}, the other tables {year}."),
            );
            let mut finding = check.at(table, title_cell(table), "", &own.to_string(), says);
            finding.expected = Some(year.to_string());
            run.found(finding);
        }
        for head in &table.years {
            let wanted = year + head.offset;
            if head.year == wanted {
                continue;
            }
            let text = crate::label::words(&head.text);
            let says = check.say(
                format!("写的是 {} 年，应为 {wanted} 年。", head.year),
                format!("says {}, should be {wanted}.", head.year),
            );
            let mut finding = check.at(table, head.cell, &text, &text, says);
            finding.expected = Some(text.replace(&head.year.to_string(), &wanted.to_string()));
            run.found(finding);
        }
    }
    if let Some(own) = check.evidence.file_name.and_then(year_evaluated)
        && own != year
    {
        let says = check.say(
            format!("文件名写的是 {own} 年度，表里是 {year} 年度。"),
            format!("The file's name says {own}, its tables {year}."),
        );
        let mut finding = check.of_table(None, says);
        finding.severity = Severity::Hint;
        run.found(finding);
    }
    if year != form.year {
        let mut finding = check.of_table(
            None,
            check.say(
                format!(
                    "这份填报是 {year} 年度的，核对用的是 {} 年度的表样（{}）。",
                    form.year, form.name
                ),
                format!(
                    "The filing is for {year}; it was checked against the form of {} ({}).",
                    form.year, form.name
                ),
            ),
        );
        finding.severity = Severity::Hint;
        finding.todo = Some(check.say(
            "有该年度的表样时，请用 --form 指定。".to_owned(),
            "If there is a form for that year, name it with --form.".to_owned(),
        ));
        run.found(finding);
    }
}

/// The year of a file's name, where it is the one evaluated: 「2023年度」, but not 「2024年报送」.
fn year_evaluated(name: &str) -> Option<i32> {
    let normal = crate::label::normalise(name);
    let (before, _) = normal.split_once("年度")?;
    let digits = before.trim_end_matches(|c: char| !c.is_ascii_digit());
    if digits.len() != before.len() {
        return None;
    }
    let own = digits.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    own.parse()
        .ok()
        .filter(|year| own.len() == 4 && (1990..2100).contains(year))
}

/// GJ008: dates lie in the year after.
pub(super) fn filing_dates(check: &Check<'_, '_>, run: &mut Run) {
    let Some(year) = check.year() else { return };
    for table in &check.evidence.filing.tables {
        let annex = &check.evidence.form.annexes[table.annex];
        for block in annex.blocks.iter().filter(|block| block.kind == Kind::Line) {
            for (column, definition) in block.columns.iter().enumerate() {
                if definition.unit != Unit::Date {
                    continue;
                }
                let fact = &table.facts[block.slot(0, column)];
                let (Some(cell), Some(text)) = (fact.cell, fact.text()) else {
                    continue;
                };
                let words = &definition.label.words;
                match amount::read_date_text(text) {
                    Some((found, ..)) if found == year + 1 => {}
                    Some(_) => {
                        let says = check.say(
                            format!("填 {text}，一般应在 {} 年内。", year + 1),
                            format!("{text} is not in {}, the year after.", year + 1),
                        );
                        run.found(check.at(table, cell, words, text, says));
                    }
                    None => {
                        let quoted = shortened(text);
                        let says = check.say(
                            format!("「{quoted}」看不出年月日。"),
                            format!("“{quoted}” is no date."),
                        );
                        let mut finding = check.at(table, cell, words, text, says);
                        finding.todo = Some(check.say(
                            format!("请写成 {}年6月28日 的样子。", year + 1),
                            format!("Please write it like {}-06-28.", year + 1),
                        ));
                        run.found(finding);
                    }
                }
            }
        }
    }
}
