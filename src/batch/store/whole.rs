//! Whether a database holds what a run writes, read once before anything rests on it.

use rusqlite::Row;
use rust_decimal::Decimal;

use super::decode::{FINDING, finding};
use super::rows::FileRow;
use super::tables::read_facts;
use super::write::{OTHER, status_word};
use super::{Store, StoreError};
use crate::amount;
use crate::catalog::is_code;
use crate::report::json::{self, Status};

impl Store {
    /// Reads all that another database takes over.
    ///
    /// # Errors
    /// Where something cannot be read, or is nothing that a run writes.
    pub(super) fn is_whole(&self) -> Result<(), StoreError> {
        self.each_file(|file| has_status(&file))?;
        let findings = format!("SELECT {FINDING} FROM finding");
        self.rows(
            &findings,
            |row| finding(row, 0),
            |finding| is_of_rule(&finding.code),
        )?;
        self.rows(
            "SELECT unit_key, error_kind FROM file",
            |row| Ok((row.get(0)?, row.get(1)?)),
            |_: (String, Option<String>)| Ok(()),
        )?;
        self.rows(
            "SELECT facts FROM annex",
            |row| row.get(0),
            |facts: String| {
                read_facts(&facts)?
                    .iter()
                    .try_for_each(|fact| is_figure(&fact.2))
            },
        )?;
        self.rows(
            "SELECT score, rate FROM annex",
            |row| Ok([row.get(0)?, row.get(1)?]),
            |figures: [Option<String>; 2]| {
                figures
                    .iter()
                    .flatten()
                    .try_for_each(|text| is_figure(text))
            },
        )?;
        self.rows(
            "SELECT passed, unchecked FROM applied",
            |row| Ok((row.get(0)?, row.get(1)?)),
            |(passed, unchecked): (String, String)| {
                let damaged = |error: serde_json::Error| StoreError::Damaged(error.to_string());
                let passed: Vec<String> = serde_json::from_str(&passed).map_err(damaged)?;
                let unchecked: Vec<json::Unchecked> =
                    serde_json::from_str(&unchecked).map_err(damaged)?;
                let unchecked = unchecked.iter().map(|rule| &rule.code);
                passed
                    .iter()
                    .chain(unchecked)
                    .try_for_each(|code| is_of_rule(code))
            },
        )
    }

    /// All rows of a query, each of which must be as it is looked at to be.
    fn rows<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> Result<T, rusqlite::Error>,
        mut look: impl FnMut(T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each(sql, &[], read, &mut look)
    }
}

fn has_status(file: &FileRow) -> Result<(), StoreError> {
    let words = [Status::Checked, Status::Unrecognised, Status::Unreadable].map(status_word);
    match words.contains(&file.status.as_str()) || file.status == OTHER {
        true => Ok(()),
        false => Err(StoreError::Damaged("a file has no known status".to_owned())),
    }
}

fn is_of_rule(code: &str) -> Result<(), StoreError> {
    match is_code(code) {
        true => Ok(()),
        false => Err(StoreError::Damaged("a code is that of no rule".to_owned())),
    }
}

/// What may be a number and is none that a filing has.
fn is_figure(text: &str) -> Result<(), StoreError> {
    match text.parse::<Decimal>() {
        Ok(figure) if figure.abs() > amount::LARGEST => {
            Err(StoreError::Damaged(format!("a figure is {figure}")))
        }
        _ => Ok(()),
    }
}
