//! Names of files that are written, made of names that others chose.

use std::collections::HashSet;

use gouji::report::is_direction;

/// A file name holds no more letters than this.
const LONGEST_NAME: usize = 60;

/// A file name of a unit's name: nothing that a file system refuses, no name twice.
pub(super) fn of_unit(unit: &str, ending: &str, taken: &mut HashSet<String>) -> String {
    let stem = clean(unit, LONGEST_NAME);
    let mut name = format!("{stem}.{ending}");
    let mut number = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{stem}（{number}）.{ending}");
        number += 1;
    }
    name
}

/// One part of a path, of this many letters at most.
pub(super) fn clean(name: &str, longest: usize) -> String {
    let allowed = |c: char| {
        if c.is_control() || is_direction(c) || "\\/:*?\"<>|".contains(c) {
            '_'
        } else {
            c
        }
    };
    let name: String = name.chars().map(allowed).take(longest).collect();
    // Windows takes neither points nor spaces at the end.
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() { "_" } else { name }.to_owned()
}
