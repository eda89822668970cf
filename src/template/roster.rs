//! What a roster says of a unit, as what its template is filled in with.

use super::Order;
use super::plan::{Content, Entry, Place};
use crate::catalog::Form;
use crate::roster::Unit;

impl Unit {
    /// The template of this unit.
    pub fn order(&self, form: &Form) -> Order {
        let mut entries = Vec::new();
        for (index, annex) in form.annexes.iter().enumerate() {
            let tables = if annex.repeat {
                self.projects.len().max(1)
            } else {
                1
            };
            for number in 0..tables {
                let project = self.projects.get(number).filter(|_| annex.repeat);
                let budget = match project {
                    Some((_, budget)) => *budget,
                    None if annex.repeat => None,
                    None => self.budget,
                };
                let words = |text: &str| Content::Words(text.to_owned());
                let mut put = |slot: Option<usize>, content: Option<Content>| {
                    if let (Some(slot), Some(content)) = (slot, content) {
                        entries.push(Entry {
                            annex: index,
                            number,
                            place: Place::Slot(slot),
                            content,
                        });
                    }
                };
                put(annex.budget, budget.map(Content::Number));
                put(annex.project_name, project.map(|(name, _)| words(name)));
                // Whose project it is stands in the table of a project only.
                if !annex.repeat || project.is_some() {
                    put(annex.unit_name, Some(words(&self.name)));
                    put(annex.department_name, self.department.as_deref().map(words));
                }
            }
        }
        Order {
            projects: self.projects.len().max(1),
            entries,
        }
    }
}
