//! Names by which a template is known again: the form and its version, and where each field is;
//! and that of sheets which a run added.
//!
//! A template defines them, and whoever fills it in carries them along: they follow their cells
//! when rows are inserted or cells are moved.

use foldhash::HashMap;

use crate::catalog::{Annex, Form, Kind, place_of_slot};
use crate::workbook::{Addr, Area, Workbook};

/// What all our names begin with.
pub const PREFIX: &str = "gouji.";
/// The name and the property that hold the id of the form set.
pub const FORM: &str = "gouji.form";
/// The name and the property that hold the version of the description.
pub const VERSION: &str = "gouji.version";

/// A hidden name local to a sheet: an earlier run added it, whatever it is called by now. It
/// outlives a save in other programs, which a part of our own may not. Names of the workbook that
/// begin with it and a dot tell what is marked.
pub const OURS: &str = "_gouji";

/// The name of a field: `gouji.附2.资金.总额.执行率`; of a repeated annex with its number,
/// `gouji.附3.1.表头.项目`.
pub fn of_slot(annex: &Annex, number: usize, slot: usize) -> String {
    let (block, row, column) = place_of_slot(annex, slot);
    let middle = match (block.kind, block.rows.get(row), &block.foot) {
        (Kind::Grid, Some(row), _) => Some(&row.id),
        (Kind::List, _, Some(foot)) => Some(&foot.id),
        _ => None,
    };
    let parts = [Some(&block.id), middle, Some(&column.id)];
    joined(annex, number, parts.into_iter().flatten())
}

/// The name of a column of a list or of a repeat group's row; its labels are the column `None`.
pub fn of_rows(
    annex: &Annex,
    number: usize,
    block: usize,
    row: Option<usize>,
    column: Option<usize>,
) -> String {
    let block = &annex.blocks[block];
    let (rows, label) = ("行".to_owned(), "名称".to_owned());
    let row = row.map(|row| &block.rows[row].id);
    let column = column.map_or(&label, |column| &block.columns[column].id);
    let parts = [Some(&block.id), row, Some(&rows), Some(column)];
    joined(annex, number, parts.into_iter().flatten())
}

/// The name of a first level of a list, counted from 0: where its words stand.
pub fn of_group(annex: &Annex, number: usize, block: usize, group: usize) -> String {
    let parts = [
        annex.blocks[block].id.clone(),
        "一级".to_owned(),
        (group + 1).to_string(),
    ];
    joined(annex, number, parts.iter())
}

fn joined<'a>(annex: &Annex, number: usize, parts: impl Iterator<Item = &'a String>) -> String {
    let mut name = format!("{PREFIX}{}", clean(&annex.id));
    if annex.repeat {
        name.push_str(&format!(".{}", number + 1));
    }
    for part in parts {
        name.push('.');
        name.push_str(&clean(part));
    }
    name
}

/// Names hold letters and digits only.
fn clean(id: &str) -> String {
    let letter = |c: char| if c.is_alphanumeric() { c } else { '_' };
    id.chars().map(letter).collect()
}

/// What a workbook that was made from a template says about itself.
#[derive(Debug, Default)]
pub struct Known {
    /// Id of the form set.
    pub form: Option<String>,
    /// Version of its description.
    pub version: Option<String>,
    /// Sheet and area by name; what was deleted is not there.
    areas: HashMap<String, (usize, Area)>,
}

impl Known {
    /// What the defined names and properties of a workbook say; `None` where it is no template's.
    pub fn of(workbook: &Workbook) -> Option<Self> {
        if workbook.names.is_empty() {
            return None;
        }
        let mut known = Self::default();
        for name in &workbook.names {
            let refers = name.refers.trim_start_matches('=');
            match name.name.to_lowercase().as_str() {
                FORM => known.form = known.form.or(Some(refers.trim_matches('"').to_owned())),
                VERSION => {
                    known.version = known.version.or(Some(refers.trim_matches('"').to_owned()));
                }
                field => {
                    if let Some(area) = area_of(workbook, refers) {
                        known.areas.insert(field.to_owned(), area);
                    }
                }
            }
        }
        Some(known)
    }

    /// Where a name refers to.
    pub fn area(&self, name: &str) -> Option<(usize, Area)> {
        self.areas.get(&name.to_lowercase()).copied()
    }

    /// Which of the template's tables of `annex` has a named cell on this sheet at one of these
    /// addresses, counted from 0.
    pub fn number_of(
        &self,
        annex: &Annex,
        sheet: usize,
        inside: impl Fn(Addr) -> bool,
    ) -> Option<usize> {
        let prefix = format!("{PREFIX}{}.", clean(&annex.id)).to_lowercase();
        let here = self
            .areas
            .iter()
            .filter(|(_, (at_sheet, area))| *at_sheet == sheet && inside(area.first));
        here.filter_map(|(name, _)| {
            let rest = name.strip_prefix(&prefix)?;
            if !annex.repeat {
                return Some(0);
            }
            let number: usize = rest.split('.').next()?.parse().ok()?;
            number.checked_sub(1)
        })
        .min()
    }

    /// Whether this is a template of `form`, of any version.
    pub fn is_of(&self, form: &Form) -> bool {
        self.form.as_deref() == Some(form.id.as_str())
    }
}

/// `'附件1'!$B$4:$C$9`.
fn area_of(workbook: &Workbook, refers: &str) -> Option<(usize, Area)> {
    let needed = crate::formula::needs(refers, 0, 0);
    let [(Some(sheet), area)] = needed.areas.as_slice() else {
        return None;
    };
    let mut sheets = workbook.sheets.iter();
    let sheet = sheets.position(|found| found.name.eq_ignore_ascii_case(sheet))?;
    (!needed.opaque && needed.names.is_empty()).then_some((sheet, *area))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::workbook::{Name, Sheet};

    #[test]
    fn tables_are_told_by_their_cells_however_many_there_are() {
        let catalog = Catalog::embedded().unwrap();
        let form = catalog.form("yueyang-2023").unwrap();
        let annex = form.annexes.iter().find(|annex| annex.repeat).unwrap();
        let count = 150;
        let workbook = Workbook {
            sheets: (0..count)
                .map(|number| Sheet {
                    name: format!("表{number}"),
                    ..Sheet::default()
                })
                .collect(),
            names: (0..count)
                .map(|number| Name {
                    name: of_slot(annex, number, 0),
                    refers: format!("'表{number}'!$C$3"),
                })
                .collect(),
            ..Workbook::default()
        };
        let known = Known::of(&workbook).unwrap();
        let at = Addr::new(2, 2);
        for sheet in 0..count {
            assert_eq!(
                known.number_of(annex, sheet, |cell| cell == at),
                Some(sheet)
            );
        }
        assert_eq!(known.number_of(annex, 0, |cell| cell != at), None);
        assert_eq!(known.number_of(&form.annexes[0], 0, |_| true), None);
    }
}
