//! Parts that are no XML, or too much of it; relationships that lead nowhere.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

use crate::doors::run;
use crate::kit::{
    Case, Outcome, fixture, no_form, plain, refused, reviewed, rewritten, unpacked, worksheet,
};
use crate::support::{MAIN, Package, links, listed, workbook};

const BODY: &str = "<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>";
const SHEET: &str = "xl/worksheets/sheet1.xml";

/// Those that go through all doors.
pub(crate) fn cases() -> Vec<Case> {
    let case = |name, bytes, kind, words| Case {
        name,
        bytes,
        outcome: Outcome::Refused(kind, words),
    };
    let refused = |name, bytes, words| case(name, bytes, "corrupt", words);
    vec![
        refused(
            "笑.xlsx",
            plain().with(SHEET, laughs("worksheet")).zip(),
            "带有文档类型声明",
        ),
        refused(
            "外部实体.xlsx",
            plain().with(SHEET, outside()).zip(),
            "带有文档类型声明",
        ),
        case("深.xlsx", deep().zip(), "too-large", "max-xml-depth"),
        refused(
            "未闭合.xlsx",
            Package::sheet("<worksheet><sheetData><row>").zip(),
            "内容不完整",
        ),
        refused(
            "缺表.xlsx",
            plain().without(SHEET).zip(),
            "xl/worksheets/sheet1.xml：缺少这个部件",
        ),
        Case {
            name: "无表.xlsx",
            bytes: plain().with("xl/workbook.xml", workbook("")).zip(),
            outcome: Outcome::NoForm,
        },
    ]
}

/// Ten entities, each ten times the one before.
fn laughs(root: &str) -> String {
    let mut text = format!("<?xml version='1.0'?><!DOCTYPE {root} [<!ENTITY a0 'ha'>");
    for level in 1..10 {
        let inner = format!("&a{};", level - 1).repeat(10);
        text += &format!("<!ENTITY a{level} '{inner}'>");
    }
    text + &format!("]><{root} xmlns='{MAIN}'>&a9;</{root}>")
}

fn outside() -> String {
    format!(
        "<!DOCTYPE worksheet [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\
         <worksheet xmlns='{MAIN}'><sheetData><row><c t='str'><v>&x;</v></c></row></sheetData></worksheet>"
    )
}

fn deep() -> Package {
    worksheet(&format!(
        "{}{}",
        "<a>".repeat(100_000),
        "</a>".repeat(100_000)
    ))
}

#[test]
fn a_document_type_is_refused_in_every_part() {
    let whole = plain()
        .strings("<si><t>a</t></si>")
        .with("xl/styles.xml", "<styleSheet/>")
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
                ("r3", "styles", "styles.xml"),
            ]),
        );
    for (part, root) in [
        ("[Content_Types].xml", "Types"),
        ("_rels/.rels", "Relationships"),
        ("xl/workbook.xml", "workbook"),
        ("xl/_rels/workbook.xml.rels", "Relationships"),
        ("xl/sharedStrings.xml", "sst"),
        ("xl/styles.xml", "styleSheet"),
        (SHEET, "worksheet"),
    ] {
        let bytes = whole.clone().with(part, laughs(root)).zip();
        // Parts are named in small letters where a relationship leads to them.
        let (kind, message) = crate::kit::refusal(&bytes);
        let message = message.to_lowercase();
        assert_eq!(kind, "corrupt", "{message}");
        let words = format!("{}：带有文档类型声明", part.to_lowercase());
        assert!(message.contains(&words), "{message}");
    }
}

#[test]
fn no_entity_but_the_five_is_known() {
    refused(
        &plain().with(SHEET, outside()).zip(),
        "corrupt",
        "带有文档类型声明",
    );
    for entity in ["&x;", "&#xD800;", "&#0;&y;", "&#x110000;", "&", "&amp"] {
        let rows = format!("<row><c t='str'><v>a{entity}</v></c></row>");
        refused(&Package::of(&rows).zip(), "corrupt", "XML 写法有误");
    }
}

#[test]
fn nesting_ends_at_its_limit() {
    refused(
        &deep().zip(),
        "too-large",
        "XML 嵌套层数上限 64，已达 65（max-xml-depth）",
    );
    let nested = |depth: usize| {
        let inside = format!("{BODY}{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        worksheet(&inside).zip()
    };
    assert_eq!(listed(&no_form(&nested(63)).sheets[0]), ["A1=1"]);
    refused(&nested(64), "too-large", "max-xml-depth");
}

#[test]
fn an_element_of_too_many_attributes_is_refused() {
    let with = |count: usize| {
        let attributes: String = (0..count).map(|at| format!(" a{at}=''")).collect();
        Package::of(&format!("<row{attributes}><c><v>1</v></c></row>")).zip()
    };
    assert_eq!(no_form(&with(128)).sheets[0].cells.len(), 1);
    refused(&with(129), "corrupt", "XML 写法有误");
    refused(&with(100_000), "corrupt", "XML 写法有误");
}

#[test]
fn an_attribute_of_a_megabyte_is_passed_over_or_a_bad_address() {
    let long = "x".repeat(1 << 20);
    let bytes = Package::of(&format!("<row><c a='{long}'><v>1</v></c></row>")).zip();
    assert_eq!(listed(&no_form(&bytes).sheets[0]), ["A1=1"]);
    // The message does not repeat it.
    let bytes = Package::of(&format!("<row><c r='{long}'><v>1</v></c></row>")).zip();
    let (kind, message) = crate::kit::refusal(&bytes);
    assert_eq!(kind, "corrupt");
    assert!(message.chars().count() < 200, "{message}");
}

#[test]
fn tags_that_are_not_closed_are_refused_wherever_the_text_ends() {
    let text = format!("<worksheet xmlns='{MAIN}'>{BODY}</worksheet>");
    for end in 0..text.len() {
        let bytes = plain().with(SHEET, &text[..end]).zip();
        refused(&bytes, "corrupt", SHEET);
    }
    for text in [
        "<worksheet><sheetData></worksheet>",
        "<worksheet><![CDATA[",
        "<worksheet><!--",
        "<worksheet a='1",
        "<worksheet a=1/>",
        "<worksheet/>x",
        "</worksheet>",
    ] {
        refused(&Package::sheet(text).zip(), "corrupt", SHEET);
    }
}

#[test]
fn texts_that_are_no_unicode_are_refused() {
    let text = format!("<worksheet xmlns='{MAIN}'>{BODY}</worksheet>");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let lone = |unit: u16, to: fn(u16) -> [u8; 2]| {
        let units = text.encode_utf16().chain([unit]);
        units.flat_map(to).collect::<Vec<u8>>()
    };
    for body in [
        [text.as_bytes(), b"\xFF"].concat(),
        [text.as_bytes(), b"\xC0\xAF"].concat(),
        [text.as_bytes(), b"\xED\xA0\x80"].concat(),
        [b"\xEF\xBB\xBF", text.as_bytes(), b"\x80"].concat(),
        [&b"\xFF\xFE"[..], &little[..little.len() - 1]].concat(),
        lone(0xD800, u16::to_le_bytes),
        lone(0xDC00, u16::to_be_bytes),
    ] {
        refused(
            &plain().with(SHEET, body).zip(),
            "corrupt",
            "文字编码读不出来",
        );
    }
}

#[test]
fn a_sheet_in_utf_16_is_read() {
    let text = format!("<worksheet xmlns='{MAIN}'>{BODY}</worksheet>");
    for to in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        for mark in [None, Some(0xFEFF)] {
            let units = mark.into_iter().chain(text.encode_utf16());
            let body: Vec<u8> = units.flat_map(to).collect();
            let bytes = plain().with(SHEET, body).zip();
            assert_eq!(listed(&no_form(&bytes).sheets[0]), ["A1=1"]);
        }
    }
}

#[test]
fn relationships_to_nowhere_name_the_part_that_is_missing() {
    let with = |target: &str| {
        let links = links(&[("r1", "worksheet", target)]);
        plain().with("xl/_rels/workbook.xml.rels", links).zip()
    };
    refused(
        &with("nowhere.xml"),
        "corrupt",
        "xl/nowhere.xml：缺少这个部件",
    );
    refused(&with(""), "corrupt", "缺少这个部件");
    let none = plain().with("xl/_rels/workbook.xml.rels", links(&[])).zip();
    refused(&none, "corrupt", "xl/workbook.xml: 表：缺少这个部件");
    for kind in ["sharedStrings", "styles"] {
        let all = links(&[
            ("r1", "worksheet", "worksheets/sheet1.xml"),
            ("r2", kind, "x.xml"),
        ]);
        let bytes = plain().with("xl/_rels/workbook.xml.rels", all).zip();
        match kind {
            // Missing strings are a matter of the cells that refer to them.
            "sharedStrings" => assert_eq!(listed(&no_form(&bytes).sheets[0]), ["A1=1"]),
            _ => refused(&bytes, "corrupt", "xl/x.xml：缺少这个部件"),
        }
    }
}

#[test]
fn relationships_in_circles_end() {
    for target in ["workbook.xml", "_rels/workbook.xml.rels", "../_rels/.rels"] {
        let links = links(&[("r1", "worksheet", target)]);
        let bytes = plain().with("xl/_rels/workbook.xml.rels", links).zip();
        refused(&bytes, "corrupt", "部件类型不对");
    }
    // The main part is its own relationships.
    let root = links(&[("r1", "officeDocument", "_rels/.rels")]);
    refused(
        &plain().with("_rels/.rels", root).zip(),
        "corrupt",
        "部件类型不对",
    );
    // One sheet's part for two tabs: what is written into one would stand in both.
    let tabs: String = (0..2)
        .map(|at| format!("<sheet name='{at}' sheetId='{at}' r:id='r1'/>"))
        .collect();
    let bytes = plain().with("xl/workbook.xml", workbook(&tabs)).zip();
    refused(&bytes, "corrupt", "sheet1.xml");
}

#[test]
fn nothing_outside_of_the_file_is_asked_for() {
    let outside = links(&[("r1", "worksheet", "http://127.0.0.1:1/x.xml")])
        .replace("Target=", "TargetMode='External' Target=");
    let bytes = plain().with("xl/_rels/workbook.xml.rels", outside).zip();
    refused(&bytes, "corrupt", "http://127.0.0.1:1/x.xml：缺少这个部件");
}

/// Files that name a place on a network wherever a file can; the first are sound filings otherwise.
fn callers(place: &str) -> Vec<(&'static str, Vec<u8>)> {
    let filing = unpacked(&fixture("clean/clean.xlsx"));
    let kinds = [
        "attachedTemplate",
        "externalLinkPath",
        "hyperlink",
        "image",
        "oleObject",
        "styles",
        "theme",
    ];
    let outside: String = (0..)
        .zip(kinds)
        .map(|(at, kind)| {
            let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
                .to_owned()
                + kind;
            format!(
                "<Relationship Id='x{at}' Type='{kind}' TargetMode='External' Target='{place}/{at}'/>"
            )
        })
        .collect();
    let end = "</Relationships>";
    let with_links = |text: String| text.replace(end, &format!("{outside}{end}"));
    let linked = rewritten(filing.clone(), "xl/_rels/workbook.xml.rels", with_links);
    let linked = rewritten(linked, "_rels/.rels", with_links);
    let of_a_sheet = format!("{}{outside}{end}", links(&[]).replace(end, ""));
    let linked = linked.with("xl/worksheets/_rels/sheet1.xml.rels", of_a_sheet);
    let styled = rewritten(filing, SHEET, |text| {
        let call = format!("<?xml-stylesheet href='{place}/a.xsl' type='text/xsl'?><worksheet ");
        let schema = format!(
            "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='{MAIN} {place}/a.xsd' "
        );
        text.replacen("<worksheet ", &(call + &schema), 1)
    });
    let typed = |doctype: String| {
        let text = format!("{doctype}<worksheet xmlns='{MAIN}'>{BODY}</worksheet>");
        plain().with(SHEET, text).zip()
    };
    let elsewhere = links(&[("r1", "worksheet", &format!("{place}/x.xml"))])
        .replace("Target=", "TargetMode='External' Target=");
    vec![
        ("链接.xlsx", linked.zip()),
        ("样式.xlsx", styled.zip()),
        (
            "类型.xlsx",
            typed(format!("<!DOCTYPE worksheet SYSTEM '{place}/a.dtd'>")),
        ),
        (
            "实体.xlsx",
            typed(format!(
                "<!DOCTYPE worksheet [<!ENTITY % x SYSTEM '{place}/b.dtd'> %x;]>"
            )),
        ),
        (
            "表在外.xlsx",
            plain().with("xl/_rels/workbook.xml.rels", elsewhere).zip(),
        ),
    ]
}

#[test]
fn no_place_on_a_network_that_a_file_names_is_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let callers = callers(&format!("http://{address}"));
    for (name, bytes) in &callers {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    for command in ["check", "fix", "inspect"] {
        let names = callers.iter().map(|caller| caller.0);
        let args: Vec<&str> = [command].into_iter().chain(names).collect();
        let (code, said) = run(folder.path(), &args);
        assert_eq!(code, 2, "{said}");
        // The others are refused for what they are.
        let read = said.matches(if command == "inspect" {
            "[表头]"
        } else {
            "可以报送"
        });
        assert!(read.count() >= 2, "{command}: {said}");
    }
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    // Somebody would have listened.
    let _call = TcpStream::connect(address).unwrap();
    listener.set_nonblocking(false).unwrap();
    assert!(listener.accept().is_ok());
}

#[test]
fn a_workbook_without_sheets_holds_no_form() {
    let bytes = plain().with("xl/workbook.xml", workbook("")).zip();
    assert!(no_form(&bytes).sheets.is_empty());
}

#[test]
fn two_lists_of_sheets_are_refused() {
    let one = "<sheet name='甲' sheetId='1' r:id='rId1'/>";
    let two = format!("{one}</sheets><sheets>{one}");
    let bytes = plain().with("xl/workbook.xml", workbook(&two)).zip();
    refused(&bytes, "corrupt", "工作表清单有两份");
}

#[test]
fn what_is_called_a_sheet_outside_of_the_list_is_none() {
    let inside = "<sheet name='甲' sheetId='1' r:id='r1'/>";
    let outside = "<sheet name='乙' sheetId='2' r:id='r1'/>";
    let text = workbook(&format!(
        "{inside}</sheets>{outside}<definedNames>{outside}</definedNames><sheets2>{outside}"
    ));
    let text = text.replace("</sheets></workbook>", "</sheets2></workbook>");
    let links = links(&[("r1", "worksheet", "worksheets/sheet1.xml")]);
    let bytes = plain()
        .with("xl/workbook.xml", text)
        .with("xl/_rels/workbook.xml.rels", links)
        .zip();
    assert_eq!(no_form(&bytes).sheets.len(), 1);
}

#[test]
fn sheets_without_names_or_with_those_of_others_are_told_apart_by_their_order() {
    let long = "长".repeat(200);
    for names in [["", ""], ["表", "表"], [long.as_str(), ""]] {
        let tabs: String = names
            .iter()
            .zip(["r1", "r2"])
            .map(|(name, id)| format!("<sheet name='{name}' sheetId='1' r:id='{id}'/>"))
            .collect();
        let links = links(&[
            ("r1", "worksheet", "worksheets/sheet1.xml"),
            ("r2", "worksheet", "worksheets/sheet2.xml"),
        ]);
        let bytes = plain()
            .with("xl/workbook.xml", workbook(&tabs))
            .with("xl/_rels/workbook.xml.rels", links)
            .with("xl/worksheets/sheet2.xml", "<worksheet/>")
            .zip();
        let book = no_form(&bytes);
        let found: Vec<&str> = book
            .sheets
            .iter()
            .map(|sheet| sheet.name.as_str())
            .collect();
        assert_eq!(found, names);
    }
    let bytes = plain()
        .with("xl/workbook.xml", workbook("<sheet r:id='r1'/>"))
        .zip();
    assert_eq!(no_form(&bytes).sheets[0].name, "");
}

#[test]
fn a_part_in_the_place_of_another_is_refused() {
    for (part, body) in [
        ("xl/workbook.xml", "<worksheet/>"),
        (SHEET, "<workbook/>"),
        (SHEET, "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ] {
        refused(
            &plain().with(part, body).zip(),
            "corrupt",
            &format!("{part}：部件类型不对"),
        );
    }
    assert!(matches!(
        reviewed(&plain().with("_rels/.rels", "<x/>").zip()),
        gouji::review::Review::Unrecognised(_)
    ));
}
