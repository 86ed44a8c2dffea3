//! The generated SBE and FIX codecs on recorded and on hostile messages.

mod fix;
mod sbe;
mod sbe_memory;
mod sbe_view;
mod serde;
