//! Signatures, keys and encodings, against documented and precomputed values.

mod common;
mod encoding;
mod keys;
mod partner;
mod vectors;
