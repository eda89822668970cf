//! Projects of 附件1 as filers list them: below the form's own row, with sums and parts among them.

use super::support::{Package, rows};
use gouji::catalog::Catalog;
use gouji::review::{Options, Review, review};

const ABOVE: [&str; 12] = [
    "2023年度部门整体支出绩效评价基础数据表",
    "经费控制情况（万元） | 2022年决算数 | 2023年预算数 | 2023年决算数",
    "三公经费 | 3 | 3 | 3",
    "1、公务用车购置和维护经费 | 0 | 0 | 0",
    "其中：公车购置 | 0 | 0 | 0",
    "公车运行维护 | 0 | 0 | 0",
    "2、出国经费 | 0 | 0 | 0",
    "3、公务接待 | 3 | 3 | 3",
    "项目支出： | 30 | 40 | 38",
    "1、业务工作经费 | 10 | 10 | 10",
    "2、运行维护经费 | 5 | 5 | 5",
    "……",
];
const BELOW: [&str; 6] = [
    "公用经费 | 6 | 6 | 5",
    "其中：办公经费 | 1 | 2 | 2",
    "水费、电费、差旅费 | 1 | 1 | 1",
    "会议费、培训费 | 1 | 1 | 1",
    "政府采购金额 | —— | 2 | 2",
    "部门基本支出预算调整 | —— | 1 | 1",
];

/// The codes of what is said of 附件1, and where, with these rows for the specials.
fn told(specials: &[&str]) -> Vec<String> {
    told_of(&[&ABOVE[..], specials, &BELOW].concat())
}

fn told_of(lines: &[&str]) -> Vec<String> {
    let catalog = Catalog::embedded().unwrap();
    let bytes = Package::typed(&rows(lines), &[]).zip();
    let Review::Checked(checked) = review(&catalog, &bytes, None, &Options::default()) else {
        panic!("not read");
    };
    let of_grid = ["GJ017", "GJ11", "GJ12", "GJ13", "GJ14"];
    let findings = checked.report.findings.iter();
    findings
        .filter(|finding| of_grid.iter().any(|code| finding.code.starts_with(code)))
        .filter(|finding| !finding.message.contains("没有找到"))
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect()
}

const CLEAN: [String; 0] = [];

#[track_caller]
fn assert_one(told: &[String], code: &str, word: &str) {
    let [only] = told else {
        panic!("{told:?}");
    };
    assert!(only.starts_with(code) && only.contains(word), "{only}");
}

#[test]
fn one_row_below_the_form_s_own_is_the_same_once_more() {
    let own = "3、市级专项资金（一个专项一行） | 15 | 25 | 23";
    assert_eq!(told(&[own, "（1）甲专项 | 15 | 25 | 23"]), CLEAN);
    assert_eq!(told(&[own, "甲专项 | 15 | 25 | 23"]), CLEAN);
    // Two specials of the same amount, where the sum needs both.
    let two = [
        "3、市级专项资金：甲专项 | 7.5 | 12.5 | 11.5",
        "乙专项 | 7.5 | 12.5 | 11.5",
    ];
    assert_eq!(told(&two), CLEAN);
    let unnamed = ["3、市级专项资金 | 7.5 | 12.5 | 11.5", two[1]];
    assert_one(&told(&unnamed), "GJ124", "2 个专项");
}

#[test]
fn a_sum_in_the_form_s_own_row_may_be_wrong() {
    for first in ["（1）甲专项", "其中：甲专项"] {
        let rows = [
            &format!("{first} | 10 | 20 | 18"),
            "（2）乙专项 | 5 | 5 | 5",
        ];
        for own in ["15 | 25 | 32", "15 | 24 | 32"] {
            let own = format!("3、市级专项资金（一个专项一行） | {own}");
            let told = told(&[&own, rows[0], rows[1]]);
            if own.contains("25") || first.starts_with("其中") {
                assert_one(&told, "GJ017", "市级专项资金");
            }
        }
    }
    let rounded = [
        "3、市级专项资金 | 15.1 | 25.1 | 23.1",
        "（1）甲专项 | 10.06 | 20.06 | 18.06",
        "（2）乙专项 | 5 | 5 | 5",
    ];
    let above = ABOVE.map(|line| match line.starts_with("项目") {
        true => "项目支出： | 30.06 | 40.06 | 38.06",
        false => line,
    });
    let told_rounded = told_of(&[&above[..], &rounded, &BELOW].concat());
    assert_one(&told_rounded, "GJ017", "市级专项资金");
    // One that its sum left out is no sum of the others.
    let forgotten = [
        "3、市级专项资金 | 2 | 3 | 4",
        "甲专项 | 10 | 20 | 18",
        "乙专项 | 5 | 5 | 5",
    ];
    let forgotten = told(&forgotten);
    assert!(
        forgotten.iter().any(|told| told.starts_with("GJ121")),
        "{forgotten:?}"
    );
}

#[test]
fn a_sum_in_the_form_s_own_row_may_say_so() {
    for own in [
        "3、市级专项资金小计",
        "3、市级专项资金合计",
        "3、市级专项资金：小计",
        "市级专项资金（2个）",
        "市级专项资金（共2个专项）",
    ] {
        for first in ["（1）甲专项", "其中：甲专项", "3、市级专项资金：甲专项"]
        {
            let rows = [&format!("{first} | 10 | 20 | 18"), "乙专项 | 5 | 5 | 5"];
            let sum = format!("{own} | 15 | 25 | 23");
            assert_eq!(told(&[&sum, rows[0], rows[1]]), CLEAN, "{own} {first}");
            for wrong in ["15 | 25 | 32", "16 | 26 | 24"] {
                let sum = format!("{own} | {wrong}");
                assert_one(&told(&[&sum, rows[0], rows[1]]), "GJ017", "市级专项资金");
            }
        }
    }
    // A special that is called so in part only.
    let named = [
        "3、市级专项资金：甲专项合计 | 10 | 20 | 18",
        "乙专项 | 5 | 5 | 5",
    ];
    assert_eq!(told(&named), CLEAN);
}

const SPECIALS: [&str; 2] = [
    "3、市级专项资金：甲专项 | 10 | 20 | 18",
    "乙专项 | 5 | 5 | 5",
];

/// The table with a row put in below the one that begins so.
fn with<'a>(below: &str, line: &'a str) -> Vec<&'a str> {
    let mut lines = [&ABOVE[..], &SPECIALS, &BELOW].concat();
    let at = lines.iter().position(|line| line.starts_with(below));
    lines.insert(at.unwrap() + 1, line);
    lines
}

#[test]
fn a_row_called_like_one_of_the_form_s_is_neither_it_nor_added() {
    for (below, line) in [
        ("1、业务", "其中：公用经费 | 0 | |"),
        ("2、运行", "其中：公用经费 | 1 | 1 | 1"),
        ("3、市级", "其中：政府采购 | | 5 | 4"),
        ("乙专项", "三公经费 | 3 | 3 | 3"),
        ("乙专项", "公务接待 | 3 | 3 | 3"),
    ] {
        assert_eq!(told_of(&with(below, line)), CLEAN, "{line}");
    }
    // What says something else is told.
    for (below, line, word) in [
        ("乙专项", "三公经费 | 3 | 4 | 3", "三公经费"),
        ("1、业务", "其中：政府采购 | | 5 | 4", "政府采购"),
        ("2、运行", "公用经费 | 1 | 1 | 1", "公用经费"),
        ("3、市级", "其中：政府采购 | | 5 | 40", "政府采购"),
    ] {
        let told = told_of(&with(below, line));
        assert!(!told.is_empty(), "{line}");
        assert_one(&told, "GJ017", word);
    }
    // A project may be called so, where the sum needs it.
    let mut named = with("3、市级", "政府采购 | 5 | 5 | 5");
    named.retain(|line| !line.starts_with("乙专项"));
    assert_eq!(told_of(&named), CLEAN);
}

#[test]
fn an_amount_with_a_unit_of_its_own_is_added_as_what_it_is() {
    let own = "3、市级专项资金（一个专项一行） | 15 | 25 | 23";
    let rows = [
        own,
        "其中：甲专项 | 10 | 20 | 18",
        "乙专项 | 5 | 5 | 50,000元",
    ];
    let only_read = told(&rows);
    assert_eq!(only_read, CLEAN);
    let in_yuan = |line: &&'static str| match line.split_once("（万元）") {
        Some((corner, heads)) => vec!["单位：元".to_owned(), format!("{corner}{heads}")],
        None => vec![(*line).to_owned()],
    };
    let lines = [&ABOVE[..], &rows, &BELOW].concat();
    let lines: Vec<String> = lines.iter().flat_map(in_yuan).collect();
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let last = lines
        .iter()
        .position(|line| line.starts_with("乙专项"))
        .unwrap();
    lines[last] = "乙专项 | 5 | 5 | 0.0005万元";
    assert_eq!(told_of(&lines), CLEAN, "in 元");
}

/// With these sums of the projects.
fn told_with_sums(sums: &str, specials: &[&str]) -> Vec<String> {
    let whole = format!("项目支出： | {sums}");
    let lines = [&ABOVE[..], specials, &BELOW].concat();
    let is_whole = |line: &&str| line.starts_with("项目支出");
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| match is_whole(line) {
            true => whole.as_str(),
            false => *line,
        })
        .collect();
    told_of(&lines)
}

#[test]
fn a_part_that_the_whole_nearly_has_is_a_project() {
    let rows = [SPECIALS[0], "其中：乙专项 | 5 | 5 | 5"];
    assert_eq!(told_with_sums("30 | 40 | 38", &rows), CLEAN);
    // The sum is wrong in all columns.
    let wrong = told_with_sums("31 | 40.4 | 38.3", &rows);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(
        wrong.iter().all(|told| told.contains("乙专项 5")),
        "{wrong:?}"
    );
    let wrong = told_with_sums("25.2 | 35.4 | 33.3", &rows);
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    let told = |told: &&String| told.starts_with("GJ017") && told.contains("乙专项");
    assert_eq!(wrong.iter().filter(told).count(), 1, "{wrong:?}");
}

#[test]
fn what_follows_a_part_and_is_not_added_is_told() {
    let rows = [SPECIALS[0], "其中：设备 | 2 | 5 | 4", "乙专项 | 5 | 5 | 5"];
    assert_eq!(told_with_sums("30 | 40 | 38", &rows), CLEAN);
    assert_one(&told_with_sums("25 | 35 | 33", &rows), "GJ017", "乙专项");
    // All parts of the row above.
    let rows = [SPECIALS[0], "其中：设备 | 5 | 15 | 13", "劳务 | 5 | 5 | 5"];
    assert_eq!(told_with_sums("25 | 35 | 33", &rows), CLEAN);
}
