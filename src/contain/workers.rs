//! Processes that work on files for this one, so that what ends one of them ends one file.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Bounds, Ended, Message, wire};

/// How long a worker may take to be ready.
const START: Duration = Duration::from_secs(60);

/// Of the threads that read and write pipes.
const STACK: usize = 256 << 10;

/// How much of a worker's last words is read.
const LAST_WORDS: u64 = 8 << 10;

/// More than any result of a workbook within the limits.
const LONGEST: u64 = 256 << 20;

/// What Rust says when there is no memory left.
const NO_MEMORY: &str = "memory allocation of";

/// Worker processes: as many as are asked at a time, each used again, none after a file that it
/// failed on.
pub struct Workers {
    command: Box<dyn Fn() -> io::Result<Command> + Send + Sync>,
    bounds: Bounds,
    idle: Mutex<Vec<Worker>>,
}

struct Worker {
    child: Child,
    input: ChildStdin,
    /// What it writes, read by a thread of its own: pipes cannot be waited for so long and no
    /// longer.
    answers: Receiver<Message>,
}

impl Workers {
    /// Workers that `command` starts, each running [`super::work`]. The first is started at once,
    /// so that where there can be none it shows now.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(
        bounds: Bounds,
        command: impl Fn() -> io::Result<Command> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let workers = Self {
            command: Box::new(command),
            bounds,
            idle: Mutex::default(),
        };
        let first = workers.hire()?;
        workers.rest(first);
        Ok(workers)
    }

    /// What a worker makes of a file.
    ///
    /// # Errors
    /// Where it took too long or too much memory, the program failed, or no worker could be had.
    pub fn ask(&self, head: &[u8], body: &[u8]) -> Result<Message, Ended> {
        let mut left = self.bounds.time;
        loop {
            let idle = self.idle().pop();
            let is_new = idle.is_none();
            let mut worker = match idle {
                Some(worker) => worker,
                None => self.hire().map_err(|_| Ended::NotBegun)?,
            };
            let begun = Instant::now();
            match worker.ask(head, body, self.bounds, left) {
                Ok(answer) => {
                    self.rest(worker);
                    return Ok(answer);
                }
                // It may have died idle, or of what other files left: whether it is this file's
                // doing shows in a new one, in the time that is left.
                Err(Ended::Memory(_) | Ended::Fault) if !is_new => {
                    left = left.saturating_sub(begun.elapsed());
                }
                Err(ended) => return Err(ended),
            }
        }
    }

    fn hire(&self) -> io::Result<Worker> {
        let mut command = (self.command)()?;
        apart(&mut command);
        // The C library of Linux reserves 64 MiB of address space for each thread that asks for
        // memory beside another, at random, and what is reserved counts as taken.
        command.env("MALLOC_ARENA_MAX", "1");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::Other.into());
        };
        let (told, answers) = mpsc::channel();
        let mut output = BufReader::new(output);
        thread::Builder::new().stack_size(STACK).spawn(move || {
            // Whatever is no message ends the worker as silence does.
            while let Ok(Some(message)) = wire::read(&mut output, LONGEST) {
                if told.send(message).is_err() {
                    break;
                }
            }
        })?;
        let mut worker = Worker {
            child,
            input,
            answers,
        };
        match worker.answers.recv_timeout(START) {
            Ok(_) => Ok(worker),
            // What it said, as it is: no closed pipe, which would be taken for somebody's reader.
            Err(_) => Err(io::Error::other(
                last_words(&mut worker.child).trim().to_owned(),
            )),
        }
    }

    fn rest(&self, worker: Worker) {
        self.idle().push(worker);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers")
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// Its answer, which may take so long; `bounds` are told of where it ends.
    fn ask(
        &mut self,
        head: &[u8],
        body: &[u8],
        bounds: Bounds,
        time: Duration,
    ) -> Result<Message, Ended> {
        let Self {
            child,
            input,
            answers,
        } = self;
        thread::scope(|scope| {
            // A worker that does not read would be written to for ever: its end ends that too.
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || wire::write(input, head, body))
                .map_err(|_| Ended::NotBegun)?;
            match answers.recv_timeout(time) {
                Ok(answer) => Ok(answer),
                Err(RecvTimeoutError::Timeout) => {
                    let _ = child.kill();
                    Err(Ended::Late(bounds.time))
                }
                Err(RecvTimeoutError::Disconnected) => Err(died(child, bounds)),
            }
        })
    }
}

/// Why a worker is gone. It is, then.
fn died(child: &mut Child, bounds: Bounds) -> Ended {
    // Its pipe ends a moment before it does itself.
    let ended = (0..50).find_map(|_| {
        let ended = child.try_wait().ok().flatten();
        if ended.is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        ended
    });
    let words = last_words(child);
    if words.contains(NO_MEMORY) || ended.is_some_and(killed) {
        Ended::Memory(bounds.memory)
    } else {
        Ended::Fault
    }
}

/// What a worker said on its standard error. It is ended.
fn last_words(child: &mut Child) -> String {
    let _ = child.kill();
    let mut words = Vec::new();
    if let Some(stream) = child.stderr.take() {
        let _ = stream.take(LAST_WORDS).read_to_end(&mut words);
    }
    String::from_utf8_lossy(&words).into_owned()
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that the system killed, which it does where there is no memory left.
fn killed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        status.signal() == Some(9)
    }
    #[cfg(not(unix))]
    {
        let _ = status;
        false
    }
}

/// Ctrl-C is for this process, which ends its workers between two files.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}
