//! Grids, records, items and signature lines.

use super::{Content, Look, Placed, Repeat, Work, is_computed, rectangle};
use crate::catalog::{Block, Kind, Row, Unit};
use crate::workbook::{Addr, Area};

/// What is printed in cells that stay empty.
const NOT_APPLICABLE: &str = "——";
/// What marks the place above which rows are inserted.
const MORE: &str = "……";

impl Work<'_> {
    pub(super) fn block(&mut self, index: usize, block: &Block) {
        let print = &block.print;
        let (top, left) = match (print.beside, print.under) {
            (Some(other), _) => {
                let area = self.placed[other].area;
                (area.first.row, area.last.col + 1)
            }
            (None, Some(other)) => {
                let right_of = self.placed[other].corner.map_or(0, |(_, col)| col);
                (self.next, right_of)
            }
            (None, None) => (self.next, 0),
        };
        let before = self.sheet.cells.len();
        let (last, corner) = match block.kind {
            Kind::Grid => self.grid(index, block, top, left),
            Kind::Record => self.record(block, top, left),
            Kind::Items => (self.items(block, top, left), None),
            Kind::Line => (self.line(block), None),
            Kind::List => self.list(index, block, top, left),
        };
        let columns = self.sheet.cells[before..]
            .iter()
            .map(|cell| cell.area.last.col);
        let area = Area {
            first: Addr::new(top, left),
            last: Addr::new(last, columns.max().unwrap_or(left)),
        };
        self.placed.push(Placed { area, corner });
        self.next = self.next.max(last + 1);
        if let Some(other) = print.beside {
            self.level(other, index);
        }
        // The corner goes on beside what stands under it.
        if let Some((corner, _)) = print.under.and_then(|other| self.placed[other].corner) {
            self.sheet.cells[corner].area.last.row = self.next - 1;
        }
    }

    /// Blank space under the shorter of two blocks that stand beside each other.
    fn level(&mut self, left: usize, right: usize) {
        let (left, right) = (self.placed[left].area, self.placed[right].area);
        let (short, long) = if left.last.row < right.last.row {
            (left, right)
        } else {
            (right, left)
        };
        if short.last.row < long.last.row {
            let area = Area {
                first: Addr::new(short.last.row + 1, short.first.col),
                last: Addr::new(long.last.row, short.last.col),
            };
            self.put(area, Content::Nothing, Look::Fixed(Unit::Text));
        }
    }

    /// Columns taken by each of `parts` parts: as described, else the same for all.
    pub(super) fn spans(&self, block: &Block, parts: usize, left: u32) -> Vec<u32> {
        if let Some(spans) = block.print.spans.first() {
            return spans.iter().map(|span| u32::from(*span)).collect();
        }
        let parts = u32::try_from(parts).unwrap_or(1).max(1);
        let free = self.width().saturating_sub(left).max(parts);
        let mut spans: Vec<u32> = (0..parts).map(|_| free / parts).collect();
        // Labels stand first and are the longest.
        if let Some(first) = spans.first_mut() {
            *first += free % parts;
        }
        spans
    }

    /// Words that stand beside a block.
    pub(super) fn corner_words(&self, block: &Block) -> String {
        let words = block.corner.first().map_or("", String::as_str);
        self.words(words)
    }

    fn heads(&mut self, block: &Block, row: u32, mut col: u32, spans: &[u32]) {
        for (column, span) in block.columns.iter().zip(spans) {
            let words = self.words(&column.label.printed);
            self.put(
                rectangle(row, col, 1, *span),
                Content::Words(words),
                Look::Head,
            );
            col += span;
        }
    }

    /// The cell of a field, and its place.
    fn field(&mut self, slot: usize, unit: Unit, area: Area, row: Option<(&Row, usize)>) {
        let preset = row.and_then(|(row, column)| {
            let mut preset = row.preset.iter();
            preset
                .find(|(at, _)| *at == column)
                .map(|(_, value)| *value)
        });
        let stays_empty = row.is_some_and(|(row, column)| row.blank_columns.contains(&column));
        let (content, look) = if is_computed(self.form, self.index, slot) {
            (Content::Computed(slot), Look::Computed(unit))
        } else if let Some(value) = preset {
            (Content::Number(value), Look::Fixed(unit))
        } else if stays_empty {
            (Content::Words(NOT_APPLICABLE.to_owned()), Look::Fixed(unit))
        } else {
            (Content::Nothing, Look::Input(unit))
        };
        self.put(area, content, look);
        self.sheet.slots[slot] = Some(area.first);
    }

    fn grid(
        &mut self,
        index: usize,
        block: &Block,
        top: u32,
        left: u32,
    ) -> (u32, Option<(usize, u32)>) {
        let spans = self.spans(block, block.columns.len() + 1, left);
        let beside = spans.len() == block.columns.len() + 2;
        let mut col = left;
        let mut corner = None;
        let words = self.corner_words(block);
        if beside {
            self.put(
                rectangle(top, col, 1, spans[0]),
                Content::Words(words.clone()),
                Look::Head,
            );
            col += spans[0];
            corner = Some((self.sheet.cells.len() - 1, col));
        }
        let (label, spans) = (
            spans[usize::from(beside)],
            &spans[usize::from(beside) + 1..],
        );
        let head = if beside { String::new() } else { words };
        self.put(
            rectangle(top, col, 1, label),
            Content::Words(head),
            Look::Head,
        );
        self.heads(block, top, col + label, spans);
        let mut row = top + 1;
        for (at, definition) in block.rows.iter().enumerate() {
            let first = row;
            if !definition.placeholder {
                self.grid_row(block, at, row, (col, label), spans, true);
                row += 1;
            }
            let needed = self.rows_needed(index, at);
            let spares = definition.spare.max(needed.saturating_sub(row - first) + 1);
            let spares = if definition.repeat { spares } else { 0 };
            for spare in 0..spares {
                self.grid_row(block, at, row, (col, label), spans, false);
                if spare + 1 == spares {
                    let mut cells = self.sheet.cells.iter_mut().rev();
                    if let Some(cell) = cells.find(|cell| cell.area.first == Addr::new(row, col)) {
                        cell.content = Content::Words(MORE.to_owned());
                    }
                }
                row += 1;
            }
            if definition.repeat && row > first {
                let columns = starts(col + label, spans);
                self.sheet.repeats.push(Repeat {
                    block: index,
                    row: at,
                    rows: (first, row - 1),
                    columns,
                    label: col,
                });
            }
        }
        if let Some((corner, _)) = corner {
            self.sheet.cells[corner].area.last.row = row - 1;
        }
        (row - 1, corner)
    }

    /// A row of a grid; a spare one has no slots of its own.
    fn grid_row(
        &mut self,
        block: &Block,
        at: usize,
        row: u32,
        (col, label): (u32, u32),
        spans: &[u32],
        own: bool,
    ) {
        let definition = &block.rows[at];
        let indent = depth(block, at);
        let (content, look) = match (own, definition.repeat) {
            (true, false) => (self.words(&definition.label.printed), Look::Label(indent)),
            (true, true) => (
                self.words(&definition.label.printed),
                Look::OpenLabel(indent),
            ),
            (false, _) => (String::new(), Look::OpenLabel(indent)),
        };
        self.put(rectangle(row, col, 1, label), Content::Words(content), look);
        for ((column, at_col), span) in (0..).zip(starts(col + label, spans)).zip(spans) {
            let area = rectangle(row, at_col, 1, *span);
            let unit = block.columns[column].unit;
            if own {
                let slot = block.slot(at, column);
                self.field(slot, unit, area, Some((definition, column)));
            } else {
                self.put(area, Content::Nothing, Look::Input(unit));
            }
        }
    }

    /// The words beside a record or a list, over so many rows; then where its columns begin, and
    /// their spans.
    pub(super) fn corner_beside(
        &mut self,
        block: &Block,
        top: u32,
        left: u32,
        rows: u32,
    ) -> (Option<(usize, u32)>, u32, Vec<u32>) {
        let parts = block.columns.len() + usize::from(!block.corner.is_empty());
        let mut spans = self.spans(block, parts, left);
        if spans.len() == block.columns.len() {
            return (None, left, spans);
        }
        let width = spans.remove(0);
        let words = Content::Words(self.corner_words(block));
        self.put(rectangle(top, left, rows, width), words, Look::Head);
        let col = left + width;
        (Some((self.sheet.cells.len() - 1, col)), col, spans)
    }

    fn record(&mut self, block: &Block, top: u32, left: u32) -> (u32, Option<(usize, u32)>) {
        let (corner, col, spans) = self.corner_beside(block, top, left, 2);
        self.heads(block, top, col, &spans);
        for ((column, at_col), span) in (0..).zip(starts(col, &spans)).zip(&spans) {
            let area = rectangle(top + 1, at_col, 1, *span);
            self.field(
                block.slot(0, column),
                block.columns[column].unit,
                area,
                None,
            );
        }
        self.sheet.lines.push((top + 1, block.print.lines));
        (top + 1, corner)
    }

    /// Labels with their values, line by line.
    fn items(&mut self, block: &Block, top: u32, left: u32) -> u32 {
        let patterns: Vec<Vec<u32>> = match block.print.spans.as_slice() {
            [] => vec![self.spans(block, 2, left)],
            lines => {
                let wide = |line: &Vec<u16>| line.iter().map(|span| u32::from(*span)).collect();
                lines.iter().map(wide).collect()
            }
        };
        let framed = !block.corner.is_empty();
        let mut row = top;
        if framed {
            let words = format!("{}：", self.corner_words(block));
            let width = patterns[0].iter().sum();
            self.put(
                rectangle(row, left, 1, width),
                Content::Words(words),
                Look::Label(0),
            );
            row += 1;
        }
        let mut column = 0;
        for line in 0.. {
            let pattern = &patterns[line.min(patterns.len() - 1)];
            let mut col = left;
            for pair in pattern.chunks(2) {
                let Some(item) = block.columns.get(column) else {
                    break;
                };
                let words = self.words(&item.label.printed);
                let (words, look) = if framed {
                    (format!("{words}："), Look::ItemLabel)
                } else {
                    (words, Look::Head)
                };
                self.put(rectangle(row, col, 1, pair[0]), Content::Words(words), look);
                let area = rectangle(row, col + pair[0], 1, pair[1]);
                self.field(block.slot(0, column), item.unit, area, None);
                if framed
                    && let Some(cell) = self.sheet.cells.last_mut()
                    && let Look::Input(unit) = cell.look
                {
                    cell.look = Look::ItemInput(unit);
                }
                col += pair[0] + pair[1];
                column += 1;
            }
            self.sheet.lines.push((row, block.print.lines));
            row += 1;
            if column >= block.columns.len() {
                break;
            }
        }
        row - 1
    }

    /// The signature line, below the notes.
    fn line(&mut self, block: &Block) -> u32 {
        self.notes();
        let row = self.next;
        let spans = self.spans(block, 2 * block.columns.len(), 0);
        let mut col = 0;
        for (column, pair) in spans.chunks(2).enumerate() {
            let Some(item) = block.columns.get(column) else {
                break;
            };
            let words = format!("{}：", self.words(&item.label.printed));
            self.put(
                rectangle(row, col, 1, pair[0]),
                Content::Words(words),
                Look::LineLabel,
            );
            self.sheet.slots[block.slot(0, column)] = Some(Addr::new(row, col));
            col += pair[0];
            if let Some(span) = pair.get(1) {
                let area = rectangle(row, col, 1, *span);
                self.put(area, Content::Nothing, Look::LineInput(item.unit));
                self.sheet.slots[block.slot(0, column)] = Some(area.first);
                col += span;
            }
        }
        row
    }
}

/// The first column of each of these spans.
pub(super) fn starts(first: u32, spans: &[u32]) -> Vec<u32> {
    let mut col = first;
    spans
        .iter()
        .map(|span| {
            let start = col;
            col += span;
            start
        })
        .collect()
}

/// How many rows a row is part of.
fn depth(block: &Block, row: usize) -> u8 {
    let mut depth = 0;
    let mut at = row;
    while let Some(parent) = block.rows[at].parent {
        depth += 1;
        at = parent;
    }
    depth
}
