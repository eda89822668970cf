mod books;

use super::*;
use crate::workbook::{Cell, Sheet};

fn value(workbook: &Workbook, sheet: usize, text: &str) -> Option<Value> {
    OneByOne::of(workbook).value(sheet, text)
}

fn cell(at: &str, value: Value) -> Cell {
    Cell {
        at: crate::read::address::cell(at).unwrap(),
        value,
        format: 0,
        formula: None,
    }
}

fn number_of(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn sheet(name: &str, mut cells: Vec<Cell>) -> Sheet {
    cells.sort_by_key(|cell| cell.at);
    Sheet {
        name: name.to_owned(),
        cells,
        ..Sheet::default()
    }
}

fn workbook() -> Workbook {
    Workbook {
        sheets: vec![
            sheet(
                "一",
                vec![
                    cell("A1", number_of("269.69")),
                    cell("B1", number_of("318.1")),
                    cell("A2", Value::Text("——".into())),
                    cell("A3", number_of("0.1")),
                    cell("A4", number_of("0.2")),
                    cell("A5", Value::Error("#DIV/0!".into())),
                    // Columns of a table: D3 is blank.
                    cell("D1", number_of("5")),
                    cell("E1", number_of("3")),
                    cell("F1", Value::Text("甲".into())),
                    cell("D2", number_of("2")),
                    cell("E2", number_of("4")),
                    cell("F2", Value::Text("乙".into())),
                    cell("E3", number_of("-1")),
                    cell("F3", Value::Text("甲".into())),
                    cell("G1", Value::Text("12".into())),
                    cell("G2", Value::Bool(true)),
                    cell("G3", Value::Text("预算编制 Ab".into())),
                    cell("G4", Value::Text("".into())),
                ],
            ),
            sheet("二 表", vec![cell("A1", number_of("10"))]),
        ],
        ..Workbook::default()
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => format!("\"{text}\""),
        Some(Value::Bool(value)) => value.to_string().to_uppercase(),
        Some(Value::Error(name)) => name.to_string(),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn gives(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let found = shown(value(&workbook(), 0, text).as_ref());
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn formulas_that_forms_hold() {
    for (text, expected) in [
        ("ROUND(A1/B1,4)", "0.8478"),
        ("ROUND('二 表'!A1*MIN(1,A1/$B$1),2)", "8.48"),
        ("SUM(A1:A4)", "269.99"),
        ("SUM(A3,A4)", "0.3"),
        ("A3+A4", "0.3"),
        ("-A3*-2+(1-50%)", "0.7"),
        ("IF(B1=0,0,A1/B1)", "0.847815152467777"),
        ("IFERROR(A1/C1,0)", "0"),
        ("IFERROR(A5,7)", "7"),
        ("MAX(A1:B1)-C9", "318.1"),
        ("AVERAGE(A3:A4)", "0.15"),
    ] {
        let found = number(&workbook(), 0, text).map(|number| number.to_string());
        assert_eq!(found.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_not_known_gives_nothing() {
    let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
    for text in [
        "",
        "A1+",
        "VLOOKUP(A1,A:B,2,0)",
        "A2+1",
        "A1/C1",
        "INDIRECT(\"A1\")",
        "表名+1",
        "A1 B1",
        "1E3",
        "SUM(A:A)",
        "\"a",
        "'一",
        "三!A1",
        "#REF!+1",
        "A1&B1",
        &deep,
        "SUM(A1:XFD1048576)",
    ] {
        assert_eq!(number(&workbook(), 0, text), None, "{text}");
    }
}

#[test]
fn no_value_is_guessed() {
    for text in [
        "VLOOKUP(A1,A1:B2,2,0)",
        "IF(VLOOKUP(1),1,2)",
        "A1:A3",
        "D1:D3*2",
        "SUM((D1:D3>0)*1)",
        "{1,2}",
        "2^0.5",
        "\"2024-1-1\"+1",
        "\"50%\"+1",
        "\"1,234\"*1",
        "\"甲\"<\"乙\"",
        "1/3000000000&\"\"",
        "SEARCH(\"a*\",\"ab\")",
        "MATCH(2,D1:D3,1)",
        "COUNTIF(G1:G1,12)",
        "COUNTIF(F1:F3,\"甲*\")",
        "TEXT(1,\"yyyy\")",
        "TEXT(-0.001,\"0.00\")",
        "SUMPRODUCT(D1:D3,2)",
        "SUMPRODUCT(D1:D3*E1:E2)",
        "ROW()",
        "LEN(\"𠮷\")",
        "10^28*10",
        "10^-20/10^9",
        "[.A1]+1",
        "SUM(1,)",
    ] {
        assert_eq!(value(&workbook(), 0, text), None, "{text}");
    }
}

#[test]
fn operators() {
    gives(&[
        ("2^3^2", "64"),
        ("-2^2", "4"),
        ("2^-2", "0.25"),
        ("0^0", "#NUM!"),
        ("200%%", "0.02"),
        ("1+2&3*2", "\"36\""),
        ("A1&\"元\"&C9&TRUE", "\"269.69元TRUE\""),
        ("1/3*3=1", "TRUE"),
        ("1/0", "#DIV/0!"),
        ("#N/A+1/0", "#N/A"),
        ("1+(A5=1)", "#DIV/0!"),
        ("\"12\"+1", "13"),
        ("\" 1.50 \"*2", "3"),
        ("A2+1", "#VALUE!"),
        ("\"\"+1", "#VALUE!"),
        ("TRUE+1", "2"),
        ("\"a\"=\"A\"", "TRUE"),
        ("\"1\"=1", "FALSE"),
        ("\"a\">99", "TRUE"),
        ("TRUE>\"a\"", "TRUE"),
        ("\"ab\"<\"B\"", "TRUE"),
        ("C9=\"\"", "TRUE"),
        ("C9=0", "TRUE"),
        ("C9=FALSE", "TRUE"),
        ("G4=\"\"", "TRUE"),
        ("G4=0", "FALSE"),
        ("\"甲\"<>\"乙\"", "TRUE"),
        ("C9", "0"),
        ("+A2", "\"——\""),
        ("--G1", "12"),
    ]);
}

#[test]
fn only_the_branch_taken_is_calculated() {
    gives(&[
        ("IF(C9=0,\"\",A1/C9)", "\"\""),
        ("if(TRUE,1,VLOOKUP(1))", "1"),
        ("IF(FALSE,1/0)", "FALSE"),
        ("IF(TRUE,,1)", "0"),
        ("IF(A5>0,1,2)", "#DIV/0!"),
        ("IF(\"x\",1,2)", "#VALUE!"),
        ("CHOOSE(2,1/0,\"b\",1/0)", "\"b\""),
        ("CHOOSE(4,1,2,3)", "#VALUE!"),
        ("IFERROR(1,1/0)", "1"),
        ("IFERROR(1/0,\"无\")", "\"无\""),
    ]);
}

#[test]
fn functions_of_single_values() {
    gives(&[
        ("AND(TRUE,1,D1>4)", "TRUE"),
        ("OR(FALSE,0)", "FALSE"),
        ("AND(F1:F3)", "#VALUE!"),
        ("OR(1/0,TRUE)", "#DIV/0!"),
        ("NOT(0)", "TRUE"),
        (
            "ISNUMBER(A1)&ISNUMBER(A2)&ISNUMBER(C9)",
            "\"TRUEFALSEFALSE\"",
        ),
        ("ISTEXT(G4)", "TRUE"),
        ("ISBLANK(C9)", "TRUE"),
        ("ISBLANK(G4)", "FALSE"),
        ("ISERROR(A5)", "TRUE"),
        ("ISERROR(\"a\"*1)", "TRUE"),
        ("ABS(-1.5)", "1.5"),
        ("ROUND(2.5,0)", "3"),
        ("ROUND(-2.5,0)", "-3"),
        ("ROUND(-0.4,0)", "0"),
        ("ROUND(1250,-2)", "1300"),
        ("ROUND(4,-1)", "0"),
        ("ROUND(4,-99)", "0"),
        ("INT(-1.5)", "-2"),
        ("MOD(-3,2)", "1"),
        ("MOD(3,-2)", "-1"),
        ("MOD(3,0)", "#DIV/0!"),
        ("N(TRUE)+N(\"a\")", "1"),
        ("T(1)&T(\"a\")", "\"a\""),
        ("EXACT(\"a\",\"A\")", "FALSE"),
        ("HYPERLINK(\"#'二 表'!A1\",\"去\")", "\"去\""),
        ("TRUE()", "TRUE"),
        ("NOT(FALSE())", "TRUE"),
    ]);
}

#[test]
fn functions_of_texts() {
    gives(&[
        ("TEXT(0.84785,\"0.00%\")", "\"84.79%\""),
        ("TEXT(2.5,\"0\")", "\"3\""),
        ("TEXT(-1.25,\"0.0\")", "\"-1.3\""),
        ("TEXT(C9,\"0.00\")", "\"0.00\""),
        ("TEXT(1234567.891,\"#,##0.00\")", "\"1,234,567.89\""),
        ("TEXT(123,\"#,##0\")", "\"123\""),
        ("TEXT(1.5,\"0.##\")", "\"1.5\""),
        ("TEXT(5,\"0.##\")", "\"5.\""),
        ("TEXT(1/3,\"0.0000\")", "\"0.3333\""),
        ("TEXT(\"无\",\"0.00\")", "\"无\""),
        ("TEXT(\"12\",\"0.0\")", "\"12.0\""),
        ("LEFT(G3,2)", "\"预算\""),
        ("LEFT(G3)", "\"预\""),
        ("RIGHT(G3,99)", "\"预算编制 Ab\""),
        ("RIGHT(G3,2)", "\"Ab\""),
        ("MID(G3,3,2)", "\"编制\""),
        ("MID(G3,99,2)", "\"\""),
        ("MID(G3,0,2)", "#VALUE!"),
        ("LEFT(G3,-1)", "#VALUE!"),
        ("LEN(G3)", "7"),
        ("LEN(C9)", "0"),
        ("FIND(\"编\",G3)", "3"),
        ("FIND(\"ab\",G3)", "#VALUE!"),
        ("SEARCH(\"ab\",G3)", "6"),
        ("FIND(\"a\",\"aba\",2)", "3"),
        ("FIND(\"\",\"ab\")", "1"),
        ("ISNUMBER(FIND(\"x\",G3))", "FALSE"),
        ("SUBSTITUTE(\"a-b-c\",\"-\",\"\")", "\"abc\""),
        ("SUBSTITUTE(\"a-b-c\",\"-\",\"+\",2)", "\"a-b+c\""),
        ("TRIM(\"  a   b \")", "\"a b\""),
        ("CONCATENATE(\"共\",D1,\"项\")", "\"共5项\""),
    ]);
}

#[test]
fn functions_of_areas() {
    gives(&[
        ("COUNT(D1:G3)", "5"),
        ("COUNT(A1:A5)", "3"),
        ("COUNT(1,\"2\",\"x\",TRUE)", "3"),
        ("COUNTA(D1:D3,G1:G5)", "6"),
        ("SUM(G1:G3)", "0"),
        ("SUM(\"3\",TRUE)", "4"),
        ("SUM(\"x\")", "#VALUE!"),
        ("SUM(A1:A5)", "#DIV/0!"),
        ("AVERAGE(F1:F3)", "#DIV/0!"),
        ("MIN(D1:E3)", "-1"),
        ("COUNTIF(F1:F3,\"甲\")", "2"),
        ("COUNTIF(F1:F3,\"<>甲\")", "1"),
        ("COUNTIF(D1:E3,\">=3\")", "3"),
        ("COUNTIF(D1:D3,2)", "1"),
        ("COUNTIF(D1:D3,\"\")", "1"),
        ("COUNTIF(D1:D3,\"<>\")", "2"),
        ("COUNTIF(G1:G4,TRUE)", "1"),
        ("SUMIF(F1:F3,\"甲\",E1:E3)", "2"),
        ("SUMIF(E1:E3,\">0\")", "7"),
        ("SUMIF(F1:F3,F2,D1:D3)", "2"),
        ("INDEX(D1:F3,2,3)", "\"乙\""),
        ("INDEX(F1:F3,MATCH(4,E1:E3,0))", "\"乙\""),
        ("SUM(INDEX(D1:E3,0,2))", "6"),
        ("INDEX(D1:E3,4,1)", "#REF!"),
        ("INDEX(D1:D3,3)", "0"),
        ("MATCH(\"乙\",F1:F3,0)", "2"),
        ("MATCH(\"丙\",F1:F3,0)", "#N/A"),
        ("ROW(A7)+ROWS(A1:A5)+COLUMNS(A:C)", "15"),
    ]);
}

#[test]
fn arrays_go_value_by_value_in_sumproduct() {
    gives(&[
        ("SUMPRODUCT(D1:D3,E1:E3)", "23"),
        ("SUMPRODUCT(D1:D3*E1:E3)", "23"),
        ("SUMPRODUCT(--(D1:D3>E1:E3))", "2"),
        ("SUMPRODUCT((LEN(F1:F4)>0)*1)", "3"),
        ("SUMPRODUCT((F1:F3=\"甲\")*E1:E3)", "2"),
        ("SUMPRODUCT(D1:D3>E1:E3)", "0"),
        ("SUMPRODUCT(-ISNUMBER(D1:D3))", "-2"),
        ("SUMPRODUCT(NOT(ISTEXT(D1:G1))*1)", "2"),
        ("SUMPRODUCT(ABS(ROUND(E1:E3/3,0)))", "2"),
        ("SUMPRODUCT((LEFT(F1:F3,1)=\"甲\")*(D1:D3>0))", "1"),
        ("SUMPRODUCT(IF(D1:D3>E1:E3,1,10))", "12"),
        ("SUMPRODUCT(IFERROR(D1:D3/(E1:E3-3),100))", "102"),
        ("SUMPRODUCT(D1:D3*D1:E1)", "56"),
        ("SUMPRODUCT((D1:D3>1)*MAX(E1:E3))", "8"),
        ("SUMPRODUCT((ROW(D1:D3)>1)*D1:D3)", "2"),
        ("SUMPRODUCT(1/COUNTIF(F1:F3,F1:F3))", "2"),
        ("SUMPRODUCT(F1:F3*1)", "#VALUE!"),
        ("SUMPRODUCT(D1:D3,E1:E2)", "#VALUE!"),
        ("SUMPRODUCT(A1:A5)", "#DIV/0!"),
        ("SUMPRODUCT(D1,E1)", "15"),
    ]);
}
