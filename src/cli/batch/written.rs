//! What lies in the folders for results, and whether an earlier run wrote it there.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gouji::batch::has_ending;
use gouji::batch::store::{Store, StoreError};
use gouji::lang::Lang;
use gouji::read;
use walkdir::WalkDir;

use super::ledger::{AsWritten, Kind, Ledger};
use crate::cli::output;

/// What was in the place of a result, and is kept under another name.
pub(super) struct Aside {
    pub(super) path: PathBuf,
    /// A run wrote it, and somebody has changed it since.
    is_changed: bool,
}

/// Makes room for a result: what is there and is not as the last run wrote it gets another name.
pub(super) fn make_room(
    ledger: &Ledger,
    kind: Kind,
    path: &Path,
    before: Option<&AsWritten>,
    lang: Lang,
) -> io::Result<Option<Aside>> {
    if before.is_some_and(|before| before.is_at(path)) || !output::is_there(path) {
        return Ok(None);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let word = match before {
        Some(_) => lang.pick("（改过）", " (changed)"),
        None => lang.pick("（原有）", " (earlier)"),
    };
    let mut names = (1..).map(|number| match number {
        1 => path.with_file_name(format!("{stem}{word}.{ending}")),
        number => path.with_file_name(format!("{stem}{word} {number}.{ending}")),
    });
    let Some(aside) = names.find(|free| !output::is_there(free)) else {
        return Ok(None);
    };
    ledger.list(kind, &aside, &AsWritten::default())?;
    fs::rename(path, &aside)?;
    Ok(Some(Aside {
        path: aside,
        is_changed: before.is_some(),
    }))
}

impl Aside {
    /// Says that a file has got another name.
    pub(super) fn words(&self, path: &Path, lang: Lang) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let path = path.display();
        match (lang, self.is_changed) {
            (Lang::Zh, true) => {
                format!("「{path}」不是上次写成的样子，没有覆盖，已改名为「{name}」")
            }
            (Lang::Zh, false) => {
                format!("「{path}」不知道是谁写的，没有覆盖，已改名为「{name}」")
            }
            (Lang::En, true) => {
                format!(
                    "{path} is not as it was written: it was not overwritten, and is {name} now"
                )
            }
            (Lang::En, false) => {
                format!("nobody knows who wrote {path}: it was not overwritten, and is {name} now")
            }
        }
    }
}

/// What earlier runs wrote.
pub(super) struct Written(HashSet<PathBuf>);

impl Written {
    /// What the database says; none where another run has it open, which opening it will tell.
    pub(super) fn of(database: Option<&Path>) -> Option<Self> {
        let nothing = Self(HashSet::new());
        let Some(database) = database.filter(|path| path.exists()) else {
            return Some(nothing);
        };
        let store = Store::read_only(database);
        match store.and_then(|store| Self::listed(database, &store)) {
            Ok(written) => Some(written),
            Err(StoreError::Busy) => None,
            Err(_) => Some(nothing),
        }
    }

    fn listed(database: &Path, store: &Store) -> Result<Self, StoreError> {
        let marked = store.marked()?.into_iter().map(PathBuf::from);
        let files = Ledger::all(database, store)?.into_iter().chain(marked);
        let files = files.filter_map(|path| path.canonicalize().ok());
        Ok(Self(files.collect()))
    }

    /// A workbook in a folder that is none of these, nor one of `own`: it would not be read.
    pub(super) fn stranger(&self, folder: &Path, own: &[PathBuf]) -> Option<PathBuf> {
        let own = own.iter().filter_map(|path| path.canonicalize().ok());
        let own: HashSet<PathBuf> = own.collect();
        let mut entries = WalkDir::new(folder).sort_by_file_name().into_iter();
        let is_known = |path: &Path| {
            let full = path.canonicalize();
            full.is_ok_and(|full| self.0.contains(&full) || own.contains(&full))
        };
        loop {
            let Ok(entry) = entries.next()? else {
                continue;
            };
            // Programs leave such files beside those of people.
            if entry.depth() > 0 && gouji::batch::is_hidden(entry.file_name()) {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                continue;
            }
            let path = entry.path();
            let name = entry.file_name().to_string_lossy();
            let is_workbook = || has_ending(&name) || read::sniff_file(path).is_ok();
            if entry.file_type().is_file() && is_workbook() && !is_known(path) {
                return Some(path.to_owned());
            }
        }
    }
}
