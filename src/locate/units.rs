//! Lines such as 「单位：元」, which say in which unit the amounts below them are.

use super::UnitOf;
use super::blocks::Work;
use super::marks::Mark;
use crate::catalog::Unit;
use crate::filing::Seen;
use crate::label;

/// The line may stand so many rows above the title.
const ROWS_ABOVE: u32 = 2;
/// A longer text, in bytes, is no such line.
const LONGEST: usize = 96;

impl Work<'_> {
    /// Looks for lines in the title, right above it (in the marks `above` the table) and below it.
    /// A line holds for the blocks that it stands above.
    pub(super) fn unit_lines(&mut self, above: &[Mark]) {
        let top = self.region.rows.0;
        let near = above.iter().rev();
        let near = near.take_while(|mark| mark.at.row + ROWS_ABOVE >= top);
        let title = self.region.title.as_ref().map(|title| title.cell.at);
        let found = near.chain(self.marks).filter(|mark| {
            let normal = || label::normalise(&mark.text);
            match Some(mark.at) == title {
                true => is_in_title(&normal()),
                false => {
                    mark.text.len() <= LONGEST && mark.text.contains('元') && is_line(&normal())
                }
            }
        });
        let lines: Vec<(u32, Seen)> = found
            .map(|mark| (mark.at.row, mark.seen(self.sheet_index)))
            .collect();
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

/// Whether a normalised text is a line that names a unit of money, and nothing else.
fn is_line(normal: &str) -> bool {
    let bare = normal.trim_start_matches(['(', '[', '【']);
    let bare = bare.trim_end_matches([')', ']', '】', '。']);
    let words = ["金额单位", "货币单位", "计量单位", "单位"];
    let Some(rest) = words.iter().find_map(|word| bare.strip_prefix(word)) else {
        return false;
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let rest = rest.strip_prefix("人民币").unwrap_or(rest);
    // Other units may follow: 「单位：元、人」.
    ["万元", "亿元", "千元", "元"]
        .iter()
        .find_map(|unit| rest.strip_prefix(unit))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['、', ',', ';', '(']))
}

/// Whether a normalised title ends in such a line, in brackets or not, or in a unit in brackets.
fn is_in_title(normal: &str) -> bool {
    let tail = |at: usize| &normal[at..];
    let bracket = normal.rfind(['(', '[', '【']).map(tail).unwrap_or_default();
    is_line(bracket)
        || ["(万元)", "(元)", "(亿元)"].contains(&bracket)
        || ["金额单位", "单位"]
            .iter()
            .any(|word| normal.rfind(word).is_some_and(|at| is_line(tail(at))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_unit_and_nothing_else() {
        for text in [
            "单位：元",
            "单 位： 万 元",
            "（单位：万元）",
            "【金额单位：人民币元】",
            "金额单位万元",
            "单位：元、人、%",
        ] {
            assert!(is_line(&label::normalise(text)), "{text}");
        }
        for text in [
            "单位成本（元/人次）",
            "单位：元/人",
            "单位面积造价控制在3000元以内",
            "单位：元江县财政局",
            "填报单位：元",
            "元",
        ] {
            assert!(!is_line(&label::normalise(text)), "{text}");
        }
    }

    #[test]
    fn a_title_may_end_in_a_unit() {
        for text in [
            "2023年度部门整体支出绩效自评表（单位：元）",
            "2023年度部门整体支出绩效自评表（元）",
            "2023年度部门整体支出绩效自评表  金额单位：万元",
            "2023年度单位整体支出绩效自评表 单位：元",
        ] {
            assert!(is_in_title(&label::normalise(text)), "{text}");
        }
        for text in ["元江县2023年度单位整体支出绩效自评表", "附件2（样表）"]
        {
            assert!(!is_in_title(&label::normalise(text)), "{text}");
        }
    }
}
