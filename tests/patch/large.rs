//! Large sheets, for whose cells a look at all others each would not end in time. How the time
//! grows with the rows is seen in `benches/patch.rs`.

use std::fmt::Write as _;

use crate::kit::{RED, attribute, clean, done, fill, in_time, number, sheet_of, worksheet};
use crate::support::{Package, workbook};

const ROWS: u32 = 120_000;

/// A number in A1, then rows of these cells.
fn rows(count: u32, one: impl Fn(u32) -> String) -> Package {
    let mut text = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>".to_owned();
    for row in 2..=count {
        write!(text, "<row r=\"{row}\">{}</row>", one(row)).unwrap();
    }
    worksheet(&format!("<sheetData>{text}</sheetData>"))
}

fn next(column: &str, row: u32) -> String {
    format!("<c r=\"{column}{row}\"><f>A1+1</f><v>2</v></c>")
}

#[test]
fn all_rows_may_depend_on_one_cell() {
    in_time(|| {
        let bytes = rows(ROWS, |row| next("B", row)).zip();
        let sheet = sheet_of(&done(&bytes, &[number("A1", "5")]));
        assert_eq!(sheet.matches("<v>").count(), 1);
        assert_eq!(sheet.matches("<f>").count(), ROWS as usize - 1);
    });
}

#[test]
fn cells_in_no_order_are_found_as_soon() {
    in_time(|| {
        let bytes = rows(ROWS, |row| match row {
            2 => next("C", row) + &next("B", row),
            _ => next("B", row),
        });
        let sheet = sheet_of(&done(&bytes.zip(), &[number("A1", "5")]));
        assert_eq!(sheet.matches("<v>").count(), 1);
    });
}

#[test]
fn the_text_of_a_shared_formula_may_come_last() {
    in_time(|| {
        let bytes = rows(ROWS, |row| {
            let master = format!("si=\"0\" ref=\"B2:B{ROWS}\">$A$1+1</f>");
            let rest = if row == ROWS { &master } else { "si=\"0\"/>" };
            format!("<c r=\"B{row}\"><f t=\"shared\" {rest}<v>2</v></c>")
        });
        let last = format!("B{ROWS}");
        let sheet = sheet_of(&done(&bytes.zip(), &[number(&last, "5")]));
        assert_eq!(sheet.matches("<f>$A$1+1</f>").count(), ROWS as usize - 2);
    });
}

#[test]
fn names_that_look_like_ours_may_be_many() {
    in_time(|| {
        let mut names = String::new();
        for number in 10..ROWS {
            for (kind, text) in [("cells", "'表'!$B$2"), ("fill", "\"000000;-;-;\"")] {
                let name = format!("_gouji.{kind}{number}");
                write!(names, "<definedName name=\"{name}\">{text}</definedName>").unwrap();
            }
        }
        let names = format!("</sheets><definedNames>{names}</definedNames>");
        let book = workbook("<sheet name='表' sheetId='1' r:id='r1'/>");
        let bytes =
            rows(1, |_| String::new()).with("xl/workbook.xml", book.replace("</sheets>", &names));
        let marked = done(&bytes.zip(), &[fill("A1", RED)]);
        assert!(attribute(&sheet_of(&marked), "A1", "s").is_some());
        assert_eq!(attribute(&sheet_of(&clean(&marked)), "A1", "s"), None);
    });
}
