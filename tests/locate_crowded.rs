//! Sheets whose words are the form's, in places and numbers that no form has.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::fmt::Write as _;

use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::review::{Options, Review, review};
use support::Package;

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
