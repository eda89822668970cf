//! What a bulk run writes: database, summary workbook, notices.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::batch::store::{Store, StoreError, UnitStatus, bears_mark};
use gouji::batch::{Tally, placed, settle};
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::report::printable;
use gouji::roster::Roster;
use gouji::summary;

use super::ledger::{self, AsWritten, Kind, Ledger};
use super::notices::Notices;
use super::written::{Written, make_room};
use crate::cli::inputs::Inputs;
use crate::cli::output::{self, Draft};
use crate::cli::roster;
use crate::cli::screen::screen;

/// The note under which the database keeps what its results depend on.
pub(super) const KEY: &str = "key";

/// The note under which the database keeps that a summary was written beside it: the ending of its
/// name.
const SUMMARY: &str = "summary";

/// Behind the name of the database, of what belongs to it.
const DATABASE: [&str; 5] = ["-journal", "", "-wal", "-shm", ledger::ENDING];

/// What may be overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overwrite {
    Nothing,
    /// What an earlier run wrote, as long as nobody has written into it: `--resume`.
    Own,
    /// Whatever is there: `--force`.
    All,
}

impl Overwrite {
    /// Whether something that is there may be overwritten at all.
    pub(super) fn is_allowed(self) -> bool {
        self != Self::Nothing
    }
}

/// Where things are written, and from what.
pub(super) struct Outputs {
    /// The summary workbook.
    pub(super) summary: Option<PathBuf>,
    /// The database; none where nothing is kept.
    pub(super) database: Option<PathBuf>,
    /// What of earlier results may be replaced.
    pub(super) overwrite: Overwrite,
    /// The command can go on from an earlier run.
    resumes: bool,
    roster: Option<Roster>,
    notices: Option<Notices>,
    lang: Lang,
}

/// Who stands where after a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Units that have reported.
    pub(super) units: u64,
    /// Units of the roster that have not.
    pub(super) missing: u64,
    /// Notices that were written.
    notices: usize,
}

impl Outputs {
    /// What the flags ask for. Nothing is written yet.
    pub(super) fn of(matches: &ArgMatches, catalog: &Catalog, lang: Lang) -> anyhow::Result<Self> {
        let output = matches.get_one::<PathBuf>("output");
        let is_database = |path: &Path| ending(path).is_some_and(|ending| ending == "db");
        let (summary, database) = match output {
            None => (None, None),
            Some(path) if is_database(path) => (None, Some(path.clone())),
            Some(path) if ending(path).is_some_and(|ending| ending == "xlsx") => {
                (Some(path.clone()), Some(path.with_extension("db")))
            }
            Some(path) => match lang {
                Lang::Zh => bail!(
                    "-o 要写成 .xlsx（汇总表）或 .db（只要数据库），「{}」不是",
                    path.display()
                ),
                Lang::En => bail!("-o takes an .xlsx or a .db, {} is neither", path.display()),
            },
        };
        let resumed = matches.try_get_one::<bool>("resume");
        let resumes = resumed.is_ok();
        let resume = resumed.ok().flatten() == Some(&true);
        let force = matches.get_flag("force");
        let form = matches.try_get_one::<String>("form").ok().flatten();
        let year = form.and_then(|id| catalog.form(id)).map(|form| form.year);
        let overwrite = match (force, resume) {
            (true, _) => Overwrite::All,
            (false, true) => Overwrite::Own,
            (false, false) => Overwrite::Nothing,
        };
        let notices = Notices::of(matches, overwrite, lang)?;
        let roster = matches
            .get_one::<PathBuf>("roster")
            .map(|path| roster::read(catalog, path, year, lang))
            .transpose()?;
        Ok(Self {
            summary,
            database,
            overwrite,
            resumes,
            roster,
            notices,
            lang,
        })
    }

    /// Opens the database for a run whose results depend on `key`.
    pub(super) fn open(&self, resume: bool, inputs: &Inputs, key: &str) -> anyhow::Result<Store> {
        let Some(path) = &self.database else {
            return Ok(Store::temporary()?);
        };
        inputs.spare(path, self.lang)?;
        if let Some(summary) = &self.summary {
            inputs.spare_unless(summary, |summary| is_own(path, summary), self.lang)?;
        }
        let there = [Some(path), self.summary.as_ref()];
        let there = there
            .into_iter()
            .flatten()
            .find(|path| output::is_there(path));
        if let Some(there) = there.filter(|_| !self.overwrite.is_allowed()) {
            let there = there.display();
            match self.lang {
                Lang::Zh if !self.resumes => {
                    bail!("「{there}」已经存在；重新合并请加 --force")
                }
                Lang::En if !self.resumes => bail!("{there} exists; add --force to merge anew"),
                Lang::Zh => {
                    bail!("「{there}」已经存在；接着上次核对请加 --resume，重新核对请加 --force")
                }
                Lang::En => {
                    bail!("{there} exists; add --resume to go on from it, --force to start anew")
                }
            }
        }
        let opened = match Store::open(path) {
            Err(error)
                if self.overwrite == Overwrite::All && is_useless(&error) && bears_mark(path) =>
            {
                // Ours, of another version or damaged: nothing in it can be used.
                self.remove_database();
                Store::open(path)
            }
            opened => opened,
        };
        let mut store = match opened {
            Err(StoreError::Sqlite(error)) => {
                return Err(error).with_context(|| self.not_made(path));
            }
            opened => opened.with_context(|| self.not_opened(path))?,
        };
        if let Some(summary) = &self.summary {
            output::clear_draft_of(summary);
        }
        let kept = store.note(KEY).with_context(|| self.not_opened(path))?;
        if !resume || kept.as_deref() != Some(key) {
            let anew = forget(&mut store).and_then(|()| store.set_note(KEY, key));
            anew.with_context(|| self.not_kept())?;
            if resume && kept.is_some() {
                let said = self.lang.pick(
                    "程序、表样或选项变了，全部重新核对。",
                    "The program, the forms or the options have changed: all files are read anew.",
                );
                writeln!(anstream::stderr(), "{said}")?;
            }
        }
        if let Some(ending) = self.summary.as_deref().and_then(Path::extension) {
            // Noted before it is written: what a killed run leaves is known as well.
            let noted = store.set_note(SUMMARY, &ending.to_string_lossy());
            noted.with_context(|| self.not_kept())?;
        }
        Ok(store)
    }

    /// Removes a database of which nothing came.
    pub(super) fn remove_database(&self) {
        for ending in DATABASE {
            if let Some(path) = &self.database {
                let mut path = path.clone().into_os_string();
                path.push(ending);
                let _ = std::fs::remove_file(path);
            }
        }
    }

    fn not_opened(&self, path: &Path) -> String {
        let path = path.display();
        match self.lang {
            Lang::Zh => format!(
                "打不开数据库「{path}」：可能不是 gouji 的数据库，或另一个核对正在使用；请换一个 -o，或等它结束"
            ),
            Lang::En => format!(
                "cannot open the database {path}: it may not be gouji's, or another run has it open; name another -o, or wait"
            ),
        }
    }

    /// What stands before an error of the database while it is written.
    pub(super) fn not_kept(&self) -> String {
        let temporary = Path::new(self.lang.pick("临时数据库", "temporary"));
        self.not_made(self.database.as_deref().unwrap_or(temporary))
    }

    fn not_made(&self, path: &Path) -> String {
        let path = path.display();
        match self.lang {
            Lang::Zh => {
                format!("写不了数据库「{path}」，请核对文件夹、写入的权限和磁盘空间，或换一个 -o")
            }
            Lang::En => format!(
                "cannot write the database {path}; check the folder, the permission and the room on the disk, or name another -o"
            ),
        }
    }

    /// What this run writes, which is not to be read as submissions.
    pub(super) fn own(&self, matches: &ArgMatches) -> Vec<PathBuf> {
        let mut own: Vec<PathBuf> = Vec::new();
        own.extend(self.summary.clone());
        if let Some(database) = &self.database {
            for ending in DATABASE {
                let mut name = database.clone().into_os_string();
                name.push(ending);
                own.push(name.into());
            }
        }
        for folder in ["marked", "notices", "roster", "last-year", "files-from"] {
            own.extend(matches.get_one::<PathBuf>(folder).cloned());
        }
        own
    }

    /// A workbook in a folder for results that no earlier run wrote.
    pub(super) fn stranger(&self, folder: &Path, matches: &ArgMatches) -> Option<PathBuf> {
        Written::of(self.database.as_deref())?.stranger(folder, &self.own(matches))
    }

    /// Tells who reported what.
    pub(super) fn settle(&self, store: &mut Store, catalog: &Catalog) -> anyhow::Result<()> {
        match settle(store, catalog, self.roster.as_ref(), self.lang) {
            Err(StoreError::Stopped) => Err(StoreError::Stopped.into()),
            settled => settled.with_context(|| self.not_kept()),
        }
    }

    /// Writes the summary workbook and the notices.
    pub(super) fn write(
        &self,
        store: &Store,
        catalog: &Catalog,
        inputs: &Inputs,
        ledger: &Ledger,
    ) -> anyhow::Result<Standing> {
        if let Some(path) = &self.summary {
            self.summary(path, store, catalog, ledger)?;
        }
        let notices = match &self.notices {
            Some(notices) => notices.write(store, catalog, inputs, ledger)?,
            None => 0,
        };
        let standing = Standing {
            notices,
            units: store.units_but(UnitStatus::Missing)?,
            missing: store.units_with(UnitStatus::Missing)?.len() as u64,
        };
        Ok(standing)
    }

    fn summary(
        &self,
        path: &Path,
        store: &Store,
        catalog: &Catalog,
        ledger: &Ledger,
    ) -> anyhow::Result<()> {
        let path = std::path::absolute(path)?;
        let options = summary::Options {
            lang: self.lang,
            time: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
            folder: path.parent().unwrap_or(&path).to_owned(),
            roster: self.roster.is_some(),
        };
        let mut draft = Draft::create(&path, self.overwrite.is_allowed(), self.lang)?;
        summary::write(store, catalog, &options, &mut draft).with_context(|| {
            self.lang
                .pick("汇总表没有写成", "the summary was not written")
        })?;
        let full = placed(&path).unwrap_or(path);
        let mut noted = ledger.noted(store, Kind::Summary)?;
        let written = AsWritten::of(&draft.bytes()?, "");
        ledger.list(Kind::Summary, &full, &written)?;
        if self.overwrite == Overwrite::Own
            && let Some(aside) =
                make_room(ledger, Kind::Summary, &full, noted.get(&full), self.lang)?
        {
            let said = aside.words(&full, self.lang);
            writeln!(anstream::stderr(), "{}", printable(&said))?;
            noted.insert(aside.path, AsWritten::default());
        }
        draft.finish()?;
        noted.insert(full, written);
        Ok(ledger.note(store, Kind::Summary, &noted.iter().collect())?)
    }

    /// What has been done, in a few lines; beside a stream on the other channel.
    pub(super) fn say(
        &self,
        tally: Tally,
        standing: Standing,
        streams: bool,
    ) -> anyhow::Result<()> {
        let mut out: Box<dyn Write> = match streams {
            true => Box::new(anstream::stderr()),
            false => Box::new(screen()),
        };
        let Tally {
            files,
            unchanged,
            unread,
            unrecognised,
            to_correct,
            ..
        } = tally;
        let Standing {
            units,
            missing,
            notices,
        } = standing;
        match self.lang {
            Lang::Zh => {
                write!(out, "核对 {files} 份")?;
                if unchanged > 0 {
                    write!(out, "（{unchanged} 份没有变，沿用上次结果）")?;
                }
                write!(
                    out,
                    "，{units} 个单位；须改 {to_correct} 份，读不了 {unread} 份"
                )?;
                if unrecognised > 0 {
                    write!(out, "，没有找到附表 {unrecognised} 份")?;
                }
                if self.roster.is_some() {
                    write!(out, "，未报 {missing} 个单位")?;
                }
                writeln!(out, "。")?;
            }
            Lang::En => {
                write!(out, "{files} files")?;
                if unchanged > 0 {
                    write!(out, " ({unchanged} unchanged since the last run)")?;
                }
                write!(
                    out,
                    ", {units} units; {to_correct} to correct, {unread} not read"
                )?;
                if unrecognised > 0 {
                    write!(out, ", {unrecognised} without a known table")?;
                }
                if self.roster.is_some() {
                    write!(out, ", {missing} units have not reported")?;
                }
                writeln!(out, ".")?;
            }
        }
        for path in [&self.summary, &self.database].into_iter().flatten() {
            writeln!(out, "  → {}", printable(&path.display().to_string()))?;
        }
        if let Some(folder) = self.notices.as_ref().map(Notices::folder) {
            let folder = printable(&folder.display().to_string());
            match self.lang {
                Lang::Zh => writeln!(out, "  → {folder}（通知 {notices} 份）")?,
                Lang::En => writeln!(out, "  → {folder} ({notices} notices)")?,
            }
        }
        Ok(())
    }
}

/// Forgets all results. What was written beside the database does not go away with them.
pub(super) fn forget(store: &mut Store) -> Result<(), StoreError> {
    let [copies, notices, summaries] = Kind::NOTES;
    store.forget(&[copies, notices, summaries, SUMMARY])
}

/// Whether the run that made the database wrote this summary beside it. Something else may have
/// taken its name meanwhile: the file tells too.
fn is_own(database: &Path, summary: &Path) -> bool {
    let noted = Store::read_only(database).and_then(|store| store.note(SUMMARY));
    let is_noted = match noted {
        Ok(noted) => noted.is_some_and(|noted| summary.extension() == Some(noted.as_ref())),
        // Another run has it open, which opening it will tell.
        Err(error) => matches!(error, StoreError::Busy),
    };
    is_noted && File::open(summary).is_ok_and(|file| summary::is_summary(BufReader::new(file)))
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_string_lossy().to_lowercase())
}

/// Whether a database that cannot be opened for this will never be opened again.
fn is_useless(error: &StoreError) -> bool {
    match error {
        StoreError::Schema { .. } | StoreError::Damaged(_) => true,
        StoreError::Sqlite(error) => {
            error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
        }
        StoreError::Foreign | StoreError::Busy | StoreError::Stopped => false,
    }
}
