//! Blank templates: the form as the filer gets it, computing and checking itself, from the same
//! description by which it is read and checked.
//!
//! Bytes out, no file system. Results of all formulas are stored, so that previews are right.
#![allow(
    clippy::disallowed_types,
    reason = "one of the rooms that write workbooks"
)]

mod checks;
mod compare;
mod compile;
mod figures;
mod guide;
mod names;
mod plan;
mod rollover;
mod roster;
mod selfcheck;
mod style;
mod truth;
mod unread;
mod weights;
mod write;

use std::collections::HashMap;

pub use rollover::{RolledOver, roll_over};

use rust_xlsxwriter::{ExcelDateTime, Workbook, XlsxError};

use crate::catalog::Form;
use crate::formula::compute;
use crate::read::{self, Limits, ReadError};
use crate::workbook::{Addr, Value};
use plan::{Entry, Plan};

/// What formulas give, by sheet and cell.
type Results = HashMap<(usize, Addr), Value>;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// How many tables of a repeated annex there are (one a project); at least one.
    pub projects: usize,
    /// What stands in it from the beginning.
    entries: Vec<Entry>,
}

impl Order {
    /// A blank one.
    pub fn blank(projects: usize) -> Self {
        Self {
            projects,
            entries: Vec::new(),
        }
    }
}

/// So many tables of a repeated annex there are at most: the self-check of more is longer than what
/// is read of a part of a workbook.
pub const MOST_PROJECTS: u16 = 200;

/// Why a template could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// So many projects were asked for.
    #[error("{0} projects; a template holds {MOST_PROJECTS} at most")]
    TooManyProjects(usize),
    /// The workbook could not be written.
    #[error("the workbook could not be written")]
    Write(#[from] XlsxError),
    /// What was written could not be read again.
    #[error("the written workbook cannot be read")]
    Read(#[from] ReadError),
}

/// Writes a template of `form` as an .xlsx file.
///
/// # Errors
/// Where there are more than [`MOST_PROJECTS`], or the form cannot be written as a workbook, for
/// example with more columns than a sheet.
pub fn workbook(form: &Form, order: &Order) -> Result<Vec<u8>, TemplateError> {
    if order.projects > usize::from(MOST_PROJECTS) {
        return Err(TemplateError::TooManyProjects(order.projects));
    }
    let plan = Plan::new(form, form.year, order.projects, &order.entries);
    let draft = bytes(&plan, &Results::new())?;
    let read = read::read(&draft, &Limits::default())?;
    let results = compute::values_of_ours(&read);
    bytes(&plan, &results)
}

fn bytes(plan: &Plan<'_>, results: &Results) -> Result<Vec<u8>, TemplateError> {
    let (checks, others) = checks::of(plan, &selfcheck::presence(plan));
    let mut book = Workbook::new();
    // The same order gives the same bytes: the date is the form's, not the clock's.
    let year = u16::try_from(plan.year + 1).unwrap_or(2000);
    let date = ExcelDateTime::from_ymd(year, 1, 1)?;
    book.set_properties(&names::properties(plan.form).set_creation_datetime(&date));
    for index in 0..plan.sheets.len() {
        write::annex(&mut book, plan, index, &checks, results)?;
    }
    selfcheck::add(&mut book, plan, &checks, &others, results)?;
    names::define(&mut book, plan)?;
    Ok(book.save_to_buffer()?)
}
