//! End-to-end tests of generated clients against the test exchange
