//! The names and properties that a template carries.

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use super::compile::absolute;
use super::plan::{Plan, Sheet};
use crate::catalog::Form;
use crate::naming::{FORM, VERSION, of_group, of_rows, of_slot};
use crate::workbook::Addr;

/// Defines all names.
pub(super) fn define(book: &mut Workbook, plan: &Plan<'_>) -> Result<(), XlsxError> {
    let form = plan.form;
    book.define_name(FORM, &format!("=\"{}\"", form.id.replace('"', "")))?;
    book.define_name(VERSION, &format!("=\"{}\"", form.version.replace('"', "")))?;
    for sheet in &plan.sheets {
        let annex = &form.annexes[sheet.annex];
        let mut define =
            |name: String, reference: String| book.define_name(name, &reference).map(|_| ());
        for (slot, at) in sheet.slots.iter().enumerate() {
            if let Some(at) = at {
                define(of_slot(annex, sheet.number, slot), cell(sheet, *at, *at))?;
            }
        }
        for list in &sheet.lists {
            for (column, col) in list.columns.iter().enumerate() {
                let name = of_rows(annex, sheet.number, list.block, None, Some(column));
                define(name, column_of(sheet, *col, list.rows))?;
            }
        }
        for list in &sheet.lists {
            let column = list.columns.first().copied().unwrap_or(0);
            for (group, (row, _)) in list.groups.iter().enumerate() {
                let name = of_group(annex, sheet.number, list.block, group);
                let at = Addr::new(*row, column);
                define(name, cell(sheet, at, at))?;
            }
        }
        for repeat in &sheet.repeats {
            let name =
                |column| of_rows(annex, sheet.number, repeat.block, Some(repeat.row), column);
            define(name(None), column_of(sheet, repeat.label, repeat.rows))?;
            for (column, col) in repeat.columns.iter().enumerate() {
                define(name(Some(column)), column_of(sheet, *col, repeat.rows))?;
            }
        }
    }
    Ok(())
}

fn column_of(sheet: &Sheet, col: u32, rows: (u32, u32)) -> String {
    cell(sheet, Addr::new(rows.0, col), Addr::new(rows.1, col))
}

fn cell(sheet: &Sheet, first: Addr, last: Addr) -> String {
    let name = sheet.name.replace('\'', "''");
    if first == last {
        return format!("='{name}'!{}", absolute(first));
    }
    format!("='{name}'!{}:{}", absolute(first), absolute(last))
}

/// The properties of the file.
pub(super) fn properties(form: &Form) -> DocProperties {
    DocProperties::new()
        .set_title(&form.name)
        .set_custom_property(FORM, form.id.as_str())
        .set_custom_property(VERSION, form.version.as_str())
}
