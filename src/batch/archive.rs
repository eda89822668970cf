//! The files in a zip archive, and in archives inside it, one at a time.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use encoding_rs::GBK;
use zip::ZipArchive;
use zip::result::ZipError;

use super::sources::{Content, Refusal, is_hidden, shown};
use crate::read::limits::check;
use crate::read::{Damage, Limits, ReadError};

/// The most entries of one archive: a few hundred thousand names fit in memory.
const MOST_ENTRIES: usize = 100_000;

/// The most bytes of one archive, unpacked.
const MOST_BYTES: u64 = 8 << 30;

/// Workbooks are packed already: an archive that unpacks to more than so many times its own length
/// is none of submissions, and is left once it has given this many bytes.
const DENSEST: u64 = 20;
const FEW_BYTES: u64 = 1 << 30;

/// The flag of an entry that says that its name is UTF-8.
const SAYS_UTF8: u16 = 1 << 11;

/// Chinese is written in three bytes in UTF-8, as all is from here on.
const FIRST_OF_THREE_BYTES: char = '\u{800}';

/// The end of a directory, with its comment, is at most so long.
const LONGEST_END: u64 = 22 + 65_535;

/// An open archive, at one of its entries.
pub(super) struct Archive {
    /// The file that was opened.
    opened: PathBuf,
    level: Level,
    budget: Budget,
}

/// The archive itself, or one inside it.
struct Level {
    /// Where it is, as a folder.
    path: String,
    archive: ZipArchive<Box<dyn Bytes>>,
    /// Names and indices, the last first.
    names: Vec<(String, usize)>,
    /// The archive in it that is being read.
    inner: Option<Box<Level>>,
    depth: usize,
}

/// What may still be taken out of an archive that was given and the archives inside it.
struct Budget {
    /// Entries, of how many.
    entries: usize,
    most_entries: usize,
    /// Bytes unpacked so far, and how many may be.
    unpacked: u64,
    most: u64,
}

impl Budget {
    /// That of an archive of this length.
    fn of(length: u64) -> Self {
        Self {
            entries: MOST_ENTRIES,
            most_entries: MOST_ENTRIES,
            unpacked: 0,
            most: length.saturating_mul(DENSEST).clamp(FEW_BYTES, MOST_BYTES),
        }
    }

    /// Refuses more entries than are left.
    fn has_room(&self, entries: u64) -> Result<(), Refusal> {
        match entries > self.entries as u64 {
            true => Err(Refusal::ManyEntries(self.most_entries)),
            false => Ok(()),
        }
    }
}

/// A file in an archive.
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) modified: i64,
    pub(super) content: Content,
}

trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("path", &self.level.path)
            .finish()
    }
}

impl Archive {
    /// Opens the archive at `path`; `None` where it is a workbook or no archive at all, which the
    /// reader will tell.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Refusal> {
        let io = |error| Refusal::Read(ReadError::Io(error));
        let mut file = File::open(path).map_err(io)?;
        let mut start = [0; 4];
        if file.read_exact(&mut start).is_err() || !start.starts_with(b"PK") {
            return Ok(None);
        }
        file.rewind().map_err(io)?;
        Self::begin(Box::new(BufReader::new(file)), path.to_owned(), shown(path))
    }

    /// Opens an archive that is in memory; `None` where it is a workbook or no archive at all.
    pub(super) fn in_memory(path: &str, bytes: Vec<u8>) -> Result<Option<Self>, Refusal> {
        if !bytes.starts_with(b"PK") {
            return Ok(None);
        }
        Self::begin(
            Box::new(Cursor::new(bytes)),
            PathBuf::from(path),
            path.to_owned(),
        )
    }

    fn begin(
        mut bytes: Box<dyn Bytes>,
        opened: PathBuf,
        path: String,
    ) -> Result<Option<Self>, Refusal> {
        let length = bytes.seek(SeekFrom::End(0));
        let length = length.map_err(|error| Refusal::Read(ReadError::Io(error)))?;
        let mut budget = Budget::of(length);
        let level = Level::read(bytes, path, 0, &mut budget)?;
        Ok(level.map(|level| Self {
            opened,
            level,
            budget,
        }))
    }

    /// The file that was opened.
    pub(super) fn opened(&self) -> &Path {
        &self.opened
    }

    /// The next file.
    pub(super) fn next(&mut self, limits: &Limits) -> Option<Entry> {
        self.level.next(limits, &mut self.budget)
    }
}

impl Level {
    fn read(
        mut bytes: Box<dyn Bytes>,
        path: String,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<Option<Self>, Refusal> {
        let io = |error| Refusal::Read(ReadError::Io(error));
        let length = bytes.seek(SeekFrom::End(0)).map_err(io)?;
        // The directory is read in one go: how much of it there is comes first.
        budget.has_room(entries(&mut bytes, length).map_err(io)?)?;
        bytes.rewind().map_err(io)?;
        let mut archive = ZipArchive::new(bytes).map_err(|error| damaged(&error))?;
        budget.has_room(archive.len() as u64)?;
        let workbook = ["[Content_Types].xml", "mimetype"];
        if workbook
            .iter()
            .any(|name| archive.index_for_name(name).is_some())
        {
            return Ok(None);
        }
        // Of those only the last can be got at: of folders, of which there is nothing to get, no harm.
        if archive.has_duplicate_names() {
            let (start, names) = (archive.central_directory_start(), archive.len());
            let mut bytes = archive.into_inner();
            if !only_folders_twice(&mut bytes, start, names).map_err(io)? {
                return Err(Refusal::Twice);
            }
            bytes.rewind().map_err(io)?;
            archive = ZipArchive::new(bytes).map_err(|error| damaged(&error))?;
        }
        let mut names = Vec::new();
        for index in 0..archive.len() {
            let entry = archive
                .by_index_data(index)
                .map_err(|error| damaged(&error))?;
            let name = name(entry.name_raw(), entry.flags().as_u16());
            if entry.is_dir() || name.split('/').any(|part| is_hidden(part.as_ref())) {
                continue;
            }
            names.push((name, index));
        }
        tell_apart(&mut names);
        names.sort_by_cached_key(|(name, _)| match is_archive(name) {
            true => format!("{name}/"),
            false => name.clone(),
        });
        names.reverse();
        budget.entries = budget.entries.saturating_sub(archive.len());
        Ok(Some(Self {
            path,
            archive,
            names,
            inner: None,
            depth,
        }))
    }

    fn next(&mut self, limits: &Limits, budget: &mut Budget) -> Option<Entry> {
        loop {
            if let Some(inner) = &mut self.inner {
                let next = inner.next(limits, budget);
                if next.is_some() {
                    return next;
                }
                self.inner = None;
            }
            let (name, index) = self.names.pop()?;
            let path = format!("{}/{name}", self.path);
            if budget.unpacked > budget.most {
                self.names.clear();
                return Some(refused(path, Refusal::ManyBytes(budget.most)));
            }
            let (modified, bytes) = match self.unpack(index, limits) {
                Ok(unpacked) => unpacked,
                Err(refusal) => return Some(refused(path, refusal)),
            };
            budget.unpacked = budget.unpacked.saturating_add(bytes.len() as u64);
            if is_archive(&name) && bytes.starts_with(b"PK") {
                if self.depth > 0 {
                    return Some(refused(path, Refusal::Nested));
                }
                let inside: Box<dyn Bytes> = Box::new(Cursor::new(bytes.clone()));
                match Self::read(inside, path.clone(), self.depth + 1, budget) {
                    Ok(Some(inner)) => {
                        self.inner = Some(Box::new(inner));
                        continue;
                    }
                    Ok(None) => {}
                    Err(refusal) => return Some(refused(path, refusal)),
                }
            }
            return Some(Entry {
                path,
                modified,
                content: Content::Bytes(bytes),
            });
        }
    }

    /// When an entry was changed, and its bytes, within the limit of one file.
    fn unpack(&mut self, index: usize, limits: &Limits) -> Result<(i64, Vec<u8>), Refusal> {
        let entry = self.archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
                Refusal::Read(ReadError::Encrypted)
            }
            error => damaged(&error),
        })?;
        // What it says of itself is looked at before memory is taken, and not believed after.
        let declared = entry.size();
        check(declared, limits.file_bytes, "max-file-bytes")?;
        let name = name(entry.name_raw(), entry.flags().as_u16());
        limits.dense(&name, entry.compressed_size(), declared)?;
        let modified = entry.last_modified().map_or(0, |time| {
            let date = jiff::civil::DateTime::new(
                i16::try_from(time.year()).unwrap_or(1980),
                i8::try_from(time.month()).unwrap_or(1),
                i8::try_from(time.day()).unwrap_or(1),
                i8::try_from(time.hour()).unwrap_or(0),
                i8::try_from(time.minute()).unwrap_or(0),
                i8::try_from(time.second()).unwrap_or(0),
                0,
            );
            // Archives do not say in which zone their clock was: nearly always in that of here.
            date.ok()
                .and_then(|date| date.to_zoned(jiff::tz::TimeZone::system()).ok())
                .map_or(0, |date| date.timestamp().as_second())
        });
        let mut bytes = Vec::new();
        entry
            .take(declared.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| Refusal::Damaged(Damage::Content(error.to_string())))?;
        if bytes.len() as u64 != declared {
            let found = format!("{} instead of {declared} bytes", bytes.len());
            return Err(Refusal::Damaged(Damage::Content(found)));
        }
        Ok((modified, bytes))
    }
}

/// How many entries the directory of an archive says that it has; 0 where no end of one is found,
/// which opening it will tell.
fn entries(bytes: &mut (impl Read + Seek), length: u64) -> io::Result<u64> {
    let from = length.saturating_sub(LONGEST_END);
    bytes.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    bytes.take(LONGEST_END).read_to_end(&mut end)?;
    let Some(at) = memchr::memmem::rfind(&end, b"PK\x05\x06") else {
        return Ok(0);
    };
    let short = end.get(at + 10..at + 12).map_or(0, |count| {
        u64::from(u16::from_le_bytes([count[0], count[1]]))
    });
    // A directory of 64 bits says where its own end is, right before this one.
    let locator = at
        .checked_sub(20)
        .and_then(|at| end.get(at..at + 16))
        .filter(|locator| locator.starts_with(b"PK\x06\x07"));
    let Some(locator) = locator.and_then(|locator| locator[8..].try_into().ok()) else {
        return Ok(short);
    };
    bytes.seek(SeekFrom::Start(u64::from_le_bytes(locator)))?;
    let mut end = Vec::new();
    bytes.take(40).read_to_end(&mut end)?;
    let long = end.get(32..40).and_then(|count| count.try_into().ok());
    Ok(long.map_or(short, u64::from_le_bytes))
}

/// Whether of the entries of a directory, which begins at `start`, all but so many `names` are
/// folders that were named before.
fn only_folders_twice(
    bytes: &mut (impl Read + Seek),
    start: u64,
    names: usize,
) -> io::Result<bool> {
    bytes.seek(SeekFrom::Start(start))?;
    let mut met = HashSet::new();
    let mut left = 0;
    for _ in 0..MOST_ENTRIES {
        let mut head = [0; 46];
        if bytes.read_exact(&mut head).is_err() || !head.starts_with(b"PK\x01\x02") {
            break;
        }
        let number = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let mut raw = vec![0; usize::from(number(28))];
        bytes.read_exact(&mut raw)?;
        let more = u64::from(number(30)) + u64::from(number(32));
        io::copy(&mut bytes.by_ref().take(more), &mut io::sink())?;
        let is_folder = name(&raw, number(8)).ends_with('/');
        if !is_folder || met.insert(raw) {
            left += 1;
        }
    }
    Ok(left == names)
}

/// Numbers names that are one when they are shown: of two entries, or of an archive and a folder.
fn tell_apart(names: &mut [(String, usize)]) {
    let mut all: BTreeSet<String> = names.iter().map(|(name, _)| name.clone()).collect();
    let mut met: HashMap<String, usize> = HashMap::new();
    for (name, _) in names {
        let times = met.entry(name.clone()).or_insert(0);
        *times += 1;
        if *times == 1 && !(is_archive(name) && is_folder(name, &all)) {
            continue;
        }
        let mut number = (*times).max(2);
        let mut apart = numbered(name, number);
        while is_folder(&apart, &all) || !all.insert(apart.clone()) {
            number += 1;
            apart = numbered(name, number);
        }
        *times = number;
        *name = apart;
    }
}

/// A name with a number before its ending, which tells what it is.
fn numbered(name: &str, number: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => format!("{stem}（{number}）.{ending}"),
        _ => format!("{name}（{number}）"),
    }
}

/// Whether entries lie below this name.
fn is_folder(name: &str, all: &BTreeSet<String>) -> bool {
    let folder = format!("{name}/");
    all.range(folder.clone()..)
        .next()
        .is_some_and(|next| next.starts_with(&folder))
}

fn refused(path: String, refusal: Refusal) -> Entry {
    Entry {
        path,
        modified: 0,
        content: Content::Refused(refusal),
    }
}

fn damaged(error: &ZipError) -> Refusal {
    Refusal::Damaged(Damage::Container(error.to_string()))
}

fn is_archive(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// The name of an entry: UTF-8, or as Chinese Windows writes it without saying so.
fn name(raw: &[u8], flags: u16) -> String {
    // Short words in GBK can be letters of other scripts in UTF-8, but no Chinese ones.
    let is_chinese = |name: &str| name.chars().any(|c| c >= FIRST_OF_THREE_BYTES);
    let gbk = GBK.decode_without_bom_handling_and_without_replacement(raw);
    let name = match (std::str::from_utf8(raw), gbk) {
        (Ok(name), _) if flags & SAYS_UTF8 != 0 || is_chinese(name) => name.to_owned(),
        (_, Some(gbk)) => gbk.into_owned(),
        (Ok(name), None) => name.to_owned(),
        (Err(_), None) => GBK.decode_without_bom_handling(raw).0.into_owned(),
    };
    name.replace('\\', "/").trim_start_matches('/').to_owned()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "inputs of tests are written as they are"
)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            let options = SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// What comes out of an archive with two archives of two files each: names, and `!` for what is
    /// refused.
    fn out_of_nested(budget: &mut Budget) -> Vec<String> {
        let inner = archive(&[("1", &[1; 1000]), ("2", &[2; 1000])]);
        let outer = archive(&[("a.zip", &inner), ("b.zip", &inner), ("c", &[3; 1000])]);
        let bytes = Box::new(Cursor::new(outer));
        let mut level = Level::read(bytes, "z".to_owned(), 0, budget)
            .unwrap()
            .unwrap();
        let limits = Limits::default();
        let entries = std::iter::from_fn(|| level.next(&limits, budget));
        let said = entries.map(|entry| match entry.content {
            Content::Refused(_) => format!("{}!", entry.path),
            _ => entry.path,
        });
        said.collect()
    }

    #[test]
    fn archives_in_an_archive_have_one_budget_with_it() {
        let usual = || Budget::of(0);
        let all = ["z/a.zip/1", "z/a.zip/2", "z/b.zip/1", "z/b.zip/2", "z/c"];
        assert_eq!(out_of_nested(&mut usual()), all);
        let mut few = Budget {
            entries: 6,
            ..usual()
        };
        assert_eq!(
            out_of_nested(&mut few),
            ["z/a.zip/1", "z/a.zip/2", "z/b.zip!", "z/c"]
        );
        let mut small = Budget {
            most: 2000,
            ..usual()
        };
        assert_eq!(
            out_of_nested(&mut small),
            ["z/a.zip/1", "z/a.zip/2", "z/b.zip!"]
        );
    }
}
