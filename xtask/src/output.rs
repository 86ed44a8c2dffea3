//! What commands print: every line goes through here.
//!
//! A reader that has seen enough closes the pipe (`cargo xtask diff … | head`). That is no fault of the command's: what
//! it has to write to disk is written all the same, and its exit code says what it would have said.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Mutex;

/// Where a line goes.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// What was asked for.
    Out,
    /// What is to be said about it.
    Err,
}

/// Why nothing can be printed to standard output any more.
static FAILURE: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints a line to standard output.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::output::print($crate::output::Stream::Out, format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Prints a line to standard error.
macro_rules! remark {
    ($($text:tt)*) => {
        $crate::output::print($crate::output::Stream::Err, format_args!("{}\n", format_args!($($text)*)))
    };
}

pub(crate) use {remark, say};

/// Prints text that has its own line ends to standard output.
pub(crate) fn text(text: &str) {
    print(Stream::Out, format_args!("{text}"));
}

/// Prints to one of the streams. After a failure nothing more is printed to standard output; [`finish`] reports it.
pub(crate) fn print(stream: Stream, text: fmt::Arguments<'_>) {
    // One write a call: a line is not torn apart by what other processes print.
    let text = text.to_string();
    match stream {
        Stream::Out => {
            let mut failure = FAILURE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if failure.is_none() {
                *failure = write(io::stdout().lock(), &text).err();
            }
        }
        // There is nowhere to report that standard error is gone.
        Stream::Err => drop(write(io::stderr().lock(), &text)),
    }
}

fn write(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// What went wrong with standard output, if it is more than that its reader is gone.
pub(crate) fn finish() -> io::Result<()> {
    let mut failure = FAILURE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match failure.take() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
