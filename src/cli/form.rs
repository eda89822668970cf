//! `gouji form`: the form sets, and whether their descriptions are sound.

use std::io::Write;
use std::path::PathBuf;

use clap::ArgMatches;
use gouji::catalog::lint;
use gouji::lang::Lang;

use super::{FINE, TO_CORRECT, TROUBLE};

/// Runs `form list` and `form lint`.
pub(super) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let mut out = anstream::stdout().lock();
    match matches.subcommand() {
        Some(("list", matches)) => {
            for form in &super::catalog(matches, lang)?.forms {
                writeln!(out, "{}  {}  {}", form.id, form.year, form.name)?;
                let unconfirmed: Vec<&str> = form
                    .annexes
                    .iter()
                    .filter(|annex| !annex.confirmed)
                    .map(|annex| annex.name.as_str())
                    .collect();
                if !unconfirmed.is_empty() {
                    let list = unconfirmed.join("、");
                    writeln!(
                        out,
                        "  {}{list}",
                        lang.pick("栏目未经核实：", "columns unconfirmed: ")
                    )?;
                }
            }
            Ok(FINE)
        }
        Some(("lint", matches)) => {
            let Some(folder) = matches.get_one::<PathBuf>("dir") else {
                return Ok(TROUBLE);
            };
            let faults = lint::folder(folder);
            for fault in &faults {
                writeln!(out, "{fault}")?;
            }
            match (faults.len(), lang) {
                (0, Lang::Zh) => writeln!(out, "没有发现问题。")?,
                (0, Lang::En) => writeln!(out, "no faults found.")?,
                (count, Lang::Zh) => writeln!(out, "共 {count} 处。")?,
                (count, Lang::En) => writeln!(out, "{count} faults.")?,
            }
            Ok(if faults.is_empty() { FINE } else { TO_CORRECT })
        }
        _ => Ok(TROUBLE),
    }
}
