//! 退回通知: one page for a unit, ready to print, with what it must correct and explain and by
//! when; 催报通知 for a unit that has not reported.

mod sheet;

use jiff::civil::Date;

use crate::batch::store::{Store, StoreError, UnitRow, UnitStatus};
use crate::lang::Lang;
use crate::quote::shortened;
use crate::report::json::{Finding, Level, OutcomeWord};

pub use sheet::write;

/// What a notice asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 退回通知: something must be corrected.
    Correct,
    /// 补充说明通知: something must be explained.
    Explain,
    /// 催报通知: nothing was handed in.
    Report,
}

impl Kind {
    /// What the notice is called.
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Correct => lang.pick("退回通知", "Notice of return"),
            Self::Explain => lang.pick("补充说明通知", "Request for reasons"),
            Self::Report => lang.pick("催报通知", "Reminder"),
        }
    }
}

/// A notice to one unit.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What it asks for.
    pub kind: Kind,
    /// The unit; empty where its workbook names none.
    pub unit: String,
    /// The name in the roster that is most like it, where it is not in it.
    pub nearest: Option<String>,
    /// Its files that were checked.
    pub files: Vec<String>,
    /// It gets its workbook back, marked.
    pub marked: bool,
    /// What must be corrected.
    pub correct: Vec<Item>,
    /// What must be explained.
    pub explain: Vec<Item>,
}

/// One finding of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is wrong, and where.
    pub message: String,
    /// What to do.
    pub todo: String,
}

/// What all notices of a run share.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Their language.
    pub lang: Lang,
    /// The year that is evaluated, where all filings are of one.
    pub year: Option<i32>,
    /// By when the unit must answer.
    pub deadline: Option<Date>,
    /// When the notice is written.
    pub date: Date,
}

impl Notice {
    /// The notice to a unit; none where it has nothing to do.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn to(unit: &UnitRow, store: &Store, lang: Lang) -> Result<Option<Self>, StoreError> {
        let counted = unit.files.iter().filter(|file| file.counted);
        let files: Vec<String> = counted.map(|file| name(&file.path)).collect();
        let mut notice = Self {
            kind: Kind::Report,
            unit: unit.name.clone(),
            nearest: unit.nearest.clone(),
            files,
            marked: unit.files.iter().any(|file| file.marked.is_some()),
            correct: Vec::new(),
            explain: Vec::new(),
        };
        if unit.status == UnitStatus::Missing {
            return Ok(Some(notice));
        }
        for (path, finding) in store.findings_of(unit.id)? {
            let open = finding.reason.as_ref().is_none_or(|reason| reason.expired);
            let list = match finding.severity {
                _ if finding.outcome == OutcomeWord::Rounding => continue,
                Level::Error | Level::Incomplete => &mut notice.correct,
                Level::Explain if open => &mut notice.explain,
                Level::Explain | Level::Hint => continue,
            };
            // One unit may hand in a file for each annex.
            let path = (notice.files.len() > 1).then_some(name(&path));
            let path = path.filter(|path| !path.is_empty());
            list.push(item(finding, path.as_deref(), lang));
        }
        notice.kind = match (notice.correct.is_empty(), notice.explain.is_empty()) {
            (false, _) => Kind::Correct,
            (true, false) => Kind::Explain,
            (true, true) => return Ok(None),
        };
        Ok(Some(notice))
    }
}

/// So many characters of each are read on paper; a page has room for several.
const LONGEST_MESSAGE: usize = 250;
const LONGEST_TODO: usize = 120;
const LONGEST_NAME: usize = 60;

fn item(finding: Finding, file: Option<&str>, lang: Lang) -> Item {
    let message = shortened(&finding.message, LONGEST_MESSAGE);
    let message = match (file, lang) {
        (None, _) => message.into_owned(),
        (Some(file), Lang::Zh) => format!("〔{file}〕{message}"),
        (Some(file), Lang::En) => format!("[{file}] {message}"),
    };
    Item {
        message,
        todo: shortened(&finding.todo.unwrap_or_default(), LONGEST_TODO).into_owned(),
    }
}

/// The name of a file, cut short where no file system would hold it: what stands behind it is to be
/// read.
fn name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    shortened(name, LONGEST_NAME).into_owned()
}
