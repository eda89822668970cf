//! Rules as written to rules as used: names resolved, units checked, one rule an annex.

use super::form::{Form, Unit};
use super::named::NamedCheck;
use super::resolve::{Names, field_unit, unit_of, unknown};
use super::rule::{
    Action, Expr, Field, Fill, On, Rule, Say, Scope, Severity, Test, Tolerance, Verb,
};
use super::source::{LevelSource, RuleSource, TestSource, TestTable, Tests};
use super::{CatalogError, Text};

impl From<LevelSource> for Severity {
    fn from(level: LevelSource) -> Self {
        match level {
            LevelSource::Error => Self::Error,
            LevelSource::Incomplete => Self::Incomplete,
            LevelSource::Explain => Self::Explain,
            LevelSource::Hint => Self::Hint,
        }
    }
}

/// Whether a rule may have this code: GJ and three digits.
pub(crate) fn is_code(code: &str) -> bool {
    let digits = code.strip_prefix("GJ").map(str::as_bytes);
    digits.is_some_and(|digits| digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))
}

/// The rules of one written rule: one for each annex that it names.
pub(super) fn rules(
    form: &Form,
    own: Option<usize>,
    source: &RuleSource,
    at: &Text,
) -> Result<Vec<Rule>, CatalogError> {
    let here = source.code.span().start;
    let fail = |error: String| at.error(here, format!("{}: {error}", source.code.get_ref()));
    let code = source.code.get_ref();
    if !is_code(code) {
        return Err(fail("a code is GJ and three digits".to_owned()));
    }
    let mut annexes = Vec::new();
    for id in &source.annexes {
        let known = form.annexes.iter().map(|annex| annex.id.as_str());
        let found = form.annexes.iter().position(|annex| annex.id == *id);
        annexes.push(Some(
            found.ok_or_else(|| fail(unknown("annex", id, known)))?,
        ));
    }
    if annexes.is_empty() {
        annexes.push(None);
    }
    annexes
        .into_iter()
        .map(|annex| {
            Builder {
                form,
                annex,
                source,
                at,
            }
            .rule(own)
            .map_err(|(offset, error)| at.error(offset.unwrap_or(here), format!("{code}: {error}")))
        })
        .collect()
}

/// What is wrong, and where if not at the code.
type Wrong = (Option<usize>, String);

struct Builder<'a> {
    form: &'a Form,
    annex: Option<usize>,
    source: &'a RuleSource,
    at: &'a Text,
}

impl Builder<'_> {
    /// A fault of `written`, located in the file below the rule's code.
    fn at<T>(&self, written: &str, result: Result<T, String>) -> Result<T, Wrong> {
        result.map_err(|error| {
            let start = self.source.code.span().start;
            let below = self
                .at
                .text
                .get(start..)
                .and_then(|text| text.find(written));
            (below.map(|offset| start + offset), error)
        })
    }

    fn names(&self) -> Names<'_> {
        Names {
            form: self.form,
            annex: self.annex,
            each: None,
            star: None,
        }
    }

    fn rule(&self, own: Option<usize>) -> Result<Rule, Wrong> {
        let source = self.source;
        let names = self.names();
        let action = match (&source.tree, &source.check) {
            (Some(tree), None) => Action::Tree {
                row: self.at(tree, names.row(tree))?,
            },
            (None, Some(check)) => self.named(check)?,
            (None, None) => Action::Tests(self.tests()?),
            _ => return Err((None, "`tree` and `check` exclude each other".to_owned())),
        };
        let when = match &source.when {
            Some(when) => Some((
                self.at(when, names.expression(when))?,
                self.form
                    .words(source.when_not.as_ref().unwrap_or(&source.name)),
            )),
            None => None,
        };
        Ok(Rule {
            code: source.code.get_ref().clone(),
            name: self.form.words(&source.name),
            why: self.form.words(&source.why),
            basis: self.form.words(&source.basis),
            off: source.off,
            scope: self.scope(own, &action),
            when,
            after: source.after.clone(),
            action,
            source: (self.at.name.clone(), self.at.line(source.code.span().start)),
            changed: None,
        })
    }

    /// A rule over one annex is evaluated for each of its tables, any other for the filing.
    fn scope(&self, own: Option<usize>, action: &Action) -> Scope {
        if let Some(annex) = self.annex {
            return Scope::Annex(annex);
        }
        let Action::Tests(tests) = action else {
            return match (action, own) {
                (Action::Tree { row }, _) => Scope::Annex(row.annex),
                (
                    Action::Check {
                        on: Some(On::List(list)),
                        ..
                    },
                    Some(_),
                ) => Scope::Annex(list.annex),
                (_, Some(annex)) => Scope::Annex(annex),
                _ => Scope::Filing,
            };
        };
        let mut used = Vec::new();
        for test in tests {
            if let Some(fill) = &test.fill {
                used.push(fill.target.annex());
            }
            test.expr.walk(&mut |expr| match expr {
                Expr::Field(field) => used.push(field.annex()),
                Expr::SumList(list, _) | Expr::BlankList(list) => used.push(list.annex),
                _ => {}
            });
        }
        used.sort_unstable();
        used.dedup();
        match used.as_slice() {
            [only] if !tests.iter().any(|test| matches_present(&test.expr)) => Scope::Annex(*only),
            _ => Scope::Filing,
        }
    }

    fn named(&self, check: &str) -> Result<Action, Wrong> {
        let name = check;
        let found = NamedCheck::ALL.iter().find(|(known, _)| *known == name);
        let known = NamedCheck::ALL.iter().map(|(known, _)| *known);
        let (_, check) = self.at(check, found.ok_or_else(|| unknown("check", name, known)))?;
        let on = match &self.source.on {
            None => None,
            Some(on) if on.contains('[') => Some(On::Row(self.at(on, self.names().row(on))?)),
            Some(on) => Some(On::List(self.at(on, self.names().list(on))?)),
        };
        let severity = self.source.level.map_or(Severity::Error, Severity::from);
        Ok(Action::Check {
            check: *check,
            on,
            severity,
        })
    }

    fn tests(&self) -> Result<Vec<Test>, Wrong> {
        let source = self.source;
        let each = match &source.each {
            Some(each) => Some(self.at(each, self.names().list(each))?),
            None => None,
        };
        let groups = [
            // A condition before the figure that is computed: where both fail in one cell, the
            // condition tells more.
            (Verb::Must, &source.must),
            (Verb::Fill, &source.fill),
            (Verb::Need, &source.need),
            (Verb::Ask, &source.ask),
            (Verb::Hint, &source.hint),
        ];
        let mut tests = Vec::new();
        for (verb, written) in groups {
            let Some(written) = written else { continue };
            for written in written.as_slice() {
                let written = written.as_view();
                let once = source.rows.is_empty() || written.once;
                let stars = if once {
                    vec![None]
                } else {
                    source.rows.iter().map(|row| Some(row.as_str())).collect()
                };
                for star in stars {
                    let names = Names {
                        each,
                        star,
                        ..self.names()
                    };
                    tests.push(self.test(verb, &written, names)?);
                }
            }
        }
        if tests.is_empty() {
            return Err((
                None,
                "a rule needs fill, must, need, ask, hint, tree or check".to_owned(),
            ));
        }
        Ok(tests)
    }

    fn test(&self, verb: Verb, written: &View<'_>, names: Names<'_>) -> Result<Test, Wrong> {
        let text = written.test;
        let (fill, expr) = if verb == Verb::Fill {
            let (target, formula) = self.at(text, names.fill(text))?;
            (Some(self.fill(target, &formula, names)?), formula)
        } else {
            (None, self.at(text, names.expression(text))?)
        };
        let place = match written.place {
            Some(place) => Some(self.at(place, names.field(place))?),
            None => fill
                .as_ref()
                .map(|fill| fill.target)
                .or_else(|| expr.fields().first().copied()),
        };
        let say = match written.say {
            Some(say) => {
                let english = self.form.english.get(say);
                Some(Say {
                    zh: self.at(say, names.message(say))?,
                    en: english
                        .map(|text| self.at(say, names.message(text)))
                        .transpose()?,
                })
            }
            None => None,
        };
        let row = names.star.and_then(|star| self.star_row(star, &expr));
        let severity = self.source.level.map_or(verb.severity(), Severity::from);
        let todo = written.todo.map(|todo| self.form.words(todo));
        let each = names.each;
        Ok(Test {
            verb,
            severity,
            expr,
            fill,
            each,
            row,
            place,
            say,
            todo,
        })
    }

    /// The grid row that `*` stood for.
    fn star_row(&self, star: &str, expr: &Expr) -> Option<super::rule::RowRef> {
        let Some(Field::Slot { annex, .. }) = expr.fields().first().copied() else {
            return None;
        };
        let blocks = &self.form.annexes[annex].blocks;
        let found = blocks
            .iter()
            .enumerate()
            .find_map(|(block, found)| Some((block, found.row(star)?)));
        found.map(|(block, row)| super::rule::RowRef { annex, block, row })
    }

    fn fill(&self, target: Field, formula: &Expr, names: Names<'_>) -> Result<Fill, Wrong> {
        let unit = field_unit(self.form, target);
        let is_rate = unit == Unit::Percent;
        if let Some(found) = unit_of(self.form, formula)
            && found != unit
        {
            return Err((
                None,
                format!("units differ: {unit:?} is filled from {found:?}"),
            ));
        }
        let is_score = matches!(formula, Expr::Binary(super::rule::Operator::Multiply, ..));
        let tolerance = match unit {
            _ if is_rate => Tolerance::Rate,
            Unit::Score if is_score => Tolerance::Score,
            Unit::Score => Tolerance::Total,
            _ => Tolerance::Sum,
        };
        let via = match &self.source.via {
            Some(via) if tolerance == Tolerance::Score => Some(self.at(via, names.field(via))?),
            _ => None,
        };
        Ok(Fill {
            target,
            tolerance,
            via,
        })
    }
}

fn matches_present(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| found |= matches!(part, Expr::Present(_)));
    found
}

/// A test as written, bare or as a table.
struct View<'a> {
    test: &'a str,
    say: Option<&'a str>,
    todo: Option<&'a str>,
    place: Option<&'a str>,
    once: bool,
}

impl Tests {
    fn as_slice(&self) -> &[TestSource] {
        match self {
            Self::Many(tests) => tests,
            Self::One(test) => std::slice::from_ref(test),
        }
    }
}

impl TestSource {
    fn as_view(&self) -> View<'_> {
        match self {
            Self::Bare(test) => View {
                test,
                say: None,
                todo: None,
                place: None,
                once: false,
            },
            Self::Full(TestTable {
                test,
                say,
                todo,
                place,
                once,
            }) => View {
                test,
                say: say.as_deref(),
                todo: todo.as_deref(),
                place: place.as_deref(),
                once: *once,
            },
        }
    }
}
