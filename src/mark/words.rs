//! What is said about a marked copy: its name, what was done, why there is none.

use super::{MarkError, Marked};
use crate::lang::Lang;
use crate::patch::Warning;
use crate::read::ReadError;
use crate::workbook::FileKind;

/// What stands behind the name of a copy.
const SUFFIX: &str = "（核对结果）";

/// The name of the marked copy of the file `name`: `甲（核对结果）.xlsx`, the second
/// `甲（核对结果 2）.xlsx`. A copy of a copy has the name of a copy of the original.
pub fn copy_name(name: &str, converted: bool, number: u32) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let ending = match ending.to_lowercase().as_str() {
        "xlsm" if !converted => "xlsm",
        _ => "xlsx",
    };
    let stem = original(stem);
    match number {
        0 | 1 => format!("{stem}{SUFFIX}.{ending}"),
        number => format!("{stem}{} {number}）.{ending}", inside()),
    }
}

/// Whether a file is called as marked copies are.
pub fn is_copy_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    original(stem) != stem
}

fn inside() -> &'static str {
    SUFFIX.trim_end_matches('）')
}

/// The name without what we put behind it.
fn original(stem: &str) -> &str {
    match stem.rfind(inside()) {
        Some(at) if stem.ends_with('）') => {
            let number = &stem[at + inside().len()..stem.len() - '）'.len_utf8()];
            let is_ours = number.is_empty() || number.trim().chars().all(|c| c.is_ascii_digit());
            if is_ours { &stem[..at] } else { stem }
        }
        _ => stem,
    }
}

impl Marked {
    /// What was done, and what the owner should know.
    pub fn notes(&self, lang: Lang) -> Vec<String> {
        let filled = self
            .changes
            .iter()
            .filter(|change| change.before.is_none())
            .count();
        let changed = self.changes.len() - filled;
        let mut lines = vec![match lang {
            Lang::Zh => format!(
                "填写 {filled} 格，改正 {changed} 格，标出 {} 格；明细见「{}」。",
                self.marks, self.list
            ),
            Lang::En => format!(
                "{filled} cells filled, {changed} set right, {} marked; see the sheet {}.",
                self.marks, self.list
            ),
        }];
        if let Some(kind) = self.converted {
            let name = match kind {
                FileKind::Xls => ".xls",
                FileKind::Xlsb => ".xlsb",
                FileKind::Ods => ".ods",
                FileKind::Xlsx => ".xlsx",
            };
            lines.push(match lang {
                Lang::Zh => format!(
                    "原文件是 {name}，结果另存为 .xlsx：数、文字、合并、数字格式都在，公式、字体、图片和批注没有带过来，行高列宽按内容重排。"
                ),
                Lang::En => format!(
                    "The file is {name}; the copy is .xlsx with its values, merges and number formats, without its formulas, fonts, pictures and notes; rows and columns are sized anew."
                ),
            });
        }
        lines.extend(
            self.warnings
                .iter()
                .map(|warning: &Warning| warning.message(lang)),
        );
        lines
    }
}

impl MarkError {
    /// Why there is no copy.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Patch(error) => error.message(lang),
            Self::Write(error) => error.to_string(),
            Self::Fault => ReadError::Fault.message(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::copy_name;

    #[test]
    fn a_copy_of_a_copy_has_the_name_of_a_copy_of_the_original() {
        for (name, copy) in [
            ("甲.xlsx", "甲（核对结果）.xlsx"),
            ("甲（核对结果）.xlsx", "甲（核对结果）.xlsx"),
            ("甲（核对结果 2）.XLSM", "甲（核对结果）.xlsm"),
            (
                "甲（核对结果 二）.xls",
                "甲（核对结果 二）（核对结果）.xlsx",
            ),
            ("甲（终稿）", "甲（终稿）（核对结果）.xlsx"),
        ] {
            assert_eq!(copy_name(name, false, 1), copy);
        }
        assert_eq!(copy_name("甲.xlsm", true, 3), "甲（核对结果 3）.xlsx");
    }
}
