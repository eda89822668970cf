//! Where a command has the files read that it is given: in a worker process, so that the worst of
//! them is one that could not be read.

use std::ffi::OsString;
use std::path::Path;

use clap::ArgMatches;
use gouji::catalog::Catalog;
use gouji::contain::{Ended, Message, Workers, caught};
use gouji::lang::Lang;
use gouji::read::{self, Limits, ReadError};
use gouji::review::{Options, Review, review};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::bounds::bounds;
use super::workers;

/// A file that is looked at: its bytes go beside.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Paper {
    /// Its path, as it is shown.
    pub(super) shown: String,
    /// Its name without the folder.
    pub(super) name: Option<String>,
}

impl Paper {
    pub(super) fn at(path: &Path) -> Self {
        let name = path.file_name();
        Self {
            shown: path.display().to_string(),
            name: name.map(|name| name.to_string_lossy().into_owned()),
        }
    }
}

/// Reads files for a command, one after the other.
pub(super) struct Desk {
    workers: Workers,
    limits: Limits,
}

impl Desk {
    /// `args` is the whole command line, which the worker is given too.
    pub(super) fn open(
        matches: &ArgMatches,
        args: &[OsString],
        limits: Limits,
        lang: Lang,
    ) -> anyhow::Result<Self> {
        let workers = workers::start(args, bounds(matches), lang)?;
        Ok(Self { workers, limits })
    }

    /// What the worker makes of a file ([`answer`]): its answer, and the bytes with it.
    ///
    /// # Errors
    /// Where the file cannot be read, or not within its bounds.
    pub(super) fn ask<A: DeserializeOwned>(
        &self,
        path: &Path,
        paper: &Paper,
    ) -> Result<(A, Vec<u8>), ReadError> {
        let bytes = read::read_bytes(path, &self.limits)?;
        let head = serde_json::to_vec(paper).map_err(|_| Ended::Fault)?;
        let Message { head, body } = self.workers.ask(&head, &bytes)?;
        let answer = serde_json::from_slice(&head).map_err(|_| Ended::Fault)?;
        Ok((answer, body))
    }
}

/// The worker's part: reviews each file and has `told` say what is wanted of it.
pub(super) fn answer<A: Serialize>(
    matches: &ArgMatches,
    catalog: &Catalog,
    options: &Options,
    told: impl Fn(&Paper, &Review<'_>, &[u8]) -> (A, Vec<u8>),
) -> anyhow::Result<u8> {
    workers::run(matches, |asked| {
        let answered = || {
            let paper: Paper = serde_json::from_slice(&asked.head).ok()?;
            let bytes = &asked.body;
            let looked = || {
                let review = review(catalog, bytes, paper.name.as_deref(), options);
                told(&paper, &review, bytes)
            };
            let (answer, body) = caught(looked).ok()?;
            let head = serde_json::to_vec(&answer).ok()?;
            Some(Message { head, body })
        };
        // What cannot be answered is no answer, and so a fault.
        answered().unwrap_or_default()
    })
}
