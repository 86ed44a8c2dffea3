//! Operations, streams and the JSON types that they exchange.

mod account;
mod limits;
mod operations;
mod streams;
mod types;

use std::collections::BTreeMap;

use indexmap::{IndexMap, IndexSet};

use crate::rules::Rule;
use crate::server::{Offer, Webhooks};
use crate::source::Place;

pub use account::{AccountSnapshot, EventMeaning, OrderEvent, OrderSection, SectionChoice};
pub use limits::{
    IntervalUnit, Limit, RateLimitKind, RateLimitRule, RateLimits, RequestLimit, Server, Weight,
    WeightCondition, WeightRule,
};
pub use operations::{
    Call, Envelope, Evidence, HttpMethod, Identity, Operation, PagedBy, Paging, Parameter, QueryTwin,
    RequestBody, Security, Transport,
};
pub use streams::{BookRule, BookSource, Stream, StreamRules, UserData, UserDataAccess};
pub use types::{Field, FilterMarket, TimeUnit, Type, TypeDef, TypeKind};

/// A product family: what one crate is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Product {
    /// The name, as in the folder: `spot`, `usds-futures`.
    pub name: String,
    /// The name in prose, where it is not the words of `name` with capitals.
    pub title: Option<String>,
    /// The name in the exchange's own SDKs, where it differs.
    pub sdk_name: Option<String>,
    /// Values that examples show, by the names of parameters and members on the wire.
    pub examples: BTreeMap<String, String>,
    /// Hosts by transport.
    pub servers: Vec<Server>,
    /// REST operations and WebSocket API methods.
    pub operations: Vec<Operation>,
    /// Market streams.
    pub streams: Vec<Stream>,
    /// Every named type, by name, in the order of the specs.
    pub types: IndexMap<String, TypeDef>,
    /// The union of user-data events that the WebSocket API sends.
    pub user_data_events: Option<String>,
    /// How much may be sent, where that is documented.
    pub rate_limits: Option<RateLimits>,
    /// How the user's own events are reached otherwise.
    pub user_data: Vec<UserData>,
    /// Where the state of the account is fetched.
    pub snapshot: Option<AccountSnapshot>,
    /// What holds for every stream connection.
    pub stream_rules: StreamRules,
    /// Events that may arrive on any connection without a subscription.
    pub connection_events: Vec<String>,
    /// Whether the exchange takes times in parameters in milliseconds and in microseconds, and tells them by magnitude;
    /// where it does not, a parameter has the one unit of its type.
    pub any_time_unit: bool,
    /// Those of `types` that `specs/shared` declares, and what they are called there.
    pub shared_types: BTreeMap<String, String>,
    /// The families of error codes that the product's errors come from, and where each is named.
    pub error_families: Vec<(String, Location)>,
    /// Those families, as they are declared.
    pub error_codes: Vec<ErrorFamily>,
    /// What the user's own server offers.
    pub offer: Option<Offer>,
    /// What is posted to the user's own server.
    pub webhooks: Option<Webhooks>,
}

/// Parameters that clients add by themselves: no operation declares them.
pub const ADDED_BY_CLIENT: &[&str] = &["timestamp", "signature", "recvWindow"];

/// The environments that servers and operations may name.
pub const ENVIRONMENTS: &[&str] = &["production", "market-data", "testnet", "demo"];

/// Where a thing stands in the specs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the specs folder.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// The character of the line, counted from one; 0 where the line as a whole is meant.
    pub column: usize,
}

impl Location {
    /// The place of a file.
    pub fn new(file: impl Into<String>, place: impl Into<Place>) -> Self {
        let Place { line, column } = place.into();
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    /// The place in the file.
    pub fn place(&self) -> Place {
        Place {
            line: self.line,
            column: self.column,
        }
    }
}

/// Error codes that belong together: those of one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorFamily {
    /// The name: `spot`, `sapi`.
    pub name: String,
    /// One line.
    pub description: String,
    /// The codes, in the order of the list.
    pub codes: Vec<ErrorCode>,
    /// Where it is declared.
    pub location: Location,
}

/// An error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The number.
    pub code: i32,
    /// The text on the wire, where it is not the number's own: `050009`.
    pub spelling: Option<String>,
    /// Its names, as documented; most have one.
    pub names: Vec<String>,
    /// What the constant is called, where the name cannot say it.
    pub constant: Option<String>,
    /// One line.
    pub text: Option<String>,
    /// Where it stands.
    pub location: Location,
}

impl Product {
    /// Follows aliases to the type that a name stands for.
    pub fn resolve<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        // The reader has refused alias cycles; the bound keeps this total all the same.
        for _ in 0..self.types.len() + 1 {
            match ty {
                Type::Named(name) => match self.types.get(name).map(|def| &def.kind) {
                    Some(TypeKind::Alias(target)) => ty = target,
                    _ => break,
                },
                _ => break,
            }
        }
        ty
    }

    /// The rules of an object, or of the objects in a list; none for anything else.
    pub fn object_rules(&self, ty: &Type) -> &[Rule] {
        let element = match self.resolve(ty) {
            Type::Array(element) => self.resolve(element),
            other => other,
        };
        match element {
            Type::Named(name) => self.types.get(name).map_or(&[], |def| &def.rules),
            _ => &[],
        }
    }

    /// The members that an object type always has; `None` for anything but an object.
    pub fn required_fields(&self, ty: &Type) -> Option<Vec<&Field>> {
        match self.resolve(ty) {
            Type::Named(name) => match &self.types.get(name)?.kind {
                TypeKind::Object(fields) => Some(fields.iter().filter(|f| f.required).collect()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Every name of a member, in the order of the documentation, that a value of a type can have, or that each element has where it is a list.
    pub fn member_names<'t>(&'t self, ty: &'t Type) -> IndexSet<&'t str> {
        let kind = match self.resolve(ty) {
            Type::Array(element) | Type::OneOrMany(element) => return self.member_names(element),
            Type::Named(name) => self.types.get(name).map(|def| &def.kind),
            _ => None,
        };
        match kind {
            Some(TypeKind::Object(fields)) => fields
                .iter()
                .flat_map(|field| std::iter::once(&field.name).chain(&field.aliases))
                .map(String::as_str)
                .collect(),
            Some(TypeKind::Union { tag, variants }) => {
                let of_variants = variants
                    .values()
                    .filter_map(|name| self.types.get_key_value(name));
                let names = of_variants.flat_map(|(_, def)| match &def.kind {
                    TypeKind::Object(fields) => fields.iter().map(|field| field.name.as_str()).collect(),
                    _ => Vec::new(),
                });
                [tag.as_str()].into_iter().chain(names).collect()
            }
            Some(TypeKind::Shapes(types)) => types.iter().flat_map(|ty| self.member_names(ty)).collect(),
            _ => IndexSet::new(),
        }
    }

    /// The members that an object type always has, and under no other name; `None` for anything but an object.
    pub fn required_members(&self, ty: &Type) -> Option<Vec<&str>> {
        let fields = self.required_fields(ty)?;
        Some(
            fields
                .into_iter()
                .filter(|f| f.aliases.is_empty())
                .map(|f| f.name.as_str())
                .collect(),
        )
    }
}
