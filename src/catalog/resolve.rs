//! Names in rules to figures of the form: expressions, places, messages.

use rust_decimal::Decimal;

use super::form::{Form, Kind, Unit};
use super::rule::{Expr, Field, Function, ListRef, Operator, Piece, RowRef};
use super::syntax::{self, FieldName, Syntax};
use crate::amount::LARGEST;

/// What names in an expression refer to while one rule is being resolved.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) form: &'a Form,
    /// What `@` stands for.
    pub(super) annex: Option<usize>,
    /// What `[列]` refers to.
    pub(super) each: Option<ListRef>,
    /// What `*` stands for: an id of a row or of a column.
    pub(super) star: Option<&'a str>,
}

/// What a field name means.
pub(super) enum Meaning {
    Field(Field),
    List(ListRef),
    ListColumn(ListRef, usize),
}

impl Names<'_> {
    /// Parses and resolves an expression.
    pub(super) fn expression(self, text: &str) -> Result<Expr, String> {
        let expr = self.resolve(&syntax::parse(text)?)?;
        check_units(self.form, &expr)?;
        Ok(expr)
    }

    /// `target = formula` of a `fill`.
    pub(super) fn fill(self, text: &str) -> Result<(Field, Expr), String> {
        match syntax::parse(text)? {
            Syntax::Binary(Operator::Equal, left, right) => {
                let Expr::Field(target) = self.resolve(&left)? else {
                    return Err("`fill` computes one field: expected a field before `=`".to_owned());
                };
                let formula = self.resolve(&right)?;
                check_units(self.form, &formula)?;
                Ok((target, formula))
            }
            _ => Err("expected `field = formula`".to_owned()),
        }
    }

    /// A single field.
    pub(super) fn field(self, text: &str) -> Result<Field, String> {
        match self.resolve(&syntax::parse(text)?)? {
            Expr::Field(field) => Ok(field),
            _ => Err("expected a single field".to_owned()),
        }
    }

    /// A list.
    pub(super) fn list(self, text: &str) -> Result<ListRef, String> {
        match self.meaning_of(text)? {
            Meaning::List(list) => Ok(list),
            _ => Err("expected a list such as 附2.指标".to_owned()),
        }
    }

    /// A row of a grid: `附1.经费[项目]`.
    pub(super) fn row(self, text: &str) -> Result<RowRef, String> {
        let Syntax::Field(name) = syntax::parse(text)? else {
            return Err("expected a row such as 附1.经费[项目]".to_owned());
        };
        let (annex, block) = self.block(&name)?;
        let found = &self.form.annexes[annex].blocks[block];
        match name.ids.as_slice() {
            [id] => match found.row(id) {
                Some(row) => Ok(RowRef { annex, block, row }),
                None => Err(unknown(
                    "row",
                    id,
                    found.rows.iter().map(|row| row.id.as_str()),
                )),
            },
            _ => Err("expected one row id in the brackets".to_owned()),
        }
    }

    /// Words with `{expression}` in them.
    pub(super) fn message(self, text: &str) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..]
                .find('}')
                .ok_or("`{` without `}` in a message")?
                + open;
            if open > 0 {
                pieces.push(Piece::Words(rest[..open].to_owned()));
            }
            let inner = &rest[open + 1..close];
            let expr = match self.each {
                // `{险种}`: a column of the row at hand may be named without brackets.
                Some(list) if self.list_column(list, inner).is_some() => {
                    self.expression(&format!("[{inner}]"))
                }
                _ => self.expression(inner),
            }
            .map_err(|error| format!("in `{{{inner}}}`: {error}"))?;
            pieces.push(Piece::Figure(expr));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Ok(pieces)
    }

    fn list_column(self, list: ListRef, id: &str) -> Option<usize> {
        self.form.annexes[list.annex].blocks[list.block].column(id)
    }

    fn meaning_of(self, text: &str) -> Result<Meaning, String> {
        match syntax::parse(text)? {
            Syntax::Field(name) => self.meaning(&name),
            _ => Err("expected a field".to_owned()),
        }
    }

    fn annex_named(self, id: &str) -> Result<usize, String> {
        if id == "@" {
            return self
                .annex
                .ok_or_else(|| "`@` needs `annexes = […]` in the rule".to_owned());
        }
        self.form
            .annexes
            .iter()
            .position(|annex| annex.id == id)
            .ok_or_else(|| unknown("annex", id, self.form.annexes.iter().map(|a| a.id.as_str())))
    }

    fn block(self, name: &FieldName) -> Result<(usize, usize), String> {
        let annex = self.annex_named(
            name.annex
                .as_deref()
                .ok_or("expected an annex before `.`")?,
        )?;
        let id = name.block.as_deref().ok_or("expected a block behind `.`")?;
        let blocks = &self.form.annexes[annex].blocks;
        let found = blocks.iter().position(|block| {
            block.id == id || block.foot.as_ref().is_some_and(|foot| foot.id == id)
        });
        let ids = blocks.iter().map(|block| block.id.as_str());
        Ok((annex, found.ok_or_else(|| unknown("block", id, ids))?))
    }

    fn meaning(self, name: &FieldName) -> Result<Meaning, String> {
        if name.block.is_none() {
            let list = self
                .each
                .ok_or("`[…]` without a block needs `each` in the rule")?;
            let block = &self.form.annexes[list.annex].blocks[list.block];
            let [id] = name.ids.as_slice() else {
                return Err("expected one column in the brackets".to_owned());
            };
            let column = block.column(id).ok_or_else(|| {
                unknown(
                    "column",
                    id,
                    block.columns.iter().map(|column| column.id.as_str()),
                )
            })?;
            return Ok(Meaning::Field(Field::Cell {
                annex: list.annex,
                block: list.block,
                column,
            }));
        }
        let (annex, index) = self.block(name)?;
        let block = &self.form.annexes[annex].blocks[index];
        let ids = name
            .ids
            .iter()
            .map(|id| match (id.as_str(), self.star) {
                ("*", Some(star)) => Ok(star),
                ("*", None) => Err("`*` needs `rows = […]` in the rule".to_owned()),
                (id, _) => Ok(id),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let column_of = |id: &str| {
            block.column(id).ok_or_else(|| {
                unknown(
                    "column",
                    id,
                    block.columns.iter().map(|column| column.id.as_str()),
                )
            })
        };
        let is_foot = block
            .foot
            .as_ref()
            .is_some_and(|foot| Some(&foot.id) == name.block.as_ref());
        match (block.kind, ids.as_slice()) {
            (Kind::Grid, [row, column]) => {
                let row = block.row(row).ok_or_else(|| {
                    unknown("row", row, block.rows.iter().map(|row| row.id.as_str()))
                })?;
                Ok(Meaning::Field(Field::Slot {
                    annex,
                    slot: block.slot(row, column_of(column)?),
                }))
            }
            (Kind::Record | Kind::Items | Kind::Line, [column]) => {
                Ok(Meaning::Field(Field::Slot {
                    annex,
                    slot: block.slot(0, column_of(column)?),
                }))
            }
            (Kind::List, [column]) if is_foot => Ok(Meaning::Field(Field::Slot {
                annex,
                slot: block.slot(0, column_of(column)?),
            })),
            (Kind::List, []) => Ok(Meaning::List(ListRef {
                annex,
                block: index,
            })),
            (Kind::List, [column]) => Ok(Meaning::ListColumn(
                ListRef {
                    annex,
                    block: index,
                },
                column_of(column)?,
            )),
            (Kind::Grid, _) => Err(format!("{} needs [行,栏]", block.id)),
            _ => Err(format!("{} needs [栏]", block.id)),
        }
    }

    fn resolve(self, tree: &Syntax) -> Result<Expr, String> {
        Ok(match tree {
            Syntax::Number { value, percent } => {
                Expr::Number(*value, percent.then_some(Unit::Percent))
            }
            Syntax::Text(text) => Expr::Text(text.clone()),
            Syntax::Name(name) => self.parameter(name)?,
            Syntax::Field(name) => match self.meaning(name)? {
                Meaning::Field(field) => Expr::Field(field),
                Meaning::List(_) => return Err("a list can only stand in blank_list(…)".to_owned()),
                Meaning::ListColumn(..) => {
                    return Err("a column of a list can only stand in sum(…)".to_owned());
                }
            },
            Syntax::Not(inner) => Expr::Not(Box::new(self.resolve(inner)?)),
            Syntax::Negative(inner) => Expr::Negative(Box::new(self.resolve(inner)?)),
            Syntax::Binary(operator, left, right) => Expr::Binary(
                *operator,
                Box::new(self.resolve(left)?),
                Box::new(self.resolve(right)?),
            ),
            Syntax::Call(name, arguments) => self.call(name, arguments)?,
        })
    }

    fn parameter(self, name: &str) -> Result<Expr, String> {
        let found = self
            .form
            .parameters
            .iter()
            .position(|parameter| parameter.id == name);
        let ids = self
            .form
            .parameters
            .iter()
            .map(|parameter| parameter.id.as_str());
        Ok(Expr::Parameter(
            found.ok_or_else(|| unknown("parameter", name, ids))?,
        ))
    }

    fn call(self, name: &str, arguments: &[Syntax]) -> Result<Expr, String> {
        match (name, arguments) {
            ("present", [Syntax::Name(annex)]) => {
                return Ok(Expr::Present(self.annex_named(annex)?));
            }
            ("blank_list", [Syntax::Field(field)]) => {
                return match self.meaning(field)? {
                    Meaning::List(list) => Ok(Expr::BlankList(list)),
                    _ => Err("blank_list(…) takes a list".to_owned()),
                };
            }
            ("sum", [Syntax::Field(field)]) => match self.meaning(field)? {
                Meaning::ListColumn(list, column) => return Ok(Expr::SumList(list, column)),
                Meaning::Field(slot) if self.form.annexes[slot.annex()].repeat => {
                    return Ok(Expr::SumTables(slot));
                }
                _ => {}
            },
            _ => {}
        }
        let Some((_, function)) = Function::NAMES.iter().find(|(known, _)| *known == name) else {
            let known = Function::NAMES.iter().map(|(known, _)| *known);
            return Err(unknown(
                "function",
                name,
                known.chain(["present", "blank_list"]),
            ));
        };
        let wanted = match function {
            Function::Min | Function::Max | Function::Sum | Function::Count => 1..=64,
            Function::Round => 2..=2,
            Function::If => 3..=3,
            Function::Starts | Function::Contains => 2..=64,
            _ => 1..=1,
        };
        if !wanted.contains(&arguments.len()) {
            return Err(format!(
                "{name}(…) does not take {} arguments",
                arguments.len()
            ));
        }
        let arguments = arguments.iter().map(|argument| self.resolve(argument));
        Ok(Expr::Call(*function, arguments.collect::<Result<_, _>>()?))
    }
}

/// «unknown row `x`; known are …».
pub(super) fn unknown<'a>(what: &str, id: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!(
        "unknown {what} `{id}`; known are {}",
        known.collect::<Vec<_>>().join(", ")
    )
}

/// The unit of an expression's value; `None` for plain numbers.
pub fn unit_of(form: &Form, expr: &Expr) -> Option<Unit> {
    match expr {
        Expr::Number(_, unit) => *unit,
        Expr::Parameter(index) => Some(form.parameters[*index].unit),
        Expr::Field(field) | Expr::SumTables(field) => Some(field_unit(form, *field)),
        Expr::SumList(list, column) => {
            Some(form.annexes[list.annex].blocks[list.block].columns[*column].unit)
        }
        Expr::Negative(inner) => unit_of(form, inner),
        Expr::Binary(Operator::Add | Operator::Subtract, left, right) => {
            unit_of(form, left).or_else(|| unit_of(form, right))
        }
        Expr::Binary(Operator::Multiply, left, right) => {
            match (unit_of(form, left), unit_of(form, right)) {
                (Some(Unit::Percent), other) | (other, Some(Unit::Percent)) => other,
                (left, right) => left.or(right),
            }
        }
        Expr::Binary(Operator::Divide, left, right) => {
            let (left, right) = (unit_of(form, left), unit_of(form, right));
            if left == right {
                Some(Unit::Percent)
            } else {
                left
            }
        }
        Expr::Call(Function::If, arguments) => unit_of(form, &arguments[1]),
        Expr::Call(
            Function::Min | Function::Max | Function::Sum | Function::Abs | Function::Round,
            arguments,
        ) => arguments
            .iter()
            .find_map(|argument| unit_of(form, argument)),
        _ => None,
    }
}

/// The unit of a field.
pub(super) fn field_unit(form: &Form, field: Field) -> Unit {
    match field {
        Field::Cell {
            annex,
            block,
            column,
        } => form.annexes[annex].blocks[block].columns[column].unit,
        Field::Slot { annex, slot } => super::place_of_slot(&form.annexes[annex], slot).2.unit,
    }
}

/// Sums and comparisons must be of one unit: a percent is not compared with 万元.
fn check_units(form: &Form, expr: &Expr) -> Result<(), String> {
    let mut result = Ok(());
    expr.walk(&mut |part| {
        let Expr::Binary(operator, left, right) = part else {
            return;
        };
        if matches!(
            operator,
            Operator::And | Operator::Or | Operator::Multiply | Operator::Divide
        ) {
            return;
        }
        let (left, right) = (unit_of(form, left), unit_of(form, right));
        if let (Some(left), Some(right)) = (left, right)
            && left != right
            && result.is_ok()
        {
            result = Err(format!("units differ: {left:?} and {right:?}"));
        }
    });
    result
}

/// A decimal from the description: no larger than a figure of a filing may be.
pub(super) fn decimal(text: &str) -> Result<Decimal, String> {
    let number = text.parse::<Decimal>();
    let number = number.map_err(|_| format!("`{text}` is no decimal number"))?;
    match number.abs() > LARGEST {
        true => Err(format!("`{text}` is larger than {LARGEST}")),
        false => Ok(number),
    }
}
