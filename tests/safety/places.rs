//! Places that are full or may not be written. They are made in a mount namespace of their own,
//! which ends with the shell.

use std::path::Path;
use std::process::Command;

use gouji::read::{Limits, read};

use super::{files, filings, fixture, gouji, timeless};

/// What a shell says in which `$D` is such a place and `$G` the program, then the files in it.
fn said(folder: &Path, mount: &str, script: &str) -> String {
    let place = folder.join("地方");
    std::fs::create_dir(&place).unwrap();
    let script = format!(
        "mount -t tmpfs {mount} none \"$D\" || exit 9; {script}; \
         find \"$D\" -type f -printf '%f\\n' | LC_ALL=C sort"
    );
    let output = Command::new("unshare")
        .args(["-r", "-m", "sh", "-c", &script])
        .current_dir(folder)
        .env("D", &place)
        .env("G", env!("CARGO_BIN_EXE_gouji"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_ne!(output.status.code(), Some(9), "cannot mount: {output:?}");
    said
}

/// What each command says where it cannot write: the reason, the code, and nothing left behind.
/// A folder may be left where one could be made.
fn refused(mount: &str, reason: &str, of_folders: &str) {
    for (command, reason) in [
        ("$G fix 报送/yuan.xlsx -o $D", reason),
        ("$G fix 报送 -o $D/结果", of_folders),
        ("$G check 报送/yuan.xlsx -o $D/a.txt", reason),
        ("$G template --form yueyang-2023 -o $D/a.xlsx", reason),
        ("$G batch 报送 -o $D/a.xlsx", reason),
        ("$G merge 一.db -o $D/a.xlsx", "写不了数据库「"),
        ("$G merge 一.db -o $D/a.xlsx", reason),
        ("$G batch 报送 -o b.xlsx --marked $D/标注", of_folders),
        ("$G batch 报送 -o b.xlsx --notices $D/通知", of_folders),
    ] {
        let folder = filings();
        let made = gouji(folder.path(), &["batch", "报送", "-o", "一.db"]).status();
        assert_eq!(made.unwrap().code(), Some(1));
        let inputs = files(&folder.path().join("报送"));
        let text = said(
            folder.path(),
            mount,
            &format!("{command} 2>&1; echo code $?"),
        );
        assert!(text.contains(reason), "{command}: {text}");
        let end = text.lines().skip_while(|line| !line.starts_with("code"));
        let end: Vec<&str> = end.filter(|line| !line.ends_with(".db")).collect();
        assert_eq!(end, ["code 2"], "{command}: {text}");
        assert_eq!(files(&folder.path().join("报送")), inputs);
    }
}

#[test]
#[ignore = "needs to mount file systems"]
fn on_a_full_disk_the_reason_is_said_and_nothing_half_written_is_left() {
    refused("-o size=4k", "磁盘满了", "磁盘满了");
}

#[test]
#[ignore = "needs to mount file systems"]
fn where_nothing_may_be_written_the_reason_is_said() {
    refused("-o ro", "写入的权限", "建不了文件夹「");
}

#[test]
#[ignore = "needs to mount file systems"]
fn what_is_dropped_where_no_copy_can_be_written_is_as_it_was() {
    for (place, reason) in [
        ("head -c 9m /dev/zero > $D/占地 2>/dev/null", "磁盘满了"),
        ("mount -o remount,ro $D", "写入的权限"),
    ] {
        let folder = filings();
        let text = said(
            folder.path(),
            "-o size=8m",
            &format!(
                "cp 报送/yuan.xlsx $D; {place}; $G $D/yuan.xlsx 2>&1; echo code $?; \
                 cmp 报送/yuan.xlsx $D/yuan.xlsx && echo same; rm -f $D/占地"
            ),
        );
        assert!(text.contains(reason), "{text}");
        assert!(text.ends_with("code 2\nsame\nyuan.xlsx\n"), "{text}");
    }
}

#[test]
#[ignore = "needs to mount file systems"]
fn a_bulk_run_that_met_a_full_disk_goes_on_when_there_is_room() {
    let folder = filings();
    std::fs::copy(
        fixture("broken/filing.xlsx"),
        folder.path().join("报送/坏.xlsx"),
    )
    .unwrap();
    let text = said(
        folder.path(),
        "-o size=1m",
        "head -c 700k /dev/zero > $D/占地; \
         $G batch 报送 -o $D/a.xlsx 2>&1; echo code $?; rm $D/占地; \
         mount -o remount,size=8m $D; \
         $G batch 报送 -o $D/a.xlsx --resume 2>&1; echo code $?",
    );
    let codes: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("code"))
        .collect();
    assert_eq!(codes, ["code 2", "code 1"], "{text}");
    assert!(text.contains("磁盘满了"), "{text}");
    assert!(text.ends_with("a.db\na.xlsx\n"), "{text}");
}

#[test]
#[ignore = "needs to mount file systems"]
fn a_full_folder_for_temporary_files_is_named_and_the_results_are_kept() {
    let folder = filings();
    let text = said(
        folder.path(),
        "-o size=64k",
        "TMPDIR=$D $G batch 报送 -o a.xlsx 2>&1; echo code $?; ls a.*; \
         $G batch 报送 -o a.xlsx --resume 2>&1; echo code $?",
    );
    let place = format!("临时文件夹「{}」满了", folder.path().join("地方").display());
    assert!(text.contains(&place), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert!(text.contains("code 2\na.db\n"), "{text}");
    assert!(text.contains("沿用上次结果"), "{text}");
    assert!(text.ends_with("code 1\n"), "{text}");
}

#[test]
#[ignore = "needs to mount file systems"]
fn copies_and_notices_that_met_a_full_disk_are_whole_and_all_there_when_there_is_room() {
    let folder = filings();
    let inputs = files(&folder.path().join("报送"));
    let kept = folder.path().join("先有");
    std::fs::create_dir(&kept).unwrap();
    let run = "$G batch 报送 -o a.xlsx --marked $D/标注 --notices $D/通知";
    let text = said(
        folder.path(),
        "-o size=256k",
        &format!(
            "{run} 2>&1; echo code $?; find $D -type f -exec cp {{}} 先有 \\; ; \
             mount -o remount,size=32m $D; {run} --resume 2>&1; echo code $?; \
             find $D -type f | sed 's|.*/|there |'"
        ),
    );
    assert!(text.contains("磁盘满了"), "{text}");
    let of = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).count();
    assert!(
        text.contains("code 2\n") && text.contains("code 1\n"),
        "{text}"
    );
    // A copy for each, and the notice to the one unit that they are all of.
    assert_eq!(of("there "), inputs.len() + 1, "{text}");
    let kept = files(&kept);
    assert!(!kept.is_empty() && kept.len() < inputs.len(), "{text}");
    for (name, bytes) in kept {
        let read = read(&bytes, &Limits::default());
        assert!(read.is_ok(), "{name}: {:?}", read.err());
    }
    assert_eq!(files(&folder.path().join("报送")), inputs);
}

#[test]
#[ignore = "needs to mount file systems"]
fn many_results_that_met_a_full_disk_are_whole_and_all_there_when_there_is_room() {
    for command in ["fix 报送", "template --form yueyang-2023 --roster 名册.csv"] {
        let folder = filings();
        let path = folder.path();
        std::fs::write(path.join("名册.csv"), "单位名称\n甲\n乙\n丙\n丁\n").unwrap();
        let inputs = files(&path.join("报送"));
        let once = format!("\"$G\" {command} -o 一气 >/dev/null 2>&1; echo code $?");
        let once = Command::new("sh")
            .args(["-c", &once])
            .current_dir(path)
            .env("G", env!("CARGO_BIN_EXE_gouji"))
            .output()
            .unwrap();
        let code = String::from_utf8(once.stdout).unwrap();
        let whole = files(&path.join("一气"));
        let expected = timeless(&whole);
        let room: usize = whole.values().map(|bytes| bytes.len().div_ceil(4096)).sum();
        for quarter in 1..4 {
            let text = said(
                path,
                &format!("-o size={}k", room * quarter),
                &format!(
                    "\"$G\" {command} -o $D/结果 2>&1; echo code $?; cp -r $D/结果 先有; \
                     mount -o remount,size=32m $D; \
                     \"$G\" {command} -o $D/结果 --force 2>&1; echo code $?; cp -r $D/结果 后有"
                ),
            );
            assert!(text.contains("磁盘满了"), "{command}: {text}");
            let codes: Vec<&str> = text
                .lines()
                .filter(|line| line.starts_with("code"))
                .collect();
            assert_eq!(codes, ["code 2", code.trim()], "{command}: {text}");
            let kept = files(&path.join("先有"));
            assert!(
                !kept.is_empty() && kept.len() < whole.len(),
                "{command}, {quarter}: {:?}",
                kept.keys()
            );
            for (name, parts) in timeless(&kept) {
                assert!(expected[name] == parts, "{command}: {name}");
            }
            assert!(
                timeless(&files(&path.join("后有"))) == expected,
                "{command}"
            );
            assert_eq!(files(&path.join("报送")), inputs);
            for place in ["先有", "后有", "地方"] {
                std::fs::remove_dir_all(path.join(place)).unwrap();
            }
        }
    }
}
