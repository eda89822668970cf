//! The commands and their flags, in the language asked for.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};
use gouji::lang::Lang;
use gouji::read::LIMIT_FLAGS;
use gouji::template::MOST_PROJECTS;

use super::bounds::{memory, seconds};

/// The language, before anything else is parsed: help is in it too.
pub(super) fn language(args: &[OsString]) -> Lang {
    let english = |arg: &OsString| arg == "en";
    let by_flag = args
        .windows(2)
        .any(|pair| pair[0] == "--lang" && english(&pair[1]));
    if by_flag || args.iter().any(|arg| arg == "--lang=en") {
        Lang::En
    } else {
        Lang::Zh
    }
}

/// The whole command line.
pub(super) fn command(lang: Lang) -> Command {
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let heading = say("选项", "Options");
    let arguments = say("参数", "Arguments");
    let forms = || {
        Arg::new("forms")
            .long("forms")
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .help_heading(heading)
            .help(say(
                "另外的表样说明所在文件夹",
                "Folder with further form descriptions",
            ))
    };
    let form = || {
        Arg::new("form")
            .long("form")
            .value_name("ID")
            .help_heading(heading)
            .help(say(
                "用哪一套表样核对（默认自动识别）",
                "Form set to check against (default: the one that fits)",
            ))
    };
    let selection = |command: Command| {
        command
            .arg(codes(
                "select",
                heading,
                say(
                    "只做这些检查，如 GJ2,GJ301",
                    "Only these checks, such as GJ2,GJ301",
                ),
            ))
            .arg(codes(
                "ignore",
                heading,
                say("不做这些检查", "Leave out these checks"),
            ))
    };
    let limits = |command: Command| {
        LIMIT_FLAGS.iter().fold(command, |command, limit| {
            command.arg(
                Arg::new(limit.name)
                    .long(limit.name)
                    .value_name("N")
                    .value_parser(value_parser!(u64).range(1..))
                    .help_heading(say("读取上限", "Limits of reading"))
                    .hide_short_help(true)
                    .help(say(limit.zh, limit.en)),
            )
        })
    };
    let check = Command::new("check")
        .about(say(
            "核对工作簿，说明哪里不对、应为多少",
            "Check workbooks and say what is wrong",
        ))
        .arg(paths(
            arguments,
            say("工作簿或文件夹", "Workbooks or folders"),
        ))
        .arg(form())
        .arg(forms())
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["text", "json", "ndjson"])
                .hide_possible_values(true)
                .default_value("text")
                .hide_default_value(true)
                .help_heading(heading)
                .help(say(
                    "输出格式：text（默认）、json、ndjson",
                    "Output: text (default), json, ndjson",
                )),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help_heading(heading)
                .help(say(
                    "写入文件，不写到屏幕",
                    "Write to a file instead of the screen",
                )),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help_heading(heading)
                .help(say(
                    "覆盖已有的输出文件",
                    "Overwrite an existing output file",
                )),
        );
    let fix = Command::new("fix")
        .about(say(
            "核对并另存一份：填好算得出的数，标出不对的格，附差异清单",
            "Check and write a marked copy",
        ))
        .arg(paths(
            arguments,
            say("工作簿或文件夹", "Workbooks or folders"),
        ))
        .arg(form())
        .arg(forms())
        .arg(
            Arg::new("fill")
                .long("fill")
                .value_name("WHICH")
                .value_parser(["blanks", "derived", "all", "none"])
                .hide_possible_values(true)
                .default_value("derived")
                .hide_default_value(true)
                .help_heading(heading)
                .help(say(
                    "填哪些：blanks 只填空格，derived（默认）另改正率和得分，all 连合计也改，none 不填",
                    "What is filled: blanks, derived (default: wrong rates and scores too), all (sums too), none",
                )),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help_heading(heading)
                .help(say(
                    "结果文件，或放结果的文件夹，没有就新建（默认放在原文件旁边）",
                    "The copy, or the folder for the copies, made if need be (default: beside each file)",
                )),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help_heading(heading)
                .help(say("覆盖已有的结果文件", "Overwrite existing copies")),
        );
    let command = Command::new("gouji")
        .version(env!("CARGO_PKG_VERSION"))
        .about(say(
            "勾稽：核对预算绩效自评的附件表格",
            "gouji checks the annex tables of budget self-evaluations",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_name("LANG")
                .value_parser(["zh", "en"])
                .hide_possible_values(true)
                .help_heading(heading)
                .help(say("语言：zh（默认）、en", "Language: zh (default), en")),
        )
        .arg(super::workers::flag())
        .subcommand(limits(selection(check)).arg(seconds(lang)).arg(memory(lang)))
        .subcommand(limits(selection(fix)).arg(seconds(lang)).arg(memory(lang)))
        .subcommand(
            limits(selection(
                super::batch::arguments::batch(lang).arg(form()).arg(forms()),
            ))
            .arg(seconds(lang))
            .arg(memory(lang)),
        )
        .subcommand(super::batch::arguments::merge(lang).arg(forms()))
        .subcommand(
            Command::new("explain")
                .about(say(
                    "说明一条检查：公式、理由、依据",
                    "Explain a check: formula, reason, basis",
                ))
                .arg(
                    Arg::new("code")
                        .value_name("CODE")
                        .required_unless_present("all")
                        .help_heading(arguments)
                        .help(say("编号，如 GJ203", "Code, such as GJ203")),
                )
                .arg(
                    Arg::new("all")
                        .long("all")
                        .action(ArgAction::SetTrue)
                        .help_heading(heading)
                        .help(say("列出全部", "All of them")),
                )
                .arg(form())
                .arg(forms()),
        )
        .subcommand(
            limits(Command::new("inspect")
                .about(say(
                    "看程序在工作簿里找到了什么、读到了什么",
                    "Show what was found and read in a workbook",
                ))
                .arg(paths(arguments, say("工作簿", "Workbooks")))
                .arg(form())
                .arg(forms()))
            .arg(seconds(lang))
            .arg(memory(lang)),
        )
        .subcommand(
            limits(selection(
                super::serve::arguments(lang).arg(form()).arg(forms()),
            ))
            .arg(seconds(lang))
            .arg(memory(lang)),
        )
        .subcommand(
            Command::new("template")
                .about(say(
                    "生成空白模板：边填边算、边填边核",
                    "Write blank templates that compute and check themselves",
                ))
                .arg(form().help(say(
                    "哪一套表样（只有一套时可不写）",
                    "Form set (may be left out where there is only one)",
                )))
                .arg(forms())
                .arg(
                    Arg::new("output")
                        .long("output")
                        .short('o')
                        .value_name("PATH")
                        .value_parser(value_parser!(PathBuf))
                        .help_heading(heading)
                        .help(say(
                            "写成这个文件；用 --roster 时写到这个文件夹",
                            "Write this file; with --roster, into this folder",
                        )),
                )
                .arg(
                    Arg::new("projects")
                        .long("projects")
                        .value_name("N")
                        .value_parser(value_parser!(u16).range(1..=i64::from(MOST_PROJECTS)))
                        .help_heading(heading)
                        .help(say(
                            "几张项目支出绩效自评表（默认 1）",
                            "How many project tables (default 1)",
                        )),
                )
                .arg(
                    Arg::new("roster")
                        .long("roster")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .conflicts_with_all(["projects", "from"])
                        .help_heading(heading)
                        .help(say(
                            "单位名册（Excel 或 CSV）：每个单位一份，名称、项目和批复预算已填好",
                            "Roster (Excel or CSV): one template a unit, with names, projects and budgets",
                        )),
                )
                .arg(
                    Arg::new("from")
                        .long("from")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .conflicts_with("projects")
                        .help_heading(heading)
                        .help(say(
                            "从上年的填报结转：上年决算、名称和指标带过来，本年的数留空",
                            "Roll over last year's filing: outturn, names and indicators",
                        )),
                )
                .arg(
                    Arg::new("list")
                        .long("list")
                        .action(ArgAction::SetTrue)
                        .conflicts_with_all(["output", "projects", "roster", "from", "form"])
                        .help_heading(heading)
                        .help(say("列出已有的表样", "List the form sets")),
                )
                .arg(
                    Arg::new("force")
                        .long("force")
                        .action(ArgAction::SetTrue)
                        .help_heading(heading)
                        .help(say(
                            "覆盖已有的输出文件",
                            "Overwrite existing output files",
                        )),
                ),
        )
        .subcommand(
            Command::new("form")
                .about(say("表样说明", "Form descriptions"))
                .subcommand_required(true)
                .disable_help_subcommand(true)
                .subcommand(
                    Command::new("list")
                        .about(say("列出已有的表样", "List the form sets"))
                        .arg(forms()),
                )
                .subcommand(
                    Command::new("lint")
                        .about(say(
                            "检查表样说明有没有写错",
                            "Check form descriptions for mistakes",
                        ))
                        .arg(
                            Arg::new("dir")
                                .value_name("DIR")
                                .required(true)
                                .value_parser(value_parser!(PathBuf))
                                .help_heading(arguments)
                                .help(say(
                                    "表样文件夹的上一级",
                                    "Folder that holds form set folders",
                                )),
                        ),
                )
                .subcommand(
                    Command::new("diff")
                        .about(say(
                            "说明两套表样有哪些不同",
                            "Say what changed between two form sets",
                        ))
                        .arg(form_set(
                            "from",
                            "A",
                            arguments,
                            say(
                                "原来的表样：编号，或它的文件夹",
                                "The set that was: its id, or its folder",
                            ),
                        ))
                        .arg(form_set(
                            "to",
                            "B",
                            arguments,
                            say(
                                "现在的表样：编号，或它的文件夹",
                                "The set that is now: its id, or its folder",
                            ),
                        ))
                        .arg(forms()),
                ),
        );
    in_words(command, lang)
}

fn paths(heading: &'static str, help: &'static str) -> Arg {
    Arg::new("path")
        .value_name("PATH")
        .required(true)
        .num_args(1..)
        .value_parser(value_parser!(PathBuf))
        .help_heading(heading)
        .help(help)
}

fn form_set(
    name: &'static str,
    shown: &'static str,
    heading: &'static str,
    help: &'static str,
) -> Arg {
    Arg::new(name)
        .value_name(shown)
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help_heading(heading)
        .help(help)
}

fn codes(name: &'static str, heading: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("CODE")
        .value_delimiter(',')
        .action(ArgAction::Append)
        .help_heading(heading)
        .help(help)
}

/// How each command is used; clap's own line has English words in it.
const USAGE: [(&str, &str); 13] = [
    ("gouji", "gouji [选项] <命令>"),
    ("check", "gouji check [选项] <PATH>..."),
    ("fix", "gouji fix [选项] <PATH>..."),
    ("batch", "gouji batch [选项] <PATH>... -o <FILE>"),
    ("merge", "gouji merge [选项] <DB>... -o <FILE>"),
    (
        "explain",
        "gouji explain [选项] <CODE>\n      gouji explain [选项] --all",
    ),
    ("inspect", "gouji inspect [选项] <PATH>..."),
    ("serve", "gouji serve [选项]"),
    ("template", "gouji template [选项]"),
    ("form", "gouji form [选项] <命令>"),
    ("list", "gouji form list [选项]"),
    ("lint", "gouji form lint [选项] <DIR>"),
    ("diff", "gouji form diff [选项] <A> <B>"),
];

/// clap's own words, in the language; help and version under the heading of the other flags.
fn in_words(command: Command, lang: Lang) -> Command {
    const TEMPLATE: &str = "{about}\n\n用法: {usage}\n\n{all-args}{after-help}";
    let heading = lang.pick("选项", "Options");
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let command = names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| in_words(sub, lang))
    });
    let is_root = command.get_name() == "gouji";
    let usage = USAGE.iter().find(|(name, _)| *name == command.get_name());
    let command = match (lang, usage) {
        (Lang::Zh, Some((_, usage))) => command
            .override_usage(*usage)
            .help_template(TEMPLATE)
            .subcommand_help_heading("命令")
            .subcommand_value_name("命令"),
        _ => command,
    };
    let command = command.disable_help_flag(true).arg(
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help)
            .help_heading(heading)
            .help(lang.pick(
                "显示帮助（--help 更详细）",
                "Print help (more of it with --help)",
            )),
    );
    if !is_root {
        return command;
    }
    command.disable_version_flag(true).arg(
        Arg::new("version")
            .short('V')
            .long("version")
            .action(ArgAction::Version)
            .help_heading(heading)
            .help(lang.pick("显示版本", "Print the version")),
    )
}
