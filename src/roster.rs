//! A roster of units: who reports, with which projects and approved budgets.
//!
//! One row a project, or a row for the unit alone; the columns are known by their heads, in any
//! order. A unit's name that is left blank, or merged downwards, is the one above.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::amount::{self, Reading};
use crate::label;
use crate::money::Scale;
use crate::workbook::{Addr, Sheet, Value, Workbook};

/// The units of a roster, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roster {
    /// The units.
    pub units: Vec<Unit>,
}

/// A unit that reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The department in charge.
    pub department: Option<String>,
    /// The approved budget of the whole unit, in 万元.
    pub budget: Option<Decimal>,
    /// Reports for all units of which it is the department, itself included.
    pub total: bool,
    /// Its projects: name, and approved budget in 万元.
    pub projects: Vec<(String, Option<Decimal>)>,
}

/// Why a roster cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// No row has a head for the unit's name.
    #[error("no column is headed 单位名称")]
    NoHead,
    /// No unit below the heads.
    #[error("no unit is listed")]
    NoUnits,
    /// A row names no unit, and none stands above it.
    #[error("row {row}: no unit")]
    NoName {
        /// Counted from 1.
        row: u32,
    },
    /// What stands in a column of the roster is no value, such as `#N/A`.
    #[error("row {row}: {found} is no value")]
    NoValue {
        /// Counted from 1.
        row: u32,
        /// What stands there.
        found: String,
    },
    /// An amount cannot be read.
    #[error("row {row}: {found} is no amount")]
    Amount {
        /// Counted from 1.
        row: u32,
        /// What stands there.
        found: String,
    },
    /// A second budget for one unit, other than the first.
    #[error("row {row}: the budget of {unit} is {found}, and {before} in a row above")]
    TwoBudgets {
        /// Counted from 1.
        row: u32,
        /// Its name.
        unit: String,
        /// In 万元.
        found: Decimal,
        /// In 万元.
        before: Decimal,
    },
    /// The roster is for another year than the form.
    #[error("row {row}: year {found}, the form is for {expected}")]
    Year {
        /// Counted from 1.
        row: u32,
        /// What stands there.
        found: String,
        /// The form's year.
        expected: i32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Department,
    Project,
    Budget,
    Year,
    Total,
}

/// Heads, normalised as labels are.
const HEADS: [(&str, Column); 23] = [
    ("单位名称", Column::Name),
    ("单位", Column::Name),
    ("预算单位", Column::Name),
    ("预算单位名称", Column::Name),
    ("实施单位", Column::Name),
    ("部门名称", Column::Name),
    ("主管部门", Column::Department),
    ("部门", Column::Department),
    ("项目", Column::Project),
    ("项目名称", Column::Project),
    ("项目支出名称", Column::Project),
    ("预算", Column::Budget),
    ("预算数", Column::Budget),
    ("年初预算数", Column::Budget),
    ("批复预算数", Column::Budget),
    ("批复预算", Column::Budget),
    ("批复数", Column::Budget),
    ("年初预算", Column::Budget),
    ("年初预算批复数", Column::Budget),
    ("年度", Column::Year),
    ("年份", Column::Year),
    ("汇总", Column::Total),
    ("是否汇总", Column::Total),
];

/// Heads stand within the first rows of the sheet.
const HEAD_ROWS: u32 = 20;

impl Roster {
    /// Reads the first sheet of a workbook that has a head for the unit's name; `year` is the only
    /// one that its rows may name.
    ///
    /// # Errors
    /// Where no unit is listed, or an amount or a year cannot be used; with the row.
    pub fn read(workbook: &Workbook, year: Option<i32>) -> Result<Self, RosterError> {
        for sheet in &workbook.sheets {
            for row in 0..HEAD_ROWS {
                let columns = heads(sheet, row);
                if columns.iter().any(|(_, column)| *column == Column::Name) {
                    let scale = scale(sheet, row, &columns);
                    return Self::below(sheet, row, &columns, scale, workbook, year);
                }
            }
        }
        Err(RosterError::NoHead)
    }

    fn below(
        sheet: &Sheet,
        head: u32,
        columns: &[(u32, Column)],
        scale: Scale,
        workbook: &Workbook,
        year: Option<i32>,
    ) -> Result<Self, RosterError> {
        // A unit that is named again goes to the end and leaves a gap.
        let mut units: Vec<Option<Unit>> = Vec::new();
        // Where each is, by how names compare.
        let mut places: HashMap<String, usize> = HashMap::new();
        let last = sheet.cells.last().map_or(0, |cell| cell.at.row);
        let mut rows: Vec<u32> = sheet.cells.iter().map(|cell| cell.at.row).collect();
        rows.dedup();
        for row in rows
            .into_iter()
            .filter(|row| (head + 1..=last).contains(row))
        {
            let text = |wanted: Column| {
                let column = columns.iter().find(|(_, column)| *column == wanted)?.0;
                let text = shown(sheet, Addr::new(row, column));
                (!text.is_empty()).then_some(text)
            };
            let number = row + 1;
            if adds_up(sheet, row) {
                continue;
            }
            // Taken for blank, it would stand for the unit above.
            for (column, _) in columns {
                if let Some(found) = no_value(sheet, Addr::new(row, *column)) {
                    return Err(RosterError::NoValue { row: number, found });
                }
            }
            // 「填报人：张三」 below the list is no unit, and says nothing of the other columns.
            if text(Column::Name).is_some_and(|name| is_remark(&name))
                && text(Column::Project).is_none()
                && !matches!(budget(sheet, workbook, columns, scale, row), Ok(Some(_)))
            {
                continue;
            }
            if let (Some(found), Some(expected)) = (text(Column::Year), year)
                && !found.contains(&expected.to_string())
            {
                return Err(RosterError::Year {
                    row: number,
                    found,
                    expected,
                });
            }
            let budget = budget(sheet, workbook, columns, scale, row)?;
            let project = text(Column::Project);
            match (text(Column::Name), units.last().and_then(Option::as_ref)) {
                (Some(name), last) if last.is_none_or(|last| last.name != name) => {
                    let known = places.insert(label::normalise(&name), units.len());
                    // One whose projects are not listed together.
                    let known = known.and_then(|known| units[known].take());
                    units.push(Some(known.unwrap_or_else(|| Unit {
                        name,
                        ..Unit::default()
                    })));
                }
                (None, None) if project.is_some() || budget.is_some() => {
                    return Err(RosterError::NoName { row: number });
                }
                (None, None) => continue,
                _ => {}
            }
            let Some(unit) = units.last_mut().and_then(Option::as_mut) else {
                continue;
            };
            unit.total |= text(Column::Total).is_some_and(|word| is_yes(&word));
            if unit.department.is_none() {
                unit.department = text(Column::Department);
            }
            match (project, unit.budget, budget) {
                (Some(project), ..) => unit.projects.push((project, budget)),
                (None, Some(before), Some(found)) if found != before => {
                    return Err(RosterError::TwoBudgets {
                        row: number,
                        unit: unit.name.clone(),
                        found,
                        before,
                    });
                }
                (None, None, _) => unit.budget = budget,
                (None, Some(_), _) => {}
            }
        }
        let units: Vec<Unit> = units.into_iter().flatten().collect();
        if units.is_empty() {
            return Err(RosterError::NoUnits);
        }
        Ok(Self { units })
    }
}

/// Anything but a no.
fn is_yes(word: &str) -> bool {
    !["否", "不", "无", "0", "——", "/"].contains(&word)
}

/// Whether a row adds up others: a total below the list is nobody's, and a unit's own is not the
/// unit's budget once more.
fn adds_up(sheet: &Sheet, row: u32) -> bool {
    sheet.row(row).iter().any(|cell| match &cell.value {
        Value::Text(text) => label::before_sum(&label::key(text)).is_some(),
        _ => false,
    })
}

/// A label with what it says: no unit's name has a colon.
fn is_remark(name: &str) -> bool {
    name.contains([':', '：'])
}

fn heads(sheet: &Sheet, row: u32) -> Vec<(u32, Column)> {
    let mut columns: Vec<(u32, Column)> = Vec::new();
    for cell in sheet.row(row) {
        let Value::Text(text) = &cell.value else {
            continue;
        };
        let key = label::key(text);
        let known = HEADS.iter().find(|(head, _)| *head == key);
        if let Some((_, column)) = known
            && !columns.iter().any(|(_, other)| other == column)
        {
            columns.push((cell.at.col, *column));
        }
    }
    columns
}

/// What a cell shows, of a merged area in every cell of it.
fn shown(sheet: &Sheet, at: Addr) -> String {
    let at = sheet.merge_at(at).map_or(at, |area| area.first);
    match sheet.cell(at).map(|cell| &cell.value) {
        Some(Value::Text(text)) => text.trim_matches(label::is_blank).to_owned(),
        Some(Value::Number(number)) => number.normalize().to_string(),
        _ => String::new(),
    }
}

/// What stands in a cell that is no value.
fn no_value(sheet: &Sheet, at: Addr) -> Option<String> {
    match &sheet.cell(at)?.value {
        Value::Error(found) | Value::Unreadable(found) => Some(found.to_string()),
        Value::Blank | Value::Text(_) | Value::Number(_) | Value::Bool(_) => None,
    }
}

/// The unit of the budgets: as their head says, or a line above it such as 「单位：元」.
fn scale(sheet: &Sheet, head: u32, columns: &[(u32, Column)]) -> Scale {
    let budgets = columns.iter().find(|(_, column)| *column == Column::Budget);
    let said =
        budgets.and_then(|(column, _)| Scale::in_head(&shown(sheet, Addr::new(head, *column))));
    let above = || {
        let mut cells = (0..head).flat_map(|row| sheet.row(row));
        cells.find_map(|cell| match &cell.value {
            Value::Text(text) => unit_line(text),
            _ => None,
        })
    };
    said.or_else(above).unwrap_or(Scale::WanYuan)
}

/// The unit that a line above the heads says, or the title.
fn unit_line(text: &str) -> Option<Scale> {
    let normal = label::normalise(text);
    Scale::of_line(&normal).or_else(|| Scale::of_title(&normal))
}

fn budget(
    sheet: &Sheet,
    workbook: &Workbook,
    columns: &[(u32, Column)],
    scale: Scale,
    row: u32,
) -> Result<Option<Decimal>, RosterError> {
    let Some((column, _)) = columns.iter().find(|(_, column)| *column == Column::Budget) else {
        return Ok(None);
    };
    let Some(cell) = sheet.cell(Addr::new(row, *column)) else {
        return Ok(None);
    };
    let format = &workbook.formats[usize::from(cell.format)];
    let reading = match &cell.value {
        Value::Text(text) => amount::read_text(text),
        Value::Number(_) if format.date => Reading::Text,
        value => amount::read_value(value, format),
    };
    let value = match reading {
        // A share of something is no amount.
        Reading::Amount(amount) if amount.percent => None,
        Reading::Amount(amount) => {
            let divisor = amount.unit.unwrap_or(scale).divisor();
            amount.cleaned().checked_div(divisor)
        }
        Reading::Blank | Reading::NotApplicable => return Ok(None),
        Reading::Text => None,
    };
    match value {
        Some(value) => Ok(Some(value.normalize())),
        None => Err(RosterError::Amount {
            row: row + 1,
            found: match amount::read_date(&cell.value, format, workbook.date_1904) {
                Some((year, month, day)) if format.date => format!("{year}-{month:02}-{day:02}"),
                _ => shown(sheet, cell.at),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbook::{Area, Cell, NumberFormat};

    fn workbook(cells: &[(u32, u32, Value)], merges: Vec<Area>) -> Workbook {
        let cells = cells.iter().map(|(row, col, value)| Cell {
            at: Addr::new(*row, *col),
            value: value.clone(),
            format: 0,
            formula: None,
        });
        Workbook {
            sheets: vec![Sheet {
                name: "名册".to_owned(),
                visible: true,
                cells: cells.collect(),
                merges,
                ..Sheet::default()
            }],
            formats: vec![NumberFormat::default()],
            ..Workbook::default()
        }
    }

    #[test]
    fn budgets_are_in_the_unit_that_is_said() {
        let budget = |line: &str, head: &str, figure: &str| {
            let text = |words: &str| Value::Text(words.into());
            let cells = [
                (0, 0, text(line)),
                (1, 0, text("单位名称")),
                (1, 1, text(head)),
                (2, 0, text("甲中心")),
                (2, 1, text(figure)),
            ];
            let roster = Roster::read(&workbook(&cells, Vec::new()), None).unwrap();
            roster.units[0].budget.unwrap().to_string()
        };
        assert_eq!(budget("名册", "批复预算", "318"), "318");
        assert_eq!(budget("名册", "批复预算（元）", "3180000"), "318");
        assert_eq!(budget("单位：元", "批复预算", "3180000"), "318");
        assert_eq!(budget("单位：元", "批复预算（万元）", "318"), "318");
        assert_eq!(budget("单位：元", "批复预算", "318万元"), "318");
        assert_eq!(budget("名册", "批复预算（亿元）", "0.0318"), "318");
        assert_eq!(budget("（单位：亿元）", "批复预算", "0.0318"), "318");
        assert_eq!(budget("名册（单位：千元）", "批复预算", "3180"), "318");
        assert_eq!(budget("名册", "批复预算（千元）", "3180"), "318");
        assert_eq!(budget("名册", "批复预算（百万元）", "3.18"), "318");
        assert_eq!(budget("填报单位：元江县财政局", "批复预算", "318"), "318");
    }

    /// Name, budget and number of projects of each unit.
    fn listed(roster: &Roster) -> Vec<(&str, Option<String>, usize)> {
        let units = roster.units.iter();
        units
            .map(|unit| {
                let budget = unit.budget.map(|budget| budget.to_string());
                (unit.name.as_str(), budget, unit.projects.len())
            })
            .collect()
    }

    #[test]
    fn rows_that_add_up_others_are_no_units_and_no_projects() {
        let text = |words: &str| Value::Text(words.into());
        let rows = [
            ["序号", "单位名称", "项目名称", "年初预算数"],
            ["1", "甲市水务局", "防汛", "10"],
            ["", "", "小计", "10"],
            ["", "甲市水务局合计", "", "10"],
            ["2", "甲市林业局", "", "50"],
            ["合计", "", "", "60"],
        ];
        let mut cells = Vec::new();
        for (row, texts) in (0..).zip(rows) {
            let filled = (0..).zip(texts).filter(|(_, words)| !words.is_empty());
            cells.extend(filled.map(|(col, words)| (row, col, text(words))));
        }
        let roster = Roster::read(&workbook(&cells, Vec::new()), None).unwrap();
        assert_eq!(
            listed(&roster),
            [
                ("甲市水务局", None, 1),
                ("甲市林业局", Some("50".into()), 0)
            ]
        );
    }

    #[test]
    fn a_unit_may_be_merged_over_its_projects_below_a_title() {
        let text = |words: &str| Value::Text(words.into());
        let number = |figure: &str| Value::Number(figure.parse().unwrap());
        let book = workbook(
            &[
                (0, 0, text("2023年项目预算")),
                (2, 0, text("序号")),
                (2, 1, text("预算单位")),
                (2, 2, text("项目\n名称")),
                (2, 3, text("年初预算数（万元）")),
                (3, 1, text("甲中心")),
                (3, 2, text("专项一")),
                (3, 3, number("8.88")),
                (4, 2, text("专项二")),
                (4, 3, number("3")),
                (5, 1, text("乙中心")),
                (5, 3, text("——")),
                (6, 1, text("甲中心")),
                (6, 3, number("300")),
            ],
            vec![Area {
                first: Addr::new(3, 1),
                last: Addr::new(4, 1),
            }],
        );
        let roster = Roster::read(&book, Some(2023)).unwrap();
        // A unit that comes up again is the same one.
        assert_eq!(
            listed(&roster),
            [("乙中心", None, 0), ("甲中心", Some("300".into()), 2)]
        );
    }

    #[test]
    fn a_budget_is_one_amount_and_neither_a_share_nor_a_day() {
        let text = |words: &str| Value::Text(words.into());
        let roster = |second: Value, format: NumberFormat| {
            let cells = [
                (0, 0, text("单位名称")),
                (0, 1, text("批复预算")),
                (1, 0, text("甲局")),
                (1, 1, text("318")),
                (2, 0, text("甲局")),
                (2, 1, second),
            ];
            let mut book = workbook(&cells, Vec::new());
            book.formats.push(format);
            book.sheets[0].cells[5].format = 1;
            Roster::read(&book, None)
        };
        let plain = NumberFormat::default;
        let number = |figure: &str| Value::Number(figure.parse().unwrap());
        assert!(roster(number("318.00"), plain()).is_ok());
        let refused = RosterError::TwoBudgets {
            row: 3,
            unit: "甲局".to_owned(),
            found: Decimal::from(50),
            before: Decimal::from(318),
        };
        assert_eq!(roster(number("50"), plain()), Err(refused));
        let no_amount = |found: &str| {
            Err(RosterError::Amount {
                row: 3,
                found: found.to_owned(),
            })
        };
        assert_eq!(roster(text("50%"), plain()), no_amount("50%"));
        let date = NumberFormat {
            date: true,
            ..plain()
        };
        assert_eq!(roster(number("45000"), date), no_amount("2023-03-15"));
    }

    #[test]
    fn an_error_is_not_the_unit_above() {
        let text = |words: &str| Value::Text(words.into());
        for column in 0..2 {
            let mut cells = vec![
                (0, 0, text("单位名称")),
                (0, 1, text("项目名称")),
                (1, 0, text("甲局")),
                (1, 1, text("维修")),
                (2, 0, text("乙局")),
                (2, 1, text("宣传")),
            ];
            cells[4 + column].2 = Value::Error("#N/A".into());
            let refused = RosterError::NoValue {
                row: 3,
                found: "#N/A".to_owned(),
            };
            assert_eq!(
                Roster::read(&workbook(&cells, Vec::new()), None),
                Err(refused)
            );
        }
    }
}
