//! What changed between two form sets, in words for the notice that goes out with the new one.

mod annexes;
mod groups;
mod rows;
mod rules;
mod tables;
mod words;

use crate::catalog::Parameter;
use crate::catalog::diff::{Change, Diff, ParameterPart, SetPart};
use crate::lang::Lang;

use words::{clipped, figure, quoted, turned, turned_figures};

/// The most entries under one heading.
const MOST: usize = 300;

/// An entry: its line, and the lines that go with it.
type Entry = Vec<String>;

/// The differences under short headings, in the words of the forms.
pub fn text(diff: &Diff<'_>, lang: Lang) -> String {
    if diff.is_empty() {
        return lang
            .pick("两套表样相同。\n", "The two form sets are the same.\n")
            .to_owned();
    }
    let sections = [
        (lang.pick("表样", "Form set"), set(diff, lang)),
        (lang.pick("附件", "Annexes"), annexes::annexes(diff, lang)),
        (
            lang.pick("栏目", "Rows and columns"),
            tables::inside(diff, lang),
        ),
        (lang.pick("指标", "Indicators"), groups::groups(diff, lang)),
        (lang.pick("参数", "Parameters"), parameters(diff, lang)),
        (lang.pick("核对规则", "Rules"), rules::rules(diff, lang)),
    ];
    let (old, new) = (clipped(&diff.old.name), clipped(&diff.new.name));
    let mut out = if old == new {
        format!("{new}\n")
    } else {
        format!("{old} → {new}\n")
    };
    for (heading, entries) in sections {
        if entries.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{heading}\n"));
        for entry in entries.iter().take(MOST) {
            for (index, line) in entry.iter().enumerate() {
                let indent = if index == 0 { "  " } else { "    " };
                out.push_str(&format!("{indent}{line}\n"));
            }
        }
        let more = entries.len().saturating_sub(MOST);
        match (more, lang) {
            (0, _) => {}
            (more, Lang::Zh) => out.push_str(&format!("  另有 {more} 处，没有列出。\n")),
            (more, Lang::En) => out.push_str(&format!("  {more} more, not listed.\n")),
        }
    }
    out
}

fn set(diff: &Diff<'_>, lang: Lang) -> Vec<Entry> {
    let (old, new) = (diff.old, diff.new);
    let line = |part: &SetPart| match part {
        SetPart::Name => format!(
            "{}{}",
            lang.pick("名称", "Name "),
            turned(&old.name, &new.name, lang)
        ),
        SetPart::Year => format!(
            "{}{}",
            lang.pick("评价年度", "Year "),
            turned_figures(&old.year.to_string(), &new.year.to_string(), lang)
        ),
        SetPart::Version => format!(
            "{}{}",
            lang.pick("表样说明的版本", "Version of the description "),
            turned(&old.version, &new.version, lang)
        ),
        SetPart::Region => format!(
            "{}{}",
            lang.pick("地区", "Region "),
            turned(&old.region, &new.region, lang)
        ),
        SetPart::Order => lang
            .pick("附件的次序有变动", "The annexes are in another order")
            .to_owned(),
    };
    diff.set.iter().map(|part| vec![line(part)]).collect()
}

fn parameters(diff: &Diff<'_>, lang: Lang) -> Vec<Entry> {
    let name = |parameter: &Parameter| quoted(parameter.name.in_lang(lang), lang);
    let value = |parameter: &Parameter| figure(parameter.value, parameter.unit, lang);
    let line = |change: &Change<&Parameter, ParameterPart>| match change {
        Change::Added(new) => match lang {
            Lang::Zh => format!("新增{}：{}", name(new), value(new)),
            Lang::En => format!("Added {}: {}", name(new), value(new)),
        },
        Change::Removed(old) => match lang {
            Lang::Zh => format!("取消{}（原为 {}）", name(old), value(old)),
            Lang::En => format!("Removed {} (was {})", name(old), value(old)),
        },
        Change::Changed { old, new, parts } => {
            let mut said = Vec::new();
            for part in parts {
                said.push(match (part, lang) {
                    (ParameterPart::Name, Lang::Zh) => format!("改称{}", name(new)),
                    (ParameterPart::Name, Lang::En) => format!("now called {}", name(new)),
                    (ParameterPart::Value, _) => turned_figures(&value(old), &value(new), lang),
                });
            }
            let gap = lang.pick("", " ");
            format!("{}{gap}{}", name(old), said.join(lang.pick("，", ", ")))
        }
    };
    let changes = diff.parameters.iter();
    changes.map(|change| vec![line(change)]).collect()
}
