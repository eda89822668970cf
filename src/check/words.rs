//! Places, fields and figures in words.

use rust_decimal::Decimal;

use super::evaluate::Context;
use super::value::Unknown;
use crate::catalog::{Expr, Field, Form, Function, Kind, Operator, Unit, place_of_slot, slot_path};
use crate::filing::{CellRef, Extra, Fact, Filing, ListRow, Seen, Table};
use crate::lang::Lang;
use crate::tolerance::round_half_away;

/// `{年}` and `{上年}` of a printed label as years.
pub(crate) fn with_years(text: &str, year: i32) -> String {
    text.replace("{上年}", &(year - 1).to_string())
        .replace("{年}", &year.to_string())
}

/// Texts of filers are quoted so far: a message is read at a glance.
const LONGEST_QUOTE: usize = 60;

/// The beginning of a long text, for messages.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// What names an inserted row.
pub(crate) fn extra_name(extra: &Extra) -> String {
    seen_name(&extra.label)
}

fn seen_name(label: &Seen) -> String {
    shortened(&crate::label::words(&label.text))
}

/// What names the row that stands in the place of the form's own, whose first slot this is.
fn stand_in_name(context: &Context<'_>, annex: usize, slot: usize) -> Option<String> {
    let mut stand_ins = context.table_of(annex)?.stand_ins.iter();
    let here = stand_ins.find(|here| here.slot == slot)?;
    Some(seen_name(&here.label))
}

/// Row and column words of a field: `项目支出 · 2023年决算数`.
pub(crate) fn field_words(context: &Context<'_>, field: Field) -> String {
    let form = context.form;
    let annex = &form.annexes[field.annex()];
    let year = context
        .table_of(field.annex())
        .and_then(|table| table.year)
        .unwrap_or(form.year);
    let words = match field {
        Field::Slot { slot, .. } => {
            let (block, row, column) = place_of_slot(annex, slot);
            let column = &column.label.words;
            match block.kind {
                Kind::Grid if block.rows.len() > 1 => {
                    let inserted = context
                        .extra
                        .filter(|(at, _)| at.annex == field.annex() && at.row == row)
                        .map(|(_, extra)| extra_name(extra));
                    let stands_in = || stand_in_name(context, field.annex(), block.slot(row, 0));
                    let row = inserted
                        .or_else(stands_in)
                        .unwrap_or_else(|| block.rows[row].label.words.clone());
                    format!("{row} · {column}")
                }
                Kind::List => {
                    let foot = block
                        .foot
                        .as_ref()
                        .map_or("", |foot| foot.label.words.as_str());
                    format!("{foot} · {column}")
                }
                _ => column.clone(),
            }
        }
        Field::Cell { block, column, .. } => {
            let row = row_of(context, field);
            let block = &annex.blocks[block];
            let name = row.and_then(|row| row_name(block, row)).unwrap_or_default();
            let column = &block.columns[column].label.words;
            if name.is_empty() {
                column.clone()
            } else {
                format!("{name} · {column}")
            }
        }
    };
    with_years(&words, year)
}

/// The list row that the cell of a field stands in. Rows that share a weight or a score are judged
/// as one, by cells of any of them.
fn row_of<'a>(context: &Context<'a>, field: Field) -> Option<&'a ListRow> {
    let row = context.row?;
    let Field::Cell {
        annex,
        block,
        column,
    } = field
    else {
        return Some(row);
    };
    if row.together.is_none() {
        return Some(row);
    }
    let cell = context.fact(field)?.cell;
    let mut rows = context.table_of(annex)?.list(block);
    let own = rows.find(|other| other.facts[column].cell == cell);
    own.or(Some(row))
}

/// What names a list row: the last of its leading text columns that is filled.
pub(crate) fn row_name(block: &crate::catalog::Block, row: &ListRow) -> Option<String> {
    let texts = block
        .columns
        .iter()
        .zip(&row.facts)
        .take_while(|(column, _)| column.unit == Unit::Text);
    let name = texts.filter_map(|(_, fact)| fact.text()).last()?;
    Some(shortened(&crate::label::words(name)))
}

/// `附2.资金[总额,执行率]`.
pub(crate) fn field_path(context: &Context<'_>, field: Field) -> String {
    let annex = &context.form.annexes[field.annex()];
    let number = context
        .table_of(field.annex())
        .map_or(0, |table| table.number);
    let many = context.filing.has_several(field.annex());
    let table = if many {
        format!("{}#{}", annex.id, number + 1)
    } else {
        annex.id.clone()
    };
    match field {
        Field::Slot { slot, .. } => {
            format!("{table}.{}", slot_path(annex, slot))
        }
        Field::Cell { block, column, .. } => {
            let block = &annex.blocks[block];
            let rows = context
                .table_of(field.annex())
                .map(|table| table.list(annex_block(annex, block)));
            let index = rows
                .zip(row_of(context, field))
                .and_then(|(mut rows, row)| rows.position(|known| std::ptr::eq(known, row)));
            let index = index.map_or(0, |index| index + 1);
            format!("{table}.{}[{index},{}]", block.id, block.columns[column].id)
        }
    }
}

fn annex_block(annex: &crate::catalog::Annex, block: &crate::catalog::Block) -> usize {
    annex
        .blocks
        .iter()
        .position(|known| std::ptr::eq(known, block))
        .unwrap_or(0)
}

/// `附件2 H5`, with the sheet where its name does not tell the annex.
pub(crate) fn cell_words(form: &Form, filing: &Filing, table: &Table, cell: CellRef) -> String {
    let annex = &form.annexes[table.annex];
    let sheet = &filing.sheets[cell.sheet];
    let several = filing.has_several(table.annex);
    if sheet.contains(&annex.name) && !several {
        format!("{} {}", annex.name, cell.at)
    } else if sheet.contains(&annex.name) {
        format!("{sheet} {}", cell.at)
    } else {
        format!("{}（{sheet}）{}", annex.name, cell.at)
    }
}

/// `附件2 H5「执行率」`.
pub(crate) fn place_words(context: &Context<'_>, field: Field) -> String {
    let words = field_words(context, field);
    match (
        context.table_of(field.annex()),
        context.fact(field).and_then(|fact| fact.cell),
    ) {
        (Some(table), Some(cell)) => {
            format!(
                "{}「{words}」",
                cell_words(context.form, context.filing, table, cell)
            )
        }
        _ => format!("{}「{words}」", context.form.annexes[field.annex()].name),
    }
}

/// What a cell shows, for messages.
pub(crate) fn shown(fact: &Fact, lang: Lang) -> String {
    if fact.is_blank() {
        return match lang {
            Lang::Zh => "空".to_owned(),
            Lang::En => "blank".to_owned(),
        };
    }
    match fact.number() {
        // Everything else in a message is in 万元.
        Some(found) if found.divisor != Decimal::ONE => {
            let value = figure(found.value, Some(Unit::Money));
            match lang {
                Lang::Zh => format!("{value}万元（{}）", fact.shown),
                Lang::En => format!("{value} (written {})", fact.shown),
            }
        }
        Some(_) => fact.shown.to_string(),
        None => shortened(&fact.shown),
    }
}

/// What a cell shows, an amount with two decimals at least, as those that are computed beside it.
pub(crate) fn shown_evenly(fact: &Fact, unit: Unit, lang: Lang) -> String {
    let shown = shown(fact, lang);
    if !matches!(unit, Unit::Money | Unit::Area) {
        return shown;
    }
    match shown.parse::<Decimal>() {
        Ok(mut amount) if amount.scale() < 2 => {
            amount.rescale(2);
            amount.to_string()
        }
        _ => shown,
    }
}

/// A number in its unit, as it would be printed: at least two decimals of 万元, two of a percent.
pub(crate) fn figure(value: Decimal, unit: Option<Unit>) -> String {
    match unit {
        Some(Unit::Percent) => {
            let mut points = round_half_away(value * Decimal::ONE_HUNDRED, 2);
            points.rescale(2);
            format!("{points}%")
        }
        Some(Unit::Money | Unit::Area) => {
            let mut value = round_half_away(value, 6).normalize();
            if value.scale() < 2 {
                value.rescale(2);
            }
            value.to_string()
        }
        _ => round_half_away(value, 6).normalize().to_string(),
    }
}

/// A number the way its field shows numbers: whole 万元 stay whole where the field shows none.
pub(crate) fn like(fact: Option<&Fact>, value: Decimal, unit: Unit) -> String {
    let finer = fact.and_then(Fact::number).filter(|found| {
        unit == Unit::Money
            && found.divisor == Decimal::ONE
            && found.digit < Decimal::new(1, 2)
            && !found.digit.is_zero()
    });
    match finer {
        Some(_) => round_half_away(value, 6).normalize().to_string(),
        None => figure(value, Some(unit)),
    }
}

/// The number as it would be typed into its field, in the unit of the table.
pub(crate) fn typed(fact: Option<&Fact>, value: Decimal, unit: Unit) -> String {
    match fact {
        Some(fact) if fact.divisor != Decimal::ONE => figure(value * fact.divisor, Some(unit)),
        _ => like(fact, value, unit),
    }
}

/// The number for a message: where the table is not in 万元, with the unit and as it is typed.
pub(crate) fn expected(fact: Option<&Fact>, value: Decimal, unit: Unit, lang: Lang) -> String {
    let like = like(fact, value, unit);
    match fact {
        Some(fact) if fact.divisor != Decimal::ONE => {
            let typed = typed(Some(fact), value, unit);
            match lang {
                Lang::Zh => format!("{like}万元（{typed}）"),
                Lang::En => format!("{like} (written {typed})"),
            }
        }
        _ => like,
    }
}

/// Why a rule was not checked.
pub(crate) fn reason(context: &Context<'_>, unknown: &Unknown, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    match unknown {
        Unknown::NoTable(annex) => {
            let name = &context.form.annexes[*annex].name;
            if zh {
                format!("没有{name}")
            } else {
                format!("no {name}")
            }
        }
        Unknown::Absent(field) => {
            let words = field_words(context, *field);
            let name = &context.form.annexes[field.annex()].name;
            if zh {
                format!("{name}没有找到「{words}」")
            } else {
                format!("{name}: “{words}” not found")
            }
        }
        Unknown::Blank(Some(field)) => {
            let words = field_words(context, *field);
            let name = &context.form.annexes[field.annex()].name;
            if zh {
                format!("{name}「{words}」未填")
            } else {
                format!("{name}: “{words}” is blank")
            }
        }
        Unknown::Blank(None) => if zh { "未填" } else { "blank" }.to_owned(),
        Unknown::Unreadable(field) => unreadable(&place_words(context, *field), lang),
        Unknown::UnreadableAt(place) => unreadable(place, lang),
        Unknown::ZeroDivisor => if zh {
            "除数为 0"
        } else {
            "the divisor is 0"
        }
        .to_owned(),
        Unknown::TooLarge => if zh {
            "数太大，无法计算"
        } else {
            "the numbers are too large"
        }
        .to_owned(),
        Unknown::NotApplicable(reason) => reason.clone(),
    }
}

fn unreadable(place: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{place}读不出数"),
        Lang::En => format!("{place} cannot be read"),
    }
}

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
                    && matches!(
                        context.field(*field),
                        super::value::Val::Number(_) | super::value::Val::Words(_)
                    )
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
                    (super::value::Val::Number(cap), super::value::Val::Number(open)) => {
                        open.value >= cap.value
                    }
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
                super::value::Val::Number(sum) => {
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
            super::value::Val::Number(sum) => figure(sum.value, Some(Unit::Percent)),
            _ => self.at(expr, tightness),
        }
    }

    fn field(&self, field: Field) -> String {
        let fact = self.context.fact(field);
        let unit = self.context.unit(field);
        let value = match self.context.field(field) {
            super::value::Val::Number(sum) => like(fact, sum.value, unit),
            super::value::Val::Words(words) => shortened(&words),
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

/// The name of a table: `附件1`, or `附件3「法律援助」` where there are several.
pub(crate) fn table_name(context: &Context<'_>, table: &Table) -> String {
    let annex = &context.form.annexes[table.annex];
    let several = context.filing.has_several(table.annex);
    let sheet = &context.filing.sheets[table.sheet];
    if !several {
        return annex.name.clone();
    }
    if sheet.contains(&annex.name) {
        sheet.clone()
    } else {
        format!("{}（{sheet}）", annex.name)
    }
}

/// A field in words with its annex, for the rule book: `附件2「年度资金总额 · 执行率」`.
pub fn field_words_of(form: &Form, field: Field) -> String {
    let filing = Filing::default();
    let context = Context::of_filing(form, &filing);
    format!(
        "{}「{}」",
        form.annexes[field.annex()].name,
        field_words(&context, field)
    )
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
