#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod catalog;
mod example;
mod lookup;
mod operation;
mod product;
mod rules;
mod stream;
mod types;
mod values;
mod weight;

pub use catalog::{Catalog, Entry, Error};
pub use operation::{
    Body, Call, Envelope, Evidence, Identity, Operation, Paging, Parameter, Place, Query, RequestLimit,
    Security,
};
pub use product::{
    ErrorCode, ErrorFamily, IntervalUnit, ListenKey, Product, RateLimit, RateLimits, Sample, Server,
    Transport, UserData,
};
pub use rules::{Condition, Constructor, Need, Pattern, Rule};
pub use stream::{Book, BookRule, Stream, StreamRules};
pub use types::{Field, Spelling, Time, TimeUnit, Type, TypeDef, TypeKind, Union};
pub use values::Values;
pub use weight::{Weight, WeightCondition, WeightRule};
