//! Tables of projects, 附件3, and their totals.

use super::super::Check;
use super::super::structure;
use crate::catalog::Field;
use crate::check::evaluate::Context;
use crate::check::value::{Unknown, Val};
use crate::check::words;
use crate::filing::Table;

/// A table of a project, as far as it is compared.
pub(super) struct ProjectTable<'a> {
    pub(super) table: &'a Table,
    pub(super) name: Option<String>,
}

/// The annex of which there is one table a project.
pub(super) fn project_annex(check: &Check<'_, '_>) -> Option<usize> {
    check
        .evidence
        .form
        .annexes
        .iter()
        .position(|annex| annex.repeat)
}

pub(super) fn project_tables<'a>(check: &Check<'a, '_>) -> Vec<ProjectTable<'a>> {
    let Some(annex) = project_annex(check) else {
        return Vec::new();
    };
    let tables = check.evidence.filing.tables_of(annex);
    tables
        .map(|table| ProjectTable {
            table,
            name: structure::project_name(check, table).map(|(_, name)| name),
        })
        .collect()
}

/// A figure of a project table's total row.
pub(super) fn total_field(check: &Check<'_, '_>, column: &str) -> Option<Field> {
    let annex = project_annex(check)?;
    let block = check.evidence.form.annexes[annex]
        .blocks
        .iter()
        .find(|block| block.id == "资金")?;
    Some(Field::Slot {
        annex,
        slot: block.slot(block.row("总额")?, block.column(column)?),
    })
}

/// A figure of a table's total row; where it cannot be read, its own place is told.
pub(super) fn total_of(check: &Check<'_, '_>, table: &Table, column: &str) -> Val {
    let Some(field) = total_field(check, column) else {
        return Val::Blank(None);
    };
    let context = of_table(check, table);
    match context.field(field) {
        Val::Unknown(Unknown::Unreadable(field)) => {
            Val::Unknown(Unknown::UnreadableAt(words::place_words(&context, field)))
        }
        value => value,
    }
}

pub(super) fn of_table<'a>(check: &Check<'a, '_>, table: &'a Table) -> Context<'a> {
    Context {
        table: Some(table),
        ..*check.context
    }
}
