//! Workbooks changed in place: one test for each trap that real files set.
#![allow(
    clippy::disallowed_types,
    reason = "a reader that is not ours reads what was patched"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod endless;
mod formulas;
mod hostile;
mod kit;
mod large;
mod marks;
mod notes;
mod packages;
mod round_trip;
mod sheets;
#[path = "../support/mod.rs"]
mod support;
mod values;
