//! Packages of which a careless reader would take one thing and a spreadsheet program another: read
//! as programs do, or refused.

use super::support::{LINKS, MAIN, Package, links, listed};

const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// The cell A1 of a sheet.
fn sheet(value: &str) -> String {
    format!(
        "<worksheet xmlns='{MAIN}'><sheetData><row r='1'><c r='A1'><v>{value}</v></c></row></sheetData></worksheet>"
    )
}

/// A workbook whose sheet shows 1, with a sheet beside that shows 2 and that nothing leads to.
fn decoyed() -> Package {
    Package::sheet(&sheet("1")).with("xl/worksheets/sheet2.xml", sheet("2"))
}

fn shown(package: &Package) -> Vec<String> {
    listed(&package.only())
}

#[test]
fn a_relationship_is_of_the_type_that_its_whole_name_says() {
    let decoy = format!(
        "<Relationships xmlns='{RELATIONS}'>\
         <Relationship Id='r0' Type='urn:example/officeDocument' Target='other/workbook.xml'/>\
         <Relationship Id='r1' Type='{LINKS}/officeDocument' TargetMode='External' Target='other/workbook.xml'/>\
         <Relationship Id='r2' Type='{LINKS}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
    );
    assert_eq!(shown(&decoyed().with("_rels/.rels", decoy)), ["A1=1"]);
}

#[test]
fn a_relationship_of_another_namespace_is_none() {
    let decoy = format!(
        "<Relationships xmlns='{RELATIONS}' xmlns:z='urn:z'>\
         <z:Relationship Id='r1' Type='{LINKS}/worksheet' Target='worksheets/sheet2.xml'/>\
         <Relationship Id='r1' Type='{LINKS}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"
    );
    let package = decoyed().with("xl/_rels/workbook.xml.rels", decoy);
    assert_eq!(shown(&package), ["A1=1"]);
}

#[test]
fn a_sheet_is_called_as_programs_show_it() {
    let book = crate::support::workbook("<sheet name='_x5DEE_异清单' sheetId='1' r:id='r1'/>");
    let package = decoyed().with("xl/workbook.xml", book);
    assert_eq!(package.only().name, "差异清单");
}

#[test]
fn a_sheet_is_where_the_attribute_of_the_right_namespace_leads() {
    let both = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "worksheet", "worksheets/sheet2.xml"),
    ]);
    let book = format!(
        "<workbook xmlns='{MAIN}' xmlns:z='urn:z' xmlns:r='{LINKS}'><sheets>\
         <sheet name='1' sheetId='1' z:id='r2' r:id='r1'/></sheets></workbook>"
    );
    let package = decoyed()
        .with("xl/_rels/workbook.xml.rels", both)
        .with("xl/workbook.xml", book);
    assert_eq!(shown(&package), ["A1=1"]);
}

#[test]
fn a_sheet_that_programs_may_find_and_we_do_not_is_refused() {
    let sheets = |sheet: &str, namespace: &str| {
        format!(
            "<workbook xmlns='{MAIN}' xmlns:r='{namespace}'><sheets>{sheet}</sheets></workbook>"
        )
    };
    let relation = |kind: &str, mode: &str| {
        format!(
            "<Relationships xmlns='{RELATIONS}'>\
             <Relationship Id='r1' Type='{kind}' Target='worksheets/sheet1.xml'{mode}/></Relationships>"
        )
    };
    let (own, other) = (LINKS.to_owned(), format!("{LINKS}x"));
    let worksheet = format!("{LINKS}/worksheet");
    let sheet = "<sheet name='1' sheetId='1' r:id='r1'/>";
    let without = "<sheet name='1' sheetId='1' id='r1'/>";
    for (sheet, namespace, kind, mode, expected) in [
        (sheet, &own, &worksheet, "", "fine"),
        (sheet, &own, &format!("{LINKS}/chartsheet"), "", "corrupt"),
        (sheet, &own, &format!("{LINKS}/dialogsheet"), "", "corrupt"),
        (sheet, &other, &worksheet, "", "corrupt"),
        (without, &own, &worksheet, "", "corrupt"),
        (sheet, &own, &format!("{LINKS}x/worksheet"), "", "corrupt"),
        (sheet, &own, &format!("{LINKS}/theme"), "", "corrupt"),
        (sheet, &own, &worksheet, " TargetMode='External'", "corrupt"),
    ] {
        let package = decoyed()
            .with("xl/workbook.xml", sheets(sheet, namespace))
            .with("xl/_rels/workbook.xml.rels", relation(kind, mode));
        assert_eq!(
            package.kind(),
            expected,
            "{sheet} {namespace} {kind} {mode}"
        );
    }
}

#[test]
fn a_part_that_says_it_is_in_another_encoding_is_refused() {
    for (encoding, kind) in [
        ("UTF-7", "corrupt"),
        ("UTF-16", "corrupt"),
        ("hz-gb-2312", "corrupt"),
        ("utf-8", "fine"),
        ("US-ASCII", "fine"),
        ("GB2312", "fine"),
    ] {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?>{}",
            sheet("1")
        );
        assert_eq!(Package::sheet(&text).kind(), kind, "{encoding}");
    }
}

#[test]
fn letters_that_are_spelled_out_are_refused_where_words_are_compared() {
    let with = |row: &str, cell: &str| {
        format!(
            "<worksheet xmlns='{MAIN}'><sheetData><row r='1' {row}><c r='A1' {cell}><v>1</v></c></row>\
             </sheetData></worksheet>"
        )
    };
    for (row, cell) in [
        ("hidden='&#49;'", ""),
        ("", "s='&#x30;'"),
        ("", "t='&#000110;'"),
    ] {
        assert_eq!(
            Package::sheet(&with(row, cell)).kind(),
            "corrupt",
            "{row}{cell}"
        );
    }
    // Blanks around such a word are none of it.
    let blanks = Package::sheet(&with("hidden=' 1 '", "s=' 0 ' t=' n '"));
    assert_eq!(blanks.only().hidden_rows, [(0, 0)]);
    assert_eq!(Package::sheet(&with("", "s='&#9;0'")).kind(), "corrupt");
}

#[test]
fn what_leaves_it_to_programs_which_cells_they_take_is_refused() {
    let choice = |inside: &str| {
        format!(
            "<mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>\
             <mc:Choice Requires='x14'>{inside}</mc:Choice><mc:Fallback>{inside}</mc:Fallback></mc:AlternateContent>"
        )
    };
    let rows = |rows: &str| {
        Package::sheet(&format!(
            "<worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData></worksheet>"
        ))
    };
    let cell = "<c r='A1'><v>1</v></c>";
    let row = format!("<row r='1'>{cell}</row>");
    let sheets = format!(
        "<workbook xmlns='{MAIN}' xmlns:r='{LINKS}'><sheets>{}<sheet name='2' sheetId='2' r:id='r1'/></sheets></workbook>",
        choice("<sheet name='1' sheetId='1' r:id='r1'/>")
    );
    let formats = format!(
        "<styleSheet xmlns='{MAIN}'><numFmts>{}</numFmts></styleSheet>",
        choice("<numFmt numFmtId='200' formatCode='0'/>")
    );
    let styled = links(&[
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "styles", "styles.xml"),
    ]);
    let both = "<v>1</v><is><t>2</t></is>";
    assert_eq!(
        shown(&rows(&format!("<row r='1'><c r='A1'>{both}</c></row>"))),
        ["A1=1"]
    );
    let controls = choice("<controls><control name='x'/></controls>");
    let sheet =
        format!("<worksheet xmlns='{MAIN}'><sheetData>{row}</sheetData>{controls}</worksheet>");
    assert_eq!(shown(&Package::sheet(&sheet)), ["A1=1"]);
    let inline = format!("<row r='1'><c r='A1' t='inlineStr'>{both}</c></row>");
    assert_eq!(shown(&rows(&inline)), ["A1='2"]);
    for package in [
        rows(&choice(&row)),
        rows(&format!("<row r='1'>{}</row>", choice(cell))),
        rows(&format!(
            "<row r='1'><c r='A1'>{}</c></row>",
            choice("<v>1</v>")
        )),
        rows("<row r='1'><c r='A1'><v>1</v><v>2</v></c></row>"),
        Package::sheet(&format!(
            "<worksheet xmlns='{MAIN}'>{}</worksheet>",
            choice(&format!("<sheetData>{row}</sheetData>"))
        )),
        decoyed().with("xl/workbook.xml", sheets),
        decoyed()
            .with("xl/styles.xml", formats)
            .with("xl/_rels/workbook.xml.rels", styled),
    ] {
        assert_eq!(package.kind(), "corrupt");
    }
}

#[test]
fn the_main_part_is_where_the_whole_type_leads_and_there_is_one() {
    let other = |kind: &str| {
        let root = format!(
            "<Relationships xmlns='{RELATIONS}'>\
             <Relationship Id='r0' Type='{kind}' Target='other/workbook.xml'/>\
             <Relationship Id='r2' Type='{LINKS}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
        );
        decoyed().with("_rels/.rels", root)
    };
    for kind in [
        "http://schemas.microsoft.com/office/x/officeDocument",
        &format!("{LINKS}/x/officeDocument"),
        &format!("{RELATIONS}/officeDocument"),
    ] {
        assert_eq!(shown(&other(kind)), ["A1=1"], "{kind}");
    }
    for kind in [
        &format!("{LINKS}/officeDocument"),
        "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument",
    ] {
        assert_eq!(other(kind).kind(), "corrupt", "{kind}");
    }
}

#[test]
fn there_is_one_table_of_texts_and_one_relationship_of_an_id() {
    let texts = |target: &str, id: &str| {
        let links = links(&[
            ("r1", "worksheet", "worksheets/sheet1.xml"),
            ("r2", "sharedStrings", "a.xml"),
            (id, "sharedStrings", target),
        ]);
        decoyed()
            .with("xl/_rels/workbook.xml.rels", links)
            .with("xl/a.xml", format!("<sst xmlns='{MAIN}'/>"))
            .kind()
    };
    assert_eq!(texts("a.xml", "r3"), "fine");
    assert_eq!(texts("b.xml", "r3"), "corrupt");
    assert_eq!(texts("a.xml", "r2"), "corrupt");
}

#[test]
fn one_file_is_one_package_of_one_kind() {
    let kind = |bytes: &[u8]| {
        let workbook = gouji::read::read(bytes, &gouji::read::Limits::default());
        workbook.map_or_else(|error| error.kind(), |_| "fine")
    };
    let package = decoyed();
    for part in ["mimetype", "content.xml"] {
        let both = decoyed().with(part, "application/vnd.oasis.opendocument.spreadsheet");
        assert_eq!(both.kind(), "corrupt", "{part}");
    }
    // A second archive whose end says that a comment follows, and none does.
    let mut second = decoyed().with("xl/x.xml", "x").zip();
    let end = second.len() - 2;
    second[end] = 9;
    assert_eq!(kind(&[package.zip(), second].concat()), "corrupt");
    assert_eq!(kind(&package.zip()), "fine");
}

#[test]
fn sheets_and_streams_of_an_xls_are_what_all_programs_take_them_for() {
    let sound = std::fs::read("fixtures/formats/filing.xls").unwrap();
    let kind = |at: usize, bytes: &[u8]| {
        let mut changed = sound.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        let workbook = gouji::read::read(&changed, &gouji::read::Limits::default());
        workbook.map_or_else(|error| error.kind(), |_| "fine")
    };
    assert_eq!(kind(0, &[]), "fine");
    // From what length on a stream has sectors of its own, and how large the smaller ones are.
    assert_eq!(kind(56, &5_000_u32.to_le_bytes()), "corrupt");
    assert_eq!(kind(32, &[7]), "corrupt");
    // The beginning of a sheet, which the list of sheets calls one of cells.
    let begin = [0x09, 0x08, 0x10, 0, 0, 6, 0x10, 0];
    let sheet = memchr::memmem::find(&sound, &begin).unwrap();
    for other in [0x05, 0x20, 0x40] {
        assert_eq!(kind(sheet + 6, &[other]), "corrupt", "{other}");
    }
    // And what the list says of it.
    let listed = memchr::memmem::find(&sound, &[0x85, 0]).unwrap();
    assert_eq!(kind(listed + 9, &[2]), "corrupt");
    // A second stream of that name.
    let name: Vec<u8> = "\u{5}SummaryInformation"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let other = memchr::memmem::find(&sound, &name).unwrap();
    let workbook: Vec<u8> = "WORKBOOK\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(kind(other, &workbook), "corrupt");
}

#[test]
fn what_is_no_row_and_no_cell_among_them_is_refused() {
    let kind = |rows: &str| Package::of(rows).kind();
    assert_eq!(kind("<row r='1'><c r='A1'><v>1</v></c></row>"), "fine");
    for rows in [
        "<row r='1'><C r='A1'><v>1</v></C></row>",
        "<Row r='1'><c r='A1'><v>1</v></c></Row>",
        "<row r='1'><c r='A1'><V>1</V></c></row>",
    ] {
        assert_eq!(kind(rows), "corrupt", "{rows}");
    }
}
