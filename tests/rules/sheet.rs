//! A filing laid out plainly from its form description, in memory: the smallest ground for the
//! cases of the rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use gouji::catalog::{Annex, Block, Form, Kind};
use gouji::workbook::{Addr, Cell, NumberFormat, Sheet, Value, Workbook};
use serde::Deserialize;

/// Values by field path.
pub(crate) type Values = BTreeMap<String, String>;

/// A filing as the case files write it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Filing {
    pub(crate) tables: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    pub(crate) optional: BTreeMap<String, Values>,
    pub(crate) lists: BTreeMap<String, Vec<Vec<String>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    Many(Vec<Values>),
    One(Values),
}

/// A row inserted below a row of a grid, `附1.经费[专项]`, or below a record, `附1.楼堂馆所`: its
/// label, its values by column id.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Inserted {
    pub(crate) under: String,
    pub(crate) label: String,
    pub(crate) values: BTreeMap<String, String>,
}

/// A table to lay out.
#[derive(Debug, Clone)]
pub(crate) struct TableValues {
    pub(crate) annex: String,
    pub(crate) values: Values,
    pub(crate) lists: BTreeMap<String, Vec<Vec<String>>>,
    pub(crate) inserted: Vec<Inserted>,
    /// Labels to print instead of the form's, by `附1.经费[接待]`; empty leaves the row out.
    pub(crate) labels: BTreeMap<String, String>,
}

/// The tables of a filing, those of `with` included.
pub(crate) fn tables(filing: &Filing, with: &[String]) -> Vec<TableValues> {
    let mut tables = Vec::new();
    let mut add = |annex: &str, values: &Values| {
        let lists = filing
            .lists
            .iter()
            .filter(|(path, _)| path.starts_with(annex));
        tables.push(TableValues {
            annex: annex.to_owned(),
            values: values.clone(),
            lists: lists
                .map(|(path, rows)| (path.clone(), rows.clone()))
                .collect(),
            inserted: Vec::new(),
            labels: BTreeMap::new(),
        });
    };
    for (annex, values) in &filing.tables {
        match values {
            OneOrMany::One(values) => add(annex, values),
            OneOrMany::Many(many) => many.iter().for_each(|values| add(annex, values)),
        }
    }
    for annex in with {
        add(annex, filing.optional.get(annex).unwrap_or(&Values::new()));
    }
    tables
}

/// One sheet a table.
pub(crate) fn workbook(form: &Form, tables: &[TableValues], year: i32) -> Workbook {
    let mut workbook = Workbook {
        formats: vec![NumberFormat::default()],
        ..Workbook::default()
    };
    for table in tables {
        let annex = form
            .annexes
            .iter()
            .find(|annex| annex.id == table.annex)
            .unwrap();
        let taken = workbook
            .sheets
            .iter()
            .filter(|sheet| sheet.name.starts_with(&annex.name))
            .count();
        let name = match taken {
            0 => annex.name.clone(),
            n => format!("{}（{}）", annex.name, n + 1),
        };
        let mut page = Page {
            sheet: Sheet {
                name,
                visible: true,
                ..Sheet::default()
            },
            row: 0,
            year,
        };
        page.annex(annex, table);
        workbook.sheets.push(page.sheet);
    }
    workbook
}

/// A cell's value as the case files write it.
pub(crate) fn value(text: &str) -> Value {
    match (text.strip_prefix('\''), text.parse()) {
        (Some(text), _) => Value::Text(text.into()),
        (None, _) if text.starts_with('#') => Value::Error(text.into()),
        (None, Ok(number)) => Value::Number(number),
        (None, Err(_)) => Value::Text(text.into()),
    }
}

struct Page {
    sheet: Sheet,
    row: u32,
    year: i32,
}

impl Page {
    fn put(&mut self, col: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        let at = Addr::new(self.row, u32::try_from(col).unwrap());
        self.sheet.cells.push(Cell {
            at,
            value: value(text),
            format: 0,
            formula: None,
        });
    }

    fn label(&mut self, col: usize, printed: &str) {
        let text = printed
            .replace("{上年}", &(self.year - 1).to_string())
            .replace("{年}", &self.year.to_string());
        let at = Addr::new(self.row, u32::try_from(col).unwrap());
        let value = Value::Text(Arc::from(text));
        self.sheet.cells.push(Cell {
            at,
            value,
            format: 0,
            formula: None,
        });
    }

    fn annex(&mut self, annex: &Annex, table: &TableValues) {
        self.label(0, &annex.name);
        self.row += 1;
        self.label(0, &annex.title);
        self.row += 1;
        for block in &annex.blocks {
            match block.kind {
                Kind::Record => self.record(annex, block, table),
                Kind::Grid => self.grid(annex, block, table),
                Kind::Items => self.items(annex, block, table),
                Kind::Line => self.line(annex, block, table),
                Kind::List => self.list(annex, block, table),
            }
        }
    }

    fn heads(&mut self, block: &Block, first: usize) {
        if let (Some(corner), true) = (block.corner.first(), first > 0) {
            self.label(0, corner);
        }
        for (column, definition) in block.columns.iter().enumerate() {
            self.label(first + column, &definition.label.printed);
        }
        self.row += 1;
    }

    fn record(&mut self, annex: &Annex, block: &Block, table: &TableValues) {
        self.heads(block, 1);
        for (column, definition) in block.columns.iter().enumerate() {
            let path = format!("{}.{}[{}]", annex.id, block.id, definition.id);
            self.put(
                1 + column,
                table.values.get(&path).map_or("", String::as_str),
            );
        }
        self.row += 1;
        self.inserted(block, &format!("{}.{}", annex.id, block.id), table);
    }

    fn grid(&mut self, annex: &Annex, block: &Block, table: &TableValues) {
        self.heads(block, 1);
        for row in &block.rows {
            let path = format!("{}.{}[{}]", annex.id, block.id, row.id);
            let own = table.labels.get(&path).map(String::as_str);
            if own != Some("") {
                self.label(0, own.unwrap_or(&row.label.printed));
                for (column, definition) in block.columns.iter().enumerate() {
                    let path = format!("{}.{}[{},{}]", annex.id, block.id, row.id, definition.id);
                    self.put(
                        1 + column,
                        table.values.get(&path).map_or("", String::as_str),
                    );
                }
                self.row += 1;
            }
            self.inserted(block, &path, table);
        }
    }

    fn inserted(&mut self, block: &Block, under: &str, table: &TableValues) {
        let rows = table.inserted.iter();
        for inserted in rows.filter(|inserted| inserted.under == under) {
            self.put(0, &inserted.label);
            for (column, definition) in block.columns.iter().enumerate() {
                let value = inserted.values.get(&definition.id);
                self.put(1 + column, value.map_or("", String::as_str));
            }
            self.row += 1;
        }
    }

    fn items(&mut self, annex: &Annex, block: &Block, table: &TableValues) {
        if let Some(corner) = block.corner.first() {
            self.label(0, corner);
            self.row += 1;
        }
        for definition in &block.columns {
            let path = format!("{}.{}[{}]", annex.id, block.id, definition.id);
            self.label(0, &definition.label.printed);
            self.put(1, table.values.get(&path).map_or("", String::as_str));
            self.row += 1;
        }
    }

    fn line(&mut self, annex: &Annex, block: &Block, table: &TableValues) {
        let parts: Vec<String> = block
            .columns
            .iter()
            .map(|definition| {
                let path = format!("{}.{}[{}]", annex.id, block.id, definition.id);
                let value = table.values.get(&path).map_or("", String::as_str);
                format!("{}：{value}", definition.label.printed)
            })
            .collect();
        self.label(0, &parts.join("  "));
        self.row += 1;
    }

    fn list(&mut self, annex: &Annex, block: &Block, table: &TableValues) {
        self.heads(block, 0);
        let path = format!("{}.{}", annex.id, block.id);
        for row in table.lists.get(&path).into_iter().flatten() {
            for (column, text) in row.iter().enumerate() {
                self.put(column, text);
            }
            self.row += 1;
        }
        let Some(foot) = &block.foot else { return };
        self.label(0, &foot.label.printed);
        for (column, definition) in block.columns.iter().enumerate().skip(1) {
            let path = format!("{}.{}[{}]", annex.id, foot.id, definition.id);
            self.put(column, table.values.get(&path).map_or("", String::as_str));
        }
        self.row += 1;
    }
}
