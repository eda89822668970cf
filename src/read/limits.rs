//! How much a workbook may ask for.
//!
//! Absolute budgets, checked before memory is taken; a number that stands in the file is never
//! believed. The defaults lie well above every honest workbook of a collection of 8,097 (given in
//! the table) and far above any filing. The ratio is no budget but a test for lies: real files
//! come near to what deflate can reach, and nothing can honestly lie beyond it.

use super::error::ReadError;

/// Limits on one workbook.
///
/// | field | default | most seen |
/// |---|---|---|
/// | `file_bytes` | 64 MiB | – |
/// | `entries` | 2,000 | 1,033 |
/// | `part_bytes` | 32 MiB | – |
/// | `total_bytes` | 128 MiB | 109 MiB |
/// | `ratio` | 1,032 (the most of deflate) | – |
/// | `sheets` | 1,100 | 1,024 |
/// | `name_chars` | 255 (Excel's own is 31) | – |
/// | `cells` | 2,000,000 | – |
/// | `grid` | 2,500,000 | 14 of 9,640 files above 1,000,000 |
/// | `merges` | 200,000 | – |
/// | `strings` | 1,000,000 | – |
/// | `text_bytes` | 64 MiB | – |
/// | `cell_chars` | 32,767 (Excel's own) | 22,000 |
/// | `xml_depth` | 64 | 16 |
/// | `tables` | 1,000 | – |
/// | `rows` | 20,000 | – |
/// | `rewritten_cells` | 500,000 | – |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file itself.
    pub file_bytes: u64,
    /// Entries of the package.
    pub entries: usize,
    /// Bytes of one part, inflated.
    pub part_bytes: u64,
    /// Bytes of all parts that are read, inflated.
    pub total_bytes: u64,
    /// How many times as large as its packed bytes an entry may say that it is, once it says
    /// that it is larger than 4 KiB.
    pub ratio: u64,
    /// Sheets.
    pub sheets: usize,
    /// Characters in the name of a sheet, as UTF-16 units: findings name their sheets.
    pub name_chars: usize,
    /// Filled cells over all sheets.
    pub cells: usize,
    /// Slots of the smallest rectangles around the cells of each sheet, over all sheets, where
    /// dense grids cannot be avoided (.xls).
    pub grid: u64,
    /// Merged areas, and runs of hidden rows or columns, over all sheets.
    pub merges: usize,
    /// Shared strings.
    pub strings: usize,
    /// Bytes of all texts and formulas kept, and of those that long shared ones come to in
    /// their cells.
    pub text_bytes: usize,
    /// Characters in one cell, as UTF-16 units.
    pub cell_chars: usize,
    /// Nesting of XML elements.
    pub xml_depth: usize,
    /// Tables of the form; each may be compared with each.
    pub tables: usize,
    /// Rows of these tables that are not printed in the form; each may be compared with each.
    pub rows: usize,
    /// Cells of a workbook of another format than .xlsx that is to be written anew.
    pub rewritten_cells: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            entries: 2_000,
            part_bytes: 32 << 20,
            total_bytes: 128 << 20,
            ratio: 1_032,
            sheets: 1_100,
            name_chars: 255,
            cells: 2_000_000,
            grid: 2_500_000,
            merges: 200_000,
            strings: 1_000_000,
            text_bytes: 64 << 20,
            cell_chars: 32_767,
            xml_depth: 64,
            tables: 1_000,
            rows: 20_000,
            rewritten_cells: 500_000,
        }
    }
}

/// An entry that says it is no larger than this does no harm, whatever its ratio.
const SMALL: u64 = 4 << 10;

impl Limits {
    /// Fails where an entry of `packed` bytes cannot unpack to the `declared` bytes that it says.
    pub(crate) fn dense(&self, part: &str, packed: u64, declared: u64) -> Result<(), ReadError> {
        if declared <= SMALL || declared <= packed.saturating_mul(self.ratio) {
            return Ok(());
        }
        let times = declared.div_ceil(packed.max(1));
        Err(ReadError::dense(part, times, self.ratio))
    }
}

/// What has been used up of the limits that hold for the workbook as a whole.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    pub(crate) limits: &'a Limits,
    cells: usize,
    merges: usize,
    strings: usize,
    text_bytes: usize,
    shared_bytes: usize,
    inflated: u64,
    grid: u64,
    sheets: usize,
}

/// Shared texts longer than this, in bytes, count as often as cells show them: what is looked
/// at in each cell is not stored in each.
const LONG: usize = 256;

impl<'a> Budget<'a> {
    pub(crate) const fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            cells: 0,
            merges: 0,
            strings: 0,
            text_bytes: 0,
            shared_bytes: 0,
            inflated: 0,
            grid: 0,
            sheets: 0,
        }
    }

    /// One more filled cell.
    pub(crate) fn cell(&mut self) -> Result<(), ReadError> {
        count(&mut self.cells, self.limits.cells, "max-cells")
    }

    /// One more merged area or hidden run.
    pub(crate) fn merge(&mut self) -> Result<(), ReadError> {
        count(&mut self.merges, self.limits.merges, "max-merges")
    }

    /// One more shared string.
    pub(crate) fn string(&mut self) -> Result<(), ReadError> {
        count(&mut self.strings, self.limits.strings, "max-strings")
    }

    /// One more text to be kept.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), ReadError> {
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        check(
            self.text_bytes as u64,
            self.limits.text_bytes as u64,
            "max-text-bytes",
        )?;
        // A text has at most as many UTF-16 units as bytes: counting is for long ones only.
        if text.len() > self.limits.cell_chars {
            let units = text.encode_utf16().count();
            check(
                units as u64,
                self.limits.cell_chars as u64,
                "max-cell-chars",
            )?;
        }
        Ok(())
    }

    /// One more cell that shows a text which is kept already.
    pub(crate) fn shared(&mut self, text: &str) -> Result<(), ReadError> {
        if text.len() <= LONG {
            return Ok(());
        }
        self.shared_bytes = self.shared_bytes.saturating_add(text.len());
        check(
            self.shared_bytes as u64,
            self.limits.text_bytes as u64,
            "max-text-bytes",
        )
    }

    /// A sheet that will take `slots` in a dense grid.
    pub(crate) fn grid(&mut self, slots: u64) -> Result<(), ReadError> {
        self.grid = self.grid.saturating_add(slots);
        check(self.grid, self.limits.grid, "max-grid")
    }

    /// One more sheet, of this name.
    pub(crate) fn sheet(&mut self, name: &str) -> Result<(), ReadError> {
        count(&mut self.sheets, self.limits.sheets, "max-sheets")?;
        let units = name.encode_utf16().count() as u64;
        check(units, self.limits.name_chars as u64, "max-name-chars")
    }

    /// So many sheets.
    pub(crate) fn sheets(&self, sheets: usize) -> Result<(), ReadError> {
        check(sheets as u64, self.limits.sheets as u64, "max-sheets")
    }

    /// So many relationships of one part: each of them leads to an entry.
    pub(crate) fn relationships(&self, found: usize) -> Result<(), ReadError> {
        check(found as u64, self.limits.entries as u64, "max-entries")
    }

    /// A part about to be inflated to `bytes`.
    pub(crate) fn inflate(&mut self, bytes: u64) -> Result<(), ReadError> {
        check(bytes, self.limits.part_bytes, "max-part-bytes")?;
        self.inflated = self.inflated.saturating_add(bytes);
        check(self.inflated, self.limits.total_bytes, "max-total-bytes")
    }
}

fn count(used: &mut usize, allowed: usize, limit: &'static str) -> Result<(), ReadError> {
    *used += 1;
    if *used > allowed {
        check(*used as u64, allowed as u64, limit)
    } else {
        Ok(())
    }
}

/// Fails if `found` is above `allowed`.
pub(crate) fn check(found: u64, allowed: u64, limit: &'static str) -> Result<(), ReadError> {
    if found > allowed {
        Err(ReadError::TooLarge {
            limit,
            found,
            allowed,
        })
    } else {
        Ok(())
    }
}
