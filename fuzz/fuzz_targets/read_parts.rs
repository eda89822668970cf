//! Any parts in a sound container.
#![no_main]

use gouji::read::{Limits, read};
use gouji_fuzz::{grid, package};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    if let Ok(workbook) = read(&package::workbook(data), &Limits::default()) {
        grid::is_sound(&workbook);
    }
});
