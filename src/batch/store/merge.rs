//! Another run's database into this one.

use std::path::{Path, PathBuf};

use rusqlite::params;

use super::write::OTHER;
use super::{MergeError, Store, StoreError, trust};
use crate::batch::Tally;

/// Under this name a run notes that it came to its end.
pub(super) const ENDED: &str = "ended";

/// The database of a run that came to its end, with nothing in it but what a run writes.
#[derive(Debug)]
pub struct Finished {
    store: Store,
    path: PathBuf,
}

impl Finished {
    /// Opens it, and reads all of it once.
    ///
    /// # Errors
    /// Where it cannot be read, or is none.
    pub fn open(path: &Path) -> Result<Self, MergeError> {
        trust::is_one_file(path)?;
        let store = Store::read_only(path)?;
        if !store.has_ended()? {
            return Err(MergeError::Unfinished);
        }
        store.is_whole()?;
        Ok(Self {
            store,
            path: path.to_owned(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in it.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl From<Finished> for Store {
    fn from(finished: Finished) -> Self {
        finished.store
    }
}

impl Store {
    /// Takes over the files of another database; of files of the same path, those of the database
    /// that was taken over last.
    ///
    /// # Errors
    /// Where this one cannot be written, or the other one not be read.
    pub fn merge(&mut self, other: &Finished) -> Result<(), StoreError> {
        // As bytes: not every path is text.
        self.connection.execute(
            "ATTACH DATABASE ?1 AS other",
            [trust::plain(&other.path)?.as_os_str().as_encoded_bytes()],
        )?;
        let columns = "opened, size, modified, hash, status, error_kind, error, form, year, \
             unit_name, unit_key, wrong, missing, explain, explained, hint, rounding, passed, \
             unchecked, marked";
        let taken = self.connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; \
             DELETE FROM finding WHERE file IN (SELECT own.id {both}); \
             DELETE FROM annex WHERE file IN (SELECT own.id {both}); \
             DELETE FROM applied WHERE file IN (SELECT own.id {both}); \
             DELETE FROM file WHERE path IN (SELECT path FROM other.file); \
             INSERT INTO file (path, round, {columns}) \
             SELECT path, {round}, {columns} FROM other.file ORDER BY path; \
             INSERT INTO annex SELECT own.id, annex.number, annex.annex, annex.name, annex.sheet, \
             annex.range, annex.project, annex.score, annex.rate, annex.fingerprint, annex.facts \
             FROM other.annex AS annex JOIN other.file AS theirs ON theirs.id = annex.file \
             JOIN file AS own ON own.path = theirs.path; \
             INSERT INTO finding SELECT own.id, finding.number, finding.code, finding.severity, \
             finding.outcome, finding.sheet, finding.cell, finding.field, finding.place, \
             finding.found, finding.expected, finding.difference, finding.working, \
             finding.message, finding.todo, finding.reason, finding.expired, finding.more \
             FROM other.finding AS finding JOIN other.file AS theirs ON theirs.id = finding.file \
             JOIN file AS own ON own.path = theirs.path; \
             INSERT INTO applied SELECT own.id, applied.passed, applied.unchecked \
             FROM other.applied AS applied JOIN other.file AS theirs ON theirs.id = applied.file \
             JOIN file AS own ON own.path = theirs.path; \
             INSERT OR REPLACE INTO field SELECT * FROM other.field; \
             COMMIT",
            round = self.round,
            both = "FROM file AS own JOIN other.file AS theirs ON theirs.path = own.path",
        ));
        if taken.is_err() {
            // What failed may have been the end as well as the beginning.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.connection.execute_batch("DETACH DATABASE other")?;
        Ok(taken?)
    }

    /// Whether the run came to its end.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn has_ended(&self) -> Result<bool, StoreError> {
        Ok(self.note(ENDED)?.is_some())
    }

    /// Notes that the run came to its end.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn set_ended(&self) -> Result<(), StoreError> {
        self.set_note(ENDED, "1")
    }

    /// Counts the files as a run does.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn tally(&self) -> Result<Tally, StoreError> {
        Ok(self.connection.query_row(
            "SELECT count(*), ifnull(sum(status NOT IN ('checked', ?1)), 0), \
             ifnull(sum(wrong + missing > 0), 0) FROM file",
            params![OTHER],
            |row| {
                Ok(Tally {
                    files: row.get(0)?,
                    unread: row.get(1)?,
                    to_correct: row.get(2)?,
                    ..Tally::default()
                })
            },
        )?)
    }
}
