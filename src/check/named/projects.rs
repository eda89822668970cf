//! Projects in 附件1 and their tables, 附件3.

use std::cmp::Reverse;

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use super::Check;
use super::structure::project_key;
use crate::catalog::{Block, Field, RowRef, Severity};
use crate::check::Run;
use crate::check::evaluate::Context;
use crate::check::value::{Sum, Truth, Unknown, Val, equal};
use crate::check::words::{self, figure};
use crate::filing::{CellRef, Extra, Fact, State, Table};
use crate::finding::{Outcome, Related};
use crate::label;
use crate::workbook::{Value, Workbook};

/// A project row of the grid: the form's own or an inserted one.
struct ProjectRow<'a> {
    at: RowRef,
    /// Where its label stands.
    label: Option<CellRef>,
    /// The filer's own name for it, as written; the form's words are no name.
    name: Option<String>,
    facts: Vec<&'a Fact>,
}

impl ProjectRow<'_> {
    fn amount(&self, column: usize) -> Option<Decimal> {
        Some(self.facts.get(column)?.number()?.value)
    }

    /// The figure in a column. What cannot be read is not nothing.
    fn value(&self, check: &Check<'_, '_>, table: &Table, column: usize) -> Val {
        let fact = self.facts[column];
        let block = &check.evidence.form.annexes[self.at.annex].blocks[self.at.block];
        let field = Field::Slot {
            annex: self.at.annex,
            slot: block.slot(self.at.row, column),
        };
        match &fact.state {
            State::Number(figure) => Val::Number(Sum {
                value: figure.value,
                digit: figure.digit,
                parts: 1,
            }),
            State::Blank | State::NotApplicable => Val::Blank(Some(field)),
            State::Absent => Val::Unknown(Unknown::Absent(field)),
            State::Text(_) | State::Error(_) | State::Unreadable(_) => {
                let year = table.year.unwrap_or(check.evidence.form.year);
                let head = words::with_years(&block.columns[column].label.words, year);
                let row = project_words(check, self);
                let place = place_of(check, table, fact);
                Val::Unknown(Unknown::UnreadableAt(format!("{place}「{row} · {head}」")))
            }
        }
    }

    /// Nothing was entered, or zeros.
    fn is_blank(&self) -> bool {
        self.facts.iter().all(|fact| match &fact.state {
            State::Number(figure) => figure.value.is_zero(),
            State::Absent | State::Blank | State::NotApplicable => true,
            State::Text(_) | State::Error(_) | State::Unreadable(_) => false,
        })
    }
}

fn place_of(check: &Check<'_, '_>, table: &Table, fact: &Fact) -> String {
    fact.cell.map_or(String::new(), |cell| {
        words::cell_words(check.evidence.form, check.evidence.filing, table, cell)
    })
}

/// The columns and rows that the checks need, by their ids in the form.
struct Shape {
    budget: usize,
    spent: usize,
}

fn shape(check: &Check<'_, '_>, at: RowRef) -> Option<Shape> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    Some(Shape {
        budget: block.column("预算")?,
        spent: block.column("决算")?,
    })
}

/// The rows of one row of the form, inserted ones included.
fn rows_of<'a>(check: &Check<'a, '_>, table: &'a Table, at: RowRef) -> Vec<ProjectRow<'a>> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    let definition = &block.rows[at.row];
    let mut rows = Vec::new();
    if !definition.placeholder {
        let facts: Vec<&Fact> = (0..block.columns.len())
            .map(|column| &table.facts[block.slot(at.row, column)])
            .collect();
        rows.push(ProjectRow {
            at,
            label: own_label(check.evidence.workbook, table, block, at.row).map(|(cell, _)| cell),
            name: own_name(check, table, at),
            facts,
        });
    }
    for extra in table.extras_of(at.block, at.row) {
        rows.push(ProjectRow {
            at,
            label: Some(extra.label.cell),
            name: extra_name(check, at, extra),
            facts: extra.facts.iter().collect(),
        });
    }
    rows.retain(|row| !row.is_blank());
    rows
}

/// What the filer wrote behind the form's own label: 「市级专项资金：法律援助」.
fn own_name(check: &Check<'_, '_>, table: &Table, at: RowRef) -> Option<String> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    let definition = &block.rows[at.row];
    if !definition.repeat {
        return Some(definition.label.words.clone());
    }
    let (_, text) = own_label(check.evidence.workbook, table, block, at.row)?;
    name_behind(text, &definition.label.printed)
}

/// The first text in one of the form's own rows.
pub(crate) fn own_label<'a>(
    workbook: &'a Workbook,
    table: &Table,
    block: &Block,
    row: usize,
) -> Option<(CellRef, &'a str)> {
    let row = table.facts[block.slot(row, 0)].cell?.at.row;
    let cells = workbook.sheets[table.sheet].row(row);
    cells.iter().find_map(|cell| match &cell.value {
        Value::Text(text) => Some((
            CellRef {
                sheet: table.sheet,
                at: cell.at,
            },
            &**text,
        )),
        _ => None,
    })
}

fn extra_name(check: &Check<'_, '_>, at: RowRef, extra: &Extra) -> Option<String> {
    let definition = &check.evidence.form.annexes[at.annex].blocks[at.block].rows[at.row];
    if definition.placeholder {
        return Some(label::words(&extra.label.text));
    }
    name_behind(&extra.label.text, &definition.label.printed)
}

/// The part of a label that is not the form's, as it was written; `None` where it is the form's
/// alone.
pub(crate) fn name_behind(text: &str, printed: &str) -> Option<String> {
    const BRACKETS: [char; 4] = ['（', '）', '(', ')'];
    let (key, own) = (label::key(text), label::words(text));
    let form = label::key(printed);
    let stem = label::key(&label::words(printed));
    if key == form || key == stem {
        return None;
    }
    let rest = behind(&own, &form).or_else(|| behind(&own, &stem));
    let rest = rest
        .unwrap_or(&own)
        .trim_start_matches(|c: char| !c.is_alphanumeric() && !BRACKETS.contains(&c));
    // 「市级专项资金（法律援助）」: the brackets set the name off.
    let inside = rest
        .strip_prefix(['（', '('])
        .and_then(|rest| rest.strip_suffix(['）', ')']))
        .filter(|inside| !inside.contains(BRACKETS));
    let name = inside.unwrap_or(rest);
    (!project_key(name).is_empty()).then(|| name.to_owned())
}

/// What follows in a text behind the letters of a key, signs between them aside.
fn behind<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = text;
    for letter in key.chars() {
        let start = rest.find(char::is_alphanumeric)?;
        rest = rest[start..].strip_prefix(letter)?;
    }
    Some(rest)
}

/// GJ124.
pub(super) fn special_rows_named(check: &Check<'_, '_>, at: RowRef, run: &mut Run) {
    let Some(table) = check.row_table(at) else {
        return run.not_known(Unknown::NoTable(at.annex));
    };
    let rows = rows_of(check, table, at);
    if rows.len() < 2 {
        return;
    }
    for row in rows.iter().filter(|row| row.name.is_none()) {
        let Some(cell) = row.label.or(row.facts[0].cell) else {
            continue;
        };
        let says = check.say(
            format!("有 {} 个专项，这一行没有写明是哪一个。", rows.len()),
            format!(
                "there are {} specials; this row does not name its own.",
                rows.len()
            ),
        );
        let words = form_words(check, row.at);
        run.found(check.at(table, cell, words, "", says));
    }
}

/// A table of a project, as far as it is compared.
struct ProjectTable<'a> {
    table: &'a Table,
    name: Option<String>,
}

/// The annex of which there is one table a project.
fn project_annex(check: &Check<'_, '_>) -> Option<usize> {
    check
        .evidence
        .form
        .annexes
        .iter()
        .position(|annex| annex.repeat)
}

fn project_tables<'a>(check: &Check<'a, '_>) -> Vec<ProjectTable<'a>> {
    let Some(annex) = project_annex(check) else {
        return Vec::new();
    };
    let tables = check.evidence.filing.tables_of(annex);
    tables
        .map(|table| ProjectTable {
            table,
            name: super::structure::project_name(check, table).map(|(_, name)| name),
        })
        .collect()
}

/// A figure of a project table's total row.
fn total_field(check: &Check<'_, '_>, column: &str) -> Option<Field> {
    let annex = project_annex(check)?;
    let block = check.evidence.form.annexes[annex]
        .blocks
        .iter()
        .find(|block| block.id == "资金")?;
    Some(Field::Slot {
        annex,
        slot: block.slot(block.row("总额")?, block.column(column)?),
    })
}

/// A figure of a table's total row; where it cannot be read, its own place is told.
fn total_of(check: &Check<'_, '_>, table: &Table, column: &str) -> Val {
    let Some(field) = total_field(check, column) else {
        return Val::Blank(None);
    };
    let context = of_table(check, table);
    match context.field(field) {
        Val::Unknown(Unknown::Unreadable(field)) => {
            Val::Unknown(Unknown::UnreadableAt(words::place_words(&context, field)))
        }
        value => value,
    }
}

fn of_table<'a>(check: &Check<'a, '_>, table: &'a Table) -> Context<'a> {
    Context {
        table: Some(table),
        ..*check.context
    }
}

/// More names than these are not compared each with each; no filing comes near.
const MOST_COMPARED: usize = 100_000;

/// How alike two names are, in percent, where they may mean the same project.
fn likeness(a: &str, b: &str) -> Option<u32> {
    let likeness = label::similarity(a, b);
    let same = likeness >= 70 || a.contains(b) || b.contains(a);
    (same && !a.is_empty() && !b.is_empty()).then_some(likeness)
}

/// A name without code, white space and the words that any project may end in.
fn bare(name: &str) -> String {
    const LONGEST: usize = 100;
    let key = label::key(name);
    let name = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let name = name
        .trim_end_matches("经费")
        .trim_end_matches("资金")
        .trim_end_matches("专项");
    name.chars().take(LONGEST).collect()
}

/// Rows and their tables, each used once.
struct Pairs {
    of_row: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Pairs {
    fn add(&mut self, row: usize, table: usize) {
        if self.of_row[row].is_none() && !self.taken[table] {
            self.of_row[row] = Some(table);
            self.taken[table] = true;
        }
    }

    fn open_rows(&self) -> Vec<usize> {
        let rows = self.of_row.iter().enumerate();
        let open = rows.filter(|(_, table)| table.is_none());
        open.map(|(row, _)| row).collect()
    }

    fn free_tables(&self) -> Vec<usize> {
        let tables = self.taken.iter().enumerate();
        let free = tables.filter(|(_, taken)| !**taken);
        free.map(|(table, _)| table).collect()
    }
}

/// Which table belongs to which row: by its very name, by the name most like it, by amount, then
/// what is left alone.
fn pair(
    check: &Check<'_, '_>,
    rows: &[ProjectRow<'_>],
    tables: &[ProjectTable<'_>],
    spent: usize,
    special: usize,
) -> Vec<Option<usize>> {
    let mut pairs = Pairs {
        of_row: vec![None; rows.len()],
        taken: vec![false; tables.len()],
    };
    by_name(rows, tables, &mut pairs);
    let amounts: Vec<Option<Decimal>> = tables
        .iter()
        .map(|found| match total_of(check, found.table, "执行") {
            Val::Number(sum) => Some(sum.value),
            _ => None,
        })
        .collect();
    let same_amount = |row: usize, table: usize| {
        let amount = rows[row].amount(spent);
        amount.is_some() && amount == amounts[table]
    };
    by_likeness(rows, tables, &same_amount, &mut pairs);
    let specials = |pairs: &Pairs| {
        let mut open = pairs.open_rows();
        open.retain(|row| rows[*row].at.row == special);
        open
    };
    for row in specials(&pairs) {
        let mut fits = pairs.free_tables();
        fits.retain(|table| same_amount(row, *table));
        if let [only] = fits.as_slice() {
            pairs.add(row, *only);
        }
    }
    let (open, left) = (specials(&pairs), pairs.free_tables());
    if let ([row], [table]) = (open.as_slice(), left.as_slice()) {
        pairs.add(*row, *table);
    }
    pairs.of_row
}

/// Rows and tables of one name, in their order.
fn by_name(rows: &[ProjectRow<'_>], tables: &[ProjectTable<'_>], pairs: &mut Pairs) {
    let mut named: HashMap<String, Vec<usize>> = HashMap::new();
    for (table, found) in tables.iter().enumerate().rev() {
        let key = found.name.as_deref().map(project_key);
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            named.entry(key).or_default().push(table);
        }
    }
    for (row, project) in rows.iter().enumerate() {
        let Some(name) = &project.name else { continue };
        if let Some(table) = named.get_mut(&project_key(name)).and_then(Vec::pop) {
            pairs.add(row, table);
        }
    }
}

/// Of what is left the pairs most alike, among equals those of one amount.
fn by_likeness(
    rows: &[ProjectRow<'_>],
    tables: &[ProjectTable<'_>],
    same_amount: &dyn Fn(usize, usize) -> bool,
    pairs: &mut Pairs,
) {
    let bare_of = |name: &Option<String>| name.as_deref().map(bare);
    let open = pairs.open_rows().into_iter();
    let open: Vec<(usize, String)> = open
        .filter_map(|row| Some((row, bare_of(&rows[row].name)?)))
        .collect();
    let free = pairs.free_tables().into_iter();
    let free: Vec<(usize, String)> = free
        .filter_map(|table| Some((table, bare_of(&tables[table].name)?)))
        .collect();
    if open.len() * free.len() > MOST_COMPARED {
        return;
    }
    let mut alike = Vec::new();
    for (row, name) in &open {
        for (table, known) in &free {
            if let Some(likeness) = likeness(name, known) {
                let differs = !same_amount(*row, *table);
                alike.push((Reverse(likeness), differs, *row, *table));
            }
        }
    }
    alike.sort_unstable();
    for (_, _, row, table) in alike {
        pairs.add(row, table);
    }
}

/// GJ704: each special has one table, with its amounts.
pub(super) fn specials_have_tables(check: &Check<'_, '_>, at: RowRef, run: &mut Run) {
    let (Some(table), Some(shape)) = (check.row_table(at), shape(check, at)) else {
        return run.not_known(Unknown::NoTable(at.annex));
    };
    let tables = project_tables(check);
    if tables.is_empty() {
        let annex = project_annex(check).unwrap_or(at.annex);
        return run.not_known(Unknown::NoTable(annex));
    }
    let rows = all_projects(check, table, at);
    let pairs = pair(check, &rows, &tables, shape.spent, at.row);
    if !rows.iter().any(|row| row.at.row == at.row) {
        return run.not_known(Unknown::NotApplicable(check.say(
            "没有市级专项".to_owned(),
            "there are no specials".to_owned(),
        )));
    }
    let specials = rows.iter().zip(pairs);
    for (project, found) in specials.filter(|(row, _)| row.at.row == at.row) {
        let words = project_words(check, project);
        let Some(found) = found else {
            let Some(cell) = project.facts[shape.spent].cell else {
                continue;
            };
            // Whether there is anything that a table could tell is not known.
            if let Val::Unknown(reason) = project.value(check, table, shape.spent) {
                run.not_known(reason);
                continue;
            }
            let says = check.say(
                "没有找到对应的附件3。".to_owned(),
                "no table of annex 3 belongs to it.".to_owned(),
            );
            let mut finding =
                check.at(table, cell, &words, &project.facts[shape.spent].shown, says);
            finding.severity = Severity::Incomplete;
            finding.todo = Some(check.say(
                "请补报这个专项的附件3。".into(),
                "Please add its table.".into(),
            ));
            run.found(finding);
            continue;
        };
        for (column, own) in [("执行", shape.spent), ("年初", shape.budget)] {
            compare(
                check,
                table,
                &tables[found],
                project,
                column,
                own,
                &words,
                run,
            );
        }
    }
}

fn form_words<'a>(check: &Check<'a, '_>, at: RowRef) -> &'a str {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    &block.rows[at.row].label.words
}

fn project_words(check: &Check<'_, '_>, project: &ProjectRow<'_>) -> String {
    let form_words = || form_words(check, project.at).to_owned();
    project.name.clone().unwrap_or_else(form_words)
}

/// All leaf rows of the row's parent, so that tables of other projects are not taken.
fn all_projects<'a>(check: &Check<'a, '_>, table: &'a Table, at: RowRef) -> Vec<ProjectRow<'a>> {
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    match block.rows[at.row].parent {
        Some(parent) => block
            .children(parent)
            .flat_map(|row| rows_of(check, table, RowRef { row, ..at }))
            .collect(),
        None => rows_of(check, table, at),
    }
}

#[allow(clippy::too_many_arguments)]
fn compare(
    check: &Check<'_, '_>,
    table: &Table,
    other: &ProjectTable<'_>,
    project: &ProjectRow<'_>,
    column: &str,
    own: usize,
    words: &str,
    run: &mut Run,
) {
    let Some(field) = total_field(check, column) else {
        return;
    };
    let context = of_table(check, other.table);
    let values = (
        total_of(check, other.table, column),
        project.value(check, table, own),
    );
    let (a, b) = match values {
        (Val::Number(a), Val::Number(b)) => (a, b),
        (Val::Unknown(reason), _) | (_, Val::Unknown(reason)) => return run.not_known(reason),
        // Blank on one side only: nothing is not a figure, but a missing one is told elsewhere.
        (Val::Number(a), Val::Blank(_)) if a.value.is_zero() => return run.passed(),
        (Val::Number(a), Val::Blank(_)) => (a, Sum::exact(Decimal::ZERO)),
        (Val::Blank(_), Val::Number(b)) if b.value.is_zero() => return run.passed(),
        _ => return run.not_known(Unknown::Blank(Some(field))),
    };
    let outcome = match equal(a, b) {
        Truth::Holds => return run.passed(),
        Truth::Rounding => Outcome::Rounding,
        _ => Outcome::Mismatch,
    };
    let unit = Some(crate::catalog::Unit::Money);
    let place = words::place_words(&context, field);
    let fact = context.fact(field);
    let own_fact = project.facts[own];
    let row_place = place_of(check, table, own_fact);
    let (x, y, off) = (
        figure(a.value, unit),
        figure(b.value, unit),
        figure((a.value - b.value).abs(), unit),
    );
    let mut finding = crate::check::at_field(
        check.evidence,
        &context,
        check.rule,
        check.severity,
        Some(field),
    );
    finding.outcome = outcome;
    if outcome == Outcome::Rounding {
        finding.severity = Severity::Hint;
    }
    finding.message = check.say(
        format!("{place} {x}，{row_place}「{words}」{y}，两处应相同，差 {off}。"),
        format!(
            "{place} is {x} and {row_place} “{words}” {y}; they should be equal, off by {off}."
        ),
    );
    finding.todo = Some(check.say(
        "请核对后改正其中一处。".into(),
        "Please check both and correct one.".into(),
    ));
    finding.found = fact.map(|fact| fact.shown.to_string());
    finding.expected = Some(y.clone());
    finding.difference = Some(off);
    finding.working = Some(format!("{x} ≠ {y}"));
    finding.related = own_fact
        .cell
        .map(|cell| Related {
            cell,
            field: None,
            value: own_fact.shown.clone(),
        })
        .into_iter()
        .collect();
    run.found(finding);
}

/// GJ705: the tables together are all of the projects.
pub(super) fn projects_have_tables(check: &Check<'_, '_>, at: RowRef, run: &mut Run) {
    let (Some(table), Some(shape)) = (check.row_table(at), shape(check, at)) else {
        return run.not_known(Unknown::NoTable(at.annex));
    };
    let tables = project_tables(check);
    if tables.is_empty() {
        let annex = project_annex(check).unwrap_or(at.annex);
        return run.not_known(Unknown::NoTable(annex));
    }
    let block = &check.evidence.form.annexes[at.annex].blocks[at.block];
    let field = Field::Slot {
        annex: at.annex,
        slot: block.slot(at.row, shape.spent),
    };
    let total = match check.context.field(field) {
        Val::Number(total) => total,
        Val::Unknown(reason) => return run.not_known(reason),
        _ => return run.not_known(Unknown::Blank(Some(field))),
    };
    let totals = tables.iter();
    let totals = totals.map(|found| total_of(check, found.table, "执行"));
    let spent = match crate::check::value::sum(totals) {
        Val::Number(spent) => spent,
        Val::Unknown(reason) => return run.not_known(reason),
        _ => return run.not_known(Unknown::Blank(total_field(check, "执行"))),
    };
    // One digit, whatever the number of tables: what is missing is a table, not a rounding.
    if !matches!(
        equal(Sum { parts: 1, ..total }, Sum { parts: 1, ..spent }),
        Truth::Fails
    ) {
        return run.passed();
    }
    let special = block.row("专项").unwrap_or(at.row);
    let rows: Vec<ProjectRow<'_>> = block
        .children(at.row)
        .flat_map(|row| rows_of(check, table, RowRef { row, ..at }))
        .collect();
    let pairs = pair(check, &rows, &tables, shape.spent, special);
    let without: Vec<String> = rows
        .iter()
        .zip(pairs)
        .filter(|(_, found)| found.is_none())
        .filter_map(|(row, _)| {
            let amount = row.amount(shape.spent)?;
            let name = project_words(check, row);
            let amount = figure(amount, Some(crate::catalog::Unit::Money));
            Some(format!("{name} {amount}"))
        })
        .collect();
    let unit = Some(crate::catalog::Unit::Money);
    let (x, y) = (figure(spent.value, unit), figure(total.value, unit));
    let which = if without.is_empty() {
        String::new()
    } else {
        let list = without.join("、");
        check.say(
            format!("没有附件3的：{list}。"),
            format!(" Without a table: {list}."),
        )
    };
    let Some(cell) = check.context.fact(field).and_then(|fact| fact.cell) else {
        return;
    };
    let words = words::field_words(check.context, field);
    let says = check.say(
        format!(
            "{} 张附件3全年执行数合计 {x}，项目支出决算 {y}，差 {}。{which}",
            tables.len(),
            figure((spent.value - total.value).abs(), unit)
        ),
        format!(
            "annex 3 ({} found) adds up to {x}, the projects to {y}.{which}",
            tables.len()
        ),
    );
    let mut finding = check.at(table, cell, &words, &y, says);
    finding.expected = Some(x.clone());
    finding.difference = Some(figure((spent.value - total.value).abs(), unit));
    finding.working = Some(format!("{x} ≠ {y}"));
    finding.todo = Some(check.say(
        "请补报缺少的附件3，或说明为什么不报。".into(),
        "Please add the missing tables, or explain.".into(),
    ));
    run.found(finding);
}
