//! What targets and results say: direction, attainment, stated results.

use rust_decimal::Decimal;

use crate::amount::{Comparator, Quantity};
use crate::label;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The target is to be reached.
    AtLeast,
    /// The target is not to be exceeded.
    AtMost,
}

impl Direction {
    /// By the bound written in the target; without one, what costs is a limit.
    pub(super) fn of(target: Option<&Quantity>, is_cost: bool) -> Self {
        match target.and_then(|target| target.comparator) {
            Some(Comparator::AtLeast | Comparator::More) => Self::AtLeast,
            Some(Comparator::AtMost | Comparator::Less) => Self::AtMost,
            None if is_cost => Self::AtMost,
            None => Self::AtLeast,
        }
    }
}

/// A target and a result that can be compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attainment {
    pub(super) target: Decimal,
    pub(super) actual: Decimal,
    pub(super) direction: Direction,
}

impl Attainment {
    pub(super) fn met(&self) -> bool {
        match self.direction {
            Direction::AtLeast => self.actual >= self.target,
            Direction::AtMost => self.actual <= self.target,
        }
    }

    /// Result ÷ target.
    pub(super) fn ratio(&self) -> Option<Decimal> {
        self.actual.checked_div(self.target)
    }

    /// The score in proportion to what was reached.
    pub(super) fn proportional(&self, weight: Decimal) -> Option<Decimal> {
        let (part, whole) = match self.direction {
            Direction::AtLeast => (self.actual, self.target),
            Direction::AtMost => (self.target, self.actual),
        };
        weight.checked_mul(part)?.checked_div(whole)
    }
}

/// What a result says in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatedResult {
    Met,
    Partly,
    Missed,
}

/// What words say of the result; `None` where they do not commit themselves.
pub(super) fn stated_result(text: &str) -> Option<StatedResult> {
    let text = label::normalise(text);
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if any(&[
        "未完成",
        "未达",
        "未实现",
        "没有完成",
        "没有达到",
        "不合格",
        "未开展",
    ]) {
        Some(StatedResult::Missed)
    } else if any(&[
        "部分完成",
        "部分达",
        "部分实现",
        "基本完成",
        "基本达到",
        "基本实现",
    ]) {
        Some(StatedResult::Partly)
    } else if any(&[
        "已完成",
        "全部完成",
        "达成预期",
        "达到预期",
        "达标",
        "完全达到",
    ]) {
        Some(StatedResult::Met)
    } else {
        None
    }
}

/// A verdict where a figure was asked for.
pub(super) fn verdict(text: &str) -> bool {
    const VERDICTS: [&str; 14] = [
        "完成",
        "已完成",
        "全部完成",
        "均完成",
        "达标",
        "已达标",
        "达到",
        "达到目标",
        "达到预期",
        "达成预期指标",
        "达到预期指标",
        "达到预期目标",
        "完成目标",
        "达成",
    ];
    let text = label::normalise(text);
    VERDICTS.contains(&text.trim_end_matches('。'))
}

/// «优秀，良好，合格，不合格»: all the options of a scale instead of one.
pub(super) fn is_choice_of_options(text: &str) -> bool {
    const GRADES: [&str; 16] = [
        "优",
        "优秀",
        "良",
        "良好",
        "中",
        "一般",
        "合格",
        "不合格",
        "差",
        "较差",
        "好",
        "较好",
        "是",
        "否",
        "达标",
        "不达标",
    ];
    let text = label::normalise(text);
    let options: Vec<&str> = text
        .split([',', '、', '/', ';', '|'])
        .filter(|part| !part.is_empty())
        .collect();
    options.len() >= 2 && options.iter().all(|option| GRADES.contains(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_told_from_a_list() {
        assert!(is_choice_of_options("优秀，良好，合格，不合格"));
        assert!(is_choice_of_options("达标/不达标"));
        assert!(!is_choice_of_options("道路、桥梁、管网"));
        assert!(!is_choice_of_options("优秀"));
    }

    #[test]
    fn words_commit_themselves_or_do_not() {
        assert_eq!(stated_result("已完成"), Some(StatedResult::Met));
        assert_eq!(stated_result("基本完成"), Some(StatedResult::Partly));
        assert_eq!(stated_result("未完成"), Some(StatedResult::Missed));
        assert_eq!(stated_result("平均达良好"), None);
    }
}
