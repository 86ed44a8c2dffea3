//! User data with snapshots: the machine against a reference account.

mod cases;
mod properties;
mod reference;
