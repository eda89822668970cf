//! Marked copies of a bulk run, in the folders of their originals.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gouji::batch::{KeepCopy, MarkedCopy};
use gouji::lang::Lang;
use gouji::mark;
use gouji::report::printable;

use crate::cli::{names, output};

/// How many copies that could not be written are told by name.
const MOST_TOLD: usize = 10;

/// The longest part of a path, in letters: three bytes each, and the ending.
const LONGEST_PART: usize = 70;

/// Where marked copies go.
pub(super) struct Copies {
    lang: Lang,
    folder: PathBuf,
    force: bool,
    time: String,
    /// Places of copies, in small letters: some file systems do not tell them apart.
    claimed: Mutex<HashSet<String>>,
    /// The first copies that could not be written, and how many in all.
    failed: Mutex<(Vec<String>, usize)>,
}

impl Copies {
    pub(super) fn new(folder: &Path, force: bool, lang: Lang) -> Self {
        Self {
            lang,
            folder: folder.to_owned(),
            force,
            time: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            claimed: Mutex::default(),
            failed: Mutex::new((Vec::new(), 0)),
        }
    }

    fn write(&self, copy: &MarkedCopy, path: &str) -> Result<String, String> {
        let target = self.claim(path, copy.converted);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        output::write(&target, &copy.bytes, self.force, self.lang)
            .map_err(|error| format!("{error:#}"))?;
        Ok(target.display().to_string())
    }

    /// A place that no other copy of this run has: 甲.xls and 甲.xlsx may lie side by side.
    fn claim(&self, path: &str, converted: bool) -> PathBuf {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        (1..)
            .map(|number| self.target(path, converted, number))
            .find(|target| claimed.insert(target.to_string_lossy().to_lowercase()))
            .unwrap_or_default()
    }

    /// The place of a copy: that of the original, below the folder of copies.
    fn target(&self, path: &str, converted: bool, number: u32) -> PathBuf {
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        let Some((name, folders)) = parts.split_last() else {
            return self.folder.join("_");
        };
        let folders = folders.iter().map(|part| names::clean(part, LONGEST_PART));
        let (stem, ending) = name.rsplit_once('.').unwrap_or((*name, ""));
        let stem = names::clean(stem, LONGEST_PART);
        let name = mark::copy_name(&format!("{stem}.{ending}"), converted, number);
        self.folder.join(folders.collect::<PathBuf>()).join(name)
    }

    /// Says which copies could not be written.
    pub(super) fn say(&self) -> anyhow::Result<()> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.1 == 0 {
            return Ok(());
        }
        let mut out = anstream::stderr();
        match self.lang {
            Lang::Zh => writeln!(out, "{} 份标好的工作簿没有写成：", failed.1)?,
            Lang::En => writeln!(out, "{} marked copies could not be written:", failed.1)?,
        }
        for line in &failed.0 {
            writeln!(out, "  {}", printable(line))?;
        }
        Ok(())
    }
}

impl KeepCopy for Copies {
    fn time(&self) -> &str {
        &self.time
    }

    fn keep(&self, copy: Result<MarkedCopy, String>, path: &str) -> Option<String> {
        match copy.and_then(|copy| self.write(&copy, path)) {
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
