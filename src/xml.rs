//! A pull tokenizer for the XML inside workbooks: namespaces, byte spans, nothing else.
//!
//! It reads a decoded `&str` in place and hands out slices of it, so that a patcher can splice
//! by [`Reader::span`]. What it leaves out, it refuses: a document type declaration is an error,
//! so no entity beyond the five predefined and the numeric ones exists; nesting is bounded; a
//! text that ends inside an element is an error. A byte order mark must be cut off before.
//!
//! Every element gives a `Start` and an `End`, `<c/>` too (its `End` has an empty span).
//! Comments and processing instructions are passed over, so one text may come in two pieces:
//! `<v>1<!--c-->2</v>` is `1`, then `2`. [`Reader::text`] joins them.

mod bytes;
mod escape;

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;
use memchr::memmem;

use bytes::{ends_name, is_space};
pub use escape::unescape;
use escape::{newlines, spells_out};

/// The namespaces of SpreadsheetML: Transitional and Strict (ECMA-376 Part 1, annex A).
pub const SPREADSHEET: &[&str] = &[
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
];

/// More attributes than this on one element, or namespaces in force, are no workbook's (41 is
/// the most seen).
const MAX_ATTRIBUTES: usize = 128;

/// Why a text is not the XML of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text ends inside an element, tag or comment.
    #[error("the XML ends too early")]
    Truncated,
    /// A tag, attribute or end tag is not well formed.
    #[error("the XML is not well formed at byte {0}")]
    Malformed(usize),
    /// A document type declaration, which no workbook has.
    #[error("the XML has a document type declaration")]
    Doctype,
    /// A prefix stands for another namespace than every program gives it.
    #[error("the XML gives a prefix an unusual meaning")]
    Prefix,
    /// An entity that is neither predefined nor numeric.
    #[error("the XML refers to an unknown entity")]
    Entity,
    /// Nested deeper than this, which is what is allowed.
    #[error("the XML is nested more than {0} deep")]
    Depth(usize),
}

/// One step through the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A start tag, with its qualified name; its attributes are asked of the reader.
    Start(&'a str),
    /// An end tag, or the end of an empty element.
    End,
    /// Character data as it stands, entities not yet replaced.
    Text(&'a str),
    /// The inside of a CDATA section: literal.
    CData(&'a str),
    /// The end of a complete document.
    Eof,
}

/// One attribute: qualified name and the value as it stands between the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Qualified name.
    pub name: &'a str,
    /// Value, entities not yet replaced.
    pub raw: &'a str,
}

/// A prefix in force from `depth` inwards.
#[derive(Debug, Clone, Copy)]
struct Binding<'a> {
    depth: usize,
    prefix: &'a str,
    namespace: &'a str,
    wanted: bool,
}

/// The tokenizer.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    span: Range<usize>,
    open: Vec<&'a str>,
    attributes: Vec<Attribute<'a>>,
    /// The element just started was empty: its `End` is due.
    pending_end: bool,
    /// A root element has been seen.
    rooted: bool,
    max_depth: usize,
    namespaces: &'static [&'static str],
    /// Prefixes that stand for these namespaces and for no others, nor others for them.
    conventions: &'static [(&'static str, &'static str)],
    bindings: Vec<Binding<'a>>,
    /// Where the one prefix of the wanted namespace never changes: that prefix.
    fixed_prefix: Option<&'a str>,
    /// A name without a prefix counts as wanted where nothing says what it is in. Some exporters
    /// leave the namespace out altogether.
    bare: bool,
}

/// Whether a program that reads all versions of a standard may take one name of a namespace for the
/// other: those of OASIS are alike but for the version and the name of the standard.
fn is_spelling_of(known: &str, other: &str) -> bool {
    let core = |name: &str| -> Option<String> {
        let name = unescape(name).ok()?;
        let (_, rest) = name
            .strip_prefix("urn:oasis:names:tc:")?
            .split_once(":xmlns:")?;
        let (core, _) = rest.split_once(':')?;
        Some(core.to_owned())
    };
    let known = core(known);
    known.is_some() && known == core(other)
}

impl<'a> Reader<'a> {
    /// A reader over `text`, at most `max_depth` elements deep; [`Reader::local`] answers for
    /// elements of one of `namespaces`.
    pub fn new(text: &'a str, max_depth: usize, namespaces: &'static [&'static str]) -> Self {
        Self {
            text,
            at: 0,
            span: 0..0,
            open: Vec::with_capacity(16),
            attributes: Vec::with_capacity(8),
            pending_end: false,
            rooted: false,
            max_depth,
            namespaces,
            conventions: &[],
            bindings: Vec::new(),
            fixed_prefix: None,
            bare: false,
        }
    }

    /// Refuses a text in which one of these prefixes stands for another namespace than the one
    /// beside it, or another prefix for this: whoever goes by prefixes would be misled.
    pub fn with_conventions(
        mut self,
        conventions: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.conventions = conventions;
        self
    }

    /// Where the last event stands in the text.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the element just started is written as an empty one (`<c/>`).
    pub fn is_empty_element(&self) -> bool {
        self.pending_end
    }

    /// The attributes of the last start tag.
    pub fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// The raw value of the attribute with this qualified name.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|found| found.raw)
    }

    /// The value of an attribute that holds a number, an address or one of a few words: blanks
    /// around it do not count.
    ///
    /// # Errors
    /// Where something stands in it that such a value never has.
    pub fn token(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.attribute(name) {
            Some(raw) if raw.contains('&') => Err(Fault::Malformed(self.span.start)),
            raw => Ok(raw.map(str::trim_ascii)),
        }
    }

    /// The raw value of the attribute with this local name in one of these namespaces, as `r:id`.
    pub fn attribute_in(&self, namespaces: &[&str], local: &str) -> Option<&'a str> {
        let is_there = |attribute: &&Attribute<'_>| {
            attribute
                .name
                .split_once(':')
                .is_some_and(|(prefix, name)| {
                    let mut bindings = self.bindings.iter().rev();
                    let bound = bindings.find(|binding| binding.prefix == prefix);
                    name == local
                        && bound.is_some_and(|bound| namespaces.contains(&bound.namespace))
                })
        };
        self.attributes.iter().find(is_there).map(|found| found.raw)
    }

    /// The next event.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Event<'a>, Fault> {
        if self.pending_end {
            self.pending_end = false;
            self.span = self.at..self.at;
            self.close();
            return Ok(Event::End);
        }
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let Some(&first) = bytes.get(start) else {
                return if self.rooted && self.open.is_empty() {
                    self.span = start..start;
                    Ok(Event::Eof)
                } else {
                    Err(Fault::Truncated)
                };
            };
            if first != b'<' {
                let end = memchr(b'<', &bytes[start..]).map_or(bytes.len(), |len| start + len);
                self.at = end;
                let text = &self.text[start..end];
                if self.open.is_empty() {
                    if text.bytes().all(is_space) {
                        continue;
                    }
                    return Err(Fault::Malformed(start));
                }
                self.span = start..end;
                return Ok(Event::Text(text));
            }
            match bytes.get(start + 1) {
                Some(b'/') => return self.end_tag(start),
                Some(b'?') => self.at = self.after(start + 2, b"?>")?,
                Some(b'!') if bytes[start..].starts_with(b"<!--") => {
                    self.at = self.after(start + 4, b"-->")?;
                }
                Some(b'!') if bytes[start..].starts_with(b"<![CDATA[") => {
                    self.at = self.after(start + 9, b"]]>")?;
                    if self.open.is_empty() {
                        return Err(Fault::Malformed(start));
                    }
                    self.span = start..self.at;
                    return Ok(Event::CData(&self.text[start + 9..self.at - 3]));
                }
                Some(b'!') if bytes[start..].starts_with(b"<!DOCTYPE") => {
                    return Err(Fault::Doctype);
                }
                Some(b'!') => return Err(Fault::Malformed(start)),
                Some(_) => return self.start_tag(start),
                None => return Err(Fault::Truncated),
            }
        }
    }

    /// Behind the next `mark`, looked for from `from`.
    fn after(&self, from: usize, mark: &[u8]) -> Result<usize, Fault> {
        let rest = self.text.as_bytes().get(from..).ok_or(Fault::Truncated)?;
        memmem::find(rest, mark)
            .map(|len| from + len + mark.len())
            .ok_or(Fault::Truncated)
    }

    fn end_tag(&mut self, start: usize) -> Result<Event<'a>, Fault> {
        let bytes = self.text.as_bytes();
        let name = self.open.last().ok_or(Fault::Malformed(start))?;
        let rest = &bytes[start + 2..];
        if !rest.starts_with(name.as_bytes()) {
            return Err(Fault::Malformed(start));
        }
        let mut at = start + 2 + name.len();
        loop {
            match bytes.get(at) {
                Some(b'>') => break,
                Some(&byte) if is_space(byte) => at += 1,
                Some(_) => return Err(Fault::Malformed(start)),
                None => return Err(Fault::Truncated),
            }
        }
        self.at = at + 1;
        self.span = start..self.at;
        self.close();
        Ok(Event::End)
    }

    fn start_tag(&mut self, start: usize) -> Result<Event<'a>, Fault> {
        if self.open.is_empty() && self.rooted {
            return Err(Fault::Malformed(start));
        }
        if self.open.len() >= self.max_depth {
            return Err(Fault::Depth(self.max_depth));
        }
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while bytes.get(at).is_some_and(|&byte| !ends_name(byte)) {
            at += 1;
        }
        let name = &self.text[start + 1..at];
        if name.is_empty() {
            return Err(Fault::Malformed(start));
        }
        self.attributes.clear();
        loop {
            match bytes.get(at) {
                Some(b'>') => {
                    at += 1;
                    break;
                }
                Some(b'/') => {
                    if bytes.get(at + 1) != Some(&b'>') {
                        return Err(Fault::Malformed(start));
                    }
                    at += 2;
                    self.pending_end = true;
                    break;
                }
                Some(&byte) if is_space(byte) => at += 1,
                Some(_) => at = self.read_attribute(at)?,
                None => return Err(Fault::Truncated),
            }
        }
        self.at = at;
        self.span = start..at;
        self.open.push(name);
        if !self.rooted {
            self.rooted = true;
            self.bind(start)?;
            self.bare = !self.bindings.iter().any(|binding| binding.wanted);
            // One look ahead buys a plain comparison for every later element.
            if memmem::find(&bytes[at..], b"xmlns").is_none() {
                self.fix_prefix();
            }
        } else if self.fixed_prefix.is_none() {
            self.bind(start)?;
        }
        Ok(Event::Start(name))
    }

    fn read_attribute(&mut self, start: usize) -> Result<usize, Fault> {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while bytes
            .get(at)
            .is_some_and(|&byte| byte != b'=' && !ends_name(byte))
        {
            at += 1;
        }
        let name = &self.text[start..at];
        while bytes.get(at).copied().is_some_and(is_space) {
            at += 1;
        }
        if name.is_empty() || bytes.get(at) != Some(&b'=') {
            return Err(Fault::Malformed(start));
        }
        at += 1;
        while bytes.get(at).copied().is_some_and(is_space) {
            at += 1;
        }
        let quote = match bytes.get(at) {
            Some(&quote @ (b'"' | b'\'')) => quote,
            Some(_) => return Err(Fault::Malformed(at)),
            None => return Err(Fault::Truncated),
        };
        at += 1;
        let value = at;
        // Values are a few bytes long: a loop beats a call to memchr.
        loop {
            match bytes.get(at) {
                Some(&byte) if byte == quote => break,
                Some(b'<') => return Err(Fault::Malformed(at)),
                Some(_) => at += 1,
                None => return Err(Fault::Truncated),
            }
        }
        let is_known = self.attributes.iter().any(|known| known.name == name);
        let is_disguised = spells_out(&bytes[value..at]);
        if is_known || is_disguised || self.attributes.len() == MAX_ATTRIBUTES {
            return Err(Fault::Malformed(start));
        }
        self.attributes.push(Attribute {
            name,
            raw: &self.text[value..at],
        });
        Ok(at + 1)
    }

    fn close(&mut self) {
        if self.fixed_prefix.is_none() {
            let depth = self.open.len();
            while self
                .bindings
                .last()
                .is_some_and(|binding| binding.depth == depth)
            {
                self.bindings.pop();
            }
        }
        self.open.pop();
    }

    /// Takes the namespace declarations of the element just opened.
    fn bind(&mut self, start: usize) -> Result<(), Fault> {
        for attribute in &self.attributes {
            let prefix = match attribute.name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) => match rest.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            self.bindings.push(Binding {
                depth: self.open.len(),
                prefix,
                namespace: attribute.raw,
                wanted: self.namespaces.contains(&attribute.raw),
            });
            let is_other = |known: &(&str, &str)| {
                (known.0 == prefix) != (known.1 == attribute.raw)
                    || known.1 != attribute.raw && is_spelling_of(known.1, attribute.raw)
            };
            if self.conventions.iter().any(is_other) {
                return Err(Fault::Prefix);
            }
        }
        if self.bindings.len() > MAX_ATTRIBUTES {
            Err(Fault::Malformed(start))
        } else {
            Ok(())
        }
    }

    fn fix_prefix(&mut self) {
        let mut wanted = self.bindings.iter().filter(|binding| binding.wanted);
        let prefix = wanted.next().map(|binding| binding.prefix);
        let default = self
            .bindings
            .iter()
            .any(|binding| binding.prefix.is_empty());
        if wanted.next().is_none() {
            self.fixed_prefix = prefix.or((!default).then_some(""));
        }
    }

    /// The local part of a qualified element name, if it lies in one of the wanted namespaces.
    /// Where the root declares none of these, a bare name counts as wanted.
    pub fn local(&self, name: &'a str) -> Option<&'a str> {
        if let Some(prefix) = self.fixed_prefix {
            if prefix.is_empty() {
                return (!name.as_bytes().contains(&b':')).then_some(name);
            }
            return name.strip_prefix(prefix)?.strip_prefix(':');
        }
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        match self
            .bindings
            .iter()
            .rev()
            .find(|binding| binding.prefix == prefix)
        {
            Some(binding) => binding.wanted.then_some(local),
            None => (self.bare && prefix.is_empty()).then_some(local),
        }
    }

    /// Passes over the rest of the element that has just been started.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let depth = self.open.len();
        while self.open.len() >= depth {
            if self.next()? == Event::Eof {
                return Err(Fault::Truncated);
            }
        }
        Ok(())
    }

    /// The short way through `text</name>`, which is what nearly every value looks like.
    fn plain_text(&mut self) -> Option<&'a str> {
        if self.pending_end {
            return None;
        }
        let start = self.at;
        let rest = self.text.as_bytes().get(start..)?;
        let len = memchr(b'<', rest)?;
        let name = self.open.last()?;
        let behind = rest[len..]
            .strip_prefix(b"</")?
            .strip_prefix(name.as_bytes())?;
        if behind.first() != Some(&b'>') {
            return None;
        }
        let end = start + len;
        self.at = end + name.len() + 3;
        self.span = end..self.at;
        self.close();
        Some(&self.text[start..end])
    }

    /// The text of the element that has just been started, up to its end; inner elements are
    /// passed over, entities replaced.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Fault> {
        if let Some(raw) = self.plain_text() {
            return unescape(raw);
        }
        let mut joined = Cow::Borrowed("");
        loop {
            let piece = match self.next()? {
                Event::Text(raw) => unescape(raw)?,
                Event::CData(raw) => newlines(raw),
                Event::Start(_) => {
                    self.skip()?;
                    continue;
                }
                Event::End => return Ok(joined),
                Event::Eof => return Err(Fault::Truncated),
            };
            if joined.is_empty() {
                joined = piece;
            } else {
                joined.to_mut().push_str(&piece);
            }
        }
    }
}

#[cfg(test)]
mod tests;
