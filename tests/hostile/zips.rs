//! Zip archives byte by byte, so that they can lie.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::Package;

/// An entry, and what its two headers say of it.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) local: Header,
    pub(crate) central: Header,
    pub(crate) packed: Vec<u8>,
    /// Where the directory says that the entry is, if not where it is.
    pub(crate) offset: Option<u32>,
    /// Behind the packed bytes.
    pub(crate) behind: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) sum: u32,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
}

/// Bit 3: sizes come behind the bytes.
pub(crate) const DESCRIBED: u16 = 8;

impl Entry {
    /// An honest entry, deflated.
    pub(crate) fn new(name: &str, body: &[u8]) -> Self {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file("x", SimpleFileOptions::default())
            .unwrap();
        writer.write_all(body).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut entry = archive.by_index_raw(0).unwrap();
        let mut packed = Vec::new();
        entry.read_to_end(&mut packed).unwrap();
        Self::of(name, 8, entry.crc32(), packed, body.len())
    }

    /// An honest entry, stored.
    pub(crate) fn stored(name: &str, body: &[u8]) -> Self {
        let sum = Self::new(name, body).central.sum;
        Self::of(name, 0, sum, body.to_vec(), body.len())
    }

    fn of(name: &str, method: u16, sum: u32, packed: Vec<u8>, size: usize) -> Self {
        let header = Header {
            name: name.as_bytes().to_vec(),
            flags: 1 << 11,
            method,
            sum,
            packed: u32::try_from(packed.len()).unwrap(),
            size: u32::try_from(size).unwrap(),
            extra: Vec::new(),
        };
        Self {
            local: header.clone(),
            central: header,
            packed,
            offset: None,
            behind: Vec::new(),
        }
    }

    /// With this change to both headers.
    pub(crate) fn both(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }
}

impl Header {
    fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for half in [20, self.flags, self.method, 0, 0x21] {
            out.extend(u16::to_le_bytes(half));
        }
        for word in [self.sum, self.packed, self.size] {
            out.extend(word.to_le_bytes());
        }
        for length in [self.name.len(), self.extra.len()] {
            out.extend(u16::try_from(length).unwrap().to_le_bytes());
        }
        out
    }
}

/// The archive of these entries.
pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    zip_with_end(entries, |_, _| Vec::new())
}

/// The same, with records between the directory and its end: of its place and size.
pub(crate) fn zip_with_end(entries: &[Entry], between: impl Fn(u64, u64) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let at = u32::try_from(out.len()).unwrap();
        out.extend(b"PK\x03\x04");
        out.extend(entry.local.fields());
        out.extend(&entry.local.name);
        out.extend(&entry.local.extra);
        out.extend(&entry.packed);
        out.extend(&entry.behind);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(entry.central.fields());
        directory.extend([0; 10]);
        directory.extend(entry.offset.unwrap_or(at).to_le_bytes());
        directory.extend(&entry.central.name);
        directory.extend(&entry.central.extra);
    }
    let place = out.len() as u64;
    out.extend(&directory);
    out.extend(between(place, directory.len() as u64));
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    out.extend([count, count].concat());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(u32::try_from(place).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out
}

/// The parts of a package as honest entries.
pub(crate) fn entries(package: &Package) -> Vec<Entry> {
    let parts = package.parts.iter();
    parts.map(|(name, body)| Entry::new(name, body)).collect()
}

/// A package with one entry changed.
pub(crate) fn with_entry(
    package: &Package,
    name: &str,
    change: impl Fn(Entry) -> Entry,
) -> Vec<u8> {
    let mut all = entries(package);
    let at = package
        .parts
        .iter()
        .position(|part| part.0 == name)
        .unwrap();
    all[at] = change(all[at].clone());
    zip(&all)
}

/// The 64-bit sizes of an entry.
pub(crate) fn zip64(size: u64, packed: u64) -> Vec<u8> {
    let mut out = vec![1, 0, 16, 0];
    out.extend(size.to_le_bytes());
    out.extend(packed.to_le_bytes());
    out
}
