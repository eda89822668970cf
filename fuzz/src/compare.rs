//! Workbooks before and after a change: all that was not to be changed is as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use gouji::workbook::{Addr, Cell, Value, Workbook};
use zip::ZipArchive;

/// A cell of a sheet.
pub type Place = (usize, Addr);

/// What a cell shows; nothing for one that holds nothing.
pub fn shown(cell: Option<&Cell>) -> String {
    match cell.map(|cell| &cell.value) {
        None | Some(Value::Blank) => String::new(),
        Some(Value::Text(text)) => format!("'{text}"),
        Some(value) => format!("{value:?}"),
    }
}

/// All cells but those in `edited` hold what they held. The stored result of a formula may be
/// gone, or be another one, as it may depend on an edited cell.
pub fn rest_is_kept(before: &Workbook, after: &Workbook, edited: &BTreeSet<Place>) {
    for (index, (old, new)) in before.sheets.iter().zip(&after.sheets).enumerate() {
        assert_eq!(old.name, new.name);
        assert_eq!(old.visible, new.visible, "{}", old.name);
        assert_eq!(old.merges, new.merges, "{}", old.name);
        assert_eq!(old.hidden_rows, new.hidden_rows, "{}", old.name);
        assert_eq!(old.hidden_columns, new.hidden_columns, "{}", old.name);
        let places = old.cells.iter().chain(&new.cells).map(|cell| cell.at);
        for at in places.filter(|at| !edited.contains(&(index, *at))) {
            let (was, is) = (old.cell(at), new.cell(at));
            let formula = |cell: Option<&Cell>| cell.and_then(|cell| cell.formula.clone());
            assert_eq!(formula(was), formula(is), "{}!{at}", old.name);
            if formula(was).is_none() {
                assert_eq!(shown(was), shown(is), "{}!{at}", old.name);
            }
            if let (Some(was), Some(is)) = (was, is) {
                let code = |book: &Workbook, cell: &Cell| {
                    book.formats[usize::from(cell.format)].code.clone()
                };
                assert_eq!(code(before, was), code(after, is), "{}!{at}", old.name);
            }
        }
    }
}

/// Entries as they are stored, packed.
pub fn entries(bytes: &[u8]) -> BTreeMap<Vec<u8>, (u32, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a package that was read");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index_raw(index).expect("an entry that was read");
            let mut packed = Vec::new();
            entry.read_to_end(&mut packed).expect("memory gives all");
            (entry.name_raw().to_vec(), (entry.crc32(), packed))
        })
        .collect()
}
