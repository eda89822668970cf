//! Files that the program writes: under a temporary name beside their place, whole and on disk
//! before they take it; never over one that is there unless told so.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use gouji::batch::DRAFT;
use gouji::lang::Lang;

use super::trouble::{number, system};

/// A file being written; what is not finished is taken back.
pub(super) struct Draft {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    /// What has the name may be replaced.
    force: bool,
    lang: Lang,
    finished: bool,
}

impl Draft {
    /// Begins the file `path`.
    pub(super) fn create(path: &Path, force: bool, lang: Lang) -> anyhow::Result<Self> {
        if is_there(path) && !force {
            bail!(exists(path, lang));
        }
        let (file, temporary) = begin(path).map_err(|error| said(&error, path, lang))?;
        Ok(Self {
            file,
            temporary,
            path: path.to_owned(),
            force,
            lang,
            finished: false,
        })
    }

    /// What has been written.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.temporary)
    }

    /// Gives the file its name, when all of it has been written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let done = self.file.sync_all().and_then(|()| self.named());
        self.finished = done.is_ok();
        done.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                io::Error::new(error.kind(), exists(&self.path, self.lang))
            }
            _ => said(&error, &self.path, self.lang),
        })
    }

    /// A rename replaces what has got the name meanwhile; a second name does not.
    fn named(&self) -> io::Result<()> {
        if self.force {
            return fs::rename(&self.temporary, &self.path);
        }
        match fs::hard_link(&self.temporary, &self.path) {
            Ok(()) => fs::remove_file(&self.temporary),
            // Not every file system gives a file two names.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !is_there(&self.path) => {
                fs::rename(&self.temporary, &self.path)
            }
            Err(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }
}

fn exists(path: &Path, lang: Lang) -> String {
    let path = path.display();
    match lang {
        Lang::Zh => format!("「{path}」已经存在；要覆盖请加 --force"),
        Lang::En => format!("{path} exists; add --force to overwrite it"),
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Whether something has this name: a link is there though what it leads to is not.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A new file beside `path`, held while it is written. One that a killed run left there is held by
/// nobody and makes room; beside one that another run is writing there is a second.
fn begin(path: &Path) -> io::Result<(File, PathBuf)> {
    let own = format!(".{}{DRAFT}", std::process::id());
    let mut last = io::ErrorKind::AlreadyExists.into();
    for ending in [DRAFT, own.as_str()] {
        let temporary = named(path, ending);
        clear(&temporary);
        match File::create_new(&temporary) {
            Ok(file) => {
                // Where files cannot be held, the next run takes it for a left one.
                let _ = file.try_lock();
                return Ok((file, temporary));
            }
            Err(error) => last = error,
        }
        if last.kind() != io::ErrorKind::AlreadyExists {
            break;
        }
    }
    Err(last)
}

fn named(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Removes the draft of `path` that a killed run left.
pub(super) fn clear_draft_of(path: &Path) {
    clear(&named(path, DRAFT));
}

fn clear(draft: &Path) {
    // No run leaves anything else, and opening a pipe waits for ever.
    let is_file = draft.symlink_metadata().is_ok_and(|draft| draft.is_file());
    if is_file && File::open(draft).is_ok_and(|file| file.try_lock().is_ok()) {
        let _ = fs::remove_file(draft);
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file
            .write(bytes)
            .map_err(|error| said(&error, &self.path, self.lang))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Makes a folder for results, where there is none yet.
pub(super) fn make_folder(path: &Path, lang: Lang) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| match lang {
        Lang::Zh => format!("建不了文件夹「{}」", path.display()),
        Lang::En => format!("cannot make the folder {}", path.display()),
    })
}

/// Writes a whole file.
pub(super) fn write(path: &Path, bytes: &[u8], force: bool, lang: Lang) -> anyhow::Result<()> {
    let mut draft = Draft::create(path, force, lang)?;
    draft.write_all(bytes)?;
    Ok(draft.finish()?)
}

/// What went wrong, and what to do.
fn said(error: &io::Error, path: &Path, lang: Lang) -> io::Error {
    let path = path.display();
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(lang.pick(
            "磁盘满了，请腾出空间再试",
            "the disk is full; make room and try again",
        )),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(lang.pick(
            "没有写入的权限，或文件正被打开；请关闭它，或用 --output 换一个文件夹",
            "no permission to write, or the file is open; close it, or name another folder with --output",
        )),
        io::ErrorKind::NotFound => Some(lang.pick(
            "没有这个文件夹，请核对路径",
            "there is no such folder; check the path",
        )),
        _ => None,
    };
    let said = match advice {
        // It says what the system says.
        Some(advice) => advice.to_owned() + &number(error, lang),
        None => {
            let advice = lang.pick("；请核对路径后再试", "; check the path and try again");
            system(error, lang) + advice
        }
    };
    let what = match lang {
        Lang::Zh => format!("写不了「{path}」：{said}"),
        Lang::En => format!("cannot write {path}: {said}"),
    };
    io::Error::new(error.kind(), what)
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "it stands for what somebody writes"
)]
mod tests {
    use super::*;

    #[test]
    fn what_got_the_name_meanwhile_is_not_replaced_unless_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("甲.xlsx");
        for force in [false, true] {
            let mut draft = Draft::create(&path, force, Lang::Zh).unwrap();
            draft.write_all(b"ours").unwrap();
            fs::write(&path, "theirs").unwrap();
            let done = draft.finish().map_err(|error| error.to_string());
            let names = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(names, 1, "no draft is left");
            let found = fs::read_to_string(&path).unwrap();
            match force {
                true => assert_eq!((done, found.as_str()), (Ok(()), "ours")),
                false => {
                    assert!(done.unwrap_err().contains("已经存在"));
                    assert_eq!(found, "theirs");
                    fs::remove_file(&path).unwrap();
                }
            }
        }
        write(&folder.path().join("乙.xlsx"), b"ours", false, Lang::Zh).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
