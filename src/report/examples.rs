//! Examples for the rule book: the first failing case of each rule, from the very files that
//! the tests run.

use include_dir::{Dir, include_dir};
use serde::Deserialize;

static CASES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/rules");

#[derive(Deserialize)]
struct Cases {
    fires: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    why: String,
}

/// What makes the rule fire, in a sentence.
pub(super) fn of(form: &str, code: &str) -> Option<String> {
    let file = CASES.get_file(format!("{form}/{code}.toml"))?;
    let cases: Cases = toml::from_str(file.contents_utf8()?).ok()?;
    Some(cases.fires.into_iter().next()?.why)
}
