//! The rule book: each rule with its formula in words, reason, basis and parameters.

use std::fmt::Write;

use crate::catalog::{Across, Action, Expr, Form, Rule, Severity, Test, Verb};
use crate::check::{field_words_of, formula_words};
use crate::lang::Lang;

/// One rule, or what its code is kept for.
pub fn one(form: &Form, code: &str, lang: Lang) -> Option<String> {
    let rules: Vec<&Rule> = form.rules.iter().filter(|rule| rule.code == code).collect();
    if let Some(first) = rules.first() {
        let mut out = String::new();
        let _ = rule(&mut out, form, first, &rules, lang);
        return Some(out);
    }
    let (_, why) = form.reserved.iter().find(|(known, _)| known == code)?;
    let why = why.in_lang(lang);
    Some(match lang {
        Lang::Zh => format!("{code}  保留的编号，目前不检查。{why}\n"),
        Lang::En => format!("{code}  reserved, not checked at present. {why}\n"),
    })
}

/// A rule between submissions.
pub fn across(rules: &Across, code: &str, lang: Lang) -> Option<String> {
    let rule = rules.rules.iter().find(|rule| rule.code == code)?;
    let level = severity(rule.severity, lang);
    let [name, why, basis] = [&rule.name, &rule.why, &rule.basis].map(|words| words.in_lang(lang));
    Some(match lang {
        Lang::Zh => format!(
            "{code}  {name}\n  批量核对时各单位之间的检查。\n  级别：{level}\n  理由：{why}\n  依据：{basis}\n"
        ),
        Lang::En => format!(
            "{code}  {name}\n  Checked between submissions, in bulk.\n  Level: {level}\n  Why: {why}\n  Basis: {basis}\n"
        ),
    })
}

/// All rules of a form and the reserved codes, then the rules between submissions.
pub fn all(form: &Form, rules: &Across, lang: Lang) -> String {
    let mut codes: Vec<&str> = form.rules.iter().map(|rule| rule.code.as_str()).collect();
    codes.extend(form.reserved.iter().map(|(code, _)| code.as_str()));
    codes.sort_unstable();
    codes.dedup();
    let mut out = format!("{}（{}）\n\n", form.name, form.id);
    for code in codes {
        out.push_str(&one(form, code, lang).unwrap_or_default());
        out.push('\n');
    }
    for rule in &rules.rules {
        out.push_str(&across(rules, &rule.code, lang).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn rule(
    out: &mut String,
    form: &Form,
    rule: &Rule,
    same: &[&Rule],
    lang: Lang,
) -> std::fmt::Result {
    writeln!(out, "{}  {}", rule.code, rule.name.in_lang(lang))?;
    let annexes: Vec<&str> = same
        .iter()
        .filter_map(|rule| match rule.scope {
            crate::catalog::Scope::Annex(annex) => Some(form.annexes[annex].name.as_str()),
            crate::catalog::Scope::Filing => None,
        })
        .collect();
    if !annexes.is_empty() {
        writeln!(
            out,
            "  {}{}",
            lang.pick("适用：", "Applies to: "),
            annexes.join(lang.pick("、", ", "))
        )?;
    }
    if rule.off {
        writeln!(out, "  {}", lang.pick("默认不启用。", "Off by default."))?;
    }
    match &rule.action {
        Action::Tests(tests) => {
            for test in tests {
                let level = severity(test.severity, lang);
                writeln!(
                    out,
                    "  {}〔{level}〕{}",
                    lang.pick("公式：", "Formula: "),
                    formula(form, test, lang)
                )?;
            }
        }
        Action::Tree { row } => {
            let block = &form.annexes[row.annex].blocks[row.block];
            let parts: Vec<&str> = block
                .children(row.row)
                .map(|child| block.rows[child].label.words.as_str())
                .collect();
            let total = &block.rows[row.row];
            let sign = if total.total.as_ref().is_some_and(|total| total.exhaustive) {
                "="
            } else {
                "≥"
            };
            let level = severity(Severity::Error, lang);
            writeln!(
                out,
                "  {}〔{level}〕{} {sign} {}",
                lang.pick("公式：", "Formula: "),
                total.label.words,
                parts.join(" + ")
            )?;
        }
        Action::Check {
            severity: level, ..
        } => {
            writeln!(
                out,
                "  {}{}",
                lang.pick("级别：", "Level: "),
                severity(*level, lang)
            )?;
        }
    }
    if let Some((when, otherwise)) = &rule.when {
        writeln!(
            out,
            "  {}{}（{}）",
            lang.pick("条件：", "Only where: "),
            formula_words(form, when, lang),
            otherwise.in_lang(lang)
        )?;
    }
    writeln!(
        out,
        "  {}{}",
        lang.pick("理由：", "Why: "),
        rule.why.in_lang(lang)
    )?;
    writeln!(
        out,
        "  {}{}",
        lang.pick("依据：", "Basis: "),
        rule.basis.in_lang(lang)
    )?;
    if let Some(reason) = &rule.changed {
        writeln!(
            out,
            "  {}{reason}",
            lang.pick("本地调整：", "Changed here: ")
        )?;
    }
    for parameter in parameters(form, rule, lang) {
        writeln!(out, "  {}{parameter}", lang.pick("参数：", "Parameter: "))?;
    }
    // Examples are told in the words of the form.
    let example = super::examples::of(&form.id, &rule.code).filter(|_| lang == Lang::Zh);
    if let Some(example) = example {
        writeln!(out, "  {}{example}", lang.pick("举例：", "Example: "))?;
    }
    Ok(())
}

/// How grave a finding is, in words.
pub(super) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Error => lang.pick("须改·不符", "to correct"),
        Severity::Incomplete => lang.pick("须改·缺填", "to complete"),
        Severity::Explain => lang.pick("须说明", "to explain"),
        Severity::Hint => lang.pick("提示", "hint"),
    }
}

/// What a test asks for, in words.
pub(super) fn formula(form: &Form, test: &Test, lang: Lang) -> String {
    let words = formula_words(form, &test.expr, lang);
    match (&test.fill, test.verb) {
        (Some(fill), Verb::Fill) => format!("{} = {words}", field_words_of(form, fill.target)),
        _ => words,
    }
}

fn parameters(form: &Form, rule: &Rule, lang: Lang) -> Vec<String> {
    let Action::Tests(tests) = &rule.action else {
        return Vec::new();
    };
    let mut used = Vec::new();
    for test in tests {
        test.expr.walk(&mut |expr| {
            if let Expr::Parameter(index) = expr
                && !used.contains(index)
            {
                used.push(*index);
            }
        });
    }
    used.into_iter()
        .map(|index| {
            let parameter = &form.parameters[index];
            format!(
                "{} = {}{}（{}）",
                parameter.id,
                parameter.value.normalize(),
                parameter.unit.sign(),
                parameter.name.in_lang(lang)
            )
        })
        .collect()
}
