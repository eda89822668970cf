//! What a unit filed last year, held against what it says of last year now.

use rusqlite::Connection;
use tempfile::TempDir;

use super::filings::{Filing, d};
use super::units::filing;
use super::{put, rows, runs, stderr, stdout};

#[test]
fn last_years_outturn_is_that_of_last_years_filing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let year = |year: i32, field: &'static str, value: &'static str| {
        move |f: &mut Filing| {
            f.year = year;
            f.set(field, d(value));
        }
    };
    let unit = "岳阳市甲中心";
    put(
        path,
        "上年/甲.xlsx",
        filing(unit, 1, year(2022, "附1.经费[公用,决算]", "41.25")),
    );
    put(
        path,
        "今年/甲.xlsx",
        filing(unit, 1, year(2023, "附1.经费[公用,上年]", "40.25")),
    );
    // Who is called otherwise than last year is not said to agree with what was filed then.
    put(
        path,
        "今年/乙.xlsx",
        filing(
            "岳阳市甲中心（本级）",
            2,
            year(2023, "附1.经费[公用,上年]", "40.25"),
        ),
    );
    runs(path, &["batch", "上年", "-o", "上年.db"], 1);
    let args = [
        "batch",
        "今年",
        "-o",
        "今年.xlsx",
        "--last-year",
        "上年.db",
        "--format",
        "ndjson",
    ];
    let output = runs(path, &args, 1);
    let query = "SELECT code, field, found, expected, difference FROM finding \
                 WHERE code = 'GJ711' AND field LIKE '%公用%'";
    let found = rows(&path.join("今年.db"), query);
    assert_eq!(found, ["GJ711 附1.经费[公用,上年] 40.25 41.25 1.00"]);
    assert!(stdout(&output).contains("GJ711"));
    let of_rule = |list: &str| {
        let query = format!("SELECT path FROM {list} WHERE code = 'GJ711'");
        rows(&path.join("今年.db"), &query)
    };
    assert_eq!(of_rule("unchecked"), ["今年/乙.xlsx"]);
    assert_eq!(of_rule("passed"), Vec::<String>::new());
    runs(path, &["batch", "今年", "-o", "没有上年.db"], 1);
    assert_eq!(rows(&path.join("没有上年.db"), query), Vec::<String>::new());
}

#[test]
fn submissions_are_read_anew_where_last_years_figures_are_others() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let unit = "岳阳市甲中心";
    put(path, "上年/甲.xlsx", filing(unit, 1, |f| f.year = 2022));
    let this_year = filing(unit, 1, |f| f.set("附1.经费[公用,上年]", d("40.25")));
    put(path, "今年/甲.xlsx", this_year);
    runs(path, &["batch", "上年", "-o", "上年.db"], 0);
    let args = ["batch", "今年", "-o", "今年.db", "--last-year", "上年.db"];
    let found = || {
        runs(path, &[&args[..], &["--resume"]].concat(), 1);
        let query = "SELECT field FROM finding WHERE code = 'GJ711' AND field LIKE '%公用%'";
        rows(&path.join("今年.db"), query)
    };
    assert_eq!(found(), ["附1.经费[公用,上年]"]);
    // As another version of the program, or of the form, may read the same files.
    let database = Connection::open(path.join("上年.db")).unwrap();
    database
        .execute("UPDATE annex SET facts = '[]'", [])
        .unwrap();
    drop(database);
    assert_eq!(found(), [""; 0]);
}

#[test]
fn a_damaged_database_of_last_year_is_refused_before_anything_rests_on_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(
        path,
        "上年/甲.xlsx",
        filing("岳阳市甲中心", 1, |f| f.year = 2022),
    );
    put(path, "今年/甲.xlsx", filing("岳阳市甲中心", 1, |_| {}));
    runs(path, &["batch", "上年", "-o", "上年.db"], 0);
    let database = Connection::open(path.join("上年.db")).unwrap();
    for damage in [
        "json_replace(facts, '$[0][2]', '-79228162514264337593543950335')",
        "substr(facts, 1, length(facts) - 1)",
    ] {
        let damage = format!("UPDATE annex SET facts = {damage} WHERE annex = '附1'");
        assert_eq!(database.execute(&damage, []).unwrap(), 1);
        let args = ["batch", "今年", "-o", "今年.db", "--last-year", "上年.db"];
        let said = stderr(&runs(path, &args, 2));
        assert!(
            said.contains("上年的数据库「上年.db」用不了") && said.contains("已损坏"),
            "{said}"
        );
        assert!(!path.join("今年.db").exists());
    }
}
