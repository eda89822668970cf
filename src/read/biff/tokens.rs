//! How long the text of a formula may get when its tokens are put into words: few bytes can
//! stand for many letters, and what puts them into words asks for no limit.

/// Tokens whose words are names: of sheets, of cells, of functions.
const NAMED: [u8; 21] = [
    0x21, 0x22, 0x23, 0x3A, 0x3B, 0x3C, 0x3D, 0x41, 0x42, 0x43, 0x5A, 0x5B, 0x5C, 0x5D, 0x61, 0x62,
    0x63, 0x7A, 0x7B, 0x7C, 0x7D,
];
/// The longest words of any other token: a double.
const LONGEST: usize = 24;

/// Formulas of a workbook that are put into words.
pub(in crate::read) struct Wording {
    /// The longest name of a sheet or of cells, in bytes.
    name: usize,
    /// Bytes that are left for all of them.
    left: usize,
}

/// Excel's own limit on the tokens of one formula.
const MOST_TOKENS: usize = 16_384;

impl Wording {
    pub(in crate::read) const fn new(name: usize, left: usize) -> Self {
        Self { name, left }
    }

    /// Whether these tokens may be put into words. What looks like a token inside of another
    /// counts too: the sum is never too small.
    pub(in crate::read) fn takes(&mut self, tokens: &[u8]) -> bool {
        if tokens.len() > MOST_TOKENS {
            return false;
        }
        let names = tokens.iter().filter(|byte| NAMED.contains(byte)).count();
        // PtgAttrSpace: a kind, and how many spaces.
        let spaces: usize = tokens
            .windows(4)
            .filter(|window| window[0] == 0x19 && matches!(window[1], 0x40 | 0x41))
            .map(|window| usize::from(window[3]))
            .sum();
        let letters = tokens.len() * 4 + names * self.name.max(LONGEST) + spaces;
        // Putting in a sign or a space moves all that stands behind it.
        let moved = letters.saturating_mul(tokens.len() + spaces) / 1024;
        match self.left.checked_sub(letters.max(moved)) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}
