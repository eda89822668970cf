//! What a sheet needs when rows and cells are added to it.

use super::error::PatchError;
use super::outline::Tag;
use super::sheet::Sheet;
use super::splice::Splices;
use crate::read::address;
use crate::workbook::{Addr, Area};

/// Puts rows behind the last; the list of rows may be empty, or left out against the rules.
pub(super) fn append_rows(
    sheet: &Sheet,
    rows: &str,
    splices: &mut Splices,
) -> Result<(), PatchError> {
    match sheet.find("sheetData") {
        Some(data) if data.is_empty() => {
            let tag = Tag(&sheet.text[data.open.clone()]);
            let xml = format!("{}{rows}</{}>", tag.opened(), tag.name());
            splices.replace(data.open.clone(), xml);
        }
        Some(data) => splices.insert(data.inner_end, rows),
        None => {
            if sheet.text[sheet.root.clone()].ends_with("/>") {
                return Err(PatchError::layout(&sheet.part, "sheetData"));
            }
            let before = [
                "sheetPr",
                "dimension",
                "sheetViews",
                "sheetFormatPr",
                "cols",
            ];
            let last = sheet
                .top
                .iter()
                .rfind(|node| before.iter().any(|name| sheet.is(node, name)));
            let at = last.map_or(sheet.root.end, |node| node.end);
            let p = &sheet.prefix;
            splices.insert(at, format!("<{p}sheetData>{rows}</{p}sheetData>"));
        }
    }
    Ok(())
}

/// Has the area cover a cell.
pub(super) fn grow(used: &mut Option<Area>, at: Addr) {
    let area = used.get_or_insert(Area {
        first: at,
        last: at,
    });
    area.first = Addr::new(area.first.row.min(at.row), area.first.col.min(at.col));
    area.last = Addr::new(area.last.row.max(at.row), area.last.col.max(at.col));
}

/// `dimension` covers what was added. One that cannot be read is left alone.
pub(super) fn extend_dimension(sheet: &Sheet, used: Option<Area>, splices: &mut Splices) {
    let (Some(used), Some(node)) = (used, sheet.find("dimension")) else {
        return;
    };
    let tag = Tag(&sheet.text[node.open.clone()]);
    let Some(area) = tag.get("ref").and_then(address::area) else {
        return;
    };
    let mut whole = Some(area);
    grow(&mut whole, used.first);
    grow(&mut whole, used.last);
    let Some(whole) = whole.filter(|whole| *whole != area) else {
        return;
    };
    splices.replace(node.open.clone(), tag.with("ref", &whole.to_string()));
}
