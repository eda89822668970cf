//! The machine-readable result, schema 1 (`docs/check-result.schema.json`).

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::catalog::Severity;
use crate::filing::CellRef;
use crate::finding::{self, Outcome, SuggestionKind};
use crate::lang::Lang;
use crate::report::is_direction;
use crate::review::{Checked, Review};

/// All files of a run.
#[derive(Debug, Serialize)]
struct Output<'a> {
    /// Version of this layout.
    schema: u32,
    /// Version of the program.
    gouji: &'static str,
    /// One element a file.
    files: &'a [File],
}

/// The results of a run as one text of several lines.
///
/// # Errors
/// Where the results cannot be written as JSON.
pub fn output(files: &[File]) -> serde_json::Result<String> {
    let output = Output {
        schema: 1,
        gouji: env!("CARGO_PKG_VERSION"),
        files,
    };
    serde_json::to_string_pretty(&output).map(|text| escaped(&text))
}

/// The result for one file on one line.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn line(file: &File) -> serde_json::Result<String> {
    serde_json::to_string(file).map(|text| escaped(&text))
}

/// JSON that a terminal can be shown. What it obeys, or what turns the direction of what is shown,
/// stands in the strings only, where JSON has an escape for it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && (c.is_control() || is_direction(c)) {
            let _ = write!(escaped, "\\u{:04X}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The result for one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// As the user gave it.
    pub path: String,
    /// What came of it.
    pub status: Status,
    /// Why it was not read.
    pub error: Option<Error>,
    /// Id of the form set.
    pub form: Option<String>,
    /// The year that is evaluated.
    pub year: Option<i32>,
    /// The unit as it fills the head of the table.
    pub unit_name: Option<String>,
    /// The tables that were found.
    pub annexes: Vec<Annex>,
    /// How many findings of each kind.
    pub counts: Counts,
    /// Gravest first.
    pub findings: Vec<Finding>,
    /// Rules that could not be applied.
    pub unchecked: Vec<Unchecked>,
}

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Tables of a form were found and checked.
    Checked,
    /// A workbook without a known table.
    Unrecognised,
    /// Not read.
    Unreadable,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Error {
    /// A word for programs: `encrypted`.
    pub kind: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Where a table stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Annex {
    /// `附件1`.
    pub annex: String,
    /// The sheet.
    pub sheet: String,
    /// `A1:G30`.
    pub range: String,
}

/// How many findings there are of each kind; see [`finding::Counts`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the result of checking")]
pub struct Counts {
    pub error: usize,
    pub incomplete: usize,
    pub explain: usize,
    pub explained: usize,
    pub hint: usize,
    pub rounding: usize,
    pub passed: usize,
    pub unchecked: usize,
}

/// One finding; see [`finding::Finding`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the result of checking")]
pub struct Finding {
    pub code: String,
    pub severity: Level,
    pub outcome: OutcomeWord,
    pub sheet: Option<String>,
    pub cell: Option<String>,
    pub field: Option<String>,
    pub found: Option<String>,
    pub expected: Option<String>,
    pub difference: Option<String>,
    pub working: Option<String>,
    pub message: String,
    pub todo: Option<String>,
    pub related: Vec<Related>,
    pub suggestion: Option<Suggestion>,
    pub follows: Vec<Follow>,
    pub reason: Option<Reason>,
    /// `附件2 H5「执行率」`; no part of the output, where it begins the message.
    #[serde(skip)]
    pub place: String,
}

/// How grave a finding is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "named as in the catalog")]
pub enum Level {
    Error,
    Incomplete,
    Explain,
    Hint,
}

/// Wrong, or a rounding difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "named as in the result of checking")]
pub enum OutcomeWord {
    Mismatch,
    Rounding,
}

/// A reason that the unit gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// In its own words.
    pub text: String,
    /// The figures have changed since.
    pub expired: bool,
}

/// Another cell concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the result of checking")]
pub struct Related {
    pub sheet: String,
    pub cell: String,
    pub field: Option<String>,
    pub value: String,
}

/// A value that would put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the result of checking")]
pub struct Suggestion {
    pub sheet: String,
    pub cell: String,
    pub value: String,
    /// `computed` or `sum`.
    pub kind: String,
}

/// A finding that follows from another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in the result of checking")]
pub struct Follow {
    pub code: String,
    pub severity: Level,
    pub sheet: Option<String>,
    pub cell: Option<String>,
    pub message: String,
}

/// A rule that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unchecked {
    /// Its code.
    pub code: String,
    /// Why.
    pub reason: String,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Incomplete => Self::Incomplete,
            Severity::Explain => Self::Explain,
            Severity::Hint => Self::Hint,
        }
    }
}

impl File {
    /// A file of which nothing is known but where it is.
    pub fn at(path: &str, status: Status) -> Self {
        Self {
            path: path.to_owned(),
            status,
            error: None,
            form: None,
            year: None,
            unit_name: None,
            annexes: Vec::new(),
            counts: Counts::default(),
            findings: Vec::new(),
            unchecked: Vec::new(),
        }
    }
}

/// The result for one file; `path` as the user gave it.
pub fn file(path: &str, review: &Review<'_>, lang: Lang) -> File {
    match review {
        Review::Checked(checked) => of_checked(checked, File::at(path, Status::Checked)),
        Review::Unrecognised(_) => File::at(path, Status::Unrecognised),
        Review::Unreadable(error) => File {
            error: Some(Error {
                kind: error.kind().to_owned(),
                message: error.message(lang),
            }),
            ..File::at(path, Status::Unreadable)
        },
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

fn finding(found: &finding::Finding, sheet: &impl Fn(CellRef) -> String) -> Finding {
    Finding {
        code: found.code.clone(),
        severity: found.severity.into(),
        outcome: match found.outcome {
            Outcome::Mismatch => OutcomeWord::Mismatch,
            Outcome::Rounding => OutcomeWord::Rounding,
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
            .map(|related| Related {
                sheet: sheet(related.cell),
                cell: related.cell.at.to_string(),
                field: related.field.clone(),
                value: related.value.to_string(),
            })
            .collect(),
        suggestion: found.suggestion.as_ref().map(|suggestion| Suggestion {
            sheet: sheet(suggestion.cell),
            cell: suggestion.cell.at.to_string(),
            value: suggestion.value.clone(),
            kind: match suggestion.kind {
                SuggestionKind::Computed => "computed",
                SuggestionKind::Sum => "sum",
            }
            .to_owned(),
        }),
        follows: found
            .follows
            .iter()
            .map(|follow| Follow {
                code: follow.code.clone(),
                severity: follow.severity.into(),
                sheet: follow.cell.map(sheet),
                cell: follow.cell.map(|cell| cell.at.to_string()),
                message: follow.message.clone(),
            })
            .collect(),
        reason: found.reason.as_ref().map(|reason| Reason {
            text: reason.text.clone(),
            expired: reason.expired,
        }),
        place: found.place.clone(),
    }
}
