//! 绩效指标 with 总分 as the form prints them.

use super::annexes::text;
use super::canvas::{Canvas, Content};
use super::filing::*;
use super::style::Style;

pub(super) fn indicators(
    canvas: &mut Canvas,
    table: &Indicators,
    annex: &str,
    amounts: [&str; 2],
    style: &Style,
) {
    let rows = &table.rows;
    canvas.tall((0, 0), rows.len() as u32 + 1, style.label("绩\n效\n指\n标"));
    let heads = [
        "一级指标",
        "二级指标",
        "三级指标",
        amounts[0],
        amounts[1],
        "分值",
        "得分",
        "偏差原因分析及改进措施",
    ];
    for (column, head) in (1..).zip(heads) {
        canvas.label((column, column), style.label(head));
    }
    canvas.end_row();
    // A second level that goes on over several rows is one cell.
    let mut second_cell = 0;
    for (index, row) in rows.iter().enumerate() {
        let place = format!("{annex}.指标[{}]", index + 1);
        let group = &table.groups[row.group];
        let above = index.checked_sub(1).map(|above| &rows[above]);
        let run = |same: &dyn Fn(&Indicator) -> bool| {
            if style.repeated_levels {
                1
            } else {
                rows[index..].iter().take_while(|row| same(row)).count() as u32
            }
        };
        let new_group = above.is_none_or(|above| above.group != row.group);
        if new_group || style.repeated_levels {
            let label = Content::Text(style.first(row.group, group.name, group.weight));
            let path = new_group.then(|| format!("{annex}.一级[{}]", group.name));
            canvas.cell((1, 1), run(&|other| other.group == row.group), label, []);
            canvas.cells.last_mut().unwrap().paths.extend(path);
        }
        let goes_on = !new_group && above.is_some_and(|above| above.second == row.second);
        if !goes_on || style.repeated_levels {
            let same = |other: &Indicator| other.group == row.group && other.second == row.second;
            second_cell = canvas.cells.len();
            canvas.cell(
                (2, 2),
                run(&same),
                Content::Text(style.second(&row.second)),
                [],
            );
        }
        canvas.cells[second_cell]
            .paths
            .push(format!("{place}.二级"));
        canvas.field((3, 3), text(&row.third), format!("{place}.三级"));
        canvas.field((4, 4), text(&row.target), format!("{place}.目标"));
        canvas.field((5, 5), text(&row.actual), format!("{place}.完成"));
        let below = rows.get(index + 1).map_or(Share::No, |row| row.share);
        if row.share != Share::WeightAndScore {
            let rows = 1 + u32::from(below == Share::WeightAndScore);
            canvas.cell(
                (6, 6),
                rows,
                style.plain(row.weight),
                [format!("{place}.分值")],
            );
        }
        if row.share == Share::No {
            let rows = 1 + u32::from(below != Share::No);
            canvas.cell(
                (7, 7),
                rows,
                style.plain(row.score),
                [format!("{place}.得分")],
            );
        }
        canvas.field((8, 8), text(&row.reason), format!("{place}.原因"));
        canvas.end_row();
    }
    canvas.label((0, 5), style.label("总分"));
    canvas.field(
        (6, 6),
        style.plain(table.totals[0]),
        format!("{annex}.总分[分值]"),
    );
    canvas.field(
        (7, 7),
        style.plain(table.totals[1]),
        format!("{annex}.总分[得分]"),
    );
    canvas.end_row();
}
