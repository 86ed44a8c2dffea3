//! What changes do to users, and what announcements say of them.

mod announcement_names;
mod announcement_notices;
mod announcements;
mod diff;
mod verdicts;

#[path = "../../../codegen/tests/support/mod.rs"]
mod support;
