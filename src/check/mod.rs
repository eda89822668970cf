//! Rules over a filing: the only room that makes findings. Pure: no files, no clock, no order
//! but that of the form.

mod cascade;
mod cause;
mod computed;
mod evaluate;
mod formula;
mod named;
mod rates;
mod tests_of;
mod tree;
mod value;
mod words;
mod working;

pub(crate) use named::{name_behind, own_label};
pub use rates::settle_rates;
pub(crate) use tests_of::annex_alone;
pub use words::field_words_of;
pub(crate) use words::with_years;
pub use working::formula_words;

use foldhash::{HashSet, HashSetExt};
use rust_decimal::Decimal;

use evaluate::Context;
use value::{Truth, Unknown};

use crate::catalog::{Action, Field, Form, NamedCheck, Rule, Scope, Severity};
use crate::filing::Filing;
use crate::finding::{Finding, Outcome, Report, Unchecked};
use crate::lang::Lang;
use crate::locate::Located;
use crate::workbook::Workbook;

/// What the checks of a workbook may look at.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The form.
    pub form: &'a Form,
    /// The facts.
    pub filing: &'a Filing,
    /// The cells, for checks of notation and of what is hidden.
    pub workbook: &'a Workbook,
    /// Where things were found, and what was not.
    pub located: &'a Located,
    /// The file's name without folder, where it has one.
    pub file_name: Option<&'a str>,
    /// Language of the findings.
    pub lang: Lang,
    /// Which rules apply.
    pub selection: &'a Selection,
    /// What was filed last year, where that is known.
    pub last_year: Option<&'a dyn LastYear>,
    /// The unit, as it fills the head of the table.
    pub unit: Option<&'a str>,
}

/// What units filed last year.
pub trait LastYear: std::fmt::Debug + Send + Sync {
    /// The figures of an annex of the unit in a year, by field as rules name it inside the annex
    /// (`经费[三公,决算]`); none where it filed nothing.
    fn figures(&self, unit: &str, year: i32, annex: &str) -> Vec<(String, Decimal)>;
}

/// Which rules apply, by code or by the beginning of codes.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these; all where empty.
    pub select: Vec<String>,
    /// But not these.
    pub ignore: Vec<String>,
}

impl Selection {
    /// Whether rules are left out.
    pub fn is_partial(&self) -> bool {
        !(self.select.is_empty() && self.ignore.is_empty())
    }

    /// Whether the rule of this code applies.
    pub fn takes(&self, code: &str) -> bool {
        let listed = |codes: &[String]| codes.iter().any(|known| code.starts_with(known.as_str()));
        (self.select.is_empty() || listed(&self.select)) && !listed(&self.ignore)
    }
}

/// What one rule yields, applied once.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) findings: Vec<Finding>,
    /// Something could be evaluated.
    checked: bool,
    /// The first reason why something could not.
    unknown: Option<Unknown>,
    /// A cell could not be read or was not found: the rule did not see all that it needs.
    incomplete: bool,
}

impl Run {
    pub(crate) fn passed(&mut self) {
        self.checked = true;
    }

    pub(crate) fn found(&mut self, finding: Finding) {
        self.checked = true;
        self.findings.push(finding);
    }

    pub(crate) fn not_known(&mut self, reason: Unknown) {
        let hard = matches!(
            reason,
            Unknown::Absent(_)
                | Unknown::Unreadable(_)
                | Unknown::UnreadableAt(_)
                | Unknown::TooLarge
                | Unknown::NoTable(_)
        );
        self.incomplete |= hard;
        if self.unknown.is_none() || hard {
            self.unknown = Some(reason);
        }
    }
}

/// Applies every rule of the form.
pub fn check(evidence: Evidence<'_>) -> Report {
    let mut report = Report::default();
    // What is still blank is one thing to say, not one for every rule.
    let says_blank = |rule: &Rule| {
        let named = |check| matches!(check, NamedCheck::BlankFiling | NamedCheck::TemplateVersion);
        matches!(&rule.action, Action::Check { check, .. } if named(*check))
    };
    let blank = evidence.filing.blank;
    // Without last year's filings there is nothing that could be compared with any filing.
    let lacks = |rule: &Rule| {
        let named = |check| matches!(check, NamedCheck::LastYear);
        evidence.last_year.is_none()
            && matches!(&rule.action, Action::Check { check, .. } if named(*check))
    };
    let applies = |rule: &Rule| !rule.off && (!blank || says_blank(rule)) && !lacks(rule);
    for (index, rule) in evidence.form.rules.iter().enumerate() {
        match (applies(rule), evidence.selection.takes(&rule.code)) {
            (true, true) => apply(evidence, index, rule, &mut report),
            (true, false) => report.left_out += times(evidence.filing, rule),
            (false, _) => {}
        }
    }
    cascade::collapse(evidence, &mut report);
    report.findings.iter_mut().for_each(Finding::shorten);
    report.findings.sort_by(|a, b| order(a).cmp(&order(b)));
    report.unchecked.dedup();
    report
}

/// How many times a rule is applied: once for each table of its annex.
fn times(filing: &Filing, rule: &Rule) -> usize {
    match rule.scope {
        Scope::Filing => 1,
        Scope::Annex(annex) => filing.tables_of(annex).count().max(1),
    }
}

/// Gravest first; then in the order of tables, cells and codes.
fn order(finding: &Finding) -> impl Ord + '_ {
    let place = finding.cell.map(|cell| (cell.sheet, cell.at));
    (
        finding.outcome,
        finding.severity,
        finding.table.is_none(),
        place,
        finding.code.as_str(),
    )
}

fn apply(evidence: Evidence<'_>, index: usize, rule: &Rule, report: &mut Report) {
    let Evidence {
        form, filing, lang, ..
    } = evidence;
    let whole = Context::of_filing(form, filing);
    let unchecked = |context: &Context<'_>, reason: &Unknown| Unchecked {
        code: rule.code.clone(),
        reason: words::reason(context, reason, lang),
    };
    let contexts: Vec<Context<'_>> = match rule.scope {
        Scope::Filing => vec![whole],
        Scope::Annex(annex) => filing
            .tables_of(annex)
            .map(|table| Context {
                table: Some(table),
                ..whole
            })
            .collect(),
    };
    if let (Scope::Annex(annex), true) = (rule.scope, contexts.is_empty()) {
        report
            .unchecked
            .push(unchecked(&whole, &Unknown::NoTable(annex)));
        return;
    }
    for context in contexts {
        if let Some((when, otherwise)) = &rule.when {
            match context.truth(when) {
                Truth::Holds | Truth::Rounding => {}
                Truth::Fails => {
                    let reason =
                        Unknown::NotApplicable(otherwise.in_lang(evidence.lang).to_owned());
                    report.unchecked.push(unchecked(&context, &reason));
                    continue;
                }
                Truth::Unknown(reason) => {
                    report.unchecked.push(unchecked(&context, &reason));
                    continue;
                }
            }
        }
        let mut run = Run::default();
        match &rule.action {
            Action::Tests(tests) => tests_of::run(evidence, &context, rule, tests, &mut run),
            Action::Tree { row } => tree::run(evidence, &context, rule, *row, &mut run),
            Action::Check {
                check,
                on,
                severity,
            } => {
                named::run(evidence, &context, rule, *check, *on, *severity, &mut run);
            }
        }
        let skipped = !run.checked || run.incomplete;
        match run.unknown {
            Some(reason) if skipped && run.findings.is_empty() => {
                report.unchecked.push(unchecked(&context, &reason));
            }
            _ if run.findings.is_empty() => report.passed.push(index),
            _ => {}
        }
        // One rule says one thing about one cell: the first that failed.
        let mut told = HashSet::new();
        run.findings
            .retain(|finding| finding.cell.is_none_or(|cell| told.insert(cell)));
        report.findings.append(&mut run.findings);
    }
}

/// A finding at a field, before what was found there is told.
pub(crate) fn at_field(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    severity: Severity,
    field: Option<Field>,
) -> Finding {
    let fact = field.and_then(|field| context.fact(field));
    let table = field
        .and_then(|field| context.table_of(field.annex()))
        .or(context.table);
    Finding {
        code: rule.code.clone(),
        severity,
        outcome: Outcome::Mismatch,
        cell: fact.and_then(|fact| fact.cell),
        field: field
            .filter(|_| fact.is_some())
            .map(|field| words::field_path(context, field)),
        table: table.and_then(|table| {
            evidence
                .filing
                .tables
                .iter()
                .position(|known| std::ptr::eq(known, table))
        }),
        place: match field {
            Some(field) if fact.is_some() => words::place_words(context, field),
            _ => table.map_or(String::new(), |table| words::table_name(context, table)),
        },
        found: None,
        expected: None,
        difference: None,
        working: None,
        message: String::new(),
        todo: None,
        related: Vec::new(),
        suggestion: None,
        follows: Vec::new(),
        reason: None,
    }
}
