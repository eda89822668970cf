//! Small files that ask for much are refused in time, naming the limit.

use std::path::Path;

use super::support::{MAIN, Package, links, workbook};
use gouji::catalog::Catalog;
use gouji::lang::Lang;
use gouji::mark::{Filling, MarkError, mark};
use gouji::patch::PatchError;
use gouji::read::{Limits, ReadError, read};
use gouji::review::{Options, Review, review};

/// The name of the limit that stops the package.
fn stopped(package: &Package, limits: &Limits) -> &'static str {
    named(&package.read_within(limits).unwrap_err())
}

/// The name of the limit that a refusal tells, in both languages.
fn named(error: &ReadError) -> &'static str {
    let (limit, found, allowed) = match error {
        ReadError::TooLarge {
            limit,
            found,
            allowed,
        } => (*limit, *found, *allowed),
        ReadError::TooDense { found, allowed, .. } => ("max-ratio", *found, *allowed),
        other => panic!("{other:?}"),
    };
    assert!(found > allowed);
    assert_eq!(error.kind(), "too-large");
    for message in [error.message(Lang::Zh), error.message(Lang::En)] {
        assert!(message.contains(limit), "{message}");
    }
    limit
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read(folder.join(name)).unwrap()
}

fn rows(count: usize) -> String {
    (0..count).map(|_| "<row><c><v>1</v></c></row>").collect()
}

#[test]
fn every_limit_is_named_and_holds() {
    let defaults = Limits::default();
    let long = format!(
        "<row><c t='inlineStr'><is><t>{}</t></is></c></row>",
        "万".repeat(40_000)
    );
    let strings = "<si><t>abc</t></si>".repeat(5);
    let merges = format!(
        "<worksheet xmlns='{MAIN}'><mergeCells>{}</mergeCells></worksheet>",
        "<mergeCell ref='A1:B2'/>".repeat(5)
    );
    let deep = format!(
        "<worksheet xmlns='{MAIN}'>{}{}</worksheet>",
        "<a>".repeat(99),
        "</a>".repeat(99)
    );
    let two = Package::of("").with(
        "xl/workbook.xml",
        workbook("<sheet name='a' r:id='r1'/><sheet name='b' r:id='r1'/>"),
    );
    for (package, limits, name) in [
        (
            Package::of(&rows(5)),
            Limits {
                cells: 4,
                ..defaults
            },
            "max-cells",
        ),
        (
            Package::of(""),
            Limits {
                entries: 4,
                ..defaults
            },
            "max-entries",
        ),
        (
            Package::of(""),
            Limits {
                file_bytes: 100,
                ..defaults
            },
            "max-file-bytes",
        ),
        (
            Package::of(&rows(50)),
            Limits {
                part_bytes: 1000,
                ..defaults
            },
            "max-part-bytes",
        ),
        (
            Package::of(&rows(50)),
            Limits {
                total_bytes: 1500,
                ..defaults
            },
            "max-total-bytes",
        ),
        (Package::of(&long), defaults, "max-cell-chars"),
        (
            Package::of(&long),
            Limits {
                text_bytes: 1000,
                ..defaults
            },
            "max-text-bytes",
        ),
        (
            Package::of("").strings(&strings),
            Limits {
                strings: 4,
                ..defaults
            },
            "max-strings",
        ),
        (
            Package::of("").strings(&strings),
            Limits {
                text_bytes: 14,
                ..defaults
            },
            "max-text-bytes",
        ),
        (
            Package::sheet(&merges),
            Limits {
                merges: 4,
                ..defaults
            },
            "max-merges",
        ),
        (
            two,
            Limits {
                sheets: 1,
                ..defaults
            },
            "max-sheets",
        ),
        (
            Package::of("").with(
                "xl/workbook.xml",
                workbook("<sheet name='四个字的' r:id='r1'/>"),
            ),
            Limits {
                name_chars: 3,
                ..defaults
            },
            "max-name-chars",
        ),
        (Package::sheet(&deep), defaults, "max-xml-depth"),
        (
            Package::of(&rows(1)),
            Limits {
                xml_depth: 4,
                ..defaults
            },
            "max-xml-depth",
        ),
        (
            Package::of(&rows(500)),
            Limits {
                ratio: 2,
                ..defaults
            },
            "max-ratio",
        ),
    ] {
        assert_eq!(stopped(&package, &limits), name);
    }
}

#[test]
fn the_grid_of_an_xls_holds() {
    let limits = Limits {
        grid: 5,
        ..Limits::default()
    };
    let error = read(&fixture("formats/table.xls"), &limits).unwrap_err();
    assert_eq!(named(&error), "max-grid");
}

#[test]
fn the_limits_on_what_is_found_hold() {
    let catalog = Catalog::embedded().unwrap();
    let filing = fixture("clean/clean.xlsx");
    let with = |limits| {
        let options = Options {
            limits,
            ..Options::default()
        };
        match review(&catalog, &filing, None, &options) {
            Review::Unreadable(error) => named(&error),
            other => panic!("{other:?}"),
        }
    };
    let tables = Limits {
        tables: 1,
        ..Limits::default()
    };
    assert_eq!(with(tables), "max-tables");
    let rows = Limits {
        rows: 1,
        ..Limits::default()
    };
    assert_eq!(with(rows), "max-rows");
}

/// What is read and checked is not written anew.
#[test]
fn the_limit_on_what_is_written_anew_stops_the_copy_and_not_the_reading() {
    let catalog = Catalog::embedded().unwrap();
    let options = Options {
        limits: Limits {
            rewritten_cells: 10,
            ..Limits::default()
        },
        ..Options::default()
    };
    let bytes = fixture("formats/filing.xls");
    let Review::Checked(checked) = review(&catalog, &bytes, None, &options) else {
        panic!("not checked");
    };
    let marked = mark(&catalog, &checked, &bytes, None, &options, Filling::All, "");
    let Err(MarkError::Patch(PatchError::Read(error))) = marked else {
        panic!("written");
    };
    assert_eq!(named(&error), "max-rewritten-cells");
}

#[test]
fn a_part_that_inflates_enormously_is_refused_by_its_declared_size() {
    let bomb = format!("<worksheet>{}</worksheet>", " ".repeat(40 << 20));
    let package = Package::sheet(&bomb);
    assert!(package.zip().len() < 100_000);
    assert_eq!(stopped(&package, &Limits::default()), "max-part-bytes");
}

#[test]
fn counts_in_the_file_are_not_believed() {
    let package = Package::of("<row r='1'><c r='A1' t='s'><v>0</v></c></row>")
        .with(
            "xl/sharedStrings.xml",
            format!("<sst xmlns='{MAIN}' count='99999999999' uniqueCount='9223372036854775807'><si><t>a</t></si></sst>"),
        )
        .with(
            "xl/_rels/workbook.xml.rels",
            links(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
            ]),
        );
    assert_eq!(package.only().cells.len(), 1);
}

#[test]
fn a_sheet_of_two_far_corners_takes_two_cells() {
    let package = Package::of(
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    );
    assert_eq!(package.only().cells.len(), 2);
}
