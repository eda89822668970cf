//! A filing as plain data: what a clerk filled in, right or wrong.

use rust_decimal::{Decimal, RoundingStrategy};

/// A figure, or a cell left blank. Money in 万元, rates in percent points (84.78).
pub(crate) type Figure = Option<Decimal>;

/// 附件1, 附件2 and the 附件3 of one unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filing {
    pub(crate) year: i32,
    pub(crate) annex1: Annex1,
    pub(crate) annex2: Annex2,
    pub(crate) projects: Vec<Annex3>,
}

/// 部门整体支出绩效评价基础数据表.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Annex1 {
    /// By [`STAFF`].
    pub(crate) staff: [Figure; 3],
    /// In the order of the form: [`FIXED_ROWS`] with any number of 其他项目 and 专项.
    pub(crate) funds: Vec<FundRow>,
    /// By [`BUILDING`].
    pub(crate) building: [Figure; 6],
    pub(crate) thrift: String,
    pub(crate) sign: Sign,
}

/// A row of 经费控制情况.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FundRow {
    pub(crate) id: &'static str,
    /// What the filer calls the project; of fixed rows and an unnamed 专项 empty.
    pub(crate) name: String,
    /// By [`FUND_COLUMNS`].
    pub(crate) cells: [Figure; 3],
}

/// 部门整体支出绩效自评表.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Annex2 {
    pub(crate) unit: String,
    /// By [`MONEY_COLUMNS`].
    pub(crate) money: [Figure; 6],
    /// By [`INCOME`].
    pub(crate) income: [Figure; 4],
    /// By [`SPENDING`].
    pub(crate) spending: [Figure; 2],
    /// 预期目标, 实际完成情况.
    pub(crate) goals: [String; 2],
    pub(crate) table: Indicators,
    pub(crate) sign: Sign,
}

/// 项目支出绩效自评表.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Annex3 {
    /// 项目支出名称.
    pub(crate) project: String,
    /// 主管部门.
    pub(crate) department: String,
    /// 实施单位.
    pub(crate) performer: String,
    /// By [`MONEY_ROWS`] and [`MONEY_COLUMNS`].
    pub(crate) money: [[Figure; 6]; 4],
    /// 预期目标, 实际完成情况.
    pub(crate) goals: [String; 2],
    pub(crate) table: Indicators,
    pub(crate) sign: Sign,
}

/// 绩效指标 with 总分.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Indicators {
    pub(crate) groups: Vec<Group>,
    /// Rows of one group, and of one second level in it, stand together.
    pub(crate) rows: Vec<Indicator>,
    /// 分值, 得分.
    pub(crate) totals: [Figure; 2],
}

/// A first-level indicator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    /// The weight that its label names.
    pub(crate) weight: Figure,
}

/// A row of the indicator table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Indicator {
    /// Index into the groups.
    pub(crate) group: usize,
    pub(crate) second: String,
    pub(crate) third: String,
    pub(crate) target: String,
    pub(crate) actual: String,
    pub(crate) weight: Figure,
    pub(crate) score: Figure,
    pub(crate) reason: String,
    /// Whether cells of this row are merged with the row above.
    pub(crate) share: Share,
}

/// Which cells of an indicator are merged with the row above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// None.
    No,
    /// 得分 only.
    Score,
    /// 分值 and 得分.
    WeightAndScore,
}

/// The line below a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sign {
    pub(crate) clerk: String,
    pub(crate) date: String,
    pub(crate) phone: String,
    pub(crate) head: String,
}

pub(crate) const STAFF: [&str; 3] = ["编制", "在职", "控制率"];
pub(crate) const FUND_COLUMNS: [&str; 3] = ["上年", "预算", "决算"];
pub(crate) const BUILDING: [&str; 6] = [
    "批复规模",
    "实际规模",
    "规模控制率",
    "预算投资",
    "实际投资",
    "投资控制率",
];
pub(crate) const MONEY_COLUMNS: [&str; 6] = ["年初", "全年", "执行", "分值", "执行率", "得分"];
pub(crate) const MONEY_ROWS: [&str; 4] = ["总额", "财政", "结转", "其他"];
pub(crate) const INCOME: [&str; 4] = ["一般公共预算", "政府性基金", "专户", "其他"];
pub(crate) const SPENDING: [&str; 2] = ["基本", "项目"];

/// Rows of 经费控制情况 with the labels of the form. 其他项目 stands for the first 「……」.
pub(crate) const FIXED_ROWS: [(&str, &str); 17] = [
    ("三公", "三公经费"),
    ("车", "   1、公务用车购置和维护经费"),
    ("购置", "       其中：公车购置"),
    ("运行", "             公车运行维护"),
    ("出国", "   2、出国经费"),
    ("接待", "   3、公务接待"),
    ("项目", "项目支出："),
    ("业务", "    1、业务工作经费"),
    ("运维", "    2、运行维护经费"),
    ("其他项目", "……"),
    ("专项", "3、市级专项资金（一个专项一行）"),
    ("公用", "公用经费"),
    ("办公", "    其中：办公经费"),
    ("水电", "          水费、电费、差旅费"),
    ("会议", "          会议费、培训费"),
    ("采购", "政府采购金额"),
    ("调整", "部门基本支出预算调整 "),
];

/// Rows of which there may be any number.
pub(crate) const REPEATED_ROWS: [&str; 2] = ["其他项目", "专项"];

/// A decimal from its text.
pub(crate) fn d(text: &str) -> Decimal {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is no decimal"))
}

/// Two places, half away from zero.
pub(crate) fn round2(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// `part` of `whole` in percent points, to two places.
pub(crate) fn rate(part: Decimal, whole: Decimal) -> Decimal {
    round2(part * Decimal::ONE_HUNDRED / whole)
}

impl Annex1 {
    /// The row of this id; of repeated rows the `number`th, from 1.
    pub(crate) fn row(&self, id: &str, number: usize) -> Option<&FundRow> {
        self.funds
            .iter()
            .filter(|row| row.id == id)
            .nth(number.checked_sub(1)?)
    }
}

impl Indicators {
    /// Both totals from the rows and the money row.
    pub(crate) fn settle(&mut self, money_weight: Figure, money_score: Figure) {
        let sum = |figure: fn(&Indicator) -> Figure| -> Decimal {
            self.rows.iter().filter_map(figure).sum()
        };
        self.totals = [
            Some(sum(|row| row.weight) + money_weight.unwrap_or_default()),
            Some(sum(|row| row.score) + money_score.unwrap_or_default()),
        ];
    }

    /// Merges cells of row `number`, counted from 1, with the row above, which takes its points.
    pub(crate) fn share(&mut self, number: usize, share: Share) {
        let (above, own) = (number - 2, number - 1);
        let take = |a: Figure, b: Figure| Some(a.unwrap_or_default() + b.unwrap_or_default());
        self.rows[above].score = take(self.rows[above].score, self.rows[own].score.take());
        if share == Share::WeightAndScore {
            self.rows[above].weight = take(self.rows[above].weight, self.rows[own].weight.take());
        }
        self.rows[own].share = share;
    }
}
