//! Notes: beside those of others, and taken out again.

use gouji::patch::{PatchError, Warning};

use crate::kit::{
    changed, clean, differing, done, linked, note, part, raw, run, sheet_of, worksheet,
};
use crate::support::{MAIN, Package, links, workbook};

const ROWS: &str = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>";
const VML: &str = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
    xmlns:x=\"urn:schemas-microsoft-com:office:excel\">";

fn noted(comments: &str, shapes: &str) -> Package {
    worksheet(&format!("{ROWS}<legacyDrawing r:id=\"r9\"/>"))
        .with(
            "xl/worksheets/_rels/sheet1.xml.rels",
            links(&[
                ("r9", "vmlDrawing", "../drawings/vmlDrawing1.vml"),
                ("r3", "comments", "../comments1.xml"),
            ]),
        )
        .with(
            "xl/drawings/vmlDrawing1.vml",
            format!("{VML}{shapes}</xml>"),
        )
        .with(
            "xl/comments1.xml",
            format!("<comments xmlns='{MAIN}'>{comments}</comments>"),
        )
}

fn names(bytes: &[u8]) -> Vec<String> {
    raw(bytes).into_iter().map(|entry| entry.0).collect()
}

#[test]
fn a_first_note_brings_its_parts_and_takes_them_away() {
    let bytes = worksheet(&format!(
        "{ROWS}<pageMargins left=\"1\"/><drawing r:id=\"r5\"/><tableParts/>"
    ))
    .zip();
    let marked = done(
        &bytes,
        &[note("A1", "应为 <2>\n现为【1】"), note("C9", "空")],
    );
    let sheet = sheet_of(&marked);
    assert!(
        sheet.contains("<drawing r:id=\"r5\"/><legacyDrawing r:id=\"rId2\"/><tableParts/>"),
        "{sheet}"
    );
    let comments = part(&marked, "xl/comments1.xml");
    assert!(comments.contains("<author>勾稽核对</author>"));
    assert!(
        comments.contains("【勾稽核对：应为 &lt;2&gt;\n现为〔1〕】"),
        "{comments}"
    );
    let drawing = part(&marked, "xl/drawings/vmldrawing1.vml");
    assert_eq!(drawing.matches("<v:shape ").count(), 2);
    assert!(
        drawing.contains("<x:Row>8</x:Row><x:Column>2</x:Column>")
            && drawing.contains("<v:shapetype")
    );
    let types = part(&marked, "[Content_Types].xml");
    assert!(types.contains("Extension=\"vml\"") && types.contains("/xl/comments1.xml"));
    let after = clean(&marked);
    assert_eq!(sheet_of(&after), sheet_of(&bytes));
    assert!(
        !names(&after)
            .iter()
            .any(|name| name.contains("comments") || name.contains("vml"))
    );
    assert_eq!(clean(&after), after);
}

#[test]
fn a_note_of_someone_else_is_kept_and_ours_added_below() {
    let theirs = [
        (
            "<text><r><rPr><b/></rPr><t>张三：</t></r><r><t xml:space='preserve'> 看 </t></r></text>",
            "<t xml:space=\"preserve\">\n【勾稽核对：错】</t></r></text>",
        ),
        ("<text><t>看</t></text>", "<t>看\n【勾稽核对：错】</t>"),
        ("<text/>", "【勾稽核对：错】</t></r></text>"),
    ];
    for (text, wanted) in theirs {
        let package = noted(
            &format!(
                "<authors><author>张三</author></authors><commentList><comment ref='A1' authorId='0'>{text}</comment></commentList>"
            ),
            "<v:shape id='_x0000_s1025'><x:ClientData ObjectType='Note'><x:Row>0</x:Row><x:Column>0</x:Column></x:ClientData></v:shape>",
        );
        let bytes = package.zip();
        let marked = done(&bytes, &[note("A1", "错")]);
        assert!(part(&marked, "xl/comments1.xml").contains(wanted), "{text}");
        assert_eq!(changed(&bytes, &marked), ["xl/comments1.xml"]);
        if text != "<text/>" {
            assert!(differing(&bytes, &clean(&marked)).is_empty(), "{text}");
        }
    }
}

#[test]
fn a_note_that_is_written_in_a_rare_way_is_left_alone() {
    let package = noted(
        "<authors><author>甲</author></authors><commentList><comment ref='A1' authorId='0'><text><t><![CDATA[看&]]></t></text></comment></commentList>",
        "",
    );
    let bytes = package.zip();
    let marked = run(&bytes, &[note("A1", "错")]).unwrap();
    assert!(matches!(marked.warnings[..], [Warning::NoteLeftOut { .. }]));
    assert!(differing(&bytes, &clean(&marked.bytes)).is_empty());
}

#[test]
fn the_picture_of_a_header_is_not_taken_for_the_drawing_of_notes() {
    let bytes = worksheet(&format!("{ROWS}<legacyDrawingHF r:id=\"r1\"/>"))
        .with(
            "xl/worksheets/_rels/sheet1.xml.rels",
            links(&[("r1", "vmlDrawing", "../drawings/header.vml")]),
        )
        .with("xl/drawings/header.vml", format!("{VML}<v:image/></xml>"))
        .zip();
    let marked = done(&bytes, &[note("A1", "错")]);
    let drawings = |bytes: &[u8]| {
        names(bytes)
            .iter()
            .filter(|name| name.ends_with(".vml"))
            .count()
    };
    assert_eq!(drawings(&marked), 2);
    assert_eq!(drawings(&done(&marked, &[note("A1", "错")])), 2);
    let after = clean(&marked);
    assert_eq!(sheet_of(&after), sheet_of(&bytes));
    assert_eq!(drawings(&after), 1);
    assert_eq!(
        part(&after, "xl/drawings/header.vml"),
        part(&bytes, "xl/drawings/header.vml")
    );
}

#[test]
fn notes_of_others_beside_ours_stay() {
    let package = noted(
        "<authors><author>张三</author></authors><commentList><comment ref='B2' authorId='0'><text><t>看</t></text></comment></commentList>",
        "<v:shape id='_x0000_s1030'><x:ClientData ObjectType='Note'><x:Row>1</x:Row><x:Column>1</x:Column></x:ClientData></v:shape>",
    );
    let bytes = package.zip();
    let marked = done(&bytes, &[note("A1", "错")]);
    assert_eq!(sheet_of(&marked), sheet_of(&bytes), "one drawing is enough");
    let drawing = part(&marked, "xl/drawings/vmlDrawing1.vml");
    assert!(drawing.contains("\"_x0000_s1031\"") && drawing.contains("_x0000_s1030"));
    assert!(part(&marked, "xl/comments1.xml").contains("ref=\"A1\" authorId=\"1\""));
    let after = clean(&marked);
    assert_eq!(
        part(&after, "xl/comments1.xml"),
        part(&bytes, "xl/comments1.xml")
    );
    assert!(!part(&after, "xl/drawings/vmlDrawing1.vml").contains("s1031"));
}

#[test]
fn a_drawing_of_buttons_takes_the_boxes_too() {
    let package = noted("", "<v:shape id='_x0000_s1'><br></v:shape>")
        .without("xl/comments1.xml")
        .with(
            "xl/worksheets/_rels/sheet1.xml.rels",
            links(&[("r9", "vmlDrawing", "/xl/drawings/vmlDrawing1.vml")]),
        );
    let bytes = package.zip();
    let marked = done(&bytes, &[note("A1", "错")]);
    assert_eq!(sheet_of(&marked).matches("legacyDrawing").count(), 1);
    assert!(part(&marked, "xl/drawings/vmlDrawing1.vml").contains("<br></v:shape><v:shapetype"));
    let after = clean(&marked);
    assert!(part(&after, "xl/drawings/vmlDrawing1.vml").contains("<br></v:shape>"));
    assert!(sheet_of(&after).contains("legacyDrawing"));
    assert!(!names(&after).contains(&"xl/comments1.xml".to_owned()));
}

#[test]
fn what_the_owner_wrote_into_our_note_stays() {
    let marked = done(&worksheet(ROWS).zip(), &[note("A1", "错")]);
    let comments = part(&marked, "xl/comments1.xml").replace("】</t>", "】\n已改 &amp; 核</t>");
    let package = noted("", "").with("xl/comments1.xml", comments).with(
        "xl/drawings/vmlDrawing1.vml",
        part(&marked, "xl/drawings/vmldrawing1.vml"),
    );
    let after = clean(&package.zip());
    assert!(part(&after, "xl/comments1.xml").contains(">已改 &amp; 核</t>"));
    assert!(part(&after, "xl/drawings/vmlDrawing1.vml").contains("<v:shape "));
}

#[test]
fn our_note_is_known_when_cut_into_runs_by_another_program() {
    let package = noted(
        "<authors><author> </author></authors><commentList><comment ref='A1' authorId='0'><text><r><t>原有&#10;【勾稽核对：应为 </t></r>\
         <r><t>8</t></r><r><t>】</t></r></text></comment><comment ref='A2' authorId='0'><text><r><t>【勾稽核对：</t></r><r><t>1】</t></r></text></comment></commentList>",
        "",
    );
    let after = part(&clean(&package.zip()), "xl/comments1.xml");
    assert!(
        after.contains("<text><r><t>原有</t></r></text>") && !after.contains("A2"),
        "{after}"
    );
}

#[test]
fn a_conversation_is_left_alone_and_said() {
    let bytes = noted("<authors><author>tc={1}</author></authors><commentList><comment ref='A1' authorId='0'><text><t>[线程]</t></text></comment></commentList>", "").zip();
    let patched = run(&bytes, &[note("A1", "错")]).unwrap();
    assert!(matches!(
        &patched.warnings[..],
        [Warning::NoteLeftOut { .. }]
    ));
    assert_eq!(patched.bytes, bytes);
}

#[test]
fn several_notes_at_a_cell_are_one() {
    let bytes = linked(worksheet(ROWS), &[]).zip();
    let marked = done(&bytes, &[note("A1", "甲"), note("A1", "乙")]);
    assert!(part(&marked, "xl/comments1.xml").contains("【勾稽核对：甲\n乙】"));
    assert_eq!(done(&marked, &[note("A1", "甲"), note("A1", "乙")]), marked);
}

#[test]
fn the_relationship_prefix_is_the_sheet_s_own() {
    let text = format!("<worksheet xmlns='{MAIN}'>{ROWS}</worksheet>");
    let sheet = sheet_of(&done(&Package::sheet(&text).zip(), &[note("A1", "错")]));
    assert!(sheet.contains("<legacyDrawing xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" r:id=\"rId2\"/>"), "{sheet}");
    let text = text.replace("'>", &format!("' xmlns:rel='{}'>", crate::kit::RELATIONS));
    assert!(
        sheet_of(&done(&Package::sheet(&text).zip(), &[note("A1", "错")]))
            .contains("<legacyDrawing rel:id=\"rId2\"/>")
    );
}

#[test]
fn notes_that_two_sheets_share_are_refused() {
    let sheets = "<sheet name='一' sheetId='1' r:id='r1'/><sheet name='二' sheetId='2' r:id='r2'/>";
    let empty = "<authors/><commentList/>";
    let shared = noted(empty, "")
        .with("xl/workbook.xml", workbook(sheets))
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "worksheet", "worksheets/sheet2.xml"),
            ]),
        )
        .with(
            "xl/worksheets/sheet2.xml",
            format!("<worksheet xmlns='{MAIN}'>{ROWS}</worksheet>"),
        );
    assert!(run(&shared.zip(), &[note("A1", "甲")]).is_ok());
    let shared = shared.with(
        "xl/worksheets/_rels/sheet2.xml.rels",
        links(&[("r3", "comments", "../comments1.xml")]),
    );
    let refused = run(&shared.zip(), &[note("A1", "甲")]);
    assert!(matches!(refused, Err(PatchError::Layout { .. })));
}
