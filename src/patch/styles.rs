//! The style sheet: fills and cell formats found or appended, never renumbered
//! (ECMA-376 Part 1, 18.8).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::book::Book;
use super::error::PatchError;
use super::links::{add_link, add_type};
use super::outline::{Node, Outline, Tag};
use super::package::Package;
use super::splice::{Splices, attribute};

/// Excel takes at most 65,490 cell formats; some room stays for its owner.
const MOST_FORMATS: usize = 64_000;

/// An index that is further off is never reached by what is appended.
const MOST_MISSING: usize = 4_096;

/// Number formats that need not be written down (18.8.30), as far as they are asked for.
const BUILT_IN: [(u32, &str); 4] = [(1, "0"), (2, "0.00"), (9, "0%"), (10, "0.00%")];

const TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml";
const XF: &str = "xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"";

/// The lists of the style sheet, in the order that the schema wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    NumberFormats,
    Fonts,
    Fills,
    Borders,
    CellStyleFormats,
    CellFormats,
    /// Behind the named styles, which are left alone.
    Differential = 7,
}

/// Names of lists and of what is in them, by [`List`].
const NAMES: [(&str, &str); 8] = [
    ("numFmts", "numFmt"),
    ("fonts", "font"),
    ("fills", "fill"),
    ("borders", "border"),
    ("cellStyleXfs", "xf"),
    ("cellXfs", "xf"),
    ("cellStyles", "cellStyle"),
    ("dxfs", "dxf"),
];

/// One list: what is there and what is added.
#[derive(Debug, Default)]
struct Section {
    items: Vec<Range<usize>>,
    added: Vec<String>,
    index: Option<HashMap<String, usize>>,
}

/// The style sheet of the workbook.
#[derive(Debug)]
pub(super) struct Styles {
    pub(super) part: String,
    text: Arc<str>,
    pub(super) prefix: String,
    sections: [Section; 8],
}

impl Styles {
    /// The workbook's style sheet; one is made where there is none.
    pub(super) fn load(package: &mut Package<'_>, book: &Book) -> Result<Self, PatchError> {
        let part = match book.linked("styles") {
            Some(part) if package.has(&part) => part,
            _ => {
                // One that nothing refers to may lie about.
                let part = (1..)
                    .map(|number| match number {
                        1 => "xl/styles.xml".to_owned(),
                        _ => format!("xl/styles{number}.xml"),
                    })
                    .find(|part| !package.has(part))
                    .unwrap_or_default();
                let empty = format!("<styleSheet xmlns=\"{}\"></styleSheet>", book.main());
                package.put(&part, empty)?;
                add_link(package, &book.part, &book.kind("styles"), &part)?;
                add_type(package, &part, TYPE, false)?;
                part
            }
        };
        Self::parse(package, part)
    }

    /// Reads the lists of a style sheet.
    pub(super) fn parse(package: &mut Package<'_>, part: String) -> Result<Self, PatchError> {
        let text = package.need(&part)?;
        let outline = Outline::new(&text, &part, 2, package.limits())?;
        let mut sections: [Section; 8] = Default::default();
        for (section, (name, item)) in sections.iter_mut().zip(NAMES) {
            let mut lists = outline.top().filter(|node| outline.is(node, name));
            let Some(list) = lists.next() else {
                continue;
            };
            // Programs do not agree on which of two holds.
            if lists.next().is_some() {
                return Err(PatchError::layout(&part, name));
            }
            // What else is there has no number.
            let items = outline.children(list).filter(|node| outline.is(node, item));
            section.items = items.map(Node::span).collect();
        }
        let prefix = outline.prefix.to_owned();
        Ok(Self {
            part,
            text: Arc::clone(&text),
            prefix,
            sections,
        })
    }

    /// How many there are of a list.
    pub(super) fn len(&self, list: List) -> usize {
        let section = &self.sections[list as usize];
        section.items.len() + section.added.len()
    }

    /// An element of a list.
    pub(super) fn item(&self, list: List, index: usize) -> Option<&str> {
        let section = &self.sections[list as usize];
        match section.items.get(index) {
            Some(range) => self.text.get(range.clone()),
            None => section
                .added
                .get(index - section.items.len())
                .map(String::as_str),
        }
    }

    /// The index of an element equal to `xml`, appended where there is none.
    pub(super) fn find_or_add(&mut self, list: List, xml: &str) -> Result<usize, PatchError> {
        self.pad(list);
        let text = &self.text;
        let section = &mut self.sections[list as usize];
        let index = section.index.get_or_insert_with(|| {
            let mut index = HashMap::new();
            for (at, range) in section.items.iter().enumerate() {
                let item = text.get(range.clone()).unwrap_or_default();
                index.entry(item.to_owned()).or_insert(at);
            }
            for (at, item) in section.added.iter().enumerate() {
                index
                    .entry(item.clone())
                    .or_insert(section.items.len() + at);
            }
            index
        });
        if let Some(&found) = index.get(xml) {
            return Ok(found);
        }
        let at = section.items.len() + section.added.len();
        if list == List::CellFormats && at >= MOST_FORMATS {
            return Err(PatchError::Styles);
        }
        index.insert(xml.to_owned(), at);
        section.added.push(xml.to_owned());
        Ok(at)
    }

    /// Plain formats up to an index that a cell has though there is none of it: one appended
    /// there would change the cell's looks.
    pub(super) fn reserve(&mut self, format: u32) {
        self.pad(List::CellFormats);
        let missing = (format as usize + 1).saturating_sub(self.len(List::CellFormats));
        if missing <= MOST_MISSING {
            let plain = format!("<{}{XF}/>", self.prefix);
            let section = &mut self.sections[List::CellFormats as usize];
            section.added.extend(std::iter::repeat_n(plain, missing));
        }
    }

    /// Some positions have a fixed meaning: fills 0 and 1, and the first of each other list.
    pub(super) fn pad(&mut self, list: List) {
        let p = &self.prefix;
        let wanted: Vec<String> = match list {
            List::Fonts => vec![format!(
                "<{p}font><{p}sz val=\"11\"/><{p}name val=\"宋体\"/></{p}font>"
            )],
            List::Fills => ["none", "gray125"]
                .iter()
                .map(|kind| format!("<{p}fill><{p}patternFill patternType=\"{kind}\"/></{p}fill>"))
                .collect(),
            List::Borders => vec![format!(
                "<{p}border><{p}left/><{p}right/><{p}top/><{p}bottom/><{p}diagonal/></{p}border>"
            )],
            List::CellFormats => vec![format!("<{p}{XF}/>")],
            List::CellStyleFormats => {
                vec![format!(
                    "<{p}xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
                )]
            }
            _ => return,
        };
        let have = self.len(list);
        let section = &mut self.sections[list as usize];
        section.added.extend(wanted.into_iter().skip(have));
    }

    /// The cell format, or the plain one where there is none of this index.
    pub(super) fn format(&self, index: u32) -> String {
        match self.item(List::CellFormats, index as usize) {
            Some(xml) => xml.to_owned(),
            None => format!("<{}{XF}/>", self.prefix),
        }
    }

    /// The cell format that differs from `format` in its number format only.
    pub(super) fn with_number_format(
        &mut self,
        format: u32,
        code: &str,
    ) -> Result<u32, PatchError> {
        let id = match BUILT_IN.iter().find(|known| known.1 == code) {
            Some((id, _)) => *id,
            None => self.number_format(code)?,
        };
        self.pad(List::Fonts);
        self.pad(List::Fills);
        self.pad(List::Borders);
        self.pad(List::CellStyleFormats);
        let xml = self.format(format);
        let open = start_tag(&xml);
        let tag = open.with("numFmtId", &id.to_string());
        let tag = Tag(&tag).with("applyNumberFormat", "1");
        let clone = format!("{tag}{}", &xml[open.0.len()..]);
        let index = self.find_or_add(List::CellFormats, &clone)?;
        u32::try_from(index).map_err(|_| PatchError::Styles)
    }

    /// The id of a number format of this code, appended where there is none.
    pub(super) fn number_format(&mut self, code: &str) -> Result<u32, PatchError> {
        let mut highest = 163;
        for index in 0..self.len(List::NumberFormats) {
            let Some(item) = self.item(List::NumberFormats, index) else {
                continue;
            };
            let tag = start_tag(item);
            let id = tag
                .get("numFmtId")
                .and_then(|raw| raw.parse::<u32>().ok())
                .unwrap_or(0);
            if tag.value("formatCode") == code {
                return Ok(id);
            }
            highest = highest.max(id);
        }
        let id = highest.saturating_add(1);
        let xml = format!(
            "<{}numFmt numFmtId=\"{id}\" formatCode=\"{}\"/>",
            self.prefix,
            attribute(code)
        );
        self.find_or_add(List::NumberFormats, &xml)?;
        Ok(id)
    }

    /// Writes what was added.
    pub(super) fn store(self, package: &mut Package<'_>) -> Result<(), PatchError> {
        if self.sections.iter().all(|section| section.added.is_empty()) {
            return Ok(());
        }
        let part = self.part.clone();
        package.edit(&part, 1, |outline| {
            let p = outline.prefix;
            let mut splices = Splices::default();
            let before: Vec<&str> = NAMES.iter().map(|list| list.0).collect();
            for (index, (section, name)) in self.sections.iter().zip(&before).enumerate() {
                if section.added.is_empty() {
                    continue;
                }
                let added = section.added.concat();
                let count = (section.items.len() + section.added.len()).to_string();
                match outline.find(name) {
                    Some(node) => {
                        let tag = outline.tag(node);
                        let counted = match tag.get("count") {
                            Some(_) => tag.with("count", &count),
                            None => tag.0.to_owned(),
                        };
                        if node.is_empty() {
                            let opened = Tag(&counted).opened();
                            splices.replace(
                                node.open.clone(),
                                format!("{opened}{added}</{}>", tag.name()),
                            );
                        } else {
                            splices.replace(node.open.clone(), counted);
                            splices.insert(node.inner_end, added);
                        }
                    }
                    None => splices.insert(
                        outline.slot(&before[..index]),
                        format!("<{p}{name} count=\"{count}\">{added}</{p}{name}>"),
                    ),
                }
            }
            Ok((Some(splices.apply(outline.text, &part)?), ()))
        })
    }
}

/// The elements under another prefix; those that have neither stay.
pub(super) fn prefixed(xml: &str, from: &str, to: &str) -> String {
    if from == to {
        return xml.to_owned();
    }
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let name = at + if rest[at..].starts_with("</") { 2 } else { 1 };
        out.push_str(&rest[..name]);
        rest = &rest[name..];
        let end = rest.find(['>', '/', ' ']).unwrap_or(rest.len());
        match rest.strip_prefix(from) {
            Some(local) if !from.is_empty() || !rest[..end].contains(':') => {
                out.push_str(to);
                rest = local;
            }
            _ => {}
        }
    }
    out + rest
}

/// The start tag of an element's text.
pub(super) fn start_tag(xml: &str) -> Tag<'_> {
    let mut quote = None;
    for (at, byte) in xml.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Tag(&xml[..=at]),
            _ => {}
        }
    }
    Tag(xml)
}
