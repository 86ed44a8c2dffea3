//! The CPU time of this thread.

use std::time::Duration;

/// Unlike the time on the wall it leaves out what other processes take of the core.
fn now() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to the struct that it is given, and to nothing else.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the thread's CPU clock cannot be read");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// How much CPU time `work` takes on this thread.
pub(crate) fn measure(work: impl FnOnce()) -> Duration {
    let start = now();
    work();
    now() - start
}
