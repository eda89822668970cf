//! The annexes of a plan as sheets.

use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    ConditionalFormatFormula, Format, Formula, ProtectionOptions, Workbook, Worksheet, XlsxError,
};

use super::checks::{Live, Verdict};
use super::compile::Scope;
use super::plan::{Content, Look, Plan, Printed, Sheet};
use super::{Results, compare, guide, selfcheck, style, unread};
use crate::catalog::{RowRef, place_of_slot};
use crate::workbook::{Addr, Area, Value};

/// Height of a line of text, and of the space around it, in points.
const LINE: f64 = 15.0;
const AROUND: f64 = 11.0;
/// No row is higher.
const HIGHEST: f64 = 400.0;

/// Adds the sheet of a table.
pub(super) fn annex(
    book: &mut Workbook,
    plan: &Plan<'_>,
    index: usize,
    checks: &[Live],
    results: &Results,
) -> Result<(), XlsxError> {
    let sheet = &plan.sheets[index];
    let target = book.add_worksheet();
    target.set_name(&sheet.name)?;
    // A formula without a figure is blank, not 0.
    target.set_formula_result_default("");
    for (column, width) in (0u16..).zip(&sheet.widths) {
        target.set_column_width(column, *width)?;
    }
    for cell in &sheet.cells {
        put(target, plan, index, cell, results)?;
    }
    heights(target, sheet)?;
    guide::add(target, plan, sheet)?;
    unread::colours(target, sheet)?;
    for (number, check) in checks.iter().enumerate() {
        if check.sheet == index {
            colours(target, number, check)?;
        }
    }
    page(target, plan, sheet)?;
    protect(target);
    Ok(())
}

/// Input cells are open, all else is locked, without a password.
pub(super) fn protect(target: &mut Worksheet) {
    target.protect_with_options(&ProtectionOptions {
        insert_rows: true,
        format_columns: true,
        format_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::default()
    });
}

fn page(target: &mut Worksheet, plan: &Plan<'_>, sheet: &Sheet) -> Result<(), XlsxError> {
    if plan.form.annexes[sheet.annex].landscape {
        target.set_landscape();
    }
    target
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_print_center_horizontally(true)
        .set_margins(0.6, 0.6, 0.7, 0.7, 0.3, 0.4)
        .set_footer("&C第 &P 页，共 &N 页");
    let plain = sheet.lists.iter().any(|list| list.groups.is_empty());
    if let Some((first, last)) = sheet.head.filter(|_| plain) {
        target.set_repeat_rows(first, last)?;
    }
    Ok(())
}

fn put(
    target: &mut Worksheet,
    plan: &Plan<'_>,
    index: usize,
    cell: &Printed,
    results: &Results,
) -> Result<(), XlsxError> {
    let format = style::of(cell.look);
    let (row, col) = (cell.area.first.row, column(cell.area.first));
    if cell.area.first != cell.area.last {
        let (last_row, last_col) = (cell.area.last.row, column(cell.area.last));
        target.merge_range(row, col, last_row, last_col, "", &format)?;
    }
    match &cell.content {
        Content::Nothing => target.write_blank(row, col, &format)?,
        Content::Words(words) => target.write_string_with_format(row, col, words, &format)?,
        Content::Number(value) => {
            let value = value.to_f64().unwrap_or_default();
            target.write_number_with_format(row, col, value, &format)?
        }
        Content::Computed(slot) => {
            let formula = computed(plan, index, *slot).unwrap_or_default();
            let result = results.get(&(index, cell.area.first));
            let formula = with_result(&formula, result);
            target.write_formula_with_format(row, col, formula, &format)?
        }
    };
    Ok(())
}

pub(super) fn column(at: Addr) -> u16 {
    u16::try_from(at.col).unwrap_or(u16::MAX)
}

/// A formula with the result that programs show before they compute.
pub(super) fn with_result(formula: &str, result: Option<&Value>) -> Formula {
    let result = match result {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Bool(true)) => "TRUE".to_owned(),
        Some(Value::Bool(false)) => "FALSE".to_owned(),
        _ => String::new(),
    };
    Formula::new(format!("={formula}")).set_result(result)
}

/// The formula of a computed field.
pub(super) fn computed(plan: &Plan<'_>, index: usize, slot: usize) -> Option<String> {
    let sheet = &plan.sheets[index];
    let scope = Scope {
        plan,
        home: Some(index),
        table: Some(index),
        rows: None,
        present: &[],
    };
    let annex = &plan.form.annexes[sheet.annex];
    let (block, row, _) = place_of_slot(annex, slot);
    let at = (slot - block.first_slot) % block.columns.len();
    let total = block.rows.get(row).and_then(|row| row.total.as_ref());
    if total.is_some_and(|total| total.exhaustive && total.columns.contains(&at)) {
        let position = annex
            .blocks
            .iter()
            .position(|known| std::ptr::eq(known, block))?;
        let row = RowRef {
            annex: sheet.annex,
            block: position,
            row,
        };
        return compare::total_formula(&scope, row, at);
    }
    let test = plan.form.computing(sheet.annex, slot)?;
    compare::formula(&scope, &test.expr, test.fill.as_ref()?)
}

/// Cells take the colour of what is wrong with them.
fn colours(target: &mut Worksheet, number: usize, check: &Live) -> Result<(), XlsxError> {
    let Some(area) = check.area else {
        return Ok(());
    };
    let (first, last) = (area.first, area.last);
    let mut add = |rule: String, format: Format| {
        let format = ConditionalFormatFormula::new()
            .set_rule(format!("={rule}").as_str())
            .set_format(format);
        target
            .add_conditional_format(first.row, column(first), last.row, column(last), &format)
            .map(|_| ())
    };
    match &check.verdict {
        Verdict::Many { row_fails, .. } => match row_fails {
            Some(row_fails) => add(row_fails.clone(), selfcheck::colour(check.failing)),
            None => Ok(()),
        },
        Verdict::One(_) => {
            let name = selfcheck::name(number);
            for (code, severity) in selfcheck::codes(check) {
                add(format!("{name}={code}"), selfcheck::colour(severity))?;
            }
            Ok(())
        }
    }
}

/// Rows as high as their words need.
fn heights(target: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    for row in 0..=sheet.last_row {
        let cells = sheet.cells.iter().filter(|cell| cell.area.first.row == row);
        let words = cells.map(|cell| match (&cell.content, cell.look) {
            (Content::Words(words), _) if cell.area.last.row == row => {
                lines(sheet, cell.area, words)
            }
            (Content::Words(words), _) => spread(sheet, cell.area, words),
            _ => 1.0,
        });
        let asked = sheet.lines.iter().filter(|(at, _)| *at == row);
        let asked = asked.map(|(_, lines)| f64::from(*lines));
        let most = words.chain(asked).fold(1.0, f64::max);
        let title = sheet
            .cells
            .iter()
            .any(|cell| cell.area.first.row == row && cell.look == Look::Title);
        let line = if title { 2.0 * LINE } else { LINE };
        target.set_row_height(row, (most * line + AROUND).min(HIGHEST))?;
    }
    Ok(())
}

/// How many lines words take in an area.
fn lines(sheet: &Sheet, area: Area, words: &str) -> f64 {
    let from = usize::try_from(area.first.col).unwrap_or(0);
    let to = usize::try_from(area.last.col).unwrap_or(0);
    let width: f64 = sheet.widths.iter().take(to + 1).skip(from).sum();
    // Chinese letters take two columns, and somewhat more at this size.
    let wide = |c: char| if c.is_ascii() { 1.1 } else { 2.2 };
    let of_line =
        |line: &str| (line.chars().map(wide).sum::<f64>() / (width - 1.0).max(1.0)).ceil();
    words.lines().map(|line| of_line(line).max(1.0)).sum()
}

/// What each row of a merged area must hold of its words.
fn spread(sheet: &Sheet, area: Area, words: &str) -> f64 {
    let rows = f64::from(area.last.row - area.first.row + 1);
    lines(sheet, area, words) / rows
}
