//! Filings of the form set yueyang-2023 as plain data, and workbooks of them in many layouts.
//!
//! Knows nothing of the library: what the form looks like is said here a second time, so that
//! a reader that is wrong about the form is found out. Used by integration tests and by
//! `examples/make_layout_fixtures.rs` through `#[path]`.
//!
//! ```ignore
//! let mut filing = Filing::random(7);
//! filing.set("附1.经费[三公,决算]", d("0.06"));
//! let written = write(&filing, Layout::Stacked);
//! let place = written.place("附1.经费[三公,决算]");      // sheet 自评表, cell F6
//! ```
#![allow(
    clippy::disallowed_types,
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod annex1;
mod annexes;
mod canvas;
mod filing;
mod indicator_table;
mod layout;
mod paths;
mod random;
mod random_base;
mod reference;
mod rng;
mod style;
mod subjects;
mod submission;
mod targets;
mod words;
mod write;

pub(crate) use filing::*;
pub(crate) use layout::Layout;
pub(crate) use paths::{Path, canonical};
pub(crate) use rng::Rng;
pub(crate) use submission::{Defect, Submission};
pub(crate) use write::{Place, Written, write};

/// The reference filing with mistakes as filers make them: a part left out of a sum, a rate and
/// a score wrong, others blank.
pub(crate) fn broken() -> Filing {
    let mut filing = Filing::reference();
    let mut set = |path: &str, value: &str| filing.set(path, d(value));
    set("附1.经费[项目,决算]", "83.34");
    set("附2.资金[总额,执行率]", "152.95");
    set("附2.资金[总额,得分]", "10");
    filing.clear("附1.人员[控制率]");
    filing.clear("附3#1.资金[总额,执行率]");
    filing.clear("附3#1.资金[总额,得分]");
    filing
}
