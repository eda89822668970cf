//! What the README says to type works, and says what the README shows.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::{code, gouji, stderr, stdout};

const TYPED: &str = "cargo run --release -- ";

/// Commands of the README that need nothing but this repository, and what is shown of them.
fn samples() -> Vec<(String, Option<String>)> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let mut samples: Vec<(String, Option<String>)> = Vec::new();
    for block in readme.split("\n```").collect::<Vec<_>>().chunks(2) {
        let [_, block] = block else { continue };
        let Some((kind, body)) = block.split_once('\n') else {
            continue;
        };
        match kind {
            "sh" => {
                let lines = body.lines().filter_map(|line| line.strip_prefix(TYPED));
                let lines = lines.map(|line| line.split('#').next().unwrap().trim());
                let lines = lines.filter(|line| !line.starts_with("batch "));
                samples.extend(lines.map(|line| (line.to_owned(), None)));
            }
            "text" => samples.last_mut().unwrap().1 = Some(body.to_owned()),
            _ => {}
        }
    }
    samples
}

/// Whether `said` is what is shown, where … stands for any lines.
fn is_shown(said: &str, shown: &str) -> bool {
    let mut parts = shown.trim().split("\n  …\n").map(str::trim);
    let first = parts.next().unwrap();
    let Some(mut rest) = said.strip_prefix(first) else {
        return false;
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.trim().is_empty()
}

#[test]
fn what_the_readme_says_to_type_says_what_it_shows() {
    let samples = samples();
    assert!(samples.len() >= 5, "{samples:?}");
    assert!(samples.iter().filter(|sample| sample.1.is_some()).count() >= 2);
    for (line, shown) in samples {
        let folder = TempDir::new().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        symlink(fixtures, folder.path().join("fixtures")).unwrap();
        fs::create_dir(folder.path().join("target")).unwrap();
        let output = gouji()
            .current_dir(folder.path())
            .args(line.split(' '))
            .output()
            .unwrap();
        assert!(code(&output) <= 1, "{line}: {output:?}");
        assert_eq!(stderr(&output), "", "{line}");
        let said = stdout(&output);
        if let Some(shown) = shown {
            assert!(is_shown(said, &shown), "{line} says\n{said}");
        }
    }
}
