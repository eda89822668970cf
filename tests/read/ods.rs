//! OpenDocument: repetition, styles, text.

use super::support::{Package, listed};
use gouji::read::{Limits, ReadError};
use gouji::workbook::Value;

const STYLES: &str = "<number:percentage-style style:name='N1'><number:number number:decimal-places='2' \
    number:min-integer-digits='1'/><number:text>%</number:text></number:percentage-style>\
    <number:number-style style:name='N2'><number:number number:decimal-places='2' number:grouping='true' \
    number:display-factor='1000'/></number:number-style>\
    <style:style style:name='base' style:family='table-cell' style:data-style-name='N1'/>\
    <style:style style:name='ce1' style:family='table-cell' style:parent-style-name='base'/>\
    <style:style style:name='ce2' style:family='table-cell' style:data-style-name='N2'/>\
    <style:style style:name='hidden' style:family='table'><style:table-properties table:display='false'/></style:style>\
    <style:style style:name='loop' style:family='table-cell' style:parent-style-name='loop'/>";

fn package(tables: &str) -> Package {
    Package { parts: Vec::new() }
        .with("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        .with("META-INF/manifest.xml", "<manifest/>")
        .with(
            "content.xml",
            format!(
                "<office:document-content><office:automatic-styles>{STYLES}</office:automatic-styles>\
                 <office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>\
                 </office:document-content>"
            ),
        )
}

fn table(rows: &str) -> Package {
    package(&format!(
        "<table:table table:name='表'>{rows}</table:table>"
    ))
}

fn float(value: &str) -> String {
    format!("<table:table-cell office:value-type='float' office:value='{value}'/>")
}

fn paragraphs(inner: &str) -> String {
    let cell = format!(
        "<table:table-row><table:table-cell office:value-type='string'>{inner}</table:table-cell></table:table-row>"
    );
    match &table(&cell).only().cells[0].value {
        Value::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn repeated_cells_and_rows_stand_where_they_are_seen() {
    let one = float("1").replace("/>", " table:number-columns-repeated='2'/>");
    let rows = format!(
        "<table:table-header-rows><table:table-row table:number-rows-repeated='3'><table:table-cell \
         table:number-columns-repeated='16384'/></table:table-row></table:table-header-rows>\
         <table:table-row-group><table:table-row table:number-rows-repeated='2'>\
         <table:table-cell table:number-columns-repeated='2'/>{one}</table:table-row></table:table-row-group>\
         <table:table-row>{}</table:table-row>\
         <table:table-row table:number-rows-repeated='1048570'><table:table-cell/></table:table-row>",
        float("2")
    );
    assert_eq!(
        listed(&table(&rows).only()),
        ["C4=1", "D4=1", "C5=1", "D5=1", "A6=2"]
    );
}

#[test]
fn a_table_that_repeats_itself_endlessly_is_refused() {
    let one = float("1").replace("/>", " table:number-columns-repeated='16384'/>");
    let rows =
        format!("<table:table-row table:number-rows-repeated='1048576'>{one}</table:table-row>");
    let error = table(&rows).read().unwrap_err();
    assert!(matches!(
        error,
        ReadError::TooLarge {
            limit: "max-cells",
            ..
        }
    ));
    let spaces = "<table:table-row><table:table-cell><text:p><text:s text:c='4000000000'/></text:p>\
        </table:table-cell></table:table-row>";
    let error = table(spaces).read_within(&Limits::default()).unwrap_err();
    assert!(matches!(
        error,
        ReadError::TooLarge {
            limit: "max-cell-chars",
            ..
        }
    ));
}

#[test]
fn formats_come_from_the_style_its_parent_the_row_the_column_or_the_type() {
    let rows = "<table:table-column table:number-columns-repeated='3'/><table:table-column \
        table:default-cell-style-name='ce1'/><table:table-row>\
        <table:table-cell table:style-name='ce1' office:value-type='float' office:value='0.8478'/>\
        <table:table-cell office:value-type='percentage' office:value='0.8478'/>\
        <table:table-cell table:style-name='ce2' office:value-type='float' office:value='1'/>\
        <table:table-cell office:value-type='float' office:value='0.5'/>\
        <table:table-cell table:style-name='loop' office:value-type='float' office:value='1'/>\
        </table:table-row>";
    let book = table(rows).read().unwrap();
    let formats: Vec<_> = book.sheets[0]
        .cells
        .iter()
        .map(|cell| &book.formats[usize::from(cell.format)])
        .map(|format| (format.percent, format.decimals, format.thousands_scale))
        .collect();
    assert_eq!(
        formats,
        [
            (true, Some(2), 0),
            (true, Some(2), 0),
            (false, Some(2), 1),
            (true, Some(2), 0),
            (false, None, 0)
        ]
    );
}

/// The format code of a cell whose data style is the last of these, `N`.
fn code(styles: &str) -> String {
    let cell = "<table:table-row><table:table-cell table:style-name='c' office:value-type='float' \
        office:value='1'/></table:table-row>";
    let content = format!(
        "<office:document-content><office:automatic-styles>{styles}\
         <style:style style:name='c' style:family='table-cell' style:data-style-name='N'/>\
         </office:automatic-styles><office:body><office:spreadsheet>\
         <table:table table:name='表'>{cell}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let book = package("").with("content.xml", content).read().unwrap();
    let cell = &book.sheets[0].cells[0];
    book.formats[usize::from(cell.format)].code.to_string()
}

fn number_style(name: &str, inner: &str) -> String {
    format!("<number:number-style style:name='{name}'>{inner}</number:number-style>")
}

fn map(condition: &str, name: &str) -> String {
    format!("<style:map style:condition='value(){condition}' style:apply-style-name='{name}'/>")
}

const TWO: &str = "<number:number number:decimal-places='2' number:min-integer-digits='1'/>";

#[test]
fn sections_stand_in_the_order_of_excel() {
    let plus = number_style("P", TWO);
    let minus =
        format!("<style:text-properties fo:color='#ff0000'/><number:text>-</number:text>{TWO}");
    let of = |maps: &str, last: &str| {
        code(&(plus.clone() + &number_style("N", &format!("{last}{maps}"))))
    };
    assert_eq!(of(&map("&gt;=0", "P"), &minus), "0.00;[Red]\"-\"0.00");
    let minus = plus.clone() + &number_style("M", &minus);
    let three = [map("&gt;0", "P"), map("&lt;0", "M")].concat();
    let zero = number_style("N", &format!("<number:text>-</number:text>{three}"));
    assert_eq!(code(&(minus + &zero)), "0.00;[Red]\"-\"0.00;\"-\"");
    // Conditions of one's own are said; what is none, or leads nowhere, is left out.
    assert_eq!(of(&map("&gt;=100", "P"), TWO), "[>=100]0.00;0.00");
    for left_out in ["&gt;=1]", "&gt;=", "1"] {
        assert_eq!(of(&map(left_out, "P"), TWO), "0.00");
    }
    assert_eq!(of(&map("&gt;=0", "Q"), TWO), "0.00");
}

#[test]
fn digits_and_hours_are_as_many_as_are_shown() {
    let number = |attributes: &str| {
        code(&number_style(
            "N",
            &format!("<number:number number:decimal-places='0' {attributes}/>"),
        ))
    };
    assert_eq!(number("number:min-integer-digits='5'"), "00000");
    assert_eq!(
        number("number:min-integer-digits='1' number:grouping='true'"),
        "#,##0"
    );
    assert_eq!(
        number("number:min-integer-digits='5' number:grouping='true'"),
        "00,000"
    );
    let some = "<number:number number:decimal-places='3' number:min-decimal-places='1' \
        number:min-integer-digits='0'/>";
    assert_eq!(code(&number_style("N", some)), "#.0##");
    let time = |attribute: &str| {
        code(&format!(
            "<number:time-style style:name='N'{attribute}><number:hours/><number:text>:</number:text>\
             <number:minutes/></number:time-style>"
        ))
    };
    assert_eq!(time(""), "h\":\"mm");
    assert_eq!(time(" number:truncate-on-overflow='false'"), "[h]\":\"mm");
}

#[test]
fn a_text_of_endless_spaces_is_refused_before_it_is_built() {
    let spaces = "<text:s text:c='32767'/>".repeat(20_000);
    let cell = format!(
        "<table:table-row><table:table-cell><text:p>{spaces}</text:p></table:table-cell></table:table-row>"
    );
    let error = table(&cell).read().unwrap_err();
    assert!(matches!(
        error,
        ReadError::TooLarge {
            limit: "max-cell-chars",
            // Not what all of them come to.
            found: ..200_000,
            ..
        }
    ));
}

#[test]
fn a_time_that_no_clock_shows_is_unreadable() {
    for time in [
        "-79228162514264337593543950335:-79228162514264337593543950335:00",
        "01:-5:00",
        "25:00:00",
    ] {
        let cell = format!(
            "<table:table-row><table:table-cell office:value-type='date' \
             office:date-value='2023-06-28T{time}'/></table:table-row>"
        );
        assert_eq!(
            listed(&table(&cell).only()),
            [format!("A1=?2023-06-28T{time}")]
        );
    }
}

#[test]
fn texts_are_joined_as_they_are_seen() {
    for (inner, want) in [
        (
            "<text:p>项目<text:span>支出</text:span></text:p>",
            "项目支出",
        ),
        ("<text:p>a</text:p>\n  <text:p>b</text:p>", "a\nb"),
        ("<text:p>\n   a\n   b</text:p>", "a b"),
        (
            "<text:p><text:s text:c='2'/>a<text:line-break/>b<text:tab/>c</text:p>",
            "  a\nb\tc",
        ),
        (
            "<office:annotation><text:p>note</text:p></office:annotation><text:p>a</text:p>",
            "a",
        ),
        ("<text:p>&lt;<!-- c -->&#x4E07;</text:p>", "<万"),
    ] {
        assert_eq!(paragraphs(inner), want);
    }
}

#[test]
fn pretty_printed_files_are_read() {
    let rows = format!(
        "\n  <table:table-row>\n    {}\n  </table:table-row>\n",
        float("233.74000000000001")
    );
    assert_eq!(listed(&table(&rows).only()), ["A1=233.74"]);
}

#[test]
fn merges_of_rows_and_columns_are_told() {
    let rows = "<table:table-row><table:table-cell table:number-columns-spanned='2' \
        table:number-rows-spanned='3' office:value-type='string'><text:p>a</text:p></table:table-cell>\
        <table:covered-table-cell/></table:table-row>";
    assert_eq!(table(rows).only().merges[0].to_string(), "A1:B3");
}

#[test]
fn what_is_no_sheet_is_refused_and_encryption_told() {
    assert_eq!(package("").kind(), "corrupt");
    assert_eq!(table("").without("content.xml").kind(), "corrupt");
    assert_eq!(table("<table:table-row>").kind(), "corrupt");
    let manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>";
    assert_eq!(
        table("").with("META-INF/manifest.xml", manifest).kind(),
        "encrypted"
    );
}

#[test]
fn merged_and_hidden_runs_end_where_the_sheet_does() {
    let below = "<table:table-row table:number-rows-repeated='1048575'/>";
    let merged =
        "<table:table-cell table:number-rows-spanned='9' table:number-columns-spanned='2'/>";
    let rows = format!(
        "<table:table-column table:number-columns-repeated='16000'/>\
         <table:table-column table:number-columns-repeated='9000' table:visibility='collapse'/>\
         <table:table-column table:visibility='collapse'/>{below}\
         <table:table-row table:number-rows-repeated='8' table:visibility='collapse'>{merged}\
         <table:table-cell table:number-columns-repeated='16382'/>{merged}</table:table-row>\
         <table:table-row table:visibility='collapse'>{merged}</table:table-row>"
    );
    let sheet = table(&rows).only();
    let merges: Vec<String> = sheet.merges.iter().map(ToString::to_string).collect();
    assert_eq!(merges, ["A1048576:B1048576"]);
    assert_eq!(sheet.hidden_rows, [(1_048_575, 1_048_575)]);
    assert_eq!(sheet.hidden_columns, [(16_000, 16_383)]);
}

#[test]
fn a_row_in_a_row_is_refused() {
    let one = float("1");
    let rows =
        format!("<table:table-row>{one}<table:table-row>{one}</table:table-row></table:table-row>");
    assert_eq!(table(&rows).kind(), "corrupt");
}

#[test]
fn cells_outside_of_rows_and_lists_of_rows_in_a_row_are_refused() {
    let one = float("1");
    for rows in [
        one.clone(),
        format!("<table:table-rows>{one}</table:table-rows>"),
        format!("<table:table-row>{one}<table:table-rows/>{one}</table:table-row>"),
        format!("<table:table-row>{one}<table:table-column/></table:table-row>"),
    ] {
        assert_eq!(table(&rows).kind(), "corrupt", "{rows}");
    }
}

#[test]
fn numbers_that_no_decimal_holds_stand_as_they_are_written() {
    for (raw, want) in [
        ("NaN", "?NaN"),
        ("INF", "?INF"),
        ("1e308", "?1e308"),
        ("1e-308", "0"),
        ("-0", "0"),
        (
            "1234567890.123456789012345678901234567890",
            "1234567890.12346",
        ),
        ("1_000", "?1_000"),
    ] {
        let row = format!("<table:table-row>{}</table:table-row>", float(raw));
        assert_eq!(listed(&table(&row).only()), [format!("A1={want}")]);
    }
}

#[test]
fn macros_and_signatures_are_seen_and_not_opened() {
    let book = table("")
        .with("Basic/Standard/Module1.xml", "<<<")
        .with("META-INF/documentsignatures.xml", "<<<")
        .read()
        .unwrap();
    assert!(book.traits.macros && book.traits.signed && !book.traits.external_links);
}

/// What programs keep of another file stands in a table that they never show.
#[test]
fn links_to_other_files_are_told_and_what_is_kept_of_these_is_no_sheet() {
    let own = |cell: &str| {
        format!(
            "<table:table table:name='表'><table:table-row>{cell}</table:table-row></table:table>"
        )
    };
    let formula = own(
        "<table:table-cell table:formula=\"of:=['file:///D:/上年.ods'#$附件1.B5]\" \
         office:value-type='float' office:value='1'/>",
    );
    let elsewhere = formula.replace("file:///D:/", "http://example.org/");
    let kept = format!(
        "{}<table:table table:name=\"'file:///D:/上年.ods'#附件1\" table:style-name='hidden'>\
         <table:table-source xlink:href='../上年.ods' table:table-name='附件1'/>\
         <table:table-row>{}</table:table-row></table:table>",
        own(&float("1")),
        float("2")
    );
    let linked = format!(
        "<table:table table:name='表'><table:table-source xlink:href='../上年.ods'/>\
         <table:table-row>{}</table:table-row></table:table>",
        float("1")
    );
    for tables in [formula, elsewhere, kept, linked] {
        let book = package(&tables).read().unwrap();
        assert!(book.traits.external_links, "{tables}");
        assert_eq!(book.sheets.len(), 1, "{tables}");
        assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    }
    // One that is shown is a sheet, whatever its name.
    let shown = "<table:table table:name=\"'file:///D:/上年.ods'#附件1\"/>";
    assert_eq!(package(shown).read().unwrap().sheets.len(), 1);
}

#[test]
fn prefixes_stand_for_what_every_program_takes_them_for() {
    let declared = |declarations: &str| {
        let sheet = "<table:table table:name='表'/>";
        Package { parts: Vec::new() }
            .with("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            .with(
                "content.xml",
                format!(
                    "<office:document-content {declarations}><office:body><office:spreadsheet>{sheet}\
                     </office:spreadsheet></office:body></office:document-content>"
                ),
            )
            .kind()
    };
    let table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
    assert_eq!(declared(&format!("xmlns:table='{table}'")), "fine");
    assert_eq!(declared("xmlns:table='urn:example'"), "corrupt");
    assert_eq!(declared(&format!("xmlns:t='{table}'")), "corrupt");
    assert_eq!(declared(&format!("xmlns='{table}'")), "corrupt");
}

#[test]
fn a_table_outside_of_the_spreadsheet_is_no_sheet() {
    let outside = "<table:table table:name='外'/>";
    let text = format!(
        "<office:document-content><office:body>{outside}<office:spreadsheet><table:table table:name='表'/>\
         </office:spreadsheet></office:body></office:document-content>"
    );
    let book = package("").with("content.xml", text).read().unwrap();
    assert_eq!(book.sheets.len(), 1);
    assert_eq!(book.sheets[0].name, "表");
}

#[test]
fn of_two_types_of_a_cell_that_of_libreoffice_counts() {
    let row = "<table:table-row><table:table-cell office:value-type='string' calcext:value-type='float' \
        office:value='2'><text:p>1</text:p></table:table-cell></table:table-row>";
    assert_eq!(listed(&table(row).only()), ["A1=2"]);
}

#[test]
fn formats_that_this_reader_has_no_word_for_mislead() {
    for (style, inner) in [
        (
            "number-style",
            "<number:number number:decimal-places='2' number:display-factor='1E3'/>",
        ),
        (
            "number-style",
            "<number:number number:decimal-places='2'><number:embedded-text number:position='1'>9\
          </number:embedded-text></number:number>",
        ),
        ("date-style", "<number:week-of-year/>"),
        (
            "number-style",
            "<number:number number:decimal-places='2'/><style:map style:condition='value()&gt;= 0' \
          style:apply-style-name='other'/>",
        ),
    ] {
        let styles = format!(
            "<number:number-style style:name='other'><number:text>999.99</number:text></number:number-style>\
             <number:{style} style:name='N9'>{inner}</number:{style}>\
             <style:style style:name='Default' style:family='table-cell' style:data-style-name='N9'/>\
             <style:style style:name='own' style:family='table-cell'/>"
        );
        let cell = float("1").replace("/>", " table:style-name='own'/>");
        let text = format!(
            "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>\
             <office:spreadsheet><table:table table:name='表'><table:table-row>{cell}</table:table-row>\
             </table:table></office:spreadsheet></office:body></office:document-content>"
        );
        let book = package("").with("content.xml", text).read().unwrap();
        let format = &book.formats[usize::from(book.sheets[0].cells[0].format)];
        assert!(format.misleads.positive, "{inner}: {}", format.code);
    }
}

#[test]
fn what_programs_see_through_is_refused() {
    let row = format!("<table:table-row>{}</table:table-row>", float("1"));
    let sheet = format!("<table:table table:name='表'>{row}</table:table>");
    let cell = |inner: &str| {
        table(&format!(
            "<table:table-row><table:table-cell office:value-type='string'>{inner}</table:table-cell></table:table-row>"
        ))
    };
    for (package, kind) in [
        (package(&format!("{sheet}<x:y/>")), "fine"),
        (package(&format!("{sheet}<x:y>{sheet}</x:y>")), "corrupt"),
        (
            package(&format!("{sheet}<table:other>{sheet}</table:other>")),
            "corrupt",
        ),
        (
            package(&format!("{sheet}<table:shapes>{sheet}</table:shapes>")),
            "fine",
        ),
        (table(&format!("<x:y>{row}</x:y>{row}")), "corrupt"),
        (
            table(&format!(
                "<table:table-row><x:y>{}</x:y></table:table-row>",
                float("1")
            )),
            "corrupt",
        ),
        (cell("<text:p>1<x:y/></text:p>"), "fine"),
        (cell("<text:p>1<x:y>00</x:y></text:p>"), "corrupt"),
        (cell("<x:y><text:p>1</text:p></x:y>"), "corrupt"),
        (cell("<draw:frame><text:p>1</text:p></draw:frame>"), "fine"),
    ] {
        assert_eq!(package.kind(), kind);
    }
}

#[test]
fn a_namespace_by_another_of_its_names_is_refused() {
    for (prefix, namespace) in [
        ("o2", "urn:oasis:names:tc:opendocument:xmlns:office:1.1"),
        ("t2", "urn:oasis:names:tc:openoffice:xmlns:table:1.0"),
        ("t3", "urn:oasis:names:tc:opendocument:xmlns:&#116;able:1.0"),
    ] {
        let sheet = format!("<table:table xmlns:{prefix}='{namespace}' table:name='表'/>");
        assert_eq!(package(&sheet).kind(), "corrupt", "{namespace}");
    }
    let drawing = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.1";
    let sheet = format!("<table:table xmlns:draw='{drawing}' table:name='表'/>");
    assert_eq!(package(&sheet).kind(), "fine");
}

#[test]
fn counts_that_are_no_numbers_and_types_that_nobody_knows_are_said() {
    for (count, kind) in [
        ("2", "fine"),
        (" 2 ", "fine"),
        ("2x", "corrupt"),
        ("1.5", "corrupt"),
        ("-1", "corrupt"),
        ("", "corrupt"),
    ] {
        let cell = float("1").replace("/>", &format!(" table:number-columns-repeated='{count}'/>"));
        let row = format!("<table:table-row>{cell}</table:table-row>");
        assert_eq!(table(&row).kind(), kind, "{count}");
    }
    let value = |cell: &str| {
        let row = format!(
            "<table:table-row><table:table-cell {cell}><text:p>7</text:p></table:table-cell></table:table-row>"
        );
        table(&row).only().cells[0].value.clone()
    };
    let unreadable = |text: &str| Value::Unreadable(text.into());
    assert_eq!(
        value("office:value-type='boolean' office:boolean-value='true'"),
        Value::Bool(true)
    );
    assert_eq!(
        value("office:value-type='boolean' office:boolean-value='1'"),
        unreadable("1")
    );
    assert_eq!(
        value("office:value-type='other' office:value='1'"),
        unreadable("7")
    );
    assert_eq!(value("office:value-type='other'"), unreadable("7"));
}
