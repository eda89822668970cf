//! The reference filing, with its own figures and short texts in place of its prose.

use super::filing::*;

/// A figure from its text, blank from none.
pub(super) fn f(text: &str) -> Figure {
    (!text.is_empty()).then(|| d(text))
}

fn figures<const N: usize>(texts: [&str; N]) -> [Figure; N] {
    texts.map(f)
}

impl Filing {
    /// The filing of `reference-filing.md`, as it was published.
    pub(crate) fn reference() -> Self {
        Self {
            year: 2023,
            annex1: annex1(),
            annex2: annex2(),
            projects: vec![annex3()],
        }
    }
}

fn sign() -> Sign {
    Sign {
        clerk: "张××".to_owned(),
        date: "2024年6月28日".to_owned(),
        phone: "82×××69".to_owned(),
        head: String::new(),
    }
}

fn annex1() -> Annex1 {
    let cells = |id: &str| match id {
        "三公" | "接待" => ["0.07", "1", "0.05"],
        "项目" => ["157.42", "8.88", "90.60"],
        "业务" => ["142.97", "", "83.34"],
        "专项" => ["14.45", "8.88", "7.26"],
        "公用" => ["10.42", "19.28", "11.22"],
        "办公" => ["0.91", "2", "2.06"],
        "水电" => ["0.26", "3", "2"],
        "会议" => ["0.1", "3", "2.25"],
        "采购" => ["", "52.4", "32.91"],
        _ => ["", "", ""],
    };
    let rows = FIXED_ROWS.iter().filter(|(id, _)| *id != "其他项目");
    Annex1 {
        staff: figures(["11", "10", "90.91"]),
        funds: rows
            .map(|(id, _)| FundRow {
                id,
                name: String::new(),
                cells: figures(cells(id)),
            })
            .collect(),
        building: [None; 6],
        thrift: String::new(),
        sign: sign(),
    }
}

fn annex2() -> Annex2 {
    let row = |group, second, third, target, actual, weight| {
        indicator(group, [second, third, target, actual], [weight, weight], "")
    };
    let mut rows = vec![
        row(0, "数量指标", "法律援助案件数量", "400件", "469件", "10"),
        row(0, "数量指标", "咨询人次", "2000人次", "3600余人次", "10"),
        quality(),
        row(
            0,
            "时效指标",
            "案件指派时间",
            "接到申请3个工作日内",
            "均在3日内",
            "10",
        ),
        indicator(
            0,
            [
                "成本指标",
                "办案补贴/值班补贴标准",
                "按省级经费管理办法",
                "符合文件标准",
            ],
            ["10", "8"],
            "专项经费预算不足；提高预算",
        ),
    ];
    rows.extend(effects(1));
    Annex2 {
        unit: "岳阳市法律援助中心".to_owned(),
        money: figures(["176.32", "318.10", "269.69", "10", "84.78", "8.48"]),
        income: figures(["233.74", "", "", "84.36"]),
        spending: figures(["179.09", "90.60"]),
        goals: goals("2.全市受理案件2828件（市本级469件）"),
        table: Indicators {
            groups: groups(&[("产出指标", "50"), ("效益指标", "30"), ("满意度指标", "10")]),
            rows,
            totals: figures(["100", "95.48"]),
        },
        sign: sign(),
    }
}

fn annex3() -> Annex3 {
    let row = |group, second, third, target, actual, weight| {
        indicator(group, [second, third, target, actual], [weight, weight], "")
    };
    let mut rows = vec![
        row(0, "数量指标", "法律援助案件数量", "400件", "469件", "10"),
        row(0, "数量指标", "咨询人次", "2000人次", "3600余人次", "10"),
        quality(),
        row(
            0,
            "时效指标",
            "案件指派时间",
            "接到申请3个工作日内",
            "均在3日内",
            "5",
        ),
        indicator(
            1,
            [
                "经济成本指标",
                "办案补贴/值班补贴标准",
                "按经费管理办法定",
                "符合文件标准",
            ],
            ["10", "8"],
            "专项经费预算不足；提高预算",
        ),
        row(
            1,
            "社会成本指标",
            "对社会发展可能造成的负影响",
            "无",
            "无负面影响",
            "2.5",
        ),
        row(
            1,
            "生态环境成本指标",
            "对自然生态环境造成的负面影响",
            "无",
            "无负面影响",
            "2.5",
        ),
    ];
    rows.extend(effects(2));
    Annex3 {
        project: "法律援助专项服务".to_owned(),
        department: String::new(),
        performer: String::new(),
        money: [
            figures(["8.88", "8.88", "7.26", "10", "81.76", "8.18"]),
            figures(["8.88", "8.88", "7.26", "10", "", ""]),
            [None; 6],
            [None; 6],
        ],
        goals: goals("2.市本级受理469件"),
        table: Indicators {
            groups: groups(&[
                ("产出指标", "35"),
                ("成本指标", "15"),
                ("效益指标", "30"),
                ("满意度指标", "10"),
            ]),
            rows,
            totals: figures(["100", "95.18"]),
        },
        sign: sign(),
    }
}

fn goals(second: &str) -> [String; 2] {
    [
        "1.完善制度\n2.扩大宣传\n3.加强供给".to_owned(),
        format!("1.出台细则\n{second}\n3.开展宣传活动46次"),
    ]
}

pub(super) fn groups(groups: &[(&'static str, &str)]) -> Vec<Group> {
    groups
        .iter()
        .map(|(name, weight)| Group {
            name,
            weight: f(weight),
        })
        .collect()
}

fn quality() -> Indicator {
    indicator(
        0,
        [
            "质量指标",
            "法律援助案件质量",
            "优秀，良好，合格，不合格",
            "平均达良好",
        ],
        ["10", "9"],
        "少数案件质量欠缺；加强培训",
    )
}

/// 效益 and 满意度, the same in both annexes; `group` is the index of 效益.
fn effects(group: usize) -> Vec<Indicator> {
    let row = |group, texts, weight| indicator(group, texts, [weight, weight], "");
    vec![
        row(
            group,
            [
                "经济效益指标",
                "反向促进经济发展",
                "经济平稳发展",
                "经济平稳发展",
            ],
            "10",
        ),
        row(
            group,
            [
                "社会效益指标",
                "保障人民群众合法权益",
                "得到保障",
                "得到保障",
            ],
            "10",
        ),
        row(
            group,
            ["生态效益指标", "生态环境改善情况", "有所改善", "有所改善"],
            "5",
        ),
        row(
            group,
            [
                "可持续影响指标",
                "可持续发展情况",
                "实现可持续发展",
                "实现可持续发展",
            ],
            "5",
        ),
        row(
            group + 1,
            [
                "服务对象满意度指标",
                "受援人、咨询人满意程度",
                "≥95%",
                "≥95%",
            ],
            "10",
        ),
    ]
}

fn indicator(group: usize, texts: [&str; 4], points: [&str; 2], reason: &str) -> Indicator {
    let [second, third, target, actual] = texts.map(str::to_owned);
    let [weight, score] = figures(points);
    let reason = reason.to_owned();
    Indicator {
        group,
        second,
        third,
        target,
        actual,
        weight,
        score,
        reason,
        share: Share::No,
    }
}
