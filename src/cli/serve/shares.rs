//! What one client may take of what all of them share.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Who asks, as far as an address can tell. One machine has as many addresses of IPv6 as it likes,
/// so there it is the network (/64).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Client(IpAddr);

/// A supply for each client: of connections, of requests, of memory.
pub(super) struct Shares {
    each: usize,
    clients: Clients,
}

/// What a client has taken, until it is dropped.
pub(super) struct Share {
    // Given back before the supply is left.
    _taken: OwnedSemaphorePermit,
    _user: User,
}

/// The supplies in use, each with the number of its users.
type Clients = Arc<Mutex<HashMap<Client, (usize, Arc<Semaphore>)>>>;

/// Keeps the supply of a client.
struct User {
    client: Client,
    clients: Clients,
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address => address,
        })
    }
}

impl Shares {
    pub(super) fn new(each: usize) -> Self {
        Self {
            each,
            clients: Clients::default(),
        }
    }

    /// So much for a client, where it has not taken too much already.
    pub(super) fn try_take(&self, client: Client, amount: u32) -> Option<Share> {
        let (user, supply) = self.supply(client);
        let taken = supply.try_acquire_many_owned(amount).ok()?;
        Some(Share {
            _taken: taken,
            _user: user,
        })
    }

    /// So much for a client, as soon as it may have it; who asked first is first.
    pub(super) async fn take(&self, client: Client, amount: u32) -> Option<Share> {
        let (user, supply) = self.supply(client);
        let taken = supply.acquire_many_owned(amount).await.ok()?;
        Some(Share {
            _taken: taken,
            _user: user,
        })
    }

    fn supply(&self, client: Client) -> (User, Arc<Semaphore>) {
        let mut clients = locked(&self.clients);
        let (users, supply) = clients
            .entry(client)
            .or_insert_with(|| (0, Arc::new(Semaphore::new(self.each))));
        *users += 1;
        let user = User {
            client,
            clients: Arc::clone(&self.clients),
        };
        (user, Arc::clone(supply))
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut clients = locked(&self.clients);
        if let Some((users, _)) = clients.get_mut(&self.client) {
            *users -= 1;
            if *users == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_client_takes_its_share_and_no_more_and_others_theirs() {
        let shares = Shares::new(3);
        let [one, other] = ["10.0.0.7", "10.0.0.8"].map(client);
        let first = shares.try_take(one, 2);
        assert!(first.is_some());
        assert!(shares.try_take(one, 2).is_none());
        assert!(shares.try_take(other, 3).is_some());
        drop(first);
        assert!(shares.try_take(one, 3).is_some());
        assert!(shares.clients.lock().unwrap().is_empty(), "nobody is kept");
    }

    #[test]
    fn a_client_of_ipv6_is_its_network_and_one_of_ipv4_its_address() {
        let home = client("2001:db8:1:2::7");
        assert_eq!(home, client("2001:db8:1:2:aaaa:bbbb:cccc:dddd"));
        assert_ne!(home, client("2001:db8:1:3::7"));
        assert_eq!(client("::ffff:10.0.0.7"), client("10.0.0.7"));
        assert_ne!(client("::ffff:10.0.0.8"), client("10.0.0.7"));
    }
}
