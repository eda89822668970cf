//! The run itself: chunks of files over all cores, their results in order into the database.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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

/// Bytes of results, about, after which no further file of a chunk is begun.
const RESULTS: usize = 32 << 20;

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
                // Those that were left for now come first.
                let has_room = chunk.len() <= CHUNK;
                let (next, ()) = rayon::join(
                    || -> Result<_, RunError<E>> {
                        written.put(&done)?;
                        tally.add(written, &done)?;
                        progress(written, &done, tally).map_err(RunError::Told)?;
                        match has_room {
                            true => Ok(next_chunk(sources, examiner, written)?),
                            false => Ok(Chunk::new()),
                        }
                    },
                    || examine(examiner, &mut chunk, RESULTS),
                );
                done = take_done(&mut chunk);
                chunk.extend(next?);
                if self.stop.load(Ordering::Relaxed) {
                    store.put(&done)?;
                    tally.add(store, &done)?;
                    tally.stopped = true;
                    return Ok(tally);
                }
            }
            store.forget_gone()?;
            Ok(tally)
        })
    }
}

/// A file, with what the last run kept of it and the number of its marked copy; and what came of
/// it.
struct Job {
    source: Source,
    known: Option<Known>,
    number: u32,
    outcome: Option<Outcome>,
}

type Chunk = VecDeque<Job>;

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
        chunk.push_back(Job {
            known: store.known(&source.path)?,
            number: examiner.number(&source),
            source,
            outcome: None,
        });
    }
    Ok(chunk)
}

/// Examines the files of the chunk. Those after the first are left for the next time once results
/// take `most` bytes.
fn examine(examiner: &Examiner<'_>, chunk: &mut Chunk, most: usize) {
    let weight = |outcome: &Outcome| match outcome {
        Outcome::Fresh(record) => record.weight(),
        Outcome::Unchanged { .. } => 0,
    };
    let held = chunk.iter().filter_map(|job| job.outcome.as_ref());
    let held = AtomicUsize::new(held.map(weight).sum());
    let examine = |(index, job): (usize, &mut Job)| {
        if job.outcome.is_none() && (index == 0 || held.load(Ordering::Relaxed) < most) {
            let outcome = examiner.examine(&job.source, job.known.as_ref(), job.number);
            held.fetch_add(weight(&outcome), Ordering::Relaxed);
            job.outcome = Some(outcome);
        }
    };
    chunk
        .make_contiguous()
        .par_iter_mut()
        .enumerate()
        .with_max_len(1)
        .for_each(examine);
}

/// The outcomes of the first files, up to one without.
fn take_done(chunk: &mut Chunk) -> Vec<Outcome> {
    let undone = chunk.iter().position(|job| job.outcome.is_none());
    let done = chunk.drain(..undone.unwrap_or(chunk.len()));
    done.filter_map(|job| job.outcome).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::sources::Refusal;
    use crate::catalog::Catalog;
    use crate::review::Options;

    #[test]
    fn files_that_were_left_come_next_and_in_their_order() {
        let catalog = Catalog::embedded().expect("a test loads them");
        let examiner = Examiner::here(&catalog, Options::default());
        let job = |number: u32| Job {
            source: Source {
                path: number.to_string(),
                opened: number.to_string().into(),
                modified: 0,
                content: Content::Refused(Refusal::Link),
            },
            known: None,
            number: 1,
            outcome: None,
        };
        let path = |outcome: Outcome| match outcome {
            Outcome::Fresh(record) => record.file.path,
            Outcome::Unchanged { path, .. } => path,
        };
        for most in [0, 1, 3_000, usize::MAX] {
            let mut chunk: Chunk = (0..40).map(job).collect();
            let mut done = Vec::new();
            while !chunk.is_empty() {
                let left = chunk.len();
                examine(&examiner, &mut chunk, most);
                done.extend(take_done(&mut chunk).into_iter().map(path));
                assert!(chunk.len() < left, "no file was examined");
                assert!(most < usize::MAX || chunk.is_empty());
                assert!(most > 0 || chunk.len() == left - 1);
            }
            let given: Vec<String> = (0..40).map(|number| number.to_string()).collect();
            assert_eq!(done, given);
        }
    }
}
