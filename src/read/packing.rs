//! Entries of zip archives that are sound, and packed in a way that is not read here.

use zip::CompressionMethod;
use zip::read::ZipFileEntry;

use crate::lang::Lang;

/// How an entry is packed that cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Packing {
    /// It asks for a password.
    #[error("it is encrypted with a password")]
    Password,
    /// By a method other than deflate, of this name where it has one.
    #[error("the way in which it is compressed is not supported{}", named(.0.as_deref(), " (", ")"))]
    Method(Option<String>),
}

impl Packing {
    /// What keeps an entry from being unpacked. Told from the directory: what reads an entry says
    /// so only once it is being read, as an error like that of damaged bytes.
    pub(crate) fn of(entry: &ZipFileEntry<'_>) -> Option<Self> {
        let method = entry.compression();
        // A method of its own: some programs set no flag with it.
        if entry.encrypted() || method == CompressionMethod::AES {
            return Some(Self::Password);
        }
        let is_known = [CompressionMethod::Stored, CompressionMethod::Deflated].contains(&method);
        let name = method.to_string();
        (!is_known).then(|| Self::Method(Some(name).filter(|name| name != NAMELESS)))
    }

    /// A word for programs.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Password => "encrypted",
            Self::Method(_) => "unsupported",
        }
    }

    /// What is said of an entry, behind its name.
    pub(crate) fn words(&self, lang: Lang) -> String {
        match self {
            Self::Password => lang
                .pick("加了密码", "is encrypted with a password")
                .to_owned(),
            Self::Method(name) if lang == Lang::Zh => {
                format!("的压缩方式{}不支持", named(name.as_deref(), "（", "）"))
            }
            Self::Method(name) => format!(
                "is compressed in a way that is not supported{}",
                named(name.as_deref(), " (", ")")
            ),
        }
    }
}

/// What a method is called that has no name.
const NAMELESS: &str = "Unknown";

fn named(name: Option<&str>, open: &str, close: &str) -> String {
    name.map_or_else(String::new, |name| format!("{open}{name}{close}"))
}
