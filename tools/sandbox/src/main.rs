//! `binance-wire-sandbox`: runs the sandbox exchange until it is interrupted.

mod command;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = match command::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing sensible can be done where the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    match command::start(&arguments) {
        Ok(exchange) => {
            command::greeting::print(&exchange, &arguments);
            loop {
                std::thread::park();
            }
        }
        Err(error) => {
            eprintln!("binance-wire-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}
