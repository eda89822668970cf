//! Databases that others hand in, to be merged or compared with: nothing in them is believed.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{put, rows, runs, stderr, submissions};

/// A folder with some submissions and the database of a run over them, 一.db.
fn reported() -> TempDir {
    let folder = submissions(3);
    runs(folder.path(), &["batch", "报送", "-o", "一.db"], 1);
    folder
}

/// What is done to a database, and its name.
type Change<'a> = (&'a str, &'a dyn Fn(&Path));

/// Sees that databases are refused that were made from that of a run.
fn refused(changes: &[Change<'_>]) {
    let folder = reported();
    let path = folder.path();
    for (name, change) in changes {
        let name = format!("{name}.db");
        fs::copy(path.join("一.db"), path.join(&name)).unwrap();
        change(&path.join(&name));
        let said = stderr(&runs(path, &["merge", &name, "-o", "全部.db"], 2));
        assert!(said.contains(&name) && said.contains("已损坏"), "{said}");
        assert!(!path.join("全部.db").exists(), "{name}");
        let last_year = ["batch", "报送", "-o", "今年.db", "--last-year", &name];
        let said = stderr(&runs(path, &last_year, 2));
        assert!(said.contains(&name) && said.contains("已损坏"), "{said}");
        assert!(!path.join("今年.db").exists(), "{name}");
        let run = ["batch", "报送", "-o", &name];
        let said = stderr(&runs(path, &[&run[..], &["--resume"]].concat(), 2));
        assert!(said.contains(&name), "{said}");
        // Made anew, it is ours again.
        runs(path, &[&run[..], &["--force"]].concat(), 1);
        runs(path, &["merge", &name, "-o", "全部.db", "--force"], 1);
        fs::remove_file(path.join("全部.db")).unwrap();
    }
}

fn changed(database: &Path, statements: &str) {
    let connection = Connection::open(database).unwrap();
    connection.execute_batch(statements).unwrap();
}

#[test]
fn a_database_with_more_than_ours_is_refused() {
    refused(&[
        ("触发器", &|database| {
            changed(
                database,
                "CREATE TRIGGER t AFTER INSERT ON finding BEGIN DELETE FROM finding; END",
            );
        }),
        ("视图", &|database| {
            changed(
                database,
                "ALTER TABLE across RENAME TO other; CREATE VIEW across AS SELECT * FROM other",
            );
        }),
        ("名册无尽", &|database| {
            // SQLite makes a tree of each before it is asked for anything.
            let columns = ["1"; 1_500].join(",");
            let select = [format!("SELECT {columns}").as_str(); 30].join(" UNION ALL ");
            for number in 0..20 {
                changed(database, &format!("CREATE VIEW more{number} AS {select}"));
            }
        }),
        // Half a gigabyte for every file.
        ("计算列", &|database| {
            changed(
                database,
                "ALTER TABLE file ADD COLUMN more AS (hex(zeroblob(250000000)))",
            );
        }),
        ("索引", &|database| {
            changed(database, "CREATE INDEX more ON file (length(path))");
        }),
        // Under a name and a kind that SQLite keeps for itself.
        ("改名的触发器", &|database| {
            changed(
                database,
                "PRAGMA writable_schema = ON; \
                 INSERT INTO sqlite_schema VALUES ('table', 'sqlite_stat1', 'finding', 0, \
                 'CREATE TRIGGER t AFTER INSERT ON finding BEGIN DELETE FROM finding; END')",
            );
        }),
    ]);
}

#[test]
fn statistics_that_sqlite_keeps_of_tables_do_no_harm() {
    let folder = reported();
    let path = folder.path();
    changed(&path.join("一.db"), "ANALYZE");
    runs(path, &["merge", "一.db", "-o", "全部.db"], 1);
}

#[test]
fn a_database_whose_pages_lead_to_each_other_ends() {
    refused(&[
        ("表", &|database| {
            let root = root(database, "finding");
            let mut pages = Pages::of(database);
            let moved = pages.moved(root);
            pages.many_times(root, moved, moved);
            pages.write(database);
        }),
        ("目录", &|database| {
            let leaf = leaf_of_an_index(root(database, "sqlite_autoindex_file_1"));
            let mut pages = Pages::of(database);
            let moved = pages.moved(1);
            let leaf = pages.add(leaf);
            pages.many_times(1, moved, leaf);
            pages.write(database);
        }),
    ]);
}

#[test]
fn a_text_longer_than_any_of_ours_is_refused() {
    let folder = reported();
    let path = folder.path();
    changed(
        &path.join("一.db"),
        "UPDATE finding SET message = hex(zeroblob(40000000)) WHERE rowid = 1",
    );
    let said = stderr(&runs(path, &["merge", "一.db", "-o", "全部.db"], 2));
    assert!(
        said.contains("一.db") && said.contains("有一行太长"),
        "{said}"
    );
    assert!(!path.join("全部.db").exists());
}

#[test]
fn what_no_run_writes_is_refused_and_an_earlier_result_is_kept() {
    let folder = reported();
    let path = folder.path();
    runs(path, &["merge", "一.db", "-o", "全部.xlsx"], 1);
    let whole = fs::read(path.join("全部.db")).unwrap();
    for (number, change) in [
        "UPDATE annex SET facts = '['",
        "UPDATE annex SET facts = json_replace(facts, '$[0][2]', '-79228162514264337593543950335')",
        "UPDATE annex SET score = '79228162514264337593543950335'",
        "UPDATE applied SET passed = '[1]'",
        "UPDATE applied SET unchecked = '[{\"code\": 5}]'",
        "UPDATE applied SET passed = '[\"GJ001\u{7}\"]'",
        "UPDATE applied SET unchecked = '[{\"code\": \"=A1\", \"reason\": \"\"}]'",
        "UPDATE finding SET code = '=A1'",
        "UPDATE file SET year = 99999999999",
        "UPDATE file SET wrong = -5",
        "UPDATE file SET status = 'bogus'",
        "UPDATE file SET unit_key = x'41'",
        "UPDATE finding SET message = CAST(x'ff41' AS TEXT)",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("改过{number}.db");
        fs::copy(path.join("一.db"), path.join(&name)).unwrap();
        changed(&path.join(&name), change);
        let args = ["merge", &name, "-o", "全部.xlsx", "--force"];
        let said = stderr(&runs(path, &args, 2));
        assert!(said.contains(&name), "{change}: {said}");
        assert!(fs::read(path.join("全部.db")).unwrap() == whole, "{change}");
    }
}

/// SQLite would take `file:一.db` for the file 一.db.
#[cfg(unix)]
#[test]
fn a_path_that_looks_like_an_address_is_a_path() {
    let folder = reported();
    let path = folder.path();
    let whole = fs::read(path.join("一.db")).unwrap();
    runs(path, &["merge", "一.db", "-o", "file:一.db"], 1);
    assert!(fs::read(path.join("一.db")).unwrap() == whole);
    assert!(path.join("file:一.db").is_file());
    fs::remove_file(path.join("一.db")).unwrap();
    runs(path, &["merge", "file:一.db", "-o", "全部.db"], 1);
}

#[test]
fn a_database_that_another_run_has_left_open_is_not_written() {
    let folder = reported();
    let path = folder.path();
    changed(
        &path.join("一.db"),
        "PRAGMA journal_mode = WAL; UPDATE file SET wrong = 7",
    );
    let whole = fs::read(path.join("一.db")).unwrap();
    let said = stderr(&runs(path, &["merge", "一.db", "-o", "全部.db"], 2));
    assert!(
        said.contains("一.db") && said.contains("没有做完"),
        "{said}"
    );
    assert!(fs::read(path.join("一.db")).unwrap() == whole);
    assert!(!path.join("一.db-shm").exists());
}

/// Puts a journal beside a database, as SQLite leaves it when a change of several databases is cut
/// short: no pages, and the name of the file that lists their journals.
#[cfg(unix)]
fn leave_journal(database: &Path, list: &Path) {
    let pages = fs::metadata(database).unwrap().len() / 4096;
    let name = list.to_str().unwrap();
    let sum: u32 = name.bytes().map(u32::from).sum();
    let words = |words: &[u64]| -> Vec<u8> {
        let words = words.iter().map(|word| u32::try_from(*word).unwrap());
        words.flat_map(u32::to_be_bytes).collect()
    };
    let mark = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7];
    // Records, nonce, pages, bytes of a sector and of a page; the page where locks are taken.
    let mut journal = [&mark[..], &words(&[0, 7, pages, 512, 4096])].concat();
    journal.resize(512, 0);
    journal.extend(words(&[(1 << 30) / 4096 + 1]));
    journal.extend(name.as_bytes());
    journal.extend(words(&[name.len() as u64, u64::from(sum)]));
    journal.extend(mark);
    let mut beside = database.as_os_str().to_owned();
    beside.push("-journal");
    fs::write(beside, journal).unwrap();
}

#[cfg(unix)]
#[test]
fn what_a_journal_beside_a_database_names_is_not_looked_for() {
    let folder = reported();
    let path = folder.path();
    let (database, other) = (path.join("一.db"), path.join("other-mj0123459AB"));
    // As SQLite names such lists, with a journal of its own in it.
    fs::write(&other, format!("{}-journal\0", database.display())).unwrap();
    leave_journal(&database, &other);
    std::os::unix::fs::symlink(&database, path.join("别名.db")).unwrap();
    let before = fs::read(&database).unwrap();
    for (args, reason) in [
        (&["merge", "一.db", "-o", "全部.db"][..], "没有做完"),
        (
            &["batch", "报送", "-o", "今年.db", "--last-year", "一.db"],
            "用不了",
        ),
        (&["batch", "报送", "-o", "一.db", "--resume"], "已损坏"),
        (&["batch", "报送", "-o", "别名.db", "--resume"], "已损坏"),
    ] {
        let said = stderr(&runs(path, args, 2));
        assert!(said.contains(reason), "{args:?}: {said}");
        assert!(other.exists(), "{args:?}");
        assert!(fs::read(&database).unwrap() == before, "{args:?}");
    }
    // Made anew, nothing of it is left.
    runs(path, &["batch", "报送", "-o", "一.db", "--force"], 1);
    assert!(other.exists());
    runs(path, &["batch", "报送", "-o", "一.db", "--resume"], 1);
}

#[cfg(unix)]
#[test]
fn pipes_beside_a_database_are_not_waited_for() {
    for ending in ["-journal", "-wal", "-shm"] {
        let folder = reported();
        let path = folder.path();
        let pipe = path.join(format!("一.db{ending}"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for args in [
            &["merge", "一.db", "-o", "全部.db"][..],
            &["batch", "报送", "-o", "今年.db", "--last-year", "一.db"],
            &["batch", "报送", "-o", "一.db", "--resume"],
            &["batch", "报送", "-o", "一.db", "--force"],
        ] {
            let said = stderr(&runs(path, args, 2));
            assert!(
                said.contains("一.db") && said.contains("不是 gouji 的数据库"),
                "{args:?}: {said}"
            );
        }
    }
}

#[test]
fn an_index_out_of_order_ends_the_run() {
    let folder = submissions(2);
    let path = folder.path();
    runs(path, &["batch", "报送", "-o", "一.db"], 1);
    let database = path.join("一.db");
    let names = rows(&database, "SELECT path FROM file ORDER BY path");
    changed(
        &database,
        &format!(
            "UPDATE file SET unit_key = 'QQQQ1', status = 'unreadable' WHERE path = '{}'; \
             UPDATE file SET unit_key = 'QQQQ2' WHERE path = '{}'",
            names[1], names[0]
        ),
    );
    let mut bytes = fs::read(&database).unwrap();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, "QQQQ1").collect();
    for at in places {
        bytes[at..at + 5].copy_from_slice(b"ZZZZ9");
    }
    fs::write(&database, bytes).unwrap();
    let said = stderr(&runs(
        path,
        &["batch", "报送", "-o", "一.db", "--resume"],
        2,
    ));
    assert!(said.contains("已损坏"), "{said}");
}

#[test]
fn files_outside_of_the_folder_of_copies_are_nobodys_to_remove() {
    let folder = submissions(3);
    let path = folder.path();
    let args = [
        "batch", "报送", "-o", "一.db", "--marked", "标注", "--resume",
    ];
    runs(path, &args, 1);
    let others = [
        "别的.txt",
        "标注/../别的.txt",
        "标注/报送/../../别的.txt",
        "标注2/别的.txt",
        "报送/别的.txt",
    ];
    let ours = "标注/报送/过时（核对结果）.xlsx";
    for name in others.iter().chain([&ours]) {
        put(path, name, "别的");
    }
    let full = path.canonicalize().unwrap();
    let connection = Connection::open(path.join("一.db")).unwrap();
    let noted: String = connection
        .query_row("SELECT value FROM run WHERE name = 'copies'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let mut noted: serde_json::Value = serde_json::from_str(&noted).unwrap();
    let bytes = "别的".as_bytes();
    for name in others.iter().chain([&ours]) {
        let as_written = serde_json::json!([bytes.len(), gouji::batch::digest(bytes), ""]);
        noted[format!("{}/{name}", full.display())] = as_written.clone();
        noted[*name] = as_written;
    }
    connection
        .execute(
            "UPDATE run SET value = ?1 WHERE name = 'copies'",
            [noted.to_string()],
        )
        .unwrap();
    drop(connection);
    runs(path, &args, 1);
    for name in others {
        assert!(path.join(name).exists(), "{name}");
    }
    assert!(!path.join(ours).exists(), "the notes were read");
}

/// The page at which a table or an index begins.
fn root(database: &Path, name: &str) -> u32 {
    let connection = Connection::open(database).unwrap();
    connection
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .unwrap()
}

/// The pages of a database, counted from 1.
struct Pages(Vec<Vec<u8>>);

/// The bytes before the head of a page: the first one begins with that of the file.
fn before(page: u32) -> usize {
    if page == 1 { 100 } else { 0 }
}

fn put_short(page: &mut [u8], at: usize, number: usize) {
    page[at..at + 2].copy_from_slice(&u16::try_from(number).unwrap().to_be_bytes());
}

impl Pages {
    fn of(database: &Path) -> Self {
        let bytes = fs::read(database).unwrap();
        let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        Self(bytes.chunks(size).map(<[u8]>::to_vec).collect())
    }

    fn page(&mut self, number: u32) -> &mut Vec<u8> {
        &mut self.0[number as usize - 1]
    }

    fn add(&mut self, page: impl FnOnce(&mut [u8])) -> u32 {
        let mut fresh = vec![0; self.0[0].len()];
        page(&mut fresh);
        self.0.push(fresh);
        u32::try_from(self.0.len()).unwrap()
    }

    /// A copy of a page, which becomes another one. What it points to within itself is counted from
    /// its first byte.
    fn moved(&mut self, number: u32) -> u32 {
        let mut page = self.page(number).clone();
        page.copy_within(before(number)..before(number) + 1_000, 0);
        self.add(|fresh| fresh.copy_from_slice(&page))
    }

    /// Makes a page of a table lead to `first` and then, through a few others, to `bottom`: ten
    /// thousand million times.
    fn many_times(&mut self, number: u32, first: u32, bottom: u32) {
        let mut last = bottom;
        for _ in 0..5 {
            last = self.add(|fresh| leads_to(fresh, 0, &[last; 101]));
        }
        leads_to(self.page(number), before(number), &[first, last]);
    }

    fn write(mut self, database: &Path) {
        let count = u32::try_from(self.0.len()).unwrap();
        self.page(1)[28..32].copy_from_slice(&count.to_be_bytes());
        fs::write(database, self.0.concat()).unwrap();
    }
}

/// A page of a table that leads to others.
fn leads_to(page: &mut [u8], head: usize, pages: &[u32]) {
    let (last, others) = pages.split_last().unwrap();
    page[head..].fill(0);
    page[head] = 5;
    put_short(page, head + 3, others.len());
    page[head + 8..head + 12].copy_from_slice(&last.to_be_bytes());
    let mut at = page.len();
    for (index, other) in others.iter().enumerate() {
        at -= 5;
        page[at..at + 4].copy_from_slice(&other.to_be_bytes());
        page[at + 4] = 100;
        put_short(page, head + 12 + 2 * index, at);
    }
    put_short(page, head + 5, at);
}

/// A page of the list of tables, with the row of one index.
fn leaf_of_an_index(root: u32) -> impl FnOnce(&mut [u8]) {
    let texts = ["index", "sqlite_autoindex_file_1", "file"];
    let text = texts.concat();
    let kinds = texts.map(|text| u8::try_from(13 + 2 * text.len()).unwrap());
    let mut row = vec![6];
    row.extend(kinds);
    row.extend([1, 0]);
    row.extend(text.bytes());
    row.push(u8::try_from(root).unwrap());
    let mut cell = vec![u8::try_from(row.len()).unwrap(), 100];
    cell.extend(row);
    move |page| {
        let at = page.len() - cell.len();
        page[at..].copy_from_slice(&cell);
        page[0] = 13;
        put_short(page, 3, 1);
        put_short(page, 5, at);
        put_short(page, 8, at);
    }
}
