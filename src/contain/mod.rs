//! What a file, a library or a fault of ours can do at the worst, kept to that one file.
//!
//! Two walls, the second for what the first cannot hold:
//!
//! | wall | holds | costs |
//! |---|---|---|
//! | [`caught`] | panics | nothing |
//! | [`Workers`] | what does not end, takes all memory, overflows the stack, or aborts | a pipe a file |
//!
//! The limits of the reader ([`crate::read::Limits`]) stand before all of them: a file that is met
//! here has found a mistake.

mod fault;
#[cfg(not(target_family = "wasm"))]
mod memory;
#[cfg(not(target_family = "wasm"))]
mod wire;
#[cfg(not(target_family = "wasm"))]
mod worker;
#[cfg(not(target_family = "wasm"))]
mod workers;

use std::time::Duration;

pub use fault::{Fault, caught};
#[cfg(not(target_family = "wasm"))]
pub use wire::Message;
#[cfg(not(target_family = "wasm"))]
pub use worker::work;
#[cfg(not(target_family = "wasm"))]
pub use workers::Workers;

use crate::read::ReadError;

/// What one file may cost.
///
/// | field | default | where it holds |
/// |---|---|---|
/// | `time` | 8 s | in worker processes |
/// | `memory` | 512 MiB | in worker processes, on systems that can say no |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From its first byte to its result.
    pub time: Duration,
    /// Of the process that works on it, in MiB.
    pub memory: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(8),
            memory: 512,
        }
    }
}

/// How work on a file ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The program failed.
    Fault,
    /// It did not begin: the system gave no process to work on it.
    NotBegun,
    /// It took more than this time.
    Late(Duration),
    /// It took more than so many MiB of memory.
    Memory(u64),
}

impl From<Fault> for Ended {
    fn from(Fault: Fault) -> Self {
        Self::Fault
    }
}

impl From<Ended> for ReadError {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Fault | Ended::NotBegun => Self::Fault,
            Ended::Late(time) => Self::TooSlow(time.as_secs()),
            Ended::Memory(mib) => Self::TooMuchMemory(mib),
        }
    }
}
