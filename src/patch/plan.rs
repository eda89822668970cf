//! From edits to changes of cells: values with what they drag along.

use std::collections::{BTreeMap, HashSet};

use super::cells::{Change, Content};
use super::error::PatchError;
use super::sheet::{Formula, Kind, Sheet};
use super::{Edit, NewValue, Rgb};
use crate::read::address::{COLUMNS, ROWS};
use crate::read::{Limits, limits};
use crate::workbook::Addr;

/// Excel's own limit.
const LONGEST_FORMULA: usize = 8_192;

/// What is to be done to one sheet.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) changes: BTreeMap<Addr, Change>,
    /// Codes of number formats.
    pub(super) formats: BTreeMap<Addr, String>,
    pub(super) fills: BTreeMap<Addr, Rgb>,
    pub(super) notes: BTreeMap<Addr, String>,
    /// A cell loses its formula.
    pub(super) unchained: bool,
}

impl Plan {
    /// Takes up the edits of one sheet, in their order; the later of two values or colours holds.
    pub(super) fn of<'e>(
        sheet: &Sheet,
        name: &str,
        edits: impl Iterator<Item = &'e Edit>,
        limits: &Limits,
    ) -> Result<Self, PatchError> {
        let mut plan = Self::default();
        for edit in edits {
            if edit.at.row >= ROWS || edit.at.col >= COLUMNS {
                let sheet = name.to_owned();
                return Err(PatchError::Address { sheet });
            }
            // What a merged area shows is its first cell.
            let at = sheet.anchor(edit.at);
            if let Some(value) = &edit.value {
                let content = content(value);
                check(sheet, name, at, &content, limits)?;
                plan.changes.entry(at).or_default().content = Some(content);
            }
            if let Some(code) = &edit.number_format {
                plan.formats.insert(at, code.clone());
            }
            if let Some(fill) = edit.fill {
                plan.fills.insert(at, fill);
            }
            if let Some(note) = &edit.note {
                let all = plan.notes.entry(at).or_default();
                if !all.is_empty() {
                    all.push('\n');
                }
                all.push_str(note);
            }
        }
        plan.free_followers(sheet, limits)?;
        Ok(plan)
    }

    /// Cells that lose their formula; those that shared its text get it written out.
    fn free_followers(&mut self, sheet: &Sheet, limits: &Limits) -> Result<(), PatchError> {
        let mut orphaned = HashSet::new();
        for (at, change) in &self.changes {
            let Some(formula) = sheet.formula(*at) else {
                continue;
            };
            if !replaces_formula(change) {
                continue;
            }
            self.unchained |= !matches!(change.content, Some(Content::Number(_, Some(_))));
            match formula.kind {
                Kind::Shared(group) if !formula.text.is_empty() => {
                    orphaned.insert(group);
                }
                _ => {}
            }
        }
        // A long text that many share is more than a part can hold.
        let mut written = sheet.text.len() as u64;
        let follows = |formula: &&Formula| match formula.kind {
            Kind::Shared(group) => formula.text.is_empty() && orphaned.contains(&group),
            _ => false,
        };
        for follower in sheet.formulas.iter().filter(follows) {
            let change = self.changes.entry(follower.at).or_default();
            if replaces_formula(change) {
                continue;
            }
            change.formula = sheet.expanded(follower);
            let length = change.formula.as_ref().map_or(0, String::len);
            written = written.saturating_add(length as u64);
            limits::check(written, limits.part_bytes, "max-part-bytes")?;
        }
        Ok(())
    }
}

fn replaces_formula(change: &Change) -> bool {
    matches!(change.content, Some(Content::Number(..) | Content::Text(_)))
}

fn content(value: &NewValue) -> Content {
    match value {
        NewValue::Number { value, formula } => {
            let text = formula.as_deref().map(|text| text.trim_start_matches('='));
            let text = text.filter(|text| !text.is_empty()).map(str::to_owned);
            Content::Number(value.normalize().to_string(), text)
        }
        NewValue::Text(text) => Content::Text(text.clone()),
        NewValue::Cached(value) => Content::Cached(value.normalize().to_string()),
    }
}

/// Refuses what no cell can hold, and a part of an array formula.
fn check(
    sheet: &Sheet,
    name: &str,
    at: Addr,
    content: &Content,
    limits: &Limits,
) -> Result<(), PatchError> {
    let sheet_name = name.to_owned();
    let units = |text: &str| text.encode_utf16().count();
    let long = match content {
        Content::Text(text) => units(text) > limits.cell_chars,
        Content::Number(_, Some(formula)) => units(formula) > LONGEST_FORMULA,
        _ => false,
    };
    if long {
        return Err(PatchError::Long {
            sheet: sheet_name,
            at,
        });
    }
    match sheet.array_at(at) {
        Some(area) if !matches!(content, Content::Cached(_)) => Err(PatchError::Array {
            sheet: sheet_name,
            at,
            area: area.to_string(),
        }),
        _ => Ok(()),
    }
}
