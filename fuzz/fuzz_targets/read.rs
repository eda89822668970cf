//! Any bytes: what they are, and the workbook in them.
#![no_main]

use gouji::read::{Limits, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    if let Ok(workbook) = read(data, &Limits::default()) {
        gouji_fuzz::grid::is_sound(&workbook);
    }
});
