//! What packages may look like, and what must stay as it is.

use gouji::patch::{PatchError, Warning};
use gouji::read::ReadError;

use crate::kit::{
    RED, at, book, changed, clean, done, fill, get, linked, note, number, part, raw, run, sheet_of,
    styles, text, worksheet,
};
use crate::support::{MAIN, Package, links, shown};

const ROWS: &str = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>";
const STRICT: &str = "http://purl.oclc.org/ooxml/spreadsheetml/main";
const STRICT_LINKS: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships";

fn translated(mut package: Package, pairs: &[(&str, &str)]) -> Package {
    for (_, body) in &mut package.parts {
        let mut text = String::from_utf8(body.clone()).unwrap();
        for (from, to) in pairs {
            text = text.replace(from, to);
        }
        *body = text.into_bytes();
    }
    package
}

#[test]
fn other_parts_are_copied_as_they_are() {
    let bytes = worksheet(ROWS)
        .with("xl/media/image1.png", [0u8, 1, 2, 255])
        .with("xl/vbaProject.bin", b"\xD0\xCFmacros")
        .with("customXml/item1.xml", "<a/>")
        .with("xl/printerSettings/printerSettings1.bin", b"x")
        .zip();
    let after = done(&bytes, &[number("A1", "2")]);
    assert_eq!(changed(&bytes, &after), ["xl/worksheets/sheet1.xml"]);
}

#[test]
fn a_sheet_that_programs_call_otherwise_is_not_patched() {
    let package = worksheet(ROWS);
    let package = translated(package, &[("name='表'", "name='_x0041_表'")]);
    let refused = run(&package.zip(), &[number("A1", "2")]);
    assert!(
        matches!(refused, Err(PatchError::Layout { .. })),
        "{refused:?}"
    );
}

#[test]
fn prefixed_parts_get_prefixed_elements() {
    let mut package = worksheet(&format!("{ROWS}<legacyDrawing r:id=\"none\"/>"));
    for (name, body) in &mut package.parts {
        if name.starts_with("xl/w") {
            let text = String::from_utf8(body.clone()).unwrap();
            let text = text
                .replace('<', "<x:")
                .replace("<x:/", "</x:")
                .replace("xmlns=", "xmlns:x=");
            *body = text.into_bytes();
        }
    }
    let bytes = package.zip();
    let after = done(
        &bytes,
        &[number("B2", "5"), fill("A1", RED), note("A1", "错")],
    );
    assert_eq!(get(&after, "B2"), "5");
    let sheet = sheet_of(&after);
    assert!(
        sheet.contains("<x:row r=\"2\"><x:c r=\"B2\"><x:v>5</x:v></x:c></x:row>"),
        "{sheet}"
    );
    assert!(
        sheet.contains("<x:legacyDrawing r:id=\"rId2\"/>"),
        "{sheet}"
    );
    assert!(part(&after, "xl/workbook.xml").contains("<x:definedName "));
    assert!(!sheet_of(&clean(&after)).contains(" s="));
}

#[test]
fn strict_packages_stay_strict() {
    let bytes = translated(
        worksheet(ROWS),
        &[(MAIN, STRICT), (crate::kit::RELATIONS, STRICT_LINKS)],
    )
    .zip();
    let after = done(&bytes, &[fill("A1", RED), note("A1", "错")]);
    for name in ["xl/styles.xml", "xl/comments1.xml"] {
        assert!(part(&after, name).contains(STRICT), "{name}");
    }
    for name in [
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/_rels/sheet1.xml.rels",
    ] {
        assert!(
            !part(&after, name).contains(crate::kit::RELATIONS),
            "{name}"
        );
    }
    assert!(sheet_of(&after).contains("<legacyDrawing r:id="));
    assert_eq!(sheet_of(&clean(&after)), sheet_of(&bytes));
}

#[test]
fn a_dangling_relationship_does_not_get_the_new_part() {
    let bytes = worksheet(ROWS)
        .with(
            "xl/worksheets/_rels/sheet1.xml.rels",
            links(&[
                ("rId7", "image", "../comments1.xml"),
                ("rId1", "image", "../drawings/vmlDrawing1.vml"),
            ]),
        )
        .zip();
    let after = done(&bytes, &[note("A1", "错")]);
    let names: Vec<String> = raw(&after).into_iter().map(|entry| entry.0).collect();
    assert!(names.contains(&"xl/comments2.xml".to_owned()), "{names:?}");
    assert!(names.contains(&"xl/drawings/vmldrawing2.vml".to_owned()));
}

#[test]
fn a_signature_is_lost_and_said() {
    let package = worksheet(ROWS).with("_xmlsignatures/sig1.xml", "<Signature/>");
    let bytes = package.zip();
    let patched = run(&bytes, &[number("A1", "2")]).unwrap();
    assert_eq!(patched.warnings, [Warning::SignatureLost]);
    assert_eq!(run(&bytes, &[]).unwrap().warnings, []);
}

#[test]
fn a_protected_sheet_is_patched_stays_so_and_is_said() {
    let inside = format!("{ROWS}<sheetProtection password=\"CC1A\" sheet=\"1\"/>");
    let patched = run(&worksheet(&inside).zip(), &[number("A1", "2")]).unwrap();
    assert_eq!(patched.warnings, [Warning::SheetProtected("表".to_owned())]);
    assert!(sheet_of(&patched.bytes).contains("<sheetProtection password=\"CC1A\" sheet=\"1\"/>"));
}

#[test]
fn targets_and_entries_are_found_in_any_spelling() {
    for target in [
        "/xl/worksheets/Sheet1.xml",
        "worksheets/./SHEET1.xml",
        "worksheets\\sheet1.xml",
        "../xl/worksheets/sheet1.xml",
    ] {
        let text = format!("<worksheet xmlns='{MAIN}'>{ROWS}</worksheet>");
        let bytes = Package::sheet("")
            .without("xl/worksheets/sheet1.xml")
            .with("xl/worksheets/Sheet1.xml", text)
            .with(
                "xl/_rels/workbook.xml.rels",
                links(&[("r1", "worksheet", target)]),
            )
            .zip();
        let after = done(&bytes, &[number("A1", "4"), note("A1", "错")]);
        assert_eq!(get(&after, "A1"), "4");
        // Programs look for the relationships under the part's very name.
        assert!(part(&after, "xl/worksheets/_rels/Sheet1.xml.rels").contains("comments1"));
        assert!(part(&after, "xl/worksheets/Sheet1.xml").contains("<v>4</v>"));
    }
}

#[test]
fn names_with_backslashes_get_relationships_beside_them() {
    let mut package = worksheet(ROWS);
    for (name, _) in &mut package.parts {
        *name = name.replace('/', "\\");
    }
    let marked = done(&package.zip(), &[note("A1", "错")]);
    let rels = part(&marked, "xl\\worksheets\\_rels\\sheet1.xml.rels");
    assert!(rels.contains("comments1"), "{rels}");
    let again = done(&marked, &[note("A1", "错")]);
    let names = |bytes| raw(bytes).into_iter().map(|entry| entry.0);
    assert!(names(&again).eq(names(&marked)));
}

#[test]
fn a_part_to_be_changed_must_be_utf_8() {
    let text = format!("<worksheet xmlns='{MAIN}'>{ROWS}</worksheet>");
    let wide: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let bytes = Package::sheet("")
        .with("xl/worksheets/sheet1.xml", wide)
        .zip();
    assert_eq!(
        book(&bytes).sheets[0].cell(at("A1")).map(shown).unwrap(),
        "1"
    );
    assert!(matches!(
        run(&bytes, &[number("A1", "2")]),
        Err(PatchError::Encoding(_))
    ));
}

#[test]
fn ambiguous_packages_are_refused() {
    let bytes = worksheet(ROWS)
        .with("xl/Worksheets/sheet1.xml", "<a/>")
        .zip();
    assert!(matches!(
        run(&bytes, &[number("A1", "2")]),
        Err(PatchError::Read(ReadError::Corrupt { .. }))
    ));
}

#[test]
fn parts_in_another_encoding_are_declared_anew_or_refused() {
    let sheet = |encoding: &str, name: &str| {
        format!(
            "<?xml version='1.0' encoding='{encoding}' standalone='yes'?><worksheet xmlns='{MAIN}'>\
             <sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>{name}</t></is></c></row></sheetData>\
             </worksheet>"
        )
    };
    let bytes = Package::sheet(&sheet("US-ASCII", "&#38468;")).zip();
    let after = done(&bytes, &[text("B1", "件")]);
    assert!(sheet_of(&after).starts_with("<?xml version='1.0' encoding='UTF-8' standalone"));
    assert_eq!(
        (get(&after, "A1"), get(&after, "B1")),
        ("'附".to_owned(), "'件".to_owned())
    );
    let other = Package::sheet(&sheet("ISO-8859-1", "Ã¤")).zip();
    assert!(matches!(
        run(&other, &[text("B1", "件")]),
        Err(PatchError::Encoding(_))
    ));
    for usual in ["utf-8", "UTF8"] {
        let bytes = Package::sheet(&sheet(usual, "附")).zip();
        let after = sheet_of(&done(&bytes, &[text("B1", "件")]));
        assert!(after.contains(&format!("encoding='{usual}'")));
    }
}

#[test]
fn only_relationships_are_taken_for_some() {
    let links = |first: &str| {
        let package =
            worksheet(ROWS).with("xl/worksheets/sheet9.xml", sheet_of(&worksheet(ROWS).zip()));
        let text = String::from_utf8(
            package
                .parts
                .iter()
                .find(|part| part.0 == "xl/_rels/workbook.xml.rels")
                .unwrap()
                .1
                .clone(),
        )
        .unwrap();
        let at = text.find("<Relationship ").unwrap();
        package
            .with(
                "xl/_rels/workbook.xml.rels",
                format!("{}{first}{}", &text[..at], &text[at..]),
            )
            .zip()
    };
    let usual = links("");
    let id = {
        let text = part(&usual, "xl/_rels/workbook.xml.rels");
        let at = text.find("Id=").unwrap() + 4;
        text[at..].split(['"', '\'']).next().unwrap().to_owned()
    };
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet";
    let other = links(&format!(
        "<x Id=\"{id}\" Type=\"{kind}\" Target=\"worksheets/sheet9.xml\"/>"
    ));
    let after = done(&other, &[number("A1", "7")]);
    assert_eq!(get(&after, "A1"), "7");
    assert_eq!(
        part(&after, "xl/worksheets/sheet9.xml"),
        part(&other, "xl/worksheets/sheet9.xml")
    );
}

#[test]
fn lists_of_parts_with_another_root_are_refused() {
    let refused = |name: &str, from: &str, to: &str| {
        let mut package = linked(worksheet(ROWS), &[("styles", "styles.xml", &styles(""))]);
        let part = package.parts.iter_mut().find(|part| part.0 == name);
        let bytes = &mut part.unwrap().1;
        *bytes = String::from_utf8(bytes.clone())
            .unwrap()
            .replace(from, to)
            .into_bytes();
        matches!(
            run(&package.zip(), &[note("A1", "看这里")]),
            Err(PatchError::Layout { .. })
        )
    };
    for (name, root) in [
        ("[Content_Types].xml", "Types"),
        ("xl/_rels/workbook.xml.rels", "Relationships"),
    ] {
        assert!(!refused(name, root, root), "{name}");
        assert!(refused(name, root, "Wrong"), "{name}");
    }
}

#[test]
fn cells_of_one_address_and_styles_that_are_no_number_are_refused() {
    for cells in [
        "<c r='B1' s='0'/><c r='B1'><v>5</v></c>",
        "<c r='B1' s='x'/>",
    ] {
        let bytes = worksheet(&format!("<sheetData><row r='1'>{cells}</row></sheetData>")).zip();
        let refused = run(&bytes, &[fill("B1", RED)]);
        assert!(matches!(refused, Err(PatchError::Layout { .. })), "{cells}");
    }
    // As some programs write it.
    let bytes = worksheet("<sheetData><row r='1'><c r='B1' s=''/></row></sheetData>").zip();
    assert!(run(&bytes, &[fill("B1", RED)]).is_ok());
}

#[test]
fn a_row_in_two_pieces_is_refused() {
    let bytes = Package::of("<row r='1'><c r='A1'/></row><row r='1'><c r='B1'/></row>").zip();
    assert!(matches!(
        run(&bytes, &[number("C1", "2")]),
        Err(PatchError::Layout { .. })
    ));
}

#[test]
fn a_cell_that_stands_in_another_row_is_refused() {
    let bytes = Package::of("<row r='1'><c r='A2'/></row><row r='3'/>").zip();
    assert!(matches!(
        run(&bytes, &[number("A2", "2")]),
        Err(PatchError::Layout { .. })
    ));
}

#[test]
fn elements_under_another_prefix_than_the_root_are_refused() {
    let own = |text: &str, name: &str| {
        text.replace(
            &format!("<{name} "),
            &format!("<y:{name} xmlns:y=\"{MAIN}\" "),
        )
        .replace(&format!("</{name}>"), &format!("</y:{name}>"))
    };
    let rows = "<sheetData><row r=\"1\"><c r=\"A1\" s=\"0\"><v>1</v></c></row></sheetData>";
    let lists = "<cellXfs count=\"1\"><xf numFmtId=\"0\"></xf></cellXfs>";
    let refused = |rows: &str, lists: &str| {
        let bytes = linked(worksheet(rows), &[("styles", "styles.xml", &styles(lists))]).zip();
        matches!(
            run(&bytes, &[fill("A1", RED)]),
            Err(PatchError::Layout { .. })
        )
    };
    assert!(!refused(rows, lists));
    for name in ["row", "c"] {
        assert!(refused(&own(rows, name), lists), "{name}");
    }
    for name in ["cellXfs", "xf"] {
        assert!(refused(rows, &own(lists, name)), "{name}");
    }
    // The same prefix, another namespace.
    let other = rows.replace("<c r", "<c xmlns=\"other\" r");
    assert!(refused(&other, lists));
}

#[test]
fn elements_of_no_namespace_stay_nobodys_when_a_note_declares_another() {
    let sheet = format!(
        "<x:worksheet xmlns:x=\"{MAIN}\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\">\
         <v>9</v><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    );
    let bytes = Package::sheet(&sheet).zip();
    let after = done(&bytes, &[fill("A1", RED), note("A1", "错")]);
    assert!(sheet_of(&after).contains("xmlns:r="));
    assert_eq!(get(&after, "A1"), "1");
    assert!(sheet_of(&clean(&after)).contains("<v>9</v><x:v>1</x:v>"));
}

#[test]
fn other_formats_are_not_patched() {
    for file in ["fixtures/formats/table.ods", "fixtures/formats/table.xls"] {
        let bytes = std::fs::read(file).unwrap();
        assert!(
            matches!(run(&bytes, &[]), Err(PatchError::Format)),
            "{file}"
        );
    }
    assert!(matches!(run(b"", &[]), Err(PatchError::Read(_))));
}

#[test]
fn errors_and_warnings_speak_both_languages() {
    use gouji::lang::Lang;
    let error = run(&Package::of("").zip(), &[number("XFE1", "1")]).unwrap_err();
    assert_eq!(error.message(Lang::Zh), "“表”：单元格地址超出了工作表。");
    assert_eq!(
        error.message(Lang::En),
        "表: the address is outside of the sheet."
    );
    assert!(
        Warning::Recalculated(2)
            .message(Lang::Zh)
            .starts_with("有 2 个公式")
    );
}

#[test]
fn parts_that_are_one_empty_element_are_filled() {
    let empty = format!("<styleSheet xmlns=\"{MAIN}\" />");
    let package = linked(worksheet(ROWS), &[("styles", "styles.xml", &empty)]);
    let after = done(&package.zip(), &[fill("A1", RED)]);
    assert_eq!(get(&after, "A1"), "1");
    assert!(part(&after, "xl/styles.xml").contains("<cellXfs count=\"2\">"));

    let package = Package::sheet(&format!("<worksheet xmlns=\"{MAIN}\"/>"));
    let after = done(&package.zip(), &[note("A1", "错")]);
    assert_eq!(book(&after).sheets.len(), 1);
    assert!(sheet_of(&after).ends_with("</worksheet>"));
}
