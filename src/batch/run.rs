//! The run itself: chunks of files over all cores, their results in order into the database.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::examine::Examiner;
use super::sources::{Content, Source, Sources};
use super::store::{Known, Outcome, Store, StoreError};
use crate::report::json::Status;

/// Files that are examined between two writes: enough to keep all cores busy meanwhile, few
/// enough to lose little when the program is stopped.
const CHUNK: usize = 64;

/// Bytes out of archives that are held at a time.
const HELD: usize = 32 << 20;

/// A bulk run.
pub struct Run<'a> {
    /// How files are examined.
    pub examiner: Examiner<'a>,
    /// The files.
    pub sources: Sources,
    /// How many files are examined at a time.
    pub threads: usize,
    /// Set to end the run after the files at hand.
    pub stop: &'a AtomicBool,
}

/// What a run has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files.
    pub files: u64,
    /// Of these as they were in the last run.
    pub unchanged: u64,
    /// Workbooks, or what is called one, that could not be read.
    pub unread: u64,
    /// Workbooks that hold no known table.
    pub unrecognised: u64,
    /// Files with something 须改.
    pub to_correct: u64,
    /// The run was stopped before its end.
    pub stopped: bool,
}

/// Is told of every chunk once it stands in the database.
pub type Progress<'a, E> = dyn FnMut(&Store, &[Outcome], Tally) -> Result<(), E> + Send + 'a;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The threads could not be started.
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// What is told of every chunk failed.
    #[error("{0}")]
    Told(E),
}

impl Run<'_> {
    /// Examines all files. Whatever happens, the database holds whole results only; files that
    /// are gone are forgotten when the run comes to its end.
    ///
    /// # Errors
    /// Where the database cannot be written, or `progress` fails.
    pub fn files<E: Send>(
        mut self,
        store: &mut Store,
        progress: &mut Progress<'_, E>,
    ) -> Result<Tally, RunError<E>> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build()?;
        let mut tally = Tally::default();
        pool.install(|| {
            let examiner = &self.examiner;
            let mut chunk = next_chunk(&mut self.sources, examiner, store)?;
            let mut done = Vec::new();
            while !(chunk.is_empty() && done.is_empty()) {
                let sources = &mut self.sources;
                let written = &mut *store;
                let (next, outcomes) = rayon::join(
                    || -> Result<_, RunError<E>> {
                        written.put(&done)?;
                        tally.add(written, &done)?;
                        progress(written, &done, tally).map_err(RunError::Told)?;
                        Ok(next_chunk(sources, examiner, written)?)
                    },
                    || examine(examiner, &chunk),
                );
                chunk = next?;
                done = outcomes;
                if self.stop.load(Ordering::Relaxed) {
                    store.put(&done)?;
                    tally.stopped = true;
                    return Ok(tally);
                }
            }
            store.forget_gone()?;
            Ok(tally)
        })
    }
}

/// Files, with what the last run kept of each and the number of its marked copy.
type Chunk = Vec<(Source, Option<Known>, u32)>;

fn next_chunk(
    sources: &mut Sources,
    examiner: &Examiner<'_>,
    store: &Store,
) -> Result<Chunk, StoreError> {
    let mut chunk = Chunk::new();
    let mut held = 0;
    while chunk.len() < CHUNK && held < HELD {
        let Some(source) = sources.next() else {
            break;
        };
        if let Content::Bytes(bytes) = &source.content {
            held += bytes.len();
        }
        let known = store.known(&source.path)?;
        let number = examiner.number(&source);
        chunk.push((source, known, number));
    }
    Ok(chunk)
}

fn examine(examiner: &Examiner<'_>, chunk: &Chunk) -> Vec<Outcome> {
    chunk
        .par_iter()
        .with_max_len(1)
        .map(|(source, known, number)| examiner.examine(source, known.as_ref(), *number))
        .collect()
}

impl Tally {
    fn add(&mut self, store: &Store, outcomes: &[Outcome]) -> Result<(), StoreError> {
        for outcome in outcomes {
            self.files += 1;
            let (status, other, counts) = match outcome {
                Outcome::Fresh(record) => (record.file.status, record.other, record.file.counts),
                Outcome::Unchanged { path, .. } => {
                    self.unchanged += 1;
                    store.status(path)?
                }
            };
            let to_correct = counts.error + counts.incomplete > 0;
            match status {
                Status::Unreadable if !other => self.unread += 1,
                Status::Unrecognised => self.unrecognised += 1,
                Status::Unreadable | Status::Checked => {}
            }
            self.to_correct += u64::from(to_correct);
        }
        Ok(())
    }
}
