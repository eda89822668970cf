//! Whether a file is a database of ours, before anything in it is believed: others hand them in.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode};

use super::{APPLICATION, MergeError, SCHEMA, StoreError, TABLES, busy};
use crate::read;

/// An index that databases get when units are assigned: those made before it had none.
pub(super) const LATER_INDEX: &str = "CREATE INDEX IF NOT EXISTS across_of_unit ON across (unit)";

/// What SQLite itself notes of tables that somebody has had it look at.
const STATISTICS: [&str; 2] = [
    "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
];

/// The longest row, in bytes: results of one file are smaller (`docs/limits.md`), and a few pages of
/// a damaged file can claim to be a text of a gigabyte.
const LONGEST_ROW: i32 = 64 << 20;

/// Reading the names of our tables takes some hundred steps of SQLite; pages that lead to each other
/// can make the list longer than anyone can wait.
const STEPS: i32 = 100;
const MOST_STEPS: u32 = 60;

/// The longest statement among our tables, and any of ours, in bytes: what SQLite makes of one in
/// memory is a hundred times as long.
const LONGEST_TABLE: i32 = 4 << 10;
const LONGEST_STATEMENT: i32 = 64 << 10;

/// The most pages: looking at them takes a bit of memory for each, whether they are there or not.
const MOST_PAGES: i64 = 1 << 27;

/// What SQLite looks for beside a database that is there, and opens.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

fn beside(path: &Path, ending: &str) -> Option<PathBuf> {
    let mut path = path.canonicalize().ok()?.into_os_string();
    path.push(ending);
    Some(path.into())
}

/// Refuses what is there and no file: opening a pipe waits for a writer.
pub(super) fn is_file_or_nothing(path: &Path) -> Result<(), StoreError> {
    let beside = BESIDE.iter().filter_map(|ending| beside(path, ending));
    for path in beside.chain([path.to_owned()]) {
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(StoreError::Foreign);
        }
    }
    Ok(())
}

/// The path as SQLite takes it for no address: what begins with `file:` is one.
pub(super) fn plain(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|_| StoreError::Foreign)
}

/// By this SQLite knows the beginning of a journal, and of the name of another file at its end.
const JOURNAL: [u8; 8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7];

/// The journal of a change that was cut short.
fn journal(path: &Path) -> Option<File> {
    read::open(&beside(path, "-journal")?).ok()
}

/// Refuses a database whose journal says that other databases were changed with it: SQLite looks for
/// the file that it names, wherever that is, and may remove it. No run of ours leaves one.
pub(super) fn is_alone(path: &Path) -> Result<(), StoreError> {
    let mut end = [0; JOURNAL.len()];
    let read = journal(path).is_some_and(|mut journal| {
        let last = SeekFrom::End(-(JOURNAL.len() as i64));
        journal.seek(last).is_ok() && journal.read_exact(&mut end).is_ok()
    });
    if read && end == JOURNAL {
        return Err(StoreError::Damaged(
            "its journal names another file".to_owned(),
        ));
    }
    Ok(())
}

/// How a database begins; none where a file is none.
fn head(path: &Path) -> Option<[u8; 72]> {
    let mut head = [0; 72];
    read::open(path).ok()?.read_exact(&mut head).ok()?;
    head.starts_with(b"SQLite format 3\0").then_some(head)
}

/// Refuses what a run has left that did not end: another one may have it open, and reading it would
/// write into it.
pub(super) fn is_one_file(path: &Path) -> Result<(), MergeError> {
    let is_open = head(path).is_some_and(|head| head[18..20] != [1, 1]);
    // What a journal begins with once it counts for nothing is zero, or it is empty.
    let mut begins = [0];
    let journal = journal(path).is_some_and(|mut file| file.read_exact(&mut begins).is_ok());
    if is_open || (journal && begins != [0]) {
        return Err(MergeError::Unfinished);
    }
    Ok(())
}

/// Whether a file bears the mark of our databases, whatever else is in it.
#[must_use]
pub fn bears_mark(path: &Path) -> bool {
    head(path).is_some_and(|head| {
        let mark = u32::from_be_bytes([head[68], head[69], head[70], head[71]]);
        i64::from(mark) == APPLICATION
    })
}

/// The schema of a database; none where there is nothing in it yet. One of ours is sound from here
/// on: it has our tables and no others, and none of its pages is reached twice.
pub(super) fn version(connection: &mut Connection) -> Result<Option<i64>, StoreError> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_ROW)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST_TABLE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let mut left = MOST_STEPS;
    connection.progress_handler(
        STEPS,
        Some(move || {
            left = left.saturating_sub(1);
            left == 0
        }),
    )?;
    let found = described(connection);
    connection.progress_handler(0, None::<fn() -> bool>)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT)?;
    let found = found?;
    if found == Some(SCHEMA) {
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        if pages > MOST_PAGES {
            return Err(StoreError::Damaged(format!("{pages} pages")));
        }
        let first: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if first != "ok" {
            return Err(StoreError::Damaged(first));
        }
    }
    Ok(found)
}

/// The schema by what the database says of itself.
fn described(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let pragma = |name: &str| -> Result<i64, rusqlite::Error> {
        connection.pragma_query_value(None, name, |row| row.get(0))
    };
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(foreign)?;
    match (pragma("application_id")?, tables) {
        (APPLICATION, _) => {
            let found = pragma("user_version")?;
            if found == SCHEMA && !is_ours(connection)? {
                return Err(StoreError::Damaged(
                    "other tables, views, indices or triggers".to_owned(),
                ));
            }
            Ok(Some(found))
        }
        (0, 0) => Ok(None),
        _ => Err(StoreError::Foreign),
    }
}

/// Whether a database has our tables and views as we make them, and nothing but indices that are
/// ours: a view in the place of a table, a computed column or an index on an expression may take
/// time and memory without end, a trigger changes what is written.
fn is_ours(connection: &Connection) -> Result<bool, StoreError> {
    let own = Connection::open_in_memory()?;
    own.execute_batch(TABLES)?;
    own.execute_batch(LATER_INDEX)?;
    let (own, found) = (Things::of(&own)?, Things::of(connection)?);
    Ok(own.others == found.others
        && found
            .indices
            .iter()
            .all(|index| own.indices.contains(index)))
}

/// The statements by which the things in a database were made.
#[derive(Default)]
struct Things {
    indices: Vec<String>,
    /// All others, in the order of their statements.
    others: Vec<String>,
}

impl Things {
    fn of(connection: &Connection) -> Result<Self, StoreError> {
        let mut things = Self::default();
        // SQLite goes by the statements, whatever kind and name stand beside them. Indices without
        // one belong to a table's.
        let mut select = connection
            .prepare("SELECT type, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY sql")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, statement): (String, String) = (row.get(0)?, row.get(1)?);
            match kind.as_str() {
                "index" => things.indices.push(statement),
                _ if STATISTICS.contains(&statement.as_str()) => {}
                _ => things.others.push(statement),
            }
        }
        Ok(things)
    }
}

fn foreign(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::Foreign,
        Some(ErrorCode::OperationInterrupted | ErrorCode::TooBig) => {
            StoreError::Damaged("the list of its tables does not end".to_owned())
        }
        _ => busy(error),
    }
}
