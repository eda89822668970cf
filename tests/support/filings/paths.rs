//! Field paths: `附1.经费[三公,决算]`, `附2.指标[3].得分`, `附3#2.资金[总额,执行]`.
//!
//! | annex | figures | texts |
//! |---|---|---|
//! | 附1 | `人员[…]` `经费[行,栏]` `楼堂馆所[…]` | `经费[专项#1]` `厉行节约[措施]` `签字[…]` |
//! | 附2 | `资金[总额,栏]` `收入[…]` `支出[…]` `一级[产出指标]` `指标[i].分值` `指标[i].得分` `总分[…]` | `表头[单位]` `目标[预期]` `目标[完成]` `指标[i].二级` … `原因` `签字[…]` |
//! | 附3#k | the same, `资金[总额/财政/结转/其他,栏]`, without 收入 and 支出 | `表头[项目]` `表头[主管部门]` `表头[实施单位]` … |
//!
//! Everything is counted from 1. The rows 其他项目 and 专项 and the annex 附3 are numbered with
//! `#`; without a number the first is meant. `一级[…]` is the weight in the label of a
//! first-level indicator.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::filing::*;

/// Where a field is in a filing.
pub(crate) type Path = String;

/// A field of a filing.
enum Slot<'a> {
    Figure(&'a mut Figure),
    Text(&'a mut String),
}

type Slots<'a> = Vec<(Path, Slot<'a>)>;

impl Filing {
    /// Paths of all figures, blank ones included, in the order of the form.
    pub(crate) fn numeric_paths(&self) -> Vec<Path> {
        self.clone()
            .slots()
            .into_iter()
            .filter_map(|(path, slot)| slot.figure(path))
            .map(|f| f.0)
            .collect()
    }

    /// Paths of all texts.
    pub(crate) fn text_paths(&self) -> Vec<Path> {
        self.texts().into_keys().collect()
    }

    /// All figures by path.
    pub(crate) fn figures(&self) -> BTreeMap<Path, Figure> {
        self.clone()
            .slots()
            .into_iter()
            .filter_map(|(path, slot)| slot.figure(path))
            .collect()
    }

    /// All texts by path.
    pub(crate) fn texts(&self) -> BTreeMap<Path, String> {
        self.clone()
            .slots()
            .into_iter()
            .filter_map(|(path, slot)| slot.text(path))
            .collect()
    }

    /// The figure at `path`.
    pub(crate) fn get(&self, path: &str) -> Figure {
        match self.clone().slot(path) {
            Slot::Figure(figure) => *figure,
            Slot::Text(_) => panic!("{path} is a text"),
        }
    }

    /// The text at `path`.
    pub(crate) fn text(&self, path: &str) -> String {
        match self.clone().slot(path) {
            Slot::Figure(_) => panic!("{path} is a figure"),
            Slot::Text(text) => text.clone(),
        }
    }

    /// Writes a figure.
    pub(crate) fn set(&mut self, path: &str, value: Decimal) {
        self.put(path, Some(value));
    }

    /// Leaves a figure or a text blank.
    pub(crate) fn clear(&mut self, path: &str) {
        match self.slot(path) {
            Slot::Figure(figure) => *figure = None,
            Slot::Text(text) => text.clear(),
        }
    }

    /// Writes a figure or leaves it blank.
    pub(crate) fn put(&mut self, path: &str, value: Figure) {
        match self.slot(path) {
            Slot::Figure(figure) => *figure = value,
            Slot::Text(_) => panic!("{path} is a text"),
        }
    }

    /// Writes a text.
    pub(crate) fn set_text(&mut self, path: &str, value: &str) {
        match self.slot(path) {
            Slot::Figure(_) => panic!("{path} is a figure"),
            Slot::Text(text) => value.clone_into(text),
        }
    }

    fn slot(&mut self, path: &str) -> Slot<'_> {
        let path = canonical(path);
        let found = self.slots().into_iter().find(|(own, _)| *own == path);
        found.unwrap_or_else(|| panic!("no field {path}")).1
    }

    fn slots(&mut self) -> Slots<'_> {
        let mut slots = Vec::new();
        annex1(&mut self.annex1, &mut slots);
        annex2(&mut self.annex2, &mut slots);
        for (index, project) in self.projects.iter_mut().enumerate() {
            annex3(project, &format!("附3#{}", index + 1), &mut slots);
        }
        slots
    }
}

impl Slot<'_> {
    fn figure(self, path: Path) -> Option<(Path, Figure)> {
        match self {
            Slot::Figure(figure) => Some((path, *figure)),
            Slot::Text(_) => None,
        }
    }

    fn text(self, path: Path) -> Option<(Path, String)> {
        match self {
            Slot::Figure(_) => None,
            Slot::Text(text) => Some((path, text.clone())),
        }
    }
}

/// The path with its numbers: `附3.` is `附3#1.`, `[专项,` is `[专项#1,`.
pub(crate) fn canonical(path: &str) -> Path {
    let mut path = path.replace("附3.", "附3#1.");
    for row in REPEATED_ROWS {
        path = path.replace(&format!("[{row},"), &format!("[{row}#1,"));
        path = path.replace(&format!("[{row}]"), &format!("[{row}#1]"));
    }
    path
}

/// The name of a row of 经费控制情况 in paths; `number` counts the rows of its id.
pub(crate) fn fund_row(id: &str, number: usize) -> String {
    match REPEATED_ROWS.contains(&id) {
        true => format!("{id}#{number}"),
        false => id.to_owned(),
    }
}

fn line<'a>(slots: &mut Slots<'a>, block: &str, ids: &[&str], figures: &'a mut [Figure]) {
    for (id, figure) in ids.iter().zip(figures) {
        slots.push((format!("{block}[{id}]"), Slot::Figure(figure)));
    }
}

fn annex1<'a>(annex: &'a mut Annex1, slots: &mut Slots<'a>) {
    line(slots, "附1.人员", &STAFF, &mut annex.staff);
    let mut number = BTreeMap::new();
    for row in &mut annex.funds {
        let count: &mut usize = number.entry(row.id).or_default();
        *count += 1;
        let name = fund_row(row.id, *count);
        if REPEATED_ROWS.contains(&row.id) {
            slots.push((format!("附1.经费[{name}]"), Slot::Text(&mut row.name)));
        }
        for (column, figure) in FUND_COLUMNS.iter().zip(&mut row.cells) {
            slots.push((format!("附1.经费[{name},{column}]"), Slot::Figure(figure)));
        }
    }
    line(slots, "附1.楼堂馆所", &BUILDING, &mut annex.building);
    slots.push((
        "附1.厉行节约[措施]".to_owned(),
        Slot::Text(&mut annex.thrift),
    ));
    signature(&mut annex.sign, "附1", slots);
}

fn annex2<'a>(annex: &'a mut Annex2, slots: &mut Slots<'a>) {
    slots.push(("附2.表头[单位]".to_owned(), Slot::Text(&mut annex.unit)));
    money(&mut annex.money, "附2", "总额", slots);
    line(slots, "附2.收入", &INCOME, &mut annex.income);
    line(slots, "附2.支出", &SPENDING, &mut annex.spending);
    goals(&mut annex.goals, "附2", slots);
    indicators(&mut annex.table, "附2", slots);
    signature(&mut annex.sign, "附2", slots);
}

fn annex3<'a>(annex: &'a mut Annex3, name: &str, slots: &mut Slots<'a>) {
    slots.push((format!("{name}.表头[项目]"), Slot::Text(&mut annex.project)));
    slots.push((
        format!("{name}.表头[主管部门]"),
        Slot::Text(&mut annex.department),
    ));
    slots.push((
        format!("{name}.表头[实施单位]"),
        Slot::Text(&mut annex.performer),
    ));
    for (row, figures) in MONEY_ROWS.iter().zip(&mut annex.money) {
        money(figures, name, row, slots);
    }
    goals(&mut annex.goals, name, slots);
    indicators(&mut annex.table, name, slots);
    signature(&mut annex.sign, name, slots);
}

fn money<'a>(figures: &'a mut [Figure; 6], annex: &str, row: &str, slots: &mut Slots<'a>) {
    for (column, figure) in MONEY_COLUMNS.iter().zip(figures) {
        slots.push((
            format!("{annex}.资金[{row},{column}]"),
            Slot::Figure(figure),
        ));
    }
}

fn goals<'a>(goals: &'a mut [String; 2], annex: &str, slots: &mut Slots<'a>) {
    for (column, goal) in ["预期", "完成"].iter().zip(goals) {
        slots.push((format!("{annex}.目标[{column}]"), Slot::Text(goal)));
    }
}

fn indicators<'a>(table: &'a mut Indicators, annex: &str, slots: &mut Slots<'a>) {
    for group in &mut table.groups {
        slots.push((
            format!("{annex}.一级[{}]", group.name),
            Slot::Figure(&mut group.weight),
        ));
    }
    for (index, row) in table.rows.iter_mut().enumerate() {
        let place = format!("{annex}.指标[{}]", index + 1);
        slots.push((format!("{place}.二级"), Slot::Text(&mut row.second)));
        slots.push((format!("{place}.三级"), Slot::Text(&mut row.third)));
        slots.push((format!("{place}.目标"), Slot::Text(&mut row.target)));
        slots.push((format!("{place}.完成"), Slot::Text(&mut row.actual)));
        // A cell that is merged away cannot be filled.
        if row.share != Share::WeightAndScore {
            slots.push((format!("{place}.分值"), Slot::Figure(&mut row.weight)));
        }
        if row.share == Share::No {
            slots.push((format!("{place}.得分"), Slot::Figure(&mut row.score)));
        }
        slots.push((format!("{place}.原因"), Slot::Text(&mut row.reason)));
    }
    line(
        slots,
        &format!("{annex}.总分"),
        &["分值", "得分"],
        &mut table.totals,
    );
}

fn signature<'a>(sign: &'a mut Sign, annex: &str, slots: &mut Slots<'a>) {
    for (item, text) in [
        ("填表人", &mut sign.clerk),
        ("填报日期", &mut sign.date),
        ("联系电话", &mut sign.phone),
        ("负责人", &mut sign.head),
    ] {
        slots.push((format!("{annex}.签字[{item}]"), Slot::Text(text)));
    }
}
