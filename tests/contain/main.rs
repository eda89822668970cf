//! Workers that do the worst a process can do: each time one answer is missing, with its reason,
//! and the next one is right.
//!
//! The worker is this program itself, so it has no test harness of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

#[cfg(target_os = "linux")]
#[path = "../support/processes.rs"]
mod processes;

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gouji::contain::{Bounds, Ended, Message, Workers, work};

/// Says that this process is a worker that may take so many milliseconds.
const AS_WORKER: &str = "as-worker";

/// Says that this process has a worker that does not end.
const AS_PARENT: &str = "as-parent";

/// Whatever ends by itself ends within this, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// For what does not end by itself.
const SHORT: Duration = Duration::from_millis(1500);

/// In MiB.
const MEMORY: u64 = 256;

const TESTS: &[(&str, fn())] = &[
    ("answers_are_those_of_the_question", answers),
    ("what_does_not_end_is_late", late),
    #[cfg(target_os = "linux")]
    ("what_does_not_read_is_late", deaf),
    #[cfg(unix)]
    ("what_takes_all_memory_is_told_from_other_faults", memory),
    ("a_stack_that_overflows_is_a_fault", overflow),
    ("a_process_that_ends_is_a_fault", ends),
    ("a_panic_that_nobody_catches_is_a_fault", panics),
    ("what_is_no_answer_is_a_fault", junk),
    ("an_answer_without_end_is_a_fault_before_it_is_read", boasts),
    ("a_worker_that_died_between_two_files_is_replaced", replaced),
    #[cfg(target_os = "linux")]
    (
        "a_worker_that_died_before_its_first_file_is_replaced",
        unasked,
    ),
    ("that_no_worker_can_be_had_is_no_fault_of_a_file", not_begun),
    #[cfg(target_os = "linux")]
    ("a_worker_that_nobody_waits_for_ends_by_itself", orphan),
    ("many_threads_have_workers_of_their_own", many),
    #[cfg(unix)]
    ("one_that_does_not_start_is_no_closed_pipe", unwilling),
];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, flag, time] = args.as_slice()
        && flag == AS_WORKER
    {
        let time = Duration::from_millis(time.parse().unwrap());
        work(bounds(time), misbehave).unwrap();
        return;
    }
    if args.iter().any(|arg| arg == AS_PARENT) {
        let workers = workers(SHORT);
        workers.ask(b"echo", b"").unwrap();
        println!("has a worker");
        let _ = workers.ask(b"hang", b"");
        return;
    }
    if args.iter().any(|arg| arg == "--list") {
        for (name, _) in TESTS {
            println!("{name}: test");
        }
        return;
    }
    let wanted = args.iter().skip(1).find(|arg| !arg.starts_with('-'));
    let mut passed = 0;
    for (name, test) in TESTS {
        if wanted.is_none_or(|wanted| name.contains(wanted.as_str())) {
            test();
            println!("test {name} ... ok");
            passed += 1;
        }
    }
    println!(
        "\ntest result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; {} filtered out",
        TESTS.len() - passed
    );
}

/// Does what it is told to.
fn misbehave(asked: Message) -> Message {
    match asked.head.as_slice() {
        b"hang" => loop {
            std::thread::sleep(Duration::from_secs(1));
        },
        b"eat" => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(vec![1u8; 1 << 20]);
                black_box(&eaten);
            }
        }
        b"overflow" => Message {
            head: deeper(1).to_string().into_bytes(),
            body: Vec::new(),
        },
        b"end" => std::process::exit(0),
        b"panic" => panic!("as a test"),
        b"junk" => {
            let mut out = io::stdout();
            out.write_all(b"no message at all, and long enough")
                .unwrap();
            out.flush().unwrap();
            std::thread::sleep(PATIENCE);
            asked
        }
        b"boast" => {
            // As long as the longest answer, and one byte.
            let length = (256_u64 << 20) + 1;
            let mut out = io::stdout();
            out.write_all(b"gouj").unwrap();
            out.write_all(&length.to_le_bytes()).unwrap();
            out.write_all(&[0; 8]).unwrap();
            out.flush().unwrap();
            std::thread::sleep(PATIENCE);
            asked
        }
        b"who" => Message {
            head: std::process::id().to_string().into_bytes(),
            ..asked
        },
        _ => asked,
    }
}

/// Fills any stack; the sum keeps it from becoming a loop.
fn deeper(depth: u64) -> u64 {
    let here = black_box([depth; 64]);
    if depth == 0 {
        return 0;
    }
    deeper(black_box(depth + 1)) + here[7]
}

fn bounds(time: Duration) -> Bounds {
    Bounds {
        time,
        memory: MEMORY,
    }
}

fn workers(time: Duration) -> Workers {
    Workers::start(bounds(time), move || as_worker(time)).unwrap()
}

fn as_worker(time: Duration) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([AS_WORKER, &time.as_millis().to_string()]);
    Ok(command)
}

/// Asked for a misdeed, the workers say how it ended; after that they are as good as new.
fn ends_as(deed: &[u8], time: Duration, ended: Ended) {
    let workers = workers(time);
    // In a fresh worker, and in one that has worked before.
    for _ in 0..2 {
        assert_eq!(workers.ask(deed, b""), Err(ended));
        let answer = workers.ask(b"x", b"file").unwrap();
        assert_eq!(answer.body, b"file");
    }
}

fn answers() {
    let workers = workers(PATIENCE);
    for length in [0, 1, 100, 3_000_000] {
        let body = vec![7; length];
        let answer = workers.ask(b"echo", &body).unwrap();
        assert_eq!(
            (answer.head.as_slice(), answer.body),
            (b"echo".as_slice(), body)
        );
    }
}

fn late() {
    let begun = Instant::now();
    ends_as(b"hang", SHORT, Ended::Late(SHORT));
    assert!(begun.elapsed() >= 2 * SHORT);
}

/// A worker that stands still takes no more of a file than a pipe holds.
#[cfg(target_os = "linux")]
fn deaf() {
    let workers = workers(SHORT);
    let file = vec![7; 1 << 20];
    for _ in 0..2 {
        let worker = workers.ask(b"who", b"").unwrap();
        let worker = String::from_utf8(worker.head).unwrap();
        processes::signal(worker.parse().unwrap(), "STOP");
        assert_eq!(workers.ask(b"echo", &file), Err(Ended::Late(SHORT)));
        let next = workers.ask(b"who", &file).unwrap();
        assert_ne!(next.head, worker.into_bytes());
    }
}

#[cfg(unix)]
fn memory() {
    ends_as(b"eat", PATIENCE, Ended::Memory(MEMORY));
}

fn overflow() {
    ends_as(b"overflow", PATIENCE, Ended::Fault);
}

fn ends() {
    ends_as(b"end", PATIENCE, Ended::Fault);
}

fn panics() {
    ends_as(b"panic", PATIENCE, Ended::Fault);
}

fn junk() {
    ends_as(b"junk", PATIENCE, Ended::Fault);
}

fn boasts() {
    ends_as(b"boast", PATIENCE, Ended::Fault);
}

fn replaced() {
    let workers = workers(PATIENCE);
    let who = |workers: &Workers| {
        let answer = workers.ask(b"who", b"").unwrap();
        String::from_utf8(answer.head).unwrap()
    };
    let first = who(&workers);
    assert_eq!(who(&workers), first);
    if cfg!(unix) {
        let killed = Command::new("kill").args(["-9", &first]).status();
        assert!(killed.unwrap().success());
        assert_ne!(who(&workers), first);
    }
}

fn not_begun() {
    let may_start = AtomicBool::new(true);
    let workers = Workers::start(bounds(PATIENCE), move || {
        if !may_start.swap(false, Ordering::Relaxed) {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        as_worker(PATIENCE)
    })
    .unwrap();
    assert_eq!(workers.ask(b"end", b""), Err(Ended::NotBegun));
}

#[cfg(target_os = "linux")]
fn unasked() {
    let workers = workers(PATIENCE);
    for worker in processes::children(std::process::id()) {
        processes::signal(worker, "KILL");
    }
    assert_eq!(workers.ask(b"echo", b"file").unwrap().body, b"file");
}

#[cfg(target_os = "linux")]
fn orphan() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .arg(AS_PARENT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0];
    let output = parent.stdout.as_mut().unwrap();
    output.read_exact(&mut said).unwrap();
    let [worker] = processes::children(parent.id())[..] else {
        panic!("one worker");
    };
    // It is given what does not end right after.
    std::thread::sleep(SHORT / 3);
    processes::signal(parent.id(), "KILL");
    parent.wait().unwrap();
    let command = format!("/proc/{worker}/cmdline");
    let is_there = || {
        let line = std::fs::read(&command).unwrap_or_default();
        line.windows(AS_WORKER.len())
            .any(|word| word == AS_WORKER.as_bytes())
    };
    assert!(is_there(), "it did not outlive the process it works for");
    let begun = Instant::now();
    while is_there() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn many() {
    let workers = workers(PATIENCE);
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let workers = &workers;
            scope.spawn(move || {
                for number in 0..50u8 {
                    let body = [thread, number];
                    assert_eq!(workers.ask(b"echo", &body).unwrap().body, body);
                    if number % 17 == thread {
                        assert_eq!(workers.ask(b"end", b""), Err(Ended::Fault));
                    }
                }
            });
        }
    });
}

/// A closed pipe would be taken for a reader who has seen enough.
#[cfg(unix)]
fn unwilling() {
    let unwilling = || {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 缺了什么 >&2"]);
        Ok(command)
    };
    let error = Workers::start(bounds(PATIENCE), unwilling).unwrap_err();
    assert_ne!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(error.to_string(), "缺了什么");
}
