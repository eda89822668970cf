//! Filings made at random: that the support makes them right, and that they are checked right.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
#![allow(
    clippy::disallowed_types,
    reason = "a reader that is not ours reads what the support writes"
)]

mod checked;
#[path = "../support/filings/mod.rs"]
mod filings;
mod random;
mod written;
