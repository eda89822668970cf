//! Rows of a grid, and how they make up their totals.

use super::words::{label, labels, list, quoted, turned, turned_figures};
use crate::catalog::Form;
use crate::catalog::diff::{Change, RowAt, RowPart};
use crate::lang::Lang;

/// Whether a figure may be negative now.
pub(super) fn signed(signed: bool, lang: Lang) -> &'static str {
    if signed {
        lang.pick("可以填负数", " may be negative")
    } else {
        lang.pick("不得再填负数", " may not be negative any more")
    }
}

fn row_name(form: &Form, at: &RowAt<'_>, lang: Lang) -> String {
    quoted(&label(form, &at.block.rows[at.row].label), lang)
}

fn parent(form: &Form, at: &RowAt<'_>, lang: Lang) -> Option<String> {
    let row = at.block.rows[at.row].parent?;
    let block = at.block;
    Some(row_name(form, &RowAt { block, row }, lang))
}

/// What is said of a row.
pub(super) fn rows(
    forms: (&Form, &Form),
    change: &Change<RowAt<'_>, RowPart>,
    lang: Lang,
) -> Vec<String> {
    let (old, new, parts) = match change {
        Change::Added(new) => {
            let name = row_name(forms.1, new, lang);
            return vec![match (parent(forms.1, new, lang), lang) {
                (Some(parent), Lang::Zh) => format!("{parent}之下新增{name}一行"),
                (Some(parent), Lang::En) => format!("added the row {name} under {parent}"),
                (None, Lang::Zh) => format!("新增{name}一行"),
                (None, Lang::En) => format!("added the row {name}"),
            }];
        }
        Change::Removed(old) => {
            let name = row_name(forms.0, old, lang);
            return vec![match lang {
                Lang::Zh => format!("取消{name}一行"),
                Lang::En => format!("removed the row {name}"),
            }];
        }
        Change::Changed { old, new, parts } => (old, new, parts),
    };
    let parts = parts.iter();
    parts
        .map(|part| row(forms, old, new, *part, lang))
        .collect()
}

fn row(
    forms: (&Form, &Form),
    old: &RowAt<'_>,
    new: &RowAt<'_>,
    part: RowPart,
    lang: Lang,
) -> String {
    let name = row_name(forms.0, old, lang);
    let (was, now) = (&old.block.rows[old.row], &new.block.rows[new.row]);
    let columns = |form: &Form, at: &RowAt<'_>, columns: &[usize]| {
        let labels = columns
            .iter()
            .map(|column| label(form, &at.block.columns[*column].label));
        match columns.is_empty() {
            true => lang.pick("没有一栏", "none").to_owned(),
            false => list(&labels.collect::<Vec<_>>(), lang),
        }
    };
    match part {
        RowPart::Label => format!(
            "{}{}",
            lang.pick("一行", "the row renamed "),
            labels(forms, &was.label, &now.label, lang)
        ),
        RowPart::Parent => {
            let parents = (parent(forms.0, old, lang), parent(forms.1, new, lang));
            match (parents, lang) {
                ((Some(a), Some(b)), Lang::Zh) => format!("{name}由{a}之下移到{b}之下"),
                ((Some(a), Some(b)), Lang::En) => format!("{name} moved from {a} to {b}"),
                ((Some(a), None), Lang::Zh) => format!("{name}不再列在{a}之下"),
                ((Some(a), None), Lang::En) => format!("{name} is not under {a} any more"),
                ((None, Some(b)), Lang::Zh) => format!("{name}移到{b}之下"),
                ((None, Some(b)), Lang::En) => format!("{name} moved under {b}"),
                ((None, None), _) => name,
            }
        }
        RowPart::Total => {
            let relation = |row: &crate::catalog::Row| match &row.total {
                None => lang.pick("不求合计", "not added up"),
                Some(total) if total.exhaustive => {
                    lang.pick("等于各项之和", "its parts make up the whole")
                }
                Some(_) => lang.pick("各项只是其中一部分", "its parts are only some of it"),
            };
            let turned = turned(relation(was), relation(now), lang);
            format!("{name}{}{turned}", lang.pick("与下面各项的关系", ": "))
        }
        RowPart::TotalColumns => {
            let total = |at: &RowAt<'_>| at.block.rows[at.row].total.clone();
            let ids = |at: &RowAt<'_>| total(at).map_or_else(Vec::new, |total| total.columns);
            let (a, b) = (
                columns(forms.0, old, &ids(old)),
                columns(forms.1, new, &ids(new)),
            );
            match lang {
                Lang::Zh => format!("{name}求合计的栏目由{a}改为{b}"),
                Lang::En => format!("{name}: columns added up from {a} to {b}"),
            }
        }
        RowPart::BlankColumns => {
            let a = columns(forms.0, old, &was.blank_columns);
            let b = columns(forms.1, new, &now.blank_columns);
            match lang {
                Lang::Zh => format!("{name}不用填的栏目由{a}改为{b}"),
                Lang::En => format!("{name}: columns left blank from {a} to {b}"),
            }
        }
        RowPart::Repeat if now.repeat => {
            format!("{name}{}", lang.pick("可以插行", ": rows may be inserted"))
        }
        RowPart::Repeat => format!(
            "{name}{}",
            lang.pick("不再插行", ": no rows are inserted any more")
        ),
        RowPart::Spare => format!(
            "{name}{}{}",
            lang.pick("预留的空行", ": spare rows "),
            turned_figures(&was.spare.to_string(), &now.spare.to_string(), lang)
        ),
        RowPart::Signed => format!("{name}{}", signed(now.signed, lang)),
    }
}
