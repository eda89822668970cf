//! What the fuzz targets share: inputs taken apart, and limits on what a target may do.

pub mod bytes;
pub mod compare;
pub mod compound;
pub mod edits;
pub mod grid;
pub mod moved;
pub mod package;

use std::alloc::System;
use std::panic;

use cap::Cap;

/// What one file may cost, gouji's own promise.
const MEMORY: usize = 512 << 20;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

/// The library whose panics are expected, and contained where it is called.
const CONTAINED: &str = "/calamine-";

/// Makes panics visible that gouji contains: the process ends at each that is its own.
pub fn begin() {
    // The hook that keeps contained panics quiet is set at the first use, and ours above it.
    let _ = gouji::contain::caught(|| ());
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or("", |place| place.file());
        if place.contains(CONTAINED) {
            return;
        }
        eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }));
}
