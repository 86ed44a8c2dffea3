#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod catalog;
mod example;
mod lookup;
mod product;
mod rules;
mod types;
mod values;
mod weight;

pub use catalog::{Catalog, Entry, Error};
pub use product::{
    Body, Book, BookRule, Call, Envelope, ErrorCode, ErrorFamily, Evidence, Identity, IntervalUnit,
    ListenKey, Operation, Paging, Parameter, Place, Product, Query, RateLimit, RateLimits, RequestLimit,
    Sample, Security, Server, Stream, StreamRules, Transport, UserData,
};
pub use rules::{Condition, Constructor, Need, Pattern, Rule};
pub use types::{Field, Spelling, Time, TimeUnit, Type, TypeDef, TypeKind, Union};
pub use values::Values;
pub use weight::{Weight, WeightCondition, WeightRule};
