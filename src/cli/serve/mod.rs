//! `gouji serve`: the page for a whole office, and an API for other programs. Nothing is kept;
//! what is written on the screen names no file and no unit.

mod answer;
mod guard;
mod pace;
mod room;
mod routes;
mod server;
mod shares;
#[cfg(test)]
mod trial;
mod work;

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use clap::{Arg, ArgMatches, Command, value_parser};
use gouji::lang::Lang;

use super::bounds::bounds;
use super::screen::screen;
use super::{FINE, workers};
use guard::Guard;
use room::Room;
use routes::Office;
use server::Limits;
use work::Work;

/// What the page is called that lies beside the program.
const PAGE: &str = "gouji.html";

/// How long a file may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// The flags.
pub(super) fn arguments(lang: Lang) -> Command {
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let heading = say("选项", "Options");
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .help_heading(heading)
            .help(help)
    };
    Command::new("serve")
        .about(say(
            "在本机开一个小服务：核对网页和接口（默认只有本机能用）",
            "Serve the page and an API (to this machine only, unless told otherwise)",
        ))
        .arg(
            flag(
                "listen",
                "ADDRESS",
                say(
                    "在哪个地址上等（默认 127.0.0.1:8750；全办公室用写 0.0.0.0:8750）",
                    "Where to listen (default: 127.0.0.1:8750; 0.0.0.0:8750 for a whole office)",
                ),
            )
            .value_parser(value_parser!(SocketAddr))
            .default_value("127.0.0.1:8750")
            .hide_default_value(true),
        )
        .arg(
            flag(
                "name",
                "HOST",
                say(
                    "别人用什么主机名访问（IP 地址和 localhost 不必写）",
                    "A host name by which it is reached (addresses and localhost need none)",
                ),
            )
            .action(clap::ArgAction::Append),
        )
        .arg(
            flag(
                "page",
                "FILE",
                say(
                    "网页文件（默认是程序旁边的 gouji.html）",
                    "The page (default: gouji.html beside the program)",
                ),
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            flag(
                "jobs",
                "N",
                say(
                    "同时核对几份（默认用满处理器）",
                    "Files checked at a time (default: all cores)",
                ),
            )
            .value_parser(value_parser!(u16).range(1..=256)),
        )
}

/// Runs `serve`, until it is told to stop.
pub(super) fn run(matches: &ArgMatches, args: &[OsString], lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let options = super::check::options(matches, catalog, lang)?;
    if workers::is_worker(matches) {
        return workers::run(matches, |asked| answer::answer(catalog, &options, &asked));
    }
    server::reach_for_handles();
    let bounds = bounds(matches);
    let page = page(matches, lang)?;
    let address = matches
        .get_one::<SocketAddr>("listen")
        .copied()
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8750)));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = matches
        .get_one::<u16>("jobs")
        .map_or(cores, |jobs| usize::from(*jobs));
    let names = matches.get_many::<String>("name").into_iter().flatten();
    let file_bytes = usize::try_from(options.limits.file_bytes).unwrap_or(usize::MAX);
    let office = Arc::new(Office {
        guard: Guard::new(names.cloned()),
        work: Work::new(jobs, PATIENCE),
        room: Room::new(file_bytes),
        file_bytes,
        workers: workers::start(args, bounds, lang)?,
        catalog,
        options,
        page,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(jobs + 1)
        .build()?;
    let served = runtime.block_on(async {
        let listener = server::listen(address).with_context(|| match lang {
            Lang::Zh => format!("不能在 {address} 上开服务；请用 --listen 换一个地址或端口"),
            Lang::En => format!("cannot listen on {address}; name another with --listen"),
        })?;
        let address = listener.local_addr()?;
        match lang {
            Lang::Zh => writeln!(screen(), "核对网页：http://{address}/（按 Ctrl-C 停止）")?,
            Lang::En => writeln!(screen(), "The page: http://{address}/ (Ctrl-C stops it)")?,
        }
        let stop = server::told_to_stop();
        server::serve(listener, routes::routes(office), Limits::default(), stop).await;
        Ok(FINE)
    });
    // What is at work still is not waited for.
    runtime.shutdown_background();
    served
}

/// The page, if there is one: the API works without it.
fn page(matches: &ArgMatches, lang: Lang) -> anyhow::Result<Option<Bytes>> {
    let said = |path: &PathBuf| match lang {
        Lang::Zh => format!("网页「{}」读不出来", path.display()),
        Lang::En => format!("cannot read the page {}", path.display()),
    };
    let read = |path: &PathBuf| -> std::io::Result<Bytes> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::fs::File::open(path)?, &mut bytes)?;
        Ok(bytes.into())
    };
    if let Some(path) = matches.get_one::<PathBuf>("page") {
        return Ok(Some(read(path).with_context(|| said(path))?));
    }
    let beside = std::env::current_exe()
        .ok()
        .map(|path| path.with_file_name(PAGE));
    match beside.filter(|path| path.exists()) {
        Some(path) => Ok(Some(read(&path).with_context(|| said(&path))?)),
        None => Ok(None),
    }
}
