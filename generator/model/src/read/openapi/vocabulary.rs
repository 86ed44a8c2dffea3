//! Which keys may stand where. specs/README.md says what the extensions mean.

use crate::api::{FilterMarket, Security, Transport};
use crate::diagnostics::nearest;
use crate::named::Named;
use crate::server::OwnServer;

/// A place in a document: what the keys of a mapping there mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Document,
    Info,
    Server,
    /// Names chosen by the author, with a value of the place named.
    Paths,
    PathItem,
    Operation,
    Parameters,
    Parameter,
    Responses,
    Response,
    Content,
    Media,
    Components,
    Schemas,
    Schema,
    Properties,
    /// A schema, with keys about the member too.
    Property,
    /// The schema of a slot of a tuple.
    Slot,
    Discriminator,
    ExternalDocs,
    /// `{$ref: …}` and nothing else.
    Reference,
    /// Payloads and plain values: anything may stand there, and it is not looked at.
    Value,
    /// What the exchange's document has and is of no use here.
    Free,
}

use Place::Value;

type Keys = &'static [(&'static str, Place)];

const DOCUMENT: Keys = &[
    ("openapi", Value),
    ("info", Place::Info),
    ("servers", Place::Server),
    ("paths", Place::Paths),
    ("components", Place::Components),
    ("x-product", Value),
    ("x-transport", Value),
    ("x-title", Value),
    ("x-sdk-name", Value),
    ("x-examples", Value),
    ("x-error-codes", Value),
    ("x-rate-limits", Value),
    ("x-user-data-events", Place::Reference),
    ("x-connection-events", Place::Reference),
    ("x-types", Place::Reference),
    ("x-time-units", Value),
    ("x-envelope", Value),
    ("x-server", Value),
    ("x-signed-by", Value),
    ("x-events", Place::Reference),
    ("x-reply", Place::Reference),
    ("externalDocs", Place::ExternalDocs),
    ("x-connection", Value),
    ("x-routes", Value),
    ("x-max-streams", Value),
    ("x-messages-per-second", Value),
    ("x-user-data", Value),
    ("x-snapshot", Value),
];
const INFO: Keys = &[("title", Value), ("version", Value), ("description", Value)];
const SERVER: Keys = &[
    ("url", Value),
    ("description", Value),
    ("x-environment", Value),
    ("x-encoding", Value),
    ("x-name", Value),
];
const PATH_ITEM: Keys = &[
    ("get", Place::Operation),
    ("post", Place::Operation),
    ("put", Place::Operation),
    ("delete", Place::Operation),
];
const OPERATION: Keys = &[
    ("operationId", Value),
    ("tags", Value),
    ("summary", Value),
    ("description", Value),
    ("externalDocs", Place::ExternalDocs),
    ("deprecated", Value),
    ("parameters", Place::Parameter),
    ("responses", Place::Responses),
    ("x-security", Value),
    ("x-signed", Value),
    ("x-mutation", Value),
    ("x-weight", Value),
    ("x-weight-on-success", Value),
    ("x-limit", Value),
    ("x-uid-weight", Value),
    ("x-request-limits", Value),
    ("x-unfilled-orders", Value),
    ("x-body", Value),
    ("x-raw-brackets", Value),
    ("x-envelope", Value),
    ("x-timeout", Value),
    ("x-by-transport", Value),
    ("x-data-source", Value),
    ("x-environments", Value),
    ("x-stability-level", Value),
    ("x-sunset", Value),
    ("x-sbe", Value),
    ("x-error-data", Place::Schema),
    ("x-rules", Value),
    ("x-constructors", Value),
    ("x-paging", Value),
    ("x-identity", Value),
    ("x-twin", Value),
    ("x-aliases", Value),
    ("x-update-speed", Value),
    ("x-pattern", Value),
    ("x-route", Value),
    ("x-book", Value),
    ("x-event-type", Value),
    ("x-body", Value),
    ("x-envelope", Value),
    ("x-free-path", Value),
    ("x-idempotency-key", Value),
    ("x-optional", Value),
];
const PARAMETER: Keys = &[
    ("name", Value),
    ("in", Value),
    ("required", Value),
    ("description", Value),
    ("deprecated", Value),
    ("schema", Place::Schema),
    ("example", Value),
    ("x-optional", Value),
    ("x-lower-case", Value),
];
const RESPONSE: Keys = &[("description", Value), ("content", Place::Content)];
const MEDIA: Keys = &[("schema", Place::Schema), ("example", Value), ("examples", Value)];
const COMPONENTS: Keys = &[
    ("schemas", Place::Schemas),
    ("parameters", Place::Parameters),
    ("responses", Place::Responses),
];
const DISCRIMINATOR: Keys = &[("propertyName", Value), ("mapping", Value)];
const EXTERNAL_DOCS: Keys = &[("url", Value), ("description", Value)];
const REFERENCE: Keys = &[("$ref", Value)];
const SCHEMA: Keys = &[
    ("type", Value),
    ("title", Value),
    ("description", Value),
    ("nullable", Value),
    ("default", Value),
    ("example", Value),
    ("deprecated", Value),
    ("x-name", Value),
    ("format", Value),
    ("enum", Value),
    ("minLength", Value),
    ("maxLength", Value),
    ("pattern", Value),
    ("minimum", Value),
    ("maximum", Value),
    ("items", Place::Schema),
    ("minItems", Value),
    ("maxItems", Value),
    ("properties", Place::Properties),
    ("required", Value),
    ("additionalProperties", Place::Schema),
    ("oneOf", Place::Schema),
    ("allOf", Place::Schema),
    ("anyOf", Place::Schema),
    ("discriminator", Place::Discriminator),
    ("x-extensible-enum", Value),
    ("x-enum-of", Value),
    ("x-time", Value),
    ("x-order-filters", Value),
    ("x-tuple", Place::Slot),
    ("x-rules", Value),
    ("x-sbe", Value),
];
/// Of a property, in addition to those of a schema.
const PROPERTY: Keys = &[("x-aliases", Value)];

/// Keys that say something about a value of any type.
const OF_ANY_TYPE: &[&str] = &[
    "type",
    "title",
    "description",
    "nullable",
    "default",
    "example",
    "deprecated",
    "x-name",
    "x-aliases",
];

/// Keys that may stand beside a `$ref`: they describe the place that refers.
pub(super) const BESIDE_REFERENCE: &[&str] = &[
    "description",
    "nullable",
    "default",
    "deprecated",
    "x-name",
    "x-aliases",
];

impl Place {
    fn keys(self) -> Keys {
        match self {
            Self::Document => DOCUMENT,
            Self::Info => INFO,
            Self::Server => SERVER,
            Self::PathItem => PATH_ITEM,
            Self::Operation => OPERATION,
            Self::Parameter => PARAMETER,
            Self::Response => RESPONSE,
            Self::Media => MEDIA,
            Self::Components => COMPONENTS,
            Self::Schema | Self::Slot => SCHEMA,
            Self::Property => PROPERTY,
            Self::Discriminator => DISCRIMINATOR,
            Self::ExternalDocs => EXTERNAL_DOCS,
            Self::Reference => REFERENCE,
            _ => &[],
        }
    }

    /// The keys that may stand there: those of its own, and what it has in common with other places.
    pub(super) fn every_key(self) -> impl Iterator<Item = &'static (&'static str, Self)> {
        let common: Keys = if self == Self::Property { SCHEMA } else { &[] };
        self.keys().iter().chain(common)
    }

    /// What the values of names stand for, where the author chooses the names.
    pub(super) fn named(self) -> Option<Self> {
        match self {
            Self::Paths => Some(Self::PathItem),
            Self::Parameters => Some(Self::Parameter),
            Self::Responses => Some(Self::Response),
            Self::Content => Some(Self::Media),
            Self::Schemas => Some(Self::Schema),
            Self::Properties => Some(Self::Property),
            _ => None,
        }
    }

    /// What the value of a key stands for, if the key is known here.
    pub(super) fn below(self, key: &str) -> Option<Self> {
        if key == "$ref" && self.may_refer() {
            return Some(Value);
        }
        self.every_key()
            .find(|(known, _)| *known == key)
            .map(|(_, place)| *place)
    }

    /// Whether a `$ref` may stand there instead.
    pub(super) fn may_refer(self) -> bool {
        self.is_schema() || matches!(self, Self::Parameter | Self::Response)
    }

    /// Whether a schema stands there.
    pub(super) fn is_schema(self) -> bool {
        matches!(self, Self::Schema | Self::Property | Self::Slot)
    }

    /// What to do about a key that is not known here.
    pub(super) fn remedy(self, key: &str) -> String {
        if is_extension(key) {
            return "it belongs elsewhere; specs/README.md says where".to_owned();
        }
        let known = self.every_key().map(|(known, _)| *known);
        if let Some(near) = nearest(known, key) {
            return format!("did you mean `{near}`? specs/README.md lists the vocabulary");
        }
        if key.starts_with("x-")
            && let Some(near) = nearest(extensions(), key)
        {
            return format!("did you mean `{near}`? specs/README.md lists the vocabulary");
        }
        "specs/README.md lists the vocabulary".to_owned()
    }
}

/// The types of schemas.
pub(super) const TYPES: &[&str] = &["string", "integer", "number", "boolean", "array", "object"];

/// What a document is about.
pub(super) const TRANSPORTS: &[&str] = &[
    Transport::Rest.name(),
    Transport::WsApi.name(),
    Transport::WsStreams.name(),
    OwnServer::Offer.name(),
    OwnServer::Webhooks.name(),
];

/// The words of which the value of a key is one, where these are few and the same at each place.
pub(super) fn words(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "type" => Some(TYPES),
        "x-security" => Some(Security::NAMES),
        "x-transport" => Some(TRANSPORTS),
        "x-order-filters" => Some(FilterMarket::NAMES),
        _ => None,
    }
}

/// Whether the value of a key is true or false.
pub(super) fn is_truth(place: Place, key: &str) -> bool {
    match place {
        Place::Parameter => matches!(key, "required" | "deprecated"),
        Place::Operation => key == "deprecated",
        Place::Schema | Place::Property | Place::Slot => matches!(key, "deprecated" | "nullable"),
        _ => false,
    }
}

/// Every place with keys of its own.
const PLACES: &[Place] = &[
    Place::Document,
    Place::Server,
    Place::Operation,
    Place::Parameter,
    Place::Schema,
    Place::Property,
];

fn extensions() -> impl Iterator<Item = &'static str> {
    PLACES
        .iter()
        .flat_map(|place| place.keys())
        .map(|(key, _)| *key)
        .filter(|key| key.starts_with("x-"))
}

/// Whether `key` is an extension that means something at some place.
pub(super) fn is_extension(key: &str) -> bool {
    extensions().any(|known| known == key)
}

/// Extensions that specs had once, and what is written today. They are passed over with a warning, so that `diff` reads the
/// specs of earlier revisions.
const RETIRED: &[(&str, &str)] = &[
    ("x-lenient", "numbers and texts are read in either spelling"),
    ("x-one-of", "write it as a rule: `x-rules: [{one-of: [a, b]}]`"),
    (
        "x-presence",
        "`required` is what is proven, and all else is optional",
    ),
];

/// What is written today in place of an extension that is no longer one.
pub(super) fn retired(key: &str) -> Option<&'static str> {
    RETIRED
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, today)| *today)
}

/// Whether a keyword of a schema says something about values of a type. A type that is not known is not judged here.
pub(super) fn fits(typ: Option<&str>, key: &str) -> bool {
    let own: &[&str] = match typ {
        Some("string") => &[
            "format",
            "enum",
            "x-extensible-enum",
            "x-enum-of",
            "x-time",
            "minLength",
            "maxLength",
            "pattern",
        ],
        Some("integer") => &["format", "minimum", "maximum", "x-time"],
        Some("number") => &["format", "minimum", "maximum"],
        Some("boolean") => &[],
        Some("array") => &["items", "minItems", "maxItems", "x-tuple", "x-sbe"],
        Some("object") => &[
            "properties",
            "required",
            "additionalProperties",
            "x-order-filters",
            "x-sbe",
            "x-rules",
        ],
        Some(_) => return true,
        None => &["oneOf", "allOf", "anyOf", "discriminator", "x-sbe"],
    };
    OF_ANY_TYPE.contains(&key) || own.contains(&key)
}

/// Whether a value is of a type.
pub(super) fn is_of(typ: &str, value: &serde_yaml::Value) -> bool {
    match typ {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_bool(),
        "array" => value.is_sequence(),
        "object" => value.is_mapping(),
        _ => true,
    }
}

/// The formats of a type.
pub(super) fn formats(typ: &str) -> &'static [&'static str] {
    match typ {
        "string" => &["decimal", "int64", "boolean"],
        "integer" => &["int64", "int32"],
        "number" => &["decimal"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_gets_its_neighbour() {
        assert!(Place::Operation.remedy("opertionId").contains("`operationId`"));
        assert!(Place::Schema.remedy("requried").contains("`required`"));
        assert!(Place::Operation.remedy("x-wieght").contains("`x-weight`"));
        assert!(Place::Schema.remedy("x-weight").contains("belongs elsewhere"));
        assert!(!Place::Schema.remedy("entirelyOther").contains("did you mean"));
    }

    #[test]
    fn keys_belong_to_types() {
        assert!(fits(Some("integer"), "x-time"));
        assert!(!fits(Some("number"), "x-time"));
        assert!(fits(None, "oneOf"));
        assert!(!fits(Some("object"), "items"));
    }
}
