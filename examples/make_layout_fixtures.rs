//! Writes the reference filing in every layout of the test support to `fixtures/layouts`, a
//! random clean one to `fixtures/clean`, and the reference one with mistakes to `fixtures/broken`.
//!
//! `cargo run --example make_layout_fixtures`; writes the same files each time.
#![allow(clippy::disallowed_methods, reason = "fixtures are written in place")]

#[path = "../tests/support/filings/mod.rs"]
mod filings;

use std::path::Path;

use filings::{Filing, Layout, write};

fn main() -> std::io::Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folder = fixtures.join("layouts");
    for layout in Layout::ALL {
        let written = write(&Filing::reference(), layout);
        std::fs::write(
            folder.join(format!("{}.xlsx", layout.name())),
            written.bytes,
        )?;
    }
    let clean = write(&Filing::random(1), Layout::Sheets);
    std::fs::write(fixtures.join("clean/clean.xlsx"), clean.bytes)?;
    let broken = write(&filings::broken(), Layout::Sheets);
    std::fs::write(fixtures.join("broken/filing.xlsx"), broken.bytes)?;
    Ok(())
}
