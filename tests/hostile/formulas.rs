//! Formulas without results, which are calculated: bombs end, and what they would give is not
//! known.

use std::process::Command;

use gouji::formula::compute;
use gouji::workbook::Value;

use crate::kit::{no_form, refused, text};
use crate::support::{Package, shown};

fn formula(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<c><f>{text}</f></c>")
}

/// What the cells of the first sheet come to, at most so many.
fn results(rows: &str, most: usize) -> Vec<String> {
    let book = no_form(&Package::of(rows).zip());
    book.sheets[0].cells.iter().take(most).map(shown).collect()
}

#[test]
fn brackets_and_signs_without_end_are_not_known() {
    let open = format!("{}1{}", "(".repeat(4_000), ")".repeat(4_000));
    let signs = format!("{}1", "-".repeat(8_000));
    let calls = format!("{}1{}", "SUM(".repeat(2_000), ")".repeat(2_000));
    let unclosed = "(".repeat(8_192);
    let rows: String = [open, signs, calls, unclosed]
        .iter()
        .map(|text| format!("<row>{}</row>", formula(text).repeat(200)))
        .collect();
    assert!(results(&rows, usize::MAX).iter().all(String::is_empty));
    let fine = format!("{}1{}", "(".repeat(20), ")".repeat(20));
    assert_eq!(results(&format!("<row>{}</row>", formula(&fine)), 9), ["1"]);
}

#[test]
fn the_longest_formulas_are_calculated_and_longer_ones_refused() {
    let sum = ["1"; 4_096].join("+");
    let found = results(
        &format!("<row>{}</row>", formula(&sum).repeat(40)),
        usize::MAX,
    );
    assert!(found.iter().all(|result| result == "4096"));
    let longer = format!("<row>{}</row>", formula(&["1"; 17_000].join("+")));
    refused(&Package::of(&longer).zip(), "too-large", "max-cell-chars");
}

#[test]
fn more_work_than_any_form_asks_for_is_left_undone_and_gives_no_wrong_result() {
    let row = |at: usize| {
        let sum = formula(&format!("SUM(A$1:A$2000)+{at}"));
        format!("<row><c><v>1</v></c>{sum}</row>")
    };
    let rows: String = (0..3_000).map(row).collect();
    let cells = results(&rows, usize::MAX);
    let found: Vec<&String> = cells.iter().skip(1).step_by(2).collect();
    let known = found.iter().take_while(|result| !result.is_empty()).count();
    assert!((1_000..2_999).contains(&known), "{known}");
    for (at, result) in found.iter().enumerate() {
        let right = (2_000 + at).to_string();
        assert_eq!(*result, if at < known { right.as_str() } else { "" });
    }
}

#[test]
fn chains_of_any_length_are_followed_and_circles_end() {
    let chain: String = (2..=8_000)
        .map(|row| format!("<row>{}</row>", formula(&format!("A{row}+1"))))
        .collect();
    let found = results(&format!("{chain}<row><c><v>1</v></c></row>"), 1);
    assert_eq!(found, ["8000"]);
    let circle: String = (1..=8_000)
        .map(|row| format!("<row>{}</row>", formula(&format!("A{}+1", row % 8_000 + 1))))
        .collect();
    assert!(results(&circle, usize::MAX).iter().all(String::is_empty));
    let all = format!("<row>{}</row>", formula("SUM(A$1:A$1000)")).repeat(1_000);
    assert!(results(&all, usize::MAX).iter().all(String::is_empty));
}

#[test]
fn areas_of_a_whole_sheet_are_not_gone_through() {
    let row = format!(
        "<row>{}{}</row>",
        text("x"),
        formula("SUM(A1:XFD1048576)+COUNTA(A:XFD)")
    );
    let book = no_form(&Package::of(&row.repeat(10_000)).zip());
    let cells = &book.sheets[0].cells;
    assert!(
        cells
            .iter()
            .all(|cell| cell.formula.is_none() || cell.value == Value::Blank)
    );
}

#[test]
fn texts_that_grow_end_at_the_longest_of_a_cell() {
    let first = format!("<row>{}</row>", text(&"x".repeat(100)));
    let doubled: String = (1..=1_000)
        .map(|row| {
            format!(
                "<row>{}</row>",
                formula(&format!("CONCATENATE(A{row},A{row})"))
            )
        })
        .collect();
    let found = results(&format!("{first}{doubled}"), usize::MAX);
    let longest = found.iter().map(|text| text.chars().count()).max().unwrap();
    // 100 letters eight times doubled, and the mark of a text.
    assert_eq!(longest, 25_601);
    assert_eq!(found[20], "");
    for bomb in [
        "REPT(\"x\",2147483647)",
        "SUBSTITUTE(A1,\"x\",A1)",
        "SUBSTITUTE(SUBSTITUTE(A1,\"x\",A1),\"x\",A1)",
        "LEFT(A1,1E9)",
    ] {
        let rows = format!("{first}<row>{}</row>", formula(bomb).repeat(1_000));
        let found = results(&rows, usize::MAX);
        assert!(
            found.iter().all(|text| text.chars().count() <= 32_768),
            "{bomb}"
        );
    }
}

#[test]
fn arrays_of_arrays_end() {
    let counts = "SUMPRODUCT(COUNTIF(A$1:A$2000,A$1:A$2000))";
    let products = "SUMPRODUCT((A$1:A$2000>5)*(A$1:A$2000<9)*(A$1:A$2000))";
    let rows: String = (0..2_000)
        .map(|at| {
            format!(
                "<row><c><v>{at}</v></c>{}{}</row>",
                formula(counts),
                formula(products)
            )
        })
        .collect();
    let found = results(&rows, 3);
    assert_eq!(found[0], "0");
}

#[test]
fn followers_of_a_master_that_is_missing_have_no_text() {
    let follower = "<c><f t='shared' si='7'/><v>5</v></c>";
    let book = no_form(&Package::of(&format!("<row>{}</row>", follower.repeat(1_000))).zip());
    let cells = &book.sheets[0].cells;
    assert!(cells.iter().all(|cell| cell.formula.as_deref() == Some("")));
    assert!(cells.iter().all(|cell| shown(cell) == "5"));
    assert!(compute::all(&book).is_empty());
}

#[test]
fn followers_without_number_are_written_out_for_the_first() {
    let long = format!("SUM({}B1)", "B1,".repeat(3));
    let master = format!("<c><f t='shared' ref='A1:A60000' si='0'>{long}</f><v>1</v></c>");
    let follower = "<row><c><f t='shared' si='0'/><v>1</v></c></row>".repeat(60_000);
    let book = no_form(&Package::of(&format!("<row>{master}</row>{follower}")).zip());
    let written = book.sheets[0]
        .cells
        .iter()
        .filter(|cell| cell.formula.as_deref() != Some(""));
    assert_eq!(written.count(), 50_001);
}

#[test]
fn names_without_end_are_no_names() {
    let names: String = (0..50_000)
        .map(|at| format!("<definedName name='gouji.{at}'>表!$A$1:$XFD$1048576</definedName>"))
        .collect();
    let body = crate::support::workbook("<sheet name='表' sheetId='1' r:id='r1'/>").replace(
        "</sheets>",
        &format!("</sheets><definedNames>{names}</definedNames>"),
    );
    let book = no_form(&crate::kit::plain().with("xl/workbook.xml", body).zip());
    assert_eq!(book.names.len(), 20_000);
}

#[test]
fn names_in_a_roster_may_be_formulas() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [text("单位名称"), formula("\"甲\"&\"局\""), text("乙局")];
    let rows = rows.map(|cell| format!("<row>{cell}</row>")).concat();
    std::fs::write(folder.path().join("名册.xlsx"), Package::of(&rows).zip()).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .current_dir(folder.path())
        .args([
            "template",
            "--form",
            "yueyang-2023",
            "--roster",
            "名册.xlsx",
            "-o",
            "模板",
        ])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    for unit in ["甲局.xlsx", "乙局.xlsx"] {
        assert!(folder.path().join("模板").join(unit).exists(), "{done:?}");
    }
}

/// As many array formulas as rows, each over all cells of column A from its row on, the last one
/// over B too: what formula that cell of B has.
fn in_the_last_of(arrays: usize) -> Option<String> {
    let row = |row: usize| {
        let last = if row == arrays { 'B' } else { 'A' };
        format!(
            "<row r='{row}'><c r='A{row}'><f t='array' ref='A{row}:{last}{arrays}'>1</f><v>1</v></c>\
             <c r='B{row}'><v>1</v></c></row>"
        )
    };
    let rows: String = (1..=arrays).map(row).collect();
    let book = no_form(&Package::of(&rows).zip());
    let last = book.sheets[0].cells.last().unwrap();
    last.formula.as_deref().map(str::to_owned)
}

#[test]
fn cells_of_array_formulas_are_looked_for_four_million_times() {
    // Twice the number of cells below each, all in all the square of the rows.
    assert_eq!(in_the_last_of(1_900).as_deref(), Some(""));
    assert_eq!(in_the_last_of(2_100), None);
}
