//! Workbooks that fuzzing found a fault with, once: checked and written back.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fs;

use gouji::catalog::Catalog;
use gouji::mark::{Filling, MarkError, mark};
use gouji::patch::{Edit, NewValue, Patch, patch, unmarked};
use gouji::read::{Limits, ReadError, read};
use gouji::review::{Options, Review, review};

/// What is written into each, whatever it is.
fn edits() -> Patch {
    let text = Edit {
        value: Some(NewValue::Text("甲".to_owned())),
        fill: Some([0xFF, 0xC7, 0xCE]),
        note: Some("乙".to_owned()),
        ..Edit::default()
    };
    Patch {
        edits: vec![text],
        ..Patch::default()
    }
}

#[test]
fn what_fuzzing_found_is_checked_and_written_back_or_refused() {
    let catalog = Catalog::embedded().unwrap();
    let (options, limits) = (Options::default(), Limits::default());
    let mut files = 0;
    for entry in fs::read_dir("fixtures/hostile/fuzz").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "md") {
            continue;
        }
        files += 1;
        let shown = path.display();
        let bytes = fs::read(&path).unwrap();
        let readable = read(&bytes, &limits).is_ok();
        if let Ok(patched) = patch(&bytes, &edits(), &limits) {
            assert!(
                !readable || read(&patched.bytes, &limits).is_ok(),
                "{shown}"
            );
            assert!(unmarked(&patched.bytes, &limits).is_ok(), "{shown}");
        }
        match review(&catalog, &bytes, None, &options) {
            Review::Unreadable(ReadError::Fault) => panic!("{shown}"),
            Review::Checked(checked) => {
                let marked = mark(&catalog, &checked, &bytes, None, &options, Filling::All, "");
                match marked {
                    Ok(marked) => assert!(read(&marked.bytes, &limits).is_ok(), "{shown}"),
                    Err(error) => assert!(!matches!(error, MarkError::Fault), "{shown}"),
                }
            }
            _ => {}
        }
    }
    assert!(files > 0);
}
