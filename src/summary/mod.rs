//! The summary workbook of a bulk run, out of its database.
//!
//! Sheets that grow with the number of files are written row by row and kept on disk; what is
//! computed on them is a formula with its result beside it, so that it can be traced.
#![allow(
    clippy::disallowed_types,
    reason = "one of the rooms that write workbooks anew"
)]

mod data;
mod findings;
mod links;
mod lists;
mod overview;
mod rules;
mod style;
mod table;
mod units;

use std::borrow::Cow;
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::batch::store::{PARTIAL, Store, StoreError};
use crate::catalog::Catalog;
use crate::contain::caught;
use crate::lang::Lang;
use crate::quote;

/// The property of a workbook that is a summary: no submission has it.
const MARK: &str = "gouji summary";

/// More than all properties of a workbook take, in bytes.
const PROPERTIES: u64 = 1 << 16;

/// How a summary is written.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its language.
    pub lang: Lang,
    /// When the files were checked, as it is shown: `2024-03-01 10:20`.
    pub time: String,
    /// The folder in which the summary will lie: links are relative to it.
    pub folder: PathBuf,
    /// There was a roster: who has not reported is known.
    pub roster: bool,
}

/// Why a summary could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where the workbook goes.
    #[error(transparent)]
    Io(io::Error),
    /// No file can be made in the folder for temporary ones.
    #[error("no file can be made in the temporary folder {}: {kind}", folder.display())]
    Temporary {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        kind: io::ErrorKind,
    },
    /// The program failed on the way. What writes rows to temporary files knows no other answer to
    /// a disk that is full.
    #[error("the program failed; the temporary folder {} may be full", .0.display())]
    Fault(PathBuf),
    /// The workbook.
    #[error("the workbook could not be written: {0}")]
    Write(XlsxError),
}

impl From<XlsxError> for SummaryError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) | XlsxError::ZipError(ZipError::Io(error)) => Self::Io(error),
            XlsxError::TempFileError(folder, error) => Self::Temporary {
                folder,
                kind: error.kind(),
            },
            error => Self::Write(error),
        }
    }
}

/// What all sheets are made from.
struct Sources<'a> {
    store: &'a Store,
    catalog: &'a Catalog,
    options: &'a Options,
    /// Checks were left out.
    partial: bool,
}

impl Sources<'_> {
    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.options.lang.pick(zh, en)
    }

    /// The name of a unit, or words that there is none.
    fn unit<'t>(&self, name: &'t str) -> Cow<'t, str> {
        unit_name(self.options.lang, name)
    }
}

fn unit_name(lang: Lang, name: &str) -> Cow<'_, str> {
    match name {
        "" => Cow::Borrowed(lang.pick("（没有填单位名称）", "(no name)")),
        name => quote::name(name),
    }
}

/// Writes the summary of a run.
///
/// # Errors
/// Where the database cannot be read or `out` not written.
pub fn write(
    store: &Store,
    catalog: &Catalog,
    options: &Options,
    out: impl Write + Seek + Send,
) -> Result<(), SummaryError> {
    caught(|| written(store, catalog, options, out))
        .unwrap_or_else(|_| Err(SummaryError::Fault(std::env::temp_dir())))
}

fn written(
    store: &Store,
    catalog: &Catalog,
    options: &Options,
    out: impl Write + Seek + Send,
) -> Result<(), SummaryError> {
    let sources = Sources {
        store,
        catalog,
        options,
        partial: store.note(PARTIAL)?.is_some(),
    };
    let mut book = Workbook::new();
    // The same results give the same bytes.
    let date = ExcelDateTime::from_ymd(2024, 1, 1)?;
    let properties = DocProperties::new().set_creation_datetime(&date);
    book.set_properties(&properties.set_custom_property(MARK, true));
    // The first sheet, which is filled in last: it counts on all others.
    book.add_worksheet()
        .set_name(sources.say("总览", "Overview"))?;
    let units = units::write(&sources, &mut book)?;
    let findings = findings::write(&sources, &mut book)?;
    let rules = rules::write(&sources, &mut book, &units)?;
    let lists = lists::write(&sources, &mut book)?;
    let data = data::write(&sources, &mut book)?;
    let others = overview::Others {
        units,
        findings,
        rules,
        lists,
        data,
    };
    overview::write(&sources, book.worksheet_from_index(0)?, &others)?;
    book.save_to_writer(out)?;
    Ok(())
}

/// Whether this is a workbook that [`write`] wrote.
pub fn is_summary(book: impl Read + Seek) -> bool {
    let properties = || {
        let mut archive = ZipArchive::new(book).ok()?;
        let part = archive.by_name("docProps/custom.xml").ok()?;
        let mut text = String::new();
        part.take(PROPERTIES).read_to_string(&mut text).ok()?;
        Some(text)
    };
    properties().is_some_and(|text| text.contains(&format!("name=\"{MARK}\"")))
}
