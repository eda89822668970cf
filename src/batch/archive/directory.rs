//! What the directory of an archive says, before it is believed.

use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};

use super::MOST_ENTRIES;
use super::names::name;

/// The end of a directory, with its comment, is at most so long.
const LONGEST_END: u64 = 22 + 65_535;

/// How many entries the directory of an archive says that it has; 0 where no end of one is found,
/// which opening it will tell.
pub(super) fn entries(bytes: &mut (impl Read + Seek), length: u64) -> io::Result<u64> {
    let from = length.saturating_sub(LONGEST_END);
    bytes.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    bytes.take(LONGEST_END).read_to_end(&mut end)?;
    let Some(at) = memchr::memmem::rfind(&end, b"PK\x05\x06") else {
        return Ok(0);
    };
    let short = end.get(at + 10..at + 12).map_or(0, |count| {
        u64::from(u16::from_le_bytes([count[0], count[1]]))
    });
    // A directory of 64 bits says where its own end is, right before this one.
    let locator = at
        .checked_sub(20)
        .and_then(|at| end.get(at..at + 16))
        .filter(|locator| locator.starts_with(b"PK\x06\x07"));
    let Some(locator) = locator.and_then(|locator| locator[8..].try_into().ok()) else {
        return Ok(short);
    };
    bytes.seek(SeekFrom::Start(u64::from_le_bytes(locator)))?;
    let mut end = Vec::new();
    bytes.take(40).read_to_end(&mut end)?;
    let long = end.get(32..40).and_then(|count| count.try_into().ok());
    Ok(long.map_or(short, u64::from_le_bytes))
}

/// Whether of the entries of a directory, which begins at `start`, all but so many `names` are
/// folders that were named before.
pub(super) fn only_folders_twice(
    bytes: &mut (impl Read + Seek),
    start: u64,
    names: usize,
) -> io::Result<bool> {
    bytes.seek(SeekFrom::Start(start))?;
    let mut met = HashSet::new();
    let mut left = 0;
    for _ in 0..MOST_ENTRIES {
        let mut head = [0; 46];
        if bytes.read_exact(&mut head).is_err() || !head.starts_with(b"PK\x01\x02") {
            break;
        }
        let number = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let mut raw = vec![0; usize::from(number(28))];
        bytes.read_exact(&mut raw)?;
        let more = u64::from(number(30)) + u64::from(number(32));
        io::copy(&mut bytes.by_ref().take(more), &mut io::sink())?;
        let is_folder = name(&raw, number(8)).ends_with('/');
        if !is_folder || met.insert(raw) {
            left += 1;
        }
    }
    Ok(left == names)
}
