//! Styles, as far as number formats and hidden tables go (OpenDocument 1.3 part 3, 16.29).

use std::collections::{HashMap, HashSet};

use crate::read::format::Formats;
use crate::xml::{Event, Fault, Reader};

/// What the styles of `styles.xml` and `content.xml` say.
#[derive(Debug)]
pub(super) struct Styles {
    /// The distinct number formats.
    pub(super) formats: Formats,
    /// Format codes by name of the data style.
    codes: HashMap<String, String>,
    /// Cell styles: parent, data style.
    cells: HashMap<String, (Option<String>, Option<String>)>,
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

/// A data style being read.
#[derive(Default)]
struct Code {
    name: String,
    text: String,
}

impl Styles {
    /// Whether tables of this style are hidden.
    pub(super) fn is_hidden(&self, style: &str) -> bool {
        self.hidden_tables.contains(style)
    }

    /// The format of a cell style, or of the nearest ancestor that has one.
    pub(super) fn format(&mut self, style: &str) -> u16 {
        let mut style = style;
        // Ancestors are few; more are a loop.
        for _ in 0..16 {
            let Some((parent, data)) = self.cells.get(style) else {
                return 0;
            };
            if let Some(code) = data.as_ref().and_then(|data| self.codes.get(data)) {
                return self.formats.index(code);
            }
            let Some(parent) = parent else { return 0 };
            style = parent;
        }
        0
    }

    /// Adds the styles of one part; later ones of a name win.
    pub(super) fn read(&mut self, text: &str, depth: usize) -> Result<(), Fault> {
        let mut xml = Reader::new(text, depth, &[]);
        let mut style = String::new();
        let mut code = Code::default();
        loop {
            match xml.next()? {
                Event::Start(name) => match name {
                    "office:body" => xml.skip()?,
                    "style:style" => {
                        style = owned(&xml, "style:name").unwrap_or_default();
                        if xml.attribute("style:family") == Some("table-cell") {
                            let parent = owned(&xml, "style:parent-style-name");
                            let data = owned(&xml, "style:data-style-name");
                            self.cells.insert(style.clone(), (parent, data));
                        }
                    }
                    "style:table-properties" if xml.attribute("table:display") == Some("false") => {
                        self.hidden_tables.insert(style.clone());
                    }
                    "number:number-style"
                    | "number:currency-style"
                    | "number:percentage-style"
                    | "number:date-style"
                    | "number:time-style"
                    | "number:text-style" => {
                        code.name = owned(&xml, "style:name").unwrap_or_default();
                        code.text.clear();
                    }
                    name => {
                        if let Some(part) = name.strip_prefix("number:") {
                            code.add(part, &mut xml)?;
                            self.codes.insert(code.name.clone(), code.text.clone());
                        }
                    }
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

impl Code {
    /// Adds one element of the data style, in the words of Excel.
    fn add(&mut self, part: &str, xml: &mut Reader<'_>) -> Result<(), Fault> {
        // Excel's codes have at most 255 characters.
        if self.text.len() > 1024 {
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
            ("hours", _) => "h",
            ("minutes", _) => "mm",
            ("seconds", _) => "ss",
            ("am-pm", _) => "AM/PM",
            ("era", _) => "e",
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
                        self.text
                            .extend(text.chars().filter(|&symbol| symbol != '"'));
                        self.text.push('"');
                    }
                }
                ""
            }
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
        self.text.push_str(if grouped { "#,##0" } else { "0" });
        if places > 0 {
            self.text.push('.');
            self.text.extend(std::iter::repeat_n('0', places.min(30)));
        }
        // A display factor of 1000 is one comma, of 1000000 two.
        let zeros = xml.attribute("number:display-factor").map_or(0, |raw| {
            raw.trim_end_matches(".0")
                .bytes()
                .filter(|&byte| byte == b'0')
                .count()
        });
        self.text
            .extend(std::iter::repeat_n(',', (zeros / 3).min(4)));
    }
}

fn owned(xml: &Reader<'_>, name: &str) -> Option<String> {
    xml.attribute(name).map(str::to_owned)
}
