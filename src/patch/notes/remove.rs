//! Our notes taken out.

use std::ops::Range;

use super::{AUTHOR, CLOSE, OPEN, authors_of, cell_of, comments_of, number, vml};
use crate::patch::error::PatchError;
use crate::patch::links::{links, remove_links, remove_part};
use crate::patch::outline::{Node, Outline};
use crate::patch::package::Package;
use crate::patch::splice::{Splices, formula};
use crate::workbook::Addr;
use crate::xml::unescape;

/// Takes our notes out of a sheet.
pub(in crate::patch) fn remove(package: &mut Package<'_>, sheet: &str) -> Result<(), PatchError> {
    let own = links(package, sheet)?;
    let Some(comments) = comments_of(package, &own) else {
        return Ok(());
    };
    // Characters may be written as entities, but no program does that to these.
    if !package.need(&comments)?.contains("勾稽核对") {
        return Ok(());
    }
    let (gone, left) = package.edit(&comments, 5, |outline| take_out(outline, &comments))?;
    if gone.is_empty() {
        return Ok(());
    }
    if !left {
        remove_part(package, &comments)?;
        remove_links(package, sheet, |link| link.target == comments)?;
    }
    // A header with a picture has a drawing of that kind too.
    let text = package.need(sheet)?;
    let outline = Outline::new(&text, sheet, 1, package.limits())?;
    let id = outline
        .find("legacyDrawing")
        .and_then(|node| outline.tag(node).prefixed("id"));
    let drawing = own.into_iter().find(|link| Some(link.id.as_str()) == id);
    let Some(drawing) = drawing.map(|link| link.target) else {
        return Ok(());
    };
    if !package.has(&drawing) {
        return Ok(());
    }
    let gone = gone.into_iter().collect();
    let (text, shapes) = vml::remove(&package.need(&drawing)?, &gone);
    if left || shapes {
        return package.put(&drawing, text);
    }
    remove_part(package, &drawing)?;
    remove_links(package, sheet, |link| link.target == drawing)?;
    package.edit(sheet, 1, |outline| {
        let mut splices = Splices::default();
        if let Some(node) = outline.find("legacyDrawing") {
            splices.remove(node.span());
        }
        Ok((Some(splices.apply(outline.text, sheet)?), ()))
    })
}

type Removed = (Option<String>, (Vec<Addr>, bool));

/// The cells whose note was ours alone, and whether any note is left.
fn take_out(outline: &Outline<'_>, part: &str) -> Result<Removed, PatchError> {
    let mut splices = Splices::default();
    let (mut gone, mut left) = (Vec::new(), false);
    let mut authors_used = Vec::new();
    let list = outline.find("commentList").into_iter();
    for comment in list.flat_map(|list| outline.children(list)) {
        let mut inside = Splices::default();
        match (
            cell_of(outline.tag(comment)),
            strip(outline, comment, &mut inside),
        ) {
            (Some(at), Some(true)) => {
                gone.push(at);
                splices.remove(comment.span());
                continue;
            }
            (_, Some(_)) => splices.extend(inside),
            _ => {}
        }
        left = true;
        authors_used.extend(number(outline.tag(comment), "authorId"));
    }
    if let Some(authors) = outline.find("authors") {
        let names = authors_of(outline, authors);
        let last = names.len().wrapping_sub(1);
        // The last only: notes count authors by position.
        if names.last().is_some_and(|name| name == AUTHOR) && !authors_used.contains(&last) {
            splices.remove(outline.children(authors).last().map_or(0..0, Node::span));
        }
    }
    let text = splices.apply(outline.text, part)?;
    Ok((Some(text), (gone, left)))
}

/// Cuts our text out of a note: nothing if there is none, else whether nothing is left.
fn strip(outline: &Outline<'_>, comment: &Node, splices: &mut Splices) -> Option<bool> {
    let text = outline
        .children(comment)
        .find(|node| outline.is(node, "text"))?;
    // Runs with their text; a bare text is its own.
    let pieces: Vec<(&Node, &Node)> = outline
        .children(text)
        .filter_map(|node| {
            if outline.is(node, "t") {
                return Some((node, node));
            }
            let inner = outline
                .children(node)
                .find(|inner| outline.is(inner, "t"))?;
            outline.is(node, "r").then_some((node, inner))
        })
        .collect();
    let mut all = String::new();
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (_, piece) in &pieces {
        let from = all.len();
        all += &unescape(&outline.text[piece.inner()]).ok()?;
        spans.push(from..all.len());
    }
    let cuts = ours(&all);
    if cuts.is_empty() {
        return None;
    }
    // There may be as many as fit into a part.
    let is_cut = |at: usize| {
        let next = cuts.partition_point(|cut| cut.end <= at);
        cuts.get(next).is_some_and(|cut| cut.start <= at)
    };
    let mut left = String::new();
    for ((run, piece), span) in pieces.iter().zip(spans) {
        let kept: String = all[span.clone()]
            .char_indices()
            .filter(|(at, _)| !is_cut(span.start + at))
            .map(|(_, char)| char)
            .collect();
        if kept.len() < span.len() {
            if kept.is_empty() {
                splices.remove(run.span());
            } else {
                splices.replace(piece.inner(), formula(&kept));
            }
        }
        left += &kept;
    }
    Some(left.trim().is_empty())
}

/// Where our text stands in a note's, with the line end that parts it from the rest.
fn ours(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(OPEN).map(|len| at + len) {
        let Some(end) = text[start..]
            .find(CLOSE)
            .map(|len| start + len + CLOSE.len_utf8())
        else {
            break;
        };
        let before = text[..start].ends_with('\n');
        let behind = start == 0 && text[end..].starts_with('\n');
        found.push(start - usize::from(before)..end + usize::from(behind));
        at = end + usize::from(behind);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::notes::block_of;

    #[test]
    fn only_our_text_is_cut_out() {
        let cut = |text: &str| {
            let cuts = ours(text);
            let kept = text
                .char_indices()
                .filter(|(at, _)| !cuts.iter().any(|cut| cut.contains(at)));
            kept.map(|(_, char)| char).collect::<String>()
        };
        assert_eq!(cut(&block_of("应为【1】\n现为 2")), "");
        assert_eq!(cut("原有\n【勾稽核对：甲】"), "原有");
        assert_eq!(cut("【勾稽核对：甲】\n已改"), "已改");
        assert_eq!(
            cut("原有\n【勾稽核对：甲】\n已改【乙】"),
            "原有\n已改【乙】"
        );
        assert_eq!(cut("【勾稽核对：没有完"), "【勾稽核对：没有完");
    }
}
