//! Standard output, whose reader may have seen enough and gone: that alone is a closed pipe that is
//! no failure.

use std::io::{self, Stdout, Write};

use anstream::AutoStream;

/// Standard output, or another channel on it.
pub(super) struct Screen<W>(W);

/// What a write fails with where nobody reads any more.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
struct Closed;

/// For people: with colours on a terminal only.
pub(super) fn screen() -> Screen<AutoStream<Stdout>> {
    Screen(anstream::stdout())
}

/// For programs: what is written, and nothing else.
pub(super) fn plain() -> Screen<Stdout> {
    Screen(io::stdout())
}

/// Whether the reader of standard output has gone.
pub(super) fn is_closed(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .is_some_and(|inner| inner.is::<Closed>())
    })
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(told)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(told)
    }
}

fn told(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, Closed),
        _ => error,
    }
}
