//! Writing a marked copy, beside checking the same workbook: the whole of `fix` but for the file.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use divan::{Bencher, black_box};
use gouji::catalog::Catalog;
use gouji::mark::{Filling, mark};
use gouji::review::{Options, Review, review};

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
fn mark_checked(bencher: Bencher<'_, '_>, file: &str) {
    let (catalog, bytes, options) = (
        Catalog::embedded().unwrap(),
        bytes(file),
        Options::default(),
    );
    let Review::Checked(checked) = review(&catalog, &bytes, Some(file), &options) else {
        panic!("{file} is not recognised");
    };
    bencher.bench(|| {
        let marked = mark(
            &catalog,
            &checked,
            &bytes,
            Some(file),
            &options,
            Filling::Derived,
            "",
        );
        black_box(marked.unwrap());
    });
}
