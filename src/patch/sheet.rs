//! Where things stand in a worksheet part: rows, formulas, merges, and what surrounds them
//! (ECMA-376 Part 1, 18.3.1).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::error::PatchError;
use super::outline::{Node, Root, Tag};
use crate::formula::moved;
use crate::read::Limits;
use crate::read::address;
use crate::workbook::{self, Addr, Area};
use crate::xml::{Event, Fault, Reader, SPREADSHEET};

/// A row's element.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) open: Range<usize>,
    pub(super) end: usize,
}

/// What kind of formula a cell has (ST_CellFormulaType, 18.18.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// Of the group `si`; the master has the text.
    Shared(u32),
    Array(Option<Area>),
    Table(Option<Area>),
}

/// A cell with a formula.
#[derive(Debug, Clone)]
pub(super) struct Formula {
    pub(super) at: Addr,
    pub(super) kind: Kind,
    /// Its text, entities replaced; empty in a follower.
    pub(super) text: Arc<str>,
    /// Has a stored result.
    pub(super) cached: bool,
}

impl Formula {
    /// Gives the results of several cells.
    pub(super) fn is_spread(&self) -> bool {
        matches!(self.kind, Kind::Array(Some(area)) | Kind::Table(Some(area)) if area.first != area.last)
    }

    /// Has a stored result that a program calculates anew when it is left out. A data table's
    /// is spread over cells without a formula.
    pub(super) fn can_be_emptied(&self) -> bool {
        self.cached && !matches!(self.kind, Kind::Table(_))
    }
}

/// A run of columns that are set up alike.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) first: u32,
    pub(super) last: u32,
    /// The style of cells that are not there.
    pub(super) style: u32,
    /// In characters.
    pub(super) width: Option<f64>,
    pub(super) hidden: bool,
}

/// A worksheet part.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) text: Arc<str>,
    pub(super) part: String,
    /// The prefix of its elements, with the colon.
    pub(super) prefix: String,
    pub(super) root: Range<usize>,
    /// The children of the root.
    pub(super) top: Vec<Node>,
    pub(super) rows: Vec<Row>,
    pub(super) formulas: Vec<Formula>,
    /// The formulas by address: cells stand in order in nearly every file, but need not.
    by_address: Vec<(Addr, usize)>,
    /// Those that have the text of a shared formula, by group.
    masters: HashMap<u32, usize>,
    /// A sheet of its merged areas alone, to look them up.
    pub(super) merged: workbook::Sheet,
    pub(super) columns: Vec<Columns>,
    /// Cells of the styles asked for, with their style.
    pub(super) styled: Vec<(Addr, u32)>,
    pub(super) protected: bool,
    /// A cell gives an address in another row than the one it stands in.
    pub(super) misplaced: bool,
}

struct Walk<'s, 'a> {
    sheet: &'s mut Sheet,
    root: Option<Root<'a>>,
    /// What it cannot be patched for: a prefix that is not always the root's, elements without end.
    refused: Option<&'static str>,
    limits: &'s Limits,
    wanted: &'s [u32],
    next_row: u32,
    next_col: u32,
}

impl Sheet {
    /// Goes through a part once. Cells of a style in `wanted` (sorted) are listed.
    pub(super) fn scan(
        text: &Arc<str>,
        part: &str,
        wanted: &[u32],
        limits: &Limits,
    ) -> Result<Self, PatchError> {
        let mut sheet = Self {
            text: Arc::clone(text),
            part: part.to_owned(),
            prefix: String::new(),
            root: 0..0,
            top: Vec::new(),
            rows: Vec::new(),
            formulas: Vec::new(),
            by_address: Vec::new(),
            masters: HashMap::new(),
            merged: workbook::Sheet::default(),
            columns: Vec::new(),
            styled: Vec::new(),
            protected: false,
            misplaced: false,
        };
        let walk = Walk {
            sheet: &mut sheet,
            root: None,
            refused: None,
            limits,
            wanted,
            next_row: 0,
            next_col: 0,
        };
        walk.run(text)?;
        for (index, formula) in sheet.formulas.iter().enumerate() {
            sheet.by_address.push((formula.at, index));
            if let Kind::Shared(group) = formula.kind
                && !formula.text.is_empty()
            {
                sheet.masters.entry(group).or_insert(index);
            }
        }
        sheet.by_address.sort_unstable();
        Ok(sheet)
    }

    pub(super) fn is(&self, node: &Node, local: &str) -> bool {
        Tag(&self.text[node.open.clone()])
            .name()
            .strip_prefix(self.prefix.as_str())
            == Some(local)
    }

    /// The child of the root of this name.
    pub(super) fn find(&self, local: &str) -> Option<&Node> {
        self.top.iter().find(|node| self.is(node, local))
    }

    /// The cell that holds what `at` shows: the first of its merged area.
    pub(super) fn anchor(&self, at: Addr) -> Addr {
        self.merged.merge_at(at).map_or(at, |area| area.first)
    }

    pub(super) fn formula(&self, at: Addr) -> Option<&Formula> {
        let place = self.by_address.partition_point(|known| known.0 < at);
        let &(found, index) = self.by_address.get(place)?;
        self.formulas.get(index).filter(|_| found == at)
    }

    /// The area of the array formula or data table that `at` belongs to, if it is more than `at`.
    pub(super) fn array_at(&self, at: Addr) -> Option<Area> {
        self.formulas.iter().find_map(|formula| match formula.kind {
            Kind::Array(Some(area)) | Kind::Table(Some(area)) => {
                (area.contains(at) && area.first != area.last).then_some(area)
            }
            _ => None,
        })
    }

    /// The text of a formula at its own cell: that of a follower is derived from its master.
    pub(super) fn expanded(&self, formula: &Formula) -> Option<String> {
        let Kind::Shared(group) = formula.kind else {
            return Some(formula.text.to_string());
        };
        if !formula.text.is_empty() {
            return Some(formula.text.to_string());
        }
        let master = self.master(group)?;
        Some(moved(
            &master.text,
            i64::from(formula.at.row) - i64::from(master.at.row),
            i64::from(formula.at.col) - i64::from(master.at.col),
        ))
    }

    /// The cell that has the text of a shared formula.
    pub(super) fn master(&self, group: u32) -> Option<&Formula> {
        self.formulas.get(*self.masters.get(&group)?)
    }

    /// How the column is set up, if it is.
    pub(super) fn column(&self, col: u32) -> Option<&Columns> {
        self.columns
            .iter()
            .find(|run| (run.first..=run.last).contains(&col))
    }
}

impl<'a> Walk<'_, 'a> {
    fn run(mut self, text: &'a str) -> Result<(), PatchError> {
        let part = self.sheet.part.clone();
        let fault = |fault: Fault| PatchError::damaged(&part, fault);
        let mut xml = Reader::new(text, self.limits.xml_depth, SPREADSHEET);
        loop {
            match xml.next().map_err(fault)? {
                Event::Start(name) if xml.depth() == 1 => {
                    if xml.local(name) != Some("worksheet") {
                        return Err(PatchError::layout(&part, "worksheet"));
                    }
                    let root = Root::of(&xml, name);
                    self.sheet.prefix = root.prefix.to_owned();
                    self.root = Some(root);
                    self.sheet.root = xml.span();
                }
                Event::Start(name) => self.child(&mut xml, name).map_err(fault)?,
                Event::Eof => {
                    let refused = self.refused.map(|what| PatchError::layout(&part, what));
                    return refused.map_or(Ok(()), Err);
                }
                _ => {}
            }
        }
    }

    /// The name of the element just started, without the root's prefix.
    fn local(&mut self, xml: &Reader<'a>, name: &'a str) -> Option<&'a str> {
        let root = self.root?;
        if !root.is_consistent(xml, name) {
            self.refused = Some("xmlns");
        }
        name.strip_prefix(root.prefix)
    }

    fn child(&mut self, xml: &mut Reader<'a>, name: &'a str) -> Result<(), Fault> {
        let open = xml.span();
        let node = self.sheet.top.len();
        if node > self.limits.cells {
            self.refused = Some("elements");
        } else {
            self.sheet.top.push(Node {
                level: 1,
                inner_end: open.end,
                end: open.end,
                open,
            });
        }
        let depth = xml.depth();
        let local = self.local(xml, name).unwrap_or_default();
        self.sheet.protected |= local == "sheetProtection"
            && xml
                .attribute("sheet")
                .is_some_and(|raw| matches!(raw, "1" | "true" | "on"));
        while xml.depth() >= depth {
            match xml.next()? {
                Event::Start(inner) => {
                    match (local, self.local(xml, inner)) {
                        ("sheetData", Some("row")) => {
                            self.row(xml)?;
                            continue;
                        }
                        ("mergeCells", Some("mergeCell")) => {
                            let area = xml.attribute("ref").and_then(address::area);
                            let merges = &mut self.sheet.merged.merges;
                            if merges.len() < self.limits.merges {
                                merges.extend(area);
                            }
                        }
                        ("cols", Some("col")) => self.column(xml),
                        _ => {}
                    }
                    xml.skip()?;
                }
                Event::Eof => return Err(Fault::Truncated),
                _ => {}
            }
        }
        if let Some(node) = self.sheet.top.get_mut(node) {
            node.inner_end = xml.span().start;
            node.end = xml.span().end;
        }
        Ok(())
    }

    fn column(&mut self, xml: &Reader<'a>) {
        let get = |name| xml.attribute(name).and_then(address::number);
        if let (Some(first @ 1..), Some(last)) = (get("min"), get("max")) {
            self.sheet.columns.push(Columns {
                first: first - 1,
                last: last.saturating_sub(1),
                style: get("style").unwrap_or(0),
                width: xml.attribute("width").and_then(|raw| raw.parse().ok()),
                hidden: xml
                    .attribute("hidden")
                    .is_some_and(|raw| matches!(raw, "1" | "true" | "on")),
            });
        }
    }

    fn row(&mut self, xml: &mut Reader<'a>) -> Result<(), Fault> {
        let open = xml.span();
        let number = xml
            .attribute("r")
            .and_then(address::number)
            .filter(|number| *number > 0)
            .map_or(self.next_row, |number| number - 1);
        self.next_row = number.saturating_add(1);
        self.next_col = 0;
        let depth = xml.depth();
        while xml.depth() >= depth {
            match xml.next()? {
                Event::Start(name) if self.local(xml, name) == Some("c") => {
                    self.cell(xml, number)?;
                }
                Event::Start(_) => xml.skip()?,
                Event::Eof => return Err(Fault::Truncated),
                _ => {}
            }
        }
        if self.sheet.rows.len() > self.limits.cells {
            self.refused = Some("row");
            return Ok(());
        }
        self.sheet.rows.push(Row {
            number,
            open,
            end: xml.span().end,
        });
        Ok(())
    }

    fn cell(&mut self, xml: &mut Reader<'a>, row: u32) -> Result<(), Fault> {
        let at = xml
            .attribute("r")
            .and_then(address::cell)
            .unwrap_or(Addr::new(row, self.next_col));
        self.next_col = at.col.saturating_add(1);
        self.sheet.misplaced |= at.row != row;
        if !self.wanted.is_empty() {
            let style = xml.attribute("s").and_then(address::number);
            if let Some(style) = style.filter(|style| self.wanted.binary_search(style).is_ok()) {
                self.sheet.styled.push((at, style));
            }
        }
        let depth = xml.depth();
        let mut formula: Option<Formula> = None;
        let mut cached = false;
        while xml.depth() >= depth {
            match xml.next()? {
                Event::Start(name) => match self.local(xml, name) {
                    Some("f") => {
                        let area = xml.attribute("ref").and_then(address::area);
                        let kind = match xml.attribute("t") {
                            Some("shared") => xml
                                .attribute("si")
                                .and_then(address::number)
                                .map_or(Kind::Plain, Kind::Shared),
                            Some("array") => Kind::Array(area),
                            Some("dataTable") => Kind::Table(area),
                            _ => Kind::Plain,
                        };
                        let text: Arc<str> = xml.text()?.as_ref().into();
                        formula = Some(Formula {
                            at,
                            kind,
                            text,
                            cached: false,
                        });
                    }
                    Some("v") => {
                        cached = true;
                        xml.skip()?;
                    }
                    _ => xml.skip()?,
                },
                Event::Eof => return Err(Fault::Truncated),
                _ => {}
            }
        }
        if let Some(mut formula) = formula {
            // A bare `<f/>` is no formula.
            if formula.kind != Kind::Plain || !formula.text.is_empty() {
                formula.cached = cached;
                self.sheet.formulas.push(formula);
            }
        }
        Ok(())
    }
}
