//! The tables of files out of the database, with the figures in them.

use rusqlite::{OptionalExtension, Row};
use rust_decimal::Decimal;

use super::rows::{SummaryTable, TableRow};
use super::{Store, StoreError};
use crate::batch::record::{FactRecord, FieldKind, FieldRecord};

impl Store {
    /// The fields of a form, in its order.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn fields(&self, form: &str) -> Result<Vec<FieldRecord>, StoreError> {
        let mut select = self.connection.prepare(
            "SELECT annex, field, label, unit, kind FROM field WHERE form = ?1 ORDER BY number",
        )?;
        let fields = select.query_map([form], |row| {
            let kind: String = row.get(4)?;
            Ok(FieldRecord {
                annex: row.get(0)?,
                field: row.get(1)?,
                label: row.get(2)?,
                unit: row.get(3)?,
                kind: match kind.as_str() {
                    "indicator" => FieldKind::Indicator,
                    "row" => FieldKind::Row,
                    _ => FieldKind::Single,
                },
            })
        })?;
        Ok(fields.collect::<Result<_, _>>()?)
    }

    /// The tables of the files of a form that count, unit by unit.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_table<E: From<StoreError>>(
        &self,
        form: &str,
        mut visit: impl FnMut(TableRow) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_table_unread(form, |mut table, facts| {
            table.facts = facts.read()?;
            visit(table)
        })
    }

    /// The same with facts that are still to be read, by whoever has the time.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_table_unread<E: From<StoreError>>(
        &self,
        form: &str,
        mut visit: impl FnMut(TableRow, Facts) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT unit.name, unit.department, unit.id, file.path, file.id, annex.annex, \
                   annex.sheet, annex.project, annex.facts \
                   FROM unit CROSS JOIN file ON file.unit = unit.id \
                   CROSS JOIN annex ON annex.file = file.id \
                   WHERE file.counted AND file.form = ?1 \
                   ORDER BY unit.id, file.path, annex.number";
        let read = |row: &Row<'_>| {
            let table = TableRow {
                unit: row.get(0)?,
                department: row.get(1)?,
                unit_id: row.get(2)?,
                path: row.get(3)?,
                file: row.get(4)?,
                annex: row.get(5)?,
                sheet: row.get(6)?,
                project: row.get(7)?,
                facts: Vec::new(),
            };
            Ok((table, Facts(row.get(8)?)))
        };
        self.each(sql, &[&form], read, &mut |(table, facts)| {
            visit(table, facts)
        })
    }

    /// The tables of these annexes (form, annex) in the files of a unit that count.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn summary_tables(
        &self,
        unit: i64,
        wanted: &[(&str, &str)],
    ) -> Result<Vec<SummaryTable>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT file.form, annex.annex, annex.score, annex.rate, annex.facts \
             FROM file JOIN annex ON annex.file = file.id \
             WHERE file.unit = ?1 AND file.counted AND file.form = ?2 AND annex.annex = ?3 \
             ORDER BY file.path, annex.number",
        )?;
        let number = |text: Option<String>| text.and_then(|text| text.parse::<Decimal>().ok());
        let mut tables = Vec::new();
        for (form, annex) in wanted {
            let mut rows = select.query(rusqlite::params![unit, form, annex])?;
            while let Some(row) = rows.next()? {
                tables.push(SummaryTable {
                    form: row.get(0)?,
                    annex: row.get(1)?,
                    score: number(row.get(2)?),
                    rate: number(row.get(3)?),
                    facts: read_facts(&row.get::<_, String>(4)?)?,
                });
            }
        }
        Ok(tables)
    }

    /// The annex and the facts of every table, as they are written, in the order of their files.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn each_facts(&self, mut visit: impl FnMut(&str, &str)) -> Result<(), StoreError> {
        let sql = "SELECT annex.annex, annex.facts FROM file JOIN annex ON annex.file = file.id \
                   ORDER BY file.path, annex.number";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.each(sql, &[], read, &mut |(annex, facts): (String, String)| {
            visit(&annex, &facts);
            Ok::<_, StoreError>(())
        })
    }

    /// What stands in an annex that a unit filed for a year, by its normalised name.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn facts_of(
        &self,
        key: &str,
        year: i32,
        annex: &str,
    ) -> Result<Vec<FactRecord>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT annex.facts FROM file JOIN annex ON annex.file = file.id \
             WHERE file.unit_key = ?1 AND file.year = ?2 AND annex.annex = ?3 AND file.counted \
             ORDER BY file.path DESC LIMIT 1",
        )?;
        let facts = select.query_row(rusqlite::params![key, year, annex], |row| {
            row.get::<_, String>(0)
        });
        facts
            .optional()?
            .map_or(Ok(Vec::new()), |facts| read_facts(&facts))
    }
}

/// The facts of a table as the database keeps them.
#[derive(Debug)]
pub struct Facts(String);

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// Where they are not as they were written.
    pub fn read(&self) -> Result<Vec<FactRecord>, StoreError> {
        read_facts(&self.0)
    }
}

pub(super) fn read_facts(text: &str) -> Result<Vec<FactRecord>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(error.to_string()))
}
