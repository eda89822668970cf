//! The whole way, from bytes to findings: the same filing in every layout, random clean filings,
//! and random filings with one figure changed.

use std::collections::BTreeMap;

use super::filings::{Filing, Layout, Rng, Written, write};
use gouji::catalog::{Catalog, Severity};
use gouji::filing::{CellRef, State};
use gouji::finding::{Finding, Outcome};
use gouji::label;
use gouji::review::{Checked, Options, Review, review};
use rust_decimal::Decimal;

fn checked<'a>(catalog: &'a Catalog, bytes: &[u8], what: &str) -> Box<Checked<'a>> {
    match review(catalog, bytes, None, &Options::default()) {
        Review::Checked(checked) => checked,
        other => panic!("{what}: {other:?}"),
    }
}

/// What a filing's findings say, place aside: these codes are about notation and differ between
/// layouts by design.
const NOTATION: [&str; 6] = ["GJ009", "GJ010", "GJ011", "GJ014", "GJ017", "GJ019"];

fn address(checked: &Checked<'_>, cell: CellRef) -> (String, String) {
    (
        checked.filing.sheets[cell.sheet].clone(),
        cell.at.to_string(),
    )
}

/// Where the findings stand, as field paths of the filing that was written.
fn found(checked: &Checked<'_>, written: &Written, all: bool) -> Vec<String> {
    let paths: BTreeMap<(String, String), &String> = written
        .places
        .iter()
        .map(|(path, place)| ((place.sheet.clone(), place.cell.clone()), path))
        .collect();
    let mut found: Vec<String> = checked
        .report
        .findings
        .iter()
        .filter(|finding| all || !NOTATION.contains(&finding.code.as_str()))
        .filter(|finding| finding.outcome == Outcome::Mismatch)
        .map(|finding| {
            let place = finding.cell.map(|cell| address(checked, cell));
            let path = place.as_ref().and_then(|place| paths.get(place));
            // Signatures share a cell; any of their paths will do.
            let path = path.map_or_else(|| format!("{place:?}"), |path| (*path).clone());
            let path = if path.contains("签字") {
                "签字".to_owned()
            } else {
                path
            };
            format!("{} {:?} {path}", finding.code, finding.severity)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn the_reference_filing_reads_the_same_in_every_layout() {
    let catalog = Catalog::embedded().unwrap();
    let reference = Filing::reference();
    let sheets = write(&reference, Layout::Sheets);
    let wanted = found(&checked(&catalog, &sheets.bytes, "sheets"), &sheets, false);
    assert_eq!(wanted.len(), 23, "{wanted:#?}");
    for layout in Layout::ALL {
        let written = write(&reference, layout);
        let checked = checked(&catalog, &written.bytes, &layout.name());
        assert_eq!(
            found(&checked, &written, false),
            wanted,
            "{}",
            layout.name()
        );
        same_facts(&checked, &reference, &written, &layout.name());
    }
}

/// Each figure was read from the cell that it was written to, with its value.
fn same_facts(checked: &Checked<'_>, filing: &Filing, written: &Written, what: &str) {
    let mut read: BTreeMap<(String, String), Vec<Decimal>> = BTreeMap::new();
    let facts = checked.filing.tables.iter().flat_map(|table| {
        let rows = table.rows.iter().flat_map(|row| &row.facts);
        table
            .facts
            .iter()
            .chain(table.extras.iter().flat_map(|extra| &extra.facts))
            .chain(rows)
    });
    for fact in facts {
        if let (Some(cell), State::Number(figure)) = (fact.cell, &fact.state) {
            read.entry(address(checked, cell))
                .or_default()
                .push(figure.value);
        }
    }
    for (path, figure) in filing.figures() {
        // The weight in a first-level name is part of a text.
        let Some(figure) = figure.filter(|_| !path.contains(".一级[")) else {
            continue;
        };
        let place = written.place(&path);
        let values = read.get(&(place.sheet.clone(), place.cell.clone()));
        // A layout may show rates in whole percents, or amounts through single precision.
        let near = |value: &Decimal| (*value - figure).abs() <= Decimal::new(5, 1);
        let exact = |value: &Decimal| *value == figure;
        // Single precision keeps seven digits.
        let single = |value: &Decimal| (*value - figure).abs() <= figure.abs() * Decimal::new(1, 6);
        let fits = match what {
            "float-residue" => values.is_some_and(|v| v.iter().all(single)),
            "whole-rates" if path.contains("率]") => values.is_some_and(|v| v.iter().all(near)),
            _ => values.is_some_and(|v| v.iter().all(exact)),
        };
        assert!(
            fits,
            "{what}: {path} is {figure}, read {values:?} at {place:?}"
        );
    }
}

fn grave(findings: &[Finding]) -> Vec<String> {
    let grave = |f: &&Finding| {
        f.outcome == Outcome::Mismatch
            && matches!(f.severity, Severity::Error | Severity::Incomplete)
    };
    findings
        .iter()
        .filter(grave)
        .map(|f| format!("{} {}", f.code, f.message))
        .collect()
}

/// So many random filings, three in each layout; `GOUJI_SEEDS` for more.
fn seeds() -> u64 {
    std::env::var("GOUJI_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(78)
}

#[test]
fn clean_filings_have_nothing_to_correct() {
    let catalog = Catalog::embedded().unwrap();
    for seed in 0..seeds() {
        let filing = Filing::random(seed);
        let layout = Layout::ALL[usize::try_from(seed).unwrap() % Layout::ALL.len()];
        let written = write(&filing, layout);
        let what = format!("seed {seed}, {}", layout.name());
        let checked = checked(&catalog, &written.bytes, &what);
        let grave = grave(&checked.report.findings);
        assert!(grave.is_empty(), "{what}: {grave:#?}");
        let unit = label::normalise(&filing.text("附2.表头[单位]"));
        let read = checked.unit_name().map(label::normalise);
        assert_eq!(read, Some(unit).filter(|unit| !unit.is_empty()), "{what}");
        same_facts(&checked, &filing, &written, &layout.name());
    }
}

/// Figures whose change must break a rule: those of sums, rates, scores and totals. What only
/// bounds look at (年初, 预算 of single rows …) may be changed without being wrong.
fn is_bound_by_a_rule(filing: &Filing, path: &str) -> bool {
    let figure = |path: &str| filing.get(path).is_some_and(|value| !value.is_zero());
    if path.contains("人员[") {
        return figure("附1.人员[编制]") && figure("附1.人员[在职]");
    }
    let in_sum = [
        "三公,",
        "车,",
        "购置,",
        "运行,",
        "出国,",
        "接待,",
        "项目,",
        "业务,",
        "运维,",
        "其他项目#",
        "专项#",
    ];
    if path.starts_with("附1.经费[") {
        return in_sum.iter().any(|row| path.contains(&format!("[{row}")));
    }
    path.contains("收入[")
        || path.contains("支出[")
        || path.contains("得分")
        || path.contains("分值")
        || path.contains("总额,全年")
        || path.contains("总额,执行")
        || path.contains("附3") && path.contains("资金[") && !path.contains("总额,年初")
}

#[test]
fn a_changed_figure_is_found() {
    let catalog = Catalog::embedded().unwrap();
    let mut missed = Vec::new();
    for seed in 0..seeds() {
        let mut filing = Filing::random(seed);
        let mut rng = Rng::new(seed ^ 0x5eed);
        let paths: Vec<String> = filing
            .numeric_paths()
            .into_iter()
            .filter(|path| !path.contains(".一级["))
            .filter(|path| filing.get(path).is_some() && is_bound_by_a_rule(&filing, path))
            .collect();
        let path = paths[usize::try_from(rng.next() % paths.len() as u64).unwrap()].clone();
        let before = filing.get(&path).unwrap();
        // Well beyond any tolerance of sums of two decimals; whole steps, so that persons stay
        // persons and a changed score is not a rounded one.
        let step = Decimal::from(rng.between(3, 40));
        let after = before + step;
        filing.set(&path, after);
        let written = write(&filing, Layout::Sheets);
        let checked = checked(&catalog, &written.bytes, &path);
        let place = written.place(&path);
        let concerned = checked.report.findings.iter().any(|finding| {
            let error = finding.severity == Severity::Error && finding.outcome == Outcome::Mismatch;
            let cells = finding
                .cell
                .into_iter()
                .chain(finding.related.iter().map(|r| r.cell));
            let here = cells
                .map(|cell| address(&checked, cell))
                .any(|(sheet, cell)| sheet == place.sheet && cell == place.cell);
            // Sums over lists name their total, not every row.
            let list = path.contains("指标[") && finding.code.starts_with("GJ30");
            error && (here || list)
        });
        if !concerned {
            let all: Vec<String> = checked
                .report
                .findings
                .iter()
                .map(|f| format!("{} {}", f.code, f.message))
                .collect();
            missed.push(format!("seed {seed}: {path} {before} → {after}: {all:#?}"));
        }
    }
    assert!(
        missed.is_empty(),
        "{} missed: {}",
        missed.len(),
        missed.join("\n")
    );
}

/// Figures at the edges of what a decimal can hold, and beyond what any filing holds.
const EXTREME: [&str; 8] = [
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "7922816251426433759354395033.5",
    "1000000000000000.01",
    "999999999999999.99",
    "0.0000000000000000000000000001",
    "-0.0000000000000000000000000001",
    "0",
];

#[test]
fn figures_of_any_size_are_checked_without_a_panic() {
    let catalog = Catalog::embedded().unwrap();
    for (index, extreme) in EXTREME.iter().enumerate() {
        for layout in [Layout::Sheets, Layout::Stacked, Layout::TextAmounts] {
            let mut filing = Filing::reference();
            // All figures, and every second one beside ordinary ones.
            for step in [1, 2] {
                for path in filing.numeric_paths().iter().skip(index % 2).step_by(step) {
                    filing.set(path, extreme.parse().unwrap());
                }
                let written = write(&filing, layout);
                let what = format!("{extreme}, {}", layout.name());
                let checked = checked(&catalog, &written.bytes, &what);
                assert!(checked.report.counts().passed > 0, "{what}");
            }
        }
    }
}
