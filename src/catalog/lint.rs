//! Deeper checks of form descriptions than loading makes: for whoever writes them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use rust_decimal::Decimal;

use super::form::{Annex, Form, Kind};
use super::rule::{Action, Expr, Rule};
use super::{Catalog, CatalogError};

/// What is wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It does not load.
    Load(CatalogError),
    /// It loads, but this cannot be meant.
    Form {
        /// The form's id.
        form: String,
        /// What.
        what: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => write!(f, "{error}"),
            Self::Form { form, what } => write!(f, "{form}: {what}"),
        }
    }
}

/// The faults of the form sets in a folder.
pub fn folder(folder: &Path) -> Vec<Fault> {
    match Catalog::with_folder(folder) {
        Err(error) => vec![Fault::Load(error)],
        Ok(catalog) => {
            let own = |form: &&Form| folder.join(&form.id).is_dir();
            let cases = folder.parent().map(|parent| parent.join("fixtures/rules"));
            let cases = cases.filter(|cases| cases.is_dir());
            catalog
                .forms
                .iter()
                .filter(own)
                .flat_map(|form| faults(form, cases.as_deref()))
                .collect()
        }
    }
}

/// The faults of one form. `cases` is the folder of rule cases, where there is one.
pub fn faults(form: &Form, cases: Option<&Path>) -> Vec<Fault> {
    let mut what: Vec<String> = Vec::new();
    form.annexes
        .iter()
        .for_each(|annex| annex_faults(annex, form, &mut what));
    unused_parameters(form, &mut what);
    unknown_codes(form, &mut what);
    totals_without_rules(form, &mut what);
    words_without_english(form, &mut what);
    if let Some(cases) = cases {
        rules_without_cases(form, cases, &mut what);
    }
    what.into_iter()
        .map(|what| Fault::Form {
            form: form.id.clone(),
            what,
        })
        .collect()
}

fn annex_faults(annex: &Annex, form: &Form, what: &mut Vec<String>) {
    let name = &annex.name;
    for block in &annex.blocks {
        let mut ids = BTreeSet::new();
        for id in block
            .columns
            .iter()
            .map(|c| &c.id)
            .chain(block.rows.iter().map(|r| &r.id))
        {
            if !ids.insert(id) {
                what.push(format!("{name} [{}]: id `{id}` stands twice", block.id));
            }
        }
        for (index, row) in block.rows.iter().enumerate() {
            // A child of a row that is no total is added up nowhere.
            if let Some(parent) = row.parent
                && block.rows[parent].total.is_none()
            {
                let parent = &block.rows[parent].id;
                what.push(format!(
                    "{name} [{}]: `{}` is in `{parent}`, which is no total",
                    block.id, row.id
                ));
            }
            if row.total.is_some() && block.children(index).next().is_none() {
                what.push(format!(
                    "{name} [{}]: total `{}` has no parts",
                    block.id, row.id
                ));
            }
        }
        if block.kind == Kind::List && !block.groups.is_empty() {
            let weights: Decimal = block.groups.iter().map(|group| group.weight).sum();
            let of = |id: &str| form.parameters.iter().find(|p| p.id == id).map(|p| p.value);
            let wanted = of("满分")
                .zip(of("预算分值"))
                .map(|(full, budget)| full - budget);
            if wanted.is_some_and(|wanted| wanted != weights) {
                what.push(format!(
                    "{name} [{}]: weights add up to {weights}, with the budget not to 满分",
                    block.id
                ));
            }
        }
    }
    for (key, uses) in &annex.labels {
        if key.is_empty() {
            what.push(format!("{name}: a label normalises to nothing ({uses:?})"));
        }
    }
}

fn tests(rule: &Rule) -> &[super::rule::Test] {
    match &rule.action {
        Action::Tests(tests) => tests,
        _ => &[],
    }
}

fn unused_parameters(form: &Form, what: &mut Vec<String>) {
    let mut used = BTreeSet::new();
    for test in form.rules.iter().flat_map(tests) {
        test.expr.walk(&mut |expr| {
            if let Expr::Parameter(index) = expr {
                used.insert(*index);
            }
        });
    }
    // Named checks take these by name.
    const BY_NAME: [&str; 7] = [
        "超额比例",
        "得分宽容",
        "全部完成下限",
        "部分完成下限",
        "优秀线",
        "良好线",
        "中等线",
    ];
    for (index, parameter) in form.parameters.iter().enumerate() {
        if !used.contains(&index) && !BY_NAME.contains(&parameter.id.as_str()) {
            what.push(format!("parameter `{}` is used by no rule", parameter.id));
        }
    }
    let has_checks = form
        .rules
        .iter()
        .any(|rule| matches!(rule.action, Action::Check { .. }));
    for id in BY_NAME {
        if has_checks && !form.parameters.iter().any(|parameter| parameter.id == id) {
            what.push(format!("parameter `{id}` is missing; named checks need it"));
        }
    }
}

fn unknown_codes(form: &Form, what: &mut Vec<String>) {
    for rule in &form.rules {
        for code in &rule.after {
            if !form.rules.iter().any(|known| known.code == *code) {
                what.push(format!(
                    "{}: `after` names {code}, which is no rule",
                    rule.code
                ));
            }
        }
        if form.reserved.iter().any(|(code, _)| *code == rule.code) {
            what.push(format!("{} is a rule and reserved", rule.code));
        }
    }
}

/// Each total names a code; a rule of that code must tell why.
fn totals_without_rules(form: &Form, what: &mut Vec<String>) {
    for (index, annex) in form.annexes.iter().enumerate() {
        for (at, block) in annex.blocks.iter().enumerate() {
            for (row, definition) in block.rows.iter().enumerate() {
                let Some(total) = &definition.total else {
                    continue;
                };
                let told = form.rules.iter().any(|rule| {
                    rule.code == total.code
                        && matches!(&rule.action, Action::Tree { row: found }
                            if (found.annex, found.block, found.row) == (index, at, row))
                });
                if !told {
                    let id = &definition.id;
                    what.push(format!(
                        "{} [{}]: total `{id}` has no rule {}",
                        annex.name, block.id, total.code
                    ));
                }
            }
        }
    }
}

/// A form set that has English at all has it for every word.
fn words_without_english(form: &Form, what: &mut Vec<String>) {
    if form.english.is_empty() {
        return;
    }
    let mut missing = |code: &str, zh: &str, has: bool| {
        if !has {
            what.push(format!("{code}: no English for `{zh}`"));
        }
    };
    for parameter in &form.parameters {
        missing(
            &parameter.id,
            &parameter.name.zh,
            parameter.name.en.is_some(),
        );
    }
    for (code, why) in &form.reserved {
        missing(code, &why.zh, why.en.is_some());
    }
    for rule in &form.rules {
        let when = rule.when.as_ref().map(|(_, otherwise)| otherwise);
        let todos = tests(rule).iter().filter_map(|test| test.todo.as_ref());
        let own = [&rule.name, &rule.why, &rule.basis].into_iter();
        for words in own.chain(when).chain(todos) {
            missing(&rule.code, &words.zh, words.en.is_some());
        }
        for say in tests(rule).iter().filter_map(|test| test.say.as_ref()) {
            missing(&rule.code, &format!("{:?}", say.zh), say.en.is_some());
        }
    }
}

fn rules_without_cases(form: &Form, cases: &Path, what: &mut Vec<String>) {
    let mut codes: Vec<&str> = form.rules.iter().map(|rule| rule.code.as_str()).collect();
    codes.dedup();
    for code in codes {
        let path = cases.join(&form.id).join(format!("{code}.toml"));
        let parsed = std::fs::read_to_string(path)
            .ok()
            .and_then(|text| text.parse::<toml::Table>().ok())
            .unwrap_or_default();
        for (kind, words) in [("fires", "fires"), ("passes", "just does not fire")] {
            let some = parsed.get(kind).and_then(toml::Value::as_array);
            if some.is_none_or(Vec::is_empty) {
                what.push(format!(
                    "{code} has no case that {words} (fixtures/rules/{}/{code}.toml)",
                    form.id
                ));
            }
        }
    }
}
