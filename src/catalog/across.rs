//! What is checked between submissions: the same for every form set.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::rule::{Severity, Words};
use super::source::LevelSource;
use super::{CatalogError, Text};

/// The file, at the top of the form sets.
pub(super) const FILE: &str = "across.toml";

/// The rules between submissions, with their thresholds.
#[derive(Debug)]
pub struct Across {
    /// In the order of their codes.
    pub rules: Vec<AcrossRule>,
    /// 分 from which a score counts as high.
    pub high_score: Decimal,
    /// 分 that are full marks.
    pub full_score: Decimal,
}

/// One rule between submissions.
#[derive(Debug)]
pub struct AcrossRule {
    /// `GJ902`.
    pub code: String,
    /// What is looked for.
    pub check: AcrossCheck,
    /// Severity of its findings.
    pub severity: Severity,
    /// Short name.
    pub name: Words,
    /// Reason.
    pub why: Words,
    /// What it rests on.
    pub basis: Words,
}

/// What a rule between submissions looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcrossCheck {
    /// A unit of the roster without a file.
    NotReported,
    /// One annex of a unit in several files.
    ReportedTwice,
    /// Two units with the same indicators.
    CopiedIndicators,
    /// One content under two names.
    SameFile,
    /// How many scores are high.
    ScoreDistribution,
    /// A department's own figures against the sum of its units.
    DepartmentTotal,
    /// Two projects of a unit with one name.
    ProjectNames,
    /// The initial budget against the approved one.
    ApprovedBudget,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    #[serde(rename = "schema")]
    _schema: u32,
    parameters: ParameterSource,
    rule: Vec<RuleSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterSource {
    high_score: String,
    full_score: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleSource {
    code: String,
    check: AcrossCheck,
    level: LevelSource,
    name: WordsSource,
    why: WordsSource,
    basis: WordsSource,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsSource {
    zh: String,
    en: String,
}

impl From<WordsSource> for Words {
    fn from(source: WordsSource) -> Self {
        Self {
            zh: source.zh,
            en: Some(source.en),
        }
    }
}

impl Across {
    pub(super) fn parse(text: String) -> Result<Self, CatalogError> {
        let at = Text {
            name: FILE.to_owned(),
            text,
        };
        let source: Source = at.parse()?;
        let score = |written: &str| {
            written.parse().map_err(|_| {
                let offset = at.text.find(written).unwrap_or(0);
                at.error(offset, format!("`{written}` is no number"))
            })
        };
        Ok(Self {
            high_score: score(&source.parameters.high_score)?,
            full_score: score(&source.parameters.full_score)?,
            rules: source.rule.into_iter().map(AcrossRule::from).collect(),
        })
    }

    /// The rule that looks for this.
    pub fn rule(&self, check: AcrossCheck) -> Option<&AcrossRule> {
        self.rules.iter().find(|rule| rule.check == check)
    }
}

impl From<RuleSource> for AcrossRule {
    fn from(source: RuleSource) -> Self {
        Self {
            code: source.code,
            check: source.check,
            severity: source.level.into(),
            name: source.name.into(),
            why: source.why.into(),
            basis: source.basis.into(),
        }
    }
}
