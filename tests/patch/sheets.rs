//! Sheets of ours added at the end, and taken out again.

use gouji::patch::{Patch, PatchError, Patched, Warning, our_sheets, patch};
use gouji::read::Limits;
use rust_xlsxwriter::{
    Chart, Color, ConditionalFormatCell, ConditionalFormatCellRule, Format, Url, Workbook,
};

use crate::kit::{
    RED, at, book, clean, differing, done, fill, linked, number, on, part, raw, styles, worksheet,
};
use crate::support::{LINKS, MAIN, Package, links, shown, workbook};

const ROWS: &str = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>";
const ADDED: &str = "xl/worksheets/sheet2.xml";

/// A list as the program makes one: head, filter, widths, colours, links.
fn list() -> Workbook {
    let mut book = Workbook::new();
    let bold = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0xDDEBF7));
    let money = Format::new().set_num_format("#,##0.00_ ;[红]-0");
    let sheet = book.add_worksheet().set_name("差异清单").unwrap();
    sheet.write_with_format(0, 0, "序号", &bold).unwrap();
    sheet.write_with_format(0, 1, "应为", &bold).unwrap();
    sheet.write_with_format(1, 1, 12.5, &money).unwrap();
    sheet
        .write_url_with_text(1, 0, Url::new("internal:'表'!A1"), "A1")
        .unwrap();
    sheet
        .write_url_with_text(2, 0, Url::new("internal:'审核说明'!A1"), "说明")
        .unwrap();
    sheet.set_column_width(1, 20).unwrap();
    sheet.set_column_format(2, &money).unwrap();
    sheet.set_row_format(5, &bold).unwrap();
    sheet.autofilter(0, 0, 2, 1).unwrap();
    sheet.set_freeze_panes(1, 0).unwrap();
    sheet.set_repeat_rows(0, 0).unwrap();
    let red = ConditionalFormatCell::new()
        .set_rule(ConditionalFormatCellRule::GreaterThan(1))
        .set_format(Format::new().set_font_color(Color::Red));
    sheet.add_conditional_format(0, 1, 9, 1, &red).unwrap();
    book.add_worksheet()
        .set_name("审核说明")
        .unwrap()
        .write(0, 0, "说明 <1>")
        .unwrap();
    book
}

fn graft(bytes: &[u8], mut new: Workbook) -> Result<Patched, PatchError> {
    let sheets = Some(new.save_to_buffer().unwrap());
    let edits = Vec::new();
    patch(
        bytes,
        &Patch {
            edits,
            sheets,
            ..Patch::default()
        },
        &Limits::default(),
    )
}

#[test]
fn sheets_are_added_last_and_taken_out_without_a_trace() {
    let bytes = linked(
        worksheet(ROWS),
        &[("styles", "styles.xml", &styles("<fonts><font/></fonts>"))],
    )
    .zip();
    let after = graft(&bytes, list()).unwrap().bytes;
    let read = book(&after);
    let names: Vec<&str> = read
        .sheets
        .iter()
        .map(|sheet| sheet.name.as_str())
        .collect();
    assert_eq!(names, ["表", "差异清单", "审核说明"]);
    let cell = |name: &str| read.sheets[1].cell(at(name)).unwrap();
    assert_eq!(shown(cell("A1")), "'序号");
    assert_eq!(shown(cell("B2")), "12.5");
    assert_eq!(
        &*read.formats[usize::from(cell("B2").format)].code,
        "#,##0.00_ ;[红]-0"
    );
    assert_eq!(shown(&read.sheets[2].cells[0]), "'说明 <1>");
    assert_eq!(our_sheets(&after, &Limits::default()).unwrap(), [1, 2]);

    let text = part(&after, "xl/workbook.xml");
    assert!(text.contains("sheetId=\"2\" r:id="), "{text}");
    assert!(
        text.contains("name=\"_xlnm._FilterDatabase\" localSheetId=\"1\" hidden=\"1\""),
        "{text}"
    );
    assert!(text.contains("name=\"_xlnm.Print_Titles\" localSheetId=\"1\""));
    let sheet = part(&after, ADDED);
    assert!(
        !sheet.contains("tabSelected")
            && sheet.contains("t=\"inlineStr\"")
            && !sheet.contains("t=\"s\"")
    );

    let back = clean(&after);
    assert_eq!(differing(&bytes, &back), ["xl/styles.xml"]);
    assert_eq!(
        graft(&after, list()).unwrap().bytes,
        after,
        "patched twice is patched once"
    );
}

#[test]
fn number_formats_come_first_where_there_were_none() {
    let bytes = linked(
        worksheet(ROWS),
        &[("styles", "styles.xml", &styles("<fonts><font/></fonts>"))],
    )
    .zip();
    let text = part(&graft(&bytes, list()).unwrap().bytes, "xl/styles.xml");
    assert!(
        text.contains("\"><numFmts count=\"1\"><numFmt numFmtId=\"164\""),
        "{text}"
    );
    assert!(text.contains("<dxfs count=\"1\"><dxf>"), "{text}");
}

#[test]
fn formats_are_rewritten_wherever_they_are_referred_to() {
    let xf = "<xf numFmtId=\"0\"/>".repeat(40);
    let lists = format!(
        "<cellXfs>{xf}</cellXfs><dxfs>{}</dxfs>",
        "<dxf><fill/></dxf>".repeat(5)
    );
    let bytes = linked(
        worksheet(ROWS),
        &[("styles", "styles.xml", &styles(&lists))],
    )
    .zip();
    let after = graft(&bytes, list()).unwrap().bytes;
    let sheet = part(&after, ADDED);
    assert!(sheet.contains("dxfId=\"5\""), "{sheet}");
    for place in [
        "<c r=\"A1\" s=\"4",
        "<col min=\"3\" max=\"3\" width=\"9.140625\" style=\"4",
        "<row r=\"6\" spans=\"1:2\" s=\"4",
    ] {
        assert!(sheet.contains(place), "{place}: {sheet}");
    }
}

#[test]
fn the_highest_of_numbers_leaves_room_for_ours() {
    let sheets = workbook("<sheet name='表' sheetId='4294967295' r:id='rId4294967295'/>");
    let rels = links(&[("rId4294967295", "worksheet", "worksheets/sheet1.xml")]);
    let bytes = Package::of("<row r='1'><c r='A1'><v>1</v></c></row>")
        .with("xl/workbook.xml", sheets)
        .with("xl/_rels/workbook.xml.rels", rels)
        .zip();
    let after = graft(&bytes, list()).unwrap().bytes;
    let names: Vec<String> = book(&after)
        .sheets
        .into_iter()
        .map(|sheet| sheet.name)
        .collect();
    assert_eq!(names.len(), 2 + 1, "{names:?}");
    let text = part(&after, "xl/workbook.xml");
    assert!(
        text.contains("sheetId=\"1\"") && text.contains("sheetId=\"2\""),
        "{text}"
    );
}

#[test]
fn a_name_that_is_taken_gets_a_number() {
    let bytes = worksheet(ROWS)
        .with(
            "xl/workbook.xml",
            workbook("<sheet name='审核说明' sheetId='8' r:id='r1'/>"),
        )
        .zip();
    let after = graft(&bytes, list()).unwrap().bytes;
    assert_eq!(book(&after).sheets[2].name, "审核说明（2）");
    assert!(part(&after, "xl/workbook.xml").contains("sheetId=\"9\""));
    assert!(
        part(&after, ADDED).contains("location=\"'审核说明（2）'!A1\""),
        "{}",
        part(&after, ADDED)
    );
    assert_eq!(book(&clean(&after)).sheets.len(), 1);
}

#[test]
fn the_prefix_of_ids_is_the_workbook_s_own() {
    let text = workbook("<sheet name='表' sheetId='1' r:id='r1'/>")
        .replace("r:id", "d3p1:id")
        .replace("xmlns:r", "xmlns:d3p1");
    let after = graft(&worksheet(ROWS).with("xl/workbook.xml", text).zip(), list())
        .unwrap()
        .bytes;
    assert_eq!(book(&after).sheets.len(), 3);
}

/// openpyxl over lxml says what the prefix stands for at every sheet, and nowhere else.
#[test]
fn new_sheets_say_themselves_what_no_one_above_them_says() {
    for (root, sheet) in [
        (String::new(), format!("xmlns:r='{LINKS}' r:id='r1'")),
        (format!("xmlns:q='{LINKS}'"), "q:id='r1'".to_owned()),
        (
            format!("xmlns:q='{LINKS}'"),
            format!("xmlns:r='{LINKS}' r:id='r1'"),
        ),
        (
            "xmlns:r='urn:r'".to_owned(),
            format!("xmlns:q='{LINKS}' q:id='r1'"),
        ),
    ] {
        let text = format!(
            "<workbook xmlns='{MAIN}' {root}><sheets><sheet name='表' sheetId='1' {sheet}/></sheets></workbook>"
        );
        let bytes = worksheet(ROWS).with("xl/workbook.xml", text).zip();
        let after = graft(&bytes, list()).unwrap().bytes;
        let sheets = book(&after).sheets;
        let cells: Vec<usize> = sheets.iter().map(|sheet| sheet.cells.len()).collect();
        assert_eq!(cells, [1, 5, 1], "{root} {sheet}");
    }
}

#[test]
fn a_dangling_sheet_does_not_become_ours() {
    let bytes = worksheet(ROWS)
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "worksheet", "worksheets/sheet2.xml"),
            ]),
        )
        .zip();
    let after = graft(&bytes, list()).unwrap().bytes;
    assert!(!raw(&after).iter().any(|entry| entry.0 == ADDED));
    assert_eq!(book(&after).sheets[1].name, "差异清单");
}

#[test]
fn a_locked_structure_is_said() {
    let text = workbook("<sheet name='表' sheetId='1' r:id='r1'/>").replace(
        "<sheets>",
        "<workbookProtection lockStructure='1'/><sheets>",
    );
    let patched = graft(&worksheet(ROWS).with("xl/workbook.xml", text).zip(), list()).unwrap();
    assert_eq!(patched.warnings, [Warning::StructureLocked]);
    assert!(
        part(&patched.bytes, "xl/workbook.xml").contains("<workbookProtection lockStructure='1'/>")
    );
}

#[test]
fn what_would_need_parts_of_its_own_is_refused() {
    let mut new = Workbook::new();
    let mut chart = Chart::new(rust_xlsxwriter::ChartType::Column);
    chart.add_series().set_values("Sheet1!$A$1:$A$2");
    new.add_worksheet().insert_chart(0, 0, &chart).unwrap();
    assert!(matches!(
        graft(&worksheet(ROWS).zip(), new),
        Err(PatchError::NewSheets(_))
    ));
}

#[test]
fn names_and_tabs_are_counted_anew_when_ours_go() {
    let after = graft(&worksheet(ROWS).zip(), list()).unwrap().bytes;
    // The owner put a sheet behind ours and looks at it.
    let text = part(&after, "xl/workbook.xml")
        .replace(
            "<sheets>",
            "<bookViews><workbookView activeTab=\"3\" firstSheet=\"1\"/></bookViews><sheets>",
        )
        .replace(
            "</sheets>",
            "<sheet name=\"新\" sheetId=\"77\" r:id=\"r1\"/></sheets>",
        )
        .replace(
            "</definedNames>",
            "<definedName name=\"x\" localSheetId=\"3\">新!$A$1</definedName></definedNames>",
        );
    let mut package = Package { parts: Vec::new() };
    for (name, ..) in raw(&after) {
        let body = part(&after, &name);
        package = package.with(&name, body);
    }
    let after = clean(&package.with("xl/workbook.xml", text).zip());
    let text = part(&after, "xl/workbook.xml");
    assert!(
        text.contains("activeTab=\"1\" firstSheet=\"1\"")
            && text.contains("localSheetId=\"1\">新!"),
        "{text}"
    );
}

#[test]
fn positions_of_edits_count_the_sheets_given() {
    let after = graft(&worksheet(ROWS).zip(), list()).unwrap().bytes;
    let limits = Limits::default();
    let edit = |edit| {
        patch(
            &after,
            &Patch {
                edits: vec![edit],
                ..Patch::default()
            },
            &limits,
        )
    };
    assert!(matches!(
        edit(on(1, number("A1", "1"))),
        Err(PatchError::Sheet(1))
    ));
    let patched = edit(fill("A1", RED)).unwrap().bytes;
    assert_eq!(book(&patched).sheets.len(), 1);
    let strict = part(
        &done(&worksheet(ROWS).zip(), &[fill("A1", RED)]),
        "xl/styles.xml",
    );
    assert!(strict.contains(MAIN));
}
