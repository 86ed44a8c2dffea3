//! The program behind `conform` and `decode`.

mod as_it_comes;
mod common;
mod conform;
mod decode;
mod mutations;
