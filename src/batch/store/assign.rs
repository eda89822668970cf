//! Which unit each file belongs to: taken apart and written anew in every run, in one go.

use rusqlite::{OptionalExtension, params};

use super::decode::{FILE, file};
use super::rows::{AcrossRow, FileRow, UnitRow, UnitStatus};
use super::trust::LATER_INDEX;
use super::write::level_word;
use super::{Store, StoreError};

/// A checked file with what it reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// The file.
    pub file: FileRow,
    /// Annex and project of each table.
    pub reports: Vec<(String, Option<String>)>,
}

impl Store {
    /// Begins anew: no unit, nothing between them. What is written until [`Self::end_units`]
    /// stands in the database together or not at all.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn begin_units(&mut self) -> Result<(), StoreError> {
        // A database that was made before this index gets it now: without it, each unit would be
        // looked for among the findings of all.
        Ok(self.connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; DELETE FROM across; {LATER_INDEX}; \
             UPDATE file SET unit = NULL, counted = 1; DELETE FROM unit",
        ))?)
    }

    /// Ends what [`Self::begin_units`] began.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn end_units(&mut self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// The checked files in which the unit has this normalised name.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn filed_under(&self, key: &str) -> Result<Vec<Filed>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {FILE} FROM file WHERE unit_key = ?1 AND status = 'checked' ORDER BY path"
        ))?;
        let files = select.query_map([key], |row| file(row, 0))?;
        let files: Vec<FileRow> = files.collect::<Result<_, _>>()?;
        files.into_iter().map(|file| self.filed(file)).collect()
    }

    /// The next normalised name, in their order, of a unit that files name and that was not
    /// written yet.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn next_name(&self, after: &str) -> Result<Option<String>, StoreError> {
        // By the index over names: by that over units, all others would be sorted every time.
        let mut select = self.connection.prepare_cached(
            "SELECT unit_key FROM file INDEXED BY file_of_key WHERE unit_key > ?1 \
             AND +unit IS NULL AND status = 'checked' ORDER BY unit_key LIMIT 1",
        )?;
        Ok(select.query_row([after], |row| row.get(0)).optional()?)
    }

    /// The next checked file, in the order of paths, that names no unit.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn next_nameless(&self, after: &str) -> Result<Option<Filed>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {FILE} FROM file INDEXED BY file_of_key WHERE unit_key = '' AND path > ?1 \
             AND status = 'checked' ORDER BY path LIMIT 1"
        ))?;
        let found = select.query_row([after], |row| file(row, 0)).optional()?;
        found.map(|file| self.filed(file)).transpose()
    }

    fn filed(&self, file: FileRow) -> Result<Filed, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT annex, project FROM annex WHERE file = ?1 ORDER BY number")?;
        let reports = select.query_map([file.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let reports = reports.collect::<Result<_, _>>()?;
        Ok(Filed { file, reports })
    }

    /// Writes a unit, and that its files are its own.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn put_unit(&mut self, unit: &UnitRow) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT INTO unit VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                unit.id,
                unit.name,
                unit.department,
                unit.status.word(),
                unit.nearest,
                unit.budget.map(|budget| budget.to_string()),
            ])?;
        for file in &unit.files {
            self.connection
                .prepare_cached("UPDATE file SET unit = ?2, counted = ?3 WHERE id = ?1")?
                .execute(params![file.id, unit.id, file.counted])?;
        }
        Ok(())
    }

    /// Writes a finding between submissions.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn put_across(&mut self, number: i64, row: &AcrossRow) -> Result<(), StoreError> {
        let at = row.at.as_ref();
        self.connection
            .prepare_cached(
                "INSERT INTO across VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                number,
                row.code,
                level_word(row.severity),
                row.unit,
                row.file,
                at.map(|at| &at.0),
                at.map(|at| &at.1),
                row.place,
                row.found,
                row.expected,
                row.message,
                row.todo,
            ])?;
        Ok(())
    }

    /// How many units have another status.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn units_but(&self, status: UnitStatus) -> Result<u64, StoreError> {
        Ok(self.connection.query_row(
            "SELECT count(*) FROM unit WHERE status <> ?1",
            [status.word()],
            |row| row.get(0),
        )?)
    }

    /// Units with this status: key and name, in their order.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn units_with(&self, status: UnitStatus) -> Result<Vec<(i64, String)>, StoreError> {
        let mut select = self
            .connection
            .prepare("SELECT id, name FROM unit WHERE status = ?1 ORDER BY id")?;
        let units = select.query_map([status.word()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(units.collect::<Result<_, _>>()?)
    }
}
