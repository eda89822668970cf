//! Mistakes by the thousand over many files: each is found, and everywhere at the same address.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use tempfile::TempDir;

use super::filings::Submission;
use super::{put, rows, runs, stdout};

/// Ten thousand where the program is optimised (`cargo test --release --test batch`).
const DEFECTS: usize = if cfg!(debug_assertions) {
    1_000
} else {
    10_000
};

/// Path, code, sheet, cell.
type Found = (String, String, String, String);

#[test]
fn every_one_of_many_mistakes_is_in_the_database_the_summary_and_the_ndjson() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let mut made: BTreeSet<Found> = BTreeSet::new();
    let mut number = 0;
    while made.len() < DEFECTS {
        let submission = Submission::with_defects(number, 7);
        let written = submission.write();
        let file = format!("报送/{}", submission.path);
        for defect in &submission.defects {
            let place = written.place(defect.path);
            made.insert((
                file.clone(),
                defect.code.to_owned(),
                place.sheet.clone(),
                place.cell.clone(),
            ));
        }
        put(path, &file, written.bytes);
        number += 1;
    }
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--format", "ndjson"];
    let printed = stdout(&runs(path, &args, 1));
    let missing = |found: &BTreeSet<Found>| -> Vec<Found> {
        made.difference(found).take(5).cloned().collect()
    };
    let ndjson: BTreeSet<Found> = printed.lines().flat_map(in_line).collect();
    assert_eq!(missing(&ndjson), []);
    let database: BTreeSet<Found> = rows(
        &path.join("汇总.db"),
        "SELECT path || char(9) || code || char(9) || ifnull(sheet, '') || char(9) || \
         ifnull(cell, '') FROM finding JOIN file ON file.id = finding.file",
    )
    .iter()
    .map(|row| {
        let mut parts = row.split('\t').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        (next(), next(), next(), next())
    })
    .collect();
    assert_eq!(missing(&database), []);
    assert_eq!(ndjson, database);
    let summary = in_summary(&std::fs::read(path.join("汇总.xlsx")).unwrap());
    assert_eq!(missing(&summary), []);
    let across = |found: &&Found| !found.1.starts_with("GJ9");
    let of_files: BTreeSet<Found> = summary.iter().filter(across).cloned().collect();
    assert_eq!(of_files, database);
}

fn in_line(line: &str) -> Vec<Found> {
    let file: Value = serde_json::from_str(line).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = file["findings"].as_array().unwrap().iter();
    let found = findings.map(|finding| {
        let [code, sheet, cell] = ["code", "sheet", "cell"].map(|key| text(&finding[key]));
        (text(&file["path"]), code, sheet, cell)
    });
    found.collect()
}

/// The rows of the sheet of findings, by the words of its heads.
fn in_summary(bytes: &[u8]) -> BTreeSet<Found> {
    let limits = gouji::read::Limits {
        part_bytes: 1 << 30,
        total_bytes: 1 << 30,
        ..gouji::read::Limits::default()
    };
    let workbook = gouji::read::read(bytes, &limits).unwrap();
    let sheet = workbook
        .sheets
        .iter()
        .find(|sheet| sheet.name == "问题明细")
        .unwrap();
    let text = |row: u32, col: u32| match sheet.cell(gouji::workbook::Addr::new(row, col)) {
        Some(cell) => match &cell.value {
            gouji::workbook::Value::Text(text) => text.to_string(),
            _ => String::new(),
        },
        None => String::new(),
    };
    let heads = sheet
        .cells
        .iter()
        .find(|cell| text(cell.at.row, cell.at.col) == "编号");
    let head = heads.expect("a head 编号").at.row;
    let columns: HashMap<String, u32> = sheet
        .row(head)
        .iter()
        .map(|cell| (text(head, cell.at.col), cell.at.col))
        .collect();
    let last = sheet.cells.last().unwrap().at.row;
    (head + 1..=last)
        .map(|row| {
            let of = |name: &str| text(row, columns[name]);
            (of("文件"), of("编号"), of("工作表"), of("单元格"))
        })
        .collect()
}
