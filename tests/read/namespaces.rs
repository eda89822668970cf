//! XML in all its legal spellings, and what is refused of it.

use super::support::{MAIN, Package, listed};

const STRICT: &str = "http://purl.oclc.org/ooxml/spreadsheetml/main";
const BODY: &str = "<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>";

fn read(text: &str) -> Vec<String> {
    listed(&Package::sheet(text).only())
}

#[test]
fn prefixed_strict_and_undeclared_namespaces_are_read() {
    for namespace in [MAIN, STRICT] {
        assert_eq!(
            read(&format!(
                "<worksheet xmlns='{namespace}'>{BODY}</worksheet>"
            )),
            ["A1=1"]
        );
        let prefixed = BODY.replace('<', "<x:").replace("<x:/", "</x:");
        assert_eq!(
            read(&format!(
                "<x:worksheet xmlns:x='{namespace}'>{prefixed}</x:worksheet>"
            )),
            ["A1=1"]
        );
    }
    assert_eq!(read(&format!("<worksheet>{BODY}</worksheet>")), ["A1=1"]);
    let own = BODY
        .replace("<row", &format!("<y:row xmlns:y='{MAIN}'"))
        .replace("</row", "</y:row");
    assert_eq!(
        read(&format!("<worksheet xmlns='{MAIN}'>{own}</worksheet>")),
        ["A1=1"]
    );
}

#[test]
fn a_strict_package_is_read_by_its_relationships() {
    let strict = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    let package = Package::sheet(&format!("<worksheet xmlns='{STRICT}'>{BODY}</worksheet>"));
    let mut package = package;
    for (_, body) in &mut package.parts {
        let text = String::from_utf8(body.clone()).unwrap();
        *body = text
            .replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                strict,
            )
            .replace(MAIN, STRICT)
            .into_bytes();
    }
    assert_eq!(listed(&package.only()), ["A1=1"]);
}

#[test]
fn elements_of_other_namespaces_are_passed_over() {
    let text = format!(
        "<worksheet xmlns='{MAIN}' xmlns:mc='m' xmlns:z='z'><mc:AlternateContent><mc:Choice Requires='z'>\
         <z:sheetData><z:row r='1'><z:c r='B1'><z:v>9</z:v></z:c></z:row></z:sheetData></mc:Choice>\
         </mc:AlternateContent><sheetData><row r='1'><c r='A1'><z:v>8</z:v><v>1</v><extLst><ext>\
         <v>7</v></ext></extLst></c></row></sheetData><extLst><sheetData><row><c r='C1'><v>6</v></c></row>\
         </sheetData></extLst></worksheet>"
    );
    assert_eq!(read(&text), ["A1=1"]);
}

#[test]
fn a_byte_order_mark_and_utf_16_are_read() {
    let text = format!("<worksheet xmlns='{MAIN}'>{BODY}</worksheet>");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for body in [
        [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        [&[0xFF, 0xFE], &little[..]].concat(),
        [&[0xFE, 0xFF], &big[..]].concat(),
        little.clone(),
        big.clone(),
    ] {
        let package = Package::of("").with("xl/worksheets/sheet1.xml", body);
        assert_eq!(listed(&package.only()), ["A1=1"]);
    }
}

#[test]
fn other_encodings_are_refused() {
    let mut body =
        format!("<?xml version='1.0' encoding='GBK'?><worksheet xmlns='{MAIN}'>{BODY}<!--")
            .into_bytes();
    body.extend([0xD6, 0xD0]);
    body.extend(b"--></worksheet>");
    let package = Package::of("").with("xl/worksheets/sheet1.xml", body);
    assert_eq!(package.kind(), "corrupt");
}

#[test]
fn what_is_no_worksheet_is_refused() {
    for text in [
        "",
        "<html/>",
        "<worksheet xmlns='other'/>",
        "<worksheet><sheetData><row></sheetData></worksheet>",
        "<worksheet><sheetData>",
        "<!DOCTYPE worksheet [<!ENTITY a 'b'>]><worksheet/>",
        "<worksheet><sheetData><row><c><v>&a;</v></c></row></sheetData></worksheet>",
        "<worksheet/><worksheet/>",
    ] {
        assert_eq!(Package::sheet(text).kind(), "corrupt", "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn damaged_sheets_are_read_or_refused(changes in proptest::collection::vec((0_usize..400, 0_u8..128), 1..6)) {
        let text = format!(
            "<worksheet xmlns='{MAIN}'><cols><col min='1' max='2' hidden='1'/></cols><sheetData><row r='2' hidden='1'>\
             <c r='A2' t='s'><v>0</v></c><c t='inlineStr'><is><r><t>a_xD83D_&amp;</t></r></is></c><c r='D2' t='d'>\
             <f t='shared'/><v>2023-01-01</v></c></row></sheetData><mergeCells><mergeCell ref='A1:B2'/></mergeCells></worksheet>"
        );
        let mut body = text.into_bytes();
        for (at, byte) in changes {
            let at = at % body.len();
            body[at] = byte;
        }
        let _ = Package::of("").strings("<si><t>x</t></si>").with("xl/worksheets/sheet1.xml", body).read();
    }
}
