//! Marked copies of a bulk run, in the folders of their originals.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gouji::batch::{KeepCopy, MarkedCopy, has_ending};
use gouji::lang::Lang;
use gouji::mark;
use gouji::report::printable;

use crate::cli::inputs::Inputs;
use crate::cli::{names, output, trouble};

/// How many copies that could not be written are told by name.
const MOST_TOLD: usize = 10;

/// The longest part of a path, in letters: three bytes each, and the ending.
const LONGEST_PART: usize = 70;

/// Where marked copies go.
pub(super) struct Copies<'a> {
    lang: Lang,
    folder: PathBuf,
    /// What the run reads: no copy is written over it.
    inputs: &'a Inputs,
    force: bool,
    time: String,
    /// How many copies have one name so far; by the place of the first, in small letters: some
    /// file systems do not tell them apart.
    taken: Mutex<HashMap<String, u32>>,
    /// The first copies that could not be written, and how many in all.
    failed: Mutex<(Vec<String>, usize)>,
}

impl<'a> Copies<'a> {
    pub(super) fn new(folder: &Path, inputs: &'a Inputs, force: bool, lang: Lang) -> Self {
        Self {
            lang,
            folder: folder.to_owned(),
            inputs,
            force,
            time: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            taken: Mutex::default(),
            failed: Mutex::new((Vec::new(), 0)),
        }
    }

    fn write(&self, copy: &MarkedCopy, path: &str, number: u32) -> Result<String, String> {
        let target = self.target(path, copy.converted, number);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(|error| trouble::system(&error, self.lang))?;
        }
        output::write(&target, &copy.bytes, self.force, self.lang)
            .map_err(|error| trouble::said(&error, self.lang))?;
        Ok(target.display().to_string())
    }

    /// The place of a copy: that of the original, below the folder of copies.
    fn target(&self, path: &str, converted: bool, number: u32) -> PathBuf {
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        let (name, folders) = parts.split_last().unwrap_or((&"_", &[]));
        let folders = folders.iter().map(|part| names::clean(part, LONGEST_PART));
        // The scan 甲.pdf takes no name from 甲.xlsx.
        let (stem, ending) = name
            .rsplit_once('.')
            .filter(|_| has_ending(name))
            .unwrap_or((*name, ""));
        let stem = names::clean(stem, LONGEST_PART);
        let name = mark::copy_name(&format!("{stem}.{ending}"), converted, number);
        self.folder.join(folders.collect::<PathBuf>()).join(name)
    }

    /// Where the copy may come to lie: whether it is converted follows from what it holds.
    fn places(&self, path: &str, number: u32) -> [PathBuf; 2] {
        [true, false].map(|converted| self.target(path, converted, number))
    }

    /// Says which copies could not be written, and how many.
    pub(super) fn say(&self) -> anyhow::Result<usize> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.1 == 0 {
            return Ok(0);
        }
        let mut out = anstream::stderr();
        match self.lang {
            Lang::Zh => writeln!(out, "{} 份标好的工作簿没有写成：", failed.1)?,
            Lang::En => writeln!(out, "{} marked copies could not be written:", failed.1)?,
        }
        for line in &failed.0 {
            writeln!(out, "  {}", printable(line))?;
        }
        Ok(failed.1)
    }
}

impl KeepCopy for Copies<'_> {
    fn time(&self) -> &str {
        &self.time
    }

    fn number(&self, path: &str) -> u32 {
        let first = self.target(path, true, 1).to_string_lossy().to_lowercase();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let number = taken.entry(first).or_default();
        loop {
            *number += 1;
            // Copies may lie beside the files that were given.
            let mut places = self.places(path, *number).into_iter();
            if places.all(|place| self.inputs.may_write(&place, |_| true)) {
                return *number;
            }
        }
    }

    fn is_kept(&self, copy: &str, path: &str, number: u32) -> bool {
        let mut places = self.places(path, number).into_iter();
        places.any(|place| place.display().to_string() == copy) && Path::new(copy).is_file()
    }

    fn keep(&self, copy: Result<MarkedCopy, String>, path: &str, number: u32) -> Option<String> {
        match copy.and_then(|copy| self.write(&copy, path, number)) {
            Ok(copy) => Some(copy),
            Err(error) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.1 += 1;
                if failed.0.len() < MOST_TOLD {
                    failed.0.push(format!("{path}  {error}"));
                }
                None
            }
        }
    }
}
