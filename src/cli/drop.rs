//! Files and folders without a command: that is what dropping them on the program means. Files
//! are marked beside the originals, folders give a summary workbook beside the folder.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Command;
use gouji::lang::Lang;

/// What is to be done with what was dropped.
pub(super) struct Dropped {
    /// Command lines of `fix` and `batch`.
    pub(super) lines: Vec<Vec<OsString>>,
    /// Summaries that will be written.
    summaries: Vec<PathBuf>,
    may_open: bool,
}

/// Tells whether the command line is files and folders without a command, and what is to be done
/// with them.
pub(super) fn dropped(args: &[OsString], command: &Command, lang: Lang) -> Option<Dropped> {
    let is_value = |at: usize| at > 0 && args[at - 1] == "--lang";
    let first = (1..args.len())
        .find(|at| !args[*at].to_string_lossy().starts_with('-') && !is_value(*at))?;
    let name = args[first].to_string_lossy();
    let mut known = command.get_subcommands();
    if known.any(|command| command.get_name() == name) || !Path::new(&args[first]).exists() {
        return None;
    }
    let program = &args[0];
    let rest = args[1..].iter().filter(|arg| *arg != "--no-open");
    // Who writes `-o 结果` has typed a line of `fix`, and its folder is no submission.
    let is_typed = args.iter().any(|arg| takes_value(arg, command));
    let (folders, others): (Vec<&OsString>, Vec<&OsString>) =
        rest.partition(|arg| !is_typed && Path::new(arg).is_dir());
    let has_files = others.iter().any(|arg| Path::new(arg).exists());
    let mut lines = Vec::new();
    if has_files {
        let line = [program.clone(), "fix".into()].into_iter();
        lines.push(line.chain(others.into_iter().cloned()).collect());
    }
    let mut summaries = Vec::new();
    for folder in folders {
        let beside = |zh: &str, en: &str| beside(Path::new(folder), lang.pick(zh, en));
        let summary = beside("（核对汇总）.xlsx", " (summary).xlsx");
        let copies = beside("（核对结果）", " (marked)");
        let mut line: Vec<OsString> = vec![program.clone(), "--lang".into()];
        line.push(lang.pick("zh", "en").into());
        line.extend([
            "batch".into(),
            folder.clone(),
            "-o".into(),
            summary.clone().into(),
        ]);
        // Dropped once more after corrections, it goes on from where it was.
        line.extend(["--marked".into(), copies.into(), "--resume".into()]);
        lines.push(line);
        summaries.push(summary);
    }
    Some(Dropped {
        lines,
        summaries,
        may_open: !args.iter().any(|arg| arg == "--no-open"),
    })
}

/// Whether `arg` is an option of `fix` that a value goes with.
fn takes_value(arg: &OsStr, command: &Command) -> bool {
    let arg = arg.to_string_lossy();
    let name = arg.split('=').next().unwrap_or_default();
    let fix = command.find_subcommand("fix");
    let mut options = fix.into_iter().flat_map(Command::get_arguments);
    options.any(|option| {
        let long = option.get_long().map(|long| format!("--{long}"));
        let short = option.get_short().map(|short| format!("-{short}"));
        option.get_action().takes_values()
            && [long, short].iter().flatten().any(|known| known == name)
    })
}

/// A name beside a folder; in it where there is nothing beside it, as of a whole drive.
fn beside(folder: &Path, ending: &str) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    match (absolute.parent(), absolute.file_name()) {
        (Some(parent), Some(name)) => {
            let mut name: OsString = name.to_owned();
            name.push(ending);
            parent.join(name)
        }
        _ => {
            let bare = ending.trim_start_matches([' ', '（', '(']);
            let bare: String = bare.chars().filter(|c| !"）)".contains(*c)).collect();
            absolute.join(OsStr::new(&bare))
        }
    }
}

impl Dropped {
    /// Shows the result to somebody who has no terminal: opens it, and keeps the window until a
    /// key is pressed. `copies` were written.
    #[cfg(windows)]
    pub(super) fn show(&self, copies: &[PathBuf], lang: Lang) {
        use std::io::{IsTerminal, Write};
        // A window of its own, not one in which commands are typed: those know a prompt.
        let own = std::io::stdin().is_terminal()
            && std::io::stdout().is_terminal()
            && std::env::var_os("PROMPT").is_none();
        if !own {
            return;
        }
        let results: Vec<&PathBuf> = self.summaries.iter().chain(copies).collect();
        if let ([result], true) = (results.as_slice(), self.may_open) {
            // Where nothing opens workbooks, the path on the screen is enough.
            let _ = opener::open(result);
        }
        let said = lang.pick("按任意键关闭窗口…", "Press any key to close…");
        let mut out = anstream::stdout();
        let _ = write!(out, "\n{said}");
        let _ = out.flush();
        let _ = console::Term::stdout().read_key();
    }

    /// Elsewhere the command line is a terminal.
    #[cfg(not(windows))]
    pub(super) fn show(&self, _copies: &[PathBuf], _lang: Lang) {
        let _ = (&self.summaries, self.may_open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments;

    fn lines(args: &[&str]) -> Option<Vec<String>> {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let found = dropped(&args, &arguments::command(Lang::Zh), Lang::Zh)?;
        let text = |line: Vec<OsString>| {
            let words: Vec<String> = line
                .iter()
                .map(|w| w.to_string_lossy().into_owned())
                .collect();
            words.join(" ")
        };
        Some(found.lines.into_iter().map(text).collect())
    }

    #[test]
    fn files_are_marked_and_folders_give_a_summary() {
        let here = std::env::current_dir().unwrap();
        let here = here.display();
        assert_eq!(
            lines(&[
                "gouji",
                "Cargo.toml",
                "--force",
                "src",
                "--no-open",
                "README.md"
            ])
            .unwrap(),
            [
                "gouji fix Cargo.toml --force README.md".to_owned(),
                format!(
                    "gouji --lang zh batch src -o {here}/src（核对汇总）.xlsx \
                     --marked {here}/src（核对结果） --resume"
                ),
            ]
        );
    }

    #[test]
    fn the_folder_of_an_option_is_no_submission() {
        for line in [
            "gouji Cargo.toml -o target",
            "gouji src -o docs",
            "gouji Cargo.toml --forms=docs src",
        ] {
            let args: Vec<&str> = line.split(' ').collect();
            let as_fix = line.replacen("gouji", "gouji fix", 1);
            assert_eq!(lines(&args).unwrap(), [as_fix], "{line}");
        }
    }

    #[test]
    fn commands_and_what_does_not_exist_are_no_files() {
        assert_eq!(lines(&["gouji"]), None);
        assert_eq!(lines(&["gouji", "--lang", "en"]), None);
        assert_eq!(lines(&["gouji", "check", "Cargo.toml"]), None);
        assert_eq!(lines(&["gouji", "nothing.xlsx"]), None);
    }

    #[test]
    fn of_a_whole_drive_the_results_lie_in_it() {
        let path = beside(Path::new("/"), "（核对汇总）.xlsx");
        assert_eq!(path, Path::new("/核对汇总.xlsx"));
    }
}
