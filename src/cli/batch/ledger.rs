//! What runs have written: copies, notices, summaries. Notes in the database say which there are once
//! a run has come to its end; a list beside it, what is about to be written. After a run that was
//! killed the next one would else take what it left for somebody's.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gouji::batch::digest;
use gouji::batch::store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::cli::inputs::Inputs;
use crate::cli::output;

/// Behind the name of the database.
pub(super) const ENDING: &str = "-written";

/// The most of the list that is read, in bytes: some hundred thousand files.
const MOST: u64 = 64 << 20;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Kind {
    Copy,
    Notice,
    Summary,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Copy, Self::Notice, Self::Summary];

    /// The notes, which outlive the results.
    pub(super) const NOTES: [&str; 3] = ["copies", "notices", "summaries"];

    const fn note(self) -> &'static str {
        Self::NOTES[self as usize]
    }
}

/// A file as it was written: bytes and their digest, and of a copy the digest of the original. Of
/// what somebody else has written no digest: it is known, but not ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AsWritten(u64, String, String);

impl AsWritten {
    pub(super) fn of(bytes: &[u8], original: &str) -> Self {
        Self(bytes.len() as u64, digest(bytes), original.to_owned())
    }

    /// Whether a copy is one of an original with this digest.
    pub(super) fn is_of(&self, original: &str) -> bool {
        self.2 == original
    }

    /// Whether a file is still what was written there.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let found = fs::symlink_metadata(path);
        found.is_ok_and(|found| found.is_file() && found.len() == self.0)
            && fs::read(path).is_ok_and(|bytes| digest(&bytes) == self.1)
    }

    fn is_ours(&self) -> bool {
        !self.1.is_empty()
    }
}

/// Files by their full paths.
pub(super) type Noted = BTreeMap<PathBuf, AsWritten>;

/// A line of the list: what it is and where, as the notes name it.
type Line = ((Kind, String), AsWritten);

/// Notes and list.
pub(super) struct Ledger {
    /// The folder of the database: what lies below is noted by its path from there, so that all of it
    /// can be moved.
    folder: Option<PathBuf>,
    /// None where nothing is kept of the run.
    list: Option<PathBuf>,
    file: Mutex<Option<File>>,
}

impl Ledger {
    fn beside(database: Option<&Path>) -> Self {
        let database = database.and_then(gouji::batch::placed);
        Self {
            folder: database
                .as_deref()
                .and_then(Path::parent)
                .map(Path::to_owned),
            list: database.map(|database| {
                let mut list = database.into_os_string();
                list.push(ENDING);
                PathBuf::from(list)
            }),
            file: Mutex::default(),
        }
    }

    /// Opens what is beside a database, and takes into it what runs have left that were cut short.
    pub(super) fn open(database: Option<&Path>, store: &Store) -> Result<Self, StoreError> {
        let ledger = Self::beside(database);
        let mut listed: HashMap<(Kind, String), Vec<AsWritten>> = HashMap::new();
        for (place, written) in ledger.left() {
            listed.entry(place).or_default().push(written);
        }
        let mut notes: HashMap<Kind, Noted> = HashMap::new();
        for ((kind, name), written) in listed {
            let path = ledger.path(&name);
            output::clear_draft_of(&path);
            let noted = match notes.entry(kind) {
                Entry::Occupied(noted) => noted.into_mut(),
                Entry::Vacant(none) => none.insert(ledger.noted(store, kind)?),
            };
            // What was not written any more is as it was before; what is none of these, somebody has
            // changed since.
            let is_it = |written: &&AsWritten| written.is_at(&path);
            let found = written.iter().rfind(is_it);
            if let Some(found) = found.or(written.last())
                && output::is_there(&path)
                && (found.is_at(&path) || !noted.contains_key(&path))
            {
                noted.insert(path, found.clone());
            }
        }
        for (kind, noted) in notes {
            ledger.note(store, kind, &noted.iter().collect())?;
        }
        Ok(ledger)
    }

    /// How a path is noted; none where it is no text.
    fn name(&self, path: &Path) -> Option<String> {
        let folder = self.folder.as_deref();
        let below = folder.and_then(|folder| path.strip_prefix(folder).ok());
        below.unwrap_or(path).to_str().map(str::to_owned)
    }

    fn path(&self, name: &str) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.join(name),
            None => PathBuf::from(name),
        }
    }

    /// What the database lists.
    pub(super) fn noted(&self, store: &Store, kind: Kind) -> Result<Noted, StoreError> {
        let list = store.note(kind.note())?.unwrap_or_default();
        let named: BTreeMap<String, AsWritten> = serde_json::from_str(&list).unwrap_or_default();
        let places = named.into_iter();
        Ok(places
            .map(|(name, written)| (self.path(&name), written))
            .collect())
    }

    /// Lists files in the database.
    pub(super) fn note(
        &self,
        store: &Store,
        kind: Kind,
        files: &BTreeMap<&PathBuf, &AsWritten>,
    ) -> Result<(), StoreError> {
        let named = files.iter();
        let named: BTreeMap<String, &AsWritten> = named
            .filter_map(|(path, written)| Some((self.name(path)?, *written)))
            .collect();
        let list = serde_json::to_string(&named);
        let list = list.map_err(|error| StoreError::Damaged(error.to_string()))?;
        store.set_note(kind.note(), &list)
    }

    /// Lists a file that is about to be written, or to get its name.
    pub(super) fn list(&self, kind: Kind, path: &Path, written: &AsWritten) -> io::Result<()> {
        let (Some(list), Some(name)) = (&self.list, self.name(path)) else {
            return Ok(());
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(OpenOptions::new().append(true).create(true).open(list)?),
        };
        // Behind the line that a killed run did not write to its end.
        let line = serde_json::to_string(&((kind, name), written))?;
        file.write_all(format!("\n{line}\n").as_bytes())
    }

    /// What is listed; a line that was not written to its end is none.
    fn left(&self) -> Vec<Line> {
        let is_file = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_file());
        let file = self.list.as_ref().filter(is_file).map(File::open);
        let lines = file.into_iter().flatten().flat_map(|file| {
            let lines = BufReader::new(file.take(MOST)).split(b'\n');
            lines.map_while(Result::ok)
        });
        lines
            .filter_map(|line| serde_json::from_slice(&line).ok())
            .collect()
    }

    /// The database has it all.
    pub(super) fn end(&self) {
        // Windows removes no file that is open.
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(list) = &self.list {
            let _ = fs::remove_file(list);
        }
    }

    /// What lies among the inputs and is no submission: what was written there and is as it was
    /// written, and what has got another name.
    pub(super) fn among(&self, store: &Store, inputs: &Inputs) -> Result<Vec<PathBuf>, StoreError> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            let noted = self.noted(store, kind)?.into_iter();
            let is_none = |(path, written): &(PathBuf, AsWritten)| {
                inputs.surround(path) && (!written.is_ours() || written.is_at(path))
            };
            found.extend(noted.filter(is_none).map(|(path, _)| path));
        }
        Ok(found)
    }

    /// All that runs have written, as the database and the list say.
    pub(super) fn all(database: &Path, store: &Store) -> Result<Vec<PathBuf>, StoreError> {
        let ledger = Self::beside(Some(database));
        let left = ledger.left().into_iter();
        let mut all: Vec<PathBuf> = left.map(|((_, name), _)| ledger.path(&name)).collect();
        for kind in Kind::ALL {
            all.extend(ledger.noted(store, kind)?.into_keys());
        }
        Ok(all)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "it stands for a result")]
mod tests {
    use super::*;

    const KIND: Kind = Kind::Copy;

    fn written(text: &str) -> AsWritten {
        AsWritten::of(text.as_bytes(), "")
    }

    /// A ledger over a database that lists one file, or none.
    fn opened(database: &Path, path: &Path, noted: Option<&str>) -> (Ledger, Store) {
        let store = Store::temporary().unwrap();
        let ledger = Ledger::beside(Some(database));
        let before = noted.map(written);
        let (path, before) = (path.to_owned(), before.as_ref());
        let files = before.map(|before| (&path, before)).into_iter().collect();
        ledger.note(&store, KIND, &files).unwrap();
        (Ledger::open(Some(database), &store).unwrap(), store)
    }

    #[test]
    fn the_last_line_that_holds_counts_and_a_line_without_end_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let (path, database) = (folder.join("甲.xlsx"), folder.join("汇总.db"));
        let known = |noted| {
            let (ledger, store) = opened(&database, &path, noted);
            ledger.noted(&store, KIND).unwrap().remove(&path)
        };
        let list = |text: &str| {
            let (ledger, _) = opened(&database, &path, None);
            ledger.list(KIND, &path, &written(text)).unwrap();
            ledger
        };
        list("first").list(KIND, &path, &written("second")).unwrap();
        let journal = folder.join(format!("汇总.db{ENDING}"));
        let mut cut = OpenOptions::new().append(true).open(&journal).unwrap();
        cut.write_all(b"[[\"Copy\",\"\xE5\xB2").unwrap();
        let last = list("third");
        assert_eq!(known(None), None, "it is not there");
        for (found, noted) in [
            ("old", "old"),
            ("first", "first"),
            ("second", "second"),
            ("third", "third"),
            ("somebody's", "old"),
        ] {
            fs::write(&path, found).unwrap();
            assert_eq!(known(Some("old")), Some(written(noted)), "{found}");
        }
        assert_eq!(known(None), Some(written("third")), "it was ours");
        last.end();
        assert!(!journal.exists());
        assert_eq!(known(None), None);
    }

    #[test]
    fn what_lies_below_the_database_may_be_moved_with_it() {
        let around = tempfile::tempdir().unwrap();
        let around = around.path().canonicalize().unwrap();
        let [old, new] = ["旧", "新"].map(|name| around.join(name));
        fs::create_dir(&old).unwrap();
        let (_, store) = opened(&old.join("a.db"), &old.join("标注/甲.xlsx"), Some("x"));
        fs::rename(&old, &new).unwrap();
        let moved = Ledger::open(Some(&new.join("a.db")), &store).unwrap();
        let noted = moved.noted(&store, KIND).unwrap();
        assert_eq!(
            noted.into_keys().collect::<Vec<_>>(),
            [new.join("标注/甲.xlsx")]
        );
    }

    #[test]
    fn a_run_without_a_database_lists_nothing() {
        let ledger = Ledger::open(None, &Store::temporary().unwrap()).unwrap();
        let path = Path::new("甲.xlsx");
        ledger.list(KIND, path, &AsWritten::default()).unwrap();
        assert!(ledger.left().is_empty());
    }
}
