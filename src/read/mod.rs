//! The reader: bytes to [`Workbook`], container and cells and nothing else.
//!
//! ```text
//! bytes ─sniff→ zip ─container→ .xlsx  own reader, one pass (xlsx)
//!         │        └──────────→ .ods   own reader (ods)
//!         │        └──────────→ .xlsb  own reader (xlsb, tokens)
//!         └──→ compound ─cfb──→ .xls   calamine behind own scan (biff, tokens, others)
//! ```
//!
//! A file is taken for what it holds, not for what its name says. Every size is checked against
//! [`Limits`] before memory is taken. A file that cannot be read completely is an error, a cell
//! that cannot be read is [`crate::workbook::Value::Unreadable`]: nothing is left out quietly.

pub(crate) mod address;
mod biff;
mod cfb;
pub(crate) mod container;
mod csv;
mod date;
mod error;
mod format;
mod limit_flags;
pub(crate) mod limits;
mod number;
mod ods;
mod others;
mod packing;
pub(crate) mod sniff;
mod tokens;
mod xlsb;
pub(crate) mod xlsx;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

pub use csv::{plain_text, read_csv};
pub(crate) use error::told;
pub use error::{Damage, Found, ReadError};
pub use limit_flags::{LIMIT_FLAGS, LimitFlag};
pub use limits::Limits;
pub use packing::Packing;

use crate::contain::caught;
use crate::workbook::Workbook;
use container::Package;
use limits::Budget;
use sniff::{Container, Content};

/// Reads a workbook of any known format.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    caught(|| any(bytes, limits)).unwrap_or(Err(ReadError::Fault))
}

/// What [`read`] says of a file that makes it panic, for where a panic cannot be caught (the page):
/// a compound file is damaged where the library that reads it panics.
pub fn ended_by(bytes: &[u8]) -> ReadError {
    match sniff::container(bytes) {
        Ok(Container::Compound) => others::contradictory(),
        _ => ReadError::Fault,
    }
}

fn any(bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    limits::check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
    let mut budget = Budget::new(limits);
    match sniff::container(bytes)? {
        Container::Zip => {
            let mut package = Package::open(bytes, limits)?;
            match sniff::content(&mut package, &mut budget)? {
                Content::Xlsx(main) => xlsx::read(&mut package, &main, &mut budget),
                Content::Xlsb(main) => xlsb::read(&mut package, &main, &mut budget),
                Content::Ods => ods::read(&mut package, &mut budget),
            }
        }
        Container::Compound => others::read_xls(bytes, &mut budget),
    }
}

/// Reads a file, and gives its bytes too: what is written back is built on them.
///
/// Only regular files are opened; a pipe would block, a device never end.
pub fn read_file(path: &Path, limits: &Limits) -> Result<(Vec<u8>, Workbook), ReadError> {
    let bytes = read_bytes(path, limits).map_err(|error| match error {
        ReadError::Io(error) if error.kind() == io::ErrorKind::IsADirectory => {
            ReadError::NotAWorkbook(Found::Folder)
        }
        error => error,
    })?;
    let workbook = read(&bytes, limits)?;
    Ok((bytes, workbook))
}

/// Whether a regular file may be a workbook, by its first bytes.
///
/// # Errors
/// What it is instead, or why it cannot be opened.
pub fn sniff_file(path: &Path) -> Result<(), ReadError> {
    let mut head = Vec::new();
    open(path)?
        .take(sniff::HEAD as u64)
        .read_to_end(&mut head)
        .map_err(ReadError::Io)?;
    sniff::container(&head).map(|_| ())
}

/// The bytes of a regular file, within the limits.
pub fn read_bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let file = open(path)?;
    let length = file.metadata().map_err(ReadError::Io)?.len();
    limits::check(length, limits.file_bytes, "max-file-bytes")?;
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    file.take(limits.file_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(ReadError::Io)?;
    limits::check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
    Ok(bytes)
}

fn regular(metadata: &fs::Metadata) -> Result<(), ReadError> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(ReadError::NotAWorkbook(if metadata.is_dir() {
        Found::Folder
    } else {
        Found::Special
    }))
}

/// Opens a regular file, never waiting for what is something else.
pub(crate) fn open(path: &Path) -> Result<File, ReadError> {
    // Asked before opening, as opening a pipe waits for a writer, and once more after.
    regular(&fs::metadata(path).map_err(ReadError::Io)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // O_NONBLOCK, for a pipe put in the file's place since it was looked at.
        options.custom_flags(0o4000);
    }
    let file = options.open(path).map_err(ReadError::Io)?;
    regular(&file.metadata().map_err(ReadError::Io)?)?;
    Ok(file)
}
