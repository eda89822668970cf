//! Templates that come back: filled in, moved about, typed over.

use gouji::catalog::Catalog;
use gouji::filing::State;
use gouji::finding::Severity;
use gouji::patch::{Edit, NewValue, Patch, patch};
use gouji::read::{Limits, read};
use gouji::review::{Checked, Options, Review, review_workbook};
use gouji::workbook::{Addr, Name, Value, Workbook};

use super::filings::Filing;
use super::filled::{Places, Spot, Typed};
use super::{checked, template_for};

fn checked_workbook<'a>(catalog: &'a Catalog, workbook: Workbook) -> Box<Checked<'a>> {
    match review_workbook(catalog, workbook, None, &Options::default()) {
        Review::Checked(checked) => checked,
        other => panic!("{other:?}"),
    }
}

/// The state of the fact that was read from a cell.
fn state_at<'a>(checked: &'a Checked<'_>, spot: Spot) -> Option<&'a State> {
    let tables = checked.filing.tables.iter();
    let facts = tables.flat_map(|table| {
        let extras = table.extras.iter().flat_map(|extra| &extra.facts);
        let rows = table.rows.iter().flat_map(|row| &row.facts);
        table.facts.iter().chain(extras).chain(rows)
    });
    let mut facts = facts.filter(|fact| {
        fact.cell
            .is_some_and(|cell| cell.sheet == spot.sheet && cell.at == spot.at)
    });
    facts.next().map(|fact| &fact.state)
}

#[test]
fn what_is_typed_in_is_read_back() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, 3);
    let places = Places::of(form, &template);
    for seed in 0..40 {
        let filing = Filing::random(seed);
        let bytes = Typed::filing(&places, &filing).into(&template);
        let checked = checked(&catalog, &bytes);
        let mut compared = 0;
        for (path, figure) in filing.figures() {
            let (Some(value), Some(spot)) = (figure, places.place(&path)) else {
                continue;
            };
            if spot.computed || path.ends_with("[总额,分值]") {
                continue;
            }
            match state_at(&checked, spot) {
                Some(State::Number(read)) => assert_eq!(read.value, value, "{seed} {path}"),
                other => panic!("{seed} {path}: {other:?}"),
            }
            compared += 1;
        }
        for (path, text) in filing.texts() {
            let Some(spot) = places.place(&path).filter(|_| !text.is_empty()) else {
                continue;
            };
            if path.contains("经费[") || path.contains("日期") {
                continue;
            }
            match state_at(&checked, spot) {
                Some(State::Text(read)) => assert_eq!(**read, *text, "{seed} {path}"),
                other => panic!("{seed} {path}: {other:?}"),
            }
            compared += 1;
        }
        assert!(compared > 40, "{compared}");
    }
}

/// A workbook saved by a program that leaves no results behind is computed before it is checked.
#[test]
fn computed_cells_without_results_are_computed() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, 3);
    let places = Places::of(form, &template);
    let filing = Filing::random(5);
    let bytes = Typed::filing(&places, &filing).into(&template);
    let checked = checked(&catalog, &bytes);
    for path in [
        "附1.经费[项目,决算]",
        "附2.资金[总额,执行率]",
        "附2.资金[总额,得分]",
    ] {
        let spot = places.place(path).unwrap();
        assert!(spot.computed, "{path}");
        match state_at(&checked, spot) {
            Some(State::Number(figure)) => {
                assert_eq!(Some(figure.value), filing.get(path), "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
}

/// The text of a cell changed in place.
fn retyped(bytes: &[u8], spot: Spot, text: &str) -> Vec<u8> {
    let edit = Edit {
        sheet: spot.sheet,
        at: spot.at,
        value: Some(NewValue::Text(text.to_owned())),
        ..Edit::default()
    };
    let changes = Patch {
        edits: vec![edit],
        ..Patch::default()
    };
    patch(bytes, &changes, &Limits::default()).unwrap().bytes
}

#[test]
fn a_row_whose_label_was_overwritten_is_read_by_its_name() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, 1);
    let places = Places::of(form, &template);
    let mut typed = Typed::default();
    let spot = places.place("附1.经费[接待,决算]").unwrap();
    typed.number(spot, "0.05".parse().unwrap());
    let label = Spot {
        at: Addr::new(spot.at.row, 0),
        ..spot
    };
    let bytes = retyped(&typed.into(&template), label, "招待");
    let checked = checked(&catalog, &bytes);
    assert!(matches!(state_at(&checked, spot), Some(State::Number(_))));
    let renamed: Vec<&str> = checked
        .report
        .findings
        .iter()
        .filter(|finding| finding.code == "GJ017")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(renamed.len(), 1, "{renamed:?}");
    assert!(renamed[0].contains("公务接待") && renamed[0].contains("已按模板原来的位置核对"));
}

#[test]
fn names_hold_where_a_row_stands_in_for_the_form_s_own() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, 1);
    let places = Places::of(form, &template);
    let mut typed = Typed::default();
    let at_label = |spot: Spot| Spot {
        at: Addr::new(spot.at.row, 0),
        ..spot
    };
    let hosting = places.place("附1.经费[接待,决算]").unwrap();
    typed.number(hosting, "0.05".parse().unwrap());
    for (path, label, amount) in [
        ("附1.经费[专项#1,决算]", "3、市级专项资金小计", "15"),
        ("附1.经费[专项#2,决算]", "（1）甲专项", "10"),
        ("附1.经费[专项#3,决算]", "（2）乙专项", "5"),
    ] {
        let spot = places.place(path).unwrap();
        typed.number(spot, amount.parse().unwrap());
        typed.text(at_label(spot), label);
    }
    let bytes = retyped(&typed.into(&template), at_label(hosting), "招待");
    let checked = checked(&catalog, &bytes);
    let table = &checked.filing.tables[0];
    assert_eq!(table.stand_ins.len(), 1);
    assert_eq!(table.extras.len(), 1, "the other special");
    let read = state_at(&checked, hosting);
    assert!(matches!(read, Some(State::Number(_))), "{read:?}");
}

#[test]
fn a_figure_typed_over_a_formula_is_named_with_the_formula() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, 3);
    let places = Places::of(form, &template);
    let mut typed = Typed::filing(&places, &Filing::random(3));
    let total = places.place("附1.经费[三公,决算]").unwrap();
    let rate = places.place("附2.资金[总额,执行率]").unwrap();
    typed.number(total, "12.34".parse().unwrap());
    typed.number(rate, "0.99".parse().unwrap());
    let bytes = typed.into(&template);
    let checked = checked(&catalog, &bytes);
    let said: Vec<String> = checked
        .report
        .findings
        .iter()
        .filter(|finding| finding.code == "GJ018")
        .map(|finding| {
            assert_eq!(finding.severity, Severity::Hint);
            finding.message.clone()
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

/// Rows inserted above the last of a group, as a spreadsheet program does it: cells, formulas and
/// names below move down.
#[test]
fn inserted_rows_belong_to_their_group() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, 1);
    let places = Places::of(form, &template);
    let spot = places.place("附1.经费[专项#3,决算]").unwrap();
    let mut workbook = read(&template, &Limits::default()).unwrap();
    // Programs that know nothing of names leave them behind: the labels must do.
    let sheet = &mut workbook.sheets[spot.sheet];
    for cell in &mut sheet.cells {
        if cell.at.row >= spot.at.row {
            cell.at.row += 1;
        }
    }
    for merge in &mut sheet.merges {
        if merge.first.row >= spot.at.row {
            merge.first.row += 1;
            merge.last.row += 1;
        }
    }
    for (col, value) in [
        (0, Value::Text("水利专项".into())),
        (spot.at.col, Value::Number("3.5".parse().unwrap())),
    ] {
        sheet.cells.push(gouji::workbook::Cell {
            at: Addr::new(spot.at.row, col),
            value,
            format: 0,
            formula: None,
        });
    }
    sheet.cells.sort_by_key(|cell| cell.at);
    let checked = checked_workbook(&catalog, workbook);
    let table = &checked.filing.tables[0];
    let extras: Vec<(&str, usize)> = table
        .extras
        .iter()
        .map(|extra| (extra.label.text.as_ref(), extra.row))
        .collect();
    let special = form.annexes[0].blocks[1].row("专项").unwrap();
    assert_eq!(extras, [("水利专项", special)]);
    let total = checked.filing.tables[0].facts
        [form.annexes[0].blocks[1].slot(form.annexes[0].blocks[1].row("公用").unwrap(), 2)]
    .cell
    .unwrap();
    let by_name = places.place("附1.经费[公用,决算]").unwrap();
    assert_eq!(
        total.at.row,
        by_name.at.row + 1,
        "labels tell, not the stale names"
    );
}

/// A name says which template a workbook was made from; whoever writes it in by hand does not take
/// the tables of another form out of the check.
#[test]
fn the_name_of_another_form_hides_no_table() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read("fixtures/broken/filing.xlsx").unwrap();
    let workbook = read(&bytes, &Limits::default()).unwrap();
    let codes = |checked: &Checked<'_>| -> Vec<String> {
        let findings = checked.report.findings.iter();
        findings.map(|finding| finding.code.clone()).collect()
    };
    let mut expected = codes(&checked_workbook(&catalog, workbook.clone()));
    let name = |name: &str, refers: &str| Name {
        name: name.to_owned(),
        refers: refers.to_owned(),
    };
    let forged = Workbook {
        names: vec![
            name("gouji.form", "\"central-project-2023\""),
            name("gouji.version", "\"1\""),
        ],
        ..workbook
    };
    let checked = checked_workbook(&catalog, forged);
    assert_eq!(checked.form.id, "yueyang-2023");
    let mut found = codes(&checked);
    // That it claims another form is said besides.
    expected.push("GJ020".to_owned());
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
