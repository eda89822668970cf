//! A connection whose client must take what it is sent, and not at leisure.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How fast a client takes its answers at the least: in any such time in which it is behind, so
/// many bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

/// A connection that fails where the client is slower than that.
pub(super) struct Paced<S> {
    stream: S,
    pace: Pace,
    behind: Option<Behind>,
}

/// Something is still to be taken.
struct Behind {
    until: Pin<Box<Sleep>>,
    /// Taken in this time.
    taken: usize,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, pace: Pace) -> Self {
        Self {
            stream,
            pace,
            behind: None,
        }
    }

    fn seen(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(written) => {
                if let (Some(behind), Ok(bytes)) = (&mut self.behind, &written) {
                    behind.taken += bytes;
                }
                Poll::Ready(written)
            }
            Poll::Pending => {
                let Pace { time, bytes } = self.pace;
                let behind = self.behind.get_or_insert_with(|| Behind {
                    until: Box::pin(sleep(time)),
                    taken: 0,
                });
                ready!(behind.until.as_mut().poll(cx));
                if behind.taken < bytes {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                behind.taken = 0;
                behind.until.as_mut().reset(Instant::now() + time);
                // Sees to it that this is looked at again.
                let _ = behind.until.as_mut().poll(cx);
                Poll::Pending
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.seen(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.seen(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Asked for when all is written: the client is no longer behind.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.behind = None;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const PACE: Pace = Pace {
        time: Duration::from_millis(500),
        bytes: 10,
    };

    /// Takes what it is told to, and then nothing.
    struct Client(usize);

    impl AsyncWrite for Client {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            match std::mem::take(&mut self.0).min(bytes.len()) {
                0 => Poll::Pending,
                taken => Poll::Ready(Ok(taken)),
            }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    type Written = Poll<Result<usize, io::ErrorKind>>;

    /// What comes of writing to a client that now takes so many bytes.
    async fn write(stream: &mut Paced<Client>, takes: usize) -> Written {
        stream.stream.0 = takes;
        poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_write(cx, &[7; 100])))
            .await
            .map_err(|error| error.kind())
    }

    fn block<T>(task: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(task)
    }

    #[test]
    fn who_takes_nothing_or_too_little_is_left() {
        for takes in [0, PACE.bytes - 1] {
            block(async {
                let mut stream = Paced::new(Client(0), PACE);
                assert_eq!(write(&mut stream, 0).await, Poll::Pending);
                let taken = write(&mut stream, takes).await;
                assert_eq!(taken.is_ready(), takes > 0);
                sleep(2 * PACE.time).await;
                let late = Poll::Ready(Err(io::ErrorKind::TimedOut));
                assert_eq!(write(&mut stream, 0).await, late);
            });
        }
    }

    #[test]
    fn who_takes_enough_has_as_much_time_again() {
        block(async {
            let mut stream = Paced::new(Client(0), PACE);
            for _ in 0..2 {
                assert_eq!(write(&mut stream, 0).await, Poll::Pending);
                let all = Poll::Ready(Ok(PACE.bytes));
                assert_eq!(write(&mut stream, PACE.bytes).await, all);
                sleep(2 * PACE.time).await;
            }
        });
    }

    #[test]
    fn who_has_taken_all_is_not_behind_however_long_ago() {
        block(async {
            let mut stream = Paced::new(Client(0), PACE);
            assert_eq!(write(&mut stream, 0).await, Poll::Pending);
            poll_fn(|cx| Pin::new(&mut stream).poll_flush(cx))
                .await
                .unwrap();
            sleep(2 * PACE.time).await;
            assert_eq!(write(&mut stream, 0).await, Poll::Pending);
        });
    }

    #[test]
    fn a_connection_that_waits_is_woken_to_its_end() {
        block(async {
            let mut stream = Paced::new(Client(0), PACE);
            let written = poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, b"x")).await;
            assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        });
    }
}
