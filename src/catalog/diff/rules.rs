//! Rules, matched by code; a rule written for several annexes is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::form::Form;
use super::super::rule::{Action, Field, Rule, Say, Scope, Severity, Test, Words};
use super::{Change, changes, differing, key};

/// The rules of one code: one for each annex that it is written for.
#[derive(Debug, Clone)]
pub struct Coded<'a> {
    /// The first; name, reason and the like are the same in all.
    pub first: &'a Rule,
    /// All of them.
    pub all: Vec<&'a Rule>,
}

/// What differs in a rule.
#[derive(Debug, Clone, Copy)]
pub enum RulePart<'a> {
    /// The short name.
    Name,
    /// Whether it is applied.
    Off,
    /// How grave a finding is: before and now.
    Level(Severity, Severity),
    /// The annexes that it is applied to.
    Annexes,
    /// A formula: before and now.
    Formula(Option<&'a Test>, Option<&'a Test>),
    /// What is done, where there is no formula to show.
    Method,
    /// Where it applies, or what is said where it does not.
    Condition,
    /// What is said of a failure: before and now.
    Say(Option<&'a Say>, Option<&'a Say>),
    /// What is to be done: before and now.
    Todo(Option<&'a Words>, Option<&'a Words>),
    /// Where a failure is shown: before and now.
    Place(Option<Field>, Option<Field>),
    /// The rules of which it is a consequence.
    After,
    /// Why it is so.
    Why,
    /// What it rests on.
    Basis,
    /// The region's reason for changing it.
    Reason,
}

impl<'a> Coded<'a> {
    /// The tests of all its rules.
    pub fn tests(&self) -> Vec<&'a Test> {
        tests(self.all.iter().copied())
    }

    /// The annexes that it is evaluated for, by id.
    fn annexes(&self, form: &'a Form) -> BTreeSet<&'a str> {
        self.all
            .iter()
            .filter_map(|rule| annex(form, rule))
            .collect()
    }
}

/// Rules added, removed and changed, each by code.
pub(super) fn changes_of<'a>(old: &'a Form, new: &'a Form) -> Vec<Change<Coded<'a>, RulePart<'a>>> {
    changes(
        &coded(old),
        &coded(new),
        |rule| &rule.first.code,
        |was, now| parts(old, new, was, now),
    )
}

fn coded(form: &Form) -> Vec<Coded<'_>> {
    let mut coded: BTreeMap<&str, Coded<'_>> = BTreeMap::new();
    for rule in &form.rules {
        coded
            .entry(&rule.code)
            .or_insert_with(|| Coded {
                first: rule,
                all: Vec::new(),
            })
            .all
            .push(rule);
    }
    coded.into_values().collect()
}

fn annex<'a>(form: &'a Form, rule: &Rule) -> Option<&'a str> {
    match rule.scope {
        Scope::Annex(annex) => Some(&form.annexes[annex].id),
        Scope::Filing => None,
    }
}

fn tests<'a>(rules: impl Iterator<Item = &'a Rule>) -> Vec<&'a Test> {
    rules
        .filter_map(|rule| match &rule.action {
            Action::Tests(tests) => Some(tests),
            _ => None,
        })
        .flatten()
        .collect()
}

fn parts<'a>(old: &'a Form, new: &'a Form, was: &Coded<'a>, now: &Coded<'a>) -> Vec<RulePart<'a>> {
    let (a, b) = (was.first, now.first);
    let mut parts = differing(&[
        (RulePart::Name, a.name.zh != b.name.zh),
        (RulePart::Off, a.off != b.off),
    ]);
    actions(old, new, was, now, &mut parts);
    let condition = |form: &Form, rule: &Rule| {
        let when = rule.when.as_ref();
        when.map(|(when, otherwise)| (key::expr(form, when), otherwise.zh.clone()))
    };
    parts.extend(differing(&[
        (RulePart::Condition, condition(old, a) != condition(new, b)),
        (RulePart::After, a.after != b.after),
        (RulePart::Why, a.why.zh != b.why.zh),
        (RulePart::Basis, a.basis.zh != b.basis.zh),
        (RulePart::Reason, a.changed != b.changed),
    ]));
    parts
}

fn actions<'a>(
    old: &'a Form,
    new: &'a Form,
    was: &Coded<'a>,
    now: &Coded<'a>,
    parts: &mut Vec<RulePart<'a>>,
) {
    let (before, after) = (was.annexes(old), now.annexes(new));
    let common: BTreeSet<&str> = before.intersection(&after).copied().collect();
    let is_moved = before != after && !before.is_empty() && !after.is_empty();
    if is_moved {
        parts.push(RulePart::Annexes);
    }
    // The formulas of annexes that only one set applies it to say nothing more.
    let shared = |form: &'a Form, coded: &Coded<'a>| -> Vec<&'a Test> {
        if !is_moved || common.is_empty() {
            return coded.tests();
        }
        let rules = coded.all.iter().copied();
        tests(rules.filter(|rule| annex(form, rule).is_some_and(|id| common.contains(id))))
    };
    match (&was.first.action, &now.first.action) {
        (Action::Tests(_), Action::Tests(_)) => {
            compare(old, new, &shared(old, was), &shared(new, now), parts);
        }
        (Action::Tree { row: a }, Action::Tree { row: b }) => {
            if key::row(old, *a) != key::row(new, *b) {
                parts.push(RulePart::Method);
            }
        }
        (
            Action::Check {
                check: a,
                on: over,
                severity: level,
            },
            Action::Check {
                check: b,
                on: now_over,
                severity: now_level,
            },
        ) => {
            if level != now_level {
                parts.push(RulePart::Level(*level, *now_level));
            }
            let over = over.map(|on| key::on(old, on));
            // Where the annexes differ, what it looks at differs with them.
            if a != b || !is_moved && over != now_over.map(|on| key::on(new, on)) {
                parts.push(RulePart::Method);
            }
        }
        _ => parts.push(RulePart::Method),
    }
}

/// Tests that ask for the same go together; of the others, those of one kind in their order.
fn compare<'a>(
    old: &Form,
    new: &Form,
    was: &[&'a Test],
    now: &[&'a Test],
    parts: &mut Vec<RulePart<'a>>,
) {
    let mut known: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
    for (index, test) in was.iter().enumerate() {
        known
            .entry(key::test(old, test))
            .or_default()
            .push_back(index);
    }
    let mut is_left = vec![true; was.len()];
    let mut same = Vec::new();
    let mut others = Vec::new();
    for test in now {
        let found = known.get_mut(&key::test(new, test));
        match found.and_then(VecDeque::pop_front) {
            Some(index) => {
                is_left[index] = false;
                same.push((was[index], *test));
            }
            None => others.push(*test),
        }
    }
    let mut left: VecDeque<&'a Test> = was
        .iter()
        .zip(&is_left)
        .filter_map(|(test, is_left)| is_left.then_some(*test))
        .collect();
    let mut formulas = Vec::new();
    let mut pairs = same.clone();
    for test in others {
        let like = left.iter().position(|found| found.verb == test.verb);
        let found = like.and_then(|at| left.remove(at));
        formulas.push(RulePart::Formula(found, Some(test)));
        pairs.extend(found.map(|found| (found, test)));
    }
    formulas.extend(left.iter().map(|test| RulePart::Formula(Some(test), None)));
    levels(&pairs, parts);
    parts.extend(formulas);
    for (a, b) in &pairs {
        let said = |form: &Form, test: &Test| test.say.as_ref().map(|say| key::say(form, say));
        if said(old, a) != said(new, b) {
            parts.push(RulePart::Say(a.say.as_ref(), b.say.as_ref()));
        }
        let todo = |test: &Test| test.todo.as_ref().map(|todo| todo.zh.clone());
        if todo(a) != todo(b) {
            parts.push(RulePart::Todo(a.todo.as_ref(), b.todo.as_ref()));
        }
    }
    for (a, b) in &same {
        let place = |form: &Form, test: &Test| test.place.map(|place| key::field(form, place));
        if place(old, a) != place(new, b) {
            parts.push(RulePart::Place(a.place, b.place));
        }
    }
}

/// Each way in which tests were re-graded, once.
fn levels<'a>(pairs: &[(&'a Test, &'a Test)], parts: &mut Vec<RulePart<'a>>) {
    let mut seen = Vec::new();
    for (a, b) in pairs {
        let level = (a.severity, b.severity);
        if a.severity != b.severity && !seen.contains(&level) {
            seen.push(level);
            parts.push(RulePart::Level(level.0, level.1));
        }
    }
}
