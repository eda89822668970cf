//! Copies and notices that are about to be written, in a list beside the database: which ones there
//! are, the database says when the run has come to its end. After one that was killed the next run
//! would take what it left for changed by somebody.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gouji::batch::store::{Store, StoreError};

use super::written::{AsWritten, Noted, is_as_written, note, noted};
use super::{marked, notices};

/// Behind the name of the database.
pub(super) const ENDING: &str = "-written";

/// The most of it that is read, in bytes: some hundred thousand files.
const MOST: u64 = 64 << 20;

/// The list, which only a run that was cut short leaves.
pub(super) struct Journal {
    /// None where nothing is kept of the run.
    path: Option<PathBuf>,
    file: Mutex<Option<File>>,
}

/// Under which note of the database a file belongs, and its full path.
type Place = (String, String);

impl Journal {
    /// Beside a database, into which it takes what a run has left that was cut short.
    pub(super) fn open(database: Option<&Path>, store: &Store) -> Result<Self, StoreError> {
        let path = database.map(|database| {
            let mut path = database.as_os_str().to_owned();
            path.push(ENDING);
            PathBuf::from(path)
        });
        let journal = Self {
            path,
            file: Mutex::default(),
        };
        let mut listed: HashMap<Place, Vec<AsWritten>> = HashMap::new();
        for (place, written) in journal.left() {
            listed.entry(place).or_default().push(written);
        }
        let mut notes: HashMap<String, Noted> = HashMap::new();
        let is_name = |name: &str| [notices::WRITTEN, marked::WRITTEN].contains(&name);
        for ((name, path), written) in listed {
            if !is_name(&name) {
                continue;
            }
            // What was not written any more is as it was before.
            let is_it = |written: &AsWritten| is_as_written(Path::new(&path), written);
            if let Some(written) = written.into_iter().rfind(is_it) {
                let noted = match notes.entry(name) {
                    Entry::Occupied(noted) => noted.into_mut(),
                    Entry::Vacant(none) => {
                        let noted = noted(store, none.key())?;
                        none.insert(noted)
                    }
                };
                noted.insert(path, written);
            }
        }
        for (name, noted) in notes {
            note(store, &name, &noted.iter().collect())?;
        }
        Ok(journal)
    }

    /// What is listed; a line that was not written to its end is none.
    fn left(&self) -> Vec<(Place, AsWritten)> {
        let is_file = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_file());
        let file = self.path.as_ref().filter(is_file).map(File::open);
        let lines = file.into_iter().flatten().flat_map(|file| {
            let lines = BufReader::new(file.take(MOST)).split(b'\n');
            lines.map_while(Result::ok)
        });
        lines
            .filter_map(|line| serde_json::from_slice(&line).ok())
            .collect()
    }

    /// Lists a file that is about to be written; the database will have it under the note `name`.
    pub(super) fn list(&self, name: &str, path: &str, written: &AsWritten) -> io::Result<()> {
        let Some(journal) = &self.path else {
            return Ok(());
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(OpenOptions::new().append(true).create(true).open(journal)?),
        };
        // Behind the line that a killed run did not write to its end.
        let line = format!("\n{}\n", serde_json::to_string(&((name, path), written))?);
        file.write_all(line.as_bytes())
    }

    /// The database has it all.
    pub(super) fn end(&self) {
        // Windows removes no file that is open.
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::written::as_written;
    use super::*;

    #[test]
    fn the_last_line_that_holds_counts_and_a_line_without_end_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let result = folder.path().join("甲.xlsx");
        let path = result.to_str().unwrap();
        let database = folder.path().join("汇总.db");
        let known = |noted_before: &[u8]| {
            let store = Store::temporary().unwrap();
            let before = (&path.to_owned(), &as_written(noted_before));
            note(&store, "copies", &[before].into()).unwrap();
            let journal = Journal::open(Some(&database), &store).unwrap();
            (journal, noted(&store, "copies").unwrap())
        };
        let list = |bytes| {
            let (journal, _) = known(b"old");
            journal.list("copies", path, &as_written(bytes)).unwrap();
            journal
        };
        list(b"first")
            .list("copies", path, &as_written(b"second"))
            .unwrap();
        let mut journal = database.clone().into_os_string();
        journal.push(ENDING);
        let mut cut = OpenOptions::new().append(true).open(&journal).unwrap();
        cut.write_all(b"[[\"copies\",\"\xE5\xB2").unwrap();
        let last = list(b"third");
        for (found, as_noted) in [
            ("old", &b"old"[..]),
            ("first", b"first"),
            ("second", b"second"),
            ("third", b"third"),
            ("somebody's", b"old"),
        ] {
            #[allow(clippy::disallowed_methods, reason = "it stands for a result")]
            fs::write(&result, found).unwrap();
            assert_eq!(known(b"old").1[path], as_written(as_noted), "{found}");
        }
        last.end();
        assert!(!Path::new(&journal).exists());
    }

    #[test]
    fn a_run_without_a_database_lists_nothing() {
        let journal = Journal::open(None, &Store::temporary().unwrap()).unwrap();
        journal
            .list("copies", "甲.xlsx", &AsWritten::default())
            .unwrap();
        assert!(journal.left().is_empty());
    }
}
