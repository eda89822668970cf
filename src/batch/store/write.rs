//! Records into the database.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{Store, StoreError};
use crate::batch::record::{FieldRecord, Record, TableRecord};
use crate::label;
use crate::report::json;

/// What a run yields for one file.
#[derive(Debug)]
pub enum Outcome {
    /// As it was in the last run.
    Unchanged {
        /// Where it is.
        path: String,
        /// Seconds since 1970 when it was last changed.
        modified: i64,
    },
    /// Read anew.
    Fresh(Box<Record>),
}

/// What the last run knew of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// SHA-256 of its content.
    pub hash: String,
    /// It was a workbook with tables of a form.
    pub checked: bool,
    /// Where its marked copy was written.
    pub marked: Option<String>,
}

/// What the database says besides, as JSON.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct More {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) related: Vec<json::Related>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) suggestion: Option<json::Suggestion>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) follows: Vec<json::Follow>,
}

impl Store {
    /// What is known of the file at `path`, where it was read whole.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn known(&self, path: &str) -> Result<Option<Known>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT hash, marked, status FROM file WHERE path = ?1 AND hash <> ''",
        )?;
        let known = select.query_row([path], |row| {
            Ok(Known {
                hash: row.get(0)?,
                marked: row.get(1)?,
                checked: row.get::<_, String>(2)? == status_word(json::Status::Checked),
            })
        });
        Ok(known.optional()?)
    }

    /// Forgets all that earlier runs read, and all their notes but these.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn forget(&mut self, but: &[&str]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute_batch(
            "DELETE FROM across; DELETE FROM finding; DELETE FROM annex; DELETE FROM applied; \
             DELETE FROM file; DELETE FROM unit; DELETE FROM field",
        )?;
        let names: Vec<String> = {
            let mut names = transaction.prepare("SELECT name FROM run")?;
            let names = names.query_map([], |row| row.get(0))?;
            names.collect::<Result<_, _>>()?
        };
        for name in names.iter().filter(|name| !but.contains(&name.as_str())) {
            transaction.execute("DELETE FROM run WHERE name = ?1", [name])?;
        }
        Ok(transaction.commit()?)
    }

    /// Writes the results of some files, all or none.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn put(&mut self, outcomes: &[Outcome]) -> Result<(), StoreError> {
        let round = self.round;
        let transaction = self.connection.transaction()?;
        for outcome in outcomes {
            match outcome {
                Outcome::Unchanged { path, modified } => {
                    // The same content may have been handed in again, and counts by its date.
                    transaction
                        .prepare_cached(
                            "UPDATE file SET round = ?2, modified = ?3 WHERE path = ?1",
                        )?
                        .execute(params![path, round, modified])?;
                }
                Outcome::Fresh(record) => put(&transaction, record, round)?,
            }
        }
        Ok(transaction.commit()?)
    }

    /// Forgets the files that this run did not meet.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn forget_gone(&mut self) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for table in ["finding", "annex", "applied"] {
            transaction.execute(
                &format!(
                    "DELETE FROM {table} WHERE file IN (SELECT id FROM file WHERE round < ?1)"
                ),
                [self.round],
            )?;
        }
        transaction.execute("DELETE FROM across", [])?;
        transaction.execute("DELETE FROM file WHERE round < ?1", [self.round])?;
        Ok(transaction.commit()?)
    }

    /// Writes the fields of a form.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn put_fields(&mut self, form: &str, fields: &[FieldRecord]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM field WHERE form = ?1", [form])?;
        for (number, field) in (1i64..).zip(fields) {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO field VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
                .execute(params![
                    form,
                    field.annex,
                    field.field,
                    number,
                    field.label,
                    field.unit,
                    field.kind.word()
                ])?;
        }
        Ok(transaction.commit()?)
    }
}

fn put(transaction: &Transaction<'_>, record: &Record, round: i64) -> Result<(), StoreError> {
    let file = &record.file;
    let counts = &file.counts;
    let error = file.error.as_ref();
    let status = match record.other {
        true => OTHER,
        false => status_word(file.status),
    };
    let id: i64 = transaction
        .prepare_cached(
            "INSERT INTO file (path, opened, size, modified, hash, round, status, error_kind, \
             error, form, year, unit_name, unit_key, wrong, missing, explain, explained, hint, rounding, \
             passed, unchecked, marked) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
             ?18, ?19, ?20, ?21, ?22) \
             ON CONFLICT (path) DO UPDATE SET opened = excluded.opened, size = excluded.size, \
             modified = excluded.modified, hash = excluded.hash, round = excluded.round, \
             status = excluded.status, error_kind = excluded.error_kind, \
             error = excluded.error, form = excluded.form, year = excluded.year, \
             unit_name = excluded.unit_name, unit_key = excluded.unit_key, wrong = excluded.wrong, \
             missing = excluded.missing, explain = excluded.explain, \
             explained = excluded.explained, hint = excluded.hint, \
             rounding = excluded.rounding, passed = excluded.passed, \
             unchecked = excluded.unchecked, marked = excluded.marked \
             RETURNING id",
        )?
        .query_row(
            params![
                file.path,
                record.opened,
                i64::try_from(record.size).unwrap_or(i64::MAX),
                record.modified,
                record.hash,
                round,
                status,
                error.map(|error| &error.kind),
                error.map(|error| &error.message),
                file.form,
                file.year,
                file.unit_name,
                label::normalise(file.unit_name.as_deref().unwrap_or_default()),
                counts.error,
                counts.incomplete,
                counts.explain,
                counts.explained,
                counts.hint,
                counts.rounding,
                counts.passed,
                counts.unchecked,
                record.marked,
            ],
            |row| row.get(0),
        )?;
    for table in ["finding", "annex"] {
        transaction
            .prepare_cached(&format!("DELETE FROM {table} WHERE file = ?1"))?
            .execute([id])?;
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO applied VALUES (?1, ?2, ?3)")?
        .execute(params![
            id,
            as_json(&record.passed)?,
            as_json(&file.unchecked)?
        ])?;
    for (number, table) in (1i64..).zip(&record.tables) {
        put_table(transaction, id, number, table)?;
    }
    for (number, finding) in (1i64..).zip(&file.findings) {
        put_finding(transaction, id, number, finding)?;
    }
    Ok(())
}

fn put_table(
    transaction: &Connection,
    file: i64,
    number: i64,
    table: &TableRecord,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO annex VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?
        .execute(params![
            file,
            number,
            table.annex,
            table.name,
            table.sheet,
            table.range,
            table.project,
            table.score,
            table.rate,
            table.fingerprint,
            as_json(&table.facts)?,
        ])?;
    Ok(())
}

fn put_finding(
    transaction: &Connection,
    file: i64,
    number: i64,
    finding: &json::Finding,
) -> Result<(), StoreError> {
    let more = More {
        related: finding.related.clone(),
        suggestion: finding.suggestion.clone(),
        follows: finding.follows.clone(),
    };
    let has_more =
        !more.related.is_empty() || more.suggestion.is_some() || !more.follows.is_empty();
    let more = has_more.then(|| as_json(&more)).transpose()?;
    let reason = finding.reason.as_ref();
    transaction
        .prepare_cached(
            "INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
             ?14, ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            file,
            number,
            finding.code,
            level_word(finding.severity),
            outcome_word(finding.outcome),
            finding.sheet,
            finding.cell,
            finding.field,
            finding.place,
            finding.found,
            finding.expected,
            finding.difference,
            finding.working,
            finding.message,
            finding.todo,
            reason.map(|reason| &reason.text),
            reason.map(|reason| reason.expired),
            more,
        ])?;
    Ok(())
}

fn as_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// The status of a file that was never meant to be a workbook.
pub(super) const OTHER: &str = "other";

pub(super) const fn status_word(status: json::Status) -> &'static str {
    match status {
        json::Status::Checked => "checked",
        json::Status::Unrecognised => "unrecognised",
        json::Status::Unreadable => "unreadable",
    }
}

pub(super) const fn level_word(level: json::Level) -> &'static str {
    match level {
        json::Level::Error => "error",
        json::Level::Incomplete => "incomplete",
        json::Level::Explain => "explain",
        json::Level::Hint => "hint",
    }
}

const fn outcome_word(outcome: json::OutcomeWord) -> &'static str {
    match outcome {
        json::OutcomeWord::Mismatch => "mismatch",
        json::OutcomeWord::Rounding => "rounding",
    }
}
