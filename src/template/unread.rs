//! What cannot be read as a figure: words in cells for numbers, and error values. Sums pass over
//! the ones and are spoilt by the others, so that checks that need such a cell are 未审, and the
//! workbook cannot be sent.

use std::collections::BTreeSet;

use rust_xlsxwriter::{ConditionalFormatFormula, Worksheet, XlsxError};

use super::checks::{Live, Verdict};
use super::compile::{Scope, absolute, quoted};
use super::figures::Figures;
use super::plan::{Look, Plan, Printed, Sheet, is_computed};
use super::{selfcheck, write};
use crate::amount::NOT_APPLICABLE;
use crate::catalog::{Expr, Field, Function, ListRef, NamedCheck, RowRef, Rule, Severity};
use crate::naming;
use crate::workbook::{Addr, Area};

/// What stands between the texts of a list of known ones.
const BETWEEN: char = '|';
/// What the program reads as not applicable once it is normalised, and marks of the form.
const ALSO: [&str; 5] = ["－", "／", "…", "……", "**"];

/// A text without the white space around it, the wide one too.
pub(super) fn trimmed(cell: &str) -> String {
    format!("TRIM(SUBSTITUTE({cell},\"\u{3000}\",\" \"))")
}

/// Whether there is more than white space.
pub(super) fn is_filled(cell: &str) -> String {
    format!("LEN({})>0", trimmed(cell))
}

/// The texts that are no figure and need none, white space first, as one text.
pub(super) fn known() -> String {
    let texts = NOT_APPLICABLE.iter().chain(&ALSO);
    let list = texts.fold(BETWEEN.to_string(), |list, text| {
        format!("{list}{BETWEEN}{text}")
    });
    format!("{list}{BETWEEN}")
}

/// Truth values: whether each of these cells holds something that is not in the list of known
/// texts. An error value does.
pub(super) fn unknown(cells: &str, known: &str) -> String {
    let between = quoted(&BETWEEN.to_string());
    format!(
        "ISERROR(FIND({between}&{}&{between},{known}))",
        trimmed(cells)
    )
}

/// 1 for each of these cells for numbers that holds something else.
fn unread(cells: &str, known: &str) -> String {
    format!("(1-ISNUMBER({cells}))*{}", unknown(cells, known))
}

/// Areas that cells fill, side by side ones joined, so that formulas stay short.
pub(super) fn joined<'a>(cells: impl Iterator<Item = &'a Printed>) -> Vec<Area> {
    let mut areas: Vec<Area> = cells.map(|cell| cell.area).collect();
    areas.sort_unstable_by_key(|area| (area.first.col, area.last.col, area.first.row));
    merge(&mut areas, |area, next| {
        (area.first.col, area.last.col) == (next.first.col, next.last.col)
            && area.last.row + 1 == next.first.row
    });
    areas.sort_unstable_by_key(|area| (area.first.row, area.last.row, area.first.col));
    merge(&mut areas, |area, next| {
        (area.first.row, area.last.row) == (next.first.row, next.last.row)
            && area.last.col + 1 == next.first.col
    });
    areas
}

/// Makes one area of neighbours that meet.
fn merge(areas: &mut Vec<Area>, meet: impl Fn(&Area, &Area) -> bool) {
    areas.dedup_by(|next, area| {
        let met = meet(area, next);
        if met {
            area.last = next.last;
        }
        met
    });
}

/// Where numbers belong.
fn number_areas(sheet: &Sheet) -> Vec<Area> {
    joined(sheet.cells.iter().filter(|cell| match cell.look {
        Look::Input(unit) | Look::ItemInput(unit) | Look::Computed(unit) | Look::Fixed(unit) => {
            unit.is_number()
        }
        _ => false,
    }))
}

/// How many cells of a table cannot be read as figures.
pub(super) fn count(plan: &Plan<'_>, index: usize) -> String {
    let scope = Scope::of(plan, Some(index));
    let counts: Vec<String> = number_areas(&plan.sheets[index])
        .into_iter()
        .map(|area| {
            let cells = scope.rectangle(index, area);
            format!("SUMPRODUCT({})", unread(&cells, &selfcheck::known_cell()))
        })
        .collect();
    match counts.is_empty() {
        true => "0".to_owned(),
        false => counts.join("+"),
    }
}

/// The live part of a named check about such cells, for a table; `None` for other checks.
pub(super) fn check(
    scope: &Scope<'_>,
    rule: &Rule,
    check: NamedCheck,
    index: usize,
) -> Option<Live> {
    let sheet = &scope.plan.sheets[index];
    let numbers = number_areas(sheet);
    let cells: Vec<String> = numbers
        .iter()
        .map(|area| scope.rectangle(index, *area))
        .collect();
    let (areas, failing) = match check {
        NamedCheck::UnreadableNumbers => {
            let words = |cells: &String| {
                let unread = unread(cells, &selfcheck::known_cell());
                format!("(1-ISERROR({cells}))*{unread}")
            };
            (numbers, cells.iter().map(words).collect::<Vec<String>>())
        }
        NamedCheck::FormulaErrors => {
            let last = u32::try_from(sheet.widths.len().saturating_sub(1)).unwrap_or(0);
            let all = Area {
                first: Addr::new(0, 0),
                last: Addr::new(sheet.last_row, last),
            };
            let cells = scope.rectangle(index, all);
            (vec![all], vec![format!("1*ISERROR({cells})")])
        }
        _ => return None,
    };
    let (first, link) = first_number(scope.plan, sheet)?;
    let counts = failing.iter().map(|one| format!("SUMPRODUCT({one})"));
    let rows = failing.iter().zip(&areas).map(|(one, area)| {
        let column = Area {
            first: Addr::new(area.first.row, 0),
            last: Addr::new(area.last.row, 0),
        };
        let rows = scope.rectangle(index, column);
        format!("IF({one}>0,ROW({rows}),{})", super::checks::NO_ROW)
    });
    let verdict = Verdict::Many {
        things: "格",
        fails: counts.collect::<Vec<String>>().join("+"),
        rounding: "0".to_owned(),
        holds: format!("COUNT({})", cells.join(",")),
        first: format!(
            "SUMPRODUCT(MIN({}))",
            rows.collect::<Vec<String>>().join(",")
        ),
        row_fails: None,
    };
    Some(Live {
        code: rule.code.clone(),
        name: rule.name.zh.clone(),
        sheet: index,
        area: Some(Area { first, last: first }),
        place: sheet.name.clone(),
        link: Some(link),
        verdict,
        unread: String::new(),
        failing: Severity::Error,
        tells_rounding: false,
        figures: Figures::default(),
    })
}

/// The first field of a table that is a number, and its name.
fn first_number(plan: &Plan<'_>, sheet: &Sheet) -> Option<(Addr, String)> {
    let annex = &plan.form.annexes[sheet.annex];
    let slots = sheet.slots.iter().enumerate();
    let mut numbers = slots.filter_map(|(slot, at)| {
        let (_, _, column) = crate::catalog::place_of_slot(annex, slot);
        column.unit.is_number().then_some((slot, (*at)?))
    });
    let (slot, at) = numbers.next()?;
    Some((at, naming::of_slot(annex, sheet.number, slot)))
}

/// Cells take the colour of an error where they cannot be read.
pub(super) fn colours(target: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let known = quoted(&known());
    for area in number_areas(sheet) {
        let (first, last) = (area.first, area.last);
        let rule = format!("={}>0", unread(&first.to_string(), &known));
        let format = ConditionalFormatFormula::new()
            .set_rule(rule.as_str())
            .set_format(selfcheck::colour(Severity::Error));
        target.add_conditional_format(
            first.row,
            write::column(first),
            last.row,
            write::column(last),
            &format,
        )?;
    }
    Ok(())
}

/// The cells for numbers that a check needs.
#[derive(Default)]
pub(super) struct Needed {
    /// Single ones, and columns whose rows are gone through one by one.
    cells: BTreeSet<String>,
    /// All cells of these.
    areas: BTreeSet<String>,
}

impl Needed {
    /// A formula that is more than 0 where one of them cannot be read.
    pub(super) fn unread(&self, scope: &Scope<'_>) -> String {
        let known = match scope.home {
            None => selfcheck::known_cell(),
            // Formats of other sheets may not name cells.
            Some(_) => quoted(&known()),
        };
        let cells = self.cells.iter().map(|cells| unread(cells, &known));
        let areas = self.areas.iter();
        let areas = areas.map(|area| format!("SUMPRODUCT({})", unread(area, &known)));
        cells.chain(areas).collect::<Vec<String>>().join("+")
    }

    pub(super) fn area(&mut self, area: String) {
        self.areas.insert(area);
    }
}

impl<'a> Scope<'a> {
    /// What an expression needs.
    pub(super) fn needs(&self, expr: &Expr, needed: &mut Needed) {
        match expr {
            Expr::Field(field) => self.needs_field(*field, needed),
            Expr::Not(inner) | Expr::Negative(inner) => self.needs(inner, needed),
            Expr::Binary(_, left, right) => {
                self.needs(left, needed);
                self.needs(right, needed);
            }
            // Whether there is something can be told of anything.
            Expr::Call(Function::Filled | Function::Number, _) => {}
            Expr::Call(_, arguments) => arguments
                .iter()
                .for_each(|argument| self.needs(argument, needed)),
            Expr::SumList(list, column) => self.needs_column(*list, *column, needed),
            Expr::BlankList(list) => {
                let block = &self.plan.form.annexes[list.annex].blocks[list.block];
                for (column, definition) in block.columns.iter().enumerate() {
                    if definition.unit.is_number() {
                        self.needs_column(*list, column, needed);
                    }
                }
            }
            Expr::SumTables(field) => {
                for (table, _) in self.plan.of_annex(field.annex()) {
                    let scope = Self {
                        table: Some(table),
                        ..*self
                    };
                    scope.needs_field(*field, needed);
                }
            }
            Expr::Number(..) | Expr::Text(_) | Expr::Parameter(_) | Expr::Present(_) => {}
        }
    }

    fn needs_column(&self, list: ListRef, column: usize, needed: &mut Needed) {
        let Some((sheet, printed)) = self.sheet_of(list.annex) else {
            return;
        };
        if let Some(rows) = printed.list(list.block) {
            needed.area(self.area(sheet, rows.columns[column], rows.rows));
        }
    }

    /// A figure, and what it is computed from.
    pub(super) fn needs_field(&self, field: Field, needed: &mut Needed) {
        if !self.unit(field).is_number() {
            return;
        }
        let Some(reference) = self.reference(field) else {
            return;
        };
        let Field::Slot { annex, slot } = field else {
            needed.cells.insert(reference);
            return;
        };
        if !needed.cells.insert(reference) || !is_computed(self.plan.form, annex, slot) {
            return;
        }
        let definition = &self.plan.form.annexes[annex];
        let (block, row, _) = crate::catalog::place_of_slot(definition, slot);
        let column = (slot - block.first_slot) % block.columns.len();
        let total = block.rows.get(row).and_then(|row| row.total.as_ref());
        let mut blocks = definition.blocks.iter();
        match blocks.position(|known| std::ptr::eq(known, block)) {
            Some(block) if total.is_some_and(|total| total.columns.contains(&column)) => {
                self.needs_parts(RowRef { annex, block, row }, column, needed);
            }
            _ => {
                if let Some(test) = self.plan.form.computing(annex, slot) {
                    self.needs(&test.expr, needed);
                }
            }
        }
    }

    /// The parts of a total, in one column.
    pub(super) fn needs_parts(&self, at: RowRef, column: usize, needed: &mut Needed) {
        let Some((sheet, printed)) = self.sheet_of(at.annex) else {
            return;
        };
        let block = &self.plan.form.annexes[at.annex].blocks[at.block];
        for child in block.children(at.row) {
            match printed.repeat(at.block, child) {
                Some(repeat) => {
                    needed.area(self.area(sheet, repeat.columns[column], repeat.rows));
                }
                None => {
                    let slot = block.slot(child, column);
                    let field = Field::Slot {
                        annex: at.annex,
                        slot,
                    };
                    self.needs_field(field, needed);
                }
            }
        }
    }

    /// All cells of an area of a sheet.
    pub(super) fn rectangle(&self, sheet: usize, area: Area) -> String {
        format!("{}:{}", self.cell(sheet, area.first), absolute(area.last))
    }
}
