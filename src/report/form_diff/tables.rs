//! Blocks and columns; rows have a file of their own.

use super::Entry;
use super::rows::{rows, signed};
use super::words::{block, clipped, colon, label, labels, list, place, quoted, turned, unit};
use crate::catalog::diff::{BlockPart, Change, ColumnPart, Diff, TablePart};
use crate::catalog::{Block, Column, Form, Kind, Unit};
use crate::check::with_years;
use crate::lang::Lang;

/// Blocks, columns and rows.
pub(super) fn inside(diff: &Diff<'_>, lang: Lang) -> Vec<Entry> {
    let forms = (diff.old, diff.new);
    let mut entries = Vec::new();
    for change in &diff.tables {
        let (at, said) = match &change.what {
            TablePart::Block(found) => (clipped(&change.annex.name), blocks(forms, found, lang)),
            TablePart::Column(block, found) => (
                place(forms.1, change.annex, block, lang),
                columns(forms, block, found, lang),
            ),
            TablePart::Row(block, found) => (
                place(forms.1, change.annex, block, lang),
                rows(forms, found, lang),
            ),
        };
        let lines = said.into_iter();
        entries.extend(lines.map(|said| vec![format!("{at}{}{said}", colon(lang))]));
    }
    entries
}

fn blocks(forms: (&Form, &Form), change: &Change<&Block, BlockPart>, lang: Lang) -> Vec<String> {
    let (old, new, parts) = match change {
        Change::Added(new) => {
            let labels = new
                .columns
                .iter()
                .map(|column| label(forms.1, &column.label));
            let labels = list(&labels.collect::<Vec<_>>(), lang);
            let name = block(forms.1, new, lang);
            return vec![match lang {
                Lang::Zh => format!("新增{name}部分，要填{labels}"),
                Lang::En => format!("added the part {name}, to fill in: {labels}"),
            }];
        }
        Change::Removed(old) => {
            let name = block(forms.0, old, lang);
            return vec![match lang {
                Lang::Zh => format!("取消{name}部分"),
                Lang::En => format!("removed the part {name}"),
            }];
        }
        Change::Changed { old, new, parts } => (old, new, parts),
    };
    let name = block(forms.0, old, lang);
    let corner = |form: &Form, block: &Block| {
        let corner = block.corner.first();
        corner.map_or_else(String::new, |words| with_years(words, form.year))
    };
    let foot = |form: &Form, block: &Block| {
        let foot = block.foot.as_ref();
        foot.map_or_else(String::new, |foot| label(form, &foot.label))
    };
    let said = parts.iter().map(|part| match (part, lang) {
        (BlockPart::Corner, Lang::Zh) => format!(
            "{name}部分的标签{}",
            turned(&corner(forms.0, old), &corner(forms.1, new), lang)
        ),
        (BlockPart::Corner, Lang::En) => format!(
            "the part {name}: label {}",
            turned(&corner(forms.0, old), &corner(forms.1, new), lang)
        ),
        (BlockPart::Kind, Lang::Zh) => format!("{name}部分的排法有变动"),
        (BlockPart::Kind, Lang::En) => format!("the part {name} is laid out in another way"),
        (BlockPart::Foot, Lang::Zh) => format!(
            "{name}部分的合计行{}",
            turned(&foot(forms.0, old), &foot(forms.1, new), lang)
        ),
        (BlockPart::Foot, Lang::En) => format!(
            "the part {name}: total row {}",
            turned(&foot(forms.0, old), &foot(forms.1, new), lang)
        ),
        (BlockPart::ColumnOrder, Lang::Zh) => format!("{name}部分各栏的次序有变动"),
        (BlockPart::ColumnOrder, Lang::En) => {
            format!("the part {name}: its columns are in another order")
        }
        (BlockPart::RowOrder, Lang::Zh) => format!("{name}部分各行的次序有变动"),
        (BlockPart::RowOrder, Lang::En) => {
            format!("the part {name}: its rows are in another order")
        }
    });
    said.collect()
}

fn columns(
    forms: (&Form, &Form),
    block: &Block,
    change: &Change<&Column, ColumnPart>,
    lang: Lang,
) -> Vec<String> {
    let what = match block.kind {
        Kind::Items | Kind::Line => lang.pick("一项", "the item "),
        _ => lang.pick("一栏", "the column "),
    };
    let (old, new, parts) = match change {
        Change::Added(new) => {
            let name = quoted(&label(forms.1, &new.label), lang);
            let unit = unit(new.unit, lang);
            return vec![match (lang, new.unit) {
                (Lang::Zh, Unit::Text) => format!("新增{name}{what}"),
                (Lang::En, Unit::Text) => format!("added {what}{name}"),
                (Lang::Zh, _) => format!("新增{name}{what}（{unit}）"),
                (Lang::En, _) => format!("added {what}{name} ({unit})"),
            }];
        }
        Change::Removed(old) => {
            let name = quoted(&label(forms.0, &old.label), lang);
            return vec![match lang {
                Lang::Zh => format!("取消{name}{what}"),
                Lang::En => format!("removed {what}{name}"),
            }];
        }
        Change::Changed { old, new, parts } => (old, new, parts),
    };
    let name = quoted(&label(forms.0, &old.label), lang);
    let said = parts.iter().map(|part| match (part, lang) {
        (ColumnPart::Label, Lang::Zh) => {
            format!("{what}{}", labels(forms, &old.label, &new.label, lang))
        }
        (ColumnPart::Label, Lang::En) => format!(
            "{what}renamed {}",
            labels(forms, &old.label, &new.label, lang)
        ),
        (ColumnPart::Unit, _) => {
            let of = lang.pick("的单位", ": unit ");
            let units = turned(unit(old.unit, lang), unit(new.unit, lang), lang);
            format!("{name}{of}{units}")
        }
        (ColumnPart::Heading, _) => {
            let of = lang.pick("上面的大栏", ": head above ");
            let heading = |form: &Form, column: &Column| {
                let heading = column.heading.as_deref().unwrap_or_default();
                with_years(heading, form.year)
            };
            let headings = turned(&heading(forms.0, old), &heading(forms.1, new), lang);
            format!("{name}{of}{headings}")
        }
        (ColumnPart::Signed, _) => format!("{name}{}", signed(new.signed, lang)),
    });
    said.collect()
}
