//! The same sheets elsewhere: what is found does not depend on where tables stand.

use gouji::finding::{Finding, Outcome, Severity};
use gouji::reasons::Added;
use gouji::review::Review;
use gouji::workbook::{Addr, Area, MergedIndex, Sheet, Value, Workbook};

/// How far everything is moved, and whether a blank sheet comes first.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub rows: u32,
    pub columns: u32,
    pub sheets: usize,
}

impl Move {
    pub fn of(choice: usize) -> Self {
        Self {
            rows: [0, 1, 7][choice % 3],
            columns: [0, 1, 3][choice / 3 % 3],
            sheets: choice / 9 % 2,
        }
    }

    fn to(self, at: Addr) -> Addr {
        Addr::new(at.row + self.rows, at.col + self.columns)
    }

    fn sheet(self, sheet: &Sheet) -> Sheet {
        let mut cells = sheet.cells.clone();
        for cell in &mut cells {
            cell.at = self.to(cell.at);
        }
        let merges = sheet.merges.iter().map(|area| Area {
            first: self.to(area.first),
            last: self.to(area.last),
        });
        let runs = |runs: &[(u32, u32)], by: u32| {
            let runs = runs.iter();
            runs.map(|(first, last)| (first + by, last + by)).collect()
        };
        Sheet {
            cells,
            merges: merges.collect(),
            hidden_rows: runs(&sheet.hidden_rows, self.rows),
            hidden_columns: runs(&sheet.hidden_columns, self.columns),
            merged: MergedIndex::default(),
            ..sheet.clone()
        }
    }

    /// The workbook, moved.
    pub fn workbook(self, workbook: &Workbook) -> Workbook {
        let blank = Sheet {
            name: "空白".to_owned(),
            visible: true,
            ..Sheet::default()
        };
        let moved = workbook.sheets.iter().map(|sheet| self.sheet(sheet));
        Workbook {
            sheets: std::iter::repeat_n(blank, self.sheets)
                .chain(moved)
                .collect(),
            ..workbook.clone()
        }
    }
}

/// A workbook without what names cells by their addresses, so that it can be moved; none where
/// it reaches the edges of sheets, or has sheets of ours.
pub fn movable(workbook: &Workbook) -> Option<Workbook> {
    let mut plain = workbook.clone();
    plain.names.clear();
    for sheet in &mut plain.sheets {
        if Added::of(sheet).is_some() {
            return None;
        }
        sheet.cells.retain(|cell| cell.value != Value::Blank);
        for cell in &mut sheet.cells {
            cell.formula = None;
        }
        let corners = sheet.cells.iter().map(|cell| cell.at);
        let corners = corners.chain(sheet.merges.iter().map(|area| area.last));
        let mut runs = sheet.hidden_rows.iter().chain(&sheet.hidden_columns);
        if corners
            .into_iter()
            .any(|at| at.row > 60_000 || at.col > 200)
            || runs.any(|run| run.1 > 60_000)
        {
            return None;
        }
    }
    Some(plain)
}

type Told = (
    String,
    Severity,
    Outcome,
    Option<(usize, Addr)>,
    [Option<String>; 3],
);

/// What is found, and where it would stand after a move.
pub fn told(review: &Review<'_>, by: Move) -> Option<Vec<Told>> {
    let Review::Checked(checked) = review else {
        return None;
    };
    let one = |finding: &Finding| {
        let cell = finding.cell;
        let cell = cell.map(|cell| (cell.sheet + by.sheets, by.to(cell.at)));
        let figures = [
            finding.found.clone(),
            finding.expected.clone(),
            finding.difference.clone(),
        ];
        (
            finding.code.clone(),
            finding.severity,
            finding.outcome,
            cell,
            figures,
        )
    };
    Some(checked.report.findings.iter().map(one).collect())
}
