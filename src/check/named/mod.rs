//! The checks that are written in code: those of notation, of structure, of indicators, and of
//! the correspondence between tables.

mod accounts;
mod formulas;
mod grades;
mod indicators;
mod last_year;
mod notation;
mod projects;
mod shared;
mod structure;
mod targets;
mod template;
mod weights;
mod years;

pub(crate) use projects::{name_behind, own_label};

use super::evaluate::Context;
use super::{Evidence, Run, words};
use crate::catalog::{ListRef, NamedCheck, On, RowRef, Rule, Severity};
use crate::filing::{CellRef, Fact, Table};
use crate::finding::{Finding, Outcome};

/// A named check at work.
pub(super) struct Check<'a, 'b> {
    pub(super) evidence: Evidence<'a>,
    pub(super) context: &'b Context<'a>,
    pub(super) rule: &'b Rule,
    pub(super) severity: Severity,
}

/// Runs a named check once: for the filing, or for the table of its scope.
pub(super) fn run(
    evidence: Evidence<'_>,
    context: &Context<'_>,
    rule: &Rule,
    named: NamedCheck,
    on: Option<On>,
    severity: Severity,
    run: &mut Run,
) {
    let check = Check {
        evidence,
        context,
        rule,
        severity,
    };
    let before = run.findings.len();
    match (named, on) {
        (NamedCheck::UnrecognisedTables, _) => structure::unrecognised_tables(&check, run),
        (NamedCheck::DuplicateTables, _) => structure::duplicate_tables(&check, run),
        (NamedCheck::UnitNames, _) => structure::unit_names(&check, run),
        (NamedCheck::ChangedRows, _) => structure::changed_rows(&check, run),
        (NamedCheck::HiddenContent, _) => structure::hidden_content(&check, run),
        (NamedCheck::LeftOverText, _) => structure::left_over_text(&check, run),
        (NamedCheck::Years, _) => years::years(&check, run),
        (NamedCheck::FilingDates, _) => years::filing_dates(&check, run),
        (NamedCheck::MoneyNotation, _) => notation::money_notation(&check, run),
        (NamedCheck::RateNotation, _) => notation::rate_notation(&check, run),
        (NamedCheck::TableUnit, _) => notation::table_unit(&check, run),
        (NamedCheck::UnitSlips, _) => notation::unit_slips(&check, run),
        (NamedCheck::NegativeNumbers, _) => notation::negative_numbers(&check, run),
        (NamedCheck::ExtraDecimals, _) => notation::extra_decimals(&check, run),
        (NamedCheck::UnreadableNumbers, _) => notation::unreadable_numbers(&check, run),
        (NamedCheck::FormulaErrors, _) => formulas::formula_errors(&check, run),
        (NamedCheck::TemplateVersion, _) => template::template_version(&check, run),
        (NamedCheck::BlankFiling, _) => template::blank_filing(&check, run),
        (NamedCheck::LastYear, _) => last_year::last_year(&check, run),
        (NamedCheck::SpecialRowsNamed, Some(On::Row(row))) => {
            projects::special_rows_named(&check, row, run);
        }
        (NamedCheck::SpecialsHaveTables, Some(On::Row(row))) => {
            projects::specials_have_tables(&check, row, run);
        }
        (NamedCheck::ProjectsHaveTables, Some(On::Row(row))) => {
            projects::projects_have_tables(&check, row, run);
        }
        (NamedCheck::SharedIndicators, Some(On::List(list))) => {
            shared::shared_indicators(&check, list, run);
        }
        (NamedCheck::AccountTree, Some(On::List(list))) => {
            accounts::account_tree(&check, list, run)
        }
        (NamedCheck::GroupWeights, Some(On::List(list))) => {
            weights::group_weights(&check, list, run)
        }
        (NamedCheck::GroupSplit, Some(On::List(list))) => weights::group_split(&check, list, run),
        (NamedCheck::MissingGroups, Some(On::List(list))) => {
            weights::missing_groups(&check, list, run)
        }
        (NamedCheck::GradeOfTotal, Some(On::List(list))) => {
            grades::grade_of_total(&check, list, run)
        }
        (NamedCheck::AllFullMarks, Some(On::List(list))) => {
            grades::all_full_marks(&check, list, run)
        }
        (other, Some(On::List(list))) => indicators::run(&check, other, list, run),
        // The catalog sees to it that a check over a list or a row names one.
        (_, _) => {}
    }
    if run.findings.len() == before && run.unknown.is_none() {
        run.passed();
    }
}

impl<'a> Check<'a, '_> {
    /// The table at hand.
    pub(super) fn table(&self, list: ListRef) -> Option<&'a Table> {
        self.context.table_of(list.annex)
    }

    pub(super) fn row_table(&self, row: RowRef) -> Option<&'a Table> {
        self.context.table_of(row.annex)
    }

    /// The cell of a fact, in words.
    pub(super) fn place(&self, table: &Table, fact: &Fact) -> String {
        fact.cell.map_or(String::new(), |cell| {
            words::cell_words(self.evidence.form, self.evidence.filing, table, cell)
        })
    }

    /// A finding at a cell of a table.
    pub(super) fn at(
        &self,
        table: &Table,
        cell: CellRef,
        place: &str,
        found: &str,
        says: String,
    ) -> Finding {
        let lang = self.evidence.lang;
        let here = words::cell_words(self.evidence.form, self.evidence.filing, table, cell);
        let place = if place.is_empty() {
            here
        } else {
            format!("{here}「{place}」")
        };
        Finding {
            cell: Some(cell),
            found: (!found.is_empty()).then(|| found.to_owned()),
            message: format!("{place}{}{says}", lang.pick("：", ": ")),
            place,
            ..self.of_table(Some(table), String::new())
        }
    }

    /// A finding about a table, or about the workbook.
    pub(super) fn of_table(&self, table: Option<&Table>, says: String) -> Finding {
        let lang = self.evidence.lang;
        let place = table.map_or(String::new(), |table| {
            words::table_name(self.context, table)
        });
        let colon = if place.is_empty() {
            ""
        } else {
            lang.pick("：", ": ")
        };
        Finding {
            code: self.rule.code.clone(),
            severity: self.severity,
            outcome: Outcome::Mismatch,
            cell: None,
            field: None,
            table: table.and_then(|table| {
                self.evidence
                    .filing
                    .tables
                    .iter()
                    .position(|known| std::ptr::eq(known, table))
            }),
            message: format!("{place}{colon}{says}"),
            place,
            found: None,
            expected: None,
            difference: None,
            working: None,
            todo: Some(self.default_todo().to_owned()),
            related: Vec::new(),
            suggestion: None,
            follows: Vec::new(),
            reason: None,
        }
    }

    fn default_todo(&self) -> &'static str {
        let lang = self.evidence.lang;
        match self.severity {
            Severity::Error => lang.pick("请核对后改正。", "Please check and correct it."),
            Severity::Incomplete => lang.pick("请补填。", "Please fill it in."),
            Severity::Explain => {
                lang.pick("请核对；无误的请写明原因。", "Please check it, or explain.")
            }
            Severity::Hint => lang.pick("请再核对一次。", "Please have another look."),
        }
    }

    /// Says it in the language asked for.
    pub(super) fn say(&self, zh: String, en: String) -> String {
        match self.evidence.lang {
            crate::lang::Lang::Zh => zh,
            crate::lang::Lang::En => en,
        }
    }

    /// Every fact of a table that is not blank.
    pub(super) fn spots(&self, table: &'a Table) -> impl Iterator<Item = Spot<'a>> + use<'a> {
        let annex = &self.evidence.form.annexes[table.annex];
        let slots = annex.blocks.iter().flat_map(move |block| {
            let count = block.columns.len() * block.rows.len().max(1);
            (block.first_slot..block.first_slot + count).map(move |slot| {
                let inside = slot - block.first_slot;
                let column = &block.columns[inside % block.columns.len()];
                let row = block.rows.get(inside / block.columns.len());
                let signed = column.signed || row.is_some_and(|row| row.signed);
                Spot {
                    fact: &table.facts[slot],
                    column,
                    block,
                    signed,
                    at: SpotAt::Slot(slot),
                }
            })
        });
        let of_row = |block: &'a crate::catalog::Block, facts: &'a [Fact], at: SpotAt<'a>| {
            block
                .columns
                .iter()
                .zip(facts)
                .map(move |(column, fact)| Spot {
                    fact,
                    column,
                    block,
                    signed: column.signed,
                    at,
                })
        };
        let extras = table.extras.iter().flat_map(move |extra| {
            of_row(
                &annex.blocks[extra.block],
                &extra.facts,
                SpotAt::Extra(extra),
            )
        });
        let rows = table
            .rows
            .iter()
            .flat_map(move |row| of_row(&annex.blocks[row.block], &row.facts, SpotAt::Row(row)));
        slots
            .chain(extras)
            .chain(rows)
            .filter(|spot| !spot.fact.is_blank())
    }

    /// Row and column words of a figure with a place of its own, and its path.
    pub(super) fn slot_words(&self, table: &'a Table, slot: usize) -> (String, String) {
        let context = Context {
            table: Some(table),
            ..*self.context
        };
        let annex = table.annex;
        let field = crate::catalog::Field::Slot { annex, slot };
        (
            words::field_words(&context, field),
            words::field_path(&context, field),
        )
    }

    /// Row and column words of a spot.
    pub(super) fn words_of(&self, table: &'a Table, spot: &Spot<'_>) -> String {
        let year = table.year.unwrap_or(self.evidence.form.year);
        let column = words::with_years(&spot.column.label.words, year);
        match spot.at {
            SpotAt::Slot(slot) => self.slot_words(table, slot).0,
            SpotAt::Extra(extra) => {
                format!("{} · {column}", words::extra_name(extra))
            }
            SpotAt::Row(row) => {
                format!(
                    "{} · {column}",
                    words::row_name(spot.block, row).unwrap_or_default()
                )
            }
        }
    }
}

/// A fact and what it belongs to.
pub(super) struct Spot<'a> {
    pub(super) fact: &'a Fact,
    pub(super) column: &'a crate::catalog::Column,
    pub(super) block: &'a crate::catalog::Block,
    /// May be negative.
    pub(super) signed: bool,
    at: SpotAt<'a>,
}

#[derive(Clone, Copy)]
enum SpotAt<'a> {
    Slot(usize),
    Extra(&'a crate::filing::Extra),
    Row(&'a crate::filing::ListRow),
}
