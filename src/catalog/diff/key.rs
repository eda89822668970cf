//! Tests and expressions by ids: the same for two sets in which the same things have other
//! places, other labels and other thresholds.

use super::super::form::Form;
use super::super::place_of_slot;
use super::super::rule::{Expr, Field, Fill, ListRef, On, Piece, RowRef, Say, Test};

/// What a test looks at and asks for, but for how grave it is and in which words it is said.
pub(super) fn test(form: &Form, test: &Test) -> String {
    let row = test.row.map(|row| self::row(form, row));
    let each = test.each.map(|each| list(form, each));
    let fill = test.fill.as_ref().map(|fill| {
        let Fill {
            target,
            tolerance,
            via,
        } = fill;
        let via = via.map(|via| field(form, via));
        (field(form, *target), *tolerance, via)
    });
    format!("{fill:?} {each:?} {row:?} {}", expr(form, &test.expr))
}

/// An expression.
pub(super) fn expr(form: &Form, found: &Expr) -> String {
    let inner = |found: &Expr| expr(form, found);
    match found {
        Expr::Number(value, unit) => format!("{} {unit:?}", value.normalize()),
        Expr::Text(text) => format!("{text:?}"),
        Expr::Field(at) => field(form, *at),
        Expr::Parameter(index) => format!("parameter {:?}", form.parameters[*index].id),
        Expr::Not(of) => format!("not ({})", inner(of)),
        Expr::Negative(of) => format!("-({})", inner(of)),
        Expr::Binary(operator, left, right) => {
            format!("({}) {operator:?} ({})", inner(left), inner(right))
        }
        Expr::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(inner).collect();
            format!("{function:?}({})", arguments.join(", "))
        }
        Expr::SumList(at, column) => {
            let block = &form.annexes[at.annex].blocks[at.block];
            format!(
                "rows of {} {:?}",
                list(form, *at),
                block.columns[*column].id
            )
        }
        Expr::SumTables(at) => format!("tables of {}", field(form, *at)),
        Expr::Present(annex) => format!("present {:?}", form.annexes[*annex].id),
        Expr::BlankList(at) => format!("blank {}", list(form, *at)),
    }
}

/// A field.
pub(super) fn field(form: &Form, field: Field) -> String {
    match field {
        Field::Slot { annex, slot } => {
            let annex = &form.annexes[annex];
            let (block, row, column) = place_of_slot(annex, slot);
            let row = block.rows.get(row).map(|row| &row.id);
            format!("{:?} {:?} {row:?} {:?}", annex.id, block.id, column.id)
        }
        Field::Cell {
            annex,
            block,
            column,
        } => {
            let annex = &form.annexes[annex];
            let block = &annex.blocks[block];
            let column = &block.columns[column].id;
            format!("{:?} {:?} each {column:?}", annex.id, block.id)
        }
    }
}

/// What a named check looks at.
pub(super) fn on(form: &Form, on: On) -> String {
    match on {
        On::List(at) => list(form, at),
        On::Row(at) => row(form, at),
    }
}

/// A row.
pub(super) fn row(form: &Form, at: RowRef) -> String {
    let annex = &form.annexes[at.annex];
    let block = &annex.blocks[at.block];
    format!("{:?} {:?} {:?}", annex.id, block.id, block.rows[at.row].id)
}

/// A message.
pub(super) fn say(form: &Form, say: &Say) -> String {
    let pieces = say.zh.iter().map(|piece| match piece {
        Piece::Words(words) => format!("{words:?}"),
        Piece::Figure(figure) => expr(form, figure),
    });
    pieces.collect::<Vec<_>>().join(" ")
}

fn list(form: &Form, at: ListRef) -> String {
    let annex = &form.annexes[at.annex];
    format!("{:?} {:?}", annex.id, annex.blocks[at.block].id)
}
