//! Expressions over the facts of a filing: three-valued, in decimals, with reasons for what
//! cannot be known. Percents are ratios here: 84.78% is 0.8478.

use rust_decimal::Decimal;

use super::value::{Sum, Truth, Unknown, Val, binary, both, either, sum};

use crate::catalog::{Expr, Field, Form, Function, Operator, RowRef, Unit, place_of_slot};
use crate::filing::{Extra, Fact, Filing, ListRow, State, Table};
use crate::tolerance::{self};

/// What an expression is evaluated for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) form: &'a Form,
    pub(crate) filing: &'a Filing,
    /// The table at hand; figures of other annexes come from their first table.
    pub(crate) table: Option<&'a Table>,
    /// The list row at hand.
    pub(crate) row: Option<&'a ListRow>,
    /// The rows of a list are added up: what each shares with others is not added to it.
    pub(crate) adding: bool,
    /// An inserted row that stands in for the form's own.
    pub(crate) extra: Option<(RowRef, &'a Extra)>,
    /// A figure assumed to be another, to try what would explain a mismatch.
    pub(crate) assumed: Option<(Field, usize, Decimal)>,
    /// Scores count with the decimals that are seen, not with those that are stored.
    pub(crate) scores_as_seen: bool,
}

/// The deepest chain of blank fields that are computed from blank fields.
const DEEPEST: usize = 6;

impl<'a> Context<'a> {
    /// A context for the filing as a whole.
    pub(crate) fn of_filing(form: &'a Form, filing: &'a Filing) -> Self {
        Self {
            form,
            filing,
            table: None,
            row: None,
            adding: false,
            extra: None,
            assumed: None,
            scores_as_seen: false,
        }
    }

    /// The table that a field of this annex is read from.
    pub(crate) fn table_of(&self, annex: usize) -> Option<&'a Table> {
        match self.table {
            Some(table) if table.annex == annex => Some(table),
            _ => self.filing.tables_of(annex).next(),
        }
    }

    /// The fact of a field.
    pub(crate) fn fact(&self, field: Field) -> Option<&'a Fact> {
        match field {
            Field::Cell { column, .. } if self.adding => self.row?.facts.get(column),
            Field::Cell { column, .. } => self.row?.judged().get(column),
            Field::Slot { annex, slot } => {
                if let Some((row, extra)) = self.extra
                    && row.annex == annex
                {
                    let block = &self.form.annexes[annex].blocks[row.block];
                    let first = block.slot(row.row, 0);
                    if (first..first + block.columns.len()).contains(&slot) {
                        return extra.facts.get(slot - first);
                    }
                }
                self.table_of(annex)?.facts.get(slot)
            }
        }
    }

    pub(crate) fn unit(&self, field: Field) -> Unit {
        match field {
            Field::Cell {
                annex,
                block,
                column,
            } => self.form.annexes[annex].blocks[block].columns[column].unit,
            Field::Slot { annex, slot } => place_of_slot(&self.form.annexes[annex], slot).2.unit,
        }
    }

    pub(crate) fn value(&self, expr: &Expr) -> Val {
        self.at_depth(expr, 0)
    }

    pub(crate) fn truth(&self, expr: &Expr) -> Truth {
        self.value(expr).truth()
    }

    fn at_depth(&self, expr: &Expr, depth: usize) -> Val {
        match expr {
            Expr::Number(value, unit) => {
                let ratio = *unit == Some(Unit::Percent);
                Val::Number(Sum::exact(if ratio {
                    *value / Decimal::ONE_HUNDRED
                } else {
                    *value
                }))
            }
            Expr::Text(text) => Val::Words(text.clone()),
            Expr::Parameter(index) => {
                let parameter = &self.form.parameters[*index];
                let ratio = parameter.unit == Unit::Percent;
                let value = parameter.value;
                Val::Number(Sum::exact(if ratio {
                    value / Decimal::ONE_HUNDRED
                } else {
                    value
                }))
            }
            Expr::Field(field) => self.field_at(*field, depth),
            Expr::Not(inner) => Val::Truth(match self.at_depth(inner, depth).truth() {
                Truth::Holds | Truth::Rounding => Truth::Fails,
                Truth::Fails => Truth::Holds,
                unknown => unknown,
            }),
            Expr::Negative(inner) => match self.at_depth(inner, depth) {
                Val::Number(sum) => Val::Number(Sum {
                    value: -sum.value,
                    ..sum
                }),
                other => other,
            },
            Expr::Binary(operator, left, right) => {
                let left = self.at_depth(left, depth);
                // Cheap conditions first: what stands right may not be needed.
                match (operator, left) {
                    (Operator::And, left) => match left.truth() {
                        Truth::Fails => Val::Truth(Truth::Fails),
                        left => Val::Truth(both(left, self.at_depth(right, depth).truth())),
                    },
                    (Operator::Or, left) => match left.truth() {
                        Truth::Holds => Val::Truth(Truth::Holds),
                        left => Val::Truth(either(left, self.at_depth(right, depth).truth())),
                    },
                    (operator, left) => binary(*operator, left, self.at_depth(right, depth)),
                }
            }
            Expr::Call(function, arguments) => self.call(*function, arguments, depth),
            Expr::SumList(list, column) => {
                let field = Field::Cell {
                    annex: list.annex,
                    block: list.block,
                    column: *column,
                };
                let Some(table) = self.table_of(list.annex) else {
                    return Val::Unknown(Unknown::NoTable(list.annex));
                };
                let rows = table.list(list.block);
                sum(rows.map(|row| {
                    Context {
                        row: Some(row),
                        adding: true,
                        ..*self
                    }
                    .field(field)
                }))
            }
            Expr::SumTables(field) => {
                let tables = self.filing.tables_of(field.annex());
                if self.filing.tables_of(field.annex()).next().is_none() {
                    return Val::Unknown(Unknown::NoTable(field.annex()));
                }
                sum(tables.map(|table| {
                    Context {
                        table: Some(table),
                        ..*self
                    }
                    .field(*field)
                }))
            }
            Expr::Present(annex) => {
                let present = self.filing.tables_of(*annex).next().is_some();
                Val::Truth(if present { Truth::Holds } else { Truth::Fails })
            }
            Expr::BlankList(list) => {
                let blank = self.table_of(list.annex).is_none_or(|table| {
                    table
                        .list(list.block)
                        .all(|row| row.facts.iter().all(|fact| fact.number().is_none()))
                });
                Val::Truth(if blank { Truth::Holds } else { Truth::Fails })
            }
        }
    }

    /// The value of a field; a blank one that the form computes is computed.
    pub(crate) fn field(&self, field: Field) -> Val {
        self.field_at(field, 0)
    }

    fn field_at(&self, field: Field, depth: usize) -> Val {
        let Some(fact) = self.fact(field) else {
            return Val::Unknown(Unknown::NoTable(field.annex()));
        };
        if let Some((assumed, table, value)) = self.assumed
            && assumed == field
            && self
                .table_of(field.annex())
                .is_some_and(|found| found.number == table)
        {
            return Val::Number(Sum {
                value,
                digit: fact_digit(fact),
                parts: 1,
            });
        }
        match &fact.state {
            State::Number(figure) => {
                let (mut value, mut digit) = (figure.value, figure.digit);
                match self.unit(field) {
                    Unit::Percent => {
                        value /= Decimal::ONE_HUNDRED;
                        digit /= Decimal::ONE_HUNDRED;
                    }
                    Unit::Score if self.scores_as_seen => {
                        value = tolerance::round_half_away(value, figure.amount.decimals);
                    }
                    _ => {}
                }
                Val::Number(Sum {
                    value,
                    digit,
                    parts: 1,
                })
            }
            State::Blank | State::NotApplicable => {
                if depth < DEEPEST
                    && self.extra.is_none()
                    && let Some(computed) = self.computed(field, depth + 1)
                {
                    return Val::Number(computed);
                }
                Val::Blank(Some(field))
            }
            State::Text(text) if !self.unit(field).is_number() => Val::Words(text.to_string()),
            State::Absent => Val::Unknown(Unknown::Absent(field)),
            State::Text(_) | State::Error(_) | State::Unreadable(_) => {
                Val::Unknown(Unknown::Unreadable(field))
            }
        }
    }

    /// What the form computes for a field, from the fields that it depends on.
    fn computed(&self, field: Field, depth: usize) -> Option<Sum> {
        let Field::Slot { annex, slot } = field else {
            return None;
        };
        let annex_form = &self.form.annexes[annex];
        let (block, row, _) = place_of_slot(annex_form, slot);
        // The rate and the score in the row of a total are computed in their own way.
        let column = (slot - block.first_slot) % block.columns.len();
        let total = block.rows.get(row).and_then(|row| row.total.as_ref());
        if let Some(total) = total.filter(|total| total.columns.contains(&column)) {
            if !total.exhaustive {
                return None;
            }
            let index = annex_form
                .blocks
                .iter()
                .position(|known| std::ptr::eq(known, block))?;
            let parts = self.parts(annex, index, row, column, depth);
            return match sum(parts.into_iter()) {
                Val::Number(sum) => Some(sum),
                _ => None,
            };
        }
        let test = self.form.computing(annex, slot)?;
        let Val::Number(sum) = self.at_depth(&test.expr, depth) else {
            return None;
        };
        let tolerance = test.fill.as_ref()?.tolerance;
        Some(Sum::exact(rounded(tolerance, sum.value)))
    }

    /// The values of the parts of a row, in one column.
    pub(crate) fn parts(
        &self,
        annex: usize,
        block: usize,
        row: usize,
        column: usize,
        depth: usize,
    ) -> Vec<Val> {
        let definition = &self.form.annexes[annex].blocks[block];
        let mut parts = Vec::new();
        for child in definition.children(row) {
            if !definition.rows[child].placeholder {
                let slot = definition.slot(child, column);
                parts.push(self.field_at(Field::Slot { annex, slot }, depth));
            }
            let Some(table) = self.table_of(annex) else {
                continue;
            };
            for extra in table.extras_of(block, child) {
                let at = RowRef {
                    annex,
                    block,
                    row: child,
                };
                let slot = definition.slot(child, column);
                let context = Context {
                    extra: Some((at, extra)),
                    ..*self
                };
                parts.push(context.field_at(Field::Slot { annex, slot }, depth));
            }
        }
        parts
    }

    fn call(&self, function: Function, arguments: &[Expr], depth: usize) -> Val {
        let value = |index: usize| self.at_depth(&arguments[index], depth);
        let holds = |holds: bool| Val::Truth(if holds { Truth::Holds } else { Truth::Fails });
        match function {
            Function::Sum => sum(arguments
                .iter()
                .map(|argument| self.at_depth(argument, depth))),
            Function::Min | Function::Max => {
                let mut best: Option<Decimal> = None;
                for argument in arguments {
                    let number = match self.at_depth(argument, depth) {
                        Val::Number(sum) => sum.value,
                        other => return other.unknown(),
                    };
                    best = Some(match best {
                        None => number,
                        Some(best) if function == Function::Min => best.min(number),
                        Some(best) => best.max(number),
                    });
                }
                best.map_or(Val::Blank(None), |best| Val::Number(Sum::exact(best)))
            }
            Function::Abs => match value(0) {
                Val::Number(sum) => Val::Number(Sum {
                    value: sum.value.abs(),
                    ..sum
                }),
                other => other,
            },
            Function::Round => match (value(0), value(1)) {
                (Val::Number(sum), Val::Number(places)) => {
                    let places = u32::try_from(places.value).unwrap_or(2).min(12);
                    Val::Number(Sum {
                        value: tolerance::round_half_away(sum.value, places),
                        ..sum
                    })
                }
                (Val::Number(_), other) | (other, _) => other.unknown(),
            },
            Function::If => match value(0).truth() {
                Truth::Holds | Truth::Rounding => value(1),
                Truth::Fails => value(2),
                Truth::Unknown(reason) => Val::Unknown(reason),
            },
            Function::Count => {
                let numbers =
                    (0..arguments.len()).filter(|at| matches!(value(*at), Val::Number(_)));
                Val::Number(Sum::exact(Decimal::from(numbers.count())))
            }
            Function::Filled | Function::Number => self.presence(function, &arguments[0]),
            Function::Zero => match value(0) {
                Val::Number(sum) => holds(sum.value.is_zero()),
                Val::Blank(_) => holds(false),
                other => other.unknown(),
            },
            Function::Nil => match value(0) {
                Val::Number(sum) => holds(sum.value.is_zero()),
                Val::Blank(_) => holds(true),
                other => other.unknown(),
            },
            Function::Whole => match value(0) {
                Val::Number(sum) => {
                    holds(sum.value.fract().is_zero() && !sum.value.is_sign_negative())
                }
                other => other.unknown(),
            },
            Function::Starts | Function::Contains => {
                let text = match value(0) {
                    Val::Words(text) => text,
                    Val::Number(sum) => sum.value.normalize().to_string(),
                    other => return other.unknown(),
                };
                holds(arguments[1..].iter().any(|argument| match argument {
                    Expr::Text(word) if function == Function::Starts => {
                        text.starts_with(word.as_str())
                    }
                    Expr::Text(word) => text.contains(word.as_str()),
                    _ => false,
                }))
            }
        }
    }

    /// Whether a cell holds something, or a number: looks at the cell, not at what could be
    /// computed for it.
    fn presence(&self, function: Function, argument: &Expr) -> Val {
        let Expr::Field(field) = argument else {
            return match self.value(argument) {
                Val::Blank(_) => Val::Truth(Truth::Fails),
                other if matches!(other, Val::Unknown(_)) => other.unknown(),
                _ => Val::Truth(Truth::Holds),
            };
        };
        let Some(fact) = self.fact(*field) else {
            return Val::Unknown(Unknown::NoTable(field.annex()));
        };
        let yes = match (&fact.state, function) {
            (State::Absent, _) => return Val::Unknown(Unknown::Absent(*field)),
            (State::Number(_), _) => true,
            // GJ016 and GJ018 say that it could not be read.
            (State::Unreadable(_) | State::Error(_), Function::Number) => {
                return Val::Unknown(Unknown::Unreadable(*field));
            }
            (_, Function::Number) => false,
            (state, _) => !matches!(state, State::Blank),
        };
        Val::Truth(if yes { Truth::Holds } else { Truth::Fails })
    }
}

fn fact_digit(fact: &Fact) -> Decimal {
    fact.number().map_or(Decimal::ZERO, |figure| figure.digit)
}

/// A computed figure as the form would print it.
pub(crate) fn rounded(tolerance: crate::catalog::Tolerance, value: Decimal) -> Decimal {
    use crate::catalog::Tolerance;
    match tolerance {
        // A ratio: two decimals of the percentage.
        Tolerance::Rate => tolerance::round_half_away(value, 4),
        Tolerance::Score => tolerance::rounded_score(value),
        Tolerance::Total => tolerance::rounded_score(value).normalize(),
        Tolerance::Sum => value.normalize(),
    }
}
