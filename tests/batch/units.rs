//! Who has reported what: the roster, and what is found between submissions.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gouji::batch::record::{Record, TableRecord};
use gouji::batch::settle;
use gouji::batch::store::{Outcome, Store, StoreError, UnitStatus};
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::report::json::{File, Status};
use rust_decimal::Decimal;
use tempfile::TempDir;

use super::filings::{Filing, Layout, d, write};
use super::{clean, gouji, put, rows, run, runs, stderr};

const UNITS: &str = "SELECT name, status, ifnull(nearest, '') FROM unit ORDER BY id";
const ACROSS: &str = "SELECT code, ifnull(unit.name, ''), message FROM across \
     LEFT JOIN unit ON unit.id = across.unit ORDER BY number";

fn batch(folder: &Path, code: i32) {
    let args = [
        "batch",
        "报送",
        "-o",
        "汇总.xlsx",
        "--roster",
        "名册.csv",
        "--force",
    ];
    runs(folder, &args, code);
}

fn units(folder: &Path) -> Vec<String> {
    rows(&folder.join("汇总.db"), UNITS)
}

/// The findings of one rule.
fn across(folder: &Path, code: &str) -> Vec<String> {
    let mut found = rows(&folder.join("汇总.db"), ACROSS);
    found.retain(|row| row.starts_with(code));
    found
}

/// A filing of this unit with one figure changed.
pub(super) fn filing(unit: &str, seed: u64, change: impl Fn(&mut Filing)) -> Vec<u8> {
    let mut filing = Filing::random(seed);
    unit.clone_into(&mut filing.annex2.unit);
    for project in &mut filing.projects {
        unit.clone_into(&mut project.performer);
    }
    change(&mut filing);
    write(&filing, Layout::Sheets).bytes
}

#[test]
fn every_unit_of_the_roster_and_every_file_has_its_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(
        path,
        "名册.csv",
        "单位名称\n岳阳市甲中心\n岳阳市乙中心\n岳阳市丙水务站\n岳阳市丁中心\n",
    );
    put(path, "报送/甲.xlsx", clean("岳阳市 甲中心", 1));
    put(path, "报送/乙1.xlsx", clean("岳阳市乙中心", 2));
    put(path, "报送/乙2.xlsx", clean("岳阳市乙中心", 3));
    put(path, "报送/丙.xlsx", clean("岳阳市丙水务监测站", 4));
    let nameless = |filing: &mut Filing| {
        filing.annex2.unit.clear();
        filing
            .projects
            .iter_mut()
            .for_each(|project| project.performer.clear());
    };
    put(path, "报送/岳阳市丁中心.xlsx", filing("", 5, nameless));
    batch(path, 1);
    assert_eq!(
        units(path),
        [
            "岳阳市甲中心 reported ",
            "岳阳市乙中心 twice ",
            "岳阳市丙水务站 missing ",
            "岳阳市丁中心 missing ",
            "岳阳市丙水务监测站 not_in_roster 岳阳市丙水务站",
            " nameless 岳阳市丁中心",
        ]
    );
    let missing: Vec<String> = across(path, "GJ901");
    assert_eq!(missing.len(), 2);
    assert!(missing[0].starts_with("GJ901 岳阳市丙水务站 「岳阳市丙水务站」在名册里"));
}

#[test]
fn a_roster_that_writes_one_name_in_two_ways_has_one_unit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(
        path,
        "名册.csv",
        "单位名称\n岳阳市甲中心\n岳阳市 甲中心\n岳阳市乙（本级）\n岳阳市乙(本级)\n",
    );
    put(path, "报送/甲.xlsx", clean("岳阳市甲中心", 1));
    batch(path, 1);
    assert_eq!(
        units(path),
        ["岳阳市甲中心 reported ", "岳阳市乙（本级） missing "]
    );
}

#[test]
fn a_unit_is_looked_up_among_the_findings_of_all() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "名册.csv", "单位名称\n岳阳市甲中心\n岳阳市乙中心\n");
    put(path, "报送/甲.xlsx", clean("岳阳市甲中心", 1));
    let looked_up = |how: &str| {
        let plan = "EXPLAIN QUERY PLAN SELECT severity, count(*) FROM across WHERE unit = 1 \
                    GROUP BY severity";
        let plan = rows(&path.join("汇总.db"), plan).join("\n");
        assert!(plan.contains("INDEX across_of_unit"), "{how}: {plan}");
    };
    batch(path, 1);
    looked_up("a new database");
    let made_before = rusqlite::Connection::open(path.join("汇总.db")).unwrap();
    made_before
        .execute_batch("DROP INDEX across_of_unit")
        .unwrap();
    drop(made_before);
    let resumed = [
        "batch",
        "报送",
        "-o",
        "汇总.xlsx",
        "--roster",
        "名册.csv",
        "--resume",
    ];
    runs(path, &resumed, 1);
    looked_up("one that was made before");
}

#[test]
fn what_is_made_of_the_results_stops_when_it_is_told_to() {
    static STOP: AtomicBool = AtomicBool::new(false);
    let mut store = Store::temporary().unwrap();
    store.put(&[filed("甲.xlsx", 1, &[("附2", None)])]).unwrap();
    let catalog = Catalog::embedded().unwrap();
    settle(&mut store, &catalog, None, Lang::Zh).unwrap();
    store.end_when(&STOP);
    let visit = |store: &Store| store.each_unit(|_| Ok::<_, StoreError>(()));
    visit(&store).unwrap();
    STOP.store(true, Ordering::Relaxed);
    let stopped = visit(&store).unwrap_err();
    assert!(matches!(stopped, StoreError::Stopped), "{stopped:?}");
}

#[test]
fn what_is_wrong_with_a_database_is_said_in_one_language() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("岳阳市甲中心", 1));
    put(path, "名册.csv", "单位名称\n岳阳市甲中心\n");
    for (damage, flags) in [
        (
            "UPDATE file SET hash = CAST(x'ff' AS TEXT)",
            &["--resume"][..],
        ),
        ("UPDATE run SET value = CAST(x'ff' AS TEXT)", &["--resume"]),
        (
            "UPDATE file SET hash = CAST(x'ff' AS TEXT)",
            &["--force", "-o", "今年.xlsx", "--last-year", "汇总.db"],
        ),
    ] {
        let _ = std::fs::remove_file(path.join("汇总.db"));
        batch(path, 0);
        let database = rusqlite::Connection::open(path.join("汇总.db")).unwrap();
        database.execute_batch(damage).unwrap();
        drop(database);
        let output: &[&str] = match flags.contains(&"-o") {
            true => &[],
            false => &["-o", "汇总.xlsx"],
        };
        let said = stderr(&runs(
            path,
            &[&["batch", "报送"], output, flags].concat(),
            2,
        ));
        assert!(said.contains("「汇总.db」"), "{said}");
        assert!(said.ends_with("内容不是 gouji 写的样子\n"), "{said}");
    }
}

#[test]
fn a_remark_below_the_list_is_no_unit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(
        path,
        "名册.csv",
        "单位名称,主管部门,预算数\n岳阳市甲中心,甲局,\n合计,,\n填报人：张三,联系电话：1,审核人：李四\n\
         注:以上单位都要报,,\n",
    );
    put(path, "报送/甲.xlsx", clean("岳阳市甲中心", 1));
    batch(path, 0);
    assert_eq!(units(path), ["岳阳市甲中心 reported "]);
}

#[test]
fn of_two_reports_the_one_changed_last_counts() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "名册.csv", "单位名称\n岳阳市甲中心\n");
    put(path, "报送/a.xlsx", clean("岳阳市甲中心", 1));
    put(path, "报送/b.xlsx", clean("岳阳市甲中心", 2));
    set_modified(&path.join("报送/b.xlsx"), 1_700_000_000);
    batch(path, 0);
    let counted = rows(&path.join("汇总.db"), "SELECT path FROM file WHERE counted");
    assert_eq!(counted, ["报送/a.xlsx"]);
    let found = across(path, "GJ902");
    assert_eq!(
        found,
        ["GJ902 岳阳市甲中心 报送了 2 份，计入：「报送/a.xlsx」；没有计入：「报送/b.xlsx」。"]
    );
}

#[test]
fn the_clock_of_an_archive_is_the_local_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let ten = zip::DateTime::from_date_and_time(2024, 3, 1, 10, 0, 0).unwrap();
    let options = zip::write::SimpleFileOptions::default().last_modified_time(ten);
    writer.start_file("旧.xlsx", options).unwrap();
    std::io::Write::write_all(&mut writer, &clean("岳阳市甲中心", 1)).unwrap();
    put(path, "报送/旧.zip", writer.finish().unwrap().into_inner());
    put(path, "报送/改好.xlsx", clean("岳阳市甲中心", 2));
    // Three in the afternoon in China.
    set_modified(&path.join("报送/改好.xlsx"), 1_709_276_400);
    let mut command = gouji(path, &["batch", "报送", "-o", "汇总.xlsx"]);
    // China's zone, without a database of zones.
    let output = command.env("TZ", "CST-8").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        rows(
            &path.join("汇总.db"),
            "SELECT path, modified, counted FROM file ORDER BY path"
        ),
        [
            "报送/改好.xlsx 1709276400 1",
            "报送/旧.zip/旧.xlsx 1709258400 0",
        ]
    );
}

#[test]
fn which_file_counts_after_a_further_run_is_as_in_a_run_from_the_start() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/一.xlsx", clean("岳阳市甲中心", 1));
    put(path, "报送/二.xlsx", clean("岳阳市甲中心", 2));
    set_modified(&path.join("报送/一.xlsx"), 1_700_000_000);
    set_modified(&path.join("报送/二.xlsx"), 1_700_000_001);
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 0);
    let counted = || rows(&path.join("汇总.db"), "SELECT path FROM file WHERE counted");
    assert_eq!(counted(), ["报送/二.xlsx"]);
    // Handed in once more as it was.
    set_modified(&path.join("报送/一.xlsx"), 1_700_000_002);
    for more in ["--resume", "--force"] {
        runs(path, &["batch", "报送", "-o", "汇总.xlsx", more], 0);
        assert_eq!(counted(), ["报送/一.xlsx"], "{more}");
    }
}

pub(super) fn set_modified(path: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// A file that reports these annexes, with these projects.
fn filed(path: &str, modified: i64, tables: &[(&str, Option<&str>)]) -> Outcome {
    let table = |(annex, project): &(&str, Option<&str>)| TableRecord {
        annex: (*annex).to_owned(),
        name: annex.replace('附', "附件"),
        sheet: "表".to_owned(),
        range: "A1:B2".to_owned(),
        project: project.map(str::to_owned),
        score: None,
        rate: None,
        fingerprint: None,
        facts: Vec::new(),
    };
    Outcome::Fresh(Box::new(Record {
        file: File {
            form: Some("yueyang-2023".to_owned()),
            year: Some(2023),
            unit_name: Some("甲中心".to_owned()),
            ..File::at(path, Status::Checked)
        },
        other: false,
        opened: path.to_owned(),
        size: 1,
        modified,
        hash: path.to_owned(),
        passed: Vec::new(),
        tables: tables.iter().map(table).collect(),
        marked: None,
    }))
}

/// What is told of these files: the unit's status, the files that count, findings by code.
fn told(files: &[Outcome]) -> (UnitStatus, Vec<String>, Vec<String>) {
    let mut store = Store::temporary().unwrap();
    store.put(files).unwrap();
    let catalog = Catalog::embedded().unwrap();
    settle(&mut store, &catalog, None, Lang::Zh).unwrap();
    let mut units = Vec::new();
    store
        .each_unit(|unit| {
            units.push(unit);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(units.len(), 1);
    let counted = units[0].files.iter().filter(|file| file.counted);
    let counted = counted.map(|file| file.path.clone()).collect();
    let mut found = Vec::new();
    store
        .each_across(|row| {
            found.push(format!(
                "{} {} {}",
                row.finding.code, row.path, row.finding.message
            ));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    (units[0].status, counted, found)
}

#[test]
fn a_report_in_several_files_of_different_annexes_is_one() {
    let files = [
        filed("1.xlsx", 1, &[("附1", None)]),
        filed("2.xlsx", 2, &[("附2", None)]),
        filed("3.xlsx", 3, &[("附3", Some("防汛"))]),
        filed("4.xlsx", 4, &[("附3", Some("抗旱"))]),
    ];
    let (status, counted, found) = told(&files);
    assert_eq!(status, UnitStatus::Reported);
    assert_eq!(counted, ["1.xlsx", "2.xlsx", "3.xlsx", "4.xlsx"]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn one_project_in_two_files_is_told() {
    let files = [
        filed("1.xlsx", 1, &[("附2", None), ("附3", Some("防汛"))]),
        filed(
            "2.xlsx",
            2,
            &[("附3", Some("防 汛")), ("附3", Some("抗旱"))],
        ),
    ];
    let (status, counted, found) = told(&files);
    assert_eq!(status, UnitStatus::Reported);
    assert_eq!(counted, ["1.xlsx", "2.xlsx"]);
    assert_eq!(
        found,
        ["GJ907 2.xlsx 项目「防 汛」在「1.xlsx」里已经报过。"]
    );
}

#[test]
fn copies_are_told_from_reports() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "名册.csv", "单位名称\n岳阳市甲中心\n岳阳市乙中心\n");
    put(path, "报送/a.xlsx", clean("岳阳市甲中心", 1));
    put(path, "报送/副本.xlsx", clean("岳阳市甲中心", 1));
    // The same indicators under another name.
    put(path, "报送/b.xlsx", clean("岳阳市乙中心", 1));
    batch(path, 0);
    assert_eq!(
        across(path, "GJ904"),
        ["GJ904 岳阳市甲中心 「a.xlsx」与「副本.xlsx」内容完全相同。"]
    );
    let todo = rows(
        &path.join("汇总.db"),
        "SELECT todo FROM across WHERE code = 'GJ904'",
    );
    assert_eq!(todo, ["请确认是否重复报送。"]);
    assert_eq!(across(path, "GJ902"), Vec::<String>::new());
    let copied = across(path, "GJ903");
    assert!(
        copied.iter().any(
            |row| row.starts_with("GJ903 岳阳市甲中心") && row.contains("与「岳阳市乙中心」的")
        )
    );
    assert!(
        copied
            .iter()
            .any(|row| row.starts_with("GJ903 岳阳市乙中心"))
    );
}

#[test]
fn copies_of_one_file_are_one_line_for_each_unit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "名册.csv", "单位名称\n岳阳市甲中心\n");
    for name in ["甲/a.xlsx", "乙/a.xlsx", "丙.xlsx"] {
        put(path, &format!("报送/{name}"), clean("岳阳市甲中心", 1));
    }
    let nameless = |filing: &mut Filing| {
        filing.annex2.unit.clear();
        let projects = filing.projects.iter_mut();
        projects.for_each(|project| project.performer.clear());
    };
    // Each of these is a unit of its own, as far as anybody knows.
    put(path, "报送/无名1.xlsx", filing("", 5, nameless));
    put(path, "报送/无名2.xlsx", filing("", 5, nameless));
    batch(path, 1);
    let mut found = across(path, "GJ904");
    found.sort();
    assert_eq!(
        found,
        [
            "GJ904  「无名1.xlsx」与「无名2.xlsx」内容完全相同。",
            "GJ904  「无名2.xlsx」与「无名1.xlsx」内容完全相同。",
            "GJ904 岳阳市甲中心 「报送/丙.xlsx」与「报送/乙/a.xlsx」、「报送/甲/a.xlsx」内容完全相同。",
        ]
    );
}

#[test]
fn scores_that_are_high_throughout_are_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "名册.csv", "单位名称\n岳阳市甲中心\n岳阳市乙中心\n");
    let score = |score: &'static str| move |f: &mut Filing| f.set("附2.总分[得分]", d(score));
    put(path, "报送/a.xlsx", filing("岳阳市甲中心", 1, score("100")));
    put(
        path,
        "报送/b.xlsx",
        filing("岳阳市乙中心", 2, score("94.99")),
    );
    batch(path, 1);
    let found = across(path, "GJ905");
    assert_eq!(
        found,
        ["GJ905  2 个单位有总分：95 分及以上的 1 个，占 50%；100 分的 1 个，占 50%。"]
    );
}

#[test]
fn a_department_that_reports_for_its_units_is_compared_with_them() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(
        path,
        "名册.csv",
        "单位名称,主管部门,汇总\n岳阳市总局,,是\n岳阳市甲中心,岳阳市总局,\n岳阳市乙中心,岳阳市总局,\n",
    );
    let budget = |value: &'static str| move |f: &mut Filing| f.set("附2.资金[总额,年初]", d(value));
    put(
        path,
        "报送/总.xlsx",
        filing("岳阳市总局", 1, budget("300.50")),
    );
    put(
        path,
        "报送/甲.xlsx",
        filing("岳阳市甲中心", 2, budget("100.25")),
    );
    batch(path, 1);
    let found = across(path, "GJ906");
    assert_eq!(
        found,
        ["GJ906 岳阳市总局 所属单位还有 1 个没有报送，汇总数没有核对。"]
    );
    put(
        path,
        "报送/乙.xlsx",
        filing("岳阳市乙中心", 3, budget("200.00")),
    );
    batch(path, 1);
    let query = "SELECT found, expected, cell, message FROM across \
                 WHERE code = 'GJ906' AND place LIKE '%年初%'";
    let found = rows(&path.join("汇总.db"), query);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("300.5 300.25 "), "{found:?}");
    assert!(found[0].ends_with("部门汇总填 300.5，所属 2 个单位合计 300.25，差 0.25。"));
}

#[test]
fn a_budget_that_was_not_approved_is_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let budget = |f: &mut Filing| f.set("附2.资金[总额,年初]", d("88.80"));
    put(path, "报送/a.xlsx", filing("岳阳市甲中心", 1, budget));
    let query = "SELECT code, sheet, found, expected, message FROM across WHERE code = 'GJ908'";
    for (approved, expected) in [
        (
            "80",
            &["GJ908 附件2 88.8 80 年初预算数填 88.8，批复的预算是 80，差 8.8。"][..],
        ),
        ("88.8", &[]),
    ] {
        let roster = format!("单位名称,年初预算数（万元）\n岳阳市甲中心,{approved}\n");
        put(path, "名册.csv", roster);
        run(
            path,
            &[
                "batch",
                "报送",
                "-o",
                "汇总.xlsx",
                "--roster",
                "名册.csv",
                "--force",
            ],
        );
        assert_eq!(rows(&path.join("汇总.db"), query), expected);
    }
}

#[test]
fn amounts_are_decimals_to_the_last_digit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let exact = "123456789.01";
    put(
        path,
        "报送/a.xlsx",
        filing("岳阳市甲中心", 1, |f| {
            f.set("附2.资金[总额,年初]", d(exact))
        }),
    );
    run(path, &["batch", "报送", "-o", "汇总.xlsx"]);
    let query = "SELECT value FROM figure WHERE annex = '附2' AND field = '资金[总额,年初]'";
    let found = rows(&path.join("汇总.db"), query);
    assert_eq!(found, [exact]);
    assert_eq!(found[0].parse::<Decimal>().unwrap(), d(exact));
}
