//! The test support itself: the map of a layout leads to the right cells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use super::filings::*;
use calamine::{Data, Reader, Xlsx};
use rust_decimal::{Decimal, RoundingStrategy};

/// Cells by sheet and address, as calamine reads them.
type Cells = BTreeMap<(String, String), Data>;

fn read(bytes: &[u8]) -> Cells {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let mut cells = Cells::new();
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).unwrap();
        let (top, left) = range.start().unwrap();
        for (row, column, value) in range.used_cells() {
            let letter = char::from(b'A' + u8::try_from(left as usize + column).unwrap());
            let address = format!("{letter}{}", top as usize + row + 1);
            let value = match value {
                // 15 digits, as a spreadsheet shows them.
                Data::Float(number) => Data::Float(format!("{number:.14e}").parse().unwrap()),
                other => other.clone(),
            };
            cells.insert((sheet.clone(), address), value);
        }
    }
    cells
}

/// Cells that are not the same in both, with what they hold.
fn differing(a: &Cells, b: &Cells) -> Vec<String> {
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let keys = keys.into_iter().filter(|key| a.get(key) != b.get(key));
    keys.map(|key| format!("{key:?}: {:?}, {:?}", a.get(key), b.get(key)))
        .collect()
}

fn at(cells: &Cells, place: &Place) -> Data {
    cells
        .get(&(place.sheet.clone(), place.cell.clone()))
        .cloned()
        .unwrap_or(Data::Empty)
}

fn filings() -> Vec<Filing> {
    std::iter::once(Filing::reference())
        .chain((0..20).map(Filing::random))
        .collect()
}

fn is_money(path: &str) -> bool {
    [
        "经费[", "收入[", "支出[", "投资]", "年初]", "全年]", "执行]",
    ]
    .iter()
    .any(|part| path.contains(part))
}

/// What the cell should say, as a number of its own notation.
fn expected(path: &str, value: Decimal, layout: Layout) -> Decimal {
    match layout {
        Layout::Yuan if is_money(path) => value * d("10000"),
        Layout::WholeRates if path.ends_with("率]") => {
            value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        }
        _ => value,
    }
}

fn numbers(text: &str) -> Vec<Decimal> {
    let text = text.replace(',', "");
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// Panics unless the cell holds the figure.
fn holds(cell: &Data, path: &str, value: Figure, layout: Layout) {
    let told = format!("{layout:?} {path}: {value:?} is not {cell:?}");
    let Some(value) = value else {
        let digits = match cell {
            Data::Empty => false,
            Data::String(text) => text.contains(|c: char| c.is_ascii_digit()),
            _ => true,
        };
        assert!(!digits, "{told}");
        return;
    };
    let value = expected(path, value, layout);
    match cell {
        Data::Float(number) => {
            let number: Decimal = number.to_string().parse().unwrap();
            let hundredth = matches!(
                layout,
                Layout::Stacked
                    | Layout::Shifted
                    | Layout::Covered
                    | Layout::HiddenRows
                    | Layout::Yuan
                    | Layout::RateFractions
                    | Layout::InsertedRows
                    | Layout::FloatResidue
            );
            let value = if hundredth && path.ends_with("率]") {
                value / d("100")
            } else {
                value
            };
            if layout == Layout::FloatResidue && is_money(path) {
                assert!(
                    (number - value).abs() <= value.abs() * d("0.0000001"),
                    "{told}"
                );
            } else {
                assert_eq!(number, value, "{told}");
            }
        }
        Data::String(text) => assert!(numbers(text).contains(&value), "{told}"),
        _ => panic!("{told}"),
    }
}

#[test]
fn every_field_stands_where_the_map_says() {
    let tight = |text: &str| text.replace(['\n', ' ', '\u{3000}'], "");
    for filing in filings() {
        let (figures, texts) = (filing.figures(), filing.texts());
        let fields: BTreeSet<&Path> = figures.keys().chain(texts.keys()).collect();
        for layout in Layout::ALL {
            let written = write(&filing, layout);
            assert_eq!(
                written.places.keys().collect::<BTreeSet<_>>(),
                fields,
                "{layout:?}"
            );
            let cells = read(&written.bytes);
            for (path, value) in &figures {
                holds(&at(&cells, written.place(path)), path, *value, layout);
            }
            for (path, text) in &texts {
                let cell = at(&cells, written.place(path));
                // Second levels are labels and suffer as labels do.
                let seen = tight(&cell.to_string());
                assert!(
                    seen.contains(&tight(text)),
                    "{layout:?} {path}: {text:?} not in {cell:?}"
                );
            }
        }
    }
}

#[test]
fn a_changed_figure_changes_its_own_cell_alone() {
    for (seed, layout) in (100..).zip(Layout::ALL) {
        let filing = Filing::random(seed);
        let before = read(&write(&filing, layout).bytes);
        for path in filing
            .numeric_paths()
            .iter()
            .skip(seed as usize % 7)
            .step_by(61)
        {
            let mut changed = filing.clone();
            changed.set(path, filing.get(path).unwrap_or_default() + d("1.25"));
            let written = write(&changed, layout);
            let after = read(&written.bytes);
            let place = written.place(path);
            let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys
                .into_iter()
                .filter(|key| before.get(key) != after.get(key))
            {
                // A first-level label that is repeated shows its weight on every row.
                let repeated = layout == Layout::RepeatedLevels && path.contains("一级[");
                let own = (&key.0, &key.1) == (&place.sheet, &place.cell);
                assert!(
                    own || repeated,
                    "{layout:?} {path} is at {place:?}, changed {key:?}"
                );
            }
            assert_ne!(before, after, "{layout:?} {path}");
        }
    }
}

#[test]
fn layouts_are_what_they_say() {
    let filing = Filing::reference();
    let cell = |layout, path: &str| {
        let written = write(&filing, layout);
        let place = written.place(path).clone();
        (
            place.sheet.clone(),
            place.cell.clone(),
            at(&read(&written.bytes), &place).to_string(),
        )
    };
    let three = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    for (layout, path, found) in [
        (
            Layout::Sheets,
            "附2.支出[项目]",
            three("附件2", "F8", "项目支出：90.60"),
        ),
        (
            Layout::Stacked,
            "附1.经费[三公,决算]",
            three("自评表", "F6", "0.05"),
        ),
        (
            Layout::Stacked,
            "附2.支出[项目]",
            three("自评表", "H38", "90.60"),
        ),
        (
            Layout::Shifted,
            "附1.经费[三公,决算]",
            three("附件1", "H9", "0.05"),
        ),
        (
            Layout::Covered,
            "附2.资金[总额,执行率]",
            three("Sheet4", "H5", "0.8478"),
        ),
        (
            Layout::BlankRows,
            "附1.经费[三公,上年]",
            three("附件1", "B11", "0.07"),
        ),
        (
            Layout::HiddenColumns,
            "附1.经费[三公,上年]",
            three("附件1", "C6", "0.07"),
        ),
        (
            Layout::TextAmounts,
            "附2.资金[总额,全年]",
            three("附件2", "E5", "318.10万元"),
        ),
        (
            Layout::Yuan,
            "附2.收入[其他]",
            three("附件2", "B10", "其他资金：843600.00"),
        ),
        (
            Layout::WholeRates,
            "附3.资金[总额,执行率]",
            three("附件3", "H6", "82%"),
        ),
        (
            Layout::RatePoints,
            "附3.资金[总额,执行率]",
            three("附件3", "H6", "81.76"),
        ),
        (
            Layout::MarkerInTitle,
            "附1.人员[在职]",
            three("附件1", "D3", "10"),
        ),
    ] {
        assert_eq!(cell(layout, path), found, "{layout:?} {path}");
    }
}

#[test]
fn two_layouts_are_those_of_the_samples() {
    for (layout, sample) in [(Layout::Sheets, "sheets"), (Layout::Stacked, "stacked")] {
        let root = env!("CARGO_MANIFEST_DIR");
        let sample = std::fs::read(format!("{root}/fixtures/reference/reference-{sample}.xlsx"));
        let (sample, own) = (sample.unwrap(), write(&Filing::reference(), layout).bytes);
        assert_eq!(
            differing(&read(&sample), &read(&own)),
            Vec::<String>::new(),
            "{layout:?}"
        );
        assert_eq!(merges(&sample), merges(&own), "{layout:?}");
    }
}

type Corner = (u32, u32);

/// Merged areas by sheet: first and last row and column.
fn merges(bytes: &[u8]) -> BTreeSet<(String, Corner, Corner)> {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let mut merges = BTreeSet::new();
    for sheet in book.sheet_names() {
        for area in book.merge_cells_by_sheet_name(&sheet).unwrap() {
            merges.insert((sheet.clone(), area.start, area.end));
        }
    }
    merges
}

#[test]
fn labels_that_suffer_keep_what_tells_them_apart() {
    for layout in Layout::ALL {
        let cells = read(&write(&Filing::reference(), layout).bytes);
        for year in ["2022", "2023"] {
            let heads = cells.values().filter(|cell| {
                let text = cell.to_string().replace(['\n', '\u{3000}'], "");
                text == format!("{year}年决算数")
            });
            assert_eq!(heads.count(), 1, "{layout:?} {year}");
        }
    }
}

#[test]
fn shared_points_are_one_merged_cell() {
    let mut filing = Filing::reference();
    filing.annex2.table.share(2, Share::WeightAndScore);
    filing.projects[0].table.share(2, Share::Score);
    assert!(
        !filing
            .numeric_paths()
            .contains(&"附2.指标[2].分值".to_owned())
    );
    let written = write(&filing, Layout::Sheets);
    let areas = merges(&written.bytes);
    let merged = |sheet: &str, (row, column): (u32, u32)| {
        areas.contains(&(sheet.to_owned(), (row, column), (row + 1, column)))
    };
    assert_eq!(written.place("附2.指标[1].得分").cell, "H14");
    assert!(merged("附件2", (13, 6)) && merged("附件2", (13, 7)));
    assert!(!merged("附件3", (12, 6)) && merged("附件3", (12, 7)));
    assert_eq!(filing.get("附2.指标[1].得分"), Some(d("20")));
}

#[test]
fn the_fixtures_are_what_the_example_writes() {
    let reference = Layout::ALL.map(|layout| {
        let name = format!("layouts/{}.xlsx", layout.name());
        (name, write(&Filing::reference(), layout))
    });
    let clean = write(&Filing::random(1), Layout::Sheets);
    let broken = write(&broken(), Layout::Sheets);
    let all = reference.into_iter().chain([
        ("clean/clean.xlsx".to_owned(), clean),
        ("broken/filing.xlsx".to_owned(), broken),
    ]);
    for (name, written) in all {
        let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        let fixture = read(&std::fs::read(&path).unwrap());
        let found = differing(&fixture, &read(&written.bytes));
        assert!(
            found.is_empty(),
            "run `cargo run --example make_layout_fixtures`: {name}: {found:?}"
        );
    }
}
