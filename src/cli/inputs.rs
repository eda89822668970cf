//! What a run reads: nothing is written over it, even where overwriting is allowed.

use std::path::{Path, PathBuf};

use anyhow::bail;
use gouji::lang::Lang;

use super::walk::has_ending;

/// Files, and folders of workbooks, that a run reads.
pub(super) struct Inputs(Vec<PathBuf>);

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
            let is_in = |folder: &PathBuf| has_ending(&path) && path.starts_with(folder);
            self.0.iter().any(|input| *input == path || is_in(input))
        })
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
