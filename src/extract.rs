//! Cells to facts: the one place where what was typed becomes numbers, dates and words.

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::amount::{self, Amount, Reading};
use crate::catalog::{Annex, Block, Column, Form, Kind, Unit};
use crate::filing::{CellRef, Extra, Fact, Figure, Filing, ListRow, Seen, State, Table};
use crate::label;
use crate::locate::{LEVELS, Located, LocatedRow, LocatedTable, Place, UnitOf};
use crate::money::Scale;
use crate::quote;
use crate::workbook::{Cell, Value, Workbook};

/// Reads the located fields. A blank table of an annex that not everybody files is none: it
/// stands in the workbook that was handed out, and this filer has nothing to put there.
pub fn extract(workbook: &Workbook, form: &Form, located: &Located) -> Filing {
    let mut filing = Filing {
        sheets: workbook
            .sheets
            .iter()
            .map(|sheet| sheet.name.clone())
            .collect(),
        tables: Vec::with_capacity(located.tables.len()),
        blank: false,
    };
    let mut numbers = vec![0; form.annexes.len()];
    for found in &located.tables {
        let number = &mut numbers[found.annex];
        filing.tables.push(table(workbook, form, found, *number));
        *number += 1;
    }
    filing.blank = filing.tables.iter().all(|table| table.blank);
    if !filing.blank {
        let annexes = &form.annexes;
        filing
            .tables
            .retain(|table| annexes[table.annex].always || !table.blank);
        for annex in 0..annexes.len() {
            let tables = filing
                .tables
                .iter_mut()
                .filter(|table| table.annex == annex);
            tables
                .enumerate()
                .for_each(|(number, table)| table.number = number);
        }
    }
    filing
}

fn table(workbook: &Workbook, form: &Form, found: &LocatedTable, number: usize) -> Table {
    let annex = &form.annexes[found.annex];
    let (divisors, unit_cell) = divisors(annex, &found.unit_texts);
    let reader = Reader {
        workbook,
        sheet: found.sheet,
        divisors: &divisors,
    };
    let mut facts = Vec::with_capacity(annex.slots);
    for (index, block) in annex.blocks.iter().enumerate() {
        for row in 0..block.rows.len().max(1) {
            for (column, definition) in block.columns.iter().enumerate() {
                let place = found.slots[block.slot(row, column)].as_ref();
                facts.push(reader.fact(place, divisors[index][column], definition));
            }
        }
    }
    let extras: Vec<Extra> = found
        .extras
        .iter()
        .map(|extra| Extra {
            block: extra.block,
            row: extra.row,
            label: extra.label.clone(),
            facts: reader.facts(&extra.places, extra.block, &annex.blocks[extra.block]),
        })
        .collect();
    let above = std::iter::once(None).chain(found.rows.iter().map(Some));
    let rows: Vec<ListRow> = found
        .rows
        .iter()
        .zip(above)
        .map(|(row, above)| reader.list_row(row, above, &annex.blocks[row.block]))
        .collect();
    let mut table = Table {
        annex: found.annex,
        number,
        sheet: found.sheet,
        area: found.area,
        title: found.title.clone(),
        year: found.year,
        unit_cell,
        blank: rows.is_empty() && extras.is_empty() && is_blank(annex, &facts),
        facts,
        extras,
        rows,
        years: found.years.clone(),
        missing: found.missing.clone(),
        strangers: found.strangers.clone(),
        sums: found.sums.clone(),
        stand_ins: found.stand_ins.clone(),
    };
    for (index, block) in annex.blocks.iter().enumerate() {
        settle_digits(&mut table, index, block);
    }
    put_together(&mut table.rows, annex);
    table
}

/// Whether an indicator is there in name only: 不涉及 or dashes from its own name to its score.
fn is_not_applicable(facts: &[Fact], block: &Block) -> bool {
    let is_number = |column: &Column| column.unit.is_number();
    let Some(last) = block.columns.iter().rposition(is_number) else {
        return false;
    };
    let mut own = facts[..=last].iter().skip(LEVELS);
    let says_so = |fact: &Fact| {
        fact.state == State::NotApplicable
            || fact
                .text()
                .is_some_and(|text| amount::read_text(text) == Reading::NotApplicable)
    };
    let is_zero = |fact: &Fact| fact.number().is_some_and(|figure| figure.value.is_zero());
    !block.groups.is_empty()
        && own.clone().any(says_so)
        && own.all(|fact| says_so(fact) || is_zero(fact) || fact.is_blank())
}

/// Rows that share a weight or a score, as one row.
fn put_together(rows: &mut [ListRow], annex: &Annex) {
    let mut at = 0;
    while at < rows.len() {
        let below = rows[at + 1..].iter();
        let end = at + 1 + below.take_while(|row| row.is_covered()).count();
        if end > at + 1 {
            let shared = &rows[at..end];
            let columns = annex.blocks[rows[at].block].columns.iter().enumerate();
            let facts = columns.map(|(column, definition)| match definition.unit {
                Unit::Score => added(shared, column),
                _ => {
                    let facts = shared.iter().map(|row| &row.facts[column]);
                    let filled = facts.clone().find(|fact| !fact.is_blank());
                    filled.unwrap_or(&shared[0].facts[column]).clone()
                }
            });
            rows[at].together = Some(facts.collect());
        }
        at = end;
    }
}

/// The sum of a column of scores, each cell once; else what stands in place of a figure.
fn added(rows: &[ListRow], column: usize) -> Fact {
    let own = rows.iter().filter(|row| !row.covered.contains(&column));
    let mut sum = rows[0].facts[column].clone();
    for fact in own.skip(1).map(|row| &row.facts[column]) {
        let (State::Number(so_far), State::Number(figure)) = (&mut sum.state, &fact.state) else {
            return match sum.number() {
                Some(_) => fact.clone(),
                None => sum,
            };
        };
        // No figure is larger than amounts may be.
        so_far.value += figure.value;
        so_far.amount.value += figure.amount.value;
        so_far.amount.decimals = so_far.amount.decimals.max(figure.amount.decimals);
        sum.shown = shown(&so_far.amount);
    }
    sum
}

/// Whether the filer has put nothing into these fields. Signatures do not count, nor do the
/// weights that the form prints.
fn is_blank(annex: &Annex, facts: &[Fact]) -> bool {
    annex.blocks.iter().all(|block| {
        let count = block.columns.len() * block.rows.len().max(1);
        let facts = &facts[block.first_slot..block.first_slot + count];
        let mut facts = facts.iter().zip(block.columns.iter().cycle());
        block.kind == Kind::Line
            || facts.all(|(fact, column)| {
                column.unit == Unit::Score
                    || matches!(
                        fact.state,
                        State::Absent | State::Blank | State::NotApplicable
                    )
            })
    })
}

/// What amounts are divided by to be in 万元, by block and column; and the cell that says so.
fn divisors(annex: &Annex, texts: &[(UnitOf, Seen)]) -> (Vec<Vec<Decimal>>, Option<Seen>) {
    let named: Vec<(UnitOf, Decimal, &Seen)> = texts
        .iter()
        .filter_map(|(of, seen)| Some((*of, Scale::in_head(&seen.text)?.divisor(), seen)))
        .collect();
    let cell = named
        .iter()
        .find(|(_, divisor, _)| *divisor != Decimal::ONE);
    let cell = cell.map(|(.., seen)| (*seen).clone());
    let of = |wanted: UnitOf| {
        let found = named.iter().find(|(of, ..)| *of == wanted);
        found.map(|(_, divisor, _)| *divisor)
    };
    // Heads that name no unit have that of the corner, else that of the others where these agree.
    let own = |block: usize| {
        let mut heads = named
            .iter()
            .filter(|(of, ..)| matches!(of, UnitOf::Column(at, _) if *at == block))
            .map(|(_, divisor, _)| *divisor);
        let agreed = heads
            .next()
            .filter(|first| heads.all(|other| other == *first));
        of(UnitOf::Block(block)).or(agreed)
    };
    // Amounts behind labels have no head of their own: they are in the unit of the table, as its
    // heads say it before any line above.
    let headed = (0..annex.blocks.len()).find_map(own);
    let blocks = annex.blocks.iter().enumerate().map(|(index, block)| {
        let of_heads = own(index).or(headed.filter(|_| block.kind == Kind::Items));
        let whole = of_heads.or(of(UnitOf::Below(index)));
        let columns = block.columns.iter().enumerate();
        let divisors = columns.map(|(column, definition)| match definition.unit {
            Unit::Money => of(UnitOf::Column(index, column)).or(whole),
            _ => None,
        });
        let divisors = divisors.map(|divisor| divisor.unwrap_or(Decimal::ONE));
        divisors.collect()
    });
    (blocks.collect(), cell)
}

struct Reader<'a> {
    workbook: &'a Workbook,
    sheet: usize,
    divisors: &'a [Vec<Decimal>],
}

impl Reader<'_> {
    fn facts(&self, places: &[Option<Place>], index: usize, block: &Block) -> Vec<Fact> {
        places
            .iter()
            .zip(block.columns.iter().zip(&self.divisors[index]))
            .map(|(place, (column, divisor))| self.fact(place.as_ref(), *divisor, column))
            .collect()
    }

    /// A list row; figures of a cell merged over several rows count once.
    fn list_row(&self, row: &LocatedRow, above: Option<&LocatedRow>, block: &Block) -> ListRow {
        let mut facts = self.facts(&row.places, row.block, block);
        let not_applicable = is_not_applicable(&facts, block);
        let is_covered = |column: &usize| {
            let place = row.places[*column].as_ref();
            let above = above.filter(|above| above.block == row.block);
            block.columns[*column].unit == Unit::Score
                && place.is_some()
                && above.is_some_and(|above| above.places[*column].as_ref() == place)
        };
        let covered: Vec<usize> = (0..facts.len()).filter(is_covered).collect();
        for column in &covered {
            facts[*column].state = State::Blank;
        }
        ListRow {
            block: row.block,
            facts,
            group: row.group,
            covered,
            together: None,
            not_applicable,
        }
    }

    fn fact(&self, place: Option<&Place>, divisor: Decimal, column: &Column) -> Fact {
        let Some(place) = place else {
            return Fact::absent();
        };
        let cell_ref = CellRef {
            sheet: self.sheet,
            at: place.at,
        };
        let sheet = &self.workbook.sheets[self.sheet];
        let area = sheet.merge_at(place.at);
        let is_hidden = area.is_some_and(|area| area.first.row < place.at.row);
        // What stands below the first row of a merged area nobody sees.
        let cell = sheet.cell(place.at).filter(|_| !is_hidden);
        let mut fact = Fact {
            cell: Some(cell_ref),
            state: State::Blank,
            shown: Arc::default(),
            inline: place.part.is_some(),
            formula: cell.is_some_and(|cell| cell.formula.is_some()),
            divisor,
            quantity: None,
        };
        let Some(cell) = cell else { return fact };
        let part: Arc<str> = match (&cell.value, &place.part) {
            (Value::Text(text), Some(part)) => text.get(part.clone()).unwrap_or_default().into(),
            (Value::Text(text), None) => text.clone(),
            // As it is shown.
            (Value::Bool(true), _) => "TRUE".into(),
            (Value::Bool(false), _) => "FALSE".into(),
            _ => Arc::default(),
        };
        (fact.state, fact.shown) = self.state(cell, &part, divisor, column);
        if let Cow::Owned(shown) = quote::inner(&fact.shown) {
            fact.shown = shown.into();
        }
        if let (Unit::Quantity, State::Text(text)) = (column.unit, &fact.state) {
            fact.quantity = amount::read_quantity(text).map(Box::new);
        }
        fact
    }

    fn state(
        &self,
        cell: &Cell,
        part: &Arc<str>,
        divisor: Decimal,
        column: &Column,
    ) -> (State, Arc<str>) {
        let trimmed = || trimmed(part);
        match &cell.value {
            Value::Blank => return (State::Blank, Arc::default()),
            Value::Error(error) => return (State::Error(error.clone()), error.clone()),
            Value::Unreadable(text) => return (State::Unreadable(text.clone()), text.clone()),
            Value::Text(_) if part.chars().all(label::is_blank) => {
                return (State::Blank, Arc::default());
            }
            _ => {}
        }
        let format = &self.workbook.formats[usize::from(cell.format)];
        if column.unit == Unit::Date {
            let date = match &cell.value {
                Value::Text(_) => amount::read_date_text(part),
                value => amount::read_date(value, format, self.workbook.date_1904),
            };
            return match date {
                Some((year, month, day)) => {
                    let text: Arc<str> = format!("{year}-{month:02}-{day:02}").into();
                    (State::Text(text.clone()), text)
                }
                None if matches!(cell.value, Value::Number(_)) => self.words(cell, part, format),
                None => (State::Text(trimmed()), trimmed()),
            };
        }
        if !column.unit.is_number() {
            return self.words(cell, part, format);
        }
        let reading = match &cell.value {
            Value::Text(_) => amount::read_text(part),
            value => amount::read_value(value, format),
        };
        match reading {
            Reading::Blank => (State::Blank, Arc::default()),
            Reading::NotApplicable => (State::NotApplicable, trimmed()),
            Reading::Amount(amount) => {
                let shown = match &cell.value {
                    Value::Text(_) => trimmed(),
                    _ => shown(&amount),
                };
                match self.figure(amount, divisor, column.unit) {
                    Some(figure) => (State::Number(figure), shown),
                    None => (State::Unreadable(shown.clone()), shown),
                }
            }
            Reading::Text if label::is_placeholder_text(part) => (State::NotApplicable, trimmed()),
            Reading::Text => (State::Unreadable(trimmed()), trimmed()),
        }
    }

    /// Words; a number in a cell for words is shown as it is on screen.
    fn words(
        &self,
        cell: &Cell,
        part: &Arc<str>,
        format: &crate::workbook::NumberFormat,
    ) -> (State, Arc<str>) {
        let text: Arc<str> = match &cell.value {
            Value::Text(_) => trimmed(part),
            value => match amount::read_value(value, format) {
                Reading::Amount(amount) => shown(&amount),
                _ => return (State::Blank, Arc::default()),
            },
        };
        if text.len() <= 12 && matches!(&*label::normalise(&text), "-" | "—" | "——" | "/" | "×")
        {
            return (State::NotApplicable, text);
        }
        (State::Text(text.clone()), text)
    }

    /// `None` where it is too large to be a figure.
    fn figure(&self, amount: Amount, divisor: Decimal, unit: Unit) -> Option<Figure> {
        if amount.value.abs() > amount::LARGEST {
            return None;
        }
        let divisor = match unit {
            Unit::Money => amount.unit.map_or(divisor, Scale::divisor),
            _ => Decimal::ONE,
        };
        Some(Figure {
            value: amount.cleaned().checked_div(divisor)?.normalize(),
            digit: amount.digit().checked_div(divisor)?,
            divisor,
            amount,
        })
    }
}

/// Without white space at both ends; nearly always there is none.
fn trimmed(text: &Arc<str>) -> Arc<str> {
    let trimmed = text.trim_matches(label::is_blank);
    match trimmed.len() == text.len() {
        true => text.clone(),
        false => trimmed.into(),
    }
}

/// A number as the filer sees it.
pub fn shown(amount: &Amount) -> Arc<str> {
    let sign = if amount.percent { "%" } else { "" };
    let decimals = amount.decimals;
    let value = amount.value;
    let value = if value.scale() > decimals {
        crate::tolerance::round_half_away(value, decimals)
    } else {
        value
    };
    let mut value = value;
    value.rescale(decimals);
    format!("{value}{sign}").into()
}

/// A whole number, or one that lost its trailing zeros, has the digits of its neighbours: 1 in a
/// column of amounts with two decimals means 1.00. Elsewhere whole numbers are exact.
fn settle_digits(table: &mut Table, index: usize, block: &Block) {
    let first = block.first_slot;
    let count = block.columns.len() * block.rows.len().max(1);
    let columns = block.columns.len();
    let units: Vec<Unit> = block.columns.iter().map(|column| column.unit).collect();
    for unit in [Unit::Money, Unit::Area] {
        let of_unit = |position: usize| units[position % columns] == unit;
        let mut figures: Vec<&mut Figure> = Vec::new();
        let slots = table.facts[first..first + count].iter_mut().enumerate();
        figures.extend(
            slots
                .filter(|(at, _)| of_unit(*at))
                .filter_map(|(_, fact)| figure_of(fact)),
        );
        for extra in table.extras.iter_mut().filter(|extra| extra.block == index) {
            let facts = extra.facts.iter_mut().enumerate();
            figures.extend(
                facts
                    .filter(|(at, _)| of_unit(*at))
                    .filter_map(|(_, fact)| figure_of(fact)),
            );
        }
        for row in table.rows.iter_mut().filter(|row| row.block == index) {
            let facts = row.facts.iter_mut().enumerate();
            figures.extend(
                facts
                    .filter(|(at, _)| of_unit(*at))
                    .filter_map(|(_, fact)| figure_of(fact)),
            );
        }
        let most = figures
            .iter()
            .map(|figure| figure.amount.decimals)
            .max()
            .unwrap_or(0)
            .min(2);
        for figure in figures {
            let own = figure.amount.decimals;
            if most == 2 && own < most {
                // Each decimal more is a tenth of the digit.
                figure.digit *= Decimal::new(1, most - own);
            } else if own == 0 {
                figure.digit = Decimal::ZERO;
            }
        }
    }
    // Persons and scores are counted, not measured.
    let counted = |at: usize| matches!(units[at % columns], Unit::People | Unit::Score);
    let rows = table.rows.iter_mut().filter(|row| row.block == index);
    let in_rows = rows.flat_map(|row| row.facts.iter_mut().enumerate());
    let slots = table.facts[first..first + count].iter_mut().enumerate();
    for (_, fact) in slots.chain(in_rows).filter(|(at, _)| counted(*at)) {
        if let Some(figure) = figure_of(fact) {
            figure.digit = Decimal::ZERO;
        }
    }
}

fn figure_of(fact: &mut Fact) -> Option<&mut Figure> {
    match &mut fact.state {
        State::Number(figure) => Some(figure),
        _ => None,
    }
}
