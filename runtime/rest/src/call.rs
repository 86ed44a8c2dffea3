//! A request value taken apart, so that everything behind it is compiled once and not once for each operation.

use std::sync::{Mutex, PoisonError};

use binance_wire_core::{
    CallName, CallOptions, Decimal, HttpMethod, Identified, OperationInfo, OrderIds, OrderRef, ParamSink,
    RequestBody, RestOperation, Security, Sent, Unresolved,
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
    /// What was set for this call.
    pub(crate) options: CallOptions,
    /// How long the request is good, where it is signed.
    pub(crate) recv_window: Option<RecvWindow>,
    /// The unit of times in the answer, where it is not the client's.
    pub(crate) time_unit: Option<&'static str>,
    /// Whether the operation has an SBE form of its result.
    pub(crate) has_sbe: bool,
}

impl Call {
    pub(crate) fn new<O: RestOperation>(prefix: &str, operation: &O, ids: &OrderIds) -> Self {
        let params = |sink: &mut dyn ParamSink| operation.write_params(sink);
        let identified = match O::INFO.mutation {
            true => Identified::new(&O::IDENTITY, ids, &params),
            false => Identified::default(),
        };
        let mut call = Self::start(
            prefix,
            &operation.path(),
            Self {
                info: const { &O::INFO },
                method: O::METHOD,
                documented_path: O::PATH,
                target: String::new(),
                query_start: 0,
                body: String::new(),
                headers: Vec::new(),
                orders: Vec::new(),
                signed: Mutex::default(),
                options: CallOptions::new(),
                recv_window: None,
                time_unit: None,
                has_sbe: O::SBE.is_some(),
            },
        );
        call.write(&|sink| identified.write(&params, sink));
        call.orders = identified.into_orders();
        operation.write_headers(&mut HeaderSink(&mut call.headers));
        call
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
