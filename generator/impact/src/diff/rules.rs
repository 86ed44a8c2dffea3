//! The one table of what each kind of difference means.
//!
//! On the wire and in the Rust that is emitted, it matters who sends the thing: of each pair, the first verdict is for what
//! the user sends, the second for what the exchange sends. What the emitted Rust makes of a model decides the surface:
//! structs, value sets and unions are `#[non_exhaustive]` in all languages, so that more of them is no break; what must be sent
//! is an argument of `new` and of the client's method, what may be is a setter. A test compares this with the templates.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use super::kind::Verdict::{Attention as A, Breaking as B, Compatible as C, None as N};
use super::kind::{Aspect, Class, Role, Sense, Verdict};

use Aspect as Is;
use Class as Of;
use Sense::{Added, Changed, Down, Removed, Up};

/// What one kind of difference means.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) class: Class,
    pub(super) aspect: Aspect,
    pub(super) sense: Sense,
    wire: (Verdict, Verdict),
    surface: (Verdict, Verdict),
    pub(super) behaviour: Verdict,
    /// The verb of a message about the thing.
    pub(super) phrase: &'static str,
}

impl Rule {
    pub(super) fn wire(&self, role: Role) -> Verdict {
        of(self.wire, role)
    }

    pub(super) fn surface(&self, role: Role) -> Verdict {
        of(self.surface, role)
    }
}

fn of((sent, received): (Verdict, Verdict), role: Role) -> Verdict {
    match role {
        Role::Sent => sent,
        Role::Received => received,
        Role::Both => sent.max(received),
    }
}

/// The rule for a difference. A difference without a direction of its own is judged as a change.
pub(super) fn rule(class: Class, aspect: Aspect, sense: Sense) -> Option<&'static Rule> {
    let exact = |sense| {
        RULES
            .iter()
            .find(|rule| rule.class == class && rule.aspect == aspect && rule.sense == sense)
    };
    exact(sense).or_else(|| exact(Changed))
}

/// A kind of difference: a row of the table.
#[derive(Clone, Copy)]
pub struct Kind(&'static Rule);

impl Kind {
    /// All kinds, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        RULES.iter().map(Self)
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        RULES.iter().find(|rule| rule.name == name).map(Self)
    }

    /// The name in reports and decisions: `required-parameter-added`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What differs.
    pub fn class(self) -> Class {
        self.0.class
    }

    /// What about it differs.
    pub fn aspect(self) -> Aspect {
        self.0.aspect
    }

    /// Which way.
    pub fn sense(self) -> Sense {
        self.0.sense
    }

    /// The verb of a message about the thing: `was removed`.
    pub fn phrase(self) -> &'static str {
        self.0.phrase
    }

    /// Whether the thing must be there, or whether that is what differs.
    pub fn demands(self) -> bool {
        matches!(
            self.0.aspect,
            Aspect::Demanded | Aspect::InsertedDemanded | Aspect::Required
        )
    }

    /// The kind of the same difference, read backwards.
    pub fn mirror(self) -> Option<Self> {
        rule(self.0.class, self.0.aspect, self.0.sense.mirrored()).map(Self)
    }
}

impl From<&'static Rule> for Kind {
    fn from(rule: &'static Rule) -> Self {
        Self(rule)
    }
}

/// No two kinds have one name; a test holds the table to it.
impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Kind {}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[allow(clippy::too_many_arguments)]
const fn row(
    name: &'static str,
    class: Class,
    aspect: Aspect,
    sense: Sense,
    wire: (Verdict, Verdict),
    surface: (Verdict, Verdict),
    behaviour: Verdict,
    phrase: &'static str,
) -> Rule {
    Rule {
        name,
        class,
        aspect,
        sense,
        wire,
        surface,
        behaviour,
        phrase,
    }
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    // name, class, aspect, sense, wire (sent, received), surface (sent, received), behaviour, phrase
    row("product-added", Of::Product, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("product-removed", Of::Product, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("product-time-units-widened", Of::Product, Is::TimeUnits, Up, (B, B), (C, C), A, "now accepts times in either unit"),
    row("product-time-units-narrowed", Of::Product, Is::TimeUnits, Down, (B, B), (B, B), A, "now accepts times in one unit only"),
    row("product-max-streams-lowered", Of::Product, Is::MaxStreams, Up, (N, N), (N, N), A, "allows fewer streams per connection"),
    row("product-max-streams-raised", Of::Product, Is::MaxStreams, Down, (N, N), (N, N), C, "allows more streams per connection"),
    row("product-message-rate-lowered", Of::Product, Is::MessageRate, Up, (N, N), (N, N), A, "allows fewer messages per second"),
    row("product-message-rate-raised", Of::Product, Is::MessageRate, Down, (N, N), (N, N), C, "allows more messages per second"),
    row("product-limits-given", Of::Product, Is::Counters, Up, (N, N), (C, C), A, "now has rate limits"),
    row("product-limits-taken", Of::Product, Is::Counters, Down, (N, N), (B, B), A, "no longer has rate limits"),
    row("product-limits", Of::Product, Is::Counters, Changed, (N, N), (N, N), A, "changed how requests are counted"),
    row("product-connect-weight-raised", Of::Product, Is::ConnectWeight, Up, (N, N), (N, N), A, "charges more for a connection"),
    row("product-connect-weight-lowered", Of::Product, Is::ConnectWeight, Down, (N, N), (N, N), C, "charges less for a connection"),
    row("rate-limit-added", Of::RateLimit, Is::Itself, Added, (N, N), (N, N), A, "was added"),
    row("rate-limit-removed", Of::RateLimit, Is::Itself, Removed, (N, N), (N, N), C, "was removed"),
    row("rate-limit-lowered", Of::RateLimit, Is::Count, Up, (N, N), (N, N), A, "allows less"),
    row("rate-limit-raised", Of::RateLimit, Is::Count, Down, (N, N), (N, N), C, "allows more"),
    row("product-signed-topics", Of::Product, Is::Topics, Changed, (B, B), (B, B), N, "changed how streams are opened"),
    row("product-server-rules", Of::Product, Is::Envelope, Changed, (B, B), (N, N), A, "changed what it expects of the user's server"),

    row("product-error-codes-given", Of::Product, Is::ErrorData, Up, (N, N), (C, C), N, "now has error codes"),
    row("product-error-codes-taken", Of::Product, Is::ErrorData, Down, (N, N), (B, B), N, "no longer has error codes"),
    row("product-error-codes", Of::Product, Is::ErrorData, Changed, (N, N), (B, B), N, "changed its families of error codes"),

    row("environment-added", Of::Environment, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("environment-removed", Of::Environment, Is::Itself, Removed, (B, B), (N, N), A, "was removed"),
    row("environment-hosts", Of::Environment, Is::Hosts, Changed, (A, A), (N, N), A, "changed addresses"),
    row("addresses-added", Of::Addresses, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("addresses-removed", Of::Addresses, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("route-added", Of::Route, Is::Itself, Added, (C, C), (N, N), N, "was added"),
    row("route-removed", Of::Route, Is::Itself, Removed, (B, B), (N, N), N, "was removed"),
    row("route-path", Of::Route, Is::Path, Changed, (B, B), (N, N), N, "changed path"),

    row("operation-added", Of::Operation, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("operation-removed", Of::Operation, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("operation-moved", Of::Operation, Is::Name, Changed, (B, B), (N, N), N, "changed address"),
    row("operation-collection", Of::Operation, Is::Path, Changed, (N, N), (N, N), N, "moved to another collection"),
    row("operation-renamed", Of::Operation, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed in code"),
    row("operation-documentation", Of::Operation, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),
    row("operation-security-raised", Of::Operation, Is::Security, Up, (B, B), (N, N), A, "requires more permission"),
    row("operation-security-lowered", Of::Operation, Is::Security, Down, (C, C), (N, N), A, "requires less permission"),
    row("operation-security", Of::Operation, Is::Security, Changed, (B, B), (N, N), A, "requires another permission"),
    row("operation-now-signed", Of::Operation, Is::Signed, Up, (B, B), (N, N), A, "now has to be signed"),
    row("operation-now-unsigned", Of::Operation, Is::Signed, Down, (C, C), (N, N), A, "no longer has to be signed"),
    row("operation-mutation", Of::Operation, Is::Mutation, Changed, (N, N), (N, N), A, "changed whether it modifies the account"),
    row("operation-weight-raised", Of::Operation, Is::Weight, Up, (N, N), (N, N), A, "has a higher weight"),
    row("operation-weight-lowered", Of::Operation, Is::Weight, Down, (N, N), (N, N), C, "has a lower weight"),
    row("operation-weight", Of::Operation, Is::Weight, Changed, (N, N), (N, N), A, "changed weight"),
    row("operation-success-weight", Of::Operation, Is::SuccessWeight, Changed, (N, N), (N, N), A, "changed weight on success"),
    row("operation-counter", Of::Operation, Is::Counter, Changed, (N, N), (N, N), A, "is charged to another counter"),
    row("operation-uid-weight-raised", Of::Operation, Is::UidWeight, Up, (N, N), (N, N), A, "is charged more to the account"),
    row("operation-uid-weight-lowered", Of::Operation, Is::UidWeight, Down, (N, N), (N, N), C, "is charged less to the account"),
    row("operation-limits", Of::Operation, Is::RequestLimits, Changed, (N, N), (N, N), A, "changed limits"),
    row("operation-order-count-raised", Of::Operation, Is::UnfilledOrders, Up, (N, N), (N, N), A, "adds more to the order count"),
    row("operation-order-count-lowered", Of::Operation, Is::UnfilledOrders, Down, (N, N), (N, N), C, "adds less to the order count"),
    row("operation-identity", Of::Operation, Is::Identity, Changed, (N, N), (N, N), A, "changed how its result is found"),
    row("operation-paging", Of::Operation, Is::Paging, Changed, (N, N), (N, N), A, "changed paging"),
    row("operation-data-source", Of::Operation, Is::DataSource, Changed, (N, N), (N, N), A, "changed data source"),
    row("operation-environments", Of::Operation, Is::Environments, Changed, (A, A), (N, N), A, "changed environments"),
    row("operation-deprecated", Of::Operation, Is::Deprecated, Up, (N, N), (C, C), A, "is deprecated"),
    row("operation-undeprecated", Of::Operation, Is::Deprecated, Down, (N, N), (N, N), C, "is no longer deprecated"),
    row("operation-now-draft", Of::Operation, Is::Draft, Up, (N, N), (B, B), A, "is now a draft"),
    row("operation-now-documented", Of::Operation, Is::Draft, Down, (N, N), (B, B), N, "is no longer a draft"),
    row("operation-left-to-client", Of::Operation, Is::ByTransport, Up, (N, N), (B, B), N, "is now sent by the client itself"),
    row("operation-left-to-user", Of::Operation, Is::ByTransport, Down, (N, N), (C, C), N, "now has a method"),
    row("operation-sunset-set", Of::Operation, Is::Sunset, Up, (N, N), (N, N), A, "will be removed"),
    row("operation-sunset-lifted", Of::Operation, Is::Sunset, Down, (N, N), (N, N), C, "will not be removed"),
    row("operation-sunset", Of::Operation, Is::Sunset, Changed, (N, N), (N, N), A, "changed removal date"),
    row("operation-body", Of::Operation, Is::Body, Changed, (B, B), (N, N), N, "changed where its parameters are sent"),
    row("operation-brackets", Of::Operation, Is::Brackets, Changed, (B, B), (N, N), N, "changed how lists are spelled"),
    row("operation-response", Of::Operation, Is::Response, Changed, (B, B), (B, B), N, "changed response type"),
    row("operation-response-encoding", Of::Operation, Is::Encoding, Changed, (B, B), (N, N), N, "changed response encoding"),
    row("operation-envelope", Of::Operation, Is::Envelope, Changed, (B, B), (N, N), N, "changed response envelope"),
    row("operation-timeout", Of::Operation, Is::Timeout, Changed, (N, N), (N, N), A, "changed time-out"),
    row("operation-sbe", Of::Operation, Is::Sbe, Changed, (A, A), (N, N), A, "changed SBE message"),
    row("operation-error-data", Of::Operation, Is::ErrorData, Changed, (B, B), (B, B), N, "changed type of error data"),
    row("operation-twin", Of::Operation, Is::Twin, Changed, (N, N), (B, B), N, "changed which request it shares"),
    row("operation-arguments", Of::Operation, Is::Arguments, Changed, (N, N), (B, B), N, "changed the order of its required parameters"),

    row("parameter-added", Of::Parameter, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("parameter-removed", Of::Parameter, Is::Itself, Removed, (B, N), (B, B), N, "was removed"),
    row("required-parameter-added", Of::Parameter, Is::Demanded, Added, (B, C), (B, B), N, "was added, and is required"),
    row("required-parameter-removed", Of::Parameter, Is::Demanded, Removed, (B, B), (B, B), N, "was removed, and was required"),
    row("parameter-renamed", Of::Parameter, Is::Name, Changed, (B, B), (B, B), N, "was renamed"),
    row("parameter-respelled", Of::Parameter, Is::Spelling, Changed, (B, B), (N, N), N, "changed spelling"),
    row("parameter-now-required", Of::Parameter, Is::Required, Up, (B, C), (B, B), N, "is now required"),
    row("parameter-now-optional", Of::Parameter, Is::Required, Down, (C, B), (B, B), N, "is now optional"),
    row("parameter-type", Of::Parameter, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("parameter-encoding", Of::Parameter, Is::Encoding, Changed, (B, B), (N, N), N, "changed encoding"),
    row("parameter-place", Of::Parameter, Is::Place, Changed, (B, B), (N, N), N, "changed where it is sent"),
    row("parameter-default", Of::Parameter, Is::Default, Changed, (N, N), (N, N), A, "changed default"),
    row("parameter-sample", Of::Parameter, Is::Sample, Changed, (N, N), (N, N), N, "changed sample value"),
    row("parameter-sample-form", Of::Parameter, Is::Form, Changed, (N, N), (N, N), A, "changed the form of its sample value"),
    row("parameter-minimum-raised", Of::Parameter, Is::Minimum, Up, (B, N), (N, N), A, "has a higher minimum"),
    row("parameter-minimum-lowered", Of::Parameter, Is::Minimum, Down, (C, A), (N, N), C, "has a lower minimum"),
    row("parameter-minimum", Of::Parameter, Is::Minimum, Changed, (A, A), (N, N), A, "changed minimum"),
    row("parameter-maximum-lowered", Of::Parameter, Is::Maximum, Up, (B, N), (N, N), A, "has a lower maximum"),
    row("parameter-maximum-raised", Of::Parameter, Is::Maximum, Down, (C, A), (N, N), C, "has a higher maximum"),
    row("parameter-maximum", Of::Parameter, Is::Maximum, Changed, (A, A), (N, N), A, "changed maximum"),
    row("parameter-items-lowered", Of::Parameter, Is::MaxItems, Up, (B, N), (N, N), A, "allows fewer items"),
    row("parameter-items-raised", Of::Parameter, Is::MaxItems, Down, (C, A), (N, N), C, "allows more items"),
    row("parameter-deprecated", Of::Parameter, Is::Deprecated, Up, (N, N), (N, N), A, "is deprecated"),
    row("parameter-undeprecated", Of::Parameter, Is::Deprecated, Down, (N, N), (N, N), C, "is no longer deprecated"),
    row("parameter-case", Of::Parameter, Is::LowerCase, Changed, (B, B), (N, N), N, "changed letter case"),
    row("parameter-documentation", Of::Parameter, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),

    row("parameter-pattern-narrowed", Of::Parameter, Is::Pattern, Up, (B, N), (N, N), A, "allows fewer texts"),
    row("parameter-pattern-widened", Of::Parameter, Is::Pattern, Down, (C, A), (N, N), C, "allows more texts"),
    row("parameter-pattern", Of::Parameter, Is::Pattern, Changed, (B, A), (N, N), A, "changed pattern"),
    row("rule-added", Of::Rule, Is::Itself, Added, (N, N), (N, N), A, "was added: requests that break it are not sent"),
    row("rule-removed", Of::Rule, Is::Itself, Removed, (N, N), (N, N), C, "was removed"),
    row("rule-code", Of::Rule, Is::Code, Changed, (N, N), (N, N), N, "changed error code"),
    row("constructor-added", Of::NamedConstructor, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("constructor-removed", Of::NamedConstructor, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("constructor-arguments", Of::NamedConstructor, Is::Arguments, Changed, (N, N), (B, B), N, "changed arguments"),
    row("constructor-values", Of::NamedConstructor, Is::Fixed, Changed, (N, N), (N, N), A, "changed the values that it sets"),
    row("constructor-documentation", Of::NamedConstructor, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),

    row("stream-added", Of::Stream, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("stream-removed", Of::Stream, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("stream-pattern", Of::Stream, Is::Name, Changed, (B, B), (N, N), N, "was renamed on the wire"),
    row("stream-renamed", Of::Stream, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed in code"),
    row("stream-speed", Of::Stream, Is::UpdateSpeed, Changed, (N, N), (N, N), A, "changed update speed"),
    row("stream-route", Of::Stream, Is::Route, Changed, (B, B), (N, N), N, "changed route"),
    row("stream-event-types", Of::Stream, Is::EventTypes, Changed, (B, B), (N, N), N, "changed event names"),
    row("stream-event", Of::Stream, Is::Event, Changed, (B, B), (B, B), N, "changed event"),
    row("stream-environments", Of::Stream, Is::Environments, Changed, (A, A), (N, N), A, "changed environments"),
    row("stream-deprecated", Of::Stream, Is::Deprecated, Up, (N, N), (C, C), A, "is deprecated"),
    row("stream-undeprecated", Of::Stream, Is::Deprecated, Down, (N, N), (N, N), C, "is no longer deprecated"),
    row("stream-documentation", Of::Stream, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),
    row("stream-arguments", Of::Stream, Is::Arguments, Changed, (N, N), (B, B), N, "changed the order of its placeholders"),
    row("book-added", Of::Book, Is::Itself, Added, (N, N), (C, C), N, "is now kept"),
    row("book-removed", Of::Book, Is::Itself, Removed, (N, N), (B, B), A, "is no longer kept"),
    row("book-rules", Of::Book, Is::Access, Changed, (N, N), (N, N), A, "changed rules"),
    row("placeholder-added", Of::Placeholder, Is::Itself, Added, (C, C), (B, B), N, "was added"),
    row("placeholder-removed", Of::Placeholder, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("required-placeholder-added", Of::Placeholder, Is::Demanded, Added, (B, B), (B, B), N, "was added, and is required"),
    row("required-placeholder-removed", Of::Placeholder, Is::Demanded, Removed, (B, B), (B, B), N, "was removed, and was required"),
    row("placeholder-renamed", Of::Placeholder, Is::Name, Changed, (N, N), (N, N), N, "was renamed"),
    row("placeholder-respelled", Of::Placeholder, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("placeholder-now-required", Of::Placeholder, Is::Required, Up, (B, B), (B, B), N, "is now required"),
    row("placeholder-now-optional", Of::Placeholder, Is::Required, Down, (C, C), (B, B), N, "is now optional"),
    row("placeholder-type", Of::Placeholder, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("placeholder-encoding", Of::Placeholder, Is::Encoding, Changed, (B, B), (N, N), N, "changed encoding"),
    row("placeholder-default", Of::Placeholder, Is::Default, Changed, (N, N), (N, N), A, "changed default"),
    row("placeholder-case", Of::Placeholder, Is::LowerCase, Changed, (B, B), (N, N), N, "changed letter case"),
    row("placeholder-documentation", Of::Placeholder, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),

    row("type-added", Of::Type, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("type-removed", Of::Type, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("type-renamed", Of::Type, Is::Name, Changed, (N, N), (B, B), N, "was renamed in code"),
    row("type-respelled", Of::Type, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("type-kind", Of::Type, Is::Kind, Changed, (B, B), (B, B), N, "changed kind of type"),
    row("type-target", Of::Type, Is::Type, Changed, (B, B), (B, B), N, "changed target type"),
    row("type-target-encoding", Of::Type, Is::Encoding, Changed, (B, B), (N, N), N, "changed target encoding"),
    row("type-tag", Of::Type, Is::Tag, Changed, (B, B), (N, N), N, "changed tag"),
    row("type-order", Of::Type, Is::Order, Changed, (B, B), (N, N), N, "changed the order of its slots"),
    row("type-arguments", Of::Type, Is::Arguments, Changed, (N, N), (B, N), N, "changed the order of its required members"),
    row("type-sbe", Of::Type, Is::Sbe, Changed, (N, N), (N, N), A, "changed SBE message"),
    row("type-order-filters-set", Of::Type, Is::OrderFilters, Up, (N, N), (C, C), N, "now has filters that can be checked"),
    row("type-order-filters-lifted", Of::Type, Is::OrderFilters, Down, (N, N), (B, B), N, "no longer has filters that can be checked"),
    row("type-order-filters", Of::Type, Is::OrderFilters, Changed, (N, N), (N, N), A, "changed the market whose rules its filters follow"),
    row("type-documentation", Of::Type, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),

    row("field-added", Of::Field, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("field-removed", Of::Field, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),
    row("required-field-added", Of::Field, Is::Demanded, Added, (B, C), (B, C), N, "was added, and is always present"),
    row("required-field-removed", Of::Field, Is::Demanded, Removed, (B, B), (B, B), N, "was removed, and was always present"),
    row("field-renamed", Of::Field, Is::Name, Changed, (B, B), (B, B), N, "was renamed"),
    row("field-respelled", Of::Field, Is::Spelling, Changed, (B, B), (N, N), N, "changed spelling"),
    row("field-identifier", Of::Field, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed in code"),
    row("field-now-required", Of::Field, Is::Required, Up, (B, C), (B, B), N, "is now always present"),
    row("field-now-optional", Of::Field, Is::Required, Down, (C, B), (B, B), N, "is now optional"),
    row("field-now-nullable", Of::Field, Is::Nullable, Up, (C, B), (B, B), N, "may now be null"),
    row("field-not-nullable", Of::Field, Is::Nullable, Down, (B, C), (B, B), N, "is no longer null"),
    row("field-type", Of::Field, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("field-encoding", Of::Field, Is::Encoding, Changed, (B, B), (N, N), N, "changed encoding"),
    row("field-aliases", Of::Field, Is::Aliases, Changed, (N, A), (N, N), N, "changed alternative names"),
    row("field-documentation", Of::Field, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),
    row("slot-added", Of::Slot, Is::Itself, Added, (C, C), (C, C), N, "was added, at the end"),
    row("slot-removed", Of::Slot, Is::Itself, Removed, (B, B), (B, B), N, "was removed, at the end"),
    row("slot-inserted", Of::Slot, Is::Inserted, Added, (B, B), (C, C), N, "was added before other slots"),
    row("slot-taken-out", Of::Slot, Is::Inserted, Removed, (B, B), (B, B), N, "was removed before other slots"),
    row("slot-renamed", Of::Slot, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("slot-respelled", Of::Slot, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("slot-now-required", Of::Slot, Is::Required, Up, (B, C), (B, B), N, "is now always present"),
    row("slot-now-optional", Of::Slot, Is::Required, Down, (C, B), (B, B), N, "is now optional"),
    row("slot-now-nullable", Of::Slot, Is::Nullable, Up, (C, B), (B, B), N, "may now be null"),
    row("slot-not-nullable", Of::Slot, Is::Nullable, Down, (B, C), (B, B), N, "is no longer null"),
    row("slot-type", Of::Slot, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("slot-encoding", Of::Slot, Is::Encoding, Changed, (B, B), (N, N), N, "changed encoding"),
    row("slot-documentation", Of::Slot, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),
    row("value-added", Of::Value, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("value-removed", Of::Value, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),
    row("value-respelled", Of::Value, Is::Spelling, Changed, (B, B), (N, N), N, "changed spelling"),
    row("value-renamed", Of::Value, Is::Name, Changed, (B, B), (B, B), N, "was renamed"),
    row("variant-added", Of::Variant, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("variant-removed", Of::Variant, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),
    row("variant-type", Of::Variant, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("variant-encoding", Of::Variant, Is::Encoding, Changed, (B, B), (N, N), N, "changed encoding"),
    row("shape-added", Of::Shape, Is::Itself, Added, (C, A), (C, C), N, "was added"),
    row("shape-removed", Of::Shape, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),

    row("snapshot-added", Of::Snapshot, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("snapshot-removed", Of::Snapshot, Is::Itself, Removed, (N, N), (B, B), A, "was removed"),
    row("snapshot-operations", Of::Snapshot, Is::Response, Changed, (N, N), (B, B), A, "changed the operations that fetch it"),
    row("snapshot-queries", Of::Snapshot, Is::Encoding, Changed, (N, N), (N, N), A, "changed how orders and trades are found"),
    row("snapshot-events", Of::Snapshot, Is::EventTypes, Changed, (N, N), (N, N), A, "changed how events are read"),
    row("user-data-added", Of::UserData, Is::Itself, Added, (C, C), (C, C), N, "were added"),
    row("user-data-removed", Of::UserData, Is::Itself, Removed, (B, B), (B, B), N, "were removed"),
    row("user-data-access", Of::UserData, Is::Access, Changed, (B, B), (B, B), A, "changed access"),
    row("user-data-event", Of::UserData, Is::Event, Changed, (B, B), (B, B), N, "changed event type"),
    row("user-data-entrance", Of::UserData, Is::Encoding, Changed, (B, B), (N, N), A, "changed how they are kept or found"),
    row("connection-event-added", Of::ConnectionEvent, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("connection-event-removed", Of::ConnectionEvent, Is::Itself, Removed, (C, C), (B, B), N, "was removed"),
    row("server-operation-added", Of::ServerOperation, Is::Itself, Added, (C, C), (C, C), N, "was added, and is optional"),
    row("server-operation-removed", Of::ServerOperation, Is::Itself, Removed, (C, C), (B, B), N, "was removed"),
    row("required-server-operation-added", Of::ServerOperation, Is::Demanded, Added, (B, B), (B, B), N, "was added, and is required"),
    row("required-server-operation-removed", Of::ServerOperation, Is::Demanded, Removed, (C, C), (B, B), N, "was removed, and was required"),
    row("server-operation-moved", Of::ServerOperation, Is::Path, Changed, (B, B), (N, N), N, "changed address"),
    row("server-operation-now-required", Of::ServerOperation, Is::Required, Up, (B, B), (B, B), N, "is now required"),
    row("server-operation-now-optional", Of::ServerOperation, Is::Required, Down, (C, C), (C, C), N, "is now optional"),
    row("server-operation-body", Of::ServerOperation, Is::Body, Changed, (B, B), (N, N), N, "changed where its arguments are sent"),
    row("server-operation-type", Of::ServerOperation, Is::Type, Changed, (B, B), (B, B), N, "changed request type"),
    row("server-operation-encoding", Of::ServerOperation, Is::Encoding, Changed, (B, B), (N, N), N, "changed request encoding"),
    row("server-operation-response", Of::ServerOperation, Is::Response, Changed, (B, B), (B, B), N, "changed response type"),
    row("server-operation-envelope", Of::ServerOperation, Is::Envelope, Changed, (B, B), (N, N), N, "changed envelope"),
    row("server-operation-key", Of::ServerOperation, Is::Id, Changed, (B, B), (N, N), A, "changed idempotency key"),
    row("server-operation-one-of", Of::ServerOperation, Is::OneOf, Changed, (A, A), (N, N), A, "changed which of its arguments is required"),
    row("server-operation-documentation", Of::ServerOperation, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),
    row("webhooks-added", Of::Webhooks, Is::Itself, Added, (C, C), (C, C), N, "were added"),
    row("webhooks-removed", Of::Webhooks, Is::Itself, Removed, (B, B), (B, B), N, "were removed"),
    row("webhooks-signature", Of::Webhooks, Is::Signature, Changed, (B, B), (B, B), A, "changed signature"),
    row("webhooks-headers", Of::Webhooks, Is::Encoding, Changed, (B, B), (N, N), A, "changed headers"),
    row("webhooks-event", Of::Webhooks, Is::Event, Changed, (B, B), (B, B), N, "changed event type"),
    row("webhooks-reply", Of::Webhooks, Is::Response, Changed, (B, B), (B, B), N, "changed reply"),

    row("error-family-added", Of::ErrorFamily, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("error-family-removed", Of::ErrorFamily, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("error-code-added", Of::ErrorCode, Is::Itself, Added, (C, C), (C, C), A, "was added"),
    row("error-code-removed", Of::ErrorCode, Is::Itself, Removed, (N, N), (B, B), A, "was removed"),
    row("error-code-number", Of::ErrorCode, Is::Name, Changed, (B, B), (N, N), A, "changed number"),
    row("error-code-name-added", Of::ErrorCode, Is::Identifier, Up, (N, N), (C, C), N, "gained a name"),
    row("error-code-name-dropped", Of::ErrorCode, Is::Identifier, Down, (N, N), (B, B), N, "lost a name"),
    row("error-code-renamed", Of::ErrorCode, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed"),
    row("error-code-spelling", Of::ErrorCode, Is::Encoding, Changed, (B, B), (N, N), N, "changed spelling"),
    row("error-code-text", Of::ErrorCode, Is::Text, Changed, (N, N), (N, N), N, "changed documentation"),
    row("endpoint-retired", Of::Retired, Is::Itself, Added, (B, B), (N, N), A, "was retired"),
    row("endpoint-unretired", Of::Retired, Is::Itself, Removed, (C, C), (N, N), A, "is no longer retired"),
    row("endpoint-retirement", Of::Retired, Is::Replacement, Changed, (N, N), (N, N), N, "changed retirement or replacement"),

    row("sbe-schema-added", Of::SbeSchema, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("sbe-schema-removed", Of::SbeSchema, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("sbe-schema-id", Of::SbeSchema, Is::Id, Changed, (B, B), (N, N), A, "changed id: the old one has to be requested while it is offered"),
    row("sbe-schema-version-raised", Of::SbeSchema, Is::Version, Up, (C, C), (N, N), N, "has a later version"),
    row("sbe-schema-version-lowered", Of::SbeSchema, Is::Version, Down, (B, B), (N, N), A, "has an earlier version"),
    row("sbe-schema-version", Of::SbeSchema, Is::Version, Changed, (N, N), (N, N), N, "changed id, and restarted its versions"),
    row("sbe-schema-edited-in-place", Of::SbeSchema, Is::InPlace, Changed, (A, A), (N, N), A, "changed under the same id and version"),
    row("sbe-schema-package", Of::SbeSchema, Is::Package, Changed, (N, N), (N, N), N, "changed package"),
    row("sbe-schema-standard", Of::SbeSchema, Is::Semantics, Changed, (A, A), (N, N), N, "changed version of the standard"),
    row("sbe-type-added", Of::SbeType, Is::Itself, Added, (N, N), (N, N), N, "was added"),
    row("sbe-type-removed", Of::SbeType, Is::Itself, Removed, (N, N), (N, N), N, "was removed"),
    row("sbe-type-primitive", Of::SbeType, Is::Primitive, Changed, (B, B), (B, B), N, "changed primitive type"),
    row("sbe-type-length", Of::SbeType, Is::Length, Changed, (B, B), (B, B), N, "changed length"),
    row("sbe-type-now-required", Of::SbeType, Is::Required, Up, (B, C), (B, B), N, "is no longer null"),
    row("sbe-type-now-optional", Of::SbeType, Is::Required, Down, (C, B), (B, B), N, "may now be null"),
    row("sbe-type-presence", Of::SbeType, Is::Required, Changed, (B, B), (B, B), N, "changed presence"),
    row("sbe-type-constant", Of::SbeType, Is::Constant, Changed, (B, B), (N, N), N, "changed constant"),
    row("sbe-type-null", Of::SbeType, Is::NullValue, Changed, (B, B), (N, N), N, "changed null value"),
    row("sbe-type-range", Of::SbeType, Is::Minimum, Changed, (A, A), (N, N), N, "changed range"),
    row("sbe-type-text", Of::SbeType, Is::Encoding, Changed, (B, B), (B, B), N, "changed character encoding"),
    row("sbe-type-semantics", Of::SbeType, Is::Semantics, Changed, (N, N), (B, B), N, "changed semantic type"),
    row("sbe-type-since", Of::SbeType, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-composite-added", Of::SbeComposite, Is::Itself, Added, (N, N), (N, N), N, "was added"),
    row("sbe-composite-removed", Of::SbeComposite, Is::Itself, Removed, (N, N), (N, N), N, "was removed"),
    row("sbe-composite-order", Of::SbeComposite, Is::Order, Changed, (B, B), (N, N), N, "changed the order of its members"),
    row("sbe-composite-semantics", Of::SbeComposite, Is::Semantics, Changed, (N, N), (N, N), N, "changed semantic type"),
    row("sbe-composite-since", Of::SbeComposite, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-composite-member-added", Of::SbeCompositeMember, Is::Itself, Added, (B, B), (N, N), N, "was added, at the end"),
    row("sbe-composite-member-removed", Of::SbeCompositeMember, Is::Itself, Removed, (B, B), (N, N), N, "was removed, at the end"),
    row("sbe-composite-member-inserted", Of::SbeCompositeMember, Is::Inserted, Added, (B, B), (N, N), N, "was added before other members"),
    row("sbe-composite-member-taken-out", Of::SbeCompositeMember, Is::Inserted, Removed, (B, B), (N, N), N, "was removed before other members"),
    row("sbe-composite-member-primitive", Of::SbeCompositeMember, Is::Primitive, Changed, (B, B), (N, N), N, "changed primitive type"),
    row("sbe-composite-member-length", Of::SbeCompositeMember, Is::Length, Changed, (B, B), (N, N), N, "changed length"),
    row("sbe-composite-member-text", Of::SbeCompositeMember, Is::Encoding, Changed, (B, B), (B, B), N, "changed character encoding"),
    row("sbe-composite-member-now-required", Of::SbeCompositeMember, Is::Required, Up, (B, C), (N, N), N, "is no longer null"),
    row("sbe-composite-member-now-optional", Of::SbeCompositeMember, Is::Required, Down, (C, B), (N, N), N, "may now be null"),
    row("sbe-composite-member-presence", Of::SbeCompositeMember, Is::Required, Changed, (B, B), (N, N), N, "changed presence"),
    row("sbe-composite-member-constant", Of::SbeCompositeMember, Is::Constant, Changed, (B, B), (N, N), N, "changed constant"),
    row("sbe-composite-member-null", Of::SbeCompositeMember, Is::NullValue, Changed, (B, B), (N, N), N, "changed null value"),
    row("sbe-composite-member-range", Of::SbeCompositeMember, Is::Minimum, Changed, (A, A), (N, N), N, "changed range"),
    row("sbe-composite-member-semantics", Of::SbeCompositeMember, Is::Semantics, Changed, (N, N), (N, N), N, "changed semantic type"),
    row("sbe-composite-member-since", Of::SbeCompositeMember, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-enum-added", Of::SbeEnum, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("sbe-enum-removed", Of::SbeEnum, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("sbe-enum-renamed", Of::SbeEnum, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-enum-respelled", Of::SbeEnum, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-enum-primitive", Of::SbeEnum, Is::Primitive, Changed, (B, B), (B, B), N, "changed primitive type"),
    row("sbe-enum-since", Of::SbeEnum, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-enum-value-added", Of::SbeValue, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("sbe-enum-value-removed", Of::SbeValue, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),
    row("sbe-enum-value-renamed", Of::SbeValue, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-enum-value-respelled", Of::SbeValue, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-enum-value-raw", Of::SbeValue, Is::Raw, Changed, (B, B), (N, N), N, "changed number on the wire"),
    row("sbe-enum-value-json", Of::SbeValue, Is::Json, Changed, (N, N), (N, N), A, "changed text in JSON"),
    row("sbe-enum-value-since", Of::SbeValue, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-set-added", Of::SbeSet, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("sbe-set-removed", Of::SbeSet, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("sbe-set-renamed", Of::SbeSet, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-set-respelled", Of::SbeSet, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-set-primitive", Of::SbeSet, Is::Primitive, Changed, (B, B), (B, B), N, "changed primitive type"),
    row("sbe-set-since", Of::SbeSet, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-set-flag-added", Of::SbeChoice, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("sbe-set-flag-removed", Of::SbeChoice, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),
    row("sbe-set-flag-renamed", Of::SbeChoice, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-set-flag-respelled", Of::SbeChoice, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-set-flag-bit", Of::SbeChoice, Is::Raw, Changed, (B, B), (N, N), N, "changed bit"),
    row("sbe-set-flag-json", Of::SbeChoice, Is::Json, Changed, (N, N), (N, N), A, "changed text in JSON"),
    row("sbe-set-flag-since", Of::SbeChoice, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-message-added", Of::SbeMessage, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("sbe-message-removed", Of::SbeMessage, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("sbe-message-renamed", Of::SbeMessage, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-message-respelled", Of::SbeMessage, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-message-id", Of::SbeMessage, Is::Id, Changed, (B, B), (N, N), N, "changed template id"),
    row("sbe-message-block-length", Of::SbeMessage, Is::BlockLength, Changed, (A, A), (N, N), N, "changed block length"),
    row("sbe-message-semantics", Of::SbeMessage, Is::Semantics, Changed, (A, A), (N, N), N, "changed semantic type"),
    row("sbe-message-since", Of::SbeMessage, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-message-order", Of::SbeMessage, Is::Order, Changed, (B, B), (N, N), N, "changed the order of its members"),
    row("sbe-message-arguments", Of::SbeMessage, Is::Arguments, Changed, (N, N), (B, B), N, "changed the order of its required members"),
    row("sbe-field-added", Of::SbeField, Is::Itself, Added, (C, C), (C, C), N, "was added, at the end of its block"),
    row("sbe-field-removed", Of::SbeField, Is::Itself, Removed, (B, B), (B, B), N, "was removed, at the end of its block"),
    row("required-sbe-field-added", Of::SbeField, Is::Demanded, Added, (C, C), (B, B), N, "was added at the end, and is required"),
    row("required-sbe-field-removed", Of::SbeField, Is::Demanded, Removed, (B, B), (B, B), N, "was removed at the end, and was required"),
    row("sbe-field-inserted", Of::SbeField, Is::Inserted, Added, (B, B), (C, C), N, "was added before other fields"),
    row("sbe-field-taken-out", Of::SbeField, Is::Inserted, Removed, (B, B), (B, B), N, "was removed before other fields"),
    row("required-sbe-field-inserted", Of::SbeField, Is::InsertedDemanded, Added, (B, B), (B, B), N, "was added before other fields, and is required"),
    row("required-sbe-field-taken-out", Of::SbeField, Is::InsertedDemanded, Removed, (B, B), (B, B), N, "was removed before other fields, and was required"),
    row("sbe-field-renamed", Of::SbeField, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-field-respelled", Of::SbeField, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-field-id", Of::SbeField, Is::Id, Changed, (N, N), (N, N), N, "changed id"),
    row("sbe-field-type", Of::SbeField, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("sbe-field-type-name", Of::SbeField, Is::Encoding, Changed, (N, N), (N, N), N, "changed to another type of the same encoding"),
    row("sbe-field-now-required", Of::SbeField, Is::Required, Up, (B, C), (B, B), N, "is no longer null"),
    row("sbe-field-now-optional", Of::SbeField, Is::Required, Down, (C, B), (B, B), N, "may now be null"),
    row("sbe-field-presence-stated", Of::SbeField, Is::Nullable, Changed, (N, N), (N, N), N, "changed how it states that it may be null"),
    row("sbe-field-presence", Of::SbeField, Is::Required, Changed, (B, B), (B, B), N, "changed presence"),
    row("sbe-field-constant", Of::SbeField, Is::Constant, Changed, (B, B), (B, B), N, "changed constant"),
    row("sbe-field-exponent", Of::SbeField, Is::Exponent, Changed, (B, B), (N, N), N, "changed the field that scales it"),
    row("sbe-field-scaled", Of::SbeField, Is::Kind, Changed, (B, B), (B, B), N, "changed whether it is a decimal"),
    row("sbe-field-offset", Of::SbeField, Is::Offset, Changed, (B, B), (N, N), N, "changed offset"),
    row("sbe-field-json", Of::SbeField, Is::Json, Changed, (N, N), (N, N), A, "changed place in JSON"),
    row("sbe-field-json-default", Of::SbeField, Is::Default, Changed, (N, N), (N, N), A, "changed its JSON value for null"),
    row("sbe-field-since", Of::SbeField, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-field-versioned", Of::SbeField, Is::Version, Changed, (A, A), (B, B), N, "changed whether the first version has it"),
    row("sbe-field-semantics", Of::SbeField, Is::Semantics, Changed, (N, N), (N, N), N, "changed semantic type"),
    row("sbe-group-added", Of::SbeGroup, Is::Itself, Added, (C, C), (C, C), N, "was added, at the end"),
    row("sbe-group-removed", Of::SbeGroup, Is::Itself, Removed, (B, B), (B, B), N, "was removed, at the end"),
    row("sbe-group-inserted", Of::SbeGroup, Is::Inserted, Added, (B, B), (C, C), N, "was added, and shifts what follows"),
    row("sbe-group-taken-out", Of::SbeGroup, Is::Inserted, Removed, (B, B), (B, B), N, "was removed, and shifts what follows"),
    row("sbe-group-renamed", Of::SbeGroup, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-group-respelled", Of::SbeGroup, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-group-id", Of::SbeGroup, Is::Id, Changed, (N, N), (N, N), N, "changed id"),
    row("sbe-group-dimension", Of::SbeGroup, Is::Dimension, Changed, (B, B), (N, N), N, "changed dimensions"),
    row("sbe-group-block-length", Of::SbeGroup, Is::BlockLength, Changed, (A, A), (N, N), N, "changed block length"),
    row("sbe-group-json", Of::SbeGroup, Is::Json, Changed, (N, N), (N, N), A, "changed place in JSON"),
    row("sbe-group-since", Of::SbeGroup, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-group-semantics", Of::SbeGroup, Is::Semantics, Changed, (N, N), (N, N), N, "changed semantic type"),
    row("sbe-group-order", Of::SbeGroup, Is::Order, Changed, (B, B), (N, N), N, "changed the order of its members"),
    row("sbe-group-arguments", Of::SbeGroup, Is::Arguments, Changed, (N, N), (B, B), N, "changed the order of its required members"),
    row("sbe-data-added", Of::SbeData, Is::Itself, Added, (C, C), (C, C), N, "was added, at the end"),
    row("sbe-data-removed", Of::SbeData, Is::Itself, Removed, (B, B), (B, B), N, "was removed, at the end"),
    row("required-sbe-data-added", Of::SbeData, Is::Demanded, Added, (C, C), (B, B), N, "was added at the end, and is required"),
    row("required-sbe-data-removed", Of::SbeData, Is::Demanded, Removed, (B, B), (B, B), N, "was removed at the end, and was required"),
    row("sbe-data-inserted", Of::SbeData, Is::Inserted, Added, (B, B), (C, C), N, "was added, and shifts what follows"),
    row("sbe-data-taken-out", Of::SbeData, Is::Inserted, Removed, (B, B), (B, B), N, "was removed, and shifts what follows"),
    row("required-sbe-data-inserted", Of::SbeData, Is::InsertedDemanded, Added, (B, B), (B, B), N, "was added, shifts what follows, and is required"),
    row("required-sbe-data-taken-out", Of::SbeData, Is::InsertedDemanded, Removed, (B, B), (B, B), N, "was removed, shifts what follows, and was required"),
    row("sbe-data-renamed", Of::SbeData, Is::Name, Changed, (N, N), (B, B), N, "was renamed"),
    row("sbe-data-respelled", Of::SbeData, Is::Spelling, Changed, (N, N), (N, N), N, "changed spelling"),
    row("sbe-data-id", Of::SbeData, Is::Id, Changed, (N, N), (N, N), N, "changed id"),
    row("sbe-data-type", Of::SbeData, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("sbe-data-type-name", Of::SbeData, Is::Encoding, Changed, (N, N), (N, N), N, "changed to another type of the same encoding"),
    row("sbe-data-now-required", Of::SbeData, Is::Required, Up, (B, C), (B, B), N, "is no longer null"),
    row("sbe-data-now-optional", Of::SbeData, Is::Required, Down, (C, B), (B, B), N, "may now be null"),
    row("sbe-data-presence-stated", Of::SbeData, Is::Nullable, Changed, (N, N), (N, N), N, "changed how it states that it may be null"),
    row("sbe-data-json", Of::SbeData, Is::Json, Changed, (N, N), (N, N), A, "changed place in JSON"),
    row("sbe-data-json-default", Of::SbeData, Is::Default, Changed, (N, N), (N, N), A, "changed its JSON value for null"),
    row("sbe-data-versioned", Of::SbeData, Is::Version, Changed, (A, A), (B, B), N, "changed whether the first version has it"),
    row("sbe-data-since", Of::SbeData, Is::Since, Changed, (N, N), (N, N), N, "changed the version that added it"),
    row("sbe-data-semantics", Of::SbeData, Is::Semantics, Changed, (N, N), (N, N), N, "changed semantic type"),

    row("fix-dictionary-added", Of::FixDictionary, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("fix-dictionary-removed", Of::FixDictionary, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("fix-dictionary-version", Of::FixDictionary, Is::Version, Changed, (B, B), (N, N), N, "changed version of FIX"),
    row("fix-message-added", Of::FixMessage, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("fix-message-removed", Of::FixMessage, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("fix-message-renamed", Of::FixMessage, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed"),
    row("fix-message-type", Of::FixMessage, Is::Name, Changed, (B, B), (N, N), N, "changed MsgType"),
    row("fix-message-category", Of::FixMessage, Is::Category, Changed, (A, A), (N, N), N, "moved to another layer"),
    row("fix-message-order", Of::FixMessage, Is::Order, Changed, (N, N), (N, N), N, "changed the order of its fields"),
    row("fix-message-arguments", Of::FixMessage, Is::Arguments, Changed, (N, N), (B, B), N, "changed the order of its required fields"),
    row("fix-member-added", Of::FixMember, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("fix-member-removed", Of::FixMember, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("required-fix-member-added", Of::FixMember, Is::Demanded, Added, (B, C), (B, B), N, "was added, and is required"),
    row("required-fix-member-removed", Of::FixMember, Is::Demanded, Removed, (B, B), (B, B), N, "was removed, and was required"),
    row("fix-member-now-of-client", Of::FixMember, Is::ByClient, Up, (N, N), (B, B), N, "is now an argument of the constructor"),
    row("fix-member-no-more-of-client", Of::FixMember, Is::ByClient, Down, (N, N), (B, B), N, "is no longer an argument of the constructor"),
    row("fix-member-now-required", Of::FixMember, Is::Required, Up, (B, C), (B, B), N, "is now required"),
    row("fix-member-now-optional", Of::FixMember, Is::Required, Down, (C, B), (B, B), N, "is now optional"),
    row("fix-member-with-component", Of::FixMember, Is::Nullable, Changed, (A, A), (N, N), N, "changed whether it is required with its component"),
    row("fix-member-tag", Of::FixMember, Is::Name, Changed, (B, B), (N, N), N, "changed tag"),
    row("fix-group-now-of-client", Of::FixGroup, Is::ByClient, Up, (N, N), (B, B), N, "is now an argument of the constructor"),
    row("fix-group-no-more-of-client", Of::FixGroup, Is::ByClient, Down, (N, N), (B, B), N, "is no longer an argument of the constructor"),
    row("fix-group-added", Of::FixGroup, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("fix-group-removed", Of::FixGroup, Is::Itself, Removed, (B, B), (B, B), N, "was removed"),
    row("required-fix-group-added", Of::FixGroup, Is::Demanded, Added, (B, C), (B, B), N, "was added, and is required"),
    row("required-fix-group-removed", Of::FixGroup, Is::Demanded, Removed, (B, B), (B, B), N, "was removed, and was required"),
    row("fix-group-now-required", Of::FixGroup, Is::Required, Up, (B, C), (B, B), N, "is now required"),
    row("fix-group-now-optional", Of::FixGroup, Is::Required, Down, (C, B), (B, B), N, "is now optional"),
    row("fix-group-with-component", Of::FixGroup, Is::Nullable, Changed, (A, A), (N, N), N, "changed whether it is required with its component"),
    row("fix-group-tag", Of::FixGroup, Is::Name, Changed, (B, B), (N, N), N, "changed tag"),
    row("fix-group-order", Of::FixGroup, Is::Order, Changed, (B, B), (N, N), N, "changed the order of its fields"),
    row("fix-group-arguments", Of::FixGroup, Is::Arguments, Changed, (N, N), (B, B), N, "changed the order of its required fields"),
    row("fix-field-added", Of::FixField, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("fix-field-removed", Of::FixField, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("fix-field-renamed", Of::FixField, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed"),
    row("fix-field-tag", Of::FixField, Is::Name, Changed, (B, B), (N, N), N, "changed tag"),
    row("fix-field-type", Of::FixField, Is::Type, Changed, (B, B), (B, B), N, "changed type"),
    row("fix-field-type-name", Of::FixField, Is::Encoding, Changed, (A, A), (N, N), N, "changed to another type that is the same in code"),
    row("fix-value-added", Of::FixValue, Is::Itself, Added, (C, C), (C, C), N, "was added"),
    row("fix-value-removed", Of::FixValue, Is::Itself, Removed, (B, C), (B, B), N, "was removed"),
    row("fix-value-renamed", Of::FixValue, Is::Identifier, Changed, (N, N), (B, B), N, "was renamed"),
    row("fix-value-code", Of::FixValue, Is::Name, Changed, (B, B), (N, N), N, "changed text on the wire"),

    row("operation-less-stable", Of::Operation, Is::Category, Up, (N, N), (N, N), B, "is less stable"),
    row("operation-more-stable", Of::Operation, Is::Category, Down, (N, N), (N, N), C, "is more stable"),
    row("operation-stability", Of::Operation, Is::Category, Changed, (N, N), (N, N), B, "changed stability"),
    row("operation-removed-earlier", Of::Operation, Is::Deadline, Up, (N, N), (N, N), B, "will be removed earlier"),
    row("operation-removed-later", Of::Operation, Is::Deadline, Down, (N, N), (N, N), C, "will be removed later"),
    row("operation-removal-unclear", Of::Operation, Is::Deadline, Changed, (N, N), (N, N), B, "has a removal date that cannot be read"),
    row("parameter-removed-earlier", Of::Parameter, Is::Deadline, Up, (N, N), (N, N), B, "will be removed earlier"),
    row("parameter-removed-later", Of::Parameter, Is::Deadline, Down, (N, N), (N, N), C, "will be removed later"),
    row("parameter-removal-unclear", Of::Parameter, Is::Deadline, Changed, (N, N), (N, N), B, "has a removal date that cannot be read"),
    row("parameter-sunset-set", Of::Parameter, Is::Sunset, Up, (N, N), (N, N), A, "will be removed"),
    row("parameter-sunset-lifted", Of::Parameter, Is::Sunset, Down, (N, N), (N, N), C, "will not be removed"),
    row("parameter-sunset", Of::Parameter, Is::Sunset, Changed, (N, N), (N, N), A, "changed removal date"),
    row("body-added", Of::Body, Is::Itself, Added, (C, C), (N, N), N, "was added"),
    row("body-removed", Of::Body, Is::Itself, Removed, (B, B), (N, N), N, "was removed"),
    row("required-body-added", Of::Body, Is::Demanded, Added, (B, C), (N, N), N, "was added, and is required"),
    row("required-body-removed", Of::Body, Is::Demanded, Removed, (B, B), (N, N), N, "was removed, and was required"),
    row("body-now-required", Of::Body, Is::Required, Up, (B, C), (N, N), N, "is now required"),
    row("body-now-optional", Of::Body, Is::Required, Down, (C, B), (N, N), N, "is now optional"),
    row("answer-added", Of::Answer, Is::Itself, Added, (C, C), (N, N), N, "was added"),
    row("answer-removed", Of::Answer, Is::Itself, Removed, (C, A), (N, N), N, "was removed"),
    row("required-answer-added", Of::Answer, Is::Demanded, Added, (C, C), (N, N), N, "was added"),
    row("required-answer-removed", Of::Answer, Is::Demanded, Removed, (B, B), (N, N), N, "was removed"),
    row("media-type-added", Of::Media, Is::Itself, Added, (C, C), (N, N), N, "was added"),
    row("media-type-removed", Of::Media, Is::Itself, Removed, (B, B), (N, N), N, "was removed"),
    row("header-added", Of::Header, Is::Itself, Added, (C, C), (N, N), N, "was added"),
    row("header-removed", Of::Header, Is::Itself, Removed, (A, A), (N, N), N, "was removed"),
    row("required-header-added", Of::Header, Is::Demanded, Added, (B, C), (N, N), N, "was added, and is required"),
    row("required-header-removed", Of::Header, Is::Demanded, Removed, (B, B), (N, N), N, "was removed, and was required"),
    row("header-now-required", Of::Header, Is::Required, Up, (B, C), (N, N), N, "is now required"),
    row("header-now-optional", Of::Header, Is::Required, Down, (C, B), (N, N), N, "is now optional"),
    row("property-added", Of::Member, Is::Itself, Added, (C, C), (N, N), N, "was added"),
    row("property-removed", Of::Member, Is::Itself, Removed, (B, A), (N, N), N, "was removed"),
    row("required-property-added", Of::Member, Is::Demanded, Added, (B, C), (N, N), N, "was added, and is required"),
    row("required-property-removed", Of::Member, Is::Demanded, Removed, (B, B), (N, N), N, "was removed, and was required"),
    row("property-now-required", Of::Member, Is::Required, Up, (B, C), (N, N), N, "is now required"),
    row("property-now-optional", Of::Member, Is::Required, Down, (C, B), (N, N), N, "is now optional"),
    row("schema-type-narrowed", Of::Schema, Is::Type, Up, (B, C), (N, N), N, "allows fewer types"),
    row("schema-type-widened", Of::Schema, Is::Type, Down, (C, B), (N, N), N, "allows more types"),
    row("schema-type", Of::Schema, Is::Type, Changed, (B, B), (N, N), N, "changed type"),
    row("schema-format-narrowed", Of::Schema, Is::Form, Up, (B, C), (N, N), N, "now has a format"),
    row("schema-format-widened", Of::Schema, Is::Form, Down, (C, B), (N, N), N, "no longer has a format"),
    row("schema-format", Of::Schema, Is::Form, Changed, (B, B), (N, N), N, "changed format"),
    row("schema-now-listed", Of::Schema, Is::Values, Up, (B, C), (N, N), N, "now lists its values"),
    row("schema-no-longer-listed", Of::Schema, Is::Values, Down, (C, B), (N, N), N, "no longer lists its values"),
    row("schema-values-narrowed", Of::Schema, Is::Value, Up, (B, C), (N, N), N, "no longer allows"),
    row("schema-values-widened", Of::Schema, Is::Value, Down, (C, A), (N, N), N, "now allows"),
    row("schema-minimum-narrowed", Of::Schema, Is::Minimum, Up, (B, C), (N, N), N, "has a higher minimum"),
    row("schema-minimum-widened", Of::Schema, Is::Minimum, Down, (C, B), (N, N), N, "has a lower minimum"),
    row("schema-maximum-narrowed", Of::Schema, Is::Maximum, Up, (B, C), (N, N), N, "has a lower maximum"),
    row("schema-maximum-widened", Of::Schema, Is::Maximum, Down, (C, B), (N, N), N, "has a higher maximum"),
    row("schema-pattern-narrowed", Of::Schema, Is::Pattern, Up, (B, C), (N, N), N, "now has a pattern"),
    row("schema-pattern-widened", Of::Schema, Is::Pattern, Down, (C, B), (N, N), N, "no longer has a pattern"),
    row("schema-pattern", Of::Schema, Is::Pattern, Changed, (B, B), (N, N), N, "changed pattern"),
    row("schema-alternatives-narrowed", Of::Schema, Is::Alternatives, Up, (B, C), (N, N), N, "allows fewer alternatives"),
    row("schema-alternatives-widened", Of::Schema, Is::Alternatives, Down, (C, B), (N, N), N, "allows more alternatives"),
    row("schema-constraint-narrowed", Of::Schema, Is::Constraint, Up, (B, C), (N, N), N, "requires more"),
    row("schema-constraint-widened", Of::Schema, Is::Constraint, Down, (C, B), (N, N), N, "requires less"),
    row("schema-constraint", Of::Schema, Is::Constraint, Changed, (B, B), (N, N), N, "changed what it requires"),
    row("schema-encoding-given", Of::Schema, Is::Encoding, Up, (B, A), (N, N), N, "now has an encoding"),
    row("schema-encoding-taken", Of::Schema, Is::Encoding, Down, (A, B), (N, N), N, "no longer has an encoding"),
    row("schema-encoding", Of::Schema, Is::Encoding, Changed, (B, B), (N, N), N, "changed encoding"),
    row("schema-default", Of::Schema, Is::Default, Changed, (B, N), (N, N), A, "changed default"),
    row("schema-discriminator", Of::Schema, Is::Tag, Changed, (A, A), (N, N), A, "changed discriminator"),
    row("schema-documentation", Of::Schema, Is::Documentation, Changed, (N, N), (N, N), N, "changed documentation"),
    row("schema-sunset", Of::Schema, Is::Sunset, Changed, (N, N), (N, N), A, "changed removal date"),
    row("schema-deprecated", Of::Schema, Is::Deprecated, Up, (N, N), (N, N), A, "is deprecated"),
    row("schema-undeprecated", Of::Schema, Is::Deprecated, Down, (N, N), (N, N), C, "is no longer deprecated"),

    row("rust-item-added", Of::RustItem, Is::Itself, Added, (N, N), (C, C), N, "was added"),
    row("rust-item-removed", Of::RustItem, Is::Itself, Removed, (N, N), (B, B), N, "was removed"),
    row("rust-item-changed", Of::RustItem, Is::Kind, Changed, (N, N), (B, B), N, "changed declaration"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_a_mirror() {
        let mut names = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for found in RULES {
            assert!(names.insert(found.name), "{} occurs twice", found.name);
            let key = (found.class, found.aspect, found.sense);
            assert!(keys.insert(key), "{} repeats {key:?}", found.name);
            let mirror = rule(found.class, found.aspect, found.sense.mirrored());
            assert!(mirror.is_some(), "{} has no mirror", found.name);
        }
    }

    #[test]
    fn what_is_added_breaks_no_more_than_what_is_removed() {
        for found in RULES.iter().filter(|found| found.sense == Sense::Added) {
            let Some(mirror) = rule(found.class, found.aspect, Sense::Removed) else {
                continue;
            };
            for role in [Role::Sent, Role::Received] {
                assert!(
                    found.surface(role) <= mirror.surface(role) || found.surface(role) <= Verdict::Compatible,
                    "{} beside {}",
                    found.name,
                    mirror.name
                );
            }
        }
    }
}
