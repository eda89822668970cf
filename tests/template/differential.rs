//! The live checks of a template against the program, through LibreOffice: the same workbook,
//! filled in at random, rightly and wrongly, calculated by LibreOffice and read back.

use std::collections::{BTreeMap, BTreeSet};

use gouji::catalog::{Catalog, Severity, Unit};
use gouji::filing::CellRef;
use gouji::finding::Outcome;
use gouji::naming::Known;
use gouji::review::Checked;
use gouji::workbook::{Addr, Value};
use rust_decimal::Decimal;

use super::filings::{Filing, Rng};
use super::filled::{Places, Typed};
use super::office::recalculated;
use super::sheet::{self, Line};
use super::{checked, template_for};

/// Projects that the templates have room for.
const PROJECTS: usize = 3;

/// A random filing typed into a template; every third is clean.
fn filled(places: &Places<'_>, template: &[u8], seed: u64) -> Vec<u8> {
    let filing = Filing::random(seed);
    let mut typed = Typed::filing(places, &filing);
    let mut rng = Rng::new(seed ^ 0x5eed);
    if !seed.is_multiple_of(3) {
        let paths = filing.numeric_paths();
        for _ in 0..rng.between(1, 12) {
            let path = &paths[usize::try_from(rng.between(0, paths.len() as i64 - 1)).unwrap()];
            let Some(spot) = places.place(path) else {
                continue;
            };
            // Now and then a figure is typed over a formula.
            if spot.computed && !rng.chance(30) {
                continue;
            }
            if rng.chance(20) {
                typed.clear(spot);
                continue;
            }
            let cents = match rng.pick(&[0, 1, 2, 3]) {
                0 => 0,
                1 => rng.between(1, 200),
                2 => rng.between(1, 20_000),
                _ => rng.between(1, 3_000_000),
            };
            let rate = path.contains("率]");
            typed.number(spot, Decimal::new(cents, if rate { 4 } else { 2 }));
        }
    }
    if rng.chance(40) {
        funds(places, &mut typed, &mut rng);
    }
    typed.into(template)
}

/// Annexes 4 to 6 with a few rows at random, some of which add up.
fn funds(places: &Places<'_>, typed: &mut Typed, rng: &mut Rng) {
    for annex in ["附4", "附5", "附6"] {
        for row in 0..u32::try_from(rng.between(0, 4)).unwrap() {
            let cells = places.list_row(annex, row);
            for (spot, unit) in cells {
                if unit == Unit::Text {
                    let words = ["2230101", "2010301", "21208", "失业保险", "科目"];
                    typed.text(spot, rng.pick(&words));
                } else if rng.chance(75) {
                    let cents = rng.pick(&[0, 100, 200, 300, -100, 12_345]);
                    typed.number(spot, Decimal::new(cents, 2));
                }
            }
        }
    }
    for path in ["附4.合计[收入]", "附4.合计[支出]", "附2.收入[政府性基金]"] {
        let cents = rng.pick(&[0, 100, 600]);
        if let (true, Some(spot)) = (rng.chance(60), places.place(path)) {
            typed.number(spot, Decimal::new(cents, 2));
        }
    }
}

/// What a finding is called on 自检.
fn word(severity: Severity, outcome: Outcome) -> &'static str {
    match (outcome, severity) {
        (Outcome::Rounding, _) => "尾差",
        (_, Severity::Error) => "不符",
        (_, Severity::Incomplete) => "缺填",
        (_, Severity::Explain) => "须说明",
        (_, Severity::Hint) => "提示",
    }
}

type Said = BTreeMap<(String, Option<(usize, Addr)>), &'static str>;

/// What the program says of the codes that are checked live, followers included.
fn program_says(checked: &Checked<'_>, live: &BTreeSet<&str>) -> Said {
    let mut said = Said::new();
    let mut say = |code: &str, cell: Option<CellRef>, word: &'static str| {
        if live.contains(code) {
            let place = cell.map(|cell| (cell.sheet, cell.at));
            said.insert((code.to_owned(), place), word);
        }
    };
    let findings = checked.report.findings.iter();
    // A figure typed over a formula is the program's to see.
    for finding in
        findings.filter(|found| (found.code.as_str(), found.severity) != ("GJ018", Severity::Hint))
    {
        say(
            &finding.code,
            finding.cell,
            word(finding.severity, finding.outcome),
        );
        for follow in &finding.follows {
            say(
                &follow.code,
                follow.cell,
                word(follow.severity, Outcome::Mismatch),
            );
        }
    }
    said
}

/// Compares 自检 with what the program says; each difference in words.
fn differences(checked: &Checked<'_>, lines: &[Line]) -> Vec<String> {
    let mut differences = Vec::new();
    let live: BTreeSet<&str> = lines.iter().map(|line| line.code.as_str()).collect();
    let mut said = program_says(checked, &live);
    for line in lines {
        let failing = !matches!(line.verdict.as_str(), "通过" | "未填");
        if let (Some((fails, rounding)), Some((sheet, area))) = (line.many, line.place) {
            // A row of the sheet for all rows of a list.
            let inside: Vec<_> = said
                .iter()
                .filter(|((code, place), _)| {
                    let inside =
                        |(at_sheet, at): (usize, Addr)| at_sheet == sheet && area.contains(at);
                    *code == line.code && place.is_some_and(inside)
                })
                .map(|(key, word)| (key.clone(), *word))
                .collect();
            let rounded = inside.iter().filter(|(_, word)| *word == "尾差").count();
            // Only rules that must hold tell of rounding.
            let told = match line.verdict.as_str() {
                "不符" | "尾差" => rounding,
                _ => 0,
            };
            if inside.len() - rounded != fails || rounded != told {
                differences.push(format!("{line:?}: the program says {inside:?}"));
            }
            inside.iter().for_each(|(key, _)| {
                said.remove(key);
            });
            continue;
        }
        let place = line.place.map(|(sheet, area)| (sheet, area.first));
        let key = (line.code.clone(), place);
        match said.remove(&key) {
            Some(word) if word == line.verdict => {}
            Some(word) if !failing => {
                // Another row of 自检 may say it: a rule says one thing about one cell.
                said.insert(key, word);
            }
            None if !failing => {}
            None if lines.iter().any(|other| {
                let at = other.place.map(|(sheet, area)| (sheet, area.first));
                !std::ptr::eq(other, line)
                    && other.code == line.code
                    && at == place
                    && !matches!(other.verdict.as_str(), "通过" | "未填")
            }) => {}
            found => differences.push(format!("{line:?}: the program says {found:?}")),
        }
    }
    differences.extend(
        said.iter()
            .map(|(key, word)| format!("only the program: {key:?} {word}")),
    );
    differences.extend(unchecked(checked, lines));
    differences
}

/// A code whose rows are all 未填 was not checked by the program either, and the other way round.
fn unchecked(checked: &Checked<'_>, lines: &[Line]) -> Vec<String> {
    let mut verdicts: BTreeMap<(&str, Option<usize>), Vec<&str>> = BTreeMap::new();
    for line in lines {
        let sheet = line.place.map(|(sheet, _)| sheet);
        verdicts
            .entry((&line.code, sheet))
            .or_default()
            .push(&line.verdict);
    }
    let not_checked: BTreeSet<&str> = checked
        .report
        .unchecked
        .iter()
        .map(|unchecked| unchecked.code.as_str())
        .collect();
    let codes: BTreeSet<&str> = verdicts.keys().map(|(code, _)| *code).collect();
    let mut differences = Vec::new();
    for code in codes {
        let of_code = verdicts.iter().filter(|((other, _), _)| *other == code);
        let tables: Vec<&Vec<&str>> = of_code.map(|(_, verdicts)| verdicts).collect();
        let blank = |verdicts: &&&Vec<&str>| verdicts.iter().all(|verdict| *verdict == "未填");
        let all = tables.iter().all(|verdicts| blank(&verdicts));
        let none = !tables.iter().any(|verdicts| verdicts.contains(&"未填"));
        if all && !not_checked.contains(code) || none && not_checked.contains(code) {
            differences.push(format!(
                "{code}: 自检 {tables:?}, the program: not checked {}",
                not_checked.contains(code)
            ));
        }
    }
    differences
}

/// Computed cells whose formula is still there hold what the program computes: our own evaluator
/// gives what LibreOffice gives, on every sheet.
fn computed_differently(bytes: &[u8]) -> Vec<String> {
    let limits = gouji::read::Limits::default();
    let workbook = gouji::read::read(bytes, &limits).unwrap();
    let ours = gouji::formula::compute::values(&workbook);
    let mut differences = Vec::new();
    for (sheet, page) in workbook.sheets.iter().enumerate() {
        for cell in page.cells.iter().filter(|cell| cell.formula.is_some()) {
            let same = match (ours.get(&(sheet, cell.at)), &cell.value) {
                (Some(Value::Text(a)), Value::Text(b)) => a == b,
                (Some(Value::Text(a)), Value::Blank) => a.is_empty(),
                (Some(Value::Number(a)), Value::Number(b)) => (a - b).abs() < Decimal::new(1, 9),
                (Some(a), b) => a == b,
                (None, _) => false,
            };
            if !same {
                differences.push(format!(
                    "{} {}: {:?} by us, {:?} by LibreOffice: {:?}",
                    page.name,
                    cell.at,
                    ours.get(&(sheet, cell.at)),
                    cell.value,
                    cell.formula
                ));
            }
        }
    }
    differences
}

#[test]
#[ignore = "needs LibreOffice"]
fn self_checks_say_what_the_program_says() {
    let count = std::env::var("GOUJI_DIFFERENTIAL").ok();
    let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or(24);
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let template = template_for(&catalog, PROJECTS);
    let places = Places::of(form, &template);
    let links = sheet::links(&template, places.workbook.sheets.len());
    let seeds: Vec<u64> = (0..count).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seeds in seeds.chunks(50) {
        let books: Vec<Vec<u8>> = seeds
            .iter()
            .map(|seed| filled(&places, &template, *seed))
            .collect();
        for (seed, bytes) in seeds.iter().zip(recalculated(&books)) {
            let checked = checked(&catalog, &bytes);
            let known = Known::of(&checked.workbook).unwrap();
            let lines = sheet::lines(&checked.workbook, &links, |name| known.area(name));
            for line in &lines {
                *seen.entry(line.verdict.clone()).or_default() += 1;
            }
            let found = differences(&checked, &lines);
            wrong.extend(found.into_iter().map(|what| format!("{seed}: {what}")));
            let computed = computed_differently(&bytes);
            wrong.extend(computed.into_iter().map(|what| format!("{seed}: {what}")));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    // Every kind of verdict was met, or the test shows little.
    for verdict in ["通过", "不符", "须说明", "提示", "缺填", "未填"] {
        assert!(
            seen.get(verdict).is_some_and(|count| *count > 0),
            "{seen:?}"
        );
    }
}
