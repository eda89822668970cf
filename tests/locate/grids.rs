//! Rows of figures under heads as filers lay them out: merged, inserted, in other columns.

use super::support::{Package, rows};
use gouji::catalog::Catalog;
use gouji::review::{Options, Review, review};

/// What is said of the rows and columns of figures.
fn told(rows: &[Vec<String>], merged: &[&str]) -> Vec<String> {
    let catalog = Catalog::embedded().unwrap();
    let bytes = Package::typed(rows, merged).zip();
    let Review::Checked(checked) = review(&catalog, &bytes, None, &Options::default()) else {
        panic!("not read");
    };
    // These are no whole annexes.
    let is_left_out = |message: &str| {
        message.ends_with("这一部分，相关的检查未做。") || message.contains("厉行节约保障措施")
    };
    let of_grid = ["GJ005", "GJ009", "GJ016", "GJ017", "GJ1", "GJ35"];
    let findings = checked.report.findings.iter();
    findings
        .filter(|finding| !is_left_out(&finding.message))
        .filter(|finding| of_grid.iter().any(|code| finding.code.starts_with(code)))
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect()
}

const CLEAN: [String; 0] = [];

/// 附件1.
fn funds() -> Vec<Vec<String>> {
    rows(&[
        "2023年度部门整体支出绩效评价基础数据表",
        "财政供养人员情况（人） | 编制数 | 2023年实际在职人数 | 控制率",
        " | 10 | 9 | 90%",
        "经费控制情况（万元） | 2022年决算数 | 2023年预算数 | 2023年决算数",
        "三公经费 | 3 | 3 | 3",
        "   1、公务用车购置和维护经费 | 2 | 2 | 2",
        "其中：公车购置 | 1 | 1 | 1",
        "公车运行维护 | 1 | 1 | 1",
        "2、出国经费 | 0 | 0 | 0",
        "3、公务接待 | 1 | 1 | 1",
        "项目支出： | 30 | 40 | 38",
        "1、业务工作经费 | 10 | 10 | 10",
        "2、运行维护经费 | 5 | 5 | 5",
        "3、市级专项资金：甲专项 | 10 | 20 | 18",
        "乙专项 | 5 | 5 | 5",
        "公用经费 | 6 | 6 | 5",
        "其中：办公经费 | 1 | 2 | 2",
        "水费、电费、差旅费 | 1 | 1 | 1",
        "会议费、培训费 | 1 | 1 | 1",
        "政府采购金额 | —— | 2 | 2",
        "部门基本支出预算调整 | —— | 1 | 1",
    ])
}

/// 附件1 with rows put in, each below the row of this number.
fn funds_with(more: &[(usize, &str)]) -> Vec<Vec<String>> {
    let mut funds = funds();
    for (below, line) in more.iter().rev() {
        funds.insert(*below, rows(&[line]).remove(0));
    }
    funds
}

/// 附件3.
fn project() -> Vec<Vec<String>> {
    rows(&[
        "2023年度项目支出绩效自评表",
        "项目支出名称 | | 甲专项",
        "主管部门 | | 某局 | | | 实施单位 | 某中心",
        "项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分",
        " | 年度资金总额 | 10 | 10 | 9 | 10 | 90% | 9",
        " | 其中：当年财政拨款 | 10 | 10 | 7",
        " | 上年结转资金 | | | 2",
        " | 其他资金 | | |",
    ])
}

#[test]
fn what_is_merged_from_a_row_above_is_that_row_s() {
    assert_eq!(told(&funds(), &[]), CLEAN);
    assert_eq!(told(&project(), &[]), CLEAN);
    assert_eq!(
        told(&project(), &["E7:E8"]),
        CLEAN,
        "an amount of two parts"
    );
    let mut hidden = project();
    hidden[7][4] = "2".to_owned();
    assert_eq!(told(&hidden, &["E7:E8"]), CLEAN, "and what it hides");
    let scores = ["F5:F8", "G5:G8", "H5:H8"];
    assert_eq!(told(&project(), &scores), CLEAN, "the score of the whole");
    let mut both = funds();
    both[16][2] = "3".to_owned();
    both[16][3] = "3".to_owned();
    both[17][3] = String::new();
    assert_eq!(told(&both, &["D17:D18"]), CLEAN, "parts of the whole");
    both[15][3] = "2.5".to_owned();
    let told = told(&both, &["D17:D18"]);
    assert!(told[0].starts_with("GJ131"), "{told:?}");
    assert!(told[0].contains("小于"), "{told:?}");
}

#[test]
fn what_is_merged_over_a_whole_and_its_one_part_is_of_both() {
    let mut project = project();
    for row in [5, 6] {
        project[row][2..5].fill(String::new());
    }
    assert_eq!(told(&project, &["C5:C6", "D5:D6", "E5:E6"]), CLEAN);
}

#[test]
fn columns_may_stand_in_another_order() {
    for order in [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ] {
        let mut funds = funds();
        for row in &mut funds[3..] {
            let cells = row.clone();
            for (column, from) in (1..).zip(order) {
                row[column] = cells[from].clone();
            }
        }
        assert_eq!(told(&funds, &[]), CLEAN, "{order:?}");
    }
}

#[test]
fn a_mistyped_year_of_a_head_is_told_and_moves_no_figures() {
    let years = ["2022", "2023", "2023"];
    for (typed, wrong) in [
        (["2022", "2024", "2023"], 1),
        (["2021", "2023", "2023"], 1),
        (["2022", "2023", "2024"], 1),
        (["2023", "2023", "2023"], 1),
        (["2022", "2023", "2022"], 1),
        (["2022", "2022", "2023"], 1),
        (["2023", "2022", "2023"], 2),
        (["2023", "2023", "2024"], 2),
        (["2023", "2024", "2024"], 3),
    ] {
        let mut funds = funds();
        for (head, year) in funds[3][1..].iter_mut().zip(typed) {
            *head = format!("{year}{}", &head[4..]);
        }
        let told = told(&funds, &[]);
        assert_eq!(told.len(), wrong, "{typed:?}: {told:?}");
        for (told, (_, year)) in told.iter().zip(
            typed
                .iter()
                .zip(years)
                .filter(|(typed, year)| *typed != year),
        ) {
            assert!(told.starts_with("GJ005"), "{typed:?}: {told}");
            let wanted = format!("应为 {year} 年");
            assert!(told.contains(&wanted), "{typed:?}: {told}");
        }
    }
}

#[test]
fn a_mistyped_year_among_heads_in_another_order_is_told_too() {
    for (typed, wrong) in [
        ("2023年决算数 | 2024年预算数 | 2022年决算数", "2024 年"),
        ("2023年决算数 | 2023年预算数 | 2021年决算数", "2021 年"),
        ("2024年决算数 | 2023年预算数 | 2022年决算数", "2024 年"),
    ] {
        let mut funds = funds();
        for row in &mut funds[4..] {
            row.swap(1, 3);
        }
        funds[3] = rows(&[&format!("经费控制情况（万元） | {typed}")]).remove(0);
        let told = told(&funds, &[]);
        assert_eq!(told.len(), 1, "{typed}: {told:?}");
        assert!(told[0].starts_with("GJ005"), "{typed}: {told:?}");
        assert!(told[0].contains(wrong), "{typed}: {told:?}");
    }
    // The title is the one that is wrong.
    let mut funds = funds();
    for row in &mut funds[3..] {
        row.swap(1, 3);
    }
    funds[0][0] = funds[0][0].replace("2023", "2022");
    let told = told(&funds, &[]);
    assert!(!told.iter().any(|told| told.starts_with("GJ1")), "{told:?}");
}

#[test]
fn the_year_may_stand_above_the_heads() {
    for (years, heads, merged) in [
        (
            "经费控制情况（万元） | 2022年 | 2023年",
            " | 决算数 | 预算数 | 决算数",
            &["A4:A5", "C4:D4"][..],
        ),
        (
            "经费控制情况（万元） | 2022年度 | 2023年度",
            " | 决算数 | 预算数 | 决算数",
            &["C4:D4"],
        ),
        (
            "经费控制情况（万元） | 2022年决算数 | 2023年",
            " | | 预算数 | 决算数",
            &["A4:A5", "B4:B5", "C4:D4"],
        ),
    ] {
        let mut funds = funds();
        funds.splice(3..4, rows(&[years, heads]));
        assert_eq!(told(&funds, merged), CLEAN, "{years}");
        // Another year is told where it stands.
        funds[3][1] = funds[3][1].replace("2022", "2021");
        let told = told(&funds, merged);
        assert!(told.iter().any(|told| told.contains("2021 年")), "{told:?}");
    }
}

#[test]
fn heads_may_be_repeated_within_a_table() {
    let heads = "经费控制情况（万元） | 2022年决算数 | 2023年预算数 | 2023年决算数";
    for below in [5, 8, 10, 12, 15, 17, 20] {
        let funds = funds_with(&[(below, heads)]);
        assert_eq!(told(&funds, &[]), CLEAN, "below row {below}");
        // What is wrong on either page is still seen.
        for (name, code) in [("三公经费", "GJ111"), ("公用经费", "GJ131")] {
            let mut wrong = funds.clone();
            let row = wrong.iter_mut().find(|row| row[0] == name).unwrap();
            row[3] = "1".to_owned();
            let told = told(&wrong, &[]);
            assert!(told[0].starts_with(code), "below row {below}: {told:?}");
        }
    }
    let storeys = [
        "经费控制情况（万元） | 2022年 | 2023年",
        " | 决算数 | 预算数 | 决算数",
    ];
    let twice = [(10, storeys[0]), (10, storeys[1])];
    let mut funds = funds_with(&twice);
    funds.splice(3..4, rows(&storeys));
    assert_eq!(told(&funds, &["C4:D4", "C12:D12"]), CLEAN);
}

#[test]
fn a_second_table_without_a_title_is_one() {
    let mut twice = funds();
    for from in [1, 3] {
        twice.extend(funds().split_off(from));
        let bytes = Package::typed(&twice, &[]).zip();
        let catalog = Catalog::embedded().unwrap();
        let Review::Checked(checked) = review(&catalog, &bytes, None, &Options::default()) else {
            panic!("not read");
        };
        assert_eq!(checked.filing.tables.len(), 2, "from row {from}");
        twice.truncate(funds().len());
    }
}

/// 附件1 with these heads of two storeys.
fn two_storeys(years: &str, heads: &str) -> Vec<Vec<String>> {
    let mut funds = funds();
    let corner = format!("经费控制情况（万元） | {years}");
    funds.splice(3..4, rows(&[&corner, &format!(" | {heads}")]));
    funds
}

#[test]
fn years_over_or_under_the_heads_may_be_typed_in_many_ways() {
    let heads = "决算数 | 预算数 | 决算数";
    for (first, second) in [
        ("2022", "2023"),
        ("上年", "本年"),
        ("上年度", "本年度"),
        ("上年度（2022年）", "本年度（2023年）"),
        ("2022年度（上年）", "2023年度（本年）"),
    ] {
        let merged = two_storeys(&format!("{first} | {second}"), heads);
        assert_eq!(told(&merged, &["A4:A5", "C4:D4"]), CLEAN, "{first}");
        let each = two_storeys(&format!("{first} | {second} | {second}"), heads);
        assert_eq!(told(&each, &["A4:A5"]), CLEAN, "{first}");
        let mut below = each.clone();
        below.swap(3, 4);
        below[3][0] = below[4][0].clone();
        below[4][0] = String::new();
        // Below the heads figures may look like years.
        if !first.starts_with("2022") || first.contains('年') {
            assert_eq!(told(&below, &["A4:A5"]), CLEAN, "{first}, below");
        }
        let mut turned = two_storeys(&format!("{second} | {second} | {first}"), heads);
        for row in &mut turned[5..] {
            row.swap(1, 3);
        }
        assert_eq!(told(&turned, &["A4:A5"]), CLEAN, "{first}, turned");
    }
    let wrong = two_storeys("2021 | 2023", heads);
    let told = told(&wrong, &["A4:A5", "C4:D4"]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("2021 年，应为 2022 年"), "{told:?}");
}

#[test]
fn heads_may_say_their_year_in_other_words() {
    for (last, this) in [
        ("2022年度决算数", "2023年度#数"),
        ("2022年决算", "2023年#"),
        ("2022年度决算", "2023年度#"),
        ("决算数（2022年）", "#数（2023年）"),
        ("上年决算", "本年#"),
        ("上年度决算数", "本年度#数"),
    ] {
        let mut funds = funds();
        let (budget, outturn) = (this.replace('#', "预算"), this.replace('#', "决算"));
        funds[3][1..].clone_from_slice(&[last.to_owned(), budget, outturn]);
        assert_eq!(told(&funds, &[]), CLEAN, "{last}");
        // The year and the figures are checked.
        funds[3][1] = last.replace("2022", "2021");
        funds[4][3] = "9".to_owned();
        let told = told(&funds, &[]);
        let codes: Vec<&str> = told.iter().map(|told| &told[..5]).collect();
        assert!(codes.contains(&"GJ111"), "{last}: {told:?}");
        assert_eq!(
            codes.contains(&"GJ005"),
            last.contains('2'),
            "{last}: {told:?}"
        );
    }
    for heads in ["决算 | 预算 | 决算", "年度决算数 | 年度预算数 | 年度决算数"]
    {
        let funds = two_storeys("2022年 | 2023年", heads);
        assert_eq!(told(&funds, &["A4:A5", "C4:D4"]), CLEAN, "{heads}");
    }
}

#[test]
fn heads_that_are_not_known_are_named_and_not_their_corner() {
    let mut funds = funds();
    for (head, other) in funds[3][1..].iter_mut().zip(["甲", "乙", "丙"]) {
        *head = other.to_owned();
    }
    let told = told(&funds, &[]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("第 4 行「经费控制情况」这一部分没有认出各栏的名称「2022年决算数」"),
        "{told:?}"
    );
}

#[test]
fn heads_that_say_no_year_stand_as_in_the_form() {
    let with = |heads: &str| {
        let mut funds = funds();
        funds[3] = rows(&[&format!("经费控制情况（万元） | {heads}")]).remove(0);
        told(&funds, &[])
    };
    for heads in [
        "决算数 | 预算数 | 决算数",
        "上年决算数 | 预算数 | 决算数",
        "2022年决算数 | 预算数 | 决算数",
        "决算数 | 预算数 | 2023年决算数",
    ] {
        assert_eq!(with(heads), CLEAN, "{heads}");
    }
    let mut turned = funds();
    for row in &mut turned[3..] {
        row.swap(1, 3);
    }
    for head in [
        "2023年决算数 | 预算数 | 决算数",
        "决算数 | 预算数 | 2022年决算数",
    ] {
        turned[3] = rows(&[&format!("经费控制情况（万元） | {head}")]).remove(0);
        assert_eq!(told(&turned, &[]), CLEAN, "{head}");
    }
    // Which of them are of the form's columns cannot be told.
    for heads in [
        "决算数 | 决算数 | 预算数 | 决算数",
        "上年决算数 | 决算数 | 决算数 | 预算数",
    ] {
        let told = with(heads);
        let is_gap = |told: &String| told.starts_with("GJ017") && told.contains("检查未做");
        assert!(told.iter().all(is_gap), "{heads}: {told:?}");
        assert!(!told.is_empty(), "{heads}");
    }
}

#[test]
fn sums_among_the_projects_are_no_projects() {
    for name in ["小计", "合计", "市级专项资金小计", "专项小计："] {
        let line = format!("{name} | 15 | 25 | 23");
        assert_eq!(told(&funds_with(&[(15, &line)]), &[]), CLEAN, "{name}");
        let line = format!("{name} | 15 | 25 | 24");
        let told = told(&funds_with(&[(15, &line)]), &[]);
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        assert!(told[0].starts_with("GJ017"), "{name}: {told:?}");
    }
    // One that the sum needs is a project.
    let mut funds = funds();
    funds[14][0] = "其他专项合计".to_owned();
    assert_eq!(told(&funds, &[]), CLEAN);
}

#[test]
fn what_is_said_to_be_part_of_a_project_is_not_added() {
    for (below, line) in [
        (15, "其中：设备购置 | | | 4"),
        (14, "其中：设备购置 | 1 | 2 | 4"),
        (13, "其中：物业管理费 | 4 | 4 | 4"),
    ] {
        let with = funds_with(&[(below, line)]);
        assert_eq!(told(&with, &[]), CLEAN, "{line}");
    }
    let both = [(14, "其中：设备 | 6 | 10 | 9"), (14, "劳务 | 4 | 10 | 9")];
    assert_eq!(told(&funds_with(&both), &[]), CLEAN, "all its parts");
    // It is a project where the sum needs it.
    let mut own = funds();
    own[14][0] = "其中：乙专项".to_owned();
    assert_eq!(told(&own, &[]), CLEAN);
}

#[test]
fn a_sum_in_the_place_of_the_form_s_own_row_is_checked_too() {
    let mut funds = funds();
    funds[13] = rows(&["3、市级专项资金（一个专项一行） | 15 | 25 | 23"]).remove(0);
    funds.insert(14, rows(&["其中：甲专项 | 10 | 20 | 18万"]).remove(0));
    // The rows keep their own names.
    let text = told(&funds, &[]);
    assert_eq!(text.len(), 1, "{text:?}");
    assert!(
        text[0].starts_with("GJ009") && text[0].contains("甲专项"),
        "{text:?}"
    );
    funds[14][3] = "18".to_owned();
    assert_eq!(told(&funds, &[]), CLEAN);
    funds[13][3] = "13".to_owned();
    let wrong = told(&funds, &[]);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("GJ017") && wrong[0].contains("市级专项资金"),
        "{wrong:?}"
    );
}

#[test]
fn a_label_is_that_below_its_own_whole() {
    let mut funds = funds_with(&[(12, "其中：办公费 | 3 | 3 | 9"), (12, "差旅费 | 7 | 7 | 1")]);
    let codes = |funds: &[Vec<String>]| -> Vec<String> {
        let told = told(funds, &[]).into_iter();
        told.map(|told| told[..5].to_owned()).collect()
    };
    // They are no rows of the form's.
    assert_eq!(codes(&funds), ["GJ017", "GJ017"]);
    let office = funds.split_off(17);
    funds.splice(4..4, office);
    assert_eq!(codes(&funds), ["GJ017", "GJ017"], "the whole comes first");
}
