//! Files, units and findings out of the database, in an order of their own, one at a time.

use std::sync::atomic::Ordering;

use rusqlite::{OptionalExtension, Row};
use rust_decimal::Decimal;

use super::decode::{FILE, FINDING, across, counts, file, finding, level, status};
use super::rows::{FileRow, FindingRow, RuleRow, Totals, UnitRow, UnitStatus};
use super::write::OTHER;
use super::{Store, StoreError};
use crate::report::json::{self, Level, Status};

impl Store {
    /// The result of one file, as it was written.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn result(&self, path: &str) -> Result<Option<json::File>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT file.id, status, error_kind, error, form, year, unit_name, wrong, missing, \
             explain, explained, hint, rounding, file.passed, file.unchecked, applied.unchecked \
             FROM file JOIN applied ON applied.file = file.id WHERE path = ?1",
        )?;
        let found = select.query_row([path], |row| {
            let kind: Option<String> = row.get(2)?;
            let error = match kind {
                Some(kind) => Some(json::Error {
                    kind,
                    message: row.get(3)?,
                }),
                None => None,
            };
            let unchecked: String = row.get(15)?;
            let file = json::File {
                error,
                form: row.get(4)?,
                year: row.get(5)?,
                unit_name: row.get(6)?,
                counts: counts(row, 7)?,
                unchecked: serde_json::from_str(&unchecked).unwrap_or_default(),
                ..json::File::at(path, status(&row.get::<_, String>(1)?))
            };
            Ok((row.get::<_, i64>(0)?, file))
        });
        let Some((id, mut file)) = found.optional()? else {
            return Ok(None);
        };
        let mut select = self.connection.prepare_cached(
            "SELECT name, sheet, range FROM annex WHERE file = ?1 ORDER BY number",
        )?;
        let annexes = select.query_map([id], |row| {
            Ok(json::Annex {
                annex: row.get(0)?,
                sheet: row.get(1)?,
                range: row.get(2)?,
            })
        })?;
        file.annexes = annexes.collect::<Result<_, _>>()?;
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {FINDING} FROM finding WHERE file = ?1 ORDER BY number"
        ))?;
        let findings = select.query_map([id], |row| finding(row, 0))?;
        file.findings = findings.collect::<Result<_, _>>()?;
        Ok(Some(file))
    }

    /// What came of one file: its status, whether it was never meant to be a workbook, and how
    /// many findings it has.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn status(&self, path: &str) -> Result<(Status, bool, json::Counts), StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT status, wrong, missing, explain, explained, hint, rounding, passed, unchecked \
             FROM file WHERE path = ?1",
        )?;
        Ok(select.query_row([path], |row| {
            let word: String = row.get(0)?;
            Ok((status(&word), word == OTHER, counts(row, 1)?))
        })?)
    }

    /// Where marked copies were written.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn marked(&self) -> Result<Vec<String>, StoreError> {
        let mut select = self
            .connection
            .prepare("SELECT marked FROM file WHERE marked IS NOT NULL")?;
        let marked = select.query_map([], |row| row.get(0))?;
        Ok(marked.collect::<Result<_, _>>()?)
    }

    /// All files, in the order of their paths.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_file<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(FileRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("SELECT {FILE} FROM file ORDER BY path");
        self.each(&sql, &[], |row| file(row, 0), &mut visit)
    }

    /// The path of each file, with the digest of what it holds and what tells its unit from others;
    /// that is empty where no unit is known.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_content<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut((String, Option<String>, String)) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT path, hash, unit_key FROM file";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.each(sql, &[], read, &mut visit)
    }

    /// All units, in the order of the roster, then by name.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_unit<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(UnitRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT id, name, department, status, nearest, budget FROM unit ORDER BY id";
        let read = |row: &Row<'_>| {
            let budget: Option<String> = row.get(5)?;
            Ok(UnitRow {
                id: row.get(0)?,
                name: row.get(1)?,
                department: row.get(2)?,
                status: UnitStatus::from_word(&row.get::<_, String>(3)?)
                    .unwrap_or(UnitStatus::Nameless),
                nearest: row.get(4)?,
                budget: budget.and_then(|budget| budget.parse::<Decimal>().ok()),
                files: Vec::new(),
                across: json::Counts::default(),
            })
        };
        self.each(sql, &[], read, &mut |mut unit: UnitRow| {
            unit.files = self.files_of(unit.id)?;
            unit.across = self.across_counts("unit = ?1", &[&unit.id])?;
            visit(unit)
        })
    }

    pub(super) fn files_of(&self, unit: i64) -> Result<Vec<FileRow>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {FILE} FROM file WHERE unit = ?1 ORDER BY counted DESC, path"
        ))?;
        let files = select.query_map([unit], |row| file(row, 0))?;
        Ok(files.collect::<Result<_, _>>()?)
    }

    fn across_counts(
        &self,
        which: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> Result<json::Counts, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT severity, count(*) FROM across WHERE {which} GROUP BY severity"
        ))?;
        let mut counts = json::Counts::default();
        let mut rows = select.query(parameters)?;
        while let Some(row) = rows.next()? {
            let number: usize = row.get(1)?;
            match level(&row.get::<_, String>(0)?) {
                Level::Error => counts.error = number,
                Level::Incomplete => counts.incomplete = number,
                Level::Explain => counts.explain = number,
                Level::Hint => counts.hint = number,
            }
        }
        Ok(counts)
    }

    /// All findings: unit by unit and file by file, those between submissions last.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_finding<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(FindingRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let read = |row: &Row<'_>| {
            Ok(FindingRow {
                unit: row.get(0)?,
                department: row.get(1)?,
                path: row.get(2)?,
                opened: row.get(3)?,
                counted: row.get(4)?,
                finding: finding(row, 5)?,
            })
        };
        // The order of the joins is that of the result: nothing has to be sorted as a whole.
        let sql = format!(
            "SELECT unit.name, unit.department, file.path, file.opened, file.counted, {FINDING} \
             FROM unit CROSS JOIN file ON file.unit = unit.id \
             CROSS JOIN finding ON finding.file = file.id \
             ORDER BY unit.id, file.path, finding.number"
        );
        self.each(&sql, &[], read, &mut visit)?;
        self.each_across(visit)
    }

    /// The findings between submissions.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_across<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(FindingRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT coalesce(unit.name, ''), unit.department, coalesce(file.path, ''), \
                   coalesce(file.opened, ''), across.code, across.severity, across.sheet, \
                   across.cell, across.place, across.found, across.expected, across.message, \
                   across.todo \
                   FROM across LEFT JOIN unit ON unit.id = across.unit \
                   LEFT JOIN file ON file.id = across.file ORDER BY across.number";
        let read = |row: &Row<'_>| {
            Ok(FindingRow {
                unit: row.get(0)?,
                department: row.get(1)?,
                path: row.get(2)?,
                opened: row.get(3)?,
                counted: true,
                finding: across(row, 4)?,
            })
        };
        self.each(sql, &[], read, &mut visit)
    }

    /// The findings of one unit, those of files that count, then those between submissions.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn findings_of(&self, unit: i64) -> Result<Vec<(String, json::Finding)>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT file.path, {FINDING} FROM file JOIN finding ON finding.file = file.id \
             WHERE file.unit = ?1 AND file.counted ORDER BY file.path, finding.number"
        ))?;
        let rows = select.query_map([unit], |row| Ok((row.get(0)?, finding(row, 1)?)))?;
        let mut findings: Vec<(String, json::Finding)> = rows.collect::<Result<_, _>>()?;
        let mut select = self.connection.prepare_cached(
            "SELECT coalesce(file.path, ''), across.code, across.severity, across.sheet, \
             across.cell, across.place, across.found, across.expected, across.message, \
             across.todo FROM across LEFT JOIN file ON file.id = across.file \
             WHERE across.unit = ?1 ORDER BY across.number",
        )?;
        for row in select.query_map([unit], |row| Ok((row.get(0)?, across(row, 1)?)))? {
            findings.push(row?);
        }
        Ok(findings)
    }

    /// How each rule fared over the files that count, by code.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn rules(&self) -> Result<Vec<RuleRow>, StoreError> {
        let mut rules = std::collections::BTreeMap::<String, RuleRow>::new();
        let mut tally = |sql: &str, set: fn(&mut RuleRow, &str, usize)| -> Result<(), StoreError> {
            let mut select = self.connection.prepare(sql)?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let code: String = row.get(0)?;
                let kind: String = row.get(1)?;
                let rule = rules.entry(code.clone()).or_default();
                rule.code = code;
                set(rule, &kind, row.get(2)?);
            }
            Ok(())
        };
        tally(
            "SELECT rule.value, '', count(*) FROM applied JOIN file ON file.id = applied.file, \
             json_each(applied.passed) AS rule \
             WHERE file.counted GROUP BY rule.value",
            |rule, _, number| rule.passed = number,
        )?;
        tally(
            "SELECT json_extract(rule.value, '$.code') AS code, '', count(*) \
             FROM applied JOIN file ON file.id = applied.file, \
             json_each(applied.unchecked) AS rule \
             WHERE file.counted GROUP BY code",
            |rule, _, number| rule.unchecked = number,
        )?;
        let severity: fn(&mut RuleRow, &str, usize) = |rule, kind, number| match kind {
            "rounding" => rule.rounding += number,
            kind => match level(kind) {
                Level::Error | Level::Incomplete => rule.wrong += number,
                Level::Explain => rule.explain += number,
                Level::Hint => rule.hint += number,
            },
        };
        tally(
            "SELECT finding.code, \
             iif(finding.outcome = 'rounding', 'rounding', finding.severity) AS kind, count(*) \
             FROM finding JOIN file ON file.id = finding.file \
             WHERE file.counted GROUP BY finding.code, kind",
            severity,
        )?;
        tally(
            "SELECT code, severity, count(*) FROM across GROUP BY code, severity",
            severity,
        )?;
        tally(
            "SELECT finding.code, '', count(DISTINCT file.unit) \
             FROM finding JOIN file ON file.id = finding.file \
             WHERE file.counted AND finding.outcome = 'mismatch' AND finding.severity <> 'hint' \
             GROUP BY finding.code \
             UNION ALL SELECT code, '', count(DISTINCT unit) FROM across \
             WHERE severity <> 'hint' GROUP BY code",
            |rule, _, number| rule.units = number,
        )?;
        Ok(rules.into_values().collect())
    }

    /// The form sets of the files that count, by id.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn forms(&self) -> Result<Vec<String>, StoreError> {
        let mut select = self.connection.prepare(
            "SELECT DISTINCT form FROM file WHERE form IS NOT NULL AND counted ORDER BY form",
        )?;
        let forms = select.query_map([], |row| row.get(0))?;
        Ok(forms.collect::<Result<_, _>>()?)
    }

    /// How many findings [`Self::each_finding`] visits of the files of a unit.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn findings_count(&self, unit: i64) -> Result<u32, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT count(*) FROM file JOIN finding ON finding.file = file.id WHERE file.unit = ?1",
        )?;
        Ok(select.query_row([unit], |row| row.get(0))?)
    }

    /// Counts over all files.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        let mut totals = Totals::default();
        let mut select = self
            .connection
            .prepare("SELECT status, count(*) FROM file GROUP BY status")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let number = row.get(1)?;
            match row.get::<_, String>(0)?.as_str() {
                "checked" => totals.checked = number,
                "unrecognised" => totals.unrecognised = number,
                "unreadable" => totals.unreadable = number,
                _ => totals.other = number,
            }
        }
        totals.counts = self.connection.query_row(
            "SELECT ifnull(sum(wrong), 0), ifnull(sum(missing), 0), ifnull(sum(explain), 0), \
             ifnull(sum(explained), 0), ifnull(sum(hint), 0), ifnull(sum(rounding), 0), \
             ifnull(sum(passed), 0), ifnull(sum(unchecked), 0) FROM file WHERE counted",
            [],
            |row| counts(row, 0),
        )?;
        totals.across = self.across_counts("TRUE", &[])?;
        Ok(totals)
    }

    /// Visits the rows of a query.
    pub(super) fn each<T, E: From<StoreError>>(
        &self,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
        read: impl Fn(&Row<'_>) -> Result<T, rusqlite::Error>,
        visit: &mut impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut select = self.connection.prepare(sql).map_err(StoreError::from)?;
        let mut rows = select.query(parameters).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Err(StoreError::Stopped.into());
            }
            visit(read(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }
}
