//! The zip container of .xlsx, .xlsb and .ods: entries by name, guarded.
//!
//! Two readers of one package must not see two different workbooks, so what is ambiguous is
//! refused: two entries whose names differ only in case or slash, an entry whose local header
//! names it differently from the directory, and an archive behind another. A part is always read to its end, so that
//! its checksum is verified.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::{Damage, ReadError};
use super::limits::{Budget, Limits, check};
use super::packing::Packing;

/// An opened package.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Normalised names, sorted, with the index of the entry.
    names: Vec<(String, usize)>,
}

impl<'a> Package<'a> {
    /// Opens the package and checks its directory.
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let entries = limits.entries as u64;
        // The directory is read in one go, so its size is guessed first; a workbook stored
        // inside a workbook adds to the guess, hence the margin.
        let guess = memchr::memmem::find_iter(bytes, b"PK\x01\x02").count() as u64;
        check(guess, entries.saturating_mul(4), "max-entries")?;
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            let end = memchr::memmem::rfind(bytes, b"PK\x05\x06");
            let damage = match end {
                None => Damage::Truncated,
                Some(_) => Damage::Container(error.to_string()),
            };
            ReadError::corrupt("zip", damage)
        })?;
        check(archive.len() as u64, entries, "max-entries")?;
        if archive.has_duplicate_names() {
            return Err(ReadError::corrupt("zip", Damage::Duplicate));
        }
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for index in 0..archive.len() {
            let entry = archive
                .by_index_data(index)
                .map_err(|error| container("zip", &error))?;
            let raw = entry.name_raw();
            let name = normal(&String::from_utf8_lossy(raw));
            let own = local(bytes, entry.header_start()).filter(|(own, _)| *own == raw);
            let Some((_, data)) = own else {
                return Err(ReadError::corrupt(name, Damage::TwoNames));
            };
            let end = data.saturating_add(entry.compressed_size());
            places.push((entry.header_start(), end, index));
            names.push((name, index));
        }
        apart(&mut places, archive.central_directory_start())
            .map_err(|index| ReadError::corrupt(names[index].0.clone(), too_long()))?;
        let first = places.first().map_or(0, |place| place.0);
        if ends_in(bytes, first) || ends_twice(bytes, archive.central_directory_start()) {
            return Err(ReadError::corrupt("zip", Damage::TwoArchives));
        }
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(ReadError::corrupt(pair[0].0.clone(), Damage::Duplicate));
        }
        Ok(Self { archive, names })
    }

    /// Whether there is an entry of this name, case aside.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// Whether any entry's normalised name begins so.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        let at = self
            .names
            .partition_point(|entry| entry.0.as_str() < prefix);
        self.names
            .get(at)
            .is_some_and(|entry| entry.0.starts_with(prefix))
    }

    /// The normalised names with the index of their entry, sorted.
    pub(crate) fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// The archive itself, for copying entries as they stand.
    pub(crate) fn archive(&mut self) -> &mut ZipArchive<Cursor<&'a [u8]>> {
        &mut self.archive
    }

    /// The index of the entry of this name, case aside.
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        let name = normal(name);
        let at = self
            .names
            .binary_search_by(|entry| entry.0.as_str().cmp(&name))
            .ok()?;
        self.names.get(at).map(|entry| entry.1)
    }

    /// Reads a part to its end into `buffer`; `false` if there is none of this name.
    pub(crate) fn read(
        &mut self,
        name: &str,
        budget: &mut Budget<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, ReadError> {
        buffer.clear();
        let Some(index) = self.index(name) else {
            return Ok(false);
        };
        let failed = |error| container(name, &error);
        let listed = self.archive.by_index_data(index).map_err(failed)?;
        if let Some(packing) = Packing::of(&listed) {
            return Err(ReadError::packed(name, packing));
        }
        let entry = self.archive.by_index(index).map_err(failed)?;
        let declared = entry.size();
        budget
            .limits
            .dense(name, entry.compressed_size(), declared)?;
        budget.inflate(declared)?;
        // Reserved here, or a lack of memory would come as an error of reading and pass for damage.
        buffer.reserve(usize::try_from(declared).unwrap_or(usize::MAX));
        // One byte more than declared shows a part that is longer than it says.
        entry
            .take(declared.saturating_add(1))
            .read_to_end(buffer)
            .map_err(|error| ReadError::corrupt(name, Damage::Content(error.to_string())))?;
        if buffer.len() as u64 != declared {
            let found = format!("{} instead of {declared} bytes", buffer.len());
            return Err(ReadError::corrupt(name, Damage::Content(found)));
        }
        Ok(true)
    }
}

fn container(part: &str, error: &ZipError) -> ReadError {
    ReadError::corrupt(part, Damage::Container(error.to_string()))
}

/// One spelling for a name: forward slashes, no leading one, lower case.
pub(crate) fn normal(name: &str) -> String {
    name.replace('\\', "/")
        .trim_start_matches('/')
        .to_lowercase()
}

/// The name in the local header at `start`, and where the packed bytes begin.
fn local(bytes: &[u8], start: u64) -> Option<(&[u8], u64)> {
    let header = bytes.get(usize::try_from(start).ok()?..)?;
    if !header.starts_with(b"PK\x03\x04") {
        return None;
    }
    let length = |at: usize| Some(u16::from_le_bytes([*header.get(at)?, *header.get(at + 1)?]));
    let (name, extra) = (length(26)?, length(28)?);
    let data = start.checked_add(30 + u64::from(name) + u64::from(extra))?;
    Some((header.get(30..30 + usize::from(name))?, data))
}

/// Sees that no entry, of where it starts and ends, reaches into the next one or into the directory
/// at `end`; else gives its index. What is copied as it stands would take others with it, and one
/// that says it is long would pass for less dense than it is.
fn apart(places: &mut [(u64, u64, usize)], end: u64) -> Result<(), usize> {
    places.sort_unstable();
    let next = places.iter().skip(1).map(|place| place.0).chain([end]);
    let mut pairs = places.iter().zip(next);
    pairs
        .find(|(place, next)| place.1 > *next)
        .map_or(Ok(()), |(place, _)| Err(place.2))
}

/// Whether an archive ends before the place where entries begin.
fn ends_in(bytes: &[u8], begin: u64) -> bool {
    let before = usize::try_from(begin).ok().and_then(|end| bytes.get(..end));
    before.is_some_and(|before| memchr::memmem::find(before, b"PK\x05\x06").is_some())
}

/// Whether an archive ends behind the directory at `start` more than once: of an end that is out of
/// order, some programs go back to the one before.
fn ends_twice(bytes: &[u8], start: u64) -> bool {
    let behind = usize::try_from(start).ok().and_then(|at| bytes.get(at..));
    behind.is_some_and(|behind| memchr::memmem::find_iter(behind, b"PK\x05\x06").count() > 1)
}

fn too_long() -> Damage {
    Damage::Content("longer than its place".to_owned())
}

/// The text of an XML part: UTF-8 with or without a byte order mark, or UTF-16. One that says it is
/// in an encoding in which it would read otherwise is refused: programs go by what it says.
pub(crate) fn decode<'a>(bytes: &'a [u8], part: &str) -> Result<Cow<'a, str>, ReadError> {
    let text = decoded(bytes, part)?;
    let is_wide = bytes.first() != Some(&b'\xEF') && text.as_bytes() != bytes;
    match said_encoding(&text) {
        Some(said) if !is_of(said, &text, is_wide) => {
            Err(ReadError::corrupt(part, Damage::Encoding))
        }
        _ => Ok(text),
    }
}

/// The encoding that the first line of a part names.
fn said_encoding(text: &str) -> Option<&str> {
    let (line, _) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = line.split_once("encoding")?;
    let value = value.trim_ascii_start().strip_prefix('=')?;
    let value = value.trim_ascii_start();
    let quote = value
        .chars()
        .next()
        .filter(|quote| ['"', '\''].contains(quote))?;
    value[1..].split_once(quote).map(|split| split.0)
}

/// Whether a text reads the same in the encoding of this name.
fn is_of(said: &str, text: &str, is_wide: bool) -> bool {
    if is_wide {
        return said.to_ascii_lowercase().starts_with("utf-16");
    }
    let encoding = encoding_rs::Encoding::for_label(said.as_bytes());
    encoding.is_some_and(|encoding| {
        encoding == encoding_rs::UTF_8 || (text.is_ascii() && encoding.is_ascii_compatible())
    })
}

fn decoded<'a>(bytes: &'a [u8], part: &str) -> Result<Cow<'a, str>, ReadError> {
    let encoding = || ReadError::corrupt(part, Damage::Encoding);
    let little = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            return std::str::from_utf8(rest)
                .map(Cow::Borrowed)
                .map_err(|_| encoding());
        }
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => true,
        [0xFE, 0xFF, ..] | [0, b'<', ..] => false,
        _ => {
            return std::str::from_utf8(bytes)
                .map(Cow::Borrowed)
                .map_err(|_| encoding());
        }
    };
    if !bytes.len().is_multiple_of(2) {
        return Err(encoding());
    }
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    let text = text.map_err(|_| encoding())?;
    Ok(Cow::Owned(text.trim_start_matches('\u{feff}').to_owned()))
}
