//! Defined names and custom properties by which templates are known again.

use super::Trouble;
use super::bare;
use crate::workbook::Name;
use crate::xml::{Event, Reader, unescape};

/// More names, and longer ones, are no template's.
const MOST: usize = 20_000;
const LONGEST: usize = 1_024;
/// What ours begin with, in small letters.
const PREFIX: &str = "gouji.";

pub(super) fn is_ours(name: &str) -> bool {
    name.get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Keeps a name, within bounds.
pub(super) fn keep(names: &mut Vec<Name>, name: String, refers: String) {
    if names.len() < MOST && name.len() <= LONGEST && refers.len() <= LONGEST {
        names.push(Name { name, refers });
    }
}

/// Adds the custom properties of the file that are ours (`docProps/custom.xml`) behind `names`.
pub(super) fn properties(
    text: &str,
    depth: usize,
    mut names: Vec<Name>,
) -> Result<Vec<Name>, Trouble> {
    let mut xml = Reader::new(text, depth, &[]);
    let mut current: Option<String> = None;
    loop {
        match xml.next()? {
            Event::Start(name) if bare(name) == "property" => {
                let name = xml.attribute("name").unwrap_or_default();
                current = is_ours(name)
                    .then(|| unescape(name).map(|name| name.into_owned()))
                    .transpose()?;
            }
            Event::Start(name) if bare(name) != "Properties" => {
                let value = xml.text()?.into_owned();
                if let Some(name) = current.take() {
                    keep(&mut names, name, value);
                }
            }
            Event::Eof => return Ok(names),
            _ => {}
        }
    }
}
