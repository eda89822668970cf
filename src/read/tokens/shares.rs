//! Formulas that several cells share: it stands once, behind the cell that has it first.

use std::collections::HashMap;

use super::{Stored, Wording};
use crate::workbook::{Addr, Area};

/// The shared formulas of a sheet, and the cells that wait for them.
#[derive(Default)]
pub(in crate::read) struct Shares {
    /// Where they hold, and their tokens, by their first cells.
    formulas: HashMap<Addr, (Area, Box<[u8]>)>,
    users: Vec<User>,
}

struct User {
    /// Its place in the list of the reader.
    place: usize,
    at: Addr,
    first: Addr,
}

impl Shares {
    /// The text of the formula of the cell at `at`, whose tokens these are, with what stands
    /// behind them. That of a shared one comes last, by the `place` of the cell.
    pub(in crate::read) fn text(
        &mut self,
        wording: &mut Wording,
        (place, at): (usize, Addr),
        tokens: &[u8],
        behind: &[u8],
    ) -> String {
        match wording.shared_with(tokens, behind) {
            Some(first) => {
                self.users.push(User { place, at, first });
                String::new()
            }
            None => wording.text(Stored::Own(tokens)),
        }
    }

    /// The formula that the cells of `area` share; `first` has it first.
    pub(in crate::read) fn add(&mut self, first: Addr, area: Area, tokens: &[u8]) {
        self.formulas.insert(first, (area, tokens.into()));
    }

    /// The texts of those that share a formula.
    pub(in crate::read) fn texts(
        &self,
        wording: &mut Wording,
    ) -> impl Iterator<Item = (usize, String)> {
        self.users.iter().filter_map(|user| {
            let (area, tokens) = self.formulas.get(&user.first)?;
            let within = area.contains(user.at);
            within.then(|| (user.place, wording.text(Stored::Shared(tokens, user.at))))
        })
    }
}
