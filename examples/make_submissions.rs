//! Writes a folder of submissions as a bureau gets them: `N` units in the folders of their
//! departments, in every layout of the test support, with mistakes that are known.
//!
//! `cargo run --release --example make_submissions -- N FOLDER`; the same files each time. Beside
//! the folder lie `FOLDER.roster.csv`, the units that should report, and `FOLDER.defects.csv`,
//! what is wrong with what they handed in.
#![allow(clippy::disallowed_methods, reason = "made anew each time")]

#[path = "../tests/support/filings/mod.rs"]
mod filings;

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Context;
use filings::Submission;
use rayon::prelude::*;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(number), Some(folder)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: make_submissions N FOLDER");
    };
    let number: u64 = number
        .to_str()
        .and_then(|number| number.parse().ok())
        .context("N is how many submissions to make")?;
    let folder = PathBuf::from(folder);
    let made: anyhow::Result<Vec<(String, String)>> = (0..number)
        .into_par_iter()
        .map(|number| {
            let submission = Submission::numbered(number);
            let written = submission.write();
            let path = folder.join(&submission.path);
            std::fs::create_dir_all(path.parent().context("a folder")?)?;
            std::fs::write(&path, &written.bytes)?;
            let mut defects = String::new();
            for defect in &submission.defects {
                let place = written.place(defect.path);
                writeln!(
                    defects,
                    "{},{},{},{}",
                    submission.path, defect.code, place.sheet, place.cell
                )?;
            }
            let roster = format!("{},{}\n", submission.unit, submission.department);
            Ok((roster, defects))
        })
        .collect();
    let (rosters, defects): (Vec<String>, Vec<String>) = made?.into_iter().unzip();
    let beside = |ending: &str| {
        let mut name = folder.clone().into_os_string();
        name.push(ending);
        name
    };
    std::fs::write(
        beside(".roster.csv"),
        format!("单位名称,主管部门\n{}", rosters.concat()),
    )?;
    std::fs::write(
        beside(".defects.csv"),
        format!("path,code,sheet,cell\n{}", defects.concat()),
    )?;
    Ok(())
}
