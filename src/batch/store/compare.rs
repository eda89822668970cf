//! What the files of different units, or of one, have in common.

use rusqlite::Row;

use super::{Store, StoreError};

/// Something that stands in a file and in another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// What they have in common: the same for all that share it.
    pub what: String,
    /// The unit.
    pub unit: i64,
    /// Its name.
    pub name: String,
    /// The file.
    pub file: i64,
    /// Its path.
    pub path: String,
    /// Sheet and top left cell of the table.
    pub at: Option<(String, String)>,
    /// In words: annex and project.
    pub place: String,
}

impl Store {
    /// Tables of different units with the same indicators; those of one group after each other.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn same_indicators(&self) -> Result<Vec<Shared>, StoreError> {
        self.shared(
            "SELECT annex.fingerprint, unit.id, unit.name, file.id, file.path, annex.sheet, \
             annex.range, annex.name, annex.project \
             FROM annex JOIN file ON file.id = annex.file JOIN unit ON unit.id = file.unit \
             WHERE file.counted AND annex.fingerprint IN (SELECT annex.fingerprint FROM annex \
             JOIN file ON file.id = annex.file \
             WHERE file.counted AND annex.fingerprint IS NOT NULL \
             GROUP BY annex.fingerprint HAVING count(DISTINCT file.unit) > 1) \
             ORDER BY annex.fingerprint, unit.id, file.path, annex.number",
        )
    }

    /// Files of the same content; those of one group after each other.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn same_content(&self) -> Result<Vec<Shared>, StoreError> {
        self.shared(
            "SELECT file.hash, unit.id, unit.name, file.id, file.path, NULL, NULL, NULL, NULL \
             FROM file JOIN unit ON unit.id = file.unit \
             WHERE file.hash IN (SELECT hash FROM file WHERE hash <> '' AND status = 'checked' \
             GROUP BY hash HAVING count(*) > 1) ORDER BY file.hash, file.path",
        )
    }

    /// The projects of units, in the order of units and files.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_project<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Shared) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT annex.project, unit.id, unit.name, file.id, file.path, annex.sheet, \
                   annex.range, annex.name, annex.project \
                   FROM unit CROSS JOIN file ON file.unit = unit.id \
                   CROSS JOIN annex ON annex.file = file.id \
                   WHERE file.counted AND annex.project IS NOT NULL \
                   ORDER BY unit.id, file.path, annex.number";
        self.each(sql, &[], shared, &mut visit)
    }

    /// The total scores of units, where their files count: of a table of the whole unit.
    ///
    /// # Errors
    /// Where the database cannot be read, or the visitor fails.
    pub fn each_score<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut((i64, String)) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT file.unit, annex.score FROM annex JOIN file ON file.id = annex.file \
                   WHERE file.counted AND annex.score IS NOT NULL AND annex.project IS NULL \
                   ORDER BY file.unit, annex.number";
        self.each(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)), &mut visit)
    }

    fn shared(&self, sql: &str) -> Result<Vec<Shared>, StoreError> {
        let mut select = self.connection.prepare(sql)?;
        let rows = select.query_map([], shared)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn shared(row: &Row<'_>) -> Result<Shared, rusqlite::Error> {
    let sheet: Option<String> = row.get(5)?;
    let range: Option<String> = row.get(6)?;
    let words: [Option<String>; 2] = [row.get(7)?, row.get(8)?];
    let first = |range: String| range.split(':').next().unwrap_or_default().to_owned();
    let words: Vec<String> = words.into_iter().flatten().collect();
    Ok(Shared {
        what: row.get(0)?,
        unit: row.get(1)?,
        name: row.get(2)?,
        file: row.get(3)?,
        path: row.get(4)?,
        at: sheet.zip(range.map(first)),
        place: words.join(" "),
    })
}
