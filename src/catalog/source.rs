//! The form description as written in TOML, before anything in it is resolved.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// `form.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormSource {
    pub(super) schema: u32,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) year: Option<i32>,
    pub(super) region: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) extends: Option<String>,
    /// File with the English of its words.
    pub(super) english: Option<String>,
    #[serde(default)]
    pub(super) annexes: Vec<String>,
    #[serde(default)]
    pub(super) rules: Vec<String>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, ParameterSource>,
    /// Changes to rules of the form that this one extends.
    #[serde(default)]
    pub(super) change: Vec<ChangeSource>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterSource {
    pub(super) value: String,
    pub(super) unit: String,
    pub(super) name: String,
}

/// A rule of the extended form re-graded or switched, with the reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeSource {
    pub(super) code: Spanned<String>,
    pub(super) off: Option<bool>,
    pub(super) level: Option<LevelSource>,
    pub(super) reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LevelSource {
    Error,
    Incomplete,
    Explain,
    Hint,
}

/// The figures that stand for a table in a summary of many filings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SummarySource {
    /// The total of the scores.
    pub(super) score: Option<String>,
    /// How much of the budget was spent.
    pub(super) rate: Option<String>,
    /// Others worth a column of their own.
    #[serde(default)]
    pub(super) figures: Vec<String>,
}

/// An annex file: its table and the rules that belong to it. A rules file has rules only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSource {
    pub(super) id: Option<Spanned<String>>,
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    /// Printed below the title.
    pub(super) subtitle: Option<String>,
    #[serde(default)]
    pub(super) alias: Vec<String>,
    pub(super) need: Option<String>,
    #[serde(default)]
    pub(super) repeat: bool,
    pub(super) status: Option<String>,
    pub(super) note: Option<String>,
    pub(super) unit_name: Option<String>,
    pub(super) project_name: Option<String>,
    pub(super) department_name: Option<String>,
    /// The field of the approved budget.
    pub(super) budget: Option<String>,
    /// What stands for the whole table where many filings are summed up.
    pub(super) summary: Option<SummarySource>,
    pub(super) layout: Option<LayoutSource>,
    #[serde(default)]
    pub(super) block: Vec<BlockSource>,
    #[serde(default)]
    pub(super) rule: Vec<RuleSource>,
    #[serde(default)]
    pub(super) reserved: Vec<ReservedSource>,
}

/// How the annex is printed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayoutSource {
    /// Width of each column of the sheet, in characters.
    pub(super) widths: Vec<f64>,
    #[serde(default)]
    pub(super) landscape: bool,
}

/// Columns of the sheet that each part of a block takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum SpansSource {
    /// Of every line.
    Flat(Vec<u16>),
    /// Of items, line by line.
    Lines(Vec<Vec<u16>>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReservedSource {
    pub(super) codes: Vec<String>,
    pub(super) why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindSource {
    Grid,
    Record,
    Items,
    Line,
    List,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockSource {
    pub(super) id: Spanned<String>,
    pub(super) kind: KindSource,
    #[serde(default)]
    pub(super) corner: Vec<String>,
    #[serde(default)]
    pub(super) columns: Vec<ColumnSource>,
    #[serde(default)]
    pub(super) rows: Vec<RowSource>,
    #[serde(default)]
    pub(super) items: Vec<ColumnSource>,
    #[serde(default)]
    pub(super) groups: Vec<GroupSource>,
    pub(super) foot: Option<FootSource>,
    pub(super) spans: Option<SpansSource>,
    /// Printed beside this block.
    pub(super) beside: Option<String>,
    /// Printed right of this block's corner, which goes on down.
    pub(super) under: Option<String>,
    /// Lists: blank rows printed, for indicators those of each second level.
    pub(super) rows_printed: Option<u16>,
    /// Height of a row of long texts, in lines.
    pub(super) lines: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnSource {
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) alias: Vec<String>,
    pub(super) unit: Option<String>,
    /// Kept when a filing is rolled over to the next year.
    #[serde(default)]
    pub(super) keep: bool,
    /// Takes last year's figure of this column.
    pub(super) carry: Option<String>,
    /// The usual words, to choose from.
    #[serde(default)]
    pub(super) choices: Vec<String>,
    /// The head above this one, where heads have two storeys.
    #[serde(rename = "in")]
    pub(super) parent: Option<String>,
    #[serde(default)]
    pub(super) signed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowSource {
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) alias: Vec<String>,
    #[serde(rename = "in")]
    pub(super) parent: Option<String>,
    #[serde(default)]
    pub(super) repeat: bool,
    pub(super) spare: Option<u32>,
    pub(super) total: Option<TotalSource>,
    pub(super) code: Option<String>,
    pub(super) sum_columns: Option<Vec<String>>,
    #[serde(default)]
    pub(super) blank_columns: Vec<String>,
    /// Figures that the form prints, by column.
    #[serde(default)]
    pub(super) preset: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) signed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TotalSource {
    /// The parts make up the whole.
    Sum,
    /// The parts are some of the whole.
    Of,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FootSource {
    pub(super) id: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) alias: Vec<String>,
    /// Words for sums of a part of the list.
    #[serde(default)]
    pub(super) subtotals: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupSource {
    pub(super) label: String,
    pub(super) weight: String,
    #[serde(default)]
    pub(super) children: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSource {
    pub(super) code: Spanned<String>,
    pub(super) name: String,
    pub(super) why: String,
    pub(super) basis: String,
    #[serde(default)]
    pub(super) off: bool,
    #[serde(default)]
    pub(super) annexes: Vec<String>,
    #[serde(default)]
    pub(super) rows: Vec<String>,
    pub(super) each: Option<String>,
    pub(super) when: Option<String>,
    pub(super) when_not: Option<String>,
    pub(super) via: Option<String>,
    #[serde(default)]
    pub(super) after: Vec<String>,
    pub(super) tree: Option<String>,
    pub(super) check: Option<String>,
    pub(super) on: Option<String>,
    pub(super) level: Option<LevelSource>,
    pub(super) fill: Option<Tests>,
    pub(super) must: Option<Tests>,
    pub(super) need: Option<Tests>,
    pub(super) ask: Option<Tests>,
    pub(super) hint: Option<Tests>,
}

/// One test or several, each a bare expression or a table.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Tests {
    Many(Vec<TestSource>),
    One(TestSource),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum TestSource {
    Bare(String),
    Full(TestTable),
}

// No spans here: serde cannot carry them through untagged enums. Faults are located by looking
// for the text below the rule's code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestTable {
    pub(super) test: String,
    pub(super) say: Option<String>,
    pub(super) todo: Option<String>,
    pub(super) place: Option<String>,
    /// With `rows`: test once, not once a row.
    #[serde(default)]
    pub(super) once: bool,
}
