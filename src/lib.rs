//! gouji (勾稽) checks the annex tables of a 预算绩效自评 filing against themselves and each
//! other, from one description of the form.
//!
//! ```text
//! bytes ─read→ Workbook ─locate→ Located ─extract→ Filing ─check→ Report ─→ text, JSON
//!                           ↑                        ↑
//!                         forms ←──── catalog ────→ rules
//! ```

pub mod amount;
pub mod batch;
pub mod catalog;
pub mod check;
pub mod contain;
pub mod extract;
pub mod filing;
pub mod finding;
pub mod formula;
pub mod label;
pub mod lang;
pub mod locate;
pub mod mark;
mod memo;
pub mod money;
pub mod naming;
pub mod notice;
pub mod patch;
pub mod quote;
pub mod read;
pub mod reasons;
pub mod recognise;
pub mod report;
pub mod review;
pub mod roster;
pub mod summary;
pub mod template;
pub mod tolerance;
pub mod workbook;
pub mod xml;
