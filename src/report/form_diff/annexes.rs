//! The annexes themselves.

use super::Entry;
use super::words::{clipped, quoted, turned};
use crate::catalog::diff::{AnnexPart, Change, Diff};
use crate::catalog::{Annex, Form};
use crate::check::with_years;
use crate::lang::Lang;

/// What is said of the annexes themselves.
pub(super) fn annexes(diff: &Diff<'_>, lang: Lang) -> Vec<Entry> {
    let named = |form: &Form, annex: &Annex| {
        let title = quoted(&with_years(&annex.title, form.year), lang);
        format!("{}{}{title}", clipped(&annex.name), lang.pick("", " "))
    };
    let mut entries = Vec::new();
    for change in &diff.annexes {
        match change {
            Change::Added(new) => entries.push(vec![format!(
                "{}{}",
                lang.pick("新增", "Added "),
                named(diff.new, new)
            )]),
            Change::Removed(old) => entries.push(vec![format!(
                "{}{}",
                lang.pick("取消", "Removed "),
                named(diff.old, old)
            )]),
            Change::Changed { old, new, parts } => {
                for part in parts {
                    let said = annex((diff.old, diff.new), old, new, *part, lang);
                    entries.push(vec![format!("{}{said}", clipped(&old.name))]);
                }
            }
        }
    }
    entries
}

fn annex(forms: (&Form, &Form), old: &Annex, new: &Annex, part: AnnexPart, lang: Lang) -> String {
    let titles = |form: &Form, annex: &Annex| with_years(&annex.title, form.year);
    let note = |annex: &Annex| annex.note.clone().unwrap_or_default();
    match part {
        AnnexPart::Name => format!("{}{}", lang.pick("改称", " is now "), clipped(&new.name)),
        AnnexPart::Title => format!(
            "{}{}",
            lang.pick("的标题", ": title "),
            turned(&titles(forms.0, old), &titles(forms.1, new), lang)
        ),
        AnnexPart::Always if new.always => lang
            .pick("改为必报", " must be in every filing now")
            .to_owned(),
        AnnexPart::Always => lang
            .pick("不再是必报", " need not be in every filing any more")
            .to_owned(),
        AnnexPart::Repeat if new.repeat => lang
            .pick("可以报多张，一个项目一张", " may be filed once a project")
            .to_owned(),
        AnnexPart::Repeat => lang.pick("只报一张", " is filed once").to_owned(),
        AnnexPart::Confirmed if new.confirmed => lang
            .pick("的栏目已经核实", ": columns confirmed")
            .to_owned(),
        AnnexPart::Confirmed => lang
            .pick("的栏目未经核实", ": columns unconfirmed")
            .to_owned(),
        AnnexPart::Note => format!(
            "{}{}",
            lang.pick("表下的说明", ": note below the table "),
            turned(&note(old), &note(new), lang)
        ),
        AnnexPart::Order => lang
            .pick("各部分的次序有变动", ": its parts are in another order")
            .to_owned(),
    }
}
