//! Office Open XML workbooks (.xlsx, .xlsm; Transitional and Strict), read in one pass.
//!
//! Every cell is asked once for everything: value, format, formula. The parts are found as Excel
//! finds them, by relationships; a part that is referred to and missing is an error, as a sheet
//! quietly left out would be a wrong answer.

mod names;
mod sheet;
mod strings;
mod styles;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::container::{Package, decode, normal};
use super::error::{Damage, ReadError};
use super::limits::Budget;
use crate::naming::OURS;
use crate::workbook::{FileKind, Name, Sheet, Traits, Workbook};
use crate::xml::{Event, Fault, Reader, SPREADSHEET, unescape};

/// A failure inside a part, before the part's name is put to it.
#[derive(Debug)]
pub(super) enum Trouble {
    Damage(Damage),
    Read(ReadError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Damage(fault.into())
    }
}

impl From<Damage> for Trouble {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl Trouble {
    fn at(self, part: &str) -> ReadError {
        match self {
            Self::Damage(damage) => ReadError::corrupt(part, damage),
            Self::Read(error) => error,
        }
    }
}

/// Reads the workbook in `package`; `main` is its main part as the content types name it.
pub(super) fn read(
    package: &mut Package<'_>,
    main: &str,
    budget: &mut Budget<'_>,
) -> Result<Workbook, ReadError> {
    let mut buffer = Vec::new();
    let depth = budget.limits.xml_depth;
    let root = relationships(package, "_rels/.rels", "", budget, &mut buffer)?;
    let main = match find(&root, "officeDocument") {
        Some(relation) => relation.target.clone(),
        None => normal(main),
    };
    let links = relationships(package, &rels_of(&main), folder(&main), budget, &mut buffer)?;

    need(package, &main, budget, &mut buffer)?;
    let book = Book::parse(&decode(&buffer, &main)?, budget).map_err(|error| error.at(&main))?;
    let mut names = book.names;
    if let Some(relation) = find(&root, "custom-properties")
        && package.read(&relation.target, budget, &mut buffer)?
    {
        let text = decode(&buffer, &relation.target)?;
        let found = names::properties(&text, depth, names);
        names = found.map_err(|error| error.at(&relation.target))?;
    }

    let mut styles = styles::Styles::default();
    if let Some(relation) = find(&links, "styles") {
        need(package, &relation.target, budget, &mut buffer)?;
        styles = styles::Styles::parse(&decode(&buffer, &relation.target)?, depth)
            .map_err(|error| error.at(&relation.target))?;
    }
    let mut strings = Vec::new();
    if let Some(relation) = find(&links, "sharedStrings") {
        // A table that is missing shows up at the cells that refer to it.
        if package.read(&relation.target, budget, &mut buffer)? {
            strings = strings::parse(&decode(&buffer, &relation.target)?, budget)
                .map_err(|error| error.at(&relation.target))?;
        }
    }

    let by_id = by_id(&links);
    let mut sheets = Vec::new();
    let mut parts = HashSet::new();
    for entry in book.sheets {
        let mut sheet = Sheet {
            name: entry.name,
            visible: entry.visible,
            named: Some(entry.named),
            ..Sheet::default()
        };
        // A sheet of macros in the old language has a tab, but no part in this format.
        if entry.relation.is_empty() {
            sheets.push(sheet);
            continue;
        }
        let Some(relation) = by_id.get(entry.relation.as_str()) else {
            return Err(ReadError::corrupt(
                format!("{main}: {}", sheet.name),
                Damage::Missing,
            ));
        };
        if relation.is_worksheet(&sheet.name)? {
            // Under two tabs, a change of one would change the other.
            if !parts.insert(relation.target.as_str()) {
                return Err(ReadError::corrupt(&relation.target, Damage::Duplicate));
            }
            need(package, &relation.target, budget, &mut buffer)?;
            let text = decode(&buffer, &relation.target)?;
            sheet::Context {
                strings: &strings,
                styles: &mut styles,
                date_1904: book.date_1904,
                budget,
            }
            .read(&text, &mut sheet)
            .map_err(|error| error.at(&relation.target))?;
        } else if package.read(&relation.target, budget, &mut buffer)? {
            let text = decode(&buffer, &relation.target)?;
            has_no_cells(&text, &relation.kind)
                .map_err(|damage| ReadError::corrupt(&relation.target, damage))?;
        }
        sheets.push(sheet);
    }
    Ok(Workbook {
        sheets,
        formats: styles.formats.into_list(),
        date_1904: book.date_1904,
        traits: Traits {
            kind: FileKind::Xlsx,
            macros: links.iter().any(Relation::is_of_macros),
            signed: package.has_prefix("_xmlsignatures/"),
            external_links: links.iter().any(|link| link.is("externalLink")),
            as_shown: book.as_shown,
        },
        names,
    })
}

/// Sees that a part under a tab is what its relationship says: of one that is a sheet with cells all
/// the same, programs show them. Of macro sheets it is told that there are some.
fn has_no_cells(text: &str, kind: &str) -> Result<(), Damage> {
    let root = match kind {
        "chartsheet" | "dialogsheet" => kind,
        _ => "macrosheet",
    };
    let mut xml = Reader::new(text, 1, &[]);
    loop {
        match xml.next()? {
            Event::Start(name) if bare(name) == root => break,
            Event::Start(_) | Event::Eof => return Err(Damage::Ambiguous),
            _ => {}
        }
    }
    match root == "dialogsheet" && text.contains("sheetData") {
        true => Err(Damage::Ambiguous),
        false => Ok(()),
    }
}

/// Reads a part that must be there.
fn need(
    package: &mut Package<'_>,
    part: &str,
    budget: &mut Budget<'_>,
    buffer: &mut Vec<u8>,
) -> Result<(), ReadError> {
    if package.read(part, budget, buffer)? {
        Ok(())
    } else {
        Err(ReadError::corrupt(part, Damage::Missing))
    }
}

/// The namespace of the parts that hold relationships.
pub(crate) const RELATIONSHIPS: &[&str] =
    &["http://schemas.openxmlformats.org/package/2006/relationships"];

/// The namespaces of attributes that name a relationship: Transitional and Strict.
pub(crate) const REFERENCES: &[&str] = &[
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];

/// How types of relationships begin: Transitional and Strict.
const KINDS: &[&str] = &[
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
];

/// How Microsoft's own begin, and those of them that count here.
const OWN_KINDS: &str = "http://schemas.microsoft.com/office/";
const OWN: [&str; 3] = ["vbaProject", "xlMacrosheet", "xlIntlMacrosheet"];

/// One relationship, its target resolved to a part name.
pub(super) struct Relation {
    id: String,
    /// The last step of its type; the beginning differs between Transitional and Strict.
    kind: String,
    /// It leads out of the file.
    external: bool,
    pub(super) target: String,
}

impl Relation {
    /// Whether its type ends so.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    /// Whether the tab of this name, which leads there, has cells: chart, dialog and macro sheets have
    /// none that anyone fills in.
    pub(super) fn is_worksheet(&self, tab: &str) -> Result<bool, ReadError> {
        match &*self.kind {
            "worksheet" if self.external => Err(ReadError::corrupt(&self.target, Damage::Missing)),
            "worksheet" => Ok(true),
            "chartsheet" | "dialogsheet" => Ok(false),
            _ if self.is_of_macros() => Ok(false),
            _ => Err(ReadError::corrupt(tab, Damage::Ambiguous)),
        }
    }

    /// A project of macros, or a sheet of them in the old language.
    pub(super) fn is_of_macros(&self) -> bool {
        matches!(
            &*self.kind,
            "vbaProject" | "xlMacrosheet" | "xlIntlMacrosheet"
        )
    }
}

pub(super) fn find<'a>(links: &'a [Relation], kind: &str) -> Option<&'a Relation> {
    links.iter().find(|link| link.is(kind) && !link.external)
}

/// The relationships by their ids.
pub(super) fn by_id(links: &[Relation]) -> HashMap<&str, &Relation> {
    links.iter().map(|link| (link.id.as_str(), link)).collect()
}

/// The relationships part of `part`.
pub(crate) fn rels_of(part: &str) -> String {
    let folder = folder(part);
    let name = part
        .get(folder.len()..)
        .unwrap_or(part)
        .trim_start_matches('/');
    if folder.is_empty() {
        format!("_rels/{name}.rels")
    } else {
        format!("{folder}/_rels/{name}.rels")
    }
}

pub(crate) fn folder(part: &str) -> &str {
    part.rsplit_once('/').map_or("", |split| split.0)
}

pub(super) fn relationships(
    package: &mut Package<'_>,
    part: &str,
    base: &str,
    budget: &mut Budget<'_>,
    buffer: &mut Vec<u8>,
) -> Result<Vec<Relation>, ReadError> {
    let mut found = Vec::new();
    if !package.read(part, budget, buffer)? {
        return Ok(found);
    }
    let text = decode(buffer, part)?;
    let mut xml = Reader::new(&text, budget.limits.xml_depth, RELATIONSHIPS);
    let fault = |fault: Fault| ReadError::corrupt(part, fault);
    loop {
        match xml.next().map_err(fault)? {
            Event::Start(name) if xml.depth() == 2 && xml.local(name) == Some("Relationship") => {
                budget.relationships(found.len() + 1)?;
                let get = |key: &str| unescape(xml.attribute(key).unwrap_or_default());
                let target = get("Target").map_err(fault)?;
                let external = xml.token("TargetMode").map_err(fault)? == Some("External");
                found.push(Relation {
                    id: get("Id").map_err(fault)?.into_owned(),
                    kind: kind(&get("Type").map_err(fault)?).to_owned(),
                    external,
                    target: if external {
                        target.into_owned()
                    } else {
                        resolve(base, &target)
                    },
                });
            }
            Event::Eof => {
                alone(&found).map_err(|name| ReadError::corrupt(name, Damage::Ambiguous))?;
                return Ok(found);
            }
            _ => {}
        }
    }
}

/// Sees that no two relationships have one id, and that of what a package has once there is one: of
/// two, programs take the one or the other. Else names the second.
fn alone(links: &[Relation]) -> Result<(), String> {
    const ONCE: [&str; 3] = ["officeDocument", "sharedStrings", "styles"];
    let mut ids = HashSet::new();
    let mut places: HashMap<&str, &str> = HashMap::new();
    for link in links {
        let place = ONCE.iter().find(|kind| link.is(kind) && !link.external);
        let other = place.and_then(|kind| places.insert(kind, &link.target));
        if !ids.insert(&link.id) || other.is_some_and(|other| other != link.target) {
            return Err(link.target.clone());
        }
    }
    Ok(())
}

/// The last step of the type of a relationship; of one that nobody has defined nothing, lest it
/// pass for another.
pub(crate) fn kind(full: &str) -> &str {
    if let Some(kind) = KINDS.iter().find_map(|base| full.strip_prefix(base)) {
        return if kind.contains('/') { "" } else { kind };
    }
    let own = full.strip_prefix(OWN_KINDS).unwrap_or_default();
    let kind = own.rsplit('/').next().filter(|kind| OWN.contains(kind));
    kind.unwrap_or_default()
}

/// A target as a normalised part name: absolute, or relative to the folder of its source.
pub(crate) fn resolve(base: &str, target: &str) -> String {
    let target = target.replace('\\', "/").replace("%20", " ");
    let mut path = if target.starts_with('/') {
        String::new()
    } else {
        base.to_owned()
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => path.truncate(path.rfind('/').unwrap_or(0)),
            step => {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(step);
            }
        }
    }
    normal(&path)
}

/// A qualified name without its prefix.
pub(crate) fn bare(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// An xsd:boolean.
fn truth(raw: &str) -> bool {
    matches!(raw, "1" | "true" | "on")
}

/// Whether rows of this height (in points), or columns of this width (in characters), are not seen.
fn is_unseen(raw: &str) -> bool {
    let size = raw.parse::<Decimal>();
    size.is_ok_and(|size| size < Decimal::ONE)
}

/// What the workbook part says.
struct Book {
    sheets: Vec<SheetEntry>,
    date_1904: bool,
    as_shown: bool,
    names: Vec<Name>,
}

struct SheetEntry {
    name: String,
    visible: bool,
    /// Bears the name of our sheets.
    named: bool,
    relation: String,
}

impl Book {
    fn parse(text: &str, budget: &mut Budget<'_>) -> Result<Self, Trouble> {
        let mut xml = Reader::new(text, budget.limits.xml_depth, SPREADSHEET);
        let mut book = Self {
            sheets: Vec::new(),
            date_1904: false,
            as_shown: false,
            names: Vec::new(),
        };
        let (mut listed, mut ours) = (false, Vec::new());
        loop {
            match xml.next()? {
                Event::Start(name) => match xml.local(name) {
                    Some("workbook") if xml.depth() == 1 => {}
                    _ if xml.depth() == 1 => return Err(Damage::Kind.into()),
                    Some("definedNames") => {}
                    Some("sheets") if listed => return Err(Damage::TwoLists.into()),
                    Some("sheets") => {
                        listed = true;
                        book.list(&mut xml, budget)?;
                    }
                    Some("definedName") => {
                        let name = xml.attribute("name").unwrap_or_default();
                        let local = xml.attribute("localSheetId");
                        if let Some(local) = local {
                            if unescape(name)? == OURS {
                                ours.extend(local.parse::<usize>());
                            }
                            xml.skip()?;
                        } else if names::is_ours(name) {
                            let name = unescape(name)?.into_owned();
                            let refers = xml.text()?.into_owned();
                            names::keep(&mut book.names, name, refers);
                        } else {
                            xml.skip()?;
                        }
                    }
                    Some("workbookPr") => {
                        book.date_1904 = xml.token("date1904")?.is_some_and(truth);
                    }
                    Some("calcPr") => {
                        let full = xml.token("fullPrecision")?;
                        book.as_shown = full.is_some_and(|full| !truth(full));
                    }
                    _ => xml.skip()?,
                },
                Event::Eof => break,
                _ => {}
            }
        }
        for sheet in ours {
            if let Some(sheet) = book.sheets.get_mut(sheet) {
                sheet.named = true;
            }
        }
        Ok(book)
    }

    /// The list of sheets that the reader has come to.
    fn list(&mut self, xml: &mut Reader<'_>, budget: &mut Budget<'_>) -> Result<(), Trouble> {
        let depth = xml.depth();
        while xml.depth() >= depth {
            let Event::Start(name) = xml.next()? else {
                continue;
            };
            if xml.local(name) != Some("sheet") {
                skip(xml, name)?;
                continue;
            }
            // As programs show it: escapes count in names as they do in cells.
            let name = unescape(xml.attribute("name").unwrap_or_default())?;
            let name = strings::unescape_units(name).into_owned();
            budget.sheet(&name)?;
            let relation = xml.attribute_in(REFERENCES, "id");
            let mut names = xml.attributes().iter().map(|attribute| attribute.name);
            if relation.is_none() && names.any(|name| bare(name) == "id") {
                // Some go by the name alone.
                return Err(Damage::Ambiguous.into());
            }
            let relation = relation.unwrap_or_default();
            self.sheets.push(SheetEntry {
                name,
                visible: !matches!(xml.token("state")?, Some("hidden" | "veryHidden")),
                named: false,
                relation: unescape(relation)?.into_owned(),
            });
            xml.skip()?;
        }
        Ok(())
    }
}

/// Passes over an element that is not read, but over none that leaves it to each program what to
/// take.
fn skip(xml: &mut Reader<'_>, name: &str) -> Result<(), Trouble> {
    match bare(name) {
        "AlternateContent" => Err(Damage::Ambiguous.into()),
        _ => Ok(xml.skip()?),
    }
}

/// A text as the workbook keeps it.
fn keep(text: &str, budget: &mut Budget<'_>) -> Result<Arc<str>, ReadError> {
    budget.text(text)?;
    Ok(Arc::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_absolute_or_relative_and_case_does_not_count() {
        for (target, want) in [
            ("worksheets/Sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("./worksheets\\sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("../xl/a.xml", "xl/a.xml"),
            ("../../../a.xml", "a.xml"),
        ] {
            assert_eq!(resolve("xl", target), want);
        }
        assert_eq!(rels_of("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
        assert_eq!(rels_of("workbook.xml"), "_rels/workbook.xml.rels");
    }
}
