//! Workbooks built cell by cell from the input, on a blank sheet or over one of our filings.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use gouji::catalog::Catalog;
use gouji::read::{Limits, read};
use gouji::template::{self, Order};
use gouji::workbook::{Addr, Area, Cell, NumberFormat, Sheet, Value, Workbook};

use crate::bytes::Bytes;

const MOST_STEPS: usize = 600;
const MOST_SHEETS: usize = 8;

/// The form sets of the program.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::embedded().expect("a test loads them"))
}

/// What inputs are built from: workbooks, and the words that stand in them and in forms.
struct Stock {
    workbooks: Vec<Workbook>,
    words: Vec<Arc<str>>,
}

fn stock() -> &'static Stock {
    static STOCK: OnceLock<Stock> = OnceLock::new();
    STOCK.get_or_init(|| {
        let mut files: Vec<Vec<u8>> = vec![
            include_bytes!("../../fixtures/reference/reference-sheets.xlsx").to_vec(),
            include_bytes!("../../fixtures/reference/reference-stacked.xlsx").to_vec(),
            include_bytes!("../../fixtures/clean/clean.xlsx").to_vec(),
        ];
        for form in &catalog().forms {
            files.push(template::workbook(form, &Order::blank(2)).expect("a template"));
        }
        let read = |bytes: &Vec<u8>| read(bytes, &Limits::default()).expect("a workbook of ours");
        let mut workbooks: Vec<Workbook> = files.iter().map(read).collect();
        let single: Vec<Workbook> = [0, 2]
            .iter()
            .flat_map(|index| sheet_by_sheet(&workbooks[*index]))
            .collect();
        let mut words: Vec<Arc<str>> = EXTRAS.iter().map(|word| (*word).into()).collect();
        for cell in workbooks
            .iter()
            .flat_map(|book| &book.sheets)
            .flat_map(|sheet| &sheet.cells)
        {
            if let Value::Text(text) = &cell.value
                && text.len() < 120
                && !words.contains(text)
            {
                words.push(text.clone());
            }
        }
        let keys = catalog()
            .forms
            .iter()
            .flat_map(|form| &form.annexes)
            .flat_map(|annex| annex.labels.keys().chain(&annex.title_keys));
        let mut keys: Vec<Arc<str>> = keys.map(|key| key.as_str().into()).collect();
        keys.sort();
        keys.dedup();
        words.extend(keys);
        workbooks.extend(single);
        Stock { workbooks, words }
    })
}

/// Each sheet as a workbook of its own: a table alone is reviewed many times as fast as a filing.
fn sheet_by_sheet(workbook: &Workbook) -> Vec<Workbook> {
    let sheets = workbook.sheets.iter();
    let alone = sheets.map(|sheet| Workbook {
        sheets: vec![sheet.clone()],
        ..workbook.clone()
    });
    alone.collect()
}

/// Filings of ours that tables of every form stand in.
pub fn filings() -> &'static [Workbook] {
    &stock().workbooks[..2]
}

/// What forms do not say, and filings do.
const EXTRAS: [&str; 23] = [
    " ",
    "\u{3000}",
    "\n",
    "……",
    "附件1",
    "附件3-2",
    "单位：元",
    "（万元）",
    "亿元",
    "%",
    "84.78％",
    "1,234.50",
    "4753.66万元",
    "——",
    "/",
    "无",
    "≥95%",
    "3600余人次",
    "2023年",
    "二〇二三年度",
    "2023-13-45",
    "=1+1",
    "\u{202E}甲",
];

/// How a workbook is built, and how it is to be reviewed.
pub struct Built {
    pub workbook: Workbook,
    /// A byte to choose options by.
    pub choice: u8,
}

pub fn build(data: &[u8]) -> Built {
    let mut bytes = Bytes(data);
    let choice = bytes.byte();
    let stock = stock();
    let base = bytes.below(stock.workbooks.len() + 2);
    let workbook = stock.workbooks.get(base).cloned().unwrap_or_default();
    let mut builder = Builder::of(workbook);
    for _ in 0..MOST_STEPS {
        if bytes.is_empty() {
            break;
        }
        builder.step(&mut bytes, &stock.words);
    }
    Built {
        workbook: builder.finish(),
        choice,
    }
}

struct Builder {
    workbook: Workbook,
    cells: Vec<BTreeMap<Addr, Cell>>,
    sheet: usize,
    at: Addr,
    format: u16,
}

impl Builder {
    fn of(mut workbook: Workbook) -> Self {
        if workbook.sheets.is_empty() {
            workbook.sheets.push(Sheet {
                name: "表1".to_owned(),
                visible: true,
                ..Sheet::default()
            });
            workbook.formats.push(NumberFormat {
                code: "General".into(),
                ..NumberFormat::default()
            });
        }
        workbook.formats.push(NumberFormat {
            code: "0.00%".into(),
            percent: true,
            decimals: Some(2),
            ..NumberFormat::default()
        });
        let cells = workbook
            .sheets
            .iter_mut()
            .map(|sheet| std::mem::take(&mut sheet.cells))
            .map(|cells| cells.into_iter().map(|cell| (cell.at, cell)).collect())
            .collect();
        Self {
            workbook,
            cells,
            sheet: 0,
            at: Addr::default(),
            format: 0,
        }
    }

    fn step(&mut self, bytes: &mut Bytes<'_>, words: &[Arc<str>]) {
        let step = bytes.byte();
        match step % 16 {
            0 => self.at = bytes.address(),
            1..=3 => self.put(Value::Text(words[bytes.below(words.len())].clone()), None),
            4 | 5 => self.put(Value::Number(bytes.decimal()), None),
            6 => {
                let text = bytes.text();
                self.put(Value::Text(text.into()), None);
            }
            7 => {
                self.cells[self.sheet].remove(&self.at);
                self.right();
            }
            8 => self.at = Addr::new((self.at.row + 1).min(1_048_575), u32::from(step / 16) % 4),
            9 => self.merge(bytes),
            10 => self.hide(bytes),
            11 => self.turn_to(bytes),
            12 => self.move_rows(bytes),
            13 => self.copy(bytes),
            14 => {
                let formula = bytes.text().into();
                let value = match step / 16 % 4 {
                    0 => Value::Blank,
                    1 => Value::Bool(true),
                    2 => Value::Error("#DIV/0!".into()),
                    _ => Value::Unreadable("1E+308".into()),
                };
                self.put(value, Some(formula));
            }
            _ => self.format = u16::try_from(bytes.below(self.workbook.formats.len())).unwrap_or(0),
        }
    }

    fn right(&mut self) {
        self.at.col = (self.at.col + 1).min(16_383);
    }

    fn put(&mut self, value: Value, formula: Option<Arc<str>>) {
        // No reader gives these.
        if formula.is_none() && matches!(&value, Value::Text(text) if text.is_empty()) {
            return;
        }
        let cell = Cell {
            at: self.at,
            value,
            format: self.format,
            formula,
        };
        self.cells[self.sheet].insert(self.at, cell);
        self.right();
    }

    fn merge(&mut self, bytes: &mut Bytes<'_>) {
        let (rows, cols) = (u32::from(bytes.byte()), u32::from(bytes.byte()));
        let last = Addr::new(
            (self.at.row + rows % 24).min(1_048_575),
            (self.at.col + cols % 24).min(16_383),
        );
        if last != self.at {
            let first = self.at;
            self.workbook.sheets[self.sheet]
                .merges
                .push(Area { first, last });
        }
    }

    fn hide(&mut self, bytes: &mut Bytes<'_>) {
        let sheet = &mut self.workbook.sheets[self.sheet];
        let more = bytes.byte();
        let run = |from: u32, end: u32| (from, (from + u32::from(more / 2)).min(end));
        if more.is_multiple_of(2) {
            sheet.hidden_rows.push(run(self.at.row, 1_048_575));
        } else {
            sheet.hidden_columns.push(run(self.at.col, 16_383));
        }
    }

    fn turn_to(&mut self, bytes: &mut Bytes<'_>) {
        let number = bytes.below(MOST_SHEETS);
        self.sheet = number.min(self.cells.len());
        self.at = Addr::default();
        if self.sheet == self.cells.len() {
            self.workbook.sheets.push(Sheet {
                name: format!("新{}", self.sheet),
                visible: !bytes.byte().is_multiple_of(4),
                ..Sheet::default()
            });
            self.cells.push(BTreeMap::new());
        }
    }

    /// All from this row on goes down or up; merged areas stay, as in files that programs made.
    fn move_rows(&mut self, bytes: &mut Bytes<'_>) {
        let by = i64::from(bytes.byte() as i8);
        let below = self.cells[self.sheet].split_off(&Addr::new(self.at.row, 0));
        for (at, mut cell) in below {
            let row = u32::try_from(i64::from(at.row) + by).unwrap_or(0);
            cell.at = Addr::new(row.min(1_048_575), at.col);
            self.cells[self.sheet].insert(cell.at, cell);
        }
    }

    /// Rows of this sheet once more, at the cursor.
    fn copy(&mut self, bytes: &mut Bytes<'_>) {
        let (from, rows) = (u32::from(bytes.byte()), u32::from(bytes.byte() % 32));
        let range = Addr::new(from, 0)..Addr::new(from + rows, 0);
        let copied: Vec<Cell> = self.cells[self.sheet]
            .range(range)
            .map(|cell| cell.1.clone())
            .collect();
        for mut cell in copied {
            cell.at.row = cell.at.row - from + self.at.row;
            if cell.at.row < 1_048_576 {
                self.cells[self.sheet].insert(cell.at, cell);
            }
        }
    }

    fn finish(mut self) -> Workbook {
        for (sheet, cells) in self.workbook.sheets.iter_mut().zip(self.cells) {
            sheet.cells = cells.into_values().collect();
        }
        self.workbook
    }
}

/// What every later room relies on in a workbook that was read.
pub fn is_sound(workbook: &Workbook) {
    for sheet in &workbook.sheets {
        let ascending = sheet.cells.windows(2).all(|pair| pair[0].at < pair[1].at);
        assert!(ascending, "cells are out of order, or one is there twice");
        for cell in &sheet.cells {
            assert!(usize::from(cell.format) < workbook.formats.len());
            assert!(is_on_sheet(cell.at), "{}", cell.at);
        }
        for area in &sheet.merges {
            assert!(area.first.row <= area.last.row && area.first.col <= area.last.col);
            assert!(area.first != area.last && is_on_sheet(area.last), "{area}");
        }
        for run in sheet.hidden_rows.iter().chain(&sheet.hidden_columns) {
            assert!(run.0 <= run.1, "{run:?}");
        }
    }
}

fn is_on_sheet(at: Addr) -> bool {
    at.row < 1_048_576 && at.col < 16_384
}
