//! Numbers as files store them and as people write them.
#![no_main]

use gouji::amount::{self, Reading};
use gouji::read::{Limits, read};
use gouji::workbook::{Cell, NumberFormat, Value};
use gouji_fuzz::package;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.lines().take(64).collect();
    for line in &lines {
        typed(line);
    }
    let stored: Vec<&str> = lines.iter().copied().filter(|line| !line.contains(['<', '&', ']'])).collect();
    let first = cells(&stored);
    let printed: Vec<String> = first.iter().map(|cell| print(&cell.value)).collect();
    // What was read and is printed is read as the same again.
    let again = cells(&printed.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(first.len(), again.len());
    for (one, other) in first.iter().zip(&again) {
        assert_eq!(one.value, other.value);
        let format = NumberFormat { percent: true, ..NumberFormat::default() };
        let _ = amount::read_value(&one.value, &format);
        let _ = amount::read_date(&one.value, &NumberFormat { date: true, ..format }, true);
    }
});

/// A text in a cell where an amount is expected.
fn typed(text: &str) {
    let _ = amount::read_quantity(text);
    let _ = amount::split_label(text);
    if let Some((_, month, day)) = amount::read_date_text(text) {
        assert!(
            (1..=12).contains(&month) && (1..=31).contains(&day),
            "{text}"
        );
    }
    if let Reading::Amount(amount) = amount::read_text(text) {
        assert!(amount.value.abs() <= amount::LARGEST, "{text}");
        let _ = amount.cleaned();
        let again = amount::read_text(&amount.value.to_string());
        let Reading::Amount(again) = again else {
            panic!("{text} is {} and that is {again:?}", amount.value);
        };
        assert_eq!(again.value, amount.value, "{text}");
    }
}

/// The cells of a workbook in which these texts stand as numbers.
fn cells(numbers: &[&str]) -> Vec<Cell> {
    let mut rows = String::new();
    for number in numbers {
        rows += &format!("<row><c><v>{number}</v></c></row>");
    }
    let sheet = format!(
        "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>{rows}</sheetData></worksheet>"
    );
    let parts: [(&str, &[u8]); 2] = [
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/worksheets/sheet2.xml", b"<worksheet/>"),
    ];
    match read(&package::xlsx(&parts), &Limits::default()) {
        Ok(mut workbook) => workbook.sheets.swap_remove(0).cells,
        // Characters that no XML may hold.
        Err(_) => Vec::new(),
    }
}

fn print(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Unreadable(text) => text.to_string(),
        Value::Blank => String::new(),
        other => panic!("{other:?} is no number"),
    }
}
