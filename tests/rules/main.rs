//! Every rule has cases in `fixtures/rules/<form id>/<code>.toml`: the smallest changes to a clean filing
//! that make it fire, and that just do not.
#![allow(clippy::unwrap_used, clippy::panic)]

mod case;
mod sets;
mod sheet;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use case::{Case, Cases, build, root};
use gouji::catalog::{Catalog, Severity};
use gouji::check::LastYear;
use gouji::finding::Outcome;
use gouji::review::{Checked, Options, Review, review_workbook};
use rust_decimal::Decimal;

/// Last year's figures of the one unit, by `附1.经费[三公,决算]`.
#[derive(Debug)]
struct Filed(BTreeMap<String, String>);

impl LastYear for Filed {
    fn figures(&self, _: &str, _: i32, annex: &str) -> Vec<(String, Decimal)> {
        let of_annex = |(path, value): (&String, &String)| {
            let field = path.strip_prefix(annex)?.strip_prefix('.')?;
            Some((field.to_owned(), value.parse().unwrap()))
        };
        self.0.iter().filter_map(of_annex).collect()
    }
}

fn checked<'a>(catalog: &'a Catalog, form: &str, case: &Case) -> Box<Checked<'a>> {
    let form = catalog.form(form).unwrap();
    let workbook = build(form, case);
    let last_year = (!case.last_year.is_empty())
        .then(|| -> Arc<dyn LastYear> { Arc::new(Filed(case.last_year.clone())) });
    let options = Options {
        last_year,
        ..Options::default()
    };
    match review_workbook(catalog, workbook, case.file.as_deref(), &options) {
        Review::Checked(checked) => {
            assert_eq!(checked.form.id, form.id, "{}", case.why);
            checked
        }
        other => panic!("{}: {other:?}", case.why),
    }
}

/// A finding, as far as cases ask for it.
#[derive(Debug)]
struct Found {
    field: String,
    cell: String,
    severity: Severity,
    rounding: bool,
    todo: String,
    message: String,
    working: Option<String>,
    difference: Option<String>,
}

/// The findings of a code, followers included.
fn found(checked: &Checked<'_>, code: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for finding in &checked.report.findings {
        let cell = |cell: Option<gouji::filing::CellRef>| {
            cell.map_or(String::new(), |cell| {
                format!("{}!{}", checked.filing.sheets[cell.sheet], cell.at)
            })
        };
        if finding.code == code {
            found.push(Found {
                field: finding.field.clone().unwrap_or_default(),
                cell: cell(finding.cell),
                severity: finding.severity,
                rounding: finding.outcome == Outcome::Rounding,
                todo: finding.todo.clone().unwrap_or_default(),
                message: finding.message.clone(),
                working: finding.working.clone(),
                difference: finding.difference.clone(),
            });
        }
        for follow in finding.follows.iter().filter(|follow| follow.code == code) {
            found.push(Found {
                field: String::new(),
                cell: cell(follow.cell),
                severity: follow.severity,
                rounding: false,
                todo: String::new(),
                message: follow.message.clone(),
                working: None,
                difference: None,
            });
        }
    }
    found
}

/// The case files: form id, code, cases.
fn case_files() -> Vec<(String, String, Cases)> {
    let listed = |folder: PathBuf| {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
    };
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut files = Vec::new();
    for folder in listed(root().join("fixtures/rules")) {
        if !folder.is_dir() {
            continue;
        }
        for path in listed(folder.clone()) {
            let text = fs::read_to_string(&path).unwrap();
            let cases =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.push((name(&folder), name(&path), cases));
        }
    }
    files
}

fn with_rule_on(catalog: &mut Catalog, code: &str) {
    for form in &mut catalog.forms {
        for rule in form.rules.iter_mut().filter(|rule| rule.code == code) {
            rule.off = false;
        }
    }
}

#[test]
fn the_clean_filing_has_no_finding() {
    let catalog = Catalog::embedded().unwrap();
    for form in &catalog.forms {
        let case: Case = toml::from_str("why = \"clean\"").unwrap();
        let checked = checked(&catalog, &form.id, &case);
        let messages: Vec<_> = checked
            .report
            .findings
            .iter()
            .map(|f| format!("{} {}", f.code, f.message))
            .collect();
        assert!(messages.is_empty(), "{}: {messages:#?}", form.id);
    }
}

#[test]
fn a_clean_filing_with_all_annexes_has_no_finding() {
    let catalog = Catalog::embedded().unwrap();
    let case: Case = toml::from_str(
        "why = \"with all annexes\"\nwith = [\"附4\", \"附5\", \"附6\"]\n[set]\n\"附2.收入[政府性基金]\" = \"10.00\"\n\"附2.收入[其他]\" = \"\"",
    )
    .unwrap();
    let checked = checked(&catalog, "yueyang-2023", &case);
    let messages: Vec<_> = checked
        .report
        .findings
        .iter()
        .filter(|finding| finding.code != "GJ606")
        .map(|f| format!("{} {}", f.code, f.message))
        .collect();
    assert!(messages.is_empty(), "{messages:#?}");
}

/// A rule over several tables is as many checks, whether it is asked for or not.
#[test]
fn what_is_left_out_is_counted_as_what_is_done() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let case: Case = toml::from_str("why = \"clean\"").unwrap();
    let counts = |ignore: &[&str]| {
        let mut options = Options::default();
        options.selection.ignore = ignore.iter().map(|code| (*code).to_owned()).collect();
        match review_workbook(&catalog, build(form, &case), None, &options) {
            Review::Checked(checked) => checked.report.counts(),
            other => panic!("{other:?}"),
        }
    };
    let whole = counts(&[]);
    assert_eq!(whole.left_out, 0);
    for ignore in [&["GJ351"][..], &["GJ305"], &["GJ1", "GJ209", "GJ4"]] {
        let part = counts(ignore);
        let all = part.passed + part.unchecked + part.left_out;
        assert_eq!(all, whole.passed + whole.unchecked, "{ignore:?}");
    }
}

#[test]
fn every_case_fires_or_does_not_as_it_says() {
    let mut wrong = Vec::new();
    for (form, code, cases) in case_files() {
        let mut catalog = Catalog::embedded().unwrap();
        if cases.fires.iter().chain(&cases.passes).any(|case| case.on) {
            with_rule_on(&mut catalog, &code);
        }
        for case in &cases.fires {
            let checked = checked(&catalog, &form, case);
            let found = found(&checked, &code);
            let fits = found.iter().any(|found| {
                let at = case.at.as_ref();
                let level = format!("{:?}", found.severity).to_lowercase();
                let has = |wanted: &Option<String>, found: &Option<String>| {
                    let found = found.as_deref().unwrap_or_default();
                    wanted.as_ref().is_none_or(|wanted| found.contains(wanted))
                };
                at.is_none_or(|at| *at == found.field || *at == found.cell)
                    && found.rounding == case.rounding
                    && (!found.rounding || found.todo.contains("可以不改"))
                    && case.severity.as_ref().is_none_or(|wanted| *wanted == level)
                    && case
                        .says
                        .as_ref()
                        .is_none_or(|says| found.message.contains(says))
                    && has(&case.working, &found.working)
                    && has(&case.difference, &found.difference)
            });
            if !fits {
                wrong.push(format!(
                    "{form} {code} should fire: {} — found {found:?}",
                    case.why
                ));
            }
        }
        for case in &cases.passes {
            let checked = checked(&catalog, &form, case);
            let found = found(&checked, &code);
            if !found.is_empty() {
                wrong.push(format!(
                    "{form} {code} should not fire: {} — found {found:?}",
                    case.why
                ));
            }
            let unchecked = checked.report.unchecked.iter();
            let reasons: Vec<&str> = unchecked
                .filter(|unchecked| unchecked.code == code)
                .map(|unchecked| unchecked.reason.as_str())
                .collect();
            let wanted = case.unchecked.as_deref();
            if wanted.is_some_and(|wanted| !reasons.contains(&wanted)) {
                wrong.push(format!(
                    "{form} {code} should be 未审: {} — {reasons:?}",
                    case.why
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_cases_that_fire_and_that_do_not() {
    let catalog = Catalog::embedded().unwrap();
    let files = case_files();
    let mut lacking = Vec::new();
    for form in &catalog.forms {
        for rule in &form.rules {
            let mut files = files.iter();
            match files.find(|(id, code, _)| *id == form.id && *code == rule.code) {
                Some((_, _, cases)) if !cases.fires.is_empty() && !cases.passes.is_empty() => {}
                _ => lacking.push((&form.id, &rule.code)),
            }
        }
    }
    lacking.dedup();
    assert!(lacking.is_empty(), "{lacking:?}");
}
