//! What the worker gets back.

use std::fmt::Display;

use gouji::batch::{self, Content};
use gouji::lang::Lang;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// Why there is no answer, in the language of the page.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Failure {
    /// In words.
    pub message: String,
}

impl Failure {
    pub(crate) fn new(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
        }
    }
}

/// A form.
#[derive(Serialize)]
pub(crate) struct Form<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
}

/// The result of checking.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Found {
    /// As the command line writes it.
    pub file: String,
    /// The tables as they are drawn.
    pub tables: String,
}

/// A marked copy.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct MarkedCopy {
    /// Its name.
    pub name: String,
    /// What was done, one line each.
    pub notes: String,
    /// The workbook.
    pub bytes: Vec<u8>,
}

/// An entry of an archive.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct Entry {
    /// Where it lies, the archive included.
    pub path: String,
    /// Its bytes; none where it could not be unpacked.
    pub bytes: Option<Vec<u8>>,
    /// Why it could not be unpacked.
    pub refusal: Option<String>,
}

/// The files of an archive.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Unpacked(pub(crate) batch::Unpacked);

#[wasm_bindgen]
impl Unpacked {
    /// The next one.
    #[allow(clippy::should_implement_trait, reason = "for scripts")]
    pub fn next(&mut self, lang: &str) -> Option<Entry> {
        let lang: Lang = crate::language(lang);
        let source = self.0.next()?;
        Some(match source.content {
            Content::Bytes(bytes) => Entry {
                path: source.path,
                bytes: Some(bytes),
                refusal: None,
            },
            Content::Refused(refusal) => Entry {
                path: source.path,
                bytes: None,
                refusal: Some(refusal.message(lang)),
            },
            Content::File => return None,
        })
    }
}

pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::new)
}
