//! The futures core: single rules, and properties of random histories.

mod common;
mod consistency;
mod orders;
mod positions;
mod properties;
mod risk;
