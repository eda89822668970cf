//! What went wrong, with its causes, in the language: systems and libraries say it in English.

use std::error::Error;
use std::io;

use gouji::batch::store::{MergeError, StoreError};
use gouji::lang::Lang;
use gouji::summary::SummaryError;
use gouji::template::{MOST_PROJECTS, TemplateError};
use rusqlite::ErrorCode;

/// An error with its causes, on one line.
pub(super) fn said(error: &anyhow::Error, lang: Lang) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in error.chain() {
        let said = match lang {
            Lang::Zh => in_chinese(cause),
            Lang::En => cause.to_string(),
        };
        // An error that stands for another says the same once more.
        if words.last() != Some(&said) {
            words.push(said);
        }
        // What SQLite says below that is about its own columns.
        if is_of_database(cause) {
            break;
        }
    }
    words.join(lang.pick("：", ": "))
}

fn is_of_database(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<rusqlite::Error>()
        || cause.is::<StoreError>()
        || cause.is::<MergeError>()
        || cause.is::<SummaryError>()
}

fn in_chinese(cause: &(dyn Error + 'static)) -> String {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return system(error, Lang::Zh);
    }
    if let Some(error) = cause.downcast_ref::<rusqlite::Error>() {
        return database(error);
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return store(error);
    }
    if let Some(error) = cause.downcast_ref::<SummaryError>() {
        return summary(error);
    }
    if let Some(error) = cause.downcast_ref::<TemplateError>() {
        return template(error);
    }
    match cause.downcast_ref::<MergeError>() {
        Some(MergeError::Unlike) => "程序的版本、表样或选项不同".to_owned(),
        Some(MergeError::Unfinished) => "那一次核对没有做完".to_owned(),
        Some(MergeError::Clash(path)) => format!(
            "「{path}」在前面的数据库里是另一个单位的；请都从同一个上级文件夹核对，让路径不同，再合并"
        ),
        Some(MergeError::Store(error)) => store(error),
        None => cause.to_string(),
    }
}

/// What the system refused; an error that we made says it in its own words.
pub(super) fn system(error: &io::Error, lang: Lang) -> String {
    if lang == Lang::En || error.raw_os_error().is_none() {
        return error.to_string();
    }
    of_kind(error.kind()).to_owned() + &number(error, lang)
}

fn of_kind(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "没有这个文件或文件夹",
        io::ErrorKind::PermissionDenied => "没有权限",
        io::ErrorKind::AlreadyExists => "已经存在",
        io::ErrorKind::IsADirectory => "这是文件夹",
        io::ErrorKind::NotADirectory => "路径里有一段不是文件夹",
        io::ErrorKind::ReadOnlyFilesystem => "磁盘是只读的",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "磁盘满了",
        io::ErrorKind::InvalidFilename => "名字太长，或有不能用的字符",
        io::ErrorKind::AddrInUse => "地址或端口已被占用",
        io::ErrorKind::AddrNotAvailable => "本机没有这个地址",
        _ => "系统不允许，或设备出错",
    }
}

/// The number that the system gives an error, in brackets; nothing where the error is our own.
pub(super) fn number(error: &io::Error, lang: Lang) -> String {
    match (error.raw_os_error(), lang) {
        (None, _) => String::new(),
        (Some(code), Lang::Zh) => format!("（系统错误 {code}）"),
        (Some(code), Lang::En) => format!(" (os error {code})"),
    }
}

/// The variable of the environment that names the folder for temporary files.
const TEMPORARY: &str = if cfg!(windows) { "TMP" } else { "TMPDIR" };

fn summary(error: &SummaryError) -> String {
    match error {
        SummaryError::Store(error) => store(error),
        SummaryError::Io(error) => system(error, Lang::Zh),
        SummaryError::Temporary { folder, kind } => format!(
            "临时文件夹「{}」用不了（{}）；请用环境变量 {TEMPORARY} 换一个文件夹再试",
            folder.display(),
            of_kind(*kind)
        ),
        SummaryError::Fault(folder) => format!(
            "程序写到一半出错，多半是临时文件夹「{}」满了；请腾出空间，或用环境变量 {TEMPORARY} 换一个文件夹再试",
            folder.display()
        ),
        SummaryError::Write(error) => format!("生成不了工作簿（{error}）"),
    }
}

fn template(error: &TemplateError) -> String {
    match error {
        TemplateError::TooManyProjects(projects) => {
            format!("有 {projects} 个项目，一份最多 {MOST_PROJECTS} 个；请把项目分到几份里")
        }
        TemplateError::Write(_) => "工作簿写不出来".to_owned(),
        TemplateError::Read(_) => "写出来的工作簿读不回来".to_owned(),
    }
}

fn store(error: &StoreError) -> String {
    match error {
        StoreError::Sqlite(error) => database(error),
        StoreError::Foreign => "不是 gouji 的数据库".to_owned(),
        StoreError::Schema { found } => format!("是另一版程序的数据库（结构 {found}）"),
        StoreError::Stopped => "已停下；同样的命令加 --resume 接着做".to_owned(),
        StoreError::Busy => "另一个核对正在使用".to_owned(),
        StoreError::Damaged(_) => "内容不完整，或已损坏".to_owned(),
    }
}

fn database(error: &rusqlite::Error) -> String {
    let Some(code) = error.sqlite_error_code() else {
        return "内容不是 gouji 写的样子".to_owned();
    };
    let words = match code {
        ErrorCode::CannotOpen => "打不开这个文件",
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => "没有写入的权限",
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "另一个程序正在使用",
        ErrorCode::DiskFull => "磁盘满了",
        ErrorCode::NotADatabase => "不是数据库",
        ErrorCode::DatabaseCorrupt => "已损坏",
        ErrorCode::SystemIoFailure => "磁盘读写出错",
        ErrorCode::TooBig => "有一行太长，不是 gouji 写的",
        _ => "数据库出错",
    };
    let number = error.sqlite_error().map_or(0, |error| error.extended_code);
    format!("{words}（SQLite {number}）")
}
