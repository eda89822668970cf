//! What a run reads: nothing is written over it, even where overwriting is allowed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::bail;
use gouji::batch::resolved;
use gouji::lang::Lang;

use super::walk::has_ending;

/// Files, and folders of workbooks, that a run reads.
pub(super) struct Inputs(HashSet<PathBuf>);

impl Inputs {
    pub(super) fn of<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        let paths = paths
            .into_iter()
            .filter_map(|path| path.canonicalize().ok());
        Self(paths.collect())
    }

    /// Whether this run may write at `path`, where overwriting is allowed: never over what was
    /// named, under whatever name; over a workbook in a folder that was named only where it is
    /// `ours`. Whoever writes asks here.
    pub(super) fn may_write(&self, path: &Path, is_ours: impl FnOnce(&Path) -> bool) -> bool {
        let Ok(full) = path.canonicalize() else {
            return true;
        };
        let mut folders = full.ancestors().skip(1);
        let is_read = has_ending(&full) && folders.any(|folder| self.0.contains(folder));
        !self.0.contains(&full) && !self.has_link_of(&full) && (!is_read || is_ours(path))
    }

    /// Whether a file is one of them by another name, as a hard link is.
    #[cfg(unix)]
    fn has_link_of(&self, full: &Path) -> bool {
        use std::fs::metadata;
        use std::os::unix::fs::MetadataExt;
        let Ok(own) = metadata(full).map(|own| (own.nlink(), own.dev(), own.ino())) else {
            return false;
        };
        let is_same = |input: &PathBuf| {
            metadata(input).is_ok_and(|other| (own.1, own.2) == (other.dev(), other.ino()))
        };
        own.0 > 1 && self.0.iter().any(is_same)
    }

    /// Elsewhere the standard library does not tell.
    #[cfg(not(unix))]
    fn has_link_of(&self, _full: &Path) -> bool {
        false
    }

    /// Whether a folder, which need not be there yet, is one of the folders or holds one.
    pub(super) fn reach_into(&self, folder: &Path) -> bool {
        resolved(folder).is_some_and(|folder| {
            let mut inside = self.0.iter().filter(|input| input.starts_with(&folder));
            inside.any(|input| input.is_dir())
        })
    }

    /// Whether a folder, which need not be there yet, is one of the folders.
    pub(super) fn name_folder(&self, folder: &Path) -> bool {
        resolved(folder).is_some_and(|folder| self.0.contains(&folder))
    }

    /// Whether a folder, which need not be there yet, lies in one of the folders.
    pub(super) fn surround(&self, folder: &Path) -> bool {
        resolved(folder).is_some_and(|folder| {
            let mut around = folder.ancestors().skip(1);
            around.any(|folder| self.0.contains(folder))
        })
    }

    /// Refuses to write over one of them.
    pub(super) fn spare(&self, path: &Path, lang: Lang) -> anyhow::Result<()> {
        self.spare_unless(path, |_| false, lang)
    }

    /// The same, save where what lies in a folder of them is `ours`.
    pub(super) fn spare_unless(
        &self,
        path: &Path,
        is_ours: impl FnOnce(&Path) -> bool,
        lang: Lang,
    ) -> anyhow::Result<()> {
        if !self.may_write(path, is_ours) {
            let path = path.display();
            match lang {
                Lang::Zh => bail!("「{path}」是要读的原文件，不能覆盖；请换一个名字"),
                Lang::En => bail!("{path} is an input and is not overwritten; name another"),
            }
        }
        Ok(())
    }
}
