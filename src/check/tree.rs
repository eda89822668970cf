//! Totals of grids: a row against the rows that it is made of.

use rust_decimal::Decimal;

use super::evaluate::Context;
use super::value::{Sum, Truth, Unknown, Val, equal, sum};
use super::words::{self, figure};
use super::{Evidence, Run, at_field, cause, formula};
use crate::catalog::{Field, RowRef, Rule, Severity};
use crate::filing::{CellRef, Fact, State};
use crate::finding::{Finding, Outcome, Related, Suggestion, SuggestionKind};
use crate::lang::Lang;
use crate::tolerance;

/// A part of a total.
pub(super) struct Part<'a> {
    pub(super) label: String,
    pub(super) cell: Option<CellRef>,
    pub(super) shown: std::sync::Arc<str>,
    pub(super) field: String,
    pub(super) value: Val,
    pub(super) fact: Option<&'a Fact>,
}

/// Checks a row against its parts, column by column.
pub(super) fn run(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    at: RowRef,
    run: &mut Run,
) {
    let block = &evidence.form.annexes[at.annex].blocks[at.block];
    let Some(total) = &block.rows[at.row].total else {
        return;
    };
    for column in &total.columns {
        let field = Field::Slot {
            annex: at.annex,
            slot: block.slot(at.row, *column),
        };
        let Some(fact) = context.fact(field) else {
            run.not_known(Unknown::NoTable(at.annex));
            continue;
        };
        let parts = parts(context, at, *column);
        let expected = match sum(parts.iter().map(|part| part.value.clone())) {
            Val::Number(sum) => Some(sum),
            Val::Unknown(reason) => {
                run.not_known(reason);
                continue;
            }
            _ => None,
        };
        let printed = match &fact.state {
            State::Number(figure) => Some(Sum {
                value: figure.value,
                digit: figure.digit,
                parts: 1,
            }),
            State::Blank | State::NotApplicable => None,
            State::Absent => {
                run.not_known(Unknown::Absent(field));
                continue;
            }
            _ => {
                run.not_known(Unknown::Unreadable(field));
                continue;
            }
        };
        let here = Here {
            evidence,
            context,
            rule,
            field,
            fact,
            parts: &parts,
        };
        match (printed, expected) {
            (None, None) => run.not_known(Unknown::Blank(Some(field))),
            (None, Some(expected)) if !expected.value.is_zero() && total.exhaustive => {
                run.found(here.not_filled(expected));
            }
            (None, Some(_)) => run.not_known(Unknown::Blank(Some(field))),
            (Some(printed), None) if printed.value.is_zero() || !total.exhaustive => run.passed(),
            (Some(_), None) => run.found(here.without_detail()),
            (Some(printed), Some(expected)) if total.exhaustive => match equal(printed, expected) {
                Truth::Holds => run.passed(),
                Truth::Rounding => run.found(here.wrong(printed, expected, Outcome::Rounding)),
                _ => run.found(here.wrong(printed, expected, Outcome::Mismatch)),
            },
            (Some(printed), Some(expected)) => {
                let digits = expected.digit * Decimal::from(expected.parts);
                let most = tolerance::Measure {
                    value: expected.value,
                    unit: digits,
                };
                if tolerance::at_most(most, printed.measure()) {
                    run.passed();
                } else {
                    run.found(here.too_small(printed, expected));
                }
            }
        }
    }
}

/// The parts of a row in one column, inserted rows included.
fn parts<'a>(context: &Context<'a>, at: RowRef, column: usize) -> Vec<Part<'a>> {
    let block = &context.form.annexes[at.annex].blocks[at.block];
    let mut parts = Vec::new();
    for child in block.children(at.row) {
        let field = Field::Slot {
            annex: at.annex,
            slot: block.slot(child, column),
        };
        let row = RowRef { row: child, ..at };
        let own = (!block.rows[child].placeholder).then_some(*context);
        let inserted = context.table_of(at.annex).into_iter().flat_map(|table| {
            table.extras_of(at.block, child).map(|extra| Context {
                extra: Some((row, extra)),
                ..*context
            })
        });
        for context in own.into_iter().chain(inserted) {
            let words = words::field_words(&context, field);
            let fact = context.fact(field);
            parts.push(Part {
                label: words.split(" · ").next().unwrap_or_default().to_owned(),
                cell: fact.and_then(|fact| fact.cell),
                shown: fact.map_or_else(|| "".into(), |fact| fact.shown.clone()),
                field: words::field_path(&context, field),
                value: context.field(field),
                fact,
            });
        }
    }
    parts
}

/// The sum of the parts of a row, as a formula over their cells.
pub(super) fn formula(
    context: &Context<'_>,
    at: RowRef,
    column: usize,
    sheet: usize,
) -> Option<String> {
    let parts = parts(context, at, column);
    formula::sum(context, sheet, parts.iter().map(|part| part.fact))
}

struct Here<'a, 'b> {
    evidence: Evidence<'a>,
    context: &'b Context<'a>,
    rule: &'b Rule,
    field: Field,
    fact: &'b Fact,
    parts: &'b [Part<'a>],
}

impl Here<'_, '_> {
    fn draft(&self, severity: Severity) -> Finding {
        let mut finding = at_field(
            self.evidence,
            self.context,
            self.rule,
            severity,
            Some(self.field),
        );
        if !self.fact.is_blank() {
            finding.found = Some(self.shown());
        }
        finding.related = self
            .parts
            .iter()
            .filter(|part| matches!(part.value, Val::Number(_)))
            .filter_map(|part| {
                Some(Related {
                    cell: part.cell?,
                    field: Some(part.field.clone()),
                    value: part.shown.clone(),
                })
            })
            .collect();
        finding
    }

    fn shown(&self) -> String {
        words::shown(self.fact, self.evidence.lang)
    }

    fn like(&self, value: Decimal) -> String {
        words::like(Some(self.fact), value, self.context.unit(self.field))
    }

    fn expected(&self, value: Decimal) -> String {
        let unit = self.context.unit(self.field);
        words::expected(Some(self.fact), value, unit, self.evidence.lang)
    }

    fn suggestion(&self, cell: CellRef, number: Decimal, kind: SuggestionKind) -> Suggestion {
        let facts = self.parts.iter().map(|part| part.fact);
        Suggestion {
            cell,
            value: words::typed(Some(self.fact), number, self.context.unit(self.field)),
            number,
            formula: formula::sum(self.context, cell.sheet, facts),
            kind,
        }
    }

    /// `业务工作经费 83.34 + 市级专项资金 7.26`.
    fn working(&self) -> String {
        let figures = self.parts.iter().filter_map(|part| match &part.value {
            Val::Number(sum) => Some(format!("{} {}", part.label, self.like(sum.value))),
            _ => None,
        });
        figures.collect::<Vec<_>>().join(" + ")
    }

    fn not_filled(&self, expected: Sum) -> Finding {
        let mut finding = self.draft(Severity::Hint);
        let value = self.expected(expected.value);
        let (place, working) = (&finding.place, self.working());
        finding.message = match self.evidence.lang {
            Lang::Zh => format!("{place}没有填，各项之和为 {value}（{working}）。"),
            Lang::En => format!("{place} is blank; its parts add up to {value} ({working})."),
        };
        finding.todo = Some(
            self.evidence
                .lang
                .pick("请补填。", "Please fill it in.")
                .to_owned(),
        );
        finding.working = Some(format!("{working} = {value}"));
        let cell = finding.cell;
        finding.suggestion =
            cell.map(|cell| self.suggestion(cell, expected.value, SuggestionKind::Computed));
        finding.expected = Some(value);
        finding
    }

    fn without_detail(&self) -> Finding {
        let mut finding = self.draft(Severity::Explain);
        let (place, found) = (&finding.place, self.shown());
        finding.message = match self.evidence.lang {
            Lang::Zh => format!("{place}填 {found}，但下面各项都是空的，没有明细。"),
            Lang::En => format!("{place} is {found}, but all of its parts are blank."),
        };
        let todo = self.evidence.lang.pick(
            "请补填明细，或说明原因。",
            "Please give the parts, or explain.",
        );
        finding.todo = Some(todo.to_owned());
        finding
    }

    fn wrong(&self, printed: Sum, expected: Sum, outcome: Outcome) -> Finding {
        let lang = self.evidence.lang;
        let severity = if outcome == Outcome::Rounding {
            Severity::Hint
        } else {
            Severity::Error
        };
        let mut finding = self.draft(severity);
        finding.outcome = outcome;
        let difference = printed.value - expected.value;
        let more = match (difference.is_sign_positive(), lang) {
            (true, Lang::Zh) => "多",
            (false, Lang::Zh) => "少",
            (true, Lang::En) => "too much by",
            (false, Lang::En) => "too little by",
        };
        let unit = Some(self.context.unit(self.field));
        let off = figure(difference.abs(), unit);
        let (place, found) = (&finding.place, self.shown());
        let (value, working) = (self.expected(expected.value), self.working());
        let cause = cause::of_total(self.parts, printed.value, expected.value, unit, lang);
        let cause = cause
            .filter(|_| outcome == Outcome::Mismatch)
            .unwrap_or_default();
        finding.message = match lang {
            Lang::Zh => {
                format!("{place}填 {found}，应为 {value}，{more} {off}（{working}）。{cause}")
            }
            Lang::En => {
                format!(
                    "{place} is {found}; it should be {value}, {more} {off} ({working}).{cause}"
                )
            }
        };
        finding.todo = Some(
            match outcome {
                Outcome::Mismatch => lang.pick(
                    "请核对合计和各项。",
                    "Please check the total and its parts.",
                ),
                Outcome::Rounding => lang.pick(
                    "属于四舍五入的尾差，可以不改。",
                    "Explained by rounding; it may stay.",
                ),
            }
            .to_owned(),
        );
        finding.difference = Some(off);
        finding.working = Some(format!("{working} = {value}"));
        if outcome == Outcome::Mismatch {
            let cell = finding.cell;
            finding.suggestion =
                cell.map(|cell| self.suggestion(cell, expected.value, SuggestionKind::Sum));
        }
        finding.expected = Some(value);
        finding
    }

    fn too_small(&self, printed: Sum, expected: Sum) -> Finding {
        let mut finding = self.draft(Severity::Error);
        let off = figure(
            (expected.value - printed.value).abs(),
            Some(self.context.unit(self.field)),
        );
        let (place, found) = (&finding.place, self.shown());
        let (value, working) = (self.like(expected.value), self.working());
        finding.message = match self.evidence.lang {
            Lang::Zh => {
                format!("{place}填 {found}，小于其中各项之和 {value}，少 {off}（{working}）。")
            }
            Lang::En => {
                format!(
                    "{place} is {found}, less than some of its parts: {value} ({working}), by {off}."
                )
            }
        };
        let todo = self.evidence.lang.pick(
            "请核对合计和各项。",
            "Please check the total and its parts.",
        );
        finding.todo = Some(todo.to_owned());
        finding.difference = Some(off);
        finding.working = Some(format!("{working} = {value} > {found}"));
        finding.expected = Some(format!("≥{value}"));
        finding
    }
}
