//! `gouji merge`: the databases of several bulk runs as one.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ArgMatches;
use gouji::batch::store::{Finished, MergeError, PARTIAL};
use gouji::lang::Lang;
use gouji::report::printable;

use super::ledger::Ledger;
use super::outputs::{KEY, Outputs, forget};
use super::{code, inputs};

/// Runs `merge`.
pub(in crate::cli) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::super::catalog(matches, lang)?;
    let outputs = Outputs::of(matches, catalog, lang)?;
    if outputs.database.is_none() {
        anyhow::bail!(lang.pick(
            "请用 -o 写明汇总表，如 -o 汇总.xlsx",
            "name the summary workbook with -o, such as -o summary.xlsx",
        ));
    }
    let given: Vec<&PathBuf> = matches.get_many("path").into_iter().flatten().collect();
    let inputs = inputs(given.iter().copied(), matches);
    let (mut key, mut partial) = (None, false);
    let mut others = Vec::new();
    for path in &given {
        let said = || not_merged(path, lang);
        // Before anything is written: an earlier result is not given up for nothing.
        let other = Finished::open(path).with_context(said)?;
        let own = other
            .store()
            .note(KEY)
            .with_context(said)?
            .unwrap_or_default();
        partial |= other.store().note(PARTIAL).with_context(said)?.is_some();
        if *key.get_or_insert_with(|| own.clone()) != own {
            return Err(MergeError::Unlike).with_context(said);
        }
        others.push(other);
    }
    let replaced = replaced(&others, lang)?;
    let is_new = outputs
        .database
        .as_deref()
        .is_some_and(|path| !path.exists());
    let mut store = outputs.open(false, &inputs, &key.unwrap_or_default())?;
    let ledger =
        Ledger::open(outputs.database.as_deref(), &store).with_context(|| outputs.not_kept())?;
    if partial {
        store.set_note(PARTIAL, "1")?;
    }
    for other in others {
        let merged = store.merge(&other).map_err(|error| {
            // What is read takes no room.
            let said = match error.is_full() {
                true => outputs.not_kept(),
                false => not_merged(other.path(), lang),
            };
            anyhow::Error::new(error).context(said)
        });
        if let Err(error) = merged {
            // Half of them is no result.
            if is_new || forget(&mut store).is_err() {
                drop(store);
                outputs.remove_database();
            }
            return Err(error);
        }
    }
    let tally = store.tally()?;
    outputs.settle(&mut store, catalog)?;
    let standing = outputs.write(&store, catalog, &inputs, &ledger)?;
    store.close()?;
    ledger.end();
    outputs.say(tally, standing, false)?;
    if let Some((path, count)) = replaced {
        let path = printable(&path);
        let said = match lang {
            Lang::Zh => format!(
                "有 {count} 个文件几个数据库里都有而内容不同，以写在最后的为准，如「{path}」。"
            ),
            Lang::En => format!(
                "{count} files stand in several databases with other contents, {path} for one; \
                 the last one counts."
            ),
        };
        writeln!(anstream::stderr(), "{said}")?;
    }
    Ok(code(tally, standing))
}

/// One of the files that stand in several databases with other contents, and how many there are.
/// A file of another unit is not the same file, corrected.
fn replaced(others: &[Finished], lang: Lang) -> anyhow::Result<Option<(String, usize)>> {
    let mut known: HashMap<String, (Option<String>, String)> = HashMap::new();
    let mut replaced: Option<(String, usize)> = None;
    for other in others {
        let looked = other.store().each_content(|(path, hash, unit)| {
            let before = known.insert(path.clone(), (hash.clone(), unit.clone()));
            let Some((_, unit_before)) = before.filter(|before| before.0 != hash) else {
                return Ok(());
            };
            let is_known = !unit.is_empty() && !unit_before.is_empty();
            if is_known && unit != unit_before {
                return Err(MergeError::Clash(path));
            }
            replaced.get_or_insert((path, 0)).1 += 1;
            Ok(())
        });
        looked.with_context(|| not_merged(other.path(), lang))?;
    }
    Ok(replaced)
}

fn not_merged(path: &Path, lang: Lang) -> String {
    let path = path.display();
    match lang {
        Lang::Zh => {
            format!("「{path}」合不进来：要用同一版程序、同样的表样和选项核对、并且核对完的数据库")
        }
        Lang::En => format!(
            "cannot merge {path}: it must be the database of a whole run of the same program, forms and options"
        ),
    }
}
