//! Lines such as 「单位：元」, which say in which unit the amounts below them are.

use super::UnitOf;
use super::blocks::Work;
use crate::catalog::Unit;
use crate::filing::Seen;
use crate::label;
use crate::money::Scale;

/// The line may stand so many rows above the title.
const ROWS_ABOVE: u32 = 2;
/// A longer text, in bytes, is no such line.
const LONGEST: usize = 240;

impl Work<'_> {
    /// Looks for lines in the title, right above it and below it.
    /// A line holds for the blocks that it stands above.
    pub(super) fn unit_lines(&mut self) {
        let lines = self.lines();
        if lines.is_empty() {
            return;
        }
        let blocks = self.annex.blocks.iter().enumerate();
        let of_money = blocks.filter(|(_, block)| {
            let mut columns = block.columns.iter();
            columns.any(|column| column.unit == Unit::Money)
        });
        let below = of_money.filter_map(|(block, _)| {
            let first = self.first_row(block)?;
            // The nearest one: lines are in reading order.
            let (_, seen) = lines.iter().rfind(|(row, _)| *row < first)?;
            Some((UnitOf::Below(block), seen.clone()))
        });
        let below: Vec<(UnitOf, Seen)> = below.collect();
        self.table.unit_texts.splice(0..0, below);
    }

    /// The lines, with their rows.
    fn lines(&self) -> Vec<(u32, Seen)> {
        let top = self.region.rows.0;
        let near = self.above.iter().rev();
        let near = near.take_while(|mark| mark.at.row + ROWS_ABOVE >= top);
        let title = self.region.title.as_ref().map(|title| title.cell.at);
        let found = near.chain(self.marks).filter(|mark| {
            let normal = || label::normalise(&mark.text);
            let is_short = || mark.text.len() <= LONGEST && mark.text.contains('元');
            let said = match Some(mark.at) == title {
                true => Scale::of_title(&normal()),
                false => is_short().then(|| Scale::of_line(&normal())).flatten(),
            };
            said.is_some()
        });
        found
            .map(|mark| (mark.at.row, mark.seen(self.sheet_index)))
            .collect()
    }

    /// The unit of a block's amounts, as its corner says it, else its heads, else a line above its
    /// values, which begin in `first`; all forms are in 万元.
    pub(super) fn scale_of(&self, index: usize, first: u32) -> Scale {
        let texts = self.table.unit_texts.iter();
        let of = |of: &UnitOf| match of {
            UnitOf::Block(block) => *block == index,
            UnitOf::Column(block, _) => *block == index,
            UnitOf::Below(_) => false,
        };
        // The corner comes last.
        let mut heads = texts.rev().filter(|(said_of, _)| of(said_of));
        let head = heads.find_map(|(_, seen)| Scale::in_head(&seen.text));
        let line = || {
            let lines = self.lines();
            let (_, seen) = lines.into_iter().rfind(|(row, _)| *row < first)?;
            Scale::in_head(&seen.text)
        };
        head.or_else(line).unwrap_or(Scale::WanYuan)
    }

    /// The first row of a block's values.
    fn first_row(&self, index: usize) -> Option<u32> {
        let block = &self.annex.blocks[index];
        let count = block.columns.len() * block.rows.len().max(1);
        let slots = self.table.slots[block.first_slot..block.first_slot + count].iter();
        let rows = self.table.rows.iter().filter(|row| row.block == index);
        let places = slots.chain(rows.flat_map(|row| &row.places));
        places.flatten().map(|place| place.at.row).min()
    }
}
