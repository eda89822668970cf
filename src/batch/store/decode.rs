//! What a row of the database stands for.

use rusqlite::Row;

use super::rows::FileRow;
use super::write::{More, level_word, status_word};
use crate::report::json::{self, Level, OutcomeWord, Status};

/// The columns of a [`FileRow`].
pub(super) const FILE: &str = "file.id, file.path, file.opened, file.status, file.error, file.form, \
     file.year, file.unit_name, file.counted, file.wrong, file.missing, file.explain, \
     file.explained, file.hint, file.rounding, file.passed, file.unchecked, file.marked, \
     file.modified, file.hash";

/// The columns of a [`json::Finding`].
pub(super) const FINDING: &str = "finding.code, finding.severity, finding.outcome, finding.sheet, \
     finding.cell, finding.field, finding.place, finding.found, finding.expected, \
     finding.difference, finding.working, finding.message, finding.todo, finding.reason, \
     finding.expired, finding.more";

pub(super) fn file(row: &Row<'_>, at: usize) -> Result<FileRow, rusqlite::Error> {
    Ok(FileRow {
        id: row.get(at)?,
        path: row.get(at + 1)?,
        opened: row.get(at + 2)?,
        status: row.get(at + 3)?,
        error: row.get(at + 4)?,
        form: row.get(at + 5)?,
        year: row.get(at + 6)?,
        unit_name: row.get(at + 7)?,
        counted: row.get(at + 8)?,
        counts: counts(row, at + 9)?,
        marked: row.get(at + 17)?,
        modified: row.get(at + 18)?,
        hash: row.get(at + 19)?,
    })
}

pub(super) fn counts(row: &Row<'_>, at: usize) -> Result<json::Counts, rusqlite::Error> {
    Ok(json::Counts {
        error: row.get(at)?,
        incomplete: row.get(at + 1)?,
        explain: row.get(at + 2)?,
        explained: row.get(at + 3)?,
        hint: row.get(at + 4)?,
        rounding: row.get(at + 5)?,
        passed: row.get(at + 6)?,
        unchecked: row.get(at + 7)?,
    })
}

pub(super) fn finding(row: &Row<'_>, at: usize) -> Result<json::Finding, rusqlite::Error> {
    let reason: Option<String> = row.get(at + 13)?;
    let more: Option<String> = row.get(at + 15)?;
    let more: Option<More> = more.and_then(|more| serde_json::from_str(&more).ok());
    let (related, suggestion, follows) = more.map_or_else(Default::default, |more| {
        (more.related, more.suggestion, more.follows)
    });
    let reason = match reason {
        Some(text) => Some(json::Reason {
            text,
            expired: row.get(at + 14)?,
        }),
        None => None,
    };
    Ok(json::Finding {
        code: row.get(at)?,
        severity: level(&row.get::<_, String>(at + 1)?),
        outcome: match row.get::<_, String>(at + 2)?.as_str() {
            "rounding" => OutcomeWord::Rounding,
            _ => OutcomeWord::Mismatch,
        },
        sheet: row.get(at + 3)?,
        cell: row.get(at + 4)?,
        field: row.get(at + 5)?,
        place: row.get(at + 6)?,
        found: row.get(at + 7)?,
        expected: row.get(at + 8)?,
        difference: row.get(at + 9)?,
        working: row.get(at + 10)?,
        message: row.get(at + 11)?,
        todo: row.get(at + 12)?,
        related,
        suggestion,
        follows,
        reason,
    })
}

/// A finding between submissions, as any other.
pub(super) fn across(row: &Row<'_>, at: usize) -> Result<json::Finding, rusqlite::Error> {
    Ok(json::Finding {
        code: row.get(at)?,
        severity: level(&row.get::<_, String>(at + 1)?),
        outcome: OutcomeWord::Mismatch,
        sheet: row.get(at + 2)?,
        cell: row.get(at + 3)?,
        field: None,
        place: row.get(at + 4)?,
        found: row.get(at + 5)?,
        expected: row.get(at + 6)?,
        difference: None,
        working: None,
        message: row.get(at + 7)?,
        todo: row.get(at + 8)?,
        related: Vec::new(),
        suggestion: None,
        follows: Vec::new(),
        reason: None,
    })
}

pub(super) fn level(word: &str) -> Level {
    let all = [Level::Error, Level::Incomplete, Level::Explain, Level::Hint];
    let found = all.into_iter().find(|level| level_word(*level) == word);
    found.unwrap_or(Level::Hint)
}

pub(super) fn status(word: &str) -> Status {
    let all = [Status::Checked, Status::Unrecognised, Status::Unreadable];
    let found = all.into_iter().find(|status| status_word(*status) == word);
    found.unwrap_or(Status::Unreadable)
}
