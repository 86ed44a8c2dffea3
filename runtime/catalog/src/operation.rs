//! What the specs say of an operation.

use std::fmt;

use serde::Deserialize;

use crate::product::IntervalUnit;
use crate::rules::{Constructor, Pattern, Rule};
use crate::types::Type;
use crate::weight::Weight;

/// A security type, as documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Security {
    None,
    MarketData,
    UserStream,
    UserData,
    Trade,
    Margin,
    PredictionTrade,
    Partner,
    Kyc,
}

/// How an operation is called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Call {
    /// An HTTP method and a path, with `{name}` for parameters that stand in it.
    Rest {
        /// The method: `GET`, `POST`, `PUT` or `DELETE`.
        method: String,
        /// The path.
        path: String,
    },
    /// A method of the WebSocket API.
    WsApi {
        /// The name on the wire.
        method: String,
    },
}

impl fmt::Display for Call {
    /// Writes the call as samples name it: `GET /api/v3/time`, `order.place`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rest { method, path } => write!(f, "{method} {path}"),
            Self::WsApi { method } => f.write_str(method),
        }
    }
}

/// A call of the API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Operation {
    /// The identifier: `newOrder`.
    pub id: String,
    /// How it is called.
    pub call: Call,
    /// The section of the documentation.
    #[serde(default)]
    pub tag: String,
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The address of its documentation.
    pub docs: Option<String>,
    /// The security type.
    pub security: Security,
    /// Whether a request carries a time and a signature.
    #[serde(default)]
    pub signed: bool,
    /// Whether it changes something.
    #[serde(default)]
    pub mutation: bool,
    /// What it weighs.
    #[serde(default)]
    pub weight: Weight,
    /// What it weighs where it succeeds, if that differs.
    pub weight_on_success: Option<u32>,
    /// Whether the weight is charged to the account and not to the address.
    #[serde(default)]
    pub charged_to_account: bool,
    /// What is charged to the account's counter, in addition to the address's.
    #[serde(default)]
    pub uid_weight: u32,
    /// Limits of this operation alone, or shared with a few others.
    #[serde(default)]
    pub request_limits: Vec<RequestLimit>,
    /// The ways in which a long answer is fetched page by page.
    #[serde(default)]
    pub paging: Vec<Paging>,
    /// By what the exchange knows what it makes or changes.
    #[serde(default)]
    pub identity: Identity,
    /// How many unfilled orders it adds.
    #[serde(default)]
    pub unfilled_orders: u32,
    /// Where the exchange reads the answer from, in order.
    #[serde(default)]
    pub data_source: Vec<String>,
    /// The environments that offer it; empty: all.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    #[serde(default)]
    pub deprecated: bool,
    /// Whether its answer is not known, and perhaps not all of its parameters.
    #[serde(default)]
    pub draft: bool,
    /// Whether clients have no method for it, because they do by themselves what it is for.
    #[serde(default)]
    pub by_transport: bool,
    /// The day from which it is gone.
    pub sunset: Option<String>,
    /// Its parameters, in the order of the documentation.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Where parameters travel that stand neither in the path nor in headers.
    #[serde(default)]
    pub body: Body,
    /// Whether lists of objects are spelled `name[0].member`.
    #[serde(default)]
    pub raw_brackets: bool,
    /// The rules that a request must obey.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Requests for one purpose.
    #[serde(default)]
    pub constructors: Vec<Constructor>,
    /// The answer.
    pub response: Type,
    /// What the answer comes in.
    pub envelope: Option<Envelope>,
    /// How many seconds the answer may take, where it takes long.
    pub timeout: Option<u32>,
    /// The SBE messages that a successful answer has.
    #[serde(default)]
    pub sbe: Vec<String>,
    /// The type of the error body's data.
    pub error_data: Option<Type>,
    /// The identifier of the REST operation that this method of the WebSocket API is the same as.
    pub twin: Option<String>,
    /// Other names that the exchange's documentation and libraries have for it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Where the parameters of a REST operation travel that stand neither in its path nor in its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// In the query.
    #[default]
    None,
    /// In a form body.
    Form,
    /// In a JSON body.
    Json,
}

/// A parameter of an operation or a placeholder of a stream name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where it travels.
    #[serde(rename = "in", default)]
    pub place: Place,
    /// Whether it must be sent.
    #[serde(default)]
    pub required: bool,
    /// Whether the value is sent in lower case.
    #[serde(default)]
    pub lower_case: bool,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// One line.
    pub description: Option<String>,
    /// The value that counts where it is not sent, as JSON text.
    pub default: Option<String>,
    /// The lowest value.
    pub minimum: Option<String>,
    /// The highest value.
    pub maximum: Option<String>,
    /// The most items of a list.
    pub max_items: Option<usize>,
    /// The form of a text.
    pub pattern: Option<Pattern>,
    /// Whether it should no longer be used.
    #[serde(default)]
    pub deprecated: bool,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the query or the body, as [`Operation::body`] says; in a stream's name.
    #[default]
    Own,
    /// In the path.
    Path,
    /// In a header.
    Header,
}

/// How often an operation may be called.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestLimit {
    /// The number of calls.
    pub count: u32,
    /// The unit of the interval.
    pub interval: IntervalUnit,
    /// The number of units.
    pub every: u32,
    /// `uid` where the calls of an account are counted, and not those of an address.
    pub scope: Option<String>,
    /// Identifiers of the operations that are counted together with this one.
    #[serde(default)]
    pub with: Vec<String>,
}

/// How a long answer is fetched page by page.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Paging {
    /// What a page begins at: `time`, `id`, `cursor`, `page` or `offset`.
    pub by: String,
    /// The parameter that says it.
    pub from: String,
    /// The parameter of the end, of pages by time.
    pub to: Option<String>,
    /// The parameter of the most elements of a page.
    pub limit: Option<String>,
    /// The path of the elements in the answer, where it is not the list itself.
    pub rows: Option<String>,
    /// The member of an element, or of the answer, that the next page goes on from.
    pub next: Option<String>,
    /// The member of the answer that counts all elements.
    pub total: Option<String>,
    /// Of pages by time: the member of an element that no other has.
    pub id: Option<String>,
    /// Of pages by time: the longest range of a request, in hours.
    pub hours: Option<u32>,
}

/// By what the exchange knows what a mutation makes or changes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Identity {
    /// The list whose elements have the parameters, where it is a batch.
    pub each: Option<String>,
    /// The parameters with ids that clients make; the best first.
    pub ids: Vec<String>,
    /// The same of parts that a request may leave out: the parameter with the id, and the one that says that the part is
    /// there.
    pub ids_beside: Vec<(String, String)>,
    /// The query that finds it.
    pub query: Option<Query>,
    /// Why no query finds it.
    pub none: Option<String>,
}

/// The query that finds out what became of a mutation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Query {
    /// The identifier of the operation.
    pub operation: String,
    /// Parameters of the mutation, and those of the query that take their values.
    #[serde(default)]
    pub with: Vec<(String, String)>,
    /// The codes by which it says that there is nothing.
    #[serde(default)]
    pub absent: Vec<i64>,
    /// What its answer must show for the mutation to have been carried out.
    pub done: Evidence,
}

/// What the answer of a query must show.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Evidence {
    /// Nothing but that there is one.
    Exists,
    /// An element in this list; empty: in the answer.
    Listed(String),
    /// One of these values in this member.
    Is {
        /// The member.
        member: String,
        /// The values.
        values: Vec<String>,
    },
    /// The values of parameters.
    Same {
        /// Members, and the parameters whose values they have.
        members: Vec<(String, String)>,
        /// The parameters of which none may have been sent.
        #[serde(default)]
        unless: Vec<String>,
    },
}

/// The members of an answer that say whether the call succeeded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Envelope {
    /// The member with the code.
    pub code: Option<String>,
    /// The codes of success, as they are sent.
    pub ok: Vec<String>,
    /// The member that is true where the call succeeded.
    pub success: Option<String>,
    /// The member with the message.
    pub message: Option<String>,
    /// The member that has the answer; without it, that is the whole body.
    pub data: Option<String>,
    /// Whether the answer may come without the envelope.
    pub optional: bool,
}
