//! Every rule has cases in `fixtures/rules/<form id>/<code>.toml`: the smallest changes to a clean filing
//! that make it fire, and that just do not.
#![allow(clippy::unwrap_used, clippy::panic)]

mod sets;
mod sheet;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use gouji::catalog::{Catalog, Form, Severity};
use gouji::check::LastYear;
use gouji::finding::Outcome;
use gouji::review::{Checked, Options, Review, review_workbook};
use gouji::workbook::{Addr, Cell, NumberFormat, Workbook};
use rust_decimal::Decimal;
use serde::Deserialize;
use sheet::{Filing, Inserted};

/// A case file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    fires: Vec<Case>,
    passes: Vec<Case>,
}

/// Changes to the clean filing. Paths of 附件3 may name the table, `附3#2.…`; else the first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows, in a sentence.
    why: String,
    /// Values by path; `附2.指标[3,得分]` is a cell of row 3 of a list; "" clears.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// Optional annexes to add.
    #[serde(default)]
    with: Vec<String>,
    /// Annexes to leave out, `附3#2` one table.
    #[serde(default)]
    without: Vec<String>,
    /// Annexes to put in once more.
    #[serde(default)]
    twice: Vec<String>,
    /// Rows inserted into grids and below records.
    #[serde(default)]
    insert: Vec<Inserted>,
    /// Labels replaced, by `附1.经费[接待]`; "" leaves the row out.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Rows of lists added at the end, by `附2.指标`.
    #[serde(default)]
    rows: BTreeMap<String, Vec<Vec<String>>>,
    /// Rows of lists left out, by `附2.指标`, counted from 1.
    #[serde(default)]
    drop: BTreeMap<String, Vec<usize>>,
    /// Cells set as they are, by `附件1!A3`.
    #[serde(default)]
    cells: BTreeMap<String, String>,
    /// Formulas of cells that are there, by `附件1!A3`; what they hold is their stored result.
    #[serde(default)]
    formulas: BTreeMap<String, String>,
    /// Digits that numbers are shown with, by cell: `附件2!G17`.
    #[serde(default)]
    decimals: BTreeMap<String, u8>,
    /// Cells whose format shows another number: `附件1!D8`.
    #[serde(default)]
    misleads: Vec<String>,
    /// Columns that are merged over rows: `附件2!G20:G21`.
    #[serde(default)]
    merge: Vec<String>,
    /// Sheets that are hidden, and rows and columns: `附件1!8`, `附件1!C`.
    #[serde(default)]
    hide: Vec<String>,
    /// Refers to other workbooks.
    #[serde(default)]
    external_links: bool,
    /// Names that a template defines, with what they refer to.
    #[serde(default)]
    names: BTreeMap<String, String>,
    /// Nothing is filled in, but for `set`.
    #[serde(default)]
    blank: bool,
    /// What the unit filed last year, by field.
    #[serde(default)]
    last_year: BTreeMap<String, String>,
    /// The file's name.
    file: Option<String>,
    /// Where the finding stands: a field path, or a cell `附件1!A3`.
    at: Option<String>,
    /// error, incomplete, explain, hint.
    severity: Option<String>,
    /// What the message says, or a part of it.
    says: Option<String>,
    /// What the working says, or a part of it.
    working: Option<String>,
    /// What is given as the difference.
    difference: Option<String>,
    /// The rule is 未审, and why.
    unchecked: Option<String>,
    /// The finding is 尾差.
    #[serde(default)]
    rounding: bool,
    /// Parameters and switches are the form's; `on` turns a rule on that is off.
    #[serde(default)]
    on: bool,
}

/// Last year's figures of the one unit, by `附1.经费[三公,决算]`.
#[derive(Debug)]
struct Filed(BTreeMap<String, String>);

impl LastYear for Filed {
    fn figures(&self, _: &str, _: i32, annex: &str) -> Vec<(String, Decimal)> {
        let of_annex = |(path, value): (&String, &String)| {
            let field = path.strip_prefix(annex)?.strip_prefix('.')?;
            Some((field.to_owned(), value.parse().unwrap()))
        };
        self.0.iter().filter_map(of_annex).collect()
    }
}

fn clean(form: &Form) -> Filing {
    let path = root().join(format!("fixtures/clean/{}.toml", form.id));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    toml::from_str(&text).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `附3#2.资金[…]` → (附3, 1, `附3.资金[…]`).
fn table_of(path: &str) -> (String, usize, String) {
    let (annex, rest) = path.split_once('.').unwrap_or((path, ""));
    let (annex, number) = match annex.split_once('#') {
        Some((annex, number)) => (annex, number.parse::<usize>().unwrap() - 1),
        None => (annex, 0),
    };
    let plain = if rest.is_empty() {
        annex.to_owned()
    } else {
        format!("{annex}.{rest}")
    };
    (annex.to_owned(), number, plain)
}

fn build(form: &Form, case: &Case) -> Workbook {
    let mut tables = sheet::tables(&clean(form), &case.with);
    for path in &case.twice {
        let (annex, number, _) = table_of(path);
        let again = tables
            .iter()
            .filter(|table| table.annex == annex)
            .nth(number)
            .unwrap()
            .clone();
        tables.push(again);
    }
    let find = |tables: &mut Vec<sheet::TableValues>, path: &str| -> (usize, String) {
        let (annex, number, plain) = table_of(path);
        let mut fitting = tables
            .iter()
            .enumerate()
            .filter(|(_, table)| table.annex == annex);
        let (index, _) = fitting
            .nth(number)
            .unwrap_or_else(|| panic!("no table for {path}"));
        (index, plain)
    };
    if case.blank {
        for table in &mut tables {
            table.values.clear();
            table.lists.values_mut().for_each(Vec::clear);
        }
    }
    for (path, value) in &case.set {
        let (index, plain) = find(&mut tables, path);
        let inner = plain
            .split_once('[')
            .map(|(list, inner)| (list, inner.trim_end_matches(']')));
        if let Some((list, inner)) = inner
            && let Some(rows) = tables[index].lists.get_mut(list)
        {
            let (row, column) = inner.split_once(',').unwrap();
            let annex = form
                .annexes
                .iter()
                .find(|annex| plain.starts_with(&annex.id))
                .unwrap();
            let block = annex
                .blocks
                .iter()
                .find(|block| list.ends_with(&block.id))
                .unwrap();
            let row: usize = row.parse().unwrap();
            let column = block
                .column(column)
                .unwrap_or_else(|| panic!("no column for {path}"));
            rows[row - 1][column] = value.clone();
            continue;
        }
        known_path(form, &plain);
        tables[index].values.insert(plain, value.clone());
    }
    for (path, rows) in &case.rows {
        let (index, plain) = find(&mut tables, path);
        tables[index]
            .lists
            .get_mut(&plain)
            .unwrap()
            .extend(rows.iter().cloned());
    }
    for (path, dropped) in &case.drop {
        let (index, plain) = find(&mut tables, path);
        let rows = tables[index].lists.get_mut(&plain).unwrap();
        let mut number = 0;
        rows.retain(|_| {
            number += 1;
            !dropped.contains(&number)
        });
    }
    for inserted in &case.insert {
        let (index, plain) = find(&mut tables, &inserted.under);
        let inserted = Inserted {
            under: plain,
            ..inserted.clone()
        };
        tables[index].inserted.push(inserted);
    }
    for (path, label) in &case.labels {
        let (index, plain) = find(&mut tables, path);
        tables[index].labels.insert(plain, label.clone());
    }
    let mut left_out: Vec<usize> = case
        .without
        .iter()
        .map(|path| find(&mut tables, path).0)
        .collect();
    left_out.sort_unstable();
    for index in left_out.into_iter().rev() {
        tables.remove(index);
    }
    let mut workbook = sheet::workbook(form, &tables, form.year);
    for (place, text) in &case.cells {
        let (name, at) = place.split_once('!').unwrap();
        let sheet = workbook.sheets.iter_mut().find(|sheet| sheet.name == name);
        let sheet = match sheet {
            Some(sheet) => sheet,
            None => {
                let name = name.to_owned();
                workbook.sheets.push(gouji::workbook::Sheet {
                    name,
                    visible: true,
                    ..Default::default()
                });
                workbook.sheets.last_mut().unwrap()
            }
        };
        let at = address(at);
        sheet.cells.retain(|cell| cell.at != at);
        if !text.is_empty() {
            sheet.cells.push(Cell {
                at,
                value: sheet::value(text),
                format: 0,
                formula: None,
            });
            sheet.cells.sort_by_key(|cell| cell.at);
        }
    }
    for (place, text) in &case.formulas {
        cell_at(&mut workbook, place).formula = Some(text.as_str().into());
    }
    let decimals = case.decimals.iter().map(|(place, decimals)| {
        let format = NumberFormat {
            decimals: Some(*decimals),
            ..NumberFormat::default()
        };
        (place, format)
    });
    let misleading = case.misleads.iter().map(|place| {
        let format = NumberFormat {
            misleads: gouji::workbook::Misleads::all(true),
            ..NumberFormat::default()
        };
        (place, format)
    });
    for (place, format) in decimals.chain(misleading) {
        let index = u16::try_from(workbook.formats.len()).unwrap();
        cell_at(&mut workbook, place).format = index;
        workbook.formats.push(format);
    }
    for place in &case.merge {
        let (name, area) = place.split_once('!').unwrap();
        let (first, last) = area.split_once(':').unwrap();
        let sheet = workbook
            .sheets
            .iter_mut()
            .find(|sheet| sheet.name == name)
            .unwrap();
        let (first, last) = (address(first), address(last));
        sheet.merges.push(gouji::workbook::Area { first, last });
    }
    for sheet in &mut workbook.sheets {
        sheet.visible = !case.hide.contains(&sheet.name);
        let inside = case.hide.iter().filter_map(|place| place.split_once('!'));
        for (_, place) in inside.filter(|(name, _)| *name == sheet.name) {
            match place.parse::<u32>() {
                Ok(row) => sheet.hidden_rows.push((row - 1, row - 1)),
                Err(_) => {
                    let column = address(&format!("{place}1")).col;
                    sheet.hidden_columns.push((column, column));
                }
            }
        }
    }
    workbook.traits.external_links = case.external_links;
    let names = case
        .names
        .iter()
        .map(|(name, refers)| gouji::workbook::Name {
            name: name.clone(),
            refers: refers.clone(),
        });
    workbook.names = names.collect();
    workbook
}

/// The cell `附件1!A3`, which must be there.
fn cell_at<'a>(workbook: &'a mut Workbook, place: &str) -> &'a mut Cell {
    let (name, at) = place.split_once('!').unwrap();
    let mut sheets = workbook.sheets.iter_mut();
    let sheet = sheets.find(|sheet| sheet.name == name).unwrap();
    let mut cells = sheet.cells.iter_mut();
    cells.find(|cell| cell.at == address(at)).unwrap()
}

/// A path that no field has would change nothing and prove nothing.
fn known_path(form: &Form, path: &str) {
    let known = form.annexes.iter().flat_map(|annex| {
        annex.blocks.iter().flat_map(move |block| {
            let id = block.foot.as_ref().map_or(&block.id, |foot| &foot.id);
            block.columns.iter().flat_map(move |column| {
                let rows: Vec<String> = match block.rows.len() {
                    0 => vec![format!("{}.{id}[{}]", annex.id, column.id)],
                    _ => block
                        .rows
                        .iter()
                        .map(|row| format!("{}.{id}[{},{}]", annex.id, row.id, column.id))
                        .collect(),
                };
                rows
            })
        })
    });
    assert!(
        known.into_iter().any(|known| known == path),
        "no field {path}"
    );
}

fn address(text: &str) -> Addr {
    let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
    let col = text[..letters]
        .bytes()
        .fold(0, |col, b| col * 26 + u32::from(b - b'A') + 1);
    Addr::new(text[letters..].parse::<u32>().unwrap() - 1, col - 1)
}

fn checked<'a>(catalog: &'a Catalog, form: &str, case: &Case) -> Box<Checked<'a>> {
    let form = catalog.form(form).unwrap();
    let workbook = build(form, case);
    let last_year = (!case.last_year.is_empty())
        .then(|| -> Arc<dyn LastYear> { Arc::new(Filed(case.last_year.clone())) });
    let options = Options {
        last_year,
        ..Options::default()
    };
    match review_workbook(catalog, workbook, case.file.as_deref(), &options) {
        Review::Checked(checked) => {
            assert_eq!(checked.form.id, form.id, "{}", case.why);
            checked
        }
        other => panic!("{}: {other:?}", case.why),
    }
}

/// A finding, as far as cases ask for it.
#[derive(Debug)]
struct Found {
    field: String,
    cell: String,
    severity: Severity,
    rounding: bool,
    todo: String,
    message: String,
    working: Option<String>,
    difference: Option<String>,
}

/// The findings of a code, followers included.
fn found(checked: &Checked<'_>, code: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for finding in &checked.report.findings {
        let cell = |cell: Option<gouji::filing::CellRef>| {
            cell.map_or(String::new(), |cell| {
                format!("{}!{}", checked.filing.sheets[cell.sheet], cell.at)
            })
        };
        if finding.code == code {
            found.push(Found {
                field: finding.field.clone().unwrap_or_default(),
                cell: cell(finding.cell),
                severity: finding.severity,
                rounding: finding.outcome == Outcome::Rounding,
                todo: finding.todo.clone().unwrap_or_default(),
                message: finding.message.clone(),
                working: finding.working.clone(),
                difference: finding.difference.clone(),
            });
        }
        for follow in finding.follows.iter().filter(|follow| follow.code == code) {
            found.push(Found {
                field: String::new(),
                cell: cell(follow.cell),
                severity: follow.severity,
                rounding: false,
                todo: String::new(),
                message: follow.message.clone(),
                working: None,
                difference: None,
            });
        }
    }
    found
}

/// The case files: form id, code, cases.
fn case_files() -> Vec<(String, String, Cases)> {
    let listed = |folder: PathBuf| {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
    };
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut files = Vec::new();
    for folder in listed(root().join("fixtures/rules")) {
        if !folder.is_dir() {
            continue;
        }
        for path in listed(folder.clone()) {
            let text = fs::read_to_string(&path).unwrap();
            let cases =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.push((name(&folder), name(&path), cases));
        }
    }
    files
}

fn with_rule_on(catalog: &mut Catalog, code: &str) {
    for form in &mut catalog.forms {
        for rule in form.rules.iter_mut().filter(|rule| rule.code == code) {
            rule.off = false;
        }
    }
}

#[test]
fn the_clean_filing_has_no_finding() {
    let catalog = Catalog::embedded().unwrap();
    for form in &catalog.forms {
        let case: Case = toml::from_str("why = \"clean\"").unwrap();
        let checked = checked(&catalog, &form.id, &case);
        let messages: Vec<_> = checked
            .report
            .findings
            .iter()
            .map(|f| format!("{} {}", f.code, f.message))
            .collect();
        assert!(messages.is_empty(), "{}: {messages:#?}", form.id);
    }
}

#[test]
fn a_clean_filing_with_all_annexes_has_no_finding() {
    let catalog = Catalog::embedded().unwrap();
    let case: Case = toml::from_str(
        "why = \"with all annexes\"\nwith = [\"附4\", \"附5\", \"附6\"]\n[set]\n\"附2.收入[政府性基金]\" = \"10.00\"\n\"附2.收入[其他]\" = \"\"",
    )
    .unwrap();
    let checked = checked(&catalog, "yueyang-2023", &case);
    let messages: Vec<_> = checked
        .report
        .findings
        .iter()
        .filter(|finding| finding.code != "GJ606")
        .map(|f| format!("{} {}", f.code, f.message))
        .collect();
    assert!(messages.is_empty(), "{messages:#?}");
}

/// A rule over several tables is as many checks, whether it is asked for or not.
#[test]
fn what_is_left_out_is_counted_as_what_is_done() {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let case: Case = toml::from_str("why = \"clean\"").unwrap();
    let counts = |ignore: &[&str]| {
        let mut options = Options::default();
        options.selection.ignore = ignore.iter().map(|code| (*code).to_owned()).collect();
        match review_workbook(&catalog, build(form, &case), None, &options) {
            Review::Checked(checked) => checked.report.counts(),
            other => panic!("{other:?}"),
        }
    };
    let whole = counts(&[]);
    assert_eq!(whole.left_out, 0);
    for ignore in [&["GJ351"][..], &["GJ305"], &["GJ1", "GJ209", "GJ4"]] {
        let part = counts(ignore);
        let all = part.passed + part.unchecked + part.left_out;
        assert_eq!(all, whole.passed + whole.unchecked, "{ignore:?}");
    }
}

#[test]
fn every_case_fires_or_does_not_as_it_says() {
    let mut wrong = Vec::new();
    for (form, code, cases) in case_files() {
        let mut catalog = Catalog::embedded().unwrap();
        if cases.fires.iter().chain(&cases.passes).any(|case| case.on) {
            with_rule_on(&mut catalog, &code);
        }
        for case in &cases.fires {
            let checked = checked(&catalog, &form, case);
            let found = found(&checked, &code);
            let fits = found.iter().any(|found| {
                let at = case.at.as_ref();
                let level = format!("{:?}", found.severity).to_lowercase();
                let has = |wanted: &Option<String>, found: &Option<String>| {
                    let found = found.as_deref().unwrap_or_default();
                    wanted.as_ref().is_none_or(|wanted| found.contains(wanted))
                };
                at.is_none_or(|at| *at == found.field || *at == found.cell)
                    && found.rounding == case.rounding
                    && (!found.rounding || found.todo.contains("可以不改"))
                    && case.severity.as_ref().is_none_or(|wanted| *wanted == level)
                    && case
                        .says
                        .as_ref()
                        .is_none_or(|says| found.message.contains(says))
                    && has(&case.working, &found.working)
                    && has(&case.difference, &found.difference)
            });
            if !fits {
                wrong.push(format!(
                    "{form} {code} should fire: {} — found {found:?}",
                    case.why
                ));
            }
        }
        for case in &cases.passes {
            let checked = checked(&catalog, &form, case);
            let found = found(&checked, &code);
            if !found.is_empty() {
                wrong.push(format!(
                    "{form} {code} should not fire: {} — found {found:?}",
                    case.why
                ));
            }
            let unchecked = checked.report.unchecked.iter();
            let reasons: Vec<&str> = unchecked
                .filter(|unchecked| unchecked.code == code)
                .map(|unchecked| unchecked.reason.as_str())
                .collect();
            let wanted = case.unchecked.as_deref();
            if wanted.is_some_and(|wanted| !reasons.contains(&wanted)) {
                wrong.push(format!(
                    "{form} {code} should be 未审: {} — {reasons:?}",
                    case.why
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_cases_that_fire_and_that_do_not() {
    let catalog = Catalog::embedded().unwrap();
    let files = case_files();
    let mut lacking = Vec::new();
    for form in &catalog.forms {
        for rule in &form.rules {
            let mut files = files.iter();
            match files.find(|(id, code, _)| *id == form.id && *code == rule.code) {
                Some((_, _, cases)) if !cases.fires.is_empty() && !cases.passes.is_empty() => {}
                _ => lacking.push((&form.id, &rule.code)),
            }
        }
    }
    lacking.dedup();
    assert!(lacking.is_empty(), "{lacking:?}");
}
