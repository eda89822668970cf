//! A run that is killed at any moment and started again ends as one that was not.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use gouji::read::{Limits, read};

use super::filings::Rng;
use super::{dump, gouji, rows, runs, stderr, submissions};

/// The run that is killed.
const RUN: [&str; 6] = ["batch", "报送", "-o", "断续.xlsx", "--threads", "2"];

/// Kills runs at random points, so many of them; `look` at what each leaves. The inputs stay as
/// they are. `whole` is how long a run takes that is not killed.
fn killed(path: &Path, args: &[&str], kills: u32, whole: Duration, mut look: impl FnMut()) {
    let inputs = files(&path.join("报送"));
    // How long a run takes at most: anew, and going on from the last time.
    let mut longest = [whole; 2];
    let mut rng = Rng::new(0x1c11);
    let mut cut_short = 0;
    for round in 0.. {
        if cut_short == kills {
            break;
        }
        assert!(round < 10 * kills, "only {cut_short} runs were cut short");
        // Anew at times, so that the beginning is killed as often as the end.
        let goes_on = usize::from(round % 4 != 0);
        let flag = ["--force", "--resume"][goes_on];
        let mut child = gouji(path, &[&RUN, args, &[flag]].concat())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let share = u32::try_from(rng.between(1, 1000)).unwrap();
        sleep(longest[goes_on] * share / 1000);
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        cut_short += u32::from(!ended);
        if ended {
            longest[goes_on] = longest[goes_on] * 3 / 4;
        }
        assert!(files(&path.join("报送")) == inputs);
        if path.join("断续.xlsx").exists() {
            // Whole, whenever it was written.
            cells(path, "断续.xlsx");
        }
        look();
    }
}

#[test]
fn a_run_killed_at_random_points_ends_with_the_same_result() {
    let folder = submissions(60);
    let path = folder.path();
    let begun = Instant::now();
    runs(
        path,
        &["batch", "报送", "-o", "一气.xlsx", "--threads", "2"],
        1,
    );
    let whole = begun.elapsed();
    let expected = dump(&path.join("一气.db"));
    let summary = cells(path, "一气.xlsx");
    let mut rows_seen = 0;
    killed(path, &[], 12, whole, || {
        if path.join("断续.db").exists() {
            // Whole files only: a file that is there has its tables and its rules.
            let halves = rows(
                &path.join("断续.db"),
                "SELECT path FROM file WHERE status = 'checked' AND \
                 (id NOT IN (SELECT file FROM annex) OR id NOT IN (SELECT file FROM applied))",
            );
            assert_eq!(halves, Vec::<String>::new());
            let files = rows(&path.join("断续.db"), "SELECT count(*) FROM file");
            rows_seen = rows_seen.max(files[0].parse::<u64>().unwrap());
        }
    });
    assert!(rows_seen > 0, "no killed run had written anything");
    runs(path, &["batch", "报送", "-o", "断续.xlsx", "--resume"], 1);
    let mut left: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        ["一气.db", "一气.xlsx", "报送", "断续.db", "断续.xlsx"]
    );
    assert_eq!(dump(&path.join("断续.db")), expected);
    assert_eq!(cells(path, "断续.xlsx"), summary);
}

#[test]
fn copies_and_notices_of_a_run_that_is_killed_are_whole_and_the_next_run_has_them_all() {
    let folder = submissions(24);
    let path = folder.path();
    let begun = Instant::now();
    let to = ["--marked", "标注", "--notices", "通知"];
    runs(path, &[&RUN[..], &to].concat(), 1);
    let whole = begun.elapsed();
    let results = || dump(&path.join("断续.db"));
    let expected = results();
    let written = ["标注", "通知"].map(|folder| names(&path.join(folder)));
    assert!(written.iter().all(|names| names.len() > 10));
    for folder in ["标注", "通知"] {
        fs::remove_dir_all(path.join(folder)).unwrap();
    }
    let mut opened = HashSet::new();
    killed(path, &to, 8, whole, || {
        for folder in ["标注", "通知"] {
            for (name, bytes) in files(&path.join(folder)) {
                // What was cut short does not look like a result.
                if !name.ends_with(".gouji-draft") && !opened.contains(&bytes) {
                    let book = read(&bytes, &Limits::default());
                    assert!(book.is_ok(), "{folder} {name}: {:?}", book.err());
                    opened.insert(bytes);
                }
            }
        }
    });
    assert!(!opened.is_empty(), "no killed run had written anything");
    runs(path, &[&RUN[..], &to, &["--resume"]].concat(), 1);
    assert_eq!(results(), expected);
    let left = ["标注", "通知"].map(|folder| names(&path.join(folder)));
    assert_eq!(left, written);
}

#[test]
fn what_a_killed_run_wrote_anew_is_not_taken_for_changed_by_somebody() {
    let folder = submissions(24);
    let path = folder.path();
    let args = [&RUN[..], &["--marked", "标注", "--notices", "通知"]].concat();
    runs(path, &args, 1);
    let results = || ["标注", "通知"].map(|folder| files(&path.join(folder)));
    let resumed = [&args[..], &["--resume"]].concat();
    let before = results();
    for (place, written) in before.iter().enumerate() {
        // Every file gets what the one before it had: all copies and notices are others.
        let given = files(&path.join("报送"));
        for (name, bytes) in given.keys().zip(given.values().cycle().skip(1)) {
            fs::write(path.join("报送").join(name), bytes).unwrap();
        }
        let mut child = gouji(path, &resumed)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let is_other = |now: &BTreeMap<String, Vec<u8>>| {
            let mut all = written.iter();
            all.any(|(name, bytes)| now.get(name).is_some_and(|now| now != bytes))
        };
        while !is_other(&results()[place]) {
            assert!(child.try_wait().unwrap().is_none(), "it ended before");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // As if the other files had never been there.
        for (name, bytes) in &given {
            fs::write(path.join("报送").join(name), bytes).unwrap();
        }
        let said = stderr(&runs(path, &resumed, 1));
        assert!(!said.contains("已改名为"), "{said}");
        let units = |files: &[BTreeMap<String, Vec<u8>>; 2]| {
            let files = files.iter().flatten();
            let named = files.map(|(name, bytes)| (name.clone(), texts(bytes)));
            named.collect::<BTreeMap<_, _>>()
        };
        assert!(units(&results()) == units(&before));
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            results().each_ref().map(names),
            before.each_ref().map(names)
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_stopped_says_how_many_files_it_keeps_and_goes_on() {
    let folder = submissions(90);
    let path = folder.path();
    let args = [&RUN[..], &["--marked", "标注"]].concat();
    runs(path, &args, 1);
    let expected = dump(&path.join("断续.db"));
    for name in ["断续.db", "断续.xlsx"] {
        fs::remove_file(path.join(name)).unwrap();
    }
    fs::remove_dir_all(path.join("标注")).unwrap();
    let mut child = gouji(path, &args)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while names(&path.join("标注")).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before");
    }
    super::processes::signal(child.id(), "INT");
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let database = path.join("断续.db");
    let kept = &rows(&database, "SELECT count(*) FROM file")[0];
    let words = format!("已停下，核对了 {kept} 份，结果都在");
    assert!(said.contains(&words), "{words}: {said}");
    // A copy of each of them, and of no other.
    let marked = names(&path.join("标注")).len().to_string();
    assert_eq!(
        rows(&database, "SELECT count(marked) FROM file"),
        [marked.as_str()]
    );
    assert!(!path.join("断续.xlsx").exists());
    runs(path, &[&args[..], &["--resume"]].concat(), 1);
    assert_eq!(dump(&database), expected);
}

/// All files below a folder, by their paths in it; none where there is no folder.
pub(super) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter();
    let files = entries.filter_map(|entry| {
        let entry = entry.ok().filter(|entry| entry.file_type().is_file())?;
        let name = entry.path().strip_prefix(folder).unwrap();
        let bytes = match fs::read(entry.path()) {
            // A run that is at work has given it its name meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            bytes => bytes.unwrap(),
        };
        Some((name.to_str().unwrap().to_owned(), bytes))
    });
    files.collect()
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_keys().collect()
}

/// The texts of a workbook, save for the time of the check and the date.
fn texts(bytes: &[u8]) -> Vec<String> {
    let workbook = read(bytes, &Limits::default()).unwrap();
    let cells = workbook.sheets.into_iter().flat_map(|sheet| sheet.cells);
    let texts = cells.map(|cell| format!("{} {:?}", cell.at, cell.value));
    texts.filter(|text| !text.contains("20")).collect()
}

/// What stands in a summary workbook, save for the time of the check.
fn cells(folder: &Path, name: &str) -> Vec<String> {
    let bytes = fs::read(folder.join(name)).unwrap();
    let workbook = read(&bytes, &Limits::default()).unwrap();
    let mut cells = Vec::new();
    for sheet in &workbook.sheets {
        for cell in &sheet.cells {
            cells.push(format!(
                "{} {} {:?} {:?}",
                sheet.name, cell.at, cell.value, cell.formula
            ));
        }
    }
    assert!(cells.len() > 1000, "{}", cells.len());
    cells.retain(|cell| !cell.contains("核对时间"));
    cells
}
