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

/// Tells whether the process that started this one is gone; it may have been killed.
pub(super) struct Parent {
    #[cfg(unix)]
    process: Option<rustix::process::Pid>,
}

impl Parent {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(unix)]
            process: rustix::process::getppid(),
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        #[cfg(unix)]
        {
            rustix::process::getppid() != self.process
        }
        #[cfg(not(unix))]
        {
            false
        }
    }
}
