//! Operations and their parameters.

use super::Location;
use super::limits::{Limit, RequestLimit, Weight};
use super::types::Type;
use crate::path::PathTemplate;
use crate::rules::{NamedConstructor, Pattern, Rule};

crate::named! {
    /// A transport.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Transport {
        /// HTTP requests.
        Rest = "rest",
        /// Requests over a WebSocket.
        WsApi = "ws-api",
        /// Subscriptions over a WebSocket.
        WsStreams = "ws-streams",
    }
}

crate::named! {
    /// An HTTP method that the exchange uses.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum HttpMethod {
        /// Reads.
        Get = "GET",
        /// Makes something new.
        Post = "POST",
        /// Replaces something.
        Put = "PUT",
        /// Takes something away.
        Delete = "DELETE",
    }
}

crate::named! {
    /// Security types, as documented.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[allow(missing_docs)]
    pub enum Security {
        None = "NONE",
        MarketData = "MARKET_DATA",
        UserStream = "USER_STREAM",
        UserData = "USER_DATA",
        Trade = "TRADE",
        Margin = "MARGIN",
        PredictionTrade = "PREDICTION_TRADE",
        Partner = "PARTNER",
        Kyc = "KYC",
    }
}

impl Security {
    /// Whether a request of this type is signed, where nothing else is said.
    pub fn signs(self) -> bool {
        !matches!(self, Self::None | Self::MarketData | Self::UserStream)
    }
}

/// Where the parameters of a REST operation travel that stand neither in its path nor in its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestBody {
    /// In the query.
    #[default]
    None,
    /// In a form body.
    Form,
    /// In a JSON body.
    Json,
}

/// The members of an answer that say whether the call succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The member with the code.
    pub code: Option<String>,
    /// The codes of success, as they are sent.
    pub ok: Vec<String>,
    /// The member that is true where the call succeeded.
    pub success: Option<String>,
    /// The member with the message.
    pub message: Option<String>,
    /// The member that the answer's schema describes; without it, that is the whole body.
    pub data: Option<String>,
    /// Whether the answer may come without the envelope.
    pub optional: bool,
}

/// How an operation is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// An HTTP method and a path.
    Rest {
        /// The method.
        method: HttpMethod,
        /// The path.
        path: PathTemplate,
    },
    /// A method of the WebSocket API.
    WsApi {
        /// The name on the wire.
        method: String,
    },
}

impl Call {
    /// The transport.
    pub fn transport(&self) -> Transport {
        match self {
            Self::Rest { .. } => Transport::Rest,
            Self::WsApi { .. } => Transport::WsApi,
        }
    }
}

/// One call of the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The exchange's identifier.
    pub id: String,
    /// How it is called.
    pub call: Call,
    /// The section of the documentation.
    pub tag: String,
    /// One line.
    pub summary: String,
    /// More, if there is more to say.
    pub description: Option<String>,
    /// The documentation address.
    pub docs: Option<String>,
    /// The security type.
    pub security: Security,
    /// Whether it carries timestamp and signature.
    pub signed: bool,
    /// Whether it changes something.
    pub mutation: bool,
    /// What it weighs.
    pub weight: Weight,
    /// Whether the specs say what it is charged; where they do not, `weight` is 1.
    pub weight_documented: bool,
    /// What it weighs where it succeeds, if that differs.
    pub weight_on_success: Option<u32>,
    /// The counter charged.
    pub limit: Limit,
    /// What is charged to the account's counter, in addition to the address's.
    pub uid_weight: u32,
    /// Limits of this operation alone, or shared with a few others.
    pub request_limits: Vec<RequestLimit>,
    /// The ways in which a long answer is fetched page by page.
    pub paging: Vec<Paging>,
    /// By what the exchange knows what it makes or changes.
    pub identity: Identity,
    /// How many unfilled orders it adds.
    pub unfilled_orders: u32,
    /// Where the exchange reads the answer from, in order.
    pub data_source: Vec<String>,
    /// The environments that offer it; empty: all.
    pub environments: Vec<String>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// Whether its answer is not known, and perhaps not all of its parameters: those that are not declared are free, and
    /// the answer is any JSON.
    pub draft: bool,
    /// Whether clients have no method for it, because they do by themselves what it is for.
    pub by_transport: bool,
    /// The day from which it is gone.
    pub sunset: Option<String>,
    /// Its parameters, in the order of the documentation.
    pub parameters: Vec<Parameter>,
    /// Where they travel.
    pub body: RequestBody,
    /// Whether lists of objects are spelled `name[0].member`, and brackets stay as they are.
    pub raw_brackets: bool,
    /// The rules that a request must obey.
    pub rules: Vec<Rule>,
    /// Functions that make a request for one purpose.
    pub constructors: Vec<NamedConstructor>,
    /// The answer.
    pub response: Type,
    /// What the answer comes in.
    pub envelope: Option<Envelope>,
    /// How many seconds the answer may take, where it takes long.
    pub timeout: Option<u32>,
    /// The SBE messages that a successful answer has.
    pub sbe: Vec<String>,
    /// The type of the error body's data.
    pub error_data: Option<Type>,
    /// The REST operation that this WebSocket API method is the same as.
    pub twin: Option<String>,
    /// Other names that the exchange's documentation and libraries have for it.
    pub aliases: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

/// By what the exchange knows what a mutation makes or changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The list whose elements have the parameters, where it is a batch.
    pub each: Option<String>,
    /// The parameters with ids that clients make where the caller sets none; the best first.
    pub ids: Vec<String>,
    /// The same of parts that a request may leave out: the parameter with the id, and the one that says that the part is
    /// there.
    pub ids_beside: Vec<(String, String)>,
    /// The query that finds it.
    pub query: Option<QueryTwin>,
    /// Why no query finds it.
    pub none: Option<String>,
}

/// The query that finds out what became of a mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryTwin {
    /// Its identifier.
    pub operation: String,
    /// Parameters of the mutation, and those of the query that take their values.
    pub with: Vec<(String, String)>,
    /// The codes by which it says that there is nothing.
    pub absent: Vec<i64>,
    /// What its answer must show for the mutation to have been carried out.
    pub done: Evidence,
}

/// What the answer of a query must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing but that there is one.
    Exists,
    /// An element in this list; empty: in the answer.
    Listed(String),
    /// One of these values in this member.
    Is(String, Vec<String>),
    /// The values of parameters: the member, the parameter. Proves nothing where one of the second list was sent.
    Same(Vec<(String, String)>, Vec<String>),
}

/// A parameter of an operation or a placeholder of a stream name.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Whether it stands in the path.
    pub in_path: bool,
    /// Whether it travels as a request header.
    pub in_header: bool,
    /// Whether it must be sent.
    pub required: bool,
    /// Whether the value is sent in lower case.
    pub lower_case: bool,
    /// Its type.
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
    pub deprecated: bool,
}

crate::named! {
    /// What a page begins at.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum PagedBy {
        /// A time.
        Time = "time",
        /// The id of an element.
        Id = "id",
        /// A text that the page before names.
        Cursor = "cursor",
        /// The number of the page.
        Page = "page",
        /// The number of elements before it.
        Offset = "offset",
    }
}

/// How a long answer is fetched page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// What a page begins at.
    pub by: PagedBy,
    /// The parameter that says it.
    pub from: String,
    /// The parameter of the end, of pages by time.
    pub to: Option<String>,
    /// The parameter of the most elements of a page.
    pub limit: Option<String>,
    /// The path of the elements in the answer; `None` where the answer is the list.
    pub rows: Option<String>,
    /// Of pages by time or id: the member of an element that the next page goes on from. Of a cursor: the member of the
    /// answer.
    pub next: Option<String>,
    /// The member of the answer that counts all elements.
    pub total: Option<String>,
    /// Of pages by time: the member of an element that no other has.
    pub id: Option<String>,
    /// Of pages by time: the longest range of a request, in hours.
    pub hours: Option<u32>,
}
