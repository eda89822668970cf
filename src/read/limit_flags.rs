//! The limits by name: as flags of the program and in the messages of the reader.

use super::limits::Limits;

/// A limit that its owner can change.
#[derive(Debug)]
pub struct LimitFlag {
    /// Its name: `max-cells`.
    pub name: &'static str,
    /// What it bounds, in Chinese.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Changes it.
    pub set: fn(&mut Limits, u64),
}

/// All of them, in the order of [`Limits`].
pub const LIMIT_FLAGS: [LimitFlag; 17] = [
    LimitFlag {
        name: "max-file-bytes",
        zh: "文件字节数",
        en: "Bytes of the file",
        set: |l, n| l.file_bytes = n,
    },
    LimitFlag {
        name: "max-entries",
        zh: "工作簿内的部件数或关联数",
        en: "Entries of the package, and relationships of the workbook",
        set: |l, n| l.entries = size(n),
    },
    LimitFlag {
        name: "max-part-bytes",
        zh: "单个部件展开后的字节数",
        en: "Bytes of one part, unpacked",
        set: |l, n| l.part_bytes = n,
    },
    LimitFlag {
        name: "max-total-bytes",
        zh: "展开后的总字节数",
        en: "Bytes of all parts, unpacked",
        set: |l, n| l.total_bytes = n,
    },
    LimitFlag {
        name: "max-ratio",
        zh: "单个部件展开后与压缩时之比",
        en: "How many times its packed size one part may unpack to",
        set: |l, n| l.ratio = n,
    },
    LimitFlag {
        name: "max-sheets",
        zh: "工作表数",
        en: "Sheets",
        set: |l, n| l.sheets = size(n),
    },
    LimitFlag {
        name: "max-name-chars",
        zh: "工作表名称的字数",
        en: "Characters in the name of a sheet",
        set: |l, n| l.name_chars = size(n),
    },
    LimitFlag {
        name: "max-cells",
        zh: "单元格数",
        en: "Filled cells",
        set: |l, n| l.cells = size(n),
    },
    LimitFlag {
        name: "max-grid",
        zh: ".xls 表格范围的格数",
        en: "Slots of .xls grids",
        set: |l, n| l.grid = n,
    },
    LimitFlag {
        name: "max-merges",
        zh: "合并区域与隐藏行列数",
        en: "Merged areas, and runs of hidden rows or columns",
        set: |l, n| l.merges = size(n),
    },
    LimitFlag {
        name: "max-strings",
        zh: "文字条数",
        en: "Shared strings",
        set: |l, n| l.strings = size(n),
    },
    LimitFlag {
        name: "max-text-bytes",
        zh: "文字总字节数",
        en: "Bytes of all texts",
        set: |l, n| l.text_bytes = size(n),
    },
    LimitFlag {
        name: "max-cell-chars",
        zh: "单元格字数",
        en: "Characters in one cell",
        set: |l, n| l.cell_chars = size(n),
    },
    LimitFlag {
        name: "max-xml-depth",
        zh: "XML 嵌套层数",
        en: "Nesting of XML",
        set: |l, n| l.xml_depth = size(n),
    },
    LimitFlag {
        name: "max-tables",
        zh: "附表数",
        en: "Tables of the form",
        set: |l, n| l.tables = size(n),
    },
    LimitFlag {
        name: "max-rows",
        zh: "各附表增加的行数",
        en: "Rows added to the tables of the form",
        set: |l, n| l.rows = size(n),
    },
    LimitFlag {
        name: "max-rewritten-cells",
        zh: ".xls、.xlsb、.ods 另存时的单元格数",
        en: "Cells of an .xls, .xlsb or .ods that is written anew",
        set: |l, n| l.rewritten_cells = size(n),
    },
];

impl LimitFlag {
    /// The one of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        LIMIT_FLAGS.iter().find(|flag| flag.name == name)
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a test says what is missing")]
mod tests {
    use super::*;

    /// The fields of limits, each with its value.
    fn fields(limits: &Limits) -> Vec<String> {
        let shown = format!("{limits:?}");
        let inside = shown.trim_start_matches("Limits { ").trim_end_matches(" }");
        inside.split(", ").map(str::to_owned).collect()
    }

    /// The field of a flag with this value.
    fn field(flag: &LimitFlag, value: &str) -> String {
        let name = flag.name.replace("max-", "").replace('-', "_");
        format!("{name}: {value}")
    }

    #[test]
    fn each_flag_changes_the_limit_of_its_name_and_no_other() {
        let plain = fields(&Limits::default());
        assert_eq!(plain.len(), LIMIT_FLAGS.len());
        for flag in &LIMIT_FLAGS {
            let mut limits = Limits::default();
            (flag.set)(&mut limits, 7);
            let mut changed = fields(&limits);
            changed.retain(|field| !plain.contains(field));
            assert_eq!(changed, [field(flag, "7")], "{}", flag.name);
        }
    }

    #[test]
    fn the_docs_give_the_defaults() {
        let docs = include_str!("../../docs/limits.md");
        let plain = fields(&Limits::default());
        for flag in &LIMIT_FLAGS {
            let head = format!("| `--{}` | ", flag.name);
            let row = docs.lines().find_map(|line| line.strip_prefix(&head));
            let row = row.unwrap_or_else(|| panic!("{} is not in docs/limits.md", flag.name));
            // 67,108,864 (64 MiB) | the file itself
            let number = row.split([' ', '(']).next().unwrap_or_default();
            let documented = field(flag, &number.replace(',', ""));
            assert!(plain.contains(&documented), "{documented}");
        }
    }
}
