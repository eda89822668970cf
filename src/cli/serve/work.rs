//! Work off the threads that talk to clients: so many jobs at a time, so many waiting.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::shares::{Client, Share, Shares};

/// So many may wait for each that is being checked: a few seconds' work.
const WAITING: usize = 64;

/// The most requests of one address at a time: a whole office may share one.
const OF_ONE: usize = 64;

/// What may run.
pub(super) struct Work {
    /// How long a job may wait for its turn.
    patience: Duration,
    /// Running and waiting.
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
    requests: Shares,
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too many are waiting.
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
            places: Arc::new(Semaphore::new(jobs * (1 + WAITING))),
            running: Arc::new(Semaphore::new(jobs)),
            requests: Shares::new(OF_ONE),
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
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Refused::Busy)?;
        let waited = timeout(self.patience, Arc::clone(&self.running).acquire_owned()).await;
        let running = match waited {
            Ok(Ok(running)) => running,
            Ok(Err(_)) => return Err(Refused::Fault),
            Err(_) => return Err(Refused::Busy),
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop((place, running));
            done
        });
        done.await.map_err(|_| Refused::Fault)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn client(number: u8) -> Client {
        Client::from(IpAddr::from([10, 0, 0, number]))
    }

    fn block<T>(task: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(task)
    }

    #[test]
    fn a_job_that_waits_too_long_is_refused_and_the_next_one_done() {
        let work = Work::new(1, Duration::from_millis(50));
        let slow = || std::thread::sleep(Duration::from_millis(400));
        block(async {
            let (first, second) = tokio::join!(work.run(slow), work.run(|| 7));
            assert_eq!((first, second), (Ok(()), Err(Refused::Busy)));
            assert_eq!(work.run(|| 7).await, Ok(7));
        });
    }

    #[test]
    fn a_job_that_fails_is_told_and_its_place_free_again() {
        let work = Work::new(1, Duration::from_secs(5));
        for _ in 0..200 {
            assert_eq!(
                block(work.run(|| panic!("as a test"))),
                Err::<(), _>(Refused::Fault)
            );
        }
        assert_eq!(block(work.run(|| 7)), Ok(7));
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
}
