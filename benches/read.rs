//! Reading one filing: ours, calamine's values alone, and the floor below both.
//!
//! The floor inflates every entry and counts `<`; whoever reads XML cannot be below it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_types
)]

use std::io::{Cursor, Read};

use calamine::{Reader, Xlsx};
use divan::{Bencher, black_box};
use gouji::read::{Limits, read};

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
fn ours_everything(bencher: Bencher<'_, '_>, file: &str) {
    let bytes = bytes(file);
    let limits = Limits::default();
    bencher.bench_local(|| read(black_box(&bytes), &limits).unwrap());
}

#[divan::bench(args = FILES)]
fn calamine_values_only(bencher: Bencher<'_, '_>, file: &str) {
    let bytes = bytes(file);
    bencher.bench_local(|| {
        let mut workbook = Xlsx::new(Cursor::new(black_box(&bytes[..]))).unwrap();
        let names = workbook.sheet_names();
        names
            .iter()
            .map(|name| workbook.worksheet_range(name).unwrap())
            .collect::<Vec<_>>()
    });
}

#[divan::bench(args = FILES)]
fn floor_inflate_and_count(bencher: Bencher<'_, '_>, file: &str) {
    let bytes = bytes(file);
    bencher.bench_local(|| {
        let mut archive = zip::ZipArchive::new(Cursor::new(black_box(&bytes[..]))).unwrap();
        let mut buffer = Vec::new();
        let mut tags = 0;
        for index in 0..archive.len() {
            buffer.clear();
            archive
                .by_index(index)
                .unwrap()
                .read_to_end(&mut buffer)
                .unwrap();
            tags += memchr::memchr_iter(b'<', &buffer).count();
        }
        tags
    });
}
