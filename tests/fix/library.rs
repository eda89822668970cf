//! Bytes in, bytes out: what is filled, marked, and what is left alone.

use gouji::catalog::{Catalog, Severity};
use gouji::finding::Outcome;
use gouji::mark::{Filling, LONGEST_NOTE};
use gouji::patch::{NewValue, unmarked};
use gouji::read::Limits;
use gouji::reasons::Added;
use gouji::review::{Options, Review, review_workbook};
use gouji::workbook::{Addr, Cell, Value};
use rust_decimal::Decimal;

use super::filings::{Filing, Layout, write};
use super::kit::{address, cells, edited, load, with_sheet};
use super::{checked, fixed, fixture};

fn errors(catalog: &Catalog, bytes: &[u8]) -> Vec<String> {
    let checked = checked(catalog, bytes, "copy");
    let findings = checked.report.findings.iter();
    findings
        .filter(|finding| {
            finding.outcome == Outcome::Mismatch
                && matches!(finding.severity, Severity::Error | Severity::Incomplete)
        })
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect()
}

#[test]
fn a_copy_has_the_same_findings_and_the_same_figures() {
    let catalog = Catalog::embedded().unwrap();
    for layout in Layout::ALL {
        let bytes = std::fs::read(fixture(&format!("layouts/{}.xlsx", layout.name()))).unwrap();
        let marked = fixed(&catalog, &bytes, Filling::Derived);
        let what = layout.name();
        assert!(marked.changes.is_empty(), "{what}: {:?}", marked.changes);
        assert_eq!(cells(&marked.bytes), cells(&bytes), "{what}");
        let told = |bytes: &[u8]| {
            let checked = checked(&catalog, bytes, &what);
            let findings = checked.report.findings.iter();
            findings
                .map(|finding| finding.message.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&marked.bytes), told(&bytes), "{what}");
        // Unmarked, it is the filer's workbook again.
        let clean = unmarked(&marked.bytes, &Limits::default()).unwrap();
        assert_eq!(
            load(&clean).sheets.len(),
            load(&bytes).sheets.len(),
            "{what}"
        );
        // A copy of the copy is no other.
        let again = fixed(&catalog, &marked.bytes, Filling::Derived);
        assert_eq!(again.marks, marked.marks, "{what}");
        assert_eq!(cells(&again.bytes), cells(&bytes), "{what}");
        assert_eq!(
            load(&again.bytes).sheets.len(),
            load(&marked.bytes).sheets.len()
        );
    }
}

/// Computed figures of a random filing left blank or set wrong, in every layout: the copy has
/// them right.
#[test]
fn computed_cells_are_filled_and_set_right() {
    let catalog = Catalog::embedded().unwrap();
    let computed = [
        "附2.资金[总额,执行率]",
        "附2.资金[总额,得分]",
        "附2.总分[得分]",
        "附1.人员[控制率]",
        "附1.经费[项目,决算]",
        "附3#1.资金[总额,得分]",
        "附3#1.总分[得分]",
    ];
    let mut filled = 0;
    for seed in 0..60u64 {
        let mut filing = Filing::random(seed);
        let layout = Layout::ALL[usize::try_from(seed).unwrap() % Layout::ALL.len()];
        let before = errors(&catalog, &write(&filing, layout).bytes);
        assert_eq!(before, Vec::<String>::new());
        let which = usize::try_from(seed).unwrap() % computed.len();
        let known = filing.numeric_paths();
        for (index, path) in computed.iter().enumerate() {
            if !known.iter().any(|known| known == path) || filing.get(path).is_none() {
                continue;
            }
            if index == which {
                filing.clear(path);
            } else if index == (which + 3) % computed.len() && !path.contains("经费") {
                filing.set(path, filing.get(path).unwrap() + Decimal::new(217, 2));
            }
        }
        let bytes = write(&filing, layout).bytes;
        let marked = fixed(&catalog, &bytes, Filling::All);
        filled += marked.changes.len();
        let left = errors(&catalog, &marked.bytes);
        let what = format!("seed {seed}, {}", layout.name());
        assert_eq!(left, Vec::<String>::new(), "{what}: {:#?}", marked.changes);
    }
    assert!(filled > 60, "{filled}");
}

#[test]
fn a_wrong_sum_is_marked_and_left() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    filing.set("附1.经费[项目,决算]", "83.34".parse().unwrap());
    let bytes = write(&filing, Layout::Sheets).bytes;
    let marked = fixed(&catalog, &bytes, Filling::Derived);
    assert!(marked.changes.is_empty());
    assert_eq!(cells(&marked.bytes), cells(&bytes));
    let all = fixed(&catalog, &bytes, Filling::All);
    assert_eq!(all.changes.len(), 1);
    assert_eq!(all.changes[0].after, "90.60");
    assert_eq!(fixed(&catalog, &bytes, Filling::None).changes.len(), 0);
}

#[test]
fn a_blank_total_is_filled_in_the_unit_of_its_table() {
    let catalog = Catalog::embedded().unwrap();
    for (path, wan, yuan) in [
        ("附1.经费[项目,决算]", "90.60", "906000.00"),
        ("附3#1.资金[总额,执行]", "7.26", "72600.00"),
    ] {
        let mut filing = Filing::reference();
        filing.clear(path);
        let written = write(&filing, Layout::Yuan);
        let place = written.place(path);
        let at = (place.sheet.clone(), address(&place.cell));
        let marked = fixed(&catalog, &written.bytes, Filling::Blanks);
        let number: Decimal = yuan.parse().unwrap();
        let wanted = Value::Number(number.normalize());
        assert_eq!(cells(&marked.bytes).get(&at), Some(&wanted), "{path}");
        assert_eq!(marked.changes[0].after, yuan);
        // A message speaks of 万元, and says what is to be typed.
        let checked = checked(&catalog, &written.bytes, path);
        let told = format!("没有填，各项之和为 {wan}万元（{yuan}）");
        let findings = &checked.report.findings;
        assert!(
            findings.iter().any(|found| found.message.contains(&told)),
            "{path}: {findings:#?}"
        );
    }
}

/// What is written has no unit of its own, so it is in that of the table.
#[test]
fn a_total_typed_with_its_unit_is_set_right_in_the_unit_of_the_table() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Sheets);
    let place = written.place("附1.经费[项目,决算]");
    let at = address(&place.cell);
    let text = NewValue::Text("833400元".to_owned());
    let sheet = load(&written.bytes).sheets;
    let sheet = sheet.iter().position(|sheet| sheet.name == place.sheet);
    let bytes = edited(&written.bytes, sheet.unwrap(), at, text);
    let marked = fixed(&catalog, &bytes, Filling::All);
    let wanted = Value::Number("90.6".parse().unwrap());
    let stands = cells(&marked.bytes);
    assert_eq!(stands.get(&(place.sheet.clone(), at)), Some(&wanted));
}

#[test]
fn only_blanks_are_filled_where_so_asked() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    filing.set("附2.资金[总额,执行率]", "87.48".parse().unwrap());
    filing.clear("附3#1.资金[总额,得分]");
    let bytes = write(&filing, Layout::Sheets).bytes;
    let places = |filling: Filling| {
        let changes = fixed(&catalog, &bytes, filling).changes;
        changes
            .into_iter()
            .map(|change| (change.before, change.after))
            .collect::<Vec<_>>()
    };
    let blank = (None, "8.18".to_owned());
    assert_eq!(places(Filling::Blanks), std::slice::from_ref(&blank));
    let wrong = (Some("87.48%".to_owned()), "84.78%".to_owned());
    assert_eq!(places(Filling::Derived), [wrong, blank]);
}

#[test]
fn a_formula_of_the_filer_stays_and_what_depends_on_a_change_follows() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    filing.set("附2.资金[总额,得分]", "9.50".parse().unwrap());
    let written = write(&filing, Layout::Stacked);
    let total = written.place("附2.总分[得分]");
    let score = written.place("附2.资金[总额,得分]").cell.clone();
    let at = address(&total.cell);
    // A total by formula: it has the old score in its stored result.
    let formula = format!("{score}+87");
    let with_formula = edited(
        &written.bytes,
        0,
        at,
        NewValue::Number {
            value: "96.50".parse().unwrap(),
            formula: Some(formula),
        },
    );
    let marked = fixed(&catalog, &with_formula, Filling::All);
    let workbook = load(&marked.bytes);
    let cell = workbook.sheets[0].cell(at).unwrap();
    assert!(cell.formula.is_some());
    assert_eq!(cell.value, Value::Number("95.48".parse().unwrap()));
    assert!(marked.warnings.is_empty(), "{:?}", marked.warnings);
}

#[test]
fn a_wrong_result_of_an_array_formula_is_marked_and_left() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    filing.set("附2.资金[总额,执行率]", "87.48".parse().unwrap());
    let written = write(&filing, Layout::Stacked);
    let rate = address(&written.place("附2.资金[总额,执行率]").cell);
    // One formula gives the cell before it, too.
    let first = Addr::new(rate.row, rate.col - 1);
    let value = NewValue::Number {
        value: "10".parse().unwrap(),
        formula: Some("ROW(A1:B1)".to_owned()),
    };
    let bytes = with_sheet(&edited(&written.bytes, 0, first, value), 1, |text| {
        assert_eq!(text.matches("<f>ROW(A1:B1)</f>").count(), 1);
        let array = format!("<f t=\"array\" ref=\"{first}:{rate}\">");
        text.replace("<f>ROW", &format!("{array}ROW"))
    });
    let marked = fixed(&catalog, &bytes, Filling::All);
    assert_eq!(cells(&marked.bytes), cells(&bytes));
    assert!(marked.marks > 0);
    assert!(
        load(&marked.bytes).sheets[0]
            .cell(rate)
            .unwrap()
            .formula
            .is_some()
    );
}

#[test]
fn words_in_the_place_of_a_figure_are_marked_and_left() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Stacked);
    let rate = address(&written.place("附2.资金[总额,执行率]").cell);
    let words = NewValue::Text("不适用".to_owned());
    let bytes = edited(&written.bytes, 0, rate, words);
    let report = checked(&catalog, &bytes, "words").report;
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.cell.is_some_and(|cell| cell.at == rate))
        .unwrap();
    assert_eq!(finding.found.as_deref(), Some("不适用"));
    assert!(
        finding.message.contains("写的是「不适用」，应为 84.78%"),
        "{}",
        finding.message
    );
    let marked = fixed(&catalog, &bytes, Filling::Derived);
    assert_eq!(cells(&marked.bytes), cells(&bytes));
    assert!(marked.changes.is_empty());
}

#[test]
fn a_wrong_figure_with_a_remark_is_marked_and_left() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Stacked);
    for (path, text) in [
        ("附2.资金[总额,执行率]", "88%（未完成原因：结转）"),
        ("附2.资金[总额,得分]", "7.5分，扣2.5分"),
    ] {
        let at = address(&written.place(path).cell);
        let value = NewValue::Text(text.to_owned());
        let bytes = edited(&written.bytes, 0, at, value);
        let marked = fixed(&catalog, &bytes, Filling::All);
        assert_eq!(cells(&marked.bytes), cells(&bytes), "{text}");
        assert!(marked.changes.is_empty() && marked.marks > 0, "{text}");
    }
    // A unit is no remark.
    let at = address(&written.place("附2.资金[总额,得分]").cell);
    let bytes = edited(&written.bytes, 0, at, NewValue::Text("7.5分".to_owned()));
    assert_eq!(fixed(&catalog, &bytes, Filling::Derived).changes.len(), 1);
}

/// The area shows its first cell: a figure written there would take the place of what that holds.
#[test]
fn a_wrong_figure_under_a_merged_area_is_marked_and_left() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    filing.set("附2.资金[总额,执行率]", "87.48".parse().unwrap());
    let written = write(&filing, Layout::Stacked);
    let rate = address(&written.place("附2.资金[总额,执行率]").cell);
    let area = format!("{}:{rate}", Addr::new(rate.row, rate.col - 1));
    let bytes = with_sheet(&written.bytes, 1, |text| {
        text.replacen(
            "<mergeCell ",
            &format!("<mergeCell ref=\"{area}\"/><mergeCell "),
            1,
        )
    });
    let marked = fixed(&catalog, &bytes, Filling::All);
    assert_eq!(cells(&marked.bytes), cells(&bytes));
    assert!(marked.marks > 0 && marked.changes.is_empty());
}

/// What a corrected rate makes of the filer's own formula is what the total is judged by.
#[test]
fn a_total_over_a_formula_that_reads_a_corrected_rate_is_right() {
    let catalog = Catalog::embedded().unwrap();
    let written = write(&Filing::reference(), Layout::Stacked);
    let at = |path: &str| address(&written.place(path).cell);
    let [weight, rate, score, total] = [
        "附2.资金[总额,分值]",
        "附2.资金[总额,执行率]",
        "附2.资金[总额,得分]",
        "附2.总分[得分]",
    ]
    .map(at);
    let number = |text: &str, formula: Option<String>| NewValue::Number {
        value: text.parse().unwrap(),
        formula,
    };
    let right = load(&written.bytes).sheets[0].cell(total).unwrap().clone();
    let Value::Number(sum) = right.value else {
        panic!("{right:?}");
    };
    // Wrong by itself, or wrong only when the score is right again.
    for typed in ["12.34".to_owned(), (sum + Decimal::new(27, 2)).to_string()] {
        let bytes = edited(&written.bytes, 0, rate, number("0.8748", None));
        let bytes = edited(&bytes, 0, total, number(&typed, None));
        let formula = Some(format!("ROUND({weight}*{rate},2)"));
        let bytes = edited(&bytes, 0, score, number("8.75", formula));
        let marked = fixed(&catalog, &bytes, Filling::Derived);
        let found = load(&marked.bytes);
        let value = |at| found.sheets[0].cell(at).unwrap().value.clone();
        assert_eq!(value(score), Value::Number("8.48".parse().unwrap()));
        assert_eq!(value(total), Value::Number(sum), "{typed}");
        assert_eq!(
            errors(&catalog, &marked.bytes),
            errors(&catalog, &written.bytes),
            "{typed}"
        );
    }
}

/// A rate that was blank is shown as a percentage, also where a later round sets it once more.
#[test]
fn a_rate_over_a_corrected_sum_is_shown_as_a_percentage() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    let spent = filing.get("附3#1.资金[总额,执行]").unwrap();
    filing.set("附3#1.资金[总额,执行]", spent + Decimal::ONE);
    filing.clear("附3#1.资金[总额,执行率]");
    let written = write(&filing, Layout::Stacked);
    let marked = fixed(&catalog, &written.bytes, Filling::All);
    let at = address(&written.place("附3#1.资金[总额,执行率]").cell);
    let found = load(&marked.bytes);
    let cell = found.sheets[0].cell(at).unwrap();
    assert!(matches!(cell.value, Value::Number(_)), "{cell:?}");
    assert!(found.formats[usize::from(cell.format)].percent);
    assert_eq!(
        errors(&catalog, &marked.bytes),
        errors(
            &catalog,
            &write(&Filing::reference(), Layout::Stacked).bytes
        )
    );
}

/// In the form as published no computed field stands behind a label; in a variant one may.
#[test]
fn a_value_behind_a_label_is_changed_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("variant");
    std::fs::create_dir(&set).unwrap();
    let form = "schema = 1\nid = \"variant\"\nname = \"变体\"\nversion = \"1\"\nextends = \"yueyang-2023\"\nrules = [\"extra.toml\"]\n";
    std::fs::write(set.join("form.toml"), form).unwrap();
    let rule = "[[rule]]\ncode = \"GJ790\"\nname = \"项目支出照抄附件1\"\nfill = \"附2.支出[项目] = 附1.经费[项目,决算]\"\nwhy = \"同一个数。\"\nbasis = \"本测试\"\n";
    std::fs::write(set.join("extra.toml"), rule).unwrap();
    let catalog = Catalog::with_folder(folder.path()).unwrap();
    let mut filing = Filing::reference();
    filing.set("附2.支出[项目]", "83.34".parse().unwrap());
    let written = write(&filing, Layout::Sheets);
    let options = gouji::review::Options {
        form: Some("variant".to_owned()),
        ..Default::default()
    };
    let gouji::review::Review::Checked(checked) =
        gouji::review::review(&catalog, &written.bytes, None, &options)
    else {
        panic!("not recognised");
    };
    let marked = gouji::mark::mark(
        &catalog,
        &checked,
        &written.bytes,
        None,
        &options,
        Filling::All,
        "",
    )
    .unwrap();
    let place = written.place("附2.支出[项目]");
    let key = (place.sheet.clone(), address(&place.cell));
    let text = |bytes: &[u8]| match &cells(bytes)[&key] {
        Value::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    };
    let before = text(&written.bytes);
    assert!(before.ends_with("项目支出：83.34"), "{before}");
    assert_eq!(text(&marked.bytes), before.replace("83.34", "90.60"));
}

/// Wrong, marked, mended, checked again: nothing of ours is left but the sheets. Only one check
/// is made, since every random filing has something worth a look.
#[test]
fn a_mended_filing_ends_without_a_mark() {
    let catalog = Catalog::embedded().unwrap();
    let options = gouji::review::Options {
        selection: gouji::check::Selection {
            select: vec!["GJ304".to_owned()],
            ignore: Vec::new(),
        },
        ..Default::default()
    };
    let fixed = |bytes: &[u8]| {
        let review = gouji::review::review(&catalog, bytes, None, &options);
        let gouji::review::Review::Checked(checked) = review else {
            panic!("not recognised");
        };
        let filling = Filling::Derived;
        gouji::mark::mark(&catalog, &checked, bytes, None, &options, filling, "").unwrap()
    };
    for seed in 0..10 {
        let mut filing = Filing::random(seed);
        let clean = write(&filing, Layout::Sheets).bytes;
        assert_eq!(fixed(&clean).marks, 0);
        filing.set("附2.总分[得分]", "12.34".parse().unwrap());
        let first = fixed(&write(&filing, Layout::Sheets).bytes);
        assert_eq!((first.changes.len(), first.marks), (1, 1));
        let second = fixed(&first.bytes);
        assert_eq!((second.changes.len(), second.marks), (0, 0));
        assert_eq!(cells(&second.bytes), cells(&clean));
    }
}

#[test]
fn notes_are_short_and_texts_are_no_formulas() {
    let catalog = Catalog::embedded().unwrap();
    let filing = Filing::reference();
    let formula = "=HYPERLINK(\"x\")";
    // Where a rate belongs, what stands there is quoted as it is.
    let bytes = write(&filing, Layout::Sheets).bytes;
    let bytes = edited(&bytes, 1, address("H5"), NewValue::Text(formula.to_owned()));
    let marked = fixed(&catalog, &bytes, Filling::Derived);
    let workbook = load(&marked.bytes);
    let ours = workbook
        .sheets
        .iter()
        .filter(|sheet| Added::of(sheet).is_some());
    let mut count = 0;
    let mut quotes = 0;
    for sheet in ours {
        assert!(sheet.cells.iter().all(|cell| cell.formula.is_none()));
        let quoted = |cell: &&Cell| cell.value == Value::Text(formula.into());
        quotes += sheet.cells.iter().filter(quoted).count();
        count += 1;
    }
    assert_eq!(count, 2);
    assert!(quotes > 0, "the text stands in a cell by itself");
    let checked = checked(&catalog, &bytes, "input");
    assert!(
        checked
            .report
            .findings
            .iter()
            .any(|finding| finding.message.chars().count() > 60)
    );
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&marked.bytes)).unwrap();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        if !entry.name().unwrap().contains("comments") {
            continue;
        }
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        for note in text.split("【勾稽核对：").skip(1) {
            let note = note.split('】').next().unwrap();
            assert!(note.chars().count() <= LONGEST_NOTE, "{note}");
        }
    }
}

#[test]
fn a_truth_value_in_the_place_of_a_figure_is_quoted_as_it_is_shown() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = load(&write(&Filing::reference(), Layout::Sheets).bytes);
    let at = address("H5");
    let cells = &mut workbook.sheets[1].cells;
    let cell = cells.iter_mut().find(|cell| cell.at == at).unwrap();
    cell.value = Value::Bool(true);
    let options = Options::default();
    let Review::Checked(checked) = review_workbook(&catalog, workbook, None, &options) else {
        panic!("not recognised");
    };
    let findings = &checked.report.findings;
    let found = findings.iter().find(|finding| finding.code == "GJ016");
    assert!(found.unwrap().message.contains("填「TRUE」"), "{found:?}");
}
