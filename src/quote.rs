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

/// A text inside of brackets of quotation: those that it has itself become others, as typography
/// has it, so that no text ends what quotes it, nor names a rule as messages do.
pub fn inner(text: &str) -> Cow<'_, str> {
    if !text.contains(['「', '」', '〔', '〕']) {
        return Cow::Borrowed(text);
    }
    let other = |c| match c {
        '「' => '『',
        '」' => '』',
        '〔' => '［',
        '〕' => '］',
        c => c,
    };
    Cow::Owned(text.chars().map(other).collect())
}

/// The name of a unit where the program has words of its own in the place of one: these stand in
/// round brackets, a name that does so too in quotes.
pub fn name(name: &str) -> Cow<'_, str> {
    match name.trim().starts_with(['（', '(']) && name.trim().ends_with(['）', ')']) {
        true => Cow::Owned(format!("「{}」", inner(name))),
        false => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_what_quotes_it() {
        assert_eq!(inner("10」，应为 0〔GJ001〕「"), "10』，应为 0［GJ001］『");
        assert_eq!(inner("甲局"), "甲局");
    }

    #[test]
    fn no_unit_is_called_as_the_program_calls_many() {
        assert_eq!(name("（全体单位）"), "「（全体单位）」");
        assert_eq!(name("甲局（本级）"), "甲局（本级）");
    }

    #[test]
    fn characters_are_counted_as_spreadsheets_count_them() {
        assert_eq!(shortened("一二三", 3), "一二三");
        assert_eq!(shortened("一二三四", 3), "一二三…");
        assert_eq!(shortened("😀😀", 4), "😀😀");
        assert_eq!(shortened("😀😀", 3), "😀…");
    }
}
