//! Outcomes, and workbooks with something in them.

use std::sync::{Arc, OnceLock};

use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::read::{Limits, ReadError, read};
use gouji::review::{Options, Review, review};
use gouji::workbook::Workbook;

use crate::support::{MAIN, Package};

/// A hostile file and what it comes to at every door.
pub(crate) struct Case {
    /// Its name, with the ending that it goes by.
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) outcome: Outcome,
}

/// What a file comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refused for this, with these words in the message.
    Refused(&'static str, &'static str),
    /// Read; no table of a form.
    NoForm,
}

/// The catalog, parsed once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Arc<Catalog>> = OnceLock::new();
    CATALOG.get_or_init(|| Arc::new(Catalog::embedded().unwrap()))
}

/// What the library makes of a file.
pub(crate) fn reviewed(bytes: &[u8]) -> Review<'static> {
    review(catalog(), bytes, None, &Options::default())
}

/// Why a file is refused: the kind, and the message to its owner.
pub(crate) fn refusal(bytes: &[u8]) -> (&'static str, String) {
    match reviewed(bytes) {
        Review::Unreadable(error) => (error.kind(), error.message(Lang::Zh)),
        Review::Checked(_) => panic!("checked"),
        Review::Unrecognised(book) => panic!("read: {} sheets", book.sheets.len()),
    }
}

/// Sees that a file is refused for this, with these words.
pub(crate) fn refused(bytes: &[u8], kind: &str, words: &str) {
    let (found, message) = refusal(bytes);
    assert_eq!(found, kind, "{message}");
    assert!(message.contains(words), "{message}");
}

/// The workbook of a file that is read and holds no form.
pub(crate) fn no_form(bytes: &[u8]) -> Workbook {
    match reviewed(bytes) {
        Review::Unrecognised(book) => book,
        Review::Checked(_) => panic!("checked"),
        Review::Unreadable(error) => panic!("{error}"),
    }
}

pub(crate) fn book(bytes: &[u8]) -> Workbook {
    read(bytes, &Limits::default()).unwrap()
}

pub(crate) fn error(bytes: &[u8]) -> ReadError {
    read(bytes, &Limits::default()).unwrap_err()
}

/// A package whose sheet holds one number.
pub(crate) fn plain() -> Package {
    Package::of("<row r='1'><c r='A1'><v>1</v></c></row>")
}

/// One sheet with these elements.
pub(crate) fn worksheet(inside: &str) -> Package {
    Package::sheet(&format!("<worksheet xmlns='{MAIN}'>{inside}</worksheet>"))
}

/// A cell of text, without an address.
pub(crate) fn text(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<c t='inlineStr'><is><t xml:space='preserve'>{text}</t></is></c>")
}

/// The parts of a workbook, open to change.
pub(crate) fn unpacked(bytes: &[u8]) -> Package {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut package = Package { parts: Vec::new() };
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut body = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut body).unwrap();
        package = package.with(&name, body);
    }
    package
}

/// A package in which this part has another text.
pub(crate) fn rewritten(
    package: Package,
    name: &str,
    change: impl FnOnce(String) -> String,
) -> Package {
    let part = package.parts.iter().find(|part| part.0 == name);
    let text = String::from_utf8(part.unwrap().1.clone()).unwrap();
    package.with(name, change(text))
}

/// A fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read(folder.join(name)).unwrap()
}
