//! Sheets and names put into the workbook part, and those of an earlier run taken out.

use std::collections::HashSet;

use super::book::{Book, Name, OURS, position, section};
use super::error::PatchError;
use super::links::{add_link, links, remove_links, remove_part};
use super::outline::{Node, Outline, Tag};
use super::package::Package;
use super::splice::{Splices, attribute, formula};
use crate::read::xlsx::rels_of;

/// What stands before the names.
const BEFORE_NAMES: &[&str] = &[
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
];

/// A sheet to be added; its part is there.
#[derive(Debug)]
pub(super) struct NewSheet {
    pub(super) name: String,
    pub(super) part: String,
}

/// Appends sheets, last: names and external references count sheets by position.
pub(super) fn add_sheets(
    package: &mut Package<'_>,
    book: &Book,
    new: &[NewSheet],
) -> Result<(), PatchError> {
    let kind = book.kind("worksheet");
    let mut relations = Vec::new();
    for sheet in new {
        relations.push(add_link(package, &book.part, &kind, &sheet.part)?);
    }
    let used = book.sheets.iter().filter_map(|sheet| sheet.id.parse().ok());
    let used: HashSet<usize> = used.collect();
    // Behind the others where there is room: Excel takes numbers up to 65,534.
    let highest = used.iter().max().copied().unwrap_or(0);
    let first = if highest < 60_000 { highest + 1 } else { 1 };
    let mut free = (first..).filter(|id| !used.contains(id));
    package.edit(&book.part, 2, |outline| {
        let missing = || PatchError::layout(&book.part, "sheets");
        let list = outline.find("sheets").ok_or_else(missing)?;
        let mut sheets = String::new();
        for (sheet, relation) in new.iter().zip(&relations) {
            sheets += &format!(
                "<{}sheet name=\"{}\" sheetId=\"{}\" {}/>",
                outline.prefix,
                attribute(&sheet.name),
                free.next().unwrap_or_default(),
                book.reference(outline, relation),
            );
        }
        let mut splices = Splices::default();
        let (range, with) = outline.append(list, &sheets);
        splices.replace(range, with);
        Ok((Some(splices.apply(outline.text, &book.part)?), ()))
    })
}

/// Appends names.
pub(super) fn add_names(
    package: &mut Package<'_>,
    book: &Book,
    new: &[Name],
) -> Result<(), PatchError> {
    if new.is_empty() {
        return Ok(());
    }
    package.edit(&book.part, 1, |outline| {
        let p = outline.prefix;
        let mut names = String::new();
        for name in new {
            let local = name
                .local
                .map_or_else(String::new, |index| format!(" localSheetId=\"{index}\""));
            names += &format!(
                "<{p}definedName name=\"{}\"{local}{}>{}</{p}definedName>",
                attribute(&name.name),
                if name.hidden { " hidden=\"1\"" } else { "" },
                formula(&name.text)
            );
        }
        let mut splices = Splices::default();
        match outline.find("definedNames") {
            Some(node) => {
                let (range, with) = outline.append(node, &names);
                splices.replace(range, with);
            }
            None => splices.insert(
                outline.slot(BEFORE_NAMES),
                format!("<{p}definedNames>{names}</{p}definedNames>"),
            ),
        }
        Ok((Some(splices.apply(outline.text, &book.part)?), ()))
    })
}

/// Takes out the sheets and names that an earlier run added, with all that belongs to them alone.
pub(super) fn remove_ours(package: &mut Package<'_>, book: &mut Book) -> Result<(), PatchError> {
    // A workbook without a sheet is none.
    if book.sheets.iter().all(|sheet| sheet.ours) {
        book.sheets.iter_mut().for_each(|sheet| sheet.ours = false);
    }
    let gone: Vec<bool> = book.sheets.iter().map(|sheet| sheet.ours).collect();
    let is_gone = |name: &str, local: Option<usize>| match local {
        Some(index) => gone.get(index) == Some(&true),
        None => is_ours(name),
    };
    if !gone.contains(&true)
        && !book
            .names
            .iter()
            .any(|name| is_gone(&name.name, name.local))
    {
        return Ok(());
    }
    package.edit(&book.part, 2, |outline| {
        let mut splices = Splices::default();
        for (node, gone) in section(outline, "sheets", "sheet").zip(&gone) {
            if *gone {
                splices.remove(node.span());
            }
        }
        let mut kept = 0;
        for node in section(outline, "definedNames", "definedName") {
            let tag = outline.tag(node);
            let local = position(tag, "localSheetId");
            if is_gone(&tag.value("name"), local) {
                splices.remove(node.span());
                continue;
            }
            kept += 1;
            renumber(&mut splices, outline, node, &["localSheetId"], &gone);
        }
        if let Some(node) = outline.find("definedNames").filter(|_| kept == 0) {
            // The list must have an element, so it goes with its last.
            splices = splices.outside(&node.span());
            splices.remove(node.span());
        }
        for node in section(outline, "bookViews", "workbookView") {
            renumber(
                &mut splices,
                outline,
                node,
                &["activeTab", "firstSheet"],
                &gone,
            );
        }
        Ok((Some(splices.apply(outline.text, &book.part)?), ()))
    })?;
    for sheet in book.sheets.iter().filter(|sheet| sheet.ours) {
        let Some(part) = &sheet.part else { continue };
        let own = links(package, part)?;
        remove_links(package, &book.part, |link| link.id == sheet.relation)?;
        remove_part(package, part)?;
        package.remove(&rels_of(part));
        for link in own.iter().filter(|link| {
            let kind = link.kind.as_str();
            !link.external && matches!(kind, "printerSettings" | "comments" | "vmlDrawing")
        }) {
            remove_part(package, &link.target)?;
        }
    }
    *book = Book::load(package, &book.part)?;
    Ok(())
}

/// Whether a name of the workbook is one of ours.
fn is_ours(name: &str) -> bool {
    name.strip_prefix(OURS)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// Rewrites positions of sheets for those that go.
fn renumber(
    splices: &mut Splices,
    outline: &Outline<'_>,
    node: &Node,
    positions: &[&str],
    gone: &[bool],
) {
    let left = gone.iter().filter(|gone| !**gone).count();
    let mut tag = outline.tag(node).0.to_owned();
    for name in positions {
        let Some(index) = position(Tag(&tag), name) else {
            continue;
        };
        let before = gone.iter().take(index).filter(|gone| **gone).count();
        if before > 0 || index >= left {
            let new = (index - before).min(left.saturating_sub(1));
            tag = Tag(&tag).with(name, &new.to_string());
        }
    }
    if tag != outline.tag(node).0 {
        splices.replace(node.open.clone(), tag);
    }
}
