//! What holds for every form set, whatever it describes.

use std::collections::BTreeMap;

use gouji::catalog::Catalog;
use gouji::review::{Checked, Options, Review, review_workbook};

use crate::case::clean;
use crate::sheet;

fn checked<'a>(review: Review<'a>, what: &str) -> Box<Checked<'a>> {
    match review {
        Review::Checked(checked) => checked,
        other => panic!("{what}: {other:?}"),
    }
}

/// Forms share titles and labels; each table has to show alone which form it is of.
#[test]
fn each_table_alone_shows_its_form() {
    let catalog = Catalog::embedded().unwrap();
    for form in &catalog.forms {
        let filing = clean(form);
        let optional: Vec<String> = filing.optional.keys().cloned().collect();
        for table in sheet::tables(&filing, &optional) {
            let what = format!("{} {}", form.id, table.annex);
            let workbook = sheet::workbook(form, &[table], form.year);
            let review = review_workbook(&catalog, workbook, None, &Options::default());
            assert_eq!(checked(review, &what).form.id, form.id, "{what}");
        }
    }
}

/// Bureaus keep accepted reasons by code: what a code checks is the same in every set.
#[test]
fn a_code_means_the_same_in_every_set() {
    let catalog = Catalog::embedded().unwrap();
    let mut names: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for form in &catalog.forms {
        for rule in &form.rules {
            let own = (form.id.as_str(), rule.name.zh.as_str());
            let (first, name) = *names.entry(rule.code.as_str()).or_insert(own);
            assert_eq!(
                rule.name.zh, name,
                "{} in {first} and {}",
                rule.code, form.id
            );
        }
    }
}
