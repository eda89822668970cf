//! Formulas as text: .xls and .xlsb store them as tokens in the order in which they are
//! calculated ([MS-XLS] 2.5.198, [MS-XLSB] 2.5.97).
//!
//! Only what is certain has a text. What refers to another workbook, to several sheets or to
//! a name has none, nor has what no formula of ours computes.

mod functions;
mod shares;

use encoding_rs::{Encoding, UTF_16LE};

use super::number;
use crate::workbook::Addr;
pub(super) use shares::Shares;

/// Excel's own limit on the tokens of one formula, in bytes.
const MOST_TOKENS: usize = 16_384;
/// Excel's own limit on the text of a cell; longer formulas are not computed either.
const LONGEST: usize = 32_767;

/// How a file lays its tokens out.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// .xls before Unicode, with texts in this code page.
    Biff5(&'static Encoding),
    /// .xls.
    Biff8,
    /// .xlsb.
    Biff12,
}

/// Puts the formulas of a workbook into words.
pub(super) struct Wording {
    layout: Layout,
    /// The names of the sheets in the order of their tabs, as references begin with them.
    tabs: Vec<String>,
    /// The tabs that formulas refer to by the place in this list; none where that is no sheet of
    /// this workbook. Before Unicode formulas refer to tabs themselves.
    links: Vec<Option<usize>>,
    /// Bytes that may still be written: few tokens can stand for many letters, and each operator
    /// writes its operands anew.
    left: usize,
}

/// The formula of a cell: its own, or one that it shares.
#[derive(Clone, Copy)]
enum Stored<'a> {
    Own(&'a [u8]),
    /// References are as far from this cell as they say.
    Shared(&'a [u8], Addr),
}

/// How close a part of a formula holds together: the closer, the higher.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Comparison,
    Join,
    Sum,
    Product,
    Power,
    Sign,
    Percent,
    Whole,
}

/// A part of a formula.
struct Part {
    text: String,
    hold: Hold,
}

impl Part {
    fn whole(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hold: Hold::Whole,
        }
    }
}

impl Wording {
    /// `most` is how many bytes the texts of a workbook may have.
    pub(super) fn new<'a>(
        layout: Layout,
        tabs: impl Iterator<Item = &'a str>,
        links: Vec<Option<usize>>,
        most: usize,
    ) -> Self {
        let quoted = |name: &str| format!("'{}'!", name.replace('\'', "''"));
        Self {
            layout,
            tabs: tabs.map(quoted).collect(),
            links,
            // Parts of a usual formula are written anew a few times.
            left: most.saturating_mul(8),
        }
    }

    /// The text of a formula; empty where that is not known.
    fn text(&mut self, stored: Stored<'_>) -> String {
        self.known(stored).unwrap_or_default()
    }

    /// The first cell of those that share the formula, where all that these tokens say is that;
    /// `behind` is what stands behind them.
    fn shared_with(&self, tokens: &[u8], behind: &[u8]) -> Option<Addr> {
        let mut rest = Rest(tokens);
        if rest.byte()? != 0x01 {
            return None;
        }
        Some(match self.layout {
            Layout::Biff12 => Addr::new(rest.word()?, Rest(behind).word()?),
            _ => Addr::new(rest.half()?.into(), rest.half()?.into()),
        })
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    fn known(&mut self, stored: Stored<'_>) -> Option<String> {
        let (Stored::Own(tokens) | Stored::Shared(tokens, _)) = stored;
        if tokens.len() > MOST_TOKENS {
            return None;
        }
        self.spend(tokens.len())?;
        let mut rest = Rest(tokens);
        let mut parts = Vec::new();
        while let Some(token) = rest.byte() {
            self.step(token, &mut rest, &mut parts, stored)?;
            let length = parts.last().map_or(0, |part: &Part| part.text.len());
            self.spend(length)?;
            if length > LONGEST {
                return None;
            }
        }
        let only = parts.pop()?;
        parts.is_empty().then_some(only.text)
    }

    /// Does to the parts what a token says.
    fn step(
        &self,
        token: u8,
        rest: &mut Rest<'_>,
        parts: &mut Vec<Part>,
        stored: Stored<'_>,
    ) -> Option<()> {
        // Operands and functions come in three classes: reference, value, array.
        let token = match token {
            0x20..=0x7F => token & 0x1F | 0x20,
            token => token,
        };
        let part = match token {
            0x03..=0x0E => {
                let right = parts.pop()?;
                operation(token, parts.pop()?, right)?
            }
            // PtgUplus, PtgUminus, PtgPercent, PtgParen.
            0x12 => signed("+", parts.pop()?),
            0x13 => signed("-", parts.pop()?),
            0x14 => Part {
                text: held(parts.pop()?, Hold::Percent) + "%",
                hold: Hold::Percent,
            },
            0x15 => Part::whole(format!("({})", parts.pop()?.text)),
            // PtgMissArg, PtgStr.
            0x16 => Part::whole(""),
            0x17 => Part::whole(format!("\"{}\"", self.string(rest)?.replace('"', "\"\""))),
            // PtgAttr.
            0x19 => match attribute(rest)? {
                Attribute::Sum => call("SUM", 1, parts)?,
                Attribute::Nothing => return Some(()),
            },
            // PtgErr, PtgBool, PtgInt, PtgNum.
            0x1C => Part::whole(error_name(rest.byte()?)?),
            0x1D => Part::whole(if rest.byte()? == 0 { "FALSE" } else { "TRUE" }),
            0x1E => Part::whole(rest.half()?.to_string()),
            0x1F => double(f64::from_bits(rest.long()?))?,
            // PtgFunc, PtgFuncVar.
            0x21 => {
                let (name, count) = functions::fixed(rest.half()?)?;
                call(name, count, parts)?
            }
            0x22 => {
                let count = usize::from(rest.byte()? & 0x7F);
                call(functions::name(rest.half()?)?, count, parts)?
            }
            // PtgRef, PtgArea; as offsets PtgRefN, PtgAreaN; on other sheets PtgRef3d, PtgArea3d.
            0x24 => Part::whole(self.cell(rest, stored, false)?),
            0x25 => Part::whole(self.area(rest, stored, false)?),
            0x2C => Part::whole(self.cell(rest, stored, true)?),
            0x2D => Part::whole(self.area(rest, stored, true)?),
            0x3A => Part::whole(self.tab(rest)?.to_owned() + &self.cell(rest, stored, false)?),
            0x3B => Part::whole(self.tab(rest)?.to_owned() + &self.area(rest, stored, false)?),
            _ => return None,
        };
        parts.push(part);
        Some(())
    }

    /// A counted text.
    fn string(&self, rest: &mut Rest<'_>) -> Option<String> {
        let wide = |bytes| UTF_16LE.decode_without_bom_handling(bytes).0.into_owned();
        Some(match self.layout {
            Layout::Biff5(page) => {
                let length = usize::from(rest.byte()?);
                let text = rest.take(length)?;
                page.decode_without_bom_handling(text).0.into_owned()
            }
            Layout::Biff8 => {
                let units = usize::from(rest.byte()?);
                match rest.byte()? & 1 {
                    0 => rest.take(units)?.iter().copied().map(char::from).collect(),
                    _ => wide(rest.take(units * 2)?),
                }
            }
            Layout::Biff12 => {
                let units = usize::from(rest.half()?);
                wide(rest.take(units * 2)?)
            }
        })
    }

    /// The name of the one sheet of this workbook that is referred to.
    fn tab(&self, rest: &mut Rest<'_>) -> Option<&str> {
        let tab = match self.layout {
            Layout::Biff5(_) => {
                // A negative number is this workbook; eight bytes mean nothing.
                let own = rest.half()? >= 0x8000;
                rest.take(8)?;
                let (first, last) = (rest.half()?, rest.half()?);
                (own && first == last).then(|| usize::from(first))
            }
            _ => *self.links.get(usize::from(rest.half()?))?,
        };
        self.tabs.get(tab?).map(String::as_str)
    }

    fn cell(&self, rest: &mut Rest<'_>, stored: Stored<'_>, far: bool) -> Option<String> {
        let (row, column) = (self.row(rest)?, self.column(rest)?);
        self.corner(row, column, stored, far)
    }

    fn area(&self, rest: &mut Rest<'_>, stored: Stored<'_>, far: bool) -> Option<String> {
        let rows = (self.row(rest)?, self.row(rest)?);
        let columns = (self.column(rest)?, self.column(rest)?);
        let first = self.corner(rows.0, columns.0, stored, far)?;
        let last = self.corner(rows.1, columns.1, stored, far)?;
        Some(first + ":" + &last)
    }

    fn row(&self, rest: &mut Rest<'_>) -> Option<u32> {
        match self.layout {
            Layout::Biff12 => rest.word(),
            _ => rest.half().map(u32::from),
        }
    }

    fn column(&self, rest: &mut Rest<'_>) -> Option<u32> {
        match self.layout {
            Layout::Biff5(_) => rest.byte().map(u32::from),
            _ => rest.half().map(u32::from),
        }
    }

    /// A corner of a reference as text. Where it is `far`, what is relative says how far it is
    /// from the cell of the formula, around the edges of the sheet.
    fn corner(&self, row: u32, column: u32, stored: Stored<'_>, far: bool) -> Option<String> {
        let (last_row, last_column) = match self.layout {
            Layout::Biff5(_) => (0x3FFF, 0xFF),
            Layout::Biff8 => (0xFFFF, 0xFF),
            Layout::Biff12 => (0xF_FFFF, 0x3FFF),
        };
        let (row, column, flags) = match self.layout {
            Layout::Biff5(_) => (row & 0x3FFF, column, row),
            _ => (row, column & 0x3FFF, column),
        };
        let (row_fixed, column_fixed) = (flags & 0x8000 == 0, flags & 0x4000 == 0);
        let at = match (stored, far) {
            (Stored::Shared(_, base), true) => {
                let from = |base: u32, fixed| if fixed { 0 } else { base };
                Addr::new(
                    row.wrapping_add(from(base.row, row_fixed)) & last_row,
                    column.wrapping_add(from(base.col, column_fixed)) & last_column,
                )
            }
            // What is relative would be another cell for each that shares the formula.
            (Stored::Shared(..), false) if !(row_fixed && column_fixed) => return None,
            (Stored::Own(_), true) => return None,
            _ if row > last_row || column > last_column => return None,
            _ => Addr::new(row, column),
        };
        let column = Addr::new(0, at.col).to_string();
        let sign = |fixed| if fixed { "$" } else { "" };
        Some(format!(
            "{}{}{}{}",
            sign(column_fixed),
            column.trim_end_matches('1'),
            sign(row_fixed),
            at.row + 1
        ))
    }
}

/// The word for an error value.
pub(super) const fn error_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        0x2B => "#GETTING_DATA",
        _ => return None,
    })
}

/// What a binary operator makes of its operands.
fn operation(token: u8, left: Part, right: Part) -> Option<Part> {
    let (sign, hold) = match token {
        0x03 => ("+", Hold::Sum),
        0x04 => ("-", Hold::Sum),
        0x05 => ("*", Hold::Product),
        0x06 => ("/", Hold::Product),
        0x07 => ("^", Hold::Power),
        0x08 => ("&", Hold::Join),
        0x09 => ("<", Hold::Comparison),
        0x0A => ("<=", Hold::Comparison),
        0x0B => ("=", Hold::Comparison),
        0x0C => (">=", Hold::Comparison),
        0x0D => (">", Hold::Comparison),
        0x0E => ("<>", Hold::Comparison),
        _ => return None,
    };
    // What stands on the right and holds no closer would be calculated later.
    let right = if right.hold == hold {
        format!("({})", right.text)
    } else {
        held(right, hold)
    };
    let text = held(left, hold) + sign + &right;
    Some(Part { text, hold })
}

/// A part as an operand of what holds like this. The order of tokens says what belongs
/// together, whether brackets are stored or not.
fn held(part: Part, hold: Hold) -> String {
    if part.hold < hold {
        format!("({})", part.text)
    } else {
        part.text
    }
}

fn signed(sign: &str, part: Part) -> Part {
    Part {
        text: sign.to_owned() + &held(part, Hold::Sign),
        hold: Hold::Sign,
    }
}

fn double(number: f64) -> Option<Part> {
    let number = number::from_f64(number)?;
    let hold = if number.is_sign_negative() {
        Hold::Sign
    } else {
        Hold::Whole
    };
    let text = number.to_string();
    Some(Part { text, hold })
}

/// What a PtgAttr is.
enum Attribute {
    /// A hint for calculating, or for the looks.
    Nothing,
    /// SUM of one argument.
    Sum,
}

fn attribute(rest: &mut Rest<'_>) -> Option<Attribute> {
    let kind = rest.byte()?;
    let number = rest.half()?;
    match kind {
        // Volatile, IF, GOTO, assignments, spaces, IFERROR.
        0x01 | 0x02 | 0x08 | 0x20 | 0x21 | 0x40 | 0x41 | 0x80 => Some(Attribute::Nothing),
        // CHOOSE, with where its choices begin.
        0x04 => {
            rest.take((usize::from(number) + 1) * 2)?;
            Some(Attribute::Nothing)
        }
        0x10 => Some(Attribute::Sum),
        _ => None,
    }
}

fn call(name: &str, count: usize, parts: &mut Vec<Part>) -> Option<Part> {
    let first = parts.len().checked_sub(count)?;
    let arguments: Vec<String> = parts.drain(first..).map(|part| part.text).collect();
    Some(Part::whole(format!("{name}({})", arguments.join(","))))
}

/// Tokens that are not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, behind) = self.0.split_at_checked(length)?;
        self.0 = behind;
        Some(taken)
    }

    fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        self.take(LENGTH)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn half(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn word(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests;
