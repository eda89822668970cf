//! What units filed last year, out of the database of last year's run.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::store::{Finished, MergeError, Store, StoreError};
use crate::catalog::hex;
use crate::check::LastYear;
use crate::label;

/// Last year's database.
#[derive(Debug)]
pub struct LastYearStore(Mutex<Store>);

impl LastYearStore {
    /// Opens last year's database, which is only read.
    ///
    /// # Errors
    /// Where it is no database of ours, its run did not end, or figures in it are not as they were
    /// written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let finished = Finished::open(path).map_err(|error| match error {
            MergeError::Store(error) => error,
            error => StoreError::Damaged(error.to_string()),
        })?;
        Ok(Self(Mutex::new(finished.into())))
    }

    /// Tells what was filed from anything else: by the paths and contents of all files, and the
    /// figures that were read in them.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn digest(&self) -> Result<String, StoreError> {
        let mut digest = Sha256::new();
        let store = self.store();
        store.each_file(|file| {
            let (counted, year) = (file.counted, file.year);
            digest.update(format!(
                "{}\n{}\n{counted} {year:?}\n",
                file.path, file.hash
            ));
            Ok::<_, StoreError>(())
        })?;
        store.each_facts(|annex, facts| {
            digest.update(format!("{annex} {}\n{facts}\n", facts.len()));
        })?;
        Ok(hex(&digest.finalize()))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LastYear for LastYearStore {
    fn figures(&self, unit: &str, year: i32, annex: &str) -> Vec<(String, Decimal)> {
        // All of them were read when it was opened: what cannot be read now is not compared.
        let facts = self.store().facts_of(&label::normalise(unit), year, annex);
        let facts = facts.unwrap_or_default().into_iter();
        let own = facts.filter(|fact| fact.1 == 0);
        own.filter_map(|fact| Some((fact.0, fact.2.parse().ok()?)))
            .collect()
    }
}
