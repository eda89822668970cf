//! The machine-readable result, schema 1 (`docs/check-result.schema.json`).

use serde::Serialize;

use crate::catalog::Severity;
use crate::filing::CellRef;
use crate::finding::{Finding, Outcome, SuggestionKind};
use crate::lang::Lang;
use crate::review::{Checked, Review};

/// All files of a run.
#[derive(Debug, Serialize)]
pub struct Output<'a> {
    /// Version of this layout.
    pub schema: u32,
    /// Version of the program.
    pub gouji: &'static str,
    /// One element a file.
    pub files: &'a [File],
}

/// The result for one file.
#[derive(Debug, Serialize)]
pub struct File {
    path: String,
    status: &'static str,
    error: Option<Error>,
    form: Option<String>,
    year: Option<i32>,
    unit_name: Option<String>,
    annexes: Vec<Annex>,
    counts: Counts,
    findings: Vec<JsonFinding>,
    unchecked: Vec<Unchecked>,
}

#[derive(Debug, Serialize)]
struct Error {
    kind: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct Annex {
    annex: String,
    sheet: String,
    range: String,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    error: usize,
    incomplete: usize,
    explain: usize,
    explained: usize,
    hint: usize,
    rounding: usize,
    passed: usize,
    unchecked: usize,
}

#[derive(Debug, Serialize)]
struct JsonFinding {
    code: String,
    severity: &'static str,
    outcome: &'static str,
    sheet: Option<String>,
    cell: Option<String>,
    field: Option<String>,
    found: Option<String>,
    expected: Option<String>,
    difference: Option<String>,
    working: Option<String>,
    message: String,
    todo: Option<String>,
    related: Vec<JsonRelated>,
    suggestion: Option<JsonSuggestion>,
    follows: Vec<JsonFollow>,
    reason: Option<JsonReason>,
}

#[derive(Debug, Serialize)]
struct JsonReason {
    text: String,
    expired: bool,
}

#[derive(Debug, Serialize)]
struct JsonRelated {
    sheet: String,
    cell: String,
    field: Option<String>,
    value: String,
}

#[derive(Debug, Serialize)]
struct JsonSuggestion {
    sheet: String,
    cell: String,
    value: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct JsonFollow {
    code: String,
    severity: &'static str,
    sheet: Option<String>,
    cell: Option<String>,
    message: String,
}

#[derive(Debug, Serialize)]
struct Unchecked {
    code: String,
    reason: String,
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Incomplete => "incomplete",
        Severity::Explain => "explain",
        Severity::Hint => "hint",
    }
}

/// The result for one file; `path` as the user gave it.
pub fn file(path: &str, review: &Review<'_>, lang: Lang) -> File {
    let empty = File {
        path: path.to_owned(),
        status: "checked",
        error: None,
        form: None,
        year: None,
        unit_name: None,
        annexes: Vec::new(),
        counts: Counts::default(),
        findings: Vec::new(),
        unchecked: Vec::new(),
    };
    match review {
        Review::Checked(checked) => of_checked(checked, empty),
        Review::Unrecognised(_) => File {
            status: "unrecognised",
            ..empty
        },
        Review::Unreadable(error) => {
            let error = Error {
                kind: error.kind(),
                message: error.message(lang),
            };
            File {
                status: "unreadable",
                error: Some(error),
                ..empty
            }
        }
    }
}

fn of_checked(checked: &Checked<'_>, empty: File) -> File {
    let sheet = |cell: CellRef| checked.filing.sheets[cell.sheet].clone();
    let counts = checked.report.counts();
    File {
        form: Some(checked.form.id.clone()),
        year: Some(checked.year()),
        unit_name: checked.unit_name().map(str::to_owned),
        annexes: checked
            .filing
            .tables
            .iter()
            .map(|table| Annex {
                annex: checked.form.annexes[table.annex].name.clone(),
                sheet: checked.filing.sheets[table.sheet].clone(),
                range: table.area.to_string(),
            })
            .collect(),
        counts: Counts {
            error: counts.error,
            incomplete: counts.incomplete,
            explain: counts.explain,
            explained: counts.explained,
            hint: counts.hint,
            rounding: counts.rounding,
            passed: counts.passed,
            unchecked: counts.unchecked,
        },
        findings: checked
            .report
            .findings
            .iter()
            .map(|found| finding(found, &sheet))
            .collect(),
        unchecked: checked
            .report
            .unchecked
            .iter()
            .map(|unchecked| Unchecked {
                code: unchecked.code.clone(),
                reason: unchecked.reason.clone(),
            })
            .collect(),
        ..empty
    }
}

fn finding(found: &Finding, sheet: &impl Fn(CellRef) -> String) -> JsonFinding {
    JsonFinding {
        code: found.code.clone(),
        severity: severity(found.severity),
        outcome: match found.outcome {
            Outcome::Mismatch => "mismatch",
            Outcome::Rounding => "rounding",
        },
        sheet: found.cell.map(sheet),
        cell: found.cell.map(|cell| cell.at.to_string()),
        field: found.field.clone(),
        found: found.found.clone(),
        expected: found.expected.clone(),
        difference: found.difference.clone(),
        working: found.working.clone(),
        message: found.message.clone(),
        todo: found.todo.clone(),
        related: found
            .related
            .iter()
            .map(|related| JsonRelated {
                sheet: sheet(related.cell),
                cell: related.cell.at.to_string(),
                field: related.field.clone(),
                value: related.value.to_string(),
            })
            .collect(),
        suggestion: found.suggestion.as_ref().map(|suggestion| JsonSuggestion {
            sheet: sheet(suggestion.cell),
            cell: suggestion.cell.at.to_string(),
            value: suggestion.value.clone(),
            kind: match suggestion.kind {
                SuggestionKind::Computed => "computed",
                SuggestionKind::Sum => "sum",
            },
        }),
        follows: found
            .follows
            .iter()
            .map(|follow| JsonFollow {
                code: follow.code.clone(),
                severity: severity(follow.severity),
                sheet: follow.cell.map(sheet),
                cell: follow.cell.map(|cell| cell.at.to_string()),
                message: follow.message.clone(),
            })
            .collect(),
        reason: found.reason.as_ref().map(|reason| JsonReason {
            text: reason.text.clone(),
            expired: reason.expired,
        }),
    }
}
