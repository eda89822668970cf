//! Texts: escapes, controls, directions, lengths; tabs without number.

use std::path::Path;
use std::process::Command;

use gouji::review::Review;
use gouji::workbook::Value;

use crate::filings::{Filing, Layout, write};
use crate::kit::{
    Case, Outcome, fixture, no_form, plain, refused, reviewed, rewritten, text, unpacked,
};
use crate::support::{Package, links, listed, workbook};

/// Those that go through all doors.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "长字.xlsx",
            bytes: of_length(32_768),
            outcome: Outcome::Refused("too-large", "max-cell-chars"),
        },
        Case {
            name: "千表.xlsx",
            bytes: of_tabs(1_101),
            outcome: Outcome::Refused("too-large", "max-sheets"),
        },
        Case {
            name: "三百表.xlsx",
            bytes: of_tabs(300),
            outcome: Outcome::NoForm,
        },
    ]
}

fn of_length(letters: usize) -> Vec<u8> {
    Package::of(&format!("<row>{}</row>", text(&"字".repeat(letters)))).zip()
}

/// A workbook of so many tabs.
fn of_tabs(count: usize) -> Vec<u8> {
    let tabs: String = (0..count)
        .map(|at| format!("<sheet name='{at}' sheetId='{at}' r:id='r{at}'/>"))
        .collect();
    let names: Vec<(String, String)> = (0..count)
        .map(|at| (format!("r{at}"), format!("worksheets/{at}.xml")))
        .collect();
    let relations: Vec<(&str, &str, &str)> = names
        .iter()
        .map(|(id, part)| (id.as_str(), "worksheet", part.as_str()))
        .collect();
    let package = plain()
        .with("xl/workbook.xml", workbook(&tabs))
        .with("xl/_rels/workbook.xml.rels", links(&relations));
    names
        .iter()
        .fold(package, |package, (_, part)| {
            package.with(&format!("xl/{part}"), "<worksheet/>")
        })
        .zip()
}

#[test]
fn escapes_of_half_characters_stay_as_they_are_written() {
    for (raw, want) in [
        ("_xDFFF_", "_xDFFF_"),
        ("_xD800_", "_xD800_"),
        ("_xD800__xD800_", "_xD800__xD800_"),
        ("_xDFFF__xD800_", "_xDFFF__xD800_"),
        ("_xD83D__xDE00_", "😀"),
        ("_x0000_", "\0"),
        ("_x005F_xD800_", "_xD800_"),
        ("_xFFFF_", "\u{FFFF}"),
    ] {
        let bytes = Package::of(&format!("<row>{}</row>", text(raw))).zip();
        let book = no_form(&bytes);
        assert_eq!(
            book.sheets[0].cells[0].value,
            Value::Text(want.into()),
            "{raw}"
        );
    }
}

#[test]
fn a_cell_of_excels_longest_text_is_read_and_one_more_letter_refused() {
    let book = no_form(&of_length(32_767));
    let Value::Text(text) = &book.sheets[0].cells[0].value else {
        panic!();
    };
    assert_eq!(text.chars().count(), 32_767);
    refused(&of_length(32_768), "too-large", "max-cell-chars");
    // Letters outside of the first plane count twice, as in Excel.
    let rows = |letters: usize| format!("<row>{}</row>", crate::kit::text(&"😀".repeat(letters)));
    assert_eq!(
        no_form(&Package::of(&rows(16_383)).zip()).sheets[0]
            .cells
            .len(),
        1
    );
    refused(
        &Package::of(&rows(16_384)).zip(),
        "too-large",
        "max-cell-chars",
    );
}

#[test]
fn three_hundred_tabs_are_read_and_eleven_hundred_and_one_refused() {
    assert_eq!(no_form(&of_tabs(300)).sheets.len(), 300);
    assert_eq!(no_form(&of_tabs(1_100)).sheets.len(), 1_100);
    refused(&of_tabs(1_101), "too-large", "max-sheets");
}

#[test]
fn strings_of_many_pieces_are_joined() {
    let runs = "<r><rPr/><t>字</t></r>".repeat(30_000);
    let bytes = plain()
        .strings(&format!("<si>{runs}</si>"))
        .with(
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row><c t='s'><v>0</v></c></row></sheetData></worksheet>",
        )
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
            ]),
        )
        .zip();
    assert_eq!(
        listed(&no_form(&bytes).sheets[0])[0].chars().count(),
        30_004
    );
}

/// The clean filing with signs that turn the direction of writing, and controls, wherever a name
/// may have them.
fn turned() -> Vec<u8> {
    let sign = "\u{202E}\u{2066}\u{200F}\u{61C}\u{2028}";
    let mut filing = Filing::reference();
    filing.annex2.unit = format!("某{sign}市\u{1B}[31m中心");
    let package = unpacked(&write(&filing, Layout::Sheets).bytes);
    let named = |text: String| text.replace("附件2", &format!("{sign}附件2\u{85}"));
    rewritten(package, "xl/workbook.xml", named).zip()
}

#[test]
fn no_sign_that_turns_or_controls_reaches_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let name = "甲\u{202E}xslx.乙\u{7}.xlsx";
    std::fs::write(folder.path().join(name), turned()).unwrap();
    let batch = [
        "batch",
        name,
        "-o",
        "a\u{202E}.xlsx",
        "--marked",
        "b\u{202E}",
    ];
    let csv = ["batch", name, "--format", "csv"];
    let template = ["template", "--form", "yueyang-2023", "--force"];
    let from = [&template[..], &["--from", name, "-o", "甲\u{202E}乙.xlsx"]].concat();
    for args in [
        &["check", name][..],
        &["--lang", "en", "check", name],
        &["fix", name],
        &[name],
        &["inspect", name],
        &csv,
        &from,
    ] {
        shown_plainly(folder.path(), args, "甲 ");
    }
    // The sheet's name, too, was said.
    shown_plainly(folder.path(), &["check", name], "附件2 ");
    shown_plainly(folder.path(), &batch, "→ a .xlsx");
    let merge = ["merge", "a\u{202E}.db", "-o", "合\u{202E}并.xlsx"];
    shown_plainly(folder.path(), &merge, "→ 合 并.xlsx");
    // What is no command, no option, no value.
    for lang in ["zh", "en"] {
        // Of letters behind one dash the first alone is quoted.
        let args = ["--lang", lang, "check", "-\u{1B}\u{202E}\u{7}"];
        shown_plainly(folder.path(), &args, "gouji check");
        for wrong in [
            &["甲\u{202E}\u{1B}]0;乙\u{7}"][..],
            &["check", "--甲\u{202E}\u{1B}]0;乙\u{7}"],
            &["check", "--format", "甲\u{202E}\u{1B}]0;乙\u{7}", "x"],
        ] {
            let args = [&["--lang", lang][..], wrong].concat();
            shown_plainly(folder.path(), &args, "甲");
        }
    }
    shown_plainly(folder.path(), &csv, "某     市 [31m中心");
    // What is no filing, and what is not there.
    let other = "丙\u{202E}丁\u{7}.xlsx";
    std::fs::write(folder.path().join(other), plain().zip()).unwrap();
    let gone = "丙\u{202E}没有\u{7}.xlsx";
    let batch = ["batch", gone, "-o", "d.xlsx"];
    for args in [&["check", gone][..], &["fix", other], &batch] {
        shown_plainly(folder.path(), args, "丙 ");
    }
    for path in [other, gone] {
        let from = [&template[..], &["--from", path, "-o", "无.xlsx"]].concat();
        shown_plainly(folder.path(), &from, "丙 ");
    }
    assert!(!folder.path().join("无.xlsx").exists());
    let roster = "名\u{202E}册\u{7}.csv";
    let to_template = [&template[..], &["-o", "模板"]].concat();
    let to_batch = ["batch", name, "-o", "c.xlsx"];
    for (args, rows, words) in [
        (
            &to_template[..],
            "年初预算数\n甲,8\u{202E}x\u{2028}\n",
            "8 x",
        ),
        (&to_template, "年度\n甲,2\u{202E}年\u{2028}\n", "2 年"),
        (&to_batch, "年初预算数\n甲,8\u{202E}x\u{2028}\n", "8 x"),
        (&to_batch, "\n", "名 册"),
    ] {
        std::fs::write(folder.path().join(roster), format!("单位名称,{rows}")).unwrap();
        for lang in ["zh", "en"] {
            let roster = ["--lang", lang, "--roster", roster];
            shown_plainly(folder.path(), &[args, &roster].concat(), words);
        }
    }
}

#[test]
fn a_number_format_cannot_show_another_number_unnoticed() {
    for format in ["&quot;999.99&quot;", ";;;", "0.00,", "&quot;9&quot;0.00"] {
        let shows = |styles: String| {
            let plain = "formatCode=\"0.00\"";
            assert!(styles.contains(plain));
            styles.replace(plain, &format!("formatCode=\"{format}\""))
        };
        let package = unpacked(&fixture("clean/clean.xlsx"));
        let bytes = rewritten(package, "xl/styles.xml", shows).zip();
        let Review::Checked(checked) = reviewed(&bytes) else {
            panic!("not checked");
        };
        let told = checked
            .report
            .findings
            .iter()
            .find(|finding| finding.code == "GJ019");
        let message = &told.unwrap().message;
        assert!(
            message.contains("显示的不是里面的数"),
            "{format}: {message}"
        );
    }
}

/// Runs the program, which says these words, and shows nothing that turns or controls.
fn shown_plainly(folder: &Path, args: &[&str], words: &str) {
    let said = said(folder, args);
    assert!(said.contains(words), "{args:?}: {said}");
    let odd = said.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(odd, None, "{args:?}: {said:?}");
}

fn said(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .current_dir(folder)
        .args(args)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap()
}

#[test]
fn figures_of_last_year_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let plain = "<c r=\"F20\" s=\"2\"><v>0.57</v></c>";
    let words = "<c r=\"F20\" t=\"str\"><v>五千多\u{202E}</v></c>";
    let changed = |sheet: String| {
        assert!(sheet.contains(plain));
        sheet.replace(plain, words)
    };
    let package = unpacked(&fixture("clean/clean.xlsx"));
    let bytes = rewritten(package, "xl/worksheets/sheet1.xml", changed).zip();
    std::fs::write(folder.path().join("上年.xlsx"), bytes).unwrap();
    let args = ["template", "--form", "yueyang-2023", "--from", "上年.xlsx"];
    let said = said(folder.path(), &[&args[..], &["-o", "今年.xlsx"]].concat());
    assert!(
        said.contains("有 1 处读不出数，没有带过来：附件1 F20"),
        "{said}"
    );
}

#[test]
fn results_for_programs_have_such_signs_escaped() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("甲\u{9B}31m\u{202E}.xlsx"), turned()).unwrap();
    let name = "甲\u{9B}31m\u{202E}.xlsx";
    for args in [
        &["check", name, "--format", "json"][..],
        &["check", name, "--format", "ndjson"],
        &["batch", name, "-o", "汇总.xlsx", "--format", "ndjson"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_gouji"))
            .current_dir(folder.path())
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            said.contains("甲\\u009B31m\\u202E.xlsx"),
            "{args:?}: {said}"
        );
        let plain = |c: char| c == '\n' || !(c.is_control() || gouji::report::is_direction(c));
        assert!(said.chars().all(plain), "{args:?}: {said:?}");
        let read: serde_json::Value = serde_json::from_str(&said).unwrap();
        let path = read.pointer("/files/0/path").or_else(|| read.get("path"));
        assert_eq!(path.and_then(serde_json::Value::as_str), Some(name));
    }
}

#[test]
fn a_name_with_signs_that_turn_is_read_as_it_stands() {
    let gouji::review::Review::Checked(checked) = reviewed(&turned()) else {
        panic!("not checked");
    };
    assert!(checked.unit_name().unwrap().contains('\u{202E}'));
}
