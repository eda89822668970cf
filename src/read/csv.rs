//! Separated text as a workbook of one sheet: for rosters, which come out of other programs.

use std::borrow::Cow;
use std::sync::Arc;

use super::limits::{self, Budget, Limits};
use super::{Found, ReadError};
use crate::workbook::{Addr, Cell, NumberFormat, Sheet, Value, Workbook};

/// Text in UTF-8 (with or without a mark), UTF-16 with a mark, or GBK as Chinese programs save it;
/// none where it is no text.
pub fn plain_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (text, _, damaged) = match std::str::from_utf8(bytes) {
        Ok(_) => encoding_rs::UTF_8.decode(bytes),
        Err(_) => encoding_rs::GBK.decode(bytes),
    };
    (!damaged && !text.contains('\0')).then_some(text)
}

/// Reads separated text, in an encoding of [`plain_text`]. All cells are text.
///
/// # Errors
/// Where it is no text, or larger than the limits.
pub fn read_csv(bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    limits::check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
    let mut budget = Budget::new(limits);
    let text = plain_text(bytes).ok_or(ReadError::NotAWorkbook(Found::Csv))?;
    let first = text.lines().next().unwrap_or_default();
    // What is pasted out of a spreadsheet comes with tabs.
    let separator = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|mark| first.bytes().filter(|byte| byte == mark).count())
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut sheet = Sheet {
        name: "CSV".to_owned(),
        visible: true,
        ..Sheet::default()
    };
    for (row, record) in (0u32..).zip(reader.records()) {
        let record = record.map_err(|_| ReadError::NotAWorkbook(Found::Csv))?;
        for (col, text) in (0u32..).zip(&record) {
            if text.trim().is_empty() {
                continue;
            }
            budget.cell()?;
            budget.text(text)?;
            sheet.cells.push(Cell {
                at: Addr::new(row, col),
                value: Value::Text(Arc::from(text)),
                format: 0,
                formula: None,
            });
        }
    }
    Ok(Workbook {
        sheets: vec![sheet],
        formats: vec![NumberFormat::default()],
        ..Workbook::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(bytes: &[u8]) -> Vec<String> {
        let sheet = read_csv(bytes, &Limits::default())
            .unwrap()
            .sheets
            .remove(0);
        let cells = sheet.cells.iter().map(|cell| match &cell.value {
            Value::Text(text) => format!("{}={text}", cell.at),
            other => panic!("{other:?}"),
        });
        cells.collect()
    }

    #[test]
    fn texts_come_in_utf_8_and_gbk_with_any_separator() {
        let expected = ["A1=单位名称", "B1=预算", "A2=甲,乙", "B2=3.5"];
        let text = "单位名称,预算\r\n\"甲,乙\",3.5\r\n";
        assert_eq!(listed(text.as_bytes()), expected);
        assert_eq!(listed(format!("\u{feff}{text}").as_bytes()), expected);
        assert_eq!(listed(&encoding_rs::GBK.encode(text).0), expected);
        assert_eq!(listed("单位名称\t预算\n甲,乙\t3.5".as_bytes()), expected);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let error = read_csv(b"a,b\n\x00\x01", &Limits::default()).unwrap_err();
        assert!(matches!(error, ReadError::NotAWorkbook(_)), "{error:?}");
    }
}
