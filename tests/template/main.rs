//! Blank templates: what they hold, that they compute and check themselves as the program does,
//! and that they are known again when they come back.
#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "inputs of tests are written as they are"
)]

#[path = "../support/filings/mod.rs"]
mod filings;

mod blank;
mod differential;
mod filled;
mod office;
mod ready;
mod returned;
mod sheet;

use std::sync::OnceLock;

use gouji::catalog::Catalog;
use gouji::review::{Checked, Options, Review, review};
use gouji::template::{self, Order};

/// A template of the form that the fixtures fill in, made once for all tests.
fn template_for(catalog: &Catalog, projects: usize) -> Vec<u8> {
    static MADE: [OnceLock<Vec<u8>>; 4] = [const { OnceLock::new() }; 4];
    let made = MADE[projects].get_or_init(|| made(catalog, projects));
    made.clone()
}

fn made(catalog: &Catalog, projects: usize) -> Vec<u8> {
    let form = catalog.form("yueyang-2023").unwrap();
    template::workbook(form, &Order::blank(projects)).unwrap()
}

fn checked<'a>(catalog: &'a Catalog, bytes: &[u8]) -> Box<Checked<'a>> {
    match review(catalog, bytes, None, &Options::default()) {
        Review::Checked(checked) => checked,
        other => panic!("{other:?}"),
    }
}
