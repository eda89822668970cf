//! Projects as 附件1 lists them: the form's own rows and those that filers insert, and what they
//! call their projects.

use rust_decimal::Decimal;

use super::super::Check;
use super::super::structure::project_key;
use crate::catalog::{Block, Field, RowRef};
use crate::check::value::{Sum, Unknown, Val};
use crate::check::words;
use crate::filing::{CellRef, Extra, Fact, State, Table};
use crate::label;
use crate::workbook::{Value, Workbook};

/// A project row of the grid: the form's own or an inserted one.
pub(super) struct ProjectRow<'a> {
    pub(super) at: RowRef,
    /// Where its label stands.
    pub(super) label: Option<CellRef>,
    /// The filer's own name for it, as written; the form's words are no name.
    pub(super) name: Option<String>,
    pub(super) facts: Vec<&'a Fact>,
}

impl ProjectRow<'_> {
    pub(super) fn amount(&self, column: usize) -> Option<Decimal> {
        Some(self.facts.get(column)?.number()?.value)
    }

    /// The figure in a column. What cannot be read is not nothing.
    pub(super) fn value(&self, check: &Check<'_, '_>, table: &Table, column: usize) -> Val {
        let fact = self.facts[column];
        let block = &check.evidence.form.annexes[self.at.annex].blocks[self.at.block];
        let field = Field::Slot {
            annex: self.at.annex,
            slot: block.slot(self.at.row, column),
        };
        match &fact.state {
            State::Number(figure) => Val::Number(Sum {
                value: figure.value,
                digit: figure.digit,
                parts: 1,
            }),
            State::Blank | State::NotApplicable => Val::Blank(Some(field)),
            State::Absent => Val::Unknown(Unknown::Absent(field)),
            State::Text(_) | State::Error(_) | State::Unreadable(_) => {
                let year = table.year.unwrap_or(check.evidence.form.year);
                let head = words::with_years(&block.columns[column].label.words, year);
                let row = project_words(check, self);
                let place = check.place(table, fact);
                Val::Unknown(Unknown::UnreadableAt(format!("{place}「{row} · {head}」")))
            }
        }
    }

    /// Nothing was entered, or zeros.
    fn is_blank(&self) -> bool {
        self.facts.iter().all(|fact| match &fact.state {
            State::Number(figure) => figure.value.is_zero(),
            State::Absent | State::Blank | State::NotApplicable => true,
            State::Text(_) | State::Error(_) | State::Unreadable(_) => false,
        })
    }
}

pub(super) fn form_words<'a>(check: &Check<'a, '_>, at: RowRef) -> &'a str {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    &block.rows[at.row].label.words
}

pub(super) fn project_words(check: &Check<'_, '_>, project: &ProjectRow<'_>) -> String {
    let form_words = || form_words(check, project.at).to_owned();
    project.name.clone().unwrap_or_else(form_words)
}

/// The rows of one row of the form, inserted ones included.
pub(super) fn rows_of<'a>(
    check: &Check<'a, '_>,
    table: &'a Table,
    at: RowRef,
) -> Vec<ProjectRow<'a>> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    let definition = &block.rows[at.row];
    let mut rows = Vec::new();
    if !definition.placeholder {
        let facts: Vec<&Fact> = (0..block.columns.len())
            .map(|column| &table.facts[block.slot(at.row, column)])
            .collect();
        rows.push(ProjectRow {
            at,
            label: own_label(check.evidence.workbook, table, block, at.row).map(|(cell, _)| cell),
            name: own_name(check, table, at),
            facts,
        });
    }
    for extra in table.extras_of(at.block, at.row) {
        rows.push(ProjectRow {
            at,
            label: Some(extra.label.cell),
            name: extra_name(check, at, extra),
            facts: extra.facts.iter().collect(),
        });
    }
    rows.retain(|row| !row.is_blank());
    rows
}

/// What the filer wrote behind the form's own label: 「市级专项资金：法律援助」.
fn own_name(check: &Check<'_, '_>, table: &Table, at: RowRef) -> Option<String> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    let definition = &block.rows[at.row];
    if !definition.repeat {
        return Some(definition.label.words.clone());
    }
    let (_, text) = own_label(check.evidence.workbook, table, block, at.row)?;
    name_behind(text, &definition.label.printed)
}

/// The first text in one of the form's own rows.
pub(crate) fn own_label<'a>(
    workbook: &'a Workbook,
    table: &Table,
    block: &Block,
    row: usize,
) -> Option<(CellRef, &'a str)> {
    let row = table.facts[block.slot(row, 0)].cell?.at.row;
    let cells = workbook.sheets[table.sheet].row(row);
    cells.iter().find_map(|cell| match &cell.value {
        Value::Text(text) => Some((
            CellRef {
                sheet: table.sheet,
                at: cell.at,
            },
            &**text,
        )),
        _ => None,
    })
}

fn extra_name(check: &Check<'_, '_>, at: RowRef, extra: &Extra) -> Option<String> {
    let definition = &check.evidence.form.annexes[at.annex].blocks[at.block].rows[at.row];
    if definition.placeholder {
        return Some(label::words(&extra.label.text));
    }
    name_behind(&extra.label.text, &definition.label.printed)
}

/// The part of a label that is not the form's, as it was written; `None` where it is the form's
/// alone.
pub(crate) fn name_behind(text: &str, printed: &str) -> Option<String> {
    const BRACKETS: [char; 4] = ['（', '）', '(', ')'];
    let (key, own) = (label::key(text), label::words(text));
    let form = label::key(printed);
    let stem = label::key(&label::words(printed));
    if key == form || key == stem {
        return None;
    }
    let rest = behind(&own, &form).or_else(|| behind(&own, &stem));
    let rest = rest
        .unwrap_or(&own)
        .trim_start_matches(|c: char| !c.is_alphanumeric() && !BRACKETS.contains(&c));
    // 「市级专项资金（法律援助）」: the brackets set the name off.
    let inside = rest
        .strip_prefix(['（', '('])
        .and_then(|rest| rest.strip_suffix(['）', ')']))
        .filter(|inside| !inside.contains(BRACKETS));
    let name = inside.unwrap_or(rest);
    (!project_key(name).is_empty()).then(|| name.to_owned())
}

/// What follows in a text behind the letters of a key, signs between them aside.
fn behind<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = text;
    for letter in key.chars() {
        let start = rest.find(char::is_alphanumeric)?;
        rest = rest[start..].strip_prefix(letter)?;
    }
    Some(rest)
}

/// All leaf rows of the row's parent, so that tables of other projects are not taken.
pub(super) fn all_projects<'a>(
    check: &Check<'a, '_>,
    table: &'a Table,
    at: RowRef,
) -> Vec<ProjectRow<'a>> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    match block.rows[at.row].parent {
        Some(parent) => block
            .children(parent)
            .flat_map(|row| rows_of(check, table, RowRef { row, ..at }))
            .collect(),
        None => rows_of(check, table, at),
    }
}
