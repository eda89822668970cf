//! A file that is too much for the process that reads it is too much for that process alone.

use super::large::large;
use super::office::Office;
use super::processes::{children, signal};
use super::{bytes, fixture};
use crate::office::by_command;

fn is_as_good_as_new(office: &Office) {
    let answer = office.post("/api/check?name=filing.xlsx", &bytes("broken/filing.xlsx"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, by_command(&fixture("broken"), "filing.xlsx"));
}

#[test]
fn a_file_that_takes_too_much_memory_is_told_and_the_next_one_checked() {
    let office = Office::start(&["--max-memory", "100", "--max-seconds", "120", "--jobs", "1"]);
    let large = large(100_000);
    for (route, status) in [("check", 200), ("fix", 422)] {
        let answer = office.post(&format!("/api/{route}?name=a.xlsx"), &large);
        assert_eq!(answer.status, status, "{}", answer.text());
        let result: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(result["files"][0]["status"], "unreadable");
        assert_eq!(result["files"][0]["error"]["kind"], "memory");
        is_as_good_as_new(&office);
    }
}

#[test]
fn a_file_at_which_the_program_fails_is_500_and_the_next_one_checked() {
    let office = Office::start(&["--jobs", "1"]);
    let file = bytes("broken/filing.xlsx");
    let answer = std::thread::scope(|scope| {
        let asked = scope.spawn(|| office.post("/api/check?name=a.xlsx", &file));
        // Whichever worker has it.
        while !asked.is_finished() {
            for worker in children(office.id()) {
                signal(worker, "ABRT");
            }
        }
        asked.join().unwrap()
    });
    assert_eq!((answer.status, answer.kind().as_str()), (500, "fault"));
    is_as_good_as_new(&office);
}

#[test]
fn a_file_that_does_not_end_is_503_and_the_next_one_checked() {
    let office = Office::start(&["--max-seconds", "4", "--jobs", "1"]);
    let workers = children(office.id());
    assert_eq!(workers.len(), 1);
    // A process that stands still is one that does not end.
    signal(workers[0], "STOP");
    let answer = office.post("/api/check", &bytes("broken/filing.xlsx"));
    assert_eq!((answer.status, answer.kind().as_str()), (503, "deadline"));
    is_as_good_as_new(&office);
    assert_ne!(children(office.id()), workers);
}
