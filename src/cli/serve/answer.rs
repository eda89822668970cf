//! What is made of a file that was sent, in a worker process.

use gouji::catalog::Catalog;
use gouji::contain::Message;
use gouji::lang::Lang;
use gouji::mark::{self, Filling};
use gouji::report::json;
use gouji::review::{Options, Review, review};
use serde::{Deserialize, Serialize};

use crate::cli::names;

/// So many characters a file's name may have.
pub(super) const LONGEST_NAME: usize = 255;

/// What a client wants to know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    /// The file's name.
    pub(super) name: String,
    pub(super) lang: Lang,
    pub(super) form: Option<String>,
    /// The time for the marked copy, where that is wanted.
    pub(super) copy: Option<String>,
}

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// As `gouji check --format json` writes it.
    Result(String),
    /// The marked copy, under this name; its bytes are the body.
    Copy(String),
    /// Why the marked copy cannot be written.
    NotWritten(String),
}

/// Answers a question about the file that is its body. What cannot be answered is no answer, and
/// so a fault.
pub(super) fn answer(catalog: &Catalog, options: &Options, message: &Message) -> Message {
    let answered = || {
        let question = serde_json::from_slice(&message.head).ok()?;
        let (answer, body) = told(catalog, options, question, &message.body)?;
        let head = serde_json::to_vec(&answer).ok()?;
        Some(Message { head, body })
    };
    answered().unwrap_or_default()
}

fn told(
    catalog: &Catalog,
    options: &Options,
    question: Question,
    bytes: &[u8],
) -> Option<(Answer, Vec<u8>)> {
    let lang = question.lang;
    let options = Options {
        lang,
        form: question.form,
        ..options.clone()
    };
    let name = question.name.as_str();
    let file = base(name);
    let review = review(catalog, bytes, Some(file), &options);
    let (Review::Checked(checked), Some(time)) = (&review, question.copy) else {
        return Some((Answer::Result(result(name, &review, lang)?), Vec::new()));
    };
    let filling = Filling::Derived;
    let marked = mark::mark(
        catalog,
        checked,
        bytes,
        Some(file),
        &options,
        filling,
        &time,
    );
    Some(match marked {
        Ok(marked) => {
            let file = names::clean(file, LONGEST_NAME);
            let name = mark::copy_name(&file, marked.converted.is_some(), 1);
            (Answer::Copy(name), marked.bytes)
        }
        Err(error) => (Answer::NotWritten(error.message(lang)), Vec::new()),
    })
}

/// As `gouji check --format json` writes it.
pub(super) fn result(name: &str, review: &Review<'_>, lang: Lang) -> Option<String> {
    let files = [json::file(name, review, lang)];
    let text = json::output(&files).ok()?;
    Some(format!("{text}\n"))
}

fn base(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
