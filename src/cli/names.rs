//! Names of files that are written, made of names that others chose.

use std::collections::HashSet;

use gouji::report::is_direction;
use unicode_normalization::UnicodeNormalization;

/// A file name holds no more letters than this.
const LONGEST_NAME: usize = 60;

/// A file name of a unit's name: nothing that a file system refuses, no name twice.
pub(super) fn of_unit(unit: &str, ending: &str, taken: &mut HashSet<String>) -> String {
    let stem = clean(unit, LONGEST_NAME);
    let mut name = format!("{stem}.{ending}");
    let mut number = 2;
    while !taken.insert(alike(&name)) {
        name = format!("{stem}（{number}）.{ending}");
        number += 1;
    }
    name
}

/// What names have in common that some file systems take for one: capitals do not count, nor
/// whether an accent is a letter of its own.
pub(super) fn alike(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).collect()
}

/// One part of a path, of this many letters at most, and of three bytes for each.
pub(super) fn clean(name: &str, longest: usize) -> String {
    let allowed = |c: char| {
        if c.is_control() || is_direction(c) || "\\/:*?\"<>|".contains(c) {
            '_'
        } else {
            c
        }
    };
    let mut bytes = 0;
    let fits = |c: &char| {
        bytes += c.len_utf8();
        bytes <= 3 * longest
    };
    let name: String = name
        .chars()
        .map(allowed)
        .take(longest)
        .take_while(fits)
        .collect();
    // Windows takes neither points nor spaces at the end.
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() || is_device(name) {
        return format!("_{name}");
    }
    name.to_owned()
}

/// Whether Windows takes a name for a device, as it does whatever stands behind a point.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"]
        .iter()
        .find_map(|lead| stem.strip_prefix(lead));
    match numbered {
        Some(number) => matches!(
            number,
            "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        ),
        None => ["con", "prn", "aux", "nul", "conin$", "conout$"].contains(&stem.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_devices_are_no_names_of_files() {
        for name in ["CON", "aux", "Nul.2023", "com1", "LPT³", "con .x", "CONIN$"] {
            assert_eq!(clean(name, 60), format!("_{name}"));
        }
        for name in [
            "甲局", "CONTROL", "com", "com10", "lpt0", "aux甲", "2023.con",
        ] {
            assert_eq!(clean(name, 60), name);
        }
        assert_eq!(clean(" .. ", 60), "_");
        assert_eq!(clean(&"😀".repeat(80), 60), "😀".repeat(45));
        assert_eq!(of_unit("con", "xlsx", &mut HashSet::new()), "_con.xlsx");
        let mut taken = HashSet::new();
        for (unit, name) in [
            ("Café", "Café.xlsx"),
            ("cafe\u{301}", "cafe\u{301}（2）.xlsx"),
            ("CAFÉ", "CAFÉ（3）.xlsx"),
        ] {
            assert_eq!(of_unit(unit, "xlsx", &mut taken), name);
        }
    }
}
