//! Annexes, and what is inside those that both sets have.

use super::super::form::{Annex, Block, Column, Form, Group};
use super::{
    AnnexPart, BlockPart, Change, ColumnPart, GroupChange, GroupPart, RowAt, RowPart, TableChange,
    TablePart, all, changes, differing, is_reordered,
};

/// Annexes added, removed, and what is said of them.
pub(super) fn annexes<'a>(old: &'a Form, new: &'a Form) -> Vec<Change<&'a Annex, AnnexPart>> {
    changes(
        &all(&old.annexes),
        &all(&new.annexes),
        |annex| &annex.id,
        |old, new| {
            differing(&[
                (AnnexPart::Name, old.name != new.name),
                (AnnexPart::Title, old.title != new.title),
                (AnnexPart::Always, old.always != new.always),
                (AnnexPart::Repeat, old.repeat != new.repeat),
                (AnnexPart::Confirmed, old.confirmed != new.confirmed),
                (AnnexPart::Note, old.note != new.note),
                (
                    AnnexPart::Order,
                    is_reordered(&old.blocks, &new.blocks, |block| &block.id),
                ),
            ])
        },
    )
}

/// What differs inside the annexes that both sets have.
pub(super) fn inside<'a>(
    old: &'a Form,
    new: &'a Form,
) -> (Vec<TableChange<'a>>, Vec<GroupChange<'a>>) {
    let (mut tables, mut groups) = (Vec::new(), Vec::new());
    for annex in &new.annexes {
        let Some(before) = old.annexes.iter().find(|known| known.id == annex.id) else {
            continue;
        };
        let mut note = |what| tables.push(TableChange { annex, what });
        let blocks = changes(
            &all(&before.blocks),
            &all(&annex.blocks),
            |block| &block.id,
            block,
        );
        blocks.into_iter().map(TablePart::Block).for_each(&mut note);
        for now in &annex.blocks {
            let Some(was) = before.blocks.iter().find(|known| known.id == now.id) else {
                continue;
            };
            columns(was, now, &mut note);
            rows(was, now, &mut note);
            groups.extend(
                changes(&all(&was.groups), &all(&now.groups), |g| &g.key, group)
                    .into_iter()
                    .map(|change| GroupChange { annex, change }),
            );
        }
    }
    (tables, groups)
}

fn block(old: &&Block, new: &&Block) -> Vec<BlockPart> {
    let foot = |block: &Block| block.foot.as_ref().map(|foot| foot.label.printed.clone());
    differing(&[
        // The first is what is printed, the others are what filers make of it.
        (BlockPart::Corner, old.corner.first() != new.corner.first()),
        (BlockPart::Kind, old.kind != new.kind),
        (BlockPart::Foot, foot(old) != foot(new)),
        (
            BlockPart::ColumnOrder,
            is_reordered(&old.columns, &new.columns, |column| &column.id),
        ),
        (
            BlockPart::RowOrder,
            is_reordered(&old.rows, &new.rows, |row| &row.id),
        ),
    ])
}

fn columns<'a>(old: &'a Block, new: &'a Block, note: &mut impl FnMut(TablePart<'a>)) {
    let parts = |old: &&Column, new: &&Column| {
        differing(&[
            (ColumnPart::Label, old.label.printed != new.label.printed),
            (ColumnPart::Unit, old.unit != new.unit),
            (ColumnPart::Heading, old.heading != new.heading),
            (ColumnPart::Signed, old.signed != new.signed),
        ])
    };
    changes(
        &all(&old.columns),
        &all(&new.columns),
        |column| &column.id,
        parts,
    )
    .into_iter()
    .for_each(|change| note(TablePart::Column(new, change)));
}

fn rows<'a>(old: &'a Block, new: &'a Block, note: &mut impl FnMut(TablePart<'a>)) {
    let rows_of = |block: &'a Block| -> Vec<RowAt<'a>> {
        let rows = 0..block.rows.len();
        rows.map(|row| RowAt { block, row }).collect()
    };
    changes(
        &rows_of(old),
        &rows_of(new),
        |at| &at.block.rows[at.row].id,
        row,
    )
    .into_iter()
    .for_each(|change| note(TablePart::Row(new, change)));
}

fn row(old: &RowAt<'_>, new: &RowAt<'_>) -> Vec<RowPart> {
    let (was, now) = (&old.block.rows[old.row], &new.block.rows[new.row]);
    let parent = |at: &RowAt<'_>| {
        let parent = at.block.rows[at.row].parent;
        parent.map(|row| at.block.rows[row].id.clone())
    };
    let exhaustive = |at: &RowAt<'_>| {
        let total = at.block.rows[at.row].total.as_ref();
        total.map(|total| total.exhaustive)
    };
    // Columns that were added or removed with the block are told there.
    let columns = |at: &RowAt<'_>, other: &RowAt<'_>, columns: &[usize]| -> Vec<String> {
        let ids = columns.iter().map(|column| &at.block.columns[*column].id);
        let known = ids.filter(|id| other.block.column(id).is_some());
        known.cloned().collect()
    };
    let totals = was.total.as_ref().zip(now.total.as_ref());
    differing(&[
        (RowPart::Label, was.label.printed != now.label.printed),
        (RowPart::Parent, parent(old) != parent(new)),
        (RowPart::Total, exhaustive(old) != exhaustive(new)),
        (
            RowPart::TotalColumns,
            totals.is_some_and(|(a, b)| {
                columns(old, new, &a.columns) != columns(new, old, &b.columns)
            }),
        ),
        (
            RowPart::BlankColumns,
            columns(old, new, &was.blank_columns) != columns(new, old, &now.blank_columns),
        ),
        (RowPart::Repeat, was.repeat != now.repeat),
        (RowPart::Spare, was.spare != now.spare),
        (RowPart::Signed, was.signed != now.signed),
    ])
}

fn group(old: &&Group, new: &&Group) -> Vec<GroupPart> {
    let children = |group: &Group| -> std::collections::BTreeSet<String> {
        group.children.iter().map(|(_, key)| key.clone()).collect()
    };
    differing(&[
        (GroupPart::Label, old.label != new.label),
        (GroupPart::Weight, old.weight != new.weight),
        (GroupPart::Children, children(old) != children(new)),
    ])
}
