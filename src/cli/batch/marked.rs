//! Marked copies of a bulk run, in the folders of their originals.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gouji::batch::store::{Store, StoreError};
use gouji::batch::{KeepCopy, MarkedCopy, has_ending, placed, resolved};
use gouji::lang::Lang;
use gouji::mark;
use gouji::report::printable;

use super::ledger::{AsWritten, Kind, Ledger, Noted};
use super::outputs::Overwrite;
use super::written::{Aside, make_room};
use crate::cli::inputs::Inputs;
use crate::cli::{names, output, trouble};

/// How many copies that could not be written are told by name.
const MOST_TOLD: usize = 10;

/// The longest part of a path, in letters: with the ending and that of a draft it is no longer than
/// file systems take.
const LONGEST_PART: usize = 70;

/// The copies of this run.
#[derive(Default)]
struct Now {
    /// Full paths of those that were written, or are to stay.
    all: HashSet<PathBuf>,
    written: Noted,
}

/// Where marked copies go.
pub(super) struct Copies<'a> {
    lang: Lang,
    folder: PathBuf,
    /// What the run reads: no copy is written over it.
    inputs: &'a Inputs,
    overwrite: Overwrite,
    ledger: &'a Ledger,
    time: String,
    /// How many copies have one name so far; by the place of the first, in small letters: some
    /// file systems do not tell them apart.
    taken: Mutex<HashMap<String, u32>>,
    /// The first copies that could not be written, and how many in all.
    failed: Mutex<(Vec<String>, usize)>,
    /// Those of earlier runs.
    before: Noted,
    now: Mutex<Now>,
    /// Those that nobody needs any more and that could not be removed, and those that have got
    /// another name, in words.
    left: Mutex<Vec<String>>,
}

impl<'a> Copies<'a> {
    pub(super) fn new(
        folder: &Path,
        inputs: &'a Inputs,
        overwrite: Overwrite,
        store: &Store,
        ledger: &'a Ledger,
        lang: Lang,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            lang,
            folder: folder.to_owned(),
            inputs,
            overwrite,
            ledger,
            time: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            taken: Mutex::default(),
            failed: Mutex::new((Vec::new(), 0)),
            before: ledger.noted(store, Kind::Copy)?,
            now: Mutex::default(),
            left: Mutex::default(),
        })
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run: removes copies of earlier runs that are those of no file any more, as long as
    /// nobody has written into them; notes which there are.
    pub(super) fn end(&self, store: &Store) -> anyhow::Result<()> {
        let folder = resolved(&self.folder).unwrap_or_else(|| self.folder.clone());
        let now = self.now();
        // Of another folder they are somebody else's by now.
        let is_inside = |path: &Path| {
            let mut parts = path.components();
            path.starts_with(&folder) && !parts.any(|part| part == Component::ParentDir)
        };
        let is_stale = |path: &Path| is_inside(path) && !now.all.contains(path);
        let before = self.before.iter();
        let stale: Vec<_> = before.filter(|(path, _)| is_stale(path)).collect();
        // One of this run may have the place under another name, as in small letters.
        let full = |path: &Path| path.canonicalize().ok();
        let all: HashSet<PathBuf> = match stale.is_empty() {
            true => HashSet::new(),
            false => now.all.iter().filter_map(|path| full(path)).collect(),
        };
        drop(now);
        for (path, as_written) in stale {
            let is_free = full(path).is_some_and(|full| !all.contains(&full));
            let may_go = is_free && self.inputs.may_write(path, |_| true);
            if may_go
                && as_written.is_at(path)
                && let Err(error) = std::fs::remove_file(path)
            {
                let (path, error) = (path.display(), trouble::system(&error, self.lang));
                let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
                left.push(match self.lang {
                    Lang::Zh => format!("「{path}」过时了，但删不掉（{error}），请自己删掉"),
                    Lang::En => format!("{path} is out of date; please remove it ({error})"),
                });
            }
        }
        Ok(self.note(store)?)
    }

    /// Notes the copies that there are.
    pub(super) fn note(&self, store: &Store) -> Result<(), StoreError> {
        let is_there = |path: &Path| path.is_file();
        let before = self.before.iter().filter(|(path, _)| is_there(path));
        let mut all: BTreeMap<_, _> = before.collect();
        let now = self.now();
        all.extend(&now.written);
        self.ledger.note(store, Kind::Copy, &all)
    }

    fn write(&self, copy: &MarkedCopy, path: &str, number: u32) -> Result<String, String> {
        let target = self.target(path, copy.converted, number);
        if let Some(folder) = target.parent() {
            let made = output::make_folder(folder, self.lang);
            made.map_err(|error| trouble::said(&error, self.lang))?;
        }
        let full = placed(&target).unwrap_or_else(|| target.clone());
        if self.overwrite == Overwrite::Own {
            let before = self.before.get(&full);
            let aside = make_room(self.ledger, Kind::Copy, &full, before, self.lang);
            let aside = aside.map_err(|error| trouble::system(&error, self.lang))?;
            if let Some(aside) = aside {
                self.set_aside(&target, &aside);
            }
        }
        let written = AsWritten::of(&copy.bytes, &copy.original);
        let listed = self.ledger.list(Kind::Copy, &full, &written);
        listed.map_err(|error| trouble::system(&error, self.lang))?;
        output::write(&target, &copy.bytes, self.overwrite.is_allowed(), self.lang)
            .map_err(|error| trouble::said(&error, self.lang))?;
        let mut now = self.now();
        now.written.insert(full.clone(), written);
        now.all.insert(full);
        Ok(target.display().to_string())
    }

    /// Notes what has got another name: it is no submission, and not ours to remove.
    fn set_aside(&self, target: &Path, aside: &Aside) {
        let mut now = self.now();
        now.written.insert(aside.path.clone(), AsWritten::default());
        now.all.insert(aside.path.clone());
        drop(now);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.push(aside.words(target, self.lang));
    }

    /// Sees to it that a copy stays.
    fn stays(&self, copy: &Path) {
        if let Some(full) = placed(copy) {
            self.now().all.insert(full);
        }
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
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        for line in left.iter() {
            writeln!(anstream::stderr(), "{}", printable(line))?;
        }
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
        let first = names::alike(&self.target(path, true, 1).to_string_lossy());
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

    fn is_kept(&self, copy: &str, path: &str, number: u32, hash: &str) -> bool {
        let mut places = self.places(path, number).into_iter();
        let before = placed(Path::new(copy)).and_then(|full| self.before.get(&full));
        // A run that was cut short may have written that of another original there.
        let is_kept = places.any(|place| place.display().to_string() == copy)
            && Path::new(copy).is_file()
            && before.is_some_and(|before| before.is_of(hash));
        if is_kept {
            self.stays(Path::new(copy));
        }
        is_kept
    }

    fn keep(&self, copy: Result<MarkedCopy, String>, path: &str, number: u32) -> Option<String> {
        match copy.and_then(|copy| self.write(&copy, path, number)) {
            Ok(copy) => Some(copy),
            Err(error) => {
                // What an earlier run wrote is better than nothing.
                for place in self.places(path, number) {
                    self.stays(&place);
                }
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
