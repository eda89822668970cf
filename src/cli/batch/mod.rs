//! `gouji batch` and `gouji merge`: many submissions, one database, one summary workbook.

pub(super) mod arguments;
mod ledger;
mod marked;
mod merge;
mod notices;
mod outputs;
mod progress;
mod streams;
mod written;

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use anyhow::{Context, bail};
use clap::ArgMatches;
use gouji::batch::store::PARTIAL;
use gouji::batch::{Examiner, KeepCopy, LastYearStore, Run, RunError, Sources, Tally, answer};
use gouji::catalog::Catalog;
use gouji::check::LastYear;
use gouji::lang::Lang;
use gouji::read::plain_text;
use gouji::review::Options;

use ledger::Ledger;
use marked::Copies;
pub(super) use merge::run as merge;
use outputs::{Outputs, Standing};
use progress::Bar;
use streams::Stream;

use super::bounds::bounds;
use super::inputs::Inputs;
use super::{FINE, TO_CORRECT, TROUBLE, check, screen, trouble, workers};

/// The most bytes of a list of files: some million paths.
const LONGEST_LIST: u64 = 64 << 20;

/// Runs `batch`.
pub(super) fn run(matches: &ArgMatches, args: &[OsString], lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let mut options = check::options(matches, catalog, lang)?;
    let last_year = match matches.get_one::<PathBuf>("last-year") {
        Some(path) => Some(last_year(path, lang)?),
        None => None,
    };
    options.last_year = last_year.as_ref().map(|(store, _)| Arc::clone(store));
    if workers::is_worker(matches) {
        return workers::run(matches, |asked| answer(catalog, &options, &asked));
    }
    let format = matches.get_one::<String>("format").map(String::as_str);
    let outputs = Outputs::of(matches, catalog, lang)?;
    if matches.get_flag("resume") && outputs.database.is_none() {
        bail!(lang.pick(
            "--resume 接着上次的汇总核对，请用 -o 写明是哪一份，如 -o 汇总.xlsx",
            "--resume goes on from an earlier run; name it with -o, such as -o summary.xlsx",
        ));
    }
    if outputs.database.is_none() && format.is_none() {
        bail!(lang.pick(
            "请用 -o 写明汇总表，如 -o 汇总.xlsx",
            "name the summary workbook with -o, such as -o summary.xlsx",
        ));
    }
    let digest = last_year.map(|(_, digest)| digest);
    let key = key(catalog, &options) + &digest.unwrap_or_default();
    are_there(matches, lang)?;
    let given = given(matches, lang)?;
    let inputs = inputs(&given, matches);
    spare_folders(&inputs, &outputs, matches, lang)?;
    let mut store = outputs.open(matches.get_flag("resume"), &inputs, &key)?;
    if options.selection.is_partial() {
        store.set_note(PARTIAL, "1")?;
    }
    let ledger =
        Ledger::open(outputs.database.as_deref(), &store).with_context(|| outputs.not_kept())?;
    let copies = matches
        .get_one::<PathBuf>("marked")
        .map(|folder| Copies::new(folder, &inputs, outputs.overwrite, &store, &ledger, lang))
        .transpose()?;
    let workers = workers::start(args, bounds(matches), lang)?;
    let mut own = outputs.own(matches);
    let among = ledger.among(&store, &inputs);
    own.extend(among.with_context(|| outputs.not_kept())?);
    let sources = Sources::new(given, own, options.limits);
    let bar = Bar::new(|| sources.total(), lang);
    let stop = stop_on_interrupt()?;
    let threads = threads(matches);
    // The summary is made on as many; of several runs in one program the first says how many.
    let _ = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global();
    let run = Run {
        examiner: Examiner {
            catalog,
            options,
            copies: copies.as_ref().map(|copies| copies as &dyn KeepCopy),
            workers: Some(&workers),
        },
        sources,
        threads,
        stop,
    };
    let mut stream = Stream::new(
        format,
        Box::new(screen::plain()),
        outputs.database.is_some(),
    )?;
    let tally = run.files(&mut store, &mut |store, outcomes, tally| {
        bar.show(tally);
        stream.put(store, outcomes)
    });
    let tally = match tally {
        Ok(tally) => tally,
        Err(RunError::Told(error)) => {
            bar.end();
            return Err(error);
        }
        Err(RunError::Store(error)) => {
            bar.end();
            return Err(error).with_context(|| outputs.not_kept());
        }
        Err(error) => {
            bar.end();
            return Err(error).context(lang.pick("核对没有做完", "the run did not end"));
        }
    };
    if tally.stopped {
        bar.end();
        if let Some(copies) = &copies {
            copies.note(&store)?;
        }
        store.close()?;
        ledger.end();
        bail!(stopped(tally, outputs.database.is_some(), lang));
    }
    store.end_when(stop);
    bar.say(lang.pick("汇总", "summary"));
    outputs.settle(&mut store, catalog)?;
    stream.end(&store)?;
    let standing = outputs.write(&store, catalog, &inputs, &ledger)?;
    if let Some(copies) = &copies {
        copies.end(&store)?;
    }
    store.close()?;
    ledger.end();
    bar.end();
    outputs.say(tally, standing, format.is_some())?;
    let failed = match &copies {
        Some(copies) => copies.say()?,
        None => 0,
    };
    Ok(if failed > 0 {
        TROUBLE
    } else {
        code(tally, standing)
    })
}

fn code(tally: Tally, standing: Standing) -> u8 {
    let unchecked = tally.unread + tally.unrecognised;
    match (unchecked, tally.to_correct + standing.missing) {
        (0, 0) => FINE,
        (0, _) => TO_CORRECT,
        _ => TROUBLE,
    }
}

fn stopped(tally: Tally, kept: bool, lang: Lang) -> String {
    let files = tally.files;
    match (lang, kept) {
        (Lang::Zh, true) => {
            format!("已停下，核对了 {files} 份，结果都在；同样的命令加 --resume 接着核对")
        }
        (Lang::Zh, false) => format!("已停下，核对了 {files} 份"),
        (Lang::En, true) => {
            format!("stopped after {files} files, which are kept; add --resume to go on")
        }
        (Lang::En, false) => format!("stopped after {files} files"),
    }
}

/// What results depend on beside the file: where it has changed, nothing that was kept holds.
fn key(catalog: &Catalog, options: &Options) -> String {
    format!(
        "{} {} {:?} {:?} {:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        catalog.digest,
        options.form,
        options.limits,
        options.lang,
        options.selection,
    )
}

/// Last year's database, and what tells it from another.
fn last_year(path: &Path, lang: Lang) -> anyhow::Result<(Arc<dyn LastYear>, String)> {
    let said = || match lang {
        Lang::Zh => format!(
            "上年的数据库「{}」用不了：要是 gouji batch 核对完的数据库（.db）",
            path.display()
        ),
        Lang::En => format!(
            "cannot use last year's database {}: it must be that of a whole gouji batch",
            path.display()
        ),
    };
    let store = LastYearStore::open(path).with_context(said)?;
    let digest = store.digest().with_context(said)?;
    Ok((Arc::new(store), format!(" {digest}")))
}

/// Refuses a path of the command line at which there is nothing: what is mistyped holds no
/// submissions, and going on would throw away all that is known of those that are meant. One in a
/// list is a file that was not read.
fn are_there(matches: &ArgMatches, lang: Lang) -> anyhow::Result<()> {
    for path in matches.get_many::<PathBuf>("path").into_iter().flatten() {
        let Err(error) = std::fs::metadata(path) else {
            continue;
        };
        let (path, cause) = (path.display(), trouble::system(&error, lang));
        match lang {
            Lang::Zh => bail!("「{path}」读不了：{cause}；请核对路径"),
            Lang::En => bail!("cannot read {path}: {cause}; check the path"),
        }
    }
    Ok(())
}

/// The files and folders to be checked.
fn given(matches: &ArgMatches, lang: Lang) -> anyhow::Result<Vec<PathBuf>> {
    let given = matches.get_many::<PathBuf>("path").into_iter().flatten();
    let mut given: Vec<PathBuf> = given.cloned().collect();
    if let Some(list) = matches.get_one::<PathBuf>("files-from") {
        let mut bytes = Vec::new();
        let mut whole = |list: &mut dyn Read| list.take(LONGEST_LIST + 1).read_to_end(&mut bytes);
        let read = match list.to_str() {
            Some("-") => whole(&mut io::stdin()),
            _ => std::fs::File::open(list).and_then(|mut file| whole(&mut file)),
        };
        let read = read.with_context(|| match lang {
            Lang::Zh => format!("文件清单「{}」读不出来", list.display()),
            Lang::En => format!("cannot read the list {}", list.display()),
        })?;
        if read as u64 > LONGEST_LIST {
            let (list, most) = (list.display(), LONGEST_LIST >> 20);
            match lang {
                Lang::Zh => bail!(
                    "文件清单「{list}」太大，超过 {most} MiB；要一行一个路径的文本，太长请分成几份，核对后用 gouji merge 合并"
                ),
                Lang::En => bail!(
                    "the list {list} has more than {most} MiB; it must be text of one path a line: split a longer one and join the results with gouji merge"
                ),
            }
        }
        let text = plain_text(&bytes).with_context(|| match lang {
            Lang::Zh => format!("文件清单「{}」不是文本", list.display()),
            Lang::En => format!("the list {} is no text", list.display()),
        })?;
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        given.extend(lines.filter(|line| !line.is_empty()).map(PathBuf::from));
    }
    Ok(given)
}

/// All that a run reads: the files and folders, and what its flags name.
fn inputs<'a>(given: impl IntoIterator<Item = &'a PathBuf>, matches: &'a ArgMatches) -> Inputs {
    let named = ["roster", "last-year", "files-from"]
        .into_iter()
        .filter_map(|flag| matches.try_get_one::<PathBuf>(flag).ok().flatten());
    Inputs::of(given.into_iter().chain(named))
}

/// Refuses folders in which results could not be told from what is read: notices in a folder that
/// is read, and copies, which lie as their originals do, around one. One that lies in it is not
/// read, and so must hold no submissions.
fn spare_folders(
    inputs: &Inputs,
    outputs: &Outputs,
    matches: &ArgMatches,
    lang: Lang,
) -> anyhow::Result<()> {
    let folder = |flag| matches.get_one::<PathBuf>(flag);
    let copies = folder("marked").filter(|folder| inputs.reach_into(folder));
    let notices = folder("notices").filter(|folder| inputs.name_folder(folder));
    if let Some(folder) = copies.or(notices) {
        let folder = folder.display();
        match lang {
            Lang::Zh => bail!(
                "「{folder}」就是要读的文件夹，或要读的文件夹在它里面，写进去的会和报送混在一起；请换一个文件夹"
            ),
            Lang::En => bail!(
                "{folder} is read, or holds a folder that is: what is written there would be taken for submissions; name another folder"
            ),
        }
    }
    let inside = ["marked", "notices"].into_iter().filter_map(folder);
    for folder in inside.filter(|folder| inputs.surround(folder)) {
        let Some(stranger) = outputs.stranger(folder, matches) else {
            continue;
        };
        let (folder, stranger) = (folder.display(), stranger.display());
        match lang {
            Lang::Zh => bail!(
                "「{folder}」在要读的文件夹里，其中的「{stranger}」不是上次写的结果，会漏读；请移出来，或给结果换一个文件夹"
            ),
            Lang::En => bail!(
                "{folder} lies in a folder that is read, and {stranger} in it is no result of an earlier run: it would not be read; move it, or name another folder for the results"
            ),
        }
    }
    Ok(())
}

fn threads(matches: &ArgMatches) -> usize {
    let asked = matches.get_one::<u16>("threads").copied().map(usize::from);
    asked.unwrap_or_else(|| available_parallelism().map_or(1, usize::from))
}

/// Set when the user asks to stop; asked again, the program ends at once.
fn stop_on_interrupt() -> anyhow::Result<&'static AtomicBool> {
    static ASKED: AtomicBool = AtomicBool::new(false);
    static LISTENING: OnceLock<()> = OnceLock::new();
    if LISTENING.get().is_none() {
        ctrlc::set_handler(|| {
            if ASKED.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(TROUBLE));
            }
        })?;
        let _ = LISTENING.set(());
    }
    Ok(&ASKED)
}
