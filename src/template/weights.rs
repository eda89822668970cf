//! GJ301 as a live check: the weight that a first level names against the weights of its rows.
//! It is a named check of the program, but the template knows where its rows are.

use super::checks::{Live, Verdict};
use super::compile::Scope;
use super::figures::Figures;
use super::unread::{Needed, is_filled};
use crate::catalog::{ListRef, Rule, Severity, WEIGHT};
use crate::naming;
use crate::workbook::{Addr, Area};

/// A check for each first level of a list.
pub(super) fn of_groups(scope: &Scope<'_>, rule: &Rule, list: ListRef) -> Option<Vec<Live>> {
    let (sheet, printed) = scope.sheet_of(list.annex)?;
    let annex = &scope.plan.form.annexes[list.annex];
    let block = &annex.blocks[list.block];
    let rows = printed.list(list.block)?;
    let weight = rows.columns[block.column(WEIGHT)?];
    let mut checks = Vec::new();
    for (index, (group, span)) in block.groups.iter().zip(&rows.groups).enumerate() {
        let weights = scope.area(sheet, weight, *span);
        // The first two levels are the form's; what the filer writes stands right of them.
        let words: Vec<String> = rows.columns[2..]
            .iter()
            .map(|column| scope.area(sheet, *column, *span))
            .collect();
        let filled = format!("SUMPRODUCT(1*({}))", is_filled(&words.join("&")));
        let mut needed = Needed::default();
        needed.area(weights.clone());
        let named = group.weight.normalize();
        let code = format!("IF({filled}>0,IF(ROUND(SUM({weights})-{named},6)=0,3,0),1)");
        let at = Addr::new(span.0, rows.columns[0]);
        let figures = format!("\"写明 {named} 分，各行合计 \"&ROUND(SUM({weights}),2)&\" 分\"");
        checks.push(Live {
            code: rule.code.clone(),
            name: rule.name.zh.clone(),
            sheet,
            area: Some(Area {
                first: at,
                last: at,
            }),
            place: format!("{}「{}」", printed.name, group.label),
            link: Some(naming::of_group(annex, printed.number, list.block, index)),
            verdict: Verdict::One(code),
            unread: needed.unread(scope),
            failing: Severity::Error,
            tells_rounding: false,
            figures: Figures {
                always: Some(figures),
                failing: None,
            },
        });
    }
    Some(checks)
}
