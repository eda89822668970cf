//! Files made to do harm: what each comes to, in the library and at the doors of the program.
//!
//! Every case says what it is refused for, or what is read of it all the same. The cases of
//! [`kit::Case`] go through `check`, `fix`, `batch`, `inspect`, `template` and `serve` as well, in runs with
//! a sound filing among them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "inputs of tests are written as they are"
)]

mod archives;
mod bulk;
mod cells;
mod doors;
#[path = "../support/filings/mod.rs"]
mod filings;
mod formats;
mod forms;
mod formulas;
mod kit;
#[path = "../support/office.rs"]
#[allow(dead_code, reason = "other tests ask more of it")]
mod office;
mod paths;
mod repeated;
#[path = "../support/mod.rs"]
mod support;
mod text;
mod xls;
mod xlsb;
mod xml;
mod zips;
