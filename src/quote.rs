//! Texts as they are quoted.

use std::borrow::Cow;

/// A text of so many characters at most, counted as spreadsheets count them; an ellipsis stands for
/// what is left out.
pub fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > longest
    });
    match end {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_as_spreadsheets_count_them() {
        assert_eq!(shortened("一二三", 3), "一二三");
        assert_eq!(shortened("一二三四", 3), "一二三…");
        assert_eq!(shortened("😀😀", 4), "😀😀");
        assert_eq!(shortened("😀😀", 3), "😀…");
    }
}
