//! OpenDocument spreadsheets (.ods), OpenDocument 1.3 part 3.
//!
//! Our own, because calamine gives neither merges nor number formats nor hidden rows, fills a
//! dense grid and refuses pretty-printed files. A repeated cell is repeated only where it holds
//! something, and every repetition counts against the limits. The conventional prefixes are
//! taken for granted, as every program writes them.

mod styles;
mod text;

use std::sync::Arc;

use super::container::{Package, decode};
use super::error::{Damage, ReadError};
use super::limits::Budget;
use super::{address, date, number};
use crate::workbook::{Addr, Area, Cell, FileKind, Sheet, Traits, Value, Workbook};
use crate::xml::{Event, Fault, Reader, unescape};
use styles::Styles;

const CONTENT: &str = "content.xml";

/// The prefixes that every program gives to these namespaces (OpenDocument 1.3 part 3, 3.2), and
/// LibreOffice to its own.
pub(super) const PREFIXES: &[(&str, &str)] = &[
    ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
    ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
    ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
    ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
    (
        "number",
        "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    ),
    (
        "calcext",
        "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    ),
];

/// What a spreadsheet holds beside cells and their text (OpenDocument 1.3 part 3, 9 and 10).
const ASIDE: &[&str] = &[
    "office:annotation",
    "office:annotation-end",
    "office:automatic-styles",
    "office:dde-source",
    "office:event-listeners",
    "office:font-face-decls",
    "office:forms",
    "office:master-styles",
    "office:scripts",
    "office:settings",
    "office:styles",
    "table:calculation-settings",
    "table:cell-range-source",
    "table:consolidation",
    "table:content-validations",
    "table:data-pilot-tables",
    "table:database-ranges",
    "table:dde-links",
    "table:desc",
    "table:detective",
    "table:label-ranges",
    "table:named-expressions",
    "table:scenario",
    "table:shapes",
    "table:table-protection",
    "table:table-source",
    "table:title",
    "table:tracked-changes",
    "text:alphabetical-index-auto-mark-file",
    "text:dde-connection-decls",
    "text:note",
    "text:ruby-text",
    "text:sequence-decls",
    "text:user-field-decls",
    "text:variable-decls",
    "dr3d:scene",
    "draw:a",
    "draw:caption",
    "draw:circle",
    "draw:connector",
    "draw:control",
    "draw:custom-shape",
    "draw:ellipse",
    "draw:frame",
    "draw:g",
    "draw:line",
    "draw:measure",
    "draw:page-thumbnail",
    "draw:path",
    "draw:polygon",
    "draw:polyline",
    "draw:rect",
    "draw:regular-polygon",
];

/// Reads the spreadsheet in `package`.
pub(super) fn read(
    package: &mut Package<'_>,
    budget: &mut Budget<'_>,
) -> Result<Workbook, ReadError> {
    let mut buffer = Vec::new();
    if package.read("META-INF/manifest.xml", budget, &mut buffer)?
        && memchr::memmem::find(&buffer, b"encryption-data").is_some()
    {
        return Err(ReadError::Encrypted);
    }
    let mut styles = Styles::default();
    let depth = budget.limits.xml_depth;
    if package.read("styles.xml", budget, &mut buffer)? {
        let text = decode(&buffer, "styles.xml")?;
        styles
            .read(&text, depth)
            .map_err(|fault| ReadError::corrupt("styles.xml", fault))?;
    }
    if !package.read(CONTENT, budget, &mut buffer)? {
        return Err(ReadError::corrupt(CONTENT, Damage::Missing));
    }
    let text = decode(&buffer, CONTENT)?;
    styles.read(&text, depth).map_err(fault)?;

    let (mut sheets, mut external_links) = (Vec::new(), false);
    let mut xml = Reader::new(&text, depth, &[]).with_conventions(PREFIXES);
    loop {
        match xml.next().map_err(fault)? {
            Event::Start("office:document-content") if xml.depth() == 1 => {}
            Event::Start("office:body") if xml.depth() == 2 => {}
            Event::Start("office:spreadsheet") if xml.depth() == 3 => {}
            // Anywhere else no program shows it.
            Event::Start("table:table") if xml.depth() == 4 => {
                let (sheet, is_linked) = Table::new(&mut styles, budget).read(&mut xml)?;
                let is_kept = is_kept_of_another(&sheet);
                external_links |= is_linked || is_kept;
                if !is_kept {
                    sheets.push(sheet);
                }
            }
            Event::Start(_) if xml.depth() == 1 => {
                return Err(ReadError::corrupt(CONTENT, Damage::Kind));
            }
            Event::Start(name) => pass(&mut xml, name, false)?,
            Event::Eof => break,
            _ => {}
        }
    }
    if sheets.is_empty() {
        return Err(ReadError::corrupt(CONTENT, Damage::Kind));
    }
    Ok(Workbook {
        names: Vec::new(),
        sheets,
        formats: styles.formats.into_list(),
        date_1904: false,
        traits: Traits {
            kind: FileKind::Ods,
            macros: package.has_prefix("basic/") || package.has_prefix("scripts/"),
            signed: package.has("META-INF/documentsignatures.xml"),
            external_links,
            // Formulas of this format are not calculated.
            as_shown: false,
        },
    })
}

/// Whether there is the address of another file in a formula or in the name of a table, as in
/// `['file:///D:/a.ods'#$name.B5]`.
fn names_another_file(text: &str) -> bool {
    text.contains("://") && text.contains("'#")
}

/// Whether a table is what a program keeps of another file that formulas refer to: nobody is shown
/// it.
fn is_kept_of_another(sheet: &Sheet) -> bool {
    !sheet.visible && sheet.name.starts_with('\'') && names_another_file(&sheet.name)
}

fn fault(fault: Fault) -> ReadError {
    ReadError::corrupt(CONTENT, fault)
}

/// Passes over an element that holds no cell. Of one that no program knows, some read what is in it
/// as if it were not there: a table in it, and where `in_text` any text.
fn pass(xml: &mut Reader<'_>, name: &str, in_text: bool) -> Result<(), ReadError> {
    if ASIDE.contains(&name) {
        return xml.skip().map_err(fault);
    }
    let depth = xml.depth();
    loop {
        match xml.next().map_err(fault)? {
            Event::Start(name)
                if ["office:", "table:", "text:"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix)) =>
            {
                return Err(ReadError::corrupt(CONTENT, Damage::Ambiguous));
            }
            Event::Text(text) | Event::CData(text) if in_text && !text.trim_ascii().is_empty() => {
                return Err(ReadError::corrupt(CONTENT, Damage::Ambiguous));
            }
            Event::End if xml.depth() < depth => return Ok(()),
            Event::Eof => return Err(fault(Fault::Truncated)),
            _ => {}
        }
    }
}

/// A count of repetitions or of spanned cells: at least one. Programs read what is no number in ways
/// of their own, and then all that follows stands elsewhere.
fn times(raw: Option<&str>) -> Result<u32, ReadError> {
    let raw = raw.map_or("1", str::trim_ascii);
    if raw.is_empty() || !raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ReadError::corrupt(CONTENT, Damage::Ambiguous));
    }
    // More than fit into the sheet are as good as all of them.
    let count = raw.parse().unwrap_or(address::ROWS);
    Ok(count.clamp(1, address::ROWS))
}

fn hidden(raw: Option<&str>) -> bool {
    matches!(raw, Some("collapse" | "filter"))
}

/// The part of a run of rows or columns that is on the sheet.
fn run(first: u32, last: u32, end: u32) -> Option<(u32, u32)> {
    (first < end).then(|| (first, last.min(end - 1)))
}

/// One table being read.
struct Table<'t, 'l> {
    styles: &'t mut Styles,
    budget: &'t mut Budget<'l>,
    sheet: Sheet,
    /// Default style of the columns, by the column behind each run.
    columns: Vec<(u32, u16)>,
    row: u32,
    col: u32,
    row_repeats: u32,
    row_format: u16,
    /// First cell of the row being read.
    row_start: usize,
    /// It refers to another file.
    is_linked: bool,
}

impl<'t, 'l> Table<'t, 'l> {
    fn new(styles: &'t mut Styles, budget: &'t mut Budget<'l>) -> Self {
        Self {
            styles,
            budget,
            sheet: Sheet::default(),
            columns: Vec::new(),
            row: 0,
            col: 0,
            row_repeats: 0,
            row_format: 0,
            row_start: 0,
            is_linked: false,
        }
    }

    /// Reads the `table:table` that has just been started; says too whether it refers to another file.
    fn read(mut self, xml: &mut Reader<'_>) -> Result<(Sheet, bool), ReadError> {
        let depth = xml.depth();
        let name = unescape(xml.attribute("table:name").unwrap_or_default()).map_err(fault)?;
        self.budget.sheet(&name)?;
        self.sheet.name = name.into_owned();
        self.sheet.visible = !xml
            .attribute("table:style-name")
            .is_some_and(|style| self.styles.is_hidden(style));
        loop {
            match xml.next().map_err(fault)? {
                Event::Start(name) => match name {
                    "table:table-cell" | "table:covered-table-cell" if self.row_repeats > 0 => {
                        self.cell(xml)?;
                    }
                    // Rows in a row, or cells outside of one: programs read them in two ways.
                    name if name.starts_with("table:table-") && self.row_repeats > 0
                        || name.ends_with("table-cell") =>
                    {
                        return Err(ReadError::corrupt(CONTENT, Damage::Kind));
                    }
                    "table:table-row" => self.start_row(xml)?,
                    "table:table-column" => self.column(xml)?,
                    "table:table-rows"
                    | "table:table-row-group"
                    | "table:table-header-rows"
                    | "table:table-columns"
                    | "table:table-column-group"
                    | "table:table-header-columns" => {}
                    "table:table-source" => {
                        self.is_linked = true;
                        xml.skip().map_err(fault)?;
                    }
                    name => pass(xml, name, false)?,
                },
                // Only rows end here inside the table with a row to finish.
                Event::End if xml.depth() < depth => break,
                Event::End if self.row_repeats > 0 => self.end_row()?,
                Event::Eof => return Err(fault(Fault::Truncated)),
                _ => {}
            }
        }
        self.sheet.hidden_rows = address::runs(self.sheet.hidden_rows);
        self.sheet.hidden_columns = address::runs(self.sheet.hidden_columns);
        Ok((self.sheet, self.is_linked))
    }

    fn column(&mut self, xml: &mut Reader<'_>) -> Result<(), ReadError> {
        let first = self.columns.last().map_or(0, |run| run.0);
        let behind = first.saturating_add(times(xml.attribute("table:number-columns-repeated"))?);
        let format = xml.attribute("table:default-cell-style-name");
        let format = format.map_or(0, |style| self.styles.format(style));
        if hidden(xml.attribute("table:visibility")) {
            let run = run(first, behind - 1, address::COLUMNS);
            self.hide(run, |sheet| &mut sheet.hidden_columns)?;
        }
        self.columns.push((behind, format));
        xml.skip().map_err(fault)
    }

    fn hide(
        &mut self,
        run: Option<(u32, u32)>,
        runs: impl Fn(&mut Sheet) -> &mut Vec<(u32, u32)>,
    ) -> Result<(), ReadError> {
        if let Some(run) = run {
            self.budget.merge()?;
            runs(&mut self.sheet).push(run);
        }
        Ok(())
    }

    fn start_row(&mut self, xml: &Reader<'_>) -> Result<(), ReadError> {
        self.col = 0;
        self.row_repeats = times(xml.attribute("table:number-rows-repeated"))?;
        self.row_format = xml
            .attribute("table:default-cell-style-name")
            .map_or(0, |style| self.styles.format(style));
        self.row_start = self.sheet.cells.len();
        if hidden(xml.attribute("table:visibility")) {
            let last = self.row.saturating_add(self.row_repeats) - 1;
            let run = run(self.row, last, address::ROWS);
            self.hide(run, |sheet| &mut sheet.hidden_rows)?;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ReadError> {
        let cells = self.row_start..self.sheet.cells.len();
        if !cells.is_empty() {
            for nth in 1..self.row_repeats {
                for index in cells.clone() {
                    let mut cell = self.sheet.cells[index].clone();
                    cell.at.row += nth;
                    self.push(cell)?;
                }
            }
        }
        self.row = self.row.saturating_add(self.row_repeats);
        self.row_repeats = 0;
        Ok(())
    }

    fn push(&mut self, cell: Cell) -> Result<(), ReadError> {
        if cell.at.row >= address::ROWS || cell.at.col >= address::COLUMNS {
            return Err(ReadError::corrupt(
                CONTENT,
                Damage::Address(cell.at.to_string()),
            ));
        }
        self.budget.cell()?;
        if let Value::Text(text) = &cell.value {
            self.budget.shared(text)?;
        }
        self.sheet.cells.push(cell);
        Ok(())
    }

    /// Reads the cell that has just been started.
    fn cell(&mut self, xml: &mut Reader<'_>) -> Result<(), ReadError> {
        let repeats = times(xml.attribute("table:number-columns-repeated"))?;
        let at = Addr::new(self.row, self.col);
        let rows = times(xml.attribute("table:number-rows-spanned"))?;
        let columns = times(xml.attribute("table:number-columns-spanned"))?;
        let is_on_sheet = at.row < address::ROWS && at.col < address::COLUMNS;
        if is_on_sheet && (rows > 1 || columns > 1) {
            self.budget.merge()?;
            let last = Addr::new(
                at.row.saturating_add(rows - 1).min(address::ROWS - 1),
                at.col.saturating_add(columns - 1).min(address::COLUMNS - 1),
            );
            if last != at {
                self.sheet.merges.push(Area { first: at, last });
            }
        }
        self.col = self.col.saturating_add(repeats);

        let format = match xml.attribute("table:style-name") {
            Some(style) => self.styles.format(style),
            None if self.row_format != 0 => self.row_format,
            None => {
                let run = self.columns.partition_point(|run| run.0 <= at.col);
                self.columns.get(run).map_or(0, |run| run.1)
            }
        };
        let formula = match xml.attribute("table:formula") {
            Some(raw) => {
                let text = unescape(raw).map_err(fault)?;
                // `of:=[.B5]` names its grammar before the sign.
                let text = text.split_once('=').map_or(&*text, |split| split.1);
                self.is_linked |= names_another_file(text);
                Some(self.keep(text)?)
            }
            None => None,
        };
        let typed = Typed::of(xml);
        let shown = text::read(xml, self.budget)?;
        let (value, format) = self.value(&typed, &shown, format)?;
        if value == Value::Blank && formula.is_none() {
            return Ok(());
        }
        for nth in 0..repeats {
            let at = Addr::new(at.row, at.col.saturating_add(nth));
            let (value, formula) = (value.clone(), formula.clone());
            self.push(Cell {
                at,
                value,
                format,
                formula,
            })?;
        }
        Ok(())
    }

    fn keep(&mut self, text: &str) -> Result<Arc<str>, ReadError> {
        self.budget.text(text)?;
        Ok(Arc::from(text))
    }

    fn text(&mut self, text: &str) -> Result<Value, ReadError> {
        Ok(if text.is_empty() {
            Value::Blank
        } else {
            Value::Text(self.keep(text)?)
        })
    }

    fn value(
        &mut self,
        typed: &Typed<'_>,
        shown: &str,
        format: u16,
    ) -> Result<(Value, u16), ReadError> {
        if typed.error {
            return Ok((Value::Error(self.keep(shown)?), format));
        }
        let raw = unescape(typed.raw).map_err(fault)?;
        let (number, fallback) = match typed.kind {
            "float" | "currency" => (number::parse(&raw), ""),
            "percentage" => (number::parse(&raw), "0.00%"),
            "date" => (date::serial(&raw, false), "yyyy-mm-dd"),
            "time" => (date::duration(&raw), "[h]:mm:ss"),
            "boolean" if matches!(&*raw, "true" | "false") => {
                return Ok((Value::Bool(&*raw == "true"), format));
            }
            "" | "string" if typed.raw.is_empty() => return Ok((self.text(shown)?, format)),
            "" | "string" => return Ok((self.text(&raw)?, format)),
            _ if typed.raw.is_empty() && shown.is_empty() => return Ok((Value::Blank, format)),
            // What programs make of other types, or of such a truth, differs.
            _ => (None, ""),
        };
        let value = match number {
            Some(number) => Value::Number(number),
            None if raw.is_empty() => Value::Unreadable(self.keep(shown)?),
            None => Value::Unreadable(self.keep(&raw)?),
        };
        // The type says how it is shown where no style does.
        let stated = self.styles.formats.get(format);
        let agrees = match typed.kind {
            "percentage" => stated.is_some_and(|format| format.percent),
            "date" | "time" => stated.is_some_and(|format| format.date),
            _ => true,
        };
        Ok((
            value,
            if agrees {
                format
            } else {
                self.styles.formats.index(fallback)
            },
        ))
    }
}

/// The typed value in a cell's attributes.
struct Typed<'a> {
    kind: &'a str,
    raw: &'a str,
    error: bool,
}

impl<'a> Typed<'a> {
    fn of(xml: &Reader<'a>) -> Self {
        // LibreOffice goes by its own word where there are two.
        let own = xml.attribute("calcext:value-type");
        let kind = own
            .filter(|own| *own != "error")
            .or_else(|| xml.attribute("office:value-type"));
        let kind = kind.unwrap_or_default();
        let key = match kind {
            "date" => "office:date-value",
            "time" => "office:time-value",
            "boolean" => "office:boolean-value",
            "float" | "currency" | "percentage" => "office:value",
            _ => "office:string-value",
        };
        Self {
            kind,
            raw: xml.attribute(key).unwrap_or_default(),
            error: own == Some("error"),
        }
    }
}
