//! What is put on cells: a colour, and a short note.

use std::collections::BTreeMap;

use super::fill::Change;
use crate::catalog::Severity;
use crate::filing::CellRef;
use crate::finding::{Finding, Outcome};
use crate::lang::Lang;
use crate::patch::Rgb;
use crate::report::printable;

/// Longer notes are not read.
pub const LONGEST_NOTE: usize = 120;

/// What a cell is marked for, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// 不符.
    Error,
    /// 缺填.
    Incomplete,
    /// 须说明.
    Explain,
    /// Filled or set right by us.
    Changed,
    /// 提示.
    Hint,
}

impl Colour {
    /// Light, and each of another lightness, so that they differ when printed in grey.
    pub fn rgb(self) -> Rgb {
        match self {
            Self::Error => [0xF4, 0x9A, 0x8C],
            Self::Incomplete => [0xFF, 0xC0, 0x72],
            Self::Explain => [0xFF, 0xE6, 0x8A],
            Self::Changed => [0xBE, 0xE0, 0xB4],
            Self::Hint => [0xDC, 0xEA, 0xF8],
        }
    }

    /// The colour of a finding.
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Incomplete => Self::Incomplete,
            Severity::Explain => Self::Explain,
            Severity::Hint => Self::Hint,
        }
    }
}

/// A mark on a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its colour.
    pub colour: Colour,
    /// At most [`LONGEST_NOTE`] characters.
    pub note: String,
}

/// The marks, by cell. Rounding differences and findings that were explained have none. `list` is
/// the tab of 差异清单.
pub(super) fn marks(
    findings: &[Finding],
    changes: &[Change],
    list: &str,
    lang: Lang,
) -> BTreeMap<CellRef, Mark> {
    let mut lines: BTreeMap<CellRef, (Colour, Vec<String>)> = BTreeMap::new();
    for change in changes {
        let text = match (&change.before, lang) {
            (Some(before), Lang::Zh) => format!("原填 {before}，已改为 {}", change.after),
            (Some(before), Lang::En) => format!("was {before}, set to {}", change.after),
            (None, Lang::Zh) => format!("原为空，已填 {}", change.after),
            (None, Lang::En) => format!("was blank, filled with {}", change.after),
        };
        let line = printable(&format!("〔{}〕{text}", change.code));
        lines.insert(change.cell, (Colour::Changed, vec![line]));
    }
    for finding in findings {
        let shown = finding.outcome == Outcome::Mismatch && !finding.is_explained();
        let Some(cell) = finding.cell.filter(|_| shown) else {
            continue;
        };
        let colour = Colour::of(finding.severity);
        let settled = changes
            .iter()
            .any(|change| change.cell == cell && change.code == finding.code);
        if settled {
            continue;
        }
        let line = printable(&format!("〔{}〕{}", finding.code, says(finding)));
        let entry = lines.entry(cell).or_insert((colour, Vec::new()));
        entry.0 = entry.0.min(colour);
        entry.1.push(line);
    }
    let note = |lines: &[String]| shortened(&lines.join("\n"), list, lang);
    lines
        .into_iter()
        .map(|(cell, (colour, lines))| {
            (
                cell,
                Mark {
                    colour,
                    note: note(&lines),
                },
            )
        })
        .collect()
}

/// The message without its place: the note hangs on it.
pub(super) fn says(finding: &Finding) -> &str {
    finding
        .message
        .strip_prefix(finding.place.as_str())
        .unwrap_or(&finding.message)
        .trim_start_matches(['：', ':', ' '])
}

fn shortened(text: &str, list: &str, lang: Lang) -> String {
    if text.chars().count() <= LONGEST_NOTE {
        return text.to_owned();
    }
    let end = match lang {
        Lang::Zh => format!("……详见「{list}」"),
        Lang::En => format!("… see “{list}”"),
    };
    let room = LONGEST_NOTE - end.chars().count();
    let kept: String = text.chars().take(room).collect();
    format!("{kept}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_says_where_the_rest_is() {
        let note = shortened(&"长".repeat(200), "差异清单", Lang::Zh);
        assert_eq!(note.chars().count(), LONGEST_NOTE);
        assert!(note.ends_with("「差异清单」"));
    }

    #[test]
    fn colours_differ_in_grey() {
        let mut greys: Vec<u32> = [
            Colour::Error,
            Colour::Incomplete,
            Colour::Explain,
            Colour::Hint,
        ]
        .map(|colour| {
            let [r, g, b] = colour.rgb().map(u32::from);
            (299 * r + 587 * g + 114 * b) / 1000
        })
        .to_vec();
        greys.sort_unstable();
        assert!(
            greys.windows(2).all(|pair| pair[1] - pair[0] >= 5),
            "{greys:?}"
        );
        // Black text stays readable on all of them.
        assert!(greys[0] > 150, "{greys:?}");
    }
}
