//! Random indicators: what was planned, what came of it, and the points for it.

use rust_decimal::Decimal;

use super::filing::*;
use super::rng::Rng;
use super::subjects::{Measure, SUBJECTS, Subject};

/// The first-level indicators of an annex, with the second levels below each.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// 50 + 30 + 10.
    Annex2,
    /// 35 + 15 + 30 + 10.
    Annex3,
}

type Level = (&'static str, i64, &'static [&'static str]);

const EFFECTS: Level = (
    "效益指标",
    30,
    &[
        "经济效益指标",
        "社会效益指标",
        "生态效益指标",
        "可持续影响指标",
    ],
);
const SATISFACTION: Level = ("满意度指标", 10, &["服务对象满意度指标"]);

impl Form {
    fn levels(self) -> Vec<Level> {
        match self {
            Self::Annex2 => vec![
                (
                    "产出指标",
                    50,
                    &["数量指标", "质量指标", "时效指标", "成本指标"],
                ),
                EFFECTS,
                SATISFACTION,
            ],
            Self::Annex3 => vec![
                ("产出指标", 35, &["数量指标", "质量指标", "时效指标"]),
                (
                    "成本指标",
                    15,
                    &["经济成本指标", "社会成本指标", "生态环境成本指标"],
                ),
                EFFECTS,
                SATISFACTION,
            ],
        }
    }
}

/// The indicators of a filing: the same name has the same target and result in every annex.
pub(super) struct Bank(Vec<Known>);

struct Known {
    second: &'static str,
    third: String,
    target: String,
    actual: String,
    /// Share of the weight that is due, where figures say it.
    due: Option<Decimal>,
    /// 130 % of the target or more.
    far_over: bool,
}

impl Bank {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let mut bank = Vec::new();
        for (second, subjects) in SUBJECTS {
            for subject in *subjects {
                bank.push(Known::new(rng, second, subject));
            }
        }
        Self(bank)
    }

    /// A table with its totals; `money` is the score of the money row.
    pub(super) fn table(&mut self, rng: &mut Rng, form: Form, money: Figure) -> Indicators {
        let levels = form.levels();
        let mut rows = Vec::new();
        for (group, (_, weight, seconds)) in levels.iter().enumerate() {
            let chosen: Vec<&Known> = seconds
                .iter()
                .flat_map(|second| self.some(rng, second))
                .collect();
            for (known, weight) in chosen.iter().zip(split(rng, *weight, chosen.len())) {
                rows.push(known.row(rng, group, weight));
            }
        }
        let groups = levels
            .iter()
            .map(|(name, weight, _)| Group {
                name,
                weight: Some(Decimal::from(*weight)),
            })
            .collect();
        let mut table = Indicators {
            groups,
            rows,
            totals: [None; 2],
        };
        table.settle(Some(Decimal::TEN), money);
        table
    }

    /// One or more of a second level, in their order.
    fn some(&self, rng: &mut Rng, second: &str) -> Vec<&Known> {
        let all: Vec<&Known> = self
            .0
            .iter()
            .filter(|known| known.second == second)
            .collect();
        let kept = rng.between(0, all.len() as i64 - 1) as usize;
        let others = all
            .iter()
            .enumerate()
            .filter(|(index, _)| *index == kept || rng.chance(35));
        others.map(|(_, known)| *known).collect()
    }
}

/// `total` in `parts`, multiples of 1 or of 0.5, none of them 0.
fn split(rng: &mut Rng, total: i64, parts: usize) -> Vec<Decimal> {
    let parts = parts as i64;
    // 5 and 10 first, as most tables have it.
    let halves = if rng.chance(50) { 2 } else { 1 };
    let mut left = total * halves;
    let mut weights = Vec::new();
    for others in (0..parts).rev() {
        let even = left / (others + 1);
        let part = match others {
            0 => left,
            _ => rng.between((even / 2).max(1), (even * 3 / 2).min(left - others).max(1)),
        };
        left -= part;
        weights.push((Decimal::from(part) / Decimal::from(halves)).normalize());
    }
    weights
}

impl Known {
    fn new(rng: &mut Rng, second: &'static str, subject: &Subject) -> Self {
        let Subject { name, measure } = subject;
        let mut known = Self {
            second,
            third: (*name).to_owned(),
            target: String::new(),
            actual: String::new(),
            due: None,
            far_over: false,
        };
        match measure {
            Measure::Count(unit) => {
                let target = rng.pick(&[20, 50, 100, 400, 1200]);
                let actual = target * rng.pick(&[80, 95, 100, 100, 105, 120, 150]) / 100;
                known.target = format!("{}{target}{unit}", rng.pick(&["", "≥", "不少于"]));
                known.actual = format!("{actual}{unit}");
                known.due = Some(Decimal::from(actual) / Decimal::from(target));
                known.far_over = actual * 10 >= target * 13;
            }
            Measure::Percent => {
                let target = rng.pick(&[80, 85, 90, 95]);
                let actual = rng.pick(&[78, 86, 95, 96, 98]);
                known.target = format!("{}{target}%", rng.pick(&["", "≥"]));
                known.actual = format!("{actual}%");
                known.due = Some(Decimal::from(actual) / Decimal::from(target));
            }
            Measure::Limit(unit) => {
                let target = rng.pick(&[10, 30, 80]);
                let actual = rng.pick(&[target, target - 1, target * 9 / 10]);
                known.target = format!("≤{target}{unit}");
                known.actual = format!("{actual}{unit}");
                known.due = Some(Decimal::ONE);
            }
            Measure::Words(target, actual) => {
                known.target = (*target).to_owned();
                known.actual = (*actual).to_owned();
            }
        }
        known
    }

    fn row(&self, rng: &mut Rng, group: usize, weight: Decimal) -> Indicator {
        let due = self.due.unwrap_or(Decimal::ONE).min(Decimal::ONE);
        let mut score = round2(weight * due);
        // A reviewer's own mark-down, at most a fifth.
        if due == Decimal::ONE && rng.chance(15) {
            score = round2(weight * Decimal::new(rng.pick(&[80, 90, 95]), 2));
        }
        let reason = match score < weight || self.far_over {
            true if self.far_over => "年中任务增加；以后按实际测算目标",
            true => "进度稍慢；加强督促",
            false => "",
        };
        Indicator {
            group,
            second: self.second.to_owned(),
            third: self.third.clone(),
            target: self.target.clone(),
            actual: self.actual.clone(),
            weight: Some(weight),
            score: Some(score.normalize()),
            reason: reason.to_owned(),
            share: Share::No,
        }
    }
}
