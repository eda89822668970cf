//! What a blank template holds.

use std::collections::BTreeSet;

use gouji::catalog::{Catalog, Severity};
use gouji::formula::compute;
use gouji::read::{Limits, read};
use gouji::template::{self, Order};
use gouji::workbook::{Addr, Value, Workbook};

use super::{checked, made, template_for};

/// Functions that Excel 2010, WPS and LibreOffice all have.
const FUNCTIONS: [&str; 27] = [
    "ABS",
    "AND",
    "CHOOSE",
    "COUNT",
    "COUNTA",
    "COUNTIF",
    "EXACT",
    "FIND",
    "IF",
    "IFERROR",
    "INT",
    "ISERROR",
    "ISNUMBER",
    "LEFT",
    "LEN",
    "MAX",
    "MIN",
    "N",
    "ROUND",
    "ROW",
    "SUBSTITUTE",
    "SUM",
    "SUMPRODUCT",
    "TEXT",
    "TRIM",
    "YEAR",
    "HYPERLINK",
];

fn blank() -> Workbook {
    let catalog = Catalog::embedded().unwrap();
    read(&template_for(&catalog, 2), &Limits::default()).unwrap()
}

fn formulas(workbook: &Workbook) -> impl Iterator<Item = (usize, Addr, &str)> {
    workbook
        .sheets
        .iter()
        .enumerate()
        .flat_map(|(index, sheet)| {
            let cells = sheet.cells.iter();
            cells.filter_map(move |cell| Some((index, cell.at, cell.formula.as_deref()?)))
        })
}

/// The names in front of brackets, texts left out.
fn functions(formula: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (index, part) in formula.split('"').enumerate() {
        if index % 2 == 1 {
            continue;
        }
        let mut rest = part;
        while let Some(at) = rest.find('(') {
            let name: String = rest[..at]
                .chars()
                .rev()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '.')
                .collect();
            if !name.is_empty() {
                found.insert(name.chars().rev().collect());
            }
            rest = &rest[at + 1..];
        }
    }
    found
}

#[test]
fn a_blank_template_is_not_filled_in_and_has_no_error() {
    let catalog = Catalog::embedded().unwrap();
    for form in &catalog.forms {
        let bytes = template::workbook(form, &Order::blank(1)).unwrap();
        let checked = checked(&catalog, &bytes);
        assert_eq!(checked.form.id, form.id);
        let findings: Vec<_> = checked
            .report
            .findings
            .iter()
            .map(|finding| (finding.code.as_str(), finding.severity))
            .collect();
        assert_eq!(findings, [("GJ021", Severity::Incomplete)], "{}", form.id);
        assert!(checked.report.findings[0].message.contains("未填"));
    }
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(made(&catalog, 2), template_for(&catalog, 2));
}

#[test]
fn formulas_use_what_every_spreadsheet_program_has() {
    let workbook = blank();
    let mut count = 0;
    for (sheet, at, formula) in formulas(&workbook) {
        let place = format!("{} {at}", workbook.sheets[sheet].name);
        for function in functions(formula) {
            assert!(
                FUNCTIONS.contains(&function.as_str()),
                "{place}: {function}"
            );
        }
        assert!(formula.chars().count() <= 8_192, "{place}");
        assert!(!formula.contains("#REF"), "{place}");
        count += 1;
    }
    assert!(count > 300, "{count}");
}

/// Programs that show stored results show them for every unit, and take every formula.
#[test]
#[ignore = "takes long"]
fn a_template_of_200_projects_is_computed_and_has_short_formulas() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let bytes = template::workbook(form, &Order::blank(200)).unwrap();
    let workbook = read(&bytes, &Limits::default()).unwrap();
    for (sheet, at, formula) in formulas(&workbook) {
        assert!(formula.chars().count() <= 8_192, "{sheet} {at}");
    }
    let sheet = workbook.sheets.last().unwrap();
    let verdicts = (4..).map_while(|row| {
        let code = sheet.cell(Addr::new(row, 0))?;
        let verdict = sheet.cell(Addr::new(row, 4))?;
        verdict.formula.as_ref().map(|_| (code.at, &verdict.value))
    });
    for (at, verdict) in verdicts {
        assert!(matches!(verdict, Value::Text(_)), "{at} {verdict:?}");
    }
}

#[test]
fn stored_results_are_what_the_formulas_give() {
    let workbook = blank();
    let results = compute::values(&workbook);
    for (sheet, at, formula) in formulas(&workbook) {
        let stored = &workbook.sheets[sheet].cell(at).unwrap().value;
        let given = match results.get(&(sheet, at)) {
            Some(value) => value,
            None => panic!("not known: {} {at} {formula}", workbook.sheets[sheet].name),
        };
        assert_eq!(
            stored, given,
            "{} {at} {formula}",
            workbook.sheets[sheet].name
        );
    }
}

#[test]
fn every_computed_field_is_a_formula_and_blank() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let workbook = blank();
    let known = gouji::naming::Known::of(&workbook).unwrap();
    for (annex, slot) in form.computed.keys() {
        let annex = &form.annexes[*annex];
        let name = gouji::naming::of_slot(annex, 0, *slot);
        let (sheet, area) = known.area(&name).unwrap();
        let cell = workbook.sheets[sheet].cell(area.first).unwrap();
        assert!(cell.formula.is_some(), "{name}");
        // The weight of the budget is printed, and so its sum is there.
        let is_weight = name.ends_with("总分.分值");
        let is_empty = cell.value == Value::Text("".into());
        assert_eq!(is_empty, !is_weight, "{name}");
    }
}

/// Rows that are inserted within a group, above its last row, fall inside the range of its sum.
#[test]
fn sums_span_the_groups_that_may_grow() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let workbook = blank();
    let known = gouji::naming::Known::of(&workbook).unwrap();
    let annex = &form.annexes[0];
    let block = annex
        .blocks
        .iter()
        .position(|block| block.id == "经费")
        .unwrap();
    let fund = &annex.blocks[block];
    let row = |id: &str| fund.row(id).unwrap();
    let cell = |id: &str| known.area(&gouji::naming::of_slot(annex, 0, fund.slot(row(id), 2)));
    let (sheet, total) = cell("项目").unwrap();
    let (_, first) = cell("业务").unwrap();
    let group = gouji::naming::of_rows(annex, 0, block, Some(row("专项")), Some(2));
    let (_, group) = known.area(&group).unwrap();
    let formula = workbook.sheets[sheet]
        .cell(total.first)
        .unwrap()
        .formula
        .clone();
    let range = format!("$F${}:$F${}", first.first.row + 1, group.last.row + 1);
    assert_eq!(
        formula.as_deref(),
        Some(format!("IF((COUNT({range})>0),ROUND(SUM({range}),6),\"\")").as_str())
    );
    assert!(
        group.last.row > group.first.row,
        "there is a row to insert above"
    );
}

/// Every rule is checked live, or 自检 says that only the program checks it.
#[test]
fn every_rule_stands_on_the_self_check() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let workbook = blank();
    let sheet = workbook.sheets.last().unwrap();
    let listed: BTreeSet<&str> = sheet
        .cells
        .iter()
        .filter(|cell| cell.at.col == 0)
        .filter_map(|cell| match &cell.value {
            Value::Text(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    for rule in form.rules.iter().filter(|rule| !rule.off) {
        assert!(listed.contains(rule.code.as_str()), "{}", rule.code);
    }
}

/// Of the eight verdicts, those that ask for something or could not be told have a colour each.
#[test]
fn verdicts_that_ask_for_something_have_a_colour_of_their_own() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = template_for(&catalog, 1);
    let sheets = read(&bytes, &Limits::default()).unwrap().sheets.len();
    let xml = super::sheet::part(&bytes, &format!("xl/worksheets/sheet{sheets}.xml"));
    let rules = xml.split("<cfRule ").skip(1);
    let looks: BTreeSet<(&str, &str)> = rules
        .map(|rule| {
            let inside = |before: &str, after: &str| {
                let rest = rule.split_once(before).unwrap().1;
                rest.split_once(after).unwrap().0
            };
            let word = inside("<formula>$E5=", "</formula>");
            (word.trim_matches('"'), inside("dxfId=\"", "\""))
        })
        .collect();
    let words: Vec<&str> = looks.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, ["不符", "提示", "未审", "缺填", "须说明"]);
    let colours: BTreeSet<&str> = looks.iter().map(|(_, look)| *look).collect();
    assert_eq!(colours.len(), looks.len());
}

/// What a clerk reads on 自检 of the blank form.
#[test]
fn self_check_of_a_blank_template() {
    let workbook = blank();
    let sheet = workbook.sheets.last().unwrap();
    let mut text = String::new();
    let mut row = None;
    for cell in sheet.cells.iter().filter(|cell| cell.at.col < 5) {
        let Value::Text(words) = &cell.value else {
            continue;
        };
        if words.is_empty() {
            continue;
        }
        if row.is_some_and(|row| row != cell.at.row) {
            text.push('\n');
        } else if row.is_some() {
            text.push_str(" | ");
        }
        row = Some(cell.at.row);
        text.push_str(words);
    }
    insta::assert_snapshot!(text);
}

/// The annexes as printed: what stands in each cell, in reading order.
#[test]
fn printed_words_of_the_annexes() {
    let workbook = blank();
    let mut text = String::new();
    for sheet in workbook.sheets.iter().take(3) {
        text.push_str(&format!("== {}\n", sheet.name));
        for cell in &sheet.cells {
            if let Value::Text(words) = &cell.value
                && !words.is_empty()
            {
                let area = sheet.merge_at(cell.at);
                let place = area.map_or(cell.at.to_string(), |area| area.to_string());
                text.push_str(&format!("{place} {}\n", words.replace('\n', "⏎")));
            }
        }
    }
    insta::assert_snapshot!(text);
}
