//! Writing back: a workbook changed in place.
//!
//! Only the parts that must change are rewritten, by byte range; every other entry of the
//! package is copied as it is.
//!
//! ```text
//! bytes ─package→ book ─marks, notes, tabs→ without what an earlier run marked
//!                  └─sheet→ plan ─cells, styles→ values and colours ─notes→ notes
//!                            └─depend→ stale results    └─graft, tabs→ new sheets, names
//! ```
//!
//! What is ours is known again after a save in Excel, WPS or LibreOffice: colours by hidden
//! names, notes by their first characters, sheets by a name local to them.

mod book;
mod cells;
mod depend;
mod error;
mod graft;
mod grow;
mod links;
mod marks;
mod notes;
mod outline;
mod package;
mod paint;
mod plan;
mod sheet;
mod splice;
mod styles;
mod tabs;

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;

pub use error::{PatchError, Warning};
pub(crate) use splice::{escape_at, is_ambiguous};

use crate::read::Limits;
use crate::read::sniff::{self, Container, Content as Kind};
use crate::workbook::Addr;
use book::Book;
use cells::Content;
use links::Names;
use marks::Marks;
use package::Package;
use plan::Plan;
use sheet::Sheet;
use styles::Styles;

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// What is to be written into a workbook.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// Changes of cells.
    pub edits: Vec<Edit>,
    /// A workbook as rust_xlsxwriter makes it; its sheets are added at the end, as ours.
    pub sheets: Option<Vec<u8>>,
    /// What formulas give after the edits, by sheet and cell as in [`Edit`]. One that depends on
    /// an edited value and is not known from here loses its stored result.
    pub results: HashMap<(usize, Addr), Decimal>,
    /// Positions of sheets that bear the name of ours and are the filer's by now: they stay.
    pub kept: Vec<usize>,
}

/// What is to be done to one cell. In a merged area it is done to the first cell.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The sheet's position among all of the file as given, those of an earlier run included.
    pub sheet: usize,
    /// The cell.
    pub at: Addr,
    /// What it shall hold; what it holds stays otherwise.
    pub value: Option<NewValue>,
    /// The code of the number format that it shall have.
    pub number_format: Option<String>,
    /// A colour over the cell's own format.
    pub fill: Option<Rgb>,
    /// A note, behind one that is there.
    pub note: Option<String>,
}

/// What a cell shall hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// A number, with the formula that gives it (without `=`). A formula that was there goes.
    Number {
        /// The number.
        value: Decimal,
        /// The formula.
        formula: Option<String>,
    },
    /// A text, never taken for a formula.
    Text(String),
    /// The result of the formula that is there, which stays; a number where there is none.
    Cached(Decimal),
}

/// A patched workbook.
#[derive(Debug, Clone)]
pub struct Patched {
    /// The file.
    pub bytes: Vec<u8>,
    /// What its owner should know.
    pub warnings: Vec<Warning>,
}

/// Writes `patch` into a workbook. What an earlier run marked or added is taken out first; values
/// that it filled in stay.
pub fn patch(bytes: &[u8], patch: &Patch, limits: &Limits) -> Result<Patched, PatchError> {
    let (mut package, main) = open(bytes, limits)?;
    let mut book = Book::load(&mut package, &main)?;
    for sheet in &patch.kept {
        if let Some(sheet) = book.sheets.get_mut(*sheet) {
            sheet.ours = false;
        }
    }
    let given: Vec<Option<String>> = book
        .sheets
        .iter()
        .map(|sheet| sheet.part.clone().filter(|_| !sheet.ours))
        .collect();
    unmark(&mut package, &mut book)?;

    let mut warnings = Vec::new();
    let mut sheets: BTreeMap<usize, (Sheet, Plan)> = BTreeMap::new();
    for edit in &patch.edits {
        let part = given.get(edit.sheet).and_then(Option::as_ref);
        let index = part.and_then(|part| {
            let part = Some(part);
            book.sheets
                .iter()
                .position(|sheet| sheet.part.as_ref() == part)
        });
        let (Some(part), Some(index)) = (part, index) else {
            return Err(PatchError::Sheet(edit.sheet));
        };
        if sheets.contains_key(&index) {
            continue;
        }
        let text = package.need(part)?;
        let sheet = Sheet::scan(&text, part, &[], limits)?;
        let name = &book.sheets[index].name;
        let edits = patch.edits.iter().filter(|other| other.sheet == edit.sheet);
        let plan = Plan::of(&sheet, name, edits, limits)?;
        if sheet.protected {
            warnings.push(Warning::SheetProtected(name.clone()));
        }
        sheets.insert(index, (sheet, plan));
    }

    let unchained = sheets.values().any(|(_, plan)| plan.unchained);
    let results = positions(&given, &book, &patch.results);
    let stale = forget_stale(&mut package, &book, &mut sheets, results)?;
    let mut parts = Names::default();
    if patch.sheets.is_some() || sheets.values().any(|sheet| !sheet.1.notes.is_empty()) {
        parts = Names::of(&mut package)?;
    }
    let mut marks = Marks::default();
    let mut names = Vec::new();
    let styled = |sheet: &(Sheet, Plan)| !sheet.1.fills.is_empty() || !sheet.1.formats.is_empty();
    if patch.sheets.is_some() || sheets.values().any(styled) {
        let mut styles = Styles::load(&mut package, &book)?;
        for part in book.sheets.iter().filter_map(|sheet| sheet.part.as_ref()) {
            styles.reserve(cells::highest_style(&package.need(part)?));
        }
        colour(&mut sheets, &mut styles, &mut marks, limits)?;
        if let Some(new) = &patch.sheets {
            names = graft::add(&mut package, &book, &mut styles, &mut parts, new)?;
            if book.structure_locked {
                warnings.push(Warning::StructureLocked);
            }
        }
        styles.store(&mut package)?;
    }
    if sheets.values().any(|(_, plan)| !plan.notes.is_empty()) {
        notes::are_apart(&mut package, &book)?;
    }
    for (&index, (sheet, plan)) in &sheets {
        if !plan.changes.is_empty() {
            let text = cells::change(sheet, &plan.changes, limits)?;
            package.put(&sheet.part, text)?;
        }
        if !plan.notes.is_empty() {
            let left_out = notes::add(
                &mut package,
                &book,
                sheet,
                &mut parts,
                &plan.notes,
                index + 1,
            )?;
            let name = &book.sheets[index].name;
            warnings.extend(left_out.into_iter().map(|at| Warning::NoteLeftOut {
                sheet: name.clone(),
                at,
            }));
        }
    }

    let titles: Vec<String> = book.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    names.extend(marks.names(&titles));
    tabs::add_names(&mut package, &book, &names)?;
    if stale.uncertain {
        book.calculate_on_load(&mut package)?;
    }
    if stale.emptied > 0 {
        warnings.push(Warning::Recalculated(stale.emptied));
    }
    if unchained {
        book.drop_chain(&mut package)?;
    }
    close(bytes, package, warnings)
}

/// The workbook without what an earlier run marked or added; the same bytes if there is nothing.
/// Values stay.
pub fn unmarked(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, PatchError> {
    let (mut package, main) = open(bytes, limits)?;
    let mut book = Book::load(&mut package, &main)?;
    unmark(&mut package, &mut book)?;
    Ok(close(bytes, package, Vec::new())?.bytes)
}

/// The positions of the sheets that an earlier run added.
pub fn our_sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<usize>, PatchError> {
    let (mut package, main) = open(bytes, limits)?;
    let book = Book::load(&mut package, &main)?;
    let sheets = book.sheets.iter().enumerate();
    Ok(sheets
        .filter(|sheet| sheet.1.ours)
        .map(|sheet| sheet.0)
        .collect())
}

/// The package and its main part, if it is a workbook that can be patched.
fn open<'a>(bytes: &'a [u8], limits: &'a Limits) -> Result<(Package<'a>, String), PatchError> {
    crate::read::limits::check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
    if sniff::container(bytes)? != Container::Zip {
        return Err(PatchError::Format);
    }
    let mut package = Package::open(bytes, limits)?;
    let (source, budget) = package.source();
    match sniff::content(source, budget)? {
        Kind::Xlsx(main) => Ok((package, main)),
        _ => Err(PatchError::Format),
    }
}

/// Takes out what an earlier run left.
fn unmark(package: &mut Package<'_>, book: &mut Book) -> Result<(), PatchError> {
    // Colours first: the names that tell where they are go with the sheets.
    if let Some(part) = book.linked("styles").filter(|part| package.has(part)) {
        let mut styles = Styles::parse(package, part)?;
        marks::remove(package, book, &mut styles)?;
        styles.store(package)?;
    }
    tabs::remove_ours(package, book)?;
    for sheet in &book.sheets {
        if let Some(part) = &sheet.part {
            notes::remove(package, part)?;
        }
    }
    Ok(())
}

/// Gives the cells to be coloured their styles.
fn colour(
    sheets: &mut BTreeMap<usize, (Sheet, Plan)>,
    styles: &mut Styles,
    marks: &mut Marks,
    limits: &Limits,
) -> Result<(), PatchError> {
    for (&index, (sheet, plan)) in sheets {
        // A number format is for good, a colour lies over it.
        let found = cells::styles_at(sheet, plan.formats.keys().copied(), limits)?;
        for ((at, style), code) in found.into_iter().zip(plan.formats.values()) {
            let style = styles.with_number_format(style.index, code)?;
            plan.changes.entry(at).or_default().style = Some(Some(style));
        }
        let found = cells::styles_at(sheet, plan.fills.keys().copied(), limits)?;
        for ((at, style), rgb) in found.into_iter().zip(plan.fills.values()) {
            let planned = plan.changes.get(&at).and_then(|change| change.style);
            let style = match planned.flatten() {
                Some(planned) => cells::Style {
                    written: Some(planned),
                    index: planned,
                },
                None => style,
            };
            let style = marks.add(styles, index, at, style, *rgb)?;
            plan.changes.entry(at).or_default().style = Some(Some(style));
        }
    }
    Ok(())
}

/// What was found of formulas that depend on changed cells.
#[derive(Default)]
struct Stale {
    /// Results are to be calculated that are not known.
    uncertain: bool,
    /// So many stored results were left out.
    emptied: usize,
}

/// Leaves out the stored results that no longer hold. Their absence makes LibreOffice calculate
/// them, which does not heed the setting that makes Excel do so.
fn forget_stale(
    package: &mut Package<'_>,
    book: &Book,
    sheets: &mut BTreeMap<usize, (Sheet, Plan)>,
    mut results: HashMap<(usize, Addr), Decimal>,
) -> Result<Stale, PatchError> {
    let mut changed = Vec::new();
    for (&index, (_, plan)) in &*sheets {
        let values = plan
            .changes
            .iter()
            .filter(|(_, change)| change.content.is_some());
        changed.extend(values.map(|(at, _)| (index, *at)));
    }
    if changed.is_empty() {
        return Ok(Stale::default());
    }
    let limits = package.limits();
    for (index, entry) in book.sheets.iter().enumerate() {
        let Some(part) = entry.part.as_ref().filter(|_| !sheets.contains_key(&index)) else {
            continue;
        };
        let text = package.need(part)?;
        let sheet = Sheet::scan(&text, part, &[], limits)?;
        if !sheet.formulas.is_empty() {
            sheets.insert(index, (sheet, Plan::default()));
        }
    }
    // Of the results of an array formula the first one only is known.
    for (&index, (sheet, _)) in &*sheets {
        for formula in sheet.formulas.iter().filter(|formula| formula.is_spread()) {
            results.remove(&(index, formula.at));
        }
    }
    let mut found = Stale::default();
    let touched = depend::stale(sheets, book, &changed);
    let unknown = unknown(sheets, book, &touched, &results);
    for (index, at) in touched {
        let Some((sheet, plan)) = sheets.get_mut(&index) else {
            continue;
        };
        let given = plan
            .changes
            .get(&at)
            .is_some_and(|change| change.content.is_some());
        if given {
            continue;
        }
        let result = results.get(&(index, at));
        if let Some(result) = result.filter(|_| !unknown.contains(&(index, at))) {
            let result = result.normalize().to_string();
            plan.changes.entry(at).or_default().content = Some(Content::Cached(result));
            continue;
        }
        found.uncertain = true;
        if sheet
            .formula(at)
            .is_some_and(sheet::Formula::can_be_emptied)
        {
            plan.changes.entry(at).or_default().content = Some(Content::Uncached);
            found.emptied += 1;
        }
    }
    Ok(found)
}

/// Those of the formulas whose result is not known, or rests on one that is not.
fn unknown(
    sheets: &BTreeMap<usize, (Sheet, Plan)>,
    book: &Book,
    touched: &[(usize, Addr)],
    results: &HashMap<(usize, Addr), Decimal>,
) -> HashSet<(usize, Addr)> {
    let given = |(index, at): &(usize, Addr)| {
        let change = sheets.get(index).and_then(|(_, plan)| plan.changes.get(at));
        change.is_some_and(|change| change.content.is_some())
    };
    let missing: Vec<(usize, Addr)> = touched
        .iter()
        .filter(|cell| !given(cell) && !results.contains_key(cell))
        .copied()
        .collect();
    if missing.is_empty() {
        return HashSet::new();
    }
    let spoilt = depend::stale(sheets, book, &missing);
    missing.into_iter().chain(spoilt).collect()
}

/// Results by the position that sheets have now, those of an earlier run gone.
fn positions(
    given: &[Option<String>],
    book: &Book,
    results: &HashMap<(usize, Addr), Decimal>,
) -> HashMap<(usize, Addr), Decimal> {
    results
        .iter()
        .filter_map(|(&(sheet, at), result)| {
            let part = given.get(sheet)?.as_ref()?;
            let known = book.sheets.iter();
            let index = known
                .clone()
                .position(|sheet| sheet.part.as_ref() == Some(part))?;
            Some(((index, at), *result))
        })
        .collect()
}

/// The package as bytes, unless nothing has changed.
fn close(
    bytes: &[u8],
    package: Package<'_>,
    mut warnings: Vec<Warning>,
) -> Result<Patched, PatchError> {
    if !package.is_changed() {
        let bytes = bytes.to_vec();
        return Ok(Patched { bytes, warnings });
    }
    if package.has_prefix("_xmlsignatures/") {
        warnings.push(Warning::SignatureLost);
    }
    let bytes = package.finish()?;
    Ok(Patched { bytes, warnings })
}
