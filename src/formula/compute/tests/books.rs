//! Whole workbooks, and what is made to do harm.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Cells from `(sheet, cell, text)`; what begins with `=` is a formula without a result.
fn formulas(given: &[(usize, &str, &str)]) -> Workbook {
    let of = |index: usize| {
        let cells = given.iter().filter(move |one| one.0 == index);
        cells.map(|(_, at, text)| match text.strip_prefix('=') {
            Some(formula) => Cell {
                formula: Some(formula.into()),
                ..cell(at, Value::Blank)
            },
            None => cell(at, number_of(text)),
        })
    };
    Workbook {
        sheets: vec![
            sheet("一", of(0).collect()),
            sheet("二 表", of(1).collect()),
        ],
        ..Workbook::default()
    }
}

fn at(results: &HashMap<(usize, Addr), Value>, sheet: usize, cell: &str) -> String {
    let at = crate::read::address::cell(cell).unwrap();
    shown(results.get(&(sheet, at)))
}

#[test]
fn chains_go_over_sheets_in_any_order() {
    let book = formulas(&[
        (0, "A1", "='二 表'!B2+1"),
        (1, "B2", "=SUM(一!C1:C3)"),
        (0, "C1", "=C2*2"),
        (0, "C2", "=C3*2"),
        (0, "C3", "3"),
        (0, "D1", "=IF(C3>0,\"\",C3)"),
        (0, "D2", "=ISNUMBER(D1)&COUNT(D1)&(D1=\"\")"),
        (0, "D3", "=D1=\"\""),
        (0, "E1", "=ROW()"),
    ]);
    let found = values(&book);
    assert_eq!(at(&found, 0, "A1"), "22");
    assert_eq!(at(&found, 0, "D1"), "\"\"");
    assert_eq!(at(&found, 0, "D2"), "\"FALSE0TRUE\"");
    assert_eq!(at(&found, 0, "D3"), "TRUE");
    assert_eq!(at(&found, 0, "E1"), "1");
    assert_eq!(all(&book).len(), 5);

    let mut filled = book.clone();
    fill_in(&mut filled, |_| true);
    let cells = &filled.sheets[0];
    let stored = |at: &str| cells.cell(crate::read::address::cell(at).unwrap()).unwrap();
    assert_eq!(shown(Some(&stored("A1").value)), "22");
    assert_eq!(shown(Some(&stored("D2").value)), "\"FALSE0TRUE\"");
    assert_eq!(stored("D1").value, Value::Blank);
    assert_eq!(value(&filled, 0, "D1=\"\""), Some(Value::Bool(true)));
    assert_eq!(value(&filled, 0, "ISBLANK(D1)"), Some(Value::Bool(false)));
}

#[test]
fn an_empty_text_that_is_stored_is_a_result() {
    let mut cells = vec![cell("A1", Value::Text("".into())), cell("A2", Value::Blank)];
    for cell in &mut cells {
        cell.formula = Some("IF(1>0,5,\"\")".into());
    }
    let mut book = Workbook {
        sheets: vec![sheet("一", cells)],
        ..Workbook::default()
    };
    fill_in(&mut book, |_| true);
    assert_eq!(book.sheets[0].cells[0].value, Value::Text("".into()));
    assert_eq!(book.sheets[0].cells[1].value, number_of("5"));
}

#[test]
fn a_long_chain_settles() {
    let mut cells: Vec<Cell> = (1..3_000)
        .map(|row| Cell {
            formula: Some(format!("A{}+1", row + 1).into()),
            ..cell(&format!("A{row}"), Value::Blank)
        })
        .collect();
    cells.push(cell("A3000", number_of("1")));
    let book = Workbook {
        sheets: vec![sheet("一", cells)],
        ..Workbook::default()
    };
    assert_eq!(at(&values(&book), 0, "A1"), "3000");
}

#[test]
fn circles_are_not_known_nor_is_what_reads_them() {
    let book = formulas(&[
        (0, "A1", "=A2+1"),
        (0, "A2", "='二 表'!A1"),
        (1, "A1", "=一!A1"),
        (0, "B1", "=B1"),
        (0, "C1", "=IFERROR(A1,0)"),
        (0, "C2", "=SUM(C1:C3)"),
        (0, "D1", "=IF(TRUE,1,A1)"),
        (0, "D2", "=D1+ROWS(A1:A9)"),
    ]);
    let found = values(&book);
    assert_eq!(found.len(), 2);
    assert_eq!(at(&found, 0, "D1"), "1");
    assert_eq!(at(&found, 0, "D2"), "10");
}

#[test]
fn stored_results_stand_for_what_is_not_known() {
    let mut book = formulas(&[
        (0, "A1", "=VLOOKUP(1)"),
        (0, "A2", "=A1+1"),
        (0, "A3", "=1+1"),
        (0, "A4", "=A3"),
    ]);
    book.sheets[0].cells[0].value = number_of("5");
    book.sheets[0].cells[2].value = number_of("7");
    let found = values(&book);
    assert_eq!(at(&found, 0, "A1"), "None");
    assert_eq!(at(&found, 0, "A2"), "6");
    assert_eq!(at(&found, 0, "A4"), "2");
    // What is stored is not calculated again where only gaps are filled.
    fill_in(&mut book, |_| true);
    assert_eq!(shown(Some(&book.sheets[0].cells[2].value)), "7");
    assert_eq!(shown(Some(&book.sheets[0].cells[3].value)), "7");
}

#[test]
fn hostile_formulas_come_to_an_end() {
    let nested =
        |open: &str, close: &str| format!("{}1{}", open.repeat(9_000), close.repeat(9_000));
    let level = "SUM(0+1*1^IF(1=1&\"\",0,";
    let deepest = format!("{}1{}", level.repeat(31), "))".repeat(31));
    let long = format!("1{}", "+1".repeat(10_000));
    for (text, expected) in [
        (nested("(", ")"), "None"),
        (nested("-", ""), "None"),
        (nested("IF(1,", ")"), "None"),
        (nested("\"a\"&", ""), "None"),
        (deepest, "1"),
        (nested("", "%"), "None"),
        (long, "10001"),
        ("SUMPRODUCT((A1:CV100>0)*1)+".repeat(1_000) + "1", "None"),
    ] {
        let found = shown(value(&workbook(), 0, &text).as_ref());
        assert!(found.starts_with(expected), "{}", &text[..20]);
    }
    // A text that doubles in every row, and areas that read areas.
    let mut cells = vec![cell("A1", Value::Text("甲".into()))];
    for row in 2..400 {
        let above = row - 1;
        for (col, text) in [
            ("A", format!("A{above}&A{above}")),
            (
                "B",
                format!("SUMPRODUCT(LEN(A1:A999&A{above}))+SUM(B1:B{above})"),
            ),
            ("C", format!("SUM(C{}:C400)", row + 1)),
        ] {
            cells.push(Cell {
                formula: Some(text.into()),
                ..cell(&format!("{col}{row}"), Value::Blank)
            });
        }
    }
    let book = Workbook {
        sheets: vec![sheet("一", cells)],
        ..Workbook::default()
    };
    assert_eq!(at(&values(&book), 0, "A400"), "None");
}

proptest! {
    #[test]
    fn no_soup_of_tokens_does_harm(
        soup in prop::collection::vec(
            prop::sample::select(vec![
                "A1", "A1:A3", "D1:F3", "'二 表'!A1", "A5", "C9", "G1:G4", "1", "0.5", "-1", "99",
                "\"甲\"", "\"\"", "\">0\"", "\"0.0#%\"", "(", ")", ",", "+", "-", "*", "/", "^", "&",
                "=", "<>", "<", "%", " ", "'", "\"", "#N/A", "TRUE", "!", ":", "$", "IF(", "SUM(",
                "SUMPRODUCT(", "COUNTIF(", "SUMIF(", "INDEX(", "MATCH(", "TEXT(", "LEFT(", "RIGHT(",
                "MID(", "FIND(", "SUBSTITUTE(", "ROUND(", "MOD(", "CHOOSE(", "ROW(", "IFERROR(",
            ]),
            0..24,
        )
    ) {
        let _ = value(&workbook(), 0, &soup.concat());
    }

    #[test]
    fn no_arguments_do_harm(
        name in prop::sample::select(vec![
            "IF", "AND", "OR", "NOT", "ISNUMBER", "IFERROR", "COUNT", "COUNTIF", "SUMIF", "SUM",
            "SUMPRODUCT", "MIN", "AVERAGE", "ABS", "ROUND", "INT", "MOD", "CHOOSE", "TEXT", "LEFT",
            "RIGHT", "MID", "LEN", "FIND", "SEARCH", "SUBSTITUTE", "TRIM", "N", "T", "ROW", "ROWS",
            "INDEX", "MATCH", "HYPERLINK", "EXACT",
        ]),
        arguments in prop::collection::vec(
            prop::sample::select(vec![
                "A1", "A1:A3", "D1:F3", "G1:G4", "C9", "", "0", "-1", "1", "2.5", "-30", "99999999999",
                "79228162514264337593543950335", "-79228162514264337593543950335", "10^-28", "\"甲乙\"",
                "\"\"", "\">0\"", "\"#,##0.00\"", "1/0", "TRUE", "D1:D3>1",
            ]),
            0..4,
        )
    ) {
        let call = format!("{name}({})", arguments.join(","));
        let _ = value(&workbook(), 0, &call);
        let _ = value(&workbook(), 0, &format!("SUMPRODUCT({call}*D1:D3)"));
        if let Some((first, rest)) = arguments.split_first() {
            for sign in ["+", "-", "*", "/", "^", "&", "<", "="] {
                let _ = value(&workbook(), 0, &format!("{first}{sign}{}", rest.join(sign)));
            }
        }
    }
}
