//! `gouji merge`: the databases of several bulk runs as one.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ArgMatches;
use gouji::batch::store::{Finished, MergeError, PARTIAL};
use gouji::lang::Lang;

use super::outputs::{KEY, Outputs};
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
    let mut store = outputs.open(false, &inputs, &key.unwrap_or_default())?;
    if partial {
        store.set_note(PARTIAL, "1")?;
    }
    for other in others {
        let merged = store.merge(&other);
        let merged = merged.with_context(|| not_merged(other.path(), lang));
        if let Err(error) = merged {
            // Half of them is no result.
            drop(store);
            outputs.remove_database();
            return Err(error);
        }
    }
    let tally = store.tally()?;
    outputs.settle(&mut store, catalog)?;
    let standing = outputs.write(&store, catalog, &inputs)?;
    store.close()?;
    outputs.say(tally, standing, false)?;
    Ok(code(tally, standing))
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
