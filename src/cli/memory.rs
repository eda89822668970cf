//! The memory of a worker, where the system does not bound it: the allocator does.

#[cfg(not(target_os = "linux"))]
#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

/// Sets the most memory that this process may take, in MiB. What asks for more ends the process.
#[cfg(not(target_os = "linux"))]
pub(super) fn bound(mib: u64) {
    let bytes = usize::try_from(mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
    // Refused only where more is taken already, which a worker that has just begun does not.
    let _ = ALLOCATOR.set_limit(bytes);
}

/// Linux keeps a process within its bound by itself: `gouji::contain` has asked for that.
#[cfg(target_os = "linux")]
pub(super) const fn bound(_mib: u64) {}
