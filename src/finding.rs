//! What checking a filing yields: findings, and what could not be checked.

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::Decimal;

pub use crate::catalog::Severity;
use crate::filing::CellRef;
use crate::quote::shortened;

/// The result for one workbook.
#[derive(Debug, Default)]
pub struct Report {
    /// Findings, gravest first, then by place.
    pub findings: Vec<Finding>,
    /// Rules that could not be evaluated, with the reason.
    pub unchecked: Vec<Unchecked>,
    /// Rules that passed, as indices into the form's; a rule stands once for each table that it
    /// was applied to.
    pub passed: Vec<usize>,
    /// How many checks were left out because they were not asked for; a rule counts once for each
    /// table that it would have been applied to.
    pub left_out: usize,
}

/// Whether a figure is wrong, or only off by rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// 不符.
    Mismatch,
    /// 尾差.
    Rounding,
}

/// One thing that the filer or the reviewer should know.
#[derive(Debug, Clone)]
pub struct Finding {
    /// `GJ203`.
    pub code: String,
    /// How grave.
    pub severity: Severity,
    /// Wrong, or a rounding difference.
    pub outcome: Outcome,
    /// The cell; `None` where the finding is about a whole table or the workbook.
    pub cell: Option<CellRef>,
    /// `附2.资金[总额,执行率]`, for programs.
    pub field: Option<String>,
    /// Index into the filing's tables.
    pub table: Option<usize>,
    /// `附件2 H5「执行率」`.
    pub place: String,
    /// What stands there.
    pub found: Option<String>,
    /// What should stand there.
    pub expected: Option<String>,
    /// Found against expected, without sign.
    pub difference: Option<String>,
    /// The formula with its figures.
    pub working: Option<String>,
    /// What is wrong, in full: place, found, expected, working, likely cause.
    pub message: String,
    /// What to do.
    pub todo: Option<String>,
    /// Other cells concerned.
    pub related: Vec<Related>,
    /// A value that would put it right.
    pub suggestion: Option<Suggestion>,
    /// What follows from the same defect.
    pub follows: Vec<Follow>,
    /// The unit's reason, where it gave one in 审核说明.
    pub reason: Option<Reason>,
}

/// The longest text of a finding, and the longest that it quotes, in characters: what a cell holds
/// is told once, not in full in each finding.
const LONGEST: usize = 2_000;
const LONGEST_QUOTED: usize = 400;

/// A reason that the unit gave for a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In its own words.
    pub text: String,
    /// The figures have changed since.
    pub expired: bool,
}

impl Finding {
    /// Leaves out what is too long.
    pub(crate) fn shorten(&mut self) {
        let cut = |text: &mut String, longest| {
            if let Cow::Owned(short) = shortened(text, longest) {
                *text = short;
            }
        };
        cut(&mut self.place, LONGEST_QUOTED);
        for quoted in [&mut self.found, &mut self.expected].into_iter().flatten() {
            cut(quoted, LONGEST_QUOTED);
        }
        for text in [&mut self.working, &mut self.todo].into_iter().flatten() {
            cut(text, LONGEST);
        }
        cut(&mut self.message, LONGEST);
        for follow in &mut self.follows {
            cut(&mut follow.message, LONGEST);
        }
        for related in &mut self.related {
            if let Cow::Owned(short) = shortened(&related.value, LONGEST_QUOTED) {
                related.value = short.into();
            }
        }
    }

    /// The unit has explained it, and the figures are still the same.
    pub fn is_explained(&self) -> bool {
        self.reason.as_ref().is_some_and(|reason| !reason.expired)
    }
}

/// Another cell concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub cell: CellRef,
    /// Its field.
    pub field: Option<String>,
    /// What it shows.
    pub value: Arc<str>,
}

/// A value that would put a finding right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Where it belongs.
    pub cell: CellRef,
    /// As it would be typed: in 元 where the table is.
    pub value: String,
    /// The same as a number: in 万元, percent points, 分.
    pub number: Decimal,
    /// The formula that gives it, without `=`, percents as ratios, not rounded; where the cells
    /// that it is computed from hold plain numbers.
    pub formula: Option<String>,
    /// How sure it is.
    pub kind: SuggestionKind,
}

/// How sure a suggestion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionKind {
    /// A rate or a score, which depends on other cells only.
    Computed,
    /// A sum: the parts may be what is wrong.
    Sum,
}

/// A finding that follows from another one.
#[derive(Debug, Clone)]
pub struct Follow {
    /// Its code.
    pub code: String,
    /// Its severity, had it stood alone.
    pub severity: Severity,
    /// Its cell.
    pub cell: Option<CellRef>,
    /// What it says.
    pub message: String,
}

/// A rule that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// Its code.
    pub code: String,
    /// Why.
    pub reason: String,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// 逻辑性.
    pub error: usize,
    /// 完整性.
    pub incomplete: usize,
    /// 核实性, not yet explained.
    pub explain: usize,
    /// 核实性, explained by the unit.
    pub explained: usize,
    /// 提示.
    pub hint: usize,
    /// 尾差.
    pub rounding: usize,
    /// Rules passed.
    pub passed: usize,
    /// Rules not checked.
    pub unchecked: usize,
    /// Checks that were not asked for.
    pub left_out: usize,
}

impl Report {
    /// The counts.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            passed: self.passed.len(),
            unchecked: self.unchecked.len(),
            left_out: self.left_out,
            ..Counts::default()
        };
        for finding in &self.findings {
            let count = match (finding.outcome, finding.severity) {
                (Outcome::Rounding, _) => &mut counts.rounding,
                (_, Severity::Error) => &mut counts.error,
                (_, Severity::Incomplete) => &mut counts.incomplete,
                (_, Severity::Explain) if finding.is_explained() => &mut counts.explained,
                (_, Severity::Explain) => &mut counts.explain,
                (_, Severity::Hint) => &mut counts.hint,
            };
            *count += 1;
        }
        counts
    }
}
