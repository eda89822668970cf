//! Results as people and programs read them.

pub mod drawing;
mod examples;
pub mod form_diff;
pub mod inspection;
pub mod json;
pub mod rulebook;
pub mod text;

use crate::label::is_blank;

/// Text from a file, fit to be quoted: on one line, control characters and direction overrides out.
/// Of many blanks some are left, lest they push what follows onto a line of its own.
pub fn printable(text: &str) -> String {
    let mut blanks = 0;
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c.is_control() || is_direction(c) {
            true => ' ',
            false => c,
        };
        blanks = match is_blank(c) {
            true => blanks + 1,
            false => 0,
        };
        if blanks <= MOST_BLANKS {
            shown.push(c);
        }
    }
    shown
}

/// More blanks in a row are none of what people write.
const MOST_BLANKS: usize = 8;

/// The same of a text that may have several lines.
pub fn printable_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// A sign that turns the direction of writing, or begins a line: what is shown is not what stands
/// there.
pub fn is_direction(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}
