//! Notices of a bulk run: one file a unit.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::batch::store::{Store, StoreError, UnitRow};
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::notice::{self, Notice, Terms};
use jiff::civil::Date;

use crate::cli::inputs::Inputs;
use crate::cli::output::Draft;
use crate::cli::{names, output};

/// The note under which the database keeps which notices were written.
pub(super) const WRITTEN: &str = "notices";

/// Letters of a unit's name in the name of its file.
const LONGEST_UNIT: usize = 50;

/// Where notices go.
pub(super) struct Notices {
    folder: PathBuf,
    deadline: Option<Date>,
    force: bool,
    lang: Lang,
}

impl Notices {
    /// What the flags ask for.
    pub(super) fn of(
        matches: &ArgMatches,
        may_overwrite: bool,
        lang: Lang,
    ) -> anyhow::Result<Option<Self>> {
        let Some(folder) = matches.get_one::<PathBuf>("notices") else {
            return Ok(None);
        };
        let is_empty = std::fs::read_dir(folder).map_or(true, |mut all| all.next().is_none());
        if !is_empty && !may_overwrite {
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
            force: may_overwrite,
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
    ) -> anyhow::Result<usize> {
        let said = || match self.lang {
            Lang::Zh => format!("退回通知没有写完（「{}」）", self.folder.display()),
            Lang::En => format!("not all notices were written ({})", self.folder.display()),
        };
        self.written(store, catalog, inputs).with_context(said)
    }

    fn written(&self, store: &Store, catalog: &Catalog, inputs: &Inputs) -> anyhow::Result<usize> {
        std::fs::create_dir_all(&self.folder)?;
        let folder = std::path::absolute(&self.folder)?;
        let terms = Terms {
            lang: self.lang,
            year: year(store, catalog)?,
            deadline: self.deadline,
            date: jiff::Zoned::now().date(),
        };
        let before = noted(store)?;
        // Noted before they are written: what a killed run leaves is known as well.
        let mut noted: HashSet<PathBuf> = before.iter().cloned().collect();
        let mut taken = HashSet::new();
        let mut plan = Vec::new();
        store.each_unit(|unit| {
            let notice = Notice::to(&unit, store, self.lang)?;
            if let Some(notice) = notice {
                plan.push((
                    unit.id,
                    folder.join(file_name(&unit, &notice, self.lang, &mut taken)),
                ));
            }
            Ok::<_, anyhow::Error>(())
        })?;
        noted.iter().for_each(|path| output::clear_draft_of(path));
        noted.extend(plan.iter().map(|(_, path)| path.clone()));
        note(store, noted)?;
        let mut paths = plan.iter();
        store.each_unit(|unit| {
            if let Some(notice) = Notice::to(&unit, store, self.lang)?
                && let Some((_, path)) = paths.next()
            {
                // What lies in the folder was seen to be notices before.
                inputs.spare_unless(path, |_| true, self.lang)?;
                self.put(&notice, &terms, path)?;
            }
            Ok::<_, anyhow::Error>(())
        })?;
        let now: HashSet<PathBuf> = plan.into_iter().map(|(_, path)| path).collect();
        for stale in before.iter().filter(|path| !now.contains(*path)) {
            // Of another folder it is somebody else's by now.
            if stale.parent() == Some(&folder) && stale.is_file() {
                std::fs::remove_file(stale)?;
            }
        }
        let count = now.len();
        note(store, now)?;
        Ok(count)
    }

    fn put(&self, notice: &Notice, terms: &Terms, path: &Path) -> anyhow::Result<()> {
        let mut draft = Draft::create(path, self.force, self.lang)?;
        notice::write(notice, terms, &mut draft)?;
        Ok(draft.finish()?)
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The notices that the database lists.
pub(super) fn noted(store: &Store) -> Result<Vec<PathBuf>, StoreError> {
    let list = store.note(WRITTEN)?;
    Ok(list.map_or_else(Vec::new, |list| {
        serde_json::from_str(&list).unwrap_or_default()
    }))
}

fn note(store: &Store, paths: HashSet<PathBuf>) -> anyhow::Result<()> {
    let mut paths: Vec<PathBuf> = paths.into_iter().collect();
    paths.sort();
    Ok(store.set_note(WRITTEN, &serde_json::to_string(&paths)?)?)
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
