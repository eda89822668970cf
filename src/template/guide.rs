//! What guides the filer: what a cell takes, said before and after typing.

use rust_xlsxwriter::{DataValidation, DataValidationErrorStyle, Formula, Worksheet, XlsxError};

use super::plan::{Look, Plan, Printed, Sheet};
use crate::catalog::{Column, Kind, Unit, place_of_slot};
use crate::workbook::Addr;

/// Amounts above this, in 万元, are no unit's.
const LARGEST: &str = "100000000";

/// Adds the validations of a sheet.
pub(super) fn add(target: &mut Worksheet, plan: &Plan<'_>, sheet: &Sheet) -> Result<(), XlsxError> {
    for cell in &sheet.cells {
        let (Look::Input(unit) | Look::ItemInput(unit) | Look::LineInput(unit)) = cell.look else {
            continue;
        };
        let Some(validation) = validation(plan, sheet, cell, unit)? else {
            continue;
        };
        let (first, last) = (cell.area.first, cell.area.last);
        target.add_data_validation(
            first.row,
            column(first),
            last.row,
            column(last),
            &validation,
        )?;
    }
    Ok(())
}

fn column(at: Addr) -> u16 {
    u16::try_from(at.col).unwrap_or(u16::MAX)
}

fn validation(
    plan: &Plan<'_>,
    sheet: &Sheet,
    cell: &Printed,
    unit: Unit,
) -> Result<Option<DataValidation>, XlsxError> {
    let at = cell.area.first;
    let signed = is_signed(plan, sheet, at);
    let told = |title: &str, message: &str, rule: String, stop: bool| {
        let style = if stop {
            DataValidationErrorStyle::Stop
        } else {
            DataValidationErrorStyle::Warning
        };
        DataValidation::new()
            .allow_custom(Formula::new(rule))
            .set_error_style(style)
            .set_input_title(title)?
            .set_input_message(message)?
            .set_error_title("请核对")?
            .set_error_message(message)
    };
    Ok(Some(match unit {
        Unit::Money if signed => told(
            "金额（万元）",
            "请填数字，以万元为单位，最多两位小数；调减填负数。",
            format!("=AND(ISNUMBER({at}),ROUND({at},2)={at},ABS({at})<={LARGEST})"),
            true,
        )?,
        Unit::Money => told(
            "金额（万元）",
            "请填不小于 0 的数字，以万元为单位，最多两位小数；没有发生的留空。",
            format!("=AND(ISNUMBER({at}),{at}>=0,ROUND({at},2)={at},{at}<={LARGEST})"),
            true,
        )?,
        Unit::Area => told(
            "面积（㎡）",
            "请填不小于 0 的数字，以平方米为单位，最多两位小数。",
            format!("=AND(ISNUMBER({at}),{at}>=0,ROUND({at},2)={at})"),
            true,
        )?,
        Unit::People => told(
            "人数",
            "请填不小于 0 的整数。",
            format!("=AND(ISNUMBER({at}),{at}>=0,INT({at})={at})"),
            true,
        )?,
        Unit::Score => {
            let (most, message) = match weight_beside(plan, sheet, at) {
                Some(weight) => (
                    weight.to_string(),
                    "请填得分，在 0 与本行分值之间，最多两位小数。",
                ),
                None => (
                    "100".to_owned(),
                    "请填分值，在 0 与 100 之间，最多两位小数。",
                ),
            };
            told(
                "分",
                message,
                format!("=AND(ISNUMBER({at}),{at}>=0,{at}<={most},ROUND({at},2)={at})"),
                true,
            )?
        }
        Unit::Date => {
            let next = plan.year + 1;
            told(
                "日期",
                "请填日期，如 2024-6-28；自评一般在次年进行。",
                format!("=AND(ISNUMBER({at}),YEAR({at})={next})"),
                false,
            )?
        }
        Unit::Percent | Unit::Text | Unit::Quantity => return choices(plan, sheet, at),
    }))
}

/// A list of the usual words, where the form names them; others may be written too.
fn choices(plan: &Plan<'_>, sheet: &Sheet, at: Addr) -> Result<Option<DataValidation>, XlsxError> {
    let Some(column) = list_column(plan, sheet, at).filter(|column| !column.choices.is_empty())
    else {
        return Ok(None);
    };
    let validation = DataValidation::new()
        .allow_list_strings(&column.choices)?
        .set_error_style(DataValidationErrorStyle::Information)
        .set_input_title(&column.label.words)?
        .set_input_message("可从下拉列表中选，也可自己填写。")?;
    Ok(Some(validation))
}

fn list_column<'a>(plan: &Plan<'a>, sheet: &Sheet, at: Addr) -> Option<&'a Column> {
    let list = sheet
        .lists
        .iter()
        .find(|list| (list.rows.0..=list.rows.1).contains(&at.row))?;
    let column = list.columns.iter().position(|col| *col == at.col)?;
    plan.form.annexes[sheet.annex].blocks[list.block]
        .columns
        .get(column)
}

/// The weight that a score of a list stands beside: the score column before it.
fn weight_beside(plan: &Plan<'_>, sheet: &Sheet, at: Addr) -> Option<Addr> {
    let list = sheet
        .lists
        .iter()
        .find(|list| (list.rows.0..=list.rows.1).contains(&at.row))?;
    let column = list.columns.iter().position(|col| *col == at.col)?;
    let block = &plan.form.annexes[sheet.annex].blocks[list.block];
    let before = (0..column).rfind(|before| block.columns[*before].unit == Unit::Score)?;
    Some(Addr::new(at.row, list.columns[before]))
}

/// Whether an amount may be negative.
fn is_signed(plan: &Plan<'_>, sheet: &Sheet, at: Addr) -> bool {
    let annex = &plan.form.annexes[sheet.annex];
    if let Some(column) = list_column(plan, sheet, at) {
        return column.signed;
    }
    let slot = sheet.slots.iter().position(|place| *place == Some(at));
    slot.is_some_and(|slot| {
        let (block, row, column) = place_of_slot(annex, slot);
        let row = block.rows.get(row).filter(|_| block.kind == Kind::Grid);
        column.signed || row.is_some_and(|row| row.signed)
    })
}
