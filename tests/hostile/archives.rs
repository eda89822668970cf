//! Zip containers that lie.

use std::sync::OnceLock;

use gouji::lang::Lang;
use gouji::read::{Limits, ReadError, read};

use crate::kit::{Case, Outcome, book, error, fixture, no_form, plain, refused, worksheet};
use crate::support::{Package, listed};
use crate::zips::{DESCRIBED, Entry, entries, with_entry, zip, zip_with_end, zip64};

const SHEET: &str = "xl/worksheets/sheet1.xml";
const MIB: usize = 1 << 20;

/// Those that go through all doors.
pub(crate) fn cases() -> Vec<Case> {
    let refused = |name, bytes, kind, words| Case {
        name,
        bytes,
        outcome: Outcome::Refused(kind, words),
    };
    vec![
        refused("平炸弹.xlsx", flat(), "too-large", "max-part-bytes"),
        refused(
            "谎称小.xlsx",
            says_less(),
            "corrupt",
            "内容与校验码或长度不符",
        ),
        refused(
            "谎称大.xlsx",
            says_more(),
            "corrupt",
            "内容与校验码或长度不符",
        ),
        refused("比例.xlsx", beyond_deflate(), "too-large", "max-ratio"),
        refused("截断.xlsx", cut(&plain().zip(), 8), "corrupt", "内容不完整"),
        refused("同名.xlsx", one_place(), "corrupt", "部件的名称前后不一致"),
    ]
}

/// 34 MiB of blanks in some kilobytes, honestly declared.
pub(crate) fn bomb(name: &str) -> Entry {
    static BOMB: OnceLock<Entry> = OnceLock::new();
    let bomb = BOMB.get_or_init(|| Entry::new("", " ".repeat(34 * MIB).as_bytes()));
    bomb.clone().both(|header| header.name = name.into())
}

fn flat() -> Vec<u8> {
    with_entry(&plain(), SHEET, |_| bomb(SHEET))
}

/// A MiB that is said to be a thousand bytes.
fn says_less() -> Vec<u8> {
    let blanks = " ".repeat(MIB);
    with_entry(&plain(), SHEET, |_| {
        Entry::new(SHEET, blanks.as_bytes()).both(|header| header.size = 1_000)
    })
}

fn says_more() -> Vec<u8> {
    with_entry(&plain(), SHEET, |entry| {
        entry.both(|header| header.size += 1_000)
    })
}

/// 4 KiB that say they unpack to 30 MiB.
fn beyond_deflate() -> Vec<u8> {
    with_entry(&plain(), SHEET, |entry| {
        entry.both(|header| header.size = 30 << 20)
    })
}

fn cut(bytes: &[u8], sixteenths: usize) -> Vec<u8> {
    bytes[..bytes.len() * sixteenths / 16].to_vec()
}

/// Two names for one place.
fn one_place() -> Vec<u8> {
    let mut all = entries(&plain());
    let mut second = all[0].clone();
    second.central.name = b"xl/other.xml".to_vec();
    second.offset = Some(0);
    all.push(second);
    zip(&all)
}

#[test]
fn a_flat_bomb_is_refused_by_its_declared_size() {
    assert!(flat().len() < 100_000);
    refused(&flat(), "too-large", "max-part-bytes");
}

#[test]
fn many_small_bombs_are_refused_by_their_sum() {
    let blanks = format!("<worksheet>{}</worksheet>", " ".repeat(2 * MIB));
    let bomb = Entry::new("x", blanks.as_bytes());
    let sheets: Vec<String> = (1..=5)
        .map(|number| format!("<sheet name='{number}' sheetId='{number}' r:id='r{number}'/>"))
        .collect();
    let names: Vec<(String, String)> = (1..=5)
        .map(|number| (format!("r{number}"), format!("worksheets/b{number}.xml")))
        .collect();
    let links: Vec<_> = names
        .iter()
        .map(|(id, target)| (id.as_str(), "worksheet", target.as_str()))
        .collect();
    let package = plain()
        .with(
            "xl/workbook.xml",
            crate::support::workbook(&sheets.concat()),
        )
        .with("xl/_rels/workbook.xml.rels", crate::support::links(&links));
    let mut all = entries(&package);
    for (_, target) in &names {
        let name = format!("xl/{target}").into_bytes();
        all.push(bomb.clone().both(|header| header.name = name.clone()));
    }
    let limits = Limits {
        part_bytes: 1 << 30,
        total_bytes: 5 << 20,
        ..Limits::default()
    };
    let Err(ReadError::TooLarge { limit, .. }) = read(&zip(&all), &limits) else {
        panic!("read");
    };
    assert_eq!(limit, "max-total-bytes");
}

#[test]
fn a_size_that_is_a_lie_is_found_out_before_more_is_unpacked() {
    refused(&says_less(), "corrupt", SHEET);
    refused(&says_more(), "corrupt", SHEET);
}

#[test]
fn a_part_beyond_what_deflate_can_reach_is_refused_by_name() {
    refused(&beyond_deflate(), "too-large", SHEET);
    let Err(ReadError::TooDense {
        part,
        found,
        allowed,
    }) = read(&beyond_deflate(), &Limits::default())
    else {
        panic!("read");
    };
    assert_eq!((part.as_str(), allowed), (SHEET, 1_032));
    assert!(found > 100_000);
}

#[test]
fn the_most_that_deflate_reaches_is_read() {
    let text = format!("<worksheet>{}</worksheet>", " ".repeat(4 * MIB));
    let bytes = Package::sheet(&text).zip();
    assert!(4 * MIB / bytes.len() > 700, "{}", bytes.len());
    assert_eq!(no_form(&bytes).sheets[0].cells.len(), 0);
    let strict = Limits {
        ratio: 100,
        ..Limits::default()
    };
    let error = read(&bytes, &strict).unwrap_err();
    assert!(matches!(error, ReadError::TooDense { .. }), "{error}");
    // What is small may be as dense as it likes.
    assert!(read(&plain().zip(), &Limits { ratio: 0, ..strict }).is_ok());
}

#[test]
fn sizes_of_the_local_header_are_not_read() {
    for lie in [0, 1, u32::MAX - 1] {
        let bytes = with_entry(&plain(), SHEET, |mut entry| {
            entry.local.size = lie;
            entry.local.packed = lie;
            entry
        });
        assert_eq!(listed(&no_form(&bytes).sheets[0]), ["A1=1"], "{lie}");
    }
}

#[test]
fn a_packed_size_that_is_too_small_or_reaches_into_others_is_refused() {
    let with = |change: i64| {
        with_entry(&plain(), SHEET, |mut entry| {
            let packed = i64::from(entry.central.packed) + change;
            entry.central.packed = u32::try_from(packed).unwrap();
            entry
        })
    };
    for change in [-1, 10, 1 << 30] {
        refused(&with(change), "corrupt", SHEET);
    }
}

#[test]
fn names_that_lead_out_of_the_package_are_parts_like_others() {
    for name in [
        "../../x.xml",
        "/etc/passwd",
        "C:\\Windows\\x.xml",
        "..\\..\\x.xml",
        "xl/../../../x.xml",
        "\u{202E}lmx.1teehs",
        "con",
        "a\nb",
        "",
    ] {
        let package = plain().with(name, "x");
        let book = no_form(&zip(&entries(&package)));
        assert_eq!(listed(&book.sheets[0]), ["A1=1"], "{name:?}");
    }
    // A relationship leads no further out than a name.
    let links = crate::support::links(&[("r1", "worksheet", "../../../../etc/passwd")]);
    let bytes = plain().with("xl/_rels/workbook.xml.rels", links).zip();
    refused(&bytes, "corrupt", "etc/passwd：缺少这个部件");
}

#[test]
fn a_file_cut_at_any_sixteenth_is_incomplete() {
    for name in [
        "clean/clean.xlsx",
        "formats/filing.ods",
        "formats/table.xlsm",
    ] {
        let bytes = fixture(name);
        for sixteenths in 1..16 {
            refused(&cut(&bytes, sixteenths), "corrupt", "zip：内容不完整");
        }
        refused(&bytes[..bytes.len() - 1], "corrupt", "zip");
        refused(&[], "not-a-workbook", "空文件");
    }
}

#[test]
fn an_xls_cut_at_any_sixteenth_is_refused_or_whole() {
    for name in ["formats/filing.xls", "formats/table.xls"] {
        let bytes = fixture(name);
        let whole = book(&bytes);
        let cells: Vec<_> = whole.sheets.iter().map(listed).collect();
        for sixteenths in 1..16 {
            match read(&cut(&bytes, sixteenths), &Limits::default()) {
                // What follows the workbook's own stream may be missing.
                Ok(book) => {
                    assert_eq!(book.sheets.iter().map(listed).collect::<Vec<_>>(), cells);
                }
                Err(error) => assert_eq!(error.kind(), "corrupt", "{name} {sixteenths}"),
            }
        }
        assert!(read(&cut(&bytes, 8), &Limits::default()).is_err());
    }
}

#[test]
fn descriptors_behind_the_bytes_are_not_read_whatever_they_say() {
    for says in [0_u32, 7, u32::MAX] {
        let bytes = with_entry(&plain(), SHEET, |entry| {
            let mut entry = entry.both(|header| header.flags |= DESCRIBED);
            (entry.local.size, entry.local.packed, entry.local.sum) = (0, 0, 0);
            entry.behind = [b"PK\x07\x08".to_vec(), says.to_le_bytes().repeat(3)].concat();
            entry
        });
        assert_eq!(listed(&no_form(&bytes).sheets[0]), ["A1=1"]);
    }
}

#[test]
fn sizes_of_64_bits_are_read_and_lies_of_64_bits_refused() {
    let with = |size: u64, packed: u64| {
        with_entry(&plain(), SHEET, |mut entry| {
            (entry.central.size, entry.central.packed) = (u32::MAX, u32::MAX);
            entry.central.extra = zip64(size, packed);
            entry
        })
    };
    let all = entries(&plain());
    let honest = &all.last().unwrap().central;
    let (size, packed) = (u64::from(honest.size), u64::from(honest.packed));
    assert_eq!(listed(&no_form(&with(size, packed)).sheets[0]), ["A1=1"]);
    refused(&with(1 << 40, packed), "too-large", "max-ratio");
    refused(&with(size + 1, packed), "corrupt", SHEET);
    for huge in [1 << 62, u64::MAX] {
        refused(&with(huge, packed), "too-large", "max-ratio");
    }
    // Behind whatever the file's length is.
    for huge in [1 << 62, u64::MAX] {
        refused(&with(huge, huge), "corrupt", SHEET);
    }
}

#[test]
fn a_directory_of_64_bits_that_lies_is_refused() {
    let with = |count: u64, size: u64, place: u64| {
        let mut bytes = zip_with_end(&entries(&plain()), |at, length| {
            let mut out = b"PK\x06\x06".to_vec();
            out.extend(44_u64.to_le_bytes());
            out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for word in [count, count, size, place] {
                out.extend(word.to_le_bytes());
            }
            out.extend(b"PK\x06\x07\0\0\0\0");
            out.extend((at + length).to_le_bytes());
            out.extend([1, 0, 0, 0]);
            out
        });
        let end = bytes.len() - 22;
        bytes[end + 8..end + 12].fill(0xFF);
        bytes[end + 16..end + 20].fill(0xFF);
        bytes
    };
    for (count, size, place) in [
        (u64::MAX, 1, 1),
        (5, u64::MAX, 0),
        (5, 1, u64::MAX),
        (1 << 40, 1 << 40, 0),
    ] {
        refused(&with(count, size, place), "corrupt", "zip");
    }
}

#[test]
fn two_entries_at_one_place_are_refused() {
    refused(&one_place(), "corrupt", "xl/other.xml");
}

#[test]
fn an_entry_that_is_not_in_the_file_is_refused_whatever_its_name() {
    for name in ["docProps/app.xml", "/", ""] {
        let mut nowhere = Entry::new(name, b"x");
        nowhere.offset = Some(0x6400_0000);
        let mut all = entries(&Package::of(""));
        all.push(nowhere);
        refused(&zip(&all), "corrupt", "名称前后不一致");
    }
}

#[test]
fn an_entry_inside_of_another_is_refused() {
    let sheet = Entry::new(
        SHEET,
        b"<worksheet><sheetData><row><c><v>7</v></c></row></sheetData></worksheet>",
    );
    let inner = zip(std::slice::from_ref(&sheet));
    let mut all: Vec<Entry> = entries(&plain())
        .into_iter()
        .filter(|entry| entry.central.name != SHEET.as_bytes())
        .collect();
    all.push(Entry::stored("xl/media/image1.bin", &inner));
    let before = zip(&all);
    let at = memchr::memmem::find(&before, &inner).unwrap();
    // The directory names the entry in the middle of the other's bytes.
    let mut pointer = sheet;
    pointer.offset = Some(u32::try_from(at).unwrap());
    let mut bytes = before.clone();
    let place = memchr::memmem::rfind(&bytes, b"PK\x05\x06").unwrap();
    let extra = zip(&[pointer]);
    let from = memchr::memmem::find(&extra, b"PK\x01\x02").unwrap();
    let to = memchr::memmem::rfind(&extra, b"PK\x05\x06").unwrap();
    bytes.splice(place..place, extra[from..to].to_vec());
    let end = bytes.len() - 22;
    let count = u16::try_from(all.len() + 1).unwrap().to_le_bytes();
    bytes[end + 8..end + 10].copy_from_slice(&count);
    bytes[end + 10..end + 12].copy_from_slice(&count);
    let length = u32::from_le_bytes(bytes[end + 12..end + 16].try_into().unwrap());
    let length = length + u32::try_from(to - from).unwrap();
    bytes[end + 12..end + 16].copy_from_slice(&length.to_le_bytes());
    refused(&bytes, "corrupt", "xl/media/image1.bin");
}

#[test]
fn an_archive_behind_another_is_refused() {
    let both = [plain().zip(), plain().zip()].concat();
    refused(&both, "corrupt", "前后有两个压缩包");
    // Of what is only stored inside of a part there is no doubt.
    let inside = plain().with("xl/embeddings/1.xlsx", plain().zip()).zip();
    no_form(&inside);
}

#[test]
fn an_encrypted_entry_is_told_as_such() {
    // The second by the method alone.
    for (flag, method) in [(1, 8), (0, 99), (1, 99)] {
        let bytes = with_entry(&plain(), SHEET, |entry| {
            entry.both(|header| {
                header.flags |= flag;
                header.method = method;
            })
        });
        refused(&bytes, "encrypted", "「xl/worksheets/sheet1.xml」加了密码");
    }
}

#[test]
fn a_method_that_is_not_known_is_told_as_such() {
    for (method, name) in [
        (1, "（Shrink）"),
        (9, "（Deflate64）"),
        (12, "（Bzip2）"),
        (14, "（Lzma）"),
        (93, "（Zstd）"),
        (95, "（Xz）"),
        (98, "（Ppmd）"),
        (0xFFFF, ""),
    ] {
        let bytes = with_entry(&plain(), SHEET, |entry| {
            entry.both(|header| header.method = method)
        });
        let words = format!("「{SHEET}」的压缩方式{name}不支持");
        refused(&bytes, "unsupported", &words);
        let said = error(&bytes).message(Lang::En);
        assert!(said.contains("pack it again as ordinary ZIP"), "{said}");
    }
}

#[test]
fn a_bomb_that_no_one_asks_for_is_not_unpacked() {
    let mut all = entries(&worksheet("<sheetData/>"));
    all.push(bomb("xl/media/image1.png"));
    assert_eq!(no_form(&zip(&all)).sheets.len(), 1);
}
