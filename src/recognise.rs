//! Which form set a workbook is of.
//!
//! Forms of different regions share titles and labels: 项目支出绩效自评表 stands in nearly all of
//! them. What tells them apart is looked at in turn, the surest first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use crate::catalog::{Block, Catalog, Form, Kind};
use crate::label;
use crate::locate::{Located, LocatedTable, Outline, Texts};
use crate::reasons::Added;
use crate::workbook::{Sheet, Value, Workbook};

/// The form set that fits best, and where its tables stand; `wanted` is the only one asked for.
pub fn form<'a>(
    catalog: &'a Catalog,
    workbook: &Workbook,
    wanted: Option<&str>,
) -> Option<(&'a Form, Located)> {
    let texts = Texts::of(workbook);
    let asked_for = |form: &&Form| wanted.is_none_or(|id| form.id == id);
    let mut forms: Vec<&Form> = catalog.forms.iter().filter(asked_for).collect();
    // A form with few annexes need not be looked at where more than these were found.
    forms.sort_by_key(|form| Reverse(form.annexes.len()));
    let mut most = (0, 0);
    let mut outlines: Vec<Outline<'_, '_>> = Vec::new();
    for form in forms {
        if form.annexes.len() < most.0 {
            break;
        }
        let outline = Outline::of(workbook, &texts, form);
        most = most.max(outline.extent());
        outlines.push(outline);
    }
    outlines.retain(|outline| !outline.is_empty() && outline.extent() == most);
    // Whoever made it from a template said which form it is. That is no more than a name: it does
    // not take tables out of the check that another form has.
    if let Some(named) = outlines
        .iter()
        .position(|outline| texts.names(outline.form))
    {
        outlines = vec![outlines.swap_remove(named)];
    }
    let located = |outline: Outline<'_, 'a>| (outline.form, outline.locate());
    // Fields are compared only where the tables alone do not tell.
    if outlines.len() < 2 {
        return outlines.pop().map(located);
    }
    outlines
        .into_iter()
        .map(located)
        .max_by_key(|(form, located)| Fit::of(form, located, workbook, &texts))
}

/// Tells the sheets that an earlier run added from those that only look so: without the hidden name
/// that ours have, or with a table of a form in them, they are the filer's, and part of the filing.
pub fn settle_added(catalog: &Catalog, workbook: &mut Workbook) {
    let from_template = !workbook.names.is_empty();
    for sheet in &mut workbook.sheets {
        let claimed = match Added::of(sheet) {
            None => continue,
            // A template has none of our hidden names on its sheets, and names of its own.
            Some(Added::SelfCheck) => from_template || sheet.named.is_none(),
            Some(Added::Discrepancies | Added::Reasons) => sheet.named != Some(false),
        };
        sheet.named = Some(claimed && !holds_table(catalog, sheet));
    }
}

fn holds_table(catalog: &Catalog, sheet: &Sheet) -> bool {
    // Looked at as the filer's: the texts of ours are not. But findings name titles and labels:
    // rows that name a rule are ours wherever they stand.
    let rules = catalog.forms.iter().flat_map(|form| &form.rules);
    let codes: HashSet<&str> = rules.map(|rule| rule.code.as_str()).collect();
    let cells = sheet.cells.iter();
    let of_ours = cells.filter(|cell| match &cell.value {
        Value::Text(text) => codes.contains(&**text),
        _ => false,
    });
    let of_ours: HashSet<u32> = of_ours.map(|cell| cell.at.row).collect();
    let mut sheet = Sheet {
        named: Some(false),
        ..sheet.clone()
    };
    sheet.cells.retain(|cell| !of_ours.contains(&cell.at.row));
    let alone = Workbook {
        sheets: vec![sheet],
        ..Workbook::default()
    };
    let texts = Texts::of(&alone);
    let mut forms = catalog.forms.iter();
    forms.any(|form| !Outline::of(&alone, &texts, form).is_empty())
}

/// How well a form fits, where two have as many tables in a workbook; what stands first counts
/// first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Fit<'a> {
    /// First-level indicators that are not the form's, or not of its weight.
    odd_indicators: Reverse<usize>,
    /// Labels that do not stand there as the form prints them, but in other words or not at all;
    /// a signature line is much the same in every form.
    reworded: Reverse<usize>,
    /// Fields and rows of lists that were found.
    found: usize,
    /// Labels that were not.
    missing: Reverse<usize>,
    /// A title names the form's year.
    same_year: bool,
    /// So that the choice is the same each time.
    id: Reverse<&'a str>,
}

impl<'a> Fit<'a> {
    fn of(form: &'a Form, located: &Located, workbook: &Workbook, texts: &Texts) -> Self {
        let tables = || located.tables.iter();
        let found = |table: &LocatedTable| table.slots.iter().flatten().count() + table.rows.len();
        Self {
            odd_indicators: Reverse(tables().map(|table| odd(form, table, workbook)).sum()),
            reworded: Reverse(tables().map(|table| reworded(form, table, texts)).sum()),
            found: tables().map(found).sum(),
            missing: Reverse(tables().map(|table| table.missing.len()).sum()),
            same_year: tables().any(|table| table.year == Some(form.year)),
            id: Reverse(&form.id),
        }
    }
}

/// How many first-level indicators of a table are not as in the form.
fn odd(form: &Form, table: &LocatedTable, workbook: &Workbook) -> usize {
    let blocks = form.annexes[table.annex].blocks.iter().enumerate();
    let lists = blocks.filter(|(_, block)| !block.groups.is_empty());
    lists
        .map(|(index, block)| {
            let names = first_level(index, table, workbook);
            if names.is_empty() {
                // Nothing was filled in: nothing can be told from it.
                return 0;
            }
            let strange = names.iter().filter(|(name, _)| is_strange(block, name));
            let groups = block.groups.iter().enumerate();
            let unlike = groups.filter(|(at, group)| {
                let mut own = names
                    .iter()
                    .filter(|(name, known)| *known == Some(*at) && !is_strange(block, name))
                    .peekable();
                own.peek().is_none()
                    || own.any(|(name, _)| {
                        label::weight(name).is_some_and(|weight| weight != group.weight)
                    })
            });
            strange.count() + unlike.count()
        })
        .sum()
}

fn reworded(form: &Form, table: &LocatedTable, texts: &Texts) -> usize {
    let there = texts.of_table(table);
    let blocks = form.annexes[table.annex].blocks.iter();
    let labels = blocks
        .filter(|block| block.kind != Kind::Line)
        .flat_map(|block| {
            let rows = block.rows.iter().filter(|row| !row.placeholder);
            let columns = block.columns.iter().map(|column| &column.label);
            columns.chain(rows.map(|row| &row.label))
        });
    labels
        .filter(|label| !there.contains(label.key().as_str()))
        .count()
}

/// The first-level names of a list as they stand there, with the group of the form.
fn first_level<'a>(
    block: usize,
    table: &LocatedTable,
    workbook: &'a Workbook,
) -> BTreeSet<(&'a str, Option<usize>)> {
    let sheet = &workbook.sheets[table.sheet];
    let rows = table.rows.iter().filter(|row| row.block == block);
    rows.filter_map(|row| {
        let at = row.places.first()?.as_ref()?.at;
        match &sheet.cell(at)?.value {
            Value::Text(text) => Some((&**text, row.group)),
            _ => None,
        }
    })
    .collect()
}

/// A name of a first-level indicator that the form does not have. Of worn names only the weight
/// is left, which says nothing.
fn is_strange(block: &Block, name: &str) -> bool {
    let key = label::key(name);
    let known = |stem: &str| key.contains(stem);
    key.contains("指标")
        && !block
            .groups
            .iter()
            .any(|group| known(group.key.strip_suffix("指标").unwrap_or(&group.key)))
}
