//! Processes that work for this one: the same command line once more, told to be a worker, so that
//! all its options hold there too.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use clap::{Arg, ArgAction, ArgMatches};
use gouji::contain::{Bounds, Message, Workers, work};
use gouji::lang::Lang;

use super::bounds::bounds;
use super::{FINE, memory};

const WORKER: &str = "worker";

/// Says that this process is a worker. Nobody types it.
pub(super) fn flag() -> Arg {
    Arg::new(WORKER)
        .long(WORKER)
        .action(ArgAction::SetTrue)
        .global(true)
        .hide(true)
}

/// Whether this process is a worker.
pub(super) fn is_worker(matches: &ArgMatches) -> bool {
    matches.get_flag(WORKER)
}

/// Works until there is nothing more to do.
pub(super) fn run(
    matches: &ArgMatches,
    answer: impl FnMut(Message) -> Message,
) -> anyhow::Result<u8> {
    let bounds = bounds(matches);
    memory::bound(bounds.memory);
    work(bounds, answer)?;
    Ok(FINE)
}

/// Workers with the options of `args`, the whole command line.
pub(super) fn start(args: &[OsString], bounds: Bounds, lang: Lang) -> anyhow::Result<Workers> {
    let args = args.to_vec();
    let command = move || {
        let mut command = Command::new(program()?);
        command.arg(format!("--{WORKER}"));
        command.args(args.iter().skip(1));
        Ok(command)
    };
    Workers::start(bounds, command).with_context(|| {
        lang.pick(
            "核对用的进程启动不了；请检查杀毒软件或系统的限制",
            "cannot start the processes that check; see what the system or a virus scanner forbids",
        )
    })
}

/// This program, even where another version has been put in its place meanwhile.
fn program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
}
