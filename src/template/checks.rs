//! Which rules become live checks, and of which cells.

use super::compare;
use super::compile::{Rows, Scope, UNKNOWN};
use super::figures::{self, Figures};
use super::plan::Plan;
use super::unread::{self, Needed, is_filled};
use crate::catalog::{
    Action, Field, NamedCheck, On, RowRef, Rule, Scope as RuleScope, Severity, Test, Verb,
    place_of_slot,
};
use crate::naming;
use crate::workbook::{Addr, Area};

/// A check that the workbook makes itself: a row of the sheet 自检.
#[derive(Debug)]
pub(super) struct Live {
    /// `GJ203`.
    pub(super) code: String,
    /// The rule's name.
    pub(super) name: String,
    /// Where a failure is shown: sheet, and the cell or column of cells.
    pub(super) sheet: usize,
    pub(super) area: Option<Area>,
    /// The place in words.
    pub(super) place: String,
    /// The defined name of the place.
    pub(super) link: Option<String>,
    /// How its code is computed.
    pub(super) verdict: Verdict,
    /// More than 0 where a cell that it needs cannot be read; empty where that is part of the
    /// verdict.
    pub(super) unread: String,
    /// What code 0 is called.
    pub(super) failing: Severity,
    /// Whether 尾差 is worth telling.
    pub(super) tells_rounding: bool,
    /// The formula with its figures.
    pub(super) figures: Figures,
}

/// The formulas of a check.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Gives the code.
    One(String),
    /// Array formulas over the rows of a list or repeat group, or over cells.
    Many {
        /// What they are counted in: `行`.
        things: &'static str,
        /// How many rows fail.
        fails: String,
        /// How many hold but for rounding.
        rounding: String,
        /// How many hold.
        holds: String,
        /// The first row that fails.
        first: String,
        /// Of one row, relative: true where it fails. Cells are coloured in another way.
        row_fails: Option<String>,
    },
}

/// The longest formula that every spreadsheet program takes.
const LONGEST: usize = 8_000;

/// The checks of a plan, and the rules that only the program checks.
pub(super) fn of<'a>(plan: &Plan<'a>, present: &[Option<String>]) -> (Vec<Live>, Vec<&'a Rule>) {
    let mut checks = Vec::new();
    let mut others: Vec<&Rule> = Vec::new();
    for rule in plan.form.rules.iter().filter(|rule| !rule.off) {
        let before = checks.len();
        let mut whole = true;
        for table in tables(plan, rule) {
            let scope = Scope {
                plan,
                home: None,
                table,
                rows: None,
                present,
            };
            whole &= add(&scope, rule, &mut checks);
        }
        let known = others.iter().any(|other| other.code == rule.code);
        if (checks.len() == before || !whole) && !known {
            others.push(rule);
        }
    }
    (checks, others)
}

/// The tables that a rule is applied to: once for the filing, or for each table of its annex.
fn tables(plan: &Plan<'_>, rule: &Rule) -> Vec<Option<usize>> {
    match rule.scope {
        RuleScope::Filing => vec![None],
        RuleScope::Annex(annex) => plan.of_annex(annex).map(|(sheet, _)| Some(sheet)).collect(),
    }
}

/// Adds the checks of one rule; false where a part of it cannot be compiled.
fn add(scope: &Scope<'_>, rule: &Rule, checks: &mut Vec<Live>) -> bool {
    match &rule.action {
        Action::Tests(tests) => {
            let mut whole = true;
            for test in tests {
                let annex =
                    crate::check::annex_alone(scope.plan.form, scope.table.is_some(), &test.expr);
                let tables: Vec<Option<usize>> = match annex {
                    Some(annex) => {
                        let sheets = scope.plan.of_annex(annex);
                        sheets.map(|(sheet, _)| Some(sheet)).collect()
                    }
                    None => vec![scope.table],
                };
                for table in tables {
                    whole &= of_test(&Scope { table, ..*scope }, rule, test, checks);
                }
            }
            whole
        }
        Action::Tree { row } => of_tree(scope, rule, *row, checks),
        Action::Check {
            check: NamedCheck::GroupWeights,
            on: Some(On::List(list)),
            ..
        } => match super::weights::of_groups(scope, rule, *list) {
            Some(found) => {
                checks.extend(found);
                true
            }
            None => false,
        },
        Action::Check { check, .. } => {
            let sheets = match scope.table {
                Some(sheet) => sheet..sheet + 1,
                None => 0..scope.plan.sheets.len(),
            };
            checks.extend(sheets.filter_map(|sheet| unread::check(scope, rule, *check, sheet)));
            // The program says what stands there, and sees more of formulas.
            false
        }
    }
}

fn of_test(scope: &Scope<'_>, rule: &Rule, test: &Test, checks: &mut Vec<Live>) -> bool {
    if let Some(list) = test.each {
        let Some((_, printed)) = scope.sheet_of(list.annex) else {
            return false;
        };
        let Some(found) = printed.list(list.block) else {
            return false;
        };
        let rows = Rows {
            block: list.block,
            row: None,
            first: found.rows.0,
            last: found.rows.1,
            whole: true,
        };
        return many(scope, rule, test, rows, checks);
    }
    if let Some(at) = test.row {
        let repeat = scope
            .sheet_of(at.annex)
            .and_then(|(_, printed)| printed.repeat(at.block, at.row));
        if let Some(repeat) = repeat {
            let rows = Rows {
                block: at.block,
                row: Some(at.row),
                first: repeat.rows.0,
                last: repeat.rows.1,
                whole: true,
            };
            return many(scope, rule, test, rows, checks);
        }
    }
    one(scope, rule, test, checks).is_some()
}

fn of_tree(scope: &Scope<'_>, rule: &Rule, at: RowRef, checks: &mut Vec<Live>) -> bool {
    let block = &scope.plan.form.annexes[at.annex].blocks[at.block];
    let columns = block.rows[at.row]
        .total
        .iter()
        .flat_map(|total| &total.columns);
    let mut whole = true;
    for column in columns {
        let field = Field::Slot {
            annex: at.annex,
            slot: block.slot(at.row, *column),
        };
        let verdict = compare::tree(scope, at, *column).and_then(|code| guarded(scope, rule, code));
        let (Some(verdict), Some(live)) = (verdict, draft(scope, rule, Some(field))) else {
            whole = false;
            continue;
        };
        let mut needed = Needed::default();
        scope.needs_field(field, &mut needed);
        scope.needs_parts(at, *column, &mut needed);
        checks.push(Live {
            verdict: Verdict::One(verdict),
            unread: guard(scope, rule, needed),
            failing: Severity::Error,
            tells_rounding: true,
            figures: figures::of_tree(scope, at, *column),
            ..live
        });
    }
    whole
}

/// Where `when` does not hold, or its table is not filled in, nothing is said.
fn guarded(scope: &Scope<'_>, rule: &Rule, code: String) -> Option<String> {
    let mut code = code;
    if let Some((when, _)) = &rule.when {
        code = format!("IF({}>=2,{code},1)", scope.truth(when, false)?);
    }
    let optional = scope
        .table
        .and_then(|table| scope.presence(scope.plan.sheets[table].annex));
    if let Some(table) = optional.and(scope.table) {
        code = format!("IF({}>0,{code},1)", super::selfcheck::presence_cell(table));
    }
    (code.len() <= LONGEST).then_some(code)
}

/// What tells that a check cannot be made; with very many cells it is any of the workbook.
fn guard(scope: &Scope<'_>, rule: &Rule, mut needed: Needed) -> String {
    if let Some((when, _)) = &rule.when {
        scope.needs(when, &mut needed);
    }
    let unread = needed.unread(scope);
    if unread.len() > LONGEST {
        return super::selfcheck::unread_cell();
    }
    unread
}

fn one(scope: &Scope<'_>, rule: &Rule, test: &Test, checks: &mut Vec<Live>) -> Option<()> {
    let code = match &test.fill {
        Some(fill) => compare::filled(scope, test, fill)?,
        None => scope.truth(&test.expr, false)?,
    };
    let code = guarded(scope, rule, code)?;
    let place = match &test.fill {
        Some(fill) => Some(fill.target),
        None => test.place,
    };
    let live = draft(scope, rule, place)?;
    let mut needed = Needed::default();
    scope.needs(&test.expr, &mut needed);
    if let Some(fill) = &test.fill {
        scope.needs_field(fill.target, &mut needed);
    }
    checks.push(Live {
        verdict: Verdict::One(code),
        unread: guard(scope, rule, needed),
        failing: test.severity,
        tells_rounding: matches!(test.verb, Verb::Must | Verb::Fill),
        figures: figures::of_test(scope, test),
        ..live
    });
    Some(())
}

fn many(scope: &Scope<'_>, rule: &Rule, test: &Test, rows: Rows, checks: &mut Vec<Live>) -> bool {
    match of_rows(scope, rule, test, rows) {
        Some(live) => {
            checks.push(live);
            true
        }
        None => false,
    }
}

/// One check for all rows of a list or repeat group.
fn of_rows(scope: &Scope<'_>, rule: &Rule, test: &Test, rows: Rows) -> Option<Live> {
    let place = test.place.filter(|_| rule.when.is_none())?;
    let (sheet, _) = scope.sheet_of(place.annex())?;
    let whole = Scope {
        rows: Some(rows),
        ..*scope
    };
    let relative = Scope {
        home: Some(sheet),
        rows: Some(Rows {
            whole: false,
            ..rows
        }),
        ..*scope
    };
    let code = |scope: &Scope<'_>| {
        let mut needed = Needed::default();
        scope.needs(&test.expr, &mut needed);
        let code = scope.truth(&test.expr, false)?;
        Some(match needed.unread(scope) {
            unread if unread.is_empty() => code,
            unread => format!("IF({unread}>0,{UNKNOWN},{code})"),
        })
    };
    let (relative_code, code) = (code(&relative)?, code(&whole)?);
    let there = filled_in(&whole, place, rows)?;
    let count = |wanted: u8| format!("SUMPRODUCT({there}*({code}={wanted}))");
    let numbers = whole.area(sheet, 0, (rows.first, rows.last));
    let verdict = Verdict::Many {
        things: "行",
        fails: count(0),
        rounding: count(2),
        holds: count(3),
        first: format!("SUMPRODUCT(MIN(IF({there}*({code}=0)>0,ROW({numbers}),{NO_ROW})))"),
        row_fails: Some(format!(
            "AND({},{relative_code}=0)",
            filled_in(&relative, place, rows)?,
        )),
    };
    if code.len() + there.len() + numbers.len() + 100 > LONGEST {
        return None;
    }
    let (_, printed) = scope.sheet_of(place.annex())?;
    let annex = &scope.plan.form.annexes[place.annex()];
    let (column, row) = match place {
        Field::Cell { column, .. } => (column, None),
        Field::Slot { slot, .. } => {
            let (block, row, _) = place_of_slot(annex, slot);
            ((slot - block.first_slot) % block.columns.len(), Some(row))
        }
    };
    let link = naming::of_rows(annex, printed.number, rows.block, row, Some(column));
    let column = match row {
        None => printed.list(rows.block)?.columns[column],
        Some(row) => printed.repeat(rows.block, row)?.columns[column],
    };
    Some(Live {
        code: rule.code.clone(),
        name: rule.name.zh.clone(),
        sheet,
        area: Some(Area {
            first: Addr::new(rows.first, column),
            last: Addr::new(rows.last, column),
        }),
        place: figures::place(scope, place),
        link: Some(link),
        verdict,
        unread: String::new(),
        failing: test.severity,
        tells_rounding: test.verb == Verb::Must,
        figures: Figures::default(),
    })
}

/// Larger than the number of any row of a form.
pub(super) const NO_ROW: u32 = 1_048_576;

/// Whether the filer wrote something in a row, as a number; rows of repeat groups all count.
fn filled_in(scope: &Scope<'_>, place: Field, rows: Rows) -> Option<String> {
    if rows.row.is_some() {
        return Some("1".to_owned());
    }
    let annex = place.annex();
    let block = &scope.plan.form.annexes[annex].blocks[rows.block];
    // The first two levels of indicators are the form's.
    let own = if block.groups.is_empty() { 0 } else { 2 };
    let cells: Option<Vec<String>> = (own..block.columns.len())
        .map(|column| {
            scope.reference(Field::Cell {
                annex,
                block: rows.block,
                column,
            })
        })
        .collect();
    Some(format!("({})", is_filled(&cells?.join("&"))))
}

/// A check before its verdict: where a failure of `place` is shown.
fn draft(scope: &Scope<'_>, rule: &Rule, place: Option<Field>) -> Option<Live> {
    let (sheet, area, words, link) = match place {
        Some(place @ Field::Slot { annex, slot }) => {
            let (sheet, printed) = scope.sheet_of(annex)?;
            let at = printed.slots[slot]?;
            let area = Area {
                first: at,
                last: at,
            };
            let annex = &scope.plan.form.annexes[annex];
            let link = naming::of_slot(annex, printed.number, slot);
            (sheet, Some(area), figures::place(scope, place), Some(link))
        }
        Some(Field::Cell { .. }) => return None,
        None => {
            let sheet = scope.table.unwrap_or(0);
            (sheet, None, scope.plan.form.name.clone(), None)
        }
    };
    Some(Live {
        code: rule.code.clone(),
        name: rule.name.zh.clone(),
        sheet,
        area,
        place: words,
        link,
        verdict: Verdict::One(String::new()),
        unread: String::new(),
        failing: Severity::Error,
        tells_rounding: false,
        figures: Figures::default(),
    })
}
