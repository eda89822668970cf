//! Computed fields and totals of grids: the formula that fills them, and the verdict on what
//! stands in them. The codes go on from those of [`super::compile`].

use rust_decimal::Decimal;

use super::compile::{FAILS, HOLDS, Num, Scope, UNKNOWN, digit_of, total};
use crate::catalog::{Expr, Field, Fill, Operator, RowRef, Test, Tolerance, Unit};

/// Holds but for rounding.
const ROUNDING: u8 = 2;
/// Worth a look: a rate or a sum that was left blank.
pub(super) const HINT: u8 = 4;
/// A score that was left blank.
pub(super) const MISSING: u8 = 5;
/// To be explained: whole points, a total without its parts.
pub(super) const EXPLAIN: u8 = 6;

/// The formula of a computed field: blank while it cannot be computed.
pub(super) fn formula(scope: &Scope<'_>, expr: &Expr, fill: &Fill) -> Option<String> {
    let number = scope.number(expr)?;
    let value = match fill.tolerance {
        Tolerance::Rate => format!("ROUND({},4)", number.value),
        Tolerance::Score => format!("ROUND({},2)", number.value),
        // What binary fractions leave is no part of a sum.
        Tolerance::Sum | Tolerance::Total => format!("ROUND({},6)", number.value),
    };
    Some(blank_unless(&number.given, &value))
}

/// The formula of a total: blank while all its parts are.
pub(super) fn total_formula(scope: &Scope<'_>, at: RowRef, column: usize) -> Option<String> {
    let sum = parts(scope, at, column)?;
    Some(blank_unless(&sum.given, &format!("ROUND({},6)", sum.value)))
}

fn blank_unless(given: &str, value: &str) -> String {
    format!("IF({given},{value},\"\")")
}

/// The verdict on a computed field.
pub(super) fn filled(scope: &Scope<'_>, test: &Test, fill: &Fill) -> Option<String> {
    let printed = scope.field(fill.target)?;
    let value = scope.number(&test.expr)?;
    let compared = match fill.tolerance {
        Tolerance::Total => scored_total(&printed.value, &value.value),
        Tolerance::Sum => of_sum(&printed, &value),
        Tolerance::Rate => rate(scope, &test.expr, &printed.value)?,
        Tolerance::Score => score(scope, test, fill, &printed.value)?,
    };
    let blank = if scope.unit(fill.target) == Unit::Score {
        MISSING
    } else {
        HINT
    };
    Some(format!(
        "IF({},IF({},{compared},{blank}),{UNKNOWN})",
        value.given, printed.given
    ))
}

/// The verdict on one column of a total.
pub(super) fn tree(scope: &Scope<'_>, at: RowRef, column: usize) -> Option<String> {
    let block = &scope.plan.form.annexes[at.annex].blocks[at.block];
    let exhaustive = block.rows[at.row].total.as_ref()?.exhaustive;
    let field = Field::Slot {
        annex: at.annex,
        slot: block.slot(at.row, column),
    };
    let printed = scope.field(field)?;
    let sum = parts(scope, at, column)?;
    let (without_parts, blank, both) = if exhaustive {
        (
            format!("IF(ROUND({},6)=0,{HOLDS},{EXPLAIN})", printed.value),
            format!("IF(ROUND({},6)<>0,{HINT},{UNKNOWN})", sum.value),
            of_sum(&printed, &sum),
        )
    } else {
        let half = (printed.digit / Decimal::TWO).normalize();
        let within = format!(
            "ROUND({}-{},6)<=ROUND(({}+1)*{half},6)",
            sum.value, printed.value, sum.parts
        );
        (
            HOLDS.to_string(),
            UNKNOWN.to_string(),
            format!("IF({within},{HOLDS},{FAILS})"),
        )
    };
    let (printed, sum) = (printed.given, sum.given);
    Some(format!(
        "IF({printed},IF({sum},{both},{without_parts}),IF({sum},{blank},{UNKNOWN}))"
    ))
}

/// The sum of the parts of a row, in one column; of repeat groups as whole ranges.
pub(super) fn parts(scope: &Scope<'_>, at: RowRef, column: usize) -> Option<Num> {
    let (sheet, printed) = scope.sheet_of(at.annex)?;
    let block = &scope.plan.form.annexes[at.annex].blocks[at.block];
    // Rows that follow one another become one range, so that rows inserted between them count.
    let mut ranges: Vec<(u32, u32, u32)> = Vec::new();
    for child in block.children(at.row) {
        let (col, first, last) = match printed.repeat(at.block, child) {
            Some(repeat) => (repeat.columns[column], repeat.rows.0, repeat.rows.1),
            None => {
                let cell = printed.slots[block.slot(child, column)]?;
                (cell.col, cell.row, cell.row)
            }
        };
        match ranges.last_mut() {
            Some(range) if range.0 == col && range.2 + 1 == first => range.2 = last,
            _ => ranges.push((col, first, last)),
        }
    }
    let areas: Vec<String> = ranges
        .into_iter()
        .map(|(col, first, last)| {
            if first == last {
                scope.cell(sheet, crate::workbook::Addr::new(first, col))
            } else {
                scope.area(sheet, col, (first, last))
            }
        })
        .collect();
    let unit = block.columns[column].unit;
    (!areas.is_empty()).then(|| total(&areas.join(","), digit_of(unit)))
}

/// T1 between a printed figure and a sum.
fn of_sum(printed: &Num, sum: &Num) -> String {
    let off = format!("ROUND({}-{},6)", printed.value, sum.value);
    let digit = printed.digit.max(sum.digit);
    if digit.is_zero() {
        return format!("IF({off}=0,{HOLDS},{FAILS})");
    }
    let half = (digit / Decimal::TWO).normalize();
    let bound = format!("ROUND(({}+1)*{half},6)", sum.parts);
    format!("IF({off}=0,{HOLDS},IF(ABS({off})<={bound},{ROUNDING},{FAILS}))")
}

/// T0 to two decimals, with a total rounded to one or to a whole number as a rounding difference.
fn scored_total(printed: &str, value: &str) -> String {
    // What binary fractions leave must not decide a half.
    let cents = |number: &str| format!("ROUND(ROUND({number},6),2)");
    let (own, sum) = (cents(printed), cents(value));
    format!(
        "IF(ROUND({own}-{sum},6)=0,{HOLDS},IF((ROUND({printed}-ROUND({value},1),6)=0)\
         +(ROUND({printed}-ROUND({value},0),6)=0)>0,{ROUNDING},{FAILS}))"
    )
}

/// T2, in percent points.
fn rate(scope: &Scope<'_>, expr: &Expr, printed: &str) -> Option<String> {
    let Expr::Binary(Operator::Divide, a, b) = expr else {
        return None;
    };
    let (a, b) = (scope.number(a)?, scope.number(b)?);
    let half = |num: &Num| (num.digit / Decimal::TWO).normalize();
    let (half_a, half_b) = (half(&a), half(&b));
    // Half of the last digit of a rate with two decimals.
    let room = "0.005";
    let (a, b) = (a.value, b.value);
    let low = format!("100*({a}-{half_a})/({b}+{half_b})-{room}");
    let high = format!("100*({a}+{half_a})/({b}-{half_b})+{room}");
    let points = format!("100*{printed}");
    Some(format!(
        "IF(ABS(ROUND({points}-100*{a}/{b},{DECIMALS}))<={room},{HOLDS},\
         IF({b}<=0,{FAILS},IF(ROUND({points}-({low}),{DECIMALS})<0,{FAILS},\
         IF(ROUND({b}-{half_b},{DECIMALS})<=0,{ROUNDING},\
         IF(ROUND({points}-({high}),{DECIMALS})<=0,{ROUNDING},{FAILS})))))"
    ))
}

const DECIMALS: u32 = 9;

/// T3: from the amounts, from the rate to two decimals, or from the printed rate where that is
/// right.
fn score(scope: &Scope<'_>, test: &Test, fill: &Fill, printed: &str) -> Option<String> {
    let Expr::Binary(Operator::Multiply, weight, ratio) = &test.expr else {
        return None;
    };
    let (weight, ratio) = (scope.number(weight)?.value, scope.number(ratio)?.value);
    let rounded = format!("ROUND({ratio},4)");
    let mut bases = vec![
        format!("{weight}*MIN(1,{ratio})"),
        format!("{weight}*MIN(1,{rounded})"),
    ];
    if let Some(via) = fill.via.and_then(|via| right_rate(scope, via)) {
        bases.push(format!(
            "{weight}*MIN(1,IF({},{},{ratio}))",
            via.given, via.value
        ));
    }
    // A score that is not rounded counts as one with two decimals.
    let cents = format!("ROUND({printed},2)");
    let any = |decimals: u8| {
        let printed = if decimals == 2 {
            cents.as_str()
        } else {
            printed
        };
        let tests: Vec<String> = bases
            .iter()
            .map(|base| format!("(ROUND({printed}-ROUND({base},{decimals}),6)=0)"))
            .collect();
        format!("{}>0", tests.join("+"))
    };
    Some(format!(
        "IF({},{HOLDS},IF({},{ROUNDING},IF({},{EXPLAIN},{FAILS})))",
        any(2),
        any(1),
        any(0)
    ))
}

/// The printed rate, given where it is itself right.
fn right_rate(scope: &Scope<'_>, field: Field) -> Option<Num> {
    let Field::Slot { annex, slot } = field else {
        return None;
    };
    let test = scope.plan.form.computing(annex, slot)?;
    let verdict = filled(scope, test, test.fill.as_ref()?)?;
    let printed = scope.field(field)?;
    Some(Num {
        given: format!("({verdict}>={ROUNDING})*({verdict}<={HOLDS})"),
        ..printed
    })
}
