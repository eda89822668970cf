//! 数据汇总: every figure of every table as typed data, one row a unit, a project, an indicator,
//! or a figure of another list.

use foldhash::HashMap;
use rayon::prelude::*;
use rust_decimal::Decimal;
use rust_xlsxwriter::Workbook;

use super::style::{self, Tone};
use super::table::{Cell, Column, Plan, Total};
use super::{Sources, SummaryError, unit_name};
use crate::batch::record::{FactRecord, FieldKind, FieldRecord};
use crate::batch::store::{Facts, Store, StoreError, TableRow};
use crate::catalog::Form;
use crate::lang::Lang;
use crate::report::printable;

/// What the rows of a sheet are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unit,
    Project,
    Indicator,
    Entry,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Unit, Self::Project, Self::Indicator, Self::Entry];

    /// The name of the sheet, and what it holds.
    fn words(self, sources: &Sources<'_>) -> (&'static str, &'static str) {
        let lang = sources.options.lang;
        match self {
            Self::Unit => (
                lang.pick("数据-单位", "Data-units"),
                lang.pick("数据汇总：一行一个单位", "Data: one row a unit"),
            ),
            Self::Project => (
                lang.pick("数据-项目", "Data-projects"),
                lang.pick("数据汇总：一行一个项目", "Data: one row a project"),
            ),
            Self::Indicator => (
                lang.pick("数据-指标", "Data-indicators"),
                lang.pick("数据汇总：一行一个指标", "Data: one row an indicator"),
            ),
            Self::Entry => (
                lang.pick("数据-明细", "Data-entries"),
                lang.pick(
                    "数据汇总：科目、险种等各行，一行一个数",
                    "Data: other lists, one row an entry",
                ),
            ),
        }
    }
}

/// A sheet that was written: name, what it holds, rows.
pub(super) type Written = (String, String, u32);

pub(super) fn write(
    sources: &Sources<'_>,
    book: &mut Workbook,
) -> Result<Vec<Written>, SummaryError> {
    let forms = sources.store.forms()?;
    let forms = forms.iter().filter_map(|form| sources.catalog.form(form));
    let mut written = Vec::new();
    for (number, form) in (1..).zip(forms) {
        let data = Data::of(sources, form)?;
        let mut plans: Vec<(Kind, String, Plan)> = Vec::new();
        for kind in Kind::ALL {
            let (name, title) = kind.words(sources);
            let name = match number {
                1 => name.to_owned(),
                number => format!("{name}·{number}"),
            };
            let title = format!("{title} · {}", form.name);
            let plan = Plan::new(sources.options.lang, &name, &title, data.columns(kind));
            let plan = plan.with_lines(None);
            plans.push((kind, name, plan));
        }
        data.rows(sources.store, &mut |kind, cells| {
            let plan = plans.iter_mut().find(|(own, ..)| *own == kind);
            if let Some((.., plan)) = plan {
                plan.count(cells);
            }
            Ok(())
        })?;
        let mut pages = Vec::new();
        for (kind, name, plan) in plans {
            // A form without projects has no sheet of projects.
            if plan.rows() > 0 {
                let title = kind.words(sources).1.to_owned();
                written.push((name, title, plan.rows()));
                pages.push((kind, plan.open(book)?));
            }
        }
        data.rows(sources.store, &mut |kind, cells| {
            let page = pages.iter_mut().find(|(own, _)| *own == kind);
            if let Some((_, page)) = page {
                page.put(cells)?;
            }
            Ok(())
        })?;
        for (_, page) in pages {
            page.finish(book);
        }
    }
    Ok(written)
}

/// Takes the rows of all sheets, as they come.
type Visit<'v> = dyn FnMut(Kind, &[Cell]) -> Result<(), SummaryError> + 'v;

/// The data of one form set: which field stands in which column.
struct Data<'a> {
    lang: Lang,
    form: &'a Form,
    fields: Vec<FieldRecord>,
    /// Index into `fields`, by annex, then by field.
    by_name: HashMap<String, HashMap<String, usize>>,
    /// Fields of the sheet of units, and of projects; where each stands.
    units: Vec<usize>,
    projects: Vec<usize>,
    /// Columns of the sheet of indicators: annexes share those of the same words.
    indicators: Vec<(String, String)>,
}

/// Where a row comes from: unit, department.
const WHOSE: usize = 2;

/// Tables of which rows are made at a time.
const CHUNK: usize = 512;

type Row = (Kind, Vec<Cell>);

/// What is made of one table.
struct Made {
    /// Its part of the row of its unit.
    unit: Vec<Cell>,
    /// Rows of its own.
    rows: Vec<Row>,
}

/// The row of a unit while its tables come one after the other: those that are of no project
/// stand in one row.
#[derive(Default)]
struct UnitRow {
    id: Option<i64>,
    cells: Vec<Cell>,
}

impl UnitRow {
    fn add(
        &mut self,
        id: i64,
        cells: Vec<Cell>,
        visit: &mut Visit<'_>,
    ) -> Result<(), SummaryError> {
        if self.id != Some(id) {
            self.end(visit)?;
            self.id = Some(id);
        }
        if self.cells.len() < cells.len() {
            self.cells.resize(cells.len(), Cell::Blank);
        }
        for (own, new) in self.cells.iter_mut().zip(cells) {
            if matches!(own, Cell::Blank) {
                *own = new;
            }
        }
        Ok(())
    }

    /// All tables of the unit have come.
    fn end(&mut self, visit: &mut Visit<'_>) -> Result<(), SummaryError> {
        let cells = std::mem::take(&mut self.cells);
        // Projects alone have rows of their own.
        match cells.len() > WHOSE {
            true => visit(Kind::Unit, &cells),
            false => Ok(()),
        }
    }
}

impl<'a> Data<'a> {
    fn of(sources: &Sources<'_>, form: &'a Form) -> Result<Self, SummaryError> {
        let fields = sources.store.fields(&form.id)?;
        let mut by_name: HashMap<String, HashMap<String, usize>> = HashMap::default();
        for (at, field) in fields.iter().enumerate() {
            let of_annex = by_name.entry(field.annex.clone()).or_default();
            of_annex.insert(field.field.clone(), at);
        }
        let mut data = Self {
            lang: sources.options.lang,
            form,
            by_name,
            units: Vec::new(),
            projects: Vec::new(),
            indicators: Vec::new(),
            fields: Vec::new(),
        };
        for (at, field) in fields.iter().enumerate() {
            match (field.kind, data.is_project(&field.annex)) {
                (FieldKind::Single, false) => data.units.push(at),
                (FieldKind::Single, true) => data.projects.push(at),
                (FieldKind::Indicator, _) => {
                    let column = (field.label.clone(), field.unit.clone());
                    if !data.indicators.contains(&column) {
                        data.indicators.push(column);
                    }
                }
                (FieldKind::Row, _) => {}
            }
        }
        data.fields = fields;
        Ok(data)
    }

    fn is_project(&self, annex: &str) -> bool {
        self.form
            .annexes
            .iter()
            .any(|own| own.id == annex && own.repeat)
    }

    fn annex_name(&self, annex: &str) -> String {
        let own = self.form.annexes.iter().find(|own| own.id == annex);
        own.map_or_else(String::new, |own| {
            crate::check::with_years(&format!("{} {}", own.name, own.title), self.form.year)
        })
    }

    fn columns(&self, kind: Kind) -> Vec<Column> {
        let text = |zh, en, width| Column::text(self.lang.pick(zh, en), width);
        let mut columns = vec![
            text("单位", "Unit", 28.0),
            text("主管部门", "Department", 18.0),
        ];
        let own = |fields: &[usize]| {
            let own = fields.iter().map(|at| {
                let field = &self.fields[*at];
                Column {
                    group: self.annex_name(&field.annex),
                    ..typed(&field.label, &field.unit)
                }
            });
            own.collect::<Vec<Column>>()
        };
        match kind {
            Kind::Unit => columns.extend(own(&self.units)),
            Kind::Project => {
                columns.push(text("工作表", "Sheet", 14.0));
                columns.extend(own(&self.projects));
                columns.push(text("文件", "File", 40.0));
            }
            Kind::Indicator => {
                columns.push(text("附件", "Annex", 9.0));
                columns.push(text("项目", "Project", 24.0));
                columns.push(text("序号", "Number", 6.0));
                let typed = self
                    .indicators
                    .iter()
                    .map(|(label, unit)| typed(label, unit));
                columns.extend(typed);
                columns.push(text("文件", "File", 40.0));
            }
            Kind::Entry => {
                columns.push(text("附件", "Annex", 9.0));
                columns.push(text("项目", "Project", 24.0));
                columns.push(text("行", "Row", 6.0));
                columns.push(text("这一行是", "Of", 24.0));
                columns.push(text("栏目", "Column", 24.0));
                columns.push(Column {
                    format: style::MONEY,
                    ..text("数", "Number", 14.0)
                });
                columns.push(text("计量单位", "Unit of measure", 9.0));
                columns.push(text("文字", "Text", 24.0));
                columns.push(text("字段", "Field", 20.0));
                columns.push(text("工作表", "Sheet", 14.0));
                columns.push(text("单元格", "Cell", 8.0));
                columns.push(text("文件", "File", 40.0));
            }
        }
        columns
    }

    fn whose(&self, table: &TableRow) -> Vec<Cell> {
        vec![
            Cell::text(printable(&unit_name(self.lang, &table.unit))),
            Cell::text(printable(table.department.as_deref().unwrap_or_default())),
        ]
    }

    /// Visits the rows of all sheets, unit by unit.
    fn rows(&self, store: &Store, visit: &mut Visit<'_>) -> Result<(), SummaryError> {
        let mut unit = UnitRow::default();
        let mut chunk: Vec<(TableRow, Facts)> = Vec::with_capacity(CHUNK);
        store.each_table_unread(&self.form.id, |table, facts| {
            chunk.push((table, facts));
            match chunk.len() < CHUNK {
                true => Ok(()),
                false => self.visit_tables(&mut chunk, &mut unit, visit),
            }
        })?;
        self.visit_tables(&mut chunk, &mut unit, visit)?;
        unit.end(visit)
    }

    /// Makes rows of tables on all cores, and visits them in order.
    fn visit_tables(
        &self,
        chunk: &mut Vec<(TableRow, Facts)>,
        unit: &mut UnitRow,
        visit: &mut Visit<'_>,
    ) -> Result<(), SummaryError> {
        let made = std::mem::take(chunk)
            .into_par_iter()
            .map(|(mut table, facts)| {
                table.facts = facts.read()?;
                Ok((table.unit_id, self.made(&table)))
            });
        let made: Vec<Result<(i64, Made), StoreError>> = made.collect();
        for made in made {
            let (id, made) = made?;
            unit.add(id, made.unit, visit)?;
            for (kind, row) in &made.rows {
                visit(*kind, row)?;
            }
        }
        Ok(())
    }

    fn made(&self, table: &TableRow) -> Made {
        let mut made = Made {
            unit: self.whose(table),
            rows: Vec::new(),
        };
        if self.is_project(&table.annex) {
            let mut row = self.whose(table);
            row.push(Cell::text(printable(&table.sheet)));
            let first = row.len();
            row.resize(first + self.projects.len(), Cell::Blank);
            self.fill(table, &self.projects, &mut row[first..]);
            row.push(Cell::text(printable(&table.path)));
            made.rows.push((Kind::Project, row));
        } else {
            made.unit.resize(WHOSE + self.units.len(), Cell::Blank);
            self.fill(table, &self.units, &mut made.unit[WHOSE..]);
        }
        self.lists(table, &mut made.rows);
        made
    }

    fn field(&self, table: &TableRow, fact: &FactRecord) -> Option<usize> {
        self.by_name.get(&table.annex)?.get(&fact.0).copied()
    }

    /// Puts the figures that have a place of their own into their columns.
    fn fill(&self, table: &TableRow, fields: &[usize], cells: &mut [Cell]) {
        for fact in table.facts.iter().filter(|fact| fact.1 == 0) {
            let column = self
                .field(table, fact)
                .map(|field| fields.binary_search(&field));
            if let Some(Ok(column)) = column
                && matches!(cells[column], Cell::Blank)
            {
                cells[column] = value(fact, &self.fields[fields[column]].unit);
            }
        }
    }

    /// Rows of lists, list by list.
    fn lists(&self, table: &TableRow, rows: &mut Vec<Row>) {
        let block = |fact: &'_ FactRecord| fact.0.find('[').unwrap_or(fact.0.len());
        let mut blocks = Vec::new();
        let mut of_lists = Vec::new();
        for fact in table.facts.iter().filter(|fact| fact.1 > 0) {
            let own = &fact.0[..block(fact)];
            let at = blocks.iter().position(|other| *other == own);
            of_lists.push((at.unwrap_or(blocks.len()), fact));
            if at.is_none() {
                blocks.push(own);
            }
        }
        // The names of rows that were inserted into a grid are kept after its figures.
        of_lists.sort_by_key(|(block, fact)| (*block, fact.1));
        for row in of_lists.chunk_by(|a, b| (a.0, a.1.1) == (b.0, b.1.1)) {
            let row: Vec<&FactRecord> = row.iter().map(|(_, fact)| *fact).collect();
            let row = row.as_slice();
            let fields: Vec<Option<usize>> =
                row.iter().map(|fact| self.field(table, fact)).collect();
            let first = fields.iter().flatten().next();
            let kind = first.map(|field| self.fields[*field].kind);
            match kind {
                Some(FieldKind::Indicator) => rows.push(self.indicator(table, row, &fields)),
                Some(_) => self.entries(table, row, &fields, rows),
                None => {}
            }
        }
    }

    fn indicator(&self, table: &TableRow, row: &[&FactRecord], fields: &[Option<usize>]) -> Row {
        let mut cells = self.whose(table);
        cells.push(Cell::text(&table.annex));
        cells.push(Cell::text(printable(
            table.project.as_deref().unwrap_or_default(),
        )));
        cells.extend(
            row.first()
                .map(|fact| Cell::Number(Decimal::from(fact.1), Tone::Plain)),
        );
        let first = cells.len();
        cells.resize(first + self.indicators.len(), Cell::Blank);
        for (fact, field) in row.iter().zip(fields) {
            let Some(field) = field.map(|field| &self.fields[field]) else {
                continue;
            };
            let same =
                |(label, unit): &(String, String)| *label == field.label && *unit == field.unit;
            if let Some(column) = self.indicators.iter().position(same) {
                cells[first + column] = value(fact, &field.unit);
            }
        }
        cells.push(Cell::text(printable(&table.path)));
        (Kind::Indicator, cells)
    }

    fn entries(
        &self,
        table: &TableRow,
        row: &[&FactRecord],
        fields: &[Option<usize>],
        rows: &mut Vec<Row>,
    ) {
        let words = row.iter().zip(fields).filter_map(|(fact, field)| {
            let field = &self.fields[(*field)?];
            field.unit.is_empty().then_some(fact.2.as_str())
        });
        let words: Vec<&str> = words.collect();
        let words = words.join(" ");
        for (fact, field) in row.iter().zip(fields) {
            let Some(field) = field.map(|field| &self.fields[field]) else {
                continue;
            };
            let mut cells = self.whose(table);
            cells.push(Cell::text(&table.annex));
            cells.push(Cell::text(printable(
                table.project.as_deref().unwrap_or_default(),
            )));
            cells.push(Cell::Number(Decimal::from(fact.1), Tone::Plain));
            cells.push(Cell::text(&words));
            cells.push(Cell::text(&field.label));
            let number = (!field.unit.is_empty()).then(|| fact.2.parse::<Decimal>().ok());
            let [number, text] = match number.flatten() {
                Some(number) => [Cell::Number(number, Tone::Plain), Cell::Blank],
                None => [Cell::Blank, Cell::text(&fact.2)],
            };
            cells.push(number);
            cells.push(Cell::text(&field.unit));
            cells.push(text);
            cells.push(Cell::text(&fact.0));
            cells.push(Cell::text(printable(&table.sheet)));
            cells.push(Cell::text(&fact.3));
            cells.push(Cell::text(printable(&table.path)));
            rows.push((Kind::Entry, cells));
        }
    }
}

/// A column of a field.
fn typed(label: &str, unit: &str) -> Column {
    let label = label.replace('\n', "");
    match unit {
        "" => Column::text(&label, 20.0),
        "%" => Column {
            format: style::of_unit(unit),
            ..Column::text(&format!("{label}（%）"), 11.0)
        },
        unit => Column {
            format: style::of_unit(unit),
            total: Total::Sum,
            ..Column::text(&format!("{label}（{unit}）"), 13.0)
        },
    }
}

/// A value as a cell: percent points as the ratio that the format of the column shows.
fn value(fact: &FactRecord, unit: &str) -> Cell {
    let number = (!unit.is_empty()).then(|| fact.2.parse::<Decimal>().ok());
    match (number.flatten(), unit) {
        (Some(number), "%") => Cell::Number(number / Decimal::ONE_HUNDRED, Tone::Plain),
        (Some(number), _) => Cell::Number(number, Tone::Plain),
        (None, _) => Cell::text(one_name(&fact.2)),
    }
}

/// The longest text that is a name, in letters.
const LONGEST_NAME: usize = 24;

/// Names without the line breaks that made them fit into narrow cells: the same ones are counted
/// together.
fn one_name(text: &str) -> String {
    match text.chars().nth(LONGEST_NAME) {
        None => text.split(['\r', '\n']).map(str::trim).collect(),
        Some(_) => text.to_owned(),
    }
}
