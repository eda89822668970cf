//! Puts the tables on sheets and writes the workbook.

use std::collections::BTreeMap;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet};

use super::annex1::annex1;
use super::annexes::{annex2, annex3};
use super::canvas::{Canvas, Cell, Content, a1};
use super::filing::Filing;
use super::layout::Layout;
use super::paths::{Path, canonical};
use super::style::{Rows, Sheets, Style};

/// Where a field was written: of merged cells the top left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) sheet: String,
    /// `F6`.
    pub(crate) cell: String,
}

/// A workbook and where its fields stand.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    /// All figures and texts of the filing, blank ones included.
    pub(crate) places: BTreeMap<Path, Place>,
}

impl Written {
    /// Where the field at `path` stands.
    pub(crate) fn place(&self, path: &str) -> &Place {
        self.places
            .get(&canonical(path))
            .unwrap_or_else(|| panic!("{path} was not written"))
    }
}

/// Writes a filing; the same bytes for the same filing and layout.
pub(crate) fn write(filing: &Filing, layout: Layout) -> Written {
    let style = layout.style();
    let mut book = Workbook::new();
    let date = ExcelDateTime::from_ymd(2024, 7, 1).unwrap();
    book.set_properties(&DocProperties::new().set_creation_datetime(&date));
    let mut places = BTreeMap::new();
    if style.cover {
        for lines in front(filing) {
            let sheet = book.add_worksheet();
            for (row, line) in (0..).zip(lines) {
                sheet.write_string(row, 0, line).unwrap();
            }
        }
    }
    for (name, tables) in sheets(filing, &style) {
        let sheet = book.add_worksheet();
        if !style.cover {
            sheet.set_name(&name).unwrap();
        }
        let name = sheet.name();
        for column in 0..40 {
            if style.hidden_columns && HIDDEN.contains(&column) {
                sheet.set_column_hidden(column).unwrap();
            } else if column < 16 {
                sheet.set_column_width(column, 14).unwrap();
            }
        }
        let mut top = 0;
        for table in &tables {
            for cell in &table.cells {
                let (row, column) = put(sheet, cell, top, &style);
                for path in &cell.paths {
                    let place = Place {
                        sheet: name.clone(),
                        cell: a1(row, column),
                    };
                    let twice = places.insert(path.clone(), place);
                    assert_eq!(twice, None, "{path} written twice");
                }
            }
            // Two rows between tables, as between the pages of the form.
            top += table.next + 2;
        }
        if style.rows == Rows::Hidden {
            for row in 0..top {
                sheet.set_row_hidden(row_of(row, &style) + 1).unwrap();
            }
        }
    }
    Written {
        bytes: book.save_to_buffer().unwrap(),
        places,
    }
}

/// Sheets in their order, with their tables from top to bottom.
fn sheets(filing: &Filing, style: &Style) -> Vec<(String, Vec<Canvas>)> {
    let (first, second) = (annex1(filing, style), annex2(filing, style));
    let count = filing.projects.len();
    let projects = (1..=count).map(|number| annex3(filing, number, style));
    let named = |number: usize| match count {
        1 => "附件3".to_owned(),
        _ => format!("附件3-{number}"),
    };
    if style.sheets == Sheets::One {
        return vec![(
            "自评表".to_owned(),
            [first, second].into_iter().chain(projects).collect(),
        )];
    }
    let mut sheets = vec![
        ("附件1".to_owned(), vec![first]),
        ("附件2".to_owned(), vec![second]),
    ];
    if style.sheets == Sheets::ProjectsTogether {
        sheets.extend((count > 0).then(|| ("附件3".to_owned(), projects.collect())));
    } else {
        sheets.extend((1..).map(named).zip(projects.map(|table| vec![table])));
    }
    if style.sheets == Sheets::Reversed {
        sheets.reverse();
    }
    sheets
}

/// A cover, and a report that names the annexes as the real one does.
fn front(filing: &Filing) -> [Vec<String>; 2] {
    let (unit, year) = (&filing.annex2.unit, filing.year);
    let title = format!("{year}年度{unit}单位整体支出绩效自评报告");
    let cover = vec![
        title.clone(),
        "部门（单位）名称：（盖章）".to_owned(),
        format!("{}年12月30日", year + 1),
    ];
    let mut report = vec![title];
    for line in [
        "一、部门（单位）基本情况",
        "二、一般公共预算支出情况",
        "三、政府性基金预算支出情况",
        "无政府性基金预算支出",
        "四、国有资本经营预算支出情况",
        "无国有资本经营预算支出",
        "五、社会保险基金预算支出情况",
        "无社会保险基金预算支出",
        "报告需要以下附件：",
        "1.部门整体支出绩效评价基础数据表",
        "2.部门整体支出绩效自评表",
        "3.项目支出绩效自评表（一个一级项目支出一张表）",
    ] {
        report.push(line.to_owned());
    }
    [cover, report]
}

/// Columns hidden between labels and amounts, where any are.
const HIDDEN: [u16; 3] = [1, 4, 7];

fn row_of(row: u32, style: &Style) -> u32 {
    style.offset.0 + row * if style.rows == Rows::Tight { 1 } else { 2 }
}

fn column_of(column: u16, style: &Style) -> u16 {
    let mut at = column;
    if style.hidden_columns {
        for hidden in HIDDEN {
            at += u16::from(at >= hidden);
        }
    }
    style.offset.1 + at
}

/// Writes a cell and says where.
fn put(sheet: &mut Worksheet, cell: &Cell, top: u32, style: &Style) -> (u32, u16) {
    let (row, column) = (row_of(top + cell.row, style), column_of(cell.column, style));
    let last = (
        row_of(top + cell.last_row, style),
        column_of(cell.last_column, style),
    );
    let wrap = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    if style.merges && (row, column) != last {
        sheet
            .merge_range(row, column, last.0, last.1, "", &wrap)
            .unwrap();
    }
    match &cell.content {
        Content::Blank => {}
        Content::Text(text) => {
            sheet
                .write_string_with_format(row, column, text, &wrap)
                .unwrap();
        }
        Content::Number(number, format) => {
            let format = wrap.set_num_format(*format);
            sheet
                .write_number_with_format(row, column, *number, &format)
                .unwrap();
        }
    }
    (row, column)
}
