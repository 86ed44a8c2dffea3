//! A request value taken apart, so that everything behind it is compiled once and not once for each operation.

use std::sync::{Mutex, PoisonError};

use binance_wire_core::{
    CallName, CallOptions, Credit, Decimal, HttpMethod, Identified, Identity, OperationInfo, OrderIds,
    OrderRef, ParamSink, RequestBody, RestOperation, Security, Sent, Unresolved,
};
use binance_wire_signing::{JsonBody, QueryEncoder, RecvWindow};

/// A request without the time and the signature.
pub(crate) struct Call {
    pub(crate) info: &'static OperationInfo,
    pub(crate) method: HttpMethod,
    /// The path as documented, for logs.
    pub(crate) documented_path: &'static str,
    /// Path, `?` and the parameters, percent-encoded.
    pub(crate) target: String,
    /// Where the parameters begin in `target`.
    pub(crate) query_start: usize,
    /// The parameters, where they travel in the body.
    pub(crate) body: String,
    /// The parameters that travel as headers.
    pub(crate) headers: Vec<(String, String)>,
    /// What a mutation is about.
    pub(crate) orders: Vec<OrderRef>,
    /// When it was signed last.
    pub(crate) signed: Mutex<Option<Sent>>,
    /// What the call costs, where a limiter wants to know.
    pub(crate) credit: Option<Credit>,
    /// What was set for this call.
    pub(crate) options: CallOptions,
    /// How long the request is good, where it is signed.
    pub(crate) recv_window: Option<RecvWindow>,
    /// The unit of times in the answer, where it is not the client's.
    pub(crate) time_unit: Option<&'static str>,
    /// Whether the operation has an SBE form of its result.
    pub(crate) has_sbe: bool,
}

/// What is the same in every request of an operation.
struct About {
    info: &'static OperationInfo,
    method: HttpMethod,
    documented_path: &'static str,
    identity: Identity,
    has_sbe: bool,
}

impl Call {
    pub(crate) fn new<O: RestOperation>(prefix: &str, operation: &O, ids: &OrderIds) -> Self {
        let about = const {
            &About {
                info: &O::INFO,
                method: O::METHOD,
                documented_path: O::PATH,
                identity: O::IDENTITY,
                has_sbe: O::SBE.is_some(),
            }
        };
        let mut call = Self::of(about, prefix, &operation.path(), ids, &|sink| {
            operation.write_params(sink)
        });
        operation.write_headers(&mut HeaderSink(&mut call.headers));
        call
    }

    fn of(
        about: &'static About,
        prefix: &str,
        path: &str,
        ids: &OrderIds,
        params: &dyn Fn(&mut dyn ParamSink),
    ) -> Self {
        let identified = match about.info.mutation {
            true => Identified::new(&about.identity, ids, params),
            false => Identified::default(),
        };
        let mut call = Self::start(
            prefix,
            path,
            Self {
                info: about.info,
                method: about.method,
                documented_path: about.documented_path,
                target: String::new(),
                query_start: 0,
                body: String::new(),
                headers: Vec::new(),
                orders: Vec::new(),
                credit: None,
                signed: Mutex::default(),
                options: CallOptions::new(),
                recv_window: None,
                time_unit: None,
                has_sbe: about.has_sbe,
            },
        );
        call.write(&|sink| identified.write(params, sink));
        call.orders = identified.into_orders();
        call
    }

    /// A public read without parameters.
    pub(crate) fn read(prefix: &str, path: &'static str, info: &'static OperationInfo) -> Self {
        Self::start(
            prefix,
            path,
            Self {
                info,
                method: HttpMethod::Get,
                documented_path: path,
                target: String::new(),
                query_start: 0,
                body: String::new(),
                headers: Vec::new(),
                orders: Vec::new(),
                credit: Some(Credit::ip(1)),
                signed: Mutex::default(),
                options: CallOptions::new(),
                recv_window: None,
                time_unit: None,
                has_sbe: false,
            },
        )
    }

    /// Writes the parameters to where they travel.
    fn write(&mut self, params: &dyn Fn(&mut dyn ParamSink)) {
        let raw = self.info.raw_brackets;
        match self.info.body {
            RequestBody::Form => params(&mut QueryEncoder::new(&mut self.body).raw_brackets(raw)),
            RequestBody::Json => {
                let mut json = JsonBody::new(&mut self.body);
                params(&mut json);
                json.finish();
            }
            _ => params(&mut QueryEncoder::new(&mut self.target).raw_brackets(raw)),
        }
    }

    fn start(prefix: &str, path: &str, mut call: Self) -> Self {
        call.target = String::with_capacity(256);
        call.target.push_str(prefix);
        call.target.push_str(path);
        call.target.push('?');
        call.query_start = call.target.len();
        call
    }

    /// The target without a signature, and without a `?` that nothing follows.
    pub(crate) fn unsigned_target(&self) -> &str {
        if self.target.len() == self.query_start {
            self.target.strip_suffix('?').unwrap_or(&self.target)
        } else {
            &self.target
        }
    }

    pub(crate) fn name(&self) -> CallName {
        CallName {
            operation: self.info.id,
            method: self.method.as_str(),
            path: self.documented_path,
        }
    }

    /// Notes when the request was signed.
    pub(crate) fn signed(&self, sent: Sent) {
        *self.signed.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent);
    }

    /// What is needed to find out what became of the request, where it changes something.
    pub(crate) fn unresolved(&self) -> Option<Unresolved> {
        let signed = *self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        self.info
            .mutation
            .then(|| Unresolved::new(self.info, self.orders.clone(), signed))
    }

    /// Whether the request carries the API key.
    pub(crate) fn needs_key(&self) -> bool {
        match self.info.security {
            Security::Partner | Security::Kyc => false,
            Security::None => self.info.signed,
            _ => true,
        }
    }
}

/// Collects headers.
struct HeaderSink<'a>(&'a mut Vec<(String, String)>);

impl HeaderSink<'_> {
    fn push(&mut self, name: &str, value: impl ToString) {
        self.0.push((name.to_owned(), value.to_string()));
    }
}

impl ParamSink for HeaderSink<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.push(name, value);
    }

    fn integer(&mut self, name: &str, value: i64) {
        self.push(name, value);
    }

    fn decimal(&mut self, name: &str, value: Decimal) {
        self.push(name, value);
    }

    fn boolean(&mut self, name: &str, value: bool) {
        self.push(name, value);
    }

    fn json(&mut self, name: &str, json: &str) {
        self.push(name, json);
    }
}
