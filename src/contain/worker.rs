//! Inside a worker process: one file after the other, until there are no more.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Bounds, Message, memory, wire};

/// How often a worker looks whether it is late.
const LOOK: Duration = Duration::from_secs(1);

/// How much later than the process that it works for a worker gives a file up.
const GRACE: Duration = Duration::from_secs(4);

/// Answers what comes in on standard input on standard output, until it ends; takes at most the
/// memory of `bounds` where the system can see to that.
///
/// # Errors
/// Where the pipes break.
pub fn work(bounds: Bounds, mut answer: impl FnMut(Message) -> Message) -> io::Result<()> {
    let begun = end_when_overdue(bounds.time + GRACE)?;
    let note = |at| *begun.lock().unwrap_or_else(PoisonError::into_inner) = at;
    memory::bound(bounds.memory);
    let (mut input, mut out) = (io::stdin().lock(), io::stdout().lock());
    // Says that it is ready: what takes time before is not held against the first file.
    wire::write(&mut out, b"", b"")?;
    while let Some(asked) = wire::read(&mut input, u64::MAX)? {
        note(Some(Instant::now()));
        let Message { head, body } = answer(asked);
        wire::write(&mut out, &head, &body)?;
        note(None);
    }
    Ok(())
}

/// A worker in a file that does not end is killed by the process that it works for. Where that is
/// gone itself, nobody would; so this one ends itself when it is late. Takes down when a file was
/// begun, if one is at work.
fn end_when_overdue(after: Duration) -> io::Result<Arc<Mutex<Option<Instant>>>> {
    let begun = Arc::new(Mutex::new(None::<Instant>));
    let seen = Arc::clone(&begun);
    thread::Builder::new().stack_size(64 << 10).spawn(move || {
        loop {
            thread::sleep(LOOK);
            let begun = *seen.lock().unwrap_or_else(PoisonError::into_inner);
            if begun.is_some_and(|begun| begun.elapsed() > after) {
                std::process::exit(1);
            }
        }
    })?;
    Ok(begun)
}
