//! Tests of the generated SBE and FIX codecs; see `tests/`.
