//! Tables as written to tables as used: blocks, rows, columns and their labels.

use foldhash::{HashMap, HashSet};

use super::bounds;
use super::form::{
    Annex, Block, Column, Foot, Form, Group, Kind, Label, LabelUse, Parameter, Print, Row, Summary,
    Total, Unit,
};
use super::resolve::{decimal, unknown};
use super::source::{
    BlockSource, ColumnSource, FileSource, FormSource, KindSource, SpansSource, TotalSource,
};
use super::{CatalogError, Text, slot_path};
use crate::label;

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
    if let Some(year) = source.year {
        let line = at.text.find("\nyear").map_or(0, |before| before + 1);
        bounds::year(year).map_err(|error| at.error(line, error))?;
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
        title_ends: HashSet::default(),
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
pub(super) fn key_of(printed: &str) -> String {
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
    // It would be found in every text.
    if title_keys.iter().any(String::is_empty) {
        return Err(at.error(start, "a title needs words beside the year".to_owned()));
    }
    let name = source.name.clone().ok_or_else(|| missing("name"))?;
    let widths = source
        .layout
        .as_ref()
        .map_or(&[][..], |layout| &layout.widths);
    [
        bounds::name(&name),
        bounds::title(&title),
        bounds::widths(widths),
    ]
    .into_iter()
    .collect::<Result<(), String>>()
    .map_err(|message| at.error(start, message))?;
    let mut annex = Annex {
        id,
        name,
        title,
        subtitle: source.subtitle.clone(),
        title_keys,
        repeat: source.repeat,
        always: source.need.as_deref() == Some("always"),
        confirmed: source.status.as_deref() != Some("unconfirmed"),
        note: source.note.clone(),
        widths: Vec::new(),
        landscape: false,
        unit_name: None,
        project_name: None,
        department_name: None,
        budget: None,
        summary: Summary::default(),
        blocks: Vec::new(),
        slots: 0,
        labels: HashMap::default(),
        prefixes: Vec::new(),
    };
    if let Some(layout) = &source.layout {
        annex.widths.clone_from(&layout.widths);
        annex.landscape = layout.landscape;
    }
    for written in &source.block {
        let index = annex.blocks.len();
        let mut block = block(written, annex.slots)
            .map_err(|error| at.error(written.id.span().start, error))?;
        block.print = print(written, &block, &annex)
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
    let (unit, project) = (named(&source.unit_name)?, named(&source.project_name)?);
    let department = named(&source.department_name)?;
    (annex.unit_name, annex.project_name) = (unit, project);
    annex.department_name = department;
    annex.budget = source
        .budget
        .as_deref()
        .map(|path| grid_slot(&annex, path).map_err(|error| at.error(start, error)))
        .transpose()?;
    if let Some(written) = &source.summary {
        let slot = |path: &String| {
            figure_slot(&annex, path).map_err(|error| at.error(start, format!("summary: {error}")))
        };
        annex.summary = Summary {
            score: written.score.as_ref().map(slot).transpose()?,
            rate: written.rate.as_ref().map(slot).transpose()?,
            figures: written.figures.iter().map(slot).collect::<Result<_, _>>()?,
        };
    }
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

/// The slot of a figure such as `资金[总额,年初]`.
fn grid_slot(annex: &Annex, path: &str) -> Result<usize, String> {
    path.strip_suffix(']')
        .and_then(|path| path.split_once('['))
        .and_then(|(block, inner)| {
            let block = annex.blocks.iter().find(|known| known.id == block)?;
            let (row, column) = inner.split_once(',')?;
            Some(block.slot(block.row(row)?, block.column(column)?))
        })
        .ok_or_else(|| {
            format!("`{path}` is no figure of this annex; expected for example 资金[总额,年初]")
        })
}

/// The slot of a figure of any block, such as `资金[总额,年初]`, `人员[编制]` or `总分[得分]`.
fn figure_slot(annex: &Annex, path: &str) -> Result<usize, String> {
    let found = (0..annex.slots).find(|slot| slot_path(annex, *slot) == path);
    let found = found.filter(|slot| super::place_of_slot(annex, *slot).2.unit.is_number());
    found.ok_or_else(|| {
        format!("`{path}` is no figure of this annex; expected for example 资金[总额,年初]")
    })
}

/// A title is found by its words: those behind the year, or before it where the year stands
/// in a line of its own below them.
fn title_key(title: &str) -> String {
    let key = key_of(title);
    match key.rsplit_once("#年度") {
        Some((words, "")) | Some((_, words)) => words.to_owned(),
        None => key,
    }
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
    let mut columns = written.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    for (at, column) in written.iter().enumerate() {
        let Some(id) = &column.carry else { continue };
        let from = written.iter().position(|other| other.id == *id);
        let from = from.ok_or_else(|| format!("column {}: no column `{id}`", column.id))?;
        columns[at].carry = Some(from);
    }
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
            subtotals: foot.subtotals.iter().map(|word| key_of(word)).collect(),
        }),
        first_slot,
        print: Print::default(),
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
        let preset = row
            .preset
            .iter()
            .map(|(id, value)| Ok((column_ids(std::slice::from_ref(id))?[0], decimal(value)?)))
            .collect::<Result<Vec<_>, String>>()?;
        let spare = row.spare.unwrap_or(0);
        bounds::spare(spare).map_err(|error| format!("row {}: {error}", row.id))?;
        block.rows.push(Row {
            id: row.id.clone(),
            label: label_of(&row.label),
            parent,
            repeat: row.repeat,
            placeholder: label::is_placeholder(&label::normalise(&row.label)),
            spare,
            total,
            blank_columns,
            preset,
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

/// How a block is printed; what is said about columns must add up to the annex's.
fn print(source: &BlockSource, block: &Block, annex: &Annex) -> Result<Print, String> {
    let spans = match &source.spans {
        None => Vec::new(),
        Some(SpansSource::Flat(spans)) => vec![spans.clone()],
        Some(SpansSource::Lines(lines)) => lines.clone(),
    };
    let columns = block.columns.len();
    let fits = |count: usize| match block.kind {
        Kind::Grid => count == columns + 1 || count == columns + 2,
        Kind::Record | Kind::List => count == columns || count == columns + 1,
        Kind::Items => count.is_multiple_of(2),
        Kind::Line => count == 2 * columns || count + 1 == 2 * columns,
    };
    let known = |id: &Option<String>| {
        id.as_ref()
            .map(|id| {
                let mut blocks = annex.blocks.iter();
                blocks
                    .position(|block| block.id == *id)
                    .ok_or_else(|| format!("no block `{id}` above it"))
            })
            .transpose()
    };
    let (beside, under) = (known(&source.beside)?, known(&source.under)?);
    for line in &spans {
        let sum: usize = line.iter().map(|span| usize::from(*span)).sum();
        let whole = beside.is_none() && under.is_none();
        if !fits(line.len()) || line.contains(&0) || sum > annex.widths.len() {
            return Err(format!(
                "`spans` {line:?} does not fit its columns, or is wider than `widths`"
            ));
        }
        if whole && sum != annex.widths.len() && source.kind != KindSource::Items {
            return Err(format!(
                "`spans` adds up to {sum}; `widths` has {} columns",
                annex.widths.len()
            ));
        }
    }
    let usual_rows = if block.kind == Kind::List && source.groups.is_empty() {
        10
    } else {
        2
    };
    let is_prose = |column: &Column| column.unit == Unit::Text;
    let usual_lines = if block.kind == Kind::Record && block.columns.iter().any(is_prose) {
        5
    } else {
        1
    };
    Ok(Print {
        spans,
        beside,
        under,
        rows: source.rows_printed.unwrap_or(usual_rows).clamp(1, 200),
        lines: source.lines.unwrap_or(usual_lines).clamp(1, 25),
    })
}

fn column(source: &ColumnSource) -> Result<Column, String> {
    Ok(Column {
        id: source.id.clone(),
        label: label_of(&source.label),
        unit: unit(source.unit.as_deref().unwrap_or("text"))?,
        keep: source.keep,
        carry: None,
        choices: source.choices.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_found_by_their_words() {
        for (title, key) in [
            ("{年}年度项目支出绩效自评表", "项目支出绩效自评表"),
            ("项目支出绩效自评表\n（{年}年度）", "项目支出绩效自评表"),
            ("项目支出绩效自评表", "项目支出绩效自评表"),
            ("{年}年度", ""),
        ] {
            assert_eq!(title_key(title), key, "{title:?}");
        }
    }
}
