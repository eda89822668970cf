//! Archives of submissions: any bytes, of which the files in them are taken out.
#![no_main]

use std::collections::HashSet;

use gouji::batch::{Content, Sources};
use gouji::read::Limits;
use libfuzzer_sys::fuzz_target;

/// No input is an archive that may give more: `fuzz/run.sh` makes none above 64 KiB.
const MOST: usize = 1 << 30;

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let limits = Limits::default();
    let mut paths = HashSet::new();
    let mut unpacked = 0;
    for source in Sources::in_memory("全市.zip", data.to_vec(), limits) {
        assert!(source.path.starts_with("全市.zip"), "{}", source.path);
        assert!(!source.path.contains('\\'), "{}", source.path);
        if let Content::Bytes(bytes) = &source.content {
            assert!(bytes.len() as u64 <= limits.file_bytes);
            unpacked += bytes.len();
        }
        assert!(paths.insert(source.path), "two files have one path");
    }
    assert!(unpacked <= MOST);
});
