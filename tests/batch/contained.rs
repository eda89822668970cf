//! What is the matter with one file, or with the process that reads it, is the matter with that
//! file alone.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Cursor, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{clean, dump, gouji, put, rows, runs, stderr, submissions};

/// A workbook of so many rows of ten figures.
fn large(rows: u32) -> Vec<u8> {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"r\" Type=\"{relation}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let row = format!("<row>{}</row>", "<c><v>1</v></c>".repeat(10));
    let cells = row.repeat(usize::try_from(rows).unwrap());
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
                 <Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/>\
                 </Types>"
            ),
        ),
        (
            "_rels/.rels",
            relations("officeDocument", "xl/workbook.xml"),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relation}\"><sheets>\
                 <sheet name=\"表\" sheetId=\"1\" r:id=\"r\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations("worksheet", "worksheets/sheet1.xml"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{cells}</sheetData></worksheet>"),
        ),
    ];
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_file_that_takes_too_much_memory_is_named_and_the_others_are_read() {
    let folder = TempDir::new().unwrap();
    put(folder.path(), "报送/甲.xlsx", clean("甲中心", 1));
    put(folder.path(), "报送/大.xlsx", large(100_000));
    put(folder.path(), "报送/丙.xlsx", clean("丙中心", 3));
    let run = |limit: &str| {
        let args = ["batch", "报送", "-o", "汇总.xlsx", "--force"];
        let said = runs(
            folder.path(),
            &[&args[..], &["--max-memory", limit]].concat(),
            2,
        );
        assert_eq!(stderr(&said), "");
        rows(
            &folder.path().join("汇总.db"),
            "SELECT path, status, error_kind, error FROM file ORDER BY path",
        )
    };
    let small = run("100");
    assert!(
        small[1].contains("超过了 100 MiB（max-memory）"),
        "{}",
        small[1]
    );
    assert!(
        small[1].starts_with("报送/大.xlsx unreadable memory"),
        "{}",
        small[1]
    );
    assert_eq!(
        [&small[0], &small[2]],
        ["报送/丙.xlsx checked  ", "报送/甲.xlsx checked  "]
    );
    let usual = run("512");
    assert!(
        usual[1].starts_with("报送/大.xlsx unrecognised"),
        "{}",
        usual[1]
    );
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // Behind the name, which may hold anything: the state, then the parent.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if rest.split_whitespace().nth(1) == Some(&parent.to_string()) {
            found.push(id);
        }
    }
    found
}

fn kill(process: u32) {
    // It may have ended by itself.
    let _ = Command::new("kill")
        .args(["-9", &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

#[test]
fn workers_that_are_killed_change_nothing() {
    let folder = submissions(200);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一气.xlsx"], 1);
    let mut run = gouji(
        path,
        &["batch", "报送", "-o", "断续.xlsx", "--threads", "2"],
    )
    .spawn()
    .unwrap();
    let mut killed = 0;
    let mut old: Vec<(u32, Instant)> = Vec::new();
    while run.try_wait().unwrap().is_none() {
        let now = children(run.id());
        old.retain(|(id, _)| now.contains(id));
        for id in now {
            match old.iter().find(|(known, _)| *known == id) {
                None => old.push((id, Instant::now())),
                // One that has read files; in a fresh one the blame would be the file's.
                Some((_, since)) if since.elapsed() > Duration::from_millis(400) => {
                    kill(id);
                    killed += 1;
                }
                Some(_) => {}
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(run.wait().unwrap().code(), Some(1));
    assert!(killed > 2, "{killed}");
    assert_eq!(dump(&path.join("断续.db")), dump(&path.join("一气.db")));
}

#[test]
fn workers_end_with_the_run_that_was_killed() {
    let folder = submissions(60);
    let mut run = gouji(folder.path(), &["batch", "报送", "-o", "汇总.xlsx"])
        .spawn()
        .unwrap();
    let workers = loop {
        let workers = children(run.id());
        if !workers.is_empty() {
            break workers;
        }
        assert!(
            run.try_wait().unwrap().is_none(),
            "it ended without workers"
        );
    };
    run.kill().unwrap();
    run.wait().unwrap();
    let begun = Instant::now();
    let is_there = |id: &u32| {
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.windows(8).any(|word| word == b"--worker")
    };
    while workers.iter().any(is_there) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{workers:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
