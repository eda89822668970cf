//! Initial budgets against those that were approved.

use rust_decimal::Decimal;

use super::{ROUNDING, Seen};
use crate::batch::store::{AcrossRow, StoreError, TableRow};
use crate::catalog::{AcrossRule, Form, slot_path};
use crate::label;
use crate::roster;

impl Seen<'_> {
    pub(super) fn approved_budget(&mut self, rule: &AcrossRule) -> Result<(), StoreError> {
        let is_known = |unit: &roster::Unit| {
            unit.budget.is_some() || unit.projects.iter().any(|(_, budget)| budget.is_some())
        };
        if !self.roster.iter().any(is_known) {
            return Ok(());
        }
        let mut found = Vec::new();
        for form in self.store.forms()? {
            let Some(form) = self.catalog.form(&form) else {
                continue;
            };
            self.store.each_table(&form.id, |table| {
                found.extend(self.against_approved(rule, form, &table));
                Ok::<_, StoreError>(())
            })?;
        }
        self.found.append(&mut found);
        Ok(())
    }

    fn against_approved(
        &self,
        rule: &AcrossRule,
        form: &Form,
        table: &TableRow,
    ) -> Option<AcrossRow> {
        let unit = self.listed(table)?;
        let annex = form.annexes.iter().find(|annex| annex.id == table.annex)?;
        let field = slot_path(annex, annex.budget?);
        let approved = match annex.repeat {
            false => unit.budget?,
            true => {
                let own = label::normalise(table.project.as_deref()?);
                let known = unit
                    .projects
                    .iter()
                    .find(|(name, _)| label::normalise(name) == own);
                known?.1?
            }
        };
        let fact = table
            .facts
            .iter()
            .find(|fact| fact.0 == field && fact.1 == 0)?;
        let written: Decimal = fact.2.parse().ok()?;
        let difference = written.checked_sub(approved)?.abs().normalize();
        if difference <= ROUNDING {
            return None;
        }
        let message = self.say(
            format!("年初预算数填 {written}，批复的预算是 {approved}，差 {difference}。"),
            format!("The initial budget is {written}, {approved} were approved; {difference} between them."),
        );
        let row = self.about(rule, table.unit_id, &table.unit, message);
        Some(AcrossRow {
            file: Some(table.file),
            at: Some((table.sheet.clone(), fact.3.clone())),
            place: self.place(form, annex.budget, table),
            found: Some(written.to_string()),
            expected: Some(approved.to_string()),
            todo: Some(self.say(
                "请按批复的预算改正，或说明依据。".to_owned(),
                "Please correct it, or say what it rests on.".to_owned(),
            )),
            ..row
        })
    }
}
