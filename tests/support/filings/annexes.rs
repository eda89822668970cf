//! 附件2 and 附件3 as the form prints them, at their own top left.

use super::canvas::{Canvas, Content, Span};
use super::filing::*;
use super::indicator_table::indicators;
use super::style::{Items, Labels, Style};

const WIDE_BLANK: &str = "\u{3000}";

/// A text, or the full-width space that the form leaves in its blanks.
pub(super) fn text_or_wide(text: &str) -> Content {
    Content::Text(if text.is_empty() { WIDE_BLANK } else { text }.to_owned())
}

pub(super) fn text(text: &str) -> Content {
    if text.is_empty() {
        Content::Blank
    } else {
        Content::Text(text.to_owned())
    }
}

/// 附件2: A to I.
pub(super) fn annex2(filing: &Filing, style: &Style) -> Canvas {
    let annex = &filing.annex2;
    let mut canvas = Canvas::default();
    let name = "部门整体支出绩效自评表";
    style.title(&mut canvas, 8, 2, name, (&annex.unit, filing.year));
    canvas.label((0, 1), style.label("市级预算部门名称"));
    let unit = if annex.unit.is_empty() {
        String::new()
    } else {
        format!("{WIDE_BLANK}{}", annex.unit)
    };
    canvas.field((2, 8), text_or_wide(&unit), "附2.表头[单位]");
    canvas.end_row();

    canvas.tall((0, 0), 7, style.label("年度预\n算申请\n（万元）"));
    money_heads(
        &mut canvas,
        ["年初预算数", "全年预算数", "全年执行数"],
        style,
    );
    money_row(
        &mut canvas,
        "年度资金总额",
        &annex.money,
        ("附2", "总额"),
        style,
    );
    canvas.label((1, 4), style.label("按收入性质分："));
    canvas.label((5, 8), style.label("按支出性质分："));
    canvas.end_row();
    let income = [
        "  其中：  一般公共预算：",
        "政府性基金拨款：",
        "纳入专户管理的非税收入拨款：",
        "其他资金：",
    ];
    let spending = ["其中：基本支出：", "项目支出："];
    for (index, label) in income.into_iter().enumerate() {
        let path = format!("附2.收入[{}]", INCOME[index]);
        item(&mut canvas, (1, 4), label, annex.income[index], path, style);
        match spending.get(index) {
            Some(label) => {
                let path = format!("附2.支出[{}]", SPENDING[index]);
                item(
                    &mut canvas,
                    (5, 8),
                    label,
                    annex.spending[index],
                    path,
                    style,
                );
            }
            None => canvas.cell((5, 8), 1, Content::Blank, []),
        }
        canvas.end_row();
    }
    goals(&mut canvas, &annex.goals, "附2", style);
    indicators(
        &mut canvas,
        &annex.table,
        "附2",
        ["年度指标值", "实际完成值"],
        style,
    );
    signature(&mut canvas, 8, &annex.sign, "附2", style);
    canvas
}

/// 附件3 number `number`, from 1.
pub(super) fn annex3(filing: &Filing, number: usize, style: &Style) -> Canvas {
    let annex = &filing.projects[number - 1];
    let prefix = format!("附3#{number}");
    let mut canvas = Canvas::default();
    let name = "项目支出绩效自评表";
    style.title(&mut canvas, 8, 3, name, (&filing.annex2.unit, filing.year));
    canvas.label((0, 1), style.label("项目支\n出名称"));
    canvas.field(
        (2, 8),
        text_or_wide(&annex.project),
        format!("{prefix}.表头[项目]"),
    );
    canvas.end_row();
    canvas.label((0, 1), style.label("主管部门"));
    canvas.field(
        (2, 4),
        text_or_wide(&annex.department),
        format!("{prefix}.表头[主管部门]"),
    );
    canvas.label((5, 5), style.label("实施单位"));
    canvas.field(
        (6, 8),
        text_or_wide(&annex.performer),
        format!("{prefix}.表头[实施单位]"),
    );
    canvas.end_row();

    canvas.tall((0, 0), 5, style.label("项目资金\n（万元）"));
    money_heads(
        &mut canvas,
        ["年初\n预算数", "全年\n预算数", "全年\n执行数"],
        style,
    );
    let labels = [
        "年度资金总额",
        "其中：当年财政拨款",
        "上年结转资金",
        "其他资金",
    ];
    for (index, label) in labels.into_iter().enumerate() {
        money_row(
            &mut canvas,
            label,
            &annex.money[index],
            (&prefix, MONEY_ROWS[index]),
            style,
        );
    }
    goals(&mut canvas, &annex.goals, &prefix, style);
    indicators(
        &mut canvas,
        &annex.table,
        &prefix,
        ["年度\n指标值", "实际\n完成值"],
        style,
    );
    canvas.label((0, 8), "备注：一个一级项目支出一张表。如，业务工作经费，运行维护经费，其他事业发展类资金…各一张表。");
    canvas.end_row();
    signature(&mut canvas, 8, &annex.sign, &prefix, style);
    canvas
}

fn money_heads(canvas: &mut Canvas, amounts: [&str; 3], style: &Style) {
    canvas.cell((1, 2), 1, Content::Blank, []);
    for (column, head) in (3..).zip(amounts.into_iter().chain(["分值", "执行率", "得分"])) {
        canvas.label((column, column), style.label(head));
    }
    canvas.end_row();
}

fn money_row(
    canvas: &mut Canvas,
    label: &str,
    figures: &[Figure; 6],
    (annex, row): (&str, &str),
    style: &Style,
) {
    canvas.label((1, 2), style.label(label));
    for (index, column) in (3..9_u16).enumerate() {
        let content = match index {
            0..=2 => style.money(figures[index]),
            4 => style.rate(figures[index]),
            _ => style.plain(figures[index]),
        };
        canvas.field(
            (column, column),
            content,
            format!("{annex}.资金[{row},{}]", MONEY_COLUMNS[index]),
        );
    }
    canvas.end_row();
}

/// A label with its amount, in one cell or in two.
fn item(
    canvas: &mut Canvas,
    (first, last): Span,
    label: &str,
    value: Figure,
    path: String,
    style: &Style,
) {
    let mut words = style.label(label);
    if style.items == Items::Joined {
        // Labels that lost their colon keep it where an amount follows in the same cell.
        if !words.ends_with('：') {
            words.push('：');
        }
        words.push_str(&value.map(|value| style.amount(value)).unwrap_or_default());
        canvas.field((first, last), Content::Text(words), path);
        return;
    }
    let content = match value {
        Some(value) if style.items == Items::ApartAsText => Content::Text(style.amount(value)),
        value => style.money(value),
    };
    canvas.label((first, first + 1), words);
    canvas.field((first + 2, last), content, path);
}

fn goals(canvas: &mut Canvas, goals: &[String; 2], annex: &str, style: &Style) {
    canvas.tall((0, 0), 2, style.label("年度总体目标"));
    canvas.label((1, 4), style.label("预期目标"));
    canvas.label((5, 8), style.label("实际完成情况"));
    canvas.end_row();
    canvas.field((1, 4), text(&goals[0]), format!("{annex}.目标[预期]"));
    canvas.field((5, 8), text(&goals[1]), format!("{annex}.目标[完成]"));
    canvas.end_row();
}

pub(super) fn signature(canvas: &mut Canvas, last: u16, sign: &Sign, annex: &str, style: &Style) {
    let items = [
        ("填表人", &sign.clerk),
        ("填报日期", &sign.date),
        ("联系电话", &sign.phone),
        ("单位负责人签字", &sign.head),
    ];
    let line: Vec<String> = items
        .iter()
        .map(|(label, value)| match style.labels {
            Labels::Broken => {
                let letters: Vec<String> = label.chars().map(String::from).collect();
                format!("{}：{value}", letters.join(" "))
            }
            _ => format!("{label}：{value}"),
        })
        .collect();
    let paths =
        ["填表人", "填报日期", "联系电话", "负责人"].map(|item| format!("{annex}.签字[{item}]"));
    canvas.cell((0, last), 1, Content::Text(line.join("  ")), paths);
    canvas.end_row();
}
