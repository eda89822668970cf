//! Functions by their numbers in tokens ([MS-XLS] 2.5.198.17, [MS-XLSB] 2.5.97.10): those that
//! [`crate::formula::compute`] knows.

/// Number, name, and how many arguments there are where that is fixed.
const COMPUTED: [(u16, &str, Option<usize>); 44] = [
    (0, "COUNT", None),
    (1, "IF", None),
    (3, "ISERROR", Some(1)),
    (4, "SUM", None),
    (5, "AVERAGE", None),
    (6, "MIN", None),
    (7, "MAX", None),
    (8, "ROW", None),
    (24, "ABS", Some(1)),
    (25, "INT", Some(1)),
    (27, "ROUND", Some(2)),
    (29, "INDEX", None),
    (31, "MID", Some(3)),
    (32, "LEN", Some(1)),
    (34, "TRUE", Some(0)),
    (35, "FALSE", Some(0)),
    (36, "AND", None),
    (37, "OR", None),
    (38, "NOT", Some(1)),
    (39, "MOD", Some(2)),
    (48, "TEXT", Some(2)),
    (64, "MATCH", None),
    (76, "ROWS", Some(1)),
    (77, "COLUMNS", Some(1)),
    (82, "SEARCH", None),
    (100, "CHOOSE", None),
    (115, "LEFT", None),
    (116, "RIGHT", None),
    (117, "EXACT", Some(2)),
    (118, "TRIM", Some(1)),
    (120, "SUBSTITUTE", None),
    (124, "FIND", None),
    (127, "ISTEXT", Some(1)),
    (128, "ISNUMBER", Some(1)),
    (129, "ISBLANK", Some(1)),
    (130, "T", Some(1)),
    (131, "N", Some(1)),
    (169, "COUNTA", None),
    (228, "SUMPRODUCT", None),
    (336, "CONCATENATE", None),
    (345, "SUMIF", None),
    (346, "COUNTIF", Some(2)),
    (359, "HYPERLINK", None),
    (480, "IFERROR", Some(2)),
];

/// The name of a function.
pub(super) fn name(number: u16) -> Option<&'static str> {
    find(number).map(|found| found.1)
}

/// The name of a function that is stored without how many arguments it has, and their number.
pub(super) fn fixed(number: u16) -> Option<(&'static str, usize)> {
    let found = find(number)?;
    Some((found.1, found.2?))
}

fn find(number: u16) -> Option<&'static (u16, &'static str, Option<usize>)> {
    COMPUTED.iter().find(|known| known.0 == number)
}
