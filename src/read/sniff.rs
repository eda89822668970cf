//! What a file is, by its content: names lie, web systems call anything .xls.

use super::container::{Package, decode, normal};
use super::error::{Damage, Found, ReadError};
use super::limits::Budget;
use super::xlsx::{find, relationships};
use crate::xml::{Event, Reader, unescape};

/// The containers that a workbook may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    /// A zip archive.
    Zip,
    /// A compound file.
    Compound,
}

/// What a zip archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// Office Open XML, with the name of the main part.
    Xlsx(String),
    /// Its binary variant, with the name of the main part.
    Xlsb(String),
    /// OpenDocument.
    Ods,
}

/// How far into a text one looks for its markup.
pub(super) const HEAD: usize = 4096;

/// The part that says what the parts of an Office Open XML package are.
const TYPES: &str = "[Content_Types].xml";

/// The container by its first bytes, or what the file is instead.
pub(crate) fn container(bytes: &[u8]) -> Result<Container, ReadError> {
    let found = match bytes {
        [] => Found::Empty,
        [b'P', b'K', 3, 4, ..] => return Ok(Container::Zip),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => return Ok(Container::Compound),
        // The beginning of a record in a bare BIFF 2, 3, 4 or 5 stream.
        [0x09, 0x00 | 0x02 | 0x04 | 0x08, 4 | 6 | 8 | 16, 0x00, ..] => Found::AncientWorkbook,
        // A zip without entries.
        [b'P', b'K', 5, 6, ..] => Found::Empty,
        [b'R', b'a', b'r', b'!', ..] => Found::Archive,
        [b'7', b'z', 0xBC, 0xAF, ..] | [0x1F, 0x8B, ..] => Found::Archive,
        [b'%', b'P', b'D', b'F', ..] => Found::Pdf,
        [b'{', b'\\', b'r', b't', b'f', ..] => Found::Rtf,
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => {
            Found::Image
        }
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Found::Image,
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Found::Image,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Found::Image,
        bytes if bytes.iter().all(|&byte| byte == 0) => Found::Empty,
        bytes => text(bytes),
    };
    Err(ReadError::NotAWorkbook(found))
}

/// What kind of text this is, if any.
fn text(bytes: &[u8]) -> Found {
    let head = &bytes[..bytes.len().min(HEAD)];
    let utf16 = matches!(head, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
    // Markup is ASCII in every encoding met here, UTF-16 with zeros between.
    let plain: Vec<u8> = head
        .iter()
        .filter(|&&byte| !(utf16 && matches!(byte, 0 | 0xFE | 0xFF)))
        .map(u8::to_ascii_lowercase)
        .collect();
    let has = |mark: &str| memchr::memmem::find(&plain, mark.as_bytes()).is_some();
    let start = plain
        .strip_prefix(&[0xEF, 0xBB, 0xBF])
        .unwrap_or(&plain)
        .trim_ascii_start();
    if start.starts_with(b"%pdf") {
        return Found::Pdf;
    }
    if has("mime-version:") && has("content-type:") {
        return Found::Mht;
    }
    if start.starts_with(b"<") {
        // Excel 2003 XML and flat OpenDocument carry HTML-like tables inside.
        let xml = start.starts_with(b"<?xml") && !has("<html") && !has("<!doctype html");
        return if xml || has("urn:schemas-microsoft-com:office:spreadsheet") && !has("<html") {
            Found::Xml
        } else {
            Found::Html
        };
    }
    if has("<html") || has("<table") {
        return Found::Html;
    }
    let readable = utf16
        || !head
            .iter()
            .any(|&byte| byte < 0x20 && !byte.is_ascii_whitespace());
    if !(readable && (utf16 || is_utf8(head) || is_gbk(head))) {
        return Found::Unknown;
    }
    if plain.iter().any(|byte| matches!(byte, b',' | b'\t' | b';')) {
        Found::Csv
    } else {
        Found::Text
    }
}

/// UTF-8, save for a character cut off at the end.
fn is_utf8(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Pairs as GBK and GB18030 have them.
fn is_gbk(head: &[u8]) -> bool {
    let mut bytes = head.iter();
    while let Some(&lead) = bytes.next() {
        if lead < 0x80 {
            continue;
        }
        if !(0x81..=0xFE).contains(&lead) {
            return false;
        }
        match bytes.next() {
            None | Some(0x30..=0x39 | 0x40..=0x7E | 0x80..=0xFE) => {}
            Some(_) => return false,
        }
    }
    true
}

/// What a zip archive holds, told by its content types or its `mimetype`.
pub(crate) fn content(
    package: &mut Package<'_>,
    budget: &mut Budget<'_>,
) -> Result<Content, ReadError> {
    let mut buffer = Vec::new();
    if package.read(TYPES, budget, &mut buffer)? {
        let types = decode(&buffer, TYPES)?.into_owned();
        // Which of two workbooks in one package is shown depends on the name of the file.
        if package.has("mimetype") || package.has("content.xml") {
            return Err(ReadError::corrupt(TYPES, Damage::Ambiguous));
        }
        let root = relationships(package, "_rels/.rels", "", budget, &mut buffer)?;
        let main = find(&root, "officeDocument").map(|link| link.target.as_str());
        let has = |part: &str| package.has(part);
        let content = office(&types, main, has, budget.limits.xml_depth)?;
        return content.ok_or_else(|| untold(package));
    }
    if package.read("mimetype", budget, &mut buffer)? {
        let kind = String::from_utf8_lossy(&buffer);
        let kind = kind
            .trim_ascii()
            .strip_prefix("application/vnd.oasis.opendocument.");
        return Err(ReadError::NotAWorkbook(match kind {
            Some("spreadsheet" | "spreadsheet-template") => return Ok(Content::Ods),
            Some("text" | "text-template" | "text-master") => Found::Word,
            Some("presentation" | "presentation-template") => Found::Slides,
            Some("graphics" | "image" | "chart") => Found::Image,
            _ => return Err(untold(package)),
        }));
    }
    Err(untold(package))
}

/// What an archive is that does not say it: a damaged workbook, where it holds parts of one.
fn untold(package: &Package<'_>) -> ReadError {
    let is_excel = ["xl/workbook.", "xl/worksheets/", "xl/_rels/"]
        .iter()
        .any(|prefix| package.has_prefix(prefix));
    let is_open = package.has("content.xml") && package.has("META-INF/manifest.xml");
    let part = match (is_excel, is_open) {
        (true, _) => TYPES,
        (false, true) => "mimetype",
        (false, false) => return ReadError::NotAWorkbook(Found::Archive),
    };
    let damage = match package.has(part) {
        true => Damage::Kind,
        false => Damage::Missing,
    };
    ReadError::corrupt(part, damage)
}

/// What an Office Open XML package is, by the content type of its main part. An override holds
/// for one part and comes first; a default holds for an extension, which many programs list for
/// parts that they did not write. An override of another part counts where there is that part.
/// `None` where they say nothing that is known.
fn office(
    text: &str,
    main: Option<&str>,
    has: impl Fn(&str) -> bool,
    depth: usize,
) -> Result<Option<Content>, ReadError> {
    let mut xml = Reader::new(text, depth, &[]);
    let fault = |fault| ReadError::corrupt("[Content_Types].xml", Damage::Xml(fault));
    let extension = main.and_then(|main| main.rsplit('.').next());
    let (mut named, mut listed, mut default) = (None, None, None);
    loop {
        match xml.next().map_err(fault)? {
            Event::Start(_) => {
                let kind = xml.attribute("ContentType").unwrap_or_default();
                let kind = kind.to_ascii_lowercase();
                if !kind.contains(".main") && !kind.contains("opendocument") {
                    continue;
                }
                if let Some(part) = xml.attribute("PartName") {
                    let part = unescape(part).map_err(fault)?.into_owned();
                    if main == Some(normal(&part).as_str()) {
                        named.get_or_insert((part, kind));
                    } else if has(&normal(&part)) {
                        listed.get_or_insert((part, kind));
                    }
                } else if xml
                    .attribute("Extension")
                    .zip(extension)
                    .is_some_and(|(given, own)| given.eq_ignore_ascii_case(own))
                {
                    default = Some(kind);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let default = main.map(str::to_owned).zip(default);
    let Some((part, kind)) = named.or(default).or(listed) else {
        return Ok(None);
    };
    let is = |one: &str, other: &str| kind.contains(one) || kind.contains(other);
    if is("spreadsheetml", "ms-excel") {
        return Ok(Some(if kind.contains("binary") {
            Content::Xlsb(part)
        } else {
            Content::Xlsx(part)
        }));
    }
    Err(ReadError::NotAWorkbook(
        if is("wordprocessingml", "ms-word") {
            Found::Word
        } else if is("presentationml", "ms-powerpoint") {
            Found::Slides
        } else {
            return Ok(None);
        },
    ))
}
