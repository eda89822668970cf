//! The files of the form sets: those in the program, those of a folder, those of one set.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use include_dir::{Dir, include_dir};

use super::{CatalogError, FORM};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workbook-templates");

/// The folder of all form sets itself.
pub(super) const TOP: &str = "";

/// The largest description file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The files of the form sets: folder → file → text. Those that belong to no set stand under
/// [`TOP`].
pub(super) type Files = BTreeMap<String, BTreeMap<String, String>>;

/// The files that come with the program.
pub(super) fn embedded() -> Files {
    let texts = |dir: &Dir<'_>| {
        dir.files()
            .filter_map(|file| {
                let name = file.path().file_name()?.to_str()?.to_owned();
                Some((name, file.contents_utf8()?.to_owned()))
            })
            .filter(|(name, _)| name.ends_with(".toml"))
            .collect()
    };
    let sets = EMBEDDED
        .dirs()
        .filter_map(|dir| Some((dir.path().file_name()?.to_str()?.to_owned(), texts(dir))));
    sets.chain([(TOP.to_owned(), texts(&EMBEDDED))]).collect()
}

/// The files of the form sets in a folder.
pub(super) fn folder(folder: &Path) -> Result<Files, CatalogError> {
    gather(folder, 2)
}

/// The name of the set in this folder, its files, and those of the sets that it extends where
/// they lie beside it.
pub(super) fn set(folder: &Path) -> Result<(String, Files), CatalogError> {
    let full = folder
        .canonicalize()
        .map_err(|error| fail(folder, &error))?;
    let named = full.file_name().and_then(|name| name.to_str());
    let (Some(own), Some(beside)) = (named, full.parent()) else {
        let error = std::io::Error::other("not the folder of a form set");
        return Err(fail(folder, &error));
    };
    let mut files = Files::new();
    let mut next = Some(own.to_owned());
    while let Some(name) = next.take() {
        files.extend(gather(&beside.join(&name), 1)?);
        next = files
            .get(&name)
            .and_then(extended)
            .filter(|base| !files.contains_key(base))
            .filter(|base| beside.join(base).join(FORM).is_file());
    }
    Ok((own.to_owned(), files))
}

/// The id of the set that this one extends, where it can be the name of a folder.
fn extended(set: &BTreeMap<String, String>) -> Option<String> {
    let form: toml::Table = set.get(FORM)?.parse().ok()?;
    let base = form.get("extends")?.as_str()?;
    let mut parts = Path::new(base).components();
    let is_name = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    is_name.then(|| base.to_owned())
}

/// The TOML files down to this depth, by the folder they are in.
fn gather(folder: &Path, depth: usize) -> Result<Files, CatalogError> {
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(folder)
        .min_depth(1)
        .max_depth(depth)
        // A set that is kept elsewhere is a set too; where links lead in a circle is said.
        .follow_links(true)
        .sort_by_file_name()
    {
        let entry = entry.map_err(|error| fail(folder, &error.into()))?;
        let path = entry.path();
        if !entry.file_type().is_file() || path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        if entry
            .metadata()
            .is_ok_and(|metadata| metadata.len() > LARGEST_FILE)
        {
            return Err(fail(path, &std::io::Error::other("larger than 1 MiB")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| fail(path, &error))?;
        let set = match path.parent().and_then(Path::file_name) {
            // Beside the folders of the sets.
            Some(_) if entry.depth() < depth => TOP.as_ref(),
            set => set.unwrap_or_default(),
        };
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        files
            .entry(set.to_string_lossy().into_owned())
            .or_default()
            .insert(name, text);
    }
    Ok(files)
}

fn fail(path: &Path, error: &std::io::Error) -> CatalogError {
    CatalogError {
        file: path.display().to_string(),
        line: 0,
        message: error.to_string(),
    }
}
