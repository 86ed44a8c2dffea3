//! What the user's own server offers: operations that are called there, events that are posted there.

use super::api::{HttpMethod, Location, Parameter, Type};

crate::named! {
    /// What a document about the user's own server says.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum OwnServer {
        /// What it offers.
        Offer = "server",
        /// What is posted to it.
        Webhooks = "webhooks",
    }
}

/// Operations that the user's server offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What stands before every path by default.
    pub prefix: String,
    /// How many seconds an answer may take.
    pub time_limit: Option<u32>,
    /// What stands around an answer.
    pub envelope: Envelope,
    /// The form of refusals.
    pub refusals: Refusals,
    /// The operations.
    pub operations: Vec<Offered>,
    /// Where it stands.
    pub location: Location,
}

/// The members of the object around an answer, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Whether it is an answer.
    pub success: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// The code of an answer.
    pub ok: String,
    /// The message.
    pub message: Option<String>,
    /// The message of an answer.
    pub ok_message: Option<String>,
    /// The answer itself.
    pub data: Option<String>,
}

/// The form of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalForm {
    /// The HTTP status.
    pub status: u16,
    /// The envelope's code.
    pub code: String,
}

/// The form of each kind of refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// The request makes no sense.
    pub invalid: RefusalForm,
    /// Too much at once.
    pub overloaded: RefusalForm,
    /// It took too long.
    pub timed_out: RefusalForm,
    /// Anything else.
    pub failed: RefusalForm,
}

/// One operation that the user's server offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// Its identifier.
    pub id: String,
    /// `GET` or `POST`.
    pub method: HttpMethod,
    /// The path below the prefix.
    pub path: String,
    /// Whether whoever runs the server chooses the path.
    pub free_path: bool,
    /// Whether it need not be offered.
    pub optional: bool,
    /// Whether arguments travel as JSON in the body instead of the query.
    pub json_body: bool,
    /// One line.
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The documentation address.
    pub docs: Option<String>,
    /// The arguments.
    pub parameters: Vec<Parameter>,
    /// The named type that the arguments make up.
    pub request: String,
    /// Arguments of which at least one is sent.
    pub one_of: Vec<String>,
    /// The argument by which a repeated request is known.
    pub idempotency_key: Option<String>,
    /// Whether the answer stands in the envelope.
    pub enveloped: bool,
    /// The answer.
    pub response: Type,
    /// Where it stands.
    pub location: Location,
}

/// Events that are posted to the user's server.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhooks {
    /// How a post proves where it comes from.
    pub signed_by: SignedBy,
    /// The union of events.
    pub events: String,
    /// What is replied, where the documentation says it.
    pub reply: Option<Type>,
    /// The documentation address.
    pub docs: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// How a post is signed; the texts are names of headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// RSA over body and time.
    Rsa {
        /// The signature.
        signature: String,
        /// The time.
        timestamp: String,
        /// Whom it is for.
        recipient: Option<String>,
    },
    /// HMAC over the body.
    Hmac {
        /// The signature.
        signature: String,
    },
}
