//! What is found between submissions: GJ901–GJ908.

mod budgets;
mod departments;
mod repeats;

use rust_decimal::Decimal;

use super::store::{AcrossRow, Store, StoreError, TableRow, UnitStatus};
use crate::catalog::{AcrossCheck, AcrossRule, Catalog, Form, place_of_slot};
use crate::lang::Lang;
use crate::quote::inner;
use crate::report::json::Level;
use crate::roster::{self, Roster};

/// What rounding can make of one amount in 万元 with two decimals.
const ROUNDING: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// How many names one message lists.
const MOST_NAMES: usize = 5;

/// What the checks look at, and what they find.
struct Seen<'a> {
    store: &'a Store,
    catalog: &'a Catalog,
    /// Its units are the first of the database, in its order.
    roster: &'a [roster::Unit],
    lang: Lang,
    found: Vec<AcrossRow>,
}

/// All findings between submissions, by code, then by unit.
pub(super) fn findings(
    store: &Store,
    catalog: &Catalog,
    roster: Option<&Roster>,
    lang: Lang,
) -> Result<Vec<AcrossRow>, StoreError> {
    let mut seen = Seen {
        store,
        catalog,
        roster: roster.map_or(&[], |roster| &roster.units),
        lang,
        found: Vec::new(),
    };
    for rule in &catalog.across.rules {
        match rule.check {
            AcrossCheck::NotReported => seen.not_reported(rule)?,
            AcrossCheck::ReportedTwice => seen.reported_twice(rule)?,
            AcrossCheck::CopiedIndicators => seen.copied_indicators(rule)?,
            AcrossCheck::SameFile => seen.same_file(rule)?,
            AcrossCheck::ScoreDistribution => seen.score_distribution(rule)?,
            AcrossCheck::DepartmentTotal => seen.department_total(rule)?,
            AcrossCheck::ProjectNames => seen.project_names(rule)?,
            AcrossCheck::ApprovedBudget => seen.approved_budget(rule)?,
        }
    }
    Ok(seen.found)
}

impl Seen<'_> {
    fn say(&self, zh: String, en: String) -> String {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A finding about a unit as a whole.
    fn about(&self, rule: &AcrossRule, unit: i64, name: &str, message: String) -> AcrossRow {
        AcrossRow {
            code: rule.code.clone(),
            severity: Level::from(rule.severity),
            unit: Some(unit),
            file: None,
            at: None,
            place: name.to_owned(),
            found: None,
            expected: None,
            message,
            todo: None,
        }
    }

    fn not_reported(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        for (unit, name) in self.store.units_with(UnitStatus::Missing)? {
            let message = self.say(
                format!("「{}」在名册里，没有收到它的自评表。", inner(&name)),
                format!("{name} is in the roster; nothing has come from it."),
            );
            let todo = self.say("请催报。".to_owned(), "Please remind it.".to_owned());
            let found = self.about(rule, unit, &name, message);
            self.found.push(AcrossRow {
                todo: Some(todo),
                ..found
            });
        }
        Ok(())
    }

    fn score_distribution(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let across = &self.catalog.across;
        let (mut all, mut high, mut full) = (0u32, 0u32, 0u32);
        self.store.each_score(|(_, score)| {
            if let Ok(score) = score.parse::<Decimal>() {
                all += 1;
                high += u32::from(score >= across.high_score);
                full += u32::from(score >= across.full_score);
            }
            Ok::<_, StoreError>(())
        })?;
        if high == 0 {
            return Ok(());
        }
        let share = |part: u32| {
            let share = Decimal::from(part) * Decimal::ONE_HUNDRED / Decimal::from(all);
            crate::tolerance::round_half_away(share, 1)
        };
        let (line, top) = (across.high_score, across.full_score);
        let message = self.say(
            format!(
                "{all} 个单位有总分：{line} 分及以上的 {high} 个，占 {}%；{top} 分的 {full} 个，占 {}%。",
                share(high),
                share(full)
            ),
            format!(
                "{all} units have a total score: {high} of {line} or more, {}%; {full} of {top}, {}%.",
                share(high),
                share(full)
            ),
        );
        let all = self.say("全部单位".to_owned(), "All units".to_owned());
        let row = self.about(rule, 0, &all, message);
        self.found.push(AcrossRow { unit: None, ..row });
        Ok(())
    }

    /// Names in one message, the first few of many.
    fn list(&self, names: &[&str]) -> String {
        let shown: Vec<String> = names
            .iter()
            .take(MOST_NAMES)
            .map(|name| self.say(format!("「{}」", inner(name)), (*name).to_owned()))
            .collect();
        let list = shown.join(self.lang.pick("、", ", "));
        match names.len() > MOST_NAMES {
            true => self.say(format!("{list}等"), format!("{list} and others")),
            false => list,
        }
    }

    /// The unit of the roster to which a table belongs.
    fn listed(&self, table: &TableRow) -> Option<&roster::Unit> {
        self.roster
            .get(usize::try_from(table.unit_id).ok()?.checked_sub(1)?)
    }

    /// `附件2 年度资金总额 · 年初预算数`.
    fn place(&self, form: &Form, slot: Option<usize>, table: &TableRow) -> String {
        let annex = form.annexes.iter().find(|annex| annex.id == table.annex);
        let (Some(annex), Some(slot)) = (annex, slot) else {
            return String::new();
        };
        let (block, row, column) = place_of_slot(annex, slot);
        let row = block.rows.get(row).map(|row| row.label.words.as_str());
        let project = table.project.as_deref().filter(|_| annex.repeat);
        let words = [
            Some(annex.name.as_str()),
            project,
            row,
            Some(&column.label.words),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
