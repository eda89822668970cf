//! Styles, as far as number formats and hidden tables go (OpenDocument 1.3 part 3, 16.29).

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::PREFIXES;
use crate::read::format::Formats;
use crate::xml::{Event, Fault, Reader, unescape};

/// Excel's codes have no more characters.
const LONGEST: usize = 255;

/// A format code has four sections at most.
const MOST_MAPS: usize = 3;

/// The style of cells that have no other.
const DEFAULT: &str = "Default";

/// Colours that a format code has words for.
const COLOURS: [(&str, &str); 8] = [
    ("#000000", "Black"),
    ("#0000ff", "Blue"),
    ("#00ff00", "Green"),
    ("#00ffff", "Cyan"),
    ("#ff0000", "Red"),
    ("#ff00ff", "Magenta"),
    ("#ffff00", "Yellow"),
    ("#ffffff", "White"),
];

/// What the styles of `styles.xml` and `content.xml` say.
#[derive(Debug)]
pub(super) struct Styles {
    /// The distinct number formats.
    pub(super) formats: Formats,
    /// Data styles by name.
    codes: HashMap<String, Code>,
    cells: HashMap<String, CellStyle>,
    hidden_tables: HashSet<String>,
}

impl Default for Styles {
    fn default() -> Self {
        Self {
            formats: Formats::new(),
            codes: HashMap::new(),
            cells: HashMap::new(),
            hidden_tables: HashSet::new(),
        }
    }
}

/// A cell style.
#[derive(Debug, Default)]
struct CellStyle {
    parent: Option<String>,
    data: Option<String>,
    /// Its format, once it was asked for: names may be of any length, so none is looked up again
    /// for each style that leads to it.
    format: Option<u16>,
}

/// A data style: one section of a format code, and which others come before it.
#[derive(Debug, Default)]
struct Code {
    text: String,
    /// Sections for some values: condition, name of the data style.
    maps: Vec<(String, String)>,
    /// Where the first of hours, minutes and seconds counts on beyond its clock.
    elapsed: bool,
    /// The format that it is the last section of, once it was asked for.
    format: Option<u16>,
}

impl Styles {
    /// Whether tables of this style are hidden.
    pub(super) fn is_hidden(&self, style: &str) -> bool {
        self.hidden_tables.contains(style)
    }

    /// The format of a cell style, or of the nearest ancestor that has one.
    pub(super) fn format(&mut self, style: &str) -> u16 {
        match self.cells.get(style).map(|cell| cell.format) {
            Some(Some(known)) => known,
            Some(None) => self.inherited(style.to_owned()),
            None => 0,
        }
    }

    fn inherited(&mut self, mut style: String) -> u16 {
        let mut asking = Vec::new();
        let format = loop {
            let Some(cell) = self.cells.get_mut(&style) else {
                break 0;
            };
            if let Some(known) = cell.format {
                break known;
            }
            // Where ancestors go in a circle, none of them has a format.
            cell.format = Some(0);
            let (parent, data) = (cell.parent.take(), cell.data.take());
            asking.push(style);
            if let Some(format) = data.and_then(|data| self.of_data_style(&data)) {
                break format;
            }
            match parent {
                Some(parent) => style = parent,
                None => break 0,
            }
        };
        for style in asking {
            if let Some(cell) = self.cells.get_mut(&style) {
                cell.format = Some(format);
            }
        }
        format
    }

    fn of_data_style(&mut self, name: &str) -> Option<u16> {
        let code = self.codes.get(name)?;
        if let Some(known) = code.format {
            return Some(known);
        }
        let format = self.formats.index(&self.sections(code));
        self.codes.get_mut(name)?.format = Some(format);
        Some(format)
    }

    /// A data style in the words of Excel: what is for some values only comes first.
    fn sections(&self, last: &Code) -> String {
        let maps: Vec<(&str, &Code)> = last
            .maps
            .iter()
            .filter_map(|(condition, name)| Some((condition.as_str(), self.codes.get(name)?)))
            .collect();
        let conditions: Vec<&str> = maps.iter().map(|map| map.0).collect();
        // What sections are for when nothing else is said.
        let plain = [&[">=0"][..], &[">0"], &[">0", "<0"], &[">0", "<0", "=0"]];
        let is_plain = plain.contains(&conditions.as_slice());
        let mut code = String::new();
        for (condition, section) in maps {
            if !is_plain {
                code.extend(["[", condition, "]"]);
            }
            code.push_str(&section.text);
            code.push(';');
        }
        code + &last.text
    }

    fn keep(&mut self, read: Option<(Code, String, usize)>) {
        self.codes.extend(read.map(|(code, name, _)| (name, code)));
    }

    /// Adds the styles of one part; later ones of a name win.
    pub(super) fn read(&mut self, text: &str, depth: usize) -> Result<(), Fault> {
        let mut xml = Reader::new(text, depth, &[]).with_conventions(PREFIXES);
        // The style being read, until it is known to be one of hidden tables.
        let mut style = None;
        // The data style being read, its name and depth.
        let mut code: Option<(Code, String, usize)> = None;
        loop {
            match xml.next()? {
                Event::Start(name) => match name {
                    "office:body" => xml.skip()?,
                    "style:style" => {
                        style = owned(&xml, "style:name");
                        if let Some(name) = style.clone().filter(|_| of_cells(&xml)) {
                            // Without a parent it has this one, as LibreOffice has it.
                            let parent = owned(&xml, "style:parent-style-name");
                            let parent =
                                parent.or_else(|| (name != DEFAULT).then(|| DEFAULT.to_owned()));
                            let cell = CellStyle {
                                parent,
                                data: owned(&xml, "style:data-style-name"),
                                format: None,
                            };
                            self.cells.insert(name, cell);
                        }
                    }
                    "style:table-properties" if xml.attribute("table:display") == Some("false") => {
                        self.hidden_tables.extend(style.take());
                    }
                    "number:number-style"
                    | "number:currency-style"
                    | "number:percentage-style"
                    | "number:date-style"
                    | "number:time-style"
                    | "number:text-style" => {
                        let name = owned(&xml, "style:name").unwrap_or_default();
                        let elapsed = xml.attribute("number:truncate-on-overflow") == Some("false");
                        let begun = Code {
                            elapsed,
                            ..Code::default()
                        };
                        self.keep(code.replace((begun, name, xml.depth())));
                    }
                    name => {
                        if let Some((open, ..)) = &mut code {
                            open.add(name, &mut xml)?;
                        }
                    }
                },
                Event::End if code.as_ref().is_some_and(|open| xml.depth() < open.2) => {
                    self.keep(code.take());
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

impl Code {
    /// Adds one element of the data style, in the words of Excel.
    fn add(&mut self, name: &str, xml: &mut Reader<'_>) -> Result<(), Fault> {
        if name == "style:map" {
            let condition = xml.attribute("style:condition").unwrap_or_default();
            let condition = unescape(condition)?
                .replace("value()", "")
                .replace("!=", "<>")
                .replace(' ', "");
            let bound = condition.trim_start_matches(['<', '>', '=']);
            let is_condition = bound.len() < condition.len() && bound.parse::<Decimal>().is_ok();
            let named = owned(xml, "style:apply-style-name");
            if let Some(named) = named.filter(|_| is_condition && self.maps.len() < MOST_MAPS) {
                self.maps.push((condition, named));
            }
            return Ok(());
        }
        if name == "style:text-properties" {
            let colour = xml.attribute("fo:color").unwrap_or_default();
            let known = COLOURS
                .iter()
                .find(|known| known.0.eq_ignore_ascii_case(colour));
            if let Some((_, word)) = known.filter(|_| self.text.is_empty()) {
                self.text.extend(["[", word, "]"]);
            }
            return Ok(());
        }
        let Some(part) = name.strip_prefix("number:") else {
            return Ok(());
        };
        if self.text.len() > LONGEST {
            return Ok(());
        }
        let long = xml.attribute("number:style") == Some("long");
        let simple = match (part, long) {
            ("year", true) => "yyyy",
            ("year", false) => "yy",
            ("month", true) => "mm",
            ("month", false) => "m",
            ("day", true) => "dd",
            ("day", false) => "d",
            ("hours" | "minutes" | "seconds", _) if std::mem::take(&mut self.elapsed) => match part
            {
                "hours" => "[h]",
                "minutes" => "[mm]",
                _ => "[ss]",
            },
            ("hours", _) => "h",
            ("minutes", _) => "mm",
            ("seconds", _) => "ss",
            ("am-pm", _) => "AM/PM",
            ("era" | "week-of-year" | "quarter", _) => "e",
            ("day-of-week", _) => "ddd",
            ("text-content", _) => "@",
            ("scientific-number", _) => "0.00E+00",
            ("fraction", _) => "# ?/?",
            ("number", _) => {
                self.number(xml);
                ""
            }
            ("text" | "currency-symbol", _) => {
                let text = xml.text()?;
                match &*text {
                    "%" => self.text.push('%'),
                    text => {
                        self.text.push('"');
                        let symbols = text.chars().filter(|&symbol| symbol != '"');
                        self.text.extend(symbols.take(LONGEST));
                        self.text.push('"');
                    }
                }
                ""
            }
            // Signs that stand among the digits.
            ("embedded-text", _) => "\"·\"0",
            _ => "",
        };
        self.text.push_str(simple);
        Ok(())
    }

    fn number(&mut self, xml: &Reader<'_>) {
        let places: usize = match xml.attribute("number:decimal-places") {
            Some(raw) => raw.parse().unwrap_or(0),
            None => {
                self.text.push_str("General");
                return;
            }
        };
        let grouped = xml.attribute("number:grouping") == Some("true");
        let count = |name| {
            xml.attribute(name)
                .and_then(|raw| raw.parse::<usize>().ok())
        };
        let digits = count("number:min-integer-digits").unwrap_or(1).min(30);
        let width = if grouped {
            digits.max(4)
        } else {
            digits.max(1)
        };
        for left in (0..width).rev() {
            self.text.push(if left < digits { '0' } else { '#' });
            if grouped && left > 0 && left % 3 == 0 {
                self.text.push(',');
            }
        }
        if places > 0 {
            let always = count("number:min-decimal-places").unwrap_or(places);
            self.text.push('.');
            self.text
                .extend((0..places.min(30)).map(|place| if place < always { '0' } else { '#' }));
        }
        // A display factor of 1000 is one comma, of 1000000 two; of any other one is as wrong.
        let factor = xml.attribute("number:display-factor").unwrap_or("1");
        let factor = factor.parse::<Decimal>().unwrap_or_default().normalize();
        let factor = factor.to_string();
        let commas = match factor.strip_prefix('1').map(|zeros| (zeros, zeros.len())) {
            Some((zeros, count)) if zeros.bytes().all(|zero| zero == b'0') && count % 3 == 0 => {
                count / 3
            }
            _ => 1,
        };
        self.text.extend(std::iter::repeat_n(',', commas.min(4)));
    }
}

fn of_cells(xml: &Reader<'_>) -> bool {
    xml.attribute("style:family") == Some("table-cell")
}

fn owned(xml: &Reader<'_>, name: &str) -> Option<String> {
    xml.attribute(name).map(str::to_owned)
}
