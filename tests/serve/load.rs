//! Many clients at once, honest, broken and hostile.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::office::{Office, by_command};
use crate::{bytes, fixture};

const CLIENTS: usize = 16;
const REQUESTS: usize = 400;

/// More than this, and something is kept that should not be.
const MOST_MEMORY: u64 = 256;

#[test]
fn many_clients_at_once_get_right_answers_in_steady_memory() {
    let mut office = Office::start(&[]);
    let log = office.log();
    let cases: Vec<(String, Vec<u8>, Vec<u8>)> = [
        ("broken", "filing.xlsx"),
        ("clean", "clean.xlsx"),
        ("formats", "filing.xls"),
        ("formats", "filing.ods"),
        ("unreadable", "truncated.xlsx"),
        ("unreadable", "archive.xlsx"),
        ("unreadable", "empty.xlsx"),
    ]
    .map(|(folder, name)| {
        let path = format!("/api/check?name={name}");
        let body = bytes(&format!("{folder}/{name}"));
        (path, body, by_command(&fixture(folder), name))
    })
    .into_iter()
    .filter(|(_, body, _)| !body.is_empty())
    .collect();
    let next = AtomicUsize::new(0);
    let ask = |until: usize| {
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= until {
                            break;
                        }
                        if number % 11 == 10 {
                            // No HTTP at all, and a body that never comes.
                            let _ =
                                std::net::TcpStream::connect(office.address).map(|mut stream| {
                                    let junk =
                                        [b"\x00\xff garbage".as_slice(), b"POST / HTTP/9\r\n"];
                                    std::io::Write::write_all(&mut stream, junk[number % 2])
                                });
                            continue;
                        }
                        let (path, body, expected) = &cases[number % cases.len()];
                        let answer = office.post(path, body);
                        assert_eq!(answer.status, 200, "{path}");
                        assert_eq!(&answer.body, expected, "{path}");
                    }
                });
            }
        });
    };
    ask(REQUESTS / 2);
    next.store(0, Ordering::Relaxed);
    ask(REQUESTS / 2);
    if let Some(peak) = office.peak() {
        assert!(peak < MOST_MEMORY, "{peak} MiB");
    }
    assert!(office.stop());
    let lines = log.join().unwrap().lines().count();
    assert!(lines > REQUESTS / 2, "{lines}");
}
