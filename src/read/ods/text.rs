//! The text of a cell (OpenDocument 1.3 part 3, 6.1).

use super::{fault, pass};
use crate::read::error::ReadError;
use crate::read::limits::{Budget, check};
use crate::xml::{Event, Fault, Reader, unescape};

/// The paragraphs of the cell that has just been started, a line feed between; up to its end.
/// White space in the file is layout and becomes one space; counted spaces, tabs and breaks are
/// elements of their own. Notes are no part of the text.
pub(super) fn read(xml: &mut Reader<'_>, budget: &Budget<'_>) -> Result<String, ReadError> {
    let depth = xml.depth();
    let mut text = String::new();
    let mut paragraphs = 0;
    // Where the paragraph being read is open: its depth.
    let mut paragraph = None;
    // The last character came from layout, so more of it adds nothing.
    let mut blank = true;
    let most = budget.limits.cell_chars as u64;
    loop {
        // A character takes three bytes at most for each of its UTF-16 units.
        check((text.len() / 3) as u64, most, "max-cell-chars")?;
        match xml.next().map_err(fault)? {
            Event::Start("text:p" | "text:h") if paragraph.is_none() => {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
                paragraph = Some(xml.depth());
                blank = true;
            }
            Event::Start("text:s") if paragraph.is_some() => {
                let count = xml
                    .attribute("text:c")
                    .and_then(|raw| raw.parse().ok())
                    .unwrap_or(1);
                check(count as u64, most, "max-cell-chars")?;
                text.extend(std::iter::repeat_n(' ', count));
                blank = false;
            }
            Event::Start("text:tab") if paragraph.is_some() => text.push('\t'),
            Event::Start("text:line-break") if paragraph.is_some() => {
                text.push('\n');
                blank = true;
            }
            Event::Start("text:span" | "text:a" | "text:ruby" | "text:ruby-base") => {}
            Event::Start(name @ ("text:ruby-text" | "text:note")) => pass(xml, name, true)?,
            // Fields (a sheet's name, a date) hold the text they show.
            Event::Start(name) if paragraph.is_some() && name.starts_with("text:") => {}
            Event::Start(name) => pass(xml, name, paragraph.is_some())?,
            Event::Text(raw) if paragraph.is_some() => {
                for symbol in unescape(raw).map_err(fault)?.chars() {
                    if !matches!(symbol, ' ' | '\t' | '\n' | '\r') {
                        text.push(symbol);
                        blank = false;
                    } else if !blank {
                        text.push(' ');
                        blank = true;
                    }
                }
            }
            Event::CData(raw) if paragraph.is_some() => text.push_str(raw),
            Event::End if xml.depth() < depth => return Ok(text),
            Event::End if paragraph.is_some_and(|open| xml.depth() < open) => paragraph = None,
            Event::Eof => return Err(fault(Fault::Truncated)),
            _ => {}
        }
    }
}
