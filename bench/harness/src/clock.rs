//! CPU time: of this thread, and of the whole process.

use std::time::Duration;

/// Unlike the time on the wall it leaves out what other processes take of the core.
fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to the struct that it is given, and to nothing else.
    let status = unsafe { libc::clock_gettime(clock, &mut time) };
    assert_eq!(status, 0, "the CPU clock cannot be read");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// How much CPU time `work` takes on this thread.
pub(crate) fn measure(work: impl FnOnce()) -> Duration {
    let start = read(libc::CLOCK_THREAD_CPUTIME_ID);
    work();
    read(libc::CLOCK_THREAD_CPUTIME_ID) - start
}

/// The CPU time of this process so far: all threads, in the program and in the kernel.
pub fn process_time() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// Keeps this process on one processor. Where the system refuses, it goes on wherever it is.
pub fn pin(processor: usize) {
    // SAFETY: an all-zero set is an empty one, and both calls stay within the set that they are given.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(processor, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set);
    }
}
