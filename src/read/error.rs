//! Why a file could not be read: what it is instead, and what its owner can do.

use std::io;

use super::limit_flags::LimitFlag;
use super::packing::Packing;
use crate::lang::Lang;
use crate::quote::shortened;
use crate::xml::Fault;

/// A file that could not be read as a workbook.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The workbook asks for a password to open.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// The file is something else.
    #[error("not a workbook but {}", .0.noun(Lang::En))]
    NotAWorkbook(Found),
    /// The file is a workbook that is damaged or contradicts itself.
    #[error("the workbook is damaged: {part}: {damage}")]
    Corrupt {
        /// The part of the package, or the stream.
        part: String,
        /// What is wrong with it.
        damage: Damage,
    },
    /// An entry of the package is packed in a way that is not read here.
    #[error("{part} cannot be unpacked: {packing}")]
    Packed {
        /// The entry.
        part: String,
        /// How it is packed.
        packing: Packing,
    },
    /// The workbook asks for more than [`super::Limits`] allow.
    #[error("the workbook is too large: {limit} allows {allowed}, found {found}")]
    TooLarge {
        /// The limit, named as a command-line flag would be.
        limit: &'static str,
        /// What the file asks for; reading stopped there, so it may want more.
        found: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// An entry of the package declares more than its packed bytes can hold.
    #[error("{part} unpacks too far: max-ratio allows {allowed} times, declared are {found}")]
    TooDense {
        /// The entry.
        part: String,
        /// How many times as large as its packed bytes it says it is.
        found: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// In separated text, the quotation mark that begins a field on this line does not end it.
    #[error("line {0}: the quotation marks do not match")]
    Quotes(u64),
    /// Separated text in an unknown encoding.
    #[error("the text is neither UTF-8 nor GBK")]
    Encoding,
    /// The program failed on it, whatever it is.
    #[error("the program failed on this file")]
    Fault,
    /// It was given up after this many seconds.
    #[error("the workbook took more than {0} s")]
    TooSlow(u64),
    /// It took more memory than this many MiB.
    #[error("the workbook took more than {0} MiB of memory")]
    TooMuchMemory(u64),
    /// The file could not be opened or read.
    #[error("cannot read the file: {0}")]
    Io(#[source] io::Error),
}

/// What a file is that is no workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// Nothing.
    Empty,
    /// A Word document (.docx, .doc, .wps, .odt).
    Word,
    /// A presentation.
    Slides,
    /// A web page.
    Html,
    /// A web archive (.mht).
    Mht,
    /// An "XML spreadsheet 2003", or another XML file.
    Xml,
    /// Comma or tab separated text.
    Csv,
    /// Other text.
    Text,
    /// A PDF.
    Pdf,
    /// Rich text.
    Rtf,
    /// A picture.
    Image,
    /// A zip, rar, 7z or gzip archive.
    Archive,
    /// A workbook of a program before Excel 5.
    AncientWorkbook,
    /// A compound file without a workbook, or other bytes.
    Unknown,
    /// A folder.
    Folder,
    /// A folder in which there is no workbook.
    EmptyFolder,
    /// A pipe, socket or device.
    Special,
    /// A link in a folder, which may lead out of it.
    Link,
}

impl Found {
    /// What it is, as a noun phrase.
    pub const fn noun(self, lang: Lang) -> &'static str {
        match self {
            Self::Empty => lang.pick("空文件", "an empty file"),
            Self::Word => lang.pick("文字文档（Word 或 WPS 文字）", "a Word document"),
            Self::Slides => lang.pick("演示文稿", "a presentation"),
            Self::Html => lang.pick("网页（HTML）", "a web page (HTML)"),
            Self::Mht => lang.pick("网页归档（MHT）", "a web archive (MHT)"),
            Self::Xml => lang.pick("XML 文件", "an XML file"),
            Self::Csv => lang.pick("用逗号或制表符分隔的文本（CSV）", "separated text (CSV)"),
            Self::Text => lang.pick("文本文件", "a text file"),
            Self::Pdf => lang.pick("PDF 文件", "a PDF file"),
            Self::Rtf => lang.pick("RTF 文档", "an RTF document"),
            Self::Image => lang.pick("图片", "a picture"),
            Self::Archive => lang.pick("压缩包", "an archive"),
            Self::AncientWorkbook => lang.pick(
                "很早期版本的 Excel 工作簿",
                "a workbook of a very old Excel",
            ),
            Self::Unknown => lang.pick("认不出类型的文件", "a file of unknown type"),
            Self::Folder => lang.pick("文件夹", "a folder"),
            Self::EmptyFolder => lang.pick("没有工作簿的文件夹", "a folder without workbooks"),
            Self::Special => lang.pick("管道或设备", "a pipe or device"),
            Self::Link => lang.pick("链接", "a link"),
        }
    }

    const fn advice(self, lang: Lang) -> &'static str {
        match self {
            Self::Word | Self::Slides | Self::Rtf => lang.pick(
                "请把其中的表格复制到 Excel 或 WPS 表格里，另存为 .xlsx 再核对。",
                "Copy its tables into a spreadsheet and save that as .xlsx.",
            ),
            Self::Pdf | Self::Image => lang.pick(
                "请找到原来的电子表格，用它来核对。",
                "Use the spreadsheet that it was made from.",
            ),
            Self::Archive => lang.pick(
                "请先解压，再核对里面的表格。",
                "Unpack it and check the workbooks inside.",
            ),
            Self::Folder => lang.pick("请选择里面的文件。", "Name the files inside."),
            Self::EmptyFolder => lang.pick(
                "请核对路径，或直接选择工作簿。",
                "Check the path, or name the workbooks.",
            ),
            Self::Empty => lang.pick(
                "可能没有保存或下载完整，请重新取得这份文件。",
                "It may not have been saved or downloaded completely; get it again.",
            ),
            Self::Special => lang.pick("请选择普通文件。", "Name a regular file."),
            Self::Link => lang.pick("请换成文件本身。", "Put the file in its place."),
            Self::Unknown => lang.pick(
                "请选择 .xlsx、.xls、.et、.xlsb 或 .ods 工作簿。",
                "Name an .xlsx, .xls, .et, .xlsb or .ods workbook.",
            ),
            Self::Html | Self::Mht | Self::Xml | Self::Csv | Self::Text | Self::AncientWorkbook => {
                lang.pick(
                    "请用 Excel 或 WPS 打开，另存为 .xlsx 再核对。",
                    "Open it in Excel or WPS and save it as .xlsx.",
                )
            }
        }
    }
}

/// What is wrong with a damaged workbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file ends before its content does.
    #[error("the file ends too early")]
    Truncated,
    /// The container does not hold together.
    #[error("the container cannot be read ({0})")]
    Container(String),
    /// The content does not match its checksum, or is longer than declared.
    #[error("the content does not match its checksum or size ({0})")]
    Content(String),
    /// Two entries of one name (case aside).
    #[error("there are two entries of this name")]
    Duplicate,
    /// The entry has another name in the directory than at its place.
    #[error("the entry has two different names")]
    TwoNames,
    /// One archive behind another: which of them is shown is anyone's guess.
    #[error("two archives in one file")]
    TwoArchives,
    /// A part is missing that another refers to.
    #[error("the part is missing")]
    Missing,
    /// The text is neither UTF-8 nor UTF-16.
    #[error("the text is neither UTF-8 nor UTF-16")]
    Encoding,
    /// The XML cannot be read.
    #[error("{0}")]
    Xml(#[from] Fault),
    /// The workbook has two lists of sheets: which of them is shown is anyone's guess.
    #[error("two lists of sheets")]
    TwoLists,
    /// Programs take different things from the part, and show them.
    #[error("programs show different things of the part")]
    Ambiguous,
    /// The part is not what its place calls for.
    #[error("the part is of another kind than expected")]
    Kind,
    /// An address that is none, or two cells of one address.
    #[error("bad or repeated address {0}")]
    Address(String),
    /// A binary record is shorter than its kind, or contradicts the others.
    #[error("a record cannot be read ({0})")]
    Record(String),
}

impl Damage {
    pub(crate) fn words(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::Truncated | Self::Xml(Fault::Truncated) => "内容不完整".to_owned(),
            Self::Container(_) => "文件结构读不出来".to_owned(),
            Self::Content(_) => "内容与校验码或长度不符".to_owned(),
            Self::Duplicate => "同名部件有两个".to_owned(),
            Self::TwoNames => "部件的名称前后不一致".to_owned(),
            Self::TwoArchives => "一个文件里前后有两个压缩包".to_owned(),
            Self::Missing => "缺少这个部件".to_owned(),
            Self::Encoding => "文字编码读不出来".to_owned(),
            Self::Xml(Fault::Doctype) => "带有文档类型声明".to_owned(),
            Self::Xml(Fault::Prefix) => "XML 的前缀与通常的含义不同".to_owned(),
            Self::Xml(_) => "XML 写法有误".to_owned(),
            Self::TwoLists => "工作表清单有两份".to_owned(),
            Self::Ambiguous => "内容有两种读法，各软件显示的会不一样".to_owned(),
            Self::Kind => "部件类型不对".to_owned(),
            Self::Address(address) => format!("单元格地址 {address} 有误或重复"),
            Self::Record(_) => "记录读不出来".to_owned(),
        }
    }
}

/// Of the name of a part no more than this is told, in characters.
const LONGEST_PART: usize = 120;

/// The name of a part as it is told. A file may name its parts at any length.
pub(crate) fn told(part: &str) -> String {
    shortened(part, LONGEST_PART).into_owned()
}

impl ReadError {
    /// A part that is damaged, or nested deeper than is allowed.
    pub(crate) fn corrupt(part: impl AsRef<str>, damage: impl Into<Damage>) -> Self {
        match damage.into() {
            Damage::Xml(Fault::Depth(allowed)) => Self::TooLarge {
                limit: "max-xml-depth",
                found: allowed as u64 + 1,
                allowed: allowed as u64,
            },
            damage => Self::Corrupt {
                part: told(part.as_ref()),
                damage,
            },
        }
    }

    /// A part that is packed in a way that is not read here.
    pub(crate) fn packed(part: &str, packing: Packing) -> Self {
        Self::Packed {
            part: told(part),
            packing,
        }
    }

    /// A part that says that it unpacks to more than its packed bytes can hold.
    pub(crate) fn dense(part: &str, found: u64, allowed: u64) -> Self {
        Self::TooDense {
            part: told(part),
            found,
            allowed,
        }
    }

    /// The kind, for machines: `encrypted`, `not-a-workbook`, `corrupt`, `unsupported`, `too-large`,
    /// `fault`, `too-slow`, `memory` or `io`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::NotAWorkbook(_) => "not-a-workbook",
            Self::Corrupt { .. } | Self::Quotes(_) | Self::Encoding => "corrupt",
            Self::Packed { packing, .. } => packing.kind(),
            Self::TooLarge { .. } | Self::TooDense { .. } => "too-large",
            Self::Fault => "fault",
            Self::TooSlow(_) => "too-slow",
            Self::TooMuchMemory(_) => "memory",
            Self::Io(_) => "io",
        }
    }

    /// What its owner reads: what was found and what to do.
    pub fn message(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        match self {
            Self::Encrypted => lang
                .pick(
                    "这是加密的工作簿，请先在 Excel 或 WPS 里去掉打开密码再核对。",
                    "This workbook is encrypted. Remove the password in Excel or WPS first.",
                )
                .to_owned(),
            Self::NotAWorkbook(found) if zh => {
                format!(
                    "这不是电子表格，是{}。{}",
                    found.noun(lang),
                    found.advice(lang)
                )
            }
            Self::NotAWorkbook(found) => {
                format!(
                    "This is no workbook but {}. {}",
                    found.noun(lang),
                    found.advice(lang)
                )
            }
            Self::Corrupt { part, damage } if zh => format!(
                "这个文件读不完整（{part}：{}）。请在 Excel 或 WPS 里打开，另存为 .xlsx 再核对；\
                 打不开就请重新取得这份文件。",
                damage.words(lang)
            ),
            Self::Corrupt { part, damage } => format!(
                "This file cannot be read completely ({part}: {}). Open it in Excel or WPS and \
                 save it as .xlsx; if it does not open, get the file again.",
                damage.words(lang)
            ),
            Self::Packed { part, packing } if zh => format!(
                "这个文件里的「{part}」{}，没有打开。请用 Excel 或 WPS 另存为 .xlsx；打不开就解压后\
                 重新压缩成普通 ZIP（Deflate，不加密码），再核对。",
                packing.words(lang)
            ),
            Self::Packed { part, packing } => format!(
                "In this file, {part} {}; it was not opened. Save the file as .xlsx in Excel or \
                 WPS; if it does not open there, unpack it and pack it again as ordinary ZIP \
                 (deflate, no password).",
                packing.words(lang)
            ),
            Self::TooLarge {
                limit,
                found,
                allowed,
            } if zh => format!(
                "这个文件太大：{}上限 {allowed}，已达 {found}（{limit}）。\
                 请只保留要核对的表格，另存后再核对。",
                LimitFlag::named(limit).map_or("数量", |flag| flag.zh)
            ),
            Self::TooLarge {
                limit,
                found,
                allowed,
            } => format!(
                "This file is too large: {limit} allows {allowed}, found {found}. Keep only the \
                 sheets to be checked and save it again."
            ),
            Self::TooDense {
                part,
                found,
                allowed,
            } if zh => format!(
                "这个文件里的「{part}」自称展开后是压缩时的 {found} 倍，上限 {allowed} 倍（max-ratio），\
                 没有打开。它可能损坏或被动过；请在 Excel 或 WPS 里打开，另存为 .xlsx 再核对。"
            ),
            Self::TooDense {
                part,
                found,
                allowed,
            } => format!(
                "{part} says that it unpacks to {found} times its size; max-ratio allows \
                 {allowed}. It was not opened. The file may be damaged; open it in Excel or WPS \
                 and save it as .xlsx."
            ),
            Self::Quotes(line) if zh => format!(
                "第 {line} 行的双引号没有成对，后面几行会被当成一格。请改正这一行的引号，\
                 或用 Excel 打开核对后另存为 .xlsx。"
            ),
            Self::Quotes(line) => format!(
                "On line {line}, the quotation marks do not match, and the lines below would be \
                 one cell. Correct them, or open it in Excel and save it as .xlsx."
            ),
            Self::Encoding => lang
                .pick(
                    "文字的编码认不出来（应为 UTF-8 或 GBK）。请在 Excel 或 WPS 里另存为\
                     「CSV UTF-8」或 .xlsx。",
                    "The encoding of this text is unknown: it should be UTF-8 or GBK. Save it as \
                     \"CSV UTF-8\" or .xlsx in Excel or WPS.",
                )
                .to_owned(),
            Self::Fault => lang
                .pick(
                    "程序处理这个文件时出错。请把文件另存一份再核对；仍然出错请告诉我们。",
                    "The program failed on this file. Save it anew and check again; if it still \
                     fails, please tell us.",
                )
                .to_owned(),
            Self::TooSlow(seconds) if zh => format!(
                "核对这个文件超过了 {seconds} 秒（max-seconds），已经停下。它可能损坏，或不是自评表；\
                 请只保留要核对的表格，另存后再核对。"
            ),
            Self::TooSlow(seconds) => format!(
                "This file took more than {seconds} s (max-seconds) and was given up. It may be \
                 damaged; keep only the sheets to be checked and save it again."
            ),
            Self::TooMuchMemory(mib) if zh => format!(
                "核对这个文件要用的内存超过了 {mib} MiB（max-memory），已经停下。它可能损坏，或不是自评表；\
                 请只保留要核对的表格，另存后再核对。"
            ),
            Self::TooMuchMemory(mib) => format!(
                "This file took more than {mib} MiB of memory (max-memory) and was given up. It \
                 may be damaged; keep only the sheets to be checked and save it again."
            ),
            Self::Io(error) if zh => match error.kind() {
                io::ErrorKind::NotFound => "没有找到这个文件，请核对路径。".to_owned(),
                io::ErrorKind::PermissionDenied => {
                    "没有读取这个文件的权限，请关闭正在使用它的程序或复制一份再核对。".to_owned()
                }
                _ => format!("文件读不出来（{error}）。请复制一份再核对。"),
            },
            Self::Io(error) => format!("The file cannot be read ({error})."),
        }
    }
}
