//! One run of each command over all cases, with a sound filing among them: every file is said for
//! what it is, nothing else is written, and the sound one comes out as if it were alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gouji::lang::Lang;
use gouji::review::Review;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::kit::{Case, Outcome, fixture, reviewed};
use crate::office::Office;
use crate::{archives, cells, formats, text, xls, xml};

const SOUND: &str = "好.xlsx";
const NO_FORM: &str = "没有找到已知的表";

fn cases() -> Vec<Case> {
    [
        archives::cases(),
        xml::cases(),
        cells::cases(),
        text::cases(),
        formats::cases(),
        xls::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A folder 报送 with every case and the sound filing.
fn folder(cases: &[Case]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let inside = folder.path().join("报送");
    fs::create_dir(&inside).unwrap();
    for case in cases {
        fs::write(inside.join(case.name), &case.bytes).unwrap();
    }
    fs::write(inside.join(SOUND), fixture("clean/clean.xlsx")).unwrap();
    folder
}

fn gouji(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gouji"));
    command.current_dir(folder).args(args).env("NO_COLOR", "1");
    command.output().unwrap()
}

/// What was printed, without a word of a fault of the program.
pub(crate) fn printed(output: &Output) -> String {
    let said = [output.stdout.clone(), output.stderr.clone()].concat();
    let said = String::from_utf8(said).unwrap();
    for word in [
        "panicked",
        "RUST_BACKTRACE",
        "src/",
        "程序处理这个文件时出错",
    ] {
        assert!(!said.contains(word), "{said}");
    }
    said
}

/// All files below a folder, with their bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(folder).unwrap().to_owned();
            found.insert(path, fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
#[ignore = "GOUJI_CASES names a new folder for them: windows/test.sh"]
fn cases_are_laid_out() {
    let folder = std::env::var_os("GOUJI_CASES").expect("GOUJI_CASES names a folder");
    fs::create_dir(&folder).unwrap();
    for case in cases() {
        fs::write(Path::new(&folder).join(case.name), &case.bytes).unwrap();
    }
}

/// The paths that are new, sorted; those that were there are as they were.
fn added(before: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) -> Vec<String> {
    let mut after = tree(folder);
    for (path, bytes) in before {
        assert_eq!(
            after.remove(path).as_ref(),
            Some(bytes),
            "{}",
            path.display()
        );
    }
    let paths = after.into_keys();
    paths
        .map(|path| path.to_str().unwrap().to_owned())
        .collect()
}

/// The lines from the heading of a file, which may name the unit too, to the next blank one.
fn told<'a>(said: &'a str, path: &str) -> &'a str {
    let heads = |block: &&str| block.lines().next().is_some_and(|line| line.contains(path));
    let mut blocks = said.split("\n\n").filter(heads);
    let block = blocks.next().unwrap_or_else(|| panic!("{path}: {said}"));
    assert_eq!(blocks.next(), None, "{path}");
    block
}

/// What the library says of a case.
fn message(case: &Case) -> String {
    match (reviewed(&case.bytes), case.outcome) {
        (Review::Unreadable(error), Outcome::Refused(kind, words)) => {
            let message = error.message(Lang::Zh);
            assert_eq!(error.kind(), kind, "{}: {message}", case.name);
            assert!(message.contains(words), "{}: {message}", case.name);
            message
        }
        (Review::Unrecognised(_), Outcome::NoForm) => NO_FORM.to_owned(),
        (review, outcome) => panic!("{}: {outcome:?}: {review:?}", case.name),
    }
}

#[test]
fn every_case_is_said_at_every_door_and_the_sound_filing_is_unharmed() {
    let cases = cases();
    let messages: Vec<String> = cases.iter().map(message).collect();
    let folder = folder(&cases);
    let path = folder.path();
    let before = tree(path);

    let said = {
        let output = gouji(path, &["check", "报送"]);
        assert_eq!(output.status.code(), Some(2));
        printed(&output)
    };
    let alone = printed(&gouji(path, &["check", &format!("报送/{SOUND}")]));
    assert_eq!(added(&before, path), [""; 0], "check writes nothing");

    let fixed = gouji(path, &["fix", "报送"]);
    assert_eq!(fixed.status.code(), Some(2));
    let fixed = printed(&fixed);
    let copy = "报送/好（核对结果）.xlsx";
    assert_eq!(added(&before, path), [copy], "{fixed}");
    fs::remove_file(path.join(copy)).unwrap();

    let args = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "标注"];
    let output = gouji(path, &args);
    assert_eq!(output.status.code(), Some(2));
    printed(&output);
    let written = ["标注/报送/好（核对结果）.xlsx", "汇总.db", "汇总.xlsx"];
    let mut new = added(&before, path);
    new.sort();
    let mut written = written.map(str::to_owned);
    written.sort();
    assert_eq!(new, written);
    let records = records(&path.join("汇总.db"));

    for (case, message) in cases.iter().zip(&messages) {
        let at = format!("报送/{}", case.name);
        assert!(told(&said, &at).contains(message.as_str()), "check: {said}");
        assert!(told(&fixed, &at).contains(message.as_str()), "fix: {fixed}");
        let (status, kind, error) = &records[&at];
        match case.outcome {
            Outcome::Refused(wanted, _) => {
                assert_eq!(
                    (status.as_str(), kind.as_str()),
                    ("unreadable", wanted),
                    "{at}"
                );
                assert_eq!(error, message, "{at}");
            }
            Outcome::NoForm => assert_eq!(status, "unrecognised", "{at}"),
        }
    }
    let names = cases.iter().map(|case| format!("报送/{}", case.name));
    let names: Vec<String> = ["inspect".to_owned()].into_iter().chain(names).collect();
    let args: Vec<&str> = names.iter().map(String::as_str).collect();
    let before = tree(path);
    let (code, inspected) = run(path, &args);
    assert_eq!(code, 2);
    for ((case, message), name) in cases.iter().zip(&messages).zip(&names[1..]) {
        let told = format!(
            "{name}
  {message}"
        );
        assert!(inspected.contains(&told), "inspect: {inspected}");
        let args = [
            "template",
            "--form",
            "yueyang-2023",
            "--from",
            name,
            "-o",
            "今年.xlsx",
        ];
        let output = gouji(path, &args);
        let said = printed(&output);
        assert_eq!(output.status.code(), Some(2), "{}: {said}", case.name);
        assert!(said.contains(message.as_str()), "template: {said}");
    }
    assert_eq!(added(&before, path), [""; 0], "nothing is written");

    let sound = format!("报送/{SOUND}");
    assert_eq!(
        told(&said, &sound).trim(),
        alone.split("\n\n").next().unwrap().trim()
    );
    assert_eq!(records[&sound].0, "checked");
}

#[test]
fn serve_answers_every_case_as_check_does_and_is_there_for_the_sound_filing() {
    let cases = cases();
    let folder = folder(&cases);
    let output = gouji(folder.path(), &["check", "报送", "--format", "json"]);
    let mut expected = files(&output.stdout);
    let office = Office::start(&[]);
    let sound = (SOUND, fixture("clean/clean.xlsx"));
    let cases = cases.into_iter().map(|case| (case.name, case.bytes));
    for (name, bytes) in cases.chain([sound]) {
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let checked = office.post(&format!("/api/check?name={encoded}"), &bytes);
        if bytes.is_empty() {
            // A request without a file.
            assert_eq!((checked.status, checked.kind().as_str()), (400, "empty"));
            expected.remove(&format!("报送/{name}"));
            continue;
        }
        assert_eq!(checked.status, 200, "{name}");
        let mut answers = files(&checked.body);
        let answer = answers.remove(name);
        assert_eq!(answer, expected.remove(&format!("报送/{name}")), "{name}");
        let fixed = office.post(&format!("/api/fix?name={encoded}"), &bytes);
        let wanted = if name == SOUND { 200 } else { 422 };
        assert_eq!(fixed.status, wanted, "{name}");
    }
    assert_eq!(expected, BTreeMap::new());
}

/// The files of a result, by their paths, which are taken out of them.
fn files(json: &[u8]) -> BTreeMap<String, serde_json::Value> {
    let mut result: serde_json::Value = serde_json::from_slice(json).unwrap();
    let files = result["files"].as_array_mut().unwrap().drain(..);
    files
        .map(|mut file| {
            let path = file.as_object_mut().unwrap().remove("path").unwrap();
            (path.as_str().unwrap().to_owned(), file)
        })
        .collect()
}

/// Status, kind of error and message of each file, by its path.
pub(crate) type Records = BTreeMap<String, (String, String, String)>;

/// Status, kind of error and message of every file of a run.
pub(crate) fn records(database: &Path) -> Records {
    let connection = Connection::open(database).unwrap();
    let query = "SELECT path, status, ifnull(error_kind, ''), ifnull(error, '') FROM file";
    let mut select = connection.prepare(query).unwrap();
    let rows = select.query_map([], |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// A run of `batch` that keeps marked copies; what is new beside its own outputs.
pub(crate) fn batch(folder: &Path, code: i32) -> (Records, Vec<String>) {
    let before = tree(folder);
    let args = ["batch", "报送", "-o", "汇总.xlsx", "--marked", "标注"];
    let output = gouji(folder, &args);
    let said = printed(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let mut new = added(&before, folder);
    new.retain(|path| !path.starts_with("汇总."));
    (records(&folder.join("汇总.db")), new)
}

/// A run of the program in a folder: its exit code and what it said.
pub(crate) fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = gouji(folder, args);
    (output.status.code().unwrap(), printed(&output))
}
