//! Where the elements of a part stand: a flat outline down to some level, and single tags.

use std::ops::Range;

use super::error::PatchError;
use crate::read::Limits;
use crate::read::xlsx::bare;
use crate::xml::{Event, Reader, SPREADSHEET};

/// One element.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// 0 for the root.
    pub(super) level: usize,
    /// Its start tag.
    pub(super) open: Range<usize>,
    /// Where its content ends.
    pub(super) inner_end: usize,
    /// Behind its end tag.
    pub(super) end: usize,
}

impl Node {
    /// All of it.
    pub(super) fn span(&self) -> Range<usize> {
        self.open.start..self.end
    }

    /// Its content.
    pub(super) fn inner(&self) -> Range<usize> {
        self.open.end..self.inner_end
    }

    /// Written as `<a/>`.
    pub(super) fn is_empty(&self) -> bool {
        self.end == self.open.end
    }
}

/// A part's text with its outline. Deeper elements are passed over.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    pub(super) text: &'a str,
    pub(super) nodes: Vec<Node>,
    /// The root's prefix with its colon, or nothing.
    pub(super) prefix: &'a str,
}

impl<'a> Outline<'a> {
    /// The outline of `part`, whose text is given, down to `levels` below the root. One whose
    /// prefixes change on the way is refused: elements are known by their prefix.
    pub(super) fn new(
        text: &'a str,
        part: &str,
        levels: usize,
        limits: &Limits,
    ) -> Result<Self, PatchError> {
        let mut xml = Reader::new(text, limits.xml_depth, SPREADSHEET);
        let mut root: Option<Root<'_>> = None;
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let fault = |fault| PatchError::damaged(part, fault);
        loop {
            match xml.next().map_err(fault)? {
                Event::Start(_) if open.len() > levels => xml.skip().map_err(fault)?,
                Event::Start(name) => {
                    let root = root.get_or_insert_with(|| Root::of(&xml, name));
                    if !root.is_consistent(&xml, name) {
                        return Err(PatchError::layout(part, "xmlns"));
                    }
                    // Every element takes four bytes, a node ten times that.
                    if nodes.len() > limits.cells {
                        return Err(PatchError::layout(part, "elements"));
                    }
                    let span = xml.span();
                    open.push(nodes.len());
                    nodes.push(Node {
                        level: open.len() - 1,
                        inner_end: span.end,
                        end: span.end,
                        open: span,
                    });
                }
                Event::End => {
                    let node = open.pop().and_then(|index| nodes.get_mut(index));
                    if let Some(node) = node {
                        node.inner_end = xml.span().start;
                        node.end = xml.span().end;
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(Self {
            text,
            nodes,
            prefix: root.map_or("", |root| root.prefix),
        })
    }

    /// The root.
    pub(super) fn root(&self) -> &Node {
        // A text without a root is refused by the tokenizer.
        &self.nodes[0]
    }

    /// The text with its root as `<a></a>`, where that is written `<a/>`.
    pub(super) fn opened(&self) -> Option<String> {
        let root = self.root();
        let tag = self.tag(root);
        root.is_empty().then(|| {
            let (before, behind) = (&self.text[..root.open.start], &self.text[root.open.end..]);
            format!("{before}{}</{}>{behind}", tag.opened(), tag.name())
        })
    }

    /// Whether the node is the root namespace's element of this name.
    pub(super) fn is(&self, node: &Node, local: &str) -> bool {
        self.tag(node).name().strip_prefix(self.prefix) == Some(local)
    }

    /// The start tag.
    pub(super) fn tag(&self, node: &Node) -> Tag<'a> {
        Tag(&self.text[node.open.clone()])
    }

    /// The first child of the root of this name.
    pub(super) fn find(&self, local: &str) -> Option<&Node> {
        self.top().find(|node| self.is(node, local))
    }

    /// The children of the root.
    pub(super) fn top(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.level == 1)
    }

    /// The children of a node that is part of this outline.
    pub(super) fn children<'s>(
        &'s self,
        parent: &Node,
    ) -> impl Iterator<Item = &'s Node> + use<'s, 'a> {
        let level = parent.level + 1;
        let from = self
            .nodes
            .partition_point(|node| node.open.start <= parent.open.start);
        let end = parent.end;
        self.nodes[from..]
            .iter()
            .take_while(move |node| node.open.start < end)
            .filter(move |node| node.level == level)
    }

    /// The edit that puts `xml` behind the last child of `node`.
    pub(super) fn append(&self, node: &Node, xml: &str) -> (Range<usize>, String) {
        if node.is_empty() {
            let tag = self.tag(node);
            (
                node.open.clone(),
                format!("{}{xml}</{}>", tag.opened(), tag.name()),
            )
        } else {
            (node.inner_end..node.inner_end, xml.to_owned())
        }
    }

    /// Where a child of the root belongs that must stand behind `before` and ahead of the rest
    /// (the order of elements is fixed): behind the last of them that is there.
    pub(super) fn slot(&self, before: &[&str]) -> usize {
        self.top()
            .filter(|node| before.iter().any(|name| self.is(node, name)))
            .last()
            .map_or(self.root().open.end, |node| node.end)
    }
}

/// How the root of a part is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root<'a> {
    /// With its colon, or nothing.
    pub(super) prefix: &'a str,
    /// Its namespace is that of spreadsheets.
    is_main: bool,
}

impl<'a> Root<'a> {
    /// That of a part whose first element was just started.
    pub(super) fn of(xml: &Reader<'a>, name: &'a str) -> Self {
        Self {
            prefix: prefix_of(name),
            is_main: xml.local(name).is_some(),
        }
    }

    /// Whether the element just started has the root's prefix if it has the root's namespace, and
    /// only then: its prefix tells what it is.
    pub(super) fn is_consistent(&self, xml: &Reader<'a>, name: &'a str) -> bool {
        !self.is_main || (prefix_of(name) == self.prefix) == xml.local(name).is_some()
    }
}

fn prefix_of(name: &str) -> &str {
    &name[..name.len() - bare(name).len()]
}

/// The text of a start tag that the tokenizer has accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a>(pub(super) &'a str);

/// An attribute inside a tag's text.
pub(super) struct Slot {
    /// With the white space before it.
    whole: Range<usize>,
    name: Range<usize>,
    value: Range<usize>,
}

impl<'a> Tag<'a> {
    /// The qualified name.
    pub(super) fn name(&self) -> &'a str {
        let inside = self.0.strip_prefix('<').unwrap_or(self.0);
        let end = inside
            .find(|char: char| char.is_ascii_whitespace() || matches!(char, '/' | '>'))
            .unwrap_or(inside.len());
        &inside[..end]
    }

    fn slots(&self) -> Vec<Slot> {
        let bytes = self.0.as_bytes();
        let mut found = Vec::new();
        let mut at = 1 + self.name().len();
        loop {
            let start = at;
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            let name = at;
            while bytes.get(at).is_some_and(|byte| {
                !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'/' | b'>')
            }) {
                at += 1;
            }
            let name = name..at;
            let Some(quote) = bytes[at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\''))
            else {
                return found;
            };
            let value = at + quote + 1;
            let Some(len) = bytes[value..]
                .iter()
                .position(|byte| *byte == bytes[value - 1])
            else {
                return found;
            };
            at = value + len + 1;
            found.push(Slot {
                whole: start..at,
                name,
                value: value..value + len,
            });
        }
    }

    /// The attributes as they stand.
    pub(super) fn attributes(&self) -> Vec<(&'a str, &'a str)> {
        self.slots()
            .into_iter()
            .map(|slot| (&self.0[slot.name], &self.0[slot.value]))
            .collect()
    }

    /// The raw value of an attribute, by qualified name.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes()
            .into_iter()
            .find(|attribute| attribute.0 == name)
            .map(|attribute| attribute.1)
    }

    /// The value of an attribute, entities replaced; empty where there is none.
    pub(super) fn value(&self, name: &str) -> String {
        let raw = self.get(name).unwrap_or_default();
        crate::xml::unescape(raw).map_or_else(|_| raw.to_owned(), |text| text.into_owned())
    }

    /// The value of an attribute of this local name with any prefix, as in `r:id`.
    pub(super) fn prefixed(&self, local: &str) -> Option<&'a str> {
        self.all_prefixed(local).next()
    }

    /// The values of all of these.
    pub(super) fn all_prefixed(&self, local: &str) -> impl Iterator<Item = &'a str> {
        let is_named = move |name: &str| name.split_once(':').is_some_and(|name| name.1 == local);
        let named = self.attributes().into_iter();
        named
            .filter(move |attribute| is_named(attribute.0))
            .map(|attribute| attribute.1)
    }

    /// With the attribute set to `value` (already escaped), in its place or as the last.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let slots = self.slots();
        match slots.iter().find(|slot| &self.0[slot.name.clone()] == name) {
            Some(slot) => [
                &self.0[..slot.value.start],
                value,
                &self.0[slot.value.end..],
            ]
            .concat(),
            None => {
                let at = slots
                    .last()
                    .map_or(1 + self.name().len(), |slot| slot.whole.end);
                format!("{} {name}=\"{value}\"{}", &self.0[..at], &self.0[at..])
            }
        }
    }

    /// Without the attribute.
    pub(super) fn without(&self, name: &str) -> String {
        match self
            .slots()
            .iter()
            .find(|slot| &self.0[slot.name.clone()] == name)
        {
            Some(slot) => [&self.0[..slot.whole.start], &self.0[slot.whole.end..]].concat(),
            None => self.0.to_owned(),
        }
    }

    /// As the start of an element with content: `<a/>` becomes `<a>`.
    pub(super) fn opened(&self) -> String {
        match self.0.strip_suffix("/>") {
            Some(rest) => format!("{}>", rest.trim_end()),
            None => self.0.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_change_only_where_asked() {
        let tag = Tag("<x:c r = 'A1'  t=\"s\" x:y='\"/>' />");
        assert_eq!(tag.name(), "x:c");
        assert_eq!(tag.get("r"), Some("A1"));
        assert_eq!(tag.prefixed("y"), Some("\"/>"));
        assert_eq!(tag.with("t", "n"), "<x:c r = 'A1'  t=\"n\" x:y='\"/>' />");
        assert_eq!(
            tag.with("s", "4"),
            "<x:c r = 'A1'  t=\"s\" x:y='\"/>' s=\"4\" />"
        );
        assert_eq!(tag.without("t"), "<x:c r = 'A1' x:y='\"/>' />");
        assert_eq!(Tag("<a />").opened(), "<a>");
        assert_eq!(Tag("<a/>").with("b", "1"), "<a b=\"1\"/>");
    }

    #[test]
    fn outlines_stop_at_their_level() {
        let text = "<x:a><x:b><x:c><x:d/></x:c></x:b><y:b/><x:e/></x:a>";
        let outline = Outline::new(text, "p", 1, &Limits::default()).unwrap();
        assert_eq!(outline.prefix, "x:");
        assert_eq!(outline.top().count(), 3);
        let b = outline.find("b").unwrap();
        assert_eq!(&text[b.span()], "<x:b><x:c><x:d/></x:c></x:b>");
        let e = outline.find("e").unwrap();
        assert_eq!(outline.append(e, "<f/>").1, "<x:e><f/></x:e>");
        assert_eq!(outline.slot(&["b"]), b.end);
    }
}
