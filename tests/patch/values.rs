//! Values put into cells: rows, places, types.

use gouji::patch::PatchError;

use crate::kit::{
    RED, at, cached, done, edit, fill, formula, get, linked, number, part, rows, run, sheet_of,
    styles, text, worksheet,
};
use crate::support::{MAIN, Package};

#[test]
fn only_the_cell_s_own_bytes_change() {
    let before = "<row r='1' x14ac:dyDescent='0.2' ht = '20'><c  r='A1' s='0' ><v>1</v></c>\
        <!-- kept --><c r=\"B1\"><v>2</v><extLst><ext uri='u'/></extLst></c></row>";
    let before = format!(
        "<?xml version='1.0'?>\r\n<worksheet xmlns='{MAIN}' xmlns:mc='m' xmlns:x14ac='x' \
         mc:Ignorable='x14ac'><sheetData>{before}</sheetData><extLst><ext uri='e'/></extLst></worksheet>\n"
    );
    let after = sheet_of(&done(
        &Package::sheet(&before).zip(),
        &[number("B1", "2.50")],
    ));
    assert_eq!(
        after,
        before.replace("<v>2</v><extLst>", "<v>2.5</v><extLst>")
    );
}

#[test]
fn a_byte_order_mark_shifts_nothing() {
    let text = format!(
        "\u{feff}<worksheet xmlns='{MAIN}'><sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData></worksheet>"
    );
    let after = sheet_of(&done(&Package::sheet(&text).zip(), &[number("A1", "7")]));
    assert_eq!(after, text.replace("<v>1", "<v>7"));
}

#[test]
fn rows_and_cells_come_in_order() {
    let after = rows(
        "<row r='2'><c r='B2'><v>1</v></c><c r='D2'><v>2</v></c></row><row r='5'/>",
        &[
            number("C2", "8"),
            number("A2", "7"),
            number("E2", "9"),
            number("A5", "5"),
            number("B4", "4"),
            number("A1", "1"),
            number("A9", "9"),
        ],
    );
    assert!(after.contains(
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r='2'><c r=\"A2\"><v>7</v></c><c r='B2'>\
         <v>1</v></c><c r=\"C2\"><v>8</v></c><c r='D2'><v>2</v></c><c r=\"E2\"><v>9</v></c></row>\
         <row r=\"4\"><c r=\"B4\"><v>4</v></c></row><row r='5'><c r=\"A5\"><v>5</v></c></row>\
         <row r=\"9\"><c r=\"A9\"><v>9</v></c></row></sheetData>"
    ), "{after}");
}

#[test]
fn rows_and_cells_without_an_address_follow_the_last() {
    let bytes = Package::of(
        "<row r='3'><c r='B3'><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
    )
    .zip();
    let bytes = done(
        &bytes,
        &[number("C3", "20"), number("A4", "30"), number("D3", "4")],
    );
    for (cell, value) in [("B3", "1"), ("C3", "20"), ("D3", "4"), ("A4", "30")] {
        assert_eq!(get(&bytes, cell), value);
    }
    let after = sheet_of(&bytes);
    assert!(
        after.contains("<c><v>20</v></c><c r=\"D3\"><v>4</v></c>")
            && after.contains("<row><c><v>30")
    );
}

#[test]
fn an_empty_or_missing_list_of_rows_is_filled() {
    for inside in [
        "<sheetData/>",
        "<sheetData></sheetData>",
        "",
        "<dimension ref='A1'/><pageMargins left='1'/>",
    ] {
        let bytes = done(&worksheet(inside).zip(), &[number("B2", "1")]);
        assert_eq!(get(&bytes, "B2"), "1", "{inside}");
    }
    let after = sheet_of(&done(
        &worksheet("<cols/><pageMargins left='1'/>").zip(),
        &[number("A1", "1")],
    ));
    assert!(after.contains("<cols/><sheetData>") && after.contains("</sheetData><pageMargins"));
}

#[test]
fn spans_and_dimension_follow_what_was_added() {
    let inside = "<dimension ref='B2:C3'/><sheetData><row r='2' spans='2:3' ht='9'><c r='B2'><v>1</v></c></row>\
        <row r='3' spans='2:3'><c r='C3'><v>1</v></c></row></sheetData>";
    let after = sheet_of(&done(
        &worksheet(inside).zip(),
        &[number("E2", "1"), number("C3", "2")],
    ));
    assert!(after.contains("<dimension ref='B2:E3'/>"), "{after}");
    assert!(after.contains("<row r='2' ht='9'>") && after.contains("<row r='3' spans='2:3'>"));
    let same = sheet_of(&done(&worksheet(inside).zip(), &[number("B2", "2")]));
    assert!(same.contains("<dimension ref='B2:C3'/>") && same.contains("<row r='2' spans="));
}

#[test]
fn a_new_cell_takes_the_row_s_or_the_column_s_style() {
    let inside = "<cols><col min='1' max='3' style='2' width='9'/></cols><sheetData>\
        <row r='1' s='1' customFormat='1'/><row r='2' s='1'/></sheetData>";
    let xf = "<xf numFmtId='0'/>";
    let package = linked(
        worksheet(inside),
        &[(
            "styles",
            "styles.xml",
            &styles(&format!("<cellXfs>{xf}{xf}{xf}</cellXfs>")),
        )],
    );
    let after = sheet_of(&done(
        &package.zip(),
        &[
            number("A1", "1"),
            number("A2", "1"),
            number("D2", "1"),
            number("B3", "1"),
        ],
    ));
    for cell in ["A1\" s=\"1\"", "A2\" s=\"2\"", "B3\" s=\"2\"", "D2\"><v>"] {
        assert!(after.contains(&format!("<c r=\"{cell}")), "{cell}: {after}");
    }
}

#[test]
fn texts_are_written_in_the_cell_and_the_shared_ones_left_alone() {
    let package = Package::of(
        "<row r='1'><c r='A1' s='0' t='s'><v>0</v></c><c r='B1' t='s'><v>0</v></c></row>",
    )
    .strings("<si><t>旧</t></si>");
    let before = package.zip();
    let after = done(
        &before,
        &[text("A1", " =1+1\n<_x000A_>\r"), number("B1", "3")],
    );
    assert_eq!(
        crate::kit::changed(&before, &after),
        ["xl/worksheets/sheet1.xml"]
    );
    assert_eq!(get(&after, "A1"), "' =1+1\n<_x000A_>\r");
    assert_eq!(get(&after, "B1"), "3");
    let sheet = sheet_of(&after);
    assert!(
        sheet
            .contains("<t xml:space=\"preserve\"> =1+1\n&lt;_x005F_x000A_&gt;_x000D_</t></is></c>"),
        "{sheet}"
    );
    assert!(!part(&after, "xl/sharedStrings.xml").contains("=1"));
}

#[test]
fn what_looks_like_an_escape_before_one_stays_what_it_is() {
    let bytes = Package::of("<row r='1'><c r='A1'/></row>").zip();
    for odd in [
        "_x0041\r",
        "_x0041\u{1}",
        "_x0041_x0042_",
        "_x0041_x0042\r",
        "_x005F\u{ffff}_x0041_",
    ] {
        let after = done(&bytes, &[text("A1", odd)]);
        assert_eq!(get(&after, "A1"), format!("'{odd}"));
    }
}

#[test]
fn rich_values_and_array_marks_go_with_the_value() {
    let after = rows(
        "<row r='1'><c r='A1' t='e' vm='1' cm='1'><f t='array' ref='A1'>_xlfn.X()</f><v>#VALUE!</v></c></row>",
        &[number("A1", "1")],
    );
    assert!(after.contains("<c r='A1'><v>1</v></c>"), "{after}");
}

#[test]
fn a_value_for_a_merged_area_goes_to_its_first_cell() {
    let inside = "<sheetData><row r='1'><c r='A1'><v>1</v></c><c r='B1'/></row></sheetData>\
        <mergeCells count='1'><mergeCell ref='A1:B2'/></mergeCells>";
    let bytes = done(
        &worksheet(inside).zip(),
        &[number("B2", "5"), fill("B1", RED)],
    );
    assert_eq!(get(&bytes, "A1"), "5");
    let sheet = sheet_of(&bytes);
    assert!(
        sheet.contains("<c r='B1'/>") && !sheet.contains("B2\""),
        "{sheet}"
    );
    assert!(sheet.contains("<c r='A1' s=\"1\">"), "{sheet}");
}

#[test]
fn a_formula_that_is_there_stays_with_a_new_result() {
    let after = rows(
        "<row r='1'><c r='A1' t='str'><f>B1&amp;\"\"</f><v>x</v></c><c r='B1' t='s'><v>0</v></c></row>",
        &[cached("A1", "12.0"), cached("C1", "3")],
    );
    assert!(
        after.contains("<c r='A1'><f>B1&amp;\"\"</f><v>12</v></c>"),
        "{after}"
    );
    assert!(after.contains("<c r=\"C1\"><v>3</v></c>"));
}

#[test]
fn a_new_formula_has_its_result_with_it() {
    let after = rows(
        "<row r='1'><c r='A1'/></row>",
        &[formula("A1", "3", "=IF(B1<2,\"a\",3)")],
    );
    assert!(
        after.contains("<c r='A1'><f>IF(B1&lt;2,\"a\",3)</f><v>3</v></c>"),
        "{after}"
    );
}

#[test]
fn what_no_cell_can_take_is_refused() {
    let bytes = Package::of("").zip();
    let fails = |edit| run(&bytes, &[edit]).unwrap_err();
    assert!(matches!(
        fails(text("A1", &"字".repeat(32_768))),
        PatchError::Long { .. }
    ));
    assert!(matches!(
        fails(formula("A1", "1", &"1+".repeat(5_000))),
        PatchError::Long { .. }
    ));
    assert!(matches!(
        fails(number("A1048577", "1")),
        PatchError::Address { .. }
    ));
    assert!(matches!(
        fails(number("XFE1", "1")),
        PatchError::Address { .. }
    ));
    assert!(matches!(
        fails(crate::kit::on(1, number("A1", "1"))),
        PatchError::Sheet(1)
    ));
    assert_eq!(at("XFD1048576").to_string(), "XFD1048576");
}

#[test]
fn of_two_edits_of_a_cell_the_later_holds() {
    let bytes = done(
        &Package::of("").zip(),
        &[number("A1", "1"), edit("A1"), number("A1", "2")],
    );
    assert_eq!(get(&bytes, "A1"), "2");
}

#[test]
fn nothing_to_do_gives_the_same_file() {
    let bytes = Package::of("<row r='1'/>").zip();
    assert_eq!(done(&bytes, &[]), bytes);
}

#[test]
fn a_number_format_is_for_good_and_a_colour_is_not() {
    let bytes = Package::of("<row r='1'><c r='A1'><v>0.5</v></c></row>").zip();
    let shown = gouji::patch::Edit {
        number_format: Some("0.00%".to_owned()),
        fill: Some(RED),
        ..edit("A1")
    };
    let after = crate::kit::clean(&done(&bytes, &[shown]));
    let workbook = crate::kit::book(&after);
    let cell = workbook.sheets[0].cell(at("A1")).unwrap();
    let format = &workbook.formats[usize::from(cell.format)];
    assert!(format.percent && format.decimals == Some(2), "{format:?}");
}
