//! Sheets of another workbook added at the end, its styles and texts carried over.
//!
//! What is added is made by this program, so it is plain: cells, formats, widths, filters,
//! links inside the workbook. Anything that has a part of its own (pictures, tables) is refused.

use std::collections::BTreeMap;

use super::book::{Book, Name, OURS};
use super::error::PatchError;
use super::links::{Names, add_type};
use super::outline::{Outline, Tag};
use super::package::Package;
use super::splice::{Splices, attribute};
use super::styles::{List, Styles, prefixed, start_tag};
use super::tabs::{NewSheet, add_sheets};
use crate::read::Limits;
use crate::read::xlsx::rels_of;
use crate::xml::{Event, Reader};

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// Excel's own limit.
const NAME_CHARS: usize = 31;
/// Ids below are built in.
const FIRST_OWN_FORMAT: u32 = 164;

/// Adds the sheets of `bytes`; gives the names that go with them.
pub(super) fn add(
    package: &mut Package<'_>,
    book: &Book,
    styles: &mut Styles,
    parts: &mut Names,
    bytes: &[u8],
) -> Result<Vec<Name>, PatchError> {
    let limits = *package.limits();
    let mut source = Package::open(bytes, &limits)?;
    let from = Book::load(&mut source, "xl/workbook.xml")?;
    let from_styles = Styles::load(&mut source, &from)?;
    let map = StyleMap::of(&from_styles, styles)?;
    let strings = strings(&mut source, &from)?;
    let titles = titles(book, &from);
    let (mut sheets, mut names) = (Vec::new(), Vec::new());
    for (index, sheet) in from.sheets.iter().enumerate() {
        let old = sheet.part.as_ref().ok_or(PatchError::NewSheets("sheet"))?;
        if source.has(&rels_of(old)) {
            return Err(PatchError::NewSheets("relationships"));
        }
        let text = source.need(old)?;
        let rewrite = Rewrite {
            map: &map,
            strings: &strings,
            titles: &titles,
            book,
        };
        let text = rewrite.sheet(&text, old, &limits)?;
        let part = parts.pick("xl/worksheets/sheet", "xml");
        package.put(&part, text)?;
        add_type(package, &part, SHEET, false)?;
        let local = Some(book.sheets.len() + index);
        names.push(Name {
            name: OURS.to_owned(),
            local,
            hidden: true,
            text: "1".to_owned(),
        });
        for name in from.names.iter().filter(|name| name.local == Some(index)) {
            let text = retitled(&name.text, &titles);
            names.push(Name {
                local,
                text,
                ..name.clone()
            });
        }
        let name = titles
            .get(index)
            .map_or("", |title| title.1.as_str())
            .to_owned();
        sheets.push(NewSheet { name, part });
    }
    let count = book.sheets.len() + sheets.len();
    package.budget.sheets(count)?;
    add_sheets(package, book, &sheets)?;
    Ok(names)
}

/// The names that the sheets have, and those they get: each once, case aside.
fn titles(book: &Book, from: &Book) -> Vec<(String, String)> {
    let mut taken: Vec<String> = book
        .sheets
        .iter()
        .map(|sheet| sheet.name.to_lowercase())
        .collect();
    let mut titles = Vec::new();
    for sheet in &from.sheets {
        let mut title = sheet.name.clone();
        let mut number = 2u32;
        while taken.contains(&title.to_lowercase()) {
            let tail = format!("（{number}）");
            let room = NAME_CHARS - tail.chars().count();
            title = sheet.name.chars().take(room).chain(tail.chars()).collect();
            number += 1;
        }
        taken.push(title.to_lowercase());
        titles.push((sheet.name.clone(), title));
    }
    titles
}

/// A reference with the sheets' new names.
fn retitled(text: &str, titles: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (old, new) in titles.iter().filter(|title| title.0 != title.1) {
        let quote = |name: &str| format!("'{}'!", name.replace('\'', "''"));
        let bare = format!("{old}!");
        text = match text.strip_prefix(&bare) {
            Some(rest) => quote(new) + rest,
            None => text
                .replace(&quote(old), &quote(new))
                .replace(&format!(",{bare}"), &format!(",{}", quote(new))),
        };
    }
    text
}

/// The insides of the shared strings.
fn strings(source: &mut Package<'_>, from: &Book) -> Result<Vec<String>, PatchError> {
    let Some(part) = from.linked("sharedStrings") else {
        return Ok(Vec::new());
    };
    let text = source.need(&part)?;
    let outline = Outline::new(&text, &part, 1, source.limits())?;
    Ok(outline
        .top()
        .map(|node| text[node.inner()].to_owned())
        .collect())
}

/// Where the formats of the new sheets have gone, by their old index.
struct StyleMap {
    cells: Vec<usize>,
    differential: Vec<usize>,
}

impl StyleMap {
    fn of(from: &Styles, to: &mut Styles) -> Result<Self, PatchError> {
        let mut codes = BTreeMap::new();
        for tag in items(from, List::NumberFormats).map(start_tag) {
            if let Some(id) = tag.get("numFmtId").and_then(|raw| raw.parse::<u32>().ok()) {
                codes.insert(id, tag.value("formatCode"));
            }
        }
        let fonts = carried(from, to, List::Fonts)?;
        let fills = carried(from, to, List::Fills)?;
        let borders = carried(from, to, List::Borders)?;
        let differential = carried(from, to, List::Differential)?;
        let mut cells = Vec::new();
        for xml in items(from, List::CellFormats) {
            let open = start_tag(xml);
            let number = |name: &str| open.get(name).and_then(|raw| raw.parse::<usize>().ok());
            let mut tag = open.with("xfId", "0");
            for (name, list) in [
                ("fontId", &fonts),
                ("fillId", &fills),
                ("borderId", &borders),
            ] {
                let new = list.get(number(name).unwrap_or(0)).copied().unwrap_or(0);
                tag = Tag(&tag).with(name, &new.to_string());
            }
            let format = number("numFmtId")
                .and_then(|id| u32::try_from(id).ok())
                .unwrap_or(0);
            if let Some(code) = codes.get(&format).filter(|_| format >= FIRST_OWN_FORMAT) {
                let id = to.number_format(code)?;
                tag = Tag(&tag).with("numFmtId", &id.to_string());
            }
            let xml = format!("{tag}{}", &xml[open.0.len()..]);
            let xml = prefixed(&xml, &from.prefix, &to.prefix);
            cells.push(to.find_or_add(List::CellFormats, &xml)?);
        }
        Ok(Self {
            cells,
            differential,
        })
    }
}

fn items(styles: &Styles, list: List) -> impl Iterator<Item = &str> {
    (0..styles.len(list)).filter_map(move |index| styles.item(list, index))
}

/// Appends the elements of one list; gives their new indexes.
fn carried(from: &Styles, to: &mut Styles, list: List) -> Result<Vec<usize>, PatchError> {
    items(from, list)
        .map(|xml| to.find_or_add(list, &prefixed(xml, &from.prefix, &to.prefix)))
        .collect()
}

/// What is rewritten in a sheet.
struct Rewrite<'a> {
    map: &'a StyleMap,
    strings: &'a [String],
    titles: &'a [(String, String)],
    book: &'a Book,
}

impl Rewrite<'_> {
    fn sheet(&self, text: &str, part: &str, limits: &Limits) -> Result<String, PatchError> {
        let fault = |fault| PatchError::damaged(part, fault);
        let mut xml = Reader::new(text, limits.xml_depth, &[]);
        let mut splices = Splices::default();
        // Inside a cell that holds the index of a shared string.
        let mut shared = false;
        loop {
            let name = match xml.next().map_err(fault)? {
                Event::Start(name) => name,
                Event::Eof => break,
                _ => continue,
            };
            let span = xml.span();
            let tag = Tag(&text[span.clone()]);
            let new = match name {
                "worksheet" => {
                    let relations = self.book.kind("");
                    tag.0
                        .replace(MAIN, self.book.main())
                        .replace(RELATIONS, relations.trim_end_matches('/'))
                }
                // Two selected sheets are edited together.
                "sheetView" => tag.without("tabSelected"),
                "c" => {
                    shared = tag.get("t") == Some("s");
                    let new = self.indexed(tag, "s", &self.map.cells);
                    match shared {
                        true => Tag(&new).with("t", "inlineStr"),
                        false => new,
                    }
                }
                "row" => self.indexed(tag, "s", &self.map.cells),
                "col" => self.indexed(tag, "style", &self.map.cells),
                "cfRule" => self.indexed(tag, "dxfId", &self.map.differential),
                "hyperlink" => {
                    let to = retitled(&tag.value("location"), self.titles);
                    tag.with("location", &attribute(&to))
                }
                "v" if shared => {
                    let index = xml.text().map_err(fault)?.parse::<usize>().ok();
                    let string = index.and_then(|index| self.strings.get(index));
                    let string = string.ok_or(PatchError::NewSheets("string"))?;
                    splices.replace(span.start..xml.span().end, format!("<is>{string}</is>"));
                    continue;
                }
                _ => continue,
            };
            if new != tag.0 {
                splices.replace(span, new);
            }
        }
        splices.apply(text, part)
    }

    /// The tag with an index into a list of styles rewritten.
    fn indexed(&self, tag: Tag<'_>, name: &str, map: &[usize]) -> String {
        let new = tag
            .get(name)
            .and_then(|raw| map.get(raw.parse::<usize>().ok()?));
        match new {
            Some(new) => tag.with(name, &new.to_string()),
            None => tag.0.to_owned(),
        }
    }
}
