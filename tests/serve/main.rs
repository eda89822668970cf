//! `gouji serve` as its clients meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "inputs of tests are written as they are"
)]

#[cfg(target_os = "linux")]
mod contained;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
#[path = "../support/large.rs"]
mod large;
mod load;
#[path = "../support/office.rs"]
mod office;
#[cfg(target_os = "linux")]
#[path = "../support/processes.rs"]
mod processes;

use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use office::{Office, by_command};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(path)
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(fixture(path)).unwrap()
}

#[test]
fn check_answers_what_the_command_line_says() {
    let office = Office::start(&[]);
    for (folder, name) in [
        ("broken", "filing.xlsx"),
        ("clean", "clean.xlsx"),
        ("formats", "filing.xls"),
        ("unreadable", "truncated.xlsx"),
        ("unreadable", "encrypted.xlsx"),
    ] {
        let body = bytes(&format!("{folder}/{name}"));
        let answer = office.post(&format!("/api/check?name={name}"), &body);
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.head.contains("content-type: application/json"));
        assert_eq!(answer.body, by_command(&fixture(folder), name), "{name}");
    }
}

#[test]
fn fix_answers_the_marked_copy_under_its_name() {
    let office = Office::start(&[]);
    let path = "/api/fix?name=%E7%94%B2.xlsx";
    let answer = office.post(path, &bytes("broken/filing.xlsx"));
    assert_eq!(answer.status, 200);
    let named =
        "filename*=utf-8''%e7%94%b2%ef%bc%88%e6%a0%b8%e5%af%b9%e7%bb%93%e6%9e%9c%ef%bc%89.xlsx";
    assert!(answer.head.contains(named), "{}", answer.head);

    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = ["ours", "theirs"].map(|name| folder.path().join(name));
    for folder in [&ours, &theirs] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(ours.join("a.xlsx"), &answer.body).unwrap();
    std::fs::write(folder.path().join("甲.xlsx"), bytes("broken/filing.xlsx")).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .arg("fix")
        .arg(folder.path().join("甲.xlsx"))
        .arg("-o")
        .arg(theirs.join("a.xlsx"))
        .status();
    assert_eq!(done.unwrap().code(), Some(1));
    assert_eq!(by_command(&ours, "a.xlsx"), by_command(&theirs, "a.xlsx"));
}

#[test]
fn a_name_holds_nothing_that_shows_another() {
    let office = Office::start(&[]);
    let path = "/api/fix?name=%E7%94%B2%0D%0A%00%E2%80%AE%E2%80%A8%3A.xlsx";
    let answer = office.post(path, &bytes("broken/filing.xlsx"));
    assert_eq!(answer.status, 200);
    let named = "filename*=utf-8''%e7%94%b2______%ef%bc%88";
    assert!(answer.head.contains(named), "{}", answer.head);
    for route in ["check", "fix"] {
        let [fits, too_long] =
            [255, 256].map(|length| format!("/api/{route}?name={}", "a".repeat(length)));
        assert_eq!(
            office.post(&fits, b"x").status % 100,
            if route == "fix" { 22 } else { 0 }
        );
        let answer = office.post(&too_long, b"x");
        assert_eq!((answer.status, answer.kind().as_str()), (400, "name"));
    }
}

#[test]
fn fix_says_why_there_is_no_copy() {
    let office = Office::start(&[]);
    let answer = office.post(
        "/api/fix?name=truncated.xlsx",
        &bytes("unreadable/truncated.xlsx"),
    );
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.body,
        by_command(&fixture("unreadable"), "truncated.xlsx")
    );
}

#[test]
fn english_is_asked_for_by_request() {
    let office = Office::start(&[]);
    let answer = office.post("/api/check?lang=en", &bytes("broken/filing.xlsx"));
    assert!(answer.text().contains("should be"), "{}", answer.text());
    assert_eq!(office.post("/api/check?lang=fr", b"x").kind(), "lang");
    assert_eq!(office.post("/api/check?form=none", b"x").kind(), "form");
}

#[test]
fn what_stands_behind_the_question_mark_is_known_and_said_once() {
    let office = Office::start(&[]);
    for query in ["foo=1", "name=a&name=b", "lang=zh&lang=en"] {
        for route in ["check", "fix"] {
            let answer = office.post(&format!("/api/{route}?{query}"), b"x");
            assert_eq!((answer.status, answer.kind().as_str()), (400, "query"));
        }
    }
}

#[test]
fn the_page_is_handed_out_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("p.html");
    std::fs::write(&page, "<!DOCTYPE html><title>页</title>").unwrap();
    let office = Office::start(&["--page", page.to_str().unwrap()]);
    let answer = office.get("/");
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("text/html; charset=utf-8"));
    assert!(answer.head.contains("x-content-type-options: nosniff"));
    assert!(answer.text().contains("页"));
    assert_eq!(Office::start(&[]).get("/").kind(), "no-page");
}

#[test]
fn health_tells_the_version() {
    let answer = Office::start(&[]).get("/health");
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn strange_hosts_and_strange_sites_are_turned_away() {
    let office = Office::start(&["--name", "caiwu.local"]);
    let at = office.address;
    for (headers, status) in [
        (format!("Host: {at}"), 200),
        ("Host: caiwu.local:8750".to_owned(), 200),
        ("Host: evil.example".to_owned(), 403),
        (format!("Host: {at}\r\nOrigin: http://{at}"), 200),
        (format!("Host: {at}\r\nOrigin: http://evil.example"), 403),
        (format!("Host: {at}\r\nOrigin: null"), 403),
        (format!("Host: {at}\r\nHost: evil.example"), 403),
        (format!("Host: {at}\r\nHost: {at}"), 403),
    ] {
        let answer = office.get_with("/health", &headers);
        assert_eq!(answer.status, status, "{headers}");
    }
}

#[test]
fn what_is_too_large_or_empty_or_elsewhere_is_said() {
    let office = Office::start(&["--max-file-bytes", "100000"]);
    let answer = office.post("/api/check", &vec![0; 100_001]);
    assert_eq!((answer.status, answer.kind().as_str()), (413, "too-large"));
    assert_eq!(office.post("/api/check", b"").kind(), "empty");
    let answer = office.get("/etc/passwd");
    assert_eq!((answer.status, answer.kind().as_str()), (404, "not-found"));
    assert_eq!(office.get("/api/check").status, 405);
}

#[test]
fn a_file_of_unsaid_length_is_checked_up_to_the_same_limit() {
    let office = Office::start(&["--max-file-bytes", "100000"]);
    let head = format!(
        "POST /api/check?name=clean.xlsx HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n",
        office.address
    );
    let sent = |file: &[u8]| {
        let mut request = head.clone().into_bytes();
        for piece in file.chunks(999) {
            write!(request, "{:x}\r\n", piece.len()).unwrap();
            request.extend_from_slice(piece);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        office.say(&request)
    };
    let answer = sent(&bytes("clean/clean.xlsx"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, by_command(&fixture("clean"), "clean.xlsx"));
    assert_eq!(sent(&vec![0; 100_001]).kind(), "too-large");
}

#[test]
fn one_client_may_not_take_all_places() {
    let office = Office::start(&[]);
    // Heads without their bodies: each holds a request open.
    let held: Vec<TcpStream> = (0..64)
        .map(|_| {
            let mut stream = TcpStream::connect(office.address).unwrap();
            let head = format!(
                "POST /api/check HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\n",
                office.address
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let refused = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let answer = office.post("/api/check", b"x");
        (answer.status == 429).then_some(answer)
    });
    let refused = refused.unwrap();
    assert_eq!(refused.kind(), "too-many");
    assert!(refused.head.contains("retry-after: 2"));
    drop(held);
    let again = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        office.post("/api/check", b"x").status == 200
    });
    assert!(again);
}

#[test]
fn it_stops_when_it_is_told_to_and_its_log_names_nobody() {
    let mut office = Office::start(&[]);
    let log = office.log();
    office.post(
        "/api/check?name=secret-unit.xlsx",
        &bytes("broken/filing.xlsx"),
    );
    office.get("/secret-path");
    let strange = format!(
        "SECRET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        office.address
    );
    assert_eq!(office.say(strange.as_bytes()).kind(), "method");
    assert!(office.stop());
    let log = log.join().unwrap();
    assert!(log.contains("POST /api/check 200"), "{log}");
    assert!(log.contains("GET - 404"), "{log}");
    assert!(log.contains(" - / 405"), "{log}");
    assert!(!log.to_lowercase().contains("secret"), "{log}");
}
