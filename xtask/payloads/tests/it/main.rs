//! The program behind `conform` and `decode`.

mod common;
mod conform;
mod decode;
mod mutations;
