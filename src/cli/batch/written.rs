//! What lies in the folders for results, and whether an earlier run wrote it there.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use gouji::batch::store::{Store, StoreError};
use gouji::batch::{digest, has_ending};
use gouji::lang::Lang;
use gouji::{mark, read};
use walkdir::WalkDir;

use super::{marked, notices};
use crate::cli::output;

/// Files by their full paths, each with its bytes and their digest as they were written.
pub(super) type Noted = BTreeMap<String, AsWritten>;

/// The bytes of a file and their digest; of one that is not to be known again none.
pub(super) type AsWritten = (u64, String);

/// What the database lists under a name.
pub(super) fn noted(store: &Store, name: &str) -> Result<Noted, StoreError> {
    let list = store.note(name)?;
    Ok(list.map_or_else(Noted::new, |list| {
        serde_json::from_str(&list).unwrap_or_default()
    }))
}

/// Lists files under a name.
pub(super) fn note(
    store: &Store,
    name: &str,
    files: &BTreeMap<&String, &AsWritten>,
) -> Result<(), StoreError> {
    let list = serde_json::to_string(files);
    let list = list.map_err(|error| StoreError::Damaged(error.to_string()))?;
    store.set_note(name, &list)
}

pub(super) fn as_written(bytes: &[u8]) -> AsWritten {
    (bytes.len() as u64, digest(bytes))
}

/// Whether a file is what was written there.
pub(super) fn is_as_written(path: &Path, (bytes, hash): &AsWritten) -> bool {
    let found = fs::symlink_metadata(path);
    found.is_ok_and(|found| found.is_file() && found.len() == *bytes)
        && fs::read(path).is_ok_and(|bytes| digest(&bytes) == *hash)
}

/// Makes room for a result: what somebody has written into it since, and what is no workbook, gets
/// another name, which is given. What a run has left that was killed is nobody's.
pub(super) fn make_room(
    path: &Path,
    before: Option<&AsWritten>,
    lang: Lang,
) -> io::Result<Option<PathBuf>> {
    let is_ours = match before {
        Some(before) => is_as_written(path, before),
        None => is_package(path),
    };
    if is_ours || !output::is_there(path) {
        return Ok(None);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let word = lang.pick("（改过）", " (changed)");
    let mut names = (1..).map(|number| match number {
        1 => path.with_file_name(format!("{stem}{word}.{ending}")),
        number => path.with_file_name(format!("{stem}{word} {number}.{ending}")),
    });
    let free = names.find(|free| !output::is_there(free));
    free.map(|free| fs::rename(path, &free).map(|()| free))
        .transpose()
}

/// Says that a file has got another name.
pub(super) fn aside_words(path: &Path, aside: &Path, lang: Lang) -> String {
    let name = aside.file_name().unwrap_or_default().to_string_lossy();
    let path = path.display();
    match lang {
        Lang::Zh => format!("「{path}」不是上次写成的样子，没有覆盖，已改名为「{name}」"),
        Lang::En => {
            format!("{path} is not as it was written: it was not overwritten, and is {name} now")
        }
    }
}

fn is_package(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    let mut head = [0; 2];
    is_file
        && fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok())
        && head == *b"PK"
}

/// What earlier runs wrote, as the database says.
pub(super) struct Written {
    files: HashSet<PathBuf>,
    /// The last run came to its end: all copies are noted.
    is_whole: bool,
}

impl Written {
    /// What the database says; none where another run has it open, which opening it will tell.
    pub(super) fn of(database: Option<&Path>) -> Option<Self> {
        let nothing = Self {
            files: HashSet::new(),
            is_whole: true,
        };
        let Some(database) = database.filter(|path| path.exists()) else {
            return Some(nothing);
        };
        match Store::read_only(database).and_then(|store| Self::listed(&store)) {
            Ok(written) => Some(written),
            Err(StoreError::Busy) => None,
            Err(_) => Some(nothing),
        }
    }

    fn listed(store: &Store) -> Result<Self, StoreError> {
        let mut files: Vec<PathBuf> = Vec::new();
        for name in [notices::WRITTEN, marked::WRITTEN] {
            files.extend(noted(store, name)?.into_keys().map(PathBuf::from));
        }
        files.extend(store.marked()?.into_iter().map(PathBuf::from));
        Ok(Self {
            files: files
                .iter()
                .filter_map(|path| path.canonicalize().ok())
                .collect(),
            is_whole: store.has_ended()?,
        })
    }

    /// A workbook in a folder that is none of these, nor one of `own`: it would not be read.
    pub(super) fn stranger(&self, folder: &Path, own: &[PathBuf]) -> Option<PathBuf> {
        let own = own.iter().filter_map(|path| path.canonicalize().ok());
        let own: HashSet<PathBuf> = own.collect();
        let mut entries = WalkDir::new(folder).sort_by_file_name().into_iter();
        let is_known = |path: &Path, name: &str| {
            let full = path.canonicalize();
            full.is_ok_and(|full| self.files.contains(&full) || own.contains(&full))
                || (!self.is_whole && mark::is_copy_name(name))
        };
        loop {
            let Ok(entry) = entries.next()? else {
                continue;
            };
            let name = entry.file_name().to_string_lossy();
            // Programs leave such files beside those of people.
            if entry.depth() > 0 && (name.starts_with('.') || name.starts_with("~$")) {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                continue;
            }
            let path = entry.path();
            let is_workbook = || has_ending(&name) || read::sniff_file(path).is_ok();
            if entry.file_type().is_file() && is_workbook() && !is_known(path, &name) {
                return Some(path.to_owned());
            }
        }
    }
}
