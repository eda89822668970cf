//! Lists of accounts as filers lay them out.

use super::support::{Package, rows};
use gouji::catalog::Catalog;
use gouji::review::{Options, Review, review};

/// What is said of the accounts, and how many there are.
fn told(rows: &[Vec<String>], merged: &[&str]) -> (Vec<String>, usize) {
    let catalog = Catalog::embedded().unwrap();
    let bytes = Package::typed(rows, merged).zip();
    let Review::Checked(checked) = review(&catalog, &bytes, None, &Options::default()) else {
        panic!("not read");
    };
    let of_list = ["GJ009", "GJ016", "GJ017", "GJ4", "GJ5", "GJ6"];
    let findings = checked.report.findings.iter();
    let told = findings
        .filter(|finding| of_list.iter().any(|code| finding.code.starts_with(code)))
        .map(|finding| format!("{} {}", finding.code, finding.message));
    (told.collect(), checked.filing.tables[0].rows.len())
}

const HEADS: [&str; 3] = [
    "2023年度国有资本经营预算支出情况表",
    "科目编码 | 科目名称 | 本年支出",
    " | | 合计 | 基本支出 | 项目支出",
];
const ACCOUNTS: [&str; 2] = [
    "223 | 国有资本经营预算支出 | 30 | 0 | 30",
    "22301 | 解决历史遗留问题 | 30 | 0 | 30",
];
const MERGED: [&str; 3] = ["A2:A3", "B2:B3", "C2:E2"];

fn list(before: &[&str], after: &[&str]) -> Vec<Vec<String>> {
    rows(&[&HEADS, before, &ACCOUNTS, after].concat())
}

#[test]
fn the_total_may_stand_right_below_the_heads() {
    for total in ["合计 | | 30 | 0 | 30", " | 合计 | 30 | 0 | 30"] {
        for merged in [&MERGED[..], &[], &["C2:E2"]] {
            for list in [list(&[total], &[]), list(&[], &[total])] {
                assert_eq!(told(&list, merged), (Vec::new(), 2), "{total} {merged:?}");
            }
        }
    }
}

#[test]
fn a_list_of_accounts_ends_at_its_signatures() {
    let total = "合计 | | 30 | 0 | 30";
    for line in [
        "填表人：张××  填报日期：2024-08-23  联系电话：82×××69",
        "填表人：张××",
        "填表人： | 张×× | 联系电话： | 82123456 | 填报日期：",
        "本单位无其他国有资本经营预算支出",
        "说明：无",
    ] {
        let list = list(&[], &[total, line]);
        assert_eq!(told(&list, &MERGED), (Vec::new(), 2), "{line}");
    }
    let merged = [&MERGED[..], &["A7:E7"]].concat();
    let list = list(&[], &[total, "本单位无其他国有资本经营预算支出"]);
    assert_eq!(told(&list, &merged), (Vec::new(), 2), "merged");
}

#[test]
fn an_account_without_figures_is_one() {
    let mut accounts = ACCOUNTS;
    accounts[0] = "223 | 国有资本经营预算支出";
    let list = rows(&[&HEADS, &accounts[..], &["合计 | | 30 | 0 | 30"]].concat());
    assert_eq!(told(&list, &MERGED), (Vec::new(), 2));
}
