//! Work off the threads that talk to clients: so many jobs at a time, and each client in its turn.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::shares::{Client, Share, Shares};

/// The most requests of one address at a time: a whole office may share one.
const OF_ONE: usize = 64;

/// What may run.
pub(super) struct Work {
    /// How long a job may wait for its turn.
    patience: Duration,
    running: Arc<Semaphore>,
    requests: Shares,
    /// Jobs of a client that run or are next: no more than run at a time, so that those of others
    /// stand beside its further ones and not behind them.
    lines: Shares,
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too much is being done.
    Busy,
    /// This client has too many requests open.
    Greedy,
    /// It took too long.
    Late,
    /// The program failed.
    Fault,
}

impl Work {
    pub(super) fn new(jobs: usize, patience: Duration) -> Self {
        Self {
            patience,
            running: Arc::new(Semaphore::new(jobs)),
            requests: Shares::new(OF_ONE),
            lines: Shares::new(jobs),
        }
    }

    /// Counts a request of a client until what is given is dropped.
    pub(super) fn turn(&self, client: Client) -> Result<Share, Refused> {
        self.requests.try_take(client, 1).ok_or(Refused::Greedy)
    }

    /// Does `job` on a thread of its own when there is room. Jobs end by themselves in bounded
    /// time; one whose client has gone keeps its place until then.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let place = async {
            let line = self.lines.take(client, 1).await?;
            let running = Arc::clone(&self.running).acquire_owned().await.ok()?;
            Some((line, running))
        };
        let place = match timeout(self.patience, place).await {
            Ok(place) => place.ok_or(Refused::Fault)?,
            Err(_) => return Err(Refused::Busy),
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop(place);
            done
        });
        done.await.map_err(|_| Refused::Fault)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc;

    use super::super::trial::{block, client};
    use super::*;

    #[test]
    fn a_job_that_waits_too_long_is_refused_and_the_next_one_done() {
        let work = Work::new(1, Duration::from_millis(50));
        let slow = || std::thread::sleep(Duration::from_millis(400));
        block(async {
            let (first, second) =
                tokio::join!(work.run(client(1), slow), work.run(client(1), || 7));
            assert_eq!((first, second), (Ok(()), Err(Refused::Busy)));
            assert_eq!(work.run(client(1), || 7).await, Ok(7));
        });
    }

    #[test]
    fn a_job_that_fails_is_told_and_its_place_free_again() {
        let work = Work::new(1, Duration::from_secs(5));
        for _ in 0..200 {
            assert_eq!(
                block(work.run(client(1), || panic!("as a test"))),
                Err::<(), _>(Refused::Fault)
            );
        }
        assert_eq!(block(work.run(client(1), || 7)), Ok(7));
    }

    #[test]
    fn one_client_has_so_many_requests_open_and_no_more() {
        let work = Work::new(1, Duration::from_secs(5));
        let mut turns: Vec<Share> = (0..OF_ONE)
            .map(|_| work.turn(client(7)).ok().unwrap())
            .collect();
        assert_eq!(work.turn(client(7)).err(), Some(Refused::Greedy));
        assert!(work.turn(client(8)).is_ok());
        turns.pop();
        assert!(work.turn(client(7)).is_ok());
    }

    #[test]
    fn the_job_of_one_client_is_not_behind_all_those_of_another() {
        let work = Work::new(1, Duration::from_secs(60));
        let done = Arc::new(Mutex::new(Vec::new()));
        let (end, ends) = mpsc::channel::<()>();
        block(async {
            let run = async |number: u8| {
                let done = Arc::clone(&done);
                let job = move || done.lock().unwrap().push(number);
                assert_eq!(work.run(client(number), job).await, Ok(()));
            };
            let first = work.run(client(1), move || ends.recv());
            let let_go = async { drop(end) };
            // In this order they ask.
            let (first, ..) =
                tokio::join!(biased; first, run(1), run(1), run(1), run(2), run(1), let_go);
            assert!(first.is_ok());
        });
        assert_eq!(*done.lock().unwrap(), [2, 1, 1, 1, 1]);
    }
}
