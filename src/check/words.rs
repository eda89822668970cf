//! Places, fields and figures in words.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::evaluate::Context;
use super::value::Unknown;
use crate::catalog::{Field, Form, Kind, Unit, place_of_slot, slot_path};
use crate::filing::{CellRef, Extra, Fact, Filing, ListRow, Seen, Table};
use crate::lang::Lang;
use crate::quote;
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
    let text = &*quote::inner(text);
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

/// A sheet's name, for messages.
pub(crate) fn sheet_name(filing: &Filing, sheet: usize) -> Cow<'_, str> {
    quote::inner(&filing.sheets[sheet])
}

/// `附件2 H5`, with the sheet where its name does not tell the annex.
pub(crate) fn cell_words(form: &Form, filing: &Filing, table: &Table, cell: CellRef) -> String {
    let annex = &form.annexes[table.annex];
    let sheet = sheet_name(filing, cell.sheet);
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

/// What a cell shows; an amount with two decimals at least, as those that are computed beside it,
/// also where its cell shows fewer of them.
pub(crate) fn shown_evenly(fact: &Fact, unit: Unit, lang: Lang) -> String {
    let shown = shown(fact, lang);
    let bare = fact.number().filter(|found| {
        matches!(unit, Unit::Money | Unit::Area)
            && found.amount.decimals < 2
            && shown.parse::<Decimal>().is_ok()
    });
    match bare {
        Some(found) => figure(found.value, Some(unit)),
        None => shown,
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

/// The name of a table: `附件1`, or `附件3「法律援助」` where there are several.
pub(crate) fn table_name(context: &Context<'_>, table: &Table) -> String {
    let annex = &context.form.annexes[table.annex];
    let several = context.filing.has_several(table.annex);
    let sheet = sheet_name(context.filing, table.sheet);
    if !several {
        return annex.name.clone();
    }
    if sheet.contains(&annex.name) {
        sheet.into_owned()
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
