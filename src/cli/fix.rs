//! `gouji fix`: each workbook checked, and a marked copy written beside it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::mark::{self, Filling, Marked};
use gouji::read;
use gouji::report::{printable, text};
use gouji::review::{Options, Review, review_workbook};
use gouji::workbook::FileKind;

use super::walk::walk;
use super::{TROUBLE, check, output};

/// What stands behind the name of a copy.
pub(super) const SUFFIX: &str = "（核对结果）";

/// Runs `fix`.
pub(super) fn run(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let catalog = super::catalog(matches, lang)?;
    let work = Work {
        catalog: &catalog,
        options: check::options(matches, &catalog, lang)?,
        filling: match matches.get_one::<String>("fill").map(String::as_str) {
            Some("blanks") => Filling::Blanks,
            Some("all") => Filling::All,
            Some("none") => Filling::None,
            _ => Filling::Derived,
        },
        output: matches.get_one::<PathBuf>("output").cloned(),
        force: matches.get_flag("force"),
        time: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string(),
    };
    let given = matches.get_many::<PathBuf>("path").into_iter().flatten();
    let given: Vec<_> = given.flat_map(|path| walk(path)).collect();
    if given.len() > 1
        && let Some(path) = work.output.as_ref().filter(|path| !path.is_dir())
    {
        let path = path.display();
        match lang {
            Lang::Zh => bail!("有几份工作簿，--output 要写一个已有的文件夹，「{path}」不是"),
            Lang::En => bail!("several workbooks: --output must be a folder, {path} is none"),
        }
    }
    let mut worst = super::FINE;
    let mut out = anstream::stdout().lock();
    for (index, found) in given.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let code = match found {
            Ok(path) => work.file(&path, &mut out)?,
            Err((path, error)) => {
                let review = Review::Unreadable(error);
                let shown = path.display().to_string();
                write!(out, "{}", text::file(&shown, &review, lang))?;
                TROUBLE
            }
        };
        worst = worst.max(code);
    }
    Ok(worst)
}

struct Work<'a> {
    catalog: &'a Catalog,
    options: Options,
    filling: Filling,
    output: Option<PathBuf>,
    force: bool,
    time: String,
}

impl Work<'_> {
    fn file(&self, path: &Path, out: &mut impl Write) -> anyhow::Result<u8> {
        let lang = self.options.lang;
        let shown = path.display().to_string();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.as_deref();
        let (bytes, review) = match read::read_file(path, &self.options.limits) {
            Ok((bytes, workbook)) => {
                let review = review_workbook(self.catalog, workbook, name, &self.options);
                (bytes, review)
            }
            Err(error) => (Vec::new(), Review::Unreadable(error)),
        };
        let code = check::code(&review);
        let Review::Checked(checked) = &review else {
            write!(out, "{}", text::file(&shown, &review, lang))?;
            return Ok(code);
        };
        let marked = mark::mark(
            self.catalog,
            checked,
            &bytes,
            name,
            &self.options,
            self.filling,
            &self.time,
        );
        let marked = match marked {
            Ok(marked) => marked,
            Err(error) => {
                let said = match &error {
                    mark::MarkError::Patch(error) => error.message(lang),
                    mark::MarkError::Write(error) => error.to_string(),
                };
                writeln!(out, "{}\n  {}", printable(&shown), printable(&said))?;
                return Ok(TROUBLE);
            }
        };
        let target = self.target(path, &marked);
        if let Err(error) = output::write(&target, &marked.bytes, self.force, lang) {
            writeln!(out, "{}\n  {error:#}", printable(&shown))?;
            return Ok(TROUBLE);
        }
        let unit = checked.unit_name().map(printable).unwrap_or_default();
        writeln!(out, "{}  {unit}", printable(&shown))?;
        let verdict = text::verdict(&checked.report.counts(), lang);
        writeln!(out, "  {verdict}")?;
        for line in notes(&marked, lang) {
            writeln!(out, "  {}", printable(&line))?;
        }
        writeln!(out, "  → {}", printable(&target.display().to_string()))?;
        Ok(code)
    }

    /// Where the copy goes: a name that is free, unless it may be overwritten.
    fn target(&self, path: &Path, marked: &Marked) -> PathBuf {
        let is_folder = self.output.as_ref().is_some_and(|path| path.is_dir());
        if let Some(path) = self.output.as_ref().filter(|_| !is_folder) {
            return path.clone();
        }
        let folder = match &self.output {
            Some(folder) => folder.clone(),
            None => path.parent().map_or_else(PathBuf::new, Path::to_owned),
        };
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let stem = bare(&stem);
        let ending = path
            .extension()
            .map(|end| end.to_string_lossy().to_lowercase());
        let ending = match ending.as_deref() {
            Some("xlsm") if marked.converted.is_none() => "xlsm",
            _ => "xlsx",
        };
        let first = folder.join(format!("{stem}{SUFFIX}.{ending}"));
        if self.force && first != path {
            return first;
        }
        let inside = SUFFIX.trim_end_matches('）');
        let numbered =
            (2..).map(|number| folder.join(format!("{stem}{inside} {number}）.{ending}")));
        std::iter::once(first)
            .chain(numbered)
            .find(|path| !path.exists())
            .unwrap_or_default()
    }
}

/// The name of the original: a copy of a copy is no further copy.
pub(super) fn bare(stem: &str) -> &str {
    let inside = SUFFIX.trim_end_matches('）');
    match stem.rfind(inside) {
        Some(at) if stem.ends_with('）') => {
            let number = &stem[at + inside.len()..stem.len() - '）'.len_utf8()];
            let is_ours = number.is_empty() || number.trim().chars().all(|c| c.is_ascii_digit());
            if is_ours { &stem[..at] } else { stem }
        }
        _ => stem,
    }
}

/// What was done, and what the owner should know.
fn notes(marked: &Marked, lang: Lang) -> Vec<String> {
    let filled = marked
        .changes
        .iter()
        .filter(|change| change.before.is_none())
        .count();
    let changed = marked.changes.len() - filled;
    let mut lines = vec![match lang {
        Lang::Zh => format!(
            "填写 {filled} 格，改正 {changed} 格，标出 {} 格；明细见「差异清单」。",
            marked.marks
        ),
        Lang::En => format!(
            "{filled} cells filled, {changed} set right, {} marked; see the sheet Discrepancies.",
            marked.marks
        ),
    }];
    if let Some(kind) = marked.converted {
        let name = match kind {
            FileKind::Xls => ".xls",
            FileKind::Xlsb => ".xlsb",
            FileKind::Ods => ".ods",
            FileKind::Xlsx => ".xlsx",
        };
        lines.push(match lang {
            Lang::Zh => format!(
                "原文件是 {name}，结果另存为 .xlsx：数、文字、合并、数字格式都在，公式、字体、图片和批注没有带过来，行高列宽按内容重排。"
            ),
            Lang::En => format!(
                "The file is {name}; the copy is .xlsx with its values, merges and number formats, without its formulas, fonts, pictures and notes; rows and columns are sized anew."
            ),
        });
    }
    lines.extend(marked.warnings.iter().map(|warning| warning.message(lang)));
    lines
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_copy_of_a_copy_has_the_name_of_the_original() {
        for (stem, original) in [
            ("甲", "甲"),
            ("甲（核对结果）", "甲"),
            ("甲（核对结果 2）", "甲"),
            ("甲（核对结果 二）", "甲（核对结果 二）"),
            ("甲（终稿）", "甲（终稿）"),
        ] {
            assert_eq!(bare(stem), original);
        }
    }
}
