//! What was located and read, for whoever asks why a finding is there or is not.

use std::fmt::Write;

use super::printable;
use crate::catalog::{Annex, Block, Kind};
use crate::filing::{Fact, State, Table};
use crate::lang::Lang;
use crate::review::Checked;
use crate::workbook::Workbook;

/// Everything about one checked file.
pub fn file(path: &str, checked: &Checked<'_>, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = whole(&mut out, path, checked, lang);
    out
}

/// The sheets of a workbook in which nothing was recognised.
pub fn sheets(workbook: &Workbook, lang: Lang) -> String {
    let mut out = String::new();
    for sheet in &workbook.sheets {
        let (cells, merges) = (sheet.cells.len(), sheet.merges.len());
        let name = printable(&sheet.name);
        let _ = match lang {
            Lang::Zh => writeln!(
                out,
                "  工作表「{name}」：{cells} 个有内容的单元格，{merges} 处合并"
            ),
            Lang::En => writeln!(
                out,
                "  sheet “{name}”: {cells} filled cells, {merges} merged areas"
            ),
        };
    }
    out
}

fn whole(out: &mut String, path: &str, checked: &Checked<'_>, lang: Lang) -> std::fmt::Result {
    writeln!(out, "{}", printable(path))?;
    writeln!(
        out,
        "{}{}（{}）",
        lang.pick("表样：", "Form: "),
        checked.form.name,
        checked.form.id
    )?;
    out.push_str(&sheets(&checked.workbook, lang));
    for table in &checked.filing.tables {
        let annex = &checked.form.annexes[table.annex];
        let sheet = printable(&checked.filing.sheets[table.sheet]);
        writeln!(out, "\n{}  {sheet}!{}", annex.name, table.area)?;
        if let Some(title) = &table.title {
            writeln!(
                out,
                "  {}{} {}",
                lang.pick("标题：", "Title: "),
                title.cell.at,
                one_line(&title.text)
            )?;
        }
        for (index, block) in annex.blocks.iter().enumerate() {
            writeln!(out, "  [{}]", block.id)?;
            facts(out, index, block, table, lang)?;
        }
        missing(out, annex, table, lang)?;
    }
    if !checked.report.unchecked.is_empty() {
        writeln!(out, "\n{}", lang.pick("未审：", "Not checked:"))?;
        for unchecked in &checked.report.unchecked {
            writeln!(
                out,
                "  {}  {}",
                unchecked.code,
                printable(&unchecked.reason)
            )?;
        }
    }
    Ok(())
}

fn facts(
    out: &mut String,
    index: usize,
    block: &Block,
    table: &Table,
    lang: Lang,
) -> std::fmt::Result {
    for row in 0..block.rows.len().max(1) {
        let label = block
            .rows
            .get(row)
            .map_or("", |row| row.label.words.as_str());
        let label = match (block.kind, &block.foot) {
            (Kind::List, Some(foot)) => foot.label.words.as_str(),
            _ => label,
        };
        if block.rows.get(row).is_some_and(|row| row.placeholder) {
            continue;
        }
        let cells = (0..block.columns.len()).map(|column| &table.facts[block.slot(row, column)]);
        line(out, label, block, cells, lang)?;
    }
    for extra in table.extras.iter().filter(|extra| extra.block == index) {
        line(
            out,
            &format!("+ {}", extra.label.text),
            block,
            extra.facts.iter(),
            lang,
        )?;
    }
    for (number, row) in table.list(index).enumerate() {
        line(
            out,
            &(number + 1).to_string(),
            block,
            row.facts.iter(),
            lang,
        )?;
    }
    Ok(())
}

fn line<'a>(
    out: &mut String,
    label: &str,
    block: &Block,
    facts: impl Iterator<Item = &'a Fact>,
    lang: Lang,
) -> std::fmt::Result {
    let cells: Vec<String> = block
        .columns
        .iter()
        .zip(facts)
        .map(|(column, fact)| format!("{}={}", column.id, value(fact, lang)))
        .collect();
    writeln!(out, "    {}  {}", one_line(label), cells.join("  "))
}

fn value(fact: &Fact, lang: Lang) -> String {
    let at = fact
        .cell
        .map_or(String::new(), |cell| format!("@{}", cell.at));
    let value = match &fact.state {
        State::Absent => return lang.pick("（没找到）", "(not found)").to_owned(),
        State::Blank => lang.pick("空", "blank").to_owned(),
        State::NotApplicable => one_line(&fact.shown),
        State::Number(figure) => figure.value.to_string(),
        State::Text(text) => format!("「{}」", one_line(text)),
        State::Error(text) | State::Unreadable(text) => format!("?{}", one_line(text)),
    };
    format!("{value}{at}")
}

fn missing(out: &mut String, annex: &Annex, table: &Table, lang: Lang) -> std::fmt::Result {
    for missing in &table.missing {
        let block = &annex.blocks[missing.block].id;
        write!(
            out,
            "  {}[{block}] {}",
            lang.pick("没找到：", "Not found: "),
            missing.label
        )?;
        match &missing.nearest {
            Some(nearest) => writeln!(
                out,
                "{}{} 「{}」",
                lang.pick("；最像的是 ", "; nearest is "),
                nearest.cell.at,
                one_line(&nearest.text)
            )?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    const LONGEST: usize = 40;
    let line: String = printable(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if line.chars().count() <= LONGEST {
        line
    } else {
        line.chars().take(LONGEST).chain(['…']).collect()
    }
}
