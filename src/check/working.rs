//! Expressions in words: with the figures of a filing, or with the names of fields.

use super::evaluate::Context;
use super::value::Val;
use super::words::{field_words, field_words_of, figure, like, shortened};
use crate::catalog::{Expr, Field, Form, Function, Operator, Unit};
use crate::lang::Lang;

/// A formula with figures in the place of fields: `269.69 ÷ 318.10`.
pub(crate) struct Working<'a, 'b> {
    context: &'b Context<'a>,
    lang: Lang,
    /// Put each figure's label before it.
    labelled: bool,
    /// The figures that are shown: labels that are alike among them are told apart.
    fields: Vec<Field>,
}

impl<'a, 'b> Working<'a, 'b> {
    /// A working of figures alone.
    pub(crate) fn of_figures(context: &'b Context<'a>, lang: Lang) -> Self {
        Self {
            context,
            lang,
            labelled: false,
            fields: Vec::new(),
        }
    }

    /// A working of these expressions, with each figure's label before it.
    pub(crate) fn labelled(context: &'b Context<'a>, lang: Lang, shown: &[&Expr]) -> Self {
        let mut fields = Vec::new();
        for expr in shown {
            expr.walk(&mut |part| {
                if let Expr::Field(field) = part
                    && matches!(context.field(*field), Val::Number(_) | Val::Words(_))
                {
                    fields.push(*field);
                }
            });
        }
        Self {
            context,
            lang,
            labelled: true,
            fields,
        }
    }

    /// The expression with its figures.
    pub(crate) fn of(&self, expr: &Expr) -> String {
        self.at(expr, 0)
    }

    fn at(&self, expr: &Expr, tightness: u8) -> String {
        match expr {
            Expr::Number(value, unit) => match unit {
                Some(Unit::Percent) => format!("{}%", value.normalize()),
                _ => value.normalize().to_string(),
            },
            Expr::Text(text) => format!("「{text}」"),
            Expr::Parameter(index) => {
                let parameter = &self.context.form.parameters[*index];
                let sign = if parameter.unit == Unit::Percent {
                    "%"
                } else {
                    ""
                };
                format!("{}{sign}", parameter.value.normalize())
            }
            Expr::Field(field) => self.field(*field),
            Expr::Not(inner) => {
                format!("{}（{}）", self.lang.pick("非", "not "), self.at(inner, 0))
            }
            Expr::Negative(inner) => format!("−{}", self.at(inner, 4)),
            Expr::Binary(operator, left, right) => {
                let own = sign(*operator).1;
                let sign = sign_words(*operator, self.lang);
                let (left, right) = (self.at(left, own), self.at(right, own + 1));
                if left.is_empty() || right.is_empty() {
                    return format!("{left}{right}");
                }
                let text = format!("{left} {sign} {right}");
                if own < tightness {
                    format!("（{text}）")
                } else {
                    text
                }
            }
            // min(1, a ÷ b): the cap shows only where it bites.
            Expr::Call(Function::Min, arguments) if arguments.len() == 2 => {
                let capped = self.context.value(&arguments[0]);
                let open = self.context.value(&arguments[1]);
                let bites = match (&capped, &open) {
                    (Val::Number(cap), Val::Number(open)) => open.value >= cap.value,
                    _ => false,
                };
                if bites {
                    "100%".to_owned()
                } else {
                    self.ratio(&arguments[1], tightness)
                }
            }
            Expr::Call(Function::Abs, arguments) => format!("|{}|", self.at(&arguments[0], 0)),
            Expr::Call(function, arguments) => {
                let name = Function::NAMES.iter().find(|(_, known)| known == function);
                let inner: Vec<String> = arguments.iter().map(|inner| self.at(inner, 0)).collect();
                format!(
                    "{}({})",
                    name.map_or("", |(name, _)| name),
                    inner.join(", ")
                )
            }
            Expr::SumList(..) | Expr::SumTables(_) => match self.context.value(expr) {
                Val::Number(sum) => {
                    let unit = crate::catalog::unit_of(self.context.form, expr);
                    let value = figure(sum.value, unit);
                    if self.labelled {
                        format!("{} {value}", self.lang.pick("各行合计", "all rows"))
                    } else {
                        value
                    }
                }
                _ => String::new(),
            },
            Expr::Present(_) | Expr::BlankList(_) => String::new(),
        }
    }

    fn ratio(&self, expr: &Expr, tightness: u8) -> String {
        match self.context.value(expr) {
            Val::Number(sum) => figure(sum.value, Some(Unit::Percent)),
            _ => self.at(expr, tightness),
        }
    }

    fn field(&self, field: Field) -> String {
        let fact = self.context.fact(field);
        let unit = self.context.unit(field);
        let value = match self.context.field(field) {
            Val::Number(sum) => like(fact, sum.value, unit),
            Val::Words(words) => shortened(&words),
            // A blank part of a sum is left out.
            _ => return String::new(),
        };
        if self.labelled {
            format!("{} {value}", self.label(field))
        } else {
            value
        }
    }

    /// What a figure is called: with its column and its annex only where another one has the same
    /// words.
    fn label(&self, field: Field) -> String {
        let words = field_words(self.context, field);
        let own = short(field, &words);
        let (mut column, mut annex) = (false, false);
        for other in self.fields.iter().filter(|other| **other != field) {
            if short(*other, &field_words(self.context, *other)) == own {
                let here = other.annex() == field.annex();
                column |= here;
                annex |= !here;
            }
        }
        let label = match column {
            true => words.replace(" · ", "·"),
            false => own.to_owned(),
        };
        match annex {
            true => format!("{}{label}", self.context.form.annexes[field.annex()].name),
            false => label,
        }
    }
}

/// The part of a field's words that tells figures of one working apart, as a rule.
fn short(field: Field, words: &str) -> &str {
    // All figures of a list row stand in that row: there it is the column.
    let part = match field {
        Field::Cell { .. } => words.rsplit(" · ").next(),
        Field::Slot { .. } => words.split(" · ").next(),
    };
    part.unwrap_or_default()
}

fn sign(operator: Operator) -> (&'static str, u8) {
    match operator {
        Operator::Or => ("∨", 0),
        Operator::And => ("∧", 0),
        Operator::Equal => ("=", 1),
        Operator::NotEqual => ("≠", 1),
        Operator::Less => ("<", 1),
        Operator::AtMost => ("≤", 1),
        Operator::More => (">", 1),
        Operator::AtLeast => ("≥", 1),
        Operator::Add => ("+", 2),
        Operator::Subtract => ("−", 2),
        Operator::Multiply => ("×", 3),
        Operator::Divide => ("÷", 3),
    }
}

fn sign_words(operator: Operator, lang: Lang) -> &'static str {
    match operator {
        Operator::Or => lang.pick("或", "or"),
        Operator::And => lang.pick("且", "and"),
        _ => sign(operator).0,
    }
}

/// An expression in words, for the rule book.
pub fn formula_words(form: &Form, expr: &Expr, lang: Lang) -> String {
    let text = |inner: &Expr| formula_words(form, inner, lang);
    match expr {
        Expr::Number(value, unit) => {
            let sign = if *unit == Some(Unit::Percent) {
                "%"
            } else {
                ""
            };
            format!("{}{sign}", value.normalize())
        }
        Expr::Text(text) => format!("「{text}」"),
        Expr::Field(field) => field_words_of(form, *field),
        Expr::Parameter(index) => {
            let parameter = &form.parameters[*index];
            format!(
                "{}（{}{}）",
                parameter.id,
                parameter.value.normalize(),
                parameter.unit.sign()
            )
        }
        Expr::Not(inner) => format!("{}（{}）", lang.pick("并非", "not "), text(inner)),
        Expr::Negative(inner) => format!("−{}", text(inner)),
        Expr::Binary(operator, left, right) => {
            let (_, own) = sign(*operator);
            let wrapped = |inner: &Expr| match inner {
                Expr::Binary(inner_operator, ..) if self::sign(*inner_operator).1 < own => {
                    format!("（{}）", text(inner))
                }
                _ => text(inner),
            };
            let sign = sign_words(*operator, lang);
            format!("{} {sign} {}", wrapped(left), wrapped(right))
        }
        Expr::Call(function, arguments) => {
            let inner: Vec<String> = arguments.iter().map(text).collect();
            call_words(*function, &inner.join(lang.pick("、", ", ")), lang)
        }
        Expr::SumList(list, column) => {
            let annex = &form.annexes[list.annex];
            let label = &annex.blocks[list.block].columns[*column].label.words;
            match lang {
                Lang::Zh => format!("{}各行「{label}」之和", annex.name),
                Lang::En => format!("the sum of {}「{label}」", annex.name),
            }
        }
        Expr::SumTables(field) => {
            let words = field_words_of(form, *field);
            match lang {
                Lang::Zh => format!("各张{words}之和"),
                Lang::En => format!("the sum of all {words}"),
            }
        }
        Expr::Present(annex) => {
            format!(
                "{}{}",
                lang.pick("有", "there is "),
                form.annexes[*annex].name
            )
        }
        Expr::BlankList(list) => {
            let name = &form.annexes[list.annex].name;
            format!("{name}{}", lang.pick("没有填数", " has no figures"))
        }
    }
}

fn call_words(function: Function, inner: &str, lang: Lang) -> String {
    let (before, after) = match (function, lang) {
        (Function::Min, Lang::Zh) => ("（", "）中较小的"),
        (Function::Min, Lang::En) => ("the smaller of (", ")"),
        (Function::Max, Lang::Zh) => ("（", "）中较大的"),
        (Function::Max, Lang::En) => ("the larger of (", ")"),
        (Function::Sum, Lang::Zh) => ("（", "）之和"),
        (Function::Sum, Lang::En) => ("the sum of (", ")"),
        (Function::Abs, Lang::Zh) => ("（", "）的绝对值"),
        (Function::Abs, Lang::En) => ("|", "|"),
        (Function::Round, Lang::Zh) => ("（", "）四舍五入"),
        (Function::Round, Lang::En) => ("(", ") rounded"),
        (Function::Count, Lang::Zh) => ("（", "）中填了数的个数"),
        (Function::Count, Lang::En) => ("how many of (", ") are numbers"),
        (Function::Filled, Lang::Zh) => ("", " 已填"),
        (Function::Filled, Lang::En) => ("", " is filled"),
        (Function::Number, Lang::Zh) => ("", " 是数"),
        (Function::Number, Lang::En) => ("", " is a number"),
        (Function::Zero, Lang::Zh) => ("", " 为 0"),
        (Function::Zero, Lang::En) => ("", " is 0"),
        (Function::Nil, Lang::Zh) => ("", " 为空或 0"),
        (Function::Nil, Lang::En) => ("", " is blank or 0"),
        (Function::Whole, Lang::Zh) => ("", " 是不小于 0 的整数"),
        (Function::Whole, Lang::En) => ("", " is a whole number from 0"),
        (Function::If, Lang::Zh) => ("按条件取（", "）"),
        (Function::If, Lang::En) => ("if (", ")"),
        (Function::Starts, Lang::Zh) => ("（", "）开头相符"),
        (Function::Starts, Lang::En) => ("(", ") begins so"),
        (Function::Contains, Lang::Zh) => ("（", "）含有其中之一"),
        (Function::Contains, Lang::En) => ("(", ") has one of them"),
    };
    format!("{before}{inner}{after}")
}
