//! Results as people and programs read them.

pub mod drawing;
mod examples;
pub mod form_diff;
pub mod inspection;
pub mod json;
pub mod rulebook;
pub mod text;

/// Text from a file, fit for a terminal: control characters and direction overrides out.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || is_direction(c) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

/// A sign that turns the direction of writing: what is shown is not what stands there.
pub fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
