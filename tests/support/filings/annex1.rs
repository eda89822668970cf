//! 附件1 as the form prints it: column A, and B to G in pairs.

use super::annexes::{signature, text_or_wide};
use super::canvas::{Canvas, Content, Span};
use super::filing::*;
use super::paths::fund_row;
use super::style::Style;

const PAIRS: [Span; 3] = [(1, 2), (3, 4), (5, 6)];
const NOT_APPLICABLE: &str = "——";

/// 附件1.
pub(super) fn annex1(filing: &Filing, style: &Style) -> Canvas {
    let (annex, year) = (&filing.annex1, filing.year);
    let mut canvas = Canvas::default();
    let name = "部门整体支出绩效评价基础数据表";
    style.title(&mut canvas, 6, 1, name, (&filing.annex2.unit, year));
    staff(&mut canvas, annex, year, style);
    funds(&mut canvas, annex, year, style);
    building(&mut canvas, annex, year, style);
    canvas.label((0, 0), style.label("厉行节约保障措施"));
    canvas.field((1, 6), text_or_wide(&annex.thrift), "附1.厉行节约[措施]");
    canvas.end_row();
    canvas.label((0, 6), "说明：“项目支出”需要填报基本支出以外的所有项目支出情况，“公用经费”填报基本支出中的一般商品和服务支出。");
    canvas.end_row();
    signature(&mut canvas, 6, &annex.sign, "附1", style);
    canvas
}

fn staff(canvas: &mut Canvas, annex: &Annex1, year: i32, style: &Style) {
    canvas.tall((0, 0), 2, style.label("财政供养人员情况（人）"));
    let heads = [
        "编制数".to_owned(),
        format!("{year}年实际在职人数"),
        "控制率".to_owned(),
    ];
    for (span, head) in PAIRS.into_iter().zip(heads) {
        canvas.label(span, style.label(&head));
    }
    canvas.end_row();
    for (index, span) in PAIRS.into_iter().enumerate() {
        let figure = annex.staff[index];
        let content = if index == 2 {
            style.rate(figure)
        } else {
            style.plain(figure)
        };
        canvas.field(span, content, format!("附1.人员[{}]", STAFF[index]));
    }
    canvas.end_row();
}

fn funds(canvas: &mut Canvas, annex: &Annex1, year: i32, style: &Style) {
    canvas.label((0, 0), style.label("经费控制情况（万元）"));
    let heads = [
        format!("{}年决算数", year - 1),
        format!("{year}年预算数"),
        format!("{year}年决算数"),
    ];
    for (span, head) in PAIRS.into_iter().zip(heads) {
        canvas.label(span, style.label(&head));
    }
    canvas.end_row();
    for (id, label) in FIXED_ROWS {
        let rows: Vec<&FundRow> = annex.funds.iter().filter(|row| row.id == id).collect();
        let placeholder = id == "其他项目";
        if placeholder && (rows.is_empty() || style.inserted) {
            spare_row(canvas, label);
        }
        for (index, row) in rows.iter().enumerate() {
            fund_row_cells(canvas, row, index + 1, label, style);
            canvas.end_row();
        }
        if placeholder && style.inserted {
            // A row that was made room for and never filled.
            spare_row(
                canvas,
                if rows.is_empty() {
                    "3、信息化建设经费"
                } else {
                    label
                },
            );
        }
        if id == "专项" {
            for _ in 0..1 + usize::from(style.inserted) {
                spare_row(canvas, "……");
            }
        }
    }
}

fn spare_row(canvas: &mut Canvas, label: &str) {
    canvas.label((0, 0), label);
    for span in PAIRS {
        canvas.cell(span, 1, Content::Blank, []);
    }
    canvas.end_row();
}

/// Row `number` of its id, with the label of the form or the name that the filer gave it.
fn fund_row_cells(canvas: &mut Canvas, row: &FundRow, number: usize, label: &str, style: &Style) {
    let label = match (row.id, number) {
        _ if row.name.is_empty() => style.label(label),
        ("其他项目", _) => format!("{}、{}", number + 2, row.name),
        ("专项", 1) => format!("{}：{}", style.label("3、市级专项资金"), row.name),
        _ => row.name.clone(),
    };
    let name = fund_row(row.id, number);
    if REPEATED_ROWS.contains(&row.id) {
        canvas.field((0, 0), Content::Text(label), format!("附1.经费[{name}]"));
    } else {
        canvas.label((0, 0), label);
    }
    for (column, span) in PAIRS.into_iter().enumerate() {
        let by_design = column == 0 && matches!(row.id, "采购" | "调整");
        let content = match style.money(row.cells[column]) {
            Content::Blank if by_design => Content::Text(NOT_APPLICABLE.to_owned()),
            content => content,
        };
        canvas.field(
            span,
            content,
            format!("附1.经费[{name},{}]", FUND_COLUMNS[column]),
        );
    }
}

fn building(canvas: &mut Canvas, annex: &Annex1, year: i32, style: &Style) {
    canvas.tall(
        (0, 0),
        2,
        style.label(&format!("楼堂馆所控制情况\n（{year}年完工项目）")),
    );
    let heads = [
        "批复规模\n（㎡）",
        "实际规模\n（㎡）",
        "规模控制率",
        "预算投资（万元）",
        "实际投资（万元）",
        "投资概算控制率",
    ];
    for (column, head) in (1..).zip(heads) {
        canvas.label((column, column), style.label(head));
    }
    canvas.end_row();
    for (index, column) in (1..7_u16).enumerate() {
        let figure = annex.building[index];
        let content = match index {
            2 | 5 => style.rate(figure),
            3 | 4 => style.money(figure),
            _ => style.plain(figure),
        };
        let content = if content == Content::Blank {
            text_or_wide("")
        } else {
            content
        };
        canvas.field(
            (column, column),
            content,
            format!("附1.楼堂馆所[{}]", BUILDING[index]),
        );
    }
    canvas.end_row();
}
