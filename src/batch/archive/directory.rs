//! What the directory of an archive says, before it is believed.

use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use memchr::memmem;
use zip::ZipArchive;

use super::names::{name, said};
use super::{MOST_ENTRIES, damaged};
use crate::batch::sources::Refusal;

/// The end of a directory, with its comment, is at most so long.
const LONGEST_END: u64 = 22 + 65_535;

/// The most bytes that a directory takes, of names, remarks and extra fields: they are kept in memory
/// as long as the archive is open.
pub(super) const MOST_DIRECTORY: u64 = 32 << 20;

/// The bytes of an archive, of which so many are left to be read.
pub(super) struct Metered<B> {
    bytes: B,
    left: Arc<AtomicU64>,
}

impl<B> Metered<B> {
    /// With room for a directory; and what is left, for others to see and to change.
    pub(super) fn new(bytes: B) -> (Self, Arc<AtomicU64>) {
        let left = Arc::new(AtomicU64::new(MOST_DIRECTORY));
        let metered = Self {
            bytes,
            left: Arc::clone(&left),
        };
        (metered, left)
    }
}

impl<B: Read> Read for Metered<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        let left = self.left.load(Relaxed);
        let Some(rest) = left.checked_sub(read as u64) else {
            self.left.store(0, Relaxed);
            return Err(io::Error::other("too much is read"));
        };
        self.left.store(rest, Relaxed);
        Ok(read)
    }
}

impl<B: Seek> Seek for Metered<B> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(place)
    }
}

/// How many entries the directory of an archive says that it has, the most of what it says in
/// several places; 0 where no end of one is found, which opening it will tell.
pub(super) fn entries(bytes: &mut (impl Read + Seek), length: u64) -> io::Result<u64> {
    let from = length.saturating_sub(LONGEST_END);
    bytes.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    bytes.take(LONGEST_END).read_to_end(&mut end)?;
    let mut most = 0;
    // A directory of 64 bits has an end of its own, before the other one.
    for at in memmem::find_iter(&end, LONG_END) {
        most = most.max(long_count(&end[at..]));
    }
    for at in memmem::find_iter(&end, b"PK\x05\x06") {
        let count = end.get(at + 10..at + 12);
        let short = count.map_or(0, |count| u16::from_le_bytes([count[0], count[1]]));
        most = most.max(u64::from(short));
        let locator = at
            .checked_sub(20)
            .and_then(|at| end.get(at..at + 16))
            .filter(|locator| locator.starts_with(b"PK\x06\x07"));
        if let Some(place) = locator.and_then(|locator| locator[8..].try_into().ok()) {
            let mut long = Vec::new();
            bytes.seek(SeekFrom::Start(u64::from_le_bytes(place)))?;
            bytes.take(40).read_to_end(&mut long)?;
            most = most.max(long_count(&long));
        }
    }
    Ok(most)
}

/// How the end of a directory of 64 bits begins.
const LONG_END: &[u8] = b"PK\x06\x06";

fn long_count(end: &[u8]) -> u64 {
    let count = end.get(32..40).filter(|_| end.starts_with(LONG_END));
    count
        .and_then(|count| count.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}

/// Whether an archive begins as workbooks do: what is left of one that is damaged.
pub(super) fn begins_as_workbook(bytes: &mut (impl Read + Seek)) -> io::Result<bool> {
    let mut head = Vec::new();
    bytes.rewind()?;
    bytes.take(64).read_to_end(&mut head)?;
    let name = head.get(30..).filter(|_| head.starts_with(b"PK\x03\x04"));
    let is_first = |part: &[u8]| name.is_some_and(|name| name.starts_with(part));
    Ok([
        &b"[Content_Types].xml"[..],
        b"_rels/.rels",
        b"xl/",
        b"docProps/",
        b"mimetypeapplication/vnd.oasis.",
    ]
    .into_iter()
    .any(is_first))
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

/// The least that stands before the bytes of an entry.
const LOCAL_HEADER: u64 = 30;

/// Where each entry ends at the latest: at the next one, or at the directory. An archive with an
/// entry that reaches further is refused: thousands of entries may share the bytes of one.
///
/// The directory alone tells so, and without the names and extra fields at the entries: what they
/// move is looked at when an entry is unpacked. All entries together are no longer than the archive.
pub(super) fn ends<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<Vec<u64>, Refusal> {
    let mut places = Vec::new();
    for index in 0..archive.len() {
        let entry = archive
            .by_index_data(index)
            .map_err(|error| damaged(&error))?;
        let start = entry.header_start();
        let least = LOCAL_HEADER.saturating_add(entry.compressed_size());
        places.push((start, start.saturating_add(least), index));
    }
    places.sort_unstable();
    let mut ends = vec![0; places.len()];
    let mut next = archive.central_directory_start();
    for (start, end, index) in places.into_iter().rev() {
        if end > next {
            let entry = archive
                .by_index_data(index)
                .map_err(|error| damaged(&error))?;
            return Err(Refusal::Shared(said(&entry)));
        }
        ends[index] = next;
        next = start;
    }
    Ok(ends)
}
