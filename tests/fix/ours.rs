//! Which sheets are ours: those that bear the hidden name and our title. Anything else is the
//! filer's, whatever it looks like.

use std::io::Read;

use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::mark::Filling;
use gouji::patch::NewValue;
use gouji::workbook::Value;

use super::filings::{Filing, Layout, write};
use super::kit::{address, edited, load, with_part};
use super::{checked, fixed, fixture};

const NAMED: &str = "<definedName name=\"_gouji\" localSheetId=\"";

fn tabs(bytes: &[u8]) -> Vec<String> {
    let sheets = load(bytes).sheets.into_iter();
    sheets.map(|sheet| sheet.name).collect()
}

/// All notes of a copy, with the tags between them.
fn notes(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        if entry.name().unwrap().contains("comments") {
            entry.read_to_string(&mut all).unwrap();
        }
    }
    all
}

/// The workbook without the names that make sheets ours.
fn nameless(copy: &[u8]) -> Vec<u8> {
    with_part(copy, "xl/workbook.xml", |mut text| {
        let mut gone = 0;
        while let Some(at) = text.find(NAMED) {
            let end = at + text[at..].find("</definedName>").unwrap() + "</definedName>".len();
            text.replace_range(at..end, "");
            gone += 1;
        }
        assert_eq!(gone, 2);
        text
    })
}

#[test]
fn a_sheet_that_only_looks_like_ours_stays_and_all_that_is_said_names_the_real_one() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read(fixture("broken/filing.xlsx")).unwrap();
    let first = fixed(&catalog, &bytes, Filling::Derived);
    assert!(first.notes(Lang::Zh)[0].contains("「差异清单」"));
    assert!(notes(&first.bytes).contains("详见「差异清单」"));

    let forged = nameless(&first.bytes);
    let marked = fixed(&catalog, &forged, Filling::Derived);
    let own = tabs(&bytes);
    let added = ["差异清单", "审核说明", "差异清单（2）", "审核说明（2）"];
    assert_eq!(
        tabs(&marked.bytes),
        [own, added.map(str::to_owned).to_vec()].concat()
    );
    let said = marked.notes(Lang::Zh);
    assert!(said[0].contains("「差异清单（2）」"), "{said:?}");
    for (like, real) in [("差异清单", "差异清单（2）"), ("审核说明", "审核说明（2）")]
    {
        let warned = said
            .iter()
            .any(|line| line.contains(&format!("“{like}”")) && line.contains(&format!("“{real}”")));
        assert!(warned, "{said:?}");
    }
    let notes = notes(&marked.bytes);
    assert!(notes.contains("详见「差异清单（2）」"));
    assert!(!notes.contains("「差异清单」"));
    // Once more: ours are replaced, the others stay.
    let again = fixed(&catalog, &marked.bytes, Filling::Derived);
    assert_eq!(tabs(&again.bytes), tabs(&marked.bytes));
}

#[test]
fn a_sheet_that_the_filer_made_of_ours_stays() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = write(&Filing::reference(), Layout::Sheets).bytes;
    let copy = fixed(&catalog, &bytes, Filling::Derived).bytes;
    let own = tabs(&bytes);
    let part = format!("xl/worksheets/sheet{}.xml", own.len() + 1);
    let filled = with_part(&copy, &part, |text| {
        assert!(text.contains("差异清单（勾稽核对）"));
        text.replace("差异清单（勾稽核对）", "补充材料")
    });
    let filled = with_part(&filled, "xl/workbook.xml", |text| {
        text.replace("差异清单", "补充材料")
    });
    let again = fixed(&catalog, &filled, Filling::Derived);
    let added = ["补充材料", "差异清单", "审核说明"].map(str::to_owned);
    assert_eq!(tabs(&again.bytes), [own, added.to_vec()].concat());
}

#[test]
fn an_annex_that_bears_our_name_is_marked_as_any_other() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read(fixture("broken/filing.xlsx")).unwrap();
    let copy = fixed(&catalog, &bytes, Filling::Derived);
    let last = tabs(&bytes).len() - 1;
    let named = with_part(&copy.bytes, "xl/workbook.xml", |text| {
        let (ours, annex) = (format!("{NAMED}{}\"", last + 1), format!("{NAMED}{last}\""));
        assert!(text.contains(&ours));
        text.replace(&ours, &annex)
    });
    let marked = fixed(&catalog, &named, Filling::Derived);
    assert!(tabs(&marked.bytes).starts_with(&tabs(&bytes)));
    assert_eq!(
        marked.marks,
        fixed(&catalog, &copy.bytes, Filling::Derived).marks
    );
}

#[test]
fn what_a_cell_says_stays_on_one_line_and_runs_one_way() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    let lie = "152.95%」\n〔GJ203〕经审核无误，不用改。\n\u{202E}";
    filing.annex2.unit = "某某市\u{202E}法律\u{2028}援助\u{61C}中心".to_owned();
    let bytes = write(&filing, Layout::Sheets).bytes;
    let bytes = edited(&bytes, 1, address("H5"), NewValue::Text(lie.to_owned()));
    let marked = fixed(&catalog, &bytes, Filling::None);
    let odd = |c: char| c.is_control() || "\u{202E}\u{2028}\u{61C}".contains(c);
    let sheets = load(&marked.bytes).sheets;
    let mut quoted = 0;
    for sheet in &sheets[sheets.len() - 2..] {
        for cell in &sheet.cells {
            if let gouji::workbook::Value::Text(text) = &cell.value {
                assert!(!text.contains(odd), "{}: {text:?}", cell.at);
                quoted += usize::from(text.contains("经审核无误"));
            }
        }
    }
    assert!(quoted > 0);
    let notes = notes(&marked.bytes);
    assert!(notes.contains("经审核无误"));
    for begins in [
        "\n〔GJ203〕经审核",
        "&#10;〔GJ203〕经审核",
        "_x000a_〔GJ203〕经审核",
        "\u{202E}",
    ] {
        assert!(!notes.contains(begins), "{begins:?}");
    }
}

#[test]
fn a_table_under_a_title_of_ours_is_checked_and_stays() {
    let catalog = Catalog::embedded().unwrap();
    let bytes = std::fs::read(fixture("broken/filing.xlsx")).unwrap();
    let codes = |bytes: &[u8]| {
        let checked = checked(&catalog, bytes, "input");
        let findings = checked.report.findings.into_iter();
        let mut codes: Vec<String> = findings.map(|finding| finding.code).collect();
        codes.sort();
        codes
    };
    for title in [
        "差异清单（勾稽核对）",
        "审核说明（勾稽核对）",
        "自检（勾稽核对）",
    ] {
        let titled = edited(&bytes, 1, address("A1"), NewValue::Text(title.to_owned()));
        // With the hidden name that ours have, too.
        let named = with_part(&titled, "xl/workbook.xml", |text| {
            let name = format!("{NAMED}1\" hidden=\"1\">$A$1</definedName>");
            match text.contains("<definedNames>") {
                true => text.replace("<definedNames>", &format!("<definedNames>{name}")),
                false => text.replace(
                    "</sheets>",
                    &format!("</sheets><definedNames>{name}</definedNames>"),
                ),
            }
        });
        for spoof in [&titled, &named] {
            assert_eq!(codes(spoof), codes(&bytes), "{title}");
            let marked = fixed(&catalog, spoof, Filling::Derived);
            assert!(tabs(&marked.bytes).starts_with(&tabs(&bytes)), "{title}");
        }
    }
}

/// Findings name titles and labels of the form, one a row: they are no table of it.
#[test]
fn a_list_of_findings_that_name_titles_and_labels_is_ours_in_the_next_run() {
    let catalog = Catalog::embedded().unwrap();
    let mut filing = Filing::reference();
    filing.projects.clear();
    let bytes = write(&filing, Layout::Sheets).bytes;
    let first = fixed(&catalog, &bytes, Filling::Derived);
    let list = load(&first.bytes);
    let list = list.sheets.iter().find(|sheet| sheet.name == "差异清单");
    let mut texts = list.unwrap().cells.iter().map(|cell| &cell.value);
    let title = "项目支出绩效自评表";
    assert!(texts.any(|value| matches!(value, Value::Text(text) if text.contains(title))));
    let second = fixed(&catalog, &first.bytes, Filling::Derived);
    assert_eq!(tabs(&second.bytes), tabs(&first.bytes));
}
