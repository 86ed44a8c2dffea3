//! Announcements for a comparison, and the days that count.

use std::path::{Path, PathBuf};

use anyhow::Result;
use binance_wire_impact::announcements::{Announcement, Date};
use binance_wire_impact::diff::Window;

use super::side;
use crate::{announcements, git};

/// The entries of logs, and what cannot be read of them.
pub(super) fn read(files: &[PathBuf]) -> Result<(Vec<Announcement>, Vec<String>)> {
    let (entries, diagnostics) = announcements::read(files)?;
    Ok((entries, diagnostics.iter().map(ToString::to_string).collect()))
}

/// The days that were asked for, or else those of the sides that have one.
pub(super) fn window(
    since: Option<Date>,
    until: Option<Date>,
    (old, new): (&str, &str),
    repository: &Path,
) -> Result<Window> {
    let day = |asked: Option<Date>, side: &str| {
        Ok::<_, anyhow::Error>(match (asked, side::named(side)?) {
            (Some(asked), _) => Some(asked),
            (None, side::Named::Revision(revision)) => Some(git::date(repository, revision)?),
            (None, _) => None,
        })
    };
    Ok(Window {
        since: day(since, old)?,
        until: day(until, new)?,
    })
}
