//! A client that takes all it can get, and the others beside it.

use std::io::Write;
use std::net::TcpStream;

use crate::office::{Answer, Office};

/// Connections of one client: more than the server has places.
const MANY: usize = 520;

/// More than this, and the page is kept for each connection.
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
