//! Marked copies of workbooks of other formats, written anew as .xlsx.

use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::mark::{Filling, MarkError, Marked, mark};
use gouji::patch::unmarked;
use gouji::read::Limits;
use gouji::review::{Options, Review, review_workbook};
use gouji::workbook::{Addr, Area, Cell, FileKind, NumberFormat, Sheet, Value, Workbook};
use rust_decimal::Decimal;

use super::filings::{Filing, Layout, write};
use super::kit::{cells, load};
use super::{fixed, fixture};

/// A marked copy of a workbook of another format.
fn converted(catalog: &Catalog, workbook: Workbook) -> Result<Marked, MarkError> {
    let options = Options::default();
    let Review::Checked(checked) = review_workbook(catalog, workbook, None, &options) else {
        panic!("not recognised");
    };
    mark(catalog, &checked, &[], None, &options, Filling::All, "")
}

/// The reference filing in another format, each annex on a sheet of its own.
fn in_another_format() -> Workbook {
    let mut workbook = load(&write(&Filing::reference(), Layout::Sheets).bytes);
    workbook.traits.kind = FileKind::Ods;
    workbook
}

#[test]
fn sheets_get_names_that_excel_takes_and_the_owner_is_told() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = in_another_format();
    let count = workbook.sheets.len();
    let long = "岳阳市法律援助中心2023年度部门整体支出绩效自评表[定稿]（附件二）";
    for (sheet, name) in workbook.sheets.iter_mut().zip([long, long, "'差异清单'"]) {
        name.clone_into(&mut sheet.name);
    }
    let marked = converted(&catalog, workbook).unwrap();
    let copy = load(&marked.bytes);
    let names: Vec<&str> = copy.sheets.iter().map(|sheet| &*sheet.name).collect();
    assert_eq!(
        names[..3],
        [
            "岳阳市法律援助中心2023年度部门整体支出绩效自评表_定稿_（",
            "岳阳市法律援助中心2023年度部门整体支出绩效自评表_定(2)",
            "差异清单"
        ]
    );
    let told: Vec<String> = marked
        .warnings
        .iter()
        .map(|it| it.message(Lang::Zh))
        .collect();
    assert_eq!(told.len(), 3);
    assert_eq!(
        told[2],
        "工作表“'差异清单'”的名称不能用在 .xlsx 里，结果文件中改为“差异清单”。"
    );
    // The lists lead to the sheets of the copy.
    let list = &copy.sheets[count];
    assert_eq!(list.name, "差异清单（2）");
    let texts = list.cells.iter().filter_map(|cell| match &cell.value {
        Value::Text(text) => Some(text.to_string()),
        _ => None,
    });
    let texts: Vec<String> = texts.collect();
    assert!(
        texts.iter().any(|text| text.starts_with(names[1])),
        "{texts:?}"
    );
    assert!(
        !texts.iter().any(|text| text.starts_with(long)),
        "{texts:?}"
    );
}

#[test]
fn a_sheet_with_our_title_is_not_in_the_copy_and_the_owner_is_told() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = in_another_format();
    let title = Value::Text("差异清单（勾稽核对）".into());
    workbook.sheets.push(Sheet {
        name: "我的底稿".to_owned(),
        visible: true,
        cells: vec![Cell {
            at: Addr::new(0, 0),
            value: title,
            format: 0,
            formula: None,
        }],
        ..Sheet::default()
    });
    let marked = converted(&catalog, workbook).unwrap();
    let copy = load(&marked.bytes);
    assert!(copy.sheets.iter().all(|sheet| sheet.name != "我的底稿"));
    let said: Vec<String> = marked
        .warnings
        .iter()
        .map(|warning| warning.message(Lang::Zh))
        .collect();
    assert!(said[0].contains("“我的底稿”"), "{said:?}");
}

#[test]
fn of_merged_areas_that_overlap_the_first_one_counts() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = in_another_format();
    let sheet = &mut workbook.sheets[0];
    let last = sheet.cells.last().unwrap().at.row + 5;
    let area = |row: u32, rows: u32, columns: u32| Area {
        first: Addr::new(row, 0),
        last: Addr::new(row + rows - 1, columns - 1),
    };
    let own = sheet.merges.len();
    sheet
        .merges
        .extend([area(last, 2, 2), area(last, 2, 2), area(last + 1, 2, 1)]);
    let copy = load(&converted(&catalog, workbook).unwrap().bytes);
    assert_eq!(copy.sheets[0].merges.len(), own + 1);
}

#[test]
fn a_merged_area_takes_as_much_as_its_cells() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = in_another_format();
    let sheet = &mut workbook.sheets[0];
    let last = sheet.cells.last().unwrap().at.row + 5;
    sheet.merges.push(Area {
        first: Addr::new(last, 0),
        last: Addr::new(1_048_575, 16_383),
    });
    let error = converted(&catalog, workbook).unwrap_err();
    assert!(
        error.message(Lang::Zh).contains("max-rewritten-cells"),
        "{error:?}"
    );
}

#[test]
fn what_is_hidden_stays_hidden_and_dates_stay_the_same() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = in_another_format();
    workbook.date_1904 = true;
    let day = workbook.formats.len();
    for code in ["yyyy/m/d", "[h]:mm"] {
        workbook.formats.push(NumberFormat {
            code: code.into(),
            date: true,
            ..NumberFormat::default()
        });
    }
    let number = |row, format: usize| Cell {
        at: Addr::new(row, 0),
        value: Value::Number(Decimal::new(436_435, 1)),
        format: u16::try_from(format).unwrap(),
        formula: None,
    };
    let far = Sheet {
        name: "旧".to_owned(),
        cells: vec![number(0, day), number(1, day + 1), number(20_000, day)],
        hidden_rows: vec![(2, 1_048_575)],
        visible: false,
        ..Sheet::default()
    };
    workbook.sheets.insert(0, far);
    let copy = load(&converted(&catalog, workbook).unwrap().bytes);
    let sheet = &copy.sheets[0];
    assert_eq!((&*sheet.name, sheet.visible), ("旧", false));
    let value = |row| sheet.cell(Addr::new(row, 0)).unwrap().value.clone();
    assert_eq!(value(0), Value::Number(Decimal::new(451_055, 1)));
    assert_eq!(value(1), Value::Number(Decimal::new(436_435, 1)));
    assert_eq!(sheet.hidden_rows, [(2, 10_002), (20_000, 20_000)]);
}

#[test]
fn a_text_of_another_format_with_control_characters_stays_what_it_is() {
    let catalog = Catalog::embedded().unwrap();
    let mut workbook = load(&write(&Filing::reference(), Layout::Stacked).bytes);
    workbook.traits.kind = FileKind::Xls;
    let odd = "_x0041\u{1}_x0041\r\u{ffff}";
    let sheet = &mut workbook.sheets[0];
    let last = sheet.cells.last().unwrap().at.row + 5;
    let cell = |row, col, text: &str| Cell {
        at: Addr::new(row, col),
        value: Value::Text(text.into()),
        format: 0,
        formula: None,
    };
    sheet.cells.push(cell(last, 0, odd));
    // One that a merged area hides does not take the place of the one that is shown.
    sheet.cells.push(cell(last + 1, 0, "甲"));
    sheet.cells.push(cell(last + 1, 1, odd));
    sheet.merges.push(Area {
        first: Addr::new(last + 1, 0),
        last: Addr::new(last + 1, 1),
    });
    let copy = load(&converted(&catalog, workbook).unwrap().bytes);
    let found = |row| &copy.sheets[0].cell(Addr::new(row, 0)).unwrap().value;
    assert_eq!(found(last), &Value::Text(odd.into()));
    assert_eq!(found(last + 1), &Value::Text("甲".into()));
}

#[test]
fn other_formats_become_xlsx() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read(fixture("formats/filing.ods")).unwrap();
    let marked = fixed(&catalog, &bytes, Filling::Derived);
    assert!(marked.converted.is_some());
    assert_eq!(cells(&marked.bytes), cells(&bytes));
    let again = fixed(&catalog, &marked.bytes, Filling::Derived);
    assert_eq!((again.marks, again.converted), (marked.marks, None));
    let clean = unmarked(&again.bytes, &Limits::default()).unwrap();
    assert_eq!(load(&clean).sheets.len(), load(&bytes).sheets.len());
}
