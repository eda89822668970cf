//! 未报送 and 无法读取: what is not in the other sheets, and why.

use rust_xlsxwriter::Workbook;

use super::style::{self, Tone};
use super::table::{Cell, Column, Plan, Total};
use super::{Sources, SummaryError, links};
use crate::batch::store::{FileRow, UnitStatus};
use crate::label;
use crate::report::printable;

/// What other sheets need to know of these.
pub(super) struct Lists {
    pub(super) missing: String,
    pub(super) missing_rows: u32,
    pub(super) unread: String,
    pub(super) unread_rows: u32,
    /// How many files are of each kind of [`KINDS`].
    pub(super) kinds: [usize; 3],
}

/// Statuses of files that were not checked, with the words for them.
pub(super) const KINDS: [(&str, &str, &str); 3] = [
    ("unreadable", "读不了", "Not read"),
    ("unrecognised", "没有找到附表", "No known table"),
    ("other", "不是表格文件", "Not a workbook"),
];

/// Where the kind stands on its sheet.
pub(super) const KIND: u16 = 1;

pub(super) fn write(sources: &Sources<'_>, book: &mut Workbook) -> Result<Lists, SummaryError> {
    let unread = unread(sources)?;
    let (missing, missing_rows) = write_missing(sources, book, &unread)?;
    let name = sources.say("无法读取", "Not read");
    let columns = vec![
        Column::text(sources.say("文件", "File"), 60.0),
        Column::text(sources.say("情况", "Kind"), 16.0),
        Column::text(sources.say("原因和办法", "Reason and remedy"), 80.0),
        Column::text(sources.say("打开", "Open"), 8.0),
    ];
    let mut plan = Plan::new(sources.options.lang, name, name, columns);
    let mut kinds = [0; 3];
    for (file, kind) in &unread {
        kinds[*kind] += 1;
        plan.count(&unread_line(sources, file, *kind));
    }
    let unread_rows = plan.rows();
    let mut pages = plan.open(book)?;
    for (file, kind) in &unread {
        pages.put(&unread_line(sources, file, *kind))?;
    }
    pages.finish(book);
    Ok(Lists {
        missing,
        missing_rows,
        unread: name.to_owned(),
        unread_rows,
        kinds,
    })
}

/// Files that were not checked, with the index of their kind.
fn unread(sources: &Sources<'_>) -> Result<Vec<(FileRow, usize)>, SummaryError> {
    let mut unread = Vec::new();
    sources.store.each_file(|file| {
        let kind = KINDS.iter().position(|(status, ..)| file.status == *status);
        if let Some(kind) = kind {
            unread.push((file, kind));
        }
        Ok::<_, SummaryError>(())
    })?;
    Ok(unread)
}

fn unread_line(sources: &Sources<'_>, file: &FileRow, kind: usize) -> Vec<Cell> {
    let (_, zh, en) = KINDS[kind];
    let tone = match file.status.as_str() {
        "other" => Tone::Plain,
        _ => Tone::Wrong,
    };
    let open = links::to_file(
        &sources.options.folder,
        &file.opened,
        sources.say("打开", "Open"),
    );
    vec![
        Cell::text(printable(&file.path)),
        Cell::Text(sources.say(zh, en).to_owned(), tone),
        Cell::text(file.error.clone().unwrap_or_default()),
        Cell::Link(open, String::new()),
    ]
}

fn write_missing(
    sources: &Sources<'_>,
    book: &mut Workbook,
    unread: &[(FileRow, usize)],
) -> Result<(String, u32), SummaryError> {
    let name = sources.say("未报送", "Not reported");
    let columns = vec![
        Column::text(sources.say("单位", "Unit"), 40.0),
        Column::text(sources.say("主管部门", "Department"), 30.0),
        Column {
            format: style::MONEY,
            total: Total::Sum,
            ..Column::text(
                sources.say("批复预算（万元）", "Approved budget (万元)"),
                18.0,
            )
        },
        Column::text(sources.say("备注", "Remark"), 70.0),
    ];
    let mut plan = Plan::new(sources.options.lang, name, name, columns);
    let keys: Vec<(String, &str)> = unread
        .iter()
        .map(|(file, _)| (label::key(&file.path), file.path.as_str()))
        .collect();
    let mut lines = Vec::new();
    sources.store.each_unit(|unit| {
        if unit.status == UnitStatus::Missing {
            // The unit may have handed something in that nobody can read.
            let own = label::key(&unit.name);
            let likely = keys
                .iter()
                .find(|(key, _)| !own.is_empty() && key.contains(&own));
            lines.push(vec![
                Cell::text(printable(&unit.name)),
                Cell::text(printable(unit.department.as_deref().unwrap_or_default())),
                match unit.budget {
                    Some(budget) => Cell::Number(budget, Tone::Plain),
                    None => Cell::Blank,
                },
                match likely {
                    Some((_, path)) => {
                        let lead =
                            sources.say("可能是没有读出来的：", "Perhaps the one not read: ");
                        Cell::text(printable(&format!("{lead}{path}")))
                    }
                    None => Cell::Blank,
                },
            ]);
        }
        Ok::<_, SummaryError>(())
    })?;
    for line in &lines {
        plan.count(line);
    }
    let rows = plan.rows();
    let mut pages = plan.open(book)?;
    for line in &lines {
        pages.put(line)?;
    }
    pages.finish(book);
    Ok((name.to_owned(), rows))
}
