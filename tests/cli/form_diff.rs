//! `gouji form diff`: what changed between two form sets.

use std::fs;

use super::next_year::next_year;
use super::*;

#[test]
fn what_a_year_changes_is_told_in_the_words_of_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let set = next_year(folder.path());
    let done = run(&["form", "diff", "yueyang-2023", text(&set)]);
    assert_eq!(code(&done), 1, "{}", stderr(&done));
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn what_a_year_changes_is_told_in_english() {
    let folder = tempfile::tempdir().unwrap();
    next_year(folder.path());
    let own = ["--forms", text(folder.path()), "--lang", "en"];
    let sets = ["form", "diff", "yueyang-2023", "yueyang-2024"];
    let done = run(&[&sets as &[&str], &own].concat());
    assert_eq!(code(&done), 1, "{}", stderr(&done));
    insta::assert_snapshot!(stdout(&done));
}

/// Back again, what was added is removed.
#[test]
fn the_order_of_the_two_sets_is_the_direction() {
    let folder = tempfile::tempdir().unwrap();
    let set = next_year(folder.path());
    let done = run(&["form", "diff", text(&set), "yueyang-2023"]);
    assert_eq!(code(&done), 1, "{}", stderr(&done));
    for line in [
        "  新增附件6「2023年度社会保险基金预算支出情况表」\n",
        "  附件1「经费控制情况」：取消「劳务费」一行\n",
        "  附件2：「产出指标」由 35 分改为 50 分\n",
        "  「与上年相比须留意的幅度」由 20% 改为 30%\n",
        "  取消「劳务费不超过预算」〔GJ799〕\n",
    ] {
        assert!(stdout(&done).contains(line), "{line}{}", stdout(&done));
    }
}

const COUNTY: &str = r#"
schema  = 1
id      = "county-2023"
name    = "某县2023年度预算绩效自评"
version = "1"
region  = "某县"
extends = "yueyang-2023"

[parameters]
"执行率下限" = { value = "80", unit = "%", name = "低于此执行率要写明原因" }

[[change]]
code   = "GJ006"
level  = "hint"
reason = "本县由乡财股代填，先不退回。"

[[change]]
code   = "GJ212"
off    = false
reason = "本县已采用总分上限。"
"#;

/// A folder with a set of this name, described by `form`.
fn variant(name: &str, form: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(name)).unwrap();
    fs::write(folder.path().join(name).join("form.toml"), form).unwrap();
    folder
}

#[test]
fn a_county_gives_its_reasons() {
    let folder = variant("county-2023", COUNTY);
    let set = folder.path().join("county-2023");
    let done = run(&["form", "diff", "yueyang-2023", text(&set)]);
    assert_eq!(code(&done), 1, "{}", stderr(&done));
    insta::assert_snapshot!(stdout(&done));
}

/// What a set extends is looked for beside its folder first.
#[test]
fn a_set_may_extend_one_that_lies_beside_it() {
    let folder = variant("county-2023", COUNTY);
    let town = folder.path().join("town-2023");
    fs::create_dir(&town).unwrap();
    let form = COUNTY
        .split("\n[parameters]")
        .next()
        .unwrap()
        .replace("\"yueyang-2023\"", "\"county-2023\"")
        .replace("id      = \"county-2023\"", "id      = \"town-2023\"")
        .replace("某县", "某镇");
    fs::write(town.join("form.toml"), form).unwrap();
    let county = folder.path().join("county-2023");
    let done = run(&["form", "diff", text(&county), text(&town)]);
    assert_eq!(code(&done), 1, "{}", stderr(&done));
    assert!(
        stdout(&done).contains("地区由「某县」改为「某镇」"),
        "{}",
        stdout(&done)
    );
    assert!(!stdout(&done).contains("参数"), "{}", stdout(&done));
}

#[test]
fn a_set_is_the_same_as_itself() {
    let embedded = run(&["form", "diff", "yueyang-2023", "yueyang-2023"]);
    assert_eq!(
        (code(&embedded), stdout(&embedded)),
        (0, "两套表样相同。\n")
    );
    let folder = [
        "yueyang-2023",
        "workbook-templates/yueyang-2023/",
        "--lang",
        "en",
    ];
    let folder = run(&[&["form", "diff"] as &[&str], &folder].concat());
    assert_eq!(
        (code(&folder), stdout(&folder)),
        (0, "The two form sets are the same.\n")
    );
}

/// Another id, other spellings and other lines are no difference in the form.
#[test]
fn what_filers_do_not_see_is_no_difference() {
    let form = fs::read_to_string(fixture("workbook-templates/yueyang-2023/form.toml")).unwrap();
    let line = |name: &str| {
        form.lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    let copy = [
        "schema = 1\nid = \"copy\"\nextends = \"yueyang-2023\"".to_owned(),
        line("name "),
        line("version"),
    ];
    let folder = variant("copy", &copy.join("\n"));
    let set = folder.path().join("copy");
    let done = run(&["form", "diff", "yueyang-2023", text(&set)]);
    assert_eq!((code(&done), stdout(&done)), (0, "两套表样相同。\n"));
}

/// However much differs, what is said stays short enough to read.
#[test]
fn the_output_is_bounded() {
    let long = "很".repeat(600);
    let parameters: String = (0..400)
        .map(|n| format!("\"p{n}\" = {{ value = \"{n}\", unit = \"%\", name = \"{long}{n}\" }}\n"))
        .collect();
    let form = COUNTY.replace("[parameters]\n", &format!("[parameters]\n{parameters}"));
    let folder = variant("county-2023", &form);
    let set = folder.path().join("county-2023");
    let done = run(&["form", "diff", "yueyang-2023", text(&set)]);
    assert_eq!(code(&done), 1, "{}", stderr(&done));
    assert!(stdout(&done).contains("  另有 101 处，没有列出。\n"));
    let longest = stdout(&done).lines().map(|line| line.chars().count()).max();
    assert!(longest.is_some_and(|longest| longest < 350), "{longest:?}");
}

#[test]
fn a_set_that_is_not_there_is_told_with_those_that_are() {
    let done = run(&["form", "diff", "yueyang-2023", "yueyang-1999"]);
    assert_eq!((code(&done), stdout(&done)), (2, ""));
    for words in ["「yueyang-1999」", "已有的表样：", "yueyang-2023"] {
        assert!(stderr(&done).contains(words), "{}", stderr(&done));
    }
    let done = run(&["form", "diff", "nowhere", "yueyang-2023", "--lang", "en"]);
    assert_eq!(code(&done), 2);
    assert!(
        stderr(&done).contains("known form sets: ") && stderr(&done).contains("yueyang-2023"),
        "{}",
        stderr(&done)
    );
    assert!(!stderr(&done).contains(is_chinese), "{}", stderr(&done));
}

#[test]
fn a_set_that_does_not_load_is_trouble() {
    let folder = variant("county-2023", &COUNTY.replace("GJ212", "GJ299"));
    let set = folder.path().join("county-2023");
    let done = run(&["form", "diff", "yueyang-2023", text(&set)]);
    assert_eq!((code(&done), stdout(&done)), (2, ""));
    assert!(
        stderr(&done).contains("there is no rule GJ299"),
        "{}",
        stderr(&done)
    );
    let empty = tempfile::tempdir().unwrap();
    let done = run(&["form", "diff", text(empty.path()), "yueyang-2023"]);
    assert_eq!((code(&done), stdout(&done)), (2, ""));
}
