//! The sheet 自检 as it stands in a workbook.

use std::collections::HashMap;
use std::io::Read;

use gouji::workbook::{Addr, Area, Value, Workbook};
use gouji::xml::{Event, Reader, unescape};

/// A row of 自检.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) code: String,
    pub(crate) verdict: String,
    /// What the link leads to.
    pub(crate) place: Option<(usize, Area)>,
    /// Over the rows of a list: how many fail, and how many hold but for rounding.
    pub(crate) many: Option<(usize, usize)>,
}

/// A part of a package.
pub(crate) fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    let mut part = archive.by_name(name).unwrap();
    part.read_to_string(&mut text).unwrap();
    text
}

/// The links of 自检 of a template: row → name.
pub(crate) fn links(template: &[u8], number_of_sheet: usize) -> HashMap<u32, String> {
    let text = part(
        template,
        &format!("xl/worksheets/sheet{number_of_sheet}.xml"),
    );
    let mut xml = Reader::new(&text, 64, &[]);
    let mut links = HashMap::new();
    loop {
        match xml.next().unwrap() {
            Event::Start("hyperlink") => {
                let cell = xml.attribute("ref").unwrap().trim_start_matches('C');
                let name = unescape(xml.attribute("location").unwrap()).unwrap();
                links.insert(cell.parse::<u32>().unwrap() - 1, name.into_owned());
            }
            Event::Eof => return links,
            _ => {}
        }
    }
}

/// The rows of 自检, from the sheet of that name.
pub(crate) fn lines(
    workbook: &Workbook,
    links: &HashMap<u32, String>,
    area: impl Fn(&str) -> Option<(usize, Area)>,
) -> Vec<Line> {
    let sheet = workbook
        .sheets
        .iter()
        .find(|sheet| sheet.name == "自检")
        .unwrap();
    let text = |row: u32, col: u32| match sheet.cell(Addr::new(row, col)).map(|cell| &cell.value) {
        Some(Value::Text(text)) => text.to_string(),
        _ => String::new(),
    };
    let number = |row: u32, col: u32| match sheet.cell(Addr::new(row, col)).map(|cell| &cell.value)
    {
        Some(Value::Number(number)) => Some(usize::try_from(*number).unwrap()),
        _ => None,
    };
    let mut lines = Vec::new();
    for row in 4.. {
        let code = text(row, 0);
        if code.is_empty() {
            return lines;
        }
        lines.push(Line {
            code,
            verdict: text(row, 4),
            place: links
                .get(&row)
                .map(|name| area(name).unwrap_or_else(|| panic!("{name}"))),
            many: number(row, 7).zip(number(row, 8)),
        });
    }
    lines
}
