//! What tables there are, whose they are, and what was changed in them.

use foldhash::{HashSet, HashSetExt};

use crate::amount::{self, Reading};
use crate::catalog::{Action, Annex, Expr, Field, Function, Kind, LabelUse, Severity, Test, Verb};
use crate::check::Run;
use crate::check::words::{sheet_name, shortened, with_years};
use crate::filing::{CellRef, Fact, MissingLabel, Seen, State, Table};
use crate::label;
use crate::quote::inner;
use crate::reasons::Added;
use crate::workbook::{Value, Workbook};

use super::notation::together;
use super::{Check, Spot, SpotAt};

/// GJ001: a title, numbers below it, and hardly a label of the form.
pub(super) fn unrecognised_tables(check: &Check<'_, '_>, run: &mut Run) {
    let titles = check.evidence.located.bare_titles.iter();
    for bare in titles.filter(|bare| bare.is_told()) {
        let annex = &check.evidence.form.annexes[bare.annex];
        let sheet = sheet_name(check.evidence.filing, bare.title.cell.sheet);
        let mut finding = check.of_table(None, check.say(
            format!(
                "「{sheet}」{} 有{}的标题，但下面只认出 {} 个栏目，无法核对。",
                bare.title.cell.at, annex.name, bare.labels
            ),
            format!(
                "“{sheet}” {} has the title of {}, but only {} labels below it were recognised.",
                bare.title.cell.at, annex.name, bare.labels
            ),
        ));
        finding.cell = Some(bare.title.cell);
        finding.found = Some(bare.title.text.to_string());
        finding.todo = Some(check.say(
            "请照表样填写，不要改动栏目名称。".to_owned(),
            "Please use the form as it is; do not change its labels.".to_owned(),
        ));
        run.found(finding);
    }
}

/// GJ003.
pub(super) fn duplicate_tables(check: &Check<'_, '_>, run: &mut Run) {
    let (form, filing) = (check.evidence.form, check.evidence.filing);
    for (index, annex) in form.annexes.iter().enumerate() {
        let tables: Vec<&Table> = filing.tables_of(index).collect();
        if !annex.repeat {
            for table in tables.iter().skip(1) {
                let first = sheet_name(filing, tables[0].sheet);
                let says = check.say(
                    format!("{}已在「{first}」出现过一次。", annex.name),
                    format!("{} stands in “{first}” already.", annex.name),
                );
                run.found(check.at(table, title_cell(table), "", "", says));
            }
            continue;
        }
        let mut seen: Vec<(String, &Table)> = Vec::new();
        for table in tables {
            let Some((cell, name)) = project_name(check, table) else {
                continue;
            };
            let key = project_key(&name);
            match seen.iter().find(|(known, _)| *known == key) {
                Some((_, first)) => {
                    let sheet = sheet_name(filing, first.sheet);
                    let quoted = shortened(&name);
                    let says = check.say(
                        format!("项目「{quoted}」已在「{sheet}」填过一张。"),
                        format!("Project “{quoted}” has a table in “{sheet}” already."),
                    );
                    run.found(check.at(table, cell, "", &name, says));
                }
                None => seen.push((key, table)),
            }
        }
    }
}

pub(super) fn title_cell(table: &Table) -> CellRef {
    table.title.as_ref().map_or(
        CellRef {
            sheet: table.sheet,
            at: table.area.first,
        },
        |title| title.cell,
    )
}

/// The name of the project that a table is about.
pub(super) fn project_name(check: &Check<'_, '_>, table: &Table) -> Option<(CellRef, String)> {
    name_at(
        table,
        check.evidence.form.annexes[table.annex].project_name?,
    )
}

/// What two names of one project have in common: white space, signs and ordinals aside. Unlike
/// that of a label, it tells years apart: each may have its project.
pub(super) fn project_key(name: &str) -> String {
    let normal = label::normalise(name);
    let letters = label::strip_ordinal(&normal).chars();
    letters.filter(|c| c.is_alphanumeric()).collect()
}

fn name_at(table: &Table, slot: usize) -> Option<(CellRef, String)> {
    let fact = table.facts.get(slot)?;
    Some((fact.cell?, fact.text()?.to_owned()))
}

/// A unit's name without codes and white space.
fn bare_unit(name: &str) -> String {
    let normal = label::normalise(name);
    let mut rest = normal.as_str();
    if rest.starts_with('[')
        && let Some(end) = rest.find(']')
    {
        rest = &rest[end + 1..];
    }
    let rest =
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '—' | '_'));
    rest.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What a name of an organisation ends in.
const UNIT_ENDS: [char; 22] = [
    '局', '委', '办', '院', '校', '所', '站', '队', '厅', '处', '会', '馆', '心', '部', '团', '社',
    '室', '园', '台', '署', '府', '司',
];

/// GJ004: the unit's name in 附件2, in titles and in the file's name.
pub(super) fn unit_names(check: &Check<'_, '_>, run: &mut Run) {
    let (form, filing) = (check.evidence.form, check.evidence.filing);
    let named = filing.tables.iter().find_map(|table| {
        let annex = &form.annexes[table.annex];
        let slot = annex.unit_name.filter(|_| !annex.repeat)?;
        name_at(table, slot).map(|(cell, name)| (table, cell, name))
    });
    let Some((table, cell, name)) = named else {
        return;
    };
    let own_annex = &form.annexes[table.annex].name;
    let own = bare_unit(&name);
    if own.chars().count() < 4 {
        return;
    }
    let quoted = shortened(&name);
    let differs = |other: &str| {
        other.chars().count() >= 4
            && other.ends_with(UNIT_ENDS)
            && !other.contains(own.as_str())
            && !own.contains(other)
    };
    for other in &filing.tables {
        let Some(title) = &other.title else { continue };
        let annex = &form.annexes[other.annex];
        let key = label::key(&title.text);
        let Some(words) = annex
            .title_keys
            .iter()
            .find_map(|known| key.strip_suffix(known.as_str()))
        else {
            continue;
        };
        let words = words.replace("#年度", "").replace("#年", "");
        let words = words
            .trim_start_matches("附件")
            .trim_start_matches(|c: char| c.is_ascii_digit());
        if differs(words) {
            let title_words = shortened(words);
            let says = check.say(
                format!("标题里的单位是「{title_words}」，{own_annex}填的是「{quoted}」。"),
                format!("the title names “{title_words}”, {own_annex} “{quoted}”."),
            );
            run.found(check.at(other, title.cell, "", words, says));
        }
    }
    if let Some(file) = check.evidence.file_name {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let words = stem.split(|c: char| !('\u{4e00}'..='\u{9fff}').contains(&c));
        if let Some(other) = words
            .map(|word| word.trim_start_matches(['年', '度']))
            .find(|word| differs(word))
        {
            let says = check.say(
                format!("填的是「{quoted}」，文件名里的单位是「{other}」。"),
                format!("it says “{quoted}”, the file's name “{other}”."),
            );
            run.found(check.at(table, cell, "", &name, says));
        }
    }
}

/// GJ015: instructions of the form left where something should be entered.
pub(super) fn left_over_text(check: &Check<'_, '_>, run: &mut Run) {
    for table in &check.evidence.filing.tables {
        let mut seen: HashSet<CellRef> = HashSet::new();
        for spot in check.spots(table) {
            let fact = spot.fact;
            let text: &str = match &fact.state {
                State::Text(text) => text,
                State::NotApplicable => &fact.shown,
                _ => continue,
            };
            let Some(cell) = fact.cell else { continue };
            // Instructions are short; long texts need not be looked at.
            if text.len() > 60 || !label::is_placeholder_text(text) || !seen.insert(cell) {
                continue;
            }
            let says = check.say(
                format!("「{text}」是表样的提示文字，不是填报内容。"),
                format!("“{text}” is an instruction of the form."),
            );
            let mut finding = check.at(table, cell, &check.words_of(table, &spot), text, says);
            if is_required(check, table, &spot) {
                finding.severity = Severity::Incomplete;
            }
            finding.todo = Some(check.say(
                "请改填实际内容，没有的留空。".into(),
                "Please replace or clear it.".into(),
            ));
            run.found(finding);
        }
    }
}

/// Whether a rule asks for the cell to be filled.
fn is_required(check: &Check<'_, '_>, table: &Table, spot: &Spot<'_>) -> bool {
    let SpotAt::Slot(slot) = spot.at else {
        return false;
    };
    let annex = table.annex;
    let asks = |test: &Test| {
        test.verb == Verb::Need
            && matches!(&test.expr, Expr::Call(Function::Filled, arguments)
                if matches!(arguments.as_slice(), [Expr::Field(field)]
                    if *field == Field::Slot { annex, slot }))
    };
    let rules = check.evidence.form.rules.iter().filter(|rule| !rule.off);
    rules
        .filter_map(|rule| match &rule.action {
            Action::Tests(tests) => Some(tests),
            _ => None,
        })
        .flatten()
        .any(asks)
}

/// What is said of a label that was not found.
fn not_found(check: &Check<'_, '_>, table: &Table, missing: &MissingLabel) -> String {
    let annex = &check.evidence.form.annexes[table.annex];
    let year = table.year.unwrap_or(check.evidence.form.year);
    if let Some(corner) = corner_without_heads(annex, missing) {
        let heads = annex.blocks[missing.block].columns.iter();
        let heads: Vec<String> = heads
            .map(|column| format!("「{}」", with_years(&column.label.words, year)))
            .collect();
        let (row, heads) = (corner.cell.at.row + 1, heads.concat());
        let corner = shortened(&label::words(&corner.text));
        return check.say(
            format!("第 {row} 行「{corner}」这一部分没有认出各栏的名称{heads}，相关的检查未做。"),
            format!(
                "Row {row} “{corner}”: the heads {heads} were not found; checks that need them were not made."
            ),
        );
    }
    let kind = match (missing.row, missing.column) {
        (Some(_), _) => check.say("这一行".into(), "row".into()),
        (_, Some(_)) => check.say("这一栏".into(), "column".into()),
        _ => check.say("这一部分".into(), "part".into()),
    };
    let wanted = with_years(&missing.label, year);
    if missing.by_name {
        return check.say(
            format!("没有找到「{wanted}」{kind}，已按模板原来的位置核对。"),
            format!("{kind} “{wanted}” was not found; the template's place was checked."),
        ) + &nearest_of(check, missing, &wanted);
    }
    check.say(
        format!("没有找到「{wanted}」{kind}，相关的检查未做。"),
        format!("{kind} “{wanted}” was not found; checks that need it were not made."),
    ) + &nearest_of(check, missing, &wanted)
}

/// The corner of a block that is there, where its heads are missed.
fn corner_without_heads<'t>(annex: &Annex, missing: &'t MissingLabel) -> Option<&'t Seen> {
    let block = &annex.blocks[missing.block];
    let is_whole = missing.row.is_none() && missing.column.is_none() && !block.columns.is_empty();
    let here = LabelUse::Corner {
        block: missing.block,
    };
    let corner = missing.nearest.as_ref().filter(|_| is_whole)?;
    let uses = annex.labels.get(&label::key(&corner.text))?;
    // The name of a total is missed in its own right.
    let names_block = block.corner.first().map(|corner| label::words(corner));
    (uses.contains(&here) && names_block.as_ref() == Some(&missing.label)).then_some(corner)
}

/// Where the text stands that is most like a label, if there is one.
fn nearest_of(check: &Check<'_, '_>, missing: &MissingLabel, wanted: &str) -> String {
    let Some(nearest) = &missing.nearest else {
        return String::new();
    };
    let (row, text) = (nearest.cell.at.row + 1, label::words(&nearest.text));
    let is_same = label::key(&text) == label::key(wanted);
    let text = shortened(&text);
    if is_same {
        return check.say(
            format!("第 {row} 行「{text}」不在表样的位置。"),
            format!(" Row {row} “{text}” is not where the form has it."),
        );
    }
    check.say(
        format!("第 {row} 行「{text}」最像，是它吗？"),
        format!(" Row {row} “{text}” is most like it: is it this one?"),
    )
}

/// GJ017: labels of the form that are gone, rows that are not the form's.
pub(super) fn changed_rows(check: &Check<'_, '_>, run: &mut Run) {
    for table in &check.evidence.filing.tables {
        let annex = &check.evidence.form.annexes[table.annex];
        let mut lines_reported = false;
        for missing in &table.missing {
            let block = &annex.blocks[missing.block];
            // A whole signature line is one thing, not four.
            if block.kind == Kind::Line && std::mem::replace(&mut lines_reported, true) {
                continue;
            }
            let says = not_found(check, table, missing);
            let mut finding = check.of_table(Some(table), says);
            finding.cell = missing.nearest.as_ref().map(|nearest| nearest.cell);
            finding.todo = Some(check.say(
                "请恢复表样的名称。".into(),
                "Please restore the form's label.".into(),
            ));
            run.found(finding);
        }
        let suggested = |stranger: &&Seen| {
            let nearest = table
                .missing
                .iter()
                .filter_map(|missing| missing.nearest.as_ref());
            nearest
                .map(|seen| seen.cell)
                .any(|cell| cell == stranger.cell)
        };
        for stranger in table
            .strangers
            .iter()
            .filter(|stranger| !suggested(stranger))
        {
            let text = label::words(&stranger.text);
            let says = check.say(
                "这一行表样里没有，也不在「……」处，没有核对，也没有计入合计。".to_owned(),
                "this row is not the form's and not where rows may be inserted; it was neither checked nor added."
                    .to_owned(),
            );
            run.found(check.at(table, stranger.cell, &text, &text, says));
        }
        for sum in &table.sums {
            let text = label::words(&sum.text);
            let says = check.say(
                "这一行是小计，与所列各行之和不符，没有计入合计。".to_owned(),
                "this row is a sum of rows that do not add up to it; it was not added.".to_owned(),
            );
            run.found(check.at(table, sum.cell, &text, &text, says));
        }
    }
}

/// Whether a cell holds a figure, as a number or typed as text, behind a label or not.
fn has_figure(value: &Value) -> bool {
    let Value::Text(text) = value else {
        return matches!(value, Value::Number(_));
    };
    let figure = amount::split_label(text).map_or(&**text, |(_, figure)| figure);
    matches!(amount::read_text(figure), Reading::Amount(_))
}

/// Whether the number format of a figure shows another.
fn is_disguised(workbook: &Workbook, fact: &Fact) -> bool {
    let cell = fact.cell.filter(|_| fact.number().is_some());
    let cell = cell.and_then(|cell| workbook.sheets.get(cell.sheet)?.cell(cell.at));
    let Some(cell) = cell else { return false };
    let Some(format) = workbook.formats.get(usize::from(cell.format)) else {
        return false;
    };
    match cell.value {
        Value::Number(number) => format.misleads.of(number),
        Value::Text(_) => format.misleads.text,
        _ => false,
    }
}

/// GJ019: figures that are hidden, or shown as others, and figures from other files.
pub(super) fn hidden_content(check: &Check<'_, '_>, run: &mut Run) {
    let workbook = check.evidence.workbook;
    for (index, sheet) in workbook.sheets.iter().enumerate() {
        // What our own sheets compute with is no filer's.
        if Added::is_ours(sheet) {
            continue;
        }
        let hidden =
            |runs: &[(u32, u32)], at: u32| runs.iter().any(|(a, b)| (*a..=*b).contains(&at));
        let first = sheet.cells.iter().find(|cell| {
            has_figure(&cell.value)
                && (!sheet.visible
                    || hidden(&sheet.hidden_rows, cell.at.row)
                    || hidden(&sheet.hidden_columns, cell.at.col))
        });
        let Some(first) = first else { continue };
        let name = inner(&sheet.name);
        let mut finding = check.of_table(
            None,
            if sheet.visible {
                check.say(
                    format!("「{name}」有隐藏的行或列，里面有数（如 {}）。", first.at),
                    format!(
                        "“{name}” has hidden rows or columns with numbers (such as {}).",
                        first.at
                    ),
                )
            } else {
                check.say(
                    format!("「{name}」是隐藏的工作表，里面有数（如 {}）。", first.at),
                    format!(
                        "“{name}” is a hidden sheet with numbers (such as {}).",
                        first.at
                    ),
                )
            },
        );
        finding.cell = Some(CellRef {
            sheet: index,
            at: first.at,
        });
        run.found(finding);
    }
    together(
        check,
        |spot| is_disguised(workbook, spot.fact),
        "数字格式显示的不是里面的数，已按里面的数（{}）核对。",
        "the number format shows another number than the cell holds ({}), which was checked.",
        run,
    );
    if workbook.traits.external_links {
        run.found(check.of_table(None, check.say(
            "这个工作簿引用了别的文件，报送后可能看不到那里的数。".to_owned(),
            "The workbook refers to other files, whose figures may be missing for its readers.".to_owned(),
        )));
    }
    if workbook.traits.macros {
        let mut finding = check.of_table(
            None,
            check.say(
                "这个工作簿带有宏；核对时没有运行，也没有看其中的内容。".to_owned(),
                "The workbook has macros, which were neither run nor looked at.".to_owned(),
            ),
        );
        finding.todo = Some(check.say(
            "请确认宏的来源，打开时不要启用来历不明的宏。".to_owned(),
            "Please make sure where they come from before you enable them.".to_owned(),
        ));
        run.found(finding);
    }
}
