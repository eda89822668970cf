//! Killed at any moment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::Instant;

use gouji::read::{self, Limits};

use super::{files, filings, gouji};

const KILLS: u32 = 12;

/// Where a draft is left, it does not look like a result.
const DRAFT: &str = ".gouji-draft";

/// Kills runs at moments spread over their length, and every second one as soon as it has begun to
/// write a result into this folder; `look` at what each leaves.
fn killed(folder: &Path, start: impl Fn() -> Child, look: impl Fn()) {
    let begun = Instant::now();
    start().wait().unwrap();
    let whole = begun.elapsed();
    let (mut cut_short, mut half_written) = (0, 0);
    for round in 0..10 * KILLS {
        if cut_short >= KILLS && half_written > 1 {
            return;
        }
        let is_aimed = round % 2 == 1;
        if is_aimed {
            drafts(folder).for_each(|draft| fs::remove_file(draft).unwrap());
        }
        let mut child = start();
        if is_aimed {
            while child.try_wait().unwrap().is_none() && drafts(folder).next().is_none() {}
        } else {
            // Each time at another share of the whole, by steps that never repeat.
            sleep(whole * (round * 37 % 97) / 97);
        }
        cut_short += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        half_written += u32::from(is_aimed && drafts(folder).next().is_some());
        look();
    }
    panic!("{cut_short} runs were cut short, {half_written} in the middle of a result");
}

/// What a run has begun to write, or has left so.
fn drafts(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.to_string_lossy().ends_with(DRAFT))
}

fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(folder);
    files.retain(|name, _| !name.ends_with(DRAFT));
    files
}

#[test]
fn a_fix_that_is_killed_leaves_whole_copies_and_the_next_one_all_of_them() {
    let folder = filings();
    let (path, copies) = (folder.path(), folder.path().join("结果"));
    let inputs = files(&path.join("报送"));
    let fix = || gouji(path, &["fix", "报送", "-o", "结果", "--force"]);
    killed(
        &copies,
        || fix().spawn().unwrap(),
        || {
            assert_eq!(files(&path.join("报送")), inputs);
            for (name, bytes) in results(&copies) {
                let read = read::read(&bytes, &Limits::default());
                assert!(read.is_ok(), "{name}: {:?}", read.err());
            }
        },
    );
    fs::remove_dir_all(&copies).unwrap();
    fs::create_dir(&copies).unwrap();
    // One that was killed in the middle of a copy.
    fs::write(copies.join(format!("yuan（核对结果）.xlsx{DRAFT}")), "PK").unwrap();
    assert_eq!(fix().status().unwrap().code(), Some(1));
    let names: Vec<String> = files(&copies).into_keys().collect();
    assert_eq!(names.len(), inputs.len());
    assert!(!names.iter().any(|name| name.ends_with(DRAFT)), "{names:?}");
}

#[test]
fn templates_that_are_killed_are_whole_or_not_there() {
    let folder = filings();
    let path = folder.path();
    let units: Vec<String> = (1..=3).map(|number| format!("单位{number}")).collect();
    fs::write(
        path.join("名册.csv"),
        format!("单位名称\n{}\n", units.join("\n")),
    )
    .unwrap();
    let roster = fs::read(path.join("名册.csv")).unwrap();
    let into = |target: &str| {
        let args = ["template", "--form", "yueyang-2023", "--force", "--roster"];
        gouji(path, &[&args[..], &["名册.csv", "-o", target]].concat())
    };
    assert!(into("一气").status().unwrap().success());
    let whole = files(&path.join("一气"));
    assert_eq!(whole.len(), units.len());
    killed(
        &path.join("断续"),
        || into("断续").spawn().unwrap(),
        || {
            assert_eq!(fs::read(path.join("名册.csv")).unwrap(), roster);
            for (name, bytes) in results(&path.join("断续")) {
                assert!(whole[&name] == bytes, "{name}");
            }
        },
    );
    assert!(into("断续").status().unwrap().success());
    assert!(files(&path.join("断续")) == whole);
}

#[test]
fn a_draft_that_is_being_written_is_left_alone() {
    let folder = filings();
    let copies = folder.path().join("结果");
    let draft = copies.join(format!("yuan（核对结果）.xlsx{DRAFT}"));
    let other = fs::File::create_new(&draft).unwrap();
    other.try_lock().unwrap();
    let mut fix = gouji(folder.path(), &["fix", "报送/yuan.xlsx", "-o", "结果"]);
    assert_eq!(fix.status().unwrap().code(), Some(1));
    assert!(draft.exists());
    assert!(copies.join("yuan（核对结果）.xlsx").exists());
}
