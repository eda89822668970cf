//! How much memory this process may take.

/// Sets the most memory that this process may take, in MiB, where the system has such a bound. What
/// asks for more ends the process.
pub(super) fn bound(mib: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let most = Some(mib.saturating_mul(1 << 20));
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        // Without it the file is worked on all the same.
        let _ = setrlimit(Resource::As, limit);
    }
    #[cfg(not(unix))]
    let _ = mib;
}
