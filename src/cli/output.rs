//! Files that the program writes: under a temporary name beside their place, whole and on disk
//! before they take it; never over one that is there unless told so.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use gouji::lang::Lang;

/// A file being written.
pub(super) struct Draft {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    lang: Lang,
}

impl Draft {
    /// Begins the file `path`.
    pub(super) fn create(path: &Path, force: bool, lang: Lang) -> anyhow::Result<Self> {
        if path.exists() && !force {
            match lang {
                Lang::Zh => bail!("「{}」已经存在；要覆盖请加 --force", path.display()),
                Lang::En => bail!("{} exists; add --force to overwrite it", path.display()),
            }
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = File::create_new(&temporary).map_err(|error| said(error, path, lang))?;
        Ok(Self {
            file,
            temporary,
            path: path.to_owned(),
            lang,
        })
    }

    /// Gives the file its name, when all of it has been written.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let done = self
            .file
            .sync_all()
            .and_then(|()| fs::rename(&self.temporary, &self.path));
        if done.is_err() {
            let _ = fs::remove_file(&self.temporary);
        }
        done.map_err(|error| said(error, &self.path, self.lang))
    }

    /// What is written to, for those who go back in it.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Takes back what was begun.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Removes drafts that killed runs left in a folder, of files whose names are `own`. Nobody else
/// may be writing them.
pub(super) fn clear(folder: &Path, own: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let draft = name
            .strip_suffix(".tmp")
            .and_then(|name| name.rsplit_once('.'));
        if draft.is_some_and(|(name, process)| process.parse::<u32>().is_ok() && own(name)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a whole file.
pub(super) fn write(path: &Path, bytes: &[u8], force: bool, lang: Lang) -> anyhow::Result<()> {
    let mut draft = Draft::create(path, force, lang)?;
    match draft.write_all(bytes) {
        Ok(()) => draft.finish(),
        Err(error) => {
            draft.discard();
            Err(said(error, path, lang))
        }
    }
}

/// What went wrong, and what to do.
fn said(error: io::Error, path: &Path, lang: Lang) -> anyhow::Error {
    let path = path.display();
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => lang.pick(
            "磁盘满了，请腾出空间再试",
            "the disk is full; make room and try again",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => lang.pick(
            "没有写入的权限，或文件正被打开；请关闭它，或用 --output 换一个文件夹",
            "no permission to write, or the file is open; close it, or name another folder with --output",
        ),
        io::ErrorKind::NotFound => lang.pick(
            "没有这个文件夹，请核对路径",
            "there is no such folder; check the path",
        ),
        _ => lang.pick("请核对路径后再试", "check the path and try again"),
    };
    let what = match lang {
        Lang::Zh => format!("写不了「{path}」：{advice}"),
        Lang::En => format!("cannot write {path}: {advice}"),
    };
    anyhow::Error::new(error).context(what)
}
