//! Checking one filing, beside calamine merely reading the same values.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_types
)]

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use divan::{Bencher, black_box};
use gouji::catalog::Catalog;
use gouji::review::{Options, review};

fn main() {
    divan::main();
}

const FILES: &[&str] = &["reference-sheets.xlsx", "reference-stacked.xlsx"];

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/fixtures/reference/{file}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

#[divan::bench(args = FILES)]
fn check(bencher: Bencher<'_, '_>, file: &str) {
    let (catalog, bytes, options) = (
        Catalog::embedded().unwrap(),
        bytes(file),
        Options::default(),
    );
    bencher.bench(|| black_box(review(&catalog, &bytes, Some(file), &options)));
}

#[divan::bench(args = FILES)]
fn calamine_values(bencher: Bencher<'_, '_>, file: &str) {
    let bytes = bytes(file);
    bencher.bench(|| {
        let mut workbook = Xlsx::new(Cursor::new(&bytes)).unwrap();
        for name in workbook.sheet_names() {
            black_box(workbook.worksheet_range(&name).unwrap());
        }
    });
}

/// What starting the program costs before any file: the form sets, loaded and resolved.
#[divan::bench]
fn catalog(bencher: Bencher<'_, '_>) {
    bencher.bench(|| black_box(Catalog::embedded().unwrap()));
}
