//! The summary workbook, as a reviewer reads it.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use gouji::read::{Limits, read};
use gouji::workbook::{Addr, Sheet, Value, Workbook};
use rust_decimal::Decimal;
use tempfile::TempDir;

use super::filings::{Filing, Layout, write};
use super::units::set_modified;
use super::{clean, gouji, office, put, run, runs, stderr, submissions};

/// How far two results of one formula may be apart: programs calculate with binary numbers.
const ROUNDING: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

fn workbook(path: &Path) -> Workbook {
    read(&std::fs::read(path).unwrap(), &Limits::default()).unwrap()
}

fn shown(sheet: &Sheet, at: Addr) -> Option<String> {
    match &sheet.cell(at)?.value {
        Value::Text(text) if text.starts_with("核对时间") => None,
        Value::Text(text) => Some(text.to_string()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.normalize().to_string()),
        Value::Blank => None,
        other => Some(format!("{other:?}")),
    }
}

/// The first rows of every sheet, a line a row.
fn pages(workbook: &Workbook) -> String {
    let mut text = String::new();
    for sheet in &workbook.sheets {
        writeln!(text, "== {}", sheet.name).unwrap();
        let last = sheet.cells.last().map_or(0, |cell| cell.at.row);
        for row in (0..=last).take(16) {
            let cells = sheet.row(row).iter();
            let cells: Vec<String> = cells.filter_map(|cell| shown(sheet, cell.at)).collect();
            if !cells.is_empty() {
                writeln!(text, "{}", cells.join(" | ")).unwrap();
            }
        }
    }
    text
}

/// Submissions of three units of a roster of four, with a broken file, a letter, and a unit
/// whose name is not in the roster.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲局.xlsx", clean("甲局", 1));
    put(path, "报送/乙局.xlsx", clean("乙局", 2));
    put(path, "报送/丙.xlsx", clean("=丙局+1", 3));
    put(path, "报送/丁局（坏）.xlsx", b"PK\x03\x04");
    put(path, "报送/来函.pdf", b"%PDF-1.4\n%\n");
    let roster = "单位名称,主管部门,批复预算（万元）\n甲局,某某部,\n乙局,某某部,1\n丁局,某某部,20.5\n戊局,,3\n";
    put(path, "名册.csv", roster);
    folder
}

const RUN: [&str; 6] = ["batch", "报送", "-o", "汇总.xlsx", "--roster", "名册.csv"];

#[test]
fn each_sheet_says_what_came_of_the_run() {
    let folder = folder();
    runs(folder.path(), &RUN, 2);
    let text = pages(&workbook(&folder.path().join("汇总.xlsx")));
    insta::assert_snapshot!(text);
}

#[cfg(unix)]
#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_named_once() {
    let folder = folder();
    let said = |lang: &str| {
        let args = [&RUN[..], &["--force", "--lang", lang]].concat();
        let output = gouji(folder.path(), &args)
            .env("TMPDIR", "/没有的文件夹")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        stderr(&output)
    };
    let zh = said("zh");
    assert!(zh.contains("临时文件夹「/没有的文件夹」用不了"), "{zh}");
    assert!(zh.contains("TMPDIR"), "{zh}");
    assert!(!zh.contains("emporary"), "{zh}");
    for said in [zh, said("en")] {
        assert_eq!(said.matches("/没有的文件夹").count(), 1, "{said}");
    }
    assert!(folder.path().join("汇总.db").exists());
    runs(folder.path(), &[&RUN[..], &["--resume"]].concat(), 2);
}

#[test]
fn the_name_of_a_unit_is_on_one_line_in_every_sheet() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    put(path, "报送/甲.xlsx", clean("甲局\n须改·不符", 1));
    runs(path, &["batch", "报送", "-o", "汇总.xlsx"], 0);
    let workbook = workbook(&path.join("汇总.xlsx"));
    let mut named = 0;
    for sheet in &workbook.sheets {
        for cell in &sheet.cells {
            let text = shown(sheet, cell.at).unwrap_or_default();
            assert!(!text.contains("甲局\n"), "{} {}", sheet.name, cell.at);
            named += usize::from(text == "甲局 须改·不符");
        }
    }
    assert!(named > 1);
}

/// The name of a file that would get out of a formula in which it is quoted.
const FILE: &str = match cfg!(windows) {
    true => "=SUM(1)",
    false => "=\"&SUM(1)&\"",
};

#[test]
fn what_units_write_never_becomes_a_formula() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let signs = ["=", "+", "-", "@", "\t=", "\r=", "＝"];
    for (number, sign) in (0..).zip(signs) {
        let mut filing = Filing::random(number);
        let own = |what: &str| format!("{sign}SUM(1){what}{number}");
        filing.annex2.unit = own("单位");
        for project in &mut filing.projects {
            project.project = own("项目");
            project.performer = own("实施");
            project.department = own("主管");
        }
        let bytes = write(&filing, Layout::Sheets).bytes;
        put(path, &format!("报送/{FILE}{number}.xlsx"), bytes);
    }
    run(path, &["batch", "报送", "-o", "汇总.xlsx"]);
    let workbook = workbook(&path.join("汇总.xlsx"));
    let mut texts = String::new();
    for cell in workbook.sheets.iter().flat_map(|sheet| &sheet.cells) {
        // What is computed is ours: what they write stands in it between quotation marks, such as
        // the path of a link.
        if let Some(formula) = &cell.formula {
            let own: String = formula.split('"').step_by(2).collect();
            assert!(!own.contains("SUM(1)"), "{} {formula}", cell.at);
        } else if let Value::Text(text) = &cell.value {
            writeln!(texts, "{text}").unwrap();
        }
    }
    for (number, sign) in signs.iter().enumerate() {
        let sign = sign.trim_start();
        for what in ["单位", "项目", "实施"] {
            let own = format!("{sign}SUM(1){what}{number}");
            assert!(texts.contains(&own), "{own}");
        }
        assert!(texts.contains(&format!("{FILE}{number}.xlsx")));
    }
}

#[test]
fn english_is_one_option_away() {
    let folder = folder();
    runs(folder.path(), &[&RUN[..], &["--lang", "en"]].concat(), 2);
    let workbook = workbook(&folder.path().join("汇总.xlsx"));
    let names: Vec<&str> = workbook.sheets.iter().map(|sheet| &*sheet.name).collect();
    assert_eq!(
        names,
        [
            "Overview",
            "Units",
            "Findings",
            "Rules",
            "Not reported",
            "Not read",
            "Data-units",
            "Data-projects",
            "Data-indicators",
            "Data-entries",
        ]
    );
}

#[test]
fn people_are_whole_and_amounts_have_two_decimals() {
    let folder = folder();
    runs(folder.path(), &RUN, 2);
    let workbook = workbook(&folder.path().join("汇总.xlsx"));
    let mut sheets = workbook.sheets.iter();
    let data = sheets.find(|sheet| sheet.name == "数据-单位").unwrap();
    for (head, decimals) in [
        ("编制数（人）", 0),
        ("2023年实际在职人数（人）", 0),
        ("三公经费 · 2023年决算数（万元）", 2),
    ] {
        let head = |cell: &&gouji::workbook::Cell| shown(data, cell.at).as_deref() == Some(head);
        let column = data.cells.iter().find(head).unwrap().at.col;
        // The total and the first unit.
        for row in [1, 4] {
            let cell = data.cell(Addr::new(row, column)).unwrap();
            let format = &workbook.formats[usize::from(cell.format)];
            assert_eq!(format.decimals, Some(decimals), "{row} {column}");
        }
    }
}

/// The width of the columns of a page, in characters, the first one on each: some 145 fit on A4 in
/// full size.
#[test]
fn what_is_printed_can_be_read() {
    let folder = folder();
    runs(folder.path(), &RUN, 2);
    let bytes = std::fs::read(folder.path().join("汇总.xlsx")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    for number in 2..=10 {
        let mut text = String::new();
        let name = format!("xl/worksheets/sheet{number}.xml");
        let mut part = archive.by_name(&name).unwrap();
        part.read_to_string(&mut text).unwrap();
        let value = |text: &str, name: &str| {
            let (_, rest) = text.split_once(&format!(" {name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.parse::<f64>().unwrap()
        };
        let columns = text.split("<col ").skip(1).map(|column| {
            let column = format!(" {column}");
            (value(&column, "max") - value(&column, "min") + 1.0) * value(&column, "width")
        });
        let columns: Vec<f64> = columns.collect();
        let (_, setup) = text.split_once("<pageSetup").unwrap();
        let pages = match setup.contains("fitToWidth") {
            true => value(setup, "fitToWidth"),
            false => 1.0,
        };
        let in_order = setup.contains(" pageOrder=\"overThenDown\"");
        assert!(in_order, "{name}: {setup}");
        let width = columns.iter().sum::<f64>() + columns[0] * (pages - 1.0);
        assert!(width / pages < 195.0, "{name}: {width} on {pages} pages");
    }
}

#[test]
fn every_figure_of_a_table_stands_in_its_typed_column() {
    let folder = TempDir::new().unwrap();
    let filing = super::filings::Filing::random(7);
    let written = super::write(&filing, super::Layout::Sheets);
    let place = written.place("附2.资金[总额,年初]");
    let own = read(&written.bytes, &Limits::default()).unwrap();
    let sheet = own
        .sheets
        .iter()
        .find(|sheet| sheet.name == place.sheet)
        .unwrap();
    let cell = sheet
        .cells
        .iter()
        .find(|cell| cell.at.to_string() == place.cell)
        .unwrap();
    let Value::Number(budget) = &cell.value else {
        panic!("{cell:?}")
    };
    put(folder.path(), "报送/甲局.xlsx", &written.bytes);
    super::run(folder.path(), &RUN[..4]);
    let workbook = workbook(&folder.path().join("汇总.xlsx"));
    let data = workbook
        .sheets
        .iter()
        .find(|sheet| sheet.name == "数据-单位")
        .unwrap();
    let head = data.cells.iter().find(|cell| {
        shown(data, cell.at).is_some_and(|text| text.contains("年度资金总额 · 年初预算数"))
    });
    let at = Addr::new(4, head.unwrap().at.col);
    let Value::Number(found) = &data.cell(at).unwrap().value else {
        panic!("no number at {at}")
    };
    assert_eq!(found.normalize(), budget.normalize());
}

#[test]
#[ignore = "needs LibreOffice"]
fn results_beside_formulas_are_what_libreoffice_calculates() {
    let folder = submissions(60);
    put(folder.path(), "报送/坏.xlsx", b"PK\x03\x04");
    put(
        folder.path(),
        "名册.csv",
        "单位名称,批复预算\n戊局,3.25\n己局,4\n",
    );
    runs(folder.path(), &RUN, 2);
    let bytes = std::fs::read(folder.path().join("汇总.xlsx")).unwrap();
    let again = office::recalculated(std::slice::from_ref(&bytes)).remove(0);
    let [ours, theirs] = [bytes, again].map(|bytes| read(&bytes, &Limits::default()).unwrap());
    let mut formulas = 0;
    for (own, other) in ours.sheets.iter().zip(&theirs.sheets) {
        assert_eq!(own.name, other.name);
        for cell in own.cells.iter().filter(|cell| cell.formula.is_some()) {
            formulas += 1;
            let place = format!("{} {}", own.name, cell.at);
            let value = other.cell(cell.at).map(|cell| &cell.value);
            match (&cell.value, value) {
                (Value::Number(a), Some(Value::Number(b))) => {
                    assert!((*a - *b).abs() <= ROUNDING, "{place}: {a:?} {b:?}");
                }
                (a, b) => assert_eq!(Some(a), b, "{place}"),
            }
        }
    }
    assert!(formulas > 300, "{formulas}");
}

#[test]
fn what_a_cell_says_shows_no_findings_of_its_own() {
    let folder = TempDir::new().unwrap();
    let filing = super::filings::Filing::reference();
    let bytes = super::write(&filing, super::Layout::Sheets).bytes;
    let lie = "152.95%」\n〔GJ203〕经审核无误，不用改。";
    let edit = gouji::patch::Edit {
        sheet: 1,
        at: Addr::new(4, 7),
        value: Some(gouji::patch::NewValue::Text(lie.to_owned())),
        ..gouji::patch::Edit::default()
    };
    let patch = gouji::patch::Patch {
        edits: vec![edit],
        ..gouji::patch::Patch::default()
    };
    let patched = gouji::patch::patch(&bytes, &patch, &Limits::default()).unwrap();
    put(folder.path(), "报送/甲.xlsx", patched.bytes);
    runs(folder.path(), &["batch", "报送", "-o", "汇总.xlsx"], 1);
    let book = workbook(&folder.path().join("汇总.xlsx"));
    let sheet = book.sheets.iter().find(|sheet| sheet.name == "问题明细");
    let texts = sheet
        .unwrap()
        .cells
        .iter()
        .filter_map(|cell| match &cell.value {
            Value::Text(text) if text.contains("经审核无误") => Some(text.to_string()),
            _ => None,
        });
    let texts: Vec<String> = texts.collect();
    assert!(!texts.is_empty());
    assert!(texts.iter().all(|text| !text.contains('\n')), "{texts:?}");
}

#[test]
fn all_that_others_have_named_runs_in_one_direction() {
    let folder = TempDir::new().unwrap();
    let turned = |what: &str| format!("{what}\u{202E}\u{2066}\u{200F}\u{2028}\u{1B}[31m末");
    let mut filing = Filing::reference();
    filing.annex2.unit = turned("单位");
    for project in &mut filing.projects {
        project.project = turned("项目");
        project.performer = turned("实施");
    }
    let named = |name: &str| format!("报送/{}.xlsx", turned(name));
    put(
        folder.path(),
        &named("表"),
        write(&filing, Layout::Sheets).bytes,
    );
    put(folder.path(), &named("坏"), "PK");
    runs(folder.path(), &["batch", "报送", "-o", "汇总.xlsx"], 2);
    let workbook = workbook(&folder.path().join("汇总.xlsx"));
    let mut seen = String::new();
    for cell in workbook.sheets.iter().flat_map(|sheet| &sheet.cells) {
        if let Value::Text(text) = &cell.value {
            writeln!(seen, "{text}").unwrap();
        }
        seen += cell.formula.as_deref().unwrap_or_default();
    }
    let is_odd = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(seen.chars().find(is_odd), None);
    for what in ["单位", "项目", "实施", "表", "坏"] {
        let lines = seen.lines().filter(|line| line.contains(what));
        assert!(lines.into_iter().any(|line| line.contains("末")), "{what}");
    }
}

#[test]
fn files_that_do_not_count_are_counted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let remarks = |args: &[&str]| -> Vec<String> {
        runs(path, &[&RUN[..4], args].concat(), 0);
        let book = workbook(&path.join("汇总.xlsx"));
        let sheet = &book.sheets[1];
        let last = sheet.cells.iter().filter_map(|cell| shown(sheet, cell.at));
        last.filter(|text| text.contains("没有计入") || text.contains("ot counted"))
            .collect()
    };
    for number in 1..=4 {
        put(path, &format!("报送/{number}.xlsx"), clean("甲局", number));
        set_modified(&path.join(format!("报送/{number}.xlsx")), number);
    }
    let three = "「报送/1.xlsx」、「报送/2.xlsx」、「报送/3.xlsx」";
    assert_eq!(remarks(&[]), [format!("没有计入：{three}")]);
    put(path, "报送/5.xlsx", clean("甲局", 5));
    assert_eq!(
        remarks(&["--force"]),
        [format!("没有计入 4 份：{three} 等")]
    );
    assert_eq!(
        remarks(&["--force", "--lang", "en"]),
        [format!(
            "4 not counted: {} and others",
            three
                .replace('「', "“")
                .replace('」', "”")
                .replace('、', ", ")
        )]
    );
}
