//! The names of entries: decoded, and told apart where they are one when they are shown.

use std::collections::{BTreeSet, HashMap};

use encoding_rs::GBK;
use zip::read::ZipFileEntry;

use crate::quote::shortened;

/// The flag of an entry that says that its name is UTF-8.
const SAYS_UTF8: u16 = 1 << 11;

/// Chinese is written in three bytes in UTF-8, as all is from here on.
const FIRST_OF_THREE_BYTES: char = '\u{800}';

/// The name of an entry: UTF-8, or as Chinese Windows writes it without saying so.
pub(super) fn name(raw: &[u8], flags: u16) -> String {
    // Short words in GBK can be letters of other scripts in UTF-8, but no Chinese ones.
    let is_chinese = |name: &str| name.chars().any(|c| c >= FIRST_OF_THREE_BYTES);
    let gbk = GBK.decode_without_bom_handling_and_without_replacement(raw);
    let name = match (std::str::from_utf8(raw), gbk) {
        (Ok(name), _) if flags & SAYS_UTF8 != 0 || is_chinese(name) => name.to_owned(),
        (_, Some(gbk)) => gbk.into_owned(),
        (Ok(name), None) => name.to_owned(),
        (Err(_), None) => GBK.decode_without_bom_handling(raw).0.into_owned(),
    };
    name.replace('\\', "/").trim_start_matches('/').to_owned()
}

/// A name is told with every finding of its file: no more of it is kept than this, in characters.
const LONGEST: usize = 1_000;

/// What follows the last point is no ending where it is longer.
const LONGEST_ENDING: usize = 10;

/// A name of any length without the middle, its ending kept.
pub(super) fn kept(name: String) -> String {
    if name.chars().nth(LONGEST).is_none() {
        return name;
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let ending = ending.filter(|ending| ending.chars().nth(LONGEST_ENDING).is_none());
    let start: String = name.chars().take(LONGEST).collect();
    match ending {
        Some(ending) => format!("{start}….{ending}"),
        None => format!("{start}…"),
    }
}

/// Of a name no more than this is said in a sentence.
const LONGEST_SAID: usize = 120;

/// The name of an entry, as it is said in a sentence.
pub(super) fn said(entry: &ZipFileEntry<'_>) -> String {
    let name = name(entry.name_raw(), entry.flags().as_u16());
    shortened(&name, LONGEST_SAID).into_owned()
}

/// Numbers names that are one when they are shown: of two entries, or of an archive and a folder.
pub(super) fn tell_apart(names: &mut [(String, usize)]) {
    let mut all: BTreeSet<String> = names.iter().map(|(name, _)| name.clone()).collect();
    let mut met: HashMap<String, usize> = HashMap::new();
    for (name, _) in names {
        let times = met.entry(name.clone()).or_insert(0);
        *times += 1;
        if *times == 1 && !(is_archive(name) && is_folder(name, &all)) {
            continue;
        }
        let mut number = (*times).max(2);
        let mut apart = numbered(name, number);
        while is_folder(&apart, &all) || !all.insert(apart.clone()) {
            number += 1;
            apart = numbered(name, number);
        }
        *times = number;
        *name = apart;
    }
}

/// A name with a number before its ending, which tells what it is.
fn numbered(name: &str, number: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => format!("{stem}（{number}）.{ending}"),
        _ => format!("{name}（{number}）"),
    }
}

/// Whether entries lie below this name.
fn is_folder(name: &str, all: &BTreeSet<String>) -> bool {
    let folder = format!("{name}/");
    all.range(folder.clone()..)
        .next()
        .is_some_and(|next| next.starts_with(&folder))
}

pub(super) fn is_archive(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}
