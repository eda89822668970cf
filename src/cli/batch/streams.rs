//! Results for other programs, as they come: NDJSON, one line a file, and CSV, one line a finding.

use std::io::{self, Write};

use gouji::batch::store::{Outcome, Store, StoreError};
use gouji::report::json::{self, File, Finding, Level, OutcomeWord};
use gouji::report::printable;

use crate::cli::screen::is_closed;

/// What is printed beside the summary.
pub(super) struct Stream {
    form: Form,
    /// A run that keeps its results goes on where nobody reads the stream any more.
    goes_on: bool,
}

enum Form {
    /// Nothing.
    None,
    /// One line a file.
    Ndjson(Box<dyn Write + Send>),
    /// One line a finding.
    Csv(Box<csv::Writer<Box<dyn Write + Send>>>),
}

/// The columns of the CSV.
const HEADS: [&str; 12] = [
    "path",
    "unit",
    "level",
    "outcome",
    "code",
    "sheet",
    "cell",
    "found",
    "expected",
    "difference",
    "message",
    "todo",
];

impl Stream {
    /// Begins a stream in this format.
    pub(super) fn new(
        format: Option<&str>,
        out: Box<dyn Write + Send>,
        goes_on: bool,
    ) -> Result<Self, anyhow::Error> {
        let mut stream = Self {
            form: Form::None,
            goes_on,
        };
        let done = Form::begin(format, out).map(|form| stream.form = form);
        stream.unless_closed(done.map_err(anyhow::Error::from))?;
        Ok(stream)
    }

    /// The results of some files.
    pub(super) fn put(&mut self, store: &Store, outcomes: &[Outcome]) -> Result<(), anyhow::Error> {
        let done = self.form.put(store, outcomes);
        self.unless_closed(done)
    }

    /// What was found between submissions, where findings are printed one a line; then the end.
    pub(super) fn end(mut self, store: &Store) -> Result<(), anyhow::Error> {
        let done = self.form.end(store);
        self.unless_closed(done)
    }

    fn unless_closed(&mut self, done: Result<(), anyhow::Error>) -> Result<(), anyhow::Error> {
        match done {
            Err(error) if self.goes_on && is_closed(&error) => {
                self.form = Form::None;
                Ok(())
            }
            done => done,
        }
    }
}

impl Form {
    fn begin(format: Option<&str>, mut out: Box<dyn Write + Send>) -> io::Result<Self> {
        Ok(match format {
            Some("ndjson") => Self::Ndjson(out),
            Some(_) => {
                // So that Excel knows it for UTF-8.
                out.write_all("\u{feff}".as_bytes())?;
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(HEADS).map_err(io)?;
                Self::Csv(Box::new(csv))
            }
            None => Self::None,
        })
    }

    fn put(&mut self, store: &Store, outcomes: &[Outcome]) -> Result<(), anyhow::Error> {
        if matches!(self, Self::None) {
            return Ok(());
        }
        for outcome in outcomes {
            let kept;
            let file = match outcome {
                Outcome::Fresh(record) => &record.file,
                Outcome::Unchanged { path, .. } => {
                    kept = store.result(path)?;
                    let Some(file) = &kept else { continue };
                    file
                }
            };
            self.file(file)?;
        }
        Ok(())
    }

    fn file(&mut self, file: &File) -> Result<(), anyhow::Error> {
        match self {
            Self::None => {}
            Self::Ndjson(out) => {
                writeln!(out, "{}", json::line(file)?)?;
            }
            Self::Csv(csv) => {
                let unit = file.unit_name.as_deref().unwrap_or_default();
                for finding in &file.findings {
                    line(csv, &file.path, unit, finding)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, store: &Store) -> Result<(), anyhow::Error> {
        if let Self::Csv(csv) = self {
            let told = store.each_across(|row| {
                line(csv, &row.path, &row.unit, &row.finding).map_err(Ended::Write)
            });
            told.map_err(|ended| match ended {
                Ended::Store(error) => anyhow::Error::from(error),
                Ended::Write(error) => error.into(),
            })?;
            csv.flush()?;
        }
        if let Self::Ndjson(out) = self {
            out.flush()?;
        }
        Ok(())
    }
}

/// Why the end could not be written.
enum Ended {
    Store(StoreError),
    Write(io::Error),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn line(
    csv: &mut csv::Writer<Box<dyn Write + Send>>,
    path: &str,
    unit: &str,
    finding: &Finding,
) -> io::Result<()> {
    let level = match finding.severity {
        Level::Error => "error",
        Level::Incomplete => "incomplete",
        Level::Explain => "explain",
        Level::Hint => "hint",
    };
    let outcome = match finding.outcome {
        OutcomeWord::Mismatch => "mismatch",
        OutcomeWord::Rounding => "rounding",
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = [
        path.to_owned(),
        unit.to_owned(),
        level.to_owned(),
        outcome.to_owned(),
        finding.code.clone(),
        text(&finding.sheet),
        text(&finding.cell),
        text(&finding.found),
        text(&finding.expected),
        text(&finding.difference),
        finding.message.clone(),
        text(&finding.todo),
    ];
    csv.write_record(fields.iter().map(|field| inert(&printable(field))))
        .map_err(io)
}

/// A field that no spreadsheet takes for a formula, nor what stands behind a semicolon, which
/// separates fields in some countries; numbers stay what they are.
fn inert(field: &str) -> String {
    let parts: Vec<String> = field.split(';').map(inert_part).collect();
    parts.join(";")
}

fn inert_part(field: &str) -> String {
    // Blanks before, which control characters have become, may be passed over; the full-width ones
    // count where Chinese or Japanese is typed.
    let text = field.trim_start();
    let begins = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let is_number = text
        .strip_prefix(['+', '-'])
        .is_some_and(|rest| rest.parse::<rust_decimal::Decimal>().is_ok());
    match begins && !is_number {
        true => format!("'{field}"),
        false => field.to_owned(),
    }
}

/// A closed pipe must be seen to be one.
fn io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other("a line could not be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn text_never_becomes_a_formula() {
        for (field, written) in [
            ("=1+1", "'=1+1"),
            ("-3.20", "-3.20"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+86 1", "'+86 1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("  =1", "'  =1"),
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠1", "'＠1"),
            ("甲;=1+1;局", "甲;'=1+1;局"),
            ("1; @SUM(A1);-3", "1;' @SUM(A1);-3"),
            (" 甲", " 甲"),
            ("甲", "甲"),
        ] {
            assert_eq!(inert(field), written);
        }
    }
}
