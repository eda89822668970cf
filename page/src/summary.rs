//! The summary workbook of many files, as a bulk run writes it.

use std::io::Cursor;
use std::path::PathBuf;

use gouji::batch::store::Store;
use gouji::batch::{Content, Examiner, Refusal, Source, settle};
use gouji::review::Options;
use gouji::summary;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answers::Failure;
use crate::{catalog, language, why_ended};

/// A summary in the making.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Summary {
    store: Store,
    options: Options,
}

#[wasm_bindgen]
impl Summary {
    /// Begins a summary.
    ///
    /// # Errors
    /// Where there is no memory for it.
    #[wasm_bindgen(constructor)]
    pub fn new(lang: &str) -> Result<Self, Failure> {
        Ok(Self {
            store: Store::temporary().map_err(Failure::new)?,
            options: Options {
                lang: language(lang),
                ..Options::default()
            },
        })
    }

    /// Checks one file more; `modified` is the second, counted from 1970, in which it was changed.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>, modified: f64) -> Result<(), Failure> {
        self.put(path, Content::Bytes(bytes), modified)
    }

    /// One file more, of which checking ended the worker, or was ended after so many seconds.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn ended(
        &mut self,
        path: &str,
        bytes: &[u8],
        modified: f64,
        seconds: Option<u32>,
    ) -> Result<(), Failure> {
        let refusal = Refusal::Read(why_ended(bytes, seconds));
        self.put(path, Content::Refused(refusal), modified)
    }

    /// Writes the workbook; `time` is when it was made: `2024-03-01 10:20`.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self, time: &str) -> Result<Vec<u8>, Failure> {
        let catalog = catalog()?;
        let lang = self.options.lang;
        settle(&mut self.store, catalog, None, lang).map_err(Failure::new)?;
        let options = summary::Options {
            lang,
            time: time.to_owned(),
            folder: PathBuf::new(),
            roster: false,
        };
        let mut out = Cursor::new(Vec::new());
        summary::write(&self.store, catalog, &options, &mut out).map_err(Failure::new)?;
        Ok(out.into_inner())
    }
}

impl Summary {
    fn put(&mut self, path: &str, content: Content, modified: f64) -> Result<(), Failure> {
        #[allow(clippy::cast_possible_truncation, reason = "seconds of a clock")]
        let modified = modified as i64;
        let source = Source {
            path: path.to_owned(),
            opened: path.into(),
            modified,
            content,
        };
        let examiner = Examiner::here(catalog()?, self.options.clone());
        let outcome = examiner.examine(&source, None, 1);
        self.store.put(&[outcome]).map_err(Failure::new)
    }
}
