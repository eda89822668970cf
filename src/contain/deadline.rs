//! Work that is given up when it takes too long.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Ended, caught};

/// Deep formulas and nested parts are followed by recursion, within limits that this holds.
const STACK: usize = 16 << 20;

/// Does `work` on a thread of its own and waits for it no longer than `time`. What is late goes on
/// until it ends, or the program does: nothing can stop a thread.
///
/// # Errors
/// Where it was late, or panicked, or no thread could be had.
pub fn within<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Ended> {
    let (done, result) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().stack_size(STACK);
    thread
        .spawn(move || {
            // Nobody listens any more where it was late.
            let _ = done.send(caught(work));
        })
        .map_err(|_| Ended::Fault)?;
    match result.recv_timeout(time) {
        Ok(result) => Ok(result?),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Ended::Late(time)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Ended::Fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    #[test]
    fn what_is_done_in_time_is_given() {
        assert_eq!(within(Duration::from_secs(60), || 7), Ok(7));
    }

    #[test]
    fn what_is_late_is_given_up() {
        let (end, ends) = mpsc::channel::<()>();
        let late = within(SOON, move || {
            let _ = ends.recv();
        });
        assert_eq!(late, Err(Ended::Late(SOON)));
        drop(end);
    }

    #[test]
    fn what_panics_is_a_fault() {
        let ended: Result<(), Ended> = within(Duration::from_secs(60), || panic!("as a test"));
        assert_eq!(ended, Err(Ended::Fault));
    }
}
