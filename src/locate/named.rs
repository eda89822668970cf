//! Fields of a workbook that was made from a template: where its defined names say they are.
//!
//! Labels tell what people see, and names follow their cells. The names are verified by the
//! labels: where a label says another place, the label holds, and the names of that block are
//! out of date (as after rows were inserted by a program that leaves names behind). What no
//! label tells, a name may.

use foldhash::{HashSet, HashSetExt};

use super::{LocatedExtra, LocatedTable, Place};
use crate::catalog::{Annex, Block, Kind};
use crate::filing::{CellRef, Seen};
use crate::naming::{Known, of_rows, of_slot};
use crate::workbook::{Addr, Area, Sheet, Value};

/// Completes a table from the names of its template, if it is one's.
pub(super) fn complete(table: &mut LocatedTable, annex: &Annex, sheet: &Sheet, known: &Known) {
    let inside = |at| table.area.contains(at);
    let Some(number) = known.number_of(annex, table.sheet, inside) else {
        return;
    };
    let rows = (table.area.first.row, table.area.last.row);
    let names = Names {
        annex,
        number,
        known,
        sheet: table.sheet,
        rows,
    };
    let verified = names.verified(table);
    for (index, block) in annex.blocks.iter().enumerate() {
        if block.kind == Kind::Grid && verified[index] {
            names.repeated_rows(table, sheet, index, block);
        }
    }
    // What was taken for an inserted row no longer stands in the way of the form's own.
    names.slots(table, &verified);
}

struct Names<'a> {
    annex: &'a Annex,
    number: usize,
    known: &'a Known,
    sheet: usize,
    rows: (u32, u32),
}

impl Names<'_> {
    fn cell(&self, slot: usize) -> Option<Addr> {
        let (sheet, area) = self.known.area(&of_slot(self.annex, self.number, slot))?;
        let inside = (self.rows.0..=self.rows.1).contains(&area.first.row);
        (sheet == self.sheet && inside).then_some(area.first)
    }

    /// Blocks whose names say nothing else than the labels.
    fn verified(&self, table: &LocatedTable) -> Vec<bool> {
        let agrees = |slot: usize| {
            let by_label = table.slots[slot].as_ref();
            let by_label = by_label.filter(|place| place.part.is_none());
            match (by_label, self.cell(slot)) {
                (Some(place), Some(named)) => place.at == named,
                _ => true,
            }
        };
        let blocks = self.annex.blocks.iter();
        blocks
            .map(|block| {
                let count = block.columns.len() * block.rows.len().max(1);
                // The names of a row that another stands in for are still those of its own cells.
                let stands_in = |slot: usize| {
                    let mut rows = table.stand_ins.iter();
                    rows.any(|row| (row.slot..row.slot + block.columns.len()).contains(&slot))
                };
                (block.first_slot..block.first_slot + count)
                    .all(|slot| stands_in(slot) || agrees(slot))
            })
            .collect()
    }

    fn slots(&self, table: &mut LocatedTable, verified: &[bool]) {
        let claimed: HashSet<Addr> = table
            .slots
            .iter()
            .chain(table.extras.iter().flat_map(|extra| &extra.places))
            .flatten()
            .filter(|place| place.part.is_none())
            .map(|place| place.at)
            .collect();
        let mut taken: HashSet<u32> = HashSet::new();
        for (block, _) in self
            .annex
            .blocks
            .iter()
            .zip(verified)
            .filter(|(_, fine)| **fine)
        {
            let count = block.columns.len() * block.rows.len().max(1);
            for slot in block.first_slot..block.first_slot + count {
                let Some(named) = self.cell(slot).filter(|named| !claimed.contains(named)) else {
                    continue;
                };
                let found = table.slots[slot].as_ref();
                // Behind a label nothing stands: the value is in the cell beside it.
                let takes = found
                    .is_none_or(|place| place.part.as_ref().is_some_and(|part| part.is_empty()));
                if takes {
                    if block.kind == Kind::Grid {
                        taken.insert(named.row);
                    }
                    table.slots[slot] = Some(Place {
                        at: named,
                        part: None,
                    });
                }
            }
        }
        // Such a row is no stranger, and what was found by its name is not missing, only renamed.
        table.strangers.retain(|stranger| {
            let row = stranger.cell.at.row;
            !taken.contains(&row)
        });
        let slots = &table.slots;
        for missing in &mut table.missing {
            let block = &self.annex.blocks[missing.block];
            let mut fields = match (missing.row, missing.column) {
                (Some(row), _) => (0..block.columns.len())
                    .map(|at| block.slot(row, at))
                    .collect(),
                (_, Some(column)) => {
                    let rows = 0..block.rows.len().max(1);
                    rows.map(|row| block.slot(row, column)).collect::<Vec<_>>()
                }
                _ => Vec::new(),
            }
            .into_iter()
            .peekable();
            missing.by_name = fields.peek().is_some() && fields.all(|slot| slots[slot].is_some());
        }
    }

    /// Rows of repeat groups that no label tells: what the filer wrote over is a label of the
    /// form's, or nothing.
    fn repeated_rows(&self, table: &mut LocatedTable, sheet: &Sheet, index: usize, block: &Block) {
        for (row, definition) in block.rows.iter().enumerate() {
            let group = |column| {
                let name = of_rows(self.annex, self.number, index, Some(row), column);
                let (at, area) = self.known.area(&name)?;
                (at == self.sheet).then_some(area)
            };
            let Some(labels) = group(None).filter(|_| definition.repeat) else {
                continue;
            };
            let columns: Vec<Option<Area>> = (0..block.columns.len())
                .map(|column| group(Some(column)))
                .collect();
            // Whatever it is called now, a row of the group belongs to it, and its first row is
            // the form's own.
            let own = (!definition.placeholder).then_some(labels.first.row);
            let inside = |at: u32| (labels.first.row..=labels.last.row).contains(&at);
            let blocks_extra = |extra: &LocatedExtra| extra.block == index;
            table.extras.retain(|extra| {
                !blocks_extra(extra) || own.is_none_or(|own| extra.label.cell.at.row != own)
            });
            for extra in table.extras.iter_mut().filter(|extra| blocks_extra(extra)) {
                if inside(extra.label.cell.at.row) {
                    extra.row = row;
                }
            }
            let strangers: Vec<Seen> = std::mem::take(&mut table.strangers);
            for stranger in strangers {
                let at = stranger.cell.at.row;
                if !inside(at) || own == Some(at) {
                    table.strangers.push(stranger);
                    continue;
                }
                let places = columns.iter().map(|area| {
                    area.map(|area| Place {
                        at: Addr::new(at, area.first.col),
                        part: None,
                    })
                });
                let label = Addr::new(at, labels.first.col);
                let text = match sheet.cell(label).map(|cell| &cell.value) {
                    Some(Value::Text(text)) => text.clone(),
                    _ => "".into(),
                };
                table.extras.push(LocatedExtra {
                    block: index,
                    row,
                    label: Seen {
                        cell: CellRef {
                            sheet: self.sheet,
                            at: label,
                        },
                        text,
                    },
                    places: places.collect(),
                });
            }
        }
    }
}
