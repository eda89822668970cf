//! Lists: indicator tables and tables of accounts, as many rows as the filer needs.

use super::blocks::{Work, missing};
use super::heads::Heads;
use super::marks::{Mark, anchor, is_filled, is_number, is_shown, of_row};
use super::sums::{Is, Sum, Sums, Weights, without_weight};
use super::{LocatedRow, Place};
use crate::catalog::{Annex, Block, Form, Kind, LabelUse, Unit};
use crate::filing::MissingLabel;
use crate::label;
use crate::workbook::{Addr, Area, Sheet, Value};

/// The columns that an indicator shares with those beside it: the first two levels.
pub(crate) const LEVELS: usize = 2;

/// Locates the rows of a list and its total row.
pub(super) fn list(work: &mut Work<'_>, index: usize, block: &Block) {
    let Some(heads) = work.heads(index, block) else {
        work.table.missing.push(missing(index, block, None, None));
        return;
    };
    let lines = Lines::of(work.form, block, &heads);
    let sums = Sums::of(work.annex, index, block, &heads);
    let is_indicators = !block.groups.is_empty();
    let mut last: Vec<Option<Addr>> = vec![None; block.columns.len()];
    let mut group = None;
    let mut rows: Vec<LocatedRow> = Vec::new();
    let mut total = Total::default();
    let mut weights = Weights::default();
    let mut is_over = false;
    // Rows below what may be the total.
    let mut left: Vec<LocatedRow> = Vec::new();
    let below = |row: u32| work.sheet.cells.partition_point(|cell| cell.at.row <= row);
    let (from, to) = (below(heads.rows.1), below(work.region.rows.1));
    let cells = work.sheet.cells.get(from..to).unwrap_or_default();
    for of_row in cells.chunk_by(|a, b| a.at.row == b.at.row) {
        let row = of_row[0].at.row;
        if let Some(sum) = sums.as_ref().and_then(|sums| sums.at(work, row, &weights)) {
            work.taken.insert(sum.mark);
            weights.end_part();
            total.see(work, sum);
            if is_indicators && (total.is_own || is_over) {
                break;
            }
            continue;
        }
        if lines.has(work, row) {
            // The total may stand below a note, but indicators may not.
            is_over = is_indicators && total.mark.is_none() && lines.is_note(work, row);
            if is_over {
                continue;
            }
            break;
        }
        if is_over {
            break;
        }
        if repeats_heads(work, index, &heads, row) {
            continue;
        }
        if is_indicators && let Some(at) = merged_over_figures(work, block, &heads, row) {
            // The name of a part is that of the rows below it; a remark is nobody's.
            if let Some(named) = part_named(work, block, at) {
                group = Some(named);
                last[..LEVELS].copy_from_slice(&[Some(at), None]);
            }
            continue;
        }
        let Some(located) = list_row(work, index, block, &heads, row, &mut last, &mut group) else {
            continue;
        };
        if !is_indicators && !has_code(work, &located) && !has_figure(work, block, &located, &heads)
        {
            continue;
        }
        if is_indicators {
            weights.add(work, block, &located);
        }
        if is_indicators && total.mark.is_some() {
            if !is_whole(work, block, &located, row) {
                left.push(located);
                continue;
            }
            total.was_a_part(rows.len());
            rows.append(&mut left);
        }
        rows.push(located);
    }
    if block.foot.is_some() {
        match total.mark.filter(|_| !total.is_of_the_last_part(&rows)) {
            Some(mark) => foot(work, block, &heads, mark),
            None => work.table.missing.push(missing_foot(index, block)),
        }
    }
    work.table.rows.append(&mut rows);
}

/// The total row, as far as it is known.
#[derive(Default)]
struct Total {
    /// Its label.
    mark: Option<usize>,
    /// It is the form's own label.
    is_own: bool,
    /// A sum of the last part stands right above it.
    is_second: bool,
    /// Where the rows begin that stand below the last sum of a part of the same name.
    since: Option<usize>,
}

impl Total {
    fn see(&mut self, work: &Work<'_>, sum: Sum) {
        let is_below = |mark: usize| {
            let above = work.marks[mark].span.last.row;
            work.marks[sum.mark].at.row == above + 1
        };
        match (sum.is, self.mark) {
            (Is::Part, _) => {}
            (Is::Total, _) if !self.is_own => {
                self.mark = Some(sum.mark);
                self.is_own = true;
            }
            (Is::TotalOrPart, None) => self.mark = Some(sum.mark),
            (Is::TotalOrPart, Some(mark)) if !self.is_own && is_below(mark) => {
                self.mark = Some(sum.mark);
                self.is_second = true;
            }
            _ => {}
        }
    }

    /// Indicators go on behind what seemed to be the total.
    fn was_a_part(&mut self, rows: usize) {
        *self = Self {
            since: Some(rows),
            ..Self::default()
        };
    }

    /// Where parts have sums that are called like the total, the last one may be a part's too.
    fn is_of_the_last_part(&self, rows: &[LocatedRow]) -> bool {
        let Some(since) = self.since.filter(|_| !self.is_own && !self.is_second) else {
            return false;
        };
        let mut groups = rows[since..].iter().map(|row| row.group);
        let first = groups.next();
        groups.all(|group| Some(group) == first)
    }
}

/// Whether a row has all that an indicator has: a target or a result, and a weight or a score.
fn is_whole(work: &Work<'_>, block: &Block, located: &LocatedRow, row: u32) -> bool {
    let places = located.places.iter().zip(&block.columns);
    let has = |unit: Unit, is: fn(&Sheet, Addr) -> bool| {
        let of_unit = places.clone().filter(|(_, column)| column.unit == unit);
        let mut headed = of_unit.filter_map(|(place, _)| place.as_ref()).peekable();
        headed.peek().is_none()
            || headed.any(|place| place.at.row == row && is(work.sheet, place.at))
    };
    has(Unit::Quantity, is_filled) && has(Unit::Score, is_number)
}

/// Whether a row begins with the code of an account.
fn has_code(work: &Work<'_>, located: &LocatedRow) -> bool {
    let first = located.places.iter().flatten().next();
    let cell = first.and_then(|place| work.sheet.cell(place.at));
    cell.is_some_and(|cell| match &cell.value {
        Value::Text(text) => label::normalise(text).starts_with(|c: char| c.is_ascii_digit()),
        Value::Number(_) => true,
        _ => false,
    })
}

/// Whether something stands in the columns of figures; a text merged over them from the left, such
/// as 「本单位无此项支出」, does not.
fn has_figure(work: &Work<'_>, block: &Block, located: &LocatedRow, heads: &Heads) -> bool {
    let columns = block.columns.iter().zip(&heads.spans).zip(&located.places);
    let mut figures = columns.filter(|((column, _), _)| column.unit.is_number());
    figures.any(|((_, span), place)| match (span, place) {
        (Some(span), Some(place)) => {
            place.at.col >= span.first.col && is_filled(work.sheet, place.at)
        }
        _ => false,
    })
}

/// The text that is merged over all columns of figures from the left: a line of its own.
fn merged_over_figures(work: &Work<'_>, block: &Block, heads: &Heads, row: u32) -> Option<Addr> {
    let columns = block.columns.iter().zip(&heads.spans);
    let figures = columns.filter(|(column, _)| column.unit.is_number());
    let mut spans = figures.filter_map(|(_, span)| *span);
    let over = |span: Area| {
        let at = anchor(work.sheet, Addr::new(row, span.first.col));
        (at.row == row && at.col < span.first.col).then_some(at)
    };
    let at = over(spans.next()?)?;
    let is_text = matches!(&work.sheet.cell(at)?.value, Value::Text(_));
    (is_text && is_filled(work.sheet, at) && spans.all(|span| over(span) == Some(at))).then_some(at)
}

/// The part whose name is all that a cell says: 「产出指标（50分）」.
fn part_named(work: &Work<'_>, block: &Block, at: Addr) -> Option<usize> {
    let mark = of_row(work.marks, at.row).find(|mark| work.marks[*mark].at == at)?;
    let key = without_weight(&work.marks[mark].key);
    block.groups.iter().position(|group| group.key == key)
}

/// The fields of the total row.
fn foot(work: &mut Work<'_>, block: &Block, heads: &Heads, mark: usize) {
    let label = work.marks[mark].span;
    for (column, span) in heads.spans.iter().enumerate() {
        let Some(span) = span.filter(|span| span.first.col > label.last.col) else {
            continue;
        };
        let rows = (label.first.row, label.last.row);
        let place = work.value_at(rows, (span.first.col, span.last.col));
        work.table.slots[block.slot(0, column)] = Some(place);
    }
}

fn missing_foot(index: usize, block: &Block) -> MissingLabel {
    let missing = missing(index, block, None, None);
    match &block.foot {
        Some(foot) => MissingLabel {
            label: foot.label.words.clone(),
            ..missing
        },
        None => missing,
    }
}

/// What a list ends at: the signature line, or a note. It is a line of its own; a cell of an
/// indicator may begin with the same words.
struct Lines<'a> {
    /// The keys of the labels of signature lines.
    labels: Vec<&'a str>,
    /// The heads of the scores.
    scores: Vec<Area>,
    first_column: u32,
}

impl<'a> Lines<'a> {
    /// Those of all annexes: some have no signature line of their own, but are signed all the same.
    fn of(form: &'a Form, block: &Block, heads: &Heads) -> Self {
        let of_annex = |annex: &'a Annex| {
            let is_line_label = |here: &LabelUse| match here {
                LabelUse::Column { block, .. } => annex.blocks[*block].kind == Kind::Line,
                _ => false,
            };
            let labels = annex.labels.iter();
            let labels = labels.filter(move |(_, uses)| uses.iter().any(is_line_label));
            labels.map(|(key, _)| key.as_str())
        };
        let spans = heads.spans.iter().zip(&block.columns);
        Self {
            labels: form.annexes.iter().flat_map(of_annex).collect(),
            scores: spans
                .filter(|(_, column)| column.unit == Unit::Score)
                .filter_map(|(span, _)| *span)
                .collect(),
            first_column: heads.first_column(),
        }
    }

    fn has(&self, work: &Work<'_>, row: u32) -> bool {
        let shown = |mark: &&Mark| is_shown(work.sheet, mark.at);
        let mut texts = of_row(work.marks, row)
            .map(|mark| &work.marks[mark])
            .filter(shown);
        let Some(first) = texts.next() else {
            return false;
        };
        let stands_left = first.at.col <= self.first_column;
        // A reason may begin with the same words.
        let stands_before = self.scores.iter().all(|span| first.at.col < span.first.col);
        let begins = self.is_label(first);
        let labels = usize::from(begins) + texts.filter(|mark| self.is_label(mark)).count();
        let scores = self.scores.iter().filter(|span| {
            let (place, _) = cell_of(work, row, (span.first.col, span.last.col));
            is_number(work.sheet, place.at)
        });
        match scores.count() {
            0 if stands_left && (self.begins(first) || is_note(first)) => true,
            0 => labels > 0 || stands_before && is_note(first) && is_alone(work.sheet, row),
            // A telephone number may stand below a head, but not below two that are neighbours.
            1 => stands_left && begins || labels > 1,
            _ => false,
        }
    }

    /// Whether a line is a note, and nothing is signed on it.
    fn is_note(&self, work: &Work<'_>, row: u32) -> bool {
        let mut texts = of_row(work.marks, row).map(|mark| &work.marks[mark]);
        texts.clone().next().is_some_and(is_note) && !texts.any(|mark| self.is_label(mark))
    }

    fn begins(&self, mark: &Mark) -> bool {
        self.labels.iter().any(|key| mark.key.starts_with(key))
    }

    /// Whether a text is a label of a signature line, with or without a value behind it.
    fn is_label(&self, mark: &Mark) -> bool {
        let key = mark.part.as_ref().map_or(&*mark.key, |part| &*part.key);
        self.labels.contains(&key)
    }
}

/// A key has no 注： any more, which counts as an ordinal.
fn is_note(mark: &Mark) -> bool {
    let text = mark.text.trim_matches(label::is_blank);
    let words = ["备注", "说明", "注意"];
    // 注册人数： is no note.
    let short = text.strip_prefix('注');
    let is_short = short.is_some_and(|rest| !rest.starts_with(char::is_alphabetic));
    (is_short || words.iter().any(|word| text.starts_with(word))) && text.contains([':', '：'])
}

fn is_alone(sheet: &Sheet, row: u32) -> bool {
    let cells = sheet.row(row).iter().map(|cell| cell.at);
    cells.filter(|at| is_shown(sheet, *at)).nth(1).is_none()
}

/// Fewer heads in one row may be words of an indicator.
const FEWEST_HEADS: usize = 3;

/// Whether a row is the heads once more, as on each page of a printed table.
fn repeats_heads(work: &Work<'_>, index: usize, heads: &Heads, row: u32) -> bool {
    let is_head = |mark: &usize| {
        let at = work.marks[*mark].at;
        work.uses[*mark].iter().any(|here| match here {
            LabelUse::Column { block, column } if *block == index => {
                let span = heads.spans.get(*column).copied().flatten();
                span.is_some_and(|span| (span.first.col..=span.last.col).contains(&at.col))
            }
            _ => false,
        })
    };
    of_row(work.marks, row).filter(is_head).count() >= FEWEST_HEADS
}

fn list_row(
    work: &Work<'_>,
    index: usize,
    block: &Block,
    heads: &Heads,
    row: u32,
    last: &mut [Option<Addr>],
    group: &mut Option<usize>,
) -> Option<LocatedRow> {
    let is_indicators = !block.groups.is_empty();
    let mut columns = block.columns.iter();
    let last_figure = columns.rposition(|column| column.unit.is_number());
    let mut places: Vec<Option<Place>> = Vec::with_capacity(block.columns.len());
    let mut has_own = false;
    for (column, span) in heads.spans.iter().enumerate() {
        let Some(span) = span else {
            places.push(None);
            continue;
        };
        let (mut place, filled) = cell_of(work, row, (span.first.col, span.last.col));
        let from_above = place.at.row < row;
        // The first two levels go on downwards where the cells are not merged.
        if is_indicators && column < LEVELS {
            if filled {
                last[column] = Some(place.at);
                if column == 0 {
                    last[1] = last[1].filter(|_| from_above);
                }
            } else if let Some(above) = last[column] {
                place.at = above;
            }
        } else if filled && !from_above && !is_placeholder_cell(work, place.at) {
            // A reason alone goes on from the row above.
            has_own |= !is_indicators || Some(column) <= last_figure;
        }
        places.push(Some(place));
    }
    if !has_own {
        return None;
    }
    if is_indicators
        && let Some(found) = group_of(work, block, places[0].as_ref(), places.get(1)?.as_ref())
    {
        *group = Some(found);
    }
    Some(LocatedRow {
        block: index,
        places,
        group: *group,
    })
}

/// The value's cell in one row: the first filled one under the head, merged from above or not;
/// and whether there is one.
fn cell_of(work: &Work<'_>, row: u32, columns: (u32, u32)) -> (Place, bool) {
    let filled = (columns.0..=columns.1)
        .map(|col| anchor(work.sheet, Addr::new(row, col)))
        .find(|at| is_filled(work.sheet, *at));
    let at = filled.unwrap_or_else(|| anchor(work.sheet, Addr::new(row, columns.0)));
    (Place { at, part: None }, filled.is_some())
}

fn is_placeholder_cell(work: &Work<'_>, at: Addr) -> bool {
    match work.sheet.cell(at).map(|cell| &cell.value) {
        Some(Value::Text(text)) => label::is_placeholder_text(text),
        _ => false,
    }
}

/// The first-level group of a row: by its own words, else by those of the second level.
fn group_of(
    work: &Work<'_>,
    block: &Block,
    first: Option<&Place>,
    second: Option<&Place>,
) -> Option<usize> {
    let key_at = |place: Option<&Place>| {
        let cell = work.sheet.cell(place?.at)?;
        match &cell.value {
            Value::Text(text) => Some(label::key(text)),
            _ => None,
        }
    };
    let first = key_at(first).unwrap_or_default();
    let by_first = block.groups.iter().position(|group| {
        let stem = group.key.strip_suffix("指标").unwrap_or(&group.key);
        first.contains(stem)
    });
    by_first.or_else(|| {
        let second = key_at(second)?;
        block
            .groups
            .iter()
            .position(|group| group.children.iter().any(|(_, key)| *key == second))
    })
}
