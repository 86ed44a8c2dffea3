//! The binary behind `cargo xtask conform` and `cargo xtask decode`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(xtask_payloads::run(std::env::args_os()))
}
