//! The flags of `batch` and `merge`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};
use gouji::lang::Lang;

/// `batch`, without the flags that it shares with `check`.
pub(in crate::cli) fn batch(lang: Lang) -> Command {
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let file = |name: &'static str, zh, en| path(name, "FILE", lang).help(say(zh, en));
    let folder = |name: &'static str, zh, en| path(name, "DIR", lang).help(say(zh, en));
    let command = Command::new("batch")
        .about(say(
            "批量核对：一个文件夹的报送，一份汇总表",
            "Check a folder of submissions into one summary workbook",
        ))
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help_heading(say("参数", "Arguments"))
                .help(say(
                    "放报送文件的文件夹，或工作簿、压缩包",
                    "Folders of submissions, workbooks, archives",
                )),
        )
        .arg(file(
            "files-from",
            "从这个文件读路径，一行一个；「-」是标准输入",
            "Read paths from this file, one a line; - is standard input",
        ))
        .group(
            ArgGroup::new("given")
                .args(["path", "files-from"])
                .required(true)
                .multiple(true),
        );
    outputs(command, lang)
        .arg(file(
            "last-year",
            "上年批量核对的数据库（.db），核对上年决算（GJ711）",
            "Database of last year's run, to compare last year's outturn (GJ711)",
        ))
        .arg(folder(
            "marked",
            "把标好的工作簿写到这个文件夹",
            "Write marked copies into this folder",
        ))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["ndjson", "csv"])
                .hide_possible_values(true)
                .help_heading(say("选项", "Options"))
                .help(say(
                    "另外输出到屏幕：ndjson 一行一个文件，csv 一行一处",
                    "Also print: ndjson one line a file, csv one line a finding",
                )),
        )
        .arg(
            Arg::new("threads")
                .long("threads")
                .value_name("N")
                .value_parser(value_parser!(u16).range(1..=1024))
                .help_heading(say("选项", "Options"))
                .help(say(
                    "同时核对几份（默认用满处理器）",
                    "How many files at a time (default: all cores)",
                )),
        )
        .arg(
            Arg::new("resume")
                .long("resume")
                .action(ArgAction::SetTrue)
                .conflicts_with("force")
                .help_heading(say("选项", "Options"))
                .help(say(
                    "接着上次：没有变的文件不重读，汇总表换成新的",
                    "Go on from the last run: unchanged files are not read again",
                )),
        )
}

/// `merge`.
pub(in crate::cli) fn merge(lang: Lang) -> Command {
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let command = Command::new("merge")
        .about(say(
            "把几次批量核对的数据库合成一份汇总",
            "Merge the databases of several bulk runs",
        ))
        .arg(
            Arg::new("path")
                .value_name("DB")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help_heading(say("参数", "Arguments"))
                .help(say("数据库（.db）", "Databases (.db)")),
        );
    outputs(command, lang)
}

/// What both write.
fn outputs(command: Command, lang: Lang) -> Command {
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    command
        .arg(path("output", "FILE", lang).short('o').help(say(
            "汇总表（.xlsx），数据库（.db）放在它旁边；写 .db 就只要数据库",
            "Summary workbook (.xlsx), its database (.db) beside it; .db for the database alone",
        )))
        .arg(path("roster", "FILE", lang).help(say(
            "单位名册（Excel 或 CSV）：谁没报、重报、名称不符，预算与批复是否一致",
            "Roster (Excel or CSV): who is missing, approved budgets",
        )))
        .arg(path("notices", "DIR", lang).help(say(
            "每个单位写一份退回通知，放到这个文件夹",
            "Write a notice for each unit into this folder",
        )))
        .arg(
            Arg::new("deadline")
                .long("deadline")
                .value_name("DATE")
                .value_parser(value_parser!(jiff::civil::Date))
                .requires("notices")
                .help_heading(say("选项", "Options"))
                .help(say(
                    "退回通知里的重报期限，如 2024-04-30",
                    "By when corrections are due, such as 2024-04-30",
                )),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help_heading(say("选项", "Options"))
                .help(say(
                    "从头来，覆盖已有的结果",
                    "Start anew and overwrite earlier results",
                )),
        )
}

fn path(name: &'static str, value: &'static str, lang: Lang) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .value_parser(value_parser!(PathBuf))
        .help_heading(lang.pick("选项", "Options"))
}
