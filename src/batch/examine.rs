//! One file of a bulk run: bytes to what is kept of it.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::record::{self, Record};
use super::sources::{Content, Refusal, Source, shown};
use super::store::{Known, Outcome};
use crate::catalog::{Catalog, hex};
use crate::contain::{Fault, caught};
use crate::lang::Lang;
use crate::read::{self, Found, ReadError};
use crate::report::json::{self, File, Status};
use crate::review::{Checked, Options, Review, review};

/// What files are called that hold workbooks: a file of another name that is none was never meant
/// to be one.
const ENDINGS: [&str; 7] = ["xlsx", "xlsm", "xls", "xlsb", "ods", "et", "zip"];

/// How files are examined.
pub struct Examiner<'a> {
    /// The form sets.
    pub catalog: &'a Catalog,
    /// How workbooks are reviewed.
    pub options: Options,
    /// Keeps marked copies, where they are wanted.
    pub copies: Option<&'a dyn KeepCopy>,
}

/// Keeps marked copies.
pub trait KeepCopy: Sync {
    /// Keeps the marked copy of the workbook at `path`, which has these bytes; says where it is,
    /// none where it could not be written.
    fn keep(&self, checked: &Checked<'_>, bytes: &[u8], path: &str) -> Option<String>;
}

impl Examiner<'_> {
    /// Examines a file; `known` is what the last run kept of it.
    pub fn examine(&self, source: &Source, known: Option<&Known>) -> Outcome {
        let bytes = match self.bytes(source) {
            Ok(bytes) => bytes,
            Err(refused) => return Outcome::Fresh(refused),
        };
        let hash = hex(&Sha256::digest(&bytes));
        if known.is_some_and(|known| known.hash == hash && self.has_copy(known)) {
            return Outcome::Unchanged(source.path.clone());
        }
        // A fault of the program must not stop the run: it is one file that was not read.
        let record = caught(|| self.review(source, &bytes));
        let mut record = record.unwrap_or_else(|Fault| self.faulted(source));
        record.size = bytes.len() as u64;
        record.hash = hash;
        Outcome::Fresh(Box::new(record))
    }

    /// Whether there is a marked copy where one is wanted.
    fn has_copy(&self, known: &Known) -> bool {
        let copy = known.marked.as_deref();
        self.copies.is_none()
            || !known.checked
            || copy.is_some_and(|path| Path::new(path).is_file())
    }

    fn bytes<'s>(&self, source: &'s Source) -> Result<Cow<'s, [u8]>, Box<Record>> {
        let refused = |error: &ReadError| {
            let message = error.message(self.options.lang);
            let mut record = unread(source, error.kind(), message);
            record.other = is_other(error, &source.path);
            record
        };
        match &source.content {
            Content::File => {
                if !has_ending(&source.path) {
                    // A film beside the workbooks is not read to its end.
                    read::sniff_file(&source.opened).map_err(|error| {
                        let size = fs::metadata(&source.opened).map_or(0, |found| found.len());
                        let mut record = refused(&error);
                        record.size = size;
                        Box::new(record)
                    })?;
                }
                read::read_bytes(&source.opened, &self.options.limits)
                    .map(Cow::Owned)
                    .map_err(|error| Box::new(refused(&error)))
            }
            Content::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Content::Refused(Refusal::Read(error)) => Err(Box::new(refused(error))),
            Content::Refused(refusal) => {
                let message = refusal.message(self.options.lang);
                Err(Box::new(unread(source, refusal.kind(), message)))
            }
        }
    }

    fn review(&self, source: &Source, bytes: &[u8]) -> Record {
        let name = source.path.rsplit('/').next();
        let review = review(self.catalog, bytes, name, &self.options);
        let mut record = Record {
            file: json::file(&source.path, &review, self.options.lang),
            ..unread(source, "", String::new())
        };
        match &review {
            Review::Checked(checked) => {
                let code = |rule: &usize| checked.form.rules[*rule].code.clone();
                record.passed = checked.report.passed.iter().map(code).collect();
                record.tables = record::tables(checked);
                let keep = |copies: &dyn KeepCopy| copies.keep(checked, bytes, &source.path);
                record.marked = self.copies.and_then(keep);
            }
            Review::Unreadable(error) => record.other = is_other(error, &source.path),
            Review::Unrecognised(_) => {}
        }
        record
    }

    fn faulted(&self, source: &Source) -> Record {
        let error = ReadError::Fault;
        unread(source, error.kind(), error.message(self.options.lang))
    }
}

/// What is kept of a file that was not read.
fn unread(source: &Source, kind: &str, message: String) -> Record {
    let error = json::Error {
        kind: kind.to_owned(),
        message,
    };
    Record {
        file: File {
            error: Some(error),
            ..File::at(&source.path, Status::Unreadable)
        },
        other: false,
        opened: shown(&source.opened),
        size: 0,
        modified: source.modified,
        hash: String::new(),
        passed: Vec::new(),
        tables: Vec::new(),
        marked: None,
    }
}

/// No workbook, and not called one either; what is packed may hold workbooks.
fn is_other(error: &ReadError, path: &str) -> bool {
    match error {
        ReadError::NotAWorkbook(Found::Archive) => false,
        ReadError::NotAWorkbook(_) => !has_ending(path),
        _ => false,
    }
}

fn has_ending(path: &str) -> bool {
    let ending = path
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

impl Refusal {
    /// A word for programs.
    fn kind(&self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Nested | Self::ManyEntries(_) | Self::ManyBytes(_) => "too-large",
            Self::Read(error) => error.kind(),
        }
    }

    /// What is wrong and what to do.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Link, Lang::Zh) => "这是链接，没有打开。请换成文件本身。".to_owned(),
            (Self::Link, Lang::En) => {
                "A link; it was not followed. Put the file in its place.".to_owned()
            }
            (Self::Nested, Lang::Zh) => "压缩包套了三层，没有打开。请解压后放回。".to_owned(),
            (Self::Nested, Lang::En) => {
                "An archive three levels deep; it was not opened. Unpack it.".to_owned()
            }
            (Self::ManyEntries(most), Lang::Zh) => {
                format!("压缩包里的文件超过 {most} 个，没有打开。请解压后放回。")
            }
            (Self::ManyEntries(most), Lang::En) => {
                format!("More than {most} files in the archive; it was not opened. Unpack it.")
            }
            (Self::ManyBytes(most), Lang::Zh) => format!(
                "压缩包解开后超过 {} GiB，后面的文件没有读。请解压后放回。",
                most >> 30
            ),
            (Self::ManyBytes(most), Lang::En) => format!(
                "The archive holds more than {} GiB; the rest was not read. Unpack it.",
                most >> 30
            ),
            (Self::Read(error), lang) => error.message(lang),
        }
    }
}
