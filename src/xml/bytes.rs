//! Classes of bytes.

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Bytes that end a name: one look-up instead of eight comparisons for each byte of it.
static ENDS_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let marks = b" \t\r\n/><=";
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
};

pub(super) fn ends_name(byte: u8) -> bool {
    ENDS_NAME[usize::from(byte)]
}
