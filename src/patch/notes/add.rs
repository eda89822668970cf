//! Notes put in.

use std::collections::BTreeMap;

use super::{AUTHOR, authors_of, block_of, cell_of, comments_of, number, vml};
use crate::patch::book::Book;
use crate::patch::error::PatchError;
use crate::patch::links::{Link, Names, add_link, add_type, links};
use crate::patch::outline::{Node, Outline, Tag};
use crate::patch::package::Package;
use crate::patch::sheet::Sheet;
use crate::patch::splice::{Splices, string};
use crate::workbook::Addr;

const COMMENTS: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const DRAWING: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";
/// 9 points, as Excel has it for notes.
const FONT: [&str; 4] = [
    "sz val=\"9\"",
    "color indexed=\"81\"",
    "rFont val=\"宋体\"",
    "charset val=\"134\"",
];
/// What stands before `legacyDrawing` in a worksheet.
const BEFORE_DRAWING: &[&str] = &[
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
];

/// Adds notes to a sheet, whose text is as it was when `sheet` was read or has new cells since.
/// Gives the cells with a conversation, where none can be added. `block` is a number for the
/// sheet.
pub(in crate::patch) fn add(
    package: &mut Package<'_>,
    book: &Book,
    sheet: &Sheet,
    names: &mut Names,
    notes: &BTreeMap<Addr, String>,
    block: usize,
) -> Result<Vec<Addr>, PatchError> {
    let own = links(package, &sheet.part)?;
    let comments = match comments_of(package, &own) {
        Some(part) => part,
        None => {
            let part = names.pick("xl/comments", "xml");
            let empty = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<comments \
                 xmlns=\"{}\"><authors></authors><commentList></commentList></comments>",
                book.main()
            );
            package.put(&part, empty)?;
            add_type(package, &part, COMMENTS, false)?;
            add_link(package, &sheet.part, &book.kind("comments"), &part)?;
            part
        }
    };
    let (fresh, left_out) =
        package.edit(&comments, 5, |outline| write(outline, &comments, notes))?;
    if !fresh.is_empty() {
        add_boxes(package, book, sheet, names, &own, &fresh, block)?;
    }
    Ok(left_out)
}

type Written = (Option<String>, (Vec<(Addr, String)>, Vec<Addr>));

/// Writes notes into the comments part: those that are new, and where none could be.
fn write(
    outline: &Outline<'_>,
    part: &str,
    notes: &BTreeMap<Addr, String>,
) -> Result<Written, PatchError> {
    let missing = || PatchError::layout(part, "commentList");
    let list = outline.find("commentList").ok_or_else(missing)?;
    let authors = outline.find("authors").ok_or_else(missing)?;
    let names = authors_of(outline, authors);
    let ours = names.iter().position(|name| name == AUTHOR);
    let p = outline.prefix;
    let font: String = FONT
        .iter()
        .map(|property| format!("<{p}{property}/>"))
        .collect();
    let run = |text: &str| {
        format!(
            "<{p}r><{p}rPr>{font}</{p}rPr><{p}t xml:space=\"preserve\">{}</{p}t></{p}r>",
            string(text)
        )
    };
    let there: BTreeMap<Addr, &Node> = outline
        .children(list)
        .filter_map(|node| Some((cell_of(outline.tag(node))?, node)))
        .collect();
    let mut splices = Splices::default();
    let (mut xml, mut fresh, mut left_out) = (String::new(), Vec::new(), Vec::new());
    for (at, note) in notes {
        let block = block_of(note);
        let Some(node) = there.get(at) else {
            xml += &format!(
                "<{p}comment ref=\"{at}\" authorId=\"{}\"><{p}text>{}</{p}text></{p}comment>",
                ours.unwrap_or(names.len()),
                run(&block)
            );
            fresh.push((*at, block));
            continue;
        };
        let author = number(outline.tag(node), "authorId").and_then(|id| names.get(id));
        // The legacy side of a conversation, which Excel writes anew.
        if author.is_some_and(|name| name.starts_with("tc=")) {
            left_out.push(*at);
            continue;
        }
        let text = outline.children(node).find(|node| outline.is(node, "text"));
        let text = text.ok_or_else(|| PatchError::layout(part, "text"))?;
        let last = outline
            .children(text)
            .filter(|node| outline.is(node, "r") || outline.is(node, "t"))
            .last();
        // What is written in a rare way is not told from ours later.
        if outline.text[text.inner()].contains("<!") {
            left_out.push(*at);
            continue;
        }
        match last {
            Some(node) if outline.is(node, "r") => {
                splices.insert(node.end, run(&format!("\n{block}")))
            }
            Some(node) if !node.is_empty() => {
                splices.insert(node.inner_end, string(&format!("\n{block}")));
            }
            _ => {
                let (range, with) = outline.append(text, &run(&block));
                splices.replace(range, with);
            }
        }
    }
    if !fresh.is_empty() {
        let (range, with) = outline.append(list, &xml);
        splices.replace(range, with);
        if ours.is_none() {
            let author = format!("<{p}author>{AUTHOR}</{p}author>");
            let (range, with) = outline.append(authors, &author);
            splices.replace(range, with);
        }
    }
    let text = splices.apply(outline.text, part)?;
    Ok((Some(text), (fresh, left_out)))
}

/// Adds the boxes, to the drawing that the sheet has if it has one: two there cannot be.
fn add_boxes(
    package: &mut Package<'_>,
    book: &Book,
    sheet: &Sheet,
    names: &mut Names,
    own: &[Link],
    fresh: &[(Addr, String)],
    block: usize,
) -> Result<(), PatchError> {
    let drawing = sheet.find("legacyDrawing").map(|node| {
        let id = Tag(&sheet.text[node.open.clone()])
            .prefixed("id")
            .unwrap_or_default();
        own.iter()
            .find(|link| link.id == id)
            .map(|link| link.target.clone())
    });
    let part = match drawing.flatten() {
        Some(part) if package.has(&part) => part,
        _ => {
            let part = names.pick("xl/drawings/vmldrawing", "vml");
            package.put(&part, vml::empty())?;
            add_type(package, &part, DRAWING, true)?;
            let id = add_link(package, &sheet.part, &book.kind("vmlDrawing"), &part)?;
            refer(package, book, &sheet.part, &id)?;
            part
        }
    };
    let text = package.need(&part)?;
    let new = vml::add(&text, sheet, fresh, block);
    package.put(&part, new.ok_or_else(|| PatchError::layout(&part, "xml"))?)
}

/// Has the sheet refer to its drawing of notes.
fn refer(package: &mut Package<'_>, book: &Book, part: &str, id: &str) -> Result<(), PatchError> {
    package.edit(part, 1, |outline| {
        let mut splices = Splices::default();
        let id = book.reference(outline, id);
        let xml = format!("<{}legacyDrawing {id}/>", outline.prefix);
        match outline.find("legacyDrawing") {
            // It led nowhere.
            Some(node) => splices.replace(node.span(), xml),
            None => splices.insert(outline.slot(BEFORE_DRAWING), xml),
        }
        Ok((Some(splices.apply(outline.text, part)?), ()))
    })
}
