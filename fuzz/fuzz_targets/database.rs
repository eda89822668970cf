//! Databases that others hand in: that of a run, with other bytes and other values in it.
#![no_main]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gouji::batch::store::{Finished, Store, StoreError};
use gouji::batch::{Content, Examiner, LastYearStore, Source, settle};
use gouji::check::LastYear;
use gouji::lang::Lang;
use gouji::notice::Notice;
use gouji::read::{Limits, read};
use gouji::review::Options;
use gouji::summary;
use gouji_fuzz::bytes::{Bytes, is_one_of_few};
use gouji_fuzz::grid;
use libfuzzer_sys::fuzz_target;
use rusqlite::{Connection, types::Value};

const MOST_CHANGES: usize = 64;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let path = scratch("changed");
    let mut input = Bytes(data);
    match input.byte() % 2 {
        0 => bytes_changed(&mut input, &path),
        _ => values_changed(&mut input, &path),
    }
    if let Ok(last_year) = LastYearStore::open(&path) {
        let _ = last_year.digest();
        let _ = last_year.figures("岳阳市法律援助中心", 2023, "附1");
    }
    let _ = merged(&path, is_one_of_few(data));
});

/// What is made of a database together with those of others.
fn merged(path: &Path, whole: bool) -> Result<(), StoreError> {
    let mut store = Store::temporary()?;
    let Ok(other) = Finished::open(path) else {
        return Ok(());
    };
    store.merge(&other)?;
    store.tally()?;
    store.totals()?;
    store.rules()?;
    settle(&mut store, grid::catalog(), None, Lang::Zh)?;
    store.each_unit(|unit| Notice::to(&unit, &store, Lang::Zh).map(|_| ()))?;
    // What takes long.
    if whole {
        let options = summary::Options {
            lang: Lang::Zh,
            time: "2024-01-01 00:00".to_owned(),
            folder: PathBuf::from("/"),
            roster: false,
        };
        let mut book = Cursor::new(Vec::new());
        if summary::write(&store, grid::catalog(), &options, &mut book).is_ok() {
            let limits = Limits::default();
            assert!(
                read(&book.into_inner(), &limits).is_ok(),
                "a summary reads back"
            );
        }
    }
    Ok(())
}

fn bytes_changed(input: &mut Bytes<'_>, path: &Path) {
    let mut bytes = stock().to_vec();
    for _ in 0..MOST_CHANGES {
        if input.is_empty() {
            break;
        }
        let at = (input.below(usize::from(u16::MAX)) * 3 + input.below(3)) % bytes.len();
        bytes[at] = input.byte();
    }
    fs::write(path, bytes).expect("a place that can be written to");
}

/// Values of every kind in any column.
fn values_changed(input: &mut Bytes<'_>, path: &Path) {
    fs::write(path, stock()).expect("a place that can be written to");
    let database = Connection::open(path).expect("a database of ours");
    database
        .execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; BEGIN")
        .expect("settings of SQLite");
    for _ in 0..MOST_CHANGES {
        if input.is_empty() {
            break;
        }
        let (table, key, column) = &columns()[input.below(columns().len())];
        let row = input.byte();
        let value = match input.byte() % 8 {
            0 => Value::Null,
            1 => Value::Integer(i64::from(input.byte())),
            2 => Value::Integer(i64::MAX - i64::from(input.byte())),
            3 => Value::Real(f64::from(input.pair()) * 1e300),
            4 => Value::Blob(input.text().into_bytes()),
            5 => Value::Text(input.decimal().to_string()),
            _ => Value::Text(input.text()),
        };
        // What a table does not take stays as it is.
        let _ = database.execute(
            &format!(
                "UPDATE {table} SET {column} = ?1 WHERE {key} = \
                 (SELECT {key} FROM {table} LIMIT 1 OFFSET ?2 % (SELECT count(*) FROM {table}))"
            ),
            (value, row),
        );
    }
    database.execute_batch("COMMIT").expect("changes");
}

/// The database of a run over one filing.
fn stock() -> &'static [u8] {
    static STOCK: OnceLock<Vec<u8>> = OnceLock::new();
    STOCK.get_or_init(|| {
        let path = scratch("whole");
        let _ = fs::remove_file(&path);
        let filing = include_bytes!("../../fixtures/reference/reference-sheets.xlsx");
        let source = Source {
            path: "报送/甲.xlsx".to_owned(),
            opened: PathBuf::from("报送/甲.xlsx"),
            modified: 0,
            content: Content::Bytes(filing.to_vec()),
        };
        let examiner = Examiner::here(grid::catalog(), Options::default());
        let outcome = examiner.examine(&source, None, 1);
        let mut store = Store::open(&path).expect("a new database");
        store.put(&[outcome]).expect("room for it");
        settle(&mut store, grid::catalog(), None, Lang::Zh).expect("a unit");
        store.close().expect("one file");
        fs::read(&path).expect("what was written")
    })
}

/// Tables, what their rows are told by, and columns.
fn columns() -> &'static [(String, &'static str, String)] {
    static COLUMNS: OnceLock<Vec<(String, &str, String)>> = OnceLock::new();
    COLUMNS.get_or_init(|| {
        stock();
        let database = Connection::open(scratch("whole")).expect("a database of ours");
        let sql = "SELECT t.name, t.wr, c.name FROM pragma_table_list AS t, \
                   pragma_table_info(t.name) AS c \
                   WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, c.cid";
        let mut select = database.prepare(sql).expect("a query");
        let columns = select.query_map([], |row| {
            let without_number: bool = row.get(1)?;
            let (table, column): (String, String) = (row.get(0)?, row.get(2)?);
            let key = match (without_number, table.as_str()) {
                (false, _) => "rowid",
                (true, "run") => "name",
                (true, _) => "field",
            };
            Ok((table, key, column))
        });
        columns
            .expect("rows")
            .map(|row| row.expect("a row"))
            .collect()
    })
}

/// A file of this process.
fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("gouji-fuzz-{}-{name}.db", std::process::id()))
}
