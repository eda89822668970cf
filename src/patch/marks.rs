//! Colours over cells, and what was there before them.
//!
//! Where ours are is written down in hidden names of the workbook: `_gouji.cells1` refers to
//! cells, `_gouji.fill1` is a text with the colour and what it hides. Every program keeps names
//! and moves their references when rows are inserted, while styles are counted anew and notes
//! of one's own are dropped.

use std::collections::{BTreeMap, HashMap};

use super::Rgb;
use super::book::{Book, Name, OURS};
use super::cells::{Change, Style, change};
use super::error::PatchError;
use super::package::Package;
use super::paint::{Before, hex};
use super::sheet::Sheet;
use super::styles::Styles;
use crate::formula::needs;
use crate::workbook::{self, Addr, Area};
use crate::xml::{Event, Reader};

/// Excel takes formulas of 8,192 characters.
const REFERENCES: usize = 2_000;
const LONGEST_FILL: usize = 4_000;
/// Excel takes texts of 255 characters inside a formula.
const PIECE: usize = 120;

/// What one colour hides, with the cells, by sheet.
#[derive(Debug, Default)]
pub(super) struct Marks {
    cells: BTreeMap<(Rgb, Before), BTreeMap<usize, Vec<Addr>>>,
}

impl Marks {
    /// Puts a colour over a cell; gives the style that shows it.
    pub(super) fn add(
        &mut self,
        styles: &mut Styles,
        sheet: usize,
        at: Addr,
        style: Style,
        rgb: Rgb,
    ) -> Result<u32, PatchError> {
        let mut before = styles.before(style);
        if before.fill.len() > LONGEST_FILL {
            before.fill.clear();
        }
        let is_full = self.cells.len() >= MOST_RECORDS / 2;
        let key = (rgb, before);
        // What could not be taken off again is not put on.
        if is_full && !self.cells.contains_key(&key) {
            return Ok(style.index);
        }
        let cells = self.cells.entry(key).or_default();
        cells.entry(sheet).or_default().push(at);
        styles.marked(style.index, rgb)
    }

    /// The names that tell where the colours are.
    pub(super) fn names(&self, sheets: &[String]) -> Vec<Name> {
        let mut names = Vec::new();
        let mut number = 0;
        for ((rgb, before), cells) in &self.cells {
            let mut references: Vec<String> = vec![String::new()];
            for (sheet, cells) in cells {
                let sheet = sheets
                    .get(*sheet)
                    .map_or("", String::as_str)
                    .replace('\'', "''");
                for area in runs(cells) {
                    let one = format!("'{sheet}'!{}", absolute(area));
                    match references.last_mut() {
                        Some(last) if last.is_empty() => last.push_str(&one),
                        Some(last) if last.len() + one.len() < REFERENCES => {
                            last.push(',');
                            last.push_str(&one);
                        }
                        _ => references.push(one),
                    }
                }
            }
            for text in references {
                number += 1;
                let record = constant(&record(*rgb, before));
                for (kind, text) in [("cells", text), ("fill", record)] {
                    names.push(Name {
                        name: format!("{OURS}.{kind}{number}"),
                        local: None,
                        hidden: true,
                        text,
                    });
                }
            }
        }
        names
    }
}

/// Takes the colours of an earlier run off.
pub(super) fn remove(
    package: &mut Package<'_>,
    book: &Book,
    styles: &mut Styles,
) -> Result<(), PatchError> {
    let mut records = records(book);
    records.truncate(MOST_RECORDS);
    let mut colours: Vec<Rgb> = records.iter().map(|record| record.rgb).collect();
    colours.sort_unstable();
    colours.dedup();
    colours.truncate(MOST_COLOURS);
    let wanted = styles.formats_of(&colours);
    if wanted.is_empty() {
        return Ok(());
    }
    for entry in &book.sheets {
        let Some(part) = &entry.part else { continue };
        let text = package.need(part)?;
        let sheet = Sheet::scan(&text, part, &wanted, package.limits())?;
        let covered: Vec<(Rgb, Covered)> = colours
            .iter()
            .map(|rgb| (*rgb, Covered::by(&records, *rgb, &entry.name)))
            .collect();
        let mut changes = BTreeMap::new();
        let mut known: HashMap<u32, Vec<&Covered>> = HashMap::new();
        for &(at, format) in &sheet.styled {
            let coloured = known.entry(format).or_insert_with(|| {
                let own = covered.iter();
                own.filter(|(rgb, _)| styles.has_colour(format, *rgb))
                    .map(|(_, covered)| covered)
                    .collect()
            });
            let record = coloured.iter().filter_map(|covered| covered.at(at)).min();
            let nothing = Before::default();
            let before = match record {
                Some(record) => &records[record].before,
                // Copied here from a marked cell.
                None if styles.has_signature(format) => &nothing,
                None => continue,
            };
            let style = Some(styles.restored(format, before)?);
            changes.insert(
                at,
                Change {
                    style,
                    ..Change::default()
                },
            );
        }
        if !changes.is_empty() {
            let text = change(&sheet, &changes, package.limits())?;
            package.put(part, text)?;
        }
    }
    Ok(())
}

/// More records, or colours in them, are not ours.
const MOST_RECORDS: usize = 1_000;
const MOST_COLOURS: usize = 16;

/// A colour found in the names.
struct Record {
    rgb: Rgb,
    before: Before,
    areas: Vec<(String, Area)>,
}

/// The cells of one colour on one sheet.
struct Covered {
    areas: workbook::Sheet,
    /// The first record that has the area.
    records: HashMap<Area, usize>,
}

impl Covered {
    fn by(records: &[Record], rgb: Rgb, sheet: &str) -> Self {
        let sheet = sheet.to_lowercase();
        let mut covered = Self {
            areas: workbook::Sheet::default(),
            records: HashMap::new(),
        };
        let records = records.iter().enumerate();
        for (index, record) in records.filter(|(_, record)| record.rgb == rgb) {
            let areas = record.areas.iter();
            for (_, area) in areas.filter(|(name, _)| name.to_lowercase() == sheet) {
                if !covered.records.contains_key(area) {
                    covered.records.insert(*area, index);
                    covered.areas.merges.push(*area);
                }
            }
        }
        covered
    }

    /// The record that covers a cell.
    fn at(&self, at: Addr) -> Option<usize> {
        self.records.get(&self.areas.merge_at(at)?).copied()
    }
}

fn records(book: &Book) -> Vec<Record> {
    let fills: HashMap<&str, &Name> = book
        .names
        .iter()
        .rev()
        .filter_map(|name| Some((number_of(&name.name, "fill")?, name)))
        .collect();
    book.names
        .iter()
        .filter_map(|name| {
            let fill = fills.get(number_of(&name.name, "cells")?)?;
            let (rgb, before) = read_record(&text_of(&fill.text))?;
            let areas = needs(&name.text, 0, 0).areas;
            Some(Record {
                rgb,
                before,
                areas: areas
                    .into_iter()
                    .filter_map(|(sheet, area)| Some((sheet?, area)))
                    .collect(),
            })
        })
        .collect()
}

/// What tells names of a kind apart: the `7` of `_gouji.fill7`.
fn number_of<'n>(name: &'n str, kind: &str) -> Option<&'n str> {
    let rest = name.strip_prefix(OURS)?.strip_prefix('.')?;
    rest.strip_prefix(kind)
}

/// `FFC7CE;12;1;<fill>…`: the colour, the style's number, `applyFill`, the fill; `-` for none.
fn record(rgb: Rgb, before: &Before) -> String {
    let style = before
        .style
        .map_or_else(|| "-".to_owned(), |style| style.to_string());
    let apply = before.apply.as_deref().unwrap_or("-");
    format!("{};{style};{apply};{}", hex(rgb), before.fill)
}

fn read_record(text: &str) -> Option<(Rgb, Before)> {
    let mut parts = text.splitn(4, ';');
    let colour = u32::from_str_radix(parts.next()?, 16).ok()?;
    let [_, rgb @ ..] = colour.to_be_bytes();
    let style = parts.next()?.parse().ok();
    let apply = Some(parts.next()?.to_owned()).filter(|raw| raw != "-");
    // It goes into the style sheet as it is.
    let fill = parts
        .next()
        .filter(|fill| is_fill(fill))
        .unwrap_or_default()
        .to_owned();
    Some((rgb, Before { style, apply, fill }))
}

/// Whether a text is one whole `fill` element, with nothing in it but what such elements hold.
fn is_fill(text: &str) -> bool {
    const ELEMENTS: [&str; 7] = [
        "fill",
        "patternFill",
        "fgColor",
        "bgColor",
        "gradientFill",
        "stop",
        "color",
    ];
    const ATTRIBUTES: [&str; 13] = [
        "patternType",
        "rgb",
        "theme",
        "tint",
        "indexed",
        "auto",
        "type",
        "degree",
        "left",
        "right",
        "top",
        "bottom",
        "position",
    ];
    let mut xml = Reader::new(text, 8, &[]);
    let mut is_first = true;
    loop {
        match xml.next() {
            Ok(Event::Start(name)) => {
                let mut attributes = xml.attributes().iter();
                let is_known = (name == "fill") == is_first
                    && ELEMENTS.contains(&name)
                    && attributes.all(|attribute| ATTRIBUTES.contains(&attribute.name));
                if !is_known {
                    return false;
                }
                is_first = false;
            }
            Ok(Event::End) => {}
            Ok(Event::Text(text)) if text.trim().is_empty() => {}
            Ok(Event::Eof) => return !is_first,
            Ok(_) | Err(_) => return false,
        }
    }
}

/// A text as a formula.
fn constant(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = chars
        .chunks(PIECE)
        .map(|piece| format!("\"{}\"", String::from_iter(piece).replace('"', "\"\"")))
        .collect();
    pieces.join("&")
}

/// The text that such a formula gives.
fn text_of(formula: &str) -> String {
    let mut text = String::new();
    let mut chars = formula.chars().peekable();
    let mut quoted = false;
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                text.push('"');
            }
            '"' => quoted = !quoted,
            char if quoted => text.push(char),
            _ => {}
        }
    }
    text
}

/// Cells below each other as one area each.
fn runs(cells: &[Addr]) -> Vec<Area> {
    let mut sorted = cells.to_vec();
    sorted.sort_unstable_by_key(|at| (at.col, at.row));
    let mut runs: Vec<Area> = Vec::new();
    for at in sorted {
        match runs.last_mut() {
            Some(run) if run.last.col == at.col && run.last.row + 1 == at.row => run.last = at,
            _ => runs.push(Area {
                first: at,
                last: at,
            }),
        }
    }
    runs
}

fn absolute(area: Area) -> String {
    let one = |at: Addr| {
        let name = at.to_string();
        let letters = name.trim_end_matches(|char: char| char.is_ascii_digit());
        format!("${letters}${}", at.row + 1)
    };
    if area.first == area.last {
        one(area.first)
    } else {
        format!("{}:{}", one(area.first), one(area.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back() {
        let before = Before {
            style: Some(12),
            apply: None,
            fill: format!(
                "<fill><patternFill patternType=\"{}\"/></fill>",
                "x".repeat(300)
            ),
        };
        let text = constant(&record([1, 0xab, 3], &before));
        assert!(text.split('&').all(|piece| piece.len() < 250));
        assert_eq!(read_record(&text_of(&text)), Some(([1, 0xab, 3], before)));
        // What someone else put there is not written into the style sheet.
        for fill in [
            "</fills>",
            "<fill/><fill/>",
            "<fill><foo/></fill>",
            "<fill><q:patternFill/></fill>",
            "<fill><patternFill q:a=\"\"/></fill>",
            "<fill>1</fill>",
            "<patternFill/>",
            "",
        ] {
            assert_eq!(
                read_record(&format!("FFFFFF;-;-;{fill}")),
                Some(([255; 3], Before::default())),
                "{fill}"
            );
        }
        assert_eq!(read_record(""), None);
    }

    #[test]
    fn cells_below_each_other_are_one_reference() {
        let cells = [(0, 1), (4, 0), (1, 1), (0, 0)].map(|(row, col)| Addr::new(row, col));
        let shown: Vec<String> = runs(&cells).into_iter().map(absolute).collect();
        assert_eq!(shown, ["$A$1", "$A$5", "$B$1:$B$2"]);
    }
}
