//! The fields of one table: heads, rows, records, items and signature lines.

use foldhash::{HashSet, HashSetExt};

use super::marks::Mark;
use super::regions::Region;
use super::{LocatedTable, lists};
use crate::catalog::{Annex, Block, Form, Kind, LabelUse};
use crate::filing::{MissingLabel, Seen};
use crate::label::{self, Letters};
use crate::money::Scale;
use crate::workbook::Sheet;

/// A table at work: what its parts need to look at.
pub(super) struct Work<'a> {
    pub(super) form: &'a Form,
    pub(super) annex: &'a Annex,
    pub(super) sheet: &'a Sheet,
    pub(super) sheet_index: usize,
    pub(super) marks: &'a [Mark],
    pub(super) region: &'a Region,
    /// The marks of the sheet that stand above.
    pub(super) above: &'a [Mark],
    /// The unit of the amounts of the grid at work.
    pub(super) scale: Scale,
    /// What each mark of the region stands for.
    pub(super) uses: Vec<Vec<LabelUse>>,
    pub(super) table: LocatedTable,
    /// Marks that were taken as labels.
    pub(super) taken: HashSet<usize>,
}

/// Locates the fields of the annex in its region.
pub(super) fn table(
    form: &Form,
    sheet: &Sheet,
    sheet_index: usize,
    marks: &[Mark],
    region: &Region,
    comparisons: &mut usize,
) -> LocatedTable {
    let annex = &form.annexes[region.annex];
    let (above, marks) = (&marks[..region.marks.start], &marks[region.marks.clone()]);
    let table = LocatedTable {
        annex: region.annex,
        sheet: sheet_index,
        area: region.area,
        title: region.title.clone(),
        year: region.year,
        slots: vec![None; annex.slots],
        extras: Vec::new(),
        rows: Vec::new(),
        years: Vec::new(),
        missing: Vec::new(),
        strangers: Vec::new(),
        sums: Vec::new(),
        stand_ins: Vec::new(),
        unit_texts: Vec::new(),
    };
    let uses = marks.iter().map(|mark| uses_of(annex, mark)).collect();
    let mut work = Work {
        form,
        annex,
        sheet,
        sheet_index,
        marks,
        region,
        above,
        scale: Scale::WanYuan,
        uses,
        table,
        taken: HashSet::new(),
    };
    for (index, block) in annex.blocks.iter().enumerate() {
        match block.kind {
            Kind::Grid => work.grid(index, block),
            Kind::Record => work.record(index, block),
            Kind::List => lists::list(&mut work, index, block),
            Kind::Items => work.items(index, block),
            Kind::Line => work.line(index, block),
        }
    }
    work.unit_lines();
    work.nearest_texts(comparisons);
    work.table
}

/// What a mark may stand for: by its whole text, or by the label before a value.
fn uses_of(annex: &Annex, mark: &Mark) -> Vec<LabelUse> {
    if mark.key.is_empty() {
        return Vec::new();
    }
    if let Some(uses) = annex.labels.get(&*mark.key) {
        return uses.clone();
    }
    let prefix = annex
        .prefixes
        .iter()
        .filter(|(prefix, _)| mark.key.starts_with(prefix.as_str()));
    if let Some((_, here)) = prefix.max_by_key(|(prefix, _)| prefix.len()) {
        return vec![*here];
    }
    let is_item = |here: &&LabelUse| match here {
        LabelUse::Column { block, .. } => annex.blocks[*block].kind == Kind::Items,
        _ => false,
    };
    mark.part
        .as_ref()
        .and_then(|part| annex.labels.get(&*part.key))
        .map(|uses| uses.iter().filter(is_item).copied().collect())
        .unwrap_or_default()
}

impl Work<'_> {
    pub(super) fn seen(&self, mark: usize) -> Seen {
        self.marks[mark].seen(self.sheet_index)
    }

    /// For each label that was not found, the text most like it; `comparisons` are those that
    /// are left.
    pub(super) fn nearest_texts(&mut self, comparisons: &mut usize) {
        if self.table.missing.is_empty() {
            return;
        }
        let others: Vec<(&Mark, Letters)> = self
            .marks
            .iter()
            .enumerate()
            .filter(|(index, mark)| !mark.key.is_empty() && !self.taken.contains(index))
            .map(|(_, mark)| (mark, Letters::of(&mark.key)))
            .collect();
        for missing in &mut self.table.missing {
            // Any year stands for `{年}` and `{上年}`, as in the keys of labels.
            let printed = missing.label.replace("{上年}", "2000");
            let wanted = label::key(&printed.replace("{年}", "2000"));
            let letters = Letters::of(&wanted);
            let near: Vec<&Mark> = others
                .iter()
                .filter(|(_, other)| letters.likeness(other) >= LEAST_LIKENESS)
                .map(|(mark, _)| *mark)
                .take(*comparisons)
                .collect();
            *comparisons -= near.len();
            let best = near
                .into_iter()
                .map(|mark| (label::similarity(&wanted, &mark.key), mark))
                .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
                .max_by_key(|(likeness, mark)| (*likeness, std::cmp::Reverse(mark.at)));
            missing.nearest = best.map(|(_, mark)| mark.seen(self.sheet_index));
        }
    }
}

/// A text less like the label than this is not suggested, in percent.
const LEAST_LIKENESS: u32 = 50;
/// So many texts of a workbook are compared with labels that were not found; none of a filing
/// comes near, and all those of a large other sheet would take minutes.
pub(super) const MOST_COMPARISONS: usize = 300_000;

pub(super) fn missing(
    block: usize,
    definition: &Block,
    row: Option<usize>,
    column: Option<usize>,
) -> MissingLabel {
    let label = match (row, column) {
        (Some(row), _) => definition.rows[row].label.words.clone(),
        (_, Some(column)) => definition.columns[column].label.words.clone(),
        _ => definition
            .corner
            .first()
            .map(|corner| label::words(corner))
            .unwrap_or_else(|| definition.id.clone()),
    };
    MissingLabel {
        block,
        row,
        column,
        label,
        nearest: None,
        by_name: false,
    }
}
