//! Formulas around changed cells: shared ones, arrays, the calculation chain, stale results.

use gouji::patch::{Patch, PatchError, Warning, patch};
use gouji::read::Limits;

use crate::kit::{
    RED, cached, changed, done, fill, formula, get, linked, number, on, part, rows, run, sheet_of,
};
use crate::support::{MAIN, Package, links, workbook};

const SHARED: &str = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><f t='shared' ref='B1:B3' si='0'>A1*2&#13;+$A$1</f><v>3</v></c></row>\
    <row r='2'><c r='A2'><v>2</v></c><c r='B2'><f t='shared' si='0'/><v>5</v></c></row>\
    <row r='3'><c r='A3'><v>3</v></c><c r='B3'><f t='shared' si='0'/><v>7</v></c></row>";

#[test]
fn followers_of_a_replaced_master_get_its_text() {
    let after = rows(SHARED, &[number("B1", "9")]);
    assert!(after.contains("<c r='B1'><v>9</v></c>"), "{after}");
    // A carriage return in a formula is a reference: `_x000D_` means nothing there.
    assert!(
        after.contains("<c r='B2'><f>A2*2\n+$A$1</f>")
            || after.contains("<c r='B2'><f>A2*2&#13;+$A$1</f><v>5</v>"),
        "{after}"
    );
    assert!(after.contains("<c r='B3'><f>A3*2"));
}

#[test]
fn a_follower_edited_together_with_its_master_keeps_its_own_text() {
    let after = rows(
        SHARED,
        &[number("B1", "9"), cached("B2", "6"), number("B3", "1")],
    );
    assert!(
        after.contains("<f>A2*2&#13;+$A$1</f><v>6</v></c>"),
        "{after}"
    );
    assert!(after.contains("<c r='B3'><v>1</v></c>"), "{after}");
}

#[test]
fn a_follower_replaced_alone_leaves_the_others_as_they_are() {
    let after = rows(SHARED, &[number("B2", "6")]);
    assert_eq!(
        after,
        sheet_of(&Package::of(SHARED).zip()).replace(
            "<c r='B2'><f t='shared' si='0'/><v>5</v>",
            "<c r='B2'><v>6</v>"
        )
    );
}

#[test]
fn a_part_of_an_array_formula_is_refused_and_can_be_marked() {
    let bytes = Package::of("<row r='1'><c r='A1'><f t='array' ref='A1:B2'>C1:D2</f><v>1</v></c><c r='B1'><v>2</v></c></row>").zip();
    for cell in ["A1", "B1", "B2"] {
        let error = run(&bytes, &[number(cell, "1")]).unwrap_err();
        assert!(matches!(error, PatchError::Array { .. }), "{error}");
    }
    assert!(sheet_of(&done(&bytes, &[fill("B1", RED)])).contains("<c r='B1' s=\"1\">"));
}

#[test]
fn of_an_array_formula_not_only_the_first_result_is_renewed() {
    let bytes = Package::of(
        "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><f t='array' ref='B1:B2'>SUM(A1:A1)</f><v>1</v></c>\
         <c r='C1'><f>B2+1</f><v>2</v></c></row><row r='2'><c r='B2'><v>1</v></c></row>",
    )
    .zip();
    let results = [("B1", "5"), ("C1", "2")]
        .map(|(cell, result)| ((0, crate::kit::at(cell)), result.parse().unwrap()));
    let asked = Patch {
        edits: vec![number("A1", "5")],
        results: results.into(),
        ..Patch::default()
    };
    let after = patch(&bytes, &asked, &Limits::default()).unwrap();
    assert!(sheet_of(&after.bytes).contains("<c r='C1'><f>B2+1</f></c>"));
    assert!(part(&after.bytes, "xl/workbook.xml").contains("fullCalcOnLoad=\"1\""));
}

#[test]
fn a_one_cell_array_can_be_replaced() {
    let after = rows(
        "<row r='1'><c r='A1'><f t='array' ref='A1'>SUM(B1:B2*1)</f><v>1</v></c></row>",
        &[number("A1", "2")],
    );
    assert!(after.contains("<c r='A1'><v>2</v></c>"));
}

fn chained(rows: &str) -> Package {
    let chain = format!("<calcChain xmlns='{MAIN}'><c r='B1' i='1'/></calcChain>");
    let package = linked(Package::of(rows), &[("calcChain", "calcChain.xml", &chain)]);
    let types = String::from_utf8(package.parts[0].1.clone()).unwrap();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml";
    let types = types.replace(
        "</Types>",
        &format!("<Override PartName='/xl/calcChain.xml' ContentType='{kind}'/></Types>"),
    );
    package.with("[Content_Types].xml", types)
}

#[test]
fn the_calculation_chain_goes_with_a_formula_and_stays_otherwise() {
    let bytes = chained(SHARED).zip();
    let after = done(&bytes, &[number("B1", "1")]);
    let names = changed(&bytes, &after);
    assert!(names.contains(&"xl/calcChain.xml".to_owned()));
    for name in ["[Content_Types].xml", "xl/_rels/workbook.xml.rels"] {
        assert!(!part(&after, name).contains("calcChain"), "{name}");
    }
    for edit in [
        cached("B2", "1"),
        formula("B2", "1", "A1"),
        number("A1", "3"),
        fill("B1", RED),
    ] {
        let after = done(&bytes, &[edit]);
        assert!(!changed(&bytes, &after).contains(&"xl/calcChain.xml".to_owned()));
    }
}

#[test]
fn stale_results_are_left_out_and_the_workbook_told_to_calculate() {
    let rows = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><f>SUM(A1:A9)</f><v>1</v></c><c r='C1'><f>B1*2</f><v>2</v></c>\
        <c r='D1'><f>A2</f><v>0</v></c><c r='E1' t='str'><f>总额&amp;\"\"</f><v>1</v></c><c r='F1'><f>OFFSET(Z9,1,1)</f><v>4</v></c></row>";
    let two = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "worksheet", "worksheets/sheet2.xml"),
    ]);
    let book = workbook(
        "<sheet name='表' sheetId='1' r:id='r1'/><sheet name='乙 b' sheetId='2' r:id='r2'/>",
    )
    .replace(
        "</workbook>",
        "<definedNames><definedName name='总额'>表!$C$1</definedName></definedNames></workbook>",
    );
    let other = format!(
        "<worksheet xmlns='{MAIN}'><sheetData><row r='1'><c r='A1'><f>'表'!C1</f><v>2</v></c><c r='B1'><f>C1</f><v>8</v></c></row></sheetData></worksheet>"
    );
    let bytes = Package::of(rows)
        .with("xl/_rels/workbook.xml.rels", two)
        .with("xl/workbook.xml", book)
        .with("xl/worksheets/sheet2.xml", other)
        .zip();
    let patched = run(&bytes, &[number("A1", "5")]).unwrap();
    let sheet = sheet_of(&patched.bytes);
    for kept in [
        "<f>SUM(A1:A9)</f></c>",
        "<f>B1*2</f></c>",
        "<f>A2</f><v>0</v>",
        "<c r='E1'><f>总额&amp;\"\"</f></c>",
        "<f>OFFSET(Z9,1,1)</f></c>",
    ] {
        assert!(sheet.contains(kept), "{kept}: {sheet}");
    }
    let other = part(&patched.bytes, "xl/worksheets/sheet2.xml");
    assert!(
        other.contains("<f>'表'!C1</f></c>") && other.contains("<f>C1</f><v>8</v>"),
        "{other}"
    );
    assert!(
        part(&patched.bytes, "xl/workbook.xml")
            .contains("</definedNames><calcPr fullCalcOnLoad=\"1\"/>")
    );
    assert_eq!(patched.warnings, [Warning::Recalculated(5)]);

    // On the other sheet nothing of this one depends.
    let patched = run(&bytes, &[on(1, number("C1", "5"))]).unwrap();
    assert_eq!(patched.warnings, [Warning::Recalculated(2)]);
}

#[test]
fn results_that_are_given_are_not_left_out() {
    let rows = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><f>A1*2</f><v>2</v></c></row>";
    let bytes = Package::of(rows).zip();
    let patched = run(&bytes, &[number("A1", "5"), cached("B1", "10")]).unwrap();
    assert_eq!(get(&patched.bytes, "B1"), "10");
    assert_eq!(patched.warnings, []);
    assert_eq!(
        changed(&bytes, &patched.bytes),
        ["xl/worksheets/sheet1.xml"]
    );
}

#[test]
fn followers_depend_on_what_they_mean() {
    let patched = run(&Package::of(SHARED).zip(), &[number("A3", "4")]).unwrap();
    let sheet = sheet_of(&patched.bytes);
    assert!(
        sheet.contains("<v>3</v>") && sheet.contains("<v>5</v>") && !sheet.contains("<v>7</v>"),
        "{sheet}"
    );
}

#[test]
fn marks_make_nothing_stale() {
    let patched = run(&Package::of(SHARED).zip(), &[fill("A1", RED)]).unwrap();
    assert!(sheet_of(&patched.bytes).contains("<v>3</v>"));
    assert_eq!(patched.warnings, []);
}

/// A1 is edited; B1 depends on it, C1 on B1, D1 on C1 and on nothing else.
const CHAIN: &str = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><f>A1*2</f><v>2</v></c>\
    <c r='C1'><f>B1+1</f><v>3</v></c><c r='D1'><f>C1*1</f><v>3</v></c></row>";

fn with_results(known: &[(&str, i64)]) -> (Vec<u8>, Vec<Warning>) {
    let results = known.iter().map(|(cell, number)| {
        let place = (0, crate::kit::at(cell));
        (place, rust_decimal::Decimal::from(*number))
    });
    let asked = gouji::patch::Patch {
        edits: vec![number("A1", "10")],
        results: results.collect(),
        ..gouji::patch::Patch::default()
    };
    let bytes = Package::of(CHAIN).zip();
    let done = gouji::patch::patch(&bytes, &asked, &gouji::read::Limits::default()).unwrap();
    (done.bytes, done.warnings)
}

#[test]
fn results_that_are_known_are_written() {
    let (bytes, warnings) = with_results(&[("B1", 20), ("C1", 21), ("D1", 21)]);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(
        ["B1", "C1", "D1"].map(|cell| get(&bytes, cell)),
        ["20", "21", "21"]
    );
    assert!(!part(&bytes, "xl/workbook.xml").contains("fullCalcOnLoad"));
}

#[test]
fn a_result_that_rests_on_one_not_known_is_not_written() {
    let (bytes, warnings) = with_results(&[("B1", 20), ("D1", 99)]);
    assert_eq!(warnings, [Warning::Recalculated(2)]);
    assert_eq!(get(&bytes, "B1"), "20");
    assert!(sheet_of(&bytes).contains("<c r='D1'><f>C1*1</f></c>"));
}
