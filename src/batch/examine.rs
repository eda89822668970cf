//! One file of a bulk run: bytes to what is kept of it.

use std::borrow::Cow;
use std::fs;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::{self, Record};
use super::sources::{Content, Refusal, Source, shown};
use super::store::{Known, Outcome};
use crate::catalog::{Catalog, hex};
use crate::contain::{Ended, caught};
#[cfg(not(target_family = "wasm"))]
use crate::contain::{Message, Workers};
use crate::lang::Lang;
use crate::mark::{self, Filling};
use crate::quote::inner;
use crate::read::{self, Found, ReadError};
use crate::report::json::{self, File, Status};
use crate::review::{Options, Review, review};

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
    /// Who works on the files; none where this process does. They answer with [`answer`].
    #[cfg(not(target_family = "wasm"))]
    pub workers: Option<&'a Workers>,
}

/// Keeps marked copies.
pub trait KeepCopy: Sync {
    /// When they are made, as it stands in the head of their sheets: `2024-03-01 10:20`.
    fn time(&self) -> &str;

    /// Which of the copies of one name that of the file at `path` is, counted from 1. Asked once
    /// for each file, in the order of files, before it is examined: the same files have the same
    /// names in every run.
    fn number(&self, path: &str) -> u32;

    /// Whether `copy`, which an earlier run wrote of an original with this hash, is there, and is
    /// where this one would write it.
    fn is_kept(&self, copy: &str, path: &str, number: u32, hash: &str) -> bool;

    /// Keeps the marked copy of the workbook at `path`, or the reason why there is none; says
    /// where it is, none where it could not be written.
    fn keep(&self, copy: Result<MarkedCopy, String>, path: &str, number: u32) -> Option<String>;
}

/// A marked copy.
#[derive(Debug)]
pub struct MarkedCopy {
    /// The workbook.
    pub bytes: Vec<u8>,
    /// It is in another format than the original.
    pub converted: bool,
    /// The hash of the original.
    pub original: String,
}

/// What a file is examined for.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    path: String,
    opened: String,
    modified: i64,
    /// The time for the marked copy, where one is wanted.
    copy: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    record: Record,
    /// Of the findings: results for programs are without them.
    places: Vec<String>,
    /// Whether the copy was converted, or why there is none; where one was wanted.
    copy: Option<Result<bool, String>>,
}

impl<'a> Examiner<'a> {
    /// Examines files in this process, and keeps no copies.
    pub fn here(catalog: &'a Catalog, options: Options) -> Self {
        Self {
            catalog,
            options,
            copies: None,
            #[cfg(not(target_family = "wasm"))]
            workers: None,
        }
    }

    /// The number of the file's marked copy, for [`Self::examine`].
    pub(super) fn number(&self, source: &Source) -> u32 {
        match source.content {
            Content::File | Content::Bytes(_) => {
                self.copies.map_or(1, |copies| copies.number(&source.path))
            }
            Content::Refused(_) => 1,
        }
    }

    /// Examines a file; `known` is what the last run kept of it, `number` that of its marked copy.
    pub fn examine(&self, source: &Source, known: Option<&Known>, number: u32) -> Outcome {
        let asked = Asked {
            path: source.path.clone(),
            opened: shown(&source.opened),
            modified: source.modified,
            copy: self.copies.map(|copies| copies.time().to_owned()),
        };
        let bytes = match self.bytes(source, &asked) {
            Ok(bytes) => bytes,
            Err(refused) => return Outcome::Fresh(refused),
        };
        let hash = digest(&bytes);
        let is_kept =
            |known: &Known| known.hash == hash && self.has_copy(known, &source.path, number);
        if known.is_some_and(is_kept) {
            return Outcome::Unchanged {
                path: source.path.clone(),
                modified: source.modified,
            };
        }
        // What fails is one file that was not read; the run goes on.
        let answer = self.answer(&asked, &bytes);
        // What was given up is tried again in the next run: with more time, or more memory.
        let hash = answer.as_ref().map_or_else(|_| String::new(), |_| hash);
        let (answer, copy) = answer.unwrap_or_else(|ended| {
            let error = ReadError::from(ended);
            let message = error.message(self.options.lang);
            let answer = Answer {
                record: unread(&asked, error.kind(), message),
                places: Vec::new(),
                copy: None,
            };
            (answer, Vec::new())
        });
        let mut record = answer.record;
        for (finding, place) in record.file.findings.iter_mut().zip(answer.places) {
            finding.place = place;
        }
        record.marked = self.copies.zip(answer.copy).and_then(|(copies, made)| {
            let copy = made.map(|converted| MarkedCopy {
                bytes: copy,
                converted,
                original: hash.clone(),
            });
            copies.keep(copy, &source.path, number)
        });
        record.size = bytes.len() as u64;
        record.hash = hash;
        Outcome::Fresh(Box::new(record))
    }

    /// What a worker makes of a file, or this process where there are none.
    fn answer(&self, asked: &Asked, bytes: &[u8]) -> Result<(Answer, Vec<u8>), Ended> {
        #[cfg(not(target_family = "wasm"))]
        if let Some(workers) = self.workers {
            let head = serde_json::to_vec(asked).map_err(|_| Ended::Fault)?;
            let Message { head, body } = workers.ask(&head, bytes)?;
            let answer = serde_json::from_slice(&head).map_err(|_| Ended::Fault)?;
            return Ok((answer, body));
        }
        Ok(caught(|| {
            examined(self.catalog, &self.options, asked, bytes)
        })?)
    }

    /// Whether there is a marked copy where one is wanted.
    fn has_copy(&self, known: &Known, path: &str, number: u32) -> bool {
        let Some(copies) = self.copies.filter(|_| known.checked) else {
            return true;
        };
        let copy = known.marked.as_deref();
        copy.is_some_and(|copy| copies.is_kept(copy, path, number, &known.hash))
    }

    fn bytes<'s>(&self, source: &'s Source, asked: &Asked) -> Result<Cow<'s, [u8]>, Box<Record>> {
        let refused = |error: &ReadError| {
            let message = error.message(self.options.lang);
            let mut record = unread(asked, error.kind(), message);
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
                Err(Box::new(unread(asked, refusal.kind(), message)))
            }
        }
    }
}

/// The most that is kept of one file, in about so many bytes: what a filing says takes a hundredth
/// of it, and results of several files are held at a time.
const MOST_RESULTS: usize = 32 << 20;

/// Inside a worker: what is asked of one file, answered.
#[cfg(not(target_family = "wasm"))]
pub fn answer(catalog: &Catalog, options: &Options, message: &Message) -> Message {
    let answered = || {
        let asked: Asked = serde_json::from_slice(&message.head).ok()?;
        let (answer, body) = examined(catalog, options, &asked, &message.body);
        let head = serde_json::to_vec(&answer).ok()?;
        Some(Message { head, body })
    };
    // What cannot be answered is no answer, and so a fault.
    caught(answered).ok().flatten().unwrap_or_default()
}

/// What is kept of a workbook, and its marked copy.
fn examined(
    catalog: &Catalog,
    options: &Options,
    asked: &Asked,
    bytes: &[u8],
) -> (Answer, Vec<u8>) {
    let name = asked.path.rsplit('/').next();
    let review = review(catalog, bytes, name, options);
    let mut record = Record {
        file: json::file(&asked.path, &review, options.lang),
        ..unread(asked, "", String::new())
    };
    let mut marked = None;
    match &review {
        Review::Checked(checked) => {
            let code = |rule: &usize| checked.form.rules[*rule].code.clone();
            record.passed = checked.report.passed.iter().map(code).collect();
            record.tables = record::tables(checked);
            marked = asked.copy.as_ref().map(|time| {
                let filling = Filling::Derived;
                mark::mark(catalog, checked, bytes, name, options, filling, time)
                    .map_err(|error| error.message(options.lang))
            });
        }
        Review::Unreadable(error) => record.other = is_other(error, &asked.path),
        Review::Unrecognised(_) => {}
    }
    if record.weight() > MOST_RESULTS {
        let most = MOST_RESULTS >> 20;
        let message = match options.lang {
            Lang::Zh => format!(
                "这份文件的核对结果太多，超过 {most} MiB，没有保存。请看看附表里是不是有大量多余的行或很长的文字，删去后再核对。"
            ),
            Lang::En => format!(
                "what was found in this file is more than {most} MiB and is not kept; take out rows and long texts that do not belong in its tables"
            ),
        };
        record = unread(asked, "too-large", message);
        marked = None;
    }
    let findings = record.file.findings.iter_mut();
    let places = findings
        .map(|finding| std::mem::take(&mut finding.place))
        .collect();
    let (copy, body) = match marked {
        Some(Ok(marked)) => (Some(Ok(marked.converted.is_some())), marked.bytes),
        Some(Err(error)) => (Some(Err(error)), Vec::new()),
        None => (None, Vec::new()),
    };
    let answer = Answer {
        record,
        places,
        copy,
    };
    (answer, body)
}

/// What is kept of a file that was not read.
fn unread(asked: &Asked, kind: &str, message: String) -> Record {
    let error = json::Error {
        kind: kind.to_owned(),
        message,
    };
    Record {
        file: File {
            error: Some(error),
            ..File::at(&asked.path, Status::Unreadable)
        },
        other: false,
        opened: asked.opened.clone(),
        size: 0,
        modified: asked.modified,
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

/// SHA-256 in hexadecimal digits, by which a file is known again.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Whether a file is called what workbooks are.
pub fn has_ending(path: &str) -> bool {
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
            Self::Damaged(_) | Self::Twice | Self::Shared(_) => "corrupt",
            Self::Packed(_, packing) => packing.kind(),
            Self::Empty => "not-a-workbook",
            Self::Nested | Self::ManyEntries(_) | Self::LargeDirectory(_) | Self::ManyBytes(_) => {
                "too-large"
            }
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
            (Self::Empty, Lang::Zh) => {
                "压缩包里没有文件，最多只有文件夹和隐藏文件。请让报送单位重新打包。".to_owned()
            }
            (Self::Empty, Lang::En) => {
                "There are no files in the archive but hidden ones. Ask the unit to pack it again."
                    .to_owned()
            }
            (Self::Damaged(damage), Lang::Zh) => format!(
                "压缩包读不完整（{}）。请重新打包，或重新取得这份压缩包。",
                damage.words(lang)
            ),
            (Self::Damaged(damage), Lang::En) => format!(
                "The archive cannot be read completely ({}). Pack it again, or get it again.",
                damage.words(lang)
            ),
            (Self::Twice, Lang::Zh) => {
                "压缩包里有同名的文件，不知道以哪一个为准，没有打开。请让报送单位重新打包。".to_owned()
            }
            (Self::Twice, Lang::En) => {
                "Two files of one name in the archive; it was not opened. Ask the unit to pack it again."
                    .to_owned()
            }
            (Self::Shared(name), Lang::Zh) => format!(
                "压缩包里的「{}」与别的内容占用同一段数据，没有打开。请让报送单位重新打包。",
                inner(name)
            ),
            (Self::Shared(name), Lang::En) => format!(
                "In the archive, {name} shares its bytes with something else; it was not opened. \
                 Ask the unit to pack it again."
            ),
            (Self::Packed(name, packing), Lang::Zh) => format!(
                "压缩包里的「{}」{}，没有打开。请让报送单位重新打包成普通 ZIP（Deflate，不加密码）。",
                inner(name),
                packing.words(lang)
            ),
            (Self::Packed(name, packing), Lang::En) => format!(
                "In the archive, {name} {}; it was not opened. Ask the unit to pack it again as \
                 ordinary ZIP (deflate, no password).",
                packing.words(lang)
            ),
            (Self::ManyEntries(most), Lang::Zh) => {
                format!("压缩包里的文件超过 {most} 个，没有打开。请解压后放回。")
            }
            (Self::ManyEntries(most), Lang::En) => {
                format!("More than {most} files in the archive; it was not opened. Unpack it.")
            }
            (Self::LargeDirectory(most), Lang::Zh) => format!(
                "压缩包的目录超过 {} MiB，没有打开。请解压后放回。",
                most >> 20
            ),
            (Self::LargeDirectory(most), Lang::En) => format!(
                "The directory of the archive is larger than {} MiB; it was not opened. Unpack it.",
                most >> 20
            ),
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
