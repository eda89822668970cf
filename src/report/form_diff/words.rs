//! Words that all sections of a comparison share.

use rust_decimal::Decimal;

use crate::catalog::{Annex, Block, Form, Label, Unit};
use crate::check::with_years;
use crate::lang::Lang;

/// The longest text that is quoted, in characters.
const LONGEST: usize = 300;

/// A text of the form in quotation marks, cut where it is very long.
pub(super) fn quoted(text: &str, lang: Lang) -> String {
    let text = clipped(text);
    match (text.is_empty(), lang) {
        (true, Lang::Zh) => "（空）".to_owned(),
        (true, Lang::En) => "(nothing)".to_owned(),
        (false, Lang::Zh) => format!("「{text}」"),
        (false, Lang::En) => format!("“{text}”"),
    }
}

/// A text, cut where it is very long, fit for a terminal.
pub(super) fn clipped(text: &str) -> String {
    let text = crate::report::printable(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// `由「…」改为「…」`.
pub(super) fn turned(old: &str, new: &str, lang: Lang) -> String {
    let (old, new) = (quoted(old, lang), quoted(new, lang));
    match lang {
        Lang::Zh => format!("由{old}改为{new}"),
        Lang::En => format!("from {old} to {new}"),
    }
}

/// `由 30% 改为 20%`.
pub(super) fn turned_figures(old: &str, new: &str, lang: Lang) -> String {
    match lang {
        // No gap behind a Chinese unit.
        Lang::Zh => {
            let gap = if old.is_ascii() { " " } else { "" };
            format!("由 {old}{gap}改为 {new}")
        }
        Lang::En => format!("from {old} to {new}"),
    }
}

/// A number with its unit.
pub(super) fn figure(value: Decimal, unit: Unit, lang: Lang) -> String {
    let value = value.normalize();
    let sign = match (unit, lang) {
        (Unit::Score, Lang::En) => "points",
        (Unit::People, Lang::En) => "persons",
        _ => unit.sign(),
    };
    match unit {
        Unit::Percent => format!("{value}%"),
        _ if sign.is_empty() => value.to_string(),
        _ => format!("{value} {sign}"),
    }
}

/// What is filled in under a unit.
pub(super) fn unit(unit: Unit, lang: Lang) -> &'static str {
    match unit {
        Unit::Money | Unit::Percent | Unit::Area => unit.sign(),
        Unit::People => lang.pick("人", "persons"),
        Unit::Score => lang.pick("分", "points"),
        Unit::Text => lang.pick("文字", "words"),
        Unit::Quantity => lang.pick("数或文字", "a number or words"),
        Unit::Date => lang.pick("日期", "a date"),
    }
}

/// A label as it is named in messages, with the years of its form.
pub(super) fn label(form: &Form, label: &Label) -> String {
    with_years(&label.words, form.year)
}

/// A label before and after: as named in messages, or as printed where only that tells them
/// apart.
pub(super) fn labels(forms: (&Form, &Form), old: &Label, new: &Label, lang: Lang) -> String {
    let words = (label(forms.0, old), label(forms.1, new));
    if words.0 != words.1 {
        return turned(&words.0, &words.1, lang);
    }
    let printed = (
        with_years(&old.printed, forms.0.year),
        with_years(&new.printed, forms.1.year),
    );
    if printed.0 != printed.1 {
        return turned(&printed.0, &printed.1, lang);
    }
    // One says the year, the other {年}.
    turned(&old.printed, &new.printed, lang)
}

/// A block by the words beside it, else by its first label.
pub(super) fn block(form: &Form, block: &Block, lang: Lang) -> String {
    if let Some(corner) = block.corner.first() {
        return quoted(&with_years(&crate::label::words(corner), form.year), lang);
    }
    let first = block.columns.first();
    let name = first.map_or_else(String::new, |column| label(form, &column.label));
    let name = quoted(&name, lang);
    match (block.columns.len(), lang) {
        (0 | 1, _) => name,
        (count, Lang::Zh) => format!("{name}等 {count} 项"),
        (count, Lang::En) => format!("{name} and {} more", count - 1),
    }
}

/// `附件1「经费控制情况」`; the annex alone where no words stand beside the block.
pub(super) fn place(form: &Form, annex: &Annex, block: &Block, lang: Lang) -> String {
    let annex = clipped(&annex.name);
    if block.corner.is_empty() {
        return annex;
    }
    let gap = lang.pick("", " ");
    let block = self::block(form, block, lang);
    format!("{annex}{gap}{block}")
}

/// Between a place and what is said of it.
pub(super) fn colon(lang: Lang) -> &'static str {
    lang.pick("：", ": ")
}

/// Several texts in quotation marks, the first of them where they are many.
pub(super) fn list(texts: &[String], lang: Lang) -> String {
    const MOST: usize = 12;
    let shown: Vec<String> = texts
        .iter()
        .take(MOST)
        .map(|text| quoted(text, lang))
        .collect();
    let joined = shown.join(lang.pick("", ", "));
    match (texts.len() > MOST, lang) {
        (false, _) => joined,
        (true, Lang::Zh) => format!("{joined}等 {} 个", texts.len()),
        (true, Lang::En) => format!("{joined} and {} more", texts.len() - MOST),
    }
}
