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

    /// Whether `path` is one of the files, under whatever name, or a workbook in a folder of them.
    pub(super) fn hold(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| {
            let mut folders = path.ancestors().skip(1);
            self.0.contains(&path)
                || (has_ending(&path) && folders.any(|folder| self.0.contains(folder)))
        })
    }

    /// Whether `path` is one of those that were named, under whatever name.
    pub(super) fn name(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| self.0.contains(&path))
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

    /// Refuses to write over one of them.
    pub(super) fn spare(&self, path: &Path, lang: Lang) -> anyhow::Result<()> {
        if self.hold(path) {
            let path = path.display();
            match lang {
                Lang::Zh => bail!("「{path}」是要读的原文件，不能覆盖；请换一个名字"),
                Lang::En => bail!("{path} is an input and is not overwritten; name another"),
            }
        }
        Ok(())
    }
}
