//! Indicators that stand in 附件2 and in a 附件3.

use rust_decimal::Decimal;

use super::Check;
use super::indicators::{Indicator, same_quantity};
use crate::catalog::{Kind, ListRef};
use crate::check::value::Unknown;
use crate::check::{Run, words};
use crate::label;

/// GJ707: same target and same result; with several projects the department's may be their sum.
pub(super) fn shared_indicators(check: &Check<'_, '_>, list: ListRef, run: &mut Run) {
    let form = check.evidence.form;
    let Some(table) = check.table(list) else {
        return run.not_known(Unknown::NoTable(list.annex));
    };
    // The indicators of the projects, with the keys of their names.
    let mut others: Vec<(String, Indicator<'_>)> = Vec::new();
    for other in check
        .evidence
        .filing
        .tables
        .iter()
        .filter(|other| form.annexes[other.annex].repeat)
    {
        for (index, block) in form.annexes[other.annex].blocks.iter().enumerate() {
            if block.kind == Kind::List {
                others.extend(other.list(index).map(|row| {
                    let indicator = Indicator::of(block, row);
                    (label::key(&indicator.name()), indicator)
                }));
            }
        }
    }
    let block = &form.annexes[list.annex].blocks[list.block];
    for indicator in table.list(list.block).map(|row| Indicator::of(block, row)) {
        let key = label::key(&indicator.name());
        if key.is_empty() {
            continue;
        }
        let same: Vec<&Indicator<'_>> = others
            .iter()
            .filter(|(other, _)| *other == key)
            .map(|(_, other)| other)
            .collect();
        if same.is_empty() {
            continue;
        }
        for column in ["目标", "完成"] {
            if agrees(&indicator, &same, column) {
                run.passed();
                continue;
            }
            let (Some(fact), Some(other)) = (
                indicator.fact(column),
                same.first().and_then(|other| other.fact(column)),
            ) else {
                continue;
            };
            let Some(cell) = fact.cell else { continue };
            let head = block
                .column(column)
                .map_or("", |at| block.columns[at].label.words.as_str());
            let place = format!("{} · {head}", words::shortened(&indicator.name()));
            let (own, theirs) = quoted_apart(&fact.shown, &other.shown);
            let says = check.say(
                format!("填「{own}」，附件3同名指标填「{theirs}」，应当一致。"),
                format!("says “{own}”; the same indicator in annex 3 says “{theirs}”."),
            );
            let mut finding = check.at(table, cell, &place, &fact.shown, says);
            finding.expected = Some(other.shown.to_string());
            finding.related = other
                .cell
                .map(|cell| crate::finding::Related {
                    cell,
                    field: None,
                    value: other.shown.clone(),
                })
                .into_iter()
                .collect();
            run.found(finding);
        }
    }
}

/// Two texts as they are quoted: long ones from shortly before the place where they part.
fn quoted_apart(a: &str, b: &str) -> (String, String) {
    const BEFORE: usize = 10;
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(BEFORE);
    let quoted = |text: &str| {
        let whole = words::shortened(text);
        if whole == text || from == 0 {
            return whole;
        }
        let rest: String = text.chars().skip(from).collect();
        format!("…{}", words::shortened(&rest))
    };
    (quoted(a), quoted(b))
}

fn agrees(own: &Indicator<'_>, others: &[&Indicator<'_>], column: &str) -> bool {
    let quantity = |indicator: &Indicator<'_>| match column {
        "目标" => indicator.target.cloned(),
        _ => indicator.actual.cloned(),
    };
    let Some(mine) = quantity(own) else {
        let text = own.text(column);
        return others.iter().any(|other| alike(text, other.text(column)));
    };
    let theirs: Vec<_> = others.iter().filter_map(|other| quantity(other)).collect();
    let sum: Decimal = theirs.iter().map(|other| other.value).sum();
    theirs.iter().all(|other| same_quantity(other, &mine)) && !theirs.is_empty()
        || theirs.len() > 1 && sum == mine.value
        || theirs.is_empty()
            && others
                .iter()
                .any(|other| alike(own.text(column), other.text(column)))
}

/// Words of the same meaning, as far as letters tell: most of the shorter text is in the longer
/// one, in order.
fn alike(a: &str, b: &str) -> bool {
    let a: Vec<char> = label::key(a).chars().take(200).collect();
    let b: Vec<char> = label::key(b).chars().take(200).collect();
    let shorter = a.len().min(b.len());
    if shorter == 0 {
        return a.len() == b.len();
    }
    let mut row = vec![0usize; b.len() + 1];
    for x in &a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y {
                diagonal + 1
            } else {
                above.max(row[j])
            };
            diagonal = above;
        }
    }
    row[b.len()] * 10 >= shorter * 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_quoted_where_they_part() {
        let (common, rest) = ("同".repeat(200), "后".repeat(200));
        let quoted = quoted_apart(&format!("{common}甲{rest}"), &format!("{common}乙"));
        assert!(quoted.0.starts_with("…同"), "{quoted:?}");
        assert!(quoted.0.contains("同甲后") && quoted.1.ends_with("同乙"));
        assert!(quoted.0.chars().count() < 70, "{quoted:?}");
        let short = quoted_apart("得到保障", "有所改善");
        assert_eq!(short, ("得到保障".to_owned(), "有所改善".to_owned()));
    }

    #[test]
    fn wording_may_differ() {
        assert!(alike("按省级经费管理办法", "按经费管理办法定"));
        assert!(alike("得到保障", "得到保障"));
        assert!(!alike("得到保障", "有所改善"));
    }
}
