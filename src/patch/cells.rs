//! Cells changed in place: every byte of a sheet that is not theirs stays as it was.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::error::PatchError;
use super::grow::{append_rows, extend_dimension, grow};
use super::outline::{Outline, Tag};
use super::sheet::{Row, Sheet};
use super::splice::{Splices, formula, string};
use crate::read::Limits;
use crate::read::address;
use crate::workbook::{Addr, Area};

/// What a cell shall hold.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A number, with the formula that gives it.
    Number(String, Option<String>),
    Text(String),
    /// The result of the formula that is there; a plain number where there is none.
    Cached(String),
    /// A formula without its result.
    Uncached,
}

/// What is to be done to one cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub(super) content: Option<Content>,
    /// The text of the formula it has, written out: it was a follower.
    pub(super) formula: Option<String>,
    /// The style that it shall have; `Some(None)` takes the attribute away.
    pub(super) style: Option<Option<u32>>,
}

/// The styles in force where a change is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// As written at the cell.
    pub(super) written: Option<u32>,
    /// In effect.
    pub(super) index: u32,
}

/// One cell inside its row's text.
struct Cell {
    col: u32,
    node: usize,
}

/// A row's text with its cells.
struct RowText<'s> {
    outline: Outline<'s>,
    cells: Vec<Cell>,
    /// Where the row starts in the part.
    base: usize,
}

impl<'s> RowText<'s> {
    fn of(sheet: &'s Sheet, row: &Row, limits: &Limits) -> Result<Self, PatchError> {
        let base = row.open.start;
        let outline = Outline::new(&sheet.text[base..row.end], &sheet.part, 2, limits)?;
        let mut cells = Vec::new();
        let mut next = 0;
        for (index, node) in outline.nodes.iter().enumerate() {
            if node.level == 1 && outline.is(node, "c") {
                let at = outline.tag(node).get("r").and_then(address::cell);
                let col = at.map_or(next, |at| at.col);
                next = col.saturating_add(1);
                cells.push(Cell { col, node: index });
            }
        }
        let columns: HashSet<u32> = cells.iter().map(|cell| cell.col).collect();
        if columns.len() < cells.len() {
            return Err(PatchError::layout(&sheet.part, "c"));
        }
        Ok(Self {
            outline,
            cells,
            base,
        })
    }

    fn find(&self, col: u32) -> Option<&Cell> {
        // In order in nearly every file.
        let place = self.cells.partition_point(|cell| cell.col < col);
        let found = self.cells.get(place).filter(|cell| cell.col == col);
        found.or_else(|| self.cells.iter().find(|cell| cell.col == col))
    }
}

/// Where rows are looked up.
struct Rows<'s> {
    sheet: &'s Sheet,
    /// Their places by number: they stand in order in nearly every file, but need not.
    by_number: Vec<(u32, usize)>,
    /// The highest number up to each place.
    reach: Vec<u32>,
}

impl<'s> Rows<'s> {
    fn of(sheet: &'s Sheet) -> Self {
        let numbers = sheet.rows.iter().map(|row| row.number);
        let mut by_number: Vec<(u32, usize)> = numbers.clone().zip(0..).collect();
        by_number.sort_unstable();
        let reach = numbers.scan(0, |highest, number| {
            *highest = number.max(*highest);
            Some(*highest)
        });
        Self {
            sheet,
            by_number,
            reach: reach.collect(),
        }
    }

    /// The row of this number. A row that comes in two pieces is more than can be kept in order.
    fn get(&self, number: u32) -> Result<Option<&'s Row>, PatchError> {
        let from = self.by_number.partition_point(|row| row.0 < number);
        let mut found = self.by_number[from..]
            .iter()
            .take_while(|row| row.0 == number);
        let first = found.next();
        if found.next().is_some() {
            return Err(PatchError::layout(&self.sheet.part, "row"));
        }
        Ok(first.and_then(|row| self.sheet.rows.get(row.1)))
    }

    /// The first row of a higher number.
    fn behind(&self, number: u32) -> Option<&'s Row> {
        let place = self.reach.partition_point(|highest| *highest <= number);
        self.sheet.rows.get(place)
    }
}

/// The highest style that a cell, row or column of a sheet's text asks for, or a little more: what
/// looks like its attribute counts wherever it stands.
pub(super) fn highest_style(text: &str) -> u32 {
    memchr::memchr_iter(b'=', text.as_bytes())
        .filter_map(|at| {
            let before = text.get(..at)?.trim_ascii_end();
            let before = before
                .strip_suffix("style")
                .or_else(|| before.strip_suffix('s'))?;
            if !before.ends_with(|char: char| char.is_ascii_whitespace()) {
                return None;
            }
            let value = text.get(at + 1..)?.trim_ascii_start();
            let value = value.strip_prefix(['"', '\''])?;
            address::number(&value[..value.find(['"', '\''])?])
        })
        .max()
        .unwrap_or(0)
}

/// The styles at these cells; for one that is not there, what its row or column gives it.
pub(super) fn styles_at(
    sheet: &Sheet,
    cells: impl Iterator<Item = Addr>,
    limits: &Limits,
) -> Result<BTreeMap<Addr, Style>, PatchError> {
    let mut found = BTreeMap::new();
    let rows = Rows::of(sheet);
    let mut last: Option<(u32, Option<RowText<'_>>)> = None;
    for at in cells {
        if last.as_ref().is_none_or(|last| last.0 != at.row) {
            let row = rows.get(at.row)?;
            let text = row.map(|row| RowText::of(sheet, row, limits)).transpose()?;
            last = Some((at.row, text));
        }
        let row = last.as_ref().and_then(|last| last.1.as_ref());
        let style = match row.and_then(|row| Some((row, row.find(at.col)?))) {
            Some((row, cell)) => {
                let raw = row.outline.tag(&row.outline.nodes[cell.node]).get("s");
                let written = raw.and_then(address::number);
                // What is written in an odd way would be lost; some leave the value out.
                if written.is_none() && raw.is_some_and(|raw| !raw.is_empty()) {
                    return Err(PatchError::layout(&sheet.part, "s"));
                }
                Style {
                    written,
                    index: written.unwrap_or(0),
                }
            }
            None => {
                let index = new_style(sheet, row, at.col);
                Style {
                    written: (index != 0).then_some(index),
                    index,
                }
            }
        };
        found.insert(at, style);
    }
    Ok(found)
}

/// The style of a cell that is not there: its row's, if the row says that it has one, else its
/// column's.
fn new_style(sheet: &Sheet, row: Option<&RowText<'_>>, col: u32) -> u32 {
    let own = row.and_then(|row| {
        let tag = row.outline.tag(row.outline.root());
        matches!(tag.get("customFormat"), Some("1" | "true" | "on"))
            .then(|| tag.get("s").and_then(address::number))
            .flatten()
    });
    own.unwrap_or_else(|| sheet.column(col).map_or(0, |run| run.style))
}

/// The part's text with the changes made.
pub(super) fn change(
    sheet: &Sheet,
    changes: &BTreeMap<Addr, Change>,
    limits: &Limits,
) -> Result<String, PatchError> {
    if sheet.misplaced {
        return Err(PatchError::layout(&sheet.part, "c"));
    }
    let mut splices = Splices::default();
    let mut new_rows = String::new();
    let mut used: Option<Area> = None;
    let rows = Rows::of(sheet);
    let mut numbers: Vec<u32> = changes.keys().map(|at| at.row).collect();
    numbers.dedup();
    for number in numbers {
        let here: Vec<(&Addr, &Change)> = changes
            .range(Addr::new(number, 0)..=Addr::new(number, u32::MAX))
            .collect();
        match rows.get(number)? {
            Some(row) => {
                let row = RowText::of(sheet, row, limits)?;
                for at in edit_row(sheet, &row, &here, &mut splices) {
                    grow(&mut used, at);
                }
            }
            None => {
                let p = &sheet.prefix;
                let mut xml = format!("<{p}row r=\"{}\">", number + 1);
                for (at, change) in here {
                    grow(&mut used, *at);
                    xml += &new_cell(sheet, None, *at, change);
                }
                xml += &format!("</{p}row>");
                match rows.behind(number) {
                    Some(row) => splices.insert(row.open.start, xml),
                    None => new_rows += &xml,
                }
            }
        }
    }
    if !new_rows.is_empty() {
        append_rows(sheet, &new_rows, &mut splices)?;
    }
    extend_dimension(sheet, used, &mut splices);
    splices.apply(&sheet.text, &sheet.part)
}

/// Edits a row that is there; gives the cells that are new.
fn edit_row(
    sheet: &Sheet,
    row: &RowText<'_>,
    changes: &[(&Addr, &Change)],
    splices: &mut Splices,
) -> Vec<Addr> {
    let outline = &row.outline;
    let root = outline.root();
    let (mut last, mut fresh) = (String::new(), Vec::new());
    for (at, change) in changes {
        if let Some(cell) = row.find(at.col) {
            edit_cell(row, cell, change, splices);
            continue;
        }
        fresh.push(**at);
        let xml = new_cell(sheet, Some(row), **at, change);
        match row.cells.iter().find(|cell| cell.col > at.col) {
            Some(cell) => splices.insert(row.base + outline.nodes[cell.node].open.start, xml),
            None => last += &xml,
        }
    }
    if fresh.is_empty() {
        return fresh;
    }
    // `spans` is a hint that a new cell may make wrong.
    let mut tag = outline.tag(root).without("spans");
    if root.is_empty() {
        tag = format!(
            "{}{last}</{}>",
            Tag(&tag).opened(),
            outline.tag(root).name()
        );
    } else if !last.is_empty() {
        // Behind the last cell: the row may go on with an extension.
        let behind = row
            .cells
            .last()
            .map_or(root.inner_end, |cell| outline.nodes[cell.node].end);
        splices.insert(row.base + behind, last);
    }
    if tag != outline.tag(root).0 {
        splices.replace(shifted(root.open.clone(), row.base), tag);
    }
    fresh
}

fn shifted(range: Range<usize>, base: usize) -> Range<usize> {
    range.start + base..range.end + base
}

fn edit_cell(row: &RowText<'_>, cell: &Cell, change: &Change, splices: &mut Splices) {
    let outline = &row.outline;
    let node = &outline.nodes[cell.node];
    let original = outline.tag(node);
    let mut tag = original.0.to_owned();
    match change.style {
        Some(Some(style)) => tag = with_style(&tag, style),
        Some(None) => tag = Tag(&tag).without("s"),
        None => {}
    }
    if let Some(text) = &change.formula {
        let p = outline.prefix;
        if let Some(old) = outline.children(node).find(|node| outline.is(node, "f")) {
            let xml = format!("<{p}f>{}</{p}f>", formula(text));
            splices.replace(shifted(old.span(), row.base), xml);
        }
    }
    let Some(content) = &change.content else {
        if tag != original.0 {
            splices.replace(shifted(node.open.clone(), row.base), tag);
        }
        return;
    };
    let has_formula = outline.children(node).any(|node| outline.is(node, "f"));
    let keeps = has_formula && matches!(content, Content::Cached(_) | Content::Uncached);
    // What belongs to a value goes with it: its type and its rich value; the mark of a dynamic
    // array belongs to the formula.
    for name in if keeps {
        &["t", "vm"][..]
    } else {
        &["t", "cm", "vm"][..]
    } {
        tag = Tag(&tag).without(name);
    }
    if matches!(content, Content::Text(_)) {
        tag = Tag(&tag).with("t", "inlineStr");
    }
    let inside = content_xml(outline.prefix, content, !keeps);
    if node.is_empty() {
        let xml = if inside.is_empty() {
            tag
        } else {
            format!("{}{inside}</{}>", Tag(&tag).opened(), original.name())
        };
        splices.replace(shifted(node.open.clone(), row.base), xml);
        return;
    }
    splices.replace(shifted(node.open.clone(), row.base), tag);
    let mut behind = node.open.end;
    for child in outline.children(node) {
        let is = |name| outline.is(child, name);
        if is("f") && keeps {
            behind = child.end;
        } else if is("f") || is("v") || is("is") {
            splices.remove(shifted(child.span(), row.base));
        }
    }
    splices.insert(row.base + behind, inside);
}

/// With the style in its place, or behind the address, where it usually stands.
fn with_style(tag: &str, style: u32) -> String {
    Tag(tag).with("s", &style.to_string())
}

/// The children of a cell; a formula that is kept stands there already.
fn content_xml(p: &str, content: &Content, with_formula: bool) -> String {
    match content {
        Content::Number(number, text) => {
            let text = text.as_ref().filter(|_| with_formula);
            let f = text.map_or_else(String::new, |text| {
                format!("<{p}f>{}</{p}f>", formula(text))
            });
            format!("{f}<{p}v>{number}</{p}v>")
        }
        Content::Cached(number) => format!("<{p}v>{number}</{p}v>"),
        Content::Text(text) => format!(
            "<{p}is><{p}t xml:space=\"preserve\">{}</{p}t></{p}is>",
            string(text)
        ),
        Content::Uncached => String::new(),
    }
}

fn new_cell(sheet: &Sheet, row: Option<&RowText<'_>>, at: Addr, change: &Change) -> String {
    let p = &sheet.prefix;
    let style = match change.style {
        Some(style) => style.unwrap_or(0),
        None => new_style(sheet, row, at.col),
    };
    let mut xml = format!("<{p}c r=\"{at}\"");
    if style != 0 {
        xml += &format!(" s=\"{style}\"");
    }
    if matches!(change.content, Some(Content::Text(_))) {
        xml += " t=\"inlineStr\"";
    }
    let inside = change
        .content
        .as_ref()
        .map_or_else(String::new, |content| content_xml(p, content, true));
    if inside.is_empty() {
        return xml + "/>";
    }
    format!("{xml}>{inside}</{p}c>")
}
