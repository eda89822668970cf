//! The machine-readable result against its schema (`docs/check-result.schema.json`).

use std::fs;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::*;

fn schema() -> Value {
    let text = fs::read_to_string(fixture("docs/check-result.schema.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A validator of whole results, and one of single files.
fn validators() -> (Validator, Validator) {
    let whole = schema();
    let one = json!({"$ref": "#/$defs/file", "$defs": whole["$defs"]});
    (
        jsonschema::validator_for(&whole).unwrap(),
        jsonschema::validator_for(&one).unwrap(),
    )
}

#[track_caller]
fn assert_valid(validator: &Validator, value: &Value) {
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Workbooks of every status, and with errors, rounding differences and consequences.
fn inputs() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..12 {
        let mut filing = Filing::random(seed);
        // One wrong total, one wrong rate, one rounding difference.
        if let Some(total) = &mut filing.annex2.money[2] {
            *total += rust_decimal::Decimal::new(if seed % 2 == 0 { 1 } else { 4200 }, 2);
        }
        filing.annex1.staff[2] = Some(rust_decimal::Decimal::new(12345, 2));
        let path = folder.path().join(format!("{seed}.xlsx"));
        save(&filing, &path);
    }
    let mut paths = vec![
        text(folder.path()).to_owned(),
        SHEETS.to_owned(),
        STACKED.to_owned(),
        "fixtures/unreadable".to_owned(),
        "fixtures/formats".to_owned(),
        "no-such-file.xlsx".to_owned(),
    ];
    paths.extend(["fixtures/unreadable/text.ods".to_owned()]);
    (folder, paths)
}

#[test]
fn json_and_ndjson_are_valid_and_say_the_same() {
    let (whole, one) = validators();
    let (_folder, paths) = inputs();
    for lang in ["zh", "en"] {
        let mut args = vec!["check", "--lang", lang, "--format", "json"];
        args.extend(paths.iter().map(String::as_str));
        let done = run(&args);
        assert_eq!(code(&done), 2);
        let result: Value = serde_json::from_str(stdout(&done)).unwrap();
        assert_valid(&whole, &result);
        args[4] = "ndjson";
        let done = run(&args);
        assert_eq!(code(&done), 2);
        let lines: Vec<Value> = stdout(&done)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines.iter().for_each(|line| assert_valid(&one, line));
        assert_eq!(Value::from(lines), result["files"]);
        for wanted in [r#""checked""#, r#""unrecognised""#, r#""unreadable""#] {
            assert!(result.to_string().contains(wanted), "{wanted}");
        }
    }
}

#[test]
fn counts_are_those_of_the_findings() {
    let (_folder, paths) = inputs();
    let mut args = vec!["check", "--format", "json"];
    args.extend(paths.iter().map(String::as_str));
    let done = run(&args);
    let result: Value = serde_json::from_str(stdout(&done)).unwrap();
    for file in result["files"].as_array().unwrap() {
        let findings = file["findings"].as_array().unwrap();
        for severity in ["error", "incomplete", "explain", "hint"] {
            let found = findings
                .iter()
                .filter(|one| one["severity"] == severity && one["outcome"] == "mismatch");
            assert_eq!(file["counts"][severity], found.count(), "{}", file["path"]);
        }
        let rounding = findings.iter().filter(|one| one["outcome"] == "rounding");
        assert_eq!(file["counts"]["rounding"], rounding.count());
        let unchecked = file["unchecked"].as_array().unwrap();
        assert_eq!(file["counts"]["unchecked"], unchecked.len());
    }
}

#[test]
fn the_schema_is_strict() {
    let (whole, _) = validators();
    let done = run(&["check", "--format", "json", SHEETS]);
    let good: Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_valid(&whole, &good);
    let changes: [fn(&mut Value); 5] = [
        |value| value["extra"] = 1.into(),
        |value| value["files"][0]["findings"][0]["extra"] = 1.into(),
        |value| value["files"][0]["findings"][0]["severity"] = "fatal".into(),
        |value| value["files"][0]["status"] = "unreadable".into(),
        |value| value["schema"] = 2.into(),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(!whole.is_valid(&bad), "change {index}");
    }
}

#[test]
fn json_of_the_reference_filing() {
    let done = run(&["check", "--format", "json", SHEETS]);
    assert_eq!(code(&done), 1);
    insta::assert_snapshot!(stdout(&done));
}

#[test]
fn a_folder_without_workbooks_is_unreadable() {
    let (whole, _) = validators();
    let folder = tempfile::tempdir().unwrap();
    let done = run(&["check", "--format", "json", text(folder.path())]);
    let result: Value = serde_json::from_str(stdout(&done)).unwrap();
    assert_valid(&whole, &result);
    assert_eq!(result["files"][0]["error"]["kind"], "not-a-workbook");
}
