//! Memory for what clients send and are sent: taken as it comes, within a bound for all and one
//! for each client.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::shares::{Client, Share, Shares};
use super::work::Refused;

/// The least that there is, in bytes: files are small, results may be a few times as large.
const LEAST: usize = 512 << 20;

/// So many of the largest files there is memory for, at least.
const FILES: usize = 8;

/// How long one may wait for memory.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is counted.
const UNIT: usize = 1 << 10;

/// The memory that there is.
pub(super) struct Room {
    all: Arc<Semaphore>,
    each: Shares,
    patience: Duration,
}

/// Bytes that came from a client or go to it, with the memory that they take.
#[derive(Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    taken: Vec<Taken>,
}

type Taken = (OwnedSemaphorePermit, Share);

impl Room {
    /// Memory where the largest file has so many bytes.
    pub(super) fn new(file_bytes: usize) -> Self {
        let bytes = file_bytes.saturating_mul(FILES).max(LEAST);
        Self::of(bytes, PATIENCE)
    }

    /// One client may take half of it.
    fn of(bytes: usize, patience: Duration) -> Self {
        let units = (bytes / UNIT).min(Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(units)),
            each: Shares::new(units / 2),
            patience,
        }
    }

    /// Bytes that are there already.
    pub(super) async fn hold(&self, client: Client, bytes: Vec<u8>) -> Result<Held, Refused> {
        let taken = vec![self.take(client, bytes.capacity()).await?];
        Ok(Held { bytes, taken })
    }

    async fn take(&self, client: Client, bytes: usize) -> Result<Taken, Refused> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| Refused::Busy)?;
        let taken = async {
            let share = self.each.take(client, units).await?;
            let taken = Arc::clone(&self.all).acquire_many_owned(units).await.ok()?;
            Some((taken, share))
        };
        match timeout(self.patience, taken).await {
            Ok(taken) => taken.ok_or(Refused::Fault),
            Err(_) => Err(Refused::Busy),
        }
    }
}

impl Held {
    /// Adds what has come, of `most` bytes at the most.
    pub(super) async fn add(
        &mut self,
        room: &Room,
        client: Client,
        data: &[u8],
        most: usize,
    ) -> Result<(), Refused> {
        let needed = self.bytes.len() + data.len();
        let there = self.bytes.capacity();
        if needed > there {
            // Twice as much each time, so that little is moved.
            let capacity = (2 * there).min(most).max(needed);
            self.taken.push(room.take(client, capacity - there).await?);
            self.bytes
                .try_reserve_exact(capacity - self.bytes.len())
                .map_err(|_| Refused::Busy)?;
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{block, client};
    use super::*;

    const SOON: Duration = Duration::from_millis(50);
    const LATER: Duration = Duration::from_secs(60);

    async fn received(room: &Room, client: Client, pieces: usize) -> Result<Held, Refused> {
        let mut held = Held::default();
        for _ in 0..pieces {
            held.add(room, client, &[7; UNIT], 64 * UNIT).await?;
        }
        Ok(held)
    }

    #[test]
    fn what_comes_in_pieces_is_held_whole() {
        let room = Room::of(128 * UNIT, SOON);
        let held = block(received(&room, client(1), 11)).ok().unwrap();
        assert_eq!(held.as_ref(), vec![7; 11 * UNIT]);
        // Not more than was taken, and not more than can come.
        let other = block(received(&room, client(2), 50)).ok().unwrap();
        assert_eq!(other.bytes.capacity(), 64 * UNIT);
        assert_eq!(room.all.available_permits(), 128 - 16 - 64);
    }

    #[test]
    fn one_client_takes_half_and_is_then_refused_and_others_are_not() {
        let room = Room::of(128 * UNIT, SOON);
        block(async {
            let held = received(&room, client(1), 64).await.ok().unwrap();
            let more = received(&room, client(1), 1).await;
            assert_eq!(more.err(), Some(Refused::Busy));
            let other = room.hold(client(2), vec![7; 64 * UNIT]).await;
            assert!(other.is_ok());
            let third = room.hold(client(3), vec![7]).await;
            assert_eq!(third.err(), Some(Refused::Busy));
            drop((held, other));
            assert!(received(&room, client(1), 64).await.is_ok());
        });
        assert_eq!(room.all.available_permits(), 128);
    }

    #[test]
    fn who_waits_is_given_what_others_give_back() {
        let room = Room::of(128 * UNIT, LATER);
        block(async {
            let held = received(&room, client(1), 64).await.ok().unwrap();
            let gives_back = async {
                tokio::time::sleep(SOON).await;
                drop(held);
            };
            let (waited, ()) = tokio::join!(received(&room, client(1), 64), gives_back);
            assert!(waited.is_ok());
        });
    }
}
