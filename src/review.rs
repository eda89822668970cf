//! One workbook from bytes to result: the one way through the rooms, for every door.

use crate::catalog::{Catalog, Form};
use crate::check::{self, Evidence, Selection};
use crate::extract;
use crate::filing::Filing;
use crate::finding::Report;
use crate::formula;
use crate::label;
use crate::lang::Lang;
use crate::locate::{self, Located, Texts};
use crate::read::{self, Limits, ReadError};
use crate::reasons::{self, Added};
use crate::workbook::{Value, Workbook};

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
    mut workbook: Workbook,
    name: Option<&str>,
    options: &Options,
) -> Review<'a> {
    // What our own sheets show is no part of the filing.
    formula::compute::fill_in(&mut workbook, |sheet| Added::of(sheet).is_none());
    let Some((form, located)) = best_form(catalog, &workbook, options) else {
        return Review::Unrecognised(workbook);
    };
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

/// The form whose tables are found in most places; among equals the one of the titles' year.
fn best_form<'a>(
    catalog: &'a Catalog,
    workbook: &Workbook,
    options: &Options,
) -> Option<(&'a Form, Located)> {
    let texts = Texts::of(workbook);
    let wanted = |form: &&Form| options.form.as_ref().is_none_or(|id| form.id == *id);
    let located = catalog
        .forms
        .iter()
        .filter(wanted)
        .map(|form| (form, locate::locate(workbook, &texts, form)));
    located
        .filter(|(_, located)| !located.tables.is_empty() || bare_tables(located))
        .max_by_key(|(form, located)| {
            let found: usize = located
                .tables
                .iter()
                .map(|table| table.slots.iter().flatten().count() + table.rows.len())
                .sum();
            let same_year = located
                .tables
                .iter()
                .any(|table| table.year == Some(form.year));
            // Whoever made it from a template said which form it is.
            let named = texts.names(form);
            let signs = own_signs(form, workbook, located);
            (
                named,
                found,
                signs,
                same_year,
                std::cmp::Reverse(form.id.clone()),
            )
        })
}

/// What speaks for this form where another has the same fields: its annex is named above the
/// title, and first-level indicators name the weights that it gives them.
fn own_signs(form: &Form, workbook: &Workbook, located: &Located) -> usize {
    let mut signs = 0;
    for table in &located.tables {
        let annex = &form.annexes[table.annex];
        let title = table.title.as_ref().map(|title| title.cell.at.row);
        signs += usize::from(title.is_some_and(|row| row > table.area.first.row));
        let mut seen = Vec::new();
        for row in &table.rows {
            let group = row.group.filter(|group| !seen.contains(group));
            let place = row.places.first().and_then(Option::as_ref);
            let (Some(group), Some(place)) = (group, place) else {
                continue;
            };
            let words = workbook.sheets[table.sheet].cell(place.at);
            let weight = annex.blocks[row.block].groups[group].weight.normalize();
            if let Some(Value::Text(words)) = words.map(|cell| &cell.value)
                && label::normalise(words).contains(&format!("({weight}"))
            {
                seen.push(group);
                signs += 1;
            }
        }
    }
    signs
}

/// A known title with figures below it is worth a finding even if no table was recognised.
fn bare_tables(located: &Located) -> bool {
    located.bare_titles.iter().any(|bare| bare.numbers >= 3)
}

impl Checked<'_> {
    /// The unit's name as it fills the head of the first table that asks for it.
    pub fn unit_name(&self) -> Option<&str> {
        // The tables about the unit as a whole come before those of its projects.
        let named = |repeat: bool| {
            self.filing.tables.iter().find_map(move |table| {
                let annex = &self.form.annexes[table.annex];
                let slot = annex.unit_name.filter(|_| annex.repeat == repeat)?;
                table.facts.get(slot)?.text()
            })
        };
        named(false).or_else(|| named(true))
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
