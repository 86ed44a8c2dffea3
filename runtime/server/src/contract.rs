//! The tables that a generated crate fills: what a server offers, and how it says yes and no.

use std::time::Duration;

/// The operations that a product's documentation requires of a server.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// The product's name, such as `task-verification`.
    pub product: &'static str,
    /// The prefix of every path, unless the server sets another.
    pub prefix: &'static str,
    /// The documented time limit of an answer.
    pub time_limit: Option<Duration>,
    /// The envelope of an answer.
    pub envelope: Envelope,
    /// The form of each kind of refusal.
    pub refusals: RefusalForms,
    /// The operations, in the order of the spec.
    pub operations: &'static [Operation],
}

/// One operation that is called.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its identifier in the spec.
    pub id: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path below the prefix.
    pub path: &'static str,
    /// Whether the documentation leaves the path to whoever runs the server.
    pub free_path: bool,
    /// The place of the arguments.
    pub arguments: Arguments,
    /// Arguments of which at least one must be sent; empty: no such rule.
    pub one_of: &'static [&'static str],
    /// The argument by which a repeated request is known; a request with the same value gets the first one's answer.
    pub idempotency_key: Option<&'static str>,
    /// Whether the answer is in the contract's envelope.
    pub enveloped: bool,
}

/// The place of an operation's arguments in a request.
#[derive(Clone, Copy, Debug)]
pub enum Arguments {
    /// In the query; arguments that are not listed are ignored. Quotation marks must be percent-encoded there: HTTP
    /// libraries refuse a target that has them as they are before anything reaches this crate.
    Query(&'static [Argument]),
    /// As a JSON object in the body.
    Json,
}

/// An argument in a query.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// The kind of its text.
    pub kind: ArgumentKind,
}

/// The kind of the text of an argument in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// The value itself.
    Text,
    /// A number, a time, or `true` or `false`.
    Scalar,
    /// The same where it is documented as text; an empty one is not sent.
    ScalarText,
    /// JSON, such as `["deposit","withdraw"]`.
    Json,
}

/// The members of an answer's envelope. A member without a name is not written.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    /// The member that is true for an answer and false for a refusal.
    pub success: Option<&'static str>,
    /// The member with the code.
    pub code: Option<&'static str>,
    /// The code of an answer.
    pub ok: &'static str,
    /// The member with the message.
    pub message: Option<&'static str>,
    /// The message of an answer; without it an answer has none.
    pub ok_message: Option<&'static str>,
    /// The member with the answer itself, null in a refusal. Without it, an
    /// answer is written without an envelope.
    pub data: Option<&'static str>,
}

/// The form of a refusal: HTTP status and code of the envelope.
#[derive(Clone, Copy, Debug)]
pub struct RefusalForm {
    /// The HTTP status.
    pub status: u16,
    /// The code.
    pub code: &'static str,
}

/// The form of each kind of refusal.
#[derive(Clone, Copy, Debug)]
pub struct RefusalForms {
    /// The request cannot be read, or makes no sense.
    pub invalid: RefusalForm,
    /// Too much at once; goes with `Retry-After`.
    pub overloaded: RefusalForm,
    /// The handler took longer than it may.
    pub timed_out: RefusalForm,
    /// Anything else went wrong.
    pub failed: RefusalForm,
}
