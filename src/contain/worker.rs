//! Inside a worker process: one file after the other, until there are no more.

use std::io;
use std::thread;
use std::time::Duration;

use super::{Message, memory, wire};

/// How often a worker looks whether it is still wanted.
const LOOK: Duration = Duration::from_secs(1);

/// Answers what comes in on standard input on standard output, until it ends; takes at most
/// `memory` MiB where the system can see to that.
///
/// # Errors
/// Where the pipes break.
pub fn work(memory: u64, mut answer: impl FnMut(Message) -> Message) -> io::Result<()> {
    end_when_orphaned()?;
    memory::bound(memory);
    let (mut input, mut out) = (io::stdin().lock(), io::stdout().lock());
    // Says that it is ready: what takes time before is not held against the first file.
    wire::write(&mut out, b"", b"")?;
    while let Some(asked) = wire::read(&mut input, u64::MAX)? {
        let Message { head, body } = answer(asked);
        wire::write(&mut out, &head, &body)?;
    }
    Ok(())
}

/// A worker in a file that does not end is killed by the process that it works for. Where that was
/// killed itself, nobody would.
fn end_when_orphaned() -> io::Result<()> {
    let parent = memory::Parent::new();
    thread::Builder::new()
        .stack_size(64 << 10)
        .spawn(move || {
            while !parent.is_gone() {
                thread::sleep(LOOK);
            }
            std::process::exit(1);
        })
        .map(|_| ())
}
