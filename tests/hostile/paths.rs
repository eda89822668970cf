//! Names: in archives, on disk, and things on disk that are no files.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::archives::bomb;
use crate::doors::{batch, printed, records, run};
use crate::kit::fixture;
use crate::zips::{Entry, zip};

fn with_sound() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("报送")).unwrap();
    fs::write(
        folder.path().join("报送/好.xlsx"),
        fixture("clean/clean.xlsx"),
    )
    .unwrap();
    folder
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join("报送").join(name), bytes).unwrap();
}

#[test]
fn nothing_is_written_by_a_name_in_an_archive() {
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join("里面");
    fs::create_dir_all(folder.join("报送")).unwrap();
    let filing = fixture("clean/clean.xlsx");
    let names = [
        "../../窜.xlsx",
        "/绝对/窜.xlsx",
        "C:\\盘\\窜.xlsx",
        "..\\..\\窜.xlsx",
        "\\\\server\\share\\窜.xlsx",
        "x/../../../窜.xlsx",
        "CON.xlsx",
        "a:b.xlsx",
        "换\n行.xlsx",
        "\u{202E}xslx.exe.xlsx",
        "尾. /点..xlsx",
    ];
    let entries: Vec<Entry> = names.iter().map(|name| Entry::new(name, &filing)).collect();
    fs::write(folder.join("报送/包.zip"), zip(&entries)).unwrap();
    let (records, new) = batch(&folder, 0);
    assert_eq!(records.len(), names.len());
    assert!(
        records.values().all(|record| record.0 == "checked"),
        "{records:?}"
    );
    assert_eq!(new.len(), names.len(), "{new:?}");
    for path in &new {
        assert!(path.starts_with("标注/报送/包.zip/"), "{path}");
        assert!(
            !path.contains(['\\', ':', '\n', '\u{202E}']) && !path.contains(".."),
            "{path}"
        );
    }
    // Nothing beside the folder in which it ran.
    let beside: Vec<_> = fs::read_dir(outer.path()).unwrap().collect();
    assert_eq!(beside.len(), 1);
}

#[test]
fn a_nested_bomb_is_refused_and_its_neighbours_are_read() {
    let folder = with_sound();
    let filing = fixture("clean/clean.xlsx");
    // 72 MiB are more than any file may have; 34 MiB are no workbook.
    let bomb = bomb("炸.xlsx").both(|header| header.size = 72 << 20);
    let lying = bomb.clone().both(|header| {
        header.name = "谎.xlsx".into();
        header.size = 1_000;
    });
    let dense = Entry::new("密.xlsx", b"x").both(|header| header.size = 50 << 20);
    let inner = zip(&[bomb.clone(), Entry::new("乙.xlsx", &filing), lying, dense]);
    // An archive that would unpack to 72 MiB is itself one of the files that are too large.
    let large = bomb.both(|header| header.name = "大.zip".into());
    let outer = zip(&[
        Entry::new("内.zip", &inner),
        large,
        Entry::new("甲.xlsx", &filing),
    ]);
    put(folder.path(), "外.zip", &outer);
    let (records, _) = batch(folder.path(), 2);
    let found: Vec<String> = records
        .iter()
        .map(|(path, (status, kind, _))| format!("{path} {status} {kind}"))
        .collect();
    assert_eq!(
        found,
        [
            "报送/外.zip/内.zip/乙.xlsx checked ",
            "报送/外.zip/内.zip/密.xlsx unreadable too-large",
            "报送/外.zip/内.zip/炸.xlsx unreadable too-large",
            "报送/外.zip/内.zip/谎.xlsx unreadable corrupt",
            "报送/外.zip/大.zip unreadable too-large",
            "报送/外.zip/甲.xlsx checked ",
            "报送/好.xlsx checked ",
        ]
    );
    let message = &records["报送/外.zip/内.zip/密.xlsx"].2;
    assert!(
        message.contains("「密.xlsx」") && message.contains("max-ratio"),
        "{message}"
    );
}

#[test]
fn archives_that_are_cut_or_lie_are_one_file_that_is_not_read() {
    let folder = with_sound();
    let whole = zip(&[Entry::stored("甲.xlsx", &fixture("clean/clean.xlsx"))]);
    for sixteenths in 1..16 {
        let cut = &whole[..whole.len() * sixteenths / 16];
        put(folder.path(), &format!("断{sixteenths}.zip"), cut);
    }
    let mut count = whole.clone();
    let end = count.len() - 22;
    count[end + 8..end + 12].fill(0xFE);
    put(folder.path(), "多.zip", &count);
    put(folder.path(), "空.zip", &zip(&[]));
    let (records, new) = batch(folder.path(), 2);
    assert_eq!(new, ["标注/报送/好（核对结果）.xlsx"]);
    for (path, (status, kind, _)) in &records {
        match path.as_str() {
            "报送/好.xlsx" => assert_eq!(status, "checked"),
            "报送/空.zip" => assert_eq!(
                (status.as_str(), kind.as_str()),
                ("unreadable", "not-a-workbook")
            ),
            _ => assert_eq!(
                (status.as_str(), kind.as_str()),
                ("unreadable", "corrupt"),
                "{path}"
            ),
        }
    }
    assert_eq!(records.len(), 18);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_said_and_not_waited_for() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    let folder = with_sound();
    let inside = folder.path().join("报送");
    let pipes = ["管.xlsx", "管.zip"].map(|name| inside.join(name));
    let made = Command::new("mkfifo").args(pipes).status().unwrap();
    assert!(made.success());
    let _socket = UnixListener::bind(inside.join("口.xlsx")).unwrap();
    fs::create_dir(inside.join("夹.xlsx")).unwrap();
    symlink(inside.join("环.xlsx"), inside.join("环.xlsx")).unwrap();
    symlink("/dev/zero", inside.join("零.xlsx")).unwrap();
    symlink(inside.join("没有"), inside.join("断.xlsx")).unwrap();
    for name in ["管", "口", "夹", "环", "零", "断"] {
        let path = format!("报送/{name}.xlsx");
        let template = ["template", "--form", "yueyang-2023", "-o", "今年"];
        for args in [
            &["check", &path][..],
            &["fix", &path],
            &["inspect", &path],
            &[&template[..], &["--from", &path]].concat(),
            &[&template[..], &["--roster", &path]].concat(),
        ] {
            let (code, said) = run(folder.path(), args);
            assert_eq!(code, 2, "{args:?}: {said}");
            let words = match name {
                "夹" => "是文件夹",
                "环" => "文件读不出来",
                "断" => "没有找到这个文件",
                _ => "管道或设备",
            };
            assert!(said.contains(words), "{args:?}: {said}");
        }
    }
    let (records, new) = batch(folder.path(), 2);
    let kinds: Vec<String> = records
        .iter()
        .map(|(path, (status, kind, _))| format!("{path} {status} {kind}"))
        .collect();
    assert_eq!(
        kinds,
        [
            "报送/口.xlsx unreadable not-a-workbook",
            "报送/好.xlsx checked ",
            "报送/断.xlsx unreadable link",
            "报送/环.xlsx unreadable link",
            "报送/管.xlsx unreadable not-a-workbook",
            "报送/管.zip unreadable not-a-workbook",
            "报送/零.xlsx unreadable link",
        ]
    );
    assert_eq!(new, ["标注/报送/好（核对结果）.xlsx"]);
    // Outside of the folder nothing is read.
    for command in ["check", "fix"] {
        let (_, said) = run(folder.path(), &[command, "报送"]);
        let lines: Vec<&str> = said.lines().collect();
        for name in ["断", "环", "零"] {
            let at = lines
                .iter()
                .position(|line| *line == format!("报送/{name}.xlsx"));
            assert_eq!(
                lines[at.unwrap() + 1],
                "  这不是电子表格，是链接。请换成文件本身。",
                "{said}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    let folder = with_sound();
    let path = folder.path().join("报送/密.xlsx");
    fs::write(&path, fixture("clean/clean.xlsx")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Whoever runs the tests may read everything: then somebody else does.
    let nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    // Not everybody may reach the folder in which it was built.
    let copy = folder.path().join("gouji");
    fs::copy(env!("CARGO_BIN_EXE_gouji"), &copy).unwrap();
    let mut program = vec![copy.to_str().unwrap()];
    if fs::read(&path).is_ok() {
        program.splice(0..0, nobody);
        for folder in [folder.path(), &folder.path().join("报送")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
        }
    }
    let run = |args: &[&str]| {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).args(args);
        command.current_dir(folder.path()).output().unwrap()
    };
    let said = |args: &[&str]| {
        let output = run(args);
        (output.status.code(), printed(&output))
    };
    let template = ["template", "--form", "yueyang-2023", "-o", "今年"];
    let file = "报送/密.xlsx";
    for args in [
        &["check", "报送"][..],
        &["fix", "报送"],
        &["inspect", file],
        &[&template[..], &["--from", file]].concat(),
        &[&template[..], &["--roster", file]].concat(),
    ] {
        let (code, said) = said(args);
        assert_eq!(code, Some(2), "{args:?}: {said}");
        assert!(said.contains("没有读取这个文件的权限"), "{args:?}: {said}");
    }
    let (code, said) = said(&["batch", "报送", "-o", "汇总.xlsx"]);
    assert_eq!(code, Some(2), "{said}");
    let records = records(&folder.path().join("汇总.db"));
    assert_eq!(records["报送/密.xlsx"].1, "io");
    assert_eq!(records["报送/好.xlsx"].0, "checked");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_checked_and_fixed_as_others_are() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = with_sound();
    let name = OsStr::from_bytes(b"\xFF\xD6\xD0.xlsx");
    fs::write(
        folder.path().join("报送").join(name),
        fixture("clean/clean.xlsx"),
    )
    .unwrap();
    let (code, said) = run(folder.path(), &["check", "报送"]);
    assert_eq!((code, said.matches("可以报送").count()), (0, 2), "{said}");
    let (code, said) = run(folder.path(), &["fix", "报送"]);
    assert_eq!(code, 0, "{said}");
    let names = fs::read_dir(folder.path().join("报送")).unwrap().count();
    assert_eq!(names, 4, "two files, a copy of each: {said}");
}

#[cfg(unix)]
#[test]
fn an_output_that_is_an_input_by_another_name_is_refused() {
    let folder = with_sound();
    let path = folder.path();
    fs::write(path.join("名册.csv"), "单位名称\n甲局\n").unwrap();
    for (input, command) in [
        ("报送/好.xlsx", &["check", "报送/好.xlsx"][..]),
        ("报送/好.xlsx", &["fix", "报送/好.xlsx"]),
        ("报送/好.xlsx", &["batch", "报送/好.xlsx"]),
        (
            "报送/好.xlsx",
            &[
                "template",
                "--form",
                "yueyang-2023",
                "--from",
                "报送/好.xlsx",
            ],
        ),
        ("名册.csv", &["batch", "报送", "--roster", "名册.csv"]),
    ] {
        let before = fs::read(path.join(input)).unwrap();
        for is_hard in [true, false] {
            let other = path.join("另名.xlsx");
            let made = match is_hard {
                true => fs::hard_link(path.join(input), &other),
                false => std::os::unix::fs::symlink(path.join(input), &other),
            };
            made.unwrap();
            let args = [command, &["-o", "另名.xlsx", "--force"]].concat();
            let (code, said) = run(path, &args);
            assert_eq!(code, 2, "{args:?}: {said}");
            assert!(said.contains("另名.xlsx"), "{args:?}: {said}");
            assert!(fs::read(&other).unwrap() == before, "{args:?}");
            fs::remove_file(other).unwrap();
        }
        assert!(fs::read(path.join(input)).unwrap() == before);
    }
}
