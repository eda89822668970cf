//! Targets, results and scores of single indicators.

use foldhash::{HashSet, HashSetExt};
use rust_decimal::Decimal;

use super::Check;
use super::targets::{
    Attainment, Direction, StatedResult, is_choice_of_options, stated_result, verdict,
};
use crate::amount::Quantity;
use crate::catalog::{Block, ListRef, NamedCheck, Severity, WEIGHT};
use crate::check::Run;
use crate::check::words::{figure, shortened};
use crate::filing::{Fact, ListRow, Table};
use crate::label;

/// One row of an indicator table, read. The ids of the columns are roles that any form gives to
/// its own columns.
pub(super) struct Indicator<'a> {
    pub(super) row: &'a ListRow,
    block: &'a Block,
    pub(super) target: Option<&'a Quantity>,
    pub(super) actual: Option<&'a Quantity>,
    /// Of all rows that share it or the score, as the score is.
    pub(super) weight: Option<Decimal>,
    pub(super) score: Option<Decimal>,
    pub(super) direction: Direction,
}

impl<'a> Indicator<'a> {
    /// Reads a row.
    pub(super) fn of(block: &'a Block, row: &'a ListRow) -> Self {
        let fact = |id: &str| block.column(id).and_then(|column| row.facts.get(column));
        let text = |id: &str| fact(id).and_then(Fact::text).unwrap_or_default();
        let quantity = |id: &str| fact(id).and_then(|fact| fact.quantity.as_deref());
        let judged = |id: &str| block.column(id).and_then(|at| row.judged().get(at));
        let number = |id: &str| judged(id).and_then(Fact::number).map(|figure| figure.value);
        let target = quantity("目标");
        let limits = text("二级").contains("成本") || text("一级").contains("成本");
        Self {
            row,
            block,
            direction: Direction::of(target, limits),
            target,
            actual: quantity("完成"),
            weight: number(WEIGHT),
            score: number("得分"),
        }
    }

    pub(super) fn fact(&self, id: &str) -> Option<&'a Fact> {
        self.row.facts.get(self.block.column(id)?)
    }

    pub(super) fn text(&self, id: &str) -> &'a str {
        self.fact(id).and_then(Fact::text).unwrap_or_default()
    }

    /// The name of the indicator.
    pub(super) fn name(&self) -> String {
        label::words(self.text("三级"))
    }

    fn explained(&self) -> bool {
        let reason = self.block.column("原因");
        reason
            .and_then(|column| self.row.judged().get(column))
            .is_some_and(|fact| !fact.is_blank() && fact.text().is_some())
    }

    /// How the result compares with the target, where both are numbers of one unit. 0.95 beside
    /// 80% may be 95% or 0.95%: what only one of them says is not known, and of two that agree
    /// the one nearer to the target counts.
    pub(super) fn attainment(&self) -> Option<Attainment> {
        let (a, b) = (self.target?, self.actual?);
        let of = |(target, actual)| Attainment {
            target,
            actual,
            direction: self.direction,
        };
        let written = of(in_one_unit(a, b)?);
        let Some(rates) = as_rates(a, b).map(of) else {
            return Some(written);
        };
        if rates.met() != written.met() {
            return None;
        }
        let share = |reading: &Attainment| reading.proportional(Decimal::ONE);
        let nearer = match written.met() {
            true => share(&rates) < share(&written),
            false => share(&rates) > share(&written),
        };
        Some(if nearer { rates } else { written })
    }
}

/// The values of two quantities that can be compared, amounts of money both in 元. A number
/// without a unit is in the other's.
pub(super) fn in_one_unit(a: &Quantity, b: &Quantity) -> Option<(Decimal, Decimal)> {
    if a.unit.is_empty() || b.unit.is_empty() {
        return Some((a.value, b.value));
    }
    let ((a_value, a_unit), (b_value, b_unit)) = (in_yuan(a)?, in_yuan(b)?);
    // 件 goes with 件案件, but not with 元 for 元/人, nor 米 with 平方米.
    let goes_on = |longer: &str, shorter: &str| {
        let rest = longer.strip_prefix(shorter);
        rest.is_some_and(|rest| !rest.starts_with(['/', '／', '每']))
    };
    let same = goes_on(a_unit, b_unit) || goes_on(b_unit, a_unit);
    same.then_some((a_value, b_value))
}

/// The values of a percentage and of a bare number that may be a rate itself, in percent points.
fn as_rates(a: &Quantity, b: &Quantity) -> Option<(Decimal, Decimal)> {
    let points = |quantity: &Quantity| {
        let bare = quantity.unit.is_empty()
            && quantity.value > Decimal::ZERO
            && quantity.value <= Decimal::ONE;
        bare.then(|| quantity.value * Decimal::ONE_HUNDRED)
    };
    match (&*a.unit, &*b.unit) {
        ("%", _) => Some((a.value, points(b)?)),
        (_, "%") => Some((points(a)?, b.value)),
        _ => None,
    }
}

/// Whether two quantities are, or may be, the same.
pub(super) fn same_quantity(a: &Quantity, b: &Quantity) -> bool {
    let pairs = [in_one_unit(a, b), as_rates(a, b)];
    pairs.into_iter().flatten().any(|(a, b)| a == b)
}

/// 19.2万元 is 192000元; other units stay.
fn in_yuan(quantity: &Quantity) -> Option<(Decimal, &str)> {
    for (word, scale) in [("万", 10_000), ("亿", 100_000_000)] {
        if let Some(unit) = quantity.unit.strip_prefix(word)
            && unit.starts_with('元')
        {
            return Some((quantity.value.checked_mul(Decimal::from(scale))?, unit));
        }
    }
    Some((quantity.value, &quantity.unit))
}

/// Indicators of a table, rows that share a score cell with the row above left out.
pub(super) fn of_table<'a>(
    check: &Check<'a, '_>,
    list: ListRef,
) -> (Option<&'a Table>, Vec<Indicator<'a>>) {
    let block = &check.evidence.form.annexes[list.annex].blocks[list.block];
    let table = check.table(list);
    let rows = table.into_iter().flat_map(|table| table.list(list.block));
    (table, rows.map(|row| Indicator::of(block, row)).collect())
}

/// Checks that look at one row at a time.
pub(super) fn run(check: &Check<'_, '_>, named: NamedCheck, list: ListRef, run: &mut Run) {
    let (Some(table), indicators) = of_table(check, list) else {
        return;
    };
    let mut seen = HashSet::new();
    let counting = indicators.iter().enumerate();
    for (at, indicator) in counting.filter(|(_, one)| !one.row.not_applicable) {
        let found = match named {
            NamedCheck::MergedScores => merged(check, indicator),
            NamedCheck::RepeatedIndicator => repeated(check, indicator, &mut seen),
            NamedCheck::VagueTarget => vague_target(check, indicator),
            NamedCheck::ApproximateActual => approximate(check, indicator),
            NamedCheck::UnitsOfMeasure => units(check, indicator),
            NamedCheck::VerdictAsActual => verdict_as_actual(check, indicator),
            _ if indicator.row.is_covered() => None,
            NamedCheck::Overfulfilled => overfulfilled(check, indicator),
            // What of a shared weight or score is for the one target and what for the other is
            // not known.
            _ if indicator.row.together.is_some() => None,
            NamedCheck::MetButMarkedDown => met_but_marked_down(check, indicator),
            NamedCheck::GenerousScore => generous(check, indicator, Direction::AtLeast),
            NamedCheck::GenerousScoreOfLimit => generous(check, indicator, Direction::AtMost),
            NamedCheck::StrictScore => strict(check, indicator),
            NamedCheck::QualitativeBands => bands(check, indicator),
            _ => None,
        };
        let Some(Said {
            column,
            says,
            todo,
            severity,
        }) = found
        else {
            continue;
        };
        let Some(fact) = indicator.fact(column) else {
            continue;
        };
        let Some(cell) = fact.cell else { continue };
        // A merged cell stands in the first of its rows.
        let stands_in = |one: &Indicator<'_>| one.fact(column).is_some_and(|f| f.cell == fact.cell);
        let rows = indicators[..at].iter().rev();
        let first = rows.take_while(|one| stands_in(one)).last();
        let words = column_words(first.unwrap_or(indicator), column);
        let mut finding = check.at(table, cell, &words, &fact.shown, says);
        if let Some(severity) = severity {
            finding.severity = severity;
        }
        finding.todo = todo.or(finding.todo);
        run.found(finding);
    }
}

fn column_words(indicator: &Indicator<'_>, id: &str) -> String {
    let column = indicator.block.column(id).map_or("", |column| {
        indicator.block.columns[column].label.words.as_str()
    });
    format!("{} · {column}", indicator.name())
}

struct Said {
    column: &'static str,
    says: String,
    /// What to do, where the severity alone does not tell it.
    todo: Option<String>,
    severity: Option<Severity>,
}

impl Said {
    fn with_todo(mut self, todo: String) -> Self {
        self.todo = Some(todo);
        self
    }
}

fn said(column: &'static str, says: String) -> Option<Said> {
    Some(Said {
        column,
        says,
        todo: None,
        severity: None,
    })
}

/// A parameter of the form, percents as ratios.
pub(super) fn parameter(check: &Check<'_, '_>, id: &str) -> Option<Decimal> {
    let parameter = check
        .evidence
        .form
        .parameters
        .iter()
        .find(|parameter| parameter.id == id)?;
    Some(match parameter.unit {
        crate::catalog::Unit::Percent => parameter.value / Decimal::ONE_HUNDRED,
        _ => parameter.value,
    })
}

fn met_but_marked_down(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    let attainment = indicator.attainment()?;
    let (weight, score) = (indicator.weight?, indicator.score?);
    let marked_down = attainment.met() && score < weight && !indicator.explained();
    if !marked_down || attainment.direction != Direction::AtLeast {
        return None;
    }
    said(
        "得分",
        check.say(
            format!(
                "完成值已达到目标值 {}，却只得 {score} 分（分值 {weight}），没有写原因。",
                indicator.text("目标")
            ),
            format!(
                "the target {} is met, yet the score is {score} of {weight}, without a reason.",
                indicator.text("目标")
            ),
        ),
    )
}

fn generous(
    check: &Check<'_, '_>,
    indicator: &Indicator<'_>,
    direction: Direction,
) -> Option<Said> {
    let attainment = indicator
        .attainment()
        .filter(|attainment| attainment.direction == direction)?;
    let (weight, score) = (indicator.weight?, indicator.score?);
    let expected = attainment.proportional(weight)?;
    if attainment.met() || score <= expected + parameter(check, "得分宽容")? {
        return None;
    }
    let (target, actual) = (indicator.text("目标"), indicator.text("完成"));
    let expected = figure(crate::tolerance::round_half_away(expected, 2), None);
    said("得分", check.say(
        format!("目标 {target}，完成 {actual}，没有达到；按比例约 {expected} 分，填了 {score} 分。"),
        format!("target {target}, result {actual}: not met; in proportion {expected}, but the score is {score}."),
    ))
}

fn strict(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    let attainment = indicator.attainment()?;
    let (weight, score) = (indicator.weight?, indicator.score?);
    let expected = attainment.proportional(weight)?;
    if attainment.met() || score >= expected - parameter(check, "得分宽容")? {
        return None;
    }
    let expected = figure(crate::tolerance::round_half_away(expected, 2), None);
    said(
        "得分",
        check.say(
            format!("按完成比例约 {expected} 分，填了 {score} 分，偏低。"),
            format!("in proportion {expected}, the score is only {score}."),
        ),
    )
}

fn overfulfilled(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    let attainment = indicator.attainment()?;
    let ratio = attainment.ratio()?;
    let limit = parameter(check, "超额比例")?;
    if attainment.direction != Direction::AtLeast || ratio < limit || indicator.explained() {
        return None;
    }
    let (target, actual) = (indicator.text("目标"), indicator.text("完成"));
    let percent = figure(ratio, Some(crate::catalog::Unit::Percent));
    said(
        "完成",
        check.say(
            format!("目标 {target}，完成 {actual}，是目标的 {percent}，没有写原因。"),
            format!("target {target}, result {actual}: {percent} of the target, without a reason."),
        ),
    )
}

fn bands(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    if indicator.target.is_some() || indicator.fact("目标")?.is_blank() {
        return None;
    }
    let (weight, score) = (indicator.weight?, indicator.score?);
    let share = score.checked_div(weight)?;
    let (full, part) = (
        parameter(check, "全部完成下限")?,
        parameter(check, "部分完成下限")?,
    );
    let actual = indicator.text("完成");
    let fits = match stated_result(actual)? {
        StatedResult::Met => share >= full,
        StatedResult::Partly => share >= part && share <= full,
        StatedResult::Missed => share <= part,
    };
    if fits {
        return None;
    }
    let percent = figure(share, Some(crate::catalog::Unit::Percent));
    said(
        "得分",
        check.say(
            format!("完成情况写「{actual}」，得分率 {percent}，与通常的分档不符。"),
            format!("the result says “{actual}”, but the score is {percent} of its weight."),
        ),
    )
}

fn vague_target(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    let target = indicator.fact("目标")?;
    let text = indicator.text("目标");
    if indicator.text("三级").is_empty() && target.is_blank() {
        return None;
    }
    if indicator.fact("完成")?.is_blank() {
        return Some(Said {
            column: "完成",
            says: check.say("没有填。".into(), "is blank.".into()),
            todo: Some(check.say("请补填。".into(), "Please fill it in.".into())),
            severity: Some(Severity::Incomplete),
        });
    }
    if target.is_blank() {
        return said(
            "目标",
            check.say("没有填目标值。".into(), "has no target.".into()),
        );
    }
    let quoted = shortened(text);
    if label::key(text) == label::key(&indicator.name()) {
        return said(
            "目标",
            check.say(
                format!("「{quoted}」与指标名称相同，不是目标值。"),
                format!("“{quoted}” is the indicator's name, not a target."),
            ),
        );
    }
    if !is_choice_of_options(text) {
        return None;
    }
    let listed = check.say(
        format!("「{quoted}」把各个选项都列上了。"),
        format!("“{quoted}” lists all the options."),
    );
    let todo = check.say(
        "请只写要达到的那一个。".into(),
        "Please give the one to be reached.".into(),
    );
    Some(said("目标", listed)?.with_todo(todo))
}

fn verdict_as_actual(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    indicator.target?;
    let text = indicator.text("完成");
    let bounded = indicator
        .actual
        .as_ref()
        .is_some_and(|actual| actual.comparator.is_some());
    if !bounded && !verdict(text) {
        return None;
    }
    let quoted = shortened(text);
    let verdict = check.say(
        format!("「{quoted}」不是实际数。"),
        format!("“{quoted}” is not a measured value."),
    );
    let todo = check.say(
        "请写实际达到的数。".into(),
        "Please give the figure reached.".into(),
    );
    Some(said("完成", verdict)?.with_todo(todo))
}

fn approximate(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    let actual = indicator
        .actual
        .as_ref()
        .filter(|actual| actual.approximate)?;
    let (text, value) = (shortened(indicator.text("完成")), actual.value.normalize());
    let about = check.say(
        format!("「{text}」是约数，按 {value} 核对。"),
        format!("“{text}” is approximate; it was read as {value}."),
    );
    let todo = check.say(
        "请写准确数。".into(),
        "Please give the exact figure.".into(),
    );
    Some(said("完成", about)?.with_todo(todo))
}

fn units(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    let (target, actual) = (indicator.target?, indicator.actual?);
    if in_one_unit(target, actual).is_some() {
        return None;
    }
    said(
        "完成",
        check.say(
            format!(
                "目标的单位是「{}」，完成的单位是「{}」，无法比较。",
                target.unit, actual.unit
            ),
            format!(
                "the target is in “{}”, the result in “{}”.",
                target.unit, actual.unit
            ),
        ),
    )
}

fn merged(check: &Check<'_, '_>, indicator: &Indicator<'_>) -> Option<Said> {
    if !indicator.row.is_covered() {
        return None;
    }
    let score = indicator.block.column("得分");
    if score.is_none_or(|column| !indicator.row.covered.contains(&column)) {
        return said(
            "分值",
            check.say(
                "与下面的行合用一个分值，得分相加后再比较。".into(),
                "shares its weight with the rows below; their scores are added up.".into(),
            ),
        );
    }
    said(
        "得分",
        check.say(
            "与下面的行合用一个得分，按一行计分。".into(),
            "shares its score with the rows below; counted once.".into(),
        ),
    )
}

fn repeated(
    check: &Check<'_, '_>,
    indicator: &Indicator<'_>,
    seen: &mut HashSet<String>,
) -> Option<Said> {
    let key = label::key(&indicator.name());
    if key.is_empty() || label::is_placeholder(&key) {
        return None;
    }
    if seen.insert(key) {
        return None;
    }
    said(
        "三级",
        check.say(
            "上面已有同名的指标。".into(),
            "stands above already.".into(),
        ),
    )
}
