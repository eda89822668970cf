//! Write-back: the filer's own workbook with computed cells filled, wrong cells marked and the
//! sheets 差异清单 and 审核说明 behind it.
//!
//! .xlsx and .xlsm are patched in place; other formats are written anew as .xlsx. Bytes in,
//! bytes out: the input is never touched.
#![allow(
    clippy::disallowed_types,
    reason = "the one room that writes workbooks anew"
)]

mod fill;
mod names;
mod notes;
mod rewrite;
mod sheets;
mod words;

use std::collections::{BTreeMap, HashMap};

use rust_xlsxwriter::{Workbook as Writer, XlsxError};

pub use fill::{Change, Filling, Written};
pub use notes::{Colour, LONGEST_NOTE, Mark};
pub use words::{copy_name, is_copy_name};

use crate::catalog::Catalog;
use crate::contain::caught;
use crate::filing::CellRef;
use crate::patch::{self, Edit, NewValue, Patch, PatchError, Warning};
use crate::read::limits;
use crate::reasons::Added;
use crate::review::{Checked, Options};
use crate::workbook::FileKind;

/// How rates are shown in cells that had no number before.
const PERCENT: &str = "0.00%";

/// A workbook written back.
#[derive(Debug)]
pub struct Marked {
    /// The file.
    pub bytes: Vec<u8>,
    /// The cells that were filled or set right.
    pub changes: Vec<Change>,
    /// How many cells are marked.
    pub marks: usize,
    /// The tab of 差异清单 in it.
    pub list: String,
    /// The format of the input, where it could not be kept.
    pub converted: Option<FileKind>,
    /// What the owner should know.
    pub warnings: Vec<Warning>,
}

/// Why a workbook could not be written back.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// The package could not be patched.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// A new workbook could not be written.
    #[error("the workbook could not be written")]
    Write(#[from] XlsxError),
    /// The program failed on it.
    #[error("the program failed on this file")]
    Fault,
}

/// Writes a checked workbook back. `bytes` and `name` are what was checked with `options`; `time`
/// stands in the head of the sheets.
///
/// # Errors
/// Where the copy could not be made; nothing has been written then.
pub fn mark(
    catalog: &Catalog,
    checked: &Checked<'_>,
    bytes: &[u8],
    name: Option<&str>,
    options: &Options,
    filling: Filling,
    time: &str,
) -> Result<Marked, MarkError> {
    caught(|| marked(catalog, checked, bytes, name, options, filling, time))
        .unwrap_or(Err(MarkError::Fault))
}

fn marked(
    catalog: &Catalog,
    checked: &Checked<'_>,
    bytes: &[u8],
    name: Option<&str>,
    options: &Options,
    filling: Filling,
    time: &str,
) -> Result<Marked, MarkError> {
    let lang = options.lang;
    let (changes, results) = fill::changes(catalog, checked, name, options, filling);
    let kind = checked.workbook.traits.kind;
    let converted = (kind != FileKind::Xlsx).then_some(kind);
    let own = &checked.filing.sheets;
    let names = match converted {
        None => own.clone(),
        Some(_) => names::usable(&checked.workbook),
    };
    let tabs = names::tabs(&checked.workbook, &names, lang);
    let marks = notes::marks(&checked.report.findings, &changes, &tabs[0], lang);
    let alike = alike(checked, &names, &tabs);
    let list = tabs[0].clone();
    let sources = sheets::Sources {
        checked,
        changes: &changes,
        lang,
        time,
        tabs,
        names: &names,
    };
    let mut added = Writer::new();
    // It is unpacked again at once.
    added.set_zip_compression_level(1);
    sheets::add(&mut added, &sources)?;
    let mut edits = edits(&changes, &marks);
    let written;
    let source = match converted {
        None => bytes,
        Some(_) => {
            let cells = checked.workbook.sheets.iter().map(rewrite::size);
            let allowed = options.limits.rewritten_cells;
            limits::check(cells.sum(), allowed as u64, "max-rewritten-cells")
                .map_err(PatchError::from)?;
            // Written anew without what an earlier run added, then patched as any other.
            let kept: Vec<bool> = checked
                .workbook
                .sheets
                .iter()
                .map(|sheet| !Added::is_ours(sheet))
                .collect();
            // What is changed there holds: it comes later.
            edits.splice(0..0, rewrite::ambiguous_texts(checked));
            for edit in &mut edits {
                edit.sheet = kept[..edit.sheet].iter().filter(|kept| **kept).count();
            }
            written = rewrite::workbook(checked, &names, &results)?;
            &written
        }
    };
    let patch = Patch {
        edits,
        sheets: Some(added.save_to_buffer()?),
        results: match converted {
            None => results,
            // Formulas were not carried over.
            Some(_) => HashMap::new(),
        },
        kept: match converted {
            None => kept(checked),
            Some(_) => Vec::new(),
        },
    };
    let patched = patch::patch(source, &patch, &options.limits)?;
    let renamed = own.iter().zip(&names).filter(|(from, to)| from != to);
    let renamed = renamed.map(|(from, to)| Warning::SheetRenamed {
        from: from.clone(),
        to: to.clone(),
    });
    let sheets = checked.workbook.sheets.iter();
    let left_out = sheets.filter(|sheet| converted.is_some() && Added::is_ours(sheet));
    let left_out = left_out.map(|sheet| Warning::SheetLeftOut(sheet.name.clone()));
    Ok(Marked {
        bytes: patched.bytes,
        marks: marks.len(),
        changes,
        list,
        converted,
        warnings: renamed
            .chain(left_out)
            .chain(alike)
            .chain(patched.warnings)
            .collect(),
    })
}

fn edits(changes: &[Change], marks: &BTreeMap<CellRef, Mark>) -> Vec<Edit> {
    let mut edits: BTreeMap<CellRef, Edit> = BTreeMap::new();
    let blank = |cell: CellRef| Edit {
        sheet: cell.sheet,
        at: cell.at,
        ..Edit::default()
    };
    for change in changes {
        let edit = edits
            .entry(change.cell)
            .or_insert_with(|| blank(change.cell));
        match &change.written {
            Written::Text(text) => edit.value = Some(NewValue::Text(text.clone())),
            Written::Number {
                value,
                percent,
                formula,
            } => {
                edit.value = Some(NewValue::Number {
                    value: *value,
                    formula: formula.clone(),
                });
                edit.number_format = percent.then(|| PERCENT.to_owned());
            }
        }
    }
    for (cell, mark) in marks {
        let edit = edits.entry(*cell).or_insert_with(|| blank(*cell));
        edit.fill = Some(mark.colour.rgb());
        edit.note = Some(mark.note.clone());
    }
    edits.into_values().collect()
}

/// The filer's sheets, whatever hidden names they bear: one of ours that was given another title,
/// or a table, is theirs.
fn kept(checked: &Checked<'_>) -> Vec<usize> {
    let sheets = checked.workbook.sheets.iter().enumerate();
    let ours = |sheet| Added::is_ours(sheet) && Added::of(sheet) != Some(Added::SelfCheck);
    let own = sheets.filter(|(_, sheet)| !ours(sheet));
    own.map(|(index, _)| index).collect()
}

/// The filer's sheets, by their names in the copy, that could be taken for those of this run, whose
/// tabs are given.
fn alike(checked: &Checked<'_>, names: &[String], tabs: &[String; 2]) -> Vec<Warning> {
    let of = |(added, ours): (Added, &String)| {
        let sheets = checked.workbook.sheets.iter().zip(names);
        let like = sheets.filter(move |(sheet, _)| added.is_like(sheet) && !Added::is_ours(sheet));
        let ours = ours.clone();
        like.map(move |(_, name)| Warning::Alike {
            sheet: name.clone(),
            ours: ours.clone(),
        })
    };
    Added::ALL.into_iter().zip(tabs).flat_map(of).collect()
}
