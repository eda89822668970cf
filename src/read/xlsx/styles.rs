//! Which number format each cell style has.

use std::collections::HashMap;

use super::{Trouble, skip};
use crate::read::error::Damage;
use crate::read::format::Formats;
use crate::xml::{Event, Reader, SPREADSHEET, unescape};

/// The styles part, as far as number formats go.
#[derive(Debug)]
pub(super) struct Styles {
    /// Format index by cell style (`s`).
    cells: Vec<u16>,
    /// The distinct formats.
    pub(super) formats: Formats,
}

impl Default for Styles {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            formats: Formats::new(),
        }
    }
}

impl Styles {
    /// The format index of cell style `style`; "General" for one that does not exist.
    pub(super) fn format(&self, style: usize) -> u16 {
        self.cells.get(style).copied().unwrap_or(0)
    }

    /// Reads the styles part (ECMA-376 Part 1, 18.8.39).
    pub(super) fn parse(text: &str, depth: usize) -> Result<Self, Trouble> {
        let mut xml = Reader::new(text, depth, SPREADSHEET);
        let mut codes = HashMap::new();
        // Ids of the named styles and of the cell styles; the latter fall back on the former.
        let mut named = Vec::new();
        let mut cells: Vec<u32> = Vec::new();
        let mut in_cells = false;
        loop {
            match xml.next()? {
                Event::Start(name) => match xml.local(name) {
                    Some("styleSheet") if xml.depth() == 1 => {}
                    _ if xml.depth() == 1 => return Err(Damage::Kind.into()),
                    Some("numFmts") if xml.depth() == 2 => {}
                    Some("numFmt") if xml.depth() == 3 => {
                        if let Some(id) = number(xml.token("numFmtId")?) {
                            let code = unescape(xml.attribute("formatCode").unwrap_or_default())?;
                            codes.insert(id, code);
                        }
                    }
                    Some("cellStyleXfs") if xml.depth() == 2 => in_cells = false,
                    Some("cellXfs") if xml.depth() == 2 => in_cells = true,
                    Some("xf") if xml.depth() == 3 => {
                        let own = number(xml.token("numFmtId")?);
                        if in_cells {
                            let parent = number(xml.token("xfId")?)
                                .and_then(|parent| named.get(parent as usize).copied());
                            cells.push(own.or(parent).unwrap_or(0));
                        } else {
                            named.push(own.unwrap_or(0));
                        }
                        xml.skip()?;
                    }
                    _ if xml.depth() > 2 => skip(&mut xml, name)?,
                    _ => xml.skip()?,
                },
                Event::Eof => break,
                _ => {}
            }
        }
        let (cells, formats) = Formats::of_styles(&cells, &codes);
        Ok(Self { cells, formats })
    }
}

fn number(raw: Option<&str>) -> Option<u32> {
    raw?.trim_ascii().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_has_its_own_format_or_that_of_its_named_style() {
        let text = format!(
            "<styleSheet xmlns='{}'><numFmts count='9'><numFmt numFmtId='176' formatCode='0.0%&quot;&quot;'/>\
             </numFmts><fonts/><cellStyleXfs><xf numFmtId='0'/><xf numFmtId='9'/></cellStyleXfs>\
             <cellXfs><xf numFmtId='0'/><xf numFmtId='176' xfId='0'><alignment/></xf><xf xfId='1'/>\
             <xf numFmtId='10'/></cellXfs><cellStyles/></styleSheet>",
            SPREADSHEET[0]
        );
        let styles = Styles::parse(&text, 16).unwrap();
        let codes: Vec<_> = (0..5)
            .map(|style| {
                styles
                    .formats
                    .get(styles.format(style))
                    .unwrap()
                    .code
                    .to_string()
            })
            .collect();
        assert_eq!(codes, ["General", "0.0%\"\"", "0%", "0.00%", "General"]);
    }

    #[test]
    fn formats_without_cell_styles_and_cell_styles_without_formats_are_fine() {
        for inner in ["", "<numFmts count='0'/>", "<cellXfs><xf/></cellXfs>"] {
            let text = format!(
                "<styleSheet xmlns='{}'>{inner}</styleSheet>",
                SPREADSHEET[1]
            );
            assert_eq!(Styles::parse(&text, 16).unwrap().format(0), 0);
        }
    }
}
