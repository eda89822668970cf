//! A command line that was not understood, said in Chinese; in English clap says it itself.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong, how the command is used, and where to read more.
pub(super) fn in_chinese(error: &clap::Error) -> String {
    let usage = text(error, ContextKind::Usage).unwrap_or_default();
    // clap puts its title before the line of `override_usage`.
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    let mut out = format!("gouji: {}\n", sentence(error));
    if !usage.is_empty() {
        out.push_str(&format!("\n用法: {usage}\n"));
    }
    out.push_str("\n加 --help 看说明。\n");
    out
}

fn sentence(error: &clap::Error) -> String {
    let arg = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let flag = arg.split(' ').next().unwrap_or_default();
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("缺少 {arg}。"),
        ErrorKind::UnknownArgument if !arg.starts_with('-') => format!("多写了「{arg}」。"),
        ErrorKind::UnknownArgument => {
            let nearest = nearest(error, ContextKind::SuggestedArg);
            format!("没有「{arg}」这个选项。{nearest}")
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            let nearest = nearest(error, ContextKind::SuggestedSubcommand);
            format!("没有「{name}」这个命令。{nearest}")
        }
        ErrorKind::MissingSubcommand => "没有写要做什么，请写一个命令。".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => format!("{flag} 后面要写值。"),
        ErrorKind::InvalidValue => {
            let valid = text(error, ContextKind::ValidValue).unwrap_or_default();
            format!("{flag} 不能是「{value}」，可以是：{valid}。")
        }
        ErrorKind::ValueValidation if flag == "--deadline" => {
            format!("{flag} 不能是「{value}」，应为日期，如 2024-04-30。")
        }
        ErrorKind::ValueValidation if flag == "--listen" => {
            format!("{flag} 不能是「{value}」，应为地址和端口，如 127.0.0.1:8750。")
        }
        // All others are numbers.
        ErrorKind::ValueValidation => {
            let wanted = range(error).map_or_else(
                || "大于 0 ".to_owned(),
                |(from, to)| format!(" {from} 到 {to} "),
            );
            format!("{flag} 不能是「{value}」，应为{wanted}的整数。")
        }
        ErrorKind::ArgumentConflict => format!("{flag} 写了不止一次，或不能与其他选项同用。"),
        ErrorKind::TooManyValues => format!("{flag} 后面多写了「{value}」。"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{flag} 后面的值个数不对。")
        }
        ErrorKind::InvalidUtf8 => "命令里有读不出来的文字（不是 UTF-8）。".to_owned(),
        _ => "命令写得不对。".to_owned(),
    }
}

/// The range that a number is not in, where it has an upper end that people would count to. clap
/// tells it in its words alone: `100000 is not in 1..=200`.
fn range(error: &clap::Error) -> Option<(u64, u64)> {
    let cause = error.source()?.to_string();
    let (from, to) = cause.rsplit_once(" is not in ")?.1.split_once("..=")?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (to <= u64::from(u16::MAX)).then_some((from, to))
}

fn nearest(error: &clap::Error, kind: ContextKind) -> String {
    text(error, kind).map_or_else(String::new, |nearest| format!("是不是 {nearest}？"))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    Some(match error.get(kind)? {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join("、"),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => {
            let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
            texts.join("、")
        }
        ContextValue::Number(number) => number.to_string(),
        _ => return None,
    })
}
