//! From the paths of the command line to the files that are opened.

use std::path::{Path, PathBuf};

use gouji::read::{Found, ReadError};

/// What spreadsheets are called; in a folder nothing else is opened.
pub(super) const ENDINGS: [&str; 6] = ["xlsx", "xlsm", "xls", "xlsb", "ods", "et"];

/// A file to open, or a path at which there is none and why.
pub(super) type Walked = Result<PathBuf, (PathBuf, ReadError)>;

/// A file as it is; of a folder the spreadsheets in it, lock files and hidden ones left out. Links in
/// it are said, not followed: outside of what was named nothing is read.
///
/// A folder named like a workbook is not entered but said: most are packages that were
/// unpacked by mistake. So is a folder without workbooks: most are the wrong folder, and
/// silence would read as success.
pub(super) fn walk(path: &Path) -> Box<dyn Iterator<Item = Walked>> {
    if !path.is_dir() {
        return Box::new(std::iter::once(Ok(path.to_owned())));
    }
    let mut found = inside(path).peekable();
    if found.peek().is_none() {
        return Box::new(std::iter::once(refuse(path, Found::EmptyFolder)));
    }
    Box::new(found)
}

fn inside(root: &Path) -> impl Iterator<Item = Walked> + use<> {
    let root = root.to_owned();
    let mut entries = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter();
    std::iter::from_fn(move || {
        loop {
            let entry = match entries.next()? {
                Ok(entry) => entry,
                Err(error) => {
                    let at = error.path().map_or_else(|| root.clone(), Path::to_owned);
                    return Some(Err((at, ReadError::Io(error.into()))));
                }
            };
            let is_dir = entry.file_type().is_dir();
            if entry.depth() > 0 && is_hidden(&entry) {
                if is_dir {
                    entries.skip_current_dir();
                }
            } else if has_ending(entry.path()) {
                if entry.path_is_symlink() && entry.depth() > 0 {
                    return Some(refuse(entry.path(), Found::Link));
                }
                if !is_dir {
                    return Some(Ok(entry.into_path()));
                }
                entries.skip_current_dir();
                return Some(refuse(entry.path(), Found::Folder));
            }
        }
    })
}

fn refuse(path: &Path, found: Found) -> Walked {
    Err((path.to_owned(), ReadError::NotAWorkbook(found)))
}

/// `~$` files lie beside workbooks that are open.
fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') || name.starts_with("~$")
}

/// Whether a file is named like a spreadsheet.
pub(super) fn has_ending(path: &Path) -> bool {
    path.extension()
        .map(|end| end.to_string_lossy().to_lowercase())
        .is_some_and(|end| ENDINGS.contains(&end.as_str()))
}
