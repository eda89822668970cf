//! What a description may ask of the workbooks that are made after it.

use std::ops::RangeInclusive;

use foldhash::{HashMap, HashMapExt};

use super::form::Annex;
use crate::lang::Lang;
use crate::reasons::Added;

/// As `docs/form.schema.json` has them.
const YEARS: RangeInclusive<i32> = 1990..=2200;
const MOST_COLUMNS: usize = 60;
const WIDEST: f64 = 120.0;
const MOST_SPARE: u32 = 200;
const LONGEST_TITLE: usize = 200;
const LONGEST_NAME: usize = 24;

pub(super) fn year(year: i32) -> Result<(), String> {
    let (first, last) = (YEARS.start(), YEARS.end());
    bounded(YEARS.contains(&year), || {
        format!("`year` is {year}; allowed is {first} to {last}")
    })
}

/// The name of an annex is that of its sheet in a template, which a number may follow.
pub(super) fn name(name: &str) -> Result<(), String> {
    let length = name.encode_utf16().count();
    bounded((1..=LONGEST_NAME).contains(&length), || {
        format!("`name` has {length} characters; allowed are 1 to {LONGEST_NAME}")
    })?;
    let is_refused = |c: char| c.is_control() || "[]:*?/\\'".contains(c);
    bounded(!name.contains(is_refused), || {
        format!("`name` is {name:?}; sheets have no name with one of []:*?/\\'")
    })?;
    let added = [Added::Discrepancies, Added::Reasons, Added::SelfCheck];
    let own = added.map(|added| [Lang::Zh, Lang::En].map(|lang| added.tab(lang)));
    // Spreadsheet programs keep one for themselves.
    let mut own = own.as_flattened().iter().chain(&["History"]);
    bounded(
        !own.any(|own| own.eq_ignore_ascii_case(name.trim())),
        || format!("`name` is {name}, as a sheet is called that workbooks get; choose another"),
    )
}

/// Two sheets of one workbook have names that differ in more than the case of letters.
pub(super) fn names(annexes: &[Annex]) -> Result<(), String> {
    let mut known = HashMap::new();
    for annex in annexes {
        let other = known.insert(annex.name.to_lowercase(), &annex.id);
        bounded(other.is_none(), || {
            let other = other.map_or("", String::as_str);
            format!(
                "`name` {} stands in {other} and in {}",
                annex.name, annex.id
            )
        })?;
    }
    Ok(())
}

pub(super) fn title(title: &str) -> Result<(), String> {
    let length = title.chars().count();
    bounded(length <= LONGEST_TITLE, || {
        format!("`title` has {length} characters; allowed are {LONGEST_TITLE}")
    })
}

pub(super) fn widths(widths: &[f64]) -> Result<(), String> {
    let columns = widths.len();
    bounded(columns <= MOST_COLUMNS, || {
        format!("`widths` has {columns} columns; allowed are {MOST_COLUMNS}")
    })?;
    for width in widths {
        bounded(*width > 0.0 && *width <= WIDEST, || {
            format!("`widths` has {width}; allowed is what is above 0, up to {WIDEST}")
        })?;
    }
    Ok(())
}

pub(super) fn spare(spare: u32) -> Result<(), String> {
    bounded(spare <= MOST_SPARE, || {
        format!("`spare` is {spare}; allowed is {MOST_SPARE}")
    })
}

fn bounded(fits: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if fits { Ok(()) } else { Err(what()) }
}
