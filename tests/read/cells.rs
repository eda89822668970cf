//! Cells: addresses, types, texts and numbers, in all the ways programs write them.

use super::support::{MAIN, Package, listed, shown};
use gouji::workbook::{Sheet, Value};

fn row(cells: &str) -> Vec<String> {
    listed(&Package::of(&format!("<row r='1'>{cells}</row>")).only())
}

#[test]
fn every_type_of_cell_is_read() {
    let sheet = Package::of(
        "<row r='1'><c r='A1' t='s'><v>1</v></c><c r='B1' t='inlineStr'><is><r><t>三</t></r><r><t>公</t>\
         </r><rPh><t>x</t></rPh></is></c><c r='C1' t='str'><f>A1</f><v>a_x000A_b</v></c>\
         <c r='D1' t='b'><v>1</v></c><c r='E1' t='e'><v>#DIV/0!</v></c>\
         <c r='F1' t='d'><v>2023-06-28T12:00:00</v></c><c r='G1' t='n'><v>7.26</v></c>\
         <c r='H1' t='x'><v>y</v></c><c r='I1' t='b'><v>7</v></c><c r='J1' t='d'><v>soon</v></c></row>",
    )
    .strings("<si><t>甲</t></si><si><t>乙</t></si>")
    .read()
    .unwrap();
    assert_eq!(
        listed(&sheet.sheets[0]),
        [
            "A1='乙",
            "B1='三公",
            "C1='a\nb",
            "D1=true",
            "E1=#DIV/0!",
            "F1=45105.5",
            "G1=7.26",
            "H1=?y",
            "I1=?7",
            "J1=?soon"
        ]
    );
    let date = &sheet.sheets[0].cells[5];
    assert!(sheet.formats[usize::from(date.format)].date);
}

#[test]
fn a_string_that_does_not_exist_is_a_matter_of_its_cell() {
    let package =
        Package::of("<row r='1'><c r='A1' t='s'><v>9</v></c><c r='B1'><v>1</v></c></row>");
    let sheet = package.clone().strings("<si><t>甲</t></si>").only();
    assert!(matches!(&sheet.cells[0].value, Value::Unreadable(text) if text.contains('9')));
    assert_eq!(shown(&sheet.cells[1]), "1");
    // Nor does a missing table spoil the rest.
    assert!(matches!(
        package.only().cells[0].value,
        Value::Unreadable(_)
    ));
}

#[test]
fn numbers_are_exact_or_unreadable() {
    for (raw, want) in [
        ("233.74000000000001", "233.74"),
        ("0.30000000000000004", "0.3"),
        ("9007199254740993", "9007199254740993"),
        ("1<!--c-->2", "12"),
        ("<![CDATA[1]]>2", "12"),
        ("&#49;2", "12"),
        (" 5 ", "5"),
        ("NaN", "?NaN"),
        ("INF", "?INF"),
        ("1e308", "?1e308"),
        (
            "1234567890123456789012345678901234567890",
            "?1234567890123456789012345678901234567890",
        ),
    ] {
        assert_eq!(
            row(&format!("<c r='A1'><v>{raw}</v></c>")),
            [format!("A1={want}")]
        );
    }
}

#[test]
fn blank_cells_are_left_out_and_blank_formulas_kept() {
    assert_eq!(
        row(
            "<c r='A1' s='3'/><c r='B1' t='n'></c><c r='C1'><v/></c><c r='D1' t='str'><f>A1</f><v></v>\
             </c><c r='E1'><f>B1</f><v></v></c><c r='F1' t='inlineStr'><is><t>\u{3000}</t></is></c>\
             <c r='G1' t='inlineStr'><is><t xml:space='preserve'> </t></is></c>"
        ),
        ["D1='", "E1=", "F1='\u{3000}", "G1=' "]
    );
}

fn formulas(sheet: &Sheet) -> Vec<Option<&str>> {
    let cells = sheet.cells.iter();
    cells.map(|cell| cell.formula.as_deref()).collect()
}

#[test]
fn formulas_are_kept_and_shared_ones_written_out() {
    let sheet = Package::of(
        "<row r='1'><c r='A1'><f>SUM(B1:B2)&amp;\"&lt;\"</f><v>1</v></c>\
         <c r='B1'><f t='shared' ref='B1:B2' si='0'>C1*2</f><v>2</v></c></row>\
         <row r='2'><c r='B2'><f t='shared' si='0'/><v>4</v></c><c r='C2'><f/><v>5</v></c></row>",
    )
    .only();
    assert_eq!(
        formulas(&sheet),
        [Some("SUM(B1:B2)&\"<\""), Some("C1*2"), Some("C2*2"), None]
    );
}

#[test]
fn all_cells_of_an_array_formula_have_one() {
    let sheet = Package::of(
        "<row r='1'><c r='A1'><f t='array' ref='A1:B2'>C1:D2</f><v>1</v></c><c r='B1'><v>2</v></c>\
         <c r='C1'><v>3</v></c></row><row r='2'><c r='A2'><v>4</v></c><c r='B2'><f>C1</f><v>3</v></c></row>\
         <row r='3'><c r='A3'><v>5</v></c></row>",
    )
    .only();
    let part = Some("");
    assert_eq!(
        formulas(&sheet),
        [Some("C1:D2"), part, None, part, Some("C1"), None]
    );
}

#[test]
fn cells_and_rows_out_of_their_place_are_refused() {
    let kind = |text: &str| Package::sheet(text).kind();
    let around = |rows: &str| format!("<worksheet xmlns='{MAIN}'>{rows}</worksheet>");
    let cell = "<c r='A1'><v>1</v></c>";
    for rows in [
        format!("<sheetData><row r='5'/>{cell}</sheetData>"),
        format!("<sheetData><row r='5'><row r='6'>{cell}</row></row></sheetData>"),
        format!("<sheetData><row>{cell}</row></sheetData><sheetData><row>{cell}</row></sheetData>"),
        "<sheetData><row><c r='A1' r='B1'><v>1</v></c></row></sheetData>".to_owned(),
    ] {
        assert_eq!(kind(&around(&rows)), "corrupt", "{rows}");
    }
}

#[test]
fn rows_and_cells_may_leave_their_address_out() {
    let sheet = Package::of(
        "<row><c><v>1</v></c><c><v>2</v></c></row><row r='5'><c r='C5'><v>3</v></c><c><v>4</v></c></row>\
         <row><c><v>5</v></c></row>",
    )
    .only();
    assert_eq!(listed(&sheet), ["A1=1", "B1=2", "C5=3", "D5=4", "A6=5"]);
}

#[test]
fn cells_out_of_order_are_sorted() {
    let sheet = Package::of(
        "<row r='3'><c r='B3'><v>4</v></c><c r='A3'><v>3</v></c></row><row r='1'><c r='A1'><v>1</v></c></row>",
    )
    .only();
    assert_eq!(listed(&sheet), ["A1=1", "A3=3", "B3=4"]);
}

#[test]
fn two_values_for_one_cell_are_refused() {
    for rows in [
        "<row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>",
        "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row><row r='1'><c r='A1'><v>2</v></c></row>",
    ] {
        assert_eq!(Package::of(rows).kind(), "corrupt");
    }
}

#[test]
fn addresses_outside_the_sheet_are_refused() {
    for cell in [
        "<c r='XFE1'>",
        "<c r='A1048577'>",
        "<c r='A0'>",
        "<c r='1A'>",
        "<c r=''>",
    ] {
        assert_eq!(
            Package::of(&format!("<row>{cell}<v>1</v></c></row>")).kind(),
            "corrupt",
            "{cell}"
        );
    }
    assert_eq!(Package::of("<row r='0'/>").kind(), "corrupt");
    assert_eq!(Package::of("<row r='1048577'/>").kind(), "corrupt");
    let far = Package::of(
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>2</v></c></row>",
    );
    assert_eq!(listed(&far.only()), ["A1=1", "XFD1048576=2"]);
}

#[test]
fn merges_and_hidden_runs_are_told() {
    let sheet = Package::sheet(&format!(
        "<worksheet xmlns='{MAIN}'><dimension ref='$A$1:$B$2'/><cols><col min='2' max='3' hidden='1'/>\
         <col min='4' max='4' hidden='true'/><col min='5' max='5'/><col min='6' max='6' width='0.3'/>\
         <col min='7' max='7' width='8.43'/></cols><sheetData><row r='2' hidden='1'/>\
         <row hidden='1'/><row r='9' hidden='true' ht='15'/><row r='11' ht='0'/><row r='13' ht='0.75' hidden='0'/>\
         <row r='15' ht='12.75'/></sheetData><mergeCells count='99'>\
         <mergeCell ref='A1:B2'/><mergeCell ref='C1'/><mergeCell ref='$E$4:D3'/></mergeCells></worksheet>"
    ))
    .only();
    let merges: Vec<_> = sheet.merges.iter().map(ToString::to_string).collect();
    assert_eq!(merges, ["A1:B2", "D3:E4"]);
    // What is too narrow or too low to be seen is hidden too.
    assert_eq!(sheet.hidden_columns, [(1, 3), (5, 5)]);
    assert_eq!(sheet.hidden_rows, [(1, 2), (8, 8), (10, 10), (12, 12)]);
}

#[test]
fn what_another_library_writes_is_read_at_its_addresses() {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    let percent = Format::new().set_num_format("0.00%");
    let sheet = book.add_worksheet();
    sheet.set_name("附件1").unwrap();
    sheet
        .merge_range(0, 0, 0, 3, "绩效自评表", &Format::new())
        .unwrap();
    for row in 1..50 {
        sheet.write(row, 0, format!("第{row}行 <&> \u{1}")).unwrap();
        sheet.write(row, 1, f64::from(row) / 100.0).unwrap();
        sheet
            .write_with_format(row, 2, f64::from(row) / 10_000.0, &percent)
            .unwrap();
        sheet
            .write(
                row,
                3,
                rust_xlsxwriter::Formula::new("=B2&\"<\"").set_result("x"),
            )
            .unwrap();
    }
    sheet.set_row_hidden(7).unwrap();
    sheet.set_column_hidden(4).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let book = gouji::read::read(&bytes, &gouji::read::Limits::default()).unwrap();
    let sheet = &book.sheets[0];
    assert_eq!(sheet.cells.len(), 1 + 49 * 4);
    assert_eq!(sheet.merges[0].to_string(), "A1:D1");
    for row in 1..50_u32 {
        let cells = sheet.row(row);
        assert_eq!(shown(&cells[0]), format!("'第{row}行 <&> \u{1}"));
        assert_eq!(
            cells[1].value,
            Value::Number(rust_decimal::Decimal::new(row.into(), 2))
        );
        assert_eq!(
            cells[2].value,
            Value::Number(rust_decimal::Decimal::new(row.into(), 4))
        );
        assert!(book.formats[usize::from(cells[2].format)].percent);
        assert_eq!(cells[3].formula.as_deref(), Some("B2&\"<\""));
        assert_eq!(shown(&cells[3]), "'x");
    }
    assert_eq!(sheet.hidden_rows, [(7, 7)]);
    assert_eq!(sheet.hidden_columns, [(4, 4)]);
}
