//! Formulas of spreadsheets, one a line: calculated beside figures and texts.
#![no_main]

use std::collections::HashMap;

use gouji::formula::compute;
use gouji::workbook::{Addr, Cell, Sheet, Value, Workbook};
use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.lines().take(32).collect();
    let mut workbook = Workbook::default();
    for name in ["表", "a b"] {
        let mut cells = Vec::new();
        for row in 0..32 {
            let figure = match row % 4 {
                0 => Value::Text("甲*1".into()),
                1 => Value::Number(Decimal::new(i64::from(row) * 7919 - 90_000, row % 5)),
                2 => Value::Text("12.5".into()),
                _ => Value::Bool(row > 8),
            };
            cells.push(cell(row, 0, figure, None));
            if let Some(line) = lines.get(row as usize) {
                cells.push(cell(row, 1, Value::Blank, Some(line)));
            }
        }
        workbook.sheets.push(Sheet { name: name.to_owned(), visible: true, cells, ..Sheet::default() });
    }
    for line in &lines {
        let _ = compute::number(&workbook, 1, line);
    }
    let values: HashMap<_, _> = compute::values(&workbook);
    assert_eq!(values, compute::values(&workbook));
    compute::fill_in(&mut workbook, |sheet| sheet.name == "表");
});

fn cell(row: u32, col: u32, value: Value, formula: Option<&str>) -> Cell {
    Cell {
        at: Addr::new(row, col),
        value,
        format: 0,
        formula: formula.map(Into::into),
    }
}
