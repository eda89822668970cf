//! Broken and forged parts: an error or a workbook, never a panic.

use gouji::patch::{Edit, Patch, patch, unmarked};
use gouji::read::{Limits, read};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::kit::{
    RED, cached, done, fill, formula, linked, note, number, part, raw, styles, worksheet,
};
use crate::support::{Package, workbook};

/// A marked workbook with something of everything.
fn rich() -> Package {
    let rows = "<dimension ref=\"A1:C9\"/><cols><col min=\"1\" max=\"2\" style=\"1\" width=\"9\"/></cols><sheetData><row r=\"1\" spans=\"1:3\"><c r=\"A1\" s=\"1\"><v>1</v></c>\
        <c r=\"B1\"><f t=\"shared\" ref=\"B1:B2\" si=\"0\">SUM(A1:A2)+'表'!C1</f><v>3</v></c></row><row r=\"2\"><c r=\"B2\"><f t=\"shared\" si=\"0\"/><v>5</v></c>\
        <c r=\"C2\"><f t=\"array\" ref=\"C2:C3\">B1:B2</f><v>1</v></c></row></sheetData><mergeCells><mergeCell ref=\"A5:B6\"/></mergeCells>";
    let lists = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><cellXfs count=\"2\"><xf fillId=\"0\"/><xf numFmtId=\"4\"><alignment/></xf></cellXfs>";
    let book = workbook("<sheet name='表' sheetId='1' r:id='r1'/>");
    let package = linked(worksheet(rows), &[("styles", "styles.xml", &styles(lists))])
        .with("xl/workbook.xml", book);
    let marked = done(
        &package.zip(),
        &[fill("A1", RED), note("B1", "甲"), note("C9", "乙")],
    );
    let mut package = Package { parts: Vec::new() };
    for (name, ..) in raw(&marked) {
        let body = part(&marked, &name);
        package = package.with(&name, body);
    }
    package
}

fn edits() -> Vec<Edit> {
    vec![
        number("B1", "2"),
        formula("A6", "1", "A1"),
        cached("B2", "1"),
        fill("A1", RED),
        note("B1", "丙"),
        number("D9", "1"),
    ]
}

#[test]
fn the_workbook_that_is_to_be_broken_is_whole() {
    let patch = Patch {
        edits: edits(),
        ..Patch::default()
    };
    assert!(gouji::patch::patch(&rich().zip(), &patch, &Limits::default()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_parts_do_no_harm(
        which in 0usize..100,
        at in 0usize..100_000,
        len in 0usize..12,
        with in prop_oneof![Just(""), Just("<"), Just("/>"), Just("\""), Just(">"), Just("99999999999"), Just("<row r=\"1\"/>"), Just("<c/>"), Just("表"), Just("s"), Just("'"), Just("x:"), Just("<!--"), Just("】")],
    ) {
        let mut package = rich();
        let count = package.parts.len();
        let body = &mut package.parts[which % count].1;
        let mut text = String::from_utf8(std::mem::take(body)).unwrap();
        let mut from = at % (text.len() + 1);
        while !text.is_char_boundary(from) { from -= 1; }
        let mut to = (from + len).min(text.len());
        while !text.is_char_boundary(to) { to += 1; }
        text.replace_range(from..to, with);
        *body = text.into_bytes();
        let bytes = package.zip();
        let limits = Limits::default();
        let readable = read(&bytes, &limits).is_ok();
        if let Ok(patched) = patch(&bytes, &Patch { edits: edits(), ..Patch::default() }, &limits) {
            prop_assert!(!readable || read(&patched.bytes, &limits).is_ok());
            prop_assert!(unmarked(&patched.bytes, &limits).is_ok());
        }
        let _ = unmarked(&bytes, &limits);
    }
}
