//! Generated servers and webhook receivers of the partner APIs.

mod merchant;
mod tasks;
mod webhooks;
