//! What is kept of one file: its result as programs read it, and every figure of its tables.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::{Annex, Block, Form, Kind, hex, slot_path};
use crate::filing::{Fact, State, Table};
use crate::label;
use crate::report::json;
use crate::review::Checked;

/// What is kept of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The result; its path is where the file was found, through archives.
    pub file: json::File,
    /// It is no workbook and does not claim to be one.
    pub other: bool,
    /// The file to open: the file itself, or the archive that it lies in.
    pub opened: String,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970 when it was last changed; of an entry of an archive as that says.
    pub modified: i64,
    /// SHA-256 in hexadecimal digits; empty where the content was not read to its end.
    pub hash: String,
    /// Codes of the rules that passed, once for each table that they were applied to.
    pub passed: Vec<String>,
    /// Its tables.
    pub tables: Vec<TableRecord>,
    /// Where its marked copy was written.
    pub marked: Option<String>,
}

impl Record {
    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let finding = |finding: &json::Finding| {
            size_of::<json::Finding>()
                + finding.message.len()
                + length(&finding.found)
                + length(&finding.expected)
                + length(&finding.working)
                + length(&finding.todo)
                + finding.related.len() * size_of::<json::Related>()
                + finding.follows.len() * size_of::<json::Follow>()
        };
        let fact = |fact: &FactRecord| {
            size_of::<FactRecord>() + fact.0.len() + fact.2.len() + fact.3.len()
        };
        let facts = self.tables.iter().flat_map(|table| &table.facts);
        size_of::<Self>()
            + self.file.findings.iter().map(finding).sum::<usize>()
            + facts.map(fact).sum::<usize>()
    }
}

/// One table of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRecord {
    /// `附2`.
    pub annex: String,
    /// `附件2`.
    pub name: String,
    /// The sheet.
    pub sheet: String,
    /// `A1:I40`.
    pub range: String,
    /// The project, where the annex is one of a project.
    pub project: Option<String>,
    /// The total of the scores, in 分, where the form says which figure that is.
    pub score: Option<String>,
    /// How much of the budget was spent, in percent points, where the form says.
    pub rate: Option<String>,
    /// The same for tables whose indicators are the same; none where there are too few to tell.
    pub fingerprint: Option<String>,
    /// Its facts, those that are not blank, in the order of the form.
    pub facts: Vec<FactRecord>,
}

/// A figure or a text: field, row, value and cell.
///
/// The field is named as rules name it inside the annex: `资金[总额,执行率]`, of lists
/// `指标[得分]`. The row is 0 for fields with a place of their own; rows of lists, and those that
/// were inserted into a grid, are counted from 1. Numbers are written plainly, in the field's
/// unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRecord(pub String, pub u32, pub String, pub String);

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRecord {
    /// `附2`.
    pub annex: String,
    /// `资金[总额,执行率]`.
    pub field: String,
    /// In words: `年度资金总额 · 执行率`.
    pub label: String,
    /// `万元`, `%`, `人`, `㎡`, `分`; empty for texts.
    pub unit: String,
    /// What kind of row it stands in.
    pub kind: FieldKind,
}

/// What kind of row a field stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A place of its own.
    Single,
    /// A column of a table of indicators.
    Indicator,
    /// A column of another list, or of rows inserted into a grid.
    Row,
}

impl FieldKind {
    /// The word that stands in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Indicator => "indicator",
            Self::Row => "row",
        }
    }
}

/// The column of the name of a row that was inserted into a grid.
const NAME: &str = "名称";

/// Blocks that are kept: all but lines of signatures, which name persons and telephones.
fn is_kept(block: &Block) -> bool {
    block.kind != Kind::Line
}

/// The fields of a form, in its order.
pub fn fields(form: &Form) -> Vec<FieldRecord> {
    let mut fields = Vec::new();
    for annex in &form.annexes {
        for (index, block) in annex.blocks.iter().enumerate() {
            if is_kept(block) {
                single(form, annex, block, &mut fields);
                rows(form, annex, index, &mut fields);
            }
        }
    }
    fields
}

fn single(form: &Form, annex: &Annex, block: &Block, fields: &mut Vec<FieldRecord>) {
    for row in 0..block.rows.len().max(1) {
        if block.rows.get(row).is_some_and(|row| row.placeholder)
            || (block.kind == Kind::List && block.foot.is_none())
        {
            continue;
        }
        for (at, column) in block.columns.iter().enumerate() {
            // The total row of a list has figures only.
            if block.kind == Kind::List && !column.unit.is_number() {
                continue;
            }
            let row_label = match (block.rows.get(row), &block.foot) {
                (Some(row), _) => Some(&row.label.words),
                (None, foot) => foot.as_ref().map(|foot| &foot.label.words),
            };
            let words = [row_label, Some(&column.label.words)];
            let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
            fields.push(FieldRecord {
                annex: annex.id.clone(),
                field: slot_path(annex, block.slot(row, at)),
                label: crate::check::with_years(&words.join(" · "), form.year),
                unit: column.unit.sign().to_owned(),
                kind: FieldKind::Single,
            });
        }
    }
}

fn rows(form: &Form, annex: &Annex, block: usize, fields: &mut Vec<FieldRecord>) {
    let block = &annex.blocks[block];
    let mut push = |field: String, label: &str, unit: &str, kind| {
        fields.push(FieldRecord {
            annex: annex.id.clone(),
            field,
            label: crate::check::with_years(label, form.year),
            unit: unit.to_owned(),
            kind,
        });
    };
    if block.kind == Kind::List {
        let kind = match block.groups.is_empty() {
            true => FieldKind::Row,
            false => FieldKind::Indicator,
        };
        for column in &block.columns {
            let field = format!("{}[{}]", block.id, column.id);
            push(field, &column.label.words, column.unit.sign(), kind);
        }
    }
    for row in block.rows.iter().filter(|row| row.repeat) {
        let field = |column: &str| format!("{}[{},{column}]", block.id, row.id);
        push(field(NAME), &row.label.words, "", FieldKind::Row);
    }
}

/// The tables of a checked workbook.
pub fn tables(checked: &Checked<'_>) -> Vec<TableRecord> {
    let filing = &checked.filing;
    filing
        .tables
        .iter()
        .map(|table| {
            let annex = &checked.form.annexes[table.annex];
            let project = annex.project_name.filter(|_| annex.repeat);
            let project = project.and_then(|slot| table.facts.get(slot)?.text());
            TableRecord {
                annex: annex.id.clone(),
                name: annex.name.clone(),
                sheet: filing.sheets[table.sheet].clone(),
                range: table.area.to_string(),
                project: project.map(str::to_owned),
                score: number(table, annex.summary.score),
                rate: number(table, annex.summary.rate),
                fingerprint: fingerprint(annex, table),
                facts: facts(annex, table),
            }
        })
        .collect()
}

fn number(table: &Table, slot: Option<usize>) -> Option<String> {
    let figure = table.facts.get(slot?)?.number()?;
    Some(figure.value.normalize().to_string())
}

fn facts(annex: &Annex, table: &Table) -> Vec<FactRecord> {
    let mut facts = Vec::new();
    let mut push = |field: String, row: usize, fact: &Fact| {
        if let (Some(value), Some(cell)) = (value(fact), fact.cell) {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            facts.push(FactRecord(field, row, value, cell.at.to_string()));
        }
    };
    for (index, block) in annex.blocks.iter().enumerate() {
        if !is_kept(block) {
            continue;
        }
        let own =
            block.first_slot..block.first_slot + block.columns.len() * block.rows.len().max(1);
        for slot in own {
            let has_value = table.facts.get(slot).filter(|fact| value(fact).is_some());
            if let Some(fact) = has_value {
                push(slot_path(annex, slot), 0, fact);
            }
        }
        let extras = table.extras.iter().filter(|extra| extra.block == index);
        for (number, extra) in extras.enumerate() {
            let row = &block.rows[extra.row].id;
            for (column, fact) in block.columns.iter().zip(&extra.facts) {
                push(
                    format!("{}[{row},{}]", block.id, column.id),
                    number + 1,
                    fact,
                );
            }
        }
        for (number, row) in table.list(index).enumerate() {
            for (column, fact) in block.columns.iter().zip(&row.facts) {
                push(format!("{}[{}]", block.id, column.id), number + 1, fact);
            }
        }
    }
    for (number, extra) in table.extras.iter().enumerate() {
        let block = &annex.blocks[extra.block];
        let before = table.extras[..number].iter();
        let number = before.filter(|other| other.block == extra.block).count() + 1;
        facts.push(FactRecord(
            format!("{}[{},{NAME}]", block.id, block.rows[extra.row].id),
            u32::try_from(number).unwrap_or(u32::MAX),
            extra.label.text.to_string(),
            extra.label.cell.at.to_string(),
        ));
    }
    facts
}

/// What stands there, where it is worth keeping.
fn value(fact: &Fact) -> Option<String> {
    match &fact.state {
        State::Number(figure) => Some(figure.value.normalize().to_string()),
        State::Text(text) | State::Unreadable(text) => Some(text.to_string()),
        State::Absent | State::Blank | State::NotApplicable | State::Error(_) => None,
    }
}

/// Fewer indicators than these may be the same by chance.
const FEWEST_INDICATORS: usize = 3;

/// Of targets, results, weights and scores of all indicators, as they compare.
fn fingerprint(annex: &Annex, table: &Table) -> Option<String> {
    let mut digest = Sha256::new();
    let mut told = 0;
    for (index, block) in annex.blocks.iter().enumerate() {
        if block.groups.is_empty() {
            continue;
        }
        for row in table.list(index) {
            let words: Vec<String> = row
                .facts
                .iter()
                .map(|fact| match &fact.state {
                    State::Number(figure) => figure.value.normalize().to_string(),
                    State::Text(text) | State::Unreadable(text) => label::key(text),
                    _ => String::new(),
                })
                .collect();
            let filled = words.iter().filter(|word| !word.is_empty()).count();
            told += usize::from(filled * 2 > words.len());
            digest.update(words.join("\u{1f}"));
            digest.update([b'\n']);
        }
    }
    (told >= FEWEST_INDICATORS).then(|| hex(&digest.finalize()[..8]))
}
