//! What people read: reports, the rule book, help, and why a file is not read.

use std::fs;

use super::*;

#[test]
fn report_of_the_reference_filing_one_annex_a_sheet() {
    insta::assert_snapshot!(stdout(&run(&["check", SHEETS])));
}

#[test]
fn report_of_the_reference_filing_on_one_sheet() {
    insta::assert_snapshot!(stdout(&run(&["check", STACKED])));
}

#[test]
fn inspection_of_the_reference_filing() {
    let done = run(&["inspect", SHEETS]);
    assert_eq!(code(&done), 0);
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn explanation_of_one_rule() {
    let done = run(&["explain", "gj203"]);
    assert_eq!(code(&done), 0);
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn explanation_of_all_rules_has_every_code_once() {
    let done = run(&["explain", "--all"]);
    assert_eq!(code(&done), 0);
    let catalog = gouji::catalog::Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let codes = form.rules.iter().map(|rule| &rule.code);
    for code in codes.chain(form.reserved.iter().map(|(code, _)| code)) {
        let heads = stdout(&done)
            .lines()
            .filter(|line| line.starts_with(code.as_str()));
        assert_eq!(heads.count(), 1, "{code}");
    }
}

#[test]
fn a_reserved_code_is_explained_and_an_unknown_one_is_not() {
    let reserved = run(&["explain", "GJ801"]);
    assert_eq!(code(&reserved), 0);
    assert!(stdout(&reserved).contains("保留"), "{}", stdout(&reserved));
    let unknown = run(&["explain", "GJ999"]);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("GJ999"), "{}", stderr(&unknown));
}

/// The files of a folder, each with what is said about it.
fn unreadable(lang: &str) -> String {
    let mut paths: Vec<_> = fs::read_dir(fixture("fixtures/unreadable"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".py") && !name.ends_with(".md"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 15);
    let mut said = String::new();
    for name in paths {
        let path = format!("fixtures/unreadable/{name}");
        let done = run(&["check", "--lang", lang, &path]);
        assert_eq!(code(&done), 2, "{path}");
        assert_eq!(stderr(&done), "", "{path}");
        said.push_str(stdout(&done));
    }
    said
}

#[test]
fn unreadable_files_are_named_in_chinese() {
    insta::assert_snapshot!(unreadable("zh"));
}

#[test]
fn unreadable_files_are_named_in_english() {
    let said = unreadable("en");
    assert!(!said.contains(is_chinese), "{said}");
    insta::assert_snapshot!(said);
}

const COMMANDS: [&[&str]; 13] = [
    &[],
    &["check"],
    &["fix"],
    &["batch"],
    &["merge"],
    &["serve"],
    &["explain"],
    &["inspect"],
    &["template"],
    &["form"],
    &["form", "list"],
    &["form", "lint"],
    &["form", "diff"],
];

#[test]
fn help_in_chinese() {
    let mut all = String::new();
    for command in COMMANDS {
        let done = run(&[command, &["--help"]].concat());
        assert_eq!(code(&done), 0);
        all.push_str(stdout(&done));
        all.push_str("────\n");
    }
    // What clap would say in English.
    for word in [
        "OPTIONS", "COMMAND", "Usage", "Options", "possible", "default:",
    ] {
        assert!(!all.contains(word), "{word}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn help_in_english_has_no_chinese() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let done = run(&[&["--lang", "en"], command, &[flag]].concat());
            assert_eq!(code(&done), 0);
            assert!(!stdout(&done).contains(is_chinese), "{}", stdout(&done));
        }
    }
}

#[test]
fn misuse_is_said_in_the_language() {
    let mut all = String::new();
    for args in [
        &["check"] as &[&str],
        &["chek", SHEETS],
        &["check", "--formt", "json", SHEETS],
        &["check", "--format", "xml", SHEETS],
        &["check", SHEETS, "--format"],
        &["check", "--max-cells", "many", SHEETS],
        &["check", SHEETS, "-o", "a", "-o", "b"],
        &["explain"],
        &["explain", "GJ203", "GJ204"],
        &["form"],
        &["form", "diff", "yueyang-2023"],
        &["check", "--form", "nowhere-1999", SHEETS],
        &["check", "--select", "GJ2O3", SHEETS],
        &["template", "--projects", "100000"],
        &["serve", "--listen", "abc"],
        &["form", "lint", "nowhere"],
        &["form", "lint", "docs"],
        &["form", "lint", "workbook-templates/yueyang-2023"],
        &["check", "--ignore", "GJ801", SHEETS],
        &["check", "--ignore", "GJ9", SHEETS],
        &["check", "--forms", "nowhere", SHEETS],
    ] {
        let done = run(args);
        assert_eq!(code(&done), 2);
        all.push_str(&format!("$ gouji {}\n{}\n", args.join(" "), stderr(&done)));
        let english = run(&[&["--lang", "en"], args].concat());
        assert_eq!(code(&english), 2);
        assert!(
            !stderr(&english).contains(is_chinese),
            "{}",
            stderr(&english)
        );
    }
    insta::assert_snapshot!(all);
}

/// What systems and libraries say of themselves is English.
#[test]
fn what_went_wrong_is_said_in_chinese_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (none, other) = (path("无/表.xlsx"), path("名单.txt"));
    std::fs::write(&other, "甲").unwrap();
    for args in [
        &["batch", SHEETS, "-o", &none] as &[&str],
        &[
            "batch",
            SHEETS,
            "-o",
            &path("表.xlsx"),
            "--last-year",
            &other,
        ],
        &["batch", &none, "-o", &path("表.xlsx")],
        &["batch", "--files-from", &none, "-o", &path("表.xlsx")],
        &["merge", &none, "-o", &path("表.xlsx")],
        &["merge", &other, "-o", &path("表.xlsx")],
        &["check", SHEETS, "-o", &none],
        &["template", "--form", "yueyang-2023", "-o", &none],
        &["serve", "--page", &none],
    ] {
        let done = run(args);
        assert_eq!(code(&done), 2);
        let said = stderr(&done);
        for words in ["unable", "error", "No such", "database of", "directory"] {
            assert!(!said.contains(words), "{said}");
        }
    }
}

#[test]
fn the_version_is_the_same_in_both_languages() {
    let zh = run(&["--version"]);
    let en = run(&["--lang", "en", "-V"]);
    assert_eq!((code(&zh), code(&en)), (0, 0));
    assert_eq!(
        stdout(&zh),
        format!("gouji {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(stdout(&zh), stdout(&en));
}

#[test]
fn the_frame_of_a_report_is_in_the_language() {
    let done = run(&["check", "--lang", "en", SHEETS]);
    let out = stdout(&done);
    for words in ["To correct 2", "To explain ", "Hints ", "not checked."] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let last = out.lines().last().unwrap();
    assert!(!last.contains(is_chinese), "{last}");
    for words in ["须改", "须说明", "提示 ", "未审"] {
        assert!(!out.contains(words), "{words}: {out}");
    }
}
