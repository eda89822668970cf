//! `gouji serve` under load on loopback: 16 clients, 2,000 requests, some broken, some hostile.
//!
//! `cargo bench --bench serve`: answers a second, how long they take, the most memory held, and
//! the time of a request beside that of the same file in one `gouji check` of many. Every answer
//! is compared with the command line's.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout
)]

#[path = "../tests/support/office.rs"]
mod office;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use office::{Office, by_command};

const CLIENTS: usize = 16;
const REQUESTS: usize = 2000;

/// Of ten files seven are honest, two broken, one is no workbook at all.
const FILES: [(&str, &str); 10] = [
    ("broken", "filing.xlsx"),
    ("clean", "clean.xlsx"),
    ("layouts", "shifted.xlsx"),
    ("layouts", "yuan.xlsx"),
    ("formats", "filing.xls"),
    ("formats", "filing.ods"),
    ("reference", "reference-sheets.xlsx"),
    ("unreadable", "truncated.xlsx"),
    ("unreadable", "encrypted.xlsx"),
    ("unreadable", "picture.xlsx"),
];

fn main() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let cases = FILES.map(|(folder, name)| {
        let folder = fixtures.join(folder);
        let body = std::fs::read(folder.join(name)).unwrap();
        (
            format!("/api/check?name={name}"),
            body,
            by_command(&folder, name),
        )
    });
    let mut office = Office::start(&[]);
    let log = office.log();
    let next = AtomicUsize::new(0);
    let hostile = AtomicUsize::new(0);
    let times: Mutex<Vec<Duration>> = Mutex::default();
    let begin = Instant::now();
    let early = std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= REQUESTS {
                        break;
                    }
                    if number % 20 == 19 {
                        // Junk, and a client that hangs up in the middle of its file.
                        let mut stream = std::net::TcpStream::connect(office.address).unwrap();
                        let half =
                            "POST /api/fix HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\nPK";
                        let junk = ["\0\0 nothing\r\n\r\n", half][number / 20 % 2];
                        let _ = std::io::Write::write_all(&mut stream, junk.as_bytes());
                        hostile.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let (path, body, expected) = &cases[number % cases.len()];
                    let asked = Instant::now();
                    let answer = office.post(path, body);
                    times.lock().unwrap().push(asked.elapsed());
                    assert_eq!(answer.status, 200, "{path}");
                    assert_eq!(&answer.body, expected, "{path}");
                }
            });
        }
        while next.load(Ordering::Relaxed) < REQUESTS / 4 {
            std::thread::sleep(Duration::from_millis(5));
        }
        office.peak()
    });
    let took = begin.elapsed();
    let peak = office.peak();
    let mut times = times.into_inner().unwrap();
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{} answers, all right, beside {} hostile connections; {:.0} a second; p50 {:.1} ms, p99 {:.1} ms",
        times.len(),
        hostile.load(Ordering::Relaxed),
        times.len() as f64 / took.as_secs_f64(),
        at(50),
        at(99),
    );
    let mib = |peak: Option<u64>| peak.map_or("?".to_owned(), |peak| peak.to_string());
    println!(
        "memory: {} MiB after a quarter, {} MiB at most",
        mib(early),
        mib(peak)
    );

    // The same files, as often, in one run of the command line on one thread.
    let files = FILES.map(|(folder, name)| fixtures.join(folder).join(name));
    let often = times.len() / FILES.len();
    let begin = Instant::now();
    Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(["check", "--format", "ndjson"])
        .args(std::iter::repeat_n(&files, often).flatten())
        .output()
        .unwrap();
    let alone = begin.elapsed().as_secs_f64() / (often * FILES.len()) as f64;
    let served = took.as_secs_f64() / times.len() as f64;
    println!(
        "a file: served {:.2} ms, gouji check (one thread) {:.2} ms: {:.2} times",
        served * 1e3,
        alone * 1e3,
        served / alone
    );
    assert!(office.stop());
    drop(log.join());
}
