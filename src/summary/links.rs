//! Links from the summary to files, as formulas: a sheet holds 65,530 links of the other kind, and
//! all of them in memory.

use std::path::{Component, Path, PathBuf};

use rust_xlsxwriter::Formula;

/// The longest text that may stand in a formula.
const LONGEST: usize = 255;

/// A link to a file, relative to the folder in which the summary lies; none where the path is too
/// long to be written, or would be read as another.
pub(super) fn to_file(folder: &Path, file: &str, words: &str) -> Option<Formula> {
    let path = relative(folder, Path::new(file))?;
    if is_another(&path) {
        return None;
    }
    link(&address(&path), words)
}

/// Whether a path is another one where the summary is opened: Windows takes `\\` for `/`, and two of
/// them for another machine; workbooks have `_x0041_` for `A`; control characters are lost.
fn is_another(path: &str) -> bool {
    let escaped = path.match_indices("_x").any(|(at, lead)| {
        let code = path.as_bytes().get(at + lead.len()..at + lead.len() + 5);
        matches!(code, Some([hex @ .., b'_']) if hex.iter().all(u8::is_ascii_hexdigit))
    });
    escaped || path.contains(|c: char| c == '\\' || c.is_control())
}

/// A link to a cell of this workbook.
pub(super) fn to_cell(sheet: &str, row: u32, words: &str) -> Option<Formula> {
    link(
        &format!("#'{}'!A{}", sheet.replace('\'', "''"), row + 1),
        words,
    )
}

fn link(target: &str, words: &str) -> Option<Formula> {
    let fits = target.chars().map(char::len_utf16).sum::<usize>() <= LONGEST;
    fits.then(|| {
        let [target, shown] = [target, words].map(|text| text.replace('"', "\"\""));
        Formula::new(format!("HYPERLINK(\"{target}\",\"{shown}\")")).set_result(words)
    })
}

/// A relative path as the address of a file: `#` would lead into it, `%41` would be read as `A`, and
/// `http:` at its beginning as another machine.
fn address(path: &str) -> String {
    let path = path.replace('%', "%25").replace('#', "%23");
    let first = path.split('/').next().unwrap_or_default();
    let is_scheme = first.contains(':');
    if is_scheme { format!("./{path}") } else { path }
}

/// The path of `file` from `folder`, with forward slashes.
fn relative(folder: &Path, file: &Path) -> Option<String> {
    let file = match file.is_absolute() {
        true => file.to_owned(),
        false => std::env::current_dir().ok()?.join(file),
    };
    let (folder, file) = (plain(folder), plain(&file));
    let shared = folder
        .components()
        .zip(file.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = file
        .components()
        .skip(shared)
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_from_the_summary() {
        let from = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file)).unwrap();
        assert_eq!(from("/a/b", "/a/报送/甲.xlsx"), "../报送/甲.xlsx");
        assert_eq!(from("/a/b", "/a/b/./c/../甲.xlsx"), "甲.xlsx");
    }

    #[test]
    fn a_path_is_the_address_of_no_other_place() {
        assert_eq!(address("../报送/甲.xlsx"), "../报送/甲.xlsx");
        assert_eq!(address("甲#1 50%41.xlsx"), "甲%231 50%2541.xlsx");
        assert_eq!(
            address("http:/a.example/x.xlsx"),
            "./http:/a.example/x.xlsx"
        );
    }

    #[test]
    fn a_path_that_would_be_read_as_another_is_no_link() {
        for path in ["报送/甲.xlsx", "报送/_x004_ _xylo_.xlsx"] {
            assert!(!is_another(path), "{path}");
        }
        for path in [
            "\\\\host\\share\\甲.xlsx",
            "甲_x0041_.xlsx",
            "甲_X_x00aF_x0041.xlsx",
            "甲\n.xlsx",
        ] {
            assert!(is_another(path), "{path:?}");
        }
    }

    #[test]
    fn what_does_not_fit_into_a_formula_is_no_link() {
        assert!(link(&"长".repeat(256), "打开").is_none());
        assert!(link(&"长".repeat(255), "打开").is_some());
    }
}
