//! What is read out of the database of a run.

use rust_decimal::Decimal;

use crate::batch::record::FactRecord;
use crate::report::json;

/// Where a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitStatus {
    /// 已报.
    Reported,
    /// 重报: one annex in more than one file.
    Twice,
    /// 名称不符: not in the roster.
    NotInRoster,
    /// 无法识别: no name in the workbook.
    Nameless,
    /// 未报.
    Missing,
}

impl UnitStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Reported,
        Self::Twice,
        Self::NotInRoster,
        Self::Nameless,
        Self::Missing,
    ];

    /// The word that stands in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Twice => "twice",
            Self::NotInRoster => "not_in_roster",
            Self::Nameless => "nameless",
            Self::Missing => "missing",
        }
    }

    /// The status that this word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// A unit, with what it handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitRow {
    /// Its key in the database.
    pub id: i64,
    /// Its name; empty where the workbook names none.
    pub name: String,
    /// The department in charge, as the roster says.
    pub department: Option<String>,
    /// Where it stands.
    pub status: UnitStatus,
    /// The name in the roster that is most like it, where it is not in it.
    pub nearest: Option<String>,
    /// The approved budget of the roster, in 万元.
    pub budget: Option<Decimal>,
    /// Its files, those that count first, then by path.
    pub files: Vec<FileRow>,
    /// Findings between submissions that concern it.
    pub across: json::Counts,
}

/// A file, without its findings.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRow {
    /// Its key in the database.
    pub id: i64,
    /// Where it was found, through archives.
    pub path: String,
    /// The file to open.
    pub opened: String,
    /// What came of it; `other` where it is no workbook and does not claim to be one.
    pub status: String,
    /// What is wrong and what to do, where it was not read.
    pub error: Option<String>,
    /// Id of the form set.
    pub form: Option<String>,
    /// The year that is evaluated.
    pub year: Option<i32>,
    /// The unit, as the workbook names it.
    pub unit_name: Option<String>,
    /// Not replaced by a later file of the unit.
    pub counted: bool,
    /// How many findings of each kind.
    pub counts: json::Counts,
    /// Where its marked copy is.
    pub marked: Option<String>,
    /// Seconds since 1970 when it was last changed.
    pub modified: i64,
    /// SHA-256 in hexadecimal digits; empty where the content was not read to its end.
    pub hash: String,
}

/// A finding, with the file that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRow {
    /// The unit; empty where the workbook names none.
    pub unit: String,
    /// The department in charge, as the roster says.
    pub department: Option<String>,
    /// The file; empty for findings between submissions that are about no file.
    pub path: String,
    /// The file to open.
    pub opened: String,
    /// The file counts: it was not replaced by a later one.
    pub counted: bool,
    /// What was found.
    pub finding: json::Finding,
}

/// A finding between submissions.
#[derive(Debug, Clone, PartialEq)]
pub struct AcrossRow {
    /// `GJ902`.
    pub code: String,
    /// How grave.
    pub severity: json::Level,
    /// The unit that it is about.
    pub unit: Option<i64>,
    /// The file that it is about.
    pub file: Option<i64>,
    /// Sheet and cell, where it is about one.
    pub at: Option<(String, String)>,
    /// In words: the unit, or the place in its file.
    pub place: String,
    /// What stands there.
    pub found: Option<String>,
    /// What should.
    pub expected: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub todo: Option<String>,
}

/// How one rule fared over all files that count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleRow {
    /// `GJ203`.
    pub code: String,
    /// How often it passed, once for each table that it was applied to.
    pub passed: usize,
    /// Findings 须改.
    pub wrong: usize,
    /// Findings 须说明, explained ones included.
    pub explain: usize,
    /// Findings 提示.
    pub hint: usize,
    /// Findings 尾差.
    pub rounding: usize,
    /// How often it could not be applied.
    pub unchecked: usize,
    /// Units with a finding 须改 or 须说明 of it.
    pub units: usize,
}

/// One table of a file that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The unit; empty where the workbook names none.
    pub unit: String,
    /// The department in charge, as the roster says.
    pub department: Option<String>,
    /// The unit's key in the database.
    pub unit_id: i64,
    /// The file.
    pub path: String,
    /// The file's key in the database.
    pub file: i64,
    /// `附2`.
    pub annex: String,
    /// The sheet.
    pub sheet: String,
    /// The project, where the annex is one of a project.
    pub project: Option<String>,
    /// What stands in it.
    pub facts: Vec<FactRecord>,
}

/// What of a table stands for its unit in a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryTable {
    /// Id of the form set.
    pub form: String,
    /// `附2`.
    pub annex: String,
    /// The total of the scores, in 分.
    pub score: Option<Decimal>,
    /// How much of the budget was spent, in percent points.
    pub rate: Option<Decimal>,
    /// What stands in it.
    pub facts: Vec<FactRecord>,
}

/// Counts over all files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Files that were checked.
    pub checked: usize,
    /// Workbooks without a known table.
    pub unrecognised: usize,
    /// Files that were not read.
    pub unreadable: usize,
    /// Files that are no workbooks and do not claim to be.
    pub other: usize,
    /// Findings of the files that count.
    pub counts: json::Counts,
    /// Findings between submissions.
    pub across: json::Counts,
}

/// Why databases cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They were made by different programs, form descriptions or options.
    #[error("made with other form descriptions, options or another program")]
    Unlike,
    /// The run that made it did not end.
    #[error("the run that made it did not end")]
    Unfinished,
    /// What has this path belongs to another unit in a database before it.
    #[error("{0} is another unit's in a database before it")]
    Clash(String),
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] super::StoreError),
}
