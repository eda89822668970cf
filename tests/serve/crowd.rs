//! A client that takes all it can get, and the others beside it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bytes;
use crate::office::{Answer, Office};
use crate::processes::{children, signal};

/// Connections of one client: more than the server has places.
const MANY: usize = 520;

/// More than this, and bodies are kept for which there should be no room.
const MOST_MEMORY: u64 = 400;

/// Another client: this machine has many addresses.
const ANOTHER: [u8; 4] = [127, 0, 0, 2];

/// What the server answers another client.
fn from_another(office: &Office, request: &[u8]) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((ANOTHER, 0).into()).unwrap();
        let stream = socket.connect(office.address).await.unwrap();
        stream.into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    Answer::to(stream, request)
}

fn health(office: &Office) -> Vec<u8> {
    format!(
        "GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        office.address
    )
    .into_bytes()
}

fn check(office: &Office) -> Vec<u8> {
    let file = bytes("clean/clean.xlsx");
    let head = format!(
        "POST /api/check HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        office.address,
        file.len()
    );
    [head.as_bytes(), &file].concat()
}

/// So many connections that say something and never read.
fn deaf(office: &Office, many: usize, says: &[u8]) -> Vec<TcpStream> {
    (0..many)
        .map(|_| {
            let mut stream = TcpStream::connect(office.address).unwrap();
            stream.set_nonblocking(true).unwrap();
            // As much as is taken at once.
            let _ = stream.write(says);
            stream
        })
        .collect()
}

#[test]
fn who_does_not_read_leaves_places_to_others_and_the_server_stops_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("p.html");
    std::fs::write(&page, vec![b'x'; 4 << 20]).unwrap();
    let mut office = Office::start(&["--page", page.to_str().unwrap()]);
    let _log = office.log();
    let page = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", office.address);
    let pipelined = "GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(20_000);
    for says in [page, pipelined] {
        let held = deaf(&office, MANY, says.as_bytes());
        assert_eq!(from_another(&office, &health(&office)).status, 200);
        drop(held);
    }
    let page = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", office.address);
    let _held = deaf(&office, MANY, page.as_bytes());
    if let Some(peak) = office.peak() {
        assert!(peak < MOST_MEMORY, "{peak} MiB");
    }
    assert!(office.stop());
}

#[test]
fn connections_take_no_handles_that_workers_need() {
    let program = env!("CARGO_BIN_EXE_gouji");
    let mut shell = Command::new("sh");
    // The fewest handles that a system gives unasked.
    shell.args(["-c", "ulimit -S -n 128 && exec \"$0\" \"$@\"", program]);
    let mut office = Office::start_by(&mut shell, &["--jobs", "1"]);
    let _log = office.log();
    let held = deaf(&office, 150, b"");
    for worker in children(office.id()) {
        signal(worker, "KILL");
    }
    let checked = from_another(&office, &check(&office));
    assert_eq!(checked.status, 200);
    assert!(
        checked.text().contains("\"status\": \"checked\""),
        "{}",
        checked.text()
    );
    drop(held);
}

/// Begins to send a file of this length and sends so much of it; one that is refused is closed
/// meanwhile.
fn send(office: &Office, length: usize, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(office.address).unwrap();
    let head = format!(
        "POST /api/check HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n",
        office.address
    );
    let _ = stream.write_all(head.as_bytes());
    let piece = vec![0; 1 << 20];
    let _ = (0..sent / piece.len()).try_for_each(|_| stream.write_all(&piece));
    stream
}

/// The status of what is answered within a time, if anything is.
fn status(stream: &mut TcpStream, within: Duration) -> Option<String> {
    stream.set_read_timeout(Some(within)).unwrap();
    let mut said = [0; 12];
    stream.read_exact(&mut said).ok()?;
    Some(String::from_utf8_lossy(&said[9..]).into_owned())
}

/// Whether the rest of what is sent is still waited for: nothing is answered, and not closed. What
/// is answered is a refusal.
fn is_waited_for(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut said = [0; 12];
    let answered = stream.read(&mut said);
    stream.set_nonblocking(false).unwrap();
    match answered {
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
        Ok(bytes) => {
            let said = String::from_utf8_lossy(&said[..bytes]);
            assert!(said.is_empty() || said == "HTTP/1.1 503", "{said}");
            false
        }
    }
}

#[test]
fn files_that_are_not_sent_to_their_end_take_so_much_memory_and_no_more() {
    let mut office = Office::start(&[]);
    let _log = office.log();
    let length = 60 << 20;
    let mut held: Vec<TcpStream> = (0..10)
        .map(|_| send(&office, length, length - (1 << 20)))
        .collect();
    // One client takes half of what there is: the others had been refused when the next one began.
    held.retain_mut(is_waited_for);
    assert!((1..10).contains(&held.len()), "{}", held.len());
    assert_eq!(from_another(&office, &check(&office)).status, 200);
    if let Some(peak) = office.peak() {
        assert!(peak < MOST_MEMORY, "{peak} MiB");
    }

    // What they held is free again once they let go.
    drop(held);
    let begun = Instant::now();
    let is_taken = || {
        let mut stream = send(&office, length, length);
        status(&mut stream, Duration::from_secs(60)).is_some_and(|status| status == "200")
    };
    while !is_taken() {
        assert!(begun.elapsed() < Duration::from_secs(120));
    }
}
