//! Compound files ([MS-CFB]), as far as it takes to get a stream out of one safely.
//!
//! A loop in a sector chain makes careless readers run for ever or take all memory. Here every
//! chain is at most as long as the file has sectors.

use super::error::{Damage, ReadError};

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const FAT_SECTOR: u32 = 0xFFFF_FFFD;
const FREE: u32 = 0xFFFF_FFFF;
/// Sector numbers from here on mean something else.
const RESERVED: u32 = 0xFFFF_FFFA;
/// Streams shorter than this lie in the mini stream.
const MINI_CUTOFF: u64 = 4096;
const MINI_SECTOR: usize = 64;

/// An opened compound file.
pub(crate) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    /// What lies directly under the root.
    entries: Vec<Entry>,
}

/// A stream or storage.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    length: u64,
}

fn corrupt(what: &str) -> ReadError {
    ReadError::corrupt("compound file", Damage::Container(what.to_owned()))
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes([pair[0], pair[1]]))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

impl<'a> Compound<'a> {
    /// Reads the header, the allocation tables and the root directory.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let truncated = || ReadError::corrupt("compound file", Damage::Truncated);
        let sector = match u16_at(bytes, 30).ok_or_else(truncated)? {
            9 => 512,
            12 => 4096,
            _ => return Err(corrupt("sector size")),
        };
        let header = bytes.get(..512).ok_or_else(truncated)?;
        let field = |at| u32_at(header, at).unwrap_or(FREE);
        // Where short streams lie; [MS-CFB] 2.2 leaves no choice, and programs differ in taking one.
        if u64::from(field(56)) != MINI_CUTOFF || u16_at(header, 32) != Some(6) {
            return Err(corrupt("mini stream"));
        }
        let mut file = Self {
            bytes,
            sector,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini: Vec::new(),
            entries: Vec::new(),
        };
        file.read_fat(field(68), &header[76..])?;

        let directory = file.chain(field(48), u64::MAX)?;
        let all: Vec<Entry> = directory
            .chunks_exact(128)
            .filter_map(Entry::parse)
            .collect();
        let root = all.first().ok_or_else(|| corrupt("no root"))?.clone();
        file.entries = children(&all, root.child);
        for name in ["Workbook", "Book"] {
            let is_named = |entry: &&Entry| entry.name.to_lowercase() == name.to_lowercase();
            // Of two under one name, programs take the one or the other.
            if file.entries.iter().filter(is_named).count() > 1 {
                return Err(ReadError::corrupt(name, Damage::Duplicate));
            }
        }
        if field(64) > 0 && field(60) < RESERVED {
            file.mini = file.chain(root.start, root.length)?;
            file.mini_fat = words(&file.chain(field(60), u64::MAX)?);
        }
        Ok(file)
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector + 1
    }

    fn at(&self, id: u32) -> Result<&'a [u8], ReadError> {
        let start = (id as usize).saturating_add(1).saturating_mul(self.sector);
        let end = start.saturating_add(self.sector).min(self.bytes.len());
        // The last sector may be cut short by writers that do not pad.
        let sector = self
            .bytes
            .get(start..end)
            .filter(|sector| !sector.is_empty());
        sector.ok_or_else(|| ReadError::corrupt("compound file", Damage::Truncated))
    }

    /// Reads the table of chains, whose own sectors are listed in the header and, for files of
    /// more than 7 MB, in a chain of further lists.
    fn read_fat(&mut self, mut next: u32, listed: &[u8]) -> Result<(), ReadError> {
        let mut ids = words(listed);
        for _ in 0..=self.sectors() {
            for id in ids.drain(..).filter(|&id| id < RESERVED) {
                // More entries than sectors describe nothing.
                if self.fat.len() > self.sectors() {
                    return Ok(());
                }
                let sector = self.at(id)?;
                self.fat.extend(words(sector));
            }
            if next >= RESERVED {
                return Ok(());
            }
            ids = words(self.at(next)?);
            next = ids.pop().unwrap_or(END_OF_CHAIN);
        }
        Err(corrupt("loop"))
    }

    /// The bytes of a chain, up to `length`.
    fn chain(&self, start: u32, length: u64) -> Result<Vec<u8>, ReadError> {
        let mut out = Vec::new();
        let mut id = start;
        for _ in 0..=self.sectors() {
            if id >= RESERVED || out.len() as u64 >= length {
                out.truncate(usize::try_from(length).unwrap_or(usize::MAX));
                return Ok(out);
            }
            out.extend_from_slice(self.at(id)?);
            id = self
                .fat
                .get(id as usize)
                .copied()
                .ok_or_else(|| corrupt("chain"))?;
        }
        Err(corrupt("loop"))
    }

    /// Whether there is a stream or storage of this name under the root.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The stream of this name under the root.
    pub(crate) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(entry) = self
            .entries
            .iter()
            .find(|entry| entry.name.eq_ignore_ascii_case(name))
        else {
            return Ok(None);
        };
        let bytes = if entry.length >= MINI_CUTOFF {
            self.chain(entry.start, entry.length)?
        } else {
            self.mini_chain(entry.start, entry.length)?
        };
        if (bytes.len() as u64) < entry.length {
            return Err(ReadError::corrupt(name, Damage::Truncated));
        }
        Ok(Some(bytes))
    }

    fn mini_chain(&self, start: u32, length: u64) -> Result<Vec<u8>, ReadError> {
        let mut out = Vec::new();
        let mut id = start;
        while id < RESERVED && (out.len() as u64) < length {
            let at = id as usize * MINI_SECTOR;
            let sector = self.mini.get(at..).filter(|rest| !rest.is_empty());
            let sector = sector.ok_or_else(|| corrupt("mini stream"))?;
            out.extend_from_slice(&sector[..sector.len().min(MINI_SECTOR)]);
            id = self
                .mini_fat
                .get(id as usize)
                .copied()
                .ok_or_else(|| corrupt("mini chain"))?;
        }
        out.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(out)
    }
}

impl Entry {
    fn parse(raw: &[u8]) -> Option<Self> {
        let units = (0..32).map_while(|at| u16_at(raw, at * 2).filter(|&unit| unit != 0));
        Some(Self {
            name: char::decode_utf16(units)
                .map(|unit| unit.unwrap_or('\u{fffd}'))
                .collect(),
            left: u32_at(raw, 68)?,
            right: u32_at(raw, 72)?,
            child: u32_at(raw, 76)?,
            start: u32_at(raw, 116)?,
            // The upper half is garbage in old files, and no such file fits in memory.
            length: u64::from(u32_at(raw, 120)?),
        })
    }
}

/// The entries of the tree of siblings at `first`.
fn children(all: &[Entry], first: u32) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut seen = vec![false; all.len()];
    let mut open = vec![first];
    while let Some(id) = open.pop() {
        let Some(entry) = all.get(id as usize) else {
            continue;
        };
        if std::mem::replace(&mut seen[id as usize], true) {
            continue;
        }
        open.extend([entry.left, entry.right]);
        found.push(entry.clone());
    }
    found
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks_exact(4)
        .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect()
}

/// A compound file that holds nothing but `stream`, under the name `Workbook`. What reads it sees
/// chains that are known to be sound.
pub(crate) fn wrap(mut stream: Vec<u8>) -> Vec<u8> {
    const SECTOR: usize = 4096;
    stream.resize(stream.len().max(SECTOR).next_multiple_of(SECTOR), 0);
    let body = stream.len() / SECTOR;
    let per_table = SECTOR / 4;
    let tables = (body + 1).div_ceil(per_table - 1);
    let word = |number: usize| u32::try_from(number).unwrap_or(FREE).to_le_bytes();

    let mut out = vec![0; SECTOR];
    out[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    for (at, half) in [(24, 0x3E_u16), (26, 4), (28, 0xFFFE), (30, 12), (32, 6)] {
        out[at..at + 2].copy_from_slice(&half.to_le_bytes());
    }
    for (at, number) in [(40, word(1)), (44, word(tables)), (56, word(SECTOR))] {
        out[at..at + 4].copy_from_slice(&number);
    }
    for at in [60, 68] {
        out[at..at + 4].copy_from_slice(&END_OF_CHAIN.to_le_bytes());
    }
    // Room for 109 tables, which describe 456 MB.
    out[76..512].fill(0xFF);
    for table in 0..tables.min(109) {
        out[76 + table * 4..80 + table * 4].copy_from_slice(&word(1 + body + table));
    }

    let mut directory = vec![0; SECTOR];
    for (at, name, kind, start, length) in [
        (0, "Root Entry", 5, 0, 0),
        (128, "Workbook", 2, 1, stream.len()),
    ] {
        let entry = &mut directory[at..at + 128];
        for (unit, place) in name.encode_utf16().zip(entry.chunks_exact_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
        entry[64] = u8::try_from(name.len() * 2 + 2).unwrap_or(0);
        entry[66] = kind;
        entry[68..80].fill(0xFF);
        entry[116..120].copy_from_slice(&word(start));
        entry[120..124].copy_from_slice(&word(length));
    }
    directory[76..80].copy_from_slice(&word(1));
    out.extend_from_slice(&directory);
    out.extend_from_slice(&stream);

    let mut fat = vec![FREE; tables * per_table];
    fat[0] = END_OF_CHAIN;
    for (sector, next) in fat.iter_mut().enumerate().take(body).skip(1) {
        *next = u32::try_from(sector + 1).unwrap_or(FREE);
    }
    fat[body] = END_OF_CHAIN;
    fat[body + 1..=body + tables].fill(FAT_SECTOR);
    out.extend(fat.into_iter().flat_map(u32::to_le_bytes));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wrapped_stream_comes_out_again() {
        for length in [0, 1, 4095, 4096, 5_000_000] {
            let stream: Vec<u8> = (0..length)
                .map(|at| u8::try_from(at % 251).unwrap())
                .collect();
            let file = wrap(stream.clone());
            let read = Compound::open(&file)
                .unwrap()
                .stream("workbook")
                .unwrap()
                .unwrap();
            assert_eq!(&read[..length], stream);
        }
    }

    #[test]
    fn loops_end() {
        let mut file = wrap(vec![1; 9000]);
        // The second sector of the stream follows itself.
        let fat = file.len() - 4096;
        file[fat + 8..fat + 12].copy_from_slice(&2_u32.to_le_bytes());
        let open = Compound::open(&file).unwrap();
        assert_eq!(
            open.stream("Workbook").unwrap().map(|it| it.len()),
            Some(12_288)
        );
        // The directory follows itself.
        file[fat..fat + 4].copy_from_slice(&0_u32.to_le_bytes());
        assert_eq!(
            Compound::open(&file).err().map(|it| it.kind()),
            Some("corrupt")
        );
    }

    proptest! {
        #[test]
        fn damaged_files_are_read_or_refused(changes in prop::collection::vec((0_usize..20_480, any::<u8>()), 1..20)) {
            let mut file = wrap(vec![1; 9000]);
            for (at, byte) in changes {
                let at = at % file.len();
                file[at] = byte;
            }
            if let Ok(open) = Compound::open(&file) {
                let _ = open.stream("Workbook");
            }
        }
    }
}
