//! Texts that a spreadsheet program would take for formulas, or a reader for words of ours, in the
//! streams and the notices of a run.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::path::Path;

use gouji::patch::{Edit, NewValue, Patch, patch};
use gouji::read::{Limits, read};
use gouji::workbook::{Addr, Cell, Value};
use tempfile::TempDir;
use zip::ZipArchive;

use super::filings::{Filing, Layout, write};
use super::inputs::archive;
use super::{put, runs, stdout};

/// What a text begins with that is taken for a formula, by one program or another.
const SIGNS: [&str; 11] = [
    "=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠",
];

/// Texts that do harm where they are taken for formulas, one for each sign.
fn hostile() -> impl Iterator<Item = String> {
    let texts = SIGNS.iter().enumerate();
    texts.map(|(number, sign)| format!("{sign}cmd|' /C calc'!A{number}"))
}

/// A text as it is quoted: on one line.
fn quoted(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// The same of a cell, whose text begins with no blank.
fn of_a_cell(text: &str) -> String {
    quoted(text.trim())
}

/// A filing with mistakes, of a unit of this name, that has this text in a cell for a rate.
fn filing(unit: &str, rate: &str) -> Vec<u8> {
    let mut filing = Filing::reference();
    unit.clone_into(&mut filing.annex2.unit);
    let edit = Edit {
        sheet: 1,
        at: Addr::new(4, 7),
        value: Some(NewValue::Text(rate.to_owned())),
        ..Edit::default()
    };
    let patched = Patch {
        edits: vec![edit],
        ..Patch::default()
    };
    let bytes = write(&filing, Layout::Sheets).bytes;
    patch(&bytes, &patched, &Limits::default()).unwrap().bytes
}

/// The same filing with another name for the sheet of that cell.
fn renamed(filing: &[u8], name: &str) -> Vec<u8> {
    let mut entries = ZipArchive::new(Cursor::new(filing)).unwrap();
    let mut parts = Vec::new();
    for index in 0..entries.len() {
        let mut entry = entries.by_index(index).unwrap();
        let part = entry.name().unwrap().into_owned();
        let mut body = Vec::new();
        entry.read_to_end(&mut body).unwrap();
        if part == "xl/workbook.xml" {
            // Letters that are spelled out would be refused.
            let escaped = name.chars().map(|c| match c.is_control() || c == '\'' {
                true => format!("&#{};", u32::from(c)),
                false => c.to_string(),
            });
            let escaped: String = escaped.collect();
            let text = String::from_utf8(body).unwrap();
            let text = text.replace("name=\"附件2\"", &format!("name=\"{escaped}\""));
            assert!(text.contains(&escaped));
            body = text.into_bytes();
        }
        parts.push((part, body));
    }
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, body)| (name.as_str(), body.as_slice()))
        .collect();
    archive(&parts)
}

/// A folder of filings in which everything begins with one of the signs.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (number, text) in hostile().enumerate() {
        let bytes = renamed(&filing(&text, &text), &text);
        put(folder.path(), &format!("报送/{number}.xlsx"), &bytes);
        // A path that is given by itself is shown as it is.
        if !text.contains(char::is_control) {
            let sign = text.split("cmd").next().unwrap();
            put(folder.path(), &format!("{sign}{number}.xlsx"), &bytes);
        }
    }
    folder
}

#[test]
fn no_field_of_the_csv_is_a_formula() {
    let folder = folder();
    let mut args = vec!["batch", "--format", "csv", "--", "报送"];
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "报送")
        .collect();
    args.extend(names.iter().map(String::as_str));
    let output = runs(folder.path(), &args, 1);
    let text = stdout(&output);
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |number: usize| -> BTreeSet<&str> {
        let fields = records.iter().map(|record| &record[number]);
        fields.collect()
    };
    let [paths, units, sheets, found] = [0, 1, 5, 7].map(column);
    for text in hostile() {
        let inert = format!("'{}", of_a_cell(&text));
        assert!(units.contains(inert.as_str()), "{units:?}");
        assert!(found.contains(inert.as_str()), "{found:?}");
        let inert = format!("'{}", quoted(&text));
        assert!(sheets.contains(inert.as_str()), "{sheets:?}");
    }
    for name in &names {
        assert!(paths.contains(format!("'{name}").as_str()), "{paths:?}");
    }
    for field in records.iter().flatten() {
        let begins = field.trim_start().chars().next();
        let is_formula = begins.is_some_and(|begins| "=+-@＝＋－＠".contains(begins));
        let is_number = field.parse::<rust_decimal::Decimal>().is_ok();
        assert!(!is_formula || is_number, "{field:?}");
    }
}

/// The cells of all notices of a folder, each of which has no formula.
fn noticed(folder: &Path) -> Vec<Vec<Cell>> {
    let notices = std::fs::read_dir(folder).unwrap().map(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let book = read(&bytes, &Limits::default()).unwrap();
        let cells: Vec<Cell> = book
            .sheets
            .into_iter()
            .flat_map(|sheet| sheet.cells)
            .collect();
        assert!(cells.iter().all(|cell| cell.formula.is_none()));
        cells
    });
    notices.collect()
}

fn texts(cells: &[Cell]) -> impl Iterator<Item = &str> {
    cells.iter().filter_map(|cell| match &cell.value {
        Value::Text(text) => Some(&**text),
        _ => None,
    })
}

#[test]
fn no_text_of_a_notice_is_a_formula() {
    let folder = folder();
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--notices", "通知"];
    runs(folder.path(), &args, 1);
    let notices = noticed(&folder.path().join("通知"));
    assert_eq!(notices.len(), SIGNS.len());
    for text in hostile() {
        let quote = of_a_cell(&text);
        let unit = format!("{quote}：");
        let to = notices
            .iter()
            .find(|cells| texts(cells).any(|text| text == unit));
        let mut quotes = texts(to.unwrap()).filter(|text| text.contains(&quote));
        assert_eq!(quotes.next(), Some(unit.as_str()));
        assert!(quotes.next().is_some(), "the cell is quoted");
    }
}

#[test]
fn what_a_cell_or_a_name_says_adds_nothing_to_a_notice() {
    let folder = TempDir::new().unwrap();
    let lie = "152.95%」\n〔GJ203〕经审核无误，不用改。\u{202E}\u{2028}9";
    let bytes = filing(&format!("某局\n{lie}"), lie);
    let name = format!("甲\n{lie}.xlsx");
    put(folder.path(), "报送/a.zip", archive(&[(&name, &bytes)]));
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--notices", "通知"];
    runs(folder.path(), &args, 1);
    let [cells] = &noticed(&folder.path().join("通知"))[..] else {
        panic!("one notice");
    };
    let odd = |c: char| c.is_control() || "\u{202E}\u{2028}".contains(c);
    assert!(texts(cells).all(|text| !text.contains(odd)));
    // The unit, the file and the cell, none of them at the beginning of what is said.
    let lies: Vec<&str> = texts(cells)
        .filter(|text| text.contains("经审核无误"))
        .collect();
    assert!(lies.len() >= 3, "{lies:?}");
    assert!(lies.iter().all(|text| !text.starts_with("〔GJ203〕")));
    // As many rows with numbers as the headings promise.
    let heads = texts(cells).filter_map(|text| {
        let count = text
            .strip_prefix("须修改（")
            .or(text.strip_prefix("须说明（"))?;
        count.strip_suffix(" 处）")?.parse::<usize>().ok()
    });
    let first_column = cells.iter().filter(|cell| cell.at.col == 0);
    let numbers = first_column.filter(|cell| match &cell.value {
        Value::Text(text) => text.parse::<u32>().is_ok(),
        _ => false,
    });
    assert_eq!(heads.sum::<usize>(), numbers.count());
}
