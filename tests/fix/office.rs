//! LibreOffice opens what we write and shows the values. Needs `soffice` on the path:
//! `cargo test -- --ignored`.

use std::fs;
use std::process::Command;

use gouji::catalog::Catalog;
use gouji::mark::Filling;
use gouji::read::{Limits, read};
use gouji::reasons::Added;
use gouji::workbook::{Addr, Value};

use super::filings::{Filing, Layout, write};
use super::{checked, fixed};

/// What LibreOffice makes of a workbook when it saves it again.
fn through_office(bytes: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.xlsx");
    fs::write(&path, bytes).unwrap();
    let profile = format!(
        "-env:UserInstallation=file://{}",
        folder.path().join("p").display()
    );
    let output = Command::new("soffice")
        .args([
            &profile,
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
        ])
        .arg(folder.path().join("out"))
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::read(folder.path().join("out/in.xlsx")).unwrap()
}

type Shown = std::collections::BTreeMap<(String, Addr), Value>;

fn values(bytes: &[u8]) -> Shown {
    let workbook = read(bytes, &Limits::default()).unwrap();
    let sheets = workbook.sheets.into_iter();
    sheets
        .flat_map(|sheet| {
            let name = sheet.name;
            let cells = sheet.cells.into_iter();
            cells.map(move |cell| ((name.clone(), cell.at), cell.value))
        })
        .filter(|(_, value)| *value != Value::Blank)
        .collect()
}

#[test]
#[ignore = "needs LibreOffice"]
fn libreoffice_shows_what_was_written_and_marks_outlive_it() {
    let catalog = Catalog::embedded().unwrap();
    for (seed, layout) in [
        (3, Layout::Sheets),
        (8, Layout::Stacked),
        (11, Layout::Sheets),
    ] {
        let mut filing = Filing::random(seed);
        filing.clear("附2.资金[总额,得分]");
        filing.set("附2.总分[得分]", "51.25".parse().unwrap());
        let marked = fixed(&catalog, &write(&filing, layout).bytes, Filling::Derived);
        assert!(marked.changes.len() >= 2, "{:?}", marked.changes);
        let saved = through_office(&marked.bytes);
        assert_eq!(values(&saved), values(&marked.bytes), "seed {seed}");

        // Its own save is a marked copy as well: a further run takes the marks out.
        let again = fixed(&catalog, &saved, Filling::Derived);
        let clean = gouji::patch::unmarked(&again.bytes, &Limits::default()).unwrap();
        let sheets = read(&clean, &Limits::default()).unwrap().sheets;
        assert!(sheets.iter().all(|sheet| Added::of(sheet).is_none()));
        assert_eq!(
            again.marks,
            checked(&catalog, &again.bytes, "again")
                .report
                .findings
                .iter()
                .filter_map(|finding| finding.cell)
                .collect::<std::collections::BTreeSet<_>>()
                .len()
        );
    }
}
