//! The result for people: what must be corrected, what explained, what is worth a look.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::printable;
use crate::catalog::Severity;
use crate::finding::{Counts, Finding, Outcome};
use crate::lang::Lang;
use crate::quote::{self, shortened};
use crate::review::{Checked, Review};

/// So many characters of a unit's name are shown.
const LONGEST_UNIT: usize = 60;

/// The groups of findings, in the order of their weight.
const GROUPS: [Group; 5] = [
    Group {
        zh: "须改",
        en: "To correct",
        colour: AnsiColor::Red,
        takes: |finding| {
            finding.outcome == Outcome::Mismatch
                && matches!(finding.severity, Severity::Error | Severity::Incomplete)
        },
    },
    Group {
        zh: "须说明",
        en: "To explain",
        colour: AnsiColor::Yellow,
        takes: |finding| {
            finding.outcome == Outcome::Mismatch
                && finding.severity == Severity::Explain
                && !finding.is_explained()
        },
    },
    Group {
        zh: "已说明",
        en: "Explained",
        colour: AnsiColor::Green,
        takes: Finding::is_explained,
    },
    Group {
        zh: "尾差",
        en: "Rounding",
        colour: AnsiColor::Cyan,
        takes: |finding| finding.outcome == Outcome::Rounding,
    },
    Group {
        zh: "提示",
        en: "Hints",
        colour: AnsiColor::Cyan,
        takes: |finding| finding.outcome == Outcome::Mismatch && finding.severity == Severity::Hint,
    },
];

struct Group {
    zh: &'static str,
    en: &'static str,
    colour: AnsiColor,
    takes: fn(&Finding) -> bool,
}

/// The result for one file.
pub fn file(path: &str, review: &Review<'_>, lang: Lang) -> String {
    let mut out = String::new();
    let bold = Style::new().bold();
    let path = printable(path);
    // Writing to a string cannot fail.
    let _ = match review {
        Review::Unreadable(error) => {
            let message = printable(&error.message(lang));
            writeln!(out, "{bold}{path}{bold:#}\n  {}", message.replace('\n', "\n  "))
        }
        Review::Unrecognised(_) => writeln!(
            out,
            "{bold}{path}{bold:#}\n  {}",
            lang.pick(
                "没有找到已知的表。请确认是附件1、附件2或附件3的工作簿；可用 gouji inspect 看程序读到了什么。",
                "No known table was found. Is this a workbook of annexes 1, 2 or 3? `gouji inspect` shows what was read.",
            )
        ),
        Review::Checked(checked) => checked_file(&mut out, &path, checked, lang),
    };
    out
}

fn checked_file(
    out: &mut String,
    path: &str,
    checked: &Checked<'_>,
    lang: Lang,
) -> std::fmt::Result {
    let bold = Style::new().bold();
    let unit = checked
        .unit_name()
        .map(|unit| printable(&quote::name(unit)));
    let unit = unit.map(|unit| shortened(&unit, LONGEST_UNIT).into_owned());
    let unit = unit.unwrap_or_else(|| lang.pick("（没有填单位名称）", "(no unit name)").to_owned());
    match lang {
        Lang::Zh => writeln!(out, "{bold}{unit}{bold:#}  {} 年度  {path}", checked.year())?,
        Lang::En => writeln!(out, "{bold}{unit}{bold:#}  {}  {path}", checked.year())?,
    }
    for annex in checked
        .filing
        .tables
        .iter()
        .map(|table| &checked.form.annexes[table.annex])
    {
        if !annex.confirmed {
            let name = &annex.name;
            match lang {
                Lang::Zh => writeln!(out, "  {name}的栏目未经核实，结果仅供参考。")?,
                Lang::En => writeln!(
                    out,
                    "  The columns of {name} are unconfirmed; take its results with care."
                )?,
            }
        }
    }
    for group in &GROUPS {
        let findings: Vec<&Finding> = checked
            .report
            .findings
            .iter()
            .filter(|finding| (group.takes)(finding))
            .collect();
        if findings.is_empty() {
            continue;
        }
        let colour = Style::new().bold().fg_color(Some(group.colour.into()));
        let name = lang.pick(group.zh, group.en);
        writeln!(out, "\n{colour}{name} {}{colour:#}", findings.len())?;
        for (index, finding) in findings.iter().enumerate() {
            one(out, index + 1, finding, lang)?;
        }
    }
    writeln!(out, "\n{}", verdict(&checked.report.counts(), lang))
}

fn one(out: &mut String, number: usize, finding: &Finding, lang: Lang) -> std::fmt::Result {
    let faint = Style::new().dimmed();
    let message = printable(&finding.message);
    writeln!(
        out,
        "{number:>3}. {message}{faint}〔{}〕{faint:#}",
        finding.code
    )?;
    if let Some(todo) = &finding.todo {
        writeln!(out, "     {} {}", lang.pick("→", "→"), printable(todo))?;
    }
    if let Some(reason) = &finding.reason {
        let lead = match reason.expired {
            false => lang.pick("已说明：", "Explained: "),
            true => lang.pick(
                "说明已过期（数字已变，请重新说明）：",
                "Reason out of date (the figures have changed): ",
            ),
        };
        writeln!(
            out,
            "     {faint}{lead}{}{faint:#}",
            printable(&reason.text)
        )?;
    }
    for follow in &finding.follows {
        let lead = lang.pick("由此引起", "From this follows");
        let message = printable(&follow.message);
        writeln!(
            out,
            "     {faint}{lead}{}{message}〔{}〕{faint:#}",
            lang.pick("：", ": "),
            follow.code
        )?;
    }
    Ok(())
}

/// The last line: counts, and whether the filing can be handed in.
pub fn verdict(counts: &Counts, lang: Lang) -> String {
    let Counts {
        error,
        incomplete,
        explain,
        explained,
        hint,
        rounding,
        passed,
        unchecked,
        left_out,
    } = *counts;
    let all = passed + unchecked + error + incomplete + explain + explained + hint + rounding;
    let to_correct = error + incomplete;
    match lang {
        Lang::Zh => {
            let verdict = match (to_correct, explain) {
                (0, _) if left_out > 0 => {
                    format!("按选项只做了这 {all} 项检查，另有 {left_out} 项没有做，不能据此报送。")
                }
                (0, 0) => "可以报送。".to_owned(),
                (0, _) => format!("可以报送，{explain} 处请写明原因。"),
                _ => format!("须改 {to_correct} 处，改好后请再核对一次。"),
            };
            let explained = match explained {
                0 => String::new(),
                n => format!("已说明 {n}，"),
            };
            format!(
                "检查 {all} 项：通过 {passed}，尾差 {rounding}，须改 {to_correct}（不符 {error}，缺填 {incomplete}），须说明 {explain}，{explained}提示 {hint}，未审 {unchecked}。{verdict}"
            )
        }
        Lang::En => {
            let verdict = match (to_correct, explain) {
                (0, _) if left_out > 0 => format!(
                    "Only these {all} checks were asked for and {left_out} left out: this does not make it ready."
                ),
                (0, 0) => "Ready to hand in.".to_owned(),
                (0, _) => format!("Ready to hand in; {explain} to explain."),
                _ => format!("{to_correct} to correct; please check again afterwards."),
            };
            let explained = match explained {
                0 => String::new(),
                n => format!("{n} explained, "),
            };
            format!(
                "{all} checks: {passed} passed, {rounding} rounding, {to_correct} to correct ({error} wrong, {incomplete} missing), {explain} to explain, {explained}{hint} hints, {unchecked} not checked. {verdict}"
            )
        }
    }
}
