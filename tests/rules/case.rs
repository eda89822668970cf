//! The cases: what is changed of a clean filing, and the workbook that comes of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use gouji::catalog::Form;
use gouji::workbook::{Addr, Cell, NumberFormat, Workbook};
use serde::Deserialize;

use crate::sheet::{self, Filing, Inserted};

/// A case file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cases {
    pub(crate) fires: Vec<Case>,
    pub(crate) passes: Vec<Case>,
}

/// Changes to the clean filing. Paths of 附件3 may name the table, `附3#2.…`; else the first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What it shows, in a sentence.
    pub(crate) why: String,
    /// Values by path; `附2.指标[3,得分]` is a cell of row 3 of a list; "" clears.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    /// Optional annexes to add.
    #[serde(default)]
    pub(crate) with: Vec<String>,
    /// Annexes to leave out, `附3#2` one table.
    #[serde(default)]
    pub(crate) without: Vec<String>,
    /// Annexes to put in once more.
    #[serde(default)]
    pub(crate) twice: Vec<String>,
    /// Rows inserted into grids and below records.
    #[serde(default)]
    pub(crate) insert: Vec<Inserted>,
    /// Labels replaced, by `附1.经费[接待]`; "" leaves the row out.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// Rows of lists added at the end, by `附2.指标`.
    #[serde(default)]
    pub(crate) rows: BTreeMap<String, Vec<Vec<String>>>,
    /// Rows of lists left out, by `附2.指标`, counted from 1.
    #[serde(default)]
    pub(crate) drop: BTreeMap<String, Vec<usize>>,
    /// Cells set as they are, by `附件1!A3`.
    #[serde(default)]
    pub(crate) cells: BTreeMap<String, String>,
    /// Formulas of cells that are there, by `附件1!A3`; what they hold is their stored result.
    #[serde(default)]
    pub(crate) formulas: BTreeMap<String, String>,
    /// Digits that numbers are shown with, by cell: `附件2!G17`.
    #[serde(default)]
    pub(crate) decimals: BTreeMap<String, u8>,
    /// Cells whose format shows another number: `附件1!D8`.
    #[serde(default)]
    pub(crate) misleads: Vec<String>,
    /// Columns that are merged over rows: `附件2!G20:G21`.
    #[serde(default)]
    pub(crate) merge: Vec<String>,
    /// Sheets that are hidden, and rows and columns: `附件1!8`, `附件1!C`.
    #[serde(default)]
    pub(crate) hide: Vec<String>,
    /// Refers to other workbooks.
    #[serde(default)]
    pub(crate) external_links: bool,
    /// The workbook has macros.
    #[serde(default)]
    pub(crate) macros: bool,
    /// Names that a template defines, with what they refer to.
    #[serde(default)]
    pub(crate) names: BTreeMap<String, String>,
    /// Nothing is filled in, but for `set`.
    #[serde(default)]
    pub(crate) blank: bool,
    /// What the unit filed last year, by field.
    #[serde(default)]
    pub(crate) last_year: BTreeMap<String, String>,
    /// The file's name.
    pub(crate) file: Option<String>,
    /// Where the finding stands: a field path, or a cell `附件1!A3`.
    pub(crate) at: Option<String>,
    /// error, incomplete, explain, hint.
    pub(crate) severity: Option<String>,
    /// What the message says, or a part of it.
    pub(crate) says: Option<String>,
    /// What the working says, or a part of it.
    pub(crate) working: Option<String>,
    /// What is given as the difference.
    pub(crate) difference: Option<String>,
    /// The rule is 未审, and why.
    pub(crate) unchecked: Option<String>,
    /// The finding is 尾差.
    #[serde(default)]
    pub(crate) rounding: bool,
    /// Parameters and switches are the form's; `on` turns a rule on that is off.
    #[serde(default)]
    pub(crate) on: bool,
}

pub(crate) fn clean(form: &Form) -> Filing {
    let path = root().join(format!("fixtures/clean/{}.toml", form.id));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    toml::from_str(&text).unwrap()
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `附3#2.资金[…]` → (附3, 1, `附3.资金[…]`).
fn table_of(path: &str) -> (String, usize, String) {
    let (annex, rest) = path.split_once('.').unwrap_or((path, ""));
    let (annex, number) = match annex.split_once('#') {
        Some((annex, number)) => (annex, number.parse::<usize>().unwrap() - 1),
        None => (annex, 0),
    };
    let plain = if rest.is_empty() {
        annex.to_owned()
    } else {
        format!("{annex}.{rest}")
    };
    (annex.to_owned(), number, plain)
}

pub(crate) fn build(form: &Form, case: &Case) -> Workbook {
    let mut tables = sheet::tables(&clean(form), &case.with);
    for path in &case.twice {
        let (annex, number, _) = table_of(path);
        let again = tables
            .iter()
            .filter(|table| table.annex == annex)
            .nth(number)
            .unwrap()
            .clone();
        tables.push(again);
    }
    let find = |tables: &mut Vec<sheet::TableValues>, path: &str| -> (usize, String) {
        let (annex, number, plain) = table_of(path);
        let mut fitting = tables
            .iter()
            .enumerate()
            .filter(|(_, table)| table.annex == annex);
        let (index, _) = fitting
            .nth(number)
            .unwrap_or_else(|| panic!("no table for {path}"));
        (index, plain)
    };
    if case.blank {
        for table in &mut tables {
            table.values.clear();
            table.lists.values_mut().for_each(Vec::clear);
        }
    }
    for (path, value) in &case.set {
        let (index, plain) = find(&mut tables, path);
        let inner = plain
            .split_once('[')
            .map(|(list, inner)| (list, inner.trim_end_matches(']')));
        if let Some((list, inner)) = inner
            && let Some(rows) = tables[index].lists.get_mut(list)
        {
            let (row, column) = inner.split_once(',').unwrap();
            let annex = form
                .annexes
                .iter()
                .find(|annex| plain.starts_with(&annex.id))
                .unwrap();
            let block = annex
                .blocks
                .iter()
                .find(|block| list.ends_with(&block.id))
                .unwrap();
            let row: usize = row.parse().unwrap();
            let column = block
                .column(column)
                .unwrap_or_else(|| panic!("no column for {path}"));
            rows[row - 1][column] = value.clone();
            continue;
        }
        known_path(form, &plain);
        tables[index].values.insert(plain, value.clone());
    }
    for (path, rows) in &case.rows {
        let (index, plain) = find(&mut tables, path);
        tables[index]
            .lists
            .get_mut(&plain)
            .unwrap()
            .extend(rows.iter().cloned());
    }
    for (path, dropped) in &case.drop {
        let (index, plain) = find(&mut tables, path);
        let rows = tables[index].lists.get_mut(&plain).unwrap();
        let mut number = 0;
        rows.retain(|_| {
            number += 1;
            !dropped.contains(&number)
        });
    }
    for inserted in &case.insert {
        let (index, plain) = find(&mut tables, &inserted.under);
        let inserted = Inserted {
            under: plain,
            ..inserted.clone()
        };
        tables[index].inserted.push(inserted);
    }
    for (path, label) in &case.labels {
        let (index, plain) = find(&mut tables, path);
        tables[index].labels.insert(plain, label.clone());
    }
    let mut left_out: Vec<usize> = case
        .without
        .iter()
        .map(|path| find(&mut tables, path).0)
        .collect();
    left_out.sort_unstable();
    for index in left_out.into_iter().rev() {
        tables.remove(index);
    }
    let mut workbook = sheet::workbook(form, &tables, form.year);
    for (place, text) in &case.cells {
        let (name, at) = place.split_once('!').unwrap();
        let sheet = workbook.sheets.iter_mut().find(|sheet| sheet.name == name);
        let sheet = match sheet {
            Some(sheet) => sheet,
            None => {
                let name = name.to_owned();
                workbook.sheets.push(gouji::workbook::Sheet {
                    name,
                    visible: true,
                    ..Default::default()
                });
                workbook.sheets.last_mut().unwrap()
            }
        };
        let at = address(at);
        sheet.cells.retain(|cell| cell.at != at);
        if !text.is_empty() {
            sheet.cells.push(Cell {
                at,
                value: sheet::value(text),
                format: 0,
                formula: None,
            });
            sheet.cells.sort_by_key(|cell| cell.at);
        }
    }
    for (place, text) in &case.formulas {
        cell_at(&mut workbook, place).formula = Some(text.as_str().into());
    }
    let decimals = case.decimals.iter().map(|(place, decimals)| {
        let format = NumberFormat {
            decimals: Some(*decimals),
            ..NumberFormat::default()
        };
        (place, format)
    });
    let misleading = case.misleads.iter().map(|place| {
        let format = NumberFormat {
            misleads: gouji::workbook::Misleads::all(true),
            ..NumberFormat::default()
        };
        (place, format)
    });
    for (place, format) in decimals.chain(misleading) {
        let index = u16::try_from(workbook.formats.len()).unwrap();
        cell_at(&mut workbook, place).format = index;
        workbook.formats.push(format);
    }
    for place in &case.merge {
        let (name, area) = place.split_once('!').unwrap();
        let (first, last) = area.split_once(':').unwrap();
        let sheet = workbook
            .sheets
            .iter_mut()
            .find(|sheet| sheet.name == name)
            .unwrap();
        let (first, last) = (address(first), address(last));
        sheet.merges.push(gouji::workbook::Area { first, last });
    }
    for sheet in &mut workbook.sheets {
        sheet.visible = !case.hide.contains(&sheet.name);
        let inside = case.hide.iter().filter_map(|place| place.split_once('!'));
        for (_, place) in inside.filter(|(name, _)| *name == sheet.name) {
            match place.parse::<u32>() {
                Ok(row) => sheet.hidden_rows.push((row - 1, row - 1)),
                Err(_) => {
                    let column = address(&format!("{place}1")).col;
                    sheet.hidden_columns.push((column, column));
                }
            }
        }
    }
    workbook.traits.external_links = case.external_links;
    workbook.traits.macros = case.macros;
    let names = case
        .names
        .iter()
        .map(|(name, refers)| gouji::workbook::Name {
            name: name.clone(),
            refers: refers.clone(),
        });
    workbook.names = names.collect();
    workbook
}

/// The cell `附件1!A3`, which must be there.
fn cell_at<'a>(workbook: &'a mut Workbook, place: &str) -> &'a mut Cell {
    let (name, at) = place.split_once('!').unwrap();
    let mut sheets = workbook.sheets.iter_mut();
    let sheet = sheets.find(|sheet| sheet.name == name).unwrap();
    let mut cells = sheet.cells.iter_mut();
    cells.find(|cell| cell.at == address(at)).unwrap()
}

/// A path that no field has would change nothing and prove nothing.
fn known_path(form: &Form, path: &str) {
    let known = form.annexes.iter().flat_map(|annex| {
        annex.blocks.iter().flat_map(move |block| {
            let id = block.foot.as_ref().map_or(&block.id, |foot| &foot.id);
            block.columns.iter().flat_map(move |column| {
                let rows: Vec<String> = match block.rows.len() {
                    0 => vec![format!("{}.{id}[{}]", annex.id, column.id)],
                    _ => block
                        .rows
                        .iter()
                        .map(|row| format!("{}.{id}[{},{}]", annex.id, row.id, column.id))
                        .collect(),
                };
                rows
            })
        })
    });
    assert!(
        known.into_iter().any(|known| known == path),
        "no field {path}"
    );
}

fn address(text: &str) -> Addr {
    let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
    let col = text[..letters]
        .bytes()
        .fold(0, |col, b| col * 26 + u32::from(b - b'A') + 1);
    Addr::new(text[letters..].parse::<u32>().unwrap() - 1, col - 1)
}
