//! gouji in the browser: what the page's worker asks of the library. Bytes and texts in, bytes
//! and JSON out; nothing is kept between two calls but the forms.
//!
//! A fault of the library ends the worker that runs it, never the page: the page tells which file
//! it was and starts another.

mod answers;
mod summary;

use std::sync::OnceLock;

use gouji::batch::Sources;
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::mark::{self, Filling};
use gouji::read::{self, Limits, ReadError};
use gouji::report::{drawing, json, rulebook};
use gouji::review::{Options, Review, review};
use gouji::template::{self, Order};
use wasm_bindgen::prelude::wasm_bindgen;

pub use answers::{Failure, Found, MarkedCopy, Unpacked};
pub use summary::Summary;

/// The version of the program.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The forms: `[{"id": "yueyang-2023", "name": "…"}]`.
///
/// # Errors
/// Where the forms cannot be loaded.
#[wasm_bindgen]
pub fn forms() -> Result<String, Failure> {
    let forms = &catalog()?.forms;
    let forms = forms.iter().map(|form| answers::Form {
        id: &form.id,
        name: &form.name,
    });
    answers::json(&forms.collect::<Vec<_>>())
}

/// The most bytes that a file may have.
#[wasm_bindgen]
pub fn most_bytes() -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    let bytes = Limits::default().file_bytes as f64;
    bytes
}

/// Checks a workbook: the result as `gouji check --format ndjson` writes it, and its tables as
/// they are drawn (`[]` where none was found).
///
/// # Errors
/// Where the forms cannot be loaded.
#[wasm_bindgen]
pub fn check(path: &str, bytes: &[u8], lang: &str) -> Result<Found, Failure> {
    let options = options(lang);
    let review = review(catalog()?, bytes, name(path), &options);
    let tables = match &review {
        Review::Checked(checked) => drawing::drawings(checked),
        _ => Vec::new(),
    };
    Ok(Found {
        file: answers::json(&json::file(path, &review, options.lang))?,
        tables: answers::json(&tables)?,
    })
}

/// The result of a file whose check ended the worker, or was ended after so many seconds.
///
/// # Errors
/// Where it cannot be told.
#[wasm_bindgen]
pub fn ended(path: &str, bytes: &[u8], seconds: Option<u32>, lang: &str) -> Result<Found, Failure> {
    let review = Review::Unreadable(why_ended(bytes, seconds));
    Ok(Found {
        file: answers::json(&json::file(path, &review, language(lang)))?,
        tables: "[]".to_owned(),
    })
}

/// The marked copy of a workbook; `time` stands in the head of its lists: `2024-03-01 10:20`.
///
/// # Errors
/// Where the workbook cannot be read, holds no known table, or cannot be written back.
#[wasm_bindgen]
pub fn copy(path: &str, bytes: &[u8], lang: &str, time: &str) -> Result<MarkedCopy, Failure> {
    let catalog = catalog()?;
    let options = options(lang);
    let name = name(path);
    let checked = match review(catalog, bytes, name, &options) {
        Review::Checked(checked) => checked,
        Review::Unreadable(error) => return Err(Failure::new(error.message(options.lang))),
        Review::Unrecognised(_) => {
            let said = options
                .lang
                .pick("没有找到已知的表。", "No known table was found.");
            return Err(Failure::new(said));
        }
    };
    let marked = mark::mark(
        catalog,
        &checked,
        bytes,
        name,
        &options,
        Filling::Derived,
        time,
    )
    .map_err(|error| Failure::new(error.message(options.lang)))?;
    Ok(MarkedCopy {
        name: mark::copy_name(name.unwrap_or_default(), marked.converted.is_some(), 1),
        notes: marked.notes(options.lang).join("\n"),
        bytes: marked.bytes,
    })
}

/// A blank template of a form, with so many tables for projects.
///
/// # Errors
/// Where there is no such form, or it cannot be written.
#[wasm_bindgen]
pub fn blank(form: &str, projects: usize) -> Result<Vec<u8>, Failure> {
    let form = catalog()?
        .form(form)
        .ok_or_else(|| Failure::new(format!("no form {form}")))?;
    template::workbook(form, &Order::blank(projects)).map_err(Failure::new)
}

/// What a check is, in words; empty where there is none of this code.
///
/// # Errors
/// Where the forms cannot be loaded.
#[wasm_bindgen]
pub fn explain(form: &str, code: &str, lang: &str) -> Result<String, Failure> {
    let (catalog, lang) = (catalog()?, language(lang));
    let told = catalog
        .form(form)
        .and_then(|form| rulebook::one(form, code, lang))
        .or_else(|| rulebook::across(&catalog.across, code, lang));
    Ok(told.unwrap_or_default())
}

/// The files of an archive, one after the other; what is no archive is one file.
#[wasm_bindgen]
pub fn unpack(path: &str, bytes: Vec<u8>) -> Unpacked {
    Unpacked(Sources::in_memory(path, bytes, Limits::default()))
}

fn catalog() -> Result<&'static Catalog, Failure> {
    static CATALOG: OnceLock<Option<Catalog>> = OnceLock::new();
    CATALOG
        .get_or_init(|| Catalog::embedded().ok())
        .as_ref()
        .ok_or_else(|| Failure::new("the forms cannot be loaded"))
}

fn options(lang: &str) -> Options {
    Options {
        lang: language(lang),
        ..Options::default()
    }
}

fn language(lang: &str) -> Lang {
    match lang {
        "en" => Lang::En,
        _ => Lang::Zh,
    }
}

fn name(path: &str) -> Option<&str> {
    path.rsplit('/').next()
}

/// Why a file has no result: it was given up after so many seconds, or a fault ended the worker.
fn why_ended(bytes: &[u8], seconds: Option<u32>) -> ReadError {
    seconds.map_or_else(
        || read::ended_by(bytes),
        |seconds| ReadError::TooSlow(seconds.into()),
    )
}
