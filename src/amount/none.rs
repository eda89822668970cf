//! What filers write where they have no figure.

/// Texts that say that a cell does not apply.
pub(crate) const NOT_APPLICABLE: [&str; 13] = [
    "—",
    "——",
    "———",
    "-",
    "--",
    "/",
    "\\",
    "无",
    "×",
    "不适用",
    "不涉及",
    "N/A",
    "n/a",
];

/// Words that say that there is none: 「本单位2023年无完工项目」 is who, when, one of these, and where
/// more is said, of what.
const NONE: [&str; 6] = ["暂无", "没有", "未发生", "未安排", "不涉及", "无"];
const WHOSE: [&str; 8] = [
    "本单位",
    "我单位",
    "本部门",
    "我部门",
    "单位",
    "部门",
    "此项",
    "该项",
];
const NONE_OF: [&str; 16] = [
    "项目", "支出", "经费", "资金", "收入", "预算", "此项", "该项", "发生", "安排", "购置", "采购",
    "建设", "费用", "调整", "出国",
];
/// What makes another statement of it: 「无法区分项目」, 「无其他支出」.
const NOT_OF: [&str; 8] = ["法", "误", "从", "需", "须", "其他", "重大", "大额"];
/// A longer text is more than a statement that there is none.
const LONGEST_NONE: usize = 16;

/// Whether a text says that a cell does not apply, or that there is none this year.
pub(super) fn says_none(normal: &str) -> bool {
    if NOT_APPLICABLE.contains(&normal) {
        return true;
    }
    let whose = WHOSE.iter().find_map(|whose| normal.strip_prefix(whose));
    let said = whose.unwrap_or(normal);
    let year = said.trim_start_matches(|c: char| c.is_ascii_digit());
    let year = year.trim_start_matches(['本', '当', '今', '全']);
    let rest = year.strip_prefix('年').unwrap_or(said);
    let rest = rest.strip_prefix('度').unwrap_or(rest);
    let none = NONE.iter().find_map(|none| rest.strip_prefix(none));
    none.is_some_and(|of| {
        let is_one_word = of.chars().count() <= LONGEST_NONE && of.chars().all(char::is_alphabetic);
        of.is_empty()
            || is_one_word
                && NONE_OF.iter().any(|noun| of.ends_with(noun))
                && !NOT_OF.iter().any(|not| of.starts_with(not))
    })
}
