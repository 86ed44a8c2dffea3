//! The server side of the partner APIs: what is offered, and what is posted.

mod bazaar;
mod verifier;
