//! What commands print: every line goes through here.
//!
//! A reader that has seen enough closes the pipe (`cargo xtask diff … | head`). That is no fault of the command's: what
//! it has to write to disk is written all the same, and its exit code says what it would have said.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

// How much is printed, and how. A doc comment would become what commands say of themselves.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print only errors and changes
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
    /// Print everything: each warning, and what is unchanged
    #[arg(long, short, conflicts_with = "quiet", help_heading = "Output")]
    verbose: bool,
    /// When to use colours; `auto` obeys NO_COLOR and CLICOLOR_FORCE
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Output"
    )]
    color: Color,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Volume {
    Quiet,
    Usual,
    Verbose,
}

static VOLUME: AtomicU8 = AtomicU8::new(Volume::Usual as u8);

impl Options {
    /// Makes this what holds for the rest of the run.
    pub(crate) fn apply(&self) {
        let volume = match (self.quiet, self.verbose) {
            (true, _) => Volume::Quiet,
            (_, true) => Volume::Verbose,
            _ => Volume::Usual,
        };
        VOLUME.store(volume as u8, Ordering::Relaxed);
    }
}

/// Applies `--color` to everything that is printed. Clap prints help and errors before it has read all arguments, so
/// this looks for the option by itself; clap refuses a wrong value later.
pub(crate) fn use_colors(arguments: impl Iterator<Item = OsString>) {
    let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let mut arguments = arguments.take_while(|argument| argument != "--");
    let mut color = Color::Auto;
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--color") {
            Some("") => arguments.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(Ok(asked)) = value.map(|value| Color::from_str(&value, false)) {
            color = asked;
        }
    }
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Whether only what is wrong, and what changes, is to be said.
pub(crate) fn quiet() -> bool {
    VOLUME.load(Ordering::Relaxed) == Volume::Quiet as u8
}

/// Whether everything is to be said.
pub(crate) fn verbose() -> bool {
    VOLUME.load(Ordering::Relaxed) == Volume::Verbose as u8
}

/// How the word `error` looks.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// How the word `warning` looks.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// How what a line is about looks.
pub(crate) const SUBJECT: Style = Style::new().bold();

/// How the help looks.
pub(crate) const HELP: clap::builder::Styles = clap::builder::Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

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

/// What shows how far the command is.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Prints a line to a stream.
macro_rules! line {
    ($stream:expr, $($text:tt)*) => {
        $crate::output::print($stream, format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Prints a line to standard output.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::output::line!($crate::output::Stream::Out, $($text)*)
    };
}

/// Prints a line to standard error.
macro_rules! remark {
    ($($text:tt)*) => {
        $crate::output::line!($crate::output::Stream::Err, $($text)*)
    };
}

/// Prints `error: ` and a line to standard error.
macro_rules! error {
    ($($text:tt)*) => {
        $crate::output::remark!("{0}error:{0:#} {1}", $crate::output::ERROR, format_args!($($text)*))
    };
}

/// Prints `warning: ` and a line to standard error.
macro_rules! warning {
    ($($text:tt)*) => {
        $crate::output::remark!("{0}warning:{0:#} {1}", $crate::output::WARNING, format_args!($($text)*))
    };
}

pub(crate) use {error, line, remark, say, warning};

/// Prints text that has its own line ends to standard output.
pub(crate) fn text(text: &str) {
    print(Stream::Out, format_args!("{text}"));
}

/// Prints to one of the streams. After a failure nothing more is printed to standard output; [`finish`] reports it.
pub(crate) fn print(stream: Stream, text: fmt::Arguments<'_>) {
    // One write a call: a line is not torn apart by what other processes print.
    let text = text.to_string();
    let bar = locked(&BAR).clone();
    match bar {
        Some(bar) => bar.suspend(|| print_text(stream, &text)),
        None => print_text(stream, &text),
    }
}

fn print_text(stream: Stream, text: &str) {
    match stream {
        Stream::Out => {
            let mut failure = locked(&FAILURE);
            if failure.is_none() {
                *failure = write(anstream::stdout().lock(), text).err();
            }
        }
        // There is nowhere to report that standard error is gone.
        Stream::Err => drop(write(anstream::stderr().lock(), text)),
    }
}

fn write(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// What went wrong with standard output, if it is more than that its reader is gone.
pub(crate) fn finish() -> io::Result<()> {
    match locked(&FAILURE).take() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Shows on a terminal's standard error what the command does, until it is dropped.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Work of so many steps.
    pub(crate) fn of(what: &'static str, steps: usize) -> Self {
        let bar = ProgressBar::with_draw_target(u64::try_from(steps).ok(), target());
        Self::shown(bar, what, "{msg} {bar:30} {pos}/{len} ({elapsed})")
    }

    /// Work of which nobody knows how much it is.
    pub(crate) fn until_done(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, target());
        Self::shown(bar, what, "{spinner} {msg} ({elapsed})")
    }

    fn shown(bar: ProgressBar, what: &'static str, template: &str) -> Self {
        // The templates are those above; the usual style would do as well.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        *locked(&BAR) = Some(bar.clone());
        Self(bar)
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        *locked(&BAR) = None;
    }
}

/// Standard error, which shows nothing where it is no terminal.
fn target() -> ProgressDrawTarget {
    match quiet() {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    }
}
