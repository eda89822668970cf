//! The files in a zip archive, and in archives inside it, one at a time.

mod directory;
mod names;

use std::fmt;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use zip::ZipArchive;
use zip::result::ZipError;

use super::sources::{Content, Refusal, is_hidden, shown};
use crate::read::limits::check;
use crate::read::{self, Damage, Limits, Packing, ReadError};
use directory::{MOST_DIRECTORY, Metered, begins_as_workbook, ends, entries, only_folders_twice};
use names::{is_archive, kept, name, said, tell_apart};

/// The most entries of one archive: a few hundred thousand names fit in memory.
const MOST_ENTRIES: usize = 100_000;

/// The most bytes of one archive, unpacked.
const MOST_BYTES: u64 = 8 << 30;

/// Workbooks are packed already: an archive that unpacks to more than so many times its own length
/// is none of submissions, and is left once it has given this many bytes.
const DENSEST: u64 = 20;
const FEW_BYTES: u64 = 1 << 30;

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
    archive: ZipArchive<Metered<Box<dyn Bytes>>>,
    /// Names and indices, the last first.
    names: Vec<(String, usize)>,
    /// By index, where each entry ends at the latest.
    ends: Vec<u64>,
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
        let mut file = read::open(path).map_err(Refusal::Read)?;
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
        let is_workbook = begins_as_workbook(&mut bytes).map_err(io)?;
        bytes.rewind().map_err(io)?;
        let (bytes, left) = Metered::new(bytes);
        let mut archive = match ZipArchive::new(bytes) {
            Ok(archive) => archive,
            Err(_) if left.load(Relaxed) == 0 => {
                return Err(Refusal::LargeDirectory(MOST_DIRECTORY));
            }
            Err(_) if is_workbook => return Ok(None),
            Err(error) => return Err(damaged(&error)),
        };
        // Of the entries themselves more is read.
        left.store(u64::MAX, Relaxed);
        budget.has_room(archive.len() as u64)?;
        let workbook = ["[Content_Types].xml", "mimetype"];
        if workbook
            .iter()
            .any(|name| archive.index_for_name(name).is_some())
        {
            return Ok(None);
        }
        budget.entries = budget.entries.saturating_sub(archive.len());
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
        let ends = ends(&archive)?;
        let mut names = Vec::new();
        for index in 0..archive.len() {
            let entry = archive
                .by_index_data(index)
                .map_err(|error| damaged(&error))?;
            let name = name(entry.name_raw(), entry.flags().as_u16());
            if entry.is_dir() || name.split('/').any(|part| is_hidden(part.as_ref())) {
                continue;
            }
            names.push((kept(name), index));
        }
        if names.is_empty() {
            return Err(Refusal::Empty);
        }
        tell_apart(&mut names);
        names.sort_by_cached_key(|(name, _)| match is_archive(name) {
            true => format!("{name}/"),
            false => name.clone(),
        });
        names.reverse();
        Ok(Some(Self {
            path,
            archive,
            names,
            ends,
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
            let (modified, bytes) = match self.unpack(index, limits, budget) {
                Ok(unpacked) => unpacked,
                Err(refusal) => return Some(refused(path, refusal)),
            };
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

    /// When an entry was changed, and its bytes, within the limit of one file. What turns out to be
    /// damaged counts as well: it took as long.
    fn unpack(
        &mut self,
        index: usize,
        limits: &Limits,
        budget: &mut Budget,
    ) -> Result<(i64, Vec<u8>), Refusal> {
        let failed = |error| damaged(&error);
        let listed = self.archive.by_index_data(index).map_err(failed)?;
        let name = said(&listed);
        if let Some(packing) = Packing::of(&listed) {
            return Err(Refusal::Packed(name, packing));
        }
        let entry = self.archive.by_index(index).map_err(failed)?;
        // What it says of itself is looked at before memory is taken, and not believed after.
        let declared = entry.size();
        check(declared, limits.file_bytes, "max-file-bytes")?;
        limits.dense(&name, entry.compressed_size(), declared)?;
        let start = entry.data_start().unwrap_or(u64::MAX);
        let end = start.saturating_add(entry.compressed_size());
        if self.ends.get(index).is_none_or(|latest| end > *latest) {
            return Err(Refusal::Shared(name));
        }
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
        let read = entry
            .take(declared.saturating_add(1))
            .read_to_end(&mut bytes);
        budget.unpacked = budget.unpacked.saturating_add(bytes.len() as u64);
        read.map_err(|error| Refusal::Damaged(Damage::Content(error.to_string())))?;
        if bytes.len() as u64 != declared {
            let found = format!("{} instead of {declared} bytes", bytes.len());
            return Err(Refusal::Damaged(Damage::Content(found)));
        }
        Ok((modified, bytes))
    }
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
    fn what_is_damaged_counts_as_what_was_unpacked() {
        let mut bytes = archive(&[("1", &[1; 1000]), ("2", &[2; 1000]), ("3", &[3; 1000])]);
        // Their checksums, in the directory.
        let entries: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
        entries.iter().for_each(|at| bytes[at + 16] ^= 1);
        let mut budget = Budget {
            most: 1500,
            ..Budget::of(0)
        };
        let bytes = Box::new(Cursor::new(bytes));
        let mut level = Level::read(bytes, "z".to_owned(), 0, &mut budget)
            .unwrap()
            .unwrap();
        let limits = Limits::default();
        let entries = std::iter::from_fn(|| level.next(&limits, &mut budget));
        let refusals: Vec<&str> = entries
            .map(|entry| match entry.content {
                Content::Refused(Refusal::Damaged(_)) => "damaged",
                Content::Refused(Refusal::ManyBytes(1500)) => "too many bytes",
                _ => "read",
            })
            .collect();
        assert_eq!(refusals, ["damaged", "damaged", "too many bytes"]);
    }

    #[test]
    fn an_archive_unpacks_to_twenty_times_its_length_within_bounds() {
        for (mebibytes, most) in [(0, 1 << 10), (52, 20 * 52), (1 << 20, 8 << 10)] {
            assert_eq!(
                Budget::of(mebibytes << 20).most,
                most << 20,
                "{mebibytes} MiB"
            );
        }
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
