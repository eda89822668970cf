//! A template filled in as a clerk would: values typed into its input cells.

use std::collections::{BTreeMap, HashMap};

use gouji::catalog::{Form, Kind};
use gouji::label;
use gouji::naming::{Known, of_rows, of_slot};
use gouji::patch::{Edit, NewValue, Patch, patch};
use gouji::read::{Limits, read};
use gouji::workbook::{Addr, Value, Workbook};
use rust_decimal::Decimal;

use super::filings::{Filing, canonical};

/// Where the fields of a template are, by the paths of the test filings.
pub(crate) struct Places<'a> {
    form: &'a Form,
    known: Known,
    pub(crate) workbook: Workbook,
}

/// Rows by the key of their second level.
type Rows = BTreeMap<String, Vec<u32>>;

/// A cell of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) sheet: usize,
    pub(crate) at: Addr,
    /// It holds a formula.
    pub(crate) computed: bool,
}

impl<'a> Places<'a> {
    pub(crate) fn of(form: &'a Form, template: &[u8]) -> Self {
        let workbook = read(template, &Limits::default()).unwrap();
        let known = Known::of(&workbook).unwrap();
        assert!(known.is_of(form));
        Self {
            form,
            known,
            workbook,
        }
    }

    fn spot(&self, sheet: usize, at: Addr) -> Spot {
        let cell = self.workbook.sheets[sheet].cell(at);
        Spot {
            sheet,
            at,
            computed: cell.is_some_and(|cell| cell.formula.is_some()),
        }
    }

    /// `附1.经费[专项#2,决算]`, `附3#2.表头[项目]`; rows of lists are found by [`Self::rows`].
    pub(crate) fn place(&self, path: &str) -> Option<Spot> {
        let path = canonical(path);
        let (annex, rest) = path.split_once('.')?;
        let (annex, number) = match annex.split_once('#') {
            Some((annex, number)) => (annex, number.parse::<usize>().unwrap() - 1),
            None => (annex, 0),
        };
        let annex = self.form.annexes.iter().find(|known| known.id == annex)?;
        let (block, inner) = rest.strip_suffix(']')?.split_once('[')?;
        let is_block = |known: &&gouji::catalog::Block| {
            known.id == block || known.foot.as_ref().is_some_and(|foot| foot.id == block)
        };
        let position = annex.blocks.iter().position(|known| is_block(&known))?;
        let block = &annex.blocks[position];
        let (row, column) = match inner.split_once(',') {
            Some((row, column)) => (Some(row), Some(column)),
            None if block.kind == Kind::Grid => (Some(inner), None),
            None => (None, Some(inner)),
        };
        if let Some((id, count)) = row.and_then(|row| row.split_once('#')) {
            let row = block.row(id)?;
            let column = match column {
                Some(column) => Some(block.column(column)?),
                None => None,
            };
            let name = of_rows(annex, number, position, Some(row), column);
            let (sheet, area) = self.known.area(&name)?;
            let at = Addr::new(
                area.first.row + count.parse::<u32>().unwrap() - 1,
                area.first.col,
            );
            return (at.row <= area.last.row).then(|| self.spot(sheet, at));
        }
        let row = match row {
            Some(row) => block.row(row)?,
            None => 0,
        };
        let slot = block.slot(row, block.column(column?)?);
        let (sheet, area) = self.known.area(&of_slot(annex, number, slot))?;
        Some(self.spot(sheet, area.first))
    }

    /// The cells of row `row` of the first list of an annex, with the ids and units of its columns.
    pub(crate) fn list_row(&self, annex: &str, row: u32) -> Vec<(Spot, gouji::catalog::Unit)> {
        let annex = self
            .form
            .annexes
            .iter()
            .find(|known| known.id == annex)
            .unwrap();
        let block = |block: &gouji::catalog::Block| block.kind == Kind::List;
        let position = annex.blocks.iter().position(block).unwrap();
        let columns = annex.blocks[position].columns.iter().enumerate();
        columns
            .map(|(column, definition)| {
                let name = of_rows(annex, 0, position, None, Some(column));
                let (sheet, area) = self.known.area(&name).unwrap();
                let at = Addr::new(area.first.row + row, area.first.col);
                assert!(at.row <= area.last.row);
                (self.spot(sheet, at), definition.unit)
            })
            .collect()
    }

    /// The rows of the indicators of an annex, by second level, and its columns by id.
    fn rows(&self, annex: &str, number: usize) -> Option<(usize, Rows, HashMap<String, u32>)> {
        let annex = self.form.annexes.iter().find(|known| known.id == annex)?;
        let position = annex
            .blocks
            .iter()
            .position(|block| !block.groups.is_empty())?;
        let block = &annex.blocks[position];
        let area = |column| {
            self.known
                .area(&of_rows(annex, number, position, None, Some(column)))
        };
        let (sheet, second) = area(1)?;
        let mut rows: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let page = &self.workbook.sheets[sheet];
        for row in second.first.row..=second.last.row {
            let at = Addr::new(row, second.first.col);
            let at = page.merge_at(at).map_or(at, |merged| merged.first);
            if let Some(Value::Text(text)) = page.cell(at).map(|cell| &cell.value) {
                rows.entry(label::key(text)).or_default().push(row);
            }
        }
        let columns = block.columns.iter().enumerate();
        let columns =
            columns.map(|(at, column)| (column.id.clone(), area(at).unwrap().1.first.col));
        Some((sheet, rows, columns.collect()))
    }
}

/// What to type into a template.
#[derive(Default)]
pub(crate) struct Typed {
    edits: BTreeMap<(usize, Addr), NewValue>,
}

impl Typed {
    pub(crate) fn number(&mut self, spot: Spot, value: Decimal) {
        let value = NewValue::Number {
            value,
            formula: None,
        };
        self.edits.insert((spot.sheet, spot.at), value);
    }

    /// Leaves a cell as the template has it.
    pub(crate) fn clear(&mut self, spot: Spot) {
        self.edits.remove(&(spot.sheet, spot.at));
    }

    pub(crate) fn text(&mut self, spot: Spot, text: &str) {
        self.value(spot, NewValue::Text(text.to_owned()));
    }

    pub(crate) fn value(&mut self, spot: Spot, value: NewValue) {
        self.edits.insert((spot.sheet, spot.at), value);
    }

    /// The input cells filled with a filing; computed ones are left to compute themselves.
    pub(crate) fn filing(places: &Places<'_>, filing: &Filing) -> Self {
        let mut typed = Self::default();
        for (path, figure) in filing.figures() {
            let Some(value) = figure else { continue };
            let spot = places.place(&path);
            // The form prints the weight of the budget.
            if let Some(spot) = spot.filter(|spot| !spot.computed)
                && !path.ends_with("[总额,分值]")
            {
                typed.number(spot, value);
            }
        }
        for (path, text) in filing.texts() {
            if let Some(spot) = places.place(&path).filter(|_| !text.is_empty()) {
                typed.text(spot, &text);
            }
        }
        typed.indicators(places, ("附2", 0), &filing.annex2.table);
        for (number, project) in filing.projects.iter().enumerate() {
            typed.indicators(places, ("附3", number), &project.table);
        }
        typed
    }

    /// Indicators into the rows of their second level, as many as there is room for.
    fn indicators(
        &mut self,
        places: &Places<'_>,
        (annex, number): (&str, usize),
        table: &super::filings::Indicators,
    ) {
        let Some((sheet, mut rows, columns)) = places.rows(annex, number) else {
            return;
        };
        for indicator in &table.rows {
            let Some(free) = rows.get_mut(&label::key(&indicator.second)) else {
                continue;
            };
            if free.is_empty() {
                continue;
            }
            let row = free.remove(0);
            let spot = |column: &str| Spot {
                sheet,
                at: Addr::new(row, columns[column]),
                computed: false,
            };
            for (column, text) in [
                ("三级", &indicator.third),
                ("目标", &indicator.target),
                ("完成", &indicator.actual),
                ("原因", &indicator.reason),
            ] {
                if !text.is_empty() {
                    self.text(spot(column), text);
                }
            }
            for (column, figure) in [("分值", indicator.weight), ("得分", indicator.score)] {
                if let Some(value) = figure {
                    self.number(spot(column), value);
                }
            }
        }
    }

    pub(crate) fn into(self, template: &[u8]) -> Vec<u8> {
        let edits = self.edits.into_iter().map(|((sheet, at), value)| Edit {
            sheet,
            at,
            value: Some(value),
            ..Edit::default()
        });
        let changes = Patch {
            edits: edits.collect(),
            ..Patch::default()
        };
        patch(template, &changes, &Limits::default()).unwrap().bytes
    }
}
