//! A run that is killed at any moment and started again ends as one that was not.

use std::thread::sleep;
use std::time::Instant;

use super::filings::Rng;
use super::{dump, gouji, rows, runs, submissions};

const KILLS: u32 = 12;
const FILES: u64 = 150;

#[test]
fn a_run_killed_at_random_points_ends_with_the_same_result() {
    let folder = submissions(FILES);
    let path = folder.path();
    let begun = Instant::now();
    runs(
        path,
        &["batch", "报送", "-o", "一气.xlsx", "--threads", "2"],
        1,
    );
    // How long a run takes at most: anew, and going on from the last time.
    let mut longest = [begun.elapsed(); 2];
    let expected = dump(&path.join("一气.db"));
    let summary = cells(path, "一气.xlsx");
    let mut rng = Rng::new(0x1c11);
    let mut cut_short = 0;
    let mut rows_seen = 0;
    for round in 0.. {
        if cut_short == KILLS {
            break;
        }
        assert!(round < 10 * KILLS, "only {cut_short} runs were cut short");
        // Anew at times, so that the beginning is killed as often as the end.
        let goes_on = usize::from(round % 4 != 0);
        let flag = ["--force", "--resume"][goes_on];
        let mut child = gouji(
            path,
            &["batch", "报送", "-o", "断续.xlsx", "--threads", "2", flag],
        )
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
    }
    assert!(rows_seen > 0, "no killed run had written anything");
    runs(path, &["batch", "报送", "-o", "断续.xlsx", "--resume"], 1);
    let mut left: Vec<_> = std::fs::read_dir(path)
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

/// What stands in a summary workbook, save for the time of the check.
fn cells(folder: &std::path::Path, name: &str) -> Vec<String> {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    let limits = gouji::read::Limits::default();
    let workbook = gouji::read::read(&bytes, &limits).unwrap();
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
