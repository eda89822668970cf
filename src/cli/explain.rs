//! `gouji explain`: a rule in words.

use std::io::Write;

use anyhow::bail;
use clap::ArgMatches;
use gouji::lang::Lang;
use gouji::report::{printable_lines, rulebook};

use super::FINE;
use super::screen::screen;

/// Runs `explain`.
pub(super) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let wanted = matches.get_one::<String>("form");
    let mut forms: Vec<_> = catalog
        .forms
        .iter()
        .filter(|form| wanted.is_none_or(|id| form.id == *id))
        .collect();
    // A code means the same in every set; the fullest set says most about it.
    forms.sort_by_key(|form| std::cmp::Reverse(form.rules.len()));
    let Some(form) = forms.first() else {
        bail!(
            "{}",
            lang.pick(
                "没有这套表样，请用 gouji form list 查看",
                "no such form set; see gouji form list"
            )
        );
    };
    let mut out = screen();
    if matches.get_flag("all") {
        let text = rulebook::all(form, &catalog.across, lang).to_string();
        write!(out, "{}", printable_lines(&text))?;
        return Ok(FINE);
    }
    let code = matches
        .get_one::<String>("code")
        .map(|code| code.trim().to_uppercase());
    let code = code.unwrap_or_default();
    let found = forms
        .iter()
        .find_map(|form| rulebook::one(form, &code, lang))
        .or_else(|| rulebook::across(&catalog.across, &code, lang));
    match (found, lang) {
        (Some(text), _) => {
            write!(out, "{}", printable_lines(&text))?;
            Ok(FINE)
        }
        (None, Lang::Zh) => bail!("没有编号「{code}」；gouji explain --all 列出全部"),
        (None, Lang::En) => bail!("there is no rule `{code}`; gouji explain --all lists them"),
    }
}
