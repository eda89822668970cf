//! Whether a database holds what a run writes, read once before anything rests on it.

use rust_decimal::Decimal;

use super::decode::{FINDING, finding};
use super::rows::FileRow;
use super::write::{OTHER, status_word};
use super::{Store, StoreError};
use crate::amount;
use crate::report::json::{self, Status};

impl Store {
    /// Reads all that another database takes over.
    ///
    /// # Errors
    /// Where something cannot be read, or is nothing that a run writes.
    pub fn is_whole(&self) -> Result<(), StoreError> {
        self.facts_are_whole()?;
        self.each_file(|file| is_file(&file))?;
        let sql = format!("SELECT {FINDING} FROM finding");
        let nothing = &mut |_| Ok::<_, StoreError>(());
        self.each(&sql, &[], |row| finding(row, 0), nothing)?;
        let sql = "SELECT unit_key, error_kind FROM file";
        let read = |row: &rusqlite::Row<'_>| {
            let _: (String, Option<String>) = (row.get(0)?, row.get(1)?);
            Ok(())
        };
        self.each(sql, &[], read, &mut |()| Ok::<_, StoreError>(()))?;
        let sql = "SELECT score, rate FROM annex";
        let read = |row: &rusqlite::Row<'_>| Ok([row.get(0)?, row.get(1)?]);
        self.each(sql, &[], read, &mut |figures: [Option<String>; 2]| {
            figures
                .iter()
                .flatten()
                .try_for_each(|figure| is_figure(figure))
        })?;
        let sql = "SELECT passed, unchecked FROM applied";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.each(sql, &[], read, &mut |(passed, unchecked): (
            String,
            String,
        )| {
            let is_list = serde_json::from_str::<Vec<String>>(&passed).map(|_| ());
            let both = is_list.and_then(|()| {
                serde_json::from_str::<Vec<json::Unchecked>>(&unchecked).map(|_| ())
            });
            both.map_err(|error| StoreError::Damaged(error.to_string()))
        })
    }
}

fn is_file(file: &FileRow) -> Result<(), StoreError> {
    let words = [Status::Checked, Status::Unrecognised, Status::Unreadable].map(status_word);
    match words.contains(&file.status.as_str()) || file.status == OTHER {
        true => Ok(()),
        false => Err(StoreError::Damaged("a file has no known status".to_owned())),
    }
}

/// A score or a rate, as far as it is a number.
fn is_figure(text: &str) -> Result<(), StoreError> {
    match text.parse::<Decimal>() {
        Ok(figure) if figure.abs() > amount::LARGEST => {
            Err(StoreError::Damaged(format!("a figure is {figure}")))
        }
        _ => Ok(()),
    }
}
