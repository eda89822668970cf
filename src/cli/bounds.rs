//! What one file may cost, as the flags say.

use std::time::Duration;

use clap::{Arg, ArgMatches, value_parser};
use gouji::contain::Bounds;
use gouji::lang::Lang;

const SECONDS: &str = "max-seconds";
const MEMORY: &str = "max-memory";

/// How long a file may take.
pub(super) fn seconds(lang: Lang) -> Arg {
    bound(SECONDS, lang).help(lang.pick(
        "一份文件最多处理几秒（默认 8）",
        "Seconds that a file may take (default: 8)",
    ))
}

/// How much memory a file may take.
pub(super) fn memory(lang: Lang) -> Arg {
    bound(MEMORY, lang).help(lang.pick(
        "处理一份文件最多用多少内存，MiB（默认 512）",
        "MiB of memory that a file may take (default: 512)",
    ))
}

fn bound(name: &'static str, lang: Lang) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("N")
        .value_parser(value_parser!(u32).range(1..))
        .help_heading(lang.pick("读取上限", "Limits of reading"))
        .hide_short_help(true)
}

/// The bounds as the flags say; those that the command does not have are the usual ones.
pub(super) fn bounds(matches: &ArgMatches) -> Bounds {
    let said = |name| matches.try_get_one::<u32>(name).ok().flatten().copied();
    let usual = Bounds::default();
    Bounds {
        time: said(SECONDS).map_or(usual.time, |seconds| {
            Duration::from_secs(u64::from(seconds))
        }),
        memory: said(MEMORY).map_or(usual.memory, u64::from),
    }
}
