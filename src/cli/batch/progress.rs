//! How far a run has come, on a terminal; nothing in a pipe.

use std::io::IsTerminal;

use gouji::batch::Tally;
use gouji::lang::Lang;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar with rate and remaining time.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar for about `files` files, which are only counted where there is a terminal.
    pub(super) fn new(files: impl FnOnce() -> u64, lang: Lang) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(files()), ProgressDrawTarget::stderr());
        let template = lang.pick(
            "{bar:40} {pos}/{len} 份  {per_sec}  还需 {eta}  {msg}",
            "{bar:40} {pos}/{len} files  {per_sec}  {eta} left  {msg}",
        );
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// So much is done.
    pub(super) fn show(&self, tally: Tally) {
        let Some(bar) = &self.0 else {
            return;
        };
        // Archives count as one file until they are opened.
        if bar.length().is_some_and(|length| length < tally.files) {
            bar.set_length(tally.files);
        }
        bar.set_position(tally.files);
    }

    /// What is being done now.
    pub(super) fn say(&self, what: &'static str) {
        if let Some(bar) = &self.0 {
            bar.set_message(what);
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
