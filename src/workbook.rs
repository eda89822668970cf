//! What a spreadsheet file holds, as every later room sees it: sheets of sparse cells, with
//! absolute addresses. No grid is ever allocated: a sheet is a sorted list of its filled cells.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use rust_decimal::Decimal;

/// A workbook as read, whatever its file format.
#[derive(Debug, Clone, Default)]
pub struct Workbook {
    /// The sheets in the order of their tabs, hidden ones included.
    pub sheets: Vec<Sheet>,
    /// Number formats by [`Cell::format`]; index 0 is always "General".
    pub formats: Vec<NumberFormat>,
    /// Days count from 1904-01-01 instead of 1899-12-30.
    pub date_1904: bool,
    /// Facts about the file that its readers should know.
    pub traits: Traits,
    /// Defined names and properties that begin as those of our templates do.
    pub names: Vec<Name>,
}

/// A defined name, or a property of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As written.
    pub name: String,
    /// What it refers to: `'附件1'!$B$4`, `"yueyang-2023"`.
    pub refers: String,
}

/// Facts about the file as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traits {
    /// The container format that was read.
    pub kind: FileKind,
    /// Carries a VBA project.
    pub macros: bool,
    /// Carries a digital signature over its parts.
    pub signed: bool,
    /// Refers to other workbooks.
    pub external_links: bool,
    /// Formulas calculate with figures as they are shown, rounded ("precision as displayed").
    pub as_shown: bool,
}

/// The container format, told from the file's content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileKind {
    /// Office Open XML workbook (.xlsx, .xlsm).
    #[default]
    Xlsx,
    /// Binary Office Open XML workbook (.xlsb).
    Xlsb,
    /// BIFF workbook in a compound file (.xls, WPS .et).
    Xls,
    /// OpenDocument spreadsheet (.ods).
    Ods,
}

/// One sheet.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// The name on the tab.
    pub name: String,
    /// Whether the tab is shown.
    pub visible: bool,
    /// Whether it bears the hidden name that sheets of ours have ([`crate::naming::OURS`]); nothing
    /// where the format's names are not read.
    pub named: Option<bool>,
    /// Non-blank cells, ascending by row, then column; no address twice. A cell that holds
    /// only white space, or a formula whose value is empty, is kept.
    pub cells: Vec<Cell>,
    /// Merged areas; each has more than one cell.
    pub merges: Vec<Area>,
    /// Hidden rows, as inclusive runs.
    pub hidden_rows: Vec<(u32, u32)>,
    /// Hidden columns, as inclusive runs.
    pub hidden_columns: Vec<(u32, u32)>,
    /// Where merged areas are looked up, made when the first is: `merges` does not change from
    /// then on.
    pub merged: MergedIndex,
}

/// Where merged areas are looked up; see [`Sheet::merge_at`].
#[derive(Debug, Clone, Default)]
pub struct MergedIndex(OnceLock<Merged>);

/// Merged areas by row and column: a tree over the rows at which areas begin or end. Each area
/// lies at the few nodes that make up its rows, and each node knows which area shows at which of
/// its columns, so that areas which overlap, as in damaged files, cost no more than others.
#[derive(Debug, Clone, Default)]
struct Merged {
    /// Rows at which an area begins or has ended, ascending: the leaves of the tree.
    rows: Vec<u32>,
    /// Where the runs of each node begin; node 1 is the root, node `n` has `2n` and `2n + 1`.
    nodes: Vec<u32>,
    /// First column, and the place among the areas as stored of the first that covers it, up to
    /// the next run.
    runs: Vec<(u32, Option<u32>)>,
}

impl Merged {
    fn of(merges: &[Area]) -> Self {
        let mut rows: Vec<u32> = merges
            .iter()
            .flat_map(|area| [area.first.row, area.last.row.saturating_add(1)])
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let leaves = rows.len();
        let mut held: Vec<(u32, u32)> = Vec::with_capacity(merges.len());
        let whole = |area: &&Area| area.contains(area.first);
        for (place, area) in (0u32..).zip(merges).filter(|(_, area)| whole(area)) {
            let leaf = |row: u32| leaves + rows.partition_point(|at| *at < row);
            let (mut from, mut to) = (leaf(area.first.row), leaf(area.last.row.saturating_add(1)));
            while from < to {
                if from % 2 == 1 {
                    held.push((count(from), place));
                    from += 1;
                }
                if to % 2 == 1 {
                    to -= 1;
                    held.push((count(to), place));
                }
                from /= 2;
                to /= 2;
            }
        }
        held.sort_unstable();
        let mut index = Self {
            rows,
            nodes: vec![0; 2 * leaves + 1],
            runs: Vec::new(),
        };
        let mut at = 0;
        for of_node in held.chunk_by(|a, b| a.0 == b.0) {
            let this = of_node[0].0 as usize;
            index.nodes[at..=this].fill(count(index.runs.len()));
            index.add_runs(of_node, merges);
            at = this + 1;
        }
        index.nodes[at..].fill(count(index.runs.len()));
        index
    }

    /// The runs of one node: of the areas that begin at or before a column and have not ended,
    /// the one stored first.
    fn add_runs(&mut self, of_node: &[(u32, u32)], merges: &[Area]) {
        let mut edges: Vec<(u32, bool, u32)> = Vec::with_capacity(of_node.len() * 2);
        for (_, place) in of_node {
            let area = merges[*place as usize];
            edges.push((area.first.col, true, *place));
            edges.push((area.last.col.saturating_add(1), false, *place));
        }
        edges.sort_unstable();
        let mut open = BTreeSet::new();
        for of_column in edges.chunk_by(|a, b| a.0 == b.0) {
            for (_, begins, place) in of_column {
                if *begins {
                    open.insert(*place);
                } else {
                    open.remove(place);
                }
            }
            self.runs.push((of_column[0].0, open.first().copied()));
        }
    }

    /// The place of the first area, as stored, that covers `at`.
    fn at(&self, at: Addr) -> Option<usize> {
        let leaf = self
            .rows
            .partition_point(|row| *row <= at.row)
            .checked_sub(1)?;
        let mut node = self.rows.len() + leaf;
        let mut first: Option<u32> = None;
        while node > 0 {
            let runs = &self.runs[self.nodes[node] as usize..self.nodes[node + 1] as usize];
            let found = runs.partition_point(|run| run.0 <= at.col).checked_sub(1);
            if let Some(place) = found.and_then(|run| runs[run].1) {
                first = Some(first.map_or(place, |known| known.min(place)));
            }
            node /= 2;
        }
        first.map(|place| place as usize)
    }
}

/// Readers allow far fewer areas than there are numbers.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// One filled cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Where it is.
    pub at: Addr,
    /// What it holds.
    pub value: Value,
    /// Index into [`Workbook::formats`].
    pub format: u16,
    /// Its formula without the leading `=`, as stored; that of a follower of a shared formula is
    /// written out. One whose text is not known (.xlsb, .xls), or that is another cell's array formula,
    /// has the empty string. In .ods it is written in OpenDocument's way (`[.B5]+[.C5]`).
    pub formula: Option<Arc<str>>,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A formula with an empty result.
    Blank,
    /// Text, as typed, white space and line feeds kept, also where there is nothing else.
    Text(Arc<str>),
    /// A number, at most 15 significant digits of it as Excel shows them; integers keep up to
    /// 28. No trailing zeros.
    Number(Decimal),
    /// TRUE or FALSE.
    Bool(bool),
    /// An error value such as `#DIV/0!`.
    Error(Arc<str>),
    /// What a cell holds that cannot be told: a number that a decimal of 28 digits cannot hold,
    /// as stored, or (in words) a shared string that does not exist.
    Unreadable(Arc<str>),
}

/// How a number is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberFormat {
    /// The format code, "General" where none is set.
    pub code: Arc<str>,
    /// The first section shows a percent sign, so that 0.8478 is seen as 84.78%.
    pub percent: bool,
    /// Digits shown behind the decimal point; `None` for "General" and for text.
    pub decimals: Option<u8>,
    /// Shows a date or a time.
    pub date: bool,
    /// How many times the shown number is divided by a thousand (trailing commas).
    pub thousands_scale: u8,
    /// Shows another number than the cell holds, or none: digits of the format's own, thousands
    /// of it, a date, nothing.
    pub misleads: Misleads,
}

/// The values that a format shows as others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Misleads {
    /// Those above 0.
    pub positive: bool,
    /// Those below 0.
    pub negative: bool,
    /// 0.
    pub zero: bool,
    /// Texts, which a format may hide or replace too.
    pub text: bool,
}

impl Misleads {
    /// All numbers, or none.
    #[must_use]
    pub const fn all(all: bool) -> Self {
        Self {
            positive: all,
            negative: all,
            zero: all,
            text: false,
        }
    }

    /// Whether it is this one.
    #[must_use]
    pub fn of(self, number: Decimal) -> bool {
        if number.is_zero() {
            self.zero
        } else if number.is_sign_negative() {
            self.negative
        } else {
            self.positive
        }
    }
}

/// A cell address, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Addr {
    /// Row, 0 for the first.
    pub row: u32,
    /// Column, 0 for A.
    pub col: u32,
}

impl Addr {
    /// The address of row `row` and column `col`, both counted from 0.
    pub const fn new(row: u32, col: u32) -> Self {
        Self { row, col }
    }
}

impl fmt::Display for Addr {
    /// As the user sees it: `A1`, `XFD1048576`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = [0u8; 8];
        let mut used = 0;
        // Damaged files name cells that no sheet has.
        let mut rest = u64::from(self.col) + 1;
        while rest > 0 {
            letters[used] = b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0);
            rest = (rest - 1) / 26;
            used += 1;
        }
        for letter in letters[..used].iter().rev() {
            write!(f, "{}", char::from(*letter))?;
        }
        write!(f, "{}", u64::from(self.row) + 1)
    }
}

/// A rectangle of cells, both corners inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Top left.
    pub first: Addr,
    /// Bottom right.
    pub last: Addr,
}

impl Area {
    /// Whether `at` lies inside.
    pub fn contains(&self, at: Addr) -> bool {
        (self.first.row..=self.last.row).contains(&at.row)
            && (self.first.col..=self.last.col).contains(&at.col)
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.first, self.last)
    }
}

impl Sheet {
    /// The cell stored at `at`, if any (merges are not followed).
    pub fn cell(&self, at: Addr) -> Option<&Cell> {
        let index = self.cells.binary_search_by(|cell| cell.at.cmp(&at)).ok()?;
        self.cells.get(index)
    }

    /// The merged area that covers `at`, if any.
    pub fn merge_at(&self, at: Addr) -> Option<Area> {
        if self.merges.is_empty() {
            return None;
        }
        let index = self.merged.0.get_or_init(|| Merged::of(&self.merges));
        index
            .at(at)
            .and_then(|place| self.merges.get(place))
            .copied()
    }

    /// Whether a merged area shows another cell in the place of `at`.
    pub fn is_covered(&self, at: Addr) -> bool {
        self.merge_at(at).is_some_and(|area| area.first != at)
    }

    /// The cells of one row, ascending by column.
    pub fn row(&self, row: u32) -> &[Cell] {
        let start = self.cells.partition_point(|cell| cell.at.row < row);
        let len = self.cells[start..].partition_point(|cell| cell.at.row == row);
        &self.cells[start..start + len]
    }

    /// The cells of the rows from `first` to `last`, ascending by row, then column.
    pub fn rows(&self, first: u32, last: u32) -> &[Cell] {
        let from = self.cells.partition_point(|cell| cell.at.row < first);
        let to = self.cells.partition_point(|cell| cell.at.row <= last);
        &self.cells[from..to.max(from)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_areas_are_found_as_if_each_were_asked() {
        let area = |a: (u32, u32), b: (u32, u32)| Area {
            first: Addr::new(a.0, a.1),
            last: Addr::new(b.0, b.1),
        };
        let sheet = Sheet {
            // The last two overlap the first, as in damaged files.
            merges: vec![
                area((4, 1), (9, 2)),
                area((0, 0), (0, 5)),
                area((2, 4), (20, 4)),
                area((6, 0), (6, 5)),
                area((4, 1), (4, 2)),
            ],
            ..Sheet::default()
        };
        for row in 0..25 {
            for col in 0..8 {
                let at = Addr::new(row, col);
                let plain = sheet.merges.iter().copied().find(|area| area.contains(at));
                assert_eq!(sheet.merge_at(at), plain, "{at}");
            }
        }
    }

    #[test]
    fn merged_areas_of_any_shape_are_found() {
        let area = |first: Addr, last: Addr| Area { first, last };
        let rows = 200_000;
        let tall = area(Addr::new(0, 0), Addr::new(1_048_575, 0));
        let wide = (0..rows).map(|row| area(Addr::new(row, 1), Addr::new(row, 2)));
        let sheet = Sheet {
            merges: std::iter::once(tall).chain(wide).collect(),
            ..Sheet::default()
        };
        // Would take minutes where every area is looked at.
        for row in 0..rows {
            assert_eq!(sheet.merge_at(Addr::new(row, 0)), Some(tall));
            assert!(sheet.merge_at(Addr::new(row, 2)).is_some());
            assert_eq!(sheet.merge_at(Addr::new(row, 3)), None);
        }
    }

    #[test]
    fn addresses_read_as_on_screen() {
        for (addr, shown) in [
            (Addr::new(0, 0), "A1"),
            (Addr::new(8, 25), "Z9"),
            (Addr::new(8, 26), "AA9"),
            (Addr::new(1_048_575, 16_383), "XFD1048576"),
            (Addr::new(u32::MAX, u32::MAX), "MWLQKWV4294967296"),
        ] {
            assert_eq!(addr.to_string(), shown);
        }
    }
}
