//! What stands once in a file, at any length, and is referred to without number.
//!
//! Each of these would take minutes of a reader that looks at it anew each time.

use gouji::workbook::Workbook;

use crate::kit::book;
use crate::support::{MAIN, Package, links};

/// The code of the format of the first cell.
fn code(book: &Workbook) -> &str {
    let cell = &book.sheets[0].cells[0];
    &book.formats[usize::from(cell.format)].code
}

/// A package whose first cell has the style `style` of these.
fn styled(formats: &str, styles: &str, style: usize) -> Package {
    let text = format!(
        "<styleSheet xmlns='{MAIN}'><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>"
    );
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "styles", "styles.xml"),
    ]);
    Package::of(&format!("<row><c s='{style}'><v>1</v></c></row>"))
        .with("xl/styles.xml", text)
        .with("xl/_rels/workbook.xml.rels", all)
}

#[test]
fn a_format_of_megabytes_is_general_for_all_its_styles() {
    let long = format!(
        "<numFmt numFmtId='200' formatCode='{}'/>",
        "0".repeat(4 << 20)
    );
    let styles = "<xf numFmtId='200'/>".repeat(100_000);
    assert_eq!(
        code(&book(&styled(&long, &styles, 99_999).zip())),
        "General"
    );
}

#[test]
fn a_format_as_long_as_any_of_excel_is_kept() {
    let words = format!("0.00%\"{}\"", "万".repeat(248));
    let format = format!(
        "<numFmt numFmtId='200' formatCode='{}'/>",
        words.replace('"', "&quot;")
    );
    let read = book(&styled(&format, "<xf/><xf numFmtId='200'/>", 1).zip());
    assert_eq!(code(&read), words);
}
