//! Form descriptions and the expressions of their rules: loaded, told in words, made into a
//! template, applied to a filing.
//!
//! An input that begins with `%%` holds the files of a form set as `package` has parts. Else it
//! is one expression; its first letter tells what for: `m` a test, `f` a computed cell, `e` a test
//! of each row, `s` the words of a finding.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use gouji::catalog::{Catalog, Form};
use gouji::check::{self, Evidence, Selection};
use gouji::extract::extract;
use gouji::lang::Lang;
use gouji::locate::{Outline, Texts};
use gouji::read::{Limits, read};
use gouji::report::rulebook;
use gouji::template::{self, Order};
use gouji::workbook::Workbook;
use gouji_fuzz::bytes::is_one_of_few;
use gouji_fuzz::{grid, package};
use libfuzzer_sys::fuzz_target;

const NAME: &str = "form-set";
const FORM: &str = include_str!("../../workbook-templates/central-project-2023/form.toml");
const ANNEX: &str = include_str!("../../workbook-templates/central-project-2023/project.toml");

fuzz_target!(init: gouji_fuzz::begin(), |data: &[u8]| {
    let folder = folder();
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder for temporary files");
    let put = |name: &str, text: &[u8]| fs::write(folder.join(name), text).expect("room for a file");
    let form = FORM
        .replace("central-project-2023", NAME)
        .replace("english = \"en.toml\"", "")
        .replace("[\"format.toml\", \"indicators.toml\"]", "[\"rules.toml\"]");
    put("form.toml", form.as_bytes());
    put("project.toml", ANNEX.as_bytes());
    if data.starts_with(b"%%") {
        put("rules.toml", b"");
        for (name, text) in package::parts(data) {
            if ["form.toml", "project.toml", "rules.toml", "en.toml"].contains(&name) {
                put(name, text);
            }
        }
    } else {
        put("rules.toml", rule(data).as_bytes());
    }
    match Catalog::form_of_folder(folder, None) {
        Ok(form) => applied(&form, is_one_of_few(data)),
        Err(error) => assert!(!error.message.is_empty()),
    }
});

fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        std::env::temp_dir()
            .join(format!("gouji-fuzz-{}", std::process::id()))
            .join(NAME)
    })
}

/// A rules file with one rule of this expression.
fn rule(data: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(data)
        .chars()
        .filter(|char| !char.is_control())
        .collect();
    let mut chars = text.chars();
    let kind = chars.next();
    let expression = serde_json::to_string(chars.as_str()).expect("a text");
    let body = match kind {
        Some('f') => format!("fill = {expression}"),
        Some('e') => format!(
            "each = \"项目.指标\"\nmust = {{ test = {expression}, place = \"[得分]\", say = \"甲\", todo = \"乙\" }}"
        ),
        Some('s') => format!(
            "must = {{ test = \"项目.资金[总额,执行] > 项目.资金[总额,全年]\", place = \"项目.资金[总额,执行]\", say = {expression}, todo = \"乙\" }}"
        ),
        _ => format!(
            "must = {{ test = {expression}, place = \"项目.资金[总额,执行]\", say = \"甲\", todo = \"乙\" }}"
        ),
    };
    format!("[[rule]]\ncode = \"GJ200\"\nname = \"甲\"\n{body}\nwhy = \"乙\"\nbasis = \"丙\"\n")
}

fn applied(form: &Form, in_full: bool) {
    for lang in [Lang::Zh, Lang::En] {
        rulebook::all(form, &grid::catalog().across, lang);
    }
    for workbook in grid::filings() {
        checked(form, workbook);
    }
    if in_full && let Ok(bytes) = template::workbook(form, &Order::blank(1)) {
        let workbook = read(&bytes, &Limits::default()).expect("a template of ours");
        checked(form, &workbook);
    }
}

fn checked(form: &Form, workbook: &Workbook) {
    let texts = Texts::of(workbook);
    let located = Outline::of(workbook, &texts, form).locate();
    let mut filing = extract(workbook, form, &located);
    check::settle_rates(form, &mut filing);
    check::check(Evidence {
        form,
        filing: &filing,
        workbook,
        located: &located,
        file_name: None,
        lang: Lang::Zh,
        selection: &Selection::default(),
        last_year: None,
        unit: None,
    });
}
