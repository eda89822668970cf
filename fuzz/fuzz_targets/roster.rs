//! Rosters, as separated text.
#![no_main]

use gouji::read::{Limits, read_csv};
use gouji::roster::Roster;
use gouji::template;
use gouji_fuzz::bytes::is_one_of_few;
use gouji_fuzz::grid;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let Ok(workbook) = read_csv(data, &Limits::default()) else {
        return;
    };
    grid::is_sound(&workbook);
    if let Ok(roster) = Roster::read(&workbook, Some(2023)) {
        assert!(!roster.units.is_empty());
        assert!(roster.units.iter().all(|unit| !unit.name.trim().is_empty()));
        // Rosters of more projects make larger workbooks, not others.
        if is_one_of_few(data)
            && let Some(unit) = roster.units.iter().find(|unit| unit.projects.len() < 4) {
            let form = &grid::catalog().forms[data.len() % grid::catalog().forms.len()];
            let _ = template::workbook(form, &unit.order(form));
        }
    }
});
