//! What a package may do to its reader: nothing may be left out quietly.

use super::support::{Package, links, listed, workbook};
use gouji::read::{Limits, read};
use gouji::workbook::FileKind;

const ONE: &str = "<row r='1'><c r='A1'><v>1</v></c></row>";

/// `from` replaced by `to` of the same length, wherever it stands.
fn patch(bytes: &mut [u8], from: &[u8], to: &[u8], times: usize) {
    let places: Vec<_> = memchr::memmem::find_iter(bytes, from).take(times).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
}

#[test]
fn a_plain_package_is_read() {
    let book = Package::of(ONE).read().unwrap();
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    assert_eq!(book.sheets[0].name, "表");
    assert_eq!(book.traits.kind, FileKind::Xlsx);
    assert!(!book.traits.macros && !book.traits.signed && !book.traits.external_links);
}

#[test]
fn entries_that_differ_by_case_only_are_refused() {
    let package = Package::of(ONE).with("xl/worksheets/SHEET1.xml", "<worksheet/>");
    assert_eq!(package.kind(), "corrupt");
    let package = Package::of(ONE).with("xl\\worksheets\\sheet1.xml", "<worksheet/>");
    assert_eq!(package.kind(), "corrupt");
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let package = Package::of(ONE).with("xl/worksheets/sheet2.xml", "<worksheet/>");
    let mut bytes = package.zip();
    patch(&mut bytes, b"worksheets/sheet2", b"worksheets/sheet1", 2);
    assert_eq!(
        read(&bytes, &Limits::default()).unwrap_err().kind(),
        "corrupt"
    );
}

#[test]
fn an_entry_with_two_names_is_refused() {
    let mut bytes = Package::of(ONE).zip();
    // The first place is the local header.
    patch(
        &mut bytes,
        b"xl/worksheets/sheet1.xml",
        b"xl/worksheets/sheet9.xml",
        1,
    );
    assert_eq!(
        read(&bytes, &Limits::default()).unwrap_err().kind(),
        "corrupt"
    );
}

#[test]
fn other_case_and_backslashes_in_names_are_read() {
    let package = Package::of(ONE);
    let text = package.parts.last().unwrap().1.clone();
    let package = package.without("xl/worksheets/sheet1.xml");
    for name in ["XL/Worksheets/Sheet1.XML", "xl\\worksheets\\sheet1.xml"] {
        assert_eq!(
            listed(&package.clone().with(name, &text).only()),
            ["A1=1"],
            "{name}"
        );
    }
    for target in [
        "/xl/worksheets/sheet1.xml",
        "worksheets\\sheet1.xml",
        "./../xl/worksheets/sheet1.xml",
    ] {
        let package = Package::of(ONE).with(
            "xl/_rels/workbook.xml.rels",
            links(&[("r1", "worksheet", target)]),
        );
        assert_eq!(listed(&package.only()), ["A1=1"], "{target}");
    }
}

#[test]
fn a_bad_checksum_is_noticed_behind_the_last_tag_too() {
    let text = format!(
        "<worksheet><sheetData>{ONE}</sheetData></worksheet>{}",
        " ".repeat(100_000)
    );
    let mut bytes = Package::sheet(&text).zip();
    let at = memchr::memmem::find(&bytes, b"xl/worksheets/sheet1.xml").unwrap() - 30;
    bytes[at + 14] ^= 1;
    let central = memchr::memmem::rfind(&bytes, b"xl/worksheets/sheet1.xml").unwrap() - 46;
    bytes[central + 16] ^= 1;
    assert_eq!(
        read(&bytes, &Limits::default()).unwrap_err().kind(),
        "corrupt"
    );
}

#[test]
fn a_part_longer_than_it_says_is_refused() {
    let mut bytes = Package::of(ONE).zip();
    let central = memchr::memmem::rfind(&bytes, b"xl/worksheets/sheet1.xml").unwrap() - 46;
    bytes[central + 24] -= 1;
    assert_eq!(
        read(&bytes, &Limits::default()).unwrap_err().kind(),
        "corrupt"
    );
}

#[test]
fn a_sheet_whose_part_is_missing_is_an_error() {
    assert_eq!(
        Package::of(ONE).without("xl/worksheets/sheet1.xml").kind(),
        "corrupt"
    );
    assert_eq!(
        Package::of(ONE)
            .without("xl/_rels/workbook.xml.rels")
            .kind(),
        "corrupt"
    );
    assert_eq!(
        Package::of(ONE).without("xl/workbook.xml").kind(),
        "corrupt"
    );
    assert_eq!(
        Package::of(ONE).without("[Content_Types].xml").kind(),
        "corrupt"
    );
    // The content types name the main part as well.
    assert_eq!(Package::of(ONE).without("_rels/.rels").kind(), "fine");
}

#[test]
fn large_headers_and_trailing_descriptors_are_read() {
    use std::io::Write;
    let package = Package::of(ONE);
    let large = zip::write::SimpleFileOptions::default().large_file(true);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut stream = zip::ZipWriter::new_stream(Vec::new());
    for (name, body) in &package.parts {
        writer.start_file(name.as_str(), large).unwrap();
        writer.write_all(body).unwrap();
        stream
            .start_file(name.as_str(), zip::write::SimpleFileOptions::default())
            .unwrap();
        stream.write_all(body).unwrap();
    }
    let streamed = stream.finish().unwrap().into_inner();
    for bytes in [writer.finish().unwrap().into_inner(), streamed] {
        let book = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    }
}

#[test]
fn every_cut_is_noticed() {
    let bytes = Package::of(ONE).zip();
    for at in 0..bytes.len() {
        assert!(
            read(&bytes[..at], &Limits::default()).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn tabs_keep_their_order_and_charts_have_no_cells() {
    let package = Package::of(ONE)
        .with(
            "xl/workbook.xml",
            workbook(
                "<sheet name='图' sheetId='1' r:id='r2'/><sheet name='甲&amp;乙' sheetId='2' r:id='r1' \
                 state='hidden'/><sheet name='丙' sheetId='3' r:id='r3' state='veryHidden'/>",
            ),
        )
        .with("xl/chartsheets/sheet1.xml", "<chartsheet/>")
        .with("xl/worksheets/sheet2.xml", "<worksheet/>")
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r3", "worksheet", "worksheets/sheet2.xml"),
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "chartsheet", "chartsheets/sheet1.xml"),
                ("r4", "externalLink", "externalLinks/externalLink1.xml"),
                ("r5", "vbaProject", "vbaProject.bin"),
            ]),
        )
        .with("_xmlsignatures/origin.sigs", "");
    let book = package.read().unwrap();
    let tabs: Vec<_> = book
        .sheets
        .iter()
        .map(|sheet| (sheet.name.as_str(), sheet.visible, sheet.cells.len()))
        .collect();
    assert_eq!(
        tabs,
        [("图", true, 0), ("甲&乙", false, 1), ("丙", false, 0)]
    );
    assert!(book.traits.macros && book.traits.signed && book.traits.external_links);
}

#[test]
fn the_1904_calendar_is_told() {
    let text = workbook("<sheet name='表' sheetId='1' r:id='r1'/>")
        .replace("<sheets>", "<workbookPr date1904='1'/><sheets>");
    let rows = "<row r='1'><c r='A1' t='d'><v>1904-01-02</v></c></row>";
    let book = Package::of(rows)
        .with("xl/workbook.xml", text)
        .read()
        .unwrap();
    assert!(book.date_1904);
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
}

#[test]
fn a_default_type_holds_for_its_extension_only() {
    let spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
    let binary = "application/vnd.ms-excel.sheet.binary.macroEnabled.main";
    // Programs list types of parts that they might have written.
    let types = |own: &str| {
        format!("<Types><Default Extension='bin' ContentType='{binary}'/>{own}</Types>")
    };
    let over = format!("<Override PartName='/XL/workbook.xml' ContentType='{spreadsheet}'/>");
    let default = format!("<Default Extension='XML' ContentType='{spreadsheet}'/>");
    for own in [over.as_str(), &default] {
        let package = Package::of(ONE).with("[Content_Types].xml", types(own));
        assert_eq!(listed(&package.only()), ["A1=1"], "{own}");
    }
    let none = Package::of(ONE).with("[Content_Types].xml", types(""));
    assert_eq!(none.kind(), "corrupt");
}

#[test]
fn content_types_that_end_too_early_are_noticed() {
    let package = Package::of(ONE);
    let types = String::from_utf8(package.parts[0].1.clone()).unwrap();
    let cut = types.strip_suffix("</Types>").unwrap();
    assert_eq!(package.with("[Content_Types].xml", cut).kind(), "corrupt");
}

#[test]
fn a_module_sheet_has_a_tab_and_no_part() {
    let sheets = "<sheet name='模块' sheetId='1' state='veryHidden' r:id=''/>\
                  <sheet name='表' sheetId='2' r:id='r1'/>";
    let package = Package::of(ONE).with("xl/workbook.xml", workbook(sheets));
    let book = package.read().unwrap();
    assert_eq!(book.sheets.len(), 2);
    assert!(book.sheets[0].cells.is_empty() && !book.sheets[0].visible);
    assert_eq!(listed(&book.sheets[1]), ["A1=1"]);
    let dangling = sheets.replace("r:id=''", "r:id='r9'");
    let package = Package::of(ONE).with("xl/workbook.xml", workbook(&dangling));
    assert_eq!(package.kind(), "corrupt");
}

#[test]
fn a_part_under_two_tabs_is_refused() {
    let sheets = "<sheet name='甲' sheetId='1' r:id='r1'/><sheet name='乙' sheetId='2' r:id='r1'/>";
    let package = Package::of(ONE).with("xl/workbook.xml", workbook(sheets));
    assert_eq!(package.kind(), "corrupt");
}

/// Nobody reads the part, but a copy takes it over as it stands, and what says it is long when packed
/// is less dense than it is.
#[test]
fn a_part_that_reaches_into_others_is_refused_though_nobody_reads_it() {
    let plain = Package::of(ONE).with("docProps/app.xml", "<a/>").zip();
    assert!(read(&plain, &Limits::default()).is_ok());
    let listed = memchr::memmem::rfind(&plain, b"docProps/app.xml").unwrap() - 46;
    let first = memchr::memmem::find(&plain, b"PK\x01\x02").unwrap();
    for header in [listed, first] {
        let at = header + 20;
        let length = u32::from_le_bytes(plain[at..at + 4].try_into().unwrap());
        for more in [1, 16_711_680] {
            let mut bytes = plain.clone();
            bytes[at..at + 4].copy_from_slice(&(length + more).to_le_bytes());
            let error = read(&bytes, &Limits::default()).unwrap_err();
            assert_eq!(error.kind(), "corrupt", "{more}: {error}");
        }
    }
}

#[test]
fn a_workbook_says_whether_it_calculates_as_shown() {
    for (calculation, as_shown) in [
        ("", false),
        ("<calcPr calcId='1'/>", false),
        ("<calcPr fullPrecision='1'/>", false),
        ("<calcPr fullPrecision='0'/>", true),
        ("<calcPr fullPrecision='false'/>", true),
    ] {
        let text = workbook("<sheet name='表' sheetId='1' r:id='r1'/>")
            .replace("</sheets>", &format!("</sheets>{calculation}"));
        let book = Package::of("")
            .with("xl/workbook.xml", text)
            .read()
            .unwrap();
        assert_eq!(book.traits.as_shown, as_shown, "{calculation}");
    }
}
