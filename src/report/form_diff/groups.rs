//! First-level and second-level indicators.

use super::Entry;
use super::words::{clipped, colon, figure, list, quoted, turned, turned_figures};
use crate::catalog::diff::{Change, Diff, GroupPart};
use crate::catalog::{Group, Unit};
use crate::lang::Lang;

/// First-level indicators.
pub(super) fn groups(diff: &Diff<'_>, lang: Lang) -> Vec<Entry> {
    let points = |group: &Group| figure(group.weight, Unit::Score, lang);
    let mut entries = Vec::new();
    for found in &diff.groups {
        let said = match &found.change {
            Change::Added(new) => {
                let (name, points) = (quoted(&new.label, lang), points(new));
                vec![match lang {
                    Lang::Zh => format!("新增{name}（{points}）"),
                    Lang::En => format!("added {name} ({points})"),
                }]
            }
            Change::Removed(old) => {
                let (name, points) = (quoted(&old.label, lang), points(old));
                vec![match lang {
                    Lang::Zh => format!("取消{name}（原 {points}）"),
                    Lang::En => format!("removed {name} (was {points})"),
                }]
            }
            Change::Changed { old, new, parts } => parts
                .iter()
                .map(|part| match part {
                    GroupPart::Label => turned(&old.label, &new.label, lang),
                    GroupPart::Weight => {
                        let turned = turned_figures(&points(old), &points(new), lang);
                        format!("{}{}{turned}", quoted(&old.label, lang), lang.pick("", " "))
                    }
                    GroupPart::Children => children(old, new, lang),
                })
                .collect(),
        };
        let at = format!("{}{}", clipped(&found.annex.name), colon(lang));
        entries.extend(said.into_iter().map(|said| vec![format!("{at}{said}")]));
    }
    entries
}

fn children(old: &Group, new: &Group, lang: Lang) -> String {
    let only = |these: &Group, those: &Group| -> Vec<String> {
        let known = |key: &String| those.children.iter().any(|(_, known)| known == key);
        let only = these.children.iter().filter(|(_, key)| !known(key));
        only.map(|(label, _)| label.clone()).collect()
    };
    let (added, removed) = (only(new, old), only(old, new));
    let mut said = Vec::new();
    if !added.is_empty() {
        said.push(format!(
            "{}{}",
            lang.pick("新增", "added "),
            list(&added, lang)
        ));
    }
    if !removed.is_empty() {
        said.push(format!(
            "{}{}",
            lang.pick("取消", "removed "),
            list(&removed, lang)
        ));
    }
    let name = quoted(&old.label, lang);
    let under = match lang {
        Lang::Zh => format!("{name}之下"),
        Lang::En => format!("under {name} "),
    };
    format!("{under}{}", said.join(lang.pick("，", ", ")))
}
