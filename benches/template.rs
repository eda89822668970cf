//! Writing a template, beside checking a small workbook.
#![allow(missing_docs, clippy::unwrap_used)]

use divan::{Bencher, black_box};
use gouji::catalog::Catalog;
use gouji::review::{Options, review};
use gouji::template::{self, Order};

fn main() {
    divan::main();
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/reference/reference-sheets.xlsx"
    );
    let (catalog, bytes, options) = (
        Catalog::embedded().unwrap(),
        std::fs::read(path).unwrap(),
        Options::default(),
    );
    bencher.bench(|| black_box(review(&catalog, &bytes, None, &options)));
}

#[divan::bench]
fn blank(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    bencher.bench(|| black_box(template::workbook(form, &Order::blank(1)).unwrap()));
}

#[divan::bench]
fn check_blank(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::embedded().unwrap();
    let form = catalog.form("yueyang-2023").unwrap();
    let bytes = template::workbook(form, &Order::blank(1)).unwrap();
    let options = Options::default();
    bencher.bench(|| black_box(review(&catalog, &bytes, None, &options)));
}
