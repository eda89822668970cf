//! Separated text as a workbook of one sheet: for rosters, which come out of other programs.

use std::borrow::Cow;
use std::sync::Arc;

use super::ReadError;
use super::limits::{self, Budget, Limits};
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
/// Where it is no text, larger than the limits, or a quotation mark stands alone.
pub fn read_csv(bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    limits::check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
    let mut budget = Budget::new(limits);
    let text = plain_text(bytes).ok_or(ReadError::Encoding)?;
    let first = text.lines().next().unwrap_or_default();
    // What is pasted out of a spreadsheet comes with tabs.
    let separator = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|mark| first.bytes().filter(|byte| byte == mark).count())
        .unwrap_or(b',');
    quotes(&text, char::from(separator))?;
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
        let record = record.map_err(|_| ReadError::Encoding)?;
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

/// Refuses a quotation mark that no other closes, or that another one closes within a field: the
/// rows between them would quietly be one field.
fn quotes(text: &str, separator: char) -> Result<(), ReadError> {
    let mut line = 1;
    let mut rest = text;
    let mut begins_field = true;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '"' && begins_field {
            let begun = line;
            let inner = quoted(rest).ok_or(ReadError::Quotes(begun))?;
            line += inner.matches('\n').count() as u64;
            rest = rest[inner.len() + 1..].trim_start_matches(' ');
            if !(rest.is_empty() || rest.starts_with([separator, '\r', '\n'])) {
                return Err(ReadError::Quotes(begun));
            }
        }
        line += u64::from(c == '\n');
        begins_field = c == separator || c == '\r' || c == '\n';
    }
    Ok(())
}

/// What stands before the mark that closes a field; a doubled one stands for itself.
fn quoted(text: &str) -> Option<&str> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find('"')?;
        if !text[at + 1..].starts_with('"') {
            return Some(&text[..at]);
        }
        from = at + 2;
    }
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
        assert!(matches!(error, ReadError::Encoding), "{error:?}");
    }

    #[test]
    fn quotation_marks_that_close_nothing_are_refused_with_their_line() {
        let refused = |text: &str| match read_csv(text.as_bytes(), &Limits::default()) {
            Err(ReadError::Quotes(line)) => line,
            other => panic!("{text:?}: {other:?}"),
        };
        assert_eq!(refused("单位\n\"甲局\n乙局\n丙局\n"), 2);
        assert_eq!(refused("单位,部门\n甲,a\n\"乙,b\n丙,c\n丁,\"d\",4\n"), 3);
        assert_eq!(refused("单位,说明\n\"甲\n乙\",\"b\n"), 3);
        assert_eq!(refused("单位\n\"甲\"乙\n"), 2);
        assert_eq!(refused("单位\r\n\"甲\"\"\r\n"), 2);
        let expected = ["A1=单位", "B1=说明", "A2=甲\"乙", "B2=一\n二", "A3=\"丙\""];
        let text = "单位,说明\n甲\"乙,\"一\n二\" \n\"\"\"丙\"\"\"";
        let mut found = listed(text.as_bytes());
        found
            .iter_mut()
            .for_each(|cell| cell.truncate(cell.trim_end().len()));
        assert_eq!(found, expected);
    }
}
