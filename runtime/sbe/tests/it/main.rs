//! The SBE wire format, by hand-made frames and by generated code.

mod framing;
mod golden;
mod serde;
