//! What is encrypted, signed, has macros or links to others, and what is no workbook at all.

use crate::kit::{Case, Outcome, fixture, no_form, plain, refused, reviewed};
use crate::support::{links, listed};

/// Those that go through all doors.
pub(crate) fn cases() -> Vec<Case> {
    let refused = |name, bytes: Vec<u8>, kind, words| Case {
        name,
        bytes,
        outcome: Outcome::Refused(kind, words),
    };
    let not = "not-a-workbook";
    vec![
        refused(
            "加密.xlsx",
            fixture("unreadable/encrypted.xlsx"),
            "encrypted",
            "去掉打开密码",
        ),
        refused(
            "网页.xlsx",
            fixture("unreadable/web-page.xls"),
            not,
            "网页（HTML）",
        ),
        refused("文本.xlsx", "单位,金额\n甲,1\n".into(), not, "CSV"),
        refused("便携.xlsx", b"%PDF-1.7\n".to_vec(), not, "PDF"),
        refused(
            "文档.xlsx",
            fixture("unreadable/word-document.xlsx"),
            not,
            "文字文档",
        ),
        refused("空.xlsx", Vec::new(), not, "空文件"),
        refused("一字.xlsx", b"x".to_vec(), not, "文本文件"),
        refused(
            "压缩包.xlsx",
            fixture("unreadable/archive.xlsx"),
            not,
            "压缩包",
        ),
    ]
}

#[test]
fn what_is_no_workbook_is_told_as_what_it_is() {
    for case in cases() {
        let Outcome::Refused(kind, words) = case.outcome else {
            continue;
        };
        refused(&case.bytes, kind, words);
    }
}

#[test]
fn one_byte_is_no_workbook_whatever_it_is() {
    for byte in 0..=255_u8 {
        let (kind, _) = crate::kit::refusal(&[byte]);
        assert_eq!(kind, "not-a-workbook", "{byte}");
    }
}

#[test]
fn the_beginnings_of_workbooks_are_incomplete() {
    for head in [&b"PK\x03\x04"[..], b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"] {
        for length in 0..600 {
            let bytes = [head, &vec![0; length]].concat();
            let (kind, message) = crate::kit::refusal(&bytes);
            assert_eq!(kind, "corrupt", "{length}: {message}");
        }
    }
}

#[test]
fn a_sheet_of_macros_is_told_and_not_read() {
    let all = links(&[("r1", "worksheet", "worksheets/sheet1.xml")]);
    let macros = "<Relationship Id='r3' Target='macrosheets/sheet1.xml' \
        Type='http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet'/>\
        </Relationships>";
    let bytes = plain()
        .with(
            "xl/_rels/workbook.xml.rels",
            all.replace("</Relationships>", macros),
        )
        .with("xl/macrosheets/sheet1.xml", "<<<")
        .zip();
    let book = no_form(&bytes);
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    assert!(book.traits.macros);
}

#[test]
fn a_signed_book_with_macros_and_links_is_read_and_nothing_of_them() {
    let all = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "vbaProject", "vbaProject.bin"),
        ("r3", "externalLink", "externalLinks/externalLink1.xml"),
    ]);
    let bytes = plain()
        .with("xl/_rels/workbook.xml.rels", all)
        // None of these is XML: they are not opened.
        .with("xl/vbaProject.bin", b"\xD0\xCF\x11\xE0 not a project")
        .with("xl/externalLinks/externalLink1.xml", "<<<")
        .with("_xmlsignatures/sig1.xml", "<<<")
        .zip();
    let book = no_form(&bytes);
    assert_eq!(listed(&book.sheets[0]), ["A1=1"]);
    let traits = &book.traits;
    assert!(traits.macros && traits.signed && traits.external_links);
}

#[test]
fn a_worksheet_of_another_kind_of_package_is_not_read() {
    for kind in [
        "wordprocessingml.document.main",
        "presentationml.presentation.main",
    ] {
        let types = format!(
            "<Types><Override PartName='/xl/workbook.xml' ContentType='application/vnd.openxmlformats-officedocument.{kind}+xml'/></Types>"
        );
        let (found, _) = crate::kit::refusal(&plain().with("[Content_Types].xml", types).zip());
        assert_eq!(found, "not-a-workbook");
    }
    assert!(!matches!(
        reviewed(b"\0\0\0\0"),
        gouji::review::Review::Checked(_)
    ));
}

#[test]
fn a_workbook_that_does_not_say_what_it_is_is_damaged_and_no_archive() {
    let without = |lost: &[&str], mut package: crate::support::Package| {
        package.parts.retain(|(name, _)| !lost.contains(&&**name));
        package.zip()
    };
    let types = "[Content_Types].xml";
    let none = plain().with(types, "<Types/>").zip();
    refused(&none, "corrupt", "[Content_Types].xml：部件类型不对");
    let other = "<Types><Default Extension='xml' ContentType='application/x.main'/></Types>";
    let other = plain().with(types, other).zip();
    refused(&other, "corrupt", "[Content_Types].xml：部件类型不对");
    for lost in [&[types][..], &[types, "xl/workbook.xml"]] {
        let bytes = without(lost, plain());
        refused(&bytes, "corrupt", "[Content_Types].xml：缺少这个部件");
    }
    let ods = plain()
        .with("content.xml", "<x/>")
        .with("META-INF/manifest.xml", "<x/>");
    let parts = plain().parts;
    let lost: Vec<&str> = parts.iter().map(|(name, _)| &**name).collect();
    refused(&without(&lost, ods.clone()), "corrupt", "mimetype：缺少");
    let ods = ods.with("mimetype", "x");
    refused(&without(&lost, ods), "corrupt", "mimetype：部件类型不对");
    // What holds nothing was not saved, or not received; what holds something else is an archive.
    let nothing = crate::zips::zip(&[]);
    refused(&nothing, "not-a-workbook", "空文件");
    let letters = without(&lost, plain().with("a.txt", "x"));
    refused(&letters, "not-a-workbook", "压缩包");
}
