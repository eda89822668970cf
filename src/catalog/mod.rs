//! The form sets: loaded from TOML, resolved and cross-checked once, then only read.

mod across;
mod bounds;
pub mod diff;
mod files;
mod form;
pub mod lint;
mod named;
mod resolve;
mod rule;
mod rules;
mod source;
mod syntax;
mod tables;

use std::fmt::Write;
use std::path::Path;

use foldhash::{HashMap, HashSet, HashSetExt};
use sha2::{Digest, Sha256};

pub use across::{Across, AcrossCheck, AcrossRule};
pub use form::{
    Annex, Block, Column, Foot, Form, Group, Kind, Label, LabelUse, Parameter, Print, Row, Summary,
    Total, Unit,
};
pub use named::NamedCheck;
pub use resolve::unit_of;
pub use rule::{
    Action, Expr, Field, Fill, Function, ListRef, On, Operator, Piece, RowRef, Rule, Say, Scope,
    Severity, Test, Tolerance, Verb, Words,
};
pub(crate) use rules::is_code;

use files::Files;
use source::{FileSource, FormSource};

/// The file that a folder is known by as a form set.
pub const FORM: &str = "form.toml";

/// The column of weights (分): what a score can be at most.
pub(crate) const WEIGHT: &str = "分值";

/// What is wrong with a form description, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct CatalogError {
    /// File below the folder of form sets.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// All form sets that can be checked against.
#[derive(Debug)]
pub struct Catalog {
    /// The form sets, by id.
    pub forms: Vec<Form>,
    /// What is checked between submissions.
    pub across: Across,
    /// Tells these descriptions from any others, by their text.
    pub digest: String,
}

/// A description file with its name, for errors that name the line.
struct Text {
    name: String,
    text: String,
}

impl Text {
    fn line(&self, offset: usize) -> usize {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        memchr::memchr_iter(b'\n', before).count() + 1
    }

    fn error(&self, offset: usize, message: String) -> CatalogError {
        CatalogError {
            file: self.name.clone(),
            line: self.line(offset),
            message,
        }
    }

    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, CatalogError> {
        toml::from_str(&self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            self.error(offset, error.message().to_owned())
        })
    }
}

impl Catalog {
    /// The form sets that come with the program.
    ///
    /// # Errors
    /// Never for the released program: a test loads them.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::load(&files::embedded())
    }

    /// The form sets of a folder beside those of the program; one of the same id replaces it.
    ///
    /// # Errors
    /// The first fault, with file and line.
    pub fn with_folder(folder: &Path) -> Result<Self, CatalogError> {
        let mut files = files::embedded();
        files.extend(files::folder(folder)?);
        Self::load(&files)
    }

    /// The form set of one folder. What it extends is looked for beside it, then in the folder
    /// `forms`, then among those of the program.
    ///
    /// # Errors
    /// The first fault, with file and line.
    pub fn form_of_folder(folder: &Path, forms: Option<&Path>) -> Result<Form, CatalogError> {
        let mut files = files::embedded();
        if let Some(forms) = forms {
            files.extend(files::folder(forms)?);
        }
        let (name, own) = files::set(folder)?;
        files.extend(own);
        load_form(&files, &name, 0)
    }

    /// The form set with this id.
    pub fn form(&self, id: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.id == id)
    }

    fn load(files: &Files) -> Result<Self, CatalogError> {
        let mut forms = Vec::new();
        let mut digest = Sha256::new();
        for (folder, set) in files {
            for (name, text) in set {
                for part in [folder, name, text] {
                    digest.update((part.len() as u64).to_le_bytes());
                    digest.update(part);
                }
            }
            if folder != files::TOP {
                forms.push(load_form(files, folder, 0)?);
            }
        }
        let across = files
            .get(files::TOP)
            .and_then(|top| top.get(across::FILE))
            .ok_or_else(|| CatalogError {
                file: across::FILE.to_owned(),
                line: 0,
                message: "file not found".to_owned(),
            })?;
        Ok(Self {
            forms,
            across: Across::parse(across.clone())?,
            digest: hex(&digest.finalize()),
        })
    }
}

/// A digest as people compare it: in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The deepest chain of `extends`.
const DEEPEST_EXTENDS: usize = 8;

fn load_form(files: &Files, folder: &str, depth: usize) -> Result<Form, CatalogError> {
    let read = |file: &str| {
        let name = format!("{folder}/{file}");
        match files.get(folder).and_then(|set| set.get(file)) {
            Some(text) => Ok(Text {
                name,
                text: text.clone(),
            }),
            None => Err(CatalogError {
                file: name,
                line: 0,
                message: "file not found".to_owned(),
            }),
        }
    };
    let at = read(FORM)?;
    let source: FormSource = at.parse()?;
    if source.id != folder {
        return Err(at.error(
            0,
            format!(
                "id `{}` must be the name of its folder `{folder}`",
                source.id
            ),
        ));
    }
    let mut form = tables::form(&source, &at)?;
    // Texts of the rules to resolve: those of the form that is extended first.
    let mut rule_files = Vec::new();
    collect(
        files,
        &source,
        &at,
        folder,
        depth,
        &mut form,
        &mut rule_files,
    )?;
    bounds::names(&form.annexes).map_err(|error| at.error(0, error))?;
    for index in 0..form.parameters.len() {
        form.parameters[index].name = form.words(&form.parameters[index].name.zh);
    }
    for (own, at, file) in &rule_files {
        let own = own
            .as_ref()
            .and_then(|id| form.annexes.iter().position(|annex| annex.id == *id));
        for written in &file.rule {
            let rules = rules::rules(&form, own, written, at)?;
            let again = form
                .rules
                .iter()
                .find(|rule| rule.code == *written.code.get_ref());
            if let Some(first) = again {
                let message = format!(
                    "{} stands in {} line {} already",
                    first.code, first.source.0, first.source.1
                );
                return Err(at.error(written.code.span().start, message));
            }
            form.rules.extend(rules);
        }
        for reserved in &file.reserved {
            let codes = reserved
                .codes
                .iter()
                .map(|code| (code.clone(), form.words(&reserved.why)));
            let codes: Vec<_> = codes.collect();
            form.reserved.extend(codes);
        }
    }
    apply_changes(&mut form, &source, &at)?;
    if form.year == 0 {
        return Err(at.error(0, "a form needs `year`".to_owned()));
    }
    form.computed = computed_fields(&form);
    form.openings = openings(&form);
    let titles = form.annexes.iter().flat_map(|annex| &annex.title_keys);
    form.shortest_title = titles.clone().map(String::len).min().unwrap_or(0);
    form.title_ends = titles
        .filter_map(|title| title.chars().next_back())
        .collect();
    Ok(form)
}

/// The labels that one annex alone has and that open one of its blocks.
fn openings(form: &Form) -> HashMap<String, (usize, LabelUse)> {
    let mut openings = HashMap::default();
    for (index, annex) in form.annexes.iter().enumerate() {
        for (key, uses) in &annex.labels {
            let shared = form
                .annexes
                .iter()
                .enumerate()
                .any(|(other, annex)| other != index && annex.labels.contains_key(key));
            let opens = uses.iter().find(|here| match here {
                LabelUse::Corner { .. } => true,
                LabelUse::Column { block, column } => *block == 0 && *column == 0,
                _ => false,
            });
            if let (Some(here), false) = (opens, shared) {
                openings.insert(key.clone(), (index, *here));
            }
        }
    }
    openings
}

/// Which test computes which field.
fn computed_fields(form: &Form) -> HashMap<(usize, usize), (usize, usize)> {
    let mut computed = HashMap::default();
    for (rule, found) in form.rules.iter().enumerate().filter(|(_, rule)| !rule.off) {
        let Action::Tests(tests) = &found.action else {
            continue;
        };
        for (test, found) in tests.iter().enumerate() {
            if let Some(Fill {
                target: Field::Slot { annex, slot },
                ..
            }) = found.fill
            {
                computed.insert((annex, slot), (rule, test));
            }
        }
    }
    computed
}

/// Gathers annexes and rule files, those of the extended form first; a file of the same name
/// replaces the extended form's.
fn collect(
    files: &Files,
    source: &FormSource,
    at: &Text,
    folder: &str,
    depth: usize,
    form: &mut Form,
    rule_files: &mut Vec<(Option<String>, Text, FileSource)>,
) -> Result<(), CatalogError> {
    if depth > DEEPEST_EXTENDS {
        return Err(at.error(0, "`extends` leads in a circle".to_owned()));
    }
    let own = |file: &str| files.get(folder).and_then(|set| set.get(file));
    if let Some(base) = &source.extends {
        let text = files
            .get(base)
            .and_then(|set| set.get(FORM))
            .ok_or_else(|| {
                at.error(
                    0,
                    super::catalog::resolve::unknown(
                        "form",
                        base,
                        files.keys().map(String::as_str),
                    ),
                )
            })?;
        let base_at = Text {
            name: format!("{base}/form.toml"),
            text: text.clone(),
        };
        let base_source: FormSource = base_at.parse()?;
        let inherited = tables::form(&base_source, &base_at)?;
        for parameter in inherited.parameters {
            if !form.parameters.iter().any(|own| own.id == parameter.id) {
                form.parameters.push(parameter);
            }
        }
        if form.year == 0 {
            form.year = inherited.year;
        }
        if form.region.is_empty() {
            form.region = inherited.region;
        }
        collect(
            files,
            &base_source,
            &base_at,
            base,
            depth + 1,
            form,
            rule_files,
        )?;
    }
    if let Some(file) = &source.english {
        let text =
            own(file).ok_or_else(|| at.error(0, format!("`{file}` is not in the folder")))?;
        let at = Text {
            name: format!("{folder}/{file}"),
            text: text.clone(),
        };
        let words: std::collections::BTreeMap<String, String> = at.parse()?;
        form.english.extend(words);
    }
    let mut ids = HashSet::new();
    let mut met = HashSet::new();
    for file in source.annexes.iter().chain(&source.rules) {
        // Each is read whole.
        if !met.insert(file) {
            return Err(at.error(0, format!("`{file}` is listed twice")));
        }
        let text =
            own(file).ok_or_else(|| at.error(0, format!("`{file}` is not in the folder")))?;
        let at = Text {
            name: format!("{folder}/{file}"),
            text: text.clone(),
        };
        let parsed: FileSource = at.parse()?;
        let is_annex = source.annexes.contains(file);
        if is_annex {
            let annex = tables::annex(&parsed, &at)?;
            if !ids.insert(annex.id.clone()) {
                let start = parsed.id.as_ref().map_or(0, |id| id.span().start);
                return Err(at.error(start, format!("annex {} stands in two files", annex.id)));
            }
            match form.annexes.iter_mut().find(|known| known.id == annex.id) {
                Some(known) => *known = annex,
                None => form.annexes.push(annex),
            }
        }
        let id = parsed.id.as_ref().map(|id| id.get_ref().clone());
        let same = |known: &Text| known.name.rsplit('/').next() == Some(file.as_str());
        rule_files.retain(|(_, known, _)| !same(known));
        rule_files.push((id, at, parsed));
    }
    Ok(())
}

fn apply_changes(form: &mut Form, source: &FormSource, at: &Text) -> Result<(), CatalogError> {
    for change in &source.change {
        let code = change.code.get_ref();
        let mut found = false;
        for rule in form.rules.iter_mut().filter(|rule| rule.code == *code) {
            found = true;
            rule.off = change.off.unwrap_or(rule.off);
            rule.changed = Some(change.reason.clone());
            if let Some(level) = change.level.map(Severity::from) {
                match &mut rule.action {
                    Action::Tests(tests) => tests.iter_mut().for_each(|test| test.severity = level),
                    Action::Check { severity, .. } => *severity = level,
                    Action::Tree { .. } => {}
                }
            }
        }
        if !found {
            return Err(at.error(change.code.span().start, format!("there is no rule {code}")));
        }
    }
    Ok(())
}

/// Block, row and column of a slot.
pub fn place_of_slot(annex: &Annex, slot: usize) -> (&Block, usize, &Column) {
    let index = annex
        .blocks
        .partition_point(|block| block.first_slot <= slot)
        - 1;
    let block = &annex.blocks[index];
    let inside = slot - block.first_slot;
    (
        block,
        inside / block.columns.len(),
        &block.columns[inside % block.columns.len()],
    )
}

/// A slot as rules name it inside its annex: `资金[总额,执行率]`, `表头[单位]`, `总分[得分]`.
pub fn slot_path(annex: &Annex, slot: usize) -> String {
    let (block, row, column) = place_of_slot(annex, slot);
    let id = block.foot.as_ref().map_or(&block.id, |foot| &foot.id);
    match block.rows.get(row) {
        Some(row) => format!("{id}[{},{}]", row.id, column.id),
        None => format!("{id}[{}]", column.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_forms_load() {
        let catalog = Catalog::embedded().unwrap_or_else(|error| panic!("{error}"));
        let form = catalog.form("yueyang-2023").unwrap();
        assert_eq!(form.annexes.len(), 6);
        assert!(form.rules.len() > 100);
    }
}
