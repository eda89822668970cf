//! Faults of ours, or of a library, kept to the one file that they are met in.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// The program failed: what was at work has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

thread_local! {
    /// How many callers up this thread's stack expect panics and want no word of them.
    static QUIET: Cell<u32> = const { Cell::new(0) };
}

/// Runs `work`; a panic becomes a [`Fault`] and prints nothing. The panic hook is wrapped once
/// for the process; outside of this function it does what it did before.
///
/// # Errors
/// Where `work` panicked. Where the program is built to abort at panics (the page in the
/// browser), it does so.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.with(Cell::get) == 0 {
                before(info);
            }
        }));
    });
    QUIET.with(|quiet| quiet.set(quiet.get() + 1));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.with(|quiet| quiet.set(quiet.get() - 1));
    result.map_err(|_| Fault)
}

#[cfg(test)]
mod tests {
    use super::{Fault, caught};

    #[test]
    fn a_panic_is_a_fault_inside_another_too() {
        let inner = caught(|| {
            let inner: Result<(), Fault> = caught(|| panic!("as a test"));
            assert_eq!(inner, Err(Fault));
            7
        });
        assert_eq!(inner, Ok(7));
    }
}
