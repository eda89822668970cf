//! The processes of this machine.

use std::fs;
use std::process::{Command, Stdio};

/// The processes that a process has started.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // Behind the name, which may hold anything: the state, then the parent.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if rest.split_whitespace().nth(1) == Some(&parent.to_string()) {
            found.push(id);
        }
    }
    found
}

/// Sends a signal by its name; the process may have ended by itself.
pub(crate) fn signal(process: u32, name: &str) {
    let _ = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .stderr(Stdio::null())
        .status();
}
