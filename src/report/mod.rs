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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_blanks_push_nothing_onto_a_line_of_its_own() {
        for blank in [' ', '\u{3000}', '\u{200B}', '\n'] {
            let text = format!("甲局{}可以报送", String::from(blank).repeat(200));
            assert_eq!(printable(&text).chars().count(), 14, "{blank:?}");
        }
        assert_eq!(printable("甲 局  乙　　局"), "甲 局  乙　　局");
    }
}
