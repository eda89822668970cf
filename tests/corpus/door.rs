//! The program itself: each file in a process of its own, with as much memory as is promised.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::{each, timed};

/// What a run may take of addresses, which is more than it takes of memory: 512 MiB.
const KIBIBYTES: u32 = 512 << 10;

#[test]
#[ignore = "needs a folder of workbooks: GOUJI_CORPUS"]
fn every_file_is_checked_or_named_with_a_reason() {
    each(|path| {
        let output = run(&["check", "--format", "json"], path)?;
        let result: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("check printed no JSON ({error})"))?;
        let [file] = &result["files"].as_array().ok_or("no files")?[..] else {
            return Err("not one result".to_owned());
        };
        let reason = file["error"]["message"].as_str().unwrap_or_default();
        if file["error"]["kind"] == "fault" {
            return Err("check panicked inside".to_owned());
        }
        if file["status"] == "unreadable" && reason.is_empty() {
            return Err("no reason is given".to_owned());
        }
        Ok(())
    });
}

#[test]
#[ignore = "needs a folder of workbooks: GOUJI_CORPUS"]
fn fix_leaves_a_sound_copy_or_says_why_not() {
    each(|path| {
        let folder = tempfile::tempdir().unwrap();
        let before = std::fs::read(path).unwrap();
        let output = run(&["fix", "-o", folder.path().to_str().unwrap()], path)?;
        if std::fs::read(path).unwrap() != before {
            return Err("fix changed its input".to_owned());
        }
        let copies: Vec<PathBuf> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        match &copies[..] {
            [] if output.status.code() != Some(2) => Err("fix left no copy".to_owned()),
            [] => Ok(()),
            [copy] => match run(&["check"], copy)?.status.code() {
                Some(0 | 1) => Ok(()),
                code => Err(format!("check ended with {code:?} on the copy")),
            },
            _ => Err("several copies".to_owned()),
        }
    });
}

/// Runs the program on a file; what must never happen is an error.
fn run(arguments: &[&str], path: &Path) -> Result<Output, String> {
    let step = arguments[0];
    let limited = format!("ulimit -v {KIBIBYTES} && exec \"$@\"");
    let output = timed(step, || {
        Command::new("timeout")
            .args(["-s", "KILL", "60", "sh", "-c", &limited, "sh"])
            .arg(env!("CARGO_BIN_EXE_gouji"))
            .args(arguments)
            .arg(path)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0..=2) if said.is_empty() => Ok(output),
        _ => Err(format!("{step} ended with {}: {said}", output.status)),
    }
}
