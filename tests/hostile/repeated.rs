//! What stands once in a file, at any length, and is referred to without number.
//!
//! Each of these would take minutes of a reader that looks at it anew each time.

use gouji::workbook::Workbook;

use crate::kit::{book, no_form, plain, refused};
use crate::support::{MAIN, Package, links, workbook};

const CONTENT: &str = "content.xml";

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
    assert_eq!(no_form(&listed(&all)).sheets[0].cells.len(), 1);
    // Of two that have one name, programs take the one or the other.
    all[1_000] = ("r1".to_owned(), "chartsheets/sheet1.xml".to_owned());
    refused(&listed(&all), "corrupt", "两种读法");
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

/// A spreadsheet with these styles, and a table `a` of these cells.
fn spreadsheet(common: &str, automatic: &str, cells: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:automatic-styles>{automatic}</office:automatic-styles>\
         <office:body><office:spreadsheet><table:table table:name='a'><table:table-row>{cells}\
         </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    );
    Package { parts: Vec::new() }
        .with("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        .with(
            "styles.xml",
            format!("<office:document-styles>{common}</office:document-styles>"),
        )
        .with(CONTENT, content)
        .zip()
}

const NUMBER: &str = "office:value-type='float' office:value='1'";

fn cells_of(count: usize) -> String {
    (0..count)
        .map(|at| format!("<table:table-cell table:style-name='s{at}' {NUMBER}/>"))
        .take(16_384)
        .collect()
}

#[test]
fn styles_below_ancestors_with_names_of_megabytes_are_looked_up_once() {
    let long: Vec<String> = (0..9)
        .map(|at| format!("{at}{}", "x".repeat(1 << 20)))
        .collect();
    let mut common = format!(
        "<number:number-style style:name='N'><number:number number:decimal-places='2'/></number:number-style>\
         <style:style style:name='p' style:family='table-cell' style:parent-style-name='{}'/>",
        long[0]
    );
    for pair in long.windows(2) {
        common += &format!(
            "<style:style style:name='{}' style:family='table-cell' style:parent-style-name='{}'/>",
            pair[0], pair[1]
        );
    }
    common += &format!(
        "<style:style style:name='{}' style:family='table-cell' style:data-style-name='N'/>",
        long[8]
    );
    let own: String = (0..16_384)
        .map(|at| {
            format!(
                "<style:style style:name='s{at}' style:family='table-cell' style:parent-style-name='p'/>"
            )
        })
        .collect();
    let book = no_form(&spreadsheet(&common, &own, &cells_of(16_384)));
    assert_eq!(code(&book), "0.00");
    let formats = book.sheets[0].cells.iter().map(|cell| cell.format);
    assert!(formats.clone().all(|format| format == 1));
}

#[test]
fn styles_of_a_data_style_with_names_of_megabytes_are_put_into_words_once() {
    let long = "x".repeat(4 << 20);
    let common = format!(
        "<number:number-style style:name='{long}'><number:text>a</number:text></number:number-style>\
         <number:number-style style:name='N'><number:number number:decimal-places='2'/>\
         <style:map style:condition='value()&gt;=0' style:apply-style-name='{long}'/></number:number-style>"
    );
    let own: String = (0..16_384)
        .map(|at| {
            format!(
                "<style:style style:name='s{at}' style:family='table-cell' style:data-style-name='N'/>"
            )
        })
        .collect();
    let book = no_form(&spreadsheet(&common, &own, &cells_of(16_384)));
    assert_eq!(code(&book), "\"a\";0.00");
}

#[test]
fn what_stands_inside_of_a_style_with_a_name_of_megabytes_is_read_once() {
    let long = "x".repeat(4 << 20);
    let common = format!(
        "<style:style style:name='{long}'>{}</style:style>\
         <number:number-style style:name='{long}'>{}</number:number-style>",
        "<style:table-properties table:display='false'/>".repeat(50_000),
        "<number:text/>".repeat(100_000),
    );
    let own = "<number:number-style style:name='N'><number:number number:decimal-places='1'/>\
               </number:number-style><style:style style:name='s0' style:family='table-cell' \
               style:data-style-name='N'/>";
    let book = no_form(&spreadsheet(&common, own, &cells_of(1)));
    assert_eq!(code(&book), "0.0");
}

#[test]
fn ancestors_in_circles_end_and_long_lines_of_them_do_too() {
    let line: String = (0..50_000)
        .map(|at| {
            format!(
                "<style:style style:name='s{at}' style:family='table-cell' style:parent-style-name='s{}'/>",
                (at + 1) % 50_000
            )
        })
        .collect();
    let book = no_form(&spreadsheet("", &line, &cells_of(16_384)));
    assert_eq!(code(&book), "General");
}
