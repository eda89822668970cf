//! Tables wherever filers put them: found, and their figures in the right places.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod crowded;
#[path = "../support/filings/mod.rs"]
mod filings;
mod funds;
mod grids;
mod lists;
mod places;
mod specials;
#[path = "../support/mod.rs"]
mod support;
