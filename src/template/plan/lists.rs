//! Lists: indicators by their levels, and tables of accounts.

use super::blocks::starts;
use super::{Content, List, Look, Work, is_computed, rectangle};
use crate::catalog::Block;

impl Work<'_> {
    pub(super) fn list(
        &mut self,
        index: usize,
        block: &Block,
        top: u32,
        left: u32,
    ) -> (u32, Option<(usize, u32)>) {
        let (corner, col, spans) = self.corner_beside(block, top, left, 1);
        let columns = starts(col, &spans);
        let head_rows = self.list_heads(block, top, &columns, &spans);
        self.sheet.head = Some((top, top + head_rows - 1));
        let first = top + head_rows;
        let (groups, sections) = if block.groups.is_empty() {
            (Vec::new(), vec![first])
        } else {
            self.group_rows(index, block, first, &columns, &spans)
        };
        let last = match groups.last() {
            Some((_, last)) => *last,
            None => {
                let rows = u32::from(block.print.rows).max(self.rows_needed(index, 0));
                for row in first..first + rows {
                    self.row_inputs(block, row, 0, &columns, &spans);
                }
                first + rows - 1
            }
        };
        if let Some((corner, _)) = corner {
            self.sheet.cells[corner].area.last.row = last;
        }
        let end = if block.foot.is_some() { last + 1 } else { last };
        self.foot(block, end, left, &columns, &spans);
        self.sheet.lists.push(List {
            block: index,
            rows: (first, last),
            columns,
            groups,
            sections,
        });
        (end, corner)
    }

    /// Heads, in two storeys where a head stands above several.
    fn list_heads(&mut self, block: &Block, top: u32, columns: &[u32], spans: &[u32]) -> u32 {
        let storeys = if block.columns.iter().any(|column| column.heading.is_some()) {
            2
        } else {
            1
        };
        let mut above: Option<(String, u32, u32)> = None;
        for ((column, col), span) in block.columns.iter().zip(columns).zip(spans) {
            let words = Content::Words(self.words(&column.label.printed));
            let area = match column.heading {
                Some(_) => rectangle(top + 1, *col, 1, *span),
                None => rectangle(top, *col, storeys, *span),
            };
            self.put(area, words, Look::Head);
            let goes_on = above
                .as_ref()
                .is_some_and(|(heading, ..)| Some(heading) == column.heading.as_ref());
            if let (true, Some((_, _, last))) = (goes_on, &mut above) {
                *last = col + span - 1;
                continue;
            }
            self.heading(top, above.take());
            above = column
                .heading
                .as_ref()
                .map(|heading| (heading.clone(), *col, col + span - 1));
        }
        self.heading(top, above);
        storeys
    }

    fn heading(&mut self, row: u32, above: Option<(String, u32, u32)>) {
        if let Some((words, first, last)) = above {
            let area = rectangle(row, first, 1, last - first + 1);
            let words = self.words(&words);
            self.put(area, Content::Words(words), Look::Head);
        }
    }

    fn row_inputs(&mut self, block: &Block, row: u32, from: usize, cols: &[u32], spans: &[u32]) {
        for (column, definition) in block.columns.iter().enumerate().skip(from) {
            let area = rectangle(row, cols[column], 1, spans[column]);
            self.put(area, Content::Nothing, Look::Input(definition.unit));
        }
    }

    /// Rows of indicators: the two levels that the form prints, and blank rows for the filer's.
    fn group_rows(
        &mut self,
        index: usize,
        block: &Block,
        first: u32,
        columns: &[u32],
        spans: &[u32],
    ) -> (Vec<(u32, u32)>, Vec<u32>) {
        let mut row = first;
        let (mut groups, mut sections) = (Vec::new(), Vec::new());
        for group in &block.groups {
            let start = row;
            for (child, _) in &group.children {
                let needed = self.rows_needed(index, sections.len());
                let each = u32::from(block.print.rows).max(needed);
                sections.push(row);
                let area = rectangle(row, columns[1], each, spans[1]);
                self.put(area, Content::Words(child.clone()), Look::Head);
                for row in row..row + each {
                    self.row_inputs(block, row, 2, columns, spans);
                }
                row += each;
            }
            let words = format!("{}\n（{}分）", group.label, group.weight.normalize());
            let area = rectangle(start, columns[0], row - start, spans[0]);
            self.put(area, Content::Words(words), Look::Head);
            groups.push((start, row - 1));
        }
        (groups, sections)
    }

    /// The total row: its label over all that stands left of the first figure.
    fn foot(&mut self, block: &Block, row: u32, left: u32, columns: &[u32], spans: &[u32]) {
        let Some(foot) = &block.foot else { return };
        let is_figure = |column: usize| {
            let unit = block.columns[column].unit;
            unit.is_number()
        };
        let first = (0..columns.len())
            .find(|column| is_figure(*column))
            .unwrap_or(columns.len() - 1);
        let width = columns[first] - left;
        let words = Content::Words(self.words(&foot.label.printed));
        self.put(rectangle(row, left, 1, width), words, Look::Head);
        for column in first..columns.len() {
            let slot = block.slot(0, column);
            let area = rectangle(row, columns[column], 1, spans[column]);
            let unit = block.columns[column].unit;
            let (content, look) = if is_computed(self.form, self.index, slot) {
                (Content::Computed(slot), Look::Computed(unit))
            } else {
                (Content::Nothing, Look::Input(unit))
            };
            self.put(area, content, look);
            self.sheet.slots[slot] = Some(area.first);
        }
    }
}
