//! Notes at cells: comments with their boxes (ECMA-376 Part 1, 18.7).
//!
//! Ours stands between `【勾稽核对：` and `】`, behind what someone else wrote there. Programs drop
//! authors and cut texts into runs of their own, but keep the characters.

mod add;
mod remove;
mod vml;

pub(super) use add::add;
pub(super) use remove::remove;

use std::collections::{BTreeSet, HashSet};

use super::book::Book;
use super::error::PatchError;
use super::links::{Link, links};
use super::outline::{Node, Outline, Tag};
use super::package::Package;
use crate::read::address;
use crate::workbook::Addr;
use crate::xml::unescape;

/// The author of our notes.
const AUTHOR: &str = "勾稽核对";
const OPEN: &str = "【勾稽核对：";
const CLOSE: char = '】';

/// The comments that a sheet refers to, if they are there.
fn comments_of(package: &Package<'_>, own: &[Link]) -> Option<String> {
    own.iter()
        .find(|link| link.kind == "comments" && !link.external && package.has(&link.target))
        .map(|link| link.target.clone())
}

/// Refuses sheets whose notes lie in one part: those of one would stand on the other.
pub(super) fn are_apart(package: &mut Package<'_>, book: &Book) -> Result<(), PatchError> {
    let mut met = HashSet::new();
    for part in book.sheets.iter().filter_map(|sheet| sheet.part.as_ref()) {
        let own: BTreeSet<String> = links(package, part)?
            .into_iter()
            .filter(|link| ["comments", "vmlDrawing"].contains(&link.kind.as_str()))
            .map(|link| link.target)
            .collect();
        for target in own {
            if !met.insert(target.clone()) {
                return Err(PatchError::layout(&target, "comments"));
            }
        }
    }
    Ok(())
}

/// The text of a note of ours.
fn block_of(note: &str) -> String {
    let inside = note.replace('【', "〔").replace(CLOSE, "〕");
    format!("{OPEN}{inside}{CLOSE}")
}

fn authors_of(outline: &Outline<'_>, authors: &Node) -> Vec<String> {
    outline
        .children(authors)
        .map(|node| {
            unescape(&outline.text[node.inner()])
                .unwrap_or_default()
                .into_owned()
        })
        .collect()
}

fn cell_of(tag: Tag<'_>) -> Option<Addr> {
    tag.get("ref").and_then(address::cell)
}

fn number(tag: Tag<'_>, name: &str) -> Option<usize> {
    tag.get(name)?.parse().ok()
}
