//! Cell formats with a colour of ours over them, and back.

use super::Rgb;
use super::cells::Style;
use super::error::PatchError;
use super::outline::Tag;
use super::splice::attribute;
use super::styles::{List, Styles, prefixed, start_tag};

/// The colour that no one else uses: every fill of ours carries it as the background, which a
/// solid fill does not show. So ours are known where a cell was copied to another place.
const SIGNATURE: &str = "FF7E7F81";

/// What of a cell's format a mark hides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Before {
    /// The style as written at the cell. Other programs count styles anew, so it is a hint.
    pub(super) style: Option<u32>,
    /// `applyFill` as written.
    pub(super) apply: Option<String>,
    /// The fill itself, its elements without a prefix.
    pub(super) fill: String,
}

impl Styles {
    /// The fill of a cell format.
    fn fill_of(&self, format: &str) -> &str {
        let fill = start_tag(format)
            .get("fillId")
            .and_then(|raw| raw.parse().ok())
            .unwrap_or(0);
        self.item(List::Fills, fill).unwrap_or_default()
    }

    /// What of a cell format a mark hides.
    pub(super) fn before(&self, style: Style) -> Before {
        let format = self.format(style.index);
        Before {
            style: style.written,
            apply: start_tag(&format).get("applyFill").map(str::to_owned),
            fill: prefixed(self.fill_of(&format), &self.prefix, ""),
        }
    }

    /// The cell format with this colour over it.
    pub(super) fn marked(&mut self, format: u32, rgb: Rgb) -> Result<u32, PatchError> {
        // The plain formats must have their index before a clone is appended.
        self.pad(List::Fonts);
        self.pad(List::Borders);
        self.pad(List::CellStyleFormats);
        let p = &self.prefix;
        let fill = format!(
            "<{p}fill><{p}patternFill patternType=\"solid\"><{p}fgColor rgb=\"FF{}\"/>\
             <{p}bgColor rgb=\"{SIGNATURE}\"/></{p}patternFill></{p}fill>",
            hex(rgb)
        );
        let fill = self.find_or_add(List::Fills, &fill)?.to_string();
        let xml = self.format(format);
        let open = start_tag(&xml);
        let tag = open.with("fillId", &fill);
        let tag = Tag(&tag).with("applyFill", "1");
        self.add_format(&format!("{tag}{}", &xml[open.0.len()..]))
    }

    fn add_format(&mut self, xml: &str) -> Result<u32, PatchError> {
        let index = self.find_or_add(List::CellFormats, xml)?;
        u32::try_from(index).map_err(|_| PatchError::Styles)
    }

    /// The style to be written at a marked cell to have it as it was before; what else was
    /// changed in its format since stays.
    pub(super) fn restored(
        &mut self,
        format: u32,
        before: &Before,
    ) -> Result<Option<u32>, PatchError> {
        let xml = self.format(format);
        let open = start_tag(&xml);
        let tag = match &before.apply {
            Some(apply) => open.with("applyFill", &attribute(apply)),
            None => open.without("applyFill"),
        };
        // The first fill is always none.
        let fill = match before.fill.as_str() {
            "" => self.item(List::Fills, 0).unwrap_or_default().to_owned(),
            fill => prefixed(fill, "", &self.prefix),
        };
        let body = &xml[open.0.len()..];
        // Its old style, if that is what it would get: formats may be there twice.
        let old = self.format(before.style.unwrap_or(0));
        let same = look(&format!("{tag}{body}")) == look(&old);
        if same && [fill.as_str(), ""].contains(&self.fill_of(&old)) {
            return Ok(before.style);
        }
        let fill = self.find_or_add(List::Fills, &fill)?.to_string();
        let xml = format!("{}{body}", Tag(&tag).with("fillId", &fill));
        self.add_format(&xml).map(Some)
    }

    /// The cell formats whose fill is one of ours: of these colours, or signed.
    pub(super) fn formats_of(&self, colours: &[Rgb]) -> Vec<u32> {
        let is_ours = |index: &u32| {
            let format = self.format(*index);
            let fill = self.fill_of(&format);
            is_signed(fill) || colours.iter().any(|rgb| is_solid(fill, *rgb))
        };
        (0..self.len(List::CellFormats) as u32)
            .filter(is_ours)
            .collect()
    }

    /// Whether the format's fill is this colour.
    pub(super) fn has_colour(&self, format: u32, rgb: Rgb) -> bool {
        is_solid(self.fill_of(&self.format(format)), rgb)
    }

    /// Whether the format's fill has what no one else's has.
    pub(super) fn has_signature(&self, format: u32) -> bool {
        is_signed(self.fill_of(&self.format(format)))
    }
}

/// Six digits.
pub(super) fn hex(rgb: Rgb) -> String {
    rgb.iter().map(|part| format!("{part:02X}")).collect()
}

fn is_signed(fill: &str) -> bool {
    fill.to_ascii_uppercase().contains(SIGNATURE)
}

/// A solid fill shows its foreground; other programs write the alpha as they like.
fn is_solid(fill: &str, rgb: Rgb) -> bool {
    let Some((before, behind)) = fill.split_once("fgColor") else {
        return false;
    };
    let colour = behind.split('>').next().unwrap_or_default();
    before.contains("\"solid\"")
        && colour
            .to_ascii_uppercase()
            .contains(&format!("{}\"", hex(rgb)))
}

/// A cell format without its fill, comparable.
fn look(xml: &str) -> (Vec<(&str, &str)>, &str) {
    let open = start_tag(xml);
    let mut attributes = open.attributes();
    attributes.retain(|attribute| attribute.0 != "fillId");
    attributes.sort_unstable();
    let body = xml.get(open.0.len()..).unwrap_or_default();
    (attributes, body)
}
