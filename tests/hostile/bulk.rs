//! Archives of a bulk run that lie about their entries.

use std::fmt::Write;

use gouji::batch::store::Outcome;
use gouji::batch::{Content, Examiner, Source, Sources};
use gouji::lang::Lang;
use gouji::read::{Limits, read};
use gouji::review::Options;
use gouji::workbook::{Addr, Value};

use crate::kit::{catalog, fixture};
use crate::support::Package;
use crate::zips::{Entry, zip};

/// The files in an archive.
fn sources(archive: Vec<u8>) -> Vec<Source> {
    Sources::in_memory("包.zip", archive, Limits::default()).collect()
}

/// Their paths, with what is said of those that are not read.
fn told(archive: Vec<u8>, lang: Lang) -> Vec<String> {
    let told = |source: Source| match source.content {
        Content::Refused(refusal) => format!("{}: {}", source.path, refusal.message(lang)),
        _ => source.path,
    };
    sources(archive).into_iter().map(told).collect()
}

fn filing(name: &str) -> Entry {
    Entry::new(name, &fixture("clean/clean.xlsx"))
}

/// An entry that stands where the directory says that another one does.
fn at(name: &str, offset: usize) -> Entry {
    let mut entry = filing(name);
    entry.packed = Vec::new();
    entry.offset = Some(u32::try_from(offset).unwrap());
    entry
}

#[test]
fn an_archive_whose_entries_share_their_bytes_is_refused_as_a_whole() {
    // Thousands of names for one workbook.
    let names: Vec<String> = (0..5_000).map(|number| format!("{number}.xlsx")).collect();
    let mut quine = vec![filing("甲.xlsx")];
    quine.extend(names.iter().map(|name| at(name, 0)));
    // One that begins within another, and one that reaches into the directory.
    let within = vec![filing("甲.xlsx"), filing("乙.xlsx"), at("丙.xlsx", 40)];
    let mut reaching = filing("甲.xlsx");
    reaching.central.packed += 60;
    for archive in [zip(&quine), zip(&within), zip(&[reaching])] {
        let said = told(archive.clone(), Lang::Zh);
        assert_eq!(said.len(), 1, "{}", said.len());
        let said = &said[0];
        assert!(said.starts_with("包.zip: 压缩包里的「"), "{said}");
        assert!(
            said.contains(".xlsx」与别的内容占用同一段数据，没有打开"),
            "{said}"
        );
        let said = told(archive, Lang::En).concat();
        assert!(said.contains("shares its bytes"), "{said}");
    }
}

#[test]
fn an_entry_whose_own_header_leads_into_another_is_refused() {
    let mut leading = filing("甲.xlsx");
    // The bytes begin behind what the header calls its extra fields.
    leading.local.extra = vec![0; 8];
    let mut archive = zip(&[leading, filing("乙.xlsx")]);
    archive[28] = 200;
    let said = told(archive, Lang::Zh);
    assert_eq!(said[0], "包.zip/乙.xlsx");
    assert!(
        said[1].contains("包.zip/甲.xlsx: 压缩包里的「甲.xlsx」与别的内容"),
        "{said:?}"
    );
}

#[test]
fn entries_with_gaps_between_them_and_in_any_order_are_read() {
    let mut behind = filing("乙.xlsx");
    behind.behind = b"PK\x07\x08 and more".to_vec();
    let whole = zip(&[filing("甲.xlsx"), behind, filing("丙.xlsx")]);
    assert_eq!(
        told(whole.clone(), Lang::Zh),
        ["包.zip/丙.xlsx", "包.zip/乙.xlsx", "包.zip/甲.xlsx"]
    );
    // As in a program that unpacks itself.
    let prefixed = [b"MZ what unpacks".as_slice(), &whole].concat();
    let begun = [b"PK".as_slice(), &prefixed].concat();
    assert_eq!(told(begun, Lang::Zh).len(), 3);
}

#[test]
fn an_entry_that_is_packed_in_another_way_is_told_as_such_and_not_as_damaged() {
    let packed = |flag, method| {
        let odd = filing("甲.xlsx").both(|header| {
            header.flags |= flag;
            header.method = method;
        });
        zip(&[odd, filing("乙.xlsx")])
    };
    for (flag, method, zh, en) in [
        (
            0,
            14,
            "的压缩方式（Lzma）不支持",
            "a way that is not supported (Lzma)",
        ),
        (
            0,
            9,
            "的压缩方式（Deflate64）不支持",
            "not supported (Deflate64)",
        ),
        (1, 8, "加了密码", "is encrypted with a password"),
        (1, 99, "加了密码", "is encrypted with a password"),
    ] {
        let said = told(packed(flag, method), Lang::Zh);
        assert_eq!(said[0], "包.zip/乙.xlsx");
        assert!(
            said[1].contains(&format!("压缩包里的「甲.xlsx」{zh}")),
            "{said:?}"
        );
        assert!(said[1].contains("重新打包成普通 ZIP"), "{said:?}");
        let said = told(packed(flag, method), Lang::En);
        assert!(said[1].contains(en), "{said:?}");
        assert!(
            said[1].contains("pack it again as ordinary ZIP"),
            "{said:?}"
        );
    }
}

#[test]
fn an_archive_without_files_is_a_file_that_is_not_read() {
    let hidden = ["__MACOSX/._甲.xlsx", ".DS_Store", "里面/Thumbs.db"].map(filing);
    let folders = ["里面/", "里面/更里面/"].map(|name| Entry::stored(name, b""));
    for empty in [zip(&[]), zip(&hidden), zip(&folders)] {
        let said = told(empty.clone(), Lang::Zh);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("包.zip: 压缩包里没有文件"), "{said:?}");
        let nested = zip(&[Entry::stored("内.zip", &empty), filing("甲.xlsx")]);
        let said = told(nested, Lang::En);
        assert!(
            said[0].starts_with("包.zip/内.zip: There are no files in the archive"),
            "{said:?}"
        );
        assert_eq!(said[1..], ["包.zip/甲.xlsx"]);
    }
}

#[test]
fn a_damaged_workbook_that_is_called_an_archive_is_told_as_a_workbook() {
    for name in ["clean/clean.xlsx", "formats/filing.ods"] {
        let whole = fixture(name);
        let cut = whole[..whole.len() / 2].to_vec();
        let found = sources(cut.clone());
        // The reader tells what is wrong with it.
        assert!(matches!(
            found[..],
            [Source {
                content: Content::Bytes(_),
                ..
            }]
        ));
        let inside = zip(&[Entry::stored("内.zip", &cut)]);
        assert!(matches!(
            sources(inside)[..],
            [Source {
                content: Content::Bytes(_),
                ..
            }]
        ));
    }
}

#[test]
fn names_without_end_are_shortened_and_told_apart() {
    let long = "名".repeat(20_000);
    let folders = "a/".repeat(30_000);
    let long_names = [
        format!("{long}.xlsx"),
        format!("{long}表.xlsx"),
        format!("{folders}甲.xls"),
        format!("{long}.{}", &long[..1_200]),
    ];
    let archive = zip(&long_names.each_ref().map(|name| filing(name)));
    let found = told(archive, Lang::Zh);
    assert_eq!(found.len(), 4);
    for (path, ending) in found.iter().zip(["….xls", "…", "….xlsx", "…（2）.xlsx"]) {
        assert!(path.ends_with(ending), "{ending}: {path}");
        assert!(path.chars().count() < 1_100, "{}", path.chars().count());
    }
    // In what is said of them they are shorter.
    let named = |name: &str| filing(name).both(|header| header.method = 14);
    let dense = |name: &str| filing(name).both(|header| header.size = 60 << 20);
    let name = &long_names[0];
    let sharing = zip(&[filing(name), at(&long_names[1], 0)]);
    for archive in [zip(&[named(name)]), zip(&[dense(name)]), sharing] {
        for lang in [Lang::Zh, Lang::En] {
            let said = told(archive.clone(), lang).concat();
            let message = said.split_once(": ").unwrap().1;
            assert!(message.chars().count() < 400, "{message}");
        }
    }
}

#[test]
fn an_archive_whose_directory_is_larger_than_any_of_submissions_is_not_read() {
    // 60,000 letters in each name and each remark: more in all than names take.
    let mut entries = vec![filing("甲.xlsx")];
    for number in 0..600 {
        let mut entry = Entry::stored("", b"");
        entry.central.name = format!("{number:060000}").into_bytes();
        entry.central.extra = vec![0; 60_000];
        entries.push(entry);
    }
    let said = told(zip(&entries), Lang::Zh);
    assert_eq!(
        said,
        ["包.zip: 压缩包的目录超过 32 MiB，没有打开。请解压后放回。"]
    );
}

#[test]
fn what_an_archive_says_of_its_entries_counts_wherever_it_says_it() {
    // The end of a directory with endless entries, and one without any in its remark.
    let mut archive = zip(&[filing("甲.xlsx")]);
    let end = archive.split_off(archive.len() - 22);
    let at = archive.len() as u64;
    archive.extend(b"PK\x06\x06");
    archive.extend(44u64.to_le_bytes());
    archive.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [10_000_000_000u64, 10_000_000_000, 46, 0] {
        archive.extend(number.to_le_bytes());
    }
    archive.extend(b"PK\x06\x07\0\0\0\0");
    archive.extend(at.to_le_bytes());
    archive.extend([1, 0, 0, 0]);
    archive.extend(end);
    let length = archive.len();
    archive[length - 2] = 22;
    archive.extend(b"PK\x05\x06");
    archive.extend([0xFF; 16]);
    archive.extend([0, 0]);
    let last = archive.len() - 22;
    // It counts nothing.
    archive[last + 4..last + 12].fill(0);
    let said = told(archive, Lang::Zh).concat();
    assert!(said.contains("压缩包里的文件超过 100000 个"), "{said}");
}

/// So many tables of a project in one sheet, with one long text for all reasons of deviations,
/// which the file holds once.
fn repetitive(tables: u32) -> Vec<u8> {
    const INDICATORS: std::ops::Range<u32> = 12..24;
    const REASON: u32 = 8;
    let filing = read(&fixture("clean/clean.xlsx"), &Limits::default()).unwrap();
    let table = &filing.sheets[2];
    let (mut rows, mut areas) = (String::new(), String::new());
    for number in 0..tables {
        let down = |at: Addr| Addr::new(at.row + number * 40, at.col);
        for cells in table.cells.chunk_by(|a, b| a.at.row == b.at.row) {
            write!(rows, "<row r='{}'>", down(cells[0].at).row + 1).unwrap();
            let has_reason = INDICATORS.contains(&cells[0].at.row);
            for cell in cells {
                let at = down(cell.at);
                match &cell.value {
                    _ if has_reason && cell.at.col == REASON => continue,
                    Value::Text(text) => {
                        write!(rows, "<c r='{at}' t='inlineStr'><is><t>{text}</t></is></c>")
                    }
                    Value::Number(figure) => write!(rows, "<c r='{at}'><v>{figure}</v></c>"),
                    other => panic!("{other:?}"),
                }
                .unwrap();
            }
            if has_reason {
                let at = down(Addr::new(cells[0].at.row, REASON));
                write!(rows, "<c r='{at}' t='s'><v>0</v></c>").unwrap();
            }
            rows += "</row>";
        }
        for area in &table.merges {
            let (first, last) = (down(area.first), down(area.last));
            write!(areas, "<mergeCell ref='{first}:{last}'/>").unwrap();
        }
    }
    let sheet = format!(
        "<worksheet><sheetData>{rows}</sheetData><mergeCells>{areas}</mergeCells></worksheet>"
    );
    let text = format!("<si><t>{}</t></si>", "长".repeat(30_000));
    Package::sheet(&sheet).strings(&text).zip()
}

#[test]
fn a_small_file_with_endless_results_is_refused_and_not_kept() {
    let examiner = Examiner::here(catalog(), Options::default());
    let examined = |tables: u32| {
        let bytes = repetitive(tables);
        assert!(bytes.len() < 100_000, "{}", bytes.len());
        let source = Sources::in_memory("甲.xlsx", bytes, Limits::default()).next();
        match examiner.examine(&source.unwrap(), None, 1) {
            Outcome::Fresh(record) => record.file.error,
            Outcome::Unchanged { .. } => panic!("there was no run before"),
        }
    };
    assert_eq!(examined(2), None);
    let error = examined(32).unwrap();
    assert_eq!(error.kind, "too-large");
    assert!(error.message.contains("核对结果太多"), "{}", error.message);
}
