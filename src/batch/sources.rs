//! The files of a bulk run: folders walked and archives opened, in the order of their paths.
//!
//! Links are listed, never followed; nothing is unpacked to disk, so that a name in an archive
//! is only ever shown.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use super::archive::{Archive, Entry};
use crate::read::{Damage, Found, Limits, Packing, ReadError};

/// A file to be examined.
#[derive(Debug)]
pub struct Source {
    /// Where it is, through archives, with forward slashes.
    pub path: String,
    /// The file to open: the file itself, or the archive.
    pub opened: PathBuf,
    /// Seconds since 1970 when it was last changed; 0 where that is not known.
    pub modified: i64,
    /// What there is to examine.
    pub content: Content,
}

/// What there is to examine.
#[derive(Debug)]
pub enum Content {
    /// A file that is opened when its turn comes.
    File,
    /// The bytes of an entry of an archive.
    Bytes(Vec<u8>),
    /// Not opened, and why.
    Refused(Refusal),
}

/// Why something was not opened.
#[derive(Debug)]
pub enum Refusal {
    /// A link.
    Link,
    /// An archive inside an archive inside an archive.
    Nested,
    /// An archive without files, or with such only as programs leave behind.
    Empty,
    /// The archive, or an entry of it, cannot be unpacked.
    Damaged(Damage),
    /// Two entries of an archive have one name.
    Twice,
    /// The bytes of this entry of an archive are those of another one too, or of the directory.
    Shared(String),
    /// This entry of an archive is packed in a way that is not read here.
    Packed(String, Packing),
    /// More than this many entries in one archive.
    ManyEntries(usize),
    /// The directory of an archive takes more bytes than names do.
    LargeDirectory(u64),
    /// More than this many bytes in one archive, unpacked.
    ManyBytes(u64),
    /// Not read.
    Read(ReadError),
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Walks what was given.
#[derive(Debug)]
pub struct Sources {
    /// What was given, the last first.
    roots: Vec<PathBuf>,
    folder: Option<Folder>,
    archive: Option<Archive>,
    limits: Limits,
    /// What this run itself writes, and folders into which it does.
    own: HashMap<OsString, Vec<PathBuf>>,
}

#[derive(Debug)]
struct Folder {
    root: PathBuf,
    entries: walkdir::IntoIter,
}

impl Sources {
    /// Walks these files and folders, in the order of their names, each once. What is `own` is
    /// left out: outputs of this run.
    pub fn new(given: Vec<PathBuf>, own: Vec<PathBuf>, limits: Limits) -> Self {
        // By their names first: a link below a folder is listed with it.
        let roots = once(given, Path::to_owned);
        let full = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut roots = once(roots, full);
        roots.sort_by_cached_key(|path| Reverse(shown(path)));
        // Under its own name, and under that of what it may be a link to.
        let own = own.iter();
        let own = own.flat_map(|path| [placed(path), resolved(path)]);
        let mut named: HashMap<OsString, Vec<PathBuf>> = HashMap::new();
        for path in own.flatten() {
            let name = path.file_name().unwrap_or_default().to_owned();
            named.entry(name).or_default().push(path);
        }
        Self {
            roots,
            folder: None,
            archive: None,
            limits,
            own: named,
        }
    }

    /// The files of an archive that is in memory, shown below `path`; what is no archive is one
    /// file.
    pub fn in_memory(path: &str, bytes: Vec<u8>, limits: Limits) -> Unpacked {
        let one = |content| Source {
            path: path.to_owned(),
            opened: PathBuf::from(path),
            modified: 0,
            content,
        };
        if !is_archive(Path::new(path)) {
            return Unpacked(Inside::One(Some(one(Content::Bytes(bytes)))));
        }
        match Archive::in_memory(path, bytes.clone()) {
            Ok(Some(archive)) => Unpacked(Inside::Many(archive, limits)),
            Ok(None) => Unpacked(Inside::One(Some(one(Content::Bytes(bytes))))),
            Err(refusal) => Unpacked(Inside::One(Some(one(Content::Refused(refusal))))),
        }
    }

    /// How many files there are, archives counted as one: for a progress bar.
    pub fn total(&self) -> u64 {
        let files = |root: &PathBuf| {
            WalkDir::new(root)
                .into_iter()
                .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()))
                .filter(|entry| {
                    entry
                        .as_ref()
                        .is_ok_and(|entry| !entry.file_type().is_dir())
                })
                .count() as u64
        };
        self.roots.iter().map(files).sum()
    }

    fn in_folder(&mut self) -> Option<Source> {
        loop {
            let Folder { root, entries } = self.folder.as_mut()?;
            let Some(entry) = entries.next() else {
                self.folder = None;
                return None;
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let at = error.path().map_or_else(|| root.clone(), Path::to_owned);
                    return Some(refused(&at, Refusal::Read(ReadError::Io(error.into()))));
                }
            };
            if entry.depth() > 0 && is_hidden(entry.file_name()) {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                continue;
            }
            if entry.depth() > 0 && is_own(&self.own, entry.path()) {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                continue;
            }
            if entry.file_type().is_dir() {
                continue;
            }
            if entry.path_is_symlink() && entry.depth() > 0 {
                return Some(refused(entry.path(), Refusal::Link));
            }
            let path = entry.into_path();
            return self.file(path);
        }
    }

    /// A file; of an archive the first file in it.
    fn file(&mut self, path: PathBuf) -> Option<Source> {
        if is_archive(&path) {
            match Archive::open(&path) {
                Ok(Some(archive)) => {
                    self.archive = Some(archive);
                    return self.in_archive();
                }
                // A workbook under the name of an archive.
                Ok(None) => {}
                Err(refusal) => return Some(refused(&path, refusal)),
            }
        }
        Some(Source {
            path: shown(&path),
            modified: modified(&path),
            opened: path,
            content: Content::File,
        })
    }

    fn in_archive(&mut self) -> Option<Source> {
        let archive = self.archive.as_mut()?;
        let opened = archive.opened().to_owned();
        let Some(Entry {
            path,
            modified,
            content,
        }) = archive.next(&self.limits)
        else {
            self.archive = None;
            return None;
        };
        Some(Source {
            path,
            opened,
            modified,
            content,
        })
    }
}

impl Iterator for Sources {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        loop {
            let next = self.in_archive().or_else(|| self.in_folder());
            if next.is_some() {
                return next;
            }
            let root = self.roots.pop()?;
            match fs::metadata(&root) {
                Err(error) => return Some(refused(&root, Refusal::Read(ReadError::Io(error)))),
                Ok(metadata) if metadata.is_dir() => {
                    let entries = WalkDir::new(&root)
                        .sort_by(|a, b| order(a).cmp(&order(b)))
                        .into_iter();
                    self.folder = Some(Folder { root, entries });
                }
                Ok(metadata) if !metadata.is_file() => {
                    let error = ReadError::NotAWorkbook(Found::Special);
                    return Some(refused(&root, Refusal::Read(error)));
                }
                Ok(_) => {
                    if let Some(source) = self.file(root) {
                        return Some(source);
                    }
                }
            }
        }
    }
}

/// Without what lies in another of these, or is named again; of two names the one given first.
fn once(given: Vec<PathBuf>, full: impl Fn(&Path) -> PathBuf) -> Vec<PathBuf> {
    let mut given: Vec<(PathBuf, PathBuf)> =
        given.into_iter().map(|path| (full(&path), path)).collect();
    // By their parts: what a folder holds comes right behind it.
    given.sort_by(|a, b| a.0.cmp(&b.0));
    let mut kept: Vec<(PathBuf, PathBuf)> = Vec::new();
    for (full, path) in given {
        let again = kept.last().is_some_and(|known| full.starts_with(&known.0));
        if !again {
            kept.push((full, path));
        }
    }
    kept.into_iter().map(|(_, path)| path).collect()
}

/// See [`Sources::in_memory`].
#[derive(Debug)]
pub struct Unpacked(Inside);

#[derive(Debug)]
enum Inside {
    One(Option<Source>),
    Many(Archive, Limits),
}

impl Iterator for Unpacked {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        match &mut self.0 {
            Inside::One(source) => source.take(),
            Inside::Many(archive, limits) => {
                let opened = archive.opened().to_owned();
                let entry = archive.next(limits)?;
                Some(Source {
                    path: entry.path,
                    opened,
                    modified: entry.modified,
                    content: entry.content,
                })
            }
        }
    }
}

/// Names in the order of whole paths: what a folder or an archive holds is sorted with the slash
/// behind its name.
fn order(entry: &DirEntry) -> Vec<u8> {
    let mut name = entry.file_name().as_encoded_bytes().to_vec();
    if entry.file_type().is_dir() || is_archive(entry.path()) {
        name.push(b'/');
    }
    name
}

fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// Behind the name of a file that is being written.
pub const DRAFT: &str = ".gouji-draft";

/// Whether a name is one of files that programs leave beside those of people.
pub fn is_hidden(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    (name.starts_with('.') && name != "." && name != "..")
        || name.starts_with("~$")
        || name.ends_with(DRAFT)
        || ["thumbs.db", "desktop.ini", "__macosx"].contains(&name.to_lowercase().as_str())
}

/// A path as people read it: forward slashes, and bytes that are no text as `\xFF`. No two paths
/// are shown as one: a backslash that looks like such a byte is `\x5C`.
pub(super) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        let valid = chunk.valid();
        for (at, c) in valid.char_indices() {
            match c {
                '\\' if cfg!(windows) => text.push('/'),
                '\\' if is_shown_byte(&valid.as_bytes()[at..]) => text.push_str("\\x5C"),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

fn is_shown_byte(text: &[u8]) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    matches!(text, [_, b'x', high, low, ..] if is_digit(high) && is_digit(low))
}

fn modified(path: &Path) -> i64 {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

fn refused(path: &Path, refusal: Refusal) -> Source {
    Source {
        path: shown(path),
        opened: path.to_owned(),
        modified: 0,
        content: Content::Refused(refusal),
    }
}

/// The full path of something that need not exist yet, links resolved as far as it does.
pub fn resolved(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let mut missing: Vec<Component<'_>> = Vec::new();
    let mut there = path.as_path();
    loop {
        if let Ok(mut full) = there.canonicalize() {
            for part in missing.into_iter().rev() {
                match part {
                    Component::ParentDir => {
                        full.pop();
                    }
                    part => full.push(part),
                }
            }
            return Some(full);
        }
        missing.push(there.components().next_back()?);
        there = there.parent()?;
    }
}

/// The same, but of a link where it is itself.
pub fn placed(path: &Path) -> Option<PathBuf> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Some(resolved(folder)?.join(path.file_name()?))
}

fn is_own(own: &HashMap<OsString, Vec<PathBuf>>, path: &Path) -> bool {
    let named = path.file_name().and_then(|name| own.get(name));
    named.is_some_and(|named| placed(path).is_some_and(|path| named.contains(&path)))
}
