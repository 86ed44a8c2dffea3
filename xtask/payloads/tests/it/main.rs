//! The program behind `conform` and `decode`.

mod as_it_comes;
mod catalog;
mod common;
mod conform;
mod decode;
mod mutations;
