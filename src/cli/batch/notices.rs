//! Notices of a bulk run: one file a unit.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::batch::store::{Store, UnitRow};
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::notice::{self, Notice, Terms};
use gouji::report::printable;
use jiff::civil::Date;

use super::ledger::{AsWritten, Kind, Ledger, Noted};
use super::outputs::Overwrite;
use super::written::{Aside, make_room};
use crate::cli::inputs::Inputs;
use crate::cli::{names, output};

/// Letters of a unit's name in the name of its file.
const LONGEST_UNIT: usize = 50;

/// Where notices go.
pub(super) struct Notices {
    folder: PathBuf,
    deadline: Option<Date>,
    overwrite: Overwrite,
    lang: Lang,
}

impl Notices {
    /// What the flags ask for.
    pub(super) fn of(
        matches: &ArgMatches,
        overwrite: Overwrite,
        lang: Lang,
    ) -> anyhow::Result<Option<Self>> {
        let Some(folder) = matches.get_one::<PathBuf>("notices") else {
            return Ok(None);
        };
        let is_empty = std::fs::read_dir(folder).map_or(true, |mut all| all.next().is_none());
        if !is_empty && !overwrite.is_allowed() {
            let folder = folder.display();
            match lang {
                Lang::Zh => bail!(
                    "「{folder}」里已经有文件；请换一个空文件夹，或加 --resume、--force 换掉上次的通知"
                ),
                Lang::En => bail!(
                    "{folder} is not empty; name another folder, or add --resume or --force to replace earlier notices"
                ),
            }
        }
        Ok(Some(Self {
            folder: folder.clone(),
            deadline: matches.get_one::<Date>("deadline").copied(),
            overwrite,
            lang,
        }))
    }

    /// Writes the notices; those of the last run that nobody needs any more are removed. How many
    /// were written.
    pub(super) fn write(
        &self,
        store: &Store,
        catalog: &Catalog,
        inputs: &Inputs,
        ledger: &Ledger,
    ) -> anyhow::Result<usize> {
        let said = || match self.lang {
            Lang::Zh => format!("退回通知没有写完（「{}」）", self.folder.display()),
            Lang::En => format!("not all notices were written ({})", self.folder.display()),
        };
        self.written(store, catalog, inputs, ledger)
            .with_context(said)
    }

    fn written(
        &self,
        store: &Store,
        catalog: &Catalog,
        inputs: &Inputs,
        ledger: &Ledger,
    ) -> anyhow::Result<usize> {
        output::make_folder(&self.folder, self.lang)?;
        let folder = self.folder.canonicalize()?;
        let terms = Terms {
            lang: self.lang,
            year: year(store, catalog)?,
            deadline: self.deadline,
            date: jiff::Zoned::now().date(),
        };
        let before = ledger.noted(store, Kind::Notice)?;
        let mut taken = HashSet::new();
        let mut plan = Vec::new();
        store.each_unit(|unit| {
            let notice = Notice::to(&unit, store, self.lang)?;
            if let Some(notice) = notice {
                plan.push(folder.join(file_name(&unit, &notice, self.lang, &mut taken)));
            }
            Ok::<_, anyhow::Error>(())
        })?;
        let mut now = Noted::new();
        let mut paths = plan.iter();
        store.each_unit(|unit| {
            if let Some(notice) = Notice::to(&unit, store, self.lang)?
                && let Some(path) = paths.next()
            {
                // Whatever is there gets another name, unless it is ours.
                inputs.spare_unless(path, |_| true, self.lang)?;
                let (written, aside) = self.put(&notice, &terms, path, &before, ledger)?;
                now.insert(path.clone(), written);
                if let Some(aside) = aside {
                    let said = aside.words(path, self.lang);
                    writeln!(anstream::stderr(), "{}", printable(&said))?;
                    now.insert(aside.path, AsWritten::default());
                }
            }
            Ok::<_, anyhow::Error>(())
        })?;
        for (path, written) in &before {
            if now.contains_key(path) {
                continue;
            }
            // Of another folder it is somebody else's to remove, and so is one that was written into.
            if path.parent() == Some(&folder) && written.is_at(path) {
                std::fs::remove_file(path)?;
            } else if path.is_file() {
                now.insert(path.clone(), written.clone());
            }
        }
        ledger.note(store, Kind::Notice, &now.iter().collect())?;
        Ok(plan.len())
    }

    /// Writes a notice; tells what was written, and where what was there is now.
    fn put(
        &self,
        notice: &Notice,
        terms: &Terms,
        path: &Path,
        before: &Noted,
        ledger: &Ledger,
    ) -> anyhow::Result<(AsWritten, Option<Aside>)> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        notice::write(notice, terms, &mut bytes)?;
        let bytes = bytes.into_inner();
        let aside = match self.overwrite {
            Overwrite::Own => make_room(ledger, Kind::Notice, path, before.get(path), self.lang)?,
            Overwrite::Nothing | Overwrite::All => None,
        };
        let written = AsWritten::of(&bytes, "");
        ledger.list(Kind::Notice, path, &written)?;
        output::write(path, &bytes, self.overwrite.is_allowed(), self.lang)?;
        Ok((written, aside))
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The year of all filings, where it is one.
fn year(store: &Store, catalog: &Catalog) -> anyhow::Result<Option<i32>> {
    let forms = store.forms()?;
    let years = forms.iter().filter_map(|form| catalog.form(form));
    let years: HashSet<i32> = years.map(|form| form.year).collect();
    Ok(match years.len() {
        1 => years.into_iter().next(),
        _ => None,
    })
}

fn file_name(unit: &UnitRow, notice: &Notice, lang: Lang, taken: &mut HashSet<String>) -> String {
    let name = match (unit.name.as_str(), notice.files.first()) {
        ("", Some(file)) => file.rsplit_once('.').map_or(&**file, |(stem, _)| stem),
        (name, _) => name,
    };
    let name = names::clean(name, LONGEST_UNIT);
    names::of_unit(&format!("{name} {}", notice.kind.name(lang)), "xlsx", taken)
}
