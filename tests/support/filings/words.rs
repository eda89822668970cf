//! The form's own words, as printed and as they suffer.

use super::canvas::Canvas;
use super::filing::Figure;
use super::style::{First, Labels, Style, Title};

impl Style {
    /// A label of the form.
    pub(super) fn label(&self, printed: &str) -> String {
        let printed = printed.replace("万元", self.unit());
        match self.labels {
            Labels::Printed => printed,
            Labels::Broken => broken(&printed),
            Labels::Bare => bare(&printed),
            Labels::Aliases => alias(&printed).map_or(printed, str::to_owned),
            Labels::Worn => worn(&printed),
        }
    }

    /// A second-level label.
    pub(super) fn second(&self, name: &str) -> String {
        match name {
            "经济效益指标" | "社会效益指标" | "生态效益指标" if !self.repeated_levels =>
            {
                // As the form breaks it in its narrow column.
                self.label(&name.replace("效益", "效\n益"))
            }
            _ => self.label(name),
        }
    }

    /// A first-level label with its weight; `index` counts the labels of a table.
    pub(super) fn first(&self, index: usize, name: &str, weight: Figure) -> String {
        let Some(weight) = weight.map(|weight| weight.normalize()) else {
            return name.to_owned();
        };
        let stem = name.trim_end_matches("指标");
        match self.first {
            First::Printed if stem == "满意度" => format!("{stem}\n指标\n（{weight}分）"),
            First::Printed if stem == "效益" => format!("{name}\n\n（{weight}分）\n\u{3000}"),
            First::Printed => format!("{name}\n\n({weight}分)"),
            First::Vertical => {
                let letters: Vec<String> = name.chars().map(String::from).collect();
                format!("{}\n（{weight} 分）", letters.join("\n"))
            }
            First::HalfLost => match index % 3 {
                0 => format!("{name}\n({weight})"),
                1 => format!("{name}{weight}分)"),
                _ => format!("{name}（{weight}分"),
            },
            First::OneLine => format!("{name}（{weight}分）"),
            First::WeightOnly => format!("({weight}分)"),
        }
    }

    /// 附件N and the title, over columns up to `last`.
    pub(super) fn title(
        &self,
        canvas: &mut Canvas,
        last: u16,
        annex: usize,
        name: &str,
        (unit, year): (&str, i32),
    ) {
        let marker = format!("附件{annex}");
        let full = format!("{year}年度{name}");
        let mut line = |span, text: &str, is_label: bool| {
            let broken = is_label && self.labels == Labels::Broken;
            canvas.label(
                span,
                if broken {
                    broken_title(text)
                } else {
                    text.to_owned()
                },
            );
            canvas.end_row();
        };
        match self.title {
            Title::MarkerFirst => line((0, last), &format!("{marker}：{full}"), true),
            Title::Printed => {
                line((0, 0), &marker, false);
                line((0, last), &full, true);
            }
            Title::UnitFirst => {
                line((0, 0), &marker, false);
                line((0, last), &format!("{unit}{full}"), true);
            }
            Title::YearBelow => {
                line((0, 0), &marker, false);
                line((0, last), name, true);
                line((0, last), &format!("（{year}年度）"), false);
            }
        }
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\n' | '\u{3000}')
}

/// A line feed after the second letter and every fourth from there, full-width spaces elsewhere.
fn broken(label: &str) -> String {
    let letters: Vec<char> = label.chars().filter(|letter| !is_space(*letter)).collect();
    let mut text = String::from("\u{3000}");
    for (index, letter) in letters.iter().enumerate() {
        text.push(*letter);
        // A number stays whole, as it does where a cell wraps.
        let follows = letters.get(index + 1);
        let inside = letter.is_ascii_digit() && follows.is_some_and(char::is_ascii_digit);
        if inside || follows.is_none() {
            continue;
        }
        match index % 4 {
            1 => text.push('\n'),
            3 => text.push('\u{3000}'),
            _ => {}
        }
    }
    text
}

/// A space between the words and a line feed before the last four letters.
fn broken_title(title: &str) -> String {
    let letters: Vec<char> = title.chars().collect();
    let cut = letters.len() - 4;
    let head: String = letters[..cut].iter().collect();
    let tail: String = letters[cut..].iter().collect();
    format!("{}\n{tail}", head.replace("年度", " 年度\u{3000}"))
}

/// Without white space, ordinals, 其中, brackets that close and colons.
fn bare(label: &str) -> String {
    let text: String = label.chars().filter(|letter| !is_space(*letter)).collect();
    // An ordinal, not the year of a head.
    let text = match text.split_once('、') {
        Some((number, rest)) if number.chars().all(|letter| letter.is_ascii_digit()) => rest,
        _ => &text,
    };
    let text = text.strip_prefix("其中：").unwrap_or(text);
    let text = text.replace("（一个专项一行）", "").replace('）', "");
    text.trim_end_matches('：').to_owned()
}

/// The first letter of labels that stand at the edge of the form.
fn worn(label: &str) -> String {
    let edge = [
        "年度预\n算申请",
        "绩\n效\n指\n标",
        "项目支\n出名称",
        "项目资金",
    ];
    if !edge.iter().any(|start| label.starts_with(start)) {
        return label.to_owned();
    }
    label
        .chars()
        .skip(1)
        .collect::<String>()
        .trim_start_matches('\n')
        .to_owned()
}

/// What other offices print instead.
fn alias(label: &str) -> Option<&'static str> {
    let text: String = label.chars().filter(|letter| !is_space(*letter)).collect();
    Some(match text.as_str() {
        "市级预算部门名称" => "市级预算单位名称",
        "1、公务用车购置和维护经费" => "1.公务用车购置及运行维护费",
        "其中：公车购置" => "其中：公务用车购置费",
        "公车运行维护" => "公务用车运行维护费",
        "2、出国经费" => "2.因公出国（境）费",
        "3、公务接待" => "3.公务接待费",
        "1、业务工作经费" => "（1）业务工作经费",
        "2、运行维护经费" => "（2）运行维护费",
        "其中：办公经费" => "其中：办公费",
        "水费、电费、差旅费" => "水电费、差旅费",
        "会议费、培训费" => "会议培训费",
        "政府采购金额" => "政府采购",
        "部门基本支出预算调整" => "基本支出预算调整",
        "其中：一般公共预算：" => "其中：一般公共预算拨款：",
        "政府性基金拨款：" => "政府性基金预算拨款：",
        "纳入专户管理的非税收入拨款：" => "纳入专户管理的非税收入：",
        "其他资金：" => "其他收入：",
        "年度总体目标" => "年度绩效目标",
        "年度指标值" => "年度目标值",
        "实际完成值" => "全年完成值",
        "偏差原因分析及改进措施" => "未完成原因分析",
        "项目支出名称" => "项目名称",
        "实施单位" => "项目实施单位",
        "年度资金总额" => "资金总额",
        "执行率" => "预算执行率",
        "总分" => "合计",
        "批复规模（㎡）" => "批复规模（平方米）",
        "实际规模（㎡）" => "实际规模（平方米）",
        _ => return None,
    })
}
