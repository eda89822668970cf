//! What the tests of the server share.

use std::net::IpAddr;

use super::shares::Client;

/// One of many clients.
pub(super) fn client(number: u8) -> Client {
    Client::from(IpAddr::from([10, 0, 0, number]))
}

/// Runs a task to its end.
pub(super) fn block<T>(task: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(task)
}
