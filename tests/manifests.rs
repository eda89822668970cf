//! What the manifests of this repository promise: no `unsafe`, a reason beside each dependency, one
//! minimum version of Rust.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use toml::{Table, Value};
use walkdir::WalkDir;

/// Every Cargo.toml that is ours, in the workspace or out of it.
fn manifests() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = |name: &str| !matches!(name, "target" | "node_modules") && !name.starts_with('.');
    let found: Vec<_> = WalkDir::new(root)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name().to_str().is_some_and(ours))
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.ends_with("Cargo.toml"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root).unwrap().to_owned(), text)
        })
        .collect();
    assert!(
        found.len() >= 3,
        "the program, the page and what bundles it: {found:?}"
    );
    found
}

fn parsed(text: &str) -> Table {
    text.parse().unwrap()
}

/// Dependencies that stand without a comment above them or behind them.
fn without_reason(manifest: &str) -> Vec<&str> {
    let mut dependencies = false;
    let mut above = "";
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            dependencies = line.ends_with("dependencies]");
            // [dependencies.name], which would pass unseen.
            if line.contains("dependencies.") && !line.ends_with("dependencies]") {
                found.push(line);
            }
        } else if dependencies && line.contains('=') && !line.starts_with('#') {
            let name = line.split(['=', '.']).next().unwrap_or(line).trim();
            // Behind a name in quotes there may be a #; ours are plain.
            if !above.starts_with('#') && !line.contains(" # ") {
                found.push(name);
            }
        }
        above = line;
    }
    found
}

#[test]
fn every_crate_of_ours_forbids_unsafe_code() {
    for (path, text) in manifests() {
        let lint = parsed(&text)
            .get("lints")
            .and_then(|lints| lints.get("rust"))
            .and_then(|rust| rust.get("unsafe_code"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        assert_eq!(lint.as_deref(), Some("forbid"), "{}", path.display());
    }
}

#[test]
fn every_dependency_has_a_reason_beside_it() {
    for (path, text) in manifests() {
        assert_eq!(without_reason(&text), [""; 0], "{}", path.display());
    }
}

#[test]
fn a_dependency_without_a_comment_is_found() {
    let manifest = "\
[package]
name = \"x\"
# Why these.
[dependencies]
# Why.
one = \"1\"
two = { version = \"2\", features = [\"derive\"] }
three = \"3\" # Why.

four = \"4\"
[target.'cfg(windows)'.dependencies]
five = \"5\"
[dev-dependencies.six]
version = \"6\"
";
    assert_eq!(
        without_reason(manifest),
        ["two", "four", "five", "[dev-dependencies.six]"]
    );
}

#[test]
fn the_crates_of_the_workspace_claim_one_minimum_version_of_rust() {
    let all = manifests();
    let claim = |text: &str| {
        let package = parsed(text).get("package")?.as_table()?.clone();
        Some(package.get("rust-version")?.as_str()?.to_owned())
    };
    let (_, root) = all
        .iter()
        .find(|(path, _)| path == Path::new("Cargo.toml"))
        .unwrap();
    let wanted = claim(root);
    assert!(wanted.is_some(), "Cargo.toml claims none");
    let workspace = parsed(root);
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let path = Path::new(member.as_str().unwrap()).join("Cargo.toml");
        let (_, text) = all.iter().find(|(found, _)| *found == path).unwrap();
        assert_eq!(claim(text), wanted, "{}", path.display());
    }
}
