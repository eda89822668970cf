//! One workbook from bytes to result: the one way through the rooms, for every door.

use std::sync::Arc;

use crate::catalog::{Catalog, Form};
use crate::check::{self, Evidence, LastYear, Selection};
use crate::contain::caught;
use crate::extract;
use crate::filing::Filing;
use crate::finding::Report;
use crate::formula;
use crate::lang::Lang;
use crate::locate::Located;
use crate::read::{self, Limits, ReadError};
use crate::reasons::{self, Added};
use crate::recognise;
use crate::workbook::Workbook;

/// How workbooks are reviewed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The form to check against; else the one that fits best.
    pub form: Option<String>,
    /// Limits of the reader.
    pub limits: Limits,
    /// Language of findings and errors.
    pub lang: Lang,
    /// Which rules apply.
    pub selection: Selection,
    /// What was filed last year, where that is known.
    pub last_year: Option<Arc<dyn LastYear>>,
}

/// The result for one workbook.
#[derive(Debug)]
pub enum Review<'a> {
    /// Tables of the form were found and checked.
    Checked(Box<Checked<'a>>),
    /// A workbook, but no table of any known form.
    Unrecognised(Workbook),
    /// Not read.
    Unreadable(ReadError),
}

/// A checked workbook.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The form.
    pub form: &'a Form,
    /// The cells.
    pub workbook: Workbook,
    /// Where things are.
    pub located: Located,
    /// What they say.
    pub filing: Filing,
    /// What was found.
    pub report: Report,
}

/// Reviews a workbook. `name` is the file's name without folder.
pub fn review<'a>(
    catalog: &'a Catalog,
    bytes: &[u8],
    name: Option<&str>,
    options: &Options,
) -> Review<'a> {
    match read::read(bytes, &options.limits) {
        Ok(workbook) => review_workbook(catalog, workbook, name, options),
        Err(error) => Review::Unreadable(error),
    }
}

/// Reviews a workbook that was read already.
pub fn review_workbook<'a>(
    catalog: &'a Catalog,
    workbook: Workbook,
    name: Option<&str>,
    options: &Options,
) -> Review<'a> {
    caught(|| reviewed(catalog, workbook, name, options))
        .unwrap_or(Review::Unreadable(ReadError::Fault))
}

fn reviewed<'a>(
    catalog: &'a Catalog,
    mut workbook: Workbook,
    name: Option<&str>,
    options: &Options,
) -> Review<'a> {
    recognise::settle_added(catalog, &mut workbook);
    // What our own sheets show is no part of the filing.
    formula::compute::fill_in(&mut workbook, |sheet| !Added::is_ours(sheet));
    let wanted = options.form.as_deref();
    let Some((form, located)) = recognise::form(catalog, &workbook, wanted) else {
        return Review::Unrecognised(workbook);
    };
    if let Err(error) = within(&located, &options.limits) {
        return Review::Unreadable(error);
    }
    let mut filing = extract::extract(&workbook, form, &located);
    check::settle_rates(form, &mut filing);
    let mut report = check::check(Evidence {
        form,
        filing: &filing,
        workbook: &workbook,
        located: &located,
        file_name: name,
        lang: options.lang,
        selection: &options.selection,
        last_year: options.last_year.as_deref(),
        unit: unit_name(form, &filing),
    });
    reasons::apply(&workbook, &filing, &mut report);
    Review::Checked(Box::new(Checked {
        form,
        workbook,
        located,
        filing,
        report,
    }))
}

/// Checks compare rows with rows and tables with tables.
fn within(located: &Located, limits: &Limits) -> Result<(), ReadError> {
    let tables = located.tables.iter();
    let rows = tables.map(|table| {
        let inserted = table.extras.len() + table.strangers.len() + table.sums.len();
        table.rows.len() + inserted
    });
    check_limit(located.tables.len(), limits.tables, "max-tables")?;
    check_limit(rows.sum(), limits.rows, "max-rows")
}

fn check_limit(found: usize, allowed: usize, limit: &'static str) -> Result<(), ReadError> {
    read::limits::check(found as u64, allowed as u64, limit)
}

impl Checked<'_> {
    /// The unit's name as it fills the head of the first table that asks for it.
    pub fn unit_name(&self) -> Option<&str> {
        unit_name(self.form, &self.filing)
    }

    /// The year that the titles name, else the form's.
    pub fn year(&self) -> i32 {
        self.filing
            .tables
            .iter()
            .find_map(|table| table.year)
            .unwrap_or(self.form.year)
    }
}

fn unit_name<'a>(form: &Form, filing: &'a Filing) -> Option<&'a str> {
    // The tables about the unit as a whole come before those of its projects.
    let named = |repeat: bool| {
        filing.tables.iter().find_map(move |table| {
            let annex = &form.annexes[table.annex];
            let slot = annex.unit_name.filter(|_| annex.repeat == repeat)?;
            table.facts.get(slot)?.text()
        })
    };
    named(false).or_else(|| named(true))
}
