//! Reasons that the unit gives for findings: the sheet 审核说明, read back.
//!
//! A reason holds while the rule, the cell and the figures are the same; when the figures have
//! changed it is kept, but said to be out of date.

use std::collections::HashMap;
use std::sync::Arc;

use crate::filing::{CellRef, Filing};
use crate::finding::{Finding, Outcome, Reason, Report, Severity};
use crate::label;
use crate::lang::Lang;
use crate::report::printable;
use crate::workbook::{Addr, Sheet, Value, Workbook};

/// A sheet that we added to a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// 差异清单.
    Discrepancies,
    /// 审核说明.
    Reasons,
    /// 自检 of a template: part of it, not of a marked copy.
    SelfCheck,
}

impl Added {
    /// Those of a marked copy, in the order of their tabs.
    pub const ALL: [Self; 2] = [Self::Discrepancies, Self::Reasons];

    /// The name on the tab.
    pub fn tab(self, lang: Lang) -> &'static str {
        match self {
            Self::Discrepancies => lang.pick("差异清单", "Discrepancies"),
            Self::Reasons => lang.pick("审核说明", "Reasons"),
            Self::SelfCheck => lang.pick("自检", "Self-check"),
        }
    }

    /// The text in A1, by which the sheet is known again whatever its tab is called by then.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Discrepancies => lang.pick("差异清单（勾稽核对）", "Discrepancies (gouji)"),
            Self::Reasons => lang.pick("审核说明（勾稽核对）", "Reasons (gouji)"),
            Self::SelfCheck => lang.pick("自检（勾稽核对）", "Self-check (gouji)"),
        }
    }

    /// Whether `sheet` has a title of ours, and is no part of the filing.
    pub fn of(sheet: &Sheet) -> Option<Self> {
        let Value::Text(title) = &sheet.cell(Addr::new(0, 0))?.value else {
            return None;
        };
        let known = Self::ALL.into_iter().chain([Self::SelfCheck]);
        known.into_iter().find(|added| {
            [Lang::Zh, Lang::En]
                .into_iter()
                .any(|lang| added.title(lang) == title.trim())
        })
    }

    /// Whether an earlier run added `sheet`: it has a title of ours and the hidden name, too, which
    /// nobody writes by hand or keeps who makes a sheet of their own of it.
    pub fn is_ours(sheet: &Sheet) -> bool {
        Self::of(sheet).is_some() && sheet.named != Some(false)
    }

    /// Whether `sheet` has the title or the tab of this one, in either language.
    pub fn is_like(self, sheet: &Sheet) -> bool {
        let tabs = [Lang::Zh, Lang::En].map(|lang| self.tab(lang).to_lowercase());
        Self::of(sheet) == Some(self) || tabs.contains(&sheet.name.trim().to_lowercase())
    }
}

/// Columns of 审核说明 that are read back, counted from 0.
pub mod column {
    /// The rule's code.
    pub const CODE: u32 = 1;
    /// The cell, as [`super::address`] writes it.
    pub const CELL: u32 = 2;
    /// The figures concerned, as [`super::figures`] writes them.
    pub const FIGURES: u32 = 5;
    /// The unit's reason.
    pub const REASON: u32 = 6;
}

/// `附件2!H5`.
pub fn address(sheets: &[String], cell: CellRef) -> String {
    let sheet = sheets.get(cell.sheet).map_or("", String::as_str);
    printable(&format!("{sheet}!{}", cell.at))
}

/// The figures that a finding rests on.
pub fn figures(finding: &Finding, sheets: &[String]) -> String {
    let own = finding.found.as_deref().unwrap_or("空");
    let mut text = printable(own).trim().to_owned();
    for related in &finding.related {
        text.push_str(&format!(
            "；{} {}",
            address(sheets, related.cell),
            printable(&related.value).trim()
        ));
    }
    text
}

struct Given {
    code: Arc<str>,
    /// None where the finding is about a whole table or the workbook.
    cell: Option<Arc<str>>,
    figures: Arc<str>,
    reason: Arc<str>,
}

/// Puts the reasons that the workbook gives to the findings that they explain.
pub(crate) fn apply(workbook: &Workbook, filing: &Filing, report: &mut Report) {
    let titled = |sheet: &&Sheet| Added::of(sheet) == Some(Added::Reasons);
    let mut sheets: Vec<&Sheet> = workbook.sheets.iter().filter(titled).collect();
    // Reasons are the unit's own on whatever sheet; those on the one that we asked for come first.
    sheets.sort_by_key(|sheet| !Added::is_ours(sheet));
    let given: Vec<Given> = sheets.into_iter().flat_map(read).collect();
    if given.is_empty() {
        return;
    }
    let mut without_cell: HashMap<String, usize> = HashMap::new();
    for finding in &mut report.findings {
        if finding.severity != Severity::Explain || finding.outcome != Outcome::Mismatch {
            continue;
        }
        let place = finding.cell.map(|cell| address(&filing.sheets, cell));
        let figures = figures(finding, &filing.sheets);
        let same = |given: &&Given| {
            *given.code == *finding.code && given.cell.as_deref() == place.as_deref()
        };
        let mut candidates: Vec<&Given> = given.iter().filter(same).collect();
        if place.is_none() {
            // Those about a whole table or workbook are told apart by their order alone.
            let number = without_cell.entry(finding.code.clone()).or_default();
            candidates = candidates.into_iter().skip(*number).take(1).collect();
            *number += 1;
        }
        // Of several the one whose figures still stand.
        candidates.sort_by_key(|given| *given.figures != *figures);
        finding.reason = candidates.first().map(|given| Reason {
            text: given.reason.to_string(),
            expired: *given.figures != *figures,
        });
    }
}

/// Whether a text can be read: one of signs that nobody sees explains nothing.
fn says_something(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_alphanumeric() && !label::is_blank(c))
}

fn read(sheet: &Sheet) -> Vec<Given> {
    let rows = sheet
        .cells
        .iter()
        .filter(|cell| cell.at.col == column::REASON)
        .map(|cell| cell.at.row);
    rows.filter_map(|row| {
        let text = |col: u32| match &sheet.cell(Addr::new(row, col))?.value {
            Value::Text(text) if !text.trim().is_empty() => Some(Arc::<str>::from(text.trim())),
            Value::Number(number) => Some(number.to_string().into()),
            _ => None,
        };
        Some(Given {
            code: text(column::CODE).filter(|code| code.starts_with("GJ"))?,
            cell: text(column::CELL),
            figures: text(column::FIGURES)?,
            reason: text(column::REASON).filter(|reason| says_something(reason))?,
        })
    })
    .collect()
}
