//! What lies in the folders for results, and whether an earlier run wrote it there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gouji::batch::has_ending;
use gouji::batch::store::{Store, StoreError};
use gouji::{mark, read};
use walkdir::WalkDir;

use super::{marked, notices};

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
        match Store::read_only(database).and_then(|store| Self::noted(&store)) {
            Ok(written) => Some(written),
            Err(StoreError::Busy) => None,
            Err(_) => Some(nothing),
        }
    }

    fn noted(store: &Store) -> Result<Self, StoreError> {
        let mut files = notices::noted(store)?;
        files.extend(marked::noted(store)?.into_keys().map(PathBuf::from));
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
