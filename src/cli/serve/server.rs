//! Connections: taken in, bounded in number and in patience, and seen to their end when the
//! server is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;

use super::pace::{Pace, Paced};
use super::shares::{Client, Shares};

/// Connections that may wait to be taken.
const WAITING: u32 = 1024;

/// What the system keeps of an answer until the client takes it, a connection.
const UNSENT: u32 = 128 << 10;

/// The longest head, and what is read and written at a time.
const BUFFER: usize = 64 << 10;

/// Open files and connections: for all clients and for the pipes of all workers.
#[cfg(unix)]
const HANDLES: u64 = 4096;

/// What clients may take of the server.
pub(super) struct Limits {
    /// Connections at a time; further ones wait to be taken.
    connections: usize,
    /// Of these, those of one client; its further ones are closed.
    of_one: usize,
    /// How long a client may take to say what it wants.
    patience: Duration,
    /// How fast it takes the answer at the least.
    pace: Pace,
    /// How long the last answers may take once the server is told to stop.
    last: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            of_one: 256,
            patience: Duration::from_secs(15),
            pace: Pace {
                time: Duration::from_secs(30),
                bytes: 256 << 10,
            },
            last: Duration::from_secs(10),
        }
    }
}

/// Listens at an address.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that has just ended has left the address; Windows would share it.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    // That the system keeps little shows how fast a client takes it.
    socket.set_send_buffer_size(UNSENT)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Asks for as many handles as may be needed: some systems give 256 unasked.
pub(super) fn reach_for_handles() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        let most = limit.maximum.map_or(HANDLES, |most| most.min(HANDLES));
        if limit.current.is_some_and(|current| current < most) {
            limit.current = Some(most);
            // Without them it serves fewer at a time.
            let _ = setrlimit(Resource::Nofile, limit);
        }
    }
}

/// Serves until it is told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let shares = Shares::new(limits.of_one);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(BUFFER);
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let next = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let (Ok(place), Ok((stream, address))) = next else {
            // Out of handles, for a moment.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let client = Client::from(address.ip());
        let Some(share) = shares.try_take(client, 1) else {
            continue;
        };
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(client);
            let mut router = router.clone();
            async move { tower_call(&mut router, request).await }
        });
        let stream = TokioIo::new(Paced::new(stream, limits.pace));
        let connection = graceful.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            // A client that hangs up is no fault of ours.
            let _ = connection.await;
            drop((place, share));
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.last, graceful.shutdown()).await;
}

async fn tower_call(
    router: &mut Router,
    request: Request,
) -> Result<axum::response::Response, std::convert::Infallible> {
    use tower_service::Service;
    router.call(request).await
}

/// Ends at Ctrl-C or SIGTERM.
pub(super) async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = end.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use axum::body::Bytes;
    use axum::routing::get;
    use tokio::sync::oneshot;

    use super::*;

    const SOON: Duration = Duration::from_millis(200);

    /// Whatever ends by itself ends within this, on the slowest machine.
    const LATER: Duration = Duration::from_secs(120);

    const LIMITS: Limits = Limits {
        connections: 4,
        of_one: 4,
        patience: LATER,
        pace: Pace {
            time: LATER,
            bytes: 1,
        },
        last: LATER,
    };

    /// Serves a small page and one that no client takes without reading, meanwhile does `work`,
    /// and ends.
    fn while_serving(limits: Limits, work: impl FnOnce(SocketAddr) + Send + 'static) {
        let large = Bytes::from(vec![b'x'; 16 << 20]);
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/large", get(async move || large));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
            let address = listener.local_addr().unwrap();
            let (told, stop) = oneshot::channel::<()>();
            let work = tokio::task::spawn_blocking(move || {
                work(address);
                drop(told);
            });
            let stop = async {
                let _ = stop.await;
            };
            let served = tokio::time::timeout(LATER, serve(listener, router, limits, stop));
            served.await.expect("it stops");
            work.await.unwrap();
        });
        runtime.shutdown_background();
    }

    fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        let _ = stream.write_all(request.as_bytes());
        stream.set_read_timeout(Some(LATER)).unwrap();
        stream
    }

    fn is_answered(mut stream: TcpStream) -> bool {
        let mut said = [0; 12];
        stream.read_exact(&mut said).is_ok() && said == *b"HTTP/1.1 200"
    }

    #[test]
    fn who_does_not_take_its_answer_is_left_and_the_next_one_served() {
        let pace = Pace {
            time: SOON,
            bytes: 1,
        };
        while_serving(Limits { pace, ..LIMITS }, |address| {
            let held: Vec<TcpStream> = (0..4).map(|_| ask(address, "/large")).collect();
            // Waits for a place; where the machine stands still for a moment, it is left too.
            while !is_answered(ask(address, "/")) {}
            drop(held);
        });
    }

    #[test]
    fn who_takes_its_answer_is_given_all_of_it() {
        while_serving(LIMITS, |address| {
            let mut stream = ask(address, "/large");
            let mut taken = 0;
            let mut piece = vec![0; 1 << 20];
            while taken < 16 << 20 {
                let bytes = stream.read(&mut piece).unwrap();
                assert!(bytes > 0, "broke off after {taken}");
                taken += bytes;
            }
        });
    }

    #[test]
    fn who_says_nothing_is_left() {
        let limits = Limits {
            patience: SOON,
            ..LIMITS
        };
        while_serving(limits, |address| {
            for said in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"] {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(LATER)).unwrap();
                stream.write_all(said.as_bytes()).unwrap();
                assert!(stream.read_to_end(&mut Vec::new()).is_ok(), "{said}");
            }
        });
    }

    #[test]
    fn one_client_has_so_many_connections_and_no_more() {
        let limits = Limits {
            of_one: 3,
            ..LIMITS
        };
        while_serving(limits, |address| {
            let held: Vec<TcpStream> = (0..3).map(|_| ask(address, "/large")).collect();
            assert!(!is_answered(ask(address, "/")));
            drop(held);
            let begun = std::time::Instant::now();
            while !is_answered(ask(address, "/")) {
                assert!(begun.elapsed() < LATER);
            }
        });
    }

    #[test]
    fn it_stops_while_all_places_are_taken() {
        let limits = Limits {
            last: SOON,
            ..LIMITS
        };
        while_serving(limits, |address| {
            let held: Vec<TcpStream> = (0..4).map(|_| ask(address, "/large")).collect();
            for stream in &held {
                assert!(stream.peek(&mut [0]).is_ok_and(|bytes| bytes == 1));
            }
            // Nobody reads until the test ends.
            std::mem::forget(held);
        });
    }
}
