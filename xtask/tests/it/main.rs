//! The commands, each run as a program on a checkout or folder of its own.

mod announced;
mod baseline;
mod change_logs;
mod clocks;
mod coverage;
mod dependencies;
mod diff;
mod drift;
mod impact;
mod import;
mod inputs;
mod output;
mod pairs;
mod publish;
mod regenerate;
mod routine;
mod semver;
mod support;
mod uses;
mod wrong_specs;
