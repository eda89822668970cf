//! The boxes that notes are shown in: shapes of a VML drawing.
//!
//! A note without its shape is dropped by Excel. VML is older than XML and need not be well
//! formed (`<br>`), so the text is searched rather than parsed.

use std::collections::{HashMap, HashSet};

use crate::patch::outline::Tag;
use crate::patch::sheet::{Row, Sheet};
use crate::patch::styles::start_tag;
use crate::read::address::{COLUMNS, ROWS};
use crate::workbook::Addr;

const VML: &str = "urn:schemas-microsoft-com:vml";
const OFFICE: &str = "urn:schemas-microsoft-com:office:office";
const EXCEL: &str = "urn:schemas-microsoft-com:office:excel";

/// A box for text of 9 points: pixels, and full-width characters to a line.
const BOX_WIDTH: f64 = 224.0;
const LINE_CHARS: usize = 17;
const LINE_HEIGHT: f64 = 16.0;

/// A drawing without shapes.
pub(super) fn empty() -> String {
    format!("<xml xmlns:v=\"{VML}\" xmlns:o=\"{OFFICE}\" xmlns:x=\"{EXCEL}\"></xml>")
}

/// The drawing's root tag, and where it stands.
fn root(text: &str) -> Option<(usize, Tag<'_>)> {
    let at = text.match_indices('<').map(|found| found.0).find(|at| {
        let next = text[at + 1..].chars().next();
        next.is_some_and(char::is_alphabetic)
    })?;
    Some((at, start_tag(&text[at..])))
}

/// The prefix that the root gives to a namespace, with its colon.
fn prefix(root: Tag<'_>, namespace: &str) -> Option<String> {
    root.attributes()
        .into_iter()
        .find(|attribute| attribute.1 == namespace)
        .and_then(|attribute| Some(format!("{}:", attribute.0.strip_prefix("xmlns:")?)))
}

/// The drawing with boxes for notes at these cells; nothing if its layout is unknown.
/// `block` tells the drawings of a workbook apart.
pub(super) fn add(
    text: &str,
    sheet: &Sheet,
    notes: &[(Addr, String)],
    block: usize,
) -> Option<String> {
    let (at, root) = root(text)?;
    let found = [VML, OFFICE, EXCEL].map(|namespace| prefix(root, namespace));
    let (prefixes, own) = match found {
        [Some(v), Some(o), Some(x)] => ([v, o, x], String::new()),
        _ => (
            ["v:", "o:", "x:"].map(str::to_owned),
            format!(" xmlns:v=\"{VML}\" xmlns:o=\"{OFFICE}\" xmlns:x=\"{EXCEL}\""),
        ),
    };
    let [v, o, x] = &prefixes;
    let mut xml = String::new();
    if !text.contains("_x0000_t202") {
        xml += &format!(
            "<{v}shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" {o}spt=\"202\" \
             path=\"m,l,21600r21600,l21600,xe\"{own}><{v}stroke joinstyle=\"miter\"/>\
             <{v}path gradientshapeok=\"t\" {o}connecttype=\"rect\"/></{v}shapetype>"
        );
    }
    // Of several rows of a number the first.
    let rows = sheet
        .rows
        .iter()
        .rev()
        .map(|row| (row.number, row))
        .collect();
    let first = (highest_shape(text) + 1).max(block.saturating_mul(1024) + 1);
    for (id, (cell, note)) in (first..).zip(notes) {
        xml += &format!(
            "<{v}shape id=\"_x0000_s{id}\" type=\"#_x0000_t202\" style=\"position:absolute;\
             margin-left:60pt;margin-top:2pt;width:168pt;height:60pt;z-index:{id};\
             visibility:hidden\" fillcolor=\"#ffffe1\" {o}insetmode=\"auto\"{own}>\
             <{v}fill color2=\"#ffffe1\"/><{v}shadow on=\"t\" color=\"black\" obscured=\"t\"/>\
             <{v}path {o}connecttype=\"none\"/><{v}textbox style=\"mso-direction-alt:auto\">\
             <div style=\"text-align:left\"></div></{v}textbox>\
             <{x}ClientData ObjectType=\"Note\"><{x}MoveWithCells/><{x}SizeWithCells/>\
             <{x}Anchor>{}</{x}Anchor><{x}AutoFill>False</{x}AutoFill><{x}Row>{}</{x}Row>\
             <{x}Column>{}</{x}Column></{x}ClientData></{v}shape>",
            anchor(sheet, &rows, *cell, note),
            cell.row,
            cell.col,
        );
    }
    if let Some(end) = text.rfind("</") {
        return Some([&text[..end], &xml, &text[end..]].concat());
    }
    let (before, behind) = (&text[..at], &text[at + root.0.len()..]);
    Some(format!(
        "{before}{}{xml}</{}>{behind}",
        root.opened(),
        root.name()
    ))
}

/// The highest number of a shape.
fn highest_shape(text: &str) -> usize {
    text.match_indices("_x0000_s")
        .filter_map(|(at, mark)| {
            let digits = &text[at + mark.len()..];
            let end = digits.find(|char: char| !char.is_ascii_digit())?;
            digits[..end].parse::<usize>().ok()
        })
        .filter(|number| *number < 1 << 30)
        .max()
        .unwrap_or(0)
}

/// The drawing without the boxes of notes at these cells, and whether a shape is left.
pub(super) fn remove(text: &str, cells: &HashSet<Addr>) -> (String, bool) {
    let prefixes = root(text).map(|(_, root)| {
        (
            prefix(root, VML).unwrap_or_else(|| "v:".to_owned()),
            prefix(root, EXCEL).unwrap_or_else(|| "x:".to_owned()),
        )
    });
    let Some((v, x)) = prefixes else {
        return (text.to_owned(), true);
    };
    let (open, close) = (format!("<{v}shape "), format!("</{v}shape>"));
    let (mut out, mut rest, mut left) = (String::with_capacity(text.len()), text, false);
    while let Some(at) = rest.find(&open) {
        let Some(len) = rest[at..].find(&close) else {
            break;
        };
        let end = at + len + close.len();
        let shape = &rest[at..end];
        let number = |name: &str| {
            let behind = shape.split_once(&format!("<{x}{name}>"))?.1;
            behind.split_once('<')?.0.trim().parse::<u32>().ok()
        };
        let is_note = shape.contains("\"Note\"") || shape.contains("'Note'");
        let cell = number("Row").zip(number("Column"));
        let gone = is_note && cell.is_some_and(|(row, col)| cells.contains(&Addr::new(row, col)));
        out.push_str(&rest[..if gone { at } else { end }]);
        left |= !gone;
        rest = &rest[end..];
    }
    left |= rest.contains(&open);
    for other in ["group", "rect", "oval", "line", "image"] {
        left |= text.contains(&format!("<{v}{other} "));
    }
    (out + rest, left)
}

/// From the right edge of the cell, or its merged area, as wide and high as the text needs: column, offset, row, offset
/// of both corners (ECMA-376 Part 4, 19.4.2.2).
fn anchor(sheet: &Sheet, rows: &HashMap<u32, &Row>, at: Addr, note: &str) -> String {
    let lines: usize = note
        .lines()
        .map(|line| line.chars().count().div_ceil(LINE_CHARS).max(1))
        .sum();
    let height = LINE_HEIGHT * (lines + 1) as f64;
    let merged = sheet.merged.merge_at(at).filter(|area| area.first == at);
    let left = (merged.map_or(at.col, |area| area.last.col) + 1).min(COLUMNS - 2);
    let top = at.row.saturating_sub(1).min(ROWS - 2);
    let column = |col| match sheet.column(col) {
        Some(run) if run.hidden => 0.0,
        Some(run) => run.width.map_or(64.0, |chars| chars * 7.0 + 5.0),
        None => 64.0,
    };
    let row = |row| {
        let here = rows.get(&row);
        let tag = here.map(|here| Tag(&sheet.text[here.open.clone()]));
        let points: Option<f64> = tag.and_then(|tag| tag.get("ht")?.parse().ok());
        points.unwrap_or(15.0) / 0.75
    };
    let (right, right_offset) = across(left, 12.0 + BOX_WIDTH, COLUMNS, column);
    let (bottom, bottom_offset) = across(top, 8.0 + height, ROWS, row);
    format!("{left}, 12, {top}, 8, {right}, {right_offset}, {bottom}, {bottom_offset}")
}

/// Where one arrives `pixels` further on.
fn across(from: u32, pixels: f64, most: u32, size: impl Fn(u32) -> f64) -> (u32, u32) {
    let (mut at, mut rest) = (from, pixels);
    // Far beyond any box: many hidden columns, or sizes that are no numbers.
    let stop = from.saturating_add(200).min(most - 1);
    while at < stop {
        let here = size(at).max(0.0);
        if here >= rest {
            break;
        }
        rest -= here;
        at += 1;
    }
    (at, rest.min(60.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOSE: &str = "<?xml version='1.0'?><xml xmlns:v='urn:schemas-microsoft-com:vml' \
        xmlns:a='urn:schemas-microsoft-com:office:excel'><v:shape id='_x0000_s7'>a<br>b\
        <a:ClientData ObjectType='Note'><a:Row>2</a:Row><a:Column>1</a:Column></a:ClientData>\
        </v:shape><v:shape id='button'><a:Row>2</a:Row><a:Column>1</a:Column></v:shape></xml>";

    #[test]
    fn boxes_of_notes_go_and_other_shapes_stay() {
        let (text, left) = remove(LOOSE, &HashSet::from([Addr::new(2, 1)]));
        assert!(!text.contains("_x0000_s7") && text.contains("button") && left);
        let other = HashSet::from([Addr::new(2, 2)]);
        assert_eq!(remove(LOOSE, &other).0, LOOSE);
    }
}
