//! The database of a bulk run: what is kept of each file, found again by its path.
//!
//! One file, written in transactions: whenever the program stops, it holds whole files only. The
//! schema is `schema.sql`; `docs/database.md` explains it to those who query it.

mod assign;
mod compare;
mod decode;
mod merge;
mod read;
mod rows;
mod tables;
mod trust;
mod whole;
mod write;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use rusqlite::{Connection, OptionalExtension, params};

pub use assign::Filed;
pub use compare::Shared;
pub use merge::Finished;
pub use rows::{
    AcrossRow, FileRow, FindingRow, MergeError, RuleRow, SummaryTable, TableRow, Totals, UnitRow,
    UnitStatus,
};
pub use tables::Facts;
pub use trust::bears_mark;
pub use write::{Known, Outcome};

/// The layout of the database.
pub const SCHEMA: i64 = 1;
const TABLES: &str = include_str!("schema.sql");

/// The note of a run in which checks were left out.
pub const PARTIAL: &str = "partial";

/// Tells our databases from others ("goji").
const APPLICATION: i64 = 0x676f_6a69;

/// What went wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file is a database of something else, or none.
    #[error("no database of gouji")]
    Foreign,
    /// The database was written by a later program, or an earlier one.
    #[error("the database has schema {found}, this program writes {SCHEMA}")]
    Schema {
        /// What it has.
        found: i64,
    },
    /// Another run has it open.
    #[error("the database is in use by another run")]
    Busy,
    /// The user asked to stop.
    #[error("stopped; the same command with --resume goes on")]
    Stopped,
    /// What stands in it is not what was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
}

impl StoreError {
    /// Whether there was no room for what was to be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let Self::Sqlite(error) = self else {
            return false;
        };
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
    }
}

/// The database of a run.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// Counts the runs; files that the present one did not see have an earlier one.
    round: i64,
    /// Set when the user asks to stop.
    stop: Option<&'static AtomicBool>,
}

impl Store {
    /// Opens the database at `path`, which is made where there is none, for a new run.
    ///
    /// # Errors
    /// Where it is no database of ours, is in use, or cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        trust::is_file_or_nothing(path)?;
        trust::is_alone(path)?;
        let store = Self::begin(Connection::open(trust::plain(path)?)?)?;
        // This run alone has it open, and keeps in memory what is in this file. One that only reads
        // leaves it behind where a run was killed before.
        let mut shared = path.as_os_str().to_owned();
        shared.push("-shm");
        let _ = std::fs::remove_file(shared);
        Ok(store)
    }

    /// A database that is gone when the run ends.
    ///
    /// # Errors
    /// Where there is no room for it.
    pub fn temporary() -> Result<Self, StoreError> {
        // SQLite keeps a database without a name in a file of its own, which it removes.
        Self::begin(Connection::open("")?)
    }

    /// Opens a database that is only read.
    ///
    /// # Errors
    /// Where it is no database of ours, or is in use.
    pub fn read_only(path: &Path) -> Result<Self, StoreError> {
        trust::is_file_or_nothing(path)?;
        let flags =
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(trust::plain(path)?, flags)?;
        let schema = trust::version(&mut connection).map_err(busy)?;
        if schema != Some(SCHEMA) {
            return Err(schema.map_or(StoreError::Foreign, |found| StoreError::Schema { found }));
        }
        Ok(Self {
            connection,
            round: 0,
            stop: None,
        })
    }

    fn begin(mut connection: Connection) -> Result<Self, StoreError> {
        // One run at a time: two would mix their results.
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
        let schema = trust::version(&mut connection).map_err(busy)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            .map_err(busy)?;
        match schema {
            None => {
                // The mark comes with the tables, or not at all.
                connection
                    .execute_batch(&format!(
                        "BEGIN IMMEDIATE; {} PRAGMA application_id = {APPLICATION}; \
                         PRAGMA user_version = {SCHEMA}; COMMIT",
                        TABLES
                    ))
                    .map_err(busy)?;
            }
            Some(SCHEMA) => {
                connection
                    .execute_batch(&format!(
                        "BEGIN IMMEDIATE; DELETE FROM run WHERE name = '{}'; COMMIT",
                        merge::ENDED
                    ))
                    .map_err(busy)?;
            }
            Some(found) => return Err(StoreError::Schema { found }),
        }
        let last: Option<i64> =
            connection.query_row("SELECT max(round) FROM file", [], |row| row.get(0))?;
        Ok(Self {
            connection,
            round: last
                .unwrap_or(0)
                .checked_add(1)
                .ok_or_else(|| StoreError::Damaged("its runs cannot be counted".to_owned()))?,
            stop: None,
        })
    }

    /// From now on, what visits the rows of a table ends where this is set.
    pub fn end_when(&mut self, stop: &'static AtomicBool) {
        self.stop = Some(stop);
    }

    /// What was noted of the run under this name.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT value FROM run WHERE name = ?1")?;
        Ok(select.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Notes something of the run.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn set_note(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO run VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }

    /// Ends the run: everything stands in the one file.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn close(self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")?;
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

fn busy(error: impl Into<StoreError>) -> StoreError {
    match error.into() {
        StoreError::Sqlite(error)
            if matches!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
            ) =>
        {
            StoreError::Busy
        }
        error => error,
    }
}
