//! From the description as written to the form as used: tables first, then rules.

use foldhash::HashMap;

use super::form::{
    Annex, Block, Column, Foot, Form, Group, Kind, Label, LabelUse, Parameter, Row, Total, Unit,
};
use super::named::NamedCheck;
use super::resolve::{Names, decimal, field_unit, unit_of, unknown};
use super::rule::{
    Action, Expr, Field, Fill, On, Rule, Say, Scope, Severity, Test, Tolerance, Verb,
};
use super::source::{
    BlockSource, ColumnSource, FileSource, FormSource, KindSource, LevelSource, RuleSource,
    TestSource, TestTable, Tests, TotalSource,
};
use super::{CatalogError, Text};
use crate::label;

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

/// A form without its rules; the tables of the form that it extends come from there.
pub(super) fn form(source: &FormSource, at: &Text) -> Result<Form, CatalogError> {
    if source.schema != 1 {
        return Err(at.error(
            0,
            format!("schema {} is not known; allowed is 1", source.schema),
        ));
    }
    let mut parameters = Vec::new();
    for (id, parameter) in &source.parameters {
        let value = decimal(&parameter.value).map_err(|error| at.error(0, error))?;
        let unit = unit(&parameter.unit).map_err(|error| at.error(0, error))?;
        parameters.push(Parameter {
            id: id.clone(),
            value,
            unit,
            name: super::rule::Words {
                zh: parameter.name.clone(),
                en: None,
            },
        });
    }
    if let Some(unit) = source.unit.as_deref().filter(|unit| *unit != "万元") {
        return Err(at.error(0, format!("unit `{unit}` is not known; allowed is 万元")));
    }
    Ok(Form {
        id: source.id.clone(),
        name: source.name.clone(),
        version: source.version.clone(),
        year: source.year.unwrap_or_default(),
        region: source.region.clone().unwrap_or_default(),
        english: HashMap::default(),
        parameters,
        annexes: Vec::new(),
        rules: Vec::new(),
        reserved: Vec::new(),
        computed: HashMap::default(),
        openings: HashMap::default(),
        shortest_title: 0,
    })
}

fn unit(name: &str) -> Result<Unit, String> {
    match name {
        "万元" => Ok(Unit::Money),
        "%" => Ok(Unit::Percent),
        "人" => Ok(Unit::People),
        "㎡" => Ok(Unit::Area),
        "分" => Ok(Unit::Score),
        "text" => Ok(Unit::Text),
        "quantity" => Ok(Unit::Quantity),
        "date" => Ok(Unit::Date),
        _ => Err(unknown(
            "unit",
            name,
            ["万元", "%", "人", "㎡", "分", "text", "quantity", "date"].into_iter(),
        )),
    }
}

fn label_of(printed: &str) -> Label {
    let year_offset = match () {
        () if printed.contains("{上年}") => Some(-1),
        () if printed.contains("{年}") => Some(0),
        () => None,
    };
    Label {
        printed: printed.to_owned(),
        words: label::words(printed),
        year_offset,
    }
}

/// The key under which a printed label is found: any year stands for `{年}` and `{上年}`.
fn key_of(printed: &str) -> String {
    label::key(&printed.replace("{上年}", "2000").replace("{年}", "2000"))
}

/// The table of an annex file.
pub(super) fn annex(source: &FileSource, at: &Text) -> Result<Annex, CatalogError> {
    let start = source.id.as_ref().map_or(0, |id| id.span().start);
    let missing = |what: &str| at.error(start, format!("an annex file needs `{what}`"));
    let id = source
        .id
        .as_ref()
        .ok_or_else(|| missing("id"))?
        .get_ref()
        .clone();
    let title = source.title.clone().ok_or_else(|| missing("title"))?;
    let mut title_keys: Vec<String> = source
        .alias
        .iter()
        .map(String::as_str)
        .chain([title.as_str()])
        .map(title_key)
        .collect();
    title_keys.sort_by_key(|key| std::cmp::Reverse(key.chars().count()));
    title_keys.dedup();
    let mut annex = Annex {
        id,
        name: source.name.clone().ok_or_else(|| missing("name"))?,
        title,
        title_keys,
        repeat: source.repeat,
        always: source.need.as_deref() == Some("always"),
        confirmed: source.status.as_deref() != Some("unconfirmed"),
        note: source.note.clone(),
        unit_name: None,
        project_name: None,
        blocks: Vec::new(),
        slots: 0,
        labels: HashMap::default(),
        prefixes: Vec::new(),
    };
    for written in &source.block {
        let index = annex.blocks.len();
        let block = block(written, annex.slots)
            .map_err(|error| at.error(written.id.span().start, error))?;
        annex.slots += block.columns.len() * block.rows.len().max(1);
        add_labels(&mut annex, written, index, &block)
            .map_err(|error| at.error(written.id.span().start, error))?;
        annex.blocks.push(block);
    }
    let named = |item: &Option<String>| {
        item.as_deref()
            .map(|path| item_slot(&annex, path).map_err(|error| at.error(start, error)))
            .transpose()
    };
    (annex.unit_name, annex.project_name) =
        (named(&source.unit_name)?, named(&source.project_name)?);
    Ok(annex)
}

/// The slot of an item such as `表头[单位]`.
fn item_slot(annex: &Annex, path: &str) -> Result<usize, String> {
    path.strip_suffix(']')
        .and_then(|path| path.split_once('['))
        .and_then(|(block, item)| {
            let block = annex.blocks.iter().find(|known| known.id == block)?;
            let items = matches!(block.kind, Kind::Items | Kind::Line);
            Some(block.slot(0, block.column(item).filter(|_| items)?))
        })
        .ok_or_else(|| {
            format!("`{path}` is no item of this annex; expected for example 表头[单位]")
        })
}

/// A title is found by its words behind the year.
fn title_key(title: &str) -> String {
    let key = key_of(title);
    key.rsplit_once("#年度")
        .map_or(key.clone(), |(_, words)| words.to_owned())
}

fn block(source: &BlockSource, first_slot: usize) -> Result<Block, String> {
    let kind = match source.kind {
        KindSource::Grid => Kind::Grid,
        KindSource::Record => Kind::Record,
        KindSource::Items => Kind::Items,
        KindSource::Line => Kind::Line,
        KindSource::List => Kind::List,
    };
    let written = if matches!(kind, Kind::Items | Kind::Line) {
        &source.items
    } else {
        &source.columns
    };
    if written.is_empty() || (kind == Kind::Grid) == source.rows.is_empty() {
        return Err(
            "a grid needs columns and rows, items and lines need items, others columns only"
                .to_owned(),
        );
    }
    let columns = written.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut block = Block {
        id: source.id.get_ref().clone(),
        kind,
        corner: source.corner.clone(),
        columns,
        rows: Vec::new(),
        groups: Vec::new(),
        foot: source.foot.as_ref().map(|foot| Foot {
            id: foot.id.clone(),
            label: label_of(&foot.label),
        }),
        first_slot,
    };
    for row in &source.rows {
        let parent = row
            .parent
            .as_ref()
            .map(|id| {
                block
                    .row(id)
                    .ok_or_else(|| format!("row {}: no row `{id}` above it", row.id))
            })
            .transpose()?;
        let column_ids = |ids: &[String]| {
            ids.iter()
                .map(|id| {
                    block
                        .column(id)
                        .ok_or_else(|| format!("row {}: no column `{id}`", row.id))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let total = match (row.total, &row.code) {
            (Some(total), Some(code)) => Some(Total {
                exhaustive: total == TotalSource::Sum,
                code: code.clone(),
                columns: match &row.sum_columns {
                    Some(ids) => column_ids(ids)?,
                    None => (0..block.columns.len()).collect(),
                },
            }),
            (None, None) => None,
            _ => return Err(format!("row {}: `total` and `code` go together", row.id)),
        };
        let blank_columns = column_ids(&row.blank_columns)?;
        block.rows.push(Row {
            id: row.id.clone(),
            label: label_of(&row.label),
            parent,
            repeat: row.repeat,
            placeholder: label::is_placeholder(&label::normalise(&row.label)),
            spare: row.spare.unwrap_or(0),
            total,
            blank_columns,
            signed: row.signed,
        });
    }
    for group in &source.groups {
        let children = group
            .children
            .iter()
            .map(|child| (child.clone(), key_of(child)))
            .collect();
        let weight = decimal(&group.weight)?;
        let (label, key) = (group.label.clone(), key_of(&group.label));
        block.groups.push(Group {
            label,
            key,
            weight,
            children,
        });
    }
    Ok(block)
}

fn column(source: &ColumnSource) -> Result<Column, String> {
    Ok(Column {
        id: source.id.clone(),
        label: label_of(&source.label),
        unit: unit(source.unit.as_deref().unwrap_or("text"))?,
        heading: source.parent.clone(),
        signed: source.signed,
    })
}

fn add_labels(
    annex: &mut Annex,
    source: &BlockSource,
    index: usize,
    block: &Block,
) -> Result<(), String> {
    let mut uses: Vec<(&str, LabelUse)> = Vec::new();
    uses.extend(
        source
            .corner
            .iter()
            .map(|words| (words.as_str(), LabelUse::Corner { block: index })),
    );
    let columns = if source.items.is_empty() {
        &source.columns
    } else {
        &source.items
    };
    for (column, written) in columns.iter().enumerate() {
        let here = LabelUse::Column {
            block: index,
            column,
        };
        uses.push((&written.label, here));
        uses.extend(written.alias.iter().map(|words| (words.as_str(), here)));
        if let Some(heading) = &written.parent {
            uses.push((heading, LabelUse::Heading { block: index }));
        }
    }
    for (row, written) in source.rows.iter().enumerate() {
        if block.rows[row].placeholder {
            continue;
        }
        let here = LabelUse::Row { block: index, row };
        uses.push((&written.label, here));
        uses.extend(written.alias.iter().map(|words| (words.as_str(), here)));
    }
    if let Some(foot) = &source.foot {
        let here = LabelUse::Foot { block: index };
        uses.push((&foot.label, here));
        uses.extend(foot.alias.iter().map(|words| (words.as_str(), here)));
    }
    for (words, here) in uses {
        if let Some(prefix) = words.strip_suffix('*') {
            annex.prefixes.push((key_of(prefix), here));
            continue;
        }
        // A unit in brackets is no part of the key; where a bracket was lost it is.
        let bare: String = words
            .chars()
            .filter(|c| !matches!(c, '（' | '）' | '(' | ')'))
            .collect();
        for key in [key_of(words), key_of(&bare)] {
            let known = annex.labels.entry(key).or_default();
            add_label(known, words, here)?;
        }
    }
    Ok(())
}

/// Notes what a label may stand for; two rows of one block cannot share a label.
fn add_label(known: &mut Vec<LabelUse>, words: &str, here: LabelUse) -> Result<(), String> {
    let clash = |other: &LabelUse| match (*other, here) {
        (LabelUse::Row { block: a, row: x }, LabelUse::Row { block: b, row: y }) => {
            a == b && x != y
        }
        _ => false,
    };
    if known.iter().any(clash) {
        return Err(format!(
            "label `{words}` stands for two rows once normalised"
        ));
    }
    if !known.contains(&here) {
        known.push(here);
    }
    Ok(())
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
    if !(code.len() == 5 && code.starts_with("GJ") && code[2..].bytes().all(|b| b.is_ascii_digit()))
    {
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
