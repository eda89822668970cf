//! Lists of indicators as filers lay them out: from bytes to findings, and what `fix` writes.

use std::sync::LazyLock;

use super::support::Package;
use gouji::catalog::Catalog;
use gouji::mark::{Filling, mark};
use gouji::review::{Checked, Options, Review, review};

/// A row as it is typed: digits alone are a number.
type Row = Vec<String>;

fn row(cells: &[&str]) -> Row {
    cells.iter().map(|text| (*text).to_owned()).collect()
}

/// The indicators, levels merged or left out below their first row; and the total.
fn indicators() -> Vec<Row> {
    [
        "产出指标(50分) 数量指标 培训人次 ≥100人次 105人次 20 20 _",
        "_ 质量指标 服务质量 良好 良好 10 10 _",
        "_ 时效指标 办结时限 按规定时限 均在时限内 10 10 _",
        "_ 成本指标 支出标准 按文件标准 符合标准 10 10 _",
        "效益指标(30分) 经济效益指标 带动就业 ≥100人 100人 10 9 培训较晚",
        "_ 社会效益指标 群众权益 得到保障 得到保障 10 10 _",
        "_ 生态效益指标 环境改善 有所改善 有所改善 5 5 _",
        "_ 可持续影响指标 长效机制 持续完善 持续完善 5 5 _",
        "满意度指标(10分) 服务对象满意度指标 受训人满意度 ≥95% 96% 10 10 _",
        "总分 _ _ _ _ 100 99 _",
    ]
    .iter()
    .map(|line| line.split(' ').map(|cell| cell.replace('_', "")).collect())
    .collect()
}

/// The indicators of `indicators()`.
const ALL: usize = 9;

const HEADS: [&str; 8] = [
    "一级指标",
    "二级指标",
    "三级指标",
    "年度指标值",
    "实际完成值",
    "分值",
    "得分",
    "偏差原因分析及改进措施",
];

/// 附件2 with this list, from row 6 on; from row 5 on with its own heads.
fn workbook(list: &[Row], merged: &[&str]) -> Vec<u8> {
    let mut rows = vec![
        row(&["2023年度部门整体支出绩效自评表"]),
        row(&["市级预算部门名称", "某某市公共资源管理处"]),
        row(&[
            "年度预算申请（万元）",
            "",
            "年初预算数",
            "全年预算数",
            "全年执行数",
            "分值",
            "执行率",
            "得分",
        ]),
        row(&["", "年度资金总额", "100", "100", "100", "10", "100%", "10"]),
    ];
    if list[0][0] != HEADS[0] {
        rows.push(row(&HEADS));
    }
    rows.extend_from_slice(list);
    Package::typed(&rows, merged).zip()
}

fn with<T>(list: &[Row], merged: &[&str], look: impl Fn(&Catalog, &Checked<'_>, &[u8]) -> T) -> T {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());
    let bytes = workbook(list, merged);
    match review(&CATALOG, &bytes, None, &Options::default()) {
        Review::Checked(checked) => look(&CATALOG, &checked, &bytes),
        other => panic!("{other:?}"),
    }
}

/// What is said of the indicators and their total, and which labels were not found.
fn told(list: &[Row], merged: &[&str]) -> Vec<String> {
    with(list, merged, |_, checked, _| {
        let findings = checked.report.findings.iter();
        let of_list = findings.filter(|finding| {
            finding.code.starts_with("GJ3")
                || finding.code == "GJ017" && finding.message.contains("总分")
        });
        of_list
            .map(|finding| format!("{} {}", finding.code, finding.message))
            .collect()
    })
}

/// How many indicators were read.
fn read(list: &[Row]) -> usize {
    with(list, &[], |_, checked, _| {
        checked.filing.tables[0].rows.len()
    })
}

/// What `fix --fill all` writes, by cell.
fn written(list: &[Row], merged: &[&str]) -> Vec<String> {
    with(list, merged, |catalog, checked, bytes| {
        let (options, now) = (Options::default(), "2024-06-28 09:00");
        let marked = mark(catalog, checked, bytes, None, &options, Filling::All, now).unwrap();
        let changes = marked.changes.iter();
        changes
            .map(|change| format!("{} {}", change.cell.at, change.after))
            .collect()
    })
}

fn assert_clean(list: &[Row], what: &str) {
    assert_eq!(told(list, &[]), Vec::<String>::new(), "{what}");
    assert_eq!(read(list), ALL, "{what}");
    assert_eq!(written(list, &[]), Vec::<String>::new(), "{what}");
}

#[test]
fn a_cell_of_an_indicator_ends_no_list() {
    assert_clean(&indicators(), "as the form prints it");
    for (indicator, column, text) in [
        (9, 5, "电话回访满意率96%"),
        (2, 3, "电话回访率"),
        (2, 3, "联系方式：登记完整"),
        (2, 3, "注册志愿者质量：专职和兼职"),
        (5, 8, "说明：培训较晚；加强督促"),
        (5, 8, "注：培训较晚"),
        (7, 2, "填表人"),
    ] {
        let mut list = indicators();
        list[indicator - 1][column - 1] = text.to_owned();
        if column == 3 {
            // The second level goes on from above: the row begins with this cell.
            list[indicator - 1][1] = String::new();
        }
        let told = told(&list, &[]);
        // Which second levels there are is another matter.
        let rest: Vec<_> = told.iter().filter(|told| !told.contains("GJ318")).collect();
        assert_eq!(rest, Vec::<&String>::new(), "{text}");
        assert_eq!(read(&list), ALL, "{text}");
        assert_eq!(written(&list, &[]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_line_of_its_own_ends_a_list() {
    for line in [
        &["填表人：张××  填报日期：2024年6月20日"][..],
        &["填表人（签章） 张××"],
        &["填表人", "张××", "填报日期", "6月", "联系电话", "8212369"],
        &["", "", "填表人：", "张××", "联系电话：", "8212369"],
        &["审核人：王××", "", "填表人：张××"],
        &["审核人", "王××", "填表人", "张××"],
        &["备注：一个项目一张表"],
        &["注：产出指标由业务科填写"],
        &["", "", "说明：分值由财政部门确定"],
    ] {
        let mut list = indicators();
        list[ALL] = row(line);
        list.push(row(&["复核", "", "抽查", "", "", "5", "5"]));
        assert_eq!(read(&list), ALL, "{line:?}");
    }
}

/// The list with rows put in, each below so many rows of `indicators()`.
fn with_rows(more: &[(usize, &[&str])]) -> Vec<Row> {
    let mut list = indicators();
    for (below, cells) in more.iter().rev() {
        list.insert(*below, row(cells));
    }
    list
}

#[test]
fn a_reason_alone_in_its_row_ends_no_list() {
    assert_clean(
        &with_rows(&[(7, &["", "", "", "", "", "", "", "说明：培训较晚"])]),
        "below an indicator",
    );
}

#[test]
fn heads_that_are_repeated_are_no_indicator() {
    let mut left_out = HEADS;
    left_out[..2].fill("");
    for heads in [HEADS, left_out] {
        for below in 1..=ALL {
            assert_clean(
                &with_rows(&[(below, &heads)]),
                &format!("{heads:?} below indicator {below}"),
            );
        }
    }
    assert_clean(&with_rows(&[(2, &HEADS), (5, &HEADS)]), "on each page");
}

#[test]
fn a_sum_of_a_part_is_no_indicator_and_not_the_total() {
    for name in [
        "小计",
        "小计：",
        "小计（50分）",
        "产出指标小计",
        "合计",
        "产出合计",
    ] {
        for cells in [
            [name, "", "", "", "", "50", "50"],
            ["", name, "", "", "", "50", "50"],
            ["产出指标(50分)", "", name, "/", "/", "50", "50"],
        ] {
            assert_clean(&with_rows(&[(4, &cells)]), &format!("{cells:?}"));
        }
    }
    let each = |name| {
        with_rows(&[
            (4, &["", name, "", "", "", "50", "50"]),
            (8, &["", name, "", "", "", "30", "29"]),
            (9, &["", name, "", "", "", "10", "10"]),
        ])
    };
    assert_clean(&each("小计"), "a sum below each part");
    assert_clean(
        &each("合计"),
        "a sum below each part, called like the total",
    );
    // A wrong total is still seen.
    let mut wrong = each("合计");
    wrong.last_mut().unwrap()[6] = "98".to_owned();
    let told = told(&wrong, &[]);
    assert!(told[0].contains("应为 99"), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_sum_of_all_indicators_is_no_indicator_whatever_it_is_called() {
    for name in [
        "绩效指标小计",
        "指标得分合计",
        "各项指标（不含预算执行）",
        "指标得分",
        "一至三项",
    ] {
        for column in [0, 1] {
            let mut cells = [""; 7];
            cells[column] = name;
            cells[5..].copy_from_slice(&["90", "89"]);
            let list = with_rows(&[(9, &cells)]);
            assert_clean(&list, &format!("{cells:?}"));
            let merged = format!("{}15:E15", ["A", "B"][column]);
            assert_eq!(told(&list, &[&merged]), Vec::<String>::new(), "{name}");
            // A wrong total is still seen.
            let mut wrong = list.clone();
            wrong.last_mut().unwrap()[6] = "98".to_owned();
            assert_eq!(written(&wrong, &[&merged]), ["G16 99"], "{name}");
            // So is a missing weight.
            let mut wrong = list;
            wrong[0][5] = "19".to_owned();
            assert!(!told(&wrong, &[&merged]).is_empty(), "{name}");
        }
    }
    let of_part = ["", "业务科负责的指标", "", "", "", "50", "50"];
    assert_clean(&with_rows(&[(4, &of_part)]), "of a part");
}

#[test]
fn a_line_merged_over_the_figures_is_no_indicator() {
    for name in ["产出指标（50分）", "一、产出指标(50分)", "产出指标"] {
        let mut list = with_rows(&[(0, &[name])]);
        list[1][0] = String::new();
        let merged = ["A6:H6"];
        assert_eq!(told(&list, &merged), Vec::<String>::new(), "{name}");
        assert_eq!(written(&list, &merged), Vec::<String>::new(), "{name}");
        // What is wrong below it is still seen.
        list[1][5] = "19".to_owned();
        let weights = told(&list, &merged);
        assert!(
            weights.iter().any(|told| told.starts_with("GJ302")),
            "{weights:?}"
        );
        list[1][5] = "20".to_owned();
        list.last_mut().unwrap()[6] = "98".to_owned();
        assert_eq!(written(&list, &merged), ["G16 99"], "{name}");
    }
    for remark in ["偏差原因：培训较晚；加强督促", "以下指标由业务科填写"] {
        for below in [2, 7, 9] {
            let list = with_rows(&[(below, &["", remark])]);
            let merged = format!("B{0}:H{0}", 6 + below);
            assert_eq!(told(&list, &[&merged]), Vec::<String>::new(), "{remark}");
        }
    }
    // An indicator whose weight is merged with its result is one.
    let mut list = indicators();
    list[2][5] = String::new();
    let rows = with(&list, &["E8:F8"], |_, checked, _| {
        checked.filing.tables[0].rows.len()
    });
    assert_eq!(rows, ALL);
}

#[test]
fn the_total_may_stand_below_a_note() {
    let note = ["注：产出指标50分，效益指标30分"];
    let list = with_rows(&[(9, &note)]);
    assert_clean(&list, "a note");
    assert_clean(&with_rows(&[(9, &note), (9, &["说明：无"])]), "two notes");
    let mut wrong = list;
    wrong.last_mut().unwrap()[6] = "98".to_owned();
    assert_eq!(written(&wrong, &[]), ["G16 99"]);
    // What follows on a note is no indicator, and what follows on that no total.
    let mut list = with_rows(&[(9, &note), (9, &["复核", "", "抽查", "好", "好", "5", "5"])]);
    list.last_mut().unwrap()[6] = "5".to_owned();
    let told = told(&list, &[]);
    assert_eq!(read(&list), ALL);
    assert!(
        told.iter().all(|told| told.contains("没有找到「总分」")),
        "{told:?}"
    );
}

#[test]
fn an_indicator_without_target_and_result_is_one() {
    // Named where indicators are; of another weight; with a target; of the weight of one above.
    for (below, cells) in [
        (4, ["", "", "其他工作", "", "", "50", "50"]),
        (4, ["", "其他工作", "", "", "", "40", "40"]),
        (4, ["", "其他工作", "", "良好", "良好", "50", "50"]),
        (1, ["", "其他工作", "", "", "", "20", "20"]),
        (4, ["效益指标（30分）", "", "", "", "", "50", "50"]),
    ] {
        assert_eq!(read(&with_rows(&[(below, &cells)])), ALL + 1, "{cells:?}");
    }
}

#[test]
fn the_sum_of_the_last_part_is_not_the_total() {
    let mut list = with_rows(&[
        (4, &["", "合计", "", "", "", "50", "50"]),
        (8, &["", "合计", "", "", "", "30", "29"]),
    ]);
    *list.last_mut().unwrap() = row(&["", "合计", "", "", "", "10", "10"]);
    let told = told(&list, &[]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("没有找到「总分」"), "{told:?}");
    assert_eq!(written(&list, &[]), Vec::<String>::new());
}

#[test]
fn the_total_stands_left_of_the_figures() {
    let mut list = indicators();
    list[4].extend(row(&["", "合计", "50"]));
    list[6].extend(row(&["", "总分", "30"]));
    assert_clean(&list, "a calculation beside the table");
    let mut list = indicators();
    list.push(row(&["合计", "", "", "", "", "12", "34"]));
    list.push(row(&["复核", "", "抽查", "", "", "5", "5"]));
    assert_clean(&list, "a calculation below the table");
}

#[test]
fn an_indicator_may_be_called_a_sum() {
    let mut list = indicators();
    list[3][2] = "三公经费合计".to_owned();
    assert_clean(&list, "a sum among the targets");
    list[3][2] = "合计".to_owned();
    assert_clean(&list, "named a sum, with target and result");
    for at in [3, 4] {
        list[3][at] = "50".to_owned();
    }
    assert_clean(&list, "named a sum, with target and result in figures");
}

#[test]
fn the_total_has_many_names() {
    for name in [
        "合计",
        "总分（100分）",
        "合计（100分）",
        "总分(100)",
        "总分（满分100分）",
        "自评总分",
        "综合得分",
        "自评得分",
        "自评总得分",
        "合计得分",
        "总计得分",
        "绩效自评总分",
        "总分值",
        "评价总分",
        "最终得分",
        "总分/等级",
        "总分及等级",
        "综合评分",
        "总 分（含预算执行10分）",
        "合计（含预算执行得分）",
    ] {
        let mut list = indicators();
        list[ALL][0] = name.to_owned();
        assert_clean(&list, name);
        list[ALL][6] = "98".to_owned();
        let told = told(&list, &[]);
        assert!(told[0].contains("应为 99"), "{name}: {told:?}");
        assert_eq!(written(&list, &[]), ["G15 99"], "{name}");
    }
}

#[test]
fn other_words_may_stand_behind_the_name_of_the_total() {
    for (column, text) in [
        (2, "优"),
        (2, "（满分100分）"),
        (3, "各项得分合计"),
        (4, "自评等级：优"),
        (4, "100"),
        (5, "得分"),
    ] {
        let mut list = indicators();
        list[ALL][column - 1] = text.to_owned();
        assert_clean(&list, text);
        list[ALL][6] = "98".to_owned();
        assert_eq!(written(&list, &[]), ["G15 99"], "{text}");
        list[ALL][0] = "合计".to_owned();
        assert_eq!(written(&list, &[]), ["G15 99"], "合计, {text}");
    }
}

#[test]
fn the_name_of_the_total_may_be_merged_over_its_weight() {
    let weights_first = |mut cells: Row| {
        let weight = cells.remove(5);
        cells.insert(3, weight);
        cells
    };
    for first in [false, true] {
        let mut list = indicators();
        list[ALL][5] = String::new();
        if first {
            list.insert(0, row(&HEADS));
            list = list.into_iter().map(weights_first).collect();
        }
        let total = list.len() - 1;
        let number = if first { 5 + total } else { 6 + total };
        let merged = format!("A{number}:F{number}");
        assert_eq!(told(&list, &[&merged]), Vec::<String>::new(), "{first}");
        list[total][6] = "98".to_owned();
        let wanted = format!("G{number} 99");
        assert_eq!(written(&list, &[&merged]), [wanted], "{first}");
    }
}

#[test]
fn cells_merged_in_one_column_alone_count_once_in_that_column() {
    let mut weight = indicators();
    weight[1][5] = "20".to_owned();
    weight[2][5] = String::new();
    let merged = ["F7:F8"];
    let only = |told: Vec<String>| {
        let mut codes: Vec<String> = told.iter().map(|told| told[..5].to_owned()).collect();
        codes.sort();
        codes
    };
    assert_eq!(only(told(&weight, &merged)), ["GJ322"], "weight");
    assert_eq!(written(&weight, &merged), Vec::<String>::new(), "weight");
    let mut score = indicators();
    score[1][6] = "20".to_owned();
    score[2][6] = String::new();
    let merged = ["G7:G8"];
    assert_eq!(only(told(&score, &merged)), ["GJ322"], "score");
    assert_eq!(written(&score, &merged), Vec::<String>::new(), "score");
    // Together they are judged as one row.
    score[1][6] = "21".to_owned();
    assert_eq!(only(told(&score, &merged)), ["GJ304", "GJ305", "GJ322"]);
    score[1][6] = "19".to_owned();
    assert_eq!(only(told(&score, &merged)), ["GJ304", "GJ311", "GJ322"]);
    score[2][7] = "个别案件较晚".to_owned();
    assert_eq!(only(told(&score, &merged)), ["GJ304", "GJ322"], "a reason");
    // The formula of the total has each cell once.
    score[ALL][6] = String::new();
    assert_eq!(written(&score, &merged), ["G15 98"]);
    let mut blank = weight.clone();
    blank[2][6] = String::new();
    let told = told(&blank, &["F7:F8"]);
    assert!(
        told.iter()
            .any(|told| told.contains("GJ306") && told.contains("G8")),
        "{told:?}"
    );
    assert_eq!(written(&blank, &["F7:F8"]), Vec::<String>::new());
}

#[test]
fn a_total_over_a_blank_score_is_left() {
    let mut list = indicators();
    list[2][6] = String::new();
    let codes = |list: &[Row]| -> Vec<String> {
        let told = told(list, &[]);
        let mut codes: Vec<String> = told.iter().map(|told| told[..5].to_owned()).collect();
        codes.sort();
        codes
    };
    assert_eq!(codes(&list), ["GJ306"]);
    assert_eq!(written(&list, &[]), Vec::<String>::new());
    // Whatever the score is, this is not the total; but what is cannot be told.
    for total in ["80", "99.5"] {
        list[ALL][6] = total.to_owned();
        assert_eq!(codes(&list), ["GJ304", "GJ306"], "{total}");
        assert_eq!(written(&list, &[]), Vec::<String>::new(), "{total}");
    }
}
