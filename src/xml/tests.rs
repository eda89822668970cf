//! The tokenizer, by what it gives and what it refuses.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Result<Vec<String>, Fault> {
    let mut reader = Reader::new(text, 8, SPREADSHEET);
    let mut seen = Vec::new();
    loop {
        seen.push(match reader.next()? {
            Event::Start(name) => format!("<{name}"),
            Event::End => ">".to_owned(),
            Event::Text(text) => format!("'{text}"),
            Event::CData(text) => format!("!{text}"),
            Event::Eof => return Ok(seen),
        });
    }
}

#[test]
fn empty_elements_end_too() {
    assert_eq!(
        read("<?xml version='1.0'?><a><b x = '>' /></a>\n").unwrap(),
        ["<a", "<b", ">", ">"]
    );
}

#[test]
fn comments_and_cdata_split_a_text_without_losing_any() {
    assert_eq!(
        read("<v>1<!--<x>-->2<![CDATA[<3]]></v>").unwrap(),
        ["<v", "'1", "'2", "!<3", ">"]
    );
    let mut reader = Reader::new("<v>1<!--c-->2<i>x</i>&amp;<![CDATA[&]]></v>", 8, &[]);
    reader.next().unwrap();
    assert_eq!(reader.text().unwrap(), "12&&");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (text, fault) in [
        ("", Fault::Truncated),
        ("<a>", Fault::Truncated),
        ("<a><b></a></b>", Fault::Malformed(6)),
        ("<a></ab>", Fault::Malformed(3)),
        ("<a b=c/>", Fault::Malformed(5)),
        ("<a b='<'/>", Fault::Malformed(6)),
        ("<a/><b/>", Fault::Malformed(4)),
        ("x<a/>", Fault::Malformed(0)),
        ("<a/>x", Fault::Malformed(4)),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Fault::Doctype),
        ("<a><!-- ", Fault::Truncated),
        ("<a", Fault::Truncated),
        ("<a b='", Fault::Truncated),
    ] {
        assert_eq!(read(text), Err(fault), "{text}");
    }
    assert_eq!(read(&"<a>".repeat(9)), Err(Fault::Depth(8)));
}

#[test]
fn entities_and_line_ends_are_replaced_once() {
    assert_eq!(
        unescape("a&lt;&#x4E07;&#20803;&amp;lt;\r\nb\rc").unwrap(),
        "a<万元&lt;\nb\nc"
    );
    assert_eq!(unescape("&b;"), Err(Fault::Entity));
    assert_eq!(unescape("&#xD800;"), Err(Fault::Entity));
    assert_eq!(unescape("&amp"), Err(Fault::Entity));
}

#[test]
fn the_namespace_counts_and_not_the_prefix() {
    let main = SPREADSHEET[0];
    let strict = SPREADSHEET[1];
    for (text, want) in [
        (
            format!("<a xmlns='{main}'><b/></a>"),
            vec![Some("a"), Some("b")],
        ),
        (
            format!("<x:a xmlns:x='{strict}'><x:b/><b/></x:a>"),
            vec![Some("a"), Some("b"), None],
        ),
        (
            format!("<a xmlns='{main}'><y:b xmlns:y='{main}'/><b xmlns='other'><c/></b><d/></a>"),
            vec![Some("a"), Some("b"), None, None, Some("d")],
        ),
        (
            format!("<x:a xmlns:x='{main}'><b/><x:c xmlns:z='other'/><b/></x:a>"),
            vec![Some("a"), None, Some("c"), None],
        ),
        ("<a><z:b/></a>".to_owned(), vec![Some("a"), None]),
        (
            format!("<a><y:b xmlns:y='{main}'><c/></y:b></a>"),
            vec![Some("a"), Some("b"), Some("c")],
        ),
        ("<a xmlns='other'/>".to_owned(), vec![None]),
    ] {
        let mut reader = Reader::new(&text, 8, SPREADSHEET);
        let mut seen = Vec::new();
        loop {
            match reader.next().unwrap() {
                Event::Start(name) => seen.push(reader.local(name)),
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(seen, want, "{text}");
    }
}

#[test]
fn spans_cover_the_document_in_order() {
    let text = "<a x='1'>t<b/><![CDATA[c]]></a>";
    let mut reader = Reader::new(text, 8, &[]);
    let mut spans = Vec::new();
    while reader.next().unwrap() != Event::Eof {
        spans.push(text[reader.span()].to_owned());
    }
    assert_eq!(
        spans,
        ["<a x='1'>", "t", "<b/>", "", "<![CDATA[c]]>", "</a>"]
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[<>/a-c='\" &;!?\\-\\[\\]x万]{0,40}") {
        let _ = read(&text);
        let _ = unescape(&text);
    }
}
