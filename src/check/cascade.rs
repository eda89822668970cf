//! One defect, one finding: what follows from it is listed under it.

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use super::Evidence;
use super::evaluate::{Context, rounded};
use super::value::{Truth, Val, equal, sum};
use crate::catalog::{Action, Expr, Field, Fill, Operator, Rule, Scope, Severity, Tolerance, Verb};
use crate::filing::{CellRef, Table};
use crate::finding::{Finding, Follow, Outcome, Related, Report};

/// Moves findings that follow from others under them.
pub(super) fn collapse(evidence: Evidence<'_>, report: &mut Report) {
    let mut findings: Vec<Option<Finding>> = report.findings.drain(..).map(Some).collect();
    declared(evidence, &mut findings);
    proven(evidence, &mut findings);
    report.findings.extend(findings.into_iter().flatten());
}

/// Rules that the form declares to be consequences (`after`): of a finding in the same row of
/// the same table, or about the same cell.
fn declared(evidence: Evidence<'_>, findings: &mut [Option<Finding>]) {
    let row = |finding: &Finding| finding.cell.map(|cell| (cell.sheet, cell.at.row));
    for rule in evidence
        .form
        .rules
        .iter()
        .filter(|rule| !rule.after.is_empty())
    {
        // The first cause of each row, and of each cell that a cause is concerned with: there
        // may be as many causes as rows.
        let mut rows = HashMap::new();
        let mut cells = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            let Some(cause) = finding
                .as_ref()
                .filter(|cause| cause.code != rule.code && rule.after.contains(&cause.code))
            else {
                continue;
            };
            rows.entry(row(cause)).or_insert(index);
            for related in &cause.related {
                cells.entry(related.cell).or_insert(index);
            }
        }
        for index in 0..findings.len() {
            let Some(finding) = findings[index]
                .as_ref()
                .filter(|finding| finding.code == rule.code)
            else {
                continue;
            };
            let of_row = rows.get(&row(finding)).copied();
            let of_cell = finding.cell.and_then(|cell| cells.get(&cell).copied());
            let Some(cause) = of_row.into_iter().chain(of_cell).min() else {
                continue;
            };
            if let Some(cell) = finding.cell {
                let known = cells.entry(cell).or_insert(cause);
                *known = cause.min(*known);
            }
            move_under(findings, index, cause);
        }
    }
}

/// Moves one finding under another.
fn move_under(findings: &mut [Option<Finding>], finding: usize, cause: usize) {
    let Some(moved) = findings[finding].take() else {
        return;
    };
    let Some(cause) = &mut findings[cause] else {
        return;
    };
    if let Some(cell) = moved.cell
        && Some(cell) != cause.cell
        && !cause.related.iter().any(|related| related.cell == cell)
    {
        let value = moved.found.clone().unwrap_or_default().into();
        cause.related.push(Related {
            cell,
            field: moved.field.clone(),
            value,
        });
    }
    cause.follows.push(Follow {
        code: moved.code,
        severity: moved.severity,
        cell: moved.cell,
        message: moved.message,
    });
    cause.follows.extend(moved.follows);
}

/// A relation that a filing must satisfy, for one table.
struct Relation<'a> {
    rule: &'a Rule,
    context: Context<'a>,
    kind: RelationKind<'a>,
}

enum RelationKind<'a> {
    Total {
        annex: usize,
        block: usize,
        row: usize,
        column: usize,
    },
    Fill(&'a Expr, &'a Fill),
    Must(&'a Expr),
}

/// A wrong total or a wrong side of an equation that, put right, makes all other broken
/// relations with it hold and breaks none: then those follow from it.
///
/// Only sums and equations count as evidence. That a rate would fit another amount proves
/// nothing about the amount.
fn proven(evidence: Evidence<'_>, findings: &mut [Option<Finding>]) {
    let errors = findings.iter().flatten();
    let errors = errors.filter(|finding| finding.severity == Severity::Error);
    if errors.count() < 2 {
        return;
    }
    let relations = relations(evidence);
    let broken: Vec<usize> = (0..relations.len())
        .filter(|at| relations[*at].truth(None) == Truth::Fails)
        .collect();
    for suspect in &broken {
        let Some((field, table, value)) = relations[*suspect].suggestion() else {
            continue;
        };
        let assumed = Some((field, table, value));
        let concerned: Vec<&Relation<'_>> = relations
            .iter()
            .filter(|relation| relation.mentions(field, table))
            .collect();
        let others: Vec<&&Relation<'_>> = concerned
            .iter()
            .filter(|relation| {
                !std::ptr::eq(**relation, &relations[*suspect])
                    && relation.truth(None) == Truth::Fails
            })
            .collect();
        let all_hold = concerned
            .iter()
            .all(|relation| !matches!(relation.truth(assumed), Truth::Fails));
        // A sum proves its total; an equation between two figures needs a third relation.
        if others.is_empty() || !all_hold {
            continue;
        }
        let code = relations[*suspect].rule.code.clone();
        let cell = relations[*suspect]
            .context
            .fact(field)
            .and_then(|fact| fact.cell);
        let followers: Vec<(String, Option<CellRef>)> = others
            .iter()
            .map(|relation| (relation.rule.code.clone(), relation.target_cell()))
            .collect();
        let is_cause = |finding: &Finding| finding.code == code && finding.cell == cell;
        let Some(cause) = findings
            .iter()
            .position(|finding| finding.as_ref().is_some_and(is_cause))
        else {
            continue;
        };
        let is_follower = |finding: &Finding| {
            let follows = |known: &(String, Option<CellRef>)| {
                known.0 == finding.code && known.1 == finding.cell
            };
            finding.outcome == Outcome::Mismatch
                && followers.iter().any(follows)
                && !is_cause(finding)
        };
        for index in 0..findings.len() {
            if findings[index].as_ref().is_some_and(is_follower) {
                move_under(findings, index, cause);
            }
        }
    }
}

fn relations(evidence: Evidence<'_>) -> Vec<Relation<'_>> {
    let whole = Context::of_filing(evidence.form, evidence.filing);
    let mut relations = Vec::new();
    for rule in evidence.form.rules.iter().filter(|rule| !rule.off) {
        let contexts: Vec<Context<'_>> = match rule.scope {
            Scope::Filing => vec![whole],
            Scope::Annex(annex) => {
                let tables = evidence.filing.tables_of(annex);
                tables
                    .map(|table| Context {
                        table: Some(table),
                        ..whole
                    })
                    .collect()
            }
        };
        for context in contexts {
            match &rule.action {
                Action::Tree { row } => {
                    let total = evidence.form.annexes[row.annex].blocks[row.block].rows[row.row]
                        .total
                        .as_ref();
                    for column in total
                        .filter(|total| total.exhaustive)
                        .map_or(&[][..], |t| &t.columns)
                    {
                        let kind = RelationKind::Total {
                            annex: row.annex,
                            block: row.block,
                            row: row.row,
                            column: *column,
                        };
                        relations.push(Relation {
                            rule,
                            context,
                            kind,
                        });
                    }
                }
                Action::Tests(tests) => {
                    for test in tests
                        .iter()
                        .filter(|test| test.each.is_none() && test.row.is_none())
                    {
                        let kind = match &test.fill {
                            Some(fill) => RelationKind::Fill(&test.expr, fill),
                            None if test.verb == Verb::Must => RelationKind::Must(&test.expr),
                            None => continue,
                        };
                        relations.push(Relation {
                            rule,
                            context,
                            kind,
                        });
                    }
                }
                Action::Check { .. } => {}
            }
        }
    }
    relations
}

impl<'a> Relation<'a> {
    fn target(&self) -> Option<Field> {
        match &self.kind {
            RelationKind::Total {
                annex,
                block,
                row,
                column,
            } => {
                let slot = self.context.form.annexes[*annex].blocks[*block].slot(*row, *column);
                Some(Field::Slot {
                    annex: *annex,
                    slot,
                })
            }
            RelationKind::Fill(_, fill) => Some(fill.target),
            RelationKind::Must(expr) => expr.fields().first().copied(),
        }
    }

    fn target_cell(&self) -> Option<CellRef> {
        self.context.fact(self.target()?)?.cell
    }

    fn table(&self, field: Field) -> Option<&'a Table> {
        self.context.table_of(field.annex())
    }

    fn mentions(&self, field: Field, table: usize) -> bool {
        let here = self.table(field).is_some_and(|found| found.number == table);
        here && match &self.kind {
            RelationKind::Total {
                annex,
                block,
                row,
                column,
            } => {
                let definition = &self.context.form.annexes[*annex].blocks[*block];
                let is = |row: usize| {
                    field
                        == Field::Slot {
                            annex: *annex,
                            slot: definition.slot(row, *column),
                        }
                };
                is(*row) || definition.children(*row).any(is)
            }
            RelationKind::Fill(expr, fill) => {
                fill.target == field || expr.fields().contains(&field)
            }
            RelationKind::Must(expr) => expr.fields().contains(&field),
        }
    }

    /// Whether the relation holds, under an assumption.
    fn truth(&self, assumed: Option<(Field, usize, Decimal)>) -> Truth {
        let context = Context {
            assumed,
            ..self.context
        };
        match &self.kind {
            RelationKind::Total {
                annex,
                block,
                row,
                column,
            } => {
                let slot = context.form.annexes[*annex].blocks[*block].slot(*row, *column);
                let printed = context.field(Field::Slot {
                    annex: *annex,
                    slot,
                });
                let parts = context.parts(*annex, *block, *row, *column, 0);
                match (printed, sum(parts.into_iter())) {
                    (Val::Number(printed), Val::Number(expected)) => equal(printed, expected),
                    _ => Truth::Holds,
                }
            }
            RelationKind::Fill(expr, fill) => super::computed::holds(&context, expr, fill),
            RelationKind::Must(expr) => context.truth(expr),
        }
    }

    /// The figure that a broken sum or equation would put in its target.
    fn suggestion(&self) -> Option<(Field, usize, Decimal)> {
        let field = self.target()?;
        let number = self.table(field)?.number;
        let value = match &self.kind {
            RelationKind::Total {
                annex,
                block,
                row,
                column,
            } => {
                let parts = self.context.parts(*annex, *block, *row, *column, 0);
                match sum(parts.into_iter()) {
                    Val::Number(sum) => sum.value,
                    _ => return None,
                }
            }
            // A score that its amounts give, and with which the total holds.
            RelationKind::Fill(expr, fill) if fill.tolerance == Tolerance::Score => {
                match self.context.value(expr) {
                    Val::Number(sum) => rounded(fill.tolerance, sum.value),
                    _ => return None,
                }
            }
            RelationKind::Must(Expr::Binary(Operator::Equal | Operator::Or, left, right)) => {
                let (left, right) = match (&**left, &**right) {
                    (Expr::Binary(Operator::Equal, left, right), _) => (left, right),
                    _ => (left, right),
                };
                let is_sum = matches!(&**right, Expr::Binary(Operator::Add, ..));
                match (&**left, self.context.value(right)) {
                    (Expr::Field(_), Val::Number(sum)) if is_sum => sum.value,
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some((field, number, value))
    }
}
