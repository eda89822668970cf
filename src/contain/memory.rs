//! How much memory this process may take.

/// Sets the most memory that this process may take, in MiB; `false` where the system has no such
/// bound. What asks for more ends the process.
pub(super) fn bound(mib: u64) -> bool {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let most = Some(mib.saturating_mul(1 << 20));
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        setrlimit(Resource::As, limit).is_ok()
    }
    #[cfg(not(unix))]
    {
        let _ = mib;
        false
    }
}
