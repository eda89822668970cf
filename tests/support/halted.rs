//! Worker processes that are brought to a halt, while the run that they work for stands still.

use std::collections::BTreeSet;
use std::fs;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::processes::{children, signal};

/// What a worker writes before its first answer: that it is ready.
const READY: u64 = 20;

/// Nothing that is waited for takes as long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Has the worker that is at work stop for ever; the run goes on.
pub(crate) fn stop_a_worker(run: &mut Child) {
    held(run, &mut BTreeSet::new());
    signal(run.id(), "CONT");
}

/// Ends workers until one has ended that was new and had answered nothing: it alone is held against
/// the file that it was given.
pub(crate) fn abort_workers_until_a_file_is_blamed(run: &mut Child) {
    let mut seen = BTreeSet::new();
    loop {
        let worker = held(run, &mut seen);
        let is_blamed = seen.len() > 1 && written(worker) == READY;
        signal(worker, "ABRT");
        signal(worker, "CONT");
        signal(run.id(), "CONT");
        if is_blamed {
            return;
        }
    }
}

/// The next worker of the run that was not yet seen; both stand still.
fn held(run: &mut Child, seen: &mut BTreeSet<u32>) -> u32 {
    let worker = until(|| {
        assert!(run.try_wait().unwrap().is_none(), "the run has ended");
        children(run.id()).into_iter().find(|id| seen.insert(*id))
    });
    stop(run.id());
    until(|| (written(worker) >= READY).then_some(()));
    stop(worker);
    worker
}

fn stop(process: u32) {
    signal(process, "STOP");
    until(|| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status.contains("State:\tT").then_some(())
    });
}

/// How many bytes a process has written.
fn written(process: u32) -> u64 {
    let counts = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let count = counts.lines().find_map(|line| line.strip_prefix("wchar: "));
    count.map_or(0, |count| count.parse().unwrap())
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(1));
    }
}
