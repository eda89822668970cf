//! Sheets that look like the form all over: what locates, extracts and checks must not compare
//! everything with everything. A test of these that is wrong does not fail but never ends.

use gouji::lang::Lang;
use gouji::read::{Limits, ReadError};
use gouji::review::{Options, Review, review};

use crate::kit::{catalog, fixture, refused, reviewed, text};
use crate::support::Package;

const TITLES: [&str; 3] = [
    "2023年度部门整体支出绩效评价基础数据表",
    "2023年度部门整体支出绩效自评表",
    "2023年度项目支出绩效自评表",
];
const LABELS: [&str; 8] = [
    "三公经费",
    "   1、公务用车购置和维护经费",
    "       其中：公车购置",
    "    1、业务工作经费",
    "公用经费",
    "控制率",
    "2022年决算数",
    "2023年预算数",
];
const SIGNATURES: &str =
    "填表人：张××  填报日期：2024-08-23  联系电话：82×××69  单位负责人签字：李××";
const ROWS: usize = 10_000;

/// A row of a text and three numbers.
fn figures(label: &str) -> String {
    format!("<row>{}{}</row>", text(label), "<c><v>1</v></c>".repeat(3))
}

/// The sheets of the clean filing, texts inline, with what comes behind them in the same sheet.
fn annex(number: usize, behind: &str, merges: &str) -> Vec<u8> {
    let (rows, areas) = parts(number);
    Package::sheet(&format!(
        "<worksheet><sheetData>{rows}{behind}</sheetData><mergeCells>{areas}{merges}</mergeCells></worksheet>"
    ))
    .zip()
}

/// Rows and merged areas of an annex of the clean filing.
fn parts(number: usize) -> (String, String) {
    let filing = gouji::read::read(&fixture("clean/clean.xlsx"), &Default::default()).unwrap();
    let sheet = &filing.sheets[number - 1];
    let mut rows = String::new();
    for of_row in sheet.cells.chunk_by(|a, b| a.at.row == b.at.row) {
        rows += &format!("<row r='{}'>", of_row[0].at.row + 1);
        for cell in of_row {
            let at = cell.at;
            rows += &match &cell.value {
                gouji::workbook::Value::Number(number) => {
                    format!("<c r='{at}'><v>{number}</v></c>")
                }
                gouji::workbook::Value::Text(words) => {
                    text(words).replace("<c ", &format!("<c r='{at}' "))
                }
                other => panic!("{other:?}"),
            };
        }
        rows += "</row>";
    }
    let areas = sheet
        .merges
        .iter()
        .map(|area| format!("<mergeCell ref='{area}'/>"));
    (rows, areas.collect())
}

/// How many tables were found, and findings made.
fn checked(bytes: &[u8]) -> (usize, usize) {
    match reviewed(bytes) {
        Review::Checked(checked) => (checked.filing.tables.len(), checked.report.findings.len()),
        Review::Unrecognised(_) => panic!("not recognised"),
        Review::Unreadable(error) => panic!("{}", error.message(Lang::Zh)),
    }
}

/// Sees that this limit refuses a file.
fn beyond(bytes: &[u8], limits: Limits, name: &str) {
    let options = Options {
        limits,
        ..Options::default()
    };
    match review(catalog(), bytes, None, &options) {
        Review::Unreadable(ReadError::TooLarge { limit, .. }) => assert_eq!(limit, name),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_that_all_look_like_titles_are_no_tables() {
    let rows: String = (0..ROWS).map(|at| figures(TITLES[at % 3])).collect();
    let (tables, _) = checked(&Package::of(&rows).zip());
    assert_eq!(tables, 0);
    let same = format!("<row>{}</row>", text(TITLES[2])).repeat(ROWS);
    assert!(matches!(
        reviewed(&Package::of(&same).zip()),
        Review::Unrecognised(_)
    ));
}

#[test]
fn titles_side_by_side_are_no_tables() {
    let row = format!("<row>{}</row>", text("项目支出绩效自评表").repeat(10_000));
    let bytes = Package::of(&row.repeat(4)).zip();
    assert!(matches!(reviewed(&bytes), Review::Unrecognised(_)));
}

#[test]
fn rows_that_all_open_another_table_are_part_of_the_table_above() {
    let corners = ["财政供养人员情况（人）", "项目资金（万元）", "年度总体目标"];
    let rows: String = (0..ROWS).map(|at| figures(corners[at % 3])).collect();
    let (tables, _) = checked(&annex(1, &rows, ""));
    assert_eq!(tables, 1);
}

#[test]
fn rows_that_all_look_like_labels_are_found_once() {
    let rows: String = (0..ROWS)
        .map(|at| figures(LABELS[at % LABELS.len()]))
        .collect();
    let (tables, findings) = checked(&annex(1, &rows, ""));
    assert_eq!(tables, 1);
    assert!(findings < 100, "{findings}");
    // A label that opens a table, and all others after it, once more: so many tables.
    let again = figures("编制数");
    let rows: String = (0..1_001)
        .map(|_| again.clone() + &LABELS.map(figures).concat())
        .collect();
    refused(&annex(1, &rows, ""), "too-large", "max-tables");
}

#[test]
fn rows_that_all_look_like_heads_or_signatures_are_found_once() {
    for row in [
        format!(
            "<row>{}</row>",
            ["2022年决算数", "2023年预算数", "2023年决算数"]
                .map(text)
                .concat()
        ),
        format!("<row>{}</row>", text(SIGNATURES)),
    ] {
        let (tables, findings) = checked(&annex(1, &row.repeat(ROWS), ""));
        assert_eq!(tables, 1);
        assert!(findings < 100, "{findings}");
    }
}

#[test]
fn more_rows_than_anyone_adds_are_refused() {
    let project = |at: usize| figures(&format!("3、市级专项资金：专项{at}"));
    let some: String = (0..300).map(project).collect();
    let (tables, findings) = checked(&annex(1, &some, ""));
    assert_eq!(tables, 1);
    assert!(findings > 0);
    let limits = Limits {
        rows: 299,
        ..Limits::default()
    };
    beyond(&annex(1, &some, ""), limits, "max-rows");
}

#[test]
fn more_indicators_than_anyone_has_are_refused() {
    let row = |at: usize| {
        let cells = [
            "产出指标",
            "数量指标",
            &format!("指标{at}"),
            "100人次",
            "105人次",
        ]
        .map(text);
        format!(
            "<row><c/>{}<c><v>5</v></c><c><v>5</v></c></row>",
            cells.concat()
        )
    };
    let rows: String = (0..2_001).map(row).collect();
    let (all, _) = parts(2);
    // The total, which would end the list, is left out.
    let end = all
        .find("总分")
        .map(|at| all[..at].rfind("<row").unwrap())
        .unwrap();
    let bytes = Package::of(&format!("{}{rows}", &all[..end])).zip();
    let limits = Limits {
        rows: 2_000,
        ..Limits::default()
    };
    beyond(&bytes, limits, "max-rows");
}

#[test]
fn more_tables_than_anyone_files_are_refused() {
    let (rows, _) = parts(3);
    // One under the other, without addresses.
    let mut bare = String::new();
    let mut rest = rows.as_str();
    while let Some(at) = rest.find(" r='") {
        bare += &rest[..at];
        let behind = &rest[at + 4..];
        rest = &behind[behind.find('\'').unwrap() + 1..];
    }
    bare += rest;
    let (tables, _) = checked(&Package::of(&bare.repeat(40)).zip());
    assert_eq!(tables, 40);
    let limits = Limits {
        tables: 39,
        ..Limits::default()
    };
    let bytes = Package::of(&bare.repeat(40)).zip();
    beyond(&bytes, limits, "max-tables");
}

#[test]
fn a_cell_of_nothing_but_labels_is_read_like_any_other() {
    let mut rows = String::new();
    for label in LABELS.into_iter().chain(TITLES).chain([
        SIGNATURES,
        "填表人：",
        ":",
        "（",
        "(",
        "）",
        "年",
        "2023年",
        "指标1：",
        "其中：",
        "1、",
        "一、",
        "≥",
        "%",
        "、",
    ]) {
        let count = 32_767 / label.chars().count();
        rows += &format!("<row>{}</row>", text(&label.repeat(count)));
    }
    let (tables, _) = checked(&annex(1, &rows, ""));
    assert_eq!(tables, 1);
}

#[test]
fn labels_merged_over_whole_rows_are_labels() {
    let rows: String = (0..10_000)
        .map(|at| {
            let label = text(LABELS[at % LABELS.len()]);
            format!("<row r='{}'>{label}<c><v>1</v></c></row>", 100 + at * 3)
        })
        .collect();
    let merges: String = (0..10_000)
        .map(|at| format!("<mergeCell ref='A{}:XFD{}'/>", 100 + at * 3, 102 + at * 3))
        .collect();
    let (tables, _) = checked(&annex(1, &rows, &merges));
    assert_eq!(tables, 1);
}

#[test]
fn heads_merged_over_all_columns_are_heads() {
    let (rows, _) = parts(2);
    let head = rows.find("一级指标").unwrap();
    let row = &rows[rows[..head].rfind("<row r='").unwrap() + 8..];
    let row: u32 = row[..row.find('\'').unwrap()].parse().unwrap();
    let list: String = (0..10_000).map(|at| figures(&format!("甲{at}"))).collect();
    let merge = format!("<mergeCell ref='I{row}:XFD{row}'/>");
    let (tables, _) = checked(&annex(2, &list, &merge));
    assert_eq!(tables, 1);
}

#[test]
fn a_table_as_wide_as_the_sheet_is_searched_where_there_is_something() {
    let far = "<row r='5000'><c r='XFD5000'><v>1</v></c></row>";
    let (tables, _) = checked(&annex(3, far, ""));
    assert_eq!(tables, 1);
    let last = "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>";
    let (tables, _) = checked(&annex(1, last, ""));
    assert_eq!(tables, 1);
}

#[test]
fn texts_without_likeness_to_any_label_are_not_compared_letter_by_letter() {
    let rows: String = (0..ROWS)
        .map(|at| format!("<row>{}</row>", text(&format!("无关{at:x}"))))
        .collect();
    // A title and four labels: all others are missing, and looked for.
    let head: String = [
        TITLES[0],
        "三公经费",
        "公用经费",
        "编制数",
        "控制率",
        "项目支出：",
    ]
    .iter()
    .map(|label| figures(label))
    .collect();
    let (tables, _) = checked(&Package::of(&format!("{head}{rows}")).zip());
    assert_eq!(tables, 1);
}
