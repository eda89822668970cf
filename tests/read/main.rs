//! Workbooks of every format, as programs write them and as nobody should.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
#![allow(clippy::disallowed_types, reason = "what it writes is read")]

mod cells;
mod container;
mod disguises;
mod formats;
mod limits;
mod namespaces;
mod ods;
#[path = "../support/mod.rs"]
mod support;
mod xlsb;
