//! What changes do to users, and what change logs say of them.

mod changelog;
mod changelog_names;
mod diff;
mod verdicts;

#[path = "../../../codegen/tests/support/mod.rs"]
mod support;
