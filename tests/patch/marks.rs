//! Colours over cells, and back.

use gouji::patch::{Edit, PatchError};
use gouji::read::{Limits, read};

use crate::kit::{
    RED, at, attribute, changed, clean, differing, done, edit, fill, linked, part, run, sheet_of,
    styles, worksheet,
};
use crate::support::{MAIN, Package};

const ROWS: &str = "<sheetData><row r=\"1\"><c r=\"A1\" s=\"1\"><v>1</v></c><c r=\"B1\" s=\"1\"/><c r=\"C1\"><v>1</v></c><c r=\"D1\" s=\"2\"/></row></sheetData>";
/// Cells of the first format only.
const PLAIN: &str =
    "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"C1\"/></row></sheetData>";
const LISTS: &str = "<fonts count=\"1\"><font/></fonts><fills count=\"3\"><fill><patternFill/></fill><fill><patternFill patternType=\"gray125\"/></fill>\
    <fill><patternFill patternType=\"solid\"><fgColor theme=\"4\" tint=\"0.5\"/></patternFill></fill></fills><borders><border/></borders>\
    <cellStyleXfs><xf/></cellStyleXfs><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"10\" fontId=\"0\" fillId=\"2\" applyFill=\"1\"><alignment wrapText=\"1\"/></xf><xf numFmtId=\"0\" fillId=\"0\" applyFill=\"0\"/></cellXfs><cellStyles/>";

fn styled(lists: &str) -> Vec<u8> {
    linked(worksheet(ROWS), &[("styles", "styles.xml", &styles(lists))]).zip()
}

fn plain(lists: &str) -> Vec<u8> {
    linked(
        worksheet(PLAIN),
        &[("styles", "styles.xml", &styles(lists))],
    )
    .zip()
}

/// A format that is not there yet.
fn percent(cell: &str) -> Edit {
    Edit {
        number_format: Some("0.0%".to_owned()),
        ..edit(cell)
    }
}

/// The number format that a cell of the first sheet has.
fn code(bytes: &[u8], cell: &str) -> String {
    let workbook = read(bytes, &Limits::default()).unwrap();
    let format = workbook.sheets[0].cell(at(cell)).unwrap().format;
    workbook.formats[usize::from(format)].code.to_string()
}

#[test]
fn styles_are_appended_and_shared() {
    let bytes = styled(LISTS);
    let after = done(&bytes, &[fill("A1", RED), fill("B1", RED), fill("C1", RED)]);
    let sheet = sheet_of(&after);
    assert_eq!(attribute(&sheet, "A1", "s"), attribute(&sheet, "B1", "s"));
    assert_eq!(attribute(&sheet, "A1", "s").unwrap(), "3");
    assert_eq!(attribute(&sheet, "C1", "s").unwrap(), "4");
    let text = part(&after, "xl/styles.xml");
    assert!(text.contains("<xf numFmtId=\"10\" fontId=\"0\" fillId=\"3\" applyFill=\"1\"><alignment wrapText=\"1\"/></xf>"), "{text}");
    assert!(text.contains("<cellXfs count=\"5\">") && text.contains("<fills count=\"4\">"));
    assert!(text.contains("patternType=\"solid\"><fgColor rgb=\"FFFFC7CE\"/>"));
    assert!(text.starts_with(&styles(LISTS)[..120]));
    assert_eq!(
        changed(&bytes, &after),
        [
            "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
            "xl/styles.xml"
        ]
    );
}

#[test]
fn taken_off_everything_is_as_before() {
    let bytes = styled(LISTS);
    let marked = done(
        &bytes,
        &[
            fill("A1", RED),
            fill("B1", [1, 2, 3]),
            fill("C1", RED),
            fill("D1", RED),
        ],
    );
    let after = clean(&marked);
    // What was appended to the style sheet may stay.
    assert_eq!(differing(&bytes, &after), ["xl/styles.xml"]);
    assert_eq!(sheet_of(&after), sheet_of(&bytes));
    assert_eq!(clean(&after), after);
    // And again the same: nothing piles up.
    let edits = [
        fill("A1", RED),
        fill("B1", [1, 2, 3]),
        fill("C1", RED),
        fill("D1", RED),
    ];
    assert_eq!(done(&after, &edits), marked);
    assert_eq!(done(&marked, &edits), marked);
}

#[test]
fn a_second_run_moves_the_marks() {
    let first = done(&styled(LISTS), &[fill("A1", RED)]);
    let second = sheet_of(&done(&first, &[fill("C1", RED)]));
    assert_eq!(attribute(&second, "A1", "s").unwrap(), "1");
    assert_eq!(attribute(&second, "C1", "s").unwrap(), "4");
}

#[test]
fn marks_are_found_where_another_program_counted_styles_anew() {
    // As LibreOffice saves it: other indexes, no signature in the fill, names kept.
    let marked = done(&styled(LISTS), &[fill("A1", RED)]);
    let text = part(&marked, "xl/styles.xml")
        .replace("FF7E7F81", "FFCCCCFF")
        .replace(
            "<cellXfs count=\"4\">",
            "<cellXfs count=\"5\"><xf numFmtId=\"1\"/>",
        );
    let sheet = sheet_of(&marked)
        .replace("s=\"3\"", "s=\"4\"")
        .replace("s=\"1\"", "s=\"2\"");
    let book = part(&marked, "xl/workbook.xml").replace("hidden=\"1\"", "hidden=\"false\"");
    let saved = linked(Package::sheet(&sheet), &[("styles", "styles.xml", &text)])
        .with("xl/workbook.xml", book)
        .zip();
    let after = clean(&saved);
    let style: usize = attribute(&sheet_of(&after), "A1", "s")
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(style, 2, "the format that differs in nothing");
    assert!(!part(&after, "xl/workbook.xml").contains("_gouji"));
}

#[test]
fn what_the_owner_coloured_since_stays() {
    let marked = done(&styled(LISTS), &[fill("A1", RED), fill("C1", RED)]);
    let sheet = sheet_of(&marked).replace("<c r=\"A1\" s=\"3\">", "<c r=\"A1\" s=\"2\">");
    let text = part(&marked, "xl/styles.xml");
    let saved = linked(Package::sheet(&sheet), &[("styles", "styles.xml", &text)])
        .with("xl/workbook.xml", part(&marked, "xl/workbook.xml"))
        .zip();
    let after = sheet_of(&clean(&saved));
    assert_eq!(attribute(&after, "A1", "s").unwrap(), "2");
    assert_eq!(attribute(&after, "C1", "s"), None);
}

#[test]
fn a_marked_cell_copied_elsewhere_loses_the_colour() {
    let marked = done(&styled(LISTS), &[fill("C1", RED)]);
    let sheet = sheet_of(&marked).replace("</row>", "<c r=\"H1\" s=\"3\"><v>9</v></c></row>");
    let text = part(&marked, "xl/styles.xml");
    let saved = linked(Package::sheet(&sheet), &[("styles", "styles.xml", &text)])
        .with("xl/workbook.xml", part(&marked, "xl/workbook.xml"))
        .zip();
    let after = sheet_of(&clean(&saved));
    assert_eq!(attribute(&after, "H1", "s"), None, "{after}");
}

#[test]
fn missing_lists_of_styles_are_put_in_their_places() {
    for lists in [
        "",
        "<cellXfs/>",
        "<numFmts/>",
        "<fonts/>",
        "<cellStyles/><dxfs/>",
    ] {
        let after = done(&plain(lists), &[fill("C1", RED)]);
        let text = part(&after, "xl/styles.xml");
        let order = [
            "<numFmts",
            "<fonts",
            "<fills",
            "<borders",
            "<cellStyleXfs",
            "<cellXfs",
            "<cellStyles",
            "<dxfs",
        ];
        let places: Vec<usize> = order
            .iter()
            .filter_map(|name| {
                text.find(&format!("{name}>"))
                    .or(text.find(&format!("{name} ")))
                    .or(text.find(&format!("{name}/")))
            })
            .collect();
        assert!(places.is_sorted(), "{text}");
        assert_eq!(
            attribute(&sheet_of(&after), "C1", "s").unwrap(),
            "1",
            "{text}"
        );
        assert_eq!(sheet_of(&clean(&after)), sheet_of(&plain(lists)));
    }
}

#[test]
fn styles_that_nothing_refers_to_are_left_alone() {
    let lost = styles("<cellXfs><xf/></cellXfs>");
    let package = worksheet(PLAIN)
        .with("xl/styles.xml", &lost)
        .with("xl/styles2.xml", "<x/>");
    let after = done(&package.zip(), &[fill("C1", RED)]);
    assert_eq!(part(&after, "xl/styles.xml"), lost);
    assert!(part(&after, "xl/_rels/workbook.xml.rels").contains("Target=\"/xl/styles3.xml\""));
    assert!(part(&after, "xl/styles3.xml").contains("FFC7CE"));
}

#[test]
fn a_workbook_without_styles_gets_them() {
    let bytes = worksheet(PLAIN).zip();
    let after = done(&bytes, &[fill("C1", RED)]);
    assert!(part(&after, "[Content_Types].xml").contains("styles+xml"));
    assert!(part(&after, "xl/_rels/workbook.xml.rels").contains("Target=\"/xl/styles.xml\""));
    assert_eq!(sheet_of(&clean(&after)), sheet_of(&bytes));
}

#[test]
fn a_cell_with_a_format_that_is_not_there_does_not_get_the_appended_one() {
    for cell in ["<c r=\"D1\" s=\"3\"/>", "<c r=\"D1\"\n\ts = '3' />"] {
        let sheet = PLAIN.replace("</row>", &format!("{cell}</row>"));
        let bytes = linked(
            worksheet(&sheet),
            &[("styles", "styles.xml", &styles("<cellXfs><xf/></cellXfs>"))],
        )
        .zip();
        let after = done(&bytes, &[fill("C1", RED)]);
        assert_eq!(attribute(&sheet_of(&after), "C1", "s").unwrap(), "4");
        assert!(sheet_of(&after).contains(cell));
        assert_eq!(sheet_of(&clean(&after)), sheet_of(&bytes));
    }
    let columns = PLAIN.replace(
        "<sheetData>",
        "<cols><col min=\"9\" max=\"9\" style=\"3\"/></cols><sheetData>",
    );
    let lists = styles("<cellXfs><xf/></cellXfs>");
    let bytes = linked(worksheet(&columns), &[("styles", "styles.xml", &lists)]).zip();
    let after = done(&bytes, &[fill("C1", RED)]);
    assert_eq!(attribute(&sheet_of(&after), "C1", "s").unwrap(), "4");
}

#[test]
fn what_is_no_format_is_not_counted_as_one() {
    let lists =
        "<cellXfs><xf numFmtId=\"2\"/><other/><xf numFmtId=\"10\"/></cellXfs><xf numFmtId=\"9\"/>";
    let cells = "<c r=\"D1\" s=\"1\"><v>1</v></c><c r=\"E1\" s=\"2\"><v>1</v></c></row>";
    let sheet = PLAIN.replace("</row>", cells);
    let bytes = linked(
        worksheet(&sheet),
        &[("styles", "styles.xml", &styles(lists))],
    )
    .zip();
    let after = done(&bytes, &[percent("A1")]);
    // Places 0 and 1 are taken; that of cell E1, which had none, has a plain one.
    assert_eq!(attribute(&sheet_of(&after), "A1", "s").unwrap(), "3");
    let codes = ["D1", "E1", "A1"].map(|cell| code(&after, cell));
    assert_eq!(codes, ["0.00%", "General", "0.0%"]);
}

#[test]
fn lists_of_formats_that_come_twice_are_refused() {
    let lists = "<cellXfs><xf/></cellXfs><cellXfs><xf/></cellXfs>";
    let refused = run(&styled(lists), &[fill("A1", RED)]);
    assert!(matches!(refused, Err(PatchError::Layout { .. })));
}

#[test]
fn prefixed_style_sheets_stay_prefixed() {
    let text = styles(LISTS)
        .replace('<', "<x:")
        .replace("<x:/", "</x:")
        .replace("xmlns", "xmlns:x");
    let bytes = linked(worksheet(ROWS), &[("styles", "styles.xml", &text)]).zip();
    let after = done(&bytes, &[fill("A1", RED)]);
    let styles = part(&after, "xl/styles.xml");
    assert!(
        styles.contains("<x:fill><x:patternFill patternType=\"solid\"><x:fgColor rgb="),
        "{styles}"
    );
    assert!(!styles.contains("<fill") && !styles.contains("<xf"));
    assert_eq!(sheet_of(&clean(&after)), sheet_of(&bytes));
}

#[test]
fn a_full_list_of_formats_is_refused() {
    let many = format!(
        "<cellXfs>{}</cellXfs>",
        (0..64_000)
            .map(|n| format!("<xf numFmtId=\"{n}\"/>"))
            .collect::<String>()
    );
    assert!(matches!(
        run(&styled(&many), &[fill("A1", RED)]),
        Err(PatchError::Styles)
    ));
}

/// What could not be taken off again is not put on.
#[test]
fn marks_over_more_looks_than_can_be_remembered_come_off_again() {
    let (mut fills, mut formats, mut cells) = (String::new(), String::new(), String::new());
    for look in 0..1_200 {
        fills += &format!(
            "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FF{look:06X}\"/></patternFill></fill>"
        );
        formats += &format!("<xf fillId=\"{look}\" applyFill=\"1\"/>");
        cells += &format!(
            "<row r=\"{0}\"><c r=\"A{0}\" s=\"{look}\"><v>1</v></c></row>",
            look + 1
        );
    }
    let lists = styles(&format!(
        "<fills>{fills}</fills><cellXfs>{formats}</cellXfs>"
    ));
    let sheet = worksheet(&format!("<sheetData>{cells}</sheetData>"));
    let bytes = linked(sheet, &[("styles", "styles.xml", &lists)]).zip();
    let edits: Vec<Edit> = (1..=1_200)
        .map(|row| fill(&format!("A{row}"), RED))
        .collect();
    let marked = done(&bytes, &edits);
    assert_ne!(attribute(&sheet_of(&marked), "A2", "s").unwrap(), "1");
    assert_eq!(sheet_of(&clean(&marked)), sheet_of(&bytes));
}

#[test]
fn many_marks_are_remembered_in_names_of_bounded_length() {
    let edits: Vec<_> = (0..700)
        .map(|n| fill(&format!("{}{}", ["A", "C"][n % 2], 2 * n + 1), RED))
        .collect();
    let bytes = Package::of("").zip();
    let after = done(&bytes, &edits);
    let book = part(&after, "xl/workbook.xml");
    assert!(book.matches("_gouji.cells").count() > 3);
    assert!(book.split("<definedName ").all(|name| name.len() < 4_000));
    let after = clean(&after);
    assert!(!sheet_of(&after).contains(" s="));
    assert_eq!(
        part(&after, "xl/workbook.xml"),
        part(&bytes, "xl/workbook.xml")
    );
}

#[test]
fn names_follow_the_sheet_whatever_it_is_called() {
    let book = format!(
        "<workbook xmlns='{MAIN}' xmlns:r='{}'><sheets><sheet name=\"a'b &amp;c\" sheetId='1' r:id='r1'/></sheets></workbook>",
        crate::kit::RELATIONS
    );
    let bytes = worksheet(PLAIN).with("xl/workbook.xml", book).zip();
    let after = done(&bytes, &[fill("C1", RED)]);
    assert!(part(&after, "xl/workbook.xml").contains("'a''b &amp;c'!$C$1"));
    assert_eq!(sheet_of(&clean(&after)), sheet_of(&bytes));
}
