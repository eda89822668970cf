//! Results as people and programs read them.

pub mod drawing;
mod examples;
pub mod form_diff;
pub mod inspection;
pub mod json;
pub mod rulebook;
pub mod text;

/// Text from a file, fit to be quoted: on one line, control characters and direction overrides out.
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
