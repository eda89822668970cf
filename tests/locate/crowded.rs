//! Sheets whose words are the form's, in places and numbers that no form has.

use std::fmt::Write as _;

use super::support::Package;
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::review::{Options, Review, review};

fn kind(rows: &str) -> String {
    let catalog = Catalog::embedded().unwrap();
    let bytes = Package::of(rows).zip();
    match review(&catalog, &bytes, None, &Options::default()) {
        Review::Checked(checked) => format!("{} tables", checked.located.tables.len()),
        Review::Unrecognised(_) => "unrecognised".to_owned(),
        Review::Unreadable(error) => error.message(Lang::En),
    }
}

fn row(number: u32, texts: &[&str]) -> String {
    let mut row = format!("<row r='{number}'>");
    for text in texts {
        write!(row, "<c t='inlineStr'><is><t>{text}</t></is></c>").unwrap();
    }
    row + "</row>"
}

#[test]
fn a_title_may_stand_beside_a_label_of_another_annex() {
    let title = "2023年度部门整体支出绩效评价基础数据表";
    for label in ["按支出性质分", "项目资金", "经费控制情况"] {
        assert_eq!(kind(&row(1, &["一", title, label])), "unrecognised");
        assert_eq!(kind(&row(1, &["一", label, title, label])), "unrecognised");
    }
}

#[test]
fn labels_in_thousands_of_rows_are_what_they_are_in_a_few() {
    let words = [
        "项目支出",
        "一级指标",
        "预算执行率",
        "三公经费",
        "年度预算申请",
        "项目资金",
    ];
    let rows =
        |count: u32| (1..=count).fold(String::new(), |rows, number| rows + &row(number, &words));
    // Would take minutes where the time grows by the square.
    assert_eq!(kind(&rows(8_000)), kind(&rows(100)));
}

/// The first rows of annex 1.
const BASE: [&[&str]; 4] = [
    &["2023年度部门整体支出绩效评价基础数据表"],
    &[
        "财政供养人员情况（人）",
        "编制数",
        "2023年实际在职人数",
        "控制率",
    ],
    &["", "10", "9", "90%"],
    &[
        "经费控制情况（万元）",
        "2022年决算数",
        "2023年预算数",
        "2023年决算数",
    ],
];

/// Which annexes begin where, of annex 1's first rows and these.
fn begun(rows: &[&[&str]], merged: &[&str]) -> Vec<String> {
    let rows: Vec<Vec<String>> = BASE
        .iter()
        .chain(rows)
        .map(|row| row.iter().map(|text| (*text).to_owned()).collect())
        .collect();
    let catalog = Catalog::embedded().unwrap();
    let bytes = Package::typed(&rows, merged).zip();
    let Review::Checked(checked) = review(&catalog, &bytes, None, &Options::default()) else {
        panic!("not read");
    };
    let tables = checked.located.tables.iter();
    tables
        .map(|table| {
            let name = &checked.form.annexes[table.annex].name;
            format!("{name} {}", table.area.first.row + 1)
        })
        .collect()
}

/// Of two stacked tables, with these cells in the row of the second title.
fn stacked(title_row: &[&str], merged: &[&str]) -> Vec<String> {
    let rows = [
        &["三公经费", "3", "3", "3"][..],
        title_row,
        &["科目编码", "科目名称", "本年支出"],
        &["", "", "合计", "基本支出", "项目支出"],
        &["223", "国有资本经营预算支出", "30", "0", "30"],
        &["合计", "", "30", "0", "30"],
    ];
    begun(&rows, merged)
}

#[test]
fn much_may_stand_in_the_row_of_a_title() {
    let title = "2023年度国有资本经营预算支出情况表";
    let wanted = ["附件1 1", "附件5 6"];
    for (row, merged) in [
        (&[title][..], &[][..]),
        // What a merged area hides.
        (&[title; 6], &["A6:F6"]),
        (&[title, "填报单位：", "某中心", "金额单位：", "万元"], &[]),
        (&[title, "年度", "2023"], &[]),
    ] {
        assert_eq!(stacked(row, merged), wanted, "{row:?}");
    }
}

#[test]
fn a_mention_among_the_cells_of_a_row_is_no_title() {
    let text = "详见国有资本经营预算支出情况表";
    let rows = [
        &["三公经费", "3", "3", "3", text][..],
        &["项目支出：", "3", "3", "3"],
        &["1、业务工作经费", "3", "3", "3"],
    ];
    assert_eq!(begun(&rows, &[]), ["附件1 1"]);
}
