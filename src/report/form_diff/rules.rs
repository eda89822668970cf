//! Rules, each with what differs in it.

use super::Entry;
use super::words::{clipped, colon, list, quoted, turned};
use crate::catalog::diff::{Change, Coded, Diff, RulePart};
use crate::catalog::{Action, Form, Piece, Rule, Say, Scope, Test, Words};
use crate::check::{field_words_of, formula_words};
use crate::lang::Lang;
use crate::report::rulebook::{formula, severity};

/// The most formulas and messages that are shown of one rule.
const MOST: usize = 3;

/// The rules that differ.
pub(super) fn rules(diff: &Diff<'_>, lang: Lang) -> Vec<Entry> {
    let forms = (diff.old, diff.new);
    let changes = diff.rules.iter();
    changes
        .map(|change| match change {
            Change::Added(new) => added(forms.1, new, lang),
            Change::Removed(old) => {
                let name = named(old.first, lang);
                vec![format!("{}{name}", lang.pick("取消", "Removed "))]
            }
            Change::Changed { old, new, parts } => {
                let mut entry = vec![named(old.first, lang)];
                changed(forms, (old, new), parts, lang, &mut entry);
                entry
            }
        })
        .collect()
}

fn named(rule: &Rule, lang: Lang) -> String {
    let name = quoted(rule.name.in_lang(lang), lang);
    match lang {
        Lang::Zh => format!("{name}〔{}〕", rule.code),
        Lang::En => format!("{name}〔{}〕", rule.code),
    }
}

fn added(form: &Form, new: &Coded<'_>, lang: Lang) -> Entry {
    let rule = new.first;
    let mut entry = vec![format!(
        "{}{}",
        lang.pick("新增", "Added "),
        named(rule, lang)
    )];
    if rule.off {
        entry.push(lang.pick("默认不启用", "off by default").to_owned());
    }
    let tests = new.tests();
    for test in tests.iter().take(MOST) {
        entry.push(format!(
            "{}〔{}〕{}",
            lang.pick("公式：", "formula: "),
            severity(test.severity, lang),
            clipped(&formula(form, test, lang))
        ));
    }
    more(tests.len(), lang, &mut entry);
    if let Action::Check {
        severity: level, ..
    } = &rule.action
    {
        entry.push(format!(
            "{}{}",
            lang.pick("级别：", "level: "),
            severity(*level, lang)
        ));
    }
    let why = clipped(rule.why.in_lang(lang));
    entry.push(format!("{}{why}", lang.pick("理由：", "why: ")));
    entry
}

/// Says how many of so many are not shown.
fn more(count: usize, lang: Lang, entry: &mut Entry) {
    match (count.saturating_sub(MOST), lang) {
        (0, _) => {}
        (more, Lang::Zh) => entry.push(format!("另有 {more} 处，没有列出")),
        (more, Lang::En) => entry.push(format!("{more} more, not listed")),
    }
}

fn changed(
    forms: (&Form, &Form),
    rules: (&Coded<'_>, &Coded<'_>),
    parts: &[RulePart<'_>],
    lang: Lang,
    entry: &mut Entry,
) {
    let lines = parts.iter();
    entry.extend(lines.filter_map(|part| line(forms, rules, part, lang)));
    // Rules of several annexes and rows may say the same of each.
    let mut details: Vec<Vec<String>> = Vec::new();
    for part in parts {
        let found = detail(forms, part, lang);
        if !found.is_empty() && !details.contains(&found) {
            details.push(found);
        }
    }
    let count = details.len();
    entry.extend(details.into_iter().take(MOST).flatten());
    more(count, lang, entry);
    if let Some(reason) = &rules.1.first.changed {
        entry.push(format!(
            "{}{}{}",
            lang.pick("本地调整的理由", "reason of the region"),
            colon(lang),
            clipped(reason)
        ));
    }
}

/// What is said once of a rule.
fn line(
    forms: (&Form, &Form),
    rules: (&Coded<'_>, &Coded<'_>),
    part: &RulePart<'_>,
    lang: Lang,
) -> Option<String> {
    let (was, now) = (rules.0.first, rules.1.first);
    let turned_words = |words: fn(&Rule) -> &Words| {
        let (old, new) = (words(was).in_lang(lang), words(now).in_lang(lang));
        turned(old, new, lang)
    };
    Some(match part {
        RulePart::Name => {
            let name = quoted(now.name.in_lang(lang), lang);
            format!("{}{name}", lang.pick("改称", "now called "))
        }
        RulePart::Off if now.off => lang.pick("停用", "switched off").to_owned(),
        RulePart::Off => lang.pick("启用", "switched on").to_owned(),
        RulePart::Level(a, b) => {
            let turned = turned(severity(*a, lang), severity(*b, lang), lang);
            format!("{}{turned}", lang.pick("级别", "level "))
        }
        RulePart::Annexes => {
            let (a, b) = (
                annexes(forms.0, rules.0, lang),
                annexes(forms.1, rules.1, lang),
            );
            match lang {
                Lang::Zh => format!("适用的附件由{a}改为{b}"),
                Lang::En => format!("applies to {b} (was {a})"),
            }
        }
        RulePart::Method => lang
            .pick("核对办法有变动", "checked in another way")
            .to_owned(),
        RulePart::Condition => {
            let (a, b) = (condition(forms.0, was, lang), condition(forms.1, now, lang));
            let turned = turned(&a, &b, lang);
            format!("{}{turned}", lang.pick("适用条件", "applies only where: "))
        }
        RulePart::After => match (now.after.is_empty(), lang) {
            (true, Lang::Zh) => format!("不再归到{}之下", list(&was.after, lang)),
            (true, Lang::En) => format!("no longer listed under {}", list(&was.after, lang)),
            (false, Lang::Zh) => format!("有{}的问题时，归到它之下", list(&now.after, lang)),
            (false, Lang::En) => format!(
                "listed under {} where that has a finding",
                list(&now.after, lang)
            ),
        },
        RulePart::Why => format!(
            "{}{}",
            lang.pick("理由", "why: "),
            turned_words(|rule| &rule.why)
        ),
        RulePart::Basis => format!(
            "{}{}",
            lang.pick("依据", "basis "),
            turned_words(|rule| &rule.basis)
        ),
        RulePart::Reason if now.changed.is_none() => lang
            .pick("不再作本地调整", "no longer changed by the region")
            .to_owned(),
        _ => return None,
    })
}

/// What may be said several times of a rule: its formulas and messages.
fn detail(forms: (&Form, &Form), part: &RulePart<'_>, lang: Lang) -> Vec<String> {
    let none = String::new;
    match part {
        RulePart::Formula(a, b) => formulas(forms, *a, *b, lang),
        RulePart::Say(a, b) => {
            let a = a.map_or_else(none, |say| message(forms.0, say, lang));
            let b = b.map_or_else(none, |say| message(forms.1, say, lang));
            let turned = turned(&a, &b, lang);
            vec![format!("{}{turned}", lang.pick("提示语", "message "))]
        }
        RulePart::Todo(a, b) => {
            let a = a.map_or_else(String::new, |words| words.in_lang(lang).to_owned());
            let b = b.map_or_else(String::new, |words| words.in_lang(lang).to_owned());
            let turned = turned(&a, &b, lang);
            vec![format!("{}{turned}", lang.pick("办法", "what to do "))]
        }
        RulePart::Place(a, b) => {
            let a = a.map_or_else(none, |field| field_words_of(forms.0, field));
            let b = b.map_or_else(none, |field| field_words_of(forms.1, field));
            let turned = turned(&a, &b, lang);
            vec![format!(
                "{}{turned}",
                lang.pick("标注的位置", "marked place ")
            )]
        }
        _ => Vec::new(),
    }
}

fn annexes(form: &Form, coded: &Coded<'_>, lang: Lang) -> String {
    let annexes = coded.all.iter().filter_map(|rule| match rule.scope {
        Scope::Annex(annex) => Some(form.annexes[annex].name.clone()),
        Scope::Filing => None,
    });
    list(&annexes.collect::<Vec<_>>(), lang)
}

fn formulas(
    forms: (&Form, &Form),
    old: Option<&Test>,
    new: Option<&Test>,
    lang: Lang,
) -> Vec<String> {
    let words = |form: &Form, test: &Test| clipped(&formula(form, test, lang));
    match (old, new) {
        (Some(old), Some(new)) => {
            let (a, b) = (words(forms.0, old), words(forms.1, new));
            if a == b {
                return vec![lang.pick("公式有变动", "the formula changed").to_owned()];
            }
            vec![
                format!("{}{a}", lang.pick("公式原为：", "formula was: ")),
                format!("{}{b}", lang.pick("　　改为：", "now:         ")),
            ]
        }
        (None, Some(new)) => vec![format!(
            "{}〔{}〕{}",
            lang.pick("增加公式：", "formula added: "),
            severity(new.severity, lang),
            words(forms.1, new)
        )],
        (Some(old), None) => vec![format!(
            "{}{}",
            lang.pick("取消公式：", "formula removed: "),
            words(forms.0, old)
        )],
        (None, None) => Vec::new(),
    }
}

fn message(form: &Form, say: &Say, lang: Lang) -> String {
    let pieces = match (lang, &say.en) {
        (Lang::En, Some(en)) => en,
        _ => &say.zh,
    };
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Figure(figure) => format!("{{{}}}", formula_words(form, figure, lang)),
    });
    pieces.collect()
}

fn condition(form: &Form, rule: &Rule, lang: Lang) -> String {
    rule.when.as_ref().map_or_else(
        || lang.pick("总是适用", "always").to_owned(),
        |(when, otherwise)| {
            let (words, otherwise) = (formula_words(form, when, lang), otherwise.in_lang(lang));
            match lang {
                Lang::Zh => format!("{words}（否则：{otherwise}）"),
                Lang::En => format!("{words} (else: {otherwise})"),
            }
        },
    )
}
