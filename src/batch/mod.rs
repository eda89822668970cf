//! Bulk runs: folders and archives in, a database of all results out.
//!
//! ```text
//! folders, archives ─sources→ files ─examine (all cores)→ records ─store→ database
//!                                                                            │
//!                                  roster ─units, across→ who reported what ─┘→ summary, notices
//! ```

mod across;
mod archive;
mod examine;
mod last_year;
pub mod record;
mod run;
mod sources;
pub mod store;
mod units;

#[cfg(not(target_family = "wasm"))]
pub use examine::answer;
pub use examine::{Examiner, KeepCopy, MarkedCopy, digest, has_ending};
pub use last_year::LastYearStore;
pub use run::{Progress, Run, RunError, Tally};
pub use sources::{
    Content, DRAFT, Refusal, Source, Sources, Unpacked, is_hidden, placed, resolved,
};

use crate::catalog::Catalog;
use crate::lang::Lang;
use crate::roster::Roster;
use store::{Store, StoreError};

/// Tells which unit each file belongs to, who has not reported, and what is found between
/// submissions; in the place of what an earlier run told.
///
/// # Errors
/// Where the database cannot be written.
pub fn settle(
    store: &mut Store,
    catalog: &Catalog,
    roster: Option<&Roster>,
    lang: Lang,
) -> Result<(), StoreError> {
    for form in store.forms()? {
        if let Some(form) = catalog.form(&form) {
            store.put_fields(&form.id, &record::fields(form))?;
        }
    }
    store.begin_units()?;
    units::assign(store, roster)?;
    let found = across::findings(store, catalog, roster, lang)?;
    for (number, row) in (1..).zip(&found) {
        store.put_across(number, row)?;
    }
    store.set_ended()?;
    store.end_units()
}
