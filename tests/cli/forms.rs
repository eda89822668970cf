//! Form descriptions: their schema, and sets of one's own.

use std::fs;

use serde_json::Value;

use super::*;

fn toml(path: &Path) -> Value {
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(fixture("docs/form.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn every_description_fits_the_schema() {
    let schema = schema();
    let mut count = 0;
    let folder = fixture("workbook-templates");
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry.unwrap().into_path();
        // en.toml is a list of words.
        let is_words = path.file_name().is_some_and(|name| name == "en.toml");
        if is_words || path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let value = toml(&path);
        let faults: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        count += 1;
    }
    assert!(count >= 10);
}

/// The schema knows the named checks of the program, each of them.
#[test]
fn the_schema_lists_the_named_checks() {
    let text = fs::read_to_string(fixture("docs/form.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let listed = &schema["$defs"]["rule"]["properties"]["check"]["enum"];
    let mut listed: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let mut known: Vec<&str> = gouji::catalog::NamedCheck::ALL
        .iter()
        .map(|(name, _)| *name)
        .collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

#[test]
fn the_schema_refuses_what_loading_refuses() {
    let schema = schema();
    let good = toml(&fixture("workbook-templates/yueyang-2023/annex1.toml"));
    assert!(schema.is_valid(&good));
    let changes: [fn(&mut Value); 10] = [
        |value| value["bloc"] = "x".into(),
        |value| value["block"][0]["kind"] = "table".into(),
        |value| value["block"][1]["rows"][0]["code"] = Value::Null,
        |value| value["rule"][0]["code"] = "GJ1".into(),
        |value| value["rule"][0]["must"] = Value::Array(Vec::new()),
        |value| value["rule"][3]["check"] = "special_rows_named".into(),
        |value| value["name"] = "附件/1".into(),
        |value| value["title"] = "长".repeat(201).into(),
        |value| value["layout"]["widths"][0] = (-8).into(),
        |value| value["block"][1]["rows"][0]["spare"] = 201.into(),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(!schema.is_valid(&bad), "change {index}");
    }
}

/// A folder with one form set that extends the embedded one.
fn county(form: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("county-2023");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("form.toml"), form).unwrap();
    folder
}

const COUNTY: &str = r#"
schema  = 1
id      = "county-2023"
name    = "某县2023年度预算绩效自评"
version = "1"
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

#[test]
fn a_county_differs_by_a_few_lines() {
    let folder = county(COUNTY);
    let own = ["--forms", text(folder.path()), "--form", "county-2023"];
    let done = run(&[&["check", SHEETS] as &[&str], &own].concat());
    // GJ006 is a hint here, and nothing else was to be corrected.
    assert_eq!(code(&done), 0, "{}", stdout(&done));
    // 附件2 executes 84.78 %, above this county's 80 %.
    assert!(!stdout(&done).contains("低于 90%"), "{}", stdout(&done));
    let told = run(&[&["explain", "GJ006"] as &[&str], &own].concat());
    assert!(
        stdout(&told).contains("本县由乡财股代填"),
        "{}",
        stdout(&told)
    );
    let listed = run(&["form", "list", "--forms", text(folder.path())]);
    assert!(stdout(&listed).contains("county-2023"));
    assert!(stdout(&listed).contains("yueyang-2023"));
    let lint = run(&["form", "lint", text(folder.path())]);
    assert_eq!(code(&lint), 0, "{}", stdout(&lint));
    assert!(schema().is_valid(&toml(&folder.path().join("county-2023/form.toml"))));
}

#[test]
fn a_fault_in_a_description_names_file_and_line() {
    let folder = county(&COUNTY.replace("GJ212", "GJ299"));
    let done = run(&["form", "lint", text(folder.path())]);
    assert_eq!(code(&done), 1);
    let said = stdout(&done);
    assert!(
        said.contains("county-2023/form.toml:17: there is no rule GJ299"),
        "{said}"
    );
    let done = run(&["check", SHEETS, "--forms", text(folder.path())]);
    assert_eq!(code(&done), 2);
    assert!(stderr(&done).contains("GJ299"), "{}", stderr(&done));
}

/// Where two sets have the same tables, the name in the template tells which of them it is.
#[test]
fn a_template_says_which_of_two_like_sets_it_is_of() {
    let folder = county(COUNTY);
    for set in ["county-2023", "yueyang-2023"] {
        let path = folder.path().join(format!("{set}.xlsx"));
        let forms = ["--forms", text(folder.path())];
        let template = ["template", "--form", set, "-o", text(&path)];
        assert_eq!(code(&run(&[&template[..], &forms].concat())), 0);
        let done = run(&[&["inspect", text(&path)], &forms[..]].concat());
        let said = stdout(&done);
        let first = said.lines().nth(1).unwrap();
        assert!(first.contains(&format!("（{set}）")), "{first}");
    }
}

/// One that was passed over would pass for a set without faults.
#[test]
#[cfg(unix)]
fn a_set_that_is_a_link_is_read() {
    let elsewhere = county(&COUNTY.replace("GJ212", "GJ299"));
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("county-2023");
    std::os::unix::fs::symlink(elsewhere.path().join("county-2023"), link).unwrap();
    let done = run(&["form", "lint", text(folder.path())]);
    assert_eq!(code(&done), 1);
    assert!(stdout(&done).contains("no rule GJ299"), "{}", stdout(&done));
}

#[test]
#[cfg(unix)]
fn links_of_sets_in_a_circle_are_told() {
    let folder = county(COUNTY);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("圈")).unwrap();
    let done = run(&["form", "lint", text(folder.path())]);
    assert_eq!(code(&done), 1);
    assert!(stdout(&done).contains("圈"), "{}", stdout(&done));
}

/// A folder with the set of this city, one text of one file changed.
fn changed(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("yueyang-2023");
    fs::create_dir(&own).unwrap();
    for entry in fs::read_dir(fixture("workbook-templates/yueyang-2023"))
        .unwrap()
        .flatten()
    {
        fs::copy(entry.path(), own.join(entry.file_name())).unwrap();
    }
    let written = fs::read_to_string(own.join(file)).unwrap();
    assert!(written.contains(from), "{file}: {from}");
    fs::write(own.join(file), written.replacen(from, to, 1)).unwrap();
    folder
}

#[test]
fn what_is_larger_than_any_figure_or_read_twice_is_refused() {
    for (file, from, to, said) in [
        (
            "form.toml",
            "value = \"70\"",
            "value = \"79228162514264337593543950335\"",
            "is larger",
        ),
        (
            "form.toml",
            "rules   = [",
            "rules = [\"format.toml\", ",
            "listed twice",
        ),
    ] {
        let folder = changed(file, from, to);
        let lint = run(&["form", "lint", text(folder.path())]);
        assert_eq!(code(&lint), 1, "{to}");
        assert!(stdout(&lint).contains(said), "{}", stdout(&lint));
    }
}

#[test]
fn two_annexes_do_not_have_one_name() {
    let folder = changed("annex2.toml", "\"附件2\"", "\"附件1\"");
    let lint = run(&["form", "lint", text(folder.path())]);
    assert_eq!(code(&lint), 1);
    let said = stdout(&lint);
    assert!(
        said.contains("form.toml") && said.contains("`name` 附件1 stands in 附1 and in 附2"),
        "{said}"
    );
}

#[test]
fn what_no_workbook_can_hold_is_refused() {
    for (file, from, to, expected) in [
        (
            "annex1.toml",
            "spare = 2",
            "spare = 4294967295",
            "`spare` is 4294967295",
        ),
        ("annex2.toml", "\"附件2\"", "'附[]:*?/\\件2'", "[]:*?/"),
        ("annex2.toml", "\"附件2\"", "\"自检\"", "choose another"),
        ("annex2.toml", "\"附件2\"", "\"\"", "0 characters"),
        (
            "annex2.toml",
            "id     = \"附2\"",
            "id     = \"附1\"",
            "annex 附1 stands in two files",
        ),
        (
            "annex2.toml",
            "widths = [8,",
            "widths = [nan,",
            "`widths` has NaN",
        ),
        (
            "annex2.toml",
            "widths = [8,",
            "widths = [inf,",
            "`widths` has inf",
        ),
        (
            "annex2.toml",
            "widths = [8,",
            "widths = [-8,",
            "`widths` has -8",
        ),
        (
            "annex2.toml",
            "title  = \"{年}",
            "title  = \"{长}",
            "`title` has",
        ),
        (
            "form.toml",
            "= 2023",
            "= -2147483648",
            "`year` is -2147483648",
        ),
    ] {
        let to = to.replace("{长}", &"长".repeat(40_000));
        let folder = changed(file, from, &to);
        let lint = run(&["form", "lint", text(folder.path())]);
        assert_eq!(code(&lint), 1, "{to:.40}");
        let said = stdout(&lint);
        assert!(
            said.contains(expected) && said.contains(file),
            "{said:.400}"
        );
    }
}
