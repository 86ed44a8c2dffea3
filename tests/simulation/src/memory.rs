//! Counts the bytes that a thread has allocated: a run has its thread to itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted for each thread.
pub struct Counting;

fn add(bytes: isize) {
    // A thread that ends has no counters any more.
    let _ = LIVE.try_with(|live| {
        let now = live.get() + bytes;
        live.set(now);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now)));
    });
}

fn size(bytes: usize) -> isize {
    isize::try_from(bytes).unwrap_or(isize::MAX)
}

// SAFETY: everything is handed to the system's allocator as it came; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(-size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        add(size(new_size) - size(layout.size()));
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// Begins a measurement on this thread.
pub fn start() {
    LIVE.with(|live| PEAK.with(|peak| peak.set(live.get())));
    BASE.with(|base| LIVE.with(|live| base.set(live.get())));
}

thread_local! {
    static BASE: Cell<isize> = const { Cell::new(0) };
}

/// The most bytes that this thread held since [`start`], beyond those that it held then. Zero where [`Counting`] is not the
/// global allocator.
pub fn peak() -> usize {
    let above = PEAK.with(Cell::get) - BASE.with(Cell::get);
    usize::try_from(above).unwrap_or(0)
}
