//! What stands once in a file, at any length, and is referred to without number.
//!
//! Each of these would take minutes of a reader that looks at it anew each time.

use gouji::workbook::Workbook;

use crate::kit::{book, no_form, plain, refused};
use crate::support::{MAIN, Package, links, workbook};

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

#[test]
fn more_relationships_than_parts_may_be_are_refused_before_the_rest_is_read() {
    let many = "<Relationship/>".repeat(2_001);
    for part in ["_rels/.rels", "xl/_rels/workbook.xml.rels"] {
        // What comes behind them is no XML.
        let text = format!("<Relationships>{many}<<<");
        let bytes = plain().with(part, text).zip();
        refused(&bytes, "too-large", "max-entries");
    }
}

#[test]
fn as_many_relationships_as_parts_may_be_lead_to_their_sheets() {
    let mut all: Vec<(String, String)> = (0..1_999)
        .map(|at| (format!("x{at}"), format!("charts/{at}.xml")))
        .collect();
    all.push(("r1".to_owned(), "worksheets/sheet1.xml".to_owned()));
    // Of two that have one name the first counts.
    all[1_000] = ("r1".to_owned(), "chartsheets/sheet1.xml".to_owned());
    let kind = |target: &str| match target.split_once('/') {
        Some(("charts", _)) => "chart",
        Some(("chartsheets", _)) => "chartsheet",
        _ => "worksheet",
    };
    let listed = |all: &[(String, String)]| {
        let all: Vec<(&str, &str, &str)> = all
            .iter()
            .map(|(id, target)| (id.as_str(), kind(target), target.as_str()))
            .collect();
        plain()
            .with("xl/_rels/workbook.xml.rels", links(&all))
            .zip()
    };
    assert!(no_form(&listed(&all)).sheets[0].cells.is_empty());
    all.swap(1_000, 1_999);
    assert_eq!(no_form(&listed(&all)).sheets[0].cells.len(), 1);
}

#[test]
fn a_target_of_nothing_but_steps_leads_nowhere() {
    let steps = "a/".repeat(1 << 20) + &"../".repeat(1 << 20) + "worksheets/sheet1.xml";
    let all = links(&[("r1", "worksheet", &steps)]);
    let bytes = plain().with("xl/_rels/workbook.xml.rels", all).zip();
    assert_eq!(no_form(&bytes).sheets[0].cells.len(), 1);
}

#[test]
fn more_sheets_than_allowed_are_refused_before_the_rest_is_read() {
    let text = workbook(&"<sheet/>".repeat(1_101)).replace("</sheets>", "<<<");
    let bytes = plain().with("xl/workbook.xml", text).zip();
    refused(&bytes, "too-large", "max-sheets");
    let long = format!("<sheet name='{}' r:id='r1'/>", "长".repeat(256));
    let text = workbook(&long).replace("</sheets>", "<<<");
    let bytes = plain().with("xl/workbook.xml", text).zip();
    refused(&bytes, "too-large", "max-name-chars");
}

#[test]
fn content_types_beside_a_main_part_of_megabytes_are_gone_through_once() {
    let root = links(&[("r1", "officeDocument", &("x".repeat(4 << 20) + "."))]);
    let types = format!(
        "<Types>{}</Types>",
        "<Default Extension='' ContentType='.main'/>".repeat(100_000)
    );
    let bytes = plain()
        .with("_rels/.rels", root)
        .with("[Content_Types].xml", types)
        .zip();
    refused(&bytes, "corrupt", "部件类型不对");
}
