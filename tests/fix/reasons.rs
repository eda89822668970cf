//! Reasons that a unit gives in 审核说明: known again while the figures are the same.

use gouji::catalog::Catalog;
use gouji::mark::Filling;
use gouji::patch::NewValue;
use gouji::reasons::Added;
use gouji::workbook::Value;

use super::filings::{Filing, Layout, write};
use super::kit::{edited, load, with_sheet};
use super::{checked, fixed, fixture};

/// Writes a reason into every row of 审核说明, as the unit would.
fn explained(bytes: &[u8], reason: &str) -> Vec<u8> {
    let workbook = load(bytes);
    let index = workbook
        .sheets
        .iter()
        .position(|sheet| Added::of(sheet) == Some(Added::Reasons))
        .unwrap();
    with_sheet(bytes, u32::try_from(index).unwrap() + 1, |text| {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find("<c r=\"G") {
            let end = at + rest[at..].find('>').unwrap();
            let cell = &rest[at..end];
            let row: u32 = cell[7..].split('"').next().unwrap().parse().unwrap();
            let empty = cell.ends_with('/');
            if row >= 7 && empty {
                out.push_str(&rest[..at]);
                let open = cell.trim_end_matches('/').replace(" t=\"inlineStr\"", "");
                out.push_str(&format!(
                    "{open} t=\"inlineStr\"><is><t>{reason}</t></is></c>"
                ));
            } else {
                out.push_str(&rest[..=end]);
            }
            rest = &rest[end + 1..];
        }
        out + rest
    })
}

#[test]
fn reasons_hold_while_the_figures_do() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read(fixture("reference/reference-sheets.xlsx")).unwrap();
    let copy = fixed(&catalog, &bytes, Filling::Derived).bytes;
    let copy = explained(&copy, "情况属实，见报告");
    let counts = checked(&catalog, &copy, "copy").report.counts();
    assert_eq!((counts.explain, counts.explained), (0, 7));
    // The next copy keeps them, and so does the one after.
    let next = fixed(&catalog, &copy, Filling::Derived).bytes;
    let counts = checked(&catalog, &next, "next").report.counts();
    assert_eq!((counts.explain, counts.explained), (0, 7));

    // 附件2 E5 changed: what rests on it has to be explained anew.
    let mut filing = Filing::reference();
    filing.set("附2.资金[总额,年初]", "180.00".parse().unwrap());
    let changed = write(&filing, Layout::Sheets).bytes;
    let copy = explained(&fixed(&catalog, &bytes, Filling::Derived).bytes, "情况属实");
    let moved = transplant(&copy, &changed);
    let report = checked(&catalog, &moved, "moved").report;
    let expired: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.reason.as_ref().is_some_and(|reason| reason.expired))
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(expired, ["GJ142", "GJ208"]);
    // An old reason does not become a new one by itself.
    let again = fixed(&catalog, &moved, Filling::Derived).bytes;
    let counts = checked(&catalog, &again, "again").report.counts();
    assert_eq!((counts.explain, counts.explained), (2, 5));
}

#[test]
fn reasons_for_findings_without_a_cell_are_known_again() {
    let catalog = Catalog::embedded().unwrap();
    let mut bytes = std::fs::read(fixture("clean/clean.xlsx")).unwrap();
    for label in ["其他资金", "项目支出"] {
        let cells = load(&bytes).sheets.swap_remove(1).cells.into_iter();
        let mut labels = cells.filter(|cell| match &cell.value {
            Value::Text(text) => text.contains(label),
            _ => false,
        });
        let at = labels.next().unwrap().at;
        bytes = edited(&bytes, 1, at, NewValue::Text("某".to_owned()));
    }
    let asked = |bytes: &[u8]| {
        let report = checked(&catalog, bytes, "input").report;
        let findings = report.findings.into_iter();
        let asked = findings.filter(|finding| finding.cell.is_none() && finding.code == "GJ017");
        asked
            .map(|finding| finding.reason.map(|reason| (reason.text, reason.expired)))
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(&bytes), [None, None]);
    let copy = fixed(&catalog, &bytes, Filling::Derived).bytes;
    let copy = explained(&copy, "上级发的表没有这一栏");
    let reason = Some(("上级发的表没有这一栏".to_owned(), false));
    assert_eq!(asked(&copy), [reason.clone(), reason.clone()]);
    let next = fixed(&catalog, &copy, Filling::Derived).bytes;
    assert_eq!(asked(&next), [reason.clone(), reason]);
}

#[test]
fn a_reason_that_cannot_be_seen_is_none() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read(fixture("reference/reference-sheets.xlsx")).unwrap();
    let copy = fixed(&catalog, &bytes, Filling::Derived).bytes;
    for reason in [
        "\u{200B}",
        "\u{FEFF}\u{3164}",
        "\u{2800}",
        "\u{301}",
        "\u{202E}",
        "。",
    ] {
        let counts = checked(&catalog, &explained(&copy, reason), "copy")
            .report
            .counts();
        assert_eq!((counts.explain, counts.explained), (7, 0), "{reason:?}");
    }
}

/// The copy with one figure of the second sheet changed, as in `changed`.
fn transplant(copy: &[u8], changed: &[u8]) -> Vec<u8> {
    let (old, new) = (load(copy), load(changed));
    let own = |cell: &gouji::workbook::Cell| cell.value == Value::Number("180".parse().unwrap());
    let at = new.sheets[1]
        .cells
        .iter()
        .find(|cell| own(cell))
        .unwrap()
        .at;
    assert_eq!(
        old.sheets[1].cell(at).unwrap().value,
        Value::Number("176.32".parse().unwrap())
    );
    with_sheet(copy, 2, |text| {
        assert_eq!(text.matches("176.32").count(), 1);
        text.replace("176.32", "180")
    })
}
