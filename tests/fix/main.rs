//! Write-back as a clerk meets it: file → copy → mended copy → copy.
#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "inputs of tests are written as they are"
)]

mod command;
#[path = "../support/filings/mod.rs"]
mod filings;
mod formats;
mod kit;
mod library;
mod office;
mod ours;
mod reasons;

use std::path::{Path, PathBuf};

use gouji::catalog::Catalog;
use gouji::mark::{Filling, Marked, mark};
use gouji::review::{Checked, Options, Review, review};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn checked<'a>(catalog: &'a Catalog, bytes: &[u8], what: &str) -> Box<Checked<'a>> {
    match review(catalog, bytes, None, &Options::default()) {
        Review::Checked(checked) => checked,
        Review::Unrecognised(_) => panic!("{what}: not recognised"),
        Review::Unreadable(error) => panic!("{what}: {error}"),
    }
}

/// The marked copy.
fn fixed(catalog: &Catalog, bytes: &[u8], filling: Filling) -> Marked {
    let checked = checked(catalog, bytes, "input");
    let options = Options::default();
    mark(
        catalog,
        &checked,
        bytes,
        None,
        &options,
        filling,
        "2024-06-28 09:00",
    )
    .unwrap()
}
