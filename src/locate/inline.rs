//! Labels and values in one text: `填表人：张××  填报日期：2024年6月28日`.

use std::ops::Range;

use crate::label;

/// A label of a line and the bytes of the text behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Index into the labels that were looked for.
    pub label: usize,
    /// The value, without white space around it; empty where nothing is written.
    pub value: Range<usize>,
}

/// Finds labels in a text, white space inside them notwithstanding. A label counts when a colon
/// or the end of the text follows, or white space and another label.
///
/// `labels` are the keys of the variants of each label.
pub fn pairs(text: &str, labels: &[Vec<String>]) -> Vec<Pair> {
    // Letters with the bytes they stand at, so that white space does not matter.
    let letters: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| !label::is_blank(*c))
        .collect();
    let mut found: Vec<(usize, Range<usize>, usize)> = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let longest = labels
            .iter()
            .enumerate()
            .flat_map(|(index, keys)| keys.iter().map(move |key| (index, key)))
            .filter_map(|(index, key)| matches_at(&letters[at..], key).map(|count| (count, index)))
            .max();
        let Some((count, index)) = longest else {
            at += 1;
            continue;
        };
        let mut end = at + count;
        // 「单位负责人（签字）：」: closing brackets belong to the label.
        while letters
            .get(end)
            .is_some_and(|(_, c)| matches!(c, ')' | '）' | '】'))
        {
            end += 1;
        }
        let colon = letters
            .get(end)
            .is_some_and(|(_, c)| matches!(c, ':' | '：'));
        let behind = end + usize::from(colon);
        let value_start = letters
            .get(behind - 1)
            .map_or(text.len(), |(at, c)| at + c.len_utf8());
        if colon || end == letters.len() {
            found.push((letters[at].0, value_start..text.len(), index));
        }
        at = behind.max(at + 1);
    }
    let starts: Vec<usize> = found.iter().map(|(start, ..)| *start).collect();
    found
        .into_iter()
        .enumerate()
        .map(|(position, (_, value, label))| {
            let end = starts.get(position + 1).copied().unwrap_or(text.len());
            Pair {
                label,
                value: trimmed(text, value.start..end.max(value.start)),
            }
        })
        .collect()
}

/// How many letters the key takes at the start of `letters`, brackets and signs skipped.
fn matches_at(letters: &[(usize, char)], key: &str) -> Option<usize> {
    let mut used = 0;
    for wanted in key.chars() {
        while used > 0
            && letters
                .get(used)
                .is_some_and(|(_, c)| matches!(c, '(' | '（' | '、'))
        {
            used += 1;
        }
        if letters.get(used)?.1 != wanted {
            return None;
        }
        used += 1;
    }
    (used > 0).then_some(used)
}

/// The range without white space and separators at its ends.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = part.len() - part.trim_start_matches(is_edge).len();
    let end = part.trim_end_matches(is_edge).len();
    if start >= end {
        return range.start..range.start;
    }
    range.start + start..range.start + end
}

fn is_edge(c: char) -> bool {
    label::is_blank(c) || matches!(c, ';' | '；' | ',' | '，')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, &str)> {
        let labels = [
            vec!["填表人".into()],
            vec!["填报日期".into()],
            vec!["联系电话".into(), "电话".into()],
            vec!["单位负责人签字".into(), "单位负责人".into()],
        ];
        pairs(text, &labels)
            .into_iter()
            .map(|pair| (pair.label, &text[pair.value]))
            .collect()
    }

    #[test]
    fn a_line_is_cut_at_its_labels() {
        let line = "填表人：张××  填报日期：2024年6月28日 联系电话：82×××69  单位负责人签字：";
        assert_eq!(
            read(line),
            [(0, "张××"), (1, "2024年6月28日"), (2, "82×××69"), (3, "")]
        );
    }

    #[test]
    fn white_space_brackets_and_half_width_colons_do_not_matter() {
        assert_eq!(
            read("填 表 人:张××　单位负责人（签字）："),
            [(0, "张××"), (3, "")]
        );
    }
}
