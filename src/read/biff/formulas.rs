//! Formula records of a sheet ([MS-XLS] 2.4.127), and those that belong to them.
//!
//! calamine sees none of them: numbers, truth values and errors that formulas give become cells
//! that hold them, and texts are read here, as it passes their continuations over.

use super::texts::Texts;
use super::{CellScan, Holds, become_kind, continued, corrupt, hide, keep, record};
use crate::read::cfb::u16_at;
use crate::read::error::ReadError;
use crate::read::limits::Budget;
use crate::read::tokens::{Shares, Wording};
use crate::workbook::{Addr, Area};

/// The formulas of a sheet.
#[derive(Default)]
pub(super) struct Formulas {
    /// The place of the last among the cells.
    last: Option<usize>,
    /// Its result is a text, which follows.
    awaits_text: bool,
    shares: Shares,
}

impl Formulas {
    /// Reads the record at `at`, that of the last cell.
    pub(super) fn take(
        &mut self,
        stream: &mut [u8],
        at: usize,
        cells: &mut [CellScan],
        wording: &mut Wording,
        budget: &mut Budget<'_>,
    ) -> Result<(), ReadError> {
        let Some((cell, before)) = cells.split_last_mut() else {
            return Ok(());
        };
        let (_, body, _) = record(stream, at)?;
        let damage = || corrupt("formula");
        let length = usize::from(u16_at(body, 20).ok_or_else(damage)?);
        let (tokens, behind) = body[22..].split_at_checked(length).unwrap_or_default();
        let place = (before.len(), cell.at);
        let text = self.shares.text(wording, place, tokens, behind);
        cell.formula = Some(keep(&text, budget)?);
        self.last = Some(before.len());
        self.awaits_text = false;
        // FormulaValue (2.5.133).
        match body[6..14] {
            [0, .., 0xFF, 0xFF] => {
                self.awaits_text = true;
                cell.holds = Holds::Text(Some("".into()));
                hide(stream, at);
            }
            [kind @ (1 | 2), _, value, .., 0xFF, 0xFF] => {
                // BoolErr (2.4.24).
                stream[at + 10..at + 12].copy_from_slice(&[value, kind - 1]);
                become_kind(stream, at, 0x0205);
            }
            [3, .., 0xFF, 0xFF] => {
                cell.holds = Holds::Text(Some("".into()));
                hide(stream, at);
            }
            [_, .., 0xFF, 0xFF] => return Err(damage()),
            // Number (2.4.180).
            _ => become_kind(stream, at, 0x0203),
        }
        Ok(())
    }

    /// Reads the String record (2.4.268) at `at`, which is of no cell where no formula awaits it.
    pub(super) fn take_text(
        &mut self,
        stream: &mut [u8],
        at: usize,
        cells: &mut [CellScan],
        texts: Texts,
        budget: &mut Budget<'_>,
    ) -> Result<(), ReadError> {
        let cell = self.last.and_then(|last| cells.get_mut(last));
        if let Some(cell) = cell.filter(|_| std::mem::take(&mut self.awaits_text)) {
            let text = texts.result(&continued(stream, at)?.0);
            let kept = text.map(|text| keep(&text, budget));
            cell.holds = Holds::Text(kept.transpose()?);
        }
        hide(stream, at);
        Ok(())
    }

    /// Reads a ShrFmla record (2.4.277): the formula that the last cell has first.
    pub(super) fn take_shared(&mut self, body: &[u8], cells: &[CellScan]) {
        let half = |at| u16_at(body, at).map(u32::from);
        let byte = |at: usize| body.get(at).copied().map(u32::from);
        let area = || {
            Some(Area {
                first: Addr::new(half(0)?, byte(4)?),
                last: Addr::new(half(2)?, byte(5)?),
            })
        };
        let tokens = || body.get(10..)?.get(..usize::from(u16_at(body, 8)?));
        let first = self.last.and_then(|last| cells.get(last));
        if let (Some(first), Some(area), Some(tokens)) = (first, area(), tokens()) {
            self.shares.add(first.at, area, tokens);
        }
    }

    /// Puts the shared formulas into words.
    pub(super) fn finish(
        self,
        cells: &mut [CellScan],
        wording: &mut Wording,
        budget: &mut Budget<'_>,
    ) -> Result<(), ReadError> {
        for (place, text) in self.shares.texts(wording) {
            cells[place].formula = Some(keep(&text, budget)?);
        }
        Ok(())
    }
}
