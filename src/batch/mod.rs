//! Bulk runs.

pub mod record;
pub mod store;
