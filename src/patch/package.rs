//! The package being patched: parts by name, and entries copied as they stand unless changed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::ops::Range;
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::error::PatchError;
use super::outline::Outline;
use crate::read::Limits;
use crate::read::ReadError;
use crate::read::container::{self, decode, normal};
use crate::read::limits::{Budget, check};

/// A part whose text has been asked for or changed.
#[derive(Debug)]
struct Loaded {
    /// As it stands in the source; `None` for a new part.
    source: Option<Arc<str>>,
    text: Arc<str>,
    /// A byte order mark, which no offset counts, goes back in front.
    bom: bool,
}

/// The package. Part names are compared without regard to case, as the reader does.
pub(super) struct Package<'a> {
    source: container::Package<'a>,
    pub(super) budget: Budget<'a>,
    loaded: BTreeMap<String, Loaded>,
    removed: Vec<String>,
    /// New parts in the order of their making, as they will be named.
    added: Vec<String>,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, PatchError> {
        check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
        Ok(Self {
            source: container::Package::open(bytes, limits)?,
            budget: Budget::new(limits),
            loaded: BTreeMap::new(),
            removed: Vec::new(),
            added: Vec::new(),
        })
    }

    pub(super) fn limits(&self) -> &'a Limits {
        self.budget.limits
    }

    /// What the reader's own functions work on.
    pub(super) fn source(&mut self) -> (&mut container::Package<'a>, &mut Budget<'a>) {
        (&mut self.source, &mut self.budget)
    }

    pub(super) fn has(&self, part: &str) -> bool {
        let part = normal(part);
        self.added.contains(&part) || !self.removed.contains(&part) && self.source.has(&part)
    }

    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.source.has_prefix(prefix)
    }

    /// The names of all parts, normalised.
    pub(super) fn names(&self) -> Vec<String> {
        let source = self.source.names().iter().map(|entry| entry.0.clone());
        source
            .filter(|name| !self.removed.contains(name))
            .chain(self.added.iter().cloned())
            .collect()
    }

    /// The text of a part, if there is such a part.
    pub(super) fn text(&mut self, part: &str) -> Result<Option<Arc<str>>, PatchError> {
        let part = normal(part);
        if self.removed.contains(&part) && !self.added.contains(&part) {
            return Ok(None);
        }
        if let Some(loaded) = self.loaded.get(&part) {
            return Ok(Some(Arc::clone(&loaded.text)));
        }
        let mut bytes = Vec::new();
        if !self.source.read(&part, &mut self.budget, &mut bytes)? {
            return Ok(None);
        }
        if matches!(
            bytes[..],
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'<', 0, ..] | [0, b'<', ..]
        ) {
            return Err(PatchError::encoding(&part));
        }
        let bom = bytes.starts_with(b"\xEF\xBB\xBF");
        let text: Arc<str> = decode(&bytes, &part)
            .map_err(|_| PatchError::encoding(&part))?
            .as_ref()
            .into();
        // Letters below 128 are the same in whatever it says that it is.
        if !text.is_ascii() && other_encoding(&text).is_some() {
            return Err(PatchError::encoding(&part));
        }
        let loaded = Loaded {
            source: Some(Arc::clone(&text)),
            text: Arc::clone(&text),
            bom,
        };
        self.loaded.insert(part, loaded);
        Ok(Some(text))
    }

    /// The text of a part that another refers to.
    pub(super) fn need(&mut self, part: &str) -> Result<Arc<str>, PatchError> {
        self.text(part)?
            .ok_or_else(|| ReadError::corrupt(part, crate::read::Damage::Missing).into())
    }

    /// Sets the text of a part, new or not.
    pub(super) fn put(&mut self, part: &str, text: String) -> Result<(), PatchError> {
        let part = normal(part);
        check(
            text.len() as u64,
            self.limits().part_bytes,
            "max-part-bytes",
        )?;
        let text: Arc<str> = text.into();
        if let Some(loaded) = self.loaded.get_mut(&part) {
            loaded.text = text;
            return Ok(());
        }
        self.added.push(part.clone());
        let loaded = Loaded {
            source: None,
            text,
            bom: false,
        };
        self.loaded.insert(part, loaded);
        Ok(())
    }

    /// Takes a part out.
    pub(super) fn remove(&mut self, part: &str) {
        let part = normal(part);
        self.loaded.remove(&part);
        self.added.retain(|name| *name != part);
        if self.source.has(&part) && !self.removed.contains(&part) {
            self.removed.push(part);
        }
    }

    /// Changes a part through its outline; `edit` gives the new text, or nothing.
    pub(super) fn edit<T>(
        &mut self,
        part: &str,
        levels: usize,
        edit: impl FnOnce(&Outline<'_>) -> Result<(Option<String>, T), PatchError>,
    ) -> Result<T, PatchError> {
        let text = self.need(part)?;
        let mut outline = Outline::new(&text, part, levels, self.limits())?;
        // What is put into a root must find it open.
        let opened = outline.opened();
        if let Some(opened) = &opened {
            outline = Outline::new(opened, part, levels, self.limits())?;
        }
        let (new, out) = edit(&outline)?;
        if let Some(new) = new {
            self.put(part, new)?;
        }
        Ok(out)
    }

    /// Whether anything differs from the source.
    pub(super) fn is_changed(&self) -> bool {
        let differs = |loaded: &Loaded| loaded.source.as_ref() != Some(&loaded.text);
        !self.removed.is_empty() || !self.added.is_empty() || self.loaded.values().any(differs)
    }

    /// How a new part's name is written: relationships are looked for under the very spelling of
    /// the part that they belong to.
    fn spelling(&mut self, name: &str) -> String {
        let owner = name.replacen("_rels/", "", 1);
        let owner = owner.strip_suffix(".rels").filter(|_| owner != name);
        let index = owner.and_then(|owner| self.source.index(owner));
        let archive = self.source.archive();
        let stored = index.and_then(|index| archive.name_for_index(index)?.ok());
        let Some(stored) = stored else {
            return name.to_owned();
        };
        // Some programs write backslashes.
        match stored.rfind(['/', '\\']) {
            Some(slash) => {
                let (folder, base) = stored.split_at(slash + 1);
                format!("{folder}_rels{}{base}.rels", &stored[slash..=slash])
            }
            None => format!("_rels/{stored}.rels"),
        }
    }

    /// The package as it is now: entries in their order, those not changed copied as they are,
    /// new ones last. What it has become is read again under the same limits.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, PatchError> {
        let limits = self.limits();
        let entries = self.names().len() as u64;
        check(entries, limits.entries as u64, "max-entries")?;
        let failed = |error: &dyn std::fmt::Display| PatchError::Write(error.to_string());
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let mut order: Vec<(usize, String)> = self
            .source
            .names()
            .iter()
            .map(|(name, index)| (*index, name.clone()))
            .collect();
        order.sort_unstable();
        let added: Vec<(String, String)> = std::mem::take(&mut self.added)
            .into_iter()
            .map(|name| {
                let stored = self.spelling(&name);
                (name, stored)
            })
            .collect();
        let archive = self.source.archive();
        for (index, name) in order {
            if self.removed.contains(&name) {
                continue;
            }
            let entry = archive
                .by_index_raw(index)
                .map_err(|error| failed(&error))?;
            let changed = self
                .loaded
                .get(&name)
                .filter(|loaded| loaded.source.as_ref() != Some(&loaded.text));
            match changed {
                None => writer
                    .raw_copy_file(entry)
                    .map_err(|error| failed(&error))?,
                Some(loaded) => {
                    let mut options = plain();
                    if let Some(time) = entry.last_modified() {
                        options = options.last_modified_time(time);
                    }
                    let stored = entry.name().map_or_else(|_| name.clone(), Cow::into_owned);
                    drop(entry);
                    write(&mut writer, &stored, loaded, options)?;
                }
            }
        }
        for (name, stored) in &added {
            if let Some(loaded) = self.loaded.get(name) {
                write(&mut writer, stored, loaded, plain())?;
            }
        }
        writer
            .set_raw_comment(archive.comment().into())
            .map_err(|error| failed(&error))?;
        let bytes = writer.finish().map_err(|error| failed(&error))?;
        let bytes = bytes.into_inner();
        check(bytes.len() as u64, limits.file_bytes, "max-file-bytes")?;
        Ok(bytes)
    }
}

/// No clock and no system: the result depends on the input alone, wherever the program runs.
fn plain() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // A third larger than the usual level at a third of its time.
        .compression_level(Some(1))
        .last_modified_time(zip::DateTime::default())
        .system(zip::System::Dos)
}

fn write(
    writer: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    loaded: &Loaded,
    options: SimpleFileOptions,
) -> Result<(), PatchError> {
    let failed = |error: &dyn std::fmt::Display| PatchError::Write(error.to_string());
    writer
        .start_file(name, options)
        .map_err(|error| failed(&error))?;
    if loaded.bom {
        writer
            .write_all(b"\xEF\xBB\xBF")
            .map_err(|error| failed(&error))?;
    }
    let text: &str = &loaded.text;
    let pieces = match other_encoding(text) {
        Some(name) => [&text[..name.start], "UTF-8", &text[name.end..]],
        None => [text, "", ""],
    };
    for piece in pieces {
        writer
            .write_all(piece.as_bytes())
            .map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Where the declaration of a part names an encoding that is not ours.
fn other_encoding(text: &str) -> Option<Range<usize>> {
    let declaration = &text[..text.find("?>").filter(|_| text.starts_with("<?xml"))?];
    let name = declaration.find("encoding")? + "encoding".len();
    let open = name + declaration[name..].find(['"', '\''])? + 1;
    let name = open..open + declaration[open..].find(['"', '\''])?;
    let is_ours = ["utf-8", "utf8"]
        .iter()
        .any(|ours| text[name.clone()].eq_ignore_ascii_case(ours));
    (!is_ours).then_some(name)
}
