//! The formula of a check with its figures put in, as spreadsheet formulas that give text.

use super::compare;
use super::compile::{Scope, quoted};
use super::unread::is_filled;
use crate::catalog::{
    Expr, Field, Function, Operator, Piece, RowRef, Test, Unit, place_of_slot, unit_of,
};
use crate::check;

/// Texts of a check; formulas without `=`.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Shown always.
    pub(super) always: Option<String>,
    /// Shown instead where the check fails.
    pub(super) failing: Option<String>,
}

/// A place in words: `附件1「三公经费 · 2023年预算数」`.
pub(super) fn place(scope: &Scope<'_>, field: Field) -> String {
    let words = check::field_words_of(scope.plan.form, field);
    let annex = &scope.plan.form.annexes[field.annex()].name;
    match (
        words.strip_prefix(annex.as_str()),
        scope.sheet_of(field.annex()),
    ) {
        (Some(rest), Some((_, sheet))) => format!("{}{rest}", sheet.name),
        _ => words,
    }
}

pub(super) fn of_test(scope: &Scope<'_>, test: &Test) -> Figures {
    let always = match &test.fill {
        Some(fill) => of_fill(scope, test, fill.target),
        None => of_condition(scope, &test.expr),
    };
    let failing = test.say.as_ref().and_then(|say| said(scope, &say.zh));
    Figures { always, failing }
}

pub(super) fn of_tree(scope: &Scope<'_>, at: RowRef, column: usize) -> Figures {
    let block = &scope.plan.form.annexes[at.annex].blocks[at.block];
    let field = Field::Slot {
        annex: at.annex,
        slot: block.slot(at.row, column),
    };
    let exhaustive = block.rows[at.row]
        .total
        .as_ref()
        .is_some_and(|total| total.exhaustive);
    let relation = if exhaustive {
        "，各项之和 "
    } else {
        "，其中各项之和 "
    };
    let text = || {
        let sum = compare::parts(scope, at, column)?;
        let unit = block.columns[column].unit;
        Some(format!(
            "{}&{}&{}",
            labelled(scope, field)?,
            quoted(relation),
            shown(&sum.value, &sum.given, Some(unit))
        ))
    };
    Figures {
        always: text(),
        failing: None,
    }
}

/// `执行率 84.78%，应为 269.69 ÷ 318.10 = 84.78%`.
fn of_fill(scope: &Scope<'_>, test: &Test, target: Field) -> Option<String> {
    let value = scope.number(&test.expr)?;
    let result = shown(&value.value, &value.given, Some(scope.unit(target)));
    let working = match &test.expr {
        Expr::Binary(Operator::Divide, ..) => {
            format!("{}&\" = \"&", working(scope, &test.expr, false)?)
        }
        _ => String::new(),
    };
    Some(format!(
        "{}&{}&{working}{result}",
        labelled(scope, target)?,
        quoted("，应为 ")
    ))
}

/// Both sides of the comparison that a condition is.
fn of_condition(scope: &Scope<'_>, expr: &Expr) -> Option<String> {
    let Expr::Binary(operator, left, right) = expr else {
        return None;
    };
    let sign = match operator {
        Operator::Equal => "应等于",
        Operator::AtMost => "不应大于",
        Operator::AtLeast => "不应小于",
        _ => return None,
    };
    let sign = quoted(&format!(" {sign} "));
    Some(format!(
        "{}&{sign}&{}",
        side(scope, left)?,
        side(scope, right)?
    ))
}

/// A side of a comparison, with its result where it is computed.
fn side(scope: &Scope<'_>, expr: &Expr) -> Option<String> {
    let text = working(scope, expr, true)?;
    if !matches!(expr, Expr::Binary(..)) {
        return Some(text);
    }
    let value = scope.number(expr)?;
    let unit = unit_of(scope.plan.form, expr);
    Some(format!(
        "{text}&\" = \"&{}",
        shown(&value.value, &value.given, unit)
    ))
}

/// An expression as words and figures.
fn working(scope: &Scope<'_>, expr: &Expr, labels: bool) -> Option<String> {
    match expr {
        Expr::Field(field) if labels => labelled(scope, *field),
        Expr::Field(field) => figure(scope, *field),
        Expr::Number(..) | Expr::Parameter(_) => {
            let words = check::formula_words(scope.plan.form, expr, crate::lang::Lang::Zh);
            Some(quoted(&words))
        }
        Expr::Binary(operator, left, right) => {
            let sign = match operator {
                Operator::Add => " + ",
                Operator::Subtract => " − ",
                Operator::Multiply => " × ",
                Operator::Divide => " ÷ ",
                _ => return None,
            };
            Some(format!(
                "{}&{}&{}",
                working(scope, left, labels)?,
                quoted(sign),
                working(scope, right, labels)?
            ))
        }
        Expr::Call(Function::Abs, arguments) => {
            let inner = working(scope, arguments.first()?, labels)?;
            Some(format!("\"|\"&{inner}&\"|\""))
        }
        Expr::SumList(..) | Expr::SumTables(_) => {
            let words = check::formula_words(scope.plan.form, expr, crate::lang::Lang::Zh);
            let value = scope.number(expr)?;
            let unit = unit_of(scope.plan.form, expr);
            let figure = shown(&value.value, &value.given, unit);
            Some(format!("{}&{figure}", quoted(&format!("{words} "))))
        }
        _ => None,
    }
}

/// `年初预算数 176.32`.
fn labelled(scope: &Scope<'_>, field: Field) -> Option<String> {
    let Field::Slot { annex, slot } = field else {
        return None;
    };
    let (block, row, column) = place_of_slot(&scope.plan.form.annexes[annex], slot);
    // In a grid of one row the column says it all.
    let words = match block.rows.get(row) {
        Some(row) if block.rows.len() > 1 => {
            let column = check::with_years(&column.label.words, scope.plan.year);
            format!("{}·{column}", row.label.words)
        }
        _ => check::with_years(&column.label.words, scope.plan.year),
    };
    let other = scope.sheet_of(annex)?.1.name.clone();
    let words = match scope.table.map(|table| scope.plan.sheets[table].annex) {
        Some(here) if here == annex => words,
        _ => format!("{other} {words}"),
    };
    Some(format!(
        "{}&{}",
        quoted(&format!("{words} ")),
        figure(scope, field)?
    ))
}

fn figure(scope: &Scope<'_>, field: Field) -> Option<String> {
    let reference = scope.reference(field)?;
    let unit = scope.unit(field);
    if !unit.is_number() {
        return Some(format!("IF({},{reference},\"空\")", is_filled(&reference)));
    }
    Some(shown(
        &reference,
        &format!("ISNUMBER({reference})"),
        Some(unit),
    ))
}

/// A number as its unit is written.
fn shown(value: &str, given: &str, unit: Option<Unit>) -> String {
    let text = match unit {
        Some(Unit::Percent) => format!("TEXT({value},\"0.00%\")"),
        Some(Unit::People | Unit::Score) => format!("ROUND({value},2)"),
        _ => format!("TEXT({value},\"0.00\")"),
    };
    format!("IF({given},{text},\"空\")")
}

/// What the rule says where it fails.
fn said(scope: &Scope<'_>, pieces: &[Piece]) -> Option<String> {
    let parts: Option<Vec<String>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => Some(quoted(words)),
            Piece::Figure(Expr::Parameter(index)) => {
                let parameter = &scope.plan.form.parameters[*index];
                let sign = if parameter.unit == Unit::Percent {
                    "%"
                } else {
                    ""
                };
                Some(quoted(&format!("{}{sign}", parameter.value.normalize())))
            }
            Piece::Figure(Expr::Field(field)) => figure(scope, *field),
            Piece::Figure(expr) => chosen(scope, expr).or_else(|| {
                let value = scope.number(expr)?;
                let unit = unit_of(scope.plan.form, expr);
                Some(shown(&value.value, &value.given, unit))
            }),
        })
        .collect();
    Some(parts?.join("&"))
}

/// One word or another: 增加 or 减少.
fn chosen(scope: &Scope<'_>, expr: &Expr) -> Option<String> {
    let Expr::Call(Function::If, arguments) = expr else {
        return None;
    };
    let [condition, Expr::Text(then), Expr::Text(other)] = arguments.as_slice() else {
        return None;
    };
    let code = scope.truth(condition, false)?;
    Some(format!("IF({code}>=2,{},{})", quoted(then), quoted(other)))
}
