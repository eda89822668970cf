//! The workbook part: its sheets, names and calculation settings (ECMA-376 Part 1, 18.2).

use super::error::PatchError;
use super::links::{Link, links, remove_links, remove_part};
use super::outline::{Node, Outline, Tag};
use super::package::Package;
use super::splice::{Splices, escape_at};
pub(super) use crate::naming::OURS;
use crate::read::container::normal;
use crate::xml::unescape;

/// What stands before the calculation settings.
const BEFORE_CALC: &[&str] = &[
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
];

/// A sheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(super) struct SheetRef {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) relation: String,
    /// Its part, if it is a sheet of cells.
    pub(super) part: Option<String>,
    /// Added by an earlier run.
    pub(super) ours: bool,
}

/// A defined name.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) name: String,
    /// The position of the sheet that it is local to.
    pub(super) local: Option<usize>,
    pub(super) hidden: bool,
    /// What it stands for.
    pub(super) text: String,
}

/// The workbook part as found.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) part: String,
    pub(super) sheets: Vec<SheetRef>,
    pub(super) links: Vec<Link>,
    /// Strict namespaces are in use.
    pub(super) strict: bool,
    pub(super) structure_locked: bool,
    pub(super) names: Vec<Name>,
}

impl Book {
    /// Reads the workbook part; `main` is its name by the content types.
    pub(super) fn load(package: &mut Package<'_>, main: &str) -> Result<Self, PatchError> {
        let part = links(package, "")?
            .into_iter()
            .find(|link| link.kind == "officeDocument" && !link.external)
            .map_or_else(|| normal(main), |link| link.target);
        let text = package.need(&part)?;
        let links = links(package, &part)?;
        let outline = Outline::new(&text, &part, 2, package.limits())?;
        if !outline.is(outline.root(), "workbook") {
            return Err(PatchError::Format);
        }
        let mut sheets = Vec::new();
        for node in section(&outline, "sheets", "sheet") {
            let tag = outline.tag(node);
            let mut ids = tag.all_prefixed("id");
            let relation = ids.next().unwrap_or_default();
            if ids.next().is_some() {
                return Err(PatchError::layout(&part, "sheet"));
            }
            let relation = unescape(relation).map_err(|fault| PatchError::damaged(&part, fault))?;
            let target = links
                .iter()
                .find(|link| link.id == relation && link.kind == "worksheet")
                .map(|link| link.target.clone());
            let name = tag.value("name");
            // Programs show another name, which formulas may go by, or not.
            if escape_at(&name).is_some() {
                return Err(PatchError::layout(&part, "sheet"));
            }
            sheets.push(SheetRef {
                name,
                id: tag.value("sheetId"),
                relation: relation.into_owned(),
                part: target,
                ours: false,
            });
        }
        package.budget.sheets(sheets.len())?;
        let mut names = Vec::new();
        for node in section(&outline, "definedNames", "definedName") {
            let tag = outline.tag(node);
            let name = tag.value("name");
            let local = position(tag, "localSheetId");
            if let Some(sheet) = local.and_then(|index| sheets.get_mut(index)) {
                sheet.ours |= name == OURS;
            }
            let text = unescape(&text[node.inner()]).unwrap_or_default();
            names.push(Name {
                name,
                local,
                hidden: matches!(tag.get("hidden"), Some("1" | "true" | "on")),
                text: text.into_owned(),
            });
        }
        let root = outline.tag(outline.root()).attributes();
        let strict = root.iter().any(|(name, raw)| {
            name.starts_with("xmlns") && raw.starts_with("http://purl.oclc.org/ooxml/spreadsheetml")
        });
        let structure_locked = outline.find("workbookProtection").is_some_and(|node| {
            matches!(
                outline.tag(node).get("lockStructure"),
                Some("1" | "true" | "on")
            )
        });
        Ok(Self {
            part,
            sheets,
            links,
            strict,
            structure_locked,
            names,
        })
    }

    /// The attribute that refers to a relationship, for an element below the root of a part, which may
    /// not say what the prefix stands for: some libraries say it at every element anew.
    pub(super) fn reference(&self, outline: &Outline<'_>, id: &str) -> String {
        let namespace = self.kind("");
        let namespace = namespace.trim_end_matches('/');
        let root = outline.tag(outline.root()).attributes();
        let known = root.into_iter().find(|attribute| attribute.1 == namespace);
        match known.and_then(|attribute| attribute.0.strip_prefix("xmlns:")) {
            Some(prefix) => format!("{prefix}:id=\"{id}\""),
            None => format!("xmlns:r=\"{namespace}\" r:id=\"{id}\""),
        }
    }

    /// The type of a relationship, in the workbook's own namespace.
    pub(super) fn kind(&self, last: &str) -> String {
        let base = if self.strict {
            "http://purl.oclc.org/ooxml/officeDocument/relationships"
        } else {
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        };
        format!("{base}/{last}")
    }

    /// The namespace of spreadsheet parts.
    pub(super) const fn main(&self) -> &'static str {
        if self.strict {
            "http://purl.oclc.org/ooxml/spreadsheetml/main"
        } else {
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        }
    }

    /// The part of a kind that the workbook refers to.
    pub(super) fn linked(&self, kind: &str) -> Option<String> {
        self.links
            .iter()
            .find(|link| link.kind == kind && !link.external)
            .map(|link| link.target.clone())
    }

    /// Has a program that calculates do so when it opens the workbook.
    pub(super) fn calculate_on_load(&self, package: &mut Package<'_>) -> Result<(), PatchError> {
        package.edit(&self.part, 1, |outline| {
            let mut splices = Splices::default();
            match outline.find("calcPr") {
                Some(node) => splices.replace(
                    node.open.clone(),
                    outline.tag(node).with("fullCalcOnLoad", "1"),
                ),
                None => splices.insert(
                    outline.slot(BEFORE_CALC),
                    format!("<{}calcPr fullCalcOnLoad=\"1\"/>", outline.prefix),
                ),
            }
            Ok((Some(splices.apply(outline.text, &self.part)?), ()))
        })
    }

    /// Takes out the calculation chain: it names cells that no longer have a formula, and Excel
    /// builds it anew.
    pub(super) fn drop_chain(&self, package: &mut Package<'_>) -> Result<(), PatchError> {
        let Some(chain) = self.linked("calcChain") else {
            return Ok(());
        };
        remove_links(package, &self.part, |link| link.kind == "calcChain")?;
        remove_part(package, &chain)
    }
}

/// The elements of a list that is a child of the root.
pub(super) fn section<'o>(
    outline: &'o Outline<'_>,
    list: &str,
    item: &'static str,
) -> impl Iterator<Item = &'o Node> {
    outline
        .find(list)
        .into_iter()
        .flat_map(|node| outline.children(node))
        .filter(move |node| outline.is(node, item))
}

/// An attribute that counts sheets.
pub(super) fn position(tag: Tag<'_>, name: &str) -> Option<usize> {
    tag.get(name).and_then(|raw| raw.parse().ok())
}
