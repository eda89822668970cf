//! Why a workbook could not be patched, and what its owner should know when it was.

use crate::lang::Lang;
use crate::read::{Damage, ReadError, told};
use crate::workbook::Addr;
use crate::xml::Fault;

/// A workbook that was not patched. Nothing is written then.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// The file could not be read, or asks for more than the limits allow.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is a workbook of another format than .xlsx or .xlsm.
    #[error("only .xlsx and .xlsm can be patched in place")]
    Format,
    /// An edit names a sheet that is not there, has no cells, or is one of ours.
    #[error("no sheet of cells at position {0}")]
    Sheet(usize),
    /// An edit names a cell outside of the sheet.
    #[error("{sheet}: the address is outside of the sheet")]
    Address {
        /// The sheet's name.
        sheet: String,
    },
    /// The value of a cell in an array formula or a data table cannot be changed alone.
    #[error("{sheet}!{at} belongs to the array formula of {area}")]
    Array {
        /// The sheet's name.
        sheet: String,
        /// The cell to be changed.
        at: Addr,
        /// The area that the formula fills.
        area: String,
    },
    /// A text is longer than a cell can hold, or a formula than Excel takes.
    #[error("{sheet}!{at}: the text is too long for a cell")]
    Long {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        at: Addr,
    },
    /// A part that would have to be changed is not UTF-8.
    #[error("{0} is not UTF-8")]
    Encoding(String),
    /// A part that would have to be changed is put together in an unknown way.
    #[error("{part} has an unexpected layout ({what})")]
    Layout {
        /// The part.
        part: String,
        /// What was unexpected.
        what: &'static str,
    },
    /// The workbook has no room for further cell styles (64,000).
    #[error("the workbook has too many cell styles")]
    Styles,
    /// The workbook whose sheets are to be added has something that is not carried over.
    #[error("the new sheets cannot be added ({0})")]
    NewSheets(&'static str),
    /// The package could not be put together.
    #[error("the package cannot be written ({0})")]
    Write(String),
}

impl PatchError {
    pub(super) fn layout(part: &str, what: &'static str) -> Self {
        Self::Layout {
            part: told(part),
            what,
        }
    }

    pub(super) fn encoding(part: &str) -> Self {
        Self::Encoding(told(part))
    }

    pub(super) fn damaged(part: &str, fault: Fault) -> Self {
        Self::Read(ReadError::corrupt(part, Damage::Xml(fault)))
    }

    /// The kind, for machines.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Read(error) => error.kind(),
            Self::Format => "format",
            Self::Sheet(_) | Self::Address { .. } => "address",
            Self::Array { .. } => "array-formula",
            Self::Long { .. } => "too-long",
            Self::Encoding(_) => "encoding",
            Self::Layout { .. } => "layout",
            Self::Styles => "styles",
            Self::NewSheets(_) => "new-sheets",
            Self::Write(_) => "write",
        }
    }

    /// What the workbook's owner reads: what was found and what to do.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return match self {
                Self::Read(error) => error.message(lang),
                Self::Array { .. } => format!("{self}. Change the array formula by hand."),
                Self::Encoding(_) | Self::Layout { .. } | Self::Styles => {
                    format!("{self}. Open it in Excel or WPS, save it as .xlsx and try again.")
                }
                _ => format!("{self}."),
            };
        }
        const RESAVE: &str = "请在 Excel 或 WPS 里打开，另存为 .xlsx 再试。";
        match self {
            Self::Read(error) => error.message(lang),
            Self::Format => "只有 .xlsx 和 .xlsm 工作簿能在原表上标注。".to_owned(),
            Self::Sheet(index) => format!("工作簿里没有可以填写的第 {} 张工作表。", index + 1),
            Self::Address { sheet } => format!("“{sheet}”：单元格地址超出了工作表。"),
            Self::Array { sheet, at, area } => format!(
                "“{sheet}”{at} 属于 {area} 的数组公式，不能单独改它的值。请手工修改这个数组公式。"
            ),
            Self::Long { sheet, at } => {
                format!("“{sheet}”{at}：文字或公式太长，一个单元格放不下。")
            }
            Self::Encoding(part) => format!("文件里的 {part} 不是 UTF-8 编码，不能改写。{RESAVE}"),
            Self::Layout { part, what } => {
                format!("文件里的 {part} 写法少见（{what}），没有把握改写。{RESAVE}")
            }
            Self::Styles => {
                format!("工作簿的单元格格式已满（约 64000 种），不能再加标记。{RESAVE}")
            }
            Self::NewSheets(what) => format!("清单工作表没有加进去（{what}）。"),
            Self::Write(what) => format!("结果文件没有生成（{what}）。"),
        }
    }
}

/// What the owner of a patched workbook should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The package was signed; the signature no longer holds.
    SignatureLost,
    /// Excel takes no such name: the sheet has another in the copy.
    SheetRenamed {
        /// Its name.
        from: String,
        /// Its name in the copy.
        to: String,
    },
    /// A sheet with a title of ours in a format that does not say whose it is: it is not in the
    /// copy.
    SheetLeftOut(String),
    /// A patched sheet is protected; it stays so.
    SheetProtected(String),
    /// The workbook's structure is protected; it stays so, and sheets were added all the same.
    StructureLocked,
    /// A cell has a conversation (threaded comment), to which no note can be added.
    NoteLeftOut {
        /// The sheet's name.
        sheet: String,
        /// The cell.
        at: Addr,
    },
    /// Formulas whose stored result no longer held were left without one; a program that
    /// calculates fills them in when it opens the workbook.
    Recalculated(usize),
    /// A sheet of the filer's looks like one of ours; it stays.
    Alike {
        /// The sheet's name.
        sheet: String,
        /// The name of ours.
        ours: String,
    },
}

impl Warning {
    /// What the owner reads.
    pub fn message(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        match self {
            Self::SignatureLost => lang
                .pick(
                    "原文件有数字签名；结果文件改动过，签名不再有效。",
                    "The file was digitally signed; the copy is changed, so its signature no longer holds.",
                )
                .to_owned(),
            Self::SheetRenamed { from, to } if zh => {
                format!("工作表“{from}”的名称不能用在 .xlsx 里，结果文件中改为“{to}”。")
            }
            Self::SheetRenamed { from, to } => {
                format!("“{from}” cannot be the name of a sheet in .xlsx; in the copy it is “{to}”.")
            }
            Self::SheetLeftOut(sheet) if zh => {
                format!("工作表“{sheet}”有本程序的标题，当作以前加的，没有放进结果文件。")
            }
            Self::SheetLeftOut(sheet) => {
                format!("“{sheet}” has a title of this program's; taken for added by it, it is not in the copy.")
            }
            Self::SheetProtected(sheet) if zh => {
                format!("“{sheet}”设有工作表保护；已照常标注，保护没有取消。")
            }
            Self::SheetProtected(sheet) => {
                format!("“{sheet}” is protected; it was marked all the same and stays protected.")
            }
            Self::StructureLocked => lang
                .pick(
                    "工作簿设有结构保护；已照常加入清单工作表，保护没有取消。",
                    "The workbook's structure is protected; sheets were added all the same and it stays protected.",
                )
                .to_owned(),
            Self::NoteLeftOut { sheet, at } if zh => {
                format!("“{sheet}”{at} 有讨论式批注，没有再加批注。")
            }
            Self::NoteLeftOut { sheet, at } => {
                format!("“{sheet}”!{at} has a threaded comment; no note was added.")
            }
            Self::Recalculated(count) if zh => format!(
                "有 {count} 个公式引用了改动的单元格，其结果在用 Excel、WPS 或 LibreOffice 打开时重新计算。"
            ),
            Self::Alike { sheet, ours } if zh => format!(
                "“{sheet}”看着像本程序加的，但没有本程序的标记，当作原文件的保留；这次核对的结果在“{ours}”。"
            ),
            Self::Alike { sheet, ours } => format!(
                "“{sheet}” looks like a sheet of gouji's but bears no mark of it, so it stays as the filer's own. This run wrote “{ours}”."
            ),
            Self::Recalculated(count) => format!(
                "{count} formulas refer to changed cells; Excel, WPS or LibreOffice calculate them on opening."
            ),
        }
    }
}
